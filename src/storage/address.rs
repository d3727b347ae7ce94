//! `s3://BUCKET/PREFIX`: where in object storage something lies.

use std::fmt;
use std::str::FromStr;

use crate::error::UserError;

/// How every address begins.
const SCHEME: &str = "s3://";

/// The longest key that S3 takes, in bytes.
const LONGEST_KEY: usize = 1024;

/// A bucket and a prefix, below which keys are relative.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Address {
    /// Name of the bucket.
    pub bucket: String,
    /// What stands before every key, without `/` at its ends; may be empty.
    pub prefix: String,
}

impl Address {
    /// Whether `text` is meant to be one.
    pub fn is_meant(text: &str) -> bool {
        text.starts_with(SCHEME)
    }

    /// The place `name` below this one.
    ///
    /// # Errors
    /// As parsing has them.
    pub fn below(&self, name: &str) -> Result<Self, UserError> {
        Ok(Self { bucket: self.bucket.clone(), prefix: self.key(name)? })
    }

    /// The whole key of what is called `name` below the prefix.
    ///
    /// # Errors
    /// Usage for names that no address can hold: empty ones, with steps such as `..`, with control characters, or too long.
    pub fn key(&self, name: &str) -> Result<String, UserError> {
        let key = if self.prefix.is_empty() { name.to_owned() } else { format!("{}/{name}", self.prefix) };
        if is_key(name) && is_key(&key) {
            return Ok(key);
        }
        Err(UserError::usage(format!("`{}` cannot be the key of an object", name.escape_debug())))
    }

    /// The name below the prefix of what has this whole key; `None` for keys elsewhere.
    pub(super) fn name<'a>(&self, key: &'a str) -> Option<&'a str> {
        match self.prefix.as_str() {
            "" => Some(key),
            prefix => key.strip_prefix(prefix)?.strip_prefix('/'),
        }
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{SCHEME}{}", self.bucket)?;
        if self.prefix.is_empty() { Ok(()) } else { write!(f, "/{}", self.prefix) }
    }
}

impl FromStr for Address {
    type Err = UserError;

    fn from_str(text: &str) -> Result<Self, UserError> {
        let refuse = |why: &str| {
            UserError::usage(format!("`{}` is no address of object storage: {why}", text.escape_debug()))
                .hint("write it as in `s3://my-bucket/status`")
        };
        let rest = text.strip_prefix(SCHEME).ok_or_else(|| refuse("it does not begin with `s3://`"))?;
        let (bucket, prefix) = rest.split_once('/').unwrap_or((rest, ""));
        let prefix = prefix.strip_suffix('/').unwrap_or(prefix);
        if !is_bucket(bucket) {
            return Err(refuse("a bucket has 3 to 63 of a-z, 0-9, `.` and `-`"));
        }
        if rest.ends_with("//") || (!prefix.is_empty() && !is_key(prefix)) {
            return Err(refuse("its prefix cannot be the beginning of a key"));
        }
        Ok(Self { bucket: bucket.to_owned(), prefix: prefix.to_owned() })
    }
}

/// Whether it can be the name of a bucket; Google's may also have `_`.
fn is_bucket(text: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
    let ends = text.bytes().next().is_some_and(plain) && text.bytes().last().is_some_and(plain);
    (3..=63).contains(&text.len()) && ends && !text.contains("..") && text.bytes().all(|byte| plain(byte) || b".-_".contains(&byte))
}

/// Whether a URL can hold it as it is: segments that are steps would be taken by whoever reads the URL.
fn is_key(text: &str) -> bool {
    let segment = |part: &str| !part.is_empty() && part != "." && part != "..";
    text.len() <= LONGEST_KEY && text.split('/').all(segment) && !text.chars().any(char::is_control)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_read_and_written_alike() {
        for (text, bucket, prefix) in [
            ("s3://status", "status", ""),
            ("s3://status/", "status", ""),
            ("s3://my.status-1/a/b", "my.status-1", "a/b"),
            ("s3://status/a/", "status", "a"),
            ("s3://status/ä b", "status", "ä b"),
        ] {
            let address: Address = text.parse().unwrap();
            assert_eq!((address.bucket.as_str(), address.prefix.as_str()), (bucket, prefix));
            assert_eq!(address.to_string(), text.trim_end_matches('/'));
        }
    }

    #[test]
    fn what_is_no_address_is_refused() {
        for bad in [
            "",
            "s3:",
            "s3://",
            "s3:///a",
            "http://status/a",
            "s3://ab",
            "s3://-ab",
            "s3://a..b",
            "s3://Status",
            "s3://a b c",
            "s3://status//",
            "s3://status/../other",
            "s3://status/a//b",
            "s3://status/./a",
            "s3://status/a\nb",
            "s3://user:pass@status/a",
            "s3://status?x=1",
        ] {
            let error = bad.parse::<Address>().unwrap_err();
            assert_eq!(error.kind, crate::error::Kind::Usage, "{bad:?}");
            assert!(!error.message.contains('\n'));
        }
    }

    #[test]
    fn what_is_wrong_with_an_address_is_told() {
        for (text, why) in [
            ("http://status/a", "it does not begin with `s3://`"),
            ("s3://ab", "a bucket has 3 to 63 of a-z, 0-9, `.` and `-`"),
            ("s3://status/../other", "its prefix cannot be the beginning of a key"),
        ] {
            let error = text.parse::<Address>().unwrap_err();
            assert_eq!(error.message, format!("`{text}` is no address of object storage: {why}"));
            assert_eq!(error.hint.as_deref(), Some("write it as in `s3://my-bucket/status`"));
        }
    }

    #[test]
    fn keys_stay_below_the_prefix() {
        let address: Address = "s3://status/acme".parse().unwrap();
        assert_eq!(address.key("api/v2/status.json").unwrap(), "acme/api/v2/status.json");
        assert_eq!(address.name("acme/index.html"), Some("index.html"));
        assert_eq!(address.name("acme-other/index.html"), None);
        assert_eq!(address.below("globex").unwrap().to_string(), "s3://status/acme/globex");
        for bad in ["", "..", "a/../b", "a//b", "/a", "a/", "a\0b", &"x".repeat(1025)] {
            assert_eq!(address.key(bad).unwrap_err().message, format!("`{}` cannot be the key of an object", bad.escape_debug()));
        }
    }
}
