//! Correcting what was said: edit an incident or one of its updates, or remove it.

use chrono::{DateTime, Utc};

use crate::domain::{Affected, Change, Correction, EventKind, Impact, Incident, IncidentStatus, PublicId, ServiceStatus};
use crate::error::UserError;
use crate::ops::incident::{NamedStatus, find, postmortem, promised, put, record, refuse_mute, written};
use crate::ops::message::{by_language, cleaned, is_blank};
use crate::ops::naming::{Catalogue, one_line};
use crate::ops::report::{IncidentReport, Written};
use crate::ops::{Deed, Org};
use crate::store::Scope;

/// What `incident edit` is told; `None` leaves it as it is.
#[derive(Clone, Debug, Default)]
pub struct EditIncident {
    /// One line.
    pub title: Option<String>,
    /// How bad it is.
    pub impact: Option<Impact>,
}

/// What `incident edit-update` is told; `None` leaves it as it is. `--at` moves the update.
#[derive(Clone, Debug, Default)]
pub struct EditUpdate {
    /// Markdown.
    pub message: Option<String>,
    /// Texts in other languages, as pairs of a language tag and a text; an empty text takes that one away.
    pub translations: Vec<(String, String)>,
    /// Status from then on.
    pub status: Option<IncidentStatus>,
    /// All services it is to speak of, each with its status.
    pub services: Option<Vec<NamedStatus>>,
    /// By when it promises another update; `Some(None)` takes the promise away.
    pub next_update: Option<Option<DateTime<Utc>>>,
}

/// Changes the title or the impact of an incident.
///
/// # Errors
/// Usage where nothing is to be changed; not found for an unknown incident.
pub fn edit(org: &mut Org, incident: &str, options: &EditIncident, deed: &Deed) -> anyhow::Result<Written<IncidentReport>> {
    let title = options.title.as_deref().map(|title| one_line("title", title)).transpose()?;
    let at = deed.effective()?;
    org.write(deed, |write| {
        let before = find(write, incident, deed)?;
        let mut after = before.clone();
        after.title = title.clone().unwrap_or(after.title);
        after.impact = options.impact.unwrap_or(after.impact);
        if after == before {
            return Err(UserError::usage("nothing to change").hint("give another `--title` or `--impact`").into());
        }
        after.updated_at = deed.now;
        put(write, Some(&before), &mut after, EventKind::IncidentEdited, "edited", at)?;
        written(write, &after, at)
    })
}

/// Changes an update, by its number from 1 on; the order of updates, the start of the incident and uptime follow.
///
/// # Errors
/// Usage where nothing is to be changed, `--at` lies ahead, `--next-update` does not, a language is none or there twice, or a postmortem would
/// say nothing; conflict where a postmortem would come before the end; not found for an unknown incident, update or service.
pub fn edit_update(
    org: &mut Org,
    incident: &str,
    number: usize,
    options: &EditUpdate,
    deed: &Deed,
) -> anyhow::Result<Written<IncidentReport>> {
    refuse_mute(options.services.as_deref().unwrap_or_default())?;
    let translations = by_language(&options.translations)?;
    let moved = deed.at.map(|_| deed.effective()).transpose()?;
    let organization = org.organization()?;
    org.write(deed, |write| {
        let before = find(write, incident, deed)?;
        let place = number.checked_sub(1).filter(|place| *place < before.updates.len());
        let update = place.and_then(|place| Some((place, before.updates.get(place)?)));
        let (place, update) = update.ok_or_else(|| {
            UserError::not_found(format!("incident `{incident}` has no update {number}"))
                .hint(format!("`statuary incident show {incident}` numbers them"))
        })?;
        let at = moved.unwrap_or(update.display_at);
        let next_update_at = options.next_update.map(|by| promised(by, options.status.unwrap_or(update.status), at, deed)).transpose()?;
        if next_update_at.flatten().is_some() && before.updates.len() > number {
            return Err(UserError::usage(format!(
                "update {number} of incident `{incident}` is not its newest: nobody waits for what it promises"
            ))
            .hint(format!("promise it with `statuary incident update {incident} --next-update …`"))
            .into());
        }
        let affected = if options.services.is_some() || (moved.is_some() && update.affected.is_some()) {
            let catalogue = Catalogue::read_without(write, &organization, at, before.number, update.number)?;
            Some(match &options.services {
                Some(services) => {
                    let named = catalogue.named(services, ServiceStatus::Operational)?;
                    named.iter().map(|(service, status)| catalogue.affected(service, *status, at)).collect()
                }
                None => retold(&catalogue, update.affected.as_deref().unwrap_or_default(), at),
            })
        } else {
            None
        };
        let body = options.message.as_deref().map(cleaned);
        let correction =
            Correction { status: options.status, body, translations: translations.clone(), display_at: moved, next_update_at, affected };
        let mut after = before.clone();
        after.correct(place, correction.clone(), update.updated_at);
        if after.updates == before.updates {
            return Err(UserError::usage("nothing to change")
                .hint("give another `--message`, `--message-lang`, `--file`, `--status`, `--service`, `--next-update` or `--at`")
                .into());
        }
        after = before.clone();
        after.correct(place, correction, deed.now);
        if options.message.is_some() || !options.translations.is_empty() {
            refuse_lone_translations(&after, &update.id, number)?;
        }
        postmortem::refuse_early(incident, &before, &after)?;
        if let Some(update) = after.updates.iter().find(|after| after.id == update.id && after.status == IncidentStatus::Postmortem)
            && (options.message.is_some() || options.status.is_some())
        {
            postmortem::refuse_empty(&update.body)?;
        }
        let sentence = format!("edited update {number} of incident {}", after.title);
        let was_public = write.find_incident(Scope::Public, after.id.as_str())?.is_some();
        record(write, Some(&before), &mut after, EventKind::IncidentEdited, sentence, deed.now)?;
        let edited = written(write, &after, deed.now)?;
        Ok(Written { public: edited.public || was_public, ..edited })
    })
}

/// Removes an incident from every output, and from the figures that followed from it. The log keeps what it was.
///
/// # Errors
/// Not found for an unknown incident.
pub fn remove(org: &mut Org, incident: &str, deed: &Deed) -> anyhow::Result<Written<IncidentReport>> {
    let at = deed.effective()?;
    org.write(deed, |write| {
        let before = find(write, incident, deed)?;
        let removed = written(write, &before, at)?;
        let event = super::event(&before, EventKind::IncidentRemoved, format!("removed incident {}", before.title), at);
        write.record_change(write.next_seq()?, event, Change::between(Some(&before), None))?;
        write.delete_incident(before.number)?;
        Ok(removed)
    })
}

/// Refuses translations of nothing: who reads another language would read nothing.
fn refuse_lone_translations(incident: &Incident, id: &PublicId, number: usize) -> Result<(), UserError> {
    let update = incident.updates.iter().find(|update| update.id == *id);
    match update.and_then(|update| update.translations.keys().next().filter(|_| is_blank(&update.body))) {
        Some(language) => Err(UserError::usage(format!("update {number} has no message of which `{language}` is a translation"))
            .hint(format!("give one with `--message`, or take the translation away with `--message-lang {language}=`"))),
        None => Ok(()),
    }
}

/// The same statements at another moment: what the status was before them may be another.
fn retold(catalogue: &Catalogue, affected: &[Affected], at: DateTime<Utc>) -> Vec<Affected> {
    let one = |affected: &Affected| {
        let old_status = match (&affected.service, affected.old_status) {
            (Some(id), Some(_)) => Some(catalogue.status_at(id, at)),
            (_, old) => old,
        };
        Affected { old_status, ..affected.clone() }
    };
    affected.iter().map(one).collect()
}
