//! Maintenance, and how it repeats.

use chrono::{DateTime, NaiveDate, Utc};
use serde::Serialize;

use super::{AffectedReport, UpdateReport};
use crate::domain::{Etag, MaintenanceStatus, PublicId};

/// Maintenances, as many as were asked for.
#[derive(Clone, Debug, Serialize)]
pub struct MaintenancesReport {
    /// Newest start of window first; the dates of series are among them.
    pub maintenances: Vec<MaintenanceReport>,
    /// All series, newest first date first.
    pub series: Vec<MaintenanceReport>,
    /// Where the next page goes on; left out where there is none.
    // `next` is a moment wherever documents say it.
    #[serde(rename = "next_page", skip_serializing_if = "Option::is_none")]
    pub next: Option<String>,
}

/// A maintenance.
#[derive(Clone, Debug, Serialize)]
pub struct MaintenanceReport {
    /// Public id.
    pub id: PublicId,
    /// The organization's small number for it; null for a date of a series that nobody has touched.
    pub number: Option<i64>,
    /// Its title.
    pub title: String,
    /// Where it stands now; a series is scheduled as long as it has dates to come.
    pub status: MaintenanceStatus,
    /// Planned start; the first one of a series.
    pub scheduled_for: DateTime<Utc>,
    /// Planned end.
    pub scheduled_until: DateTime<Utc>,
    /// Starts by itself.
    pub auto_start: bool,
    /// Finishes by itself.
    pub auto_finish: bool,
    /// When work began.
    pub began_at: Option<DateTime<Utc>>,
    /// When it was completed.
    pub completed_at: Option<DateTime<Utc>>,
    /// When it was announced.
    pub created_at: DateTime<Utc>,
    /// When it last changed.
    pub updated_at: DateTime<Utc>,
    /// The services it covers.
    pub services: Vec<AffectedReport>,
    /// How it repeats, where it is a series.
    pub repeat: Option<RepeatReport>,
    /// Which date of a series it is, where it is one.
    pub occurrence: Option<OccurrenceReport>,
    /// Oldest first.
    pub updates: Vec<UpdateReport>,
    /// Whether it is still as it is here: see [`Etag`].
    pub etag: Etag,
}

impl MaintenanceReport {
    /// What commands may call it: its number, or `3@2026-12-08` for a date that has none.
    pub fn key(&self) -> String {
        match (self.number, &self.occurrence) {
            (Some(number), _) => number.to_string(),
            (None, Some(OccurrenceReport { number: Some(number), day, .. })) => format!("{number}@{day}"),
            (None, _) => self.id.to_string(),
        }
    }
}

/// How a series of maintenances repeats.
#[derive(Clone, Debug, Serialize)]
pub struct RepeatReport {
    /// On which days, as RFC 5545 says it.
    pub rule: String,
    /// The zone whose clocks say when.
    pub time_zone: String,
    /// Its next dates of those that are told, three at most.
    pub next: Vec<DateReport>,
    /// The windows of those, and of dates so far ahead that they are not told yet, to make it three.
    #[serde(skip)]
    pub coming: Vec<(DateTime<Utc>, DateTime<Utc>)>,
}

/// A date of a series.
#[derive(Clone, Debug, Serialize)]
pub struct DateReport {
    /// Public id of its maintenance.
    pub id: PublicId,
    /// The day that the rule means.
    pub day: NaiveDate,
    /// Where it stands now.
    pub status: MaintenanceStatus,
    /// Planned start.
    pub scheduled_for: DateTime<Utc>,
    /// Planned end.
    pub scheduled_until: DateTime<Utc>,
}

/// Which date of which series a maintenance is.
#[derive(Clone, Debug, Serialize)]
pub struct OccurrenceReport {
    /// Public id of the series.
    pub series: PublicId,
    /// The small number of the series.
    pub number: Option<i64>,
    /// The day that the rule means, also where it was moved to another.
    pub day: NaiveDate,
}
