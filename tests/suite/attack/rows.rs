//! The attacks themselves. Each takes a target, does its worst, and asserts what a server on the open internet must stand.

use std::io::Write;
use std::net::TcpStream;
use std::time::{Duration, Instant};

use super::client::{Answers, PATIENCE, Target, connect_from, is_closed, read_all};

/// What the process may hold after any of the giants, in KiB.
const MOST_MEMORY: u64 = 48 * 1024;
/// Threads that it may have beside one for each core, which build.
const MOST_THREADS: u64 = 126;

/// What no single request may do: kill or stall the server, or fill its memory.
pub(super) fn giants(target: &Target<'_>) {
    let (host, upload, ending) = (target.host, target.upload, target.ending());
    let post = |length: &str| format!("POST {upload} HTTP/1.1\r\nHost: {host}\r\n{ending}Content-Length: {length}\r\n\r\n");
    let endless = format!("GET / HTTP/1.1\r\nHost: {host}\r\n{ending}A: ");
    let filler = vec![b'a'; 64 * 1024 * 1024];
    let many = format!("GET / HTTP/1.1\r\nHost: {host}\r\n{ending}{}\r\n", "A: b\r\n".repeat(500_000));
    let chunk = format!("POST {upload} HTTP/1.1\r\nHost: {host}\r\n{ending}Transfer-Encoding: chunked\r\n\r\nffffffffffffffff\r\n");
    for (what, pieces, statuses) in [
        ("length 2^64-1", vec![post("18446744073709551615").into_bytes()], [413, 413]),
        ("length 2^64-1 and a body", vec![post("18446744073709551615").into_bytes(), filler.clone()], [413, 413]),
        ("length 10^40", vec![post(&format!("1{}", "0".repeat(40))).into_bytes()], [413, 400]),
        ("length 2^63", vec![post("9223372036854775808").into_bytes()], [413, 413]),
        ("an endless header", vec![endless.into_bytes(), filler.clone()], [431, 400]),
        ("an endless line", vec![b"GET /".to_vec(), filler.clone()], [414, 414]),
        ("500,000 headers", vec![many.into_bytes()], [431, 400]),
        ("an endless chunk", vec![chunk.into_bytes(), filler.clone()], [413, 413]),
        ("no request at all", vec![filler.iter().map(|_| 0).collect()], [400, 400]),
    ] {
        let pieces: Vec<&[u8]> = pieces.iter().map(Vec::as_slice).collect();
        let answers = super::client::send_in_pieces(target.address, &pieces);
        assert!(answers.closed, "{what}: left open");
        // Whoever sends on and on may lose the answer; a server in front may say the same by another status.
        let is_refused = if target.is_proxied { (400..600).contains(&answers.status()) } else { statuses.contains(&answers.status()) };
        assert!(answers.bytes.is_empty() || is_refused, "{what}: {}", answers.text());
        assert!(target.is_alive("127.0.0.1", PATIENCE), "{what}: no answer afterwards");
        if let Some(memory) = target.figure("VmRSS") {
            assert!(memory < MOST_MEMORY, "{what}: {memory} KiB");
        }
    }
}

/// How a slow connection is slow.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Slow {
    /// Its head comes byte by byte.
    Head,
    /// Its body does.
    Body,
    /// It says nothing.
    Silent,
}

/// What a crowd came to.
#[derive(Debug)]
pub(super) struct Crowd {
    /// Slow connections that the server ended.
    pub(super) closed: usize,
    /// Answered requests from elsewhere, of how many.
    pub(super) elsewhere: (usize, usize),
    /// Answered requests from the address of the slow ones, of how many.
    pub(super) same: (usize, usize),
    /// The most threads seen.
    pub(super) threads: u64,
}

/// `count` connections from one address that are slow for `span`, while plain requests come from there and from elsewhere.
pub(super) fn crowd(target: &Target<'_>, slow: Slow, count: usize, span: Duration) -> Crowd {
    let mut sockets: Vec<TcpStream> = (0..count).filter_map(|_| connect_from("127.0.0.1", target.address).ok()).collect();
    let beginning = match slow {
        Slow::Head => format!("GET / HTTP/1.1\r\nHost: {}\r\nA: ", target.host),
        Slow::Body => format!("POST {} HTTP/1.1\r\nHost: {}\r\nContent-Length: 1000\r\n\r\n", target.upload, target.host),
        Slow::Silent => String::new(),
    };
    let mut found = Crowd { closed: count - sockets.len(), elsewhere: (0, 0), same: (0, 0), threads: 0 };
    for socket in &mut sockets {
        drop(socket.write_all(beginning.as_bytes()));
    }
    let end = Instant::now() + span;
    while Instant::now() < end {
        for socket in sockets.iter_mut().filter(|_| slow != Slow::Silent) {
            socket.set_nonblocking(true).unwrap();
            drop(socket.write(b"a"));
        }
        for (from, probes) in [("127.0.0.2", &mut found.elsewhere), ("127.0.0.1", &mut found.same)] {
            probes.1 += 1;
            probes.0 += usize::from(target.is_alive(from, Duration::from_secs(2)));
        }
        found.threads = found.threads.max(target.figure("Threads").unwrap_or(0));
        std::thread::sleep(Duration::from_millis(100));
    }
    found.closed += sockets.iter_mut().filter_map(|socket| is_closed(socket).then_some(())).count();
    found
}

impl Crowd {
    /// Holds it to the figures.
    pub(super) fn judge(&self, count: usize) {
        assert!(self.closed * 30 >= count * 29, "{self:?}");
        self.answers_others();
    }

    /// The same behind a proxy, which decides itself how long it waits for slow clients.
    pub(super) fn judge_proxied(&self) {
        self.answers_others();
    }

    fn answers_others(&self) {
        let share = |(answered, of): (usize, usize)| answered * 100 / of.max(1);
        assert!(share(self.elsewhere) >= 95, "{self:?}");
        assert!(share(self.same) >= 50, "{self:?}");
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        assert!(self.threads <= MOST_THREADS + cores as u64, "{self:?}");
    }
}

/// Requests whose end two servers could see at different places. Each hides a second request, which must never be answered.
pub(super) fn smuggling(target: &Target<'_>) {
    let hidden = format!("GET /hidden HTTP/1.1\r\nHost: {}\r\n\r\n", target.host);
    let length = hidden.len();
    let chunks = format!("0\r\n\r\n{hidden}");
    for (what, headers, body) in [
        ("a length and chunks", format!("Content-Length: {}\r\nTransfer-Encoding: chunked\r\n", chunks.len()), chunks.clone()),
        ("chunks and a length", format!("Transfer-Encoding: chunked\r\nContent-Length: {}\r\n", chunks.len()), chunks.clone()),
        ("two lengths", format!("Content-Length: 0\r\nContent-Length: {length}\r\n"), hidden.clone()),
        ("two equal lengths", format!("Content-Length: {length}\r\nContent-Length: {length}\r\n"), hidden.clone()),
        ("a list of lengths", format!("Content-Length: 0, {length}\r\n"), hidden.clone()),
        ("chunked twice", "Transfer-Encoding: chunked, chunked\r\n".to_owned(), chunks.clone()),
        ("chunked on two lines", "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n".to_owned(), chunks.clone()),
        ("chunked and something", "Transfer-Encoding: chunked\r\nTransfer-Encoding: x\r\n".to_owned(), chunks.clone()),
        ("a coding nobody knows", "Transfer-Encoding: xchunked\r\n".to_owned(), chunks.clone()),
        ("an unprintable coding", "Transfer-Encoding: \u{b}chunked\r\n".to_owned(), chunks.clone()),
        ("a space before the colon", "Transfer-Encoding : chunked\r\n".to_owned(), chunks.clone()),
        ("a tab before the colon", "Content-Length\t: 0\r\n".to_owned(), hidden.clone()),
        ("a folded coding", "Transfer-Encoding:\r\n chunked\r\n".to_owned(), chunks.clone()),
        ("a bare line feed", "A: b\nTransfer-Encoding: chunked\r\n".to_owned(), chunks.clone()),
        ("a bare carriage return", "A: b\rTransfer-Encoding: chunked\r\n".to_owned(), chunks.clone()),
        ("a length with a plus", format!("Content-Length: +{length}\r\n"), hidden.clone()),
        ("a negative length", "Content-Length: -1\r\n".to_owned(), hidden.clone()),
        ("a hexadecimal length", "Content-Length: 0x0\r\n".to_owned(), hidden.clone()),
        ("a length with a space", "Content-Length: 0 0\r\n".to_owned(), hidden.clone()),
        ("a length with zeros", "Content-Length: 00\r\n".to_owned(), hidden.clone()),
        ("no length", "Content-Length:\r\n".to_owned(), hidden.clone()),
        ("a chunk that overflows", "Transfer-Encoding: chunked\r\n".to_owned(), format!("10000000000000000\r\n{hidden}")),
        ("a negative chunk", "Transfer-Encoding: chunked\r\n".to_owned(), format!("-1\r\n{hidden}")),
        ("a chunk's size and a line feed", "Transfer-Encoding: chunked\r\n".to_owned(), format!("0\n\n{hidden}")),
        ("a chunk that runs on", "Transfer-Encoding: chunked\r\n".to_owned(), format!("1\r\nab\r\n0\r\n\r\n{hidden}")),
    ] {
        let request = format!("POST {} HTTP/1.1\r\nHost: {}\r\n{}{headers}\r\n{body}", target.upload, target.host, target.ending());
        let answers = target.send(request.as_bytes());
        match target.is_proxied {
            // What it makes of them is its own business; who runs this looks that `/hidden` never came through.
            true => assert!(answers.closed && answers.count() <= 1, "{what}: {}", answers.text()),
            false => one_refusal(what, &answers),
        }
    }
    // Right, but followed by another: one answer all the same, or two where the server keeps connections open and both are asked for.
    assert!(target.is_alive("127.0.0.1", PATIENCE));
}

#[track_caller]
fn one_refusal(what: &str, answers: &Answers) {
    assert!(answers.closed, "{what}: left open");
    assert_eq!(answers.count(), 1, "{what}: {}", answers.text());
    assert!(matches!(answers.status(), 400 | 413 | 501), "{what}: {}", answers.text());
}

/// Names under which nothing may be answered.
pub(super) fn foreign_hosts(target: &Target<'_>) {
    let (host, ending) = (target.host, target.ending());
    let refused = |status: u16, request: String| {
        let answers = target.send(request.as_bytes());
        match target.is_proxied {
            // Proxies have pages of their own for such; what counts is that it is not ours.
            true => assert!(answers.closed && !answers.text().contains("name=\"viewport\""), "{request}: {}", answers.text()),
            false => assert_eq!(answers.status(), status, "{request}: {}", answers.text()),
        }
    };
    for name in [
        "evil.example",
        "localhost.evil.example",
        "evil.example:80",
        "127.0.0.1.evil.example",
        "0.0.0.0",
        "127.1",
        "[::]",
        "169.254.169.254",
    ] {
        refused(421, format!("GET / HTTP/1.1\r\nHost: {name}\r\n{ending}\r\n"));
    }
    for (headers, line) in [
        ("", "GET / HTTP/1.1"),
        ("", "GET / HTTP/1.0"),
        ("Host:\r\n", "GET / HTTP/1.1"),
        (&format!("Host: {host}\r\nHost: evil.example\r\n"), "GET / HTTP/1.1"),
        (&format!("Host: evil.example\r\nHost: {host}\r\n"), "GET / HTTP/1.1"),
        (&format!("Host: {host}\r\n"), "GET http://evil.example/ HTTP/1.1"),
        (&format!("Host: {host}, evil.example\r\n"), "GET / HTTP/1.1"),
        (&format!("Host: {host}@evil.example\r\n"), "GET / HTTP/1.1"),
    ] {
        // A proxy for one name may take a request without any for one to it.
        if !(target.is_proxied && headers.is_empty()) {
            refused(400, format!("{line}\r\n{headers}{ending}\r\n"));
        }
    }
    for claim in ["X-Forwarded-Host", "X-Host", "Forwarded", "X-Original-Host"] {
        refused(421, format!("GET / HTTP/1.1\r\nHost: evil.example\r\n{claim}: {host}\r\n{ending}\r\n"));
    }
}

/// Pages of other sites may not write, whatever a browser lets them send.
pub(super) fn foreign_origins(target: &Target<'_>) {
    for path in ["/", "/api/services", "/api/incidents", "/api/maintenance", "/api/v2/summary.json", "/events.sse", "/_statuary/build.json"]
    {
        for kind in ["application/json", "text/plain", "application/x-www-form-urlencoded"] {
            let body = "{\"name\":\"Evil\"}";
            let request = format!(
                "POST {path} HTTP/1.1\r\nHost: {}\r\nOrigin: http://evil.example\r\nContent-Type: {kind}\r\nContent-Length: {}\r\n{}\r\n{body}",
                target.host,
                body.len(),
                target.ending()
            );
            let answers = target.send(request.as_bytes());
            assert!((400..500).contains(&answers.status()), "{path} {kind}: {}", answers.text());
        }
    }
}

/// A process that may have few descriptors is asked for more; how long it took, from when they are there again, until it answered.
pub(super) fn descriptors(target: &Target<'_>, connections: usize) -> Duration {
    let sockets: Vec<TcpStream> =
        (0..connections).filter_map(|number| connect_from(&format!("127.0.1.{}", number % 250 + 1), target.address).ok()).collect();
    assert!(sockets.len() * 2 > connections, "only {} connections", sockets.len());
    let during = target.is_alive("127.0.0.2", Duration::from_secs(12));
    assert!(during, "no answer while descriptors are short");
    drop(sockets);
    let began = Instant::now();
    while !target.is_alive("127.0.0.2", Duration::from_secs(1)) {
        assert!(began.elapsed() < Duration::from_secs(10), "no answer for {:?}", began.elapsed());
    }
    began.elapsed()
}

/// Clients that ask for much and do not take it: `path` must answer with more than any buffer holds. The server must answer others, and
/// cut these off within `span`.
pub(super) fn readers_that_do_not_read(target: &Target<'_>, path: &str, count: usize, span: Duration) {
    let request = format!("GET {path} HTTP/1.1\r\nHost: {}\r\n\r\n", target.host);
    let mut sockets: Vec<TcpStream> = (0..count)
        .map(|_| {
            let mut socket = connect_from("127.0.0.1", target.address).unwrap();
            socket.write_all(request.as_bytes()).unwrap();
            socket
        })
        .collect();
    let began = Instant::now();
    while began.elapsed() < span / 4 {
        assert!(target.is_alive("127.0.0.2", Duration::from_secs(5)), "no answer while others do not read");
        std::thread::sleep(Duration::from_millis(100));
    }
    std::thread::sleep((span).saturating_sub(began.elapsed()));
    for socket in &mut sockets {
        assert!(read_all(socket, PATIENCE).closed, "a client that does not read is kept");
    }
}
