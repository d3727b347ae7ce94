//! Heads as clients, broken clients and attackers send them.

use super::*;

fn read_from(from: &str, head: &str) -> Result<RequestHead, u16> {
    read_bytes(from, head.as_bytes())
}

/// Reads as the front does: the end is searched first.
fn read_bytes(from: &str, bytes: &[u8]) -> Result<RequestHead, u16> {
    let (limits, hosts) = (Limits::default(), Hosts::new(["status.example.com"]));
    let proxies = TrustedProxies::parse(["10.0.0.1"]).unwrap();
    let reading = Reading { limits: &limits, hosts: &hosts, proxies: &proxies, from: from.parse().unwrap() };
    match end_of_head(bytes, 0, &limits) {
        Ok(Some(end)) => read(&bytes[..end], &reading).map_err(|refusal| refusal.status),
        Ok(None) => Err(0),
        Err(refusal) => Err(refusal.status),
    }
}

fn status_of(head: &str) -> u16 {
    read_from("192.0.2.1", head).err().unwrap_or(200)
}

#[test]
fn a_plain_request_is_read() {
    let head = read_from("192.0.2.1", "GET /a%20b?c=d HTTP/1.1\r\nHost: Status.Example.com:80\r\nAccept: */*\r\n\r\n").unwrap();
    assert_eq!(
        head,
        RequestHead {
            method: "GET",
            target: "/a%20b?c=d".to_owned(),
            host: "status.example.com:80".to_owned(),
            minor: 1,
            scheme: "http",
            peer: "192.0.2.1".parse().unwrap(),
            framing: Framing::Length(0),
            expects_continue: false,
            is_forwarded: false,
            relayed: "accept: */*\r\n".to_owned(),
        }
    );
    assert_eq!(head.path(), "/a%20b");
}

#[test]
fn what_is_not_strictly_http_is_refused() {
    let host = "Host: localhost\r\n\r\n";
    for (status, line) in [
        (200, "GET / HTTP/1.1\r\n"),
        (200, "GET / HTTP/1.0\r\n"),
        (200, "OPTIONS * HTTP/1.1\r\n"),
        (200, "GET http://localhost/a HTTP/1.1\r\n"),
        (200, "GET HTTPS://LOCALHOST/a HTTP/1.1\r\n"),
        (400, "GET http://evil.example/a HTTP/1.1\r\n"),
        (400, "GET http://localhost HTTP/1.1\r\n"),
        (400, "GET http://localhost:80/a HTTP/1.1\r\n"),
        (400, "GET http://me@localhost/a HTTP/1.1\r\n"),
        (400, "GET ftp://localhost/a HTTP/1.1\r\n"),
        (400, "GET * HTTP/1.1\r\n"),
        (400, "GET a HTTP/1.1\r\n"),
        (400, "GET ../a HTTP/1.1\r\n"),
        (400, "GET ?a HTTP/1.1\r\n"),
        (400, "GET /a#b HTTP/1.1\r\n"),
        (400, "GET /a\\b HTTP/1.1\r\n"),
        (400, "GET /a\u{e9} HTTP/1.1\r\n"),
        (400, "GET /a b HTTP/1.1\r\n"),
        (400, "GET  / HTTP/1.1\r\n"),
        (400, "GET /  HTTP/1.1\r\n"),
        (400, " GET / HTTP/1.1\r\n"),
        (400, "\r\nGET / HTTP/1.1\r\n"),
        (400, "GET /\r\n"),
        (400, "GET\r\n"),
        (400, "G@T / HTTP/1.1\r\n"),
        (400, "GET / http/1.1\r\n"),
        (400, "GET / HTTP/1.1 \r\n"),
        (400, "GET / HTTP/11\r\n"),
        (400, "GET / HTTPS/1.1\r\n"),
        (400, "GET /\t HTTP/1.1\r\n"),
        (505, "GET / HTTP/1.2\r\n"),
        (505, "GET / HTTP/2.0\r\n"),
        (505, "GET / HTTP/0.9\r\n"),
        (501, "get / HTTP/1.1\r\n"),
        (501, "BREW / HTTP/1.1\r\n"),
        (501, "TRACE / HTTP/1.1\r\n"),
        (501, "CONNECT localhost:80 HTTP/1.1\r\n"),
    ] {
        assert_eq!(status_of(&format!("{line}{host}")), status, "{line:?}");
    }
    assert_eq!(status_of("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"), 505, "the preface of HTTP/2");
}

#[test]
fn what_is_no_header_is_refused() {
    for (status, header) in [
        (200, "A: b\r\n"),
        (200, "A:\r\n"),
        (200, "A:\tb\t\r\n"),
        (200, "A: caf\u{e9}\r\n"),
        (400, "A : b\r\n"),
        (400, " A: b\r\n"),
        (400, "A: b\r\n c\r\n"),
        (400, "A: b\r\n\tc\r\n"),
        (400, "A\r\n"),
        (400, ": b\r\n"),
        (400, "A\u{e9}: b\r\n"),
        (400, "A: b\n"),
        (400, "A: b\rC: d\r\n"),
        (400, "A: b\r\r\n"),
        (400, "A: b\0c\r\n"),
        (400, "A: \u{7f}\r\n"),
        (400, "A: \u{8}\r\n"),
        (400, "A(b): c\r\n"),
        (400, "Host: localhost\r\n"),
        (417, "Expect: 200-ok\r\n"),
        (417, "Expect: 100-continue\r\nExpect: 200-ok\r\n"),
        (400, "Content-Length : 5\r\n"),
        (400, "Transfer-Encoding\t: chunked\r\n"),
        (400, "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n"),
    ] {
        assert_eq!(status_of(&format!("GET / HTTP/1.1\r\nHost: localhost\r\n{header}\r\n")), status, "{header:?}");
    }
}

#[test]
fn each_request_names_one_host_that_is_answered() {
    for (status, headers) in [
        (400, ""),
        (400, "Host:\r\n"),
        (400, "Host: localhost\r\nHost: localhost\r\n"),
        (400, "Host: localhost, evil.example\r\n"),
        (421, "Host: evil.example\r\n"),
        (421, "Host: evil.example\r\nX-Forwarded-Host: localhost\r\n"),
    ] {
        assert_eq!(status_of(&format!("GET / HTTP/1.1\r\n{headers}\r\n")), status, "{headers:?}");
        assert_eq!(status_of(&format!("GET / HTTP/1.0\r\n{headers}\r\n")), status, "{headers:?}");
    }
}

#[test]
fn only_trusted_proxies_say_who_asks_and_how() {
    let head = "GET / HTTP/1.1\r\nHost: 127.0.0.1:8080\r\nX-Forwarded-For: 203.0.113.1, 203.0.113.2\r\nX-Forwarded-Proto: https\r\n\
                X-Forwarded-Host: status.example.com\r\nForwarded: for=203.0.113.3\r\nX-Real-IP: 203.0.113.4\r\n\r\n";
    let trusted = read_from("10.0.0.1", head).unwrap();
    assert_eq!((trusted.peer.to_string().as_str(), trusted.scheme, trusted.host.as_str()), ("203.0.113.2", "https", "status.example.com"));
    let stranger = read_from("10.0.0.2", head).unwrap();
    assert_eq!((stranger.peer.to_string().as_str(), stranger.scheme, stranger.host.as_str()), ("10.0.0.2", "http", "127.0.0.1:8080"));
    assert_eq!((trusted.relayed.as_str(), stranger.relayed.as_str()), ("", ""));
    let hostile = "GET / HTTP/1.1\r\nHost: localhost\r\nX-Forwarded-Host: localhost, evil.example\r\n\r\n";
    assert_eq!(read_from("10.0.0.1", hostile).unwrap_err(), 421);
}

#[test]
fn only_headers_for_whoever_answers_are_relayed() {
    let head = "POST / HTTP/1.1\r\nHost: localhost\r\nConnection: close, X-Private\r\nKeep-Alive: 5\r\nX-Private: 1\r\nTE: trailers\r\n\
                Upgrade: h2c\r\nHTTP2-Settings: AAAA\r\nContent-Length: 3\r\nExpect: 100-continue\r\nX-Statuary-Peer: 1.2.3.4\r\n\
                x-STATUARY-request: spoof\r\nAuthorization: Bearer token\r\nReferer: /caf\u{e9}\r\nCookie: a=b\r\nCookie: c=d\r\n\r\n";
    let read = read_from("192.0.2.1", head).unwrap();
    assert_eq!(read.relayed, "authorization: Bearer token\r\ncookie: a=b\r\ncookie: c=d\r\n");
    assert_eq!((read.framing, read.expects_continue), (Framing::Length(3), true));
    let twice = "POST / HTTP/1.1\r\nHost: localhost\r\nSvix-Id: a\r\nsvix-id: b\r\nA: a\r\na: caf\u{e9}\r\nB: c\r\n\r\n";
    // What was sent twice arrives twice, and not with one of both left out because nobody could read it.
    assert_eq!(read_from("192.0.2.1", twice).unwrap().relayed, "svix-id: a\r\nsvix-id: b\r\nb: c\r\n");
    let old = read_from("192.0.2.1", "POST / HTTP/1.0\r\nHost: localhost\r\nExpect: 100-continue\r\nContent-Length: 3\r\n\r\n").unwrap();
    assert!(!old.expects_continue, "HTTP/1.0 knows no 100");
}

#[test]
fn sizes_have_an_end() {
    let line = |length: usize| format!("GET /{} HTTP/1.1\r\nHost: localhost\r\n\r\n", "a".repeat(length - 1));
    assert_eq!(status_of(&line(8 * 1024)), 200);
    assert_eq!(status_of(&line(8 * 1024 + 1)), 414);
    assert_eq!(status_of(&"G".repeat(10 * 1024)), 414, "before its line has ended");
    let many = |count: usize| format!("GET / HTTP/1.1\r\nHost: localhost\r\n{}\r\n", "A: b\r\n".repeat(count - 1));
    assert_eq!(status_of(&many(100)), 200);
    assert_eq!(status_of(&many(101)), 431);
    let frame = "GET / HTTP/1.1\r\nHost: localhost\r\nA: \r\n\r\n".len();
    let large = |length: usize| format!("GET / HTTP/1.1\r\nHost: localhost\r\nA: {}\r\n\r\n", "b".repeat(length - frame));
    assert_eq!(status_of(&large(16 * 1024)), 200);
    assert_eq!(status_of(&large(16 * 1024 + 1)), 431);
    assert_eq!(status_of(&large(20 * 1024)[..16 * 1024]), 431, "before it has ended");
    assert_eq!(status_of("GET / HTTP/1.1\r\nHost: local"), 0, "not there whole");
}

#[test]
fn a_head_that_comes_byte_by_byte_is_found_and_refused_as_early() {
    let limits = Limits::default();
    for (head, ends) in
        [("GET / HTTP/1.1\r\nHost: a\r\n\r\nrest", Some(27)), ("GET / HTTP/1.1\nHost: a\r\n", None), ("\n", None), ("\rG", None)]
    {
        let mut found = None;
        for length in 1..=head.len() {
            match end_of_head(&head.as_bytes()[..length], length - 1, &limits) {
                Ok(None) => {}
                Ok(Some(end)) => {
                    found = Some(end);
                    break;
                }
                Err(_) => break,
            }
        }
        assert_eq!(found, ends, "{head:?}");
    }
}

#[test]
fn no_bytes_panic() {
    let mut seed = 1_u32;
    let alphabet = b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n\0\xff\t:;,=\\";
    for _ in 0..20_000 {
        let bytes: Vec<u8> = (0..40)
            .map(|_| {
                seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                alphabet[seed as usize / 7 % alphabet.len()]
            })
            .collect();
        let _ = read_bytes("192.0.2.1", &bytes);
        let mut request = b"GET / HTTP/1.1\r\nHost: localhost\r\n".to_vec();
        request.extend_from_slice(&bytes);
        request.extend_from_slice(b"\r\n\r\n");
        let _ = read_bytes("192.0.2.1", &request);
    }
}
