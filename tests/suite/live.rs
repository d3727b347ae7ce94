//! The live stream: who listens gets every public event once and in order, whichever process writes it, and nobody is in another's way.

mod client;
mod crowd;
mod records;

use std::io::Write;
use std::net::{IpAddr, TcpStream};
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use chrono::{DateTime, Utc};
use statuary::domain::ServiceStatus::{self, DegradedPerformance, MajorOutage, Operational, PartialOutage};
use statuary::ops::overview::log;
use statuary::ops::service::{self, ServiceSettings, SetStatus};
use statuary::ops::{Deed, Org};
use statuary::serve::live::{Clock, Event, Live, LiveOptions, Topic};

use crate::fresh_org::{FreshOrg, at, deed};
use client::{Client, connection, listener, wait_until};

/// When these tests take place.
const NOON: &str = "2026-11-22T12:00:00Z";

/// A clock that stands until it is set.
#[derive(Clone)]
struct SetClock(Arc<Mutex<DateTime<Utc>>>);

impl SetClock {
    fn at_noon() -> Self {
        Self(Arc::new(Mutex::new(at(NOON))))
    }

    fn set(&self, now: &str) {
        *self.0.lock().unwrap() = at(now);
    }

    fn clock(&self) -> Clock {
        let shared = Arc::clone(&self.0);
        Arc::new(move || Ok(*shared.lock().unwrap()))
    }
}

/// A live stream at noon, with as many places as one likes.
fn live() -> Arc<Live> {
    Live::start(options(&SetClock::at_noon())).unwrap()
}

fn options(clock: &SetClock) -> LiveOptions {
    LiveOptions { most_per_peer: 1000, clock: clock.clock(), ..LiveOptions::default() }
}

/// An organization with the service `web`.
fn org_with_a_service() -> (FreshOrg, Topic) {
    let mut fresh = FreshOrg::new("acme", at("2026-11-22T08:00:00Z"));
    service::add(&mut fresh.org, &"web".parse().unwrap(), &ServiceSettings::default(), &deed(at("2026-11-22T08:00:00Z"))).unwrap();
    let topic = Topic::Events(fresh.org.folder.clone());
    (fresh, topic)
}

/// Sets the status of `web` by hand, which is a public event; gives its number.
fn set(org: &mut Org, status: ServiceStatus, deed: &Deed) -> i64 {
    service::set_status(org, &SetStatus { service: "web".to_owned(), status, message: None }, deed).unwrap();
    newest(org)
}

/// Somebody who has come to listen, and for whom the record has been looked at.
fn arrived(live: &Live, topic: &Topic, after: Option<i64>) -> Client {
    let mut client = Client::listening(live, topic, after);
    client.until("the beginning", |client| client.body().contains("retry: "));
    client
}

/// Number of the newest event.
fn newest(org: &Org) -> i64 {
    log(org, None, 1).unwrap().events[0].seq
}

fn told(id: i64, data: impl Into<String>) -> Event {
    Event { id, name: "built".to_owned(), data: data.into() }
}

fn preview() -> Topic {
    Topic::Told("preview".to_owned())
}

#[test]
fn a_stream_begins_with_what_the_built_file_holds() {
    let (mut fresh, topic) = org_with_a_service();
    let mut minute = 0;
    let mut write = |org: &mut Org, status, effective: Option<&str>| {
        minute += 1;
        let now = at("2026-11-22T08:00:00Z") + chrono::TimeDelta::minutes(minute);
        set(org, status, &Deed { at: effective.map(at), ..deed(now) })
    };
    let ahead = write(&mut fresh.org, MajorOutage, Some("2026-11-22T11:00:00Z"));
    let later = write(&mut fresh.org, PartialOutage, Some("2026-11-22T13:00:00Z"));
    for _ in 0..110 {
        write(&mut fresh.org, Operational, None);
    }
    let clock = SetClock::at_noon();
    let live = Live::start(options(&clock)).unwrap();
    for (now, newest) in [(NOON, ahead), ("2026-11-22T13:00:00Z", later)] {
        clock.set(now);
        live.poke(&topic);
        fresh.build(at(now));
        let file = std::fs::read_to_string(fresh.org.folder.public().join("events.sse")).unwrap();
        let file = file.split_once("\n\n").unwrap().1.to_owned();
        assert!(file.matches("data: ").count() == 100 && file.contains(&format!("id: {newest}\n")), "{file}");
        let mut client = Client::listening(&live, &topic, None);
        client.through(newest);
        let body = client.body();
        let (retry, events) = body.split_once("\n\n").unwrap();
        assert!(retry.starts_with("retry: "), "{retry}");
        assert_eq!(events, file);
    }
}

#[test]
fn the_head_is_that_of_an_event_stream() {
    let (fresh, topic) = org_with_a_service();
    let live = live();
    let expected = "HTTP/1.1 200 OK\r\ndate: Sun, 22 Nov 2026 12:00:00 GMT\r\ncontent-type: text/event-stream; charset=utf-8\r\n\
                    cache-control: no-cache, no-transform\r\nx-accel-buffering: no\r\nx-content-type-options: nosniff\r\n\
                    access-control-allow-origin: *\r\nconnection: close";
    assert_eq!(Client::listening(&live, &topic, None).head(), expected);
    let (inside, outside) = connection();
    assert!(live.listen(inside, statuary::serve::live::Listener { head_only: true, ..listener(&topic, None) }).is_ok());
    assert_eq!(Client::of(outside).until_the_end(), format!("{expected}\r\n\r\n"));
    let own = Client::listening(&live, &preview(), None).head();
    assert!(!own.contains("allow-origin"), "{own}");
    drop(fresh);
}

#[test]
fn what_was_dated_ahead_comes_when_its_moment_does_and_is_not_lost_between_two_streams() {
    let (mut fresh, topic) = org_with_a_service();
    let clock = SetClock::at_noon();
    let live = Live::start(options(&clock)).unwrap();
    let now = deed(at("2026-11-22T11:00:00Z"));
    let one = set(&mut fresh.org, MajorOutage, &now);
    let ahead = set(&mut fresh.org, Operational, &Deed { at: Some(at("2026-11-22T12:30:00Z")), ..now.clone() });
    let two = set(&mut fresh.org, PartialOutage, &now);
    let mut client = Client::listening(&live, &topic, None);
    client.through(two);
    assert_eq!(client.ids(), [one, two]);
    clock.set("2026-11-22T12:30:00Z");
    client.through(ahead);
    let three = set(&mut fresh.org, DegradedPerformance, &deed(at("2026-11-22T12:30:00Z")));
    client.through(three);
    assert_eq!(client.ids(), [one, two, ahead, three]);
    // Whoever was away when it came gets it, and whoever was not does not get it again.
    for (after, expected) in [(two, vec![ahead, three]), (ahead, vec![three]), (three, vec![])] {
        let mut back = arrived(&live, &topic, Some(after));
        let next = set(&mut fresh.org, DegradedPerformance, &deed(at("2026-11-22T12:30:00Z")));
        back.through(next);
        let known: Vec<i64> = back.ids().into_iter().filter(|id| *id <= three).collect();
        assert_eq!(known, expected, "after {after}");
    }
}

#[test]
fn nothing_is_lost_or_repeated_between_history_and_what_happens() {
    let (mut fresh, topic) = org_with_a_service();
    let live = live();
    let first = set(&mut fresh.org, MajorOutage, &deed(at(NOON)));
    let last = first + 150;
    let came = AtomicI64::new(0);
    let clients = std::thread::scope(|scope| {
        scope.spawn(|| {
            for number in first + 1..=last {
                // At least three come while it happens: each finds something, since it is there before the next is waited for.
                wait_until("the next listener", || came.load(Ordering::SeqCst) >= (number - first) / 50);
                assert_eq!(set(&mut fresh.org, Operational, &deed(at(NOON))), number);
                if number % 3 == 0 {
                    live.poke(&topic);
                }
            }
        });
        let mut clients = Vec::new();
        let mut known = first;
        while known < last {
            let mut client = Client::listening(&live, &topic, Some(known));
            came.fetch_add(1, Ordering::SeqCst);
            let begun_after = known;
            client.until("anything", |client| known == last || !client.events().is_empty());
            known = client.ids().last().copied().unwrap_or(known);
            clients.push((begun_after, client));
        }
        clients
    });
    assert!(clients.len() > 2, "{} listeners came", clients.len());
    for (after, mut client) in clients {
        client.through(last);
        assert_eq!(client.ids(), (after + 1..=last).collect::<Vec<_>>(), "after {after}");
    }
}

#[test]
fn who_comes_back_to_another_stream_gets_what_followed() {
    let (mut fresh, topic) = org_with_a_service();
    let mut known = Some(set(&mut fresh.org, MajorOutage, &deed(at(NOON))));
    let mut got = Vec::new();
    for _ in 0..3 {
        let live = live();
        let mut client = Client::listening(&live, &topic, known);
        for _ in 0..2 {
            let number = set(&mut fresh.org, Operational, &deed(at(NOON)));
            client.through(number);
        }
        live.stop();
        client.until_the_end();
        got.extend(client.ids());
        known = got.last().copied();
        set(&mut fresh.org, PartialOutage, &deed(at(NOON)));
        let (inside, _outside) = connection();
        assert!(live.listen(inside, listener(&topic, None)).is_err(), "a stream that has been stopped takes nobody in");
    }
    let live = live();
    let mut client = Client::listening(&live, &topic, known);
    got.push(client.through(newest(&fresh.org)).pop().unwrap().id);
    assert_eq!(got, (got[0]..=newest(&fresh.org)).collect::<Vec<_>>());
    // Numbers that this record has not come to, or that are none, say nothing.
    for after in [newest(&fresh.org) + 1, i64::MAX, -1, i64::MIN] {
        let mut client = Client::listening(&live, &topic, Some(after));
        client.through(newest(&fresh.org));
        assert_eq!(client.ids().len(), got.len() + 1, "after {after}");
    }
}

#[test]
fn who_is_far_behind_gets_everything_that_is_kept_and_else_the_newest_hundred() {
    let (mut fresh, topic) = org_with_a_service();
    let first = set(&mut fresh.org, MajorOutage, &deed(at(NOON)));
    let mut last = first;
    for _ in 0..1100 {
        last = set(&mut fresh.org, Operational, &deed(at(NOON)));
    }
    let live = live();
    for (after, from) in [(last - 150, last - 149), (last - 900, last - 899), (first, last - 99)] {
        let mut client = Client::listening(&live, &topic, Some(after));
        client.through(last);
        assert_eq!(client.ids(), (from..=last).collect::<Vec<_>>(), "after {after}");
    }
}

#[test]
fn who_takes_nothing_is_cut_off_while_others_go_on() {
    for (slow, backlog) in [(Duration::from_secs(3600), 256 * 1024), (Duration::from_millis(300), usize::MAX)] {
        let live = Live::start(LiveOptions { slow, backlog, ..options(&SetClock::at_noon()) }).unwrap();
        let mut quick = Client::listening(&live, &preview(), None);
        let (inside, lazy) = connection();
        assert!(live.listen(inside, listener(&preview(), None)).is_ok());
        let mut number = 0;
        while live.listeners() == 2 {
            number += 1;
            assert!(number < 2000, "it is never cut off");
            live.tell(&preview(), told(number, "x".repeat(64 * 1024)));
            quick.through(number);
        }
        assert_eq!(live.listeners(), 1);
        live.tell(&preview(), told(number + 1, "after that"));
        quick.through(number + 1);
        assert_eq!(quick.ids(), (1..=number + 1).collect::<Vec<_>>());
        drop(lazy);
    }
}

#[test]
fn who_goes_is_let_go() {
    let (mut fresh, topic) = org_with_a_service();
    let number = set(&mut fresh.org, MajorOutage, &deed(at(NOON)));
    let live = live();
    let mut stays = Client::listening(&live, &topic, None);
    // One that has said everything before it hears anything still gets the history.
    let (inside, outside) = connection();
    let mut half = Client::of(outside);
    half.says_no_more();
    assert!(live.listen(inside, listener(&topic, None)).is_ok());
    half.until_the_end();
    assert_eq!(half.ids(), [number]);
    let goes = Client::listening(&live, &topic, None);
    let mut talks = Client::listening(&live, &topic, None);
    talks.head();
    wait_until("three listeners", || live.listeners() == 3);
    drop(goes);
    wait_until("two listeners", || live.listeners() == 2);
    talks.socket.write_all(&[b'x'; 1000]).unwrap();
    let next = set(&mut fresh.org, Operational, &deed(at(NOON)));
    talks.through(next);
    // A request may have a rest; a conversation it is not.
    while talks.socket.write_all(&[b'x'; 1000]).is_ok() {}
    wait_until("one listener", || live.listeners() == 1);
    assert_eq!(stays.through(next).len(), 2);
}

#[test]
fn there_are_so_many_places_in_all_and_for_one_peer() {
    let live = Live::start(LiveOptions { most_listeners: 3, most_per_peer: 2, ..options(&SetClock::at_noon()) }).unwrap();
    let listen = |peer: &str| -> Option<TcpStream> {
        let (inside, outside) = connection();
        let peer: IpAddr = peer.parse().unwrap();
        let has_room = live.has_room(peer);
        let taken = live.listen(inside, statuary::serve::live::Listener { peer, ..listener(&preview(), None) });
        assert_eq!(taken.is_ok(), has_room);
        if let Err(mut refused) = taken {
            // Whoever asked still has the socket, as it was.
            refused.write_all(b"HTTP/1.1 503 Service Unavailable\r\n\r\n").unwrap();
            drop(refused);
            assert!(Client::of(outside).until_the_end().starts_with("HTTP/1.1 503 "));
            return None;
        }
        Some(outside)
    };
    let first = listen("192.0.2.1").unwrap();
    let _second = listen("192.0.2.1").unwrap();
    assert!(listen("192.0.2.1").is_none());
    let _third = listen("192.0.2.2").unwrap();
    assert!(listen("192.0.2.3").is_none());
    assert_eq!(live.listeners(), 3);
    drop(first);
    wait_until("a place", || live.has_room("192.0.2.1".parse().unwrap()));
    assert!(listen("192.0.2.1").is_some());
}

#[test]
fn what_is_told_by_hand_reaches_who_listens_and_who_has_missed_it() {
    let live = live();
    live.tell(&preview(), told(1, "first"));
    let mut client = Client::listening(&live, &preview(), None);
    let mut knows = Client::listening(&live, &preview(), Some(1));
    let mut missed = Client::listening(&live, &preview(), Some(0));
    assert_eq!(missed.through(1), [client::Heard { id: 1, name: "built".to_owned(), data: "first".to_owned() }]);
    let mut other = Client::listening(&live, &Topic::Told("other".to_owned()), None);
    other.head();
    live.tell(&preview(), told(2, "two\nlines"));
    for (client, ids) in [(&mut client, vec![2]), (&mut knows, vec![2]), (&mut missed, vec![1, 2])] {
        assert_eq!(client.through(2).pop().unwrap().data, "two\nlines");
        assert_eq!(client.ids(), ids);
    }
    live.stop();
    other.until_the_end();
    assert!(other.events().is_empty());
}

#[test]
fn a_quiet_stream_shows_that_it_lives() {
    let (fresh, topic) = org_with_a_service();
    let live = Live::start(LiveOptions { heartbeat: Duration::from_millis(50), ..options(&SetClock::at_noon()) }).unwrap();
    let mut client = Client::listening(&live, &topic, None);
    client.until("signs of life", |client| client.body().matches("\n: still here\n\n").count() >= 3);
    assert!(client.events().is_empty());
    drop(fresh);
}
