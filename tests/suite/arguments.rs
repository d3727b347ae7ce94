//! What is said about wrong arguments, missing folders and unreadable settings: literally, with its exit code.

use std::fs;
use std::os::unix::ffi::OsStringExt;
use std::path::Path;

use crate::test_org::TestOrg;

/// Where the help of all commands is kept.
const HELP: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/suite/help.txt");

#[test]
fn the_help_of_every_command_is_the_one_on_record() {
    let org = TestOrg::empty();
    let mut found = String::new();
    collect_help(&org, "", &mut found);
    if std::env::var_os("STATUARY_UPDATE_SNAPSHOTS").is_some() {
        TestOrg::empty().write(HELP, &found);
    }
    let recorded = fs::read_to_string(Path::new(HELP)).unwrap_or_default();
    assert!(found == recorded, "the help has changed; if that is meant, record it with STATUARY_UPDATE_SNAPSHOTS=1\n{found}");
}

/// The help of `statuary COMMAND` and of all commands below it.
fn collect_help(org: &TestOrg, command: &str, found: &mut String) {
    let text = org.run(&format!("{command} --help")).text();
    let title = format!("statuary {command}");
    found.push_str(&format!("=== {}\n{}\n\n", title.trim_end(), text.trim_end()));
    let listed = text.lines().skip_while(|line| *line != "Commands:").skip(1).take_while(|line| !line.is_empty());
    for name in listed.filter(|line| !line.starts_with("   ")).filter_map(|line| line.split_whitespace().next()) {
        collect_help(org, format!("{command} {name}").trim_start(), found);
    }
}

#[test]
fn wrong_arguments_are_one_line_with_a_hint_and_exit_2() {
    let org = TestOrg::empty();
    for (arguments, message, hint) in [
        ("", "which command?", "see `statuary --help`"),
        ("incident", "which command?", "see `statuary incident --help`"),
        ("incidnet", "there is no command `incidnet`", "did you mean `incident`?"),
        ("service ad", "there is no command `ad`", "did you mean `add`?"),
        ("incident open", "missing `<TITLE>`", "see `statuary incident open --help`"),
        ("incident open x --impact huge", "`huge` is not an impact", "one of none, minor, major, critical"),
        ("incident open x --impact majr", "`majr` is not an impact", "did you mean `major`?"),
        (
            "incident open x --status fixed",
            "`fixed` is not an incident status",
            "one of investigating, identified, monitoring, resolved, postmortem",
        ),
        ("incident open x --service api=degraded_perf", "`degraded_perf` is not a service status", "did you mean `degraded_performance`?"),
        ("incident open x --service =major", "`=major` names no service", "write it as in `api=degraded`"),
        ("incident open x --servce a", "there is no option `--servce` here", "did you mean `--service`?"),
        ("incident open x y", "`y` is one argument too many", "see `statuary incident open --help`"),
        (
            "incident open x --message a --file b",
            "`--message <TEXT>` cannot be used with `--file <FILE>`",
            "see `statuary incident open --help`",
        ),
        ("incident update 7 --service api", "`--service api` needs a status", "write it as in `--service api=operational`"),
        ("incident list --open --open", "`--open` is given twice", "see `statuary incident list --help`"),
        (
            "maintenance schedule",
            "missing `<TITLE>`, `--from <TIME>`, `--until <TIME>` or `--for <LENGTH>`",
            "see `statuary maintenance schedule --help`",
        ),
        ("group add", "missing `<SLUG>`, `--name <NAME>`", "see `statuary group add --help`"),
        ("serve --bind x", "`x` does not fit `--bind <ADDR>`: it is not an address such as `127.0.0.1`", "see `statuary serve --help`"),
        ("maintenance schedule x --from now", "missing `--until <TIME>` or `--for <LENGTH>`", "see `statuary maintenance schedule --help`"),
        ("maintenance schedule x --for 1h", "missing `--from <TIME>`", "see `statuary maintenance schedule --help`"),
        ("service add a --hidden=maybe", "`maybe` does not fit `--hidden[=<BOOL>]`", "one of true, false"),
        ("service add a --start-date 2026-02-30", "`2026-02-30` is not a date", "write it as in `2026-01-01`"),
        ("uptime --days 0", "`0` does not fit `--days <N>`: it goes from 1 to 36500", "see `statuary uptime --help`"),
        ("--org uptime log --limit x", "`x` does not fit `--limit <N>`: it is not a whole number", "see `statuary log --help`"),
        ("uptime --until now", "missing `--from <TIME>`", "see `statuary uptime --help`"),
        ("export --format tomml", "`tomml` does not fit `--format <FORMAT>`", "did you mean `toml`?"),
        ("export --format csv", "`csv` does not fit `--format <FORMAT>`", "one of json, toml"),
        ("uptime --days -1", "`-1` does not fit `--days <N>`: it is below zero", "see `statuary uptime --help`"),
        ("log --limit -1", "`-1` does not fit `--limit <N>`: it is below zero", "see `statuary log --help`"),
        (
            "log --limit 99999999999999999999",
            "`99999999999999999999` does not fit `--limit <N>`: it is too large a number",
            "see `statuary log --help`",
        ),
        ("completions tcsh", "`tcsh` does not fit `<SHELL>`", "one of bash, elvish, fish, powershell, zsh"),
        ("completions bahs", "`bahs` does not fit `<SHELL>`", "did you mean `bash`?"),
        ("help incidnet", "there is no command `incidnet`", "did you mean `incident`?"),
        ("apply", "missing `<FILE>`", "see `statuary apply --help`"),
        ("aply x", "there is no command `aply`", "did you mean `apply`?"),
        ("org create a", "missing `--name <NAME>`", "see `statuary org create --help`"),
        ("org create a --name A --time-zone Europe/Berln", "`Europe/Berln` is not a time zone", "did you mean `Europe/Berlin`?"),
        (
            "org create A --name A",
            "`A` cannot be a name in commands and paths",
            "use 1 to 64 lower-case letters, digits and hyphens, with a letter or digit at both ends",
        ),
    ] {
        org.run(arguments).stdout("").stderr(&format!("error: {message}\nhint: {hint}\n")).code(2);
    }
}

#[test]
fn a_command_in_a_hint_works_where_the_command_did() {
    let org = TestOrg::new();
    org.enter("").run("org create beta --name Beta").success();
    org.run("--org acme incident open One").success();
    org.run("--org beta incident open One").success();
    org.run("--org beta incident resolve 1").success();
    let complaint = |carried: &str| {
        format!(
            "error: incident `1` is already resolved\nhint: reopen it with `statuary {carried}incident update 1 --status investigating`\n"
        )
    };
    org.enter("acme").run("--org beta incident resolve 1").stderr(&complaint("--org beta ")).code(4);
    org.run("incident resolve 1 --org beta --root ..").stderr(&complaint("--root .. --org beta ")).code(4);
    org.env("STATUARY_ORG", "beta").run("incident resolve 1").stderr(&complaint("")).code(4);
    org.run("maintenance schedule x --from now --for -2h")
        .stderr("error: `-2h` is not a length of time\nhint: write it as in `90m`, `2h` or `1h30m`\n")
        .code(2);
    org.run("help incident open").stdout(&org.run("incident open --help").text()).success();
    org.run("help").stdout(&org.run("--help").text()).success();
}

#[test]
fn bytes_that_are_no_text_are_a_usage_error() {
    let org = TestOrg::empty();
    for arguments in [vec!["incident", "open"], vec!["--org"], vec![]] {
        let mut all: Vec<_> = arguments.into_iter().map(std::ffi::OsString::from).collect();
        all.push(std::ffi::OsString::from_vec(b"a\xff".to_vec()));
        let output = org.command(&all).output().unwrap();
        assert_eq!(output.status.code(), Some(2), "{output:?}");
        assert!(output.stderr.starts_with(b"error: "), "{output:?}");
    }
}

#[test]
fn without_a_workspace_it_says_how_to_make_one() {
    let org = TestOrg::empty();
    org.run("service list")
        .stderr(
            "error: no statuary.toml or org.toml in `[ROOT]` or above it\n\
             hint: make a workspace with `statuary init`, or name one with `--root DIR`\n",
        )
        .code(3);
    org.run("--root no/such status").stderr("error: no folder `no/such`\nhint: make a workspace with `statuary init`\n").code(3);
    org.run("--root . status")
        .stderr("error: `.` holds neither statuary.toml nor org.toml\nhint: make it a workspace with `statuary init`\n")
        .code(3);
}

#[test]
fn which_org_is_said_or_asked() {
    let org = TestOrg::empty();
    org.write("statuary.toml", "");
    org.run("status").stderr("error: no org in `[ROOT]` yet\nhint: make one with `statuary org create SLUG --name NAME`\n").code(3);
    org.write("acme/org.toml", "name = 'Acme'").write("globex/org.toml", "name = 'Globex'");
    org.run("status").stderr("error: which org? there are `acme` and `globex`\nhint: choose one with `--org SLUG`\n").code(2);
    org.run("--org globx status").stderr("error: no org `globx`\nhint: did you mean `globex`?\n").code(3);
    org.env("STATUARY_ORG", "zzz").run("status").stderr("error: no org `zzz`\nhint: there are `acme` and `globex`\n").code(3);
}

#[test]
fn settings_that_cannot_be_used_are_named_by_file_line_and_column() {
    let org = TestOrg::empty();
    org.write("acme/org.toml", "name = 'Acme'\ntimezone = 'UTC'\n").enter("acme");
    org.run("status")
        .stdout("")
        .stderr("error: [ROOT]/acme/org.toml: line 2, column 1: unknown key `timezone`\nhint: did you mean `time_zone`?\n")
        .code(5);
    org.run("status --json").stdout("").code(5);
}

#[test]
fn moments_are_read_in_the_orgs_zone_before_anything_is_touched() {
    let org = TestOrg::empty();
    org.write("acme/org.toml", "name = 'Acme'\ntime_zone = 'Europe/Berlin'\n").enter("acme");
    let nonsense = "error: `soon` is not a moment\n\
                    hint: write it as in `2026-11-22 14:00`, `2026-11-22T13:00:00Z`, `-30m`, `+2h` or `tomorrow 14:00`\n";
    for arguments in [
        "service add api --at soon",
        "service edit api --at soon",
        "service remove api --at soon",
        "service status api major --at soon",
        "group add g --name G --at soon",
        "incident open x --at soon",
        "incident update 1 --at soon",
        "incident resolve 1 --at soon",
        "incident publish 1 --at soon",
        "incident list --since soon",
        "maintenance schedule x --from soon --for 1h",
        "maintenance schedule x --from now --until soon",
        "maintenance schedule x --from now --for 1h --at soon",
        "maintenance start 1 --at soon",
        "maintenance update 1 --at soon",
        "maintenance complete 1 --at soon",
        "maintenance cancel 1 --at soon",
        "uptime --from soon",
        "uptime explain api --from soon",
        "log --since soon",
    ] {
        org.run(arguments).stdout("").stderr(nonsense).code(2);
    }
    org.run("incident open x --at '2026-03-29 02:30'")
        .stderr(
            "error: `2026-03-29 02:30` does not exist in Europe/Berlin, where the clock skips it\n\
             hint: the next moment that exists is 2026-03-29 03:00 CEST (+02:00)\n",
        )
        .code(2);
    org.run("uptime --from -30m --until -1h").code(2);
    org.run("maintenance schedule x --from now --for soon")
        .stderr("error: `soon` is not a length of time\nhint: write it as in `90m`, `2h` or `1h30m`\n")
        .code(2);
    let left: Vec<_> = fs::read_dir(org.path("acme")).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(left, ["org.toml"], "nothing was made");
}

#[test]
fn messages_that_cannot_be_read_are_refused() {
    let org = TestOrg::empty();
    org.write("acme/org.toml", "name = 'Acme'").write("acme/bytes", b"\xff\xfe").enter("acme");
    org.run("incident open x --file bytes").stderr("error: cannot read `bytes`: is not UTF-8 at byte 0\n").code(5);
    for arguments in ["incident open x --file -", "incident open x --message -"] {
        org.run_with_input(arguments, b"ab\xff").stderr("error: cannot read `standard input`: is not UTF-8 at byte 2\n").code(5);
    }
}

#[test]
fn a_file_that_is_not_there_is_told_alike_wherever_one_is_named() {
    let org = TestOrg::empty();
    org.write("statuary.toml", "").write("acme/org.toml", "name = 'Acme'").write("acme/folder/file", "").enter("acme");
    org.run("service add api").success();
    org.run("incident open x").success();
    for command in [
        "incident open x --file",
        "incident update 1 --file",
        "maintenance schedule x --from now --for 1h --file",
        "apply",
        "import dump",
        "import statuspage",
        "ingest grafana",
        "clerk import",
    ] {
        let missing = "error: cannot read `nothing`: no such file or directory\n";
        org.run(&format!("{command} nothing")).stdout("").stderr(missing).code(3);
        if command != "import statuspage" {
            let folder = "error: cannot read `folder`: is a directory\n";
            org.run(&format!("{command} folder")).stdout("").stderr(folder).code(2);
        }
    }
    for command in ["import cstate", "import upptime"] {
        org.run(&format!("{command} nothing")).stderr("error: cannot read `nothing`: no such file or directory\n").code(3);
    }
}

#[test]
fn the_moment_and_the_actor_are_checked_too() {
    let org = TestOrg::empty();
    org.write("org.toml", "name = 'Acme'");
    org.run("--as '' service add api").stderr("error: `--as` takes a name of 1 to 100 characters on one line\n").code(2);
    org.env("STATUARY_NOW", "yesterday")
        .run("status")
        .stderr("error: STATUARY_NOW is `yesterday`, which is not a moment\nhint: write it as in `2026-11-22T10:00:00Z`\n")
        .code(2);
}

#[test]
#[expect(clippy::disallowed_methods, reason = "a device is opened, no file written")]
fn whoever_stops_reading_has_what_they_want_and_a_full_disk_is_told() {
    let org = TestOrg::empty();
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    let output = org.command(&["--help"]).stdout(writer).output().unwrap();
    assert_eq!((output.status.code(), output.stderr.as_slice()), (Some(0), b"".as_slice()));
    let full = fs::File::options().write(true).open("/dev/full");
    let output = org.command(&["--help"]).stdout(full.unwrap()).output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    let unwritten = "error: cannot write the result: no space left on device\n";
    assert_eq!(String::from_utf8_lossy(&output.stderr), unwritten);
    // Whoever hears of no result must not do again what is done.
    let recorded = "hint: it is recorded all the same: do not say it again\n";
    let made = "hint: the token is made and nobody has it: revoke it with `statuary token revoke`, and make another one\n";
    let removed = "hint: the organization is removed all the same; its backup lies beside where it was\n";
    org.run("init .").success();
    org.run("org create acme --name Acme").success();
    org.write("services.toml", "[[services]]\nslug = 'web'\nname = 'Web'\n");
    for (command, hint) in [
        ("incident open x", recorded),
        ("incident list", ""),
        ("token create ci --role viewer", made),
        ("apply services.toml --dry-run", ""),
        ("apply services.toml", recorded),
        ("org remove acme --yes", removed),
    ] {
        let full = fs::File::options().write(true).open("/dev/full");
        let output = org.command(&shlex::split(command).unwrap()).stdout(full.unwrap()).output().unwrap();
        assert_eq!(String::from_utf8_lossy(&output.stderr), format!("{unwritten}{hint}"), "{command}");
        assert_eq!(output.status.code(), Some(1), "{command}");
    }
}
