//! Messages from a person's editor, and what becomes of them.

use std::fs;
use std::os::unix::fs::PermissionsExt;

use super::{acme, events};
use crate::test_org::TestOrg;

/// What `incident show` gives of the newest update.
#[track_caller]
fn newest(org: &TestOrg, thing: &str) -> String {
    let shown = org.run(&format!("{thing} --json")).json();
    shown["updates"].as_array().unwrap().last().unwrap()["body"].as_str().unwrap().to_owned()
}

/// An organization in which the editor is this shell script, the file being `$1`, and temporary files have a folder of their own.
fn edited_by(script: &str) -> TestOrg {
    let org = acme();
    org.write("editor.sh", script).write("tmp/.keep", "");
    org.env("EDITOR", format!("sh {}", org.path("editor.sh").display())).env("TMPDIR", org.path("tmp")).env("PATH", "/usr/bin:/bin");
    org
}

/// The files that are left in the folder of temporary files, with what they hold.
fn left(org: &TestOrg) -> Vec<(String, String)> {
    let folders = fs::read_dir(org.path("tmp")).unwrap().map(|entry| entry.unwrap().path()).filter(|path| path.is_dir());
    let files = folders.flat_map(|folder| fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect::<Vec<_>>());
    files.map(|file| (file.display().to_string(), fs::read_to_string(file).unwrap())).collect()
}

#[test]
fn every_verb_with_a_message_takes_it_from_the_editor_and_nothing_is_left() {
    // Keeps what it was given, and says something new above it.
    let org =
        edited_by("cat \"$1\" > \"$HOME/given\"\n{ printf '# Heading\\n\\nWords.\\n'; cat \"$1\"; } > \"$1.new\"\nmv \"$1.new\" \"$1\"\n");
    let given = || fs::read_to_string(org.path("given")).unwrap();
    for (command, thing, about, start) in [
        ("incident open 'API down' --edit", "incident show 1", "The first message about the incident: API down", ""),
        (
            "incident open 'Web down' --message 'So far.' --edit",
            "incident show 2",
            "The first message about the incident: Web down",
            "So far.",
        ),
        ("incident update 1 --edit", "incident show 1", "What is new about incident 1 (API down)", ""),
        ("incident update 1 --file notes.md --edit", "incident show 1", "What is new about incident 1 (API down)", "# Notes"),
        ("incident edit-update 2 1 --edit", "incident show 2", "Update 1 of incident 2", "# Heading\n\nWords.\nSo far."),
        ("incident resolve 1 --edit", "incident show 1", "How incident 1 (API down) ended", ""),
        ("incident postmortem 1 --edit", "incident show 1", "The postmortem of incident 1 (API down)", ""),
        ("incident postmortem 1 --edit", "incident show 1", "The postmortem of incident 1 (API down)", "# Heading\n\nWords."),
        ("maintenance schedule Work --from +1h --for 1h --edit", "maintenance show 1", "The announcement of the maintenance: Work", ""),
        ("maintenance start 1 --edit", "maintenance show 1", "What is new about maintenance 1 (Work)", ""),
        ("maintenance update 1 --edit", "maintenance show 1", "What is new about maintenance 1 (Work)", ""),
        ("maintenance complete 1 --edit", "maintenance show 1", "What is new about maintenance 1 (Work)", ""),
    ] {
        org.write("acme/notes.md", "# Notes\n");
        org.run(command).success();
        let expected = format!(
            "{start}\n\n<!-- ------------------------ >8 ------------------------\n{about}\n\
             Leave the line above as it is: what stands below it is dropped.\nAn empty message writes nothing.\n-->\n"
        );
        assert_eq!(given(), expected.replacen("# Notes\n\n", "# Notes\n\n\n", usize::from(start == "# Notes")), "{command}");
        let kept = if start.is_empty() { String::new() } else { format!("\n{start}") };
        assert_eq!(newest(&org, thing), format!("# Heading\n\nWords.{kept}"), "{command}");
    }
    org.run("service status api degraded --edit").success();
    assert_eq!(left(&org), []);
}

#[test]
fn the_file_is_private_and_visual_goes_before_editor() {
    let org = edited_by("exit 9\n");
    org.write("visual.sh", "stat -c %a \"$1\" \"$(dirname \"$1\")\" > \"$1\"\n");
    org.env("VISUAL", format!("sh {}", org.path("visual.sh").display()));
    org.run("incident open x --edit").success();
    assert_eq!(newest(&org, "incident show 1"), "600\n700");
    org.env("VISUAL", " ").run("incident update 1 --edit").code(1);
}

#[test]
fn an_empty_message_writes_nothing() {
    for script in [":\n", "> \"$1\"\n", "printf ' \\n\\n' > \"$1\"\n", "sed -i 's/^<!-- -.*//; s/^-->//' \"$1\"\n"] {
        let org = edited_by(script);
        let before = events(&org).len();
        org.run("incident open x --edit").stdout("").stderr("error: nothing was written: the message is empty\n").code(1);
        assert_eq!((events(&org).len(), left(&org)), (before, vec![]), "{script}");
    }
}

#[test]
fn an_editor_that_fails_is_named() {
    let org = edited_by("exit 3\n");
    let editor = format!("sh {}", org.path("editor.sh").display()).replace(org.path("").to_str().unwrap().trim_end_matches('/'), "[ROOT]");
    let before = events(&org).len();
    org.run("incident open x --edit")
        .stdout("")
        .stderr(&format!("error: the editor `{editor}` ended with exit code 3, so nothing was written\n"))
        .code(1);
    org.write("editor.sh", "kill -9 $$\n");
    // The shell may have a word of its own to say.
    let killed = format!("error: the editor `{editor}` ended with exit code 137, so nothing was written\n");
    org.run("incident open x --edit").stderr_matches(|words| words.ends_with(&killed)).code(1);
    org.env("EDITOR", "no-such-editor --wait")
        .run("incident open x --edit")
        .stderr_matches(|words| {
            words.ends_with(
                "error: the editor `no-such-editor --wait` cannot be run\n\
                 hint: name another one in the environment variable VISUAL or EDITOR\n",
            )
        })
        .code(1);
    org.env("EDITOR", "").env("PATH", org.path("nowhere"));
    org.run("incident open x --edit")
        .stderr("error: there is no editor\nhint: name one in the environment variable EDITOR, or give the message with `--message`\n")
        .code(1);
    assert_eq!((events(&org).len(), left(&org)), (before, vec![]));
}

#[test]
fn what_was_written_for_nothing_is_kept_and_can_be_given_again() {
    let org = edited_by("printf 'Long words.\\n' > \"$1\"\n");
    let before = events(&org).len();
    org.run("incident open x --service nowhere --edit")
        .stdout("")
        .stderr_matches(|words| {
            let kept = words.strip_prefix(
                "error: no service `nowhere`\nhint: list them with `statuary service list`; \
                 your text is kept, to be given again with `--file [ROOT]/tmp/statuary-",
            );
            kept.is_some_and(|rest| rest.ends_with("/MESSAGE.md`\n"))
        })
        .code(3);
    assert_eq!(events(&org).len(), before);
    let kept = left(&org);
    assert_eq!(kept.len(), 1);
    let (path, text) = &kept[0];
    assert_eq!((text.as_str(), fs::metadata(path).unwrap().permissions().mode() & 0o777), ("Long words.\n", 0o600));
    org.run(&format!("incident open x --file {path}")).success();
    assert_eq!(newest(&org, "incident show 1"), "Long words.");
    // An editor that fails after it has written.
    org.write("editor.sh", "printf 'More words.\\n' > \"$1\"; exit 1\n");
    org.run("incident update 1 --edit")
        .stderr_matches(|words| {
            words.contains(
                " ended with exit code 1, so nothing was written\nhint: your text is kept, to be given again with `--file [ROOT]/tmp/",
            )
        })
        .code(1);
    // What is no text is left as it is.
    org.write("editor.sh", "printf '\\377' > \"$1\"\n");
    org.run("incident update 1 --edit")
        .stderr_matches(|words| words.starts_with("error: the message is not UTF-8 text\nhint: what you wrote is in `[ROOT]/tmp/statuary-"))
        .code(5);
}

#[test]
fn ctrl_c_is_meant_for_the_editor_while_it_runs() {
    // As a terminal does, it tells everybody: here the shell that runs the editor, and who waits for that.
    let org = edited_by("kill -INT $PPID $(cut -d' ' -f4 \"/proc/$PPID/stat\")\nprintf 'Words.\\n' > \"$1\"\n");
    org.run("incident open x --edit").stderr("opened incident 1, impact none\n").success();
    assert_eq!((newest(&org, "incident show 1").as_str(), left(&org)), ("Words.", vec![]));
}

#[test]
fn nobody_writes_for_what_is_refused_anyway() {
    let org = edited_by("touch \"$HOME/opened\"; echo x > \"$1\"\n");
    org.run("incident open x").success();
    for (command, code) in [
        ("incident open ' ' --edit", 2),
        ("incident update 9 --edit", 3),
        ("incident update 1 --service api --edit", 2),
        ("incident edit-update 1 7 --edit", 3),
        ("incident postmortem 1 --edit", 4),
        ("maintenance start 1 --edit", 3),
        ("maintenance schedule x --from nonsense --for 1h --edit", 2),
    ] {
        org.run(command).code(code);
        assert!(!org.path("opened").exists(), "{command}");
    }
    org.run("incident resolve 1").success();
    org.run("incident resolve 1 --edit").code(4);
    assert!(!org.path("opened").exists());
}
