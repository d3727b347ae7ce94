//! Scheduled maintenances.

use chrono::{DateTime, Utc};

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
    let clock = Clock::of(&common, scheduled_for);
    if clock == Clock::default() {
        common.check_status(object, &MAINTENANCE);
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
        auto_start: clock.started,
        auto_finish: false,
        services: covered(common.services, &common.updates),
        created_at: common.created_at,
        updated_at: common.updated_at,
        stated_started_at: common.started_at,
        stated_monitoring_at: common.monitoring_at,
        stated_resolved_at: common.resolved_at,
        closed_by_source_at: clock.finished_at,
        source_page: common.source_page,
        repeat: None,
        occurrence: None,
        revision: 0,
        updates: common.updates,
    })
}

/// What the clock did at the source without an update: the stated status is kept, and no text is invented for it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Clock {
    /// Its window began.
    started: bool,
    /// Its window ended, at this moment.
    finished_at: Option<DateTime<Utc>>,
}

impl Clock {
    fn of(common: &Common<MaintenanceStatus>, scheduled_for: DateTime<Utc>) -> Self {
        let Some(newest) = common.updates.last().filter(|newest| newest.status != common.status && !newest.status.is_over()) else {
            return Self::default();
        };
        let completed = common.status == MaintenanceStatus::Completed;
        let moved_on = completed || (common.status.is_active() && scheduled_for <= common.updated_at);
        let finished = common.resolved_at.unwrap_or(common.updated_at).max(newest.display_at);
        Self { started: newest.status == MaintenanceStatus::Scheduled && moved_on, finished_at: completed.then_some(finished) }
    }
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::import::statuspage;

    /// What a page says of a maintenance whose window the clock opened or closed: only the announcement is an update.
    fn said(status: &str, resolved_at: &str) -> statuspage::SourceFile {
        let text = format!(
            r#"{{"page": {{"id": "p1", "name": "P", "url": "https://p.example", "time_zone": "Etc/UTC", "updated_at": "2026-11-22T12:00:00.000Z"}},
            "scheduled_maintenances": [{{"id": "m1", "name": "M", "status": "{status}", "impact": "maintenance",
            "created_at": "2026-11-22T08:00:00.000Z", "updated_at": "2026-11-22T11:00:00.000Z", "resolved_at": {resolved_at},
            "scheduled_for": "2026-11-22T10:00:00.000Z", "scheduled_until": "2026-11-22T11:00:00.000Z", "components": [],
            "incident_updates": [{{"id": "u1", "status": "scheduled", "body": "b", "affected_components": null,
            "display_at": "2026-11-22T08:00:00.000Z", "created_at": "2026-11-22T08:00:00.000Z", "updated_at": "2026-11-22T08:00:00.000Z"}}]}}]}}"#
        );
        statuspage::read(&text, "page.json")
    }

    #[test]
    fn what_the_clock_did_at_the_source_is_kept_without_a_word() {
        let at = |text: &str| text.parse::<DateTime<Utc>>().unwrap();
        let file = said("completed", "\"2026-11-22T11:00:00.000Z\"");
        assert_eq!(file.warnings, Vec::<String>::new());
        let completed = &file.maintenances[0];
        assert_eq!(completed.updates.len(), 1);
        assert_eq!(completed.status_at(at("2026-11-22T10:30:00Z")), MaintenanceStatus::InProgress);
        assert_eq!(completed.status_at(at("2026-11-22T11:00:00Z")), MaintenanceStatus::Completed);
        let running = said("in_progress", "null");
        assert_eq!(running.warnings, Vec::<String>::new());
        assert_eq!(running.maintenances[0].status_at(at("2026-11-22T12:00:00Z")), MaintenanceStatus::InProgress);
    }
}
