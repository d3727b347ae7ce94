//! The attack run against `statuary serve` itself, with an organization that has something to hide.

use std::io::Write;
use std::os::unix::fs::symlink;
use std::thread;
use std::time::{Duration, Instant};

use rustix::process::Signal;

use super::client::{PATIENCE, Target, connect_from, read_all, wait_until};
use super::paths::{CANARY, outside};
use super::rows::{self, Slow};
use crate::fire::Strace;
use crate::serving::{Running, org};
use crate::test_org::TestOrg;

fn target<'a>(server: &Running) -> Target<'a> {
    Target { address: server.address().parse().unwrap(), process: Some(server.pid()), ..Target::plainly("/api/services") }
}

/// Hides things beside the pages and among them, and lays links to them.
#[expect(clippy::disallowed_methods, reason = "a test's own folders need not be durable")]
fn hide(org: &TestOrg) -> Vec<&'static str> {
    for file in ["acme/org.toml", "statuary.toml"] {
        let before = std::fs::read_to_string(org.path(file)).unwrap_or_default();
        org.write(file, format!("{before}\n# {CANARY}\n"));
    }
    for folder in ["overrides/words", "public/.git"] {
        std::fs::create_dir_all(org.path("acme").join(folder)).unwrap();
    }
    let words = format!("# {CANARY}\n");
    for file in ["overrides/words/en.toml", "public/.env", "public/.git/config"] {
        org.write(&format!("acme/{file}"), &words);
    }
    let links = [
        ("../org.toml", "acme/public/to-file"),
        ("..", "acme/public/to-folder"),
        ("/", "acme/public/to-root"),
        ("../../org.toml", "acme/public/services/to-file"),
        ("../..", "acme/public/services/to-folder"),
        ("/", "acme/beside"),
        ("..", "beside"),
    ];
    for (to, link) in links {
        symlink(to, org.path(link)).unwrap();
    }
    // A folder of pages whose page is elsewhere.
    std::fs::create_dir(org.path("acme/public/services/to-index")).unwrap();
    symlink("../../../org.toml", org.path("acme/public/services/to-index/index.html")).unwrap();
    links.iter().map(|(_, link)| *link).collect()
}

#[test]
fn nothing_but_the_published_folder_is_served() {
    let org = org();
    let server = Running::serve(&org, "");
    server.until_ready();
    let planted = hide(&org);
    let tried = outside(&target(&server));
    // All of several sites have their folder in the address, and links in the workspace are no organizations.
    org.enter("").run("org create globex --name Globex").success();
    let several = Running::serve(&org, "");
    several.until_ready();
    for path in
        ["/beside/", "/beside/acme/org.toml", "/acme/../globex/org.toml", "/acme/..%2fstatuary.toml", "/statuary.toml", "/acme/to-file"]
    {
        let answer = several.get(path);
        assert_eq!((answer.status, answer.text().contains(CANARY)), (404, false), "{path}");
    }
    let lost: Vec<_> = planted.iter().filter(|link| org.path(link).symlink_metadata().is_err()).collect();
    assert!(lost.is_empty(), "what was planted is gone, and nothing was tried: {lost:?}");
    drop(writeln!(std::io::stderr(), "{tried} spellings"));
}

#[test]
fn one_request_neither_kills_nor_stalls_it_and_is_answered_once() {
    let org = org();
    let server = Running::serve(&org, "--quiet");
    let target = target(server.until_ready());
    rows::giants(&target);
    rows::smuggling(&target);
    rows::foreign_hosts(&target);
    rows::foreign_origins(&target);
    drop(writeln!(std::io::stderr(), "after all of them: {:?} KiB, {:?} threads", target.figure("VmRSS"), target.figure("Threads")));
}

fn crowds(span: Duration) {
    let org = org();
    thread::scope(|scope| {
        for slow in [Slow::Head, Slow::Body, Slow::Silent] {
            let server = Running::serve(&org, "--quiet");
            scope.spawn(move || {
                let target = target(server.until_ready());
                let found = rows::crowd(&target, slow, 300, span);
                drop(writeln!(std::io::stderr(), "{slow:?} for {span:?}: {found:?}, {:?} KiB", target.figure("VmHWM")));
                found.judge(300);
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
fn a_shortage_of_descriptors_heals_itself_there_too() {
    let org = org();
    let server = Running::within(&org, "ulimit -n 64", "--quiet serve --port 0");
    let target = target(server.until_ready());
    let took = rows::descriptors(&target, 200);
    assert!(took < Duration::from_secs(10), "{took:?}");
    // Those who listen take no more than their part of them.
    let listen = |_| {
        let mut socket = connect_from("127.0.0.3", target.address).ok()?;
        socket.write_all(b"GET /events.sse HTTP/1.1\r\nHost: localhost\r\n\r\n").ok()?;
        Some(socket)
    };
    let listeners: Vec<_> = (0..60).filter_map(listen).collect();
    wait_until("a page while many listen", || target.is_alive("127.0.0.2", Duration::from_secs(1)));
    drop(listeners);
    // What is built afterwards is built.
    org.run("incident open 'After the rush' --service api").success();
    server.until("the incident", || server.get("/").text().contains("After the rush"));
}

#[test]
fn connections_behind_the_front_that_are_refused_are_not_the_end() {
    if Strace::find("refused connections behind the front").is_none() {
        return;
    }
    let org = org();
    // Each thread that accepts connections is refused a descriptor for its second one.
    let refusing = "exec strace -D -f -qq -o /dev/null -e trace=accept4 -e inject=accept4:error=EMFILE:when=2 \"$0\" \"$@\"";
    let server = Running::within(&org, refusing, "--quiet serve --port 0");
    let target = target(server.until_ready());
    // Whoever leaves in the midst of an answer takes a connection behind the front along.
    for _ in 0..4 {
        let mut socket = connect_from("127.0.0.1", target.address).unwrap();
        socket.write_all(b"GET /history.atom HTTP/1.1\r\nHost: localhost\r\n\r\n").unwrap();
        drop(socket);
        wait_until("a page after that", || target.is_alive("127.0.0.2", Duration::from_secs(5)));
    }
}

#[test]
fn told_to_end_it_answers_what_was_asked_and_nothing_more() {
    let org = org();
    let mut server = Running::serve(&org, "--quiet");
    let target = target(server.until_ready());
    let begin = |text: &str| {
        let mut socket = connect_from("127.0.0.1", target.address).unwrap();
        socket.write_all(text.as_bytes()).unwrap();
        socket
    };
    let head = target.plain();
    let (first, rest) = head.split_at(20);
    let mut begun: Vec<_> = (0..20).map(|_| begin(first)).collect();
    let mut streams: Vec<_> = (0..3).map(|_| begin("GET /events.sse HTTP/1.1\r\nHost: localhost\r\n\r\n")).collect();
    // Connections are taken in order: once this is answered, those before it are in its hands.
    assert!(target.is_alive("127.0.0.2", PATIENCE));
    let began = Instant::now();
    server.signal(Signal::TERM);
    wait_until("it listens no longer", || connect_from("127.0.0.1", target.address).is_err());
    for socket in &mut begun {
        socket.write_all(rest.as_bytes()).unwrap();
    }
    let answered = begun.iter_mut().map(|socket| read_all(socket, PATIENCE).status()).filter(|status| *status == 200).count();
    assert_eq!(answered, 20);
    for stream in &mut streams {
        assert!(read_all(stream, PATIENCE).closed);
    }
    assert_eq!(server.ended().code(), Some(0));
    assert!(began.elapsed() < Duration::from_secs(5), "{:?}", began.elapsed());
}

#[test]
fn only_this_machine_can_reach_it_unless_somebody_says_otherwise() {
    let org = org();
    let server = Running::serve(&org, "");
    server.until_ready();
    let listening = listening(server.pid());
    assert_eq!(listening, [server.address()], "{listening:?}");
}

/// Where a process listens, as the system sees it.
pub(super) fn listening(process: u32) -> Vec<String> {
    let open = std::fs::read_dir(format!("/proc/{process}/fd")).unwrap();
    let sockets: Vec<String> =
        open.filter_map(|one| Some(std::fs::read_link(one.ok()?.path()).ok()?.to_string_lossy().into_owned())).collect();
    let mut found = Vec::new();
    for table in ["tcp", "tcp6"] {
        let text = std::fs::read_to_string(format!("/proc/{process}/net/{table}")).unwrap_or_default();
        for line in text.lines().skip(1) {
            let columns: Vec<&str> = line.split_whitespace().collect();
            let is_ours = sockets.contains(&format!("socket:[{}]", columns[9]));
            if columns[3] == "0A" && is_ours {
                let (address, port) = columns[1].split_once(':').unwrap();
                let port = u16::from_str_radix(port, 16).unwrap();
                let address = u32::from_str_radix(address, 16).map(|address| std::net::Ipv4Addr::from(address.to_le_bytes()).to_string());
                found.push(format!("{}:{port}", address.unwrap_or_else(|_| columns[1].to_owned())));
            }
        }
    }
    found
}
