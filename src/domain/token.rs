//! Tokens: what a program shows to be let in, and what is kept of it.
//!
//! The secret itself is told once and kept nowhere. What is kept is its SHA-256 hash: nobody can guess what 190 random bits were, so that a
//! slow hash would make nothing safer.

use std::fmt;
use std::str::FromStr;

use chrono::{DateTime, Utc};
use rand::{Rng, TryRngCore, rngs::OsRng};
use serde::{Deserialize, Serialize, Serializer};
use sha2::{Digest, Sha256};

use crate::domain::{Role, text};
use crate::error::UserError;

/// What every secret begins with, so that people and scanners of repositories know one when they see it.
pub const SECRET_PREFIX: &str = "statuary_";

/// Random characters of a secret, each worth 5.95 bits.
const RANDOM: usize = 32;

/// Characters at its end that follow from the rest, by which a scanner tells a secret from a lookalike.
const CHECK: usize = 6;

const ALPHABET: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/// Longest name of a token, in characters.
const LONGEST_NAME: usize = 64;

/// A secret in the clear: `statuary_`, 32 random letters and digits, and 6 that follow from them.
///
/// It goes to whoever asked for it and nowhere else; what prints a value for programmers does not print it.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

/// What is kept of a secret.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct SecretHash([u8; 32]);

/// A token's name: 1 to 64 characters on one line.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct TokenName(String);

/// A token as it is kept, without what it is known by.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Token {
    /// The organization's small number for it, never used again.
    pub number: i64,
    /// Its name; no two that stand have the same.
    pub name: TokenName,
    /// What whoever shows it may do.
    pub role: Role,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// Who made it.
    pub created_by: String,
    /// When it was last shown, to the minute; `None` where it never was.
    pub last_used_at: Option<DateTime<Utc>>,
    /// Since when it lets nobody in.
    pub revoked_at: Option<DateTime<Utc>>,
}

impl Secret {
    /// A new one.
    ///
    /// # Errors
    /// Fails where the operating system gives no randomness.
    pub fn random() -> Result<Self, UserError> {
        let mut source = OsRng;
        source.try_next_u32().map_err(|error| UserError::failed(format!("cannot make a token: {error}")))?;
        let mut random = source.unwrap_err();
        let body: String = (0..RANDOM).map(|_| char::from(ALPHABET[random.random_range(0..ALPHABET.len())])).collect();
        let check = check_of(&body);
        Ok(Self(format!("{SECRET_PREFIX}{body}{check}")))
    }

    /// The secret itself, to be told to whoever asked for it.
    pub fn reveal(&self) -> &str {
        &self.0
    }

    /// What is kept of it.
    pub fn hash(&self) -> SecretHash {
        SecretHash::of(&self.0)
    }

    /// Whether a text is shaped like a secret, its last characters included: what a scanner asks, not whether it lets anybody in.
    pub fn is_one(text: &str) -> bool {
        let Some(rest) = text.strip_prefix(SECRET_PREFIX) else { return false };
        rest.len() == RANDOM + CHECK
            && rest.bytes().all(|byte| byte.is_ascii_alphanumeric())
            && rest.split_at_checked(RANDOM).is_some_and(|(body, check)| check_of(body) == check)
    }
}

/// The characters at the end of a secret with this body.
fn check_of(body: &str) -> String {
    let digest = Sha256::digest(body.as_bytes());
    digest.iter().take(CHECK).map(|byte| char::from(ALPHABET[usize::from(*byte) % ALPHABET.len()])).collect()
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(…)")
    }
}

impl Serialize for Secret {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

impl SecretHash {
    /// What would be kept of this text, were it a secret; the work is the same whatever it is.
    pub fn of(presented: &str) -> Self {
        Self(Sha256::digest(presented.as_bytes()).into())
    }

    /// Its bytes, for the record.
    pub fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl fmt::Debug for SecretHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SecretHash(…)")
    }
}

impl TokenName {
    /// The name as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for TokenName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromStr for TokenName {
    type Err = UserError;

    fn from_str(text: &str) -> Result<Self, UserError> {
        let name = text.trim();
        let fits = (1..=LONGEST_NAME).contains(&name.chars().count())
            && !name
                .chars()
                .any(|character| character.is_control() || text::is_dropped(character) || "\u{2028}\u{2029}".contains(character));
        if !fits {
            return Err(UserError::usage(format!("a token's name is 1 to {LONGEST_NAME} characters on one line")));
        }
        if name.contains(SECRET_PREFIX) {
            return Err(UserError::usage("a token's name must not look like a token").hint("name what it is for, such as `deploy`"));
        }
        Ok(Self(name.to_owned()))
    }
}

impl TryFrom<String> for TokenName {
    type Error = UserError;

    fn try_from(text: String) -> Result<Self, UserError> {
        text.parse()
    }
}

impl From<TokenName> for String {
    fn from(name: TokenName) -> Self {
        name.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_differ_are_recognised_and_are_printed_for_nobody() {
        let secrets: Vec<Secret> = (0..200).map(|_| Secret::random().unwrap()).collect();
        for (index, secret) in secrets.iter().enumerate() {
            assert_eq!(secret.reveal().len(), SECRET_PREFIX.len() + RANDOM + CHECK);
            assert!(Secret::is_one(secret.reveal()), "{}", secret.reveal());
            assert!(secrets.iter().skip(index + 1).all(|other| other != secret));
            assert_eq!(format!("{secret:?} {:?}", secret.hash()), "Secret(…) SecretHash(…)");
            assert_eq!(serde_json::to_value(secret).unwrap(), secret.reveal());
        }
        // 62^32 is more than 2^190.
        assert!((ALPHABET.len() as f64).log2() * RANDOM as f64 > 190.0);
    }

    #[test]
    fn a_changed_character_is_noticed_and_nonsense_is_none() {
        let secret = Secret::random().unwrap();
        let flipped: String = {
            let mut bytes = secret.reveal().as_bytes().to_vec();
            bytes[12] = if bytes[12] == b'x' { b'y' } else { b'x' };
            String::from_utf8(bytes).unwrap()
        };
        for text in [flipped.as_str(), "", "statuary_", "statuary_é", &"x".repeat(47), &format!("statuary_{}", "é".repeat(19))] {
            assert!(!Secret::is_one(text), "{text}");
        }
    }

    #[test]
    fn the_hash_is_sha_256() {
        let hash = SecretHash::of("abc");
        assert_eq!(hash.as_bytes()[..4], [0xba, 0x78, 0x16, 0xbf]);
    }

    #[test]
    fn names_are_one_short_line() {
        assert_eq!(" CI deploy ".parse::<TokenName>().unwrap().as_str(), "CI deploy");
        for good in ["a", "日本", &"é".repeat(64)] {
            assert!(good.parse::<TokenName>().is_ok(), "{good}");
        }
        for bad in ["", " ", "a\nb", "a\u{0}", "a\u{202e}", "a\u{2028}b", &"é".repeat(65), "my statuary_x"] {
            assert!(bad.parse::<TokenName>().is_err(), "{bad:?}");
        }
    }
}
