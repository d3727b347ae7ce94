//! `statuary incident open`: from options, from a template, or from what a person answers.

use clap::Args;

use super::say::{ask_message, called, first_message, told};
use super::{AffectedArg, preview};
use crate::cli::AtArgs;
use crate::cli::ask;
use crate::cli::desk::{Desk, Place};
use crate::cli::message::TranslatedArgs;
use crate::cli::output::Output;
use crate::cli::template::TemplateArgs;
use crate::cli::wording::Names;
use crate::config::TemplateKind;
use crate::domain::{Impact, IncidentStatus, ServiceStatus};
use crate::error::UserError;
use crate::ops::incident::{AlreadyOpen, NamedStatus, OpenIncident, UpdateIncident};
use crate::ops::report::IncidentReport;
use crate::ops::template::Beside;
use crate::ops::{self, Deed, Org};

/// Open an incident
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  statuary incident open 'API answers slowly' --service api=degraded
  statuary incident open 'Login is down' --impact major --service login --service web=partial
  statuary incident open 'Login down' --message 'We are on it.' --message-lang de='Wir sind dran.'
  statuary incident open 'Database trouble' --draft --file notes.md
  statuary incident open 'Login is down' --service login --edit --next-update 30m
  statuary incident open --template outage --set what=Login --service login
  statuary incident open 'Mail was late' --at '2026-11-22 14:00' --service mail")]
pub(in crate::cli) struct OpenArgs {
    /// What visitors read first, one line. Without a title, a terminal asks for everything missing
    title: Option<String>,
    /// How bad it is: none, minor, major or critical; follows the services by default
    #[arg(long)]
    impact: Option<Impact>,
    /// investigating, identified, monitoring or resolved; investigating by default
    #[arg(long)]
    status: Option<IncidentStatus>,
    /// A service it affects, and how; without a status it takes the one that fits the impact (can be repeated)
    #[arg(long = "service", value_name = "SLUG[=STATUS]")]
    services: Vec<AffectedArg>,
    #[command(flatten)]
    message: TranslatedArgs,
    #[command(flatten)]
    template: TemplateArgs,
    /// By when visitors are promised another update: `30m`, `14:30`, RFC 3339
    #[arg(long, value_name = "TIME", allow_hyphen_values = true)]
    next_update: Option<String>,
    /// Keep it out of everything public until `incident publish`
    #[arg(long)]
    draft: bool,
    #[command(flatten)]
    at: AtArgs,
}

pub(super) fn run(desk: &Desk, args: &OpenArgs) -> anyhow::Result<Output> {
    if args.title.is_none() && !args.template.is_given() && !desk.asks() {
        return Err(no_title().into());
    }
    let place = desk.place()?;
    let zone = place.zone();
    let deed = desk.deed(zone, args.at.at.as_deref())?;
    let (mut options, next, asked) = said(desk, &place, args)?;
    options.next_update = desk.next_update(next.as_deref(), zone)?;
    let mut org = place.open()?;
    let mut warnings = Vec::new();
    if !options.status.is_some_and(IncidentStatus::is_over) {
        for open in ops::incident::open_about(&org, &options.services)? {
            let warning = warning(&open);
            // What is not to be seen yet becomes no update of what is.
            if !options.draft && desk.asks_for_more() && belongs_to(&open, &warning)? {
                return update(desk, &mut org, &open.incident, options, &deed);
            }
            warnings.push(warning);
        }
    }
    if asked && desk.asks_for_more() {
        preview::opened(&org, &options, zone)?;
    }
    let written = ops::incident::open(&mut org, &options, &deed)?;
    let incident = &written.thing;
    let mut output = Output::new(&written)?.line(incident.id.as_str()).notes(warnings);
    output = if incident.draft {
        output
            .note(format!("drafted incident {}, impact {}", incident.number, incident.impact))
            .note(format!("hint: publish it with `statuary incident publish {}`", incident.number))
    } else {
        output.note(format!("opened incident {}, impact {}", incident.number, incident.impact))
    };
    Ok(desk.after(&org, &written, output))
}

/// What options, the template and a person at a terminal say, by when an update is promised, and whether the person was asked.
fn said(desk: &Desk, place: &Place, args: &OpenArgs) -> anyhow::Result<(OpenIncident, Option<String>, bool)> {
    let beside = Beside {
        title: args.title.is_some(),
        services: !args.services.is_empty(),
        next_update: args.next_update.is_some(),
        message: args.message.has_text(),
        ..Beside::default()
    };
    let (template, filled) = args.template.filled(desk, place, TemplateKind::Incident, beside)?;
    let (given, asks) = (args.title.clone().or(template.title), desk.asks());
    // Whoever says what it is called has said what they want to.
    let asked = filled || (given.is_none() && asks);
    let title = match given {
        Some(title) => title,
        None if asks => ask::line("Title:", "what visitors read first", title_says_something)?,
        None => return Err(no_title().into()),
    };
    title_says_something(&title)?;
    let more = asked && !filled && desk.asks_for_more();
    let mut services = args.services.clone();
    services.extend(template.services.iter().map(|service| service.parse()).collect::<Result<Vec<AffectedArg>, _>>()?);
    let mut services: Vec<NamedStatus> = services.into_iter().map(|affected| affected.0).collect();
    if services.is_empty() && more {
        services = ask_services(desk, place)?;
    }
    let mut impact = args.impact.or(template.impact);
    if impact.is_none() && more {
        impact = ask_impact()?;
    }
    let about = format!("The first message about the incident: {title}");
    let message = first_message(desk, &args.message, template.message, &about, more)?;
    let options =
        OpenIncident { title, impact, status: args.status.or(template.status), services, message, next_update: None, draft: args.draft };
    Ok((options, args.next_update.clone().or(template.next_update), asked))
}

fn no_title() -> UserError {
    UserError::usage("missing `<TITLE>`").hint("see `statuary incident open --help`")
}

/// As the deed has it.
pub(in crate::cli) fn title_says_something(title: &str) -> Result<(), UserError> {
    if title.trim().is_empty() { Err(UserError::usage("the title is empty")) } else { Ok(()) }
}

/// Which services are affected, and how.
fn ask_services(desk: &Desk, place: &Place) -> anyhow::Result<Vec<NamedStatus>> {
    let known = place.services(desk.now)?;
    if known.is_empty() {
        return Ok(Vec::new());
    }
    let names: Vec<String> = known.iter().map(|(slug, name)| format!("{name} ({slug})")).collect();
    let mut services = Vec::new();
    for (slug, name) in ask::several("Services it affects:", &names)?.into_iter().filter_map(|place| known.get(place)) {
        let statuses: Vec<ServiceStatus> = ServiceStatus::ALL.iter().rev().copied().collect();
        let likely = statuses.iter().position(|status| *status == ServiceStatus::DegradedPerformance).unwrap_or_default();
        let status = statuses.get(ask::choice(&format!("How does {name} do?"), &statuses, likely)?).copied();
        services.push(NamedStatus { service: slug.clone(), status });
    }
    Ok(services)
}

fn ask_impact() -> Result<Option<Impact>, UserError> {
    let mut words = vec!["as its services say".to_owned()];
    words.extend(Impact::ALL.iter().map(ToString::to_string));
    Ok(ask::choice("Impact:", &words, 0)?.checked_sub(1).and_then(|place| Impact::ALL.get(place)).copied())
}

/// That an open incident is about the same.
fn warning(open: &AlreadyOpen) -> String {
    let IncidentReport { number, title, draft, .. } = &open.incident;
    let names = Names(open.services.iter().collect());
    format!("warning: {}incident {number} ({title}) is open and affects {names}", if *draft { "the drafted " } else { "" })
}

/// Whether a person writes an update to what is open already.
fn belongs_to(open: &AlreadyOpen, warning: &str) -> Result<bool, UserError> {
    let ways = [format!("write an update to incident {}", open.incident.number), "open another incident".to_owned()];
    Ok(ask::choice(&format!("{warning}:"), &ways, 0)? == 0)
}

/// Says of an incident that is open what was to be said of another one.
fn update(desk: &Desk, org: &mut Org, incident: &IncidentReport, opening: OpenIncident, deed: &Deed) -> anyhow::Result<Output> {
    let fits = Impact::fitting_status(opening.impact);
    let services = opening.services.into_iter().map(|named| NamedStatus { status: named.status.or(Some(fits)), ..named });
    let mut options = UpdateIncident {
        status: opening.status,
        services: services.collect(),
        message: opening.message,
        impact: opening.impact,
        next_update: opening.next_update,
    };
    if options.message.is_none() {
        options.message = ask_message(desk, &opening.title, &format!("What is new about {}", called(incident)), true)?;
    }
    preview::update(desk, incident, &options, org.settings.time_zone)?;
    Ok(told(desk, org, incident.id.as_str(), &options, deed)?.line(incident.id.as_str()))
}
