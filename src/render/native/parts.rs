//! Views to the parts that the native documents are made of.

use crate::domain::{Affected, CheckHour, Latency, MaintenanceStatus, Organization, PublicId, ServiceStatus, Update, UptimeRule};
use crate::render::markdown::{Images, to_html};
use crate::render::wire::{incident_bodies, incident_url, maintenance_bodies, maintenance_url, service_url, timestamp};
use crate::snapshot::{
    DayView, GroupView, IncidentView, MaintenanceView, NamedService, SeriesView, ServiceView, UptimeFigures, Verdict, VerdictKind,
};

use super::{present_url, wire};

pub(super) fn page(organization: &Organization) -> wire::Page<'_> {
    wire::Page {
        id: organization.id.as_str(),
        slug: organization.slug.as_str(),
        name: &organization.name,
        description: organization.description.as_deref(),
        url: organization.address(),
        present: present_url(organization),
        time_zone: organization.time_zone.name(),
        language: &organization.language,
    }
}

pub(super) fn verdict(verdict: &Verdict) -> wire::Verdict<'_> {
    wire::Verdict {
        status: verdict.status.as_str(),
        kind: match verdict.kind {
            VerdictKind::AllOperational => "all_operational",
            VerdictKind::Some => "some",
            VerdictKind::All => "all",
            VerdictKind::OpenIncident => "open_incident",
            VerdictKind::Empty => "empty",
        },
        worst: &verdict.worst,
        affected: verdict.affected,
        total: verdict.total,
    }
}

pub(super) fn uptime_rule(rule: &UptimeRule) -> wire::UptimeRule {
    let weight = |thousandths| f64::from(thousandths) / 1000.0;
    wire::UptimeRule { partial_weight: weight(rule.partial_thousandths), major_weight: weight(rule.major_thousandths) }
}

pub(super) fn group(view: &GroupView) -> wire::Group<'_> {
    let group = &view.group;
    wire::Group {
        id: group.id.as_str(),
        slug: group.slug.as_str(),
        name: &group.name,
        description: group.description.as_deref(),
        status: view.status.as_str(),
        uptime: uptime(&view.uptime),
        services: view.services.iter().map(|view| view.service.id.as_str()).collect(),
    }
}

pub(super) fn service<'a>(organization: &Organization, view: &'a ServiceView) -> wire::Service<'a> {
    let service = &view.service;
    let hidden = UptimeFigures { hours_24: None, days_7: None, days_30: None, days_90: None };
    let (figures, days) = if service.showcase { (view.uptime, view.days.as_slice()) } else { (hidden, &[][..]) };
    wire::Service {
        id: service.id.as_str(),
        slug: service.slug.as_str(),
        name: &service.name,
        description: service.description.as_deref(),
        url: service_url(organization, &service.slug),
        link: service.link.as_deref(),
        group: service.group.as_ref().map(PublicId::as_str),
        status: view.status.as_str(),
        since: view.since.map(timestamp),
        updated_at: timestamp(view.updated_at),
        start_date: service.start_date.map(|date| date.to_string()),
        showcase: service.showcase,
        only_show_if_degraded: service.only_show_if_degraded,
        uptime: uptime(&figures),
        days: days.iter().map(day).collect(),
        open_incidents: view.open_incidents.iter().map(PublicId::as_str).collect(),
        checks: view.checks.iter().filter(|_| service.showcase).map(check_hour).collect(),
    }
}

fn check_hour(hour: &CheckHour) -> wire::CheckHour {
    let figure = |of: fn(&Latency) -> u32| hour.latency.as_ref().map(of);
    wire::CheckHour {
        start: timestamp(hour.start),
        results: hour.results,
        failures: hour.failures,
        min_ms: figure(|latency| latency.min),
        median_ms: figure(|latency| latency.median),
        p95_ms: figure(|latency| latency.p95),
        max_ms: figure(|latency| latency.max),
    }
}

fn uptime(figures: &UptimeFigures) -> wire::Uptime {
    wire::Uptime {
        hours_24: figures.hours_24.map(|figure| figure.to_string()),
        days_7: figures.days_7.map(|figure| figure.to_string()),
        days_30: figures.days_30.map(|figure| figure.to_string()),
        days_90: figures.days_90.map(|figure| figure.to_string()),
    }
}

fn day(view: &DayView) -> wire::Day<'_> {
    wire::Day {
        date: view.date.to_string(),
        worst: view.worst.map(ServiceStatus::as_str),
        major_seconds: view.lost.major_ms / 1000,
        partial_seconds: view.lost.partial_ms / 1000,
        degraded_seconds: view.lost.degraded_ms / 1000,
        maintenance_seconds: view.lost.maintenance_ms / 1000,
        incidents: view.incidents.iter().map(|link| link.id.as_str()).collect(),
    }
}

pub(super) fn incident<'a>(organization: &Organization, view: &'a IncidentView) -> wire::Incident<'a> {
    let (incident, images) = (&view.incident, Images::of(organization));
    wire::Incident {
        id: incident.id.as_str(),
        title: &incident.title,
        url: incident_url(organization, &incident.id),
        status: view.status.as_str(),
        open: view.is_open(),
        impact: incident.impact.as_str(),
        started_at: timestamp(incident.started_at),
        monitoring_at: view.monitoring_at.map(timestamp),
        next_update_at: incident.next_update_at().map(timestamp),
        resolved_at: view.resolved_at.map(timestamp),
        created_at: timestamp(incident.created_at),
        updated_at: timestamp(incident.updated_at),
        services: named(organization, &view.services),
        updates: updates(&incident.updates, incident_bodies(view, images), images, |update| update.status.as_str()),
    }
}

pub(super) fn maintenance<'a>(organization: &Organization, view: &'a MaintenanceView) -> wire::Maintenance<'a> {
    let (maintenance, images) = (&view.maintenance, Images::of(organization));
    wire::Maintenance {
        id: maintenance.id.as_str(),
        title: &maintenance.title,
        url: maintenance_url(organization, &maintenance.id),
        status: view.status.as_str(),
        cancelled: view.status == MaintenanceStatus::Cancelled,
        scheduled_for: timestamp(maintenance.scheduled_for),
        scheduled_until: timestamp(maintenance.scheduled_until),
        auto_start: maintenance.auto_start,
        auto_finish: maintenance.auto_finish,
        began_at: view.began_at.map(timestamp),
        completed_at: view.completed_at.map(timestamp),
        created_at: timestamp(maintenance.created_at),
        updated_at: timestamp(view.updated_at),
        services: named(organization, &view.services),
        occurrence: view.date.as_ref().map(|date| wire::Occurrence {
            series: date.series.as_str(),
            day: date.day.to_string(),
            rule: &date.rule,
        }),
        updates: updates(&maintenance.updates, maintenance_bodies(view, images), images, |update| update.status.as_str()),
    }
}

pub(super) fn series<'a>(organization: &Organization, series: &'a SeriesView) -> wire::Series<'a> {
    let maintenance = &series.view.maintenance;
    wire::Series {
        id: maintenance.id.as_str(),
        title: &maintenance.title,
        url: maintenance_url(organization, &maintenance.id),
        status: series.view.status.as_str(),
        rule: &series.rule,
        time_zone: series.zone.name(),
        scheduled_for: timestamp(maintenance.scheduled_for),
        scheduled_until: timestamp(maintenance.scheduled_until),
        created_at: timestamp(maintenance.created_at),
        updated_at: timestamp(series.view.updated_at),
        dates: series.dates.iter().map(|date| date.id.as_str()).collect(),
    }
}

fn named<'a>(organization: &Organization, services: &'a [NamedService]) -> Vec<wire::NamedService<'a>> {
    let named = |service: &'a NamedService| wire::NamedService {
        id: service.id.as_str(),
        name: &service.name,
        url: service.slug.as_ref().map(|slug| service_url(organization, slug)),
        last_said: service.last_said.map(ServiceStatus::as_str),
        said_at: timestamp(service.said_at),
    };
    services.iter().map(named).collect()
}

/// Updates, newest first.
fn updates<'a, S>(
    updates: &'a [Update<S>],
    bodies: &'a [String],
    images: Images,
    word: impl Fn(&Update<S>) -> &'static str,
) -> Vec<wire::Update<'a>> {
    let translation = |(language, text): (&'a String, &'a String)| {
        let body_html = to_html(text, images).trim().to_owned();
        (language.as_str(), wire::Translation { body_markdown: text, body_html })
    };
    let update = |(update, body): (&'a Update<S>, &'a String)| wire::Update {
        id: update.id.as_str(),
        status: word(update),
        body_markdown: &update.body,
        body_html: body,
        translations: update.translations.iter().map(translation).collect(),
        display_at: timestamp(update.display_at),
        next_update_at: update.next_update_at.map(timestamp),
        created_at: timestamp(update.created_at),
        updated_at: timestamp(update.updated_at),
        affected: update.affected.as_ref().map(|list| list.iter().map(affected).collect()),
    };
    updates.iter().zip(bodies).rev().map(update).collect()
}

fn affected(affected: &Affected) -> wire::Affected<'_> {
    wire::Affected {
        service: affected.service.as_ref().map(PublicId::as_str),
        name: &affected.name,
        old_status: affected.old_status.map(ServiceStatus::as_str),
        new_status: affected.new_status.map(ServiceStatus::as_str),
    }
}
