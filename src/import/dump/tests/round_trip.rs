//! Law: whatever is recorded, dump, read and dump again give the same text, and the same values.

use std::collections::BTreeMap;

use chrono::{DateTime, NaiveDate, Utc};
use proptest::collection::{btree_map, vec};
use proptest::option;
use proptest::prelude::*;

use super::{dump, read};
use crate::domain::{
    Affected, Change, Event, EventKind, Group, Impact, Incident, IncidentStatus, Maintenance, MaintenanceStatus, ManualStatus, Origin,
    POSITIONS, PublicId, Service, ServiceStatus, Slug, Standing, Subject, Update, text,
};
use crate::import::dump::Restored;

fn id(kind: &str, number: usize) -> PublicId {
    PublicId::parse(&format!("{kind}{number}")).unwrap()
}

fn row(index: usize) -> i64 {
    i64::try_from(index + 1).unwrap()
}

/// Few values, so that equal ones (which are left out) come up.
fn moment() -> impl Strategy<Value = DateTime<Utc>> {
    prop_oneof![0..3_i64, 0..4_000_000_000_000_i64].prop_map(|ms| DateTime::from_timestamp_millis(ms).unwrap())
}

fn word<T: Copy + std::fmt::Debug + 'static>(all: &'static [T]) -> impl Strategy<Value = T> {
    proptest::sample::select(all)
}

fn origin() -> impl Strategy<Value = Origin> {
    word(&[Origin::Person, Origin::Import])
}

fn page() -> impl Strategy<Value = Option<PublicId>> {
    option::of(Just(id("page", 1)))
}

/// A text as it is recorded: what no output may carry was dropped on its way in.
fn paragraphs() -> impl Strategy<Value = String> {
    any::<String>().prop_map(|said| text::clean(&said).into_owned())
}

/// The same on one line.
fn line() -> impl Strategy<Value = String> {
    any::<String>().prop_map(|said| text::on_one_line(&said))
}

fn affected() -> impl Strategy<Value = Affected> {
    let status = || option::of(word(ServiceStatus::ALL));
    (option::of(0..2_usize), line(), status(), status()).prop_map(|(service, name, old_status, new_status)| Affected {
        service: service.map(|number| id("service", number)),
        name,
        old_status,
        new_status,
    })
}

fn translations() -> impl Strategy<Value = BTreeMap<String, String>> {
    let text = paragraphs().prop_filter("a translation says something", |text| !text.trim().is_empty());
    btree_map(word(&["at", "de", "pt-BR", "zh-Hant"]).prop_map(str::to_owned), text, 0..3)
}

fn update<S: Copy + std::fmt::Debug + 'static>(statuses: &'static [S]) -> impl Strategy<Value = Update<S>> {
    let when = (moment(), moment(), moment(), option::of(moment()));
    (word(statuses), (paragraphs(), translations()), when, option::of(vec(affected(), 0..3)), any::<bool>(), origin()).prop_map(
        |(status, (body, translations), (display_at, created_at, updated_at, next_update_at), affected, deliver_notifications, origin)| {
            Update {
                number: 0,
                id: id("update", 0),
                status,
                body,
                translations,
                display_at,
                next_update_at,
                created_at,
                updated_at,
                affected,
                deliver_notifications,
                origin,
            }
        },
    )
}

fn incident() -> impl Strategy<Value = Incident> {
    let when = (moment(), moment(), moment(), option::of(moment()), option::of(moment()), option::of(moment()));
    (line(), word(Impact::ALL), any::<bool>(), when, page(), vec(update(IncidentStatus::ALL), 0..4)).prop_map(
        |(title, impact, draft, when, source_page, updates)| Incident {
            number: 0,
            id: id("incident", 0),
            title,
            impact,
            draft,
            created_at: when.0,
            updated_at: when.1,
            started_at: when.2,
            stated_monitoring_at: when.3,
            stated_resolved_at: when.4,
            closed_by_source_at: when.5,
            source_page,
            revision: 1,
            updates,
        },
    )
}

fn maintenance() -> impl Strategy<Value = Maintenance> {
    let stated = (option::of(moment()), option::of(moment()), option::of(moment()), option::of(moment()));
    let when = (moment(), moment(), moment(), moment());
    (line(), when, any::<(bool, bool)>(), any::<bool>(), stated, page(), vec(update(MaintenanceStatus::ALL), 0..4)).prop_map(
        |(title, when, (auto_start, auto_finish), covers, stated, source_page, updates)| Maintenance {
            number: 0,
            id: id("maintenance", 0),
            title,
            scheduled_for: when.0.min(when.1),
            scheduled_until: when.0.max(when.1),
            auto_start,
            auto_finish,
            services: if covers { vec![id("service", 1), id("service", 0)] } else { Vec::new() },
            created_at: when.2,
            updated_at: when.3,
            stated_started_at: stated.0,
            stated_monitoring_at: stated.1,
            stated_resolved_at: stated.2,
            closed_by_source_at: stated.3,
            source_page,
            repeat: None,
            occurrence: None,
            revision: 0,
            updates,
        },
    )
}

fn group() -> impl Strategy<Value = Group> {
    (line(), option::of(line()), POSITIONS, page(), moment(), moment()).prop_map(
        |(name, description, position, source_page, created_at, updated_at)| Group {
            number: 1,
            id: id("group", 0),
            slug: "group".parse().unwrap(),
            name,
            description,
            position,
            source_page,
            created_at,
            updated_at,
        },
    )
}

fn service() -> impl Strategy<Value = Service> {
    let text = (line(), option::of(line()), any::<bool>());
    let place = (option::of(Just(id("group", 0))), POSITIONS, option::of(0..400_000_i32));
    let standing = word(&[Standing::Listed, Standing::IncidentsOnly, Standing::Removed]);
    (text, place, any::<(bool, bool, bool)>(), standing, page(), moment(), moment()).prop_map(
        |((name, description, link), (group, position, day), flags, standing, source_page, created_at, updated_at)| Service {
            number: 0,
            id: id("service", 0),
            slug: Slug::from_name("", "x"),
            name,
            description,
            link: link.then(|| "https://a.example/b".to_owned()),
            group,
            position,
            start_date: day.and_then(NaiveDate::from_epoch_days),
            hidden: flags.0,
            showcase: flags.1,
            only_show_if_degraded: flags.2,
            standing,
            source_page,
            created_at,
            updated_at,
        },
    )
}

fn manual() -> impl Strategy<Value = ManualStatus> {
    (word(ServiceStatus::ALL), moment(), moment(), option::of(paragraphs()), origin()).prop_map(
        |(status, at, created_at, message, origin)| ManualStatus {
            number: 0,
            service: id("service", 0),
            status,
            at,
            message,
            origin,
            created_at,
        },
    )
}

fn event() -> impl Strategy<Value = Event> {
    let kind = word(&[EventKind::OrganizationCreated, EventKind::ServiceStatus, EventKind::MaintenanceImported, EventKind::ImportFinished]);
    let subject = proptest::sample::select(vec![
        Subject::Organization,
        Subject::Group(id("any", 1)),
        Subject::Service(id("any", 1)),
        Subject::Incident(id("any", 1)),
        Subject::Maintenance(id("any", 1)),
    ]);
    (moment(), moment(), line(), kind, subject, option::of(line()), line()).prop_map(
        |(at, effective_at, actor, kind, subject, status, sentence)| Event {
            seq: 0,
            at,
            effective_at,
            actor,
            kind,
            subject,
            status,
            sentence,
            change: Change::default(),
        },
    )
}

/// Numbers updates from `next` on, ties in the order given, and sorts them.
fn number_updates<S>(updates: &mut [Update<S>], next: &mut usize) {
    for update in updates.iter_mut() {
        update.number = row(*next);
        update.id = id("update", *next);
        *next += 1;
    }
    updates.sort_by_key(Update::order);
}

fn record() -> impl Strategy<Value = Restored> {
    let lists = (vec(manual(), 0..4), vec(incident(), 0..4), vec(maintenance(), 0..4), vec(event(), 1..4));
    (group(), vec(service(), 2..4), moment(), lists).prop_map(
        |(group, mut services, created_at, (mut manual_statuses, mut incidents, mut maintenances, mut events))| {
            for (index, service) in services.iter_mut().enumerate() {
                (service.number, service.id, service.slug) =
                    (row(index), id("service", index), format!("service-{index}").parse().unwrap());
            }
            manual_statuses.iter_mut().enumerate().for_each(|(index, manual)| manual.number = row(index));
            events.iter_mut().enumerate().for_each(|(index, event)| event.seq = row(index));
            let mut next = 0;
            for (index, incident) in incidents.iter_mut().enumerate() {
                (incident.number, incident.id) = (row(index), id("incident", index));
                number_updates(&mut incident.updates, &mut next);
            }
            for (index, maintenance) in maintenances.iter_mut().enumerate() {
                (maintenance.number, maintenance.id) = (row(index), id("maintenance", index));
                number_updates(&mut maintenance.updates, &mut next);
            }
            Restored {
                page_id: id("page", 1),
                created_at,
                sources: Vec::new(),
                groups: vec![group],
                services,
                manual_statuses,
                incidents,
                maintenances,
                events,
            }
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn nothing_is_lost_or_changed(record in record()) {
        let text = dump(&record);
        let again = read(&text, "dump.json").unwrap();
        prop_assert_eq!(&again, &record);
        prop_assert_eq!(dump(&again), text);
    }

    #[test]
    fn no_text_panics(text in any::<String>(), cut in 0..4000_usize) {
        prop_assert!(read(&text, "dump.json").is_err());
        let half: String = super::FULL.chars().take(cut).collect();
        prop_assert!(read(&half, "dump.json").is_err());
    }
}
