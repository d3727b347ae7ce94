//! Putting a whole organization's folder somewhere, in steps of which the last may fail: then nothing of it stays.

#![expect(clippy::disallowed_methods, reason = "this room writes files; here, a folder and, where the rest fails, its removal")]

use std::fs::{self, DirBuilder};
use std::io;
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};

use crate::config::create::not_empty;
use crate::config::workspace::{OrgFolder, lone_slug};
use crate::config::write::{NewFolders, cannot, write_new};
use crate::error::UserError;

/// A folder that was absent or empty and is being filled. Dropped before [`Unpacked::keep`], it is that again.
#[must_use]
pub struct Unpacked {
    /// What was put there, and what an organization has besides.
    things: Vec<PathBuf>,
    folders: Option<NewFolders>,
}

/// Makes the folder `dir`, which must be absent or empty, with `files` (path within it, bytes).
///
/// # Errors
/// Conflict where the folder is there and not empty; failed where the disk does not play along. Nothing is left behind then.
pub fn unpack(dir: &Path, files: &[(&str, &[u8])]) -> Result<Unpacked, UserError> {
    let empty = match fs::read_dir(dir) {
        Ok(mut entries) => entries.next().is_none(),
        Err(error) => error.kind() == io::ErrorKind::NotFound,
    };
    if !empty {
        return Err(not_empty(dir));
    }
    let folder = OrgFolder { slug: lone_slug(dir), dir: dir.to_owned() };
    let tops = files.iter().filter_map(|(path, _)| Some(dir.join(Path::new(path).iter().next()?)));
    let things = tops.chain([folder.database(), folder.public(), folder.dot_dir(), folder.dump_file()]).collect();
    let unpacked = Unpacked { things, folders: Some(NewFolders::missing(dir)) };
    let put = |path: &str, bytes: &[u8]| {
        let path = dir.join(path);
        path.parent().map_or(Ok(()), |parent| DirBuilder::new().recursive(true).mode(0o700).create(parent))?;
        write_new(&path, bytes)
    };
    files.iter().try_for_each(|(path, bytes)| put(path, bytes).map_err(|error| cannot("write", &dir.join(path), &error)))?;
    Ok(unpacked)
}

impl Unpacked {
    /// It is whole, and stays.
    pub fn keep(mut self) {
        self.things.clear();
        if let Some(folders) = self.folders.take() {
            folders.keep();
        }
    }
}

impl Drop for Unpacked {
    fn drop(&mut self) {
        for thing in &self.things {
            // A file or a folder, or not there; what cannot be removed, nobody else can either.
            drop(fs::remove_file(thing).or_else(|_| fs::remove_dir_all(thing)));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::Kind;

    const FILES: &[(&str, &[u8])] = &[("org.toml", b"name = 'A'"), ("overrides/words/en.toml", b"x")];

    fn names(dir: &Path) -> usize {
        fs::read_dir(dir).unwrap().count()
    }

    #[test]
    fn what_is_not_kept_goes_away_with_the_folders_made_for_it_and_nothing_else() {
        let temp = tempfile::tempdir().unwrap();
        let dir = temp.path().join("deep/org");
        let unpacked = unpack(&dir, FILES).unwrap();
        fs::create_dir_all(dir.join("public/incidents")).unwrap();
        fs::write(dir.join("org.db"), "x").unwrap();
        drop(unpacked);
        assert_eq!(names(temp.path()), 0);
        fs::create_dir_all(&dir).unwrap();
        let unpacked = unpack(&dir, FILES).unwrap();
        fs::write(dir.join("mine.txt"), "x").unwrap();
        drop(unpacked);
        assert_eq!(names(&dir), 1, "the file of somebody else");
        assert_eq!(unpack(&dir, FILES).err().map(|error| error.kind), Some(Kind::Conflict));
        fs::remove_file(dir.join("mine.txt")).unwrap();
        unpack(&dir, FILES).unwrap().keep();
        assert_eq!(fs::read(dir.join("overrides/words/en.toml")).unwrap(), b"x");
    }
}
