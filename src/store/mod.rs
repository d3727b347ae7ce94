//! What is recorded of an organization: one SQLite file, `org.db`. Beside it [`Directory`]: what a workspace mirrors of Clerk.
//!
//! **Locking.** Every write is one transaction that holds the file from its beginning (`BEGIN IMMEDIATE`); any number of processes may
//! write, one after the other, and each waits up to ten seconds before it says that the file is held. Readers see one state throughout a
//! call, and throughout [`Reader::read`]; a commit waits for them. Whoever follows a file ([`Followed`]) never waits. A result is handed back only after its commit is durable.
//!
//! **Compatibility.** `migrations/` only ever grows; `user_version` counts what was applied. An older file is backed up beside itself and
//! then migrated in one transaction, a newer one is refused, and what is not an organization's file is never touched.
//!
//! **Performance.** Reading a thousand incidents takes a handful of statements; questions about the present load what [`Window`] says,
//! however long the history is: the newest and open incidents in full, of others the column `course`, which says what they say of services.
//! A build asks which months have changed since the event it knows of (`survey`). The columns `open`, `newest_at`, `ended_at`, `last_at`
//! and `course` of incidents, the table `incident_services` and the triggers that note `departures` are an index that follows from the
//! incident itself, not a second truth. Files up to 1 MiB are checked whole before their first write.
//!
//! **Filesystems.** The rollback journal and its directory are synced at every commit (`synchronous=EXTRA`); no shared memory is needed.
//! Files are readable by their owner only. Privacy is in the views `public_*`: a [`Scope`] picks between a table and its view, and no
//! other condition anywhere decides what visitors may know.

mod answers;
mod automatic;
mod backup;
mod checks;
mod columns;
mod directory;
mod events;
mod exchange;
mod failure;
mod followed;
mod history;
mod incidents;
mod maintenances;
mod open;
#[cfg(test)]
mod samples;
mod schema;
mod services;
mod survey;
#[cfg(test)]
mod tests;
mod tokens;
mod turn;
mod updates;
mod write;

use std::cell::Cell;
use std::ops::Deref;
use std::path::{Path, PathBuf};

use chrono::{DateTime, Utc};
use rusqlite::{Connection, Transaction, TransactionBehavior};

use crate::domain::PublicId;
use crate::error::UserError;

pub use answers::Answer;
pub use automatic::{Claim, KnownAlert};
pub use checks::LatestCheck;
pub use directory::{Directory, DirectoryReader, DirectoryWrite, Folder, KnownOrganization, Listed, Member, Mirrored, SeenMessage};
pub use events::NewEvent;
pub use exchange::{Exchange, Position};
pub use followed::Followed;
pub use history::{EVENTS, Window};
pub use survey::Wanted;
use turn::{Turn, wait_fairly};
pub use write::Write;

use failure::{Of, damaged, is_writable};

/// The largest file that is checked whole before the first write: so large that checking takes less than the write itself.
const CHECKED_BYTES: i64 = 1 << 20;

/// Who is asking.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scope {
    /// An operator: everything recorded.
    Everything,
    /// A visitor: what the public views show.
    Public,
}

impl Scope {
    /// What the names of its tables begin with.
    const fn prefix(self) -> &'static str {
        match self {
            Self::Everything => "",
            Self::Public => "public_",
        }
    }
}

/// What can be read of an organization, in and outside of a write; [`OrgStore`] and [`Write`] both are one.
#[derive(Debug)]
pub struct Reader {
    connection: Connection,
    path: PathBuf,
    /// Which file it was when it was opened.
    identity: Option<open::Identity>,
    checked: Cell<bool>,
}

/// The open file of an organization.
#[derive(Debug)]
pub struct OrgStore {
    reader: Reader,
    /// Whether nothing is committed yet, not even what an organization starts with: its first write commits both.
    begun: bool,
}

impl Drop for OrgStore {
    fn drop(&mut self) {
        if self.begun {
            open::give_up(&self.reader.connection, &self.reader.path);
        }
    }
}

impl Deref for OrgStore {
    type Target = Reader;

    fn deref(&self) -> &Reader {
        &self.reader
    }
}

impl OrgStore {
    /// Makes the file of a new organization, readable by its owner only, whole or (when killed) empty.
    ///
    /// # Errors
    /// A conflict where `path` exists; otherwise what the disk says.
    pub fn create(path: &Path, page_id: &PublicId, now: DateTime<Utc>) -> Result<Self, UserError> {
        let mut store = Self::begin(path, page_id, now)?;
        store.connection.execute_batch("COMMIT").of(path)?;
        store.begun = false;
        Ok(store)
    }

    /// Begins the file of a new organization: it becomes one with its first write, and goes away again where there is none.
    ///
    /// Until then other processes that want to write to it wait.
    ///
    /// # Errors
    /// As [`OrgStore::create`]; busy where another process has begun it.
    pub fn begin(path: &Path, page_id: &PublicId, now: DateTime<Utc>) -> Result<Self, UserError> {
        Ok(Self::of(open::begin(path, page_id, now)?, path, true))
    }

    /// Opens the file of an organization and migrates it where it is older than this program.
    ///
    /// # Errors
    /// Not found where there is none; bad input where it is not ours, damaged or empty; a conflict where it is newer; then it is untouched.
    pub fn open(path: &Path) -> Result<Self, UserError> {
        Ok(Self::of(open::open(path)?, path, false))
    }

    fn of(connection: Connection, path: &Path, begun: bool) -> Self {
        Self { reader: Reader::of(connection, path), begun }
    }

    /// Runs `work` in one transaction, done by `actor` at `now`, and hands its result back once it is durable. Nothing of it stays where
    /// it fails.
    ///
    /// # Errors
    /// What `work` says; busy where another process holds the file for ten seconds; bad input where the file turns out to be damaged.
    pub fn write<T>(&mut self, actor: &str, now: DateTime<Utc>, work: impl FnOnce(&Write<'_>) -> anyhow::Result<T>) -> anyhow::Result<T> {
        if self.begun {
            return self.write_first(actor, now, work);
        }
        self.reader.refuse_newer_format()?;
        let patience = wait_fairly(&mut self.reader.connection).of(&self.reader.path)?;
        let _turn = Turn::of(&self.reader.connection, patience);
        let transaction = Transaction::new_unchecked(&self.reader.connection, TransactionBehavior::Immediate).of(&self.path)?;
        self.reader.check_still_there()?;
        self.reader.check_once()?;
        let result = work(&Write { reader: &self.reader, actor, now })?;
        transaction.commit().of(&self.path)?;
        Ok(result)
    }

    /// Commits what `work` writes together with what an organization starts with; where it fails, the latter stays begun.
    fn write_first<T>(&mut self, actor: &str, now: DateTime<Utc>, work: impl FnOnce(&Write<'_>) -> anyhow::Result<T>) -> anyhow::Result<T> {
        self.connection.execute_batch("SAVEPOINT first").of(&self.path)?;
        match work(&Write { reader: &self.reader, actor, now }) {
            Ok(result) => {
                self.connection.execute_batch("COMMIT").of(&self.path)?;
                self.begun = false;
                Ok(result)
            }
            Err(error) => {
                // A full disk may have taken everything back already.
                if !self.connection.is_autocommit() {
                    self.connection.execute_batch("ROLLBACK TO first; RELEASE first").of(&self.path)?;
                }
                Err(error)
            }
        }
    }
}

impl Reader {
    fn of(connection: Connection, path: &Path) -> Self {
        Self { connection, path: path.to_owned(), identity: open::identity(path), checked: Cell::new(false) }
    }

    /// Where the file is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Runs several reads on one and the same state.
    ///
    /// # Errors
    /// What `work` says; busy where another process holds the file for ten seconds.
    pub fn read<T, E: From<UserError>>(&self, work: impl FnOnce(&Self) -> Result<T, E>) -> Result<T, E> {
        if !self.connection.is_autocommit() {
            return work(self);
        }
        let transaction = Transaction::new_unchecked(&self.connection, TransactionBehavior::Deferred).of(&self.path)?;
        let result = work(self)?;
        transaction.commit().of(&self.path)?;
        Ok(result)
    }

    /// The page's public id.
    ///
    /// # Errors
    /// What reading the file can say.
    pub fn page_id(&self) -> Result<PublicId, UserError> {
        let id = columns::first(&self.connection, "SELECT id FROM page", [], |row| row.get(0)).of(&self.path)?;
        id.ok_or_else(|| damaged(&self.path, "it names no page"))
    }

    /// When the organization was made.
    ///
    /// # Errors
    /// What reading the file can say.
    pub fn created_at(&self) -> Result<DateTime<Utc>, UserError> {
        let at = columns::first(&self.connection, "SELECT created_at FROM page", [], |row| columns::time(row, 0)).of(&self.path)?;
        at.ok_or_else(|| damaged(&self.path, "it names no page"))
    }

    /// Refuses a file that has lost its name since it was opened: nobody would ever find what was written to it.
    fn check_still_there(&self) -> Result<(), UserError> {
        if open::identity(&self.path) == self.identity {
            return Ok(());
        }
        Err(UserError::not_found(format!("`{}` was removed or replaced by another process", self.path.display())))
    }

    /// Refuses to write to a file whose head says that only newer programs may, which SQLite calls read-only.
    fn refuse_newer_format(&self) -> Result<(), UserError> {
        if self.connection.is_readonly("main").of(&self.path)? && is_writable(&self.path) {
            return Err(damaged(&self.path, "only newer programs may write to it"));
        }
        Ok(())
    }

    /// Refuses to write to a damaged file, before anything changes in it.
    fn check_once(&self) -> Result<(), UserError> {
        if self.checked.replace(true) {
            return Ok(());
        }
        // SQLite would call this a full disk.
        let spent = "SELECT EXISTS (SELECT 1 FROM sqlite_sequence WHERE seq >= 9223372036854775807)";
        if self.connection.query_row(spent, [], |row| row.get(0)).of(&self.path)? {
            self.checked.set(false);
            return Err(damaged(&self.path, "its numbers are used up"));
        }
        refuse_damage(&self.connection, &self.path).inspect_err(|_| self.checked.set(false))
    }

    #[cfg(test)]
    fn wait_at_most(&self, patience: std::time::Duration) {
        self.connection.busy_timeout(patience).unwrap();
    }
}

/// Refuses a file whose pages contradict each other; one that is too large for that counts as good.
fn refuse_damage(connection: &Connection, path: &Path) -> Result<(), UserError> {
    let number = |pragma| connection.pragma_query_value(None, pragma, |row| row.get::<_, i64>(0)).of(path);
    if number("page_count")?.saturating_mul(number("page_size")?) > CHECKED_BYTES {
        return Ok(());
    }
    let verdict: String = connection.query_row("PRAGMA quick_check(1)", [], |row| row.get(0)).of(path)?;
    if verdict == "ok" {
        return Ok(());
    }
    Err(damaged(path, verdict.lines().next().unwrap_or("its pages contradict each other")))
}
