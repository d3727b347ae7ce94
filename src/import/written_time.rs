//! Times as people write them into files: with a zone or without one, with digits too many or too few, and some that do not exist.

use chrono::{DateTime, Datelike, LocalResult, NaiveDate, NaiveDateTime, NaiveTime, TimeDelta, TimeZone, Utc};
use chrono_tz::Tz;

/// A time that was understood.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct WrittenTime {
    /// The moment, to the millisecond.
    pub(super) at: DateTime<Utc>,
    /// It names no zone, so that one had to be assumed.
    pub(super) zoneless: bool,
    /// It is written otherwise than such times are, such as `015:00` or an hour that a clock skipped.
    pub(super) odd: bool,
}

/// Why a text is no time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum NoTime {
    /// It has the form of one, but no calendar or clock has it.
    Impossible,
    /// It has no form that is known.
    Unreadable,
}

impl NoTime {
    /// What to say of it.
    pub(super) const fn reason(self) -> &'static str {
        match self {
            Self::Impossible => "is a time that does not exist",
            Self::Unreadable => "is no time",
        }
    }
}

/// Digits read from the front of a text, with how many there were.
struct Digits {
    value: u32,
    count: usize,
}

/// Reads what is written from its front on.
struct Reader<'a> {
    rest: &'a str,
    odd: bool,
}

/// The moment `text` names, in `zone` where it names none.
pub(super) fn read(text: &str, zone: Tz) -> Result<WrittenTime, NoTime> {
    let text = text.trim();
    if text.len() > 100 {
        return Err(NoTime::Unreadable);
    }
    match read_numeric(text, zone) {
        Err(NoTime::Unreadable) => worded(text).ok_or(NoTime::Unreadable),
        read => read,
    }
}

/// A time of day with nothing else, such as `12:40 UTC`; whether it names UTC.
pub(super) fn read_clock(text: &str) -> Option<(NaiveTime, bool)> {
    let mut reader = Reader { rest: text.trim(), odd: false };
    let time = reader.clock().ok()??;
    match reader.zone(None) {
        Some(Zone::Fixed(0)) => Some((time, true)),
        Some(Zone::Assumed(_)) => Some((time, false)),
        _ => None,
    }
}

/// `2026-11-22`, alone or before a time of day, and after it an offset, `Z` or `UTC`.
fn read_numeric(text: &str, zone: Tz) -> Result<WrittenTime, NoTime> {
    let mut reader = Reader { rest: text, odd: false };
    let date = reader.date()?;
    let time = reader.clock()?.unwrap_or(NaiveTime::MIN);
    let local = date.and_time(time);
    let (at, zoneless, skipped) = match reader.zone(Some(zone)).ok_or(NoTime::Unreadable)? {
        Zone::Fixed(seconds) => (local.and_utc() - TimeDelta::seconds(seconds), false, false),
        Zone::Assumed(zone) => {
            let (at, skipped) = in_zone(local, zone).ok_or(NoTime::Impossible)?;
            (at, true, skipped)
        }
    };
    in_our_time(at).map(|at| WrittenTime { at, zoneless, odd: reader.odd || skipped }).ok_or(NoTime::Impossible)
}

/// What other programs write: mail's form, and `Mon Aug 10 2020 07:54:39 GMT+0000 (Coordinated Universal Time)`.
fn worded(text: &str) -> Option<WrittenTime> {
    let at = DateTime::parse_from_rfc2822(text).ok().or_else(|| {
        let text = text.split('(').next()?.trim().replacen("GMT", "", 1);
        DateTime::parse_from_str(&text, "%a %b %d %Y %H:%M:%S %z").ok()
    })?;
    in_our_time(at.to_utc()).map(|at| WrittenTime { at, zoneless: false, odd: false })
}

/// No status page was there before 1970, and none counts years of five digits.
fn in_our_time(at: DateTime<Utc>) -> Option<DateTime<Utc>> {
    (1970..=9999).contains(&at.year()).then_some(at)
}

/// A local time as a moment: the first where a clock shows it twice, an hour later (and `true`) where it skips it.
pub(super) fn in_zone(local: NaiveDateTime, zone: Tz) -> Option<(DateTime<Utc>, bool)> {
    match zone.from_local_datetime(&local) {
        LocalResult::Single(at) | LocalResult::Ambiguous(at, _) => Some((at.to_utc(), false)),
        LocalResult::None => {
            let later = local.checked_add_signed(TimeDelta::hours(1))?;
            Some((zone.from_local_datetime(&later).earliest()?.to_utc(), true))
        }
    }
}

/// Which zone a time is in.
enum Zone {
    /// Seconds east of UTC.
    Fixed(i64),
    /// None is named.
    Assumed(Tz),
}

impl Reader<'_> {
    fn date(&mut self) -> Result<NaiveDate, NoTime> {
        let year = self.digits().filter(|year| year.count == 4).ok_or(NoTime::Unreadable)?;
        self.skip(&["-", "/"]).ok_or(NoTime::Unreadable)?;
        let month = self.two_digits().ok_or(NoTime::Unreadable)?;
        self.skip(&["-", "/"]).ok_or(NoTime::Unreadable)?;
        let day = self.two_digits().ok_or(NoTime::Unreadable)?;
        NaiveDate::from_ymd_opt(i32::try_from(year.value).unwrap_or_default(), month, day).ok_or(NoTime::Impossible)
    }

    /// The time of day, where one follows.
    fn clock(&mut self) -> Result<Option<NaiveTime>, NoTime> {
        let rest = self.rest;
        self.rest = rest.strip_prefix(['T', 't']).unwrap_or(rest.trim_start());
        if !self.rest.starts_with(|first: char| first.is_ascii_digit()) {
            self.rest = rest;
            return Ok(None);
        }
        let hour = self.two_digits().ok_or(NoTime::Unreadable)?;
        self.skip(&[":", "h"]).ok_or(NoTime::Unreadable)?;
        let minute = self.two_digits().ok_or(NoTime::Unreadable)?;
        let (mut second, mut milli) = (0, 0);
        if self.skip(&[":"]).is_some() {
            second = self.two_digits().ok_or(NoTime::Unreadable)?;
            if self.skip(&[".", ","]).is_some() {
                let digits: String = self.rest.chars().take_while(char::is_ascii_digit).collect();
                self.rest = self.rest.get(digits.len()..).unwrap_or_default();
                milli = format!("{digits:0<3}").get(..3).and_then(|digits| digits.parse().ok()).unwrap_or_default();
            }
        }
        NaiveTime::from_hms_milli_opt(hour, minute, second, milli).map(Some).ok_or(NoTime::Impossible)
    }

    /// The zone, up to the end of the text; `None` where something else stands there.
    fn zone(&mut self, assumed: Option<Tz>) -> Option<Zone> {
        let rest = self.rest.trim();
        if rest.is_empty() {
            return Some(Zone::Assumed(assumed.unwrap_or(Tz::UTC)));
        }
        if ["Z", "UTC", "GMT"].iter().any(|name| rest.eq_ignore_ascii_case(name)) {
            return Some(Zone::Fixed(0));
        }
        let (sign, digits) = match rest.strip_prefix('+') {
            Some(digits) => (1, digits),
            None => (-1, rest.strip_prefix('-')?),
        };
        let digits: String = digits.chars().filter(|character| *character != ':').collect();
        if ![2, 4].contains(&digits.len()) || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
            return None;
        }
        let number: i64 = digits.parse().ok()?;
        let (hours, minutes) = if digits.len() == 2 { (number, 0) } else { (number / 100, number % 100) };
        (hours <= 15 && minutes <= 59).then_some(Zone::Fixed(sign * (hours * 3600 + minutes * 60)))
    }

    /// A number that has two digits where it is written well.
    fn two_digits(&mut self) -> Option<u32> {
        let digits = self.digits().filter(|digits| digits.count <= 3)?;
        self.odd |= digits.count != 2;
        Some(digits.value)
    }

    fn digits(&mut self) -> Option<Digits> {
        let count = self.rest.bytes().take_while(u8::is_ascii_digit).count();
        let (digits, rest) = self.rest.split_at_checked(count)?;
        let value = digits.parse().ok()?;
        self.rest = rest;
        Some(Digits { value, count })
    }

    fn skip(&mut self, marks: &[&str]) -> Option<()> {
        self.rest = marks.iter().find_map(|mark| self.rest.strip_prefix(mark))?;
        Some(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(text: &str, zone: Tz) -> Option<(String, bool, bool)> {
        read(text, zone).ok().map(|time| (time.at.format("%FT%TZ").to_string(), time.zoneless, time.odd))
    }

    #[test]
    fn times_with_a_zone_are_moments() {
        for (text, expected) in [
            ("2026-11-22T10:00:00Z", "2026-11-22T10:00:00Z"),
            ("2021-10-26T08:30:00-00:00", "2021-10-26T08:30:00Z"),
            ("2021-08-28 08:00:00+02:00", "2021-08-28T06:00:00Z"),
            ("2024-10-08 06:34 UTC", "2024-10-08T06:34:00Z"),
            ("2026-08-17T23:07:37.454Z", "2026-08-17T23:07:37Z"),
            ("2026-11-22T10:00:00 -0530", "2026-11-22T15:30:00Z"),
            ("Mon Aug 10 2020 07:54:39 GMT+0000 (Coordinated Universal Time)", "2020-08-10T07:54:39Z"),
            ("Sun, 22 Nov 2026 11:00:00 +0100", "2026-11-22T10:00:00Z"),
        ] {
            assert_eq!(told(text, Tz::Europe__Berlin), Some((expected.to_owned(), false, false)), "{text}");
        }
    }

    #[test]
    fn times_without_a_zone_are_in_the_one_assumed() {
        let berlin = |text| told(text, Tz::Europe__Berlin).unwrap();
        assert_eq!(berlin("2026-11-22 10:00:00"), ("2026-11-22T09:00:00Z".to_owned(), true, false));
        assert_eq!(berlin("2026-11-22"), ("2026-11-21T23:00:00Z".to_owned(), true, false));
        assert_eq!(berlin("2026-10-25 02:30"), ("2026-10-25T00:30:00Z".to_owned(), true, false), "the first of two");
        assert_eq!(berlin("2026-03-29 02:30"), ("2026-03-29T01:30:00Z".to_owned(), true, true), "skipped");
    }

    #[test]
    fn odd_digits_are_understood_and_told() {
        for text in ["2024-08-13T015:00:00Z", "2023-12-04T15:0:00-00:00", "2024-8-13T15:00:00Z"] {
            assert!(told(text, Tz::UTC).is_some_and(|(_, _, odd)| odd), "{text}");
        }
    }

    #[test]
    fn what_is_no_time_is_told_from_what_does_not_exist() {
        for text in ["2026-02-30", "2026-13-01T00:00:00Z", "2026-11-22 25:00:00", "2026-11-22T10:61:00Z", "1969-12-31T23:00:00Z"] {
            assert_eq!(read(text, Tz::UTC), Err(NoTime::Impossible), "{text}");
        }
        for text in ["", "yesterday", "26-11-22", "2026-11-22T10:00:00Z!", "2026-11-22 10:00 CEST", "2026-11-22é", "99999999999-1-1"] {
            assert_eq!(read(text, Tz::UTC), Err(NoTime::Unreadable), "{text}");
        }
    }

    #[test]
    fn a_clock_alone_is_read() {
        assert_eq!(read_clock("12:40 UTC"), Some((NaiveTime::from_hms_opt(12, 40, 0).unwrap(), true)));
        assert_eq!(read_clock("9:05"), Some((NaiveTime::from_hms_opt(9, 5, 0).unwrap(), false)));
        assert_eq!(read_clock("12:40 UTC and more"), None);
        assert_eq!(read_clock("noon"), None);
    }
}
