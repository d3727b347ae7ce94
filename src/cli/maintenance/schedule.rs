//! `statuary maintenance schedule`: from options, from a template, or from what a person answers.

use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use clap::{ArgGroup, Args};

use crate::cli::AtArgs;
use crate::cli::ask;
use crate::cli::desk::{Desk, Place};
use crate::cli::incident::{first_message, title_says_something};
use crate::cli::maintenance::repeat::{echo_dates, rule};
use crate::cli::message::TranslatedArgs;
use crate::cli::output::Output;
use crate::cli::table::Table;
use crate::cli::template::TemplateArgs;
use crate::cli::time_argument::{self, Echo, parse_length};
use crate::config::TemplateKind;
use crate::error::UserError;
use crate::ops::maintenance::ScheduleMaintenance;
use crate::ops::template::{Beside, Filled};
use crate::ops::{self, Org};

/// Announce a maintenance
///
/// It starts and finishes by the clock, unless told otherwise. One that repeats has a date of its own each time, such as 3@2026-12-08, which
/// can be moved, called off or told of like any other maintenance. On a terminal, what is left out of title and window is asked for, and so
/// is then all that is left out.
#[derive(Debug, Args)]
#[command(
    group = ArgGroup::new("end").args(["until", "length"]),
    after_help = "Examples:
  statuary maintenance schedule 'New database' --from 'tomorrow 02:00' --for 2h --service api
  statuary maintenance schedule 'New racks' --from '2026-11-22 22:00' --until '2026-11-23 04:00'
  statuary maintenance schedule 'New racks' --from 'tomorrow 22:00' --for 6h --no-auto-finish
  statuary maintenance schedule Updates --from '2026-12-01 02:00' --for 2h --repeat weekly
  statuary maintenance schedule Updates --from '2026-12-01 02:00' --for 2h --repeat 'FREQ=DAILY'
  statuary maintenance schedule --template upgrade --set what='New disks' --from 'tomorrow 02:00'"
)]
pub(in crate::cli) struct ScheduleArgs {
    /// What visitors read first, one line
    title: Option<String>,
    /// Start of the window
    #[arg(long, value_name = "TIME", allow_hyphen_values = true)]
    from: Option<String>,
    /// End of the window
    #[arg(long, value_name = "TIME", allow_hyphen_values = true)]
    until: Option<String>,
    /// Length of the window, such as 90m or 2h
    #[arg(long = "for", value_name = "LENGTH", allow_hyphen_values = true)]
    length: Option<String>,
    /// A service it covers (can be repeated)
    #[arg(long = "service", value_name = "SLUG")]
    services: Vec<String>,
    #[command(flatten)]
    message: TranslatedArgs,
    #[command(flatten)]
    template: TemplateArgs,
    /// Wait for `maintenance start`
    #[arg(long)]
    no_auto_start: bool,
    /// Wait for `maintenance complete`
    #[arg(long)]
    no_auto_finish: bool,
    /// Take place again and again: daily, weekly, monthly, yearly, or a rule of RFC 5545
    ///
    /// The clocks of the organization's time zone say when: summer time changes no hour.
    #[arg(long, value_name = "RRULE")]
    repeat: Option<String>,
    #[command(flatten)]
    at: AtArgs,
}

/// The end of a window, as it is given.
enum End {
    At(String),
    After(String),
}

pub(super) fn run(desk: &Desk, args: &ScheduleArgs) -> anyhow::Result<Output> {
    if !args.template.is_given() && !desk.asks() {
        refuse_missing(args.title.as_deref(), args.from.as_deref(), args.end().as_ref())?;
    }
    let place = desk.place()?;
    let zone = place.zone();
    let deed = desk.deed(zone, args.at.at.as_deref())?;
    let (options, asked) = said(desk, &place, args)?;
    if options.repeat.is_none() {
        desk.echo(format!("from {} until {}", Echo(options.from, zone), Echo(options.until, zone)));
    }
    let mut org = place.open()?;
    if asked && desk.asks_for_more() {
        preview(&org, &options, zone)?;
    }
    let written = ops::maintenance::schedule(&mut org, &options, &deed)?;
    written.thing.repeat.iter().for_each(|repeat| echo_dates(desk, repeat, zone));
    let output = Output::new(&written)?.line(written.thing.id.as_str()).note(format!("scheduled maintenance {}", written.thing.key()));
    Ok(desk.after(&org, &written, output))
}

impl ScheduleArgs {
    fn end(&self) -> Option<End> {
        self.until.clone().map(End::At).or_else(|| self.length.clone().map(End::After))
    }
}

/// Without these nothing can be announced.
fn refuse_missing(title: Option<&str>, from: Option<&str>, end: Option<&End>) -> Result<(), UserError> {
    let needed =
        [(title.is_none(), "`<TITLE>`"), (from.is_none(), "`--from <TIME>`"), (end.is_none(), "`--until <TIME>` or `--for <LENGTH>`")];
    let missing: Vec<&str> = needed.into_iter().filter_map(|(is_missing, name)| is_missing.then_some(name)).collect();
    if missing.is_empty() {
        return Ok(());
    }
    Err(UserError::usage(format!("missing {}", missing.join(", "))).hint("see `statuary maintenance schedule --help`"))
}

/// What options, the template and a person at a terminal say, and whether the person was asked.
fn said(desk: &Desk, place: &Place, args: &ScheduleArgs) -> anyhow::Result<(ScheduleMaintenance, bool)> {
    let (zone, now) = (place.zone(), desk.now);
    let beside = Beside {
        title: args.title.is_some(),
        services: !args.services.is_empty(),
        from: args.from.is_some(),
        length: args.end().is_some(),
        message: args.message.has_text(),
        ..Beside::default()
    };
    let (template, filled) = args.template.filled(desk, place, TemplateKind::Maintenance, beside)?;
    let Filled { title, services, from, length, auto_start, auto_finish, message, .. } = template;
    let (title, from) = (args.title.clone().or(title), args.from.clone().or(from));
    let end = args.end().or(length.map(End::After));
    if !desk.asks() {
        refuse_missing(title.as_deref(), from.as_deref(), end.as_ref())?;
    }
    let incomplete = title.is_none() || from.is_none() || end.is_none();
    let more = incomplete && !filled && desk.asks_for_more();
    let title = title.map_or_else(|| ask::line("Title:", "what visitors read first", title_says_something), Ok)?;
    title_says_something(&title)?;
    let from = from.map_or_else(|| ask_from(now, zone), Ok)?;
    let from = desk.moment(&from, zone)?;
    let until = until(desk, zone, from, end.map_or_else(|| ask_end(now, zone), Ok)?)?;
    let mut services: Vec<String> = args.services.iter().cloned().chain(services).collect();
    if services.is_empty() && more {
        services = ask_services(desk, place)?;
    }
    let about = format!("The announcement of the maintenance: {title}");
    let message = first_message(desk, &args.message, message, &about, more)?;
    let options = ScheduleMaintenance {
        title,
        from,
        until,
        services,
        message,
        auto_start: !args.no_auto_start && auto_start.unwrap_or(true),
        auto_finish: !args.no_auto_finish && auto_finish.unwrap_or(true),
        repeat: args.repeat.as_deref().map(rule).transpose()?,
    };
    Ok((options, incomplete || filled))
}

fn until(desk: &Desk, zone: Tz, from: DateTime<Utc>, end: End) -> anyhow::Result<DateTime<Utc>> {
    match end {
        End::At(until) => Ok(desk.moment(&until, zone)?),
        End::After(length) => {
            ops::maintenance::end_of(from, parse_length(&length)?).ok_or_else(|| UserError::usage(format!("`{length}` is too long")).into())
        }
    }
}

fn ask_from(now: DateTime<Utc>, zone: Tz) -> Result<String, UserError> {
    ask::line("From:", "`tomorrow 02:00`, `2026-11-22 22:00`, `+2h`", move |text| time_argument::parse(text, now, zone).map(drop))
}

fn ask_end(now: DateTime<Utc>, zone: Tz) -> Result<End, UserError> {
    let check = move |text: &str| parse_length(text).map(drop).or_else(|_| time_argument::parse(text, now, zone).map(drop));
    let end = ask::line("Until, or for how long:", "`2h`, `90m`, `2026-11-23 04:00`", check)?;
    Ok(if parse_length(&end).is_ok() { End::After(end) } else { End::At(end) })
}

fn ask_services(desk: &Desk, place: &Place) -> anyhow::Result<Vec<String>> {
    let known = place.services(desk.now)?;
    if known.is_empty() {
        return Ok(Vec::new());
    }
    let names: Vec<String> = known.iter().map(|(slug, name)| format!("{name} ({slug})")).collect();
    let chosen = ask::several("Services it covers:", &names)?;
    Ok(chosen.into_iter().filter_map(|place| known.get(place)).map(|(slug, _)| slug.clone()).collect())
}

/// Shows a maintenance that is to be announced.
fn preview(org: &Org, options: &ScheduleMaintenance, zone: Tz) -> Result<(), UserError> {
    let mut facts = Table::facts();
    facts.fact("title", Some(options.title.as_str()));
    facts.fact("from", Some(options.from));
    facts.fact("until", Some(options.until));
    facts.fact("repeats", options.repeat.as_ref().map(ToString::to_string));
    facts.fact("starts", (!options.auto_start).then_some("by hand"));
    facts.fact("finishes", (!options.auto_finish).then_some("by hand"));
    facts.fact("services", (!options.services.is_empty()).then(|| options.services.join(", ")));
    facts.fact("message", Some(options.message.as_ref().map_or("", |message| message.text())));
    ask::preview(&facts, zone, &format!("Announce it? ({})", org.settings.name))
}
