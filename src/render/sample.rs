//! A snapshot made by hand for the tests of everything that is rendered from one.
//!
//! It is consistent (statuses, figures and times fit each other), covers each kind of thing once, and has fixed ids.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};

use crate::domain::{
    Affected, Change, Downtime, Event, EventKind, Group, Impact, Incident, IncidentStatus, Looks, Maintenance, MaintenanceStatus,
    Organization, Origin, PublicId, Service, ServiceStatus, Slug, Subject, Update, UptimeRule, days_ending_at, downtime,
};
use crate::snapshot::{
    Bodies, DayView, Entry, EventView, GroupView, IncidentLink, IncidentView, MaintenanceView, NamedService, Rollup, ServiceView, Snapshot,
    UptimeFigures, Verdict, VerdictKind,
};

/// Text that tries everything: control characters, line ends of every kind, the ends of CDATA and of scripts, tags, templates, a change of
/// writing direction, characters that XML cannot carry.
pub(crate) const HOSTILE: &str = "evil\0\u{8}\u{b}\u{1b}[31m\r\nid: 999\rdata: x\n\n]]> --> <script>alert(1)</script> </script> & \" ' \u{202e}gnp.exe {{ config }} \
     {% raw %} {# #} \u{85}\u{2028}\u{2029}\u{fffe}\u{ffff} \u{1f4a5}";

/// The moment of the sample, as every time in these tests: RFC 3339.
pub(crate) fn time(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

pub(crate) fn id(text: &str) -> PublicId {
    PublicId::parse(text).unwrap()
}

/// The view of the listed service with this slug.
pub(crate) fn service_view(snapshot: &Snapshot, slug: &str) -> ServiceView {
    snapshot.services().find(|view| view.service.slug.as_str() == slug).unwrap().clone()
}

/// Acme at 14:30 UTC: two groups and a service, an open and a resolved incident, a running, an upcoming and a cancelled maintenance.
pub(crate) fn snapshot() -> Snapshot {
    let at = time("2026-11-22T14:30:00Z");
    let open = open_incident();
    let incidents = vec![open.clone(), resolved_incident()];
    let entries = vec![
        Entry::Group(group(
            "core",
            "Core",
            1,
            ServiceStatus::PartialOutage,
            vec![
                service("gateway", "API", Some("core"), 1, ServiceStatus::PartialOutage),
                service("website", "Website", Some("core"), 2, ServiceStatus::Operational),
            ],
        )),
        Entry::Group(group(
            "data",
            "Data",
            2,
            ServiceStatus::UnderMaintenance,
            vec![service("database", "Database", Some("data"), 1, ServiceStatus::UnderMaintenance)],
        )),
        Entry::Service(service("mail", "Mail", None, 3, ServiceStatus::Operational)),
    ];
    Snapshot {
        at,
        organization: organization(),
        updated_at: time("2026-11-22T14:20:00Z"),
        valid_until: time("2026-11-22T16:00:00Z"),
        verdict: Verdict {
            status: ServiceStatus::PartialOutage,
            kind: VerdictKind::Some,
            worst: vec!["API".to_owned()],
            affected: 2,
            total: 4,
        },
        rollup: Rollup { indicator: "minor", description: "Minor Service Outage" },
        entries,
        open_incidents: vec![open],
        recent: Vec::new(),
        incidents,
        maintenances: vec![cancelled_maintenance(), running_maintenance(), upcoming_maintenance()],
        series: Vec::new(),
        events: events(),
    }
}

/// The same with [`HOSTILE`] wherever people or imports can write.
pub(crate) fn hostile() -> Snapshot {
    let mut snapshot = snapshot();
    let evil = || HOSTILE.to_owned();
    snapshot.organization.name = evil();
    snapshot.organization.description = Some(evil());
    snapshot.verdict.worst = vec![evil()];
    for entry in &mut snapshot.entries {
        let services = match entry {
            Entry::Group(view) => {
                view.group.name = evil();
                view.group.description = Some(evil());
                view.services.as_mut_slice()
            }
            Entry::Service(view) => std::slice::from_mut(view),
        };
        for view in services {
            view.service.name = evil();
            view.service.description = Some(evil());
            view.group_name = view.group_name.is_some().then(evil);
        }
    }
    for view in snapshot.open_incidents.iter_mut().chain(&mut snapshot.incidents) {
        view.incident.title = evil();
        view.incident.updates.iter_mut().for_each(spoil);
        view.services.iter_mut().for_each(|service| service.name = evil());
    }
    for view in &mut snapshot.maintenances {
        view.maintenance.title = evil();
        view.maintenance.updates.iter_mut().for_each(spoil);
        view.services.iter_mut().for_each(|service| service.name = evil());
    }
    for view in &mut snapshot.events {
        view.title = evil();
        view.event.sentence = evil();
    }
    snapshot
}

fn spoil<S>(update: &mut Update<S>) {
    update.body = HOSTILE.to_owned();
    update.affected.iter_mut().flatten().for_each(|affected| affected.name = HOSTILE.to_owned());
}

fn organization() -> Organization {
    Organization {
        id: id("pageacme0001"),
        slug: slug("acme"),
        name: "Acme".to_owned(),
        url: Some("https://status.acme.example/pages/".to_owned()),
        description: Some("Rockets & more".to_owned()),
        time_zone: chrono_tz::Europe::Berlin,
        language: "en".to_owned(),
        other_languages: Vec::new(),
        uptime: UptimeRule::default(),
        images: false,
        looks: Looks::default(),
    }
}

fn slug(text: &str) -> Slug {
    text.parse().unwrap()
}

/// The id of the service with this slug: the slug, filled up to twelve characters.
fn service_id(slug: &str) -> PublicId {
    id(&format!("{slug:x<12}"))
}

fn group(name: &str, title: &str, position: i64, status: ServiceStatus, services: Vec<ServiceView>) -> GroupView {
    let group = Group {
        number: position,
        name: title.to_owned(),
        position,
        ..Group::new(id(&format!("group{name:x<7}")), slug(name), time("2026-01-01T00:00:00Z"))
    };
    let uptime = services.first().map_or_else(no_figures, |view| view.uptime);
    GroupView { group, status, services, uptime }
}

fn no_figures() -> UptimeFigures {
    UptimeFigures { hours_24: None, days_7: None, days_30: None, days_90: None }
}

fn service(name: &str, title: &str, group: Option<&str>, position: i64, status: ServiceStatus) -> ServiceView {
    let changed = time(if status == ServiceStatus::Operational { "2026-10-20T12:00:00Z" } else { "2026-11-22T14:10:00Z" });
    let service = Service {
        number: position,
        name: title.to_owned(),
        description: (name == "gateway").then(|| "What programs talk to".to_owned()),
        group: group.map(|group| id(&format!("group{group:x<7}"))),
        position,
        start_date: (name == "mail").then(|| time("2026-11-01T00:00:00Z").date_naive()),
        showcase: name != "mail",
        only_show_if_degraded: name == "mail",
        ..Service::new(service_id(name), slug(name), time("2026-01-01T00:00:00Z"))
    };
    let figure = crate::domain::Uptime::of(&downtime(&[outage(status)]), &UptimeRule::default()).map(|uptime| uptime.percentage());
    ServiceView {
        group_name: service.group.is_some().then(|| if name == "database" { "Data" } else { "Core" }.to_owned()),
        service,
        status,
        since: Some(changed),
        updated_at: changed,
        days: days(name),
        uptime: UptimeFigures { hours_24: figure, days_7: figure, days_30: figure, days_90: figure },
        open_incidents: if name == "gateway" { vec![id("incidentopen")] } else { Vec::new() },
        checks: Vec::new(),
    }
}

fn outage(status: ServiceStatus) -> crate::domain::Span {
    crate::domain::Span { start: time("2026-11-22T14:10:00Z"), end: time("2026-11-22T14:30:00Z"), status, causes: Vec::new() }
}

fn days(service: &str) -> Vec<DayView> {
    let days = days_ending_at(time("2026-11-22T14:30:00Z"), chrono_tz::Europe::Berlin, 90);
    let today = days.len() - 1;
    let view = |(number, day): (usize, crate::domain::Day)| DayView {
        date: day.date,
        worst: Some(if service == "gateway" && number == today { ServiceStatus::PartialOutage } else { ServiceStatus::Operational }),
        lost: Downtime { partial_ms: if service == "gateway" && number == today { 1_200_000 } else { 0 }, ..Downtime::default() },
        incidents: if service == "gateway" && number == today {
            vec![IncidentLink { id: id("incidentopen"), title: "API slow".to_owned() }]
        } else {
            Vec::new()
        },
    };
    days.into_iter().enumerate().map(view).collect()
}

fn affected(service: &str, name: &str, old: ServiceStatus, new: ServiceStatus) -> Affected {
    Affected { service: Some(service_id(service)), name: name.to_owned(), old_status: Some(old), new_status: Some(new) }
}

fn update<S>(number: i64, status: S, body: &str, at: &str, affected: Option<Vec<Affected>>) -> Update<S> {
    Update {
        number,
        id: id(&format!("update{number:06}")),
        status,
        body: body.to_owned(),
        translations: BTreeMap::new(),
        next_update_at: None,
        display_at: time(at),
        created_at: time(at),
        updated_at: time(at),
        affected,
        deliver_notifications: true,
        origin: Origin::Person,
    }
}

fn named(service: &str, name: &str, last_said: Option<ServiceStatus>, said_at: &str) -> NamedService {
    NamedService { id: service_id(service), name: name.to_owned(), slug: Some(slug(service)), last_said, said_at: time(said_at) }
}

fn open_incident() -> IncidentView {
    use ServiceStatus::{Operational, PartialOutage};
    let updates = vec![
        update(
            1,
            IncidentStatus::Investigating,
            "Calls are *slow*.",
            "2026-11-22T14:10:00Z",
            Some(vec![affected("gateway", "Core - API", Operational, PartialOutage)]),
        ),
        update(2, IncidentStatus::Identified, "A cache is full.", "2026-11-22T14:20:00Z", None),
    ];
    incident(
        2,
        "incidentopen",
        "API slow",
        Impact::Minor,
        updates,
        vec![named("gateway", "API", Some(PartialOutage), "2026-11-22T14:10:00Z")],
    )
}

/// It also names a service that is gone, and says in its last update that no service was affected.
fn resolved_incident() -> IncidentView {
    use ServiceStatus::{MajorOutage, Operational};
    let gone = Affected { service: Some(service_id("gone")), name: "Gone".to_owned(), old_status: None, new_status: None };
    let nobody =
        Affected { service: None, name: "No components were affected by this update.".to_owned(), old_status: None, new_status: None };
    let updates = vec![
        update(
            3,
            IncidentStatus::Investigating,
            "We look into it.",
            "2026-10-20T10:00:00Z",
            Some(vec![affected("website", "Core - Website", Operational, MajorOutage), gone]),
        ),
        update(4, IncidentStatus::Investigating, "Still looking.", "2026-10-20T11:00:00Z", Some(vec![nobody])),
        update(
            5,
            IncidentStatus::Resolved,
            "Fixed.",
            "2026-10-20T12:00:00Z",
            Some(vec![affected("website", "Core - Website", MajorOutage, Operational)]),
        ),
    ];
    let gone = NamedService { slug: None, ..named("gone", "Gone", None, "2026-10-20T10:00:00Z") };
    let services = vec![named("website", "Website", Some(Operational), "2026-10-20T12:00:00Z"), gone];
    incident(1, "incidentdone", "Website down", Impact::Major, updates, services)
}

fn incident(
    number: i64,
    name: &str,
    title: &str,
    impact: Impact,
    updates: Vec<Update<IncidentStatus>>,
    services: Vec<NamedService>,
) -> IncidentView {
    let incident = Incident {
        number,
        id: id(name),
        title: title.to_owned(),
        impact,
        draft: false,
        created_at: updates[0].display_at,
        updated_at: updates[updates.len() - 1].display_at,
        started_at: updates[0].display_at,
        stated_monitoring_at: None,
        stated_resolved_at: None,
        closed_by_source_at: None,
        source_page: None,
        revision: number,
        updates,
    };
    IncidentView {
        bodies: Bodies::default(),
        status: incident.status(),
        monitoring_at: incident.monitoring_at(),
        overdue: false,
        resolved_at: incident.resolved_at(),
        incident,
        services,
    }
}

fn running_maintenance() -> MaintenanceView {
    let updates = vec![
        update(6, MaintenanceStatus::Scheduled, "We upgrade.", "2026-11-20T09:00:00Z", Some(Vec::new())),
        update(7, MaintenanceStatus::InProgress, "We began.", "2026-11-22T14:00:00Z", None),
    ];
    let services = vec![named("database", "Database", Some(ServiceStatus::UnderMaintenance), "2026-11-22T14:00:00Z")];
    maintenance(1, "maintrunning", "Database upgrade", ["2026-11-22T14:00:00Z", "2026-11-22T16:00:00Z"], updates, services)
}

/// Its window spans a night.
fn upcoming_maintenance() -> MaintenanceView {
    let updates = vec![update(8, MaintenanceStatus::Scheduled, "Cables are replaced.", "2026-11-21T09:00:00Z", None)];
    let services = vec![named("gateway", "API", None, "2026-11-21T09:00:00Z")];
    maintenance(2, "maintupcoming", "Network work", ["2026-12-01T22:00:00Z", "2026-12-02T02:00:00Z"], updates, services)
}

fn cancelled_maintenance() -> MaintenanceView {
    let updates = vec![
        update(9, MaintenanceStatus::Scheduled, "We move.", "2026-10-01T09:00:00Z", None),
        update(10, MaintenanceStatus::Cancelled, "Not today.", "2026-10-05T09:00:00Z", None),
    ];
    maintenance(3, "maintcanceld", "Office move", ["2026-10-10T08:00:00Z", "2026-10-10T09:00:00Z"], updates, Vec::new())
}

fn maintenance(
    number: i64,
    name: &str,
    title: &str,
    window: [&str; 2],
    updates: Vec<Update<MaintenanceStatus>>,
    services: Vec<NamedService>,
) -> MaintenanceView {
    let at = time("2026-11-22T14:30:00Z");
    let maintenance = Maintenance {
        number,
        id: id(name),
        title: title.to_owned(),
        scheduled_for: time(window[0]),
        scheduled_until: time(window[1]),
        auto_start: true,
        auto_finish: true,
        services: services.iter().map(|service| service.id.clone()).collect(),
        created_at: updates[0].display_at,
        updated_at: updates[updates.len() - 1].display_at,
        stated_started_at: None,
        stated_monitoring_at: None,
        stated_resolved_at: None,
        closed_by_source_at: None,
        source_page: None,
        repeat: None,
        occurrence: None,
        revision: number,
        updates,
    };
    MaintenanceView {
        date: None,
        bodies: Bodies::default(),
        status: maintenance.status_at(at),
        began_at: maintenance.began_at().filter(|began| *began <= at),
        completed_at: maintenance.completed_at(at),
        updated_at: maintenance.updated_at,
        maintenance,
        services,
    }
}

fn events() -> Vec<EventView> {
    let event = |seq, at, kind, subject, status: &str, title: &str| EventView {
        event: Event {
            seq,
            at: time(at),
            effective_at: time(at),
            actor: "alice".to_owned(),
            kind,
            subject,
            status: Some(status.to_owned()),
            sentence: format!("did something with {title}"),
            change: Change::default(),
        },
        title: title.to_owned(),
        slug: None,
    };
    let mut website =
        event(11, "2026-10-20T12:00:00Z", EventKind::ServiceStatus, Subject::Service(service_id("website")), "operational", "Website");
    website.slug = Some(slug("website"));
    vec![
        website,
        event(12, "2026-11-22T14:10:00Z", EventKind::IncidentOpened, Subject::Incident(id("incidentopen")), "investigating", "API slow"),
        event(
            13,
            "2026-11-22T14:00:00Z",
            EventKind::MaintenanceStarted,
            Subject::Maintenance(id("maintrunning")),
            "in_progress",
            "Database upgrade",
        ),
    ]
}
