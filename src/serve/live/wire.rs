//! The bytes of a stream: the answer's head, what every stream begins with, events that are told by hand, and signs of life.

use std::fmt::Write;

use chrono::{DateTime, Utc};

use super::{Event, Topic};
use crate::ops::stream::Record;

/// How long a listener at least waits before it comes back, in milliseconds.
const RETRY_MS: usize = 2000;

/// Over how many milliseconds more those who come back spread, so that a restart does not bring all of them at once.
const SPREAD_MS: usize = 1500;

/// A sign of life, which readers pass over.
pub(super) const HEARTBEAT: &[u8] = b": still here\n\n";

/// The head of the answer. What a record tells visitors is open to pages anywhere; what is told by hand is not.
pub(super) fn head(topic: &Topic, now: Option<DateTime<Utc>>) -> String {
    let mut head = String::from("HTTP/1.1 200 OK\r\n");
    if let Some(now) = now {
        // Writing to a string cannot fail.
        let _ = write!(head, "date: {}\r\n", now.format("%a, %d %b %Y %H:%M:%S GMT"));
    }
    head.push_str("content-type: text/event-stream; charset=utf-8\r\ncache-control: no-cache, no-transform\r\nx-accel-buffering: no\r\n");
    head.push_str("x-content-type-options: nosniff\r\n");
    if matches!(topic, Topic::Events(_)) {
        head.push_str("access-control-allow-origin: *\r\n");
    }
    head.push_str("connection: close\r\n\r\n");
    head
}

/// What the stream of the `number`th listener begins with: when to come back.
pub(super) fn beginning(number: usize) -> String {
    // Steps without a common divisor with the spread: listeners that follow each other come back at moments far apart.
    format!("retry: {}\n\n", RETRY_MS + number.wrapping_mul(937) % SPREAD_MS)
}

/// An event that is told by hand.
pub(super) fn told(event: &Event) -> Record {
    let name = lines(&event.name).next().unwrap_or_default();
    let mut record = format!("id: {}\nevent: {name}\n", event.id);
    for line in lines(&event.data) {
        // Writing to a string cannot fail.
        let _ = writeln!(record, "data: {line}");
    }
    record.push('\n');
    record.into_bytes().into()
}

/// The lines of a text as readers of a stream part them: `\r\n`, `\n` or `\r`; at least one.
fn lines(text: &str) -> impl Iterator<Item = &str> {
    text.split('\n').flat_map(|line| line.strip_suffix('\r').unwrap_or(line).split('\r'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_told_event_gains_no_field() {
        let record = |name: &str, data: &str| {
            String::from_utf8(told(&Event { id: -3, name: name.to_owned(), data: data.to_owned() }).to_vec()).unwrap()
        };
        assert_eq!(record("built", "all is well"), "id: -3\nevent: built\ndata: all is well\n\n");
        assert_eq!(
            record("a\rid: 9", "one\r\n\r\ntwo\rid: 7\n"),
            "id: -3\nevent: a\ndata: one\ndata: \ndata: two\ndata: id: 7\ndata: \n\n"
        );
        assert_eq!(record("", ""), "id: -3\nevent: \ndata: \n\n");
    }

    #[test]
    fn the_head_says_what_a_browser_needs() {
        let now = DateTime::parse_from_rfc3339("2026-11-07T08:09:10Z").unwrap().to_utc();
        let head = head(&Topic::Told("preview".to_owned()), Some(now));
        assert!(head.starts_with("HTTP/1.1 200 OK\r\ndate: Sat, 07 Nov 2026 08:09:10 GMT\r\ncontent-type: text/event-stream;"), "{head}");
        assert!(
            head.ends_with("connection: close\r\n\r\n") && !head.contains("content-length") && !head.contains("allow-origin"),
            "{head}"
        );
    }

    #[test]
    fn listeners_come_back_at_different_moments() {
        let moments: std::collections::BTreeSet<String> = (0..1000).map(beginning).collect();
        assert_eq!(moments.len(), 1000);
        assert!(moments.iter().all(|text| text.len() == "retry: 2000\n\n".len()));
    }
}
