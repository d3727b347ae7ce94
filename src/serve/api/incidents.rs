//! `/api/incidents`

use std::collections::BTreeMap;

use crate::error::UserError;
use crate::ops;
use crate::ops::incident::ListIncidents;
use crate::ops::report::UpdateReport;
use crate::serve::api::answer::Answer;
use crate::serve::api::bodies::{IncidentChange, IncidentUpdate, IncidentUpdateChange, NewIncident, Publication, Step};
use crate::serve::api::call::{Call, SHOWN};
use crate::serve::api::failure::Failure;

/// Where incidents are.
const PATH: &str = "/api/incidents";

pub(super) fn list(call: &mut Call<'_>) -> Result<Answer, Failure> {
    let options = ListIncidents {
        open: call.query.flag("open")?,
        all: false,
        service: call.query.text("service").map(str::to_owned),
        since: call.query.moment("since")?,
        page: call.page(Some(SHOWN))?,
    };
    let report = ops::incident::list(&call.org, &options)?;
    let next = call.next(PATH, report.next.as_deref());
    Ok(Answer::of(&report)?.followed_by(next))
}

pub(super) fn open(call: &mut Call<'_>) -> Result<Answer, Failure> {
    let body: NewIncident = call.body()?;
    let deed = call.deed(body.at)?;
    Ok(Answer::written(ops::incident::open(&mut call.org, &body.options()?, &deed))?.made(PATH))
}

pub(super) fn show(call: &mut Call<'_>) -> Result<Answer, Failure> {
    Answer::thing(&ops::incident::show(&call.org, &call.key())?)
}

pub(super) fn edit(call: &mut Call<'_>) -> Result<Answer, Failure> {
    let body: IncidentChange = call.body()?;
    let (deed, key) = (call.deed(body.at)?, call.key());
    Answer::written(ops::incident::edit(&mut call.org, &key, &body.options(), &deed))
}

pub(super) fn remove(call: &mut Call<'_>) -> Result<Answer, Failure> {
    let (deed, key) = (call.deed_of_query()?, call.key());
    Ok(Answer::written(ops::incident::remove(&mut call.org, &key, &deed))?.gone())
}

pub(super) fn publish(call: &mut Call<'_>) -> Result<Answer, Failure> {
    let body: Publication = call.body_or_default()?;
    let (deed, key) = (call.deed(body.at)?, call.key());
    Answer::written(ops::incident::publish(&mut call.org, &key, &deed))
}

pub(super) fn resolve(call: &mut Call<'_>) -> Result<Answer, Failure> {
    let body: Step = call.body_or_default()?;
    let (deed, key) = (call.deed(body.at)?, call.key());
    Answer::written(ops::incident::resolve(&mut call.org, &key, body.message()?.as_ref(), &deed))
}

pub(super) fn postmortem(call: &mut Call<'_>) -> Result<Answer, Failure> {
    let body: Step = call.body()?;
    let (deed, key) = (call.deed(body.at)?, call.key());
    Answer::written(ops::incident::postmortem(&mut call.org, &key, body.message()?.as_ref(), &deed))
}

pub(super) fn updates(call: &mut Call<'_>) -> Result<Answer, Failure> {
    told(&ops::incident::show(&call.org, &call.key())?.updates)
}

pub(super) fn update(call: &mut Call<'_>) -> Result<Answer, Failure> {
    let body: IncidentUpdate = call.body()?;
    let (deed, key) = (call.deed(body.at)?, call.key());
    Ok(Answer::written(ops::incident::update(&mut call.org, &key, &body.options()?, &deed))?.made(PATH))
}

pub(super) fn show_update(call: &mut Call<'_>) -> Result<Answer, Failure> {
    let (key, number) = (call.key(), call.number()?);
    let incident = ops::incident::show(&call.org, &key)?;
    let update = incident.updates.iter().find(|update| update.number == number);
    let update = update.ok_or_else(|| UserError::not_found(format!("incident `{key}` has no update {number}")))?;
    Answer::of(update)
}

pub(super) fn edit_update(call: &mut Call<'_>) -> Result<Answer, Failure> {
    let body: IncidentUpdateChange = call.body()?;
    let (deed, key, number) = (call.deed(body.at)?, call.key(), call.number()?);
    Answer::written(ops::incident::edit_update(&mut call.org, &key, number, &body.options(), &deed))
}

/// Updates under a name, since a bare list could never gain a field.
pub(super) fn told(updates: &[UpdateReport]) -> Result<Answer, Failure> {
    Answer::of(&BTreeMap::from([("updates", updates)]))
}
