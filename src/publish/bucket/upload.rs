//! The uploads themselves, side by side, under a claim that is kept alive.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use chrono::TimeDelta;

use super::Bucketful;
use super::plan::{Plan, Upload, in_the_way, turn_of};
use super::state::{self, Claim, Kept, State};
use crate::error::{Kind, UserError};
use crate::publish::{Parcel, Progress};
use crate::site::SitePath;
use crate::storage::{Condition, Etag, Put, Written};

/// The metadata by which an object is known as ours.
pub(super) const MADE_BY: &str = "statuary-site";

/// For how long a claim counts without being renewed.
const LEASE: TimeDelta = TimeDelta::minutes(5);

/// How old a claim becomes before it is renewed.
const RENEW: Duration = Duration::from_secs(60);

/// How many files are uploaded at once.
const SIDE_BY_SIDE: usize = 12;

/// How many objects are deleted before the claim is looked at again: those that are deleted side by side.
const DELETED_AT_ONCE: usize = 8;

/// How often an upload is tried again whose object somebody has changed.
const TRIES: usize = 4;

/// A claim that is held.
pub(super) struct Keeper<'a> {
    to: &'a Bucketful<'a>,
    parcel: &'a Parcel,
    held: Mutex<Held>,
}

struct Held {
    /// What the bucket holds by now, with the claim in it.
    state: State,
    /// Version of the state there.
    etag: Etag,
    renewed: Instant,
}

impl<'a> Keeper<'a> {
    /// Claims the bucket, where its state is still the one that is `known`.
    pub(super) fn claim(
        to: &'a Bucketful<'a>,
        mut state: State,
        plan: &Plan<'_>,
        parcel: &'a Parcel,
        known: Option<&Etag>,
    ) -> Result<Self, UserError> {
        let renewed = Instant::now();
        state.planned = plan.uploads.iter().filter(|upload| upload.old.is_none()).map(|upload| upload.file.path.clone()).collect();
        state.head.claim = Some(claim(to, parcel));
        let etag = to.put_state(&state, known)?;
        Ok(Self { to, parcel, held: Mutex::new(Held { state, etag, renewed }) })
    }

    /// Claims it anew, which fails where somebody else has taken it over.
    fn renew(&self, held: &mut Held) -> Result<(), UserError> {
        let renewed = Instant::now();
        held.state.head.claim = Some(claim(self.to, self.parcel));
        held.etag = self.to.put_state(&held.state, Some(&held.etag))?;
        held.renewed = renewed;
        Ok(())
    }

    /// Deletes what nobody needs any more. Somebody who has taken the claim over may need it: no more is deleted then.
    pub(super) fn delete(&self, paths: &[SitePath]) -> Result<(), UserError> {
        for (turn, some) in paths.chunks(DELETED_AT_ONCE).enumerate() {
            if turn == 0 {
                // From here on nobody can take it over for longer than some deletions may take.
                self.renew(&mut self.held())?;
            } else {
                self.keep().and_then(|()| self.must_hold()).map_err(some_are_gone)?;
            }
            self.to.bucket.delete(&some.iter().map(SitePath::as_str).collect::<Vec<_>>())?;
        }
        Ok(())
    }

    /// Lets it run out, where it is still ours, so that others need not wait. Whoever takes it over looks for what came of it.
    pub(super) fn give_back(&self) {
        let mut held = self.held();
        held.state.head.claim = Some(Claim { until: self.to.now - LEASE, ..claim(self.to, self.parcel) });
        // Where that fails it runs out later.
        drop(self.to.put_state(&held.state, Some(&held.etag)));
    }

    /// Says that everything is there.
    pub(super) fn finish(self, plan: &Plan<'_>) -> Result<(), UserError> {
        let generation = &self.parcel.generation;
        let mut held = self.held.into_inner().unwrap_or_else(PoisonError::into_inner);
        plan.apply(&mut held.state, generation);
        held.state.planned.clear();
        held.state.head.claim = None;
        held.state.head.generation = Some(generation.clone());
        held.state.head.published_at = Some(self.to.now);
        let put = self.to.put_state(&held.state, Some(&held.etag)).map(drop);
        if plan.deletions.is_empty() { put } else { put.map_err(some_are_gone) }
    }

    fn held(&self) -> MutexGuard<'_, Held> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Renews the claim where it has become old; fails where the publishing is to end.
    fn keep(&self) -> Result<(), UserError> {
        if self.to.uploaders.are_ending() {
            return Err(ended());
        }
        let mut held = self.held();
        if held.renewed.elapsed() > RENEW { self.renew(&mut held) } else { Ok(()) }
    }

    /// Fails where somebody else has taken the claim over.
    fn must_hold(&self) -> Result<(), UserError> {
        let held = self.held();
        match self.to.bucket.head(state::NAME)? {
            Some(about) if about.etag == held.etag => Ok(()),
            _ => Err(self.to.defeated()),
        }
    }

    fn upload(&self, upload: &Upload<'_>) -> anyhow::Result<()> {
        self.keep()?;
        let path = &upload.file.path;
        let body = upload.shape.body(self.parcel.read(upload.file)?)?;
        let metadata = [(MADE_BY, self.parcel.generation.as_str())];
        let mut condition = upload.old.clone().map_or(Condition::Absent, Condition::Is);
        for _ in 0..TRIES {
            let put = Put {
                body: &body,
                content_type: Some(upload.shape.content_type),
                cache_control: Some(upload.shape.cache_control),
                content_encoding: upload.shape.packed.then_some("gzip"),
                metadata: &metadata,
                condition,
            };
            if let Written::Done(etag) = self.to.bucket.put(path.as_str(), &put)? {
                self.note(upload, etag);
                return Ok(());
            }
            // Looked at first: what a publisher who takes the claim from here on writes is another version than the one that is seen here.
            let there = self.to.bucket.head(path.as_str())?;
            self.must_hold()?;
            // The claim is ours, so that somebody has changed this object by hand.
            condition = match there {
                None => Condition::Absent,
                Some(there) if upload.old.is_some() || there.metadata.contains_key(MADE_BY) => Condition::Is(there.etag),
                Some(_) => return Err(in_the_way(self.to, path).into()),
            };
        }
        Err(UserError::failed(format!("`{}/{path}` is changed by somebody all the time", self.to.bucket.address())).into())
    }

    fn note(&self, upload: &Upload<'_>, etag: Etag) {
        let kept = Kept { made: Some(upload.shape.digest(upload.file.content)), etag, gone: None };
        self.held().state.objects.insert(upload.file.path.clone(), kept);
    }
}

/// For a publishing that is to end.
pub(super) fn ended() -> UserError {
    UserError::failed("the publishing was ended")
}

/// A defeat after which nobody can say that nothing was deleted.
fn some_are_gone(error: UserError) -> UserError {
    match error.kind {
        Kind::Conflict => error.hint("publish again when that has ended"),
        _ => error,
    }
}

fn claim(to: &Bucketful<'_>, parcel: &Parcel) -> Claim {
    Claim { by: to.by.to_owned(), generation: parcel.generation.clone(), until: to.time() + LEASE }
}

/// Uploads everything of the plan, one kind after the other.
pub(super) fn upload_all(keeper: &Keeper<'_>, plan: &Plan<'_>, progress: Progress<'_>) -> anyhow::Result<()> {
    let done = AtomicUsize::new(0);
    let all = plan.uploads.len();
    for (turn, kind) in plan.uploads.chunk_by(|left, right| turn_of(left) == turn_of(right)).enumerate() {
        if turn > 0 {
            // What is new has no version that could tell that somebody else has taken the claim over.
            keeper.must_hold()?;
        }
        let (next, failed) = (AtomicUsize::new(0), AtomicBool::new(false));
        let failure: Mutex<Option<anyhow::Error>> = Mutex::default();
        let work = || {
            while !failed.load(Ordering::Relaxed)
                && let Some(upload) = kind.get(next.fetch_add(1, Ordering::Relaxed))
            {
                match keeper.upload(upload) {
                    Ok(()) => progress(done.fetch_add(1, Ordering::Relaxed) + 1, all),
                    Err(error) => {
                        failed.store(true, Ordering::Relaxed);
                        failure.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert(error);
                    }
                }
            }
        };
        std::thread::scope(|scope| {
            for _ in 1..kind.len().min(SIDE_BY_SIDE) {
                // Where the system gives no thread there is still this one.
                let _ = std::thread::Builder::new().spawn_scoped(scope, work);
            }
            work();
        });
        if let Some(error) = failure.into_inner().unwrap_or_else(PoisonError::into_inner) {
            return Err(error);
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use chrono::{DateTime, Utc};

    use super::*;
    use crate::publish::{HeaderRules, Uploaders};
    use crate::storage::{Bucket, Environment, Settings};

    #[test]
    fn a_claim_is_good_until_the_publishing_is_to_end_and_counts_from_its_moment() {
        let keys = [("AWS_ACCESS_KEY_ID", "k"), ("AWS_SECRET_ACCESS_KEY", "s"), ("AWS_REGION", "us-east-1")];
        let environment = Environment::new(keys.map(|(name, value)| (name.to_owned(), value.to_owned())), None);
        let bucket = Bucket::open(&"s3://pages/acme".parse().unwrap(), &Settings::default(), &environment).unwrap();
        let now: DateTime<Utc> = "2026-11-22T12:00:00Z".parse().unwrap();
        let uploaders = Uploaders::default();
        let building = Duration::from_secs(4);
        let since = Instant::now().checked_sub(building).unwrap();
        let to = Bucketful { bucket: &bucket, by: "me", now, since, compress: false, check: false, dry_run: false, uploaders: &uploaders };
        let parcel = Parcel {
            site: "page".into(),
            root: "/site".into(),
            generation: "0123456789abcdef".parse().unwrap(),
            files: Vec::new(),
            headers: HeaderRules::default(),
        };
        let until = claim(&to, &parcel).until;
        assert!(until >= now + building + LEASE, "{until}");
        let held = Held { state: State::new(&parcel.site), etag: Etag::new("1").unwrap(), renewed: Instant::now() };
        let keeper = Keeper { to: &to, parcel: &parcel, held: Mutex::new(held) };
        assert!(keeper.keep().is_ok());
        uploaders.ask_to_end();
        assert_eq!(keeper.keep().unwrap_err().message, "the publishing was ended");
    }
}
