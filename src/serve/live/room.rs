//! How many may listen, in all and from one peer.

use std::collections::HashMap;
use std::net::{IpAddr, Ipv6Addr};
use std::sync::{Arc, Mutex};

use super::held;

/// The places there are and who has them.
#[derive(Debug)]
pub(super) struct Room {
    most: usize,
    most_per_peer: usize,
    taken: usize,
    by_peer: HashMap<IpAddr, usize>,
}

/// A place that is taken until this is dropped.
#[derive(Debug)]
pub(super) struct Seat {
    room: Arc<Mutex<Room>>,
    peer: IpAddr,
}

impl Room {
    pub(super) fn new(most: usize, most_per_peer: usize) -> Self {
        Self { most, most_per_peer, taken: 0, by_peer: HashMap::new() }
    }

    /// Whether there is a place for one more from `peer`.
    pub(super) fn has_place_for(&self, peer: IpAddr) -> bool {
        let of_peer = self.by_peer.get(&neighbourhood(peer)).copied().unwrap_or(0);
        self.taken < self.most && of_peer < self.most_per_peer
    }

    /// A place for one more from `peer`, if there is one.
    pub(super) fn take(room: &Arc<Mutex<Self>>, peer: IpAddr) -> Option<Seat> {
        let mut places = held(room);
        if !places.has_place_for(peer) {
            return None;
        }
        let peer = neighbourhood(peer);
        places.taken += 1;
        *places.by_peer.entry(peer).or_insert(0) += 1;
        Some(Seat { room: Arc::clone(room), peer })
    }

    /// How many places are taken.
    pub(super) fn taken(&self) -> usize {
        self.taken
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        let mut places = held(&self.room);
        places.taken = places.taken.saturating_sub(1);
        if let Some(of_peer) = places.by_peer.get_mut(&self.peer) {
            *of_peer = of_peer.saturating_sub(1);
            if *of_peer == 0 {
                places.by_peer.remove(&self.peer);
            }
        }
    }
}

/// What one customer has: an address, or a /64 network of IPv6.
fn neighbourhood(peer: IpAddr) -> IpAddr {
    match peer.to_canonical() {
        IpAddr::V6(address) => {
            let [a, b, c, d, ..] = address.segments();
            Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0).into()
        }
        address => address,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn take(room: &Arc<Mutex<Room>>, peer: &str) -> Option<Seat> {
        Room::take(room, peer.parse().unwrap())
    }

    #[test]
    fn there_are_so_many_places_in_all_and_for_one_peer() {
        let room = Arc::new(Mutex::new(Room::new(4, 2)));
        let seats = [take(&room, "192.0.2.1"), take(&room, "::ffff:192.0.2.1"), take(&room, "2001:db8:0:1::1")];
        assert!(seats.iter().all(Option::is_some));
        assert!(take(&room, "192.0.2.1").is_none(), "it has two, one of them as IPv6 writes it");
        let last = take(&room, "2001:db8:0:1:ffff::2");
        assert!(last.is_some());
        assert!(take(&room, "2001:db8:0:2::1").is_none(), "no place is left");
        drop(last);
        assert!(take(&room, "2001:db8:0:2::1").is_some());
        drop(seats);
        let places = held(&room);
        assert_eq!((places.taken(), places.by_peer.len()), (0, 0));
    }

    #[test]
    fn one_network_of_ipv6_is_one_peer() {
        let room = Arc::new(Mutex::new(Room::new(9, 1)));
        let _seat = take(&room, "2001:db8:0:1::1").unwrap();
        assert!(take(&room, "2001:db8:0:1:2:3:4:5").is_none());
        assert!(take(&room, "2001:db8:0:2::1").is_some());
    }
}
