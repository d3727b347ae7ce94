//! Services: add, edit, remove, set a status by hand; list and show.

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};

use crate::domain::{
    Change, Etag, EventKind, Group, ManualStatus, Organization, Origin, PublicId, Service, ServiceStatus, Slug, Standing, Subject, text,
};
use crate::error::UserError;
use crate::ops::message::cleaned;
use crate::ops::naming::{checked_position, find_group, find_service, one_line, position_behind};
use crate::ops::page::{List, Page};
use crate::ops::report::{ServiceReport, ServicesReport, Written};
use crate::ops::{Deed, Org, describe, history};
use crate::snapshot;
use crate::store::{NewEvent, Reader, Scope, Write};

/// What `service add` and `service edit` are told; `None` leaves a setting as it is (or at its default).
#[derive(Clone, Debug, Default)]
pub struct ServiceSettings {
    /// What visitors read; the slug by default.
    pub name: Option<String>,
    /// A line below the name; empty removes it.
    pub description: Option<String>,
    /// Where the service lives; empty removes it.
    pub link: Option<String>,
    /// Slug of its group; empty takes it out of its group.
    pub group: Option<String>,
    /// Order.
    pub position: Option<i64>,
    /// Uptime counts from this day; inner `None` removes it.
    pub start_date: Option<Option<NaiveDate>>,
    /// Nowhere in public output.
    pub hidden: Option<bool>,
    /// Bars and uptime on the page.
    pub showcase: Option<bool>,
    /// In HTML only while not operational.
    pub only_show_if_degraded: Option<bool>,
}

/// What `service status` is told.
#[derive(Clone, Debug)]
pub struct SetStatus {
    /// Slug, id or number.
    pub service: String,
    /// The status from then on.
    pub status: ServiceStatus,
    /// Why.
    pub message: Option<String>,
}

/// Adds a service.
///
/// # Errors
/// Conflict where the slug is taken; not found for an unknown group; usage for a link that is no web address.
pub fn add(org: &mut Org, slug: &Slug, settings: &ServiceSettings, deed: &Deed) -> anyhow::Result<Written<ServiceReport>> {
    let at = deed.effective()?;
    let organization = org.organization()?;
    org.write(deed, |write| {
        let (groups, services) = (write.groups(Scope::Everything)?, write.services(Scope::Everything)?);
        if let Some(taken) = services.iter().find(|service| service.slug == *slug) {
            let error = UserError::conflict(format!("there is a service `{slug}` already"));
            return Err(match taken.standing {
                Standing::Listed => error.hint(format!("change it with `statuary service edit {slug}`")),
                Standing::IncidentsOnly | Standing::Removed => error.hint("old incidents name it; choose another slug"),
            }
            .into());
        }
        let mut service = new_service(slug, at)?;
        apply(&mut service, settings, &groups)?;
        if settings.position.is_none() {
            service.position = next_position(&service, &groups, &services);
        }
        put_added(write, &mut service, at)?;
        let thing = report(write, &organization, service.id.as_str(), deed.now)?;
        Ok(Written { effective_at: at, public: !service.hidden, thing })
    })
}

/// Changes a service's settings.
///
/// # Errors
/// As [`add`]; usage where nothing is to be changed.
pub fn edit(org: &mut Org, service: &str, settings: &ServiceSettings, deed: &Deed) -> anyhow::Result<Written<ServiceReport>> {
    let at = deed.effective()?;
    let organization = org.organization()?;
    org.write(deed, |write| {
        let (groups, services) = (write.groups(Scope::Everything)?, write.services(Scope::Everything)?);
        let before = find_service(&services, service)?;
        expect(write, before, deed)?;
        let mut after = before.clone();
        apply(&mut after, settings, &groups)?;
        if after == *before {
            return Err(UserError::usage("nothing to change").hint("`statuary service edit --help` lists what can be").into());
        }
        put_changed(write, EventKind::ServiceEdited, before, &mut after, at)?;
        let thing = report(write, &organization, after.id.as_str(), deed.now)?;
        Ok(Written { effective_at: at, public: !before.hidden || !after.hidden, thing })
    })
}

/// Removes a service from every output. Its part in the record stays, for uptime and for the log.
///
/// # Errors
/// Not found for an unknown service.
pub fn remove(org: &mut Org, service: &str, deed: &Deed) -> anyhow::Result<Written<ServiceReport>> {
    let at = deed.effective()?;
    let organization = org.organization()?;
    org.write(deed, |write| {
        let services = write.services(Scope::Everything)?;
        let before = find_service(&services, service)?;
        expect(write, before, deed)?;
        let thing = report(write, &organization, before.id.as_str(), deed.now)?;
        put_removed(write, before, at)?;
        Ok(Written { effective_at: at, public: !thing.hidden, thing })
    })
}

/// Sets a status by hand; `--at` may lie ahead.
///
/// # Errors
/// Not found for an unknown service.
pub fn set_status(org: &mut Org, options: &SetStatus, deed: &Deed) -> anyhow::Result<Written<ServiceReport>> {
    let organization = org.organization()?;
    org.write(deed, |write| {
        let services = write.services(Scope::Everything)?;
        let service = find_service(&services, &options.service)?.clone();
        expect(write, &service, deed)?;
        let at = match deed.stated() {
            Some(at) => at,
            None => from_now_on(write, &service, deed.now)?,
        };
        let mut manual = ManualStatus {
            number: 0,
            service: service.id.clone(),
            status: options.status,
            at,
            message: options.message.as_deref().map(cleaned),
            origin: Origin::Person,
            created_at: deed.now,
        };
        let sentence = format!("set {} to {}", service.name, options.status);
        write.put_manual_status(&mut manual)?;
        let event = event(EventKind::ServiceStatus, &service, Some(options.status), at, sentence);
        write.record_change(write.next_seq()?, event, Change::status_given(&manual))?;
        let thing = report(write, &organization, service.id.as_str(), deed.now)?;
        Ok(Written { effective_at: at, public: !service.hidden && service.is_listed(), thing })
    })
}

/// The longest that a clock is taken to have been set back, and not to have been wrong before.
const LONGEST_SETBACK: TimeDelta = TimeDelta::days(1);

/// Now, or the newest status of the service that counted at once, where the clock has fallen behind it: what is said later counts later.
fn from_now_on(write: &Write<'_>, service: &Service, now: DateTime<Utc>) -> Result<DateTime<Utc>, UserError> {
    let given = write.manual_statuses(Scope::Everything, Some(now))?;
    let at_once = given.iter().filter(|manual| manual.service == service.id && manual.at <= manual.created_at);
    Ok(at_once.map(|manual| manual.at).filter(|at| *at - now <= LONGEST_SETBACK).max().map_or(now, |newest| newest.max(now)))
}

/// Lists services in page order, hidden ones included.
///
/// # Errors
/// Usage for a page that cannot be.
pub fn list(org: &Org, page: &Page, now: DateTime<Utc>) -> anyhow::Result<ServicesReport> {
    let history = org.history(Scope::Everything, now)?;
    let services = describe::services(&snapshot::snapshot(&history, now), &history, &org.store.statuses_given()?);
    let (services, next) = page.of(List::Services, services, |service| &service.id)?;
    Ok(ServicesReport { services, next })
}

/// One service, also one that only incidents name.
///
/// # Errors
/// Not found for an unknown service.
pub fn show(org: &Org, service: &str, now: DateTime<Utc>) -> anyhow::Result<ServiceReport> {
    report(&org.store, &org.organization()?, service, now)
}

/// A service's report; read before a commit, so that nothing can fail between the commit and the result being told.
fn report(reader: &Reader, organization: &Organization, service: &str, now: DateTime<Utc>) -> anyhow::Result<ServiceReport> {
    let mut history = history(reader, Scope::Everything, organization, now)?;
    let found = find_service(&history.services, service)?;
    let given = reader.statuses_given_to(&found.id)?;
    let (id, etag) = (found.id.clone(), Etag::of_service(found, given));
    let mut only_in_incidents = false;
    if let Some(service) = history.services.iter_mut().find(|service| service.id == id && !service.is_listed()) {
        // Shown to the operator as if it were listed: with its status and figures.
        service.standing = Standing::Listed;
        only_in_incidents = true;
    }
    let snapshot = snapshot::snapshot(&history, now);
    let view = snapshot.services().find(|view| view.service.id == id);
    let view = view.ok_or_else(|| UserError::not_found(format!("no service `{service}`")))?;
    let last_check = reader.latest_check(&id)?.map(describe::check);
    Ok(ServiceReport { incidents_only: only_in_incidents, last_check, etag, ..describe::service(view, &history, given) })
}

/// Refuses a deed that was meant for the service as it was.
fn expect(write: &Write<'_>, service: &Service, deed: &Deed) -> Result<(), UserError> {
    let given = || write.statuses_given_to(&service.id);
    deed.expect("service", service.slug.as_str(), || Ok(Etag::of_service(service, given()?)))
}

/// A service of which nothing is said yet.
pub(super) fn new_service(slug: &Slug, at: DateTime<Utc>) -> Result<Service, UserError> {
    Ok(Service::new(PublicId::random()?, slug.clone(), at))
}

/// Writes a new service, and its event.
pub(super) fn put_added(write: &Write<'_>, service: &mut Service, at: DateTime<Utc>) -> Result<(), UserError> {
    write.put_service(service)?;
    let event = event(EventKind::ServiceAdded, service, None, at, format!("added service {}", service.name));
    write.record_change(write.next_seq()?, event, Change::between(None, Some(service))).map(drop)
}

/// Writes a service that was edited or brought back, as `kind` says, and its event.
pub(super) fn put_changed(
    write: &Write<'_>,
    kind: EventKind,
    before: &Service,
    after: &mut Service,
    at: DateTime<Utc>,
) -> Result<(), UserError> {
    after.updated_at = at.max(before.updated_at);
    write.put_service(after)?;
    let done = if kind == EventKind::ServiceRestored { "brought back" } else { "edited" };
    let event = event(kind, after, None, at, format!("{done} service {}", after.name));
    let seq = write.record_change(write.next_seq()?, event, Change::between(Some(before), Some(after)))?;
    write.touch_incidents_naming(&after.id, seq)
}

/// Takes a service out of every output, and writes the event.
pub(super) fn put_removed(write: &Write<'_>, before: &Service, at: DateTime<Utc>) -> Result<(), UserError> {
    let mut after = before.clone();
    after.standing = Standing::Removed;
    after.updated_at = at.max(before.updated_at);
    let gone = write.delete_service(before.number)?;
    if !gone {
        write.put_service(&mut after)?;
    }
    let event = event(EventKind::ServiceRemoved, before, None, at, format!("removed service {}", before.name));
    let seq = write.record_change(write.next_seq()?, event, Change::between(Some(before), (!gone).then_some(&after)))?;
    write.touch_incidents_naming(&before.id, seq)
}

/// Makes a service as `settings` say.
pub(super) fn apply(service: &mut Service, settings: &ServiceSettings, groups: &[Group]) -> anyhow::Result<()> {
    let optional = |said: &String| Some(text::on_one_line(said).trim().to_owned()).filter(|said| !said.is_empty());
    if let Some(name) = &settings.name {
        service.name = one_line("name", name)?;
    }
    if let Some(description) = &settings.description {
        service.description = optional(description);
    }
    if let Some(link) = &settings.link {
        service.link = optional(link);
        if service.link.as_ref().is_some_and(|link| !is_web_address(link)) {
            return Err(UserError::usage(format!("`{}` is not a web address", link.escape_debug())).hint("it starts with https://").into());
        }
    }
    if let Some(group) = &settings.group {
        service.group = if group.is_empty() { None } else { Some(find_group(groups, group)?.id.clone()) };
    }
    service.position = checked_position(settings.position)?.unwrap_or(service.position);
    service.start_date = settings.start_date.unwrap_or(service.start_date);
    service.hidden = settings.hidden.unwrap_or(service.hidden);
    service.showcase = settings.showcase.unwrap_or(service.showcase);
    service.only_show_if_degraded = settings.only_show_if_degraded.unwrap_or(service.only_show_if_degraded);
    Ok(())
}

pub(super) fn is_web_address(link: &str) -> bool {
    let rest = link.strip_prefix("https://").or_else(|| link.strip_prefix("http://"));
    rest.is_some_and(|rest| !rest.is_empty() && !rest.starts_with('/'))
        && !link.chars().any(|character| character.is_whitespace() || character.is_control())
}

/// Behind the last of its siblings: the services of its group, or groups and ungrouped services.
pub(super) fn next_position(service: &Service, groups: &[Group], services: &[Service]) -> i64 {
    let siblings = services.iter().filter(|other| other.group == service.group && other.is_listed()).map(|other| other.position);
    let groups = groups.iter().filter(|_| service.group.is_none()).map(|group| group.position);
    position_behind(siblings.chain(groups))
}

fn event(kind: EventKind, service: &Service, status: Option<ServiceStatus>, at: DateTime<Utc>, sentence: String) -> NewEvent {
    NewEvent {
        kind,
        subject: Subject::Service(service.id.clone()),
        status: status.map(|status| status.to_string()),
        effective_at: at,
        sentence,
    }
}
