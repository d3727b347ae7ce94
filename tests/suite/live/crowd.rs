//! Many who listen while a command line writes.

use std::process::Command;

use statuary::serve::live::{Live, Topic};

use super::client::Client;
use super::{SetClock, options};
use crate::test_org::TestOrg;

/// How many listen.
const LISTENERS: usize = 500;

/// How many updates are written: ten times as many where `STATUARY_TEST_CROWD` is set.
const UPDATES: usize = 20;

/// Says to the test binary that it is the process in which they listen.
const IS_APART: &str = "STATUARY_TEST_CROWD_APART";

/// What this process holds in memory, in KiB.
fn resident() -> usize {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    line.and_then(|line| line.split_whitespace().next()).and_then(|number| number.parse().ok()).unwrap_or(0)
}

/// Both ends of every stream are in this process.
fn allow_many_files() {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
    let limit = getrlimit(Resource::Nofile);
    let _ = setrlimit(Resource::Nofile, Rlimit { current: limit.maximum, ..limit });
}

/// In a process of its own, whose memory nothing else takes.
#[test]
#[expect(clippy::print_stdout, reason = "a figure to look at, with --nocapture")]
fn each_of_500_listeners_gets_each_update_once_and_in_order() {
    let mut apart = Command::new(std::env::current_exe().unwrap());
    apart.args(["--ignored", "--exact", "live::crowd::is_the_crowd", "--nocapture"]).env(IS_APART, "1");
    let output = apart.output().unwrap();
    let told = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success() && told.contains("1 passed"), "{told}{}", String::from_utf8_lossy(&output.stderr));
    println!("{told}");
}

#[test]
#[ignore = "is no test: the one above starts it as a process of its own"]
#[expect(clippy::print_stdout, reason = "a figure to look at, with --nocapture")]
fn is_the_crowd() {
    if std::env::var_os(IS_APART).is_none() {
        return;
    }
    allow_many_files();
    let updates = UPDATES * if std::env::var_os("STATUARY_TEST_CROWD").is_some() { 10 } else { 1 };
    let org = TestOrg::in_memory();
    org.run("init .").success();
    org.run("org create acme --name Acme").success();
    org.enter("acme");
    org.run("service add web").success();
    org.run("incident open 'Web down' --service web").success();
    // Commands run a minute after each other by their clock: all of it is past at the end of the day.
    let clock = SetClock::at_noon();
    clock.set("2026-11-22T23:59:00Z");
    let live = Live::start(options(&clock)).unwrap();
    let topic = Topic::Events(statuary::config::OrgFolder { slug: "acme".parse().unwrap(), dir: org.path("acme") });
    let before = resident();
    let mut clients: Vec<Client> = (0..LISTENERS).map(|_| Client::listening(&live, &topic, None)).collect();
    for client in &mut clients {
        client.until("the history", |client| client.events().len() == 1);
    }
    let first = clients[0].ids()[0];
    for number in 1..=updates {
        org.run(&format!("incident update 1 --message 'Update {number}'")).success();
    }
    let last = first + i64::try_from(updates).unwrap();
    let during = resident();
    for (number, client) in clients.iter_mut().enumerate() {
        client.through(last);
        assert_eq!(client.ids(), (first..=last).collect::<Vec<_>>(), "listener {number}");
    }
    assert_eq!(live.listeners(), LISTENERS);
    let mib = |kib: usize| kib / 1024;
    println!("{LISTENERS} listeners, {updates} updates: {} MiB before, {} MiB with them", mib(before), mib(during));
    assert!(mib(during.saturating_sub(before)) < 100);
    live.stop();
    for client in &mut clients {
        client.until_the_end();
    }
}
