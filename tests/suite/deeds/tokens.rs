//! `statuary token`: a secret is told once, lets somebody in until it is revoked, and is never undone.

use std::fs;

use chrono::{DateTime, TimeDelta, Utc};
use statuary::domain::{Right, Secret};
use statuary::ops::token::{Holder, authenticate};
use statuary::ops::{Deed, Org, token, undo};

use super::{acme, events, only_utc};
use crate::fresh_org::{FreshOrg, at};
use crate::test_org::TestOrg;

fn now() -> DateTime<Utc> {
    at("2026-11-22T12:00:00Z")
}

fn create(org: &mut Org, name: &str, role: &str) -> String {
    let options = token::CreateToken { name: name.parse().unwrap(), role: role.parse().unwrap() };
    token::create(org, &options, &Deed::new("ann", now())).unwrap().secret.reveal().to_owned()
}

fn who(org: &Org, secret: &str) -> Option<Holder> {
    authenticate(org, secret, now()).unwrap()
}

#[test]
fn a_token_is_told_once_and_listed_without_its_secret() {
    let org = TestOrg::new();
    let secret = org
        .run("token create 'CI deploy' --role editor")
        .stderr("created token 1 `CI deploy`, editor\nhint: this is the only time it is shown; give it to the program that needs it now\n")
        .text();
    assert!(secret.ends_with('\n') && Secret::is_one(secret.trim_end()), "{secret}");
    let made = org.run("--quiet token create grafana --role viewer --json").stderr("").json();
    only_utc(&made);
    assert!(Secret::is_one(made["secret"].as_str().unwrap()));
    assert_eq!((&made["number"], &made["name"], &made["role"]), (&2.into(), &"grafana".into(), &"viewer".into()));
    org.run("token revoke grafana").stdout("").stderr("revoked token 2 `grafana`\n").success();
    org.run("token list").stdout("1\teditor\t2026-11-22T10:00:00Z\ttester\t-\t-\tCI deploy\n").stderr("").success();
    org.run("token list --all")
        .stdout(
            "1\teditor\t2026-11-22T10:00:00Z\ttester\t-\t-\tCI deploy\n\
             2\tviewer\t2026-11-22T10:01:00Z\ttester\t-\t2026-11-22T10:02:00Z\tgrafana\n",
        )
        .success();
    let all = org.run("token list --all --json").json();
    only_utc(&all);
    assert_eq!(all["tokens"][1]["revoked_at"], "2026-11-22T10:02:00Z");
    assert!(all["tokens"][0].get("secret").is_none() && all["tokens"][0].get("hash").is_none());
}

#[test]
fn what_cannot_be_is_refused_and_changes_nothing() {
    let org = TestOrg::new();
    org.run("token create deploy --role editor").success();
    org.run("token create gone --role editor").success();
    org.run("token revoke gone").success();
    let before = events(&org).len();
    for (command, words, code) in [
        (
            "token create deploy --role viewer",
            "error: there is a token `deploy` already\nhint: choose another name, or revoke that one first\n",
            4,
        ),
        ("token create x --role root", "error: `root` is not a role\nhint: one of viewer, editor, admin\n", 2),
        ("token create x", "error: missing `--role <ROLE>`\nhint: see `statuary token create --help`\n", 2),
        (
            "token create '' --role viewer",
            "error: a token's name is 1 to 64 characters on one line\nhint: see `statuary token create --help`\n",
            2,
        ),
        ("token revoke deplyo", "error: no token `deplyo`\nhint: did you mean `deploy`?\n", 3),
        ("token revoke gone", "error: token `gone` is already revoked\n", 4),
        ("token revoke statuary_abc", "error: this is a token, and not the name of one\nhint: `statuary token list` names them\n", 2),
    ] {
        org.run(command).stdout("").stderr_starts(words.split("\nhint: see").next().unwrap()).code(code);
    }
    assert_eq!(events(&org).len(), before);
    // A name is free again once its token is revoked.
    org.run("token create gone --role viewer").success();
}

#[test]
fn both_deeds_are_events_without_a_secret_and_are_never_taken_back() {
    let org = acme();
    let secret = org.run("token create deploy --role editor").text();
    let created = events(&org).pop().unwrap();
    assert_eq!((&created["kind"], &created["sentence"]), (&"token.created".into(), &"created token deploy, editor".into()));
    assert_eq!((&created["before"], &created["after"]), (&serde_json::Value::Null, &serde_json::Value::Null));
    org.run("undo")
        .stderr(
            "error: cannot take back `created token deploy, editor`: it may be in use\n\
             hint: revoke it with `statuary token revoke NAME`; `statuary token list` names them\n",
        )
        .code(4);
    org.run("token revoke deploy").success();
    let revoked = events(&org).pop().unwrap();
    assert_eq!((&revoked["kind"], &revoked["sentence"]), (&"token.revoked".into(), &"revoked token deploy".into()));
    org.run("undo")
        .stderr(
            "error: cannot take back `revoked token deploy`: its secret is gone for good\n\
             hint: make another one with `statuary token create`\n",
        )
        .code(4);
    org.run("token list").stdout("").success();
    let log = org.run("log --limit 1000 --json").text();
    assert!(!log.contains(secret.trim_end()));
    org.run("build --quiet").success();
    let stream = fs::read_to_string(org.path("acme/public/events.sse")).unwrap();
    assert!(!stream.contains("token"), "{stream}");
}

#[test]
fn a_token_lets_somebody_in_until_it_is_revoked_and_only_here() {
    let mut fresh = FreshOrg::new("acme", now());
    let other = FreshOrg::new("globex", now());
    let secret = create(&mut fresh.org, "deploy", "editor");
    let holder = who(&fresh.org, &secret).unwrap();
    assert_eq!((holder.name.as_str(), holder.number, holder.actor().as_str()), ("deploy", 1, "token deploy"));
    assert!(holder.may(Right::Tell) && !holder.may(Right::Administer));
    assert_eq!(who(&other.org, &secret), None);
    let one_off = format!("{}x", &secret[..secret.len() - 1]);
    for wrong in ["", "deploy", "statuary_", one_off.as_str(), &secret.to_uppercase(), &format!("{secret} "), &"x".repeat(100_000)] {
        assert_eq!(who(&fresh.org, wrong), None);
    }
    token::revoke(&mut fresh.org, "deploy", &Deed::new("ann", now())).unwrap();
    assert_eq!(who(&fresh.org, &secret), None);
    assert!(undo::undo(&mut fresh.org, &Deed::new("ann", now())).is_err());
    assert_eq!(who(&fresh.org, &secret), None);
}

#[test]
fn its_last_use_is_kept_to_the_minute_without_an_event() {
    let mut fresh = FreshOrg::new("acme", now());
    let secret = create(&mut fresh.org, "deploy", "viewer");
    let seen = |org: &Org, seconds: i64| {
        assert!(authenticate(org, &secret, now() + TimeDelta::seconds(seconds)).unwrap().is_some());
        token::list(org, false).unwrap()[0].last_used_at.map(|last| (last - now()).num_seconds())
    };
    let events = |org: &Org| statuary::ops::overview::log(org, None, 100).unwrap().events.len();
    let before = events(&fresh.org);
    for (seconds, kept) in [(5, 5), (30, 5), (64, 5), (65, 65), (10, 65), (4000, 4000)] {
        assert_eq!(seen(&fresh.org, seconds), Some(kept), "{seconds}");
    }
    assert_eq!(events(&fresh.org), before);
    // Whoever holds the file keeps nobody out.
    let holder = rusqlite::Connection::open(fresh.org.folder.database()).unwrap();
    holder.execute_batch("BEGIN IMMEDIATE").unwrap();
    assert_eq!(seen(&fresh.org, 8000), Some(4000));
    holder.execute_batch("ROLLBACK").unwrap();
    assert_eq!(seen(&fresh.org, 8001), Some(8001));
}

#[test]
fn tokens_stay_where_they_are_made_and_copies_have_them() {
    let mut fresh = FreshOrg::new("acme", now());
    let secret = create(&mut fresh.org, "deploy", "viewer");
    let copy = fresh.path("copy.db");
    statuary::ops::backup::backup(&fresh.org, &copy).unwrap();
    let dump = fresh.dump();
    assert!(dump.contains("created token deploy, viewer") && !dump.contains(&secret), "the log says so, and no more");
    let file = fresh.path("dump.json");
    crate::fresh_org::write(&file, &dump);
    let mut other = FreshOrg::new("globex", now());
    let deed = Deed::new("ann", now());
    statuary::ops::import::dump(&mut other.org, &file, false, &deed).unwrap();
    assert_eq!((who(&other.org, &secret), token::list(&other.org, true).unwrap().len()), (None, 0));
    assert_eq!(other.dump(), dump);
    // A dump's log would take the place of the one that says who made the tokens.
    let mut third = FreshOrg::new("third", now());
    create(&mut third.org, "deploy", "viewer");
    let error = statuary::ops::import::dump(&mut third.org, &file, false, &deed).unwrap_err();
    assert_eq!(error.to_string(), "`third` has tokens already");
    // A backup lets in whoever was let in.
    crate::fresh_org::write(&third.org.folder.database(), fs::read(&copy).unwrap());
    third.reopen();
    assert_eq!(who(&third.org, &secret).map(|holder| holder.number), Some(1));
}
