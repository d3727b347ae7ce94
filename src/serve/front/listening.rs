//! The listening sockets: taking connections, also where the process has no descriptor left.

use std::fs::File;
use std::io::{self, ErrorKind};
use std::net::{IpAddr, TcpListener as StdListener};

use mio::net::{TcpListener, TcpStream};
use mio::{Interest, Registry, Token};

/// Not enough descriptors: of this process, or of the whole machine.
const EMFILE: i32 = 24;
const ENFILE: i32 = 23;

/// What came of an attempt to take a connection.
#[derive(Debug)]
pub(super) enum Accepted {
    /// One, and whom it comes from.
    Connection(TcpStream, IpAddr),
    /// Nobody is waiting.
    Nobody,
    /// Somebody is waiting, and there is no descriptor for them.
    NoDescriptor,
    /// That one is lost, another may be waiting.
    Lost,
    /// The system refuses for another reason, which may pass.
    Refused,
}

/// All listening sockets, and one descriptor in reserve.
#[derive(Debug)]
pub(super) struct Listening {
    listeners: Vec<TcpListener>,
    reserve: Option<File>,
}

impl Listening {
    /// Listens on these; their events are named `first`, and so on.
    ///
    /// # Errors
    /// Where one is no socket that can be waited for.
    pub(super) fn new(listeners: Vec<StdListener>, registry: &Registry, first: usize) -> io::Result<Self> {
        let mut ours = Vec::new();
        for (index, listener) in listeners.into_iter().enumerate() {
            listener.set_nonblocking(true)?;
            let mut listener = TcpListener::from_std(listener);
            registry.register(&mut listener, Token(first + index), Interest::READABLE)?;
            ours.push(listener);
        }
        Ok(Self { listeners: ours, reserve: reserve() })
    }

    /// How many.
    pub(super) fn len(&self) -> usize {
        self.listeners.len()
    }

    /// Takes a connection from the socket number `index`.
    pub(super) fn accept(&self, index: usize) -> Accepted {
        let Some(listener) = self.listeners.get(index) else { return Accepted::Nobody };
        match listener.accept() {
            Ok((socket, address)) => Accepted::Connection(socket, address.ip().to_canonical()),
            Err(error) if error.kind() == ErrorKind::WouldBlock => Accepted::Nobody,
            Err(error) if matches!(error.raw_os_error(), Some(EMFILE | ENFILE)) => Accepted::NoDescriptor,
            Err(error) if matches!(error.kind(), ErrorKind::ConnectionAborted | ErrorKind::Interrupted) => Accepted::Lost,
            Err(_) => Accepted::Refused,
        }
    }

    /// Spends the reserve to take a connection and close it at once, so that whoever is there does not wait in vain.
    pub(super) fn turn_away(&mut self, index: usize) {
        drop(self.reserve.take());
        drop(self.accept(index));
        self.reserve = reserve();
    }

    /// Takes the reserve back, if it was lost.
    pub(super) fn refill(&mut self) {
        if self.reserve.is_none() {
            self.reserve = reserve();
        }
    }

    /// Listens no more.
    pub(super) fn close(&mut self) {
        self.listeners.clear();
    }
}

/// Any descriptor will do.
fn reserve() -> Option<File> {
    File::open("/dev/null").ok()
}
