//! The attack run: what meets a server on the open internet, against a front with something simple behind it, and against the server.
//!
//! Each attack is a function of [`rows`] that takes a target, so that it can be pointed at any running server, also behind a proxy:
//!
//! ```text
//! STATUARY_ATTACK=127.0.0.1:8080 STATUARY_ATTACK_PATH=/ STATUARY_ATTACK_PID=4711 \
//!     cargo test --test suite -- --ignored attack::a_running_server
//! ```
//!
//! `STATUARY_ATTACK_PROXY=1` says that a proxy stands in front of it, which has manners of its own; `STATUARY_ATTACK_SECONDS` how long
//! slow connections stay.

mod behaviour;
mod client;
mod paths;
mod rows;
mod served;
mod stand_in;
mod webhooks;

use std::io::Write;
use std::time::{Duration, Instant};

use client::Target;
use rows::Slow;
use stand_in::{Apart, start_apart};

fn target_of(apart: &Apart) -> Target<'static> {
    Target { address: apart.address, process: Some(apart.process()), ..Target::plainly("/upload") }
}

#[test]
fn no_single_request_kills_stalls_or_fills_the_server() {
    rows::giants(&target_of(&start_apart(0)));
}

#[test]
fn ambiguous_requests_get_one_answer_and_close() {
    rows::smuggling(&target_of(&start_apart(0)));
}

#[test]
fn only_known_hosts_are_answered() {
    rows::foreign_hosts(&target_of(&start_apart(0)));
}

/// Longer than the deadline of a request, so that all of the slow ones are due.
const QUICK: Duration = Duration::from_secs(12);

fn slow_connections(slow: Slow, span: Duration) {
    let apart = start_apart(0);
    let found = rows::crowd(&target_of(&apart), slow, 300, span);
    drop(writeln!(std::io::stderr(), "{slow:?} for {span:?}: {found:?}"));
    found.judge(300);
}

#[test]
fn slow_heads_do_not_take_the_server_away() {
    slow_connections(Slow::Head, QUICK);
}

#[test]
fn slow_bodies_do_not_take_the_server_away() {
    slow_connections(Slow::Body, QUICK);
}

#[test]
fn silent_connections_do_not_take_the_server_away() {
    slow_connections(Slow::Silent, QUICK);
}

#[test]
#[ignore = "the long form"]
fn slow_connections_do_not_take_the_server_away_for_long() {
    for slow in [Slow::Head, Slow::Body, Slow::Silent] {
        slow_connections(slow, Duration::from_secs(20));
    }
}

#[test]
fn a_shortage_of_descriptors_heals_itself() {
    // Too many clients for them.
    let apart = start_apart(64);
    let took = rows::descriptors(&target_of(&apart), 200);
    assert!(took < Duration::from_secs(10), "{took:?}");
    // All of them taken by something else for a while.
    let target = target_of(&apart);
    let mut hog = client::connect_from("127.0.0.1", apart.address).unwrap();
    hog.write_all(b"GET /hog?3000 HTTP/1.1\r\nHost: localhost\r\n\r\n").unwrap();
    std::thread::sleep(Duration::from_millis(500));
    let began = Instant::now();
    let crowd: Vec<_> = (0..30).filter_map(|_| client::connect_from("127.0.0.3", apart.address).ok()).collect();
    client::wait_until("it answers again", || target.is_alive("127.0.0.2", Duration::from_secs(1)));
    assert!(began.elapsed() < Duration::from_secs(10), "{:?}", began.elapsed());
    assert_eq!(client::read_all(&mut hog, client::PATIENCE).status(), 200);
    drop(crowd);
}

#[test]
fn clients_that_do_not_read_are_cut_off() {
    rows::readers_that_do_not_read(&target_of(&start_apart(0)), "/large?20000000", 60, Duration::from_secs(12));
}

#[test]
#[ignore = "needs a running server: STATUARY_ATTACK says where"]
fn a_running_server() {
    let variable = |name: &str| std::env::var(name).ok();
    let Some(address) = variable("STATUARY_ATTACK") else { return };
    let host = variable("STATUARY_ATTACK_HOST").unwrap_or_else(|| "localhost".to_owned());
    let path = variable("STATUARY_ATTACK_PATH").unwrap_or_else(|| "/".to_owned());
    let process = variable("STATUARY_ATTACK_PID").map(|id| id.parse().unwrap());
    let seconds = variable("STATUARY_ATTACK_SECONDS").map_or(20, |seconds| seconds.parse().unwrap());
    let is_proxied = variable("STATUARY_ATTACK_PROXY").is_some();
    let target = Target { address: address.parse().unwrap(), host: &host, path: &path, upload: "/api/services", process, is_proxied };
    rows::giants(&target);
    rows::smuggling(&target);
    rows::foreign_hosts(&target);
    rows::foreign_origins(&target);
    for slow in [Slow::Head, Slow::Body, Slow::Silent] {
        let found = rows::crowd(&target, slow, 300, Duration::from_secs(seconds));
        drop(writeln!(std::io::stderr(), "{slow:?}: {found:?}"));
        if is_proxied { found.judge_proxied() } else { found.judge(300) }
    }
}
