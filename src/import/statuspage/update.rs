//! Updates of incidents and maintenances.

use std::collections::BTreeMap;

use super::collected::Collected;
use super::object::{Object, Reason};
use super::value::Vocabulary;
use super::words::SERVICE;
use crate::domain::{Affected, Origin, PublicId, Update, text};
use crate::import::html_body;

/// What old maintenances write in the place of services.
const NO_SERVICES: &str = "No components were affected by this update.";

/// The updates of one incident or maintenance, oldest first.
///
/// The source lists them newest first; that decides between those of one moment.
pub(super) fn read<S: Copy>(list: &[Object<'_>], words: &Vocabulary<S>, markdown: bool, collected: &mut Collected) -> Vec<Update<S>> {
    let mut updates: Vec<Update<S>> = Vec::new();
    for object in list {
        match read_one(object, words, markdown, collected) {
            Ok(update) => updates.push(update),
            Err(reason) => object.leave_out(&reason),
        }
    }
    let ascends = updates.first().zip(updates.last()).is_some_and(|(first, last)| first.display_at < last.display_at);
    if !ascends {
        updates.reverse();
    }
    updates.sort_by_key(|update| update.display_at);
    updates
}

fn read_one<S: Copy>(object: &Object<'_>, words: &Vocabulary<S>, markdown: bool, collected: &mut Collected) -> Result<Update<S>, Reason> {
    let id = object.id()?;
    collected.check_new_update(&id)?;
    let status = object.status(words)?;
    let created_at = object.time("created_at");
    let display_at = object.time("display_at").or(created_at).ok_or("it has no usable time")?;
    let body = object.text("body").unwrap_or_default();
    let update = Update {
        number: 0,
        status,
        body: if markdown { body.to_owned() } else { html_body::to_markdown(body) },
        translations: BTreeMap::new(),
        next_update_at: None,
        display_at,
        created_at: created_at.unwrap_or(display_at),
        updated_at: object.time("updated_at").or(created_at).unwrap_or(display_at),
        affected: affected(object),
        deliver_notifications: object.flag("deliver_notifications").unwrap_or(true),
        origin: Origin::Import,
        id,
    };
    collected.used_update(&update.id);
    for affected in update.affected.iter().flatten() {
        if let Some(service) = &affected.service {
            collected.named_by_update(service, &affected.name, update.display_at);
        }
    }
    Ok(update)
}

/// What it says of services: `None` where that is null or absent, which is not the same as an empty list.
fn affected(update: &Object<'_>) -> Option<Vec<Affected>> {
    let entries = update.objects("affected_components")?;
    Some(entries.list.iter().filter_map(read_affected).collect())
}

fn read_affected(entry: &Object<'_>) -> Option<Affected> {
    let code = entry.optional_id("code");
    let name = entry.text("name").map(text::on_one_line).filter(|name| !name.is_empty());
    let Some(name) = name.or_else(|| code.as_ref().map(PublicId::to_string)) else {
        entry.leave_out("it has neither `code` nor `name`");
        return None;
    };
    Some(Affected {
        service: code.filter(|_| name != NO_SERVICES),
        name,
        old_status: entry.optional_word("old_status", &SERVICE),
        new_status: entry.optional_word("new_status", &SERVICE),
    })
}
