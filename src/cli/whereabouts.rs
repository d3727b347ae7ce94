//! Commands in hints work where the command did that gives them: whoever said `--org beta` and pastes one must not change another organization.

use clap::ArgMatches;
use clap::parser::ValueSource;

use crate::error::UserError;

/// Commands that are about no organization, or name it themselves.
const WITHOUT_ORG: &[&str] = &["org", "clerk"];

/// Commands that are about no workspace either.
const WITHOUT_ROOT: &[&str] = &["init", "demo", "completions", "man", "help"];

/// `--root` and `--org` as this command line has them; what the environment says holds for the next command, too.
#[derive(Clone, Debug, Default)]
pub(super) struct Whereabouts {
    root: Option<String>,
    org: Option<String>,
}

impl Whereabouts {
    /// What `matches` say of them.
    pub(super) fn of(matches: &ArgMatches) -> Self {
        let given = |name: &str| {
            let typed = matches.value_source(name) == Some(ValueSource::CommandLine);
            let value = matches.get_raw(name).filter(|_| typed)?.next()?;
            Some(quoted(&value.to_string_lossy()))
        };
        Self { root: given("root"), org: given("org") }
    }

    /// Whether `--org` names the organization, and not the environment.
    pub(super) fn names_org(&self) -> bool {
        self.org.is_some()
    }

    /// The error with a hint whose commands work there.
    pub(super) fn in_error(&self, error: UserError) -> UserError {
        UserError { hint: error.hint.map(|hint| self.in_hint(&hint)), ..error }
    }

    /// The hint with these options in each of its commands that needs them.
    pub(super) fn in_hint(&self, hint: &str) -> String {
        let mut parts = hint.split("`statuary ");
        let mut said = parts.next().unwrap_or_default().to_owned();
        for part in parts {
            let command = part.split('`').next().unwrap_or_default();
            said.push_str("`statuary ");
            said.push_str(&self.options(command));
            said.push_str(part);
        }
        said
    }

    /// What goes before the words of `command`.
    fn options(&self, command: &str) -> String {
        let words: Vec<&str> = command.split(' ').collect();
        let verb = words.first().copied().unwrap_or_default();
        let has = |option: &str| words.contains(&option);
        let is_free = WITHOUT_ROOT.contains(&verb) || has("--help");
        let root = self.root.as_ref().filter(|_| !is_free && !has("--root"));
        let org = self.org.as_ref().filter(|_| !is_free && !has("--org") && !WITHOUT_ORG.contains(&verb));
        let option = |name: &str, value: Option<&String>| value.map_or_else(String::new, |value| format!("--{name} {value} "));
        format!("{}{}", option("root", root), option("org", org))
    }
}

/// A value as a shell takes it.
fn quoted(value: &str) -> String {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_./+:@%,=".contains(&byte);
    if !value.is_empty() && value.bytes().all(is_plain) { value.to_owned() } else { format!("'{}'", value.replace('\'', "'\\''")) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commands_of_hints_say_where_they_work_if_they_need_it() {
        let here = Whereabouts { root: None, org: Some("beta".to_owned()) };
        for (hint, said) in [
            ("reopen it with `statuary incident update 1`", "reopen it with `statuary --org beta incident update 1`"),
            (
                "`statuary log` shows it; `statuary undo` does not",
                "`statuary --org beta log` shows it; `statuary --org beta undo` does not",
            ),
            ("see `statuary service edit --help`", "see `statuary service edit --help`"),
            ("`statuary org list` shows them", "`statuary org list` shows them"),
            ("add it with `statuary --org acme service add`", "add it with `statuary --org acme service add`"),
            ("upgrade statuary", "upgrade statuary"),
        ] {
            assert_eq!(here.in_hint(hint), said);
            assert_eq!(Whereabouts::default().in_hint(hint), hint);
        }
        let there = Whereabouts { root: Some(quoted("/srv/our pages")), org: None };
        assert_eq!(there.in_hint("`statuary org list`, `statuary init`"), "`statuary --root '/srv/our pages' org list`, `statuary init`");
        assert_eq!((quoted("it's"), quoted("")), ("'it'\\''s'".to_owned(), "''".to_owned()));
    }
}
