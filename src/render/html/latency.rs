//! How long a service's answers took in the last 24 hours: in words, as a drawing, and hour by hour.

use chrono::{DateTime, TimeDelta, Utc};

use crate::domain::{CHECK_HOURS, CheckHour, Latency, first_check_hour};
use crate::render::html::Shared;
use crate::render::page;
use crate::snapshot::ServiceView;
use crate::theme::{Theme, fill};

/// How many units the drawing is high.
const HEIGHT: u64 = 10;

/// From so many milliseconds on, whole seconds say enough.
const SECONDS_FROM: u32 = 10_000;

impl Shared {
    /// What checks came to at `at`; `None` without checks, and where the page shows no figures of the service.
    pub(super) fn latency(&self, theme: &Theme, view: &ServiceView, at: DateTime<Utc>) -> Option<page::Latency> {
        let hours = Some(view.checks.as_slice()).filter(|hours| view.service.showcase && !hours.is_empty())?;
        let (results, failures) = hours
            .iter()
            .fold((0_u64, 0_u64), |(results, failures), hour| (results + u64::from(hour.results), failures + u64::from(hour.failures)));
        let newest = hours.iter().rev().find_map(|hour| hour.latency.map(|latency| (hour.start, latency)));
        let words = newest.map(|(start, latency)| {
            let (from, median, p95) = (self.instant(start).text, self.milliseconds(latency.median), self.milliseconds(latency.p95));
            theme.phrase("latency_summary", &[("from", &from), ("median", &median), ("p95", &p95)])
        });
        Some(page::Latency {
            summary: words,
            checks: theme.phrase("checks_summary", &[("results", &results.to_string()), ("failures", &failures.to_string())]),
            drawing: newest.map(|_| self.drawing(theme, hours, first_check_hour(at))),
            hours: hours.iter().rev().map(|hour| self.hour(theme, hour)).collect(),
        })
    }

    /// A length of time in milliseconds: `42 ms`, or `12 s` for a long one.
    fn milliseconds(&self, count: u32) -> String {
        match count {
            ..SECONDS_FROM => fill(&self.unit_milliseconds, |name| (name == "count").then(|| count.to_string().into())),
            _ => self.units.duration(i64::from(count / 1000)),
        }
    }

    fn hour(&self, theme: &Theme, hour: &CheckHour) -> page::LatencyHour {
        let figure = |of: fn(&Latency) -> u32| {
            hour.latency.as_ref().map_or_else(|| theme.word("no_figure").to_owned(), |latency| self.milliseconds(of(latency)))
        };
        page::LatencyHour {
            from: self.instant(hour.start),
            median: figure(|latency| latency.median),
            p95: figure(|latency| latency.p95),
            results: hour.results,
            failures: hour.failures,
        }
    }

    fn drawing(&self, theme: &Theme, hours: &[CheckHour], first: DateTime<Utc>) -> page::LatencyDrawing {
        let top = round_above(hours.iter().filter_map(|hour| hour.latency).map(|latency| latency.p95).max().unwrap_or(1));
        let height = |ms: u32| {
            let hundredths = (HEIGHT * 100).saturating_sub(u64::from(ms) * HEIGHT * 100 / u64::from(top));
            decimal(hundredths)
        };
        let placed = || hours.iter().map(|hour| ((hour.start - first).num_hours(), hour));
        let mut area = String::new();
        let mut line = String::new();
        let mut ended = None;
        for (place, latency) in placed().filter_map(|(place, hour)| Some((place, hour.latency?))) {
            area.push_str(&format!("M{place} {}h1V{}h-1z", height(latency.p95), height(latency.min)));
            let joined = if ended == Some(place) { "V" } else { &format!("M{place} ") };
            line.push_str(&format!("{joined}{}h1", height(latency.median)));
            ended = Some(place + 1);
        }
        let failed: String = placed().filter(|(_, hour)| hour.failures > 0).map(|(place, _)| format!("M{place}.5 {HEIGHT}v-1.5")).collect();
        let until = self.instant(first + TimeDelta::hours(CHECK_HOURS)).text;
        page::LatencyDrawing {
            width: CHECK_HOURS,
            height: HEIGHT,
            area,
            line,
            failed: Some(failed).filter(|failed| !failed.is_empty()),
            key: theme.phrase("latency_key", &[("from", &self.instant(first).text), ("until", &until), ("top", &self.milliseconds(top))]),
        }
    }
}

/// The next round number that is not smaller: 1, 2 or 5 and noughts.
fn round_above(ms: u32) -> u32 {
    let powers = (0..10).map(|exponent| 10_u32.pow(exponent));
    powers.flat_map(|power| [1, 2, 5].map(|digit| power.saturating_mul(digit))).find(|round| *round >= ms).unwrap_or(ms)
}

/// Hundredths as a short decimal.
fn decimal(hundredths: u64) -> String {
    let text = format!("{}.{:02}", hundredths / 100, hundredths % 100);
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::ServiceStatus;
    use crate::render::html::sample;

    fn at(text: &str) -> DateTime<Utc> {
        text.parse().unwrap()
    }

    fn hour(hour: u32, failures: u32, latency: Option<(u32, u32, u32)>) -> CheckHour {
        let start = at("2026-11-22T00:00:00Z") + TimeDelta::hours(i64::from(hour));
        let latency = latency.map(|(min, median, p95)| Latency { min, median, p95, max: 9000 });
        CheckHour { start, results: 60, failures, latency }
    }

    fn told(hours: Vec<CheckHour>) -> Option<page::Latency> {
        let theme = Theme::load("default", None, "en").unwrap();
        let shared = Shared::new(&theme, &sample::organization()).unwrap();
        let mut view = sample::service("API", ServiceStatus::Operational, &[]);
        view.checks = hours;
        shared.latency(&theme, &view, at("2026-11-22T10:04:00Z"))
    }

    #[test]
    fn hours_are_drawn_at_their_place_and_told_in_words() {
        let latency = told(vec![hour(3, 0, Some((10, 20, 40))), hour(4, 0, Some((10, 25, 50))), hour(7, 2, Some((10, 10, 30)))]).unwrap();
        let drawing = latency.drawing.unwrap();
        assert_eq!((drawing.width, drawing.height, drawing.line.as_str()), (24, 10, "M16 6h1V5h1M20 8h1"));
        assert_eq!(drawing.area, "M16 2h1V8h-1zM17 0h1V8h-1zM20 4h1V8h-1z");
        assert_eq!(drawing.failed.as_deref(), Some("M20.5 10v-1.5"));
        assert!(drawing.key.starts_with("From 21 Nov 2026, 12:00 CET until 22 Nov 2026, 12:00 CET, 0 to 50 ms."), "{}", drawing.key);
        assert!(latency.summary.unwrap().contains("22 Nov 2026, 08:00 CET"));
        assert_eq!(latency.checks, "Checks in 24 hours: 180. Failed: 2.");
        let first = &latency.hours[0];
        assert_eq!(
            (first.from.utc.as_str(), first.median.as_str(), first.p95.as_str(), first.failures),
            ("2026-11-22T07:00:00Z", "10 ms", "30 ms", 2)
        );
    }

    #[test]
    fn what_nobody_measured_is_not_drawn() {
        assert!(told(Vec::new()).is_none());
        let latency = told(vec![hour(3, 60, None)]).unwrap();
        assert!(latency.drawing.is_none() && latency.summary.is_none());
        assert_eq!((latency.hours[0].median.as_str(), latency.checks.as_str()), ("–", "Checks in 24 hours: 60. Failed: 60."));
        let nothing_at_all = told(vec![hour(3, 0, Some((0, 0, 0)))]).unwrap().drawing.unwrap();
        assert_eq!(nothing_at_all.line, "M16 10h1");
        let slow = told(vec![hour(3, 0, Some((u32::MAX, u32::MAX, u32::MAX)))]).unwrap();
        assert_eq!((slow.hours[0].median.as_str(), slow.drawing.unwrap().line.as_str()), ("49 d 17 h", "M16 0h1"));
    }

    #[test]
    fn the_top_is_a_round_number() {
        for (ms, round) in [(0, 1), (1, 1), (3, 5), (6, 10), (11, 20), (50, 50), (51, 100), (2_000_000_001, u32::MAX)] {
            assert_eq!(round_above(ms), round, "{ms}");
        }
    }
}
