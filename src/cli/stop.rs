//! Ending work that goes on until somebody ends it: with Ctrl-C, or as a service manager does.

use std::io;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::thread;

use signal_hook::consts::{SIGINT, SIGTERM};
use signal_hook::iterator::{Handle, Signals};
use signal_hook::{SigId, flag, low_level};

use crate::error::{UserError, reason};
use crate::watch::Poke;

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
        let failed = |error: io::Error| UserError::failed(format!("cannot listen to signals: {}", reason(&error)));
        let asked = Arc::new(AtomicBool::new(false));
        let mut registered = Vec::new();
        for signal in [SIGINT, SIGTERM] {
            registered.push(flag::register_conditional_shutdown(signal, 128 + signal, Arc::clone(&asked)).map_err(failed)?);
        }
        let mut signals = Signals::new([SIGINT, SIGTERM]).map_err(failed)?;
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
        thread::Builder::new().name("signals".to_owned()).spawn(wait).map_err(failed)?;
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
