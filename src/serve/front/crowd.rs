//! All connections together: who counts against what, and who makes room for whom.

use std::collections::HashMap;
use std::time::Instant;

use super::deadlines::Deadlines;
use super::exchange::Exchange;
use super::peers::{ShareKey, Shares};

/// The connections of a front.
#[derive(Debug, Default)]
pub(super) struct Crowd {
    exchanges: HashMap<usize, Exchange>,
    /// When each is due.
    pub(super) deadlines: Deadlines,
    shares: Shares,
    held: HashMap<usize, usize>,
    held_in_all: usize,
}

impl Crowd {
    /// How many there are.
    pub(super) fn len(&self) -> usize {
        self.exchanges.len()
    }

    /// Bytes that all hold together.
    pub(super) const fn held(&self) -> usize {
        self.held_in_all
    }

    /// One of them.
    pub(super) fn get(&self, id: usize) -> Option<&Exchange> {
        self.exchanges.get(&id)
    }

    /// Takes one out to work on it; its share and its deadline stay.
    pub(super) fn take(&mut self, id: usize) -> Option<Exchange> {
        self.exchanges.remove(&id)
    }

    /// Puts it back, due at `deadline`.
    pub(super) fn put(&mut self, id: usize, exchange: Exchange, deadline: Instant) {
        self.deadlines.set(id, deadline);
        self.hold(id, exchange.held());
        self.exchanges.insert(id, exchange);
    }

    /// It is not put back.
    pub(super) fn forget(&mut self, id: usize, exchange: &mut Exchange) {
        self.give_back_share(exchange);
        self.deadlines.remove(id);
        self.hold(id, 0);
        self.held.remove(&id);
    }

    fn hold(&mut self, id: usize, bytes: usize) {
        let before = self.held.insert(id, bytes).unwrap_or(0);
        self.held_in_all = self.held_in_all - before + bytes;
    }

    /// Whether the peer may have one more, `most` being its share.
    pub(super) fn has_share(&self, key: ShareKey, most: usize) -> bool {
        self.shares.of(key) < most
    }

    /// Counts it against its peer.
    pub(super) fn take_share(&mut self, exchange: &mut Exchange, key: ShareKey) {
        self.shares.take(key);
        exchange.share = Some(key);
    }

    /// Counts it no more.
    pub(super) fn give_back_share(&mut self, exchange: &mut Exchange) {
        if let Some(key) = exchange.share.take() {
            self.shares.give_back(key);
        }
    }

    /// Who of this peer's makes room for another of the same.
    pub(super) fn first_to_go_of(&self, key: ShareKey, now: Instant) -> Option<usize> {
        let of_peer = self.exchanges.iter().filter(|(_, exchange)| exchange.share == Some(key));
        of_peer.filter_map(|(id, exchange)| Some((exchange.readiness_to_go(now)?, *id))).min().map(|(_, id)| id)
    }

    /// Who makes room for anybody: one whose answer is sent, else one of the peer who has most. What a trusted proxy has only just
    /// opened goes last, since nobody knows yet whose it is.
    pub(super) fn first_to_go(&self, now: Instant) -> Option<usize> {
        let rank = |exchange: &Exchange| {
            let (stage, since) = exchange.readiness_to_go(now)?;
            let peers_count = exchange.share.map_or(0, |key| self.shares.of(key));
            Some((stage > 0, usize::MAX - peers_count, stage, since))
        };
        self.exchanges.iter().filter_map(|(id, exchange)| Some((rank(exchange)?, *id))).min().map(|(_, id)| id)
    }

    /// Who has kept a connection behind the front from others for longest, by reading slowly.
    pub(super) fn slowest_reader(&self, now: Instant) -> Option<usize> {
        self.exchanges.iter().filter_map(|(id, exchange)| Some((exchange.blocks_upstream_since(now)?, *id))).min().map(|(_, id)| id)
    }

    /// All ids.
    pub(super) fn ids(&self) -> Vec<usize> {
        self.exchanges.keys().copied().collect()
    }
}
