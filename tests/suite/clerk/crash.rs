//! A server that is killed with a message in its hands: Clerk sends it again, and what comes of both is what one would have made.

use std::collections::BTreeMap;
use std::fs;
use std::io::Write;
use std::path::PathBuf;

use rusqlite::Connection;
use rustix::process::{Pid, Signal, kill_process};
use serde_json::json;

use super::home::{Home, Message, PATH, Serving, made};
use crate::serving::ask;

/// What a directory holds after the message alone, and the folders.
type Outcome = (BTreeMap<String, Vec<String>>, Vec<String>);

fn message() -> Message {
    Message::of("msg_1", &made("organizationMembership.created"))
}

/// What has come of the message in a server that lives.
#[track_caller]
fn after(home: &Home, serving: &Serving) -> Outcome {
    assert_eq!(serving.send(&message()).status, 200);
    serving.until_page("/northwind/", "Northwind Traders");
    let log = home.org.run("log --org northwind --json").json();
    assert_eq!(log["events"].as_array().unwrap().len(), 1, "{log}");
    (home.rows(), home.orgs())
}

/// The same where nothing happens but this.
#[track_caller]
fn undisturbed(before: impl Fn(&Home)) -> Outcome {
    let home = Home::new();
    before(&home);
    let outcome = after(&home, &home.serve());
    assert_eq!((messages(&home), &outcome.1[..]), (1, &["northwind".to_owned()][..]));
    outcome
}

/// How many messages count.
#[track_caller]
fn messages(home: &Home) -> i64 {
    home.status()["applied"].as_i64().unwrap()
}

/// Whether the process has this file open.
fn has_open(process: u32, file: &std::path::Path) -> bool {
    let open = fs::read_dir(format!("/proc/{process}/fd")).into_iter().flatten().flatten();
    open.filter_map(|one| fs::read_link(one.path()).ok()).any(|path| path == file)
}

#[test]
fn killed_before_the_message_is_recorded() {
    // So that there is a directory to be held.
    let first = |home: &Home| {
        home.org.write("roles.json", json!([made("role.created")["data"]]).to_string());
        home.org.run("clerk import roles.json").success();
    };
    let home = Home::new();
    first(&home);
    let directory = home.org.path("directory.db");
    let mut serving = home.serve();
    // What it does at its start is over once it has built everything there is.
    serving.running.until("being ready", || ask(&serving.address, "GET", "/readyz", &[], b"").is_ok_and(|answer| answer.status == 200));
    let holder = Connection::open(&directory).unwrap();
    holder.execute_batch("BEGIN EXCLUSIVE").unwrap();
    std::thread::scope(|scope| {
        let sent = scope.spawn(|| ask(&serving.webhooks, "POST", PATH, &message().headers("svix"), &message().body).is_err());
        serving.running.until("the message in its hands", || has_open(serving.running.pid(), &directory));
        serving.running.signal(Signal::KILL);
        assert!(sent.join().unwrap(), "it was answered");
    });
    serving.running.ended();
    drop(holder);
    assert_eq!(messages(&home), 0);
    assert_eq!(after(&home, &home.serve()), undisturbed(first));
}

fn children(process: u32) -> Vec<Pid> {
    let listed = fs::read_to_string(format!("/proc/{process}/task/{process}/children")).unwrap_or_default();
    listed.split_whitespace().filter_map(|child| Pid::from_raw(child.parse().ok()?)).collect()
}

/// Where a program of this machine is.
fn program(name: &str) -> Option<PathBuf> {
    std::env::split_paths(&std::env::var_os("PATH")?).map(|folder| folder.join(name)).find(|path| path.is_file())
}

#[test]
fn killed_at_any_write_between_receipt_and_answer() {
    let works = |strace: &PathBuf| {
        let tried = std::process::Command::new(strace).args(["-f", "-qq", "-o", "/dev/null", "true"]).output();
        tried.is_ok_and(|output| output.status.success())
    };
    let Some(strace) = program("strace").filter(works) else {
        drop(writeln!(std::io::stderr(), "SKIPPED: there is no `strace` that may trace here"));
        return;
    };
    let expected = undisturbed(|_| {});
    let calls = "pwrite64,fsync,fdatasync,unlink,unlinkat,rename,renameat,renameat2,mkdir,mkdirat";
    let mut killed = 0;
    for nth in (1..).step_by(2) {
        let home = Home::new();
        let log = home.org.path("strace.log");
        let below = |name: &str| home.org.path(name).display().to_string();
        let files = ["directory.db", "directory.db-journal", "northwind", "northwind/org.db", "northwind/org.db-journal", ""].map(below);
        let paths: String = files.iter().map(|path| format!(" -P '{path}'")).collect();
        let line = format!(
            "exec {} -f -qq -o '{}' -e trace={calls} -e signal=none -e inject={calls}:signal=SIGKILL:when={nth}{paths} -- \"$0\" \"$@\"",
            strace.display(),
            log.display(),
        );
        let mut serving = home.served_by(&line);
        let answered = ask(&serving.webhooks, "POST", PATH, &message().headers("svix"), &message().body);
        // One that lives on is not ended with whoever traces it.
        for child in children(serving.running.pid()) {
            let _ = kill_process(child, Signal::KILL);
        }
        serving.running.ended();
        assert_eq!(after(&home, &home.serve()), expected, "killed at call {nth}:\n{}", fs::read_to_string(&log).unwrap());
        if answered.is_ok() {
            break;
        }
        killed += 1;
    }
    drop(writeln!(std::io::stderr(), "killed {killed} times between receipt and answer"));
    assert!(killed >= 8, "it was killed {killed} times only");
}
