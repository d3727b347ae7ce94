//! Dumps, read: the example, the format to the letter, every fault by name, and there and back.

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::Value;

use super::{Restored, read};
use crate::domain::{History, Ledger, Looks, MaintenanceStatus, Organization, ServiceStatus, UptimeRule};
use crate::error::Kind;
use crate::export;

mod round_trip;

const EXAMPLE: &str = include_str!("../../../example-org/dump.json");

/// Every field, each with a value that is written out.
const FULL: &str = include_str!("full.json");

fn history(restored: &Restored) -> History {
    let restored = restored.clone();
    History {
        organization: Organization {
            id: restored.page_id,
            slug: "acme".parse().unwrap(),
            name: String::new(),
            url: None,
            description: None,
            time_zone: chrono_tz::UTC,
            language: "en".to_owned(),
            other_languages: Vec::new(),
            uptime: UptimeRule::default(),
            images: false,
            looks: Looks::default(),
        },
        since: None,
        created_at: restored.created_at,
        sources: restored.sources,
        event_titles: std::collections::BTreeMap::new(),
        groups: restored.groups,
        services: restored.services,
        manual_statuses: restored.manual_statuses,
        incidents: restored.incidents,
        maintenances: restored.maintenances,
        series: Vec::new(),
        check_hours: std::collections::BTreeMap::new(),
        events: Vec::new(),
        outlines: Vec::new(),
        older_change: None,
    }
}

fn dump(restored: &Restored) -> String {
    export::dump(&history(restored), &restored.events).unwrap()
}

fn example() -> Restored {
    read(EXAMPLE, "dump.json").unwrap()
}

#[test]
fn the_example_and_the_full_form_come_out_as_they_went_in() {
    assert!(dump(&example()) == EXAMPLE, "the example is not as `statuary export` writes it");
    assert_eq!(dump(&read(FULL, "full.json").unwrap()), FULL);
}

#[test]
fn texts_lose_what_no_output_may_carry() {
    let edited = FULL.replace("App is down", "App\\r\\nis\\u2028down\\u0007\\u202e").replace("**Found**", "**Fo\\u0000und\\u0085**");
    let edited = edited.replace("**Warum**", "**Wa\\u202erum**").replace("\"de\"", "\"fr\": \" \\u0000\", \"DE\"");
    assert!(edited.len() > FULL.len() + 20 && read(&edited, "full.json").unwrap() == read(FULL, "full.json").unwrap());
}

#[test]
fn translations_in_a_change_are_texts_whatever_their_languages_are_called() {
    let mut document: Value = serde_json::from_str(FULL).unwrap();
    let texts = serde_json::json!({"at": "2026-01-02T03:04:05.678Z", "de": "a\u{0}\tb\r\nc"});
    document["events"][1]["after"] = serde_json::json!({"updates": {"updc": {"translations": texts}}});
    let restored = read(&document.to_string(), "x").unwrap().shifted(TimeDelta::hours(1));
    let after = restored.events[1].change.after.as_ref().unwrap();
    let expected = serde_json::json!({"at": "2026-01-02T03:04:05.678Z", "de": "a\tb\nc"});
    assert_eq!(after["updates"]["updc"]["translations"], expected);
}

#[test]
fn rows_are_put_in_order() {
    let mut document: Value = serde_json::from_str(EXAMPLE).unwrap();
    for list in ["groups", "services", "manual_statuses", "incidents", "maintenances", "events"] {
        document[list].as_array_mut().unwrap().reverse();
    }
    for incident in document["incidents"].as_array_mut().unwrap() {
        incident["updates"].as_array_mut().unwrap().reverse();
    }
    let restored = read(&document.to_string(), "dump.json").unwrap();
    assert!(restored == example());
    let mut shuffled = history(&restored);
    shuffled.services.reverse();
    shuffled.incidents.iter_mut().for_each(|incident| incident.updates.reverse());
    assert!(export::dump(&shuffled, &restored.events).unwrap() == EXAMPLE);
}

#[test]
fn nothing_said_of_services_is_not_the_same_as_none() {
    let restored = read(FULL, "full.json").unwrap();
    let [first, second, third] = restored.incidents[0].updates.as_slice() else { panic!("three updates") };
    assert_eq!(first.affected, None);
    assert_eq!(second.affected.as_deref(), Some([].as_slice()));
    assert!(third.affected.as_ref().unwrap()[0].service.is_none());
    let null = FULL.replace("\"affected\": []", "\"affected\": null");
    assert_ne!(null, FULL);
    assert_eq!(read(&null, "x").unwrap().incidents[0].updates[1].affected, None);
}

/// `FULL` with its maintenance repeating, and a date of it that somebody touched.
fn with_series() -> Value {
    let mut document: Value = serde_json::from_str(FULL).unwrap();
    let series = &mut document["maintenances"][0];
    series["repeat"] =
        serde_json::json!({"rule": "FREQ=WEEKLY;BYDAY=FR", "time_zone": "Europe/Berlin", "since": "2026-05-01T20:00:00.000Z"});
    let mut date = series.clone();
    let fields = date.as_object_mut().unwrap();
    fields.remove("repeat");
    fields.insert("number".to_owned(), 2.into());
    fields.insert("id".to_owned(), "date".into());
    fields.insert("updates".to_owned(), serde_json::json!([]));
    fields.insert("occurrence".to_owned(), serde_json::json!({"series": "mnt", "day": "2026-05-08"}));
    document["maintenances"].as_array_mut().unwrap().push(date);
    document
}

#[test]
fn series_and_their_dates_come_out_as_they_went_in() {
    let restored = read(&with_series().to_string(), "dump.json").unwrap();
    let [series, date] = restored.maintenances.as_slice() else { panic!("two maintenances") };
    assert_eq!(series.repeat.as_ref().unwrap().rule.as_str(), "FREQ=WEEKLY;BYDAY=FR");
    assert_eq!(date.occurrence.as_ref().unwrap().day.to_string(), "2026-05-08");
    let again: Value = serde_json::from_str(&dump(&restored)).unwrap();
    assert_eq!(again, with_series());
    for (path, to, message) in [
        ("/maintenances/1/occurrence/series", "nobody", "dump.json: maintenances[1]: there is no series with id `nobody`"),
        ("/maintenances/0/repeat/time_zone", "Berlin", "`Berlin` is no time zone"),
        ("/maintenances/0/repeat/rule", "FREQ=SECONDLY", "`FREQ=SECONDLY` is no rule of recurrence: `SECONDLY` is more often than daily"),
        ("/maintenances/1/occurrence/day", "2026-02-30", "out of range"),
    ] {
        let mut document = with_series();
        *document.pointer_mut(path).unwrap() = to.into();
        let error = read(&document.to_string(), "dump.json").unwrap_err();
        assert_eq!(error.kind, Kind::BadInput);
        assert!(error.message.contains(message), "{}", error.message);
    }
    let mut twice = with_series();
    let mut date = twice["maintenances"][1].clone();
    (date["number"], date["id"]) = (3.into(), "other".into());
    twice["maintenances"].as_array_mut().unwrap().push(date);
    let error = read(&twice.to_string(), "dump.json").unwrap_err();
    assert_eq!(error.message, "dump.json: maintenances[2]: the date 2026-05-08 of `mnt` is there twice");
}

/// `FULL` with one piece of text replaced is refused with `message`.
#[track_caller]
fn refused(from: &str, to: &str, message: &str) {
    assert!(FULL.contains(from), "{from}");
    let error = read(&FULL.replacen(from, to, 1), "dump.json").unwrap_err();
    assert_eq!((error.kind, error.message.as_str()), (Kind::BadInput, message));
}

#[test]
fn what_is_no_dump_is_refused() {
    refused("statuary-dump", "other", "dump.json: `format` is not `statuary-dump`");
    refused("\"format\"", "\"shape\"", "dump.json: `format` is not `statuary-dump`");
    refused("\"version\": 1,", "", "dump.json: `version` is missing");
    refused("\"version\": 1", "\"version\": 0", "dump.json: there is no version 0 of a dump");
    let error = read("", "dump.json").unwrap_err();
    assert_eq!(error.message, "dump.json: line 1, column 1: the file ends too early");
    let newer = r#"{"format": "statuary-dump", "version": 2, "weather": []}"#;
    let error = read(newer, "dump.json").unwrap_err();
    assert_eq!(error.kind, Kind::Conflict);
    assert_eq!(error.message, "dump.json is a dump of version 2, this statuary knows 1");
    assert_eq!(error.hint.as_deref(), Some("upgrade statuary"));
}

#[test]
fn faults_of_form_are_named_with_line_and_column() {
    refused("\"page_id\": ", "\"page_id\" ", "dump.json: line 4, column 13: expected `:`");
    refused(
        "\"groups\"",
        "\"group\"",
        "dump.json: line 12, column 9: unknown field `group`, expected one of `format`, `version`, `page_id`, `created_at`, `sources`, `groups`, `services`, `manual_statuses`, `incidents`, `maintenances`, `events`",
    );
    refused("\"id\": \"grp\"", "\"id\": \"../x\"", "dump.json: line 15, column 18: `../x` is not an id");
    refused("\"slug\": \"shop\"", "\"slug\": \"Shop\"", "dump.json: line 16, column 20: `Shop` cannot be a name in commands and paths");
    refused(
        "\"2026-02-03T04:05:06.789Z\"",
        "\"soon\"",
        "dump.json: line 21, column 26: `soon` is not a moment such as `2026-11-22T10:00:00.000Z`",
    );
    let error = read(&FULL.replacen("              \"service\": null,\n", "", 1), "dump.json").unwrap_err();
    assert!(error.message.ends_with(": missing field `service`"), "{}", error.message);
}

#[test]
fn faults_of_meaning_are_named_with_their_place() {
    refused("\"group\": \"grp\"", "\"group\": \"gone\"", "dump.json: services[0]: there is no group with id `gone`");
    refused(
        "\"service\": \"svc\",\n      \"status\"",
        "\"service\": \"gone\",\n      \"status\"",
        "dump.json: manual_statuses[0]: there is no service with id `gone`",
    );
    refused(
        "\"service\": \"svc\",\n              \"name\"",
        "\"service\": \"gone\",\n              \"name\"",
        "dump.json: incidents[0].updates[2].affected[1]: there is no service with id `gone`",
    );
    refused(
        "\"services\": [\n        \"svc\"",
        "\"services\": [\n        \"gone\"",
        "dump.json: maintenances[0]: there is no service with id `gone`",
    );
    refused("\"id\": \"svcb\"", "\"id\": \"svc\"", "dump.json: services[1]: id `svc` is there twice");
    refused("\"slug\": \"app-b\"", "\"slug\": \"app\"", "dump.json: services[1]: slug `app` is there twice");
    refused("\"number\": 2,", "\"number\": 1,", "dump.json: services[1]: number `1` is there twice");
    refused("\"number\": 1,", "\"number\": 0,", "dump.json: groups[0]: number is 0, and the first is 1");
    refused("\"position\": 3", "\"position\": -3", "dump.json: groups[0]: position is -3, and positions go from 0 to 1000000000");
    refused("\"position\": 2", "\"position\": -2", "dump.json: services[1]: position is -2, and positions go from 0 to 1000000000");
    refused("\"id\": \"upda\"", "\"id\": \"updb\"", "dump.json: incidents[0].updates[1]: id `updb` is there twice");
    refused("\"number\": 4", "\"number\": 3", "dump.json: maintenances[0].updates[0]: number `3` is there twice");
    refused("\"de\":", "\"de_AT\":", "dump.json: incidents[0].updates[2].translations: `de_AT` is not a language");
    refused("\"pt-BR\":", "\"DE\":", "dump.json: incidents[0].updates[2].translations: language `de` is there twice");
    refused("\"revision\": 2", "\"revision\": 4", "dump.json: incidents[0]: revision 4 is no event's number");
    refused("\"undoes\": 2", "\"undoes\": 3", "dump.json: events[2]: undoes 3 is no earlier event's number");
    refused("\"undoes\": 2", "\"undoes\": 2, \"after\": 7", "dump.json: events[2]: after is not an object");
    refused("\"seq\": 2", "\"seq\": 1", "dump.json: events[1]: seq `1` is there twice");
    refused(
        "\"scheduled_until\": \"2026-05",
        "\"scheduled_until\": \"2025-05",
        "dump.json: maintenances[0]: scheduled_until is before scheduled_for",
    );
    refused(
        "https://app.example/",
        "javascript:alert(1)",
        "dump.json: services[0]: link `javascript:alert(1)` is not an http or https address",
    );
}

#[test]
fn a_moment_may_have_any_offset_and_finer_parts() {
    let text = FULL.replacen("2026-01-02T03:04:05.678Z", "2026-01-02T05:04:05.678999+02:00", 1);
    assert_ne!(text, FULL);
    assert_eq!(read(&text, "x").unwrap(), read(FULL, "x").unwrap());
    assert_eq!(read(&format!("\u{feff}{FULL}"), "x").unwrap(), read(FULL, "x").unwrap());
}

/// The moments of a dump, in order.
fn moments(value: &Value) -> Vec<DateTime<Utc>> {
    match value {
        Value::String(text) => text.parse().ok().into_iter().collect(),
        Value::Array(values) => values.iter().flat_map(moments).collect(),
        Value::Object(fields) => fields.values().flat_map(moments).collect(),
        _ => Vec::new(),
    }
}

#[test]
fn a_shift_moves_every_moment_and_start_dates_by_whole_days() {
    let restored = read(FULL, "full.json").unwrap();
    let before = moments(&serde_json::from_str(FULL).unwrap());
    assert!(before.len() > 25);
    for (hours, date) in [(30, "2026-03-02"), (-30, "2026-02-27"), (-24, "2026-02-28"), (0, "2026-03-01")] {
        let by = TimeDelta::hours(hours);
        let moved = restored.clone().shifted(by);
        let after = moments(&serde_json::from_str(&dump(&moved)).unwrap());
        assert_eq!(after, before.iter().map(|moment| *moment + by).collect::<Vec<_>>());
        assert_eq!(moved.services[0].start_date.unwrap().to_string(), date);
    }
    let stuck = restored.clone().shifted(TimeDelta::MAX);
    assert_eq!(stuck, restored);
}

#[test]
fn the_example_ends_with_any_now_and_stays_in_the_middle_of_things() {
    for now in ["2026-11-22T14:00:00Z", "2031-02-28T23:59:59.999Z", "2024-03-31T01:07:30Z"] {
        let now: DateTime<Utc> = now.parse().unwrap();
        let moved = example().ending_at(now);
        let newest = moved.newest_moment().unwrap();
        assert!(newest <= now && now - newest < TimeDelta::minutes(15));

        let history = history(&moved);
        let ledger = Ledger::new(&history);
        let status = |slug: &str| {
            let service = history.services.iter().find(|service| service.slug.as_str() == slug).unwrap();
            ledger.status_at(&service.id, now)
        };
        assert_eq!(status("lockers-north"), ServiceStatus::PartialOutage);
        assert_eq!(status("customs"), ServiceStatus::UnderMaintenance);
        assert_eq!(status("labels"), ServiceStatus::Operational);
        let open = history.incidents.iter().filter(|incident| incident.is_open() && !incident.draft).count();
        assert_eq!(open, 1);
        let in_state = |state| history.maintenances.iter().filter(|maintenance| maintenance.status_at(now) == state).count();
        assert_eq!(in_state(MaintenanceStatus::InProgress), 1);
        assert_eq!(in_state(MaintenanceStatus::Scheduled), 2);
        assert_eq!(in_state(MaintenanceStatus::Cancelled), 1);
        let quarter = |moment: DateTime<Utc>| moment.timestamp_millis() % 900_000 == 0;
        assert!(history.maintenances.iter().all(|maintenance| quarter(maintenance.scheduled_for) && quarter(maintenance.scheduled_until)));
    }
}

#[test]
fn a_record_without_events_stays_where_it_is() {
    let mut restored = example();
    restored.events.clear();
    assert_eq!(restored.newest_moment(), None);
    assert_eq!(restored.clone().ending_at("2031-01-01T00:00:00Z".parse().unwrap()), restored);
}
