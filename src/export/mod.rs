//! Domain values to files other tools and people keep: pure, text out.

use crate::domain::dump::{Document, FORMAT, Moment, SourceRow, VERSION};
use crate::domain::{Event, History, text};
use crate::error::UserError;

/// The whole record of an organization as one JSON document for Git: lists by row number, so that what is added later stands below.
///
/// `history` holds everything (`since` is `None`, drafts and removed services included) and `events` is the whole log; `history.events` and
/// `history.index` are not looked at. Name, address, zone and language are not in a dump: org.toml is committed beside it.
///
/// # Errors
/// None that follow from the values; the serializer's, should it ever have one.
pub fn dump(history: &History, events: &[Event]) -> Result<String, UserError> {
    let document = Document {
        format: FORMAT.to_owned(),
        version: VERSION,
        page_id: history.organization.id.clone(),
        created_at: Moment(history.created_at),
        sources: history
            .sources
            .iter()
            .map(|source| SourceRow { page: source.page.clone(), stated_at: Moment(source.stated_at) })
            .collect(),
        groups: rows(&history.groups, |group| group.number),
        services: rows(&history.services, |service| service.number),
        manual_statuses: rows(&history.manual_statuses, |manual| manual.number),
        incidents: rows(&history.incidents, |incident| incident.number),
        maintenances: rows(&history.maintenances, |maintenance| maintenance.number),
        events: rows(events, |event| event.seq),
    };
    let mut text = serde_json::to_string_pretty(&document).map_err(|error| UserError::failed(format!("cannot write a dump: {error}")))?;
    text.push('\n');
    Ok(text::escaped_json(&text).into_owned())
}

/// The rows of `values`, by row number.
fn rows<'a, T, R: From<&'a T>>(values: &'a [T], number: impl Fn(&T) -> i64) -> Vec<R> {
    let mut sorted: Vec<&T> = values.iter().collect();
    sorted.sort_by_key(|value| number(value));
    sorted.into_iter().map(R::from).collect()
}
