//! `statuary build`

use std::path::PathBuf;
use std::time::Instant;

use crate::cli::desk::Desk;
use crate::cli::output::Output;
use crate::cli::table::Table;
use crate::cli::wording::Count;
use crate::ops::build::BuildOptions;
use crate::ops::report::BuildReport;

/// Build the site of an organization
///
/// With `[state]` it fetches the newest record first.
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
    let options = BuildOptions { out: args.out, force: args.force, dry_run: args.dry_run, only_news: false };
    if args.all {
        return all(desk, &options);
    }
    let place = desk.place()?;
    desk.take_newest(place.folder())?;
    let report = desk.build(&place.open()?, &options)?;
    Ok(Output::new(&report)?.line(report.index.as_str()).note(summary(&report)))
}

/// Builds every organization, whichever of them fails.
fn all(desk: &Desk, options: &BuildOptions) -> anyhow::Result<Output> {
    let started = Instant::now();
    let (mut folders, mut failures) = (Vec::new(), Vec::new());
    for folder in desk.workspace()?.each_org()? {
        match folder {
            Ok(folder) => folders.push(folder),
            Err(error) => failures.push(error.into()),
        }
    }
    let (mut reports, mut table) = (Vec::new(), Table::new(&["org", "written", "kept", "removed", "page"]));
    for (folder, outcome) in folders.iter().zip(desk.build_all(&folders, options)) {
        match outcome {
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
            Err(error) => failures.push(error.context(format!("cannot build `{}`", folder.slug))),
        }
    }
    let notices = reports.iter().filter_map(|report| Some(format!("`{}`: {}", report.org, report.notice.as_ref()?)));
    let mut output = Output::list("builds", &reports)?.table(table).notes(notices).note(summary_of_all(&reports, failures.len(), started));
    output.failures = failures;
    Ok(output)
}

/// What building all organizations did, or would do, in one line.
fn summary_of_all(reports: &[BuildReport], failed: usize, started: Instant) -> String {
    let sum = |of: fn(&BuildReport) -> usize| reports.iter().map(of).sum::<usize>();
    let (written, kept, removed) = (sum(|report| report.written), sum(|report| report.kept), sum(|report| report.removed));
    let (written, removed) = (Count(written, "file"), Count(removed, "file"));
    let orgs = match failed {
        0 => Count(reports.len(), "organization").to_string(),
        _ => format!("{} of {}", reports.len(), Count(reports.len() + failed, "organization")),
    };
    if reports.iter().any(|report| report.dry_run) {
        return format!("would build {orgs}: write {written}, keep {kept}, remove {removed}");
    }
    format!("built {orgs}: wrote {written}, kept {kept}, removed {removed} in {} ms", started.elapsed().as_millis())
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
