//! Groups of services: add, edit, remove; list.

use chrono::{DateTime, Utc};

use crate::domain::{Change, Etag, EventKind, Group, PublicId, Service, ServiceStatus, Slug, Standing, Subject, text};
use crate::error::UserError;
use crate::ops::naming::{checked_position, find_group, one_line, position_behind};
use crate::ops::page::{List, Page};
use crate::ops::report::{GroupReport, GroupsReport, Written};
use crate::ops::{Deed, Org, describe, history};
use crate::snapshot::{self, Entry, Snapshot};
use crate::store::{NewEvent, Scope, Write};

/// What `group add` is told.
#[derive(Clone, Debug)]
pub struct AddGroup {
    /// Name in commands.
    pub slug: Slug,
    /// What visitors read.
    pub name: String,
    /// Order on the page; last by default.
    pub position: Option<i64>,
}

/// What `group edit` is told; `None` leaves it as it is.
#[derive(Clone, Debug, Default)]
pub struct EditGroup {
    /// Name in commands.
    pub slug: Option<Slug>,
    /// What visitors read.
    pub name: Option<String>,
    /// A line for readers of Statuspage's API; empty removes it.
    pub description: Option<String>,
    /// Order on the page.
    pub position: Option<i64>,
}

/// Adds a group.
///
/// # Errors
/// Conflict where the slug is taken.
pub fn add(org: &mut Org, options: &AddGroup, deed: &Deed) -> anyhow::Result<Written<GroupReport>> {
    let name = one_line("name", &options.name)?;
    let position = checked_position(options.position)?;
    let at = deed.effective()?;
    org.write(deed, |write| {
        let (groups, services) = (write.groups(Scope::Everything)?, write.services(Scope::Everything)?);
        refuse_taken(&groups, &options.slug)?;
        let mut group = new_group(&options.slug, at)?;
        group.name.clone_from(&name);
        group.position = position.unwrap_or_else(|| next_position(&groups, &services));
        put_added(write, &mut group, at)?;
        Ok(Written { effective_at: at, public: true, thing: report(&group) })
    })
}

/// Changes a group.
///
/// # Errors
/// Usage where nothing is to be changed; conflict where the new slug is taken; not found for an unknown group.
pub fn edit(org: &mut Org, group: &str, options: &EditGroup, deed: &Deed) -> anyhow::Result<Written<GroupReport>> {
    let at = deed.effective()?;
    let organization = org.organization()?;
    org.write(deed, |write| {
        let groups = write.groups(Scope::Everything)?;
        let before = find_group(&groups, group)?;
        deed.expect("group", before.slug.as_str(), || Ok(Etag::of(before)))?;
        let mut after = before.clone();
        if let Some(slug) = options.slug.as_ref().filter(|slug| **slug != before.slug) {
            refuse_taken(&groups, slug)?;
            after.slug = slug.clone();
        }
        apply(&mut after, options)?;
        if after == *before {
            return Err(UserError::usage("nothing to change").hint("`statuary group edit --help` lists what can be").into());
        }
        let public = is_public(write, before)?;
        put_edited(write, before, &mut after, at)?;
        let snapshot = snapshot::snapshot(&history(write, Scope::Everything, &organization, deed.now)?, deed.now);
        let thing = reports(&snapshot).find(|report| report.id == after.id).unwrap_or_else(|| report(&after));
        Ok(Written { effective_at: at, public, thing })
    })
}

/// Removes a group that holds no service any more; removed services leave it silently.
///
/// # Errors
/// Conflict where a service is in it; not found for an unknown group.
pub fn remove(org: &mut Org, group: &str, deed: &Deed) -> anyhow::Result<Written<GroupReport>> {
    let at = deed.effective()?;
    org.write(deed, |write| {
        let (groups, services) = (write.groups(Scope::Everything)?, write.services(Scope::Everything)?);
        let before = find_group(&groups, group)?;
        deed.expect("group", before.slug.as_str(), || Ok(Etag::of(before)))?;
        let members = services.iter().filter(|service| service.group.as_ref() == Some(&before.id));
        let (present, removed): (Vec<&Service>, Vec<&Service>) = members.partition(|service| service.standing != Standing::Removed);
        if let Some(first) = present.first() {
            return Err(UserError::conflict(format!("group `{}` is not empty: {}", before.slug, slugs(&present)))
                .hint(format!("move a service with `statuary service edit {} --group OTHER`, or take it out with `--group ''`", first.slug))
                .into());
        }
        let public = is_public(write, before)?;
        put_removed(write, before, &removed, at)?;
        Ok(Written { effective_at: at, public, thing: report(before) })
    })
}

/// Lists groups in page order.
///
/// # Errors
/// Usage for a page that cannot be.
pub fn list(org: &Org, page: &Page, now: DateTime<Utc>) -> anyhow::Result<GroupsReport> {
    let groups = reports(&org.snapshot(Scope::Everything, now)?).collect();
    let (groups, next) = page.of(List::Groups, groups, |group: &GroupReport| &group.id)?;
    Ok(GroupsReport { groups, next })
}

/// One group, for a question before something is done to it.
///
/// # Errors
/// Not found for an unknown group.
pub fn show(org: &Org, group: &str, now: DateTime<Utc>) -> anyhow::Result<GroupReport> {
    let id = find_group(&org.store.groups(Scope::Everything)?, group)?.id.clone();
    let found = reports(&org.snapshot(Scope::Everything, now)?).find(|report| report.id == id);
    Ok(found.ok_or_else(|| UserError::not_found(format!("no group `{group}`")))?)
}

/// A group of which nothing is said yet.
pub(super) fn new_group(slug: &Slug, at: DateTime<Utc>) -> Result<Group, UserError> {
    Ok(Group::new(PublicId::random()?, slug.clone(), at))
}

/// Behind the last of all groups and of the services that are in none.
pub(super) fn next_position(groups: &[Group], services: &[Service]) -> i64 {
    let ungrouped = services.iter().filter(|service| service.group.is_none()).map(|service| service.position);
    position_behind(groups.iter().map(|group| group.position).chain(ungrouped))
}

/// Makes a group as `options` say, but for its slug.
pub(super) fn apply(group: &mut Group, options: &EditGroup) -> Result<(), UserError> {
    if let Some(name) = &options.name {
        group.name = one_line("name", name)?;
    }
    if let Some(description) = &options.description {
        group.description = Some(text::on_one_line(description).trim().to_owned()).filter(|said| !said.is_empty());
    }
    group.position = checked_position(options.position)?.unwrap_or(group.position);
    Ok(())
}

/// Writes a new group, and its event.
pub(super) fn put_added(write: &Write<'_>, group: &mut Group, at: DateTime<Utc>) -> Result<(), UserError> {
    write.put_group(group)?;
    let event = event(EventKind::GroupAdded, group, format!("added group {}", group.name), at);
    write.record_change(write.next_seq()?, event, Change::between(None, Some(group))).map(drop)
}

/// Writes a group that was edited, and its event.
pub(super) fn put_edited(write: &Write<'_>, before: &Group, after: &mut Group, at: DateTime<Utc>) -> Result<(), UserError> {
    after.updated_at = at.max(before.updated_at);
    write.put_group(after)?;
    let event = event(EventKind::GroupEdited, after, format!("edited group {}", after.name), at);
    write.record_change(write.next_seq()?, event, Change::between(Some(before), Some(after))).map(drop)
}

/// Removes a group in which there are only removed services, `members`, and writes the event.
pub(super) fn put_removed(write: &Write<'_>, before: &Group, members: &[&Service], at: DateTime<Utc>) -> Result<(), UserError> {
    for service in members {
        write.put_service(&mut Service { group: None, ..(*service).clone() })?;
    }
    write.delete_group(before.number)?;
    let detached: Vec<PublicId> = members.iter().map(|service| service.id.clone()).collect();
    let event = event(EventKind::GroupRemoved, before, format!("removed group {}", before.name), at);
    write.record_change(write.next_seq()?, event, Change::group_removed(before, &detached)).map(drop)
}

fn refuse_taken(groups: &[Group], slug: &Slug) -> Result<(), UserError> {
    match groups.iter().find(|group| group.slug == *slug) {
        Some(_) => Err(UserError::conflict(format!("there is a group `{slug}` already"))),
        None => Ok(()),
    }
}

pub(super) fn is_public(write: &Write<'_>, group: &Group) -> Result<bool, UserError> {
    Ok(write.find_group(Scope::Public, group.id.as_str())?.is_some())
}

/// `` `api` and `web` ``, as far as a line bears it.
fn slugs(services: &[&Service]) -> String {
    let named: Vec<String> = services.iter().take(3).map(|service| format!("`{}`", service.slug)).collect();
    match (named.split_last(), services.len().saturating_sub(named.len())) {
        (_, more @ 1..) => format!("{} and {more} more", named.join(", ")),
        (Some((last, [])), _) => last.clone(),
        (Some((last, rest)), _) => format!("{} and {last}", rest.join(", ")),
        (None, _) => String::new(),
    }
}

fn event(kind: EventKind, group: &Group, sentence: String, at: DateTime<Utc>) -> NewEvent {
    NewEvent { kind, subject: Subject::Group(group.id.clone()), status: None, effective_at: at, sentence }
}

/// The groups of a snapshot in page order.
fn reports(snapshot: &Snapshot) -> impl Iterator<Item = GroupReport> {
    snapshot.entries.iter().filter_map(|entry| match entry {
        Entry::Group(view) => Some(describe::group(view)),
        Entry::Service(_) => None,
    })
}

/// A group without services.
fn report(group: &Group) -> GroupReport {
    let Group { number, id, slug, name, position, .. } = group.clone();
    let etag = Etag::of(group);
    GroupReport { id, number, slug, name, position, status: ServiceStatus::Operational, services: Vec::new(), etag }
}
