//! `events.sse`: the newest public events as a file in the form of an event stream.
//!
//! An `EventSource` pointed at it reads the events, reconnects after `retry` milliseconds and reads it again; a client ignores ids it knows.

use std::fmt::Write;

use serde::Serialize;

use crate::domain::{Organization, Subject};
use crate::render::wire::{incident_url, maintenance_url, service_url, timestamp};
use crate::snapshot::{EventView, Snapshot};

/// How many events the file holds at most.
const MOST_RECENT: usize = 100;

/// How long a reader waits before it comes back, in milliseconds.
const RETRY_MS: u32 = 15_000;

/// The last 100 public events, in the order in which they came to light. Events about something else than an incident, a maintenance or a service are left out.
pub fn events(snapshot: &Snapshot) -> String {
    let records: Vec<String> = snapshot.events.iter().filter_map(|view| record(&snapshot.organization, view)).collect();
    let newest = &records[records.len().saturating_sub(MOST_RECENT)..];
    format!("retry: {RETRY_MS}\n\n{}", newest.concat())
}

/// One event as it stands in the stream, also in a live one: `id`, `event` and `data` lines and a blank one. `None` where visitors have no
/// word for its subject.
pub fn record(organization: &Organization, view: &EventView) -> Option<String> {
    let (name, id, url) = match &view.event.subject {
        Subject::Incident(id) => ("incident", id, incident_url(organization, id)),
        Subject::Maintenance(id) => ("maintenance", id, maintenance_url(organization, id)),
        Subject::Service(id) => {
            ("service", id, view.slug.as_ref().map_or_else(|| organization.address(), |slug| service_url(organization, slug)))
        }
        Subject::Organization | Subject::Group(_) => return None,
    };
    let data = Data {
        at: timestamp(view.event.effective_at),
        kind: view.event.kind.to_string(),
        id: id.as_str(),
        status: view.event.status.as_deref(),
        title: &view.title,
        url,
    };
    // Serializing strings cannot fail.
    let data = one_line(&serde_json::to_string(&data).unwrap_or_default());
    Some(format!("id: {}\nevent: {name}\ndata: {data}\n\n", view.event.seq))
}

/// The line of JSON in an event.
#[derive(Serialize)]
struct Data<'a> {
    /// When it took effect, RFC 3339 in UTC.
    at: String,
    /// What happened: `incident.opened`, `service.status`…
    kind: String,
    /// Public id of the incident, maintenance or service.
    id: &'a str,
    /// The status it led to; null where there is none.
    status: Option<&'a str>,
    /// Its title or name now.
    title: &'a str,
    /// Absolute address of its page.
    url: String,
}

/// JSON without any character that some reader takes for the end of a line. They occur in strings only, where an escape means the same.
fn one_line(json: &str) -> String {
    let mut line = String::with_capacity(json.len());
    for character in json.chars() {
        if character.is_control() || matches!(character, '\u{2028}' | '\u{2029}') {
            // Writing to a string cannot fail.
            let _ = write!(line, "\\u{:04x}", u32::from(character));
        } else {
            line.push(character);
        }
    }
    line
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::render::sample;

    #[test]
    fn events_come_oldest_first_with_absolute_addresses() {
        let text = events(&sample::snapshot());
        assert!(text.starts_with("retry: 15000\n\nid: 11\nevent: service\ndata: {"), "{text}");
        assert!(text.ends_with("\n\n"));
        assert_eq!(text.lines().filter(|line| line.starts_with("id: ")).collect::<Vec<_>>(), ["id: 11", "id: 12", "id: 13"]);
        let data: Vec<serde_json::Value> =
            text.lines().filter_map(|line| line.strip_prefix("data: ")).map(|line| serde_json::from_str(line).unwrap()).collect();
        assert_eq!(data[0]["url"], "https://status.acme.example/pages/services/website/");
        assert_eq!(
            data[1],
            serde_json::json!({
                "at": "2026-11-22T14:10:00.000Z", "kind": "incident.opened", "id": "incidentopen", "status": "investigating",
                "title": "API slow", "url": "https://status.acme.example/pages/incidents/incidentopen/"
            })
        );
        assert_eq!(data[2]["url"], "https://status.acme.example/pages/maintenance/maintrunning/");
    }

    #[test]
    fn hostile_titles_gain_no_line() {
        let snapshot = sample::hostile();
        let text = events(&snapshot);
        let ends = ['\n', '\r', '\u{b}', '\u{c}', '\u{85}', '\u{2028}', '\u{2029}'];
        assert_eq!(text.split(ends).filter(|line| !line.is_empty()).count(), 1 + 3 * 3);
        for line in text.split(ends).filter_map(|line| line.strip_prefix("data: ")) {
            let data: serde_json::Value = serde_json::from_str(line).unwrap();
            assert_eq!(data["title"], sample::HOSTILE);
        }
    }

    #[test]
    fn at_most_100_events_are_kept() {
        let mut snapshot = sample::snapshot();
        let one = snapshot.events[0].clone();
        snapshot.events = (1..=150)
            .map(|seq| {
                let mut view = one.clone();
                view.event.seq = seq;
                view
            })
            .collect();
        let ids: Vec<String> = events(&snapshot).lines().filter_map(|line| line.strip_prefix("id: ")).map(str::to_owned).collect();
        assert_eq!((ids.len(), ids[0].as_str(), ids[99].as_str()), (100, "51", "150"));
    }

    #[test]
    fn without_events_there_is_still_a_stream() {
        let mut snapshot = sample::snapshot();
        snapshot.events.clear();
        assert_eq!(events(&snapshot), "retry: 15000\n\n");
    }
}
