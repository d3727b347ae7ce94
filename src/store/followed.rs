//! A record that is only looked at, again and again, while others write to it.
//!
//! Whoever follows one never waits for a writer and lets none wait longer than a read takes: it neither migrates nor checks nor writes, no
//! transaction outlives a call, and a file that is held is busy at once. Whether anything has changed costs the head of the file.

use std::ops::Deref;
use std::path::Path;
use std::time::Duration;

use rusqlite::{Transaction, TransactionBehavior};

use super::Reader;
use super::failure::{Of, unfinished};
use super::open;
use super::schema::{MIGRATIONS, refuse_newer, schema_of};
use crate::error::UserError;

/// How long to wait for whoever holds the file: commits take less, and a later look is as good.
const PATIENCE: Duration = Duration::from_millis(20);

/// How much of the file to keep in memory: what the newest events need.
const CACHE_KIB: i64 = 1024;

/// An open file that is followed.
#[derive(Debug)]
pub struct Followed {
    reader: Reader,
}

impl Deref for Followed {
    type Target = Reader;

    fn deref(&self) -> &Reader {
        &self.reader
    }
}

impl Followed {
    /// Opens the file of an organization to look at it.
    ///
    /// # Errors
    /// Not found where there is none; bad input where it is not ours, damaged or empty; a conflict where it has another schema than this
    /// program's; busy where it is held.
    pub fn open(path: &Path) -> Result<Self, UserError> {
        open::refuse_unusable(path)?;
        let connection = open::connect_within(path, PATIENCE)?;
        connection.pragma_update(None, "query_only", true).of(path)?;
        connection.pragma_update(None, "cache_size", -CACHE_KIB).of(path)?;
        let followed = Self { reader: Reader::of(connection, path) };
        followed.check_schema()?;
        Ok(followed)
    }

    /// A number that is another one after every commit of somebody else to this file.
    ///
    /// # Errors
    /// Not found where the file has been removed or replaced: open it anew; busy where it is held.
    pub fn version(&self) -> Result<i64, UserError> {
        self.check_still_there()?;
        self.connection.pragma_query_value(None, "data_version", |row| row.get(0)).of(&self.path)
    }

    /// Runs several reads on one and the same state, if it still is one that this program understands.
    ///
    /// # Errors
    /// As [`Followed::open`]; what `work` says.
    pub fn look<T>(&self, work: impl FnOnce(&Reader) -> anyhow::Result<T>) -> anyhow::Result<T> {
        let transaction = Transaction::new_unchecked(&self.connection, TransactionBehavior::Deferred).of(&self.path)?;
        self.check_schema()?;
        let result = work(&self.reader)?;
        transaction.commit().of(&self.path)?;
        Ok(result)
    }

    /// Refuses what another program has laid out: it may keep private things apart in another way.
    fn check_schema(&self) -> Result<(), UserError> {
        let schema = schema_of(&self.connection).of(&self.path)?;
        refuse_newer(&self.path, schema, MIGRATIONS)?;
        match usize::try_from(schema) {
            Ok(0) => Err(unfinished(&self.path)),
            Ok(schema) if schema == MIGRATIONS.len() => Ok(()),
            _ => Err(UserError::conflict(format!("`{}` has schema {schema}, which is older than this statuary's", self.path.display()))
                .hint("any command that opens it brings it up to date")),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use rusqlite::Connection;

    use super::super::OrgStore;
    use super::super::samples::{at, id, new_store, service, write};
    use super::*;
    use crate::error::Kind;

    #[test]
    fn a_commit_is_noticed_and_nothing_else() {
        let (folder, mut store) = new_store();
        let followed = Followed::open(&folder.path().join("org.db")).unwrap();
        let before = followed.version().unwrap();
        assert_eq!(followed.look(|reader| Ok(reader.latest_seq()?)).unwrap(), 0);
        assert_eq!(followed.version().unwrap(), before);
        write(&mut store, |tx| Ok(tx.put_service(&mut service("search"))?));
        assert_ne!(followed.version().unwrap(), before);
        assert!(followed.connection.is_autocommit(), "no transaction stays open");
        let refused = followed.connection.execute("DELETE FROM services", []).unwrap_err();
        assert_eq!(refused.sqlite_error_code(), Some(rusqlite::ErrorCode::ReadOnly));
    }

    #[test]
    fn a_held_file_is_busy_at_once_and_holds_nobody_up() {
        let (folder, mut store) = new_store();
        let path = folder.path().join("org.db");
        let followed = Followed::open(&path).unwrap();
        let writer = Connection::open(&path).unwrap();
        writer.execute_batch("BEGIN IMMEDIATE").unwrap();
        followed.version().unwrap();
        writer.execute_batch("COMMIT; BEGIN EXCLUSIVE").unwrap();
        assert_eq!(followed.version().unwrap_err().kind, Kind::Busy);
        let looked = followed.look(|reader| Ok(reader.latest_seq()?)).unwrap_err();
        assert_eq!(looked.downcast::<UserError>().unwrap().kind, Kind::Busy);
        assert_eq!(Followed::open(&path).unwrap_err().kind, Kind::Busy);
        writer.execute_batch("COMMIT").unwrap();
        write(&mut store, |tx| Ok(tx.put_service(&mut service("search"))?));
    }

    #[test]
    fn a_file_that_was_replaced_is_told_from_the_one_that_is_open() {
        let (folder, store) = new_store();
        let path = folder.path().join("org.db");
        let followed = Followed::open(&path).unwrap();
        drop(store);
        rename(&path, &folder.path().join("old.db"));
        assert_eq!(followed.version().unwrap_err().kind, Kind::NotFound);
        drop(OrgStore::create(&path, &id("page2"), at(0)).unwrap());
        assert_eq!(followed.version().unwrap_err().kind, Kind::NotFound);
        assert_eq!(Followed::open(&path).unwrap().page_id().unwrap(), id("page2"));
    }

    #[test]
    fn other_schemas_are_refused_and_stay_as_they_are() {
        let (folder, store) = new_store();
        let path = folder.path().join("org.db");
        let followed = Followed::open(&path).unwrap();
        for (schema, kind) in [(MIGRATIONS.len() + 1, Kind::Conflict), (MIGRATIONS.len() - 1, Kind::Conflict), (0, Kind::BadInput)] {
            store.connection.pragma_update(None, "user_version", schema as i64).unwrap();
            let before = fs::read(&path).unwrap();
            let looked = followed.look(|reader| Ok(reader.latest_seq()?)).unwrap_err();
            assert_eq!(looked.downcast::<UserError>().unwrap().kind, kind, "{schema}");
            assert_eq!(Followed::open(&path).unwrap_err().kind, kind, "{schema}");
            assert!(fs::read(&path).unwrap() == before, "{schema}");
        }
        let older = MIGRATIONS.len() - 1;
        store.connection.pragma_update(None, "user_version", older as i64).unwrap();
        let told = Followed::open(&path).unwrap_err();
        assert_eq!(told.message, format!("`{}` has schema {older}, which is older than this statuary's", path.display()));
        assert_eq!(told.hint.as_deref(), Some("any command that opens it brings it up to date"));
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[expect(clippy::disallowed_methods, reason = "tests move files")]
    fn rename(from: &Path, to: &Path) {
        fs::rename(from, to).unwrap();
    }
}
