//! `statuary backup` and `statuary undo`: nothing is lost, and little has to stay.

use std::path::PathBuf;

use clap::Args;

use crate::cli::desk::Desk;
use crate::cli::output::Output;
use crate::ops;

/// Copy the database to a new file, while others may write
///
/// The copy is an org.db: put it in the place of one to go back to it.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  statuary backup acme-2026-11-22.db
  statuary --org acme backup /backups/acme.db --quiet")]
pub(super) struct BackupArgs {
    /// A file that does not exist yet
    file: PathBuf,
}

/// Take back what you wrote last, where nothing depends on it
///
/// Run it again to take back what you wrote before. The log keeps both.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  statuary undo
  statuary undo --as ada")]
pub(super) struct UndoArgs {}

pub(super) fn backup(desk: &Desk, args: &BackupArgs) -> anyhow::Result<Output> {
    let report = ops::backup::backup(&desk.place()?.open()?, &args.file)?;
    Ok(Output::new(&report)?.line(report.path.as_str()))
}

pub(super) fn undo(desk: &Desk) -> anyhow::Result<Output> {
    let place = desk.place()?;
    let deed = desk.deed(place.zone(), None)?;
    let mut org = place.open()?;
    let report = ops::undo::undo(&mut org, &deed)?;
    let output = Output::new(&report)?.note(report.sentence.clone());
    Ok(if report.public { desk.after_public_change(&org, output) } else { output })
}
