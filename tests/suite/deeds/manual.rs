//! What the program says of itself: completions and man pages, outside of any workspace.

use std::collections::BTreeSet;
use std::fs;

use crate::test_org::TestOrg;

#[test]
fn every_shell_has_completions() {
    let org = TestOrg::empty();
    for (shell, mark) in [
        ("bash", "complete -F _statuary statuary\n"),
        ("elvish", "set edit:completion:arg-completer[statuary] = "),
        ("fish", "complete --command statuary "),
        ("powershell", "Register-ArgumentCompleter -Native -CommandName 'statuary'"),
        ("zsh", "#compdef statuary\n"),
    ] {
        let script = org.run(&format!("completions {shell}")).stderr("").text();
        // Three of them ask the program what fits, which tests/suite/completions.rs tries at their prompts.
        let asks = script.contains("command statuary complete -- ");
        assert!(script.contains(mark) && (asks || script.contains("maintenance")), "{shell}: {script:.400}");
        assert_eq!(asks, ["bash", "fish", "zsh"].contains(&shell), "{shell}");
        assert_eq!(org.run(&format!("--json completions {shell}")).text(), script, "a script is a script with `--json` too");
    }
    assert_eq!(fs::read_dir(org.path("")).unwrap().count(), 0, "nothing was made");
    org.run("completions cmd")
        .stdout("")
        .stderr("error: `cmd` does not fit `<SHELL>`\nhint: one of bash, elvish, fish, powershell, zsh\n")
        .code(2);
    org.run("completions zhs").stderr("error: `zhs` does not fit `<SHELL>`\nhint: did you mean `zsh`?\n").code(2);
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
        ran.stderr(&format!("wrote {} pages into `share/man1`\n", commands().len() + 1)).text().lines().map(str::to_owned).collect();
    assert_eq!((listed[0].as_str(), listed.last().unwrap().as_str()), ("share/man1/statuary.1", "share/man5/statuary-json.5"));
    let documents = fs::read_to_string(org.path("share/man5/statuary-json.5")).unwrap();
    assert!(
        documents.contains(".TH STATUARY\\-JSON 5 2026\\-11\\-22 ") || documents.contains(".TH STATUARY-JSON 5 2026-11-22 "),
        "{documents:.900}"
    );
    assert!(documents.contains("\n.SS \"Bad day\"\n") && documents.contains("\n.TP\n\\fBbad_days\\fR (list of Bad day)\n"), "{documents}");
    assert!(!documents.contains('`') && !documents.contains("|---"), "{documents}");
    let found: BTreeSet<String> = fs::read_dir(org.path("share/man1"))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().to_str().unwrap().trim_end_matches(".1").to_owned())
        .collect();
    assert_eq!(found, commands());
    assert_eq!(
        listed
            .iter()
            .filter_map(|path| path.strip_prefix("share/man1/"))
            .map(|path| path.trim_end_matches(".1").to_owned())
            .collect::<BTreeSet<_>>(),
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
    assert_eq!(again["paths"].as_array().unwrap().len(), commands().len() + 1);
    assert_eq!(fs::read_dir(org.path("old")).unwrap().count(), commands().len() + 1, "nothing else is left there");
    org.run("man file").stdout("").stderr("error: `file` is not a folder\nhint: name a folder, new or old\n").code(2);
    org.run("man file/deeper").stdout("").stderr("error: cannot make `file/deeper`: not a directory\n").code(1);
    org.run("man").stderr("error: missing `<DIR>`\nhint: see `statuary man --help`\n").code(2);
    assert_eq!(fs::read(org.path("file")).unwrap(), b"mine");
}
