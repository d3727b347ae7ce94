//! `.statuary/state.json`: what is known of the remote, and how the file here stands to it.
//!
//! It is written before the file here is replaced, with what it will be, and after that with what it is. Where a process ends between the two,
//! the file's own number of events says which of them holds; the older one where both could, since to take the newest again does no harm.

use std::path::PathBuf;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::config::{OrgFolder, read_named, write_file};
use crate::error::{UserError, reason};
use crate::ops::state::remote::Remote;
use crate::storage::Etag;
use crate::store::Position;

/// More than such a file has, in bytes.
const LARGEST: u64 = 64 * 1024;

/// What is known of the remote.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(super) struct Record {
    remote: String,
    known: Option<Known>,
    pending: Option<Known>,
    /// Whether deeds were done here that were not pushed.
    offline: bool,
    taken_at: Option<DateTime<Utc>>,
}

/// A version there, and the file that it is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Known {
    etag: String,
    lineage: String,
    seq: i64,
}

/// How the file here stands to the remote.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Here {
    /// There is none.
    Nothing,
    /// It is this version.
    AsKnown(Etag),
    /// It is this version with deeds that were not pushed; `None` where that is uncertain.
    Unpushed(Option<Etag>),
    /// Nothing is known of any version.
    Unknown,
}

impl Known {
    fn new(etag: &Etag, position: &Position) -> Self {
        Self { etag: etag.to_string(), lineage: position.lineage.clone(), seq: position.seq }
    }

    fn is(&self, position: &Position) -> bool {
        (self.lineage.as_str(), self.seq) == (position.lineage.as_str(), position.seq)
    }
}

impl Record {
    /// What is known of this remote; nothing where the file tells of another, or is none of ours.
    ///
    /// # Errors
    /// Failed where it is there and cannot be read.
    pub(super) fn read(folder: &OrgFolder, remote: &Remote) -> Result<Self, UserError> {
        Self::read_for(folder, &remote.address())
    }

    pub(super) fn read_for(folder: &OrgFolder, remote: &str) -> Result<Self, UserError> {
        let path = path(folder);
        let unknown = || Self { remote: remote.to_owned(), ..Self::default() };
        let bytes = match read_named(&path, LARGEST) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(unknown()),
            Err(error) => return Err(UserError::failed(format!("cannot read `{}`: {}", path.display(), reason(&error)))),
        };
        let read: Option<Self> = serde_json::from_slice(&bytes).ok();
        Ok(read.filter(|record| record.remote == remote).unwrap_or_else(unknown))
    }

    /// # Errors
    /// What the disk says.
    pub(super) fn write(&self, folder: &OrgFolder) -> Result<(), UserError> {
        let text = serde_json::to_vec_pretty(self).map_err(|_| UserError::failed("cannot note what is known of the remote"))?;
        write_file(&path(folder), &text)
    }

    /// How the file here stands, given its position.
    pub(super) fn here(&self, position: Option<&Position>) -> Here {
        let Some(position) = position else { return Here::Nothing };
        let etag = |known: &Known| Etag::new(&known.etag);
        let known = self.known.as_ref();
        if self.offline {
            return Here::Unpushed(known.and_then(etag));
        }
        let matching = [known, self.pending.as_ref()].into_iter().flatten().find(|known| known.is(position));
        match (matching.and_then(etag), known, &self.pending) {
            (Some(etag), ..) => Here::AsKnown(etag),
            (None, Some(known), None) => Here::Unpushed(etag(known)),
            (None, None, None) => Here::Unknown,
            (None, _, Some(_)) => Here::Unpushed(None),
        }
    }

    /// Whether there ever was a record at the remote.
    pub(super) fn knows(&self) -> bool {
        self.known.is_some()
    }

    pub(super) fn known_etag(&self) -> Option<String> {
        self.known.as_ref().map(|known| known.etag.clone())
    }

    pub(super) fn seq(&self) -> i64 {
        self.known.as_ref().map_or(0, |known| known.seq)
    }

    pub(super) fn taken_at(&self) -> Option<DateTime<Utc>> {
        self.taken_at
    }

    /// Whether deeds were done here that were not pushed.
    pub(super) fn is_offline(&self) -> bool {
        self.offline
    }

    /// The file here is about to become this version.
    pub(super) fn will_be(&mut self, etag: &Etag, position: &Position) {
        self.pending = Some(Known::new(etag, position));
    }

    /// The file here is this version, and it is the newest.
    pub(super) fn is_now(&mut self, etag: &Etag, position: &Position, now: DateTime<Utc>) {
        (self.known, self.pending, self.offline) = (Some(Known::new(etag, position)), None, false);
        self.taken(now);
    }

    /// The version here was found to be the newest.
    pub(super) fn taken(&mut self, now: DateTime<Utc>) {
        self.taken_at = Some(now);
    }

    /// From now on there may be deeds here that are not pushed, on top of what is here.
    pub(super) fn goes_offline(&mut self, position: Option<&Position>) {
        if self.offline {
            return;
        }
        let here = [&self.known, &self.pending].into_iter().flatten().find(|known| position.is_some_and(|position| known.is(position)));
        (self.known, self.pending, self.offline) = (here.or(self.known.as_ref()).cloned(), None, true);
    }

    /// What was to be done here was not done.
    pub(super) fn stays_online(&mut self) {
        self.offline = false;
    }
}

fn path(folder: &OrgFolder) -> PathBuf {
    folder.dot_dir().join("state.json")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seq: i64) -> Position {
        Position { lineage: "l".to_owned(), seq }
    }

    fn etag(text: &str) -> Etag {
        Etag::new(text).unwrap()
    }

    #[test]
    fn a_process_may_end_at_any_moment() {
        let mut record = Record::default();
        assert_eq!((record.here(None), record.here(Some(&at(3)))), (Here::Nothing, Here::Unknown));
        record.will_be(&etag("a"), &at(3));
        assert_eq!(record.here(Some(&at(3))), Here::AsKnown(etag("a")));
        assert_eq!(record.here(Some(&at(2))), Here::Unpushed(None));
        record.is_now(&etag("a"), &at(3), DateTime::UNIX_EPOCH);
        record.will_be(&etag("b"), &at(4));
        assert_eq!(record.here(Some(&at(3))), Here::AsKnown(etag("a")));
        assert_eq!(record.here(Some(&at(4))), Here::AsKnown(etag("b")));
        assert_eq!(record.here(Some(&at(5))), Here::Unpushed(None), "of which of them, nobody knows");
        record.will_be(&etag("b"), &at(3));
        assert_eq!(record.here(Some(&at(3))), Here::AsKnown(etag("a")), "the older one, where both could be");
    }

    #[test]
    fn deeds_that_were_not_pushed_stand_on_the_version_they_were_done_on() {
        let mut record = Record::default();
        record.is_now(&etag("a"), &at(3), DateTime::UNIX_EPOCH);
        record.will_be(&etag("b"), &at(4));
        let mut here = record.clone();
        here.goes_offline(Some(&at(4)));
        assert_eq!(here.here(Some(&at(5))), Here::Unpushed(Some(etag("b"))));
        record.goes_offline(Some(&at(3)));
        assert_eq!(record.here(Some(&at(4))), Here::Unpushed(Some(etag("a"))));
        record.stays_online();
        assert_eq!(record.here(Some(&at(3))), Here::AsKnown(etag("a")));
        let other = Position { lineage: "other".to_owned(), seq: 3 };
        assert_eq!(record.here(Some(&other)), Here::Unpushed(Some(etag("a"))));
    }
}
