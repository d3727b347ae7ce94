//! Rules of recurrence in the words of RFC 5545, as far as maintenance needs them: by days, never more often than daily.
//!
//! The crate `rrule` knows which days a rule means; what stands here decides which rules are taken. A rule names neither start nor zone nor
//! time of day: those are the series's. Every part that is allowed has a bound, so that no rule costs more than a moment.

use std::fmt;

use chrono::{DateTime, NaiveDate, NaiveDateTime, TimeZone, Utc};
use rrule::{Frequency, RRule, RRuleError, Unvalidated, ValidationError};

/// The longest rule that is read.
const LONGEST: usize = 300;

/// The greatest interval and count.
const MOST: u16 = 1000;

/// The parts a rule may have, in the order in which it is written down.
const PARTS: [&str; 11] =
    ["FREQ", "INTERVAL", "COUNT", "UNTIL", "BYMONTH", "BYWEEKNO", "BYYEARDAY", "BYMONTHDAY", "BYDAY", "BYSETPOS", "WKST"];

/// On which days something takes place, from a first one on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rule {
    text: String,
    /// The same without its end, which the crate would compare in UTC.
    endless: String,
    until: Option<Until>,
}

/// How often something takes place, as pages say it in a word.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rhythm {
    /// Every day.
    Daily,
    /// Every week, on one or more days.
    Weekly,
    /// Every month.
    Monthly,
    /// Every year.
    Yearly,
    /// In some other way.
    Otherwise,
}

impl Rhythm {
    /// The word for it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Daily => "daily",
            Self::Weekly => "weekly",
            Self::Monthly => "monthly",
            Self::Yearly => "yearly",
            Self::Otherwise => "otherwise",
        }
    }
}

/// The last moment at which something may begin.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Until {
    Day(NaiveDate),
    Local(NaiveDateTime),
    Moment(DateTime<Utc>),
}

impl Rule {
    /// Reads a rule of RFC 5545, with or without `RRULE:` before it, or one of the words `daily`, `weekly`, `monthly` and `yearly`.
    ///
    /// # Errors
    /// What is wrong with it, as the end of a sentence that begins with the rule.
    pub fn parse(text: &str) -> Result<Self, String> {
        let text = text.trim();
        if text.len() > LONGEST {
            return Err(format!("it is longer than {LONGEST} characters"));
        }
        let upper = text.to_ascii_uppercase();
        let upper = upper.strip_prefix("RRULE:").unwrap_or(&upper);
        if matches!(upper, "DAILY" | "WEEKLY" | "MONTHLY" | "YEARLY") {
            return Self::parse(&format!("FREQ={upper}"));
        }
        if upper.contains("DTSTART") || upper.contains("TZID") {
            return Err("it names a start or a zone, which are those of the maintenance".to_owned());
        }
        let parts = parts(upper)?;
        let value = |name: &str| parts.iter().find(|(key, _)| *key == name).map(|(_, value)| *value);
        check_frequency(value("FREQ"))?;
        for name in ["INTERVAL", "COUNT"] {
            check_number(name, value(name))?;
        }
        let until = value("UNTIL").map(Until::parse).transpose()?;
        if until.is_some() && value("COUNT").is_some() {
            return Err("`COUNT` and `UNTIL` exclude each other".to_owned());
        }
        let written = |wanted: &dyn Fn(&str) -> bool| {
            let known = PARTS.iter().filter(|name| wanted(name)).filter_map(|name| Some(format!("{name}={}", value(name)?)));
            known.filter(|part| part != "INTERVAL=1").collect::<Vec<_>>().join(";")
        };
        let rule = Self { text: written(&|_| true), endless: written(&|name| name != "UNTIL"), until };
        rule.set(NaiveDate::default()).map(|_| rule)
    }

    /// The rule as it is written down.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The days it means, ascending, where `first` is the first that may be one; its end does not count here. Giving up is the same as an end: no
    /// rule comes to another day after that many without one.
    pub fn days(&self, first: NaiveDate) -> impl Iterator<Item = NaiveDate> {
        self.set(first).into_iter().flat_map(|set| set.limit().into_iter()).map(|day| day.naive_utc().date())
    }

    /// Whether something that begins at this moment, `local` in its zone, is beyond the end.
    pub(super) fn is_over_at(&self, start: DateTime<Utc>, local: NaiveDateTime) -> bool {
        match self.until {
            Some(Until::Day(last)) => local.date() > last,
            Some(Until::Local(last)) => local > last,
            Some(Until::Moment(last)) => start > last,
            None => false,
        }
    }

    /// How often that is.
    pub fn rhythm(&self) -> Rhythm {
        let has = |part: &str| self.text.contains(part);
        if has("INTERVAL=") {
            return Rhythm::Otherwise;
        }
        match self.text.strip_prefix("FREQ=").unwrap_or_default() {
            rest if rest.starts_with("DAILY") && !has("BY") => Rhythm::Daily,
            rest if rest.starts_with("WEEKLY") && !has("BYMONTH") && !has("BYSETPOS") => Rhythm::Weekly,
            rest if rest.starts_with("MONTHLY") && is_once(rest) => Rhythm::Monthly,
            rest if rest.starts_with("YEARLY") && !has("BY") => Rhythm::Yearly,
            _ => Rhythm::Otherwise,
        }
    }

    fn set(&self, first: NaiveDate) -> Result<rrule::RRuleSet, String> {
        let rule: RRule<Unvalidated> = self.endless.parse().map_err(|error: RRuleError| one_line(&error.to_string()))?;
        let first = rrule::Tz::UTC.from_utc_datetime(&first.and_time(chrono::NaiveTime::MIN));
        rule.build(first).map_err(|error| match error {
            RRuleError::ValidationError(why) => in_our_words(&why),
            other => one_line(&other.to_string()),
        })
    }
}

impl fmt::Display for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

/// Whether a rule of months means one day of each: that of its start, one by number, or one such as the second Tuesday.
fn is_once(rule: &str) -> bool {
    let mut days = rule.split(';').filter(|part| part.starts_with("BY"));
    let one = days.next().and_then(|part| part.split_once('='));
    let is_one = match one {
        None => true,
        Some(("BYMONTHDAY", day)) => !day.contains(','),
        Some(("BYDAY", day)) => !day.contains(',') && day.starts_with(|first: char| !first.is_ascii_alphabetic()),
        Some(_) => false,
    };
    is_one && days.next().is_none()
}

/// The parts of a rule, each name once.
fn parts(rule: &str) -> Result<Vec<(&str, &str)>, String> {
    let mut parts: Vec<(&str, &str)> = Vec::new();
    for part in rule.split(';') {
        let Some((name, value)) = part.split_once('=') else {
            return Err(match part {
                "HOURLY" | "MINUTELY" | "SECONDLY" => too_often(part),
                _ => format!("`{}` is no `NAME=VALUE`", part.escape_debug()),
            });
        };
        if matches!(name, "BYHOUR" | "BYMINUTE" | "BYSECOND") {
            return Err(format!("`{name}` is not for maintenance: the time of day is that of its start"));
        }
        if !PARTS.contains(&name) {
            return Err(format!("no part of a rule is called `{}`", name.escape_debug()));
        }
        if value.is_empty() || !value.bytes().all(|byte| byte.is_ascii_alphanumeric() || b",+-".contains(&byte)) {
            return Err(format!("`{}` is no value of `{name}`", value.escape_debug()));
        }
        if parts.iter().any(|(other, _)| *other == name) {
            return Err(format!("`{name}` stands there twice"));
        }
        parts.push((name, value));
    }
    Ok(parts)
}

fn check_frequency(value: Option<&str>) -> Result<(), String> {
    match value {
        Some("DAILY" | "WEEKLY" | "MONTHLY" | "YEARLY") => Ok(()),
        Some(often @ ("HOURLY" | "MINUTELY" | "SECONDLY")) => Err(too_often(often)),
        Some(other) => Err(format!("`{other}` is no frequency: it is `DAILY`, `WEEKLY`, `MONTHLY` or `YEARLY`")),
        None => Err("it lacks `FREQ`".to_owned()),
    }
}

fn too_often(frequency: &str) -> String {
    format!("`{frequency}` is more often than daily, and rules run from daily on")
}

fn check_number(name: &str, value: Option<&str>) -> Result<(), String> {
    match value.map(|value| (value, value.parse::<u16>())) {
        None => Ok(()),
        Some((value, Ok(1..=MOST))) if value.bytes().all(|byte| byte.is_ascii_digit()) => Ok(()),
        Some((value, _)) => Err(format!("`{name}={value}` is not from 1 to {MOST}")),
    }
}

impl Until {
    fn parse(value: &str) -> Result<Self, String> {
        let day = |text: &str| NaiveDate::parse_from_str(text, "%Y%m%d").ok().filter(|_| text.len() == 8);
        let local = |text: &str| NaiveDateTime::parse_from_str(text, "%Y%m%dT%H%M%S").ok().filter(|_| text.len() == 15);
        let moment = || local(value.strip_suffix('Z')?).map(|moment| Self::Moment(moment.and_utc()));
        let found = day(value).map(Self::Day).or_else(|| local(value).map(Self::Local)).or_else(moment);
        found.ok_or_else(|| format!("`UNTIL={value}` is neither a date such as `20271231` nor a time such as `20271231T235959Z`"))
    }
}

/// What keeps a rule from being built, as the end of a sentence.
fn in_our_words(why: &ValidationError) -> String {
    match why {
        ValidationError::InvalidFieldValueRange { field, value, start_idx, end_idx } => {
            format!("`{field}` is `{value}`, and goes from {start_idx} to {end_idx}")
        }
        ValidationError::InvalidFieldValueRangeWithFreq { field, value, freq, start_idx, end_idx } => {
            format!("`{field}` is `{value}`, and goes from {start_idx} to {end_idx} with `{}`", name_of(*freq))
        }
        ValidationError::InvalidByRuleAndFrequency { by_rule, freq } => format!("`{by_rule}` does not go with `{}`", name_of(*freq)),
        ValidationError::InvalidFieldValue { field, value } => format!("`{field}` cannot be `{value}`"),
        ValidationError::BySetPosWithoutByRule => "`BYSETPOS` needs another part that begins with `BY`".to_owned(),
        other => one_line(&other.to_string()),
    }
}

fn name_of(frequency: Frequency) -> String {
    format!("{frequency:?}").to_uppercase()
}

/// What the crate says, as the end of a sentence.
fn one_line(said: &str) -> String {
    let said = said.split_whitespace().collect::<Vec<_>>().join(" ");
    let said = said.split_once(" error: ").filter(|(kind, _)| kind.starts_with("RRule")).map_or(said.as_str(), |(_, why)| why);
    let said = said.trim_end_matches('.');
    let mut letters = said.chars();
    letters.next().map_or_else(String::new, |first| first.to_lowercase().chain(letters).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    #[track_caller]
    fn days(rule: &str, first: &str, count: usize) -> Vec<String> {
        Rule::parse(rule).unwrap().days(day(first)).take(count).map(|day| day.to_string()).collect()
    }

    #[test]
    fn rules_are_written_down_in_one_way() {
        for (said, written) in [
            ("weekly", "FREQ=WEEKLY"),
            (" Daily ", "FREQ=DAILY"),
            ("RRULE:FREQ=WEEKLY;BYDAY=TU", "FREQ=WEEKLY;BYDAY=TU"),
            ("rrule:byday=tu,th;freq=weekly;interval=1", "FREQ=WEEKLY;BYDAY=TU,TH"),
            ("BYDAY=-1FR;FREQ=MONTHLY;COUNT=3", "FREQ=MONTHLY;COUNT=3;BYDAY=-1FR"),
            ("FREQ=DAILY;UNTIL=20271231", "FREQ=DAILY;UNTIL=20271231"),
        ] {
            let rule = Rule::parse(said).unwrap();
            assert_eq!(rule.as_str(), written);
            assert_eq!(Rule::parse(written), Ok(rule));
        }
    }

    #[test]
    fn what_cannot_be_is_refused_in_a_sentence() {
        for (said, why) in [
            ("", "`` is no `NAME=VALUE`"),
            ("fortnightly", "`FORTNIGHTLY` is no `NAME=VALUE`"),
            ("FREQ=SECONDLY", "`SECONDLY` is more often than daily, and rules run from daily on"),
            ("FREQ=HOURLY;COUNT=3", "`HOURLY` is more often than daily, and rules run from daily on"),
            ("hourly", "`HOURLY` is more often than daily, and rules run from daily on"),
            ("FREQ=MONTHLY;BYDAY=6TU", "`BYDAY` is `6`, and goes from -4 to 5 with `MONTHLY`"),
            ("FREQ=WEEKLY;BYMONTHDAY=1", "`BYMONTHDAY` does not go with `WEEKLY`"),
            ("FREQ=SOMETIMES", "`SOMETIMES` is no frequency: it is `DAILY`, `WEEKLY`, `MONTHLY` or `YEARLY`"),
            ("BYDAY=TU", "it lacks `FREQ`"),
            ("FREQ=DAILY;BYHOUR=1,2,3", "`BYHOUR` is not for maintenance: the time of day is that of its start"),
            ("FREQ=DAILY;INTERVAL=0", "`INTERVAL=0` is not from 1 to 1000"),
            ("FREQ=DAILY;INTERVAL=+1", "`INTERVAL=+1` is not from 1 to 1000"),
            ("FREQ=DAILY;COUNT=4294967295", "`COUNT=4294967295` is not from 1 to 1000"),
            ("FREQ=DAILY;COUNT=2;UNTIL=20271231", "`COUNT` and `UNTIL` exclude each other"),
            ("FREQ=DAILY;UNTIL=2027", "`UNTIL=2027` is neither a date such as `20271231` nor a time such as `20271231T235959Z`"),
            ("FREQ=DAILY;FREQ=WEEKLY", "`FREQ` stands there twice"),
            ("FREQ=DAILY;X-MORE=1", "no part of a rule is called `X-MORE`"),
            ("FREQ=DAILY;BYEASTER=1", "no part of a rule is called `BYEASTER`"),
            ("FREQ=DAILY;", "`` is no `NAME=VALUE`"),
            ("FREQ=WEEKLY;BYDAY=", "`` is no value of `BYDAY`"),
            ("DTSTART:20260101T000000Z\nRRULE:FREQ=DAILY", "it names a start or a zone, which are those of the maintenance"),
            ("FREQ=DAILY;TZID=Europe/Berlin", "it names a start or a zone, which are those of the maintenance"),
            ("FREQ=DAILY\nEXDATE:1", "`DAILY\\nEXDATE:1` is no value of `FREQ`"),
        ] {
            assert_eq!(Rule::parse(said).map(|rule| rule.text), Err(why.to_owned()), "{said}");
        }
        for said in [
            "FREQ=WEEKLY;BYDAY=XX",
            "FREQ=WEEKLY;BYMONTHDAY=1",
            "FREQ=MONTHLY;BYMONTHDAY=32",
            "FREQ=YEARLY;BYMONTH=0",
            "FREQ=DAILY;BYSETPOS=0",
        ] {
            let why = Rule::parse(said).unwrap_err();
            assert!(!why.is_empty() && why.lines().count() == 1 && !why.contains("rror"), "{why}");
        }
        assert_eq!(Rule::parse(&format!("FREQ=YEARLY;BYYEARDAY={}", "1,".repeat(200))), Err("it is longer than 300 characters".to_owned()));
    }

    #[test]
    fn days_are_those_of_the_standard() {
        assert_eq!(days("weekly", "2026-12-01", 3), ["2026-12-01", "2026-12-08", "2026-12-15"]);
        assert_eq!(days("FREQ=WEEKLY;INTERVAL=2;BYDAY=TU,TH", "2026-12-01", 4), ["2026-12-01", "2026-12-03", "2026-12-15", "2026-12-17"]);
        assert_eq!(days("yearly", "2028-02-29", 3), ["2028-02-29", "2032-02-29", "2036-02-29"], "only in leap years");
        assert_eq!(days("monthly", "2027-01-31", 3), ["2027-01-31", "2027-03-31", "2027-05-31"], "months without a 31st have none");
        assert_eq!(days("FREQ=MONTHLY;BYMONTHDAY=-1", "2027-01-31", 3), ["2027-01-31", "2027-02-28", "2027-03-31"]);
        assert_eq!(days("FREQ=MONTHLY;BYDAY=2TU", "2026-12-01", 2), ["2026-12-08", "2027-01-12"]);
        assert_eq!(days("FREQ=DAILY;COUNT=2", "2026-12-31", 9), ["2026-12-31", "2027-01-01"]);
    }

    #[test]
    fn rules_without_a_day_end_and_cost_little() {
        for never in ["FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30", "FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30", "FREQ=MONTHLY;BYMONTH=4;BYMONTHDAY=31"] {
            assert_eq!(days(never, "2026-12-01", 1), Vec::<String>::new(), "{never}");
        }
    }

    #[test]
    fn a_rhythm_is_said_in_a_word_where_there_is_one() {
        for (rule, rhythm) in [
            ("daily", Rhythm::Daily),
            ("FREQ=DAILY;COUNT=5", Rhythm::Daily),
            ("FREQ=DAILY;BYDAY=MO,TU", Rhythm::Otherwise),
            ("FREQ=WEEKLY;BYDAY=TU,TH", Rhythm::Weekly),
            ("FREQ=WEEKLY;INTERVAL=2", Rhythm::Otherwise),
            ("FREQ=MONTHLY;BYMONTHDAY=-1", Rhythm::Monthly),
            ("FREQ=MONTHLY;BYDAY=2TU", Rhythm::Monthly),
            ("FREQ=MONTHLY;BYDAY=TU", Rhythm::Otherwise),
            ("FREQ=MONTHLY;BYMONTHDAY=1,15", Rhythm::Otherwise),
            ("FREQ=MONTHLY;BYMONTH=1,2", Rhythm::Otherwise),
            ("yearly", Rhythm::Yearly),
        ] {
            assert_eq!(Rule::parse(rule).unwrap().rhythm(), rhythm, "{rule}");
        }
    }
}
