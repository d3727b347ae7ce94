//! The record of an organization in object storage, so that it needs no disk and several machines can write to it.
//!
//! One object, `org.db` below the remote's address, is the record; the file in the organization's folder is a copy of it. A deed is done on a
//! copy of the newest version and pushed under the condition that nobody was faster; otherwise it is done again, on what the faster one has
//! left. Only what was pushed takes the place of the file here, by one rename, so that nothing that was answered is lost and nothing that
//! failed stays. Whatever comes from the storage is judged whole before it is used.
//!
//! What is known of the remote stands in `.statuary/state.json` (`record`). All processes on one disk exchange one at a time.

mod record;
mod remote;
mod write;

use std::path::Path;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicUsize, Ordering};

use chrono::{DateTime, TimeDelta, Utc};
use serde::Serialize;

use crate::config::OrgFolder;
use crate::error::UserError;
use crate::store::{Exchange, OrgStore, Position};

use record::{Here, Record};
use remote::{Remote, diverged};
pub(super) use write::{write_offline, write_shared};

/// How many organizations' records are taken at once.
const SIDE_BY_SIDE: usize = 8;

/// What `state push` and `state pull` did.
#[derive(Clone, Debug, Serialize)]
pub struct MovedReport {
    /// Where the record is shared.
    pub remote: String,
    /// The version there now.
    pub etag: String,
    /// The number of the newest event in it.
    pub events: i64,
    /// Whether anything was to be done.
    pub changed: bool,
    /// Where the replaced file is kept.
    pub kept: Option<String>,
}

/// What `state status` says.
#[derive(Clone, Debug, Serialize)]
pub struct StateReport {
    /// Where the record is shared.
    pub remote: String,
    /// The version there; none where there is no record yet.
    pub etag: Option<String>,
    /// Bytes of the record there.
    pub bytes: Option<u64>,
    /// When it was pushed, as whoever did it says.
    pub pushed_at: Option<DateTime<Utc>>,
    /// The version that the copy here is of.
    pub copy_etag: Option<String>,
    /// When the copy here was known to be the newest.
    pub copy_taken_at: Option<DateTime<Utc>>,
    /// Whether the copy here is of the version there.
    pub newest: bool,
    /// Whether there are deeds here that were not pushed.
    pub unpushed: bool,
}

/// What is known of the copy here without asking anybody.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Copy {
    /// How long ago it was known to be the newest; `None` where that was never so.
    pub age: Option<TimeDelta>,
    /// Whether it holds deeds that were not pushed.
    pub unpushed: bool,
}

/// Pushes what was done here, if nobody else has pushed meanwhile.
///
/// # Errors
/// Usage where no remote is set; conflict where somebody else was first: nothing is overwritten; what the storage says.
pub fn push(folder: &OrgFolder, now: DateTime<Utc>) -> anyhow::Result<MovedReport> {
    let remote = Remote::of(folder)?.ok_or_else(|| none_set(folder))?;
    let exchange = remote.begin()?;
    let mut record = Record::read(folder, &remote)?;
    let here = exchange.here()?.ok_or_else(|| {
        UserError::not_found(format!("`{}` has no org.db", folder.dir.display())).hint("take it from the remote: `statuary state pull`")
    })?;
    let base = match record.here(Some(&here)) {
        Here::AsKnown(etag) | Here::Unpushed(Some(etag)) => Some(etag),
        _ => None,
    };
    let there = remote.head()?.map(|about| about.etag);
    if there.is_some() && there == base && matches!(record.here(Some(&here)), Here::AsKnown(_)) {
        record.taken(now);
        record.write(folder)?;
        return Ok(remote.moved(&record, false, None));
    }
    if there.is_some() && there != base {
        // It may be what is here all the same, from before the notes about it were lost.
        remote.take(&exchange, &mut record, folder, now)?;
        return Ok(remote.moved(&record, false, None));
    }
    drop(exchange.copy()?);
    match remote.push(&exchange, there.as_ref(), &here, now)? {
        Some(etag) => {
            remote.install(&exchange, &mut record, folder, (etag, here), now, None)?;
            Ok(remote.moved(&record, true, None))
        }
        None => Err(diverged(folder, &remote.address()).into()),
    }
}

/// Takes the newest record. With `replace`, deeds here that were not pushed are set aside in a file beside it.
///
/// # Errors
/// Usage where no remote is set; not found where it has no record; conflict where there are deeds here that were not pushed; bad input where
/// what is there is no record; what the storage says.
pub fn pull(folder: &OrgFolder, replace: bool, now: DateTime<Utc>) -> anyhow::Result<MovedReport> {
    let remote = Remote::of(folder)?.ok_or_else(|| none_set(folder))?;
    let exchange = remote.begin()?;
    let mut record = Record::read(folder, &remote)?;
    if replace {
        return Ok(remote.replace(&exchange, &mut record, folder, now)?);
    }
    let before = record.known_etag();
    let base = remote.take(&exchange, &mut record, folder, now)?;
    if base.is_none() {
        return Err(UserError::not_found(format!("`{}` has no record yet", remote.address()))
            .hint("push the one that is here with `statuary state push`")
            .into());
    }
    let changed = before != record.known_etag();
    Ok(remote.moved(&record, changed, None))
}

/// Says how the copy here and the record there stand.
///
/// # Errors
/// Usage where no remote is set; what the storage says.
pub fn status(folder: &OrgFolder) -> anyhow::Result<StateReport> {
    let remote = Remote::of(folder)?.ok_or_else(|| none_set(folder))?;
    let there = remote.head()?;
    let record = Record::read(folder, &remote)?;
    let here = record.here(here(folder)?.as_ref());
    let etag = there.as_ref().map(|about| about.etag.to_string());
    let copy_etag = match &here {
        Here::AsKnown(etag) | Here::Unpushed(Some(etag)) => Some(etag.to_string()),
        _ => None,
    };
    let pushed_at = there.as_ref().and_then(|about| about.metadata.get("at")?.parse().ok());
    Ok(StateReport {
        remote: remote.address(),
        bytes: there.as_ref().and_then(|about| about.size),
        pushed_at,
        newest: etag.is_some() && etag == copy_etag,
        etag,
        copy_etag,
        copy_taken_at: record.taken_at(),
        unpushed: matches!(here, Here::Unpushed(_) | Here::Unknown),
    })
}

/// Takes the newest record where a remote is set; whether one is. Where the remote has none yet, what is here stays.
///
/// # Errors
/// As [`pull`], but for a remote without a record.
pub fn take_newest(folder: &OrgFolder, now: DateTime<Utc>) -> anyhow::Result<bool> {
    let Some(remote) = Remote::of(folder)? else { return Ok(false) };
    let exchange = remote.begin()?;
    let mut record = Record::read(folder, &remote)?;
    let taken = remote.take(&exchange, &mut record, folder, now).map_err(|error| or_offline(error, folder))?;
    Ok(taken.is_some())
}

/// [`take_newest`] for each of these, several at once.
pub fn take_newest_of_each(folders: &[OrgFolder], now: DateTime<Utc>) -> Vec<anyhow::Result<()>> {
    let next = AtomicUsize::new(0);
    let outcomes: Vec<OnceLock<anyhow::Result<()>>> = folders.iter().map(|_| OnceLock::new()).collect();
    let work = || {
        loop {
            let place = next.fetch_add(1, Ordering::Relaxed);
            let (Some(folder), Some(outcome)) = (folders.get(place), outcomes.get(place)) else { break };
            outcome.get_or_init(|| take_newest(folder, now).map(drop));
        }
    };
    std::thread::scope(|scope| {
        for _ in 1..folders.len().min(SIDE_BY_SIDE) {
            scope.spawn(work);
        }
        work();
    });
    outcomes.into_iter().map(|outcome| outcome.into_inner().unwrap_or(Ok(()))).collect()
}

/// What is known of the copy here; `None` where no remote is set.
///
/// # Errors
/// Bad input for unusable settings; what opening the copy can say.
pub fn copy(folder: &OrgFolder, now: DateTime<Utc>) -> anyhow::Result<Option<Copy>> {
    let Some(address) = folder.state_remote()? else { return Ok(None) };
    let record = Record::read_for(folder, &address.to_string())?;
    let unpushed = matches!(record.here(here(folder)?.as_ref()), Here::Unpushed(_) | Here::Unknown);
    Ok(Some(Copy { age: record.taken_at().map(|at| (now - at).max(TimeDelta::zero())), unpushed }))
}

/// Where the file that is here stands, looked at without taking the right to exchange it.
fn here(folder: &OrgFolder) -> anyhow::Result<Option<Position>> {
    let database = folder.database();
    if !has_record(&database) {
        return Ok(None);
    }
    Ok(Some(OrgStore::open(&database)?.position()?))
}

/// Whether there is a file with something in it.
fn has_record(database: &Path) -> bool {
    std::fs::metadata(database).is_ok_and(|there| there.len() > 0)
}

/// The error with the way to go on without the remote.
fn or_offline(error: UserError, folder: &OrgFolder) -> UserError {
    match (&error.hint, has_record(&folder.database())) {
        (None, true) => error.hint("`--offline` works on the copy here; `statuary state push` pushes it later"),
        _ => error,
    }
}

fn none_set(folder: &OrgFolder) -> UserError {
    UserError::usage(format!("`{}` has no remote", folder.slug)).hint("set `remote = \"s3://BUCKET/PREFIX\"` below `[state]` in org.toml")
}

/// The right to exchange the organization's file.
fn begin(folder: &OrgFolder) -> Result<Exchange, UserError> {
    let aside = folder.dot_dir();
    folder.refuse_link_out(&aside)?;
    folder.refuse_link_out(&folder.database())?;
    Exchange::begin(&folder.database(), &aside, remote::PATIENCE)
}
