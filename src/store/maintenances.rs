//! Maintenances with the services they cover and their updates.

use std::collections::{HashMap, HashSet};

use chrono::NaiveDate;
use chrono_tz::Tz;
use rusqlite::types::Type;
use rusqlite::{Row, ToSql, params};

use super::columns::{self, Moment, first, list_of, put_row, rows};
use super::failure::Of;
use super::services::number_of;
use super::updates::{Owner, put_updates, updates_of};
use super::{Reader, Scope, Write};
use crate::domain::{Maintenance, Occurrence, PublicId, Repeat, Rule};
use crate::error::UserError;

const MAINTENANCE: &str = "number, id, title, scheduled_for, scheduled_until, auto_start, auto_finish, created_at, updated_at, \
                           stated_started_at, stated_monitoring_at, stated_resolved_at, closed_by_source_at, source_page, revision, repeat_rule, \
                           repeat_zone, repeat_since, series, series_day";

impl Write<'_> {
    /// Writes a maintenance with its updates, which it sorts; number 0 is new, of it and of its updates, and is filled in. Updates that are
    /// not among its updates are deleted. Services it names must be there.
    ///
    /// # Errors
    /// A conflict where an id is taken or a service is not there; otherwise what writing can say.
    pub fn put_maintenance(&self, maintenance: &mut Maintenance) -> Result<(), UserError> {
        let (repeat, occurrence) = (maintenance.repeat.as_ref(), maintenance.occurrence.as_ref());
        let columns: [(&str, &dyn ToSql); 19] = [
            ("id", &maintenance.id),
            ("title", &maintenance.title),
            ("scheduled_for", &Moment(maintenance.scheduled_for)),
            ("scheduled_until", &Moment(maintenance.scheduled_until)),
            ("auto_start", &maintenance.auto_start),
            ("auto_finish", &maintenance.auto_finish),
            ("created_at", &Moment(maintenance.created_at)),
            ("updated_at", &Moment(maintenance.updated_at)),
            ("stated_started_at", &maintenance.stated_started_at.map(Moment)),
            ("stated_monitoring_at", &maintenance.stated_monitoring_at.map(Moment)),
            ("stated_resolved_at", &maintenance.stated_resolved_at.map(Moment)),
            ("closed_by_source_at", &maintenance.closed_by_source_at.map(Moment)),
            ("source_page", &maintenance.source_page),
            ("revision", &maintenance.revision),
            ("repeat_rule", &repeat.map(|repeat| repeat.rule.as_str())),
            ("repeat_zone", &repeat.map(|repeat| repeat.zone.name())),
            ("repeat_since", &repeat.map(|repeat| Moment(repeat.since))),
            ("series", &occurrence.map(|occurrence| &occurrence.series)),
            ("series_day", &occurrence.map(|occurrence| occurrence.day.to_string())),
        ];
        maintenance.number = put_row(&self.connection, "maintenances", maintenance.number, &[], &columns).of(&self.path)?;
        put_updates(&self.connection, Owner::Maintenance, maintenance.number, &mut maintenance.updates).of(&self.path)?;
        self.run("DELETE FROM maintenance_services WHERE maintenance = ?1", params![maintenance.number])?;
        for (service, position) in maintenance.services.iter().zip(0_i64..) {
            let sql = "INSERT INTO maintenance_services (maintenance, position, service) VALUES (?1, ?2, ?3)";
            self.run(sql, params![maintenance.number, position, service])?;
        }
        Ok(())
    }

    /// Deletes a maintenance with its updates; says whether it was there.
    ///
    /// # Errors
    /// What writing can say.
    pub fn delete_maintenance(&self, number: i64) -> Result<bool, UserError> {
        Ok(self.run("DELETE FROM maintenances WHERE number = ?1", params![number])? > 0)
    }
}

impl Reader {
    /// Every maintenance, by (start of window, number).
    ///
    /// # Errors
    /// What reading the file can say.
    pub fn maintenances(&self, scope: Scope) -> Result<Vec<Maintenance>, UserError> {
        self.maintenances_where(scope, "true", &[])
    }

    /// Every series, by (start of its first window, number).
    ///
    /// # Errors
    /// What reading the file can say.
    pub fn series(&self, scope: Scope) -> Result<Vec<Maintenance>, UserError> {
        self.maintenances_where(scope, "repeat_rule IS NOT NULL", &[])
    }

    /// The dates of series that have a row, whoever may know of them: nothing follows from the series for them any more.
    ///
    /// # Errors
    /// What reading the file can say.
    pub fn touched_dates(&self) -> Result<HashSet<Occurrence>, UserError> {
        let sql = "SELECT series, series_day FROM maintenances WHERE series IS NOT NULL";
        let found = rows(&self.connection, sql, [], |row| Ok(Occurrence { series: row.get(0)?, day: day(row, 1)? })).of(&self.path)?;
        Ok(found.into_iter().collect())
    }

    /// The recorded dates of the series with this id, by (start, number).
    ///
    /// # Errors
    /// What reading the file can say.
    pub fn dates_of_series(&self, series: &PublicId) -> Result<Vec<Maintenance>, UserError> {
        self.maintenances_where(Scope::Everything, "series = ?1", &[series])
    }

    /// The maintenance with this public id or small number.
    ///
    /// # Errors
    /// What reading the file can say.
    pub fn find_maintenance(&self, scope: Scope, key: &str) -> Result<Option<Maintenance>, UserError> {
        let sql = "SELECT number FROM maintenances WHERE id = ?1 OR number = ?2 ORDER BY id = ?1 DESC LIMIT 1";
        let number: Option<i64> = first(&self.connection, sql, params![key, number_of(key)], |row| row.get(0)).of(&self.path)?;
        let Some(number) = number else { return Ok(None) };
        Ok(self.maintenances_where(scope, "number = ?1", &[&number])?.pop())
    }

    fn maintenances_where(&self, scope: Scope, condition: &str, params: &[&dyn ToSql]) -> Result<Vec<Maintenance>, UserError> {
        let prefix = scope.prefix();
        let sql = format!("SELECT {MAINTENANCE} FROM {prefix}maintenances WHERE {condition} ORDER BY scheduled_for, number");
        let services = format!(
            "SELECT item.maintenance, item.service FROM json_each(?1) AS wanted
             CROSS JOIN {prefix}maintenance_services AS item ON item.maintenance = wanted.value ORDER BY item.maintenance, item.position"
        );
        self.read(|reader| {
            let mut maintenances = rows(&reader.connection, &sql, params, maintenance).of(&reader.path)?;
            let wanted = list_of(maintenances.iter().map(|maintenance| maintenance.number));
            let mut updates = updates_of(&reader.connection, scope, Owner::Maintenance, &wanted).of(&reader.path)?;
            let mut covered: HashMap<i64, Vec<PublicId>> = HashMap::new();
            for (number, service) in
                rows(&reader.connection, &services, params![wanted], |row| Ok((row.get(0)?, row.get(1)?))).of(&reader.path)?
            {
                covered.entry(number).or_default().push(service);
            }
            for maintenance in &mut maintenances {
                maintenance.updates = updates.remove(&maintenance.number).unwrap_or_default();
                maintenance.services = covered.remove(&maintenance.number).unwrap_or_default();
            }
            Ok(maintenances)
        })
    }
}

fn maintenance(row: &Row<'_>) -> rusqlite::Result<Maintenance> {
    Ok(Maintenance {
        number: row.get(0)?,
        id: row.get(1)?,
        title: row.get(2)?,
        scheduled_for: columns::time(row, 3)?,
        scheduled_until: columns::time(row, 4)?,
        auto_start: row.get(5)?,
        auto_finish: row.get(6)?,
        services: Vec::new(),
        created_at: columns::time(row, 7)?,
        updated_at: columns::time(row, 8)?,
        stated_started_at: columns::optional_time(row, 9)?,
        stated_monitoring_at: columns::optional_time(row, 10)?,
        stated_resolved_at: columns::optional_time(row, 11)?,
        closed_by_source_at: columns::optional_time(row, 12)?,
        source_page: row.get(13)?,
        revision: row.get(14)?,
        repeat: repeat(row)?,
        occurrence: row
            .get::<_, Option<PublicId>>(18)?
            .map(|series| Ok::<_, rusqlite::Error>(Occurrence { series, day: day(row, 19)? }))
            .transpose()?,
        updates: Vec::new(),
    })
}

fn repeat(row: &Row<'_>) -> rusqlite::Result<Option<Repeat>> {
    let (Some(rule), Some(zone)) = (row.get_ref(15)?.as_str_or_null()?, row.get_ref(16)?.as_str_or_null()?) else { return Ok(None) };
    let rule = Rule::parse(rule).map_err(|why| unreadable(15, why))?;
    let zone: Tz = zone.parse().map_err(|_| unreadable(16, format!("`{zone}` is no time zone")))?;
    Ok(Some(Repeat { rule, zone, since: columns::time(row, 17)? }))
}

fn day(row: &Row<'_>, at: usize) -> rusqlite::Result<NaiveDate> {
    row.get_ref(at)?.as_str()?.parse().map_err(|error: chrono::ParseError| unreadable(at, error.to_string()))
}

fn unreadable(column: usize, why: String) -> rusqlite::Error {
    rusqlite::Error::FromSqlConversionFailure(column, Type::Text, why.into())
}
