use proptest::prelude::*;
use rrule::RRule;

use super::*;
use crate::domain::samples;

fn at(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

/// A series of two hours each, announced with its first day.
fn series(rule: &str, zone: Tz, first: &str) -> Maintenance {
    let (first, rule) = (at(first), Rule::parse(rule).unwrap());
    let announced = first - TimeDelta::days(1);
    let mut series = samples::maintenance(3, 0, 120, &["api"]);
    series.scheduled_for = first;
    series.scheduled_until = first + TimeDelta::hours(2);
    (series.created_at, series.updated_at) = (announced, announced);
    series.updates[0].display_at = announced;
    (series.updates[0].created_at, series.updates[0].updated_at) = (announced, announced);
    series.repeat = Some(Repeat { rule, zone, since: first });
    series
}

#[track_caller]
fn expect_starts(rule: &str, zone: Tz, first: &str, expected: &[&str]) {
    let series = series(rule, zone, first);
    let now = series.scheduled_for;
    let found: Vec<String> = dates_of(&series, now)
        .iter()
        .take(expected.len())
        .map(|date| date.scheduled_for.with_timezone(&zone).format("%Y-%m-%dT%H:%M%:z").to_string())
        .collect();
    assert_eq!(found, expected);
}

#[test]
fn clocks_that_change_keep_the_hour() {
    let berlin = ["2026-03-22T02:00+01:00", "2026-03-29T03:00+02:00", "2026-04-05T02:00+02:00"];
    expect_starts("weekly", Tz::Europe__Berlin, "2026-03-22T01:00:00Z", &berlin);
    expect_starts(
        "weekly",
        Tz::Europe__Berlin,
        "2026-10-18T00:30:00Z",
        &["2026-10-18T02:30+02:00", "2026-10-25T02:30+02:00", "2026-11-01T02:30+01:00"],
    );
    expect_starts(
        "daily",
        Tz::America__New_York,
        "2026-03-07T07:30:00Z",
        &["2026-03-07T02:30-05:00", "2026-03-08T03:30-04:00", "2026-03-09T02:30-04:00"],
    );
    expect_starts(
        "daily",
        Tz::America__New_York,
        "2026-10-31T05:30:00Z",
        &["2026-10-31T01:30-04:00", "2026-11-01T01:30-04:00", "2026-11-02T01:30-05:00"],
    );
    // A first date of the second time that clocks show its hour stays there.
    expect_starts("daily", Tz::Europe__Berlin, "2026-10-25T01:30:00Z", &["2026-10-25T02:30+01:00", "2026-10-26T02:30+01:00"]);
}

#[test]
fn every_date_takes_as_long_as_the_first() {
    let series = series("weekly", Tz::Europe__Berlin, "2026-03-22T00:00:00Z");
    let lengths: Vec<_> = dates_of(&series, series.scheduled_for).iter().map(|date| date.scheduled_until - date.scheduled_for).collect();
    assert!(lengths.iter().all(|length| *length == TimeDelta::hours(2)) && lengths.len() >= 52);
}

#[test]
fn a_whole_day_that_a_zone_skipped_is_no_trouble() {
    let skipped = "2011-12-30T09:00:00".parse().unwrap();
    assert_eq!(in_zone(skipped, Tz::Pacific__Apia), Some(at("2011-12-30T19:00:00Z")), "the next day at nine there");
}

#[test]
fn rules_end_by_count_and_by_moment() {
    let dates = |rule: &str| dates_of(&series(rule, Tz::Europe__Berlin, "2026-12-01T01:00:00Z"), at("2026-12-01T00:00:00Z")).len();
    assert_eq!(dates("FREQ=WEEKLY;COUNT=3"), 3);
    assert_eq!(dates("FREQ=WEEKLY;UNTIL=20261215"), 3, "the last day is one of them");
    assert_eq!(dates("FREQ=WEEKLY;UNTIL=20261215T020000"), 3);
    assert_eq!(dates("FREQ=WEEKLY;UNTIL=20261215T010000Z"), 3);
    assert_eq!(dates("FREQ=WEEKLY;UNTIL=20261215T005959Z"), 2);
    assert_eq!(dates("FREQ=WEEKLY;UNTIL=20261215T015959"), 2);
}

#[test]
fn a_date_is_told_a_year_ahead_and_starts_and_ends_by_itself() {
    let series = series("yearly", Tz::Etc__UTC, "2028-02-29T10:00:00Z");
    let now = at("2028-02-29T09:00:00Z");
    assert_eq!(dates_of(&series, now).len(), 1, "in four years is not within one");
    assert!(
        has_untold_dates(&series, now)
            && !has_untold_dates(&self::series("FREQ=YEARLY;COUNT=1", Tz::Etc__UTC, "2028-02-29T10:00:00Z"), now)
    );
    let then = at("2031-03-01T10:00:00Z");
    let dates = dates_of(&series, then);
    assert_eq!(dates.len(), 2);
    assert_eq!(dates[1].scheduled_for, at("2032-02-29T10:00:00Z"));
    assert_eq!(dates[1].updates[0].display_at, at("2031-02-28T10:00:00Z"), "366 days before");
    assert_eq!(dates[1].as_of(at("2031-02-28T09:59:59Z")), None);
    let statuses = ["2031-03-01T00:00:00Z", "2032-02-29T10:00:00Z", "2032-02-29T12:00:00Z"].map(|moment| dates[1].status_at(at(moment)));
    assert_eq!(statuses, [MaintenanceStatus::Scheduled, MaintenanceStatus::InProgress, MaintenanceStatus::Completed]);
}

#[test]
fn what_is_touched_or_older_than_an_edit_does_not_follow_from_the_series() {
    let mut series = series("weekly", Tz::Etc__UTC, "2026-12-01T10:00:00Z");
    let now = at("2026-12-10T00:00:00Z");
    let all = dates_of(&series, now);
    let touched: HashSet<Occurrence> = all[1..2].iter().filter_map(|date| date.occurrence.clone()).collect();
    let mut row = Maintenance { number: 9, ..all[1].clone() };
    row.scheduled_for = at("2026-12-09T10:00:00Z");
    let (maintenances, found) = told(vec![series.clone(), row], &touched, now);
    assert_eq!((maintenances.len(), found.len()), (all.len(), 1));
    assert_eq!(maintenances[1].number, 9);
    assert!(maintenances.iter().all(|date| date.repeat.is_none()));
    // A row that somebody may not see takes the place of the date all the same.
    assert_eq!(told(vec![series.clone()], &touched, now).0.len(), all.len() - 1);
    series.repeat.as_mut().unwrap().since = now;
    assert_eq!(dates_of(&series, now)[0], all[2]);
}

#[test]
fn called_off_no_date_takes_place_that_had_not_begun() {
    let mut series = series("daily", Tz::Etc__UTC, "2026-12-01T10:00:00Z");
    let mut called_off = series.updates[0].clone();
    called_off.status = MaintenanceStatus::Cancelled;
    called_off.display_at = at("2026-12-02T11:00:00Z");
    series.updates.push(called_off);
    let later = at("2027-06-01T00:00:00Z");
    let statuses: Vec<_> = dates_of(&series, later).iter().map(|date| date.status_at(later)).collect();
    assert_eq!(statuses[..3], [MaintenanceStatus::Completed, MaintenanceStatus::Completed, MaintenanceStatus::Cancelled]);
    assert!(statuses[2..].iter().all(|status| *status == MaintenanceStatus::Cancelled));
    assert_eq!(statuses.len(), 2 + 366, "those that were told then, and no more");
    assert_eq!(series.series_status_at(later, true), MaintenanceStatus::Cancelled);
}

#[test]
fn a_date_that_waits_for_people_lapses_when_the_next_one_begins() {
    let series = Maintenance { auto_start: false, ..series("daily", Tz::Etc__UTC, "2026-12-01T10:00:00Z") };
    let dates = dates_of(&series, at("2026-12-03T00:00:00Z"));
    let status = |place: usize, moment: &str| dates[place].status_at(at(moment));
    assert_eq!(status(0, "2026-12-02T09:59:59Z"), MaintenanceStatus::Scheduled);
    assert_eq!(status(0, "2026-12-02T10:00:00Z"), MaintenanceStatus::Cancelled);
    assert_eq!(status(1, "2026-12-02T10:00:00Z"), MaintenanceStatus::Scheduled);
    let begun = touched(dates[1].clone(), at("2026-12-02T10:00:00Z"));
    assert_eq!((begun.updates.len(), begun.status_at(at("2026-12-09T00:00:00Z"))), (1, MaintenanceStatus::Scheduled), "it is up to people");
}

#[test]
fn of_each_series_one_date_is_next() {
    let series = series("weekly", Tz::Etc__UTC, "2026-12-01T10:00:00Z");
    let mut dates = dates_of(&series, series.scheduled_for);
    dates[2].number = 7;
    let dates: Vec<&Maintenance> = dates.iter().collect();
    let behind = ahead(&dates, at("2026-12-01T13:00:00Z"));
    let shown: Vec<String> =
        dates.iter().filter(|date| !behind.contains(&date.id)).map(|date| date.scheduled_for.date_naive().to_string()).collect();
    // One that is past, the next, and one that somebody has touched; the last ones are not told yet.
    assert_eq!(shown[..3], ["2026-12-01", "2026-12-08", "2026-12-15"]);
    assert!(shown[3..].iter().all(|day| day.as_str() >= "2027-12-02"), "{shown:?}");
}

#[test]
fn a_first_date_is_one_that_the_rule_means() {
    let rule = Rule::parse("FREQ=WEEKLY;BYDAY=WE").unwrap();
    let first = |from| first_start(&rule, Tz::Europe__Berlin, at(from));
    assert_eq!(first("2026-12-01T01:00:00Z"), Some(at("2026-12-02T01:00:00Z")));
    assert_eq!(first("2026-12-02T01:00:00Z"), Some(at("2026-12-02T01:00:00Z")));
    let never = Rule::parse("FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30").unwrap();
    assert_eq!(first_start(&never, Tz::Europe__Berlin, at("2026-12-02T01:00:00Z")), None);
    let over = Rule::parse("FREQ=WEEKLY;BYDAY=WE;UNTIL=20261201").unwrap();
    assert_eq!(first_start(&over, Tz::Europe__Berlin, at("2026-12-01T01:00:00Z")), None);
}

fn rules() -> impl Strategy<Value = String> {
    let by = prop::sample::select(vec![
        "",
        ";BYDAY=MO,WE",
        ";BYDAY=SU",
        ";BYMONTH=2,7",
        ";BYDAY=MO,TU,WE,TH,FR",
        ";WKST=SU",
        ";BYMONTH=3;BYDAY=SU",
    ]);
    let frequency = prop::sample::select(vec!["DAILY", "WEEKLY", "MONTHLY", "YEARLY"]);
    let end = prop_oneof![Just(String::new()), (1..40).prop_map(|count| format!(";COUNT={count}"))];
    (frequency, 1..5, by, end).prop_map(|(frequency, interval, by, end)| format!("FREQ={frequency};INTERVAL={interval}{by}{end}"))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn dates_are_those_of_the_crate_in_a_larger_window(rule in rules(), day in 0..1500_i64, ahead in 0..900_i64, berlin: bool) {
        let zone = if berlin { Tz::Europe__Berlin } else { Tz::America__New_York };
        let first = zone.with_ymd_and_hms(2024, 1, 1, 12, 0, 0).unwrap() + TimeDelta::days(day);
        let mut series = series(&rule, zone, "2024-01-01T12:00:00Z");
        series.scheduled_for = first.to_utc();
        series.scheduled_until = first.to_utc() + TimeDelta::hours(1);
        series.repeat.as_mut().unwrap().since = first.to_utc();
        let now = first.to_utc() + TimeDelta::days(ahead);
        let found: Vec<NaiveDateTime> =
            dates_of(&series, now).iter().map(|date| date.scheduled_for.with_timezone(&zone).naive_local()).collect();
        let local = first.naive_local();
        let set = rule.parse::<RRule<rrule::Unvalidated>>().unwrap().build(rrule::Tz::UTC.from_utc_datetime(&local)).unwrap();
        let limit = (now + HORIZON + BEYOND + TimeDelta::days(9)).with_timezone(&rrule::Tz::UTC);
        let all = set.limit().into_iter().take_while(|moment| *moment < limit).map(|moment| moment.naive_utc());
        let expected: Vec<NaiveDateTime> = all.filter(|local| in_zone(*local, zone).unwrap() < now + HORIZON + BEYOND).collect();
        prop_assert_eq!(found, expected);
    }

    #[test]
    fn what_is_known_of_a_date_does_not_depend_on_when_somebody_asks(rule in rules(), first in 0..700_i64, second in 0..700_i64) {
        let series = series(&rule, Tz::Europe__Berlin, "2026-01-01T12:00:00Z");
        let (first, second) = (series.scheduled_for + TimeDelta::hours(first * 24), series.scheduled_for + TimeDelta::hours(second * 24));
        let (earlier, later) = (dates_of(&series, first.min(second)), dates_of(&series, first.max(second)));
        prop_assert_eq!(&later[..earlier.len()], &earlier[..]);
        let ids: HashSet<&PublicId> = later.iter().map(|date| &date.id).collect();
        let numbers: HashSet<i64> = later.iter().map(|date| date.number).collect();
        prop_assert_eq!((ids.len(), numbers.len()), (later.len(), later.len()));
    }

    #[test]
    fn no_text_harms(text in "[A-Z0-9=;,:+ T\\-]{0,60}", parts in prop::collection::vec("(FREQ|INTERVAL|COUNT|UNTIL|BYDAY|BYMONTH|BYMONTHDAY|BYYEARDAY|BYWEEKNO|BYSETPOS|WKST)=(DAILY|YEARLY|MONTHLY|-?[0-9]{1,4}|[0-9]{8}|[+-]?[0-9]{0,2}(MO|TU|SU))", 0..5)) {
        for text in [text, format!("FREQ=YEARLY;{}", parts.join(";")), format!("FREQ=MONTHLY;{}", parts.join(";"))] {
            if let Ok(rule) = Rule::parse(&text) {
                prop_assert_eq!(Rule::parse(rule.as_str()), Ok(rule.clone()));
                let days: Vec<NaiveDate> = rule.days(NaiveDate::from_ymd_opt(2026, 12, 1).unwrap()).take(20).collect();
                prop_assert!(days.windows(2).all(|pair| pair[0] < pair[1]), "{rule}: {days:?}");
            }
        }
    }
}
