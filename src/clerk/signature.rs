//! Whether a webhook's message was signed with one of our secrets: Standard Webhooks 1.0, strictly.
//!
//! Signed is `ID.TIMESTAMP.BODY`, with id and timestamp as they stand in the headers and the body as it came. Where libraries take more than
//! the standard says (a sign before the number, an id with a dot, the first of two headers), this takes less.

use std::fmt;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use chrono::{DateTime, Utc};
use ring::hmac;

use crate::clerk::secrets::Secrets;
use crate::domain::ClerkId;

/// How old or how far ahead a message may be, in seconds.
const TOLERANCE: i64 = 300;

/// Most signatures of one message: one per secret of the sender.
const MOST_SIGNATURES: usize = 16;

/// Names of headers begin with one of these; whose headers are there at all counts, and they are never mixed.
const SETS: [&str; 2] = ["svix-", "webhook-"];

/// Why a message is refused, for the log of whoever runs the server; the sender learns none of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SignatureRefusal {
    /// A header is missing.
    Missing,
    /// A header is there twice.
    Repeated,
    /// The id is not one.
    Id,
    /// The timestamp is not one.
    Timestamp,
    /// It was signed too long ago, or lies ahead.
    Stale,
    /// There are too many signatures.
    TooMany,
    /// None of the signatures is right.
    Signature,
}

impl fmt::Display for SignatureRefusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Missing => "a header is missing",
            Self::Repeated => "a header is there twice",
            Self::Id => "the id is not one",
            Self::Timestamp => "the timestamp is not one",
            Self::Stale => "the timestamp is more than five minutes off",
            Self::TooMany => "there are too many signatures",
            Self::Signature => "no signature is right",
        })
    }
}

/// The id of the message that these `headers` and this `body`, all as they came, are, where it was signed with one of the secrets.
///
/// # Errors
/// What is wrong with it.
pub fn verify<'a>(
    secrets: &Secrets,
    headers: impl IntoIterator<Item = (&'a str, &'a [u8])>,
    body: &[u8],
    now: DateTime<Utc>,
) -> Result<ClerkId, SignatureRefusal> {
    let [id, timestamp, signatures] = headers_of_one_set(headers)?;
    let id: ClerkId = std::str::from_utf8(id).ok().and_then(|id| id.parse().ok()).ok_or(SignatureRefusal::Id)?;
    let seconds = seconds(timestamp).ok_or(SignatureRefusal::Timestamp)?;
    if now.timestamp().abs_diff(seconds) > TOLERANCE.unsigned_abs() {
        return Err(SignatureRefusal::Stale);
    }
    let candidates = candidates(signatures)?;
    let signed = [id.as_str().as_bytes(), b".", timestamp, b".", body].concat();
    // Every secret and every signature is tried, so that the time tells nothing of which of them was right.
    let mut right = false;
    for key in secrets.keys() {
        let tag = hmac::sign(key, &signed);
        let tag_of_tag = hmac::sign(key, tag.as_ref());
        for candidate in &candidates {
            // Comparing what the key makes of both takes one pass over the message per secret, and ring compares in constant time.
            right |= hmac::verify(key, candidate, tag_of_tag.as_ref()).is_ok();
        }
    }
    if right { Ok(id) } else { Err(SignatureRefusal::Signature) }
}

/// Id, timestamp and signatures, of the first set of which there is any header.
fn headers_of_one_set<'a>(headers: impl IntoIterator<Item = (&'a str, &'a [u8])>) -> Result<[&'a [u8]; 3], SignatureRefusal> {
    const NAMES: [&str; 3] = ["id", "timestamp", "signature"];
    let mut sets: [[Option<&'a [u8]>; 3]; 2] = Default::default();
    let mut repeated = [false; 2];
    for (name, value) in headers {
        let name = name.to_ascii_lowercase();
        for (set, prefix) in SETS.iter().enumerate() {
            let Some(place) = name.strip_prefix(prefix).and_then(|rest| NAMES.iter().position(|known| *known == rest)) else { continue };
            repeated[set] |= sets[set][place].replace(value).is_some();
        }
    }
    for (set, repeated) in sets.into_iter().zip(repeated) {
        match set {
            [None, None, None] => {}
            _ if repeated => return Err(SignatureRefusal::Repeated),
            [Some(id), Some(timestamp), Some(signature)] => return Ok([id, timestamp, signature]),
            _ => return Err(SignatureRefusal::Missing),
        }
    }
    Err(SignatureRefusal::Missing)
}

/// `[1-9][0-9]{0,11}` as a number.
fn seconds(text: &[u8]) -> Option<i64> {
    let shaped = (1..=12).contains(&text.len()) && text[0] != b'0' && text.iter().all(u8::is_ascii_digit);
    shaped.then(|| std::str::from_utf8(text).ok()?.parse().ok()).flatten()
}

/// The MACs of the items `v1,BASE64`; other items are of other versions, or nothing that we know.
fn candidates(signatures: &[u8]) -> Result<Vec<[u8; 32]>, SignatureRefusal> {
    let text = std::str::from_utf8(signatures).map_err(|_| SignatureRefusal::Signature)?;
    let mut candidates = Vec::new();
    for (number, item) in text.split(' ').filter(|item| !item.is_empty()).enumerate() {
        if number >= MOST_SIGNATURES {
            return Err(SignatureRefusal::TooMany);
        }
        let mac = item.strip_prefix("v1,").and_then(|encoded| STANDARD.decode(encoded).ok());
        candidates.extend(mac.and_then(|mac| <[u8; 32]>::try_from(mac).ok()));
    }
    Ok(candidates)
}

#[cfg(test)]
mod tests;
