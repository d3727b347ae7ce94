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
    assert!(plain.starts_with("Acme: major outage of API\n\nServices\nSERVICE  STATUS"), "{plain}");
    assert!(
        plain.contains("2026-11-22 10:03 UTC") && plain.contains("\nNext change by the clock\nnext  2026-11-23 00:00 UTC\n"),
        "{plain}"
    );
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
    let question = "remove service `api` (API) from everything public? [y/N] ";
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
