//! The one thread that moves the bytes of all clients.

mod closing;

use std::collections::{HashSet, VecDeque};
use std::io::{self, ErrorKind};
use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::{Duration, Instant};

use mio::event::Event;
use mio::net::TcpStream;
use mio::{Events, Interest, Poll, Token};

use super::FrontOptions;
use super::crowd::Crowd;
use super::exchange::{Context, Exchange, Progress};
use super::listening::{Accepted, Listening};
use super::peers::{ShareKey, Shares};
use super::pool::Pool;
use super::refusal::Refusal;
use crate::clock;
use crate::domain::PublicId;

/// Names the event that somebody outside the thread wants something.
pub(super) const WAKER: Token = Token(0);
/// Names the first listening socket.
const FIRST_LISTENER: usize = 1;
/// Bytes of one read.
const SCRATCH: usize = 32 * 1024;
/// Connections taken before those that are there have their turn.
const ACCEPTED_AT_ONCE: usize = 64;
/// When to try again what the system refused.
const RETRY: Duration = Duration::from_millis(100);
/// While requests wait for a connection behind the front: how often to look whether slow readers hold them all.
const PRESSED: Duration = Duration::from_millis(500);

/// Everything that the thread owns.
pub(super) struct EventLoop {
    poll: Poll,
    options: FrontOptions,
    stopping: Arc<AtomicBool>,
    /// From the order to stop on: when everything is cut off.
    stops_at: Option<Instant>,
    listening: Listening,
    /// Listening sockets at which somebody may be waiting.
    knocking: HashSet<usize>,
    crowd: Crowd,
    pool: Pool,
    /// Exchanges that wait for a connection behind the front, in order.
    queue: VecDeque<usize>,
    /// How many such connections each peer holds.
    relayed: Shares,
    /// Exchanges that may get further without an event.
    ready: VecDeque<usize>,
    /// When to try again what the system refused.
    retry_at: Option<Instant>,
    next_token: usize,
    scratch: Vec<u8>,
    date: (Instant, String),
}

impl EventLoop {
    /// Listens; nothing is answered before [`EventLoop::run`].
    ///
    /// # Errors
    /// Where the system refuses to wait for a socket.
    pub(super) fn new(poll: Poll, mut options: FrontOptions, stopping: Arc<AtomicBool>) -> io::Result<Self> {
        let listening = Listening::new(std::mem::take(&mut options.listeners), poll.registry(), FIRST_LISTENER)?;
        let pool = Pool::new(options.upstream.clone(), options.limits.upstream_connections);
        Ok(Self {
            next_token: FIRST_LISTENER + listening.len(),
            poll,
            options,
            stopping,
            stops_at: None,
            listening,
            knocking: HashSet::new(),
            crowd: Crowd::default(),
            pool,
            queue: VecDeque::new(),
            relayed: Shares::default(),
            ready: VecDeque::new(),
            retry_at: None,
            scratch: vec![0; SCRATCH],
            date: (Instant::now(), date()),
        })
    }

    /// Answers until it is told to stop.
    pub(super) fn run(mut self) {
        let mut events = Events::with_capacity(256);
        loop {
            let timeout = self.timeout(Instant::now());
            match self.poll.poll(&mut events, timeout) {
                Err(error) if error.kind() != ErrorKind::Interrupted => return,
                _ => {}
            }
            let now = Instant::now();
            if now.duration_since(self.date.0) >= Duration::from_secs(1) {
                self.date = (now, date());
            }
            for event in &events {
                self.notice(event);
            }
            self.accept(now);
            for id in std::mem::take(&mut self.ready) {
                self.drive(id, now);
            }
            for id in self.crowd.deadlines.due(now) {
                self.expire(id, now);
            }
            self.grow(now);
            self.assign(now);
            if self.is_finished(now) {
                return;
            }
        }
    }

    /// How long to wait for an event.
    fn timeout(&self, now: Instant) -> Option<Duration> {
        if !self.ready.is_empty() || (!self.knocking.is_empty() && self.retry_at.is_none()) {
            return Some(Duration::ZERO);
        }
        let look_again = (!self.queue.is_empty()).then(|| now + PRESSED);
        let moments = [self.crowd.deadlines.next(), self.retry_at, self.stops_at, look_again, self.pool.next()];
        let next = moments.into_iter().flatten().min()?;
        // A little later rather than a little too early, and then once more.
        Some(next.saturating_duration_since(now) + Duration::from_millis(1))
    }

    fn notice(&mut self, event: &Event) {
        let token = event.token();
        if token == WAKER {
            return;
        }
        if token.0 < FIRST_LISTENER + self.listening.len() {
            self.knocking.insert(token.0 - FIRST_LISTENER);
        } else if let Some(exchange) = self.crowd.get(token.0) {
            let is_gone = event.is_error() || (event.is_read_closed() && event.is_write_closed());
            if is_gone && exchange.is_being_answered() {
                self.close(token.0);
            } else {
                self.ready.push_back(token.0);
            }
        } else if let Some(id) = self.pool.holder(token) {
            self.ready.push_back(id);
        } else {
            self.pool.notice(token);
        }
    }

    fn accept(&mut self, now: Instant) {
        if self.retry_at.is_some_and(|moment| moment <= now) {
            self.retry_at = None;
            self.listening.refill();
        }
        let knocking: Vec<usize> = self.knocking.iter().copied().collect();
        for index in knocking {
            self.accept_at(index, now);
        }
    }

    fn accept_at(&mut self, index: usize, now: Instant) {
        for _ in 0..ACCEPTED_AT_ONCE {
            match self.listening.accept(index) {
                Accepted::Connection(socket, from) => self.welcome(socket, from, now),
                Accepted::Lost => {}
                Accepted::Refused => {
                    self.retry_at = Some(now + RETRY);
                    return;
                }
                Accepted::Nobody => {
                    self.knocking.remove(&index);
                    return;
                }
                Accepted::NoDescriptor => {
                    // Connections behind the front stay: what answers there could not accept others.
                    if !self.make_room(now) {
                        self.listening.turn_away(index);
                        self.retry_at = Some(now + RETRY);
                        return;
                    }
                }
            }
        }
    }

    fn welcome(&mut self, mut socket: TcpStream, from: IpAddr, now: Instant) {
        // Answers are written whole; waiting to join them with more costs time only.
        let _ = socket.set_nodelay(true);
        let id = self.next_token;
        self.next_token += 1;
        if self.poll.registry().register(&mut socket, Token(id), Interest::READABLE | Interest::WRITABLE).is_err() {
            return;
        }
        let name = PublicId::random().map_or_else(|_| format!("request{id}"), |id| id.to_string());
        let mut exchange = Exchange::new(socket, from, name, now);
        let has_room = self.crowd.len() < self.options.limits.connections || self.make_room(now);
        let may_come = if self.options.trusted_proxies.trust(from) { Ok(()) } else { self.share_with(&mut exchange, from, now) };
        let refusal = if has_room { may_come.err() } else { Some(Refusal::FULL) };
        let deadline = exchange.deadline(&self.options);
        if let Some(refusal) = refusal {
            exchange.refuse(refusal, &self.context(now));
            let _ = exchange.advance(&mut self.context(now));
            self.end(id, exchange);
        } else {
            self.crowd.put(id, exchange, deadline);
            self.drive(id, now);
        }
    }

    /// Counts it against its peer, one of whose others may have to go for that.
    fn share_with(&mut self, exchange: &mut Exchange, peer: IpAddr, now: Instant) -> Result<(), Refusal> {
        let key = ShareKey::of(peer);
        if !self.crowd.has_share(key, self.options.limits.per_peer) {
            let other = self.crowd.first_to_go_of(key, now).ok_or(Refusal::TOO_MANY)?;
            self.dismiss(other, now);
        }
        self.crowd.take_share(exchange, key);
        Ok(())
    }

    /// Ends a connection so that another has room; false where all are being answered.
    fn make_room(&mut self, now: Instant) -> bool {
        let first = self.crowd.first_to_go(now);
        if let Some(id) = first {
            self.dismiss(id, now);
        }
        first.is_some()
    }

    fn dismiss(&mut self, id: usize, now: Instant) {
        if let Some(mut exchange) = self.crowd.take(id) {
            exchange.dismiss(&self.context(now));
            self.end(id, exchange);
        }
    }

    fn close(&mut self, id: usize) {
        if let Some(mut exchange) = self.crowd.take(id) {
            self.release(&mut exchange);
            self.end(id, exchange);
        }
    }

    /// Lets a connection come as far as it can.
    fn drive(&mut self, id: usize, now: Instant) {
        if let Some(mut exchange) = self.crowd.take(id) {
            let progress = exchange.advance(&mut self.context(now));
            self.follow(id, exchange, progress, now);
        }
    }

    fn expire(&mut self, id: usize, now: Instant) {
        if let Some(mut exchange) = self.crowd.take(id) {
            let progress = match exchange.deadline(&self.options) <= now {
                true => exchange.expire(&mut self.context(now)),
                false => Progress::Blocked,
            };
            self.follow(id, exchange, progress, now);
        }
    }

    /// Does what a connection needs of the loop, until it has to wait.
    fn follow(&mut self, id: usize, mut exchange: Exchange, mut progress: Progress, now: Instant) {
        loop {
            if exchange.released.is_some() {
                self.release(&mut exchange);
            }
            match progress {
                Progress::Blocked => break,
                Progress::Again => {
                    self.ready.push_back(id);
                    break;
                }
                Progress::Queued => {
                    self.queue.push_back(id);
                    break;
                }
                Progress::Finished => return self.end(id, exchange),
                Progress::Adopt(ticket) => return self.hand_over(id, exchange, &ticket, now),
                Progress::Answered => {
                    self.crowd.give_back_share(&mut exchange);
                    self.record(&mut exchange, true);
                    progress = exchange.advance(&mut self.context(now));
                }
                Progress::HeadRead => {
                    progress = self.admit(&mut exchange, now).unwrap_or_else(|| exchange.advance(&mut self.context(now)));
                }
            }
        }
        let deadline = exchange.deadline(&self.options);
        self.crowd.put(id, exchange, deadline);
    }

    fn admit(&mut self, exchange: &mut Exchange, now: Instant) -> Option<Progress> {
        if exchange.share.is_none()
            && let Err(refusal) = self.share_with(exchange, exchange.peer, now)
        {
            return exchange.refuse(refusal, &self.context(now));
        }
        exchange.admit(&self.context(now))
    }

    /// Finds connections behind the front for those who wait, in order; who has many waits for those who have few.
    fn assign(&mut self, now: Instant) {
        let crowd = &self.crowd;
        self.queue.retain(|id| crowd.get(*id).is_some_and(Exchange::is_queued));
        if !self.queue.is_empty()
            && self.pool.is_exhausted()
            && let Some(id) = self.crowd.slowest_reader(now)
        {
            self.close(id);
        }
        let mut at = 0;
        while at < self.queue.len() && self.pool.has_room() {
            let id = self.queue[at];
            let Some(peer) = self.crowd.get(id).map(|exchange| ShareKey::of(exchange.peer)) else { return };
            if self.relayed.of(peer) >= self.options.limits.upstream_per_peer {
                at += 1;
                continue;
            }
            let Some(upstream) = self.pool.take(id) else { return };
            self.queue.remove(at);
            self.relayed.take(peer);
            let Some(mut exchange) = self.crowd.take(id) else { return };
            exchange.relay_over(upstream, now);
            let progress = exchange.advance(&mut self.context(now));
            self.follow(id, exchange, progress, now);
        }
    }

    fn grow(&mut self, now: Instant) {
        let next_token = &mut self.next_token;
        self.pool.grow(self.poll.registry(), now, || {
            *next_token += 1;
            Token(*next_token - 1)
        });
        if self.pool.finds_nobody() {
            (self.options.listen_again)();
        }
    }

    fn release(&mut self, exchange: &mut Exchange) {
        if let Some((upstream, keep)) = exchange.take_upstream() {
            self.relayed.give_back(ShareKey::of(exchange.peer));
            self.pool.give_back(upstream, keep);
        }
    }

    fn context(&mut self, now: Instant) -> Context<'_> {
        Context {
            options: &self.options,
            now,
            date: &self.date.1,
            scratch: &mut self.scratch,
            buffers_full: self.crowd.held() >= self.options.limits.buffers_in_all,
        }
    }
}

/// The present moment as `Date` has it; empty where the clock is set to nonsense.
fn date() -> String {
    clock::now().map(|now| now.format("%a, %d %b %Y %H:%M:%S GMT").to_string()).unwrap_or_default()
}
