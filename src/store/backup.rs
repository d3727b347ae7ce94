//! Copies of an organization's file: consistent while others write, durable, and there whole or not at all.

use std::path::{Path, PathBuf};

use rusqlite::{Connection, Transaction, TransactionBehavior};

use super::failure::Of;
use super::open::{connect, make_private_file};
use super::{OrgStore, Reader};
use crate::error::{UserError, reason};

impl Reader {
    /// Copies the file as it is now to `target`, which must not exist, readable by its owner only. Others may write meanwhile; they wait for
    /// it at their commit.
    ///
    /// # Errors
    /// A conflict where `target` exists; otherwise what the disk or the file says. There is no `target` then.
    pub fn back_up(&self, target: &Path) -> Result<(), UserError> {
        refuse_taken(target)?;
        let draft = draft_of(target);
        let copied = copy_durably(&self.connection, &self.path, &draft).and_then(|()| {
            place(&draft, target)?;
            sync_folder_of(target)
        });
        remove_if_there(&draft);
        copied
    }
}

impl OrgStore {
    /// Runs `work` while nobody else can write, with a copy of the file at `copy`, which must not exist; who waits to write finds out then
    /// whether the file is still there.
    ///
    /// # Errors
    /// Busy where another process holds the file for ten seconds; bad input, before `work`, where the file is damaged; what `work` says.
    pub fn set_aside<T>(&mut self, copy: &Path, work: impl FnOnce() -> anyhow::Result<T>) -> anyhow::Result<T> {
        let held = Transaction::new_unchecked(&self.reader.connection, TransactionBehavior::Immediate).of(&self.path)?;
        self.reader.check_still_there()?;
        self.reader.check_once()?;
        // A connection of its own, because a copy cannot be made within a transaction.
        copy_durably(&connect(&self.path)?, &self.path, copy)?;
        let result = work();
        drop(held);
        result
    }
}

/// Copies the database behind `connection` to `draft`, in whose place nothing may be that matters.
pub(super) fn copy_durably(connection: &Connection, path: &Path, draft: &Path) -> Result<(), UserError> {
    remove_if_there(draft);
    let file = make_private_file(draft)?;
    let target =
        draft.to_str().ok_or_else(|| UserError::failed(format!("cannot back up to `{}`: its name is not text", draft.display())))?;
    // A name such as `:memory:` would mean something special to SQLite.
    let target = std::path::absolute(target).ok().and_then(|path| path.to_str().map(str::to_owned)).unwrap_or_else(|| target.to_owned());
    connection.execute("VACUUM INTO ?1", [target]).of(path)?;
    file.sync_all().map_err(|error| cannot_write(draft, &error))
}

/// How the name of a copy ends that is still being made.
pub(super) const DRAFT: &str = ".partial";

/// The name under which a file is made.
pub(super) fn draft_of(path: &Path) -> PathBuf {
    with_suffix(path, &format!(".{}{DRAFT}", std::process::id()))
}

fn refuse_taken(target: &Path) -> Result<(), UserError> {
    match std::fs::symlink_metadata(target) {
        Ok(_) => Err(UserError::conflict(format!("`{}` exists already", target.display())).hint("name a file that does not exist")),
        Err(_) => Ok(()),
    }
}

/// Gives a draft its name, unless another process has taken it.
#[cfg(target_os = "linux")]
fn place(draft: &Path, target: &Path) -> Result<(), UserError> {
    use rustix::fs::{CWD, RenameFlags, renameat_with};
    use rustix::io::Errno;
    match renameat_with(CWD, draft, CWD, target, RenameFlags::NOREPLACE) {
        Ok(()) => Ok(()),
        Err(Errno::EXIST) => refuse_taken(target),
        // Not every filesystem knows how.
        Err(Errno::INVAL | Errno::NOSYS | Errno::OPNOTSUPP) => refuse_taken(target).and_then(|()| move_file(draft, target)),
        Err(error) => Err(cannot_write(target, &error.into())),
    }
}

/// Gives a draft its name, unless another process has taken it.
#[cfg(not(target_os = "linux"))]
fn place(draft: &Path, target: &Path) -> Result<(), UserError> {
    refuse_taken(target).and_then(|()| move_file(draft, target))
}

/// Waits until the name of a new file is on disk.
pub(super) fn sync_folder_of(path: &Path) -> Result<(), UserError> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    std::fs::File::open(folder).and_then(|folder| folder.sync_all()).map_err(|error| cannot_write(path, &error))
}

fn cannot_write(path: &Path, error: &std::io::Error) -> UserError {
    UserError::failed(format!("cannot write `{}`: {}", path.display(), reason(error)))
}

#[expect(clippy::disallowed_methods, reason = "backups are the store's files")]
pub(super) fn move_file(from: &Path, to: &Path) -> Result<(), UserError> {
    std::fs::rename(from, to).map_err(|error| cannot_write(to, &error))
}

#[expect(clippy::disallowed_methods, reason = "backups are the store's files")]
pub(super) fn remove_if_there(path: &Path) {
    // What cannot be removed is in nobody's way: it is empty, or the next one has another name.
    let _ = std::fs::remove_file(path);
}

/// `path` with something appended to its name.
pub(super) fn with_suffix(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    PathBuf::from(name)
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::super::Scope;
    use super::super::samples::{at, new_store, service, write};
    use super::*;
    use crate::error::Kind;

    #[test]
    fn a_backup_is_whole_private_and_never_in_the_place_of_another_file() {
        let (folder, mut store) = new_store();
        write(&mut store, |tx| Ok(tx.put_service(&mut service("search"))?));
        let target = folder.path().join("copy.db");
        store.back_up(&target).unwrap();
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            assert_eq!(fs::metadata(&target).unwrap().permissions().mode() & 0o777, 0o600);
        }
        assert_eq!(OrgStore::open(&target).unwrap().services(Scope::Everything).unwrap().len(), 1);
        let before = fs::read(&target).unwrap();
        let error = store.back_up(&target).unwrap_err();
        assert_eq!((error.kind, error.message), (Kind::Conflict, format!("`{}` exists already", target.display())));
        assert!(fs::read(&target).unwrap() == before);
        let error = store.back_up(&folder.path().join("no/copy.db")).unwrap_err();
        assert_eq!(error.kind, Kind::Failed);
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 2, "nothing is left of what failed");
    }

    #[test]
    fn whoever_waited_for_a_file_that_is_gone_writes_nothing() {
        let (folder, mut store) = new_store();
        let path = folder.path().join("org.db");
        let mut late = OrgStore::open(&path).unwrap();
        let copy = folder.path().join("copy.db");
        let moved = folder.path().join("moved.db");
        store
            .set_aside(&copy, || {
                assert!(OrgStore::open(&copy).is_ok());
                move_file(&path, &moved).map_err(Into::into)
            })
            .unwrap();
        let error = late.write("ann", at(0), |tx| Ok(tx.put_service(&mut service("lost"))?)).unwrap_err();
        let error = error.downcast::<UserError>().unwrap();
        assert_eq!(
            (error.kind, error.message),
            (Kind::NotFound, format!("`{}` was removed or replaced by another process", path.display()))
        );
        assert!(OrgStore::open(&moved).unwrap().services(Scope::Everything).unwrap().is_empty());
    }
}
