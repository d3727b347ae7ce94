//! What may happen to a record while somebody listens to it.

use std::fs;
use std::path::Path;

use statuary::domain::ServiceStatus::{MajorOutage, Operational};

use super::client::{Client, wait_until};
use super::{NOON, arrived, live, newest, org_with_a_service, set};
use crate::fresh_org::{at, deed, write};
use crate::test_org::TestOrg;

#[expect(clippy::disallowed_methods, reason = "tests move files")]
fn rename(from: &Path, to: &Path) {
    fs::rename(from, to).unwrap();
}

#[expect(clippy::disallowed_methods, reason = "tests copy files")]
fn copy(from: &Path, to: &Path) {
    fs::copy(from, to).unwrap();
}

#[test]
fn a_record_may_come_later_than_who_listens() {
    let org = TestOrg::new();
    let folder = statuary::config::OrgFolder { slug: "acme".parse().unwrap(), dir: org.path("acme") };
    rename(&org.path("acme/org.db"), &org.path("kept.db"));
    let live = live();
    let topic = statuary::serve::live::Topic::Events(folder);
    let mut client = arrived(&live, &topic, None);
    org.run("service add web").success();
    org.run("service status web major").success();
    client.until("an event", |client| client.events().len() == 1);
    assert_eq!(client.events()[0].field("status"), "major_outage");
}

#[test]
fn a_moved_damaged_or_held_record_is_tried_again() {
    let (mut fresh, topic) = org_with_a_service();
    let live = live();
    let mut client = Client::listening(&live, &topic, None);
    let first = set(&mut fresh.org, MajorOutage, &deed(at(NOON)));
    client.through(first);
    let (database, aside) = (fresh.org.folder.database(), fresh.path("aside.db"));
    // Moved away and back.
    rename(&database, &aside);
    let mut newcomer = arrived(&live, &topic, Some(first));
    rename(&aside, &database);
    fresh.reopen();
    let second = set(&mut fresh.org, Operational, &deed(at(NOON)));
    client.through(second);
    newcomer.through(second);
    // Rubbish in its place, and then the record again.
    let good = fs::read(&database).unwrap();
    write(&database, b"rubbish".repeat(1000));
    let mut patient = arrived(&live, &topic, Some(first));
    write(&database, &good);
    fresh.reopen();
    let third = set(&mut fresh.org, MajorOutage, &deed(at(NOON)));
    client.through(third);
    patient.through(third);
    // A file of settings that cannot be read, and then can.
    let settings = fresh.org.folder.settings_file();
    let text = fs::read_to_string(&settings).unwrap();
    write(&settings, "name = ");
    let fourth = set(&mut fresh.org, Operational, &deed(at(NOON)));
    let early = arrived(&live, &topic, None);
    assert!(early.events().is_empty());
    write(&settings, text);
    client.through(fourth);
    newcomer.through(fourth);
    // Somebody who holds it, so that it cannot even be read.
    let holder = rusqlite::Connection::open(&database).unwrap();
    holder.execute_batch("BEGIN EXCLUSIVE").unwrap();
    let mut waits = arrived(&live, &topic, Some(third));
    assert!(waits.events().is_empty());
    holder.execute_batch("ROLLBACK").unwrap();
    waits.through(fourth);
    let fifth = set(&mut fresh.org, MajorOutage, &deed(at(NOON)));
    for (mut client, expected) in [
        (client, vec![first, second, third, fourth, fifth]),
        (newcomer, vec![second, third, fourth, fifth]),
        (patient, vec![second, third, fourth, fifth]),
        (early, vec![first, second, third, fourth, fifth]),
        (waits, vec![fourth, fifth]),
    ] {
        client.through(fifth);
        assert_eq!(client.ids(), expected);
    }
}

#[test]
fn a_backup_that_is_put_back_is_told_anew() {
    let (mut fresh, topic) = org_with_a_service();
    let live = live();
    let first = set(&mut fresh.org, MajorOutage, &deed(at(NOON)));
    let (database, backup) = (fresh.org.folder.database(), fresh.path("backup.db"));
    copy(&database, &backup);
    let second = set(&mut fresh.org, Operational, &deed(at(NOON)));
    let mut client = Client::listening(&live, &topic, None);
    client.through(second);
    rename(&backup, &database);
    client.until("the other record", |client| client.ids() == [first, second, first]);
    fresh.reopen();
    let again = set(&mut fresh.org, MajorOutage, &deed(at(NOON)));
    assert_eq!(again, second);
    client.until("its next event", |client| client.ids() == [first, second, first, second]);
}

#[test]
fn nobody_who_writes_waits_for_who_listens() {
    let (mut fresh, topic) = org_with_a_service();
    let live = live();
    let clients: Vec<Client> = (0..20).map(|_| Client::listening(&live, &topic, None)).collect();
    for _ in 0..50 {
        set(&mut fresh.org, Operational, &deed(at(NOON)));
        live.poke(&topic);
    }
    let last = newest(&fresh.org);
    for mut client in clients {
        assert_eq!(client.through(last).len(), 50);
    }
    live.stop();
    wait_until("nobody", || live.listeners() == 0);
}

#[test]
fn what_is_private_is_in_no_stream_until_it_is_published() {
    let org = TestOrg::new();
    let folder = statuary::config::OrgFolder { slug: "acme".parse().unwrap(), dir: org.path("acme") };
    let live = live();
    let topic = statuary::serve::live::Topic::Events(folder);
    let mut client = Client::listening(&live, &topic, None);
    org.run("service add web").success();
    org.run("service add cellar --hidden").success();
    org.run("service status cellar major").success();
    org.run("incident open 'Quiet trouble' --draft --service web").success();
    org.run("incident update 1 --message 'Quiet words'").success();
    org.run("incident open 'Cellar trouble' --service cellar").success();
    org.run("maintenance schedule 'Cellar work' --from 'tomorrow 10:00' --until 'tomorrow 12:00' --service cellar").success();
    org.run("service status web degraded").success();
    client.until("a public event", |client| client.events().len() == 1);
    assert_eq!(client.events()[0].field("kind"), "service.status");
    org.run("incident publish 1").success();
    client.until("the publication", |client| client.events().len() == 2);
    let body = client.body();
    assert_eq!((client.events()[1].field("kind"), client.events()[1].field("title")), ("incident.opened".into(), "Quiet trouble".into()));
    assert!(!body.contains("ellar") && !body.contains("incident.drafted"), "{body}");
    let mut newcomer = Client::listening(&live, &topic, None);
    newcomer.until("the same", |client| client.events().len() == 2);
    assert_eq!(newcomer.events(), client.events());
}
