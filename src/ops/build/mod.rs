//! Build: survey, plan, load, render, stage, switch.
//!
//! The survey reads what has changed since the last build, and light rows of the months it changed; the plan compares digests with the
//! manifest; only what stale pages show is loaded, bit by bit, so that memory stays bounded and writers are not held up; rendering is pure
//! and parallel; nothing of the old site changes before everything is rendered and staged.

mod all;
mod survey;

use std::borrow::Cow;
use std::collections::{HashMap, HashSet};
use std::path::PathBuf;
use std::time::{Duration, Instant};

use chrono::{DateTime, Utc};
use rayon::prelude::*;

use crate::domain::Incident;
use crate::error::UserError;
use crate::ops::report::{BuildReport, StepReport};
use crate::ops::{self, Org};
use crate::render::pages::{Batch, Loaded, Page, Site};
use crate::site::{self, Digest, DigestBuilder, Lock, OutputFolder, PageSpec, SitePath, Stage};
use crate::snapshot::{Directory, IncidentView};
use crate::store::Scope;
use crate::theme::Theme;
pub use all::all;
use survey::{EVER, Survey};

/// What `build` is told.
#[derive(Clone, Debug, Default)]
pub struct BuildOptions {
    /// The folder to build into; the org's `public/` by default.
    pub out: Option<PathBuf>,
    /// Render and write everything anew.
    pub force: bool,
    /// Say what would happen.
    pub dry_run: bool,
    /// Leave the site as it is where nothing would change in it but the moment of the build.
    pub only_news: bool,
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
    build_in(org, &ops::theme::load(&org.folder, &org.settings)?, options, now, progress)
}

/// [`build`] in a theme that is read already.
fn build_in(org: &Org, theme: &Theme, options: &BuildOptions, now: DateTime<Utc>, progress: Progress<'_>) -> anyhow::Result<BuildReport> {
    let dot_dir = org.folder.dot_dir();
    org.folder.refuse_link_out(&dot_dir)?;
    let out = options.out.clone().unwrap_or_else(|| org.folder.public());
    let lock = if options.dry_run { None } else { Some(site::lock(&dot_dir)?) };
    let attempt = || {
        let mut folder = OutputFolder::open(&out, &dot_dir, options.force)?;
        let mut steps = Steps::default();
        attempt(&Works { org, theme, now, progress, only_news: options.only_news }, &mut folder, lock.as_ref(), &mut steps)
    };
    // The record is read bit by bit, so that nobody who writes has to wait for a build. Where it changes meanwhile in a way that matters,
    // the build begins again, and the last time around writers wait.
    for _ in 0..HURRIED {
        match attempt() {
            Err(error) if error.is::<Overtaken>() => {}
            done => return done,
        }
    }
    org.store.read(|_| attempt())
}

/// How often a build begins again before it holds writers up.
const HURRIED: usize = 3;

/// The record has changed under a build.
#[derive(Debug)]
struct Overtaken;

impl std::fmt::Display for Overtaken {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("the record changes faster than it can be built")
    }
}

impl std::error::Error for Overtaken {}

/// What a build works with.
struct Works<'a> {
    org: &'a Org,
    theme: &'a Theme,
    now: DateTime<Utc>,
    progress: Progress<'a>,
    only_news: bool,
}

/// One attempt to build, into `folder`; without a lock it is only told what would happen.
fn attempt(works: &Works<'_>, folder: &mut OutputFolder, lock: Option<&Lock>, steps: &mut Steps) -> anyhow::Result<BuildReport> {
    let Works { org, theme, now, .. } = *works;
    let surveyed = timed(&mut steps.survey, || Survey::of(org, theme, folder, now))?;
    let started = Instant::now();
    let site = surveyed.site(org, theme, folder, now)?;
    let sections = site.sections();
    let kept: HashSet<&str> = sections.iter().filter(|section| section.kept).map(|section| section.name.as_str()).collect();
    folder.read_sections(|name| !kept.contains(name))?;
    let folder = &*folder;
    let pages = site.pages()?;
    let spec = |page: &Page| PageSpec { path: page.path.clone(), digest: page.digest, section: page.section };
    let specs: Vec<PageSpec> = pages.iter().map(spec).collect();
    let plan = site::plan(folder.manifest(), &specs);
    let in_sections = kept.iter().filter_map(|name| folder.manifest().sections().get(*name)).map(|section| section.pages).sum::<usize>();
    steps.plan = started.elapsed();
    let report = |(written, kept, removed), generation, steps: &Steps| BuildReport {
        org: org.folder.slug.clone(),
        out: folder.path().display().to_string(),
        index: folder.path().join("index.html").display().to_string(),
        at: now,
        dry_run: lock.is_none(),
        notice: folder.notice().map(str::to_owned),
        generation,
        written,
        kept: kept + in_sections,
        removed,
        steps: steps.report(),
        valid_until: surveyed.snapshot.valid_until,
    };
    let Some(lock) = lock else {
        return Ok(report((plan.write.len(), plan.keep, plan.remove.len()), None, steps));
    };
    let stage = Stage::begin(folder, lock)?;
    let home = Site::home_path()?;
    let stale = plan.write.iter().filter_map(|place| pages.get(*place)).filter(|page| page.path != home);
    let batches = site.batches(stale);
    let shelf = Shelf {
        works,
        surveyed: &surveyed,
        directory: Directory::new(&surveyed.history),
        at_hand: surveyed.snapshot.incidents.iter().map(|view| (view.incident.number, view)).collect(),
        revisions: site.revisions(),
    };
    make(&shelf, &Press { site: &site, stage: &stage }, &batches, steps)?;
    let (generation, told) = (stage.generation(&specs, &sections, &home)?, told(&pages));
    let momentary: Vec<&SitePath> = pages.iter().filter(|page| page.told.is_some()).map(|page| &page.path).collect();
    let last = surveyed.last.as_ref();
    if let Some(last) = last.filter(|last| works.only_news && plan.remove.is_empty() && last.told == Some(told.to_string()))
        && let Some(generation) = last.generation.clone()
        && !stage.changes_more_than(|path| momentary.contains(&path))
    {
        return Ok(report((0, pages.len(), 0), Some(generation), steps));
    }
    let is_stale = plan.write.iter().filter_map(|place| pages.get(*place)).any(|page| page.path == home);
    if is_stale || last.and_then(|last| last.generation.as_ref()) != Some(&generation) {
        stage.put(&home, &site.render_home(&generation)?)?;
    }
    let fingerprint = surveyed.fingerprint.to_text(now, &generation, &told)?;
    let switched = timed(&mut steps.switch, || stage.switch(&specs, &sections, surveyed.revision, &fingerprint))?;
    Ok(report((switched.written, switched.kept + switched.unchanged, switched.removed), Some(generation), steps))
}

/// Digest of what is told together with the moment of the build, without that.
fn told(pages: &[Page]) -> Digest {
    let mut told = DigestBuilder::new();
    for page in pages {
        if let Some(digest) = page.told {
            told.text(page.path.as_str()).digest(digest);
        }
    }
    told.finish()
}

/// Loads each batch while the one before it is rendered: the database is read by one thread.
fn make(shelf: &Shelf<'_>, press: &Press<'_>, batches: &[Batch<'_>], steps: &mut Steps) -> anyhow::Result<()> {
    let total = batches.iter().map(|batch| batch.pages.len()).sum();
    if total < WORTH_THREADS {
        return make_alone(shelf, press, batches, steps);
    }
    let load = |batch: Option<&Batch<'_>>| batch.map_or_else(|| Ok(Loaded::default()), |batch| shelf.load(batch));
    let mut loaded = timed(&mut steps.load, || load(batches.first()))?;
    let mut done = 0;
    for (place, batch) in batches.iter().enumerate() {
        let (started, mut spent) = (Instant::now(), Ok(Spent::default()));
        let next = rayon::in_place_scope(|scope| {
            scope.spawn(|_| spent = press.make(batch, &loaded));
            timed(&mut steps.load, || load(batches.get(place + 1)))
        });
        spent?.share(started.elapsed(), steps);
        loaded = next?;
        done += batch.pages.len();
        (shelf.works.progress)(done, total);
    }
    Ok(())
}

/// [`make`] by this thread alone.
fn make_alone(shelf: &Shelf<'_>, press: &Press<'_>, batches: &[Batch<'_>], steps: &mut Steps) -> anyhow::Result<()> {
    for batch in batches {
        let loaded = timed(&mut steps.load, || shelf.load(batch))?;
        for page in &batch.pages {
            let spent = press.make_one(page, &loaded)?;
            steps.render += spent.render;
            steps.stage += spent.stage;
        }
    }
    Ok(())
}

/// From so many pages on all threads make them; to wake others costs more than making fewer. What most deeds change is less.
const WORTH_THREADS: usize = 64;

/// Where incidents come from.
struct Shelf<'a> {
    works: &'a Works<'a>,
    surveyed: &'a Survey,
    directory: Directory<'a>,
    /// The incidents of the survey, by row number.
    at_hand: HashMap<i64, &'a IncidentView>,
    revisions: HashMap<i64, i64>,
}

impl Shelf<'_> {
    /// What a batch needs, as it was when the record was surveyed.
    fn load(&self, batch: &Batch<'_>) -> anyhow::Result<Loaded<'_>> {
        let mut loaded = Loaded::default();
        // What may change any moment, open incidents above all, was read with the survey.
        let (at_hand, missing): (Vec<i64>, Vec<i64>) = batch.incidents.iter().partition(|number| self.at_hand.contains_key(number));
        loaded.incidents = at_hand.iter().filter_map(|number| Some((*number, Cow::Borrowed(*self.at_hand.get(number)?)))).collect();
        if !missing.is_empty() {
            let incidents = self.works.org.store.incidents(Scope::Public, &missing)?;
            let unchanged = |incident: &Incident| self.revisions.get(&incident.number) == Some(&incident.revision);
            anyhow::ensure!(incidents.len() == missing.len() && incidents.iter().all(unchanged), Overtaken);
            let view = |incident: &Incident| Some((incident.number, Cow::Owned(self.directory.incident(incident, self.works.now)?)));
            loaded.incidents.extend(incidents.iter().filter_map(view));
        }
        if batch.all_ids {
            let rows = self.surveyed.rows(self.works.org, EVER)?;
            loaded.ids = rows.into_iter().map(|row| row.id).collect();
        }
        Ok(loaded)
    }
}

/// Where pages are made.
struct Press<'a> {
    site: &'a Site<'a>,
    stage: &'a Stage<'a>,
}

impl Press<'_> {
    /// Renders the pages of a batch and puts each aside while it is at hand.
    fn make(&self, batch: &Batch<'_>, loaded: &Loaded<'_>) -> Result<Spent, UserError> {
        let both = |one: Spent, other: Spent| Ok(Spent { render: one.render + other.render, stage: one.stage + other.stage });
        batch.pages.par_iter().map(|page| self.make_one(page, loaded)).try_reduce(Spent::default, both)
    }

    fn make_one(&self, page: &Page, loaded: &Loaded<'_>) -> Result<Spent, UserError> {
        let started = Instant::now();
        let bytes = self.site.render(page, loaded)?;
        let render = started.elapsed();
        self.stage.put(&page.path, &bytes)?;
        Ok(Spent { render, stage: started.elapsed().saturating_sub(render) })
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
