//! What tells of many incidents at once: which there are, which have changed, and what they say of services.
//!
//! Each question reads an index and no more rows than it answers with, however long the history is.

use chrono::{DateTime, Utc};
use rusqlite::{Row, params};

use super::columns::{self, Moment, first, list_of, rows};
use super::events::limit_of;
use super::failure::Of;
use super::{Reader, Scope};
use crate::domain::{Course, IncidentStatus, IndexRow, Origin, Outline, Said, ServiceStatus};
use crate::error::UserError;

/// What [`Reader::incident_numbers`] is asked for.
#[derive(Clone, Copy, Debug, Default)]
pub struct Wanted<'w> {
    /// Open ones only, drafts included.
    pub open: bool,
    /// Those begun at or after this moment.
    pub since: Option<DateTime<Utc>>,
    /// Those that name the service with this id.
    pub service: Option<&'w str>,
    /// Those that come after the one with this start and number, newest first.
    pub after: Option<(DateTime<Utc>, i64)>,
}

impl Reader {
    /// Numbers of the newest `limit` incidents that are `wanted`, newest start first.
    ///
    /// # Errors
    /// What reading the file can say.
    pub fn incident_numbers(&self, scope: Scope, wanted: Wanted<'_>, limit: usize) -> Result<Vec<i64>, UserError> {
        let named =
            "(?2 IS NULL OR EXISTS (SELECT 1 FROM incident_services AS named WHERE named.incident = number AND named.service = ?2))";
        let open = if wanted.open { "number IN (SELECT number FROM incidents WHERE open = 1)" } else { "true" };
        let sql = format!(
            "SELECT number FROM {}incidents WHERE started_at >= ?1 AND (started_at, number) < (?4, ?5) AND {open} AND {named}
             ORDER BY started_at DESC, number DESC LIMIT ?3",
            scope.prefix()
        );
        let since = wanted.since.map_or(i64::MIN, |since| since.timestamp_millis());
        let (start, number) = wanted.after.map_or((i64::MAX, i64::MAX), |(start, number)| (start.timestamp_millis(), number));
        let params = params![since, wanted.service, limit_of(limit), start, number];
        rows(&self.connection, &sql, params, |row| row.get(0)).of(&self.path)
    }

    /// One light row per incident that began in `[from, until)`, by (start, number).
    ///
    /// # Errors
    /// What reading the file can say.
    pub fn incident_index(&self, scope: Scope, from: DateTime<Utc>, until: DateTime<Utc>) -> Result<Vec<IndexRow>, UserError> {
        let sql = format!(
            "SELECT number, id, started_at, newest_at, revision FROM {}incidents
             WHERE started_at >= ?1 AND started_at < ?2 ORDER BY started_at, number",
            scope.prefix()
        );
        rows(&self.connection, &sql, params![Moment(from), Moment(until)], index_row).of(&self.path)
    }

    /// When the incidents began, and before that had begun, that a deed after the event `revision` has touched, or time since `at` has.
    ///
    /// # Errors
    /// What reading the file can say.
    pub fn starts_changed_since(&self, revision: i64, at: DateTime<Utc>) -> Result<Vec<DateTime<Utc>>, UserError> {
        // Without ALL, each part is read in the order of starts, and so whole.
        let sql = "SELECT started_at FROM incidents WHERE revision > ?1
                   UNION ALL SELECT started_at FROM departures WHERE revision > ?1
                   UNION ALL SELECT started_at FROM incidents WHERE newest_at > ?2
                   UNION ALL SELECT started_at FROM incidents WHERE ended_at > ?2";
        rows(&self.connection, sql, params![revision, Moment(at)], |row| columns::time(row, 0)).of(&self.path)
    }

    /// From which moment on services may have another status than before the events after `revision`; `None` where there are none.
    ///
    /// What somebody says of the present reaches back to when it counts from; everything else (corrections, imports, maintenance, what was
    /// taken back) to the beginning of time.
    ///
    /// # Errors
    /// What reading the file can say.
    pub fn reaches_back_to(&self, revision: i64) -> Result<Option<DateTime<Utc>>, UserError> {
        let sql = "SELECT min(CASE
                       WHEN changes.undoes IS NOT NULL THEN ?2
                       WHEN kind IN ('service.status', 'incident.updated', 'incident.resolved') THEN effective_at
                       WHEN kind = 'incident.opened' THEN min(effective_at, coalesce((
                           SELECT min(updates.display_at) FROM incidents JOIN updates ON updates.incident = incidents.number
                           WHERE incidents.id = events.subject_id), ?2))
                       ELSE ?2 END)
                   FROM events LEFT JOIN changes ON changes.event = events.seq WHERE seq > ?1";
        let earliest = Moment(DateTime::<Utc>::UNIX_EPOCH);
        let found = first(&self.connection, sql, params![revision, earliest], |row| columns::optional_time(row, 0)).of(&self.path)?;
        Ok(found.flatten())
    }

    /// A text that tells the state of the record as of the event `revision` from every other state of this and every other file; `None`
    /// where there is no such event.
    ///
    /// # Errors
    /// What reading the file can say.
    pub fn state_mark(&self, revision: i64) -> Result<Option<String>, UserError> {
        let sql = "SELECT json_array(page.lineage, page.id, events.seq, events.at, events.kind, events.subject_id, events.sentence)
                   FROM page, events WHERE events.seq = ?1";
        first(&self.connection, sql, params![revision], |row| row.get(0)).of(&self.path)
    }

    /// Numbers of the incidents that are told in full at `present`: those that are open or have something coming, and the `newest` by
    /// start, by creation and by their newest update. What a scope may not know can be among the former.
    pub(super) fn incidents_in_full(&self, scope: Scope, present: DateTime<Utc>, newest: usize) -> Result<Vec<i64>, UserError> {
        let prefix = scope.prefix();
        let newest_by =
            |column| format!("SELECT number FROM (SELECT number FROM {prefix}incidents ORDER BY {column} DESC, number DESC LIMIT ?2)");
        // Without ALL, each part is read in the order of numbers, and so whole.
        let sql = format!(
            "SELECT number FROM incidents WHERE open = 1
             UNION ALL SELECT number FROM incidents WHERE newest_at > ?1
             UNION ALL SELECT number FROM incidents WHERE ended_at > ?1
             UNION ALL {} UNION ALL {} UNION ALL {}",
            newest_by("started_at"),
            newest_by("created_at"),
            newest_by("newest_at"),
        );
        let mut numbers: Vec<i64> =
            rows(&self.connection, &sql, params![Moment(present), limit_of(newest)], |row| row.get(0)).of(&self.path)?;
        numbers.sort_unstable();
        numbers.dedup();
        Ok(numbers)
    }

    /// The published incidents that decide statuses from `since` on, by (start, number), without those with the numbers in `full`.
    pub(super) fn outlines(&self, scope: Scope, since: DateTime<Utc>, full: &[i64]) -> Result<Vec<Outline>, UserError> {
        let select = "SELECT number, id, title, started_at, updated_at, revision, closed_by_source_at, course";
        // Before `since` only the last thing that ended a service's trouble matters: whatever may still speak after the last sure end.
        let sql = format!(
            "{select} FROM {prefix}incidents WHERE last_at >= ?1 AND draft = 0 AND number NOT IN (SELECT value FROM json_each(?2))
             UNION ALL
             {select} FROM {prefix}incidents WHERE last_at < ?1 AND draft = 0 AND number NOT IN (SELECT value FROM json_each(?2))
             AND number IN (
                 SELECT named.incident FROM services CROSS JOIN incident_services AS named
                 ON named.service = services.id AND named.last_at < ?1 AND named.last_at >= coalesce(
                     (SELECT max(ended.ended_at) FROM incident_services AS ended
                      WHERE ended.service = services.id AND ended.ended_at <= ?1), {minimum}))",
            prefix = scope.prefix(),
            minimum = i64::MIN + 1
        );
        let mut outlines = rows(&self.connection, &sql, params![Moment(since), list_of(full.iter().copied())], outline).of(&self.path)?;
        outlines.sort_by_key(|outline| (outline.started_at, outline.course.incident));
        Ok(outlines)
    }

    /// When a published incident that says nothing after `since` last changed.
    pub(super) fn older_change(&self, scope: Scope, since: DateTime<Utc>) -> Result<Option<DateTime<Utc>>, UserError> {
        let sql =
            format!("SELECT updated_at FROM {}incidents WHERE last_at < ?1 AND draft = 0 ORDER BY updated_at DESC LIMIT 1", scope.prefix());
        first(&self.connection, &sql, params![Moment(since)], |row| columns::time(row, 0)).of(&self.path)
    }
}

fn index_row(row: &Row<'_>) -> rusqlite::Result<IndexRow> {
    Ok(IndexRow {
        number: row.get(0)?,
        id: row.get(1)?,
        started_at: columns::time(row, 2)?,
        newest_at: columns::time(row, 3)?,
        revision: row.get(4)?,
    })
}

/// One update in the column `course`.
type Told = (i64, i64, IncidentStatus, Origin, Vec<(i64, Option<ServiceStatus>)>);

fn outline(row: &Row<'_>) -> rusqlite::Result<Outline> {
    let course = row.get_ref(7)?.as_str()?;
    let unreadable = |error| rusqlite::Error::FromSqlConversionFailure(7, rusqlite::types::Type::Text, error);
    let told: Vec<Told> = serde_json::from_str(course).map_err(|error| unreadable(Box::new(error)))?;
    let said = told.into_iter().map(|(number, at, status, origin, named)| {
        let at = DateTime::from_timestamp_millis(at).ok_or(rusqlite::Error::IntegralValueOutOfRange(7, at))?;
        Ok(Said { number, at, status, origin, named })
    });
    let course = Course {
        incident: row.get(0)?,
        closed_by_source_at: columns::optional_time(row, 6)?,
        said: said.collect::<rusqlite::Result<_>>()?,
    };
    Ok(Outline {
        id: row.get(1)?,
        title: row.get(2)?,
        started_at: columns::time(row, 3)?,
        updated_at: columns::time(row, 4)?,
        revision: row.get(5)?,
        course,
    })
}
