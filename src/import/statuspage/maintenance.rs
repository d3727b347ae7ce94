//! Scheduled maintenances.

use super::collected::Collected;
use super::object::{Object, Reason};
use super::told::Common;
use super::words::MAINTENANCE;
use crate::domain::{Maintenance, MaintenanceStatus, PublicId, Update};

/// A maintenance; the reason where it cannot be used.
pub(super) fn read(object: &Object<'_>, collected: &mut Collected) -> Result<Maintenance, Reason> {
    let scheduled_for = object.time("scheduled_for").ok_or("it has no usable `scheduled_for`")?;
    let mut common = Common::read(object, &MAINTENANCE, collected)?;
    if common.updates.is_empty() {
        let at = match common.status {
            MaintenanceStatus::Scheduled => common.created_at,
            MaintenanceStatus::InProgress | MaintenanceStatus::Verifying => common.updated_at,
            MaintenanceStatus::Completed | MaintenanceStatus::Cancelled => common.resolved_at.unwrap_or(common.updated_at),
        };
        common.keep_status_alone(object, at);
    }
    let scheduled_until = object.time("scheduled_until").unwrap_or(scheduled_for);
    if scheduled_until < scheduled_for {
        object.warn("`scheduled_until` is before `scheduled_for`, which stands in for it");
    }
    Ok(Maintenance {
        number: 0,
        id: common.id,
        title: common.title,
        scheduled_for,
        scheduled_until: scheduled_until.max(scheduled_for),
        auto_start: false,
        auto_finish: false,
        services: covered(common.services, &common.updates),
        created_at: common.created_at,
        updated_at: common.updated_at,
        stated_started_at: common.started_at,
        stated_monitoring_at: common.monitoring_at,
        stated_resolved_at: common.resolved_at,
        closed_by_source_at: None,
        source_page: common.source_page,
        revision: 0,
        updates: common.updates,
    })
}

/// The services it carries as objects, then those its updates name, each once.
fn covered(carried: Vec<PublicId>, updates: &[Update<MaintenanceStatus>]) -> Vec<PublicId> {
    let named = updates.iter().filter_map(|update| update.affected.as_ref()).flatten().filter_map(|affected| affected.service.clone());
    let mut services = Vec::new();
    for service in carried.into_iter().chain(named) {
        if !services.contains(&service) {
            services.push(service);
        }
    }
    services
}
