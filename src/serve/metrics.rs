//! What has been counted since the start, as Prometheus reads it (text format 0.0.4).

use std::fmt::Write;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use crate::serve::exchange::Response;

/// Upper ends of the classes of durations, in milliseconds.
const CLASSES: [u64; 9] = [1, 3, 10, 30, 100, 300, 1_000, 3_000, 10_000];

/// Counters, changed by many threads.
#[derive(Default)]
pub(super) struct Metrics {
    /// Answers by the first digit of their status, from 1 to 5.
    answers: [AtomicU64; 5],
    /// Answers in each class of durations, and longer ones.
    durations: [AtomicU64; CLASSES.len() + 1],
    microseconds: AtomicU64,
    bytes: AtomicU64,
    builds: AtomicU64,
    failed_builds: AtomicU64,
    build_microseconds: AtomicU64,
}

impl Metrics {
    /// Counts an answer.
    pub(super) fn answered(&self, status: u16, bytes: u64, took: Duration) {
        let add = |counter: Option<&AtomicU64>, by: u64| counter.map(|counter| counter.fetch_add(by, Ordering::Relaxed));
        add(self.answers.get(usize::from(status / 100).saturating_sub(1)), 1);
        let class = CLASSES.iter().position(|end| took <= Duration::from_millis(*end)).unwrap_or(CLASSES.len());
        add(self.durations.get(class), 1);
        add(Some(&self.microseconds), u64::try_from(took.as_micros()).unwrap_or(u64::MAX));
        add(Some(&self.bytes), bytes);
    }

    /// Counts a build and how long it took.
    pub(super) fn built(&self, succeeded: bool, took: Duration) {
        let counter = if succeeded { &self.builds } else { &self.failed_builds };
        counter.fetch_add(1, Ordering::Relaxed);
        self.build_microseconds.fetch_add(u64::try_from(took.as_micros()).unwrap_or(u64::MAX), Ordering::Relaxed);
    }

    /// All of them, with what is so at this moment: how many listen to streams, and how many sites stand there and fail.
    pub(super) fn text(&self, listeners: usize, sites: usize, failing: usize) -> Response {
        let read = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        let mut text = String::new();
        let mut family = |name: &str, kind: &str, help: &str, samples: &[(String, String)]| {
            // Writing to a string cannot fail.
            let _ = writeln!(text, "# HELP {name} {help}\n# TYPE {name} {kind}");
            for (labels, value) in samples {
                let _ = writeln!(text, "{name}{labels} {value}");
            }
        };
        let one = |value: u64| [(String::new(), value.to_string())];
        let classes = ["1xx", "2xx", "3xx", "4xx", "5xx"].iter().zip(&self.answers);
        let answers: Vec<_> = classes.map(|(class, count)| (format!("{{status=\"{class}\"}}"), read(count).to_string())).collect();
        family("statuary_http_requests_total", "counter", "Answered requests by class of status.", &answers);
        family("statuary_http_response_bytes_total", "counter", "Bytes of answered bodies.", &one(read(&self.bytes)));
        family("statuary_builds_total", "counter", "Builds that succeeded.", &one(read(&self.builds)));
        family("statuary_builds_failed_total", "counter", "Builds that failed.", &one(read(&self.failed_builds)));
        family(
            "statuary_build_seconds_total",
            "counter",
            "Time spent on builds.",
            &[(String::new(), seconds(read(&self.build_microseconds)))],
        );
        family("statuary_stream_listeners", "gauge", "Open event streams.", &one(listeners as u64));
        family("statuary_sites", "gauge", "Sites that are served.", &one(sites as u64));
        family("statuary_sites_failing", "gauge", "Sites whose last build failed.", &one(failing as u64));
        text.push_str(&self.histogram());
        Response::of(200, "text/plain; version=0.0.4; charset=utf-8", text.into_bytes()).with("cache-control", "no-store")
    }

    fn histogram(&self) -> String {
        let name = "statuary_http_request_duration_seconds";
        let mut text = format!("# HELP {name} Time from the first byte of a request to the last of its answer.\n# TYPE {name} histogram\n");
        let mut sum = 0;
        for (place, count) in self.durations.iter().enumerate() {
            sum += count.load(Ordering::Relaxed);
            let end = CLASSES.get(place).map_or_else(|| "+Inf".to_owned(), |end| seconds(end * 1_000));
            let _ = writeln!(text, "{name}_bucket{{le=\"{end}\"}} {sum}");
        }
        let _ = writeln!(text, "{name}_sum {}\n{name}_count {sum}", seconds(self.microseconds.load(Ordering::Relaxed)));
        text
    }
}

/// Microseconds as seconds, without trailing zeros.
fn seconds(microseconds: u64) -> String {
    let text = format!("{}.{:06}", microseconds / 1_000_000, microseconds % 1_000_000);
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::serve::exchange::Body;

    #[test]
    fn counters_add_up() {
        let metrics = Metrics::default();
        metrics.answered(200, 10, Duration::from_micros(500));
        metrics.answered(404, 5, Duration::from_millis(20));
        metrics.answered(503, 0, Duration::from_secs(60));
        metrics.built(true, Duration::from_millis(1500));
        let Body::Bytes(bytes) = metrics.text(7, 2, 1).body else { panic!() };
        let text = String::from_utf8_lossy(&bytes);
        for line in [
            "statuary_http_requests_total{status=\"2xx\"} 1",
            "statuary_http_requests_total{status=\"5xx\"} 1",
            "statuary_http_response_bytes_total 15",
            "statuary_build_seconds_total 1.5",
            "statuary_stream_listeners 7",
            "statuary_sites_failing 1",
            "statuary_http_request_duration_seconds_bucket{le=\"0.001\"} 1",
            "statuary_http_request_duration_seconds_bucket{le=\"0.03\"} 2",
            "statuary_http_request_duration_seconds_bucket{le=\"10\"} 2",
            "statuary_http_request_duration_seconds_bucket{le=\"+Inf\"} 3",
            "statuary_http_request_duration_seconds_count 3",
            "statuary_http_request_duration_seconds_sum 60.0205",
        ] {
            assert!(text.lines().any(|known| known == line), "{line}\n{text}");
        }
    }
}
