//! Making and opening an organization's file, without ever touching one that is not ours.

use std::fmt::Write as _;
use std::fs::{File, OpenOptions};
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::time::Duration;

use chrono::{DateTime, Utc};
use rusqlite::config::DbConfig;
use rusqlite::{Connection, OpenFlags, Transaction, TransactionBehavior, params};

use super::columns::Moment;
use super::failure::{Of, foreign, unfinished};
use super::schema::{APPLICATION_ID, MIGRATIONS, apply, migrate, refuse_newer, schema_of};
use crate::domain::PublicId;
use crate::error::UserError;

/// How long to wait for another process.
const PATIENCE: Duration = Duration::from_secs(10);

/// What the head of a file says.
pub(super) struct Head {
    pub(super) application_id: i32,
    pub(super) user_version: i64,
}

/// Makes the file of a new organization. What a killed one leaves is empty, and the next one takes it over.
pub(super) fn create(path: &Path, page_id: &PublicId, now: DateTime<Utc>) -> Result<Connection, UserError> {
    let taken = || UserError::conflict(format!("`{}` exists already", path.display()));
    match std::fs::metadata(path) {
        Err(error) if error.kind() == ErrorKind::NotFound => {
            make_private_file(path)?;
        }
        Err(error) => return Err(cannot_open(path, &error)),
        // Head pages of an interrupted creation are ours, and opening rolls them back.
        Ok(there) if there.len() > 0 && !inspect(path).is_ok_and(|head| head.application_id == APPLICATION_ID) => return Err(taken()),
        Ok(_) => {}
    }
    let connection = connect(path)?;
    let transaction = Transaction::new_unchecked(&connection, TransactionBehavior::Immediate).of(path)?;
    if schema_of(&transaction).of(path)? != 0 {
        return Err(taken());
    }
    lay_out(&transaction, page_id, now).of(path)?;
    transaction.commit().of(path)?;
    Ok(connection)
}

/// Everything an organization starts with.
fn lay_out(transaction: &Connection, page_id: &PublicId, now: DateTime<Utc>) -> rusqlite::Result<()> {
    apply(transaction, 0, MIGRATIONS)?;
    transaction.execute("INSERT INTO page (only_row, id, created_at) VALUES (1, ?1, ?2)", params![page_id, Moment(now)])?;
    Ok(())
}

/// Opens the file of an organization and brings it up to date.
pub(super) fn open(path: &Path) -> Result<Connection, UserError> {
    match std::fs::metadata(path) {
        Ok(there) if there.is_dir() => return Err(foreign(path)),
        Ok(there) if there.len() == 0 => return Err(unfinished(path)),
        Ok(_) => {}
        Err(error) if error.kind() == ErrorKind::NotFound => {
            return Err(UserError::not_found(format!("there is no `{}`", path.display())));
        }
        Err(error) => return Err(cannot_open(path, &error)),
    }
    let head = inspect(path)?;
    if head.application_id != APPLICATION_ID {
        return Err(foreign(path));
    }
    refuse_newer(path, head.user_version, MIGRATIONS)?;
    let connection = connect(path)?;
    // The head may have been that of a creation which was interrupted and is rolled back now.
    if schema_of(&connection).of(path)? == 0 {
        return Err(unfinished(path));
    }
    migrate(&connection, path, MIGRATIONS)?;
    Ok(connection)
}

/// Reads the head of a file and leaves no trace: no lock, no journal, no rollback.
///
/// It goes through SQLite because closing a file by other means drops the locks that this process holds on it.
pub(super) fn inspect(path: &Path) -> Result<Head, UserError> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_URI | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let read = || {
        let connection = Connection::open_with_flags(immutable_uri(path), flags)?;
        // Else a file that a killed writer had begun to lengthen counts as damaged, although opening it mends it.
        connection.pragma_update(None, "writable_schema", true)?;
        let application_id = connection.pragma_query_value(None, "application_id", |row| row.get(0))?;
        Ok(Head { application_id, user_version: schema_of(&connection)? })
    };
    read().of(path)
}

fn immutable_uri(path: &Path) -> String {
    let path = absolute(path);
    let mut uri = String::from("file://");
    if !path.as_os_str().as_encoded_bytes().starts_with(b"/") {
        uri.push('/');
    }
    for byte in path.as_os_str().as_encoded_bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'/' | b'.' | b'-' | b'_' => uri.push(char::from(*byte)),
            b'\\' if cfg!(windows) => uri.push('/'),
            b':' if cfg!(windows) => uri.push(':'),
            _ => {
                // Writing to a string cannot fail.
                let _ = write!(uri, "%{byte:02X}");
            }
        }
    }
    uri.push_str("?immutable=1");
    uri
}

/// So that no name, such as `:memory:`, means something special to SQLite.
fn absolute(path: &Path) -> PathBuf {
    std::path::absolute(path).unwrap_or_else(|_| path.to_owned())
}

fn connect(path: &Path) -> Result<Connection, UserError> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(absolute(path), flags).of(path)?;
    settle(&connection).of(path)?;
    Ok(connection)
}

/// The settings every connection needs: they are not kept in the file.
fn settle(connection: &Connection) -> rusqlite::Result<()> {
    connection.busy_timeout(PATIENCE)?;
    connection.set_prepared_statement_cache_capacity(128);
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_DEFENSIVE, true)?;
    connection.pragma_update(None, "trusted_schema", false)?;
    connection.pragma_update(None, "cell_size_check", true)?;
    connection.pragma_update(None, "foreign_keys", true)?;
    connection.pragma_update(None, "synchronous", "EXTRA")?;
    connection.pragma_update_and_check(None, "journal_mode", "DELETE", |_| Ok(()))
}

/// Makes an empty file that only its owner may read; fails where there is one.
#[expect(clippy::disallowed_methods, reason = "SQLite has no say about the mode of a new file")]
pub(super) fn make_private_file(path: &Path) -> Result<File, UserError> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt;
        options.mode(0o600);
    }
    options.open(path).map_err(|error| match error.kind() {
        ErrorKind::AlreadyExists => UserError::conflict(format!("`{}` exists already", path.display())),
        kind => UserError::failed(format!("cannot make `{}`: {kind}", path.display())),
    })
}

fn cannot_open(path: &Path, error: &std::io::Error) -> UserError {
    UserError::failed(format!("cannot open `{}`: {}", path.display(), error.kind()))
}
