//! Object storage: uploads what has changed, in an order that keeps every link whole, and lets one publisher win.
//!
//! - **Claim.** [`state`] tells what the bucket holds. It is replaced by a claim on the condition that it is as it was when this publishing
//!   began; of several publishers that began with the same state one does that, and the others stop before they have written anything.
//! - **Fence.** Every upload has a condition: the version that the state told, or that there is nothing. So a publisher that has lost its
//!   claim, having slept too long, cannot write over what the winner wrote, and finds out. The claim is also looked at before each kind of
//!   uploads and, since hosts do not agree on conditions of deletions, before every few of these.
//! - **Order.** New files come first, since nothing that visitors can reach leads to them; then those that are replaced, each kind after what
//!   it leads to; the home page last. What a generation no longer has stays for one more and is deleted then.
//! - **Ours.** Only what the state lists is replaced or deleted. Somebody else's object where a page has to go is a conflict.
//! - **Interruptions.** A claim from the same folder, or one that has run out, is taken over: one listing tells what came of it.
//!   A publishing that is ended lets its claim run out at once.

mod order;
mod plan;
mod state;
mod upload;

use std::collections::HashMap;
use std::time::Instant;

use chrono::{DateTime, TimeDelta, Utc};

pub(super) use order::{removal_turn, turn};

use crate::error::UserError;
use crate::publish::{Changed, Moved, Parcel, Progress, Uploaders};
use crate::site::SitePath;
use crate::storage::{Bucket, Condition, Etag, Found, Listed, Put, Written};
use plan::Plan;
use state::State;
use upload::{Keeper, upload_all};

/// How long after its end a claim still counts, since clocks differ.
const CLOCKS_DIFFER: TimeDelta = TimeDelta::minutes(1);

/// Where and how a site is published.
#[derive(Clone, Copy, Debug)]
pub struct Bucketful<'a> {
    /// The prefix of a bucket.
    pub bucket: &'a Bucket,
    /// Whoever publishes: the same for all publishings from one folder, and nobody else's.
    pub by: &'a str,
    /// The moment that counted as now when the clock was read.
    pub now: DateTime<Utc>,
    /// When that was: leases count from the moment of each claim.
    pub since: Instant,
    /// Whether texts are stored compressed.
    pub compress: bool,
    /// Whether what the bucket holds is compared with what it is said to hold.
    pub check: bool,
    /// Only say what would change.
    pub dry_run: bool,
    /// Through these it is told that it is to end.
    pub uploaders: &'a Uploaders,
}

/// What a bucket was found to hold when a publishing began.
#[derive(Debug)]
pub struct Holding {
    state: Option<(State, Etag)>,
}

impl Bucketful<'_> {
    /// What the bucket holds: to be asked for as early as possible, since whoever publishes after that is noticed.
    ///
    /// # Errors
    /// Conflict where somebody else publishes just now, or for another page's site; failed where the host cannot be reached.
    pub fn look(&self, site: &str) -> Result<Holding, UserError> {
        let found = match self.bucket.get(state::NAME, None, state::LARGEST)? {
            Found::Object(object) => object,
            Found::Same | Found::Nothing => return Ok(Holding { state: None }),
        };
        let state = State::parse(&found.body)?;
        if state.head.site != site {
            return Err(UserError::conflict(format!("`{}` holds the site of another page", self.bucket.address()))
                .hint("publish each organization below a prefix of its own"));
        }
        if state.head.claim.as_ref().is_some_and(|claim| claim.by != self.by && claim.until + CLOCKS_DIFFER > self.time()) {
            return Err(self.defeated());
        }
        Ok(Holding { state: Some((state, found.about.etag)) })
    }

    /// The moment that counts as now by now.
    fn time(&self) -> DateTime<Utc> {
        self.now + TimeDelta::from_std(self.since.elapsed()).unwrap_or_default()
    }

    fn defeated(&self) -> UserError {
        UserError::conflict(format!("somebody else publishes to `{}`", self.bucket.address()))
            .hint("nothing was deleted; publish again when that has ended")
    }

    /// Puts the state, where it is still the one that was known.
    fn put_state(&self, state: &State, known: Option<&Etag>) -> Result<Etag, UserError> {
        let condition = known.map_or(Condition::Absent, |etag| Condition::Is(etag.clone()));
        let body = state.to_bytes()?;
        let put = Put { body: &body, content_type: Some("application/gzip"), cache_control: Some("no-store"), condition, ..Put::default() };
        match self.bucket.put(state::NAME, &put)? {
            Written::Done(etag) => Ok(etag),
            Written::Defeated => Err(self.defeated()),
        }
    }

    /// Everything below the prefix, by path; what no page of a site can be called is left out.
    fn listing(&self) -> Result<HashMap<SitePath, Listed>, UserError> {
        let listed = self.bucket.list("")?;
        Ok(listed.into_iter().filter_map(|one| Some((SitePath::new(&one.name).ok()?, one))).collect())
    }
}

/// Makes the bucket hold the parcel's site, `holding` being what it held when this publishing began.
///
/// # Errors
/// Conflict where somebody else was faster or something else is in the way; failed where the host refuses;
/// [`super::Changed`] where the site has changed meanwhile.
pub fn publish(to: &Bucketful<'_>, holding: &Holding, parcel: &Parcel, progress: Progress<'_>) -> anyhow::Result<Moved> {
    let known = holding.state.as_ref();
    let mut state = known.map_or_else(|| State::new(&parcel.site), |(state, _)| state.clone());
    let abandoned = state.head.claim.take();
    let is_first = known.is_none();
    let listing = if is_first || abandoned.is_some() || to.check { Some(to.listing()?) } else { None };
    if let Some(listing) = &listing {
        plan::reconcile(to, &mut state, listing, parcel, abandoned.as_ref())?;
    }
    let plan = Plan::of(to, &state, parcel);
    let moved = Moved {
        written: plan.uploads.len(),
        kept: parcel.files.len() - plan.uploads.len(),
        removed: plan.deletions.len(),
        previous: state.head.generation.clone(),
        said: Vec::new(),
    };
    let is_there = state.head.generation.as_ref() == Some(&parcel.generation) && abandoned.is_none();
    if to.dry_run || (is_there && plan.is_empty()) {
        return Ok(moved);
    }
    // From here on there may be something in the bucket that is to be taken back.
    let claimed = to.uploaders.claim().ok_or_else(upload::ended)?;
    if is_first && !to.bucket.honours_conditions()? {
        return Err(UserError::failed(format!("the host of `{}` passes over conditions of writes", to.bucket.address()))
            .hint("two publishers could mix their sites there; choose a host with conditional writes")
            .into());
    }
    let keeper = Keeper::claim(to, state, &plan, parcel, known.map(|(_, etag)| etag))?;
    let mut uploaded = upload_all(&keeper, &plan, progress);
    if uploaded.is_ok() && !plan.deletions.is_empty() && to.uploaders.are_ending() {
        uploaded = Err(upload::ended().into());
    }
    // Nothing of ours is on its way now. After a deletion something may be, and it must not meet what somebody else has put there.
    if uploaded.as_ref().is_err_and(|error| to.uploaders.are_ending() || error.is::<Changed>()) {
        keeper.give_back();
    }
    uploaded?;
    keeper.delete(&plan.deletions)?;
    keeper.finish(&plan)?;
    drop(claimed);
    Ok(moved)
}
