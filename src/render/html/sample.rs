//! A hand-made snapshot for tests: groups, an open incident, maintenances and bad days.

use chrono::{DateTime, Days, TimeDelta, Utc};

use crate::domain::{
    Affected, CheckHour, Downtime, Group, Impact, Incident, IncidentStatus, Latency, Looks, Maintenance, MaintenanceStatus, Organization,
    Origin, Percentage, PublicId, Service, ServiceStatus, Update, Uptime, UptimeRule,
};
use crate::snapshot::{
    Bodies, DayView, Entry, GroupView, IncidentLink, IncidentView, MaintenanceView, NamedService, Rollup, ServiceView, Snapshot,
    UptimeFigures, Verdict, VerdictKind,
};

/// The moment of the sample.
pub(super) fn moment() -> DateTime<Utc> {
    "2026-11-22T10:04:00Z".parse().unwrap()
}

fn id(text: &str) -> PublicId {
    let letters: String = text.chars().filter(char::is_ascii_alphanumeric).collect::<String>().to_ascii_lowercase();
    PublicId::parse(&letters.chars().chain("x".chars()).take(20).collect::<String>()).unwrap()
}

pub(super) fn organization() -> Organization {
    Organization {
        id: id("acme"),
        slug: "acme".parse().unwrap(),
        name: "Acme Cloud".into(),
        url: Some("https://status.example.com/acme/".into()),
        description: None,
        time_zone: chrono_tz::Europe::Berlin,
        language: "en".into(),
        other_languages: Vec::new(),
        uptime: UptimeRule::default(),
        images: false,
        looks: Looks::default(),
    }
}

fn percentage(lost_seconds: i64) -> Percentage {
    let downtime = Downtime { window_ms: 90 * 86_400_000, major_ms: lost_seconds * 1000, ..Default::default() };
    Uptime::of(&downtime, &UptimeRule::default()).unwrap().percentage()
}

/// An hour of checks so many hours ago, with this median.
fn check_hour(ago: i64, failures: u32, median: Option<u32>) -> CheckHour {
    let start = crate::domain::start_of_hour(moment()) - TimeDelta::hours(ago);
    let latency = median.map(|median| Latency { min: median / 2, median, p95: 2 * median, max: 9 * median });
    CheckHour { start, results: 60, failures, latency }
}

/// A service with bad days given as (days ago, status, seconds, title).
pub(super) fn service(name: &str, status: ServiceStatus, bad: &[(usize, ServiceStatus, i64, &str)]) -> ServiceView {
    let today = moment().date_naive();
    let days = (0..90).rev().map(|back| {
        let hit = bad.iter().find(|(ago, ..)| *ago == back);
        let seconds = |wanted| hit.filter(|(_, status, ..)| *status == wanted).map_or(0, |(_, _, seconds, _)| *seconds);
        DayView {
            date: today.checked_sub_days(Days::new(back as u64)).unwrap(),
            worst: Some(hit.map_or(ServiceStatus::Operational, |(_, status, ..)| *status)),
            lost: Downtime {
                window_ms: 86_400_000,
                major_ms: 1000 * seconds(ServiceStatus::MajorOutage),
                partial_ms: 1000 * seconds(ServiceStatus::PartialOutage),
                degraded_ms: 1000 * seconds(ServiceStatus::DegradedPerformance),
                maintenance_ms: 1000 * seconds(ServiceStatus::UnderMaintenance),
            },
            incidents: hit
                .filter(|(.., title)| !title.is_empty())
                .map(|(.., title)| IncidentLink { id: id(title), title: (*title).into() })
                .into_iter()
                .collect(),
        }
    });
    let figure = Some(percentage(bad.iter().map(|(_, _, seconds, _)| seconds).sum()));
    ServiceView {
        service: Service { number: 1, name: name.into(), ..Service::new(id(name), crate::domain::Slug::from_name(name, "x"), moment()) },
        group_name: None,
        status,
        since: (status != ServiceStatus::Operational).then(|| moment() - TimeDelta::minutes(46)),
        updated_at: moment(),
        days: days.collect(),
        uptime: UptimeFigures { hours_24: figure, days_7: figure, days_30: figure, days_90: figure },
        open_incidents: Vec::new(),
        checks: Vec::new(),
    }
}

fn group(name: &str, mut services: Vec<ServiceView>) -> Entry {
    for view in &mut services {
        view.group_name = Some(name.into());
    }
    let status = services.iter().map(|view| view.status).max().unwrap();
    Entry::Group(GroupView {
        group: Group { number: 1, name: name.into(), ..Group::new(id(name), crate::domain::Slug::from_name(name, "x"), moment()) },
        status,
        services,
        uptime: UptimeFigures { hours_24: None, days_7: None, days_30: None, days_90: None },
    })
}

fn update<S>(number: i64, status: S, at: DateTime<Utc>, body: &str, affected: Option<Vec<Affected>>) -> Update<S> {
    Update {
        number,
        id: id(&format!("u{number}")),
        status,
        translations: std::collections::BTreeMap::new(),
        next_update_at: None,
        body: body.into(),
        display_at: at,
        created_at: at,
        updated_at: at,
        affected,
        deliver_notifications: true,
        origin: Origin::Person,
    }
}

/// An incident with these updates, `(minutes before now, status, body)`, that names these services.
pub(super) fn incident(title: &str, impact: Impact, services: &[&str], said: &[(i64, IncidentStatus, &str)]) -> IncidentView {
    let at = |minutes: i64| moment() - TimeDelta::minutes(minutes);
    let affected = services.iter().map(|name| Affected {
        service: Some(id(name)),
        name: (*name).into(),
        old_status: Some(ServiceStatus::Operational),
        new_status: Some(ServiceStatus::PartialOutage),
    });
    let mut affected = Some(affected.collect::<Vec<_>>());
    let updates: Vec<_> = said
        .iter()
        .enumerate()
        .map(|(index, (minutes, status, body))| update(index as i64, *status, at(*minutes), body, affected.take()))
        .collect();
    let incident = Incident {
        number: 1,
        id: id(title),
        title: title.into(),
        impact,
        draft: false,
        created_at: at(said[0].0),
        updated_at: at(said[0].0),
        started_at: at(said[0].0),
        stated_monitoring_at: None,
        stated_resolved_at: None,
        closed_by_source_at: None,
        source_page: None,
        revision: 1,
        updates,
    };
    let named = services.iter().map(|name| NamedService {
        id: id(name),
        name: (*name).into(),
        slug: Some(crate::domain::Slug::from_name(name, "x")),
        last_said: Some(ServiceStatus::PartialOutage),
        said_at: at(0),
    });
    IncidentView {
        bodies: Bodies::default(),
        status: incident.status(),
        monitoring_at: incident.monitoring_at(),
        overdue: false,
        resolved_at: incident.resolved_at(),
        services: named.collect(),
        incident,
    }
}

/// A maintenance that starts in so many minutes and takes 90.
pub(super) fn maintenance(title: &str, status: MaintenanceStatus, starts_in: i64) -> MaintenanceView {
    let from = moment() + TimeDelta::minutes(starts_in);
    let announced = moment() - TimeDelta::days(2);
    let maintenance = Maintenance {
        number: 1,
        id: id(title),
        title: title.into(),
        scheduled_for: from,
        scheduled_until: from + TimeDelta::minutes(90),
        auto_start: true,
        auto_finish: true,
        services: vec![id("Object storage")],
        created_at: announced,
        updated_at: announced,
        stated_started_at: None,
        stated_monitoring_at: None,
        stated_resolved_at: None,
        closed_by_source_at: None,
        source_page: None,
        repeat: None,
        occurrence: None,
        revision: 1,
        updates: vec![update(1, status, announced, "Uploads may pause for a few seconds, twice. Downloads are not affected.", None)],
    };
    MaintenanceView {
        date: None,
        bodies: Bodies::default(),
        status,
        began_at: status.is_active().then_some(from),
        completed_at: None,
        updated_at: announced,
        services: vec![NamedService {
            id: id("Object storage"),
            name: "Object storage".into(),
            slug: Some("object-storage".parse().unwrap()),
            last_said: None,
            said_at: announced,
        }],
        maintenance,
    }
}

/// An incident in progress; with `calm`, none.
pub(super) fn snapshot(calm: bool) -> Snapshot {
    use IncidentStatus::{Identified, Investigating, Monitoring, Resolved};
    use ServiceStatus::{DegradedPerformance, MajorOutage, Operational, PartialOutage, UnderMaintenance};
    let down = "Dashboard and API unavailable";
    let now = |status| if calm { Operational } else { status };
    let mut young = service("GraphQL API", Operational, &[(26, MajorOutage, 2040, down)]);
    for day in young.days.iter_mut().take(31) {
        day.worst = None;
    }
    let mut plain = service("Support desk", Operational, &[]);
    plain.service.showcase = false;
    let mut shy = service("Legacy import", Operational, &[]);
    shy.service.only_show_if_degraded = true;
    let mut search = service("Search", now(PartialOutage), &[(0, PartialOutage, 2760, "Search results are slow and sometimes empty")]);
    search.checks = vec![check_hour(9, 1, None), check_hour(3, 0, Some(180)), check_hour(2, 7, Some(420)), check_hour(0, 0, Some(90))];
    search.service.description = Some("Full-text search over everything you keep with us".into());
    search.service.link = Some("https://search.example.com/".into());
    let entries = vec![
        group(
            "Product",
            vec![
                service(
                    "Dashboard",
                    now(DegradedPerformance),
                    &[(26, MajorOutage, 2040, down), (0, PartialOutage, 2760, "Search results are slow and sometimes empty")],
                ),
                service("Sign-in", Operational, &[(11, PartialOutage, 2460, "Sign-in failed for accounts that use SAML")]),
                search,
                service("Notifications", Operational, &[]),
                service("Mobile app", Operational, &[(26, MajorOutage, 2040, down)]),
                service("Billing", Operational, &[(41, DegradedPerformance, 18_600, "Invoices showed the wrong tax rate")]),
            ],
        ),
        group(
            "Developer platform",
            vec![
                service("REST API", Operational, &[(26, MajorOutage, 2040, down)]),
                young,
                service("Webhooks", Operational, &[(4, DegradedPerformance, 5760, "Webhook deliveries delayed by up to twenty minutes")]),
                service("Docs", Operational, &[]),
            ],
        ),
        group(
            "Data",
            vec![
                service("Object storage", now(UnderMaintenance), &[(0, UnderMaintenance, 1200, "")]),
                service(
                    "Message queue",
                    Operational,
                    &[
                        (41, UnderMaintenance, 2700, ""),
                        (4, DegradedPerformance, 5760, "Webhook deliveries delayed by up to twenty minutes"),
                    ],
                ),
                service("Metrics", Operational, &[(63, PartialOutage, 8940, "Metrics older than a week could not be read")]),
            ],
        ),
        Entry::Service(service("DNS", Operational, &[(77, DegradedPerformance, 4380, "DNS answers were stale after a zone update")])),
        Entry::Service(plain),
        Entry::Service(shy),
    ];
    let open = incident(
        "Search results are slow and sometimes empty",
        Impact::Major,
        &["Search", "Dashboard"],
        &[
            (
                46,
                Investigating,
                "Roughly one search in six returns nothing or takes more than ten seconds. Everything else in the dashboard works.",
            ),
            (
                23,
                Identified,
                "One of three index shards lost its disk and is rebuilding from its replica.\n\nQueries that touch it can time out. We expect normal results by about 11:30.",
            ),
        ],
    );
    let past = |title: &str, impact, services: &[&str], days: i64, minutes: i64, body: &str| {
        incident(
            title,
            impact,
            services,
            &[
                (days * 1440 + minutes, Investigating, "We are looking into it."),
                (days * 1440 + minutes / 2, Monitoring, "A fix is in place."),
                (days * 1440, Resolved, body),
            ],
        )
    };
    let mut incidents = vec![
        past(
            "Webhook deliveries delayed by up to twenty minutes",
            Impact::Minor,
            &["Webhooks", "Message queue"],
            4,
            96,
            "The backlog is gone and every delayed event has been delivered once, in order. No event was lost.",
        ),
        past(
            "Sign-in failed for accounts that use SAML",
            Impact::Major,
            &["Sign-in"],
            11,
            41,
            "A certificate in our identity gateway had been rotated without its chain. We restored the chain and added the missing step to the rotation check.",
        ),
        past(
            down,
            Impact::Critical,
            &["Dashboard", "REST API", "GraphQL API", "Mobile app"],
            26,
            34,
            "A schema change took a lock that blocked every write. We cancelled it after 34 minutes.",
        ),
        past(
            "Invoices showed the wrong tax rate",
            Impact::Minor,
            &["Billing"],
            41,
            310,
            "412 invoices were corrected and sent again. No card was charged twice.",
        ),
        past(
            "Metrics older than a week could not be read",
            Impact::Major,
            &["Metrics"],
            63,
            149,
            "Compaction had moved the blocks before the index was told.",
        ),
    ];
    let mut maintenances = vec![
        maintenance("Object storage: controller firmware", MaintenanceStatus::Scheduled, 3600),
        maintenance("DNS: key rollover", MaintenanceStatus::Scheduled, 90_000),
    ];
    let mut verdict = Verdict { status: Operational, kind: VerdictKind::AllOperational, worst: Vec::new(), affected: 0, total: 16 };
    if !calm {
        incidents.insert(0, open.clone());
        maintenances.insert(0, maintenance("Object storage: network cards", MaintenanceStatus::InProgress, -20));
        verdict = Verdict { status: PartialOutage, kind: VerdictKind::Some, worst: vec!["Search".into()], affected: 3, total: 16 };
    }
    Snapshot {
        at: moment(),
        organization: organization(),
        updated_at: moment() - TimeDelta::minutes(23),
        valid_until: moment() + TimeDelta::minutes(70),
        verdict,
        rollup: Rollup { indicator: "none", description: "All Systems Operational" },
        entries,
        open_incidents: if calm { Vec::new() } else { vec![open] },
        incidents,
        maintenances,
        series: Vec::new(),
        events: Vec::new(),
        recent: Vec::new(),
    }
}
