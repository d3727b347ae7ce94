//! Commands that are killed while they write: at any moment, and at each call by which data reach the disk.

use std::collections::BTreeMap;
use std::os::unix::process::ExitStatusExt;
use std::process::{Command, Output, Stdio};
use std::time::{Duration, Instant};

use super::record::{Record, autopsy};
use super::strace::{Call, DATA, Fault, Strace, of_class, told};
use super::{Random, WRITES, command, count, crowded, marked, spread, tell};
use crate::test_org::TestOrg;

/// How many commands write at once.
const AT_ONCE: usize = 3;

/// What was promised so far: each mark with the id that was printed for it, where one is.
#[derive(Default)]
struct Promised {
    marks: BTreeMap<String, Option<String>>,
    /// How often each kind of command was acknowledged.
    kinds: BTreeMap<&'static str, usize>,
}

impl Promised {
    /// Notes what a command that ended, or was ended, has acknowledged.
    #[track_caller]
    fn note(&mut self, words: &'static str, mark: &str, output: &Output) {
        let printed = String::from_utf8_lossy(&output.stdout).into_owned();
        let line = printed.split_once('\n').map(|(line, _)| line.to_owned()).filter(|line| line.len() == 12);
        let killed = output.status.signal() == Some(9);
        if killed && line.is_none() {
            return;
        }
        // What is resolved already cannot be resolved.
        if output.status.code() == Some(4) && words.starts_with("incident resolve") {
            return;
        }
        assert!(killed || output.status.success(), "`{words}`: {}", told(output));
        *self.kinds.entry(words).or_default() += 1;
        self.marks.insert(mark.to_owned(), line);
    }

    /// All of it is there, and so is what was there before.
    #[track_caller]
    fn assert_kept(&self, org: &TestOrg, before: &Record) -> Record {
        let record = autopsy(&org.path("acme"));
        record.assert_follows(before);
        for (mark, printed) in &self.marks {
            record.assert_holds(mark, printed.as_deref());
        }
        record
    }
}

/// Runs the command and kills it after a while, if it still runs.
fn cut_short(mut command: Command, after: Duration) -> Output {
    let mut child = command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    std::thread::sleep(after);
    // One that has ended already is only collected.
    drop(child.kill());
    child.wait_with_output().unwrap()
}

/// Kills commands until `kills` of them did not come to their end by themselves.
fn crash_loop(kills: usize, seed: u64) {
    let org = crowded();
    let (mut promised, mut random, mut marks) = (Promised::default(), Random(seed), 0..);
    let mut mark = || format!("m{}", marks.next().unwrap_or(0));
    let mut record = autopsy(&org.path("acme"));
    // Every kind once undisturbed, which also tells how long one lives.
    let started = Instant::now();
    for words in WRITES {
        let mark = mark();
        promised.note(words, &mark, &command(&org, &marked(words, &mark)).output().unwrap());
        assert!(promised.marks.contains_key(&mark), "`{words}` is refused");
    }
    let life = started.elapsed() / u32::try_from(WRITES.len()).unwrap_or(1) * u32::try_from(AT_ONCE).unwrap_or(1);
    record = promised.assert_kept(&org, &record);

    let (mut killed, mut attempts) = (0, 0);
    while killed < kills {
        attempts += AT_ONCE;
        assert!(attempts < 20 * kills + 100, "only {killed} of {attempts} commands were killed in time");
        let round: Vec<_> = (0..AT_ONCE)
            .map(|_| {
                let words = WRITES[usize::try_from(random.below(WRITES.len() as u64)).unwrap_or(0)];
                let mark = mark();
                let after = Duration::from_micros(random.below(u64::try_from(life.as_micros()).unwrap_or(u64::MAX)));
                (words, command(&org, &marked(words, &mark)), mark, after)
            })
            .collect();
        let ended: Vec<_> = std::thread::scope(|scope| {
            let running: Vec<_> = round
                .into_iter()
                .map(|(words, command, mark, after)| (words, mark, scope.spawn(move || cut_short(command, after))))
                .collect();
            running.into_iter().map(|(words, mark, thread)| (words, mark, thread.join().unwrap())).collect()
        });
        for (words, mark, output) in ended {
            killed += usize::from(output.status.signal() == Some(9));
            promised.note(words, &mark, &output);
        }
        record = promised.assert_kept(&org, &record);
    }
    // The program itself finds all of it, and goes on.
    let incidents = org.run("incident list --all --json").json();
    let listed = incidents["incidents"].as_array().map_or(0, Vec::len);
    assert_eq!(listed, record.ids.iter().filter(|(kind, ..)| kind == "incident").count());
    org.run("build").success();
    org.run("incident open 'After all of it'").success();
    tell(&format!(
        "crash loop: {killed} of {attempts} commands killed, {} acknowledged, 0 lost; of each kind {:?}",
        promised.marks.len(),
        promised.kinds.values().collect::<Vec<_>>()
    ));
}

#[test]
fn what_was_acknowledged_survives_kills_at_any_moment() {
    crash_loop(12, 7);
}

#[test]
#[ignore = "minutes: tests/long runs it"]
fn long_what_was_acknowledged_survives_kills_at_any_moment() {
    crash_loop(count("STATUARY_LONG_KILLS", 200), 2026);
}

/// The calls of a command that touch the organization's files, or print.
fn data_calls(strace: &Strace, org: &TestOrg, words: &str) -> (Output, Vec<Call>) {
    let (output, calls) = strace.watch(&command(org, words), DATA);
    assert!(output.status.success(), "`{words}`: {}", told(&output));
    let ours = calls.iter().filter(|call| call.prints() || call.path.starts_with(&org.path("").display().to_string()));
    (output, ours.cloned().collect())
}

/// Kills each of these commands at up to `positions` of its calls, spread evenly.
fn sweep(writes: &[&'static str], positions: usize) {
    let Some(strace) = Strace::find("writes killed at each call") else { return };
    let org = crowded();
    let (mut promised, mut kills, mut missed, mut acknowledged) = (Promised::default(), 0, 0, 0);
    let mut marks = 0..;
    let mut mark = || format!("m{}", marks.next().unwrap_or(0));
    let mut record = autopsy(&org.path("acme"));
    for words in writes {
        let (_, calls) = data_calls(&strace, &org, &marked(words, &mark()));
        for call in spread(&calls, positions) {
            if words.starts_with("incident resolve") {
                org.run("incident update 1 --status investigating").success();
            }
            let mark = mark();
            let (output, took_place) = strace.try_to_disturb(&command(&org, &marked(words, &mark)), &call, Fault::Kill);
            assert_eq!(output.status.signal() == Some(9), took_place, "{}", told(&output));
            promised.note(words, &mark, &output);
            acknowledged += usize::from(promised.marks.contains_key(&mark));
            record = promised.assert_kept(&org, &record);
            kills += usize::from(took_place);
            missed += usize::from(!took_place);
        }
        // The program mends what the last kill left.
        org.run("incident update 1 --status identified --message 'Going on'").success();
    }
    org.run("build").success();
    // A tree of the database that has just been split asks for fewer calls.
    assert!(missed * 10 <= kills, "{missed} kills did not take place, {kills} did");
    tell(&format!("kills at each call: {kills} kills, {acknowledged} after the id was out, 0 lost, 0 halves"));
}

#[test]
fn a_write_killed_at_one_of_its_calls_is_there_whole_or_not_at_all() {
    sweep(&WRITES[..1], 8);
}

#[test]
#[ignore = "minutes: tests/long runs it"]
fn long_a_write_killed_at_each_of_its_calls_is_there_whole_or_not_at_all() {
    sweep(WRITES, count("STATUARY_LONG_WRITE_POSITIONS", 1000));
}

#[test]
fn a_creation_killed_at_one_of_its_calls_is_in_nobodys_way() {
    creations(6);
}

#[test]
#[ignore = "minutes: tests/long runs it"]
fn long_a_creation_killed_at_each_of_its_calls_is_in_nobodys_way() {
    creations(count("STATUARY_LONG_WRITE_POSITIONS", 1000));
}

/// Kills the first write of a folder that has no database yet, and the making of an organization: the next one takes over.
fn creations(positions: usize) {
    let Some(strace) = Strace::find("creations killed at each call") else { return };
    let org = TestOrg::in_memory();
    org.clock(super::NOW).run("init .").success();
    let folder = |words: &str| if words.starts_with("org create") { "" } else { "acme" };
    for (words, next, files) in [
        ("service add first", "service add second", ["org.db", "org.toml"].as_slice()),
        ("org create acme --name Acme", "service list", &[".gitignore", "org.db", "org.toml"]),
    ] {
        let fresh = || {
            super::remove_tree(&org.path("acme"));
            if words.starts_with("service") {
                org.write("acme/org.toml", "name = 'Acme'\n");
            }
            org.enter(folder(words));
        };
        fresh();
        let (_, calls) = data_calls(&strace, &org, words);
        let mut acknowledged = 0;
        for call in spread(&calls, positions) {
            fresh();
            let output = strace.disturb(&command(&org, words), &call, Fault::Kill);
            let whole = String::from_utf8_lossy(&output.stdout).ends_with('\n');
            acknowledged += usize::from(whole);
            if words.starts_with("org create") && !whole {
                // What is half made is made anew, unless it was whole already.
                let again = command(&org, words).output().unwrap();
                let taken = again.status.code() == Some(4) && autopsy(&org.path("acme")).schema > 0;
                assert!(again.status.success() || taken, "at `{}`: {}", call.line, told(&again));
            }
            org.enter("acme").run(next).success();
            autopsy(&org.path("acme"));
            assert_eq!(super::names_below(&org.path("acme")), files, "at `{}`", call.line);
        }
        tell(&format!("creations: `{words}` killed at {} calls, {acknowledged} after it said so", spread(&calls, positions).len()));
    }
}

#[test]
fn an_id_is_printed_only_after_its_commit_is_durable() {
    let Some(strace) = Strace::find("the order of syncing and printing") else { return };
    let org = crowded();
    for words in WRITES {
        let (output, calls) = data_calls(&strace, &org, &marked(words, "m1"));
        let place = |what: &str, fits: &dyn Fn(&Call) -> bool| {
            calls.iter().rposition(fits).unwrap_or_else(|| panic!("`{words}`: no {what} among {calls:#?}"))
        };
        let (database, journal, folder) = (org.path("acme/org.db"), org.path("acme/org.db-journal"), org.path("acme"));
        let is = |call: &Call, names: &[&str], path: &std::path::Path| {
            names.contains(&call.name.as_str()) && call.path == path.display().to_string()
        };
        let written = place("write of the database", &|call| is(call, &["pwrite64", "write"], &database));
        let synced = place("sync of the database", &|call| is(call, &["fdatasync", "fsync"], &database));
        let committed = place("removal of the journal", &|call| is(call, &["unlink"], &journal));
        let durable = place("sync of the folder", &|call| is(call, &["fdatasync", "fsync"], &folder));
        let printed = calls.iter().position(Call::prints).unwrap_or_else(|| panic!("`{words}` prints nothing"));
        assert!(written < synced && synced < committed && committed < durable && durable < printed, "`{words}`: {calls:#?}");
        let kept = of_class(&calls, "fsync,fdatasync", &journal);
        assert!(kept.iter().any(|call| call.path == journal.display().to_string()), "the journal is synced: {calls:#?}");
        assert!(output.status.success());
    }
}
