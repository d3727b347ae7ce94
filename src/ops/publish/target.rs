//! One target of a publishing.

use std::sync::Arc;
use std::time::{Duration, Instant};

use serde::Serialize;

use super::turns::Turn;
use super::{Ground, told};
use crate::config::{Destination, Target};
use crate::error::UserError;
use crate::publish::{
    Bucketful, Changed, Held, Holding, Moved, Outcome, Parcel, Program, Progress, Reader, Record, Seen, Wanted, prune_folder, to_bucket,
    to_command, to_folder,
};
use crate::site::Generation;
use crate::storage::{Address, Bucket, Environment};

/// What came of publishing to one target.
#[derive(Clone, Debug, Serialize)]
pub struct TargetReport {
    /// Its name in org.toml, or its address.
    pub name: String,
    /// Its address.
    pub to: String,
    /// Where it was read back.
    pub url: Option<String>,
    /// `verified`, `published`, `unseen`, `failed`; null where it was only asked what would happen.
    pub outcome: Option<Outcome>,
    /// The generation that was there before.
    pub previous: Option<Generation>,
    /// Files that are new there or have new bytes.
    pub written: usize,
    /// Files that were there already.
    pub kept: usize,
    /// Files removed.
    pub removed: usize,
    /// How long it took to take the site there, in milliseconds.
    pub took_ms: u64,
    /// How long it took then until it showed at its public address, in milliseconds; null where that was not looked at.
    pub seen_after_ms: Option<u64>,
    /// What the operator's program said.
    pub said: Vec<String>,
    /// Why it failed.
    pub error: Option<String>,
    /// The same as an error.
    #[serde(skip)]
    pub failure: Option<UserError>,
}

/// How often a publishing begins again because the site was built anew meanwhile.
const MOST_BEGINNINGS: usize = 5;

/// Takes the parcel to a target and reads it back; nothing where there is no parcel.
pub(super) fn publish(
    ground: &Ground,
    target: &Target,
    turn: Turn<'_>,
    parcel: impl FnOnce() -> Option<Arc<Parcel>>,
    progress: Progress<'_>,
) -> Option<TargetReport> {
    let address = target.to.to_string();
    let prepared = prepare(ground, target);
    let mut parcel = parcel()?;
    let begun = Instant::now();
    let moved = prepared.and_then(|(held, way, reader)| {
        way.wait_for(&turn);
        Ok((way.take(ground, &held, &mut parcel, progress)?, reader))
    });
    let moved = moved.map_err(told);
    drop(turn);
    let took = begun.elapsed();
    let mut report = TargetReport {
        name: target.name.clone(),
        to: address,
        url: target.url.clone(),
        outcome: None,
        previous: None,
        written: 0,
        kept: 0,
        removed: 0,
        took_ms: milliseconds(took),
        seen_after_ms: None,
        said: Vec::new(),
        error: None,
        failure: None,
    };
    let outcome = match moved {
        Ok((moved, reader)) => {
            report.fill(moved);
            if ground.dry_run {
                Ok(Outcome::Published)
            } else {
                report.read_back(target, reader.as_ref(), &parcel).map_err(|error| (Outcome::Unseen, error))
            }
        }
        Err(error) => Err((Outcome::Failed, error)),
    };
    let (outcome, failure) = outcome.map_or_else(|(outcome, error)| (outcome, Some(error)), |outcome| (outcome, None));
    report.error = failure.as_ref().map(|error| error.message.clone());
    report.failure = failure;
    // Whatever was ended on the way has not failed, and may not even have begun.
    let is_broken_off = outcome == Outcome::Failed && ground.uploaders.are_ending();
    if !ground.dry_run {
        report.outcome = Some(outcome);
        if !is_broken_off && let Err(error) = remember(ground, target, &parcel.generation, &report, outcome) {
            report.failure.get_or_insert(error);
        }
    }
    Some(report)
}

/// Removes what a target no longer needs once the site is there; what that fails with counts as the target's.
pub(super) fn tidy(ground: &Ground, target: &Target, report: &mut TargetReport) {
    let is_there = matches!(report.outcome, Some(Outcome::Verified | Outcome::Published | Outcome::Unseen));
    if let Destination::Folder(path) = &target.to
        && is_there
        && let Err(error) = prune_folder(&ground.folder.dir.join(path), &ground.site).map_err(told)
    {
        report.error.get_or_insert_with(|| error.message.clone());
        report.failure.get_or_insert(error);
    }
}

/// Whatever can be done before the site is there: the target is held, and what it takes to get there and to read it back is at hand.
fn prepare<'t>(ground: &Ground, target: &'t Target) -> anyhow::Result<(Held, Way<'t>, Option<Reader>)> {
    let held = ground.records.hold(&key(target))?;
    let reader = target.url.as_ref().map(|_| Reader::of(&Environment::of_process()));
    Ok((held, Way::to(ground, target)?, reader))
}

/// What a target is remembered by: two commands may differ in their arguments only.
pub(super) fn key(target: &Target) -> String {
    match &target.to {
        Destination::Command(words) => format!("command:{}", words.join("\0")),
        other => other.to_string(),
    }
}

fn remember(ground: &Ground, target: &Target, generation: &Generation, report: &TargetReport, outcome: Outcome) -> Result<(), UserError> {
    let key = key(target);
    let old = ground.records.read(&key).filter(|_| outcome == Outcome::Failed);
    let (generation, published_at) = match old {
        Some(old) => (old.generation, old.published_at),
        None if outcome == Outcome::Failed => (None, None),
        None => (Some(generation.clone()), Some(ground.now)),
    };
    ground.records.write(&key, &Record { generation, published_at, tried_at: ground.now, outcome, error: report.error.clone() })
}

impl TargetReport {
    fn fill(&mut self, moved: Moved) {
        let Moved { written, kept, removed, previous, said } = moved;
        (self.written, self.kept, self.removed, self.previous, self.said) = (written, kept, removed, previous, said);
    }

    /// Looks whether the site shows at the target's public address.
    fn read_back(&mut self, target: &Target, reader: Option<&Reader>, parcel: &Parcel) -> Result<Outcome, UserError> {
        let (Some(url), Some(reader)) = (&target.url, reader) else { return Ok(Outcome::Published) };
        reader.can_look(url)?;
        let wanted = Wanted::of(parcel).map_err(told)?;
        let (seen, after) = reader.wait_for(url, &wanted, target.deadline);
        self.seen_after_ms = Some(milliseconds(after));
        let shows = match seen {
            Seen::Wanted => return Ok(Outcome::Verified),
            Seen::Nothing { why } => why,
            Seen::Other { generation: Some(generation) } if generation == parcel.generation => "its status.json is another one".to_owned(),
            Seen::Other { generation: Some(generation) } => format!("it shows {generation}"),
            Seen::Other { generation: None } => "it shows a page that carries no generation".to_owned(),
        };
        let seconds = target.deadline.as_secs();
        Err(UserError::failed(format!("`{url}` did not show {} within {seconds} s: {shows}", parcel.generation))
            .hint("a host or CDN may keep old copies: wait and look with `statuary publish status`, or give it a longer `deadline`"))
    }
}

/// How a site gets to a target.
enum Way<'t> {
    Folder(std::path::PathBuf),
    Command(&'t Target, &'t [String]),
    Bucket(Box<Bucket>, Holding, bool),
}

impl<'t> Way<'t> {
    /// Whatever can be found out before the site is there.
    fn to(ground: &Ground, target: &'t Target) -> anyhow::Result<Self> {
        match &target.to {
            Destination::Folder(path) => {
                let folder = ground.folder.dir.join(path);
                let own = [ground.folder.public(), ground.folder.dot_dir(), ground.folder.overrides()];
                if own.iter().any(|own| folder.starts_with(own)) {
                    return Err(UserError::conflict(format!("`{}` is in a folder of the organization's own", folder.display()))
                        .hint("choose a folder elsewhere, such as `/srv/status`")
                        .into());
                }
                Ok(Self::Folder(folder))
            }
            Destination::Command(words) => Ok(Self::Command(target, words)),
            Destination::Bucket(address) => {
                let address: Address = address.parse()?;
                let bucket = Bucket::open(&address, &ground.folder.storage_settings()?, &Environment::of_process())?;
                let holding = bucketful(ground, &bucket, target.compress).look(&ground.site)?;
                Ok(Self::Bucket(Box::new(bucket), holding, target.compress))
            }
        }
    }

    /// Waits until it is worth beginning.
    fn wait_for(&self, turn: &Turn<'_>) {
        if matches!(self, Self::Folder(_)) {
            turn.wait();
        }
    }

    /// Takes the parcel there; where the site has been built anew meanwhile, the new one.
    fn take(mut self, ground: &Ground, held: &Held, parcel: &mut Arc<Parcel>, progress: Progress<'_>) -> anyhow::Result<Moved> {
        for _ in 1..MOST_BEGINNINGS {
            match self.try_to_take(ground, held, parcel, progress) {
                Err(error) if error.is::<Changed>() => *parcel = Arc::new(ground.pack()?),
                done => return done,
            }
            if let Self::Bucket(bucket, holding, compress) = &mut self {
                *holding = bucketful(ground, bucket, *compress).look(&ground.site)?;
            }
        }
        self.try_to_take(ground, held, parcel, progress)
    }

    fn try_to_take(&self, ground: &Ground, held: &Held, parcel: &Parcel, progress: Progress<'_>) -> anyhow::Result<Moved> {
        match self {
            Self::Folder(folder) => to_folder(folder, parcel, ground.dry_run, progress),
            Self::Bucket(bucket, holding, compress) => to_bucket(&bucketful(ground, bucket, *compress), holding, parcel, progress),
            Self::Command(target, words) => {
                let key = key(target);
                let program = Program {
                    words,
                    dir: &ground.folder.dir,
                    org: ground.folder.slug.as_str(),
                    time_limit: target.time_limit,
                    previous: ground.records.told(&key),
                    held,
                    uploaders: &ground.uploaders,
                };
                let moved = to_command(&program, parcel, ground.dry_run)?;
                if !ground.dry_run {
                    ground.records.tell(&key, parcel)?;
                }
                Ok(moved)
            }
        }
    }
}

fn bucketful<'a>(ground: &'a Ground, bucket: &'a Bucket, compress: bool) -> Bucketful<'a> {
    Bucketful {
        bucket,
        by: &ground.publisher,
        now: ground.now,
        since: ground.since,
        compress,
        check: ground.check,
        dry_run: ground.dry_run,
        uploaders: &ground.uploaders,
    }
}

fn milliseconds(length: Duration) -> u64 {
    u64::try_from(length.as_millis()).unwrap_or(u64::MAX)
}
