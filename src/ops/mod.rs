//! One function per deed, whoever asks: command line, API or webhook.
//!
//! A deed takes the organization, its options and a [`Deed`] (who, when, from when on), checks every rule before it writes anything, and
//! writes in one transaction that also appends its event. Questions take the moment that counts as now.

pub mod apply;
pub mod backup;
pub mod build;
pub mod check;
pub mod choices;
pub mod clerk;
pub mod deed;
pub mod demo;
pub mod export;
pub mod group;
pub mod import;
pub mod incident;
pub mod ingest;
pub mod maintenance;
pub mod member;
pub mod message;
pub mod overview;
pub mod page;
pub mod publish;
pub mod rebuild;
pub mod report;
pub mod service;
pub mod state;
pub mod stream;
pub mod template;
pub mod theme;
pub mod token;
pub mod undo;
pub mod uptime;
pub mod workspace;

mod automatic;
mod describe;
mod merge;
mod naming;
mod once;

use chrono::{DateTime, Utc};
use serde::Serialize;

use crate::config::{OrgFolder, Settings};
use crate::domain::{History, Organization, PublicId};
use crate::error::{Kind, UserError};
use crate::snapshot::{self, Snapshot};
use crate::storage::Address;
use crate::store::{OrgStore, Reader, Scope, Window, Write};

pub use deed::Deed;
pub use once::{Once, Repeated};
pub use page::Page;

/// An organization that deeds are done to: its folder, settings and open database.
pub struct Org {
    /// Where it lives.
    pub folder: OrgFolder,
    /// What org.toml says.
    pub settings: Settings,
    /// Where its record is shared, as of when it was opened.
    remote: Option<Address>,
    store: OrgStore,
}

impl Org {
    /// Opens the organization in `folder`.
    ///
    /// # Errors
    /// Bad input for an unusable org.toml or org.db; not found, with a hint, where there is no org.db yet.
    pub fn open(folder: OrgFolder) -> anyhow::Result<Self> {
        let settings = folder.settings()?;
        let database = folder.database();
        folder.refuse_link_out(&database)?;
        if !database.exists() {
            let error = UserError::not_found(format!("`{}` has no org.db", folder.dir.display()));
            let dump = folder.dump_file();
            return Err(match dump.exists() {
                true => error.hint(format!("read its record first: `statuary import dump {}`", dump.display())),
                false => {
                    error.hint("put a backup in its place, read a dump with `statuary import dump`, or begin with `statuary service add`")
                }
            }
            .into());
        }
        let store = OrgStore::open(&database)?;
        let remote = folder.state_remote()?;
        Ok(Self { folder, settings, remote, store })
    }

    /// Opens it for its first deed, beginning an org.db where there is only an org.toml.
    ///
    /// # Errors
    /// As [`Org::open`]; conflict where a dump waits to be read (a fresh checkout), since a record that has begun cannot take it in any more.
    pub fn open_or_begin(folder: OrgFolder, now: DateTime<Utc>) -> anyhow::Result<Self> {
        let dump = folder.dump_file();
        if !folder.database().exists() && dump.exists() {
            return Err(UserError::conflict(format!("the record of `{}` waits in its dump.json", folder.slug))
                .hint(format!("read it first: `statuary import dump {}`", dump.display()))
                .into());
        }
        Self::open_or_create(folder, now)
    }

    /// Opens it, beginning an org.db where there is only an org.toml (a fresh checkout); without a deed that is recorded it goes away again.
    ///
    /// # Errors
    /// As [`Org::open`], and where the file cannot be made.
    pub fn open_or_create(folder: OrgFolder, now: DateTime<Utc>) -> anyhow::Result<Self> {
        let settings = folder.settings()?;
        let database = folder.database();
        folder.refuse_link_out(&database)?;
        let holds_something = || std::fs::metadata(&database).is_ok_and(|there| there.len() > 0);
        let opened = if holds_something() { Some(OrgStore::open(&database)) } else { None };
        let store = match opened {
            Some(Ok(store)) => store,
            // What a killed beginning had written is rolled back by opening, so that the file is empty then.
            Some(Err(error)) if holds_something() => return Err(error.into()),
            Some(Err(_)) | None => match OrgStore::begin(&database, &PublicId::random()?, now) {
                // Another process was faster.
                Err(error) if error.kind == Kind::Conflict => OrgStore::open(&database)?,
                begun => begun?,
            },
        };
        let remote = folder.state_remote()?;
        Ok(Self { folder, settings, remote, store })
    }

    fn organization(&self) -> anyhow::Result<Organization> {
        Ok(self.settings.organization(&self.folder.slug, self.store.page_id()?))
    }

    /// The history that a snapshot at `at` needs, with the newest incidents in full.
    fn history(&self, scope: Scope, at: DateTime<Utc>) -> anyhow::Result<History> {
        Ok(history(&self.store, scope, &self.organization()?, at)?)
    }

    fn snapshot(&self, scope: Scope, at: DateTime<Utc>) -> anyhow::Result<Snapshot> {
        Ok(snapshot::snapshot(&self.history(scope, at)?, at))
    }

    /// Does `work` in one transaction, unless it was done before: [`Once`] says when it was. What it gives back is what is answered.
    ///
    /// Where the record is shared, that is on its newest version, and as often as somebody else is faster: `work` follows from the
    /// organization, its options and the moment alone.
    fn write<T: Serialize>(&mut self, deed: &Deed, mut work: impl FnMut(&Write<'_>) -> anyhow::Result<T>) -> anyhow::Result<T> {
        let once = |write: &Write<'_>| once::only(write, deed, &mut work);
        match self.remote.clone() {
            None => self.store.write(&deed.actor, deed.now, once),
            Some(remote) if deed.offline => state::write_offline(self, deed, &remote.to_string(), once),
            Some(_) => state::write_shared(self, deed, once),
        }
    }
}

/// The history that a snapshot at `at` needs, with the newest incidents in full.
fn history(reader: &Reader, scope: Scope, organization: &Organization, at: DateTime<Utc>) -> Result<History, UserError> {
    let since = snapshot::since(at, organization);
    reader.history(scope, organization, Window::present(since, at, snapshot::NEWEST))
}

/// Why a moment is too early for a step that newer updates would take back.
fn newer_update(newest: DateTime<Utc>, deed: &Deed) -> String {
    format!("has a newer update, of {}", deed.says(newest))
}

/// Most things among which an id is looked for that somebody mistyped.
const MOST_MISTYPED: usize = 1000;

/// Not found, with the id that must have been meant or the way to a list.
fn unknown_id<'a>(what: &str, key: &str, ids: impl IntoIterator<Item = &'a PublicId>, list: &str) -> UserError {
    let error = unknown(what, key, [], list);
    match crate::error::nearest_id(key, ids.into_iter().map(PublicId::as_str)) {
        Some(id) => error.hint(format!("did you mean `{id}`?")),
        None => error,
    }
}

/// Not found, with a near miss or the way to a list.
fn unknown<'a>(what: &str, key: &str, known: impl IntoIterator<Item = &'a str>, list: &str) -> UserError {
    let error = UserError::new(Kind::NotFound, format!("no {what} `{}`", key.escape_debug()));
    match crate::error::nearest(key, known) {
        Some(name) => error.hint(format!("did you mean `{name}`?")),
        None => error.hint(format!("list them with `statuary {list}`")),
    }
}
