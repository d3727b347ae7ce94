//! Real saved payloads of real pages: what goes in comes out, incident by incident and summary by summary.

use std::collections::BTreeMap;
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

use chrono::{DateTime, Utc};
use rayon::prelude::*;
use serde_json::Value;

use crate::built_site::{BuiltSite, moment, visible};
use crate::fresh_org::{FreshOrg, at};

/// The folder of real data, or a loud word that a test is skipped.
pub(crate) fn real_data(test: &str) -> Option<PathBuf> {
    let found = std::env::var_os("STATUARY_TEST_DATA").filter(|folder| !folder.is_empty()).map(PathBuf::from);
    if found.is_none() {
        // Past the capture of the test harness, so that it shows among passing tests.
        drop(writeln!(std::io::stderr(), "SKIPPED: {test}: STATUARY_TEST_DATA is not set"));
    }
    found
}

/// Unpacks the incident documents below `into`; their paths in order.
#[track_caller]
pub(crate) fn incident_documents(data: &Path, into: &Path) -> Vec<PathBuf> {
    let packed = fs::File::open(data.join("statuspage/github-incident-documents.tar.gz")).unwrap();
    tar::Archive::new(flate2::read::GzDecoder::new(packed)).unpack(into).unwrap();
    json_files(&into.join("incidents"))
}

/// The `.json` files of a folder in order.
#[track_caller]
pub(crate) fn json_files(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    let mut paths: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
    paths.retain(|path| path.extension().is_some_and(|extension| extension == "json"));
    paths.sort();
    paths
}

/// The document in a file.
#[track_caller]
pub(crate) fn read_json(path: &Path) -> Value {
    serde_json::from_slice(&fs::read(path).unwrap()).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// The newest moment a document tells of as past; what is only planned does not count.
pub(crate) fn newest_moment(document: &Value) -> Option<DateTime<Utc>> {
    match document {
        Value::Array(items) => items.iter().filter_map(newest_moment).max(),
        Value::Object(fields) => fields
            .iter()
            .filter_map(|(key, value)| if key.ends_with("_at") && value.is_string() { moment(Some(value)) } else { newest_moment(value) })
            .max(),
        _ => None,
    }
}

#[test]
fn every_incident_document_comes_back_whole() {
    let Some(data) = real_data("every_incident_document_comes_back_whole") else { return };
    let now = at("2026-11-22T12:00:00Z");
    let mut fresh = FreshOrg::new("github", now);
    let documents = incident_documents(&data, &fresh.path("documents"));
    let summary = json_files(&data.join("statuspage/github-snapshots")).pop().unwrap();
    let report = fresh.import(&[fresh.path("documents"), summary], now);
    assert_eq!(report.warnings, Vec::<String>::new());
    assert_eq!(report.files, 661);
    let site = fresh.built(now);
    let complaints: Vec<String> = documents
        .par_iter()
        .flat_map_iter(|path| {
            let source = read_json(path)["incident"].take();
            let id = source["id"].as_str().unwrap().to_owned();
            let built = site.json(&format!("api/v2/incidents/{id}.json"))["incident"].take();
            incident_differences(&source, &built).into_iter().map(move |complaint| format!("{id}: {complaint}"))
        })
        .collect();
    assert!(complaints.is_empty(), "{} differences\n{}", complaints.len(), complaints.join("\n"));
    assert_eq!(documents.len(), 660);
}

#[test]
fn every_unedited_summary_alone_comes_back() {
    let Some(data) = real_data("every_unedited_summary_alone_comes_back") else { return };
    let statuspage = data.join("statuspage");
    let mut summaries: Vec<PathBuf> = json_files(&statuspage);
    for folder in ["github-snapshots", "github-lifecycle-x69zbgdyfzg0", "github-lifecycle-jmfzh1p2yrg2"] {
        summaries.extend(json_files(&statuspage.join(folder)));
    }
    // Edited by hand, so no page ever said it.
    summaries.retain(|path| file_name(path).ends_with(".summary.json") && file_name(path) != "renku-outage.summary.json");
    assert_eq!(summaries.len(), 79);
    let complaints: Vec<String> = summaries.par_iter().flat_map_iter(|path| after_import(&mut None, path)).collect();
    assert!(complaints.is_empty(), "{}", complaints.join("\n"));
}

#[test]
fn summaries_in_order_come_back_each_in_turn() {
    let Some(data) = real_data("summaries_in_order_come_back_each_in_turn") else { return };
    let folders = [("github-snapshots", 30), ("github-lifecycle-x69zbgdyfzg0", 23), ("github-lifecycle-jmfzh1p2yrg2", 22)];
    let complaints: Vec<String> = folders
        .par_iter()
        .flat_map_iter(|(folder, count)| {
            let summaries = json_files(&data.join("statuspage").join(folder));
            assert_eq!(summaries.len(), *count, "{folder}");
            let mut fresh = None;
            summaries.iter().flat_map(|path| after_import(&mut fresh, path)).collect::<Vec<_>>()
        })
        .collect();
    assert!(complaints.is_empty(), "{}", complaints.join("\n"));
}

/// Imports a summary into an organization (a fresh one where there is none yet), builds at the summary's moment, and says what differs.
fn after_import(fresh: &mut Option<FreshOrg>, path: &Path) -> Vec<String> {
    let source = read_json(path);
    let now = newest_moment(&source).unwrap();
    let fresh = fresh.get_or_insert_with(|| FreshOrg::new("page", now));
    let report = fresh.import(&[path.to_owned()], now);
    assert_eq!(report.warnings, Vec::<String>::new(), "{}", path.display());
    let site = fresh.built(now);
    summary_differences(&source, &site, Dialect::of(path))
        .into_iter()
        .map(|complaint| format!("{}: {complaint}", file_name(path)))
        .collect()
}

fn file_name(path: &Path) -> &str {
    path.file_name().unwrap().to_str().unwrap()
}

/// Who wrote a payload.
#[derive(Clone, Copy, PartialEq)]
pub(crate) enum Dialect {
    Statuspage,
    /// incident.io's imitation: bodies are Markdown, and the description is none of Statuspage's seven.
    IncidentIo,
}

impl Dialect {
    fn of(path: &Path) -> Self {
        if file_name(path).contains("incidentio") { Self::IncidentIo } else { Self::Statuspage }
    }
}

/// How a built site's summary differs from the one it was imported from.
pub(crate) fn summary_differences(source: &Value, site: &BuiltSite, dialect: Dialect) -> Vec<String> {
    let built = site.json("api/v2/summary.json");
    let mut complaints = Vec::new();
    let mut same = |what: &str, source: &Value, built: &Value| {
        if source != built {
            complaints.push(format!("{what}: {source} became {built}"));
        }
    };
    same("indicator", &source["status"]["indicator"], &built["status"]["indicator"]);
    if dialect == Dialect::Statuspage {
        same("description", &source["status"]["description"], &built["status"]["description"]);
    }
    let statuses = |summary: &Value| -> Value {
        let components = summary["components"].as_array().unwrap().iter();
        components.map(|component| (component["id"].as_str().unwrap().to_owned(), component["status"].clone())).collect()
    };
    same("component statuses", &statuses(source), &statuses(&built));
    let ids = |summary: &Value, list: &str| -> Vec<Value> { items(summary, list).iter().map(|item| item["id"].clone()).collect() };
    same("unresolved incidents", &ids(source, "incidents").into(), &ids(&built, "incidents").into());
    let by_start = |summary: &Value| -> Value {
        let planned = items(summary, "scheduled_maintenances");
        let mut planned: Vec<_> = planned.iter().map(|item| (moment(item.get("scheduled_for")), item["id"].clone())).collect();
        planned.sort_by_key(|(start, id)| (*start, id.to_string()));
        planned.into_iter().map(|(_, id)| id).collect()
    };
    same("listed maintenances", &by_start(source), &by_start(&built));
    for list in ["incidents", "scheduled_maintenances"] {
        let built: BTreeMap<String, &Value> = items(&built, list).iter().map(|item| (item["id"].to_string(), item)).collect();
        for item in items(source, list) {
            let Some(twin) = built.get(&item["id"].to_string()) else { continue };
            let differences = match dialect {
                Dialect::Statuspage => incident_differences(item, twin),
                Dialect::IncidentIo => told_differences(item, twin),
            };
            complaints.extend(differences.into_iter().map(|complaint| format!("{}: {complaint}", item["id"])));
        }
    }
    complaints
}

fn items<'a>(summary: &'a Value, list: &str) -> &'a [Value] {
    summary.get(list).and_then(Value::as_array).map_or(&[], Vec::as_slice)
}

/// How a built incident or maintenance differs from its source, to the last update.
pub(crate) fn incident_differences(source: &Value, built: &Value) -> Vec<String> {
    let mut complaints = told_differences(source, built);
    for (source, built) in items(source, "incident_updates").iter().zip(items(built, "incident_updates")) {
        let body = |update: &Value| visible(update["body"].as_str().unwrap());
        if body(source) != body(built) {
            complaints.push(format!("body of {}: {:?} became {:?}", source["id"], body(source), body(built)));
        }
    }
    complaints
}

/// The same without the bodies.
fn told_differences(source: &Value, built: &Value) -> Vec<String> {
    let mut complaints = Vec::new();
    for key in ["id", "name", "status", "impact"] {
        if source[key] != built[key] {
            complaints.push(format!("{key}: {} became {}", source[key], built[key]));
        }
    }
    for key in ["created_at", "started_at", "monitoring_at", "resolved_at", "updated_at", "scheduled_for", "scheduled_until"] {
        if source.get(key).is_some() && moment(source.get(key)) != moment(built.get(key)) {
            complaints.push(format!("{key}: {} became {}", source[key], built[key]));
        }
    }
    let (before, after) = (items(source, "incident_updates"), items(built, "incident_updates"));
    if before.is_empty() || before.len() != after.len() {
        complaints.push(format!("{} updates became {}", before.len(), after.len()));
    }
    for (source, built) in before.iter().zip(after) {
        for key in ["id", "status", "affected_components"] {
            if source[key] != built[key] {
                complaints.push(format!("{key} of {}: {} became {}", source["id"], source[key], built[key]));
            }
        }
        if moment(source.get("display_at")) != moment(built.get("display_at")) {
            complaints.push(format!("display_at of {}: {} became {}", source["id"], source["display_at"], built["display_at"]));
        }
    }
    complaints
}
