//! The only place of the room that changes the disk: small steps, each naming the path when it fails.
#![expect(clippy::disallowed_methods, reason = "this is where files are written")]

use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, Write as _};
use std::os::unix::fs::DirBuilderExt as _;
use std::path::{Path, PathBuf};

use crate::error::{UserError, reason};

/// A durable file beside the place it is meant for; dropped without [`NewFile::commit`], it goes away again.
#[derive(Debug)]
pub(super) struct NewFile {
    temporary: PathBuf,
    path: PathBuf,
}

impl NewFile {
    /// Writes `bytes` for `path` into `temporary`, which lies in the same folder, and makes them durable.
    pub(super) fn prepare(path: &Path, temporary: PathBuf, bytes: &[u8]) -> Result<Self, UserError> {
        let fail = |error: io::Error| problem("write", path, &error);
        remove_file(&temporary).map_err(fail)?;
        let mut file = create_new(&temporary).map_err(fail)?;
        let new_file = Self { temporary, path: path.to_owned() };
        file.write_all(bytes).and_then(|()| file.sync_all()).map_err(fail)?;
        Ok(new_file)
    }

    /// Puts the file in its place, durably.
    pub(super) fn commit(self) -> Result<(), UserError> {
        let fail = |error: io::Error| problem("write", &self.path, &error);
        fs::rename(&self.temporary, &self.path).map_err(fail)?;
        sync(parent(&self.path)).map_err(fail)
    }
}

impl Drop for NewFile {
    fn drop(&mut self) {
        // After a commit there is nothing here; after a failure the failure itself is what gets reported.
        let _ = remove_file(&self.temporary);
    }
}

/// `cannot VERB `PATH`: REASON`, without the system's error number.
pub(super) fn problem(verb: &str, path: &Path, error: &io::Error) -> UserError {
    UserError::failed(format!("cannot {verb} `{}`: {}", path.display(), reason(error)))
}

/// The folder a path lies in.
pub(super) fn parent(path: &Path) -> &Path {
    match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    }
}

/// Writes a file that is not there yet, without making it durable.
pub(super) fn create_file(path: &Path, bytes: &[u8]) -> io::Result<()> {
    create_new(path)?.write_all(bytes)
}

/// Opens, or makes, a file to lock.
pub(super) fn open_lock(path: &Path) -> io::Result<File> {
    OpenOptions::new().read(true).write(true).create(true).truncate(false).open(path)
}

/// Makes one folder; whether it was made, rather than there already.
pub(super) fn make_folder(path: &Path) -> io::Result<bool> {
    match fs::create_dir(path) {
        Ok(()) => Ok(true),
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists && path.is_dir() => Ok(false),
        Err(error) => Err(error),
    }
}

/// Makes a folder and those above it.
pub(super) fn make_folders(path: &Path) -> io::Result<()> {
    fs::create_dir_all(path)
}

/// Makes a folder for its owner only, unless it is there.
pub(super) fn make_private_folder(path: &Path) -> io::Result<()> {
    DirBuilder::new().recursive(true).mode(0o700).create(path)
}

/// Renames a file or folder over what is at `to`.
pub(super) fn rename(from: &Path, to: &Path) -> io::Result<()> {
    fs::rename(from, to)
}

/// Removes a file or link; whether there was one.
pub(super) fn remove_file(path: &Path) -> io::Result<bool> {
    match fs::remove_file(path) {
        Ok(()) => Ok(true),
        Err(error) if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) => Ok(false),
        Err(error) => Err(error),
    }
}

/// Removes a folder unless something is in it, or mounted on it.
pub(super) fn remove_empty_folder(path: &Path) -> io::Result<()> {
    use io::ErrorKind::{AlreadyExists, DirectoryNotEmpty, NotADirectory, NotFound, ResourceBusy};
    match fs::remove_dir(path) {
        // Some systems say that it exists where they mean that it is not empty.
        Err(error) if !matches!(error.kind(), AlreadyExists | DirectoryNotEmpty | NotADirectory | NotFound | ResourceBusy) => Err(error),
        _ => Ok(()),
    }
}

/// Removes a folder with everything in it, following no links, where it is there.
pub(super) fn remove_tree(path: &Path) -> io::Result<()> {
    match fs::remove_dir_all(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

/// Makes a file's bytes, or a folder's names, durable.
pub(super) fn sync(path: &Path) -> io::Result<()> {
    File::open(path)?.sync_all()
}

/// Whether the system can make a whole file system durable at once.
pub(super) const HAS_BARRIER: bool = cfg!(target_os = "linux");

/// Makes everything on the file system that holds `folder` durable.
#[cfg(target_os = "linux")]
pub(super) fn sync_file_system(folder: &File) -> io::Result<()> {
    Ok(rustix::fs::syncfs(folder)?)
}

/// Makes everything on the file system that holds `folder` durable.
#[cfg(not(target_os = "linux"))]
pub(super) fn sync_file_system(_folder: &File) -> io::Result<()> {
    Err(io::ErrorKind::Unsupported.into())
}

fn create_new(path: &Path) -> io::Result<File> {
    OpenOptions::new().write(true).create_new(true).open(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn write(path: &Path, bytes: &[u8]) -> Result<(), UserError> {
        NewFile::prepare(path, path.with_file_name(".new"), bytes)?.commit()
    }

    fn names(folder: &Path) -> Vec<std::ffi::OsString> {
        fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name()).collect()
    }

    #[test]
    fn a_file_is_replaced_and_nothing_is_left_beside_it() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("manifest");
        // What a killed one left is in nobody's way.
        fs::write(folder.path().join(".new"), "half").unwrap();
        write(&path, b"one").unwrap();
        write(&path, b"two").unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"two");
        assert_eq!(names(folder.path()), ["manifest"]);
        drop(NewFile::prepare(&path, path.with_file_name(".new"), b"three").unwrap());
        assert_eq!((fs::read(&path).unwrap().as_slice(), names(folder.path()).len()), (b"two".as_slice(), 1));
    }

    #[test]
    fn a_link_is_replaced_and_its_target_left_alone() {
        let folder = tempfile::tempdir().unwrap();
        let (target, link) = (folder.path().join("target"), folder.path().join("link"));
        fs::write(&target, "precious").unwrap();
        std::os::unix::fs::symlink(&target, &link).unwrap();
        write(&link, b"new").unwrap();
        assert_eq!(fs::read(&target).unwrap(), b"precious");
        assert!(fs::symlink_metadata(&link).unwrap().is_file());
    }

    #[test]
    fn a_failure_names_the_path_and_leaves_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("missing/manifest");
        let refused = write(&path, b"x").unwrap_err();
        assert_eq!(refused.message, format!("cannot write `{}`: no such file or directory", path.display()));
        let taken = folder.path().join("taken");
        fs::create_dir(&taken).unwrap();
        assert!(write(&taken, b"x").unwrap_err().message.ends_with("is a directory"));
        assert_eq!(names(folder.path()), ["taken"]);
    }
}
