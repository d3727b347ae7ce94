//! The editor in which a person writes a message: which it is, what stands in its file, and what came of it.
//!
//! The file is a private one. What explains it stands below a line with scissors, as in Git's messages, and not in lines that begin with `#`:
//! those are headings in Markdown. An empty message is a change of mind.

use std::env;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use signal_hook::consts::{SIGINT, SIGQUIT};
use signal_hook::flag;

use crate::cli::message::LONGEST_MESSAGE;
use crate::cli::wording::one_line;
use crate::config::Scratch;
use crate::error::{UserError, reason};

/// The first line of what is no part of the message. Editors show what follows as a comment.
const SCISSORS: &str = "<!-- ------------------------ >8 ------------------------";

/// What is tried where nobody says which editor it is.
const USUAL: &[&str] = &["editor", "nano", "vi"];

/// A message as a person left it in the editor.
#[derive(Debug)]
pub(super) struct Draft {
    /// The message.
    pub(super) text: String,
    scratch: Scratch,
}

impl Draft {
    /// Leaves the message in its file, which nobody will take away.
    pub(super) fn keep(self) -> Option<PathBuf> {
        let path = self.scratch.path().to_owned();
        // Where it cannot be written anew, the file still holds the message and what explains it.
        Some(self.scratch.keep(&format!("{}\n", self.text)).unwrap_or(path))
    }
}

/// Opens the editor on `start` with `about` below it, and waits for what a person makes of it.
///
/// # Errors
/// Failed where there is no editor, it fails, or the message is empty; bad input where it is too long or no text. What was written is kept then.
pub(super) fn write(start: &str, about: &[String]) -> Result<Draft, UserError> {
    let editor = editor()?;
    let below = below(about);
    let scratch = Scratch::new("MESSAGE.md", &format!("{start}\n\n{below}"))?;
    let ended = run(&editor, scratch.path());
    let text = match left(&scratch, &below) {
        Ok(text) => text,
        Err(error) => return Err(left_as_it_is(error, scratch)),
    };
    let draft = Draft { text, scratch };
    if let Err(error) = ended {
        let worth_it = !draft.text.trim().is_empty() && draft.text.trim_end() != start.trim_end();
        return Err(if worth_it { kept(error, draft.keep().as_deref()) } else { error });
    }
    if draft.text.trim().is_empty() {
        return Err(UserError::failed("nothing was written: the message is empty"));
    }
    Ok(draft)
}

/// Adds to an error where the message is that somebody wrote for nothing.
pub(super) fn kept(error: UserError, path: Option<&Path>) -> UserError {
    let Some(path) = path else { return error };
    let place = format!("your text is kept, to be given again with `--file {}`", path.display());
    let hint = error.hint.clone().map_or_else(|| place.clone(), |hint| format!("{hint}; {place}"));
    error.hint(hint)
}

/// What is no message cannot be given again, but it is somebody's work.
fn left_as_it_is(error: UserError, scratch: Scratch) -> UserError {
    if scratch.path().exists() { error.hint(format!("what you wrote is in `{}`", scratch.leave().display())) } else { error }
}

/// What explains the file to whoever writes in it.
fn below(about: &[String]) -> String {
    let lines = ["Leave the line above as it is: what stands below it is dropped.", "An empty message writes nothing."];
    let about = about.iter().map(|line| one_line(line).replace("-->", "-- >"));
    let all: Vec<String> = about.chain(lines.map(str::to_owned)).collect();
    format!("{SCISSORS}\n{}\n-->\n", all.join("\n"))
}

/// The message in the file: what stands above the scissors. Where somebody has cut those away, too, no line that explains goes out to visitors.
fn left(scratch: &Scratch, below: &str) -> Result<String, UserError> {
    let bytes = scratch.read(LONGEST_MESSAGE)?;
    if bytes.len() as u64 > LONGEST_MESSAGE {
        return Err(UserError::bad_input("the message is larger than 1 MiB, which no message is"));
    }
    let text = String::from_utf8(bytes).map_err(|_| UserError::bad_input("the message is not UTF-8 text"))?;
    Ok(message_in(&text, below))
}

fn message_in(text: &str, below: &str) -> String {
    let explains = |line: &str| below.lines().any(|own| own == line.trim_end() && own.len() > 3);
    let lines = text.lines().take_while(|line| line.trim() != SCISSORS).filter(|line| !explains(line));
    let message = lines.collect::<Vec<_>>().join("\n");
    message.trim_start_matches(['\n', '\r']).trim_end().to_owned()
}

/// The editor that a person has chosen, else a usual one.
fn editor() -> Result<String, UserError> {
    let chosen = ["VISUAL", "EDITOR"].into_iter().filter_map(|name| env::var(name).ok()).find(|chosen| !chosen.trim().is_empty());
    let usual = || {
        let path = env::var_os("PATH")?;
        let there = |name: &&&str| env::split_paths(&path).any(|folder| folder.join(name).is_file());
        USUAL.iter().find(there).map(|name| (*name).to_owned())
    };
    chosen.or_else(usual).ok_or_else(|| {
        UserError::failed("there is no editor").hint("name one in the environment variable EDITOR, or give the message with `--message`")
    })
}

/// Runs the editor by the shell, as Git does, so that it may be a command with options.
fn run(editor: &str, file: &Path) -> Result<(), UserError> {
    let shown = one_line(editor);
    let cannot = |error: &std::io::Error| UserError::failed(format!("cannot run the editor `{shown}`: {}", reason(error)));
    let waiting = Waiting::begin().map_err(|error| cannot(&error))?;
    // A shell without a trap would end with Ctrl-C, whatever the editor makes of it.
    let line = format!("trap : INT QUIT; {editor} \"$@\"");
    let status = Command::new("sh").args(["-c", &line, editor]).arg(file).status().map_err(|error| cannot(&error))?;
    drop(waiting);
    match status.code() {
        Some(0) => Ok(()),
        Some(126 | 127) => Err(UserError::failed(format!("the editor `{shown}` cannot be run"))
            .hint("name another one in the environment variable VISUAL or EDITOR")),
        Some(code) => Err(UserError::failed(format!("the editor `{shown}` ended with exit code {code}, so nothing was written"))),
        None => Err(UserError::failed(format!("the editor `{shown}` was killed, so nothing was written"))),
    }
}

/// While the editor runs, Ctrl-C is meant for it.
struct Waiting {
    ours: Arc<AtomicBool>,
}

impl Waiting {
    fn begin() -> std::io::Result<Self> {
        let ours = Arc::new(AtomicBool::new(false));
        for signal in [SIGINT, SIGQUIT] {
            let registered = flag::register_conditional_default(signal, Arc::clone(&ours));
            if let Err(error) = registered {
                ours.store(true, Ordering::Relaxed);
                return Err(error);
            }
        }
        Ok(Self { ours })
    }
}

impl Drop for Waiting {
    fn drop(&mut self) {
        self.ours.store(true, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_message_is_what_stands_above_the_scissors_headings_and_all() {
        let below = below(&["What visitors read of x --> y.".to_owned()]);
        assert!(below.starts_with(SCISSORS) && below.ends_with("\n-->\n") && below.matches("-->").count() == 1, "{below}");
        for (text, message) in [
            (format!("\n\n{below}"), ""),
            (format!("# Why\n\n# not a comment\n\n{below}more\n"), "# Why\n\n# not a comment"),
            (format!("\n\n  * one\r\n\n {SCISSORS} \nx"), "  * one"),
            ("a\n-->\n<!-- b -->\n".to_owned(), "a\n-->\n<!-- b -->"),
            // Somebody has cut away the scissors themselves.
            (format!("a\n{}", below.replace(SCISSORS, "")), "a\n\n-->"),
        ] {
            assert_eq!(message_in(&text, &below), message, "{text}");
        }
    }

    #[test]
    fn where_a_text_is_kept_is_said_beside_what_helps() {
        let path = Path::new("/tmp/x/MESSAGE.md");
        let place = "your text is kept, to be given again with `--file /tmp/x/MESSAGE.md`";
        let error = || UserError::conflict("no");
        assert_eq!(kept(error(), Some(path)).hint.as_deref(), Some(place));
        assert_eq!(kept(error().hint("try"), Some(path)).hint, Some(format!("try; {place}")));
        assert_eq!(kept(error().hint("try"), None).hint.as_deref(), Some("try"));
    }
}
