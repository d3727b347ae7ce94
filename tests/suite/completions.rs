//! What shells complete: asked of the program itself, and of each real shell at its own prompt. Titles of incidents are hostile throughout.

#![expect(clippy::print_stdout, reason = "what is skipped is said")]

use std::fs;
use std::io::{Read, Write};
use std::process::{Command, Stdio};
use std::sync::mpsc;
use std::time::{Duration, Instant};

use crate::readme::terminal;
use crate::test_org::TestOrg;

/// How long to wait for what a shell must show, on a machine with much else to do.
const PATIENCE: Duration = Duration::from_secs(60);

/// A title that would do harm wherever a shell read it as its own: it makes the file `harm`.
const HOSTILE: &str =
    "$(touch harm) `touch harm` ';touch harm;' \";touch harm;\" \\ %F{red} * : [a] \u{1b}]0;x\u{7}\u{202e} <(touch harm) {a,b} ~";

/// Two organizations, of which `acme` has something of everything.
fn org() -> TestOrg {
    let org = TestOrg::new();
    org.run("service add api --name API").success();
    org.run("service add web-site --name 'Web: pages'").success();
    org.run("group add europe --name Europe").success();
    assert!(org.command(&["incident", "open", HOSTILE, "--service", "api=degraded"]).output().unwrap().status.success());
    org.run("incident open Over").success();
    org.run("incident resolve 2").success();
    org.run("maintenance schedule Disks --from +1h --for 1h").success();
    org.run("maintenance schedule Updates --from '2026-11-01 02:00' --for 2h --repeat weekly").success();
    org.run("token create robot --role editor").success();
    org.enter("").run("org create globex --name Globex").success();
    org.run("--org globex service add mail --name Mail").success();
    org.enter("acme");
    org
}

/// What is offered at the end of a line, split as a shell would split it; a `|` ends the line after a space.
#[track_caller]
fn offered(org: &TestOrg, line: &str) -> Vec<String> {
    let line = line.strip_suffix('|').map_or_else(|| line.to_owned(), |line| format!("{line}''"));
    org.run(&format!("complete -- statuary {line}")).stderr("").text().lines().map(str::to_owned).collect()
}

/// The values alone.
#[track_caller]
fn values(org: &TestOrg, line: &str) -> Vec<String> {
    offered(org, line).iter().map(|line| line.split('\t').next().unwrap().to_owned()).collect()
}

#[test]
fn verbs_flags_and_what_is_recorded_are_offered_where_they_fit() {
    let org = org();
    assert_eq!(values(&org, "inc"), ["incident"]);
    assert_eq!(values(&org, "incident re"), ["resolve", "remove"]);
    assert_eq!(values(&org, "help incident re"), ["resolve", "remove"]);
    assert!(values(&org, "|").contains(&"service".to_owned()) && !values(&org, "|").contains(&"complete".to_owned()));
    assert_eq!(values(&org, "incident open --imp"), ["--impact"]);
    assert_eq!(values(&org, "incident list --open --o"), ["--org", "--offline"], "what is given once cannot be given again");
    assert_eq!(values(&org, "incident open x --service api --serv"), ["--service"], "what takes a list can");
    assert_eq!(values(&org, "service show |"), ["api", "web-site"]);
    assert_eq!(offered(&org, "service edit w"), ["web-site\tWeb: pages"]);
    assert_eq!(values(&org, "incident open x --service |"), ["api", "web-site"]);
    assert_eq!(values(&org, "incident open x --service api=major --service |"), ["web-site"]);
    assert_eq!(values(&org, "incident update 1 --service |"), ["api=", "web-site="]);
    assert_eq!(values(&org, "incident update 1 --service api=de"), ["api=degraded_performance"]);
    assert_eq!(values(&org, "incident update 1 --service=api=m"), ["--service=api=major_outage"]);
    assert_eq!(values(&org, "service add x --group |"), ["europe"]);
    assert_eq!(values(&org, "incident open x --impact ma"), ["major"]);
    assert_eq!(values(&org, "ingest g"), ["grafana"]);
    assert_eq!(values(&org, "token create x --role e"), ["editor"]);
    assert_eq!(offered(&org, "token revoke |"), ["robot\teditor"]);
    assert_eq!(values(&org, "completions z"), ["zsh"]);
    assert_eq!(values(&org, "theme eject words/en"), ["words/en.toml"]);
    assert_eq!(values(&org, "org create x --name X --time-zone Europe/Berl"), ["Europe/Berlin"]);
    assert_eq!(values(&org, "incident open --file |"), ["//files"]);
    assert_eq!(values(&org, "build --out |"), ["//folders"]);
    for nothing in ["service add |", "incident open A", "incident list --since |", "nonsense --x", "incident update 1 --message |"] {
        assert_eq!(offered(&org, nothing), Vec::<String>::new(), "{nothing}");
    }
}

#[test]
fn numbers_and_ids_are_offered_with_titles_that_can_do_nothing() {
    let org = org();
    let id = org.run("incident show 1 --json").json()["id"].as_str().unwrap().to_owned();
    let offers = offered(&org, "incident update |");
    assert_eq!(offers.len(), 2, "{offers:?}");
    assert!(offers[0].starts_with("1\t$(touch harm)") && offers[1].starts_with(&format!("{id}\t")), "{offers:?}");
    assert!(!offers.iter().any(|offer| offer.contains(['\u{1b}', '\u{7}', '\u{202e}'])), "{offers:?}");
    assert_eq!(values(&org, &format!("incident resolve {}", &id[..6])), [id]);
    assert_eq!(values(&org, "incident show |").len(), 4, "what is over can be looked at");
    assert_eq!(offered(&org, "maintenance start |")[0], "1\tDisks");
}

#[test]
fn dates_of_what_repeats_are_offered_where_one_of_them_can_be_meant() {
    let org = org();
    org.run("maintenance schedule Ended --from '2026-11-02 02:00' --for 2h --repeat 'FREQ=WEEKLY;COUNT=2'").success();
    let id = |number: &str| org.run(&format!("maintenance show {number} --json")).json()["id"].as_str().unwrap().to_owned();
    let (disks, updates, ended) = (id("1"), id("2"), id("3"));
    let next: Vec<String> =
        ["2026-11-29", "2026-12-06", "2026-12-13", "2026-12-20", "2026-12-27", "2027-01-03", "2027-01-10", "2027-01-17"]
            .map(|day| format!("2@{day}"))
            .into();
    let line = |before: &[&str], dates: &[String], after: &[&String]| {
        let before = before.iter().map(|word| (*word).to_owned());
        before.chain(dates.iter().cloned()).chain(after.iter().map(|id| (*id).clone())).collect::<Vec<_>>()
    };
    for verb in ["show", "edit"] {
        let expected = [line(&["1", "3", "2"], &next, &[]), line(&[], &[], &[&disks, &ended, &updates])].concat();
        assert_eq!(values(&org, &format!("maintenance {verb} |")), expected);
    }
    for verb in ["start", "update", "complete"] {
        assert_eq!(values(&org, &format!("maintenance {verb} |")), line(&["1"], &next, &[&disks]));
    }
    assert_eq!(values(&org, "maintenance cancel |"), line(&["1", "2"], &next, &[&disks, &updates]));
    assert_eq!(values(&org, "maintenance remove |"), line(&["1", "3", "2"], &[], &[&disks, &ended, &updates]));
    assert_eq!(offered(&org, "maintenance start 2@2027-01-1"), ["2@2027-01-10\tUpdates", "2@2027-01-17\tUpdates"]);
    // A date that somebody has moved has a number of its own, and is still called by its day.
    org.run("maintenance edit 2@2026-12-06 --from '2026-12-07 02:00' --for 1h").success();
    assert_eq!(values(&org, "maintenance start 2@2026-12-0"), ["2@2026-12-06"]);
    org.run("maintenance cancel 2").success();
    assert_eq!(values(&org, "maintenance cancel |"), ["1", &disks]);
}

#[test]
fn the_root_and_the_organization_of_the_line_or_the_environment_count() {
    let org = org();
    let root = org.path("").to_str().unwrap().to_owned();
    assert_eq!(values(&org, "--org globex service show |"), ["mail"]);
    assert_eq!(values(&org, "--org |"), ["acme", "globex"]);
    assert_eq!(values(&org, "org show g"), ["globex"]);
    org.enter("/");
    assert_eq!(values(&org, "service show |"), Vec::<String>::new());
    assert_eq!(values(&org, &format!("--root {root} --org acme service show |")), ["api", "web-site"]);
    assert_eq!(values(&org, &format!("service show --org=globex --root={root} |")), ["mail"]);
    org.env("STATUARY_ROOT", &root).env("STATUARY_ORG", "globex");
    assert_eq!(values(&org, "service show |"), ["mail"]);
    assert_eq!(values(&org, "--org acme service show |"), ["api", "web-site"]);
}

#[test]
#[expect(clippy::disallowed_methods, reason = "a test damages files")]
fn asking_is_quick_silent_and_leaves_everything_as_it_is() {
    let org = org();
    let before = fs::read(org.path("acme/org.db")).unwrap();
    // What it takes of a processor: the clock on the wall would tell of whatever else the machine does.
    let asked = "TIMEFORMAT='%3U %3S'; time statuary complete -- statuary incident update ''";
    let spent = |_| {
        // The shell writes numbers as its locale does.
        let mut bash = Command::new("bash");
        let output = bash.args(["-c", asked]).current_dir(org.path("acme")).env_clear().env("PATH", path()).env("LC_ALL", "C").output();
        let times = String::from_utf8(output.unwrap().stderr).unwrap();
        times.split_whitespace().map(|seconds| seconds.parse::<f64>().unwrap()).sum::<f64>()
    };
    let quickest = (0..10).map(spent).fold(f64::MAX, f64::min);
    assert!(quickest < 0.05, "it takes {quickest} s at the least");
    assert_eq!(fs::read(org.path("acme/org.db")).unwrap(), before);
    // Nor does it say anything where nothing is as it should be.
    org.env("STATUARY_NOW", "nonsense");
    assert_eq!(values(&org, "service show a"), ["api"]);
    fs::write(org.path("acme/org.db"), b"no database").unwrap();
    assert_eq!(values(&org, "service show |"), Vec::<String>::new());
    fs::write(org.path("acme/org.toml"), b"no = settings").unwrap();
    assert_eq!(values(&org, "incident update |"), Vec::<String>::new());
    assert_eq!(org.command(&["complete"]).output().unwrap().stderr, b"");
    assert!(!org.path("acme/harm").exists());
}

/// What a shell shows at its prompt once `line` and `keys` have been typed: waited for until `done` finds it.
#[track_caller]
fn at_the_prompt(org: &TestOrg, shell: &[&str], setup: &str, line: &str, keys: &str, done: &[&str]) {
    let (mut keyboard, screen) = terminal();
    let mut command = Command::new("setsid");
    command.args(["--ctty", "--wait"]).args(shell).current_dir(org.path("acme")).env_clear();
    command.env("PATH", path()).env("HOME", org.path("")).env("TERM", "dumb").env("LANG", "C.UTF-8");
    command.env("STATUARY_NOW", "2026-11-22T12:00:00Z");
    command.stdin(Stdio::from(screen.try_clone().unwrap())).stdout(Stdio::from(screen.try_clone().unwrap())).stderr(screen);
    let mut child = command.spawn().expect("a shell can be started");
    drop(command);
    let (sender, shown) = mpsc::channel();
    let mut reading = keyboard.try_clone().unwrap();
    std::thread::spawn(move || {
        let mut some = [0; 4096];
        while let Ok(length @ 1..) = reading.read(&mut some) {
            drop(sender.send(some[..length].to_vec()));
        }
    });
    let mut seen = String::new();
    let mut wait_for = |expected: &[&str], from: usize| {
        let until = Instant::now() + PATIENCE;
        while !expected.iter().all(|text| seen[from..].contains(text)) {
            match shown.recv_timeout(until.saturating_duration_since(Instant::now())) {
                Ok(more) => seen.push_str(&String::from_utf8_lossy(&more)),
                Err(_) => panic!("{shell:?} does not show {expected:?} for {line:?}:\n{seen}"),
            }
        }
        seen.len()
    };
    keyboard.write_all(format!("{setup}; echo rea''dy\n").as_bytes()).unwrap();
    let ready = wait_for(&["ready"], 0);
    keyboard.write_all(format!("{line}{keys}").as_bytes()).unwrap();
    wait_for(done, ready);
    child.kill().unwrap();
    child.wait().unwrap();
}

/// Where the shells find `statuary`.
fn path() -> String {
    let program = std::path::Path::new(env!("CARGO_BIN_EXE_statuary"));
    format!("{}:/usr/local/bin:/usr/bin:/bin", program.parent().unwrap().display())
}

/// Whether there is such a shell here.
fn there_is(shell: &str) -> bool {
    let there = Command::new(shell).arg("--version").stdout(Stdio::null()).status().is_ok_and(|status| status.success());
    if !there {
        println!("SKIPPED: completions of {shell}, which is not here");
    }
    there
}

/// No title did anything while shells showed it.
#[track_caller]
fn harmless(org: &TestOrg) {
    assert!(!org.path("acme/harm").exists(), "a title was run");
}

#[test]
fn bash_completes_at_its_prompt() {
    if !there_is("bash") {
        return;
    }
    let org = org();
    let id = org.run("incident show 1 --json").json()["id"].as_str().unwrap().to_owned();
    let setup = "bind 'set show-all-if-ambiguous on'; bind 'set enable-bracketed-paste off'; PS1='$ '; source <(statuary completions bash)";
    let shell = ["bash", "--noprofile", "--norc", "-i"];
    for (line, done) in [
        ("statuary maint", "statuary maintenance "),
        ("statuary incident update --mess", "statuary incident update --message"),
        ("statuary service show w", "statuary service show web-site "),
        ("statuary --org globex service show ", "statuary --org globex service show mail "),
        ("statuary --org=glo", "statuary --org=globex "),
        ("statuary incident update 1 --service w", "--service web-site="),
        ("statuary incident update 1 --service api=deg", "--service api=degraded_performance "),
        ("statuary incident update 1 --service=api=maj", "--service=api=major_outage "),
        ("statuary incident open 'a b' --impact cri", "--impact critical "),
        ("statuary maintenance start 2@2026-11", "start 2@2026-11-29 "),
        ("statuary maintenance start 2@", "start 2@20"),
        ("statuary maintenance start 2", "start 2@20"),
        ("statuary export --out org.t", "--out org.toml "),
    ] {
        at_the_prompt(&org, &shell, setup, line, "\t", &[done]);
    }
    at_the_prompt(&org, &shell, setup, "statuary incident update ", "\t\t", &[&id]);
    at_the_prompt(&org, &shell, setup, "statuary service show ", "\t\t", &["api", "web-site"]);
    at_the_prompt(&org, &shell, setup, &format!("statuary incident update {}", &id[..6]), "\t", &[&format!("{id} ")]);
    harmless(&org);
}

#[test]
fn zsh_completes_at_its_prompt() {
    if !there_is("zsh") {
        return;
    }
    let org = org();
    let id = org.run("incident show 1 --json").json()["id"].as_str().unwrap().to_owned();
    let setup =
        "PS1='$ '; PROMPT_SP=; unsetopt zle_bracketed_paste; autoload -Uz compinit; compinit -u -D; source <(statuary completions zsh)";
    let shell = ["zsh", "-f", "-i"];
    for (line, done) in [
        ("statuary maint", "enance"),
        ("statuary service show w", "eb-site"),
        ("statuary --org globex service show ", "mail"),
        ("statuary --org=glo", "bex"),
        ("statuary incident update 1 --service w", "eb-site="),
        ("statuary incident update 1 --service api=deg", "raded_performance"),
        ("statuary incident update 1 --service=api=maj", "or_outage"),
        ("statuary maintenance start 2@2026-11", "-29"),
        ("statuary export --out org.t", "oml"),
    ] {
        at_the_prompt(&org, &shell, setup, line, "\t", &[done]);
    }
    at_the_prompt(&org, &shell, setup, "statuary incident update ", "\t\t", &[&id, "$(touch harm) `touch harm` "]);
    at_the_prompt(&org, &shell, setup, "statuary service show ", "\t\t", &["api", "-- API", "web-site", "-- Web: pages"]);
    harmless(&org);
}

#[test]
fn fish_completes() {
    if !there_is("fish") {
        return;
    }
    let org = org();
    let id = org.run("incident show 1 --json").json()["id"].as_str().unwrap().to_owned();
    for (line, done) in [
        ("statuary maint", "maintenance\tMaintenance: "),
        ("statuary service show w", "web-site\tWeb: pages\n"),
        ("statuary --org globex service show ", "mail\tMail\n"),
        ("statuary --org=glo", "--org=globex\tGlobex\n"),
        ("statuary incident update 1 --service w", "web-site=\tWeb: pages\n"),
        ("statuary incident update 1 --service=api=maj", "--service=api=major_outage\n"),
        ("statuary incident open 'a b' --impact cri", "critical\n"),
        ("statuary incident update ", &format!("\n{id}\t$(touch harm) `touch harm` ")),
        ("statuary maintenance start 2@2026-11", "2@2026-11-29\tUpdates"),
        ("statuary export --out org.t", "org.toml"),
        ("statuary build --out ov", "overrides/"),
    ] {
        org.write("acme/overrides/words/en.toml", "");
        let mut command = Command::new("fish");
        command.args(["--no-config", "-c", "statuary completions fish | source; complete -C $argv[1]", line]);
        command.current_dir(org.path("acme")).env_clear().env("PATH", path()).env("HOME", org.path("")).env("LANG", "C.UTF-8");
        let output = command.env("STATUARY_NOW", "2026-11-22T12:00:00Z").output().unwrap();
        let shown = format!("\n{}", String::from_utf8_lossy(&output.stdout));
        assert!(shown.contains(done) && output.stderr.is_empty(), "fish offers for {line:?}, not {done:?}: {output:?}");
    }
    harmless(&org);
}
