//! Making and opening an organization's file, without ever touching one that is not ours.

use std::fmt::Write as _;
use std::fs::{File, OpenOptions};
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::time::Duration;

use chrono::{DateTime, Utc};
use rusqlite::config::DbConfig;
use rusqlite::{Connection, OpenFlags, params};

use super::backup::remove_if_there;
use super::columns::Moment;
use super::failure::{Of, busy, foreign, unfinished};
use super::schema::{APPLICATION_ID, MIGRATIONS, apply, migrate, refuse_newer, schema_of};
use crate::domain::PublicId;
use crate::error::UserError;

/// How long to wait for another process.
pub(super) const PATIENCE: Duration = Duration::from_secs(10);

/// How much of a file to keep in memory: the pages that hold what an incremental build reads.
const CACHE_KIB: i64 = 16 * 1024;

/// What the head of a file says.
pub(super) struct Head {
    pub(super) application_id: i32,
    pub(super) user_version: i64,
}

/// Begins the file of a new organization: everything it starts with stands in a transaction that is left open.
///
/// What a killed one leaves is empty, and the next one takes it over.
pub(super) fn begin(path: &Path, page_id: &PublicId, now: DateTime<Utc>) -> Result<Connection, UserError> {
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
    let found = identity(path);
    let connection = connect(path)?;
    connection.execute_batch("BEGIN IMMEDIATE").of(path)?;
    // Whoever held it may have given it up: what is written to a file that has no name any more is lost.
    if found.is_none() || identity(path) != found {
        return Err(busy(path));
    }
    if schema_of(&connection).of(path)? != 0 {
        return Err(taken());
    }
    if let Err(error) = lay_out(&connection, page_id, now) {
        give_up(&connection, path);
        return Err(error).of(path);
    }
    Ok(connection)
}

/// Everything an organization starts with.
fn lay_out(transaction: &Connection, page_id: &PublicId, now: DateTime<Utc>) -> rusqlite::Result<()> {
    apply(transaction, 0, MIGRATIONS)?;
    let sql = "INSERT INTO page (only_row, id, created_at, lineage) VALUES (1, ?1, ?2, lower(hex(randomblob(8))))";
    transaction.execute(sql, params![page_id, Moment(now)])?;
    Ok(())
}

/// Takes back what [`begin`] began, and removes the file if it is as empty as it was; never one in which something is recorded.
pub(super) fn give_up(connection: &Connection, path: &Path) {
    // What fails here leaves an empty file, which the next beginning takes over.
    drop(try_to_give_up(connection, path));
}

fn try_to_give_up(connection: &Connection, path: &Path) -> rusqlite::Result<()> {
    // A commit that a full disk refused has taken everything back already.
    if !connection.is_autocommit() {
        connection.execute_batch("ROLLBACK")?;
    }
    connection.busy_timeout(Duration::ZERO)?;
    // Held while it is judged and removed, so that nobody else can begin in it meanwhile.
    connection.execute_batch("BEGIN IMMEDIATE")?;
    if schema_of(connection)? == 0 && std::fs::metadata(path).is_ok_and(|there| there.len() == 0) {
        remove_if_there(path);
    }
    connection.execute_batch("ROLLBACK")
}

/// Device and number of a file.
#[cfg(unix)]
pub(super) type Identity = (u64, u64);

/// Nothing that could be told of a file.
#[cfg(not(unix))]
pub(super) type Identity = ();

/// What tells one file from another that has taken its name.
#[cfg(unix)]
pub(super) fn identity(path: &Path) -> Option<Identity> {
    use std::os::unix::fs::MetadataExt;
    std::fs::metadata(path).ok().map(|there| (there.dev(), there.ino()))
}

/// Whether there is a file: where open files cannot be removed, it is the one that was opened.
#[cfg(not(unix))]
pub(super) fn identity(path: &Path) -> Option<Identity> {
    std::fs::metadata(path).ok().map(drop)
}

/// Opens the file of an organization and brings it up to date.
pub(super) fn open(path: &Path) -> Result<Connection, UserError> {
    refuse_unusable(path)?;
    let connection = connect(path)?;
    // The head may have been that of a creation which was interrupted and is rolled back now.
    if schema_of(&connection).of(path)? == 0 {
        return Err(unfinished(path));
    }
    migrate(&connection, path, MIGRATIONS)?;
    Ok(connection)
}

/// Refuses what is no organization's file, or one of a newer program, without touching it.
pub(super) fn refuse_unusable(path: &Path) -> Result<(), UserError> {
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
    refuse_newer(path, head.user_version, MIGRATIONS)
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

pub(super) fn connect(path: &Path) -> Result<Connection, UserError> {
    connect_within(path, PATIENCE)
}

/// A connection that waits for another process no longer than `patience`.
pub(super) fn connect_within(path: &Path, patience: Duration) -> Result<Connection, UserError> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(absolute(path), flags).of(path)?;
    settle(&connection, patience).of(path)?;
    Ok(connection)
}

/// The settings every connection needs: they are not kept in the file.
fn settle(connection: &Connection, patience: Duration) -> rusqlite::Result<()> {
    connection.busy_timeout(patience)?;
    connection.set_prepared_statement_cache_capacity(128);
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_DEFENSIVE, true)?;
    connection.pragma_update(None, "trusted_schema", false)?;
    connection.pragma_update(None, "cell_size_check", true)?;
    connection.pragma_update(None, "foreign_keys", true)?;
    connection.pragma_update(None, "synchronous", "EXTRA")?;
    connection.pragma_update(None, "cache_size", -CACHE_KIB)?;
    // What is needed for a moment: a container of nothing but the program has no folder where it could lie.
    connection.pragma_update(None, "temp_store", "MEMORY")?;
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

#[cfg(test)]
mod tests {
    use std::fs;

    use super::super::samples::{at, id, new_store, service, write};
    use super::super::{OrgStore, Scope};
    use super::*;
    use crate::error::Kind;

    fn kind(result: anyhow::Result<()>) -> Kind {
        result.unwrap_err().downcast::<UserError>().unwrap().kind
    }

    /// Every file of a folder with its bytes.
    fn contents(folder: &Path) -> Vec<(PathBuf, Vec<u8>)> {
        let mut files: Vec<PathBuf> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
        files.sort();
        files.into_iter().map(|path| (path.clone(), fs::read(path).unwrap())).collect()
    }

    #[expect(clippy::disallowed_methods, reason = "tests damage files")]
    fn overwrite(path: &Path, bytes: &[u8]) {
        fs::write(path, bytes).unwrap();
    }

    /// A whole organization's bytes, with a few hundred services.
    fn whole() -> Vec<u8> {
        let (folder, mut store) = new_store();
        write(&mut store, |tx| {
            for number in 0..300 {
                tx.put_service(&mut service(&format!("service{number}")))?;
            }
            Ok(())
        });
        drop(store);
        fs::read(folder.path().join("org.db")).unwrap()
    }

    #[test]
    fn settings_are_those_promised() {
        let (folder, store) = new_store();
        let pragma = |name| store.connection.pragma_query_value(None, name, |row| row.get::<_, i64>(0)).unwrap();
        let settings =
            ["synchronous", "foreign_keys", "trusted_schema", "busy_timeout", "temp_store", "user_version", "application_id"].map(pragma);
        assert_eq!(settings, [3, 1, 0, 10_000, 2, MIGRATIONS.len() as i64, 0x5374_6174]);
        let mode: String = store.connection.pragma_query_value(None, "journal_mode", |row| row.get(0)).unwrap();
        assert_eq!(mode, "delete");
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            assert_eq!(fs::metadata(folder.path().join("org.db")).unwrap().permissions().mode() & 0o777, 0o600);
        }
        let lax: i64 = store
            .connection
            .query_row(
                "SELECT count(*) FROM pragma_table_list WHERE type = 'table' AND NOT strict AND name NOT LIKE 'sqlite%'",
                [],
                |row| row.get(0),
            )
            .unwrap();
        assert_eq!(lax, 0, "every table is strict");
        assert_eq!(contents(folder.path()).len(), 1, "nothing lies beside it");
    }

    #[test]
    fn missing_and_taken_files_are_said() {
        let (folder, store) = new_store();
        let path = folder.path().join("org.db");
        let error = OrgStore::create(&path, &id("page2"), at(0)).unwrap_err();
        assert_eq!((error.kind, error.message), (Kind::Conflict, format!("`{}` exists already", path.display())));
        assert_eq!(store.page_id().unwrap(), id("page1"));
        let none = folder.path().join("none.db");
        let error = OrgStore::open(&none).unwrap_err();
        assert_eq!((error.kind, error.message), (Kind::NotFound, format!("there is no `{}`", none.display())));
        assert!(!none.exists());
        assert_eq!(OrgStore::open(folder.path()).unwrap_err().kind, Kind::BadInput);
        assert_eq!(OrgStore::create(&folder.path().join("no/org.db"), &id("page2"), at(0)).unwrap_err().kind, Kind::Failed);
    }

    #[test]
    fn a_beginning_is_kept_with_its_first_write_only() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("org.db");
        let mut store = OrgStore::begin(&path, &id("page1"), at(0)).unwrap();
        assert_eq!(store.page_id().unwrap(), id("page1"));
        let refused = store.write("ann", at(0), |tx| {
            tx.put_service(&mut service("search"))?;
            Err::<(), _>(UserError::usage("no").into())
        });
        assert_eq!(kind(refused), Kind::Usage);
        assert!(store.services(Scope::Everything).unwrap().is_empty());
        drop(store);
        assert!(contents(folder.path()).is_empty());
        let mut store = OrgStore::begin(&path, &id("page2"), at(0)).unwrap();
        write(&mut store, |tx| Ok(tx.put_service(&mut service("search"))?));
        write(&mut store, |tx| Ok(tx.put_service(&mut service("web"))?));
        drop(store);
        let store = OrgStore::open(&path).unwrap();
        assert_eq!((store.page_id().unwrap(), store.services(Scope::Everything).unwrap().len()), (id("page2"), 2));
    }

    #[test]
    fn a_beginning_that_a_full_disk_takes_back_goes_away_too() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("org.db");
        let mut store = OrgStore::begin(&path, &id("page1"), at(0)).unwrap();
        let pages: i64 = store.connection.pragma_query_value(None, "page_count", |row| row.get(0)).unwrap();
        store.connection.pragma_update_and_check(None, "max_page_count", pages + 1, |_| Ok(())).unwrap();
        let refused = store.write("ann", at(0), |tx| {
            for number in 0..300 {
                tx.put_service(&mut service(&format!("service{number}")))?;
            }
            Ok(())
        });
        assert_eq!(refused.unwrap_err().to_string(), format!("cannot write `{}`: no space left", path.display()));
        // As a commit does that the disk refuses.
        drop(store.connection.execute_batch("ROLLBACK"));
        drop(store);
        assert!(contents(folder.path()).is_empty());
    }

    #[test]
    fn a_beginning_that_is_given_up_takes_no_other_file_with_it() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("org.db");
        let begun = OrgStore::begin(&path, &id("page1"), at(0)).unwrap();
        assert_eq!(OrgStore::open(&path).unwrap_err().message, format!("`{}` is empty: its creation was interrupted", path.display()));
        // Somebody removes the file by hand and begins another.
        remove_if_there(&path);
        drop(OrgStore::create(&path, &id("page2"), at(0)).unwrap());
        drop(begun);
        assert_eq!(OrgStore::open(&path).unwrap().page_id().unwrap(), id("page2"));
    }

    #[test]
    fn names_that_mean_something_elsewhere_are_names_here() {
        let folder = tempfile::tempdir().unwrap();
        for name in [":memory:", "a b?immutable=0#x%41.db", "file:x", "ünicode ' \".db"] {
            let path = folder.path().join(name);
            drop(OrgStore::create(&path, &id("page1"), at(0)).unwrap());
            assert_eq!(OrgStore::open(&path).unwrap().page_id().unwrap(), id("page1"), "{name}");
        }
        assert_eq!(contents(folder.path()).len(), 4);
    }

    #[test]
    fn foreign_files_stay_as_they_are() {
        let foreign: Vec<(&str, Vec<u8>)> = vec![
            ("text", b"hello, this is not a database but long enough to be taken for one by its length alone. ".repeat(40)),
            ("short", b"SQLite format 3\0".to_vec()),
            ("zeroes", vec![0; 8192]),
            ("another program's", {
                let folder = tempfile::tempdir().unwrap();
                let path = folder.path().join("other.db");
                Connection::open(&path).unwrap().execute_batch("CREATE TABLE t (x); INSERT INTO t VALUES (1)").unwrap();
                fs::read(path).unwrap()
            }),
        ];
        for (what, bytes) in foreign {
            let folder = tempfile::tempdir().unwrap();
            let path = folder.path().join("org.db");
            overwrite(&path, &bytes);
            let error = OrgStore::open(&path).unwrap_err();
            assert_eq!(error.kind, Kind::BadInput, "{what}");
            assert_eq!(error.message, format!("`{}` is not an organization's data", path.display()), "{what}");
            assert_eq!(OrgStore::create(&path, &id("page1"), at(0)).unwrap_err().kind, Kind::Conflict, "{what}");
            assert!(contents(folder.path()) == [(path, bytes)], "{what} was touched");
        }
    }

    #[test]
    fn damaged_files_stay_as_they_are() {
        let whole = whole();
        let pages = whole.len() / 4096;
        assert!(pages > 30);
        let mut damaged: Vec<(String, Vec<u8>)> = vec![
            ("cut".into(), whole[..whole.len() / 2].to_vec()),
            ("cut within its first page".into(), whole[..1000].to_vec()),
            ("of another byte order".into(), whole.iter().rev().copied().collect()),
        ];
        for page in 0..pages {
            let mut bytes = whole.clone();
            // The first page's head stays, or it would not be ours at all.
            let start = if page == 0 { 100 } else { page * 4096 };
            bytes[start..(page + 1) * 4096].fill(0xA5);
            damaged.push((format!("page {page}"), bytes));
        }
        for (what, bytes) in damaged {
            let folder = tempfile::tempdir().unwrap();
            let path = folder.path().join("org.db");
            overwrite(&path, &bytes);
            let opened = OrgStore::open(&path).map_err(anyhow::Error::from);
            let result = opened.and_then(|mut store| store.write("ann", at(0), |tx| Ok(tx.put_service(&mut service("new"))?)));
            let error = result.unwrap_err().downcast::<UserError>().unwrap();
            assert_eq!(error.kind, Kind::BadInput, "{what}: {error}");
            assert!(error.message.starts_with(&format!("`{}` ", path.display())), "{what}: {error}");
            assert!(!error.message.contains('\n') && error.message.len() < 400, "{what}: {error}");
            assert!(contents(folder.path()) == [(path, bytes)], "{what} was touched");
        }
    }

    #[test]
    fn words_nobody_knows_are_damage() {
        let (_folder, mut store) = new_store();
        write(&mut store, |tx| Ok(tx.put_service(&mut service("search"))?));
        store.connection.execute("UPDATE services SET standing = 'dancing'", []).unwrap();
        assert_eq!(store.services(Scope::Everything).unwrap_err().kind, Kind::BadInput);
    }

    #[test]
    fn a_killed_creation_leaves_nothing_usable_and_the_next_one_takes_over() {
        // What is left when the process dies after making the file, and when it dies while committing: then there is a journal that says
        // the file was empty before.
        let mut journal = vec![0xd9, 0xd5, 0x05, 0xf9, 0x20, 0xa1, 0x63, 0xd7];
        for word in [0_u32, 7, 0, 512, 4096] {
            journal.extend(word.to_be_bytes());
        }
        journal.resize(512, 0);
        let whole = whole();
        for (bytes, journal) in
            [(&[][..], None), (&whole[..4096], Some(&journal)), (&whole[..40960], Some(&journal)), (&whole, Some(&journal))]
        {
            for look_first in [false, true] {
                let folder = tempfile::tempdir().unwrap();
                let path = folder.path().join("org.db");
                overwrite(&path, bytes);
                if let Some(journal) = journal {
                    overwrite(&folder.path().join("org.db-journal"), journal);
                }
                if look_first {
                    let error = OrgStore::open(&path).unwrap_err();
                    assert_eq!(error.kind, Kind::BadInput);
                    assert_eq!(error.message, format!("`{}` is empty: its creation was interrupted", path.display()));
                }
                let store = OrgStore::create(&path, &id("page1"), at(0)).unwrap();
                assert!(store.is_empty().unwrap());
                assert_eq!(contents(folder.path()).len(), 1);
            }
        }
    }

    #[test]
    fn a_killed_write_is_undone_by_the_next_opening() {
        let (folder, mut store) = new_store();
        write(&mut store, |tx| Ok(tx.put_service(&mut service("kept"))?));
        let path = folder.path().join("org.db");
        // So little memory that pages reach the file before the commit, as they do when a process dies in the middle of one.
        store.connection.pragma_update(None, "cache_size", 1).unwrap();
        let copy = tempfile::tempdir().unwrap();
        let lost = store.write("ann", at(0), |tx| {
            for number in 0..2000 {
                tx.put_service(&mut service(&format!("lost{number}")))?;
            }
            for (from, bytes) in contents(folder.path()) {
                overwrite(&copy.path().join(from.file_name().unwrap()), &bytes);
            }
            Err(UserError::conflict("stop").into())
        });
        assert_eq!(kind(lost), Kind::Conflict);
        let path_of_copy = copy.path().join("org.db");
        assert!(copy.path().join("org.db-journal").exists());
        assert_ne!(fs::read(&path_of_copy).unwrap(), fs::read(&path).unwrap(), "pages did reach the file");
        let store = OrgStore::open(&path_of_copy).unwrap();
        assert_eq!(store.services(Scope::Everything).unwrap().len(), 1);
        let verdict: String = store.connection.query_row("PRAGMA integrity_check", [], |row| row.get(0)).unwrap();
        assert_eq!(verdict, "ok");
    }

    #[test]
    fn whoever_waits_too_long_is_told_and_a_reader_is_not_in_the_way() {
        let (folder, mut store) = new_store();
        let path = folder.path().join("org.db");
        let other = Connection::open(&path).unwrap();
        other.execute_batch("BEGIN IMMEDIATE").unwrap();
        store.wait_at_most(Duration::from_millis(20));
        let error = store.write("ann", at(0), |_| Ok(())).unwrap_err().downcast::<UserError>().unwrap();
        assert_eq!((error.kind, error.message), (Kind::Busy, format!("`{}` is held by another process", path.display())));
        assert!(store.services(Scope::Public).unwrap().is_empty(), "reading goes on");
        // Looking at the file anew must not give up the lock, which another process would notice.
        drop(OrgStore::open(&path).unwrap());
        let child = || {
            let mut command = std::process::Command::new(std::env::current_exe().unwrap());
            command.args(["--exact", "store::open::tests::another_process_writes_when_it_may", "--nocapture"]);
            String::from_utf8(command.env(CHILD, &path).output().unwrap().stdout).unwrap()
        };
        assert!(child().contains("is held by another process"), "another process is kept out");
        other.execute_batch("COMMIT").unwrap();
        assert!(child().contains("child: wrote"));
        write(&mut store, |tx| Ok(tx.put_service(&mut service("search"))?));
        assert_eq!(store.services(Scope::Public).unwrap().len(), 2);
    }

    /// Names the file to write to, for the copy of this program that another test starts.
    const CHILD: &str = "STATUARY_TEST_WRITES_TO";

    #[test]
    #[expect(clippy::print_stdout, reason = "the test that started it reads this")]
    fn another_process_writes_when_it_may() {
        let Some(path) = std::env::var_os(CHILD) else { return };
        let mut store = OrgStore::open(Path::new(&path)).unwrap();
        store.wait_at_most(Duration::from_millis(20));
        match store.write("child", at(0), |tx| Ok(tx.put_service(&mut service("child"))?)) {
            Ok(()) => println!("child: wrote"),
            Err(error) => println!("child: {error}"),
        }
    }

    #[test]
    fn a_file_that_may_only_be_read_can_be_read() {
        let (folder, mut store) = new_store();
        write(&mut store, |tx| Ok(tx.put_service(&mut service("search"))?));
        store.connection.pragma_update(None, "query_only", true).unwrap();
        let error = store.write("ann", at(0), |tx| Ok(tx.put_service(&mut service("web"))?)).unwrap_err();
        let path = folder.path().join("org.db");
        assert_eq!(error.to_string(), format!("cannot write `{}`: it is read-only", path.display()));
        assert_eq!(store.services(Scope::Public).unwrap().len(), 1);
    }

    #[test]
    fn a_full_disk_is_said_and_changes_nothing() {
        let (folder, mut store) = new_store();
        let path = folder.path().join("org.db");
        let before = fs::read(&path).unwrap();
        let pages: i64 = store.connection.pragma_query_value(None, "page_count", |row| row.get(0)).unwrap();
        store.connection.pragma_update_and_check(None, "max_page_count", pages + 1, |_| Ok(())).unwrap();
        let fill = |tx: &super::super::Write<'_>| {
            for number in 0..300 {
                tx.put_service(&mut service(&format!("service{number}")))?;
            }
            Ok(())
        };
        let error = store.write("ann", at(0), fill).unwrap_err();
        assert_eq!(error.to_string(), format!("cannot write `{}`: no space left", path.display()));
        assert!(fs::read(&path).unwrap() == before);
        store.connection.pragma_update_and_check(None, "max_page_count", 100_000, |_| Ok(())).unwrap();
        write(&mut store, fill);
    }
}
