//! `statuary help`: the same words as `--help` of the command it names.

use std::ffi::OsString;

/// Show the help of a command, as `--help` behind it does
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  statuary help
  statuary help incident open")]
pub(super) struct HelpArgs {
    /// The words of the command; the program itself by default
    #[arg(value_name = "COMMAND")]
    words: Vec<String>,
}

impl HelpArgs {
    /// The arguments that ask for the same by `--help`, the program's name first.
    pub(super) fn as_option(&self) -> Vec<OsString> {
        let words = self.words.iter().map(String::as_str);
        std::iter::once("statuary").chain(words).chain(["--help"]).map(OsString::from).collect()
    }
}
