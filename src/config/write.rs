//! Writing single files whole and durable.

#![expect(clippy::disallowed_methods, reason = "this room writes files; here, whole and durable")]

use std::fs::{self, File, OpenOptions};
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use crate::domain::PublicId;
use crate::error::{UserError, reason};

/// Writes `bytes` to `path` so that a reader finds the old file or the new one: temporary file beside it, sync, rename.
///
/// A link is followed, so that the file behind it is replaced and not the link.
///
/// # Errors
/// Usage where `path` is something else than a file; failed where the disk does not play along. The old file is then as it was.
pub fn write_file(path: &Path, bytes: &[u8]) -> Result<(), UserError> {
    replace(path, bytes, PRIVATE)
}

/// A random name of twelve letters and digits.
///
/// # Errors
/// Failed where the system gives no random numbers.
pub fn random_name() -> Result<String, UserError> {
    PublicId::random().map(|id| id.to_string())
}

/// For its owner only: a dump holds drafts and hidden services.
const PRIVATE: u32 = 0o600;

/// For everybody whom the process lets read its files.
const OPEN: u32 = 0o666;

fn replace(path: &Path, bytes: &[u8], mode: u32) -> Result<(), UserError> {
    let target = match fs::metadata(path) {
        Ok(metadata) if metadata.is_file() => fs::canonicalize(path).map_err(|error| cannot("write", path, &error))?,
        Ok(_) => {
            return Err(UserError::usage(format!("`{}` is not a regular file", path.display())).hint("name a file that can be replaced"));
        }
        Err(_) => path.to_path_buf(),
    };
    let folder = match target.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent.to_path_buf(),
        _ => PathBuf::from("."),
    };
    let temporary = folder.join(format!(".{}.tmp", PublicId::random()?));
    let written = write_with_mode(&temporary, bytes, mode)
        .and_then(|()| keep_mode(&target, &temporary))
        .and_then(|()| fs::rename(&temporary, &target))
        .and_then(|()| sync_folder(&folder));
    written.map_err(|error| {
        drop(fs::remove_file(&temporary));
        cannot("write", path, &error)
    })
}

/// Writes `files` (path within the folder, bytes), which are nobody's secret, into the folder `dir`, which is made where it does not exist;
/// each is whole, old or new.
///
/// # Errors
/// Usage where `dir` is no folder; otherwise as [`write_file`].
pub fn write_files(dir: &Path, files: &[(String, Vec<u8>)]) -> Result<(), UserError> {
    if fs::metadata(dir).is_ok_and(|metadata| !metadata.is_dir()) {
        return Err(UserError::usage(format!("`{}` is not a folder", dir.display())).hint("name a folder, new or old"));
    }
    fs::create_dir_all(dir).map_err(|error| cannot("make", dir, &error))?;
    for (name, bytes) in files {
        let path = dir.join(name);
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder).map_err(|error| cannot("make", folder, &error))?;
        }
        replace(&path, bytes, OPEN)?;
    }
    Ok(())
}

/// Gives `new` the mode of the file whose place it takes.
fn keep_mode(old: &Path, new: &Path) -> std::io::Result<()> {
    match fs::metadata(old) {
        Ok(about) => fs::set_permissions(new, about.permissions()),
        Err(_) => Ok(()),
    }
}

/// Makes the file `path`, which must not exist, for its owner only, and waits until it is on disk.
pub(super) fn write_new(path: &Path, bytes: &[u8]) -> std::io::Result<()> {
    write_with_mode(path, bytes, PRIVATE)
}

fn write_with_mode(path: &Path, bytes: &[u8], mode: u32) -> std::io::Result<()> {
    let mut file = OpenOptions::new().write(true).create_new(true).mode(mode).open(path)?;
    file.write_all(bytes)?;
    file.sync_all()
}

/// Folders that are about to be made: those of them that are there and empty go away again when this is dropped.
pub(super) struct NewFolders {
    inner_first: Vec<PathBuf>,
}

impl NewFolders {
    /// The folder `path` and those above it, as far as they are not there.
    pub(super) fn missing(path: &Path) -> Self {
        let missing = path.ancestors().take_while(|folder| !folder.as_os_str().is_empty() && !folder.exists());
        Self { inner_first: missing.map(Path::to_owned).collect() }
    }

    /// They stay.
    pub(super) fn keep(mut self) {
        self.inner_first.clear();
    }
}

impl Drop for NewFolders {
    fn drop(&mut self) {
        // One that was not made, or that somebody uses by now, is left as it is.
        self.inner_first.iter().for_each(|folder| drop(fs::remove_dir(folder)));
    }
}

/// Waits until the names in `folder` are on disk.
pub(super) fn sync_folder(folder: &Path) -> std::io::Result<()> {
    File::open(folder)?.sync_all()
}

/// The error of a file operation, with the path in it.
pub(super) fn cannot(what: &str, path: &Path, error: &std::io::Error) -> UserError {
    UserError::failed(format!("cannot {what} `{}`: {}", path.display(), reason(error)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_replaced_whole_and_nothing_is_left_beside_it() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("dump.json");
        write_file(&path, b"one").unwrap();
        write_file(&path, b"two").unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"two");
        assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 1);
    }

    #[test]
    fn a_new_file_is_private_and_an_old_one_keeps_its_mode() {
        use std::os::unix::fs::PermissionsExt;
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("dump.json");
        let mode = || fs::metadata(&path).unwrap().permissions().mode() & 0o777;
        write_file(&path, b"one").unwrap();
        assert_eq!(mode(), 0o600);
        fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).unwrap();
        write_file(&path, b"two").unwrap();
        assert_eq!(mode(), 0o644);
    }

    #[test]
    fn a_link_stays_a_link() {
        let dir = tempfile::tempdir().unwrap();
        let (path, link) = (dir.path().join("real"), dir.path().join("link"));
        write_file(&path, b"one").unwrap();
        std::os::unix::fs::symlink(&path, &link).unwrap();
        write_file(&link, b"two").unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"two");
        assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
    }

    #[test]
    fn folders_and_devices_are_refused_and_a_missing_folder_is_named() {
        let dir = tempfile::tempdir().unwrap();
        assert_eq!(write_file(dir.path(), b"").unwrap_err().kind, crate::error::Kind::Usage);
        assert_eq!(write_file(Path::new("/dev/null"), b"").unwrap_err().kind, crate::error::Kind::Usage);
        let error = write_file(&dir.path().join("no/such"), b"").unwrap_err();
        assert!(error.message.contains("no/such"), "{error}");
    }
}
