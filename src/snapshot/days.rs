//! Day bars and uptime figures of one service.

use std::collections::HashMap;

use chrono::{DateTime, TimeDelta, Utc};

use crate::domain::{Cause, Day, Downtime, Ledger, Organization, PublicId, Service, ServiceStatus, Span, Uptime, window_since_start};
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
    names: &HashMap<i64, (&PublicId, &str)>,
    days: &[Day],
    at: DateTime<Utc>,
) -> ServiceDays {
    let day_ago = at.checked_sub_signed(TimeDelta::hours(24)).unwrap_or(at);
    let first = days.first().map_or(at, |day| day.start).min(day_ago);
    let (from, to) = window_since_start(first, at, service.start_date, organization.time_zone);
    let spans = ledger.spans(&service.id, from, to);
    let bars: Vec<DayView> = days.iter().map(|day| bar(service, ledger, &spans, names, day, from, at)).collect();
    // A window of days has lost what its days have.
    let of_days = |count: usize| {
        let mut sum = Downtime::default();
        bars[bars.len().saturating_sub(count)..].iter().for_each(|day| sum.add_all(&day.lost));
        sum
    };
    let windows = [loss(clip(&spans, day_ago, at)), of_days(7), of_days(30), of_days(90)];
    ServiceDays { exact: windows.map(|lost| Uptime::of(&lost, &organization.uptime)), days: bars }
}

fn bar(
    service: &Service,
    ledger: &Ledger,
    spans: &[Span],
    names: &HashMap<i64, (&PublicId, &str)>,
    day: &Day,
    from: DateTime<Utc>,
    at: DateTime<Utc>,
) -> DayView {
    let within = || clip(spans, day.start, day.end);
    let lost = loss(within());
    let mut worst = within().map(|stretch| stretch.span.status).max();
    if worst.is_none() && day.start <= at && at < day.end && from <= at {
        worst = Some(ledger.status_at(&service.id, at));
    }
    let mut seen: Vec<i64> = Vec::new();
    let mut incidents: Vec<IncidentLink> = Vec::new();
    for cause in within().filter(|stretch| stretch.span.status > ServiceStatus::Operational).flat_map(|stretch| &stretch.span.causes) {
        if let Cause::Incident(number) = cause
            && !seen.contains(number)
            && let Some((id, title)) = names.get(number)
        {
            seen.push(*number);
            incidents.push(IncidentLink { id: (*id).clone(), title: (*title).to_owned() });
        }
    }
    DayView { date: day.date, worst, lost, incidents }
}

/// The part of a span that lies in a window.
struct Stretch<'s> {
    span: &'s Span,
    start: DateTime<Utc>,
    end: DateTime<Utc>,
}

/// The parts of `spans`, which adjoin, within `[from, to)`.
fn clip(spans: &[Span], from: DateTime<Utc>, to: DateTime<Utc>) -> impl Iterator<Item = Stretch<'_>> {
    spans[spans.partition_point(|span| span.end <= from)..].iter().take_while(move |span| span.start < to).map(move |span| Stretch {
        span,
        start: span.start.max(from),
        end: span.end.min(to),
    })
}

fn loss<'s>(stretches: impl Iterator<Item = Stretch<'s>>) -> Downtime {
    let mut lost = Downtime::default();
    stretches.for_each(|stretch| lost.add(stretch.span.status, stretch.start, stretch.end));
    lost
}
