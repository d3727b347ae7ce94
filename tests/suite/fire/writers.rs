//! Many who write at once, and builds meanwhile: everybody is served, soon, and nobody is told of locks.

use std::collections::BTreeSet;
use std::process::{Command, Output};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use statuary::config::Workspace;
use statuary::ops::incident::{NamedStatus, OpenIncident};
use statuary::ops::{Org, incident};

use super::record::autopsy;
use super::strace::told;
use super::{NOW, command, copy_tree, count, crowded, marked, names_below, remove_tree, tell};
use crate::built_site::BuiltSite;
use crate::fresh_org::{at, deed};
use crate::test_org::TestOrg;

/// What the slowest but one in a hundred may take.
const SOON: Duration = Duration::from_secs(5);

/// What each writer does, one after the other.
const KINDS: &[&str] = &[
    "incident open 'Broken {mark}' --service api=major --message 'First {mark}'",
    "incident update 1 --message 'More {mark}'",
    "service add {mark} --name 'Service {mark}'",
    "maintenance schedule 'Disks {mark}' --from '2026-11-23 10:00' --for 1h --service web",
];

/// How much is to go on at once.
struct Load {
    processes: usize,
    writes: usize,
    /// Incidents that are there before.
    incidents: usize,
    /// Builds make every page anew.
    force: bool,
}

/// Records this many incidents more.
fn fill(org: &TestOrg, incidents: usize) {
    let root = org.path("acme");
    let folder = Workspace::find(Some(&root), &root).unwrap().org(None).unwrap();
    let mut opened = Org::open(folder).unwrap();
    for number in 0..incidents {
        let options = OpenIncident {
            title: format!("Fault {number}"),
            impact: None,
            status: None,
            services: vec![NamedStatus { service: "api".to_owned(), status: None }],
            message: Some(format!("What is known of **fault {number}**.").into()),
            draft: false,
            next_update: None,
        };
        incident::open(&mut opened, &options, &deed(at(super::BEFORE))).unwrap();
    }
}

/// A command that is run, and how long it took.
fn timed(mut command: Command) -> (Output, Duration) {
    let started = Instant::now();
    let output = command.output().unwrap();
    (output, started.elapsed())
}

fn writers(load: &Load) {
    let org = crowded();
    fill(&org, load.incidents);
    let before = autopsy(&org.path("acme"));
    let build = || command(&org, if load.force { "build --force" } else { "build" });
    // The commands are made beforehand, each with its mark.
    let all: Vec<Vec<(String, Command)>> = (0..load.processes)
        .map(|process| {
            let one = |number: usize| {
                let mark = format!("m{}", process * load.writes + number);
                (mark.clone(), command(&org, &marked(KINDS[number % KINDS.len()], &mark)))
            };
            (0..load.writes).map(one).collect()
        })
        .collect();
    let builds_to_come: Vec<Command> = (0..1000).map(|_| build()).collect();
    let written = AtomicBool::new(false);
    let (results, builds) = std::thread::scope(|scope| {
        let builder = scope.spawn(|| {
            let mut done = Vec::new();
            for build in builds_to_come {
                done.push(timed(build));
                if written.load(Ordering::SeqCst) {
                    break;
                }
            }
            done
        });
        let running: Vec<_> = all
            .into_iter()
            .map(|commands| scope.spawn(|| commands.into_iter().map(|(mark, command)| (mark, timed(command))).collect::<Vec<_>>()))
            .collect();
        let results: Vec<_> = running.into_iter().flat_map(|writer| writer.join().unwrap()).collect();
        written.store(true, Ordering::SeqCst);
        (results, builder.join().unwrap())
    });
    let record = autopsy(&org.path("acme"));
    record.assert_follows(&before);
    let mut printed = BTreeSet::new();
    for (mark, (output, _)) in &results {
        assert!(output.status.success(), "`{mark}`: {}", told(output));
        let words = String::from_utf8_lossy(&output.stderr).to_lowercase();
        assert!(!["busy", "locked", "held", "sqlite"].iter().any(|word| words.contains(word)), "`{mark}`: {}", told(output));
        let id = String::from_utf8_lossy(&output.stdout).trim_end().to_owned();
        record.assert_holds(mark, Some(id.as_str()).filter(|id| id.len() == 12));
        assert!(id.len() != 12 || printed.insert(id.clone()), "`{id}` was printed twice");
    }
    for (output, _) in &builds {
        assert!(output.status.success(), "a build: {}", told(output));
    }
    let mut times: Vec<Duration> = results.iter().map(|(_, (_, took))| *took).collect();
    times.sort();
    // The slowest but one in a hundred; of fewer than a hundred, the slowest.
    let p99 = times[(times.len() * 99).div_ceil(100) - 1];
    let longest_build = builds.iter().map(|(_, took)| *took).max().unwrap_or_default();
    tell(&format!(
        "{} writers: {} of {} acknowledged and there, {} builds of {} incidents meanwhile (longest {longest_build:.1?}), median {:.0?}, p99 {p99:.0?}, longest {:.0?}",
        load.processes,
        results.len(),
        load.processes * load.writes,
        builds.len(),
        load.incidents,
        times[times.len() / 2],
        times[times.len() - 1],
    ));
    assert!(p99 < SOON, "p99 is {p99:?}; the longest build took {longest_build:?}");
    assert_last_build(&org);
}

/// After all of it a build equals one that has nothing to do with those before.
fn assert_last_build(org: &TestOrg) {
    org.run("build").success();
    let built = BuiltSite::read(&org.path("acme/public"));
    copy_tree(&org.path("acme"), &org.path("other/acme"));
    remove_tree(&org.path("other/acme/public"));
    remove_tree(&org.path("other/acme/.statuary"));
    org.clock(NOW).enter("other/acme").run("build").success();
    assert_eq!(built.differing(&BuiltSite::read(&org.path("other/acme/public"))), Vec::<String>::new());
    let kept = names_below(&org.path("acme/.statuary")).len();
    assert_eq!(kept, names_below(&org.path("other/acme/.statuary")).len(), "as many records as after a first build");
}

#[test]
fn several_write_while_builds_go_on() {
    writers(&Load { processes: 4, writes: 4, incidents: 20, force: true });
}

#[test]
#[ignore = "minutes: tests/long runs it"]
fn long_many_write_while_builds_go_on() {
    let (processes, writes) = (count("STATUARY_LONG_WRITERS", 8), count("STATUARY_LONG_WRITES", 25));
    writers(&Load { processes, writes, incidents: 0, force: false });
}

/// A long build may keep nobody from writing.
#[test]
#[ignore = "minutes: tests/long runs it"]
fn long_many_write_while_a_large_page_is_built() {
    let (processes, writes) = (count("STATUARY_LONG_WRITERS", 8), count("STATUARY_LONG_WRITES", 25));
    writers(&Load { processes, writes, incidents: count("STATUARY_LONG_INCIDENTS", 2000), force: true });
}
