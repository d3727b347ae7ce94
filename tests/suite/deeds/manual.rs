//! What the program says of itself: completions and man pages, outside of any workspace.

use std::collections::BTreeSet;
use std::fs;
use std::process::Command;

use crate::test_org::TestOrg;

/// What bash offers after `line`, having read the completions.
fn offered(org: &TestOrg, line: &str) -> Vec<String> {
    let program = "source completions.bash; complete -p statuary >&2; COMP_LINE=$1; read -ra COMP_WORDS <<<\"$1\"; \
                   case $1 in *' ') COMP_WORDS+=('') ;; esac; COMP_CWORD=$((${#COMP_WORDS[@]} - 1)); COMP_POINT=${#1}; \
                   _statuary statuary \"${COMP_WORDS[COMP_CWORD]}\" \"${COMP_WORDS[COMP_CWORD-1]}\"; printf '%s\\n' \"${COMPREPLY[@]}\"";
    let output = Command::new("bash").args(["--norc", "-c", program, "bash", line]).current_dir(org.path("")).output().unwrap();
    let words = String::from_utf8(output.stderr).unwrap();
    assert!(
        output.status.success() && words.starts_with("complete -") && words.contains(" -F _statuary ") && words.ends_with(" statuary\n"),
        "{words}"
    );
    String::from_utf8(output.stdout).unwrap().lines().map(str::to_owned).collect()
}

#[test]
fn bash_completes_commands_options_and_values() {
    let org = TestOrg::empty();
    org.write("completions.bash", org.run("completions bash").stderr("").text());
    assert_eq!(offered(&org, "statuary inc"), ["incident"]);
    assert_eq!(offered(&org, "statuary incident op"), ["open"]);
    assert_eq!(offered(&org, "statuary incident open x --mess"), ["--message", "--message-lang"]);
    assert_eq!(offered(&org, "statuary completions "), {
        let mut all: Vec<_> = ["--root", "--org", "--as", "--json", "--quiet", "--yes", "--offline", "--help"].map(str::to_owned).into();
        all.insert(0, "-h".to_owned());
        all.extend(["bash", "elvish", "fish", "powershell", "zsh"].map(str::to_owned));
        all
    });
}

#[test]
fn every_shell_has_completions() {
    let org = TestOrg::empty();
    for (shell, mark) in [
        ("bash", "complete -F _statuary "),
        ("elvish", "set edit:completion:arg-completer[statuary] = "),
        ("fish", "complete -c statuary "),
        ("powershell", "Register-ArgumentCompleter -Native -CommandName 'statuary'"),
        ("zsh", "#compdef statuary\n"),
    ] {
        let script = org.run(&format!("completions {shell}")).stderr("").text();
        assert!(script.contains(mark) && script.contains("maintenance"), "{shell}: {script:.400}");
        assert_eq!(org.run(&format!("--json completions {shell}")).text(), script, "a script is a script with `--json` too");
    }
    assert_eq!(fs::read_dir(org.path("")).unwrap().count(), 0, "nothing was made");
    org.run("completions cmd")
        .stdout("")
        .stderr("error: `cmd` does not fit `<SHELL>`\nhint: one of bash, elvish, fish, powershell, zsh\n")
        .code(2);
    org.run("completions zhs").stderr("error: `zhs` does not fit `<SHELL>`\nhint: one of bash, elvish, fish, powershell, zsh\n").code(2);
    org.run("completions").stderr("error: missing `<SHELL>`\nhint: see `statuary completions --help`\n").code(2);
}

/// The names of all commands, as the help on record has them.
fn commands() -> BTreeSet<String> {
    let help = include_str!("../help.txt");
    help.lines().filter_map(|line| line.strip_prefix("=== ")).map(|command| command.replace(' ', "-")).collect()
}

#[test]
fn every_command_has_a_man_page_with_its_examples() {
    let org = TestOrg::empty();
    let ran = org.run("man share/man1");
    let listed: Vec<String> =
        ran.stderr(&format!("wrote {} pages into `share/man1`\n", commands().len())).text().lines().map(str::to_owned).collect();
    assert_eq!(listed[0], "share/man1/statuary.1");
    let found: BTreeSet<String> = fs::read_dir(org.path("share/man1"))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().to_str().unwrap().trim_end_matches(".1").to_owned())
        .collect();
    assert_eq!(found, commands());
    assert_eq!(
        listed.iter().map(|path| path.trim_start_matches("share/man1/").trim_end_matches(".1").to_owned()).collect::<BTreeSet<_>>(),
        found
    );
    for name in &found {
        let page = fs::read_to_string(org.path(&format!("share/man1/{name}.1"))).unwrap();
        let has = |line: &str| page.lines().any(|other| other == line);
        assert!(has(".SH NAME") && has(".SH SYNOPSIS") && has(".SH \"EXIT STATUS\""), "{name}: {page}");
        assert!(has(".SH EXAMPLES") || has(".SH SUBCOMMANDS"), "{name}: {page}");
    }
    let page = fs::read_to_string(org.path("share/man1/statuary-incident-open.1")).unwrap();
    assert!(page.contains("\n.SH EXAMPLES\n.nf\nstatuary incident open "), "{page}");
    assert!(page.contains("STATUARY_ROOT") && page.contains("\n.TH STATUARY-INCIDENT-OPEN 1 2026-11-22 "), "{page}");
    assert!(page.ends_with(".SH \"SEE ALSO\"\n\\fBstatuary\\-incident\\fR(1)\n"), "{page}");
}

#[test]
fn man_pages_replace_older_ones_and_refuse_what_is_no_folder() {
    let org = TestOrg::empty();
    org.write("file", "mine").write("old/statuary.1", "old");
    org.run("man old --quiet").stderr("").success();
    assert_ne!(fs::read(org.path("old/statuary.1")).unwrap(), b"old");
    let again = org.run("--json man old").stderr_matches(|words| words.starts_with("wrote ")).json();
    assert_eq!(again["paths"].as_array().unwrap().len(), commands().len());
    assert_eq!(fs::read_dir(org.path("old")).unwrap().count(), commands().len(), "nothing else is left there");
    org.run("man file").stdout("").stderr("error: `file` is not a folder\nhint: name a folder, new or old\n").code(2);
    org.run("man file/deeper").stdout("").stderr("error: cannot make `file/deeper`: not a directory\n").code(1);
    org.run("man").stderr("error: missing `<DIR>`\nhint: see `statuary man --help`\n").code(2);
    assert_eq!(fs::read(org.path("file")).unwrap(), b"mine");
}
