//! Loading a history, or as much of it as decides the statuses from a moment on.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};

use super::survey::Wanted;
use super::{Reader, Scope};
use crate::domain::{History, Maintenance, Organization, Subject, first_check_hour, told};
use crate::error::UserError;

/// How many events a history carries: more than outputs show, because some may take effect only later.
pub const EVENTS: usize = 200;

/// How much of a history to load.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Window {
    /// Statuses are to be right from this moment on; `None` loads everything in full.
    pub since: Option<DateTime<Utc>>,
    /// The moment that is told: incidents that are open, or have something coming, are loaded in full. `None`: statuses are all that is
    /// asked for, and of incidents there are outlines only.
    pub present: Option<DateTime<Utc>>,
    /// How many incidents to load in full however old they are: this many by start, by creation and by their newest update.
    pub newest: usize,
    /// The moment at which the dates of recurring maintenance are told; `None`: the series stand among the maintenances as they are recorded.
    pub dates_at: Option<DateTime<Utc>>,
}

impl Window {
    /// All of it.
    pub const EVERYTHING: Self = Self { since: None, present: None, newest: 0, dates_at: None };

    /// What decides statuses from `since` on, as far as it is known at `at`.
    pub const fn statuses(since: DateTime<Utc>, at: DateTime<Utc>) -> Self {
        Self { since: Some(since), present: None, newest: 0, dates_at: Some(at) }
    }

    /// What is told at `at`, with statuses that are right from `since` on and `newest` incidents in full.
    pub const fn present(since: DateTime<Utc>, at: DateTime<Utc>, newest: usize) -> Self {
        Self { since: Some(since), present: Some(at), newest, dates_at: Some(at) }
    }
}

impl Reader {
    /// The history of `organization` as `scope` may know it. A [`crate::domain::Ledger`] of it says the same of every moment from
    /// `window.since` on as one of the whole history.
    ///
    /// # Errors
    /// What reading the file can say.
    pub fn history(&self, scope: Scope, organization: &Organization, window: Window) -> Result<History, UserError> {
        self.read(|reader| {
            let full = match (window.since, window.present) {
                (None, _) => reader.incident_numbers(scope, Wanted::default(), usize::MAX)?.into_iter().rev().collect(),
                (Some(_), Some(present)) => reader.incidents_in_full(scope, present, window.newest)?,
                (Some(_), None) => Vec::new(),
            };
            let mut incidents = reader.incidents(scope, &full)?;
            incidents.sort_by_key(|incident| (incident.started_at, incident.number));
            let (maintenances, series) = reader.told_maintenances(scope, window.dates_at)?;
            let events = if window.present.is_some() || window.since.is_none() { reader.newest_events(scope, EVENTS)? } else { Vec::new() };
            Ok(History {
                organization: organization.clone(),
                since: window.since,
                created_at: reader.created_at()?,
                sources: if scope == Scope::Everything { reader.sources()? } else { Vec::new() },
                groups: reader.groups(scope)?,
                services: reader.services(scope)?,
                manual_statuses: reader.manual_statuses(scope, window.since)?,
                incidents,
                outlines: window.since.map_or_else(|| Ok(Vec::new()), |since| reader.outlines(scope, since, &full))?,
                older_change: window.since.map_or(Ok(None), |since| reader.older_change(scope, since))?,
                maintenances,
                series,
                check_hours: window.present.map_or_else(|| Ok(BTreeMap::new()), |at| reader.check_hours(scope, first_check_hour(at)))?,
                event_titles: reader.titles_of(scope, &events)?,
                events,
            })
        })
    }

    /// The maintenances of `scope` with the dates of series that are told at `at`, and the series. Without a moment, what is recorded.
    ///
    /// # Errors
    /// What reading the file can say.
    pub fn told_maintenances(&self, scope: Scope, at: Option<DateTime<Utc>>) -> Result<(Vec<Maintenance>, Vec<Maintenance>), UserError> {
        self.read(|reader| {
            let recorded = reader.maintenances(scope)?;
            match at.filter(|_| recorded.iter().any(|maintenance| maintenance.repeat.is_some())) {
                Some(at) => Ok(told(recorded, &reader.touched_dates()?, at)),
                None => Ok((recorded, Vec::new())),
            }
        })
    }

    /// The newest `limit` events as `scope` may know them, with as much of the history as names what they are about.
    ///
    /// # Errors
    /// What reading the file can say.
    pub fn newest_told(&self, scope: Scope, organization: &Organization, limit: usize) -> Result<History, UserError> {
        let events = self.newest_events(scope, limit)?;
        let about = |wanted: fn(&Subject) -> bool| events.iter().any(|event| wanted(&event.subject));
        let (services, maintenances) =
            (about(|subject| matches!(subject, Subject::Service(_))), about(|subject| matches!(subject, Subject::Maintenance(_))));
        Ok(History {
            organization: organization.clone(),
            since: None,
            created_at: self.created_at()?,
            sources: Vec::new(),
            groups: Vec::new(),
            services: if services { self.services(scope)? } else { Vec::new() },
            manual_statuses: Vec::new(),
            incidents: Vec::new(),
            outlines: Vec::new(),
            older_change: None,
            maintenances: if maintenances { self.maintenances(scope)? } else { Vec::new() },
            series: Vec::new(),
            check_hours: BTreeMap::new(),
            event_titles: self.titles_of(scope, &events)?,
            events,
        })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use proptest::test_runner::{Config, TestRunner};

    use super::super::samples::{
        affected, at, event, group, id, incident, maintenance, manual, new_store, organization, service, update, write,
    };
    use super::super::{OrgStore, Write};
    use super::*;
    use crate::domain::{
        Affected, EventKind, Incident, IncidentStatus, Ledger, MaintenanceStatus, Origin, PublicId, Service, ServiceStatus, Standing,
        Subject,
    };

    const DOWN: ServiceStatus = ServiceStatus::MajorOutage;

    fn said(name: &str, services: &[&str]) -> Incident {
        let said = services.iter().map(|service| affected(service, DOWN)).collect();
        incident(name, vec![update(&format!("{name}u"), IncidentStatus::Investigating, 10, Some(said))])
    }

    /// An organization with something of each private kind.
    fn secretive() -> (tempfile::TempDir, OrgStore) {
        let (folder, mut store) = new_store();
        write(&mut store, |tx| {
            for name in ["open", "secret", "removed", "empty", "mentioned"] {
                tx.put_group(&mut group(name))?;
            }
            let services = [
                Service { group: Some(id("open")), ..service("shown") },
                Service { group: Some(id("open")), hidden: true, ..service("hidden") },
                Service { group: Some(id("secret")), hidden: true, ..service("hidden2") },
                Service { group: Some(id("removed")), standing: Standing::Removed, ..service("gone") },
                Service { group: Some(id("mentioned")), standing: Standing::IncidentsOnly, ..service("known") },
            ];
            for mut service in services {
                tx.put_service(&mut service)?;
                tx.put_manual_status(&mut manual(service.id.as_str(), DOWN, 5))?;
                tx.record(event(EventKind::ServiceStatus, Subject::Service(service.id.clone())))?;
                tx.record(event(EventKind::ServiceAdded, Subject::Service(service.id)))?;
            }
            let mut draft = said("draft", &["shown"]);
            draft.draft = true;
            let incidents = [
                said("mixed", &["hidden", "shown"]),
                said("private", &["hidden", "hidden2"]),
                draft,
                said("nothing", &[]),
                said("past", &["gone"]),
                said("elsewhere", &["known"]),
            ];
            for mut incident in incidents {
                tx.put_incident(&mut incident)?;
                let about = || Subject::Incident(incident.id.clone());
                tx.record(event(EventKind::IncidentDrafted, about()))?;
                tx.record(event(EventKind::IncidentUpdated, about()))?;
                if !incident.draft {
                    tx.record(event(EventKind::IncidentOpened, about()))?;
                    tx.record(event(EventKind::IncidentResolved, about()))?;
                }
            }
            for mut maintenance in [maintenance("work", &["shown", "hidden"]), maintenance("quiet", &["hidden"]), maintenance("bare", &[])]
            {
                tx.put_maintenance(&mut maintenance)?;
                tx.record(event(EventKind::MaintenanceScheduled, Subject::Maintenance(maintenance.id)))?;
            }
            // Its list names nothing, but its update does.
            let mut sly = maintenance("sly", &[]);
            sly.updates[0].affected = Some(vec![affected("hidden", DOWN)]);
            tx.put_maintenance(&mut sly)?;
            tx.record(event(EventKind::OrganizationCreated, Subject::Organization))?;
            tx.record(event(EventKind::ImportFinished, Subject::Organization))?;
            tx.record(event(EventKind::GroupAdded, Subject::Group(id("open"))))?;
            Ok(())
        });
        (folder, store)
    }

    fn ids<'a>(ids: impl IntoIterator<Item = &'a PublicId>) -> Vec<&'a str> {
        ids.into_iter().map(PublicId::as_str).collect()
    }

    #[test]
    fn visitors_see_nothing_private() {
        let (_folder, store) = secretive();
        for since in [None, Some(at(0)), Some(at(1000))] {
            let history = store
                .history(Scope::Public, &organization(), Window { since, present: Some(at(1000)), newest: 9, dates_at: Some(at(1000)) })
                .unwrap();
            assert_eq!(ids(history.groups.iter().map(|group| &group.id)), ["open", "empty"]);
            assert_eq!(ids(history.services.iter().map(|service| &service.id)), ["shown", "known"]);
            assert_eq!(history.services[1].group, None, "its group is not shown");
            assert_eq!(ids(history.manual_statuses.iter().map(|manual| &manual.service)), ["shown", "known"]);
            assert_eq!(ids(history.incidents.iter().map(|incident| &incident.id)), ["mixed", "nothing", "past", "elsewhere"]);
            let rows = store.incident_index(Scope::Public, at(-1000), at(1000)).unwrap();
            assert_eq!(ids(rows.iter().map(|row| &row.id)), ["mixed", "nothing", "past", "elsewhere"]);
            let named: Vec<Vec<&str>> = history.incidents.iter().map(|incident| ids(incident.services())).collect();
            assert_eq!(named, [vec!["shown"], vec![], vec![], vec!["known"]]);
            assert_eq!(history.incidents[2].updates[0].affected, Some(vec![]));
            assert_eq!(ids(history.maintenances.iter().map(|maintenance| &maintenance.id)), ["work", "bare"]);
            assert_eq!(ids(&history.maintenances[0].services), ["shown"]);
            let events: Vec<String> = history.events.iter().map(|event| format!("{} {:?}", event.kind, event.subject)).collect();
            let expected: Vec<String> = ["mixed", "nothing", "past", "elsewhere"]
                .iter()
                .flat_map(|name| ["opened", "resolved"].map(|deed| format!("incident.{deed} {:?}", Subject::Incident(id(name)))))
                .collect();
            assert_eq!(events[0], format!("service.status {:?}", Subject::Service(id("shown"))));
            assert_eq!(events[1..=8], expected);
            assert_eq!(events[9], format!("maintenance.scheduled {:?}", Subject::Maintenance(id("work"))));
            assert_eq!(events[10], format!("maintenance.scheduled {:?}", Subject::Maintenance(id("bare"))));
            assert_eq!(events.len(), 11);
            assert_eq!(store.newest_told(Scope::Public, &organization(), 99).unwrap().events, history.events);
            let everything = format!("{history:?}");
            for secret in ["hidden", "secret", "draft", "private", "quiet", "sly", "gone"] {
                assert!(!everything.contains(&format!("\"{secret}")), "{secret} in {everything}");
                assert!(!everything.contains(&format!("title {secret}")), "{secret} in {everything}");
            }
        }
    }

    #[test]
    fn private_things_are_not_found_by_visitors_but_by_operators() {
        let (_folder, store) = secretive();
        for (scope, there) in [(Scope::Everything, true), (Scope::Public, false)] {
            for key in ["hidden", "hidden2", "gone"] {
                assert_eq!(store.find_service(scope, key).unwrap().is_some(), there, "{key}");
            }
            for key in ["private", "2", "draft", "3"] {
                assert_eq!(store.find_incident(scope, key).unwrap().is_some(), there, "{key}");
            }
            for key in ["quiet", "2", "sly"] {
                assert_eq!(store.find_maintenance(scope, key).unwrap().is_some(), there, "{key}");
            }
            assert_eq!(store.find_group(scope, "secret").unwrap().is_some(), there);
            assert_eq!(store.incidents(scope, &[1, 2, 3]).unwrap().len(), if there { 3 } else { 1 });
        }
        let history = store.history(Scope::Everything, &organization(), Window::EVERYTHING).unwrap();
        assert_eq!((history.services.len(), history.groups.len(), history.incidents.len(), history.maintenances.len()), (5, 5, 6, 4));
        assert_eq!(history.events.len(), store.events_all().unwrap().len());
        assert_eq!(ids(&history.maintenances[0].services), ["shown", "hidden"]);
    }

    #[test]
    fn a_window_leaves_out_what_is_long_over() {
        let (_folder, mut store) = new_store();
        let ended = |name: &str, minute: i64| {
            let down = update(&format!("{name}a"), IncidentStatus::Investigating, minute, Some(vec![affected("search", DOWN)]));
            incident(name, vec![down, update(&format!("{name}b"), IncidentStatus::Resolved, minute + 5, None)])
        };
        write(&mut store, |tx| {
            tx.put_service(&mut service("search"))?;
            for number in 0..50 {
                tx.put_incident(&mut ended(&format!("i{number}"), number * 10))?;
                tx.record(event(EventKind::IncidentOpened, Subject::Incident(id(&format!("i{number}")))))?;
                tx.put_manual_status(&mut manual("search", DOWN, number * 10))?;
            }
            Ok(())
        });
        let within = |since, newest| {
            let window = Window::present(at(since), at(9999), newest);
            let history = store.history(Scope::Public, &organization(), window).unwrap();
            let full = history.incidents.iter().map(|incident| incident.number);
            let numbers: Vec<i64> = history.outlines.iter().map(|outline| outline.course.incident).chain(full).collect();
            // Events are told with their titles, however long ago their incidents were.
            assert_eq!((history.events.len(), history.event_titles.len()), (50, 50));
            (numbers, history.manual_statuses.len())
        };
        assert_eq!(within(475, 0), (vec![48, 49, 50], 3));
        assert_eq!(within(9999, 0), (vec![50], 1));
        assert_eq!(within(9999, 3), (vec![48, 49, 50], 1));
        assert_eq!(within(-1, 0).0.len(), 50);
        assert_eq!(store.incidents(Scope::Public, &[7, 99, 3]).unwrap().iter().map(|one| one.number).collect::<Vec<_>>(), [7, 3]);
    }

    const NAMES: [&str; 3] = ["one", "two", "three"];

    /// An update: status, minute, services with their status, whether a person wrote it.
    type Told = (usize, i64, Option<Vec<(usize, Option<usize>)>>, bool);

    #[derive(Clone, Debug)]
    struct Case {
        hidden: Vec<bool>,
        /// Updates, draft, closed by its source at.
        incidents: Vec<(Vec<Told>, bool, Option<i64>)>,
        manuals: Vec<(usize, usize, i64)>,
        /// Services, start, length, whether the clock starts and finishes it.
        windows: Vec<(Vec<usize>, i64, i64, bool, bool)>,
        since: i64,
        present: Option<i64>,
        newest: usize,
    }

    fn told() -> impl Strategy<Value = Case> {
        let minute = 0..30_i64;
        let named = proptest::collection::vec((0..3_usize, proptest::option::weighted(0.9, 0..5_usize)), 0..3);
        let status = prop_oneof![1 => 0..3_usize, 2 => 3..5_usize];
        let update = (status, minute.clone(), proptest::option::weighted(0.8, named), any::<bool>());
        let incident =
            (proptest::collection::vec(update, 0..5), proptest::bool::weighted(0.1), proptest::option::weighted(0.3, minute.clone()));
        (
            proptest::collection::vec(proptest::bool::weighted(0.2), 3),
            proptest::collection::vec(incident, 0..9),
            proptest::collection::vec((0..3_usize, 0..5_usize, minute.clone()), 0..4),
            proptest::collection::vec((proptest::collection::vec(0..3_usize, 0..3), minute, 1..10_i64, any::<bool>(), any::<bool>()), 0..3),
            (12..40_i64, proptest::option::of(12..40_i64)),
            0..2_usize,
        )
            .prop_map(|(hidden, incidents, manuals, windows, (since, present), newest)| Case {
                hidden,
                incidents,
                manuals,
                windows,
                since,
                present,
                newest,
            })
    }

    fn put(tx: &Write<'_>, told: &Case) -> anyhow::Result<()> {
        for (name, hidden) in NAMES.iter().zip(&told.hidden) {
            tx.put_service(&mut Service { hidden: *hidden, ..service(name) })?;
        }
        for (number, (updates, draft, closed)) in told.incidents.iter().enumerate() {
            let updates = updates.iter().enumerate().map(|(place, (status, minute, named, person))| {
                let affected = named.as_ref().map(|named| {
                    let one = |(service, status): &(usize, Option<usize>)| Affected {
                        new_status: status.map(|status| ServiceStatus::ALL[status]),
                        ..affected(NAMES[*service], DOWN)
                    };
                    named.iter().map(one).collect()
                });
                let mut update = update(&format!("u{number}x{place}"), IncidentStatus::ALL[*status], *minute, affected);
                update.origin = if *person { Origin::Person } else { Origin::Import };
                update
            });
            let mut incident = incident(&format!("i{number}"), updates.collect());
            incident.draft = *draft;
            incident.closed_by_source_at = closed.map(at);
            tx.put_incident(&mut incident)?;
        }
        for (service, status, minute) in &told.manuals {
            tx.put_manual_status(&mut manual(NAMES[*service], ServiceStatus::ALL[*status], *minute))?;
        }
        for (number, (services, start, length, auto_start, auto_finish)) in told.windows.iter().enumerate() {
            let services: Vec<&str> = services.iter().map(|service| NAMES[*service]).collect();
            let mut maintenance = maintenance(&format!("m{number}"), &services);
            maintenance.scheduled_for = at(*start);
            maintenance.scheduled_until = at(start + length);
            maintenance.auto_start = *auto_start;
            maintenance.auto_finish = *auto_finish;
            maintenance.updates.push(update(&format!("m{number}x"), MaintenanceStatus::InProgress, start + 1, None));
            tx.put_maintenance(&mut maintenance)?;
        }
        Ok(())
    }

    #[test]
    fn a_window_says_the_same_as_the_whole_from_its_beginning_on() {
        let (_folder, mut store) = new_store();
        let mut left_out = 0;
        let mut runner = TestRunner::new(Config { cases: 800, failure_persistence: None, ..Config::default() });
        let store = std::cell::RefCell::new(&mut store);
        let counter = std::cell::RefCell::new(&mut left_out);
        let law = runner.run(&told(), |told| {
            // Rolled back each time, so that no case costs a commit.
            let outcome = store.borrow_mut().write("ann", at(0), |tx| -> anyhow::Result<()> {
                put(tx, &told)?;
                for scope in [Scope::Everything, Scope::Public] {
                    let whole = tx.history(scope, &organization(), Window::EVERYTHING)?;
                    let window = Window {
                        since: Some(at(told.since)),
                        present: told.present.map(at),
                        newest: told.newest,
                        dates_at: Some(at(told.since)),
                    };
                    let part = tx.history(scope, &organization(), window)?;
                    **counter.borrow_mut() += whole.incidents.len() - part.incidents.len();
                    assert_eq!(whole.services, part.services);
                    assert!(part.incidents.iter().all(|one| whole.incidents.contains(one)));
                    let (whole, part) = (Ledger::new(&whole), Ledger::new(&part));
                    for name in NAMES.map(id) {
                        let (from, to) = (at(told.since), at(100));
                        assert_eq!(part.spans(&name, from, to), whole.spans(&name, from, to), "{name} for {scope:?}");
                    }
                }
                anyhow::bail!("done")
            });
            prop_assert_eq!(outcome.unwrap_err().to_string(), "done");
            Ok(())
        });
        law.unwrap();
        assert!(left_out > 300, "the law is empty where nothing is left out: {left_out}");
    }
}
