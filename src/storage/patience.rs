//! How often and how long something is tried again.

use std::time::{Duration, Instant};

use rand::TryRngCore;
use rand::rngs::OsRng;

/// How long passing failures are borne.
#[derive(Clone, Copy, Debug)]
pub struct Patience {
    /// How often a request is sent at most.
    pub attempts: u32,
    /// How often at most where nobody could be reached at all.
    pub attempts_to_reach: u32,
    /// When no further attempt begins.
    pub total: Duration,
    /// The longest first pause; each one after it may be twice as long.
    pub first_pause: Duration,
    /// The longest pause.
    pub longest_pause: Duration,
}

impl Default for Patience {
    fn default() -> Self {
        Self {
            attempts: 9,
            attempts_to_reach: 4,
            total: Duration::from_secs(60),
            first_pause: Duration::from_millis(200),
            longest_pause: Duration::from_secs(8),
        }
    }
}

/// The attempts at one request.
#[derive(Debug)]
pub(super) struct Attempts {
    patience: Patience,
    begun: Instant,
    failed: u32,
    unreached: u32,
}

impl Attempts {
    pub(super) fn new(patience: Patience) -> Self {
        Self { patience, begun: Instant::now(), failed: 0, unreached: 0 }
    }

    /// After a failure: how long to wait before the next attempt, or `None` to give up. `asked` is for how long the host wants to be left
    /// alone; `reached` whether somebody was there.
    pub(super) fn pause(&mut self, asked: Option<Duration>, reached: bool) -> Option<Duration> {
        self.failed += 1;
        self.unreached += u32::from(!reached);
        let pause = pause(&self.patience, self.failed, asked, OsRng.try_next_u32().unwrap_or(u32::MAX));
        let in_time = self.begun.elapsed().checked_add(pause).is_some_and(|then| then < self.patience.total);
        let patient = self.failed < self.patience.attempts && self.unreached < self.patience.attempts_to_reach;
        (patient && in_time).then_some(pause)
    }
}

/// The pause after the `failed`th failure: a random part of a length that doubles, and never less than what was asked for. `chance` is any
/// number; by it those who failed together do not come together again.
fn pause(patience: &Patience, failed: u32, asked: Option<Duration>, chance: u32) -> Duration {
    let longest = patience.first_pause.saturating_mul(1 << failed.saturating_sub(1).min(16)).min(patience.longest_pause);
    let random = longest.mul_f64(f64::from(chance) / f64::from(u32::MAX));
    asked.unwrap_or_default().saturating_add(random)
}

/// Whether a status says that the same request may do better later.
pub(super) fn is_passing(status: u16) -> bool {
    matches!(status, 408 | 425 | 429 | 500 | 502 | 503 | 504)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_double_up_to_a_limit_and_are_random() {
        let patience = Patience::default();
        let longest: Vec<u128> = (1..=8).map(|failed| pause(&patience, failed, None, u32::MAX).as_millis()).collect();
        assert_eq!(longest, [200, 400, 800, 1600, 3200, 6400, 8000, 8000]);
        assert_eq!(pause(&patience, 3, None, 0), Duration::ZERO);
        assert_eq!(pause(&patience, u32::MAX, None, u32::MAX), patience.longest_pause);
        assert_eq!(pause(&patience, 1, Some(Duration::from_secs(5)), 0), Duration::from_secs(5));
        assert!(pause(&patience, 1, Some(Duration::MAX), u32::MAX) == Duration::MAX);
    }

    #[test]
    fn patience_ends() {
        let mut attempts = Attempts::new(Patience::default());
        assert_eq!((0..20).filter(|_| attempts.pause(None, true).is_some()).count(), 8);
        let mut attempts = Attempts::new(Patience::default());
        assert_eq!((0..20).filter(|_| attempts.pause(None, false).is_some()).count(), 3);
        let mut attempts = Attempts::new(Patience::default());
        assert!((0..4).all(|_| attempts.pause(None, true).is_some()) && attempts.pause(None, false).is_some(), "a host that starts anew");
        let mut attempts = Attempts::new(Patience::default());
        assert_eq!(attempts.pause(Some(Duration::from_secs(61)), true), None);
        assert_eq!(attempts.pause(Some(Duration::MAX), true), None);
    }

    #[test]
    fn only_some_statuses_pass() {
        let passing: Vec<u16> = (100..600).filter(|status| is_passing(*status)).collect();
        assert_eq!(passing, [408, 425, 429, 500, 502, 503, 504]);
    }
}
