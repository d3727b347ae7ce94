//! The connections to what answers behind the front: opened ahead, kept open, each for one request at a time.
//!
//! tiny_http gives each connection a thread when it accepts it, but where several come at once it may count one idle thread for all of
//! them, and leaves some without any until another connection ends. Kept connections do not end. So they are opened one after the other,
//! each proved by a request of our own (`OPTIONS *`, which no client can send this far) before it is used and before the next one is
//! opened. That also means that a request never depends on whether there are descriptors for a new connection: tiny_http stops accepting
//! for good when it finds none. Where that is seen, it is said ([`Pool::finds_nobody`]), and the connections that were opened before are used until
//! there is another one.

use std::collections::HashMap;
use std::io;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use mio::net::UnixStream;
use mio::{Interest, Registry, Token};

use super::answer::{self, AnswerHead};
use super::stream::{Got, read_some, write_some};

/// The request that proves a connection; whatever is answered will do.
const PROOF: &[u8] = b"OPTIONS * HTTP/1.1\r\nhost: localhost\r\ncontent-length: 0\r\n\r\n";
/// How long a proof may take.
const PATIENCE: Duration = Duration::from_secs(5);
/// When to try again what failed.
const RETRY: Duration = Duration::from_millis(100);

/// One connection.
#[derive(Debug)]
pub(super) struct Upstream {
    /// Non-blocking, registered.
    pub(super) stream: UnixStream,
    /// Its name among events.
    pub(super) token: Token,
    /// How often nobody had listened before it was opened.
    era: u64,
}

/// One that is being proved.
#[derive(Debug)]
struct Proving {
    upstream: Upstream,
    until: Instant,
    sent: usize,
    beginning: Vec<u8>,
    answer: Option<AnswerHead>,
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
    proving: Option<Proving>,
    /// After a failure: not before.
    opens_at: Option<Instant>,
    /// How often nobody listened.
    era: u64,
    /// Whether that was seen just now.
    nobody: bool,
}

impl Pool {
    /// Connections to the socket at `path`, `most` at once.
    pub(super) fn new(path: PathBuf, most: usize) -> Self {
        Self { path, most, idle: Vec::new(), busy: HashMap::new(), proving: None, opens_at: None, era: 0, nobody: false }
    }

    /// Whether an exchange can have one now.
    pub(super) fn has_room(&self) -> bool {
        !self.idle.is_empty()
    }

    /// Whether there are as many as may be, and all are held.
    pub(super) fn is_exhausted(&self) -> bool {
        self.busy.len() >= self.most
    }

    /// The exchange that an event concerns.
    pub(super) fn holder(&self, token: Token) -> Option<usize> {
        self.busy.get(&token).copied()
    }

    /// One for `exchange`.
    pub(super) fn take(&mut self, exchange: usize) -> Option<Upstream> {
        let upstream = self.idle.pop()?;
        self.busy.insert(upstream.token, exchange);
        Some(upstream)
    }

    /// An exchange is through with it; where `keep`, it can serve again.
    pub(super) fn give_back(&mut self, upstream: Upstream, keep: bool) {
        self.busy.remove(&upstream.token);
        let is_last_resort = self.idle.iter().all(|other| other.era != self.era);
        if keep && (upstream.era == self.era || is_last_resort) {
            self.idle.push(upstream);
        }
    }

    /// Something happened on one that nobody holds: it is being proved, or was closed.
    pub(super) fn notice(&mut self, token: Token) {
        self.idle.retain(|upstream| upstream.token != token);
    }

    /// Opens what is missing, one at a time. `token` gives names.
    pub(super) fn grow(&mut self, registry: &Registry, now: Instant, mut token: impl FnMut() -> Token) {
        loop {
            match self.prove(now) {
                Ok(true) => {}
                Ok(false) => return,
                Err(_) => {
                    self.proving = None;
                    self.opens_at = Some(now + RETRY);
                }
            }
            if self.idle.len() + self.busy.len() >= self.most || self.opens_at.is_some_and(|moment| moment > now) {
                return;
            }
            self.opens_at = None;
            match self.open(registry, token(), now) {
                Ok(proving) => self.proving = Some(proving),
                Err(error) => {
                    self.opens_at = Some(now + RETRY);
                    if matches!(error.kind(), io::ErrorKind::ConnectionRefused | io::ErrorKind::NotFound) {
                        self.nobody = true;
                        self.era += 1;
                    }
                }
            }
        }
    }

    /// Whether nobody was found to listen since this was asked last.
    pub(super) fn finds_nobody(&mut self) -> bool {
        std::mem::take(&mut self.nobody)
    }

    /// When to call [`Pool::grow`] again, without any event.
    pub(super) fn next(&self) -> Option<Instant> {
        self.proving.as_ref().map(|proving| proving.until).or(self.opens_at)
    }

    fn open(&self, registry: &Registry, token: Token, now: Instant) -> io::Result<Proving> {
        let mut stream = UnixStream::connect(&self.path)?;
        registry.register(&mut stream, token, Interest::READABLE | Interest::WRITABLE)?;
        Ok(Proving {
            upstream: Upstream { stream, token, era: self.era },
            until: now + PATIENCE,
            sent: 0,
            beginning: Vec::new(),
            answer: None,
        })
    }

    /// Goes on with the proof; true where nothing is being proved any more.
    fn prove(&mut self, now: Instant) -> Result<bool, Unproved> {
        let Some(proving) = &mut self.proving else { return Ok(true) };
        if now >= proving.until {
            return Err(Unproved);
        }
        if !proving.advance()? {
            return Ok(false);
        }
        self.idle.retain(|upstream| upstream.era == self.era);
        self.idle.extend(self.proving.take().map(|proving| proving.upstream));
        Ok(true)
    }
}

/// A connection that does not answer as it should.
struct Unproved;

impl Proving {
    /// Whether the answer is there whole.
    fn advance(&mut self) -> Result<bool, Unproved> {
        self.sent += write_some(&mut self.upstream.stream, &PROOF[self.sent..]).map_err(|_| Unproved)?;
        let mut piece = [0; 4096];
        loop {
            match read_some(&mut self.upstream.stream, &mut piece) {
                Got::Nothing => return Ok(false),
                Got::End | Got::Gone => return Err(Unproved),
                Got::Bytes(length) if self.take(&piece[..length])? => return Ok(true),
                Got::Bytes(_) => {}
            }
        }
    }

    fn take(&mut self, bytes: &[u8]) -> Result<bool, Unproved> {
        self.beginning.extend_from_slice(bytes);
        if self.answer.is_none() {
            let Some((head, length)) = answer::read(&self.beginning, "OPTIONS", 1).map_err(|_| Unproved)? else { return Ok(false) };
            if !head.stays_open {
                return Err(Unproved);
            }
            self.answer = Some(head);
            self.beginning.drain(..length);
        }
        let Some(answer) = &mut self.answer else { return Err(Unproved) };
        let rest = std::mem::take(&mut self.beginning);
        answer.take_body(&rest, &mut Vec::new()).map_err(|_| Unproved)
    }
}

#[cfg(test)]
mod tests {
    use std::io::{BufRead, BufReader, Write};
    use std::os::unix::net::UnixListener;
    use std::path::Path;

    use mio::{Events, Poll};

    use super::*;

    /// Somebody who answers everything, and listens for so many connections only.
    fn listen(path: &Path, connections: usize) {
        let _ = rustix::fs::unlink(path);
        let listener = UnixListener::bind(path).unwrap();
        std::thread::spawn(move || {
            for stream in listener.incoming().take(connections).map(Result::unwrap) {
                std::thread::spawn(move || {
                    let mut lines = BufReader::new(stream.try_clone().unwrap()).lines().map_while(Result::ok);
                    while lines.by_ref().any(|line| line.is_empty()) {
                        (&stream).write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n").unwrap();
                    }
                });
            }
        });
    }

    #[test]
    fn where_nobody_listens_any_more_it_is_said_and_what_is_open_serves_until_somebody_does() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("http");
        listen(&path, 1);
        let (mut poll, mut events, mut tokens) = (Poll::new().unwrap(), Events::with_capacity(8), 0);
        let mut pool = Pool::new(path.clone(), 2);
        let mut grow_until = |pool: &mut Pool, wanted: &dyn Fn(&mut Pool) -> bool| {
            let begun = Instant::now();
            while !wanted(pool) {
                assert!(begun.elapsed() < Duration::from_secs(20), "{pool:?}");
                poll.poll(&mut events, Some(Duration::from_millis(5))).unwrap();
                pool.grow(poll.registry(), Instant::now(), || {
                    tokens += 1;
                    Token(tokens)
                });
            }
        };
        grow_until(&mut pool, &|pool| pool.finds_nobody());
        assert!(!pool.finds_nobody(), "it is said once each time");
        let old = pool.take(7).expect("the one that was opened before");
        pool.give_back(old, true);
        assert!(pool.has_room());
        listen(&path, 2);
        grow_until(&mut pool, &|pool| pool.idle.len() == 2);
        assert!(pool.idle.iter().all(|upstream| upstream.era == pool.era && pool.era > 0));
        // One that comes back after that is closed.
        let young = pool.take(7).unwrap();
        pool.era += 1;
        pool.idle[0].era = pool.era;
        pool.give_back(young, true);
        assert_eq!(pool.idle.len(), 1);
    }
}
