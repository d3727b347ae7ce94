//! The schema's history: numbered SQL files that only ever grow in number, and bringing a file up to date with them.

use std::path::{Path, PathBuf};

use rusqlite::{Connection, Transaction, TransactionBehavior};

use super::backup::{DRAFT, copy_durably, draft_of, move_file, remove_if_there, with_suffix};
use super::failure::{Of, damaged};
use super::open::inspect;
use crate::error::UserError;

/// What makes a SQLite file ours ("Stat").
pub(super) const APPLICATION_ID: i32 = 0x5374_6174;

/// Migration N leads from schema N to schema N + 1. Never change one that was released.
pub(super) const MIGRATIONS: &[&str] = &[
    include_str!("migrations/0001_initial.sql"),
    include_str!("migrations/0002_changes.sql"),
    include_str!("migrations/0003_survey.sql"),
    include_str!("migrations/0004_translations.sql"),
    include_str!("migrations/0005_tokens.sql"),
    include_str!("migrations/0006_checks.sql"),
    include_str!("migrations/0007_next_update.sql"),
    include_str!("migrations/0008_series.sql"),
];

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

/// Brings an organization's file behind `connection` up to date: nothing where it is, else a backup beside it and then all steps at once.
pub(super) fn migrate(connection: &Connection, path: &Path, migrations: &[&str]) -> Result<(), UserError> {
    migrate_as(APPLICATION_ID, connection, path, migrations)
}

/// The same for a file of another kind.
pub(super) fn migrate_as(application_id: i32, connection: &Connection, path: &Path, migrations: &[&str]) -> Result<(), UserError> {
    let found = schema_of(connection).of(path)?;
    refuse_newer(path, found, migrations)?;
    if usize::try_from(found).is_ok_and(|found| found == migrations.len()) {
        return Ok(());
    }
    if let Err(error) = back_up(connection, path, found) {
        // Another process may have been faster, and have tidied up.
        return if schema_of(connection).of(path)? > found { Ok(()) } else { Err(error) };
    }
    let transaction = Transaction::new_unchecked(connection, TransactionBehavior::Immediate).of(path)?;
    // Another process may have been faster.
    let found = schema_of(&transaction).of(path)?;
    refuse_newer(path, found, migrations)?;
    apply_as(application_id, &transaction, usize::try_from(found).unwrap_or(0), migrations).of(path)?;
    transaction.commit().of(path)?;
    remove_drafts(path);
    Ok(())
}

/// Removes what killed migrations left beside the file; whoever still backs up a file that is up to date by now needs no backup.
fn remove_drafts(path: &Path) {
    let (Some(folder), Some(name)) = (path.parent(), path.file_name()) else { return };
    let folder = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
    let beginning = [name.as_encoded_bytes(), b".schema-"].concat();
    let ends = [DRAFT, &format!("{DRAFT}-journal")].map(|end| end.as_bytes().to_vec());
    for entry in folder.read_dir().into_iter().flatten().flatten() {
        let name = entry.file_name();
        let name = name.as_encoded_bytes();
        if name.starts_with(&beginning) && ends.iter().any(|end| name.ends_with(end)) {
            remove_if_there(&entry.path());
        }
    }
}

/// Applies what comes after schema `from` of an organization's file; the caller's transaction makes it one step.
pub(super) fn apply(transaction: &Connection, from: usize, migrations: &[&str]) -> rusqlite::Result<()> {
    apply_as(APPLICATION_ID, transaction, from, migrations)
}

/// The same for a file of another kind.
pub(super) fn apply_as(application_id: i32, transaction: &Connection, from: usize, migrations: &[&str]) -> rusqlite::Result<()> {
    for migration in migrations.iter().skip(from) {
        transaction.execute_batch(migration)?;
    }
    transaction.pragma_update(None, "application_id", application_id)?;
    transaction.pragma_update(None, "user_version", i64::try_from(migrations.len()).unwrap_or(i64::MAX))
}

/// Where the backup of a file with this schema goes.
pub(super) fn backup_path(path: &Path, schema: i64) -> PathBuf {
    with_suffix(path, &format!(".schema-{schema}.backup"))
}

/// Copies the file as it is to its backup path; the copy appears whole or not at all.
fn back_up(connection: &Connection, path: &Path, schema: i64) -> Result<(), UserError> {
    let backup = backup_path(path, schema);
    let draft = draft_of(&backup);
    let copied = copy_durably(connection, path, &draft).and_then(|()| {
        // Where another process migrated meanwhile, that one made the backup.
        if inspect(&draft)?.user_version == schema { move_file(&draft, &backup) } else { Ok(()) }
    });
    remove_if_there(&draft);
    copied
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::super::samples::{new_store, service, write};
    use super::super::{OrgStore, Scope};
    use super::*;
    use crate::error::Kind;

    /// The schema that this program writes.
    const PRESENT: i64 = MIGRATIONS.len() as i64;

    /// What a newer program would apply.
    fn next(migration: &'static str) -> Vec<&'static str> {
        [MIGRATIONS, &[migration]].concat()
    }

    #[test]
    fn a_newer_file_is_refused_and_stays_as_it_is() {
        let (folder, store) = new_store();
        let path = folder.path().join("org.db");
        store.connection.pragma_update(None, "user_version", PRESENT + 1).unwrap();
        drop(store);
        let before = fs::read(&path).unwrap();
        let error = OrgStore::open(&path).unwrap_err();
        assert_eq!(
            (error.kind, error.message),
            (Kind::Conflict, format!("`{}` has schema {}, this statuary knows {PRESENT}", path.display(), PRESENT + 1))
        );
        assert_eq!(error.hint.as_deref(), Some("upgrade statuary"));
        assert!(fs::read(&path).unwrap() == before);
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[test]
    fn an_older_file_is_backed_up_and_migrated_once() {
        let (folder, mut store) = new_store();
        let path = folder.path().join("org.db");
        write(&mut store, |tx| Ok(tx.put_service(&mut service("search"))?));
        let next = next("CREATE TABLE more (x TEXT) STRICT; INSERT INTO more SELECT name FROM services;");
        for _ in 0..2 {
            migrate(&store.connection, &path, &next).unwrap();
            assert_eq!(schema_of(&store.connection).unwrap(), PRESENT + 1);
            let more: i64 = store.connection.query_row("SELECT count(*) FROM more", [], |row| row.get(0)).unwrap();
            assert_eq!(more, 1);
        }
        let backup = backup_path(&path, PRESENT);
        assert_eq!(backup.file_name().unwrap().to_str(), Some(&*format!("org.db.schema-{PRESENT}.backup")));
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            assert_eq!(fs::metadata(&backup).unwrap().permissions().mode() & 0o777, 0o600);
        }
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 2);
        let old = OrgStore::open(&backup).unwrap();
        assert_eq!(old.services(Scope::Everything).unwrap().len(), 1);
    }

    #[test]
    #[expect(clippy::disallowed_methods, reason = "tests leave files")]
    fn what_killed_migrations_left_goes_with_the_next_one() {
        let (folder, store) = new_store();
        let path = folder.path().join("org.db");
        let left = ["org.db.schema-1.backup.99.partial", "org.db.schema-1.backup.99.partial-journal"];
        let mine = ["mine.partial", "org.db.schema-0.backup", "other.db.schema-1.backup.99.partial"];
        for name in left.iter().chain(&mine) {
            fs::write(folder.path().join(name), "x").unwrap();
        }
        migrate(&store.connection, &path, &next("CREATE TABLE more (x TEXT) STRICT")).unwrap();
        assert!(left.iter().all(|name| !folder.path().join(name).exists()));
        assert!(mine.iter().all(|name| folder.path().join(name).exists()));
        assert!(backup_path(&path, PRESENT).exists());
    }

    #[test]
    fn a_migration_that_fails_leaves_the_old_schema() {
        let (folder, store) = new_store();
        let path = folder.path().join("org.db");
        let before = fs::read(&path).unwrap();
        let error = migrate(&store.connection, &path, &next("CREATE TABLE more (x TEXT) STRICT; SELECT nonsense")).unwrap_err();
        assert_eq!(error.kind, Kind::BadInput);
        assert_eq!(schema_of(&store.connection).unwrap(), PRESENT);
        assert!(fs::read(&path).unwrap() == before);
        assert!(backup_path(&path, PRESENT).exists());
    }

    #[test]
    fn a_file_of_the_first_schema_keeps_its_log_and_gains_changes() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("org.db");
        let connection = Connection::open(&path).unwrap();
        apply(&connection, 0, &MIGRATIONS[..1]).unwrap();
        connection
            .execute_batch(
                "INSERT INTO page VALUES (1, 'page1', 0);
                 INSERT INTO events VALUES (3, 1000, 1000, 'ann', 'organization.created', 'organization', NULL, NULL, 'made it');",
            )
            .unwrap();
        drop(connection);
        let store = OrgStore::open(&path).unwrap();
        assert_eq!(schema_of(&store.connection).unwrap(), PRESENT);
        let log = store.log(None, 9).unwrap();
        assert_eq!((log.len(), log[0].seq, log[0].sentence.as_str(), log[0].change.is_recorded()), (1, 3, "made it", false));
        assert_eq!(inspect(&backup_path(&path, 1)).unwrap().user_version, 1);
    }

    #[test]
    fn updates_of_a_file_without_translations_have_none_and_can_be_given_some() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("org.db");
        let connection = Connection::open(&path).unwrap();
        apply(&connection, 0, &MIGRATIONS[..3]).unwrap();
        connection
            .execute_batch(
                "INSERT INTO page VALUES (1, 'page1', 0, 'lineage');
                 INSERT INTO incidents VALUES (1, 'inc1', 'Down', 'minor', 0, 5, 5, 5, NULL, NULL, NULL, NULL, 1, 1, 5, NULL, '[]', 9);
                 INSERT INTO updates VALUES (3, 1, NULL, 'upd1', 'investigating', 'We look.', 5, 5, 5, 0, 1, 'person');",
            )
            .unwrap();
        drop(connection);
        let mut store = OrgStore::open(&path).unwrap();
        assert_eq!(schema_of(&store.connection).unwrap(), PRESENT);
        assert_eq!(inspect(&backup_path(&path, 3)).unwrap().user_version, 3);
        let found = |store: &OrgStore| store.find_incident(Scope::Public, "1").unwrap().unwrap();
        let mut incident = found(&store);
        assert_eq!((incident.updates[0].body.as_str(), incident.updates[0].translations.len()), ("We look.", 0));
        incident.updates[0].translations.insert("de".to_owned(), "Wir sehen \"nach\".".to_owned());
        write(&mut store, |tx| Ok(tx.put_incident(&mut incident)?));
        assert_eq!(found(&store).updates, incident.updates);
        incident.updates[0].translations.clear();
        write(&mut store, |tx| Ok(tx.put_incident(&mut incident)?));
        assert_eq!(found(&store).updates, incident.updates);
        let none = "SELECT translations IS NULL FROM updates";
        assert!(store.connection.query_row(none, [], |row| row.get::<_, bool>(0)).unwrap());
        let nonsense = store.connection.execute("UPDATE updates SET translations = '{'", []).unwrap_err();
        assert!(nonsense.to_string().starts_with("CHECK constraint failed"), "{nonsense}");
        store.connection.execute("UPDATE updates SET translations = '[7]'", []).unwrap();
        assert_eq!(store.find_incident(Scope::Public, "1").unwrap_err().kind, Kind::BadInput, "not an object of texts");
    }

    #[test]
    fn a_nonsensical_schema_number_is_damage() {
        let path = Path::new("org.db");
        assert_eq!(refuse_newer(path, -1, MIGRATIONS).unwrap_err().kind, Kind::BadInput);
        assert!(refuse_newer(path, 1, MIGRATIONS).is_ok());
    }
}
