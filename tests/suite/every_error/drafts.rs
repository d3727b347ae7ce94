//! What is said about an editor that does not do what it is for, and about messages that are none.

use std::fs;

use super::files::complaint;
use crate::test_org::TestOrg;

/// The file that was left in the folder of temporary files.
#[track_caller]
fn left(org: &TestOrg) -> String {
    let folders = fs::read_dir(org.path("tmp")).unwrap().map(|entry| entry.unwrap().path()).filter(|path| path.is_dir());
    let files: Vec<_> = folders.map(|folder| folder.join("MESSAGE.md")).filter(|file| file.exists()).collect();
    assert_eq!(files.len(), 1, "{files:?}");
    format!("[ROOT]/{}", files[0].strip_prefix(org.path("")).unwrap().display())
}

#[test]
fn what_is_no_message_is_left_where_it_was_written() {
    for (script, message) in [
        ("head -c 1048577 /dev/zero > \"$1\"\n", "the message is larger than 1 MiB, which no message is"),
        ("printf '\\377' > \"$1\"\n", "the message is not UTF-8 text"),
    ] {
        let org = TestOrg::new();
        org.write("editor.sh", script).write("tmp/.keep", "");
        org.env("EDITOR", format!("sh {}", org.path("editor.sh").display())).env("TMPDIR", org.path("tmp")).env("PATH", "/usr/bin:/bin");
        let ran = org.run("incident open x --edit").stdout("");
        let hint = format!("what you wrote is in `{}`", left(&org));
        ran.stderr(&complaint(message, &hint)).code(5);
    }
}

#[test]
fn an_editor_that_is_killed_or_cannot_begin_is_named() {
    let org = TestOrg::new();
    org.write("editor.sh", "kill -9 $PPID\n");
    let editor = "sh \"$HOME/editor.sh\"";
    org.env("EDITOR", editor).env("PATH", "/usr/bin:/bin");
    let message = "the editor `sh \"$HOME/editor.sh\"` was killed, so nothing was written";
    org.run("incident open x --edit").stdout("").stderr(&complaint(message, "")).code(1);
    org.env("EDITOR", "nano").env("PATH", org.path("nowhere"));
    let message = "cannot run the editor `nano`: no such file or directory";
    org.run("incident open x --edit").stdout("").stderr(&complaint(message, "")).code(1);
}
