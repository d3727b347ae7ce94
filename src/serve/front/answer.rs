//! The answer from behind the front: its head, where its body ends, and the form in which the client gets both.

use super::chunked::{Chunked, Malformed};
use super::refusal::head_start;

/// What an answer's head may take.
const HEAD_BYTES: usize = 32 * 1024;
/// How many headers an answer may have.
const HEADERS: usize = 100;

/// Headers of an answer that the front says itself, or nobody outside needs to know.
const NOT_RELAYED: [&str; 10] = [
    "connection",
    "keep-alive",
    "proxy-connection",
    "transfer-encoding",
    "content-length",
    "trailer",
    "upgrade",
    "server",
    "date",
    "x-request-id",
];

/// Names that begin so are for the front.
const INTERNAL: &str = "x-statuary-";
/// The header by which an answer asks to write to the client itself.
const TICKET: &str = "x-statuary-stream";

/// Where an answer's body ends.
#[derive(Clone, Debug)]
pub(super) enum BodyEnd {
    /// After so many more bytes.
    Length(u64),
    /// With its last chunk.
    Chunked(Chunked),
    /// With the connection.
    Close,
}

/// An answer's head, as the front needs it.
#[derive(Clone, Debug)]
pub(super) struct AnswerHead {
    /// The status.
    pub(super) status: u16,
    /// Header lines to relay.
    lines: Vec<u8>,
    /// What `Content-Length` says, also of a body that is not sent.
    length: Option<u64>,
    /// Where the body ends.
    pub(super) end: BodyEnd,
    /// Whether the connection can be used again.
    pub(super) stays_open: bool,
    /// Whether the socket is wanted, and under which name.
    pub(super) ticket: Option<String>,
    /// Whether a body of unknown length goes to the client in chunks.
    pub(super) to_client_in_chunks: bool,
    has_body: bool,
}

/// Reads the head of an answer to a request by `method` of HTTP/1.`minor`, if it is there whole, and says how long it is.
///
/// # Errors
/// Where this is no answer.
pub(super) fn read(bytes: &[u8], method: &str, minor: u8) -> Result<Option<(AnswerHead, usize)>, Malformed> {
    let mut room = [httparse::EMPTY_HEADER; HEADERS];
    let mut response = httparse::Response::new(&mut room);
    let length = match response.parse(bytes) {
        Ok(httparse::Status::Complete(length)) if length <= HEAD_BYTES => length,
        Ok(httparse::Status::Partial) if bytes.len() < HEAD_BYTES => return Ok(None),
        _ => return Err(Malformed),
    };
    let status = response.code.ok_or(Malformed)?;
    let mut head = AnswerHead {
        status,
        lines: Vec::new(),
        length: None,
        end: BodyEnd::Close,
        stays_open: response.version == Some(1),
        ticket: None,
        to_client_in_chunks: false,
        has_body: method != "HEAD" && !matches!(status, 100..=199 | 204 | 304),
    };
    let mut is_chunked = false;
    for header in response.headers.iter() {
        take_header(&mut head, &mut is_chunked, header)?;
    }
    head.end = match (is_chunked, head.length) {
        _ if !head.has_body => BodyEnd::Length(0),
        (true, _) => BodyEnd::Chunked(Chunked::new()),
        (false, Some(length)) => BodyEnd::Length(length),
        (false, None) => BodyEnd::Close,
    };
    head.stays_open &= !matches!(head.end, BodyEnd::Close);
    head.to_client_in_chunks = minor >= 1 && head.has_body && !matches!(head.end, BodyEnd::Length(_));
    Ok(Some((head, length)))
}

fn take_header(head: &mut AnswerHead, is_chunked: &mut bool, header: &httparse::Header<'_>) -> Result<(), Malformed> {
    let name = header.name.to_ascii_lowercase();
    let text = || std::str::from_utf8(header.value).map_err(|_| Malformed);
    match name.as_str() {
        "content-length" => head.length = Some(text()?.parse().map_err(|_| Malformed)?),
        "transfer-encoding" if header.value.eq_ignore_ascii_case(b"chunked") => *is_chunked = true,
        "transfer-encoding" => return Err(Malformed),
        "connection" if header.value.to_ascii_lowercase().windows(5).any(|word| word == b"close") => head.stays_open = false,
        TICKET => head.ticket = Some(text()?.to_owned()),
        _ => {}
    }
    if !NOT_RELAYED.contains(&name.as_str()) && !name.starts_with(INTERNAL) {
        head.lines.extend_from_slice(name.as_bytes());
        head.lines.extend_from_slice(b": ");
        head.lines.extend_from_slice(header.value);
        head.lines.extend_from_slice(b"\r\n");
    }
    Ok(())
}

impl AnswerHead {
    /// The head as the client gets it.
    pub(super) fn to_bytes(&self, request_id: &str, date: &str) -> Vec<u8> {
        let mut bytes = head_start(self.status, request_id, date).into_bytes();
        bytes.extend_from_slice(&self.lines);
        let is_chunked = matches!(self.end, BodyEnd::Chunked(_));
        match self.length {
            _ if self.to_client_in_chunks => bytes.extend_from_slice(b"transfer-encoding: chunked\r\n"),
            Some(length) if !is_chunked && self.status != 204 => {
                bytes.extend_from_slice(format!("content-length: {length}\r\n").as_bytes());
            }
            _ => {}
        }
        bytes.extend_from_slice(b"\r\n");
        bytes
    }

    /// Takes a piece of the body, gives it to `out` in the client's form, and says whether the body has ended with it.
    ///
    /// # Errors
    /// Where the body is malformed, or more follows than belongs to it.
    pub(super) fn take_body(&mut self, bytes: &[u8], out: &mut Vec<u8>) -> Result<bool, Malformed> {
        let in_chunks = self.to_client_in_chunks;
        let mut put = |data: &[u8]| put_piece(data, in_chunks, out);
        let (taken, done) = match &mut self.end {
            BodyEnd::Length(left) => {
                let taken = usize::try_from(*left).unwrap_or(usize::MAX).min(bytes.len());
                put(&bytes[..taken]);
                *left -= taken as u64;
                (taken, *left == 0)
            }
            BodyEnd::Chunked(decoder) => {
                let taken = decoder.decode(bytes, &mut put)?;
                (taken, decoder.is_done())
            }
            BodyEnd::Close => {
                put(bytes);
                (bytes.len(), false)
            }
        };
        if taken < bytes.len() {
            return Err(Malformed);
        }
        if done && in_chunks {
            out.extend_from_slice(b"0\r\n\r\n");
        }
        Ok(done)
    }

    /// The connection has ended; whether that is the end of the body, too.
    pub(super) fn ends_with_connection(&self, out: &mut Vec<u8>) -> bool {
        let is_end = matches!(self.end, BodyEnd::Close);
        if is_end && self.to_client_in_chunks {
            out.extend_from_slice(b"0\r\n\r\n");
        }
        is_end
    }
}

fn put_piece(data: &[u8], in_chunks: bool, out: &mut Vec<u8>) {
    if data.is_empty() {
        return;
    }
    if in_chunks {
        out.extend_from_slice(format!("{:x}\r\n", data.len()).as_bytes());
    }
    out.extend_from_slice(data);
    if in_chunks {
        out.extend_from_slice(b"\r\n");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What the client gets, whether the answer ended, and whether the connection can be used again.
    fn relayed(answer: &str, method: &str, minor: u8) -> (String, bool, bool) {
        let (mut head, length) = read(answer.as_bytes(), method, minor).unwrap().unwrap();
        let mut out = head.to_bytes("id", "");
        let done = head.take_body(&answer.as_bytes()[length..], &mut out).unwrap();
        (String::from_utf8(out).unwrap(), done, head.stays_open)
    }

    const OUR_HEAD: &str = "HTTP/1.1 200 OK\r\nconnection: close\r\nx-request-id: id\r\n";

    #[test]
    fn an_answer_reaches_the_client_without_what_is_internal() {
        let answer = "HTTP/1.1 200 Fine\r\nServer: tiny\r\nDate: x\r\nX-Statuary-Secret: y\r\nETag: \"a\"\r\nContent-Length: 2\r\n\r\nhi";
        assert_eq!(relayed(answer, "GET", 1), (format!("{OUR_HEAD}etag: \"a\"\r\ncontent-length: 2\r\n\r\nhi"), true, true));
    }

    #[test]
    fn a_body_of_unknown_length_takes_the_form_that_the_client_knows() {
        let chunked = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\n\r\n";
        assert_eq!(relayed(chunked, "GET", 1), (format!("{OUR_HEAD}transfer-encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\n\r\n"), true, true));
        assert_eq!(relayed(chunked, "GET", 0), (format!("{OUR_HEAD}\r\nhi"), true, true));
        let closing = "HTTP/1.1 200 OK\r\nConnection: Close\r\n\r\nhi";
        assert_eq!(relayed(closing, "GET", 1), (format!("{OUR_HEAD}transfer-encoding: chunked\r\n\r\n2\r\nhi\r\n"), false, false));
        let (head, _) = read(closing.as_bytes(), "GET", 1).unwrap().unwrap();
        let mut end = Vec::new();
        assert!(head.ends_with_connection(&mut end));
        assert_eq!(end, b"0\r\n\r\n");
    }

    #[test]
    fn answers_without_a_body_have_none() {
        let head = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n";
        assert_eq!(relayed(head, "HEAD", 1), (format!("{OUR_HEAD}content-length: 2\r\n\r\n"), true, true));
        let chunked = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
        assert_eq!(relayed(chunked, "HEAD", 1), (format!("{OUR_HEAD}\r\n"), true, true));
        let (sent, done, _) = relayed("HTTP/1.1 304 Not Modified\r\nContent-Length: 9\r\n\r\n", "GET", 1);
        assert!(done && sent.ends_with("content-length: 9\r\n\r\n"), "{sent}");
        let (sent, done, _) = relayed("HTTP/1.1 204 No Content\r\nContent-Length: 0\r\n\r\n", "DELETE", 1);
        assert!(done && !sent.contains("content-length"), "{sent}");
    }

    #[test]
    fn broken_answers_are_seen() {
        for broken in
            ["SSH-2.0\r\n\r\n", "HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\n", "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\n"]
        {
            assert!(read(broken.as_bytes(), "GET", 1).is_err(), "{broken:?}");
        }
        assert!(read(b"HTTP/1.1 200 OK\r\nA", "GET", 1).unwrap().is_none());
        let (mut head, _) = read(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n", "GET", 1).unwrap().unwrap();
        assert_eq!(head.take_body(b"hi!", &mut Vec::new()), Err(Malformed), "more than one answer");
    }
}
