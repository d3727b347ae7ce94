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
    /// Identity of the site that was taken there: a newer one than the others got where it was built anew meanwhile.
    pub generation: Generation,
    /// The generation that was there before.
    pub previous: Option<Generation>,
    /// Files that are new there or have new bytes.
    pub written: usize,
    /// Files that were there already.
    pub kept: usize,
    /// Files removed.
    pub removed: usize,
    /// How long it took to take the site there once it was built, in milliseconds; a folder waits for its turn, too.
    pub took_ms: u64,
    /// How long it took then until it showed at its public address, in milliseconds; null where that was not looked at.
    pub seen_after_ms: Option<u64>,
    /// What the operator's program said.
    pub said: Vec<String>,
    /// What went wrong without harm to the site, such as an old release that cannot be removed.
    pub warning: Option<String>,
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
        way.wait_for(&turn, || progress(0, parcel.files.len()));
        Ok((way.take(ground, target, &held, &mut parcel, progress)?, reader))
    });
    let moved = moved.map_err(told);
    drop(turn);
    let took = begun.elapsed();
    let mut report = TargetReport {
        name: target.name.clone(),
        to: address,
        url: target.url.clone(),
        outcome: None,
        generation: parcel.generation.clone(),
        previous: None,
        written: 0,
        kept: 0,
        removed: 0,
        took_ms: milliseconds(took),
        seen_after_ms: None,
        said: Vec::new(),
        warning: None,
        error: None,
        failure: None,
    };
    let outcome = match moved {
        Ok(((moved, wanted), reader)) => {
            report.fill(moved);
            match (wanted, reader) {
                (Some(wanted), Some(reader)) if !ground.dry_run => report.read_back(target, &reader, &wanted, &parcel.generation),
                _ => Outcome::Published,
            }
        }
        Err(error) => {
            report.fail(error);
            Outcome::Failed
        }
    };
    // Whatever was ended on the way has not failed, and may not even have begun.
    let is_broken_off = outcome == Outcome::Failed && ground.uploaders.are_ending();
    if !ground.dry_run {
        report.outcome = Some(outcome);
        if !is_broken_off && let Err(error) = remember(ground, target, &parcel.generation, &report, outcome) {
            report.fail(error);
        }
    }
    Some(report)
}

/// Removes what a target no longer needs once the site is there.
pub(super) fn tidy(ground: &Ground, target: &Target, report: &mut TargetReport) {
    let is_there = matches!(report.outcome, Some(Outcome::Verified | Outcome::Published | Outcome::Unseen));
    if let Destination::Folder(path) = &target.to
        && is_there
        && let Err(error) = prune_folder(&ground.folder.dir.join(path), &ground.site)
    {
        report.warning = Some(error.message);
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

    /// Notes a failure; of several the first one.
    fn fail(&mut self, error: UserError) {
        if self.failure.is_none() {
            self.error = Some(error.message.clone());
            self.failure = Some(error);
        }
    }

    /// Looks whether the site shows at the target's public address.
    fn read_back(&mut self, target: &Target, reader: &Reader, wanted: &Wanted, generation: &Generation) -> Outcome {
        let Some(url) = &target.url else { return Outcome::Published };
        if let Err(error) = reader.can_look(url) {
            self.fail(error);
            return Outcome::Unseen;
        }
        let (seen, after) = reader.wait_for(url, wanted, target.deadline);
        self.seen_after_ms = Some(milliseconds(after));
        let shows = match seen {
            Seen::Wanted => return Outcome::Verified,
            Seen::Nothing { why } => why,
            Seen::Other { generation: Some(other) } if other == *generation => "its status.json is another one".to_owned(),
            Seen::Other { generation: Some(other) } => format!("it shows {other}"),
            Seen::Other { generation: None } => "it shows a page that carries no generation".to_owned(),
        };
        let seconds = target.deadline.as_secs();
        self.fail(
            UserError::failed(format!("`{url}` did not show {generation} within {seconds} s: {shows}"))
                .hint("a host or CDN may keep old copies: wait and look with `statuary publish status`, or give it a longer `deadline`"),
        );
        Outcome::Unseen
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

    /// Waits until it is worth beginning, once `told` has said that it will.
    fn wait_for(&self, turn: &Turn<'_>, told: impl FnOnce()) {
        if matches!(self, Self::Folder(_)) {
            told();
            turn.wait();
        }
    }

    /// Takes the parcel there; where the site has been built anew meanwhile, the new one. What its public address is to show then, where it
    /// has one, is read beforehand, since builds may follow.
    fn take(
        mut self,
        ground: &Ground,
        target: &Target,
        held: &Held,
        parcel: &mut Arc<Parcel>,
        progress: Progress<'_>,
    ) -> anyhow::Result<(Moved, Option<Wanted>)> {
        let try_to_take = |way: &Self, parcel: &Parcel| {
            let wanted = target.url.as_ref().map(|_| Wanted::of(parcel)).transpose()?;
            anyhow::Ok((way.try_to_take(ground, held, parcel, progress)?, wanted))
        };
        for _ in 1..MOST_BEGINNINGS {
            match try_to_take(&self, parcel) {
                Err(error) if error.is::<Changed>() => *parcel = Arc::new(ground.pack()?),
                done => return done,
            }
            if let Self::Bucket(bucket, holding, compress) = &mut self {
                *holding = bucketful(ground, bucket, *compress).look(&ground.site)?;
            }
        }
        try_to_take(&self, parcel)
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
