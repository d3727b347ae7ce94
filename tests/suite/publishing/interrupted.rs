//! A publishing that is ended while an operator's program runs: nothing goes on behind its back.

use std::fs;
use std::process::{Child, ExitStatus, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};
use std::thread;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};

use super::{busy_org, copy, public, shown, speak};
use crate::built_site::BuiltSite;
use crate::storage::{Fate, Faulty, Seen, TestStorage};
use crate::test_org::TestOrg;

/// What a busy machine may take for anything.
const PATIENCE: Duration = Duration::from_secs(120);

/// What the second publisher is told.
const HELD: &str = "somebody else publishes there from this folder\nhint: nothing was changed; publish again when that has ended\n";

/// A shell that says who it is, has a child, and waits.
const WAITING: &str = "#!/bin/sh\nsleep 600 &\necho $! > child\necho $$ > pid.new\nmv pid.new pid\nwait\n";

#[track_caller]
fn until<T>(what: &str, mut sought: impl FnMut() -> Option<T>) -> T {
    let begun = Instant::now();
    loop {
        if let Some(found) = sought() {
            return found;
        }
        assert!(begun.elapsed() < PATIENCE, "{what} did not happen");
        thread::sleep(Duration::from_millis(10));
    }
}

/// An organization with these targets, and `text` as the uploader `up`.
fn with_uploader(text: &str, targets: &[(&str, &str)]) -> TestOrg {
    let org = busy_org(1);
    org.write("acme/up", text);
    assert!(std::process::Command::new("chmod").arg("+x").arg(org.path("acme/up")).status().unwrap().success());
    let targets = targets.iter().map(|(name, to)| format!("[[publish.target]]\nname = '{name}'\nto = '{to}'\n"));
    org.write("acme/org.toml", format!("name = 'Acme'\n{}", targets.collect::<String>()));
    org
}

/// A publishing that has come as far as its uploader, and the uploader.
struct Begun {
    publisher: Child,
    uploader: Pid,
}

impl Begun {
    #[track_caller]
    fn new(org: &TestOrg, arguments: &[&str]) -> Self {
        // What an earlier one has written down is none of its.
        org.write("acme/pid", "");
        let publisher = org.command(arguments).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        Self { uploader: until("the uploader's beginning", || noted(org, "pid")), publisher }
    }

    fn signal(&self, signal: Signal) {
        kill_process(Pid::from_child(&self.publisher), signal).unwrap();
    }

    /// Waits for the publisher's end, which is without a word.
    #[track_caller]
    fn ended(mut self) -> ExitStatus {
        let status = until("the publisher's end", || self.publisher.try_wait().unwrap());
        let output = self.publisher.wait_with_output().unwrap();
        assert_eq!((String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr)), ("".into(), "".into()));
        status
    }
}

/// The process whose number an uploader has written down.
fn noted(org: &TestOrg, name: &str) -> Option<Pid> {
    Pid::from_raw(fs::read_to_string(org.path(&format!("acme/{name}"))).ok()?.trim().parse().ok()?)
}

/// Whether a process runs; one that has ended may still be in the list where nobody asks how.
fn runs(process: Pid) -> bool {
    let status = fs::read_to_string(format!("/proc/{}/stat", process.as_raw_nonzero()));
    status.is_ok_and(|status| !status.rsplit(") ").next().is_some_and(|rest| rest.starts_with(['Z', 'X'])))
}

#[track_caller]
fn until_gone(process: Pid) {
    until("its end", || (!runs(process)).then_some(()));
}

#[test]
fn whatever_ends_a_publishing_ends_its_uploader_first() {
    for (signal, code) in [(Signal::INT, 130), (Signal::TERM, 143), (Signal::HUP, 129)] {
        let org = with_uploader(WAITING, &[("up", "command:./up"), ("main", "dir:../main")]);
        let begun = Begun::new(&org, &["publish"]);
        let (uploader, child) = (begun.uploader, noted(&org, "child").unwrap());
        begun.signal(signal);
        assert_eq!(begun.ended().code(), Some(code));
        until_gone(uploader);
        until_gone(child);
        // What the other target has is whole, and the next publishing tells everything once more.
        let main = org.path("main/current");
        assert!(!main.exists() || BuiltSite::read(&main).differing(&public(&org)).is_empty());
        org.write("acme/up", "#!/bin/sh\ncat > told\n").run("publish").success();
        assert_eq!(fs::read_to_string(org.path("acme/told")).unwrap().lines().count(), public(&org).files.len());
        assert_eq!(BuiltSite::read(&main).differing(&public(&org)), Vec::<String>::new());
    }
}

#[test]
fn whoever_asks_twice_waits_no_longer_for_an_uploader_that_does_not_listen() {
    let deaf = WAITING.replace("sleep 600 &", "trap '' TERM\nsleep 600 &").replace("wait\n", "while :; do sleep 600; done\n");
    let org = with_uploader(&deaf, &[("up", "command:./up")]);
    let took = [true, false].map(|again| {
        let begun = Begun::new(&org, &["publish", "--all"]);
        let uploader = begun.uploader;
        let asked = Instant::now();
        begun.signal(Signal::INT);
        thread::sleep(Duration::from_millis(700));
        assert!(runs(uploader), "it has time to end by itself");
        if again {
            begun.signal(Signal::TERM);
        }
        assert_eq!(begun.ended().code(), Some(130));
        until_gone(uploader);
        asked.elapsed()
    });
    assert!(took[0] < took[1] && took[1] > Duration::from_secs(5), "{took:?}");
}

#[test]
fn whatever_is_not_tried_any_more_has_not_failed() {
    let org = with_uploader(WAITING, &[("up", "command:./up")]);
    let others: Vec<String> = (0..12).map(|number| format!("other-{number:02}")).collect();
    org.run("build --quiet").success();
    others.iter().for_each(|other| copy(&org.path("acme"), &org.path(other)));
    // It makes the publishing go on for a while.
    org.write("acme/up", WAITING.replace("sleep 600 &", "trap '' TERM\nsleep 600 &").replace("wait\n", "while :; do sleep 600; done\n"));
    let begun = Begun::new(&org, &["publish", "--all", "--no-build", "--quiet"]);
    until("the others' beginning", || org.path("other-06/pid").exists().then_some(()));
    begun.signal(Signal::INT);
    assert_eq!(begun.ended().code(), Some(130));
    let notes = others.iter().map(String::as_str).chain(["acme"]).flat_map(|org_name| {
        let notes = fs::read_dir(org.path(&format!("{org_name}/.statuary"))).unwrap().flatten();
        notes.map(move |note| format!("{org_name}/{}", note.file_name().display()))
    });
    let told: Vec<String> = notes.filter(|name| name.contains("/published-") && name.ends_with(".json")).collect();
    assert_eq!(told, Vec::<String>::new());
}

#[test]
fn a_bucket_is_free_for_others_once_a_publishing_to_it_was_ended() {
    let Some(storage) = TestStorage::new("a claim that is given back") else { return };
    let org = busy_org(12);
    copy(&org.path("acme"), &org.path("twin"));
    // Its first page ends it, while that one and those beside it are on their way.
    let (process, asked) = (Arc::new(OnceLock::new()), AtomicBool::new(false));
    let known = Arc::clone(&process);
    let late = move |request: &Seen| {
        if request.method != "PUT" || !request.path.ends_with(".html") {
            return Fate::Pass;
        }
        if !asked.swap(true, Ordering::SeqCst) {
            kill_process(until("its number", || known.get().copied()), Signal::TERM).unwrap();
        }
        Fate::Late(Duration::from_millis(200))
    };
    let proxy = Faulty::before(&storage.endpoint, late);
    speak(&org, &storage, &proxy.endpoint);
    let to = storage.address("ended");
    let mut publisher = org.command(&["publish", &to, "--quiet"]).spawn().unwrap();
    process.set(Pid::from_child(&publisher)).unwrap();
    assert_eq!(publisher.wait().unwrap().code(), Some(143));
    speak(org.enter("twin"), &storage, &storage.endpoint);
    assert!(storage.client("ended").head("index.html").unwrap().is_none(), "it was broken off");
    org.run(&format!("publish {to}")).success();
    assert_eq!(shown(&storage, "ended").differing(&BuiltSite::read(&org.path("twin/public"))), Vec::<String>::new());
}

#[test]
fn what_is_to_be_passed_over_is() {
    let waiting = "#!/bin/sh\necho $$ > pid.new\nmv pid.new pid\nuntil [ -e ../go ]; do sleep 0.02; done\n";
    let org = with_uploader(waiting, &[("up", "command:./up")]);
    let publish = org.command(&["publish", "--quiet"]);
    let mut command = std::process::Command::new("sh");
    command.args(["-c", "trap '' HUP; exec \"$0\" \"$@\""]).arg(publish.get_program()).args(publish.get_args());
    command.env_clear().envs(publish.get_envs().filter_map(|(name, value)| Some((name, value?))));
    command.current_dir(publish.get_current_dir().unwrap()).stdout(Stdio::null());
    let mut publisher = command.spawn().unwrap();
    let uploader = until("the uploader's beginning", || noted(&org, "pid"));
    kill_process(Pid::from_child(&publisher), Signal::HUP).unwrap();
    thread::sleep(Duration::from_millis(200));
    assert!(runs(uploader));
    org.write("go", "");
    assert_eq!(publisher.wait().unwrap().code(), Some(0));
}

#[test]
fn an_uploader_whose_publisher_was_killed_keeps_others_away_from_its_target() {
    let org = with_uploader(WAITING, &[("up", "command:./up"), ("quick", "command:true"), ("main", "dir:../main")]);
    let begun = Begun::new(&org, &["publish", "up", "--quiet"]);
    let uploader = begun.uploader;
    begun.signal(Signal::KILL);
    assert_eq!(begun.ended().code(), None);
    assert!(runs(uploader));
    org.run("publish up").stderr_matches(|words| words.ends_with(HELD)).code(4);
    // Other targets are free, also those that are published to beside it.
    org.run("publish").stderr_matches(|words| words.ends_with(HELD)).code(4);
    for other in ["quick", "main"] {
        org.run(&format!("publish {other}")).success();
    }
    org.write("acme/up", "#!/bin/sh\ncat > told\n");
    kill_process(uploader, Signal::KILL).unwrap();
    let child = noted(&org, "child").unwrap();
    assert!(runs(child));
    org.run("publish up").stderr_matches(|words| words.ends_with(HELD)).code(4);
    kill_process(child, Signal::KILL).unwrap();
    until_gone(child);
    org.run("publish up").success();
}

#[test]
fn locks_of_targets_are_inherited_by_their_own_uploaders_only() {
    let org = with_uploader(WAITING, &[("up", "command:./up"), ("b", "command:true b"), ("c", "command:true c"), ("main", "dir:../main")]);
    let begun = Begun::new(&org, &["publish"]);
    let (uploader, child) = (begun.uploader, noted(&org, "child").unwrap());
    let open = fs::read_dir(format!("/proc/{}/fd", uploader.as_raw_nonzero())).unwrap().flatten();
    let locks: Vec<_> =
        open.filter_map(|one| fs::read_link(one.path()).ok()).filter(|path| path.to_string_lossy().ends_with(".lock")).collect();
    assert_eq!(locks.len(), 1, "{locks:?}");
    let notes = || fs::read_dir(org.path("acme/.statuary")).unwrap().flatten().map(|note| note.file_name().into_string().unwrap());
    until("the others' end", || {
        (notes().filter(|name| name.ends_with(".json") && name.starts_with("published-")).count() == 3).then_some(())
    });
    begun.signal(Signal::KILL);
    assert_eq!(begun.ended().code(), None);
    for other in ["b", "c", "main"] {
        org.run(&format!("publish {other}")).success();
    }
    for process in [uploader, child] {
        kill_process(process, Signal::KILL).unwrap();
    }
}

#[test]
fn what_an_uploader_leaves_behind_keeps_nobody_away() {
    let org = with_uploader("#!/bin/sh\nsleep 600 > /dev/null 2>&1 &\necho $! > child\n", &[("up", "command:./up")]);
    org.run("publish").success();
    let left = noted(&org, "child").unwrap();
    assert!(runs(left), "whatever it has begun is its own");
    org.run("publish").success();
    for process in [Some(left), noted(&org, "child")].into_iter().flatten() {
        kill_process(process, Signal::KILL).unwrap();
    }
}
