//! Questions about the whole organization: how everything does, what was done, uptime.

use chrono::{DateTime, Utc};

use crate::error::UserError;
use crate::ops;
use crate::ops::uptime::UptimeWindow;
use crate::serve::api::answer::Answer;
use crate::serve::api::call::Call;
use crate::serve::api::failure::Failure;

/// Events that are told unless more are asked for, and at most.
pub(super) const EVENTS: (u64, u64) = (50, 1000);

/// Days of uptime unless others are asked for, and at most.
pub(super) const DAYS: (u64, u64) = (90, 36_500);

pub(super) fn status(call: &mut Call<'_>) -> Result<Answer, Failure> {
    Answer::of(&ops::overview::status(&call.org, call.now)?)
}

pub(super) fn log(call: &mut Call<'_>) -> Result<Answer, Failure> {
    let limit = call.query.number("limit", 1..=EVENTS.1)?.unwrap_or(EVENTS.0);
    let since = call.query.moment("since")?;
    Answer::of(&ops::overview::log(&call.org, since, usize::try_from(limit).unwrap_or(usize::MAX))?)
}

pub(super) fn uptime(call: &mut Call<'_>) -> Result<Answer, Failure> {
    let window = window(call)?;
    Answer::of(&ops::uptime::figures(&call.org, call.query.text("service"), window, call.now)?)
}

pub(super) fn explain(call: &mut Call<'_>) -> Result<Answer, Failure> {
    let window = window(call)?;
    Answer::of(&ops::uptime::explain(&call.org, &call.key(), window, call.now)?)
}

/// The window that the query asks for: a number of days, or from one moment to another.
fn window(call: &Call<'_>) -> Result<UptimeWindow, UserError> {
    let days = call.query.number("days", 1..=DAYS.1)?;
    let (from, until): (Option<DateTime<Utc>>, Option<DateTime<Utc>>) = (call.query.moment("from")?, call.query.moment("until")?);
    match (days, from, until) {
        (days, None, None) => Ok(UptimeWindow::Days(days.unwrap_or(DAYS.0))),
        (None, Some(from), until) => Ok(UptimeWindow::Between(from, until.unwrap_or(call.now))),
        (None, None, Some(_)) => Err(UserError::usage("`until` needs a `from`")),
        (Some(_), ..) => Err(UserError::usage("give `days`, or `from` and `until`")),
    }
}
