//! Services in lists, and the page of one.

use serde::Serialize;

use super::{Date, Figure, Incident, Instant, Link, Page, Word};

/// A service.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Service {
    /// Its name.
    pub name: String,
    /// Path of its page.
    pub path: String,
    /// A line about it.
    pub description: Option<String>,
    /// Where the service itself lives.
    pub link: Option<String>,
    /// Its status.
    pub status: Word,
    /// Uptime over 90 days as `99.97%`; `None` where it has none or shows none.
    pub uptime: Option<String>,
    /// Its last 90 days as a drawing; `None` where it shows none.
    pub trace: Option<Trace>,
    /// Days with trouble or maintenance, newest first; in a list of services the ten newest.
    pub bad_days: Vec<BadDay>,
}

/// Days as paths of an SVG, oldest day left: ninety, or those of a month.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Trace {
    /// How many units the drawing is wide, one per day; it is 2 units high.
    pub width: usize,
    /// The line of the days with data.
    pub calm: Option<String>,
    /// The line of the days before the service's start.
    pub before: Option<String>,
    /// One mark per bad day, the worse the taller; of more than twenty bad days one per status.
    pub marks: Vec<Mark>,
}

/// A bad day's mark.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Mark {
    /// Class for colour, as in [`Word::mark`].
    pub mark: &'static str,
    /// The path's `d`.
    pub path: String,
    /// The day in words.
    pub title: String,
}

/// A day with trouble or maintenance.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct BadDay {
    /// Which.
    pub day: Date,
    /// The worst status it had.
    pub status: Word,
    /// What was how long: `Major outage 34 min, degraded performance 2 h`.
    pub summary: String,
    /// The incidents behind it.
    pub incidents: Vec<Link>,
}

/// `service`: one service.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ServicePage {
    /// What stands in the head.
    pub page: Page,
    /// The service with trace and bad days.
    pub service: Service,
    /// Its group's name.
    pub group: Option<String>,
    /// Since when it has its status; `None` where it never had another.
    pub since: Option<Instant>,
    /// Uptime over the usual windows; empty where it shows none.
    pub figures: Vec<Figure>,
    /// How uptime is counted, as a sentence.
    pub rule: String,
    /// How long answers took in the last 24 hours; `None` without checks, and where it shows no uptime.
    pub latency: Option<Latency>,
    /// First day of the trace.
    pub first_day: Option<Date>,
    /// Last day of the trace.
    pub last_day: Option<Date>,
    /// The last twelve months, newest first, without those before its start; empty where it shows no uptime.
    pub months: Vec<ServiceMonth>,
    /// The newest 20 incidents that name it.
    pub incidents: Vec<Incident>,
}

/// How long a service's answers took in the last 24 hours.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Latency {
    /// The newest hour as a sentence; `None` where no answer was measured.
    pub summary: Option<String>,
    /// How many checks there were and how many failed, as a sentence.
    pub checks: String,
    /// The hours as a drawing; `None` where no answer was measured.
    pub drawing: Option<LatencyDrawing>,
    /// The hours in which there were checks, newest first.
    pub hours: Vec<LatencyHour>,
}

/// Hours as paths of an SVG, oldest hour left.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct LatencyDrawing {
    /// How many units the drawing is wide, one per hour.
    pub width: i64,
    /// How many units it is high.
    pub height: u64,
    /// A rectangle per hour, from its quickest answer to the slowest of 95 in 100.
    pub area: String,
    /// The median of each hour.
    pub line: String,
    /// A mark at the bottom for each hour with a failure; `None` without any.
    pub failed: Option<String>,
    /// What is drawn, from when until when and how high, in words.
    pub key: String,
}

/// An hour of checks.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct LatencyHour {
    /// When it began.
    pub from: Instant,
    /// `42 ms`, or a dash where no answer was measured.
    pub median: String,
    /// The same of the slowest of 95 in 100.
    pub p95: String,
    /// How many checks there were.
    pub results: u32,
    /// How many of them failed.
    pub failures: u32,
}

/// A month of a service.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ServiceMonth {
    /// `November 2026`.
    pub text: String,
    /// Path of the month in the history; `None` where nothing began in it.
    pub path: Option<String>,
    /// Its days as a drawing.
    pub trace: Trace,
    /// Uptime as `99.97%`; `None` where it has none.
    pub uptime: Option<String>,
    /// The worst status it had; the text says how long: `Major outage 34 min`.
    pub status: Word,
}
