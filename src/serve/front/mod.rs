//! The public sockets: limits, deadlines, strict framing, and one clean request at a time for what answers behind.
//!
//! What answers (tiny_http on a private Unix socket) never meets the network: it gets a request that is whole, framed once and by one
//! number, without headers that concern a connection or claim who asks. One thread moves the bytes of all clients; none of them is ever
//! waited for, so that a slow one costs a file descriptor and nothing else.
//!
//! Each connection has one request and one answer, and ends: whatever follows the request is nobody's. A connection costs little beside
//! what a proxy in front keeps open itself, and there is no second request to smuggle.
//!
//! # Who gives way
//!
//! Connections count until their request is answered, against all and against their peer's share. Where a new one finds no room, the one
//! that has been unfinished longest goes: of the same peer where its share is used up, else of the peer who has most. So a peer who opens
//! hundreds of slow connections ends their own, and a request that arrives at once is answered, also from the same address.
//!
//! # What is between the front and the answerer
//!
//! Requests carry `x-statuary-peer`, `x-statuary-request` and `x-statuary-scheme`, and `x-statuary-forwarded` where a proxy sent them on,
//! trusted or not; what clients send under such names is dropped, and so are the answer's. An answer with `x-statuary-stream` is not relayed: the client's socket is given to the [`StreamHost`].

mod activation;
mod answer;
mod body;
mod chunked;
mod crowd;
mod deadlines;
mod event_loop;
mod exchange;
mod framing;
mod head;
mod hosts;
mod limits;
mod listening;
mod peers;
mod pool;
mod refusal;
mod relay;
mod stream;

use std::net::{IpAddr, SocketAddr, TcpListener, TcpStream};
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

use anyhow::Context as _;
use mio::{Poll, Waker};
use rustix::process::{Resource, getrlimit};

pub use activation::{announce_ready, announce_stopping, passed_listeners};
pub use hosts::{Hosts, IsHost};
pub use limits::Limits;
pub use peers::TrustedProxies;
pub(super) use refusal::reason;

use event_loop::{EventLoop, WAKER};

/// The most bytes that the body of a request by this method to this path (without its query) may have; 0 allows none.
pub type BodyLimit = dyn Fn(&str, &str) -> u64 + Send + Sync;
/// Is told of each request that ended.
pub type Record = dyn Fn(&Handled) + Send + Sync;

/// How a front is set up. What it calls, it calls on the one thread that moves all bytes: it must return at once.
pub struct FrontOptions {
    /// The public sockets, bound already.
    pub listeners: Vec<TcpListener>,
    /// The private socket of what answers.
    pub upstream: PathBuf,
    /// Is called where nobody listens there any more.
    pub listen_again: Arc<dyn Fn() + Send + Sync>,
    /// The names that are answered.
    pub hosts: Hosts,
    /// The proxies that are believed.
    pub trusted_proxies: TrustedProxies,
    /// What one, each and all may take.
    pub limits: Limits,
    /// How much a request may carry.
    pub body_limit: Arc<BodyLimit>,
    /// Takes over clients that follow a stream.
    pub streams: Arc<dyn StreamHost>,
    /// Log line and counters.
    pub record: Arc<Record>,
}

/// Whoever writes to clients that follow a stream.
pub trait StreamHost: Send + Sync {
    /// Takes over a client's socket, to which nothing was written yet: answer head and all that follows are the host's from now on.
    /// The socket does not block. `ticket` is what the answer said.
    ///
    /// # Errors
    /// The socket itself, where there is no room; the client gets 503.
    fn adopt(&self, socket: TcpStream, ticket: &str) -> Result<(), TcpStream>;
}

/// A request that ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Handled {
    /// Its id, as the client was told.
    pub id: String,
    /// Who asked.
    pub peer: IpAddr,
    /// The method; empty where the request could not be read.
    pub method: String,
    /// The path without the query; empty where the request could not be read.
    pub path: String,
    /// The status of the answer; 499 where the client left before there was one.
    pub status: u16,
    /// Bytes sent to the client, head included.
    pub bytes: u64,
    /// From the connection to the end of the answer, or to the hand-over of a stream.
    pub duration: Duration,
    /// Whether the client took the whole answer.
    pub complete: bool,
}

/// A running front.
pub struct Front {
    addresses: Vec<SocketAddr>,
    stopping: Arc<AtomicBool>,
    waker: Waker,
    thread: Mutex<Option<JoinHandle<()>>>,
}

impl Front {
    /// Begins to answer.
    ///
    /// # Errors
    /// Where the system refuses what an event loop needs.
    pub fn start(mut options: FrontOptions) -> anyhow::Result<Self> {
        let descriptors = getrlimit(Resource::Nofile).current.and_then(|most| usize::try_from(most).ok()).unwrap_or(usize::MAX);
        options.limits = options.limits.within(descriptors);
        let poll = Poll::new().context("cannot wait for events")?;
        let waker = Waker::new(poll.registry(), WAKER).context("cannot wait for events")?;
        let addresses = options.listeners.iter().map(TcpListener::local_addr).collect::<Result<_, _>>().context("cannot listen")?;
        let stopping = Arc::new(AtomicBool::new(false));
        let event_loop = EventLoop::new(poll, options, Arc::clone(&stopping)).context("cannot listen")?;
        let thread =
            std::thread::Builder::new().name("front".to_owned()).spawn(move || event_loop.run()).context("cannot start a thread")?;
        Ok(Self { addresses, stopping, waker, thread: Mutex::new(Some(thread)) })
    }

    /// Where it listens.
    pub fn addresses(&self) -> &[SocketAddr] {
        &self.addresses
    }

    /// Whether it answers: not after [`Front::stop`], nor where the system refuses it every event.
    pub fn is_running(&self) -> bool {
        let thread = self.thread.lock().unwrap_or_else(PoisonError::into_inner);
        thread.as_ref().is_some_and(|thread| !thread.is_finished())
    }

    /// Accepts no more, finishes what is in flight, within [`Limits::stop`], and returns when that is done.
    pub fn stop(&self) {
        self.stopping.store(true, Ordering::SeqCst);
        // If it cannot be woken, it ends with its next event.
        let _ = self.waker.wake();
        let thread = self.thread.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(thread) = thread {
            let _ = thread.join();
        }
    }
}

impl Drop for Front {
    fn drop(&mut self) {
        self.stop();
    }
}
