//! A client without manners: sends any bytes, from any address of the loopback, at any pace.

use std::io::{ErrorKind, Read, Write};
use std::net::{IpAddr, SocketAddr, TcpStream};
use std::time::{Duration, Instant};

use rustix::net::{AddressFamily, SocketFlags, SocketType, bind, connect, socket_with};

/// Longer than any deadline of a server.
pub(super) const PATIENCE: Duration = Duration::from_secs(30);

/// What is attacked: an address, how a plain request for a small page is written there, and the process, where its figures can be read.
#[derive(Clone, Copy, Debug)]
pub(super) struct Target<'a> {
    pub(super) address: SocketAddr,
    /// A name under which it answers.
    pub(super) host: &'a str,
    /// A path that answers with 200.
    pub(super) path: &'a str,
    /// A path that takes bodies.
    pub(super) upload: &'a str,
    pub(super) process: Option<u32>,
    /// Whether a proxy stands in front of it, which answers some of the worst itself, by other statuses, and may keep connections open.
    pub(super) is_proxied: bool,
}

impl Target<'static> {
    /// What is nowhere yet.
    pub(super) fn plainly(upload: &'static str) -> Self {
        Self { address: SocketAddr::from(([127, 0, 0, 1], 0)), host: "localhost", path: "/", upload, process: None, is_proxied: false }
    }
}

impl Target<'_> {
    /// A header for requests that would leave a proxy waiting for the next one.
    pub(super) const fn ending(&self) -> &'static str {
        if self.is_proxied { "Connection: close\r\n" } else { "" }
    }

    /// A plain request.
    pub(super) fn plain(&self) -> String {
        format!("GET {} HTTP/1.1\r\nHost: {}\r\nConnection: close\r\n\r\n", self.path, self.host)
    }

    /// Whether a plain request from `from` is answered by 200 within `patience`.
    pub(super) fn is_alive(&self, from: &str, patience: Duration) -> bool {
        let ask = || -> std::io::Result<bool> {
            let mut socket = connect_from(from, self.address)?;
            socket.set_read_timeout(Some(patience))?;
            socket.set_write_timeout(Some(patience))?;
            socket.write_all(self.plain().as_bytes())?;
            let mut answer = Vec::new();
            socket.read_to_end(&mut answer)?;
            Ok(answer.starts_with(b"HTTP/1.1 200 "))
        };
        ask().unwrap_or(false)
    }

    /// Sends `bytes` and gives everything that comes back.
    pub(super) fn send(&self, bytes: &[u8]) -> Answers {
        send_in_pieces(self.address, &[bytes])
    }

    /// A figure from the process' status, such as `VmRSS` in KiB.
    pub(super) fn figure(&self, name: &str) -> Option<u64> {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.process?)).ok()?;
        let line = status.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':'))?;
        line.split_whitespace().next()?.parse().ok()
    }
}

/// Everything that came back on a connection.
#[derive(Debug)]
pub(super) struct Answers {
    pub(super) bytes: Vec<u8>,
    /// Whether the server closed the connection, rather than the client losing patience.
    pub(super) closed: bool,
}

impl Answers {
    /// The status of the first answer; 0 where there is none.
    pub(super) fn status(&self) -> u16 {
        let text = String::from_utf8_lossy(&self.bytes);
        text.strip_prefix("HTTP/1.1 ").and_then(|rest| rest.get(..3)).and_then(|status| status.parse().ok()).unwrap_or(0)
    }

    /// How many answers there are, as a naive client would count them.
    pub(super) fn count(&self) -> usize {
        String::from_utf8_lossy(&self.bytes).matches("HTTP/1.1 ").count()
    }

    /// The text of all.
    pub(super) fn text(&self) -> String {
        String::from_utf8_lossy(&self.bytes).into_owned()
    }

    /// What follows the first head.
    pub(super) fn body(&self) -> String {
        self.text().split_once("\r\n\r\n").map(|(_, body)| body.to_owned()).unwrap_or_default()
    }
}

/// Connects from an address of the loopback.
pub(super) fn connect_from(from: &str, to: SocketAddr) -> std::io::Result<TcpStream> {
    let from: IpAddr = from.parse().unwrap();
    if !from.is_ipv4() || !to.ip().is_loopback() {
        return TcpStream::connect(to);
    }
    // Not for programs that other tests start meanwhile.
    let socket = socket_with(AddressFamily::INET, SocketType::STREAM, SocketFlags::CLOEXEC, None)?;
    bind(&socket, &SocketAddr::new(from, 0))?;
    connect(&socket, &to)?;
    Ok(TcpStream::from(socket))
}

/// Sends each piece by itself, then reads to the end. That the server stops reading is no error: it has answered.
pub(super) fn send_in_pieces(to: SocketAddr, pieces: &[&[u8]]) -> Answers {
    let mut socket = TcpStream::connect(to).unwrap();
    socket.set_nodelay(true).unwrap();
    socket.set_write_timeout(Some(PATIENCE)).unwrap();
    for piece in pieces {
        if socket.write_all(piece).is_err() {
            break;
        }
    }
    read_all(&mut socket, PATIENCE)
}

/// Reads until the server closes, or for so long.
pub(super) fn read_all(socket: &mut TcpStream, patience: Duration) -> Answers {
    let end = Instant::now() + patience;
    let mut bytes = Vec::new();
    let mut piece = [0; 16 * 1024];
    loop {
        let left = end.saturating_duration_since(Instant::now()).max(Duration::from_millis(1));
        socket.set_read_timeout(Some(left)).unwrap();
        match socket.read(&mut piece) {
            Ok(0) => return Answers { bytes, closed: true },
            Ok(length) => bytes.extend_from_slice(&piece[..length]),
            Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => return Answers { bytes, closed: false },
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(_) => return Answers { bytes, closed: true },
        }
    }
}

/// Whether the server has closed the connection, as far as that can be seen without waiting.
pub(super) fn is_closed(socket: &mut TcpStream) -> bool {
    socket.set_nonblocking(true).unwrap();
    let mut piece = [0; 1024];
    loop {
        match socket.read(&mut piece) {
            Ok(0) => return true,
            Ok(_) => {}
            Err(error) => return error.kind() != ErrorKind::WouldBlock,
        }
    }
}

/// Waits until `condition` holds, for as long as anything here may take.
pub(super) fn wait_until(what: &str, mut condition: impl FnMut() -> bool) {
    let end = Instant::now() + PATIENCE;
    while !condition() {
        assert!(Instant::now() < end, "{what}");
        std::thread::sleep(Duration::from_millis(10));
    }
}
