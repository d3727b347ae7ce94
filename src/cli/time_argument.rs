//! Moments and lengths of time as people type them, pure.
//!
//! Local times are read in the organization's zone. One that the zone's clock skips is refused; one that it shows twice means the first.

use std::fmt;

use chrono::{
    DateTime, Datelike, LocalResult, Months, NaiveDate, NaiveDateTime, NaiveTime, SecondsFormat, TimeDelta, TimeZone, Timelike, Utc,
};
use chrono_tz::Tz;
use interim::{Dialect, Interval, parse_date_string, parse_duration};

use crate::domain::{moment_in, start_of_day};
use crate::error::UserError;

/// Nobody types a moment that is longer.
const LONGEST: usize = 80;

/// The moment that `text` means at `now` for people in `zone`: RFC 3339, `2026-11-22 14:00`, `2026-11-22` (its start), `14:00` (today), `-30m`,
/// `+2h`, `30m ago`, `in 2 hours`, `now`, `yesterday`, `tomorrow 14:00`, `friday 8pm`.
///
/// # Errors
/// Usage where it is no moment, lies outside the years 1970 to 9999, or does not exist in the zone.
pub(super) fn parse(text: &str, now: DateTime<Utc>, zone: Tz) -> Result<DateTime<Utc>, UserError> {
    let text = text.trim();
    let nonsense = || {
        let shown: String = text.chars().take(LONGEST).collect::<String>().escape_debug().to_string();
        UserError::usage(format!("`{shown}` is not a moment"))
            .hint("write it as in `2026-11-22 14:00`, `2026-11-22T13:00:00Z`, `-30m`, `+2h` or `tomorrow 14:00`")
    };
    if text.is_empty() || text.len() > LONGEST || text.chars().any(char::is_control) {
        return Err(nonsense());
    }
    let moment = match written_out(text) {
        Some(Written::Instant(moment)) => moment,
        Some(Written::Local(local)) => resolve(local, zone)?,
        Some(Written::Day(date)) => start_of_day(date, zone),
        None if looks_like_a_date(text) => return Err(nonsense()),
        None => in_words(text, now, zone).ok_or_else(nonsense)??,
    };
    // A leap second becomes the second after it, and nothing is kept finer than the millisecond.
    let moment = DateTime::from_timestamp_millis(moment.timestamp_millis()).ok_or_else(nonsense)?;
    if (1970..=9999).contains(&moment.year()) {
        return Ok(moment);
    }
    Err(UserError::usage(format!("`{text}` lies outside the years 1970 to 9999")))
}

/// A length of time: `2h`, `90m`, `1h30m`, `1d` (24 hours).
///
/// # Errors
/// Usage where it is none, or not longer than nothing.
pub(super) fn parse_length(text: &str) -> Result<TimeDelta, UserError> {
    let length = humantime::parse_duration(text.trim()).ok().and_then(|length| TimeDelta::from_std(length).ok());
    match length {
        Some(length) if length >= TimeDelta::seconds(1) => Ok(length),
        _ => {
            let shown: String = text.chars().take(LONGEST).collect();
            Err(UserError::usage(format!("`{}` is not a length of time", shown.escape_debug()))
                .hint("write it as in `90m`, `2h` or `1h30m`"))
        }
    }
}

/// A moment to come: a length of time from `now` on, such as `30m`, or a moment as [`parse`] reads it.
///
/// # Errors
/// Usage where it is neither, or as [`parse`].
pub(super) fn parse_ahead(text: &str, now: DateTime<Utc>, zone: Tz) -> Result<DateTime<Utc>, UserError> {
    if let Ok(length) = parse_length(text)
        && let Some(moment) = now.checked_add_signed(length).filter(|moment| moment.year() <= 9999)
    {
        return Ok(moment);
    }
    parse(text, now, zone)
}

/// A moment as it is echoed to people: `2026-11-22 14:00 CET (+01:00)`.
pub(super) struct Echo(pub(super) DateTime<Utc>, pub(super) Tz);

impl fmt::Display for Echo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&moment_in(self.0, self.1))
    }
}

/// What is written out in full.
enum Written {
    Instant(DateTime<Utc>),
    Local(NaiveDateTime),
    Day(NaiveDate),
}

fn written_out(text: &str) -> Option<Written> {
    if let Ok(moment) = DateTime::parse_from_rfc3339(text) {
        return Some(Written::Instant(moment.to_utc()));
    }
    for format in ["%Y-%m-%dT%H:%M%#z", "%Y-%m-%d %H:%M%#z", "%Y-%m-%dT%H:%M:%S%.f%#z", "%Y-%m-%d %H:%M:%S%.f %#z", "%Y-%m-%d %H:%M %#z"] {
        if let Ok(moment) = DateTime::parse_from_str(text, format) {
            return Some(Written::Instant(moment.to_utc()));
        }
    }
    for format in ["%Y-%m-%d %H:%M", "%Y-%m-%dT%H:%M", "%Y-%m-%d %H:%M:%S%.f", "%Y-%m-%dT%H:%M:%S%.f"] {
        if let Ok(local) = NaiveDateTime::parse_from_str(text, format) {
            return Some(Written::Local(local));
        }
    }
    NaiveDate::parse_from_str(text, "%Y-%m-%d").ok().map(Written::Day)
}

/// Whether a text that is not written out right at least begins so: then it is a slip, and not for the reader of words to guess at.
fn looks_like_a_date(text: &str) -> bool {
    text.bytes().take_while(u8::is_ascii_digit).count() >= 4
}

/// A moment in words or relative to now; `None` where it is none.
fn in_words(text: &str, now: DateTime<Utc>, zone: Tz) -> Option<Result<DateTime<Utc>, UserError>> {
    let text = text.to_lowercase().replace(" at ", " ");
    let text = text.trim();
    let wall = now.with_timezone(&zone).naive_local();
    if !has_known_words_only(text) {
        return None;
    }
    if let Some(step) = step(text) {
        return match step {
            Step::Elapsed(length) => now.checked_add_signed(length).map(Ok),
            Step::Days(days) => wall.checked_add_signed(TimeDelta::try_days(days)?).map(|local| resolve(local, zone)),
            Step::Months(months) => {
                let count = Months::new(months.unsigned_abs());
                let local = if months < 0 { wall.checked_sub_months(count) } else { wall.checked_add_months(count) };
                local.map(|local| resolve(local, zone))
            }
        };
    }
    // An offset or a Z after words would be read as if the words were about UTC.
    if text.contains('+') || text.ends_with('z') {
        return None;
    }
    if let Some(time) = clock_time(text) {
        return Some(resolve(wall.date().and_time(time), zone));
    }
    // The reader of words takes 25:00 for one o'clock tomorrow.
    let spoken = text.split_whitespace().filter(|word| word.contains(':'));
    if spoken.map(|word| word.trim_end_matches(['a', 'p', 'm'])).any(|word| clock_time(word).is_none()) {
        return None;
    }
    // The words are read on the zone's wall clock as if it were UTC, and the result is placed in the zone by our own rule.
    let local = parse_date_string(text, wall.and_utc(), Dialect::Uk).ok()?;
    Some(resolve(local.naive_utc(), zone))
}

/// Words that say when.
const MOMENTS: &str = "now today yesterday tomorrow next last ago in";

/// What follows a number: units of time, also short ones, and halves of a day.
const UNITS: &str = "s sec secs second seconds m min mins minute minutes h hr hrs hour hours d day days w week weeks month months \
                     y year years am pm a p";

/// Names of days and months, which may be cut short after three letters.
const NAMES: &str = "monday tuesday wednesday thursday friday saturday sunday january february march april may june july august \
                     september october november december";

/// Whether every word is one of ours: the reader of words looks at the beginnings of some, and takes others for nothing.
fn has_known_words_only(text: &str) -> bool {
    let is_one_of = |words: &str, word: &str| words.split_whitespace().any(|known| known == word);
    let is_name = |word: &str| word.len() >= 3 && NAMES.split_whitespace().any(|name| name.starts_with(word));
    let counts = |text: &str| text.ends_with(|last: char| last.is_ascii_digit());
    let mut before = "";
    text.split_whitespace().all(|part| {
        let follows = counts(part.trim_end_matches(char::is_alphabetic)) || counts(before) || matches!(before, "next" | "last");
        before = part;
        let mut words = part.split(|letter: char| !letter.is_alphabetic()).filter(|word| !word.is_empty());
        words.all(|word| is_one_of(MOMENTS, word) || (follows && is_one_of(UNITS, word)) || is_name(word))
    })
}

/// `14:00` and `14:00:30`, and nothing looser.
fn clock_time(text: &str) -> Option<NaiveTime> {
    ["%H:%M", "%H:%M:%S"].iter().find_map(|format| NaiveTime::parse_from_str(text, format).ok())
}

/// A step away from now.
#[derive(Debug, PartialEq, Eq)]
enum Step {
    Elapsed(TimeDelta),
    Days(i64),
    Months(i32),
}

/// `-30m`, `+1h30m`, `in 2 hours`, `30m ago`, `+1d`; `None` for everything else.
fn step(text: &str) -> Option<Step> {
    let (sign, length) = if let Some(rest) = text.strip_prefix('-') {
        (-1, rest)
    } else if let Some(rest) = text.strip_prefix('+').or_else(|| text.strip_prefix("in ")) {
        (1, rest)
    } else {
        (-1, text.strip_suffix("ago")?)
    };
    let length = length.trim();
    // A second sign or `ago` would turn it around.
    if !length.starts_with(|first: char| first.is_ascii_digit()) || length.contains('-') || length.ends_with("ago") {
        return None;
    }
    let interval = parse_duration(length).ok();
    Some(match (humantime::parse_duration(length), interval) {
        // A day, a week or a month keeps the time of day, whatever the clock did in between.
        (_, Some(Interval::Days(days))) => Step::Days(i64::from(sign) * i64::from(days)),
        (_, Some(Interval::Months(months))) => Step::Months(months.checked_mul(sign)?),
        (Ok(length), _) => Step::Elapsed(TimeDelta::from_std(length).ok()?.checked_mul(sign)?),
        (Err(_), Some(Interval::Seconds(seconds))) => Step::Elapsed(TimeDelta::try_seconds(i64::from(sign) * i64::from(seconds))?),
        (Err(_), None) => return None,
    })
}

/// The moment at which the zone's clock shows `local`: the first of two, none where it skips it.
fn resolve(local: NaiveDateTime, zone: Tz) -> Result<DateTime<Utc>, UserError> {
    match zone.from_local_datetime(&local) {
        LocalResult::Single(moment) | LocalResult::Ambiguous(moment, _) => Ok(moment.to_utc()),
        LocalResult::None => {
            let error = UserError::usage(format!(
                "`{}` does not exist in {}, where the clock skips it",
                local.format("%Y-%m-%d %H:%M"),
                zone.name()
            ));
            Err(match after_gap(local, zone) {
                Some(next) => error.hint(format!("the next moment that exists is {}", Echo(next, zone))),
                None => {
                    error.hint(format!("write it with an offset, as in `{}`", local.and_utc().to_rfc3339_opts(SecondsFormat::Secs, true)))
                }
            })
        }
    }
}

/// The first whole minute after `local` that the zone's clock shows; gaps of a whole day have happened.
fn after_gap(local: NaiveDateTime, zone: Tz) -> Option<DateTime<Utc>> {
    let minute = local.with_second(0)?.with_nanosecond(0)?;
    (1..=25 * 60)
        .find_map(|minutes| zone.from_local_datetime(&minute.checked_add_signed(TimeDelta::minutes(minutes))?).earliest())
        .map(|next| next.to_utc())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::Kind;
    use proptest::prelude::*;

    const BERLIN: Tz = Tz::Europe__Berlin;

    fn at(text: &str) -> DateTime<Utc> {
        text.parse().unwrap()
    }

    /// Sunday, 2026-11-22, 11:00 in Berlin.
    fn now() -> DateTime<Utc> {
        at("2026-11-22T10:00:00Z")
    }

    #[test]
    fn every_way_of_writing_a_moment_means_what_people_mean() {
        for (text, expected) in [
            ("2026-11-22T10:00:00Z", "2026-11-22T10:00:00Z"),
            ("2026-11-22t10:00:00z", "2026-11-22T10:00:00Z"),
            ("2026-11-22T10:00:00.1239Z", "2026-11-22T10:00:00.123Z"),
            ("2026-11-22T12:00:00+02:00", "2026-11-22T10:00:00Z"),
            ("2026-11-22 12:00:00+02:00", "2026-11-22T10:00:00Z"),
            ("2026-11-22T10:00Z", "2026-11-22T10:00:00Z"),
            ("2026-11-22 12:00 +02:00", "2026-11-22T10:00:00Z"),
            ("2016-12-31T23:59:60Z", "2017-01-01T00:00:00Z"),
            ("2026-11-22 14:00", "2026-11-22T13:00:00Z"),
            ("  2026-11-22 14:00  ", "2026-11-22T13:00:00Z"),
            ("2026-11-22 14:00:30", "2026-11-22T13:00:30Z"),
            ("2026-11-22T14:00", "2026-11-22T13:00:00Z"),
            ("2026-11-22T14:00:30.5", "2026-11-22T13:00:30.500Z"),
            ("2026-07-22 14:00", "2026-07-22T12:00:00Z"),
            ("2026-11-22", "2026-11-21T23:00:00Z"),
            ("2028-02-29", "2028-02-28T23:00:00Z"),
            ("14:00", "2026-11-22T13:00:00Z"),
            ("14:00:30", "2026-11-22T13:00:30Z"),
            ("00:00", "2026-11-21T23:00:00Z"),
            ("now", "2026-11-22T10:00:00Z"),
            ("today", "2026-11-22T10:00:00Z"),
            ("-30m", "2026-11-22T09:30:00Z"),
            ("-90s", "2026-11-22T09:58:30Z"),
            ("+2h", "2026-11-22T12:00:00Z"),
            ("+1h30m", "2026-11-22T11:30:00Z"),
            ("-1h 30m", "2026-11-22T08:30:00Z"),
            ("+ 2h", "2026-11-22T12:00:00Z"),
            ("30m ago", "2026-11-22T09:30:00Z"),
            ("30 minutes ago", "2026-11-22T09:30:00Z"),
            ("2 hours ago", "2026-11-22T08:00:00Z"),
            ("in 2 hours", "2026-11-22T12:00:00Z"),
            ("In 45 min", "2026-11-22T10:45:00Z"),
            ("in 3 days", "2026-11-25T10:00:00Z"),
            ("-1d", "2026-11-21T10:00:00Z"),
            ("+1d", "2026-11-23T10:00:00Z"),
            ("1 week ago", "2026-11-15T10:00:00Z"),
            ("+1 month", "2026-12-22T10:00:00Z"),
            ("yesterday", "2026-11-21T10:00:00Z"),
            ("yesterday 14:00", "2026-11-21T13:00:00Z"),
            ("tomorrow", "2026-11-23T10:00:00Z"),
            ("tomorrow 14:00", "2026-11-23T13:00:00Z"),
            ("tomorrow at 14:00", "2026-11-23T13:00:00Z"),
            ("Tomorrow At 14:00", "2026-11-23T13:00:00Z"),
            ("tomorrow 8pm", "2026-11-23T19:00:00Z"),
            ("tomorrow 8:30pm", "2026-11-23T19:30:00Z"),
            ("friday 20:00", "2026-11-27T19:00:00Z"),
            ("fri 8pm", "2026-11-27T19:00:00Z"),
            ("thurs 20:00", "2026-11-26T19:00:00Z"),
            ("next friday 20:00", "2026-12-04T19:00:00Z"),
            ("4 april 2027 14:00", "2027-04-04T12:00:00Z"),
            ("4 sept 2027 14:00", "2027-09-04T12:00:00Z"),
            ("next week", "2026-11-29T10:00:00Z"),
        ] {
            assert_eq!(parse(text, now(), BERLIN).map_err(|error| error.message), Ok(at(expected)), "{text}");
        }
    }

    #[test]
    fn nonsense_is_refused_and_never_guessed_at() {
        let long = "1".repeat(10_000);
        for text in [
            "",
            " ",
            "-",
            "+",
            "ago",
            "in",
            "in hours",
            "soon",
            "half past nine",
            "y",
            "yes",
            "yesterdy",
            "yesterdya 14:00",
            "tomorow",
            "monady 02:00",
            "monkey",
            "mo",
            "marches 4",
            "friday 8 pmm",
            "hours 2",
            "2 hurs ago",
            "-5h ago",
            "+5h ago",
            "in 5h ago",
            "in -2h",
            "-2h -3m",
            "25:00",
            "14:60",
            "24:00",
            "tomorrow 25:00",
            "2026-13-01",
            "2026-02-29",
            "2026-11-22 25:00",
            "2026-11-22 14:00 CET",
            "2026-11-22T",
            "20261122",
            "14:00Z",
            "14:00+02:00",
            "tomorrow 14:00 +02:00",
            "99999-01-01",
            "-99999999999999999999d",
            "+9999999999999h",
            "1960-01-01",
            "--json",
            "2026-11-22\n14:00",
            &long,
        ] {
            let error = parse(text, now(), BERLIN).expect_err(text);
            assert_eq!(error.kind, Kind::Usage, "{text}");
            assert!(error.message.len() < 300 && !error.message.chars().any(char::is_control), "{error:?}");
        }
    }

    #[test]
    fn a_skipped_time_is_refused_and_the_next_one_named() {
        let error = parse("2026-03-29 02:30", now(), BERLIN).unwrap_err();
        assert_eq!(error.kind, Kind::Usage);
        assert_eq!(error.message, "`2026-03-29 02:30` does not exist in Europe/Berlin, where the clock skips it");
        assert_eq!(error.hint.as_deref(), Some("the next moment that exists is 2026-03-29 03:00 CEST (+02:00)"));
        let error = parse("tomorrow 02:30", at("2026-03-28T10:00:00Z"), BERLIN).unwrap_err();
        assert!(error.message.contains("does not exist"), "{error}");
        let error = parse("2011-12-30 12:00", now(), Tz::Pacific__Apia).unwrap_err();
        assert_eq!(error.hint.as_deref(), Some("the next moment that exists is 2011-12-31 00:00 +14 (+14:00)"));
    }

    #[test]
    fn of_a_time_shown_twice_the_first_is_meant_and_the_echo_tells() {
        let first = parse("2026-10-25 02:30", now(), BERLIN).unwrap();
        assert_eq!(first, at("2026-10-25T00:30:00Z"));
        assert_eq!(Echo(first, BERLIN).to_string(), "2026-10-25 02:30 CEST (+02:00)");
    }

    #[test]
    fn elapsed_time_ignores_the_clock_change_and_days_keep_the_time_of_day() {
        let before = at("2026-03-28T11:00:00Z");
        assert_eq!(parse("+24h", before, BERLIN).unwrap(), at("2026-03-29T11:00:00Z"));
        assert_eq!(parse("+1d", before, BERLIN).unwrap(), at("2026-03-29T10:00:00Z"));
        assert_eq!(parse("2026-10-25", now(), BERLIN).unwrap(), at("2026-10-24T22:00:00Z"));
    }

    #[test]
    fn a_day_that_has_no_midnight_starts_when_its_clock_does() {
        assert_eq!(parse("2018-11-04", now(), Tz::America__Sao_Paulo).unwrap(), at("2018-11-04T03:00:00Z"));
    }

    #[test]
    fn the_echo_has_zone_offset_and_seconds_where_there_are_any() {
        assert_eq!(Echo(at("2026-11-22T13:00:00Z"), BERLIN).to_string(), "2026-11-22 14:00 CET (+01:00)");
        assert_eq!(Echo(at("2026-11-22T13:00:05Z"), Tz::Etc__UTC).to_string(), "2026-11-22 13:00:05 UTC (+00:00)");
    }

    #[test]
    fn lengths_are_positive() {
        for (text, minutes) in [("2h", 120), ("90m", 90), ("1h30m", 90), ("1h 30m", 90), ("1d", 1440), ("2 hours", 120)] {
            assert_eq!(parse_length(text).unwrap(), TimeDelta::minutes(minutes), "{text}");
        }
        for text in ["", "0m", "-2h", "2", "h", "1ns", "99999999999999y", "2h\n!"] {
            assert_eq!(parse_length(text).expect_err(text).kind, Kind::Usage);
        }
    }

    proptest! {
        #[test]
        fn no_text_panics(text in "\\PC{0,30}|[0-9a-z:+ -]{0,30}|[+-][0-9]{1,12} ?[a-z]{1,6}|[0-9]{1,8} [a-z]{1,8} ago") {
            drop(parse(&text, now(), BERLIN));
            drop(parse_length(&text));
        }

        #[test]
        fn what_is_echoed_is_what_is_read_again(seconds in 0_i64..4_102_444_800) {
            let moment = DateTime::from_timestamp(seconds, 0).unwrap();
            let echoed = moment.with_timezone(&BERLIN).format("%Y-%m-%d %H:%M:%S %:z").to_string();
            prop_assert_eq!(parse(&echoed, now(), BERLIN).unwrap(), moment);
        }
    }
}
