//! Ending work before it ends by itself: with Ctrl-C, as a service manager does, or because the terminal goes away.
//!
//! What goes on until somebody ends it is asked to ([`Stop`]). A publishing may be broken off anywhere but for the programs that it runs
//! and the buckets that it has claimed; those are ended and given back first ([`Ending`]).

use std::io;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
use signal_hook::iterator::{Handle, Signals};
use signal_hook::{SigId, flag, low_level};

use crate::cli::complaint;
use crate::error::{UserError, reason};
use crate::ops::publish::Uploaders;
use crate::watch::Poke;

/// How long uploaders have to end by themselves: less than CI systems leave a job that is cancelled.
const GRACE: Duration = Duration::from_secs(5);

/// How long claims in buckets may take to be given back.
const TO_GIVE_BACK: Duration = GRACE;

/// Signals within this time are one: a terminal that goes away may say so twice.
const ONE_ASKING: Duration = Duration::from_millis(500);

/// Set once somebody wants the work to end. Asked a second time, the process ends at once.
pub(super) struct Stop {
    asked: Arc<AtomicBool>,
    wake: Arc<(Mutex<()>, Condvar)>,
    signals: Handle,
    registered: Vec<SigId>,
}

impl Stop {
    /// Begins to listen; `poke` wakes the work.
    pub(super) fn begin(poke: Poke) -> anyhow::Result<Self> {
        let asked = Arc::new(AtomicBool::new(false));
        let mut registered = Vec::new();
        for signal in [SIGINT, SIGTERM] {
            registered.push(flag::register_conditional_shutdown(signal, 128 + signal, Arc::clone(&asked)).map_err(|error| failed(&error))?);
        }
        let mut signals = Signals::new([SIGINT, SIGTERM]).map_err(|error| failed(&error))?;
        let handle = signals.handle();
        let wake = Arc::new((Mutex::new(()), Condvar::new()));
        let (set, waken) = (Arc::clone(&asked), Arc::clone(&wake));
        let wait = move || {
            for _ in signals.forever() {
                {
                    let _held = waken.0.lock().unwrap_or_else(PoisonError::into_inner);
                    set.store(true, Ordering::Relaxed);
                }
                waken.1.notify_all();
                poke.poke();
            }
        };
        thread::Builder::new().name("signals".to_owned()).spawn(wait).map_err(|error| failed(&error))?;
        Ok(Self { asked, wake, signals: handle, registered })
    }

    /// Whether somebody has asked.
    pub(super) fn asked(&self) -> &Arc<AtomicBool> {
        &self.asked
    }

    /// Returns once somebody has asked.
    pub(super) fn wait(&self) {
        let held = self.wake.0.lock().unwrap_or_else(PoisonError::into_inner);
        let waiting = |_: &mut ()| !self.asked.load(Ordering::Relaxed);
        drop(self.wake.1.wait_while(held, waiting).unwrap_or_else(PoisonError::into_inner));
    }
}

impl Drop for Stop {
    fn drop(&mut self) {
        self.signals.close();
        for id in self.registered.drain(..) {
            low_level::unregister(id);
        }
    }
}

/// Listens to whoever wants the process to end: then uploaders are asked to, those that have not ended after a while or at the second time
/// of asking are killed, and the process ends with the code that tells of the signal. Whom it cannot kill it names.
pub(super) struct Ending {
    /// Those that are ended.
    pub(super) uploaders: Uploaders,
}

impl Ending {
    /// Begins to listen, until the process ends. What was told to be passed over still is, as by `nohup`.
    pub(super) fn begin() -> anyhow::Result<Self> {
        let ignored = ignored(&std::fs::read_to_string("/proc/self/status").unwrap_or_default());
        let heard = [SIGHUP, SIGINT, SIGTERM].into_iter().filter(|signal| ignored >> (signal - 1) & 1 == 0);
        let mut signals = Signals::new(heard).map_err(|error| failed(&error))?;
        let ending = Self { uploaders: Uploaders::default() };
        let uploaders = ending.uploaders.clone();
        let wait = move || {
            let Some(signal) = signals.forever().next() else { return };
            uploaders.ask_to_end();
            let begun = Instant::now();
            let mut is_pressed = false;
            let is_to_wait = |passed: Duration| passed < GRACE && !uploaders.are_gone() || passed < TO_GIVE_BACK && uploaders.hold_claims();
            while is_to_wait(begun.elapsed()) && !is_pressed {
                thread::sleep(Duration::from_millis(20));
                // Drawn in any case, so that what came with the first one does not count later.
                is_pressed = signals.pending().count() > 0 && begun.elapsed() > ONE_ASKING;
            }
            for name in uploaders.end() {
                complaint::warn(&format!("`{name}` could not be ended; see to it that it has before you publish to its target again"));
            }
            std::process::exit(128 + signal);
        };
        thread::Builder::new().name("signals".to_owned()).spawn(wait).map_err(|error| failed(&error))?;
        Ok(ending)
    }

    /// Returns unless somebody has asked: then the process ends without another word.
    pub(super) fn unless_asked(&self) {
        while self.uploaders.are_ending() {
            thread::park();
        }
    }
}

/// The signals that this process was told to pass over, a bit for each, by what Linux says of it.
fn ignored(status: &str) -> u64 {
    let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    mask.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok()).unwrap_or(0)
}

fn failed(error: &io::Error) -> UserError {
    UserError::failed(format!("cannot listen to signals: {}", reason(error)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_to_be_passed_over_is_read_as_linux_writes_it() {
        assert_eq!(ignored("Name:\tstatuary\nSigBlk:\t0000000000004000\nSigIgn:\t0000000000001001\nSigCgt:\t0\n"), 0x1001);
        assert_eq!([ignored(""), ignored("SigIgn:\tx")], [0, 0]);
    }
}
