//! `statuary member`: the people who belong to an organization at Clerk.

use clap::{Args, Subcommand};

use crate::cli::desk::Desk;
use crate::cli::output::Output;
use crate::cli::table::Table;
use crate::domain::{ClerkId, Email, Role};
use crate::ops;
use crate::ops::member::MemberReport;

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// List who belongs to the organization at Clerk, by name
    ///
    /// What they may do here follows from their role there; `[clerk.roles]` in statuary.toml says how.
    #[command(after_help = "Examples:
  statuary member list
  statuary --org acme member list --json")]
    List,
    Show(ShowArgs),
}

/// Show a member
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  statuary member show user_2abc
  statuary member show orgmem_2abc --json")]
pub(super) struct ShowArgs {
    /// The id of the user, or of the membership
    id: ClerkId,
}

pub(super) fn run(desk: &Desk, command: &Command) -> anyhow::Result<Output> {
    match command {
        Command::List => list(desk),
        Command::Show(args) => show(desk, args),
    }
}

fn list(desk: &Desk) -> anyhow::Result<Output> {
    let place = desk.place()?;
    let members = ops::member::list(&desk.workspace()?, place.folder())?;
    let mut table = Table::new(&["id", "role", "clerk role", "since", "name", "e-mail"]);
    for member in &members {
        table.row([
            member.id.as_str().into(),
            role(member).to_owned().into(),
            member.clerk_role.as_str().into(),
            member.since.into(),
            member.name.clone().into(),
            email(member).map(str::to_owned).into(),
        ]);
    }
    Ok(Output::list("members", &members)?.zone(place.zone()).table(table))
}

fn show(desk: &Desk, args: &ShowArgs) -> anyhow::Result<Output> {
    let place = desk.place()?;
    let member = ops::member::show(&desk.workspace()?, place.folder(), &args.id)?;
    let mut table = Table::facts();
    table.fact("id", Some(member.id.as_str()));
    table.fact("membership", Some(member.membership.as_str()));
    table.fact("name", member.name.as_deref());
    table.fact("e-mail", email(&member));
    table.fact("role", Some(role(&member)));
    table.fact("clerk role", Some(member.clerk_role.as_str()));
    table.fact("since", Some(member.since));
    Ok(Output::new(&member)?.zone(place.zone()).table(table))
}

/// What a member may do; nothing where their role at Clerk is not known here.
fn role(member: &MemberReport) -> &'static str {
    member.role.map_or("-", Role::as_str)
}

fn email(member: &MemberReport) -> Option<&str> {
    member.email.as_ref().map(Email::reveal)
}
