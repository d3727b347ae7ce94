//! Pages on their way into the output folder: put aside one by one, from several threads, until all are there.

use std::collections::HashMap;
use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::digest::Digest;
use super::folder::{Lock, OutputFolder};
use super::path::{Phase, SitePath};
use super::{place, write};
use crate::error::UserError;

/// Files staged for one output folder. Dropped before [`Stage::switch`], it leaves the site as it was and nothing behind.
#[derive(Debug)]
pub struct Stage<'a> {
    pub(super) folder: &'a OutputFolder,
    /// The staging folder. For a fresh output folder it has the shape of the site, so that one rename can publish it; otherwise its
    /// files are numbered, which spares making and removing folders.
    pub(super) root: PathBuf,
    /// Opened before anything is written, so that a write the system gave up later is reported by the barrier.
    pub(super) handle: File,
    pub(super) staged: Mutex<Vec<Staged>>,
    grounds: Mutex<HashMap<Box<str>, Ground>>,
    count: AtomicUsize,
}

/// One page that was put.
#[derive(Debug)]
pub(super) struct Staged {
    pub(super) path: SitePath,
    pub(super) phase: Phase,
    pub(super) action: Action,
    pub(super) content: Digest,
    pub(super) length: u64,
    number: usize,
}

impl Staged {
    /// Whether the site does not have it yet with these bytes.
    pub(super) fn changes(&self) -> bool {
        self.action != Action::Leave
    }
}

/// What the switch has to do for a page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Action {
    /// Nothing: the file has these bytes.
    Leave,
    /// There is no such file yet.
    Create,
    /// A file or link goes away for it.
    Replace,
    /// A folder of files that are no longer wanted goes away for it.
    ReplaceFolder,
}

/// What is where a folder of the site has to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Ground {
    /// That folder.
    Folder,
    /// Nothing.
    Absent,
    /// A file that may go.
    File,
}

impl<'a> Stage<'a> {
    /// Starts staging for a folder that was opened under this lock.
    ///
    /// # Errors
    /// The path and the reason, where the disk refuses.
    pub fn begin(folder: &'a OutputFolder, _lock: &Lock) -> Result<Self, UserError> {
        let (root, handle) = place::make(folder)?;
        Ok(Self { folder, root, handle, staged: Mutex::default(), grounds: Mutex::default(), count: AtomicUsize::new(0) })
    }

    /// Puts one page aside; may be called from several threads. Bytes that the site already has at this path are not written.
    ///
    /// # Errors
    /// The path and the reason, where the disk refuses; conflict, where a link or somebody else's file is in the way.
    pub fn put(&self, path: &SitePath, bytes: &[u8]) -> Result<(), UserError> {
        let action = self.action_for(path, bytes)?;
        let staged = Staged {
            path: path.clone(),
            phase: path.phase(),
            action,
            content: Digest::of(bytes),
            length: bytes.len() as u64,
            number: self.count.fetch_add(1, Ordering::Relaxed),
        };
        if action != Action::Leave {
            let write = || {
                if self.folder.is_fresh {
                    self.make_staging_folders(path)?;
                }
                write::create_file(&self.place_of(&staged), bytes)
            };
            write().map_err(|error| write::problem("write", &self.live(path), &error))?;
        }
        locked(&self.staged).push(staged);
        Ok(())
    }

    /// Where a page lies in the output folder.
    pub(super) fn live(&self, path: impl AsRef<Path>) -> PathBuf {
        self.folder.out.join(path)
    }

    /// Where a page lies until the switch.
    pub(super) fn place_of(&self, staged: &Staged) -> PathBuf {
        if self.folder.is_fresh { self.root.join(&staged.path) } else { self.root.join(staged.number.to_string()) }
    }

    /// What is where the nearest folder of `path` has to be.
    pub(super) fn ground(&self, path: &SitePath) -> Result<Ground, UserError> {
        let nearest = path.folders().last().unwrap_or_default();
        if nearest.is_empty() {
            return Ok(Ground::Folder);
        }
        if let Some(known) = self.known_ground(nearest) {
            return Ok(known);
        }
        let mut ground = Ground::Folder;
        for folder in path.folders() {
            ground = match (ground, self.known_ground(folder)) {
                (_, Some(known)) => known,
                (Ground::Folder, None) => self.look(folder)?,
                (_, None) => Ground::Absent,
            };
            locked(&self.grounds).insert(folder.into(), ground);
        }
        Ok(ground)
    }

    /// What [`Self::ground`] has found at a folder.
    pub(super) fn known_ground(&self, folder: &str) -> Option<Ground> {
        locked(&self.grounds).get(folder).copied()
    }

    /// The folders of the staged tree of a fresh site.
    pub(super) fn staging_folders(&self) -> Vec<PathBuf> {
        locked(&self.grounds).keys().map(|folder| self.root.join(&**folder)).collect()
    }

    fn action_for(&self, path: &SitePath, bytes: &[u8]) -> Result<Action, UserError> {
        if self.folder.is_fresh || self.ground(path)? != Ground::Folder {
            return Ok(Action::Create);
        }
        let live = self.live(path);
        let found = match live.symlink_metadata() {
            Ok(found) => found,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Action::Create),
            Err(error) => return Err(write::problem("read", &live, &error)),
        };
        if found.is_file() && found.len() == bytes.len() as u64 && std::fs::read(&live).is_ok_and(|old| old == bytes) {
            return Ok(Action::Leave);
        }
        if found.is_dir() {
            return Ok(Action::ReplaceFolder);
        }
        if self.owns(path.as_str()) { Ok(Action::Replace) } else { Err(in_the_way(&live)) }
    }

    fn look(&self, folder: &str) -> Result<Ground, UserError> {
        let live = self.live(folder);
        match live.symlink_metadata() {
            Ok(found) if found.is_dir() => Ok(Ground::Folder),
            Ok(found) if found.is_symlink() => {
                Err(UserError::conflict(format!("`{}` is a link, and pages are not written through links", live.display()))
                    .hint("remove the link and build again"))
            }
            Ok(_) if self.owns(folder) => Ok(Ground::File),
            Ok(_) => Err(in_the_way(&live)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Ground::Absent),
            Err(error) => Err(write::problem("read", &live, &error)),
        }
    }

    fn owns(&self, path: &str) -> bool {
        self.folder.adopts || self.folder.manifest.position(path).is_some()
    }

    /// Two threads may make the same folder; noting it only afterwards keeps a third from using it too early.
    fn make_staging_folders(&self, path: &SitePath) -> io::Result<()> {
        if path.folders().last().is_none_or(|nearest| self.known_ground(nearest).is_some()) {
            return Ok(());
        }
        for folder in path.folders() {
            if self.known_ground(folder).is_none() {
                write::make_folder(&self.root.join(folder))?;
                locked(&self.grounds).insert(folder.into(), Ground::Folder);
            }
        }
        Ok(())
    }
}

impl Drop for Stage<'_> {
    fn drop(&mut self) {
        // What cannot be removed now, the next build removes.
        let _ = write::remove_tree(&self.root);
    }
}

pub(super) fn in_the_way(live: &Path) -> UserError {
    UserError::conflict(format!("`{}` is in the way and was not built by statuary", live.display()))
        .hint("move it elsewhere, or pass `--force` to write over it")
}

pub(super) fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
