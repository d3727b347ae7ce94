//! Public ids: what links, scripts and other tools know a thing by, stable for ever.

use std::fmt;

use rand::{Rng, TryRngCore, rngs::OsRng};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::error::UserError;

/// An opaque public id: 1 to 64 characters of `[0-9A-Za-z]`.
///
/// Ours are 12 characters of `[0-9a-z]`, the first a letter: no id looks like a number, and the first digit of a small number does not begin
/// an id when it is completed. Imports keep foreign ones, such as the 26-character ULIDs of incident.io.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct PublicId(String);

const LENGTH: usize = 12;

/// What the first character of an id of ours is one of.
const LETTERS: &[u8] = b"abcdefghijklmnopqrstuvwxyz";

/// What the others are one of.
const CHARACTERS: &[u8] = b"0123456789abcdefghijklmnopqrstuvwxyz";

impl PublicId {
    /// A new random id, 61 bits of it random.
    ///
    /// # Errors
    /// Fails where the operating system gives no randomness.
    pub fn random() -> Result<Self, UserError> {
        let mut source = OsRng;
        source.try_next_u32().map_err(|error| UserError::failed(format!("cannot make an id: {error}")))?;
        let mut random = source.unwrap_err();
        let mut one_of = |characters: &[u8]| char::from(characters[random.random_range(0..characters.len())]);
        Ok(Self((0..LENGTH).map(|place| one_of(if place == 0 { LETTERS } else { CHARACTERS })).collect()))
    }

    /// The id of a thing whose source has none: what these names lead to, from the widest to the narrowest, always has the same.
    pub fn derived(names: &[&str]) -> Self {
        let mut hasher = Sha256::new();
        for name in names {
            hasher.update(name.len().to_be_bytes());
            hasher.update(name);
        }
        let mut number = hasher.finalize().iter().take(16).fold(0_u128, |number, byte| (number << 8) | u128::from(*byte));
        let mut id = String::from(char::from(LETTERS[usize::try_from(number % 26).unwrap_or_default()]));
        number /= 26;
        while id.len() < LENGTH {
            id.push(char::from_digit(u32::try_from(number % 36).unwrap_or_default(), 36).unwrap_or('0'));
            number /= 36;
        }
        Self(id)
    }

    /// An id read from outside.
    ///
    /// # Errors
    /// Bad input where it is empty, longer than 64 characters or has other characters than letters and digits.
    pub fn parse(text: &str) -> Result<Self, UserError> {
        if (1..=64).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
            return Ok(Self(text.to_owned()));
        }
        Err(UserError::bad_input(format!("`{}` is not an id", text.escape_debug())))
    }

    /// The id as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for PublicId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl TryFrom<String> for PublicId {
    type Error = UserError;

    fn try_from(text: String) -> Result<Self, UserError> {
        Self::parse(&text)
    }
}

impl From<PublicId> for String {
    fn from(id: PublicId) -> Self {
        id.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn random_ids_are_twelve_characters_and_begin_with_a_letter() {
        for _ in 0..1000 {
            let id = PublicId::random().unwrap();
            assert_eq!(id.as_str().len(), 12);
            assert!(id.as_str().bytes().all(|byte| byte.is_ascii_digit() || byte.is_ascii_lowercase()));
            assert!(id.as_str().starts_with(|first: char| first.is_ascii_lowercase()));
        }
    }

    #[test]
    fn derived_ids_are_the_same_for_the_same_names() {
        let id = PublicId::derived(&["page", "issue", "a.md"]);
        assert_eq!(id, PublicId::derived(&["page", "issue", "a.md"]));
        assert!(id.as_str().len() == 12 && id.as_str().starts_with(|first: char| first.is_ascii_lowercase()));
        assert!(PublicId::parse(id.as_str()).is_ok());
        assert_ne!(id, PublicId::derived(&["page", "issuea", ".md"]));
        assert_ne!(id, PublicId::derived(&["page", "issue", "b.md"]));
    }

    #[test]
    fn foreign_ids_are_kept_and_paths_are_refused() {
        assert!(PublicId::parse("01JGWP4F7MA5HV8P6RV8SZ9QSE").is_ok());
        for bad in ["", "../x", "a b", "é", &"a".repeat(65)] {
            assert!(PublicId::parse(bad).is_err(), "{bad}");
        }
    }
}
