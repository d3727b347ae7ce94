//! How domain values cross SQL: times, dates, ids and words, in both directions, and nowhere else.

use std::collections::BTreeMap;

use chrono::{DateTime, NaiveDate, Utc};
use rusqlite::types::{FromSql, FromSqlError, FromSqlResult, ToSql, ToSqlOutput, Type, ValueRef};
use rusqlite::{Connection, Params, Row};
use serde::Deserialize;
use serde::de::IntoDeserializer;
use serde::de::value::Error as WordError;
use serde_json::Value;

use crate::domain::{
    CheckStatus, ClerkId, EventKind, Impact, IncidentStatus, InvitationStatus, MaintenanceStatus, MessageOutcome, Origin, PublicId, Role,
    ServiceStatus, Slug, Standing, Subject, TokenName,
};
use crate::error::UserError;

/// A moment as milliseconds since 1970.
#[derive(Clone, Copy, Debug)]
pub(super) struct Moment(pub(super) DateTime<Utc>);

impl ToSql for Moment {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(ToSqlOutput::from(self.0.timestamp_millis()))
    }
}

impl FromSql for Moment {
    fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
        let milliseconds = value.as_i64()?;
        DateTime::from_timestamp_millis(milliseconds).map(Self).ok_or(FromSqlError::OutOfRange(milliseconds))
    }
}

/// A day as `2026-11-22`.
#[derive(Clone, Copy, Debug)]
pub(super) struct Date(pub(super) NaiveDate);

impl ToSql for Date {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(ToSqlOutput::from(self.0.to_string()))
    }
}

impl FromSql for Date {
    fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
        value.as_str()?.parse().map(Self).map_err(|error| FromSqlError::Other(Box::new(error)))
    }
}

/// A JSON value as its text.
#[derive(Clone, Debug)]
pub(super) struct Json(pub(super) Value);

impl ToSql for Json {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(ToSqlOutput::from(self.0.to_string()))
    }
}

impl FromSql for Json {
    fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
        serde_json::from_str(value.as_str()?).map(Self).map_err(|error| FromSqlError::Other(Box::new(error)))
    }
}

/// Words that know their spelling themselves.
macro_rules! text_columns {
    ($($name:ty),*) => {$(
        impl ToSql for $name {
            fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
                Ok(ToSqlOutput::from(self.as_str()))
            }
        }

        impl FromSql for $name {
            fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
                value.as_str()?.parse().map_err(|error: UserError| FromSqlError::Other(Box::new(error)))
            }
        }
    )*};
}

text_columns!(CheckStatus, ServiceStatus, IncidentStatus, MaintenanceStatus, Impact, Role, Slug, TokenName);
text_columns!(ClerkId, InvitationStatus, MessageOutcome);

/// Words whose spelling is serde's.
macro_rules! serde_columns {
    ($($name:ty),*) => {$(
        impl FromSql for $name {
            fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
                let word = value.as_str()?.into_deserializer();
                Self::deserialize(word).map_err(|error: WordError| FromSqlError::Other(Box::new(error)))
            }
        }
    )*};
}

serde_columns!(Standing, Origin, EventKind);

impl ToSql for Standing {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(ToSqlOutput::from(match self {
            Self::Listed => "listed",
            Self::IncidentsOnly => "incidents_only",
            Self::Removed => "removed",
        }))
    }
}

impl ToSql for Origin {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(ToSqlOutput::from(match self {
            Self::Person => "person",
            Self::Import => "import",
        }))
    }
}

impl ToSql for EventKind {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(ToSqlOutput::from(self.to_string()))
    }
}

impl ToSql for PublicId {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(ToSqlOutput::from(self.as_str()))
    }
}

impl FromSql for PublicId {
    fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
        Self::parse(value.as_str()?).map_err(|error| FromSqlError::Other(Box::new(error)))
    }
}

/// A subject as its two columns.
pub(super) fn subject_columns(subject: &Subject) -> (&'static str, Option<&PublicId>) {
    match subject {
        Subject::Organization => ("organization", None),
        Subject::Group(id) => ("group", Some(id)),
        Subject::Service(id) => ("service", Some(id)),
        Subject::Incident(id) => ("incident", Some(id)),
        Subject::Maintenance(id) => ("maintenance", Some(id)),
    }
}

/// The subject in columns `at` (its type) and the one after it (its id).
pub(super) fn subject(row: &Row<'_>, at: usize) -> rusqlite::Result<Subject> {
    let word: String = row.get(at)?;
    match word.as_str() {
        "organization" => Ok(Subject::Organization),
        "group" => Ok(Subject::Group(row.get(at + 1)?)),
        "service" => Ok(Subject::Service(row.get(at + 1)?)),
        "incident" => Ok(Subject::Incident(row.get(at + 1)?)),
        "maintenance" => Ok(Subject::Maintenance(row.get(at + 1)?)),
        _ => Err(rusqlite::Error::InvalidColumnType(at, word, Type::Text)),
    }
}

/// Texts by language as their column: NULL where there are none.
pub(super) fn translations_column(translations: &BTreeMap<String, String>) -> Option<String> {
    let texts = || translations.iter().map(|(language, text)| (language.as_str(), text.as_str()));
    (!translations.is_empty()).then(|| Value::from_iter(texts()).to_string())
}

/// The texts by language in column `at`.
pub(super) fn translations(row: &Row<'_>, at: usize) -> rusqlite::Result<BTreeMap<String, String>> {
    let Some(column) = row.get_ref(at)?.as_str_or_null()? else { return Ok(BTreeMap::new()) };
    serde_json::from_str(column).map_err(|error| rusqlite::Error::FromSqlConversionFailure(at, Type::Text, Box::new(error)))
}

/// The moment in column `at`.
pub(super) fn time(row: &Row<'_>, at: usize) -> rusqlite::Result<DateTime<Utc>> {
    row.get::<_, Moment>(at).map(|moment| moment.0)
}

/// The moment in column `at`, where there is one.
pub(super) fn optional_time(row: &Row<'_>, at: usize) -> rusqlite::Result<Option<DateTime<Utc>>> {
    row.get::<_, Option<Moment>>(at).map(|moment| moment.map(|moment| moment.0))
}

/// Row numbers as a JSON array, for `json_each`: one statement for however many there are.
pub(super) fn list_of(numbers: impl IntoIterator<Item = i64>) -> String {
    let numbers: Vec<String> = numbers.into_iter().map(|number| number.to_string()).collect();
    format!("[{}]", numbers.join(","))
}

/// Every row of a query as a value.
pub(super) fn rows<T>(
    connection: &Connection,
    sql: &str,
    params: impl Params,
    read: impl FnMut(&Row<'_>) -> rusqlite::Result<T>,
) -> rusqlite::Result<Vec<T>> {
    connection.prepare_cached(sql)?.query_map(params, read)?.collect()
}

/// The first row of a query as a value.
pub(super) fn first<T>(
    connection: &Connection,
    sql: &str,
    params: impl Params,
    read: impl FnMut(&Row<'_>) -> rusqlite::Result<T>,
) -> rusqlite::Result<Option<T>> {
    connection.prepare_cached(sql)?.query_map(params, read)?.next().transpose()
}

/// A column's name and its value.
pub(super) type Column<'v> = (&'static str, &'v dyn ToSql);

/// Writes a row that has a number and gives the number back: 0 means new, one that is not there yet is inserted as it is. A row that is
/// there must have these `keys` already.
pub(super) fn put_row(
    connection: &Connection,
    table: &str,
    number: i64,
    keys: &[Column<'_>],
    columns: &[Column<'_>],
) -> rusqlite::Result<i64> {
    let mut values: Vec<&dyn ToSql> = vec![&number];
    values.extend(columns.iter().chain(keys).map(|(_, value)| *value));
    if number != 0 {
        let sets: Vec<String> = columns.iter().zip(2..).map(|((name, _), place)| format!("{name} = ?{place}")).collect();
        let places = columns.len() + 2..;
        let same: String = keys.iter().zip(places).map(|((name, _), place)| format!(" AND {name} IS ?{place}")).collect();
        let sql = format!("UPDATE {table} SET {} WHERE number = ?1{same}", sets.join(", "));
        if connection.prepare_cached(&sql)?.execute(values.as_slice())? > 0 {
            return Ok(number);
        }
    }
    let names: Vec<&str> = columns.iter().chain(keys).map(|(name, _)| *name).collect();
    let places: String = (2..names.len() + 2).map(|place| format!(", ?{place}")).collect();
    let sql = format!("INSERT INTO {table} (number, {}) VALUES (nullif(?1, 0){places})", names.join(", "));
    connection.prepare_cached(&sql)?.execute(values.as_slice())?;
    Ok(connection.last_insert_rowid())
}
