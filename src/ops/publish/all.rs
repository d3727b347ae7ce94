//! Publishing many organizations: some are built, then taken away side by side, then the next ones, so that memory and the time for each stay
//! the same however many there are.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use std::thread;
use std::time::Instant;

use chrono::{DateTime, Utc};

use super::{PublishOptions, PublishReport, publish};
use crate::config::{Destination, OrgFolder, Target};
use crate::error::UserError;
use crate::ops::Org;
use crate::ops::build::{self, BuildOptions, Progress};

/// How many organizations are built before they are taken away.
const AT_ONCE: usize = 32;

/// How many are taken away side by side; most of that is waiting.
const SIDE_BY_SIDE: usize = 8;

/// What publishing all organizations is told.
#[derive(Clone, Debug, Default)]
pub struct AllOptions {
    /// Name of the target in each org.toml; all of them by default.
    pub name: Option<String>,
    /// An address instead: each organization goes below it, under its slug.
    pub address: Option<Destination>,
    /// As for one organization, but for the target.
    pub each: PublishOptions,
}

/// Publishes these organizations and says of each what came of it, in their order. `progress` is told how many of them are done. Where the
/// publishing is to end, no other one is begun, and those are left out.
pub fn all(folders: &[OrgFolder], options: &AllOptions, now: DateTime<Utc>, progress: Progress<'_>) -> Vec<anyhow::Result<PublishReport>> {
    let (done, begun) = (AtomicUsize::new(0), options.each.since.unwrap_or_else(Instant::now));
    let mut outcomes = Vec::with_capacity(folders.len());
    let is_ending = || options.each.uploaders.are_ending();
    for some in folders.chunks(AT_ONCE) {
        if is_ending() {
            break;
        }
        let build = BuildOptions { dry_run: options.each.dry_run, only_news: true, ..BuildOptions::default() };
        let built = if options.each.no_build { Vec::new() } else { build::all(some, &build, now, &|_, _| {}) };
        let mut built = built.into_iter().map(Some);
        let jobs: Vec<(&OrgFolder, Option<anyhow::Result<_>>)> = some.iter().map(|folder| (folder, built.next().flatten())).collect();
        let (next, jobs) = (AtomicUsize::new(0), Mutex::new(jobs.into_iter().map(Some).collect::<Vec<_>>()));
        let reached: Mutex<Vec<(usize, anyhow::Result<PublishReport>)>> = Mutex::default();
        let work = || {
            while !is_ending() {
                let place = next.fetch_add(1, Ordering::Relaxed);
                let job = jobs.lock().unwrap_or_else(PoisonError::into_inner).get_mut(place).and_then(Option::take);
                let Some((folder, built)) = job else { return };
                let outcome = match built.transpose() {
                    Ok(built) => {
                        one(folder, options, now + begun.elapsed()).map(|report| PublishReport { build: built, at: now, ..report })
                    }
                    Err(error) => Err(error),
                };
                reached.lock().unwrap_or_else(PoisonError::into_inner).push((place, outcome));
                progress(done.fetch_add(1, Ordering::Relaxed) + 1, folders.len());
            }
        };
        thread::scope(|scope| {
            for _ in 1..some.len().min(SIDE_BY_SIDE) {
                // Where the system gives no thread there is still this one.
                let _ = thread::Builder::new().spawn_scoped(scope, work);
            }
            work();
        });
        let mut reached = reached.into_inner().unwrap_or_else(PoisonError::into_inner);
        reached.sort_by_key(|(place, _)| *place);
        outcomes.extend(reached.into_iter().map(|(_, outcome)| outcome));
    }
    outcomes
}

fn one(folder: &OrgFolder, options: &AllOptions, now: DateTime<Utc>) -> anyhow::Result<PublishReport> {
    let org = Org::open(folder.clone())?;
    let target = match (&options.address, &options.name) {
        (Some(address), _) => Some(Target::of_address(below(address, folder)?)),
        (None, Some(name)) => Some(org.settings.publish.target(name)?.clone()),
        (None, None) => None,
    };
    let each = PublishOptions { target, no_build: true, since: None, ..options.each.clone() };
    publish(&org, &each, now, &|_, _| {})
}

/// The organization's own place below an address.
fn below(address: &Destination, folder: &OrgFolder) -> Result<Destination, UserError> {
    match address {
        Destination::Folder(path) => Ok(Destination::Folder(path.join(folder.slug.as_str()))),
        Destination::Bucket(address) => Ok(Destination::Bucket(format!("{}/{}", address.trim_end_matches('/'), folder.slug))),
        Destination::Command(_) => {
            Err(UserError::usage("one command cannot publish all organizations").hint("name it as a target in each org.toml"))
        }
    }
}
