//! The attack run against the address where `statuary serve` takes Clerk's webhooks.

use std::io::Write;
use std::thread;
use std::time::{Duration, Instant};

use rustix::process::Signal;

use super::client::{PATIENCE, Target, connect_from, read_all, wait_until};
use super::paths::outside;
use super::rows::{self, Slow};
use super::served::listening;
use crate::clerk::home::{Home, Message, PATH, Serving, made};

fn target(serving: &Serving) -> Target<'_> {
    let address = serving.webhooks.parse().unwrap();
    Target { address, path: "/healthz", process: Some(serving.running.pid()), ..Target::plainly(PATH) }
}

/// Whether a message still counts.
#[track_caller]
fn takes_messages(serving: &Serving, id: &str) {
    assert_eq!(serving.deliver(id, &made("session.created")), 200);
}

#[test]
fn one_request_neither_kills_nor_stalls_it_and_is_answered_once() {
    let home = Home::new();
    let serving = home.serve();
    let target = target(&serving);
    rows::giants(&target);
    rows::smuggling(&target);
    rows::foreign_hosts(&target);
    rows::foreign_origins(&target);
    outside(&target);
    takes_messages(&serving, "msg_1");
    drop(writeln!(std::io::stderr(), "after all of them: {:?} KiB, {:?} threads", target.figure("VmRSS"), target.figure("Threads")));
}

fn crowds(span: Duration) {
    thread::scope(|scope| {
        for slow in [Slow::Head, Slow::Body, Slow::Silent] {
            scope.spawn(move || {
                let home = Home::new();
                let serving = home.serve();
                let target = target(&serving);
                let found = rows::crowd(&target, slow, 300, span);
                drop(writeln!(std::io::stderr(), "{slow:?} for {span:?}: {found:?}, {:?} KiB", target.figure("VmHWM")));
                found.judge(300);
                takes_messages(&serving, "msg_1");
            });
        }
    });
}

#[test]
fn slow_connections_do_not_take_it_away() {
    crowds(super::QUICK);
}

#[test]
#[ignore = "the long form"]
fn slow_connections_do_not_take_it_away_for_long() {
    crowds(Duration::from_secs(20));
}

#[test]
fn whoever_crowds_one_address_takes_nothing_from_the_other() {
    let home = Home::new();
    let serving = home.serve();
    let pages = Target { address: serving.address.parse().unwrap(), path: "/healthz", ..target(&serving) };
    for (crowded, other) in [(&pages, &target(&serving)), (&target(&serving), &pages)] {
        let crowd: Vec<_> = (0..300).filter_map(|_| connect_from("127.0.0.1", crowded.address).ok()).collect();
        for _ in 0..20 {
            // Less than the ten seconds after which the crowd would be sent away.
            assert!(other.is_alive("127.0.0.1", Duration::from_secs(8)));
        }
        drop(crowd);
    }
}

#[test]
fn a_shortage_of_descriptors_heals_itself_there_too() {
    let home = Home::new();
    let serving = home.served_by("ulimit -n 64");
    let took = rows::descriptors(&target(&serving), 200);
    assert!(took < Duration::from_secs(10), "{took:?}");
    takes_messages(&serving, "msg_1");
    assert_eq!(serving.deliver("msg_2", &made("organization.created")), 200);
    serving.until_page("/northwind/", "Northwind");
}

#[test]
fn told_to_end_it_answers_what_was_sent_and_nothing_more() {
    let home = Home::new();
    let mut serving = home.serve();
    let address = target(&serving).address;
    let begun: Vec<_> = (0..20)
        .map(|number| {
            let message = Message::of(&format!("msg_{number}"), &made("session.created"));
            let headers: String = message.headers("svix").iter().map(|(name, value)| format!("{name}: {value}\r\n")).collect();
            let length = message.body.len();
            let mut socket = connect_from("127.0.0.1", address).unwrap();
            let head = format!("POST {PATH} HTTP/1.1\r\nHost: localhost\r\nContent-Length: {length}\r\n{headers}\r\n");
            socket.write_all(head.as_bytes()).unwrap();
            (socket, message.body)
        })
        .collect();
    // Connections are taken in order: once this is answered, those before it are in its hands.
    assert!(target(&serving).is_alive("127.0.0.2", PATIENCE));
    let began = Instant::now();
    serving.running.signal(Signal::TERM);
    wait_until("it listens no longer", || connect_from("127.0.0.1", address).is_err());
    let mut answered = 0;
    for (mut socket, body) in begun {
        socket.write_all(&body).unwrap();
        answered += usize::from(read_all(&mut socket, PATIENCE).status() == 200);
    }
    assert_eq!(answered, 20);
    assert_eq!(serving.running.ended().code(), Some(0));
    assert!(began.elapsed() < Duration::from_secs(5), "{:?}", began.elapsed());
    assert_eq!(home.status()["passed_over"], 20);
}

#[test]
fn only_this_machine_can_reach_it_unless_somebody_says_otherwise() {
    let home = Home::new();
    let serving = home.serve();
    let mut expected = [serving.address.clone(), serving.webhooks.clone()];
    expected.sort();
    let mut found = listening(serving.running.pid());
    found.sort();
    assert_eq!(found, expected);
}
