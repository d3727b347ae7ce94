//! Day bars and uptime figures of one service.

use std::collections::HashMap;

use chrono::{DateTime, TimeDelta, Utc};

use crate::domain::{Cause, Day, Ledger, Organization, Service, ServiceStatus, Span, Uptime, downtime, window_since_start};
use crate::snapshot::{DayView, IncidentLink};

/// The bars of a service and its untruncated uptimes over 24 hours, 7, 30 and 90 days.
pub(super) struct ServiceDays {
    pub(super) days: Vec<DayView>,
    pub(super) exact: [Option<Uptime>; 4],
}

/// Cuts a service's time into `days`, none of it before its start date or after `at`.
pub(super) fn service_days(
    service: &Service,
    ledger: &Ledger,
    organization: &Organization,
    names: &HashMap<i64, IncidentLink>,
    days: &[Day],
    at: DateTime<Utc>,
) -> ServiceDays {
    let day_ago = at.checked_sub_signed(TimeDelta::hours(24)).unwrap_or(at);
    let first = days.first().map_or(at, |day| day.start).min(day_ago);
    let (from, to) = window_since_start(first, at, service.start_date, organization.time_zone);
    let spans = ledger.spans(&service.id, from, to);
    let bars = days.iter().map(|day| bar(service, ledger, &spans, names, day, from, at)).collect();
    let start_of = |count: usize| days.get(days.len().saturating_sub(count)).map_or(at, |day| day.start);
    let windows = [day_ago, start_of(7), start_of(30), start_of(90)];
    let exact = windows.map(|start| Uptime::of(&downtime(&clip(&spans, start, at)), &organization.uptime));
    ServiceDays { days: bars, exact }
}

fn bar(
    service: &Service,
    ledger: &Ledger,
    spans: &[Span],
    names: &HashMap<i64, IncidentLink>,
    day: &Day,
    from: DateTime<Utc>,
    at: DateTime<Utc>,
) -> DayView {
    let within = clip(spans, day.start, day.end);
    let lost = downtime(&within);
    let mut worst = within.iter().map(|span| span.status).max();
    if worst.is_none() && day.start <= at && at < day.end && from <= at {
        worst = Some(ledger.status_at(&service.id, at));
    }
    let mut incidents: Vec<IncidentLink> = Vec::new();
    for cause in within.iter().filter(|span| span.status > ServiceStatus::Operational).flat_map(|span| &span.causes) {
        if let Cause::Incident(number) = cause
            && let Some(link) = names.get(number)
            && !incidents.contains(link)
        {
            incidents.push(link.clone());
        }
    }
    DayView {
        date: day.date,
        worst,
        major_seconds: lost.major_ms / 1000,
        partial_seconds: lost.partial_ms / 1000,
        degraded_seconds: lost.degraded_ms / 1000,
        maintenance_seconds: lost.maintenance_ms / 1000,
        incidents,
    }
}

/// The parts of `spans`, which adjoin, within `[from, to)`.
fn clip(spans: &[Span], from: DateTime<Utc>, to: DateTime<Utc>) -> Vec<Span> {
    spans[spans.partition_point(|span| span.end <= from)..]
        .iter()
        .take_while(|span| span.start < to)
        .map(|span| Span { start: span.start.max(from), end: span.end.min(to), ..span.clone() })
        .collect()
}
