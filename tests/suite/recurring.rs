//! Maintenance that repeats: what its dates are in every output, what becomes of them by deeds, and that builds agree along the clock.

use std::collections::BTreeSet;

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::Value;
use statuary::domain::{Rule, ServiceStatus};
use statuary::ops::build::{BuildOptions, build};
use statuary::ops::incident::{NamedStatus, OpenIncident};
use statuary::ops::maintenance::{EditMaintenance, End, MaintenanceList, ScheduleMaintenance, UpdateMaintenance};
use statuary::ops::report::MaintenanceReport;
use statuary::ops::service::ServiceSettings;
use statuary::ops::{Org, incident, maintenance, overview, service, undo};

use crate::built_site::BuiltSite;
use crate::fresh_org::{FreshOrg, at, deed, write};

/// A Tuesday.
fn now() -> DateTime<Utc> {
    at("2026-12-01T00:00:00Z")
}

/// An organization in Berlin with the service `api` and weekly maintenance of two hours, on Tuesdays at two.
fn weekly() -> (FreshOrg, MaintenanceReport) {
    let mut fresh = FreshOrg::new("acme", now());
    write(&fresh.org.folder.settings_file(), "name = 'Acme'\nurl = 'https://status.acme.example'\ntime_zone = 'Europe/Berlin'\n");
    fresh.reopen();
    service::add(&mut fresh.org, &"api".parse().unwrap(), &ServiceSettings::default(), &deed(now())).unwrap();
    let series = schedule(&mut fresh.org, "FREQ=WEEKLY;BYDAY=TU", "2026-12-01T01:00:00Z", now());
    (fresh, series)
}

fn schedule(org: &mut Org, rule: &str, from: &str, now: DateTime<Utc>) -> MaintenanceReport {
    let options = ScheduleMaintenance {
        title: "Updates".to_owned(),
        from: at(from),
        until: at(from) + TimeDelta::hours(2),
        services: vec!["api".to_owned()],
        message: Some("Restarts take a minute.".into()),
        auto_start: true,
        auto_finish: true,
        repeat: Some(Rule::parse(rule).unwrap()),
    };
    maintenance::schedule(org, &options, &deed(now)).unwrap().thing
}

/// A build that knows of the one before comes to the bytes of one that does not.
#[track_caller]
fn same_as_fresh(fresh: &FreshOrg, now: DateTime<Utc>) -> BuiltSite {
    let site = fresh.built(now);
    build(&fresh.org, &BuildOptions { force: true, ..BuildOptions::default() }, now, &|_, _| {}).unwrap();
    let other = BuiltSite::read(&fresh.org.folder.public());
    assert_eq!(site.differing(&other), Vec::<String>::new(), "at {now}");
    site
}

fn ids(list: &Value) -> Vec<String> {
    list.as_array().unwrap().iter().map(|one| one["id"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn a_year_of_dates_is_in_every_output_under_the_same_ids() {
    let (fresh, series) = weekly();
    let site = same_as_fresh(&fresh, now());
    let native = site.json("api/public/acme.json");
    let dates = ids(&native["maintenances"]);
    assert_eq!(dates.len(), 53, "a year of Tuesdays");
    assert_eq!(native["series"][0]["dates"].as_array().unwrap().len(), 53);
    assert_eq!(native["series"][0]["rule"], "FREQ=WEEKLY;BYDAY=TU");
    assert_eq!(native["series"][0]["time_zone"], "Europe/Berlin");
    assert_eq!(native["maintenances"][0]["occurrence"]["series"], series.id.as_str());
    let starts: Vec<&str> = native["maintenances"].as_array().unwrap().iter().map(|one| one["scheduled_for"].as_str().unwrap()).collect();
    assert!(starts.contains(&"2027-03-23T01:00:00.000Z") && starts.contains(&"2027-03-30T00:00:00.000Z"), "two o'clock in summer, too");
    assert_eq!(ids(&site.json("api/v2/scheduled-maintenances/upcoming.json")["scheduled_maintenances"]), dates);
    assert_eq!(ids(&site.json("api/v2/summary.json")["scheduled_maintenances"]), dates[..1]);
    let newest = ids(&site.json("api/v2/scheduled-maintenances.json")["scheduled_maintenances"]);
    assert_eq!(newest, dates[..50], "the nearest");
    let calendar = site.text("maintenance.ics").replace("\r\n ", "");
    assert_eq!(calendar.matches("BEGIN:VEVENT").count(), 53);
    assert!(dates.iter().all(|id| calendar.contains(&format!("UID:maintenance-{id}@statuary"))));
    assert!(dates.iter().all(|id| site.files.contains_key(&format!("maintenance/{id}/index.html"))));
    assert!(dates.iter().all(|id| site.text("sitemap.xml").contains(&format!("maintenance/{id}/"))));
    let feed = site.text("history.atom");
    assert_eq!(feed.matches("<entry>").count(), 25);
    let home = site.text("index.html");
    assert_eq!(home.matches("Repeats weekly").count(), 1, "the next one says so");
    assert!(home.contains(&dates[0]) && !home.contains(&dates[1]));
    let page = site.text(&format!("maintenance/{}/index.html", series.id));
    assert!(dates.iter().all(|id| page.contains(&format!("maintenance/{id}/"))));
    assert!(site.text(&format!("maintenance/{}/index.html", dates[9])).contains(&format!("maintenance/{}/", series.id)));
}

#[test]
fn builds_along_the_clock_are_as_fresh_ones_and_rewrite_little() {
    let (mut fresh, _) = weekly();
    let mut moment = now();
    let mut before = same_as_fresh(&fresh, moment);
    let last = at("2026-12-16T00:00:00Z");
    let mut steps = 0;
    while moment < last {
        let next = overview::next(&fresh.org, moment).unwrap().next;
        assert!(next > moment);
        if steps % 3 == 0 {
            // Nothing changes but for what carries the moment of the build, and figures of work that goes on.
            let between = fresh.built(next - TimeDelta::milliseconds(1));
            let changed = before.differing(&between);
            assert!(
                changed.iter().all(|path| !path.starts_with("maintenance/") && !path.starts_with("api/v2/")),
                "{changed:?} before {next}"
            );
        }
        moment = next;
        let after = same_as_fresh(&fresh, moment);
        let changed = before.differing(&after);
        let pages = changed.iter().filter(|path| path.starts_with("maintenance/") || path.starts_with("api/v2/incidents/")).count();
        assert!(pages <= 6, "{pages} pages of maintenance at {moment}: {changed:?}");
        before = after;
        steps += 1;
    }
    // Trouble of the service is told where the present is, and not in a year of documents.
    let named = vec![NamedStatus { service: "api".into(), status: Some(ServiceStatus::MajorOutage) }];
    let down =
        OpenIncident { title: "Down".into(), impact: None, status: None, services: named, message: None, draft: false, next_update: None };
    incident::open(&mut fresh.org, &down, &deed(moment)).unwrap();
    let after = same_as_fresh(&fresh, moment);
    let documents = before.differing(&after).iter().filter(|path| path.starts_with("api/v2/incidents/")).count();
    assert_eq!(documents, 3, "the incident, what is open, and the next date");
    let native = after.json("api/public/acme.json");
    let over = native["maintenances"].as_array().unwrap().iter().filter(|one| one["status"] == "completed").count();
    assert_eq!(over, 3, "what is past stays");
    assert!(after.text("history.atom").contains("Down"));
}

#[test]
fn a_date_is_moved_called_off_or_begun_and_the_others_stay() {
    let (mut fresh, series) = weekly();
    let untouched = fresh.built(now());
    let dates = ids(&untouched.json("api/public/acme.json")["maintenances"]);
    let key = |day: &str| format!("{}@{day}", series.number.unwrap());
    let moved = EditMaintenance {
        from: Some(at("2026-12-09T01:00:00Z")),
        until: Some(End::After(TimeDelta::hours(1))),
        ..EditMaintenance::default()
    };
    let report = maintenance::edit(&mut fresh.org, &key("2026-12-08"), &moved, &deed(now())).unwrap().thing;
    assert_eq!((report.id.as_str(), report.number), (dates[1].as_str(), Some(2)), "it has a row and keeps its id");
    maintenance::cancel(&mut fresh.org, &dates[2], Some(&"Not before Christmas.".into()), &deed(now())).unwrap();
    maintenance::start(&mut fresh.org, &key("2026-12-01"), None, &deed(now())).unwrap();
    let site = same_as_fresh(&fresh, now());
    let native = site.json("api/public/acme.json");
    let told: Vec<(&str, &str, &str)> = native["maintenances"]
        .as_array()
        .unwrap()
        .iter()
        .take(4)
        .map(|one| (one["id"].as_str().unwrap(), one["status"].as_str().unwrap(), one["scheduled_for"].as_str().unwrap()))
        .collect();
    assert_eq!(
        told,
        [
            (dates[0].as_str(), "in_progress", "2026-12-01T01:00:00.000Z"),
            (dates[1].as_str(), "scheduled", "2026-12-09T01:00:00.000Z"),
            (dates[2].as_str(), "cancelled", "2026-12-15T01:00:00.000Z"),
            (dates[3].as_str(), "scheduled", "2026-12-22T01:00:00.000Z"),
        ]
    );
    let calendar = site.text("maintenance.ics").replace("\r\n ", "");
    let event = |id: &str| calendar.split("BEGIN:VEVENT").find(|event| event.contains(&format!("maintenance-{id}@"))).unwrap().to_owned();
    assert!(event(&dates[1]).contains("DTSTART:20261209T010000Z"));
    assert!(event(&dates[2]).contains("STATUS:CANCELLED"));
    let upcoming = ids(&site.json("api/v2/scheduled-maintenances/upcoming.json")["scheduled_maintenances"]);
    assert!(upcoming.contains(&dates[1]) && !upcoming.contains(&dates[2]) && upcoming.len() == 51);
    let feed = site.text("feed.json");
    assert!(
        [0, 1, 2].iter().all(|place| feed.contains(&format!("Maintenance/{}\"", dates[*place]))) && feed.contains("Not before Christmas.")
    );
    fresh.assert_dump_comes_back(now());
    // Taken back, each date is as the series says again, and calendars hear of it.
    for _ in 0..3 {
        undo::undo(&mut fresh.org, &deed(now())).unwrap();
    }
    let again = same_as_fresh(&fresh, now());
    let restored = again.json("api/public/acme.json");
    assert_eq!(restored["maintenances"], untouched.json("api/public/acme.json")["maintenances"]);
    let sequence = |site: &BuiltSite| {
        let calendar = site.text("maintenance.ics");
        calendar.lines().filter_map(|line| line.strip_prefix("SEQUENCE:")?.parse::<i64>().ok()).min().unwrap()
    };
    assert!(sequence(&again) > sequence(&site));
}

#[test]
fn a_date_that_nobody_began_keeps_no_other_from_its_turn() {
    let (mut fresh, series) = weekly();
    let key = series.number.unwrap();
    let by_hand = EditMaintenance { auto_start: Some(false), ..EditMaintenance::default() };
    maintenance::edit(&mut fresh.org, &key.to_string(), &by_hand, &deed(now())).unwrap();
    let more = UpdateMaintenance { status: None, message: Some("Somebody has touched this one.".into()) };
    maintenance::update(&mut fresh.org, &format!("{key}@2026-12-01"), &more, &deed(now())).unwrap();
    let (mut moment, mut shown) = (now(), Vec::new());
    let summary = |site: &BuiltSite| ids(&site.json("api/v2/summary.json")["scheduled_maintenances"]);
    while moment < at("2026-12-17T00:00:00Z") {
        let site = same_as_fresh(&fresh, moment);
        let next = overview::next(&fresh.org, moment).unwrap().next;
        assert_eq!(summary(&fresh.built(next - TimeDelta::milliseconds(1))), summary(&site), "{moment} until {next}");
        shown.push(summary(&site).len());
        moment = next;
    }
    assert!(shown.iter().all(|count| (1..=3).contains(count)), "{shown:?}");
    let told = same_as_fresh(&fresh, moment).json("api/public/acme.json");
    let statuses: Vec<&str> = told["maintenances"].as_array().unwrap().iter().take(4).map(|one| one["status"].as_str().unwrap()).collect();
    assert_eq!(
        statuses,
        ["scheduled", "cancelled", "scheduled", "scheduled"],
        "the touched one is up to people; the third has not lapsed yet"
    );
}

#[test]
fn feeds_tell_of_a_date_when_it_is_its_turn_and_never_ahead_of_time() {
    let (mut fresh, series) = weekly();
    let key = series.number.unwrap();
    let published = |site: &BuiltSite, id: &str| {
        let feed = site.json("feed.json");
        let item = feed["items"].as_array().unwrap().iter().find(|item| item["id"].as_str().unwrap().ends_with(id)).unwrap().clone();
        at(item["date_published"].as_str().unwrap())
    };
    let dates = ids(&same_as_fresh(&fresh, now()).json("api/public/acme.json")["maintenances"]);
    let over = at("2026-12-01T03:00:00Z");
    assert_eq!(published(&same_as_fresh(&fresh, over), &dates[1]), over);
    let called_off = at("2026-12-02T00:00:00Z");
    maintenance::cancel(&mut fresh.org, &format!("{key}@2026-12-08"), None, &deed(called_off)).unwrap();
    let site = same_as_fresh(&fresh, called_off);
    assert_eq!(published(&site, &dates[2]), called_off, "it is next since then");
    let feed = site.json("feed.json");
    let latest = feed["items"].as_array().unwrap().iter().map(|item| at(item["date_published"].as_str().unwrap())).max();
    assert_eq!(latest, Some(called_off));
}

#[test]
fn a_series_is_edited_from_now_on_called_off_and_removed() {
    let (mut fresh, series) = weekly();
    let key = series.number.unwrap().to_string();
    let later = at("2026-12-16T12:00:00Z");
    let before = fresh.built(later);
    let daily =
        EditMaintenance { title: Some("Nightly".to_owned()), repeat: Some(Rule::parse("daily").unwrap()), ..EditMaintenance::default() };
    maintenance::edit(&mut fresh.org, &key, &daily, &deed(later)).unwrap();
    let site = same_as_fresh(&fresh, later);
    let told = |site: &BuiltSite| -> Vec<(String, String)> {
        let native = site.json("api/public/acme.json");
        let one = |one: &Value| (one["title"].as_str().unwrap().to_owned(), one["scheduled_for"].as_str().unwrap().to_owned());
        native["maintenances"].as_array().unwrap().iter().map(one).collect()
    };
    let (old, new) = (told(&before), told(&site));
    assert_eq!(new[..3], old[..3], "what is past stays");
    assert_eq!(new[3], ("Nightly".to_owned(), "2026-12-17T01:00:00.000Z".to_owned()));
    assert_eq!(new.len(), 3 + 366);
    fresh.assert_dump_comes_back(later);
    undo::undo(&mut fresh.org, &deed(later)).unwrap();
    assert_eq!(told(&same_as_fresh(&fresh, later)), old, "what was recorded meanwhile is the same");
    maintenance::cancel(&mut fresh.org, &key, Some(&"No more.".into()), &deed(later)).unwrap();
    let site = same_as_fresh(&fresh, later);
    assert_eq!(site.json("api/public/acme.json")["series"][0]["status"], "cancelled");
    assert_eq!(ids(&site.json("api/v2/scheduled-maintenances/upcoming.json")["scheduled_maintenances"]), Vec::<String>::new());
    assert_eq!(site.text("maintenance.ics").matches("STATUS:CANCELLED").count(), old.len() - 3);
    // No more dates come, however late it is.
    let much_later = same_as_fresh(&fresh, later + TimeDelta::days(900));
    assert_eq!(much_later.text("maintenance.ics").matches("BEGIN:VEVENT").count(), old.len());
    maintenance::remove(&mut fresh.org, &key, &deed(later)).unwrap();
    let gone = same_as_fresh(&fresh, later);
    assert_eq!(told(&gone), []);
    let list = maintenance::list(&fresh.org, &MaintenanceList { every_date: true, ..MaintenanceList::default() }, later).unwrap();
    assert!(list.maintenances.is_empty() && list.series.is_empty());
    // The dates that were recorded come back with the series.
    undo::undo(&mut fresh.org, &deed(later)).unwrap();
    let back = same_as_fresh(&fresh, later);
    assert_eq!(told(&back), told(&site));
}

#[test]
fn what_a_series_names_in_secret_stays_secret() {
    let (mut fresh, series) = weekly();
    let secret = ServiceSettings { hidden: Some(true), ..ServiceSettings::default() };
    service::add(&mut fresh.org, &"vault".parse().unwrap(), &secret, &deed(now())).unwrap();
    let key = format!("{}@2026-12-08", series.number.unwrap());
    let services =
        EditMaintenance { title: Some("Zebrasecret".to_owned()), services: Some(vec!["vault".to_owned()]), ..EditMaintenance::default() };
    let id = maintenance::edit(&mut fresh.org, &key, &services, &deed(now())).unwrap().thing.id;
    let site = same_as_fresh(&fresh, now());
    let telling: Vec<&String> = site
        .files
        .iter()
        .filter(|(path, bytes)| {
            let text = String::from_utf8_lossy(bytes);
            path.contains(id.as_str()) || text.contains("Zebrasecret") || text.contains(id.as_str())
        })
        .map(|(path, _)| path)
        .collect();
    assert_eq!(telling, Vec::<&String>::new(), "neither the date nor what took its place");
    service::edit(&mut fresh.org, "api", &secret, &deed(now())).unwrap();
    let site = same_as_fresh(&fresh, now());
    assert!(site.files.keys().all(|path| !path.starts_with("maintenance/")));
    assert_eq!(site.json("api/public/acme.json")["series"], serde_json::json!([]));
}

#[test]
fn a_leap_day_and_a_service_that_is_renamed() {
    let mut fresh = FreshOrg::new("acme", now());
    service::add(&mut fresh.org, &"api".parse().unwrap(), &ServiceSettings::default(), &deed(now())).unwrap();
    schedule(&mut fresh.org, "yearly", "2028-02-29T01:00:00Z", at("2027-12-01T00:00:00Z"));
    let moments = ["2027-12-01T00:00:00Z", "2028-02-29T01:00:00Z", "2028-03-01T00:00:00Z", "2031-03-01T01:00:00Z", "2032-02-29T02:00:00Z"];
    let mut seen = BTreeSet::new();
    for moment in moments.map(at) {
        let site = same_as_fresh(&fresh, moment);
        assert_eq!(site.json("api/public/acme.json")["series"][0]["status"], "scheduled", "there is another one, however far ahead");
        seen.extend(ids(&site.json("api/v2/scheduled-maintenances.json")["scheduled_maintenances"]));
    }
    assert_eq!(seen.len(), 2, "2028 and 2032");
    let renamed = ServiceSettings { name: Some("Interface".to_owned()), ..ServiceSettings::default() };
    service::edit(&mut fresh.org, "api", &renamed, &deed(at("2032-02-29T02:00:00Z"))).unwrap();
    let site = same_as_fresh(&fresh, at("2032-02-29T02:00:00Z"));
    assert!(seen.iter().all(|id| site.text(&format!("maintenance/{id}/index.html")).contains("Interface")));
}
