//! Out and in again: whatever was taken over from real pages, and whatever was done to it since, a dump brings it back byte for byte, and
//! the declaration of an organization changes nothing of it.

use std::path::{Path, PathBuf};

use chrono::{DateTime, TimeDelta, Utc};
use proptest::prelude::*;
use rayon::prelude::*;
use serde_json::Value;
use statuary::config::Declaration;
use statuary::domain::{AlertSource, CheckResult, CheckStatus, Impact, IncidentStatus, Role, Rule, ServiceStatus};
use statuary::ops::apply::{self, ApplyOptions};
use statuary::ops::group::{AddGroup, EditGroup};
use statuary::ops::incident::{EditIncident, EditUpdate, NamedStatus, OpenIncident, UpdateIncident};
use statuary::ops::maintenance::{EditMaintenance, End, ScheduleMaintenance, UpdateMaintenance};
use statuary::ops::message::Message;
use statuary::ops::report::ApplyReport;
use statuary::ops::service::{ServiceSettings, SetStatus};
use statuary::ops::token::CreateToken;
use statuary::ops::{Deed, Org, check, export, group, import, incident, ingest, maintenance, service, token, undo};

use crate::fresh_org::{ACTOR, FreshOrg, at, deed, write};
use crate::real_cstate::folders;
use crate::real_statuspage::{incident_documents, json_files, real_data};

/// Where an organization comes from, and how it is taken over.
type Source = (String, Box<dyn Fn(&mut FreshOrg) -> bool + Send + Sync>);

fn now() -> DateTime<Utc> {
    at("2026-11-22T12:00:00Z")
}

#[test]
fn whatever_was_taken_over_and_lived_with_comes_back() {
    let mut sources = vec![example()];
    match real_data("whatever_was_taken_over_and_lived_with_comes_back, but for the example") {
        Some(data) => sources.extend(real_sources(&data)),
        None => assert_eq!(sources.len(), 1),
    }
    let unusable: Vec<&str> = sources
        .par_iter()
        .filter_map(|(name, take_over)| {
            let mut fresh = FreshOrg::new("acme", now());
            if !take_over(&mut fresh) {
                return Some(name.as_str());
            }
            assert_comes_back(&mut fresh, name);
            live(&mut fresh.org);
            assert_comes_back(&mut fresh, &format!("{name}, lived with"));
            None
        })
        .collect();
    // Every file of every page says something that can be used.
    assert_eq!(unusable, Vec::<&str>::new());
}

fn example() -> Source {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("example-org");
    let take_over = move |fresh: &mut FreshOrg| {
        write(&fresh.org.folder.settings_file(), std::fs::read(folder.join("org.toml")).unwrap());
        fresh.reopen();
        let dump = folder.join("dump.json");
        import::dump(&mut fresh.org, &dump, false, &deed(now())).unwrap();
        assert!(fresh.dump() == std::fs::read_to_string(dump).unwrap(), "the example's dump is another one after reading it");
        true
    };
    ("the example".to_owned(), Box::new(take_over))
}

/// Every real page there is: GitHub's whole history, each payload of a Statuspage alone, each cState site, each Upptime repository.
fn real_sources(data: &Path) -> Vec<Source> {
    let statuspage = data.join("statuspage");
    let mut payloads = json_files(&statuspage);
    let mut snapshots = Vec::new();
    for folder in folders(&statuspage) {
        snapshots.extend(json_files(&statuspage.join(folder)));
    }
    payloads.extend(snapshots.iter().cloned());
    assert_eq!(payloads.len(), 94);
    let mut sources: Vec<Source> = Vec::new();
    let (whole, all) = (data.to_owned(), snapshots);
    sources.push((
        "the history of GitHub".to_owned(),
        Box::new(move |fresh| {
            incident_documents(&whole, &fresh.path("documents"));
            let documents = fresh.path("documents");
            let paths: Vec<PathBuf> = std::iter::once(documents).chain(all.iter().cloned()).collect();
            let report = fresh.import(&paths, now());
            report.incidents.added > 600
        }),
    ));
    for payload in payloads {
        let take_over = move |fresh: &mut FreshOrg, payload: &Path| {
            import::statuspage(&mut fresh.org, &[payload.to_owned()], false, &deed(now()), &|_, _| {})
                .is_ok_and(|report| report.has_changes())
        };
        sources.push((payload.display().to_string(), Box::new(move |fresh| take_over(fresh, &payload))));
    }
    for folder in folders(&data.join("cstate")) {
        let folder = data.join("cstate").join(folder);
        sources.push((folder.display().to_string(), Box::new(move |fresh| fresh.import_cstate(&folder, now()).has_changes())));
    }
    for folder in folders(&data.join("upptime")) {
        let folder = data.join("upptime").join(folder);
        sources.push((folder.display().to_string(), Box::new(move |fresh| fresh.import_upptime(&folder, now()).has_changes())));
    }
    sources
}

/// The dump comes back in an empty organization; the declaration changes nothing here or there, and makes the same catalogue from nothing.
#[track_caller]
fn assert_comes_back(fresh: &mut FreshOrg, name: &str) {
    let (dump, declaration) = (fresh.dump(), declared(&fresh.org));
    let settings = std::fs::read(fresh.org.folder.settings_file()).unwrap();
    let mut copy = FreshOrg::new("acme", now());
    write(&copy.org.folder.settings_file(), &settings);
    copy.reopen();
    let file = copy.path("dump.json");
    write(&file, &dump);
    import::dump(&mut copy.org, &file, false, &deed(now())).unwrap_or_else(|error| panic!("{name}: {error:#}"));
    assert!(copy.dump() == dump, "{name}: the dump is another one after reading it");
    for org in [&mut fresh.org, &mut copy.org] {
        for prune in [false, true] {
            let report = applied(org, &declaration, prune);
            assert_eq!((&report.changes, report.public), (&Vec::new(), false), "{name}: applying what was exported");
        }
        assert!(declared(org) == declaration, "{name}: the declaration is another one");
    }
    assert!(fresh.dump() == dump && copy.dump() == dump, "{name}: applying the declaration changed the record");
    assert!(std::fs::read(fresh.org.folder.settings_file()).unwrap() == settings, "{name}: applying the declaration changed org.toml");
    let mut other = FreshOrg::new("acme", now());
    applied(&mut other.org, &declaration, true);
    assert!(declared(&other.org) == declaration, "{name}: the declaration makes another catalogue");
}

fn declared(org: &Org) -> String {
    export::declaration(org, None).unwrap().text.unwrap()
}

#[track_caller]
fn applied(org: &mut Org, declaration: &str, prune: bool) -> ApplyReport {
    let declaration = Declaration::parse(Path::new("acme.toml"), declaration).unwrap();
    apply::apply(org, &declaration, &ApplyOptions { prune, ..ApplyOptions::default() }, &deed(now())).unwrap()
}

/// A deed some minutes before now.
fn ago(minutes: i64) -> Deed {
    deed(now()).at(Some(now() - TimeDelta::minutes(minutes)))
}

fn named(service: &str, status: ServiceStatus) -> Vec<NamedStatus> {
    vec![NamedStatus { service: service.to_owned(), status: Some(status) }]
}

fn opening(title: &str, service: &str, status: ServiceStatus, draft: bool) -> OpenIncident {
    let message = Message::translated(Some("Words"), &[("de".to_owned(), "Worte".to_owned())]).unwrap();
    OpenIncident {
        title: title.to_owned(),
        impact: None,
        status: None,
        services: named(service, status),
        message,
        next_update: Some(now() + TimeDelta::hours(1)),
        draft,
    }
}

fn planning(title: &str, service: &str, in_hours: i64) -> ScheduleMaintenance {
    let from = now() + TimeDelta::hours(in_hours);
    ScheduleMaintenance {
        title: title.to_owned(),
        from,
        until: from + TimeDelta::hours(1),
        services: vec![service.to_owned()],
        message: Some("Plan".into()),
        auto_start: true,
        auto_finish: false,
        repeat: None,
    }
}

/// Three failures within as many minutes, of which the rule makes a draft.
fn failures(org: &mut Org, service: &str) {
    let result = |minute: i64| CheckResult {
        status: CheckStatus::Down,
        at: now() - TimeDelta::minutes(minute),
        latency_ms: Some(5),
        message: Some("timeout".to_owned()),
    };
    check::record(org, service, &[result(3), result(2), result(1)], &Deed::new("probe", now())).unwrap();
}

const ALERT: &[u8] =
    br#"{"monitor": {"id": 4, "name": "lived-web"}, "heartbeat": {"status": 0, "time": "2026-11-22 11:50:00", "msg": "timeout"}}"#;

/// Something of everything that can be done since.
fn live(org: &mut Org) {
    group::add(org, &AddGroup { slug: "lived".parse().unwrap(), name: "Lived".to_owned(), position: None }, &ago(90)).unwrap();
    group::edit(org, "lived", &EditGroup { description: Some("A \u{200f}line".to_owned()), ..EditGroup::default() }, &ago(89)).unwrap();
    for slug in ["lived-api", "lived-web", "lived-gone", "lived-spare"] {
        let settings =
            ServiceSettings { group: Some("lived".to_owned()), description: Some("Two\nlines".to_owned()), ..ServiceSettings::default() };
        service::add(org, &slug.parse().unwrap(), &settings, &ago(88)).unwrap();
    }
    service::set_status(
        org,
        &SetStatus { service: "lived-api".to_owned(), status: ServiceStatus::PartialOutage, message: Some("By hand".to_owned()) },
        &ago(80),
    )
    .unwrap();
    let opened = incident::open(org, &opening("Lived through", "lived-gone", ServiceStatus::MajorOutage, false), &ago(70)).unwrap().thing;
    let key = opened.number.to_string();
    let update = UpdateIncident { status: Some(IncidentStatus::Monitoring), message: Some("More".into()), ..UpdateIncident::default() };
    incident::update(org, &key, &update, &ago(60)).unwrap();
    incident::edit_update(
        org,
        &key,
        1,
        &EditUpdate { translations: vec![("fr".to_owned(), "Mots".to_owned())], ..EditUpdate::default() },
        &deed(now()),
    )
    .unwrap();
    incident::edit(org, &key, &EditIncident { title: Some("Lived \"through\"".to_owned()), impact: Some(Impact::Critical) }, &deed(now()))
        .unwrap();
    incident::resolve(org, &key, None, &ago(50)).unwrap();
    incident::postmortem(org, &key, Some(&"# Why".into()), &ago(40)).unwrap();
    incident::open(org, &opening("Draft", "lived-spare", ServiceStatus::MajorOutage, true), &ago(30)).unwrap();
    let removed = incident::open(org, &opening("Removed", "lived-spare", ServiceStatus::MajorOutage, false), &ago(30)).unwrap().thing;
    incident::remove(org, &removed.number.to_string(), &deed(now())).unwrap();
    service::remove(org, "lived-gone", &deed(now())).unwrap();
    for (title, hours) in [("Kept", 3), ("Cancelled", 4), ("Removed", 5), ("Begun", -2)] {
        let plan = maintenance::schedule(org, &planning(title, "lived-api", hours), &ago(200)).unwrap().thing;
        let key = plan.key();
        match title {
            "Cancelled" => drop(maintenance::cancel(org, &key, None, &deed(now())).unwrap()),
            "Removed" => drop(maintenance::remove(org, &key, &deed(now())).unwrap()),
            "Begun" => {
                let message = UpdateMaintenance { message: Some("Still at it".into()), ..UpdateMaintenance::default() };
                maintenance::update(org, &key, &message, &deed(now())).unwrap();
            }
            _ => drop(
                maintenance::edit(
                    org,
                    &key,
                    &EditMaintenance { title: Some("Kept on".to_owned()), ..EditMaintenance::default() },
                    &deed(now()),
                )
                .unwrap(),
            ),
        }
    }
    let weekly = ScheduleMaintenance { repeat: Some(Rule::parse("weekly").unwrap()), ..planning("Weekly", "lived-web", 30) };
    let weekly = maintenance::schedule(org, &weekly, &ago(20)).unwrap().thing;
    let dates = weekly.repeat.unwrap().next;
    maintenance::cancel(org, dates[0].id.as_str(), None, &deed(now())).unwrap();
    let later = EditMaintenance {
        from: Some(dates[1].scheduled_for + TimeDelta::hours(2)),
        until: Some(End::After(TimeDelta::hours(1))),
        ..EditMaintenance::default()
    };
    maintenance::edit(org, dates[1].id.as_str(), &later, &deed(now())).unwrap();
    failures(org, "lived-spare");
    ingest::ingest(org, AlertSource::UptimeKuma, ALERT, &Deed::new("uptime-kuma", now())).unwrap();
    token::create(org, &CreateToken { name: "ci".parse().unwrap(), role: Role::Editor }, &deed(now())).unwrap();
    token::revoke(org, "ci", &deed(now())).unwrap();
    service::edit(org, "lived-web", &ServiceSettings { hidden: Some(true), ..ServiceSettings::default() }, &Deed::new("other", now()))
        .unwrap();
    undo::undo(org, &Deed::new("other", now())).unwrap();
    let settings = "[settings]\nname = 'Lived'\n[settings.uptime]\npartial_weight = 0.5\n";
    applied(org, settings, false);
}

/// A deed at random, on things at random; what rules refuse is refused.
fn any_deed(org: &mut Org, deed_number: u8, one: u8, other: u8, text: &str) {
    let slug = |number: u8| format!("s{}", number % 5);
    let key = (one % 6 + 1).to_string();
    let status = ServiceStatus::ALL[usize::from(other) % ServiceStatus::ALL.len()];
    let when = ago(i64::from(one) * 7 + i64::from(other));
    let settings = || ServiceSettings {
        name: Some(text.to_owned()),
        description: Some(text.to_owned()),
        group: (other.is_multiple_of(3)).then(|| format!("g{}", one % 3)),
        hidden: Some(other.is_multiple_of(5)),
        showcase: Some(other.is_multiple_of(2)),
        start_date: (other.is_multiple_of(4)).then(|| Some((now() - TimeDelta::days(i64::from(one))).date_naive())),
        ..ServiceSettings::default()
    };
    match deed_number % 18 {
        0 => drop(group::add(
            org,
            &AddGroup { slug: format!("g{}", one % 3).parse().unwrap(), name: text.to_owned(), position: None },
            &when,
        )),
        1 | 2 => drop(service::add(org, &slug(one).parse().unwrap(), &settings(), &when)),
        3 => drop(service::edit(org, &slug(one), &settings(), &when)),
        4 => drop(service::remove(org, &slug(one), &when)),
        5 => drop(service::set_status(org, &SetStatus { service: slug(one), status, message: Some(text.to_owned()) }, &when)),
        6 | 7 => drop(incident::open(org, &opening(text, &slug(one), status, other.is_multiple_of(4)), &when)),
        8 => {
            let status = Some(IncidentStatus::ALL[usize::from(other) % IncidentStatus::ALL.len()]);
            drop(incident::update(org, &key, &UpdateIncident { status, message: Some(text.into()), ..UpdateIncident::default() }, &when));
        }
        9 => drop(incident::resolve(org, &key, None, &when)),
        10 => drop(incident::publish(org, &key, &when)),
        11 => drop(incident::edit(org, &key, &EditIncident { title: Some(text.to_owned()), impact: None }, &when)),
        12 => drop(incident::remove(org, &key, &when)),
        13 => drop(maintenance::schedule(org, &planning(text, &slug(one), i64::from(other)), &when)),
        14 if other.is_multiple_of(2) => drop(maintenance::cancel(org, &key, None, &when)),
        14 => drop(maintenance::complete(org, &key, None, &when)),
        15 => drop(maintenance::remove(org, &key, &when)),
        16 => drop(group::remove(org, &format!("g{}", one % 3), &when)),
        _ => drop(undo::undo(org, &Deed::new(ACTOR, now()))),
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn whatever_is_done_comes_back(
        deeds in proptest::collection::vec((any::<u8>(), any::<u8>(), any::<u8>(), "[\\PC\u{200f}\n\"'\\\\#=]{1,12}"), 1..40),
    ) {
        let mut fresh = FreshOrg::new("acme", now() - TimeDelta::days(3));
        for (number, one, other, text) in &deeds {
            any_deed(&mut fresh.org, *number, *one, *other, text);
        }
        assert_comes_back(&mut fresh, "random deeds");
    }
}

#[test]
fn a_dump_can_be_read_on_any_terminal() {
    let mut fresh = FreshOrg::new("acme", now());
    live(&mut fresh.org);
    let dump = fresh.dump();
    assert!(dump.contains("A \\u200fline") && !dump.contains('\u{200f}'));
    let document: Value = serde_json::from_str(&dump).unwrap();
    assert!(document["groups"][0]["description"] == "A \u{200f}line");
    assert!(declared(&fresh.org).contains("description = \"A \\u200fline\"\n"));
}
