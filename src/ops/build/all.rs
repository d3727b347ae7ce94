//! Building many organizations: big ones one after another with every processor, small ones side by side with one processor each.
//!
//! What they share is only the theme, read once. One that fails keeps no other from being built.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::thread;

use chrono::{DateTime, Utc};
use rayon::ThreadPoolBuilder;

use super::{BuildOptions, Progress, build_in};
use crate::config::OrgFolder;
use crate::error::UserError;
use crate::ops::report::BuildReport;
use crate::ops::{self, Org};
use crate::theme::Theme;

/// Bytes of a database from which on one build keeps every processor busy: some thousand incidents.
const BIG: u64 = 8 << 20;

/// Builds the sites of these organizations as of `now`, each into its own folder, and says of each what came of it, in their order.
/// `progress` is told how many of them are done.
///
/// What one of them fails with is among the outcomes, and keeps no other from being built.
pub fn all(folders: &[OrgFolder], options: &BuildOptions, now: DateTime<Utc>, progress: Progress<'_>) -> Vec<anyhow::Result<BuildReport>> {
    let (themes, done) = (Themes::default(), AtomicUsize::new(0));
    let outcomes: Vec<OnceLock<anyhow::Result<BuildReport>>> = folders.iter().map(|_| OnceLock::new()).collect();
    let one = |place: usize| {
        let (Some(folder), Some(outcome)) = (folders.get(place), outcomes.get(place)) else { return };
        outcome.get_or_init(|| {
            let org = Org::open(folder.clone())?;
            build_in(&org, &*themes.of(&org)?, options, now, &|_, _| {})
        });
        progress(done.fetch_add(1, Ordering::Relaxed) + 1, folders.len());
    };
    let is_big = |place: &usize| folders.get(*place).is_some_and(|folder| folder.database().metadata().is_ok_and(|file| file.len() >= BIG));
    let (big, small): (Vec<usize>, Vec<usize>) = (0..folders.len()).partition(is_big);
    big.into_iter().for_each(one);
    side_by_side(&small, one);
    let made = outcomes.into_iter().map(|outcome| outcome.into_inner().unwrap_or_else(|| Err(UserError::failed("was not built").into())));
    made.collect()
}

/// Does `one` for each place, on as many threads as there are processors. What those compute in parallel within one place, they do
/// themselves: to hand it to each other would cost more than it is worth.
fn side_by_side(places: &[usize], one: impl Fn(usize) + Sync) {
    let next = AtomicUsize::new(0);
    let work = || {
        while let Some(place) = places.get(next.fetch_add(1, Ordering::Relaxed)) {
            one(*place);
        }
    };
    let alone = || {
        let _pool = ThreadPoolBuilder::new().num_threads(1).use_current_thread().build();
        work();
    };
    thread::scope(|side| {
        let threads = rayon::current_num_threads().min(places.len());
        let begun: Vec<_> = (0..threads).map(|_| thread::Builder::new().spawn_scoped(side, alone)).collect();
        // Where the system gives no thread there is still this one.
        if begun.iter().all(Result::is_err) {
            work();
        }
    });
}

/// A theme's name and the languages it speaks.
type ThemeKey = (String, Vec<String>);

/// Themes without an organization's own files, each read once.
#[derive(Default)]
struct Themes {
    read: Mutex<BTreeMap<ThemeKey, Arc<Theme>>>,
}

impl Themes {
    /// The theme an organization uses.
    fn of(&self, org: &Org) -> Result<Arc<Theme>, UserError> {
        if org.folder.overrides().exists() {
            return ops::theme::load(&org.folder, &org.settings).map(Arc::new);
        }
        let mut read = self.read.lock().unwrap_or_else(PoisonError::into_inner);
        let key = (org.settings.theme.clone(), org.settings.languages.clone());
        if let Some(theme) = read.get(&key) {
            return Ok(Arc::clone(theme));
        }
        let theme = Arc::new(ops::theme::load(&org.folder, &org.settings)?);
        read.insert(key, Arc::clone(&theme));
        Ok(theme)
    }
}
