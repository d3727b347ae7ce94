//! Maintenance that takes place again and again: a series, and the dates that follow from it.
//!
//! A series is a [`Maintenance`] with a [`Repeat`]; its window is the first one. Its dates are not recorded: they follow from it, for a year
//! ahead, each a maintenance of its own with an id that is made from the series's id and the day. A date that a person touches becomes a
//! row with an [`Occurrence`], which takes the place of what follows from the series; so do the dates that are past when a series is edited,
//! since an edit counts from then on.
//!
//! Each date begins at the hour of the first on the clocks of the series's zone and takes as long as the first. Where the clocks
//! skip that hour, it begins as long after midnight as if they had not (RFC 5545, 3.3.5); where they show it twice, the first time.

mod rule;

use std::collections::{BTreeMap, HashSet};

use chrono::{DateTime, Datelike, NaiveDate, NaiveDateTime, Offset, TimeDelta, TimeZone, Utc};
use chrono_tz::Tz;

use crate::domain::{Maintenance, MaintenanceStatus, PublicId, Update};

pub use rule::{Rhythm, Rule};

/// How far ahead dates are told: a year, and the day by which a year may be longer.
pub const HORIZON: TimeDelta = TimeDelta::days(366);

/// How far beyond that they are known, so that it is known when the next will be told.
const BEYOND: TimeDelta = TimeDelta::days(2);

/// How many dates a series has at most: those of 55 years of days.
const MOST_DATES: usize = 20_000;

/// How a series repeats.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Repeat {
    /// On which days.
    pub rule: Rule,
    /// The zone whose clocks say when.
    pub zone: Tz,
    /// Dates before this moment do not follow from the series any more: they are recorded, or were never told.
    pub since: DateTime<Utc>,
}

/// Which date of which series a recorded maintenance is.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Occurrence {
    /// Public id of the series.
    pub series: PublicId,
    /// The day that the rule means, also where it was moved to another.
    pub day: NaiveDate,
}

impl Occurrence {
    /// The id of this date's maintenance, always the same.
    pub fn id(&self) -> PublicId {
        PublicId::derived(&["maintenance", self.series.as_str(), &self.day.to_string()])
    }
}

/// `recorded` with the series in it replaced by their dates, which are those told at `at` and little more, by (start, number); and the
/// series. `touched` are all dates that have a row, be it one that is not among `recorded`.
pub fn told(recorded: Vec<Maintenance>, touched: &HashSet<Occurrence>, at: DateTime<Utc>) -> (Vec<Maintenance>, Vec<Maintenance>) {
    let (series, mut maintenances): (Vec<_>, Vec<_>) = recorded.into_iter().partition(|maintenance| maintenance.repeat.is_some());
    for one in &series {
        let dates = dates_of(one, at).into_iter().filter(|date| date.occurrence.as_ref().is_none_or(|date| !touched.contains(date)));
        maintenances.extend(dates);
    }
    if !series.is_empty() {
        in_order(&mut maintenances);
    }
    (maintenances, series)
}

/// Sorts maintenances by (start, number).
pub fn in_order(maintenances: &mut [Maintenance]) {
    maintenances.sort_by_key(|maintenance| (maintenance.scheduled_for, maintenance.number));
}

/// The ids of the dates that nobody has touched and that stand behind another one of their series which is not over at `at`: they wait for
/// their turn, and lists of what is next leave them out. `maintenances` are by start.
pub fn ahead<'m>(maintenances: &[&'m Maintenance], at: DateTime<Utc>) -> HashSet<&'m PublicId> {
    let (mut seen, mut behind) = (HashSet::new(), HashSet::new());
    for (maintenance, series) in maintenances.iter().filter_map(|one| Some((*one, &one.occurrence.as_ref()?.series))) {
        if maintenance.as_of(at).is_none_or(|then| then.status_at(at).is_over()) {
            continue;
        }
        // One that nobody began keeps no other from its turn.
        if missed_at(maintenance).is_some_and(|missed| missed <= at) {
            continue;
        }
        if !seen.insert(series) && !maintenance.is_recorded() {
            behind.insert(&maintenance.id);
        }
    }
    behind
}

/// The dates of a series that are told at `at`, and those of the two days after that; none where it is no series.
pub fn dates_of(series: &Maintenance, at: DateTime<Utc>) -> Vec<Maintenance> {
    let Some(repeat) = &series.repeat else { return Vec::new() };
    let until = at.checked_add_signed(HORIZON + BEYOND).unwrap_or(DateTime::<Utc>::MAX_UTC);
    let starts: Vec<_> = starts(series, repeat).take_while(|(_, start)| *start < until).take(MOST_DATES).collect();
    let counting = starts.iter().enumerate().filter(|(_, (_, start))| *start >= repeat.since);
    let next = |place: usize| starts.get(place + 1).map(|(_, start)| *start);
    counting.filter_map(|(place, (day, start))| Some(lapsing(date(series, *day, *start)?, next(place)))).collect()
}

/// A date that nobody began, although it waits for people, did not take place when the next one begins: else each would stand there for ever.
pub fn lapsing(mut date: Maintenance, next: Option<DateTime<Utc>>) -> Maintenance {
    let Some(next) = next.filter(|next| !date.auto_start && date.status_at(*next) == MaintenanceStatus::Scheduled) else { return date };
    let id = PublicId::derived(&["lapsed", date.id.as_str()]);
    if let Some(announcement) = date.updates.first().cloned().filter(|announcement| announcement.display_at <= next) {
        date.updates.push(Update {
            id,
            status: MaintenanceStatus::Cancelled,
            body: String::new(),
            translations: BTreeMap::new(),
            affected: None,
            display_at: next,
            created_at: next,
            updated_at: next,
            ..announcement
        });
    }
    date
}

/// A date as it is recorded when somebody touches it at `at`: what would have become of it later is up to people then.
pub fn touched(mut date: Maintenance, at: DateTime<Utc>) -> Maintenance {
    date.updates.retain(|update| update.display_at <= at);
    date
}

/// When a date's window has passed without anybody having begun it; `None` where that does not happen, by what is known.
pub fn missed_at(date: &Maintenance) -> Option<DateTime<Utc>> {
    let waits = date.occurrence.is_some() && !date.auto_start && date.status_at(date.scheduled_until) == MaintenanceStatus::Scheduled;
    waits.then_some(date.scheduled_until)
}

/// Whether a series has dates so far ahead that they are not told at `at`.
pub fn has_untold_dates(series: &Maintenance, at: DateTime<Utc>) -> bool {
    let horizon = at.checked_add_signed(HORIZON).unwrap_or(DateTime::<Utc>::MAX_UTC);
    series.repeat.as_ref().is_some_and(|repeat| starts(series, repeat).take(MOST_DATES).any(|(_, start)| start > horizon))
}

/// When a series's dates begin, from the first on, however many there are: the day that the rule means, and the moment.
fn starts<'s>(series: &'s Maintenance, repeat: &'s Repeat) -> impl Iterator<Item = (NaiveDate, DateTime<Utc>)> + 's {
    let first = series.scheduled_for.with_timezone(&repeat.zone).naive_local();
    let start = move |day: NaiveDate| {
        let local = day.and_time(first.time());
        // The first one may be the second time that clocks show its hour.
        let start = if local == first { Some(series.scheduled_for) } else { in_zone(local, repeat.zone) };
        start.filter(|start| !repeat.rule.is_over_at(*start, local)).map(|start| (day, start))
    };
    repeat.rule.days(first.date()).map_while(start)
}

/// The first moment at or after which a rule has a date, for a window that begins at `from`: its own, or the next that the rule means.
pub fn first_start(rule: &Rule, zone: Tz, from: DateTime<Utc>) -> Option<DateTime<Utc>> {
    let local = from.with_timezone(&zone).naive_local();
    let day = rule.days(local.date()).next()?;
    let start = if day == local.date() { from } else { in_zone(day.and_time(local.time()), zone)? };
    Some(start).filter(|start| !rule.is_over_at(*start, day.and_time(local.time())))
}

/// The moment at which the clocks of `zone` show `local`: the first one, or, where they skip it, as long after it as they skip.
pub fn in_zone(local: NaiveDateTime, zone: Tz) -> Option<DateTime<Utc>> {
    if let Some(found) = zone.from_local_datetime(&local).earliest() {
        return Some(found.to_utc());
    }
    // The offset before the clocks were set forward; no zone has ever skipped more than a day.
    let before = (1..=104).filter_map(|quarters| local.checked_sub_signed(TimeDelta::minutes(15 * quarters)));
    let offset = before.filter_map(|earlier| zone.from_local_datetime(&earlier).latest()).map(|found| found.offset().fix()).next()?;
    local.checked_sub_offset(offset).map(|moment| moment.and_utc())
}

/// A date of a series; `None` where it was called off before anybody was told of it, or its year cannot be written.
fn date(series: &Maintenance, day: NaiveDate, start: DateTime<Utc>) -> Option<Maintenance> {
    let end = start.checked_add_signed(series.scheduled_until - series.scheduled_for).filter(|end| end.year() <= 9999)?;
    let announcement = series.updates.iter().find(|update| !update.status.is_over())?;
    let announced_at = announcement.display_at.max(start.checked_sub_signed(HORIZON)?);
    let occurrence = Occurrence { series: series.id.clone(), day };
    let mut date = Maintenance {
        number: unrecorded_number(series.number, day),
        id: occurrence.id(),
        scheduled_for: start,
        scheduled_until: end,
        created_at: series.created_at.max(announced_at),
        updated_at: series.updated_at.max(announced_at),
        updates: vec![update(announcement, day, announced_at)],
        repeat: None,
        occurrence: Some(occurrence),
        ..series.clone()
    };
    if let Some(called_off) = series.updates.iter().find(|update| update.status == MaintenanceStatus::Cancelled) {
        if announced_at > called_off.display_at {
            return None;
        }
        if date.status_at(called_off.display_at) == MaintenanceStatus::Scheduled {
            date.updates.push(update(called_off, day, called_off.display_at));
        }
    }
    Some(date)
}

/// What was said of the series, said of one of its dates at `at`.
fn update(said: &Update<MaintenanceStatus>, day: NaiveDate, at: DateTime<Utc>) -> Update<MaintenanceStatus> {
    Update {
        number: 0,
        id: PublicId::derived(&["update", said.id.as_str(), &day.to_string()]),
        display_at: at,
        created_at: said.created_at.max(at),
        updated_at: said.updated_at.max(at),
        ..said.clone()
    }
}

/// A number below zero for what has no row: another one for each series and day.
fn unrecorded_number(series: i64, day: NaiveDate) -> i64 {
    const DAYS: i64 = 1 << 22;
    series.wrapping_mul(DAYS).wrapping_add(i64::from(day.num_days_from_ce())).wrapping_neg()
}

#[cfg(test)]
mod tests;
