//! The live stream: Server-Sent Events to everybody who listens, from one thread.
//!
//! A listener's socket comes here once the head of its request is read, and is the broadcaster's from then on. A [`Topic`] is either what
//! an organization's record says to visitors, by whichever process it is written, or what somebody tells by hand.
//!
//! **Locking.** The broadcaster owns every socket and every followed record; others leave it messages and wake it. The lock over messages
//! and the one over the count of listeners are held for a few instructions. Records are read without waiting for writers, and no
//! transaction stays open between two looks. What cannot be read now (held, moved, damaged, not there yet) is tried again; streams stay
//! open meanwhile.
//!
//! **Compatibility.** `id` is the number of the event, as in the built `events.sse`, in the same order. A listener that comes back with the
//! last id it got gets what followed, or the newest 100 events where nobody can say what followed.
//!
//! **Performance.** Every event is made once and shared by all who get it; a listener costs its socket and a queue. A record costs the
//! head of its file five times a second while somebody listens, and nothing else until something is written.
//!
//! **Limits.** At most [`LiveOptions::most_listeners`] in all and [`LiveOptions::most_per_peer`] from one address, or one /64 network of
//! IPv6, which is what one customer is given. Who takes nothing for [`LiveOptions::slow`], or is too far behind, is cut off.

mod broadcaster;
mod channel;
mod outgoing;
mod room;
mod wire;

use std::net::{IpAddr, TcpStream};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

use anyhow::Context;
use chrono::{DateTime, Utc};

use crate::clock;
use crate::config::OrgFolder;
use crate::error::UserError;
use broadcaster::Broadcaster;
use room::{Room, Seat};

/// What tells the moment that counts as now.
pub type Clock = Arc<dyn Fn() -> Result<DateTime<Utc>, UserError> + Send + Sync>;

/// What the live stream is told.
#[derive(Clone)]
pub struct LiveOptions {
    /// How many listeners there may be.
    pub most_listeners: usize,
    /// How many of them from one peer: enough for an office that shares an address, too few for one machine to take all places.
    pub most_per_peer: usize,
    /// How often a listener hears that the stream is alive.
    pub heartbeat: Duration,
    /// How long a listener may leave untaken what it is sent.
    pub slow: Duration,
    /// How many bytes a listener may be behind, beyond what it was sent at first.
    pub backlog: usize,
    /// What tells the moment that counts as now.
    pub clock: Clock,
}

impl Default for LiveOptions {
    fn default() -> Self {
        Self {
            most_listeners: 1000,
            most_per_peer: 100,
            heartbeat: Duration::from_secs(15),
            slow: Duration::from_secs(30),
            backlog: 1 << 20,
            clock: Arc::new(clock::now),
        }
    }
}

/// What one can listen to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Topic {
    /// The public events of the organization in this folder, from its record.
    Events(OrgFolder),
    /// What is told under this name with [`Live::tell`].
    Told(String),
}

/// What is told by hand.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    /// Tells a listener that comes back whether it has got the last one: who asks with another number gets that at once.
    pub id: i64,
    /// What listeners know it by; it ends before the first line break.
    pub name: String,
    /// What it says, in any number of lines.
    pub data: String,
}

/// Who listens, and to what.
#[derive(Clone, Debug)]
pub struct Listener {
    /// What it listens to.
    pub topic: Topic,
    /// The event up to which it has got everything, as `Last-Event-ID` says; what is no number counts as none.
    pub after: Option<i64>,
    /// Where it sits, behind proxies that are trusted.
    pub peer: IpAddr,
    /// Whether it only wants to know what the answer's head would be (`HEAD`).
    pub head_only: bool,
}

/// The live stream; it ends when this is dropped.
pub struct Live {
    shared: Arc<Shared>,
    thread: Mutex<Option<JoinHandle<()>>>,
}

/// What the broadcaster shares with those who leave it messages.
struct Shared {
    options: LiveOptions,
    room: Arc<Mutex<Room>>,
    /// `None` once it takes no more.
    messages: Mutex<Option<Vec<Message>>>,
    waker: mio::Waker,
}

enum Message {
    Listen(TcpStream, Listener, Seat),
    Look(Topic),
    Tell(Topic, Event),
}

impl Live {
    /// Starts the broadcaster.
    ///
    /// # Errors
    /// Failed where the system gives no thread or nothing to wait with.
    pub fn start(options: LiveOptions) -> anyhow::Result<Arc<Self>> {
        let poll = mio::Poll::new().context("cannot watch sockets")?;
        let waker = mio::Waker::new(poll.registry(), broadcaster::WOKEN).context("cannot watch sockets")?;
        let room = Arc::new(Mutex::new(Room::new(options.most_listeners, options.most_per_peer)));
        let shared = Arc::new(Shared { options, room, messages: Mutex::new(Some(Vec::new())), waker });
        let broadcaster = Broadcaster::new(poll, Arc::clone(&shared));
        let thread =
            std::thread::Builder::new().name("live".to_owned()).spawn(move || broadcaster.run()).context("cannot start a thread")?;
        Ok(Arc::new(Self { shared, thread: Mutex::new(Some(thread)) }))
    }

    /// Whether one more may listen from `peer`.
    pub fn has_room(&self, peer: IpAddr) -> bool {
        held(&self.shared.room).has_place_for(peer)
    }

    /// Takes a listener in: the answer, all of it, is sent from here. Nothing may have been written to `socket` yet, and the head of the
    /// request is read.
    ///
    /// # Errors
    /// Gives the socket back, with nothing written, where there is no room or the stream has been stopped.
    pub fn listen(&self, socket: TcpStream, listener: Listener) -> Result<(), TcpStream> {
        let Some(seat) = Room::take(&self.shared.room, listener.peer) else { return Err(socket) };
        match self.shared.leave(Message::Listen(socket, listener, seat)) {
            Some(Message::Listen(socket, ..)) => Err(socket),
            _ => Ok(()),
        }
    }

    /// Something may have happened: look at once, and also at what org.toml says.
    pub fn poke(&self, topic: &Topic) {
        // Once the stream has been stopped nobody is left to be told.
        drop(self.shared.leave(Message::Look(topic.clone())));
    }

    /// Tells everybody who listens to `topic`, and the last event also to those who come later with another event's id. Nothing can be told
    /// of [`Topic::Events`]: the record speaks for itself.
    pub fn tell(&self, topic: &Topic, event: Event) {
        drop(self.shared.leave(Message::Tell(topic.clone(), event)));
    }

    /// How many listen.
    pub fn listeners(&self) -> usize {
        held(&self.shared.room).taken()
    }

    /// Ends all streams; listeners come back by themselves, here or elsewhere, and say what they got last.
    pub fn stop(&self) {
        drop(held(&self.shared.messages).take());
        self.shared.wake();
        if let Some(thread) = held(&self.thread).take() {
            // It has nothing to say.
            drop(thread.join());
        }
    }
}

impl Drop for Live {
    fn drop(&mut self) {
        self.stop();
    }
}

impl Shared {
    /// Leaves the broadcaster a message; gives it back once it takes no more.
    fn leave(&self, message: Message) -> Option<Message> {
        match held(&self.messages).as_mut() {
            Some(messages) => messages.push(message),
            None => return Some(message),
        }
        self.wake();
        None
    }

    fn wake(&self) {
        // A broadcaster that cannot be woken finds its messages the next time it looks around.
        drop(self.waker.wake());
    }
}

/// The value behind a lock. Nothing panics while it holds one, and if it did, the value would still be whole.
fn held<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
