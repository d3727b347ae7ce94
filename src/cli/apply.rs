//! `statuary apply`: makes an organization as a file says, and shows what that changes.

use std::path::PathBuf;

use serde_json::Value;

use crate::cli::AtArgs;
use crate::cli::cell::Cell;
use crate::cli::desk::Desk;
use crate::cli::output::Output;
use crate::cli::wording::{Count, shortened};
use crate::error::UserError;
use crate::ops;
use crate::ops::apply::ApplyOptions;
use crate::ops::report::{AppliedChange, ApplyReport};

/// Make settings, groups and services as a TOML file says
///
/// What it changes is shown as a plan, done in one step or not at all, and nothing is done where all is so already. `statuary export
/// --format toml` writes such a file. Of a group or service the file says all there is: what it leaves out has its default, but for the
/// position. Settings that it does not name stay as they are, and so do groups and services, unless `--prune` is given.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  statuary apply acme.toml --dry-run
  statuary apply acme.toml
  statuary apply acme.toml --prune --yes")]
pub(super) struct ApplyArgs {
    /// The file; `-` reads standard input
    #[arg(value_name = "FILE")]
    path: PathBuf,
    /// Remove the groups and services that the file lacks
    #[arg(long)]
    prune: bool,
    /// Show the plan, and write nothing
    #[arg(long)]
    dry_run: bool,
    #[command(flatten)]
    at: AtArgs,
}

pub(super) fn run(desk: &Desk, args: &ApplyArgs) -> anyhow::Result<Output> {
    let place = desk.place()?;
    let deed = desk.deed(place.zone(), args.at.at.as_deref())?;
    let declaration = ops::apply::read(&args.path)?;
    let mut org = place.open_or_begin(desk.now)?;
    let options = ApplyOptions { prune: args.prune, dry_run: args.dry_run, agreed: None };
    let mut agreed = None;
    if args.prune && !args.dry_run {
        let plan = ops::apply::apply(&mut org, &declaration, &ApplyOptions { dry_run: true, ..options }, &deed)?;
        let going = plan.changes.iter().filter(|change| is_removal(change)).count();
        if going > 0 && desk.asks_for_more() {
            if !desk.global.json {
                printed(Output::new(&plan)?, &plan).print(&[], false, false)?;
            }
            desk.confirm(&format!("remove {} from the page?", Count(going, "thing")))?;
            agreed = Some(plan);
        } else if going > 0 && declaration.names_nothing() && !desk.global.yes {
            return Err(UserError::conflict(format!("the file names no service and no group, and `--prune` would remove {going}"))
                .hint("say `--yes` if that is meant")
                .into());
        }
    }
    let report = ops::apply::apply(&mut org, &declaration, &ApplyOptions { agreed: agreed.as_ref(), ..options }, &deed)?;
    if report.dry_run {
        desk.tell_if_unheard(None);
    }
    let output = printed(Output::new(&report)?, &report).notes(words(&report));
    let output = if agreed.is_some() && !desk.global.json { output.without_results() } else { output };
    Ok(if report.public && !report.dry_run { desk.after_public_change(&org, output) } else { output })
}

/// Whether a group or a service goes.
fn is_removal(change: &AppliedChange) -> bool {
    change.change == "removed" && change.kind != "setting"
}

/// What is said of it.
fn words(report: &ApplyReport) -> Vec<String> {
    let count = |word: &str| report.changes.iter().filter(|change| change.change == word).count();
    let mut words = Vec::new();
    if report.changes.is_empty() {
        words.push("nothing to change".to_owned());
    } else {
        let counted = format!("{} to add, {} to change, {} to remove", count("added"), count("changed"), count("removed"));
        words.push(match report.dry_run {
            true => format!("{counted}; wrote nothing"),
            false => format!("added {}, changed {}, removed {}", count("added"), count("changed"), count("removed")),
        });
    }
    let others = report.other_groups.len() + report.other_services.len();
    if others > 0 {
        let stay = if others == 1 { "stays" } else { "stay" };
        words.push(format!("{} that the file lacks {stay}; `--prune` removes what it lacks", Count(others, "thing")));
    }
    words
}

/// The plan, one line for each thing and each field.
fn printed(output: Output, report: &ApplyReport) -> Output {
    let names = report.changes.iter().flat_map(|change| match change.kind {
        "setting" => vec![change.name.as_str()],
        _ => change.fields.iter().map(|field| field.field).collect(),
    });
    let width = names.map(str::len).max().unwrap_or(0);
    let kinds = report.changes.iter().map(|change| change.kind.len()).max().unwrap_or(0);
    report.changes.iter().fold(output, |output, change| {
        let sign = match change.change {
            "added" => '+',
            "removed" => '-',
            _ => '~',
        };
        let head = format!("{sign} {:kinds$}  ", change.kind);
        if change.kind == "setting" {
            let said = change.fields.first().map(|field| values(&field.before, &field.after)).unwrap_or_default();
            return output.line(Cell::in_tone_of_change(change.change, format!("{head}{:width$}  {said}", change.name)));
        }
        let output = output.line(Cell::in_tone_of_change(change.change, format!("{head}{}", change.name)));
        change.fields.iter().fold(output, |output, field| {
            let said = values(&field.before, &field.after);
            output.line(format!("{:1$}{2:width$}  {said}", "", head.len(), field.field))
        })
    })
}

/// What something was and what it is to be, each as far as it is set.
fn values(before: &Value, after: &Value) -> String {
    match (before, after) {
        (Value::Null, after) => value(after),
        (before, after) => format!("{} -> {}", value(before), value(after)),
    }
}

/// Most bytes of a value.
const LONGEST_VALUE: usize = 100;

fn value(value: &Value) -> String {
    match value {
        Value::Null => "none".to_owned(),
        value => shortened(&value.to_string(), LONGEST_VALUE).into_owned(),
    }
}
