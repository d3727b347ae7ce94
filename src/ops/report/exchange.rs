//! What goes in and out: imports, dumps and declarations.

use chrono::{DateTime, Utc};
use serde::Serialize;
use serde_json::Value;

use crate::domain::Slug;
use crate::import::source_folder::Remark;

/// What an import did, or would do.
#[derive(Clone, Debug, Default, Serialize)]
pub struct ImportReport {
    /// Whether nothing was written because it was only asked for.
    pub dry_run: bool,
    /// Files read.
    pub files: usize,
    /// Groups added and changed.
    pub groups: Counted,
    /// Services added and changed.
    pub services: Counted,
    /// Incidents added and changed.
    pub incidents: Counted,
    /// Maintenances added and changed.
    pub maintenances: Counted,
    /// Updates added and changed.
    pub updates: Counted,
    /// Manual statuses recorded because a file states another present status than what was recorded computes.
    pub corrections: usize,
    /// Incidents and maintenances closed because a newer list of their page no longer names them.
    pub closed_by_source: usize,
    /// Statuses of the past that a file states of services without an incident.
    pub past_statuses: usize,
    /// What could not be used, by file and place.
    pub warnings: Vec<String>,
    /// What was used otherwise than it is written.
    pub repaired: Vec<Remark>,
    /// What of a folder could not be used.
    pub refused: Vec<Remark>,
    /// Files and folders within a folder that hold nothing of a record.
    pub passed_over: Vec<Remark>,
}

impl ImportReport {
    /// Whether it says anything that was not recorded before.
    pub fn has_changes(&self) -> bool {
        let moved = |counted: &Counted| counted.added + counted.changed > 0;
        [&self.groups, &self.services, &self.incidents, &self.maintenances, &self.updates].into_iter().any(moved)
            || self.corrections + self.closed_by_source + self.past_statuses > 0
    }
}

/// Added, changed and unchanged.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Counted {
    /// Not there before.
    pub added: usize,
    /// There before, different now.
    pub changed: usize,
    /// There before, the same.
    pub unchanged: usize,
}

/// Where an export went.
#[derive(Clone, Debug, Serialize)]
pub struct ExportReport {
    /// The file; null where the text went to standard output.
    pub path: Option<String>,
    /// The document itself, where no file was named.
    #[serde(skip)]
    pub text: Option<String>,
}

/// A folder that was made.
#[derive(Clone, Debug, Serialize)]
pub struct FolderReport {
    /// Its path.
    pub path: String,
}

/// What `apply` changes, or would.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ApplyReport {
    /// Whether nothing was written because nothing was to be.
    pub dry_run: bool,
    /// From when on it counts.
    pub effective_at: DateTime<Utc>,
    /// Whether visitors may notice.
    pub public: bool,
    /// What differs: settings, then groups, then services, then what is removed.
    pub changes: Vec<AppliedChange>,
    /// How many groups and services are as the file says already.
    pub unchanged: usize,
    /// Groups that the file lacks and that stay.
    pub other_groups: Vec<Slug>,
    /// Services that the file lacks and that stay.
    pub other_services: Vec<Slug>,
}

/// One thing that `apply` changes.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct AppliedChange {
    /// `setting`, `group` or `service`.
    pub kind: &'static str,
    /// Name of the setting, or slug.
    pub name: String,
    /// `added`, `changed` or `removed`.
    pub change: &'static str,
    /// What differs; a setting has one field, `value`, and what is removed none.
    pub fields: Vec<AppliedField>,
}

/// A field that `apply` changes.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct AppliedField {
    /// Its key in the file.
    pub field: &'static str,
    /// What it was; null where it was not set.
    pub before: Value,
    /// What it is to be; null where it is not to be set.
    pub after: Value,
}
