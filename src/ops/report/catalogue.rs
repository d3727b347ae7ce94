//! Organizations, their services in groups, and what is measured of them.

use chrono::{DateTime, NaiveDate, Utc};
use serde::Serialize;

use super::AutomaticReport;
use crate::domain::{CheckStatus, Etag, PublicId, ServiceStatus, Slug};

/// An organization.
#[derive(Clone, Debug, Serialize)]
pub struct OrgReport {
    /// Folder name and name in commands.
    pub slug: Slug,
    /// The page's public id.
    pub id: PublicId,
    /// What visitors read.
    pub name: String,
    /// Public address; null while nobody said.
    pub url: Option<String>,
    /// IANA zone.
    pub time_zone: String,
    /// Its folder.
    pub path: String,
    /// How many services are listed.
    pub services: usize,
    /// How many incidents are open.
    pub open_incidents: usize,
}

/// A group of services.
#[derive(Clone, Debug, Serialize)]
pub struct GroupReport {
    /// Public id.
    pub id: PublicId,
    /// The organization's small number for it.
    pub number: i64,
    /// Name in commands.
    pub slug: Slug,
    /// What visitors read.
    pub name: String,
    /// Order on the page.
    pub position: i64,
    /// Status of its worst service.
    pub status: ServiceStatus,
    /// Slugs of its services in order.
    pub services: Vec<Slug>,
    /// Whether it is still as it is here: see [`Etag`].
    pub etag: Etag,
}

/// Groups, as many as were asked for.
#[derive(Clone, Debug, Serialize)]
pub struct GroupsReport {
    /// In page order.
    pub groups: Vec<GroupReport>,
    /// Where the next page goes on; left out where there is none.
    // `next` is a moment wherever documents say it.
    #[serde(rename = "next_page", skip_serializing_if = "Option::is_none")]
    pub next: Option<String>,
}

/// A service and how it does.
#[derive(Clone, Debug, Serialize)]
pub struct ServiceReport {
    /// Public id.
    pub id: PublicId,
    /// The organization's small number for it.
    pub number: i64,
    /// Name in commands and paths.
    pub slug: Slug,
    /// What visitors read.
    pub name: String,
    /// A line below the name.
    pub description: Option<String>,
    /// Where the service itself lives.
    pub link: Option<String>,
    /// Slug of its group.
    pub group: Option<Slug>,
    /// Order within its group or on the page.
    pub position: i64,
    /// Uptime counts from this day on.
    pub start_date: Option<NaiveDate>,
    /// Nowhere in public output.
    pub hidden: bool,
    /// Whether the page shows bars and uptime.
    pub showcase: bool,
    /// In HTML only while not operational.
    pub only_show_if_degraded: bool,
    /// Known only from incidents: in no list or rollup of the page.
    pub incidents_only: bool,
    /// Its status now.
    pub status: ServiceStatus,
    /// Since when; null where it never had another.
    pub status_since: Option<DateTime<Utc>>,
    /// Ids of the open incidents that name it.
    pub open_incidents: Vec<PublicId>,
    /// Uptime over 90 days as the page shows it (`99.87`); null before its start date.
    pub uptime_90_days: Option<String>,
    /// The newest result of checks; absent where there is none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_check: Option<CheckReport>,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// When its settings last changed.
    pub updated_at: DateTime<Utc>,
    /// Whether it is still as it is here: see [`Etag`].
    pub etag: Etag,
}

/// Services, as many as were asked for.
#[derive(Clone, Debug, Serialize)]
pub struct ServicesReport {
    /// In page order.
    pub services: Vec<ServiceReport>,
    /// Where the next page goes on; left out where there is none.
    // `next` is a moment wherever documents say it.
    #[serde(rename = "next_page", skip_serializing_if = "Option::is_none")]
    pub next: Option<String>,
}

/// The newest result of checks of a service.
#[derive(Clone, Debug, Serialize)]
pub struct CheckReport {
    /// What it found.
    pub status: CheckStatus,
    /// When.
    pub at: DateTime<Utc>,
    /// How long the answer took; null where nobody measured it.
    pub latency_ms: Option<u32>,
    /// What the monitor says about it.
    pub message: Option<String>,
    /// Who reported it.
    pub source: String,
}

/// What became of results of checks.
#[derive(Clone, Debug, Serialize)]
pub struct ChecksReport {
    /// The service.
    pub service: Slug,
    /// Results that came.
    pub received: usize,
    /// Results that were kept.
    pub recorded: usize,
    /// Results that were known already.
    pub repeated: usize,
    /// Results that say nothing: too old, of the future, too many, or of a monitor at rest.
    pub ignored: usize,
    /// Incidents that the rule opened, changed or resolved because of them.
    pub incidents: Vec<AutomaticReport>,
    /// Why results were ignored.
    pub warnings: Vec<String>,
    /// Whether visitors see one of those incidents.
    pub public: bool,
}

/// An organization that is gone.
#[derive(Clone, Debug, Serialize)]
pub struct RemovedOrgReport {
    /// What it was called.
    pub slug: Slug,
    /// The file that holds everything people made in it.
    pub backup: String,
    /// What a person should know of it; null where all was well.
    pub notice: Option<String>,
    /// The folder that could not be deleted, and why; null where it is gone.
    pub left: Option<String>,
}
