//! Questions to a person at a terminal, and the preview of what they come to. Esc and Ctrl-C take everything back.

use std::fmt::Display;
use std::sync::Once;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use std::{io, process, thread};

use chrono_tz::Tz;
use inquire::error::CustomUserError;
use inquire::validator::Validation;
use inquire::{Confirm, InquireError, MultiSelect, Select, Text};
use rustix::event::{PollFd, PollFlags, poll};
use rustix::io::Errno;

use crate::cli::screen::Screen;
use crate::cli::table::Table;
use crate::cli::wording::one_line;
use crate::error::{Kind, UserError, reason};

/// A line; `check` says what is wrong with one, so that the person can mend it.
pub(super) fn line(
    question: &str,
    help: &str,
    check: impl Fn(&str) -> Result<(), UserError> + Clone + 'static,
) -> Result<String, UserError> {
    let judge = move |text: &str| -> Result<Validation, CustomUserError> {
        Ok(match check(text) {
            Ok(()) => Validation::Valid,
            Err(error) => Validation::Invalid(one_line(&error.message).into()),
        })
    };
    let question = one_line(question);
    let text = Text::new(&question).with_help_message(help).with_validator(judge);
    asked(|| text.prompt())
}

/// One of `options`, by its place; `start` is the one that Enter takes.
pub(super) fn choice(question: &str, options: &[impl Display], start: usize) -> Result<usize, UserError> {
    let (question, shown) = (one_line(question), shown(options));
    let select = Select::new(&question, shown).with_starting_cursor(start);
    asked(|| select.raw_prompt()).map(|chosen| chosen.index)
}

/// Any of `options`, by their places, found by typing parts of them.
pub(super) fn several(question: &str, options: &[impl Display]) -> Result<Vec<usize>, UserError> {
    let (question, shown) = (one_line(question), shown(options));
    let help = "type to search, space to choose, enter when done";
    let select = MultiSelect::new(&question, shown).with_help_message(help).with_page_size(12);
    let chosen = asked(|| select.raw_prompt())?;
    Ok(chosen.into_iter().map(|option| option.index).collect())
}

/// Yes or no; Enter is yes.
pub(super) fn yes(question: &str) -> Result<bool, UserError> {
    let question = one_line(question);
    asked(|| Confirm::new(&question).with_default(true).prompt())
}

/// Shows what is about to be written, and asks whether it is.
pub(super) fn preview(facts: &Table, zone: Tz, question: &str) -> Result<(), UserError> {
    let mut out = anstream::AutoStream::auto(io::stderr().lock());
    let screen = Screen::of_questions();
    let printed = io::Write::write_all(&mut out, b"\n").and_then(|()| facts.print_for_people(&mut out, zone, &screen));
    let printed = printed.and_then(|()| io::Write::write_all(&mut out, b"\n"));
    drop(out);
    printed.map_err(|error| UserError::failed(format!("cannot show what is to be written: {}", reason(&error))))?;
    if yes(question)? { Ok(()) } else { Err(cancelled()) }
}

/// Whether a question stands.
static ASKING: AtomicBool = AtomicBool::new(false);

/// Asks. Where the terminal goes away meanwhile, which not everybody is told by a signal, nobody answers any more, and the library that reads
/// keys would look for them without end.
fn asked<T>(ask: impl FnOnce() -> Result<T, InquireError>) -> Result<T, UserError> {
    static WATCH: Once = Once::new();
    // Where the system gives no thread, it is asked without one.
    WATCH.call_once(|| drop(thread::Builder::new().spawn(end_with_the_terminal)));
    ASKING.store(true, Ordering::SeqCst);
    let answer = ask();
    ASKING.store(false, Ordering::SeqCst);
    answer.map_err(|error| refused(&error))
}

/// Ends the program when its terminal is gone, but never while something is written.
fn end_with_the_terminal() {
    let stdin = io::stdin();
    loop {
        // That it is gone is told without being asked for; keys are left to whoever reads them.
        let mut waited = [PollFd::new(&stdin, PollFlags::empty())];
        match poll(&mut waited, None) {
            Err(Errno::INTR) => {}
            Err(_) => return,
            Ok(_) => break,
        }
    }
    while !ASKING.load(Ordering::SeqCst) {
        thread::sleep(Duration::from_millis(100));
    }
    process::exit(i32::from(Kind::Failed.exit_code()));
}

/// What a person says who does not go on.
fn cancelled() -> UserError {
    UserError::failed("cancelled: nothing was written")
}

fn refused(error: &InquireError) -> UserError {
    match error {
        InquireError::OperationCanceled | InquireError::OperationInterrupted => cancelled(),
        InquireError::IO(error) => UserError::failed(format!("cannot ask: {}", reason(error))),
        other => UserError::failed(format!("cannot ask: {other}")),
    }
}

/// Whether an error is a person's own change of mind.
pub(super) fn is_cancelled(error: &UserError) -> bool {
    *error == cancelled()
}

/// Names that people wrote do not command the terminal of whoever is asked.
fn shown(options: &[impl Display]) -> Vec<String> {
    options.iter().map(|option| one_line(&option.to_string())).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_change_of_mind_is_none_of_the_failures() {
        let lost = InquireError::IO(io::Error::from_raw_os_error(5));
        for (error, message, is_mind) in [
            (InquireError::OperationCanceled, "cancelled: nothing was written", true),
            (InquireError::OperationInterrupted, "cancelled: nothing was written", true),
            (lost, "cannot ask: input/output error", false),
            (
                InquireError::InvalidConfiguration("no options".to_owned()),
                "cannot ask: The prompt configuration is invalid: no options",
                false,
            ),
        ] {
            let error = refused(&error);
            assert_eq!((error.message.as_str(), is_cancelled(&error)), (message, is_mind));
        }
    }
}
