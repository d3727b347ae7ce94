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

/// How long each step took.
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
    let out = options.out.clone().unwrap_or_else(|| org.folder.public());
    org.store.read(|_| {
        let (history, snapshot) = timed(&mut steps.survey, || survey(org, now))?;
        let lock = if options.dry_run { None } else { Some(site::lock(&dot_dir)?) };
        let folder = OutputFolder::open(&out, &dot_dir, options.force)?;
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
        let mut build =
            Build { org, site: &site, history: &history, now, stage: &stage, steps: &mut steps, done: 0, total: stale.len(), progress };
        for batch in site.batches(stale) {
            build.batch(&batch)?;
        }
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

struct Build<'a> {
    org: &'a Org,
    site: &'a Site<'a>,
    history: &'a History,
    now: DateTime<Utc>,
    stage: &'a Stage<'a>,
    steps: &'a mut Steps,
    done: usize,
    total: usize,
    progress: Progress<'a>,
}

impl Build<'_> {
    fn batch(&mut self, batch: &Batch<'_>) -> anyhow::Result<()> {
        let views = timed(&mut self.steps.load, || load(self.org, self.history, &batch.incidents, self.now))?;
        for pages in batch.pages.chunks(512) {
            let site = self.site;
            let rendered: Vec<(&Page, Vec<u8>)> = timed(&mut self.steps.render, || {
                pages.par_iter().map(|page| Ok((*page, site.render(page, &views)?))).collect::<Result<_, UserError>>()
            })?;
            let stage = self.stage;
            timed(&mut self.steps.stage, || rendered.par_iter().try_for_each(|(page, bytes)| stage.put(&page.path, bytes)))?;
            self.done += pages.len();
            (self.progress)(self.done, self.total);
        }
        Ok(())
    }
}

/// The views of incidents, loaded with their texts.
fn load(org: &Org, history: &History, numbers: &[i64], now: DateTime<Utc>) -> anyhow::Result<HashMap<i64, IncidentView>> {
    if numbers.is_empty() {
        return Ok(HashMap::new());
    }
    let incidents = org.store.incidents(Scope::Public, numbers)?;
    let directory = Directory::new(history);
    Ok(incidents.iter().filter_map(|incident| Some((incident.number, directory.incident(incident, now)?))).collect())
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
