//! A publisher that is so slow that its claim runs out while it works: whoever has taken the bucket over keeps all of it.

use std::process::Command;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::{busy_org, copy, public, shown, speak};
use crate::built_site::BuiltSite;
use crate::storage::{Fate, Faulty, Seen, TestStorage};
use crate::test_org::TestOrg;

/// What the slow publisher has sent so far.
#[derive(Default)]
struct Sent {
    pages: AtomicUsize,
    states: AtomicUsize,
    deletions: AtomicUsize,
}

/// An organization whose next publishing writes some pages and deletes dozens, and a copy of its folder that has still all of them.
fn with_twin(storage: &TestStorage, to: &str) -> TestOrg {
    let org = busy_org(12);
    speak(&org, storage, &storage.endpoint);
    org.run(&format!("publish {to}")).success();
    org.enter("");
    copy(&org.path("acme"), &org.path("twin"));
    org.enter("acme");
    for number in 1..=12 {
        org.run(&format!("incident remove {number} --yes")).success();
    }
    org.run(&format!("publish {to}")).success();
    org.run("service status web degraded").success();
    org.run("incident open New --service api").success();
    org
}

/// Lets the twin publish at the `moment` of the other's publishing, after which that one's claim has run out; what that one had sent in all,
/// the state that is asked for left aside.
#[track_caller]
fn overtaken(test: &str, hint: &str, moment: impl Fn(&Seen, &Sent) -> bool + Send + Sync + 'static) -> [usize; 2] {
    let Some(storage) = TestStorage::new(test) else { return [0, 0] };
    let to = storage.address("slow");
    let org = with_twin(&storage, &to);
    let twin: Mutex<Option<Command>> = Mutex::new(Some(org.clock("2026-11-22T12:10:00Z").enter("twin").command(&["publish", &to])));
    let sent = Sent::default();
    let proxy = Faulty::before(&storage.endpoint, move |request| {
        if moment(request, &sent)
            && let Some(mut twin) = twin.lock().unwrap().take()
        {
            let output = twin.output().unwrap();
            assert!(output.status.success(), "{output:?}");
        }
        let is_state = request.path.ends_with(".statuary-site.gz");
        match request.method.as_str() {
            "PUT" if is_state => sent.states.fetch_add(1, Ordering::SeqCst),
            "PUT" => sent.pages.fetch_add(1, Ordering::SeqCst),
            "DELETE" => sent.deletions.fetch_add(1, Ordering::SeqCst),
            _ => 0,
        };
        Fate::Pass
    });
    speak(org.clock(super::NOW).enter("acme"), &storage, &proxy.endpoint);
    let expected = format!("error: cannot publish `acme` to `{to}`: somebody else publishes to `{to}`\nhint: {hint}\n");
    org.run(&format!("publish {to}")).stderr_matches(|words| words.ends_with(&expected)).code(4);
    // All that the twin has is there; what the other one wrote before may lie beside it.
    let site = BuiltSite::read(&org.path("twin/public"));
    let mut there = shown(&storage, "slow");
    there.files.retain(|path, _| site.files.contains_key(path));
    assert_eq!(there.differing(&site), Vec::<String>::new());
    let seen = proxy.seen();
    let count = |method: &str| seen.iter().filter(|one| one.method == method && !one.path.ends_with(".gz")).count();
    let counts = [count("PUT"), count("DELETE")];
    // Once its claim is its own again it goes on where it was.
    speak(org.clock("2026-11-22T12:20:00Z"), &storage, &storage.endpoint);
    org.run(&format!("publish {to}")).success();
    let mut there = shown(&storage, "slow");
    let site = public(&org);
    there.files.retain(|path, _| site.files.contains_key(path));
    assert_eq!(there.differing(&site), Vec::<String>::new());
    counts
}

fn is_state(request: &Seen, method: &str) -> bool {
    request.method == method && request.path.ends_with(".statuary-site.gz")
}

#[test]
fn whoever_has_lost_before_it_deletes_deletes_nothing() {
    let hint = "nothing was deleted; publish again when that has ended";
    // It claims, then claims once more before it deletes.
    let [_, deleted] = overtaken("a claim that is lost before deletions", hint, |request, sent| {
        is_state(request, "PUT") && sent.states.load(Ordering::SeqCst) == 1
    });
    assert_eq!(deleted, 0);
}

#[test]
fn whoever_has_lost_while_it_deletes_deletes_nothing_more() {
    let hint = "publish again when that has ended";
    let [_, deleted] = overtaken("a claim that is lost between deletions", hint, |request, sent| {
        is_state(request, "HEAD") && sent.deletions.load(Ordering::SeqCst) > 0
    });
    assert!(deleted <= 8, "{deleted} were deleted");
}

#[test]
fn whoever_has_lost_while_it_writes_begins_no_other_kind_of_pages() {
    let hint = "nothing was deleted; publish again when that has ended";
    let [written, deleted] = overtaken("a claim that is lost between uploads", hint, |request, sent| {
        is_state(request, "HEAD") && sent.pages.load(Ordering::SeqCst) > 0
    });
    // Those of the new incident; many more were to come.
    assert!(written <= 4 && deleted == 0, "{written} written, {deleted} deleted");
}

#[test]
fn whoever_has_lost_after_it_deleted_does_not_say_that_nothing_was() {
    let hint = "publish again when that has ended";
    let [_, deleted] = overtaken("a claim that is lost after deletions", hint, |request, sent| {
        is_state(request, "PUT") && sent.deletions.load(Ordering::SeqCst) > 0
    });
    assert!(deleted > 8, "{deleted} were deleted");
}
