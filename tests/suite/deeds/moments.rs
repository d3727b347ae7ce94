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
                "error: `--at` lies ahead: 2026-11-22T12:00:01Z\n\
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
