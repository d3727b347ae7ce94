//! `statuary init`

use std::path::PathBuf;

use crate::cli::output::Output;
use crate::ops;

/// Make a folder a workspace, which holds organizations
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  statuary init
  statuary init status")]
pub(super) struct InitArgs {
    /// The folder; made where it does not exist
    #[arg(default_value = ".")]
    dir: PathBuf,
}

pub(super) fn run(args: &InitArgs) -> anyhow::Result<Output> {
    let report = ops::workspace::init(&args.dir)?;
    Ok(Output::new(&report)?
        .line(report.path.as_str())
        .note(format!("made the workspace `{}`", report.path))
        .note("hint: add an organization with `statuary org create SLUG --name NAME`"))
}
