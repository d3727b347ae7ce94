//! Public keys by which session tokens are verified: PEM from Clerk's dashboard, or a JWKS file with several keys for rotation.

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use ring::signature::{RSA_PKCS1_2048_8192_SHA256, RsaPublicKeyComponents};
use serde::Deserialize;

use crate::error::UserError;

/// Shortest modulus, in bytes: 2048 bits.
const SHORTEST_MODULUS: usize = 256;

/// Longest modulus, in bytes: 8192 bits.
const LONGEST_MODULUS: usize = 1024;

/// More keys than this are no rotation any more.
const MOST: usize = 32;

/// Keys, at least one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Keys(Vec<RsaKey>);

#[derive(Clone, Debug, PartialEq, Eq)]
struct RsaKey {
    /// Which tokens it is for; a key without one is for all.
    kid: Option<String>,
    modulus: Vec<u8>,
    exponent: Vec<u8>,
}

impl Keys {
    /// The keys in a text of PEM blocks; a `\n` of two characters, as tools for environments write it, is a line feed.
    ///
    /// # Errors
    /// Bad input where there is none, or something else than public RSA keys of 2048 to 8192 bits.
    pub fn from_pem(text: &str) -> Result<Self, UserError> {
        let text = text.replace("\\r", "").replace("\\n", "\n");
        let mut keys = Vec::new();
        let mut rest = text.as_str();
        while let Some((_, begun)) = rest.split_once("-----BEGIN ") {
            let whole = begun.split_once("-----").and_then(|(label, body)| {
                let (body, after) = body.split_once(&format!("-----END {label}-----"))?;
                Some((label, body, after))
            });
            let (label, body, after) = whole.ok_or_else(|| refuse_pem("has a block that does not end"))?;
            keys.push(key_of_block(label, body)?);
            rest = after;
        }
        if keys.is_empty() {
            return Err(refuse_pem("holds no `-----BEGIN PUBLIC KEY-----`"));
        }
        Self::checked(keys)
    }

    /// The RSA keys of a JSON Web Key Set that may sign; keys of other kinds in it are passed over.
    ///
    /// # Errors
    /// Bad input where it is none, or there is no usable key in it.
    pub fn from_jwks(bytes: &[u8]) -> Result<Self, UserError> {
        let refuse =
            |why: &str| UserError::bad_input(format!("the key set {why}")).hint("save what Clerk's `/.well-known/jwks.json` answers");
        let set: Jwks = serde_json::from_slice(bytes).map_err(|_| refuse("is not a JSON Web Key Set"))?;
        let signs = |key: &Jwk| {
            key.kty == "RSA"
                && key.usage.as_deref().is_none_or(|usage| usage == "sig")
                && key.alg.as_deref().is_none_or(|alg| alg == "RS256")
        };
        let mut keys = Vec::new();
        for key in set.keys.into_iter().filter(signs) {
            let number = |text: Option<String>| text.and_then(|text| URL_SAFE_NO_PAD.decode(text).ok());
            let (Some(modulus), Some(exponent)) = (number(key.n), number(key.e)) else {
                return Err(refuse("has an RSA key whose numbers are not base64url"));
            };
            keys.push(RsaKey { kid: key.kid, modulus: without_zeros(&modulus), exponent: without_zeros(&exponent) });
        }
        if keys.is_empty() {
            return Err(refuse("holds no RSA key that signs"));
        }
        Self::checked(keys)
    }

    /// These keys and those of another source.
    #[must_use]
    pub fn and(mut self, other: Self) -> Self {
        self.0.extend(other.0);
        self
    }

    /// How many there are.
    pub fn count(&self) -> usize {
        self.0.len()
    }

    /// Whether one of the keys that are for tokens of this `kid` has signed the message.
    pub(super) fn have_signed(&self, kid: Option<&str>, message: &[u8], signature: &[u8]) -> bool {
        let suits = |key: &&RsaKey| key.kid.is_none() || key.kid.as_deref() == kid;
        self.0.iter().filter(suits).any(|key| {
            let components = RsaPublicKeyComponents { n: &key.modulus, e: &key.exponent };
            components.verify(&RSA_PKCS1_2048_8192_SHA256, message, signature).is_ok()
        })
    }

    fn checked(keys: Vec<RsaKey>) -> Result<Self, UserError> {
        if keys.len() > MOST {
            return Err(UserError::bad_input(format!("there are more than {MOST} keys for session tokens")));
        }
        let fits =
            |key: &RsaKey| (SHORTEST_MODULUS..=LONGEST_MODULUS).contains(&key.modulus.len()) && (1..=4).contains(&key.exponent.len());
        match keys.iter().all(fits) {
            true => Ok(Self(keys)),
            false => Err(UserError::bad_input("a key for session tokens is not an RSA key of 2048 to 8192 bits")),
        }
    }
}

#[derive(Deserialize)]
struct Jwks {
    keys: Vec<Jwk>,
}

#[derive(Deserialize)]
struct Jwk {
    kty: String,
    kid: Option<String>,
    #[serde(rename = "use")]
    usage: Option<String>,
    alg: Option<String>,
    n: Option<String>,
    e: Option<String>,
}

fn refuse_pem(why: &str) -> UserError {
    UserError::bad_input(format!("the key for session tokens {why}"))
        .hint("copy the PEM public key from the API keys page of Clerk's dashboard")
}

/// The key that a PEM block is. What is refused is not repeated: it may be a private key.
fn key_of_block(label: &str, body: &str) -> Result<RsaKey, UserError> {
    let base64: String = body.split_whitespace().collect();
    let der = STANDARD.decode(base64).map_err(|_| refuse_pem("is not base64"))?;
    let key = match label {
        "PUBLIC KEY" => public_key(&der),
        "RSA PUBLIC KEY" => rsa_public_key(&der),
        label if label.contains("PRIVATE") => return Err(refuse_pem("is a private key, which belongs nowhere near this program")),
        _ => return Err(refuse_pem("is not a `PUBLIC KEY`")),
    };
    key.ok_or_else(|| refuse_pem("is not a public RSA key"))
}

/// The identifier of RSA (1.2.840.113549.1.1.1) and its absent parameters, as they stand in a SubjectPublicKeyInfo.
const RSA_ALGORITHM: &[u8] = &[0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01, 0x05, 0x00];

const SEQUENCE: u8 = 0x30;
const INTEGER: u8 = 0x02;
const BIT_STRING: u8 = 0x03;

/// The key in a SubjectPublicKeyInfo.
fn public_key(der: &[u8]) -> Option<RsaKey> {
    let (whole, rest) = element(der, SEQUENCE)?;
    let (algorithm, after) = element(whole, SEQUENCE)?;
    let (bits, end) = element(after, BIT_STRING)?;
    let key = bits.strip_prefix(&[0])?;
    (rest.is_empty() && end.is_empty() && algorithm == RSA_ALGORITHM).then(|| rsa_public_key(key)).flatten()
}

/// The key in an RSAPublicKey.
fn rsa_public_key(der: &[u8]) -> Option<RsaKey> {
    let (whole, rest) = element(der, SEQUENCE)?;
    let (modulus, after) = element(whole, INTEGER)?;
    let (exponent, end) = element(after, INTEGER)?;
    let key = RsaKey { kid: None, modulus: without_zeros(modulus), exponent: without_zeros(exponent) };
    (rest.is_empty() && end.is_empty()).then_some(key)
}

/// The content of the DER element with this tag that `der` begins with, and what follows it.
fn element(der: &[u8], tag: u8) -> Option<(&[u8], &[u8])> {
    let (first, rest) = der.split_first()?;
    let (short, rest) = rest.split_first()?;
    let (length, rest) = match *short {
        short @ 0..=0x7f => (usize::from(short), rest),
        long @ 0x81..=0x83 => {
            let (bytes, rest) = rest.split_at_checked(usize::from(long - 0x80))?;
            (bytes.iter().fold(0, |length, byte| length << 8 | usize::from(*byte)), rest)
        }
        _ => return None,
    };
    (*first == tag).then(|| rest.split_at_checked(length)).flatten()
}

fn without_zeros(number: &[u8]) -> Vec<u8> {
    number.iter().copied().skip_while(|byte| *byte == 0).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::Kind;

    /// The key of the contract's vectors.
    fn pem() -> String {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/contracts/clerk/vectors/session_tokens.json");
        let vectors: serde_json::Value = serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap();
        vectors[0]["pem"].as_str().unwrap().to_owned()
    }

    fn jwk(key: &RsaKey, kid: &str) -> serde_json::Value {
        let number = |bytes: &[u8]| URL_SAFE_NO_PAD.encode(bytes);
        serde_json::json!({"kty": "RSA", "kid": kid, "use": "sig", "alg": "RS256", "n": number(&key.modulus), "e": number(&key.exponent)})
    }

    #[test]
    fn pem_is_read_from_a_file_and_from_an_environment() {
        let pem = pem();
        let keys = Keys::from_pem(&pem).unwrap();
        assert_eq!((keys.count(), keys.0[0].modulus.len(), keys.0[0].exponent.as_slice()), (1, 256, [1, 0, 1].as_slice()));
        assert_eq!(Keys::from_pem(&pem.replace('\n', "\\n")).unwrap(), keys);
        assert_eq!(Keys::from_pem(&pem.replace('\n', "\r\n")).unwrap(), keys);
        assert_eq!(Keys::from_pem(&format!("a comment\n{pem}{pem}")).unwrap().count(), 2);
    }

    #[test]
    fn a_key_set_has_several_keys_by_kid() {
        let key = Keys::from_pem(&pem()).unwrap().0.remove(0);
        let set = serde_json::json!({"keys": [jwk(&key, "one"), jwk(&key, "two"), {"kty": "EC", "kid": "three", "crv": "P-256"}]});
        let keys = Keys::from_jwks(set.to_string().as_bytes()).unwrap();
        assert_eq!(keys.0.iter().map(|key| key.kid.as_deref()).collect::<Vec<_>>(), [Some("one"), Some("two")]);
        assert_eq!(keys.0[0].modulus, key.modulus);
        let mut short = jwk(&key, "short");
        short["n"] = URL_SAFE_NO_PAD.encode([7; 128]).into();
        let mut bent = jwk(&key, "bent");
        bent["n"] = "!".into();
        for (set, why) in [
            (serde_json::json!({"keys": [short]}), "a key for session tokens is not an RSA key of 2048 to 8192 bits"),
            (serde_json::json!({"keys": [bent]}), "the key set has an RSA key whose numbers are not base64url"),
            (serde_json::json!({"keys": []}), "the key set holds no RSA key that signs"),
            (serde_json::json!([]), "the key set is not a JSON Web Key Set"),
        ] {
            let error = Keys::from_jwks(set.to_string().as_bytes()).unwrap_err();
            assert_eq!((error.kind, error.message.as_str()), (Kind::BadInput, why));
        }
    }

    #[test]
    fn what_is_no_public_rsa_key_is_refused_and_not_repeated() {
        let pem = pem();
        for (text, why) in [
            (String::new(), "holds no `-----BEGIN PUBLIC KEY-----`"),
            (pem.replace("-----END PUBLIC KEY-----", ""), "has a block that does not end"),
            (pem.replace("PUBLIC KEY", "RSA PUBLIC KEY"), "is not a public RSA key"),
            (pem.replace("PUBLIC KEY", "PRIVATE KEY"), "is a private key, which belongs nowhere near this program"),
            (pem.replace("PUBLIC KEY", "CERTIFICATE"), "is not a `PUBLIC KEY`"),
            ("-----BEGIN PUBLIC KEY-----\ncanary!\n-----END PUBLIC KEY-----".to_owned(), "is not base64"),
            ("-----BEGIN PUBLIC KEY-----\nMIIBIjANBgkqhkiG\n-----END PUBLIC KEY-----".to_owned(), "is not a public RSA key"),
        ] {
            let error = Keys::from_pem(&text).unwrap_err();
            assert_eq!(error.message, format!("the key for session tokens {why}"));
            assert!(!format!("{error:?}").contains("canary"));
        }
    }

    #[test]
    fn no_cut_or_changed_key_panics() {
        let pem = pem();
        let base64: String = pem.lines().filter(|line| !line.starts_with('-')).collect();
        let der = STANDARD.decode(base64).unwrap();
        for end in 0..der.len() {
            assert!(public_key(&der[..end]).is_none());
            let mut bent = der.clone();
            bent[end] ^= 0xff;
            drop(public_key(&bent));
        }
    }
}
