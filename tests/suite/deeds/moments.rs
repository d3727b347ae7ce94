//! `--at` on every write: what it means in the organization's zone, and that only what may lie ahead does.

use super::{events, newest_event};
use crate::test_org::TestOrg;

/// An organization in Berlin with the service `api` and one each of everything, at noon UTC.
fn berlin() -> TestOrg {
    let org = TestOrg::empty();
    org.clock("2026-11-22T12:00:00Z").write("acme/org.toml", "name = 'Acme'\ntime_zone = 'Europe/Berlin'\n").enter("acme");
    org.run("service add api --name API --at 2026-01-01").success();
    org
}

/// Every write but those that add the first things, in an order in which each is allowed.
const WRITES: &[&str] = &[
    "group add eu --name Europe",
    "service add web",
    "service edit web --name Web",
    "incident open Draft --draft",
    "incident publish 1",
    "incident open Open --service api",
    "incident update 2 --message x",
    "incident resolve 2",
    "maintenance schedule A --from 20:00 --for 1h",
    "maintenance start 1",
    "maintenance update 1 --message x",
    "maintenance complete 1",
    "maintenance schedule B --from 20:00 --for 1h",
    "maintenance cancel 2",
    "service remove web",
];

#[test]
fn every_write_can_be_backdated_and_none_but_a_status_dated_ahead() {
    let org = berlin();
    for (number, write) in (10..).zip(WRITES) {
        let before = events(&org).len();
        org.run(&format!("{write} --at +1s"))
            .stdout("")
            .stderr(
                "error: `--at` lies ahead: 2026-11-22 13:00:01 CET (+01:00)\n\
                 hint: only `service status` and a maintenance window can be dated ahead\n",
            )
            .code(2);
        assert_eq!(events(&org).len(), before, "{write}");
        let ran = org.run(&format!("{write} --at '2026-11-21 10:{number}'"));
        ran.stderr_starts(&format!("at 2026-11-21 10:{number} CET (+01:00)\n")).success();
        let event = events(&org).pop().unwrap();
        assert_eq!(event["effective_at"], format!("2026-11-21T09:{number}:00Z"), "{write}");
        assert_eq!(event["at"], "2026-11-22T12:00:00Z", "{write}");
    }
    for (at, effective) in [("+1s", "2026-11-22T12:00:01Z"), ("-1s", "2026-11-22T11:59:59Z")] {
        org.run(&format!("service status api major --at {at}")).success();
        assert_eq!(newest_event(&org).2, effective);
    }
}

#[test]
fn moments_are_read_in_the_organizations_zone_and_echoed() {
    let org = berlin();
    for (at, echoed, effective) in [
        ("2026-11-22 12:00", "2026-11-22 12:00 CET (+01:00)", "2026-11-22T11:00:00Z"),
        ("2026-07-22 12:00", "2026-07-22 12:00 CEST (+02:00)", "2026-07-22T10:00:00Z"),
        ("2026-11-22T11:00:00Z", "2026-11-22 12:00 CET (+01:00)", "2026-11-22T11:00:00Z"),
        ("2026-11-22T08:00:00-03:00", "2026-11-22 12:00 CET (+01:00)", "2026-11-22T11:00:00Z"),
        ("2026-11-20", "2026-11-20 00:00 CET (+01:00)", "2026-11-19T23:00:00Z"),
        ("-30m", "2026-11-22 12:30 CET (+01:00)", "2026-11-22T11:30:00Z"),
        ("-90s", "2026-11-22 12:58:30 CET (+01:00)", "2026-11-22T11:58:30Z"),
        ("yesterday 14:00", "2026-11-21 14:00 CET (+01:00)", "2026-11-21T13:00:00Z"),
        ("now", "2026-11-22 13:00 CET (+01:00)", "2026-11-22T12:00:00Z"),
        // Of two moments of this name the first is meant, and the offset says which that is.
        ("2026-10-25 02:30", "2026-10-25 02:30 CEST (+02:00)", "2026-10-25T00:30:00Z"),
        ("2026-10-25T02:30+01:00", "2026-10-25 02:30 CET (+01:00)", "2026-10-25T01:30:00Z"),
    ] {
        org.run(&format!("service status api degraded --at '{at}'"))
            .stderr(&format!("at {echoed}\nset `api` to degraded_performance\n"))
            .success();
        assert_eq!(newest_event(&org).2, effective, "{at}");
    }
}

#[test]
fn moments_that_do_not_exist_are_refused_by_every_write() {
    let org = berlin();
    let before = events(&org).len();
    for write in WRITES.iter().chain(&["service status api major", "import statuspage ."]) {
        org.run(&format!("{write} --at '2026-03-29 02:30'"))
            .stdout("")
            .stderr(
                "error: `2026-03-29 02:30` does not exist in Europe/Berlin, where the clock skips it\n\
                 hint: the next moment that exists is 2026-03-29 03:00 CEST (+02:00)\n",
            )
            .code(2);
    }
    org.run("maintenance schedule x --from '2027-03-28 02:30' --for 1h").code(2);
    org.run("maintenance schedule x --from '2027-03-28 01:30' --until '2027-03-28 02:30'").code(2);
    assert_eq!(events(&org).len(), before);
}

#[test]
fn windows_across_a_change_of_clock_have_their_length_in_time_that_passes() {
    let org = berlin();
    org.run("maintenance schedule Spring --from '2027-03-28 01:30' --for 2h")
        .stderr("from 2027-03-28 01:30 CET (+01:00) until 2027-03-28 04:30 CEST (+02:00)\nscheduled maintenance 1\n")
        .success();
    org.run("maintenance schedule Autumn --from '2026-10-25 02:30' --until '2026-10-25 03:30'")
        .stderr("from 2026-10-25 02:30 CEST (+02:00) until 2026-10-25 03:30 CET (+01:00)\nscheduled maintenance 2\n")
        .success();
    let shown = org.run("maintenance show 2 --json").json();
    assert_eq!((&shown["scheduled_for"], &shown["scheduled_until"]), (&"2026-10-25T00:30:00Z".into(), &"2026-10-25T02:30:00Z".into()));
}

#[test]
fn days_follow_the_organizations_zone() {
    let org = berlin();
    org.clock("2026-11-22T22:59:59Z").run("next").stdout("2026-11-22T23:00:00Z\ta new day begins in Europe/Berlin\n").success();
    org.clock("2026-10-25T12:00:00Z");
    let day = org.run("uptime explain api --days 1 --json").json();
    assert_eq!((&day["from"], &day["window_seconds"]), (&"2026-10-24T22:00:00Z".into(), &50_400.into()));
}

#[test]
fn the_environment_says_what_counts_as_now() {
    let org = berlin();
    org.clock("2038-01-19T03:14:08+00:00").run("service status api major").success();
    assert_eq!(newest_event(&org).2, "2038-01-19T03:14:08Z");
    org.clock("2028-02-29T23:30:00+05:30").run("incident open Leap").success();
    assert_eq!(newest_event(&org).2, "2028-02-29T18:00:00Z");
}

/// Times at which a clock is wrong, or jumps: an hour back, a year ahead, into the hour the clock skips and into the one it repeats,
/// past the end of 32-bit seconds, to a leap day and to a century without one; and back to the beginning of time.
const JUMPS: &[&str] = &[
    "2026-11-22T12:00:00Z",
    "2026-11-22T11:00:00Z",
    "2027-11-22T12:00:00Z",
    "2026-11-22T12:00:01Z",
    "2026-03-29T01:30:00Z",
    "2026-10-25T00:30:00Z",
    "2026-10-25T01:30:00Z",
    "2038-01-19T03:14:07Z",
    "2038-01-19T03:14:08Z",
    "2028-02-29T23:59:59Z",
    "2100-02-28T23:59:59.999Z",
    "1970-01-01T00:00:00Z",
];

#[test]
fn a_clock_that_jumps_reorders_no_update_and_loses_none() {
    let org = berlin();
    org.run("incident open Jumping --service api --message 0").success();
    org.run("maintenance schedule Long --from '2026-11-22 14:00' --for 2h --no-auto-start --message 0").success();
    for (number, now) in (1..).zip(JUMPS) {
        org.clock(now);
        org.run(&format!("incident update 1 --message {number}")).success();
        org.run(&format!("maintenance update 1 --message {number}")).success();
    }
    // Whatever the clock says afterwards, and in whatever form it is read.
    for now in ["2026-11-22T12:00:00Z", "1999-12-31T23:59:59Z", "2100-03-01T00:00:00Z"] {
        org.clock(now);
        for thing in ["incident", "maintenance"] {
            let shown = org.run(&format!("{thing} show 1 --json")).json();
            let updates = shown["updates"].as_array().unwrap();
            let bodies: Vec<_> = updates.iter().map(|update| update["body"].as_str().unwrap().to_owned()).collect();
            let expected: Vec<_> = (0..=JUMPS.len()).map(|number| number.to_string()).collect();
            assert_eq!(bodies, expected, "{thing} at {now}");
            let moments: Vec<chrono::DateTime<chrono::Utc>> =
                updates.iter().map(|update| update["display_at"].as_str().unwrap().parse().unwrap()).collect();
            assert!(moments.is_sorted(), "{thing} at {now}: {moments:?}");
        }
        for words in ["status", "log", "next", "uptime", "uptime explain api", "incident list --all", "maintenance list", "build"] {
            org.run(words).success();
        }
        org.run("build --force").success();
    }
    // The log stands in the order in which things were done, and says what the clock said then.
    let log = events(&org);
    let seqs: Vec<_> = log.iter().map(|event| event["seq"].as_i64().unwrap()).collect();
    assert!(seqs.is_sorted_by(|one, other| one < other));
    let said: Vec<_> =
        log.iter().filter(|event| event["kind"] == "incident.updated").map(|event| event["at"].as_str().unwrap().to_owned()).collect();
    assert_eq!(said, JUMPS);
    // What programs read has the newest first.
    org.clock("2100-03-01T00:00:00Z").run("build").success();
    let id = org.run("incident show 1 --json").json()["id"].as_str().unwrap().to_owned();
    let document = std::fs::read_to_string(org.path(&format!("acme/public/api/v2/incidents/{id}.json"))).unwrap();
    let document: serde_json::Value = serde_json::from_str(&document).unwrap();
    let bodies: Vec<_> =
        document["incident"]["incident_updates"].as_array().unwrap().iter().map(|update| update["body"].as_str().unwrap()).collect();
    let expected: Vec<_> = (0..=JUMPS.len()).rev().map(|number| format!("<p>{number}</p>")).collect();
    assert_eq!(bodies, expected);
}

#[test]
fn windows_at_the_edges_of_the_calendar_have_their_length() {
    let org = berlin();
    org.clock("2025-01-01T00:00:00Z");
    for (number, (from, length, scheduled_for, scheduled_until)) in (1..).zip([
        // Over the hour that is skipped, and over the one that comes twice.
        ("2026-03-29 01:00", "24h", "2026-03-29T00:00:00Z", "2026-03-30T00:00:00Z"),
        ("2026-10-25 01:30", "2h", "2026-10-24T23:30:00Z", "2026-10-25T01:30:00Z"),
        ("2026-10-25T02:30+01:00", "1h", "2026-10-25T01:30:00Z", "2026-10-25T02:30:00Z"),
        ("2038-01-19 04:00", "1h", "2038-01-19T03:00:00Z", "2038-01-19T04:00:00Z"),
        ("2028-02-28 23:30", "24h", "2028-02-28T22:30:00Z", "2028-02-29T22:30:00Z"),
        ("2028-02-29 23:30", "1h", "2028-02-29T22:30:00Z", "2028-02-29T23:30:00Z"),
    ]) {
        org.run(&format!("maintenance schedule x --from '{from}' --for {length} --service api")).success();
        let shown = org.run(&format!("maintenance show {number} --json")).json();
        let window = (shown["scheduled_for"].as_str().unwrap(), shown["scheduled_until"].as_str().unwrap());
        assert_eq!(window, (scheduled_for, scheduled_until), "from {from} for {length}");
    }
    // By the wall clock a day with 23 hours, and one with 25.
    for (number, (from, until, hours)) in
        (7..).zip([("2026-03-29 00:00", "2026-03-30 00:00", 23), ("2026-10-25 00:00", "2026-10-26 00:00", 25)])
    {
        org.run(&format!("maintenance schedule x --from '{from}' --until '{until}'")).success();
        let shown = org.run(&format!("maintenance show {number} --json")).json();
        let moment = |name: &str| shown[name].as_str().unwrap().parse::<chrono::DateTime<chrono::Utc>>().unwrap();
        assert_eq!((moment("scheduled_until") - moment("scheduled_for")).num_hours(), hours, "from {from} until {until}");
    }
    org.run("build").success();
}
