//! `statuary maintenance`: work announced ahead, with a window.

mod repeat;
mod schedule;

use chrono::{DateTime, Utc};
use clap::{Args, Subcommand};

use crate::cli::AtArgs;
use crate::cli::desk::Desk;
use crate::cli::incident::{affected, updates};
use crate::cli::maintenance::repeat::{echo_dates, other_rule, series_table};
use crate::cli::message::TranslatedArgs;
use crate::cli::output::Output;
use crate::cli::table::Table;
use crate::cli::time_argument::{Echo, parse_length};
use crate::cli::timeline;
use crate::cli::wording::Length;
use crate::domain::MaintenanceStatus;
use crate::ops::maintenance::{EditMaintenance, End, MaintenanceList, UpdateMaintenance};
use crate::ops::message::Message;
use crate::ops::report::{MaintenanceReport, Written};
use crate::ops::{self, Deed, Org};

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    Schedule(schedule::ScheduleArgs),
    /// Start a maintenance
    #[command(after_help = "Examples:
  statuary maintenance start 3
  statuary maintenance start 3 --message 'We have begun.' --at -10m")]
    Start(StepArgs),
    Update(UpdateArgs),
    /// Complete a maintenance
    #[command(after_help = "Examples:
  statuary maintenance complete 3
  statuary maintenance complete 3 --message 'All done.'")]
    Complete(StepArgs),
    /// Cancel a maintenance, before it starts or while it runs
    #[command(after_help = "Examples:
  statuary maintenance cancel 3 --message 'Not needed any more.'
  statuary maintenance cancel 4@2026-12-08 --message 'Not in the week before Christmas.'")]
    Cancel(StepArgs),
    Edit(EditArgs),
    Remove(RemoveArgs),
    List(ListArgs),
    Show(ShowArgs),
}

/// A step in a maintenance's life.
#[derive(Debug, Args)]
pub(super) struct StepArgs {
    /// Number or id; a date of what repeats is called 3@2026-12-08
    maintenance: String,
    #[command(flatten)]
    message: TranslatedArgs,
    #[command(flatten)]
    at: AtArgs,
}

/// Say what is new about a maintenance
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  statuary maintenance update 3 --message 'Half of it is done.'
  statuary maintenance update 3 --status verifying")]
pub(super) struct UpdateArgs {
    /// Number or id; a date of what repeats is called 3@2026-12-08
    maintenance: String,
    /// scheduled, in_progress, verifying or completed; as before by default
    #[arg(long)]
    status: Option<MaintenanceStatus>,
    #[command(flatten)]
    message: TranslatedArgs,
    #[command(flatten)]
    at: AtArgs,
}

/// Change a maintenance: its title, its window, its services
///
/// What repeats is changed from now on: dates that have begun, and those that were changed themselves, stay as they are.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  statuary maintenance edit 3 --from 'tomorrow 03:00' --for 2h
  statuary maintenance edit 3 --title 'New database' --service api --service web
  statuary maintenance edit 3 --no-auto-finish
  statuary maintenance edit 4@2026-12-08 --from '2026-12-09 02:00' --for 2h
  statuary maintenance edit 4 --repeat monthly
  statuary maintenance edit 4 --repeat 'FREQ=WEEKLY;UNTIL=20261231'")]
pub(super) struct EditArgs {
    /// Number or id; a date of what repeats is called 3@2026-12-08
    maintenance: String,
    /// What visitors read first, one line
    #[arg(long)]
    title: Option<String>,
    /// Start of the window
    #[arg(long, value_name = "TIME", allow_hyphen_values = true)]
    from: Option<String>,
    /// End of the window
    #[arg(long, value_name = "TIME", allow_hyphen_values = true, conflicts_with = "length")]
    until: Option<String>,
    /// Length of the window, such as 90m or 2h
    #[arg(long = "for", value_name = "LENGTH", allow_hyphen_values = true)]
    length: Option<String>,
    /// A service it covers, in place of all that it covered (can be repeated); an empty one for none
    #[arg(long = "service", value_name = "SLUG")]
    services: Vec<String>,
    /// Wait for `maintenance start`; `--no-auto-start=false` takes that back
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true, default_missing_value = "true")]
    no_auto_start: Option<bool>,
    /// Wait for `maintenance complete`; `--no-auto-finish=false` takes that back
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true, default_missing_value = "true")]
    no_auto_finish: Option<bool>,
    /// On which days it takes place from now on, where it repeats
    #[arg(long, value_name = "RRULE")]
    repeat: Option<String>,
    #[command(flatten)]
    at: AtArgs,
}

/// Remove a maintenance from everything; the log keeps what it was
///
/// One that was announced and is not needed any more is better cancelled.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  statuary maintenance remove 3
  statuary maintenance remove 3 --yes")]
pub(super) struct RemoveArgs {
    /// Number or id
    maintenance: String,
    #[command(flatten)]
    at: AtArgs,
}

/// Show a maintenance with its updates
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  statuary maintenance show 3
  statuary maintenance show 3 --json")]
pub(super) struct ShowArgs {
    /// Number or id; a date of what repeats is called 3@2026-12-08
    maintenance: String,
}

/// List maintenances by the start of their window
///
/// Of a series: past dates, the next date, then its rule.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  statuary maintenance list
  statuary maintenance list --dates
  statuary maintenance list --json")]
pub(super) struct ListArgs {
    /// Every date of what repeats, for a year ahead
    #[arg(long)]
    dates: bool,
}

/// One of the ops that move a maintenance on.
type Step = fn(&mut Org, &str, Option<&Message>, &Deed) -> anyhow::Result<Written<MaintenanceReport>>;

pub(super) fn run(desk: &Desk, command: Command) -> anyhow::Result<Output> {
    match command {
        Command::Schedule(args) => schedule::run(desk, &args),
        Command::Start(args) => step(desk, &args, ops::maintenance::start, "started"),
        Command::Update(args) => update(desk, &args),
        Command::Complete(args) => step(desk, &args, ops::maintenance::complete, "completed"),
        Command::Cancel(args) => step(desk, &args, ops::maintenance::cancel, "cancelled"),
        Command::Edit(args) => edit(desk, args),
        Command::Remove(args) => remove(desk, &args),
        Command::List(args) => list(desk, &args),
        Command::Show(args) => show(desk, &args),
    }
}

fn step(desk: &Desk, args: &StepArgs, step: Step, done: &str) -> anyhow::Result<Output> {
    let place = desk.place()?;
    let deed = desk.deed(place.zone(), args.at.at.as_deref())?;
    let mut org = place.open()?;
    let message = said(desk, &org, &args.maintenance, &args.message)?;
    let written = step(&mut org, &args.maintenance, message.as_ref(), &deed)?;
    let output = Output::new(&written)?.note(format!("{done} maintenance {}", written.thing.key()));
    Ok(desk.after(&org, &written, output))
}

fn update(desk: &Desk, args: &UpdateArgs) -> anyhow::Result<Output> {
    let place = desk.place()?;
    let deed = desk.deed(place.zone(), args.at.at.as_deref())?;
    let mut org = place.open()?;
    let options = UpdateMaintenance { status: args.status, message: said(desk, &org, &args.maintenance, &args.message)? };
    let written = ops::maintenance::update(&mut org, &args.maintenance, &options, &deed)?;
    let output = Output::new(&written)?.note(format!("updated maintenance {}, now {}", written.thing.key(), written.thing.status));
    Ok(desk.after(&org, &written, output))
}

/// What is said of the maintenance `key`, which whoever writes it in the editor is told.
fn said(desk: &Desk, org: &Org, key: &str, given: &TranslatedArgs) -> anyhow::Result<Option<Message>> {
    if !given.is_edited() {
        return Ok(given.message(desk, "")?);
    }
    let maintenance = ops::maintenance::show(org, key, desk.now)?;
    Ok(given.message(desk, &format!("What is new about maintenance {} ({})", maintenance.key(), maintenance.title))?)
}

fn edit(desk: &Desk, args: EditArgs) -> anyhow::Result<Output> {
    let place = desk.place()?;
    let zone = place.zone();
    let deed = desk.deed(zone, args.at.at.as_deref())?;
    let from = args.from.map(|from| desk.moment(&from, zone)).transpose()?;
    let until = match (args.until, args.length) {
        (Some(until), _) => Some(End::At(desk.moment(&until, zone)?)),
        (None, Some(length)) => Some(End::After(parse_length(&length)?)),
        (None, None) => None,
    };
    let told = !args.services.is_empty();
    let services: Vec<String> = args.services.into_iter().filter(|service| !service.is_empty()).collect();
    let moved = from.is_some() || until.is_some();
    let options = EditMaintenance {
        title: args.title,
        from,
        until,
        services: told.then_some(services),
        auto_start: args.no_auto_start.map(|without| !without),
        auto_finish: args.no_auto_finish.map(|without| !without),
        repeat: args.repeat.as_deref().map(|text| other_rule(text, &args.maintenance)).transpose()?,
    };
    let mut org = place.open()?;
    let written = ops::maintenance::edit(&mut org, &args.maintenance, &options, &deed)?;
    let MaintenanceReport { scheduled_for, scheduled_until, repeat, .. } = &written.thing;
    if let Some(repeat) = repeat {
        echo_dates(desk, repeat, zone);
    } else if moved {
        desk.echo(format!("from {} until {}", Echo(*scheduled_for, zone), Echo(*scheduled_until, zone)));
    }
    let output = Output::new(&written)?.note(format!("changed maintenance {}", written.thing.key()));
    Ok(desk.after(&org, &written, output))
}

fn remove(desk: &Desk, args: &RemoveArgs) -> anyhow::Result<Output> {
    let place = desk.place()?;
    let deed = desk.deed(place.zone(), args.at.at.as_deref())?;
    let mut org = place.open()?;
    let maintenance = ops::maintenance::show(&org, &args.maintenance, desk.now)?;
    desk.confirm(&format!("remove maintenance {} ({}) from everything?", maintenance.key(), maintenance.title))?;
    let written = ops::maintenance::remove(&mut org, &args.maintenance, &deed)?;
    let output = Output::new(&written)?.note(format!("removed maintenance {}", written.thing.key()));
    Ok(desk.after(&org, &written, output))
}

fn list(desk: &Desk, args: &ListArgs) -> anyhow::Result<Output> {
    let place = desk.place()?;
    let zone = place.zone();
    let wanted = MaintenanceList { every_date: args.dates, ..MaintenanceList::default() };
    let report = ops::maintenance::list(&place.open()?, &wanted, desk.now)?;
    let mut output = Output::new(&report)?.zone(zone).table(table(&report.maintenances));
    if !report.series.is_empty() {
        output = output.heading("Recurring").table(series_table(&report.series).kind("series"));
    }
    Ok(output)
}

/// Maintenances, one a row.
pub(super) fn table(maintenances: &[MaintenanceReport]) -> Table {
    let mut table = Table::new(&["number", "id", "status", "from", "until", "title"]);
    for maintenance in maintenances {
        table.row([
            maintenance.key().into(),
            maintenance.id.as_str().into(),
            maintenance.status.into(),
            maintenance.scheduled_for.into(),
            maintenance.scheduled_until.into(),
            maintenance.title.as_str().into(),
        ]);
    }
    table
}

fn show(desk: &Desk, args: &ShowArgs) -> anyhow::Result<Output> {
    let place = desk.place()?;
    let zone = place.zone();
    let maintenance = ops::maintenance::show(&place.open()?, &args.maintenance, desk.now)?;
    let by_hand = |auto: bool, verb: &str| (!auto).then(|| format!("by hand, with `statuary maintenance {verb} {}`", maintenance.key()));
    let mut facts = Table::facts();
    facts.fact("title", Some(maintenance.title.as_str()));
    facts.fact("status", Some(maintenance.status));
    facts.fact("id", Some(maintenance.id.as_str()));
    facts.fact("number", Some(maintenance.key()));
    facts.fact("from", Some(maintenance.scheduled_for));
    facts.fact("until", Some(maintenance.scheduled_until));
    facts.fact("repeats", maintenance.repeat.as_ref().map(|repeat| format!("{} in {}", repeat.rule, repeat.time_zone)));
    for next in maintenance.repeat.iter().flat_map(|repeat| &repeat.next) {
        facts.fact("next", Some(next.scheduled_for));
    }
    facts.fact(
        "date of",
        maintenance.occurrence.as_ref().map(|date| date.number.map_or_else(|| date.series.to_string(), |number| number.to_string())),
    );
    facts.fact("starts", by_hand(maintenance.auto_start, "start"));
    facts.fact("finishes", by_hand(maintenance.auto_finish, "complete"));
    facts.fact("began", maintenance.began_at);
    facts.fact("completed", maintenance.completed_at);
    facts.fact("services", affected(&maintenance.services));
    let drawn = timeline::timeline(steps(&maintenance), end(&maintenance, desk.now), zone);
    Ok(Output::new(&maintenance)?.zone(zone).table(facts).heading("Timeline").drawn(drawn, updates(&maintenance.updates)))
}

/// What was said, and what the clock did without a word.
fn steps(maintenance: &MaintenanceReport) -> Vec<timeline::Step> {
    let mut steps: Vec<timeline::Step> = maintenance.updates.iter().map(timeline::Step::said).collect();
    let unsaid = |status: MaintenanceStatus| !maintenance.updates.iter().any(|update| update.status == status.as_str());
    for (at, status) in [(maintenance.began_at, MaintenanceStatus::InProgress), (maintenance.completed_at, MaintenanceStatus::Completed)] {
        steps.extend(at.filter(|_| unsaid(status)).map(|at| timeline::Step::unsaid(at, status, "by the clock")));
    }
    steps
}

/// How it ended, or how it stands.
fn end(maintenance: &MaintenanceReport, now: DateTime<Utc>) -> String {
    let began = maintenance.began_at.unwrap_or(maintenance.scheduled_for);
    let length = |from: DateTime<Utc>, until: DateTime<Utc>| Length((until - from).num_seconds());
    match (maintenance.status, maintenance.completed_at) {
        (MaintenanceStatus::Cancelled, _) => "cancelled".to_owned(),
        (_, Some(completed)) => format!("completed after {}", length(began, completed)),
        (MaintenanceStatus::Scheduled, None) if now <= began => format!("starts in {}", length(now, began)),
        (MaintenanceStatus::Scheduled, None) => format!("was to start {} ago", length(began, now)),
        (_, None) => format!("runs for {}", length(began, now)),
    }
}
