//! What a crash left of a record, read by plain SQLite and not by the program: a copy of the file with its journal is opened, so that the
//! rollback is SQLite's own, and everything that one transaction writes must be there together or not at all.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use rusqlite::Connection;

use super::copy_tree;

/// What must never be found, and how many there are of it.
const HALVES: &[(&str, &str)] = &[
    (
        "incidents without an update",
        "SELECT count(*) FROM incidents WHERE NOT EXISTS (SELECT 1 FROM updates WHERE updates.incident = incidents.number)",
    ),
    (
        "incidents whose updates and events differ in number",
        "SELECT count(*) FROM incidents WHERE (SELECT count(*) FROM updates WHERE updates.incident = incidents.number)
         <> (SELECT count(*) FROM events WHERE subject_type = 'incident' AND subject_id = incidents.id)",
    ),
    (
        "events of incidents that are not there",
        "SELECT count(*) FROM events WHERE subject_type = 'incident' AND NOT EXISTS (SELECT 1 FROM incidents WHERE id = subject_id)",
    ),
    (
        "incidents older than their newest event",
        "SELECT count(*) FROM incidents
         WHERE revision < (SELECT max(seq) FROM events WHERE subject_type = 'incident' AND subject_id = incidents.id)",
    ),
    (
        "updates that say they name services and name none",
        "SELECT count(*) FROM updates WHERE names_services = 1 AND NOT EXISTS (SELECT 1 FROM affected WHERE update_number = updates.number)",
    ),
    (
        "services named by an incident and not among its services",
        "SELECT count(*) FROM affected JOIN updates ON updates.number = update_number WHERE incident IS NOT NULL AND affected.service IS NOT NULL
         AND NOT EXISTS (SELECT 1 FROM incident_services AS named
                         WHERE named.incident = updates.incident AND named.service = affected.service)",
    ),
    (
        "incidents that are open or not, other than their newest update says",
        "SELECT count(*) FROM incidents WHERE open = ((SELECT status FROM updates WHERE updates.incident = incidents.number
         ORDER BY display_at DESC, number DESC LIMIT 1) IN ('resolved', 'postmortem'))",
    ),
    (
        "maintenances without an update, an event or a service",
        "SELECT count(*) FROM maintenances WHERE NOT EXISTS (SELECT 1 FROM updates WHERE updates.maintenance = maintenances.number)
         OR NOT EXISTS (SELECT 1 FROM events WHERE subject_type = 'maintenance' AND subject_id = maintenances.id)
         OR NOT EXISTS (SELECT 1 FROM maintenance_services WHERE maintenance = maintenances.number)",
    ),
    (
        "events of maintenances that are not there",
        "SELECT count(*) FROM events WHERE subject_type = 'maintenance' AND NOT EXISTS (SELECT 1 FROM maintenances WHERE id = subject_id)",
    ),
    (
        "services or groups without an event",
        "SELECT count(*) FROM (SELECT id FROM services UNION ALL SELECT id FROM groups) AS thing
         WHERE NOT EXISTS (SELECT 1 FROM events WHERE subject_id = thing.id)",
    ),
    (
        "statuses set by hand and events of it that differ in number",
        "SELECT abs((SELECT count(*) FROM manual_statuses) - (SELECT count(*) FROM events WHERE kind = 'service.status'))",
    ),
    ("public ids that stand for two things", "SELECT count(*) - count(DISTINCT id) FROM (SELECT id FROM incidents UNION ALL SELECT id FROM maintenances)"),
];

/// Every text in which a mark may stand.
const TEXTS: &str = "SELECT title FROM incidents UNION ALL SELECT body FROM updates UNION ALL SELECT title FROM maintenances
    UNION ALL SELECT name FROM services UNION ALL SELECT name FROM groups UNION ALL SELECT message FROM manual_statuses WHERE message IS NOT NULL";

/// A record as it is found.
#[derive(Debug, PartialEq)]
pub(super) struct Record {
    /// Schema number.
    pub(super) schema: i64,
    /// Number and id of every incident and maintenance.
    pub(super) ids: BTreeSet<(String, i64, String)>,
    /// What each actor did: the id of the subject of each event.
    pub(super) deeds: BTreeMap<String, Vec<Option<String>>>,
    /// The last word of every text.
    pub(super) marks: BTreeSet<String>,
}

/// Opens a copy of the organization's file with whatever lies beside it, and judges it.
///
/// # Panics
/// Where it cannot be opened, is not sound, or holds half of something.
#[track_caller]
pub(super) fn autopsy(folder: &Path) -> Record {
    let copy = crate::fresh_org::memory_folder();
    for entry in std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).filter(|path| path.is_file()) {
        copy_file(&entry, &copy.path().join(entry.file_name().unwrap()));
    }
    sound(&copy.path().join("org.db"))
}

#[expect(clippy::disallowed_methods, reason = "a test's own file")]
fn copy_file(from: &Path, to: &Path) {
    std::fs::copy(from, to).unwrap();
}

/// Opens the file itself, and judges it.
#[track_caller]
pub(super) fn sound(path: &Path) -> Record {
    let connection = Connection::open(path).unwrap();
    let verdict: String = connection.query_row("PRAGMA integrity_check", [], |row| row.get(0)).unwrap();
    assert_eq!(verdict, "ok", "integrity_check");
    let dangling = rows(&connection, "SELECT \"table\" FROM pragma_foreign_key_check", |row| row.get::<_, String>(0));
    assert_eq!(dangling, Vec::<String>::new(), "foreign_key_check");
    for (what, sql) in HALVES {
        let found: i64 = connection.query_row(sql, [], |row| row.get(0)).unwrap();
        assert_eq!(found, 0, "{what}");
    }
    let mut deeds = BTreeMap::<_, Vec<_>>::new();
    for (actor, subject) in rows(&connection, "SELECT actor, subject_id FROM events ORDER BY seq", |row| Ok((row.get(0)?, row.get(1)?))) {
        deeds.entry(actor).or_default().push(subject);
    }
    let ids = "SELECT 'incident', number, id FROM incidents UNION ALL SELECT 'maintenance', number, id FROM maintenances";
    let texts = rows(&connection, TEXTS, |row| row.get::<_, String>(0));
    Record {
        schema: connection.pragma_query_value(None, "user_version", |row| row.get(0)).unwrap(),
        ids: rows(&connection, ids, |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?))).into_iter().collect(),
        deeds,
        marks: texts.iter().filter_map(|text| text.split_whitespace().last()).map(str::to_owned).collect(),
    }
}

pub(super) fn rows<T>(connection: &Connection, sql: &str, read: impl FnMut(&rusqlite::Row<'_>) -> rusqlite::Result<T>) -> Vec<T> {
    connection.prepare(sql).unwrap().query_map([], read).unwrap().map(Result::unwrap).collect()
}

impl Record {
    /// What was done under this mark and acknowledged is there, once, under the id that was printed.
    #[track_caller]
    pub(super) fn assert_holds(&self, mark: &str, printed: Option<&str>) {
        let done = self.deeds.get(mark).unwrap_or_else(|| panic!("`{mark}` was acknowledged and is lost"));
        assert_eq!(done.len(), 1, "what `{mark}` did once was recorded more often");
        if let Some(printed) = printed {
            assert_eq!(done[0].as_deref(), Some(printed), "the id printed for `{mark}` is another's");
        }
    }

    /// Whatever carries a mark has the event of that mark, and what was there before still is.
    #[track_caller]
    pub(super) fn assert_follows(&self, before: &Self) {
        let orphans: Vec<&String> = self.marks.iter().filter(|mark| is_mark(mark) && !self.deeds.contains_key(*mark)).collect();
        assert_eq!(orphans, Vec::<&String>::new(), "texts without their event");
        let lost: Vec<_> = before.ids.difference(&self.ids).collect();
        assert!(lost.is_empty(), "numbers that are gone or stand for something else: {lost:?}");
        let undone: Vec<_> = before.deeds.keys().filter(|actor| !self.deeds.contains_key(*actor)).collect();
        assert!(undone.is_empty(), "deeds that are gone: {undone:?}");
    }
}

fn is_mark(word: &str) -> bool {
    word.strip_prefix('m').is_some_and(|digits| !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit()))
}

#[test]
fn an_autopsy_sees_what_is_half() {
    let org = super::crowded();
    autopsy(&org.path("acme"));
    for damage in [
        "DELETE FROM updates WHERE incident = 1",
        "DELETE FROM events WHERE subject_type = 'incident'",
        "DELETE FROM incident_services WHERE incident = 1",
        "DELETE FROM affected WHERE update_number = 1",
        "UPDATE incidents SET open = 1 - open WHERE number = 2",
        "PRAGMA foreign_keys = OFF; DELETE FROM incidents WHERE number = 1",
        "INSERT INTO events SELECT NULL, at, at, 'x', 'service.status', subject_type, subject_id, 'x', 'x' FROM events WHERE seq = 2",
    ] {
        let copy = crate::fresh_org::memory_folder();
        copy_tree(&org.path("acme"), copy.path());
        let path = copy.path().join("org.db");
        Connection::open(&path).unwrap().execute_batch(damage).unwrap();
        assert!(std::panic::catch_unwind(|| sound(&path)).is_err(), "`{damage}` went unseen");
    }
}
