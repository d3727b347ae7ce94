//! One client connection: a state machine from its first byte to its last, which never waits.

mod patience;

use std::net::{IpAddr, Shutdown};
use std::time::Instant;

use mio::net::TcpStream;

use super::FrontOptions;
use super::body::Body;
use super::framing::Framing;
use super::head::{self, Reading, RequestHead};
use super::peers::ShareKey;
use super::pool::Upstream;
use super::refusal::{Refusal, head_start};
use super::relay::{Asked, Relay, Step};
use super::stream::{Got, Output, read_some};

/// How many reads one connection gets before others have their turn.
const TURN: usize = 16;

/// What a connection needs of the loop that it lives in.
pub(super) struct Context<'a> {
    /// How the front is set up.
    pub(super) options: &'a FrontOptions,
    /// The moment.
    pub(super) now: Instant,
    /// For `Date`.
    pub(super) date: &'a str,
    /// To read into.
    pub(super) scratch: &'a mut [u8],
    /// Whether all connections together hold as much as they may.
    pub(super) buffers_full: bool,
}

/// Where a connection stands.
#[derive(Debug)]
enum Stage {
    /// Its head is being read.
    Head,
    /// Its body is being read.
    Body(Body),
    /// The request is whole and waits for a connection behind the front.
    Queued { request: Vec<u8>, since: Instant },
    /// The request is being answered.
    Relaying(Box<Relay>),
    /// What is left of the answer is in the output.
    Answering,
    /// The answer is sent; what the client still says is thrown away.
    Lingering { since: Instant },
}

/// What the loop has to do for a connection.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Progress {
    /// Wait for an event.
    Blocked,
    /// Let others have their turn, then go on.
    Again,
    /// Decide whether the peer, known now, may have one more.
    HeadRead,
    /// Find it a connection behind the front.
    Queued,
    /// The request is finished and no longer counts.
    Answered,
    /// Give its socket away.
    Adopt(String),
    /// Close it.
    Finished,
}

/// One client connection.
#[derive(Debug)]
pub(super) struct Exchange {
    /// The client's socket.
    pub(super) socket: TcpStream,
    /// Where it comes from.
    pub(super) from: IpAddr,
    /// Who asks; behind a trusted proxy known with the head only.
    pub(super) peer: IpAddr,
    /// Whose share it counts against, while it does.
    pub(super) share: Option<ShareKey>,
    /// Of the request.
    pub(super) id: String,
    /// When it was accepted.
    pub(super) began: Instant,
    /// The request's head, once it is right.
    pub(super) head: Option<RequestHead>,
    /// The status that the client gets.
    pub(super) status: Option<u16>,
    /// Whether it was told to `record`.
    pub(super) recorded: bool,
    /// A connection behind the front that it is through with, and whether that can serve again.
    pub(super) released: Option<(Upstream, bool)>,
    stage: Stage,
    input: Vec<u8>,
    output: Output,
    was_retried: bool,
}

impl Exchange {
    /// A connection that was just accepted.
    pub(super) fn new(socket: TcpStream, from: IpAddr, id: String, now: Instant) -> Self {
        Self {
            socket,
            from,
            peer: from,
            share: None,
            id,
            began: now,
            head: None,
            status: None,
            recorded: false,
            released: None,
            stage: Stage::Head,
            input: Vec::new(),
            output: Output::new(now),
            was_retried: false,
        }
    }

    /// Does what can be done without waiting.
    pub(super) fn advance(&mut self, context: &mut Context<'_>) -> Progress {
        for _ in 0..TURN {
            let step = match self.stage {
                Stage::Head => self.read_head(context),
                Stage::Body(_) => self.read_body(context),
                Stage::Queued { .. } => Some(Progress::Blocked),
                Stage::Relaying(_) => self.relay(context),
                Stage::Answering => self.answer(context),
                Stage::Lingering { .. } => self.linger(context),
            };
            if let Some(progress) = step {
                return progress;
            }
        }
        Progress::Again
    }

    fn read_head(&mut self, context: &mut Context<'_>) -> Option<Progress> {
        match read_some(&mut self.socket, context.scratch) {
            Got::Nothing => Some(Progress::Blocked),
            Got::Gone => Some(Progress::Finished),
            Got::End if self.input.is_empty() => Some(Progress::Finished),
            Got::End => self.refuse(Refusal::BAD_REQUEST, context),
            Got::Bytes(length) => {
                let seen = self.input.len();
                self.input.extend_from_slice(&context.scratch[..length]);
                match head::end_of_head(&self.input, seen, &context.options.limits) {
                    Ok(Some(end)) => self.take_head(end, context),
                    Ok(None) => None,
                    Err(refusal) => self.refuse(refusal, context),
                }
            }
        }
    }

    fn take_head(&mut self, end: usize, context: &Context<'_>) -> Option<Progress> {
        let FrontOptions { limits, hosts, trusted_proxies, .. } = context.options;
        let reading = Reading { limits, hosts, proxies: trusted_proxies, from: self.from };
        match head::read(&self.input[..end], &reading) {
            Ok(head) => {
                self.input.drain(..end);
                self.peer = head.peer;
                self.head = Some(head);
                Some(Progress::HeadRead)
            }
            Err(refusal) => {
                let is_head = self.input.starts_with(b"HEAD ");
                self.refuse_in_form(refusal, context, !is_head)
            }
        }
    }

    /// The peer may have its request answered: on to the body.
    pub(super) fn admit(&mut self, context: &Context<'_>) -> Option<Progress> {
        let head = self.head.as_ref()?;
        if head.target == "*" {
            return self.answer_options(context);
        }
        let cap = (context.options.body_limit)(head.method, head.path());
        match head.framing {
            Framing::Length(length) if length > cap => return self.refuse(Refusal::TOO_LARGE, context),
            Framing::Length(0) => return self.queue(&[], context),
            Framing::Length(_) | Framing::Chunked => {}
        }
        if head.expects_continue && self.input.is_empty() {
            self.output.bytes.extend_from_slice(b"HTTP/1.1 100 Continue\r\n\r\n");
        }
        let first = std::mem::take(&mut self.input);
        self.stage = Stage::Body(Body::new(head.framing, cap));
        self.take_body(&first, context)
    }

    fn read_body(&mut self, context: &mut Context<'_>) -> Option<Progress> {
        if self.output.flush(&mut self.socket, context.now).is_err() {
            return Some(Progress::Finished);
        }
        match read_some(&mut self.socket, context.scratch) {
            Got::Nothing => Some(Progress::Blocked),
            Got::Gone => Some(Progress::Finished),
            Got::End => self.refuse(Refusal::BAD_REQUEST, context),
            Got::Bytes(_) if context.buffers_full => self.refuse(Refusal::FULL, context),
            Got::Bytes(length) => {
                let bytes = context.scratch[..length].to_vec();
                self.take_body(&bytes, context)
            }
        }
    }

    fn take_body(&mut self, bytes: &[u8], context: &Context<'_>) -> Option<Progress> {
        let Stage::Body(body) = &mut self.stage else { return None };
        match body.take(bytes) {
            Ok(None) => None,
            Ok(Some(whole)) => self.queue(&whole, context),
            Err(refusal) => self.refuse(refusal, context),
        }
    }

    fn queue(&mut self, body: &[u8], context: &Context<'_>) -> Option<Progress> {
        let head = self.head.as_ref()?;
        let mut request = format!("{} {} HTTP/1.1\r\nhost: {}\r\n{}", head.method, head.target, head.host, head.relayed);
        request.push_str(&format!("x-statuary-peer: {}\r\nx-statuary-request: {}\r\n", self.peer, self.id));
        request.push_str(&format!("x-statuary-scheme: {}\r\n", head.scheme));
        if head.is_forwarded {
            request.push_str("x-statuary-forwarded: yes\r\n");
        }
        if !body.is_empty() || !matches!(head.method, "GET" | "HEAD" | "OPTIONS") {
            request.push_str(&format!("content-length: {}\r\n", body.len()));
        }
        request.push_str("\r\n");
        let mut request = request.into_bytes();
        request.extend_from_slice(body);
        self.input = Vec::new();
        self.stage = Stage::Queued { request, since: context.now };
        Some(Progress::Queued)
    }

    /// Whether it waits for a connection behind the front.
    pub(super) const fn is_queued(&self) -> bool {
        matches!(self.stage, Stage::Queued { .. })
    }

    /// Gives it the connection that it waits for.
    pub(super) fn relay_over(&mut self, upstream: Upstream, now: Instant) {
        if let Stage::Queued { request, .. } = &mut self.stage {
            let request = std::mem::take(request);
            self.stage = Stage::Relaying(Box::new(Relay::new(upstream, request, now)));
        } else {
            self.released = Some((upstream, false));
        }
    }

    fn relay(&mut self, context: &mut Context<'_>) -> Option<Progress> {
        let limits = &context.options.limits;
        let room = if context.buffers_full { limits.answer_buffer } else { limits.answer_buffer_most };
        let (Stage::Relaying(relay), Some(head)) = (&mut self.stage, &self.head) else { return None };
        let asked = Asked { method: head.method, minor: head.minor, id: &self.id, date: context.date, may_retry: !self.was_retried };
        let step = relay.step(&mut self.output, room, asked, context.scratch, context.now);
        self.status = relay.status().or(self.status);
        if matches!(step, Step::Moved | Step::Blocked) {
            let Ok(flushed) = self.output.flush(&mut self.socket, context.now) else { return Some(Progress::Finished) };
            if flushed {
                relay.since = context.now;
            }
            return if flushed || step == Step::Moved { None } else { Some(Progress::Blocked) };
        }
        let Stage::Relaying(relay) = std::mem::replace(&mut self.stage, Stage::Answering) else { return None };
        let has_begun = relay.status().is_some();
        let (upstream, request) = relay.into_parts();
        self.released = Some((upstream, matches!(step, Step::Done { keep: true } | Step::Adopt { keep: true, .. })));
        match step {
            Step::Adopt { ticket, .. } => return Some(Progress::Adopt(ticket)),
            Step::Retry => {
                self.was_retried = true;
                self.stage = Stage::Queued { request, since: context.now };
                return Some(Progress::Queued);
            }
            // What was announced cannot come any more: the client sees it by the end that is missing.
            Step::Broken if has_begun => return Some(Progress::Finished),
            Step::Broken => return self.refuse(Refusal::NO_ANSWER, context),
            Step::Done { .. } | Step::Moved | Step::Blocked => {}
        }
        // Whoever waits for the connection gets it before the client has taken everything.
        Some(Progress::Again)
    }

    fn answer(&mut self, context: &Context<'_>) -> Option<Progress> {
        match self.output.flush(&mut self.socket, context.now) {
            Err(_) => Some(Progress::Finished),
            Ok(_) if self.output.pending() > 0 => Some(Progress::Blocked),
            Ok(_) => {
                let _ = self.socket.shutdown(Shutdown::Write);
                self.input = Vec::new();
                self.stage = Stage::Lingering { since: context.now };
                Some(Progress::Answered)
            }
        }
    }

    fn linger(&mut self, context: &mut Context<'_>) -> Option<Progress> {
        match read_some(&mut self.socket, context.scratch) {
            Got::Bytes(_) => None,
            Got::Nothing => Some(Progress::Blocked),
            Got::End | Got::Gone => Some(Progress::Finished),
        }
    }

    /// Answers with an error instead of relaying; only while no other answer has begun.
    pub(super) fn refuse(&mut self, refusal: Refusal, context: &Context<'_>) -> Option<Progress> {
        let with_body = self.head.as_ref().is_none_or(|head| head.method != "HEAD");
        self.refuse_in_form(refusal, context, with_body)
    }

    fn refuse_in_form(&mut self, refusal: Refusal, context: &Context<'_>, with_body: bool) -> Option<Progress> {
        let bytes = refusal.to_bytes(&self.id, context.date, with_body);
        self.answer_with(refusal.status, &bytes, context.now);
        None
    }

    /// `OPTIONS *` asks what the server as a whole can do.
    fn answer_options(&mut self, context: &Context<'_>) -> Option<Progress> {
        let head = head_start(204, &self.id, context.date);
        let bytes = format!("{head}allow: GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS\r\n\r\n");
        self.answer_with(204, bytes.as_bytes(), context.now);
        None
    }

    fn answer_with(&mut self, status: u16, bytes: &[u8], now: Instant) {
        self.status = Some(status);
        self.output.bytes.extend_from_slice(bytes);
        self.output.begin_window(now);
        self.input = Vec::new();
        if let Stage::Relaying(relay) = std::mem::replace(&mut self.stage, Stage::Answering) {
            self.released = Some((relay.into_parts().0, false));
        }
    }

    /// Whether nothing was asked yet.
    pub(super) fn is_untouched(&self) -> bool {
        matches!(self.stage, Stage::Head) && self.input.is_empty()
    }

    /// Whether an answer is being made, so that a client that is gone shows in nothing that is read or written.
    pub(super) const fn is_being_answered(&self) -> bool {
        matches!(self.stage, Stage::Queued { .. } | Stage::Relaying(_))
    }

    /// Gives up the connection behind the front, if it has one.
    pub(super) fn take_upstream(&mut self) -> Option<(Upstream, bool)> {
        if let Stage::Relaying(relay) = std::mem::replace(&mut self.stage, Stage::Answering) {
            self.released = Some((relay.into_parts().0, false));
        }
        self.released.take()
    }

    /// Bytes that it holds.
    pub(super) fn held(&self) -> usize {
        let stage = match &self.stage {
            Stage::Body(body) => body.held(),
            Stage::Queued { request, .. } => request.len(),
            Stage::Relaying(relay) => relay.held(),
            Stage::Head | Stage::Answering | Stage::Lingering { .. } => 0,
        };
        stage + self.input.len() + self.output.pending()
    }

    /// Bytes that the client was sent.
    pub(super) const fn sent(&self) -> u64 {
        self.output.total
    }
}
