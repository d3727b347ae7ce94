//! Groups of services.

use chrono::{DateTime, Utc};

use crate::domain::{EventKind, Group, PublicId, ServiceStatus, Slug, Subject};
use crate::error::UserError;
use crate::ops::naming::one_line;
use crate::ops::report::{GroupReport, Written};
use crate::ops::{Deed, Org, describe};
use crate::snapshot::Entry;
use crate::store::{NewEvent, Scope};

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

/// Adds a group.
///
/// # Errors
/// Conflict where the slug is taken.
pub fn add(org: &mut Org, options: &AddGroup, deed: &Deed) -> anyhow::Result<Written<GroupReport>> {
    let name = one_line("name", &options.name)?;
    let at = deed.effective()?;
    org.write(deed, |write| {
        let (groups, services) = (write.groups(Scope::Everything)?, write.services(Scope::Everything)?);
        if groups.iter().any(|group| group.slug == options.slug) {
            return Err(UserError::conflict(format!("there is a group `{}` already", options.slug)).into());
        }
        let ungrouped = services.iter().filter(|service| service.group.is_none()).map(|service| service.position);
        let last = groups.iter().map(|group| group.position).chain(ungrouped).max().unwrap_or(0);
        let mut group = Group {
            number: 0,
            id: PublicId::random()?,
            slug: options.slug.clone(),
            name,
            description: None,
            position: options.position.unwrap_or(last.saturating_add(1)),
            source_page: None,
            created_at: at,
            updated_at: at,
        };
        write.record(NewEvent {
            kind: EventKind::GroupAdded,
            subject: Subject::Group(group.id.clone()),
            status: None,
            effective_at: at,
            sentence: format!("added group {}", group.name),
        })?;
        write.put_group(&mut group)?;
        let Group { number, id, slug, name, position, .. } = group;
        let thing = GroupReport { id, number, slug, name, position, status: ServiceStatus::Operational, services: Vec::new() };
        Ok(Written { effective_at: at, public: true, thing })
    })
}

/// Lists groups in page order.
///
/// # Errors
/// Fails where org.db cannot be read.
pub fn list(org: &Org, now: DateTime<Utc>) -> anyhow::Result<Vec<GroupReport>> {
    let snapshot = org.snapshot(Scope::Everything, now)?;
    let groups = snapshot.entries.iter().filter_map(|entry| match entry {
        Entry::Group(view) => Some(describe::group(view)),
        Entry::Service(_) => None,
    });
    Ok(groups.collect())
}
