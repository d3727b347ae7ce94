//! Correcting what was announced: edit a maintenance, or remove it.

use chrono::{DateTime, SubsecRound, TimeDelta, Utc};

use crate::domain::{Change, EventKind, PublicId, Rule};
use crate::error::UserError;
use crate::ops::maintenance::{event, find, put, series, written};
use crate::ops::naming::{find_service, one_line};
use crate::ops::report::{MaintenanceReport, Written};
use crate::ops::{Deed, Org};
use crate::store::{Scope, Write};

/// The end of a window.
#[derive(Clone, Copy, Debug)]
pub enum End {
    /// At this moment.
    At(DateTime<Utc>),
    /// So long after its start.
    After(TimeDelta),
}

/// What `maintenance edit` is told; `None` leaves it as it is.
#[derive(Clone, Debug, Default)]
pub struct EditMaintenance {
    /// One line.
    pub title: Option<String>,
    /// Planned start.
    pub from: Option<DateTime<Utc>>,
    /// Planned end.
    pub until: Option<End>,
    /// All services it is to cover: slug, id or number.
    pub services: Option<Vec<String>>,
    /// Starts by itself.
    pub auto_start: Option<bool>,
    /// Finishes by itself.
    pub auto_finish: Option<bool>,
    /// On which days a series takes place.
    pub repeat: Option<Rule>,
}

/// Changes a maintenance.
///
/// # Errors
/// Usage where nothing is to be changed or it would end before it starts; conflict where other dates are given to a series that was called
/// off; not found for an unknown maintenance or service.
pub fn edit(org: &mut Org, maintenance: &str, options: &EditMaintenance, deed: &Deed) -> anyhow::Result<Written<MaintenanceReport>> {
    let title = options.title.as_deref().map(|title| one_line("title", title)).transpose()?;
    let at = deed.effective()?;
    org.write(deed, |write| {
        let before = find(write, maintenance, deed)?;
        if options.repeat.is_some() || options.from.is_some() || options.until.is_some() {
            series::refuse_over(maintenance, &before)?;
        }
        let mut after = before.clone();
        match (&options.repeat, after.repeat.as_mut()) {
            (Some(rule), Some(repeat)) => repeat.rule = rule.clone(),
            (Some(_), None) => {
                return Err(UserError::conflict(format!("maintenance `{maintenance}` does not repeat"))
                    .hint("schedule another one with `--repeat`")
                    .into());
            }
            (None, _) => {}
        }
        after.title = title.clone().unwrap_or(after.title);
        after.scheduled_for = options.from.map_or(after.scheduled_for, |from| from.trunc_subsecs(3));
        if let Some(from) = options.from.filter(|_| after.repeat.is_some()) {
            series::refuse_long_past(from, deed.now)?;
        }
        after.scheduled_until = match options.until {
            Some(End::At(_)) if after.repeat.is_some() && options.from.is_none() => {
                return Err(UserError::usage("each date of a series has an end of its own")
                    .hint("give a length with `--for`, or `--from` as well")
                    .into());
            }
            Some(End::At(until)) => until.trunc_subsecs(3),
            Some(End::After(length)) => super::end_of(after.scheduled_for, length).ok_or_else(super::too_late)?,
            // A series that is moved takes as long as before: each of its dates is moved, and not only the first.
            None if after.repeat.is_some() => {
                let length = before.scheduled_until - before.scheduled_for;
                super::end_of(after.scheduled_for, length).ok_or_else(super::too_late)?
            }
            None => after.scheduled_until,
        };
        after.auto_start = options.auto_start.unwrap_or(after.auto_start);
        after.auto_finish = options.auto_finish.unwrap_or(after.auto_finish);
        if let Some(services) = &options.services {
            after.services = covered(write, services)?;
        }
        if after == before {
            return Err(UserError::usage("nothing to change").hint("`statuary maintenance edit --help` lists what can be").into());
        }
        super::refuse_backwards(after.scheduled_for, after.scheduled_until)?;
        let moved = series::Moved { rule: options.repeat.is_some(), start: options.from.is_some() };
        series::count_from(write, &before, &mut after, moved, at)?;
        after.updated_at = deed.now;
        let was_public = write.find_maintenance(Scope::Public, after.id.as_str())?.is_some();
        put(write, Some(&before), &mut after, EventKind::MaintenanceEdited, "edited", at)?;
        let edited = written(write, &after, at, deed.now)?;
        Ok(Written { public: edited.public || was_public, ..edited })
    })
}

/// Removes a maintenance from every output. The log keeps what it was.
///
/// # Errors
/// Not found for an unknown maintenance.
pub fn remove(org: &mut Org, maintenance: &str, deed: &Deed) -> anyhow::Result<Written<MaintenanceReport>> {
    let at = deed.effective()?;
    org.write(deed, |write| {
        let before = find(write, maintenance, deed)?;
        if let Some(occurrence) = &before.occurrence {
            let series = write.find_maintenance(Scope::Everything, occurrence.series.as_str())?;
            let series = series.map_or_else(|| occurrence.series.to_string(), |series| series.number.to_string());
            return Err(UserError::conflict(format!("maintenance `{maintenance}` is a date of a series"))
                .hint(format!("call it off with `statuary maintenance cancel {maintenance}`, or remove the series `{series}`"))
                .into());
        }
        series::remove_dates(write, &before, at)?;
        let removed = written(write, &before, at, deed.now)?;
        let event = event(&before, EventKind::MaintenanceRemoved, "removed", at);
        write.record_change(write.next_seq()?, event, Change::between(Some(&before), None))?;
        write.delete_maintenance(before.number)?;
        Ok(removed)
    })
}

fn covered(write: &Write<'_>, keys: &[String]) -> anyhow::Result<Vec<PublicId>> {
    let known = write.services(Scope::Everything)?;
    let mut services: Vec<PublicId> = Vec::new();
    for key in keys {
        let service = find_service(&known, key)?;
        if services.contains(&service.id) {
            return Err(UserError::usage(format!("service `{}` is named twice", service.slug)).into());
        }
        services.push(service.id.clone());
    }
    Ok(services)
}
