//! Fields of a payload with the place they stand at: what is there must be what it says to be.

use chrono::{DateTime, Datelike, NaiveDateTime, Utc};
use serde_json::{Map, Value};

use crate::domain::{AlertSource, text};
use crate::error::UserError;
use crate::import::json_fault::JsonFault;

/// An object of a payload, and where it stands.
pub(super) struct Fields<'a> {
    source: AlertSource,
    place: String,
    fields: &'a Map<String, Value>,
}

/// The JSON of a payload.
pub(super) fn parse(source: AlertSource, payload: &[u8]) -> Result<Value, UserError> {
    serde_json::from_slice(payload).map_err(|error| {
        let JsonFault { place, reason } = JsonFault::from(&error);
        refuse(source, &place, &reason)
    })
}

fn refuse(source: AlertSource, place: &str, why: &str) -> UserError {
    let place = if place.is_empty() { String::new() } else { format!(" {place}:") };
    UserError::bad_input(format!("not a payload of {source}:{place} {}", text::on_one_line(why)))
}

impl<'a> Fields<'a> {
    /// The whole payload.
    pub(super) fn of(source: AlertSource, value: &'a Value) -> Result<Self, UserError> {
        match value {
            Value::Object(fields) => Ok(Self { source, place: String::new(), fields }),
            other => Err(refuse(source, "", &format!("it is {}, not an object", a(other)))),
        }
    }

    /// A complaint about the field `key`.
    pub(super) fn refuse(&self, key: &str, why: &str) -> UserError {
        refuse(self.source, "", &format!("`{}` {why}", self.place_of(key)))
    }

    /// The value of a field that is there and not null.
    pub(super) fn value(&self, key: &str) -> Option<&'a Value> {
        self.fields.get(key).filter(|value| !value.is_null())
    }

    /// An optional object.
    pub(super) fn object(&self, key: &str) -> Result<Option<Self>, UserError> {
        match self.value(key) {
            None => Ok(None),
            Some(Value::Object(fields)) => Ok(Some(Self { source: self.source, place: self.place_of(key), fields })),
            Some(other) => Err(self.wrong(key, other, "an object")),
        }
    }

    /// The objects of a list that may be missing.
    pub(super) fn objects(&self, key: &str) -> Result<Option<Vec<Self>>, UserError> {
        let list = match self.value(key) {
            None => return Ok(None),
            Some(Value::Array(list)) => list,
            Some(other) => return Err(self.wrong(key, other, "a list")),
        };
        let object = |(number, value): (usize, &'a Value)| {
            let place = format!("{}[{number}]", self.place_of(key));
            match value {
                Value::Object(fields) => Ok(Self { source: self.source, place, fields }),
                other => Err(refuse(self.source, "", &format!("`{place}` is {}, not an object", a(other)))),
            }
        };
        list.iter().enumerate().map(object).collect::<Result<_, _>>().map(Some)
    }

    /// An optional text.
    pub(super) fn text(&self, key: &str) -> Result<Option<&'a str>, UserError> {
        match self.value(key) {
            None => Ok(None),
            Some(Value::String(text)) => Ok(Some(text)),
            Some(other) => Err(self.wrong(key, other, "a text")),
        }
    }

    /// The first of these fields that is a text in which something stands.
    pub(super) fn first_text(&self, keys: &[&str]) -> Result<Option<&'a str>, UserError> {
        for key in keys {
            if let Some(text) = self.text(key)?.filter(|text| !text.trim().is_empty()) {
                return Ok(Some(text));
            }
        }
        Ok(None)
    }

    /// An optional whole number.
    pub(super) fn number(&self, key: &str) -> Result<Option<i64>, UserError> {
        let Some(value) = self.value(key) else { return Ok(None) };
        value.as_i64().map(Some).ok_or_else(|| self.wrong(key, value, "a whole number"))
    }

    /// An optional moment in RFC 3339; the year 1 stands for none.
    pub(super) fn moment(&self, key: &str) -> Result<Option<DateTime<Utc>>, UserError> {
        let Some(written) = self.text(key)?.filter(|text| !text.is_empty()) else { return Ok(None) };
        let stated = DateTime::parse_from_rfc3339(written).map_err(|_| self.refuse(key, "is not a time such as 2026-11-22T10:00:00Z"))?;
        Ok(to_the_millisecond(stated.to_utc()))
    }

    /// An optional moment in UTC without a zone, as Uptime Kuma writes it.
    pub(super) fn utc_moment(&self, key: &str) -> Result<Option<DateTime<Utc>>, UserError> {
        let Some(written) = self.text(key)?.filter(|text| !text.is_empty()) else { return Ok(None) };
        let found = NaiveDateTime::parse_from_str(&written.replace('T', " "), "%Y-%m-%d %H:%M:%S%.f").map(|moment| moment.and_utc());
        let found = found.or_else(|_| DateTime::parse_from_rfc3339(written).map(|moment| moment.to_utc()));
        found.map(to_the_millisecond).map_err(|_| self.refuse(key, "is not a time such as 2026-11-22 10:00:00"))
    }

    /// The texts of an object that may be missing, by key.
    pub(super) fn texts(&self, key: &str) -> Result<Vec<(&'a str, &'a str)>, UserError> {
        let Some(object) = self.object(key)? else { return Ok(Vec::new()) };
        let fields = object.fields.keys();
        fields.filter_map(|name| object.text(name).map(|text| text.map(|text| (name.as_str(), text))).transpose()).collect()
    }

    fn place_of(&self, key: &str) -> String {
        let key: String = key.chars().take(60).flat_map(char::escape_debug).collect();
        if self.place.is_empty() { key } else { format!("{}.{key}", self.place) }
    }

    fn wrong(&self, key: &str, value: &Value, wanted: &str) -> UserError {
        self.refuse(key, &format!("is {}, not {wanted}", a(value)))
    }
}

/// Nothing that a monitor reports was before 1970, and no clock goes on for ever.
fn to_the_millisecond(at: DateTime<Utc>) -> Option<DateTime<Utc>> {
    DateTime::from_timestamp_millis(at.timestamp_millis()).filter(|at| (1970..=9999).contains(&at.year()))
}

/// The type of a value in words.
fn a(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "true or false",
        Value::Number(_) => "a number",
        Value::String(_) => "a text",
        Value::Array(_) => "a list",
        Value::Object(_) => "an object",
    }
}
