//! The log: one event per deed, in the order in which they were written.

use chrono::{DateTime, Utc};
use rusqlite::{Row, params};
use serde_json::Value;

use super::columns::{self, Json, Moment, first, rows};
use super::failure::Of;
use super::{Reader, Scope, Write};
use crate::domain::{Change, Event, EventKind, Numbered, Subject};
use crate::error::UserError;

const COLUMNS: &str = "seq, at, effective_at, actor, kind, subject_type, subject_id, status, sentence";

/// The same with what each changed, for those who may see everything.
const TOLD: &str = "item.seq, item.at, item.effective_at, item.actor, item.kind, item.subject_type, item.subject_id, item.status, \
                    item.sentence, change.before, change.after, change.undoes \
                    FROM events AS item LEFT JOIN changes AS change ON change.event = item.seq";

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
        self.record_change(0, event, Change::default())
    }

    /// Appends an event with what it changed; `seq` is what [`Write::next_seq`] gave.
    ///
    /// # Errors
    /// What writing can say.
    pub fn record_change(&self, seq: i64, event: NewEvent, change: Change) -> Result<i64, UserError> {
        let NewEvent { kind, subject, status, effective_at, sentence } = event;
        let event = Event { seq, at: self.now(), effective_at, actor: self.actor().to_owned(), kind, subject, status, sentence, change };
        self.put_event(&event)
    }

    /// The number of the next event: things carry it as their revision before the event can say what became of them.
    ///
    /// # Errors
    /// What reading the file can say.
    pub fn next_seq(&self) -> Result<i64, UserError> {
        let sql = "SELECT seq FROM sqlite_sequence WHERE name = 'events'";
        let newest = first(&self.connection, sql, [], |row| row.get::<_, i64>(0)).of(&self.path)?;
        Ok(newest.unwrap_or(0).saturating_add(1))
    }

    /// Appends an event of a dump, number and all. What it says was removed keeps its numbers.
    ///
    /// # Errors
    /// A conflict where its number is taken; otherwise what writing can say.
    pub fn restore_event(&self, event: &Event) -> Result<(), UserError> {
        self.put_event(event)?;
        for (what, number) in event.change.numbers() {
            let table = match (what, &event.subject) {
                (Numbered::Update, _) => "updates",
                (Numbered::ManualStatus, _) => "manual_statuses",
                (Numbered::Subject, Subject::Group(_)) => "groups",
                (Numbered::Subject, Subject::Service(_)) => "services",
                (Numbered::Subject, Subject::Incident(_)) => "incidents",
                (Numbered::Subject, Subject::Maintenance(_)) => "maintenances",
                (Numbered::Subject, Subject::Organization) => continue,
            };
            if self.run("UPDATE sqlite_sequence SET seq = max(seq, ?2) WHERE name = ?1", params![table, number])? == 0 {
                self.run("INSERT INTO sqlite_sequence (name, seq) VALUES (?1, ?2)", params![table, number])?;
            }
        }
        Ok(())
    }

    /// Empties the log of an organization in which nothing is recorded yet, so that a dump's log can take its place.
    ///
    /// # Errors
    /// A conflict where something is recorded; otherwise what writing can say.
    pub fn clear_events(&self) -> Result<(), UserError> {
        if !self.is_empty()? || self.has_tokens()? {
            return Err(UserError::conflict("the log of a record is never emptied"));
        }
        self.run("DELETE FROM events", [])?;
        self.run("DELETE FROM sqlite_sequence WHERE name = 'events'", []).map(drop)
    }

    fn put_event(&self, event: &Event) -> Result<i64, UserError> {
        let (subject_type, subject_id) = columns::subject_columns(&event.subject);
        let sql = format!("INSERT INTO events ({COLUMNS}) VALUES (nullif(?1, 0), ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)");
        let (at, effective_at) = (Moment(event.at), Moment(event.effective_at));
        let Event { seq, actor, kind, status, sentence, change, .. } = event;
        self.run(&sql, params![seq, at, effective_at, actor, kind, subject_type, subject_id, status, sentence])?;
        let seq = self.connection.last_insert_rowid();
        if *change != Change::default() {
            let sql = "INSERT INTO changes (event, before, after, undoes) VALUES (?1, ?2, ?3, ?4)";
            let json = |side: &Option<Value>| side.clone().map(Json);
            self.run(sql, params![seq, json(&change.before), json(&change.after), change.undoes])?;
        }
        Ok(seq)
    }
}

impl Reader {
    /// The newest `limit` events, of those written at `since` or later where that is given; newest last.
    ///
    /// # Errors
    /// What reading the file can say.
    pub fn log(&self, since: Option<DateTime<Utc>>, limit: usize) -> Result<Vec<Event>, UserError> {
        let sql = format!("SELECT {TOLD} WHERE item.at >= ?1 ORDER BY item.seq DESC LIMIT ?2");
        let since = since.map_or(i64::MIN, |since| since.timestamp_millis());
        let mut events = rows(&self.connection, &sql, params![since, limit_of(limit)], told).of(&self.path)?;
        events.reverse();
        Ok(events)
    }

    /// The newest event of `actor` that neither takes one back nor was taken back.
    ///
    /// # Errors
    /// What reading the file can say.
    pub fn newest_standing_event(&self, actor: &str) -> Result<Option<Event>, UserError> {
        let sql = format!(
            "SELECT {TOLD} WHERE item.actor = ?1 AND change.undoes IS NULL
             AND NOT EXISTS (SELECT 1 FROM changes AS later WHERE later.undoes = item.seq) ORDER BY item.seq DESC LIMIT 1"
        );
        first(&self.connection, &sql, params![actor], told).of(&self.path)
    }

    /// Every event, in order.
    ///
    /// # Errors
    /// What reading the file can say.
    pub fn events_all(&self) -> Result<Vec<Event>, UserError> {
        rows(&self.connection, &format!("SELECT {TOLD} ORDER BY item.seq"), [], told).of(&self.path)
    }

    /// Number of the newest event; 0 without any.
    ///
    /// # Errors
    /// What reading the file can say.
    pub fn latest_seq(&self) -> Result<i64, UserError> {
        let latest = first(&self.connection, "SELECT max(seq) FROM events", [], |row| row.get::<_, Option<i64>>(0)).of(&self.path)?;
        Ok(latest.flatten().unwrap_or(0))
    }

    /// The newest `limit` events of a scope, newest last, without what they changed.
    pub(super) fn newest_events(&self, scope: Scope, limit: usize) -> Result<Vec<Event>, UserError> {
        let sql = format!("SELECT {COLUMNS} FROM {}events ORDER BY seq DESC LIMIT ?1", scope.prefix());
        let mut events = rows(&self.connection, &sql, params![limit_of(limit)], event).of(&self.path)?;
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
        change: Change::default(),
    })
}

/// An event with what it changed.
fn told(row: &Row<'_>) -> rusqlite::Result<Event> {
    let json = |at: usize| row.get::<_, Option<Json>>(at).map(|json| json.map(|json| json.0));
    Ok(Event { change: Change { before: json(9)?, after: json(10)?, undoes: row.get(11)? }, ..event(row)? })
}
