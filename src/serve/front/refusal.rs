//! The answers that the front gives itself: short problem documents (RFC 9457), and none of them says more than the sender knows.

use std::fmt::Write as _;

/// Why a request is not relayed: a status and one sentence.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Refusal {
    /// The HTTP status.
    pub(super) status: u16,
    /// What is wrong, for whoever sent it.
    detail: &'static str,
}

macro_rules! refusals {
    ($($(#[$doc:meta])* $name:ident = $status:literal, $detail:literal;)*) => {
        impl Refusal {
            $($(#[$doc])* pub(super) const $name: Self = Self { status: $status, detail: $detail };)*
        }
    };
}

refusals! {
    BAD_REQUEST = 400, "the request line or a header is malformed";
    BAD_TARGET = 400, "the request target is not a path";
    BAD_HOST = 400, "exactly one valid `Host` is needed";
    BAD_FRAMING = 400, "the length of the body is ambiguous or malformed";
    LATE = 408, "the request did not arrive in time";
    TOO_LARGE = 413, "the body is larger than this address takes";
    LONG_TARGET = 414, "the request target is too long";
    EXPECTATION = 417, "only `100-continue` can be expected";
    MISDIRECTED = 421, "this server does not answer under that host name";
    TOO_MANY = 429, "too many unfinished requests from your address";
    LARGE_HEAD = 431, "the headers are too large or too many";
    METHOD = 501, "this method is not supported";
    CODING = 501, "this transfer coding is not supported";
    NO_ANSWER = 502, "the answer could not be made";
    FULL = 503, "the server has too much to do at the moment";
    SLOW_ANSWER = 504, "the answer was not made in time";
    VERSION = 505, "only HTTP/1.1 and HTTP/1.0 are spoken here";
}

impl Refusal {
    /// The whole answer. `with_body` is false for HEAD.
    pub(super) fn to_bytes(self, request_id: &str, date: &str, with_body: bool) -> Vec<u8> {
        let title = reason(self.status);
        let problem = serde_json::json!({ "type": "about:blank", "title": title, "status": self.status, "detail": self.detail });
        let body = format!("{problem}\n");
        let mut answer = head_start(self.status, request_id, date);
        let _ = write!(
            answer,
            "content-type: application/problem+json\r\ncache-control: no-store\r\nx-content-type-options: nosniff\r\ncontent-length: {}\r\n",
            body.len()
        );
        if matches!(self.status, 429 | 503) {
            answer.push_str("retry-after: 2\r\n");
        }
        answer.push_str("\r\n");
        if with_body {
            answer.push_str(&body);
        }
        answer.into_bytes()
    }
}

/// Status line and the headers that every answer has.
pub(super) fn head_start(status: u16, request_id: &str, date: &str) -> String {
    let mut head = format!("HTTP/1.1 {status} {}\r\nconnection: close\r\nx-request-id: {request_id}\r\n", reason(status));
    if !date.is_empty() {
        let _ = write!(head, "date: {date}\r\n");
    }
    head
}

/// The usual words for a status (RFC 9110), which programs do not read.
pub(in crate::serve) const fn reason(status: u16) -> &'static str {
    match status {
        200 => "OK",
        201 => "Created",
        202 => "Accepted",
        204 => "No Content",
        206 => "Partial Content",
        301 => "Moved Permanently",
        302 => "Found",
        303 => "See Other",
        304 => "Not Modified",
        307 => "Temporary Redirect",
        308 => "Permanent Redirect",
        400 => "Bad Request",
        401 => "Unauthorized",
        403 => "Forbidden",
        404 => "Not Found",
        405 => "Method Not Allowed",
        406 => "Not Acceptable",
        408 => "Request Timeout",
        409 => "Conflict",
        410 => "Gone",
        411 => "Length Required",
        412 => "Precondition Failed",
        413 => "Content Too Large",
        414 => "URI Too Long",
        415 => "Unsupported Media Type",
        416 => "Range Not Satisfiable",
        417 => "Expectation Failed",
        421 => "Misdirected Request",
        422 => "Unprocessable Content",
        428 => "Precondition Required",
        429 => "Too Many Requests",
        431 => "Request Header Fields Too Large",
        500 => "Internal Server Error",
        501 => "Not Implemented",
        502 => "Bad Gateway",
        503 => "Service Unavailable",
        504 => "Gateway Timeout",
        505 => "HTTP Version Not Supported",
        _ => "Answer",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refusal_is_a_whole_answer_that_closes() {
        let answer = String::from_utf8(Refusal::TOO_MANY.to_bytes("abc", "Fri, 27 Nov 2026 10:00:00 GMT", true)).unwrap();
        let (head, body) = answer.split_once("\r\n\r\n").unwrap();
        assert!(head.starts_with("HTTP/1.1 429 Too Many Requests\r\nconnection: close\r\nx-request-id: abc\r\n"), "{head}");
        assert!(head.contains("\r\nretry-after: 2"), "{head}");
        assert!(head.contains(&format!("\r\ncontent-length: {}\r\n", body.len())), "{head}");
        assert_eq!(
            body,
            "{\"detail\":\"too many unfinished requests from your address\",\"status\":429,\"title\":\"Too Many Requests\",\
             \"type\":\"about:blank\"}\n"
        );
        let bodyless = Refusal::BAD_REQUEST.to_bytes("abc", "", false);
        assert!(bodyless.ends_with(b"\r\n\r\n") && !bodyless.windows(5).any(|window| window == b"date:"));
    }
}
