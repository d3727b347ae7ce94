//! The course of an incident or a maintenance for people: what was said when, and how long nothing was.

use anstyle::Style;
use chrono::{DateTime, Utc};
use chrono_tz::Tz;

use crate::cli::cell::Cell;
use crate::cli::drawing::{Drawing, Line};
use crate::cli::incident::{affected, in_all_languages};
use crate::cli::screen::Screen;
use crate::cli::wording::{Length, many_lines, one_line};
use crate::domain::{IncidentStatus, MaintenanceStatus};
use crate::ops::report::UpdateReport;

/// Texts get at least this much, however narrow the screen is.
const NARROWEST: usize = 16;

/// One thing that happened.
#[derive(Clone, Debug)]
pub(super) struct Step {
    at: DateTime<Utc>,
    /// Its number among the updates; nothing for what the clock did.
    number: Option<usize>,
    status: Cell,
    services: Option<String>,
    text: String,
}

impl Step {
    /// What somebody said.
    pub(super) fn said(update: &UpdateReport) -> Self {
        Self {
            at: update.display_at,
            number: Some(update.number),
            status: status(&update.status),
            services: update.affected.as_deref().and_then(affected).map(|services| one_line(&services)),
            text: many_lines(&in_all_languages(update)).trim().to_owned(),
        }
    }

    /// What happened without a word, such as by the clock.
    pub(super) fn unsaid(at: DateTime<Utc>, status: impl Into<Cell>, how: &str) -> Self {
        Self { at, number: None, status: status.into(), services: None, text: how.to_owned() }
    }
}

/// A status in its colour, whichever of the two kinds it is.
fn status(word: &str) -> Cell {
    let of_incident = word.parse::<IncidentStatus>().map(Cell::from);
    of_incident.or_else(|_| word.parse::<MaintenanceStatus>().map(Cell::from)).unwrap_or_else(|_| word.into())
}

/// Steps in the order of their moments, with the time between them, and how it all ended or stands.
pub(super) fn timeline(mut steps: Vec<Step>, end: String, zone: Tz) -> Drawing {
    steps.sort_by_key(|step| step.at);
    Drawing::new(move |screen| {
        let mut lines = Vec::new();
        let mut before: Option<DateTime<Utc>> = None;
        for step in &steps {
            if let Some(before) = before {
                lines.push(Line::aside(format!("{}  {} later", rail(screen), Length((step.at - before).num_seconds()))));
            }
            before = Some(step.at);
            lines.extend(drawn(step, zone, screen));
        }
        lines.push(Line::aside(end.clone()));
        lines
    })
}

fn drawn(step: &Step, zone: Tz, screen: &Screen) -> Vec<Line> {
    let width = usize::from(screen.width.unwrap_or(80));
    let mark = step.number.map_or_else(|| if screen.unicode { "·".to_owned() } else { "*".to_owned() }, |number| number.to_string());
    let mut head = Line::default();
    head.add_wide(Style::new().bold(), &mark, 3);
    head.add(Style::new(), format!("{}  ", Cell::from(step.at).text(true, zone)));
    head.add(step.status.style(), step.status.text(true, zone));
    let mut lines = vec![head];
    let parts = step.services.iter().map(String::as_str).chain(Some(step.text.as_str()).filter(|text| !text.is_empty()));
    for line in parts.flat_map(|part| screen.wrapped(part, width.saturating_sub(3).max(NARROWEST))) {
        let mut below = Line::default();
        below.add(Style::new().dimmed(), rail(screen));
        below.add(Style::new(), format!("  {line}"));
        lines.push(below);
    }
    lines
}

fn rail(screen: &Screen) -> &'static str {
    if screen.unicode { "│" } else { "|" }
}
