//! The chunked transfer coding, taken apart byte by byte: strict, and the same however the bytes are cut into reads.

/// What may follow a chunk's size on its line: more than any client sends, less than what could hide something.
const LONGEST_EXTENSION: usize = 256;
/// All trailer fields together; they are thrown away.
const LONGEST_TRAILER: usize = 4096;

/// A body in chunks is malformed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Malformed;

/// Where a decoder stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Place {
    /// In the size, after so many digits.
    Size { digits: u8 },
    /// Between the size and the end of its line, after so many bytes.
    Extension { length: usize },
    /// Behind the CR of the size's line.
    SizeEnd,
    /// In the data.
    Data,
    /// Behind the data.
    DataEnd,
    /// Behind the data and its CR.
    DataEndLine,
    /// In the trailer, at the beginning of a line or in one.
    Trailer { length: usize, line_is_empty: bool },
    /// Behind a CR in the trailer.
    TrailerEnd { length: usize, line_is_empty: bool },
    /// The body has ended.
    Done,
}

/// Reads a body in chunks.
#[derive(Clone, Debug)]
pub(super) struct Chunked {
    place: Place,
    /// Of the present chunk.
    left: u64,
}

impl Chunked {
    /// At the beginning of a body.
    pub(super) const fn new() -> Self {
        Self { place: Place::Size { digits: 0 }, left: 0 }
    }

    /// Whether the body has ended.
    pub(super) fn is_done(&self) -> bool {
        self.place == Place::Done
    }

    /// Takes from `input` up to the end of the body, gives what is data to `data` in pieces, and says how many bytes it took.
    ///
    /// # Errors
    /// Where this is no body in chunks.
    pub(super) fn decode(&mut self, input: &[u8], mut data: impl FnMut(&[u8])) -> Result<usize, Malformed> {
        let mut at = 0;
        while at < input.len() && !self.is_done() {
            if self.place == Place::Data {
                let length = usize::try_from(self.left).unwrap_or(usize::MAX).min(input.len() - at);
                data(&input[at..at + length]);
                self.left -= length as u64;
                at += length;
                if self.left == 0 {
                    self.place = Place::DataEnd;
                }
            } else {
                self.place = self.step(input[at])?;
                at += 1;
            }
        }
        Ok(at)
    }

    fn step(&mut self, byte: u8) -> Result<Place, Malformed> {
        match (self.place, byte) {
            (Place::Size { digits }, byte) if byte.is_ascii_hexdigit() => {
                let digit = char::from(byte).to_digit(16).ok_or(Malformed)?;
                self.left = self.left.checked_mul(16).and_then(|left| left.checked_add(u64::from(digit))).ok_or(Malformed)?;
                if digits >= 16 { Err(Malformed) } else { Ok(Place::Size { digits: digits + 1 }) }
            }
            (Place::Size { digits: 1.. }, b'\r') => Ok(Place::SizeEnd),
            (Place::Size { digits: 1.. }, b';') => Ok(Place::Extension { length: 0 }),
            (Place::Extension { .. }, b'\r') => Ok(Place::SizeEnd),
            (Place::Extension { length }, byte) if length < LONGEST_EXTENSION && is_text(byte) => {
                Ok(Place::Extension { length: length + 1 })
            }
            (Place::SizeEnd, b'\n') if self.left == 0 => Ok(Place::Trailer { length: 0, line_is_empty: true }),
            (Place::SizeEnd, b'\n') => Ok(Place::Data),
            (Place::DataEnd, b'\r') => Ok(Place::DataEndLine),
            (Place::DataEndLine, b'\n') => Ok(Place::Size { digits: 0 }),
            (Place::Trailer { length, line_is_empty }, b'\r') => Ok(Place::TrailerEnd { length, line_is_empty }),
            (Place::Trailer { length, .. }, byte) if length < LONGEST_TRAILER && is_text(byte) => {
                Ok(Place::Trailer { length: length + 1, line_is_empty: false })
            }
            (Place::TrailerEnd { line_is_empty: true, .. }, b'\n') => Ok(Place::Done),
            (Place::TrailerEnd { length, .. }, b'\n') => Ok(Place::Trailer { length, line_is_empty: true }),
            _ => Err(Malformed),
        }
    }
}

/// What may stand in a line that is thrown away.
const fn is_text(byte: u8) -> bool {
    matches!(byte, b'\t' | b' '..=b'~')
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn decoded(pieces: &[&[u8]]) -> Result<(Vec<u8>, bool, usize), Malformed> {
        let mut decoder = Chunked::new();
        let mut body = Vec::new();
        let mut taken = 0;
        for piece in pieces {
            taken += decoder.decode(piece, |data| body.extend_from_slice(data))?;
        }
        Ok((body, decoder.is_done(), taken))
    }

    #[test]
    fn bodies_are_read_up_to_their_end_and_no_further() {
        for (input, body, rest) in [
            ("0\r\n\r\n", "", 0),
            ("5\r\nhello\r\n0\r\n\r\n", "hello", 0),
            ("005\r\nhello\r\n000\r\n\r\n", "hello", 0),
            ("A;name=\"value\"\r\n0123456789\r\n1\r\nx\r\n0\r\n\r\n", "0123456789x", 0),
            ("1\r\n\r\r\n0\r\nDigest: abc\r\nOther: d\r\n\r\nGET / HTTP/1.1\r\n", "\r", 16),
        ] {
            let (found, done, taken) = decoded(&[input.as_bytes()]).unwrap();
            assert_eq!((String::from_utf8(found).unwrap().as_str(), done, input.len() - taken), (body, true, rest), "{input:?}");
        }
        assert!(!decoded(&[b"5\r\nhel"]).unwrap().1);
    }

    #[test]
    fn what_is_not_strictly_chunked_is_refused() {
        let long_extension = format!("1;{}\r\n", "x".repeat(300));
        let long_trailer = format!("0\r\n{}", "x: y\r\n".repeat(1100));
        for wrong in [
            "\r\n",
            "x\r\n",
            "-1\r\n",
            "+1\r\n",
            "0x5\r\nhello",
            " 5\r\n",
            "5 \r\nhello",
            "5\nhello",
            "5\rhello",
            ";a\r\n",
            "5\r\nhelloX",
            "5\r\nhello\n",
            "5\r\nhello\rX",
            "5\r\nhello\r\n\r\n",
            "1;a\nb\r\n",
            "1;a\0\r\n",
            "10000000000000000\r\n",
            "fffffffffffffffff\r\n",
            "00000000000000005\r\nhello",
            "0\r\nx\n",
            "0\r\n\n",
            "0\r\n\0",
            &long_extension,
            &long_trailer,
        ] {
            assert_eq!(decoded(&[wrong.as_bytes()]), Err(Malformed), "{:?}", &wrong[..wrong.len().min(30)]);
        }
        assert!(decoded(&[b"ffffffffffffffff\r\nx"]).is_ok(), "the cap is not the decoder's");
    }

    proptest! {
        #[test]
        fn any_cut_into_reads_gives_the_same(
            chunks in proptest::collection::vec(proptest::collection::vec(any::<u8>(), 1..40), 0..6),
            cuts in proptest::collection::vec(0_usize..400, 0..12),
            damage in proptest::option::of((0_usize..400, any::<u8>())),
        ) {
            let mut wire = Vec::new();
            for chunk in &chunks {
                wire.extend_from_slice(format!("{:x};e=1\r\n", chunk.len()).as_bytes());
                wire.extend_from_slice(chunk);
                wire.extend_from_slice(b"\r\n");
            }
            wire.extend_from_slice(b"0\r\nt: u\r\n\r\nnext");
            if let Some((place, byte)) = damage {
                let place = place % wire.len();
                wire[place] = byte;
            }
            let whole = decoded(&[&wire]);
            let mut places: Vec<usize> = cuts.into_iter().map(|cut| cut % wire.len()).chain([0, wire.len()]).collect();
            places.sort_unstable();
            let pieces: Vec<&[u8]> = places.windows(2).map(|pair| &wire[pair[0]..pair[1]]).collect();
            prop_assert_eq!(&decoded(&pieces), &whole);
            if damage.is_none() {
                prop_assert_eq!(whole, Ok((chunks.concat(), true, wire.len() - 4)));
            }
        }
    }
}
