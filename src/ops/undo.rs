//! Taking back what somebody wrote last, where nothing that was written later depends on it.
//!
//! Every event keeps what it changed, so one rule serves all deeds: what the event led to must still stand as it left it; then what was there
//! before is put back, numbers and ids included. Nothing is erased: taking back is an event of its own, which `undo` passes over.

use serde_json::Value;

use crate::config::{DeclaredSettings, EditedSettings, OrgFolder};
use crate::domain::{
    Event, EventKind, Group, Incident, Maintenance, Organization, PublicId, Service, Subject, Whole, with_manual_statuses,
};
use crate::error::UserError;
use crate::ops::naming::Catalogue;
use crate::ops::report::UndoReport;
use crate::ops::service::is_web_address;
use crate::ops::{Deed, Org};
use crate::store::{NewEvent, Scope, Write};

/// Takes back the newest deed of the actor that stands; with the removal of a series that of its dates.
///
/// # Errors
/// Conflict where there is none, where nobody knows what was there before, where it was changed since, or where something else needs what it
/// made.
pub fn undo(org: &mut Org, deed: &Deed) -> anyhow::Result<UndoReport> {
    let (folder, organization) = (org.folder.clone(), org.organization()?);
    let slug = folder.slug.clone();
    let mut replaced = None;
    let outcome = org.write(deed, |write| {
        let event = write.newest_standing_event(&deed.actor)?.ok_or_else(|| {
            UserError::conflict(format!("`{}` has written nothing in `{slug}` that could be taken back", deed.actor))
                .hint("`statuary log` shows who did what; `--as NAME` takes back what somebody else wrote")
        })?;
        refuse_token(&event)?;
        if !event.change.is_recorded() {
            return Err(cannot(&event, "what was there before is not in the log")
                .hint("only what one command wrote can be taken back, not an import; `statuary log` shows who did what")
                .into());
        }
        if event.kind == EventKind::OrganizationEdited {
            let (report, settings) = put_back_settings(write, &folder, event)?;
            replaced = Some(settings.put()?);
            return Ok(report);
        }
        let report = take_back(write, &organization, event.clone(), deed)?;
        // The dates of a series were removed with it, and before it.
        while let Some(date) = write.newest_standing_event(&deed.actor)?.filter(|date| went_with(date, &event)) {
            take_back(write, &organization, date, deed)?;
        }
        Ok(report)
    });
    if let (Ok(_), Some(replaced)) = (&outcome, replaced) {
        replaced.keep();
        org.settings = org.folder.settings()?;
    }
    outcome
}

/// Takes back one event.
fn take_back(write: &Write<'_>, organization: &Organization, event: Event, deed: &Deed) -> anyhow::Result<UndoReport> {
    let was_public = is_public(write, &event.subject)?;
    let present = present(write, &event)?;
    if !event.change.holds_in(present.as_ref()) {
        return Err(changed_since(&event).into());
    }
    let restored = event.change.taken_back(present);
    let seq = write.next_seq()?;
    let status = put_back(write, organization, &event, restored, seq)?;
    let sentence = format!("took back: {}", event.sentence);
    let taken_back =
        NewEvent { kind: kind_of_undo(&event), subject: event.subject.clone(), status, effective_at: deed.now, sentence: sentence.clone() };
    write.record_change(seq, taken_back, event.change.reversed(event.seq))?;
    let public = was_public || is_public(write, &event.subject)?;
    Ok(UndoReport { effective_at: deed.now, public, event: seq, undoes: event.seq, subject: event.subject, sentence })
}

/// Whether `date` is the removal of a date of the series that `series` removed.
fn went_with(date: &Event, series: &Event) -> bool {
    let Subject::Maintenance(id) = &series.subject else { return false };
    let of = |event: &Event| {
        event.change.before.as_ref().and_then(|before| before.get("occurrence")?.get("series")?.as_str().map(str::to_owned))
    };
    let both_removed = [date, series].iter().all(|event| event.kind == EventKind::MaintenanceRemoved && event.change.undoes.is_none());
    both_removed && date.effective_at == series.effective_at && of(date).as_deref() == Some(id.as_str())
}

/// What org.toml says after settings were put back; it is replaced last, as it was when they were applied.
fn put_back_settings(write: &Write<'_>, folder: &OrgFolder, event: Event) -> anyhow::Result<(UndoReport, EditedSettings)> {
    let side = |side: &Option<Value>| side.as_ref().and_then(Value::as_object).cloned().unwrap_or_default();
    let (before, after) = (side(&event.change.before), side(&event.change.after));
    if !folder.with_settings(&DeclaredSettings::by_name(&after))?.is_unchanged() {
        return Err(cannot(&event, "org.toml has changed since").hint("correct it in org.toml").into());
    }
    let edited = folder.with_settings(&DeclaredSettings::by_name(&before))?;
    let (seq, now) = (write.next_seq()?, write.now());
    let sentence = format!("took back: {}", event.sentence);
    let taken_back =
        NewEvent { kind: event.kind, subject: event.subject.clone(), status: None, effective_at: now, sentence: sentence.clone() };
    write.record_change(seq, taken_back, event.change.reversed(event.seq))?;
    Ok((UndoReport { effective_at: now, public: true, event: seq, undoes: event.seq, subject: event.subject, sentence }, edited))
}

fn cannot(event: &Event, why: &str) -> UserError {
    UserError::conflict(format!("cannot take back `{}`: {why}", event.sentence))
}

/// Who may come in is not undone: a token that was made may be in use, and the secret of a revoked one is gone.
fn refuse_token(event: &Event) -> Result<(), UserError> {
    match event.kind {
        EventKind::TokenCreated => {
            Err(cannot(event, "it may be in use").hint("revoke it with `statuary token revoke NAME`; `statuary token list` names them"))
        }
        EventKind::TokenRevoked => Err(cannot(event, "its secret is gone for good").hint("make another one with `statuary token create`")),
        _ => Ok(()),
    }
}

fn changed_since(event: &Event) -> UserError {
    let edit = match event.subject {
        Subject::Organization => return cannot(event, "it has changed since"),
        Subject::Group(_) => "group edit",
        Subject::Service(_) => "service edit",
        Subject::Incident(_) => "incident edit",
        Subject::Maintenance(_) => "maintenance edit",
    };
    cannot(event, "it has changed since").hint(format!("`statuary log` shows what followed; correct it with `statuary {edit}`"))
}

/// Whether visitors see the subject of an event.
fn is_public(write: &Write<'_>, subject: &Subject) -> Result<bool, UserError> {
    Ok(match subject {
        Subject::Organization => false,
        Subject::Group(id) => write.find_group(Scope::Public, id.as_str())?.is_some_and(|group| group.id == *id),
        Subject::Service(id) => write.find_service(Scope::Public, id.as_str())?.is_some_and(|service| service.id == *id),
        Subject::Incident(id) => write.find_incident(Scope::Public, id.as_str())?.is_some_and(|incident| incident.id == *id),
        Subject::Maintenance(id) => write.find_maintenance(Scope::Public, id.as_str())?.is_some_and(|other| other.id == *id),
    })
}

fn group(write: &Write<'_>, id: &PublicId) -> Result<Option<Group>, UserError> {
    Ok(write.groups(Scope::Everything)?.into_iter().find(|group| group.id == *id))
}

fn service(write: &Write<'_>, id: &PublicId) -> Result<Option<Service>, UserError> {
    Ok(write.services(Scope::Everything)?.into_iter().find(|service| service.id == *id))
}

fn incident(write: &Write<'_>, id: &PublicId) -> Result<Option<Incident>, UserError> {
    Ok(write.find_incident(Scope::Everything, id.as_str())?.filter(|incident| incident.id == *id))
}

fn maintenance(write: &Write<'_>, id: &PublicId) -> Result<Option<Maintenance>, UserError> {
    Ok(write.find_maintenance(Scope::Everything, id.as_str())?.filter(|maintenance| maintenance.id == *id))
}

/// The subject of an event as it is now, with as much of it as the event is about.
fn present(write: &Write<'_>, event: &Event) -> Result<Option<Value>, UserError> {
    Ok(match &event.subject {
        Subject::Organization => None,
        Subject::Group(id) => group(write, id)?.as_ref().map(Whole::whole),
        Subject::Service(id) => {
            let numbers = event.change.manual_statuses();
            let whole = service(write, id)?.as_ref().map(Whole::whole);
            match whole {
                Some(whole) if !numbers.is_empty() => Some(with_manual_statuses(whole, &write.manual_statuses_numbered(&numbers)?)),
                whole => whole,
            }
        }
        Subject::Incident(id) => incident(write, id)?.as_ref().map(Whole::whole),
        Subject::Maintenance(id) => maintenance(write, id)?.as_ref().map(Whole::whole),
    })
}

/// Writes what the subject was before, or removes it where the event made it. Gives the status it has then.
fn put_back(
    write: &Write<'_>,
    organization: &Organization,
    event: &Event,
    restored: Option<Value>,
    seq: i64,
) -> anyhow::Result<Option<String>> {
    match &event.subject {
        Subject::Organization => Err(cannot(event, "an organization is removed with `statuary org remove`").into()),
        Subject::Group(id) => put_back_group(write, event, id, restored),
        Subject::Service(id) if event.kind == EventKind::ServiceStatus => take_back_status(write, organization, event, id),
        Subject::Service(id) => put_back_service(write, event, id, restored, seq),
        Subject::Incident(id) => put_back_incident(write, event, id, restored, seq),
        Subject::Maintenance(id) => put_back_maintenance(write, event, id, restored, seq),
    }
}

fn put_back_group(write: &Write<'_>, event: &Event, id: &PublicId, restored: Option<Value>) -> anyhow::Result<Option<String>> {
    let Some(restored) = restored else {
        let made = group(write, id)?.ok_or_else(|| changed_since(event))?;
        if !write.delete_group(made.number)? {
            return Err(cannot(event, "services are in it")
                .hint(format!("take them out first, or remove it with `statuary group remove {}`", made.slug))
                .into());
        }
        return Ok(None);
    };
    let mut restored = Group::from_whole(restored)?;
    let others = write.groups(Scope::Everything)?.into_iter().filter(|other| other.id != *id).collect::<Vec<_>>();
    refuse_taken(event, others.iter().map(|other| (other.slug.as_str(), other.number)), restored.slug.as_str(), restored.number)?;
    write.put_group(&mut restored)?;
    for member in event.change.detached() {
        match service(write, &member)? {
            Some(member) if member.group.is_none() => write.put_service(&mut Service { group: Some(id.clone()), ..member })?,
            _ => return Err(changed_since(event).into()),
        }
    }
    Ok(None)
}

/// Takes a status that was given by hand away; the service is then as everything else recorded says.
fn take_back_status(write: &Write<'_>, organization: &Organization, event: &Event, id: &PublicId) -> anyhow::Result<Option<String>> {
    for number in event.change.manual_statuses() {
        write.delete_manual_status(number)?;
    }
    let now = write.now();
    Ok(Some(Catalogue::read(write, organization, now)?.status_at(id, now).to_string()))
}

fn put_back_service(write: &Write<'_>, event: &Event, id: &PublicId, restored: Option<Value>, seq: i64) -> anyhow::Result<Option<String>> {
    let Some(restored) = restored else {
        let made = service(write, id)?.ok_or_else(|| changed_since(event))?;
        if !write.delete_service(made.number)? {
            return Err(cannot(event, "an incident, a maintenance or a status names it")
                .hint(format!("remove it with `statuary service remove {}`", made.slug))
                .into());
        }
        return Ok(None);
    };
    let mut restored = Service::from_whole(restored)?;
    if restored.link.as_ref().is_some_and(|link| !is_web_address(link)) {
        return Err(cannot(event, "its link was no web address").into());
    }
    let others = write.services(Scope::Everything)?.into_iter().filter(|other| other.id != *id).collect::<Vec<_>>();
    refuse_taken(event, others.iter().map(|other| (other.slug.as_str(), other.number)), restored.slug.as_str(), restored.number)?;
    if let Some(home) = &restored.group
        && group(write, home)?.is_none()
    {
        return Err(cannot(event, "its group is not there any more").into());
    }
    write.put_service(&mut restored)?;
    write.touch_incidents_naming(id, seq)?;
    Ok(None)
}

fn put_back_incident(write: &Write<'_>, event: &Event, id: &PublicId, restored: Option<Value>, seq: i64) -> anyhow::Result<Option<String>> {
    let Some(restored) = restored else {
        let made = incident(write, id)?.ok_or_else(|| changed_since(event))?;
        write.delete_incident(made.number)?;
        return Ok(None);
    };
    let mut restored = Incident { revision: seq, ..Incident::from_whole(restored)? };
    let other = write.find_incident(Scope::Everything, &restored.number.to_string())?;
    if event.change.removed() && other.is_some_and(|other| other.number == restored.number) {
        return Err(cannot(event, "its number is taken").into());
    }
    refuse_unknown(write, event, &restored.services())?;
    write.put_incident(&mut restored)?;
    Ok(Some(restored.status().to_string()))
}

fn put_back_maintenance(
    write: &Write<'_>,
    event: &Event,
    id: &PublicId,
    restored: Option<Value>,
    seq: i64,
) -> anyhow::Result<Option<String>> {
    let Some(restored) = restored else {
        let made = maintenance(write, id)?.ok_or_else(|| changed_since(event))?;
        write.delete_maintenance(made.number)?;
        let series = made.occurrence.as_ref().map(|occurrence| maintenance(write, &occurrence.series)).transpose()?.flatten();
        let Some(mut series) = series else {
            // Dates that are recorded would be left without a series.
            return if write.dates_of_series(&made.id)?.is_empty() {
                Ok(None)
            } else {
                Err(cannot(event, "somebody has touched dates of it").hint("`statuary maintenance remove` removes it with them").into())
            };
        };
        // The date follows from the series again, in which readers of calendars must find a newer one.
        series.revision = seq;
        write.put_maintenance(&mut series)?;
        return Ok(Some(made.status_at(write.now()).to_string()));
    };
    let mut restored = Maintenance { revision: seq, ..Maintenance::from_whole(restored)? };
    let other = write.find_maintenance(Scope::Everything, &restored.number.to_string())?;
    if event.change.removed() && other.is_some_and(|other| other.number == restored.number) {
        return Err(cannot(event, "its number is taken").into());
    }
    let named = restored.updates.iter().flat_map(|update| update.affected.iter().flatten()).filter_map(|said| said.service.as_ref());
    refuse_unknown(write, event, &named.chain(&restored.services).collect::<Vec<_>>())?;
    if let Some(occurrence) = &restored.occurrence
        && maintenance(write, &occurrence.series)?.is_none_or(|series| series.repeat.is_none())
    {
        return Err(cannot(event, "the series of which it is a date is not there any more").into());
    }
    write.put_maintenance(&mut restored)?;
    Ok(Some(restored.status_at(write.now()).to_string()))
}

/// Refuses what somebody else has taken meanwhile.
fn refuse_taken<'a>(event: &Event, others: impl Iterator<Item = (&'a str, i64)>, slug: &str, number: i64) -> Result<(), UserError> {
    for (other, taken) in others {
        if other == slug {
            return Err(cannot(event, &format!("another is called `{slug}` now")).hint("give that one another slug first"));
        }
        if taken == number {
            return Err(cannot(event, "its number is taken"));
        }
    }
    Ok(())
}

/// Refuses to bring back what names services that are gone for good.
fn refuse_unknown(write: &Write<'_>, event: &Event, named: &[&PublicId]) -> Result<(), UserError> {
    let known = write.services(Scope::Everything)?;
    match named.iter().find(|id| !known.iter().any(|service| service.id == ***id)) {
        Some(_) => Err(cannot(event, "a service that it names is not there any more")),
        None => Ok(()),
    }
}

/// What taking an event back comes to, in the log and for readers of the event stream.
fn kind_of_undo(event: &Event) -> EventKind {
    let choose = |edited, removed, restored| {
        if event.change.made() {
            removed
        } else if event.change.removed() {
            restored
        } else {
            edited
        }
    };
    match &event.subject {
        Subject::Organization => event.kind,
        Subject::Group(_) => choose(EventKind::GroupEdited, EventKind::GroupRemoved, EventKind::GroupRestored),
        Subject::Service(_) if event.kind == EventKind::ServiceStatus => EventKind::ServiceStatus,
        // What was removed may have stayed in the record.
        Subject::Service(_) if event.kind == EventKind::ServiceRemoved => EventKind::ServiceRestored,
        Subject::Service(_) => choose(EventKind::ServiceEdited, EventKind::ServiceRemoved, EventKind::ServiceRestored),
        // A publication that is taken back makes it a draft again.
        Subject::Incident(_) if event.kind == EventKind::IncidentOpened && !event.change.made() => EventKind::IncidentDrafted,
        Subject::Incident(_) => choose(EventKind::IncidentEdited, EventKind::IncidentRemoved, EventKind::IncidentRestored),
        Subject::Maintenance(_) => choose(EventKind::MaintenanceEdited, EventKind::MaintenanceRemoved, EventKind::MaintenanceRestored),
    }
}
