//! Views to the parts that Statuspage's documents are made of.

use crate::domain::{Affected, MaintenanceStatus, PublicId, ServiceStatus, Update};
use crate::render::markdown::Images;
use crate::render::wire::{incident_bodies, incident_url, maintenance_bodies, maintenance_url, timestamp};
use crate::snapshot::{Entry, GroupView, IncidentView, MaintenanceView, NamedService, ServiceView, Snapshot};

use super::wire;

/// Which status the services inside an incident carry.
#[derive(Clone, Copy)]
pub(super) enum ServiceStatuses {
    /// The present one.
    Current,
    /// What the incident itself said last, operational where it said nothing.
    LastSaid,
}

pub(super) fn page(snapshot: &Snapshot) -> wire::Page<'_> {
    let organization = &snapshot.organization;
    wire::Page {
        id: organization.id.as_str(),
        name: &organization.name,
        // Statuspage writes the page's address without a final slash, and clients append `/api/v2/…`.
        url: organization.address().trim_end_matches('/').to_owned(),
        time_zone: organization.time_zone.name(),
        updated_at: timestamp(snapshot.updated_at),
    }
}

pub(super) fn rollup(snapshot: &Snapshot) -> wire::Status {
    wire::Status { indicator: snapshot.rollup.indicator, description: snapshot.rollup.description }
}

/// Groups and services in page order, each group followed by its services.
pub(super) fn component_list(snapshot: &Snapshot) -> Vec<wire::Component<'_>> {
    let page_id = snapshot.organization.id.as_str();
    let mut components = Vec::new();
    for entry in &snapshot.entries {
        match entry {
            Entry::Group(view) => {
                components.push(group(view, page_id));
                components.extend(view.services.iter().map(|view| service(view, page_id)));
            }
            Entry::Service(view) => components.push(service(view, page_id)),
        }
    }
    components
}

pub(super) fn incident<'a>(snapshot: &'a Snapshot, view: &'a IncidentView, statuses: ServiceStatuses) -> wire::Incident<'a> {
    let (organization, incident) = (&snapshot.organization, &view.incident);
    wire::Incident {
        id: incident.id.as_str(),
        name: &incident.title,
        status: view.status.as_str(),
        created_at: timestamp(incident.created_at),
        updated_at: timestamp(incident.updated_at),
        monitoring_at: view.monitoring_at.map(timestamp),
        resolved_at: view.resolved_at.map(timestamp),
        impact: incident.impact.as_str(),
        shortlink: incident_url(organization, &incident.id),
        started_at: timestamp(incident.started_at),
        page_id: organization.id.as_str(),
        incident_updates: updates(&incident.id, &incident.updates, incident_bodies(view, Images::of(organization)), |update| {
            update.status.as_str()
        }),
        components: named(snapshot, &view.services, statuses),
        reminder_intervals: None,
    }
}

pub(super) fn maintenance<'a>(snapshot: &'a Snapshot, view: &'a MaintenanceView, statuses: ServiceStatuses) -> wire::Maintenance<'a> {
    let (organization, maintenance) = (&snapshot.organization, &view.maintenance);
    let monitoring_at = maintenance.stated_monitoring_at;
    wire::Maintenance {
        id: maintenance.id.as_str(),
        name: &maintenance.title,
        status: maintenance_word(view.status),
        created_at: timestamp(maintenance.created_at),
        updated_at: timestamp(view.updated_at),
        monitoring_at: monitoring_at.map(timestamp),
        resolved_at: view.completed_at.map(timestamp),
        impact: "maintenance",
        shortlink: maintenance_url(organization, &maintenance.id),
        // At Statuspage this is when the maintenance was announced, also before work begins.
        started_at: timestamp(maintenance.stated_started_at.unwrap_or(maintenance.created_at)),
        page_id: organization.id.as_str(),
        incident_updates: updates(&maintenance.id, &maintenance.updates, maintenance_bodies(view, Images::of(organization)), |update| {
            maintenance_word(update.status)
        }),
        components: named(snapshot, &view.services, statuses),
        scheduled_for: timestamp(maintenance.scheduled_for),
        scheduled_until: timestamp(maintenance.scheduled_until),
    }
}

/// Clients know four words; what was cancelled is over for them.
fn maintenance_word(status: MaintenanceStatus) -> &'static str {
    match status {
        MaintenanceStatus::Cancelled => MaintenanceStatus::Completed.as_str(),
        other => other.as_str(),
    }
}

fn group<'a>(view: &'a GroupView, page_id: &'a str) -> wire::Component<'a> {
    let group = &view.group;
    wire::Component {
        id: group.id.as_str(),
        name: &group.name,
        status: view.status.as_str(),
        created_at: timestamp(group.created_at),
        updated_at: timestamp(group.updated_at),
        position: group.position,
        description: group.description.as_deref(),
        showcase: false,
        start_date: None,
        group_id: None,
        page_id,
        group: true,
        only_show_if_degraded: false,
        components: Some(view.services.iter().map(|view| view.service.id.as_str()).collect()),
    }
}

fn service<'a>(view: &'a ServiceView, page_id: &'a str) -> wire::Component<'a> {
    let service = &view.service;
    wire::Component {
        id: service.id.as_str(),
        name: &service.name,
        status: view.status.as_str(),
        created_at: timestamp(service.created_at),
        updated_at: timestamp(view.updated_at),
        position: service.position,
        description: service.description.as_deref(),
        showcase: service.showcase,
        start_date: service.start_date.map(|date| date.to_string()),
        group_id: service.group.as_ref().map(PublicId::as_str),
        page_id,
        group: false,
        only_show_if_degraded: service.only_show_if_degraded,
        components: None,
    }
}

/// The services an incident or a maintenance names, those that are still listed, in page order as at Statuspage.
fn named<'a>(snapshot: &'a Snapshot, named: &'a [NamedService], statuses: ServiceStatuses) -> Vec<wire::Component<'a>> {
    let page_id = snapshot.organization.id.as_str();
    let mut components = Vec::with_capacity(named.len());
    for view in snapshot.services() {
        let Some(name) = named.iter().find(|name| name.id == view.service.id) else { continue };
        let mut component = service(view, page_id);
        if matches!(statuses, ServiceStatuses::LastSaid) {
            component.status = name.last_said.unwrap_or(ServiceStatus::Operational).as_str();
            component.updated_at = timestamp(name.said_at);
        }
        components.push(component);
    }
    components
}

/// Updates, newest first.
fn updates<'a, S>(
    incident_id: &'a PublicId,
    updates: &'a [Update<S>],
    bodies: &'a [String],
    word: impl Fn(&Update<S>) -> &'static str,
) -> Vec<wire::Update<'a>> {
    let update = |(update, body): (&'a Update<S>, &'a String)| wire::Update {
        id: update.id.as_str(),
        status: word(update),
        body,
        incident_id: incident_id.as_str(),
        created_at: timestamp(update.created_at),
        updated_at: timestamp(update.updated_at),
        display_at: timestamp(update.display_at),
        affected_components: update.affected.as_ref().map(|list| list.iter().filter_map(affected).collect()),
        deliver_notifications: update.deliver_notifications,
        custom_tweet: None,
        tweet_id: None,
    };
    updates.iter().zip(bodies).rev().map(update).collect()
}

/// `None` for an element without a service, which the contract has no shape for.
fn affected(affected: &Affected) -> Option<wire::AffectedComponent<'_>> {
    let old = affected.old_status.unwrap_or(ServiceStatus::Operational);
    Some(wire::AffectedComponent {
        code: affected.service.as_ref()?.as_str(),
        name: &affected.name,
        old_status: old.as_str(),
        new_status: affected.new_status.unwrap_or(old).as_str(),
    })
}
