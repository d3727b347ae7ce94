//! Errors as people read them, and the exit code that goes with them: `error: …` and, where it helps, `hint: …`, one line each.

use std::error::Error;
use std::io::{self, Write};

use anstyle::{AnsiColor, Style};
use clap::error::{ContextKind, ContextValue, ErrorKind};

use crate::cli::wording::{one_line, shortened};
use crate::error::{Kind, UserError, nearest};

/// Most bytes of a message: it may repeat what a person or a file says, and that can be of any length.
const LONGEST_MESSAGE: usize = 1200;

/// Most bytes of a hint.
const LONGEST_HINT: usize = 600;

/// An error of any kind as one with kind, message and hint; what is not a [`UserError`] counts as failed.
pub(super) fn complaint(error: &anyhow::Error) -> UserError {
    let message = error.chain().map(ToString::to_string).collect::<Vec<_>>().join(": ");
    match error.chain().find_map(|cause| cause.downcast_ref::<UserError>()) {
        Some(found) => UserError { kind: found.kind, message, hint: found.hint.clone() },
        None => UserError::failed(message),
    }
}

/// Prints an error; where not even that works there is nobody to tell.
pub(super) fn print(error: &UserError) {
    let mut out = anstream::AutoStream::auto(io::stderr().lock());
    let (red, cyan) = (AnsiColor::Red.on_default().bold(), AnsiColor::Cyan.on_default());
    drop(print_line(&mut out, red, "error", &error.message, LONGEST_MESSAGE));
    if let Some(hint) = &error.hint {
        drop(print_line(&mut out, cyan, "hint", hint, LONGEST_HINT));
    }
}

/// Prints what somebody has to know although there is no other word.
pub(super) fn warn(text: &str) {
    drop(print_line(&mut anstream::AutoStream::auto(io::stderr().lock()), Style::new(), "warning", text, LONGEST_MESSAGE));
}

fn print_line(out: &mut impl Write, style: Style, label: &str, text: &str, longest: usize) -> io::Result<()> {
    writeln!(out, "{style}{label}:{style:#} {}", shortened(&one_line(text), longest))
}

/// What the reader of arguments complains about, in our words; `command` gives those of the command that was asked for.
pub(super) fn usage(error: &clap::Error, command: impl FnOnce() -> String) -> UserError {
    if let Some(found) = error.source().and_then(|source| source.downcast_ref::<UserError>()) {
        // A text that cannot be a value is a wrong argument, whatever it would be in a file.
        return UserError { kind: Kind::Usage, ..found.clone() };
    }
    let get = |kind: ContextKind| error.get(kind).map(words).unwrap_or_default();
    let argument = get(ContextKind::InvalidArg);
    let value = get(ContextKind::InvalidValue);
    let message = match error.kind() {
        ErrorKind::InvalidSubcommand => format!("there is no command `{}`", get(ContextKind::InvalidSubcommand)),
        ErrorKind::UnknownArgument if argument.starts_with('-') => format!("there is no option `{argument}` here"),
        ErrorKind::UnknownArgument => format!("`{argument}` is one argument too many"),
        ErrorKind::MissingRequiredArgument => format!("missing {}", missing(&argument)),
        ErrorKind::MissingSubcommand | ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand => "which command?".to_owned(),
        ErrorKind::ArgumentConflict => match get(ContextKind::PriorArg) {
            _ if argument.is_empty() => "these arguments cannot be used together".to_owned(),
            prior if prior == argument => format!("`{argument}` is given twice"),
            prior if prior.is_empty() => format!("`{argument}` cannot be used here"),
            prior => format!("`{argument}` cannot be used with `{prior}`"),
        },
        ErrorKind::InvalidValue if value.is_empty() => format!("`{argument}` needs a value"),
        ErrorKind::InvalidValue | ErrorKind::ValueValidation => match error.source() {
            Some(source) => format!("`{value}` does not fit `{argument}`: {}", why(source, &value)),
            None => format!("`{value}` does not fit `{argument}`"),
        },
        ErrorKind::NoEquals => format!("`{argument}` takes its value after `=`"),
        ErrorKind::TooManyValues => format!("`{value}` is one value too many for `{argument}`"),
        ErrorKind::TooFewValues | ErrorKind::WrongNumberOfValues => format!("`{argument}` needs another number of values"),
        ErrorKind::InvalidUtf8 => "an argument is not UTF-8 text".to_owned(),
        _ => first_line(error),
    };
    UserError::usage(message).hint(hint(error).unwrap_or_else(|| format!("see `{} --help`", command())))
}

/// The near miss, or the possible values.
fn hint(error: &clap::Error) -> Option<String> {
    // Of values only those are near that we call near ourselves, below.
    for kind in [ContextKind::SuggestedSubcommand, ContextKind::SuggestedArg] {
        let suggestion = match error.get(kind) {
            // The likeliest comes last.
            Some(ContextValue::Strings(several)) => several.last().cloned(),
            one => one.map(words),
        };
        if let Some(suggestion) = suggestion.filter(|suggestion| !suggestion.is_empty()) {
            return Some(format!("did you mean `{suggestion}`?"));
        }
    }
    let known = error.get(ContextKind::ValidValue)?;
    let values = words(known);
    if values.is_empty() {
        return None;
    }
    // Closer than what the reader of arguments calls close: two letters that changed places are a near miss, too.
    let given = error.get(ContextKind::InvalidValue).map(words).unwrap_or_default();
    let near = if let ContextValue::Strings(known) = known { nearest(&given, known.iter().map(String::as_str)) } else { None };
    Some(near.map_or_else(|| format!("one of {values}"), |near| format!("did you mean `{near}`?")))
}

/// `<--until <TIME>|--for <LENGTH>>` is one of two arguments; `--a <A>, <B>` are several, of which those without a name come first.
fn missing(arguments: &str) -> String {
    let (options, places): (Vec<&str>, Vec<&str>) = arguments.split(", ").partition(|argument| argument.contains("--"));
    let shown = places.into_iter().chain(options).map(|argument| {
        let one_of = argument.strip_prefix("<-").and_then(|rest| rest.strip_suffix('>'));
        let one_of = one_of.map(|rest| format!("-{rest}").replace('|', "` or `"));
        format!("`{}`", one_of.as_deref().unwrap_or(argument))
    });
    shown.collect::<Vec<_>>().join(", ")
}

/// Why a value does not fit, where the standard library says it in its own way.
fn why(source: &dyn Error, value: &str) -> String {
    let text = source.to_string();
    let range = text.split_once(" is not in ").and_then(|(_, range)| range.split_once("..="));
    match range {
        Some((first, last)) => format!("it goes from {first} to {last}"),
        None if text.starts_with("number too large") => "it is too large a number".to_owned(),
        None if text.starts_with("number too small") => "it is too small a number".to_owned(),
        None if text == "invalid digit found in string" && value.strip_prefix('-').is_some_and(|rest| rest.parse::<u64>().is_ok()) => {
            "it is below zero".to_owned()
        }
        None if text == "invalid digit found in string" => "it is not a whole number".to_owned(),
        None if text == "invalid IP address syntax" => "it is not an address such as `127.0.0.1`".to_owned(),
        None if text == "invalid socket address syntax" => "it is not an address and a port such as `127.0.0.1:9100`".to_owned(),
        None => text,
    }
}

fn words(value: &ContextValue) -> String {
    match value {
        ContextValue::String(text) => text.clone(),
        ContextValue::Strings(texts) => texts.join(", "),
        other => other.to_string(),
    }
}

fn first_line(error: &clap::Error) -> String {
    let text = error.to_string();
    let line = text.lines().next().unwrap_or_default();
    line.strip_prefix("error: ").unwrap_or(line).trim_end_matches('.').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use anyhow::Context;

    #[test]
    fn contexts_become_one_sentence_and_keep_kind_and_hint() {
        let error = Err::<(), _>(UserError::not_found("no service `api`").hint("look")).context("cannot open incident").unwrap_err();
        let found = complaint(&error);
        assert_eq!((found.kind, found.message.as_str()), (Kind::NotFound, "cannot open incident: no service `api`"));
        assert_eq!(found.hint.as_deref(), Some("look"));
        assert_eq!(complaint(&anyhow::anyhow!("disk gone").context("cannot build")).message, "cannot build: disk gone");
    }

    #[test]
    fn what_the_reader_of_arguments_complains_about_is_said_in_our_words() {
        let text = |text: &str| ContextValue::String(text.to_owned());
        let option = (ContextKind::InvalidArg, text("--a <X>"));
        let value = (ContextKind::InvalidValue, text("v"));
        for (kind, context, message) in [
            (ErrorKind::ArgumentConflict, vec![], "these arguments cannot be used together"),
            (ErrorKind::ArgumentConflict, vec![option.clone()], "`--a <X>` cannot be used here"),
            (ErrorKind::InvalidValue, vec![option.clone()], "`--a <X>` needs a value"),
            (ErrorKind::InvalidValue, vec![option.clone(), value.clone()], "`v` does not fit `--a <X>`"),
            (ErrorKind::NoEquals, vec![option.clone()], "`--a <X>` takes its value after `=`"),
            (ErrorKind::TooManyValues, vec![option.clone(), value], "`v` is one value too many for `--a <X>`"),
            (ErrorKind::WrongNumberOfValues, vec![option], "`--a <X>` needs another number of values"),
            (ErrorKind::InvalidUtf8, vec![], "an argument is not UTF-8 text"),
        ] {
            let mut error = clap::Error::new(kind);
            for (kind, value) in context {
                error.insert(kind, value);
            }
            let told = usage(&error, || "statuary".to_owned());
            assert_eq!((told.kind, told.message.as_str(), told.hint.as_deref()), (Kind::Usage, message, Some("see `statuary --help`")));
        }
    }
}
