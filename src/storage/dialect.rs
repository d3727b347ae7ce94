//! Where hosts that speak S3 differ: by what names a write is made conditional and a version is known.
//!
//! Google's interoperable endpoint passes over `If-Match` where something is written, and takes its own headers for the number of a
//! generation instead. It refuses requests that have headers of both kinds, so the mark of a write goes under Google's name there, too.
//!
//! Ceph's gateway compares the whole of `If-Match` with an etag that it keeps without quotes. It has no name to know it by, so that is found
//! out at the first write that it refuses although the version is there, and proved on an object of its own: a host that passes over such a
//! condition must not be taken for one.

use crate::storage::condition::{Condition, Etag};

/// Google's endpoint.
const GOOGLE: &str = "storage.googleapis.com";

/// In which words a host is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Dialect {
    /// As Amazon's S3 has it, and all others.
    Amazon,
    /// The same, but with bare etags in conditions of writes.
    Ceph,
    /// As Google's XML API has it.
    Google,
}

impl Dialect {
    /// That of the host with this name.
    pub(super) fn of(host: &str) -> Self {
        if host == GOOGLE || host.ends_with(&format!(".{GOOGLE}")) { Self::Google } else { Self::Amazon }
    }

    /// The header for a piece of metadata.
    pub(super) fn metadata(self, name: &str) -> String {
        match self {
            Self::Amazon | Self::Ceph => format!("x-amz-meta-{name}"),
            Self::Google => format!("x-goog-meta-{name}"),
        }
    }

    /// The header that has the version of an object.
    pub(super) fn version(self) -> &'static str {
        match self {
            Self::Amazon | Self::Ceph => "etag",
            Self::Google => "x-goog-generation",
        }
    }

    /// The header and its value that make a write conditional.
    pub(super) fn condition(self, condition: &Condition) -> Option<(&'static str, String)> {
        match (self, condition) {
            (_, Condition::None) => None,
            (Self::Amazon | Self::Ceph, Condition::Absent) => Some(("if-none-match", "*".to_owned())),
            (Self::Amazon, Condition::Is(etag)) => Some(("if-match", etag.quoted())),
            (Self::Ceph, Condition::Is(etag)) => Some(("if-match", etag.as_str().to_owned())),
            (Self::Google, Condition::Absent) => Some(("x-goog-if-generation-match", "0".to_owned())),
            (Self::Google, Condition::Is(etag)) => Some(("x-goog-if-generation-match", etag.as_str().to_owned())),
        }
    }

    /// The etag by which reading asks whether there is a newer version; `None` where the host has no such question.
    pub(super) fn unless(self, etag: &Etag) -> Option<(&'static str, String)> {
        match self {
            Self::Amazon | Self::Ceph => Some(("if-none-match", etag.quoted())),
            Self::Google => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_condition_has_its_header() {
        let etag = Etag::new("\"17\"").unwrap();
        let amazon = Dialect::of("s3.eu-central-1.amazonaws.com");
        assert_eq!(amazon.condition(&Condition::None), None);
        assert_eq!(amazon.condition(&Condition::Absent), Some(("if-none-match", "*".to_owned())));
        assert_eq!(amazon.condition(&Condition::Is(etag.clone())), Some(("if-match", "\"17\"".to_owned())));
        assert_eq!(Dialect::Ceph.condition(&Condition::Absent), Some(("if-none-match", "*".to_owned())));
        assert_eq!(Dialect::Ceph.condition(&Condition::Is(etag.clone())), Some(("if-match", "17".to_owned())));
        assert_eq!(Dialect::Ceph.unless(&etag), Some(("if-none-match", "\"17\"".to_owned())));
        let google = Dialect::of("storage.googleapis.com");
        assert_eq!(google.condition(&Condition::Absent), Some(("x-goog-if-generation-match", "0".to_owned())));
        assert_eq!(google.condition(&Condition::Is(etag)), Some(("x-goog-if-generation-match", "17".to_owned())));
        assert_eq!((google.version(), google.metadata("a").as_str()), ("x-goog-generation", "x-goog-meta-a"));
        assert_eq!(Dialect::of("b.storage.googleapis.com"), Dialect::Google);
        assert_eq!(Dialect::of("storage.googleapis.com.evil.example"), Dialect::Amazon);
    }
}
