//! `statuary incident`: what went wrong, and what is said about it.

mod correct;
mod open;
mod preview;
mod say;
mod shown;

use std::str::FromStr;

use clap::{Args, Subcommand};

use crate::cli::AtArgs;
use crate::cli::desk::Desk;
use crate::cli::output::Output;
use crate::domain::ServiceStatus;
use crate::error::UserError;
use crate::ops;
use crate::ops::incident::NamedStatus;

pub(super) use open::title_says_something;
pub(super) use say::first_message;
pub(super) use shown::{affected, in_all_languages, table, updates};

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    Open(open::OpenArgs),
    Update(say::UpdateArgs),
    Resolve(say::ResolveArgs),
    Postmortem(say::PostmortemArgs),
    Publish(PublishArgs),
    Edit(correct::EditArgs),
    EditUpdate(correct::EditUpdateArgs),
    Remove(correct::RemoveArgs),
    List(shown::ListArgs),
    Show(shown::ShowArgs),
}

/// Publish a draft
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  statuary incident publish 7")]
pub(super) struct PublishArgs {
    /// Number or id
    incident: String,
    #[command(flatten)]
    at: AtArgs,
}

/// `SLUG` or `SLUG=STATUS`.
#[derive(Clone, Debug)]
struct AffectedArg(NamedStatus);

impl FromStr for AffectedArg {
    type Err = UserError;

    fn from_str(text: &str) -> Result<Self, UserError> {
        let (service, status) = match text.split_once('=') {
            Some((service, status)) => (service, Some(status.parse::<ServiceStatus>()?)),
            None => (text, None),
        };
        if service.is_empty() {
            return Err(UserError::usage(format!("`{}` names no service", text.escape_debug())).hint("write it as in `api=degraded`"));
        }
        Ok(Self(NamedStatus { service: service.to_owned(), status }))
    }
}

pub(super) fn run(desk: &Desk, command: Command) -> anyhow::Result<Output> {
    match command {
        Command::Open(args) => open::run(desk, &args),
        Command::Update(args) => say::update(desk, args),
        Command::Resolve(args) => say::resolve(desk, &args),
        Command::Postmortem(args) => say::postmortem(desk, &args),
        Command::Publish(args) => publish(desk, &args),
        Command::Edit(args) => correct::edit(desk, args),
        Command::EditUpdate(args) => correct::edit_update(desk, args),
        Command::Remove(args) => correct::remove(desk, &args),
        Command::List(args) => shown::list(desk, args),
        Command::Show(args) => shown::show(desk, &args),
    }
}

fn publish(desk: &Desk, args: &PublishArgs) -> anyhow::Result<Output> {
    let place = desk.place()?;
    let deed = desk.deed(place.zone(), args.at.at.as_deref())?;
    let mut org = place.open()?;
    let written = ops::incident::publish(&mut org, &args.incident, &deed)?;
    let output = Output::new(&written)?.note(format!("published incident {}", written.thing.number));
    Ok(desk.after(&org, &written, output))
}
