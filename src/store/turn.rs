//! Waiting for one's turn to write: whoever has waited longer looks more often, so that nobody is passed over for long.
//!
//! SQLite's own way of waiting is the other way round. Its naps grow to a tenth of a second, so that among many who write without a pause
//! those who have just come win, and some wait for seconds.

use std::cell::Cell;
use std::thread;
use std::time::{Duration, Instant};

use rusqlite::Connection;

thread_local! {
    /// Until when this thread's present write waits at most, and since when it does. SQLite calls back a bare function, on the thread that
    /// writes.
    static WAIT: Cell<(Duration, Option<Instant>)> = const { Cell::new((Duration::ZERO, None)) };
}

/// While it lives, a connection waits for its turn fairly, as long as it would have waited otherwise.
pub(super) struct Turn<'a> {
    connection: &'a Connection,
    patience: Duration,
}

/// Has a connection wait so, and says how long it waits at most.
pub(super) fn wait_fairly(connection: &mut Connection) -> rusqlite::Result<Duration> {
    let milliseconds: u32 = connection.pragma_query_value(None, "busy_timeout", |row| row.get(0))?;
    let patience = Duration::from_millis(milliseconds.into());
    WAIT.set((patience, None));
    connection.busy_handler(Some(wait))?;
    Ok(patience)
}

impl<'a> Turn<'a> {
    /// Ends that with the turn: the connection waits as it did before, for as long as [`wait_fairly`] said.
    pub(super) fn of(connection: &'a Connection, patience: Duration) -> Self {
        Self { connection, patience }
    }
}

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        // A connection that cannot be set to wait again would only be less patient.
        drop(self.connection.busy_timeout(self.patience));
    }
}

/// Waits a moment; false once it has been long enough. `tries` counts from 0 for each lock.
fn wait(tries: i32) -> bool {
    let (patience, since) = WAIT.get();
    let since = if tries == 0 { Instant::now() } else { since.unwrap_or_else(Instant::now) };
    WAIT.set((patience, Some(since)));
    if since.elapsed() >= patience {
        return false;
    }
    thread::sleep(nap(tries));
    true
}

/// How long to wait before looking again, for the time after so many.
fn nap(tries: i32) -> Duration {
    match tries {
        ..8 => Duration::from_millis(6),
        8..40 => Duration::from_millis(3),
        _ => Duration::from_millis(1),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_waits_as_long_as_the_connection_does_and_leaves_it_as_it_was() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.db");
        let (held, mut waiting) = (Connection::open(&path).unwrap(), Connection::open(&path).unwrap());
        waiting.busy_timeout(Duration::from_millis(150)).unwrap();
        held.execute_batch("BEGIN IMMEDIATE").unwrap();
        let begun = Instant::now();
        {
            let patience = wait_fairly(&mut waiting).unwrap();
            let _turn = Turn::of(&waiting, patience);
            waiting.execute_batch("BEGIN IMMEDIATE").unwrap_err();
            assert!(begun.elapsed() >= Duration::from_millis(150));
            held.execute_batch("ROLLBACK").unwrap();
            waiting.execute_batch("BEGIN IMMEDIATE; ROLLBACK").unwrap();
        }
        assert_eq!(waiting.pragma_query_value(None, "busy_timeout", |row| row.get::<_, u32>(0)).unwrap(), 150);
    }

    #[test]
    fn naps_only_become_shorter() {
        assert!((0..1000).map(nap).is_sorted_by(|before, after| before >= after));
    }
}
