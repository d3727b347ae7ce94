//! A private file for a text that a person is still writing: nobody else can read it, and it goes away again unless it is kept.

use std::fs::Permissions;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use tempfile::TempDir;

use super::read::read_named;
use super::write::{cannot, write_file, write_new};
use crate::error::UserError;

/// A text in a file of its own, in a folder of its own: editors put files beside what they edit.
#[derive(Debug)]
pub struct Scratch {
    folder: TempDir,
    path: PathBuf,
}

impl Scratch {
    /// Puts `text` into a new file called `name`.
    ///
    /// # Errors
    /// Failed where the disk does not play along.
    pub fn new(name: &str, text: &str) -> Result<Self, UserError> {
        let private = Permissions::from_mode(0o700);
        let folder = tempfile::Builder::new().prefix("statuary-").permissions(private).tempdir();
        let folder = folder.map_err(|error| cannot("make a folder in", &std::env::temp_dir(), &error))?;
        let path = folder.path().join(name);
        write_new(&path, text.as_bytes()).map_err(|error| cannot("write", &path, &error))?;
        Ok(Self { folder, path })
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// What stands in it now: its first `most` bytes, and one more by which it shows that there are more.
    ///
    /// # Errors
    /// Failed where it cannot be read.
    pub fn read(&self, most: u64) -> Result<Vec<u8>, UserError> {
        read_named(&self.path, most).map_err(|error| cannot("read", &self.path, &error))
    }

    /// Leaves it as it is, for good.
    pub fn leave(self) -> PathBuf {
        drop(self.folder.keep());
        self.path
    }

    /// Leaves `text` in it for good.
    ///
    /// # Errors
    /// Failed where it cannot be written; then the file stays as it is.
    pub fn keep(self, text: &str) -> Result<PathBuf, UserError> {
        let path = self.leave();
        write_file(&path, text.as_bytes())?;
        Ok(path)
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    fn mode(path: &Path) -> u32 {
        fs::metadata(path).unwrap().permissions().mode() & 0o777
    }

    #[test]
    fn it_is_for_its_owner_only_and_goes_away_with_whatever_lies_beside_it() {
        let scratch = Scratch::new("MESSAGE.md", "text").unwrap();
        let folder = scratch.path().parent().unwrap().to_owned();
        assert_eq!((mode(scratch.path()), mode(&folder)), (0o600, 0o700));
        assert_eq!(scratch.read(9).unwrap(), b"text");
        write_new(&folder.join("MESSAGE.md~"), b"older").unwrap();
        drop(scratch);
        assert!(!folder.exists());
    }

    #[test]
    #[expect(clippy::disallowed_methods, reason = "a test's own folder")]
    fn what_is_kept_stays() {
        let path = Scratch::new("MESSAGE.md", "text and more").unwrap().keep("text").unwrap();
        assert_eq!((fs::read(&path).unwrap(), mode(&path)), (b"text".to_vec(), 0o600));
        fs::remove_dir_all(path.parent().unwrap()).unwrap();
    }
}
