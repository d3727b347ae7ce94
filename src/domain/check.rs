//! What monitors measure, what the results of an hour come to, and when results say that a service fails or works again.

use std::collections::BTreeMap;

use chrono::{DateTime, TimeDelta, Utc};

use crate::domain::{CheckStatus, ServiceStatus};

/// What one check found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CheckResult {
    /// How the service did.
    pub status: CheckStatus,
    /// When it was looked at.
    pub at: DateTime<Utc>,
    /// How long the answer took.
    pub latency_ms: Option<u32>,
    /// What the monitor says about it, for operators.
    pub message: Option<String>,
}

/// A result as a rule looks at it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Observed {
    /// Who reported it.
    pub source: String,
    /// How the service did.
    pub status: CheckStatus,
    /// When it was looked at.
    pub at: DateTime<Utc>,
}

/// What the results of an hour come to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CheckHour {
    /// Its first moment, a whole hour in UTC.
    pub start: DateTime<Utc>,
    /// How many results there are.
    pub results: u32,
    /// How many of them found something wrong.
    pub failures: u32,
    /// How long answers took; `None` where no answer was measured.
    pub latency: Option<Latency>,
}

/// How long answers took, in milliseconds: figures by nearest rank, so that each is one that was measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Latency {
    /// The quickest.
    pub min: u32,
    /// Half of them took no longer.
    pub median: u32,
    /// 95 of 100 took no longer.
    pub p95: u32,
    /// The slowest.
    pub max: u32,
}

impl CheckHour {
    /// The hour that begins at `start`, with its results; `None` without any. What took until nothing came is not an answer's latency.
    pub fn of(start: DateTime<Utc>, results: &[CheckResult]) -> Option<Self> {
        let looked = || results.iter().filter(|result| result.status != CheckStatus::Maintenance);
        let mut answers: Vec<u32> =
            looked().filter(|result| result.status != CheckStatus::Down).filter_map(|result| result.latency_ms).collect();
        answers.sort_unstable();
        let count = |results: usize| u32::try_from(results).unwrap_or(u32::MAX);
        let hour = Self {
            start,
            results: count(looked().count()),
            failures: count(looked().filter(|result| result.status.is_failure()).count()),
            latency: Latency::of(&answers),
        };
        (hour.results > 0).then_some(hour)
    }
}

impl Latency {
    /// Of answers from the quickest to the slowest.
    fn of(answers: &[u32]) -> Option<Self> {
        let rank = |percent: usize| answers.get((answers.len() * percent).div_ceil(100).saturating_sub(1)).copied();
        Some(Self { min: *answers.first()?, median: rank(50)?, p95: rank(95)?, max: *answers.last()? })
    }
}

/// The first moment of the hour (UTC) that `at` is in.
pub fn start_of_hour(at: DateTime<Utc>) -> DateTime<Utc> {
    const HOUR: i64 = 3_600_000;
    DateTime::from_timestamp_millis(at.timestamp_millis().div_euclid(HOUR) * HOUR).unwrap_or(at)
}

/// How many hours of checks are told, the present one included.
pub const CHECK_HOURS: i64 = 24;

/// The first of the hours that are told at `at`.
pub fn first_check_hour(at: DateTime<Utc>) -> DateTime<Utc> {
    start_of_hour(at).checked_sub_signed(TimeDelta::hours(CHECK_HOURS - 1)).unwrap_or(at)
}

/// What monitors may do by themselves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Opens {
    /// Nothing: they are only recorded.
    Nothing,
    /// An incident that a person publishes.
    Draft,
    /// An incident that is public at once.
    Incident,
}

/// When results open an incident, and when they resolve it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CheckRule {
    /// So many failures …
    pub failures: usize,
    /// … within this time open an incident.
    pub within: TimeDelta,
    /// So many good results in a row end what a source found wrong.
    pub recoveries: usize,
    /// What is opened.
    pub opens: Opens,
    /// The service's status then, where it is down.
    pub status: ServiceStatus,
    /// How long after its end a new failure belongs to the same incident.
    pub cool_down: TimeDelta,
}

impl Default for CheckRule {
    fn default() -> Self {
        Self {
            failures: 3,
            within: TimeDelta::minutes(5),
            recoveries: 2,
            opens: Opens::Draft,
            status: ServiceStatus::PartialOutage,
            cool_down: TimeDelta::minutes(30),
        }
    }
}

/// What the newest results say.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Trend {
    /// Something is wrong.
    Failing {
        /// Since the first of the failures.
        since: DateTime<Utc>,
        /// How many there are.
        failures: usize,
        /// Among how many results since then.
        results: usize,
        /// Down where there are enough results that say so, else degraded.
        worst: CheckStatus,
    },
    /// Every source that had found something wrong finds that it works again.
    Recovered {
        /// Since the result that made it sure.
        at: DateTime<Utc>,
    },
    /// Neither.
    Unclear,
}

/// A source that has said nothing for so long has no say in whether all is well again, unless nobody has said anything.
const SILENT: TimeDelta = TimeDelta::hours(1);

/// What `observed`, the results of a day or so in any order, say at `now`; those up to `after` belong to what is over.
///
/// Each source counts for itself: good results of one take nothing back of what another finds wrong.
pub fn trend(rule: &CheckRule, observed: &[Observed], now: DateTime<Utc>, after: Option<DateTime<Utc>>) -> Trend {
    let mut counted: Vec<&Observed> =
        observed.iter().filter(|one| one.status != CheckStatus::Maintenance && after.is_none_or(|after| one.at > after)).collect();
    counted.sort_by(|one, other| (one.at, &one.source).cmp(&(other.at, &other.source)));
    let mut sources: BTreeMap<&str, Run> = BTreeMap::new();
    for one in &counted {
        sources.entry(&one.source).or_default().take(rule, one);
    }
    let window = now - rule.within;
    let mut failures: Vec<(DateTime<Utc>, CheckStatus)> = sources.values().flat_map(|run| &run.failures).copied().collect();
    failures.retain(|(at, _)| *at > window);
    if failures.len() >= rule.failures.max(1) {
        let since = failures.iter().map(|(at, _)| *at).min().unwrap_or(now);
        let down = failures.iter().filter(|(_, status)| *status == CheckStatus::Down).count();
        let worst = if down >= rule.failures { CheckStatus::Down } else { CheckStatus::Degraded };
        let results = counted.iter().filter(|one| one.at >= since).count();
        return Trend::Failing { since, failures: failures.len(), results, worst };
    }
    let newest = counted.last().map_or(now, |one| one.at);
    let heard = || sources.values().filter(|run| run.newest.is_some_and(|at| newest - at <= SILENT.max(rule.within)));
    match heard().filter_map(|run| run.recovered_at).max() {
        Some(at) if heard().all(|run| run.failures.is_empty()) => Trend::Recovered { at },
        _ => Trend::Unclear,
    }
}

/// What one source found, as far as it still counts.
#[derive(Default)]
struct Run {
    /// Since it was last sure that all is well.
    failures: Vec<(DateTime<Utc>, CheckStatus)>,
    /// Good results in a row.
    good: usize,
    /// Since when it is sure that all is well.
    recovered_at: Option<DateTime<Utc>>,
    newest: Option<DateTime<Utc>>,
}

impl Run {
    fn take(&mut self, rule: &CheckRule, one: &Observed) {
        self.newest = Some(one.at);
        if one.status.is_failure() {
            self.good = 0;
            self.recovered_at = None;
            self.failures.push((one.at, one.status));
            return;
        }
        self.good += 1;
        if self.good >= rule.recoveries.max(1) {
            self.failures.clear();
            self.recovered_at.get_or_insert(one.at);
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::domain::samples::at;
    use CheckStatus::{Degraded, Down, Maintenance, Up};

    fn result(status: CheckStatus, minute: i64, latency_ms: Option<u32>) -> CheckResult {
        CheckResult { status, at: at(minute), latency_ms, message: None }
    }

    /// Results of the source `a`, or of `b` where the minute is negative.
    fn told(results: &[(i64, CheckStatus)]) -> Vec<Observed> {
        let one = |(minute, status): &(i64, CheckStatus)| Observed {
            source: if *minute < 0 { "b" } else { "a" }.to_owned(),
            status: *status,
            at: at(minute.abs()),
        };
        results.iter().map(one).collect()
    }

    fn says(results: &[(i64, CheckStatus)], now: i64) -> Trend {
        trend(&CheckRule::default(), &told(results), at(now), None)
    }

    fn failing(since: i64, failures: usize, results: usize, worst: CheckStatus) -> Trend {
        Trend::Failing { since: at(since), failures, results, worst }
    }

    #[test]
    fn figures_are_measured_ones() {
        let hour = |results: &[CheckResult]| CheckHour::of(at(0), results);
        assert_eq!(hour(&[]), None);
        assert_eq!(hour(&[result(Maintenance, 1, Some(5))]), None);
        let one = hour(&[result(Down, 1, Some(9000)), result(Up, 2, Some(40))]).unwrap();
        assert_eq!((one.results, one.failures, one.latency), (2, 1, Some(Latency { min: 40, median: 40, p95: 40, max: 40 })));
        assert_eq!(hour(&[result(Up, 1, None)]).unwrap().latency, None);
        let hundred: Vec<CheckResult> = (1..=100).map(|ms| result(Up, ms, Some(101 - ms as u32))).collect();
        assert_eq!(hour(&hundred).unwrap().latency, Some(Latency { min: 1, median: 50, p95: 95, max: 100 }));
        let two = hour(&[result(Degraded, 1, Some(7)), result(Up, 2, Some(3))]).unwrap();
        assert_eq!((two.failures, two.latency), (1, Some(Latency { min: 3, median: 3, p95: 7, max: 7 })));
    }

    #[test]
    fn so_many_failures_within_the_time_are_trouble() {
        assert_eq!(says(&[(1, Down), (2, Down)], 3), Trend::Unclear);
        assert_eq!(says(&[(1, Down), (2, Down), (3, Down)], 3), failing(1, 3, 3, Down));
        assert_eq!(says(&[(3, Down), (1, Down), (2, Up), (4, Down)], 4), failing(1, 3, 4, Down), "in any order, with a good one between");
        assert_eq!(says(&[(1, Down), (2, Down), (7, Down)], 7), Trend::Unclear, "not within five minutes");
        assert_eq!(says(&[(1, Degraded), (2, Down), (3, Down)], 3), failing(1, 3, 3, Degraded));
        assert_eq!(says(&[(1, Degraded), (2, Down), (3, Down), (4, Down)], 4), failing(1, 4, 4, Down));
        assert_eq!(says(&[(1, Maintenance), (2, Down), (3, Down)], 3), Trend::Unclear);
        assert_eq!(says(&[], 3), Trend::Unclear);
    }

    #[test]
    fn good_results_in_a_row_end_it() {
        let down = [(1, Down), (2, Down), (3, Down)];
        let then = |more: &[(i64, CheckStatus)], now| says(&[&down[..], more].concat(), now);
        assert_eq!(then(&[(4, Up)], 4), failing(1, 3, 4, Down));
        assert_eq!(then(&[(4, Up), (5, Up)], 5), Trend::Recovered { at: at(5) });
        assert_eq!(then(&[(4, Up), (5, Up), (6, Up)], 6), Trend::Recovered { at: at(5) }, "when it became sure");
        assert_eq!(then(&[(4, Up), (5, Up), (6, Down)], 6), Trend::Unclear, "failures count anew");
        assert_eq!(then(&[], 20), Trend::Unclear, "silence is no recovery");
    }

    #[test]
    fn each_source_counts_for_itself() {
        let both = [(1, Down), (-1, Up), (2, Down), (-2, Up), (3, Down), (-3, Up)];
        assert_eq!(says(&both, 3), failing(1, 3, 6, Down));
        assert_eq!(says(&[&both[..], &[(-4, Up), (-5, Up)]].concat(), 20), Trend::Unclear, "`a` has not found it well again");
        assert_eq!(says(&[&both[..], &[(-70, Up), (-71, Up)]].concat(), 71), Trend::Recovered { at: at(2) }, "`a` is silent");
        assert_eq!(says(&[(1, Down), (-1, Down), (2, Down)], 3), failing(1, 3, 3, Down), "two sources find it down");
    }

    #[test]
    fn what_is_over_does_not_count_again() {
        let results = told(&[(1, Down), (2, Down), (3, Down), (4, Down)]);
        let after = |minute| trend(&CheckRule::default(), &results, at(4), Some(at(minute)));
        assert_eq!(after(0), failing(1, 4, 4, Down));
        assert_eq!(after(1), failing(2, 3, 3, Down));
        assert_eq!(after(2), Trend::Unclear);
    }

    #[test]
    fn hours_are_whole_ones_of_utc() {
        let moment = |text: &str| text.parse::<DateTime<Utc>>().unwrap();
        assert_eq!(start_of_hour(moment("2026-11-22T10:59:59.999Z")), moment("2026-11-22T10:00:00Z"));
        assert_eq!(start_of_hour(moment("2026-11-22T10:00:00Z")), moment("2026-11-22T10:00:00Z"));
        assert_eq!(start_of_hour(moment("1969-12-31T23:30:00Z")), moment("1969-12-31T23:00:00Z"));
    }

    proptest! {
        #[test]
        fn order_says_nothing_and_failing_needs_failures(
            results in proptest::collection::vec((0..20_i64, 0..4_usize, any::<bool>()), 0..20), seed in any::<u64>()
        ) {
            let observed: Vec<Observed> = results.iter().enumerate().map(|(place, (minute, status, first))| Observed {
                source: if *first { "a" } else { "b" }.to_owned(),
                status: CheckStatus::ALL[*status],
                // No two of one source at the same moment, as in the store.
                at: at(*minute) + TimeDelta::milliseconds(place as i64),
            }).collect();
            let mut shuffled = observed.clone();
            shuffled.sort_by_key(|one| one.at.timestamp_millis() as u64 ^ seed);
            let rule = CheckRule::default();
            let found = trend(&rule, &observed, at(20), None);
            prop_assert_eq!(&found, &trend(&rule, &shuffled, at(20), None));
            if let Trend::Failing { failures, results, since, .. } = found {
                prop_assert!(failures >= rule.failures && results >= failures && since > at(15));
            }
        }
    }
}
