//! `statuary clerk`: what is mirrored of Clerk.

use std::path::{Path, PathBuf};

use chrono_tz::Tz;
use clap::{Args, Subcommand};

use crate::cli::desk::Desk;
use crate::cli::output::Output;
use crate::cli::table::Table;
use crate::cli::time_argument::Echo;
use crate::cli::wording::{Count, Names};
use crate::config::{Workspace, name_of_given, read_given};
use crate::domain::ClerkId;
use crate::error::UserError;
use crate::ops;
use crate::ops::clerk::{Clerk, ImportFile, ImportListing, ImportReport, MessageReport, StatusReport};

/// More than any page of a listing; a bigger file is a mistake.
const LARGEST_FILE: u64 = 64 << 20;

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Show what is mirrored of Clerk, and how its messages fared
    #[command(after_help = "Examples:
  statuary clerk status
  statuary clerk status --json")]
    Status,
    Import(ImportArgs),
    Replay(ReplayArgs),
}

/// Take in saved answers of Clerk's Backend API
///
/// Organizations, users, memberships, invitations and roles are merged as if Clerk had told of them: what is newer stays. All files are taken
/// in, or none. With `--complete` the lists are whole, and what they lack is removed for good if it was last changed before the listing.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  statuary clerk import organizations.json users.json memberships.json
  statuary clerk import memberships-*.json --complete --at '2026-11-22 14:00'")]
pub(super) struct ImportArgs {
    /// Answers of `GET /v1/organizations`, `/v1/users`, `/v1/organization_memberships` and the like; `-` reads standard input
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
    /// The files hold all there is of what they list: remove what they lack
    #[arg(long)]
    complete: bool,
    /// When the listing began; an hour before the newest thing in it by default
    #[arg(long, value_name = "TIME", allow_hyphen_values = true, requires = "complete")]
    at: Option<String>,
}

/// Forget that a message came, so that it counts when Clerk sends it again
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  statuary clerk replay msg_2abc
  statuary clerk replay msg_2abc --json")]
pub(super) struct ReplayArgs {
    /// Its id, as Clerk's dashboard shows it
    #[arg(value_name = "MESSAGE_ID")]
    id: ClerkId,
}

pub(super) fn run(desk: &Desk, command: Command) -> anyhow::Result<Output> {
    match command {
        Command::Status => status(desk),
        Command::Import(args) => import(desk, &args),
        Command::Replay(args) => replay(desk, &args),
    }
}

/// What there is to deal with Clerk, the process's environment included.
pub(super) fn clerk(workspace: &Workspace) -> Result<Clerk, UserError> {
    // What is no text is no secret either, and is refused as one.
    Clerk::load(workspace, |name| std::env::var_os(name).map(|text| text.to_string_lossy().into_owned()))
}

fn status(desk: &Desk) -> anyhow::Result<Output> {
    let workspace = desk.workspace()?;
    let report = ops::clerk::status(&workspace, &clerk(&workspace)?, desk.now)?;
    let mut output = Output::new(&report)?.table(facts(&report).kind("fact"));
    if !report.mirrored.is_empty() {
        let mut table = Table::new(&["id", "org", "name", "notes"]);
        for known in &report.mirrored {
            let orgs = known.orgs.iter().map(ToString::to_string).collect::<Vec<_>>().join(" ");
            table.row([
                known.id.as_str().into(),
                Some(orgs).filter(|orgs| !orgs.is_empty()).into(),
                known.name.clone().into(),
                known.note.clone().into(),
            ]);
        }
        output = output.heading("Organizations").table(table.kind("organization"));
    }
    if let Some(message) = &report.last_message {
        output = output.heading("Last message").table(messages(std::slice::from_ref(message)).kind("last"));
    }
    if !report.last_malformed.is_empty() {
        output = output.heading("Not understood").table(messages(&report.last_malformed).kind("malformed"));
    }
    if report.webhook_secrets == 0 {
        output = output.note("hint: messages are taken once there is a secret, such as STATUARY_CLERK_WEBHOOK_SECRET");
    }
    Ok(output)
}

fn facts(report: &StatusReport) -> Table {
    let mut table = Table::facts();
    for (name, count) in [
        ("organizations", report.organizations),
        ("users", report.users),
        ("memberships", report.memberships),
        ("pending invitations", report.pending_invitations),
        ("roles", report.roles),
        ("messages applied", report.applied),
        ("messages passed over", report.passed_over),
        ("messages malformed", report.malformed),
    ] {
        table.fact(name, Some(count.to_string()));
    }
    table.fact("webhook secrets", Some(report.webhook_secrets.to_string()));
    table.fact("session token keys", Some(report.token_keys.to_string()));
    table.fact("new organizations", Some(if report.provision { "get a folder" } else { "get no folder" }));
    table
}

fn messages(messages: &[MessageReport]) -> Table {
    let mut table = Table::new(&["id", "received", "outcome", "type", "why"]);
    for message in messages {
        table.row([
            message.id.as_str().into(),
            message.received_at.into(),
            message.outcome.as_str().into(),
            message.kind.clone().into(),
            message.why.clone().into(),
        ]);
    }
    table
}

fn import(desk: &Desk, args: &ImportArgs) -> anyhow::Result<Output> {
    let workspace = desk.workspace()?;
    let clerk = clerk(&workspace)?;
    let listed_at = args.at.as_deref().map(|text| desk.moment(text, Tz::Etc__UTC)).transpose()?;
    if let Some(at) = listed_at {
        desk.echo(format!("at {}", Echo(at, Tz::Etc__UTC)));
    }
    let files = args.files.iter().map(|path| read(path)).collect::<Result<_, _>>()?;
    let options = ImportListing { files, complete: args.complete, listed_at };
    let mut report = ops::clerk::import(&workspace, &clerk, &options, desk.now)?;
    let mut output = Output::new(&report)?.note(taken_in(&report));
    if args.complete {
        output = output.note(format!("removed {} that the lists lack", Count(report.removed, "thing")));
    }
    for (done, slugs) in
        [("made a folder for", &report.made), ("renamed", &report.renamed), ("unlinked, since it was deleted at Clerk:", &report.unlinked)]
    {
        if !slugs.is_empty() {
            output = output.note(format!("{done} {}", Names(slugs.clone())));
        }
    }
    output = output.notes(report.warnings.iter().map(|warning| format!("warning: {warning}")));
    output.failures.append(&mut report.problems);
    Ok(output)
}

fn taken_in(report: &ImportReport) -> String {
    format!(
        "took in {}, {}, {}, {} and {}",
        Count(report.organizations, "organization"),
        Count(report.users, "user"),
        Count(report.memberships, "membership"),
        Count(report.invitations, "invitation"),
        Count(report.roles, "role"),
    )
}

fn read(path: &Path) -> Result<ImportFile, UserError> {
    let bytes = read_given(path, LARGEST_FILE)?;
    Ok(ImportFile { name: name_of_given(path), bytes })
}

fn replay(desk: &Desk, args: &ReplayArgs) -> anyhow::Result<Output> {
    let report = ops::clerk::replay(&desk.workspace()?, &args.id)?;
    Ok(Output::new(&report)?
        .note(format!("forgot message `{}`", report.id))
        .note("hint: resend it from the endpoint's page in Clerk's dashboard"))
}
