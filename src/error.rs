//! One error for people and programs: what kind it is, what happened, what to do next.
//!
//! The kind alone decides the exit code and the HTTP status, so that both agree for ever. `anyhow` carries it; whatever is not a
//! [`UserError`] counts as [`Kind::Failed`].

use std::fmt;

/// What sort of failure it is; decides exit code and HTTP status.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A reason outside: disk, network, another program.
    Failed,
    /// An argument is wrong, also where that shows late.
    Usage,
    /// An organization, service, incident or maintenance does not exist.
    NotFound,
    /// A rule refuses: already resolved, slug taken, schema newer.
    Conflict,
    /// A thing is not any more as it has to be for this: somebody changed it meanwhile.
    Changed,
    /// A file cannot be used as it stands: org.toml, org.db, theme, import.
    BadInput,
    /// Whoever asks may not.
    NotAllowed,
    /// Another process holds the organization for too long.
    Busy,
}

impl Kind {
    /// Exit code of the process.
    pub const fn exit_code(self) -> u8 {
        match self {
            Self::Failed => 1,
            Self::Usage => 2,
            Self::NotFound => 3,
            Self::Conflict | Self::Changed => 4,
            Self::BadInput => 5,
            Self::NotAllowed => 6,
            Self::Busy => 75,
        }
    }

    /// HTTP status of an answer.
    pub const fn http_status(self) -> u16 {
        match self {
            Self::Failed => 500,
            Self::Usage => 400,
            Self::NotFound => 404,
            Self::Conflict => 409,
            Self::Changed => 412,
            Self::BadInput => 422,
            Self::NotAllowed => 403,
            Self::Busy => 503,
        }
    }
}

/// An error with a message for a person and, where it helps, a hint.
///
/// Messages are lower case, name things in backticks and have no final stop.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UserError {
    /// Decides exit code and HTTP status.
    pub kind: Kind,
    /// What failed, then why; one line.
    pub message: String,
    /// What to do about it; one line.
    pub hint: Option<String>,
}

impl UserError {
    /// An error without a hint.
    pub fn new(kind: Kind, message: impl Into<String>) -> Self {
        Self { kind, message: message.into(), hint: None }
    }

    /// [`Kind::Failed`]: the world outside did not play along.
    pub fn failed(message: impl Into<String>) -> Self {
        Self::new(Kind::Failed, message)
    }

    /// [`Kind::Usage`]: an argument is wrong.
    pub fn usage(message: impl Into<String>) -> Self {
        Self::new(Kind::Usage, message)
    }

    /// [`Kind::NotFound`]: the named thing does not exist.
    pub fn not_found(message: impl Into<String>) -> Self {
        Self::new(Kind::NotFound, message)
    }

    /// [`Kind::Conflict`]: a rule refuses.
    pub fn conflict(message: impl Into<String>) -> Self {
        Self::new(Kind::Conflict, message)
    }

    /// [`Kind::BadInput`]: a file cannot be used.
    pub fn bad_input(message: impl Into<String>) -> Self {
        Self::new(Kind::BadInput, message)
    }

    /// The same error with a hint.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }
}

/// Why the system refused, in the grammar of our messages: lower case, without a number.
pub fn reason(error: &std::io::Error) -> String {
    let text = error.to_string();
    text.split(" (os error ").next().unwrap_or_default().to_lowercase()
}

impl fmt::Display for UserError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for UserError {}

/// The names in `known` closest to `wanted`, for "did you mean": those that look alike, or differ by one slip of the fingers.
pub fn nearest<'a>(wanted: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    known
        .into_iter()
        .map(|name| {
            let slip = (wanted.chars().count() >= 3 && strsim::osa_distance(wanted, name) == 1) || wanted.eq_ignore_ascii_case(name);
            (strsim::jaro_winkler(wanted, name).max(if slip { 0.81 } else { 0.0 }), name)
        })
        .filter(|(score, _)| *score > 0.8)
        .max_by(|left, right| left.0.total_cmp(&right.0))
        .map(|(_, name)| name)
}

/// The one of `ids` that `wanted` is but for two signs: ids look like nothing, so that alike is not enough.
pub fn nearest_id<'a>(wanted: &str, ids: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let slips = ids.into_iter().map(|id| (strsim::osa_distance(wanted, id), id)).filter(|(slips, id)| *slips <= 2 && id.len() > 6);
    slips.min_by_key(|(slips, _)| *slips).map(|(_, id)| id)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn near_misses_are_found_and_strangers_are_not() {
        assert_eq!(nearest("serch", ["search", "api"]), Some("search"));
        assert_eq!(nearest("zhs", ["bash", "zsh", "fish"]), Some("zsh"));
        assert_eq!(nearest("API", ["web", "api"]), Some("api"));
        assert_eq!(nearest("ab", ["cb", "b"]), None);
        assert_eq!(nearest_id("28pmpj8bpxed", ["b0sxrt6xqa40", "28pmpj8bpexd"]), Some("28pmpj8bpexd"));
        assert_eq!(nearest_id("28pmpj8b", ["28pmpj8bpexd"]), None);
        assert_eq!(nearest_id("12", ["7"]), None);
        assert_eq!(nearest("zzz", ["search", "api"]), None);
    }
}
