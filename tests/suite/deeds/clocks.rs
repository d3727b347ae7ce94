//! Clocks that skip, repeat, leap, run past what 32 bits hold, and are set back: order and lengths stay those of the time that passed.

use std::io::Write;
use std::path::Path;
use std::process::Output;

use serde_json::{Value, json};

use super::status_of;
use crate::test_org::TestOrg;

/// An organization in Berlin with the service `api` since 2026, at this moment.
fn berlin(now: &str) -> TestOrg {
    let org = TestOrg::empty();
    org.clock(now).write("acme/org.toml", "name = 'Acme'\ntime_zone = 'Europe/Berlin'\n").enter("acme");
    org.run("service add api --name API --at 2026-01-01T00:00:00Z").success();
    org
}

/// Seconds of the window and of major outage in it.
fn seconds(org: &TestOrg, from: &str, until: &str) -> (Value, Value) {
    let report = org.run(&format!("uptime api --from '{from}' --until '{until}' --json")).json();
    (report["rows"][0]["window_seconds"].clone(), report["rows"][0]["major_seconds"].clone())
}

#[test]
fn outages_last_as_long_as_the_time_that_passed() {
    let org = berlin("2038-01-20T00:00:00Z");
    for (from, until, lost, (start, end, window)) in [
        // An hour is skipped: from half past one to half past three in one hour.
        ("2026-03-29 01:30", "2026-03-29 03:30", 3600, ("2026-03-29", "2026-03-30", 82_800)),
        // An hour comes twice: from half past two to half past two in one hour, to half past three in two.
        ("2026-10-25T02:30+02:00", "2026-10-25T02:30+01:00", 3600, ("2026-10-25", "2026-10-26", 90_000)),
        ("2027-10-31 02:30", "2027-10-31 03:30", 7200, ("2027-10-31", "2027-11-01", 90_000)),
        // A leap day, and a February without one.
        ("2028-02-28 23:30", "2028-03-01 00:30", 90_000, ("2028-02-28", "2028-03-02", 259_200)),
        ("2027-02-28 23:30", "2027-03-01 00:30", 3600, ("2027-02-28", "2027-03-02", 172_800)),
        // Past the last second that 32 bits can count.
        ("2038-01-19T03:14:00Z", "2038-01-19T03:15:00Z", 60, ("2038-01-19", "2038-01-20", 86_400)),
    ] {
        let number = org.run(&format!("incident open Outage --service api=major --at '{from}' --json")).json()["number"].clone();
        org.run(&format!("incident resolve {number} --at '{until}'")).success();
        assert_eq!(seconds(&org, start, end), (json!(window), json!(lost)), "from {from} until {until}");
        let shown = org.run(&format!("incident show {number} --json")).json();
        let moment = |value: &Value| value.as_str().unwrap().parse::<chrono::DateTime<chrono::Utc>>().unwrap();
        let passed = moment(&shown["resolved_at"]) - moment(&shown["started_at"]);
        assert_eq!(passed.num_seconds(), lost, "from {from} until {until}");
    }
    org.run("build").success();
}

#[test]
fn days_are_as_long_as_they_are() {
    for (now, length) in [("2026-03-29", 23), ("2026-10-25", 25), ("2028-02-29", 24), ("2038-01-19", 24), ("2026-11-22", 24)] {
        let org = berlin(&format!("{now}T12:00:00Z"));
        let next = org.run("next --json").json()["next"].as_str().unwrap().parse::<chrono::DateTime<chrono::Utc>>().unwrap();
        let explained = org.run("uptime explain api --days 1 --json").json();
        let began = explained["from"].as_str().unwrap().parse::<chrono::DateTime<chrono::Utc>>().unwrap();
        assert_eq!((next - began).num_hours(), length, "{now}");
    }
}

/// The moments and texts of an incident's updates.
fn told(org: &TestOrg) -> Vec<(String, String)> {
    let shown = org.run("incident show 1 --json").json();
    let updates = shown["updates"].as_array().unwrap();
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    updates.iter().map(|update| (text(&update["display_at"]), text(&update["body"]))).collect()
}

#[test]
fn a_clock_set_back_an_hour_keeps_order_and_length() {
    let org = berlin("2026-11-22T12:00:00Z");
    org.run("incident open Outage --service api=major --message 1").success();
    org.clock("2026-11-22T11:00:10Z").run("incident update 1 --message 2").success();
    org.clock("2026-11-22T11:30:00Z").run("incident update 1 --message 3").success();
    org.clock("2026-11-22T12:05:00Z").run("incident resolve 1 --message 4").success();
    let noon = "2026-11-22T12:00:00Z";
    let expected = [(noon, "1"), (noon, "2"), (noon, "3"), ("2026-11-22T12:05:00Z", "4")];
    assert_eq!(told(&org), expected.map(|(at, body)| (at.to_owned(), body.to_owned())));
    org.clock("2026-11-22T13:00:00Z");
    assert_eq!(seconds(&org, "2026-11-22", "2026-11-22 14:00"), (json!(50_400), json!(300)));
}

#[test]
fn the_status_that_was_said_last_counts_when_a_clock_is_set_back() {
    let org = berlin("2026-11-22T12:00:00Z");
    org.run("service status api major").success();
    org.clock("2026-11-22T11:00:00Z").run("service status api operational").success();
    org.clock("2026-11-22T12:30:00Z");
    assert_eq!(status_of(&org, "api"), "operational");
    // What was dated ahead stays ahead, and so does what a clock said that was wrong altogether.
    org.run("service status api major --at +2h").success();
    org.run("service status api degraded").success();
    assert_eq!(status_of(&org, "api"), "degraded_performance");
    org.clock("2030-01-01T00:00:00Z").run("service status api partial").success();
    org.clock("2026-11-22T12:40:00Z").run("service status api operational").success();
    assert_eq!(status_of(&org, "api"), "operational");
    org.clock("2026-11-22T14:30:00Z");
    assert_eq!(status_of(&org, "api"), "major_outage");
}

/// Where Debian's package `libfaketime` puts what makes a process believe in another time.
const FAKETIME: [&str; 3] = [
    "/usr/lib/x86_64-linux-gnu/faketime/libfaketime.so.1",
    "/usr/lib/aarch64-linux-gnu/faketime/libfaketime.so.1",
    "/usr/lib/faketime/libfaketime.so.1",
];

#[test]
fn the_clock_of_the_system_is_read_as_it_is_and_keeps_order_too() {
    let Some(library) = FAKETIME.iter().find(|path| Path::new(path).exists()) else {
        drop(writeln!(std::io::stderr(), "SKIPPED: the_clock_of_the_system_is_read_as_it_is_and_keeps_order_too: no libfaketime here"));
        return;
    };
    let org = berlin("2026-01-01T00:00:00Z");
    let believing = |moment: &str, arguments: &str| -> Output {
        let mut command = org.command(&shlex::split(arguments).unwrap());
        command.env_remove("STATUARY_NOW").env("TZ", "UTC").env("LD_PRELOAD", library).env("FAKETIME", moment);
        let output = command.output().unwrap();
        assert!(output.status.success(), "{moment}: {arguments}: {output:?}");
        output
    };
    for (moment, command) in [
        ("2026-03-29 00:59:59", "incident open Outage --service api=major --message 1"),
        // The hour that Berlin skips begins; then the clock is an hour behind, and ahead again.
        ("2026-03-29 01:00:01", "incident update 1 --message 2"),
        ("2026-03-29 00:00:01", "incident update 1 --message 3"),
        ("2026-10-25 00:30:00", "incident update 1 --message 4"),
        ("2026-10-25 01:30:00", "incident update 1 --message 5"),
        ("2028-02-29 23:59:59", "incident update 1 --message 6"),
        ("2038-01-19 03:14:07", "incident update 1 --message 7"),
        ("2038-01-19 03:14:08", "incident resolve 1 --message 8"),
    ] {
        believing(moment, command);
    }
    let expected = [
        "2026-03-29T00:59:59Z",
        "2026-03-29T01:00:01Z",
        "2026-03-29T01:00:01Z",
        "2026-10-25T00:30:00Z",
        "2026-10-25T01:30:00Z",
        "2028-02-29T23:59:59Z",
        "2038-01-19T03:14:07Z",
        "2038-01-19T03:14:08Z",
    ];
    org.clock("2038-01-20T00:00:00Z");
    let expected: Vec<_> = expected.iter().zip(1..).map(|(at, number)| ((*at).to_owned(), number.to_string())).collect();
    assert_eq!(told(&org), expected);
    let report = believing("2038-01-19 03:14:09", "uptime api --from 2026-03-29T00:00:00Z --until 2038-01-19T03:14:09Z --json");
    let report: Value = serde_json::from_slice(&report.stdout).unwrap();
    let outage = chrono::DateTime::parse_from_rfc3339("2038-01-19T03:14:08Z").unwrap()
        - chrono::DateTime::parse_from_rfc3339("2026-03-29T00:59:59Z").unwrap();
    assert_eq!(report["rows"][0]["major_seconds"], outage.num_seconds());
}
