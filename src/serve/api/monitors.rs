//! `/api/checks` and `/api/ingest`: what monitors find and what they alert to.

use crate::domain::AlertSource;
use crate::error::{Kind, UserError};
use crate::ops;
use crate::ops::Deed;
use crate::serve::api::answer::Answer;
use crate::serve::api::bodies::CheckFound;
use crate::serve::api::call::Call;
use crate::serve::api::failure::Failure;

pub(super) fn check(call: &mut Call<'_>) -> Result<Answer, Failure> {
    let body: CheckFound = call.body()?;
    let (deed, key, result) = (machine(call), call.key(), body.result(call.now));
    Answer::of(&ops::check::record(&mut call.org, &key, &[result], &deed)?)
}

pub(super) fn ingest(call: &mut Call<'_>) -> Result<Answer, Failure> {
    call.refuse_other_than_json()?;
    let kind: AlertSource = call.key().parse().map_err(|error: UserError| UserError { kind: Kind::NotFound, ..error })?;
    let deed = machine(call);
    Answer::of(&ops::ingest::ingest(&mut call.org, kind, &call.request.body, &deed)?)
}

/// Results and alerts are known by what they are: the same ones sent again say nothing new, without a key.
fn machine(call: &Call<'_>) -> Deed {
    Deed::new(call.who.actor.as_str(), call.now)
}
