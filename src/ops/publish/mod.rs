//! Publish: build, pack, and take the site to each target at the same time.
//!
//! Each target is a thread of its own, so that none waits for another, but that folders take turns. A target in object storage
//! is looked at before the site is built: whoever publishes there meanwhile is noticed.

mod all;
mod status;
mod target;
mod turns;

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::Instant;

use chrono::{DateTime, Utc};

pub use all::{AllOptions, all};
pub use status::{StatusReport, TargetStatus, status};
pub use target::TargetReport;

use crate::config::{Require, Target};
use crate::error::{Kind, UserError, reason};
use crate::ops::Org;
use crate::ops::build::{self, BuildOptions, Progress};
use crate::ops::report::BuildReport;
pub use crate::publish::{Outcome, Uploaders};
use crate::publish::{Parcel, Records};
use crate::site;
pub use crate::site::Generation;
use serde::Serialize;
use turns::Turns;

/// What `publish` is told.
#[derive(Clone, Debug, Default)]
pub struct PublishOptions {
    /// A name in org.toml, or an address; all targets of org.toml by default.
    pub target: Option<Target>,
    /// Take the site as it was built last.
    pub no_build: bool,
    /// Say what would happen.
    pub dry_run: bool,
    /// Compare what is in object storage with what is known of it.
    pub check: bool,
    /// When the moment was read that counts as now; when the publishing begins by default.
    pub since: Option<Instant>,
    /// Through these the caller can end the operator's programs that run for it.
    pub uploaders: Uploaders,
}

/// What came of a publishing.
#[derive(Clone, Debug, Serialize)]
pub struct PublishReport {
    /// The organization.
    pub org: crate::domain::Slug,
    /// Identity of the site; null where the site was not there to be taken anywhere.
    pub generation: Option<Generation>,
    /// The moment that counted as now.
    pub at: DateTime<Utc>,
    /// Whether nothing was changed because it was only asked for.
    pub dry_run: bool,
    /// How many of the targets must have it.
    pub require: &'static str,
    /// Whether as many have it as must.
    pub satisfied: bool,
    /// The build before it; null with `--no-build`.
    pub build: Option<BuildReport>,
    /// In the order of org.toml.
    pub targets: Vec<TargetReport>,
}

/// Builds the organization's site as of `now` and takes it to its targets.
///
/// What a target fails with is in its report, and keeps no other from being published to.
///
/// # Errors
/// Usage where there is no target; what building can say. Nothing is published then.
pub fn publish(org: &Org, options: &PublishOptions, now: DateTime<Utc>, progress: Progress<'_>) -> anyhow::Result<PublishReport> {
    let targets = match &options.target {
        Some(target) => vec![target.clone()],
        None => org.settings.publish.targets.clone(),
    };
    if targets.is_empty() {
        return Err(UserError::usage(format!("no target to publish `{}` to", org.folder.slug))
            .hint("name one, as in `statuary publish dir:/srv/status`, or write a section [[publish.target]] into org.toml")
            .into());
    }
    let ground = Ground::of(org, options, now)?;
    let (build, parcel, targets) = to_each(&ground, &targets, || ground.make(org, options), progress)?;
    let require = if options.target.is_some() { Require::All } else { org.settings.publish.require };
    let well = |report: &TargetReport| report.failure.is_none();
    Ok(PublishReport {
        org: org.folder.slug.clone(),
        generation: Some(parcel.generation.clone()),
        at: now,
        dry_run: options.dry_run,
        require: if require == Require::All { "all" } else { "any" },
        satisfied: if require == Require::All { targets.iter().all(well) } else { targets.iter().any(well) },
        build,
        targets,
    })
}

/// What was built, the parcel, and what came of each target, in their order.
type Published = (Option<BuildReport>, Arc<Parcel>, Vec<TargetReport>);

/// Makes the site while each target is prepared, then takes it to each, all at the same time.
fn to_each(
    ground: &Ground,
    targets: &[Target],
    make: impl FnOnce() -> anyhow::Result<(Option<BuildReport>, Arc<Parcel>)>,
    progress: Progress<'_>,
) -> anyhow::Result<Published> {
    let (counts, turns) = (Counts::new(targets.len(), progress), Turns::new(targets));
    let reports: Mutex<Vec<(usize, TargetReport)>> = Mutex::default();
    let mut waiting = Vec::new();
    let (build, parcel) = thread::scope(|scope| {
        for (place, target) in targets.iter().enumerate() {
            let (sender, receiver) = channel::<Arc<Parcel>>();
            waiting.push(sender);
            let (reports, counts, turn) = (&reports, &counts, turns.of(place));
            let work = move || {
                let report = target::publish(ground, target, turn, || wait(&receiver), &|done, all| counts.tell(place, done, all));
                reports.lock().unwrap_or_else(PoisonError::into_inner).extend(report.map(|report| (place, report)));
            };
            if let Err(error) = thread::Builder::new().spawn_scoped(scope, work) {
                // Those that have begun wait for no parcel any more.
                waiting.clear();
                return Err(UserError::failed(format!("no thread to publish with: {}", reason(&error))).into());
            }
        }
        let made = make();
        if let Ok((_, parcel)) = &made {
            // A target that has failed already needs it no more.
            waiting.iter().for_each(|sender| drop(sender.send(Arc::clone(parcel))));
        }
        waiting.clear();
        made
    })?;
    let mut reports = reports.into_inner().unwrap_or_else(PoisonError::into_inner);
    reports.sort_by_key(|(place, _)| *place);
    // Only now, so that it takes no time from those who still wait for the site.
    for (place, report) in &mut reports {
        if let Some(target) = targets.get(*place) {
            target::tidy(ground, target, report);
        }
    }
    Ok((build, parcel, reports.into_iter().map(|(_, report)| report).collect()))
}

/// How far each target is, told as one.
struct Counts<'a> {
    of_each: Vec<(AtomicUsize, AtomicUsize)>,
    progress: Progress<'a>,
}

impl<'a> Counts<'a> {
    fn new(targets: usize, progress: Progress<'a>) -> Self {
        Self { of_each: (0..targets).map(|_| Default::default()).collect(), progress }
    }

    fn tell(&self, place: usize, done: usize, all: usize) {
        if let Some((known_done, known_all)) = self.of_each.get(place) {
            known_done.store(done, Ordering::Relaxed);
            known_all.store(all, Ordering::Relaxed);
        }
        let sum =
            |of: fn(&(AtomicUsize, AtomicUsize)) -> &AtomicUsize| self.of_each.iter().map(|count| of(count).load(Ordering::Relaxed)).sum();
        (self.progress)(sum(|count| &count.0), sum(|count| &count.1));
    }
}

/// The parcel once it is made; none where it could not be.
fn wait(receiver: &Receiver<Arc<Parcel>>) -> Option<Arc<Parcel>> {
    receiver.recv().ok()
}

/// What all targets of a publishing have in common.
struct Ground {
    folder: crate::config::OrgFolder,
    /// Id of the page.
    site: String,
    records: Records,
    publisher: String,
    now: DateTime<Utc>,
    since: Instant,
    dry_run: bool,
    check: bool,
    uploaders: Uploaders,
}

impl Ground {
    fn of(org: &Org, options: &PublishOptions, now: DateTime<Utc>) -> anyhow::Result<Self> {
        let dot_dir = org.folder.dot_dir();
        org.folder.refuse_link_out(&dot_dir)?;
        let records = Records::new(dot_dir);
        Ok(Self {
            folder: org.folder.clone(),
            site: org.organization()?.id.to_string(),
            publisher: records.publisher()?,
            records,
            now,
            since: options.since.unwrap_or_else(Instant::now),
            dry_run: options.dry_run,
            check: options.check,
            uploaders: options.uploaders.clone(),
        })
    }

    /// Builds the site, where that is wanted, and packs it.
    fn make(&self, org: &Org, options: &PublishOptions) -> anyhow::Result<(Option<BuildReport>, Arc<Parcel>)> {
        let build = BuildOptions { dry_run: options.dry_run, only_news: true, ..BuildOptions::default() };
        let built = if options.no_build { None } else { Some(build::build(org, &build, self.now, &|_, _| {})?) };
        Ok((built, Arc::new(self.pack()?)))
    }

    /// The site as it was built last; no build changes it while its list is read.
    fn pack(&self) -> Result<Parcel, UserError> {
        let dot_dir = self.folder.dot_dir();
        let _lock = site::lock(&dot_dir)?;
        Parcel::of(&self.folder.public(), &dot_dir, &self.site)
    }
}

/// The error as one for people.
fn told(error: anyhow::Error) -> UserError {
    error.downcast::<UserError>().unwrap_or_else(|error| UserError::new(Kind::Failed, error.to_string()))
}
