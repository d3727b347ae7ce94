//! Days and months in an organization's zone: 23, 24 or 25 hours, and never ambiguous.

use std::ops::Range;

use chrono::{DateTime, Datelike, Days, Months, NaiveDate, NaiveDateTime, NaiveTime, Offset, TimeZone, Timelike, Utc};
use chrono_tz::{GapInfo, Tz};

/// A calendar day of a zone as a half-open stretch of time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Day {
    /// Its date.
    pub date: NaiveDate,
    /// Its first moment.
    pub start: DateTime<Utc>,
    /// The first moment of the next day.
    pub end: DateTime<Utc>,
}

/// The date of the day of `zone` that holds `at`: the one with `start_of_day(date) <= at < start_of_day(next date)`.
pub fn day_of(at: DateTime<Utc>, zone: Tz) -> NaiveDate {
    let offset = zone.offset_from_utc_datetime(&at.naive_utc()).fix();
    let date = at.naive_utc().checked_add_offset(offset).unwrap_or(at.naive_utc()).date();
    // Where a clock is set back over midnight, the last hour of a date comes again after the next one began.
    date.succ_opt().filter(|next| start_of_day(*next, zone) <= at).unwrap_or(date)
}

/// A moment as people read it in `zone`: `2026-11-22 14:00 CET (+01:00)`.
pub fn moment_in(at: DateTime<Utc>, zone: Tz) -> String {
    let local = at.with_timezone(&zone);
    let seconds = if local.second() == 0 && local.timestamp_subsec_millis() == 0 { "" } else { ":%S" };
    local.format(&format!("%Y-%m-%d %H:%M{seconds} %Z (%:z)")).to_string()
}

/// The month of `at` in `zone`, as `2026-11`.
pub fn month_of(at: DateTime<Utc>, zone: Tz) -> String {
    let date = day_of(at, zone);
    format!("{:04}-{:02}", date.year(), date.month())
}

/// A stretch of time in which the month called so, as [`month_of`] calls it, surely lies; it may hold days of the months beside it.
pub fn around_month(name: &str, zone: Tz) -> Range<DateTime<Utc>> {
    let first = name.rsplit_once('-').and_then(|(year, month)| NaiveDate::from_ymd_opt(year.parse().ok()?, month.parse().ok()?, 1));
    let around = first.and_then(|first| {
        let next = first.checked_add_months(Months::new(1))?;
        Some(start_of_day(first.checked_sub_days(Days::new(2))?, zone)..start_of_day(next.checked_add_days(Days::new(2))?, zone))
    });
    around.unwrap_or(DateTime::<Utc>::MIN_UTC..DateTime::<Utc>::MAX_UTC)
}

/// Says what [`month_of`] says, quickly where many moments lie close together.
#[derive(Clone, Debug)]
pub struct MonthNamer {
    zone: Tz,
    month: String,
    /// A stretch that is sure to lie in that month: without its first and last day, where a clock change could lead out of it and back.
    inside: Range<DateTime<Utc>>,
}

impl MonthNamer {
    /// One for the months of `zone`.
    pub fn new(zone: Tz) -> Self {
        Self { zone, month: String::new(), inside: DateTime::UNIX_EPOCH..DateTime::UNIX_EPOCH }
    }

    /// The month of `at`, as `2026-11`.
    pub fn name(&mut self, at: DateTime<Utc>) -> &str {
        if !self.inside.contains(&at) {
            self.month = month_of(at, self.zone);
            let second = day_of(at, self.zone).with_day(2).unwrap_or_default();
            let last = second.checked_add_months(Months::new(1)).and_then(|day| day.checked_sub_days(Days::new(2))).unwrap_or(second);
            self.inside = start_of_day(second, self.zone)..start_of_day(last, self.zone);
        }
        &self.month
    }
}

/// The first moment of `date` in `zone`, also where midnight does not exist (then the moment the clock jumps to) or exists twice (the first).
pub fn start_of_day(date: NaiveDate, zone: Tz) -> DateTime<Utc> {
    let midnight = NaiveDateTime::new(date, NaiveTime::MIN);
    zone.from_local_datetime(&midnight)
        .earliest()
        .or_else(|| GapInfo::new(&midnight, &zone)?.end)
        .map_or_else(|| midnight.and_utc(), |moment| moment.to_utc())
}

/// The `count` days of `zone` that end with the one on which `at` falls, oldest first; the last one is whole, not cut at `at`.
pub fn days_ending_at(at: DateTime<Utc>, zone: Tz, count: u64) -> Vec<Day> {
    let last = day_of(at, zone);
    let mut days = Vec::new();
    for back in (0..count).rev() {
        let Some(date) = last.checked_sub_days(Days::new(back)) else { continue };
        let next = date.checked_add_days(Days::new(1)).unwrap_or(date);
        days.push(Day { date, start: start_of_day(date, zone), end: start_of_day(next, zone) });
    }
    days
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn hours(zone: Tz, year: i32, month: u32, day: u32) -> i64 {
        let date = NaiveDate::from_ymd_opt(year, month, day).unwrap();
        (start_of_day(date.succ_opt().unwrap(), zone) - start_of_day(date, zone)).num_hours()
    }

    #[test]
    fn days_of_a_clock_change_have_23_and_25_hours() {
        assert_eq!(hours(chrono_tz::Europe::Berlin, 2026, 3, 29), 23);
        assert_eq!(hours(chrono_tz::Europe::Berlin, 2026, 10, 25), 25);
        assert_eq!(hours(chrono_tz::Europe::Berlin, 2026, 11, 22), 24);
        // Midnight does not exist on this day.
        assert_eq!(hours(chrono_tz::America::Havana, 2026, 3, 8), 23);
        // A whole day does not exist.
        assert_eq!(hours(chrono_tz::Pacific::Apia, 2011, 12, 30), 0);
    }

    #[test]
    fn months_are_named_alike_however_they_are_asked_for() {
        for zone in [chrono_tz::UTC, chrono_tz::Europe::Berlin, chrono_tz::America::St_Johns, chrono_tz::Pacific::Apia] {
            let mut namer = MonthNamer::new(zone);
            let start: DateTime<Utc> = "2009-10-30T00:00:00Z".parse().unwrap();
            for quarter in 0..4 * 24 * 800 {
                let at = start + chrono::TimeDelta::minutes(quarter * 15 + quarter % 7);
                assert_eq!(namer.name(at), month_of(at, zone), "{at} in {zone}");
            }
            assert_eq!(namer.name(start), "2009-10");
        }
    }

    #[test]
    fn days_adjoin_and_end_with_today() {
        let at = "2026-04-10T22:30:00Z".parse().unwrap();
        let days = days_ending_at(at, chrono_tz::Europe::Berlin, 90);
        assert_eq!(days.len(), 90);
        assert_eq!(days.last().unwrap().date.to_string(), "2026-04-11");
        assert!(days.windows(2).all(|pair| pair[0].end == pair[1].start));
        assert_eq!(month_of(at, chrono_tz::Europe::Berlin), "2026-04");
    }

    #[test]
    fn a_day_begins_where_the_clock_jumps_to() {
        let begins = |zone, date: &str| start_of_day(date.parse().unwrap(), zone).to_rfc3339();
        // From midnight to one o'clock.
        assert_eq!(begins(chrono_tz::America::Sao_Paulo, "2018-11-04"), "2018-11-04T03:00:00+00:00");
        // From 23:30 to 00:30.
        assert_eq!(begins(chrono_tz::America::Toronto, "1919-03-31"), "1919-03-31T04:30:00+00:00");
        // Midnight twice: the first one.
        assert_eq!(begins(chrono_tz::America::Havana, "2026-11-01"), "2026-11-01T04:00:00+00:00");
        // From midnight by 44 minutes and 30 seconds.
        assert_eq!(begins(chrono_tz::Africa::Monrovia, "1972-01-07"), "1972-01-07T00:44:30+00:00");
    }

    #[test]
    fn a_clock_set_back_over_midnight_begins_no_day_twice() {
        // At 00:01 it was 23:01 again.
        let zone = chrono_tz::America::St_Johns;
        let again = "2009-11-01T02:45:00Z".parse().unwrap();
        assert_eq!(local(again, zone), "2009-10-31 23:15");
        let today = *days_ending_at(again, zone, 1).last().unwrap();
        assert!(today.start <= again && again < today.end, "{today:?}");
    }

    fn local(at: DateTime<Utc>, zone: Tz) -> String {
        at.with_timezone(&zone).naive_local().to_string()[..16].to_owned()
    }

    #[test]
    fn the_ends_of_time_are_days_too() {
        for zone in [chrono_tz::UTC, chrono_tz::Pacific::Apia, chrono_tz::Pacific::Midway, chrono_tz::Europe::Berlin] {
            for date in [NaiveDate::MIN, NaiveDate::MAX, "-4000-01-01".parse().unwrap(), "9999-12-31".parse().unwrap()] {
                start_of_day(date, zone);
            }
            for at in [DateTime::<Utc>::MIN_UTC, DateTime::<Utc>::MAX_UTC] {
                assert!(!days_ending_at(at, zone, 90).is_empty());
                assert!(!month_of(at, zone).is_empty());
            }
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 3000, failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn in_any_zone_the_last_day_holds_the_moment_and_days_adjoin(
            zone in prop::sample::select(&chrono_tz::TZ_VARIANTS[..]),
            second in -3_786_912_000..4_102_444_800_i64,
        ) {
            let at = DateTime::from_timestamp(second, 0).unwrap();
            let days = days_ending_at(at, zone, 3);
            prop_assert!(days[2].start <= at && at < days[2].end, "{:?}", days[2]);
            prop_assert!(days[0].end == days[1].start && days[1].end == days[2].start);
            prop_assert!(days.iter().all(|day| day.start <= day.end));
        }
    }
}
