//! Looking incidents up: list, show, and what is open about a service.

use chrono::{DateTime, Utc};

use crate::domain::Service;
use crate::error::UserError;
use crate::ops::describe::Slugs;
use crate::ops::incident::NamedStatus;
use crate::ops::naming::find_service;
use crate::ops::page::{List, Page};
use crate::ops::report::{IncidentReport, IncidentsReport};
use crate::ops::{MOST_MISTYPED, Org, unknown_id};
use crate::store::{Reader, Scope, Wanted};

/// Which incidents `incident list` shows.
#[derive(Clone, Debug, Default)]
pub struct ListIncidents {
    /// Open ones only (drafts included).
    pub open: bool,
    /// All, not only the newest 20.
    pub all: bool,
    /// Those that name this service.
    pub service: Option<String>,
    /// Those begun at or after this moment.
    pub since: Option<DateTime<Utc>>,
    /// Which part of them; without a limit the newest 20, or all where one of the above asks for it.
    pub page: Page,
}

/// How many incidents a list shows unless all are asked for.
const LIST_LENGTH: usize = 20;

/// Lists incidents, newest start first.
///
/// # Errors
/// Not found for an unknown service; usage for a page that cannot be.
pub fn list(org: &Org, options: &ListIncidents) -> anyhow::Result<IncidentsReport> {
    let limit = options.page.limit()?;
    let after = options.page.after_moment(List::Incidents)?;
    let everything = limit.is_none() && (options.all || options.open || options.since.is_some());
    let limit = if everything { usize::MAX } else { limit.unwrap_or(LIST_LENGTH) };
    let read = |reader: &Reader| -> anyhow::Result<IncidentsReport> {
        let services = reader.services(Scope::Everything)?;
        let service = options.service.as_deref().map(|key| find_service(&services, key)).transpose()?;
        let service = service.map(|service| service.id.as_str());
        // One more than is shown tells whether there are more.
        let wanted = Wanted { open: options.open, since: options.since, service, after };
        let mut numbers = reader.incident_numbers(Scope::Everything, wanted, limit.saturating_add(1))?;
        let more = numbers.len() > limit;
        numbers.truncate(limit);
        let slugs = Slugs::new(&services);
        let mut reports: Vec<IncidentReport> = Vec::new();
        for batch in numbers.chunks(500) {
            reports.extend(reader.incidents(Scope::Everything, batch)?.iter().map(|incident| slugs.incident(incident)));
        }
        let next = reports.last().filter(|_| more).map(|last| List::Incidents.after_moment(last.started_at, last.number));
        Ok(IncidentsReport { incidents: reports, more, next })
    };
    // All of a long history is read bit by bit, so that nobody who writes waits for it.
    if everything { read(&org.store) } else { org.store.read(read) }
}

/// An open incident, and which of the services that are asked for it names.
#[derive(Clone, Debug)]
pub struct AlreadyOpen {
    /// The incident.
    pub incident: IncidentReport,
    /// Slugs of the services.
    pub services: Vec<String>,
}

/// The open incidents, drafts included, that name one of these services, newest start first. Services that there are not are nobody's.
///
/// # Errors
/// What reading can say.
pub fn open_about(org: &Org, services: &[NamedStatus]) -> anyhow::Result<Vec<AlreadyOpen>> {
    if services.is_empty() {
        return Ok(Vec::new());
    }
    let known = org.store.services(Scope::Everything)?;
    let wanted: Vec<&Service> = services.iter().filter_map(|named| find_service(&known, &named.service).ok()).collect();
    let open = list(org, &ListIncidents { open: true, ..ListIncidents::default() })?.incidents.into_iter();
    let about = open.map(|incident| {
        let named = |service: &&&Service| incident.services.iter().any(|affected| affected.id.as_ref() == Some(&service.id));
        let services = wanted.iter().filter(named).map(|service| service.slug.to_string()).collect();
        AlreadyOpen { incident, services }
    });
    Ok(about.filter(|open| !open.services.is_empty()).collect())
}

/// One incident with all its updates.
///
/// # Errors
/// Not found for an unknown incident.
pub fn show(org: &Org, incident: &str) -> anyhow::Result<IncidentReport> {
    let Some(found) = org.store.find_incident(Scope::Everything, incident)? else {
        return Err(missing(&org.store, incident).into());
    };
    let services = org.store.services(Scope::Everything)?;
    Ok(Slugs::new(&services).incident(&found))
}

pub(super) fn missing(reader: &Reader, key: &str) -> UserError {
    let newest = reader.incident_numbers(Scope::Everything, Wanted::default(), MOST_MISTYPED);
    let known = newest.and_then(|numbers| reader.incidents(Scope::Everything, &numbers)).unwrap_or_default();
    unknown_id("incident", key, known.iter().map(|incident| &incident.id), "incident list --all")
}
