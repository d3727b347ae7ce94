//! `statuary build`

use std::path::PathBuf;

use crate::cli::desk::Desk;
use crate::cli::output::Output;
use crate::cli::table::Table;
use crate::cli::wording::Count;
use crate::ops::Org;
use crate::ops::build::BuildOptions;
use crate::ops::report::BuildReport;

/// Build the site of an organization
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  statuary build
  statuary build --out /var/www/status
  statuary build --all --json
  statuary build --dry-run")]
pub(super) struct BuildArgs {
    /// Build every organization of the workspace
    #[arg(long, conflicts_with = "out")]
    all: bool,
    /// The folder to build into; `public` in the organization's folder by default
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
    /// Render and write everything anew
    #[arg(long)]
    force: bool,
    /// Say what would happen, and write nothing
    #[arg(long)]
    dry_run: bool,
}

pub(super) fn run(desk: &Desk, args: BuildArgs) -> anyhow::Result<Output> {
    let options = BuildOptions { out: args.out, force: args.force, dry_run: args.dry_run };
    if args.all {
        return all(desk, &options);
    }
    let report = desk.build(&desk.place()?.open()?, &options)?;
    Ok(Output::new(&report)?.line(report.index.as_str()).note(summary(&report)))
}

/// Builds every organization, also after one has failed.
fn all(desk: &Desk, options: &BuildOptions) -> anyhow::Result<Output> {
    let (mut reports, mut failures, mut table) = (Vec::new(), Vec::new(), Table::new(&["org", "written", "kept", "removed", "page"]));
    for folder in desk.workspace()?.orgs()? {
        let slug = folder.slug.clone();
        match Org::open(folder).and_then(|org| desk.build(&org, options)) {
            Ok(report) => {
                table.row([
                    report.org.as_str().into(),
                    report.written.to_string().into(),
                    report.kept.to_string().into(),
                    report.removed.to_string().into(),
                    report.index.as_str().into(),
                ]);
                reports.push(report);
            }
            Err(error) => failures.push(error.context(format!("cannot build `{slug}`"))),
        }
    }
    let mut output = Output::list("builds", &reports)?.table(table).notes(reports.iter().map(summary));
    output.failures = failures;
    Ok(output)
}

/// What a build did, or would do, in one line.
pub(super) fn summary(report: &BuildReport) -> String {
    let (written, removed) = (Count(report.written, "file"), Count(report.removed, "file"));
    if report.dry_run {
        return format!("`{}`: would write {written}, keep {}, remove {removed}", report.org, report.kept);
    }
    let notice = report.notice.as_ref().map(|notice| format!("{notice}\n")).unwrap_or_default();
    let milliseconds = report.steps.iter().map(|step| step.microseconds).sum::<u128>() / 1000;
    format!("{notice}`{}`: wrote {written}, kept {}, removed {removed} in {milliseconds} ms", report.org, report.kept)
}
