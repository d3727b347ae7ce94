//! Everything that is recorded is read again as it was, by whoever may see it.

use serde_json::json;

use super::samples::{affected, at, event, group, id, incident, maintenance, manual, new_store, organization, service, update, write};
use super::*;
use crate::domain::{
    Affected, Change, Event, EventKind, Group, Impact, Incident, IncidentStatus, Maintenance, ManualStatus, Origin, Service, ServiceStatus,
    Standing, Subject,
};
use crate::error::{Kind, UserError};

#[derive(Clone, Debug, PartialEq)]
struct Everything {
    group: Group,
    services: Vec<Service>,
    manual: ManualStatus,
    incident: Incident,
    maintenance: Maintenance,
}

/// Values in which every field differs from its default.
fn everything() -> Everything {
    let source_page = Some(id("elsewhere"));
    let group = Group { description: Some("d".into()), position: -3, source_page: source_page.clone(), ..group("tools") };
    let api = Service {
        description: Some("line".into()),
        link: Some("https://api.example".into()),
        group: Some(id("tools")),
        position: 7,
        start_date: "2026-02-28".parse().ok(),
        hidden: true,
        showcase: false,
        only_show_if_degraded: true,
        standing: Standing::IncidentsOnly,
        source_page: source_page.clone(),
        ..service("search")
    };
    let gone = Service { position: 8, standing: Standing::Removed, ..service("gone") };
    let manual = ManualStatus {
        message: Some("why".into()),
        origin: Origin::Import,
        created_at: at(9),
        ..manual("search", ServiceStatus::MajorOutage, 20)
    };
    let nothing = Affected { service: None, name: "No components".into(), old_status: None, new_status: None };
    let both = Affected { old_status: Some(ServiceStatus::Operational), ..affected("search", ServiceStatus::UnderMaintenance) };
    let mut later = update("u3", IncidentStatus::Postmortem, 40, Some(vec![affected("gone", ServiceStatus::PartialOutage), both]));
    later.deliver_notifications = false;
    later.origin = Origin::Import;
    later.created_at = at(41);
    later.updated_at = at(42);
    later.next_update_at = Some(at(77));
    later.translations = [("de", "Wir"), ("pt-BR", "N\u{f3}s \"\\\n")].map(|(tag, text)| (tag.to_owned(), text.to_owned())).into();
    let updates = vec![
        later,
        update("u1", IncidentStatus::Investigating, 30, Some(vec![])),
        update("u2", IncidentStatus::Identified, 30, None),
        update("u4", IncidentStatus::Monitoring, 35, Some(vec![nothing])),
    ];
    let mut incident = incident("inc1", updates);
    incident.impact = Impact::Critical;
    incident.created_at = at(31);
    incident.updated_at = at(43);
    incident.started_at = at(29);
    incident.stated_monitoring_at = Some(at(36));
    incident.stated_resolved_at = Some(at(37));
    incident.closed_by_source_at = Some(at(38));
    incident.source_page = source_page.clone();
    incident.revision = 12;
    let mut maintenance = maintenance("mnt1", &["gone", "search"]);
    maintenance.auto_start = false;
    maintenance.auto_finish = true;
    maintenance.stated_started_at = Some(at(101));
    maintenance.stated_monitoring_at = Some(at(102));
    maintenance.stated_resolved_at = Some(at(103));
    maintenance.closed_by_source_at = Some(at(104));
    maintenance.source_page = source_page;
    let rule = crate::domain::Rule::parse("FREQ=MONTHLY;BYDAY=2TU").unwrap();
    maintenance.repeat = Some(crate::domain::Repeat { rule, zone: chrono_tz::Europe::Berlin, since: at(105) });
    maintenance.occurrence = Some(crate::domain::Occurrence { series: id("elsewhere"), day: "2026-12-08".parse().unwrap() });
    Everything { group, services: vec![api, gone], manual, incident, maintenance }
}

fn put(tx: &Write<'_>, all: &mut Everything) -> anyhow::Result<()> {
    tx.put_group(&mut all.group)?;
    for service in &mut all.services {
        tx.put_service(service)?;
    }
    tx.put_manual_status(&mut all.manual)?;
    tx.put_incident(&mut all.incident)?;
    tx.put_maintenance(&mut all.maintenance)?;
    Ok(())
}

fn read_back(store: &Reader) -> Everything {
    let history = store.history(Scope::Everything, &organization(), Window::EVERYTHING).unwrap();
    assert_eq!(history.created_at, at(0));
    let only = "exactly one of each";
    let [group] = <[Group; 1]>::try_from(history.groups).expect(only);
    let [manual] = <[ManualStatus; 1]>::try_from(history.manual_statuses).expect(only);
    let [incident] = <[Incident; 1]>::try_from(history.incidents).expect(only);
    let [maintenance] = <[Maintenance; 1]>::try_from(history.maintenances).expect(only);
    Everything { group, services: history.services, manual, incident, maintenance }
}

#[test]
fn everything_comes_back_as_it_was_put() {
    let (folder, mut store) = new_store();
    let mut all = everything();
    write(&mut store, |tx| {
        put(tx, &mut all)?;
        assert_eq!(read_back(tx), all, "inside the write");
        Ok(())
    });
    assert_eq!(all.incident.updates.iter().map(|update| update.id.as_str()).collect::<Vec<_>>(), ["u1", "u2", "u4", "u3"]);
    assert_eq!(all.incident.updates.iter().map(|update| update.number).collect::<Vec<_>>(), [1, 2, 3, 4]);
    assert_eq!(read_back(&store), all);
    drop(store);
    let store = OrgStore::open(&folder.path().join("org.db")).unwrap();
    assert_eq!(read_back(&store), all, "after reopening");
    assert_eq!(store.page_id().unwrap(), id("page1"));
}

#[test]
fn a_second_put_replaces_and_deletes_updates_that_are_gone() {
    let (_folder, mut store) = new_store();
    let mut all = everything();
    write(&mut store, |tx| put(tx, &mut all));
    all.group.name = "Other".into();
    all.services[0].hidden = false;
    all.manual.status = ServiceStatus::Operational;
    all.incident.title = "Changed".into();
    all.incident.updates.remove(1);
    all.incident.updates[2].affected = None;
    all.incident.updates.push(update("u9", IncidentStatus::Resolved, 30, Some(vec![affected("gone", ServiceStatus::Operational)])));
    all.maintenance.services.pop();
    all.maintenance.updates[0].body = "new".into();
    write(&mut store, |tx| put(tx, &mut all));
    assert_eq!(all.incident.updates.iter().map(|update| update.number).collect::<Vec<_>>(), [1, 6, 3, 4], "after those of its moment");
    assert_eq!(read_back(&store), all);
}

#[test]
fn a_dump_comes_back_with_its_numbers() {
    let (_folder, mut store) = new_store();
    let mut all = everything();
    all.group.number = 4;
    all.services[0].number = 9;
    all.services[1].number = 3;
    all.manual.number = 70;
    all.incident.number = 50;
    for (update, number) in all.incident.updates.iter_mut().zip([80, 81, 82, 83]) {
        update.number = number;
    }
    all.maintenance.number = 60;
    all.maintenance.updates[0].number = 11;
    let restored = Event {
        seq: 33,
        at: at(1),
        effective_at: at(2),
        actor: "bob".into(),
        kind: EventKind::MaintenanceCancelled,
        subject: Subject::Maintenance(id("mnt1")),
        status: Some("cancelled".into()),
        sentence: "cancelled it".into(),
        change: Change { before: Some(json!({"title": "a"})), after: Some(json!({"title": "b"})), undoes: Some(7) },
    };
    let seq = write(&mut store, |tx| {
        put(tx, &mut all)?;
        tx.restore_event(&restored)?;
        Ok(tx.record(event(EventKind::ImportFinished, Subject::Organization))?)
    });
    assert_eq!(read_back(&store), all);
    assert_eq!((all.incident.number, all.services[0].number), (50, 9));
    assert_eq!(seq, 34);
    assert_eq!(store.events_all().unwrap()[0], restored);
    let mut more = incident("inc2", vec![update("x", IncidentStatus::Resolved, 1, None)]);
    write(&mut store, |tx| Ok(tx.put_incident(&mut more)?));
    assert_eq!((more.number, more.updates[0].number), (51, 84));
}

#[test]
fn an_update_cannot_be_taken_from_another_incident() {
    let (_folder, mut store) = new_store();
    let mut first = incident("inc1", vec![update("u1", IncidentStatus::Resolved, 1, None)]);
    write(&mut store, |tx| Ok(tx.put_incident(&mut first)?));
    let mut second = incident("inc2", vec![update("u2", IncidentStatus::Resolved, 1, None)]);
    second.updates[0].number = first.updates[0].number;
    let error = store.write("ann", at(0), |tx| Ok(tx.put_incident(&mut second)?)).unwrap_err();
    assert_eq!(error.downcast::<UserError>().unwrap().kind, Kind::Conflict);
    assert_eq!(store.incidents(Scope::Everything, &[1, 2]).unwrap(), [first]);
}

#[test]
fn a_write_that_fails_leaves_nothing_and_numbers_are_never_used_again() {
    let (_folder, mut store) = new_store();
    let error = store.write("ann", at(0), |tx| -> anyhow::Result<()> {
        tx.put_service(&mut service("search"))?;
        tx.put_incident(&mut incident("inc1", vec![]))?;
        Err(UserError::conflict("no").into())
    });
    assert_eq!(error.unwrap_err().to_string(), "no");
    assert!(store.is_empty().unwrap());

    let mut api = service("search");
    write(&mut store, |tx| Ok(tx.put_service(&mut api)?));
    assert!(write(&mut store, |tx| Ok(tx.delete_service(api.number)?)));
    assert!(!write(&mut store, |tx| Ok(tx.delete_service(api.number)?)), "it is gone already");
    let mut web = service("web");
    write(&mut store, |tx| Ok(tx.put_service(&mut web)?));
    assert_eq!((api.number, web.number), (1, 2));
    for tables in [1, 2] {
        let mut all = incident("inc", vec![update("u", IncidentStatus::Resolved, 1, None)]);
        write(&mut store, |tx| {
            tx.put_incident(&mut all)?;
            tx.connection.execute("DELETE FROM incidents", [])?;
            Ok(())
        });
        assert_eq!((all.number, all.updates[0].number), (tables, tables));
    }
}

#[test]
fn services_that_something_refers_to_stay() {
    let (_folder, mut store) = new_store();
    let mut all = everything();
    write(&mut store, |tx| put(tx, &mut all));
    for service in &all.services {
        assert!(!write(&mut store, |tx| Ok(tx.delete_service(service.number)?)), "{}", service.slug);
    }
    assert_eq!(read_back(&store), all);
    let stranger = store.write("ann", at(0), |tx| Ok(tx.put_manual_status(&mut manual("nobody", ServiceStatus::Operational, 1))?));
    assert_eq!(stranger.unwrap_err().downcast::<UserError>().unwrap().kind, Kind::Conflict);
}

#[test]
fn touching_reaches_what_names_a_service() {
    let (_folder, mut store) = new_store();
    let numbers = write(&mut store, |tx| {
        tx.put_service(&mut service("search"))?;
        tx.put_service(&mut service("web"))?;
        for (name, named) in [("search1", "search"), ("web1", "web")] {
            let said = vec![affected(named, ServiceStatus::PartialOutage)];
            tx.put_incident(&mut incident(name, vec![update(name, IncidentStatus::Investigating, 1, Some(said))]))?;
            tx.put_maintenance(&mut maintenance(name, &[named]))?;
        }
        tx.touch_incidents_naming(&id("search"), 77)?;
        Ok([1, 2])
    });
    let revisions: Vec<i64> = store.incidents(Scope::Everything, &numbers).unwrap().iter().map(|incident| incident.revision).collect();
    assert_eq!(revisions, [77, 1]);
    let revisions: Vec<i64> = store.maintenances(Scope::Everything).unwrap().iter().map(|maintenance| maintenance.revision).collect();
    assert_eq!(revisions, [77, 1]);
}

#[test]
fn things_are_found_by_slug_id_and_number() {
    let (_folder, mut store) = new_store();
    let mut all = everything();
    all.services[1].slug = "1".parse().unwrap();
    write(&mut store, |tx| put(tx, &mut all));
    let service = |key| store.find_service(Scope::Everything, key).unwrap().map(|service| service.id.to_string());
    assert_eq!(service("search").as_deref(), Some("search"));
    assert_eq!(service("gone").as_deref(), Some("gone"));
    assert_eq!(service("1").as_deref(), Some("gone"), "a slug goes before a number");
    assert_eq!(service("2").as_deref(), Some("gone"));
    assert_eq!(service("3"), None);
    for key in ["inc1", "1"] {
        assert_eq!(store.find_incident(Scope::Everything, key).unwrap().as_ref(), Some(&all.incident));
    }
    for key in ["mnt1", "1"] {
        assert_eq!(store.find_maintenance(Scope::Everything, key).unwrap().as_ref(), Some(&all.maintenance));
    }
    for key in ["tools", "1"] {
        assert_eq!(store.find_group(Scope::Everything, key).unwrap().as_ref(), Some(&all.group));
    }
    for key in ["", "0", "-1", "2", "inc", "' OR 1=1 --"] {
        assert_eq!(store.find_incident(Scope::Everything, key).unwrap(), None, "{key}");
        assert_eq!(store.find_maintenance(Scope::Everything, key).unwrap(), None, "{key}");
    }
}

#[test]
fn the_log_is_in_order_and_can_be_cut() {
    let (_folder, mut store) = new_store();
    assert_eq!(store.latest_seq().unwrap(), 0);
    for minute in 1..=3 {
        let mut new = event(EventKind::ServiceStatus, Subject::Service(id("search")));
        new.status = Some("operational".into());
        let seq = store.write("ann", at(minute), |tx| Ok(tx.record(new)?)).unwrap();
        assert_eq!(seq, minute);
    }
    let seqs = |since, limit| store.log(since, limit).unwrap().iter().map(|event| event.seq).collect::<Vec<_>>();
    assert_eq!(seqs(None, 2), [2, 3]);
    assert_eq!(seqs(Some(at(2)), 9), [2, 3]);
    assert_eq!(seqs(Some(at(4)), 9), [0; 0]);
    assert_eq!(store.latest_seq().unwrap(), 3);
    let first = &store.events_all().unwrap()[0];
    assert_eq!((first.actor.as_str(), first.at, first.effective_at), ("ann", at(1), at(5)));
}

#[test]
fn sources_and_the_page_are_remembered() {
    let (_folder, mut store) = new_store();
    let page = id("foreign");
    write(&mut store, |tx| Ok(tx.record(event(EventKind::OrganizationCreated, Subject::Organization))?));
    assert!(store.is_empty().unwrap());
    for minute in [5, 9] {
        write(&mut store, |tx| {
            assert!(tx.source_stated_at(&page)?.is_none_or(|stated| stated < at(minute)));
            Ok(tx.set_source_stated_at(&page, at(minute))?)
        });
    }
    write(&mut store, |tx| Ok(tx.set_page_id(&page)?));
    assert_eq!(store.source_stated_at(&page).unwrap(), Some(at(9)));
    assert_eq!(store.source_stated_at(&id("other")).unwrap(), None);
    assert_eq!(store.page_id().unwrap(), page);
    assert!(!store.is_empty().unwrap());
}
