//! A folder of whole releases beside each other, of which a link names the current one.
//!
//! ```text
//!     PATH/current -> releases/0123456789abcdef     what a web server's root goes through
//!     PATH/releases/0123456789abcdef/index.html …   never changed once it has its name
//!     PATH/.statuary-releases                       whose site this is; also the lock
//! ```
//!
//! A release is staged, made durable, named, and only then switched to by one rename of the link. Files that the release before has with the
//! same bytes are its files under a second name. Whoever has resolved the link keeps reading the release it led to: three are kept.

use std::collections::HashSet;
use std::fs::{self, File as Handle, TryLockError};
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::SystemTime;

use rayon::ThreadPoolBuilder;
use rayon::prelude::*;

use crate::error::{Kind, UserError};
use crate::publish::parcel::{File, Parcel};
use crate::publish::{Moved, Progress, disk};
use crate::site::{Digest, Generation};

/// The file by which a folder is known as one of releases.
const MARK: &str = ".statuary-releases";
/// Begins the name of the same before it has its own.
const BEGUN: &str = ".statuary-releases.new";
const MARK_HEAD: &str = "statuary-releases 1";
const CURRENT: &str = "current";
const RELEASES: &str = "releases";
/// Where a release lies until it has its name.
const STAGING: &str = ".staging";
/// Begins the name of what was a release and is to be removed.
const RETIRED: &str = ".retired-";
/// More threads at once make no disk quicker.
const MOST_THREADS: usize = 8;
/// How many releases are kept, the current one included.
const KEPT: usize = 3;

/// Makes the folder's current release the parcel's site; with `dry_run` it only says what that would change.
///
/// # Errors
/// Conflict where the folder holds something else, another page, or is being published to; failed where the disk refuses;
/// [`super::Changed`] where the site has changed meanwhile.
pub fn publish(folder: &Path, parcel: &Parcel, dry_run: bool, progress: Progress<'_>) -> anyhow::Result<Moved> {
    // Threads of its own: a disk that does not answer, as that of another machine may, holds up nobody else's.
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let threads = ThreadPoolBuilder::new().num_threads(cores.min(MOST_THREADS)).build();
    // Where the system gives no thread there is still this one.
    let threads = threads.or_else(|_| ThreadPoolBuilder::new().num_threads(1).use_current_thread().build());
    let threads = threads.map_err(|error| UserError::failed(format!("no thread to publish with: {error}")))?;
    threads.install(|| publish_with_threads(folder, parcel, dry_run, progress))
}

fn publish_with_threads(folder: &Path, parcel: &Parcel, dry_run: bool, progress: Progress<'_>) -> anyhow::Result<Moved> {
    let found = Found::look(folder, &parcel.site)?;
    if dry_run {
        return found.would_move(parcel, &found.kept(parcel));
    }
    let _lock = found.take(&parcel.site)?;
    // Somebody may have published between the look and the lock.
    let found = Found::look(folder, &parcel.site)?;
    disk::make_folders(&found.releases())?;
    // What nobody removed after earlier publishings takes up a disk that may be full. Where it cannot be removed, it is in nobody's way.
    found.retire(STAGING)?;
    found.retire_old()?;
    drop(found.remove_retired());
    disk::remove_file(&folder.join(CURRENT).with_extension("new"))?;
    found.switch_to(parcel, progress)
}

/// Removes the releases of the site that are not kept any more, which nobody who waits for a new one need wait for. Others may publish there
/// meanwhile; where somebody does just now, it does nothing.
///
/// # Errors
/// Conflict where the folder holds something else, or another page; failed where the disk refuses.
pub fn prune(folder: &Path, site: &str) -> Result<(), UserError> {
    let found = Found::look(folder, site)?;
    match found.take(site) {
        Ok(_lock) => Found::look(folder, site)?.retire_old()?,
        Err(error) if error.kind == Kind::Conflict => return Ok(()),
        Err(error) => return Err(error),
    }
    found.remove_retired()
}

/// The folder as it is.
struct Found {
    folder: PathBuf,
    /// Name of the current release.
    current: Option<String>,
}

impl Found {
    fn look(folder: &Path, site: &str) -> Result<Self, UserError> {
        let folder = std::path::absolute(folder).map_err(|error| disk::problem("read", folder, &error))?;
        let refuse = |why: &str| UserError::conflict(format!("`{}` {why}", folder.display()));
        let own = "choose an empty folder for releases";
        match fs::read_to_string(folder.join(MARK)) {
            Ok(text) => {
                let mut lines = text.lines();
                if lines.next() != Some(MARK_HEAD) {
                    return Err(refuse("was written by another version of statuary").hint("upgrade statuary"));
                }
                if lines.next() != Some(&format!("site {site}")) {
                    return Err(refuse("holds the releases of another page").hint(own));
                }
            }
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                if is_full(&folder)? {
                    return Err(refuse("is not empty and holds no releases of statuary").hint(own));
                }
            }
            Err(error) if error.kind() == std::io::ErrorKind::NotADirectory => return Err(refuse("is not a folder").hint(own)),
            Err(error) => return Err(disk::problem("read", &folder.join(MARK), &error)),
        }
        let link = folder.join(CURRENT);
        let current = match fs::read_link(&link) {
            Ok(target) => target.strip_prefix(RELEASES).ok().and_then(|name| name.to_str()).map(str::to_owned),
            Err(_) if link.symlink_metadata().is_ok() => return Err(refuse("has a `current` that is no link").hint("move it elsewhere")),
            Err(_) => None,
        };
        Ok(Self { current: current.filter(|name| generation_of(name).is_some()), folder })
    }

    fn releases(&self) -> PathBuf {
        self.folder.join(RELEASES)
    }

    fn current_release(&self) -> Option<PathBuf> {
        self.current.as_ref().map(|name| self.releases().join(name)).filter(|release| release.is_dir())
    }

    /// Makes the folder one of releases and holds it against others.
    fn take(&self, site: &str) -> Result<Handle, UserError> {
        disk::make_folders(&self.folder)?;
        let mark = self.folder.join(MARK);
        if !mark.exists() {
            disk::create_once(&mark, format!("{MARK_HEAD}\nsite {site}\n").as_bytes())?;
        }
        let lock = disk::open_lock(&mark)?;
        match lock.try_lock() {
            Ok(()) => Ok(lock),
            Err(TryLockError::WouldBlock) => {
                Err(UserError::conflict(format!("somebody else publishes to `{}` just now", self.folder.display()))
                    .hint("nothing was changed; publish again when that has ended"))
            }
            Err(TryLockError::Error(error)) => Err(disk::problem("lock", &mark, &error)),
        }
    }

    fn would_move(&self, parcel: &Parcel, kept: &[bool]) -> anyhow::Result<Moved> {
        let same = kept.iter().filter(|kept| **kept).count();
        Ok(Moved {
            written: parcel.files.len() - same,
            kept: same,
            removed: self.not_in(parcel)?,
            previous: self.current.as_deref().and_then(generation_of),
            said: Vec::new(),
        })
    }

    /// Of which files of the parcel, in its order, the current release has the bytes.
    fn kept(&self, parcel: &Parcel) -> Vec<bool> {
        match self.current_release() {
            Some(release) => parcel.files.par_iter().map(|file| has_bytes(&release, file)).collect(),
            None => vec![false; parcel.files.len()],
        }
    }

    /// How many files of the current release the parcel does not have.
    fn not_in(&self, parcel: &Parcel) -> Result<usize, UserError> {
        let Some(release) = self.current_release() else { return Ok(0) };
        let wanted: HashSet<&str> = parcel.files.iter().map(|file| file.path.as_str()).collect();
        Ok(files_below(&release)?.iter().filter(|path| !wanted.contains(path.as_str())).count())
    }

    fn switch_to(&self, parcel: &Parcel, progress: Progress<'_>) -> anyhow::Result<Moved> {
        let kept = self.kept(parcel);
        let moved = self.would_move(parcel, &kept)?;
        if moved.written == 0 && moved.removed == 0 && self.current.is_some() {
            progress(parcel.files.len(), parcel.files.len());
            return Ok(moved);
        }
        let name = self.name_for(parcel)?;
        let release = self.releases().join(&name);
        if !release.exists() {
            self.stage(parcel, &kept, progress)?;
            disk::rename(&self.releases().join(STAGING), &release)?;
            disk::sync(&self.releases())?;
        }
        disk::point(&self.folder.join(CURRENT), &Path::new(RELEASES).join(&name))?;
        disk::sync(&self.folder)?;
        Ok(moved)
    }

    /// The name of the release: its generation. One of this name that is not whole any more, somebody having changed it, is left alone.
    fn name_for(&self, parcel: &Parcel) -> Result<String, UserError> {
        let mut number = 1_u64;
        loop {
            let name = if number == 1 { parcel.generation.to_string() } else { format!("{}-{number}", parcel.generation) };
            let release = self.releases().join(&name);
            let is_whole = || parcel.files.par_iter().all(|file| has_bytes(&release, file));
            if !release.exists() || (is_whole() && files_below(&release)?.len() == parcel.files.len()) {
                return Ok(name);
            }
            number += 1;
        }
    }

    fn stage(&self, parcel: &Parcel, kept: &[bool], progress: Progress<'_>) -> anyhow::Result<()> {
        let staging = self.releases().join(STAGING);
        disk::make_folders(&staging)?;
        let handle = Handle::open(&staging).map_err(|error| disk::problem("read", &staging, &error))?;
        let made: Mutex<HashSet<PathBuf>> = Mutex::default();
        let done = AtomicUsize::new(0);
        let old = self.current_release();
        parcel.files.par_iter().zip(kept).try_for_each(|(file, kept)| {
            let place = staging.join(file.path.as_str());
            let above = place.parent().unwrap_or(&staging);
            if !made.lock().is_ok_and(|made| made.contains(above)) {
                disk::make_folders(above)?;
                if let Ok(mut made) = made.lock() {
                    made.insert(above.to_owned());
                }
            }
            let linked = *kept && old.as_ref().is_some_and(|old| disk::link(&old.join(file.path.as_str()), &place));
            if !linked {
                disk::create(&place, &parcel.read(file)?)?;
            }
            progress(done.fetch_add(1, Ordering::Relaxed) + 1, parcel.files.len());
            anyhow::Ok(())
        })?;
        Ok(disk::sync_tree(&staging, &handle)?)
    }

    /// Takes the names of all releases but the current one and the newest of the others. Where nobody can tell which is current, none is old.
    fn retire_old(&self) -> Result<(), UserError> {
        if self.current_release().is_none() {
            return Ok(());
        }
        let fail = |error: std::io::Error| disk::problem("read", &self.releases(), &error);
        let mut old: Vec<(SystemTime, String)> = Vec::new();
        for entry in fs::read_dir(self.releases()).map_err(fail)? {
            let entry = entry.map_err(fail)?;
            let Ok(name) = entry.file_name().into_string() else { continue };
            if generation_of(&name).is_some() && Some(&name) != self.current.as_ref() {
                old.push((entry.metadata().and_then(|about| about.modified()).unwrap_or(SystemTime::UNIX_EPOCH), name));
            }
        }
        old.sort();
        old.reverse();
        old.iter().skip(KEPT - 1).try_for_each(|(_, name)| self.retire(name))
    }

    /// Takes the name of something among the releases, where it is there: once it goes it is not whole any more.
    fn retire(&self, name: &str) -> Result<(), UserError> {
        let from = self.releases().join(name);
        if from.symlink_metadata().is_err() {
            return Ok(());
        }
        let mut names = (1_u64..).map(|number| self.releases().join(format!("{RETIRED}{number}")));
        names.find(|to| to.symlink_metadata().is_err()).map_or(Ok(()), |to| disk::rename(&from, &to))
    }

    /// Removes whatever has lost its name, as far as that is possible; the first failure.
    fn remove_retired(&self) -> Result<(), UserError> {
        let fail = |error: std::io::Error| disk::problem("read", &self.releases(), &error);
        let mut outcome = Ok(());
        for entry in fs::read_dir(self.releases()).map_err(fail)? {
            let entry = entry.map_err(fail)?;
            if entry.file_name().as_encoded_bytes().starts_with(RETIRED.as_bytes()) {
                outcome = outcome.and(disk::remove_tree(&entry.path()));
            }
        }
        outcome
    }
}

/// The generation in the name of a release.
fn generation_of(name: &str) -> Option<Generation> {
    let (generation, number) = name.split_once('-').unwrap_or((name, "2"));
    if number.is_empty() || !number.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    generation.parse().ok()
}

/// Whether a release has this file with its bytes.
fn has_bytes(release: &Path, file: &File) -> bool {
    let path = release.join(file.path.as_str());
    let about = path.symlink_metadata();
    about.is_ok_and(|about| about.is_file() && about.len() == file.length)
        && fs::read(&path).is_ok_and(|old| Digest::of(&old) == file.content)
}

/// The paths of all files below a folder.
fn files_below(folder: &Path) -> Result<Vec<String>, UserError> {
    let (mut files, mut folders) = (Vec::new(), vec![String::new()]);
    while let Some(below) = folders.pop() {
        let dir = folder.join(&below);
        let fail = |error: std::io::Error| disk::problem("read", &dir, &error);
        for entry in fs::read_dir(&dir).map_err(fail)? {
            let entry = entry.map_err(fail)?;
            let name = entry.file_name().to_string_lossy().into_owned();
            let path = if below.is_empty() { name } else { format!("{below}/{name}") };
            match entry.file_type().map_err(fail)?.is_dir() {
                true => folders.push(path),
                false => files.push(path),
            }
        }
    }
    Ok(files)
}

fn is_full(folder: &Path) -> Result<bool, UserError> {
    match fs::read_dir(folder) {
        // A beginning that was cut short is nobody's.
        Ok(mut entries) => {
            Ok(entries.any(|entry| entry.is_ok_and(|entry| !entry.file_name().as_encoded_bytes().starts_with(BEGUN.as_bytes()))))
        }
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(false),
        Err(error) => Err(disk::problem("read", folder, &error)),
    }
}

#[cfg(test)]
mod tests;
