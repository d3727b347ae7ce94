//! Build: survey, plan, load, render, stage, switch.
//!
//! The survey reads light rows; the plan compares digests with the manifest; only what stale pages show is loaded, month by month, so that
//! memory stays bounded; rendering is pure and parallel; nothing of the old site changes before everything is rendered and staged.

use std::collections::HashMap;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use chrono::{DateTime, Utc};
use rayon::prelude::*;

use crate::domain::History;
use crate::error::UserError;
use crate::ops::Org;
use crate::ops::report::{BuildReport, StepReport};
use crate::render::pages::{Batch, Page, Site};
use crate::site::{self, OutputFolder, PageSpec, Stage};
use crate::snapshot::{self, Directory, IncidentView, Snapshot};
use crate::store::Scope;
use crate::theme::Theme;

/// What `build` is told.
#[derive(Clone, Debug, Default)]
pub struct BuildOptions {
    /// The folder to build into; the org's `public/` by default.
    pub out: Option<PathBuf>,
    /// Render and write everything anew.
    pub force: bool,
    /// Say what would happen.
    pub dry_run: bool,
}

/// Told how far a build is: (pages done, pages to do).
pub type Progress<'a> = &'a (dyn Fn(usize, usize) + Sync);

/// How long each step took; loading goes on while the pages before are rendered.
#[derive(Default)]
struct Steps {
    survey: Duration,
    plan: Duration,
    load: Duration,
    render: Duration,
    stage: Duration,
    switch: Duration,
}

/// Builds the organization's site as of `now`.
///
/// # Errors
/// Bad input for a theme that cannot be used; conflict for a folder that is not statuary's; failed or busy where files cannot be written.
/// The old site is unchanged then.
pub fn build(org: &Org, options: &BuildOptions, now: DateTime<Utc>, progress: Progress<'_>) -> anyhow::Result<BuildReport> {
    let mut steps = Steps::default();
    let theme = Theme::load(&org.settings.theme, Some(&org.folder.overrides()).filter(|folder| folder.exists()).map(|folder| &**folder))?;
    let dot_dir = org.folder.dot_dir();
    org.folder.refuse_link_out(&dot_dir)?;
    let out = options.out.clone().unwrap_or_else(|| org.folder.public());
    let lock = if options.dry_run { None } else { Some(site::lock(&dot_dir)?) };
    org.store.read(|_| {
        let mut folder = None;
        let surveyed = rayon::in_place_scope(|scope| {
            scope.spawn(|_| folder = Some(OutputFolder::open(&out, &dot_dir, options.force)));
            timed(&mut steps.survey, || survey(org, now))
        });
        let (history, snapshot) = surveyed?;
        let folder = folder.ok_or_else(|| UserError::failed("the output folder was not looked at"))??;
        let started = Instant::now();
        let site = Site::new(&theme, &snapshot, now)?;
        let pages = site.pages()?;
        let specs: Vec<PageSpec> = pages.iter().map(|page| PageSpec { path: page.path.clone(), digest: page.digest }).collect();
        let plan = site::plan(folder.manifest(), &specs);
        steps.plan = started.elapsed();
        let report = |written, kept, removed, steps: &Steps| BuildReport {
            org: org.folder.slug.clone(),
            out: folder.path().display().to_string(),
            index: folder.path().join("index.html").display().to_string(),
            at: now,
            dry_run: options.dry_run,
            notice: folder.notice().map(str::to_owned),
            written,
            kept,
            removed,
            steps: steps.report(),
            valid_until: snapshot.valid_until,
        };
        let Some(lock) = lock else {
            return Ok(report(plan.write.len(), plan.keep, plan.remove.len(), &steps));
        };
        let stage = Stage::begin(&folder, &lock)?;
        let stale: Vec<&Page> = plan.write.iter().filter_map(|place| pages.get(*place)).collect();
        let batches = site.batches(stale);
        let shelf = Shelf { org, directory: Directory::new(&history), now };
        make(&shelf, &Press { site: &site, stage: &stage }, &batches, &mut steps, progress)?;
        let revision = org.store.latest_seq()?;
        let switched = timed(&mut steps.switch, || stage.switch(&specs, revision, theme.fingerprint()))?;
        Ok(report(switched.written, switched.kept + switched.unchanged, switched.removed, &steps))
    })
}

fn survey(org: &Org, now: DateTime<Utc>) -> anyhow::Result<(History, Snapshot)> {
    let history = org.history(Scope::Public, now)?;
    let snapshot = snapshot::snapshot(&history, now);
    Ok((history, snapshot))
}

/// Loads each batch while the one before it is rendered: the database is read by one thread.
fn make(shelf: &Shelf<'_>, press: &Press<'_>, batches: &[Batch<'_>], steps: &mut Steps, progress: Progress<'_>) -> anyhow::Result<()> {
    let total = batches.iter().map(|batch| batch.pages.len()).sum();
    let load = |batch: Option<&Batch<'_>>| batch.map_or_else(|| Ok(Views::new()), |batch| shelf.load(&batch.incidents));
    let mut views = timed(&mut steps.load, || load(batches.first()))?;
    let mut done = 0;
    for (place, batch) in batches.iter().enumerate() {
        let (started, mut spent) = (Instant::now(), Ok(Spent::default()));
        let next = rayon::in_place_scope(|scope| {
            scope.spawn(|_| spent = press.make(batch, &views));
            timed(&mut steps.load, || load(batches.get(place + 1)))
        });
        spent?.share(started.elapsed(), steps);
        views = next?;
        done += batch.pages.len();
        progress(done, total);
    }
    Ok(())
}

/// The incidents of a batch by number.
type Views = HashMap<i64, IncidentView>;

/// Where incidents come from.
struct Shelf<'a> {
    org: &'a Org,
    directory: Directory<'a>,
    now: DateTime<Utc>,
}

impl Shelf<'_> {
    /// The incidents with these numbers as they are at the moment of the build, with their texts.
    fn load(&self, numbers: &[i64]) -> anyhow::Result<Views> {
        if numbers.is_empty() {
            return Ok(Views::new());
        }
        let incidents = self.org.store.incidents(Scope::Public, numbers)?;
        Ok(incidents.iter().filter_map(|incident| Some((incident.number, self.directory.incident(incident, self.now)?))).collect())
    }
}

/// Where pages are made.
struct Press<'a> {
    site: &'a Site<'a>,
    stage: &'a Stage<'a>,
}

impl Press<'_> {
    /// Renders the pages of a batch and puts each aside while it is at hand.
    fn make(&self, batch: &Batch<'_>, views: &Views) -> Result<Spent, UserError> {
        let one = |page: &&Page| {
            let started = Instant::now();
            let bytes = self.site.render(page, views)?;
            let render = started.elapsed();
            self.stage.put(&page.path, &bytes)?;
            Ok(Spent { render, stage: started.elapsed().saturating_sub(render) })
        };
        let both = |one: Spent, other: Spent| Ok(Spent { render: one.render + other.render, stage: one.stage + other.stage });
        batch.pages.par_iter().map(one).try_reduce(Spent::default, both)
    }
}

/// What threads together spent on rendering and on staging.
#[derive(Clone, Copy, Default)]
struct Spent {
    render: Duration,
    stage: Duration,
}

impl Spent {
    /// Divides the time that passed between the two steps as the threads did.
    fn share(self, passed: Duration, steps: &mut Steps) {
        let whole = self.render + self.stage;
        let render = if whole.is_zero() { passed } else { passed.mul_f64(self.render.as_secs_f64() / whole.as_secs_f64()) };
        steps.render += render;
        steps.stage += passed.saturating_sub(render);
    }
}

fn timed<T>(total: &mut Duration, work: impl FnOnce() -> T) -> T {
    let started = Instant::now();
    let result = work();
    *total += started.elapsed();
    result
}

impl Steps {
    fn report(&self) -> Vec<StepReport> {
        [
            ("survey", self.survey),
            ("plan", self.plan),
            ("load", self.load),
            ("render", self.render),
            ("stage", self.stage),
            ("switch", self.switch),
        ]
        .map(|(step, took)| StepReport { step, microseconds: took.as_micros() })
        .into()
    }
}
