//! `statuary completions`, and the hidden `statuary complete`, which the scripts it writes ask at every press of the key.
//!
//! The scripts know nothing of the commands: they hand the words of the line over and get what fits at its end, one a line, with a word
//! about it after a tab. Only slugs, ids, names of files and our own words are ever offered; titles stand in what is said about them,
//! without anything that could command a terminal or a shell. Asking changes nothing and says nothing but what it offers.

mod line;
mod values;

use std::ffi::OsString;

use clap::builder::StyledStr;
use clap::{Arg, CommandFactory};
use clap_complete::Shell;

use crate::cli::completions::line::Spot;
use crate::cli::output::Output;
use crate::cli::wording::one_line;
use crate::cli::{Arguments, Global};

/// Write what a shell needs to complete commands, options, services, incidents and maintenance
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  statuary completions bash > ~/.local/share/bash-completion/completions/statuary
  statuary completions fish > ~/.config/fish/completions/statuary.fish
  source <(statuary completions zsh)")]
pub(super) struct CompletionsArgs {
    /// For which shell
    #[arg(value_enum)]
    shell: Shell,
}

/// What fits at the end of a line
#[derive(Debug, clap::Args)]
pub(super) struct CompleteArgs {
    /// The words of the line, the last of them being the one to complete
    #[arg(last = true)]
    words: Vec<OsString>,
}

/// One thing that fits.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Offer {
    /// What would stand on the line.
    value: String,
    /// A word about it; may be empty.
    about: String,
}

impl Offer {
    fn new(value: impl Into<String>, about: impl Into<String>) -> Self {
        Self { value: value.into(), about: about.into() }
    }

    /// Both as one line.
    fn line(&self) -> String {
        let (value, about) = (one_line(&self.value), one_line(&self.about));
        if about.is_empty() { value } else { format!("{value}\t{about}") }
    }
}

pub(super) fn run(args: &CompletionsArgs) -> anyhow::Result<Output> {
    let script = match args.shell {
        Shell::Bash => include_str!("statuary.bash").to_owned(),
        Shell::Zsh => include_str!("statuary.zsh").to_owned(),
        Shell::Fish => include_str!("statuary.fish").to_owned(),
        // The others know commands and options only.
        other => {
            let mut script = Vec::new();
            clap_complete::generate(other, &mut Arguments::command(), "statuary", &mut script);
            String::from_utf8(script)?
        }
    };
    Ok(Output::default().raw(script))
}

/// What fits at the end of a line, as the scripts read it. It never fails: where nothing can be told, nothing is offered.
pub(super) fn complete(global: &Global, args: &CompleteArgs) -> String {
    let mut root = Arguments::command();
    root.build();
    let spot = Spot::of(&root, &args.words);
    let mut offers = match spot.value {
        Some(arg) => values::of(&spot, arg, global),
        None => Vec::new(),
    };
    if spot.names {
        offers.extend(names(&spot));
    }
    let fitting = offers.iter().filter(|offer| offer.value.starts_with("//") || offer.value.starts_with(&spot.typed));
    fitting.map(|offer| format!("{}{}\n", before(&spot, offer), offer.line())).collect()
}

/// `--org=` stands before what fits there; not before a word to the script itself.
fn before<'s>(spot: &'s Spot<'_>, offer: &Offer) -> &'s str {
    if offer.value.starts_with("//") { "" } else { &spot.before }
}

/// Commands and options.
fn names(spot: &Spot<'_>) -> Vec<Offer> {
    let verbs = spot.command.get_subcommands().filter(|verb| !verb.is_hide_set());
    let mut offers: Vec<Offer> = verbs.map(|verb| Offer::new(verb.get_name(), said(verb.get_about()))).collect();
    // Whoever has typed nothing yet is shown options only where there is nothing else to say.
    if spot.typed.starts_with('-') || (offers.is_empty() && spot.value.is_none()) {
        offers.extend(spot.command.get_arguments().filter_map(|option| name_of(spot, option)));
    }
    offers
}

fn name_of(spot: &Spot<'_>, option: &Arg) -> Option<Offer> {
    let name = option.get_long().filter(|_| !option.is_hide_set() && spot.takes(option))?;
    Some(Offer::new(format!("--{name}"), said(option.get_help())))
}

/// The first line of a help text.
fn said(help: Option<&StyledStr>) -> String {
    help.map(ToString::to_string).unwrap_or_default().lines().next().unwrap_or_default().to_owned()
}
