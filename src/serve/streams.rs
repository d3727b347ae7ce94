//! From a request for a stream to the broadcaster: the answer names a ticket, with which the front hands the client's socket over.

use std::collections::BTreeMap;
use std::net::TcpStream;
use std::sync::{Arc, Mutex, PoisonError};

use crate::config::OrgFolder;
use crate::domain::Slug;
use crate::serve::exchange::{Request, Response};
use crate::serve::front::StreamHost;
use crate::serve::live::{Event, Listener, Live, LiveOptions, Topic};
use crate::serve::problem::problem;

/// How many may listen at once, where the system gives descriptors for them.
pub(super) const LISTENERS: usize = 1000;

/// Tickets that nobody has come with, at most: their clients have gone meanwhile.
const MOST_WAITING: usize = 1000;

/// The header by which the front knows a ticket.
const TICKET: &str = "x-statuary-stream";

/// All streams.
pub(super) struct Streams {
    live: Arc<Live>,
    waiting: Mutex<(u64, BTreeMap<u64, Listener>)>,
}

impl Streams {
    /// Starts the broadcaster, for so many at once.
    pub(super) fn start(most_listeners: usize) -> anyhow::Result<Self> {
        Ok(Self { live: Live::start(LiveOptions { most_listeners, ..LiveOptions::default() })?, waiting: Mutex::default() })
    }

    /// The public events of an organization, after the one that the client has got last.
    pub(super) fn events(&self, request: &Request, folder: &OrgFolder) -> Response {
        self.offer(request, Topic::Events(folder.clone()))
    }

    /// What comes of an organization's builds.
    pub(super) fn builds(&self, request: &Request, slug: &Slug) -> Response {
        self.offer(request, builds_of(slug))
    }

    /// Tells those who follow an organization's builds.
    pub(super) fn tell_of_build(&self, slug: &Slug, number: i64, state: String) {
        self.live.tell(&builds_of(slug), Event { id: number, name: "build".to_owned(), data: state });
    }

    /// How many listen.
    pub(super) fn listeners(&self) -> usize {
        self.live.listeners()
    }

    /// Ends all streams.
    pub(super) fn stop(&self) {
        self.live.stop();
    }

    fn offer(&self, request: &Request, topic: Topic) -> Response {
        if !matches!(request.method.as_str(), "GET" | "HEAD") {
            return problem(405, "a stream can only be read", None).with("allow", "GET, HEAD");
        }
        if !self.live.has_room(request.peer) {
            return problem(503, "too many listen already", Some("read the file instead, or come back later")).with("retry-after", "30");
        }
        // An `EventSource` says it in a header; what cannot set headers says it in the address.
        let last = request.header("last-event-id").map(str::to_owned).or_else(|| request.parameter("lastEventId"));
        let after = last.and_then(|last| last.trim().parse().ok());
        let listener = Listener { topic, after, peer: request.peer, head_only: request.method == "HEAD" };
        let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        let (count, tickets) = &mut *waiting;
        *count += 1;
        tickets.insert(*count, listener);
        if tickets.len() > MOST_WAITING {
            tickets.pop_first();
        }
        Response::empty(200).with(TICKET, count.to_string())
    }
}

impl StreamHost for Streams {
    fn adopt(&self, socket: TcpStream, ticket: &str) -> Result<(), TcpStream> {
        let taken = ticket.parse().ok().and_then(|ticket| self.waiting.lock().unwrap_or_else(PoisonError::into_inner).1.remove(&ticket));
        match taken {
            Some(listener) => self.live.listen(socket, listener),
            None => Err(socket),
        }
    }
}

fn builds_of(slug: &Slug) -> Topic {
    Topic::Told(slug.to_string())
}
