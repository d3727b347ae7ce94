//! `statuary demo`

use std::path::PathBuf;

use crate::cli::build::summary;
use crate::cli::desk::Desk;
use crate::cli::output::Output;
use crate::cli::progress::Bar;
use crate::ops;

/// Make and build an example organization, ending today
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  statuary demo
  statuary demo example")]
pub(super) struct DemoArgs {
    /// A folder that does not exist yet, or an empty one
    #[arg(default_value = "statuary-demo")]
    dir: PathBuf,
    /// Only build it
    #[arg(long, hide = true)]
    no_serve: bool,
}

pub(super) fn run(desk: &Desk, args: DemoArgs) -> anyhow::Result<Output> {
    let DemoArgs { dir, no_serve: _ } = args;
    let bar = Bar::new("pages", desk.global.quiet);
    let report = ops::demo::demo(&dir, desk.now, &|done, all| bar.show(done, all))?;
    Ok(Output::new(&report)?.line(report.index.as_str()).note(summary(&report)))
}
