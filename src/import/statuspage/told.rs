//! What incidents and maintenances have in common.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};

use super::collected::Collected;
use super::object::{Object, Reason};
use super::value::{Vocabulary, is_ulid};
use super::{maintenance, update};
use crate::domain::{Incident, Maintenance, Origin, PublicId, Update};

/// Either of them.
pub(super) enum Told {
    /// An incident.
    Incident(Incident),
    /// A maintenance.
    Maintenance(Maintenance),
}

/// The fields both have.
pub(super) struct Common<S> {
    /// Public id.
    pub(super) id: PublicId,
    /// One line.
    pub(super) title: String,
    /// Status by its own word, which its newest update repeats.
    pub(super) status: S,
    /// The oldest update stands in for a missing one.
    pub(super) created_at: DateTime<Utc>,
    /// The newest time of its updates stands in for a missing one.
    pub(super) updated_at: DateTime<Utc>,
    /// As stated.
    pub(super) started_at: Option<DateTime<Utc>>,
    /// As stated.
    pub(super) monitoring_at: Option<DateTime<Utc>>,
    /// As stated.
    pub(super) resolved_at: Option<DateTime<Utc>>,
    /// The file's page, else the one it names itself.
    pub(super) source_page: Option<PublicId>,
    /// Services it carries as objects, in order.
    pub(super) services: Vec<PublicId>,
    /// Oldest first; may be empty.
    pub(super) updates: Vec<Update<S>>,
}

/// Reads an element of any list: a maintenance has a planned start.
pub(super) fn read(object: &Object<'_>, collected: &mut Collected) -> Result<Told, Reason> {
    let told = if object.value("scheduled_for").is_some() {
        Told::Maintenance(maintenance::read(object, collected)?)
    } else {
        Told::Incident(super::incident::read(object, collected)?)
    };
    let id = match &told {
        Told::Incident(incident) => &incident.id,
        Told::Maintenance(maintenance) => &maintenance.id,
    };
    collected.used(id);
    Ok(told)
}

impl<S: Copy + PartialEq> Common<S> {
    /// Reads them.
    pub(super) fn read(object: &Object<'_>, words: &Vocabulary<S>, collected: &mut Collected) -> Result<Self, Reason> {
        let id = object.id()?;
        collected.check_new(&id)?;
        let status = object.status(words)?;
        let own_page = object.optional_id("page_id");
        let listed = object.objects("incident_updates").map(|updates| updates.list).unwrap_or_default();
        let markdown = collected.markdown || is_incident_io(&id, own_page.as_ref(), &listed);
        let updates = update::read(&listed, words, markdown, collected);
        let started_at = object.time("started_at");
        let stated_updated_at = object.time("updated_at");
        let created_at = object
            .time("created_at")
            .or_else(|| updates.first().map(|update| update.display_at))
            .or(started_at)
            .or(stated_updated_at)
            .ok_or("it has no usable time")?;
        let newest = updates.iter().map(|update| update.updated_at.max(update.display_at)).max();
        let updated_at = stated_updated_at.or(newest).unwrap_or(created_at);
        Ok(Self {
            title: object.name(&id),
            status,
            created_at,
            updated_at,
            started_at,
            monitoring_at: object.time("monitoring_at"),
            resolved_at: object.time("resolved_at"),
            source_page: collected.page.clone().or(own_page),
            services: collected.services_of(object, updated_at),
            updates,
            id,
        })
    }

    /// Warns where it states another status than its newest update says.
    pub(super) fn check_status(&self, object: &Object<'_>, words: &Vocabulary<S>) {
        if let Some(newest) = self.updates.last().filter(|newest| newest.status != self.status) {
            let (own, said) = ((words.word)(self.status), (words.word)(newest.status));
            object.warn(&format!("`status` is `{own}`, but its newest update says `{said}`, which counts"));
        }
    }

    /// Where nothing was said: its status as an update without text at `at`, which bears its own id.
    pub(super) fn keep_status_alone(&mut self, object: &Object<'_>, at: DateTime<Utc>) {
        object.warn("it has no usable update, only its status is kept");
        self.updates.push(Update {
            number: 0,
            id: self.id.clone(),
            status: self.status,
            body: String::new(),
            translations: BTreeMap::new(),
            next_update_at: None,
            display_at: at,
            created_at: at,
            updated_at: at,
            affected: None,
            deliver_notifications: false,
            origin: Origin::Import,
        });
    }
}

/// Whether it bears incident.io's kind of ids, so that its bodies are Markdown.
fn is_incident_io(id: &PublicId, page: Option<&PublicId>, updates: &[Object<'_>]) -> bool {
    let of_update = |update: &Object<'_>| update.value("id").and_then(serde_json::Value::as_str).is_some_and(is_ulid);
    is_ulid(id.as_str()) || page.is_some_and(|page| is_ulid(page.as_str())) || updates.iter().any(of_update)
}
