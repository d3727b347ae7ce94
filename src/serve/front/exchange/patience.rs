//! How long a connection may take over each step, and when it makes room for another.

use std::net::Shutdown;
use std::time::{Duration, Instant};

use super::{Context, Exchange, Progress, Stage};
use crate::serve::front::FrontOptions;
use crate::serve::front::refusal::Refusal;
use crate::serve::front::stream::Output;

/// A client that takes its answer slower than this may have to make room.
const PATIENCE: Duration = Duration::from_secs(1);

impl Exchange {
    /// The moment at which it has to have come further.
    pub(in crate::serve::front) fn deadline(&self, options: &FrontOptions) -> Instant {
        let limits = &options.limits;
        match &self.stage {
            Stage::Head | Stage::Body(_) => self.began + limits.whole_request,
            Stage::Queued { since, .. } => *since + limits.queue,
            Stage::Relaying(relay) if self.output.pending() == 0 => relay.since + limits.upstream,
            Stage::Relaying(_) | Stage::Answering => self.output.window_began() + limits.take_window,
            Stage::Lingering { since } => *since + limits.linger,
        }
    }

    /// That moment has come.
    pub(in crate::serve::front) fn expire(&mut self, context: &mut Context<'_>) -> Progress {
        let is_slow = |output: &mut Output| !output.renew_window(context.options.limits.take_bytes, context.now);
        let refusal = match &self.stage {
            Stage::Head if self.input.is_empty() => return Progress::Finished,
            Stage::Head | Stage::Body(_) => Refusal::LATE,
            Stage::Queued { .. } => Refusal::FULL,
            Stage::Relaying(relay) if self.output.pending() == 0 && relay.status().is_none() => Refusal::SLOW_ANSWER,
            Stage::Relaying(_) if self.output.pending() == 0 => return Progress::Finished,
            Stage::Relaying(_) | Stage::Answering if is_slow(&mut self.output) => return Progress::Finished,
            Stage::Relaying(_) | Stage::Answering => return Progress::Blocked,
            Stage::Lingering { .. } => return Progress::Finished,
        };
        self.refuse(refusal, context);
        self.advance(context)
    }

    /// How readily it makes room for another: the lowest first; `None` while it waits for us.
    pub(in crate::serve::front) fn readiness_to_go(&self, now: Instant) -> Option<(u8, Instant)> {
        match &self.stage {
            Stage::Lingering { since } => Some((0, *since)),
            Stage::Head | Stage::Body(_) => Some((1, self.began)),
            Stage::Relaying(_) | Stage::Answering if self.output.pending() > 0 && now > self.output.window_began() + PATIENCE => {
                Some((2, self.output.window_began()))
            }
            Stage::Queued { .. } | Stage::Relaying(_) | Stage::Answering => None,
        }
    }

    /// It has to go at once: says so where that is still possible, without waiting for anything.
    pub(in crate::serve::front) fn dismiss(&mut self, context: &Context<'_>) {
        if matches!(self.stage, Stage::Head | Stage::Body(_)) {
            self.refuse(Refusal::LATE, context);
            let _ = self.output.flush(&mut self.socket, context.now);
        }
        let _ = self.socket.shutdown(Shutdown::Write);
    }

    /// Since when a slow reader has kept a connection behind the front from others.
    pub(in crate::serve::front) fn blocks_upstream_since(&self, now: Instant) -> Option<Instant> {
        let is_slow = self.output.pending() > 0 && now > self.output.window_began() + PATIENCE;
        (is_slow && matches!(self.stage, Stage::Relaying(_))).then(|| self.output.window_began())
    }
}
