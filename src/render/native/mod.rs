//! Statuary's own JSON, versioned: the present with 90 days of bars and incidents, and one document per month for what is older.
//!
//! What each field means stands in `wire.rs`.

mod parts;
#[cfg(test)]
mod tests;
mod wire;

use std::cmp::Reverse;

use chrono::{DateTime, Utc};

use crate::domain::{Organization, days_ending_at};
use crate::render::wire::{document, timestamp};
use crate::snapshot::{Entry, IncidentView, MaintenanceView, NEWEST, Snapshot};

/// Version of the format.
const VERSION: u8 = 1;

/// `api/public/SLUG.json`: what is true at the snapshot's moment; `months` are those that have a document, newest first; `built_at` is when
/// the file is made.
pub fn present(snapshot: &Snapshot, months: &[String], built_at: DateTime<Utc>) -> String {
    let organization = &snapshot.organization;
    let groups = snapshot.entries.iter().filter_map(|entry| match entry {
        Entry::Group(view) => Some(parts::group(view)),
        Entry::Service(_) => None,
    });
    document(&wire::Present {
        version: VERSION,
        built_at: timestamp(built_at),
        at: timestamp(snapshot.at),
        updated_at: timestamp(snapshot.updated_at),
        valid_until: timestamp(snapshot.valid_until),
        page: parts::page(organization),
        verdict: parts::verdict(&snapshot.verdict),
        status: wire::Status { indicator: snapshot.rollup.indicator, description: snapshot.rollup.description },
        uptime_rule: parts::uptime_rule(&organization.uptime),
        groups: groups.collect(),
        services: snapshot.services().map(|view| parts::service(organization, view)).collect(),
        open_incidents: snapshot.open_incidents.iter().map(|view| parts::incident(organization, view)).collect(),
        recent_incidents: recent_incidents(snapshot).into_iter().map(|view| parts::incident(organization, view)).collect(),
        maintenances: recent_maintenances(snapshot).map(|view| parts::maintenance(organization, view)).collect(),
        series: snapshot.series.iter().map(|series| parts::series(organization, series)).collect(),
        months: months.iter().map(|month| month_link(organization, month)).collect(),
    })
}

/// What [`present`] wrote, from the first field on that depends on the record and not on when it is read.
pub fn without_moment(present: &str) -> &str {
    present.find("\"updated_at\"").and_then(|begin| present.get(begin..)).unwrap_or(present)
}

/// `api/public/SLUG/YYYY-MM.json`: the incidents that began in `month` (`2026-10`) and the maintenances whose window begins in it, as the
/// caller found them. Of the snapshot only the organization counts, so that the document changes only with what it tells.
///
/// A month of many incidents has several documents: this one tells of the newest, `earlier` are the names of those with the others, as
/// [`month_name`] makes them, oldest first.
pub fn month(
    snapshot: &Snapshot,
    month: &str,
    earlier: &[String],
    incidents: &[&IncidentView],
    maintenances: &[&MaintenanceView],
) -> String {
    let organization = &snapshot.organization;
    let mut incidents = incidents.to_vec();
    incidents.sort_by_key(|view| Reverse((view.incident.started_at, view.incident.number)));
    let mut maintenances = maintenances.to_vec();
    maintenances.sort_by_key(|view| (view.maintenance.scheduled_for, view.maintenance.number));
    document(&wire::Month {
        version: VERSION,
        month,
        earlier: earlier.iter().map(|name| document_url(organization, name)).collect(),
        page: parts::page(organization),
        incidents: incidents.into_iter().map(|view| parts::incident(organization, view)).collect(),
        maintenances: maintenances.into_iter().map(|view| parts::maintenance(organization, view)).collect(),
    })
}

fn recent_incidents(snapshot: &Snapshot) -> Vec<&IncidentView> {
    let since = first_of_90_days(snapshot);
    let recent = move |view: &&IncidentView| view.incident.started_at >= since || view.incident.ended_at().is_some_and(|end| end >= since);
    snapshot.incidents.iter().take(NEWEST).filter(|view| !view.is_open()).filter(recent).collect()
}

fn recent_maintenances(snapshot: &Snapshot) -> impl Iterator<Item = &MaintenanceView> {
    let since = first_of_90_days(snapshot);
    snapshot.maintenances.iter().filter(move |view| !view.status.is_over() || view.maintenance.scheduled_until >= since)
}

fn first_of_90_days(snapshot: &Snapshot) -> DateTime<Utc> {
    days_ending_at(snapshot.at, snapshot.organization.time_zone, 90).first().map_or(snapshot.at, |day| day.start)
}

fn present_url(organization: &Organization) -> String {
    format!("{}api/public/{}.json", organization.address(), organization.slug)
}

fn month_link(organization: &Organization, month: &str) -> wire::MonthLink {
    wire::MonthLink { month: month.to_owned(), url: document_url(organization, month) }
}

fn document_url(organization: &Organization, name: &str) -> String {
    format!("{}api/public/{}/{name}.json", organization.address(), organization.slug)
}

/// The name of a document of a month: of the one with its newest incidents, or of one of the earlier ones, from 1, oldest first.
pub fn month_name(month: &str, part: Option<usize>) -> String {
    part.map_or_else(|| month.to_owned(), |part| format!("{month}-part-{part}"))
}
