//! The text of an update: on the command line, in a file or on standard input, and in other languages.

use std::path::{Path, PathBuf};
use std::str::FromStr;

use clap::Args;

use crate::cli::desk::Desk;
use crate::config::read_given_text;
use crate::error::UserError;
use crate::ops::message::Message;

/// Longer messages are a mistake, such as a log file given for a message.
pub(super) const LONGEST_MESSAGE: u64 = 1 << 20;

/// The text of an update.
#[derive(Debug, Args)]
pub(super) struct MessageArgs {
    /// What visitors read, in Markdown; `-` reads standard input
    #[arg(long, value_name = "TEXT", allow_hyphen_values = true)]
    message: Option<String>,
    /// Read the message from a file; `-` reads standard input
    #[arg(long, value_name = "FILE", conflicts_with = "message")]
    file: Option<PathBuf>,
    /// Write the message in your editor ($VISUAL or $EDITOR), beginning with what is given
    #[arg(long)]
    edit: bool,
}

/// The text of an update, and its translations.
#[derive(Debug, Args)]
pub(super) struct TranslatedArgs {
    #[command(flatten)]
    message: MessageArgs,
    /// The message in another language, as in `de='Wir sehen nach.'` (can be repeated); where there is none, visitors read the message
    #[arg(long = "message-lang", value_name = "LANGUAGE=TEXT")]
    translations: Vec<TranslationArg>,
}

/// `LANGUAGE=TEXT`.
#[derive(Clone, Debug)]
pub(super) struct TranslationArg(String, String);

impl FromStr for TranslationArg {
    type Err = UserError;

    fn from_str(given: &str) -> Result<Self, UserError> {
        match given.split_once('=') {
            Some((language, text)) => Ok(Self(language.to_owned(), text.to_owned())),
            None => Err(UserError::usage(format!("`{}` in `--message-lang` has no `=`", given.escape_debug()))
                .hint("write it as in `--message-lang de='Wir sehen nach.'`")),
        }
    }
}

impl TranslationArg {
    /// Tags and texts as they were given.
    pub(super) fn pairs(given: &[Self]) -> Vec<(String, String)> {
        given.iter().map(|Self(language, text)| (language.clone(), text.clone())).collect()
    }
}

impl MessageArgs {
    /// Whether it is to be written in the editor.
    pub(super) fn is_edited(&self) -> bool {
        self.edit
    }

    /// What was given by `--message` or `--file`, or else `start`; with `--edit`, what a person makes of it, `about` telling what it is.
    pub(super) fn text(&self, desk: &Desk, start: &str, about: &str) -> Result<Option<String>, UserError> {
        let given = self.given()?;
        if !self.edit {
            return Ok(given);
        }
        desk.written(given.as_deref().unwrap_or(start), &[about.to_owned()]).map(Some)
    }

    /// The text of `--message` or `--file`, `-` being standard input.
    fn given(&self) -> Result<Option<String>, UserError> {
        let file = match (self.message.as_deref(), self.file.as_deref()) {
            (Some("-"), _) => Path::new("-"),
            (Some(message), _) => return Ok(Some(message.to_owned())),
            (None, Some(file)) => file,
            (None, None) => return Ok(None),
        };
        read_given_text(file, LONGEST_MESSAGE).map(Some)
    }
}

impl TranslatedArgs {
    /// The text with its translations; nothing where nothing was given. `about` tells whoever writes it in the editor what it is.
    pub(super) fn message(&self, desk: &Desk, about: &str) -> Result<Option<Message>, UserError> {
        self.from(desk, "", about)
    }

    /// The same, where `start` is the text unless another one is given, and what the editor begins with.
    pub(super) fn from(&self, desk: &Desk, start: &str, about: &str) -> Result<Option<Message>, UserError> {
        let text = self.message.text(desk, start, about)?;
        let text = text.as_deref().or_else(|| Some(start).filter(|start| !start.is_empty()));
        Message::translated(text, &TranslationArg::pairs(&self.translations))
    }

    /// Whether it is to be written in the editor.
    pub(super) fn is_edited(&self) -> bool {
        self.message.edit
    }

    /// Whether its text is given.
    pub(super) fn has_text(&self) -> bool {
        self.message.message.is_some() || self.message.file.is_some()
    }

    /// Whether nothing is said of what the message is.
    pub(super) fn is_missing(&self) -> bool {
        let MessageArgs { message, file, edit } = &self.message;
        message.is_none() && file.is_none() && !edit && self.translations.is_empty()
    }
}
