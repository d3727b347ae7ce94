//! What is said of an incident while it lasts, when it ends, and last: update, resolve, postmortem.

use clap::Args;

use super::{AffectedArg, preview};
use crate::cli::AtArgs;
use crate::cli::ask;
use crate::cli::desk::Desk;
use crate::cli::message::TranslatedArgs;
use crate::cli::output::Output;
use crate::domain::{Impact, IncidentStatus};
use crate::error::UserError;
use crate::ops::incident::{NamedStatus, UpdateIncident, refuse_mute};
use crate::ops::message::Message;
use crate::ops::report::IncidentReport;
use crate::ops::{self, Deed, Org};

/// Say what is new about an incident
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  statuary incident update 7 --status identified --message 'A disk is full.'
  statuary incident update 7 --status monitoring --service api=operational
  statuary incident update 7 --message 'We are still looking for it.' --next-update 30m
  git log -1 --format=%B | statuary incident update 7 --file -")]
pub(in crate::cli) struct UpdateArgs {
    /// Number or id
    incident: String,
    /// investigating, identified, monitoring or resolved; as before by default
    #[arg(long)]
    status: Option<IncidentStatus>,
    /// How a service does from now on (can be repeated)
    #[arg(long = "service", value_name = "SLUG=STATUS")]
    services: Vec<AffectedArg>,
    #[command(flatten)]
    message: TranslatedArgs,
    /// How bad it is: none, minor, major or critical
    #[arg(long)]
    impact: Option<Impact>,
    /// By when visitors are promised another update: `30m`, `14:30`, RFC 3339
    #[arg(long, value_name = "TIME", allow_hyphen_values = true)]
    next_update: Option<String>,
    #[command(flatten)]
    at: AtArgs,
}

/// Resolve an incident; its services are operational from then on
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  statuary incident resolve 7
  statuary incident resolve 7 --message 'The disk was replaced.' --at -10m")]
pub(in crate::cli) struct ResolveArgs {
    /// Number or id
    incident: String,
    #[command(flatten)]
    message: TranslatedArgs,
    #[command(flatten)]
    at: AtArgs,
}

/// Write the postmortem of an incident that is over: its last update
///
/// An incident has one: another one takes its place.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  statuary incident postmortem 7 --file postmortem.md
  statuary incident postmortem 7 --edit")]
pub(in crate::cli) struct PostmortemArgs {
    /// Number or id
    incident: String,
    #[command(flatten)]
    message: TranslatedArgs,
    #[command(flatten)]
    at: AtArgs,
}

pub(super) fn update(desk: &Desk, args: UpdateArgs) -> anyhow::Result<Output> {
    let services: Vec<NamedStatus> = args.services.into_iter().map(|affected| affected.0).collect();
    // Before anything is looked for.
    refuse_mute(&services)?;
    let place = desk.place()?;
    let zone = place.zone();
    let deed = desk.deed(zone, args.at.at.as_deref())?;
    let mut options = UpdateIncident {
        status: args.status,
        services,
        message: None,
        impact: args.impact,
        next_update: desk.next_update(args.next_update.as_deref(), zone)?,
    };
    let mut org = place.open()?;
    let about = |incident: &IncidentReport| format!("What is new about {}", called(incident));
    let (message, asked) = said(desk, &org, &args.incident, &args.message, options.is_mute(), about)?;
    options.message = message;
    if asked {
        preview::update(desk, &ops::incident::show(&org, &args.incident)?, &options, zone)?;
    }
    told(desk, &mut org, &args.incident, &options, &deed)
}

/// Says what is new, and what came of it.
pub(super) fn told(desk: &Desk, org: &mut Org, incident: &str, options: &UpdateIncident, deed: &Deed) -> anyhow::Result<Output> {
    let written = ops::incident::update(org, incident, options, deed)?;
    let output = Output::new(&written)?.note(format!("updated incident {}, now {}", written.thing.number, written.thing.status));
    Ok(desk.after(org, &written, output))
}

pub(super) fn resolve(desk: &Desk, args: &ResolveArgs) -> anyhow::Result<Output> {
    let place = desk.place()?;
    let zone = place.zone();
    let deed = desk.deed(zone, args.at.at.as_deref())?;
    let mut org = place.open()?;
    let about = |incident: &IncidentReport| format!("How {} ended", called(incident));
    let (message, asked) = match ops::incident::show(&org, &args.incident) {
        // Nobody writes a message for nothing.
        Ok(incident) if incident.status.is_over() => (None, false),
        _ => said(desk, &org, &args.incident, &args.message, false, about)?,
    };
    if asked {
        let options = UpdateIncident { status: Some(IncidentStatus::Resolved), message: message.clone(), ..UpdateIncident::default() };
        preview::update(desk, &ops::incident::show(&org, &args.incident)?, &options, zone)?;
    }
    let written = ops::incident::resolve(&mut org, &args.incident, message.as_ref(), &deed)?;
    let output = Output::new(&written)?.note(format!("resolved incident {}", written.thing.number));
    Ok(desk.after(&org, &written, output))
}

pub(super) fn postmortem(desk: &Desk, args: &PostmortemArgs) -> anyhow::Result<Output> {
    let place = desk.place()?;
    let zone = place.zone();
    let deed = desk.deed(zone, args.at.at.as_deref())?;
    let mut org = place.open()?;
    let incident = ops::incident::show(&org, &args.incident)?;
    let last = incident.updates.last().filter(|_| incident.status == IncidentStatus::Postmortem).map_or("", |update| &update.body);
    let about = format!("The postmortem of {}", called(&incident));
    let message = match incident.status.is_over() {
        true if args.message.is_missing() && desk.asks() => Some(Message::from(desk.written(last, &[about])?)),
        true if args.message.is_edited() => args.message.from(desk, last, &about)?,
        true => args.message.message(desk, &about)?,
        // It is refused, so that nobody writes one for nothing.
        false => Some(Message::from("-")),
    };
    let written = ops::incident::postmortem(&mut org, &args.incident, message.as_ref(), &deed)?;
    let output = Output::new(&written)?.note(format!("wrote the postmortem of incident {}", written.thing.number));
    Ok(desk.after(&org, &written, output))
}

/// The message about the incident `key`, for which a person at a terminal is asked where nothing is said of it, and has to give one where it
/// is `needed`; and whether one was asked.
fn said(
    desk: &Desk,
    org: &Org,
    key: &str,
    given: &TranslatedArgs,
    needed: bool,
    about: impl Fn(&IncidentReport) -> String,
) -> anyhow::Result<(Option<Message>, bool)> {
    let asks = given.is_missing() && if needed { desk.asks() } else { desk.asks_for_more() };
    if !asks && !given.is_edited() {
        return Ok((given.message(desk, "")?, false));
    }
    let about = about(&ops::incident::show(org, key)?);
    if !asks {
        return Ok((given.message(desk, &about)?, false));
    }
    Ok((ask_message(desk, "", &about, needed)?, true))
}

/// The first message of something: what is given, else `start`, else what a person who is asked for `more` writes.
pub(in crate::cli) fn first_message(
    desk: &Desk,
    given: &TranslatedArgs,
    start: Option<String>,
    about: &str,
    more: bool,
) -> Result<Option<Message>, UserError> {
    match start {
        None if more && given.is_missing() => ask_message(desk, "", about, false),
        start => given.from(desk, &start.unwrap_or_default(), about),
    }
}

/// A message from the editor, which is `needed` or not.
pub(super) fn ask_message(desk: &Desk, start: &str, about: &str, needed: bool) -> Result<Option<Message>, UserError> {
    if !needed && !ask::yes("Write a message for visitors in your editor?")? {
        return Ok(None);
    }
    desk.written(start, &[about.to_owned()]).map(|text| Some(Message::from(text)))
}

/// An incident as people know it.
pub(super) fn called(incident: &IncidentReport) -> String {
    format!("incident {} ({})", incident.number, incident.title)
}
