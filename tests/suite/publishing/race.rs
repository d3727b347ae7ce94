//! Two publishers at once: one wins, and what lies there is of one generation.

use std::collections::BTreeSet;
use std::io::Write;
use std::process::Stdio;
use std::sync::{Arc, Condvar, Mutex};
use std::time::Duration;

use super::{busy_org, copy, public, shown, speak};
use crate::built_site::BuiltSite;
use crate::storage::{Fate, Faulty, TestStorage};

#[test]
fn of_two_publishers_one_wins() {
    race(4);
}

#[test]
#[ignore = "the long form: a hundred races"]
fn long_of_two_publishers_one_wins() {
    race(100);
}

/// Lets two publishers begin with the same state, so often.
#[track_caller]
fn race(rounds: usize) {
    let Some(storage) = TestStorage::new("two publishers") else { return };
    let org = busy_org(2);
    // Whoever asks for the state first waits for the other, so that each begins before the other claims.
    let gate: Arc<(Mutex<BTreeSet<usize>>, Condvar)> = Arc::default();
    let asked = Arc::clone(&gate);
    let proxy = Faulty::before(&storage.endpoint, move |request| {
        if request.method == "GET" && request.path.ends_with(".statuary-site.gz") {
            let (numbers, changed) = &*asked;
            let mut numbers = numbers.lock().unwrap();
            numbers.insert(request.number);
            changed.notify_all();
            drop(changed.wait_timeout_while(numbers, Duration::from_secs(20), |numbers| numbers.len() < 2).unwrap());
        }
        Fate::Pass
    });
    speak(&org, &storage, &proxy.endpoint);
    org.run("build --quiet").success();
    org.enter("");
    copy(&org.path("acme"), &org.path("twin"));
    let to = storage.address("raced");
    let (mut wins, mut uploads) = ([0, 0], 0);
    for round in 0..rounds {
        for name in ["acme", "twin"] {
            // Both have the same page, and tell different things of it.
            org.enter(name).run(&format!("incident update 1 --message '{name} {round}'")).success();
        }
        gate.0.lock().unwrap().clear();
        let children: Vec<_> = ["acme", "twin"]
            .map(|name| org.enter(name).command(&["publish", &to]).stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap())
            .into();
        let ended: Vec<_> = children.into_iter().map(|child| child.wait_with_output().unwrap()).collect();
        let mut codes: Vec<_> = ended.iter().map(|output| output.status.code().unwrap()).collect();
        let winner = usize::from(codes[0] != 0);
        codes.sort_unstable();
        assert_eq!(codes, [0, 4], "round {round}: {ended:?}");
        wins[winner] += 1;
        let site = if winner == 0 { public(&org) } else { BuiltSite::read(&org.path("twin/public")) };
        let mut there = shown(&storage, "raced");
        // What the last generation had and this one has not may still be there.
        there.files.retain(|path, _| site.files.contains_key(path));
        assert_eq!(there.differing(&site), Vec::<String>::new(), "round {round}");
        uploads += site.files.len();
    }
    drop(writeln!(std::io::stderr(), "{rounds} races, won {wins:?}; {uploads} files compared"));
}
