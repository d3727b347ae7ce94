//! How an organization stands: its status, its uptime, and what changes next.

use chrono::{DateTime, NaiveDate, Utc};
use serde::Serialize;

use super::{IncidentReport, MaintenanceReport, ServiceReport};
use crate::domain::{PublicId, ServiceStatus, Slug};

/// The organization at a glance.
#[derive(Clone, Debug, Serialize)]
pub struct StatusReport {
    /// The organization's slug.
    pub org: Slug,
    /// Its name.
    pub name: String,
    /// The moment it is about.
    pub at: DateTime<Utc>,
    /// The worst status, as the page's verdict shows it.
    pub status: ServiceStatus,
    /// The page's verdict as a sentence; hidden services have no part in it.
    pub verdict: String,
    /// Statuspage's indicator.
    pub indicator: &'static str,
    /// Statuspage's description.
    pub description: &'static str,
    /// Services in page order, hidden ones included.
    pub services: Vec<ServiceReport>,
    /// The days of the last 90, today included, on which they were not operational throughout; by service, oldest first.
    pub bad_days: Vec<BadDayReport>,
    /// Open incidents, newest change first; drafts included.
    pub open_incidents: Vec<IncidentReport>,
    /// Ids of the open incidents whose next update is overdue: it was promised by now and has not come.
    pub overdue: Vec<PublicId>,
    /// Maintenances that run or are to come, by start; of a series the next date, and those that somebody has touched.
    pub maintenances: Vec<MaintenanceReport>,
    /// The next moment at which a rebuild would change something.
    pub next: DateTime<Utc>,
}

/// A day on which a service was not operational throughout.
#[derive(Clone, Debug, Serialize)]
pub struct BadDayReport {
    /// The service.
    pub service: Slug,
    /// The day in the organization's zone.
    pub date: NaiveDate,
    /// The worst status that it had.
    pub worst: ServiceStatus,
}

/// Uptime of services and groups over one window.
#[derive(Clone, Debug, Serialize)]
pub struct UptimeReport {
    /// First moment of the window.
    pub from: DateTime<Utc>,
    /// First moment after it.
    pub until: DateTime<Utc>,
    /// The rule in words.
    pub rule: String,
    /// Services and groups in page order.
    pub rows: Vec<UptimeRow>,
}

/// One row of an [`UptimeReport`].
#[derive(Clone, Debug, Serialize)]
pub struct UptimeRow {
    /// `service` or `group`.
    pub kind: &'static str,
    /// Its slug.
    pub slug: Slug,
    /// Its public id.
    pub id: PublicId,
    /// Its name.
    pub name: String,
    /// The figure as the page shows it (`99.87`); null where the window is empty.
    pub uptime: Option<String>,
    /// Seconds of the window that count, from the start date on; null for a group.
    pub window_seconds: Option<i64>,
    /// Seconds of major outage; null for a group.
    pub major_seconds: Option<i64>,
    /// Seconds of partial outage; null for a group.
    pub partial_seconds: Option<i64>,
}

/// Everything behind one figure.
#[derive(Clone, Debug, Serialize)]
pub struct ExplainReport {
    /// The service.
    pub slug: Slug,
    /// Its name.
    pub name: String,
    /// First moment asked for.
    pub from: DateTime<Utc>,
    /// First moment after the window.
    pub until: DateTime<Utc>,
    /// Where counting starts because of the start date, if later than `from`.
    pub counted_from: DateTime<Utc>,
    /// The rule in words.
    pub rule: String,
    /// The figure; null where the window is empty.
    pub uptime: Option<String>,
    /// Seconds that count in all.
    pub window_seconds: i64,
    /// Weighted seconds lost, as an exact decimal or fraction.
    pub lost_seconds: String,
    /// Every stretch in order; they cover the window.
    pub intervals: Vec<IntervalReport>,
}

/// One stretch of an [`ExplainReport`].
#[derive(Clone, Debug, Serialize)]
pub struct IntervalReport {
    /// First moment.
    pub start: DateTime<Utc>,
    /// First moment after it.
    pub end: DateTime<Utc>,
    /// Its length.
    pub seconds: i64,
    /// The status throughout.
    pub status: ServiceStatus,
    /// What a second of it weighs, such as `0.3`.
    pub weight: String,
    /// Why: `incident 7 API down`, `maintenance 2 …`, `set by hand`, `nothing said`.
    pub causes: Vec<String>,
}

/// When to build again.
#[derive(Clone, Debug, Serialize)]
pub struct NextReport {
    /// The next moment at which a rebuild would change something.
    pub next: DateTime<Utc>,
    /// Why then.
    pub reason: String,
}
