//! `s3://BUCKET/PREFIX`: only what changed, with the right headers, and nothing of anybody else.

use std::collections::BTreeSet;
use std::io::{Read, Write};
use std::time::Instant;

use flate2::read::GzDecoder;
use statuary::storage::{Condition, Put};

use super::{busy_org, get, public, ran, shown, speak};
use crate::built_site::BuiltSite;
use crate::storage::{Fate, Faulty, Seen, TestStorage};
use crate::test_org::TestOrg;

/// How many requests there were since the last look: writes of pages, writes of the state, listings, deletions. A write that was sent again
/// with a bare etag, as Ceph's gateway needs it, counts once.
fn counts(proxy: &Faulty, since: &mut usize) -> (usize, usize, usize, usize) {
    let seen = proxy.seen();
    let new = &seen[*since..];
    *since = seen.len();
    let is_state = |path: &str| path.ends_with(".statuary-site.gz");
    let is_bare = |request: &Seen| request.head.contains("if-match: ") && !request.head.contains("if-match: \"");
    let is_refused = |request: &Seen| request.head.contains("if-match: \"") && new.iter().any(is_bare);
    let count = |fits: &dyn Fn(&Seen) -> bool| new.iter().filter(|request| fits(request) && !is_refused(request)).count();
    (
        count(&|request| request.method == "PUT" && !is_state(&request.path) && !request.path.contains("statuary-probe")),
        count(&|request| request.method == "PUT" && is_state(&request.path)),
        count(&|request| request.lists),
        count(&|request| request.method == "DELETE" && !request.path.contains("statuary-probe")),
    )
}

#[test]
fn only_what_changed_is_uploaded_and_readers_see_it_as_built() {
    let Some(storage) = TestStorage::new("publishing to storage") else { return };
    let org = busy_org(6);
    let proxy = Faulty::before(&storage.endpoint, |_| Fate::Pass);
    speak(&org, &storage, &proxy.endpoint);
    let to = storage.address("acme");
    let mut since = 0;
    let told = org.run(&format!("publish {to} --json")).json();
    let site = public(&org);
    assert_eq!((&told["targets"][0]["written"], &told["targets"][0]["outcome"]), (&site.files.len().into(), &"published".into()));
    assert_eq!(counts(&proxy, &mut since), (site.files.len(), 2, 1, 0));
    assert_eq!(shown(&storage, "acme").differing(&site), Vec::<String>::new());
    let asset = site.files.keys().find(|path| path.starts_with("assets/live-")).unwrap();
    for (path, kind, kept) in [
        ("index.html", "text/html; charset=utf-8", "public, max-age=30, stale-while-revalidate=60, stale-if-error=86400"),
        (asset.as_str(), "text/javascript; charset=utf-8", "public, max-age=31536000, immutable"),
        ("events.sse", "text/event-stream; charset=utf-8", "no-cache"),
        ("api/v2/summary.json", "application/json; charset=utf-8", "public, max-age=30, stale-while-revalidate=60, stale-if-error=86400"),
        ("history.atom", "application/atom+xml; charset=utf-8", "public, max-age=30, stale-while-revalidate=60, stale-if-error=86400"),
        ("badge.svg", "image/svg+xml", "public, max-age=30, stale-while-revalidate=60, stale-if-error=86400"),
    ] {
        let (_, found_kind, found_kept) = get(&storage, "acme", path);
        assert_eq!((found_kind.as_str(), found_kept.as_str()), (kind, kept), "{path}");
    }

    let told = org.clock("2026-11-22T12:01:00Z").run(&format!("publish {to} --json")).json();
    assert_eq!((&told["targets"][0]["written"], &told["targets"][0]["kept"]), (&0.into(), &site.files.len().into()));
    assert_eq!(counts(&proxy, &mut since), (0, 0, 0, 0));

    org.run("incident update 1 --message 'A word more'").success();
    let told = org.run(&format!("publish {to} --json")).json();
    let (pages, states, lists, deletions) = counts(&proxy, &mut since);
    assert_eq!((pages, states, lists, deletions), (17, 2, 0, 0));
    assert_eq!(told["targets"][0]["written"], pages);
    assert_eq!(shown(&storage, "acme").differing(&public(&org)), Vec::<String>::new());
}

#[test]
fn what_is_gone_stays_for_a_generation_and_what_is_not_ours_for_ever() {
    let Some(storage) = TestStorage::new("deletions in storage") else { return };
    let org = busy_org(2);
    speak(&org, &storage, &storage.endpoint);
    let to = storage.address("acme");
    let client = storage.client("acme");
    client.put("mine.txt", &Put { body: b"mine", ..Put::default() }).unwrap();
    org.run(&format!("publish {to}")).success();
    let page = public(&org).files.keys().find(|path| path.starts_with("incidents/")).unwrap().clone();
    let id = page.split('/').nth(1).unwrap().to_owned();
    org.run(&format!("incident remove {id} --yes")).success();
    let removed = |told: serde_json::Value| told["targets"][0]["removed"].as_u64().unwrap();
    assert_eq!(removed(org.run(&format!("publish {to} --json")).json()), 0);
    assert!(client.head(&page).unwrap().is_some(), "whoever reads an old page finds what it leads to");
    assert_eq!(removed(org.run(&format!("publish {to} --json")).json()), 0, "nothing new, nothing deleted");
    org.run("service status web degraded").success();
    assert!(removed(org.run(&format!("publish {to} --json")).json()) >= 2);
    assert!(client.head(&page).unwrap().is_none());
    let mut expected = public(&org);
    expected.files.insert("mine.txt".to_owned(), b"mine".to_vec());
    assert_eq!(shown(&storage, "acme").differing(&expected), Vec::<String>::new());

    // Changed and lost by hand: found by a check, and put right.
    client.put("index.html", &Put { body: b"defaced", ..Put::default() }).unwrap();
    client.delete(&["404.html"]).unwrap();
    assert_eq!(org.run(&format!("publish {to} --json")).json()["targets"][0]["written"], 0);
    assert_eq!(org.run(&format!("publish {to} --check --json")).json()["targets"][0]["written"], 2);
    assert_eq!(shown(&storage, "acme").differing(&expected), Vec::<String>::new());
    // Changed by hand and by us, without a check.
    client.put("index.html", &Put { body: b"defaced", ..Put::default() }).unwrap();
    org.run("service status web operational").success();
    org.run(&format!("publish {to}")).success();
    assert_eq!(get(&storage, "acme", "index.html").0, public(&org).bytes("index.html"));
}

#[test]
fn somebody_elses_pages_and_prefixes_are_refused() {
    let Some(storage) = TestStorage::new("strangers in storage") else { return };
    let org = busy_org(0);
    speak(&org, &storage, &storage.endpoint);
    storage.client("taken").put("index.html", &Put { body: b"mine", condition: Condition::Absent, ..Put::default() }).unwrap();
    let to = storage.address("taken");
    org.run(&format!("publish {to}"))
        .stderr_matches(|words| words.contains(&format!("`{to}/index.html` is in the way and was not published by statuary\n")))
        .code(4);
    assert_eq!(storage.client("taken").list("").unwrap().len(), 1);
    let to = storage.address("acme");
    org.run(&format!("publish {to}")).success();
    let before = shown(&storage, "acme");
    org.enter("").run("org create other --name Other").success();
    org.enter("other").run("service add api").success();
    org.run(&format!("publish {to}")).stderr_matches(|words| words.contains(&format!("`{to}` holds the site of another page\n"))).code(4);
    assert!(shown(&storage, "acme") == before);
    // What the state says is not believed where it is damaged.
    storage.client("acme").put(".statuary-site.gz", &Put { body: b"damaged", ..Put::default() }).unwrap();
    org.enter("acme").run(&format!("publish {to}")).stderr_matches(|words| words.contains("is damaged")).code(4);
    // Without it, our own pages are known as ours.
    storage.client("acme").delete(&[".statuary-site.gz"]).unwrap();
    org.run(&format!("publish {to} --check")).success();
}

#[test]
fn texts_are_stored_compressed_where_that_is_wanted() {
    let Some(storage) = TestStorage::new("compressed pages") else { return };
    let org = busy_org(1);
    speak(&org, &storage, &storage.endpoint);
    let to = storage.address("packed");
    org.write("acme/org.toml", format!("name = 'Acme'\n[[publish.target]]\nname = 'packed'\nto = '{to}'\ncompress = true\n"));
    org.run("publish packed").success();
    let home = storage.client("packed").get("index.html", None, 1 << 20).unwrap();
    let statuary::storage::Found::Object(home) = home else { panic!("it is there") };
    let mut text = Vec::new();
    GzDecoder::new(home.body.as_slice()).read_to_end(&mut text).unwrap();
    assert_eq!(text, public(&org).bytes("index.html"));
    assert_eq!(org.run("publish packed --json").json()["targets"][0]["written"], 0);
    assert_eq!(org.run("publish packed --check --json").json()["targets"][0]["written"], 0);
}

#[test]
fn half_of_all_requests_may_fail() {
    let Some(storage) = TestStorage::new("a shaky host") else { return };
    let org = busy_org(0);
    let proxy = Faulty::failing(&storage.endpoint, 200, 11);
    speak(&org, &storage, &proxy.endpoint);
    org.run(&format!("publish {}", storage.address("acme"))).success();
    assert_eq!(shown(&storage, "acme").differing(&public(&org)), Vec::<String>::new());
}

#[test]
fn nothing_tells_the_credentials() {
    let Some(storage) = TestStorage::new("canaries of publishing") else { return };
    let org = busy_org(0);
    let refusing = Faulty::before(&storage.endpoint, |request| if request.number > 3 { Fate::Refused(403) } else { Fate::Pass });
    org.env("RUST_LOG", "trace").env("RUST_BACKTRACE", "full");
    org.write(
        "acme/org.toml",
        format!(
            "name = 'Acme'\n[[publish.target]]\nname = 'main'\nto = '{}'\nurl = 'http://127.0.0.1:9/'\ndeadline = '1s'\n",
            storage.address("acme")
        ),
    );
    speak(&org, &storage, &refusing.endpoint);
    let mut told = Vec::new();
    for arguments in [&["publish", "--json"][..], &["publish", "status"]] {
        let output = ran(&org, arguments);
        told.extend([output.stdout, output.stderr]);
    }
    speak(&org, &storage, &storage.endpoint);
    let mut child = org.command(&["publish"]).stdout(std::process::Stdio::piped()).stderr(std::process::Stdio::piped()).spawn().unwrap();
    told.push(std::fs::read(format!("/proc/{}/cmdline", child.id())).unwrap_or_default());
    assert!(child.wait().is_ok());
    let output = ran(&org, &["publish", "--check", "status"]);
    told.extend([output.stdout, output.stderr]);
    let remembered = BuiltSite::read(&org.path("acme"));
    told.extend(remembered.files.into_values());
    for name in storage.client("acme").list("").unwrap() {
        let body = get(&storage, "acme", &name.name).0;
        let mut text = Vec::new();
        if name.name.ends_with(".gz") {
            GzDecoder::new(body.as_slice()).read_to_end(&mut text).unwrap();
        }
        told.extend([body, text]);
    }
    assert!(told.len() > 30);
    for text in &told {
        let text = String::from_utf8_lossy(text);
        assert!(storage.canaries().iter().all(|canary| !text.contains(canary)), "{text}");
    }
}

#[test]
#[ignore = "the long form: ten thousand incidents"]
fn long_one_update_of_many_incidents_is_few_objects() {
    let Some(storage) = TestStorage::new("ten thousand incidents") else { return };
    let org = TestOrg::empty();
    super::organization::make(&org.path("big"), 10_000).unwrap();
    org.clock(&super::organization::now().to_rfc3339());
    let proxy = Faulty::before(&storage.endpoint, |_| Fate::Pass);
    speak(&org, &storage, &proxy.endpoint);
    let to = storage.address("big");
    let mut since = 0;
    let first = Instant::now();
    org.enter("big").run(&format!("publish {to}")).success();
    let (pages, ..) = counts(&proxy, &mut since);
    let (first, second) = (first.elapsed(), Instant::now());
    org.run(&format!("publish {to}")).success();
    assert_eq!(counts(&proxy, &mut since), (0, 0, 0, 0));
    let second = second.elapsed();
    org.run("incident update 9999 --message 'We know more.'").success();
    let third = Instant::now();
    org.run(&format!("publish {to}")).success();
    let third = third.elapsed();
    let seen = proxy.seen();
    let changed = seen[since..].iter().filter(|request| request.method == "PUT").map(|request| request.path.clone());
    let changed: BTreeSet<String> = changed.collect();
    let (_, states, lists, deletions) = counts(&proxy, &mut since);
    let told = format!("{pages} files: first {first:?}, unchanged {second:?}, one update {third:?} with {} objects", changed.len());
    drop(writeln!(std::io::stderr(), "{told}"));
    assert!(changed.len() <= 20 && states == 2 && lists <= 2 && deletions == 0, "{told}: {changed:#?}, {lists} lists");
}
