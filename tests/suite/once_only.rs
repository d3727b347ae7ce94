//! A deed that is asked for again with the same key is answered again and not done again.

use std::thread;

use chrono::{DateTime, TimeDelta, Utc};
use statuary::error::{Kind, UserError};
use statuary::ops::incident::{ListIncidents, OpenIncident, open};
use statuary::ops::report::{IncidentReport, Written};
use statuary::ops::{Deed, Once, Org, Repeated, group, incident, maintenance, overview, service};

use crate::fresh_org::{FreshOrg, at, deed};

fn now() -> DateTime<Utc> {
    at("2026-11-22T12:00:00Z")
}

fn once(asker: &str, key: &str, body: &str) -> Once {
    Once::new(asker, key, &[b"POST", b"/api/incidents", body.as_bytes()]).unwrap()
}

fn asked(once: Once) -> Deed {
    Deed { once: Some(once), ..deed(now()) }
}

fn titled(title: &str) -> OpenIncident {
    OpenIncident {
        title: title.to_owned(),
        impact: None,
        status: None,
        services: Vec::new(),
        next_update: None,
        message: None,
        draft: false,
    }
}

fn incidents(org: &Org) -> usize {
    incident::list(org, &ListIncidents { all: true, ..ListIncidents::default() }).unwrap().incidents.len()
}

#[track_caller]
fn repeated<T: std::fmt::Debug>(result: anyhow::Result<T>) -> String {
    result.unwrap_err().downcast::<Repeated>().unwrap().answer
}

fn kind(error: anyhow::Error) -> Kind {
    error.downcast::<UserError>().unwrap().kind
}

#[test]
fn the_same_key_gives_the_same_answer_and_does_nothing() {
    let mut fresh = FreshOrg::new("acme", now());
    let org = &mut fresh.org;
    let first = open(org, &titled("API down"), &asked(once("token 1", "k", "a"))).unwrap();
    let answer = serde_json::to_string(&first).unwrap();
    let events = overview::log(org, None, 100).unwrap().events.len();
    for later in [0, 60, 23 * 60] {
        let again = Deed { now: now() + TimeDelta::minutes(later), ..asked(once("token 1", "k", "a")) };
        assert_eq!(repeated(open(org, &titled("API down"), &again)), answer);
    }
    // Whatever became of it since, this is what was answered.
    incident::resolve(org, "1", None, &deed(now())).unwrap();
    assert_eq!(repeated(open(org, &titled("API down"), &asked(once("token 1", "k", "a")))), answer);
    assert_eq!((incidents(org), overview::log(org, None, 100).unwrap().events.len()), (1, events + 1));
    let other = open(org, &titled("Web down"), &asked(once("token 1", "k", "b"))).unwrap_err();
    assert_eq!((other.to_string().as_str(), kind(other)), ("this idempotency key was used for another request", Kind::BadInput));
    // Keys are each sender's own, and each one may use several.
    open(org, &titled("API down"), &asked(once("token 2", "k", "b"))).unwrap();
    open(org, &titled("API down"), &asked(once("token 1", "l", "a"))).unwrap();
    assert_eq!(incidents(org), 3);
}

#[test]
fn what_failed_can_be_tried_again() {
    let mut fresh = FreshOrg::new("acme", now());
    let org = &mut fresh.org;
    let named =
        |title: &str| OpenIncident { services: vec![incident::NamedStatus { service: "api".to_owned(), status: None }], ..titled(title) };
    let error = open(org, &named("API down"), &asked(once("token 1", "k", "a"))).unwrap_err();
    assert_eq!(kind(error), Kind::NotFound);
    assert_eq!(keys(org), 0);
    service::add(org, &"api".parse().unwrap(), &service::ServiceSettings::default(), &deed(now())).unwrap();
    open(org, &named("API down"), &asked(once("token 1", "k", "a"))).unwrap();
    assert_eq!((incidents(org), keys(org)), (1, 1));
}

fn keys(org: &Org) -> i64 {
    let connection = rusqlite::Connection::open(org.folder.database()).unwrap();
    connection.query_row("SELECT count(*) FROM answers", [], |row| row.get(0)).unwrap()
}

#[test]
fn a_key_is_known_for_a_day_and_then_forgotten_by_whoever_writes() {
    let mut fresh = FreshOrg::new("acme", now());
    let org = &mut fresh.org;
    open(org, &titled("API down"), &asked(once("token 1", "k", "a"))).unwrap();
    let later = |hours: i64| deed(now() + TimeDelta::hours(hours));
    incident::update(org, "1", &incident::UpdateIncident { message: Some("x".into()), ..Default::default() }, &later(24)).unwrap();
    assert_eq!(keys(org), 1);
    incident::update(org, "1", &incident::UpdateIncident { message: Some("x".into()), ..Default::default() }, &later(25)).unwrap();
    assert_eq!(keys(org), 0);
    open(org, &titled("API down"), &Deed { once: Some(once("token 1", "k", "a")), ..later(26) }).unwrap();
    assert_eq!(incidents(org), 2);
}

#[test]
fn eight_at_once_with_one_key_leave_one_incident() {
    let fresh = FreshOrg::new("acme", now());
    let folder = &fresh.org.folder;
    let answers: Vec<Result<String, String>> = thread::scope(|scope| {
        let one = |_| {
            scope.spawn(move || {
                let mut org = Org::open(folder.clone()).unwrap();
                let done: anyhow::Result<Written<IncidentReport>> = open(&mut org, &titled("API down"), &asked(once("token 1", "k", "a")));
                match done {
                    Ok(written) => Ok(serde_json::to_string(&written).unwrap()),
                    again => Err(repeated(again)),
                }
            })
        };
        let threads: Vec<_> = (0..8).map(one).collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).collect()
    });
    let done: Vec<&String> = answers.iter().filter_map(|answer| answer.as_ref().ok()).collect();
    assert_eq!((done.len(), answers.len()), (1, 8));
    for again in answers.iter().filter_map(|answer| answer.as_ref().err()) {
        assert_eq!(again, done[0]);
    }
    assert_eq!((incidents(&fresh.org), keys(&fresh.org)), (1, 1));
}

/// What every deed of the nouns gives back is what is kept of it.
#[test]
fn every_deed_can_be_repeated() {
    let mut fresh = FreshOrg::new("acme", now());
    let org = &mut fresh.org;
    let (slug, none) = ("api".parse().unwrap(), service::ServiceSettings::default());
    let names = |name: &str| service::ServiceSettings { name: Some(name.to_owned()), ..none.clone() };
    let status = service::SetStatus { service: "api".into(), status: "degraded".parse().unwrap(), message: None };
    let window = maintenance::ScheduleMaintenance {
        title: "Disks".into(),
        from: now(),
        until: now() + TimeDelta::hours(1),
        services: Vec::new(),
        message: None,
        auto_start: false,
        auto_finish: true,
        repeat: None,
    };
    let new_group = group::AddGroup { slug: "eu".parse().unwrap(), name: "EU".into(), position: None };
    let said = incident::UpdateIncident { message: Some("x".into()), ..Default::default() };
    let edited = incident::EditIncident { title: Some("Other".into()), impact: None };
    let words = incident::EditUpdate { message: Some("y".into()), ..Default::default() };
    let moved = maintenance::EditMaintenance { title: Some("Other".into()), ..Default::default() };
    let group_name = group::EditGroup { name: Some("Europe".into()), ..Default::default() };
    let told = maintenance::UpdateMaintenance { message: Some("x".into()), ..Default::default() };
    macro_rules! twice {
        ($($call:expr),* $(,)?) => {$({
            let deed = asked(once("token 1", stringify!($call).replace(|c: char| !c.is_ascii_graphic(), "").as_str(), ""));
            let call: &dyn Fn(&mut Org, &Deed) -> anyhow::Result<String> = &$call;
            let answer = call(org, &deed).unwrap_or_else(|error| panic!("{}: {error:#}", stringify!($call)));
            assert_eq!(repeated(call(org, &deed)), answer, "{}", stringify!($call));
        })*};
    }
    fn text(report: &impl serde::Serialize) -> anyhow::Result<String> {
        Ok(serde_json::to_string(report)?)
    }
    twice![
        |o, d| text(&group::add(o, &new_group, d)?),
        |o, d| text(&group::edit(o, "eu", &group_name, d)?),
        |o, d| text(&group::remove(o, "eu", d)?),
        |o, d| text(&service::add(o, &slug, &none, d)?),
        |o, d| text(&service::edit(o, "api", &names("API"), d)?),
        |o, d| text(&service::set_status(o, &status, d)?),
        |o, d| text(&open(o, &OpenIncident { draft: true, ..titled("Down") }, d)?),
        |o, d| text(&incident::publish(o, "1", d)?),
        |o, d| text(&incident::update(o, "1", &said, d)?),
        |o, d| text(&incident::edit(o, "1", &edited, d)?),
        |o, d| text(&incident::edit_update(o, "1", 1, &words, d)?),
        |o, d| text(&incident::resolve(o, "1", None, d)?),
        |o, d| text(&incident::remove(o, "1", d)?),
        |o, d| text(&maintenance::schedule(o, &window, d)?),
        |o, d| text(&maintenance::edit(o, "1", &moved, d)?),
        |o, d| text(&maintenance::start(o, "1", None, d)?),
        |o, d| text(&maintenance::update(o, "1", &told, d)?),
        |o, d| text(&maintenance::complete(o, "1", None, d)?),
        |o, d| text(&maintenance::remove(o, "1", d)?),
        |o, d| text(&service::remove(o, "api", d)?),
    ];
}
