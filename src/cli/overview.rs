//! `statuary status`, `statuary log` and `statuary next`: an organization at a glance.

use crate::cli::cell::Cell;
use crate::cli::desk::Desk;
use crate::cli::output::Output;
use crate::cli::table::Table;
use crate::cli::{dashboard, incident, maintenance, service};
use crate::domain::ServiceStatus;
use crate::ops;
use crate::ops::report::StatusReport;

/// Show how everything does: verdict, services, what is open, what is next
///
/// On a terminal, each service has a bar of its last days, as many as fit; the higher a day, the worse it was.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  statuary status
  statuary status --json")]
pub(super) struct StatusArgs {}

/// Show who did what when, oldest first
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  statuary log
  statuary log --since yesterday --limit 500 --json")]
pub(super) struct LogArgs {
    /// What was done at this moment or later
    #[arg(long, value_name = "TIME", allow_hyphen_values = true)]
    since: Option<String>,
    /// Show at most N events, the newest
    #[arg(long, value_name = "N", default_value_t = 50, allow_negative_numbers = true)]
    limit: usize,
}

/// Show the next moment at which a rebuild would change something
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  statuary next
  statuary next --json")]
pub(super) struct NextArgs {}

pub(super) fn status(desk: &Desk) -> anyhow::Result<Output> {
    let place = desk.place()?;
    let zone = place.zone();
    let report = ops::overview::status(&place.open()?, desk.now)?;
    let plain = Cell::in_tone_of(report.status, format!("{}: {}", report.name, report.verdict));
    let mut output = Output::new(&report)?.zone(zone).drawn_line(dashboard::verdict(&report), plain).lines(overdue(&report));
    if !report.services.is_empty() {
        let table = service::table(&report.services).kind("service");
        output = output.heading("Services").drawn(dashboard::services(&report, zone), table);
    }
    if !report.open_incidents.is_empty() {
        let table = incident::table(&report.open_incidents).kind("incident");
        output = output.heading("Open incidents").drawn(dashboard::incidents(&report.open_incidents, desk.now), table);
    }
    if !report.maintenances.is_empty() {
        let table = maintenance::table(&report.maintenances).kind("maintenance");
        output = output.heading("Maintenance").drawn(dashboard::maintenances(&report.maintenances, desk.now, zone), table);
    }
    let mut next = Table::facts();
    next.fact("next", Some(report.next));
    Ok(output.heading("Next change by the clock").drawn(dashboard::next(report.next, desk.now, zone), next))
}

/// Open incidents whose next update was promised and has not come, in a line.
fn overdue(report: &StatusReport) -> Option<Cell> {
    let late = report.open_incidents.iter().filter(|incident| report.overdue.contains(&incident.id));
    let numbers: Vec<String> = late.map(|incident| incident.number.to_string()).collect();
    let promised = if numbers.len() == 1 {
        "incident waits for the update it was promised"
    } else {
        "incidents wait for the update they were promised"
    };
    let line = format!("overdue: {} {promised}: {}", numbers.len(), numbers.join(", "));
    (!numbers.is_empty()).then(|| Cell::in_tone_of(ServiceStatus::DegradedPerformance, line))
}

pub(super) fn log(desk: &Desk, args: &LogArgs) -> anyhow::Result<Output> {
    let place = desk.place()?;
    let zone = place.zone();
    let since = args.since.as_deref().map(|text| desk.moment(text, zone)).transpose()?;
    let report = ops::overview::log(&place.open()?, since, args.limit)?;
    let mut table = Table::new(&["event", "at", "by", "what", "counts from"]);
    for event in &report.events {
        table.row([
            event.seq.to_string().into(),
            event.at.into(),
            event.actor.as_str().into(),
            event.sentence.as_str().into(),
            (event.effective_at != event.at).then_some(event.effective_at).into(),
        ]);
    }
    Ok(Output::new(&report)?.zone(zone).table(table))
}

pub(super) fn next(desk: &Desk) -> anyhow::Result<Output> {
    let place = desk.place()?;
    let zone = place.zone();
    let report = ops::overview::next(&place.open()?, desk.now)?;
    let mut table = Table::facts();
    table.row([report.next.into(), report.reason.as_str().into()]);
    Ok(Output::new(&report)?.zone(zone).table(table))
}
