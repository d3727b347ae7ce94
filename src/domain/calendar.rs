//! Days and months in an organization's zone: 23, 24 or 25 hours, and never ambiguous.

use std::ops::Range;

use chrono::{DateTime, Datelike, Days, LocalResult, Months, NaiveDate, NaiveDateTime, NaiveTime, TimeDelta, TimeZone, Utc};
use chrono_tz::Tz;

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

/// The date on which `at` falls in `zone`.
pub fn day_of(at: DateTime<Utc>, zone: Tz) -> NaiveDate {
    at.with_timezone(&zone).date_naive()
}

/// The month of `at` in `zone`, as `2026-11`.
pub fn month_of(at: DateTime<Utc>, zone: Tz) -> String {
    let date = day_of(at, zone);
    format!("{:04}-{:02}", date.year(), date.month())
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
    for minutes in 0..=26 * 4 {
        let candidate = midnight + TimeDelta::minutes(minutes * 15);
        match zone.from_local_datetime(&candidate) {
            LocalResult::Single(moment) | LocalResult::Ambiguous(moment, _) => return moment.to_utc(),
            LocalResult::None => {}
        }
    }
    midnight.and_utc()
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
                let at = start + TimeDelta::minutes(quarter * 15 + quarter % 7);
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
}
