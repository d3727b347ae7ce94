//! The organization at a glance, its log, and when to build again.

use chrono::{DateTime, Utc};

use crate::domain::{Maintenance, ServiceStatus};
use crate::ops::maintenance::series::{as_told, behind};
use crate::ops::report::{BadDayReport, LogReport, NextReport, StatusReport};
use crate::ops::{Org, describe};
use crate::snapshot::{self, ServiceView, Snapshot, VerdictKind};
use crate::store::Scope;

/// What is going on now.
///
/// # Errors
/// Fails where org.db cannot be read.
pub fn status(org: &Org, now: DateTime<Utc>) -> anyhow::Result<StatusReport> {
    let history = org.history(Scope::Everything, now)?;
    let snapshot = snapshot::snapshot(&history, now);
    // The verdict is the visitors': what is hidden from them has no part in it.
    let seen = org.snapshot(Scope::Public, now)?;
    let slugs = describe::Slugs::new(&history.services);
    let mut open: Vec<_> = history.incidents.iter().filter(|incident| incident.is_open()).collect();
    open.sort_by_key(|incident| std::cmp::Reverse((incident.updated_at, incident.number)));
    let behind = behind(&history.maintenances, now);
    let is_told = |one: &&Maintenance| one.is_recorded() || one.as_of(now).is_some() && !behind.contains(&one.id);
    let current = history.maintenances.iter().filter(|maintenance| !maintenance.status_at(now).is_over()).filter(is_told);
    Ok(StatusReport {
        org: org.folder.slug.clone(),
        name: org.settings.name.clone(),
        at: now,
        status: seen.verdict.status,
        verdict: verdict(&seen),
        indicator: seen.rollup.indicator,
        description: seen.rollup.description,
        services: describe::services(&snapshot, &history, &org.store.statuses_given()?),
        bad_days: bad_days(&snapshot),
        open_incidents: open.into_iter().map(|incident| slugs.incident(incident)).collect(),
        overdue: history.incidents.iter().filter(|incident| incident.is_overdue(now)).map(|incident| incident.id.clone()).collect(),
        maintenances: current.map(|one| slugs.maintenance(&as_told(one.clone(), now), &history.services, &history.series, now)).collect(),
        next: seen.valid_until,
    })
}

fn bad_days(snapshot: &Snapshot) -> Vec<BadDayReport> {
    let bad = |view: &ServiceView| {
        let slug = view.service.slug.clone();
        let days = view.days.iter().filter_map(|day| Some((day.date, day.worst.filter(|worst| *worst != ServiceStatus::Operational)?)));
        days.map(|(date, worst)| BadDayReport { service: slug.clone(), date, worst }).collect::<Vec<_>>()
    };
    snapshot.services().flat_map(bad).collect()
}

/// The newest `limit` events since a moment, oldest first.
///
/// # Errors
/// Fails where org.db cannot be read.
pub fn log(org: &Org, since: Option<DateTime<Utc>>, limit: usize) -> anyhow::Result<LogReport> {
    Ok(LogReport { events: org.store.log(since, limit)? })
}

/// The next moment at which a rebuild would change something.
///
/// # Errors
/// Fails where org.db cannot be read.
pub fn next(org: &Org, now: DateTime<Utc>) -> anyhow::Result<NextReport> {
    let history = org.history(Scope::Public, now)?;
    let snapshot = snapshot::snapshot(&history, now);
    let next = snapshot.valid_until;
    let maintenance = history.maintenances.iter().find(|maintenance| maintenance.next_change(now) == Some(next));
    let service = history.manual_statuses.iter().find(|manual| manual.at == next).and_then(|manual| history.service(&manual.service));
    let overdue = snapshot.open_incidents.iter().find(|view| view.incident.next_update_at() == Some(next));
    let reason = match (maintenance, service) {
        _ if let Some(view) = overdue => format!("the next update of {} is due", view.incident.title),
        (Some(maintenance), _) => format!("maintenance {} becomes {}", maintenance.title, maintenance.status_at(next)),
        (None, Some(service)) => format!("the status of {} changes", service.name),
        (None, None) if history.organization.time_zone == chrono_tz::Etc::UTC => "a new day begins".to_owned(),
        (None, None) => format!("a new day begins in {}", history.organization.time_zone.name()),
    };
    Ok(NextReport { next, reason })
}

/// The verdict as one English sentence.
fn verdict(snapshot: &Snapshot) -> String {
    let verdict = &snapshot.verdict;
    let what = match verdict.status {
        ServiceStatus::Operational => "operational",
        ServiceStatus::UnderMaintenance => "maintenance",
        ServiceStatus::DegradedPerformance => "degraded performance",
        ServiceStatus::PartialOutage => "partial outage",
        ServiceStatus::MajorOutage => "major outage",
    };
    match (verdict.kind, verdict.worst.as_slice()) {
        (VerdictKind::Empty, _) => "no services yet".to_owned(),
        (VerdictKind::AllOperational, _) => "all services operational".to_owned(),
        (VerdictKind::OpenIncident, _) => match snapshot.open_incidents.first() {
            Some(view) => format!("{}: {}", view.status, view.incident.title),
            None => "an incident is open".to_owned(),
        },
        (VerdictKind::All, _) => format!("{what} of all services"),
        (VerdictKind::Some, [one]) => format!("{what} of {one}"),
        (VerdictKind::Some, [one, two]) => format!("{what} of {one} and {two}"),
        (VerdictKind::Some, [one, two, three]) => format!("{what} of {one}, {two} and {three}"),
        (VerdictKind::Some, [one, rest @ ..]) => format!("{what} of {one} and {} other services", rest.len()),
        (VerdictKind::Some, []) => what.to_owned(),
    }
}
