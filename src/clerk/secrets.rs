//! The secrets that webhooks are signed with: several, so that an old and a new one can be valid side by side.

use std::fmt;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use ring::hmac::{HMAC_SHA256, Key};

use crate::error::UserError;

/// What a secret begins with.
const PREFIX: &str = "whsec_";

/// Fewer bytes than this could be guessed.
const SHORTEST: usize = 16;

/// More bytes than this are no secret of this kind.
const LONGEST: usize = 256;

/// More secrets than this are no rotation any more.
const MOST: usize = 8;

/// The secrets of one endpoint, at least one.
#[derive(Clone)]
pub struct Secrets(Vec<Key>);

impl Secrets {
    /// The secrets that these texts are: `whsec_` and the standard base64 of at least 16 bytes, each once.
    ///
    /// # Errors
    /// Bad input where there is none or one of them is no secret; what it was is not repeated.
    pub fn parse<'a>(texts: impl IntoIterator<Item = &'a str>) -> Result<Self, UserError> {
        let mut keys = Vec::new();
        for text in texts {
            keys.push(Key::new(HMAC_SHA256, &decode(text)?));
            if keys.len() > MOST {
                return Err(UserError::bad_input(format!("there are more than {MOST} webhook secrets"))
                    .hint("keep the present one and the one before it"));
            }
        }
        if keys.is_empty() {
            return Err(UserError::bad_input("there is no webhook secret").hint(HINT));
        }
        Ok(Self(keys))
    }

    /// How many there are.
    pub fn count(&self) -> usize {
        self.0.len()
    }

    /// The keys themselves.
    pub(super) fn keys(&self) -> &[Key] {
        &self.0
    }
}

impl fmt::Debug for Secrets {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secrets(…)")
    }
}

/// Where one gets a secret from.
const HINT: &str = "copy the signing secret of the endpoint from Clerk's dashboard; it begins with `whsec_`";

fn decode(text: &str) -> Result<Vec<u8>, UserError> {
    let refuse = |why: &str| UserError::bad_input(format!("a webhook secret {why}")).hint(HINT);
    let text = text.trim();
    if text.is_empty() {
        return Err(refuse("is empty"));
    }
    let encoded = text.strip_prefix(PREFIX).ok_or_else(|| refuse("does not begin with `whsec_`"))?;
    let bytes = STANDARD.decode(encoded).map_err(|_| refuse("is not base64 after `whsec_`"))?;
    match bytes.len() {
        0 => Err(refuse("is empty after `whsec_`")),
        length if length < SHORTEST => Err(refuse("is too short")),
        length if length > LONGEST => Err(refuse("is too long")),
        _ => Ok(bytes),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::Kind;

    fn secret_of(bytes: usize) -> String {
        format!("{PREFIX}{}", STANDARD.encode(vec![7_u8; bytes]))
    }

    #[test]
    fn good_secrets_are_taken_and_printed_for_nobody() {
        let (new, old) = (secret_of(32), format!("  {}\n", secret_of(16)));
        let secrets = Secrets::parse([new.as_str(), &old]).unwrap();
        assert_eq!((secrets.count(), format!("{secrets:?}").as_str()), (2, "Secrets(…)"));
        for key in secrets.keys() {
            assert!(!format!("{key:?}").contains('7'), "{key:?}");
        }
    }

    #[test]
    fn empty_short_and_foreign_ones_are_refused_without_being_repeated() {
        let short = secret_of(15);
        for (text, why) in [
            ("", "a webhook secret is empty"),
            ("whsec_", "a webhook secret is empty after `whsec_`"),
            (short.as_str(), "a webhook secret is too short"),
            (&secret_of(257), "a webhook secret is too long"),
            ("sk_live_canary", "a webhook secret does not begin with `whsec_`"),
            ("whsec_canary!canary!canary!", "a webhook secret is not base64 after `whsec_`"),
            ("WHSEC_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", "a webhook secret does not begin with `whsec_`"),
        ] {
            let error = Secrets::parse([text]).unwrap_err();
            assert_eq!((error.kind, error.message.as_str()), (Kind::BadInput, why));
            assert!(!format!("{error:?}").contains("canary"), "{error:?}");
        }
        assert_eq!(Secrets::parse([]).unwrap_err().message, "there is no webhook secret");
        let many = vec![secret_of(32); MOST + 1];
        assert!(Secrets::parse(many.iter().map(String::as_str)).is_err());
    }
}
