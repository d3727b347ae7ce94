//! The part of a dump that grows: incidents and maintenances with their updates, and events.

mod event;
mod series;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{Moment, is_no, is_person, is_yes, or, person, unless, yes};
use crate::domain::{
    Affected, Impact, Incident, IncidentStatus, Maintenance, MaintenanceStatus, Occurrence, Origin, PublicId, Repeat, ServiceStatus,
    Update, is_language_tag, usual_tag,
};

pub(crate) use event::EventRow;
use series::{OccurrenceRow, RepeatRow};

/// An update of an incident or a maintenance.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct UpdateRow<S> {
    pub(crate) number: i64,
    pub(crate) id: PublicId,
    pub(crate) status: S,
    pub(crate) at: Moment,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) next_update_at: Option<Moment>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) created_at: Option<Moment>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) updated_at: Option<Moment>,
    #[serde(default = "person", skip_serializing_if = "is_person")]
    pub(crate) origin: Origin,
    #[serde(default = "yes", skip_serializing_if = "is_yes")]
    pub(crate) deliver_notifications: bool,
    /// Absent, `[]` and an element without a service are three different things to say.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) affected: Option<Vec<AffectedRow>>,
    pub(crate) body: String,
    /// The body in other languages, by tag.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub(crate) translations: BTreeMap<String, String>,
}

impl<S: Copy> From<&Update<S>> for UpdateRow<S> {
    fn from(update: &Update<S>) -> Self {
        Self {
            number: update.number,
            id: update.id.clone(),
            status: update.status,
            at: Moment(update.display_at),
            next_update_at: update.next_update_at.map(Moment),
            created_at: unless(update.created_at, update.display_at),
            updated_at: unless(update.updated_at, update.created_at),
            origin: update.origin,
            deliver_notifications: update.deliver_notifications,
            affected: update.affected.as_ref().map(|affected| affected.iter().map(AffectedRow::from).collect()),
            body: update.body.clone(),
            translations: update.translations.clone(),
        }
    }
}

impl<S> From<UpdateRow<S>> for Update<S> {
    fn from(row: UpdateRow<S>) -> Self {
        let created_at = or(row.created_at, row.at.0);
        Self {
            number: row.number,
            id: row.id,
            status: row.status,
            body: row.body,
            translations: row
                .translations
                .into_iter()
                .filter(|(language, _)| is_language_tag(language))
                .map(|(language, text)| (usual_tag(&language), text))
                .collect(),
            display_at: row.at.0,
            next_update_at: row.next_update_at.map(|moment| moment.0),
            created_at,
            updated_at: or(row.updated_at, created_at),
            affected: row.affected.map(|affected| affected.into_iter().map(Affected::from).collect()),
            deliver_notifications: row.deliver_notifications,
            origin: row.origin,
        }
    }
}

/// What an update says of one service.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct AffectedRow {
    /// Written as `null` and never left out: forgetting it would say "no service was affected".
    #[serde(deserialize_with = "Option::deserialize")]
    pub(crate) service: Option<PublicId>,
    pub(crate) name: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) old_status: Option<ServiceStatus>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) new_status: Option<ServiceStatus>,
}

impl From<&Affected> for AffectedRow {
    fn from(affected: &Affected) -> Self {
        Self {
            service: affected.service.clone(),
            name: affected.name.clone(),
            old_status: affected.old_status,
            new_status: affected.new_status,
        }
    }
}

impl From<AffectedRow> for Affected {
    fn from(row: AffectedRow) -> Self {
        Self { service: row.service, name: row.name, old_status: row.old_status, new_status: row.new_status }
    }
}

/// An incident.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct IncidentRow {
    pub(crate) number: i64,
    pub(crate) id: PublicId,
    pub(crate) title: String,
    pub(crate) impact: Impact,
    #[serde(default, skip_serializing_if = "is_no")]
    pub(crate) draft: bool,
    pub(crate) started_at: Moment,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) created_at: Option<Moment>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) updated_at: Option<Moment>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) stated_monitoring_at: Option<Moment>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) stated_resolved_at: Option<Moment>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) closed_by_source_at: Option<Moment>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) source_page: Option<PublicId>,
    pub(crate) revision: i64,
    pub(crate) updates: Vec<UpdateRow<IncidentStatus>>,
}

impl From<&Incident> for IncidentRow {
    fn from(incident: &Incident) -> Self {
        Self {
            number: incident.number,
            id: incident.id.clone(),
            title: incident.title.clone(),
            impact: incident.impact,
            draft: incident.draft,
            started_at: Moment(incident.started_at),
            created_at: unless(incident.created_at, incident.started_at),
            updated_at: unless(incident.updated_at, incident.created_at),
            stated_monitoring_at: incident.stated_monitoring_at.map(Moment),
            stated_resolved_at: incident.stated_resolved_at.map(Moment),
            closed_by_source_at: incident.closed_by_source_at.map(Moment),
            source_page: incident.source_page.clone(),
            revision: incident.revision,
            updates: in_order(&incident.updates),
        }
    }
}

impl From<IncidentRow> for Incident {
    fn from(row: IncidentRow) -> Self {
        let created_at = or(row.created_at, row.started_at.0);
        let mut updates: Vec<Update<IncidentStatus>> = row.updates.into_iter().map(Update::from).collect();
        updates.sort_by_key(Update::order);
        Self {
            number: row.number,
            id: row.id,
            title: row.title,
            impact: row.impact,
            draft: row.draft,
            created_at,
            updated_at: or(row.updated_at, created_at),
            started_at: row.started_at.0,
            stated_monitoring_at: row.stated_monitoring_at.map(|moment| moment.0),
            stated_resolved_at: row.stated_resolved_at.map(|moment| moment.0),
            closed_by_source_at: row.closed_by_source_at.map(|moment| moment.0),
            source_page: row.source_page,
            revision: row.revision,
            updates,
        }
    }
}

/// A maintenance.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct MaintenanceRow {
    pub(crate) number: i64,
    pub(crate) id: PublicId,
    pub(crate) title: String,
    pub(crate) scheduled_for: Moment,
    pub(crate) scheduled_until: Moment,
    #[serde(default = "yes", skip_serializing_if = "is_yes")]
    pub(crate) auto_start: bool,
    #[serde(default = "yes", skip_serializing_if = "is_yes")]
    pub(crate) auto_finish: bool,
    pub(crate) services: Vec<PublicId>,
    pub(crate) created_at: Moment,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) updated_at: Option<Moment>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) stated_started_at: Option<Moment>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) stated_monitoring_at: Option<Moment>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) stated_resolved_at: Option<Moment>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) closed_by_source_at: Option<Moment>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) source_page: Option<PublicId>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) repeat: Option<RepeatRow>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) occurrence: Option<OccurrenceRow>,
    pub(crate) revision: i64,
    pub(crate) updates: Vec<UpdateRow<MaintenanceStatus>>,
}

impl From<&Maintenance> for MaintenanceRow {
    fn from(maintenance: &Maintenance) -> Self {
        Self {
            number: maintenance.number,
            id: maintenance.id.clone(),
            title: maintenance.title.clone(),
            scheduled_for: Moment(maintenance.scheduled_for),
            scheduled_until: Moment(maintenance.scheduled_until),
            auto_start: maintenance.auto_start,
            auto_finish: maintenance.auto_finish,
            services: maintenance.services.clone(),
            created_at: Moment(maintenance.created_at),
            updated_at: unless(maintenance.updated_at, maintenance.created_at),
            stated_started_at: maintenance.stated_started_at.map(Moment),
            stated_monitoring_at: maintenance.stated_monitoring_at.map(Moment),
            stated_resolved_at: maintenance.stated_resolved_at.map(Moment),
            closed_by_source_at: maintenance.closed_by_source_at.map(Moment),
            source_page: maintenance.source_page.clone(),
            repeat: maintenance.repeat.as_ref().map(RepeatRow::from),
            occurrence: maintenance.occurrence.as_ref().map(OccurrenceRow::from),
            revision: maintenance.revision,
            updates: in_order(&maintenance.updates),
        }
    }
}

impl From<MaintenanceRow> for Maintenance {
    fn from(row: MaintenanceRow) -> Self {
        let mut updates: Vec<Update<MaintenanceStatus>> = row.updates.into_iter().map(Update::from).collect();
        updates.sort_by_key(Update::order);
        Self {
            number: row.number,
            id: row.id,
            title: row.title,
            scheduled_for: row.scheduled_for.0,
            scheduled_until: row.scheduled_until.0,
            auto_start: row.auto_start,
            auto_finish: row.auto_finish,
            services: row.services,
            created_at: row.created_at.0,
            updated_at: or(row.updated_at, row.created_at.0),
            stated_started_at: row.stated_started_at.map(|moment| moment.0),
            stated_monitoring_at: row.stated_monitoring_at.map(|moment| moment.0),
            stated_resolved_at: row.stated_resolved_at.map(|moment| moment.0),
            closed_by_source_at: row.closed_by_source_at.map(|moment| moment.0),
            source_page: row.source_page,
            repeat: row.repeat.map(Repeat::from),
            occurrence: row.occurrence.map(Occurrence::from),
            revision: row.revision,
            updates,
        }
    }
}

/// Rows in the order of updates, whichever order they come in.
fn in_order<S: Copy>(updates: &[Update<S>]) -> Vec<UpdateRow<S>> {
    let mut sorted: Vec<&Update<S>> = updates.iter().collect();
    sorted.sort_by_key(|update| update.order());
    sorted.into_iter().map(UpdateRow::from).collect()
}
