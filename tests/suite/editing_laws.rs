//! What holds for every deed: its event says what it changed, taking it back leads to what was before, and a build after it makes exactly
//! the pages that a build from nothing makes.

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::Value;
use statuary::domain::{Impact, IncidentStatus, MaintenanceStatus, Rule, ServiceStatus};
use statuary::ops::build::{BuildOptions, build};
use statuary::ops::group::{AddGroup, EditGroup};
use statuary::ops::incident::{EditIncident, EditUpdate, NamedStatus, OpenIncident, UpdateIncident};
use statuary::ops::maintenance::{EditMaintenance, End, ScheduleMaintenance, UpdateMaintenance};
use statuary::ops::message::Message;
use statuary::ops::service::{ServiceSettings, SetStatus};
use statuary::ops::{Deed, Org, group, incident, maintenance, overview, service, undo};

use crate::built_site::BuiltSite;
use crate::fresh_org::{FreshOrg, at, deed};

fn now() -> DateTime<Utc> {
    at("2026-11-22T12:00:00Z")
}

/// A deed of these tests at `now`, dated back.
fn dated(text: &str) -> Deed {
    Deed { at: Some(at(text)), ..deed(now()) }
}

fn named(service: &str, status: ServiceStatus) -> NamedStatus {
    NamedStatus { service: service.to_owned(), status: Some(status) }
}

fn open(org: &mut Org, title: &str, service: &str, from: &str, draft: bool) {
    let services = vec![named(service, ServiceStatus::MajorOutage)];
    let message = Some(format!("Words of {title}").into());
    let options = OpenIncident { title: title.to_owned(), impact: None, status: None, services, message, draft, next_update: None };
    incident::open(org, &options, &dated(from)).unwrap();
}

fn schedule(org: &mut Org, title: &str, from: &str, hours: i64) {
    schedule_again(org, title, from, hours, None);
}

fn schedule_again(org: &mut Org, title: &str, from: &str, hours: i64, rule: Option<&str>) {
    let options = ScheduleMaintenance {
        title: title.to_owned(),
        from: at(from),
        until: at(from) + TimeDelta::hours(hours),
        services: vec!["api".to_owned()],
        message: Some(format!("Words of {title}").into()),
        auto_start: true,
        auto_finish: true,
        repeat: rule.map(|rule| Rule::parse(rule).unwrap()),
    };
    maintenance::schedule(org, &options, &dated("2026-09-01T00:00:00Z")).unwrap();
}

fn add_group(org: &mut Org, slug: &str) {
    group::add(org, &AddGroup { slug: slug.parse().unwrap(), name: slug.to_uppercase(), position: None }, &deed(now())).unwrap();
}

fn add(org: &mut Org, slug: &str, group: &str) {
    let settings = ServiceSettings { group: Some(group.to_owned()), ..ServiceSettings::default() };
    service::add(org, &slug.parse().unwrap(), &settings, &dated("2026-08-01T00:00:00Z")).unwrap();
}

/// Groups eu (api, web) and old (a removed service); incidents 1 (over, alone in September), 2 (over, with three updates), 3 (open) and
/// 4 (draft); maintenance 1 (over), 2 (to come) and 3 (weekly, from Tuesday on).
fn told() -> FreshOrg {
    let mut fresh = FreshOrg::new("acme", at("2026-08-01T00:00:00Z"));
    let org = &mut fresh.org;
    add_group(org, "eu");
    add_group(org, "old");
    add(org, "api", "eu");
    add(org, "web", "eu");
    add(org, "gone", "old");
    add(org, "spare", "");
    open(org, "Zebratitle", "api", "2026-09-10T10:00:00Z", false);
    incident::resolve(org, "1", Some(&"Zebraend".into()), &dated("2026-09-10T11:00:00Z")).unwrap();
    open(org, "Okapititle", "web", "2026-11-10T10:00:00Z", false);
    let update = UpdateIncident { message: Some("Okapimore".into()), ..UpdateIncident::default() };
    incident::update(org, "2", &update, &dated("2026-11-10T10:30:00Z")).unwrap();
    incident::resolve(org, "2", None, &dated("2026-11-10T11:00:00Z")).unwrap();
    open(org, "Gnutitle", "gone", "2026-11-22T10:00:00Z", false);
    open(org, "Drafttitle", "api", "2026-11-22T11:00:00Z", true);
    schedule(org, "Lynxwork", "2026-10-05T10:00:00Z", 1);
    schedule(org, "Lynxlater", "2026-11-25T10:00:00Z", 1);
    schedule_again(org, "Lynxweekly", "2026-11-24T10:00:00Z", 1, Some("FREQ=WEEKLY;COUNT=6"));
    service::remove(org, "gone", &deed(now())).unwrap();
    fresh
}

/// A deed and what it is called.
type Step = (&'static str, fn(&mut Org));

fn edited(org: &mut Org, incident: &str, number: usize, options: &EditUpdate, deed: &Deed) {
    incident::edit_update(org, incident, number, options, deed).unwrap();
}

const STEPS: &[Step] = &[
    ("incident open", |org| open(org, "Newtitle", "api", "2026-11-22T09:00:00Z", false)),
    ("incident open --draft", |org| open(org, "Newdraft", "api", "2026-11-22T09:00:00Z", true)),
    ("incident update", |org| {
        let services = vec![named("web", ServiceStatus::PartialOutage)];
        let update = UpdateIncident { services, message: Some("More".into()), impact: Some(Impact::Critical), ..UpdateIncident::default() };
        incident::update(org, "3", &update, &deed(now())).unwrap();
    }),
    ("incident update, translated", |org| {
        let message = Message::translated(Some("More"), &[("de".to_owned(), "Mehr".to_owned())]).unwrap();
        incident::update(org, "3", &UpdateIncident { message, ..UpdateIncident::default() }, &deed(now())).unwrap();
    }),
    ("a reopening", |org| {
        let update = UpdateIncident { status: Some(IncidentStatus::Investigating), ..UpdateIncident::default() };
        incident::update(org, "2", &update, &deed(now())).unwrap();
    }),
    ("incident resolve", |org| drop(incident::resolve(org, "3", Some(&"Done".into()), &deed(now())).unwrap())),
    ("incident publish", |org| drop(incident::publish(org, "4", &deed(now())).unwrap())),
    ("incident edit", |org| {
        let options = EditIncident { title: Some("Othertitle".to_owned()), impact: Some(Impact::Minor) };
        incident::edit(org, "1", &options, &deed(now())).unwrap();
    }),
    ("incident edit-update, words", |org| {
        edited(org, "2", 2, &EditUpdate { message: Some("Otherwords".to_owned()), ..EditUpdate::default() }, &deed(now()));
    }),
    ("incident edit-update, translations", |org| {
        let translations = vec![("de".to_owned(), "Worte".to_owned())];
        edited(org, "2", 2, &EditUpdate { translations, ..EditUpdate::default() }, &deed(now()));
    }),
    ("incident edit-update, services", |org| {
        let services = Some(vec![named("api", ServiceStatus::PartialOutage), named("spare", ServiceStatus::DegradedPerformance)]);
        edited(org, "2", 1, &EditUpdate { services, ..EditUpdate::default() }, &deed(now()));
    }),
    ("incident edit-update, no services", |org| {
        edited(org, "2", 1, &EditUpdate { services: Some(Vec::new()), ..EditUpdate::default() }, &deed(now()));
    }),
    ("incident edit-update, status", |org| {
        edited(org, "2", 3, &EditUpdate { status: Some(IncidentStatus::Monitoring), ..EditUpdate::default() }, &deed(now()));
    }),
    ("incident edit-update, to another month", |org| {
        edited(org, "1", 1, &EditUpdate::default(), &dated("2026-08-15T10:00:00Z"));
    }),
    ("incident edit-update, behind another", |org| {
        edited(org, "2", 1, &EditUpdate::default(), &dated("2026-11-10T10:45:00Z"));
    }),
    ("incident remove", |org| drop(incident::remove(org, "1", &deed(now())).unwrap())),
    ("incident remove, open", |org| drop(incident::remove(org, "3", &deed(now())).unwrap())),
    ("incident remove, draft", |org| drop(incident::remove(org, "4", &deed(now())).unwrap())),
    ("maintenance schedule", |org| schedule(org, "Newwork", "2026-11-22T11:00:00Z", 5)),
    ("maintenance start", |org| drop(maintenance::start(org, "2", None, &deed(now())).unwrap())),
    ("maintenance update", |org| {
        let update = UpdateMaintenance { status: None, message: Some("More".into()) };
        maintenance::update(org, "2", &update, &deed(now())).unwrap();
    }),
    ("maintenance complete", |org| drop(maintenance::complete(org, "2", None, &deed(now())).unwrap())),
    ("maintenance cancel", |org| drop(maintenance::cancel(org, "2", None, &deed(now())).unwrap())),
    ("maintenance edit", |org| {
        let options = EditMaintenance {
            title: Some("Otherwork".to_owned()),
            from: Some(at("2026-11-22T11:30:00Z")),
            until: Some(End::After(TimeDelta::hours(2))),
            services: Some(vec!["web".to_owned()]),
            auto_start: None,
            auto_finish: Some(false),
            repeat: None,
        };
        maintenance::edit(org, "2", &options, &deed(now())).unwrap();
    }),
    ("maintenance edit, to another month", |org| {
        let from = Some(at("2026-07-05T10:00:00Z"));
        maintenance::edit(org, "1", &EditMaintenance { from, ..EditMaintenance::default() }, &deed(now())).unwrap();
    }),
    ("maintenance schedule, again and again", |org| schedule_again(org, "Newdates", "2026-11-23T09:00:00Z", 1, Some("daily"))),
    ("maintenance cancel, a date", |org| drop(maintenance::cancel(org, "3@2026-12-01", Some(&"No".into()), &deed(now())).unwrap())),
    ("maintenance edit, a date", |org| {
        let options = EditMaintenance {
            from: Some(at("2026-12-09T10:00:00Z")),
            until: Some(End::After(TimeDelta::hours(3))),
            ..EditMaintenance::default()
        };
        maintenance::edit(org, "3@2026-12-08", &options, &deed(now())).unwrap();
    }),
    ("maintenance update, a date", |org| {
        let update = UpdateMaintenance { status: None, message: Some("More".into()) };
        maintenance::update(org, "3@2026-12-15", &update, &deed(now())).unwrap();
    }),
    ("maintenance edit, a series", |org| {
        let rule = Rule::parse("FREQ=WEEKLY;BYDAY=TU,TH").ok();
        let options = EditMaintenance { title: Some("Otherweekly".to_owned()), repeat: rule, ..EditMaintenance::default() };
        maintenance::edit(org, "3", &options, &deed(now())).unwrap();
    }),
    ("maintenance cancel, all dates", |org| drop(maintenance::cancel(org, "3", Some(&"No more".into()), &deed(now())).unwrap())),
    ("maintenance remove, a series", |org| drop(maintenance::remove(org, "3", &deed(now())).unwrap())),
    ("maintenance remove", |org| drop(maintenance::remove(org, "1", &deed(now())).unwrap())),
    ("maintenance remove, to come", |org| drop(maintenance::remove(org, "2", &deed(now())).unwrap())),
    ("service add", |org| add(org, "new", "eu")),
    ("service edit", |org| {
        let settings = ServiceSettings { name: Some("Otherservice".to_owned()), group: Some(String::new()), ..ServiceSettings::default() };
        service::edit(org, "web", &settings, &deed(now())).unwrap();
    }),
    ("service edit --hidden", |org| {
        let settings = ServiceSettings { hidden: Some(true), ..ServiceSettings::default() };
        service::edit(org, "api", &settings, &deed(now())).unwrap();
    }),
    ("service status", |org| {
        let status = SetStatus { service: "api".to_owned(), status: ServiceStatus::MajorOutage, message: Some("By hand".to_owned()) };
        service::set_status(org, &status, &dated("2026-11-22T06:00:00Z")).unwrap();
    }),
    ("service remove", |org| drop(service::remove(org, "api", &deed(now())).unwrap())),
    ("service remove, without a trace", |org| drop(service::remove(org, "spare", &deed(now())).unwrap())),
    ("group add", |org| add_group(org, "new")),
    ("group edit", |org| {
        let options = EditGroup {
            slug: Some("europe".parse().unwrap()),
            name: Some("Othergroup".to_owned()),
            description: Some("Described".to_owned()),
            position: Some(70),
        };
        group::edit(org, "eu", &options, &deed(now())).unwrap();
    }),
    ("group remove", |org| drop(group::remove(org, "old", &deed(now())).unwrap())),
];

/// The record without the log, and without the numbers of events in it.
fn record(fresh: &FreshOrg) -> Value {
    let mut record: Value = serde_json::from_str(&fresh.dump()).unwrap();
    record.as_object_mut().unwrap().remove("events");
    for list in ["incidents", "maintenances"] {
        for thing in record[list].as_array_mut().unwrap() {
            thing.as_object_mut().unwrap().remove("revision");
        }
    }
    record
}

/// Builds what is stale, and fails unless that is the site which a build of everything makes.
#[track_caller]
fn built(fresh: &FreshOrg, after: &str) -> BuiltSite {
    fresh.build(now());
    let site = BuiltSite::read(&fresh.org.folder.public());
    build(&fresh.org, &BuildOptions { force: true, ..BuildOptions::default() }, now(), &|_, _| {}).unwrap();
    let forced = BuiltSite::read(&fresh.org.folder.public());
    assert_eq!(site.differing(&forced), Vec::<String>::new(), "stale after {after}");
    site
}

/// The home page but for the line that names the generation of the site.
#[track_caller]
fn home_without_generation(site: &BuiltSite) -> Vec<&str> {
    site.text("index.html").lines().filter(|line| !line.starts_with("<meta name=\"statuary-generation\"")).collect()
}

#[test]
fn every_deed_can_be_taken_back_and_makes_the_right_pages_stale() {
    let mut fresh = told();
    let mut site = built(&fresh, "the beginning");
    for (name, step) in STEPS {
        let before = record(&fresh);
        step(&mut fresh.org);
        assert_ne!(record(&fresh), before, "{name}");
        let changed = built(&fresh, name);
        changed.assert_follows_the_contract();
        let event = overview::log(&fresh.org, None, 1).unwrap().events.remove(0);
        assert!(event.change.is_recorded(), "{name}: {event:?}");
        let report = undo::undo(&mut fresh.org, &deed(now())).unwrap_or_else(|error| panic!("{name}: {error}"));
        assert_eq!((report.undoes, report.sentence), (event.seq, format!("took back: {}", event.sentence)), "{name}");
        assert_eq!(report.public, changed != site, "{name}: whether visitors see it");
        assert_eq!(record(&fresh), before, "{name} was not taken back");
        let again = built(&fresh, name);
        let mut traces = again.differing(&site);
        // The stream tells that it was taken back, and the numbers of a calendar's events never shrink; the home page names the generation
        // of all files, those two included.
        traces.retain(|path| path != "events.sse" && !path.ends_with("maintenance.ics"));
        traces.retain(|path| path != "index.html" || home_without_generation(&again) != home_without_generation(&site));
        assert_eq!(traces, Vec::<String>::new(), "{name} left traces");
        site = again;
    }
}

#[test]
fn all_deeds_can_be_taken_back_one_after_the_other() {
    let mut fresh = told();
    let log = |fresh: &FreshOrg| overview::log(&fresh.org, None, 1000).unwrap().events;
    let (start, begun) = (record(&fresh), log(&fresh).len());
    let together: Vec<&Step> = STEPS
        .iter()
        .filter(|(name, _)| !name.contains("remove") && !name.contains("start") && !name.contains("complete") && *name != "group edit")
        // It calls off the dates that have rows one by one.
        .filter(|(name, _)| *name != "maintenance cancel, all dates")
        .collect();
    for (_, step) in &together {
        step(&mut fresh.org);
    }
    for _ in &together {
        undo::undo(&mut fresh.org, &deed(now())).unwrap();
    }
    assert_eq!(record(&fresh), start);
    let events = log(&fresh);
    assert_eq!(events.len(), begun + 2 * together.len());
    let undone: Vec<i64> = events.iter().filter_map(|event| event.change.undoes).collect();
    let seqs: Vec<i64> = events[begun..begun + together.len()].iter().rev().map(|event| event.seq).collect();
    assert_eq!(undone, seqs);
    // Numbers that somebody has seen come to mean nothing else.
    open(&mut fresh.org, "After", "api", "2026-11-22T09:00:00Z", false);
    assert_eq!(incident::show(&fresh.org, "7").unwrap().title, "After");
}

#[test]
fn what_is_removed_is_in_no_byte_of_the_next_build() {
    let mut fresh = told();
    let before = built(&fresh, "the beginning");
    let words = ["Zebratitle", "Zebraend", "Lynxwork", "Gnutitle"];
    let showing = |site: &BuiltSite, word: &str| site.files.values().any(|bytes| String::from_utf8_lossy(bytes).contains(word));
    let ids: Vec<String> = ["1", "3"].map(|number| incident::show(&fresh.org, number).unwrap().id.to_string()).into();
    for word in words.iter().copied().chain(ids.iter().map(String::as_str)) {
        assert!(showing(&before, word), "{word}");
    }
    for month in ["2026-09", "2026-10"] {
        before.bytes(&format!("history/{month}/index.html"));
    }
    incident::remove(&mut fresh.org, "1", &deed(now())).unwrap();
    incident::remove(&mut fresh.org, "3", &deed(now())).unwrap();
    maintenance::remove(&mut fresh.org, "1", &deed(now())).unwrap();
    let after = built(&fresh, "three removals");
    for word in words.iter().copied().chain(ids.iter().map(String::as_str)) {
        assert!(!showing(&after, word), "{word} is still there");
        assert!(!after.files.keys().any(|path| path.contains(word)), "{word} is still a name");
    }
    for month in ["2026-09", "2026-10"] {
        assert!(!after.files.keys().any(|path| path.contains(month)), "{month} is still there");
        for link in [format!("history/{month}"), format!("{month}.json"), format!("../{month}/")] {
            assert!(!showing(&after, &link), "{link} is still linked to");
        }
    }
}

#[test]
fn what_was_done_to_a_draft_stays_private_also_when_its_publication_was_taken_back() {
    let mut fresh = told();
    let deed = deed(now());
    incident::publish(&mut fresh.org, "4", &deed).unwrap();
    undo::undo(&mut fresh.org, &deed).unwrap();
    let identified = UpdateIncident { status: Some(IncidentStatus::Identified), ..UpdateIncident::default() };
    incident::update(&mut fresh.org, "4", &identified, &deed).unwrap();
    incident::publish(&mut fresh.org, "4", &deed).unwrap();
    let id = incident::show(&fresh.org, "4").unwrap().id;
    let stream = fresh.built(now()).text("events.sse").to_owned();
    let lines: Vec<&str> = stream.lines().filter(|line| line.contains(id.as_str())).collect();
    assert_eq!(lines.len(), 1, "{stream}");
    assert!(lines[0].contains("incident.opened"), "{stream}");
}

#[test]
fn a_record_with_changes_survives_its_dump_and_numbers_are_not_used_again() {
    let mut fresh = told();
    incident::remove(&mut fresh.org, "4", &deed(now())).unwrap();
    let update = UpdateMaintenance { status: Some(MaintenanceStatus::Verifying), message: None };
    maintenance::update(&mut fresh.org, "2", &update, &deed(now())).unwrap();
    undo::undo(&mut fresh.org, &deed(now())).unwrap();
    let dump = fresh.dump();
    let mut other = FreshOrg::new("acme", now());
    let file = other.path("dump.json");
    crate::fresh_org::write(&file, &dump);
    statuary::ops::import::dump(&mut other.org, &file, false, &deed(now())).unwrap();
    assert!(other.dump() == dump, "the dump changed on its way");
    open(&mut other.org, "After", "api", "2026-11-22T09:00:00Z", false);
    assert_eq!(incident::show(&other.org, "5").unwrap().title, "After");
    undo::undo(&mut other.org, &deed(now())).unwrap();
    undo::undo(&mut other.org, &deed(now())).unwrap();
    assert_eq!(incident::show(&other.org, "4").unwrap().title, "Drafttitle");
}

/// The rules of a deed hold for whoever asks, not for the command line alone.
#[test]
fn what_says_nothing_or_is_no_language_is_refused_by_the_deed_itself() {
    let mut fresh = FreshOrg::new("acme", now());
    let org = &mut fresh.org;
    service::add(org, &"api".parse().unwrap(), &ServiceSettings::default(), &deed(now())).unwrap();
    let named = |status: Option<ServiceStatus>| vec![NamedStatus { service: "api".to_owned(), status }];
    let down = OpenIncident {
        title: "Down".to_owned(),
        impact: None,
        status: None,
        services: named(None),
        message: Some("We look. \n".into()),
        draft: false,
        next_update: None,
    };
    let opened = incident::open(org, &down, &deed(now())).unwrap().thing;
    assert_eq!(opened.updates[0].body, "We look.");
    let before = fresh.dump();
    let org = &mut fresh.org;
    let mute = UpdateIncident { services: named(None), ..UpdateIncident::default() };
    let error = incident::update(org, "1", &mute, &deed(now())).unwrap_err();
    assert_eq!(error.to_string(), "`--service api` needs a status");
    let texts = |pairs: &[(&str, &str)]| pairs.iter().map(|(tag, text)| ((*tag).to_owned(), (*text).to_owned())).collect();
    for (edit, words) in [
        (EditUpdate { services: Some(named(None)), ..EditUpdate::default() }, "`--service api` needs a status"),
        (EditUpdate { translations: texts(&[("x_y", "a")]), ..EditUpdate::default() }, "`x_y` in `--message-lang` is not a language"),
        (
            EditUpdate { translations: texts(&[("de", "a"), ("DE", "b")]), ..EditUpdate::default() },
            "`--message-lang` is given twice for `de`",
        ),
        (EditUpdate { message: Some("We look.\n\n".to_owned()), ..EditUpdate::default() }, "nothing to change"),
    ] {
        assert_eq!(incident::edit_update(org, "1", 1, &edit, &deed(now())).unwrap_err().to_string(), words);
    }
    assert_eq!(fresh.dump(), before);
}
