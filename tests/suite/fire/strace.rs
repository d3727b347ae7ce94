//! strace as a saboteur: what a command asks of the system, and the same command with one of those calls failing or being its last.
//!
//! A call is told apart by its name, by the path it is about, and by how many calls of that name on that path came before it in its
//! thread; so a fault hits exactly one call, whatever other threads do.

use std::collections::HashMap;
use std::fs;
use std::os::unix::process::ExitStatusExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use super::{program, skip, through};

/// Calls by which data reach the disk, in the classes of the promise.
pub(super) const WRITING: &[(&str, &str)] = &[
    ("write", "write,pwrite64"),
    ("fsync", "fsync,fdatasync,syncfs"),
    ("rename", "rename,renameat,renameat2"),
    ("mkdir", "mkdir,mkdirat"),
    ("unlink", "unlink,unlinkat,rmdir"),
];

/// The same, with what else touches files that hold data.
pub(super) const DATA: &str = "write,pwrite64,fsync,fdatasync,ftruncate,unlink,unlinkat,rename,renameat2,openat";

/// One call to the system.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Call {
    /// As the system calls it.
    pub(super) name: String,
    /// The path it is about, the first one where there are two; the file behind a descriptor.
    pub(super) path: String,
    /// Counting from 1 the calls of this name on this path in this thread.
    nth: usize,
    /// The whole line.
    pub(super) line: String,
}

impl Call {
    /// Whether it writes to standard output or standard error.
    pub(super) fn prints(&self) -> bool {
        self.path.starts_with("pipe:")
    }

    /// Whether the path has another name in each run.
    fn is_unstable(&self) -> bool {
        is_unstable(&self.path)
    }
}

/// What happens to a call.
#[derive(Clone, Copy, Debug)]
pub(super) enum Fault {
    /// It fails with this error.
    Error(&'static str),
    /// The process dies before it.
    Kill,
}

/// The faults of the promise.
pub(super) const FAULTS: &[Fault] = &[Fault::Error("ENOSPC"), Fault::Error("EIO"), Fault::Kill];

/// strace, where this machine has it and lets it work.
pub(crate) struct Strace {
    program: PathBuf,
    log: tempfile::NamedTempFile,
}

impl Strace {
    /// Says aloud that `what` is left out where there is none.
    pub(crate) fn find(what: &str) -> Option<Self> {
        let Some(program) = program("strace") else {
            skip(what, "there is no `strace`");
            return None;
        };
        let works = Command::new(&program).args(["-f", "-qq", "-o", "/dev/null", "true"]).output();
        if !works.is_ok_and(|output| output.status.success()) {
            skip(what, "`strace` may not trace here");
            return None;
        }
        Some(Self { program, log: tempfile::NamedTempFile::new().unwrap() })
    }

    /// Runs the command undisturbed: what came of it, and the calls of these names that succeeded, in order.
    pub(super) fn watch(&self, command: &Command, names: &str) -> (Output, Vec<Call>) {
        let output = self.run(command, &["-e".into(), format!("trace={names}")]);
        (output, self.calls())
    }

    /// Runs the command with this fault at the call, and makes sure that it took place.
    #[track_caller]
    pub(super) fn disturb(&self, command: &Command, call: &Call, fault: Fault) -> Output {
        let (output, took_place) = self.try_to_disturb(command, call, fault);
        let log = fs::read_to_string(self.log.path()).unwrap();
        assert!(took_place, "no fault {fault:?} at `{}`; {}; strace saw:\n{log}", call.line, told(&output));
        output
    }

    /// Runs the command with this fault at the call, and whether it took place: a record that has grown asks for other calls.
    pub(super) fn try_to_disturb(&self, command: &Command, call: &Call, fault: Fault) -> (Output, bool) {
        let what = match fault {
            Fault::Error(name) => format!("error={name}"),
            Fault::Kill => "signal=SIGKILL".to_owned(),
        };
        let mut arguments: Vec<String> =
            vec!["-e".into(), format!("trace={}", call.name), "-e".into(), format!("inject={}:{what}:when={}", call.name, call.nth)];
        if !call.is_unstable() {
            arguments.extend(["-P".into(), call.path.clone()]);
        }
        let output = self.run(command, &arguments);
        let log = fs::read_to_string(self.log.path()).unwrap();
        let took_place = match fault {
            Fault::Error(_) => log.contains("(INJECTED)"),
            Fault::Kill => output.status.signal() == Some(9),
        };
        (output, took_place)
    }

    /// Runs the command while every call of this name fails, as where somebody else's files are in the way.
    pub(crate) fn refuse(&self, command: &Command, name: &str, error: &str) -> Output {
        let output = self.run(command, &["-e".into(), format!("trace={name}"), "-e".into(), format!("inject={name}:error={error}")]);
        let log = fs::read_to_string(self.log.path()).unwrap();
        assert!(log.contains("(INJECTED)"), "no `{name}` was called: {log}");
        output
    }

    /// Runs the command while these files take so long to open, as on a disk that does not answer.
    pub(crate) fn delay(&self, command: &Command, files: &[PathBuf], seconds: u32) -> Output {
        let fault = format!("inject=openat:delay_enter={}", u64::from(seconds) * 1_000_000);
        let paths = files.iter().flat_map(|file| ["-P".to_owned(), file.display().to_string()]);
        let arguments: Vec<String> = ["-e", "trace=openat", "-e", &fault].map(str::to_owned).into_iter().chain(paths).collect();
        let output = self.run(command, &arguments);
        let log = fs::read_to_string(self.log.path()).unwrap();
        assert!(log.matches("(DELAYED)").count() >= files.len(), "{files:?} were opened at once: {log}");
        output
    }

    fn run(&self, command: &Command, arguments: &[String]) -> Output {
        let log = self.log.path().display().to_string();
        // Without `--seccomp-bpf`, although that is quicker: with it, signals at calls chosen by path are not sent.
        let first = ["-f", "-q", "-y", "-s", "200", "-o", &log, "-e", "signal=none"];
        let all: Vec<String> = first.into_iter().map(str::to_owned).chain(arguments.iter().cloned()).chain(["--".to_owned()]).collect();
        through(&self.program, &all, command).output().expect("strace can be started")
    }

    fn calls(&self) -> Vec<Call> {
        let log = fs::read_to_string(self.log.path()).unwrap();
        let mut seen: HashMap<(String, String, String), usize> = HashMap::new();
        let mut calls = Vec::new();
        for line in log.lines() {
            let Some((thread, name, path)) = parsed(line) else { continue };
            let mut nth_of = |place: &str| {
                let nth = seen.entry((thread.to_owned(), name.to_owned(), place.to_owned())).or_default();
                *nth += 1;
                *nth
            };
            let (of_name, of_path) = (nth_of(""), nth_of(&path));
            let nth = if is_unstable(&path) { of_name } else { of_path };
            calls.push(Call { name: name.to_owned(), path, nth, line: line.to_owned() });
        }
        calls
    }
}

/// Thread, name and path of a line such as `12 pwrite64(3</tmp/org.db>, "…", 4096, 0) = 4096`; the beginning of a call that was interrupted
/// by another thread's counts, its end does not.
fn parsed(line: &str) -> Option<(&str, &str, String)> {
    let (thread, rest) = line.split_once(' ')?;
    let (name, rest) = rest.trim_start().split_once('(')?;
    if name.starts_with('<') || !name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_') {
        return None;
    }
    let by_descriptor = matches!(name, "write" | "pwrite64" | "fsync" | "fdatasync" | "syncfs" | "ftruncate");
    let path = if by_descriptor { between(rest, '<', '>')? } else { between(rest, '"', '"')? };
    Some((thread, name, path.to_owned()))
}

/// Pipes, and drafts with a process id or a random word in their name: calls about these are found among all calls of their name.
fn is_unstable(path: &str) -> bool {
    path.starts_with("pipe:") || [".partial", "/.new-"].iter().any(|random| path.contains(random)) || path.ends_with(".tmp")
}

fn between(text: &str, open: char, close: char) -> Option<&str> {
    let (_, rest) = text.split_once(open)?;
    Some(rest.split_once(close)?.0)
}

/// What a command said and how it ended.
pub(super) fn told(output: &Output) -> String {
    let (out, err) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    format!("{}\nstdout: {out}\nstderr: {err}", output.status)
}

/// The calls of a class that are about something below `folder`, or print.
pub(super) fn of_class(calls: &[Call], names: &str, folder: &Path) -> Vec<Call> {
    let folder = folder.display().to_string();
    let names: Vec<&str> = names.split(',').collect();
    let ours = |call: &&Call| {
        let relative = !call.path.starts_with('/');
        names.contains(&call.name.as_str()) && (relative || call.path.starts_with(&folder)) && !call.line.contains("O_RDONLY")
    };
    calls.iter().filter(ours).cloned().collect()
}

#[test]
fn a_line_of_strace_is_read() {
    for (line, expected) in [
        (r#"12 pwrite64(3</a/org.db>, "x(\"<y>", 4, 0) = 4"#, Some(("12", "pwrite64", "/a/org.db"))),
        (r#"12 rename("/a/1", "/a/2") = 0"#, Some(("12", "rename", "/a/1"))),
        (r#"12 unlinkat(4</a>, "3", 0)     = 0"#, Some(("12", "unlinkat", "3"))),
        (r#"7  fsync(3</a> <unfinished ...>"#, Some(("7", "fsync", "/a"))),
        ("7  <... fsync resumed>) = 0", None),
        ("7  +++ exited with 0 +++", None),
    ] {
        let found = parsed(line);
        assert_eq!(found.as_ref().map(|(thread, name, path)| (*thread, *name, path.as_str())), expected, "{line}");
    }
}
