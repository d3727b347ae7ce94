//! Twelve months of a service are the same whether a build computed them all or kept most of them from the build before.

use chrono::{DateTime, TimeDelta, Utc};
use statuary::domain::ServiceStatus;
use statuary::ops::build::{BuildOptions, build};
use statuary::ops::incident::{self, NamedStatus, OpenIncident, UpdateIncident};
use statuary::ops::service::{self, ServiceSettings, SetStatus};
use statuary::ops::{Deed, undo};

use crate::built_site::BuiltSite;
use crate::fresh_org::{FreshOrg, at, deed};

const DOWN: ServiceStatus = ServiceStatus::MajorOutage;

fn told(title: &str, draft: bool) -> OpenIncident {
    OpenIncident {
        title: title.to_owned(),
        impact: None,
        status: None,
        services: vec![NamedStatus { service: "api".to_owned(), status: Some(DOWN) }],
        message: Some("It is down.".into()),
        draft,
        next_update: None,
    }
}

fn backdated(now: DateTime<Utc>, days: i64) -> Deed {
    Deed { at: Some(now - TimeDelta::days(days)), ..deed(now) }
}

/// Builds again, and says whether the service's page changed; it must be the one that a first build makes.
#[track_caller]
fn rebuilt(fresh: &FreshOrg, now: DateTime<Utc>, told: &str) -> String {
    let again = fresh.built(now);
    let folder = tempfile::tempdir_in(fresh.path("")).unwrap();
    let options = BuildOptions { out: Some(folder.path().join("first")), ..BuildOptions::default() };
    build(&fresh.org, &options, now, &|_, _| {}).unwrap();
    assert_eq!(BuiltSite::read(&folder.path().join("first")).differing(&again), Vec::<String>::new(), "{told}");
    std::fs::read_to_string(fresh.org.folder.public().join("services/api/index.html")).unwrap()
}

#[test]
fn whatever_is_said_of_the_past_shows_in_its_month() {
    let mut now = at("2026-11-27T12:00:00Z");
    let mut fresh = FreshOrg::new("acme", now - TimeDelta::days(500));
    service::add(&mut fresh.org, &"api".parse().unwrap(), &ServiceSettings::default(), &deed(now - TimeDelta::days(500))).unwrap();
    let mut page = rebuilt(&fresh, now, "first");
    let mut changes = |fresh: &FreshOrg, now: DateTime<Utc>, told: &str, expected: bool| {
        let next = rebuilt(fresh, now, told);
        assert_eq!(next != page, expected, "{told}");
        page = next;
    };
    let mut later = |days: i64| {
        now += TimeDelta::days(days) + TimeDelta::minutes(1);
        now
    };

    let now = later(0);
    let id = incident::open(&mut fresh.org, &told("Now", false), &deed(now)).unwrap().thing.id.to_string();
    changes(&fresh, now, "something new", true);
    let now = later(0);
    incident::resolve(&mut fresh.org, &id, None, &deed(now)).unwrap();
    changes(&fresh, now, "its end", true);

    let old = incident::open(&mut fresh.org, &told("Long ago", false), &backdated(now, 200)).unwrap().thing.id.to_string();
    changes(&fresh, now, "something old that is still open", true);
    let update = UpdateIncident { message: Some("Still.".into()), ..UpdateIncident::default() };
    incident::update(&mut fresh.org, &old, &update, &backdated(now, 190)).unwrap();
    changes(&fresh, now, "words only", true);
    incident::resolve(&mut fresh.org, &old, None, &backdated(now, 150)).unwrap();
    changes(&fresh, now, "its end long ago", true);

    let now = later(0);
    undo::undo(&mut fresh.org, &deed(now)).unwrap();
    changes(&fresh, now, "its end taken back", true);
    incident::resolve(&mut fresh.org, &old, None, &backdated(now, 180)).unwrap();
    changes(&fresh, now, "another end", true);

    let draft = incident::open(&mut fresh.org, &told("Kept back", true), &backdated(now, 250)).unwrap().thing.id.to_string();
    changes(&fresh, now, "a draft", false);
    incident::resolve(&mut fresh.org, &draft, None, &backdated(now, 240)).unwrap();
    changes(&fresh, now, "a draft's end", false);
    incident::publish(&mut fresh.org, &draft, &deed(now)).unwrap();
    changes(&fresh, now, "its publication", true);

    let set = SetStatus { service: "api".to_owned(), status: ServiceStatus::PartialOutage, message: None };
    service::set_status(&mut fresh.org, &set, &backdated(now, 300)).unwrap();
    changes(&fresh, now, "a status set long ago", true);
    undo::undo(&mut fresh.org, &deed(now)).unwrap();
    changes(&fresh, now, "the same taken back", true);
    incident::remove(&mut fresh.org, &draft, &deed(now)).unwrap();
    changes(&fresh, now, "something old removed", true);

    let settings = ServiceSettings { start_date: Some(Some("2026-03-10".parse().unwrap())), ..ServiceSettings::default() };
    service::edit(&mut fresh.org, "api", &settings, &deed(now)).unwrap();
    changes(&fresh, now, "a later start", true);
    changes(&fresh, later(20), "three weeks", true);
    changes(&fresh, later(40), "forty days", true);
    changes(&fresh, later(200), "two hundred days", true);
}

#[test]
fn a_figure_that_runs_on_in_no_digit_makes_no_page_anew() {
    let now = at("2026-11-27T12:00:00Z");
    let mut fresh = FreshOrg::new("acme", now - TimeDelta::days(500));
    service::add(&mut fresh.org, &"api".parse().unwrap(), &ServiceSettings::default(), &deed(now - TimeDelta::days(500))).unwrap();
    let id = incident::open(&mut fresh.org, &told("This month", false), &backdated(now, 9)).unwrap().thing.id.to_string();
    incident::resolve(&mut fresh.org, &id, None, &backdated(now, 8)).unwrap();
    fresh.build(now);
    // A second later only what says when it was made has to be made: the first page and the native document.
    let dry = BuildOptions { dry_run: true, ..BuildOptions::default() };
    let planned = build(&fresh.org, &dry, now + TimeDelta::seconds(1), &|_, _| {}).unwrap();
    assert_eq!(planned.written, 2);
}
