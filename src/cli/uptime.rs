//! `statuary uptime`: percentages, and everything behind one of them.

use chrono_tz::Tz;
use clap::{Args, Subcommand};

use crate::cli::desk::Desk;
use crate::cli::output::Output;
use crate::cli::table::Table;
use crate::cli::time_argument::Echo;
use crate::cli::wording::Length;
use crate::error::UserError;
use crate::ops;
use crate::ops::uptime::UptimeWindow;

/// Show uptime percentages
#[derive(Debug, Args)]
#[command(
    args_conflicts_with_subcommands = true,
    after_help = "Examples:
  statuary uptime
  statuary uptime api --days 30
  statuary uptime --from 2026-10-01 --until 2026-11-01 --json
  statuary uptime explain api --days 7"
)]
pub(super) struct UptimeArgs {
    #[command(subcommand)]
    command: Option<Command>,
    /// Slug, id or number of a service; all by default
    service: Option<String>,
    #[command(flatten)]
    window: WindowArgs,
}

#[derive(Debug, Subcommand)]
enum Command {
    Explain(ExplainArgs),
}

/// List every interval and weight behind a service's figure
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  statuary uptime explain api
  statuary uptime explain api --from 2026-10-01 --until 2026-11-01 --json")]
struct ExplainArgs {
    /// Slug, id or number
    service: String,
    #[command(flatten)]
    window: WindowArgs,
}

/// The time a figure is about.
#[derive(Debug, Args)]
struct WindowArgs {
    /// This many calendar days, today included; 90 by default
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..=36_500), allow_negative_numbers = true, conflicts_with_all = ["from", "until"])]
    days: Option<u64>,
    /// Start of the window
    #[arg(long, value_name = "TIME", allow_hyphen_values = true)]
    from: Option<String>,
    /// End of the window; now by default
    #[arg(long, value_name = "TIME", allow_hyphen_values = true, requires = "from")]
    until: Option<String>,
}

impl WindowArgs {
    fn window(&self, desk: &Desk, zone: Tz) -> Result<UptimeWindow, UserError> {
        let Some(from) = &self.from else { return Ok(UptimeWindow::Days(self.days.unwrap_or(90))) };
        let from = desk.moment(from, zone)?;
        let until = self.until.as_deref().map_or(Ok(desk.now), |text| desk.moment(text, zone))?;
        if until <= from {
            return Err(UserError::usage(format!("nothing lies between {} and {}", Echo(from, zone), Echo(until, zone)))
                .hint("`--until` is a moment after `--from`"));
        }
        Ok(UptimeWindow::Between(from, until))
    }
}

pub(super) fn run(desk: &Desk, args: UptimeArgs) -> anyhow::Result<Output> {
    match args.command {
        Some(Command::Explain(explained)) => explain(desk, &explained),
        None => figures(desk, &args),
    }
}

fn figures(desk: &Desk, args: &UptimeArgs) -> anyhow::Result<Output> {
    let place = desk.place()?;
    let zone = place.zone();
    let window = args.window.window(desk, zone)?;
    let report = ops::uptime::figures(&place.open()?, args.service.as_deref(), window, desk.now)?;
    let seconds = |seconds: Option<i64>| seconds.map(|seconds| Length(seconds).to_string());
    let mut table = Table::new(&["kind", "slug", "uptime", "major outage", "partial outage", "name"]);
    for row in &report.rows {
        table.row([
            row.kind.into(),
            row.slug.as_str().into(),
            row.uptime.clone().into(),
            seconds(row.major_seconds).into(),
            seconds(row.partial_seconds).into(),
            row.name.as_str().into(),
        ]);
    }
    Ok(Output::new(&report)?
        .table(table)
        .note(format!("from {} until {}", Echo(report.from, zone), Echo(report.until, zone)))
        .note(report.rule.clone()))
}

fn explain(desk: &Desk, args: &ExplainArgs) -> anyhow::Result<Output> {
    let place = desk.place()?;
    let zone = place.zone();
    let window = args.window.window(desk, zone)?;
    let report = ops::uptime::explain(&place.open()?, &args.service, window, desk.now)?;
    let mut facts = Table::facts();
    facts.fact("service", Some(report.slug.as_str()));
    facts.fact("name", Some(report.name.as_str()));
    facts.fact("uptime", Some(report.uptime.clone()));
    facts.fact("from", Some(report.from));
    facts.fact("until", Some(report.until));
    facts.fact("counted from", (report.counted_from > report.from).then_some(report.counted_from));
    facts.fact("seconds", Some(report.window_seconds.to_string()));
    facts.fact("lost seconds", Some(report.lost_seconds.as_str()));
    facts.fact("rule", Some(report.rule.as_str()));
    let mut table = Table::new(&["interval", "until", "seconds", "status", "weight", "why"]).kind("interval");
    for interval in &report.intervals {
        table.row([
            interval.start.into(),
            interval.end.into(),
            interval.seconds.to_string().into(),
            interval.status.into(),
            interval.weight.as_str().into(),
            interval.causes.join(", ").into(),
        ]);
    }
    Ok(Output::new(&report)?.zone(zone).table(facts).heading("Intervals").table(table))
}
