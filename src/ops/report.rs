//! What deeds and questions answer: the documents of `--json`, which only ever gain fields.
//!
//! Dates are RFC 3339 in UTC; statuses and impacts are the words of the public JSON; lengths of time are whole seconds.

mod catalogue;
mod exchange;
mod incidents;
mod maintenances;
mod record;
mod standing;
mod themes;

use chrono::{DateTime, Utc};
use serde::Serialize;

use crate::domain::Slug;
use crate::site::Generation;

pub use catalogue::{CheckReport, ChecksReport, GroupReport, GroupsReport, OrgReport, RemovedOrgReport, ServiceReport, ServicesReport};
pub use exchange::{AppliedChange, AppliedField, ApplyReport, Counted, ExportReport, FolderReport, ImportReport};
pub use incidents::{AffectedReport, AutomaticReport, IncidentReport, IncidentsReport, IngestReport, UpdateReport};
pub use maintenances::{DateReport, MaintenanceReport, MaintenancesReport, OccurrenceReport, RepeatReport};
pub use record::{BackupReport, LogReport, NewTokenReport, TokenReport, UndoReport};
pub use standing::{BadDayReport, ExplainReport, IntervalReport, NextReport, StatusReport, UptimeReport, UptimeRow};
pub use themes::{CheckedTheme, EjectReport, ThemeReport};

/// What a write came to.
#[derive(Clone, Debug, Serialize)]
pub struct Written<T> {
    /// The moment it takes effect.
    pub effective_at: DateTime<Utc>,
    /// Whether what visitors see changes at the next build.
    pub public: bool,
    /// The thing as it is now.
    #[serde(flatten)]
    pub thing: T,
}

/// What a build did.
#[derive(Clone, Debug, Serialize)]
pub struct BuildReport {
    /// The organization.
    pub org: Slug,
    /// The folder it built into.
    pub out: String,
    /// The page to open.
    pub index: String,
    /// The moment that counted as now.
    pub at: DateTime<Utc>,
    /// Whether nothing was written because it was only asked for.
    pub dry_run: bool,
    /// What a person should know of the folder as the build found it; null where all was well.
    pub notice: Option<String>,
    /// Identity of the site: the same files are the same generation; null where nothing was built.
    pub generation: Option<Generation>,
    /// Files written, new or changed.
    pub written: usize,
    /// Files left as they were.
    pub kept: usize,
    /// Files removed.
    pub removed: usize,
    /// How long each step took, in microseconds: survey, plan, load, render, stage, switch.
    pub steps: Vec<StepReport>,
    /// The next moment at which a rebuild would change something.
    pub valid_until: DateTime<Utc>,
}

/// One step of a build.
#[derive(Clone, Debug, Serialize)]
pub struct StepReport {
    /// Its name.
    pub step: &'static str,
    /// How long it took.
    pub microseconds: u128,
}
