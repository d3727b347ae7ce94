//! Objects of a payload with the place they stand at, so that whatever is wrong in them can be named.
//!
//! Optional fields that are absent or null are simply not there; what is there and cannot be read leaves a warning and counts as not
//! there. Required fields give the reason for leaving the object out.

use std::cell::RefCell;
use std::ops::RangeInclusive;

use chrono::{DateTime, NaiveDate, Utc};
use serde_json::{Map, Value};

use super::value::{Vocabulary, moment, one_line, shown, shown_whole};
use crate::domain::PublicId;

/// The warnings of one file.
pub(super) struct Warnings {
    file: String,
    list: RefCell<Vec<String>>,
}

impl Warnings {
    /// No warnings yet, for the file of this name.
    pub(super) fn of_file(name: &str) -> Self {
        Self { file: shown_whole(name), list: RefCell::default() }
    }

    /// Adds `FILE: place: what`; at the top of the file there is no place.
    pub(super) fn add(&self, place: &str, what: &str) {
        let line = if place.is_empty() { format!("{}: {what}", self.file) } else { format!("{}: {place}: {what}", self.file) };
        self.list.borrow_mut().push(line);
    }

    /// All of them, in order.
    pub(super) fn into_list(self) -> Vec<String> {
        self.list.into_inner()
    }
}

/// Why an object cannot be used.
pub(super) type Reason = String;

/// An object and its place.
#[derive(Clone)]
pub(super) struct Object<'a> {
    fields: &'a Map<String, Value>,
    place: String,
    warnings: &'a Warnings,
}

/// The objects of a list.
pub(super) struct Objects<'a> {
    /// Those of its elements that are objects, in order.
    pub(super) list: Vec<Object<'a>>,
    /// Whether all are.
    pub(super) whole: bool,
}

impl<'a> Object<'a> {
    /// `value` at `place`, where it is an object.
    pub(super) fn of(value: &'a Value, place: String, warnings: &'a Warnings) -> Option<Self> {
        match value {
            Value::Object(fields) => Some(Self { fields, place, warnings }),
            _ => {
                warnings.add(&place, "left out: it is not an object");
                None
            }
        }
    }

    /// The objects of a list at `place`.
    pub(super) fn all_of(elements: &'a [Value], place: &str, warnings: &'a Warnings) -> Objects<'a> {
        let numbered = elements.iter().enumerate();
        let list: Vec<Self> = numbered.filter_map(|(index, value)| Self::of(value, format!("{place}[{index}]"), warnings)).collect();
        Objects { whole: list.len() == elements.len(), list }
    }

    /// Adds a warning about this object.
    pub(super) fn warn(&self, what: &str) {
        self.warnings.add(&self.place, what);
    }

    /// Adds the warning that it is not used, and why.
    pub(super) fn leave_out(&self, reason: &str) {
        self.warn(&format!("left out: {reason}"));
    }

    /// Whether the key is there, null or not.
    pub(super) fn has(&self, key: &str) -> bool {
        self.fields.contains_key(key)
    }

    /// The value of a field that is not null.
    pub(super) fn value(&self, key: &str) -> Option<&'a Value> {
        self.fields.get(key).filter(|value| !value.is_null())
    }

    /// An optional object.
    pub(super) fn object(&self, key: &str) -> Option<Self> {
        self.value(key).and_then(|value| Self::of(value, self.place_of(key), self.warnings))
    }

    /// An optional list of objects.
    pub(super) fn objects(&self, key: &str) -> Option<Objects<'a>> {
        match self.value(key)? {
            Value::Array(elements) => Some(Self::all_of(elements, &self.place_of(key), self.warnings)),
            other => self.wrong(key, other, "a list"),
        }
    }

    /// An optional text, as it stands.
    pub(super) fn text(&self, key: &str) -> Option<&'a str> {
        match self.value(key)? {
            Value::String(text) => Some(text),
            other => self.wrong(key, other, "text"),
        }
    }

    /// An optional text as one line; `None` where nothing is left of it.
    pub(super) fn line(&self, key: &str) -> Option<String> {
        self.text(key).map(one_line).filter(|line| !line.is_empty())
    }

    /// A name as one line; the id stands in for one that is missing, with a warning.
    pub(super) fn name(&self, id: &PublicId) -> String {
        self.line("name").unwrap_or_else(|| {
            self.warn("`name` is missing, its id stands in for it");
            id.to_string()
        })
    }

    /// An optional yes or no.
    pub(super) fn flag(&self, key: &str) -> Option<bool> {
        match self.value(key)? {
            Value::Bool(flag) => Some(*flag),
            other => self.wrong(key, other, "true or false"),
        }
    }

    /// An optional whole number.
    pub(super) fn number(&self, key: &str) -> Option<i64> {
        let value = self.value(key)?;
        value.as_i64().or_else(|| self.wrong(key, value, "a whole number"))
    }

    /// An optional whole number within a range.
    pub(super) fn number_within(&self, key: &str, range: &RangeInclusive<i64>) -> Option<i64> {
        let number = self.number(key)?;
        if range.contains(&number) {
            return Some(number);
        }
        self.wrong(key, self.value(key)?, &format!("from {} to {}", range.start(), range.end()))
    }

    /// An optional moment.
    pub(super) fn time(&self, key: &str) -> Option<DateTime<Utc>> {
        let value = self.value(key)?;
        value.as_str().and_then(moment).or_else(|| self.wrong(key, value, "a time"))
    }

    /// An optional calendar day.
    pub(super) fn date(&self, key: &str) -> Option<NaiveDate> {
        let value = self.value(key)?;
        let date = value.as_str().and_then(|text| NaiveDate::parse_from_str(text, "%Y-%m-%d").ok());
        date.or_else(|| self.wrong(key, value, "a date"))
    }

    /// An optional id.
    pub(super) fn optional_id(&self, key: &str) -> Option<PublicId> {
        let value = self.value(key)?;
        value.as_str().and_then(|text| PublicId::parse(text).ok()).or_else(|| self.wrong(key, value, "an id"))
    }

    /// An optional word of a vocabulary.
    pub(super) fn optional_word<S: Copy>(&self, key: &str, vocabulary: &Vocabulary<S>) -> Option<S> {
        let value = self.value(key)?;
        let found = value.as_str().and_then(|text| vocabulary.find(text));
        if found.is_none() {
            self.warn(&unknown(key, value));
        }
        found
    }

    /// The id of this object.
    pub(super) fn id(&self) -> Result<PublicId, Reason> {
        let value = self.value("id").ok_or("`id` is missing")?;
        value.as_str().and_then(|text| PublicId::parse(text).ok()).ok_or_else(|| not("id", value, "an id"))
    }

    /// The status of this object.
    pub(super) fn status<S: Copy>(&self, vocabulary: &Vocabulary<S>) -> Result<S, Reason> {
        let value = self.value("status").ok_or("`status` is missing")?;
        value.as_str().and_then(|text| vocabulary.find(text)).ok_or_else(|| unknown("status", value))
    }

    fn place_of(&self, key: &str) -> String {
        if self.place.is_empty() { key.to_owned() } else { format!("{}.{key}", self.place) }
    }

    fn wrong<T>(&self, key: &str, value: &Value, wanted: &str) -> Option<T> {
        self.warn(&not(key, value, wanted));
        None
    }
}

fn not(key: &str, value: &Value, wanted: &str) -> Reason {
    format!("`{key}` is not {wanted}: {}", piece(value))
}

fn unknown(key: &str, value: &Value) -> Reason {
    format!("`{key}` is not known: {}", piece(value))
}

/// What a value is, without unfolding lists and objects, which may be huge.
fn piece(value: &Value) -> String {
    match value {
        Value::String(text) => format!("`{}`", shown(text)),
        Value::Array(_) => "a list".to_owned(),
        Value::Object(_) => "an object".to_owned(),
        Value::Null | Value::Bool(_) | Value::Number(_) => format!("`{value}`"),
    }
}
