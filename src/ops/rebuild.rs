//! Keeping sites built: again whenever data, theme, settings or the clock ask for it.
//!
//! Whoever keeps them built decides what time it is and hears of each build. A build that fails leaves the site as it was; it is tried
//! again when something changes.

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant, SystemTime};

use chrono::{DateTime, Utc};

use crate::config::{OrgFolder, Workspace};
use crate::domain::Slug;
use crate::ops::build::{self, BuildOptions, Progress};
use crate::ops::report::BuildReport;
use crate::watch::Changes;

/// How often it is looked whether a file has changed without a notice.
const LOOK: Duration = Duration::from_secs(2);

/// Where there are many organizations, each has so much time of its own: looking is only for notices that were lost, and must cost nothing.
const LOOK_AT_ONE: Duration = Duration::from_millis(10);

/// A build that failed is tried again after this time even where nothing changes: the disk may have room again.
const AGAIN: Duration = Duration::from_secs(30);

/// Which organizations are kept built.
#[derive(Clone, Debug)]
pub enum Which {
    /// All of a workspace, those that come later too.
    All(Workspace),
    /// One.
    One(OrgFolder),
}

impl Which {
    /// Their folders as they are now. One that is refused keeps no other out.
    pub fn folders(&self) -> Vec<OrgFolder> {
        match self {
            Self::All(workspace) => workspace.each_org().unwrap_or_default().into_iter().flatten().collect(),
            Self::One(folder) => vec![folder.clone()],
        }
    }
}

/// What is told to whoever keeps sites built.
pub struct Watched<'a> {
    /// The moment that counts as now.
    pub now: &'a (dyn Fn() -> anyhow::Result<DateTime<Utc>> + Sync),
    /// Told what came of each build.
    pub built: &'a (dyn Fn(&OrgFolder, anyhow::Result<BuildReport>) + Sync),
    /// Told the organizations there are, after each round of builds.
    pub round: &'a (dyn Fn(&[OrgFolder]) + Sync),
    /// Told how far the first builds are, in organizations.
    pub progress: Progress<'a>,
    /// Set where it shall end; poke the changes, too.
    pub stop: &'a AtomicBool,
}

/// What is known of an organization that is kept built.
struct Kept {
    folder: OrgFolder,
    seen: Vec<Option<Seen>>,
    /// When to build again without a change.
    due: Option<Due>,
}

/// When to build again.
enum Due {
    /// When the clock says so.
    At(DateTime<Utc>),
    /// After a while.
    After(Instant),
}

/// A file as it was when it was looked at.
type Seen = (u64, SystemTime);

/// Builds all of `which`, and each of them again whenever something asks for it, until it shall stop.
///
/// # Errors
/// Where the clock cannot be told, or nothing could ever end the wait.
pub fn keep_built(which: &Which, changes: &mut Changes, watched: &mut Watched<'_>) -> anyhow::Result<()> {
    let mut kept: BTreeMap<Slug, Kept> = BTreeMap::new();
    let mut first = true;
    let mut stale: BTreeSet<Slug> = BTreeSet::new();
    while !watched.stop.load(Ordering::Relaxed) {
        stale.extend(appear(which, changes, &mut kept));
        let now = (watched.now)()?;
        let is_due = |one: &Kept| match one.due {
            Some(Due::At(at)) => at <= now,
            Some(Due::After(at)) => at <= Instant::now(),
            None => false,
        };
        stale.extend(kept.iter_mut().filter_map(|(slug, one)| (one.looks_changed() || is_due(one)).then(|| slug.clone())));
        let folders: Vec<OrgFolder> = stale
            .iter()
            .filter_map(|slug| kept.get(slug))
            .filter(|one| one.folder.settings_file().exists())
            .map(|one| one.folder.clone())
            .collect();
        let quiet: Progress<'_> = &|_, _| {};
        let outcomes = build::all(&folders, &BuildOptions::default(), now, if first { watched.progress } else { quiet });
        for (folder, outcome) in folders.iter().zip(outcomes) {
            if let Some(one) = kept.get_mut(&folder.slug) {
                one.due = Some(outcome.as_ref().map_or_else(|_| Due::After(Instant::now() + AGAIN), |report| Due::At(report.valid_until)));
            }
            (watched.built)(folder, outcome);
        }
        first = false;
        (watched.round)(&kept.values().map(|one| one.folder.clone()).collect::<Vec<_>>());
        let paths = changes.wait(wait_for(&kept, now))?;
        stale = changed(&kept, &paths);
    }
    Ok(())
}

/// Brings `kept` in line with the organizations that are there now, and follows their folders: the new ones.
fn appear(which: &Which, changes: &mut Changes, kept: &mut BTreeMap<Slug, Kept>) -> Vec<Slug> {
    let folders = which.folders();
    kept.retain(|slug, _| folders.iter().any(|folder| folder.slug == *slug));
    let mut followed: Vec<(PathBuf, bool)> = Vec::new();
    if let Which::All(workspace) = which {
        followed.push((workspace.root.clone(), false));
    }
    let mut new = Vec::new();
    for folder in folders {
        // An organization that works alone is itself the root.
        if !followed.iter().any(|(dir, _)| *dir == folder.dir) {
            followed.push((folder.dir.clone(), false));
        }
        followed.push((folder.overrides(), true));
        if !kept.contains_key(&folder.slug) {
            new.push(folder.slug.clone());
            let mut one = Kept { seen: Vec::new(), due: None, folder };
            one.looks_changed();
            kept.insert(one.folder.slug.clone(), one);
        }
    }
    changes.follow(followed);
    new
}

/// The organizations that `paths` belong to, as far as these can change pages.
fn changed(kept: &BTreeMap<Slug, Kept>, paths: &[PathBuf]) -> BTreeSet<Slug> {
    let belongs = |one: &Kept, path: &Path| path.strip_prefix(&one.folder.dir).is_ok_and(can_matter);
    kept.iter().filter(|(_, one)| paths.iter().any(|path| belongs(one, path))).map(|(slug, _)| slug.clone()).collect()
}

/// Pictures that an organization's logo can be.
const PICTURES: &[&str] = &["svg", "png", "webp", "jpg", "jpeg"];

/// Whether the file of this path in an organization's folder can change its pages. Whatever else somebody keeps there, such as the log of
/// what is built, must not make it build again.
fn can_matter(path: &Path) -> bool {
    let name = path.file_name().map(OsStr::to_string_lossy).unwrap_or_default();
    let first = path.components().next().map(|first| first.as_os_str().to_string_lossy()).unwrap_or_default();
    match first.as_ref() {
        // Editors write beside a file what they then put in its place.
        "overrides" => !name.starts_with('.') && !name.ends_with('~'),
        "public" | ".statuary" => false,
        ORG_FILE | DATABASE => true,
        _ => path.extension().is_some_and(|ending| PICTURES.contains(&ending.to_string_lossy().to_lowercase().as_str())),
    }
}

const ORG_FILE: &str = "org.toml";
const DATABASE: &str = "org.db";

/// How long to wait for a change: until the next look, or the next build that the clock asks for.
fn wait_for(kept: &BTreeMap<Slug, Kept>, now: DateTime<Utc>) -> Duration {
    let next = kept.values().filter_map(|one| match one.due {
        Some(Due::At(at)) => (at - now).to_std().ok(),
        Some(Due::After(at)) => Some(at.saturating_duration_since(Instant::now())),
        None => None,
    });
    // Never so short that a clock that stands still keeps the machine busy.
    let look = LOOK.max(LOOK_AT_ONE * u32::try_from(kept.len()).unwrap_or(u32::MAX));
    next.min().unwrap_or(look).clamp(Duration::from_millis(100), look)
}

impl Kept {
    /// Whether one of its main files has changed since the last look.
    fn looks_changed(&mut self) -> bool {
        let look = |path: PathBuf| path.metadata().ok().and_then(|about| Some((about.len(), about.modified().ok()?)));
        let seen: Vec<Option<Seen>> = vec![look(self.folder.settings_file()), look(self.folder.database())];
        let changed = !self.seen.is_empty() && seen != self.seen;
        self.seen = seen;
        changed
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_pages_are_made_from_makes_them_anew() {
        for (path, matters) in [
            ("org.toml", true),
            ("org.db", true),
            ("images/Logo.SVG", true),
            ("overrides", true),
            ("overrides/templates/home.html", true),
            ("overrides/.home.html.swp", false),
            ("overrides/home.html~", false),
            ("org.db-journal", false),
            ("org.db.schema-3.backup", false),
            (".statuary/lock", false),
            ("public/assets/logo.svg", false),
            ("dump.json", false),
            ("serve.log", false),
            ("", false),
        ] {
            assert_eq!(can_matter(Path::new(path)), matters, "{path}");
        }
    }
}
