//! What one connection, one peer and all of them together may take.

use std::time::Duration;

/// The limits of a front; `Default` gives those of production.
#[derive(Clone, Debug)]
pub struct Limits {
    /// Client connections at once; adopted streams no longer count.
    pub connections: usize,
    /// Unfinished requests of one peer at once (of one /64 where it comes by IPv6).
    pub per_peer: usize,
    /// Bytes of a request's line and headers.
    pub head_bytes: usize,
    /// Bytes of a request's target.
    pub target_bytes: usize,
    /// Headers of a request.
    pub headers: usize,
    /// From the connection until the request is there whole.
    pub whole_request: Duration,
    /// From the whole request until a connection behind the front is free for it.
    pub queue: Duration,
    /// From there until the answer begins, and between two pieces of it.
    pub upstream: Duration,
    /// In each span of this length a client takes `take_bytes` of its answer, or loses the rest.
    pub take_window: Duration,
    /// What a client takes at least in each `take_window`.
    pub take_bytes: usize,
    /// After the answer: how long the rest of a request that was not read is thrown away, so that the answer arrives.
    pub linger: Duration,
    /// Connections behind the front, which are all kept open: as many as there are threads that answer, since one of these waits while
    /// its client reads slowly.
    pub upstream_connections: usize,
    /// How many of these one peer may hold.
    pub upstream_per_peer: usize,
    /// Bytes of an answer that wait for a slow client, whatever else goes on.
    pub answer_buffer: usize,
    /// The same while `buffers_in_all` is not reached: it frees the connection behind the front.
    pub answer_buffer_most: usize,
    /// Bytes of bodies and answers that all connections hold together.
    pub buffers_in_all: usize,
    /// Descriptors that the rest of the process needs: files that are served, databases, adopted streams.
    pub descriptors_elsewhere: usize,
    /// From the order to stop until what is still in flight is cut off.
    pub stop: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            connections: 256,
            per_peer: 64,
            head_bytes: 16 * 1024,
            target_bytes: 8 * 1024,
            headers: 100,
            whole_request: Duration::from_secs(10),
            queue: Duration::from_secs(10),
            upstream: Duration::from_secs(30),
            take_window: Duration::from_secs(10),
            take_bytes: 16 * 1024,
            linger: Duration::from_secs(2),
            upstream_connections: 32,
            upstream_per_peer: 24,
            answer_buffer: 64 * 1024,
            answer_buffer_most: 1024 * 1024,
            buffers_in_all: 16 * 1024 * 1024,
            descriptors_elsewhere: 64,
            stop: Duration::from_secs(4),
        }
    }
}

/// Descriptors that a connection behind the front costs: one here, and what tiny_http makes of the other end.
const PER_UPSTREAM: usize = 3;

impl Limits {
    /// The same, but no more than a process can keep that may have so many descriptors: running out of them is repaired, too, but better
    /// avoided.
    #[must_use]
    pub(super) fn within(self, descriptors: usize) -> Self {
        let upstream_connections = self.upstream_connections.min(descriptors / 12).max(1);
        let taken = upstream_connections * PER_UPSTREAM + self.descriptors_elsewhere.min(descriptors / 2);
        Self { upstream_connections, connections: self.connections.min(descriptors.saturating_sub(taken)).max(1), ..self }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn few_descriptors_lower_the_limits() {
        let within = |descriptors| {
            let limits = Limits::default().within(descriptors);
            (limits.connections, limits.upstream_connections)
        };
        assert_eq!(within(usize::MAX), (256, 32));
        assert_eq!(within(1024), (256, 32));
        assert_eq!(within(256), (129, 21));
        // Half of them stay for files, databases and builds.
        assert_eq!(within(64), (17, 5));
        assert_eq!(within(0), (1, 1));
    }
}
