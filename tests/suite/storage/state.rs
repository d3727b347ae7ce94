//! An organization's record in object storage: one at a time and in words, then by many with bad connections and sudden ends.
//!
//! The long forms take their counts from the environment, as the tests under fire do.

use std::collections::BTreeMap;
use std::io::Read;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use serde_json::Value;

use super::{Fate, Faulty, TestStorage};
use crate::serving::Running;
use crate::test_org::TestOrg;

/// A folder on a disk of its own, of an organization that is shared at `s3://BUCKET/acme` by way of `endpoint`.
#[track_caller]
fn machine(storage: &TestStorage, endpoint: &str) -> TestOrg {
    let org = TestOrg::in_memory();
    org.write("acme/org.toml", format!("name = \"Acme\"\n[state]\nremote = \"{}\"\n", storage.address("acme")));
    for (name, value) in storage.variables(endpoint) {
        org.env(&name, value);
    }
    org.enter("acme");
    org
}

#[test]
fn two_machines_share_one_record() {
    let Some(storage) = TestStorage::new("a shared record") else { return };
    let (one, other) = (machine(&storage, &storage.endpoint), machine(&storage, &storage.endpoint));
    let address = storage.address("acme");
    for (code, verb) in [(3, "status"), (3, "state pull"), (3, "state push")] {
        one.run(verb).code(code);
    }
    one.run("service add api").stdout("api\n").stderr("added service 1 `api`\n").success();
    // A machine without a copy takes one before it reads.
    other.clock("2026-11-22T12:00:00Z").run("service list").stderr("the copy here was the newest less than a minute ago\n").success();
    let first = one.run("incident open Broken --service api=major --quiet").text();
    // What is read here is the copy here, and says its age.
    let listed = other.clock("2026-11-22T14:30:00Z").run("incident list");
    listed.stdout("").stderr("the copy here was the newest 2 hours ago\n").success();
    other.run("incident list --quiet").stdout("").stderr("").success();
    // A deed is done on the newest record.
    let refused = other.run("service add api");
    refused.stderr_starts("error: there is a service `api` already").code(4);
    let second = other.run("incident open 'Still broken' --quiet").text();
    let status = one.run("state status --json").json();
    assert_eq!(
        (&status["newest"], &status["unpushed"], &status["remote"]),
        (&Value::from(false), &Value::from(false), &Value::from(address.as_str()))
    );
    assert_eq!(status["pushed_at"], "2026-11-22T14:30:00Z");
    one.run("state pull").stderr(&format!("took from {address}\n")).success();
    one.run("state pull").stderr(&format!("nothing to do: the copy here and {address} are the same\n")).success();
    one.run("state push").stderr(&format!("nothing to do: the copy here and {address} are the same\n")).success();
    for id in [first, second] {
        one.run(&format!("incident show {} --quiet", id.trim())).success();
    }
    assert_eq!(one.run("state status --json").json()["newest"], true);
    // A build takes the newest one, too.
    let third = other.run("incident open Third --quiet").text();
    one.clock("2026-11-22T15:00:00Z").run("build").success();
    assert!(one.path(&format!("acme/public/incidents/{}/index.html", third.trim())).exists());
}

#[test]
fn deeds_without_the_remote_are_pushed_later_unless_somebody_was_first() {
    let Some(storage) = TestStorage::new("deeds without the remote") else { return };
    let (one, other) = (machine(&storage, &storage.endpoint), machine(&storage, &storage.endpoint));
    let address = storage.address("acme");
    one.run("service add api").success();
    other.run("state pull").success();
    let nobody = machine(&storage, "http://127.0.0.1:9");
    nobody.run("service add api").stdout("").stderr_matches(|words| words.ends_with("connection refused\n")).code(1);
    assert!(!nobody.path("acme/org.db").exists());

    one.run("incident open Alone --offline").stderr_matches(|words| words.ends_with(", and has deeds that were not pushed\n")).success();
    assert_eq!(one.run("state status --json").json()["unpushed"], true);
    assert_eq!(other.run("incident list --quiet").text(), "");
    one.run("state push").stderr(&format!("pushed to {address}\n")).success();
    other.run("state pull").success();
    assert_eq!(other.run("incident list --quiet").text().lines().count(), 1);

    // A later deed pushes those before it along, where nobody else has written.
    one.run("incident open Second --offline").success();
    one.run("incident open Third").success();
    assert_eq!(one.run("state status --json").json()["newest"], true);

    one.run("incident open Fourth --offline").success();
    other.run("incident open Fifth").success();
    let before = storage.client("acme").head("org.db").unwrap();
    let diverged = format!("error: `acme` was written to here without the remote, and `{address}` by somebody else meanwhile\n");
    for verb in ["state push", "state pull", "incident open Sixth", "build"] {
        one.run(verb).stdout("").stderr_starts(&diverged).code(4);
    }
    assert_eq!(storage.client("acme").head("org.db").unwrap(), before, "nothing was overwritten");
    assert_eq!(one.run("incident list --all --quiet").text().lines().count(), 4);
    let kept = one.clock("2026-11-22T15:00:00Z").run("state pull --replace").text();
    assert_eq!(kept, "[ROOT]/acme/org.db.replaced-20261122T150000\n");
    assert!(one.path("acme/org.db.replaced-20261122T150000").exists());
    assert_eq!(one.run("incident list --all --quiet").text().lines().count(), 4);
    one.run("incident open Sixth").success();

    // A deed that is refused leaves nothing to push.
    one.run("incident resolve 99 --offline").code(3);
    assert_eq!(one.run("state status --json").json()["unpushed"], false);
    one.run("serve --offline").stderr_starts("error: a server has no `--offline`").code(2);
}

#[test]
fn a_push_that_fails_leaves_what_the_remote_knows() {
    let Some(storage) = TestStorage::new("pushes that fail") else { return };
    let refuses = Arc::new(AtomicBool::new(false));
    let asked = Arc::clone(&refuses);
    let proxy = Faulty::before(&storage.endpoint, move |request| match request.method.as_str() {
        "PUT" if asked.load(Ordering::Relaxed) => Fate::Refused(403),
        _ => Fate::Pass,
    });
    let org = machine(&storage, &proxy.endpoint);
    org.run("service add api").success();
    let (list, before) = (org.run("log --json").text(), std::fs::read(org.path("acme/org.db")).unwrap());
    refuses.store(true, Ordering::Relaxed);
    let refused = org.run("incident open Lost");
    refused.stdout("").stderr_matches(|words| words.contains("the credentials may not do this (status 403)")).code(1);
    assert!(std::fs::read(org.path("acme/org.db")).unwrap() == before);
    assert_eq!(org.run("log --json").text(), list);
    assert_eq!(std::fs::read_dir(org.path("acme/.statuary")).unwrap().count(), 2, "a note and a lock");
}

#[test]
fn what_comes_from_the_storage_is_judged_before_it_is_used() {
    let Some(storage) = TestStorage::new("hostile records") else { return };
    let org = machine(&storage, &storage.endpoint);
    org.run("service add api").success();
    let (before, bucket) = (std::fs::read(org.path("acme/org.db")).unwrap(), storage.client("acme"));
    let other = TestOrg::new();
    other.run("service add web").success();
    let foreign = std::fs::read(other.path("acme/org.db")).unwrap();
    let mut damaged = before.clone();
    let middle = damaged.len() / 2;
    damaged[middle..middle + 8192].fill(0xA5);
    let named = format!("`{}/org.db`", storage.address("acme"));
    for (bytes, code, words) in [
        (foreign.as_slice(), 4, "is another organization's"),
        (b"<html>", 5, "is not an organization's data"),
        (&damaged, 5, "is damaged"),
        (b"", 5, "is empty"),
    ] {
        bucket.put("org.db", &statuary::storage::Put { body: bytes, ..Default::default() }).unwrap();
        for verb in ["state pull", "incident open Lost", "build"] {
            let expected = format!("error: {named} {words}");
            org.run(verb).stdout("").stderr_starts(&expected).code(code);
        }
        assert!(std::fs::read(org.path("acme/org.db")).unwrap() == before);
    }
    bucket.delete(&["org.db"]).unwrap();
    org.run("incident open Lost")
        .stderr_starts(&format!("error: `{}` has no record any more, but it had one", storage.address("acme")))
        .code(4);
    org.run("state push").success();
    org.run("incident open Found").success();
}

#[test]
fn a_host_that_passes_over_conditions_is_refused() {
    let Some(storage) = TestStorage::credulous("hosts without conditions") else { return };
    let proxy = Faulty::before(&storage.endpoint, |_| Fate::Unconditional);
    let org = machine(&storage, &proxy.endpoint);
    let told = format!("error: the host of `{}` does not hold to conditions of writes\n", storage.address("acme"));
    org.run("service add api").stdout("").stderr_starts(&told).code(1);
    assert!(!org.path("acme/org.db").exists());
    assert!(storage.client("").list("").unwrap().is_empty(), "the probe is gone");
}

#[test]
fn what_comes_by_the_api_is_done_on_the_newest_record() {
    let Some(storage) = TestStorage::new("the API on a shared record") else { return };
    let (server, other) = (machine(&storage, &storage.endpoint), machine(&storage, &storage.endpoint));
    server.run("service add api").success();
    let token = server.run("token create bot --role editor --quiet").text();
    let running = Running::serve(&server, "");
    running.until_ready();
    let authorization = format!("Bearer {}", token.trim());
    let headers = [("Authorization", authorization.as_str()), ("Content-Type", "application/json")];
    thread::scope(|scope| {
        // Several at once by one server, while another machine writes, too.
        for number in 0..3 {
            let (running, headers) = (&running, &headers);
            scope.spawn(move || {
                let body = format!("{{\"title\": \"api{number}\"}}");
                let answer = running.ask("POST", "/api/incidents", headers, body.as_bytes());
                assert_eq!(answer.status, 201, "{}", answer.text());
            });
        }
        for number in 0..3 {
            other.run(&format!("incident open other{number}")).success();
        }
    });
    other.run("state pull").success();
    assert_eq!(other.run("incident list --all --quiet").text().lines().count(), 6);
    assert_eq!(running.ask("POST", "/api/incidents", &headers, b"{\"title\": \"last\"}").status, 201);
    running.until("the newest record is shown", || running.get("/").text().contains("other2"));
}

#[test]
fn a_workspace_shares_every_record_under_its_name() {
    let Some(storage) = TestStorage::new("a shared workspace") else { return };
    let org = TestOrg::new();
    for (name, value) in storage.variables("http://127.0.0.1:9").into_iter().filter(|(name, _)| !name.contains("ENDPOINT")) {
        org.env(&name, value);
    }
    let settings = format!("[storage]\nendpoint = \"{}\"\n[state]\nremote = \"{}\"\n", storage.endpoint, storage.address("all"));
    org.write("statuary.toml", settings);
    org.run("org create globex --name Globex").success();
    for name in ["acme", "globex"] {
        org.run(&format!("--org {name} service add {name}")).success();
    }
    let names: Vec<String> = storage.client("all").list("").unwrap().into_iter().map(|one| one.name).collect();
    assert_eq!(names, ["acme/org.db", "globex/org.db"]);
    org.run("build --all").success();
}

#[test]
fn no_credential_shows_anywhere() {
    let Some(storage) = TestStorage::new("credentials of a shared record") else { return };
    let proxy = Faulty::before(&storage.endpoint, |request| if request.number % 3 == 2 { Fate::Refused(403) } else { Fate::Pass });
    for endpoint in [storage.endpoint.as_str(), &proxy.endpoint, "http://127.0.0.1:9"] {
        let org = machine(&storage, endpoint);
        org.env("RUST_LOG", "trace").env("RUST_BACKTRACE", "full").env("AWS_SESSION_TOKEN", "CANARY-SESSION-TOKEN");
        for verb in [
            "service add api",
            "state push",
            "state pull",
            "state status --json",
            "incident open A --offline",
            "state push",
            "build",
            "status",
        ] {
            let mut command = org.command(&shlex::split(verb).unwrap());
            let child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
            // Whoever looks at the list of processes sees this.
            let arguments = std::fs::read_to_string(format!("/proc/{}/cmdline", child.id())).unwrap_or_default();
            let output = child.wait_with_output().unwrap();
            let told = format!("{arguments}{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
            assert_no_canary(&storage, verb, told.as_bytes());
        }
        for path in files_below(&org.path("acme")) {
            assert_no_canary(&storage, &path.display().to_string(), &std::fs::read(&path).unwrap());
        }
    }
    for one in storage.client("acme").list("").unwrap() {
        if let statuary::storage::Found::Object(object) = storage.client("acme").get(&one.name, None, 1 << 20).unwrap() {
            assert_no_canary(&storage, &one.name, &object.body);
            assert_no_canary(&storage, &one.name, format!("{:?}", object.about).as_bytes());
        }
    }
}

fn files_below(folder: &std::path::Path) -> Vec<std::path::PathBuf> {
    let mut files = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap().flatten() {
        match entry.path() {
            path if path.is_dir() => files.extend(files_below(&path)),
            path => files.push(path),
        }
    }
    files
}

#[track_caller]
fn assert_no_canary(storage: &TestStorage, place: &str, bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    for canary in storage.canaries().into_iter().chain(["CANARY-SESSION-TOKEN", "X-Amz-"]) {
        assert!(!text.contains(canary), "`{canary}` shows in {place}");
    }
}

/// How much of it there is.
struct Counts {
    /// Machines, each with its own disk.
    writers: usize,
    /// Deeds of each.
    writes: usize,
    /// Of a thousand requests, how many fail.
    failing: u64,
    /// Of a thousand deeds, how many are killed.
    killed: u64,
}

/// A deed as it was seen from outside.
struct Done {
    title: String,
    printed: Option<String>,
    ended_well: bool,
}

#[test]
fn many_machines_with_bad_connections_lose_nothing() {
    let Some(storage) = TestStorage::new("many machines with one record") else { return };
    crowd(&storage, &Counts { writers: 3, writes: 4, failing: 100, killed: 0 });
}

#[test]
fn many_machines_that_are_killed_lose_nothing() {
    let Some(storage) = TestStorage::new("killed machines with one record") else { return };
    crowd(&storage, &Counts { writers: 3, writes: 5, failing: 100, killed: 500 });
}

#[test]
#[ignore = "takes minutes: tests/long runs it"]
fn long_many_machines_with_bad_connections_lose_nothing() {
    let Some(storage) = TestStorage::new("many machines with one record") else { return };
    let writers = crate::fire::count("STATUARY_LONG_WRITERS", 8);
    crowd(&storage, &Counts { writers, writes: crate::fire::count("STATUARY_LONG_WRITES", 25), failing: 100, killed: 0 });
}

#[test]
#[ignore = "takes minutes: tests/long runs it"]
fn long_many_machines_that_are_killed_lose_nothing() {
    let Some(storage) = TestStorage::new("killed machines with one record") else { return };
    let writers = crate::fire::count("STATUARY_LONG_WRITERS", 8);
    crowd(&storage, &Counts { writers, writes: crate::fire::count("STATUARY_LONG_WRITES", 25), failing: 100, killed: 500 });
}

/// Several machines write to one record; what each was told must be there, once, and in its order.
fn crowd(storage: &TestStorage, counts: &Counts) {
    let proxy = Faulty::failing(&storage.endpoint, counts.failing, 42);
    machine(storage, &storage.endpoint).run("service add api").success();
    let done: Vec<Vec<Done>> = thread::scope(|scope| {
        let endpoint = proxy.endpoint.as_str();
        let writers: Vec<_> = (0..counts.writers).map(|writer| scope.spawn(move || write(storage, endpoint, writer, counts))).collect();
        writers.into_iter().map(|writer| writer.join().unwrap()).collect()
    });

    let reader = machine(storage, &storage.endpoint);
    reader.run("state pull").success();
    let incidents = reader.run("incident list --all --json").json();
    let mut there: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for incident in incidents["incidents"].as_array().unwrap() {
        there.entry(incident["title"].as_str().unwrap().to_owned()).or_default().push(incident["id"].as_str().unwrap().to_owned());
    }
    let (mut told, mut killed) = (0, 0);
    for one in done.iter().flatten() {
        let ids = there.get(&one.title).map_or(&[][..], Vec::as_slice);
        assert!(ids.len() <= 1, "`{}` is there {} times", one.title, ids.len());
        if let Some(id) = &one.printed {
            assert_eq!(ids, std::slice::from_ref(id), "what was printed for `{}` is there", one.title);
            told += 1;
        }
        assert!(one.ended_well == one.printed.is_some() || !one.ended_well, "`{}` ended well without an id", one.title);
        killed += usize::from(!one.ended_well);
    }
    let all = counts.writers * counts.writes;
    if counts.killed == 0 {
        assert_eq!((told, there.len()), (all, all));
    }
    // The log has every event once, and those of one machine in the order in which they were done.
    let log = reader.run("log --limit 100000 --json").json();
    let mut events: Vec<(i64, String)> = log["events"]
        .as_array()
        .unwrap()
        .iter()
        .map(|event| {
            (event["seq"].as_i64().unwrap(), event["actor"].as_str().unwrap().to_owned() + " " + event["sentence"].as_str().unwrap())
        })
        .collect();
    events.sort();
    assert_eq!(events.iter().map(|(seq, _)| *seq).collect::<Vec<_>>(), (1..=1 + there.len() as i64).collect::<Vec<_>>());
    for (writer, deeds) in done.iter().enumerate() {
        let actor = format!("machine{writer} ");
        let logged: Vec<&str> =
            events.iter().filter_map(|(_, event)| event.strip_prefix(&actor)?.strip_prefix("opened incident ")).collect();
        let in_order: Vec<&str> = deeds.iter().map(|one| one.title.as_str()).filter(|title| there.contains_key(*title)).collect();
        assert_eq!(logged, in_order, "of {actor}");
    }
    let requests = proxy.seen().len();
    drop(std::io::Write::write_all(
        &mut std::io::stderr(),
        format!("{all} deeds of {} machines: {told} told, {killed} killed, {} there, {requests} requests\n", counts.writers, there.len())
            .as_bytes(),
    ));
}

/// The deeds of one machine, some of which are killed at some moment.
fn write(storage: &TestStorage, endpoint: &str, writer: usize, counts: &Counts) -> Vec<Done> {
    let org = machine(storage, endpoint);
    org.clock("2026-11-22T12:00:00Z").env("STATUARY_ACTOR", format!("machine{writer}"));
    let mut deeds = Vec::new();
    for number in 0..counts.writes {
        let title = format!("w{writer}-{number}");
        let mut command = org.command(&["incident", "open", &title]);
        let chance = super::faulty::scatter((writer * 1000 + number) as u64);
        let kill = (chance % 1000 < counts.killed).then(|| Duration::from_millis(chance >> 20 & 511));
        deeds.push(run(&mut command, title, kill));
    }
    // Whatever was left behind, the next command gets along with it.
    org.run("state pull").success();
    deeds
}

fn run(command: &mut Command, title: String, kill: Option<Duration>) -> Done {
    let mut child = command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    if let Some(after) = kill {
        thread::sleep(after);
        drop(child.kill());
    }
    let (mut printed, mut words) = (String::new(), String::new());
    child.stdout.take().unwrap().read_to_string(&mut printed).unwrap();
    child.stderr.take().unwrap().read_to_string(&mut words).unwrap();
    let status = child.wait().unwrap();
    assert!(kill.is_some() || status.success(), "`{title}`: {words}");
    assert!(status.success() || status.code().is_none(), "`{title}`: {words}");
    Done { title, printed: printed.strip_suffix('\n').map(str::to_owned), ended_well: status.success() }
}
