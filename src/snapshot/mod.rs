//! A history at a moment: the one value behind every output, pure.

mod days;
mod rollup;
mod series;
#[cfg(test)]
mod tests;
mod verdict;
mod view;
pub mod year;

use std::cmp::Reverse;
use std::collections::{HashMap, HashSet};

use chrono::{DateTime, Utc};

use crate::domain::{
    Affected, CheckHour, Course, Day, Event, History, Incident, Ledger, Maintenance, ManualStatus, Organization, PublicId, Service,
    ServiceStatus, Uptime, days_ending_at, first_check_hour, missed_at,
};

use days::{ServiceDays, service_days};
pub use rollup::rollup;
pub use view::{
    Bodies, DateLink, DateView, DayView, Entry, EventView, GroupView, IncidentLink, IncidentView, MaintenanceView, NamedService,
    RecentIncident, Rollup, SeriesView, ServiceView, Snapshot, UptimeFigures, Verdict, VerdictKind,
};

/// How many days the bars show.
pub const BAR_DAYS: u64 = 90;

/// How many incidents outputs tell of in full, however long ago they were: the newest by start, by creation and by their newest update.
pub const NEWEST: usize = 50;

/// How many events the event stream keeps.
pub const EVENTS: usize = 100;

/// What is true at `at` of the organization whose `history` this is. `history.since` must not lie after [`since`]` (at, …)`.
pub fn snapshot(history: &History, at: DateTime<Utc>) -> Snapshot {
    let ledger = Ledger::new(history);
    let directory = Directory::new(history);
    let mut incidents: Vec<IncidentView> =
        history.incidents.iter().filter(|incident| !incident.draft).filter_map(|incident| directory.incident(incident, at)).collect();
    incidents.sort_by_key(|view| Reverse((view.incident.started_at, view.incident.number)));
    let mut open_incidents: Vec<IncidentView> = incidents.iter().filter(|view| view.is_open()).cloned().collect();
    open_incidents.sort_by_key(|view| Reverse((view.incident.updated_at, view.incident.number)));
    let mut maintenances: Vec<MaintenanceView> =
        history.maintenances.iter().filter_map(|maintenance| directory.maintenance(maintenance, at)).collect();
    maintenances.sort_by_key(|view| (view.maintenance.scheduled_for, view.maintenance.number));
    let series = series::series(history, &directory, &mut maintenances, at);
    let days = days_ending_at(at, history.organization.time_zone, BAR_DAYS);
    let entries = entries(history, &ledger, &open_incidents, &days, at);
    let services: Vec<&ServiceView> = entries.iter().flat_map(Entry::services).filter(|view| !view.service.hidden).collect();
    Snapshot {
        at,
        updated_at: updated_at(history, &incidents, &maintenances, &entries, at),
        valid_until: valid_until(history, &ledger, &days, &open_incidents, at),
        verdict: verdict::verdict(&services, &open_incidents),
        rollup: rollup(services.iter().map(|view| view.status), &open_incidents),
        events: events(history, &directory, at, EVENTS),
        organization: history.organization.clone(),
        entries,
        open_incidents,
        incidents,
        recent: recent(history, at),
        maintenances,
        series,
    }
}

/// From which moment on a history must be right for a snapshot at `at`.
pub fn since(at: DateTime<Utc>, organization: &Organization) -> DateTime<Utc> {
    days_ending_at(at, organization.time_zone, BAR_DAYS + 1).first().map_or(at, |day| day.start)
}

impl Entry {
    /// The services of this entry, in order.
    pub fn services(&self) -> &[ServiceView] {
        match self {
            Self::Group(group) => &group.services,
            Self::Service(service) => std::slice::from_ref(service),
        }
    }

    fn position(&self) -> (i64, i64) {
        match self {
            Self::Group(view) => (view.group.position, view.group.number),
            Self::Service(view) => (view.service.position, view.service.number),
        }
    }
}

impl Snapshot {
    /// All listed services in page order.
    pub fn services(&self) -> impl Iterator<Item = &ServiceView> {
        self.entries.iter().flat_map(Entry::services)
    }
}

/// Looks services up by id, to name them as they are called today.
pub struct Directory<'a> {
    services: HashMap<&'a PublicId, &'a Service>,
    incidents: HashMap<&'a PublicId, &'a str>,
    maintenances: HashMap<&'a PublicId, &'a str>,
}

impl<'a> Directory<'a> {
    /// The directory of a history.
    pub fn new(history: &'a History) -> Self {
        Self {
            services: history.services.iter().map(|service| (&service.id, service)).collect(),
            incidents: history
                .event_titles
                .iter()
                .map(|(id, title)| (id, title.as_str()))
                .chain(history.incidents.iter().map(|incident| (&incident.id, incident.title.as_str())))
                .collect(),
            maintenances: history
                .maintenances
                .iter()
                .chain(&history.series)
                .map(|maintenance| (&maintenance.id, maintenance.title.as_str()))
                .collect(),
        }
    }

    /// An incident as it was at `at`; `None` where nothing of it had been said yet.
    pub fn incident(&self, incident: &Incident, at: DateTime<Utc>) -> Option<IncidentView> {
        let incident = incident.as_of(at)?;
        let mut last_said: HashMap<&PublicId, (DateTime<Utc>, &Affected)> = HashMap::new();
        for update in &incident.updates {
            let affected = update.affected.iter().flatten();
            last_said.extend(affected.filter_map(|affected| Some((affected.service.as_ref()?, (update.display_at, affected)))));
        }
        let services = incident
            .services()
            .into_iter()
            .filter_map(|id| last_said.get(id).map(|(said_at, last)| self.named(id, &last.name, last.new_status, *said_at)))
            .collect();
        Some(IncidentView {
            status: incident.status(),
            monitoring_at: incident.monitoring_at(),
            resolved_at: incident.resolved_at(),
            overdue: incident.is_overdue(at),
            services,
            incident,
            bodies: Bodies::default(),
        })
    }

    /// A maintenance as it was at `at`; `None` where it had not been announced yet.
    pub fn maintenance(&self, maintenance: &Maintenance, at: DateTime<Utc>) -> Option<MaintenanceView> {
        let maintenance = maintenance.as_of(at)?;
        let status = maintenance.status_at(at);
        let began_at = maintenance.began_at().filter(|began| *began <= at);
        let by_clock = [began_at, maintenance.ended_at().filter(|ended| *ended <= at)].into_iter().flatten().max();
        let imported = maintenance.source_page.is_some();
        let updated_at = if imported {
            maintenance.updated_at
        } else {
            by_clock.map_or(maintenance.updated_at, |moment| moment.max(maintenance.updated_at))
        };
        let services =
            maintenance.services.iter().map(|id| self.named(id, last_name(&maintenance, id), None, maintenance.created_at)).collect();
        let completed_at = maintenance.completed_at(at);
        Some(MaintenanceView { status, began_at, completed_at, updated_at, services, maintenance, date: None, bodies: Bodies::default() })
    }

    fn named(&self, id: &PublicId, written: &str, last_said: Option<ServiceStatus>, said_at: DateTime<Utc>) -> NamedService {
        let service = self.services.get(id).filter(|service| service.is_listed());
        NamedService {
            id: id.clone(),
            name: service.map_or_else(|| written.to_owned(), |service| service.name.clone()),
            slug: service.map(|service| service.slug.clone()),
            last_said,
            said_at,
        }
    }
}

fn last_name<'a>(maintenance: &'a Maintenance, id: &PublicId) -> &'a str {
    let mut named = maintenance.updates.iter().filter_map(|update| update.affected.as_ref()).flatten();
    named.rfind(|affected| affected.service.as_ref() == Some(id)).map_or("", |affected| affected.name.as_str())
}

/// The hours of a service's checks that are told at `at`.
fn checks(history: &History, service: &PublicId, at: DateTime<Utc>) -> Vec<CheckHour> {
    let told = first_check_hour(at)..=at;
    history.check_hours.get(service).into_iter().flatten().filter(|hour| told.contains(&hour.start)).cloned().collect()
}

/// Groups and ungrouped services in page order.
fn entries(history: &History, ledger: &Ledger, open: &[IncidentView], days: &[Day], at: DateTime<Utc>) -> Vec<Entry> {
    let full = history.incidents.iter().map(|incident| (incident.number, (&incident.id, incident.title.as_str())));
    let outlined = history.outlines.iter().map(|outline| (outline.course.incident, (&outline.id, outline.title.as_str())));
    let names: HashMap<i64, (&PublicId, &str)> = full.chain(outlined).collect();
    let mut named_by: HashMap<&PublicId, Vec<PublicId>> = HashMap::new();
    for view in open {
        view.services.iter().for_each(|named| named_by.entry(&named.id).or_default().push(view.incident.id.clone()));
    }
    let mut grouped: HashMap<&PublicId, Vec<(ServiceView, Exact)>> = HashMap::new();
    let mut entries: Vec<Entry> = Vec::new();
    for service in history.services.iter().filter(|service| service.is_listed()) {
        let group = service.group.as_ref().and_then(|id| history.group(id));
        let ServiceDays { days, exact } = service_days(service, ledger, &history.organization, &names, days, at);
        let view = ServiceView {
            group_name: group.map(|group| group.name.clone()),
            status: ledger.status_at(&service.id, at),
            since: ledger.since(&service.id, at),
            updated_at: ledger.since(&service.id, at).map_or(service.updated_at, |since| since.max(service.updated_at)),
            days,
            uptime: figures(&exact),
            open_incidents: named_by.get(&service.id).cloned().unwrap_or_default(),
            checks: checks(history, &service.id, at),
            service: service.clone(),
        };
        match group {
            Some(group) => grouped.entry(&group.id).or_default().push((view, exact)),
            None => entries.push(Entry::Service(view)),
        }
    }
    for group in &history.groups {
        let mut members = grouped.remove(&group.id).unwrap_or_default();
        members.sort_by_key(|(view, _)| (view.service.position, view.service.number));
        let seen = || members.iter().filter(|(view, _)| !view.service.hidden);
        let status = seen().map(|(view, _)| view.status).max().unwrap_or(ServiceStatus::Operational);
        let uptime = mean(&seen().map(|(_, exact)| exact).collect::<Vec<_>>());
        let services: Vec<ServiceView> = members.into_iter().map(|(view, _)| view).collect();
        entries.push(Entry::Group(GroupView { group: group.clone(), status, uptime, services }));
    }
    entries.sort_by_key(Entry::position);
    entries
}

/// Untruncated uptimes over 24 hours, 7, 30 and 90 days.
type Exact = [Option<Uptime>; 4];

fn figures(exact: &Exact) -> UptimeFigures {
    let [hours_24, days_7, days_30, days_90] = exact.each_ref().map(|uptime| uptime.as_ref().map(Uptime::percentage));
    UptimeFigures { hours_24, days_7, days_30, days_90 }
}

fn mean(members: &[&Exact]) -> UptimeFigures {
    let [hours_24, days_7, days_30, days_90] = std::array::from_fn(|window| {
        let figures: Vec<Uptime> = members.iter().filter_map(|exact| exact[window]).collect();
        Uptime::mean(&figures)
    });
    UptimeFigures { hours_24, days_7, days_30, days_90 }
}

/// What happened by `at` of what `history` tells, in the order in which it came to light: the newest `most` of it.
pub fn events_by(history: &History, at: DateTime<Utc>, most: usize) -> Vec<EventView> {
    events(history, &Directory::new(history), at, most)
}

fn events(history: &History, directory: &Directory<'_>, at: DateTime<Utc>, most: usize) -> Vec<EventView> {
    use crate::domain::Subject;
    let in_effect = in_order_of_light(history.events.iter().filter(|event| event.comes_to_light_at() <= at));
    in_effect[in_effect.len().saturating_sub(most)..]
        .iter()
        .filter_map(|event| {
            let (title, slug) = match &event.subject {
                Subject::Service(id) => {
                    let service = directory.services.get(id)?;
                    (service.name.clone(), Some(service.slug.clone()))
                }
                Subject::Incident(id) => ((*directory.incidents.get(id)?).to_owned(), None),
                Subject::Maintenance(id) => ((*directory.maintenances.get(id)?).to_owned(), None),
                Subject::Group(_) | Subject::Organization => return None,
            };
            Some(EventView { event: (*event).clone(), title, slug })
        })
        .collect()
}

/// Events by when visitors could first know of them: as they were written, but what was dated ahead when that moment came. Whoever has
/// read up to some event has missed nothing that stands before it.
///
/// Clocks are no help among events as they were written: that of one writer may be behind another's.
fn in_order_of_light<'e>(events: impl Iterator<Item = &'e Event>) -> Vec<&'e Event> {
    let mut latest = DateTime::<Utc>::MIN_UTC;
    let mut placed: Vec<(DateTime<Utc>, &Event)> = events
        .map(|event| {
            if event.is_dated_ahead() {
                return (event.effective_at, event);
            }
            latest = latest.max(event.at);
            (latest, event)
        })
        .collect();
    placed.sort_by_key(|(moment, event)| (*moment, event.seq));
    placed.into_iter().map(|(_, event)| event).collect()
}

/// The incidents told of by `at` that decide statuses or are loaded in full, newest start first.
fn recent(history: &History, at: DateTime<Utc>) -> Vec<RecentIncident> {
    let numbers: HashMap<&PublicId, i64> = history.services.iter().map(|service| (&service.id, service.number)).collect();
    let known: HashSet<i64> = numbers.values().copied().collect();
    let full = history.incidents.iter().filter(|incident| !incident.draft).filter_map(|incident| {
        let course = Course::of(incident, |service| numbers.get(service).copied());
        RecentIncident::of(&course, incident.started_at, incident.revision, at)
    });
    let outlined = history.outlines.iter().filter_map(|outline| {
        let mut recent = RecentIncident::of(&outline.course, outline.started_at, outline.revision, at)?;
        recent.services.retain(|service| known.contains(service));
        Some(recent)
    });
    let mut recent: Vec<RecentIncident> = full.chain(outlined).collect();
    recent.sort_by_key(|incident| Reverse((incident.started_at, incident.number)));
    recent
}

fn updated_at(
    history: &History,
    incidents: &[IncidentView],
    maintenances: &[MaintenanceView],
    entries: &[Entry],
    at: DateTime<Utc>,
) -> DateTime<Utc> {
    let groups = entries.iter().filter_map(|entry| match entry {
        Entry::Group(view) => Some(view.group.updated_at),
        Entry::Service(_) => None,
    });
    let services = entries.iter().flat_map(Entry::services).filter(|view| !view.service.hidden);
    // What knows of an update still to come was last changed by writing that update, which nobody may see yet.
    let outlined = history.outlines.iter().filter_map(|outline| {
        let in_effect = outline.course.in_effect(at);
        let last = in_effect.last()?;
        Some(if in_effect.len() == outline.course.said.len() { outline.updated_at } else { last.at })
    });
    let changes = incidents
        .iter()
        .map(|view| view.incident.updated_at)
        .chain(outlined)
        .chain(history.older_change)
        .chain(maintenances.iter().map(MaintenanceView::changed_at))
        .chain(groups)
        .chain(services.map(|view| view.updated_at))
        .chain(public_manual_statuses(history).map(|manual| manual.at));
    changes.filter(|moment| *moment <= at).max().unwrap_or(at.min(DateTime::UNIX_EPOCH.max(history.created_at)))
}

/// The next moment after `at` that changes what is shown: a recorded statement, a window, a promise that passes, or the org's midnight.
fn valid_until(history: &History, ledger: &Ledger, days: &[Day], open: &[IncidentView], at: DateTime<Utc>) -> DateTime<Utc> {
    let midnight = days.last().map_or(at, |day| day.end);
    let statuses = public_services(history).filter_map(|service| ledger.next_change(&service.id, at));
    let windows = history.maintenances.iter().filter_map(|maintenance| maintenance.next_change(at));
    let missed = history.maintenances.iter().filter_map(missed_at);
    let manual = public_manual_statuses(history).map(|manual| manual.at);
    let published = || history.incidents.iter().filter(|incident| !incident.draft);
    let updates = published().flat_map(|incident| incident.updates.iter().map(|update| update.display_at));
    let closings = published().filter_map(|incident| incident.closed_by_source_at);
    let courses = || history.outlines.iter().map(|outline| &outline.course);
    let outlined = courses().flat_map(|course| course.said[course.in_effect(at).len()..].first()).map(|said| said.at);
    let outlined_closings = courses().filter_map(|course| course.closed_by_source_at);
    let announcements = history.maintenances.iter().flat_map(|maintenance| maintenance.updates.iter().map(|update| update.display_at));
    let events = history.events.iter().map(Event::comes_to_light_at);
    let promised = open.iter().filter_map(|view| view.incident.next_update_at());
    let recorded =
        manual.chain(updates).chain(closings).chain(outlined).chain(outlined_closings).chain(announcements).chain(events).chain(promised);
    statuses.chain(windows).chain(missed).chain(recorded).filter(|moment| *moment > at).fold(midnight, DateTime::min)
}

/// The services visitors see.
fn public_services(history: &History) -> impl Iterator<Item = &Service> {
    history.services.iter().filter(|service| service.is_listed() && !service.hidden)
}

fn public_manual_statuses(history: &History) -> impl Iterator<Item = &ManualStatus> {
    let services: HashSet<&PublicId> = public_services(history).map(|service| &service.id).collect();
    history.manual_statuses.iter().filter(move |manual| services.contains(&manual.service))
}
