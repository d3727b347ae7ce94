//! Moments, days and lengths of time as people read them; nothing here depends on when the page is read.

use chrono::{DateTime, Datelike, NaiveDate, SecondsFormat, Timelike, Utc};

use crate::domain::day_of;
use crate::render::html::Shared;
use crate::render::page::{Date, Instant};

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
            text: format!("{day}, {:02}:{:02} {zone}", local.hour(), local.minute()),
        }
    }

    /// The day of a moment in the organization's zone.
    pub(super) fn day_of(&self, at: DateTime<Utc>) -> Date {
        self.date(day_of(at, self.zone))
    }

    /// A day: `22 Nov 2026`.
    pub(super) fn date(&self, date: NaiveDate) -> Date {
        Date { date: format!("{:04}-{:02}-{:02}", date.year(), date.month(), date.day()), text: self.day_text(date) }
    }

    /// A month given as `2026-11`: `November 2026`; the text itself where it is no month.
    pub(super) fn month_text(&self, month: &str) -> String {
        let named = month.split_once('-').and_then(|(year, number)| {
            let name = self.months.get(number.parse::<usize>().ok()?.checked_sub(1)?)?;
            Some(format!("{name} {year}"))
        });
        named.unwrap_or_else(|| month.to_owned())
    }

    fn day_text(&self, date: NaiveDate) -> String {
        let month = self.short_months.get(date.month0() as usize).map_or("", String::as_str);
        format!("{} {month} {}", date.day(), date.year())
    }
}

/// A length of time in at most two units, rounded down to whole minutes; what is shorter has seconds: `1 h 36 min`.
pub(super) fn duration(seconds: i64) -> String {
    let (minutes, hours, days) = (seconds / 60, seconds / 3600, seconds / 86_400);
    if minutes < 1 {
        return format!("{} s", seconds.max(0));
    }
    let two = |large: i64, unit: &str, small: i64, small_unit: &str| {
        if small == 0 { format!("{large} {unit}") } else { format!("{large} {unit} {small} {small_unit}") }
    };
    if hours < 1 {
        return format!("{minutes} min");
    }
    if days < 1 {
        return two(hours, "h", minutes % 60, "min");
    }
    two(days, "d", hours % 24, "h")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_have_at_most_two_units() {
        let cases = [(-5, "0 s"), (59, "59 s"), (60, "1 min"), (3599, "59 min"), (3600, "1 h"), (5760, "1 h 36 min")];
        for (seconds, text) in cases.into_iter().chain([(86_400, "1 d"), (90_000, "1 d 1 h"), (864_059, "10 d")]) {
            assert_eq!(duration(seconds), text);
        }
    }
}
