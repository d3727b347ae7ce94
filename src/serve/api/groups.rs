//! `/api/groups`

use crate::ops;
use crate::serve::api::answer::Answer;
use crate::serve::api::bodies::{GroupChange, NewGroup};
use crate::serve::api::call::Call;
use crate::serve::api::failure::Failure;

/// Where groups are.
const PATH: &str = "/api/groups";

pub(super) fn list(call: &mut Call<'_>) -> Result<Answer, Failure> {
    let page = call.page(None)?;
    let report = ops::group::list(&call.org, &page, call.now)?;
    let next = call.next(PATH, report.next.as_deref());
    Ok(Answer::of(&report)?.followed_by(next))
}

pub(super) fn add(call: &mut Call<'_>) -> Result<Answer, Failure> {
    let body: NewGroup = call.body()?;
    let deed = call.deed(body.at)?;
    Ok(Answer::written(ops::group::add(&mut call.org, &body.options(), &deed))?.made(PATH))
}

pub(super) fn show(call: &mut Call<'_>) -> Result<Answer, Failure> {
    Answer::thing(&ops::group::show(&call.org, &call.key(), call.now)?)
}

pub(super) fn edit(call: &mut Call<'_>) -> Result<Answer, Failure> {
    let body: GroupChange = call.body()?;
    let (deed, key) = (call.deed(body.at)?, call.key());
    Answer::written(ops::group::edit(&mut call.org, &key, &body.options(), &deed))
}

pub(super) fn remove(call: &mut Call<'_>) -> Result<Answer, Failure> {
    let (deed, key) = (call.deed_of_query()?, call.key());
    Ok(Answer::written(ops::group::remove(&mut call.org, &key, &deed))?.gone())
}
