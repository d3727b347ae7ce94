//! What a write expects to find, and by what content is known.

use std::fmt;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use md5::{Digest, Md5};

/// By what a host knows one version of an object, as it wrote it but without quotes. On S3 the MD5 of its bytes, except where it was
/// encrypted with a key of its own or uploaded in parts; on Google's storage the number of its generation.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Etag(String);

/// What a write expects to find under its key.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Condition {
    /// Anything or nothing.
    #[default]
    None,
    /// Nothing.
    Absent,
    /// This version.
    Is(Etag),
}

impl Etag {
    /// The etag that a host wrote, with its quotes or without; `None` for what cannot be one.
    pub fn new(text: &str) -> Option<Self> {
        let text = text.trim();
        let text = text.strip_prefix("W/").unwrap_or(text);
        let text = text.strip_prefix('"').and_then(|text| text.strip_suffix('"')).unwrap_or(text);
        let fits = |byte: u8| byte.is_ascii_graphic() && byte != b'"';
        (!text.is_empty() && text.len() <= 256 && text.bytes().all(fits)).then(|| Self(text.to_owned()))
    }

    /// Without quotes.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether it is the MD5 of `bytes`: these are there then. Otherwise nothing is known.
    pub fn is_md5_of(&self, bytes: &[u8]) -> bool {
        self.0 == md5_of(bytes)
    }

    /// As a header has it.
    pub(super) fn quoted(&self) -> String {
        format!("\"{}\"", self.0)
    }
}

impl fmt::Display for Etag {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The MD5 of `bytes` in hexadecimal digits, which S3 has as the etag of what was written at once. It guards against accidents only.
pub fn md5_of(bytes: &[u8]) -> String {
    Md5::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The MD5 of `bytes` as the header `content-md5` has it.
pub(super) fn content_md5(bytes: &[u8]) -> String {
    STANDARD.encode(Md5::digest(bytes))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn etags_lose_their_quotes_and_nonsense_is_none() {
        for text in ["\"abc-1\"", "abc-1", "W/\"abc-1\"", " \"abc-1\" "] {
            assert_eq!(Etag::new(text).unwrap().as_str(), "abc-1");
        }
        assert_eq!(Etag::new("\"abc-1\"").unwrap().quoted(), "\"abc-1\"");
        for bad in ["", "\"\"", "a\"b", "a\r\nx: y", "ä", &"x".repeat(300)] {
            assert_eq!(Etag::new(bad), None, "{bad:?}");
        }
    }

    #[test]
    fn content_is_known_by_its_md5() {
        assert_eq!(md5_of(b""), "d41d8cd98f00b204e9800998ecf8427e");
        assert_eq!(content_md5(b"hello"), "XUFAKrxLKna5cZ2REBfFkg==");
        assert!(Etag::new("\"5d41402abc4b2a76b9719d911017c592\"").unwrap().is_md5_of(b"hello"));
        assert!(!Etag::new("\"5d41402abc4b2a76b9719d911017c592-2\"").unwrap().is_md5_of(b"hello"));
    }
}
