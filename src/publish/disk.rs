//! The only place of the room that changes a disk: small steps, each naming the path when it fails.
#![expect(clippy::disallowed_methods, reason = "this is where releases are written")]

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write as _};
use std::path::Path;

use crate::error::{UserError, reason};

/// `cannot VERB `PATH`: REASON`, without the system's error number.
pub(super) fn problem(verb: &str, path: &Path, error: &io::Error) -> UserError {
    UserError::failed(format!("cannot {verb} `{}`: {}", path.display(), reason(error)))
}

/// Makes a folder and those above it.
pub(super) fn make_folders(path: &Path) -> Result<(), UserError> {
    fs::create_dir_all(path).map_err(|error| problem("make", path, &error))
}

/// Writes a file that is not there yet, without making it durable.
pub(super) fn create(path: &Path, bytes: &[u8]) -> Result<(), UserError> {
    let write = || OpenOptions::new().write(true).create_new(true).open(path)?.write_all(bytes);
    write().map_err(|error| problem("write", path, &error))
}

/// Writes a file durably and whole, under another name first, unless it is there already or somebody else is faster.
pub(super) fn create_once(path: &Path, bytes: &[u8]) -> Result<(), UserError> {
    let temporary = path.with_extension(format!("new-{}", crate::config::random_name()?));
    let write = || {
        let mut file = OpenOptions::new().write(true).create_new(true).open(&temporary)?;
        file.write_all(bytes)?;
        file.sync_all()?;
        match fs::hard_link(&temporary, path) {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
            // Not every file system gives a file two names.
            Err(_) => fs::rename(&temporary, path),
            Ok(()) => Ok(()),
        }
    };
    let written = write();
    let removed = remove_file(&temporary);
    written.map_err(|error| problem("write", path, &error)).and(removed)
}

/// A second name for a file; whether the file system could do it.
pub(super) fn link(from: &Path, to: &Path) -> bool {
    fs::hard_link(from, to).is_ok()
}

/// Opens, or makes, a file to lock.
pub(super) fn open_lock(path: &Path) -> Result<File, UserError> {
    let opened = OpenOptions::new().read(true).write(true).create(true).truncate(false).open(path);
    opened.map_err(|error| problem("open", path, &error))
}

/// Renames a file or folder.
pub(super) fn rename(from: &Path, to: &Path) -> Result<(), UserError> {
    fs::rename(from, to).map_err(|error| problem("write", to, &error))
}

/// Makes `link` lead to `target`, whatever it led to before, by one rename.
pub(super) fn point(link: &Path, target: &Path) -> Result<(), UserError> {
    let temporary = link.with_extension("new");
    let switch = || {
        match fs::remove_file(&temporary) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
        std::os::unix::fs::symlink(target, &temporary)?;
        fs::rename(&temporary, link)
    };
    switch().map_err(|error| problem("write", link, &error))
}

/// Removes a folder with everything in it, following no links, where it is there.
pub(super) fn remove_tree(path: &Path) -> Result<(), UserError> {
    match fs::remove_dir_all(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(problem("remove", path, &error)),
        _ => Ok(()),
    }
}

/// Removes a file, where it is there.
pub(super) fn remove_file(path: &Path) -> Result<(), UserError> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(problem("remove", path, &error)),
        _ => Ok(()),
    }
}

/// Makes a file's bytes, or a folder's names, durable.
pub(super) fn sync(path: &Path) -> Result<(), UserError> {
    let done = File::open(path).and_then(|file| file.sync_all());
    done.map_err(|error| problem("write", path, &error))
}

/// Makes everything below `folder` durable: the whole file system at once where the system can do that, else file by file.
pub(super) fn sync_tree(folder: &Path, handle: &File) -> Result<(), UserError> {
    if sync_file_system(handle).is_ok() {
        return Ok(());
    }
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        let fail = |error: io::Error| problem("read", &folder, &error);
        for entry in fs::read_dir(&folder).map_err(fail)? {
            let entry = entry.map_err(fail)?;
            match entry.file_type().map_err(fail)?.is_dir() {
                true => folders.push(entry.path()),
                false => sync(&entry.path())?,
            }
        }
        sync(&folder)?;
    }
    Ok(())
}

#[cfg(target_os = "linux")]
fn sync_file_system(folder: &File) -> io::Result<()> {
    Ok(rustix::fs::syncfs(folder)?)
}

#[cfg(not(target_os = "linux"))]
fn sync_file_system(_folder: &File) -> io::Result<()> {
    Err(io::ErrorKind::Unsupported.into())
}
