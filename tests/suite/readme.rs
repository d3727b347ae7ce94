//! The front page keeps its word: every `console` block of README.md is run as a reader would, on a terminal, and what is printed is compared.
//!
//! - Commands run one after the other in one growing folder that calls itself `/home/ada`; a command's `\` at the end of a line goes on below.
//! - The first runs on Sunday 22 November 2026 at 14:00 UTC, every other one a minute later.
//! - Where a block shows what a command prints, that is all of it, but `…` stands for anything within a line, and alone on a line for any lines.
//! - Public ids are random: one on the page stands for one of the run, the same throughout, in what is printed and in later commands.
//! - A command must succeed unless what it prints has a line that begins with `error: `.
//! - In the reader's home there are saved pages of other tools, and what Clerk has answered.
//! - `curl` reads the site built from `example-org`, whatever host it is asked for.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::Read;
use std::os::fd::OwnedFd;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use rustix::fs::{Mode, OFlags};
use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use rustix::termios::{Winsize, tcsetwinsize};

/// Where readers are told that they are.
const HOME: &str = "/home/ada";

/// Minutes since midnight of 2026-11-22 (UTC) at which the first command runs.
const START: u32 = 14 * 60;

/// Saves what a site has at an address: `curl -fsS URL -o FILE`.
const CURL: &str = r#"#!/bin/sh
while [ $# -gt 0 ]; do
  case $1 in
    -o) shift; out=$1 ;;
    -*) ;;
    *) url=$1 ;;
  esac
  shift
done
exec cat "$SITE/${url#https://*/}" >"${out:-/dev/stdout}"
"#;

/// The pages of other tools that a reader moves in from, by path in the reader's home.
const OTHER_PAGES: [(&str, &str); 5] = [
    (
        "old-status-page/config.yml",
        "title: Ternwick Parcel\nbaseURL: https://old.example.com/\nparams:\n  systems:\n    - name: Tracking\n    - name: Labels\n",
    ),
    (
        "old-status-page/content/issues/2026-10-02-labels.md",
        "---\ntitle: No labels\ndate: 2026-10-02 09:30:00\nresolved: true\nresolvedWhen: 2026-10-02T09:10:00Z\nseverity: disruptd\n\
         affected:\n  - Labels\nsection: issue\n---\n\n*Resolved* - Printers print. {{< track \"2026-10-02T09:10:00Z\" >}}\n\n\
         *Investigating* - Nothing is printed. {{< track \"2026-10-02T07:30:00Z\" >}}\n",
    ),
    ("upptime/.upptimerc.yml", "owner: ternwick\nrepo: upptime\nsites:\n  - name: Tracking\n    url: https://www.example.com\n"),
    ("upptime/history/tracking.yml", "status: up\nlastUpdated: 2026-11-22T13:55:00.000Z\nstartTime: 2026-01-05T08:00:00.000Z\n"),
    (
        "upptime/issues.json",
        r#"[{"number": 4, "title": "🛑 Tracking is down", "state": "CLOSED", "labels": [{"name": "status"}, {"name": "tracking"}],
            "createdAt": "2026-11-02T03:10:00Z", "closedAt": "2026-11-02T03:40:00Z", "body": "Tracking was **down**", "comments": []}]"#,
    ),
];

/// Lists as Clerk's Backend API answers them, by path in the reader's home: of the data of these events.
const AT_CLERK: [(&str, &[&str]); 3] = [
    ("clerk/organizations.json", &["organization.created"]),
    ("clerk/users.json", &["user.created"]),
    ("clerk/memberships.json", &["organizationMembership.created", "organizationMembership.deleted"]),
];

#[test]
fn every_command_of_the_front_page_does_what_it_shows() {
    let page = read("README.md");
    let mut reader = Reader::new();
    reader.open_the_example();
    for step in steps(&page) {
        reader.follow(&step);
    }
    build_as_the_recipes_do(&mut reader, &page);
}

#[test]
fn every_command_of_the_example_organization_works() {
    let mut reader = Reader::new();
    reader.copy_example("example-org");
    reader.enter("example-org");
    for step in steps(&read("example-org/README.md")) {
        reader.follow(&step);
    }
    assert!(reader.path("example-org/public/index.html").is_file());
}

#[test]
fn a_step_is_compared_word_by_word() {
    let mut ids = BTreeMap::new();
    let mut shown = |expected: &str, printed: &str| {
        let expected: Vec<&str> = expected.lines().collect();
        let printed: Vec<&str> = printed.lines().collect();
        agrees(&expected, &printed, &mut ids)
    };
    assert!(shown("a", "a"));
    assert!(!shown("a", "a\nb"));
    assert!(!shown("a\nb", "a"));
    assert!(shown("a … c", "a b c"));
    assert!(!shown("a … c", "a b d"));
    assert!(!shown("ab…ba", "aba"));
    assert!(shown("a\n…\nc", "a\nb\nb\nc"));
    assert!(!shown("a\n…\nc", "a\nb\nb\nd"));
    assert!(shown("open 4ieovyaq9ang", "open 000000000a00"));
    assert!(!shown("open 4ieovyaq9ang", "open 000000000a01"));
    assert!(shown("in 000aaa000aaa", "in aaaaaaaaaaaa"));
    assert!(!shown("an organization", "an aaaaaaaaaaab"));
}

/// The commands of the page's recipes, on a clone of what the front page puts into Git: they must come to the very page that its reader has.
fn build_as_the_recipes_do(reader: &mut Reader, page: &str) {
    let recipes = blocks(page, "yaml");
    assert!(recipes.len() >= 2, "README.md has {} recipes", recipes.len());
    let fixed = "STATUARY_NOW=2026-11-23T09:00:00Z";
    reader.enter("status/acme");
    reader.succeed(&format!("{fixed} statuary build"));
    for (number, recipe) in recipes.iter().enumerate() {
        let ours: Vec<&str> = recipe.iter().filter_map(|line| ours(line)).collect();
        assert!(ours.iter().any(|line| line.starts_with("statuary build")), "recipe {number} builds nothing: {recipe:?}");
        reader.enter("");
        let folder = format!("recipe-{number}/acme");
        reader.succeed(&format!("git clone --quiet status/acme {folder}"));
        reader.enter(&folder);
        for line in ours {
            reader.succeed(&format!("export {fixed}; {line}"));
        }
        reader.enter("");
        reader.succeed(&format!("diff -r status/acme/public {folder}/public"));
    }
}

/// The command of a line of a recipe, where it is one of this program's.
fn ours(line: &str) -> Option<&str> {
    let command = line.trim_start().trim_start_matches("- ").trim_start_matches("run: ");
    command.starts_with("statuary ").then_some(command)
}

/// A command of a page and what the page shows of its output.
#[derive(Debug)]
struct Step {
    command: String,
    shown: Vec<String>,
}

fn steps(page: &str) -> Vec<Step> {
    let mut steps: Vec<Step> = Vec::new();
    for block in blocks(page, "console") {
        let mut lines = block.iter();
        assert!(block.first().is_some_and(|line| line.starts_with("$ ")), "a block begins with a command: {block:?}");
        while let Some(line) = lines.next() {
            if let Some(begun) = line.strip_prefix("$ ") {
                let mut command = begun.to_owned();
                while command.ends_with('\\') {
                    command.push('\n');
                    command.push_str(lines.next().expect("a command that goes on"));
                }
                steps.push(Step { command, shown: Vec::new() });
            } else if let Some(step) = steps.last_mut() {
                step.shown.push((*line).to_owned());
            }
        }
    }
    assert!(!steps.is_empty(), "the page has commands");
    steps
}

/// The lines of the page's fenced blocks in this language.
fn blocks<'a>(page: &'a str, language: &str) -> Vec<Vec<&'a str>> {
    let mut blocks = Vec::new();
    let mut lines = page.lines();
    while let Some(line) = lines.next() {
        let Some(found) = line.strip_prefix("```") else { continue };
        let block: Vec<&str> = lines.by_ref().take_while(|line| *line != "```").collect();
        if found == language {
            blocks.push(block);
        }
    }
    blocks
}

/// Whether what was printed is what the page shows; ids that the page shows are bound to those of this run.
fn agrees(shown: &[&str], printed: &[&str], ids: &mut BTreeMap<String, String>) -> bool {
    match (shown, printed) {
        ([], []) => true,
        (["…", rest @ ..], _) => (0..=printed.len()).any(|left_out| {
            let mut bound = ids.clone();
            let good = agrees(rest, &printed[left_out..], &mut bound);
            if good {
                *ids = bound;
            }
            good
        }),
        ([line, rest @ ..], [printed_line, printed_rest @ ..]) => line_agrees(line, printed_line, ids) && agrees(rest, printed_rest, ids),
        _ => false,
    }
}

fn line_agrees(shown: &str, printed: &str, ids: &mut BTreeMap<String, String>) -> bool {
    for (shown, printed) in words(shown).zip(words(printed)) {
        let free = !ids.values().any(|bound| *bound == printed);
        if free && shown.bytes().any(|byte| byte.is_ascii_digit()) && may_be_id(shown) && may_be_id(printed) {
            ids.entry(shown.to_owned()).or_insert_with(|| printed.to_owned());
        }
    }
    let shown = with_ids(shown, ids);
    let parts: Vec<&str> = shown.split('…').collect();
    let [first, middle @ .., last] = parts.as_slice() else { return shown == printed };
    let Some(mut rest) = printed.strip_prefix(first).and_then(|rest| rest.strip_suffix(last)) else { return false };
    for part in middle {
        let Some(at) = rest.find(part) else { return false };
        rest = &rest[at + part.len()..];
    }
    true
}

fn words(line: &str) -> impl Iterator<Item = &str> {
    line.split(|character: char| !character.is_ascii_alphanumeric())
}

/// Whether this has the form of a public id; ids on a page have a digit too, so that no word is taken for one.
fn may_be_id(word: &str) -> bool {
    word.len() == 12
        && word.bytes().all(|byte| byte.is_ascii_digit() || byte.is_ascii_lowercase())
        && word.bytes().any(|byte| byte.is_ascii_lowercase())
}

fn with_ids(line: &str, ids: &BTreeMap<String, String>) -> String {
    ids.iter().fold(line.to_owned(), |line, (shown, printed)| line.replace(shown, printed))
}

/// Someone who types what a page says.
struct Reader {
    /// Kept so that the folder lives as long as this.
    _temp: tempfile::TempDir,
    root: PathBuf,
    dir: PathBuf,
    minutes: u32,
    ids: BTreeMap<String, String>,
}

impl Reader {
    fn new() -> Self {
        let temp = tempfile::tempdir().unwrap();
        let root = fs::canonicalize(temp.path()).unwrap();
        let reader = Self { _temp: temp, dir: root.join("home"), root, minutes: START, ids: BTreeMap::new() };
        make_folder(&reader.dir);
        make_folder(&reader.root.join("bin"));
        std::os::unix::fs::symlink(env!("CARGO_BIN_EXE_statuary"), reader.root.join("bin/statuary")).unwrap();
        let curl = reader.root.join("bin/curl");
        write(&curl, CURL.as_bytes());
        fs::set_permissions(&curl, fs::Permissions::from_mode(0o755)).unwrap();
        reader
    }

    fn path(&self, path: &str) -> PathBuf {
        self.root.join("home").join(path)
    }

    fn enter(&mut self, dir: &str) {
        self.dir = self.path(dir);
    }

    /// Puts a copy of the example organization here.
    fn copy_example(&self, into: &str) {
        let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("example-org");
        for file in ["README.md", "dump.json", "org.toml", "overrides/words/en.toml"] {
            let target = self.path(into).join(file);
            make_folder(target.parent().unwrap());
            write(&target, &fs::read(source.join(file)).unwrap());
        }
    }

    /// Builds the site that `curl` reads.
    fn open_the_example(&mut self) {
        self.copy_example("../example");
        self.enter("../example");
        for command in ["statuary import dump dump.json", "statuary build"] {
            self.succeed(command);
        }
        self.enter("");
        self.minutes = START;
        for (path, text) in OTHER_PAGES {
            let path = self.path(path);
            make_folder(path.parent().unwrap());
            write(&path, text.as_bytes());
        }
        for (path, events) in AT_CLERK {
            let data = |event: &&str| -> serde_json::Value {
                let event: serde_json::Value = serde_json::from_str(&read(&format!("tests/contracts/clerk/made/{event}.json"))).unwrap();
                event["data"].clone()
            };
            let path = self.path(path);
            make_folder(path.parent().unwrap());
            let data: Vec<_> = events.iter().map(data).collect();
            write(&path, serde_json::json!({"data": data, "total_count": data.len()}).to_string().as_bytes());
        }
    }

    #[track_caller]
    fn succeed(&mut self, command: &str) {
        let (printed, code) = self.type_in(command);
        assert_eq!(code, 0, "`{command}` printed:\n{printed}");
    }

    #[track_caller]
    fn follow(&mut self, step: &Step) {
        let command = with_ids(&step.command, &self.ids);
        let (printed, code) = self.type_in(&command);
        let shown: Vec<&str> = step.shown.iter().map(String::as_str).collect();
        if !shown.iter().any(|line| line.starts_with("error: ")) {
            assert_eq!(code, 0, "`{command}` printed:\n{printed}");
        }
        let lines: Vec<&str> = printed.lines().collect();
        let good = shown.is_empty() || agrees(&shown, &lines, &mut self.ids);
        assert!(good, "the page shows for `{command}`:\n{}\n\nbut this was printed:\n{printed}", shown.join("\n"));
    }

    /// What a terminal 120 columns wide gets from a command, and how it ended.
    fn type_in(&mut self, command: &str) -> (String, i32) {
        let (mut keyboard, screen) = terminal();
        let now = format!("2026-11-22T{:02}:{:02}:00Z", self.minutes / 60, self.minutes % 60);
        self.minutes += 1;
        let left_in = self.root.join("left-in");
        let mut child = Command::new("sh")
            .arg("-c")
            .arg(format!("{command}\ncode=$?\npwd >\"$LEFT_IN\"\nexit $code"))
            .current_dir(&self.dir)
            .env_clear()
            .env("PATH", format!("{}:/usr/local/bin:/usr/bin:/bin", self.root.join("bin").display()))
            .env("HOME", self.root.join("home"))
            .env("LANG", "C.UTF-8")
            .env("TERM", "dumb")
            .env("NO_COLOR", "1")
            .env("GIT_CONFIG_COUNT", "3")
            .envs([("GIT_CONFIG_KEY_0", "user.name"), ("GIT_CONFIG_VALUE_0", "Ada")])
            .envs([("GIT_CONFIG_KEY_1", "user.email"), ("GIT_CONFIG_VALUE_1", "ada@example.com")])
            .envs([("GIT_CONFIG_KEY_2", "init.defaultBranch"), ("GIT_CONFIG_VALUE_2", "main")])
            .env("STATUARY_ACTOR", "ada")
            .env("STATUARY_NOW", now)
            .env("SITE", self.root.join("example/public"))
            .env("LEFT_IN", &left_in)
            .stdin(Stdio::null())
            .stdout(screen.try_clone().unwrap())
            .stderr(screen)
            .spawn()
            .expect("a shell can be started");
        let mut printed = Vec::new();
        // The end of a terminal's output is an error on Linux: whoever wrote to it has gone.
        drop(keyboard.read_to_end(&mut printed));
        let code = child.wait().unwrap().code().expect("a command that was not killed");
        self.dir = PathBuf::from(fs::read_to_string(&left_in).unwrap().trim_end());
        (self.normal(&String::from_utf8_lossy(&printed)), code)
    }

    fn normal(&self, printed: &str) -> String {
        let home = self.root.join("home");
        let printed = printed.replace(home.to_str().expect("a temporary folder with a plain name"), HOME);
        printed.lines().map(|line| format!("{}\n", line.trim_end())).collect()
    }
}

/// Both ends of a terminal, 120 columns wide.
pub(crate) fn terminal() -> (File, OwnedFd) {
    let keyboard = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).unwrap();
    grantpt(&keyboard).unwrap();
    unlockpt(&keyboard).unwrap();
    let name = ptsname(&keyboard, Vec::new()).unwrap();
    let name = Path::new(std::ffi::OsStr::from_bytes(name.as_bytes()));
    let screen = rustix::fs::open(name, OFlags::RDWR | OFlags::NOCTTY | OFlags::CLOEXEC, Mode::empty()).unwrap();
    tcsetwinsize(&screen, Winsize { ws_row: 50, ws_col: 120, ws_xpixel: 0, ws_ypixel: 0 }).unwrap();
    (File::from(keyboard), screen)
}

fn read(file: &str) -> String {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(file)).unwrap()
}

#[expect(clippy::disallowed_methods, reason = "a test's own folder need not be durable")]
fn make_folder(path: &Path) {
    fs::create_dir_all(path).unwrap();
}

#[expect(clippy::disallowed_methods, reason = "a test's own file need not be durable")]
fn write(path: &Path, bytes: &[u8]) {
    fs::write(path, bytes).unwrap();
}
