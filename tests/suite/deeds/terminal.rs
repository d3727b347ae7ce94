//! What people at a terminal see that programs do not: headers, colours, hints, questions.

#![expect(clippy::print_stdout, reason = "what is skipped is said")]

use std::process::{Command, Stdio};

use super::{acme, status_of};
use crate::test_org::TestOrg;

/// What a command shows on a terminal 80 columns wide, with this typed into it; nothing where there is no `script`.
pub(crate) fn on_terminal(org: &TestOrg, arguments: &str, typed: &str, environment: &[(&str, &str)]) -> Option<(String, i32)> {
    on_terminal_of(80, org, arguments, typed, environment)
}

/// The same on one that says it is so many columns wide.
fn on_terminal_of(columns: u16, org: &TestOrg, arguments: &str, typed: &str, environment: &[(&str, &str)]) -> Option<(String, i32)> {
    let mut inner = org.command(&[] as &[&str]);
    inner.envs(environment.iter().copied());
    let mut command = Command::new("script");
    let line = format!("stty cols {columns} -onlcr -echo; exec {} {arguments}", env!("CARGO_BIN_EXE_statuary"));
    command.args(["-qec", &line, "/dev/null"]).env_clear().env("PATH", "/usr/bin:/bin").env("TERM", "xterm");
    command.envs(inner.get_envs().filter_map(|(name, value)| Some((name, value?))));
    command.current_dir(inner.get_current_dir()?).stdin(Stdio::piped()).stdout(Stdio::piped());
    let Ok(mut child) = command.spawn() else {
        println!("SKIPPED: {arguments} on a terminal, since there is no `script` here");
        return None;
    };
    let mut stdin = child.stdin.take()?;
    std::io::Write::write_all(&mut stdin, typed.as_bytes()).ok()?;
    drop(stdin);
    let output = child.wait_with_output().ok()?;
    let shown = String::from_utf8_lossy(&output.stdout).replace(org.path("").to_str()?.trim_end_matches('/'), "[ROOT]");
    Some((shown.replace("\u{4}\u{8}\u{8}", "").replace("^D\u{8}\u{8}", ""), output.status.code()?))
}

#[test]
fn a_terminal_gets_headers_zones_and_colours_that_can_be_turned_off() {
    let org = acme();
    org.run("service status api major").success();
    let Some((shown, code)) = on_terminal(&org, "service list", "", &[]) else { return };
    assert_eq!(code, 0);
    assert!(shown.contains("SERVICE") && shown.contains("STATUS") && shown.contains('\u{1b}'), "{shown:?}");
    let Some((plain, _)) = on_terminal(&org, "status", "", &[("NO_COLOR", "1")]) else { return };
    assert!(!plain.contains('\u{1b}'), "{plain:?}");
    assert!(plain.starts_with("# Acme: major outage of API\n\nServices\nSERVICE  STATUS"), "{plain}");
    assert!(plain.contains("\nNext change by the clock\n2026-11-23 00:00 UTC, in 13h 5"), "{plain}");
    let piped = org.command(&["status"]).env("CLICOLOR_FORCE", "1").output().unwrap();
    assert!(piped.stdout.starts_with(b"\x1b[31mAcme: major outage of API\x1b[0m\nservice\tapi\tmajor_outage\t"), "{piped:?}");
}

/// `acme` at noon, with good and bad days, an incident and maintenance behind it and before it.
fn eventful() -> TestOrg {
    let org = acme();
    org.clock("2026-11-22T12:00:00Z");
    org.run("service edit web --start-date 2026-11-13").success();
    org.run("service status api degraded --at '2026-11-02 10:00'").success();
    org.run("service status api operational --at '2026-11-02 11:00'").success();
    org.run("service status api partial --at '2026-11-20 10:00'").success();
    org.run("service status api operational --at '2026-11-20 11:00'").success();
    org.run("incident open 'Pages load slowly for everybody who reads them in a browser' --service web=major --at 10:30 --message A")
        .success();
    org.run("incident update 1 --status identified --at 11:45 --message B").success();
    org.run("maintenance schedule 'New disks' --from 11:30 --for 1h --service vault").success();
    for day in 1..=4 {
        org.run(&format!("maintenance schedule 'Racks {day}' --from +{day}d --for 2h")).success();
    }
    org
}

const UTF8: &[(&str, &str)] = &[("NO_COLOR", "1"), ("LANG", "C.UTF-8")];

#[test]
fn the_dashboard_draws_what_fits() {
    let org = eventful();
    let Some((shown, _)) = on_terminal_of(80, &org, "status", "", UTF8) else { return };
    let expected = "\
█ Acme: major outage of Web

Services
SERVICE  STATUS               30 DAYS                         UPTIME  SINCE
api      ▁ operational        ▁▁▁▁▁▁▁▁▁▃▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▅▁▁  99.98   2d 1h
web      █ major_outage                           ▁▁▁▁▁▁▁▁▁█  99.34   1h 30m
vault    ▒ under_maintenance  ▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▒  100.0   30m
▁ up  ▒ maintenance  ▃ degraded  ▅ partial  █ major

Open incidents
1  identified  major  Pages load slowly for everybody who reads them in a brows…
   open for 1h 30m · last update 15m ago · █ web

Maintenance
1  in_progress  New disks
   until 2026-11-22 12:30 UTC, in 30m · vault
2  scheduled    Racks 1
   from 2026-11-23 12:00 UTC, in 1d, for 2h
3  scheduled    Racks 2
   from 2026-11-24 12:00 UTC, in 2d, for 2h
4  scheduled    Racks 3
   from 2026-11-25 12:00 UTC, in 3d, for 2h
and 1 more: `statuary maintenance list`

Next change by the clock
2026-11-23 00:00 UTC, in 12h
";
    assert_eq!(shown, expected);
    let Some((wide, _)) = on_terminal_of(200, &org, "status", "", UTF8) else { return };
    assert!(wide.contains("90 DAYS") && wide.contains("  Vault  hidden\n") && wide.contains(&"▁".repeat(60)), "{wide}");
    let Some((narrow, _)) = on_terminal_of(40, &org, "status", "", UTF8) else { return };
    assert!(narrow.contains("\nvault    ▒ under_maintenance  100.0\n  ▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▒\n"), "{narrow}");
    // The shapes alone, where the locale knows no others, and where there are no colours.
    let Some((ascii, _)) = on_terminal_of(80, &org, "status", "", &[("NO_COLOR", "1")]) else { return };
    assert!(ascii.is_ascii() && ascii.contains("_________-_________________+__  99.98"), "{ascii}");
    let Some((coloured, _)) = on_terminal_of(80, &org, "status", "", &[("LANG", "C.UTF-8")]) else { return };
    assert!(coloured.contains("\u{1b}[31m█ major_outage\u{1b}[0m") && coloured.contains("\u{1b}[33m▃\u{1b}[0m"), "{coloured:?}");
}

#[test]
fn what_was_said_is_shown_as_a_timeline() {
    let org = eventful();
    let message =
        "incident resolve 1 --at 11:50 --message 'The **cache** is warm again, and pages load as fast as they did; we are sorry.'";
    org.run(message).success();
    let Some((shown, _)) = on_terminal_of(50, &org, "incident show 1", "", UTF8) else { return };
    let (_, timeline) = shown.split_once("\nTimeline\n").expect("a timeline");
    let expected = "\
1  2026-11-22 10:30 UTC  investigating
│  web=major_outage
│  A
│  1h 15m later
2  2026-11-22 11:45 UTC  identified
│  B
│  5m later
3  2026-11-22 11:50 UTC  resolved
│  web=operational
│  The **cache** is warm again, and pages load as
│  fast as they did; we are sorry.
resolved after 1h 20m
";
    assert_eq!(timeline, expected);
    let Some((shown, _)) = on_terminal_of(80, &org, "maintenance show 1", "", &[("NO_COLOR", "1")]) else { return };
    assert!(
        shown.contains("\n*  2026-11-22 11:30 UTC  in_progress\n|  by the clock\n|  30m later\n") && shown.ends_with("runs for 30m\n"),
        "{shown}"
    );
    org.run("maintenance cancel 2").success();
    let Some((shown, _)) = on_terminal_of(80, &org, "maintenance show 2", "", UTF8) else { return };
    assert!(shown.ends_with("cancelled\ncancelled\n"), "{shown}");
    let Some((shown, _)) = on_terminal_of(80, &org, "maintenance show 3", "", UTF8) else { return };
    assert!(shown.ends_with("starts in 2d\n"), "{shown}");
}

#[test]
fn nothing_is_wider_than_the_terminal() {
    let org = eventful();
    org.run(&format!("service add {} --name '{}'", "s".repeat(64), "日本語の長い名前 ".repeat(20))).success();
    org.run(&format!("incident open '{}' --service api", "長い 題名 ".repeat(60))).success();
    org.run("token create robot --role editor").success();
    for columns in [40, 80, 200] {
        for command in [
            "status",
            "service list",
            "service show api",
            "incident list",
            "incident show 2",
            "maintenance list",
            "maintenance show 1",
            "log",
            "group list",
            "uptime",
            "uptime explain web",
            "token list",
            "theme list",
            "org list",
            "next",
        ] {
            let Some((shown, _)) = on_terminal_of(columns, &org, command, "", UTF8) else { return };
            for line in shown.lines().filter(|line| !line.starts_with("uptime% = ") && !line.starts_with("from ")) {
                // A slug stays in one piece, so that it can be copied.
                let width = unicode_width::UnicodeWidthStr::width(line);
                assert!(width <= usize::from(columns).max(66), "{command} at {columns}: {line}");
            }
        }
    }
}

#[test]
fn a_terminal_that_does_not_know_its_width_gets_whole_words() {
    let org = acme();
    org.run("incident open 'Everything stands still' --service api --message 'We look into it.'").success();
    let Some((shown, code)) = on_terminal_of(0, &org, "incident show 1", "", &[("NO_COLOR", "1")]) else { return };
    assert!(code == 0 && shown.contains("Everything stands still") && shown.contains("We look into it."), "{shown}");
}

#[test]
fn no_word_is_broken_at_eighty_columns() {
    let org = TestOrg::empty();
    org.run("demo . --no-serve").success();
    for command in [
        "status",
        "service list",
        "incident list",
        "maintenance list",
        "log",
        "group list",
        "uptime",
        "incident show 43",
        "maintenance show 6",
    ] {
        let Some((shown, _)) = on_terminal(&org, command, "", &[("NO_COLOR", "1")]) else { return };
        // A sentence is for the terminal to break.
        for line in shown.lines().filter(|line| !line.starts_with("uptime% = ")) {
            assert!(line.chars().count() <= 80, "{command}: {line:?}");
        }
        // Statuses stand whole in what people get, as many of them as in what programs get.
        let piped = org.run(command).text();
        for status in
            ["operational", "partial_outage", "under_maintenance", "degraded_performance", "investigating", "identified", "in_progress"]
        {
            assert_eq!(shown.matches(status).count(), piped.matches(status).count(), "{command}: {status}\n{shown}");
        }
    }
}

#[test]
fn what_comes_next_is_hinted_at_where_somebody_reads_and_visitors_would_see_it() {
    let org = acme();
    let hint = "hint: publish it with `statuary build`\n";
    for (command, hinted) in [
        ("service status api major", true),
        ("service status vault major", false),
        ("service status api operational --quiet", false),
        ("service edit vault --name Safe", false),
        ("service edit web --name Pages", true),
        ("group add eu --name Europe", true),
        ("incident open Secret --service vault", false),
        ("maintenance schedule Secret --from +1h --for 1h --service vault", false),
        ("incident open Draft --draft", false),
        ("incident publish 2", true),
    ] {
        let Some((shown, code)) = on_terminal(&org, command, "", &[]) else { return };
        assert_eq!(code, 0, "{command}: {shown}");
        assert_eq!(shown.ends_with(hint), hinted, "{command}: {shown:?}");
    }
    org.write("acme/org.toml", "name = 'Acme'\n[[publish.target]]\nname = 'main'\nto = 'dir:/srv/status'\n");
    let Some((shown, _)) = on_terminal(&org, "service status api major", "", &[]) else { return };
    assert!(shown.ends_with("hint: publish it with `statuary publish`\n"), "{shown:?}");
}

#[test]
fn what_cannot_be_taken_back_is_asked_first_and_only_there() {
    let org = acme();
    let question = "remove service `api` (API) from the page? [y/N] ";
    let Some((shown, code)) = on_terminal(&org, "service remove api", "n\n", &[("NO_COLOR", "1")]) else { return };
    assert_eq!(code, 1, "{shown}");
    assert!(shown.contains(question), "{shown:?}");
    assert!(shown.ends_with("error: nothing was done\nhint: answer `y`, or say `--yes` to skip the question\n"), "{shown:?}");
    assert_eq!(status_of(&org, "api"), "operational");
    let Some((shown, code)) = on_terminal(&org, "service remove api", "y\n", &[]) else { return };
    assert!(code == 0 && shown.contains("removed service `api`"), "{shown}");
    let Some((shown, code)) = on_terminal(&org, "service remove web --yes", "", &[]) else { return };
    assert!(code == 0 && !shown.contains("[y/N]"), "{shown}");
    org.run("service remove vault").stderr("removed service `vault`\n").success();
    org.run("group add eu --name Europe").success();
    org.run("incident open 'API down'").success();
    org.run("maintenance schedule Work --from +1h --for 1h").success();
    for (command, question) in [
        ("group remove eu", "remove group `eu` (Europe)? [y/N] "),
        ("incident remove 1", "remove incident 1 (API down) from everything, also from uptime? [y/N] "),
        ("maintenance remove 1", "remove maintenance 1 (Work) from everything? [y/N] "),
        ("org remove acme", "remove organization `acme` and its folder `[ROOT]/acme`? a backup is kept [y/N] "),
    ] {
        let Some((shown, code)) = on_terminal(&org, command, "n\n", &[("NO_COLOR", "1")]) else { return };
        assert!(code == 1 && shown.contains(question), "{command}: {shown:?}");
        let Some((shown, code)) = on_terminal(&org, command, "y\n", &[]) else { return };
        assert_eq!(code, 0, "{command}: {shown}");
    }
}
