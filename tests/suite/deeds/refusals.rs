//! Files that are not ours, not whole, not writable or not free: one clear line, and nothing is touched.

#![expect(
    clippy::disallowed_methods,
    clippy::print_stdout,
    reason = "tests put other files in an organization's place, and say what they skip"
)]

use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt, chown};
use std::process::{Command, Stdio};
use std::time::Duration;

use super::{acme, events};

/// Every kind of command that opens a record.
const COMMANDS: &[&str] = &["status", "service list", "service add x", "incident open x", "build", "export", "log", "import dump d.json"];

#[test]
fn a_file_that_is_not_ours_is_named_and_left_alone() {
    let org = acme();
    org.write("acme/d.json", "{}");
    let sqlite = org.path("foreign.db");
    rusqlite::Connection::open(&sqlite)
        .unwrap()
        .execute_batch("CREATE TABLE notes (text TEXT); INSERT INTO notes VALUES ('mine')")
        .unwrap();
    for bytes in [fs::read(&sqlite).unwrap(), b"plain text, and more of it".to_vec(), vec![0; 4096]] {
        fs::write(org.path("acme/org.db"), &bytes).unwrap();
        for command in COMMANDS {
            org.run(command).stdout("").stderr("error: `[ROOT]/acme/org.db` is not an organization's data\n").code(5);
        }
        assert!(fs::read(org.path("acme/org.db")).unwrap() == bytes);
        assert!(!org.path("acme/org.db-journal").exists());
    }
}

#[test]
fn a_newer_record_is_refused_and_an_interrupted_one_explained() {
    let org = acme();
    org.write("acme/d.json", "{}");
    let database = org.path("acme/org.db");
    rusqlite::Connection::open(&database).unwrap().pragma_update(None, "user_version", 99).unwrap();
    let before = fs::read(&database).unwrap();
    for command in COMMANDS {
        org.run(command)
            .stdout("")
            .stderr("error: `[ROOT]/acme/org.db` has schema 99, this statuary knows 8\nhint: upgrade statuary\n")
            .code(4);
    }
    assert!(fs::read(&database).unwrap() == before);
    fs::write(&database, "").unwrap();
    org.run("status")
        .stderr("error: `[ROOT]/acme/org.db` is empty: its creation was interrupted\nhint: put a backup in its place, read a dump with `statuary import dump`, or begin with `statuary service add`\n")
        .code(5);
}

#[test]
fn a_damaged_record_is_named() {
    let org = acme();
    for number in 0..40 {
        org.run(&format!("incident open 'number {number}'")).success();
    }
    let database = org.path("acme/org.db");
    let mut bytes = fs::read(&database).unwrap();
    for byte in &mut bytes[4096..] {
        *byte = 0x5a;
    }
    fs::write(&database, &bytes).unwrap();
    for command in ["status", "incident list", "incident open x", "export"] {
        org.run(command).stdout("").stderr_starts("error: `[ROOT]/acme/org.db` is damaged: ").code(5);
    }
}

#[test]
fn whoever_holds_the_record_is_waited_for_and_then_it_is_busy() {
    let org = acme();
    let before = events(&org).len();
    let mut other = rusqlite::Connection::open(org.path("acme/org.db")).unwrap();
    let held = other.transaction_with_behavior(rusqlite::TransactionBehavior::Immediate).unwrap();
    // Reading goes on meanwhile.
    org.run("service list").success();
    org.run("service add late")
        .stdout("")
        .stderr("error: `[ROOT]/acme/org.db` is held by another process\nhint: try again in a moment\n")
        .code(75);
    drop(held);
    let held = other.transaction_with_behavior(rusqlite::TransactionBehavior::Immediate).unwrap();
    let mut waiting = org.command(&["service", "add", "patient"]).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    std::thread::sleep(Duration::from_millis(300));
    assert!(waiting.try_wait().unwrap().is_none(), "it waits");
    held.commit().unwrap();
    assert_eq!(waiting.wait().unwrap().code(), Some(0));
    assert_eq!(events(&org).len(), before + 1);
}

#[test]
fn a_folder_that_cannot_be_written_is_told_and_can_be_read() {
    let org = acme();
    // Root writes everywhere; as somebody else it cannot.
    let root = fs::metadata("/proc/self").is_ok_and(|metadata| metadata.uid() == 0);
    let somebody = ["setpriv", "--reuid", "65534", "--regid", "65534", "--clear-groups"];
    let dir = org.path("acme");
    let statuary = |arguments: &[&str]| {
        let mut words: Vec<&str> = if root { somebody.to_vec() } else { Vec::new() };
        words.push(env!("CARGO_BIN_EXE_statuary"));
        Command::new(words[0])
            .args(&words[1..])
            .args(arguments)
            .current_dir("/")
            .env_clear()
            .env("STATUARY_ROOT", &dir)
            .env("PATH", "/usr/bin:/bin")
            .output()
    };
    let allow = |path: &str, mode: u32| fs::set_permissions(org.path(path), fs::Permissions::from_mode(mode)).unwrap();
    if root {
        for path in ["acme", "acme/org.db", "acme/org.toml"] {
            chown(org.path(path), Some(65_534), Some(65_534)).unwrap();
        }
    }
    allow("", 0o755);
    if !statuary(&["status"]).is_ok_and(|output| output.status.success()) {
        println!("SKIPPED: a folder that cannot be written, since this machine cannot run as somebody else");
        return;
    }
    let before = fs::read(org.path("acme/org.db")).unwrap();
    allow("acme/org.db", 0o400);
    allow("acme", 0o500);
    for arguments in [&["service", "add", "x"][..], &["incident", "open", "x"], &["build"]] {
        let output = statuary(arguments).unwrap();
        let words = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(1), "{arguments:?}: {words}");
        assert!(words.starts_with("error: cannot ") && words.lines().count() == 1, "{arguments:?}: {words}");
        assert!(output.stdout.is_empty());
    }
    assert!(fs::read(org.path("acme/org.db")).unwrap() == before);
    allow("acme", 0o700);
    allow("acme/org.db", 0o600);
    assert_eq!(statuary(&["service", "add", "x"]).unwrap().status.code(), Some(0));
}

#[test]
fn a_folder_that_cannot_be_read_is_named_and_keeps_nobody_from_the_others() {
    let org = acme();
    org.enter("").run("org create beta --name Beta").success();
    let beta = org.path("beta");
    // Root reads everything; as somebody else it cannot.
    let root = fs::metadata("/proc/self").is_ok_and(|metadata| metadata.uid() == 0);
    let statuary = |arguments: &[&str]| {
        let mut words: Vec<&str> =
            if root { vec!["setpriv", "--reuid", "65534", "--regid", "65534", "--clear-groups"] } else { Vec::new() };
        words.push(env!("CARGO_BIN_EXE_statuary"));
        let mut command = Command::new(words[0]);
        let command = command.args(&words[1..]).args(arguments).current_dir("/").env_clear().env("PATH", "/usr/bin:/bin");
        command.env("STATUARY_ROOT", org.path("")).env("STATUARY_NOW", "2026-11-22T12:00:00Z").output().map(|output| {
            let text =
                |bytes: &[u8]| String::from_utf8_lossy(bytes).replace(org.path("").to_str().unwrap().trim_end_matches('/'), "[ROOT]");
            (output.status.code(), text(&output.stdout), text(&output.stderr))
        })
    };
    fs::set_permissions(org.path(""), fs::Permissions::from_mode(0o755)).unwrap();
    if root {
        for path in ["acme", "acme/org.db", "acme/org.toml"] {
            chown(org.path(path), Some(65_534), Some(65_534)).unwrap();
        }
    }
    fs::set_permissions(&beta, fs::Permissions::from_mode(if root { 0o700 } else { 0 })).unwrap();
    if !statuary(&["--org", "acme", "status"]).is_ok_and(|(code, ..)| code == Some(0)) || (!root && fs::read_dir(&beta).is_ok()) {
        println!("SKIPPED: a folder that cannot be read, since this machine cannot run as somebody else");
        return;
    }
    let refusal = "error: cannot read `[ROOT]/beta`: permission denied\nhint: let it be read, or move it out of the workspace\n";
    for (arguments, stdout, stderr) in [
        (&["org", "list"][..], "acme\t", refusal.to_owned()),
        (
            &["build", "--all", "--dry-run"],
            "acme\t",
            format!("would build 1 of 2 organizations: write 92 files, keep 0, remove 0 files\n{refusal}"),
        ),
        (&["publish", "--all", "--dry-run"], "", String::new()),
        (&["--org", "beta", "build"], "", refusal.to_owned()),
        (&["--root", beta.to_str().unwrap(), "build"], "", refusal.to_owned()),
    ] {
        let (code, out, err) = statuary(arguments).unwrap();
        assert_eq!(code, Some(1), "{arguments:?}: {err}");
        assert!(out.starts_with(stdout) && out.is_empty() == stdout.is_empty(), "{arguments:?}: {out}");
        if stderr.is_empty() {
            assert!(err.contains(refusal), "{arguments:?}: {err}");
        } else {
            assert_eq!(err, stderr, "{arguments:?}");
        }
    }
    // Whoever can work on one only, works on that one.
    assert_eq!(statuary(&["service", "add", "x"]).unwrap().0, Some(0));
    fs::set_permissions(&beta, fs::Permissions::from_mode(0o700)).unwrap();
}
