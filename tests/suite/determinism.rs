//! The same record and the same moment give the same bytes, and what has not changed is not written.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use chrono::{DateTime, TimeDelta, Utc};
use statuary::domain::{ServiceStatus, Subject};
use statuary::ops::incident::{NamedStatus, OpenIncident, UpdateIncident};
use statuary::ops::service::ServiceSettings;
use statuary::ops::{Deed, import, incident, service};
use statuary::snapshot::{self, Entry, EventView, Snapshot};
use statuary::store::{OrgStore, Scope, Window};

use crate::built_site::{BuiltSite, moment};
use crate::fresh_org::{FreshOrg, at, deed, memory_folder, write};
use crate::import_laws::{afterwards, whole_history};
use crate::real_statuspage::real_data;

/// A file of the example organization.
fn example(file: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("example-org").join(file)
}

/// After everything in the example.
fn after_the_example() -> DateTime<Utc> {
    at("2026-11-22T12:00:00Z")
}

/// The example organization's settings and record in an organization of its own.
fn example_org() -> FreshOrg {
    let mut fresh = FreshOrg::new("example", after_the_example());
    write(&fresh.org.folder.settings_file(), fs::read(example("org.toml")).unwrap());
    fresh.reopen();
    import::dump(&mut fresh.org, &example("dump.json"), false, &deed(after_the_example())).unwrap();
    fresh
}

/// Copies a folder, taking its entries in reverse order, so that no folder lists them as before.
fn copy_backwards(from: &Path, to: &Path) {
    let mut entries: Vec<PathBuf> = fs::read_dir(from).unwrap().map(|entry| entry.unwrap().path()).collect();
    entries.sort();
    for path in entries.iter().rev() {
        let to = to.join(path.file_name().unwrap());
        if path.is_dir() { copy_backwards(path, &to) } else { write(&to, fs::read(path).unwrap()) }
    }
}

#[test]
fn neither_zone_nor_locale_nor_home_nor_place_nor_threads_show_in_the_bytes() {
    let fresh = example_org();
    // Overrides, so that folders of several files are read too.
    let theme = Path::new(env!("CARGO_MANIFEST_DIR")).join("themes/default");
    for folder in ["words", "templates", "assets"] {
        copy_backwards(&theme.join(folder), &fresh.org.folder.overrides().join(folder));
    }
    let homes = memory_folder();
    let build = |folder: &Path, home: &str, zone: &str, locale: &str, threads: &str| {
        let output = Command::new(env!("CARGO_BIN_EXE_statuary"))
            .args(["build", "--force"])
            .current_dir(folder)
            .env_clear()
            .env("STATUARY_NOW", "2026-11-22T12:00:00Z")
            .env("HOME", homes.path().join(home))
            .env("TZ", zone)
            .env("LC_ALL", locale)
            .env("LANG", locale)
            .env("RAYON_NUM_THREADS", threads)
            .output()
            .unwrap();
        assert!(output.status.success(), "{output:?}");
        BuiltSite::read(&folder.join("public"))
    };
    let first = build(&fresh.org.folder.dir, "one", "UTC", "C", "2");
    let copy = fresh.path("elsewhere/deeper");
    copy_backwards(&fresh.org.folder.dir.join(".."), &copy);
    fs::read_dir(copy.join("example")).expect("the copy is there");
    for (home, zone, locale, threads) in
        [("two", "Asia/Kathmandu", "tr_TR.UTF-8", "1"), ("three", "America/St_Johns", "de_DE.ISO-8859-1", "7"), ("", "", "", "")]
    {
        let other = build(&copy.join("example"), home, zone, locale, threads);
        assert_eq!(first.differing(&other), Vec::<String>::new(), "{zone} {locale}, {threads} threads");
    }
    assert!(first.files.len() > 100);
}

/// Inode and time of last change of every file of a built site.
fn traces(folder: &Path, site: &BuiltSite) -> BTreeMap<String, (u64, i64, i64)> {
    let trace = |path: &String| {
        let metadata = fs::metadata(folder.join(path)).unwrap();
        (path.clone(), (metadata.ino(), metadata.mtime(), metadata.mtime_nsec()))
    };
    site.files.keys().map(trace).collect()
}

#[test]
fn an_unchanged_rebuild_writes_nothing() {
    let fresh = example_org();
    let now = after_the_example();
    let before = fresh.built(now);
    let public = fresh.org.folder.public();
    let traces_before = traces(&public, &before);
    let report = fresh.build(now);
    assert_eq!((report.written, report.removed, report.kept), (0, 0, before.files.len()));
    let after = BuiltSite::read(&public);
    assert_eq!(after.differing(&before), Vec::<String>::new());
    assert_eq!(traces(&public, &after), traces_before);
}

/// Builds again at `now`: the paths whose bytes changed, which are the paths that were written.
#[track_caller]
fn rewritten(fresh: &FreshOrg, before: &BuiltSite, now: DateTime<Utc>) -> (Vec<String>, BuiltSite) {
    let public = fresh.org.folder.public();
    let traces_before = traces(&public, before);
    let report = fresh.build(now);
    let after = BuiltSite::read(&public);
    after.assert_follows_the_contract();
    let traces_after = traces(&public, &after);
    let touched: Vec<String> =
        traces_after.iter().filter(|(path, trace)| traces_before.get(*path) != Some(*trace)).map(|(path, _)| path.clone()).collect();
    let changed = before.differing(&after);
    assert_eq!(touched, changed, "written although nothing changed, or the other way round");
    assert_eq!((report.written, report.removed), (touched.len(), 0));
    (changed, after)
}

#[test]
fn a_change_rewrites_only_the_pages_it_appears_on() {
    let mut fresh = example_org();
    let now = after_the_example();
    let before = fresh.built(now);

    let options = OpenIncident {
        title: "Labels print upside down".to_owned(),
        impact: None,
        status: None,
        services: vec![NamedStatus { service: "labels".to_owned(), status: Some(ServiceStatus::DegradedPerformance) }],
        message: Some("All of them.".into()),
        draft: false,
        next_update: None,
    };
    let id = incident::open(&mut fresh.org, &options, &deed(now)).unwrap().thing.id.to_string();
    let (changed, _) = rewritten(&fresh, &before, now);
    // What lists or counts it, and what carries the moment of the page's newest change.
    let mut expected = appearances(&id);
    // The page's own verdict is as bad as before, and degraded performance takes nothing from an uptime.
    expected.extend(["badge/labels.svg".to_owned(), "history/index.html".to_owned(), "sitemap.xml".to_owned()]);
    // These tell the status of the service, one of them beside a maintenance of old.
    expected.extend(["api/v2/components.json".to_owned(), "api/v2/scheduled-maintenances.json".to_owned()]);
    // Its day is among the days with trouble.
    expected.push("uptime/index.html".to_owned());
    expected.sort();
    assert_eq!(changed, expected);

    let later = now + TimeDelta::minutes(5);
    fresh.build(later);
    let before = BuiltSite::read(&fresh.org.folder.public());
    let update = UpdateIncident { message: Some("Turned round.".into()), ..UpdateIncident::default() };
    incident::update(&mut fresh.org, &id, &update, &deed(later)).unwrap();
    let (changed, _) = rewritten(&fresh, &before, later);
    // The list of months shows when the newest one last changed.
    let mut expected = appearances(&id);
    expected.push("history/index.html".to_owned());
    expected.sort();
    assert_eq!(changed, expected);
}

#[test]
fn neither_badges_nor_the_calendar_change_with_the_clock_alone() {
    let fresh = example_org();
    let before = fresh.built(after_the_example());
    let after = fresh.built(after_the_example() + TimeDelta::minutes(1));
    let changed = before.differing(&after);
    assert!(changed.contains(&"index.html".to_owned()), "time has passed: {changed:?}");
    assert!(!changed.iter().any(|path| path.starts_with("badge") || path.ends_with(".ics")), "{changed:?}");
    assert!(before.matching("badge", ".svg").count() > 30 && before.text("maintenance.ics").contains("BEGIN:VEVENT"));
    assert!(before.matching("services", "maintenance.ics").any(|(path, _)| before.text(path).contains("BEGIN:VEVENT")));
}

/// Where an incident about `labels` is told of, or the moment of the page's newest change is.
fn appearances(id: &str) -> Vec<String> {
    let paths = [
        "api/public/example.json",
        "api/public/example/2026-11.json",
        "api/v2/incidents.json",
        "api/v2/incidents/ID.json",
        "api/v2/incidents/unresolved.json",
        "api/v2/status.json",
        "api/v2/summary.json",
        "events.sse",
        "feed.json",
        "history.atom",
        "history.rss",
        "history/2026-11/index.html",
        "incidents/ID/index.html",
        "index.html",
        "services/labels/history.atom",
        "services/labels/index.html",
    ];
    paths.iter().map(|path| path.replace("ID", id)).collect()
}

#[test]
fn a_new_name_rewrites_only_what_shows_it() {
    let mut fresh = example_org();
    let now = after_the_example();
    let before = fresh.built(now);
    // At the moment of the newest change, so that no moment changes with it.
    let newest = moment(before.json("api/v2/summary.json")["page"].get("updated_at")).unwrap();
    let settings = ServiceSettings { name: Some("Customs forms".to_owned()), ..ServiceSettings::default() };
    service::edit(&mut fresh.org, "customs", &settings, &deed(newest)).unwrap();
    let (changed, after) = rewritten(&fresh, &before, now);
    let showing = after.files.keys().filter(|path| !path.ends_with(".png") && after.text(path).contains("Customs forms"));
    assert_eq!(changed, showing.cloned().collect::<Vec<_>>());
    assert!(changed.len() > 15 && changed.contains(&"maintenance/kmkbbar4ewrw/index.html".to_owned()), "{changed:#?}");
}

/// Builds the record of `fresh` and that of its dump, read into an empty organization of the same name.
#[track_caller]
fn assert_survives_its_dump(fresh: &FreshOrg, now: DateTime<Utc>) {
    let dump = fresh.dump();
    let file = fresh.path("dump.json");
    write(&file, &dump);
    let mut other = FreshOrg::new(fresh.org.folder.slug.as_str(), at("2020-01-01T00:00:00Z"));
    write(&other.org.folder.settings_file(), fs::read(fresh.org.folder.settings_file()).unwrap());
    other.reopen();
    import::dump(&mut other.org, &file, false, &Deed::new("somebody else", now)).unwrap();
    let again = other.dump();
    assert!(again == dump, "the dump changed on its way: {:?}", first_difference(&dump, &again));
    assert_eq!(fresh.built(now).differing(&other.built(now)), Vec::<String>::new());
}

fn first_difference<'a>(left: &'a str, right: &'a str) -> Option<(&'a str, &'a str)> {
    left.lines().zip(right.lines()).find(|(left, right)| left != right)
}

#[test]
fn the_example_survives_its_dump() {
    let fresh = example_org();
    assert!(fresh.dump() == fs::read_to_string(example("dump.json")).unwrap(), "example-org/dump.json is as `export` writes it");
    assert_survives_its_dump(&fresh, after_the_example());
    let moments = ["2026-11-22T12:00:00Z", "2026-08-01T00:00:00Z", "2026-03-15T13:30:00Z"];
    assert_a_window_loses_nothing(&fresh, 5, &moments.map(at));
}

#[test]
fn a_real_history_survives_its_dump_and_its_window() {
    let Some(data) = real_data("a_real_history_survives_its_dump_and_its_window") else { return };
    let mut fresh = FreshOrg::new("github", afterwards());
    let files = whole_history(&data, &fresh.path("documents"));
    fresh.import(&files, afterwards());
    assert_survives_its_dump(&fresh, afterwards());
    let moments = ["2026-11-22T12:00:00Z", "2026-08-17T19:30:00Z", "2026-04-28T17:00:00Z", "2025-04-16T10:00:00Z", "2022-03-17T14:00:00Z"];
    assert_a_window_loses_nothing(&fresh, 50, &moments.map(at));
}

/// What a build loads (what matters since its bars begin, and this many incidents) says the same of the present as the whole record.
#[track_caller]
fn assert_a_window_loses_nothing(fresh: &FreshOrg, newest: usize, moments: &[DateTime<Utc>]) {
    let store = OrgStore::open(&fresh.org.folder.database()).unwrap();
    let organization = fresh.org.settings.organization(&fresh.org.folder.slug, store.page_id().unwrap());
    let whole = store.history(Scope::Public, &organization, Window::EVERYTHING).unwrap();
    for now in moments {
        let window = Window::present(snapshot::since(*now, &organization), *now, newest);
        let part = store.history(Scope::Public, &organization, window).unwrap();
        // Seen from the past, the newest incidents are still to come.
        let newest = if whole.incidents.iter().all(|incident| incident.started_at <= *now) { newest } else { 0 };
        assert!(newest == 0 || part.incidents.len() < whole.incidents.len(), "the window cuts nothing off");
        let (part, whole) = (snapshot::snapshot(&part, *now), snapshot::snapshot(&whole, *now));
        assert_same(&part, &whole, newest);
    }
}

/// An entry without the moments before `from` at which statuses began: a window may not reach back to them.
fn without_old_changes(mut entry: Entry, from: DateTime<Utc>) -> Entry {
    let services = match &mut entry {
        Entry::Group(group) => group.services.as_mut_slice(),
        Entry::Service(service) => std::slice::from_mut(service),
    };
    for service in services.iter_mut().filter(|service| service.since.is_some_and(|since| since < from)) {
        service.since = None;
        service.updated_at = service.service.updated_at;
    }
    entry
}

/// The two say the same; the whole may know of more old incidents.
#[track_caller]
fn assert_same(part: &Snapshot, whole: &Snapshot, newest: usize) {
    let loaded = |event: &&EventView| match &event.event.subject {
        Subject::Incident(id) => part.incidents.iter().any(|view| view.incident.id == *id),
        _ => true,
    };
    let from = snapshot::since(part.at, &part.organization);
    let debug = |snapshot: &Snapshot| {
        let Snapshot { updated_at, valid_until, verdict, rollup, entries, open_incidents, maintenances, events, .. } = snapshot;
        // An event about an incident too old to be loaded is left out.
        let events: Vec<&EventView> = events.iter().filter(loaded).collect();
        let entries: Vec<Entry> = entries.iter().cloned().map(|entry| without_old_changes(entry, from)).collect();
        format!("{updated_at:#?} {valid_until:#?} {verdict:#?} {rollup:#?} {entries:#?} {open_incidents:#?} {maintenances:#?} {events:#?}")
    };
    let (left, right) = (debug(part), debug(whole));
    assert!(left == right, "at {}: {:?}", part.at, first_difference(&left, &right));
    assert!(part.incidents.iter().all(|view| whole.incidents.contains(view)), "the part knows incidents otherwise");
    let newest = whole.incidents.len().min(newest);
    assert_eq!(part.incidents.get(..newest), whole.incidents.get(..newest));
}
