//! What can stand at the end of a line of arguments: which command it belongs to, and which value or names fit there.
//!
//! A line is unfinished by nature, so nothing here is an error: what means nothing is passed over.

use std::ffi::OsString;

use clap::{Arg, ArgAction, Command};

/// The end of a line, where something is to be completed.
#[derive(Debug)]
pub(super) struct Spot<'c> {
    /// The words of the command so far, without the program's name: `incident update`.
    pub(super) path: Vec<&'c str>,
    /// The command itself.
    pub(super) command: &'c Command,
    /// What stands there already.
    pub(super) typed: String,
    /// The value that belongs there, if one does.
    pub(super) value: Option<&'c Arg>,
    /// What stands before the value in the same word: `--org=`.
    pub(super) before: String,
    /// Whether names of commands and options can stand there too.
    pub(super) names: bool,
    /// Options that the line has already, by id, with their values, in order.
    given: Vec<(&'c str, Option<String>)>,
}

impl<'c> Spot<'c> {
    /// The end of `words`, the first of them being the program; `root` is built.
    pub(super) fn of(root: &'c Command, words: &[OsString]) -> Self {
        let mut words: Vec<String> = words.iter().skip(1).map(|word| unquoted(&word.to_string_lossy())).collect();
        let typed = words.pop().unwrap_or_default();
        let mut walk = Walk { spot: Self::at(root), positionals: 0, waiting: None, escaped: false };
        words.into_iter().for_each(|word| walk.pass(word));
        walk.stop_at(typed)
    }

    fn at(root: &'c Command) -> Self {
        let (typed, before) = (String::new(), String::new());
        Self { path: Vec::new(), command: root, typed, value: None, before, names: true, given: Vec::new() }
    }

    /// The value that an option has on this line.
    pub(super) fn given(&self, id: &str) -> Option<&str> {
        self.given.iter().rev().find(|(given, _)| *given == id).and_then(|(_, value)| value.as_deref())
    }

    /// All values that an option has on this line.
    pub(super) fn all_given<'s>(&'s self, id: &'s str) -> impl Iterator<Item = &'s str> {
        self.given.iter().filter(move |(given, _)| *given == id).filter_map(|(_, value)| value.as_deref())
    }

    /// Whether an option can still be added: once, or as often as one likes where it takes a list.
    pub(super) fn takes(&self, option: &Arg) -> bool {
        matches!(option.get_action(), ArgAction::Append | ArgAction::Count)
            || !self.given.iter().any(|(given, _)| *given == option.get_id().as_str())
    }
}

/// Going through a line, word by word.
struct Walk<'c> {
    spot: Spot<'c>,
    /// Values without a name so far.
    positionals: usize,
    /// The option that the next word belongs to.
    waiting: Option<&'c Arg>,
    /// Whether a `--` has been passed.
    escaped: bool,
}

impl<'c> Walk<'c> {
    fn pass(&mut self, word: String) {
        if let Some(option) = self.waiting.take() {
            self.spot.given.push((option.get_id().as_str(), Some(word)));
        } else if self.escaped {
            self.positionals += 1;
        } else if word == "--" {
            self.escaped = true;
        } else if let Some((option, value)) = self.option(&word) {
            match value {
                None if takes_next_word(option) => self.waiting = Some(option),
                value => self.spot.given.push((option.get_id().as_str(), value)),
            }
        } else if word.len() > 1 && word.starts_with('-') && self.positional().is_none_or(|arg| !arg.is_allow_hyphen_values_set()) {
            // An option that does not exist, or a short one: none of them takes a value.
        } else if word == "help" && self.spot.path.is_empty() && self.positionals == 0 {
            // Behind it stand the words of another command.
        } else if let Some(command) = self.subcommand(&word) {
            self.spot.path.push(command.get_name());
            self.spot.command = command;
        } else {
            self.positionals += 1;
        }
    }

    fn stop_at(mut self, typed: String) -> Spot<'c> {
        if let Some(option) = self.waiting {
            self.spot.value = Some(option);
            self.spot.names = false;
        } else if !self.escaped && typed.starts_with("--") && typed.contains('=') {
            self.spot.names = false;
            if let Some((option, Some(value))) = self.option(&typed) {
                self.spot.before = typed[..typed.len() - value.len()].to_owned();
                self.spot.value = Some(option).filter(|option| option.get_action().takes_values());
                return Spot { typed: value, ..self.spot };
            }
        } else {
            self.spot.value = self.positional();
            self.spot.names = !self.escaped;
        }
        // Verbs come before values.
        self.spot.names &= self.positionals == 0 || typed.starts_with('-') || self.spot.value.is_none();
        Spot { typed, ..self.spot }
    }

    /// The option that a word names, and its value where that stands in the word.
    fn option(&self, word: &str) -> Option<(&'c Arg, Option<String>)> {
        let name = word.strip_prefix("--")?;
        let (name, value) = name.split_once('=').map_or((name, None), |(name, value)| (name, Some(value.to_owned())));
        self.spot.command.get_arguments().find(|arg| arg.get_long() == Some(name)).map(|option| (option, value))
    }

    fn subcommand(&self, word: &str) -> Option<&'c Command> {
        let command = self.spot.command;
        (self.positionals == 0).then(|| command.get_subcommands().find(|verb| verb.get_name() == word && !verb.is_hide_set())).flatten()
    }

    /// The value without a name that comes next; the last one may take several.
    fn positional(&self) -> Option<&'c Arg> {
        let last = self.spot.command.get_positionals().last();
        let several = last.filter(|arg| matches!(arg.get_action(), ArgAction::Append));
        self.spot.command.get_positionals().nth(self.positionals).or(several)
    }
}

fn takes_next_word(option: &Arg) -> bool {
    option.get_action().takes_values() && !option.is_require_equals_set()
}

/// A word as the shell would hand it over, as far as that can be told without running anything: quotes, backslashes, `~/`.
fn unquoted(word: &str) -> String {
    let mut text = String::with_capacity(word.len());
    let mut quote = None;
    let mut letters = word.chars().peekable();
    while let Some(letter) = letters.next() {
        match (letter, quote) {
            ('\'' | '"', None) => quote = Some(letter),
            (letter, Some(open)) if letter == open => quote = None,
            ('\\', None) => text.extend(letters.next()),
            ('\\', Some('"')) if letters.peek().is_some_and(|next| "\\\"$`".contains(*next)) => text.extend(letters.next()),
            (letter, _) => text.push(letter),
        }
    }
    let at_home = text.strip_prefix("~/").filter(|_| word.starts_with('~'));
    match (at_home, std::env::var("HOME")) {
        (Some(rest), Ok(home)) => format!("{home}/{rest}"),
        _ => text,
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;
    use crate::cli::Arguments;

    /// What is completed at the end of a line: path, value, text, names.
    fn end_of(line: &[&str]) -> (String, Option<String>, String, bool) {
        let mut root = Arguments::command();
        root.build();
        let words: Vec<OsString> = ["statuary"].iter().chain(line).map(OsString::from).collect();
        let spot = Spot::of(&root, &words);
        (spot.path.join(" "), spot.value.map(|arg| arg.get_id().to_string()), format!("{}{}", spot.before, spot.typed), spot.names)
    }

    fn expect(line: &[&str], path: &str, value: Option<&str>, typed: &str, names: bool) {
        assert_eq!(end_of(line), (path.to_owned(), value.map(str::to_owned), typed.to_owned(), names), "{line:?}");
    }

    #[test]
    fn the_end_of_a_line_belongs_to_a_command_an_option_or_a_place() {
        expect(&[""], "", None, "", true);
        expect(&["inc"], "", None, "inc", true);
        expect(&["--root", "x", "incident", "up"], "incident", None, "up", true);
        expect(&["incident", "update", ""], "incident update", Some("incident"), "", true);
        expect(&["incident", "update", "7", ""], "incident update", None, "", true);
        expect(&["incident", "update", "7", "--service", "api="], "incident update", Some("services"), "api=", false);
        expect(&["incident", "update", "7", "--service=api="], "incident update", Some("services"), "--service=api=", false);
        expect(&["incident", "update", "7", "--se"], "incident update", None, "--se", true);
        expect(&["incident", "update", "--message", "-x", "--", "-"], "incident update", Some("incident"), "-", false);
        expect(&["import", "statuspage", "a", "b", ""], "import statuspage", Some("paths"), "", false);
        expect(&["nonsense", "x", ""], "", None, "", true);
    }

    #[test]
    fn a_value_is_never_taken_for_a_verb() {
        expect(&["--org", "incident", ""], "", None, "", true);
        expect(&["incident", "open", "update", "--impact", ""], "incident open", Some("impact"), "", false);
        expect(&["service", "show", "show", ""], "service show", None, "", true);
    }

    #[test]
    fn quotes_are_those_of_a_shell() {
        for (word, text) in [
            ("'a b'", "a b"),
            ("\"a \\\"b", "a \"b"),
            ("a\\ b", "a b"),
            ("'it", "it"),
            ("\"$(x)\"", "$(x)"),
            ("\\", ""),
            ("'a\\b'", "a\\b"),
        ] {
            assert_eq!(unquoted(word), text);
        }
    }
}
