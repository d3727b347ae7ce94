//! What a workspace mirrors of Clerk: one SQLite file, `directory.db`.
//!
//! **Locking** and **filesystems** are those of an organization's file: writes are transactions that hold the file from their beginning,
//! whoever waits longer than ten seconds is told that it is held, and a result is handed back only after its commit is durable.
//!
//! **Compatibility.** It has migrations and an identity of its own, so that neither file can be taken for the other. An older one is backed
//! up beside itself and migrated, a newer one refused, and what is neither is never touched.
//!
//! **Merging** ([`DirectoryWrite::merge`]) comes to the same rows whatever the order in which news arrives, and however often.

mod merge;
mod read;
#[cfg(test)]
mod tests;

use std::cell::Cell;
use std::ops::Deref;
use std::path::{Path, PathBuf};

use rusqlite::{Connection, Transaction, TransactionBehavior};

use super::failure::{Of, damaged, is_writable};
use super::open::{Identity, connect, identity, inspect, make_private_file};
use super::refuse_damage;
use super::schema::{apply_as, migrate_as, refuse_newer, schema_of};
use super::turn::{Turn, wait_fairly};
use crate::error::{Kind, UserError};

pub use read::{Folder, KnownOrganization, Listed, Member, Mirrored, SeenMessage};

/// What makes a SQLite file a directory ("StaD").
const APPLICATION_ID: i32 = 0x5374_6144;

/// Migration N leads from schema N to schema N + 1. Never change one that was released.
const MIGRATIONS: &[&str] = &[include_str!("0001_initial.sql")];

/// What can be read of a directory, in and outside of a write; [`Directory`] and [`DirectoryWrite`] both are one.
#[derive(Debug)]
pub struct DirectoryReader {
    connection: Connection,
    path: PathBuf,
    /// Which file it was when it was opened.
    identity: Option<Identity>,
    checked: Cell<bool>,
}

/// The open directory of a workspace.
#[derive(Debug)]
pub struct Directory {
    reader: DirectoryReader,
}

/// A write in progress: one transaction.
#[derive(Debug)]
pub struct DirectoryWrite<'a> {
    reader: &'a DirectoryReader,
}

impl Deref for Directory {
    type Target = DirectoryReader;

    fn deref(&self) -> &DirectoryReader {
        &self.reader
    }
}

impl Deref for DirectoryWrite<'_> {
    type Target = DirectoryReader;

    fn deref(&self) -> &DirectoryReader {
        self.reader
    }
}

impl Directory {
    /// Opens a directory and migrates it where it is older than this program; `None` where there is none yet.
    ///
    /// # Errors
    /// Bad input where it is not one, or damaged; a conflict where it is newer; then it is untouched.
    pub fn open(path: &Path) -> Result<Option<Self>, UserError> {
        match std::fs::metadata(path) {
            Ok(there) if there.is_dir() => return Err(foreign(path)),
            // What a killed creation left is empty, and the next one takes it over.
            Ok(there) if there.len() == 0 => return Ok(None),
            Ok(_) => {}
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(UserError::failed(format!("cannot open `{}`: {}", path.display(), error.kind()))),
        }
        let head = inspect(path).map_err(|error| not_as_an_organization(path, error))?;
        if head.application_id != APPLICATION_ID {
            // The head of an interrupted creation is rolled back by opening it.
            return if head.application_id == 0 && head.user_version == 0 && is_empty(path)? { Ok(None) } else { Err(foreign(path)) };
        }
        refuse_newer(path, head.user_version, MIGRATIONS)?;
        let connection = connect(path)?;
        if schema_of(&connection).of(path)? == 0 {
            return Ok(None);
        }
        migrate_as(APPLICATION_ID, &connection, path, MIGRATIONS)?;
        Ok(Some(Self::of(connection, path)))
    }

    /// Opens a directory, or makes it, readable by its owner only.
    ///
    /// # Errors
    /// As [`Directory::open`], and where it cannot be made.
    pub fn open_or_create(path: &Path) -> Result<Self, UserError> {
        if let Some(found) = Self::open(path)? {
            return Ok(found);
        }
        match make_private_file(path) {
            // Another process was faster, or a killed one has left it.
            Err(error) if error.kind == Kind::Conflict => {}
            made => drop(made?),
        }
        let connection = connect(path)?;
        let transaction = Transaction::new_unchecked(&connection, TransactionBehavior::Immediate).of(path)?;
        if schema_of(&transaction).of(path)? == 0 {
            apply_as(APPLICATION_ID, &transaction, 0, MIGRATIONS).of(path)?;
        }
        transaction.commit().of(path)?;
        Ok(Self::of(connection, path))
    }

    fn of(connection: Connection, path: &Path) -> Self {
        Self { reader: DirectoryReader { connection, path: path.to_owned(), identity: identity(path), checked: Cell::new(false) } }
    }

    /// Runs `work` in one transaction and hands its result back once it is durable. Nothing of it stays where it fails.
    ///
    /// # Errors
    /// What `work` says; busy where another process holds the file for ten seconds; bad input where the file turns out to be damaged.
    pub fn write<T, E: From<UserError>>(&mut self, work: impl FnOnce(&DirectoryWrite<'_>) -> Result<T, E>) -> Result<T, E> {
        self.reader.refuse_newer_format()?;
        let patience = wait_fairly(&mut self.reader.connection).of(&self.reader.path)?;
        let reader = &self.reader;
        let _turn = Turn::of(&reader.connection, patience);
        let transaction = Transaction::new_unchecked(&reader.connection, TransactionBehavior::Immediate).of(&reader.path)?;
        reader.check_once()?;
        let result = work(&DirectoryWrite { reader })?;
        transaction.commit().of(&reader.path)?;
        Ok(result)
    }
}

impl DirectoryReader {
    /// Runs several reads on one and the same state.
    ///
    /// # Errors
    /// What `work` says; busy where another process holds the file for ten seconds.
    pub fn read<T, E: From<UserError>>(&self, work: impl FnOnce(&Self) -> Result<T, E>) -> Result<T, E> {
        let transaction = Transaction::new_unchecked(&self.connection, TransactionBehavior::Deferred).of(&self.path)?;
        let result = work(self)?;
        transaction.commit().of(&self.path)?;
        Ok(result)
    }

    /// Refuses to write to a file whose head says that only newer programs may, which SQLite calls read-only.
    fn refuse_newer_format(&self) -> Result<(), UserError> {
        if self.connection.is_readonly("main").of(&self.path)? && is_writable(&self.path) {
            return Err(damaged(&self.path, "only newer programs may write to it"));
        }
        Ok(())
    }

    /// Refuses to write to a file that has lost its name meanwhile, or is damaged, before anything changes in it.
    fn check_once(&self) -> Result<(), UserError> {
        if identity(&self.path) != self.identity {
            return Err(UserError::not_found(format!("`{}` was removed or replaced by another process", self.path.display())));
        }
        if !self.checked.get() {
            refuse_damage(&self.connection, &self.path)?;
            self.checked.set(true);
        }
        Ok(())
    }
}

/// Whether nothing is in a file of SQLite's, once what was interrupted in it is rolled back.
fn is_empty(path: &Path) -> Result<bool, UserError> {
    let connection = connect(path)?;
    connection.query_row("SELECT NOT EXISTS (SELECT 1 FROM sqlite_schema)", [], |row| row.get(0)).of(path)
}

fn foreign(path: &Path) -> UserError {
    UserError::bad_input(format!("`{}` is not a directory of Clerk's organizations", path.display()))
}

/// What is no database at all is called what it should have been.
fn not_as_an_organization(path: &Path, error: UserError) -> UserError {
    if error.message.ends_with("is not an organization's data") { foreign(path) } else { error }
}
