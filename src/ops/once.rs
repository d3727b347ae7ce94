//! Once only: a request that is sent again, because its answer was lost on the way, is answered again and not done again.
//!
//! The sender gives each request a key of its own. What was answered is kept in the transaction that does the deed, so that there is no
//! moment at which one of them is there without the other; whoever comes with the same key meanwhile waits for that transaction like any
//! writer. A deed that fails keeps nothing and can be tried again.

use chrono::TimeDelta;
use serde::Serialize;
use sha2::{Digest, Sha256};

use crate::error::UserError;
use crate::ops::Deed;
use crate::store::{Answer, Write};

/// How long what was answered is kept, at the least.
const KEPT: TimeDelta = TimeDelta::hours(24);

/// Longest key, in characters.
const LONGEST_KEY: usize = 255;

/// By what a request is known where it is sent again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Once {
    asker: String,
    key: String,
    fingerprint: [u8; 32],
}

impl Once {
    /// The request that `asker` has sent with this key; `request` is all that makes it another one: its method, its path, its body.
    ///
    /// Keys are each asker's own: name one by something that no other ever has, such as a token's number.
    ///
    /// # Errors
    /// Usage where the key is not 1 to 255 visible ASCII characters.
    pub fn new(asker: impl Into<String>, key: &str, request: &[&[u8]]) -> Result<Self, UserError> {
        if !(1..=LONGEST_KEY).contains(&key.len()) || !key.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Err(UserError::usage(format!("an idempotency key is 1 to {LONGEST_KEY} visible ASCII characters"))
                .hint("make a new UUID for each request, and send the same one where you send the request again"));
        }
        let asker = asker.into();
        let mut hasher = Sha256::new();
        for part in [asker.as_bytes()].iter().chain(request) {
            // With its length, so that no part can pass for the end of the one before it.
            hasher.update((part.len() as u64).to_le_bytes());
            hasher.update(part);
        }
        Ok(Self { asker, key: key.to_owned(), fingerprint: hasher.finalize().into() })
    }
}

/// Nothing was done, since it was done before: the error that [`Once`] ends a repeated deed with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Repeated {
    /// The report that the deed gave back then, as JSON, byte by byte as `serde_json::to_string` writes it.
    pub answer: String,
}

impl std::fmt::Display for Repeated {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("this was done before")
    }
}

impl std::error::Error for Repeated {}

/// Does `work` as part of `write` and keeps what it gives back, where the deed asks for that.
pub(super) fn only<T: Serialize>(write: &Write<'_>, deed: &Deed, work: impl FnOnce(&Write<'_>) -> anyhow::Result<T>) -> anyhow::Result<T> {
    if let Some(moment) = deed.now.checked_sub_signed(KEPT) {
        write.forget_answers(moment)?;
    }
    let Some(once) = &deed.once else { return work(write) };
    if let Some(given) = write.answer(&once.asker, &once.key)? {
        if given.fingerprint != once.fingerprint {
            return Err(UserError::bad_input("this idempotency key was used for another request")
                .hint("make a new key for each request, and send the same one only where you send the same request again")
                .into());
        }
        return Err(Repeated { answer: given.answer }.into());
    }
    let result = work(write)?;
    let Once { asker, key, fingerprint } = once.clone();
    write.keep_answer(&Answer { asker, key, fingerprint, answer: serde_json::to_string(&result)? })?;
    Ok(result)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn once(asker: &str, key: &str, request: &[&str]) -> Result<Once, UserError> {
        Once::new(asker, key, &request.iter().map(|part| part.as_bytes()).collect::<Vec<_>>())
    }

    #[test]
    fn keys_are_visible_and_short() {
        for good in ["a", "8e03978e-40d5-43dd-bc93-6894a57f9324", "\"quoted\"", &"~".repeat(255)] {
            assert!(once("1", good, &[]).is_ok(), "{good}");
        }
        for bad in ["", "a b", "é", "a\n", "\u{7f}", &"x".repeat(256)] {
            assert!(once("1", bad, &[]).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn a_fingerprint_tells_every_part_from_every_other() {
        let of = |asker: &str, request: &[&str]| once(asker, "k", request).unwrap().fingerprint;
        let usual = of("1", &["POST", "/api/incidents", "{}"]);
        assert_eq!(usual, of("1", &["POST", "/api/incidents", "{}"]));
        for (asker, request) in [
            ("2", &["POST", "/api/incidents", "{}"][..]),
            ("1", &["PATCH", "/api/incidents", "{}"]),
            ("1", &["POST", "/api/incident", "s{}"]),
            ("1", &["POST/api/incidents", "", "{}"]),
            ("1", &["POST", "/api/incidents", "{}", ""]),
        ] {
            assert_ne!(usual, of(asker, request), "{asker} {request:?}");
        }
    }
}
