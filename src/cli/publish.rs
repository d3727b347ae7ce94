//! `statuary publish`: the built site to where visitors are, and how it does there.

use std::time::Instant;

use clap::{Args, Subcommand};

use crate::cli::build;
use crate::cli::cell::Cell;
use crate::cli::complaint::complaint;
use crate::cli::desk::Desk;
use crate::cli::output::Output;
use crate::cli::progress::Bar;
use crate::cli::stop::Ending;
use crate::cli::table::Table;
use crate::cli::wording::{Count, Length};
use crate::config::{Destination, OrgFolder, PublishRules, Target};
use crate::error::{Kind, UserError};
use crate::ops;
use crate::ops::publish::{self, AllOptions, Generation, Outcome, PublishOptions, PublishReport, TargetReport, TargetStatus};

/// Build the site and take it to where visitors are
///
/// A target is a name in org.toml or an address: `dir:PATH` is a folder of whole releases for a web server, `s3://BUCKET/PREFIX` is
/// object storage, and `command:PROGRAM ARGUMENTS` runs an uploader of your own. Without one it goes to all targets of org.toml, at the
/// same time, and is read back through the public address of each.
#[derive(Debug, Args)]
#[command(
    args_conflicts_with_subcommands = true,
    after_help = "Examples:
  statuary publish
  statuary publish dir:/srv/status
  statuary publish s3://pages/acme --dry-run
  statuary publish main --check
  statuary publish --all --json
  statuary publish status"
)]
pub(super) struct PublishArgs {
    #[command(subcommand)]
    command: Option<Command>,
    /// A target of org.toml, or an address; all targets of org.toml by default
    #[arg(value_name = "TARGET")]
    target: Option<String>,
    /// Publish every organization of the workspace; below an address each goes under its own name
    #[arg(long)]
    all: bool,
    /// Take the site as it was built last
    #[arg(long)]
    no_build: bool,
    /// Say what would happen, and change nothing
    #[arg(long)]
    dry_run: bool,
    /// Compare what lies in object storage with what is known of it, and repair it
    #[arg(long)]
    check: bool,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Show what was published where, how old it is, and whether visitors see it
    #[command(after_help = "Examples:
  statuary publish status
  statuary publish status --json")]
    Status,
}

pub(super) fn run(desk: &Desk, args: &PublishArgs) -> anyhow::Result<Output> {
    if args.command.is_some() {
        return status(desk);
    }
    if args.all {
        return all(desk, args);
    }
    let place = desk.place()?;
    let target = args.target.as_deref().map(|text| target(text, &place.settings().publish)).transpose()?;
    if !args.no_build {
        desk.take_newest(place.folder())?;
    }
    let bar = Bar::new("files", desk.global.quiet);
    let (org, ending) = (place.open()?, Ending::begin()?);
    let report = publish::publish(&org, &options(desk, args, target, &ending), desk.now, &|done, all| bar.show(done, all));
    ending.unless_asked();
    let report = report?;
    drop(bar);
    let mut table = Table::new(&["target", "outcome", "generation", "written", "kept", "removed"]);
    report.targets.iter().for_each(|one| table.row(cells(one)));
    let mut output = Output::new(&report)?
        .table(table)
        .notes(report.build.iter().map(build::summary))
        .notes(of_the_last_build(&report))
        .notes(words(&report));
    output.failures = failures(&report);
    Ok(output)
}

fn options(desk: &Desk, args: &PublishArgs, target: Option<Target>, ending: &Ending) -> PublishOptions {
    let (since, uploaders) = (Some(desk.since), ending.uploaders.clone());
    PublishOptions { target, no_build: args.no_build, dry_run: args.dry_run, check: args.check, since, uploaders }
}

/// The target that `text` means.
fn target(text: &str, rules: &PublishRules) -> Result<Target, UserError> {
    match Destination::is_meant(text) {
        true => Ok(known(address(text)?, rules)),
        false => rules.target(text).cloned(),
    }
}

/// An address; a folder is one from the current folder.
fn address(text: &str) -> Result<Destination, UserError> {
    match text.parse()? {
        Destination::Folder(path) => std::path::absolute(&path)
            .map(Destination::Folder)
            .map_err(|error| UserError::usage(format!("`{text}` names no folder: {}", crate::error::reason(&error)))),
        other => Ok(other),
    }
}

/// The target of org.toml with this address, or one that nothing more is known of.
fn known(to: Destination, rules: &PublishRules) -> Target {
    rules.targets.iter().find(|target| target.to == to).cloned().unwrap_or_else(|| Target::of_address(to))
}

fn outcome_of(one: &TargetReport) -> &'static str {
    match one.outcome {
        Some(outcome) => outcome.as_str(),
        None if one.failure.is_some() => "would fail",
        None => "would publish",
    }
}

fn cells(one: &TargetReport) -> [Cell; 6] {
    [
        one.name.as_str().into(),
        outcome_of(one).into(),
        one.generation.as_str().into(),
        one.written.to_string().into(),
        one.kept.to_string().into(),
        one.removed.to_string().into(),
    ]
}

/// That what is told of targets is not yet of what would be built for them.
fn of_the_last_build(report: &PublishReport) -> Option<String> {
    let is_stale = report.dry_run && report.build.as_ref().is_some_and(|build| build.written + build.removed > 0);
    is_stale.then(|| "what follows is of the site as it was built last".to_owned())
}

/// What was done, or would be, in a line for each target; and what of it failed where that is borne.
fn words(report: &PublishReport) -> Vec<String> {
    let mut lines = Vec::new();
    for one in &report.targets {
        lines.extend(one.said.iter().map(|line| format!("`{}` says: {line}", one.name)));
        lines.extend(one.warning.iter().map(|warning| format!("warning: `{}`: {warning}", one.name)));
        let (written, removed) = (Count(one.written, "file"), Count(one.removed, "file"));
        let counts = format!("{written}, keep {}, remove {removed}", one.kept);
        match (&one.error, one.outcome) {
            (Some(error), _) if report.satisfied => lines.push(format!("warning: `{}`: {error}", one.name)),
            (Some(_), Some(Outcome::Failed) | None) => {}
            (_, None) => lines.push(format!("`{}`: would write {counts}", one.name)),
            (_, Some(_)) => {
                let seen =
                    one.seen_after_ms.filter(|_| one.error.is_none()).map(|after| format!(", seen after {after} ms")).unwrap_or_default();
                let kept = one.kept;
                lines.push(format!("`{}`: wrote {written}, kept {kept}, removed {removed} in {} ms{seen}", one.name, one.took_ms));
            }
        }
    }
    lines
}

/// The failures that decide; where enough targets have the site, none.
fn failures(report: &PublishReport) -> Vec<anyhow::Error> {
    if report.satisfied {
        return Vec::new();
    }
    let failed = report.targets.iter().filter_map(|one| Some((one, one.failure.clone()?)));
    failed.map(|(one, error)| anyhow::Error::from(error).context(format!("cannot publish `{}` to `{}`", report.org, one.name))).collect()
}

/// Publishes every organization, whichever of them fails.
fn all(desk: &Desk, args: &PublishArgs) -> anyhow::Result<Output> {
    let started = Instant::now();
    let (mut folders, mut broken): (Vec<OrgFolder>, Vec<anyhow::Error>) = (Vec::new(), Vec::new());
    for folder in desk.workspace()?.each_org()? {
        match folder {
            Ok(folder) => folders.push(folder),
            Err(error) => broken.push(error.into()),
        }
    }
    if !args.no_build && !desk.global.offline {
        let taken = ops::state::take_newest_of_each(&folders, desk.now);
        let mut taken = taken.into_iter();
        folders.retain(|folder| match taken.next() {
            Some(Err(error)) => {
                broken.push(error.context(format!("cannot publish `{}`", folder.slug)));
                false
            }
            _ => true,
        });
    }
    let (name, address) = match args.target.as_deref() {
        Some(text) if Destination::is_meant(text) => (None, Some(address(text)?)),
        other => (other.map(str::to_owned), None),
    };
    let ending = Ending::begin()?;
    let all = AllOptions { name, address, each: options(desk, args, None, &ending) };
    let bar = Bar::new("organizations", desk.global.quiet);
    let outcomes = publish::all(&folders, &all, desk.now, &|done, all| bar.show(done, all));
    ending.unless_asked();
    drop(bar);
    let mut table = Table::new(&["org", "target", "outcome", "generation", "written", "kept", "removed"]);
    let (mut reports, mut lines) = (Vec::new(), Vec::new());
    for (folder, outcome) in folders.iter().zip(outcomes) {
        match outcome {
            Ok(report) => {
                broken.extend(failures(&report));
                for one in &report.targets {
                    let borne = one.error.iter().filter(|_| report.satisfied).chain(&one.warning);
                    lines.extend(borne.map(|warning| format!("warning: `{}` to `{}`: {warning}", report.org, one.name)));
                }
                for one in &report.targets {
                    let org: Cell = report.org.as_str().into();
                    table.row(std::iter::once(org).chain(cells(one)));
                }
                reports.push(report);
            }
            Err(error) => broken.push(error.context(format!("cannot publish `{}`", folder.slug))),
        }
    }
    let well = reports.iter().filter(|report| report.satisfied).count();
    let orgs = Count(folders.len(), "organization");
    let did = if args.dry_run { "would publish" } else { "published" };
    let told = format!("{did} {well} of {orgs} in {} ms", started.elapsed().as_millis());
    let mut output = Output::list("publishings", &reports)?.table(table).notes(lines).note(told);
    // Whatever is wrong with one of many, the whole has failed for a reason outside.
    output.failures = broken.iter().map(|error| UserError { kind: Kind::Failed, ..complaint(error) }.into()).collect();
    Ok(output)
}

fn status(desk: &Desk) -> anyhow::Result<Output> {
    let place = desk.place()?;
    let zone = place.zone();
    let report = publish::status(&place.open()?, desk.now)?;
    let mut table = Table::new(&["target", "health", "generation", "published", "age", "shown"]);
    for one in &report.targets {
        let generation = |generation: &Option<Generation>| generation.as_ref().map_or("-".to_owned(), ToString::to_string);
        table.row([
            one.name.as_str().into(),
            one.health.into(),
            generation(&one.generation).into(),
            one.published_at.map_or_else(|| "-".into(), Into::into),
            one.age_s.map_or_else(|| "-".to_owned(), |age| Length(age).to_string()).into(),
            generation(&one.shown).into(),
        ]);
    }
    let why = |one: &TargetStatus| Some(format!("`{}`: {}", one.name, one.error.as_ref()?));
    let built = report.built.as_ref().map_or("nothing is built here".to_owned(), |built| format!("built here: {built}"));
    Ok(Output::new(&report)?.zone(zone).table(table).notes(report.targets.iter().filter_map(why)).note(built))
}
