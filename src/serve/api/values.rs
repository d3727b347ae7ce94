//! Values as programs send them, checked as they are read.

use std::fmt;
use std::str::FromStr;

use chrono::{DateTime, Datelike, NaiveDate, Utc};
use serde::de::Error as _;
use serde::{Deserialize, Deserializer};

use crate::domain::{CheckStatus, Rule, ServiceStatus};
use crate::error::UserError;

/// A moment in RFC 3339, to the millisecond, from the year 1970 to 9999.
#[derive(Clone, Copy, Debug)]
pub(super) struct Moment(pub(super) DateTime<Utc>);

/// Slug, id or number of something.
#[derive(Clone, Debug)]
pub(super) struct Key(pub(super) String);

/// A line for visitors, such as a title; what it may hold, the deed decides.
#[derive(Clone, Debug)]
pub(super) struct Line(pub(super) String);

/// A place in an order, also where it is written as a number with a fraction of nothing.
#[derive(Clone, Copy, Debug)]
pub(super) struct Position(pub(super) i64);

/// A day, such as 2026-01-01.
#[derive(Clone, Copy, Debug)]
pub(super) struct Day(pub(super) NaiveDate);

/// A rule of recurrence.
#[derive(Clone, Debug)]
pub(super) struct Recurrence(pub(super) Rule);

/// How a check found a service: in the words of checks, or of services.
#[derive(Clone, Copy, Debug)]
pub(super) struct Finding(pub(super) CheckStatus);

/// How long an answer took, a fraction of a millisecond being none.
#[derive(Clone, Copy, Debug)]
pub(super) struct Milliseconds(pub(super) u32);

/// Characters of the longest line.
const LONGEST_LINE: usize = 1000;

/// Up to here a floating-point number tells whole numbers apart: 2^53.
const LARGEST_EXACT: f64 = 9_007_199_254_740_992.0;

/// Characters of the longest key.
const LONGEST_KEY: usize = 64;

impl FromStr for Moment {
    type Err = UserError;

    fn from_str(text: &str) -> Result<Self, UserError> {
        let wrong = || UserError::usage("this is no moment from 1970 to 9999").hint("write it in RFC 3339, as in `2026-11-22T14:00:00Z`");
        // RFC 3339 leaves a space to whoever agrees on it; nobody did here.
        let written_right = text.as_bytes().get(10).is_some_and(|byte| byte.eq_ignore_ascii_case(&b'T'));
        let moment = DateTime::parse_from_rfc3339(text).ok().filter(|_| written_right).ok_or_else(wrong)?;
        // A leap second becomes the second after it.
        let moment = DateTime::from_timestamp_millis(moment.timestamp_millis()).ok_or_else(wrong)?;
        if (1970..=9999).contains(&moment.year()) { Ok(Self(moment)) } else { Err(wrong()) }
    }
}

impl FromStr for Key {
    type Err = UserError;

    fn from_str(text: &str) -> Result<Self, UserError> {
        if (1..=LONGEST_KEY).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-') {
            return Ok(Self(text.to_owned()));
        }
        Err(UserError::usage("this is neither a slug, an id nor a number"))
    }
}

impl FromStr for Line {
    type Err = UserError;

    fn from_str(text: &str) -> Result<Self, UserError> {
        let length = text.chars().take(LONGEST_LINE + 1).count();
        if length == 0 || length > LONGEST_LINE {
            return Err(UserError::usage(format!("this is not a line of 1 to {LONGEST_LINE} characters")));
        }
        Ok(Self(text.to_owned()))
    }
}

impl FromStr for Recurrence {
    type Err = UserError;

    fn from_str(text: &str) -> Result<Self, UserError> {
        let wrong = |why| UserError::usage(format!("this is no rule of recurrence: {why}")).hint("write it as in `FREQ=WEEKLY;BYDAY=TU`");
        Rule::parse(text).map(Self).map_err(wrong)
    }
}

impl FromStr for Finding {
    type Err = UserError;

    fn from_str(text: &str) -> Result<Self, UserError> {
        let full = ServiceStatus::ALL.iter().any(|status| status.as_str() == text)
            || CheckStatus::ALL.iter().any(|status| status.as_str() == text);
        let found = text.parse().map(Self)?;
        if full {
            Ok(found)
        } else {
            Err(UserError::usage("this is no full word for a check's status").hint("one of up, degraded, down, maintenance"))
        }
    }
}

impl<'de> Deserialize<'de> for Milliseconds {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let number = f64::deserialize(deserializer)?;
        // Many monitors measure finer than that.
        if (0.0..=f64::from(u32::MAX)).contains(&number) {
            Ok(Self(number as u32))
        } else {
            Err(D::Error::custom("this is no length of time"))
        }
    }
}

impl FromStr for Day {
    type Err = UserError;

    fn from_str(text: &str) -> Result<Self, UserError> {
        let wrong = || UserError::usage("this is no day from 1970 to 9999").hint("write it as in `2026-01-01`");
        let shaped = text.len() == 10 && text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'-');
        let day = NaiveDate::parse_from_str(text, "%Y-%m-%d").ok().filter(|_| shaped).ok_or_else(wrong)?;
        if (1970..=9999).contains(&day.year()) { Ok(Self(day)) } else { Err(wrong()) }
    }
}

/// Reads a value from the text that stands for it.
macro_rules! read_from_text {
    ($($name:ident),*) => {$(
        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let error = |error: UserError| match error.hint {
                    Some(hint) => D::Error::custom(format_args!("{}: {hint}", error.message)),
                    None => D::Error::custom(error.message),
                };
                String::deserialize(deserializer)?.parse().map_err(error)
            }
        }
    )*};
}

impl<'de> Deserialize<'de> for Position {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let number = serde_json::Number::deserialize(deserializer)?;
        // To JSON and its schemas `2.0` is a whole number.
        let whole = |number: f64| (number.fract() == 0.0 && number.abs() <= LARGEST_EXACT).then_some(number as i64);
        let found = number.as_i64().or_else(|| number.as_f64().and_then(whole));
        found.map(Self).ok_or_else(|| D::Error::custom("this is no whole number"))
    }
}

read_from_text!(Moment, Key, Line, Day, Finding, Recurrence);

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// What a field says where it is there: `null` clears it. A field that is not there leaves it as it is.
pub(super) fn given<'de, T: Deserialize<'de>, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Option<T>>, D::Error> {
    Option::deserialize(deserializer).map(Some)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_are_rfc_3339_and_nothing_else() {
        for good in ["2026-11-22T14:00:00Z", "2026-11-22t14:00:00z", "2026-11-22T14:00:00.123456+05:30", "2016-12-31T23:59:60Z"] {
            assert!(good.parse::<Moment>().is_ok(), "{good}");
        }
        for bad in ["", "now", "2026-11-22", "2026-11-22 14:00:00Z", "2026-11-22T14:00Z", "1969-12-31T23:59:59Z", "2026-11-22T14:00:00"] {
            assert!(bad.parse::<Moment>().is_err(), "{bad}");
        }
    }

    #[test]
    fn positions_are_whole_numbers_however_they_are_written() {
        let read = |text: &str| serde_json::from_str::<Position>(text).map(|position| position.0).ok();
        for (text, wanted) in
            [("2", Some(2)), ("2.0", Some(2)), ("-1", Some(-1)), ("1e3", Some(1000)), ("2.5", None), ("1e300", None), ("\"2\"", None)]
        {
            assert_eq!(read(text), wanted, "{text}");
        }
    }

    #[test]
    fn what_is_no_rule_of_recurrence_is_told_with_an_example() {
        let error = "FREQ=SECONDLY".parse::<Recurrence>().map(|_| ()).unwrap_err();
        assert_eq!(error.message, "this is no rule of recurrence: `SECONDLY` is more often than daily, and rules run from daily on");
        assert_eq!(error.hint.as_deref(), Some("write it as in `FREQ=WEEKLY;BYDAY=TU`"));
    }

    #[test]
    fn keys_lines_and_days_have_their_form() {
        assert!("api".parse::<Key>().is_ok() && "01JGWP4F7MA5HV8P6RV8SZ9QSE".parse::<Key>().is_ok());
        for bad in ["", "a b", "../x", "é", &"a".repeat(65)] {
            assert!(bad.parse::<Key>().is_err(), "{bad}");
        }
        assert!("é".repeat(1000).parse::<Line>().is_ok() && "x".repeat(1001).parse::<Line>().is_err() && "".parse::<Line>().is_err());
        assert!("2026-01-01".parse::<Day>().is_ok());
        for bad in ["2026-1-1", "2026-02-30", "+026-01-01", "0000-01-01", "2026-01-01T00:00:00Z"] {
            assert!(bad.parse::<Day>().is_err(), "{bad}");
        }
    }
}
