//! Correcting what was announced: edit a maintenance, or remove it.

use chrono::{DateTime, SubsecRound, TimeDelta, Utc};

use crate::domain::{Change, EventKind, PublicId};
use crate::error::UserError;
use crate::ops::maintenance::{event, find, put, written};
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
}

/// Changes a maintenance.
///
/// # Errors
/// Usage where nothing is to be changed or it would end before it starts; not found for an unknown maintenance or service.
pub fn edit(org: &mut Org, maintenance: &str, options: &EditMaintenance, deed: &Deed) -> anyhow::Result<Written<MaintenanceReport>> {
    let title = options.title.as_deref().map(|title| one_line("title", title)).transpose()?;
    let at = deed.effective()?;
    org.write(deed, |write| {
        let before = find(write, maintenance, deed)?;
        let mut after = before.clone();
        after.title = title.clone().unwrap_or(after.title);
        after.scheduled_for = options.from.map_or(after.scheduled_for, |from| from.trunc_subsecs(3));
        after.scheduled_until = match options.until {
            Some(End::At(until)) => until.trunc_subsecs(3),
            Some(End::After(length)) => super::end_of(after.scheduled_for, length)
                .ok_or_else(|| UserError::usage("the maintenance would end after the year 9999"))?,
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
