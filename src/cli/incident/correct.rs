//! What was said of an incident, said otherwise: edit, edit-update, remove.

use std::str::FromStr;

use clap::Args;

use super::AffectedArg;
use crate::cli::AtArgs;
use crate::cli::desk::Desk;
use crate::cli::message::{MessageArgs, TranslationArg};
use crate::cli::output::Output;
use crate::domain::{Impact, IncidentStatus};
use crate::error::UserError;
use crate::ops;
use crate::ops::incident::{EditIncident, EditUpdate, NamedStatus, refuse_mute};
use crate::ops::report::IncidentReport;

/// Change the title or the impact of an incident
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  statuary incident edit 7 --title 'API answers slowly in Europe'
  statuary incident edit 7 --impact major")]
pub(in crate::cli) struct EditArgs {
    /// Number or id
    incident: String,
    /// What visitors read first, one line
    #[arg(long)]
    title: Option<String>,
    /// How bad it is: none, minor, major or critical
    #[arg(long)]
    impact: Option<Impact>,
    #[command(flatten)]
    at: AtArgs,
}

/// Change an update of an incident: its words, its status, its services, its time
///
/// The order of updates, the start of the incident and uptime follow.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  statuary incident edit-update 7 2 --message 'A disk was full.'
  statuary incident edit-update 7 2 --message-lang de='Eine Platte war voll.' --message-lang fr=
  statuary incident edit-update 7 1 --at '2026-11-22 13:40'
  statuary incident edit-update 7 1 --service web=partial --service api=major")]
pub(in crate::cli) struct EditUpdateArgs {
    /// Number or id
    incident: String,
    /// Number of the update, as `incident show` gives it
    #[arg(value_name = "N")]
    number: usize,
    #[command(flatten)]
    message: MessageArgs,
    /// The message in another language, as in `de='Wir sehen nach.'` (can be repeated); `de=` takes that translation away
    #[arg(long = "message-lang", value_name = "LANGUAGE=TEXT")]
    translations: Vec<TranslationArg>,
    /// investigating, identified, monitoring, resolved or postmortem
    #[arg(long)]
    status: Option<IncidentStatus>,
    /// A service it speaks of, in place of all that it spoke of (can be repeated); an empty one for none
    #[arg(long = "service", value_name = "SLUG=STATUS")]
    services: Vec<CorrectedArg>,
    /// By when it promises another update; an empty one takes the promise away
    #[arg(long, value_name = "TIME", allow_hyphen_values = true)]
    next_update: Option<String>,
    /// Move it to this moment: `2026-11-22 14:00`, RFC 3339, `-30m`, `yesterday 14:00`
    #[arg(long, value_name = "TIME", allow_hyphen_values = true)]
    at: Option<String>,
}

/// Remove an incident from everything, also from uptime; the log keeps what it was
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  statuary incident remove 7
  statuary incident remove 7 --yes")]
pub(in crate::cli) struct RemoveArgs {
    /// Number or id
    incident: String,
    #[command(flatten)]
    at: AtArgs,
}

/// `SLUG=STATUS`, or nothing where the text is empty.
#[derive(Clone, Debug)]
struct CorrectedArg(Option<NamedStatus>);

impl FromStr for CorrectedArg {
    type Err = UserError;

    fn from_str(text: &str) -> Result<Self, UserError> {
        if text.is_empty() { Ok(Self(None)) } else { text.parse().map(|AffectedArg(named)| Self(Some(named))) }
    }
}

pub(super) fn edit(desk: &Desk, args: EditArgs) -> anyhow::Result<Output> {
    let place = desk.place()?;
    let deed = desk.deed(place.zone(), args.at.at.as_deref())?;
    let mut org = place.open()?;
    let written = ops::incident::edit(&mut org, &args.incident, &EditIncident { title: args.title, impact: args.impact }, &deed)?;
    let output = Output::new(&written)?.note(format!("changed incident {}", written.thing.number));
    Ok(desk.after(&org, &written, output))
}

pub(super) fn edit_update(desk: &Desk, args: EditUpdateArgs) -> anyhow::Result<Output> {
    let told = !args.services.is_empty();
    let services: Vec<NamedStatus> = args.services.into_iter().filter_map(|corrected| corrected.0).collect();
    refuse_mute(&services)?;
    let place = desk.place()?;
    let zone = place.zone();
    let deed = desk.deed(zone, args.at.as_deref())?;
    let mut org = place.open()?;
    let about = format!("Update {} of incident {}", args.number, args.incident);
    let message = if args.message.is_edited() {
        let incident = ops::incident::show(&org, &args.incident)?;
        let said = incident.updates.iter().find(|update| update.number == args.number);
        // One that is not there is refused below.
        said.map(|said| args.message.text(desk, &said.body, &about)).transpose()?.flatten()
    } else {
        args.message.text(desk, "", &about)?
    };
    let options = EditUpdate {
        message,
        translations: TranslationArg::pairs(&args.translations),
        status: args.status,
        services: told.then_some(services),
        next_update: match args.next_update.as_deref() {
            Some("") => Some(None),
            by => desk.next_update(by, zone)?.map(Some),
        },
    };
    let written = ops::incident::edit_update(&mut org, &args.incident, args.number, &options, &deed)?;
    let IncidentReport { number, status, .. } = written.thing;
    let output = Output::new(&written)?.note(format!("changed update {} of incident {number}, now {status}", args.number));
    Ok(desk.after(&org, &written, output))
}

pub(super) fn remove(desk: &Desk, args: &RemoveArgs) -> anyhow::Result<Output> {
    let place = desk.place()?;
    let deed = desk.deed(place.zone(), args.at.at.as_deref())?;
    let mut org = place.open()?;
    let incident = ops::incident::show(&org, &args.incident)?;
    desk.confirm(&format!("remove incident {} ({}) from everything, also from uptime?", incident.number, incident.title))?;
    let written = ops::incident::remove(&mut org, &args.incident, &deed)?;
    let output = Output::new(&written)?.note(format!("removed incident {}", written.thing.number));
    Ok(desk.after(&org, &written, output))
}
