//! Maintenance that takes place again and again: its series, and what becomes of the dates that follow from it.

use std::collections::HashSet;

use chrono::{DateTime, SubsecRound, TimeDelta, Utc};

use crate::domain::{
    Change, EventKind, Maintenance, MaintenanceStatus, Organization, PublicId, Repeat, Rule, ahead, dates_of, first_start,
    has_untold_dates, in_order, lapsing, missed_at, touched,
};
use crate::error::UserError;
use crate::ops::Deed;
use crate::ops::maintenance::{Step, event, put};
use crate::ops::report::DateReport;
use crate::store::{Reader, Scope, Write};

/// How far back the first date of a series may be: what is past is announced once, not again and again.
const PAST: TimeDelta = TimeDelta::days(366);

/// How far ahead it must be: ten years, so that a rule for leap days has one.
const FUTURE: TimeDelta = TimeDelta::days(3660);

/// How far ahead the next dates of a rare series are looked for.
const LATER: TimeDelta = TimeDelta::days(12_000);

/// How many of the dates to come a report names.
const NEXT: usize = 3;

/// What a maintenance may be called that is not recorded: by its id, or as `3@2026-12-08`, the date of a series.
///
/// # Errors
/// What reading the file can say.
pub(super) fn find_date(reader: &Reader, key: &str, now: DateTime<Utc>) -> Result<Option<Maintenance>, UserError> {
    let (series, wanted) = match key.split_once('@') {
        Some((series, day)) => {
            let Some(series) = reader.find_maintenance(Scope::Everything, series)?.filter(|series| series.repeat.is_some()) else {
                return Ok(None);
            };
            (vec![series], Some(day))
        }
        None => (reader.series(Scope::Everything)?, None),
    };
    let is_wanted = |date: &Maintenance| match (wanted, &date.occurrence) {
        (Some(day), Some(occurrence)) => occurrence.day.to_string() == day,
        _ => date.id.as_str() == key,
    };
    for one in series {
        if let Some(found) = dates(reader, &one, now)?.into_iter().find(is_wanted) {
            return Ok(Some(found));
        }
    }
    Ok(None)
}

/// The dates of a series that are told at `now`, recorded ones among them, by (start, number).
///
/// # Errors
/// What reading the file can say.
pub(in crate::ops) fn dates(reader: &Reader, series: &Maintenance, now: DateTime<Utc>) -> Result<Vec<Maintenance>, UserError> {
    let mut dates = reader.dates_of_series(&series.id)?;
    let known: HashSet<PublicId> = dates.iter().map(|date| date.id.clone()).collect();
    let following = dates_of(series, now).into_iter().filter(|date| !known.contains(&date.id) && date.as_of(now).is_some());
    dates.extend(following.map(|date| touched(date, now)));
    in_order(&mut dates);
    Ok(dates)
}

/// A maintenance as it is told at `now`: nobody has said yet what would become of an untouched date.
pub(in crate::ops) fn as_told(maintenance: Maintenance, now: DateTime<Utc>) -> Maintenance {
    if maintenance.is_recorded() { maintenance } else { touched(maintenance, now) }
}

/// What there is to say of how a series goes on.
pub(in crate::ops) struct Outlook {
    /// Where it stands.
    pub(in crate::ops) status: MaintenanceStatus,
    /// Its next dates.
    pub(in crate::ops) next: Vec<DateReport>,
    /// Windows of its next dates, also of those that are not told yet.
    pub(in crate::ops) coming: Vec<(DateTime<Utc>, DateTime<Utc>)>,
}

/// Where a series stands at `now`, and the next of its dates.
pub(in crate::ops) fn outlook(series: &Maintenance, dates: &[Maintenance], now: DateTime<Utc>) -> Outlook {
    let to_come: Vec<DateReport> = dates
        .iter()
        .filter(|date| !date.status_at(now).is_over())
        .take(NEXT)
        .filter_map(|date| {
            Some(DateReport {
                id: date.id.clone(),
                day: date.occurrence.as_ref()?.day,
                status: date.status_at(now),
                scheduled_for: date.scheduled_for,
                scheduled_until: date.scheduled_until,
            })
        })
        .collect();
    let mut coming: Vec<_> = to_come.iter().map(|date| (date.scheduled_for, date.scheduled_until)).collect();
    if coming.len() < NEXT {
        let later = dates_of(series, now + LATER).into_iter().filter(|date| date.as_of(now).is_none());
        coming.extend(later.take(NEXT - coming.len()).map(|date| (date.scheduled_for, date.scheduled_until)));
    }
    Outlook { status: series.series_status_at(now, to_come.is_empty() && !has_untold_dates(series, now)), next: to_come, coming }
}

/// How a new series repeats, and when its first window begins: at `from`, or on the first day after it that the rule means.
///
/// # Errors
/// Usage where the rule has no day soon, or begins long ago.
pub(super) fn begin(
    organization: &Organization,
    rule: &Rule,
    from: DateTime<Utc>,
    now: DateTime<Utc>,
) -> Result<(Repeat, DateTime<Utc>), UserError> {
    refuse_long_past(from, now)?;
    let repeat = Repeat { rule: rule.clone(), zone: organization.time_zone, since: from };
    let first = first_date(&repeat, from)?;
    Ok((Repeat { since: first, ..repeat }, first))
}

/// Refuses dates of years ago, of which nobody wants to be told now.
pub(super) fn refuse_long_past(from: DateTime<Utc>, now: DateTime<Utc>) -> Result<(), UserError> {
    if from < now - PAST {
        return Err(UserError::usage("the first date lies more than a year back").hint("announce past work once, without `--repeat`"));
    }
    Ok(())
}

fn first_date(repeat: &Repeat, from: DateTime<Utc>) -> Result<DateTime<Utc>, UserError> {
    first_start(&repeat.rule, repeat.zone, from).filter(|first| *first - from < FUTURE).ok_or_else(|| {
        UserError::usage(format!("`{}` has no date in the ten years from {}", repeat.rule, from.with_timezone(&repeat.zone).to_rfc3339()))
            .hint("look at its `UNTIL` and `BY…` parts")
    })
}

/// Refuses to move a series on as if it were one of its dates.
pub(super) fn refuse(reader: &Reader, key: &str, series: &Maintenance, now: DateTime<Utc>) -> UserError {
    let next = dates(reader, series, now).ok().and_then(|dates| outlook(series, &dates, now).next.into_iter().next());
    let error = UserError::conflict(format!("maintenance `{key}` repeats"));
    match next {
        Some(next) => error.hint(format!("name one of its dates, such as `{}@{}`", series.number, next.day)),
        None => error.hint("it has no dates to come"),
    }
}

/// Refuses to give other dates to a series that was called off: it has none to come.
pub(super) fn refuse_over(key: &str, series: &Maintenance) -> Result<(), UserError> {
    let said = series.newest().map(|update| update.status).filter(|status| status.is_over() && series.repeat.is_some());
    said.map_or(Ok(()), |status| Err(already(key, status)))
}

fn already(key: &str, status: MaintenanceStatus) -> UserError {
    UserError::conflict(format!("maintenance `{key}` is already {status}")).hint("schedule another one")
}

/// Calls off all dates of a series that have not begun. Those that are recorded are called off one by one, so that each is in the log.
///
/// # Errors
/// Conflict where there is nothing to call off.
pub(super) fn cancel(
    write: &Write<'_>,
    key: &str,
    earlier: &Maintenance,
    step: &Step<'_>,
    deed: &Deed,
) -> anyhow::Result<(Maintenance, DateTime<Utc>)> {
    let at = deed.effective_after(earlier.newest().map(|update| update.display_at))?;
    let dates = dates(write, earlier, at)?;
    let Outlook { status, .. } = outlook(earlier, &dates, at);
    if status.is_over() {
        return Err(already(key, status).into());
    }
    for date in dates.into_iter().filter(|date| date.number > 0 && date.status_at(at) == MaintenanceStatus::Scheduled) {
        let day = date.occurrence.as_ref().map_or_else(String::new, |occurrence| occurrence.day.to_string());
        super::refuse_late(&format!("{}@{day}", earlier.number), &date, step, at, deed)?;
        let mut called_off = date.clone();
        called_off.updates.push(deed.update(MaintenanceStatus::Cancelled, step.message, None, at)?);
        called_off.updated_at = deed.now;
        put(write, Some(&date), &mut called_off, step.kind, step.verb, at)?;
    }
    let mut series = earlier.clone();
    series.updates.push(deed.update(MaintenanceStatus::Cancelled, step.message, None, at)?);
    series.updated_at = deed.now;
    put(write, Some(earlier), &mut series, step.kind, step.verb, at)?;
    Ok((series, at))
}

/// What is changed of the dates of a series.
#[derive(Clone, Copy)]
pub(super) struct Moved {
    /// Its rule.
    pub(super) rule: bool,
    /// Its first window.
    pub(super) start: bool,
}

/// Prepares `after`, an edited series, to count from `at` on: the dates that have begun by then are recorded as they were, and those that
/// nobody began as called off.
///
/// # Errors
/// Usage where it has no dates then; conflict where it is to begin on a day that has had its date.
pub(super) fn count_from(
    write: &Write<'_>,
    before: &Maintenance,
    after: &mut Maintenance,
    moved: Moved,
    at: DateTime<Utc>,
) -> anyhow::Result<()> {
    let Some(repeat) = after.repeat.as_mut() else { return Ok(()) };
    let length = after.scheduled_until - after.scheduled_for;
    if moved.rule || moved.start {
        let first = first_date(repeat, after.scheduled_for)?;
        after.scheduled_for = first;
        after.scheduled_until = super::end_of(first, length).ok_or_else(super::too_late)?;
    }
    repeat.since = repeat.since.max(at.trunc_subsecs(3));
    let since = repeat.since;
    let first_day = after.scheduled_for.with_timezone(&repeat.zone).date_naive();
    for mut date in dates(write, before, at)?.into_iter().filter(|date| date.number <= 0 && date.scheduled_for < since) {
        let day = date.occurrence.as_ref().map(|occurrence| occurrence.day);
        if moved.start && day == Some(first_day) {
            return Err(UserError::conflict(format!("the series has had its date of {first_day}"))
                .hint("give a `--from` on a later day")
                .into());
        }
        if missed_at(&date).is_some_and(|missed| missed <= at) {
            date = lapsing(date, Some(at));
        }
        date.number = 0;
        write.put_maintenance(&mut date)?;
    }
    if (moved.rule || moved.start) && dates_of(after, at + LATER).is_empty() {
        return Err(UserError::usage("the series has no dates after this")
            .hint("give a `--from` from which its rule counts, or call it off with `statuary maintenance cancel`")
            .into());
    }
    Ok(())
}

/// Removes the recorded dates of a series, each with an event of its own.
///
/// # Errors
/// What writing can say.
pub(super) fn remove_dates(write: &Write<'_>, series: &Maintenance, at: DateTime<Utc>) -> anyhow::Result<()> {
    for date in write.dates_of_series(&series.id)? {
        let event = event(&date, EventKind::MaintenanceRemoved, "removed", at);
        write.record_change(write.next_seq()?, event, Change::between(Some(&date), None))?;
        write.delete_maintenance(date.number)?;
    }
    Ok(())
}

/// The ids of the dates that stand behind another of their series.
pub(in crate::ops) fn behind(maintenances: &[Maintenance], now: DateTime<Utc>) -> HashSet<PublicId> {
    let told: Vec<&Maintenance> = maintenances.iter().collect();
    ahead(&told, now).into_iter().cloned().collect()
}
