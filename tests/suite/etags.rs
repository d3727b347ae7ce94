//! Etags change with their thing and with nothing else, and keep two people from overwriting each other.

use std::collections::BTreeMap;
use std::thread;

use chrono::{DateTime, TimeDelta, Utc};
use statuary::error::{Kind, UserError};
use statuary::ops::incident::{EditIncident, EditUpdate, ListIncidents, NamedStatus, OpenIncident, UpdateIncident};
use statuary::ops::maintenance::{EditMaintenance, MaintenanceList, ScheduleMaintenance, UpdateMaintenance};
use statuary::ops::service::{ServiceSettings, SetStatus};
use statuary::ops::{Deed, Org, Page, group, incident, maintenance, service, undo};

use crate::fresh_org::{FreshOrg, at, deed};

fn now() -> DateTime<Utc> {
    at("2026-11-22T12:00:00Z")
}

/// An organization with two of everything, the second ones beside the first.
fn filled() -> FreshOrg {
    let mut fresh = FreshOrg::new("acme", now());
    let org = &mut fresh.org;
    for (name, home) in [("api", "eu"), ("web", "us")] {
        let group = group::AddGroup { slug: home.parse().unwrap(), name: home.to_uppercase(), position: None };
        group::add(org, &group, &deed(now())).unwrap();
        let settings = ServiceSettings { group: Some(home.to_owned()), ..ServiceSettings::default() };
        service::add(org, &name.parse().unwrap(), &settings, &deed(now())).unwrap();
        let named = vec![NamedStatus { service: name.to_owned(), status: None }];
        let down = OpenIncident {
            title: "Down".into(),
            impact: None,
            status: None,
            services: named,
            message: Some("We look.".into()),
            draft: name == "api",
            next_update: None,
        };
        incident::open(org, &down, &deed(now())).unwrap();
        let disks = ScheduleMaintenance {
            title: "Disks".into(),
            from: now() + TimeDelta::hours(1),
            until: now() + TimeDelta::hours(2),
            services: vec![name.to_owned()],
            message: None,
            auto_start: true,
            auto_finish: true,
            repeat: None,
        };
        maintenance::schedule(org, &disks, &deed(now())).unwrap();
    }
    fresh
}

/// The etag of everything there is, as lists and as single reports give it.
fn etags(org: &Org, now: DateTime<Utc>) -> BTreeMap<String, String> {
    let mut found = BTreeMap::new();
    let mut note = |key: String, listed: String, shown: String| {
        assert_eq!(listed, shown, "{key}");
        found.insert(key, listed);
    };
    for report in group::list(org, &Page::default(), now).unwrap().groups {
        let shown = group::show(org, report.slug.as_str(), now).unwrap();
        note(format!("group {}", report.number), report.etag.to_string(), shown.etag.to_string());
    }
    for report in service::list(org, &Page::default(), now).unwrap().services {
        let shown = service::show(org, report.slug.as_str(), now).unwrap();
        note(format!("service {}", report.number), report.etag.to_string(), shown.etag.to_string());
    }
    for report in incident::list(org, &ListIncidents { all: true, ..Default::default() }).unwrap().incidents {
        let shown = incident::show(org, report.id.as_str()).unwrap();
        note(format!("incident {}", report.number), report.etag.to_string(), shown.etag.to_string());
    }
    for report in maintenance::list(org, &MaintenanceList::default(), now).unwrap().maintenances {
        let shown = maintenance::show(org, report.id.as_str(), now).unwrap();
        note(format!("maintenance {}", report.key()), report.etag.to_string(), shown.etag.to_string());
    }
    found
}

/// A deed, the thing it changes, and the etag that it gives back.
type Change = (&'static str, Box<dyn Fn(&mut Org, &Deed) -> anyhow::Result<String>>);

/// Every deed that changes something, in an order in which each can be done.
fn changes() -> Vec<Change> {
    fn change(thing: &'static str, deed: impl Fn(&mut Org, &Deed) -> anyhow::Result<String> + 'static) -> Change {
        (thing, Box::new(deed))
    }
    let settings = |name: &str| ServiceSettings { name: Some(name.to_owned()), ..ServiceSettings::default() };
    let said = || UpdateIncident { message: Some("More.".into()), ..Default::default() };
    let told = || UpdateMaintenance { message: Some("More.".into()), ..Default::default() };
    vec![
        change("group 1", |org, deed| {
            let options = group::EditGroup { name: Some("Europe".into()), slug: Some("europe".parse()?), ..Default::default() };
            Ok(group::edit(org, "1", &options, deed)?.thing.etag.to_string())
        }),
        change("service 1", move |org, deed| Ok(service::edit(org, "api", &settings("API"), deed)?.thing.etag.to_string())),
        change("service 1", |org, deed| {
            let options = SetStatus { service: "api".into(), status: "major".parse()?, message: None };
            Ok(service::set_status(org, &options, deed)?.thing.etag.to_string())
        }),
        change("incident 1", |org, deed| Ok(incident::publish(org, "1", deed)?.thing.etag.to_string())),
        change("incident 1", move |org, deed| Ok(incident::update(org, "1", &said(), deed)?.thing.etag.to_string())),
        change("incident 1", |org, deed| {
            let options = EditIncident { title: Some("Slow".into()), ..Default::default() };
            Ok(incident::edit(org, "1", &options, deed)?.thing.etag.to_string())
        }),
        change("incident 1", |org, deed| {
            let options = EditUpdate { message: Some("We looked.".into()), ..Default::default() };
            Ok(incident::edit_update(org, "1", 1, &options, deed)?.thing.etag.to_string())
        }),
        change("incident 1", |org, deed| Ok(incident::resolve(org, "1", None, deed)?.thing.etag.to_string())),
        change("maintenance 1", |org, deed| {
            let options = EditMaintenance { title: Some("Racks".into()), ..Default::default() };
            Ok(maintenance::edit(org, "1", &options, deed)?.thing.etag.to_string())
        }),
        change("maintenance 1", |org, deed| Ok(maintenance::start(org, "1", None, deed)?.thing.etag.to_string())),
        change("maintenance 1", move |org, deed| Ok(maintenance::update(org, "1", &told(), deed)?.thing.etag.to_string())),
        change("maintenance 1", |org, deed| Ok(maintenance::complete(org, "1", None, deed)?.thing.etag.to_string())),
        change("maintenance 2", |org, deed| Ok(maintenance::cancel(org, "2", None, deed)?.thing.etag.to_string())),
    ]
}

/// Every deed that removes something.
fn removals() -> Vec<Change> {
    vec![
        ("incident 1", Box::new(|org, deed| Ok(incident::remove(org, "1", deed)?.thing.etag.to_string()))),
        ("maintenance 1", Box::new(|org, deed| Ok(maintenance::remove(org, "1", deed)?.thing.etag.to_string()))),
        ("service 1", Box::new(|org, deed| Ok(service::remove(org, "api", deed)?.thing.etag.to_string()))),
        ("group 1", Box::new(|org, deed| Ok(group::remove(org, "1", deed)?.thing.etag.to_string()))),
    ]
}

#[test]
fn an_etag_changes_with_its_thing_and_with_nothing_else() {
    let mut fresh = filled();
    let org = &mut fresh.org;
    let mut before = etags(org, now());
    assert_eq!(before.len(), 8);
    let mut seen: Vec<String> = before.values().cloned().collect();
    for (place, (thing, change)) in changes().into_iter().enumerate() {
        let when = now() + TimeDelta::minutes(place as i64);
        let given = change(org, &deed(when)).unwrap();
        // Neither a moment at which maintenance runs nor one far away makes a difference.
        for later in [0, 90, 60 * 24 * 400] {
            assert_eq!(etags(org, when + TimeDelta::minutes(later))[thing], given, "{thing} {place}");
        }
        let after = etags(org, when);
        let changed: Vec<&str> = after.iter().filter(|(key, etag)| before[*key] != **etag).map(|(key, _)| key.as_str()).collect();
        assert_eq!(changed, [thing], "deed {place}");
        assert!(!seen.contains(&given), "{thing} {place}");
        seen.push(given);
        before = after;
    }
    // What is taken back is as it was.
    let when = now() + TimeDelta::days(1);
    let edit = EditIncident { title: Some("Other".into()), ..Default::default() };
    incident::edit(org, "2", &edit, &deed(when)).unwrap();
    assert_ne!(etags(org, when), before);
    undo::undo(org, &deed(when)).unwrap();
    assert_eq!(etags(org, when), before);
}

#[test]
fn what_was_changed_meanwhile_is_refused_and_stays() {
    let mut fresh = filled();
    let org = &mut fresh.org;
    for (place, (thing, change)) in changes().into_iter().chain(removals()).enumerate() {
        let when = now() + TimeDelta::minutes(place as i64);
        let expecting = |etags: &[&str]| Deed { expects: Some(etags.iter().map(|etag| (*etag).to_owned()).collect()), ..deed(when) };
        let before = etags(org, when);
        let other = before.iter().find(|(key, _)| *key != thing).unwrap().1.as_str();
        for stale in [&[][..], &[other], &["", "\"*\""]] {
            let error = change(org, &expecting(stale)).unwrap_err().downcast::<UserError>().unwrap();
            assert_eq!((error.kind, error.kind.exit_code(), error.kind.http_status()), (Kind::Changed, 4, 412), "{thing} {place}");
            assert!(error.message.ends_with("was changed meanwhile"), "{}", error.message);
        }
        assert_eq!(etags(org, when), before);
        match place % 2 {
            0 => change(org, &expecting(&[other, &before[thing]])).unwrap(),
            _ => change(org, &expecting(&["*"])).unwrap(),
        };
    }
    assert_eq!(etags(org, now()).len(), 4);
    // There is nothing that could be anything.
    let gone = Deed { expects: Some(vec!["*".to_owned()]), ..deed(now()) };
    let error = incident::remove(org, "1", &gone).unwrap_err().downcast::<UserError>().unwrap();
    assert_eq!(error.kind, Kind::NotFound);
}

#[test]
fn of_eight_who_change_the_same_thing_at_once_one_does() {
    let fresh = filled();
    let folder = &fresh.org.folder;
    let etag = incident::show(&fresh.org, "1").unwrap().etag.to_string();
    let changed: usize = thread::scope(|scope| {
        let one = |number: usize| {
            let expecting = Deed { expects: Some(vec![etag.clone()]), ..deed(now()) };
            scope.spawn(move || {
                let mut org = Org::open(folder.clone()).unwrap();
                let edit = EditIncident { title: Some(format!("Title {number}")), ..Default::default() };
                match incident::edit(&mut org, "1", &edit, &expecting) {
                    Ok(_) => 1,
                    Err(error) => {
                        assert_eq!(error.downcast::<UserError>().unwrap().kind, Kind::Changed);
                        0
                    }
                }
            })
        };
        let threads: Vec<_> = (0..8).map(one).collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).sum()
    });
    assert_eq!(changed, 1);
}
