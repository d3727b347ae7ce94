//! Domain values as reports.

use std::collections::HashMap;
use std::fmt::Display;

use chrono::{DateTime, Utc};

use crate::domain::{Affected, Etag, History, Incident, Maintenance, PublicId, Service, Slug, Standing, StatusesGiven, Update};
use crate::ops::maintenance::series::Outlook;
use crate::ops::report::{
    AffectedReport, CheckReport, GroupReport, IncidentReport, MaintenanceReport, OccurrenceReport, RepeatReport, ServiceReport,
    UpdateReport,
};
use crate::snapshot::{GroupView, ServiceView, Snapshot};
use crate::store::LatestCheck;

/// Slugs by service id.
pub(super) struct Slugs<'a>(HashMap<&'a PublicId, &'a Slug>);

impl<'a> Slugs<'a> {
    pub(super) fn new(services: &'a [Service]) -> Self {
        let present = services.iter().filter(|service| service.standing != Standing::Removed);
        Self(present.map(|service| (&service.id, &service.slug)).collect())
    }

    fn affected(&self, affected: &Affected) -> AffectedReport {
        AffectedReport {
            id: affected.service.clone(),
            slug: affected.service.as_ref().and_then(|id| self.0.get(id)).map(|slug| (*slug).clone()),
            name: affected.name.clone(),
            old_status: affected.old_status,
            new_status: affected.new_status,
        }
    }

    fn updates<S: Display>(&self, updates: &[Update<S>]) -> Vec<UpdateReport> {
        let numbered = updates.iter().enumerate();
        numbered
            .map(|(place, update)| UpdateReport {
                number: place + 1,
                id: update.id.clone(),
                status: update.status.to_string(),
                body: update.body.clone(),
                translations: update.translations.clone(),
                display_at: update.display_at,
                next_update_at: update.next_update_at,
                created_at: update.created_at,
                updated_at: update.updated_at,
                affected: update.affected.as_ref().map(|list| list.iter().map(|affected| self.affected(affected)).collect()),
            })
            .collect()
    }

    pub(super) fn incident(&self, incident: &Incident) -> IncidentReport {
        let last_said = |id: &PublicId| {
            let said = incident.updates.iter().rev().filter_map(|update| update.affected.as_ref()).flatten();
            said.into_iter().find(|affected| affected.service.as_ref() == Some(id)).map(|affected| self.affected(affected))
        };
        IncidentReport {
            id: incident.id.clone(),
            number: incident.number,
            title: incident.title.clone(),
            status: incident.status(),
            impact: incident.impact,
            draft: incident.draft,
            created_at: incident.created_at,
            started_at: incident.started_at,
            updated_at: incident.updated_at,
            monitoring_at: incident.monitoring_at(),
            next_update_at: incident.next_update_at(),
            resolved_at: incident.resolved_at(),
            closed_by_source_at: incident.closed_by_source_at,
            services: incident.services().into_iter().filter_map(last_said).collect(),
            updates: self.updates(&incident.updates),
            etag: Etag::of(incident),
        }
    }

    /// A maintenance; of `series` that of which it is a date gives its number.
    pub(super) fn maintenance(
        &self,
        maintenance: &Maintenance,
        names: &[Service],
        series: &[Maintenance],
        now: DateTime<Utc>,
    ) -> MaintenanceReport {
        let occurrence = maintenance.occurrence.as_ref().map(|occurrence| OccurrenceReport {
            number: series.iter().find(|one| one.id == occurrence.series).map(|one| one.number),
            series: occurrence.series.clone(),
            day: occurrence.day,
        });
        let covered = maintenance.services.iter().map(|id| AffectedReport {
            id: Some(id.clone()),
            slug: self.0.get(id).map(|slug| (*slug).clone()),
            name: names.iter().find(|service| service.id == *id).map_or_else(|| id.to_string(), |service| service.name.clone()),
            old_status: None,
            new_status: None,
        });
        MaintenanceReport {
            id: maintenance.id.clone(),
            number: maintenance.is_recorded().then_some(maintenance.number),
            title: maintenance.title.clone(),
            status: maintenance.status_at(now),
            scheduled_for: maintenance.scheduled_for,
            scheduled_until: maintenance.scheduled_until,
            auto_start: maintenance.auto_start,
            auto_finish: maintenance.auto_finish,
            began_at: maintenance.began_at().filter(|began| *began <= now),
            completed_at: maintenance.completed_at(now),
            created_at: maintenance.created_at,
            updated_at: maintenance.updated_at,
            services: covered.collect(),
            repeat: None,
            occurrence,
            updates: self.updates(&maintenance.updates),
            etag: Etag::of(maintenance),
        }
    }

    /// A series, where it stands and when it takes place next.
    pub(super) fn series(
        &self,
        series: &Maintenance,
        names: &[Service],
        Outlook { status, next, coming }: Outlook,
        now: DateTime<Utc>,
    ) -> MaintenanceReport {
        let repeat = series.repeat.as_ref().map(|repeat| RepeatReport {
            rule: repeat.rule.to_string(),
            time_zone: repeat.zone.name().to_owned(),
            next,
            coming,
        });
        MaintenanceReport { status, began_at: None, completed_at: None, repeat, ..self.maintenance(series, names, &[], now) }
    }
}

pub(super) fn service(view: &ServiceView, history: &History, given: StatusesGiven) -> ServiceReport {
    let service = &view.service;
    ServiceReport {
        id: service.id.clone(),
        number: service.number,
        slug: service.slug.clone(),
        name: service.name.clone(),
        description: service.description.clone(),
        link: service.link.clone(),
        group: service.group.as_ref().and_then(|id| history.group(id)).map(|group| group.slug.clone()),
        position: service.position,
        start_date: service.start_date,
        hidden: service.hidden,
        showcase: service.showcase,
        only_show_if_degraded: service.only_show_if_degraded,
        incidents_only: service.standing == Standing::IncidentsOnly,
        status: view.status,
        status_since: view.since,
        open_incidents: view.open_incidents.clone(),
        uptime_90_days: view.uptime.days_90.map(|figure| figure.to_string()),
        last_check: None,
        created_at: service.created_at,
        updated_at: service.updated_at,
        etag: Etag::of_service(service, given),
    }
}

pub(super) fn check(latest: LatestCheck) -> CheckReport {
    let LatestCheck { result, source } = latest;
    CheckReport { status: result.status, at: result.at, latency_ms: result.latency_ms, message: result.message, source }
}

pub(super) fn group(view: &GroupView) -> GroupReport {
    GroupReport {
        id: view.group.id.clone(),
        number: view.group.number,
        slug: view.group.slug.clone(),
        name: view.group.name.clone(),
        position: view.group.position,
        status: view.status,
        services: view.services.iter().map(|view| view.service.slug.clone()).collect(),
        etag: Etag::of(&view.group),
    }
}

/// A snapshot's services in page order.
pub(super) fn services(snapshot: &Snapshot, history: &History, given: &HashMap<PublicId, StatusesGiven>) -> Vec<ServiceReport> {
    let given = |id: &PublicId| given.get(id).copied().unwrap_or_default();
    snapshot.services().map(|view| service(view, history, given(&view.service.id))).collect()
}
