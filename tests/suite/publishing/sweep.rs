//! A publisher that is killed after each object, with a reader who follows every link.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Write;
use std::process::Stdio;
use std::sync::Arc;
use std::sync::atomic::{AtomicI32, AtomicUsize, Ordering};

use rustix::process::{Pid, Signal, kill_process};

use super::reader::{links, missing};
use super::{busy_org, get, public, shown, speak};
use crate::storage::{Fate, Faulty, TestStorage};

#[test]
fn a_reader_finds_everything_wherever_a_publisher_is_killed() {
    sweep(2, 5, Signal::KILL);
}

#[test]
fn a_reader_finds_everything_wherever_a_publisher_is_told_to_end() {
    sweep(1, 10, Signal::TERM);
}

#[test]
#[ignore = "the long form: a site of 300 files, killed after each of them"]
fn long_a_reader_finds_everything_wherever_a_publisher_is_killed() {
    sweep(130, 1, Signal::KILL);
}

/// Publishes a site, then one whose pages are all different, and sends publishers a signal after every `step` objects.
#[track_caller]
fn sweep(incidents: usize, step: usize, signal: Signal) {
    let Some(storage) = TestStorage::new("killed publishers") else { return };
    let org = busy_org(incidents);
    let (left, victim) = (Arc::new(AtomicUsize::new(usize::MAX)), Arc::new(AtomicI32::new(0)));
    let (counted, process) = (Arc::clone(&left), Arc::clone(&victim));
    let proxy = Faulty::before(&storage.endpoint, move |request| {
        let is_page = request.method == "PUT" && !request.path.ends_with(".statuary-site.gz") && !request.path.contains("statuary-probe");
        if !is_page || counted.load(Ordering::SeqCst) == usize::MAX {
            return Fate::Pass;
        }
        match counted.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |left| left.checked_sub(1)) {
            Ok(_) => Fate::Pass,
            Err(_) => {
                if let Some(pid) = Pid::from_raw(process.load(Ordering::SeqCst)) {
                    let _ = kill_process(pid, signal);
                }
                // What was on its way then may have arrived or not.
                if request.number % 2 == 0 { Fate::LostBefore } else { Fate::LostAfter }
            }
        }
    });
    speak(&org, &storage, &proxy.endpoint);
    let to = storage.address("swept");
    let mut known: BTreeMap<(String, String), BTreeSet<String>> = BTreeMap::new();
    let (mut kills, mut files) = (0, 0);
    for theme in ["default", "plain"] {
        // Another theme makes every page another one, with other assets.
        org.write("acme/org.toml", format!("name = 'Acme'\n[theme]\nname = '{theme}'\n"));
        for round in 0.. {
            assert!(round < 2000, "the publishing does not come to an end");
            left.store(step, Ordering::SeqCst);
            victim.store(0, Ordering::SeqCst);
            let mut child = org.command(&["publish", &to]).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
            victim.store(i32::try_from(child.id()).unwrap(), Ordering::SeqCst);
            let ended = child.wait().unwrap();
            left.store(usize::MAX, Ordering::SeqCst);
            let there: BTreeMap<String, String> =
                storage.client("swept").list("").unwrap().into_iter().map(|one| (one.name, one.etag.as_str().to_owned())).collect();
            let links_of = |path: &str| {
                let key = (path.to_owned(), there[path].clone());
                known.entry(key).or_insert_with(|| links(path, &String::from_utf8_lossy(&get(&storage, "swept", path).0))).clone()
            };
            assert_eq!(missing(|path| there.contains_key(path), links_of), Vec::<String>::new(), "{theme}, round {round}");
            match ended.code() {
                Some(0) => break,
                Some(143) if signal == Signal::TERM => kills += 1,
                Some(code) => panic!("it ended with {code}"),
                None => kills += 1,
            }
        }
        let site = public(&org);
        files = site.files.len();
        let mut published = shown(&storage, "swept");
        published.files.retain(|path, _| site.files.contains_key(path));
        assert_eq!(published.differing(&site), Vec::<String>::new(), "{theme}");
    }
    assert!(kills > 0);
    drop(writeln!(std::io::stderr(), "a site of {files} files, {kills} kills, nothing missing"));
}
