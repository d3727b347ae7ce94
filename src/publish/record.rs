//! What an organization's folder remembers of each target: for telling, for commands, and to be known as the same publisher.

use std::collections::BTreeMap;
use std::fs::{File, TryLockError};
use std::io::{Read as _, Write as _};
use std::os::fd::OwnedFd;
use std::os::unix::fs::MetadataExt as _;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use chrono::{DateTime, Utc};
use flate2::Compression;
use flate2::read::GzDecoder;
use flate2::write::GzEncoder;
use serde::{Deserialize, Serialize};

use crate::config::write_file;
use crate::error::{Kind, UserError, reason};
use crate::publish::{Parcel, disk};
use crate::site::{Digest, DigestBuilder, Generation, SitePath};

/// The records of an organization's folder.
#[derive(Clone, Debug)]
pub struct Records {
    dot_dir: PathBuf,
}

/// What came of a publishing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// The site is there, and shows at its public address.
    Verified,
    /// The site is there; nobody said where it shows.
    Published,
    /// The site is there, and had not shown when its deadline passed.
    Unseen,
    /// It is not there.
    Failed,
}

impl Outcome {
    /// The word for it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Verified => "verified",
            Self::Published => "published",
            Self::Unseen => "unseen",
            Self::Failed => "failed",
        }
    }
}

/// What is remembered of one target.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Record {
    /// The generation that was last published there.
    pub generation: Option<Generation>,
    /// When.
    pub published_at: Option<DateTime<Utc>>,
    /// When it was last tried.
    pub tried_at: DateTime<Utc>,
    /// What came of that.
    pub outcome: Outcome,
    /// Why it failed, or was not seen.
    pub error: Option<String>,
}

/// More than a list of files has, in bytes.
const LARGEST_LIST: u64 = 1 << 30;

/// Held while one process publishes to a target; clones hold it, too.
#[derive(Clone, Debug)]
pub struct Held {
    lock: Arc<Lock>,
}

/// A file that is locked, and unlocked again by whoever is the last to hold it here, also where other processes have inherited it, unless
/// it is left to those.
#[derive(Debug)]
struct Lock {
    file: File,
    is_left: AtomicBool,
}

impl Drop for Lock {
    fn drop(&mut self) {
        if !self.is_left.load(Ordering::Relaxed) {
            // Where that fails it is unlocked once nobody has it open.
            let _ = self.file.unlock();
        }
    }
}

impl Held {
    /// A second handle of the lock for a process that is to hold it as long as it runs, even where this one is killed. Every process that
    /// is begun before it is dropped inherits it.
    pub(super) fn to_inherit(&self) -> std::io::Result<OwnedFd> {
        Ok(rustix::io::dup(&self.lock.file)?)
    }

    /// Gives it back, whoever holds it still.
    pub(super) fn release(&self) {
        let _ = self.lock.file.unlock();
    }

    /// Leaves it to the processes that have inherited it: the last of them gives it back when it ends.
    pub(super) fn leave(&self) {
        self.lock.is_left.store(true, Ordering::Relaxed);
    }
}

impl Records {
    /// Those in an organization's dot folder.
    pub fn new(dot_dir: PathBuf) -> Self {
        Self { dot_dir }
    }

    /// What is remembered of the target with this address; a record that cannot be read is none.
    pub fn read(&self, target: &str) -> Option<Record> {
        serde_json::from_slice(&std::fs::read(self.path(target, "json")).ok()?).ok()
    }

    /// Remembers what came of a publishing.
    ///
    /// # Errors
    /// Failed where the disk refuses.
    pub fn write(&self, target: &str, record: &Record) -> Result<(), UserError> {
        let text = serde_json::to_vec_pretty(record).map_err(|error| UserError::failed(format!("cannot record: {error}")))?;
        write_file(&self.path(target, "json"), &text)
    }

    /// Holds a target against other processes that publish from this folder.
    ///
    /// # Errors
    /// Conflict where one does just now.
    pub fn hold(&self, target: &str) -> Result<Held, UserError> {
        disk::make_folders(&self.dot_dir)?;
        let path = self.path(target, "lock");
        let lock = disk::open_lock(&path)?;
        match lock.try_lock() {
            Ok(()) => Ok(Held { lock: Arc::new(Lock { file: lock, is_left: AtomicBool::new(false) }) }),
            Err(TryLockError::WouldBlock) => Err(UserError::new(Kind::Conflict, "somebody else publishes there from this folder")
                .hint("nothing was changed; publish again when that has ended")),
            Err(TryLockError::Error(error)) => Err(disk::problem("lock", &path, &error)),
        }
    }

    /// What a command was last told: the generation, and digests by path.
    pub fn told(&self, target: &str) -> Option<(Generation, BTreeMap<SitePath, Digest>)> {
        let packed = std::fs::read(self.path(target, "files.gz")).ok()?;
        let mut text = String::new();
        GzDecoder::new(packed.as_slice()).take(LARGEST_LIST).read_to_string(&mut text).ok()?;
        let mut lines = text.lines();
        let generation = lines.next()?.parse().ok()?;
        let file = |line: &str| {
            let (digest, path) = line.split_once(' ')?;
            Some((SitePath::new(path).ok()?, digest.parse().ok()?))
        };
        Some((generation, lines.map(file).collect::<Option<_>>()?))
    }

    /// Remembers what a command was told.
    ///
    /// # Errors
    /// Failed where the disk refuses.
    pub fn tell(&self, target: &str, parcel: &Parcel) -> Result<(), UserError> {
        let mut text = format!("{}\n", parcel.generation);
        for file in &parcel.files {
            text.push_str(&format!("{} {}\n", file.content, file.path));
        }
        let mut packed = GzEncoder::new(Vec::new(), Compression::fast());
        let packed = packed.write_all(text.as_bytes()).and_then(|()| packed.finish());
        let packed = packed.map_err(|error| UserError::failed(format!("cannot record: {}", reason(&error))))?;
        write_file(&self.path(target, "files.gz"), &packed)
    }

    /// A name that this folder has as a publisher, and no other one, not even a copy of it.
    ///
    /// # Errors
    /// Failed where the disk refuses.
    pub fn publisher(&self) -> Result<String, UserError> {
        disk::make_folders(&self.dot_dir)?;
        let path = self.dot_dir.join("publisher");
        if !path.exists() {
            write_file(&path, format!("{}{}\n", crate::config::random_name()?, crate::config::random_name()?).as_bytes())?;
        }
        let fail = |error: std::io::Error| disk::problem("read", &path, &error);
        let (secret, about) = (std::fs::read(&path).map_err(fail)?, path.metadata().map_err(fail)?);
        let place = path.canonicalize().map_err(fail)?;
        let mut name = DigestBuilder::new();
        name.bytes(&secret).bytes(place.as_os_str().as_encoded_bytes()).bytes(&about.dev().to_le_bytes());
        name.bytes(&about.ino().to_le_bytes()).bytes(rustix::system::uname().nodename().to_bytes());
        Ok(name.finish().to_string())
    }

    fn path(&self, target: &str, end: &str) -> PathBuf {
        let mut key = Digest::of(target.as_bytes()).to_string();
        key.truncate(16);
        self.dot_dir.join(format!("published-{key}.{end}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_target_is_held_by_one_at_a_time() {
        let temp = tempfile::tempdir().unwrap();
        let records = Records::new(temp.path().join(".statuary"));
        let held = records.hold("dir:/srv").unwrap();
        let error = records.hold("dir:/srv").unwrap_err();
        assert_eq!((error.kind, error.message.as_str()), (Kind::Conflict, "somebody else publishes there from this folder"));
        assert_eq!(error.hint.as_deref(), Some("nothing was changed; publish again when that has ended"));
        assert!(records.hold("dir:/other").is_ok());
        drop(held);
        assert!(records.hold("dir:/srv").is_ok());
    }
}
