//! Slugs: the names of organizations, services and groups in commands and paths.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::error::UserError;

/// `[a-z0-9]([a-z0-9-]{0,62}[a-z0-9])?`, without the names that Windows keeps for devices.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Slug(String);

/// Names that are a device on Windows.
const RESERVED: &[&str] = &["con", "prn", "aux", "nul"];

impl Slug {
    /// A slug for a name from elsewhere: folded to ASCII, else `service-` and the id.
    pub fn from_name(name: &str, id: &str) -> Self {
        let mut slug = String::new();
        for character in deunicode::deunicode(name).chars() {
            if character.is_ascii_alphanumeric() {
                slug.push(character.to_ascii_lowercase());
            } else if !slug.is_empty() && !slug.ends_with('-') {
                slug.push('-');
            }
        }
        slug.truncate(56);
        let slug = slug.trim_end_matches('-');
        slug.parse().unwrap_or_else(|_| Self(format!("service-{}", id.to_ascii_lowercase().chars().take(50).collect::<String>())))
    }

    /// This slug, or with `-2`, `-3`… where `taken` says it is taken.
    #[must_use]
    pub fn made_unique(&self, mut taken: impl FnMut(&Self) -> bool) -> Self {
        if !taken(self) {
            return self.clone();
        }
        let mut number = 2_u64;
        loop {
            let stem: String = self.0.chars().take(44).collect();
            let candidate = Self(format!("{}-{number}", stem.trim_end_matches('-')));
            if !taken(&candidate) {
                return candidate;
            }
            number += 1;
        }
    }

    /// The slug as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for Slug {
    type Err = UserError;

    fn from_str(text: &str) -> Result<Self, UserError> {
        let edge = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
        let shaped = match text.as_bytes() {
            [] => false,
            [only] => edge(*only),
            [first, inner @ .., last] => {
                edge(*first) && edge(*last) && inner.len() <= 62 && inner.iter().all(|&byte| edge(byte) || byte == b'-')
            }
        };
        if !shaped {
            return Err(UserError::usage(format!("`{}` cannot be a name in commands and paths", text.escape_debug()))
                .hint("use 1 to 64 lower-case letters, digits and hyphens, with a letter or digit at both ends"));
        }
        let device = text.len() == 4 && (text.starts_with("com") || text.starts_with("lpt")) && text.as_bytes()[3].is_ascii_digit();
        if device || RESERVED.contains(&text) {
            return Err(
                UserError::usage(format!("`{text}` is a reserved name")).hint("choose another, such as one with your product's name in it")
            );
        }
        Ok(Self(text.to_owned()))
    }
}

impl fmt::Display for Slug {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl TryFrom<String> for Slug {
    type Error = UserError;

    fn try_from(text: String) -> Result<Self, UserError> {
        text.parse()
    }
}

impl From<Slug> for String {
    fn from(slug: Slug) -> Self {
        slug.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shape_is_checked() {
        for good in ["a", "9", "search", "search-2", &"a".repeat(64)] {
            assert!(good.parse::<Slug>().is_ok(), "{good}");
        }
        for bad in ["", "-a", "a-", "A", "a b", "a/b", "..", "é", "con", "com1", "lpt9", &"a".repeat(65), "a\n"] {
            assert!(bad.parse::<Slug>().is_err(), "{bad}");
        }
    }

    #[test]
    fn names_fold_to_ascii_and_collide_politely() {
        assert_eq!(Slug::from_name("Zürich – Öffentliche API (v2)", "x").as_str(), "zurich-offentliche-api-v2");
        assert_eq!(Slug::from_name("!!!", "Ab12").as_str(), "service-ab12");
        assert_eq!(Slug::from_name("con", "ab12").as_str(), "service-ab12");
        let api = Slug::from_name("Git", "x");
        assert_eq!(api.made_unique(|slug| ["git", "git-2"].contains(&slug.as_str())).as_str(), "git-3");
    }
}
