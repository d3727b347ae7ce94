//! Copies of the database, and organizations that are removed but for one.
#![expect(clippy::disallowed_methods, reason = "a test's own files need not be durable")]

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Stdio;
use std::sync::atomic::{AtomicBool, Ordering};

use super::acme;
use crate::test_org::TestOrg;

/// What a database answers to a question of one number, or text.
fn ask<T: rusqlite::types::FromSql>(database: &Path, question: &str) -> T {
    let flags = rusqlite::OpenFlags::SQLITE_OPEN_READ_ONLY;
    let connection = rusqlite::Connection::open_with_flags(database, flags).unwrap();
    connection.busy_timeout(std::time::Duration::from_secs(30)).unwrap();
    connection.query_row(question, [], |row| row.get(0)).unwrap()
}

fn names(folder: &Path) -> Vec<String> {
    let mut names: Vec<String> =
        fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().to_str().unwrap().to_owned()).collect();
    names.sort();
    names
}

#[test]
fn a_backup_is_a_database_of_its_own() {
    let org = acme();
    org.run("incident open 'API down' --service api").success();
    org.run("backup ../copy.db").stdout("../copy.db\n").stderr("").success();
    let copy = org.path("copy.db");
    assert_eq!(fs::metadata(&copy).unwrap().permissions().mode() & 0o777, 0o600);
    assert_eq!(ask::<String>(&copy, "PRAGMA integrity_check"), "ok");
    org.write("again/org.toml", "name = 'Again'\n");
    fs::rename(&copy, org.path("again/org.db")).unwrap();
    let dump = org.run("export").text();
    org.enter("again");
    assert_eq!(org.run("export").text(), dump);
    let report = org.run("backup third.db --json").json();
    assert_eq!(report["path"], "third.db");
    assert!(report["bytes"].as_u64().unwrap() > 4096);
}

#[test]
fn a_backup_never_replaces_a_file_and_is_never_published() {
    let org = acme();
    org.run("build --quiet").success();
    org.write("acme/taken", "mine");
    std::os::unix::fs::symlink("nowhere", org.path("acme/dangling")).unwrap();
    let exists = |name: &str| format!("error: `{name}` exists already\nhint: name a file that does not exist\n");
    for name in ["taken", "dangling", "public", "org.db"] {
        org.run(&format!("backup {name}")).stdout("").stderr(&exists(name)).code(4);
    }
    for name in ["public/copy.db", "./public/../public/history/copy.db"] {
        org.run(&format!("backup {name}"))
            .stderr(&format!("error: `{name}` would be published\nhint: name a file outside of public/\n"))
            .code(4);
    }
    org.run("backup no/copy.db").stderr("error: cannot write `no/copy.db`: no such file or directory\n").code(1);
    org.run("backup -").stderr("error: a backup cannot be written to standard output\nhint: name a file that does not exist\n").code(2);
    assert_eq!(fs::read_to_string(org.path("acme/taken")).unwrap(), "mine");
    assert!(!names(&org.path("acme")).iter().any(|name| name.contains("partial")));
}

#[test]
fn backups_are_consistent_while_others_write() {
    let org = acme();
    let (folder, database) = (org.path("acme"), org.path("acme/org.db"));
    let done = AtomicBool::new(false);
    let count = || ask::<i64>(&database, "SELECT count(*) FROM incidents");
    let command = |arguments: &[&str]| {
        let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_statuary"));
        command.args(arguments).current_dir(&folder).env_clear().stdout(Stdio::null()).stderr(Stdio::null());
        command.status().unwrap().success()
    };
    std::thread::scope(|scope| {
        let writers: Vec<_> = (0..8)
            .map(|writer| {
                scope.spawn({
                    let (done, command) = (&done, &command);
                    move || {
                        let mut written = 0;
                        while !done.load(Ordering::Relaxed) && written < 100 {
                            assert!(command(&["incident", "open", &format!("n{writer}"), "--service", "api"]), "a writer was turned away");
                            written += 1;
                        }
                        written
                    }
                })
            })
            .collect();
        for number in 0..20 {
            let name = format!("../copy{number}.db");
            let before = count();
            assert!(command(&["backup", &name]), "a backup failed");
            let after = count();
            let copy = org.path(&format!("copy{number}.db"));
            assert_eq!(ask::<String>(&copy, "PRAGMA integrity_check"), "ok");
            let copied = ask::<i64>(&copy, "SELECT count(*) FROM incidents");
            assert!((before..=after).contains(&copied), "{copied} is not between {before} and {after}");
            assert_eq!(ask::<i64>(&copy, "SELECT count(*) FROM updates"), copied, "half an incident");
        }
        done.store(true, Ordering::Relaxed);
        let written: i64 = writers.into_iter().map(|writer| writer.join().unwrap()).sum();
        assert_eq!(count(), written);
        assert!(written > 8, "nobody wrote meanwhile");
    });
}

/// A workspace with `acme`, in whose folder there is something of everything, and `globex`.
fn two() -> TestOrg {
    let org = acme();
    org.run("incident open 'API down' --service api").success();
    org.run("export --out dump.json").success();
    org.write("acme/overrides/words/en.toml", "all_operational = \"All is well\"\n");
    org.write("acme/notes/todo.txt", "buy milk");
    org.run("build --quiet").success();
    org.enter("").run("org create globex --name Globex").success();
    org
}

#[test]
fn a_removed_organization_is_in_one_file_and_can_be_brought_back() {
    let org = two();
    let dump = org.run("--org acme export").text();
    std::os::unix::fs::symlink(org.path("globex"), org.path("acme/overrides/link")).unwrap();
    org.clock("2026-11-22T13:00:00Z");
    org.run("org remove acme")
        .stdout("[ROOT]/acme-removed-2026-11-22T13-00-00Z.tar\n")
        .stderr(
            "removed organization `acme`; the file holds what people made in it\n\
             hint: bring it back with `tar -xf [ROOT]/acme-removed-2026-11-22T13-00-00Z.tar -C [ROOT]`\n",
        )
        .success();
    assert_eq!(names(&org.path("")), ["acme-removed-2026-11-22T13-00-00Z.tar", "globex", "statuary.toml"]);
    assert!(org.path("globex/org.toml").exists(), "no link was followed");
    org.run("org list").stdout("globex\t0\t0\tGlobex\t-\n").success();
    let archive = org.path("acme-removed-2026-11-22T13-00-00Z.tar");
    assert_eq!(fs::metadata(&archive).unwrap().permissions().mode() & 0o777, 0o600);
    tar::Archive::new(fs::File::open(&archive).unwrap()).unpack(org.path("")).unwrap();
    let found = names(&org.path("acme"));
    assert!(!found.iter().any(|name| name == "public" || name == ".statuary"), "{found:?}");
    for name in ["dump.json", "notes", "org.db", "org.toml", "overrides"] {
        assert!(found.iter().any(|found| found == name), "{name} in {found:?}");
    }
    assert_eq!(fs::read_to_string(org.path("acme/notes/todo.txt")).unwrap(), "buy milk");
    assert_eq!(ask::<String>(&org.path("acme/org.db"), "PRAGMA integrity_check"), "ok");
    assert_eq!(org.run("--org acme export").text(), dump);
}

#[test]
fn what_removal_of_an_organization_refuses_stays_whole() {
    let org = two();
    let before = names(&org.path(""));
    org.run("org remove").stderr("error: missing `<SLUG>`\nhint: see `statuary org remove --help`\n").code(2);
    org.run("org remove acmee").stderr("error: no org `acmee`\nhint: did you mean `acme`?\n").code(3);
    org.clock("2026-11-22T13:00:00Z").write("acme-removed-2026-11-22T13-00-00Z.tar", "mine");
    org.run("org remove acme")
        .stdout("")
        .stderr("error: `[ROOT]/acme-removed-2026-11-22T13-00-00Z.tar` exists already\nhint: move it away\n")
        .code(4);
    fs::remove_file(org.path("acme-removed-2026-11-22T13-00-00Z.tar")).unwrap();
    std::os::unix::fs::symlink(org.path("globex"), org.path("alias")).unwrap();
    org.run("org remove alias").stderr("error: `[ROOT]/alias` is a link to another folder of the workspace\nhint: an organization has one name: rename the folder itself\n").code(5);
    fs::remove_file(org.path("alias")).unwrap();
    assert_eq!(names(&org.path("")), before);
    org.run("--org acme status").success();
    org.write("solo/org.toml", "name = 'Solo'\n");
    fs::remove_file(org.path("statuary.toml")).unwrap();
    org.enter("solo")
        .run("org remove solo")
        .stderr(
            "error: `solo` is in no workspace\n\
             hint: copy its folder somewhere safe and delete it yourself, or keep its database with `statuary backup FILE`\n",
        )
        .code(4);
}

#[test]
fn a_damaged_organization_can_be_removed_too() {
    for (bytes, why) in [
        (b"not a database, but long enough to be looked at as one ".repeat(40), "is not an organization's data"),
        (Vec::new(), "is empty: its creation was interrupted"),
    ] {
        let org = two();
        org.clock("2026-11-22T13:00:00Z").write("acme/org.db", &bytes);
        org.run("org remove acme --json").success();
        assert!(!org.path("acme").exists());
        let archive = org.path("acme-removed-2026-11-22T13-00-00Z.tar");
        tar::Archive::new(fs::File::open(&archive).unwrap()).unpack(org.path("")).unwrap();
        assert!(fs::read(org.path("acme/org.db")).unwrap() == bytes);
        org.clock("2026-11-22T14:00:00Z")
            .run("org remove acme")
            .stderr_matches(|words| words.contains(&format!("\nthe backup holds org.db as it is: `[ROOT]/acme/org.db` {why}\n")))
            .success();
    }
    let org = two();
    fs::remove_file(org.path("acme/org.db")).unwrap();
    org.run("org remove acme").success();
    assert!(!org.path("acme").exists());
}
