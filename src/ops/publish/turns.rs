//! Folders get a site one after the other, in the order of org.toml: side by side on one disk each would take as long as all of them do
//! together, and the first would be no sooner there than the last. Whoever has waited for a while goes ahead all the same, since the one
//! before it may be on a disk that does not answer.

use std::sync::{Condvar, Mutex, PoisonError};
use std::time::Duration;

use crate::config::{Destination, Target};

/// For how long one folder waits for those before it.
const PATIENCE: Duration = Duration::from_secs(1);

/// The turns of all targets of a publishing.
pub(super) struct Turns {
    /// Whose turn is over, in the order of targets.
    over: Mutex<Vec<bool>>,
    changed: Condvar,
}

impl Turns {
    /// Those of a publishing to these.
    pub(super) fn new(targets: &[Target]) -> Self {
        // Nobody waits for what waits for a host or a program most of the time.
        let over = targets.iter().map(|target| !matches!(target.to, Destination::Folder(_))).collect();
        Self { over: Mutex::new(over), changed: Condvar::new() }
    }

    /// The turn of the target at this place, which is over when it is dropped.
    pub(super) fn of(&self, place: usize) -> Turn<'_> {
        Turn { turns: self, place }
    }
}

/// The turn of one target.
pub(super) struct Turn<'a> {
    turns: &'a Turns,
    place: usize,
}

impl Turn<'_> {
    /// Waits until those before it have had theirs.
    pub(super) fn wait(&self) {
        let over = self.turns.over.lock().unwrap_or_else(PoisonError::into_inner);
        let is_early = |over: &mut Vec<bool>| over.iter().take(self.place).any(|over| !over);
        drop(self.turns.changed.wait_timeout_while(over, PATIENCE, is_early));
    }
}

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        if let Some(over) = self.turns.over.lock().unwrap_or_else(PoisonError::into_inner).get_mut(self.place) {
            *over = true;
        }
        self.turns.changed.notify_all();
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc::channel;
    use std::thread;
    use std::time::Instant;

    use super::*;

    fn turns(addresses: &[&str]) -> Turns {
        let targets: Vec<Target> = addresses.iter().map(|address| Target::of_address(address.parse().unwrap())).collect();
        Turns::new(&targets)
    }

    /// The order in which three folders went; `None` where the machine stood still for so long that one of them may have lost patience.
    fn order() -> Option<Vec<usize>> {
        let turns = turns(&["s3://pages/acme", "dir:/a", "dir:/b", "dir:/c"]);
        let (sender, gone) = channel();
        let begun = Instant::now();
        thread::scope(|scope| {
            for place in [3, 2, 1] {
                let (turn, sender) = (turns.of(place), sender.clone());
                scope.spawn(move || {
                    turn.wait();
                    sender.send(place).unwrap();
                    thread::sleep(Duration::from_millis(20));
                });
            }
        });
        (begun.elapsed() < PATIENCE).then(|| gone.try_iter().collect())
    }

    #[test]
    fn folders_go_in_their_order_and_wait_for_nothing_else() {
        let order = (0..30).find_map(|_| order());
        assert_eq!(order.as_deref(), Some([1, 2, 3].as_slice()));
    }

    #[test]
    fn nobody_waits_for_ever() {
        let turns = turns(&["dir:/stuck", "dir:/a"]);
        let (_stuck, begun) = (turns.of(0), Instant::now());
        turns.of(1).wait();
        assert!(begun.elapsed() >= PATIENCE);
    }
}
