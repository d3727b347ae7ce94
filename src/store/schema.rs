//! The schema's history: numbered SQL files that only ever grow in number, and bringing a file up to date with them.

use std::path::{Path, PathBuf};

use rusqlite::{Connection, Transaction, TransactionBehavior};

use super::failure::{Of, damaged};
use super::open::{inspect, make_private_file};
use crate::error::UserError;

/// What makes a SQLite file ours ("Stat").
pub(super) const APPLICATION_ID: i32 = 0x5374_6174;

/// Migration N leads from schema N to schema N + 1. Never change one that was released.
pub(super) const MIGRATIONS: &[&str] = &[include_str!("migrations/0001_initial.sql")];

/// The number of the schema a file has; 0 for an empty one.
pub(super) fn schema_of(connection: &Connection) -> rusqlite::Result<i64> {
    connection.pragma_query_value(None, "user_version", |row| row.get(0))
}

/// Refuses a schema this program does not know.
pub(super) fn refuse_newer(path: &Path, schema: i64, migrations: &[&str]) -> Result<(), UserError> {
    match usize::try_from(schema) {
        Ok(schema) if schema <= migrations.len() => Ok(()),
        Ok(schema) => {
            Err(UserError::conflict(format!("`{}` has schema {schema}, this statuary knows {}", path.display(), migrations.len()))
                .hint("upgrade statuary"))
        }
        Err(_) => Err(damaged(path, &format!("it has schema {schema}"))),
    }
}

/// Brings the file behind `connection` up to date: nothing where it is, else a backup beside it and then all steps at once.
pub(super) fn migrate(connection: &Connection, path: &Path, migrations: &[&str]) -> Result<(), UserError> {
    let found = schema_of(connection).of(path)?;
    refuse_newer(path, found, migrations)?;
    if usize::try_from(found).is_ok_and(|found| found == migrations.len()) {
        return Ok(());
    }
    back_up(connection, path, found)?;
    let transaction = Transaction::new_unchecked(connection, TransactionBehavior::Immediate).of(path)?;
    // Another process may have been faster.
    let found = schema_of(&transaction).of(path)?;
    refuse_newer(path, found, migrations)?;
    apply(&transaction, usize::try_from(found).unwrap_or(0), migrations).of(path)?;
    transaction.commit().of(path)
}

/// Applies what comes after schema `from`; the caller's transaction makes it one step.
pub(super) fn apply(transaction: &Connection, from: usize, migrations: &[&str]) -> rusqlite::Result<()> {
    for migration in migrations.iter().skip(from) {
        transaction.execute_batch(migration)?;
    }
    transaction.pragma_update(None, "application_id", APPLICATION_ID)?;
    transaction.pragma_update(None, "user_version", i64::try_from(migrations.len()).unwrap_or(i64::MAX))
}

/// Where the backup of a file with this schema goes.
pub(super) fn backup_path(path: &Path, schema: i64) -> PathBuf {
    with_suffix(path, &format!(".schema-{schema}.backup"))
}

/// Copies the file as it is to its backup path; the copy appears whole or not at all.
fn back_up(connection: &Connection, path: &Path, schema: i64) -> Result<(), UserError> {
    let backup = backup_path(path, schema);
    let draft = with_suffix(&backup, &format!(".{}.partial", std::process::id()));
    let copied = copy_durably(connection, path, &draft).and_then(|()| {
        // Where another process migrated meanwhile, that one made the backup.
        if inspect(&draft)?.user_version == schema { move_file(&draft, &backup) } else { Ok(()) }
    });
    remove_if_there(&draft);
    copied
}

fn copy_durably(connection: &Connection, path: &Path, draft: &Path) -> Result<(), UserError> {
    remove_if_there(draft);
    let file = make_private_file(draft)?;
    let target =
        draft.to_str().ok_or_else(|| UserError::failed(format!("cannot back up to `{}`: its name is not text", draft.display())))?;
    connection.execute("VACUUM INTO ?1", [target]).of(path)?;
    file.sync_all().map_err(|error| UserError::failed(format!("cannot write `{}`: {}", draft.display(), error.kind())))
}

#[expect(clippy::disallowed_methods, reason = "backups are the store's files")]
fn move_file(from: &Path, to: &Path) -> Result<(), UserError> {
    std::fs::rename(from, to).map_err(|error| UserError::failed(format!("cannot write `{}`: {}", to.display(), error.kind())))
}

#[expect(clippy::disallowed_methods, reason = "backups are the store's files")]
fn remove_if_there(path: &Path) {
    // What cannot be removed is in nobody's way: the next one has another name.
    let _ = std::fs::remove_file(path);
}

/// `path` with something appended to its name.
pub(super) fn with_suffix(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    PathBuf::from(name)
}
