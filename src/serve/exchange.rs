//! A request and its answer, apart from whoever carries them.

use std::borrow::Cow;
use std::fs::File;
use std::net::IpAddr;

use percent_encoding::percent_decode_str;
use url::form_urlencoded;

/// What is asked for.
#[derive(Clone, Debug)]
pub(super) struct Request {
    /// The method, in capitals.
    pub(super) method: String,
    /// The path as it was sent, such as `/services/api/`; below the organization's own root once that is known.
    pub(super) path: String,
    /// What follows the `?`, as it was sent.
    pub(super) query: String,
    /// Names in lower case.
    pub(super) headers: Vec<(String, String)>,
    /// What was sent with it.
    pub(super) body: Vec<u8>,
    /// Who asks: the real one, also behind a proxy that is trusted.
    pub(super) peer: IpAddr,
    /// Its id in the log.
    pub(super) id: String,
}

impl Request {
    /// The first header of this name, in lower case.
    pub(super) fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// The first parameter of this name in the query.
    pub(super) fn parameter(&self, name: &str) -> Option<String> {
        self.parameters().find(|(known, _)| known == name).map(|(_, value)| value.into_owned())
    }

    /// All parameters of the query, in order.
    pub(super) fn parameters(&self) -> impl Iterator<Item = (Cow<'_, str>, Cow<'_, str>)> {
        form_urlencoded::parse(self.query.as_bytes())
    }

    /// The name of the host it was sent to, without a port, in lower case.
    pub(super) fn host(&self) -> String {
        let host = self.header("host").unwrap_or_default();
        let name = match host.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
            Some((address, _)) => address,
            None => host.split(':').next().unwrap_or_default(),
        };
        name.trim_end_matches('.').to_ascii_lowercase()
    }

    /// Whether a person at this machine asks, not somebody through a proxy: for what only the preview shows.
    pub(super) fn is_at_the_desk(&self) -> bool {
        let host = self.host();
        let is_loopback =
            host == "localhost" || host.ends_with(".localhost") || host.parse().is_ok_and(|address: IpAddr| address.is_loopback());
        is_loopback && self.peer.is_loopback() && self.header("x-statuary-forwarded").is_none()
    }

    /// The names of the path, decoded; `None` where one of them could lead elsewhere or is no text.
    pub(super) fn names(&self) -> Option<Vec<String>> {
        let path = self.path.strip_prefix('/')?;
        path.split('/').map(decoded).collect()
    }
}

/// One name of a path, decoded; `None` where it is no text, leads elsewhere or has a second meaning on some system.
fn decoded(name: &str) -> Option<String> {
    let text = percent_decode_str(name).decode_utf8().ok()?;
    let strange = text.chars().any(|character| character.is_control() || matches!(character, '/' | '\\' | ':'));
    (!strange && text != "." && text != "..").then(|| text.into_owned())
}

/// What is answered.
#[derive(Debug)]
pub(super) struct Response {
    /// From 200 to 599.
    pub(super) status: u16,
    /// Names in lower case.
    pub(super) headers: Vec<(&'static str, String)>,
    /// What is sent.
    pub(super) body: Body,
}

/// The bytes of an answer.
#[derive(Debug)]
pub(super) enum Body {
    /// These.
    Bytes(Cow<'static, [u8]>),
    /// So many bytes of a file, from where it stands.
    File(File, usize),
}

impl Response {
    /// An answer without a body.
    pub(super) fn empty(status: u16) -> Self {
        Self { status, headers: Vec::new(), body: Body::Bytes(Cow::Borrowed(&[])) }
    }

    /// An answer of these bytes.
    pub(super) fn of(status: u16, content_type: &str, bytes: impl Into<Cow<'static, [u8]>>) -> Self {
        Self { status, headers: vec![("content-type", content_type.to_owned())], body: Body::Bytes(bytes.into()) }
    }

    /// A page elsewhere.
    pub(super) fn redirect(status: u16, to: &str) -> Self {
        Self::empty(status).with("location", to).with("cache-control", "no-cache")
    }

    /// With one more header; a value that is none is left out.
    pub(super) fn with(mut self, name: &'static str, value: impl Into<String>) -> Self {
        let value = value.into();
        if !value.chars().any(|character| character.is_control() || !character.is_ascii()) {
            self.headers.push((name, value));
        }
        self
    }

    /// With this header in place of others of its name.
    pub(super) fn set(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.retain(|(known, _)| *known != name);
        self.with(name, value)
    }

    /// The first header of this name.
    #[cfg(test)]
    pub(super) fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| *known == name).map(|(_, value)| value.as_str())
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    /// A request as a browser on this machine would send it.
    pub(in crate::serve) fn get(target: &str) -> Request {
        let (path, query) = target.split_once('?').unwrap_or((target, ""));
        Request {
            method: "GET".to_owned(),
            path: path.to_owned(),
            query: query.to_owned(),
            headers: vec![("host".to_owned(), "127.0.0.1:3000".to_owned())],
            body: Vec::new(),
            peer: [127, 0, 0, 1].into(),
            id: "request00000".to_owned(),
        }
    }

    #[test]
    fn names_are_decoded_once_and_lead_nowhere_else() {
        assert_eq!(get("/a%20b/%c3%a9/").names().unwrap(), ["a b", "\u{e9}", ""]);
        assert_eq!(get("/%252e%252e/x").names().unwrap(), ["%2e%2e", "x"]);
        for path in ["/..", "/a/../b", "/%2e%2e/x", "/.", "/a%2fb", "/a%5cb", "/a\\b", "/%00", "/%ff", "/c:/x", "x", "/a%0ab"] {
            assert_eq!(get(path).names(), None, "{path}");
        }
    }

    #[test]
    fn hosts_lose_their_port_and_the_desk_is_this_machine_alone() {
        for (host, name, desk) in [
            ("127.0.0.1:3000", "127.0.0.1", true),
            ("LOCALHOST.", "localhost", true),
            ("[::1]:80", "::1", true),
            ("acme.localhost:1", "acme.localhost", true),
            ("status.example.com", "status.example.com", false),
            ("", "", false),
        ] {
            let mut request = get("/");
            request.headers = vec![("host".to_owned(), host.to_owned())];
            assert_eq!((request.host().as_str(), request.is_at_the_desk()), (name, desk), "{host}");
        }
        let mut far = get("/");
        far.peer = [192, 0, 2, 1].into();
        assert!(!far.is_at_the_desk());
        let mut forwarded = get("/");
        forwarded.headers.push(("x-statuary-forwarded".to_owned(), "yes".to_owned()));
        assert!(!forwarded.is_at_the_desk());
    }

    #[test]
    fn no_header_holds_a_line_break() {
        assert!(Response::empty(200).with("location", "a\r\nb: c").headers.is_empty());
    }
}
