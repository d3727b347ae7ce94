//! `statuary incident`: what went wrong, and what is said about it.

use std::str::FromStr;

use chrono::{DateTime, Utc};
use clap::{Args, Subcommand};

use crate::cli::AtArgs;
use crate::cli::desk::Desk;
use crate::cli::message::{MessageArgs, TranslatedArgs, TranslationArg};
use crate::cli::output::Output;
use crate::cli::table::Table;
use crate::cli::timeline::{self, Step};
use crate::cli::wording::Length;
use crate::domain::{Impact, IncidentStatus, ServiceStatus};
use crate::error::UserError;
use crate::ops::incident::{EditIncident, EditUpdate, ListIncidents, NamedStatus, OpenIncident, UpdateIncident, refuse_mute};
use crate::ops::report::{AffectedReport, IncidentReport, UpdateReport};
use crate::ops::{self, Page};

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    Open(OpenArgs),
    Update(UpdateArgs),
    Resolve(ResolveArgs),
    Publish(PublishArgs),
    Edit(EditArgs),
    EditUpdate(EditUpdateArgs),
    Remove(RemoveArgs),
    List(ListArgs),
    Show(ShowArgs),
}

/// Open an incident
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  statuary incident open 'API answers slowly' --service api=degraded
  statuary incident open 'Login is down' --impact major --service login --service web=partial
  statuary incident open 'Login down' --message 'We are on it.' --message-lang de='Wir sind dran.'
  statuary incident open 'Database trouble' --draft --file notes.md
  statuary incident open 'Mail was late' --at '2026-11-22 14:00' --service mail")]
pub(super) struct OpenArgs {
    /// What visitors read first, one line
    title: String,
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
    /// Keep it out of everything public until `incident publish`
    #[arg(long)]
    draft: bool,
    #[command(flatten)]
    at: AtArgs,
}

/// Say what is new about an incident
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  statuary incident update 7 --status identified --message 'A disk is full.'
  statuary incident update 7 --status monitoring --service api=operational
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
        Command::Open(args) => open(desk, args),
        Command::Update(args) => update(desk, args),
        Command::Resolve(args) => resolve(desk, &args),
        Command::Publish(args) => publish(desk, &args),
        Command::Edit(args) => edit(desk, args),
        Command::EditUpdate(args) => edit_update(desk, args),
        Command::Remove(args) => remove(desk, &args),
        Command::List(args) => list(desk, args),
        Command::Show(args) => show(desk, &args),
    }
}

fn open(desk: &Desk, args: OpenArgs) -> anyhow::Result<Output> {
    let place = desk.place()?;
    let deed = desk.deed(place.zone(), args.at.at.as_deref())?;
    let options = OpenIncident {
        title: args.title,
        impact: args.impact,
        status: args.status,
        services: args.services.into_iter().map(|affected| affected.0).collect(),
        message: args.message.message()?,
        draft: args.draft,
    };
    let mut org = place.open()?;
    let written = ops::incident::open(&mut org, &options, &deed)?;
    let incident = &written.thing;
    let mut output = Output::new(&written)?.line(incident.id.as_str());
    output = if incident.draft {
        output
            .note(format!("drafted incident {}, impact {}", incident.number, incident.impact))
            .note(format!("hint: publish it with `statuary incident publish {}`", incident.number))
    } else {
        output.note(format!("opened incident {}, impact {}", incident.number, incident.impact))
    };
    Ok(desk.after(&org, &written, output))
}

fn update(desk: &Desk, args: UpdateArgs) -> anyhow::Result<Output> {
    let services: Vec<NamedStatus> = args.services.into_iter().map(|affected| affected.0).collect();
    // Before anything is looked for.
    refuse_mute(&services)?;
    let place = desk.place()?;
    let deed = desk.deed(place.zone(), args.at.at.as_deref())?;
    let options = UpdateIncident { status: args.status, services, message: args.message.message()?, impact: args.impact };
    let mut org = place.open()?;
    let written = ops::incident::update(&mut org, &args.incident, &options, &deed)?;
    let output = Output::new(&written)?.note(format!("updated incident {}, now {}", written.thing.number, written.thing.status));
    Ok(desk.after(&org, &written, output))
}

fn resolve(desk: &Desk, args: &ResolveArgs) -> anyhow::Result<Output> {
    let place = desk.place()?;
    let deed = desk.deed(place.zone(), args.at.at.as_deref())?;
    let message = args.message.message()?;
    let mut org = place.open()?;
    let written = ops::incident::resolve(&mut org, &args.incident, message.as_ref(), &deed)?;
    let output = Output::new(&written)?.note(format!("resolved incident {}", written.thing.number));
    Ok(desk.after(&org, &written, output))
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
    let deed = desk.deed(place.zone(), args.at.as_deref())?;
    let options = EditUpdate {
        message: args.message.text()?,
        translations: TranslationArg::pairs(&args.translations),
        status: args.status,
        services: told.then_some(services),
    };
    let mut org = place.open()?;
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
    facts.fact("resolved", incident.resolved_at);
    facts.fact("closed by its source", incident.closed_by_source_at);
    facts.fact("services", affected(&incident.services));
    let drawn = timeline::timeline(incident.updates.iter().map(Step::said).collect(), end(&incident, desk.now), zone);
    Ok(Output::new(&incident)?.zone(zone).table(facts).heading("Timeline").drawn(drawn, updates(&incident.updates)))
}

/// How it ended, or how long it has been open.
fn end(incident: &IncidentReport, now: DateTime<Utc>) -> String {
    let since = |until: DateTime<Utc>| Length((until - incident.started_at).num_seconds());
    match (incident.resolved_at, incident.closed_by_source_at) {
        (Some(resolved), _) => format!("resolved after {}", since(resolved)),
        (None, Some(closed)) => format!("closed by its source after {}", since(closed)),
        (None, None) => format!("open for {}", since(now)),
    }
}

/// Updates in their order, one a row.
pub(super) fn updates(updates: &[UpdateReport]) -> Table {
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
pub(super) fn in_all_languages(update: &UpdateReport) -> String {
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
