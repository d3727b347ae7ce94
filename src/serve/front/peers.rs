//! Who is asking: the address behind trusted proxies, and the share of the server that one peer may take.

use std::collections::HashMap;
use std::net::{IpAddr, Ipv6Addr, SocketAddr};

use ipnet::IpNet;

use crate::error::UserError;

/// Proxies whose `X-Forwarded-For`, `-Proto` and `-Host` are believed.
#[derive(Clone, Debug, Default)]
pub struct TrustedProxies {
    networks: Vec<IpNet>,
}

impl TrustedProxies {
    /// Addresses and networks, such as `127.0.0.1` and `10.0.0.0/8`.
    ///
    /// # Errors
    /// A usage error for what is neither.
    pub fn parse<N: AsRef<str>>(names: impl IntoIterator<Item = N>) -> Result<Self, UserError> {
        let one = |name: &str| {
            name.parse::<IpNet>().or_else(|_| name.parse::<IpAddr>().map(IpNet::from)).map_err(|_| {
                UserError::usage(format!("`{}` is no address and no network", name.escape_debug())).hint("write it like `10.0.0.0/8`")
            })
        };
        Ok(Self { networks: names.into_iter().map(|name| one(name.as_ref().trim())).collect::<Result<_, _>>()? })
    }

    /// Whether what `address` says of others is believed.
    pub(super) fn trust(&self, address: IpAddr) -> bool {
        self.networks.iter().any(|network| network.contains(&address))
    }

    /// The real peer: of what a trusted proxy forwarded, the rightmost address that is not a trusted proxy itself.
    ///
    /// `forwarded` are the values of `X-Forwarded-For`, in order. What cannot be read ends the search: left of it stands only hearsay.
    pub(super) fn peer_behind(&self, proxy: IpAddr, forwarded: &[&str]) -> IpAddr {
        let mut peer = proxy;
        if !self.trust(proxy) {
            return peer;
        }
        for entry in forwarded.iter().rev().flat_map(|value| value.rsplit(',')) {
            let Some(address) = forwarded_address(entry.trim()) else { break };
            peer = address;
            if !self.trust(address) {
                break;
            }
        }
        peer
    }
}

/// An address as proxies write it: bare, with a port, or in brackets.
fn forwarded_address(entry: &str) -> Option<IpAddr> {
    let bare = entry.strip_prefix('[').and_then(|rest| rest.strip_suffix(']'));
    let address = entry.parse::<IpAddr>().ok();
    let address = address.or_else(|| bare.and_then(|bare| bare.parse::<Ipv6Addr>().ok()).map(IpAddr::V6));
    address.or_else(|| entry.parse::<SocketAddr>().ok().map(|socket| socket.ip())).map(|address| address.to_canonical())
}

/// Whom a share belongs to: an IPv4 address, or a /64 of IPv6, which any one subscriber has whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct ShareKey(IpAddr);

impl ShareKey {
    /// The key of an address.
    pub(super) fn of(address: IpAddr) -> Self {
        match address.to_canonical() {
            IpAddr::V6(address) => Self(IpAddr::V6(Ipv6Addr::from_bits(address.to_bits() >> 64 << 64))),
            address @ IpAddr::V4(_) => Self(address),
        }
    }
}

/// How much each peer has at the moment.
#[derive(Debug, Default)]
pub(super) struct Shares {
    counts: HashMap<ShareKey, usize>,
}

impl Shares {
    /// What the peer has.
    pub(super) fn of(&self, key: ShareKey) -> usize {
        self.counts.get(&key).copied().unwrap_or(0)
    }

    /// One more.
    pub(super) fn take(&mut self, key: ShareKey) {
        *self.counts.entry(key).or_insert(0) += 1;
    }

    /// One less.
    pub(super) fn give_back(&mut self, key: ShareKey) {
        if let Some(count) = self.counts.get_mut(&key) {
            *count = count.saturating_sub(1);
            if *count == 0 {
                self.counts.remove(&key);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ip(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    #[test]
    fn the_peer_is_the_rightmost_address_that_is_no_trusted_proxy() {
        let proxies = TrustedProxies::parse(["127.0.0.1", "10.0.0.0/8", "::1", "fd00::/8"]).unwrap();
        for (proxy, forwarded, peer) in [
            ("127.0.0.1", vec![], "127.0.0.1"),
            ("127.0.0.1", vec!["203.0.113.7"], "203.0.113.7"),
            ("127.0.0.1", vec!["198.51.100.1, 203.0.113.7"], "203.0.113.7"),
            ("127.0.0.1", vec!["198.51.100.1, 203.0.113.7, 10.2.3.4"], "203.0.113.7"),
            ("127.0.0.1", vec!["198.51.100.1", "203.0.113.7 , 10.2.3.4"], "203.0.113.7"),
            ("127.0.0.1", vec!["10.1.1.1, 10.2.3.4"], "10.1.1.1"),
            ("127.0.0.1", vec!["203.0.113.7:8123"], "203.0.113.7"),
            ("::1", vec!["[2001:db8::7]:8123"], "2001:db8::7"),
            ("::1", vec!["[2001:db8::7]"], "2001:db8::7"),
            ("::1", vec!["2001:db8::7"], "2001:db8::7"),
            ("10.9.9.9", vec!["::ffff:203.0.113.7"], "203.0.113.7"),
            ("127.0.0.1", vec!["203.0.113.7, nonsense"], "127.0.0.1"),
            ("127.0.0.1", vec!["nonsense, 203.0.113.7"], "203.0.113.7"),
            ("127.0.0.1", vec!["203.0.113.7, unknown, 10.0.0.1"], "10.0.0.1"),
            ("127.0.0.1", vec![""], "127.0.0.1"),
            ("203.0.113.9", vec!["198.51.100.1"], "203.0.113.9"),
            ("127.0.0.2", vec!["198.51.100.1"], "127.0.0.2"),
        ] {
            assert_eq!(proxies.peer_behind(ip(proxy), &forwarded), ip(peer), "{proxy} {forwarded:?}");
        }
    }

    #[test]
    fn only_addresses_and_networks_can_be_trusted() {
        assert!(TrustedProxies::parse(["10.0.0.0/33"]).is_err());
        let error = TrustedProxies::parse(["localhost"]).unwrap_err();
        assert_eq!(error.message, "`localhost` is no address and no network");
    }

    #[test]
    fn a_share_is_an_address_or_a_subnet_of_one_subscriber() {
        assert_eq!(ShareKey::of(ip("2001:db8::1")), ShareKey::of(ip("2001:db8::ffff:0:0:2")));
        assert_ne!(ShareKey::of(ip("2001:db8::1")), ShareKey::of(ip("2001:db8:0:1::1")));
        assert_eq!(ShareKey::of(ip("::ffff:192.0.2.1")), ShareKey::of(ip("192.0.2.1")));
        assert_ne!(ShareKey::of(ip("192.0.2.1")), ShareKey::of(ip("192.0.2.2")));
        let mut shares = Shares::default();
        let key = ShareKey::of(ip("192.0.2.1"));
        shares.take(key);
        shares.take(key);
        shares.give_back(key);
        assert_eq!(shares.of(key), 1);
        shares.give_back(key);
        shares.give_back(key);
        assert!(shares.counts.is_empty());
    }
}
