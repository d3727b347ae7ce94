//! `statuary demo`

use std::path::PathBuf;

use crate::cli::build::summary;
use crate::cli::desk::Desk;
use crate::cli::output::Output;
use crate::cli::progress::Bar;
use crate::cli::serve;
use crate::config::Workspace;
use crate::ops;

/// Make and build an example organization, ending today, and serve it
///
/// Serves it until it is ended with Ctrl-C, at port 3000 or at any that is free.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  statuary demo
  statuary demo example --no-serve")]
pub(super) struct DemoArgs {
    /// A folder that does not exist yet, or an empty one
    #[arg(default_value = "statuary-demo")]
    dir: PathBuf,
    /// Only build it
    #[arg(long)]
    no_serve: bool,
}

pub(super) fn run(desk: &Desk, args: &DemoArgs) -> anyhow::Result<Output> {
    let report = {
        let bar = Bar::new("pages", desk.global.quiet);
        ops::demo::demo(&args.dir, desk.now, &|done, all| bar.show(done, all))?
    };
    let output = Output::new(&report)?.line(report.index.as_str()).note(summary(&report));
    if args.no_serve {
        return Ok(output);
    }
    let folder = Workspace::find(Some(&args.dir), &args.dir)?.org(None)?;
    // The path is the last line of results; where it is served is a word about the work.
    serve::demonstrate(desk, folder, output)?;
    Ok(Output::default())
}
