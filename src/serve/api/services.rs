//! `/api/services`

use crate::ops;
use crate::ops::service::SetStatus;
use crate::serve::api::answer::Answer;
use crate::serve::api::bodies::{NewService, ServiceChange, ServiceStatusGiven};
use crate::serve::api::call::Call;
use crate::serve::api::failure::Failure;

/// Where services are.
const PATH: &str = "/api/services";

pub(super) fn list(call: &mut Call<'_>) -> Result<Answer, Failure> {
    let page = call.page(None)?;
    let report = ops::service::list(&call.org, &page, call.now)?;
    let next = call.next(PATH, report.next.as_deref());
    Ok(Answer::of(&report)?.followed_by(next))
}

pub(super) fn add(call: &mut Call<'_>) -> Result<Answer, Failure> {
    let body: NewService = call.body()?;
    let deed = call.deed(body.at)?;
    let slug = body.slug.clone();
    Ok(Answer::written(ops::service::add(&mut call.org, &slug, &body.settings(), &deed))?.made(PATH))
}

pub(super) fn show(call: &mut Call<'_>) -> Result<Answer, Failure> {
    Answer::thing(&ops::service::show(&call.org, &call.key(), call.now)?)
}

pub(super) fn edit(call: &mut Call<'_>) -> Result<Answer, Failure> {
    let body: ServiceChange = call.body()?;
    let (deed, key) = (call.deed(body.at)?, call.key());
    Answer::written(ops::service::edit(&mut call.org, &key, &body.settings(), &deed))
}

pub(super) fn remove(call: &mut Call<'_>) -> Result<Answer, Failure> {
    let (deed, key) = (call.deed_of_query()?, call.key());
    Ok(Answer::written(ops::service::remove(&mut call.org, &key, &deed))?.gone())
}

pub(super) fn status(call: &mut Call<'_>) -> Result<Answer, Failure> {
    let body: ServiceStatusGiven = call.body()?;
    let deed = call.deed(body.at)?;
    let options = SetStatus { service: call.key(), status: body.status, message: body.message };
    Answer::written(ops::service::set_status(&mut call.org, &options, &deed))
}
