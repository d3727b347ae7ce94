//! How targets do: what was last published to each, and what its public address shows now.

use std::thread;

use chrono::{DateTime, Utc};
use serde::Serialize;

use super::target::key;
use crate::config::Target;
use crate::domain::Slug;
use crate::error::UserError;
use crate::ops::Org;
use crate::publish::{Outcome, Reader, Records, Seen, Wanted};
use crate::site::Generation;
use crate::storage::Environment;

/// How the targets of an organization do.
#[derive(Clone, Debug, Serialize)]
pub struct StatusReport {
    /// The organization.
    pub org: Slug,
    /// Identity of the site as it was built here last; null where it was not.
    pub built: Option<Generation>,
    /// The moment that counted as now.
    pub at: DateTime<Utc>,
    /// In the order of org.toml.
    pub targets: Vec<TargetStatus>,
}

/// How one target does.
#[derive(Clone, Debug, Serialize)]
pub struct TargetStatus {
    /// Its name.
    pub name: String,
    /// Its address.
    pub to: String,
    /// Where visitors find it.
    pub url: Option<String>,
    /// `current`: what was built here last is there, and shows where that can be looked at; `behind`: an older site is there; `failed`: the
    /// last attempt failed; `different`: its address shows something else than was published; `unreachable`: its address shows nothing;
    /// `never`: nothing was published there from this folder.
    pub health: &'static str,
    /// The generation that was last published there from this folder.
    pub generation: Option<Generation>,
    /// When.
    pub published_at: Option<DateTime<Utc>>,
    /// How many seconds ago.
    pub age_s: Option<i64>,
    /// When it was last tried.
    pub tried_at: Option<DateTime<Utc>>,
    /// What came of that.
    pub outcome: Option<Outcome>,
    /// The generation that its address shows; null where it shows none or was not looked at.
    pub shown: Option<Generation>,
    /// Why it failed, or shows nothing.
    pub error: Option<String>,
}

/// How the targets do as of `now`, all looked at side by side.
///
/// # Errors
/// Usage where org.toml names no target.
pub fn status(org: &Org, now: DateTime<Utc>) -> anyhow::Result<StatusReport> {
    let targets = &org.settings.publish.targets;
    if targets.is_empty() {
        return Err(UserError::usage(format!("org.toml of `{}` names no target", org.folder.slug))
            .hint("write a section [[publish.target]] into it")
            .into());
    }
    let built = std::fs::read(org.folder.public().join("index.html")).ok().and_then(|page| Generation::of_page(&page));
    let records = Records::new(org.folder.dot_dir());
    let reader = Reader::of(&Environment::of_process());
    let one = &|target: &Target| of_target(target, &records, &reader, built.as_ref(), now);
    let targets = thread::scope(|scope| {
        let begun: Vec<_> =
            targets.iter().map(|target| (target, thread::Builder::new().spawn_scoped(scope, move || one(target)).ok())).collect();
        // Where the system gives no thread there is still this one.
        begun.into_iter().map(|(target, thread)| thread.and_then(|thread| thread.join().ok()).unwrap_or_else(|| one(target))).collect()
    });
    Ok(StatusReport { org: org.folder.slug.clone(), built, at: now, targets })
}

fn of_target(target: &Target, records: &Records, reader: &Reader, built: Option<&Generation>, now: DateTime<Utc>) -> TargetStatus {
    let record = records.read(&key(target));
    let mut status = TargetStatus {
        name: target.name.clone(),
        to: target.to.to_string(),
        url: target.url.clone(),
        health: "never",
        generation: None,
        published_at: None,
        age_s: None,
        tried_at: None,
        outcome: None,
        shown: None,
        error: None,
    };
    if let Some(record) = record {
        status.health = match record.outcome {
            Outcome::Failed => "failed",
            _ if record.generation.as_ref() == built => "current",
            _ => "behind",
        };
        status.age_s = record.published_at.map(|at| (now - at).num_seconds());
        (status.published_at, status.tried_at) = (record.published_at, Some(record.tried_at));
        (status.generation, status.outcome, status.error) = (record.generation, Some(record.outcome), record.error);
    }
    let Some(url) = &target.url else { return status };
    let Some(wanted) = status.generation.clone() else { return status };
    let is_well = status.health != "failed";
    let health = match reader.look(url, &Wanted::generation(wanted.clone())) {
        Seen::Wanted => {
            // What had not shown in time shows now.
            status.error = status.error.take().filter(|_| !is_well);
            status.shown = Some(wanted);
            None
        }
        Seen::Other { generation } => {
            status.shown = generation;
            Some("different")
        }
        Seen::Nothing { why } => {
            status.error.get_or_insert(why);
            Some("unreachable")
        }
    };
    status.health = health.filter(|_| is_well).unwrap_or(status.health);
    status
}
