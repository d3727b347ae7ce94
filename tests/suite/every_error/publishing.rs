//! What is said about targets that a site cannot be taken to.

use std::fs;
use std::io::{Read, Write};

use flate2::Compression;
use flate2::read::GzDecoder;
use flate2::write::GzEncoder;
use statuary::site::Generation;
use statuary::storage::{Found, Put};

use super::files::complaint;
use crate::storage::{Fate, Faulty, TestStorage};
use crate::test_org::TestOrg;

/// The name of the object that says what a bucket holds.
const STATE: &str = ".statuary-site.gz";

/// An organization whose site is built, at a moment that stays.
#[track_caller]
fn acme() -> TestOrg {
    let org = TestOrg::new();
    org.run("service add api").success();
    org.clock("2026-11-22T12:00:00Z").run("build --quiet").success();
    org
}

/// Publishes what is built to an address and fails so.
#[track_caller]
fn refused(org: &TestOrg, to: &str, message: &str, hint: &str, code: i32) {
    let shown = to.replace(org.path("").to_str().unwrap(), "[ROOT]/");
    let expected = complaint(&format!("cannot publish `acme` to `{shown}`: {message}"), hint);
    org.run(&format!("publish --no-build {to}")).stderr_matches(|words| words.ends_with(&expected)).code(code);
}

/// The generation of the site that is built.
#[track_caller]
fn generation(org: &TestOrg) -> Generation {
    Generation::of_page(&fs::read(org.path("acme/public/index.html")).unwrap()).unwrap()
}

#[test]
fn commands_without_a_target_are_refused() {
    let org = TestOrg::new();
    let hint = "name one, as in `statuary publish dir:/srv/status`, or write a section [[publish.target]] into org.toml";
    org.run("publish").stderr(&complaint("no target to publish `acme` to", hint)).code(2);
    let hint = "write a section [[publish.target]] into it";
    org.run("publish status").stderr(&complaint("org.toml of `acme` names no target", hint)).code(2);
    let hint = "name it as a target in each org.toml";
    let message = "cannot publish `acme`: one command cannot publish all organizations";
    org.run("publish --all command:true").stderr_matches(|words| words.ends_with(&complaint(message, hint))).code(1);
    let hint = "take `[state]` out of the settings while there is no remote";
    org.run("serve --offline").stdout("").stderr(&complaint("a server has no `--offline`", hint)).code(2);
}

#[test]
#[expect(clippy::disallowed_methods, reason = "a test's own files")]
fn what_is_not_built_as_it_should_be_is_not_published() {
    let org = TestOrg::new();
    let refuse = |message: &str, hint: &str, code: i32| {
        org.run("publish --no-build dir:../releases").stdout("").stderr(&complaint(message, hint)).code(code);
        assert!(!org.path("releases").exists());
    };
    refuse("`[ROOT]/acme/public` holds no built site", "build it first with `statuary build`", 3);
    org.run("build --quiet").success();
    org.write("acme/public/index.html", "<html></html>");
    let hint = "build it again with `statuary build`; a theme's page needs a `</head>`";
    refuse("the home page of `[ROOT]/acme/public` carries no generation", hint, 4);
    fs::remove_file(org.path("acme/public/index.html")).unwrap();
    refuse("what the last build of `[ROOT]/acme/public` left is not known", "build it again with `statuary build`", 4);
}

#[test]
#[expect(clippy::disallowed_methods, reason = "a test's own files")]
fn folders_that_hold_something_else_are_left_alone() {
    let org = acme();
    let to = |folder: &str| format!("dir:{}", org.path(folder).display());
    let hint = "choose a folder elsewhere, such as `/srv/status`";
    let message = "`[ROOT]/acme/public/releases` is in a folder of the organization's own";
    refused(&org, &to("acme/public/releases"), message, hint, 4);
    org.write("newer/.statuary-releases", "statuary-releases 2\n");
    refused(&org, &to("newer"), "`[ROOT]/newer` was written by another version of statuary", "upgrade statuary", 4);

    org.run(&format!("publish --no-build {}", to("releases"))).success();
    let mark = fs::File::open(org.path("releases/.statuary-releases")).unwrap();
    mark.lock().unwrap();
    let hint = "nothing was changed; publish again when that has ended";
    refused(&org, &to("releases"), "somebody else publishes to `[ROOT]/releases` just now", hint, 4);
    drop(mark);
    fs::remove_file(org.path("releases/current")).unwrap();
    org.write("releases/current/index.html", "");
    refused(&org, &to("releases"), "`[ROOT]/releases` has a `current` that is no link", "move it elsewhere", 4);
}

#[test]
fn what_does_not_show_in_time_is_said_with_what_does() {
    let org = acme();
    let url = "http://127.0.0.1:9/";
    let settings = format!("name = 'Acme'\n[[publish.target]]\nname = 'main'\nto = 'dir:../main'\nurl = '{url}'\ndeadline = '1s'\n");
    org.write("acme/org.toml", settings).run("build --quiet").success();
    let message = format!("error: cannot publish `acme` to `main`: `{url}` did not show {} within 1 s: ", generation(&org));
    let hint = "a host or CDN may keep old copies: wait and look with `statuary publish status`, or give it a longer `deadline`";
    org.run("publish --no-build main")
        .stderr_matches(|words| words.contains(&message) && words.ends_with(&format!("connection refused\nhint: {hint}\n")))
        .code(1);
}

/// An organization that publishes to the storage by way of `endpoint`.
#[track_caller]
fn speaking(storage: &TestStorage, endpoint: &str) -> TestOrg {
    let org = acme();
    for (name, value) in storage.variables(endpoint) {
        org.env(&name, value);
    }
    org
}

#[test]
fn prefixes_of_others_are_left_alone() {
    let Some(storage) = TestStorage::new("errors about prefixes of others") else { return };
    let org = speaking(&storage, &storage.endpoint);
    let (to, client) = (storage.address("taken"), storage.client("taken"));
    client.put("index.html", &Put { body: b"mine", ..Put::default() }).unwrap();
    let message = format!("`{to}/index.html` is in the way and was not published by statuary");
    refused(&org, &to, &message, "move it elsewhere, or publish below another prefix", 4);

    let (to, client) = (storage.address("acme"), storage.client("acme"));
    org.run(&format!("publish --no-build {to}")).success();
    let Found::Object(object) = client.get(STATE, None, 1 << 20).unwrap() else { panic!("it is there") };
    let mut state = String::new();
    GzDecoder::new(object.body.as_slice()).read_to_string(&mut state).unwrap();
    let put = |old: &str, new: &str| {
        let changed = state.replacen(old, new, 1);
        assert_ne!(changed, state, "{old}");
        let mut packed = GzEncoder::new(Vec::new(), Compression::fast());
        packed.write_all(changed.as_bytes()).unwrap();
        client.put(STATE, &Put { body: &packed.finish().unwrap(), ..Put::default() }).unwrap();
    };
    put("\"claim\":null", r#""claim":{"by":"other","generation":"0123456789abcdef","until":"2026-11-22T12:05:00Z"}"#);
    let message = format!("somebody else publishes to `{to}`");
    refused(&org, &to, &message, "nothing was deleted; publish again when that has ended", 4);
    put("\"site\":\"", "\"site\":\"x");
    let message = format!("`{to}` holds the site of another page");
    refused(&org, &to, &message, "publish each organization below a prefix of its own", 4);
}

#[test]
fn hosts_that_pass_over_conditions_are_refused() {
    let Some(storage) = TestStorage::credulous("errors about hosts") else { return };
    let lax = Faulty::before(&storage.endpoint, |_| Fate::Unconditional);
    let to = storage.address("lax");
    let message = format!("the host of `{to}` passes over conditions of writes");
    let hint = "two publishers could mix their sites there; choose a host with conditional writes";
    refused(&speaking(&storage, &lax.endpoint), &to, &message, hint, 1);
    assert!(storage.client("lax").list("").unwrap().is_empty());
}

#[test]
fn a_page_that_is_never_as_it_was_seen_is_given_up() {
    let Some(storage) = TestStorage::new("errors about restless objects") else { return };
    let restless = Faulty::before(&storage.endpoint, |request| {
        let is_home = request.method == "PUT" && request.path.ends_with("/restless/index.html");
        if is_home { Fate::Refused(412) } else { Fate::Pass }
    });
    let to = storage.address("restless");
    let message = format!("`{to}/index.html` is changed by somebody all the time");
    refused(&speaking(&storage, &restless.endpoint), &to, &message, "", 1);
    assert!(storage.client("restless").head("index.html").unwrap().is_none());
}
