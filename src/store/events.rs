//! The log: one event per deed, in the order in which they were written.

use chrono::{DateTime, Utc};
use rusqlite::{Row, params};

use super::columns::{self, Moment, first, rows};
use super::failure::Of;
use super::{Reader, Scope, Write};
use crate::domain::{Event, EventKind, Subject};
use crate::error::UserError;

const COLUMNS: &str = "seq, at, effective_at, actor, kind, subject_type, subject_id, status, sentence";

/// An event to record; number, time and actor are the write's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewEvent {
    /// What kind of deed it is.
    pub kind: EventKind,
    /// What it is about.
    pub subject: Subject,
    /// The status it leads to, in the subject's words, where there is one.
    pub status: Option<String>,
    /// When what it says takes effect.
    pub effective_at: DateTime<Utc>,
    /// What was done, for people.
    pub sentence: String,
}

impl Write<'_> {
    /// Appends an event to the log and gives its number back.
    ///
    /// # Errors
    /// What writing can say.
    pub fn record(&self, event: NewEvent) -> Result<i64, UserError> {
        let NewEvent { kind, subject, status, effective_at, sentence } = event;
        let event = Event { seq: 0, at: self.now(), effective_at, actor: self.actor().to_owned(), kind, subject, status, sentence };
        self.put_event(&event)
    }

    /// Appends an event of a dump, number and all.
    ///
    /// # Errors
    /// A conflict where its number is taken; otherwise what writing can say.
    pub fn restore_event(&self, event: &Event) -> Result<(), UserError> {
        self.put_event(event).map(drop)
    }

    /// Empties the log of an organization in which nothing is recorded yet, so that a dump's log can take its place.
    ///
    /// # Errors
    /// A conflict where something is recorded; otherwise what writing can say.
    pub fn clear_events(&self) -> Result<(), UserError> {
        if !self.is_empty()? {
            return Err(UserError::conflict("the log of a record is never emptied"));
        }
        self.run("DELETE FROM events", [])?;
        self.run("DELETE FROM sqlite_sequence WHERE name = 'events'", []).map(drop)
    }

    fn put_event(&self, event: &Event) -> Result<i64, UserError> {
        let (subject_type, subject_id) = columns::subject_columns(&event.subject);
        let sql = format!("INSERT INTO events ({COLUMNS}) VALUES (nullif(?1, 0), ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)");
        let (at, effective_at) = (Moment(event.at), Moment(event.effective_at));
        let Event { seq, actor, kind, status, sentence, .. } = event;
        self.run(&sql, params![seq, at, effective_at, actor, kind, subject_type, subject_id, status, sentence])?;
        Ok(self.connection.last_insert_rowid())
    }
}

impl Reader {
    /// The newest `limit` events, of those written at `since` or later where that is given; newest last.
    ///
    /// # Errors
    /// What reading the file can say.
    pub fn log(&self, since: Option<DateTime<Utc>>, limit: usize) -> Result<Vec<Event>, UserError> {
        let sql = format!("SELECT {COLUMNS} FROM events WHERE at >= ?1 ORDER BY seq DESC LIMIT ?2");
        let since = since.map_or(i64::MIN, |since| since.timestamp_millis());
        self.newest_last(&sql, params![since, limit_of(limit)])
    }

    /// Every event, in order.
    ///
    /// # Errors
    /// What reading the file can say.
    pub fn events_all(&self) -> Result<Vec<Event>, UserError> {
        rows(&self.connection, &format!("SELECT {COLUMNS} FROM events ORDER BY seq"), [], event).of(&self.path)
    }

    /// Number of the newest event; 0 without any.
    ///
    /// # Errors
    /// What reading the file can say.
    pub fn latest_seq(&self) -> Result<i64, UserError> {
        let latest = first(&self.connection, "SELECT max(seq) FROM events", [], |row| row.get::<_, Option<i64>>(0)).of(&self.path)?;
        Ok(latest.flatten().unwrap_or(0))
    }

    /// The newest `limit` events of a scope, newest last.
    pub(super) fn newest_events(&self, scope: Scope, limit: usize) -> Result<Vec<Event>, UserError> {
        let sql = format!("SELECT {COLUMNS} FROM {}events ORDER BY seq DESC LIMIT ?1", scope.prefix());
        self.newest_last(&sql, params![limit_of(limit)])
    }

    fn newest_last(&self, sql: &str, params: impl rusqlite::Params) -> Result<Vec<Event>, UserError> {
        let mut events = rows(&self.connection, sql, params, event).of(&self.path)?;
        events.reverse();
        Ok(events)
    }
}

/// A `LIMIT`, which SQLite counts in 64 bits with a sign.
pub(super) fn limit_of(limit: usize) -> i64 {
    i64::try_from(limit).unwrap_or(i64::MAX)
}

fn event(row: &Row<'_>) -> rusqlite::Result<Event> {
    Ok(Event {
        seq: row.get(0)?,
        at: columns::time(row, 1)?,
        effective_at: columns::time(row, 2)?,
        actor: row.get(3)?,
        kind: row.get(4)?,
        subject: columns::subject(row, 5)?,
        status: row.get(7)?,
        sentence: row.get(8)?,
    })
}
