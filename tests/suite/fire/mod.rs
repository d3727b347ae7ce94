//! The record and the build at the worst moment: killed, out of space, crowded, migrating.
//!
//! Every experiment is one function that takes its counts. A quick form of each runs with all other tests; the long form is an ignored
//! test whose counts come from the environment (see [`count`]), and `tests/long` runs those. What a machine cannot offer (strace, the
//! right to mount) is said aloud and left out.

mod applying;
mod backup;
mod crash;
mod disk_full;
mod faults;
mod migration;
mod reader;
mod record;
mod strace;
mod writers;

use std::fs;
use std::io::Write;
use std::os::unix::fs::MetadataExt;
use std::os::unix::process::ExitStatusExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

pub(crate) use strace::Strace;

use crate::test_org::TestOrg;

/// Commands that change the record, one of each kind, to be run in the folder of [`crowded`]; `{mark}` becomes a word that no other run
/// of a command has. Each appends exactly one event, by the actor of that name; whatever a new one changes is covered by adding it here.
const WRITES: &[&str] = &[
    "incident open 'Broken {mark}' --service api=major --service web --message 'First {mark}'",
    "incident update 1 --status identified --service api=partial --message 'More {mark}'",
    "incident resolve 1 --message 'Done {mark}'",
    "maintenance schedule 'Disks {mark}' --from '2026-11-23 10:00' --for 1h --service web --message 'Planned {mark}'",
    "service add {mark} --name 'Service {mark}'",
    "service edit web --description 'What it does: {mark}'",
    "service status web degraded --message 'Slow {mark}'",
    "group add {mark} --name 'Group {mark}'",
];

/// The moment at which everything here happens, but for what is about clocks.
const NOW: &str = "2026-11-22T12:00:00Z";

/// The moment of what was there before.
const BEFORE: &str = "2026-11-20T12:00:00Z";

/// A count of a long form: what the environment says, else the full one.
#[track_caller]
pub(crate) fn count(name: &str, full: usize) -> usize {
    match std::env::var(name) {
        Ok(text) => text.parse().unwrap_or_else(|_| panic!("`{name}` is `{text}`, which is no count")),
        Err(_) => full,
    }
}

/// Says aloud that something is left out.
fn skip(what: &str, why: &str) {
    drop(writeln!(std::io::stderr(), "SKIPPED: {what}: {why}"));
}

/// Says how an experiment went: a long form is read by a person.
fn tell(what: &str) {
    drop(writeln!(std::io::stderr(), "{what}"));
}

/// Whether this process may mount file systems.
fn is_root() -> bool {
    fs::metadata("/proc/self").is_ok_and(|metadata| metadata.uid() == 0)
}

/// A program of the machine, by its full path: commands run here have no `PATH`.
fn program(name: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path).chain(["/usr/sbin".into(), "/sbin".into()]).map(|folder| folder.join(name)).find(|path| path.is_file())
}

/// The same command, run by another program: its path and its own arguments come first.
fn through(program: &Path, arguments: &[String], command: &Command) -> Command {
    let mut outer = Command::new(program);
    outer.args(arguments).arg(command.get_program()).args(command.get_args()).env_clear();
    outer.envs(command.get_envs().filter_map(|(name, value)| Some((name, value?))));
    outer.current_dir(command.get_current_dir().expect("a command of a test has a folder"));
    outer
}

/// The command that `words` say, as a shell would split them.
#[track_caller]
fn command(org: &TestOrg, words: &str) -> Command {
    org.command(&shlex::split(words).expect("words a shell could split"))
}

/// `words` with its mark, done by an actor of that name.
fn marked(words: &str, mark: &str) -> String {
    format!("--as {mark} {}", words.replace("{mark}", mark))
}

/// An organization in memory with two services, an incident that is open, one that is not, and a maintenance.
#[track_caller]
fn crowded() -> TestOrg {
    let org = TestOrg::in_memory();
    org.clock(BEFORE).run("init .").success();
    org.run("org create acme --name Acme").success();
    org.enter("acme");
    for words in [
        "service add api --name API",
        "service add web --name Web",
        "incident open 'Slow answers' --service api=partial --message 'We look into it.'",
        "incident open 'Failed logins' --service web=major --message 'Nobody gets in.'",
        "incident resolve 2 --message 'Everybody is back.'",
        "maintenance schedule 'New cables' --from '2026-11-25 10:00' --for 2h --service api",
    ] {
        org.run(words).success();
    }
    org.clock(NOW);
    org
}

/// Why it is no clear refusal by what lies outside: exit code 1, one line that says what, and no more than one hint.
fn fault_of_refusal(output: &Output) -> Option<String> {
    let words = String::from_utf8_lossy(&output.stderr).into_owned();
    let lines: Vec<&str> = words.lines().collect();
    let clear = match lines.as_slice() {
        [error] => error.starts_with("error: "),
        [error, hint] => error.starts_with("error: ") && hint.starts_with("hint: "),
        _ => false,
    };
    let raw = ["panicked", "os error", "SQLITE", "sqlite", "database or disk"].iter().any(|raw| words.contains(raw));
    if output.status.signal().is_some() || output.status.code() != Some(1) || !clear || raw || !output.stdout.is_empty() {
        return Some(format!("{}, on standard output {:?}, in words:\n{words}", output.status, String::from_utf8_lossy(&output.stdout)));
    }
    None
}

/// Every file and folder below a folder, by its path within it.
fn names_below(folder: &Path) -> Vec<String> {
    let mut names = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(next) = folders.pop() {
        for entry in fs::read_dir(&next).unwrap_or_else(|error| panic!("{}: {error}", next.display())) {
            let entry = entry.unwrap();
            names.push(entry.path().strip_prefix(folder).unwrap().display().to_string());
            if entry.file_type().unwrap().is_dir() {
                folders.push(entry.path());
            }
        }
    }
    names.sort();
    names
}

/// Copies a folder with everything in it.
#[expect(clippy::disallowed_methods, reason = "a test's own files need not be durable")]
fn copy_tree(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let to = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy_tree(&entry.path(), &to);
        } else {
            fs::copy(entry.path(), to).unwrap();
        }
    }
}

/// Removes a folder with everything in it, where it is there.
#[expect(clippy::disallowed_methods, reason = "a test's own files")]
fn remove_tree(folder: &Path) {
    if folder.exists() {
        fs::remove_dir_all(folder).unwrap();
    }
}

/// Numbers that look random and are the same every time (SplitMix64).
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    /// One below `end`.
    fn below(&mut self, end: u64) -> u64 {
        self.next() % end.max(1)
    }
}

/// At most `count` of these, spread evenly, the first and the last among them.
fn spread<T: Clone>(all: &[T], count: usize) -> Vec<T> {
    if all.len() <= count || count < 2 {
        return all.iter().take(count).cloned().collect();
    }
    (0..count).map(|place| all[place * (all.len() - 1) / (count - 1)].clone()).collect()
}
