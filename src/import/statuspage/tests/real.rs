//! Payloads saved from real pages: nothing is lost, and nothing is warned of.

use std::ffi::OsStr;
use std::io::Read;
use std::path::{Path, PathBuf};

use flate2::read::GzDecoder;

use super::*;
use crate::domain::ServiceStatus;

/// Folder of the saved payloads, where the tests have it.
#[expect(clippy::print_stderr, reason = "a skipped test says so")]
fn folder(test: &str) -> Option<PathBuf> {
    let data = std::env::var_os("STATUARY_TEST_DATA");
    if data.is_none() {
        eprintln!("SKIPPED: {test}, because STATUARY_TEST_DATA is not set");
    }
    data.map(|data| Path::new(&data).join("statuspage"))
}

/// Names and texts of the JSON files below `folder`, in order.
fn files_below(folder: &Path) -> Vec<(String, String)> {
    let mut files = Vec::new();
    for entry in folder.read_dir().unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files.extend(files_below(&path));
        } else if path.extension() == Some(OsStr::new("json")) {
            files.push((path.file_name().unwrap().to_str().unwrap().to_owned(), std::fs::read_to_string(&path).unwrap()));
        }
    }
    files.sort();
    files
}

/// What a set of files holds.
#[derive(Debug, Default, PartialEq)]
struct Count {
    files: usize,
    summaries: usize,
    groups: usize,
    services: usize,
    incidents: usize,
    maintenances: usize,
    updates: usize,
    silent_updates: usize,
    affected: usize,
    changes: usize,
    resolved: usize,
    monitored: usize,
}

impl Count {
    fn add(&mut self, file: &SourceFile) {
        self.files += 1;
        self.summaries += usize::from(file.lists_open);
        let components = file.components.clone().unwrap_or_default();
        self.groups += components.groups.len();
        self.services += components.services.len();
        self.incidents += file.incidents.len();
        self.maintenances += file.maintenances.len();
        for incident in &file.incidents {
            self.resolved += usize::from(incident.stated_resolved_at.is_some());
            self.monitored += usize::from(incident.stated_monitoring_at.is_some());
            incident.updates.iter().for_each(|update| self.add_affected(update.affected.as_deref()));
        }
        for maintenance in &file.maintenances {
            maintenance.updates.iter().for_each(|update| self.add_affected(update.affected.as_deref()));
        }
    }

    fn add_affected(&mut self, affected: Option<&[crate::domain::Affected]>) {
        self.updates += 1;
        self.silent_updates += usize::from(affected.is_none());
        for affected in affected.unwrap_or_default() {
            assert!(affected.service.is_some() && affected.old_status.is_some() && affected.new_status.is_some());
            self.affected += 1;
            self.changes += usize::from(affected.old_status != affected.new_status);
        }
    }
}

#[test]
fn saved_files_of_real_pages_are_read_whole() {
    let Some(folder) = folder("saved_files_of_real_pages_are_read_whole") else { return };
    let mut count = Count::default();
    for (name, text) in files_below(&folder) {
        // One is an imitation's, one was edited by hand.
        if name.starts_with("openai") || name.starts_with("renku") {
            continue;
        }
        let file = read(&text, &name);
        assert_eq!(file.warnings, Vec::<String>::new());
        match &file.page {
            Some(page) => assert_eq!(file.moment, Some(page.updated_at), "{name}"),
            None => assert_eq!(file.moment, Some(at("2025-11-21T22:50:15.585Z")), "{name}"),
        }
        if let Some(saved_at) = saved_at(&name) {
            assert!(file.moment.unwrap() <= saved_at, "{name}");
        }
        count.add(&file);
    }
    let expected = Count {
        files: 92,
        summaries: 78,
        groups: 114,
        services: 1733,
        incidents: 140,
        maintenances: 25,
        updates: 987,
        silent_updates: 338,
        affected: 1907,
        changes: 278,
        resolved: 52,
        monitored: 7,
    };
    assert_eq!(count, expected);
}

/// When a file called after its time was saved: `2025-05-08T152645Z.summary.json`.
fn saved_at(name: &str) -> Option<DateTime<Utc>> {
    let stamp = name.strip_suffix(".summary.json")?;
    chrono::NaiveDateTime::parse_from_str(stamp, "%Y-%m-%dT%H%M%SZ").ok().map(|time| time.and_utc())
}

#[test]
fn documents_of_real_incidents_are_read_whole() {
    let Some(folder) = folder("documents_of_real_incidents_are_read_whole") else { return };
    let packed = std::fs::read(folder.join("github-incident-documents.tar.gz")).unwrap();
    let mut archive = tar::Archive::new(GzDecoder::new(packed.as_slice()));
    let mut count = Count::default();
    for entry in archive.entries().unwrap() {
        let mut entry = entry.unwrap();
        let name = entry.path().unwrap().to_string_lossy().into_owned();
        let mut text = String::new();
        entry.read_to_string(&mut text).unwrap();
        let file = read(&text, &name);
        assert_eq!(file.warnings, Vec::<String>::new());
        let incident = &file.incidents[0];
        assert_eq!(name, format!("incidents/{}.json", incident.id));
        assert_eq!(incident.source_page, file.page.map(|page| page.id));
        let said = incident.updates.iter().rev().find(|update| update.status.is_over()).map(|update| update.display_at);
        assert_eq!(incident.stated_resolved_at, said, "{name}");
        assert!(file.moment.unwrap() >= incident.updated_at, "{name}");
        count.add(&SourceFile { page: None, ..file });
    }
    let updates = Count { updates: 1490, silent_updates: 744, affected: 1147, changes: 52, ..Count::default() };
    assert_eq!(count, Count { files: 660, incidents: 660, resolved: 660, monitored: 2, ..updates });
}

#[test]
fn a_real_summary_in_a_zone_of_its_own_is_exact() {
    let Some(folder) = folder("a_real_summary_in_a_zone_of_its_own_is_exact") else { return };
    let text = std::fs::read_to_string(folder.join("twilio-2020-06-16.summary.json")).unwrap();
    let file = read(&text, "twilio");
    let page = file.page.unwrap();
    assert_eq!((page.id.as_str(), page.name.as_str()), ("gpkpyklzq55q", "Twilio"));
    assert_eq!((page.url.as_deref(), page.time_zone.as_deref()), (Some("https://status.twilio.com/"), Some("America/Los_Angeles")));
    assert_eq!(file.moment, Some(at("2020-06-16T21:00:29.031Z")));
    assert_eq!((file.incidents.len(), file.maintenances.len()), (2, 9));
    let components = file.components.unwrap();
    assert_eq!((components.groups.len(), components.services.len()), (8, 65));
    assert!(file.maintenances.iter().any(|maintenance| maintenance.scheduled_for == at("2020-06-16T23:00:00Z")));
}

#[test]
fn a_real_summary_of_incident_io_is_read_whole() {
    let Some(folder) = folder("a_real_summary_of_incident_io_is_read_whole") else { return };
    let text = std::fs::read_to_string(folder.join("openai-incidentio-2026-09-29.summary.json")).unwrap();
    let file = read(&text, "openai");
    assert_eq!(file.warnings, Vec::<String>::new());
    assert!(file.lists_open && file.maintenances.is_empty());
    assert_eq!(file.moment, Some(at("2026-09-29T18:29:41Z")));
    let services = file.components.unwrap().services;
    assert_eq!(services.len(), 25);
    assert!(services.iter().any(|service| service.status == ServiceStatus::DegradedPerformance));
    let chat = file.incidents.iter().find(|incident| incident.title == "Support chat unavailable").unwrap();
    assert!(chat.updates[0].body.contains("[support@openai.com](mailto:support@openai.com \"support@openai.com\")"));
    assert_eq!((chat.created_at, chat.updates.len()), (at("2026-09-29T17:49:05Z"), 2));
    assert!(chat.updates.iter().all(|update| update.affected.is_none()));
}

#[test]
fn a_file_edited_by_hand_is_newer_than_its_page_says() {
    let Some(folder) = folder("a_file_edited_by_hand_is_newer_than_its_page_says") else { return };
    let text = std::fs::read_to_string(folder.join("renku-outage.summary.json")).unwrap();
    let file = read(&text, "renku");
    assert_eq!(file.page.unwrap().updated_at, at("2022-12-14T11:25:16.394Z"));
    assert_eq!(file.moment, Some(at("2023-10-17T10:32:48.431Z")));
}
