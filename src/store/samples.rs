//! Values that the tests of this room record.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use tempfile::TempDir;

use super::{NewEvent, OrgStore, Write};
use crate::domain::{
    Affected, EventKind, Group, Impact, Incident, IncidentStatus, Looks, Maintenance, MaintenanceStatus, ManualStatus, Organization,
    Origin, PublicId, Service, ServiceStatus, Subject, Update, UptimeRule,
};

/// The minute `minute` of all tests.
pub(super) fn at(minute: i64) -> DateTime<Utc> {
    DateTime::from_timestamp_millis(1_790_000_000_123 + minute * 60_000).unwrap()
}

pub(super) fn id(text: &str) -> PublicId {
    PublicId::parse(text).unwrap()
}

/// A new organization in a folder that goes away with the first value.
pub(super) fn new_store() -> (TempDir, OrgStore) {
    let folder = tempfile::tempdir().unwrap();
    let store = OrgStore::create(&folder.path().join("org.db"), &id("page1"), at(0)).unwrap();
    (folder, store)
}

/// Runs one write that must succeed.
pub(super) fn write<T>(store: &mut OrgStore, work: impl FnOnce(&Write<'_>) -> anyhow::Result<T>) -> T {
    store.write("ann", at(0), work).unwrap()
}

pub(super) fn organization() -> Organization {
    Organization {
        id: id("page1"),
        slug: "acme".parse().unwrap(),
        name: "Acme".to_owned(),
        url: None,
        description: None,
        time_zone: chrono_tz::UTC,
        language: "en".to_owned(),
        other_languages: Vec::new(),
        uptime: UptimeRule::default(),
        images: false,
        looks: Looks::default(),
    }
}

pub(super) fn group(name: &str) -> Group {
    Group { name: name.to_uppercase(), position: 1, updated_at: at(2), ..Group::new(id(name), name.parse().unwrap(), at(1)) }
}

pub(super) fn service(name: &str) -> Service {
    Service { name: name.to_uppercase(), position: 1, updated_at: at(2), ..Service::new(id(name), name.parse().unwrap(), at(1)) }
}

pub(super) fn manual(service: &str, status: ServiceStatus, minute: i64) -> ManualStatus {
    ManualStatus { number: 0, service: id(service), status, at: at(minute), message: None, origin: Origin::Person, created_at: at(minute) }
}

pub(super) fn affected(service: &str, status: ServiceStatus) -> Affected {
    Affected { service: Some(id(service)), name: format!("then {service}"), old_status: None, new_status: Some(status) }
}

pub(super) fn update<S>(name: &str, status: S, minute: i64, affected: Option<Vec<Affected>>) -> Update<S> {
    Update {
        number: 0,
        id: id(name),
        status,
        body: format!("body {name}"),
        translations: BTreeMap::new(),
        next_update_at: None,
        display_at: at(minute),
        created_at: at(minute),
        updated_at: at(minute),
        affected,
        deliver_notifications: true,
        origin: Origin::Person,
    }
}

pub(super) fn incident(name: &str, updates: Vec<Update<IncidentStatus>>) -> Incident {
    let moment = updates.first().map_or(at(0), |update| update.display_at);
    Incident {
        number: 0,
        id: id(name),
        title: format!("title {name}"),
        impact: Impact::Minor,
        draft: false,
        created_at: moment,
        updated_at: moment,
        started_at: moment,
        stated_monitoring_at: None,
        stated_resolved_at: None,
        closed_by_source_at: None,
        source_page: None,
        revision: 1,
        updates,
    }
}

pub(super) fn maintenance(name: &str, services: &[&str]) -> Maintenance {
    Maintenance {
        number: 0,
        id: id(name),
        title: format!("title {name}"),
        scheduled_for: at(100),
        scheduled_until: at(160),
        auto_start: true,
        auto_finish: false,
        services: services.iter().map(|service| id(service)).collect(),
        created_at: at(3),
        updated_at: at(4),
        stated_started_at: None,
        stated_monitoring_at: None,
        stated_resolved_at: None,
        closed_by_source_at: None,
        source_page: None,
        repeat: None,
        occurrence: None,
        revision: 1,
        updates: vec![update(&format!("{name}u"), MaintenanceStatus::Scheduled, 3, None)],
    }
}

pub(super) fn event(kind: EventKind, subject: Subject) -> NewEvent {
    NewEvent { kind, subject, status: None, effective_at: at(5), sentence: "did it".to_owned() }
}
