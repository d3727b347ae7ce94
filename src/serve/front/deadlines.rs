//! Who is due when: one structure for all connections.

use std::collections::{BTreeSet, HashMap};
use std::time::Instant;

/// One moment for each connection.
#[derive(Debug, Default)]
pub(super) struct Deadlines {
    by_id: HashMap<usize, Instant>,
    in_order: BTreeSet<(Instant, usize)>,
}

impl Deadlines {
    /// Sets the moment of `id`, in place of the one before.
    pub(super) fn set(&mut self, id: usize, moment: Instant) {
        match self.by_id.insert(id, moment) {
            Some(before) if before == moment => return,
            Some(before) => drop(self.in_order.remove(&(before, id))),
            None => {}
        }
        self.in_order.insert((moment, id));
    }

    /// `id` has none any more.
    pub(super) fn remove(&mut self, id: usize) {
        if let Some(moment) = self.by_id.remove(&id) {
            self.in_order.remove(&(moment, id));
        }
    }

    /// The next moment of all.
    pub(super) fn next(&self) -> Option<Instant> {
        self.in_order.first().map(|(moment, _)| *moment)
    }

    /// Those whose moment has come, the earliest first.
    pub(super) fn due(&self, now: Instant) -> Vec<usize> {
        self.in_order.iter().take_while(|(moment, _)| *moment <= now).map(|(_, id)| *id).collect()
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn each_connection_has_one_moment() {
        let start = Instant::now();
        let at = |seconds| start + Duration::from_secs(seconds);
        let mut deadlines = Deadlines::default();
        deadlines.set(1, at(5));
        deadlines.set(2, at(3));
        deadlines.set(3, at(9));
        deadlines.set(1, at(1));
        deadlines.set(1, at(1));
        deadlines.set(2, at(6));
        assert_eq!((deadlines.next(), deadlines.due(at(0))), (Some(at(1)), vec![]));
        assert_eq!(deadlines.due(at(6)), [1, 2]);
        deadlines.remove(1);
        deadlines.remove(1);
        assert_eq!((deadlines.next(), deadlines.due(at(9))), (Some(at(6)), vec![2, 3]));
    }
}
