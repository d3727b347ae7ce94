//! What the log says.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::domain::dump::{Moment, or, unless};
use crate::domain::{Change, Event, EventKind, Subject};

/// An event.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct EventRow {
    pub(crate) seq: i64,
    pub(crate) at: Moment,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) effective_at: Option<Moment>,
    pub(crate) actor: String,
    pub(crate) kind: EventKind,
    pub(crate) subject: Subject,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) status: Option<String>,
    pub(crate) sentence: String,
    /// What it changed: absent before where the event made the thing, absent after where it removed it, both where nobody knows.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) before: Option<Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) after: Option<Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) undoes: Option<i64>,
}

impl From<&Event> for EventRow {
    fn from(event: &Event) -> Self {
        Self {
            seq: event.seq,
            at: Moment(event.at),
            effective_at: unless(event.effective_at, event.at),
            actor: event.actor.clone(),
            kind: event.kind,
            subject: event.subject.clone(),
            status: event.status.clone(),
            sentence: event.sentence.clone(),
            before: event.change.before.clone(),
            after: event.change.after.clone(),
            undoes: event.change.undoes,
        }
    }
}

impl From<EventRow> for Event {
    fn from(row: EventRow) -> Self {
        Self {
            seq: row.seq,
            at: row.at.0,
            effective_at: or(row.effective_at, row.at.0),
            actor: row.actor,
            kind: row.kind,
            subject: row.subject,
            status: row.status,
            sentence: row.sentence,
            change: Change { before: row.before, after: row.after, undoes: row.undoes },
        }
    }
}
