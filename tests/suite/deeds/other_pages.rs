//! Moving in from cState and Upptime while they go on: what is imported again is updated and never there twice.

#![expect(clippy::disallowed_methods, reason = "tests arrange files")]

use std::fs;

use serde_json::json;

use super::{acme, status_of};

const ISSUE: &str =
    "---\ntitle: Slow\ndate: 2026-11-20T10:00:00Z\nresolved: false\nseverity: disrupted\naffected: [Mail]\nsection: issue\n---\nSlow.\n";

#[test]
fn a_cstate_site_that_goes_on_is_followed() {
    let org = acme();
    org.write("acme/site/config.yml", "title: Acme\nparams:\n  systems: [Mail]\n").write("acme/site/content/issues/a.md", ISSUE);
    org.write("acme/site/content/issues/b.md", ISSUE.replace("Slow", "Slower").replace("[Mail]", "[]"));
    let report = org.run("import cstate site --json").json();
    assert_eq!((&report["incidents"]["added"], &report["repaired"], &report["refused"]), (&json!(2), &json!([]), &json!([])));
    assert_eq!(status_of(&org, "mail"), "partial_outage");

    let over = ISSUE.replace("resolved: false", "resolved: true\nresolvedWhen: 2026-11-20T11:00:00Z").replace("disrupted", "down");
    org.write("acme/site/content/issues/a.md", over);
    fs::remove_file(org.path("acme/site/content/issues/b.md")).unwrap();
    let report = org.run("import cstate site --json").json();
    assert_eq!(report["incidents"], json!({ "added": 0, "changed": 1, "unchanged": 0 }));
    assert_eq!(report["updates"], json!({ "added": 1, "changed": 1, "unchanged": 0 }));
    assert_eq!(report["closed_by_source"], 1, "the issue whose file is gone");
    assert_eq!(status_of(&org, "mail"), "operational");
    let dump = org.run("export").text();
    org.run("import cstate site").success();
    assert_eq!(org.run("export").text(), dump);

    // What was said later may be taken back in a folder that people edit.
    org.write("acme/site/content/issues/a.md", ISSUE);
    let report = org.run("import cstate site --json").json();
    assert_eq!((&report["incidents"]["changed"], status_of(&org, "mail").as_str()), (&json!(1), "partial_outage"));
}

#[test]
fn a_monitor_that_goes_on_is_followed_and_never_backwards() {
    let org = acme();
    let seen =
        |status: &str, day: u32| format!("status: {status}\nlastUpdated: 2026-11-{day}T10:00:00.000Z\nstartTime: 2026-01-01T00:00:00Z\n");
    org.write("acme/up/.upptimerc.yml", "owner: a\nrepo: b\nsites:\n  - name: Mail\n").write("acme/up/history/mail.yml", seen("down", 20));
    org.run("import upptime up").success();
    assert_eq!(status_of(&org, "mail"), "major_outage");
    org.write("acme/up/history/mail.yml", seen("up", 21));
    org.run("import upptime up").success();
    assert_eq!(status_of(&org, "mail"), "operational");
    org.write("acme/up/history/mail.yml", seen("down", 19));
    let report = org.run("import upptime up --json").json();
    assert_eq!((&report["services"]["added"], status_of(&org, "mail").as_str()), (&json!(0), "operational"));
}
