//! `statuary service`: services and the statuses people give them by hand.

use std::str::FromStr;

use chrono::NaiveDate;
use clap::{Args, Subcommand};

use crate::cli::AtArgs;
use crate::cli::desk::Desk;
use crate::cli::message::MessageArgs;
use crate::cli::output::Output;
use crate::cli::table::Table;
use crate::domain::{ServiceStatus, Slug};
use crate::error::UserError;
use crate::ops::report::ServiceReport;
use crate::ops::service::{ServiceSettings, SetStatus};
use crate::ops::{self, Page};

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    Add(AddArgs),
    Edit(EditArgs),
    Remove(RemoveArgs),
    Status(StatusArgs),
    /// List the services in page order
    #[command(after_help = "Examples:
  statuary service list
  statuary service list --json")]
    List,
    Show(ShowArgs),
}

/// Add a service
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  statuary service add api
  statuary service add api --name 'Public API' --group europe --start-date 2026-01-01")]
pub(super) struct AddArgs {
    /// Its name in commands and paths: lower-case letters, digits and hyphens
    slug: Slug,
    #[command(flatten)]
    settings: SettingsArgs,
    #[command(flatten)]
    at: AtArgs,
}

/// Change the settings of a service
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  statuary service edit api --name 'Public API'
  statuary service edit api --description '' --hidden=false")]
pub(super) struct EditArgs {
    /// Slug, id or number
    service: String,
    #[command(flatten)]
    settings: SettingsArgs,
    #[command(flatten)]
    at: AtArgs,
}

/// Settings of a service.
#[derive(Debug, Args)]
struct SettingsArgs {
    /// What visitors read; the slug by default
    #[arg(long)]
    name: Option<String>,
    /// A line below the name; an empty one removes it
    #[arg(long, value_name = "TEXT", allow_hyphen_values = true)]
    description: Option<String>,
    /// Where the service itself lives, http or https; an empty one removes it
    #[arg(long, value_name = "URL")]
    link: Option<String>,
    /// Slug of its group; an empty one takes it out of its group
    #[arg(long, value_name = "SLUG")]
    group: Option<String>,
    /// Order within its group or on the page, smallest first; last by default
    #[arg(long, allow_negative_numbers = true)]
    position: Option<i64>,
    /// Uptime counts from this day on, such as 2026-01-01; an empty one removes it
    #[arg(long, value_name = "DATE")]
    start_date: Option<StartDate>,
    /// Keep it out of everything public; `--hidden=false` takes that back
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true, default_missing_value = "true")]
    hidden: Option<bool>,
    /// List it without bars and uptime; `--no-showcase=false` takes that back
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true, default_missing_value = "true")]
    no_showcase: Option<bool>,
    /// Show it on the page only while it is not operational; `=false` takes that back
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true, default_missing_value = "true")]
    only_show_if_degraded: Option<bool>,
}

/// Remove a service from the page; the record keeps it
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  statuary service remove api
  statuary service remove api --yes")]
pub(super) struct RemoveArgs {
    /// Slug, id or number
    service: String,
    #[command(flatten)]
    at: AtArgs,
}

/// Set the status of a service by hand
///
/// It holds until the next one, or until an incident speaks of the service again. With `--at` it may lie ahead.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  statuary service status api degraded --message 'Slower than usual'
  statuary service status api operational --at -10m
  statuary service status api maintenance --at 'tomorrow 14:00'")]
pub(super) struct StatusArgs {
    /// Slug, id or number
    service: String,
    /// operational, degraded, partial, major or maintenance, or the full words
    status: ServiceStatus,
    #[command(flatten)]
    message: MessageArgs,
    #[command(flatten)]
    at: AtArgs,
}

/// Show a service and how it does
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  statuary service show api
  statuary service show api --json")]
pub(super) struct ShowArgs {
    /// Slug, id or number
    service: String,
}

/// A day, or none where the text is empty.
#[derive(Clone, Copy, Debug)]
struct StartDate(Option<NaiveDate>);

impl FromStr for StartDate {
    type Err = UserError;

    fn from_str(text: &str) -> Result<Self, UserError> {
        if text.is_empty() {
            return Ok(Self(None));
        }
        NaiveDate::parse_from_str(text, "%Y-%m-%d")
            .map(|date| Self(Some(date)))
            .map_err(|_| UserError::usage(format!("`{}` is not a date", text.escape_debug())).hint("write it as in `2026-01-01`"))
    }
}

impl From<SettingsArgs> for ServiceSettings {
    fn from(args: SettingsArgs) -> Self {
        Self {
            name: args.name,
            description: args.description,
            link: args.link,
            group: args.group,
            position: args.position,
            start_date: args.start_date.map(|date| date.0),
            hidden: args.hidden,
            showcase: args.no_showcase.map(|without| !without),
            only_show_if_degraded: args.only_show_if_degraded,
        }
    }
}

pub(super) fn run(desk: &Desk, command: Command) -> anyhow::Result<Output> {
    match command {
        Command::Add(args) => add(desk, args),
        Command::Edit(args) => edit(desk, args),
        Command::Remove(args) => remove(desk, &args),
        Command::Status(args) => status(desk, args),
        Command::List => list(desk),
        Command::Show(args) => show(desk, &args),
    }
}

fn add(desk: &Desk, args: AddArgs) -> anyhow::Result<Output> {
    let place = desk.place()?;
    let deed = desk.deed(place.zone(), args.at.at.as_deref())?;
    let mut org = place.open_or_begin(desk.now)?;
    let written = ops::service::add(&mut org, &args.slug, &args.settings.into(), &deed)?;
    let service = &written.thing;
    let output = Output::new(&written)?.line(service.slug.as_str()).note(format!("added service {} `{}`", service.number, service.slug));
    Ok(desk.after(&org, &written, output))
}

fn edit(desk: &Desk, args: EditArgs) -> anyhow::Result<Output> {
    let place = desk.place()?;
    let deed = desk.deed(place.zone(), args.at.at.as_deref())?;
    let mut org = place.open()?;
    let written = ops::service::edit(&mut org, &args.service, &args.settings.into(), &deed)?;
    let output = Output::new(&written)?.note(format!("changed service `{}`", written.thing.slug));
    Ok(desk.after(&org, &written, output))
}

fn remove(desk: &Desk, args: &RemoveArgs) -> anyhow::Result<Output> {
    let place = desk.place()?;
    let deed = desk.deed(place.zone(), args.at.at.as_deref())?;
    let mut org = place.open()?;
    let service = ops::service::show(&org, &args.service, desk.now)?;
    desk.confirm(&format!("remove service `{}` ({}) from the page?", service.slug, service.name))?;
    let written = ops::service::remove(&mut org, &args.service, &deed)?;
    let output = Output::new(&written)?.note(format!("removed service `{}`", written.thing.slug));
    Ok(desk.after(&org, &written, output))
}

fn status(desk: &Desk, args: StatusArgs) -> anyhow::Result<Output> {
    let place = desk.place()?;
    let deed = desk.deed(place.zone(), args.at.at.as_deref())?;
    let message = args.message.text(desk, "", &format!("Why the status of {} is set by hand, for the log", args.service))?;
    let mut org = place.open()?;
    let written = ops::service::set_status(&mut org, &SetStatus { service: args.service, status: args.status, message }, &deed)?;
    let output = Output::new(&written)?.note(format!("set `{}` to {}", written.thing.slug, args.status));
    Ok(desk.after(&org, &written, output))
}

fn list(desk: &Desk) -> anyhow::Result<Output> {
    let place = desk.place()?;
    let zone = place.zone();
    let report = ops::service::list(&place.open()?, &Page::default(), desk.now)?;
    Ok(Output::new(&report)?.zone(zone).table(table(&report.services)))
}

/// Services with how they do, one a row.
pub(super) fn table(services: &[ServiceReport]) -> Table {
    let mut table = Table::new(&["service", "status", "since", "uptime 90 days", "group", "name", "notes"]);
    for service in services {
        table.row([
            service.slug.as_str().into(),
            service.status.into(),
            service.status_since.into(),
            service.uptime_90_days.clone().into(),
            service.group.as_ref().map(ToString::to_string).into(),
            service.name.as_str().into(),
            marks(service).into(),
        ]);
    }
    table
}

/// What sets a service apart from the usual.
pub(super) fn marks(service: &ServiceReport) -> String {
    let marks = [
        (service.hidden, "hidden"),
        (!service.showcase, "no showcase"),
        (service.only_show_if_degraded, "only shown if degraded"),
        (service.incidents_only, "known from incidents only"),
    ];
    marks.iter().filter(|(holds, _)| *holds).map(|(_, mark)| *mark).collect::<Vec<_>>().join(", ")
}

fn show(desk: &Desk, args: &ShowArgs) -> anyhow::Result<Output> {
    let place = desk.place()?;
    let zone = place.zone();
    let service = ops::service::show(&place.open()?, &args.service, desk.now)?;
    let mut facts = Table::facts();
    facts.fact("service", Some(service.slug.as_str()));
    facts.fact("name", Some(service.name.as_str()));
    facts.fact("status", Some(service.status));
    facts.fact("since", service.status_since);
    facts.fact("uptime 90 days", service.uptime_90_days.as_deref());
    if let Some(check) = &service.last_check {
        facts.fact("last check", Some(check.status.as_str()));
        facts.fact("checked", Some(check.at));
        facts.fact("checked by", Some(check.source.as_str()));
        facts.fact("latency", check.latency_ms.map(|ms| format!("{ms} ms")));
        facts.fact("monitor says", check.message.as_deref());
    }
    facts.fact("id", Some(service.id.as_str()));
    facts.fact("number", Some(service.number.to_string()));
    facts.fact("description", service.description.as_deref());
    facts.fact("link", service.link.as_deref());
    facts.fact("group", service.group.as_ref().map(Slug::as_str));
    facts.fact("position", Some(service.position.to_string()));
    facts.fact("start date", service.start_date.map(|date| date.to_string()));
    facts.fact("notes", Some(marks(&service)).filter(|marks| !marks.is_empty()));
    for incident in &service.open_incidents {
        facts.fact("open incident", Some(incident.as_str()));
    }
    facts.fact("added", Some(service.created_at));
    facts.fact("changed", Some(service.updated_at));
    Ok(Output::new(&service)?.zone(zone).table(facts))
}
