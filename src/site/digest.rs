//! Short digests of what a page was made from.

use std::fmt;

const DIGITS: &[u8; 16] = b"0123456789abcdef";
/// A bit no value of a digit has.
const NO_DIGIT: u8 = 0x80;

/// 16 bytes of BLAKE3: equal digests mean equal inputs.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Digest([u8; 16]);

impl Digest {
    /// The digest of one run of bytes.
    pub fn of(bytes: &[u8]) -> Self {
        Self::short(&blake3::hash(bytes))
    }

    /// Reads the 32 hex digits that [`fmt::Display`] writes.
    pub(super) fn parse(text: &[u8]) -> Option<Self> {
        let mut bytes = [0; 16];
        let mut seen = 0;
        if text.len() != 32 {
            return None;
        }
        for (byte, pair) in bytes.iter_mut().zip(text.chunks_exact(2)) {
            let (high, low) = (HEX_VALUES[usize::from(pair[0])], HEX_VALUES[usize::from(pair[1])]);
            seen |= high | low;
            *byte = high << 4 | low;
        }
        if seen & NO_DIGIT == 0 { Some(Self(bytes)) } else { None }
    }

    /// The digest as 32 hex digits.
    pub(super) fn hex(self) -> [u8; 32] {
        let mut text = [0; 32];
        for (pair, byte) in text.chunks_exact_mut(2).zip(self.0) {
            pair[0] = DIGITS[usize::from(byte >> 4)];
            pair[1] = DIGITS[usize::from(byte & 15)];
        }
        text
    }

    fn short(hash: &blake3::Hash) -> Self {
        let mut bytes = [0; 16];
        bytes.copy_from_slice(&hash.as_bytes()[..16]);
        Self(bytes)
    }
}

impl std::str::FromStr for Digest {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        Self::parse(text.as_bytes()).ok_or(())
    }
}

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.hex().iter().try_for_each(|digit| write!(f, "{}", char::from(*digit)))
    }
}

impl fmt::Debug for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// A digest of several fields, each with its length before it, so that (`ab`, `c`) and (`a`, `bc`) differ.
///
/// Fields are gathered and hashed in one go: a hasher that takes them one by one is 2 KiB large, which costs more than the hashing.
#[derive(Clone, Default)]
pub struct DigestBuilder(Vec<u8>);

impl DigestBuilder {
    /// No fields yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds bytes as one field.
    pub fn bytes(&mut self, field: &[u8]) -> &mut Self {
        self.0.extend_from_slice(&(field.len() as u64).to_le_bytes());
        self.0.extend_from_slice(field);
        self
    }

    /// Adds text as one field.
    pub fn text(&mut self, field: &str) -> &mut Self {
        self.bytes(field.as_bytes())
    }

    /// Adds texts as one field each, and their number.
    pub fn texts<'t>(&mut self, fields: impl IntoIterator<Item = &'t str>) -> &mut Self {
        let mut count = 0;
        for field in fields {
            self.text(field);
            count += 1;
        }
        self.number(count)
    }

    /// Adds a number as one field.
    pub fn number(&mut self, field: i64) -> &mut Self {
        self.bytes(&field.to_le_bytes())
    }

    /// Adds another digest as one field.
    pub fn digest(&mut self, field: Digest) -> &mut Self {
        self.bytes(&field.0)
    }

    /// The digest of all fields so far.
    pub fn finish(&self) -> Digest {
        Digest::of(&self.0)
    }
}

impl fmt::Debug for DigestBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "DigestBuilder({})", self.finish())
    }
}

/// The value of each hex digit; a table, since branches on random digits made up half the time of reading a manifest.
const HEX_VALUES: [u8; 256] = {
    let mut values = [NO_DIGIT; 256];
    let mut value = 0;
    while value < 16 {
        values[DIGITS[value as usize] as usize] = value;
        value += 1;
    }
    values
};

#[cfg(test)]
mod tests {
    use super::*;

    fn of_fields(fields: &[&str]) -> Digest {
        fields
            .iter()
            .fold(DigestBuilder::new(), |mut builder, field| {
                builder.text(field);
                builder
            })
            .finish()
    }

    #[test]
    fn fields_do_not_run_into_each_other() {
        assert_ne!(of_fields(&["ab", "c"]), of_fields(&["a", "bc"]));
        assert_ne!(of_fields(&["ab"]), of_fields(&["ab", ""]));
        assert_eq!(of_fields(&["ab", "c"]), of_fields(&["ab", "c"]));
    }

    #[test]
    fn the_known_value_of_nothing_and_back_from_hex() {
        let digest = Digest::of(b"");
        assert_eq!(digest.to_string(), "af1349b9f5f9a1a6a0404dea36dcc949");
        assert_eq!(Digest::parse(digest.to_string().as_bytes()), Some(digest));
        assert_eq!(Digest::parse(b"af1349b9f5f9a1a6a0404dea36dcc94"), None);
        assert_eq!(Digest::parse(b"AF1349b9f5f9a1a6a0404dea36dcc949"), None);
    }
}
