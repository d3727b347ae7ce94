//! A proxy before a host that counts, delays, refuses and loses requests, as a test says.

use std::io::{self, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

/// What becomes of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fate {
    /// It goes through.
    Pass,
    /// It goes through after a while.
    Late(Duration),
    /// The proxy answers with this status, and nobody else sees the request.
    Refused(u16),
    /// The connection ends, and nobody sees the request.
    LostBefore,
    /// The host does it, and nobody sees the answer.
    LostAfter,
    /// It goes through without its conditions, as to a host that passes over them.
    Unconditional,
}

/// A request as the proxy sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Seen {
    /// How many came before it.
    pub(crate) number: usize,
    /// Such as `PUT`.
    pub(crate) method: String,
    /// Without its query.
    pub(crate) path: String,
    /// Whether its query asks for a listing.
    pub(crate) lists: bool,
    /// Its head, in lower case but for the first line.
    pub(crate) head: String,
}

/// The proxy; it ends with the process.
pub(crate) struct Faulty {
    /// Where it listens.
    pub(crate) endpoint: String,
    seen: Arc<Mutex<Vec<Seen>>>,
}

impl Faulty {
    /// A proxy before `upstream` (`http://HOST:PORT`), where `fate` decides about each request.
    pub(crate) fn before(upstream: &str, fate: impl Fn(&Seen) -> Fate + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let endpoint = format!("http://{}", listener.local_addr().unwrap());
        let upstream = upstream.trim_start_matches("http://").trim_end_matches('/').to_owned();
        let seen = Arc::new(Mutex::new(Vec::new()));
        let (list, fate) = (Arc::clone(&seen), Arc::new(fate));
        thread::spawn(move || {
            for client in listener.incoming().flatten() {
                let (upstream, list, fate) = (upstream.clone(), Arc::clone(&list), Arc::clone(&fate));
                thread::spawn(move || drop(serve(client, &upstream, &list, &*fate)));
            }
        });
        Self { endpoint, seen }
    }

    /// A proxy that fails about `per_mille` of a thousand requests, in every way, by a sequence that `seed` decides.
    pub(crate) fn failing(upstream: &str, per_mille: u64, seed: u64) -> Self {
        Self::before(upstream, move |request| {
            let chance = scatter(seed ^ (request.number as u64 + 1));
            if chance % 1000 >= per_mille {
                return if chance >> 20 & 15 == 0 { Fate::Late(Duration::from_millis(chance >> 30 & 63)) } else { Fate::Pass };
            }
            match chance >> 10 & 3 {
                0 => Fate::Refused(503),
                1 => Fate::Refused(500),
                2 => Fate::LostBefore,
                _ => Fate::LostAfter,
            }
        })
    }

    /// The requests so far.
    pub(crate) fn seen(&self) -> Vec<Seen> {
        self.seen.lock().unwrap().clone()
    }
}

/// Numbers near each other become numbers that have nothing in common.
pub(super) fn scatter(number: u64) -> u64 {
    let mut mixed = number.wrapping_mul(0x9E37_79B9_7F4A_7C15);
    mixed = (mixed ^ mixed >> 30).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    mixed = (mixed ^ mixed >> 27).wrapping_mul(0x94D0_49BB_1331_11EB);
    mixed ^ mixed >> 31
}

/// One request a connection, which keeps this simple.
fn serve(mut client: TcpStream, upstream: &str, list: &Mutex<Vec<Seen>>, fate: &dyn Fn(&Seen) -> Fate) -> io::Result<()> {
    client.set_nodelay(true)?;
    let (head, rest) = read_head(&mut client)?;
    let lower = head.to_lowercase();
    let length = lower.lines().find_map(|line| line.strip_prefix("content-length:")?.trim().parse().ok()).unwrap_or(0);
    let mut body = rest;
    let missing = usize::saturating_sub(length, body.len());
    let mut more = vec![0; missing];
    client.read_exact(&mut more)?;
    body.append(&mut more);
    let mut words = head.split_whitespace();
    let (method, target) = (words.next().unwrap_or_default().to_owned(), words.next().unwrap_or_default().to_owned());
    let (path, query) = target.split_once('?').unwrap_or((&target, ""));
    let request = {
        let mut list = list.lock().unwrap();
        let request = Seen { number: list.len(), method, path: path.to_owned(), lists: query.contains("list-type="), head: lower };
        list.push(request.clone());
        request
    };
    let decided = fate(&request);
    match decided {
        Fate::LostBefore => return Ok(()),
        Fate::Refused(status) => {
            return client.write_all(format!("HTTP/1.1 {status} No\r\ncontent-length: 0\r\nconnection: close\r\n\r\n").as_bytes());
        }
        Fate::Late(pause) => thread::sleep(pause),
        Fate::Pass | Fate::LostAfter | Fate::Unconditional => {}
    }
    let head = if decided == Fate::Unconditional { unconditional(&head) } else { head };
    let answer = ask(upstream, &head, &body)?;
    if decided != Fate::LostAfter {
        client.write_all(&answer)?;
    }
    Ok(())
}

/// The head with its empty line, and what came after it.
fn read_head(stream: &mut TcpStream) -> io::Result<(String, Vec<u8>)> {
    let mut bytes = Vec::new();
    let mut part = [0; 16 * 1024];
    loop {
        if let Some(end) = bytes.windows(4).position(|four| four == b"\r\n\r\n") {
            let rest = bytes.split_off(end + 4);
            return Ok((String::from_utf8_lossy(&bytes).into_owned(), rest));
        }
        match stream.read(&mut part)? {
            0 => return Err(io::ErrorKind::UnexpectedEof.into()),
            count => bytes.extend_from_slice(&part[..count]),
        }
    }
}

/// What the host answers, with the connection ending after it.
fn ask(upstream: &str, head: &str, body: &[u8]) -> io::Result<Vec<u8>> {
    let mut host = TcpStream::connect(upstream)?;
    host.write_all(close(head).as_bytes())?;
    host.write_all(body)?;
    let (head, mut rest) = read_head(&mut host)?;
    host.read_to_end(&mut rest)?;
    let mut answer = close(&head).into_bytes();
    answer.append(&mut rest);
    Ok(answer)
}

/// The head with `connection: close`.
fn close(head: &str) -> String {
    let mut lines: Vec<&str> = head.trim_end().split("\r\n").filter(|line| !line.to_lowercase().starts_with("connection:")).collect();
    lines.push("connection: close\r\n\r\n");
    lines.join("\r\n")
}

/// The head without what makes it conditional.
fn unconditional(head: &str) -> String {
    let lines = head.split("\r\n").filter(|line| !line.to_lowercase().starts_with("if-"));
    lines.collect::<Vec<_>>().join("\r\n")
}
