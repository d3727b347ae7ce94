//! A throw-away organization that commands are run against: empty environment, own folder, own clock.

use std::cell::{Cell, RefCell};
use std::ffi::{OsStr, OsString};
use std::fs;
use std::io::Write;
use std::os::unix::process::ExitStatusExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use crate::json_reference;

/// Minutes since midnight of 2026-11-22 (UTC) at which the first command runs.
const START: u32 = 10 * 60;

/// A temporary folder, a clock that moves on one minute per command, and nothing inherited from whoever runs the tests.
#[must_use]
pub(crate) struct TestOrg {
    /// Kept so that the folder lives as long as this.
    _temp: tempfile::TempDir,
    root: PathBuf,
    dir: RefCell<PathBuf>,
    now: RefCell<Option<String>>,
    minutes: Cell<u32>,
    environment: RefCell<Vec<(OsString, OsString)>>,
}

/// A command that has run; say what is expected of it.
#[must_use]
pub(crate) struct Ran<'a> {
    org: &'a TestOrg,
    command: String,
    output: Output,
}

impl TestOrg {
    /// A workspace with the organization `acme`, in whose folder commands run.
    #[track_caller]
    pub(crate) fn new() -> Self {
        let org = Self::empty();
        org.run("init .").success();
        org.run("org create acme --name Acme").success();
        org.enter("acme");
        org.minutes.set(START);
        org
    }

    /// An empty folder, in which commands run.
    #[track_caller]
    pub(crate) fn empty() -> Self {
        Self::within(tempfile::tempdir().unwrap())
    }

    /// The same in memory, where that is offered: for what is not about disks.
    #[track_caller]
    pub(crate) fn in_memory() -> Self {
        Self::within(crate::fresh_org::memory_folder())
    }

    fn within(temp: tempfile::TempDir) -> Self {
        let root = fs::canonicalize(temp.path()).unwrap();
        Self {
            _temp: temp,
            dir: RefCell::new(root.clone()),
            root,
            now: RefCell::default(),
            minutes: Cell::new(START),
            environment: RefCell::default(),
        }
    }

    /// Commands run in this folder from now on.
    pub(crate) fn enter(&self, dir: &str) -> &Self {
        *self.dir.borrow_mut() = self.root.join(dir);
        self
    }

    /// The next commands find this in their environment.
    pub(crate) fn env(&self, name: &str, value: impl AsRef<OsStr>) -> &Self {
        self.environment.borrow_mut().push((name.into(), value.as_ref().to_owned()));
        self
    }

    /// From now on it is always this moment (RFC 3339).
    pub(crate) fn clock(&self, now: &str) -> &Self {
        *self.now.borrow_mut() = Some(now.to_owned());
        self
    }

    /// A path below the temporary folder.
    pub(crate) fn path(&self, path: &str) -> PathBuf {
        self.root.join(path)
    }

    /// Writes a file below the temporary folder.
    #[track_caller]
    #[expect(clippy::disallowed_methods, reason = "a test's own file need not be durable")]
    pub(crate) fn write(&self, path: &str, content: impl AsRef<[u8]>) -> &Self {
        let path = self.path(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, content).unwrap();
        self
    }

    /// Runs `statuary` with arguments as a shell would split them.
    #[track_caller]
    pub(crate) fn run(&self, arguments: &str) -> Ran<'_> {
        self.run_with_input(arguments, b"")
    }

    /// The same with something on standard input.
    #[track_caller]
    pub(crate) fn run_with_input(&self, arguments: &str, input: &[u8]) -> Ran<'_> {
        let split = shlex::split(arguments).expect("arguments a shell could split");
        let mut child = self
            .command(&split)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("statuary can be started");
        let mut stdin = child.stdin.take().expect("a pipe");
        // A command that refuses its arguments does not read what it is given.
        drop(stdin.write_all(input));
        drop(stdin);
        let output = child.wait_with_output().unwrap();
        // Whatever a command ever prints as a document is described in its reference.
        if output.status.success()
            && split.iter().any(|argument| argument == "--json")
            && !split.iter().any(|argument| argument == "--help")
        {
            json_reference::check(&split, &String::from_utf8_lossy(&output.stdout));
        }
        Ran { org: self, command: arguments.to_owned(), output }
    }

    /// The command itself, for tests that need other pipes.
    pub(crate) fn command(&self, arguments: &[impl AsRef<OsStr>]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_statuary"));
        let minutes = self.minutes.replace(self.minutes.get() + 1);
        let ticking = format!("2026-11-22T{:02}:{:02}:00Z", minutes / 60, minutes % 60);
        command
            .args(arguments)
            .current_dir(&*self.dir.borrow())
            .env_clear()
            .env("HOME", &self.root)
            .env("STATUARY_ACTOR", "tester")
            .env("STATUARY_NOW", self.now.borrow().clone().unwrap_or(ticking))
            .envs(self.environment.borrow().iter().cloned());
        command
    }

    fn normal(&self, bytes: &[u8]) -> String {
        String::from_utf8_lossy(bytes).replace(&path_text(&self.root), "[ROOT]")
    }
}

impl<'a> Ran<'a> {
    /// It printed exactly this on standard output, the temporary folder being `[ROOT]`.
    #[track_caller]
    pub(crate) fn stdout(self, expected: &str) -> Self {
        assert_eq!(self.org.normal(&self.output.stdout), expected, "standard output of `{}`{}", self.command, self.told());
        self
    }

    /// It ended well, and printed nothing of this on standard output.
    #[track_caller]
    pub(crate) fn stdout_has_no(self, words: &str) {
        let text = self.text();
        assert!(!text.contains(words), "{words}: {text}");
    }

    /// What it printed on standard output begins so.
    #[track_caller]
    pub(crate) fn stdout_starts(self, expected: &str) -> Self {
        assert!(self.org.normal(&self.output.stdout).starts_with(expected), "standard output of `{}`{}", self.command, self.told());
        self
    }

    /// It printed exactly this on standard error, the temporary folder being `[ROOT]`.
    #[track_caller]
    pub(crate) fn stderr(self, expected: &str) -> Self {
        assert_eq!(self.org.normal(&self.output.stderr), expected, "standard error of `{}`", self.command);
        self
    }

    /// What it printed on standard error begins so.
    #[track_caller]
    pub(crate) fn stderr_starts(self, expected: &str) -> Self {
        self.stderr_matches(|words| words.starts_with(expected))
    }

    /// What it printed on standard error, the temporary folder being `[ROOT]`, is as `fits` says.
    #[track_caller]
    pub(crate) fn stderr_matches(self, fits: impl FnOnce(&str) -> bool) -> Self {
        assert!(fits(&self.org.normal(&self.output.stderr)), "standard error of `{}`{}", self.command, self.told());
        self
    }

    /// It ended with this exit code.
    #[track_caller]
    pub(crate) fn code(self, expected: i32) -> &'a TestOrg {
        assert_eq!(self.output.status.signal(), None, "`{}` was killed{}", self.command, self.told());
        assert_eq!(self.output.status.code(), Some(expected), "exit code of `{}`{}", self.command, self.told());
        self.org
    }

    /// It ended well.
    #[track_caller]
    pub(crate) fn success(self) -> &'a TestOrg {
        self.code(0)
    }

    /// What it printed on standard output, having ended well.
    #[track_caller]
    pub(crate) fn text(self) -> String {
        let text = self.org.normal(&self.output.stdout);
        self.success();
        text
    }

    /// The document it printed on standard output, having ended well.
    #[track_caller]
    pub(crate) fn json(self) -> serde_json::Value {
        let text = self.text();
        serde_json::from_str(&text).unwrap_or_else(|error| panic!("not one JSON document: {error}\n{text}"))
    }

    fn told(&self) -> String {
        format!("\nstdout: {}\nstderr: {}", self.org.normal(&self.output.stdout), self.org.normal(&self.output.stderr))
    }
}

fn path_text(path: &Path) -> String {
    path.to_str().expect("a temporary folder with a plain name").to_owned()
}
