//! Files: which shape one has, and what is at its top.

use chrono::{DateTime, Utc};
use serde_json::Value;

use super::collected::Collected;
use super::object::{Object, Objects, Warnings};
use super::told::{self, Told};
use super::value::{is_ulid, moment};
use super::{SourceFile, SourcePage, component};
use crate::import::json_fault::JsonFault;

/// What an object, each of its keys, and any value take in memory, roughly.
const OBJECT: usize = 544;
const KEY: usize = 96;
const VALUE: usize = 32;

/// Heavier files are left out: few bytes can ask for much memory. The payloads of real pages weigh about four times their length.
const HEAVIEST: usize = 72 << 20;

/// The lists of an envelope that hold incidents or maintenances.
const LISTS: [&str; 2] = ["incidents", "scheduled_maintenances"];

/// Keys of an envelope; one without any of them is of another kind.
const KNOWN: [&str; 6] = ["page", "status", "components", "incident", LISTS[0], LISTS[1]];

/// The fields that say when something was known; windows of maintenances may lie ahead and are not among them.
const TIMES: [&str; 6] = ["created_at", "updated_at", "started_at", "monitoring_at", "resolved_at", "display_at"];

/// Reads a saved payload of any shape; whatever is wrong with it is in the warnings.
pub fn read(text: &str, file_name: &str) -> SourceFile {
    let warnings = Warnings::of_file(file_name);
    if weight(text) > HEAVIEST {
        warnings.add("left out", "it holds more values than any page has");
        return SourceFile { name: file_name.to_owned(), warnings: warnings.into_list(), ..SourceFile::default() };
    }
    let mut file = SourceFile { name: file_name.to_owned(), ..SourceFile::default() };
    match serde_json::from_str(text.strip_prefix('\u{feff}').unwrap_or(text)) {
        Ok(value) => read_value(&value, &warnings, &mut file),
        Err(error) => {
            let JsonFault { place, reason } = JsonFault::from(&error);
            warnings.add(&place, &reason);
        }
    }
    file.warnings = warnings.into_list();
    file
}

/// About how many bytes the values of a JSON text take in memory, beside their texts.
fn weight(text: &str) -> usize {
    let (mut weight, mut within_text, mut escaped) = (0_usize, false, false);
    for byte in text.bytes() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if within_text => escaped = true,
            b'"' => within_text = !within_text,
            b'{' if !within_text => weight += OBJECT,
            b':' if !within_text => weight += KEY,
            b'[' | b',' if !within_text => weight += VALUE,
            _ => {}
        }
    }
    weight
}

fn read_value(value: &Value, warnings: &Warnings, file: &mut SourceFile) {
    file.moment = newest_time(value);
    if let Value::Array(elements) = value {
        let mut collected = Collected::of_page(None, false);
        read_list(&Object::all_of(elements, "", warnings), file, &mut collected);
        file.names = collected.into_names();
        return;
    }
    let Some(top) = Object::of(value, String::new(), warnings) else { return };
    if is_incident(&top) {
        let mut collected = Collected::of_page(None, false);
        read_list(&Objects { list: vec![top], whole: true }, file, &mut collected);
        file.names = collected.into_names();
    } else if KNOWN.iter().any(|key| top.has(key)) {
        read_envelope(&top, file);
    } else {
        top.leave_out("it is no payload of Statuspage's API");
    }
}

/// Whether the object at the top is an incident itself; its `components` and `status` are not those of a page.
fn is_incident(top: &Object<'_>) -> bool {
    top.has("incident_updates") || (top.has("id") && top.value("status").is_some_and(Value::is_string))
}

fn read_envelope(top: &Object<'_>, file: &mut SourceFile) {
    let page = top.object("page");
    let markdown = page.as_ref().is_some_and(is_incident_io);
    file.page = page.and_then(|page| read_page(&page, file.moment));
    let components = top.objects("components");
    file.components = components.map(|components| component::read(&components.list, file.moment));
    let mut collected = Collected::of_page(file.page.as_ref().map(|page| page.id.clone()), markdown);
    let mut whole = true;
    for key in LISTS {
        match top.objects(key) {
            Some(list) => whole &= read_list(&list, file, &mut collected),
            None => whole &= top.value(key).is_none(),
        }
    }
    if let Some(incident) = top.object("incident") {
        read_list(&Objects { list: vec![incident], whole: true }, file, &mut collected);
    }
    file.lists_open = whole && file.components.is_some() && top.value("status").is_some();
    file.names = collected.into_names();
}

/// Reads incidents and maintenances; whether all of them could be used.
fn read_list(objects: &Objects<'_>, file: &mut SourceFile, collected: &mut Collected) -> bool {
    let mut whole = objects.whole;
    for object in &objects.list {
        match told::read(object, collected) {
            Ok(Told::Incident(incident)) => file.incidents.push(incident),
            Ok(Told::Maintenance(maintenance)) => file.maintenances.push(maintenance),
            Err(reason) => {
                object.leave_out(&reason);
                whole = false;
            }
        }
    }
    whole
}

/// Whether a page is incident.io's imitation.
fn is_incident_io(page: &Object<'_>) -> bool {
    page.value("time_zone").is_none() || page.value("id").and_then(Value::as_str).is_some_and(is_ulid)
}

fn read_page(page: &Object<'_>, file_at: Option<DateTime<Utc>>) -> Option<SourcePage> {
    let id = page.id().map_err(|reason| page.leave_out(&reason)).ok()?;
    let Some(updated_at) = page.time("updated_at").or(file_at) else {
        page.leave_out("it has no usable time");
        return None;
    };
    Some(SourcePage { name: page.name(&id), url: address(page), time_zone: page.line("time_zone"), updated_at, id })
}

/// The page's address, ending in `/`.
fn address(page: &Object<'_>) -> Option<String> {
    let url = page.text("url")?;
    let rest = url.strip_prefix("https://").or_else(|| url.strip_prefix("http://")).unwrap_or_default();
    let odd = |character: char| character.is_whitespace() || character.is_control() || "?#\"'<>\\`".contains(character);
    if rest.is_empty() || rest.starts_with('/') || rest.contains(odd) {
        page.warn("`url` is not the address of a page");
        return None;
    }
    Some(if url.ends_with('/') { url.to_owned() } else { format!("{url}/") })
}

/// The newest of the times that are stated anywhere in `value`.
fn newest_time(value: &Value) -> Option<DateTime<Utc>> {
    match value {
        Value::Array(elements) => elements.iter().filter_map(newest_time).max(),
        Value::Object(fields) => fields
            .iter()
            .filter_map(|(key, value)| match value {
                Value::String(text) if TIMES.contains(&key.as_str()) => moment(text),
                _ => newest_time(value),
            })
            .max(),
        _ => None,
    }
}
