//! One request on its way through: written to the connection behind the front, its answer read back in bounded pieces.

use std::time::Instant;

use super::answer::{self, AnswerHead};
use super::pool::Upstream;
use super::stream::{Got, Output, read_some, write_some};

/// A request that holds a connection behind the front.
#[derive(Debug)]
pub(super) struct Relay {
    /// The connection.
    pub(super) upstream: Upstream,
    /// When anything last moved on it.
    pub(super) since: Instant,
    /// The request, whole, so that it can be said again.
    request: Vec<u8>,
    sent: usize,
    write_failed: bool,
    /// Of the answer, until its head is there whole.
    beginning: Vec<u8>,
    answer: Option<AnswerHead>,
}

/// What an answer needs to know of its request.
#[derive(Clone, Copy, Debug)]
pub(super) struct Asked<'a> {
    /// The method.
    pub(super) method: &'a str,
    /// HTTP/1.`minor`.
    pub(super) minor: u8,
    /// The request's id.
    pub(super) id: &'a str,
    /// For the answer's `Date`.
    pub(super) date: &'a str,
    /// Whether it may be said again if nothing at all is answered.
    pub(super) may_retry: bool,
}

/// What came of a step.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Step {
    /// Something moved; there may be more.
    Moved,
    /// Nothing can move at the moment.
    Blocked,
    /// The answer is all in the output; the connection can serve again where `keep`.
    Done {
        /// Whether it can.
        keep: bool,
    },
    /// The answerer wants the client's socket.
    Adopt {
        /// Under this name.
        ticket: String,
        /// Whether the connection can serve again.
        keep: bool,
    },
    /// A kept connection had been closed before the request came; it is safe to say it again.
    Retry,
    /// The answer broke off.
    Broken,
}

impl Relay {
    /// The request is about to be written.
    pub(super) const fn new(upstream: Upstream, request: Vec<u8>, now: Instant) -> Self {
        Self { upstream, since: now, request, sent: 0, write_failed: false, beginning: Vec::new(), answer: None }
    }

    /// The status of the answer, once it is known.
    pub(super) fn status(&self) -> Option<u16> {
        self.answer.as_ref().map(|answer| answer.status)
    }

    /// Bytes that it holds.
    pub(super) const fn held(&self) -> usize {
        self.request.len() + self.beginning.len()
    }

    /// The connection, and the request to say again.
    pub(super) fn into_parts(self) -> (Upstream, Vec<u8>) {
        (self.upstream, self.request)
    }

    /// Writes and reads what is possible; at most `room` bytes are to wait for the client.
    pub(super) fn step(&mut self, output: &mut Output, room: usize, asked: Asked<'_>, scratch: &mut [u8], now: Instant) -> Step {
        let wrote = self.write(now);
        if output.pending() >= room {
            return if wrote { Step::Moved } else { Step::Blocked };
        }
        match read_some(&mut self.upstream.stream, scratch) {
            Got::Bytes(length) => {
                self.since = now;
                if output.pending() == 0 {
                    output.begin_window(now);
                }
                self.take(&scratch[..length], output, asked)
            }
            Got::Nothing if wrote => Step::Moved,
            Got::Nothing => Step::Blocked,
            Got::End | Got::Gone => self.ended(output, asked),
        }
    }

    fn write(&mut self, now: Instant) -> bool {
        if self.sent >= self.request.len() || self.write_failed {
            return false;
        }
        match write_some(&mut self.upstream.stream, &self.request[self.sent..]) {
            Ok(0) => false,
            Ok(sent) => {
                self.sent += sent;
                self.since = now;
                true
            }
            // It may have answered before it closed.
            Err(_) => {
                self.write_failed = true;
                true
            }
        }
    }

    fn take(&mut self, bytes: &[u8], output: &mut Output, asked: Asked<'_>) -> Step {
        if self.answer.is_some() {
            return self.take_body(bytes, output);
        }
        self.beginning.extend_from_slice(bytes);
        loop {
            match answer::read(&self.beginning, asked.method, asked.minor) {
                Err(_) => return Step::Broken,
                Ok(None) => return Step::Moved,
                Ok(Some((head, length))) if head.status == 100 => {
                    self.beginning.drain(..length);
                }
                Ok(Some((head, _))) if head.status < 200 => return Step::Broken,
                Ok(Some((mut head, length))) => {
                    if let Some(ticket) = head.ticket.take() {
                        let is_whole = head.take_body(&self.beginning[length..], &mut Vec::new()).is_ok_and(|done| done);
                        return Step::Adopt { ticket, keep: is_whole && self.can_serve_again(&head) };
                    }
                    output.bytes.extend_from_slice(&head.to_bytes(asked.id, asked.date));
                    self.answer = Some(head);
                    let beginning = std::mem::take(&mut self.beginning);
                    return self.take_body(&beginning[length..], output);
                }
            }
        }
    }

    fn take_body(&mut self, bytes: &[u8], output: &mut Output) -> Step {
        let Some(mut answer) = self.answer.take() else { return Step::Broken };
        let taken = answer.take_body(bytes, &mut output.bytes);
        let keep = self.can_serve_again(&answer);
        self.answer = Some(answer);
        match taken {
            Err(_) => Step::Broken,
            Ok(false) => Step::Moved,
            Ok(true) => Step::Done { keep },
        }
    }

    fn can_serve_again(&self, answer: &AnswerHead) -> bool {
        answer.stays_open && self.sent == self.request.len() && !self.write_failed
    }

    fn ended(&self, output: &mut Output, asked: Asked<'_>) -> Step {
        let untouched = self.answer.is_none() && self.beginning.is_empty();
        match &self.answer {
            Some(answer) if answer.ends_with_connection(&mut output.bytes) => Step::Done { keep: false },
            _ if untouched && asked.may_retry && matches!(asked.method, "GET" | "HEAD" | "OPTIONS") => Step::Retry,
            _ => Step::Broken,
        }
    }
}
