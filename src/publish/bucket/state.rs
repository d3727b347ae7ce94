//! The object in which a bucket says what of ours it holds, and who is changing that just now.
//!
//! One object holds both, so that they cannot disagree: `.statuary-site.gz` below the prefix. Whoever publishes first replaces it by itself
//! with a claim, on the condition that nobody else has, and last by what is there then. A claim lists what its publisher is about to write, so
//! that whoever finds it abandoned knows what may have come of it.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{Read as _, Write as _};

use chrono::{DateTime, Utc};
use flate2::Compression;
use flate2::read::GzDecoder;
use flate2::write::GzEncoder;
use serde::{Deserialize, Serialize};

use crate::error::UserError;
use crate::site::{Digest, Generation, SitePath};
use crate::storage::Etag;

/// Name of the object; no page can have it, since it begins with a dot.
pub(super) const NAME: &str = ".statuary-site.gz";

/// More than the object of any site has, in bytes.
pub(super) const LARGEST: u64 = 256 << 20;

/// More than its text has.
const LARGEST_TEXT: u64 = 1 << 30;

const FORMAT: u32 = 1;

/// What a bucket holds of a site.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct State {
    pub(super) head: Head,
    /// What lies there, by path.
    pub(super) objects: BTreeMap<SitePath, Kept>,
    /// What a claim is about to write.
    pub(super) planned: BTreeSet<SitePath>,
}

/// The first line.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Head {
    pub(super) format: u32,
    /// Id of the page.
    pub(super) site: String,
    /// The generation that is wholly there; the first claim has none.
    pub(super) generation: Option<Generation>,
    /// When that came to be.
    pub(super) published_at: Option<DateTime<Utc>>,
    /// Where somebody is changing it.
    pub(super) claim: Option<Claim>,
}

/// Somebody is changing what is there.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Claim {
    /// Whoever it is: random, and the same for all publishings from one organization's folder.
    pub(super) by: String,
    /// What is to be there.
    pub(super) generation: Generation,
    /// From when on it counts as abandoned.
    pub(super) until: DateTime<Utc>,
}

/// An object of ours.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Kept {
    /// Digest of its bytes and headers; `None` where they are not known.
    pub(super) made: Option<Digest>,
    /// Its version.
    pub(super) etag: Etag,
    /// The generation that no longer has it.
    pub(super) gone: Option<Generation>,
}

impl State {
    /// Nothing of a page yet.
    pub(super) fn new(site: &str) -> Self {
        let head = Head { format: FORMAT, site: site.to_owned(), generation: None, published_at: None, claim: None };
        Self { head, objects: BTreeMap::new(), planned: BTreeSet::new() }
    }

    /// The bytes of the object.
    pub(super) fn to_bytes(&self) -> Result<Vec<u8>, UserError> {
        let fail = |error: &dyn std::fmt::Display| UserError::failed(format!("cannot list what is published: {error}"));
        let mut packed = GzEncoder::new(Vec::new(), Compression::default());
        let mut text = serde_json::to_vec(&self.head).map_err(|error| fail(&error))?;
        text.push(b'\n');
        for (path, Kept { made, etag, gone }) in &self.objects {
            let made = made.map_or_else(|| "-".to_owned(), |made| made.to_string());
            let gone = gone.as_ref().map_or("-", Generation::as_str);
            // Writing into memory cannot fail.
            let _ = writeln!(text, "{made} {gone} {} {path}", etag.as_str());
        }
        for path in &self.planned {
            let _ = writeln!(text, "+ {path}");
        }
        packed.write_all(&text).and_then(|()| packed.finish()).map_err(|error| fail(&error))
    }

    /// Reads what [`Self::to_bytes`] wrote; whatever anybody may have put in its place is refused.
    pub(super) fn parse(bytes: &[u8]) -> Result<Self, UserError> {
        let mut text = String::new();
        let read = GzDecoder::new(bytes).take(LARGEST_TEXT).read_to_string(&mut text);
        read.ok().and_then(|_| Self::of_text(&text)).ok_or_else(|| {
            UserError::conflict(format!("`{NAME}` in the bucket is damaged, or of another version of statuary"))
                .hint("upgrade statuary, or delete that object and publish with `--check`")
        })
    }

    fn of_text(text: &str) -> Option<Self> {
        let mut lines = text.lines();
        let head: Head = serde_json::from_str(lines.next()?).ok().filter(|head: &Head| head.format == FORMAT)?;
        let (mut objects, mut planned) = (BTreeMap::new(), BTreeSet::new());
        for line in lines {
            if let Some(path) = line.strip_prefix("+ ") {
                planned.insert(SitePath::new(path).ok()?);
                continue;
            }
            let mut words = line.splitn(4, ' ');
            let (made, gone, etag, path) = (words.next()?, words.next()?, words.next()?, words.next()?);
            let made = if made == "-" { None } else { Some(made.parse().ok()?) };
            let gone = if gone == "-" { None } else { Some(gone.parse().ok()?) };
            objects.insert(SitePath::new(path).ok()?, Kept { made, etag: Etag::new(etag)?, gone });
        }
        Some(Self { head, objects, planned })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn example() -> State {
        let generation: Generation = "0123456789abcdef".parse().unwrap();
        let mut state = State::new("page00000000");
        state.head.generation = Some(generation.clone());
        state.head.claim = Some(Claim { by: "me".into(), generation: generation.clone(), until: DateTime::UNIX_EPOCH });
        let kept = |made, gone| Kept { made, etag: Etag::new("abc").unwrap(), gone };
        state.objects.insert(SitePath::new("a b.html").unwrap(), kept(Some(Digest::of(b"x")), None));
        state.objects.insert(SitePath::new("störung.html").unwrap(), kept(None, Some(generation)));
        state.planned.insert(SitePath::new("+ c.html").unwrap());
        state
    }

    #[test]
    fn what_was_written_is_read() {
        for state in [State::new("p"), example()] {
            assert_eq!(State::parse(&state.to_bytes().unwrap()).unwrap(), state);
        }
    }

    #[test]
    fn strangers_are_refused() {
        let packed = |text: &str| {
            let mut packed = GzEncoder::new(Vec::new(), Compression::fast());
            packed.write_all(text.as_bytes()).unwrap();
            packed.finish().unwrap()
        };
        let head = serde_json::to_string(&State::new("p").head).unwrap();
        let digest = Digest::of(b"");
        for text in [
            "",
            "{}",
            &head.replace("\"format\":1", "\"format\":2"),
            &format!("{head}\n{digest} - e ../x"),
            &format!("{head}\n{digest} - e"),
            &format!("{head}\nx - e a"),
            &format!("{head}\n- x e a"),
            &format!("{head}\n+ /etc/passwd"),
        ] {
            assert!(State::parse(&packed(text)).is_err(), "{text}");
        }
        assert!(State::parse(&packed(&format!("{head}\n{digest} - e a"))).is_ok());
        assert!(State::parse(&example().to_bytes().unwrap()[..20]).is_err());
        let error = State::parse(b"plain").unwrap_err();
        assert_eq!(error.message, "`.statuary-site.gz` in the bucket is damaged, or of another version of statuary");
        assert_eq!(error.hint.as_deref(), Some("upgrade statuary, or delete that object and publish with `--check`"));
    }
}
