//! The uploaders that run just now: whatever ends a publishing ends them, and their targets stay locked until they have ended.
//!
//! Each is the head of a process group of its own, so that what it starts can be ended with it. Therefore what a terminal or a CI job sends
//! to end a publishing does not reach it, and whoever ends this process has to end it first. This process may also be killed without a
//! word: so an uploader inherits the lock of its target, which the system holds as long as any process has it open. Where it has ended by
//! itself, the lock is given back at once, whomever it has left behind.

use std::io;
use std::process::{Child, Command, ExitStatus};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use rustix::io::Errno;
use rustix::process::{Pid, Signal, kill_process_group, test_kill_process_group};

use crate::publish::Held;

/// Those of one publishing; clones are the same ones.
#[derive(Clone, Debug, Default)]
pub struct Uploaders {
    shared: Arc<Mutex<Shared>>,
}

#[derive(Debug, Default)]
struct Shared {
    /// Whether they are to end. What runs then is not forgotten any more, since it may leave others behind.
    ending: bool,
    running: Vec<Running>,
}

#[derive(Debug)]
struct Running {
    group: Pid,
    /// Keeps its target locked.
    held: Held,
}

impl Uploaders {
    /// Asks all of them to end; none is begun any more.
    pub fn ask_to_end(&self) {
        let mut shared = self.shared();
        shared.ending = true;
        shared.send(Signal::TERM);
    }

    /// Whether they were asked to end.
    pub fn are_ending(&self) -> bool {
        self.shared().ending
    }

    /// Whether none is left, with all that they have started.
    pub fn are_gone(&self) -> bool {
        self.shared().running.iter().all(|one| test_kill_process_group(one.group) == Err(Errno::SRCH))
    }

    /// Ends them at once, and unlocks their targets. To be called once they were asked.
    pub fn end(&self) {
        let shared = self.shared();
        shared.send(Signal::KILL);
        shared.running.iter().for_each(|one| one.held.release());
    }

    /// Begins one; `None` where they are to end.
    pub(super) fn begin(&self, command: &mut Command, held: &Held) -> io::Result<Option<Uploader<'_>>> {
        use std::os::unix::process::CommandExt as _;
        let mut shared = self.shared();
        if shared.ending {
            return Ok(None);
        }
        // Only one is begun at a time, so that none inherits the lock of another.
        let inherited = held.to_inherit()?;
        let child = command.process_group(0).spawn()?;
        drop(inherited);
        let group = Pid::from_child(&child);
        shared.running.push(Running { group, held: held.clone() });
        Ok(Some(Uploader { child, group, among: self }))
    }

    fn shared(&self) -> MutexGuard<'_, Shared> {
        self.shared.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Shared {
    fn send(&self, signal: Signal) {
        for one in &self.running {
            // Whoever has ended needs no signal.
            let _ = kill_process_group(one.group, signal);
        }
    }
}

/// One that runs.
pub(super) struct Uploader<'a> {
    pub(super) child: Child,
    group: Pid,
    among: &'a Uploaders,
}

impl Uploader<'_> {
    /// How it has ended; `None` while it runs.
    pub(super) fn ended(&mut self) -> io::Result<Option<ExitStatus>> {
        // Under the lock: its number is nobody else's as long as signals may be sent to it.
        let mut shared = self.among.shared();
        let ended = self.child.try_wait()?;
        if ended.is_some() && !shared.ending {
            shared.running.retain(|one| one.group != self.group);
        }
        Ok(ended)
    }

    /// Ends it at once, with all that it has started.
    pub(super) fn kill(&mut self) {
        let mut shared = self.among.shared();
        let _ = kill_process_group(self.group, Signal::KILL);
        let _ = self.child.wait();
        if !shared.ending {
            shared.running.retain(|one| one.group != self.group);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, Instant};

    use super::*;
    use crate::publish::Records;

    #[track_caller]
    fn until(what: &str, mut holds: impl FnMut() -> bool) {
        let begun = Instant::now();
        while !holds() {
            assert!(begun.elapsed() < Duration::from_secs(60), "{what} did not happen");
            std::thread::sleep(Duration::from_millis(5));
        }
    }

    fn script(text: &str) -> Command {
        let mut command = Command::new("sh");
        command.args(["-c", text]);
        command
    }

    #[test]
    fn those_that_are_asked_end_and_no_other_begins() {
        let temp = tempfile::tempdir().unwrap();
        let held = Records::new(temp.path().to_owned()).hold("command:a").unwrap();
        let uploaders = Uploaders::default();
        let mut one = uploaders.begin(&mut script("sleep 600 & sleep 600"), &held).unwrap().unwrap();
        assert!(one.ended().unwrap().is_none() && !uploaders.are_gone() && !uploaders.are_ending());
        uploaders.ask_to_end();
        until("its end", || one.ended().unwrap().is_some() && uploaders.are_gone());
        assert!(uploaders.are_ending());
        assert!(uploaders.begin(&mut script("exit"), &held).unwrap().is_none());
    }

    #[test]
    fn those_that_do_not_listen_are_killed_and_lock_nothing_any_more() {
        let temp = tempfile::tempdir().unwrap();
        let records = Records::new(temp.path().to_owned());
        let held = records.hold("command:a").unwrap();
        let uploaders = Uploaders::default();
        let deaf = temp.path().join("deaf");
        let text = format!("trap '' TERM; : > {}; while :; do sleep 600; done", deaf.display());
        let mut one = uploaders.begin(&mut script(&text), &held).unwrap().unwrap();
        until("its beginning", || deaf.exists());
        uploaders.ask_to_end();
        drop(held);
        assert!(one.ended().unwrap().is_none());
        assert!(records.hold("command:a").is_err(), "it runs still");
        uploaders.end();
        until("its end", || one.ended().unwrap().is_some() && uploaders.are_gone());
        assert!(records.hold("command:a").is_ok());
    }

    #[test]
    fn one_that_leaves_somebody_behind_locks_nothing_any_more() {
        let temp = tempfile::tempdir().unwrap();
        let records = Records::new(temp.path().to_owned());
        let uploaders = Uploaders::default();
        let over = temp.path().join("over");
        let waiting = format!("until [ -e {} ]; do sleep 0.01; done", over.display());
        let held = records.hold("command:a").unwrap();
        let text = format!("{{ {waiting}; }} > {} 2>&1 &", temp.path().join("left").display());
        let mut one = uploaders.begin(&mut script(&text), &held).unwrap().unwrap();
        until("its end", || one.ended().unwrap().is_some());
        assert!(records.hold("command:a").is_err());
        drop(held);
        assert!(records.hold("command:a").is_ok());
        crate::config::write_file(&over, b"").unwrap();
    }
}
