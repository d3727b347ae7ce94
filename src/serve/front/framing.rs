//! Where a request's body ends: said once and plainly, or the request is refused.
//!
//! Two servers that disagree on it take one request for two; what could be read in more than one way is therefore no request.

use httparse::Header;

use super::refusal::Refusal;

/// How a body is framed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Framing {
    /// So many bytes, none where nothing is said.
    Length(u64),
    /// In chunks.
    Chunked,
}

/// The framing that the headers of a request of HTTP/1.`minor` state.
///
/// # Errors
/// 400 where it is ambiguous or malformed, 501 for a coding other than chunked.
pub(super) fn framing(minor: u8, headers: &[Header<'_>]) -> Result<Framing, Refusal> {
    let mut lengths = values(headers, "content-length");
    let mut codings = values(headers, "transfer-encoding");
    let (length, coding) = (lengths.next(), codings.next());
    if lengths.next().is_some() || codings.next().is_some() {
        return Err(Refusal::BAD_FRAMING);
    }
    match (length, coding) {
        (None, None) => Ok(Framing::Length(0)),
        (Some(length), None) => read_length(length).map(Framing::Length),
        (None, Some(coding)) if minor >= 1 => read_coding(coding),
        (None | Some(_), Some(_)) => Err(Refusal::BAD_FRAMING),
    }
}

fn values<'h>(headers: &'h [Header<'_>], name: &'static str) -> impl Iterator<Item = &'h [u8]> {
    headers.iter().filter(move |header| header.name.eq_ignore_ascii_case(name)).map(|header| header.value)
}

/// Digits only, without zeros in front; more than fits is the largest number, which no cap allows.
fn read_length(value: &[u8]) -> Result<u64, Refusal> {
    let is_plain = value.iter().all(u8::is_ascii_digit) && (value == b"0" || value.first().is_some_and(|first| *first != b'0'));
    if !is_plain {
        return Err(Refusal::BAD_FRAMING);
    }
    let add = |sum: u64, digit: &u8| sum.saturating_mul(10).saturating_add(u64::from(digit - b'0'));
    Ok(value.iter().fold(0, add))
}

fn read_coding(value: &[u8]) -> Result<Framing, Refusal> {
    if value.eq_ignore_ascii_case(b"chunked") {
        return Ok(Framing::Chunked);
    }
    let codings = ["gzip", "x-gzip", "compress", "x-compress", "deflate", "br", "identity"];
    let first = value.split(|byte| *byte == b',').next().unwrap_or_default().trim_ascii();
    let is_known = codings.iter().any(|coding| first.eq_ignore_ascii_case(coding.as_bytes()));
    Err(if is_known { Refusal::CODING } else { Refusal::BAD_FRAMING })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(minor: u8, headers: &[(&str, &str)]) -> Result<Framing, u16> {
        let headers: Vec<Header<'_>> = headers.iter().map(|(name, value)| Header { name, value: value.as_bytes() }).collect();
        framing(minor, &headers).map_err(|refusal| refusal.status)
    }

    #[test]
    fn a_length_is_one_plain_number() {
        assert_eq!(of(1, &[]), Ok(Framing::Length(0)));
        assert_eq!(of(1, &[("Content-Length", "0")]), Ok(Framing::Length(0)));
        assert_eq!(of(0, &[("CONTENT-LENGTH", "42")]), Ok(Framing::Length(42)));
        assert_eq!(of(1, &[("content-length", "18446744073709551615")]), Ok(Framing::Length(u64::MAX)));
        let giant = format!("1{}", "0".repeat(40));
        assert_eq!(of(1, &[("content-length", &giant)]), Ok(Framing::Length(u64::MAX)));
        for odd in ["", "+5", "-5", "-0", " 5", "5 ", "0x5", "5,5", "5, 6", "5;", "05", "00", "5.0", "5e1", "\u{665}", "five", "1_0", "5\t"]
        {
            assert_eq!(of(1, &[("content-length", odd)]), Err(400), "{odd:?}");
        }
    }

    #[test]
    fn what_could_be_read_in_two_ways_is_refused() {
        let (length, chunked) = (("content-length", "5"), ("transfer-encoding", "chunked"));
        for two in [vec![length, chunked], vec![chunked, length], vec![length, length], vec![length, ("Content-Length", "6")]] {
            assert_eq!(of(1, &two), Err(400), "{two:?}");
        }
        assert_eq!(of(1, &[chunked, chunked]), Err(400));
        assert_eq!(of(1, &[chunked, ("Transfer-Encoding", "identity")]), Err(400));
        assert_eq!(of(0, &[chunked]), Err(400), "HTTP/1.0 has no codings");
    }

    #[test]
    fn the_only_coding_is_chunked() {
        assert_eq!(of(1, &[("Transfer-Encoding", "ChunKed")]), Ok(Framing::Chunked));
        for odd in [
            "",
            "chunked, chunked",
            "xchunked",
            "chunkedx",
            "chunked;q=1",
            "\u{b}chunked",
            "chunked,",
            ",chunked",
            "\"chunked\"",
            "chunked gzip",
        ] {
            assert_eq!(of(1, &[("transfer-encoding", odd)]), Err(400), "{odd:?}");
        }
        for unsupported in ["gzip", "gzip, chunked", "identity", "deflate,chunked"] {
            assert_eq!(of(1, &[("transfer-encoding", unsupported)]), Err(501), "{unsupported:?}");
        }
    }
}
