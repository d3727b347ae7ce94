//! Tests of the calendar.

use super::*;
use crate::render::sample::{self, time};

/// A calendar read by the rules of RFC 5545: components with their properties, values still escaped.
struct Parsed {
    /// Properties of the calendar itself.
    own: Vec<(String, String)>,
    /// Properties of each event.
    events: Vec<Vec<(String, String)>>,
    /// Names of all components in the order in which they begin.
    components: Vec<String>,
}

/// Reads `text`, which must keep the rules: lines of at most 75 octets that end in CRLF, folded between characters, every component ended
/// by its own name, every value without control characters.
#[track_caller]
fn parsed(text: &str) -> Parsed {
    assert!(text.ends_with("\r\n"), "the last line ends");
    assert!(!text.replace("\r\n", "").contains(['\r', '\n']), "no line end but CRLF");
    for line in text.split_terminator("\r\n") {
        assert!(!line.is_empty() && line.len() <= 75, "{} octets: {line}", line.len());
    }
    let unfolded = text.replace("\r\n ", "");
    let mut parsed = Parsed { own: Vec::new(), events: Vec::new(), components: Vec::new() };
    let mut open: Vec<String> = Vec::new();
    for line in unfolded.split_terminator("\r\n") {
        let (head, value) = line.split_once(':').unwrap_or_else(|| panic!("no value: {line}"));
        let name = head.split(';').next().unwrap();
        assert!(!name.is_empty() && name.bytes().all(|byte| byte.is_ascii_uppercase() || byte == b'-'), "{line}");
        assert!(!value.contains(|character: char| character.is_control() && character != '\t'), "{line:?}");
        match name {
            "BEGIN" => {
                assert_eq!(open.is_empty(), value == "VCALENDAR" && parsed.components.is_empty(), "{line}");
                if value == "VEVENT" {
                    parsed.events.push(Vec::new());
                }
                parsed.components.push(value.to_owned());
                open.push(value.to_owned());
            }
            "END" => assert_eq!(open.pop().as_deref(), Some(value)),
            _ => match open.last().map(String::as_str) {
                Some("VCALENDAR") => parsed.own.push((head.to_owned(), value.to_owned())),
                Some("VEVENT") => parsed.events.last_mut().unwrap().push((head.to_owned(), value.to_owned())),
                Some(_) => {}
                None => panic!("outside of the calendar: {line}"),
            },
        }
    }
    assert!(open.is_empty(), "{open:?}");
    assert!(parsed.components.len() > 1, "a calendar has a component");
    for event in &parsed.events {
        for name in
            ["UID", "DTSTAMP", "DTSTART", "SUMMARY", "STATUS", "SEQUENCE", "CREATED", "LAST-MODIFIED", "TRANSP", "URL", "DESCRIPTION"]
        {
            assert_eq!(event.iter().filter(|(other, _)| other == name).count(), 1, "{name} in {event:?}");
        }
        value(event, "SEQUENCE").parse::<u32>().ok().filter(|number| *number <= i32::MAX as u32).unwrap();
    }
    parsed
}

#[track_caller]
fn value<'a>(properties: &'a [(String, String)], name: &str) -> &'a str {
    &properties.iter().find(|(other, _)| other == name).unwrap_or_else(|| panic!("no {name} in {properties:?}")).1
}

/// What an escaped text says.
#[track_caller]
fn said(value: &str) -> String {
    let mut said = String::new();
    let mut characters = value.chars();
    while let Some(character) = characters.next() {
        match character {
            '\\' => match characters.next() {
                Some('n') => said.push('\n'),
                Some(escaped @ ('\\' | ';' | ',')) => said.push(escaped),
                other => panic!("\\{other:?} in {value}"),
            },
            ';' | ',' => panic!("`{character}` stands bare in {value}"),
            plain => said.push(plain),
        }
    }
    said
}

fn written(snapshot: &Snapshot) -> Parsed {
    parsed(&calendar(&Theme::load("default", None, "en").unwrap(), snapshot).unwrap())
}

/// The sample with only the maintenance of this id.
fn only(id: &str) -> Snapshot {
    let mut snapshot = sample::snapshot();
    snapshot.maintenances.retain(|view| view.maintenance.id.as_str() == id);
    assert_eq!(snapshot.maintenances.len(), 1);
    snapshot
}

fn times(snapshot: &Snapshot) -> (String, String) {
    let parsed = written(snapshot);
    let event = &parsed.events[0];
    (value(event, "DTSTART").to_owned(), value(event, "DTEND").to_owned())
}

#[test]
fn every_maintenance_is_an_event() {
    let mut snapshot = sample::snapshot();
    snapshot.organization.name = "Acme; Rockets, \\ & more".to_owned();
    let parsed = written(&snapshot);
    assert_eq!(parsed.components, ["VCALENDAR", "VEVENT", "VEVENT", "VEVENT"]);
    let own: Vec<&str> = parsed.own.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(
        own,
        ["VERSION", "PRODID", "CALSCALE", "METHOD", "NAME", "X-WR-CALNAME", "URL", "X-PUBLISHED-TTL", "REFRESH-INTERVAL;VALUE=DURATION"]
    );
    for name in ["NAME", "X-WR-CALNAME"] {
        assert_eq!(said(value(&parsed.own, name)), "Acme; Rockets, \\ & more maintenance");
    }
    for (event, view) in parsed.events.iter().zip(&snapshot.maintenances) {
        let maintenance = &view.maintenance;
        assert_eq!(value(event, "UID"), format!("maintenance-{}@statuary", maintenance.id));
        assert_eq!(said(value(event, "SUMMARY")), maintenance.title);
        assert_eq!(value(event, "URL"), format!("https://status.acme.example/pages/maintenance/{}/", maintenance.id));
        assert!(said(value(event, "DESCRIPTION")).ends_with(value(event, "URL")));
        assert_eq!(value(event, "STATUS"), if view.status == MaintenanceStatus::Cancelled { "CANCELLED" } else { "CONFIRMED" });
        assert_eq!(value(event, "TRANSP"), "TRANSPARENT");
        assert_eq!(value(event, "DTSTAMP"), maintenance.updated_at.format("%Y%m%dT%H%M%SZ").to_string());
        assert_eq!(value(event, "SEQUENCE"), maintenance.revision.to_string());
    }
    let statuses: Vec<&str> = parsed.events.iter().map(|event| value(event, "STATUS")).collect();
    assert_eq!(statuses, ["CANCELLED", "CONFIRMED", "CONFIRMED"]);
    assert_eq!(value(&parsed.events[1], "CATEGORIES"), "Database");
}

#[test]
fn a_services_calendar_has_the_same_events_under_its_own_name() {
    let snapshot = sample::snapshot();
    let whole = written(&snapshot);
    let view = snapshot.services().find(|view| view.service.name == "Database").unwrap();
    let naming = snapshot.maintenances.iter().filter(|other| other.services.iter().any(|named| named.id == view.service.id));
    let theme = Theme::load("default", None, "en").unwrap();
    let mut service = view.service.clone();
    service.name = "Data; base, \\ & more\r\nUID:x".to_owned();
    let own = parsed(&service_calendar(&theme, &snapshot.organization, &service, naming).unwrap());
    assert!(!own.events.is_empty() && own.events.len() < whole.events.len());
    assert!(own.events.iter().all(|event| whole.events.contains(event)));
    for name in ["NAME", "X-WR-CALNAME"] {
        let expected = format!("Data; base, \\ & more UID:x maintenance – {}", one_line(&snapshot.organization.name));
        assert_eq!(said(value(&own.own, name)), expected);
    }
    assert_eq!(value(&own.own, "URL"), format!("https://status.acme.example/pages/services/{}/", service.slug));
    let none = parsed(&service_calendar(&theme, &snapshot.organization, &service, std::iter::empty()).unwrap());
    assert_eq!(none.components, ["VCALENDAR", "VTIMEZONE", "STANDARD"]);
}

#[test]
fn neither_address_nor_name_nor_the_pages_id_nor_the_clock_touches_an_event() {
    let before = written(&sample::snapshot());
    let mut snapshot = sample::snapshot();
    snapshot.at = time("2026-11-22T14:45:00Z");
    snapshot.updated_at = snapshot.at;
    snapshot.organization.id = sample::id("anotherpage1");
    snapshot.organization.slug = "moved".parse().unwrap();
    snapshot.organization.name = "Renamed".to_owned();
    assert_eq!(written(&snapshot).events, before.events);
    snapshot.organization.url = Some("https://elsewhere.example/".to_owned());
    let uids = |parsed: &Parsed| parsed.events.iter().map(|event| value(event, "UID").to_owned()).collect::<Vec<_>>();
    assert_eq!(uids(&written(&snapshot)), uids(&before));
}

#[test]
fn an_event_lies_where_work_was_done_as_far_as_it_is_known() {
    let mut snapshot = only("maintrunning");
    let view = &mut snapshot.maintenances[0];
    view.maintenance.scheduled_for = time("2026-11-22T14:00:00Z");
    view.maintenance.scheduled_until = time("2026-11-22T16:00:00Z");
    view.began_at = None;
    let planned = ("20261122T140000Z".to_owned(), "20261122T160000Z".to_owned());
    assert_eq!(times(&snapshot), planned);
    snapshot.maintenances[0].began_at = Some(time("2026-11-22T13:40:00Z"));
    assert_eq!(times(&snapshot), ("20261122T134000Z".to_owned(), planned.1.clone()), "begun early");
    snapshot.maintenances[0].began_at = Some(time("2026-11-22T17:00:00Z"));
    assert_eq!(times(&snapshot), ("20261122T170000Z".to_owned(), "20261122T190000Z".to_owned()), "begun after it should have ended");
    // Its source no longer lists it: nobody said when it ended.
    snapshot.maintenances[0].began_at = Some(time("2026-11-22T14:00:00Z"));
    snapshot.maintenances[0].completed_at = Some(time("2026-12-24T00:00:00Z"));
    assert_eq!(times(&snapshot), planned);
    let view = &mut snapshot.maintenances[0];
    let mut last = view.maintenance.updates.last().unwrap().clone();
    last.status = MaintenanceStatus::Completed;
    view.maintenance.updates.push(last);
    view.completed_at = Some(time("2026-11-22T15:10:00Z"));
    assert_eq!(times(&snapshot), (planned.0.clone(), "20261122T151000Z".to_owned()), "done early");
    snapshot.maintenances[0].status = MaintenanceStatus::Cancelled;
    assert_eq!(times(&snapshot), planned, "cancelled");
}

#[test]
fn an_end_within_the_second_of_the_start_is_left_out() {
    let mut snapshot = only("maintrunning");
    let view = &mut snapshot.maintenances[0];
    view.began_at = None;
    view.maintenance.scheduled_for = time("2026-11-22T14:00:00.100Z");
    view.maintenance.scheduled_until = time("2026-11-22T14:00:00.900Z");
    assert!(!written(&snapshot).events[0].iter().any(|(name, _)| name == "DTEND"));
}

#[test]
fn numbers_and_years_that_do_not_fit_do_no_harm() {
    let mut snapshot = only("maintrunning");
    snapshot.maintenances[0].maintenance.revision = i64::MAX;
    assert_eq!(value(&written(&snapshot).events[0], "SEQUENCE"), "2147483647");
    snapshot.maintenances[0].maintenance.scheduled_until = DateTime::<Utc>::MAX_UTC;
    assert_eq!(written(&snapshot).components[1], "VTIMEZONE");
}

#[test]
fn without_maintenances_there_is_a_calendar_to_subscribe_to() {
    let mut snapshot = sample::snapshot();
    snapshot.maintenances.clear();
    let parsed = written(&snapshot);
    assert_eq!(parsed.components, ["VCALENDAR", "VTIMEZONE", "STANDARD"]);
    assert!(parsed.events.is_empty());
}

#[test]
fn hostile_text_stays_text() {
    let plain = written(&sample::snapshot());
    let names = |parsed: &Parsed| -> Vec<Vec<String>> {
        parsed.events.iter().map(|event| event.iter().map(|(name, _)| name.clone()).collect()).collect()
    };
    for text in [
        sample::HOSTILE.to_owned(),
        "<\"&'> ; , \\ \\n :".to_owned(),
        "END:VEVENT\r\nBEGIN:VEVENT\r\nUID:x\r\n\r\nATTENDEE:mailto:x@evil.example".to_owned(),
        "\u{202e}\u{5d0}\u{5d1}\u{5d2}".to_owned(),
        "日本語".repeat(500),
        " 日 \u{3000} 👩‍👩‍👧".repeat(300),
        "\\".repeat(500),
        "x".repeat(500),
        "a b".repeat(100_000),
    ] {
        let mut snapshot = sample::snapshot();
        snapshot.organization.name.clone_from(&text);
        for view in &mut snapshot.maintenances {
            view.maintenance.title.clone_from(&text);
            view.maintenance.updates.iter_mut().for_each(|update| update.body.clone_from(&text));
            view.services.iter_mut().for_each(|service| service.name.clone_from(&text));
        }
        let parsed = written(&snapshot);
        assert_eq!(names(&parsed), names(&plain), "{text:.60}");
        for event in &parsed.events {
            assert_eq!(said(value(event, "SUMMARY")), one_line(&text));
            let description = said(value(event, "DESCRIPTION"));
            assert!(description.chars().count() <= LONGEST + 100, "{}", description.len());
        }
    }
}

#[test]
fn a_description_is_the_newest_text_without_markup() {
    let mut snapshot = only("maintrunning");
    let updates = &mut snapshot.maintenances[0].maintenance.updates;
    let mut last = updates.last().unwrap().clone();
    last.body = "Reads are **slow**; see [the plan](https://acme.example/plan).\n\n- one, two".to_owned();
    updates.push(last.clone());
    last.body = " ".to_owned();
    updates.push(last);
    let parsed = written(&snapshot);
    let url = "https://status.acme.example/pages/maintenance/maintrunning/";
    assert_eq!(said(value(&parsed.events[0], "DESCRIPTION")), format!("Reads are slow; see the plan. one, two\n\n{url}"));
    snapshot.maintenances[0].maintenance.updates.iter_mut().for_each(|update| update.body.clear());
    assert_eq!(said(value(&written(&snapshot).events[0], "DESCRIPTION")), url);
}

#[test]
fn lines_of_every_length_are_folded_and_unfold_to_themselves() {
    let theme = Theme::load("default", None, "en").unwrap();
    for letter in ["x", "ü", "日", "👩"] {
        for length in 0..260 {
            let mut snapshot = sample::snapshot();
            let title = format!("{}{}", "a".repeat(length % 5), letter.repeat(length / letter.len()));
            snapshot.maintenances.truncate(1);
            snapshot.maintenances[0].maintenance.title.clone_from(&title);
            let text = calendar(&theme, &snapshot).unwrap();
            assert!(text.split("\r\n").all(|line| line.len() <= LINE), "{title}: {text}");
            assert!(text.replace("\r\n ", "").contains(&format!("\r\nSUMMARY:{title}\r\n")), "{title}: {text}");
        }
    }
}
