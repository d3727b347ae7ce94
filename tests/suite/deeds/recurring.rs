//! `--repeat`: what is said and echoed, and how dates are called.

use crate::test_org::TestOrg;

/// An organization in Berlin with the service `api`, on the first of December.
fn berlin() -> TestOrg {
    let org = TestOrg::empty();
    org.clock("2026-12-01T12:00:00Z").write("acme/org.toml", "name = 'Acme'\ntime_zone = 'Europe/Berlin'\n").enter("acme");
    org.run("service add api --name API").success();
    org
}

const WEEKLY: &str = "maintenance schedule Updates --from '2027-03-23 02:30' --for 2h --service api --repeat 'FREQ=WEEKLY;BYDAY=TU'";

#[test]
fn the_rule_and_the_next_dates_are_echoed_with_their_offsets() {
    let org = berlin();
    let sunday = "maintenance schedule Updates --from '2027-03-21 02:30' --for 1h --repeat 'rrule:byday=su;freq=weekly'";
    org.run(sunday)
        .stderr(
            "repeats FREQ=WEEKLY;BYDAY=SU in Europe/Berlin\n\
             from 2027-03-21 02:30 CET (+01:00) until 2027-03-21 03:30 CET (+01:00)\n\
             from 2027-03-28 03:30 CEST (+02:00) until 2027-03-28 04:30 CEST (+02:00)\n\
             from 2027-04-04 02:30 CEST (+02:00) until 2027-04-04 03:30 CEST (+02:00)\n\
             scheduled maintenance 1\n",
        )
        .success();
    // The first date is the first that the rule means.
    org.run("maintenance schedule Wednesdays --from '2026-12-01 20:00' --for 1h --repeat 'FREQ=WEEKLY;BYDAY=WE;COUNT=1'")
        .stderr(
            "repeats FREQ=WEEKLY;COUNT=1;BYDAY=WE in Europe/Berlin\n\
             from 2026-12-02 20:00 CET (+01:00) until 2026-12-02 21:00 CET (+01:00)\n\
             scheduled maintenance 2\n",
        )
        .success();
    // Dates that are further ahead than a year are echoed, although they are not told yet.
    org.run("maintenance schedule Leap --from '2028-02-29 10:00' --for 1h --repeat yearly")
        .stderr(
            "repeats FREQ=YEARLY in Europe/Berlin\n\
             from 2028-02-29 10:00 CET (+01:00) until 2028-02-29 11:00 CET (+01:00)\n\
             from 2032-02-29 10:00 CET (+01:00) until 2032-02-29 11:00 CET (+01:00)\n\
             from 2036-02-29 10:00 CET (+01:00) until 2036-02-29 11:00 CET (+01:00)\n\
             scheduled maintenance 3\n",
        )
        .success();
    org.run("maintenance cancel 3").stderr("cancelled maintenance 3\n").success();
}

#[test]
fn a_series_is_not_made_a_single_date_but_ends() {
    let org = berlin();
    org.run(WEEKLY).success();
    let before = org.run("maintenance show 1").text();
    for none in ["none", "never"] {
        let why = format!("`{}` is no `NAME=VALUE`", none.to_uppercase());
        let hint = "where 1 repeats, end that with `--repeat` and a last day, as in `FREQ=WEEKLY;UNTIL=20261231`, or call off all that is to come: \
                    see `statuary maintenance cancel --help`";
        org.run(&format!("maintenance edit 1 --repeat {none}"))
            .stderr(&format!("error: `--repeat` cannot be `{none}`: {why}\nhint: {hint}\n"))
            .code(2);
    }
    assert_eq!(org.run("maintenance show 1").text(), before);
    org.run("maintenance edit 1 --repeat 'FREQ=WEEKLY;UNTIL=20270330'").success();
    let series = org.run("maintenance show 1 --json").json();
    let next: Vec<&str> = series["repeat"]["next"].as_array().unwrap().iter().map(|date| date["day"].as_str().unwrap()).collect();
    assert_eq!(next, ["2027-03-23", "2027-03-30"]);
}

#[test]
fn what_cannot_repeat_names_the_flag_and_changes_nothing() {
    let org = berlin();
    let hint = "hint: say `daily`, `weekly`, `monthly`, `yearly`, or a rule such as `FREQ=WEEKLY;BYDAY=TU`\n";
    for (rule, why) in [
        ("FREQ=SECONDLY", "`SECONDLY` is more often than daily, and rules run from daily on"),
        ("FREQ=MINUTELY;COUNT=1000000000", "`MINUTELY` is more often than daily, and rules run from daily on"),
        ("FREQ=DAILY;BYHOUR=0,1,2", "`BYHOUR` is not for maintenance: the time of day is that of its start"),
        ("DTSTART:20260101T000000Z", "it names a start or a zone, which are those of the maintenance"),
        ("sometimes", "`SOMETIMES` is no `NAME=VALUE`"),
    ] {
        org.run(&format!("maintenance schedule A --from 20:00 --for 1h --repeat '{rule}'"))
            .stdout("")
            .stderr(&format!("error: `--repeat` cannot be `{rule}`: {why}\n{hint}"))
            .code(2);
    }
    org.run("maintenance schedule A --from 20:00 --for 1h --repeat 'FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30'")
        .stdout("")
        .stderr(
            "error: `FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30` has no date in the ten years from 2026-12-01T20:00:00+01:00\n\
             hint: look at its `UNTIL` and `BY…` parts\n",
        )
        .code(2);
    org.run("maintenance schedule A --from 2020-01-01 --for 1h --repeat daily")
        .stdout("")
        .stderr("error: the first date lies more than a year back\nhint: announce past work once, without `--repeat`\n")
        .code(2);
    assert!(org.run("maintenance list --json").json()["maintenances"].as_array().unwrap().is_empty());
    org.run("maintenance schedule A --from 20:00 --for 1h").success();
    org.run("maintenance edit 1 --repeat daily")
        .stderr("error: maintenance `1` does not repeat\nhint: schedule another one with `--repeat`\n")
        .code(4);
}

#[test]
fn a_date_is_called_by_the_number_of_its_series_and_its_day() {
    let org = berlin();
    org.run(WEEKLY).success();
    org.run("maintenance start 1").stderr("error: maintenance `1` repeats\nhint: name one of its dates, such as `1@2027-03-23`\n").code(4);
    org.run("maintenance update 1@2027-03-30 --message 'Two hours later.'").stderr("updated maintenance 2, now scheduled\n").success();
    org.run("maintenance edit 1@2027-03-30 --from '2027-03-30 04:30' --for 2h")
        .stderr("from 2027-03-30 04:30 CEST (+02:00) until 2027-03-30 06:30 CEST (+02:00)\nchanged maintenance 2\n")
        .success();
    org.run("maintenance cancel 1@2027-04-06 --message 'Holidays.'").stderr("cancelled maintenance 3\n").success();
    org.run("maintenance cancel 1@2027-04-06")
        .stderr("error: maintenance `1@2027-04-06` is already cancelled\nhint: schedule another one\n")
        .code(4);
    org.run("maintenance show 1@2027-04-07")
        .stderr("error: no maintenance `1@2027-04-07`\nhint: list them with `statuary maintenance list`\n")
        .code(3);
    org.run("maintenance remove 1@2027-04-06 --yes")
        .stderr(
            "error: maintenance `1@2027-04-06` is a date of a series\n\
             hint: call it off with `statuary maintenance cancel 1@2027-04-06`, or remove the series `1`\n",
        )
        .code(4);
    let shown = org.run("maintenance show 1 --json").json();
    let next: Vec<&str> = shown["repeat"]["next"].as_array().unwrap().iter().map(|date| date["day"].as_str().unwrap()).collect();
    assert_eq!(next, ["2027-03-23", "2027-03-30", "2027-04-13"]);
    assert_eq!(org.run("maintenance list --dates --json").json()["maintenances"].as_array().unwrap().len(), 37);
    let rows: Vec<Vec<String>> = org
        .run("maintenance list")
        .text()
        .lines()
        .map(|line| line.split('\t').enumerate().filter(|(column, _)| *column != 1).map(|(_, cell)| cell.to_owned()).collect())
        .collect();
    assert_eq!(rows[0][..3], ["3", "cancelled", "2027-04-06T00:30:00Z"].map(str::to_owned));
    assert_eq!(rows[1][..3], ["2", "scheduled", "2027-03-30T02:30:00Z"].map(str::to_owned));
    assert_eq!(rows[2][..3], ["1@2027-03-23", "scheduled", "2027-03-23T01:30:00Z"].map(str::to_owned));
    let series = rows.last().unwrap();
    assert_eq!((series[0].as_str(), series[2..5].join(" ").as_str()), ("series", "scheduled 2027-03-23T01:30:00Z FREQ=WEEKLY;BYDAY=TU"));
    let log = org.run("log").text();
    assert!(log.contains("cancelled maintenance Updates of 2027-04-06"), "{log}");
    org.run("maintenance edit 1 --for 3h --repeat monthly")
        .stderr(
            "repeats FREQ=MONTHLY in Europe/Berlin\n\
             from 2027-03-23 02:30 CET (+01:00) until 2027-03-23 05:30 CET (+01:00)\n\
             from 2027-03-30 04:30 CEST (+02:00) until 2027-03-30 06:30 CEST (+02:00)\n\
             from 2027-04-23 02:30 CEST (+02:00) until 2027-04-23 05:30 CEST (+02:00)\n\
             changed maintenance 1\n",
        )
        .success();
    org.run("maintenance cancel 1 --message 'No more.'").stderr("cancelled maintenance 1\n").success();
    org.run("maintenance cancel 1").stderr("error: maintenance `1` is already cancelled\nhint: schedule another one\n").code(4);
    assert!(org.run("status --json").json()["maintenances"].as_array().unwrap().is_empty());
}

#[test]
fn a_date_starts_and_ends_by_itself_and_counts_as_maintenance() {
    let org = berlin();
    org.run("maintenance schedule Updates --from '2026-12-02 02:00' --for 2h --service api --repeat daily").success();
    org.clock("2026-12-05T01:30:00Z");
    assert_eq!(org.run("service show api --json").json()["status"], "under_maintenance");
    let status = org.run("status --json").json();
    let told: Vec<&str> = status["maintenances"].as_array().unwrap().iter().map(|one| one["status"].as_str().unwrap()).collect();
    assert_eq!(told, ["in_progress"], "the others wait");
    assert!(org.run("next").text().contains("2026-12-05T03:00:00Z"));
    assert!(org.run("uptime explain api").text().contains("maintenance 1@2026-12-05 Updates"));
    org.run("maintenance complete 1@2026-12-05 --message 'Done early.'").success();
    assert_eq!(org.run("service show api --json").json()["status"], "operational");
}

#[test]
fn what_would_lose_dates_or_stretch_them_is_refused() {
    let org = berlin();
    org.run("maintenance schedule Updates --from '2026-12-08 02:30' --for 2h --service api --repeat daily").success();
    org.clock("2026-12-10T09:00:00Z");
    let count = "hint: give a `--from` from which its rule counts, or call it off with `statuary maintenance cancel`\n";
    for (command, words, code) in [
        (
            "maintenance edit 1 --from '2026-12-10 22:00'",
            "error: the series has had its date of 2026-12-10\nhint: give a `--from` on a later day\n",
            4,
        ),
        (
            "maintenance edit 1 --from '1970-01-01 02:30'",
            "error: the first date lies more than a year back\nhint: announce past work once, without `--repeat`\n",
            2,
        ),
        ("maintenance edit 1 --repeat 'FREQ=DAILY;COUNT=2'", &format!("error: the series has no dates after this\n{count}"), 2),
        (
            "maintenance edit 1 --until '2027-01-12 05:00'",
            "error: each date of a series has an end of its own\nhint: give a length with `--for`, or `--from` as well\n",
            2,
        ),
    ] {
        org.run(command).stdout("").stderr(words).code(code);
    }
    org.run("maintenance update 1@2026-12-15 --message 'A note.'").success();
    org.run("maintenance cancel 1 --at 2026-12-10T08:59:00Z")
        .stdout("")
        .stderr_matches(|words| words.starts_with("error: maintenance `1@2026-12-15` "))
        .code(4);
}

#[test]
fn a_date_that_nobody_began_is_over_also_when_its_series_is_edited() {
    let org = berlin();
    org.run("maintenance schedule Updates --from '2026-12-01 02:00' --for 2h --service api --repeat weekly --no-auto-start").success();
    org.clock("2026-12-03T09:00:00Z").run("maintenance edit 1 --title Patches").success();
    assert_eq!(org.run("maintenance show 1@2026-12-01 --json").json()["status"], "cancelled");
}

#[test]
fn a_series_that_was_called_off_gets_no_other_dates() {
    let org = berlin();
    org.run("maintenance schedule Updates --from '2026-12-01 14:00' --for 2h --repeat daily --no-auto-start").success();
    org.run("maintenance start 1@2026-12-01").success();
    org.run("maintenance cancel 1").success();
    for change in ["--repeat weekly", "--from '2026-12-10 10:00'", "--for 3h"] {
        org.run(&format!("maintenance edit 1 {change}"))
            .stdout("")
            .stderr("error: maintenance `1` is already cancelled\nhint: schedule another one\n")
            .code(4);
    }
    org.run("maintenance edit 1 --title 'Updates, called off'").success();
}
