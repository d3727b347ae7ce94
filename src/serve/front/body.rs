//! A request's body, gathered whole under its cap before anything behind the front sees the request.

use super::chunked::Chunked;
use super::framing::Framing;
use super::refusal::Refusal;

/// What chunks may add to the data: a client that sends single bytes is still understood, for a while.
const CHUNK_OVERHEAD: u64 = 64 * 1024;

/// A body that is being read. Memory grows with what has come, never with what was announced.
#[derive(Debug)]
pub(super) struct Body {
    bytes: Vec<u8>,
    cap: u64,
    end: End,
}

#[derive(Debug)]
enum End {
    Length(u64),
    Chunked { decoder: Chunked, raw: u64 },
}

impl Body {
    /// Nothing has come yet.
    pub(super) const fn new(framing: Framing, cap: u64) -> Self {
        let end = match framing {
            Framing::Length(length) => End::Length(length),
            Framing::Chunked => End::Chunked { decoder: Chunked::new(), raw: 0 },
        };
        Self { bytes: Vec::new(), cap, end }
    }

    /// Takes what has come, and gives the body once it is whole; what follows it is nobody's.
    ///
    /// # Errors
    /// 400 where it is malformed, 413 where it is too large.
    pub(super) fn take(&mut self, bytes: &[u8]) -> Result<Option<Vec<u8>>, Refusal> {
        let is_whole = match &mut self.end {
            End::Length(length) => {
                let left = length.saturating_sub(self.bytes.len() as u64);
                self.bytes.extend_from_slice(&bytes[..usize::try_from(left).unwrap_or(usize::MAX).min(bytes.len())]);
                self.bytes.len() as u64 >= *length
            }
            End::Chunked { decoder, raw } => {
                let mut is_large = false;
                let taken = decoder.decode(bytes, |data| {
                    is_large |= self.bytes.len() as u64 + data.len() as u64 > self.cap;
                    if !is_large {
                        self.bytes.extend_from_slice(data);
                    }
                });
                *raw += taken.map_err(|_| Refusal::BAD_FRAMING)? as u64;
                if is_large || *raw > self.cap.saturating_mul(6).saturating_add(CHUNK_OVERHEAD) {
                    return Err(Refusal::TOO_LARGE);
                }
                decoder.is_done()
            }
        };
        Ok(is_whole.then(|| std::mem::take(&mut self.bytes)))
    }

    /// Bytes that it holds.
    pub(super) const fn held(&self) -> usize {
        self.bytes.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_body_is_whole_at_its_end_and_never_longer() {
        let mut body = Body::new(Framing::Length(5), 5);
        assert_eq!(body.take(b"he"), Ok(None));
        assert_eq!(body.take(b"lloGET / HTTP/1.1"), Ok(Some(b"hello".to_vec())));
        let mut body = Body::new(Framing::Chunked, 5);
        assert_eq!(body.take(b"5\r\nhel"), Ok(None));
        assert_eq!(body.take(b"lo\r\n0\r\n\r\nGET"), Ok(Some(b"hello".to_vec())));
    }

    #[test]
    fn chunks_are_held_to_the_same_cap() {
        assert_eq!(Body::new(Framing::Chunked, 5).take(b"6\r\nhello!\r\n0\r\n\r\n"), Err(Refusal::TOO_LARGE));
        assert_eq!(Body::new(Framing::Chunked, 5).take(b"3\r\nhel\r\n3\r\nlo!\r\n"), Err(Refusal::TOO_LARGE));
        assert_eq!(Body::new(Framing::Chunked, 0).take(b"0\r\n\r\n"), Ok(Some(Vec::new())));
        assert_eq!(Body::new(Framing::Chunked, 9).take(b"x"), Err(Refusal::BAD_FRAMING));
        let announced = Body::new(Framing::Chunked, 9).take(b"ffffffffffffffff\r\nabc");
        assert_eq!(announced, Ok(None), "only what comes counts");
        let single = format!("1;{}\r\nx\r\n", "e".repeat(200)).repeat(1000);
        assert_eq!(Body::new(Framing::Chunked, 2000).take(single.as_bytes()), Err(Refusal::TOO_LARGE), "nearly all of it is no data");
    }
}
