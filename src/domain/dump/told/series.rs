//! How maintenance repeats.

use chrono::NaiveDate;
use chrono_tz::Tz;
use serde::de::Error;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::domain::dump::Moment;
use crate::domain::{Occurrence, PublicId, Repeat, Rule};

/// How a series of maintenances repeats.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct RepeatRow {
    #[serde(serialize_with = "rule_text", deserialize_with = "read_rule")]
    pub(crate) rule: Rule,
    #[serde(serialize_with = "zone_name", deserialize_with = "read_zone")]
    pub(crate) time_zone: Tz,
    pub(crate) since: Moment,
}

/// Which date of a series a maintenance is.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct OccurrenceRow {
    pub(crate) series: PublicId,
    pub(crate) day: NaiveDate,
}

impl From<&Repeat> for RepeatRow {
    fn from(repeat: &Repeat) -> Self {
        Self { rule: repeat.rule.clone(), time_zone: repeat.zone, since: Moment(repeat.since) }
    }
}

impl From<RepeatRow> for Repeat {
    fn from(row: RepeatRow) -> Self {
        Self { rule: row.rule, zone: row.time_zone, since: row.since.0 }
    }
}

impl From<&Occurrence> for OccurrenceRow {
    fn from(occurrence: &Occurrence) -> Self {
        Self { series: occurrence.series.clone(), day: occurrence.day }
    }
}

impl From<OccurrenceRow> for Occurrence {
    fn from(row: OccurrenceRow) -> Self {
        Self { series: row.series, day: row.day }
    }
}

fn rule_text<S: Serializer>(rule: &Rule, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(rule.as_str())
}

fn read_rule<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Rule, D::Error> {
    let text = String::deserialize(deserializer)?;
    Rule::parse(&text).map_err(|why| Error::custom(format!("`{}` is no rule of recurrence: {why}", text.escape_debug())))
}

fn zone_name<S: Serializer>(zone: &Tz, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(zone.name())
}

fn read_zone<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Tz, D::Error> {
    let name = String::deserialize(deserializer)?;
    name.parse().map_err(|_| Error::custom(format!("`{}` is no time zone", name.escape_debug())))
}
