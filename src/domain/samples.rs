//! Values for tests: histories told minute by minute, by hand or at random.

use std::collections::BTreeMap;

use chrono::{DateTime, TimeDelta, Utc};
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::{Strategy, any};
use proptest::sample::select;

use crate::domain::{
    Affected, Course, Group, History, Impact, Incident, IncidentStatus, Looks, Maintenance, MaintenanceStatus, ManualStatus, Organization,
    Origin, Outline, PublicId, Service, ServiceStatus, Update, UptimeRule,
};

/// So many minutes after midnight.
pub(crate) fn at(minute: i64) -> DateTime<Utc> {
    DateTime::from_timestamp(1_795_305_600 + minute * 60, 0).unwrap()
}

pub(crate) fn id(text: &str) -> PublicId {
    PublicId::parse(text).unwrap()
}

/// An update by a person that states these services, or none where there are none.
pub(crate) fn update<S>(number: i64, minute: i64, status: S, services: &[(&str, ServiceStatus)]) -> Update<S> {
    let affected = services.iter().map(|(service, status)| Affected {
        service: Some(id(service)),
        name: format!("{service} then"),
        old_status: None,
        new_status: Some(*status),
    });
    Update {
        number,
        id: id(&format!("u{}", number.unsigned_abs())),
        status,
        body: String::new(),
        translations: BTreeMap::new(),
        next_update_at: None,
        display_at: at(minute),
        created_at: at(minute),
        updated_at: at(minute),
        affected: (!services.is_empty()).then(|| affected.collect()),
        deliver_notifications: true,
        origin: Origin::Person,
    }
}

pub(crate) fn incident(number: i64, updates: Vec<Update<IncidentStatus>>) -> Incident {
    let first = updates.first().map_or(at(0), |update| update.display_at);
    Incident {
        number,
        id: id(&format!("i{number}")),
        title: format!("Incident {number}"),
        impact: Impact::Minor,
        draft: false,
        created_at: first,
        updated_at: updates.last().map_or(first, |update| update.display_at),
        started_at: first,
        stated_monitoring_at: None,
        stated_resolved_at: None,
        closed_by_source_at: None,
        source_page: None,
        revision: number,
        updates,
    }
}

/// A maintenance that starts and finishes by itself, announced an hour before midnight.
pub(crate) fn maintenance(number: i64, from: i64, until: i64, services: &[&str]) -> Maintenance {
    Maintenance {
        number,
        id: id(&format!("m{number}")),
        title: format!("Maintenance {number}"),
        scheduled_for: at(from),
        scheduled_until: at(until),
        auto_start: true,
        auto_finish: true,
        services: services.iter().map(|service| id(service)).collect(),
        created_at: at(-60),
        updated_at: at(-60),
        stated_started_at: None,
        stated_monitoring_at: None,
        stated_resolved_at: None,
        closed_by_source_at: None,
        source_page: None,
        repeat: None,
        occurrence: None,
        revision: number,
        updates: vec![update(-number, -60, MaintenanceStatus::Scheduled, &[])],
    }
}

pub(crate) fn manual(number: i64, service: &str, minute: i64, status: ServiceStatus) -> ManualStatus {
    let origin = Origin::Person;
    ManualStatus { number, service: id(service), status, at: at(minute), message: None, origin, created_at: at(minute) }
}

pub(crate) fn service(number: i64, name: &str) -> Service {
    Service { number, name: name.to_uppercase(), position: number, ..Service::new(id(name), name.parse().unwrap(), at(-9000)) }
}

pub(crate) fn group(number: i64, name: &str) -> Group {
    Group { number, name: name.to_uppercase(), position: number, ..Group::new(id(name), name.parse().unwrap(), at(-9000)) }
}

/// An organization in UTC without anything.
pub(crate) fn history() -> History {
    History {
        organization: Organization {
            id: id("page"),
            slug: "acme".parse().unwrap(),
            name: "Acme".to_owned(),
            url: None,
            description: None,
            time_zone: chrono_tz::UTC,
            language: "en".to_owned(),
            other_languages: Vec::new(),
            uptime: UptimeRule::default(),
            images: false,
            looks: Looks::default(),
        },
        since: None,
        created_at: at(-10_000),
        sources: Vec::new(),
        event_titles: BTreeMap::new(),
        groups: Vec::new(),
        services: Vec::new(),
        manual_statuses: Vec::new(),
        incidents: Vec::new(),
        maintenances: Vec::new(),
        series: Vec::new(),
        check_hours: BTreeMap::new(),
        events: Vec::new(),
        outlines: Vec::new(),
        older_change: None,
    }
}

/// The outline the store would give of an incident that names services of random histories, or these two.
pub(crate) fn outline(incident: &Incident) -> Outline {
    let known = |service: &PublicId| {
        let place = |names: &[&str]| names.iter().position(|name| service.as_str() == *name);
        place(&SERVICES).or_else(|| place(&["apis", "web"])).and_then(|place| i64::try_from(place + 1).ok())
    };
    Outline {
        id: incident.id.clone(),
        title: incident.title.clone(),
        started_at: incident.started_at,
        updated_at: incident.updated_at,
        revision: incident.revision,
        course: Course::of(incident, known),
    }
}

/// The services that random histories speak of.
pub(crate) const SERVICES: [&str; 3] = ["one", "two", "three"];

/// Random histories happen within so many minutes after midnight, so that many things happen in one moment.
pub(crate) const MINUTES: i64 = 40;

/// What random people said.
#[derive(Clone, Debug)]
pub(crate) struct Recorded {
    pub(crate) manual_statuses: Vec<ManualStatus>,
    pub(crate) incidents: Vec<Incident>,
    pub(crate) maintenances: Vec<Maintenance>,
}

impl Recorded {
    /// An organization that lists all services.
    pub(crate) fn history(self) -> History {
        let services = SERVICES.iter().zip(1..).map(|(name, number)| service(number, name)).collect();
        let Self { manual_statuses, incidents, maintenances } = self;
        History { services, manual_statuses, incidents, maintenances, ..history() }
    }
}

pub(crate) fn recorded() -> impl Strategy<Value = Recorded> {
    let stated = (select(&SERVICES[..]), 0..MINUTES, status());
    (vec(stated, 0..5), vec(random_incident(), 0..5), vec(random_maintenance(), 0..4)).prop_map(
        |(manual_statuses, mut incidents, mut maintenances)| {
            let manual_statuses = manual_statuses.into_iter().zip(1..);
            let manual_statuses = manual_statuses.map(|((service, minute, status), number)| manual(number, service, minute, status));
            let mut update_number = 0;
            for (incident, number) in incidents.iter_mut().zip(1..) {
                incident.number = number;
                incident.id = id(&format!("i{number}"));
                for update in &mut incident.updates {
                    update_number += 1;
                    update.number = update_number;
                }
            }
            for (maintenance, number) in maintenances.iter_mut().zip(1..) {
                maintenance.number = number;
                maintenance.id = id(&format!("m{number}"));
            }
            Recorded { manual_statuses: manual_statuses.collect(), incidents, maintenances }
        },
    )
}

fn status() -> impl Strategy<Value = ServiceStatus> {
    select(ServiceStatus::ALL)
}

fn random_incident() -> impl Strategy<Value = Incident> {
    let named = (select(&SERVICES[..]), option::weighted(0.85, status()));
    let over = select(&[IncidentStatus::Resolved, IncidentStatus::Resolved, IncidentStatus::Postmortem][..]);
    let running = select(&[IncidentStatus::Investigating, IncidentStatus::Identified, IncidentStatus::Monitoring][..]);
    let status = proptest::prop_oneof![2 => running, 1 => over];
    let update = (0..MINUTES, status, option::weighted(0.8, vec(named, 0..3)), any::<bool>(), option::weighted(0.3, 1..MINUTES));
    let closed = option::weighted(0.2, 0..MINUTES);
    (vec(update, 0..6), proptest::bool::weighted(0.1), closed).prop_map(|(updates, draft, closed)| {
        let mut updates: Vec<Update<IncidentStatus>> = updates.into_iter().map(random_update).collect();
        updates.sort_by_key(|update| update.display_at);
        Incident { draft, closed_by_source_at: closed.map(at), ..incident(0, updates) }
    })
}

type Told = (i64, IncidentStatus, Option<Vec<(&'static str, Option<ServiceStatus>)>>, bool, Option<i64>);

fn random_update((minute, status, named, by_person, next): Told) -> Update<IncidentStatus> {
    let affected =
        |(service, new_status): (&str, _)| Affected { service: Some(id(service)), name: service.to_owned(), old_status: None, new_status };
    Update {
        affected: named.map(|named| named.into_iter().map(affected).collect()),
        origin: if by_person { Origin::Person } else { Origin::Import },
        next_update_at: next.map(|minutes| at(minute + minutes)),
        ..update(0, minute, status, &[])
    }
}

fn random_maintenance() -> impl Strategy<Value = Maintenance> {
    let update_of = (0..MINUTES, select(MaintenanceStatus::ALL));
    let services = proptest::sample::subsequence(&SERVICES[..], 0..3);
    let closed = option::weighted(0.15, 0..MINUTES);
    (0..MINUTES, 0..12_i64, services, any::<(bool, bool)>(), vec(update_of, 0..3), closed).prop_map(
        |(from, length, services, (auto_start, auto_finish), updates, closed)| {
            let mut maintenance = maintenance(0, from, from + length, &services);
            maintenance.updates.extend(updates.into_iter().map(|(minute, status)| update(1, minute, status, &[])));
            maintenance.updates.sort_by_key(|update| update.display_at);
            Maintenance { auto_start, auto_finish, closed_by_source_at: closed.map(at), ..maintenance }
        },
    )
}

/// A moment near whole minutes: a millisecond before one, on it or after it.
pub(crate) fn moment() -> impl Strategy<Value = DateTime<Utc>> {
    (-2..MINUTES + 14, -1..=1_i64).prop_map(|(minute, ms)| at(minute) + TimeDelta::milliseconds(ms))
}
