//! Hosts that have an uploader of their own: an operator's program is told what has changed, and does it.
//!
//! The program is run without a shell, in the organization's folder. On its standard input is one line per file, a letter, a blank and the
//! path below the site's folder: `A` what is new, `M` what has other bytes, `D` what is gone, assets first and the home page last but for
//! what is gone. No path of a site holds a line break. Its environment is ours with `STATUARY_GENERATION`, `STATUARY_PREVIOUS_GENERATION`
//! (empty the first time), `STATUARY_ORG` and `STATUARY_SITE`, the site's folder. Its exit code says whether the site is where it should be.

use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader, Read, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus, Stdio};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread;
use std::time::{Duration, Instant};

use crate::error::{UserError, reason};
use crate::publish::uploaders::Uploader;
use crate::publish::{Held, Moved, Parcel, Uploaders};
use crate::site::{Digest, Generation, SitePath};

/// An operator's program.
#[derive(Clone, Debug)]
pub struct Program<'a> {
    /// Its name or path, and its arguments.
    pub words: &'a [String],
    /// Where it runs; a path to it is taken from here, too.
    pub dir: &'a Path,
    /// The organization.
    pub org: &'a str,
    /// When it is ended.
    pub time_limit: Duration,
    /// What it was told last time: the generation, and digests by path.
    pub previous: Option<(Generation, BTreeMap<SitePath, Digest>)>,
    /// The lock of its target, which it holds as well.
    pub held: &'a Held,
    /// Among these it runs.
    pub uploaders: &'a Uploaders,
}

/// More lines than that are not repeated to people.
const MOST_LINES: usize = 200;

/// Longer lines are cut.
const LONGEST_LINE: usize = 500;

/// How long a program that has ended may leave its output open to others.
const LAST_WORDS: Duration = Duration::from_secs(2);

/// How long a program may take to end that is killed.
const TO_BE_KILLED: Duration = Duration::from_secs(5);

/// What the names of variables hold that are secrets for our own use only. Whatever else there is may be the uploader's.
const OURS: &str = "CLERK_";

/// Runs the program for a parcel; with `dry_run` it only says what it would be told.
///
/// # Errors
/// Failed where it cannot be started, takes too long, or says that it has failed.
pub fn run(program: &Program<'_>, parcel: &Parcel, dry_run: bool) -> Result<Moved, UserError> {
    let changes = Changes::between(program.previous.as_ref().map(|(_, files)| files), parcel);
    let mut moved = Moved {
        written: changes.written.len(),
        kept: parcel.files.len() - changes.written.len(),
        removed: changes.removed.len(),
        previous: program.previous.as_ref().map(|(generation, _)| generation.clone()),
        said: Vec::new(),
    };
    if !dry_run {
        let (status, said) = call(program, parcel, &moved, changes.to_lines())?;
        moved.said = said;
        if !status.success() {
            let last = moved.said.last().map(|line| format!(": {line}")).unwrap_or_default();
            return Err(UserError::failed(format!("`{}` ended with {}{last}", name(program), ending(status))));
        }
    }
    Ok(moved)
}

/// What a program is told.
#[derive(Debug, Default)]
struct Changes {
    /// In the order in which links stay whole, with whether they are new.
    written: Vec<(SitePath, bool)>,
    removed: Vec<SitePath>,
}

impl Changes {
    fn between(old: Option<&BTreeMap<SitePath, Digest>>, parcel: &Parcel) -> Self {
        let known = |path: &SitePath| old.and_then(|old| old.get(path));
        let changed = parcel.files.iter().filter(|file| known(&file.path) != Some(&file.content));
        let mut written: Vec<(SitePath, bool)> = changed.map(|file| (file.path.clone(), known(&file.path).is_none())).collect();
        written.sort_by_key(|(path, is_new)| super::bucket::turn(path, *is_new));
        let is_there = |path: &SitePath| parcel.files.binary_search_by(|file| file.path.cmp(path)).is_ok();
        let mut removed: Vec<SitePath> = old.into_iter().flat_map(BTreeMap::keys).filter(|path| !is_there(path)).cloned().collect();
        removed.sort_by_key(super::bucket::removal_turn);
        Self { written, removed }
    }

    fn to_lines(&self) -> String {
        let written = self.written.iter().map(|(path, is_new)| format!("{} {path}\n", if *is_new { 'A' } else { 'M' }));
        written.chain(self.removed.iter().map(|path| format!("D {path}\n"))).collect()
    }
}

fn call(program: &Program<'_>, parcel: &Parcel, moved: &Moved, lines: String) -> Result<(ExitStatus, Vec<String>), UserError> {
    let fail = |error: std::io::Error| UserError::failed(format!("cannot run `{}`: {}", name(program), reason(&error)));
    let mut command = Command::new(executable(program));
    for (variable, _) in std::env::vars_os().filter(|(name, _)| name.to_string_lossy().contains(OURS)) {
        command.env_remove(variable);
    }
    command
        .args(program.words.iter().skip(1))
        .current_dir(program.dir)
        .env("STATUARY_GENERATION", parcel.generation.as_str())
        .env("STATUARY_PREVIOUS_GENERATION", moved.previous.as_ref().map_or("", Generation::as_str))
        .env("STATUARY_ORG", program.org)
        .env("STATUARY_SITE", &parcel.root)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let uploader = program.uploaders.begin(&mut command, name(program), program.held);
    let mut uploader = uploader.map_err(fail)?.ok_or_else(|| ended_with_us(program))?;
    let child = &mut uploader.child;
    let (teller, told) = channel();
    let streams: [Option<Box<dyn Read + Send>>; 2] =
        [child.stdout.take().map(|stream| Box::new(stream) as _), child.stderr.take().map(|stream| Box::new(stream) as _)];
    let mut begun = Vec::new();
    if let Some(mut input) = child.stdin.take() {
        // A program need not read what it is told.
        begun.push(thread::Builder::new().spawn(move || drop(input.write_all(lines.as_bytes()))));
    }
    for stream in streams.into_iter().flatten() {
        let teller = teller.clone();
        begun.push(thread::Builder::new().spawn(move || repeat(stream, &teller)));
    }
    if let Some(error) = begun.into_iter().find_map(Result::err) {
        // It must not take for the whole list what it was told of it.
        uploader.kill(TO_BE_KILLED);
        return Err(UserError::failed(format!("no thread to speak to `{}` with: {}", name(program), reason(&error))));
    }
    drop(teller);
    let status = wait(&mut uploader, program)?;
    if program.uploaders.are_ending() {
        return Err(ended_with_us(program));
    }
    Ok((status, heard(&told)))
}

fn ended_with_us(program: &Program<'_>) -> UserError {
    UserError::failed(format!("`{}` was ended with the publishing", name(program)))
}

/// Waits for its end, and ends it where that takes too long.
fn wait(uploader: &mut Uploader<'_>, program: &Program<'_>) -> Result<ExitStatus, UserError> {
    let begun = Instant::now();
    let mut pause = Duration::from_millis(2);
    loop {
        match uploader.ended() {
            Ok(Some(status)) => return Ok(status),
            Ok(None) if begun.elapsed() < program.time_limit => thread::sleep(pause),
            Ok(None) => {
                let took_longer = format!("`{}` took longer than {} s", name(program), program.time_limit.as_secs());
                return Err(match uploader.kill(TO_BE_KILLED) {
                    true => UserError::failed(format!("{took_longer} and was ended")).hint("give its target more time with `time_limit`"),
                    false => UserError::failed(format!("{took_longer} and could not be ended")).hint(
                        "see to it that it has before you publish to its target again; where it runs as another user, end it as that one",
                    ),
                });
            }
            Err(_) => return Err(UserError::failed(format!("lost `{}`", name(program)))),
        }
        pause = (pause * 2).min(Duration::from_millis(50));
    }
}

/// Sends on what a program says, line by line.
fn repeat(stream: impl Read, teller: &Sender<String>) {
    let mut lines = BufReader::new(stream);
    let mut line = Vec::new();
    while lines.by_ref().take(64 * 1024).read_until(b'\n', &mut line).is_ok_and(|read| read > 0) {
        let text = String::from_utf8_lossy(&line);
        let text: String = text.trim_end().chars().filter(|character| !character.is_control()).take(LONGEST_LINE).collect();
        let is_over = teller.send(text).is_err();
        line.clear();
        if is_over {
            return;
        }
    }
}

/// What was said, until nobody can say any more.
fn heard(told: &Receiver<String>) -> Vec<String> {
    let mut said = Vec::new();
    let until = Instant::now() + LAST_WORDS;
    while let Ok(line) = told.recv_timeout(until.saturating_duration_since(Instant::now())) {
        if said.len() < MOST_LINES {
            said.push(line);
        }
    }
    said
}

fn name<'a>(program: &Program<'a>) -> &'a str {
    program.words.first().map_or("", String::as_str)
}

/// The program, a relative path being one from the organization's folder.
fn executable(program: &Program<'_>) -> PathBuf {
    let name = name(program);
    if name.contains('/') { program.dir.join(name) } else { PathBuf::from(name) }
}

fn ending(status: ExitStatus) -> String {
    use std::os::unix::process::ExitStatusExt as _;
    match (status.code(), status.signal()) {
        (Some(code), _) => format!("exit code {code}"),
        (None, Some(signal)) => format!("signal {signal}"),
        (None, None) => "an unknown status".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::publish::parcel::File;
    use crate::publish::{HeaderRules, Records};

    fn parcel(files: &[(&str, &str)]) -> Parcel {
        let file = |(path, text): &(&str, &str)| File {
            path: SitePath::new(path).unwrap(),
            content: Digest::of(text.as_bytes()),
            length: text.len() as u64,
        };
        let mut files: Vec<File> = files.iter().map(file).collect();
        files.sort_by(|left, right| left.path.cmp(&right.path));
        Parcel {
            site: "page".into(),
            root: "/site".into(),
            generation: "0123456789abcdef".parse().unwrap(),
            files,
            headers: HeaderRules::default(),
        }
    }

    fn script(text: &str) -> Vec<String> {
        ["sh", "-c", text].map(str::to_owned).into()
    }

    /// Runs a program among `uploaders`.
    fn run_among(
        uploaders: &Uploaders,
        words: &[String],
        previous: Option<(Generation, BTreeMap<SitePath, Digest>)>,
        time_limit: u64,
        (parcel, dry_run): (&Parcel, bool),
    ) -> Result<Moved, UserError> {
        let temp = tempfile::tempdir().unwrap();
        let held = Records::new(temp.path().to_owned()).hold("command:x").unwrap();
        let time_limit = Duration::from_secs(time_limit);
        run(&Program { words, dir: Path::new("/"), org: "acme", time_limit, previous, held: &held, uploaders }, parcel, dry_run)
    }

    /// Runs a program that is told nothing of another time.
    fn run_first(words: &[String], time_limit: u64) -> Result<Moved, UserError> {
        run_among(&Uploaders::default(), words, None, time_limit, (&parcel(&[("index.html", "1")]), false))
    }

    #[test]
    fn it_is_told_what_changed_in_an_order_that_keeps_links_whole() {
        let old = [("index.html", "1"), ("history/index.html", "1"), ("assets/a.css", "1"), ("incidents/a/index.html", "1")];
        let old = parcel(&old).files.into_iter().map(|file| (file.path, file.content)).collect();
        let new =
            [("index.html", "2"), ("incidents/ä b/index.html", "1"), ("assets/a.css", "1"), ("history/index.html", "2"), ("x.json", "1")];
        let words = script("cat; echo $STATUARY_ORG $STATUARY_SITE $STATUARY_GENERATION $STATUARY_PREVIOUS_GENERATION >&2");
        let previous = Some(("fedcba9876543210".parse().unwrap(), old));
        let run = |words: &[String], dry_run: bool| {
            run_among(&Uploaders::default(), words, previous.clone(), 20, (&parcel(&new), dry_run)).unwrap()
        };
        let moved = run(&words, false);
        assert_eq!((moved.written, moved.kept, moved.removed), (4, 1, 1));
        let mut said = moved.said;
        let environment = said.iter().position(|line| line.starts_with("acme ")).unwrap();
        assert_eq!(said.remove(environment), "acme /site 0123456789abcdef fedcba9876543210");
        assert_eq!(said, ["A incidents/ä b/index.html", "A x.json", "M history/index.html", "M index.html", "D incidents/a/index.html"]);
        let moved = run(&script("exit 9"), true);
        assert_eq!((moved.written, moved.said.len()), (4, 0));
    }

    #[test]
    fn its_end_decides() {
        let failed = |text: &str| run_first(&script(text), 20).unwrap_err().message;
        assert_eq!(failed("echo no room >&2; exit 7"), "`sh` ended with exit code 7: no room");
        assert_eq!(failed("kill -9 $$"), "`sh` ended with signal 9");
        let words = ["no-such-program-at-all".to_owned()];
        let error = run_first(&words, 20).unwrap_err();
        assert_eq!(error.message, "cannot run `no-such-program-at-all`: no such file or directory");
    }

    #[test]
    fn one_that_takes_too_long_is_ended_with_what_it_has_started() {
        let begun = Instant::now();
        let error = run_first(&script("sleep 600 & sleep 600"), 1).unwrap_err();
        assert_eq!(error.message, "`sh` took longer than 1 s and was ended");
        assert_eq!(error.hint.as_deref(), Some("give its target more time with `time_limit`"));
        assert!(begun.elapsed() < Duration::from_secs(60));
    }

    #[test]
    fn one_that_takes_too_long_and_cannot_be_ended_is_told() {
        let temp = tempfile::tempdir().unwrap();
        let words = script(&format!("while [ -d {} ]; do sleep 0.01; done", temp.path().display()));
        let site = parcel(&[("index.html", "1")]);
        let error = run_among(&Uploaders::of_somebody_else(), &words, None, 0, (&site, false)).unwrap_err();
        assert_eq!(error.message, "`sh` took longer than 0 s and could not be ended");
        let hint = "see to it that it has before you publish to its target again; where it runs as another user, end it as that one";
        assert_eq!(error.hint.as_deref(), Some(hint));
    }

    #[test]
    fn one_that_is_ended_with_the_publishing_has_failed() {
        let uploaders = Uploaders::default();
        let site = parcel(&[("index.html", "1")]);
        let run = |words: &[String]| run_among(&uploaders, words, None, 60, (&site, false)).unwrap_err().message;
        // Even one that makes the best of it.
        let words = script("trap 'exit 0' TERM; while :; do sleep 0.01; done");
        let error = thread::scope(|scope| {
            let running = scope.spawn(|| run(&words));
            while uploaders.are_gone() {
                thread::sleep(Duration::from_millis(5));
            }
            uploaders.ask_to_end();
            running.join().unwrap()
        });
        assert_eq!(error, "`sh` was ended with the publishing");
        assert_eq!(run(&script("exit 0")), "`sh` was ended with the publishing");
    }
}
