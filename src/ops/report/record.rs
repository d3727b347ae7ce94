//! What becomes of the record: the log, undoing, tokens and backups.

use chrono::{DateTime, Utc};
use serde::Serialize;

use crate::domain::{Event, Role, Secret, Subject, TokenName};

/// The log.
#[derive(Clone, Debug, Serialize)]
pub struct LogReport {
    /// Oldest first.
    pub events: Vec<Event>,
}

/// What was taken back.
#[derive(Clone, Debug, Serialize)]
pub struct UndoReport {
    /// When it was taken back.
    pub effective_at: DateTime<Utc>,
    /// Whether what visitors see changes at the next build.
    pub public: bool,
    /// Number of the event that says so.
    pub event: i64,
    /// Number of the event that was taken back.
    pub undoes: i64,
    /// What both are about.
    pub subject: Subject,
    /// What was done, for people: `took back: opened incident API down`.
    pub sentence: String,
}

/// A token, without what it is known by.
#[derive(Clone, Debug, Serialize)]
pub struct TokenReport {
    /// The organization's small number for it.
    pub number: i64,
    /// Its name.
    pub name: TokenName,
    /// What whoever shows it may do.
    pub role: Role,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// Who made it.
    pub created_by: String,
    /// When it was last used, to the minute; null where it never was.
    pub last_used_at: Option<DateTime<Utc>>,
    /// Since when it lets nobody in; null while it stands.
    pub revoked_at: Option<DateTime<Utc>>,
}

/// A token that was just made, with its secret: nobody is ever told it again.
#[derive(Clone, Debug, Serialize)]
pub struct NewTokenReport {
    /// What to show to be let in.
    pub secret: Secret,
    /// The token.
    #[serde(flatten)]
    pub token: TokenReport,
}

/// A copy of an organization's database.
#[derive(Clone, Debug, Serialize)]
pub struct BackupReport {
    /// The file.
    pub path: String,
    /// Its size.
    pub bytes: u64,
}
