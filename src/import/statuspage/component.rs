//! The list of services and groups.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};

use super::object::{Object, Reason};
use super::words::SERVICE;
use super::{Components, SourceGroup, SourceService};
use crate::domain::{POSITIONS, PublicId};

enum Element {
    Group(SourceGroup),
    Service(SourceService),
}

/// Groups and services in the list's order; `file_at` stands in for times that are missing.
pub(super) fn read(list: &[Object<'_>], file_at: Option<DateTime<Utc>>) -> Components {
    let mut components = Components::default();
    let mut places = Vec::new();
    let mut known = BTreeSet::new();
    for (object, position) in list.iter().zip(1..) {
        match read_one(object, position, file_at, &mut known) {
            Ok(Element::Group(group)) => components.groups.push(group),
            Ok(Element::Service(service)) => {
                components.services.push(service);
                places.push(object);
            }
            Err(reason) => object.leave_out(&reason),
        }
    }
    // Only now, since services may come before their group.
    let groups: BTreeSet<&PublicId> = components.groups.iter().map(|group| &group.id).collect();
    for (service, object) in components.services.iter_mut().zip(places) {
        if let Some(group) = service.group.take_if(|group| !groups.contains(group)) {
            object.warn(&format!("`group_id` is not a group of this file: `{group}`"));
        }
    }
    components
}

fn read_one(
    object: &Object<'_>,
    default_position: i64,
    file_at: Option<DateTime<Utc>>,
    known: &mut BTreeSet<PublicId>,
) -> Result<Element, Reason> {
    let id = object.id()?;
    if known.contains(&id) {
        return Err(format!("`{id}` is in the file twice, the first one counts"));
    }
    let is_group = object.flag("group").unwrap_or(false);
    let stated_updated_at = object.time("updated_at");
    let created_at = object.time("created_at").or(stated_updated_at).or(file_at).ok_or("it has no usable time")?;
    let updated_at = stated_updated_at.unwrap_or(created_at);
    let position = object.number_within("position", &POSITIONS).unwrap_or(default_position);
    let description = object.line("description");
    let group = object.optional_id("group_id");
    let element = if is_group {
        if group.is_some() {
            object.warn("`group_id` is not used: groups do not stand in groups");
        }
        Element::Group(SourceGroup { name: object.name(&id), description, position, created_at, updated_at, id })
    } else {
        Element::Service(SourceService {
            status: object.status(&SERVICE)?,
            name: object.name(&id),
            description,
            link: None,
            group,
            position,
            start_date: object.date("start_date"),
            showcase: object.flag("showcase").unwrap_or(true),
            only_show_if_degraded: object.flag("only_show_if_degraded").unwrap_or(false),
            created_at,
            updated_at,
            id,
        })
    };
    known.insert(match &element {
        Element::Group(group) => group.id.clone(),
        Element::Service(service) => service.id.clone(),
    });
    Ok(element)
}
