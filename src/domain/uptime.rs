//! Uptime: exact arithmetic over stretches of outage.
//!
//! `uptime% = 100 * (1 - (major * major_s + partial * partial_s) / window_s)`; degraded performance and maintenance count nothing; the
//! figure shown is truncated to two decimals, as Statuspage shows it. Times are milliseconds and weights are thousandths, so nothing is rounded.

use std::fmt;

use chrono::{DateTime, NaiveDate, Utc};
use chrono_tz::Tz;
use num_bigint::BigInt;
use num_rational::BigRational;
use num_traits::{ToPrimitive, Zero};
use serde::{Deserialize, Serialize};

use crate::domain::{ServiceStatus, Span, UptimeRule, start_of_day};

/// How long a service had each status within a window, in milliseconds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Downtime {
    /// The whole window.
    #[serde(rename = "w", default, skip_serializing_if = "is_zero")]
    pub window_ms: i64,
    /// Major outage.
    #[serde(rename = "a", default, skip_serializing_if = "is_zero")]
    pub major_ms: i64,
    /// Partial outage.
    #[serde(rename = "p", default, skip_serializing_if = "is_zero")]
    pub partial_ms: i64,
    /// Degraded performance; counts nothing.
    #[serde(rename = "d", default, skip_serializing_if = "is_zero")]
    pub degraded_ms: i64,
    /// Under maintenance; counts nothing.
    #[serde(rename = "m", default, skip_serializing_if = "is_zero")]
    pub maintenance_ms: i64,
}

/// What most lengths are; they are kept in short.
#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks so")]
fn is_zero(length: &i64) -> bool {
    *length == 0
}

/// Adds up stretches that partition a window.
pub fn downtime(spans: &[Span]) -> Downtime {
    let mut downtime = Downtime::default();
    spans.iter().for_each(|span| downtime.add(span.status, span.start, span.end));
    downtime
}

impl Downtime {
    /// Adds a stretch that had this status throughout.
    pub fn add(&mut self, status: ServiceStatus, start: DateTime<Utc>, end: DateTime<Utc>) {
        let length = (end - start).num_milliseconds();
        self.window_ms += length;
        match status {
            ServiceStatus::Operational => {}
            ServiceStatus::UnderMaintenance => self.maintenance_ms += length,
            ServiceStatus::DegradedPerformance => self.degraded_ms += length,
            ServiceStatus::PartialOutage => self.partial_ms += length,
            ServiceStatus::MajorOutage => self.major_ms += length,
        }
    }

    /// How long a service had a status that is not operational; 0 for operational.
    pub fn lasted_ms(&self, status: ServiceStatus) -> i64 {
        match status {
            ServiceStatus::Operational => 0,
            ServiceStatus::UnderMaintenance => self.maintenance_ms,
            ServiceStatus::DegradedPerformance => self.degraded_ms,
            ServiceStatus::PartialOutage => self.partial_ms,
            ServiceStatus::MajorOutage => self.major_ms,
        }
    }

    /// Adds what was lost in another window.
    pub fn add_all(&mut self, other: &Self) {
        self.window_ms += other.window_ms;
        self.maintenance_ms += other.maintenance_ms;
        self.degraded_ms += other.degraded_ms;
        self.partial_ms += other.partial_ms;
        self.major_ms += other.major_ms;
    }
}

/// An exact share of time.
#[derive(Clone, Copy, Debug)]
pub struct Uptime {
    /// Weighted time in operation, in thousandths of milliseconds; below zero where weights above 1 take more than there was.
    up: i128,
    /// All the time, in the same unit; above zero.
    whole: i128,
}

impl Uptime {
    /// The uptime that follows from `downtime`; `None` for an empty window.
    pub fn of(downtime: &Downtime, rule: &UptimeRule) -> Option<Self> {
        if downtime.window_ms <= 0 {
            return None;
        }
        // Products of 32 and 64 bits: far from the end of the numbers.
        let weighted = |length: i64, thousandths: u32| i128::from(length) * i128::from(thousandths);
        let lost = weighted(downtime.major_ms, rule.major_thousandths) + weighted(downtime.partial_ms, rule.partial_thousandths);
        let whole = i128::from(downtime.window_ms) * 1000;
        Some(Self { up: whole - lost, whole })
    }

    /// What people see of the mean of untruncated figures; `None` without any.
    pub fn mean(uptimes: &[Self]) -> Option<Percentage> {
        let first = uptimes.first()?;
        // Windows are mostly of one length, so that there is nothing to bring to a common denominator.
        if uptimes.iter().all(|uptime| uptime.whole == first.whole) {
            let up = uptimes.iter().fold(0_i128, |sum, uptime| sum.saturating_add(uptime.up));
            return Some(Percentage::of(up, first.whole.saturating_mul(uptimes.len() as i128)));
        }
        let exact = |uptime: &Self| BigRational::new(BigInt::from(uptime.up), BigInt::from(uptime.whole));
        let sum = uptimes.iter().fold(BigRational::zero(), |sum, uptime| sum + exact(uptime));
        let hundredths = (sum * BigInt::from(10_000) / BigInt::from(uptimes.len())).floor().to_integer();
        Some(Percentage::within(hundredths.to_i128()))
    }

    /// The figure people see.
    pub fn percentage(&self) -> Percentage {
        Percentage::of(self.up, self.whole)
    }
}

/// A percentage truncated to two decimals: `100.0`, `99.5`, `99.87`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Percentage {
    hundredths: i32,
}

impl Percentage {
    /// The share `part` of `whole`, which is above zero.
    fn of(part: i128, whole: i128) -> Self {
        Self::within(part.checked_mul(10_000).map(|scaled| scaled.div_euclid(whole)))
    }

    /// Hundredths of a per cent, held between nothing and everything.
    fn within(hundredths: Option<i128>) -> Self {
        let held = hundredths.unwrap_or(0).clamp(0, 10_000);
        Self { hundredths: i32::try_from(held).unwrap_or(0) }
    }

    /// The figure in hundredths of a per cent: 9987 for 99.87.
    pub fn hundredths(self) -> i32 {
        self.hundredths
    }
}

impl fmt::Display for Percentage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (whole, rest) = (self.hundredths / 100, self.hundredths % 100);
        if rest % 10 == 0 { write!(f, "{whole}.{}", rest / 10) } else { write!(f, "{whole}.{rest:02}") }
    }
}

/// The window `[from, to)`, starting no earlier than the service's start date in `zone`.
pub fn window_since_start(
    from: DateTime<Utc>,
    to: DateTime<Utc>,
    start_date: Option<NaiveDate>,
    zone: Tz,
) -> (DateTime<Utc>, DateTime<Utc>) {
    let start = start_date.map_or(from, |date| start_of_day(date, zone).max(from));
    (start, to)
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;

    use super::*;
    use crate::domain::samples::{id, manual};
    use crate::domain::{Ledger, ManualStatus};

    fn shown(window_s: i64, partial_s: i64, major_s: i64) -> String {
        let downtime =
            Downtime { window_ms: window_s * 1000, partial_ms: partial_s * 1000, major_ms: major_s * 1000, ..Downtime::default() };
        Uptime::of(&downtime, &UptimeRule::default()).unwrap().percentage().to_string()
    }

    #[test]
    fn figures_are_truncated_and_lose_a_trailing_zero() {
        assert_eq!(shown(100_000, 0, 0), "100.0");
        assert_eq!(shown(100_000, 0, 500), "99.5");
        assert_eq!(shown(100_000, 0, 1), "99.99");
        assert_eq!(shown(10_000, 0, 10_000), "0.0");
        assert_eq!(shown(90 * 86_400, 1024 + 579, 8559 + 480), "99.87");
        assert_eq!(shown(100_000, 10, 0), "99.99");
        assert_eq!(shown(10_000, 0, 95), "99.05");
    }

    #[test]
    fn a_mean_is_of_untruncated_figures() {
        let of = |major_ms| Uptime::of(&Downtime { window_ms: 300, major_ms, ..Downtime::default() }, &UptimeRule::default()).unwrap();
        // 99.666… and 99.666… and 100: the mean of the truncated ones would be 99.77.
        assert_eq!(Uptime::mean(&[of(1), of(1), of(0)]).unwrap().to_string(), "99.77");
        assert_eq!(Uptime::mean(&[of(1), of(2), of(3)]).unwrap().to_string(), "99.33");
        assert!(Uptime::mean(&[]).is_none());
    }

    proptest::proptest! {
        #![proptest_config(proptest::test_runner::Config { cases: 500, failure_persistence: None, ..Default::default() })]

        #[test]
        fn figures_and_means_are_those_of_exact_fractions(
            rows in proptest::collection::vec((1..10_000_000_000_i64, 0..100_000_000_i64, 0..100_000_000_i64), 1..6),
            of_one_length in proptest::bool::ANY,
            partial_thousandths in 0..2000_u32,
        ) {
            let rule = UptimeRule { partial_thousandths, ..UptimeRule::default() };
            let (mut uptimes, mut sum) = (Vec::new(), BigRational::zero());
            for (window, partial_ms, major_ms) in &rows {
                let window_ms = if of_one_length { rows[0].0 } else { *window };
                let downtime = Downtime { window_ms, partial_ms: *partial_ms, major_ms: *major_ms, ..Downtime::default() };
                let lost = rule.major() * BigInt::from(*major_ms) + rule.partial() * BigInt::from(*partial_ms);
                let exact = BigRational::from_integer(1.into()) - lost / BigInt::from(window_ms);
                let uptime = Uptime::of(&downtime, &rule).unwrap();
                proptest::prop_assert_eq!(uptime.percentage().hundredths(), truncated(&exact));
                uptimes.push(uptime);
                sum += exact;
            }
            let mean = sum / BigInt::from(uptimes.len());
            proptest::prop_assert_eq!(Uptime::mean(&uptimes).unwrap().hundredths(), truncated(&mean));
        }
    }

    fn truncated(share: &BigRational) -> i32 {
        let hundredths = (share * BigInt::from(10_000)).floor().to_integer();
        hundredths.clamp(BigInt::zero(), BigInt::from(10_000)).to_i32().unwrap()
    }

    #[test]
    fn an_empty_window_has_no_figure() {
        assert!(Uptime::of(&Downtime::default(), &UptimeRule::default()).is_none());
    }

    #[test]
    fn a_figure_stays_between_nothing_and_everything_whatever_the_weights() {
        let rule = UptimeRule { partial_thousandths: u32::MAX, major_thousandths: u32::MAX };
        let down = Downtime { window_ms: 1, major_ms: i64::MAX, partial_ms: i64::MAX, ..Downtime::default() };
        assert_eq!(Uptime::of(&down, &rule).unwrap().percentage().hundredths(), 0);
    }

    /// One row of the file of figures that public Statuspage pages showed.
    #[derive(serde::Deserialize)]
    struct Shown {
        page: String,
        code: String,
        start_date: Option<NaiveDate>,
        group: bool,
        children: Vec<String>,
        days: Vec<(NaiveDate, i64, i64)>,
        first_day: NaiveDate,
        last_day: NaiveDate,
        shown: String,
    }

    /// The uptime of a service whose outages are told as on its page: per day, partial first.
    fn uptime_of(row: &Shown) -> Uptime {
        let mut statuses = Vec::new();
        for (date, partial_s, major_s) in &row.days {
            let midnight = start_of_day(*date, Tz::UTC);
            let turns = [
                (0, ServiceStatus::PartialOutage),
                (*partial_s, ServiceStatus::MajorOutage),
                (partial_s + major_s, ServiceStatus::Operational),
            ];
            for (second, status) in turns {
                let at = midnight + TimeDelta::seconds(second);
                let number = i64::try_from(statuses.len()).unwrap();
                statuses.push(ManualStatus { at, ..manual(number, &row.code, 0, status) });
            }
        }
        let ledger = Ledger::of(&statuses, &[], &[]);
        let whole = (start_of_day(row.first_day, Tz::UTC), start_of_day(row.last_day.succ_opt().unwrap(), Tz::UTC));
        let (from, to) = window_since_start(whole.0, whole.1, row.start_date, Tz::UTC);
        Uptime::of(&downtime(&ledger.spans(&id(&row.code), from, to)), &UptimeRule::default()).unwrap()
    }

    #[test]
    #[expect(clippy::print_stderr, reason = "a skipped test says so")]
    fn the_figures_of_real_pages_come_out() {
        let Some(folder) = std::env::var_os("STATUARY_TEST_DATA") else {
            return eprintln!("SKIPPED: the_figures_of_real_pages_come_out, because STATUARY_TEST_DATA is not set");
        };
        let text = std::fs::read_to_string(std::path::Path::new(&folder).join("statuspage-uptime.json")).unwrap();
        let rows: Vec<Shown> = serde_json::from_str(&text).unwrap();
        let find = |page: &str, code: &str| rows.iter().find(|row| row.page == page && row.code == code);
        let untouched = Uptime { up: 1, whole: 1 };
        let mut wrong = Vec::new();
        for row in &rows {
            let uptime = if row.group {
                let children = row.children.iter().map(|code| find(&row.page, code).map_or(untouched, uptime_of));
                Uptime::mean(&children.collect::<Vec<_>>()).unwrap()
            } else {
                uptime_of(row).percentage()
            };
            let found = uptime.to_string();
            if found != row.shown {
                wrong.push(format!("{} {}: {found}, not {}", row.page, row.code, row.shown));
            }
        }
        assert_eq!((rows.len(), wrong), (73, Vec::new()));
    }
}
