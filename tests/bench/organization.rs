//! The organization that is built: services in groups, and incidents spread over five years. The same every time.

use std::collections::BTreeMap;
use std::path::Path;

use chrono::{DateTime, TimeDelta, Utc};
use statuary::config::{NewOrg, OrgFolder, create_lone_org_folder};
use statuary::domain::{
    Affected, EventKind, Group, Impact, Incident, IncidentStatus, Origin, PublicId, Service, ServiceStatus, Standing, Subject, Update,
};
use statuary::store::{NewEvent, OrgStore, Write};

/// Services of one group.
const IN_A_GROUP: usize = 7;
/// How many of the newest incidents are still open.
const OPEN: usize = 3;

const SUBJECTS: [&str; 8] =
    ["Elevated error rates", "Slow responses", "Failed logins", "Delayed jobs", "Missing data", "Timeouts", "Queue growth", "DNS failures"];
const SENTENCES: [&str; 10] = [
    "We are investigating reports of **elevated error rates**.",
    "The cause is a deploy that went out a few minutes before; we are rolling it back.",
    "Requests that failed can be [sent again](https://docs.example.com/retry) without harm.",
    "Writes are accepted, but it may take several minutes until they show in `search`.",
    "About one in twenty requests is answered with `503 Service Unavailable`.",
    "Our provider has confirmed a fault in one of its zones and is working on it.",
    "A fix is in place, and error rates are back to *normal* levels.",
    "We keep watching the queues until the backlog is gone.",
    "Customers in Europe & Asia are not affected.",
    "All systems have been stable for half an hour. We are sorry for the trouble.",
];

/// The moment of the first build.
pub(crate) fn now() -> DateTime<Utc> {
    DateTime::from_timestamp_millis(1_790_000_000_000).expect("a moment")
}

/// Makes the folder `dir` an organization with this many incidents on 50 services.
pub(crate) fn make(dir: &Path, incidents: usize) -> anyhow::Result<OrgFolder> {
    make_with(dir, incidents, &Size { services: 50, years: 5 })
}

/// How large an organization is beside its incidents.
pub(crate) struct Size {
    pub(crate) services: usize,
    /// Over how long its incidents are spread.
    pub(crate) years: i64,
}

/// [`make`] with another size.
pub(crate) fn make_with(dir: &Path, incidents: usize, size: &Size) -> anyhow::Result<OrgFolder> {
    let new = NewOrg { name: "Acme".to_owned(), url: Some("https://status.example.com/".to_owned()), time_zone: None };
    let folder = create_lone_org_folder(dir, &new)?;
    let founded = now() - TimeDelta::days(365 * size.years);
    let mut store = OrgStore::create(&folder.database(), &id('p', 1), founded)?;
    store.write("bench", now(), |write| put(write, incidents, size.services, founded))?;
    Ok(folder)
}

fn put(write: &Write<'_>, incidents: usize, services: usize, founded: DateTime<Utc>) -> anyhow::Result<()> {
    let groups = services.div_ceil(IN_A_GROUP);
    for number in 0..groups {
        write.put_group(&mut group(number, founded))?;
    }
    let services: Vec<Service> = (0..services).map(|number| service(number, groups, founded)).collect();
    for service in &services {
        write.put_service(&mut service.clone())?;
    }
    let apart = (now() - founded - TimeDelta::hours(2)) / i32::try_from(incidents.max(1))?;
    for number in 0..incidents {
        let started_at = founded + TimeDelta::hours(1) + apart * i32::try_from(number)?;
        let mut incident = incident(number, number + OPEN >= incidents, started_at, &services);
        let end = if incident.is_open() { EventKind::IncidentUpdated } else { EventKind::IncidentResolved };
        for (kind, update) in
            [EventKind::IncidentOpened, EventKind::IncidentUpdated, EventKind::IncidentUpdated, end].into_iter().zip(&incident.updates)
        {
            incident.revision = write.record(NewEvent {
                kind,
                subject: Subject::Incident(incident.id.clone()),
                status: Some(update.status.to_string()),
                effective_at: update.display_at,
                sentence: format!("told incident {}", incident.title),
            })?;
        }
        write.put_incident(&mut incident)?;
    }
    Ok(())
}

/// Ids look random, as real ones do: neighbours in time are none in the index.
fn id(kind: char, number: usize) -> PublicId {
    let mixed = (number as u64 + 1).wrapping_mul(0x9E37_79B9_7F4A_7C15) & 0xFFF_FFFF_FFFF;
    PublicId::parse(&format!("{kind}{mixed:011x}")).expect("letters and digits")
}

fn group(number: usize, at: DateTime<Utc>) -> Group {
    Group {
        number: 0,
        id: id('g', number),
        slug: format!("group-{number}").parse().expect("a slug"),
        name: format!("Group {number}"),
        description: None,
        position: number as i64,
        source_page: None,
        created_at: at,
        updated_at: at,
    }
}

fn service(number: usize, groups: usize, at: DateTime<Utc>) -> Service {
    Service {
        number: 0,
        id: id('s', number),
        slug: format!("service-{number}").parse().expect("a slug"),
        name: format!("Service {number}"),
        description: number.is_multiple_of(3).then(|| format!("What service {number} does for you.")),
        link: None,
        group: Some(id('g', number % groups)),
        position: number as i64,
        start_date: None,
        hidden: false,
        showcase: true,
        only_show_if_degraded: false,
        standing: Standing::Listed,
        source_page: None,
        created_at: at,
        updated_at: at,
    }
}

fn incident(number: usize, open: bool, started_at: DateTime<Utc>, services: &[Service]) -> Incident {
    let statuses = [
        IncidentStatus::Investigating,
        IncidentStatus::Identified,
        IncidentStatus::Monitoring,
        if open { IncidentStatus::Monitoring } else { IncidentStatus::Resolved },
    ];
    let named = [&services[number % services.len()], &services[(number * 7 + 3) % services.len()]];
    let down = if number.is_multiple_of(4) { ServiceStatus::MajorOutage } else { ServiceStatus::PartialOutage };
    let affected = |old, new| named.iter().map(|service| affected(service, old, new)).collect::<Vec<_>>();
    let updates: Vec<Update<IncidentStatus>> = (0..4)
        .map(|place| {
            let display_at = started_at + TimeDelta::minutes(12 * place as i64 + (number % 7) as i64);
            Update {
                number: 0,
                id: id('u', number * 4 + place),
                status: statuses[place],
                body: body(number + 3 * place),
                translations: BTreeMap::new(),
                next_update_at: None,
                display_at,
                created_at: display_at,
                updated_at: display_at,
                affected: match place {
                    0 => Some(affected(ServiceStatus::Operational, down)),
                    3 => Some(affected(down, if open { down } else { ServiceStatus::Operational })),
                    _ => None,
                },
                deliver_notifications: true,
                origin: Origin::Person,
            }
        })
        .collect();
    Incident {
        number: 0,
        id: id('i', number),
        title: format!("{} of {} ({number})", SUBJECTS[number % SUBJECTS.len()], named[0].name),
        impact: if number.is_multiple_of(4) { Impact::Critical } else { Impact::Major },
        draft: false,
        created_at: started_at,
        updated_at: updates.last().map_or(started_at, |update| update.display_at),
        started_at,
        stated_monitoring_at: None,
        stated_resolved_at: None,
        closed_by_source_at: None,
        source_page: None,
        revision: 0,
        updates,
    }
}

fn affected(service: &Service, old: ServiceStatus, new: ServiceStatus) -> Affected {
    Affected { service: Some(service.id.clone()), name: format!("Group - {}", service.name), old_status: Some(old), new_status: Some(new) }
}

/// Between 100 and 400 characters of Markdown.
fn body(seed: usize) -> String {
    let sentences: Vec<&str> = (0..2 + seed % 4).map(|place| SENTENCES[(seed + place * 3) % SENTENCES.len()]).collect();
    match seed % 5 {
        0 => sentences.join("\n\n"),
        1 => format!("- {}", sentences.join("\n- ")),
        _ => sentences.join(" "),
    }
}
