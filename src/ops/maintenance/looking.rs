//! Looking maintenance up: list, show, and what commands call it.

use std::collections::HashSet;

use chrono::{DateTime, Utc};

use crate::domain::Maintenance;
use crate::error::UserError;
use crate::ops::Org;
use crate::ops::describe::Slugs;
use crate::ops::maintenance::{missing, series};
use crate::ops::page::{List, Page};
use crate::ops::report::{MaintenanceReport, MaintenancesReport};
use crate::store::{Reader, Scope};

/// Which maintenances are listed.
#[derive(Clone, Debug, Default)]
pub struct MaintenanceList {
    /// Which part of the list; all of it unless it has a limit.
    pub page: Page,
    /// Of a series every date that is told, not only the next.
    pub every_date: bool,
}

/// Lists maintenances by start of window, newest first, and the series.
///
/// # Errors
/// Usage for a page that cannot be.
pub fn list(org: &Org, wanted: &MaintenanceList, now: DateTime<Utc>) -> anyhow::Result<MaintenancesReport> {
    let limit = wanted.page.limit()?.unwrap_or(usize::MAX);
    let after = wanted.page.after_moment(List::Maintenances)?;
    org.store.read(|reader| {
        let (mut found, mut all_series) = reader.told_maintenances(Scope::Everything, Some(now))?;
        found.retain(|one| one.is_recorded() || one.as_of(now).is_some());
        let behind = if wanted.every_date { HashSet::new() } else { series::behind(&found, now) };
        found.retain(|one| !behind.contains(&one.id) && after.is_none_or(|after| (one.scheduled_for, one.number) < after));
        found.reverse();
        let more = found.len() > limit;
        found.truncate(limit);
        let next = found.last().filter(|_| more).map(|last| List::Maintenances.after_moment(last.scheduled_for, last.number));
        let services = reader.services(Scope::Everything)?;
        let slugs = Slugs::new(&services);
        let found = found.into_iter().map(|one| series::as_told(one, now));
        let maintenances = found.map(|one| slugs.maintenance(&one, &services, &all_series, now)).collect();
        all_series.reverse();
        let one = |one: &Maintenance| Ok(slugs.series(one, &services, series::outlook(one, &series::dates(reader, one, now)?, now), now));
        let series = all_series.iter().map(one).collect::<Result<_, UserError>>()?;
        Ok(MaintenancesReport { maintenances, series, next })
    })
}

/// One maintenance with all its updates.
///
/// # Errors
/// Not found for an unknown maintenance.
pub fn show(org: &Org, maintenance: &str, now: DateTime<Utc>) -> anyhow::Result<MaintenanceReport> {
    org.store.read(|reader| {
        let found = look_up(reader, maintenance, now)?.ok_or_else(|| missing(reader, maintenance))?;
        Ok(described(reader, &found, now)?)
    })
}

/// The maintenance with this id or number, or the date of a series that is called so.
pub(super) fn look_up(reader: &Reader, key: &str, now: DateTime<Utc>) -> Result<Option<Maintenance>, UserError> {
    match reader.find_maintenance(Scope::Everything, key)? {
        Some(found) => Ok(Some(found)),
        None => series::find_date(reader, key, now),
    }
}

/// A maintenance as a report, a series with its next dates.
pub(super) fn described(reader: &Reader, maintenance: &Maintenance, now: DateTime<Utc>) -> Result<MaintenanceReport, UserError> {
    let services = reader.services(Scope::Everything)?;
    let slugs = Slugs::new(&services);
    if maintenance.repeat.is_some() {
        let dates = series::dates(reader, maintenance, now)?;
        return Ok(slugs.series(maintenance, &services, series::outlook(maintenance, &dates, now), now));
    }
    let all_series = if maintenance.occurrence.is_some() { reader.series(Scope::Everything)? } else { Vec::new() };
    Ok(slugs.maintenance(maintenance, &services, &all_series, now))
}
