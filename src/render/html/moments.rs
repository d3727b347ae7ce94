//! Moments, days and lengths of time as people read them; nothing here depends on when the page is read.

use chrono::{DateTime, Datelike, NaiveDate, SecondsFormat, Timelike, Utc};

use crate::domain::day_of;
use crate::render::html::Shared;
use crate::render::page::{Date, Instant};
use crate::theme::{Theme, fill};

impl Shared {
    /// A moment in the organization's zone: `22 Nov 2026, 11:04 CET`.
    pub(super) fn instant(&self, at: DateTime<Utc>) -> Instant {
        let local = at.with_timezone(&self.zone);
        let abbreviation = local.offset().to_string();
        // Zones without an abbreviation give a bare offset.
        let zone = if abbreviation.starts_with(['+', '-']) { format!("UTC{abbreviation}") } else { abbreviation };
        let day = self.day_text(local.date_naive());
        Instant {
            utc: at.to_rfc3339_opts(SecondsFormat::Secs, true),
            text: fill(&self.patterns.instant, |name| match name {
                "date" => Some(day.as_str().into()),
                "time" => Some(format!("{:02}:{:02}", local.hour(), local.minute()).into()),
                "zone" => Some(zone.as_str().into()),
                _ => None,
            }),
        }
    }

    /// The day of a moment in the organization's zone.
    pub(super) fn day_of(&self, at: DateTime<Utc>) -> Date {
        self.date(day_of(at, self.zone))
    }

    /// A day: `22 Nov 2026`.
    pub(super) fn date(&self, date: NaiveDate) -> Date {
        Date { date: date.to_string(), text: self.day_text(date) }
    }

    /// A month given as `2026-11`: `November 2026`; the text itself where it is no month.
    pub(super) fn month_text(&self, month: &str) -> String {
        let named = month.split_once('-').and_then(|(year, number)| {
            let name = self.months.get(number.parse::<usize>().ok()?.checked_sub(1)?)?;
            let value = |wanted: &str| match wanted {
                "month" => Some(name.as_str().into()),
                "year" => Some(year.into()),
                _ => None,
            };
            Some(fill(&self.patterns.month, value))
        });
        named.unwrap_or_else(|| month.to_owned())
    }

    fn day_text(&self, date: NaiveDate) -> String {
        let month = self.short_months.get(date.month0() as usize).map_or("", String::as_str);
        fill(&self.patterns.date, |name| match name {
            "day" => Some(date.day().to_string().into()),
            "month" => Some(month.into()),
            "number" => Some(date.month().to_string().into()),
            "year" => Some(date.year().to_string().into()),
            _ => None,
        })
    }
}

impl Units {
    /// The theme's.
    pub(super) fn of(theme: &Theme) -> Self {
        Self(["unit_days", "unit_hours", "unit_minutes", "unit_seconds"].map(|key| theme.word(key).to_owned()))
    }

    /// A length of time in at most two units, rounded down to whole minutes; what is shorter has seconds: `1 h 36 min`.
    pub(super) fn duration(&self, seconds: i64) -> String {
        let (minutes, hours, days) = (seconds / 60, seconds / 3600, seconds / 86_400);
        let [day, hour, minute, second] = &self.0;
        let one = |count: i64, unit: &str| fill(unit, |name| (name == "count").then(|| count.to_string().into()));
        let two = |large: i64, unit: &str, small: i64, small_unit: &str| {
            if small == 0 { one(large, unit) } else { format!("{} {}", one(large, unit), one(small, small_unit)) }
        };
        match (days, hours, minutes) {
            (0, 0, ..1) => one(seconds.max(0), second),
            (0, 0, _) => one(minutes, minute),
            (0, ..) => two(hours, hour, minutes % 60, minute),
            _ => two(days, day, hours % 24, hour),
        }
    }
}

/// How a theme writes days, hours, minutes and seconds.
#[derive(Clone, Debug)]
pub(super) struct Units([String; 4]);

/// How a theme writes dates, months and moments.
#[derive(Clone, Debug)]
pub(super) struct Patterns {
    date: String,
    month: String,
    instant: String,
}

impl Patterns {
    /// The theme's.
    pub(super) fn of(theme: &Theme) -> Self {
        let word = |key| theme.word(key).to_owned();
        Self { date: word("date"), month: word("month_of_year"), instant: word("instant") }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_have_at_most_two_units() {
        let units = Units::of(&Theme::load("default", None, "en").unwrap());
        let cases = [(-5, "0 s"), (59, "59 s"), (60, "1 min"), (3599, "59 min"), (3600, "1 h"), (5760, "1 h 36 min")];
        for (seconds, text) in cases.into_iter().chain([(86_400, "1 d"), (90_000, "1 d 1 h"), (864_059, "10 d")]) {
            assert_eq!(units.duration(seconds), text);
        }
    }
}
