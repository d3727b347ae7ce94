//! `statuary incident`: what went wrong, and what is said about it.

mod open;
mod preview;

use std::str::FromStr;

use clap::{Args, Subcommand};

use crate::cli::AtArgs;
use crate::cli::ask;
use crate::cli::desk::Desk;
use crate::cli::message::{MessageArgs, TranslatedArgs, TranslationArg};
use crate::cli::output::Output;
use crate::cli::table::Table;
use crate::domain::{Impact, IncidentStatus, ServiceStatus};
use crate::error::UserError;
use crate::ops::incident::{EditIncident, EditUpdate, ListIncidents, NamedStatus, UpdateIncident, refuse_mute};
use crate::ops::message::Message;
use crate::ops::report::{AffectedReport, IncidentReport, UpdateReport};
use crate::ops::{self, Deed, Org, Page};

pub(super) use open::title_says_something;

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    Open(open::OpenArgs),
    Update(UpdateArgs),
    Resolve(ResolveArgs),
    Postmortem(PostmortemArgs),
    Publish(PublishArgs),
    Edit(EditArgs),
    EditUpdate(EditUpdateArgs),
    Remove(RemoveArgs),
    List(ListArgs),
    Show(ShowArgs),
}

/// Say what is new about an incident
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  statuary incident update 7 --status identified --message 'A disk is full.'
  statuary incident update 7 --status monitoring --service api=operational
  statuary incident update 7 --message 'We are still looking for it.' --next-update 30m
  git log -1 --format=%B | statuary incident update 7 --file -")]
pub(super) struct UpdateArgs {
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
pub(super) struct ResolveArgs {
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
pub(super) struct PostmortemArgs {
    /// Number or id
    incident: String,
    #[command(flatten)]
    message: TranslatedArgs,
    #[command(flatten)]
    at: AtArgs,
}

/// Publish a draft
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  statuary incident publish 7")]
pub(super) struct PublishArgs {
    /// Number or id
    incident: String,
    #[command(flatten)]
    at: AtArgs,
}

/// Change the title or the impact of an incident
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  statuary incident edit 7 --title 'API answers slowly in Europe'
  statuary incident edit 7 --impact major")]
pub(super) struct EditArgs {
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
pub(super) struct EditUpdateArgs {
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
pub(super) struct RemoveArgs {
    /// Number or id
    incident: String,
    #[command(flatten)]
    at: AtArgs,
}

/// List incidents, newest first; the newest 20 by default
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  statuary incident list --open
  statuary incident list --all --service api --since 2026-01-01 --json")]
pub(super) struct ListArgs {
    /// Open ones only, drafts included
    #[arg(long, conflicts_with = "all")]
    open: bool,
    /// All of them
    #[arg(long)]
    all: bool,
    /// Those that name this service
    #[arg(long, value_name = "SLUG")]
    service: Option<String>,
    /// Those begun at this moment or later
    #[arg(long, value_name = "TIME", allow_hyphen_values = true)]
    since: Option<String>,
}

/// Show an incident with its updates
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  statuary incident show 7
  statuary incident show 7 --json")]
pub(super) struct ShowArgs {
    /// Number or id
    incident: String,
}

/// `SLUG` or `SLUG=STATUS`.
#[derive(Clone, Debug)]
struct AffectedArg(NamedStatus);

impl FromStr for AffectedArg {
    type Err = UserError;

    fn from_str(text: &str) -> Result<Self, UserError> {
        let (service, status) = match text.split_once('=') {
            Some((service, status)) => (service, Some(status.parse::<ServiceStatus>()?)),
            None => (text, None),
        };
        if service.is_empty() {
            return Err(UserError::usage(format!("`{}` names no service", text.escape_debug())).hint("write it as in `api=degraded`"));
        }
        Ok(Self(NamedStatus { service: service.to_owned(), status }))
    }
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

pub(super) fn run(desk: &Desk, command: Command) -> anyhow::Result<Output> {
    match command {
        Command::Open(args) => open::run(desk, &args),
        Command::Update(args) => update(desk, args),
        Command::Resolve(args) => resolve(desk, &args),
        Command::Postmortem(args) => postmortem(desk, &args),
        Command::Publish(args) => publish(desk, &args),
        Command::Edit(args) => edit(desk, args),
        Command::EditUpdate(args) => edit_update(desk, args),
        Command::Remove(args) => remove(desk, &args),
        Command::List(args) => list(desk, args),
        Command::Show(args) => show(desk, &args),
    }
}

fn update(desk: &Desk, args: UpdateArgs) -> anyhow::Result<Output> {
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
fn told(desk: &Desk, org: &mut Org, incident: &str, options: &UpdateIncident, deed: &Deed) -> anyhow::Result<Output> {
    let written = ops::incident::update(org, incident, options, deed)?;
    let output = Output::new(&written)?.note(format!("updated incident {}, now {}", written.thing.number, written.thing.status));
    Ok(desk.after(org, &written, output))
}

fn resolve(desk: &Desk, args: &ResolveArgs) -> anyhow::Result<Output> {
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

fn postmortem(desk: &Desk, args: &PostmortemArgs) -> anyhow::Result<Output> {
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

/// A message from the editor, which is `needed` or not.
pub(super) fn ask_message(desk: &Desk, start: &str, about: &str, needed: bool) -> Result<Option<Message>, UserError> {
    if !needed && !ask::yes("Write a message for visitors in your editor?")? {
        return Ok(None);
    }
    desk.written(start, &[about.to_owned()]).map(|text| Some(Message::from(text)))
}

/// An incident as people know it.
fn called(incident: &IncidentReport) -> String {
    format!("incident {} ({})", incident.number, incident.title)
}

fn publish(desk: &Desk, args: &PublishArgs) -> anyhow::Result<Output> {
    let place = desk.place()?;
    let deed = desk.deed(place.zone(), args.at.at.as_deref())?;
    let mut org = place.open()?;
    let written = ops::incident::publish(&mut org, &args.incident, &deed)?;
    let output = Output::new(&written)?.note(format!("published incident {}", written.thing.number));
    Ok(desk.after(&org, &written, output))
}

fn edit(desk: &Desk, args: EditArgs) -> anyhow::Result<Output> {
    let place = desk.place()?;
    let deed = desk.deed(place.zone(), args.at.at.as_deref())?;
    let mut org = place.open()?;
    let written = ops::incident::edit(&mut org, &args.incident, &EditIncident { title: args.title, impact: args.impact }, &deed)?;
    let output = Output::new(&written)?.note(format!("changed incident {}", written.thing.number));
    Ok(desk.after(&org, &written, output))
}

fn edit_update(desk: &Desk, args: EditUpdateArgs) -> anyhow::Result<Output> {
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

fn remove(desk: &Desk, args: &RemoveArgs) -> anyhow::Result<Output> {
    let place = desk.place()?;
    let deed = desk.deed(place.zone(), args.at.at.as_deref())?;
    let mut org = place.open()?;
    let incident = ops::incident::show(&org, &args.incident)?;
    desk.confirm(&format!("remove incident {} ({}) from everything, also from uptime?", incident.number, incident.title))?;
    let written = ops::incident::remove(&mut org, &args.incident, &deed)?;
    let output = Output::new(&written)?.note(format!("removed incident {}", written.thing.number));
    Ok(desk.after(&org, &written, output))
}

fn list(desk: &Desk, args: ListArgs) -> anyhow::Result<Output> {
    let place = desk.place()?;
    let zone = place.zone();
    let since = args.since.map(|text| desk.moment(&text, zone)).transpose()?;
    let options = ListIncidents { open: args.open, all: args.all, service: args.service, since, page: Page::default() };
    let report = ops::incident::list(&place.open()?, &options)?;
    let output = Output::new(&report)?.zone(zone).table(table(&report.incidents));
    Ok(if report.more { output.note("hint: list older ones with `--all` or `--since`") } else { output })
}

/// Incidents, one a row.
pub(super) fn table(incidents: &[IncidentReport]) -> Table {
    let mut table = Table::new(&["number", "id", "status", "impact", "started", "title"]);
    for incident in incidents {
        table.row([
            incident.number.to_string().into(),
            incident.id.as_str().into(),
            if incident.draft { "draft".into() } else { incident.status.into() },
            incident.impact.into(),
            incident.started_at.into(),
            incident.title.as_str().into(),
        ]);
    }
    table
}

fn show(desk: &Desk, args: &ShowArgs) -> anyhow::Result<Output> {
    let place = desk.place()?;
    let zone = place.zone();
    let incident = ops::incident::show(&place.open()?, &args.incident)?;
    let mut facts = Table::facts();
    facts.fact("title", Some(incident.title.as_str()));
    facts.fact("status", Some(incident.status));
    facts.fact("impact", Some(incident.impact));
    facts.fact("draft", incident.draft.then_some("not published yet"));
    facts.fact("id", Some(incident.id.as_str()));
    facts.fact("number", Some(incident.number.to_string()));
    facts.fact("started", Some(incident.started_at));
    facts.fact("monitoring since", incident.monitoring_at);
    facts.fact("next update by", incident.next_update_at);
    facts.fact("resolved", incident.resolved_at);
    facts.fact("closed by its source", incident.closed_by_source_at);
    facts.fact("services", affected(&incident.services));
    Ok(Output::new(&incident)?.zone(zone).table(facts).heading("Updates").table(timeline(&incident.updates)))
}

/// Updates in their order, one a row.
pub(super) fn timeline(updates: &[UpdateReport]) -> Table {
    let mut table = Table::new(&["update", "at", "status", "services", "message"]).kind("update");
    for update in updates {
        table.row([
            update.number.to_string().into(),
            update.display_at.into(),
            update.status.as_str().into(),
            update.affected.as_deref().and_then(affected).into(),
            in_all_languages(update).into(),
        ]);
    }
    table
}

/// The body of an update, and below it what it says in other languages.
fn in_all_languages(update: &UpdateReport) -> String {
    let translations = update.translations.iter().map(|(language, text)| format!("[{language}] {text}"));
    [update.body.clone()].into_iter().chain(translations).collect::<Vec<_>>().join("\n\n")
}

/// `api=major_outage, web`; nothing where there is none.
pub(super) fn affected(services: &[AffectedReport]) -> Option<String> {
    let words: Vec<String> = services
        .iter()
        .map(|service| {
            let name = service.slug.as_ref().map_or(service.name.as_str(), |slug| slug.as_str());
            service.new_status.map_or_else(|| name.to_owned(), |status| format!("{name}={status}"))
        })
        .collect();
    (!words.is_empty()).then(|| words.join(", "))
}
