//! The postmortem of an incident: what is said last, once it is over.

use std::collections::BTreeMap;

use crate::domain::{Correction, EventKind, Incident, IncidentStatus};
use crate::error::UserError;
use crate::ops::incident::{add, find, record, stays_open, written};
use crate::ops::message::{Message, is_blank};
use crate::ops::report::{IncidentReport, Written};
use crate::ops::{Deed, Org};

/// Writes the postmortem of an incident that is over. One that is the last word already is replaced, as on Statuspage: an incident has one.
///
/// # Errors
/// Usage without words, or where they are those that are there; conflict where the incident is open, or something was said later than `--at`;
/// not found for an unknown incident.
pub fn postmortem(org: &mut Org, incident: &str, message: Option<&Message>, deed: &Deed) -> anyhow::Result<Written<IncidentReport>> {
    let (body, translations) = Message::words_of(message);
    refuse_empty(&body)?;
    let key = incident;
    org.write(deed, |write| {
        let before = find(write, key, deed)?;
        let mut incident = before.clone();
        refuse_open(key, &incident)?;
        let (at, kind, sentence) = match place_of(&incident) {
            Some(place) => {
                replace(key, &mut incident, place, (body.clone(), translations.clone()), deed)?;
                (deed.now, EventKind::IncidentEdited, format!("replaced the postmortem of incident {}", incident.title))
            }
            None => {
                let at = deed.effective_after(incident.newest().map(|update| update.display_at))?;
                stays_open(key, &incident, at, deed, "write it at that moment or later")?;
                add(&mut incident, deed.update(IncidentStatus::Postmortem, message, None, at)?);
                incident.updated_at = deed.now;
                (at, EventKind::IncidentUpdated, format!("wrote the postmortem of incident {}", incident.title))
            }
        };
        record(write, Some(&before), &mut incident, kind, sentence, at)?;
        written(write, &incident, at)
    })
}

/// Refuses to tell how it was while it still is.
pub(super) fn refuse_open(key: &str, incident: &Incident) -> Result<(), UserError> {
    if !incident.is_open() {
        return Ok(());
    }
    Err(UserError::conflict(format!("incident `{key}` is still open"))
        .hint(format!("resolve it first with `statuary incident resolve {key}`")))
}

/// Refuses one that says nothing.
pub(super) fn refuse_empty(body: &str) -> Result<(), UserError> {
    match is_blank(body) {
        true => Err(UserError::usage("the postmortem is empty").hint("give its text with `--file` or `--message`")),
        false => Ok(()),
    }
}

/// Refuses what makes an update of `after` a postmortem of what was still open then; what was so `before` stays.
pub(super) fn refuse_early(key: &str, before: &Incident, after: &Incident) -> Result<(), UserError> {
    match early(after) {
        Some(place) if early(before).is_none() => {
            refuse_open(key, before)?;
            Err(UserError::conflict(format!("incident `{key}` was still open before update {}, a postmortem", place + 1))
                .hint("a postmortem follows the update that resolves the incident"))
        }
        _ => Ok(()),
    }
}

/// The place of a postmortem before which the incident was open.
fn early(incident: &Incident) -> Option<usize> {
    let mut is_over = false;
    incident.updates.iter().position(|update| {
        let was_over = std::mem::replace(&mut is_over, update.status.is_over());
        update.status == IncidentStatus::Postmortem && !was_over
    })
}

/// Refuses to put another one behind the one that is the last word.
pub(super) fn refuse_second(key: &str, incident: &Incident) -> Result<(), UserError> {
    match place_of(incident) {
        Some(_) => Err(UserError::conflict(format!("incident `{key}` has its postmortem"))
            .hint(format!("replace it with `statuary incident postmortem {key}`"))),
        None => Ok(()),
    }
}

/// Where the postmortem stands, if it is the last word.
fn place_of(incident: &Incident) -> Option<usize> {
    let last = incident.updates.len().checked_sub(1)?;
    incident.updates.get(last).filter(|update| update.status == IncidentStatus::Postmortem).map(|_| last)
}

fn replace(
    key: &str,
    incident: &mut Incident,
    place: usize,
    (body, translations): (String, BTreeMap<String, String>),
    deed: &Deed,
) -> anyhow::Result<()> {
    let moved = deed.at.map(|_| deed.effective()).transpose()?;
    if let Some(at) = moved {
        let earlier = Incident { updates: incident.updates.get(..place).unwrap_or_default().to_vec(), ..incident.clone() };
        stays_open(key, &earlier, at, deed, "write it at that moment or later")?;
    }
    let gone = incident.updates.iter().skip(place).flat_map(|update| update.translations.keys()).map(|language| (language.clone(), None));
    let mut all: BTreeMap<String, Option<String>> = gone.collect();
    all.extend(translations.into_iter().map(|(language, text)| (language, Some(text))));
    let correction = Correction { body: Some(body), translations: all, display_at: moved, ..Correction::default() };
    let before = incident.clone();
    let was_edited = before.updates.last().map_or(deed.now, |update| update.updated_at);
    incident.correct(place, correction.clone(), was_edited);
    if incident.updates == before.updates {
        return Err(UserError::usage("nothing to change").hint("the postmortem says that already").into());
    }
    *incident = before;
    incident.correct(place, correction, deed.now);
    Ok(())
}
