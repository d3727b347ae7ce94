//! Incidents: open, update, resolve, publish, edit, remove, the postmortem; list and show.

mod edit;
mod looking;
mod postmortem;

use chrono::{DateTime, SubsecRound, Utc};

use crate::domain::{
    Affected, Change, Etag, EventKind, Impact, Incident, IncidentStatus, PublicId, Service, ServiceStatus, Subject, Update,
};
use crate::error::UserError;
use crate::ops::describe::Slugs;
use crate::ops::incident::looking::missing;
use crate::ops::message::{Message, refuse_blank};
use crate::ops::naming::{Catalogue, one_line};
use crate::ops::report::{IncidentReport, Written};
use crate::ops::{Deed, Org, newer_update};
use crate::store::{NewEvent, Reader, Scope, Write};

pub use edit::{EditIncident, EditUpdate, edit, edit_update, remove};
pub use looking::{AlreadyOpen, ListIncidents, list, open_about, show};
pub use postmortem::postmortem;

/// A service as a command names it: slug, id or number, and the status it has.
#[derive(Clone, Debug)]
pub struct NamedStatus {
    /// Slug, id or number.
    pub service: String,
    /// Its status; `None` takes the one that fits the impact, where an incident is opened, and says nothing elsewhere.
    pub status: Option<ServiceStatus>,
}

/// What `incident open` is told.
#[derive(Clone, Debug)]
pub struct OpenIncident {
    /// One line.
    pub title: String,
    /// How bad; follows the services by default.
    pub impact: Option<Impact>,
    /// Investigating by default.
    pub status: Option<IncidentStatus>,
    /// Services it affects.
    pub services: Vec<NamedStatus>,
    /// Words of the first update.
    pub message: Option<Message>,
    /// By when another update is promised.
    pub next_update: Option<DateTime<Utc>>,
    /// Not published yet.
    pub draft: bool,
}

/// What `incident update` is told.
#[derive(Clone, Debug, Default)]
pub struct UpdateIncident {
    /// Status from then on; as before by default.
    pub status: Option<IncidentStatus>,
    /// Services it speaks of, each with its status.
    pub services: Vec<NamedStatus>,
    /// What it says.
    pub message: Option<Message>,
    /// New impact.
    pub impact: Option<Impact>,
    /// By when another update is promised.
    pub next_update: Option<DateTime<Utc>>,
}

impl UpdateIncident {
    /// Whether it says nothing at all.
    pub fn is_mute(&self) -> bool {
        let Self { status, services, message, impact, next_update } = self;
        status.is_none() && services.is_empty() && message.is_none() && impact.is_none() && next_update.is_none()
    }
}

/// Opens an incident, or writes it down as a draft.
///
/// # Errors
/// Usage for an empty title or message, a moment ahead or a service named twice; not found for an unknown service.
pub fn open(org: &mut Org, options: &OpenIncident, deed: &Deed) -> anyhow::Result<Written<IncidentReport>> {
    let title = one_line("title", &options.title)?;
    refuse_blank(options.message.as_ref())?;
    let at = deed.effective()?;
    let status = options.status.unwrap_or(IncidentStatus::Investigating);
    if status == IncidentStatus::Postmortem {
        return Err(UserError::usage("an incident cannot be opened as `postmortem`").hint("open it as `resolved`").into());
    }
    let next_update_at = promised(options.next_update, status, at, deed)?;
    let organization = org.organization()?;
    org.write(deed, |write| {
        let catalogue = Catalogue::read(write, &organization, at)?;
        let fits = if status.is_over() { ServiceStatus::Operational } else { Impact::fitting_status(options.impact) };
        let named = catalogue.named(&options.services, fits)?;
        let worst = named.iter().map(|(_, status)| *status).max();
        let mut incident = Incident {
            number: 0,
            id: PublicId::random()?,
            title: title.clone(),
            impact: options.impact.unwrap_or_else(|| Impact::fitting(worst)),
            draft: options.draft,
            created_at: at,
            updated_at: deed.now,
            started_at: at,
            stated_monitoring_at: None,
            stated_resolved_at: None,
            closed_by_source_at: None,
            source_page: None,
            revision: 0,
            updates: vec![Update {
                next_update_at,
                ..deed.update(status, options.message.as_ref(), affected(&catalogue, &named, at), at)?
            }],
        };
        let (kind, verb) = if options.draft { (EventKind::IncidentDrafted, "drafted") } else { (EventKind::IncidentOpened, "opened") };
        put(write, None, &mut incident, kind, verb, at)?;
        written(write, &incident, at)
    })
}

/// Adds an update; one with an open status reopens a resolved incident.
///
/// # Errors
/// Usage where there is nothing to say, or a postmortem says nothing; conflict for a postmortem of an open incident; not found for an unknown incident or service.
pub fn update(org: &mut Org, key: &str, options: &UpdateIncident, deed: &Deed) -> anyhow::Result<Written<IncidentReport>> {
    let UpdateIncident { status, services, message, impact, next_update } = options;
    if options.is_mute() {
        return Err(UserError::usage("nothing to say")
            .hint("give a `--message`, `--status`, `--service`, `--impact` or `--next-update`")
            .into());
    }
    refuse_mute(services)?;
    refuse_blank(message.as_ref())?;
    let organization = org.organization()?;
    org.write(deed, |write| {
        let before = find(write, key, deed)?;
        let mut incident = before.clone();
        let at = deed.effective_after(incident.newest().map(|update| update.display_at))?;
        let status = status.unwrap_or_else(|| status_at(&incident, at));
        if options.status == Some(IncidentStatus::Postmortem) {
            postmortem::refuse_open(key, &incident)?;
        }
        incident.impact = impact.unwrap_or(incident.impact);
        if !services.is_empty() || message.is_some() || options.status.is_some() || next_update.is_some() {
            if status == IncidentStatus::Postmortem {
                postmortem::refuse_second(key, &incident)?;
                postmortem::refuse_empty(message.as_ref().map_or("", Message::text))?;
            }
            let catalogue = Catalogue::read(write, &organization, at)?;
            let fits = if status.is_over() { ServiceStatus::Operational } else { Impact::fitting_status(Some(incident.impact)) };
            let named = catalogue.named(services, fits)?;
            let mut said = affected(&catalogue, &named, at);
            if status.is_over() && incident.is_open() {
                said = ended(&catalogue, &incident, said, at);
            }
            let next_update_at = promised(*next_update, status, at, deed)?;
            add(&mut incident, Update { next_update_at, ..deed.update(status, message.as_ref(), said, at)? });
            postmortem::refuse_early(key, &before, &incident)?;
        }
        incident.updated_at = deed.now;
        put(write, Some(&before), &mut incident, EventKind::IncidentUpdated, "updated", at)?;
        written(write, &incident, at)
    })
}

/// Resolves an incident: its services are operational again.
///
/// # Errors
/// Usage for an empty message; conflict where it is resolved already, or newer updates would keep it open; not found for an unknown incident.
pub fn resolve(org: &mut Org, incident: &str, message: Option<&Message>, deed: &Deed) -> anyhow::Result<Written<IncidentReport>> {
    refuse_blank(message)?;
    let organization = org.organization()?;
    let key = incident;
    org.write(deed, |write| {
        let before = find(write, key, deed)?;
        let mut incident = before.clone();
        if !incident.is_open() {
            return Err(UserError::conflict(format!("incident `{key}` is already resolved"))
                .hint(format!("reopen it with `statuary incident update {key} --status investigating`"))
                .into());
        }
        let at = deed.effective_after(incident.newest().map(|update| update.display_at))?;
        stays_open(key, &incident, at, deed, "resolve it at that moment or later")?;
        let catalogue = Catalogue::read(write, &organization, at)?;
        let said = ended(&catalogue, &incident, None, at);
        add(&mut incident, deed.update(IncidentStatus::Resolved, message, said, at)?);
        incident.updated_at = deed.now;
        put(write, Some(&before), &mut incident, EventKind::IncidentResolved, "resolved", at)?;
        written(write, &incident, at)
    })
}

/// Publishes a draft; its times stay as they were written.
///
/// # Errors
/// Conflict where it is no draft; not found for an unknown incident.
pub fn publish(org: &mut Org, incident: &str, deed: &Deed) -> anyhow::Result<Written<IncidentReport>> {
    let at = deed.effective()?;
    let key = incident;
    org.write(deed, |write| {
        let before = find(write, key, deed)?;
        let mut incident = before.clone();
        if !incident.draft {
            return Err(UserError::conflict(format!("incident `{key}` is already published")).into());
        }
        incident.draft = false;
        incident.updated_at = deed.now;
        put(write, Some(&before), &mut incident, EventKind::IncidentOpened, "published", at)?;
        written(write, &incident, at)
    })
}

/// The incident that a deed is to change, where it is still as the deed expects it.
fn find(write: &Write<'_>, key: &str, deed: &Deed) -> anyhow::Result<Incident> {
    let found = write.find_incident(Scope::Everything, key)?.ok_or_else(|| missing(write, key))?;
    deed.expect("incident", key, || Ok(Etag::of(&found)))?;
    Ok(found)
}

/// Refuses services of which an update would say nothing; [`update`] and [`edit_update`] ask it first.
///
/// # Errors
/// Usage where a service has no status.
pub fn refuse_mute(services: &[NamedStatus]) -> Result<(), UserError> {
    match services.iter().find(|named| named.status.is_none()) {
        Some(mute) => Err(UserError::usage(format!("`--service {}` needs a status", mute.service.escape_debug()))
            .hint(format!("write it as in `--service {}=operational`", mute.service.escape_debug()))),
        None => Ok(()),
    }
}

/// By when an update at `at` promises another one: later than itself, and only while there is something to tell.
pub(super) fn promised(
    by: Option<DateTime<Utc>>,
    status: IncidentStatus,
    at: DateTime<Utc>,
    deed: &Deed,
) -> Result<Option<DateTime<Utc>>, UserError> {
    let Some(by) = by.map(|by| by.trunc_subsecs(3)) else { return Ok(None) };
    if status.is_over() {
        return Err(
            UserError::usage(format!("`--next-update` promises an update, and `{status}` is the end")).hint("leave `--next-update` out")
        );
    }
    if by <= at {
        return Err(UserError::usage(format!("`--next-update` does not lie ahead: {}", deed.says(by)))
            .hint("say a length such as `30m`, or a later moment"));
    }
    Ok(Some(by))
}

/// Where it stood at `at`: an update told belatedly changes nothing unless it says so.
fn status_at(incident: &Incident, at: DateTime<Utc>) -> IncidentStatus {
    match incident.as_of(at) {
        Some(then) => then.status(),
        None => incident.updates.first().map_or(IncidentStatus::Investigating, |first| first.status),
    }
}

/// Refuses a last word that newer updates would take back.
fn stays_open(key: &str, incident: &Incident, at: DateTime<Utc>, deed: &Deed, instead: &str) -> Result<(), UserError> {
    match incident.newest() {
        Some(newest) if newest.display_at > at => {
            Err(UserError::conflict(format!("incident `{key}` {}", newer_update(newest.display_at, deed))).hint(instead))
        }
        _ => Ok(()),
    }
}

/// Puts an update in its place. A person's word outlives what the source stated about the end.
pub(super) fn add(incident: &mut Incident, update: Update<IncidentStatus>) {
    incident.started_at = incident.started_at.min(update.display_at);
    incident.stated_resolved_at = None;
    if !update.status.is_over() {
        incident.closed_by_source_at = None;
    }
    incident.updates.push(update);
    incident.updates.sort_by_key(|update| (update.display_at, if update.number == 0 { i64::MAX } else { update.number }));
}

pub(super) fn affected(catalogue: &Catalogue, named: &[(Service, ServiceStatus)], at: DateTime<Utc>) -> Option<Vec<Affected>> {
    let said: Vec<Affected> = named.iter().map(|(service, status)| catalogue.affected(service, *status, at)).collect();
    (!said.is_empty()).then_some(said)
}

/// What a resolving update says: services it does not speak of are operational again.
pub(super) fn ended(catalogue: &Catalogue, incident: &Incident, said: Option<Vec<Affected>>, at: DateTime<Utc>) -> Option<Vec<Affected>> {
    let mut said = said.unwrap_or_default();
    for id in incident.services() {
        let spoken_of = said.iter().any(|affected| affected.service.as_ref() == Some(id));
        if let Some(service) = catalogue.by_id(id).filter(|_| !spoken_of) {
            said.push(catalogue.affected(service, ServiceStatus::Operational, at));
        }
    }
    (!said.is_empty()).then_some(said)
}

/// Writes an incident and the event that says so, with what differs from `before`.
pub(super) fn put(
    write: &Write<'_>,
    before: Option<&Incident>,
    incident: &mut Incident,
    kind: EventKind,
    verb: &str,
    at: DateTime<Utc>,
) -> anyhow::Result<()> {
    let sentence = format!("{verb} incident {}", incident.title);
    record(write, before, incident, kind, sentence, at)
}

/// The same with a sentence of its own.
fn record(
    write: &Write<'_>,
    before: Option<&Incident>,
    incident: &mut Incident,
    kind: EventKind,
    sentence: String,
    at: DateTime<Utc>,
) -> anyhow::Result<()> {
    incident.revision = write.next_seq()?;
    // Its numbers are part of the change, and are given as it is written.
    write.put_incident(incident)?;
    write.record_change(incident.revision, event(incident, kind, sentence, at), Change::between(before, Some(&*incident)))?;
    Ok(())
}

fn event(incident: &Incident, kind: EventKind, sentence: String, at: DateTime<Utc>) -> NewEvent {
    NewEvent {
        kind,
        subject: Subject::Incident(incident.id.clone()),
        status: Some(incident.status().to_string()),
        effective_at: at,
        sentence,
    }
}

/// Read before the commit, so that nothing can fail between the commit and the id being told.
fn written(reader: &Reader, incident: &Incident, at: DateTime<Utc>) -> anyhow::Result<Written<IncidentReport>> {
    let services = reader.services(Scope::Everything)?;
    // What names only hidden services is hidden with them.
    let public = reader.find_incident(Scope::Public, incident.id.as_str())?.is_some();
    Ok(Written { effective_at: at, public, thing: Slugs::new(&services).incident(incident) })
}
