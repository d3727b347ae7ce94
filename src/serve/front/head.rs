//! A request's line and headers, read strictly: what two programs could read differently is refused.

use std::net::IpAddr;

use httparse::Header;

use super::framing::{Framing, framing};
use super::hosts::Hosts;
use super::limits::Limits;
use super::peers::TrustedProxies;
use super::refusal::Refusal;

/// Methods that anything here answers.
const METHODS: [&str; 7] = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"];

/// Headers that concern one connection only, or that the front alone says to what stands behind it.
const NOT_RELAYED: [&str; 15] = [
    "connection",
    "keep-alive",
    "proxy-connection",
    "proxy-authenticate",
    "proxy-authorization",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
    "http2-settings",
    "expect",
    "content-length",
    "host",
    "forwarded",
    "x-real-ip",
];

/// Beginnings of names that are never relayed.
const NOT_RELAYED_PREFIXES: [&str; 2] = ["x-statuary-", "x-forwarded-"];

/// What proxies add, trusted or not, and people's browsers never.
const OF_PROXIES: [&str; 4] = ["forwarded", "x-forwarded-", "x-real-ip", "via"];

/// What the front knows when it reads a head.
pub(super) struct Reading<'a> {
    /// Sizes.
    pub(super) limits: &'a Limits,
    /// Names that are answered.
    pub(super) hosts: &'a Hosts,
    /// Who is believed.
    pub(super) proxies: &'a TrustedProxies,
    /// Whom the connection comes from.
    pub(super) from: IpAddr,
}

/// A request whose head is right.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct RequestHead {
    /// One of [`METHODS`].
    pub(super) method: &'static str,
    /// `/path?query`, or `*`.
    pub(super) target: String,
    /// The name it was asked under, with its port.
    pub(super) host: String,
    /// HTTP/1.`minor`.
    pub(super) minor: u8,
    /// `http` or `https`.
    pub(super) scheme: &'static str,
    /// Who asks, behind trusted proxies.
    pub(super) peer: IpAddr,
    /// Whether a proxy sent it on, as far as it says so: whoever asks is elsewhere then, whatever the peer.
    pub(super) is_forwarded: bool,
    /// Where the body ends.
    pub(super) framing: Framing,
    /// Whether the client waits for `100 Continue`.
    pub(super) expects_continue: bool,
    /// Header lines to relay, each with its line end.
    pub(super) relayed: String,
}

impl RequestHead {
    /// The path without the query.
    pub(super) fn path(&self) -> &str {
        self.target.split('?').next().unwrap_or_default()
    }
}

/// Where the head in `input` ends, if it is there whole. `seen` bytes of it were looked at before.
///
/// # Errors
/// 400 as soon as a line does not end in CR LF or a control byte stands in it, 414 and 431 as soon as it is too long.
pub(super) fn end_of_head(input: &[u8], seen: usize, limits: &Limits) -> Result<Option<usize>, Refusal> {
    for at in seen.saturating_sub(3)..input.len() {
        let (before, byte) = (at.checked_sub(1).map(|before| input[before]), input[at]);
        let is_wrong = match byte {
            b'\n' => before != Some(b'\r'),
            b'\r' => at == 0,
            0..=8 | 0x0b..=0x1f | 0x7f => true,
            _ => before == Some(b'\r'),
        };
        if is_wrong || (byte == b'\r' && before == Some(b'\r')) {
            return Err(Refusal::BAD_REQUEST);
        }
        if at >= 3 && input[at - 3..=at] == *b"\r\n\r\n" {
            return if at < limits.head_bytes { Ok(Some(at + 1)) } else { Err(Refusal::LARGE_HEAD) };
        }
    }
    let line_is_long = !input.iter().take(limits.target_bytes + 32).any(|byte| *byte == b'\r');
    match input.len() {
        length if length > limits.target_bytes + 32 && line_is_long => Err(Refusal::LONG_TARGET),
        length if length >= limits.head_bytes => Err(Refusal::LARGE_HEAD),
        _ => Ok(None),
    }
}

/// Reads a head that is whole.
///
/// # Errors
/// The refusal that it deserves.
pub(super) fn read(bytes: &[u8], reading: &Reading<'_>) -> Result<RequestHead, Refusal> {
    let mut room = vec![httparse::EMPTY_HEADER; reading.limits.headers];
    let mut request = httparse::Request::new(&mut room);
    match request.parse(bytes) {
        Ok(httparse::Status::Complete(length)) if length == bytes.len() => {}
        Ok(_) => return Err(Refusal::BAD_REQUEST),
        Err(httparse::Error::TooManyHeaders) => return Err(Refusal::LARGE_HEAD),
        Err(httparse::Error::Version) => return Err(version_refusal(bytes)),
        Err(_) => return Err(Refusal::BAD_REQUEST),
    }
    let (Some(method), Some(target), Some(minor)) = (request.method, request.path, request.version) else {
        return Err(Refusal::BAD_REQUEST);
    };
    let headers = &*request.headers;
    let method = METHODS.iter().find(|known| **known == method).ok_or(Refusal::METHOD)?;
    if target.len() > reading.limits.target_bytes {
        return Err(Refusal::LONG_TARGET);
    }
    let stated = one_host(headers)?;
    let target = origin_form(method, target, stated)?;
    let trusted = reading.proxies.trust(reading.from);
    let host = if trusted { last_of(headers, "x-forwarded-host")?.unwrap_or(stated) } else { stated };
    reading.hosts.check(host)?;
    let framing = framing(minor, headers)?;
    let is_https = trusted && last_of(headers, "x-forwarded-proto")?.is_some_and(|scheme| scheme.eq_ignore_ascii_case("https"));
    let forwarded: Vec<&str> = values(headers, "x-forwarded-for").map(|value| std::str::from_utf8(value).unwrap_or_default()).collect();
    Ok(RequestHead {
        method,
        target: target.to_owned(),
        host: host.to_ascii_lowercase(),
        minor,
        scheme: if is_https { "https" } else { "http" },
        peer: reading.proxies.peer_behind(reading.from, &forwarded),
        is_forwarded: headers.iter().any(is_of_a_proxy),
        framing,
        expects_continue: expectation(minor, headers)?,
        relayed: relayed(headers),
    })
}

/// A version that is well-formed and not ours is 505; anything else in its place is a broken request line.
fn version_refusal(bytes: &[u8]) -> Refusal {
    let line = bytes.split(|byte| *byte == b'\r').next().unwrap_or_default();
    let words: Vec<&[u8]> = line.split(|byte| *byte == b' ').collect();
    match words.as_slice() {
        [_, _, [b'H', b'T', b'T', b'P', b'/', major, b'.', minor]] if major.is_ascii_digit() && minor.is_ascii_digit() => Refusal::VERSION,
        _ => Refusal::BAD_REQUEST,
    }
}

/// The path in a target: `/…` as it stands, or what follows the very host in `http://host/…`.
fn origin_form<'t>(method: &str, target: &'t str, host: &str) -> Result<&'t str, Refusal> {
    if !target.bytes().all(|byte| byte.is_ascii_graphic() && !matches!(byte, b'#' | b'\\' | b'"' | b'<' | b'>')) {
        return Err(Refusal::BAD_TARGET);
    }
    if target.starts_with('/') || (target == "*" && method == "OPTIONS") {
        return Ok(target);
    }
    let (scheme, rest) = target.split_once("://").ok_or(Refusal::BAD_TARGET)?;
    let slash = rest.find('/').ok_or(Refusal::BAD_TARGET)?;
    let (authority, path) = rest.split_at(slash);
    let fits = ["http", "https"].iter().any(|known| scheme.eq_ignore_ascii_case(known)) && authority.eq_ignore_ascii_case(host);
    if fits { Ok(path) } else { Err(Refusal::BAD_TARGET) }
}

/// The one `Host` that each request has, of HTTP/1.0 too: without it nobody knows which site is meant.
fn one_host<'h>(headers: &'h [Header<'_>]) -> Result<&'h str, Refusal> {
    let mut hosts = values(headers, "host");
    match (hosts.next(), hosts.next()) {
        (Some(host), None) => std::str::from_utf8(host).map_err(|_| Refusal::BAD_HOST),
        _ => Err(Refusal::BAD_HOST),
    }
}

/// What the nearest proxy said: the last value of the last such header.
fn last_of<'h>(headers: &'h [Header<'_>], name: &'static str) -> Result<Option<&'h str>, Refusal> {
    let Some(value) = values(headers, name).last() else { return Ok(None) };
    let value = std::str::from_utf8(value).map_err(|_| Refusal::BAD_REQUEST)?;
    Ok(value.rsplit(',').next().map(str::trim).filter(|value| !value.is_empty()))
}

fn is_of_a_proxy(header: &Header<'_>) -> bool {
    let name = header.name.to_ascii_lowercase();
    OF_PROXIES.iter().any(|of_proxies| name.starts_with(of_proxies))
}

fn expectation(minor: u8, headers: &[Header<'_>]) -> Result<bool, Refusal> {
    let mut expects = false;
    for value in values(headers, "expect") {
        if !value.eq_ignore_ascii_case(b"100-continue") {
            return Err(Refusal::EXPECTATION);
        }
        expects = minor >= 1;
    }
    Ok(expects)
}

fn values<'h>(headers: &'h [Header<'_>], name: &'static str) -> impl DoubleEndedIterator<Item = &'h [u8]> {
    headers.iter().filter(move |header| header.name.eq_ignore_ascii_case(name)).map(|header| header.value)
}

/// The header lines that are meant for whoever answers, repeated ones as often as they came. One whose value is not ASCII is left out, since
/// nothing here reads such, and every other one of its name with it: what is left must not pass for all that was sent.
fn relayed(headers: &[Header<'_>]) -> String {
    let named_by_connection: Vec<&[u8]> =
        values(headers, "connection").flat_map(|value| value.split(|byte| *byte == b',')).map(<[u8]>::trim_ascii).collect();
    let unreadable: Vec<&str> = headers.iter().filter(|header| !header.value.is_ascii()).map(|header| header.name).collect();
    let mut lines = String::new();
    for header in headers {
        let name = header.name.to_ascii_lowercase();
        let is_readable = !unreadable.iter().any(|other| other.eq_ignore_ascii_case(&name));
        let is_ours = NOT_RELAYED.contains(&name.as_str()) || NOT_RELAYED_PREFIXES.iter().any(|prefix| name.starts_with(prefix));
        let is_of_the_connection = named_by_connection.iter().any(|named| named.eq_ignore_ascii_case(name.as_bytes()));
        if is_ours || is_of_the_connection || !is_readable {
            continue;
        }
        lines.push_str(&name);
        lines.push_str(": ");
        lines.push_str(&String::from_utf8_lossy(header.value));
        lines.push_str("\r\n");
    }
    lines
}

#[cfg(test)]
#[path = "head_tests.rs"]
mod tests;
