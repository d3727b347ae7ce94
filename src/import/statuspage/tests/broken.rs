//! Payloads with something wrong: each warning, and that the rest is used.

use proptest::prelude::*;

use super::*;
use crate::domain::{Impact, IncidentStatus, MaintenanceStatus};

/// The warnings without the name of the file.
fn warnings(file: &SourceFile) -> Vec<&str> {
    file.warnings.iter().map(|warning| warning.strip_prefix("saved.json: ").unwrap()).collect()
}

/// An incident's document after a change.
fn changed(change: impl FnOnce(&mut Value)) -> SourceFile {
    let mut value = json!({"page": page(), "incident": incident()});
    change(&mut value["incident"]);
    read_json(&value)
}

#[test]
fn syntax_errors_have_a_place() {
    let warning = |text: &str| read(text, "dir/a.json").warnings;
    assert_eq!(warning("{\n  \"page\": nil\n}"), ["dir/a.json: line 2, column 12: expected ident"]);
    assert_eq!(warning("{}\n{}"), ["dir/a.json: line 2, column 1: trailing characters"]);
    assert_eq!(warning(""), ["dir/a.json: line 1, column 1: the file ends too early"]);
    assert_eq!(warning("{\"page\": {\"id\""), ["dir/a.json: line 1, column 14: the file ends too early"]);
    assert_eq!(warning("[1e999]"), ["dir/a.json: line 1, column 6: number out of range"]);
    let deep = "[".repeat(1_000_000);
    assert_eq!(warning(&deep), ["dir/a.json: line 1, column 128: recursion limit exceeded"]);
    let deep = format!("{}{}", "{\"page\":".repeat(100_000), "}".repeat(100_000));
    assert_eq!(warning(&deep).len(), 1);
}

#[test]
fn files_of_another_kind_are_named() {
    for other in [json!({}), json!({"services": []})] {
        assert_eq!(warnings(&read_json(&other)), ["left out: it is no payload of Statuspage's API"]);
    }
    assert_eq!(warnings(&read_json(&json!("text"))), ["left out: it is not an object"]);
    let mixed = read_json(&json!([7, incident()]));
    assert_eq!(warnings(&mixed), ["[0]: left out: it is not an object"]);
    assert_eq!(mixed.incidents.len(), 1);
}

#[test]
fn the_last_of_two_keys_counts() {
    let file = read(r#"{"page": {"id": "a", "id": "b", "name": "B", "time_zone": "Etc/UTC", "updated_at": "2026-01-01T00:00:00Z"}}"#, "f");
    assert_eq!((file.page.unwrap().id, file.warnings.len()), (id("b"), 0));
}

#[test]
fn pages_without_id_or_time_are_left_out() {
    let page_of = |page: Value| read_json(&json!({"page": page, "incidents": []}));
    let file = page_of(json!({"name": "Acme", "updated_at": "2026-01-01T00:00:00Z"}));
    assert_eq!((warnings(&file), &file.page), (vec!["page: left out: `id` is missing"], &None));
    let file = page_of(json!({"id": "a/b"}));
    assert_eq!((warnings(&file), &file.page), (vec!["page: left out: `id` is not an id: `a/b`"], &None));
    let file = page_of(json!({"id": "ab", "name": "Acme"}));
    assert_eq!((warnings(&file), &file.page), (vec!["page: left out: it has no usable time"], &None));
    let file = page_of(json!({"id": "ab", "url": "javascript:alert(1)", "updated_at": "2026-01-01T00:00:00Z"}));
    assert_eq!(warnings(&file), ["page: `name` is missing, its id stands in for it", "page: `url` is not the address of a page"]);
    let page = file.page.unwrap();
    assert_eq!((page.name.as_str(), page.url), ("ab", None));
    for url in ["https://", "https:///x", "https://a b", "https://a/?q", "ftp://a", "https://a\"><script>"] {
        let file = page_of(json!({"id": "ab", "name": "A", "url": url, "updated_at": "2026-01-01T00:00:00Z"}));
        assert_eq!(warnings(&file), ["page: `url` is not the address of a page"], "{url}");
    }
    assert_eq!(warnings(&page_of(json!([]))), ["page: left out: it is not an object"]);
}

#[test]
fn broken_services_are_left_out_and_the_rest_is_used() {
    let broken = |change: &dyn Fn(&mut Value)| {
        let mut bad = service("bad1", "operational");
        change(&mut bad);
        let file = read_json(&json!({"components": [service("good1", "operational"), bad]}));
        let known = file.components.as_ref().unwrap().services.iter().map(|service| service.id.to_string()).collect::<Vec<_>>();
        (known, warnings(&file).join("; "))
    };
    let only_good = |warning: &str| (vec!["good1".to_owned()], format!("components[1]: {warning}"));
    let both = |warning: &str| (vec!["good1".to_owned(), "bad1".to_owned()], format!("components[1]: {warning}"));
    assert_eq!(broken(&|bad| bad["id"] = json!(null)), only_good("left out: `id` is missing"));
    assert_eq!(broken(&|bad| bad["id"] = json!("good1")), only_good("left out: `good1` is in the file twice, the first one counts"));
    assert_eq!(broken(&|bad| bad["status"] = json!(null)), only_good("left out: `status` is missing"));
    assert_eq!(broken(&|bad| bad["status"] = json!("degraded")), only_good("left out: `status` is not known: `degraded`"));
    assert_eq!(broken(&|bad| bad["name"] = json!("\n\u{7}")), both("`name` is missing, its id stands in for it"));
    assert_eq!(broken(&|bad| bad["group_id"] = json!("group9")), both("`group_id` is not a group of this file: `group9`"));
    assert_eq!(broken(&|bad| bad["start_date"] = json!("2025-02-30")), both("`start_date` is not a date: `2025-02-30`"));
    assert_eq!(broken(&|bad| bad["position"] = json!(1.5)), both("`position` is not a whole number: `1.5`"));
    assert_eq!(broken(&|bad| bad["position"] = json!(-1)), both("`position` is not from 0 to 1000000000: `-1`"));
    assert_eq!(broken(&|bad| bad["showcase"] = json!("yes")), both("`showcase` is not true or false: `yes`"));
    assert_eq!(broken(&|bad| bad["description"] = json!({})), both("`description` is not text: an object"));
    assert_eq!(broken(&|bad| bad["created_at"] = json!(["x"])), both("`created_at` is not a time: a list"));
    let timeless = |bad: &mut Value| (bad["created_at"], bad["updated_at"]) = (json!(null), json!(null));
    let all = vec!["good1".to_owned(), "bad1".to_owned()];
    assert_eq!(broken(&timeless), (all, String::new()), "the file's time stands in");
}

#[test]
fn services_without_any_time_and_nested_groups_are_named() {
    let file = read_json(&json!({"components": [{"id": "api1", "name": "API", "status": "operational"}, 7]}));
    assert_eq!(warnings(&file), ["components[1]: left out: it is not an object", "components[0]: left out: it has no usable time"]);
    assert_eq!(file.components.unwrap().services, []);
    let mut group = service("group1", "operational");
    (group["group"], group["group_id"]) = (json!(true), json!("group1"));
    let file = read_json(&json!({"components": [group]}));
    assert_eq!(warnings(&file), ["components[0]: `group_id` is not used: groups do not stand in groups"]);
    assert_eq!(file.components.unwrap().groups.len(), 1);
    let file = read_json(&json!({"components": "none", "status": {}}));
    assert_eq!((warnings(&file), file.lists_open), (vec!["`components` is not a list: `none`"], false));
}

#[test]
fn incidents_without_id_status_or_time_are_left_out() {
    let left_out = |change: fn(&mut Value), reason: &str| {
        let file = changed(change);
        assert_eq!(warnings(&file), [format!("incident: left out: {reason}")]);
        assert_eq!(file.incidents, []);
    };
    left_out(|incident| incident["id"] = json!(17), "`id` is not an id: `17`");
    left_out(|incident| incident["status"] = json!("Resolved\u{1b}[2J"), "`status` is not known: `Resolved\\u{1b}[2J`");
    left_out(|incident| incident["status"] = json!(null), "`status` is missing");
    left_out(|incident| *incident = json!({"id": "a1", "name": "A", "status": "resolved"}), "it has no usable time");
    left_out(|incident| incident["scheduled_for"] = json!("2026-01-01T00:00:00Z"), "`status` is not known: `resolved`");
    let file = changed(|incident| incident["scheduled_for"] = json!("soon"));
    let (no_time, left_out) = ("incident: `scheduled_for` is not a time: `soon`", "incident: left out: it has no usable `scheduled_for`");
    assert_eq!(warnings(&file), [no_time, left_out]);
}

#[test]
fn incidents_with_lesser_faults_are_used() {
    let used = |change: fn(&mut Value), warning: &str| {
        let file = changed(change);
        assert_eq!(warnings(&file), [format!("incident: {warning}")]);
        file.incidents[0].clone()
    };
    let read = used(|incident| incident["impact"] = json!("maintenance"), "`impact` is not known: `maintenance`");
    assert_eq!(read.impact, Impact::Minor);
    let read = used(|incident| incident["created_at"] = json!("2026-02-30"), "`created_at` is not a time: `2026-02-30`");
    assert_eq!(read.created_at, at("2026-02-01T10:00:00.100Z"), "that of the oldest update");
    let read = used(|incident| incident["name"] = json!(null), "`name` is missing, its id stands in for it");
    assert_eq!(read.title, "incident0001");
    let read = used(|incident| incident["resolved_at"] = json!(7), "`resolved_at` is not a time: `7`");
    assert_eq!(read.stated_resolved_at, None);
    let disagrees = "`status` is `identified`, but its newest update says `resolved`, which counts";
    assert_eq!(used(|incident| incident["status"] = json!("identified"), disagrees).status(), IncidentStatus::Resolved);
    used(|incident| incident["page_id"] = json!(""), "`page_id` is not an id: ``");
    used(|incident| incident["components"] = json!(1), "`components` is not a list: `1`");
    let file = changed(|incident| incident["name"] = json!(" API\r\nis \u{1b}[31mdown\u{0} "));
    assert_eq!((file.incidents[0].title.as_str(), file.warnings.len()), ("API is [31mdown", 0));
}

#[test]
fn without_a_usable_update_the_status_alone_is_kept() {
    let warning = ["incident: it has no usable update, only its status is kept"];
    let file = changed(|incident| incident["incident_updates"] = json!([]));
    assert_eq!(warnings(&file), warning);
    let read = &file.incidents[0];
    assert_eq!((read.status(), read.updates[0].display_at), (IncidentStatus::Resolved, at("2026-02-01T12:00:00.300Z")));
    assert_eq!((read.updates[0].body.as_str(), &read.updates[0].id), ("", &read.id));
    let file = changed(|incident| (incident["incident_updates"], incident["status"]) = (json!(null), json!("monitoring")));
    assert_eq!(warnings(&file), warning);
    assert_eq!(file.incidents[0].updates[0].display_at, file.incidents[0].created_at);
    let expected = [("scheduled", "2026-02-10T00:00:00Z"), ("verifying", "2026-02-11T00:00:00Z"), ("completed", "2026-02-12T00:00:00Z")];
    for (status, time) in expected {
        let mut value = maintenance();
        (value["status"], value["incident_updates"]) = (json!(status), json!([]));
        (value["updated_at"], value["resolved_at"]) = (json!("2026-02-11T00:00:00Z"), json!("2026-02-12T00:00:00Z"));
        let read = read_json(&value).maintenances[0].clone();
        assert_eq!((read.updates[0].status.as_str(), read.updates[0].display_at), (status, at(time)));
    }
}

#[test]
fn broken_updates_are_left_out_and_the_rest_is_used() {
    let left_out = |change: fn(&mut Value), reason: &str| {
        let file = changed(|incident| change(&mut incident["incident_updates"][1]));
        assert_eq!(warnings(&file), [format!("incident.incident_updates[1]: left out: {reason}")]);
        assert_eq!(file.incidents[0].updates.len(), 2);
    };
    left_out(|update| update["id"] = json!(null), "`id` is missing");
    left_out(|update| update["id"] = json!("updateccc"), "`updateccc` is in the file twice, the first one counts");
    left_out(|update| update["status"] = json!("scheduled"), "`status` is not known: `scheduled`");
    left_out(|update| (update["display_at"], update["created_at"]) = (json!(null), json!(null)), "it has no usable time");
    left_out(|update| *update = json!(null), "it is not an object");
    let file = changed(|incident| incident["incident_updates"][1]["body"] = json!(["x"]));
    assert_eq!(warnings(&file), ["incident.incident_updates[1]: `body` is not text: a list"]);
    assert_eq!(file.incidents[0].updates[1].body, "");
    let file = changed(|incident| incident["incident_updates"][1]["affected_components"] = json!("all"));
    assert_eq!(warnings(&file), ["incident.incident_updates[1]: `affected_components` is not a list: `all`"]);
    assert_eq!(file.incidents[0].updates[1].affected, None);
}

#[test]
fn broken_services_of_updates_are_named() {
    let file = changed(|incident| {
        incident["incident_updates"][1]["affected_components"] = json!([
            {"code": "api1", "name": "API", "old_status": "broken", "new_status": "major_outage"}, {}, {"code": "../x", "name": "Path"}]);
        incident["components"] = json!([{"name": "Nameless"}]);
    });
    let place = "incident.incident_updates[1].affected_components";
    let expected = [
        format!("{place}[0]: `old_status` is not known: `broken`"),
        format!("{place}[1]: left out: it has neither `code` nor `name`"),
        format!("{place}[2]: `code` is not an id: `../x`"),
        "incident.components[0]: left out: `id` is missing".to_owned(),
    ];
    assert_eq!(warnings(&file), expected);
    let affected = file.incidents[0].updates[1].affected.as_ref().unwrap();
    assert_eq!((affected.len(), affected[0].old_status, affected[0].new_status.is_some()), (2, None, true));
    assert_eq!((&affected[1].service, affected[1].name.as_str()), (&None, "Path"));
}

#[test]
fn a_window_that_ends_before_it_starts_is_empty() {
    let mut value = maintenance();
    value["scheduled_until"] = json!("2027-01-01T00:00:00Z");
    let file = read_json(&value);
    assert_eq!(warnings(&file), ["`scheduled_until` is before `scheduled_for`, which stands in for it"]);
    assert_eq!(file.maintenances[0].scheduled_until, file.maintenances[0].scheduled_for);
    assert_eq!(file.maintenances[0].updates[0].status, MaintenanceStatus::Scheduled);
}

#[test]
fn a_summary_that_loses_an_incident_does_not_close_what_it_does_not_name() {
    let lists_open = |incidents: Value, maintenances: Value| {
        let file = read_json(&json!({"page": page(), "components": [], "status": {}, "incidents": incidents,
            "scheduled_maintenances": maintenances}));
        assert!(!file.warnings.is_empty() || file.lists_open);
        file.lists_open
    };
    let mut unknown = incident();
    unknown["status"] = json!("unknown");
    assert!(lists_open(json!([incident()]), json!(null)));
    assert!(!lists_open(json!([incident(), unknown]), json!([])));
    assert!(!lists_open(json!([]), json!([3])));
    assert!(!lists_open(json!("none"), json!([])));
}

#[test]
fn ids_count_once_across_lists() {
    let mut twin = maintenance();
    twin["id"] = json!("incident0001");
    let file = read_json(&json!({"page": page(), "incidents": [incident()], "scheduled_maintenances": [twin]}));
    let twice = "scheduled_maintenances[0]: left out: `incident0001` is in the file twice, the first one counts";
    assert_eq!((warnings(&file), file.maintenances.len()), (vec![twice], 0));
}

#[test]
fn warnings_are_one_line_whatever_the_file_is_called() {
    let file = read("{", "a\n\u{1b}[2J\u{202e}.json");
    assert_eq!(file.warnings, ["a\\n\\u{1b}[2J\\u{202e}.json: line 1, column 1: the file ends too early"]);
    let long = changed(|incident| incident["status"] = json!("x".repeat(100_000)));
    assert!(long.warnings[0].len() < 200);
}

/// A summary that holds something of everything.
fn summary() -> Value {
    json!({"page": page(), "components": [service("api1", "operational"), service("web1", "operational")], "incidents": [incident()],
        "scheduled_maintenances": [maintenance()], "status": {"indicator": "none"}})
}

/// Puts `with` in the place of the value that comes `skip` values later, depth first; whether that was reached.
fn replace(value: &mut Value, skip: &mut usize, with: &Value) -> bool {
    if *skip == 0 {
        *value = with.clone();
        return true;
    }
    *skip -= 1;
    match value {
        Value::Array(elements) => elements.iter_mut().any(|element| replace(element, skip, with)),
        Value::Object(fields) => fields.values_mut().any(|field| replace(field, skip, with)),
        _ => false,
    }
}

/// What may stand where it does not belong.
fn any_stranger() -> impl Strategy<Value = Value> {
    let texts =
        ["", "api1", "resolved", "operational", "scheduled", "0000-01-01T00:00:00+23:00", "9999-12-31T23:59:59Z", "\u{202e}\n\u{1b}"];
    prop_oneof![
        Just(json!(null)),
        Just(json!([{}, null, "x"])),
        Just(json!({"id": "incident0001", "name": ["x"]})),
        any::<i64>().prop_map(|number| json!(number)),
        proptest::sample::select(texts.to_vec()).prop_map(|text| json!(text)),
        any::<String>().prop_map(|text| json!(text)),
    ]
}

proptest! {
    #[test]
    fn a_summary_with_strangers_in_it_is_read(strangers in proptest::collection::vec((0..250_usize, any_stranger()), 1..4)) {
        let mut value = summary();
        let reached = strangers.into_iter().fold(false, |reached, (mut skip, with)| replace(&mut value, &mut skip, &with) || reached);
        let file = read_json(&value);
        prop_assert!(reached || file.warnings.is_empty());
        for warning in &file.warnings {
            prop_assert!(!warning.chars().any(|character| character.is_control() || character == '\u{202e}'), "{warning:?}");
        }
        for incident in &file.incidents {
            prop_assert!(!incident.updates.is_empty());
            prop_assert!(incident.updates.windows(2).all(|pair| pair[0].display_at <= pair[1].display_at));
            prop_assert!(!incident.title.chars().any(char::is_control));
        }
        for maintenance in &file.maintenances {
            prop_assert!(maintenance.scheduled_for <= maintenance.scheduled_until && !maintenance.updates.is_empty());
        }
    }

    #[test]
    fn a_summary_cut_short_is_named(length in 0..4_000_usize) {
        let text = summary().to_string();
        let cut: String = text.chars().take(length.min(text.len() - 1)).collect();
        let file = read(&cut, "saved.json");
        prop_assert_eq!(warnings(&file).len(), 1);
        prop_assert!(file.warnings[0].ends_with("the file ends too early"));
        prop_assert!(!file.lists_open && file.incidents.is_empty());
    }
}
