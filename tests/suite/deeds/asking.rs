//! A person at a terminal is asked for what is missing, sees what will be written, and can take everything back.

use std::fs::File;
use std::io::{Read, Write};
use std::os::fd::OwnedFd;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;
use std::process::Child;
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use rustix::fs::{Mode, OFlags};
use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use rustix::termios::{Winsize, tcsetwinsize};
use serde_json::json;

use super::{acme, events};
use crate::test_org::TestOrg;

/// A machine under load takes its time.
const PATIENCE: Duration = Duration::from_secs(60);

const UP: &str = "\u{1b}[A";
const ENTER: &str = "\r";
const ESCAPE: &str = "\u{1b}";
const CTRL_C: &str = "\u{3}";

/// A command at a terminal, and a person before it.
struct Session {
    keyboard: File,
    program: Program,
    shown: Arc<Mutex<Vec<u8>>>,
    reader: JoinHandle<()>,
    /// How much of what was shown the person has read.
    read: usize,
}

/// What runs at the terminal; a test that fails leaves nothing behind.
struct Program(Child);

impl Drop for Program {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

impl Session {
    #[track_caller]
    fn begin(org: &TestOrg, arguments: &str) -> Self {
        let (keyboard, screen) = terminal();
        let mut command = org.command(&shlex::split(arguments).unwrap());
        command.env("TERM", "xterm").env("NO_COLOR", "1");
        command.stdin(screen.try_clone().unwrap()).stdout(screen.try_clone().unwrap()).stderr(screen);
        let program = Program(command.spawn().unwrap());
        // The command holds the other end, and with its end the screen goes.
        drop(command);
        let shown = Arc::new(Mutex::new(Vec::new()));
        let (mut from, into) = (keyboard.try_clone().unwrap(), Arc::clone(&shown));
        let reader = std::thread::spawn(move || {
            let mut part = [0; 4096];
            while let Ok(length @ 1..) = from.read(&mut part) {
                into.lock().unwrap().extend_from_slice(&part[..length]);
            }
        });
        Self { keyboard, program, shown, reader, read: 0 }
    }

    /// What is shown, without what moves and colours it.
    fn text(&self) -> String {
        plain(&String::from_utf8_lossy(&self.shown.lock().unwrap()))
    }

    /// Waits until something is shown after what was waited for before.
    #[track_caller]
    fn see(&mut self, words: &str) -> &mut Self {
        let begun = Instant::now();
        loop {
            let text = self.text();
            if let Some(found) = text[self.read.min(text.len())..].find(words) {
                self.read += found + words.len();
                return self;
            }
            assert!(begun.elapsed() < PATIENCE, "{words:?} is not shown:\n{text}");
            std::thread::sleep(Duration::from_millis(10));
        }
    }

    fn press(&mut self, keys: &str) -> &mut Self {
        self.keyboard.write_all(keys.as_bytes()).unwrap();
        self
    }

    /// Waits for the end: all that was shown, and the exit code.
    fn end(mut self) -> (String, i32) {
        let code = self.program.0.wait().unwrap().code().unwrap();
        // Reading ends when nobody holds the other end any more.
        self.reader.join().unwrap();
        (plain(&String::from_utf8_lossy(&self.shown.lock().unwrap())), code)
    }
}

/// Both ends of a terminal.
fn terminal() -> (File, OwnedFd) {
    let keyboard = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY | OpenptFlags::CLOEXEC).unwrap();
    grantpt(&keyboard).unwrap();
    unlockpt(&keyboard).unwrap();
    let name = ptsname(&keyboard, Vec::new()).unwrap();
    let name = Path::new(std::ffi::OsStr::from_bytes(name.as_bytes()));
    let screen = rustix::fs::open(name, OFlags::RDWR | OFlags::NOCTTY | OFlags::CLOEXEC, Mode::empty()).unwrap();
    tcsetwinsize(&screen, Winsize { ws_row: 50, ws_col: 120, ws_xpixel: 0, ws_ypixel: 0 }).unwrap();
    (File::from(keyboard), screen)
}

/// Text without the sequences that move the cursor and colour it.
fn plain(shown: &str) -> String {
    let mut text = String::new();
    let mut rest = shown.chars();
    while let Some(character) = rest.next() {
        match character {
            '\u{1b}' if rest.next() == Some('[') => drop(rest.find(|end| ('@'..='~').contains(end))),
            '\u{1b}' | '\r' => {}
            _ => text.push(character),
        }
    }
    text
}

/// `acme`, where the editor is a script that writes these words.
fn with_editor(words: &str) -> TestOrg {
    let org = acme();
    org.write("editor.sh", format!("printf '{words}' > \"$1\"\n")).write("tmp/.keep", "");
    org.env("EDITOR", format!("sh {}", org.path("editor.sh").display())).env("TMPDIR", org.path("tmp")).env("PATH", "/usr/bin:/bin");
    org.clock("2026-11-22T12:00:00Z");
    org
}

/// What is in the folder of temporary files.
fn left(org: &TestOrg) -> usize {
    std::fs::read_dir(org.path("tmp")).unwrap().count() - 1
}

#[test]
fn an_incident_is_asked_for_piece_by_piece_and_shown_before_it_is_written() {
    let org = with_editor("We **look** into it.");
    let mut session = Session::begin(&org, "incident open");
    session.see("Title:").press("  ").press(ENTER).see("the title is empty").press("Pages fail").press(ENTER);
    session
        .see("Services it affects:")
        .see("API (api)")
        .see("Vault (vault)")
        .press("eb")
        .see("Web (web)")
        .press(" ")
        .see("[x] Web")
        .press(ENTER);
    session.see("How does Web do?").see("degraded_performance").press(UP).press(UP).press(ENTER);
    session.see("Impact:").see("as its services say").press(ENTER);
    session.see("Write a message for visitors in your editor?").press(ENTER);
    session.see("title").see("Pages fail").see("impact").see("major").see("web=major_outage").see("We **look** into it.");
    session.see("Open it? (Acme)").press(ENTER);
    let (shown, code) = session.end();
    assert_eq!(code, 0, "{shown}");
    assert!(shown.contains("opened incident 1, impact major\nhint: publish it with `statuary build`\n"), "{shown}");
    let incident = org.run("incident show 1 --json").json();
    assert_eq!(
        (&incident["title"], &incident["impact"], &incident["updates"][0]["body"]),
        (&json!("Pages fail"), &json!("major"), &json!("We **look** into it."))
    );
    assert_eq!((&incident["services"][0]["slug"], &incident["services"][0]["new_status"]), (&json!("web"), &json!("major_outage")));
    assert_eq!(left(&org), 0);
}

#[test]
fn whoever_cancels_leaves_nothing_wherever_that_is() {
    let org = with_editor("Words.");
    org.run("incident open 'API down' --service api").success();
    let before = events(&org).len();
    let title: &[(&str, &str)] = &[("Title:", "Down\r")];
    let services: &[(&str, &str)] = &[("Services it affects:", " \r"), ("How does API do?", "\r")];
    let whole =
        [title, services, &[("Impact:", "\r"), ("Write a message", "n\r"), ("affects `api`", "open another\r"), ("Open it?", "n\r")]]
            .concat();
    for (command, steps) in [
        ("incident open", vec![("Title:", CTRL_C)]),
        ("incident open", vec![("Title:", ESCAPE)]),
        ("incident open", [title, &[("Services it affects:", ESCAPE)]].concat()),
        ("incident open", [title, services, &[("Impact:", CTRL_C)]].concat()),
        ("incident open", [title, services, &[("Impact:", "\r"), ("Write a message", ESCAPE)]].concat()),
        ("incident open", [title, services, &[("Impact:", "\r"), ("Write a message", "y\r"), ("affects `api`", ESCAPE)]].concat()),
        ("incident open", whole),
        ("incident open --service web --impact minor", vec![("Title:", "Down\r"), ("Write a message", "y\r"), ("Open it?", CTRL_C)]),
        ("incident update 1", vec![("Write it?", "n\r")]),
        ("incident update 1 --status monitoring", vec![("Write a message", ESCAPE)]),
        ("incident resolve 1", vec![("Write a message", CTRL_C)]),
        ("incident resolve 1", vec![("Write a message", "y\r"), ("Write it?", "n\r")]),
        ("maintenance schedule", vec![("Title:", ESCAPE)]),
        ("maintenance schedule Work", vec![("From:", "+1h\r"), ("Until, or for how long:", CTRL_C)]),
        (
            "maintenance schedule Work --from +1h --service api",
            vec![("Until, or for how long:", "2h\r"), ("Write a message", "y\r"), ("Announce it?", "n\r")],
        ),
    ] {
        let mut session = Session::begin(&org, command);
        for (question, answer) in steps {
            session.see(question).press(answer);
        }
        let (shown, code) = session.end();
        assert!(code == 1 && shown.ends_with("error: cancelled: nothing was written\n"), "{command}: {shown}");
        assert_eq!((events(&org).len(), left(&org)), (before, 0), "{command}");
    }
}

#[test]
fn what_is_said_of_an_incident_is_asked_for_and_yes_asks_nothing_that_is_not_needed() {
    let org = with_editor("It was a disk.");
    org.run("incident open 'API down' --service api").success();
    let mut session = Session::begin(&org, "incident update 1 --status identified");
    session.see("Write a message for visitors in your editor?").press("y\r");
    session.see("1 (API down)").see("identified").see("It was a disk.").see("Write it?").press("y\r");
    let (shown, code) = session.end();
    assert!(code == 0 && shown.contains("updated incident 1, now identified\n"), "{shown}");
    let mut session = Session::begin(&org, "incident update 1");
    session.see("Write it?").press("y\r");
    assert_eq!(session.end().1, 0);
    let mut session = Session::begin(&org, "incident resolve 1");
    session.see("Write a message for visitors in your editor?").press("n\r").see("resolved").see("Write it?").press("y\r");
    let (shown, code) = session.end();
    assert!(code == 0 && shown.contains("resolved incident 1\n"), "{shown}");
    let bodies = || {
        let updates = org.run("incident show 1 --json").json()["updates"].clone();
        updates.as_array().unwrap().iter().map(|update| update["body"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(bodies(), ["", "It was a disk.", "It was a disk.", ""]);
    // The editor opens at once, since a postmortem is nothing else.
    let (shown, code) = Session::begin(&org, "incident postmortem 1").end();
    assert!(code == 0 && shown.contains("wrote the postmortem of incident 1\n"), "{shown}");
    org.run("incident open 'Web down' --service web").success();
    for command in ["incident update 2 --status monitoring --yes", "incident resolve 2 --yes"] {
        let (shown, code) = Session::begin(&org, command).end();
        assert!(code == 0 && !shown.contains('?'), "{command}: {shown}");
    }
    let mut session = Session::begin(&org, "incident open --yes");
    session.see("Title:").press("Mail down\r");
    let (shown, code) = session.end();
    assert!(code == 0 && !shown.contains("Open it?") && shown.contains("opened incident 3, impact none\n"), "{shown}");
}

#[test]
fn a_maintenance_is_asked_for_and_shown() {
    let org = with_editor("New disks.");
    let mut session = Session::begin(&org, "maintenance schedule");
    session.see("Title:").press("New disks\r").see("From:").press("nonsense\r").see("`nonsense` is not a moment");
    session.press(&"\u{7f}".repeat(8)).press("tomorrow 02:00\r").see("Until, or for how long:").press("90m\r");
    session.see("Services it covers:").press("api \r").see("Write a message").press(ENTER);
    session
        .see("New disks")
        .see("2026-11-23 02:00 UTC")
        .see("2026-11-23 03:30 UTC")
        .see("api")
        .see("New disks.")
        .see("Announce it? (Acme)")
        .press("y\r");
    let (shown, code) = session.end();
    assert!(code == 0 && shown.contains("scheduled maintenance 1\n"), "{shown}");
    let shown = org.run("maintenance show 1 --json").json();
    assert_eq!(
        (&shown["scheduled_until"], &shown["services"][0]["slug"], &shown["updates"][0]["body"]),
        (&json!("2026-11-23T03:30:00Z"), &json!("api"), &json!("New disks."))
    );
}

#[test]
fn blanks_of_a_template_are_asked_for() {
    let org = with_editor("");
    org.write(
        "acme/templates/outage.md",
        "+++\nkind = 'incident'\ntitle = '{{what}} is down'\nservices = ['{{service}}']\n+++\n\n{{what}}!\n",
    );
    let mut session = Session::begin(&org, "incident open --template outage --set service=api");
    session.see("what:").press("Login\r").see("Login is down").see("api").see("Login!").see("Open it?").press("y\r");
    let (shown, code) = session.end();
    assert!(code == 0 && shown.contains("opened incident 1, impact minor\n"), "{shown}");
    assert_eq!(org.run("incident show 1 --json").json()["updates"][0]["body"], "Login!");
}

#[test]
fn what_belongs_to_an_open_incident_becomes_an_update_of_it() {
    let org = with_editor("Still down.");
    org.run("incident open 'API down' --service api").success();
    let mut session = Session::begin(&org, "incident open 'API is down again' --service api=major --next-update 30m");
    session.see("warning: incident 1 (API down) is open and affects `api`").see("write an update to incident 1").press(ENTER);
    session.see("1 (API down)").see("api=major_outage").see("2026-11-22 12:30 UTC").see("Still down.").see("Write it?").press("y\r");
    let (shown, code) = session.end();
    assert!(code == 0 && shown.contains("updated incident 1, now investigating\n"), "{shown}");
    let incident = org.run("incident show 1 --json").json();
    assert_eq!((&incident["updates"][1]["body"], &incident["next_update_at"]), (&json!("Still down."), &json!("2026-11-22T12:30:00Z")));
    assert_eq!(incident["updates"][1]["affected"][0]["new_status"], "major_outage");
    let mut session = Session::begin(&org, "incident open 'Something else' --service api");
    session.see("open another incident").press("another\r");
    let (shown, code) = session.end();
    assert!(code == 0 && shown.contains("opened incident 2, impact minor\n"), "{shown}");
}

#[test]
fn a_draft_becomes_no_update_of_what_visitors_read() {
    let org = with_editor("Secret.");
    org.run("incident open 'API down' --service api").success();
    let (shown, code) = Session::begin(&org, "incident open 'Not for visitors yet' --draft --service api").end();
    assert!(code == 0 && shown.contains("warning: incident 1 (API down)") && shown.contains("drafted incident 2"), "{shown}");
    assert_eq!(org.run("incident show 1 --json").json()["updates"].as_array().unwrap().len(), 1);
}

#[test]
fn an_update_in_place_of_an_incident_keeps_the_impact_and_names_the_incident() {
    let org = with_editor("Worse.");
    let id = org.run("incident open 'API down' --service api").text().trim().to_owned();
    let mut session = Session::begin(&org, "incident open 'API down' --service api=major --impact critical --message Worse");
    session.see("write an update to incident 1").press(ENTER).see("critical").see("Write it?").press("y\r");
    let (shown, code) = session.end();
    assert!(code == 0 && shown.lines().any(|line| line == id), "{shown}");
    assert_eq!(org.run("incident show 1 --json").json()["impact"], "critical");
}

#[test]
fn a_terminal_that_goes_away_ends_what_asks() {
    let org = with_editor("");
    let (mut keyboard, screen) = terminal();
    let mut command = org.command(&["incident".to_owned(), "open".to_owned()]);
    command.env("TERM", "xterm").stdin(screen.try_clone().unwrap()).stdout(screen.try_clone().unwrap()).stderr(screen);
    let mut program = Program(command.spawn().unwrap());
    drop(command);
    let (mut shown, mut part) = (Vec::new(), [0; 4096]);
    while !String::from_utf8_lossy(&shown).contains("Title:") {
        let length = keyboard.read(&mut part).unwrap();
        shown.extend_from_slice(&part[..length]);
    }
    drop(keyboard);
    let begun = Instant::now();
    let ended = loop {
        if let Some(status) = program.0.try_wait().unwrap() {
            break status;
        }
        assert!(begun.elapsed() < PATIENCE, "it goes on asking nobody");
        std::thread::sleep(Duration::from_millis(10));
    };
    assert_eq!(ended.code(), Some(1));
    assert_eq!(events(&org).len(), events(&with_editor("")).len(), "nothing was written");
}

#[test]
fn names_do_not_command_the_terminal_of_whoever_is_asked() {
    let org = with_editor("a\\033[2Jb\\033]0;x\\007");
    org.run("service edit api --name 'A\u{200f}PI'").success();
    let mut session = Session::begin(&org, "incident open");
    session.see("Title:").press("Down\r").see("Services it affects:").see("A\\u{200f}PI (api)").press("api \r");
    session.see("How does A\\u{200f}PI do?").press(ENTER).see("Impact:").press(ENTER).see("Write a message").press("y\r");
    session.see("a[2Jb]0;x").see("Open it?").press("n\r");
    assert_eq!(session.end().1, 1);
}
