//! The connections to what answers behind the front: kept open, each for one request at a time.

use std::collections::HashMap;
use std::io;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use mio::net::UnixStream;
use mio::{Interest, Registry, Token};

/// How long a connection is kept that nobody needs: each holds a thread behind the front.
const IDLE: Duration = Duration::from_secs(30);

/// One connection.
#[derive(Debug)]
pub(super) struct Upstream {
    /// Non-blocking, registered.
    pub(super) stream: UnixStream,
    /// Its name among events.
    pub(super) token: Token,
    /// Whether it has carried a request before: then it may have been closed meanwhile.
    pub(super) used: bool,
    since: Instant,
}

/// All of them.
#[derive(Debug)]
pub(super) struct Pool {
    path: PathBuf,
    most: usize,
    /// The one used last stands last, and is taken first.
    idle: Vec<Upstream>,
    /// Which exchange holds which.
    busy: HashMap<Token, usize>,
}

impl Pool {
    /// Connections to the socket at `path`, `most` at once.
    pub(super) fn new(path: PathBuf, most: usize) -> Self {
        Self { path, most, idle: Vec::new(), busy: HashMap::new() }
    }

    /// Whether one more exchange can have one.
    pub(super) fn has_room(&self) -> bool {
        self.busy.len() < self.most
    }

    /// The exchange that an event concerns.
    pub(super) fn holder(&self, token: Token) -> Option<usize> {
        self.busy.get(&token).copied()
    }

    /// One for `exchange`; `token` names it if it has to be opened.
    ///
    /// # Errors
    /// Where nobody listens, or there are no descriptors left.
    pub(super) fn take(&mut self, exchange: usize, token: Token, registry: &Registry, now: Instant) -> io::Result<Upstream> {
        let upstream = match self.idle.pop() {
            Some(upstream) => upstream,
            None => {
                let mut stream = UnixStream::connect(&self.path)?;
                registry.register(&mut stream, token, Interest::READABLE | Interest::WRITABLE)?;
                Upstream { stream, token, used: false, since: now }
            }
        };
        self.busy.insert(upstream.token, exchange);
        Ok(upstream)
    }

    /// An exchange is through with it; where `keep`, it can serve again.
    pub(super) fn give_back(&mut self, mut upstream: Upstream, keep: bool, now: Instant) {
        self.busy.remove(&upstream.token);
        if keep {
            upstream.used = true;
            upstream.since = now;
            self.idle.push(upstream);
        }
    }

    /// Something happened on one that nobody holds: it was closed.
    pub(super) fn drop_idle(&mut self, token: Token) {
        self.idle.retain(|upstream| upstream.token != token);
    }

    /// Closes all that nobody holds; whether there were any.
    pub(super) fn drop_all_idle(&mut self) -> bool {
        let any = !self.idle.is_empty();
        self.idle.clear();
        any
    }

    /// Closes those that nobody has needed for long, and says when to look again.
    pub(super) fn drop_old(&mut self, now: Instant) -> Option<Instant> {
        self.idle.retain(|upstream| now < upstream.since + IDLE);
        self.idle.first().map(|upstream| upstream.since + IDLE)
    }
}
