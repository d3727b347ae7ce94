//! `statuary ingest`: alerts of other tools.

use std::path::PathBuf;

use clap::Args;

use crate::cli::desk::Desk;
use crate::cli::output::Output;
use crate::cli::table::Table;
use crate::cli::wording::Count;
use crate::domain::AlertSource;
use crate::ops;

/// Make incidents of the alerts that a monitor sends
///
/// What fires becomes a draft (or a public incident, see `[ingest]` in org.toml), what fires again adds nothing, and what is over resolves
/// its incident again, unless a person has touched it.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  statuary ingest alertmanager webhook.json
  curl -s https://hooks.example.com/last | statuary ingest grafana -
  statuary ingest uptime-kuma payload.json --dry-run")]
pub(super) struct IngestArgs {
    /// Who sent it: alertmanager, grafana or uptime-kuma
    kind: AlertSource,
    /// What was sent to the webhook; `-` reads standard input
    file: PathBuf,
    /// Say what would happen, and write nothing
    #[arg(long)]
    dry_run: bool,
}

pub(super) fn run(desk: &Desk, args: &IngestArgs) -> anyhow::Result<Output> {
    let place = desk.place()?;
    let zone = place.zone();
    let deed = desk.deed(zone, None)?;
    let payload = ops::ingest::read_payload(&args.file)?;
    let mut org = if args.dry_run { place.open_or_create(desk.now)? } else { place.open_or_begin(desk.now)? };
    let take = if args.dry_run { ops::ingest::rehearse } else { ops::ingest::ingest };
    let report = take(&mut org, args.kind, &payload, &deed)?;
    if report.dry_run {
        desk.tell_if_unheard(None);
    }
    let mut table = Table::new(&["done", "id", "number", "status", "notes", "title"]);
    for incident in &report.incidents {
        table.row([
            incident.done.into(),
            incident.id.as_str().into(),
            incident.number.to_string().into(),
            incident.status.into(),
            if incident.draft { "draft" } else { "" }.into(),
            incident.title.as_str().into(),
        ]);
    }
    let verb = if report.dry_run { "read, wrote nothing," } else { "read" };
    let ignored = if report.ignored > 0 { format!(", ignored {}", report.ignored) } else { String::new() };
    let output = Output::new(&report)?
        .zone(zone)
        .table(table)
        .notes(report.warnings.iter().map(|warning| format!("warning: {warning}")))
        .note(format!("{verb} {}{ignored}", Count(report.received, "alert")));
    Ok(if report.dry_run || !report.public { output } else { desk.after_public_change(&org, output) })
}
