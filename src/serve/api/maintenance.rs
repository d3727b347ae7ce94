//! `/api/maintenance`

use crate::ops;
use crate::ops::maintenance::MaintenanceList;
use crate::ops::message::Message;
use crate::ops::report::{MaintenanceReport, Written};
use crate::ops::{Deed, Org};
use crate::serve::api::answer::Answer;
use crate::serve::api::bodies::{MaintenanceChange, MaintenanceUpdate, NewMaintenance, Step};
use crate::serve::api::call::{Call, SHOWN};
use crate::serve::api::failure::Failure;
use crate::serve::api::incidents::told;

/// Where maintenances are.
const PATH: &str = "/api/maintenance";

pub(super) fn list(call: &mut Call<'_>) -> Result<Answer, Failure> {
    let page = call.page(Some(SHOWN))?;
    let wanted = MaintenanceList { page, every_date: true };
    let report = ops::maintenance::list(&call.org, &wanted, call.now)?;
    let next = call.next(PATH, report.next.as_deref());
    Ok(Answer::of(&report)?.followed_by(next))
}

pub(super) fn schedule(call: &mut Call<'_>) -> Result<Answer, Failure> {
    let body: NewMaintenance = call.body()?;
    let deed = call.deed(body.at)?;
    Ok(Answer::written(ops::maintenance::schedule(&mut call.org, &body.options()?, &deed))?.made(PATH))
}

pub(super) fn show(call: &mut Call<'_>) -> Result<Answer, Failure> {
    Answer::thing(&ops::maintenance::show(&call.org, &call.key(), call.now)?)
}

pub(super) fn edit(call: &mut Call<'_>) -> Result<Answer, Failure> {
    let body: MaintenanceChange = call.body()?;
    let (deed, key) = (call.deed(body.at)?, call.key());
    Answer::written(ops::maintenance::edit(&mut call.org, &key, &body.options(), &deed))
}

pub(super) fn remove(call: &mut Call<'_>) -> Result<Answer, Failure> {
    let (deed, key) = (call.deed_of_query()?, call.key());
    Ok(Answer::written(ops::maintenance::remove(&mut call.org, &key, &deed))?.gone())
}

pub(super) fn updates(call: &mut Call<'_>) -> Result<Answer, Failure> {
    told(&ops::maintenance::show(&call.org, &call.key(), call.now)?.updates)
}

pub(super) fn update(call: &mut Call<'_>) -> Result<Answer, Failure> {
    let body: MaintenanceUpdate = call.body()?;
    let (deed, key) = (call.deed(body.at)?, call.key());
    Ok(Answer::written(ops::maintenance::update(&mut call.org, &key, &body.options()?, &deed))?.made(PATH))
}

pub(super) fn start(call: &mut Call<'_>) -> Result<Answer, Failure> {
    step(call, ops::maintenance::start)
}

pub(super) fn complete(call: &mut Call<'_>) -> Result<Answer, Failure> {
    step(call, ops::maintenance::complete)
}

pub(super) fn cancel(call: &mut Call<'_>) -> Result<Answer, Failure> {
    step(call, ops::maintenance::cancel)
}

/// A deed that moves a maintenance on.
type MovesOn = fn(&mut Org, &str, Option<&Message>, &Deed) -> anyhow::Result<Written<MaintenanceReport>>;

fn step(call: &mut Call<'_>, moves_on: MovesOn) -> Result<Answer, Failure> {
    let body: Step = call.body_or_default()?;
    let (deed, key) = (call.deed(body.at)?, call.key());
    Answer::written(moves_on(&mut call.org, &key, body.message()?.as_ref(), &deed))
}
