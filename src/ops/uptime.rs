//! Uptime: figures of services and groups, and every interval behind one.

use chrono::{DateTime, Utc};
use num_bigint::BigInt;
use num_rational::BigRational;

use crate::domain::{
    Cause, Group, History, Ledger, PublicId, Service, ServiceStatus, Span, Uptime, UptimeRule, days_ending_at, downtime, window_since_start,
};
use crate::error::UserError;
use crate::ops::Org;
use crate::ops::naming::{find_group, find_service};
use crate::ops::report::{ExplainReport, IntervalReport, UptimeReport, UptimeRow};
use crate::store::{Scope, Window};

/// Which window a question is about.
#[derive(Clone, Copy, Debug)]
pub enum UptimeWindow {
    /// This many calendar days of the org's zone, today's included up to now.
    Days(u64),
    /// From one moment to another.
    Between(DateTime<Utc>, DateTime<Utc>),
}

/// The figures of one service or group, or of all in page order.
///
/// # Errors
/// Usage for an empty window or one that ends ahead; not found for an unknown service or group.
pub fn figures(org: &Org, service: Option<&str>, window: UptimeWindow, now: DateTime<Utc>) -> anyhow::Result<UptimeReport> {
    let (history, from, until) = history(org, window, now)?;
    let ledger = Ledger::new(&history);
    let mut rows: Vec<((i64, i64, i64), UptimeRow)> = Vec::new();
    let listed = |service: &&Service| service.is_listed();
    for service in history.services.iter().filter(listed) {
        let group = service.group.as_ref().and_then(|id| history.group(id));
        let place =
            group.map_or((service.position, -1, 0), |group| (group.position, group.number, service.position.max(0).saturating_add(1)));
        rows.push((place, service_row(&history, &ledger, service, from, until)));
    }
    for group in &history.groups {
        rows.push(((group.position, group.number, 0), group_row(&history, &ledger, group, from, until)));
    }
    rows.sort_by_key(|(place, _)| *place);
    let mut rows: Vec<UptimeRow> = rows.into_iter().map(|(_, row)| row).collect();
    if let Some(key) = service {
        let slug = match find_group(&history.groups, key) {
            Ok(group) if !history.services.iter().any(|service| service.slug.as_str() == key) => &group.slug,
            _ => &find_service(&history.services, key)?.slug,
        };
        rows.retain(|row| row.slug == *slug);
    }
    Ok(UptimeReport { from, until, rule: rule(&history.organization.uptime), rows })
}

/// Every interval, weight and exclusion behind the figure of one service.
///
/// # Errors
/// As [`figures`].
pub fn explain(org: &Org, service: &str, window: UptimeWindow, now: DateTime<Utc>) -> anyhow::Result<ExplainReport> {
    let (history, from, until) = history(org, window, now)?;
    let service = find_service(&history.services, service)?;
    let uptime_rule = &history.organization.uptime;
    let (counted_from, _) = window_since_start(from, until, service.start_date, history.organization.time_zone);
    let spans = Ledger::new(&history).spans(&service.id, counted_from, until);
    let lost = downtime(&spans);
    let lost_ms = uptime_rule.major() * BigInt::from(lost.major_ms) + uptime_rule.partial() * BigInt::from(lost.partial_ms);
    Ok(ExplainReport {
        slug: service.slug.clone(),
        name: service.name.clone(),
        from,
        until,
        counted_from,
        rule: rule(uptime_rule),
        uptime: Uptime::of(&lost, uptime_rule).map(|uptime| uptime.percentage().to_string()),
        window_seconds: lost.window_ms / 1000,
        lost_seconds: decimal(&(lost_ms / BigInt::from(1000))),
        intervals: spans.iter().map(|span| interval(span, &history)).collect(),
    })
}

fn history(org: &Org, window: UptimeWindow, now: DateTime<Utc>) -> anyhow::Result<(History, DateTime<Utc>, DateTime<Utc>)> {
    let organization = org.organization()?;
    let (from, until) = match window {
        UptimeWindow::Days(days) => {
            let days = days_ending_at(now, organization.time_zone, days.clamp(1, 36_600));
            (days.first().map_or(now, |day| day.start), now)
        }
        UptimeWindow::Between(from, until) => (from, until),
    };
    if until > now {
        return Err(UserError::usage("the window ends ahead").hint("uptime can be counted up to now").into());
    }
    if from >= until {
        return Err(UserError::usage("the window is empty").hint("give a `from` before `until`").into());
    }
    let history = org.store.history(Scope::Everything, &organization, Window::statuses(from, until))?;
    Ok((history, from, until))
}

fn exact(
    history: &History,
    ledger: &Ledger,
    service: &Service,
    from: DateTime<Utc>,
    until: DateTime<Utc>,
) -> (Option<Uptime>, crate::domain::Downtime) {
    let (from, until) = window_since_start(from, until, service.start_date, history.organization.time_zone);
    let lost = downtime(&ledger.spans(&service.id, from, until));
    (Uptime::of(&lost, &history.organization.uptime), lost)
}

fn service_row(history: &History, ledger: &Ledger, service: &Service, from: DateTime<Utc>, until: DateTime<Utc>) -> UptimeRow {
    let (uptime, lost) = exact(history, ledger, service, from, until);
    UptimeRow {
        kind: "service",
        slug: service.slug.clone(),
        id: service.id.clone(),
        name: service.name.clone(),
        uptime: uptime.map(|uptime| uptime.percentage().to_string()),
        window_seconds: Some(lost.window_ms / 1000),
        major_seconds: Some(lost.major_ms / 1000),
        partial_seconds: Some(lost.partial_ms / 1000),
    }
}

fn group_row(history: &History, ledger: &Ledger, group: &Group, from: DateTime<Utc>, until: DateTime<Utc>) -> UptimeRow {
    let members = history.services.iter().filter(|service| service.is_listed() && service.group.as_ref() == Some(&group.id));
    let figures: Vec<Uptime> = members.filter_map(|service| exact(history, ledger, service, from, until).0).collect();
    UptimeRow {
        kind: "group",
        slug: group.slug.clone(),
        id: group.id.clone(),
        name: group.name.clone(),
        uptime: Uptime::mean(&figures).map(|mean| mean.to_string()),
        window_seconds: None,
        major_seconds: None,
        partial_seconds: None,
    }
}

fn interval(span: &Span, history: &History) -> IntervalReport {
    let uptime_rule = &history.organization.uptime;
    let weight = match span.status {
        ServiceStatus::MajorOutage => decimal(&uptime_rule.major()),
        ServiceStatus::PartialOutage => decimal(&uptime_rule.partial()),
        _ => "0".to_owned(),
    };
    let causes = span.causes.iter().map(|cause| match cause {
        Cause::Ground => "nothing open".to_owned(),
        Cause::Manual => "set by hand".to_owned(),
        Cause::Incident(number) => {
            let outline = history.outlines.iter().find(|outline| outline.course.incident == *number);
            let title = outline.map_or("", |outline| outline.title.as_str());
            format!("incident {number} {title}").trim_end().to_owned()
        }
        Cause::Maintenance(number) => {
            let found = history.maintenances.iter().find(|other| other.number == *number);
            let series = |id: &PublicId| history.series.iter().find(|series| series.id == *id).map(|series| series.number);
            // A date that has no row is called by its series and its day.
            let date = found.filter(|found| !found.is_recorded()).and_then(|found| found.occurrence.as_ref());
            let key = date.and_then(|date| Some(format!("{}@{}", series(&date.series)?, date.day))).unwrap_or_else(|| number.to_string());
            format!("maintenance {key} {}", found.map_or("", |found| &found.title)).trim_end().to_owned()
        }
    });
    IntervalReport {
        start: span.start,
        end: span.end,
        seconds: (span.end - span.start).num_seconds(),
        status: span.status,
        weight,
        causes: causes.collect(),
    }
}

/// The rule in words, with the organization's weights.
pub fn rule(rule: &UptimeRule) -> String {
    format!(
        "uptime% = 100 * (1 - ({} * major outage + {} * partial outage) / window), truncated to two decimals; degraded performance and maintenance count nothing",
        decimal(&rule.major()),
        decimal(&rule.partial())
    )
}

/// A number with at most six decimals, without trailing zeros; longer ones as a fraction.
fn decimal(number: &BigRational) -> String {
    let millionths = number * BigInt::from(1_000_000);
    if !millionths.is_integer() {
        return number.to_string();
    }
    let digits = format!("{:07}", millionths.to_integer());
    let (whole, rest) = digits.split_at(digits.len() - 6);
    let rest = rest.trim_end_matches('0');
    if rest.is_empty() { whole.to_owned() } else { format!("{whole}.{rest}") }
}
