//! Saved payloads of Statuspage's public API (v2), and of those who imitate it, to values of our own.
//!
//! Every shape is taken: `summary.json`, `status.json`, `components.json`, `incidents.json`, `incidents/unresolved.json`,
//! `scheduled-maintenances.json` and its `upcoming` and `active`, a single incident's document, a bare array of incidents, a bare incident.
//! Nothing is refused as a whole: what cannot be used is named in the warnings, and the rest is used.
//!
//! Bodies are HTML or plain text at Statuspage and become Markdown; those of incident.io's imitation are Markdown already and are taken as
//! they are. An incident counts as incident.io's where its page names no `time_zone`, or where the id of its page, its own or one of its
//! updates' is a ULID (26 characters of Crockford's alphabet).

use std::collections::BTreeMap;

use chrono::{DateTime, NaiveDate, Utc};

use crate::domain::{Incident, Maintenance, PublicId, ServiceStatus};

mod collected;
mod component;
mod file;
mod incident;
mod maintenance;
mod object;
mod told;
mod update;
pub(super) mod value;
mod words;

#[cfg(test)]
mod tests;

pub use file::read;

/// What one saved payload says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SourceFile {
    /// Name of the file, as given.
    pub name: String,
    /// The page it is of; a bare incident or array of incidents names none.
    pub page: Option<SourcePage>,
    /// When it was true: the newest time in it, `page.updated_at` included and windows of maintenances left out.
    pub moment: Option<DateTime<Utc>>,
    /// The services and their present statuses, where the file lists them.
    pub components: Option<Components>,
    /// Whether it lists every open incident and every maintenance that is not over: a summary, of whose incidents and maintenances none had
    /// to be left out. Then what it does not name is closed.
    pub lists_open: bool,
    /// Numbers 0 and revision 0, updates oldest first.
    pub incidents: Vec<Incident>,
    /// Numbers 0 and revision 0, updates oldest first, automatic start and finish off.
    pub maintenances: Vec<Maintenance>,
    /// Names of services as incidents and maintenances write them, for those known only from these.
    pub names: BTreeMap<PublicId, String>,
    /// What could not be used, as `FILE: place: what`, one line each.
    pub warnings: Vec<String>,
    /// Whether it is a folder that people edit, read as it is now: it has no age, and what it says counts even where its times went back.
    pub is_working_copy: bool,
    /// Statuses of the past that it states of services without an incident, by time.
    pub stated: Vec<StatedStatus>,
}

/// A status of a service from a moment of the past on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StatedStatus {
    /// The service's id.
    pub service: PublicId,
    /// The status from then on.
    pub status: ServiceStatus,
    /// From when on.
    pub at: DateTime<Utc>,
}

/// The page a payload is of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SourcePage {
    /// Public id.
    pub id: PublicId,
    /// What visitors read.
    pub name: String,
    /// Where it lives, ending in `/`; http or https.
    pub url: Option<String>,
    /// Its time zone, as the source writes it: `Etc/UTC`.
    pub time_zone: Option<String>,
    /// When anything on it last changed, by its own word.
    pub updated_at: DateTime<Utc>,
}

/// The list of services of a page.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Components {
    /// In the file's order.
    pub groups: Vec<SourceGroup>,
    /// In the file's order.
    pub services: Vec<SourceService>,
}

/// A group of services.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SourceGroup {
    /// Public id.
    pub id: PublicId,
    /// What visitors read.
    pub name: String,
    /// A line below the name.
    pub description: Option<String>,
    /// Order among groups and ungrouped services.
    pub position: i64,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// When it last changed.
    pub updated_at: DateTime<Utc>,
}

/// A service.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SourceService {
    /// Public id.
    pub id: PublicId,
    /// What visitors read.
    pub name: String,
    /// A line below the name.
    pub description: Option<String>,
    /// Where the service itself lives; `None` where the source does not say.
    pub link: Option<String>,
    /// Id of its group, which the same file lists.
    pub group: Option<PublicId>,
    /// Order within its group, or among groups and ungrouped services.
    pub position: i64,
    /// Uptime counts from the start of this day.
    pub start_date: Option<NaiveDate>,
    /// Whether the page shows day bars and uptime.
    pub showcase: bool,
    /// In HTML only while not operational.
    pub only_show_if_degraded: bool,
    /// Its status when the file was true.
    pub status: ServiceStatus,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// When it last changed.
    pub updated_at: DateTime<Utc>,
}
