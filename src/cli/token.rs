//! `statuary token`: what programs show to be let in.

use clap::{Args, Subcommand};

use crate::cli::desk::Desk;
use crate::cli::output::Output;
use crate::cli::table::Table;
use crate::domain::{Role, TokenName};
use crate::ops;
use crate::ops::token::CreateToken;

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    Create(CreateArgs),
    List(ListArgs),
    Revoke(RevokeArgs),
}

/// Make a token and print it, once
///
/// Only a hash of it is kept. Whoever shows the token to the HTTP API may do what its role may: a viewer reads everything, an editor also
/// records incidents and maintenance and changes services, an admin also decides who may do what.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  statuary token create deploy --role editor
  statuary token create 'Grafana on web-1' --role viewer --json")]
pub(super) struct CreateArgs {
    /// What it is for, on one line
    name: TokenName,
    /// viewer, editor or admin
    #[arg(long)]
    role: Role,
}

/// List the tokens that stand, oldest first
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  statuary token list
  statuary token list --all --json")]
pub(super) struct ListArgs {
    /// Revoked ones, too
    #[arg(long)]
    all: bool,
}

/// Revoke a token at once and for good
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  statuary token revoke deploy
  statuary token revoke deploy --yes")]
pub(super) struct RevokeArgs {
    /// Its name
    name: String,
}

pub(super) fn run(desk: &Desk, command: Command) -> anyhow::Result<Output> {
    match command {
        Command::Create(args) => create(desk, args),
        Command::List(args) => list(desk, &args),
        Command::Revoke(args) => revoke(desk, &args),
    }
}

fn create(desk: &Desk, args: CreateArgs) -> anyhow::Result<Output> {
    let place = desk.place()?;
    let deed = desk.deed(place.zone(), None)?;
    let mut org = place.open_or_begin(desk.now)?;
    let made = ops::token::create(&mut org, &CreateToken { name: args.name, role: args.role }, &deed)?;
    desk.tell_if_unheard(Some("the token is made and nobody has it: revoke it with `statuary token revoke`, and make another one"));
    let output = Output::new(&made)?.line(made.secret.reveal());
    Ok(output
        .note(format!("created token {} `{}`, {}", made.token.number, made.token.name, made.token.role))
        .note("hint: this is the only time it is shown; give it to the program that needs it now"))
}

fn list(desk: &Desk, args: &ListArgs) -> anyhow::Result<Output> {
    let place = desk.place()?;
    let zone = place.zone();
    let tokens = ops::token::list(&place.open()?, args.all)?;
    let mut table = Table::new(&["number", "role", "created", "by", "last used", "revoked", "name"]);
    for token in &tokens {
        table.row([
            token.number.to_string().into(),
            token.role.as_str().into(),
            token.created_at.into(),
            token.created_by.as_str().into(),
            token.last_used_at.into(),
            token.revoked_at.into(),
            token.name.as_str().into(),
        ]);
    }
    Ok(Output::list("tokens", &tokens)?.zone(zone).table(table))
}

fn revoke(desk: &Desk, args: &RevokeArgs) -> anyhow::Result<Output> {
    let place = desk.place()?;
    let deed = desk.deed(place.zone(), None)?;
    let mut org = place.open()?;
    let token = ops::token::show(&org, &args.name)?;
    desk.confirm(&format!("revoke token `{}`, {}, for good?", token.name, token.role))?;
    let revoked = ops::token::revoke(&mut org, &args.name, &deed)?;
    Ok(Output::new(&revoked)?.note(format!("revoked token {} `{}`", revoked.number, revoked.name)))
}
