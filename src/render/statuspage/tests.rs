//! Every document against the strict schemas, and the rules the schemas cannot say.

use serde_json::{Value, json};

use super::*;
use crate::render::sample::{self, id, time};
use crate::snapshot::Entry;

macro_rules! schemas {
    ($($name:literal),* $(,)?) => {
        &[$(($name, include_str!(concat!("../../../tests/schemas/statuspage-v2/", $name, ".schema.json")))),*]
    };
}

const SCHEMAS: &[(&str, &str)] = schemas![
    "summary",
    "status",
    "components",
    "incidents",
    "incidents-unresolved",
    "scheduled-maintenances",
    "scheduled-maintenances-upcoming",
    "scheduled-maintenances-active",
    "incident-document",
];

/// The document as a value, after it proved valid.
#[track_caller]
fn valid(schema: &str, text: &str) -> Value {
    let (_, source) = SCHEMAS.iter().find(|(name, _)| *name == schema).unwrap();
    let validator = jsonschema::validator_for(&serde_json::from_str(source).unwrap()).unwrap();
    let document: Value = serde_json::from_str(text).unwrap();
    let errors: Vec<String> = validator.iter_errors(&document).map(|error| format!("{}: {error}", error.instance_path)).collect();
    assert!(errors.is_empty(), "{schema}: {errors:#?}");
    assert!(text.ends_with("}\n"));
    // The page is never older than what the document tells.
    let (told, page) = (newest(&document), document["page"]["updated_at"].as_str().unwrap());
    assert!(told.as_deref() <= Some(page), "{schema}: {told:?} is after {page}");
    document
}

/// The newest change that is told anywhere but of the page.
fn newest(value: &Value) -> Option<String> {
    match value {
        Value::Array(list) => list.iter().filter_map(newest).max(),
        Value::Object(object) => {
            let within = object.iter().filter(|(key, _)| *key != "page").filter_map(|(_, value)| newest(value)).max();
            within.max(object.get("updated_at").and_then(Value::as_str).map(str::to_owned))
        }
        _ => None,
    }
}

fn ids(list: &Value) -> Vec<&str> {
    list.as_array().unwrap().iter().map(|entry| entry["id"].as_str().unwrap()).collect()
}

/// Every document, of which none may say that the page is newer than the summary says.
fn all(snapshot: &Snapshot) {
    let whole = valid("summary", &summary(snapshot))["page"]["updated_at"].clone();
    let not_newer = |schema: &str, text: &str| {
        let page = valid(schema, text)["page"]["updated_at"].clone();
        assert!(page.as_str() <= whole.as_str(), "{schema}: {page} is after {whole}");
    };
    not_newer("status", &status(snapshot));
    not_newer("components", &components(snapshot));
    not_newer("incidents", &incidents(snapshot));
    not_newer("incidents-unresolved", &incidents_unresolved(snapshot));
    not_newer("scheduled-maintenances", &scheduled_maintenances(snapshot));
    not_newer("scheduled-maintenances-upcoming", &scheduled_maintenances_upcoming(snapshot));
    not_newer("scheduled-maintenances-active", &scheduled_maintenances_active(snapshot));
    for view in &snapshot.incidents {
        not_newer("incident-document", &incident_document(snapshot, view));
    }
    for view in &snapshot.maintenances {
        not_newer("incident-document", &maintenance_document(snapshot, view));
    }
}

#[test]
fn every_document_is_valid_also_with_hostile_text_and_without_anything() {
    all(&sample::snapshot());
    all(&sample::hostile());
    let mut empty = sample::snapshot();
    empty.entries.clear();
    empty.open_incidents.clear();
    empty.incidents.clear();
    empty.maintenances.clear();
    empty.organization.url = None;
    all(&empty);
    let summary = valid("summary", &summary(&empty));
    assert_eq!(summary["incidents"], json!([]));
    assert_eq!(summary["page"]["url"], "https://acme.invalid");
}

#[test]
fn keys_stand_in_the_order_in_which_statuspage_serves_them() {
    let text = summary(&sample::snapshot());
    let order =
        ["{\"page\":{\"id\":", "},\"components\":[", "],\"incidents\":[", "],\"scheduled_maintenances\":[", "],\"status\":{\"indicator\":"];
    let places: Vec<usize> = order.iter().map(|key| text.find(key).unwrap()).collect();
    assert!(places.is_sorted(), "{places:?}");
}

#[test]
fn components_come_in_page_order_each_group_before_its_services() {
    let document = valid("components", &components(&sample::snapshot()));
    let list = &document["components"];
    assert_eq!(ids(list), ["groupcorexxx", "gatewayxxxxx", "websitexxxxx", "groupdataxxx", "databasexxxx", "mailxxxxxxxx"]);
    assert_eq!(list[0]["components"], json!(["gatewayxxxxx", "websitexxxxx"]));
    assert_eq!((&list[0]["group"], &list[0]["showcase"], &list[0]["status"]), (&json!(true), &json!(false), &json!("partial_outage")));
    assert!(list[1].get("components").is_none());
    assert_eq!((&list[1]["group_id"], &list[1]["position"]), (&json!("groupcorexxx"), &json!(1)));
    assert_eq!((&list[5]["group_id"], &list[5]["start_date"]), (&Value::Null, &json!("2026-11-01")));
    // When a service or group last changed; what was only said of an incident since then changes nothing here.
    assert_eq!(document["page"]["updated_at"], "2026-11-22T14:10:00.000Z");
    assert_eq!(valid("status", &status(&sample::snapshot()))["page"]["updated_at"], "2026-11-22T14:20:00.000Z");
    assert_eq!(document["page"]["time_zone"], "Europe/Berlin");
}

#[test]
fn summary_holds_what_concerns_visitors_now() {
    let document = valid("summary", &summary(&sample::snapshot()));
    assert_eq!(ids(&document["incidents"]), ["incidentopen"]);
    assert_eq!(ids(&document["scheduled_maintenances"]), ["maintrunning", "maintupcoming"]);
    assert_eq!(document["status"], json!({"indicator": "minor", "description": "Minor Service Outage"}));
    let running = &document["scheduled_maintenances"][0];
    assert_eq!((&running["impact"], &running["status"]), (&json!("maintenance"), &json!("in_progress")));
    assert_eq!(running["started_at"], running["created_at"]);
    assert_eq!(running["shortlink"], "https://status.acme.example/pages/maintenance/maintrunning/");
    assert_eq!(running["incident_updates"][1]["affected_components"], json!([]));
    assert!(running.get("reminder_intervals").is_none());
}

#[test]
fn lists_of_maintenances_hold_their_states_and_never_a_cancelled_one() {
    let snapshot = sample::snapshot();
    let of =
        |schema, text: String| ids(&valid(schema, &text)["scheduled_maintenances"]).iter().map(ToString::to_string).collect::<Vec<_>>();
    assert_eq!(of("scheduled-maintenances", scheduled_maintenances(&snapshot)), ["maintrunning", "maintupcoming"]);
    assert_eq!(of("scheduled-maintenances-upcoming", scheduled_maintenances_upcoming(&snapshot)), ["maintupcoming"]);
    assert_eq!(of("scheduled-maintenances-active", scheduled_maintenances_active(&snapshot)), ["maintrunning"]);
}

#[test]
fn an_incident_tells_its_updates_newest_first() {
    let document = valid("incidents", &incidents(&sample::snapshot()));
    let incident = &document["incidents"][1];
    assert_eq!(incident["id"], "incidentdone");
    assert_eq!(incident["shortlink"], "https://status.acme.example/pages/incidents/incidentdone/");
    assert_eq!(incident["resolved_at"], "2026-10-20T12:00:00.000Z");
    assert_eq!(incident["monitoring_at"], Value::Null);
    assert_eq!(incident["reminder_intervals"], Value::Null);
    assert!(incident.as_object().unwrap().contains_key("reminder_intervals"));
    let updates = &incident["incident_updates"];
    assert_eq!(ids(updates), ["update000005", "update000004", "update000003"]);
    assert_eq!(updates[0]["body"], "<p>Fixed.</p>");
    assert_eq!(updates[0]["incident_id"], "incidentdone");
    // "No components were affected" names no service.
    assert_eq!(updates[1]["affected_components"], json!([]));
    assert_eq!(
        updates[2]["affected_components"],
        json!([
            {"code": "websitexxxxx", "name": "Core - Website", "old_status": "operational", "new_status": "major_outage"},
            {"code": "gonexxxxxxxx", "name": "Gone", "old_status": "operational", "new_status": "operational"},
        ])
    );
    assert_eq!(document["incidents"][0]["incident_updates"][0]["affected_components"], Value::Null);
    // Only what is still listed.
    assert_eq!(ids(&incident["components"]), ["websitexxxxx"]);
}

#[test]
fn the_services_of_an_incident_come_in_page_order() {
    let mut snapshot = sample::snapshot();
    let Entry::Group(group) = &snapshot.entries[0] else { panic!("a group") };
    let listed: Vec<_> = group.services.iter().map(|view| view.service.id.clone()).collect();
    let pattern = snapshot.open_incidents[0].services[0].clone();
    snapshot.open_incidents[0].services =
        listed.iter().rev().map(|id| crate::snapshot::NamedService { id: id.clone(), ..pattern.clone() }).collect();
    let document = valid("incidents-unresolved", &incidents_unresolved(&snapshot));
    assert_eq!(ids(&document["incidents"][0]["components"]), listed.iter().map(|id| id.as_str()).collect::<Vec<_>>());
}

#[test]
fn lists_carry_present_statuses_and_the_document_of_a_closed_incident_its_own() {
    let mut snapshot = sample::snapshot();
    let before = incident_document(&snapshot, &snapshot.incidents[1]);
    let Entry::Group(group) = &mut snapshot.entries[0] else { panic!("a group") };
    group.services[1].status = crate::domain::ServiceStatus::MajorOutage;
    group.services[1].updated_at = time("2026-11-22T14:29:00Z");
    group.services[0].status = crate::domain::ServiceStatus::DegradedPerformance;
    snapshot.updated_at = time("2026-11-22T14:29:00Z");
    assert_eq!(incident_document(&snapshot, &snapshot.incidents[1]), before);
    let closed = valid("incident-document", &before);
    assert_eq!(closed["page"]["updated_at"], "2026-10-20T12:00:00.000Z");
    assert_eq!(closed["incident"]["components"][0]["status"], "operational");
    assert_eq!(closed["incident"]["components"][0]["updated_at"], "2026-10-20T12:00:00.000Z");
    assert_eq!(valid("incidents", &incidents(&snapshot))["incidents"][1]["components"][0]["status"], "major_outage");
    let open = valid("incident-document", &incident_document(&snapshot, &snapshot.incidents[0]));
    assert_eq!(open["incident"]["components"][0]["status"], "degraded_performance");
    assert_eq!(open["page"]["updated_at"], "2026-11-22T14:20:00.000Z");
}

#[test]
fn lists_hold_fifty_and_follow_the_time_of_telling() {
    let mut snapshot = sample::snapshot();
    let (incident, maintenance) = (snapshot.incidents[1].clone(), snapshot.maintenances[2].clone());
    for number in 0..60_i64 {
        let mut view = incident.clone();
        view.incident.id = id(&format!("incident{number:04}"));
        view.incident.created_at = time("2026-09-01T00:00:00Z") + chrono::TimeDelta::hours(number);
        snapshot.incidents.push(view);
        let mut view = maintenance.clone();
        view.maintenance.id = id(&format!("maint{number:07}"));
        view.maintenance.scheduled_for = time("2027-01-01T00:00:00Z") + chrono::TimeDelta::hours(number);
        snapshot.maintenances.push(view);
    }
    let incidents = valid("incidents", &incidents(&snapshot));
    let incidents = ids(&incidents["incidents"]);
    assert_eq!((incidents.len(), incidents[1], incidents[2], incidents[49]), (50, "incidentdone", "incident0059", "incident0012"));
    let maintenances = valid("scheduled-maintenances", &scheduled_maintenances(&snapshot));
    let maintenances = ids(&maintenances["scheduled_maintenances"]);
    assert_eq!((maintenances.len(), maintenances[0], maintenances[49]), (50, "maint0000010", "maint0000059"));
}

#[test]
fn hostile_text_comes_back_as_it_was_and_never_as_a_tag() {
    let document = valid("summary", &summary(&sample::hostile()));
    assert_eq!(document["page"]["name"], sample::HOSTILE);
    assert_eq!(document["components"][0]["name"], sample::HOSTILE);
    assert_eq!(document["incidents"][0]["name"], sample::HOSTILE);
    assert!(!document["incidents"][0]["incident_updates"][0]["body"].as_str().unwrap().contains("<script"));
}
