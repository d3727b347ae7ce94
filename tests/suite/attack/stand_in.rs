//! A front with something simple behind it: in this process, or in one of its own whose memory, threads and descriptors can be counted.

use std::io::{BufRead, BufReader, Write};
use std::net::{IpAddr, SocketAddr, TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Condvar, Mutex};
use std::thread;
use std::time::Duration;

use statuary::serve::front::{Front, FrontOptions, Handled, Hosts, Limits, StreamHost, TrustedProxies};
use tiny_http::{Header, Method, Request, Response, Server};

use super::client::PATIENCE;

/// Says to the test binary that it is the other end.
const IS_STAND_IN: &str = "STATUARY_TEST_STAND_IN";

/// Bodies at `/upload` may have so many bytes.
pub(super) const UPLOAD: u64 = 1024 * 1024;

/// A front, what answers behind it, and everything that it recorded.
pub(super) struct StandIn {
    pub(super) front: Front,
    pub(super) address: SocketAddr,
    pub(super) recorded: Arc<Mutex<Vec<Handled>>>,
    pub(super) streams: Arc<Streams>,
    pub(super) held: Arc<Held>,
    _folder: tempfile::TempDir,
}

/// Keeps the sockets that it is given, as long as it takes any.
#[derive(Default)]
pub(super) struct Streams {
    pub(super) adopted: Mutex<Vec<TcpStream>>,
}

impl StreamHost for Streams {
    fn adopt(&self, mut socket: TcpStream, ticket: &str) -> Result<(), TcpStream> {
        if ticket == "no-room" {
            return Err(socket);
        }
        socket.write_all(format!("HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n\r\ndata: {ticket}\n\n").as_bytes()).unwrap();
        self.adopted.lock().unwrap().push(socket);
        Ok(())
    }
}

/// Requests for `/held`, which are being answered until they are let go.
#[derive(Default)]
pub(super) struct Held {
    /// How many there are, and how often all were let go.
    state: Mutex<(usize, usize)>,
    changed: Condvar,
}

impl Held {
    /// Keeps one until all are let go.
    fn keep(&self) {
        let mut state = self.state.lock().unwrap();
        let before = state.1;
        state.0 += 1;
        self.changed.notify_all();
        drop(self.changed.wait_while(state, |state| state.1 == before));
    }

    /// Waits until so many are being answered.
    pub(super) fn until(&self, count: usize) {
        let (state, _) = self.changed.wait_timeout_while(self.state.lock().unwrap(), PATIENCE, |state| state.0 < count).unwrap();
        assert_eq!(state.0, count, "are being answered");
    }

    /// Lets all of them go.
    pub(super) fn let_go(&self) {
        let mut state = self.state.lock().unwrap();
        *state = (0, state.1 + 1);
        self.changed.notify_all();
    }
}

/// Starts one in this process.
pub(super) fn start(limits: Limits, trusted: &[&str]) -> StandIn {
    start_at(IpAddr::from([127, 0, 0, 1]), limits, trusted)
}

/// Starts one in this process, at an address of the loopback.
pub(super) fn start_at(address: IpAddr, limits: Limits, trusted: &[&str]) -> StandIn {
    let folder = tempfile::tempdir().unwrap();
    let upstream = folder.path().join("answerer");
    let server = Arc::new(Server::http_unix(&upstream).unwrap());
    let held = Arc::new(Held::default());
    // Whoever answers waits for a client that reads slowly: fewer than the connections to them would be all taken by those.
    for _ in 0..limits.upstream_connections {
        let (server, held) = (Arc::clone(&server), Arc::clone(&held));
        thread::spawn(move || {
            while let Ok(request) = server.recv() {
                answer(request, &held);
            }
        });
    }
    let listener = TcpListener::bind((address, 0)).unwrap();
    let address = listener.local_addr().unwrap();
    let recorded = Arc::new(Mutex::new(Vec::new()));
    let streams = Arc::new(Streams::default());
    let notes = Arc::clone(&recorded);
    let front = Front::start(FrontOptions {
        listeners: vec![listener],
        upstream,
        listen_again: Arc::new(|| {}),
        hosts: Hosts::new(["status.example.com"]),
        trusted_proxies: TrustedProxies::parse(trusted).unwrap(),
        limits,
        body_limit: Arc::new(|method, path| if method == "POST" && path == "/upload" { UPLOAD } else { 0 }),
        streams: Arc::clone(&streams) as Arc<dyn StreamHost>,
        record: Arc::new(move |handled| notes.lock().unwrap().push(handled.clone())),
    })
    .unwrap();
    StandIn { front, address, recorded, streams, held, _folder: folder }
}

fn answer(mut request: Request, held: &Held) {
    let url = request.url().to_owned();
    let (path, query) = url.split_once('?').unwrap_or((&url, ""));
    let number = query.parse().unwrap_or(0_usize);
    let header = |name: &str, value: &str| Header::from_bytes(name, value).unwrap();
    let sent = match path {
        "/large" => request.respond(Response::from_data(vec![b'x'; number])),
        "/chunks" => request.respond(Response::from_data(vec![b'x'; number]).with_chunked_threshold(0)),
        "/slow" => {
            thread::sleep(Duration::from_millis(number as u64));
            request.respond(Response::from_string("at last"))
        }
        "/held" => {
            held.keep();
            request.respond(Response::from_string("at last"))
        }
        "/stream" => request.respond(Response::from_string("").with_header(header("x-statuary-stream", query))),
        "/hog" => {
            let hogged: Vec<_> = std::iter::from_fn(|| std::fs::File::open("/dev/null").ok()).collect();
            thread::sleep(Duration::from_millis(number as u64));
            request.respond(Response::from_string(hogged.len().to_string()))
        }
        "/none" => request.respond(Response::empty(204)),
        "/gone" => {
            let mut writer = request.into_writer();
            drop(writer.write_all(b"nonsense\r\n\r\n").and_then(|()| writer.flush()));
            return;
        }
        _ => {
            let mut body = Vec::new();
            request.as_reader().read_to_end(&mut body).unwrap();
            let mut told = format!("{} {}\n", method(&request), request.url());
            for header in request.headers() {
                told.push_str(&format!("{}: {}\n", header.field, header.value));
            }
            told.push_str(&format!("\n{} bytes", body.len()));
            request.respond(Response::from_string(told).with_header(header("X-Statuary-Inner", "secret")))
        }
    };
    // A client that left is what some of this is about.
    drop(sent);
}

fn method(request: &Request) -> &str {
    match request.method() {
        Method::NonStandard(_) => "other",
        known => known.as_str(),
    }
}

/// The other process.
pub(super) struct Apart {
    child: Child,
    pub(super) address: SocketAddr,
}

/// Starts one in a process of its own, with production's limits and at most so many descriptors, if that is not 0.
pub(super) fn start_apart(descriptors: usize) -> Apart {
    let limit = if descriptors == 0 { String::new() } else { format!("ulimit -n {descriptors}; ") };
    let this = std::env::current_exe().unwrap();
    let mut child = Command::new("sh")
        .args(["-c", &format!("{limit}exec \"$0\" \"$@\"")])
        .arg(this)
        .args(["--ignored", "--exact", "attack::stand_in::is_the_other_end", "--nocapture"])
        .env(IS_STAND_IN, "1")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let address = lines.find_map(|line| line.unwrap().split_once("listens at ").map(|(_, address)| address.parse().unwrap())).unwrap();
    Apart { child, address }
}

impl Apart {
    /// Its process id.
    pub(super) fn process(&self) -> u32 {
        self.child.id()
    }
}

impl Drop for Apart {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

#[test]
#[ignore = "is no test: the attack run starts it as a process of its own"]
fn is_the_other_end() {
    if std::env::var_os(IS_STAND_IN).is_none() {
        return;
    }
    let stand_in = start(Limits::default(), &[]);
    let mut out = std::io::stdout();
    writeln!(out, "listens at {}", stand_in.address).unwrap();
    out.flush().unwrap();
    // Until the one who started it is gone.
    let mut ended = String::new();
    while std::io::stdin().read_line(&mut ended).is_ok_and(|length| length > 0) {}
}
