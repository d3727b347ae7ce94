//! Several targets: each by itself, and the rule that says how many must have the site.

use std::fmt::Write as _;
use std::io::Write as _;
use std::path::PathBuf;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use serde_json::Value;

use super::static_host::{Fate, serve};
use super::{busy_org, public, ran, speak};
use crate::built_site::BuiltSite;
use crate::fire::Strace;
use crate::storage::{Fate as Answer, Faulty, TestStorage};
use crate::test_org::TestOrg;

/// Writes an org.toml with these targets: name, address, public address, deadline.
fn with_targets(org: &TestOrg, require: &str, targets: &[(&str, &str, &str, &str)]) {
    let mut text = format!("name = 'Acme'\n[publish]\nrequire = '{require}'\n");
    for (name, to, url, deadline) in targets {
        write!(text, "[[publish.target]]\nname = '{name}'\nto = '{to}'\ndeadline = '{deadline}'\n").unwrap();
        if !url.is_empty() {
            writeln!(text, "url = '{url}'").unwrap();
        }
    }
    org.write("acme/org.toml", text);
}

/// The target of this name in a report.
#[track_caller]
fn target<'a>(report: &'a Value, name: &str) -> &'a Value {
    report["targets"].as_array().unwrap().iter().find(|one| one["name"] == name).unwrap()
}

#[test]
fn one_that_is_down_slow_or_failing_delays_no_other() {
    let org = busy_org(3);
    let good = serve(&org.path("good/current"), |_| Fate::Answered);
    let half = serve(&org.path("half/current"), |number| if number % 2 == 0 { Fate::Refused } else { Fate::Answered });
    let slow = serve(&org.path("slow/current"), |_| Fate::Late(Duration::from_secs(3)));
    with_targets(&org, "all", &[("good", "dir:../good", &good, "60s")]);
    // What it takes alone, with everything built and warm.
    org.run("publish").success();
    org.run("incident open One --service api").success();
    let begun = Instant::now();
    let alone = org.run("publish --json").json();
    let own = begun.elapsed();
    assert_eq!(alone["targets"][0]["outcome"], "verified");

    let targets = [
        ("good", "dir:../good", good.as_str(), "60s"),
        ("half", "dir:../half", half.as_str(), "60s"),
        ("slow", "dir:../slow", slow.as_str(), "30s"),
        ("dead", "s3://nowhere/acme", "", "5s"),
        ("broken", "command:false", "", "5s"),
    ];
    org.env("AWS_ENDPOINT_URL_S3", "http://127.0.0.1:9").env("AWS_ACCESS_KEY_ID", "k").env("AWS_SECRET_ACCESS_KEY", "s");
    with_targets(&org, "any", &targets);
    org.run("incident open Two --service api").success();
    let report = org.run("publish --json").json();
    let outcome = |name: &str| target(&report, name)["outcome"].as_str().unwrap().to_owned();
    assert_eq!(["good", "half", "slow", "dead", "broken"].map(outcome), ["verified", "verified", "verified", "failed", "failed"]);
    assert!(took(&report, "slow") > Duration::from_secs(5));
    // Its own time is that of a process, and the machine is busy; the slow one takes more than six seconds.
    assert!(took(&report, "good") < took(&alone, "good") + own + Duration::from_secs(3), "{report}");
    assert!(target(&report, "dead")["error"].as_str().unwrap().contains("connection refused"));

    with_targets(&org, "all", &targets);
    org.run("publish")
        .stderr_matches(|words| {
            words.contains("error: cannot publish `acme` to `dead`: cannot read `s3://nowhere/acme/.statuary-site.gz`")
                && words.contains("error: cannot publish `acme` to `broken`: `false` ended with exit code 1\n")
                && !words.contains("to `good`")
        })
        .code(1);
    let status = org.run("publish status --json").json();
    let health = |name: &str| target(&status, name)["health"].as_str().unwrap().to_owned();
    assert_eq!(["good", "slow", "dead", "broken"].map(health), ["current", "current", "failed", "failed"]);
    assert_eq!(target(&status, "good")["shown"], status["built"]);
    assert_eq!(target(&status, "dead")["published_at"], Value::Null);
}

/// How long a target took until it was published, and verified where it has a public address.
#[track_caller]
fn took(report: &Value, name: &str) -> Duration {
    let one = target(report, name);
    assert_eq!(one["outcome"], if one["url"].is_null() { "published" } else { "verified" }, "{report}");
    Duration::from_millis(one["took_ms"].as_u64().unwrap() + one["seen_after_ms"].as_u64().unwrap_or(0))
}

#[test]
fn a_disk_that_does_not_answer_delays_no_other() {
    let Some(strace) = Strace::find("a disk that does not answer") else { return };
    let org = busy_org(6);
    let good = serve(&org.path("good/current"), |_| Fate::Answered);
    let far = serve(&org.path("far/current"), |_| Fate::Answered);
    let away = format!("dir:{}", org.path("far").display());
    with_targets(&org, "all", &[("far", &away, &far, "60s"), ("good", "dir:../good", &good, "60s")]);
    org.run("publish").success();
    org.run("incident open Two --service api").success();
    org.run("build --quiet").success();
    let release = org.path("far").join(std::fs::read_link(org.path("far/current")).unwrap());
    // Three rounds for all threads together.
    let threads = std::thread::available_parallelism().map_or(1, usize::from).min(8);
    let is_kept = |path: &PathBuf, bytes: &[u8]| path.metadata().is_ok_and(|about| about.len() == bytes.len() as u64);
    let built = public(&org).files;
    let same = built.iter().map(|(path, bytes)| (release.join(path), bytes)).filter(|(path, bytes)| is_kept(path, bytes));
    let files: Vec<PathBuf> = same.map(|(path, _)| path).take(3 * threads).collect();
    assert_eq!(files.len(), 3 * threads);
    let output = strace.delay(&org.command(&["publish", "--json", "--no-build"]), &files, 4);
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert!(took(&report, "far") >= Duration::from_secs(12), "{report}");
    // It waits a second for its turn.
    assert!(took(&report, "good") < Duration::from_secs(8), "{report}");
}

#[test]
#[ignore = "the long form: several measurements, on a machine that does nothing else"]
fn long_a_target_beside_bad_ones_takes_its_own_time() {
    let Some(storage) = TestStorage::new("a good target beside bad ones") else { return };
    let requests = AtomicUsize::new(0);
    let proxy = Faulty::before(&storage.endpoint, move |request| match request.path.split('/').nth(2) {
        Some("slow") => Answer::Late(Duration::from_secs(1)),
        Some("half") if requests.fetch_add(1, Ordering::Relaxed).is_multiple_of(2) => Answer::Refused(503),
        Some("dead") => Answer::LostBefore,
        _ => Answer::Pass,
    });
    for good in ["dir:../good", &storage.address("good")] {
        let org = busy_org(20);
        speak(&org, &storage, &proxy.endpoint);
        let url = if good.starts_with("dir:") { serve(&org.path("good/current"), |_| Fate::Answered) } else { String::new() };
        let addresses = ["slow", "half", "dead"].map(|name| storage.address(name));
        let alone = [("good", good, url.as_str(), "60s")];
        let beside =
            [("slow", addresses[0].as_str(), "", "60s"), ("half", &addresses[1], "", "60s"), ("dead", &addresses[2], "", "60s"), alone[0]];
        with_targets(&org, "any", &beside);
        ran(&org, &["publish"]);
        let mut times: [Vec<Duration>; 2] = Default::default();
        for round in 0..7 {
            for (targets, times) in [&alone[..], &beside].into_iter().zip(&mut times) {
                with_targets(&org, "any", targets);
                org.run(&format!("incident update 1 --message 'Round {round}'")).success();
                org.run("build --quiet").success();
                let report = org.run("publish --json").json();
                times.push(took(&report, "good"));
            }
        }
        let [alone, beside] = times.map(|mut times| {
            times.sort();
            times[times.len() / 2]
        });
        let ratio = beside.as_secs_f64() / alone.as_secs_f64();
        drop(writeln!(std::io::stderr(), "{good}: {alone:?} alone, {beside:?} beside bad ones: {ratio:.2}"));
        assert!(ratio < 1.2);
    }
}

#[test]
fn roots_that_cannot_be_read_stop_nothing_that_needs_none() {
    let org = busy_org(1);
    let plain = serve(&org.path("plain/current"), |_| Fate::Answered);
    let safe = "https://127.0.0.1:9/";
    with_targets(
        &org,
        "all",
        &[("plain", "dir:../plain", &plain, "60s"), ("safe", "dir:../safe", safe, "60s"), ("up", "command:true", "", "5s")],
    );
    org.env("SSL_CERT_FILE", "/nowhere.pem");
    let why = "cannot read the certificates in `/nowhere.pem`: no such file or directory";
    let said = |arguments: &[&str], code: i32| {
        let output = ran(&org, arguments);
        let (table, words) = (String::from_utf8(output.stdout).unwrap(), String::from_utf8(output.stderr).unwrap());
        assert_eq!(output.status.code(), Some(code), "{words}");
        let lines = table.lines().map(|line| line.split('\t').take(2).collect::<Vec<_>>().join(" "));
        (lines.collect::<Vec<_>>(), words)
    };
    let (lines, words) = said(&["publish"], 1);
    assert_eq!(lines, ["plain verified", "safe unseen", "up published"]);
    assert!(words.ends_with(&format!("error: cannot publish `acme` to `safe`: {why}\n")), "{words}");
    assert!(BuiltSite::read(&org.path("safe/current")).differing(&public(&org)).is_empty());
    let (lines, words) = said(&["publish", "status"], 0);
    assert_eq!(lines, ["plain current", "safe unreachable", "up current"]);
    assert!(words.starts_with(&format!("`safe`: {why}\n")), "{words}");
}

#[test]
fn what_is_published_must_show() {
    let org = busy_org(0);
    let other = serve(&org.path("elsewhere"), |_| Fate::Answered);
    with_targets(&org, "all", &[("main", "dir:../main", &other, "1s")]);
    org.run("publish status").stdout("main\tnever\t-\t-\t-\t-\n").stderr("nothing is built here\n").success();
    org.run("publish").stdout_starts("main\tunseen\t").stderr_matches(|words| words.contains(" within 1 s: status 404\nhint: ")).code(1);
    let status = org.run("publish status --json").json();
    assert_eq!((&status["targets"][0]["health"], &status["targets"][0]["outcome"]), (&"unreachable".into(), &"unseen".into()));

    // A page of another site, and one of another generation.
    org.write("elsewhere/index.html", "<html><head></head></html>");
    org.run("publish").stderr_matches(|words| words.contains("it shows a page that carries no generation\n")).code(1);
    let page = "<html><head><meta name=\"statuary-generation\" content=\"0123456789abcdef\"></head></html>";
    org.write("elsewhere/index.html", page);
    org.run("publish").stderr_matches(|words| words.contains("it shows 0123456789abcdef\n")).code(1);
    let status = org.run("publish status --json").json();
    assert_eq!((&status["targets"][0]["health"], &status["targets"][0]["shown"]), (&"different".into(), &"0123456789abcdef".into()));

    let good = serve(&org.path("main/current"), |_| Fate::Answered);
    with_targets(&org, "all", &[("main", "dir:../main", &good, "60s")]);
    org.run("publish main").stdout_starts("main\tverified\t").success();
    org.run("publish status").stdout_starts("main\tcurrent\t").success();
    org.run("incident open New --service api").success();
    org.run("build --quiet").success();
    org.run("publish status").stdout_starts("main\tbehind\t").success();
}

#[test]
fn an_uploader_is_told_what_changed_and_gets_no_secret_of_ours() {
    let org = busy_org(1);
    org.write("acme/up", "#!/bin/sh\ncat > told\nenv > environment\necho \"up: $1\"\n");
    assert!(std::process::Command::new("chmod").arg("+x").arg(org.path("acme/up")).status().unwrap().success());
    org.write("acme/org.toml", "name = 'Acme'\n[[publish.target]]\nname = 'up'\nto = ['command:./up', 'two words']\n");
    org.env("STATUARY_CLERK_WEBHOOK_SECRET", "CANARY").env("NETLIFY_AUTH_TOKEN", "theirs");
    org.run("publish").stderr_matches(|words| words.contains("`up` says: up: two words\n")).success();
    let told = || std::fs::read_to_string(org.path("acme/told")).unwrap();
    let site = public(&org);
    assert_eq!(told().lines().count(), site.files.len());
    assert!(told().lines().all(|line| line.starts_with("A ")) && told().ends_with("A index.html\n"));
    let environment = std::fs::read_to_string(org.path("acme/environment")).unwrap();
    assert!(environment.contains("NETLIFY_AUTH_TOKEN=theirs") && !environment.contains("CANARY"), "{environment}");
    assert!(environment.contains("STATUARY_ORG=acme\n") && environment.contains("STATUARY_PREVIOUS_GENERATION=\n"));
    org.run("publish").success();
    assert_eq!(told(), "");
    org.run("incident remove 1 --yes").success();
    org.run("publish").success();
    assert!(told().contains("\nM index.html\nD history/") && !told().contains("A "), "{}", told());
}
