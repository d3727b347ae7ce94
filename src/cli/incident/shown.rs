//! Incidents to look at: list, show.

use chrono::{DateTime, Utc};
use clap::Args;

use crate::cli::desk::Desk;
use crate::cli::output::Output;
use crate::cli::table::Table;
use crate::cli::timeline::{self, Step};
use crate::cli::wording::Length;
use crate::ops::incident::ListIncidents;
use crate::ops::report::{AffectedReport, IncidentReport, UpdateReport};
use crate::ops::{self, Page};

/// List incidents, newest first; the newest 20 by default
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  statuary incident list --open
  statuary incident list --all --service api --since 2026-01-01 --json")]
pub(in crate::cli) struct ListArgs {
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
pub(in crate::cli) struct ShowArgs {
    /// Number or id
    incident: String,
}

pub(super) fn list(desk: &Desk, args: ListArgs) -> anyhow::Result<Output> {
    let place = desk.place()?;
    let zone = place.zone();
    let since = args.since.map(|text| desk.moment(&text, zone)).transpose()?;
    let options = ListIncidents { open: args.open, all: args.all, service: args.service, since, page: Page::default() };
    let report = ops::incident::list(&place.open()?, &options)?;
    let output = Output::new(&report)?.zone(zone).table(table(&report.incidents));
    Ok(if report.more { output.note("hint: list older ones with `--all` or `--since`") } else { output })
}

/// Incidents, one a row.
pub(in crate::cli) fn table(incidents: &[IncidentReport]) -> Table {
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

pub(super) fn show(desk: &Desk, args: &ShowArgs) -> anyhow::Result<Output> {
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
pub(in crate::cli) fn updates(updates: &[UpdateReport]) -> Table {
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
pub(in crate::cli) fn in_all_languages(update: &UpdateReport) -> String {
    let translations = update.translations.iter().map(|(language, text)| format!("[{language}] {text}"));
    [update.body.clone()].into_iter().chain(translations).collect::<Vec<_>>().join("\n\n")
}

/// `api=major_outage, web`; nothing where there is none.
pub(in crate::cli) fn affected(services: &[AffectedReport]) -> Option<String> {
    let words: Vec<String> = services
        .iter()
        .map(|service| {
            let name = service.slug.as_ref().map_or(service.name.as_str(), |slug| slug.as_str());
            service.new_status.map_or_else(|| name.to_owned(), |status| format!("{name}={status}"))
        })
        .collect();
    (!words.is_empty()).then(|| words.join(", "))
}
