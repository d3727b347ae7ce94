//! What is said: incidents and maintenance with their updates.

use serde::Serialize;

use super::{Date, Instant, Word};

/// An incident.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Incident {
    /// Its title.
    pub title: String,
    /// Path of its page.
    pub path: String,
    /// How bad it is.
    pub impact: Word,
    /// Where it stands.
    pub status: Word,
    /// Whether it is open.
    pub open: bool,
    /// When it began.
    pub started: Instant,
    /// The day on which it began.
    pub day: Date,
    /// When it was resolved.
    pub resolved: Option<Instant>,
    /// From start to resolution: `1 h 36 min`.
    pub duration: Option<String>,
    /// By when another update is promised, while it is open; `None` in lists of past incidents.
    pub next_update: Option<NextUpdate>,
    /// The services it names.
    pub services: Vec<Named>,
    /// The newest update as a line or two of plain text.
    pub summary: String,
    /// What was said, newest first; empty in lists of past incidents.
    pub updates: Vec<Update>,
}

/// A promise to say more.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct NextUpdate {
    /// By when.
    pub at: Instant,
    /// Whether that has passed.
    pub overdue: bool,
}

/// A maintenance.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Maintenance {
    /// Its title.
    pub title: String,
    /// Path of its page.
    pub path: String,
    /// Where it stands.
    pub status: Word,
    /// Whether it was called off.
    pub cancelled: bool,
    /// Planned start.
    pub from: Instant,
    /// Planned end.
    pub until: Instant,
    /// Whether it is under way from its planned start on without anybody saying so, or is already.
    pub begins_by_clock: bool,
    /// Whether it is then completed at its planned end without anybody saying so.
    pub ends_by_clock: bool,
    /// The day of the planned start.
    pub day: Date,
    /// Length of the window: `1 h 30 min`.
    pub duration: String,
    /// When work began.
    pub began: Option<Instant>,
    /// When it was completed.
    pub completed: Option<Instant>,
    /// The services it covers.
    pub services: Vec<Named>,
    /// The newest update as a line or two of plain text.
    pub summary: String,
    /// What was said, newest first; empty in lists.
    pub updates: Vec<Update>,
    /// `Repeats weekly`, of a series and its dates.
    pub repeats: Option<String>,
    /// Path of the page of the series of which it is a date.
    pub series: Option<String>,
    /// The dates to come, of a series on its own page; there `from` and `until` are those of the first one ever.
    pub dates: Vec<MaintenanceDate>,
}

/// A date of a maintenance that repeats.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct MaintenanceDate {
    /// Path of its page.
    pub path: String,
    /// Where it stands.
    pub status: Word,
    /// Planned start.
    pub from: Instant,
    /// Planned end.
    pub until: Instant,
    /// `2 h`.
    pub duration: String,
}

/// A service as an incident or a maintenance names it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Named {
    /// Its name.
    pub name: String,
    /// Path of its page; `None` where it has none.
    pub path: Option<String>,
    /// What was last said of it here.
    pub status: Option<Word>,
}

/// An update of an incident or a maintenance.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Update {
    /// For links to it: `u3` is the third one said.
    pub anchor: String,
    /// Status from then on.
    pub status: Word,
    /// When.
    pub at: Instant,
    /// What was said: HTML without anything live but links.
    pub html: String,
    /// Language of what was said (BCP 47) where it is another one than the page's.
    pub language: Option<String>,
    /// Services whose status it changed.
    pub changes: Vec<Change>,
}

/// A service's change of status, as an update states it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Change {
    /// The service's name as it was written then.
    pub name: String,
    /// Status before.
    pub old: Option<Word>,
    /// Status from then on.
    pub new: Word,
}
