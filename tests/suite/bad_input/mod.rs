//! Names, files, records and folders that are wrong, by mistake or on purpose: one clear line, the right exit code, nothing changed, soon.

mod any_bytes;
mod databases;
mod files;
mod foreign_folders;
mod giants;
mod imports;
mod links;
mod slugs;

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::fs;
use std::io::{Read, Seek};
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::{Duration, Instant};

use crate::test_org::TestOrg;

/// What hangs for longer than this, on a machine however busy, hangs.
const PATIENCE: Duration = Duration::from_secs(40);

/// The most processor time a command may take.
const MOST_SECONDS: f64 = 5.0;

/// How a command ended, and what it cost.
pub(super) struct Outcome {
    code: Option<i32>,
    stdout: String,
    stderr: String,
    /// Processor time.
    seconds: f64,
    /// The most memory it had, in KiB.
    peak_kib: u64,
    command: String,
}

/// Runs a command with nothing on standard input; it must end by itself, without a panic, and within [`MOST_SECONDS`].
#[track_caller]
pub(super) fn outcome(org: &TestOrg, arguments: &[impl AsRef<OsStr>]) -> Outcome {
    let (mut out, mut err) = (tempfile::tempfile().unwrap(), tempfile::tempfile().unwrap());
    let mut command = org.command(arguments);
    command.stdin(Stdio::null()).stdout(out.try_clone().unwrap()).stderr(err.try_clone().unwrap());
    let started = Instant::now();
    let mut child = command.spawn().unwrap();
    let (mut seconds, mut peak_kib) = (0.0_f64, 0);
    let status = loop {
        seconds = processor_seconds(child.id()).unwrap_or(seconds);
        peak_kib = peak(child.id()).unwrap_or(peak_kib);
        if let Some(status) = child.try_wait().unwrap() {
            break status;
        }
        if started.elapsed() > PATIENCE {
            child.kill().unwrap();
            child.wait().unwrap();
            panic!("`{}` hangs", shown(arguments));
        }
        std::thread::sleep(Duration::from_millis(2));
    };
    let read = |file: &mut fs::File| {
        let mut bytes = Vec::new();
        file.rewind().unwrap();
        file.read_to_end(&mut bytes).unwrap();
        String::from_utf8(bytes).unwrap_or_else(|_| panic!("`{}` printed what is no text", shown(arguments)))
    };
    let found =
        Outcome { code: status.code(), stdout: read(&mut out), stderr: read(&mut err), seconds, peak_kib, command: shown(arguments) };
    assert!(found.code.is_some_and(|code| code != 101), "`{}` died: {status}\n{}", found.command, found.stderr);
    assert!(!found.stderr.contains("panicked"), "`{}`: {}", found.command, found.stderr);
    assert!(found.seconds < MOST_SECONDS, "`{}` took {} seconds", found.command, found.seconds);
    found
}

fn shown(arguments: &[impl AsRef<OsStr>]) -> String {
    let words: Vec<String> = arguments.iter().map(|word| word.as_ref().to_string_lossy().chars().take(60).collect()).collect();
    words.join(" ")
}

/// Processor time a running process has used, in user and system mode; the ticks of Linux are hundredths.
fn processor_seconds(process: u32) -> Option<f64> {
    let stat = fs::read_to_string(format!("/proc/{process}/stat")).ok()?;
    let mut fields = stat.rsplit_once(')')?.1.split_whitespace().skip(11);
    let (user, system): (f64, f64) = (fields.next()?.parse().ok()?, fields.next()?.parse().ok()?);
    Some((user + system) / 100.0)
}

fn peak(process: u32) -> Option<u64> {
    let status = fs::read_to_string(format!("/proc/{process}/status")).ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    line.trim().trim_end_matches("kB").trim().parse().ok()
}

impl Outcome {
    /// It failed with one of these codes, in one line that holds `place` and can be shown anywhere, and at most one hint.
    #[track_caller]
    pub(super) fn refused(&self, codes: &[i32], place: &str) {
        let told = format!("`{}` ended with {:?}\n{}", self.command, self.code, self.stderr);
        assert!(self.code.is_some_and(|code| codes.contains(&code)), "{told}");
        assert_eq!(self.stdout, "", "{told}");
        let lines: Vec<&str> = self.stderr.lines().collect();
        assert!(matches!(lines.as_slice(), [error] | [error, _] if error.starts_with("error: ")), "{told}");
        assert!(lines.len() == 1 || lines[1].starts_with("hint: "), "{told}");
        assert!(lines[0].contains(place), "no `{place}` in: {told}");
        self.can_be_shown();
    }

    /// What was said on standard error is short and holds nothing that commands a terminal.
    #[track_caller]
    pub(super) fn can_be_shown(&self) {
        let told = format!("`{}`: {:?}", self.command, self.stderr.chars().take(3000).collect::<String>());
        assert!(self.stderr.len() < 2048, "{} bytes: {told}", self.stderr.len());
        let bad = |character: char| (character.is_control() && character != '\n') || ('\u{202a}'..='\u{202e}').contains(&character);
        assert!(!self.stderr.contains(bad), "{told}");
    }
}

/// Every file, folder and link below `folder` with what it holds: to see that nothing has changed.
pub(super) fn everything_in(folder: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut found = BTreeMap::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).unwrap() {
            let path = entry.unwrap().path();
            let kind = fs::symlink_metadata(&path).unwrap().file_type();
            let content = if kind.is_dir() {
                folders.push(path.clone());
                b"folder".to_vec()
            } else if kind.is_symlink() {
                fs::read_link(&path).unwrap().into_os_string().into_encoded_bytes()
            } else if kind.is_file() {
                fs::read(&path).unwrap()
            } else {
                b"device".to_vec()
            };
            found.insert(path, content);
        }
    }
    found
}
