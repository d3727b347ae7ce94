//! The names under which the server answers: those that are configured, and those of the machine itself.
//!
//! Anything else is refused, so that a foreign page cannot reach the server under a name of its own (DNS rebinding).

use std::sync::Arc;

use super::refusal::Refusal;

/// Names that always stand for the machine itself.
const LOOPBACK: [&str; 3] = ["localhost", "127.0.0.1", "[::1]"];

/// Says of a name, in lower case and without a port, whether it is answered.
pub type IsHost = dyn Fn(&str) -> bool + Send + Sync;

/// An allow-list of host names: exact, in any case, with any port, without wildcards.
#[derive(Clone, Default)]
pub struct Hosts {
    names: Vec<String>,
    also: Option<Arc<IsHost>>,
}

impl Hosts {
    /// The loopback names and these; a port that stands with one is not looked at.
    pub fn new<N: AsRef<str>>(names: impl IntoIterator<Item = N>) -> Self {
        let bare = |name: &str| name_of(name).map_or_else(|_| name.to_ascii_lowercase(), str::to_ascii_lowercase);
        Self { names: names.into_iter().map(|name| bare(name.as_ref())).collect(), also: None }
    }

    /// These, and those that `also` says so of at the time: names that come and go while it serves.
    #[must_use]
    pub fn or(self, also: Arc<IsHost>) -> Self {
        Self { also: Some(also), ..self }
    }

    /// Whether requests for `host`, which may have a port, are answered.
    ///
    /// # Errors
    /// 400 where it is no host at all, 421 where it is one that is not listed.
    pub(super) fn check(&self, host: &str) -> Result<(), Refusal> {
        let name = name_of(host)?;
        let known = LOOPBACK.iter().copied().chain(self.names.iter().map(String::as_str)).any(|known| known.eq_ignore_ascii_case(name));
        let bare = || name.trim_matches(['[', ']']).to_ascii_lowercase();
        if known || self.also.as_ref().is_some_and(|also| also(&bare())) { Ok(()) } else { Err(Refusal::MISDIRECTED) }
    }
}

/// The name in `name[:port]`.
fn name_of(host: &str) -> Result<&str, Refusal> {
    let end = match host.strip_prefix('[') {
        Some(rest) => rest.find(']').map(|end| end + 2).ok_or(Refusal::BAD_HOST)?,
        None => host.find(':').unwrap_or(host.len()),
    };
    let (name, port) = host.split_at(end);
    let port_is_right = match port.strip_prefix(':') {
        Some(digits) => digits.bytes().all(|byte| byte.is_ascii_digit()) && digits.parse::<u16>().is_ok(),
        None => port.is_empty(),
    };
    let inside = name.strip_prefix('[').and_then(|rest| rest.strip_suffix(']'));
    let name_is_right = match inside {
        Some(address) => address.parse::<std::net::Ipv6Addr>().is_ok(),
        None => !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_')),
    };
    if port_is_right && name_is_right { Ok(name) } else { Err(Refusal::BAD_HOST) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_listed_and_loopback_names_are_answered() {
        let hosts = Hosts::new(["status.example.com", "Status.Example.ORG:443", "[2001:db8::1]"]);
        for right in [
            "status.example.com",
            "STATUS.example.COM:8080",
            "status.example.org",
            "localhost",
            "localhost:3000",
            "LocalHost",
            "127.0.0.1",
            "127.0.0.1:65535",
            "[::1]",
            "[::1]:80",
            "[2001:db8::1]:443",
        ] {
            assert_eq!(hosts.check(right), Ok(()), "{right}");
        }
        for foreign in [
            "evil.example",
            "status.example.com.evil.example",
            "evil-status.example.com",
            "sub.status.example.com",
            "example.com",
            "localhost.",
            "status.example.com.",
            "127.0.0.2",
            "127.1",
            "2130706433",
            "0.0.0.0",
            "[::]",
            "[::ffff:127.0.0.1]",
        ] {
            assert_eq!(hosts.check(foreign), Err(Refusal::MISDIRECTED), "{foreign}");
        }
    }

    #[test]
    fn names_can_come_while_it_serves() {
        let hosts = Hosts::new(["a.example"]).or(Arc::new(|name: &str| name == "b.example" || name == "2001:db8::2"));
        for right in ["a.example", "B.example:80", "[2001:db8::2]:80", "localhost"] {
            assert_eq!(hosts.check(right), Ok(()), "{right}");
        }
        assert_eq!(hosts.check("c.example"), Err(Refusal::MISDIRECTED));
    }

    #[test]
    fn what_is_no_host_is_refused_as_such() {
        for wrong in [
            "",
            ":80",
            "localhost:",
            "localhost:x",
            "localhost:+1",
            "localhost:65536",
            "localhost:80:80",
            "me@localhost",
            "localhost/",
            "localhost#",
            "localhost,evil",
            "local host",
            "*",
            "[::1",
            "[::1]x",
            "[::1]:",
            "[localhost]",
            "::1",
            "lo\u{e9}",
            "%6cocalhost",
        ] {
            assert_eq!(Hosts::default().check(wrong), Err(Refusal::BAD_HOST), "{wrong}");
        }
    }
}
