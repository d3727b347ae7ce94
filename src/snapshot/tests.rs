//! Snapshots: what each view says of hand-made histories, and the laws that hold for all.

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use proptest::prelude::*;

use crate::domain::samples::{MINUTES, at, group, history, id, incident, maintenance, manual, moment, outline, recorded, service, update};
use crate::domain::{
    Change, Downtime, Event, EventKind, History, Impact, Incident, IncidentStatus, Maintenance, MaintenanceStatus, PublicId, Service,
    ServiceStatus, Standing, Subject, Update,
};
use crate::snapshot::{BAR_DAYS, DayView, Entry, Snapshot, VerdictKind, since, snapshot};
use IncidentStatus::{Identified, Investigating, Postmortem, Resolved};
use ServiceStatus::{
    DegradedPerformance as Degraded, MajorOutage as Major, Operational as Fine, PartialOutage as Partial, UnderMaintenance as Maintained,
};

const DAY: i64 = 24 * 60;

/// An organization in UTC with the services `api` and `web`.
fn two_services() -> History {
    History { services: vec![service(1, "apis"), service(2, "web")], ..history() }
}

/// The same with these incidents and their rows.
fn with_incidents(incidents: Vec<Incident>) -> History {
    History { incidents, ..two_services() }
}

fn down(number: i64, minute: i64, services: &[(&str, ServiceStatus)]) -> Incident {
    incident(number, vec![update(number, minute, Investigating, services)])
}

fn ids<'a>(ids: impl IntoIterator<Item = &'a PublicId>) -> Vec<&'a str> {
    ids.into_iter().map(PublicId::as_str).collect()
}

fn verdict(history: &History, now: i64) -> (ServiceStatus, VerdictKind, Vec<String>, usize, usize) {
    let verdict = snapshot(history, at(now)).verdict;
    (verdict.status, verdict.kind, verdict.worst, verdict.affected, verdict.total)
}

#[test]
fn the_verdict_names_the_worst_services_in_page_order() {
    let mut history = two_services();
    assert_eq!(verdict(&history, 0), (Fine, VerdictKind::AllOperational, vec![], 0, 2));
    history.services.push(service(3, "mail"));
    history.manual_statuses = vec![manual(1, "mail", 5, Major), manual(2, "apis", 5, Major), manual(3, "web", 5, Degraded)];
    assert_eq!(verdict(&history, 5), (Major, VerdictKind::Some, vec!["APIS".to_owned(), "MAIL".to_owned()], 3, 3));
    history.manual_statuses[2].status = Major;
    assert_eq!(verdict(&history, 5), (Major, VerdictKind::All, vec!["APIS".to_owned(), "WEB".to_owned(), "MAIL".to_owned()], 3, 3));
    assert_eq!(verdict(&self::history(), 5), (Fine, VerdictKind::Empty, vec![], 0, 0));
}

#[test]
fn an_open_incident_never_stands_under_a_green_verdict() {
    for (impact, status) in [(Impact::None, Degraded), (Impact::Minor, Degraded), (Impact::Major, Partial), (Impact::Critical, Major)] {
        let open = Incident { impact, ..down(1, 5, &[]) };
        let mut history = with_incidents(vec![open]);
        assert_eq!(verdict(&history, 4).1, VerdictKind::AllOperational);
        assert_eq!(verdict(&history, 5), (status, VerdictKind::OpenIncident, vec![], 0, 2));
        history.maintenances.push(maintenance(1, 5, 9, &["apis"]));
        assert_eq!(verdict(&history, 5), (status, VerdictKind::OpenIncident, vec![], 1, 2));
        history.services.clear();
        assert_eq!(verdict(&history, 5), (status, VerdictKind::OpenIncident, vec![], 0, 0));
    }
    let history = with_incidents(vec![down(1, 5, &[("web", Degraded)])]);
    assert_eq!(verdict(&history, 5), (Degraded, VerdictKind::Some, vec!["WEB".to_owned()], 1, 2));
}

#[test]
fn the_rollup_ignores_incidents_unless_there_are_no_services() {
    let mut history = with_incidents(vec![Incident { impact: Impact::Critical, ..down(1, 5, &[]) }]);
    let rollup = |history: &History| snapshot(history, at(5)).rollup.indicator;
    assert_eq!(rollup(&history), "none");
    history.services.clear();
    assert_eq!(rollup(&history), "critical");
    history.incidents[0].impact = Impact::None;
    assert_eq!(rollup(&history), "none");
}

#[test]
fn hidden_services_move_nothing_that_visitors_see() {
    let mut history = two_services();
    history.groups = vec![group(1, "all")];
    history.services.iter_mut().for_each(|service| service.group = Some(id("all")));
    let before = snapshot(&history, at(500));
    history.services.push(Service { hidden: true, group: Some(id("all")), ..service(3, "secret") });
    history.services.push(Service { standing: Standing::Removed, ..service(4, "gone") });
    history.services.push(Service { standing: Standing::IncidentsOnly, ..service(5, "known") });
    let told = ["secret", "gone", "known"].into_iter().zip(1..);
    history.manual_statuses = told.clone().map(|(name, number)| manual(number, name, 400, Major)).collect();
    history.manual_statuses.extend(told.map(|(name, number)| manual(number + 5, name, 501, Fine)));
    let after = snapshot(&history, at(500));
    assert_eq!((&after.verdict, after.rollup), (&before.verdict, before.rollup));
    assert_eq!((after.updated_at, after.valid_until), (before.updated_at, before.valid_until));
    let [Entry::Group(before), Entry::Group(after)] = [&before.entries[0], &after.entries[0]] else { panic!("no group") };
    assert_eq!((after.status, after.uptime), (before.status, before.uptime));
}

#[test]
fn groups_and_services_share_one_order() {
    let mut history = history();
    history.groups = vec![group(1, "eu"), group(2, "us"), group(3, "empty")];
    history.groups[0].position = 30;
    history.groups[1].position = 10;
    history.groups[2].position = 40;
    let placed = |number, name, group: Option<&str>, position| Service { group: group.map(id), position, ..service(number, name) };
    history.services = vec![
        placed(1, "late", None, 50),
        placed(2, "eutwo", Some("eu"), 2),
        placed(3, "euone", Some("eu"), 1),
        placed(4, "middle", None, 20),
        placed(5, "usone", Some("us"), 9),
        placed(6, "orphan", Some("nowhere"), 60),
    ];
    let snapshot = snapshot(&history, at(0));
    let names: Vec<String> = snapshot
        .entries
        .iter()
        .map(|entry| match entry {
            Entry::Group(view) => format!("[{}]", view.group.name),
            Entry::Service(view) => view.service.name.clone(),
        })
        .collect();
    assert_eq!(names, ["[US]", "MIDDLE", "[EU]", "[EMPTY]", "LATE", "ORPHAN"]);
    let services: Vec<&str> = snapshot.services().map(|view| view.service.slug.as_str()).collect();
    assert_eq!(services, ["usone", "middle", "euone", "eutwo", "late", "orphan"]);
    assert_eq!(snapshot.services().next().unwrap().group_name.as_deref(), Some("US"));
}

#[test]
fn a_group_is_as_its_worst_service_and_its_uptime_is_their_mean() {
    let mut history = two_services();
    history.groups = vec![group(1, "all"), group(2, "none")];
    history.services.iter_mut().for_each(|service| service.group = Some(id("all")));
    history.manual_statuses = vec![manual(1, "web", 12 * 60, Major)];
    let snapshot = snapshot(&history, at(DAY));
    let [Entry::Group(all), Entry::Group(none)] = snapshot.entries.as_slice() else { panic!("{:?}", snapshot.entries) };
    assert_eq!((all.status, none.status, none.uptime.days_90), (Major, Fine, None));
    let shown = |view: &crate::snapshot::UptimeFigures| view.hours_24.unwrap().to_string();
    let services: Vec<String> = all.services.iter().map(|view| shown(&view.uptime)).collect();
    assert_eq!((services, shown(&all.uptime)), (vec!["100.0".to_owned(), "50.0".to_owned()], "75.0".to_owned()));
}

fn days(history: &History, now: DateTime<Utc>) -> Vec<DayView> {
    snapshot(history, now).services().next().unwrap().days.clone()
}

#[test]
fn bars_show_ninety_days_with_seconds_and_incidents() {
    let mut first = down(1, 5, &[("apis", Major)]);
    first.updates.push(update(2, 10, Identified, &[("apis", Partial)]));
    first.updates.push(update(3, 12, Resolved, &[]));
    let second = down(2, DAY + 30, &[("apis", Degraded)]);
    let unrelated = down(3, 7, &[("web", Major)]);
    let mut history = with_incidents(vec![first, second, unrelated]);
    history.maintenances = vec![maintenance(1, 60, 70, &["apis"])];
    let days = days(&history, at(DAY + 40));
    assert_eq!(days.len(), 90);
    assert_eq!(days[87], DayView { date: "2026-11-21".parse().unwrap(), ..quiet(&days[87]) });
    let yesterday = &days[88];
    assert_eq!((yesterday.worst, yesterday.date.to_string()), (Some(Major), "2026-11-22".to_owned()));
    let seconds = (
        yesterday.lost.major_ms / 1000,
        yesterday.lost.partial_ms / 1000,
        yesterday.lost.degraded_ms / 1000,
        yesterday.lost.maintenance_ms / 1000,
    );
    assert_eq!(seconds, (300, 120, 0, 600));
    assert_eq!(ids(yesterday.incidents.iter().map(|link| &link.id)), ["i1"]);
    assert_eq!((days[89].worst, days[89].lost.degraded_ms / 1000), (Some(Degraded), 600));
    assert_eq!((days[89].incidents[0].title.as_str(), days[89].incidents.len()), ("Incident 2", 1));
}

fn quiet(day: &DayView) -> DayView {
    let date = day.date;
    let incidents = Vec::new();
    DayView { date, worst: Some(Fine), lost: Downtime { window_ms: day.lost.window_ms, ..Downtime::default() }, incidents }
}

#[test]
fn an_incident_over_midnight_is_linked_on_both_days_and_its_end_on_none() {
    let mut over_night = down(1, DAY - 5, &[("apis", Major)]);
    over_night.updates.push(update(2, DAY + 5, Resolved, &[]));
    let mut until_midnight = down(2, -9, &[("apis", Partial)]);
    until_midnight.updates.push(update(4, 0, Resolved, &[]));
    let days = days(&with_incidents(vec![over_night, until_midnight]), at(DAY + 30));
    let linked: Vec<Vec<&str>> = days[87..].iter().map(|day| ids(day.incidents.iter().map(|link| &link.id))).collect();
    assert_eq!(linked, [vec!["i2"], vec!["i1"], vec!["i1"]]);
    assert_eq!(
        days[87..].iter().map(|day| (day.lost.partial_ms / 1000, day.lost.major_ms / 1000)).collect::<Vec<_>>(),
        [(540, 0), (0, 300), (0, 300)]
    );
}

#[test]
fn an_incident_that_calls_a_service_operational_is_not_behind_its_day() {
    assert_eq!(days(&with_incidents(vec![down(1, 5, &[("apis", Fine)])]), at(30))[89].incidents, []);
    let maintained = days(&with_incidents(vec![down(1, 5, &[("apis", Maintained)])]), at(30));
    assert_eq!((maintained[89].incidents.len(), maintained[89].lost.maintenance_ms / 1000), (1, 1500));
}

#[test]
fn before_the_start_date_there_is_no_data() {
    let mut history = two_services();
    history.services[0].start_date = Some("2026-11-20".parse().unwrap());
    history.manual_statuses = vec![manual(1, "apis", -90 * DAY, Major)];
    let days = days(&history, at(60));
    let known: Vec<Option<ServiceStatus>> = days[86..].iter().map(|day| day.worst).collect();
    assert_eq!(known, [None, Some(Major), Some(Major), Some(Major)]);
    assert!(days[..87].iter().all(|day| day.worst.is_none() && day.lost.major_ms / 1000 == 0));
    assert_eq!(days[89].lost.major_ms / 1000, 3600);
    history.services[0].start_date = Some("2026-11-23".parse().unwrap());
    let uptime = snapshot(&history, at(60)).services().next().unwrap().uptime;
    assert_eq!((uptime.hours_24, uptime.days_90), (None, None));
    assert!(self::days(&history, at(60)).iter().all(|day| day.worst.is_none()));
}

#[test]
fn in_its_first_moment_today_has_the_status_of_that_moment() {
    let mut history = two_services();
    history.manual_statuses = vec![manual(1, "apis", 0, Partial)];
    assert_eq!(days(&history, at(0))[89].worst, Some(Partial));
    history.services[0].start_date = Some("2026-11-22".parse().unwrap());
    assert_eq!(days(&history, at(0))[89].worst, Some(Partial));
}

#[test]
fn days_of_a_clock_change_have_their_own_length() {
    for (now, hours) in [("2026-03-30T10:00:00Z", 23), ("2026-10-26T10:00:00Z", 25)] {
        let mut history = two_services();
        history.organization.time_zone = chrono_tz::Europe::Berlin;
        let mut always = manual(1, "apis", 0, Major);
        always.at = "2020-01-01T00:00:00Z".parse().unwrap();
        history.manual_statuses = vec![always];
        let days = days(&history, now.parse().unwrap());
        assert_eq!(days[88].lost.major_ms / 1000, hours * 3600);
        assert_eq!(days[87].lost.major_ms / 1000, 24 * 3600);
    }
}

#[test]
fn uptime_windows_are_calendar_days_and_the_last_24_hours() {
    let mut history = two_services();
    // Down on the whole of 2026-11-16, the first of seven days that end with 2026-11-22, seen at noon.
    history.manual_statuses = vec![manual(1, "apis", -6 * DAY, Major), manual(2, "apis", -5 * DAY, Fine)];
    let uptime = snapshot(&history, at(12 * 60)).services().next().unwrap().uptime;
    let shown = [uptime.hours_24, uptime.days_7, uptime.days_30, uptime.days_90].map(|figure| figure.unwrap().to_string());
    assert_eq!(shown, ["100.0", "84.61", "96.61", "98.88"]);
    // The moment after midnight it is out of the seven days.
    let uptime = snapshot(&history, at(DAY) + TimeDelta::milliseconds(1)).services().next().unwrap().uptime;
    assert_eq!(uptime.days_7.unwrap().to_string(), "100.0");
}

#[test]
fn incidents_are_listed_by_start_and_open_ones_by_change() {
    let mut old = down(1, 5, &[]);
    old.updates.push(update(9, 50, Identified, &[]));
    old.updated_at = at(50);
    let mut over = down(3, 30, &[]);
    over.updates.push(update(8, 40, Resolved, &[]));
    let snapshot = snapshot(&with_incidents(vec![old, down(2, 20, &[]), over, down(4, 90, &[])]), at(60));
    let listed = |views: &[crate::snapshot::IncidentView]| views.iter().map(|view| view.incident.number).collect::<Vec<_>>();
    assert_eq!(listed(&snapshot.incidents), [3, 2, 1]);
    assert_eq!(listed(&snapshot.open_incidents), [1, 2]);
    assert_eq!(snapshot.recent.iter().map(|incident| incident.number).collect::<Vec<_>>(), [3, 2, 1]);
}

#[test]
fn nothing_is_recent_before_it_is_told() {
    let backdated = Incident { started_at: at(-30), ..down(1, 20, &[]) };
    let draft = Incident { draft: true, ..down(2, 1, &[]) };
    let mut history = with_incidents(vec![backdated, draft]);
    history.outlines = [down(3, -DAY, &[("apis", Major)]), down(4, 11, &[])].iter().map(outline).collect();
    let numbers = |now| snapshot(&history, at(now)).recent.iter().map(|incident| incident.number).collect::<Vec<_>>();
    assert_eq!(numbers(10), [3], "the first is not told of yet, the second never");
    assert_eq!(numbers(20), [4, 1, 3]);
}

#[test]
fn incidents_name_services_as_they_are_called_today() {
    let mut told = down(1, 5, &[("apis", Major), ("gone", Partial), ("known", Partial)]);
    told.updates.push(update(2, 8, Identified, &[("apis", Degraded)]));
    let mut history = with_incidents(vec![told]);
    history.services.push(Service { standing: Standing::IncidentsOnly, ..service(3, "known") });
    let snapshot = snapshot(&history, at(9));
    let named: Vec<_> = snapshot.incidents[0]
        .services
        .iter()
        .map(|named| (named.name.as_str(), named.slug.as_ref().map(|slug| slug.as_str()), named.last_said, named.said_at))
        .collect();
    let expected = [
        ("APIS", Some("apis"), Some(Degraded), at(8)),
        ("gone then", None, Some(Partial), at(5)),
        ("known then", None, Some(Partial), at(5)),
    ];
    assert_eq!(named, expected);
    let open: Vec<Vec<&str>> = snapshot.services().map(|view| ids(&view.open_incidents)).collect();
    assert_eq!(open, [vec!["i1"], vec![]]);
}

#[test]
fn maintenances_are_listed_by_window_with_their_status_by_the_clock() {
    let mut late = maintenance(1, 300, 400, &["apis"]);
    late.updates[0].affected = None;
    let history = History { maintenances: vec![late, maintenance(2, 10, 20, &["web"])], ..two_services() };
    let listed = |now| {
        let views = snapshot(&history, at(now)).maintenances;
        views.iter().map(|view| (view.maintenance.number, view.status, view.updated_at)).collect::<Vec<_>>()
    };
    assert_eq!(listed(-61), []);
    assert_eq!(listed(0), [(2, MaintenanceStatus::Scheduled, at(-60)), (1, MaintenanceStatus::Scheduled, at(-60))]);
    assert_eq!(listed(10)[0], (2, MaintenanceStatus::InProgress, at(10)));
    assert_eq!(listed(25)[0], (2, MaintenanceStatus::Completed, at(20)));
    let view = &snapshot(&history, at(15)).maintenances[0];
    assert_eq!((view.began_at, view.completed_at, view.services[0].name.as_str()), (Some(at(10)), None, "WEB"));
}

fn event(seq: i64, written: i64, effective: i64, subject: Subject) -> Event {
    let (at, effective_at) = (at(written), at(effective));
    let (actor, sentence) = ("ann".to_owned(), "did it".to_owned());
    Event { seq, at, effective_at, actor, kind: EventKind::ServiceStatus, subject, status: None, sentence, change: Change::default() }
}

#[test]
fn events_are_told_when_they_take_effect_with_todays_names() {
    let mut history = with_incidents(vec![down(1, 5, &[])]);
    history.maintenances = vec![maintenance(1, 10, 20, &[])];
    history.events = vec![
        event(1, 0, 0, Subject::Organization),
        event(2, 0, 0, Subject::Group(id("eu"))),
        event(3, 0, 0, Subject::Service(id("apis"))),
        event(4, 0, 0, Subject::Service(id("unknown"))),
        event(5, 1, 30, Subject::Service(id("web"))),
        event(6, 5, 2, Subject::Incident(id("i1"))),
        event(7, 6, 6, Subject::Maintenance(id("m1"))),
    ];
    let told = |now| {
        let snapshot = snapshot(&history, at(now));
        let events = snapshot.events.into_iter().map(|view| (view.event.seq, view.title, view.slug.map(|slug| slug.to_string())));
        events.collect::<Vec<_>>()
    };
    let api = (3, "APIS".to_owned(), Some("apis".to_owned()));
    assert_eq!(told(4), std::slice::from_ref(&api));
    assert_eq!(told(6), [api, (6, "Incident 1".to_owned(), None), (7, "Maintenance 1".to_owned(), None)]);
    assert_eq!(told(30).len(), 4);
    history.events = (0..150).map(|seq| event(seq, 0, 0, Subject::Service(id("apis")))).collect();
    let seqs: Vec<i64> = snapshot(&history, at(9)).events.iter().map(|view| view.event.seq).collect();
    assert_eq!(seqs, (50..150).collect::<Vec<_>>());
}

#[test]
fn events_stand_in_the_order_in_which_they_came_to_light() {
    let mut history = two_services();
    let one = |seq, written, effective| event(seq, written, effective, Subject::Service(id("apis")));
    // 2 is dated ahead; 3 is backdated; the clock of whoever wrote 5 is behind that of the writer before.
    history.events = vec![one(1, 0, 0), one(2, 1, 30), one(3, 10, 4), one(4, 29, 29), one(5, 28, 28), one(6, 30, 30), one(7, 31, 31)];
    let told = |now| super::events_by(&history, at(now), 9).iter().map(|view| view.event.seq).collect::<Vec<_>>();
    assert_eq!(told(29), [1, 3, 4, 5]);
    assert_eq!(told(30), [1, 3, 4, 5, 2, 6]);
    assert_eq!(told(99), [1, 3, 4, 5, 2, 6, 7]);
    // What has just come to light is among the newest, however long ago it was written.
    history.events = vec![one(1, 0, 60)];
    history.events.extend((2..150).map(|seq| one(seq, 1, 1)));
    let newest = snapshot(&history, at(60)).events;
    assert_eq!(newest.iter().map(|view| view.event.seq).collect::<Vec<_>>(), (51..150).chain([1]).collect::<Vec<_>>());
}

#[test]
fn updated_at_is_the_newest_change_in_effect() {
    let updated = |history: &History, now| snapshot(history, at(now)).updated_at;
    assert_eq!(updated(&history(), 0), at(-10_000));
    let mut told = two_services();
    assert_eq!(updated(&told, 0), at(-9000));
    told.manual_statuses = vec![manual(1, "apis", 5, Partial), manual(2, "apis", 50, Fine)];
    assert_eq!([4, 5, 49, 50].map(|now| updated(&told, now)), [at(-9000), at(5), at(5), at(50)]);
    told.maintenances = vec![maintenance(1, 60, 70, &[])];
    assert_eq!([59, 60, 69, 70, 99].map(|now| updated(&told, now)), [at(50), at(60), at(60), at(70), at(70)]);
    // Its source keeps its own time of the last change; the clock moves what is told all the same.
    told.maintenances[0].source_page = Some(id("source"));
    assert_eq!([59, 60, 69, 70, 99].map(|now| updated(&told, now)), [at(50), at(60), at(60), at(70), at(70)]);
    told.groups = vec![group(1, "core")];
    told.groups[0].updated_at = at(80);
    told.services[0].group = Some(id("core"));
    assert_eq!([79, 80].map(|now| updated(&told, now)), [at(70), at(80)]);
}

#[test]
fn an_update_that_lies_ahead_changes_nothing_yet() {
    // Written at minute 15, to be read from minute 30 on.
    let mut told = down(1, 5, &[("apis", Major)]);
    told.updates.push(update(2, 30, Postmortem, &[]));
    told.updated_at = at(15);
    let history = with_incidents(vec![told]);
    let now = snapshot(&history, at(20));
    assert_eq!((now.updated_at, now.valid_until, now.open_incidents.len()), (at(5), at(30), 1));
    assert_eq!(snapshot(&history, at(30)).open_incidents.len(), 0);
}

#[test]
fn valid_until_is_the_next_moment_that_shows_something_else() {
    let valid = |history: &History, now| snapshot(history, at(now)).valid_until;
    assert_eq!(valid(&two_services(), 0), at(DAY));
    let mut berlin = two_services();
    berlin.organization.time_zone = chrono_tz::Europe::Berlin;
    assert_eq!(valid(&berlin, 0), at(DAY - 60));
    let mut told = with_incidents(vec![Incident { closed_by_source_at: Some(at(40)), ..down(1, 5, &[]) }]);
    told.maintenances = vec![Maintenance { closed_by_source_at: Some(at(60)), auto_start: false, ..maintenance(1, 50, 90, &["web"]) }];
    told.events = vec![event(1, 9, 8, Subject::Service(id("apis")))];
    told.manual_statuses = vec![manual(1, "apis", 7, Fine)];
    let mut moments = Vec::new();
    let mut now = 0;
    while now < 100 {
        let next = valid(&told, now);
        now = (next - at(0)).num_minutes();
        moments.push(now);
    }
    assert_eq!(moments, [5, 7, 9, 40, 60, DAY]);
    told.incidents[0].draft = true;
    assert_eq!(valid(&told, 0), at(7), "drafts change nothing");
}

#[test]
fn extreme_moments_and_dates_make_snapshots() {
    let mut history = two_services();
    history.services[0].start_date = Some(NaiveDate::MAX);
    history.services[1].start_date = Some(NaiveDate::MIN);
    let mut said = [manual(1, "apis", 0, Major), manual(2, "web", 0, Partial)];
    said[0].at = DateTime::<Utc>::MIN_UTC;
    said[1].at = DateTime::<Utc>::MAX_UTC;
    history.manual_statuses = said.to_vec();
    for now in ["-4000-01-01T00:00:00Z", "0000-01-01T00:00:00Z", "9999-12-31T23:59:59.999Z"] {
        let now = now.parse().unwrap();
        assert_eq!(snapshot(&history, now).services().count(), 2);
    }
    for now in [DateTime::<Utc>::MIN_UTC, DateTime::<Utc>::MAX_UTC] {
        assert_eq!(snapshot(&history, now).services().count(), 2);
        assert!(since(now, &history.organization) <= now);
    }
}

#[test]
fn a_history_must_reach_back_to_before_the_oldest_bar() {
    let history = two_services();
    let first = days(&history, at(60))[0].date;
    assert_eq!(since(at(60), &history.organization), first.pred_opt().unwrap().and_hms_opt(0, 0, 0).unwrap().and_utc());
    assert_eq!(BAR_DAYS, 90);
}

#[test]
fn a_promise_is_overdue_from_its_moment_on_and_kept_by_whatever_is_said_next() {
    let mut open = down(1, 5, &[]);
    open.updates[0].next_update_at = Some(at(20));
    let mut history = with_incidents(vec![open]);
    let told = |history: &History, minute: i64| {
        let snapshot = snapshot(history, at(minute));
        let view = &snapshot.open_incidents[0];
        (view.incident.next_update_at(), view.overdue, snapshot.valid_until)
    };
    assert_eq!(told(&history, 19), (Some(at(20)), false, at(20)));
    assert_eq!(told(&history, 20), (Some(at(20)), true, at(DAY)));
    history.incidents[0].updates.push(update(2, 25, Identified, &[]));
    assert_eq!(told(&history, 22), (Some(at(20)), true, at(25)));
    assert_eq!(told(&history, 25), (None, false, at(DAY)));
    history.incidents[0].updates[1] = Update { next_update_at: Some(at(40)), ..update(2, 15, Resolved, &[]) };
    let over = snapshot(&history, at(30));
    assert_eq!((over.incidents[0].incident.next_update_at(), over.incidents[0].overdue, over.valid_until), (None, false, at(DAY)));
}

/// What must not change between a moment and its `valid_until`.
fn present(snapshot: &Snapshot) -> impl PartialEq + std::fmt::Debug + use<> {
    let services: Vec<_> = snapshot.services().map(|view| (view.status, view.since, view.open_incidents.clone())).collect();
    let incidents: Vec<_> =
        snapshot.incidents.iter().map(|view| (view.incident.number, view.status, view.overdue, view.incident.updates.len())).collect();
    let maintenances: Vec<_> = snapshot.maintenances.iter().map(|view| (view.maintenance.number, view.status)).collect();
    (services, incidents, maintenances, snapshot.recent.clone(), (snapshot.verdict.clone(), snapshot.rollup, snapshot.updated_at))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 250, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn nothing_changes_before_valid_until(recorded in recorded(), now in moment()) {
        let history = recorded.history();
        let first = snapshot(&history, now);
        prop_assert!(first.valid_until > now);
        let later = (-2..MINUTES + 15).map(at).chain([now + TimeDelta::milliseconds(1), first.valid_until - TimeDelta::milliseconds(1)]);
        for later in later.filter(|later| *later > now && *later < first.valid_until) {
            prop_assert_eq!(present(&snapshot(&history, later)), present(&first), "at {}", later);
        }
    }

    #[test]
    fn outlines_tell_the_same_of_the_present_as_incidents_in_full(recorded in recorded(), now in moment(), kept in any::<u8>()) {
        let whole = recorded.history();
        let mut part = whole.clone();
        let full = |incident: &&Incident| {
            let ends = incident.newest().map(|update| update.display_at).max(incident.closed_by_source_at);
            incident.is_open() || incident.draft || ends.is_none_or(|end| end > now) || kept >> (incident.number % 8) & 1 == 1
        };
        part.incidents = whole.incidents.iter().filter(full).cloned().collect();
        part.outlines = whole.incidents.iter().filter(|incident| !full(incident)).map(outline).collect();
        let (whole, part) = (snapshot(&whole, now), snapshot(&part, now));
        prop_assert_eq!((&part.entries, &part.recent, &part.open_incidents), (&whole.entries, &whole.recent, &whole.open_incidents));
        prop_assert_eq!((part.updated_at, part.valid_until, &part.verdict), (whole.updated_at, whole.valid_until, &whole.verdict));
    }

    #[test]
    fn views_agree_with_each_other(recorded in recorded(), now in moment()) {
        let snapshot = snapshot(&recorded.history(), now);
        let open: Vec<_> = snapshot.incidents.iter().filter(|view| view.is_open()).map(|view| view.incident.number).collect();
        let mut listed: Vec<_> = snapshot.open_incidents.iter().map(|view| view.incident.number).collect();
        listed.sort_unstable_by_key(|number| open.iter().position(|other| other == number));
        prop_assert_eq!(&listed, &open);
        prop_assert!(open.is_empty() || snapshot.verdict.status > Maintained);
        prop_assert!(snapshot.updated_at <= now && snapshot.incidents.iter().all(|view| !view.incident.draft));
        let worst = snapshot.services().map(|view| view.status).max().unwrap();
        prop_assert!(snapshot.verdict.status >= worst);
        prop_assert_eq!(snapshot.rollup.indicator == "none", worst == Fine);
        for view in snapshot.services() {
            let today = view.days.last().unwrap();
            prop_assert!(view.days.iter().all(|day| day.worst.is_some()));
            prop_assert!(view.since.is_none_or(|since| since <= now));
            let seconds = today.lost.major_ms / 1000 + today.lost.partial_ms / 1000 + today.lost.degraded_ms / 1000 + today.lost.maintenance_ms / 1000;
            prop_assert!(seconds <= DAY * 60);
            let blamed = view.days.iter().flat_map(|day| &day.incidents);
            for link in blamed {
                prop_assert!(snapshot.incidents.iter().any(|view| view.incident.id == link.id));
            }
        }
    }
}
