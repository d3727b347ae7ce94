//! The uploaders that run just now: whatever ends a publishing ends them, and their targets stay locked until they have ended.
//!
//! Each is the head of a process group of its own, so that what it starts can be ended with it. Therefore what a terminal or a CI job sends
//! to end a publishing does not reach it, and whoever ends this process has to end it first. This process may also be killed without a
//! word: so an uploader inherits the lock of its target, which the system holds as long as any process has it open. Where it has ended by
//! itself, the lock is given back at once, whomever it has left behind.
//!
//! Claims in buckets are counted here, too, so that whoever ends a publishing can let them be given back.

use std::io;
use std::process::{Child, Command, ExitStatus};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use rustix::io::Errno;
use rustix::process::{Pid, Signal, kill_process_group, test_kill_process_group};

use crate::publish::Held;

/// How long what was killed may take to be gone: those that nobody asks about any more stay in the system's list.
const LAST_BREATH: Duration = Duration::from_millis(500);

/// How long to wait between two looks at who is left.
const PAUSE: Duration = Duration::from_millis(10);

/// Those of one publishing; clones are the same ones.
#[derive(Clone, Debug, Default)]
pub struct Uploaders {
    shared: Arc<Mutex<Shared>>,
}

#[derive(Debug)]
struct Shared {
    /// Whether they are to end. What runs then is not forgotten before all of its group has ended, since it may leave others behind.
    ending: bool,
    /// How many claims in buckets are held.
    claims: usize,
    running: Vec<Running>,
    /// Sends a group a signal, or asks only whether that could be done.
    reach: fn(Pid, Option<Signal>) -> rustix::io::Result<()>,
}

#[derive(Debug)]
struct Running {
    group: Pid,
    name: String,
    /// Keeps its target locked.
    held: Held,
    /// Whether the system did not let us send it the last signal: it runs as somebody else.
    refused: bool,
}

fn reach(group: Pid, signal: Option<Signal>) -> rustix::io::Result<()> {
    signal.map_or_else(|| test_kill_process_group(group), |signal| kill_process_group(group, signal))
}

impl Default for Shared {
    fn default() -> Self {
        Self { ending: false, claims: 0, running: Vec::new(), reach }
    }
}

impl Uploaders {
    /// Asks all of them to end; none is begun any more.
    pub fn ask_to_end(&self) {
        let mut shared = self.shared();
        shared.ending = true;
        shared.send(Some(Signal::TERM));
    }

    /// Whether they were asked to end.
    pub fn are_ending(&self) -> bool {
        self.shared().ending
    }

    /// Whether none is left, with all that they have started.
    pub fn are_gone(&self) -> bool {
        let mut shared = self.shared();
        shared.send(None);
        shared.running.is_empty()
    }

    /// Ends them at once, and unlocks their targets. To be called once they were asked. The names of those that the system does not let us
    /// end: their targets stay locked until they have ended by themselves.
    #[must_use]
    pub fn end(&self) -> Vec<String> {
        let begun = Instant::now();
        loop {
            let mut shared = self.shared();
            shared.send(Some(Signal::KILL));
            // Of a group some may be ended and some not: only when those are gone it is told that these are left.
            if shared.running.iter().all(|one| one.refused) || begun.elapsed() > LAST_BREATH {
                let mut left = Vec::new();
                for one in &shared.running {
                    if one.refused {
                        one.held.leave();
                        left.push(one.name.clone());
                    } else {
                        one.held.release();
                    }
                }
                return left;
            }
            drop(shared);
            thread::sleep(PAUSE);
        }
    }

    /// Begins one, which people know by `name`; `None` where they are to end.
    pub(super) fn begin(&self, command: &mut Command, name: &str, held: &Held) -> io::Result<Option<Uploader<'_>>> {
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
        shared.running.push(Running { group, name: name.to_owned(), held: held.clone(), refused: false });
        Ok(Some(Uploader { child, group, is_left: false, among: self }))
    }

    /// Whether claims in buckets are still held: whoever holds one and is to end gives it back.
    pub fn hold_claims(&self) -> bool {
        self.shared().claims > 0
    }

    /// Counts a claim in a bucket as held, until what is returned is dropped; `None` where they are to end.
    pub(super) fn claim(&self) -> Option<Claimed<'_>> {
        let mut shared = self.shared();
        if shared.ending {
            return None;
        }
        shared.claims += 1;
        Some(Claimed { among: self })
    }

    fn shared(&self) -> MutexGuard<'_, Shared> {
        self.shared.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Shared {
    /// Sends all of them a signal, or only looks who is there. Those of whose group nobody is left are forgotten: their number may become
    /// somebody else's.
    fn send(&mut self, signal: Option<Signal>) {
        let reach = self.reach;
        self.running.retain_mut(|one| {
            let answer = reach(one.group, signal);
            one.refused = answer == Err(Errno::PERM);
            let is_gone = answer == Err(Errno::SRCH);
            if is_gone {
                one.held.release();
            }
            !is_gone
        });
    }

    fn forget(&mut self, group: Pid) {
        if !self.ending {
            self.running.retain(|one| one.group != group);
        }
    }
}

/// A claim in a bucket.
pub(super) struct Claimed<'a> {
    among: &'a Uploaders,
}

impl Drop for Claimed<'_> {
    fn drop(&mut self) {
        self.among.shared().claims -= 1;
    }
}

/// One that runs.
pub(super) struct Uploader<'a> {
    pub(super) child: Child,
    group: Pid,
    /// Whether it could not be ended.
    is_left: bool,
    among: &'a Uploaders,
}

impl Uploader<'_> {
    /// How it has ended; `None` while it runs.
    pub(super) fn ended(&mut self) -> io::Result<Option<ExitStatus>> {
        // Under the lock: its number is nobody else's as long as signals may be sent to it.
        let mut shared = self.among.shared();
        let ended = self.child.try_wait()?;
        if ended.is_some() {
            shared.forget(self.group);
        }
        Ok(ended)
    }

    /// Ends it at once, with all that it has started, and waits for that, but not for ever: whether it has ended. Where it has not, its
    /// target stays locked.
    pub(super) fn kill(&mut self, longest: Duration) -> bool {
        let begun = Instant::now();
        let mut signal = Some(Signal::KILL);
        loop {
            // Others get at theirs between two looks.
            let mut shared = self.among.shared();
            let answer = (shared.reach)(self.group, signal.take());
            let is_over = !matches!(self.child.try_wait(), Ok(None));
            let is_alone = answer.is_ok() && begun.elapsed() > LAST_BREATH;
            if is_over && (answer == Err(Errno::SRCH) || is_alone) {
                shared.forget(self.group);
                return true;
            }
            if begun.elapsed() > longest {
                shared.running.iter().filter(|one| one.group == self.group).for_each(|one| one.held.leave());
                self.is_left = true;
                return false;
            }
            drop(shared);
            thread::sleep(PAUSE);
        }
    }
}

impl Drop for Uploader<'_> {
    fn drop(&mut self) {
        if !self.is_left {
            self.among.shared().forget(self.group);
        }
    }
}

#[cfg(test)]
impl Uploaders {
    /// Those that run as somebody else, whom nobody lets us end.
    pub(super) fn of_somebody_else() -> Self {
        let uploaders = Self::default();
        uploaders.shared().reach = |group, _| match test_kill_process_group(group) {
            Err(Errno::SRCH) => Err(Errno::SRCH),
            _ => Err(Errno::PERM),
        };
        uploaders
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::publish::Records;

    #[track_caller]
    fn until(what: &str, mut holds: impl FnMut() -> bool) {
        let begun = Instant::now();
        while !holds() {
            assert!(begun.elapsed() < Duration::from_secs(60), "{what} did not happen");
            thread::sleep(Duration::from_millis(5));
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
        let mut one = uploaders.begin(&mut script("sleep 600 & sleep 600"), "a", &held).unwrap().unwrap();
        assert!(one.ended().unwrap().is_none() && !uploaders.are_gone() && !uploaders.are_ending());
        uploaders.ask_to_end();
        until("its end", || one.ended().unwrap().is_some() && uploaders.are_gone());
        assert!(uploaders.are_ending());
        assert!(uploaders.begin(&mut script("exit"), "a", &held).unwrap().is_none());
    }

    #[test]
    fn those_that_do_not_listen_are_killed_and_lock_nothing_any_more() {
        let temp = tempfile::tempdir().unwrap();
        let records = Records::new(temp.path().to_owned());
        let held = records.hold("command:a").unwrap();
        let uploaders = Uploaders::default();
        let deaf = temp.path().join("deaf");
        let text = format!("trap '' TERM; : > {}; while :; do sleep 600; done", deaf.display());
        let mut one = uploaders.begin(&mut script(&text), "a", &held).unwrap().unwrap();
        until("its beginning", || deaf.exists());
        uploaders.ask_to_end();
        drop(held);
        assert!(one.ended().unwrap().is_none());
        assert!(records.hold("command:a").is_err(), "it runs still");
        assert_eq!(uploaders.end(), Vec::<String>::new());
        until("its end", || one.ended().unwrap().is_some() && uploaders.are_gone());
        assert!(records.hold("command:a").is_ok());
    }

    /// A folder, and a script that waits until something is written into it.
    fn waiting() -> (tempfile::TempDir, Records, Command) {
        let temp = tempfile::tempdir().unwrap();
        let over = temp.path().join("over");
        let text = format!("while [ -d {} ] && ! [ -e {} ]; do sleep 0.01; done", temp.path().display(), over.display());
        let records = Records::new(temp.path().to_owned());
        (temp, records, script(&text))
    }

    #[test]
    fn one_that_cannot_be_killed_keeps_nobody_waiting_and_its_target_locked() {
        let (temp, records, mut waiting) = waiting();
        let uploaders = Uploaders::of_somebody_else();
        let held = records.hold("command:a").unwrap();
        let mut one = uploaders.begin(&mut waiting, "a", &held).unwrap().unwrap();
        thread::scope(|scope| {
            let killing = scope.spawn(|| one.kill(Duration::from_secs(60)));
            // Meanwhile others come and go.
            let other = records.hold("command:b").unwrap();
            let mut other = uploaders.begin(&mut script("exit"), "b", &other).unwrap().unwrap();
            until("the other's end", || other.ended().unwrap().is_some());
            assert!(!killing.is_finished() && !uploaders.are_gone());
            crate::config::write_file(&temp.path().join("over"), b"").unwrap();
            assert!(killing.join().unwrap(), "it has ended by itself");
        });
        assert!(uploaders.are_gone());
    }

    #[test]
    fn one_that_is_not_killed_in_time_stays_in_the_list_and_its_target_locked() {
        let (temp, records, mut waiting) = waiting();
        let uploaders = Uploaders::of_somebody_else();
        let held = records.hold("command:a").unwrap();
        let mut one = uploaders.begin(&mut waiting, "a", &held).unwrap().unwrap();
        assert!(!one.kill(Duration::from_millis(50)));
        drop((one, held));
        assert!(!uploaders.are_gone());
        drop(uploaders);
        assert!(records.hold("command:a").is_err(), "it runs still");
        crate::config::write_file(&temp.path().join("over"), b"").unwrap();
        until("its end", || records.hold("command:a").is_ok());
    }

    #[test]
    fn those_that_may_not_be_ended_are_named_and_lock_their_targets() {
        let (temp, records, mut waiting) = waiting();
        let uploaders = Uploaders::of_somebody_else();
        let held = records.hold("command:a").unwrap();
        let one = uploaders.begin(&mut waiting, "./up", &held).unwrap().unwrap();
        uploaders.ask_to_end();
        assert_eq!(uploaders.end(), ["./up"]);
        drop((one, held));
        drop(uploaders);
        assert!(records.hold("command:a").is_err(), "it runs still");
        crate::config::write_file(&temp.path().join("over"), b"").unwrap();
        until("its end", || records.hold("command:a").is_ok());
    }

    #[test]
    fn one_that_nobody_asks_about_any_more_is_forgotten() {
        let (temp, records, mut waiting) = waiting();
        let uploaders = Uploaders::default();
        let held = records.hold("command:a").unwrap();
        drop(uploaders.begin(&mut waiting, "a", &held).unwrap().unwrap());
        assert!(uploaders.are_gone());
        crate::config::write_file(&temp.path().join("over"), b"").unwrap();
    }

    #[test]
    fn one_that_leaves_somebody_behind_locks_nothing_any_more() {
        let temp = tempfile::tempdir().unwrap();
        let records = Records::new(temp.path().to_owned());
        let uploaders = Uploaders::default();
        let over = temp.path().join("over");
        let waiting = format!("while [ -d {} ] && ! [ -e {} ]; do sleep 0.01; done", temp.path().display(), over.display());
        let held = records.hold("command:a").unwrap();
        let text = format!("{{ {waiting}; }} > {} 2>&1 &", temp.path().join("left").display());
        let mut one = uploaders.begin(&mut script(&text), "a", &held).unwrap().unwrap();
        until("its end", || one.ended().unwrap().is_some());
        assert!(records.hold("command:a").is_err());
        drop(held);
        assert!(records.hold("command:a").is_ok());
        crate::config::write_file(&over, b"").unwrap();
    }
}
