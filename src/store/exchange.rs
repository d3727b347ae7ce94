//! An organization's file as it is exchanged with a place elsewhere: worked on in a copy, judged whole when it comes from there, and put in
//! the place of the one that is here by one rename.
//!
//! Whoever exchanges holds a lock of its own, beside the file's, so that of all processes on this disk one does at a time. What comes from
//! elsewhere may be anything: it is ours only if its head, its pages, its references and its whole schema are. A schema of its own could
//! show visitors what is private.

use std::fs::{self, DirBuilder, File, OpenOptions, TryLockError};
use std::io::{ErrorKind, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, Instant};

use chrono::{DateTime, Utc};
use rusqlite::{Connection, Transaction, TransactionBehavior};

use super::backup::{copy_durably, move_file, remove_if_there, sync_folder_of, with_suffix};
use super::columns::{first, rows};
use super::failure::{Of, busy, damaged, foreign};
use super::open::{self, connect};
use super::schema::{MIGRATIONS, apply, schema_of};
use super::{OrgStore, Reader};
use crate::domain::PublicId;
use crate::error::{UserError, reason};

/// What may stand beside a file of SQLite's, and belongs to it alone.
const BESIDE: [&str; 3] = ["-journal", "-wal", "-shm"];

/// The right to exchange the file of an organization, and the copy that is worked on.
#[derive(Debug)]
pub struct Exchange {
    database: PathBuf,
    copy: PathBuf,
    _lock: File,
}

/// By what a file is known: which organization's it is, and up to where its log goes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Position {
    /// What no other organization's file has.
    pub lineage: String,
    /// The number of the newest event.
    pub seq: i64,
}

impl Exchange {
    /// Waits for the right to exchange `database`, with the folder `aside` to work in, which is made where there is none.
    ///
    /// # Errors
    /// Busy where another process has it for longer than `patience`; failed where the folder cannot be used.
    pub fn begin(database: &Path, aside: &Path, patience: Duration) -> Result<Self, UserError> {
        let cannot =
            |path: &Path, error: &std::io::Error| UserError::failed(format!("cannot write `{}`: {}", path.display(), reason(error)));
        DirBuilder::new().recursive(true).mode(0o700).create(aside).map_err(|error| cannot(aside, &error))?;
        let path = aside.join("state.lock");
        let lock = open_lock(&path).map_err(|error| cannot(&path, &error))?;
        let begun = Instant::now();
        loop {
            match lock.try_lock() {
                Ok(()) => break,
                Err(TryLockError::WouldBlock) if begun.elapsed() < patience => thread::sleep(Duration::from_millis(10)),
                Err(TryLockError::WouldBlock) => return Err(busy(database)),
                Err(TryLockError::Error(error)) => return Err(cannot(&path, &error)),
            }
        }
        Ok(Self { database: database.to_owned(), copy: aside.join("state.db"), _lock: lock })
    }

    /// Where the file that is here stands; `None` where there is none, or only what an interrupted beginning left.
    ///
    /// # Errors
    /// What opening the file can say.
    pub fn here(&self) -> Result<Option<Position>, UserError> {
        if fs::metadata(&self.database).map_or(0, |there| there.len()) == 0 {
            return Ok(None);
        }
        OrgStore::open(&self.database)?.position().map(Some)
    }

    /// Opens a copy of the file that is here, to work on.
    ///
    /// # Errors
    /// What opening and copying can say.
    pub fn copy(&self) -> Result<OrgStore, UserError> {
        self.clear();
        let here = OrgStore::open(&self.database)?;
        copy_durably(&here.connection, &self.database, &self.copy)?;
        OrgStore::open(&self.copy)
    }

    /// Begins a file in the place of the copy, for where there is none yet.
    ///
    /// # Errors
    /// As [`OrgStore::begin`].
    pub fn begin_copy(&self, page_id: &PublicId, now: DateTime<Utc>) -> Result<OrgStore, UserError> {
        self.clear();
        OrgStore::begin(&self.copy, page_id, now)
    }

    /// Puts `bytes` in the place of the copy and judges them: an organization's whole file, of that lineage where one is named. `named` is
    /// what complaints call them.
    ///
    /// # Errors
    /// Bad input for anything else; conflict where it is of a newer program or another organization.
    pub fn receive(&self, bytes: &[u8], lineage: Option<&str>, named: &str) -> Result<Position, UserError> {
        self.clear();
        let written = self.write_copy(bytes);
        written.map_err(|error| UserError::failed(format!("cannot write `{}`: {}", self.copy.display(), reason(&error))))?;
        let judged = judge(&self.copy).and_then(|()| OrgStore::open(&self.copy)?.position());
        let refused = match judged {
            Ok(position) if lineage.is_none_or(|lineage| lineage == position.lineage) => return Ok(position),
            Ok(_) => UserError::conflict(format!("`{named}` is another organization's"))
                .hint("each organization has a place of its own: correct `remote`, or move the org.db that is here away"),
            Err(error) => UserError { message: error.message.replace(&self.copy.display().to_string(), named), ..error },
        };
        self.clear();
        Err(refused)
    }

    #[expect(clippy::disallowed_methods, reason = "the copy is the store's file")]
    fn write_copy(&self, bytes: &[u8]) -> std::io::Result<()> {
        let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&self.copy)?;
        file.write_all(bytes)?;
        file.sync_all()
    }

    /// The bytes of the copy, which nobody has open any more.
    ///
    /// # Errors
    /// What the disk says.
    pub fn bytes(&self) -> Result<Vec<u8>, UserError> {
        if BESIDE.iter().any(|end| with_suffix(&self.copy, end).exists()) {
            return Err(damaged(&self.copy, "it was not closed"));
        }
        fs::read(&self.copy).map_err(|error| UserError::failed(format!("cannot read `{}`: {}", self.copy.display(), reason(&error))))
    }

    /// What the copy was given of the event `seq`, for [`Reader::state_mark`].
    ///
    /// # Errors
    /// What opening the copy can say.
    pub fn mark_in_copy(&self, seq: i64) -> Result<Option<String>, UserError> {
        OrgStore::open(&self.copy)?.state_mark(seq)
    }

    /// Whether `asker` has an answer under `key` in the file that is here.
    ///
    /// # Errors
    /// What opening the file can say.
    pub fn has_answer(&self, asker: &str, key: &str) -> Result<bool, UserError> {
        let store = OrgStore::open(&self.database)?;
        let sql = "SELECT EXISTS (SELECT 1 FROM answers WHERE asker = ?1 AND key = ?2)";
        Ok(first(&store.connection, sql, [asker, key], |row| row.get(0)).of(&self.database)?.unwrap_or(false))
    }

    /// What the file that is here says of the event `seq`.
    ///
    /// # Errors
    /// What opening the file can say.
    pub fn mark_here(&self, seq: i64) -> Result<Option<String>, UserError> {
        OrgStore::open(&self.database)?.state_mark(seq)
    }

    /// Puts the copy in the place of the file, durably, once nobody is writing to that any more. `aside` keeps the old one beside it, under
    /// a name that ends so.
    ///
    /// # Errors
    /// Busy where another process writes for ten seconds; otherwise what the disk says.
    pub fn put_in_place(&self, aside: Option<&str>) -> Result<(), UserError> {
        let copy = File::open(&self.copy).and_then(|file| file.sync_all());
        copy.map_err(|error| UserError::failed(format!("cannot write `{}`: {}", self.copy.display(), reason(&error))))?;
        if fs::metadata(&self.database).map_or(0, |there| there.len()) == 0 {
            move_file(&self.copy, &self.database)?;
            return sync_folder_of(&self.database);
        }
        let old = connect(&self.database)?;
        if let Some(end) = aside {
            copy_durably(&old, &self.database, &with_suffix(&self.database, end))?;
        }
        // Whoever had begun to write is done or rolled back then: its journal must not meet another file.
        let held = Transaction::new_unchecked(&old, TransactionBehavior::Immediate).of(&self.database)?;
        move_file(&self.copy, &self.database)?;
        drop(held);
        sync_folder_of(&self.database)
    }

    /// Removes the copy, whatever it is.
    pub fn clear(&self) {
        for end in BESIDE {
            remove_if_there(&with_suffix(&self.copy, end));
        }
        remove_if_there(&self.copy);
    }
}

impl Reader {
    /// Which organization's it is, and up to where its log goes.
    ///
    /// # Errors
    /// What reading the file can say.
    pub fn position(&self) -> Result<Position, UserError> {
        let lineage = first(&self.connection, "SELECT lineage FROM page", [], |row| row.get(0)).of(&self.path)?;
        Ok(Position { lineage: lineage.ok_or_else(|| damaged(&self.path, "it names no page"))?, seq: self.latest_seq()? })
    }
}

impl OrgStore {
    /// Whether nothing is committed to it yet.
    pub fn is_begun(&self) -> bool {
        self.begun
    }

    /// Takes the beginning back: what is open is a file without a name then.
    pub fn take_back(&mut self) {
        if std::mem::take(&mut self.begun) {
            open::give_up(&self.reader.connection, &self.reader.path);
        }
    }
}

#[expect(clippy::disallowed_methods, reason = "the lock is the store's file")]
fn open_lock(path: &Path) -> std::io::Result<File> {
    let opened = OpenOptions::new().read(true).write(true).create(true).truncate(false).mode(0o600).open(path);
    opened.and_then(|file| if file.metadata()?.is_file() { Ok(file) } else { Err(ErrorKind::InvalidInput.into()) })
}

/// Refuses a file that is not an organization's, whole and laid out as one of its schema's number is.
fn judge(path: &Path) -> Result<(), UserError> {
    open::refuse_unusable(path)?;
    let connection = connect(path)?;
    let verdict: String = connection.query_row("PRAGMA quick_check(1)", [], |row| row.get(0)).of(path)?;
    if verdict != "ok" {
        return Err(damaged(path, verdict.lines().next().unwrap_or("its pages contradict each other")));
    }
    let dangling = rows(&connection, "PRAGMA foreign_key_check", [], |_| Ok(())).of(path)?;
    if !dangling.is_empty() {
        return Err(damaged(path, "its rows contradict each other"));
    }
    let schema = usize::try_from(schema_of(&connection).of(path)?).unwrap_or(0);
    let usual = Connection::open_in_memory().of(path)?;
    apply(&usual, 0, MIGRATIONS.get(..schema).unwrap_or(MIGRATIONS)).of(path)?;
    match layout(&connection).of(path)? == layout(&usual).of(path)? {
        true => Ok(()),
        false => Err(foreign(path)),
    }
}

/// Everything that is laid out in a file, in words of SQL.
fn layout(connection: &Connection) -> rusqlite::Result<Vec<String>> {
    let sql = "SELECT json_array(type, name, tbl_name, sql) FROM sqlite_schema ORDER BY type, name";
    rows(connection, sql, [], |row| row.get(0))
}

#[cfg(test)]
mod tests {
    use super::super::samples::{at, new_store, service, write};
    use super::super::{Followed, Scope};
    use super::*;
    use crate::error::Kind;

    fn begin(folder: &tempfile::TempDir) -> Exchange {
        Exchange::begin(&folder.path().join("org.db"), &folder.path().join(".statuary"), Duration::from_millis(50)).unwrap()
    }

    #[test]
    fn a_copy_is_worked_on_and_takes_the_place_of_the_file() {
        let (folder, mut store) = new_store();
        write(&mut store, |tx| Ok(tx.put_service(&mut service("search"))?));
        let exchange = begin(&folder);
        let before = exchange.here().unwrap().unwrap();
        let mut copy = exchange.copy().unwrap();
        copy.write("ann", at(0), |tx| Ok(tx.put_service(&mut service("web"))?)).unwrap();
        drop(copy);
        assert_eq!(store.services(Scope::Everything).unwrap().len(), 1, "the file is as it was");
        let followed = Followed::open(&folder.path().join("org.db")).unwrap();
        exchange.put_in_place(None).unwrap();
        assert_eq!(followed.version().unwrap_err().kind, Kind::NotFound, "whoever follows it notices");
        assert_eq!(OrgStore::open(&folder.path().join("org.db")).unwrap().services(Scope::Everything).unwrap().len(), 2);
        assert_eq!(exchange.here().unwrap().unwrap().lineage, before.lineage);
        let lost = store.write("bob", at(0), |tx| Ok(tx.put_service(&mut service("lost"))?));
        assert_eq!(lost.unwrap_err().downcast::<UserError>().unwrap().kind, Kind::NotFound);
        let other = Exchange::begin(&folder.path().join("org.db"), &folder.path().join(".statuary"), Duration::from_millis(30));
        assert_eq!(other.unwrap_err().kind, Kind::Busy);
    }

    #[test]
    fn a_copy_that_somebody_has_open_is_not_read() {
        let (folder, mut store) = new_store();
        write(&mut store, |tx| Ok(tx.put_service(&mut service("search"))?));
        let exchange = begin(&folder);
        let mut copy = exchange.copy().unwrap();
        let path = folder.path().join(".statuary/state.db");
        let seen = copy.write("ann", at(0), |tx| {
            tx.put_service(&mut service("web"))?;
            Ok(exchange.bytes().unwrap_err())
        });
        assert_eq!(seen.unwrap().message, format!("`{}` is damaged: it was not closed", path.display()));
    }

    #[test]
    fn what_comes_is_judged_whole() {
        let (folder, mut store) = new_store();
        write(&mut store, |tx| (0..40).try_for_each(|number| Ok(tx.put_service(&mut service(&format!("s{number}")))?)));
        let exchange = begin(&folder);
        let position = exchange.here().unwrap().unwrap();
        drop(exchange.copy().unwrap());
        let whole = exchange.bytes().unwrap();
        assert_eq!(exchange.receive(&whole, Some(&position.lineage), "it").unwrap(), position);
        let other = exchange.receive(&whole, Some("another"), "s3://b/acme").unwrap_err();
        assert_eq!((other.kind, other.message.as_str()), (Kind::Conflict, "`s3://b/acme` is another organization's"));
        let hint = "each organization has a place of its own: correct `remote`, or move the org.db that is here away";
        assert_eq!(other.hint.as_deref(), Some(hint));
        let altered = |sql: &str| {
            exchange.receive(&whole, None, "it").unwrap();
            let connection = Connection::open(folder.path().join(".statuary/state.db")).unwrap();
            connection.execute_batch("PRAGMA foreign_keys = OFF").unwrap();
            connection.execute_batch(sql).unwrap();
            drop(connection);
            exchange.bytes().unwrap()
        };
        let mut holed = whole.clone();
        let end = holed.len();
        holed[end - 4096..].fill(0xA5);
        for (what, bytes) in [
            ("nothing", Vec::new()),
            ("text", b"<html>not found</html>".repeat(300)),
            ("half", whole[..whole.len() / 2].to_vec()),
            ("holed", holed),
            ("another program's", altered("PRAGMA application_id = 7")),
            ("a view of its own", altered("DROP VIEW public_services; CREATE VIEW public_services AS SELECT * FROM services")),
            ("a trigger of its own", altered("CREATE TRIGGER t AFTER INSERT ON services BEGIN DELETE FROM services; END")),
            ("a table more", altered("CREATE TABLE more (a)")),
            ("no page", altered("DELETE FROM page")),
            ("rows without their others", altered("UPDATE services SET group_id = 'none'")),
        ] {
            let Err(error) = exchange.receive(&bytes, None, "s3://b/acme") else { panic!("{what} was taken") };
            assert_eq!(error.kind, Kind::BadInput, "{what}: {error}");
            assert!(error.message.starts_with("`s3://b/acme` is "), "{what}: {error}");
            assert!(!folder.path().join(".statuary/state.db").exists(), "{what} is left");
        }
        let error = exchange.receive(&altered("UPDATE services SET group_id = 'none'"), None, "it").unwrap_err();
        assert_eq!(error.message, "`it` is damaged: its rows contradict each other");
        let newer = exchange.receive(&altered("PRAGMA user_version = 99"), None, "it").unwrap_err();
        assert_eq!(newer.kind, Kind::Conflict);
        assert_eq!(exchange.here().unwrap().unwrap(), position);
    }
}
