//! One open stream: what its listener is still owed, and what is heard of it.

use std::collections::VecDeque;
use std::io::{ErrorKind, IoSlice, Read, Write};
use std::net::Shutdown;
use std::sync::Arc;
use std::time::{Duration, Instant};

use mio::net::TcpStream;

use super::room::Seat;
use crate::ops::stream::Record;

/// How many records are handed to the system at once.
const AT_ONCE: usize = 32;

/// How many bytes a listener may send that nobody asked for: the rest of a request, not a conversation.
const MOST_HEARD: usize = 16 * 1024;

/// Whether a stream goes on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fate {
    Stays,
    Goes,
}

/// An open stream.
#[derive(Debug)]
pub(super) struct Outgoing {
    socket: TcpStream,
    /// What it is owed: shared with all others who get the same.
    queue: VecDeque<Record>,
    /// How much of the first of them is sent.
    begun: usize,
    owed: usize,
    /// How much it may be owed before it is cut off.
    allowance: usize,
    /// When it last took something, or was first owed what it is owed now.
    progress: Instant,
    heard: usize,
    /// Whether it ends as soon as it has what it is owed.
    ends: bool,
    /// It has not got its history yet, and asked for what follows this event.
    waits: Option<Option<i64>>,
    _seat: Seat,
}

impl Outgoing {
    /// A stream that sends `beginning` first and then, unless it `ends` with that, waits for what followed `after`.
    pub(super) fn new(socket: TcpStream, seat: Seat, after: Option<i64>, ends: bool, beginning: String, backlog: usize) -> Self {
        // Small pieces are not held back for larger ones. Where that cannot be had they merely come later.
        drop(socket.set_nodelay(true));
        let waits = (!ends).then_some(after);
        let mut stream = Self {
            socket,
            queue: VecDeque::new(),
            begun: 0,
            owed: 0,
            allowance: backlog,
            progress: Instant::now(),
            heard: 0,
            ends,
            waits,
            _seat: seat,
        };
        stream.owe_at_first(beginning.into_bytes().into());
        stream
    }

    pub(super) fn socket(&mut self) -> &mut TcpStream {
        &mut self.socket
    }

    /// Which event it asked for what follows, while it has not got that yet.
    pub(super) fn waits_for_history(&self) -> Option<Option<i64>> {
        self.waits
    }

    /// Gives it what it asked for.
    pub(super) fn welcome(&mut self, history: &[Record]) {
        self.waits = None;
        for record in history {
            self.owe_at_first(Arc::clone(record));
        }
    }

    /// What a stream begins with may be more than it may be behind later.
    fn owe_at_first(&mut self, bytes: Record) {
        self.allowance = self.allowance.saturating_add(bytes.len());
        self.owe(bytes);
    }

    fn owe(&mut self, bytes: Record) {
        if self.queue.is_empty() {
            self.progress = Instant::now();
        }
        self.owed = self.owed.saturating_add(bytes.len());
        self.queue.push_back(bytes);
    }

    /// Gives it the next event, or cuts it off where it is too far behind.
    pub(super) fn send(&mut self, record: &Record) -> Fate {
        if self.owed.saturating_add(record.len()) > self.allowance {
            return Fate::Goes;
        }
        self.owe(Arc::clone(record));
        self.flush()
    }

    /// A sign of life, where nothing else is on its way.
    pub(super) fn reassure(&mut self, heartbeat: &Record) -> Fate {
        if self.queue.is_empty() { self.send(heartbeat) } else { Fate::Stays }
    }

    /// Hands the system as much as it takes.
    pub(super) fn flush(&mut self) -> Fate {
        while !self.queue.is_empty() {
            let begun = self.begun;
            let pieces: Vec<IoSlice<'_>> = self
                .queue
                .iter()
                .take(AT_ONCE)
                .enumerate()
                .map(|(place, piece)| IoSlice::new(piece.get(if place == 0 { begun } else { 0 }..).unwrap_or_default()))
                .collect();
            match self.socket.write_vectored(&pieces) {
                Ok(0) => return Fate::Goes,
                Ok(taken) => self.took(taken),
                Err(error) if error.kind() == ErrorKind::WouldBlock => return Fate::Stays,
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(_) => return Fate::Goes,
            }
        }
        if self.ends { Fate::Goes } else { Fate::Stays }
    }

    fn took(&mut self, bytes: usize) {
        self.progress = Instant::now();
        self.owed = self.owed.saturating_sub(bytes);
        let mut left = self.begun.saturating_add(bytes);
        while let Some(first) = self.queue.front() {
            if left < first.len() {
                break;
            }
            left -= first.len();
            self.queue.pop_front();
        }
        self.begun = left;
    }

    /// Passes over what a listener says; where it has said its last word, it gets what it is owed, and that is all.
    pub(super) fn hear(&mut self) -> Fate {
        let mut ignored = [0; 1024];
        loop {
            match self.socket.read(&mut ignored) {
                Ok(0) => {
                    self.ends = true;
                    return self.flush();
                }
                Ok(heard) => {
                    self.heard = self.heard.saturating_add(heard);
                    if self.heard > MOST_HEARD {
                        return Fate::Goes;
                    }
                }
                Err(error) if error.kind() == ErrorKind::WouldBlock => return Fate::Stays,
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(_) => return Fate::Goes,
            }
        }
    }

    /// Whether it has left untaken for `slow` what it is owed.
    pub(super) fn is_stuck(&self, slow: Duration) -> bool {
        !self.queue.is_empty() && self.progress.elapsed() >= slow
    }

    /// Ends it: what the system has taken still arrives.
    pub(super) fn end(mut self) {
        self.ends = true;
        // What was never read would make the system take back what it was about to send.
        if self.flush() == Fate::Goes && self.hear() == Fate::Stays {
            drop(self.socket.shutdown(Shutdown::Write));
        }
    }
}
