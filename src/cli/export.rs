//! `statuary export`

use std::path::PathBuf;

use clap::ValueEnum;

use crate::cli::desk::{Desk, out_file};
use crate::cli::output::Output;
use crate::ops;

/// Write everything recorded as one JSON document, or settings and services as TOML: the forms to keep in Git
///
/// With `--format toml` it is what people decide about the organization instead: its settings, groups and services, as `statuary apply`
/// reads them. What stands in org.toml is in it, but for the link to Clerk; secrets are in neither.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  statuary export --out dump.json
  statuary export --format toml --out acme.toml
  statuary export | jq '.incidents | length'")]
pub(super) struct ExportArgs {
    /// The file; standard output by default
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// The form it takes
    #[arg(long, value_enum, default_value_t = Format::Json)]
    format: Format,
}

/// Forms an export can take.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Format {
    /// Everything recorded, as `import dump` reads it
    Json,
    /// Settings, groups and services, as `apply` reads them
    Toml,
}

pub(super) fn run(desk: &Desk, args: ExportArgs) -> anyhow::Result<Output> {
    let out = out_file(args.out);
    let org = desk.place()?.open()?;
    let report = match args.format {
        Format::Json => ops::export::dump(&org, out.as_deref())?,
        Format::Toml => ops::export::declaration(&org, out.as_deref())?,
    };
    let output = Output::new(&report)?;
    Ok(match (report.text, report.path) {
        (Some(text), _) => output.raw(text),
        (None, Some(path)) => output.line(path.as_str()).note(format!("wrote `{path}`")),
        (None, None) => output,
    })
}
