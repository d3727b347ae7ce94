//! The status rule: each clause by example, its laws, and a plain reading of it as an oracle.

use chrono::{DateTime, TimeDelta, Utc};
use proptest::prelude::*;

use crate::domain::samples::{MINUTES, Recorded, SERVICES, at, id, incident, maintenance, manual, moment, recorded, update};
use crate::domain::{
    Cause, Downtime, Incident, IncidentStatus, Ledger, MOST_CAUSES, Maintenance, MaintenanceStatus, ManualStatus, Origin, ServiceStatus,
    Update, downtime,
};
use IncidentStatus::{Identified, Investigating, Monitoring, Postmortem, Resolved};
use ServiceStatus::{
    DegradedPerformance as Degraded, MajorOutage as Major, Operational as Fine, PartialOutage as Partial, UnderMaintenance as Maintained,
};

fn ledger(manual_statuses: &[ManualStatus], incidents: &[Incident], maintenances: &[Maintenance]) -> Ledger {
    Ledger::of(manual_statuses, incidents, maintenances)
}

/// Holds what `api` is at some minutes against what it should be.
#[track_caller]
fn expect(ledger: &Ledger, expected: &[(i64, ServiceStatus)]) {
    let found: Vec<(i64, ServiceStatus)> =
        expected.iter().map(|(minute, _)| (*minute, ledger.status_at(&id("api"), at(*minute)))).collect();
    assert_eq!(found, expected);
}

const API_MAJOR: &[(&str, ServiceStatus)] = &[("api", Major)];

#[test]
fn a_service_nobody_spoke_of_is_operational() {
    let ledger = ledger(&[manual(1, "other", 5, Major)], &[], &[]);
    expect(&ledger, &[(0, Fine), (5, Fine), (99, Fine)]);
    assert_eq!((ledger.since(&id("api"), at(9)), ledger.next_change(&id("api"), at(0))), (None, None));
    let spans = ledger.spans(&id("api"), at(0), at(9));
    assert_eq!((spans.len(), spans[0].status, &spans[0].causes), (1, Fine, &vec![Cause::Ground]));
}

#[test]
fn a_manual_status_holds_from_its_moment_also_ahead() {
    let ledger = ledger(&[manual(1, "api", 5, Partial), manual(2, "api", 20, Fine)], &[], &[]);
    expect(&ledger, &[(4, Fine), (5, Partial), (19, Partial), (20, Fine)]);
    assert_eq!(ledger.next_change(&id("api"), at(0)), Some(at(5)));
    assert_eq!(ledger.next_change(&id("api"), at(5)), Some(at(20)));
    assert_eq!(ledger.since(&id("api"), at(19)), Some(at(5)));
    assert_eq!(ledger.since(&id("api"), at(4)), None);
}

#[test]
fn of_manual_statuses_of_one_moment_the_later_row_counts() {
    expect(&ledger(&[manual(2, "api", 5, Fine), manual(1, "api", 5, Major)], &[], &[]), &[(5, Fine)]);
    expect(&ledger(&[manual(1, "api", 5, Fine), manual(2, "api", 5, Major)], &[], &[]), &[(5, Major)]);
}

#[test]
fn saying_operational_of_an_operational_service_begins_nothing() {
    let ledger = ledger(&[manual(1, "api", 5, Fine)], &[], &[]);
    assert_eq!(ledger.since(&id("api"), at(9)), None);
}

#[test]
fn the_end_of_an_incident_makes_its_services_operational() {
    let said = vec![update(1, 5, Investigating, API_MAJOR), update(2, 8, Monitoring, &[("api", Degraded)]), update(3, 9, Resolved, &[])];
    expect(&ledger(&[], &[incident(1, said)], &[]), &[(4, Fine), (5, Major), (7, Major), (8, Degraded), (9, Fine)]);
}

#[test]
fn an_update_that_names_no_service_leaves_what_was_said() {
    let said = vec![update(1, 5, Investigating, API_MAJOR), update(2, 8, Identified, &[("web", Partial)]), update(3, 9, Monitoring, &[])];
    expect(&ledger(&[], &[incident(1, said)], &[]), &[(5, Major), (8, Major), (9, Major), (99, Major)]);
}

#[test]
fn a_resolving_update_may_say_otherwise_unless_it_was_imported() {
    let mut said = vec![update(1, 5, Investigating, API_MAJOR), update(2, 9, Resolved, &[("api", Degraded)])];
    expect(&ledger(&[], &[incident(1, said.clone())], &[]), &[(8, Major), (9, Degraded), (99, Degraded)]);
    said[1].origin = Origin::Import;
    expect(&ledger(&[], &[incident(1, said.clone())], &[]), &[(8, Major), (9, Fine)]);
    // A statement of the present that a file makes beside it is a manual status.
    expect(&ledger(&[manual(1, "api", 9, Partial)], &[incident(1, said)], &[]), &[(8, Major), (9, Partial)]);
}

#[test]
fn an_incident_told_only_when_it_was_over_still_ends_for_its_services() {
    let said = vec![update(1, 9, Resolved, API_MAJOR)];
    expect(&ledger(&[manual(1, "api", 2, Partial)], &[incident(1, said.clone())], &[]), &[(8, Partial), (9, Major)]);
    let mut imported = incident(1, said);
    imported.updates[0].origin = Origin::Import;
    expect(&ledger(&[manual(1, "api", 2, Partial)], &[imported], &[]), &[(8, Partial), (9, Fine)]);
}

#[test]
fn the_end_of_an_incident_speaks_only_of_services_it_named() {
    let said = vec![update(1, 5, Investigating, &[("web", Major)]), update(2, 9, Resolved, &[])];
    expect(&ledger(&[manual(1, "api", 2, Partial)], &[incident(1, said)], &[]), &[(9, Partial)]);
}

#[test]
fn a_person_who_sets_a_status_overrules_open_incidents_until_they_speak_again() {
    let said = vec![update(1, 5, Investigating, API_MAJOR), update(2, 12, Identified, &[]), update(3, 15, Identified, &[("api", Partial)])];
    let ledger = ledger(&[manual(1, "api", 10, Fine)], &[incident(1, said)], &[]);
    expect(&ledger, &[(9, Major), (10, Fine), (12, Fine), (14, Fine), (15, Partial)]);
}

#[test]
fn an_open_incident_is_weighed_against_the_ground() {
    let said = vec![update(1, 5, Investigating, &[("api", Degraded)]), update(2, 9, Resolved, &[])];
    let ledger = ledger(&[manual(1, "api", 2, Partial)], &[incident(1, said)], &[]);
    expect(&ledger, &[(2, Partial), (5, Partial), (9, Fine)]);
}

#[test]
fn manual_statuses_count_after_what_incidents_say_in_the_same_moment() {
    let said = vec![update(7, 5, Investigating, API_MAJOR)];
    expect(&ledger(&[manual(1, "api", 5, Fine)], &[incident(1, said)], &[]), &[(5, Fine)]);
    let said = vec![update(7, 5, Investigating, API_MAJOR), update(8, 9, Resolved, &[])];
    expect(&ledger(&[manual(1, "api", 9, Partial)], &[incident(1, said)], &[]), &[(9, Partial)]);
}

#[test]
fn updates_of_one_moment_count_in_the_order_of_their_rows() {
    let said = vec![update(1, 5, Investigating, API_MAJOR), update(2, 5, Identified, &[("api", Degraded)])];
    expect(&ledger(&[], &[incident(1, said)], &[]), &[(5, Degraded)]);
    let over = |number| vec![update(number, 5, Investigating, API_MAJOR), update(number + 1, 9, Resolved, &[("api", Partial)])];
    let plain = |number| vec![update(number, 5, Investigating, API_MAJOR), update(number + 1, 9, Resolved, &[])];
    expect(&ledger(&[], &[incident(1, over(1)), incident(2, plain(3))], &[]), &[(9, Fine)]);
    expect(&ledger(&[], &[incident(1, over(3)), incident(2, plain(1))], &[]), &[(9, Partial)]);
}

#[test]
fn a_reopened_incident_speaks_when_it_names_the_service_again() {
    let said = vec![
        update(1, 5, Investigating, API_MAJOR),
        update(2, 9, Resolved, &[]),
        update(3, 12, Investigating, &[]),
        update(4, 14, Identified, &[("api", Partial)]),
        update(5, 16, Resolved, &[]),
    ];
    expect(&ledger(&[], &[incident(1, said)], &[]), &[(5, Major), (9, Fine), (12, Fine), (14, Partial), (16, Fine)]);
}

#[test]
fn of_two_incidents_the_worst_counts_and_each_ends_for_itself() {
    let one = incident(1, vec![update(1, 5, Investigating, &[("api", Degraded)]), update(4, 20, Resolved, &[])]);
    let two = incident(2, vec![update(2, 8, Investigating, API_MAJOR), update(3, 12, Resolved, &[])]);
    let ledger = ledger(&[], &[one, two], &[]);
    expect(&ledger, &[(5, Degraded), (8, Major), (12, Degraded), (20, Fine)]);
    let causes: Vec<Vec<Cause>> = ledger.spans(&id("api"), at(0), at(30)).into_iter().map(|span| span.causes).collect();
    let (ground, one, two) = (vec![Cause::Ground], vec![Cause::Incident(1)], vec![Cause::Incident(2)]);
    assert_eq!(causes, [ground.clone(), one.clone(), two, one, ground]);
}

#[test]
fn a_window_covers_its_services_half_open() {
    let ledger = ledger(&[], &[], &[maintenance(1, 10, 20, &["api"])]);
    expect(&ledger, &[(9, Fine), (10, Maintained), (19, Maintained), (20, Fine)]);
    assert_eq!(ledger.spans(&id("api"), at(0), at(30))[1].causes, [Cause::Maintenance(1)]);
}

#[test]
fn outages_are_worse_than_maintenance() {
    let said = vec![update(1, 12, Investigating, &[("api", Degraded)]), update(2, 14, Resolved, &[])];
    let ledger = ledger(&[], &[incident(1, said)], &[maintenance(1, 10, 20, &["api"])]);
    expect(&ledger, &[(10, Maintained), (12, Degraded), (14, Maintained), (20, Fine)]);
}

#[test]
fn a_manual_status_during_a_window_ends_it_for_its_service() {
    let windows = [maintenance(1, 10, 20, &["api", "web"]), maintenance(2, 25, 30, &["api"])];
    for (minute, suppressed) in [(9, false), (10, true), (15, true), (20, false)] {
        let ledger = ledger(&[manual(1, "api", minute, Fine)], &[], &windows);
        let within = if suppressed { Fine } else { Maintained };
        expect(&ledger, &[(19, within), (20, Fine), (25, Maintained)]);
        assert_eq!(ledger.status_at(&id("web"), at(19)), Maintained);
    }
}

#[test]
fn without_automatic_start_and_finish_only_people_move_a_maintenance() {
    let by_hand = Maintenance { auto_start: false, auto_finish: false, ..maintenance(1, 10, 20, &["api"]) };
    expect(&ledger(&[], &[], std::slice::from_ref(&by_hand)), &[(10, Fine), (20, Fine)]);
    let mut by_hand = by_hand;
    by_hand.updates.push(update(2, 12, MaintenanceStatus::InProgress, &[]));
    expect(&ledger(&[], &[], std::slice::from_ref(&by_hand)), &[(11, Fine), (12, Maintained), (99, Maintained)]);
    by_hand.updates.push(update(3, 22, MaintenanceStatus::Verifying, &[]));
    by_hand.updates.push(update(4, 24, MaintenanceStatus::Completed, &[]));
    expect(&ledger(&[], &[], &[by_hand]), &[(12, Maintained), (22, Maintained), (24, Fine)]);
}

#[test]
fn a_maintenance_started_and_completed_by_hand_before_its_time() {
    let mut early = maintenance(1, 10, 20, &["api"]);
    early.updates.push(update(2, 8, MaintenanceStatus::InProgress, &[]));
    early.updates.push(update(3, 15, MaintenanceStatus::Completed, &[]));
    expect(&ledger(&[], &[], &[early]), &[(7, Fine), (8, Maintained), (14, Maintained), (15, Fine), (20, Fine)]);
}

#[test]
fn a_cancelled_maintenance_covers_nothing_more() {
    for (minute, before) in [(5, Fine), (12, Maintained)] {
        let mut cancelled = maintenance(1, 10, 20, &["api"]);
        cancelled.updates.push(update(2, minute, MaintenanceStatus::Cancelled, &[]));
        expect(&ledger(&[], &[], &[cancelled]), &[(11, before), (12, Fine), (19, Fine)]);
    }
}

#[test]
fn a_maintenance_put_off_after_it_began_has_two_windows() {
    let mut postponed = Maintenance { auto_start: false, auto_finish: false, ..maintenance(1, 10, 20, &["api"]) };
    for (minute, status) in [(10, MaintenanceStatus::InProgress), (12, MaintenanceStatus::Scheduled), (30, MaintenanceStatus::InProgress)] {
        postponed.updates.push(update(minute, minute, status, &[]));
    }
    expect(&ledger(&[manual(1, "api", 11, Fine)], &[], &[postponed]), &[(10, Maintained), (11, Fine), (12, Fine), (30, Maintained)]);
}

#[test]
fn what_its_source_closed_is_over_then() {
    let closed = Incident { closed_by_source_at: Some(at(9)), ..incident(1, vec![update(1, 5, Investigating, API_MAJOR)]) };
    expect(&ledger(&[], std::slice::from_ref(&closed), &[]), &[(8, Major), (9, Fine)]);
    let mut again = closed;
    again.updates.push(update(2, 12, Investigating, &[]));
    again.updates.push(update(3, 14, Identified, &[("api", Degraded)]));
    expect(&ledger(&[], &[again], &[]), &[(8, Major), (9, Fine), (12, Fine), (14, Degraded)]);
    let imported =
        Maintenance { auto_start: false, auto_finish: false, closed_by_source_at: Some(at(18)), ..maintenance(1, 10, 20, &["api"]) };
    let running = Maintenance { updates: vec![update(1, 10, MaintenanceStatus::InProgress, &[])], ..imported };
    expect(&ledger(&[], &[], &[running]), &[(10, Maintained), (18, Fine)]);
}

#[test]
fn drafts_say_nothing() {
    let draft = Incident { draft: true, ..incident(1, vec![update(1, 5, Investigating, API_MAJOR)]) };
    expect(&ledger(&[], &[draft], &[]), &[(5, Fine), (99, Fine)]);
}

#[test]
fn a_postmortem_changes_no_status_unless_it_says_so() {
    let mut said = vec![update(1, 5, Investigating, API_MAJOR), update(2, 9, Resolved, &[]), update(4, 20, Postmortem, &[])];
    let later = manual(1, "api", 12, Partial);
    expect(&ledger(std::slice::from_ref(&later), &[incident(1, said.clone())], &[]), &[(9, Fine), (12, Partial), (20, Partial)]);
    said[2] = update(4, 20, Postmortem, &[("api", Degraded)]);
    expect(&ledger(std::slice::from_ref(&later), &[incident(1, said.clone())], &[]), &[(12, Partial), (20, Degraded)]);
    said[2].origin = Origin::Import;
    expect(&ledger(&[later], &[incident(1, said)], &[]), &[(12, Partial), (20, Partial)]);
}

#[test]
fn thousands_of_statements_and_windows_take_no_square_of_time() {
    let mut manuals: Vec<ManualStatus> = (0..10_000).map(|number| manual(number, "api", number * 7, Partial)).collect();
    manuals.extend((0..10_000).map(|number| manual(number, "api", number * 7 + 3, Fine)));
    let windows: Vec<Maintenance> = (0..1000).map(|number| maintenance(number, number * 60, 999_999, &["api"])).collect();
    let open = |number| incident(number, vec![update(number, number, Investigating, API_MAJOR)]);
    let left_open: Vec<Incident> = (0..20_000).map(open).collect();
    let busy = ledger(&manuals, &[], &windows);
    assert_eq!(busy.spans(&id("api"), at(0), at(70_000)).len(), 20_429, "3 of 7 windows begin while it works");
    let crowded = ledger(&[], &left_open, &windows);
    assert_eq!(crowded.spans(&id("api"), at(0), at(70_000)).iter().map(|span| span.causes.len()).max(), Some(MOST_CAUSES));
}

/// How long the ledger of a busy service takes; run it with `--release -- --ignored --nocapture`.
#[test]
#[ignore = "a measurement, for a release build"]
#[expect(clippy::print_stdout, reason = "a measurement is to be read")]
fn forty_thousand_statements_and_a_thousand_windows_take_less_than_100_ms() {
    let manuals: Vec<ManualStatus> =
        (0..40_000).map(|number| manual(number, "api", number, ServiceStatus::ALL[number as usize % 5])).collect();
    let windows: Vec<Maintenance> = (0..1000).map(|number| maintenance(number, number * 40, number * 40 + 400, &["api"])).collect();
    let before = std::time::Instant::now();
    let ledger = ledger(&manuals, &[], &windows);
    let took = before.elapsed();
    assert_eq!(ledger.status_at(&id("api"), at(39_999)), Major);
    let limit = if cfg!(debug_assertions) { 1500 } else { 100 };
    assert!(took.as_millis() < limit, "{took:?}");
    println!("{took:?}");
}

#[test]
fn extreme_dates_are_moments_like_others() {
    let extremes = [DateTime::<Utc>::MIN_UTC, "-4000-01-01T00:00:00Z".parse().unwrap(), "9999-12-31T23:59:59.999Z".parse().unwrap()];
    for moment in extremes.into_iter().chain([DateTime::<Utc>::MAX_UTC]) {
        let manual = ManualStatus { at: moment, ..manual(1, "api", 0, Major) };
        let mut said = incident(1, vec![update(1, 5, Investigating, API_MAJOR)]);
        said.updates[0].display_at = moment;
        let window = Maintenance { scheduled_for: moment, scheduled_until: moment, ..maintenance(1, 0, 0, &["api"]) };
        let ledger = ledger(&[manual], &[said], &[window]);
        assert_eq!(ledger.status_at(&id("api"), moment), Major);
        let all = ledger.spans(&id("api"), DateTime::<Utc>::MIN_UTC, DateTime::<Utc>::MAX_UTC);
        assert_eq!(downtime(&all).window_ms, (DateTime::<Utc>::MAX_UTC - DateTime::<Utc>::MIN_UTC).num_milliseconds());
    }
}

/// The rule of the module's first paragraph, read plainly: one service, one minute, everything looked at.
mod oracle {
    use super::*;

    /// (minute, manual, row)
    type Place = (i64, bool, i64);

    fn minute(moment: DateTime<Utc>) -> i64 {
        (moment - at(0)).num_milliseconds().div_euclid(60_000)
    }

    pub(super) fn status(recorded: &Recorded, service: &str, now: i64) -> ServiceStatus {
        let manual = recorded.manual_statuses.iter().filter(|manual| manual.service == id(service) && minute(manual.at) <= now);
        let manual: Vec<(Place, ServiceStatus)> = manual.map(|one| ((minute(one.at), true, one.number), one.status)).collect();
        let newest_manual = manual.iter().map(|((at, _, _), _)| *at).max();
        let published: Vec<&Incident> = recorded.incidents.iter().filter(|incident| !incident.draft).collect();
        let ends = published.iter().flat_map(|incident| ends(incident, service, now));
        let ground = manual.iter().copied().chain(ends).max_by_key(|(place, _)| *place).map(|(_, status)| status);
        let said = published.iter().filter_map(|incident| last_said(incident, service, now, newest_manual));
        let covered = recorded.maintenances.iter().any(|one| covers(one, service, now, newest_manual)).then_some(Maintained);
        ground.into_iter().chain(said).chain(covered).max().unwrap_or(Fine)
    }

    /// Whether an update is the word of someone who closed the incident after it, at or before `now`.
    fn closed_after(incident: &Incident, place: usize, now: i64) -> bool {
        let said = minute(incident.updates[place].display_at);
        incident.closed_by_source_at.is_some_and(|closed| minute(closed) <= now && said <= minute(closed))
    }

    fn names(incident: &Incident, until: usize, service: &str) -> bool {
        incident.updates[..until].iter().flat_map(|update| update.affected.iter().flatten()).any(|one| one.service == Some(id(service)))
    }

    fn ends(incident: &Incident, service: &str, now: i64) -> Vec<(Place, ServiceStatus)> {
        let mut ends = Vec::new();
        for (place, update) in incident.updates.iter().enumerate().filter(|(_, update)| minute(update.display_at) <= now) {
            let open_before = place == 0 || !incident.updates[place - 1].status.is_over();
            let spoken = update.stated().filter(|(named, _)| **named == id(service)).last().map(|(_, status)| status);
            let spoken = spoken.filter(|_| update.origin == Origin::Person);
            let when = (minute(update.display_at), false, update.number);
            if update.status.is_over() && open_before && names(incident, place + 1, service) {
                ends.push((when, spoken.unwrap_or(Fine)));
            } else if let Some(status) = spoken.filter(|_| update.status.is_over()) {
                ends.push((when, status));
            }
        }
        let Some(closed) = incident.closed_by_source_at.map(minute).filter(|closed| *closed <= now) else { return ends };
        if let Some(place) = incident.updates.iter().rposition(|update| minute(update.display_at) <= closed)
            && !incident.updates[place].status.is_over()
            && names(incident, place + 1, service)
        {
            ends.push(((closed, false, incident.updates[place].number), Fine));
        }
        ends
    }

    fn last_said(incident: &Incident, service: &str, now: i64, newest_manual: Option<i64>) -> Option<ServiceStatus> {
        let passed = incident.updates.iter().filter(|update| minute(update.display_at) <= now).count();
        for place in (0..passed).rev() {
            let update = &incident.updates[place];
            if update.status.is_over() || closed_after(incident, place, now) {
                return None;
            }
            if let Some((_, status)) = update.stated().filter(|(named, _)| **named == id(service)).last() {
                return newest_manual.is_none_or(|manual| manual < minute(update.display_at)).then_some(status);
            }
        }
        None
    }

    fn covers(maintenance: &Maintenance, service: &str, now: i64, newest_manual: Option<i64>) -> bool {
        // Work must have gone on without a break since before the minute in which somebody last said otherwise.
        let first = newest_manual.unwrap_or(now);
        let since_before = newest_manual.is_none() || (first..=now).any(|minute| !works(maintenance, minute));
        maintenance.services.contains(&id(service)) && works(maintenance, now) && since_before
    }

    fn works(maintenance: &Maintenance, now: i64) -> bool {
        let newest = maintenance.updates.iter().rfind(|update| minute(update.display_at) <= now);
        let told = newest.map_or(i64::MIN, |update| minute(update.display_at));
        let by_hand = newest.map_or(MaintenanceStatus::Scheduled, |update| update.status);
        let closed = maintenance.closed_by_source_at.map(minute).is_some_and(|closed| told <= closed && closed <= now);
        let (from, until) = (minute(maintenance.scheduled_for), minute(maintenance.scheduled_until));
        let begun = by_hand.is_active() || (by_hand == MaintenanceStatus::Scheduled && maintenance.auto_start && from <= now);
        let clock_ends = maintenance.auto_finish && until <= now;
        begun && !closed && !clock_ends
    }
}

/// Durations other than the whole window.
fn add(one: Downtime, other: Downtime) -> Downtime {
    Downtime {
        window_ms: one.window_ms + other.window_ms,
        major_ms: one.major_ms + other.major_ms,
        partial_ms: one.partial_ms + other.partial_ms,
        degraded_ms: one.degraded_ms + other.degraded_ms,
        maintenance_ms: one.maintenance_ms + other.maintenance_ms,
    }
}

fn of(recorded: &Recorded) -> Ledger {
    ledger(&recorded.manual_statuses, &recorded.incidents, &recorded.maintenances)
}

fn statuses(ledger: &Ledger, service: &str) -> Vec<(DateTime<Utc>, ServiceStatus)> {
    let mut spans: Vec<_> = ledger.spans(&id(service), at(-5), at(99)).into_iter().map(|span| (span.start, span.status)).collect();
    spans.dedup_by_key(|(_, status)| *status);
    spans
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1500, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_ledger_says_what_a_plain_reading_of_the_rule_says(recorded in recorded()) {
        let ledger = of(&recorded);
        for service in SERVICES {
            for minute in -1..MINUTES + 13 {
                let expected = oracle::status(&recorded, service, minute);
                prop_assert_eq!(ledger.status_at(&id(service), at(minute)), expected, "{} at {}", service, minute);
                let just_before_the_next = at(minute + 1) - TimeDelta::milliseconds(1);
                prop_assert_eq!(ledger.status_at(&id(service), just_before_the_next), expected, "{} before {}", service, minute + 1);
            }
        }
    }

    #[test]
    fn spans_partition_a_window_and_agree_with_every_moment(recorded in recorded(), one in moment(), other in moment()) {
        let ledger = of(&recorded);
        let (from, to) = (one.min(other), one.max(other));
        for service in SERVICES.map(id) {
            let spans = ledger.spans(&service, from, to);
            prop_assert_eq!(spans.is_empty(), from == to);
            if let (Some(first), Some(last)) = (spans.first(), spans.last()) {
                prop_assert_eq!((first.start, last.end), (from, to));
            }
            prop_assert!(spans.windows(2).all(|pair| pair[0].end == pair[1].start));
            prop_assert!(spans.windows(2).all(|pair| (pair[0].status, &pair[0].causes) != (pair[1].status, &pair[1].causes)));
            for span in &spans {
                prop_assert!(span.start < span.end && !span.causes.is_empty());
                for moment in [span.start, span.start + TimeDelta::milliseconds(1), span.end - TimeDelta::milliseconds(1)] {
                    if moment < span.end {
                        prop_assert_eq!(ledger.status_at(&service, moment), span.status);
                    }
                }
            }
        }
    }

    #[test]
    fn the_downtime_of_two_parts_is_that_of_the_whole(recorded in recorded(), cut in moment()) {
        let ledger = of(&recorded);
        for service in SERVICES.map(id) {
            let over = |from, to| downtime(&ledger.spans(&service, from, to));
            prop_assert_eq!(add(over(at(-9), cut), over(cut, at(99))), over(at(-9), at(99)));
        }
    }

    #[test]
    fn the_order_in_which_rows_come_does_not_matter(
        (recorded, manual, incidents, maintenances) in recorded().prop_flat_map(|recorded| {
            let orders = (
                Just(recorded.manual_statuses.clone()).prop_shuffle(),
                Just(recorded.incidents.clone()).prop_shuffle(),
                Just(recorded.maintenances.clone()).prop_shuffle(),
            );
            (Just(recorded), orders.0, orders.1, orders.2)
        }),
    ) {
        let (told, shuffled) = (of(&recorded), ledger(&manual, &incidents, &maintenances));
        for service in SERVICES.map(id) {
            prop_assert_eq!(told.spans(&service, at(-5), at(99)), shuffled.spans(&service, at(-5), at(99)));
        }
    }

    #[test]
    fn row_numbers_matter_only_within_a_moment(mut recorded in recorded(), factor in 2..9_i64) {
        // All statements a moment of their own, in the order of rows.
        let mut moment = at(0);
        let mut next = || { moment += TimeDelta::seconds(7); moment };
        recorded.manual_statuses.iter_mut().for_each(|manual| manual.at = next());
        recorded.incidents.iter_mut().for_each(|incident| {
            incident.closed_by_source_at = None;
            incident.updates.iter_mut().for_each(|update| update.display_at = next());
        });
        let told = of(&recorded);
        recorded.manual_statuses.iter_mut().for_each(|manual| manual.number = 1000 - manual.number * factor);
        recorded.incidents.iter_mut().flat_map(|incident| &mut incident.updates).for_each(|update| update.number = 1000 - update.number * factor);
        let renumbered = of(&recorded);
        for service in SERVICES.map(id) {
            prop_assert_eq!(told.spans(&service, at(-5), at(99)), renumbered.spans(&service, at(-5), at(99)));
        }
    }

    #[test]
    fn an_update_that_names_nothing_and_repeats_the_status_changes_nothing(
        mut recorded in recorded(),
        which in any::<prop::sample::Index>(),
        after in any::<prop::sample::Index>(),
        later in 0..5_i64,
    ) {
        let told = of(&recorded);
        recorded.incidents.retain(|incident| !incident.updates.is_empty());
        if recorded.incidents.is_empty() {
            return Ok(());
        }
        let which = which.index(recorded.incidents.len());
        let incident = &mut recorded.incidents[which];
        let moment = incident.updates[after.index(incident.updates.len())].display_at + TimeDelta::minutes(later);
        let place = incident.updates.partition_point(|update| update.display_at <= moment);
        let before = &incident.updates[place - 1];
        let again = Update { display_at: moment, ..update(before.number, 0, before.status, &[]) };
        // An update opens again what its source had closed.
        let reopens = incident.closed_by_source_at.is_some_and(|closed| before.display_at <= closed && closed < moment);
        incident.updates.insert(place, again);
        for service in SERVICES.into_iter().filter(|_| !reopens) {
            prop_assert_eq!(statuses(&of(&recorded), service), statuses(&told, service));
        }
    }

    #[test]
    fn a_manual_status_that_repeats_a_lasting_ground_changes_nothing(mut recorded in recorded(), service in prop::sample::select(&SERVICES[..])) {
        recorded.incidents.clear();
        recorded.maintenances.clear();
        let told = of(&recorded);
        let again = manual(9999, service, MINUTES, told.status_at(&id(service), at(MINUTES)));
        recorded.manual_statuses.push(again);
        prop_assert_eq!(statuses(&of(&recorded), service), statuses(&told, service));
    }

    #[test]
    fn since_and_next_change_are_where_the_status_changes(recorded in recorded(), now in moment()) {
        let ledger = of(&recorded);
        for service in SERVICES {
            let changes = statuses(&ledger, service);
            let (past, coming): (Vec<_>, Vec<_>) = changes.iter().skip(1).map(|(moment, _)| *moment).partition(|moment| *moment <= now);
            prop_assert_eq!(ledger.since(&id(service), now), past.last().copied());
            prop_assert_eq!(ledger.next_change(&id(service), now), coming.first().copied());
        }
    }

    #[test]
    fn worst_of_commutes_and_associates(one in 0..5_usize, two in 0..5_usize, three in 0..5_usize) {
        let [one, two, three] = [one, two, three].map(|index| ServiceStatus::ALL[index]);
        prop_assert_eq!(one.max(two), two.max(one));
        prop_assert_eq!(one.max(two).max(three), one.max(two.max(three)));
        let said = |statuses: &[ServiceStatus]| {
            let told = statuses.iter().zip(1..).map(|(status, number)| incident(number, vec![update(number, 5, Investigating, &[("api", *status)])]));
            ledger(&[], &told.collect::<Vec<_>>(), &[]).status_at(&id("api"), at(5))
        };
        prop_assert_eq!(said(&[one, two, three]), said(&[three, one, two]));
        prop_assert_eq!(said(&[one, two, three]), one.max(two).max(three));
    }

    #[test]
    fn what_is_blamed_was_going_on(recorded in recorded(), now in moment()) {
        let ledger = of(&recorded);
        for service in SERVICES.map(id) {
            for cause in ledger.spans(&service, now, now + TimeDelta::milliseconds(1)).remove(0).causes {
                match cause {
                    Cause::Incident(number) => {
                        let incident = recorded.incidents.iter().find(|incident| incident.number == number).unwrap();
                        prop_assert!(!incident.draft && incident.as_of(now).is_some_and(|then| then.is_open()));
                    }
                    Cause::Maintenance(number) => {
                        let maintenance = recorded.maintenances.iter().find(|maintenance| maintenance.number == number).unwrap();
                        prop_assert!(maintenance.status_at(now).is_active());
                    }
                    Cause::Ground | Cause::Manual => {}
                }
            }
        }
    }
}
