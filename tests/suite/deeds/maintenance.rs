//! Maintenance: announced, run by the clock or by hand, done.

use serde_json::{Value, json};

use super::{acme, events, id_of, newest_event, only_utc, status_of, verdict};
use crate::test_org::TestOrg;

fn state(org: &TestOrg, maintenance: &str) -> String {
    org.run(&format!("maintenance show {maintenance} --json")).json()["status"].as_str().unwrap().to_owned()
}

#[test]
fn by_the_clock_it_starts_and_finishes() {
    let org = acme();
    org.clock("2026-11-22T12:00:00Z");
    let text = org
        .run("maintenance schedule 'New disks' --from 14:00 --for 2h --service api --message 'Reads go on.'")
        .stderr("from 2026-11-22 14:00 UTC (+00:00) until 2026-11-22 16:00 UTC (+00:00)\nscheduled maintenance 1\n")
        .text();
    let id = text.trim();
    org.run("maintenance list").stdout(&format!("1\t{id}\tscheduled\t2026-11-22T14:00:00Z\t2026-11-22T16:00:00Z\tNew disks\n")).success();
    org.run("next").stdout("2026-11-22T14:00:00Z\tmaintenance New disks becomes in_progress\n").success();
    for (now, expected, service, says) in [
        ("2026-11-22T13:59:59Z", "scheduled", "operational", "all services operational"),
        ("2026-11-22T14:00:00Z", "in_progress", "under_maintenance", "maintenance of API"),
        ("2026-11-22T15:59:59Z", "in_progress", "under_maintenance", "maintenance of API"),
        ("2026-11-22T16:00:00Z", "completed", "operational", "all services operational"),
    ] {
        org.clock(now);
        assert_eq!((state(&org, id).as_str(), status_of(&org, "api").as_str(), verdict(&org).as_str()), (expected, service, says), "{now}");
    }
    let shown = org.run("maintenance show 1 --json").json();
    only_utc(&shown);
    assert_eq!((&shown["began_at"], &shown["completed_at"]), (&json!("2026-11-22T14:00:00Z"), &json!("2026-11-22T16:00:00Z")));
    org.run("maintenance show 1")
        .stdout(&format!(
            "title\tNew disks\nstatus\tcompleted\nid\t{id}\nnumber\t1\nfrom\t2026-11-22T14:00:00Z\nuntil\t2026-11-22T16:00:00Z\n\
             began\t2026-11-22T14:00:00Z\ncompleted\t2026-11-22T16:00:00Z\nservices\tapi\n\
             update\t1\t2026-11-22T12:00:00Z\tscheduled\t-\tReads go on.\n"
        ))
        .success();
    assert_eq!(org.run("uptime api --days 1 --json").json()["rows"][0]["uptime"], "100.0");
}

#[test]
fn by_hand_it_waits_for_people() {
    let org = acme();
    org.clock("2026-11-22T12:00:00Z")
        .run("maintenance schedule x --from +1h --until +2h --service api --no-auto-start --no-auto-finish")
        .success();
    let shown = org.run("maintenance show 1").text();
    assert!(
        shown.contains(
            "\nstarts\tby hand, with `statuary maintenance start 1`\nfinishes\tby hand, with `statuary maintenance complete 1`\n"
        ),
        "{shown}"
    );
    org.clock("2026-11-22T15:00:00Z");
    assert_eq!((state(&org, "1").as_str(), status_of(&org, "api").as_str()), ("scheduled", "operational"));
    org.run("maintenance start 1 --message 'Here we go.'").stdout("").stderr("started maintenance 1\n").success();
    assert_eq!((state(&org, "1").as_str(), status_of(&org, "api").as_str()), ("in_progress", "under_maintenance"));
    org.run("maintenance update 1 --status verifying").stderr("updated maintenance 1, now verifying\n").success();
    assert_eq!(status_of(&org, "api"), "under_maintenance");
    org.clock("2026-11-22T16:00:00Z")
        .run("maintenance complete 1 --at -30m")
        .stderr("at 2026-11-22 15:30 UTC (+00:00)\ncompleted maintenance 1\n")
        .success();
    assert_eq!(status_of(&org, "api"), "operational");
    let shown = org.run("maintenance show 1 --json").json();
    assert_eq!((&shown["began_at"], &shown["completed_at"]), (&json!("2026-11-22T15:00:00Z"), &json!("2026-11-22T15:30:00Z")));
    let last = shown["updates"].as_array().unwrap().last().unwrap();
    assert_eq!((&last["status"], &last["affected"][0]["new_status"]), (&json!("completed"), &json!("operational")));
    let kinds: Vec<Value> = events(&org).into_iter().skip(4).map(|event| event["kind"].clone()).collect();
    assert_eq!(kinds, ["maintenance.scheduled", "maintenance.started", "maintenance.updated", "maintenance.completed"]);
}

#[test]
fn it_can_start_early_end_early_or_be_called_off() {
    let org = acme();
    org.clock("2026-11-22T12:00:00Z");
    for _ in 0..3 {
        org.run("maintenance schedule x --from +1h --for 1h --service api").success();
    }
    org.run("maintenance start 1").success();
    assert_eq!(status_of(&org, "api"), "under_maintenance");
    org.clock("2026-11-22T12:10:00Z").run("maintenance complete 1").success();
    assert_eq!(status_of(&org, "api"), "operational");
    org.run("maintenance cancel 2 --message 'Not needed.'").stderr("cancelled maintenance 2\n").success();
    assert_eq!(newest_event(&org).0, "maintenance.cancelled");
    org.clock("2026-11-22T13:10:00Z");
    assert_eq!(status_of(&org, "api"), "under_maintenance");
    org.run("maintenance cancel 3").success();
    assert_eq!(status_of(&org, "api"), "operational");
    assert_eq!(["1", "2", "3"].map(|number| state(&org, number)), ["completed", "cancelled", "cancelled"]);
}

#[test]
fn a_window_may_lie_in_the_past_and_a_status_by_hand_during_it_counts() {
    let org = acme();
    org.clock("2026-11-22T12:00:00Z").run("maintenance schedule x --from -1h --until +1h --service api --at -1d").success();
    assert_eq!(status_of(&org, "api"), "under_maintenance");
    org.run("service status api major --at -30m").success();
    assert_eq!(status_of(&org, "api"), "major_outage");
    org.run("incident open y --service web=major").success();
    assert_eq!(verdict(&org), "major outage of all services");
    org.run("maintenance schedule past --from -3h --for 1h --service web").success();
    assert_eq!(state(&org, "2"), "completed");
}

#[test]
fn what_a_rule_refuses_changes_nothing() {
    let org = acme();
    org.clock("2026-11-22T12:00:00Z");
    org.run("maintenance schedule done --from -2h --for 1h --at -1d").success();
    org.run("maintenance schedule now --from -1h --for 2h --service api --at -1d").success();
    org.run("maintenance schedule later --from +1h --for 2h --service api").success();
    let before = events(&org).len();
    for (command, words, code) in [
        ("maintenance start 1", "error: maintenance `1` is already completed\nhint: schedule another one\n", 4),
        ("maintenance complete 1", "error: maintenance `1` is already completed\nhint: schedule another one\n", 4),
        ("maintenance cancel 1", "error: maintenance `1` is already completed\nhint: schedule another one\n", 4),
        ("maintenance update 1 --status verifying", "error: maintenance `1` is already completed\nhint: schedule another one\n", 4),
        (
            "maintenance start 2",
            "error: maintenance `2` is already in progress\nhint: say more with `statuary maintenance update 2 --message …`\n",
            4,
        ),
        (
            "maintenance update 2 --status scheduled",
            "error: maintenance `2` has begun already\nhint: cancel it and schedule another one\n",
            4,
        ),
        (
            "maintenance start 3 --at -1h",
            "error: maintenance `3` has a newer update, of 2026-11-22 12:00 UTC (+00:00)\nhint: give an `--at` that is not before it\n",
            4,
        ),
        (
            "maintenance cancel 3 --at -1h",
            "error: maintenance `3` has a newer update, of 2026-11-22 12:00 UTC (+00:00)\nhint: give an `--at` that is not before it\n",
            4,
        ),
        ("maintenance update 3", "error: nothing to say\nhint: give a `--message` or a `--status`\n", 2),
        ("maintenance show 9", "error: no maintenance `9`\nhint: list them with `statuary maintenance list`\n", 3),
        ("maintenance start 9", "error: no maintenance `9`\nhint: list them with `statuary maintenance list`\n", 3),
        (
            "maintenance schedule x --from +2h --until +1h",
            "error: the maintenance ends before it starts\nhint: give an `--until` after `--from`, or a length with `--for`\n",
            2,
        ),
        ("maintenance schedule '' --from +2h --for 1h", "error: the title is empty\n", 2),
        ("maintenance schedule x --from +2h --for 1h --service apy", "error: no service `apy`\nhint: did you mean `api`?\n", 3),
        ("maintenance schedule x --from +2h --for 1h --service api --service api", "error: service `api` is named twice\n", 2),
        ("maintenance schedule x --from +2h --for 99999y", "error: `99999y` is too long\n", 2),
    ] {
        org.run(command).stdout("").stderr(words).code(code);
    }
    assert_eq!(events(&org).len(), before);
    org.run("maintenance update 1 --message 'It went well.'").stderr("updated maintenance 1, now completed\n").success();
}

#[test]
fn lists_are_by_window_newest_first() {
    let org = acme();
    org.clock("2026-11-22T12:00:00Z");
    for from in ["+2h", "+1h", "+3h"] {
        id_of(&org, &format!("maintenance schedule 'in {from}' --from {from} --for 1h"));
    }
    let titles: Vec<String> =
        org.run("maintenance list").text().lines().map(|line| line.split('\t').next_back().unwrap().to_owned()).collect();
    assert_eq!(titles, ["in +3h", "in +2h", "in +1h"]);
    let listed = org.run("maintenance list --json").json();
    only_utc(&listed);
    assert_eq!(listed["maintenances"].as_array().map(Vec::len), Some(3));
    assert_eq!(listed["maintenances"][0]["auto_start"], true);
}

#[test]
fn a_message_that_is_given_says_something() {
    let org = acme();
    org.clock("2026-11-22T12:00:00Z").run("maintenance schedule x --from 14:00 --for 2h").success();
    let before = events(&org).len();
    for command in [
        "maintenance schedule y --from 14:00 --for 2h --message ''",
        "maintenance update 1 --message ' '",
        "maintenance start 1 --message -",
        "maintenance complete 1 --file -",
        "maintenance cancel 1 --message ''",
    ] {
        org.run(command)
            .stdout("")
            .stderr("error: the message is empty\nhint: give its text with `--message` or `--file`, or leave both out\n")
            .code(2);
    }
    assert_eq!(events(&org).len(), before);
}
