//! The thread that holds all streams: one loop that waits for sockets, messages and the next thing to do.

use std::io::ErrorKind;
use std::net::TcpStream;
use std::sync::Arc;
use std::time::{Duration, Instant};

use chrono::{DateTime, Utc};
use mio::{Events, Interest, Poll, Token};

use super::channel::Channel;
use super::outgoing::{Fate, Outgoing};
use super::room::Seat;
use super::{Listener, Message, Shared, Topic, held, wire};
use crate::ops::stream::Record;

/// What the waker is called among sockets; listeners count from the other end.
pub(super) const WOKEN: Token = Token(usize::MAX);

/// How much the system may hold for a listener that takes nothing.
const SEND_BUFFER: usize = 128 * 1024;

/// How long to wait where there is nothing to do: whoever has something to do wakes it.
const IDLE: Duration = Duration::from_secs(5);

/// How long to rest where the system cannot even wait: it may be out of memory.
const REST: Duration = Duration::from_millis(50);

/// Everything the thread works with.
pub(super) struct Broadcaster {
    poll: Poll,
    shared: Arc<Shared>,
    channels: Vec<Channel>,
    /// The number of the next listener.
    next: usize,
    heartbeat: Record,
    reassured: Instant,
    tidied: Instant,
}

impl Broadcaster {
    pub(super) fn new(poll: Poll, shared: Arc<Shared>) -> Self {
        let now = Instant::now();
        Self { poll, shared, channels: Vec::new(), next: 0, heartbeat: wire::HEARTBEAT.into(), reassured: now, tidied: now }
    }

    /// Runs until the stream is stopped. Nothing that happens to a listener or a record ends it.
    pub(super) fn run(mut self) {
        let mut events = Events::with_capacity(256);
        loop {
            match self.poll.poll(&mut events, self.patience()) {
                Ok(()) => {}
                Err(error) if error.kind() == ErrorKind::Interrupted => continue,
                Err(_) => std::thread::sleep(REST),
            }
            for event in &events {
                let number = event.token().0;
                for channel in &mut self.channels {
                    channel.attend(number, |stream| attend(stream, event));
                }
            }
            let Some(messages) = held(&self.shared.messages).as_mut().map(std::mem::take) else {
                self.channels.into_iter().for_each(Channel::end);
                return;
            };
            self.obey(messages);
            let now = self.now();
            for channel in &mut self.channels {
                channel.look(now);
            }
            self.tidy();
        }
    }

    /// How long there is nothing to do, if nothing happens.
    fn patience(&self) -> Option<Duration> {
        let now = Instant::now();
        let look = self.channels.iter().filter_map(Channel::looks_at).min();
        let tidy = self.channels.iter().any(Channel::has_listeners).then(|| self.tidied + self.tidies_every());
        let next = look.into_iter().chain(tidy).min().map_or(IDLE, |next| next.saturating_duration_since(now));
        // A little more, since the system's clock for waiting is coarser than ours.
        Some(next + Duration::from_millis(1))
    }

    /// How often it is seen to that listeners hear something and take something.
    fn tidies_every(&self) -> Duration {
        let options = &self.shared.options;
        (options.heartbeat.min(options.slow) / 4).clamp(Duration::from_millis(10), Duration::from_secs(1))
    }

    /// The moment that counts as now, if that can be told.
    fn now(&self) -> Option<DateTime<Utc>> {
        (self.shared.options.clock)().ok()
    }

    fn obey(&mut self, messages: Vec<Message>) {
        for message in messages {
            match message {
                Message::Listen(socket, listener, seat) => self.take_in(socket, listener, seat),
                Message::Look(topic) => {
                    if let Some(channel) = self.channels.iter_mut().find(|channel| channel.topic == topic) {
                        channel.poke();
                    }
                }
                Message::Tell(topic, event) => {
                    if matches!(topic, Topic::Told(_)) {
                        self.channel(topic).tell(&event);
                    }
                }
            }
        }
    }

    /// The channel of a topic, a new one where nobody has listened to it yet.
    fn channel(&mut self, topic: Topic) -> &mut Channel {
        let place = match self.channels.iter().position(|channel| channel.topic == topic) {
            Some(place) => place,
            None => {
                self.channels.push(Channel::new(topic));
                self.channels.len() - 1
            }
        };
        &mut self.channels[place]
    }

    /// Begins the stream of a listener; where the system cannot watch one more socket, it is closed, and its owner comes back later.
    fn take_in(&mut self, socket: TcpStream, listener: Listener, seat: Seat) {
        if socket.set_nonblocking(true).is_err() {
            return;
        }
        settle(&socket, self.shared.options.slow);
        if !self.channels.iter().any(Channel::has_listeners) {
            self.reassured = Instant::now();
        }
        let number = self.next;
        self.next = self.next.wrapping_add(1) % WOKEN.0;
        let mut beginning = wire::head(&listener.topic, self.now());
        if !listener.head_only {
            beginning.push_str(&wire::beginning(number));
        }
        let socket = mio::net::TcpStream::from_std(socket);
        let backlog = self.shared.options.backlog;
        let mut stream = Outgoing::new(socket, seat, listener.after, listener.head_only, beginning, backlog);
        let both = Interest::READABLE | Interest::WRITABLE;
        if self.poll.registry().register(stream.socket(), Token(number), both).is_err() {
            return;
        }
        if listener.head_only {
            // There is nothing in it that the system would not take at once.
            stream.end();
            return;
        }
        self.channel(listener.topic).add(number, stream);
    }

    /// Sees to it that everybody hears something and takes something, and closes what nobody listens to any more.
    fn tidy(&mut self) {
        let now = Instant::now();
        self.channels.retain(|channel| !channel.is_idle());
        if now.saturating_duration_since(self.tidied) < self.tidies_every() {
            return;
        }
        self.tidied = now;
        let options = &self.shared.options;
        for channel in &mut self.channels {
            channel.cut_off(options.slow);
        }
        if now.saturating_duration_since(self.reassured) >= options.heartbeat {
            self.reassured = now;
            for channel in &mut self.channels {
                channel.reassure(&self.heartbeat);
            }
        }
    }
}

/// Does what a socket is ready for.
fn attend(stream: &mut Outgoing, event: &mio::event::Event) -> Fate {
    if event.is_error() || (event.is_readable() || event.is_read_closed()) && stream.hear() == Fate::Goes {
        return Fate::Goes;
    }
    stream.flush()
}

/// Has the system hold little for a listener that takes nothing, and notice one whose machine is gone. Where it cannot, listeners cost
/// more, and are noticed later.
fn settle(socket: &TcpStream, slow: Duration) {
    let _ = rustix::net::sockopt::set_socket_send_buffer_size(socket, SEND_BUFFER);
    #[cfg(target_os = "linux")]
    {
        let slow = u32::try_from(slow.as_millis()).unwrap_or(u32::MAX);
        let _ = rustix::net::sockopt::set_tcp_user_timeout(socket, slow);
    }
    #[cfg(not(target_os = "linux"))]
    let _ = slow;
}
