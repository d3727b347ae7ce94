//! Payloads with nothing wrong: every shape, by Statuspage and by incident.io.

use super::*;
use crate::domain::{Affected, Impact, IncidentStatus, MaintenanceStatus, Origin, ServiceStatus};

#[test]
fn a_summary_is_read_whole() {
    let group = json!({"id": "group1", "name": "Core", "status": "operational", "created_at": "2025-01-01T00:00:00Z",
        "updated_at": "2025-01-01T00:00:00Z", "position": 3, "description": null, "showcase": false, "group_id": null, "group": true,
        "only_show_if_degraded": false, "components": ["api1"]});
    let mut child = service("api1", "partial_outage");
    child["group_id"] = json!("group1");
    let file = read_whole(&json!({"page": page(), "components": [child, group], "incidents": [incident()],
        "scheduled_maintenances": [maintenance()], "status": {"indicator": "minor", "description": "Minor Service Outage"}}));

    let read_page = file.page.unwrap();
    assert_eq!((read_page.id.as_str(), read_page.name.as_str()), ("page00000001", "Acme"));
    assert_eq!(read_page.url.as_deref(), Some("https://status.acme.example/"));
    assert_eq!(read_page.time_zone.as_deref(), Some("America/Los_Angeles"));
    assert_eq!(read_page.updated_at, at("2026-03-01T12:00:00.500Z"));
    assert_eq!(file.moment, Some(read_page.updated_at), "the window of the maintenance lies ahead and does not count");
    assert!(file.lists_open);
    assert_eq!((file.incidents.len(), file.maintenances.len()), (1, 1));

    let components = file.components.unwrap();
    let group = &components.groups[0];
    assert_eq!((group.id.as_str(), group.name.as_str(), group.position, &group.description), ("group1", "Core", 3, &None));
    let service = &components.services[0];
    assert_eq!(service.group, Some(id("group1")), "a service may come before its group");
    assert_eq!((service.status, service.position), (ServiceStatus::PartialOutage, 7));
    assert_eq!(service.description.as_deref(), Some("What it does"));
    assert_eq!(service.start_date.unwrap().to_string(), "2025-01-02");
    assert!(!service.showcase && service.only_show_if_degraded);
    assert_eq!((service.created_at, service.updated_at), (at("2025-01-01T00:00:00Z"), at("2025-02-01T00:00:00Z")));
}

#[test]
fn an_incident_keeps_everything_it_says() {
    let file = read_whole(&json!({"page": page(), "incident": incident()}));
    let read = &file.incidents[0];
    assert_eq!((read.number, read.revision, read.draft, read.closed_by_source_at), (0, 0, false, None));
    assert_eq!((read.title.as_str(), read.impact), ("API is slow", Impact::Major));
    assert_eq!((read.created_at, read.started_at), (at("2026-02-01T10:00:00.100Z"), at("2026-02-01T09:59:00Z")));
    assert_eq!(read.updated_at, at("2026-02-01T12:00:00.400Z"));
    assert_eq!(read.stated_monitoring_at, Some(at("2026-02-01T11:00:00.200Z")));
    assert_eq!(read.stated_resolved_at, Some(at("2026-02-01T12:00:00.300Z")));
    assert_eq!(read.source_page, Some(id("page00000001")));
    let said: Vec<(&str, IncidentStatus)> = read.updates.iter().map(|update| (update.id.as_str(), update.status)).collect();
    let (first, second, third) = (IncidentStatus::Investigating, IncidentStatus::Monitoring, IncidentStatus::Resolved);
    assert_eq!(said, [("updateaaa", first), ("updatebbb", second), ("updateccc", third)]);
    let oldest = &read.updates[0];
    assert_eq!((oldest.number, oldest.body.as_str(), oldest.deliver_notifications), (0, "Said updateaaa", false));
    assert_eq!(oldest.origin, Origin::Import);
    let affected = oldest.affected.as_ref().unwrap();
    let (operational, partial) = (ServiceStatus::Operational, ServiceStatus::PartialOutage);
    let web = Affected { service: Some(id("web1")), name: "Old web".into(), old_status: Some(operational), new_status: Some(operational) };
    assert_eq!((affected[0].new_status, &affected[1]), (Some(partial), &web), "also where nothing changed, in order");
    assert_eq!(read.updates[1].affected, None);
    assert_eq!(file.names[&id("api1")], "Service api1", "an object's name is better than an update's, which is frozen");
    assert_eq!(file.names[&id("web1")], "Old web");
    assert!(!file.lists_open && file.components.is_none());
}

#[test]
fn a_maintenance_is_told_by_its_planned_start_in_every_shape() {
    let wrapped = [
        json!({"page": page(), "scheduled_maintenances": [maintenance()]}),
        json!({"page": page(), "incidents": [maintenance()]}),
        json!({"page": page(), "incident": maintenance()}),
        json!([maintenance()]),
        maintenance(),
    ];
    for value in &wrapped {
        let file = read_whole(value);
        assert_eq!((file.incidents.len(), file.maintenances.len(), file.lists_open), (0, 1, false), "{value}");
        assert_eq!(file.components, None, "{value}");
        let read = &file.maintenances[0];
        assert_eq!((read.auto_start, read.auto_finish, read.revision), (false, false, 0));
        assert_eq!((read.scheduled_for, read.scheduled_until), (at("2027-03-02T04:00:00Z"), at("2027-03-02T06:00:00Z")));
        assert_eq!(read.services, [id("api1"), id("web1")], "objects first, then codes of updates, each once");
        assert_eq!(read.updates[0].status, MaintenanceStatus::Scheduled);
        assert_eq!(read.stated_started_at, Some(at("2026-02-10T00:00:00Z")));
        assert_eq!((read.stated_monitoring_at, read.stated_resolved_at), (None, None));
        assert!(file.moment.unwrap() < at("2026-04-01T00:00:00Z"), "{value}");
    }
}

#[test]
fn lists_and_bare_incidents_are_read() {
    let lists = json!({"page": page(), "incidents": [incident()]});
    assert_eq!(read_whole(&lists).moment, Some(at("2026-03-01T12:00:00.500Z")));
    for bare in [json!([incident()]), incident()] {
        let file = read_whole(&bare);
        assert_eq!((file.incidents.len(), &file.page, file.lists_open), (1, &None, false));
        assert_eq!(file.incidents[0].source_page, Some(id("page00000001")), "its own page, where the file names none");
        assert_eq!(file.moment, Some(at("2026-02-01T12:00:00.400Z")));
    }
    let mut newer = lists;
    newer["incidents"][0]["updated_at"] = json!("2026-03-01T13:00:00.000Z");
    assert_eq!(read_whole(&newer).moment, Some(at("2026-03-01T13:00:00Z")), "newer than the page says of itself");
}

#[test]
fn files_may_state_little_or_nothing() {
    let status = read_whole(&json!({"page": page(), "status": {"indicator": "none", "description": "All Systems Operational"}}));
    assert!(status.page.is_some() && status.components.is_none() && !status.lists_open);
    let components = read_whole(&json!({"page": page(), "components": [service("api1", "operational")]}));
    assert!(components.components.is_some() && !components.lists_open);
    assert_eq!(read_whole(&json!({"page": page(), "incidents": []})).incidents, []);
    assert_eq!(read_whole(&json!([])).moment, None);
    assert_eq!(read("\u{feff}[]", "saved.json").warnings, Vec::<String>::new());
}

#[test]
fn the_imitation_of_incident_io_is_read() {
    let (page, incident, service) = ("01JMDK9XYNY6RXSED6SDWW50WY", "01M3Q4RK1SM4EMK445GGPG7C0N", "01JMXBRMFEQW613TFE89F45035");
    let update = |id: &str, time: &str| json!({"id": id, "status": "investigating", "body": "**Slow** <b>\r\n", "display_at": time});
    let file = read_whole(&json!({
        "page": {"id": page, "name": "Sky", "url": "https://status.sky.example/", "updated_at": "2026-09-29T18:29:41Z"},
        "components": [
            {"id": service, "name": "Realtime", "status": "degraded_performance", "created_at": "2025-02-25T01:32:55Z",
                "updated_at": "2026-09-29T18:29:41Z"},
            {"id": "01JNKS9D9S72PMP1938PVFFQN4", "name": "CLI", "status": "operational", "created_at": "2025-02-25T01:32:55Z",
                "updated_at": "2026-09-29T18:29:41Z", "position": 0}],
        "incidents": [{"id": incident, "name": "Slow", "status": "investigating", "impact": "minor", "incident_updates": [
            update("01M3Q6J3T2220NEB407NX63SS9", "2026-09-29T18:24:17Z"), update("01M3Q4RK1S5K0NQDA0FZ267QJC", "2026-09-29T17:52:52Z")]}],
        "status": {"indicator": "minor", "description": "Partial System Degradation"}}));
    assert!(file.lists_open, "without maintenances there is no key for them");
    let read_page = file.page.unwrap();
    assert_eq!((read_page.url.as_deref(), read_page.time_zone), (Some("https://status.sky.example/"), None));
    let services = file.components.unwrap().services;
    assert_eq!((services[0].position, services[1].position), (1, 0));
    assert!(services[0].showcase && !services[0].only_show_if_degraded && services[0].group.is_none());
    let read = &file.incidents[0];
    let oldest = at("2026-09-29T17:52:52Z");
    assert_eq!((read.created_at, read.started_at, read.updated_at), (oldest, oldest, at("2026-09-29T18:24:17Z")));
    assert_eq!((read.stated_monitoring_at, read.stated_resolved_at), (None, None));
    assert_eq!(read.updates[0].body, "**Slow** <b>\r\n", "Markdown already");
    assert_eq!((read.updates[0].created_at, read.updates[0].updated_at), (oldest, oldest));
    assert!(read.updates[0].deliver_notifications && read.updates[0].affected.is_none());
}

#[test]
fn any_ulid_or_a_page_without_zone_means_markdown() {
    let ulid = "01M3Q4RK1SM4EMK445GGPG7C0N";
    let body = |change: &dyn Fn(&mut Value)| {
        let mut value = json!({"page": page(), "incident": incident()});
        value["incident"]["incident_updates"][2]["body"] = json!("a\r\nb");
        change(&mut value);
        read_whole(&value).incidents[0].updates[0].body.clone()
    };
    assert_ne!(body(&|_| {}), "a\r\nb");
    assert_eq!(body(&|value| value["page"]["time_zone"] = json!(null)), "a\r\nb");
    assert_eq!(body(&|value| value["page"]["id"] = json!(ulid)), "a\r\nb");
    assert_eq!(body(&|value| value["incident"]["id"] = json!(ulid)), "a\r\nb");
    assert_eq!(body(&|value| value["incident"]["page_id"] = json!(ulid)), "a\r\nb");
    assert_eq!(body(&|value| value["incident"]["incident_updates"][0]["id"] = json!(ulid)), "a\r\nb");
}

#[test]
fn null_an_empty_list_and_no_services_stay_distinct() {
    let affected = |stated: Value| {
        let mut value = incident();
        value["incident_updates"][2]["affected_components"] = stated;
        read_whole(&value).incidents[0].updates[0].affected.clone()
    };
    assert_eq!(affected(json!(null)), None);
    assert_eq!(affected(json!([])), Some(vec![]));
    let name = "No components were affected by this update.";
    let none = Affected { service: None, name: name.into(), old_status: None, new_status: None };
    assert_eq!(affected(json!([{"name": name}])), Some(vec![none.clone()]));
    assert_eq!(affected(json!([{"name": name, "code": "api1"}])), Some(vec![none]));
    assert_eq!(affected(json!([{"code": "api1"}])).unwrap()[0].name, "api1");
}

#[test]
fn updates_of_one_moment_keep_the_order_of_the_source() {
    let time = "2026-02-01T12:00:00.300Z";
    let mut value = incident();
    let newest_first = json!([
        update("ccc", "resolved", time, &json!(null)),
        update("bbb", "monitoring", time, &json!(null)),
        update("zzz", "identified", "2026-02-01T10:00:00Z", &json!(null))
    ]);
    value["incident_updates"] = newest_first.clone();
    let order = |value: &Value| {
        let read = read_whole(value);
        read.incidents[0].updates.iter().map(|update| update.id.to_string()).collect::<Vec<_>>()
    };
    assert_eq!(order(&value), ["zzz", "bbb", "ccc"]);
    value["incident_updates"] = newest_first.as_array().unwrap().iter().rev().cloned().collect();
    assert_eq!(order(&value), ["zzz", "bbb", "ccc"], "oldest first, as others write it");
}

#[test]
fn the_newest_name_counts() {
    let old = incident();
    let mut new = incident();
    new["components"] = json!([]);
    new["id"] = json!("incident0002");
    for update in new["incident_updates"].as_array_mut().unwrap() {
        update["id"] = json!(update["id"].as_str().unwrap().replace("update", "later"));
        update["display_at"] = json!("2026-02-02T00:00:00Z");
    }
    new["incident_updates"][2]["affected_components"][1]["name"] = json!(" New web ");
    for order in [json!([old, new]), json!([new, old])] {
        let names = read_whole(&order).names;
        assert_eq!(names[&id("web1")], "New web");
        assert_eq!(names[&id("api1")], "Service api1", "an object's name, though an update is newer");
    }
}
