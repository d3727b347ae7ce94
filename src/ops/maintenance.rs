//! Maintenance: schedule, start, update, complete, cancel, edit, remove; list and show.

mod edit;
mod looking;
pub(in crate::ops) mod series;

use chrono::{DateTime, Datelike, SubsecRound, TimeDelta, Utc};

use crate::domain::{Affected, Change, Etag, EventKind, Maintenance, MaintenanceStatus, PublicId, Rule, ServiceStatus, Subject};
use crate::error::UserError;
use crate::ops::message::{Message, refuse_blank};
use crate::ops::naming::{Catalogue, one_line};
use crate::ops::report::{MaintenanceReport, Written};
use crate::ops::{Deed, MOST_MISTYPED, Org, newer_update, unknown_id};
use crate::store::{NewEvent, Reader, Scope, Write};

pub use edit::{EditMaintenance, End, edit, remove};
pub use looking::{MaintenanceList, list, show};
use looking::{described, look_up};

/// What `maintenance schedule` is told.
#[derive(Clone, Debug)]
pub struct ScheduleMaintenance {
    /// One line.
    pub title: String,
    /// Planned start.
    pub from: DateTime<Utc>,
    /// Planned end.
    pub until: DateTime<Utc>,
    /// Services it covers: slug, id or number.
    pub services: Vec<String>,
    /// Words of the announcement.
    pub message: Option<Message>,
    /// Starts by itself.
    pub auto_start: bool,
    /// Finishes by itself.
    pub auto_finish: bool,
    /// On which days it takes place again, from the first window on.
    pub repeat: Option<Rule>,
}

/// What `maintenance update` is told.
#[derive(Clone, Debug, Default)]
pub struct UpdateMaintenance {
    /// Status from then on; as before by default.
    pub status: Option<MaintenanceStatus>,
    /// What it says.
    pub message: Option<Message>,
}

/// Announces a maintenance.
///
/// # Errors
/// Usage for an empty title or message, a window that ends before it starts, or an announcement dated ahead; not found for an unknown service.
pub fn schedule(org: &mut Org, options: &ScheduleMaintenance, deed: &Deed) -> anyhow::Result<Written<MaintenanceReport>> {
    let title = one_line("title", &options.title)?;
    refuse_blank(options.message.as_ref())?;
    let at = deed.effective()?;
    let (from, until) = (options.from.trunc_subsecs(3), options.until.trunc_subsecs(3));
    refuse_backwards(from, until)?;
    let organization = org.organization()?;
    org.write(deed, |write| {
        let catalogue = Catalogue::read(write, &organization, at)?;
        let mut services: Vec<PublicId> = Vec::new();
        for key in &options.services {
            let service = catalogue.service(key)?;
            if services.contains(&service.id) {
                return Err(UserError::usage(format!("service `{}` is named twice", service.slug)).into());
            }
            services.push(service.id.clone());
        }
        let begun = options.repeat.as_ref().map(|rule| series::begin(&organization, rule, from, deed.now)).transpose()?;
        let (repeat, first) = begun.map_or((None, from), |(repeat, first)| (Some(repeat), first));
        let mut maintenance = Maintenance {
            number: 0,
            id: PublicId::random()?,
            title: title.clone(),
            scheduled_for: first,
            scheduled_until: end_of(first, until - from).ok_or_else(too_late)?,
            auto_start: options.auto_start,
            auto_finish: options.auto_finish,
            services,
            created_at: at,
            updated_at: deed.now,
            stated_started_at: None,
            stated_monitoring_at: None,
            stated_resolved_at: None,
            closed_by_source_at: None,
            source_page: None,
            repeat,
            occurrence: None,
            revision: 0,
            updates: vec![deed.update(MaintenanceStatus::Scheduled, options.message.as_ref(), None, at)?],
        };
        put(write, None, &mut maintenance, EventKind::MaintenanceScheduled, "scheduled", at)?;
        written(write, &maintenance, at, deed.now)
    })
}

/// Starts work now, whatever the window says.
///
/// # Errors
/// Usage for an empty message; conflict where it runs or is over; not found for an unknown maintenance.
pub fn start(org: &mut Org, maintenance: &str, message: Option<&Message>, deed: &Deed) -> anyhow::Result<Written<MaintenanceReport>> {
    step(
        org,
        maintenance,
        &Step { to: Some(MaintenanceStatus::InProgress), message, kind: EventKind::MaintenanceStarted, verb: "started" },
        deed,
    )
}

/// Ends work now.
///
/// # Errors
/// Usage for an empty message; conflict where it is over; not found for an unknown maintenance.
pub fn complete(org: &mut Org, maintenance: &str, message: Option<&Message>, deed: &Deed) -> anyhow::Result<Written<MaintenanceReport>> {
    step(
        org,
        maintenance,
        &Step { to: Some(MaintenanceStatus::Completed), message, kind: EventKind::MaintenanceCompleted, verb: "completed" },
        deed,
    )
}

/// Calls it off, or breaks it off.
///
/// # Errors
/// Usage for an empty message; conflict where it is over; not found for an unknown maintenance.
pub fn cancel(org: &mut Org, maintenance: &str, message: Option<&Message>, deed: &Deed) -> anyhow::Result<Written<MaintenanceReport>> {
    step(
        org,
        maintenance,
        &Step { to: Some(MaintenanceStatus::Cancelled), message, kind: EventKind::MaintenanceCancelled, verb: "cancelled" },
        deed,
    )
}

/// Adds an update.
///
/// # Errors
/// Usage where there is nothing to say, or an empty message; not found for an unknown maintenance.
pub fn update(org: &mut Org, maintenance: &str, options: &UpdateMaintenance, deed: &Deed) -> anyhow::Result<Written<MaintenanceReport>> {
    if options.status.is_none() && options.message.is_none() {
        return Err(UserError::usage("nothing to say").hint("give a `--message` or a `--status`").into());
    }
    let step_options = Step { to: options.status, message: options.message.as_ref(), kind: EventKind::MaintenanceUpdated, verb: "updated" };
    step(org, maintenance, &step_options, deed)
}

/// One step in the life of a maintenance.
struct Step<'a> {
    to: Option<MaintenanceStatus>,
    message: Option<&'a Message>,
    kind: EventKind,
    verb: &'static str,
}

fn step(org: &mut Org, key: &str, step: &Step<'_>, deed: &Deed) -> anyhow::Result<Written<MaintenanceReport>> {
    refuse_blank(step.message)?;
    let organization = org.organization()?;
    org.write(deed, |write| {
        let earlier = find(write, key, deed)?;
        if earlier.repeat.is_some() {
            if step.kind != EventKind::MaintenanceCancelled {
                return Err(series::refuse(write, key, &earlier, deed.now).into());
            }
            let (series, at) = series::cancel(write, key, &earlier, step, deed)?;
            return written(write, &series, at, deed.now);
        }
        let mut maintenance = earlier.clone();
        let at = deed.effective_after(maintenance.newest().map(|update| update.display_at))?;
        let before = maintenance.status_at(at);
        refuse(key, before, step)?;
        refuse_late(key, &maintenance, step, at, deed)?;
        let status = step.to.unwrap_or(before);
        let catalogue = Catalogue::read(write, &organization, at)?;
        let said = (status != before).then(|| affected(&catalogue, &maintenance, before, status, at)).flatten();
        maintenance.updates.push(deed.update(status, step.message, said, at)?);
        maintenance.updates.sort_by_key(|update| (update.display_at, if update.number == 0 { i64::MAX } else { update.number }));
        maintenance.updated_at = deed.now;
        if maintenance.source_page.is_some() {
            maintenance.stated_resolved_at = None;
        }
        put(write, Some(&earlier), &mut maintenance, step.kind, step.verb, at)?;
        written(write, &maintenance, at, deed.now)
    })
}

fn refuse(key: &str, before: MaintenanceStatus, step: &Step<'_>) -> Result<(), UserError> {
    let moves = step.to.is_some_and(|to| to != before);
    if before.is_over() && (moves || step.kind != EventKind::MaintenanceUpdated) {
        return Err(UserError::conflict(format!("maintenance `{key}` is already {before}")).hint("schedule another one"));
    }
    if step.kind == EventKind::MaintenanceStarted && before.is_active() {
        return Err(UserError::conflict(format!("maintenance `{key}` is already in progress"))
            .hint(format!("say more with `statuary maintenance update {key} --message …`")));
    }
    if step.to == Some(MaintenanceStatus::Scheduled) && before.is_active() {
        return Err(UserError::conflict(format!("maintenance `{key}` has begun already")).hint("cancel it and schedule another one"));
    }
    Ok(())
}

/// Refuses to start or end what newer updates would take back.
fn refuse_late(key: &str, maintenance: &Maintenance, step: &Step<'_>, at: DateTime<Utc>, deed: &Deed) -> Result<(), UserError> {
    match maintenance.newest() {
        Some(newest) if newest.display_at > at && step.kind != EventKind::MaintenanceUpdated => {
            Err(UserError::conflict(format!("maintenance `{key}` {}", newer_update(newest.display_at, deed)))
                .hint("give an `--at` that is not before it"))
        }
        _ => Ok(()),
    }
}

/// Starting puts its services under maintenance, ending makes them operational again; both for those who read the updates.
fn affected(
    catalogue: &Catalogue,
    maintenance: &Maintenance,
    before: MaintenanceStatus,
    after: MaintenanceStatus,
    at: DateTime<Utc>,
) -> Option<Vec<Affected>> {
    let status = match (before.is_active(), after.is_active()) {
        (false, true) => ServiceStatus::UnderMaintenance,
        (true, false) => ServiceStatus::Operational,
        _ => return None,
    };
    let said: Vec<Affected> =
        maintenance.services.iter().filter_map(|id| catalogue.by_id(id)).map(|service| catalogue.affected(service, status, at)).collect();
    (!said.is_empty()).then_some(said)
}

fn missing(reader: &Reader, key: &str) -> UserError {
    let known = reader.maintenances(Scope::Everything).unwrap_or_default();
    let newest = known.iter().rev().take(MOST_MISTYPED);
    unknown_id("maintenance", key, newest.map(|maintenance| &maintenance.id), "maintenance list")
}

/// The maintenance that a deed is to change, where it is still as the deed expects it.
fn find(write: &Write<'_>, key: &str, deed: &Deed) -> anyhow::Result<Maintenance> {
    let found = look_up(write, key, deed.now)?.ok_or_else(|| missing(write, key))?;
    deed.expect("maintenance", key, || Ok(Etag::of(&found)))?;
    Ok(found)
}

fn refuse_backwards(from: DateTime<Utc>, until: DateTime<Utc>) -> Result<(), UserError> {
    if until > from {
        return Ok(());
    }
    Err(UserError::usage("the maintenance ends before it starts").hint("give an `--until` after `--from`, or a length with `--for`"))
}

/// The end of a window of this length; `None` beyond the year 9999, which RFC 3339 cannot write.
pub fn end_of(from: DateTime<Utc>, length: TimeDelta) -> Option<DateTime<Utc>> {
    from.checked_add_signed(length).filter(|until| until.year() <= 9999)
}

/// Writes a maintenance and the event that says so, with what differs from `before`.
fn put(
    write: &Write<'_>,
    before: Option<&Maintenance>,
    maintenance: &mut Maintenance,
    kind: EventKind,
    verb: &str,
    at: DateTime<Utc>,
) -> anyhow::Result<()> {
    maintenance.revision = write.next_seq()?;
    // A date that somebody touches gets a row.
    let before = before.filter(|before| before.is_recorded());
    maintenance.number = maintenance.number.max(0);
    // Its numbers are part of the change, and are given as it is written.
    write.put_maintenance(maintenance)?;
    write.record_change(maintenance.revision, event(maintenance, kind, verb, at), Change::between(before, Some(&*maintenance)))?;
    Ok(())
}

fn event(maintenance: &Maintenance, kind: EventKind, verb: &str, at: DateTime<Utc>) -> NewEvent {
    NewEvent {
        kind,
        subject: Subject::Maintenance(maintenance.id.clone()),
        status: Some(maintenance.status_at(at).to_string()),
        effective_at: at,
        sentence: match &maintenance.occurrence {
            Some(occurrence) => format!("{verb} maintenance {} of {}", maintenance.title, occurrence.day),
            None => format!("{verb} maintenance {}", maintenance.title),
        },
    }
}

/// Read before the commit, so that nothing can fail between the commit and the id being told.
fn written(
    reader: &Reader,
    maintenance: &Maintenance,
    at: DateTime<Utc>,
    now: DateTime<Utc>,
) -> anyhow::Result<Written<MaintenanceReport>> {
    let thing = described(reader, maintenance, now)?;
    let public = reader.find_maintenance(Scope::Public, maintenance.id.as_str())?.is_some();
    Ok(Written { effective_at: at, public, thing })
}

fn too_late() -> UserError {
    UserError::usage("the maintenance would end after the year 9999")
}
