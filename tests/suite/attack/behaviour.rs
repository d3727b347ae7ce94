//! What a front does for clients that behave, and where it has to let go.

use std::io::{Read, Write};
use std::net::{IpAddr, TcpStream};
use std::thread;
use std::time::{Duration, Instant};

use statuary::serve::front::Limits;

use super::client::{Answers, PATIENCE, connect_from, is_closed, read_all, send_in_pieces, wait_until};
use super::stand_in::{StandIn, start, start_at};

/// A request that is being answered until it is let go.
const HELD: &str = "GET /held HTTP/1.1\r\nHost: localhost\r\n\r\n";

fn usual() -> StandIn {
    start(Limits::default(), &["127.0.0.9"])
}

impl StandIn {
    fn send(&self, request: &str) -> Answers {
        send_in_pieces(self.address, &[request.as_bytes()])
    }

    fn get(&self, target: &str) -> Answers {
        self.send(&format!("GET {target} HTTP/1.1\r\nHost: localhost\r\n\r\n"))
    }

    fn open(&self, request: &str) -> TcpStream {
        let mut socket = TcpStream::connect(self.address).unwrap();
        socket.write_all(request.as_bytes()).unwrap();
        socket
    }
}

/// The value of a header in the first head.
fn header(answers: &Answers, name: &str) -> Option<String> {
    let text = answers.text();
    let head = text.split("\r\n\r\n").next().unwrap_or_default().to_owned();
    head.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(": ").map(str::to_owned))
}

#[test]
fn a_request_arrives_clean_and_its_answer_comes_back_clean() {
    let stand_in = usual();
    let answers = stand_in.send(
        "POST /upload?a=b HTTP/1.1\r\nHost: Localhost:1\r\nX-Forwarded-For: 203.0.113.1\r\nX-Statuary-Peer: 203.0.113.2\r\nAccept: x/y\r\n\
         Transfer-Encoding: chunked\r\nConnection: keep-alive\r\n\r\n3\r\nabc\r\n2;x\r\nde\r\n0\r\nT: u\r\n\r\n",
    );
    assert_eq!(answers.status(), 200);
    let id = header(&answers, "x-request-id").unwrap();
    assert_eq!(id.len(), 12);
    assert_eq!(
        answers.body(),
        format!(
            "POST /upload?a=b\nhost: localhost:1\naccept: x/y\nx-statuary-peer: 127.0.0.1\nx-statuary-request: {id}\n\
             x-statuary-scheme: http\nx-statuary-forwarded: yes\ncontent-length: 5\n\n5 bytes"
        )
    );
    assert_eq!(header(&answers, "connection").as_deref(), Some("close"));
    assert!(header(&answers, "date").is_some());
    let text = answers.text().to_lowercase();
    assert!(!text.contains("secret") && !text.contains("server:"), "{text}");
    wait_until("it is recorded", || !stand_in.recorded.lock().unwrap().is_empty());
    let recorded = stand_in.recorded.lock().unwrap().pop().unwrap();
    assert_eq!(
        (recorded.id.as_str(), recorded.method.as_str(), recorded.path.as_str(), recorded.status, recorded.complete),
        (id.as_str(), "POST", "/upload", 200, true)
    );
    assert_eq!(recorded.bytes, answers.bytes.len() as u64);
}

#[test]
fn a_trusted_proxy_says_who_asks() {
    let stand_in = usual();
    let mut socket = connect_from("127.0.0.9", stand_in.address).unwrap();
    let request = "GET / HTTP/1.1\r\nHost: backend\r\nX-Forwarded-Host: status.example.com\r\nX-Forwarded-For: 203.0.113.1, 203.0.113.2\r\n\
                   X-Forwarded-Proto: https\r\n\r\n";
    socket.write_all(request.as_bytes()).unwrap();
    let body = read_all(&mut socket, PATIENCE).body();
    assert!(body.starts_with("GET /\nhost: status.example.com\nx-statuary-peer: 203.0.113.2\n"), "{body}");
    assert!(body.contains("\nx-statuary-scheme: https\n"), "{body}");
}

#[test]
fn answers_of_any_size_and_form_arrive_whole() {
    let stand_in = usual();
    for size in [0, 1, 32_767, 32_768, 100_000, 5_000_000] {
        for path in ["large", "chunks"] {
            let answers = stand_in.send(&format!("GET /{path}?{size} HTTP/1.0\r\nHost: localhost\r\n\r\n"));
            assert_eq!((answers.status(), answers.body().len()), (200, size), "{path} {size}");
            assert!(!answers.text().contains("transfer-encoding"));
            let chunked = stand_in.get(&format!("/{path}?{size}"));
            assert!(chunked.body().len() >= size && chunked.closed, "{path} {size}");
        }
    }
    let head = stand_in.send("HEAD /large?5 HTTP/1.1\r\nHost: localhost\r\n\r\n");
    assert_eq!((head.status(), head.body().as_str(), header(&head, "content-length").as_deref()), (200, "", Some("5")));
    let refused = stand_in.send("HEAD / HTTP/1.1\r\nHost: evil.example\r\n\r\n");
    assert_eq!((refused.status(), refused.body().as_str()), (421, ""));
    assert_eq!(stand_in.get("/none").status(), 204);
    let options = stand_in.send("OPTIONS * HTTP/1.1\r\nHost: localhost\r\n\r\n");
    assert_eq!((options.status(), header(&options, "allow").is_some()), (204, true));
}

#[test]
fn a_request_may_come_in_any_pieces() {
    let stand_in = usual();
    let request = b"POST /upload HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n";
    let single: Vec<&[u8]> = request.chunks(1).collect();
    let answers = send_in_pieces(stand_in.address, &single);
    assert!(answers.body().ends_with("\n5 bytes"), "{}", answers.text());
}

#[test]
fn what_follows_a_request_is_nobodys() {
    let stand_in = usual();
    let one = "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n";
    let answers = stand_in.send(&format!("{one}{one}{one}"));
    assert_eq!((answers.status(), answers.count(), answers.closed), (200, 1, true), "{}", answers.text());
    let post = "POST /upload HTTP/1.1\r\nHost: localhost\r\nContent-Length: 3\r\n\r\nabc";
    let answers = stand_in.send(&format!("{post}{post}"));
    assert_eq!(answers.count(), 1);
    assert!(answers.body().ends_with("\n3 bytes"), "{}", answers.text());
}

#[test]
fn a_client_that_asks_first_is_told_to_go_on_or_not() {
    let stand_in = usual();
    let head =
        |length: usize| format!("POST /upload HTTP/1.1\r\nHost: localhost\r\nContent-Length: {length}\r\nExpect: 100-continue\r\n\r\n");
    let mut socket = stand_in.open(&head(5));
    let mut first = [0; 25];
    socket.read_exact(&mut first).unwrap();
    assert_eq!(&first, b"HTTP/1.1 100 Continue\r\n\r\n");
    socket.write_all(b"hello").unwrap();
    assert!(read_all(&mut socket, PATIENCE).body().ends_with("\n5 bytes"));
    assert_eq!(stand_in.send(&head(2_000_000)).status(), 413);
    let refused = stand_in.send("GET / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1\r\n\r\nx");
    assert_eq!((refused.status(), header(&refused, "content-type").as_deref()), (413, Some("application/problem+json")));
}

#[test]
fn an_error_reaches_a_client_that_is_still_sending() {
    let stand_in = usual();
    let mut request = b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 3000000\r\n\r\n".to_vec();
    request.resize(request.len() + 3_000_000, b'x');
    for _ in 0..5 {
        assert_eq!(send_in_pieces(stand_in.address, &[&request]).status(), 413);
    }
}

#[test]
fn a_stream_takes_the_clients_socket_over() {
    let stand_in = usual();
    let mut socket = stand_in.open("GET /stream?ticket-7 HTTP/1.1\r\nHost: localhost\r\n\r\n");
    let expected = b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n\r\ndata: ticket-7\n\n";
    let mut first = vec![0; expected.len()];
    socket.read_exact(&mut first).unwrap();
    assert_eq!(first, expected);
    wait_until("it is kept", || !stand_in.streams.adopted.lock().unwrap().is_empty());
    let adopted = stand_in.streams.adopted.lock().unwrap().pop().unwrap();
    stand_in.front.stop();
    adopted.set_nonblocking(false).unwrap();
    (&adopted).write_all(b"data: later\n\n").unwrap();
    drop(adopted);
    assert_eq!(read_all(&mut socket, PATIENCE).bytes, b"data: later\n\n");
}

#[test]
fn a_stream_without_room_is_refused() {
    assert_eq!(usual().get("/stream?no-room").status(), 503);
}

#[test]
fn streams_do_not_count_as_unfinished() {
    let stand_in = start(Limits { connections: 4, per_peer: 4, ..Limits::default() }, &[]);
    let mut sockets = Vec::new();
    for number in 1..=20 {
        sockets.push(stand_in.open("GET /stream?many HTTP/1.1\r\nHost: localhost\r\n\r\n"));
        wait_until("it is adopted", || stand_in.streams.adopted.lock().unwrap().len() == number);
    }
    assert_eq!(stand_in.get("/").status(), 200);
}

#[test]
fn who_answers_badly_or_late_or_not_at_all_is_told_of() {
    let patient = usual();
    assert_eq!(patient.get("/gone").status(), 502);
    assert_eq!(patient.get("/").status(), 200);
    let hasty = start(Limits { upstream: Duration::from_millis(300), ..Limits::default() }, &[]);
    assert_eq!(hasty.get("/held").status(), 504);
    // A busy machine may be late with others, too.
    wait_until("it answers others", || hasty.get("/").status() == 200);
    hasty.held.let_go();
}

#[test]
fn late_requests_are_ended() {
    let stand_in = start(Limits { whole_request: Duration::from_millis(300), ..Limits::default() }, &[]);
    for begun in ["GET / HT", "POST /upload HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9\r\n\r\nabc"] {
        let mut socket = stand_in.open(begun);
        assert_eq!(read_all(&mut socket, PATIENCE).status(), 408, "{begun}");
    }
    let mut silent = stand_in.open("");
    let answers = read_all(&mut silent, PATIENCE);
    assert!(answers.closed && answers.bytes.is_empty(), "nothing is said to who said nothing");
}

#[test]
fn many_requests_wait_their_turn() {
    let stand_in = start(Limits { upstream_connections: 2, ..Limits::default() }, &[]);
    let sockets: Vec<TcpStream> = (0..12).map(|_| stand_in.open("GET /slow?50 HTTP/1.1\r\nHost: localhost\r\n\r\n")).collect();
    for mut socket in sockets {
        assert_eq!(read_all(&mut socket, PATIENCE).body(), "at last");
    }
    let hasty = start(Limits { upstream_connections: 1, queue: Duration::from_millis(200), ..Limits::default() }, &[]);
    let mut first = hasty.open(HELD);
    hasty.held.until(1);
    let refused = hasty.get("/");
    assert_eq!((refused.status(), header(&refused, "retry-after").as_deref()), (503, Some("2")));
    hasty.held.let_go();
    assert_eq!(read_all(&mut first, PATIENCE).status(), 200);
}

#[test]
fn a_peer_beyond_its_share_ends_its_own_slowest() {
    let stand_in = start(Limits { per_peer: 3, ..Limits::default() }, &["127.0.0.9"]);
    let mut other = connect_from("127.0.0.2", stand_in.address).unwrap();
    let mut slow: Vec<TcpStream> = (0..3).map(|_| stand_in.open("GET / HT")).collect();
    assert_eq!(stand_in.get("/").status(), 200);
    wait_until("the first gives way", || is_closed(&mut slow[0]));
    assert!(!is_closed(&mut slow[1]) && !is_closed(&mut slow[2]) && !is_closed(&mut other));
    // Those that are being answered do not give way.
    let sockets: Vec<TcpStream> = (0..3).map(|_| stand_in.open(HELD)).collect();
    stand_in.held.until(3);
    assert_eq!(stand_in.get("/").status(), 429);
    stand_in.held.let_go();
    for mut socket in sockets {
        assert_eq!(read_all(&mut socket, PATIENCE).status(), 200);
    }
    // Of a trusted proxy, those it speaks for count.
    let through = |client: &str| {
        let mut socket = connect_from("127.0.0.9", stand_in.address).unwrap();
        let request = format!("GET /held HTTP/1.1\r\nHost: localhost\r\nX-Forwarded-For: {client}\r\n\r\n");
        socket.write_all(request.as_bytes()).unwrap();
        socket
    };
    let mut sockets: Vec<TcpStream> = (0..9).map(|number| through(&format!("203.0.113.{}", number % 3))).collect();
    stand_in.held.until(9);
    assert_eq!(read_all(&mut through("203.0.113.1"), PATIENCE).status(), 429);
    stand_in.held.let_go();
    for socket in &mut sockets {
        assert_eq!(read_all(socket, PATIENCE).status(), 200);
    }
}

#[test]
fn a_full_server_ends_the_slowest_of_who_has_most() {
    let stand_in = start(Limits { connections: 6, per_peer: 5, ..Limits::default() }, &[]);
    let mut lone = connect_from("127.0.0.2", stand_in.address).unwrap();
    lone.write_all(b"GET / HT").unwrap();
    let mut slow: Vec<TcpStream> = (0..5).map(|_| stand_in.open("GET / HT")).collect();
    let mut third = connect_from("127.0.0.3", stand_in.address).unwrap();
    third.write_all(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n").unwrap();
    assert_eq!(read_all(&mut third, PATIENCE).status(), 200);
    wait_until("one of many gives way", || is_closed(&mut slow[0]));
    lone.write_all(b"TP/1.1\r\nHost: localhost\r\n\r\n").unwrap();
    assert_eq!(read_all(&mut lone, PATIENCE).status(), 200);
}

#[test]
fn slow_readers_keep_nothing_from_others() {
    let limits =
        Limits { upstream_connections: 2, answer_buffer_most: 64 * 1024, take_window: Duration::from_secs(60), ..Limits::default() };
    let stand_in = start(limits, &[]);
    let slow: Vec<TcpStream> = (0..2).map(|_| stand_in.open("GET /large?20000000 HTTP/1.1\r\nHost: localhost\r\n\r\n")).collect();
    thread::sleep(Duration::from_millis(200));
    let mut other = connect_from("127.0.0.2", stand_in.address).unwrap();
    other.write_all(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n").unwrap();
    assert_eq!(read_all(&mut other, PATIENCE).status(), 200);
    drop(slow);
}

#[test]
fn stopping_answers_what_is_in_flight_and_nothing_else() {
    // An address of its own, whose port nobody else takes once it is free.
    let number = std::process::id().to_le_bytes();
    let stand_in = start_at(IpAddr::from([127, number[2].max(1), number[1], number[0].clamp(1, 254)]), Limits::default(), &[]);
    let sockets: Vec<TcpStream> = (0..20).map(|_| stand_in.open("GET /slow?300 HTTP/1.1\r\nHost: localhost\r\n\r\n")).collect();
    let mut idle = stand_in.open("");
    let mut begun = stand_in.open("GET / HT");
    assert_eq!(stand_in.get("/").status(), 200, "{:?}", stand_in.recorded.lock().unwrap());
    let readers: Vec<_> = sockets.into_iter().map(|mut socket| thread::spawn(move || read_all(&mut socket, PATIENCE).body())).collect();
    let finish = thread::spawn(move || {
        thread::sleep(Duration::from_millis(100));
        begun.write_all(b"TP/1.1\r\nHost: localhost\r\n\r\n").unwrap();
        read_all(&mut begun, PATIENCE).status()
    });
    assert!(stand_in.front.is_running());
    let began = Instant::now();
    stand_in.front.stop();
    assert!(!stand_in.front.is_running());
    assert!(began.elapsed() < Duration::from_secs(5), "{:?}", began.elapsed());
    for reader in readers {
        assert_eq!(reader.join().unwrap(), "at last");
    }
    assert_eq!(finish.join().unwrap(), 200);
    assert!(read_all(&mut idle, PATIENCE).closed);
    assert!(TcpStream::connect(stand_in.address).is_err());
    let never = start(Limits { stop: Duration::from_millis(300), ..Limits::default() }, &[]);
    let mut stuck = never.open(HELD);
    never.held.until(1);
    let began = Instant::now();
    never.front.stop();
    assert!(began.elapsed() < Limits::default().stop);
    assert!(read_all(&mut stuck, PATIENCE).closed);
    never.held.let_go();
}
