//! Days and months in an organization's zone: 23, 24 or 25 hours, and never ambiguous.

use chrono::{DateTime, Datelike, Days, NaiveDate, NaiveDateTime, NaiveTime, Offset, TimeZone, Utc};
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

/// The month of `at` in `zone`, as `2026-11`.
pub fn month_of(at: DateTime<Utc>, zone: Tz) -> String {
    let date = day_of(at, zone);
    format!("{:04}-{:02}", date.year(), date.month())
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
    fn days_adjoin_and_end_with_today() {
        let at = "2026-04-10T22:30:00Z".parse().unwrap();
        let days = days_ending_at(at, chrono_tz::Europe::Berlin, 90);
        assert_eq!(days.len(), 90);
        assert_eq!(days.last().unwrap().date.to_string(), "2026-04-11");
        assert!(days.windows(2).all(|pair| pair[0].end == pair[1].start));
        assert_eq!(month_of(at, chrono_tz::Europe::Berlin), "2026-04");
    }
}
