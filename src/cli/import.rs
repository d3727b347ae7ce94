//! `statuary import`: other tools' data, and dumps.

use std::path::PathBuf;

use clap::{Args, Subcommand};

use crate::cli::AtArgs;
use crate::cli::desk::Desk;
use crate::cli::output::Output;
use crate::cli::progress::Bar;
use crate::cli::table::Table;
use crate::cli::wording::{Count, shortened};
use crate::ops;
use crate::ops::Org;
use crate::ops::report::ImportReport;

/// Most bytes of a warning; what a file says can be of any length.
const LONGEST_WARNING: usize = 1000;

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    Statuspage(StatuspageArgs),
    Cstate(CstateArgs),
    Upptime(UpptimeArgs),
    Dump(DumpArgs),
}

/// Import the public JSON of a Statuspage
///
/// Importing newer files later adds what is new and changes what has changed.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  statuary import statuspage summary.json incidents.json scheduled-maintenances.json
  statuary import statuspage saved-answers/ --dry-run")]
pub(super) struct StatuspageArgs {
    /// Files, or folders of them; `-` reads standard input
    #[arg(required = true, value_name = "PATH")]
    paths: Vec<PathBuf>,
    /// Say what would happen, and write nothing
    #[arg(long)]
    dry_run: bool,
    #[command(flatten)]
    at: AtArgs,
}

/// Import the folder of a cState site
///
/// Its systems become services, its categories groups and its issues incidents; what an issue tells of several moments becomes updates.
/// Times without a zone are in the site's `timeZone`, else in the organization's. What had to be repaired, and what could not be used, is
/// listed with file and line. Importing again later adds what is new and changes what has changed.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  statuary import cstate status-site/
  statuary import cstate status-site/ --dry-run")]
pub(super) struct CstateArgs {
    #[command(flatten)]
    folder: FolderArgs,
}

/// Import the repository of an Upptime monitor
///
/// Its sites become services. Issues become incidents and maintenances where they are saved beside it, in `issues.json` or `issues/`, by
/// `gh issue list --state all --json number,title,body,state,labels,createdAt,updatedAt,closedAt,comments` or from GitHub's API. Minutes
/// of downtime in `history/summary.json` count where no issue tells of them. What had to be repaired, and what could not be used, is
/// listed with file and line. Importing again later adds what is new and changes what has changed.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  statuary import upptime upptime/
  statuary import upptime upptime/ --dry-run")]
pub(super) struct UpptimeArgs {
    #[command(flatten)]
    folder: FolderArgs,
}

/// What importing a folder takes.
#[derive(Debug, Args)]
struct FolderArgs {
    /// The folder; links in it are not followed
    #[arg(value_name = "DIR")]
    folder: PathBuf,
    /// Say what would happen, and write nothing
    #[arg(long)]
    dry_run: bool,
    #[command(flatten)]
    at: AtArgs,
}

/// Import what `statuary export` wrote
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  statuary import dump dump.json
  statuary import dump dump.json --dry-run")]
pub(super) struct DumpArgs {
    /// The dump; `-` reads standard input
    path: PathBuf,
    /// Say what would happen, and write nothing
    #[arg(long)]
    dry_run: bool,
}

pub(super) fn run(desk: &Desk, command: Command) -> anyhow::Result<Output> {
    let place = desk.place()?;
    let at = match &command {
        Command::Statuspage(args) => args.at.at.as_deref(),
        Command::Cstate(CstateArgs { folder }) | Command::Upptime(UpptimeArgs { folder }) => folder.at.at.as_deref(),
        // A dump brings its own times.
        Command::Dump(_) => None,
    };
    let deed = desk.deed(place.zone(), at)?;
    let mut org = match &command {
        Command::Statuspage(_) | Command::Cstate(_) | Command::Upptime(_) => place.open_or_begin(desk.now)?,
        Command::Dump(_) => place.open_or_create(desk.now)?,
    };
    let report = match command {
        Command::Statuspage(args) => {
            let bar = Bar::new("files", desk.global.quiet);
            ops::import::statuspage(&mut org, &args.paths, args.dry_run, &deed, &|done, all| bar.show(done, all))?
        }
        Command::Cstate(CstateArgs { folder }) => ops::import::cstate(&mut org, &folder.folder, folder.dry_run, &deed)?,
        Command::Upptime(UpptimeArgs { folder }) => ops::import::upptime(&mut org, &folder.folder, folder.dry_run, &deed)?,
        Command::Dump(args) => ops::import::dump(&mut org, &args.path, args.dry_run, &deed)?,
    };
    if report.dry_run {
        desk.tell_if_unheard(None);
    }
    answer(desk, &org, &report)
}

fn answer(desk: &Desk, org: &Org, report: &ImportReport) -> anyhow::Result<Output> {
    let mut table = Table::new(&["what", "added", "changed", "unchanged"]);
    for (what, counted) in [
        ("groups", report.groups),
        ("services", report.services),
        ("incidents", report.incidents),
        ("maintenances", report.maintenances),
        ("updates", report.updates),
    ] {
        table.row([
            what.into(),
            counted.added.to_string().into(),
            counted.changed.to_string().into(),
            counted.unchanged.to_string().into(),
        ]);
    }
    let verb = if report.dry_run { "read, wrote nothing," } else { "read" };
    let mut output = Output::new(report)?
        .table(table)
        .notes(report.warnings.iter().map(|warning| format!("warning: {}", shortened(warning, LONGEST_WARNING))))
        .notes(report.refused.iter().map(|remark| format!("refused: {}", shortened(&remark.to_string(), LONGEST_WARNING))))
        .notes(report.repaired.iter().map(|remark| format!("repaired: {}", shortened(&remark.to_string(), LONGEST_WARNING))))
        .note(format!("{verb} {}", Count(report.files, "file")));
    if !report.repaired.is_empty() || !report.refused.is_empty() {
        output = output.note(format!("repaired {}, refused {}", Count(report.repaired.len(), "thing"), report.refused.len()));
    }
    if !report.passed_over.is_empty() {
        let what = Count(report.passed_over.len(), "other file");
        output = output.note(format!("passed over {what}, folders counted once: `--json` names them"));
    }
    if report.past_statuses > 0 {
        output = output.note(format!("recorded {} of status in the past", Count(report.past_statuses, "change")));
    }
    if report.corrections > 0 {
        output = output.note(format!("{} set to what the source says now", Count(report.corrections, "service")));
    }
    if report.closed_by_source > 0 {
        output = output.note(format!("{} closed, since the source no longer lists them", report.closed_by_source));
    }
    Ok(if report.dry_run || !report.has_changes() { output } else { desk.after_public_change(org, output) })
}
