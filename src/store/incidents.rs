//! Incidents, and the index by which those that matter for a moment are found.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use chrono::{DateTime, Utc};
use rusqlite::{Row, ToSql, params};

use super::columns::{self, Moment, first, list_of, put_row, rows};
use super::failure::Of;
use super::services::number_of;
use super::updates::{Owner, put_updates, updates_of};
use super::{Reader, Scope, Write};
use crate::domain::{Event, Incident, PublicId, Subject};
use crate::error::UserError;

const INCIDENT: &str = "item.number, item.id, item.title, item.impact, item.draft, item.created_at, item.updated_at, item.started_at, \
                        item.stated_monitoring_at, item.stated_resolved_at, item.closed_by_source_at, item.source_page, item.revision";

impl Write<'_> {
    /// Writes an incident with its updates, which it sorts; number 0 is new, of it and of its updates, and is filled in. Updates that are
    /// not among its updates are deleted. Services it names must be there.
    ///
    /// # Errors
    /// A conflict where an id is taken or a service is not there; otherwise what writing can say.
    pub fn put_incident(&self, incident: &mut Incident) -> Result<(), UserError> {
        incident.updates.sort_by_key(|update| (update.display_at, update.number == 0, update.number));
        let reach = Reach::of(incident);
        let columns: [(&str, &dyn ToSql); 16] = [
            ("id", &incident.id),
            ("title", &incident.title),
            ("impact", &incident.impact),
            ("draft", &incident.draft),
            ("created_at", &Moment(incident.created_at)),
            ("updated_at", &Moment(incident.updated_at)),
            ("started_at", &Moment(incident.started_at)),
            ("stated_monitoring_at", &incident.stated_monitoring_at.map(Moment)),
            ("stated_resolved_at", &incident.stated_resolved_at.map(Moment)),
            ("closed_by_source_at", &incident.closed_by_source_at.map(Moment)),
            ("source_page", &incident.source_page),
            ("revision", &incident.revision),
            ("open", &incident.is_open()),
            ("newest_at", &Moment(reach.newest_at)),
            ("ended_at", &reach.ended_at.map(Moment)),
            ("last_at", &reach.last_at()),
        ];
        incident.number = put_row(&self.connection, "incidents", incident.number, &[], &columns).of(&self.path)?;
        put_updates(&self.connection, Owner::Incident, incident.number, &mut incident.updates).of(&self.path)?;
        // What was just written says it itself, so that the course can differ from it in nothing.
        let course = "UPDATE incidents SET course = (SELECT courses.course FROM courses WHERE courses.incident = ?1) WHERE number = ?1";
        self.run(course, params![incident.number])?;
        self.put_reach(incident.number, &reach)
    }

    fn put_reach(&self, incident: i64, reach: &Reach) -> Result<(), UserError> {
        self.run("DELETE FROM incident_services WHERE incident = ?1", params![incident])?;
        for (service, ended_at) in &reach.services {
            self.run(
                "INSERT INTO incident_services (incident, service, ended_at, last_at) VALUES (?1, ?2, ?3, ?4)",
                params![incident, service, ended_at.map(Moment), Moment(reach.newest_end())],
            )?;
        }
        Ok(())
    }
}

/// How far into time an incident speaks: the columns and rows that are an index, computed here alone.
struct Reach {
    newest_at: DateTime<Utc>,
    /// `None` while it may still speak.
    ended_at: Option<DateTime<Utc>>,
    /// Services it names; with when it ended for them, where that is sure.
    services: Vec<(PublicId, Option<DateTime<Utc>>)>,
}

impl Reach {
    fn of(incident: &Incident) -> Self {
        let updates = &incident.updates;
        let newest_at = updates.last().map_or(incident.created_at, |update| update.display_at);
        let last = updates.iter().rposition(|update| !update.status.is_over()).map_or(0, |open| open + 1);
        // The update that ended it for good ends it for every service named so far; a later one may only add to that.
        let (ended_at, until) = match updates.get(last) {
            Some(update) => (Some(update.display_at), last + 1),
            None => (incident.closed_by_source_at.filter(|closed| !updates.is_empty() && *closed >= newest_at), last),
        };
        let named_until = |service: &PublicId| {
            let said = updates.iter().take(until).filter_map(|update| update.affected.as_ref()).flatten();
            said.filter_map(|affected| affected.service.as_ref()).any(|named| named == service)
        };
        let services = incident.services().into_iter();
        let services = services.map(|service| (service.clone(), ended_at.filter(|_| !incident.draft && named_until(service)))).collect();
        Self { newest_at, ended_at, services }
    }

    fn newest_end(&self) -> DateTime<Utc> {
        self.ended_at.map_or(self.newest_at, |ended| ended.max(self.newest_at))
    }

    /// In milliseconds; as late as can be while it may still speak.
    fn last_at(&self) -> i64 {
        if self.ended_at.is_some() { self.newest_end().timestamp_millis() } else { i64::MAX }
    }
}

impl Reader {
    /// The incidents with these numbers, in this order; without those that are not there.
    ///
    /// # Errors
    /// What reading the file can say.
    pub fn incidents(&self, scope: Scope, numbers: &[i64]) -> Result<Vec<Incident>, UserError> {
        let wanted = list_of(numbers.iter().copied());
        let sql = format!(
            "SELECT {INCIDENT} FROM json_each(?1) AS wanted CROSS JOIN {}incidents AS item ON item.number = wanted.value",
            scope.prefix()
        );
        self.read(|reader| {
            let found = rows(&reader.connection, &sql, params![wanted], incident).of(&reader.path)?;
            let mut updates = updates_of(&reader.connection, scope, Owner::Incident, &wanted).of(&reader.path)?;
            let mut incidents: HashMap<i64, Incident> = HashMap::new();
            for mut incident in found {
                incident.updates = updates.remove(&incident.number).unwrap_or_default();
                incidents.insert(incident.number, incident);
            }
            Ok(numbers.iter().filter_map(|number| incidents.remove(number)).collect())
        })
    }

    /// The incident with this public id or small number.
    ///
    /// # Errors
    /// What reading the file can say.
    pub fn find_incident(&self, scope: Scope, key: &str) -> Result<Option<Incident>, UserError> {
        let sql = "SELECT number FROM incidents WHERE id = ?1 OR number = ?2 ORDER BY id = ?1 DESC LIMIT 1";
        let number: Option<i64> = first(&self.connection, sql, params![key, number_of(key)], |row| row.get(0)).of(&self.path)?;
        Ok(self.incidents(scope, number.as_slice())?.pop())
    }

    /// The titles of the incidents that `events` are about, by id, as far as `scope` may know them.
    pub(super) fn titles_of(&self, scope: Scope, events: &[Event]) -> Result<BTreeMap<PublicId, String>, UserError> {
        let ids: BTreeSet<String> = events
            .iter()
            .filter_map(|event| match &event.subject {
                // An id is letters and digits only.
                Subject::Incident(id) => Some(format!("\"{id}\"")),
                _ => None,
            })
            .collect();
        let wanted = format!("[{}]", ids.into_iter().collect::<Vec<_>>().join(","));
        let sql = format!(
            "SELECT item.id, item.title FROM json_each(?1) AS wanted CROSS JOIN {}incidents AS item ON item.id = wanted.value",
            scope.prefix()
        );
        let titles = rows(&self.connection, &sql, params![wanted], |row| Ok((row.get(0)?, row.get(1)?))).of(&self.path)?;
        Ok(titles.into_iter().collect())
    }
}

fn incident(row: &Row<'_>) -> rusqlite::Result<Incident> {
    Ok(Incident {
        number: row.get(0)?,
        id: row.get(1)?,
        title: row.get(2)?,
        impact: row.get(3)?,
        draft: row.get(4)?,
        created_at: columns::time(row, 5)?,
        updated_at: columns::time(row, 6)?,
        started_at: columns::time(row, 7)?,
        stated_monitoring_at: columns::optional_time(row, 8)?,
        stated_resolved_at: columns::optional_time(row, 9)?,
        closed_by_source_at: columns::optional_time(row, 10)?,
        source_page: row.get(11)?,
        revision: row.get(12)?,
        updates: Vec::new(),
    })
}
