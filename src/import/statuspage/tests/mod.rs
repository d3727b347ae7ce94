//! Reading made-up payloads of every shape, broken ones, and the real ones.

use chrono::{DateTime, Utc};
use serde_json::{Value, json};

use super::{SourceFile, read};
use crate::domain::PublicId;

mod broken;
mod real;
mod shapes;

fn at(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

fn id(text: &str) -> PublicId {
    PublicId::parse(text).unwrap()
}

fn read_json(value: &Value) -> SourceFile {
    read(&value.to_string(), "saved.json")
}

/// The same, of a payload that has nothing wrong.
#[track_caller]
fn read_whole(value: &Value) -> SourceFile {
    let file = read_json(value);
    assert_eq!(file.warnings, Vec::<String>::new());
    file
}

fn page() -> Value {
    json!({"id": "page00000001", "name": "Acme", "url": "https://status.acme.example", "time_zone": "America/Los_Angeles",
        "updated_at": "2026-03-01T04:00:00.500-08:00"})
}

fn service(id: &str, status: &str) -> Value {
    json!({"id": id, "name": format!("Service {id}"), "status": status, "created_at": "2025-01-01T00:00:00.000Z",
        "updated_at": "2025-02-01T00:00:00.000Z", "position": 7, "description": "What it does", "showcase": false,
        "start_date": "2025-01-02", "group_id": null, "page_id": "page00000001", "group": false, "only_show_if_degraded": true})
}

fn update(id: &str, status: &str, display_at: &str, affected: &Value) -> Value {
    json!({"id": id, "status": status, "body": format!("Said {id}"), "incident_id": "incident0001", "created_at": display_at,
        "updated_at": display_at, "display_at": display_at, "affected_components": affected, "deliver_notifications": false,
        "custom_tweet": null, "tweet_id": null})
}

/// An incident of three updates, newest first, resolved.
fn incident() -> Value {
    json!({"id": "incident0001", "name": "API is slow", "status": "resolved", "created_at": "2026-02-01T10:00:00.100Z",
        "updated_at": "2026-02-01T12:00:00.400Z", "monitoring_at": "2026-02-01T11:00:00.200Z", "resolved_at": "2026-02-01T12:00:00.300Z",
        "impact": "major", "shortlink": "https://stspg.example/x", "started_at": "2026-02-01T09:59:00.000Z", "page_id": "page00000001",
        "incident_updates": [
            update("updateccc", "resolved", "2026-02-01T12:00:00.300Z",
                &json!([{"code": "api1", "name": "Core - API", "old_status": "partial_outage", "new_status": "operational"}])),
            update("updatebbb", "monitoring", "2026-02-01T11:00:00.200Z", &json!(null)),
            update("updateaaa", "investigating", "2026-02-01T10:00:00.100Z",
                &json!([{"code": "api1", "name": "Core - API", "old_status": "operational", "new_status": "partial_outage"},
                    {"code": "web1", "name": "Old web", "old_status": "operational", "new_status": "operational"}])),
        ],
        "components": [service("api1", "operational")], "reminder_intervals": null})
}

fn maintenance() -> Value {
    json!({"id": "maintenance1", "name": "New disks", "status": "scheduled", "created_at": "2026-02-10T00:00:00.000Z",
        "updated_at": "2026-02-10T00:00:00.000Z", "monitoring_at": null, "resolved_at": null, "impact": "maintenance",
        "shortlink": "https://stspg.example/m", "started_at": "2026-02-10T00:00:00.000Z", "page_id": "page00000001",
        "incident_updates": [update("updatemmm", "scheduled", "2026-02-10T00:00:00.000Z",
            &json!([{"code": "web1", "name": "Web", "old_status": "operational", "new_status": "operational"},
                {"code": "api1", "name": "Core - API", "old_status": "operational", "new_status": "under_maintenance"}]))],
        "components": [service("api1", "operational"), service("api1", "operational")],
        "scheduled_for": "2027-03-01T20:00:00.000-08:00", "scheduled_until": "2027-03-01T22:00:00.000-08:00"})
}
