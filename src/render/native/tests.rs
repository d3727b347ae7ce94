//! The native documents read back.

use serde_json::{Value, json};

use super::*;
use crate::render::sample::{self, time};

fn read(text: &str) -> Value {
    assert!(text.ends_with("}\n") && text.lines().count() == 1);
    serde_json::from_str(text).unwrap()
}

fn months() -> [String; 2] {
    ["2026-11", "2026-10"].map(str::to_owned)
}

fn sample_present() -> Value {
    read(&present(&sample::snapshot(), &months(), time("2026-11-22T14:31:05.25Z")))
}

#[test]
fn the_head_says_what_when_and_for_how_long() {
    let document = sample_present();
    assert_eq!(document["version"], 1);
    assert_eq!(document["built_at"], "2026-11-22T14:31:05.250Z");
    assert_eq!(document["at"], "2026-11-22T14:30:00.000Z");
    assert_eq!(document["valid_until"], "2026-11-22T16:00:00.000Z");
    assert_eq!(document["updated_at"], "2026-11-22T14:20:00.000Z");
    assert_eq!(
        document["page"],
        json!({
            "id": "pageacme0001", "slug": "acme", "name": "Acme", "description": "Rockets & more",
            "url": "https://status.acme.example/pages/", "present": "https://status.acme.example/pages/api/public/acme.json",
            "time_zone": "Europe/Berlin", "language": "en"
        })
    );
    assert_eq!(document["verdict"], json!({"status": "partial_outage", "kind": "some", "worst": ["API"], "affected": 2, "total": 4}));
    assert_eq!(document["status"], json!({"indicator": "minor", "description": "Minor Service Outage"}));
    assert_eq!(document["uptime_rule"], json!({"partial_weight": 0.3, "major_weight": 1.0}));
}

#[test]
fn services_have_bars_and_figures_only_where_the_page_shows_them() {
    let document = sample_present();
    assert_eq!(document["groups"][0]["services"], json!(["gatewayxxxxx", "websitexxxxx"]));
    assert_eq!(document["services"].as_array().unwrap().len(), 4);
    let api = &document["services"][0];
    assert_eq!(api["since"], "2026-11-22T14:10:00.000Z");
    assert_eq!(api["group"], "groupcorexxx");
    assert_eq!(api["uptime"]["days_90"], "70.0");
    assert_eq!(api["days"].as_array().unwrap().len(), 90);
    assert_eq!(
        api["days"][89],
        json!({"date": "2026-11-22", "worst": "partial_outage", "partial_seconds": 1200, "incidents": ["incidentopen"]})
    );
    assert_eq!(api["open_incidents"], json!(["incidentopen"]));
    let mail = &document["services"][3];
    assert_eq!(mail["days"], json!([]));
    assert_eq!(mail["uptime"], json!({"hours_24": null, "days_7": null, "days_30": null, "days_90": null}));
}

#[test]
fn incidents_tell_null_nothing_and_nobody_apart() {
    let document = sample_present();
    assert_eq!(document["open_incidents"][0]["updates"][0]["affected"], Value::Null);
    let updates = &document["recent_incidents"][0]["updates"];
    assert_eq!(
        updates[1]["affected"],
        json!([{"service": null, "name": "No components were affected by this update.", "old_status": null, "new_status": null}])
    );
    assert_eq!(updates[0]["body_markdown"], "Fixed.");
    assert_eq!(updates[0]["body_html"], "<p>Fixed.</p>");
    assert_eq!(document["maintenances"][1]["updates"][1]["affected"], json!([]));
    let gone = &document["recent_incidents"][0]["services"][1];
    assert_eq!((&gone["name"], &gone["url"], &gone["last_said"]), (&json!("Gone"), &Value::Null, &Value::Null));
}

#[test]
fn an_update_carries_its_translations_and_none_where_there_are_none() {
    let mut snapshot = sample::snapshot();
    let before = sample_present();
    let newest = snapshot.open_incidents[0].incident.updates.last_mut().unwrap();
    newest.translations = [("de".to_owned(), "Wir *sehen* <b>nach</b>.".to_owned())].into();
    let document = read(&present(&snapshot, &months(), snapshot.at));
    let update = document["open_incidents"][0]["updates"][0].clone();
    let html = "<p>Wir <em>sehen</em> &lt;b&gt;nach&lt;/b&gt;.</p>";
    assert_eq!(update["translations"], json!({"de": {"body_markdown": "Wir *sehen* <b>nach</b>.", "body_html": html}}));
    assert!(before["open_incidents"][0]["updates"][0].get("translations").is_none());
}

#[test]
fn cancelled_and_upcoming_maintenances_are_there_and_marked() {
    let document = sample_present();
    let list: Vec<(&Value, &Value)> =
        document["maintenances"].as_array().unwrap().iter().map(|entry| (&entry["status"], &entry["cancelled"])).collect();
    assert_eq!(list, [(&json!("cancelled"), &json!(true)), (&json!("in_progress"), &json!(false)), (&json!("scheduled"), &json!(false))]);
}

#[test]
fn what_is_older_than_90_days_is_only_in_its_month() {
    let mut snapshot = sample::snapshot();
    let at = |number: i64| time("2026-11-22T14:30:00Z") + chrono::TimeDelta::days(number);
    (snapshot.at, snapshot.valid_until) = (at(92), at(93));
    let document = read(&present(&snapshot, &months(), snapshot.at));
    assert_eq!(document["recent_incidents"], json!([]));
    assert_eq!(document["open_incidents"].as_array().unwrap().len(), 1);
    // The cancelled one is gone; the running one was never said to be over in this view.
    assert_eq!(document["maintenances"].as_array().unwrap().len(), 2);
    assert_eq!(document["months"][1], json!({"month": "2026-10", "url": "https://status.acme.example/pages/api/public/acme/2026-10.json"}));
}

#[test]
fn a_month_does_not_change_with_the_present() {
    let mut snapshot = sample::snapshot();
    let (incidents, maintenances) = (snapshot.incidents[1..].to_vec(), snapshot.maintenances[..1].to_vec());
    let (incidents, maintenances): (Vec<_>, Vec<_>) = (incidents.iter().collect(), maintenances.iter().collect());
    let before = month(&snapshot, "2026-10", &[], &incidents, &maintenances);
    let document = read(&before);
    assert_eq!(document["month"], "2026-10");
    assert_eq!(document["incidents"][0]["id"], "incidentdone");
    assert_eq!(document["maintenances"][0]["cancelled"], true);
    snapshot.updated_at = time("2026-11-22T14:29:00Z");
    snapshot.at = time("2026-11-22T15:00:00Z");
    snapshot.entries.clear();
    assert_eq!(month(&snapshot, "2026-10", &[], &incidents, &maintenances), before);
}

#[test]
fn a_months_newest_document_leads_to_its_earlier_ones() {
    let earlier = [month_name("2026-10", Some(1)), month_name("2026-10", Some(2))];
    let document = read(&month(&sample::snapshot(), &month_name("2026-10", None), &earlier, &[], &[]));
    let address = |part| format!("https://status.acme.example/pages/api/public/acme/2026-10-part-{part}.json");
    assert_eq!(document["earlier"], serde_json::json!([address(1), address(2)]));
}

#[test]
fn hostile_text_comes_back_as_it_was_and_never_as_a_tag() {
    let snapshot = sample::hostile();
    let document = read(&present(&snapshot, &months(), snapshot.at).replace(['\u{2028}', '\u{2029}', '\u{85}'], ""));
    let expected = sample::HOSTILE.replace(['\u{2028}', '\u{2029}', '\u{85}'], "");
    assert_eq!(document["open_incidents"][0]["title"], expected);
    assert_eq!(document["services"][0]["name"], expected);
    assert_eq!(document["open_incidents"][0]["updates"][0]["body_markdown"], expected);
    assert!(!document["open_incidents"][0]["updates"][0]["body_html"].as_str().unwrap().contains("<script"));
}
