//! Statuspage's public API v2 (`api/v2/`), so that its clients change the host and nothing else.
//!
//! Where real servers vary: dates are UTC with three fraction digits, groups come before their services, maintenances are ordered by the
//! start of their window, and no cancelled maintenance appears, since clients know no such status. Lists say what is true now. The document
//! of one incident says of a closed incident only what it said itself, so that it never changes because of something else. The page's
//! `updated_at` in these documents, and in the lists of components and of maintenances, is when what they tell last changed, for the same
//! reason; everywhere else it is when anything last changed.

mod parts;
#[cfg(test)]
mod tests;
mod wire;

use std::cmp::Reverse;

use chrono::{DateTime, Utc};

use crate::domain::MaintenanceStatus;
use crate::render::wire::{document, timestamp};
use crate::snapshot::{IncidentView, MaintenanceView, Snapshot};

use self::parts::{ServiceStatuses, component_list, incident, maintenance, page, rollup};

/// How many entries `incidents.json` and `scheduled-maintenances.json` hold at most.
const MOST_RECENT: usize = 50;

/// `summary.json`: everything that concerns visitors now. Of maintenance that repeats it has the next date; `upcoming.json` has all.
pub fn summary(snapshot: &Snapshot) -> String {
    document(&wire::Summary {
        page: page(snapshot),
        components: component_list(snapshot),
        incidents: open_incidents(snapshot),
        scheduled_maintenances: maintenances(snapshot, |view| !view.status.is_over() && !view.is_ahead()),
        status: rollup(snapshot),
    })
}

/// `status.json`: the rollup alone.
pub fn status(snapshot: &Snapshot) -> String {
    document(&wire::StatusDocument { page: page(snapshot), status: rollup(snapshot) })
}

/// `components.json`: groups and services.
pub fn components(snapshot: &Snapshot) -> String {
    let components = component_list(snapshot);
    document(&wire::Components { page: page_as_new_as(snapshot, None, &components), components })
}

/// `incidents.json`: the 50 newest incidents, newest first by the time they began to be told.
pub fn incidents(snapshot: &Snapshot) -> String {
    let mut views: Vec<&IncidentView> = snapshot.incidents.iter().collect();
    views.sort_by_key(|view| Reverse((view.incident.created_at, view.incident.number)));
    views.truncate(MOST_RECENT);
    let incidents = views.into_iter().map(|view| incident(snapshot, view, ServiceStatuses::Current)).collect();
    document(&wire::Incidents { page: page(snapshot), incidents })
}

/// `incidents/unresolved.json`: open incidents, newest change first.
pub fn incidents_unresolved(snapshot: &Snapshot) -> String {
    document(&wire::Incidents { page: page(snapshot), incidents: open_incidents(snapshot) })
}

/// `scheduled-maintenances.json`: the 50 maintenances with the latest windows, completed ones included, by start of window ascending.
pub fn scheduled_maintenances(snapshot: &Snapshot) -> String {
    // The dates that wait behind the next one of their series are the first that there is no room for.
    let next = maintenances(snapshot, |view| !view.is_ahead()).len().min(MOST_RECENT);
    let mut waiting = 0;
    let mut list = maintenances(snapshot, |view| {
        waiting += usize::from(view.is_ahead());
        !view.is_ahead() || waiting + next <= MOST_RECENT
    });
    list.drain(..list.len().saturating_sub(MOST_RECENT));
    maintenance_list(snapshot, list)
}

/// `scheduled-maintenances/upcoming.json`: announced, not begun.
pub fn scheduled_maintenances_upcoming(snapshot: &Snapshot) -> String {
    maintenance_list(snapshot, maintenances(snapshot, |view| view.status == MaintenanceStatus::Scheduled))
}

/// `scheduled-maintenances/active.json`: in progress or verifying.
pub fn scheduled_maintenances_active(snapshot: &Snapshot) -> String {
    maintenance_list(snapshot, maintenances(snapshot, |view| view.status.is_active()))
}

/// `incidents/ID.json` of an incident.
pub fn incident_document(snapshot: &Snapshot, view: &IncidentView) -> String {
    let statuses = if view.is_open() { ServiceStatuses::Current } else { ServiceStatuses::LastSaid };
    let incident = incident(snapshot, view, statuses);
    document(&wire::Document { page: page_as_new_as(snapshot, Some(view.incident.updated_at), &incident.components), incident })
}

/// `incidents/ID.json` of a maintenance. A cancelled one has none at Statuspage; where it is asked for all the same, it counts as completed.
pub fn maintenance_document(snapshot: &Snapshot, view: &MaintenanceView) -> String {
    let statuses = if view.status.is_over() || view.is_ahead() { ServiceStatuses::LastSaid } else { ServiceStatuses::Current };
    let incident = maintenance(snapshot, view, statuses);
    document(&wire::Document { page: page_as_new_as(snapshot, Some(view.changed_at()), &incident.components), incident })
}

fn open_incidents(snapshot: &Snapshot) -> Vec<wire::Incident<'_>> {
    let mut views: Vec<&IncidentView> = snapshot.open_incidents.iter().collect();
    views.sort_by_key(|view| Reverse((view.incident.updated_at, view.incident.number)));
    views.into_iter().map(|view| incident(snapshot, view, ServiceStatuses::Current)).collect()
}

fn maintenances(snapshot: &Snapshot, wanted: impl FnMut(&&MaintenanceView) -> bool) -> Vec<wire::Maintenance<'_>> {
    let mut views: Vec<&MaintenanceView> =
        snapshot.maintenances.iter().filter(|view| view.status != MaintenanceStatus::Cancelled).collect();
    views.sort_by_key(|view| (view.maintenance.scheduled_for, view.maintenance.number));
    views.into_iter().filter(wanted).map(|view| maintenance(snapshot, view, ServiceStatuses::Current)).collect()
}

fn maintenance_list(snapshot: &Snapshot, scheduled_maintenances: Vec<wire::Maintenance<'_>>) -> String {
    // Any maintenance counts, since one may have left the list; where there is none, the newest service.
    let changed = snapshot.maintenances.iter().map(MaintenanceView::changed_at).max();
    let changed = changed.or_else(|| snapshot.services().map(|view| view.service.created_at).max());
    let components = scheduled_maintenances.iter().flat_map(|listed| &listed.components);
    document(&wire::Maintenances { page: page_as_new_as(snapshot, changed, components), scheduled_maintenances })
}

/// The page in a document that is rewritten only where something in it has changed: as new as that, and as these components, and never newer
/// than the page as a whole. Of what was removed nothing is told, so that it can be older than it was.
fn page_as_new_as<'a, 'c>(
    snapshot: &'a Snapshot,
    changed: Option<DateTime<Utc>>,
    components: impl IntoIterator<Item = &'c wire::Component<'c>>,
) -> wire::Page<'a> {
    let mut page = page(snapshot);
    // Times are all written alike, so that the order of texts is that of times.
    let newest = components.into_iter().map(|component| component.updated_at.as_str()).max().map(str::to_owned);
    if let Some(newest) = changed.map(timestamp).max(newest) {
        page.updated_at = newest.min(page.updated_at);
    }
    page
}
