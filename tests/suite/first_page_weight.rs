//! How much the first page weighs when everybody looks at it: in an incident, compressed as hosts compress it.

use std::fs;
use std::io::Write;
use std::path::Path;

use chrono::{DateTime, TimeDelta, Utc};
use flate2::Compression;
use flate2::write::GzEncoder;
use serde_json::Value;
use statuary::domain::{Impact, IncidentStatus, ServiceStatus};
use statuary::ops::group::AddGroup;
use statuary::ops::incident::{NamedStatus, OpenIncident, UpdateIncident};
use statuary::ops::maintenance::ScheduleMaintenance;
use statuary::ops::service::ServiceSettings;
use statuary::ops::{group, incident, maintenance, service};

use crate::fresh_org::{FreshOrg, at, deed};

const GROUPS: [(&str, &[&str]); 4] = [
    ("Product", &["Dashboard", "Sign-in", "Search", "Notifications", "Mobile app", "Billing"]),
    ("Developer platform", &["REST API", "GraphQL API", "Webhooks", "Package registry", "CI runners", "Docs"]),
    ("Data", &["Object storage", "Message queue", "Metrics", "Log archive"]),
    ("Edge", &["CDN Europe", "CDN Americas", "CDN Asia Pacific", "DNS"]),
];

/// An incident that is over: title, how bad, services, days ago, minutes, first words, last words.
type Past = (&'static str, ServiceStatus, &'static [&'static str], i64, i64, &'static str, &'static str);

const PAST: [Past; 10] = [
    (
        "DNS answers were stale after a zone update",
        ServiceStatus::DegradedPerformance,
        &["DNS"],
        77,
        73,
        "Some resolvers get addresses from before this morning's change.",
        "Two name servers had not heard of the change. All of them now ask for it every half a minute besides.",
    ),
    (
        "Uploads to object storage were slow",
        ServiceStatus::DegradedPerformance,
        &["Object storage"],
        70,
        88,
        "Large uploads take several times as long as usual.",
        "A rebalancing job had no limit to its bandwidth. It has one now, and uploads are as fast as before.",
    ),
    (
        "Metrics older than a week could not be read",
        ServiceStatus::PartialOutage,
        &["Metrics"],
        63,
        149,
        "Charts that reach back more than a week show gaps.",
        "Old blocks had a new place that the index did not know. They are read again, and none of them was lost.",
    ),
    (
        "Package downloads returned 503 in Frankfurt",
        ServiceStatus::PartialOutage,
        &["Package registry", "CDN Europe"],
        52,
        57,
        "About a third of downloads in Europe fail; trying again helps.",
        "One machine came back with its disk full and nothing in its cache. It is out of service until it is mended.",
    ),
    (
        "Invoices showed the wrong tax rate",
        ServiceStatus::DegradedPerformance,
        &["Billing"],
        41,
        310,
        "Invoices made since Monday name last year's rate.",
        "All 412 wrong invoices of Monday and Tuesday were replaced by right ones. Nobody has paid anything twice.",
    ),
    (
        "CI jobs queued for longer than usual",
        ServiceStatus::DegradedPerformance,
        &["CI runners"],
        33,
        205,
        "Jobs for large machines wait up to half an hour.",
        "There were too few of the big machines to rent. From now on a job takes the next smaller one before it waits.",
    ),
    (
        "Dashboard and API unavailable",
        ServiceStatus::MajorOutage,
        &["Dashboard", "REST API", "GraphQL API", "Mobile app"],
        26,
        34,
        "Every request that writes runs into a time-out.",
        "A migration held a lock that every request needed. It was stopped after 34 minutes, and our review of it follows on this incident's page.",
    ),
    (
        "Image thumbnails missing in Asia Pacific",
        ServiceStatus::DegradedPerformance,
        &["CDN Asia Pacific"],
        17,
        128,
        "Thumbnails stay grey for visitors in parts of Asia.",
        "A network we rely on took back its routes. Requests go by way of Osaka now, and all pictures are back.",
    ),
    (
        "Sign-in failed for accounts that use SAML",
        ServiceStatus::PartialOutage,
        &["Sign-in"],
        11,
        41,
        "Who signs in through a company's own page gets an error. Passwords and keys work.",
        "A new certificate had come without the one above it. Both are in place, and whoever changes the next one is now reminded of the second.",
    ),
    (
        "Webhook deliveries delayed by up to twenty minutes",
        ServiceStatus::DegradedPerformance,
        &["Webhooks", "Message queue"],
        4,
        96,
        "Events arrive late. None is lost.",
        "What had waited has arrived, each event one time and in its order. We have counted: none is missing.",
    ),
];

fn now() -> DateTime<Utc> {
    at("2026-11-22T10:04:00Z")
}

fn slug(name: &str) -> String {
    name.to_lowercase().replace(' ', "-")
}

fn named(names: &[&str], status: ServiceStatus) -> Vec<NamedStatus> {
    names.iter().map(|name| NamedStatus { service: slug(name), status: Some(status) }).collect()
}

/// Opens an incident at `from`; its id.
fn open(fresh: &mut FreshOrg, title: &str, message: &str, status: ServiceStatus, services: &[&str], from: DateTime<Utc>) -> String {
    let impact = match status {
        ServiceStatus::MajorOutage => Impact::Critical,
        ServiceStatus::PartialOutage => Impact::Major,
        _ => Impact::Minor,
    };
    let options = OpenIncident {
        title: title.to_owned(),
        impact: Some(impact),
        status: None,
        services: named(services, status),
        message: Some(message.into()),
        draft: false,
        next_update: None,
    };
    incident::open(&mut fresh.org, &options, &deed(from)).unwrap().thing.id.to_string()
}

fn update(fresh: &mut FreshOrg, id: &str, status: IncidentStatus, message: &str, services: Vec<NamedStatus>, at: DateTime<Utc>) {
    let options = UpdateIncident { status: Some(status), services, message: Some(message.into()), impact: None, next_update: None };
    incident::update(&mut fresh.org, id, &options, &deed(at)).unwrap();
}

/// Twenty services in each of these regions, with their incidents of 90 days.
fn organization(regions: &[&str]) -> FreshOrg {
    let begun = now() - TimeDelta::days(200);
    let mut fresh = FreshOrg::new("acme", begun);
    for (region, (group, names)) in regions.iter().flat_map(|region| GROUPS.map(|group| (region, group))) {
        let name = format!("{group}{region}");
        group::add(&mut fresh.org, &AddGroup { slug: slug(&name).parse().unwrap(), name: name.clone(), position: None }, &deed(begun))
            .unwrap();
        for service in names {
            let service = format!("{service}{region}");
            let settings = ServiceSettings { name: Some(service.clone()), group: Some(slug(&name)), ..ServiceSettings::default() };
            service::add(&mut fresh.org, &slug(&service).parse().unwrap(), &settings, &deed(begun)).unwrap();
        }
    }
    for (title, status, services, days, minutes, first, last) in PAST {
        let from = now() - TimeDelta::days(days);
        let id = open(&mut fresh, title, first, status, services, from);
        incident::resolve(&mut fresh.org, &id, Some(&last.into()), &deed(from + TimeDelta::minutes(minutes))).unwrap();
    }
    let from = at("2026-11-24T22:00:00Z");
    let options = ScheduleMaintenance {
        title: "Object storage: controller firmware".to_owned(),
        from,
        until: from + TimeDelta::minutes(90),
        services: vec!["object-storage".to_owned()],
        message: Some("Uploads may pause for a few seconds, twice. Downloads are not affected.".into()),
        auto_start: true,
        auto_finish: true,
        repeat: None,
    };
    maintenance::schedule(&mut fresh.org, &options, &deed(now() - TimeDelta::days(2))).unwrap();
    fresh
}

/// Bytes of the first page as `gzip -9` leaves them.
fn weight(fresh: &FreshOrg) -> usize {
    let site = fresh.built(now());
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(site.bytes("index.html")).unwrap();
    encoder.finish().unwrap().len()
}

#[test]
fn twenty_services_in_an_incident() {
    let mut fresh = organization(&[""]);
    let began = at("2026-11-22T09:18:00Z");
    let first = "About every sixth search finds nothing, or only after ten seconds and more. The rest of the dashboard is as always.";
    let title = "Search results are slow and sometimes empty";
    let id = open(&mut fresh, title, first, ServiceStatus::PartialOutage, &["Search"], began);
    let second = "A third of the index has lost its disk and is copied from its twin. Searches that need it may end in a time-out.";
    let dashboard = named(&["Dashboard"], ServiceStatus::DegradedPerformance);
    update(&mut fresh, &id, IncidentStatus::Identified, second, dashboard, began + TimeDelta::minutes(23));
    let third = "Six tenths are copied. By about 11:30 searches should find everything; we write then, or before if that is wrong.";
    update(&mut fresh, &id, IncidentStatus::Identified, third, Vec::new(), began + TimeDelta::minutes(41));
    let weight = weight(&fresh);
    assert!(weight <= 7_000, "{weight} bytes");
}

/// Texts of about 400 characters, each of which was said once in the example organization.
fn long_texts() -> impl Iterator<Item = String> {
    let dump = Path::new(env!("CARGO_MANIFEST_DIR")).join("example-org/dump.json");
    let dump: Value = serde_json::from_slice(&fs::read(dump).unwrap()).unwrap();
    let incidents = dump["incidents"].as_array().unwrap().iter();
    let said: Vec<String> = incidents
        .flat_map(|incident| incident["updates"].as_array().unwrap().iter())
        .filter_map(|update| update["body"].as_str().map(str::to_owned))
        .collect();
    let mut said = said.into_iter();
    std::iter::from_fn(move || {
        let mut text = String::new();
        while text.chars().count() < 310 {
            text = format!("{text} {}", said.next()?);
        }
        Some(text.trim().to_owned())
    })
}

#[test]
fn sixty_services_and_thirty_long_updates() {
    let mut fresh = organization(&["", " Americas", " Asia"]);
    let began = now() - TimeDelta::hours(20);
    let mut texts = long_texts();
    let services = ["Search", "Webhooks Americas", "Metrics Asia"];
    for (title, name) in ["Search results are slow and sometimes empty", "Webhooks come late", "Gaps in metrics"].into_iter().zip(services)
    {
        let id = open(&mut fresh, title, &texts.next().unwrap(), ServiceStatus::PartialOutage, &[name], began);
        for number in 1..10 {
            let message = texts.next().expect("thirty long texts");
            update(&mut fresh, &id, IncidentStatus::Identified, &message, Vec::new(), began + TimeDelta::minutes(number * 97));
        }
    }
    let weight = weight(&fresh);
    assert!(weight <= 14_000, "{weight} bytes");
}
