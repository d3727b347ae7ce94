//! What stands in a table: text or a moment, in the colour of what it means.

use anstyle::{AnsiColor, Style};
use chrono::{DateTime, SecondsFormat, Utc};
use chrono_tz::Tz;

use crate::cli::wording::many_lines;
use crate::domain::{Impact, IncidentStatus, MaintenanceStatus, ServiceStatus};

/// What stands in a table.
#[derive(Clone, Debug)]
pub(super) struct Cell {
    content: Content,
    tone: Tone,
}

#[derive(Clone, Debug)]
enum Content {
    Text(String),
    Moment(DateTime<Utc>),
}

/// What a colour means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Tone {
    Plain,
    Good,
    Planned,
    Warning,
    Bad,
}

impl Cell {
    fn new(text: impl Into<String>, tone: Tone) -> Self {
        Self { content: Content::Text(text.into()), tone }
    }

    /// This text in the colour of a status.
    pub(super) fn in_tone_of(status: ServiceStatus, text: impl Into<String>) -> Self {
        Self { content: Content::Text(text.into()), tone: Self::from(status).tone }
    }

    /// This text in the colour of something that is added, changed or removed.
    pub(super) fn in_tone_of_change(change: &str, text: impl Into<String>) -> Self {
        let tone = match change {
            "added" => Tone::Good,
            "removed" => Tone::Bad,
            _ => Tone::Warning,
        };
        Self::new(text, tone)
    }

    /// The same colour for tables.
    pub(super) fn table_colour(&self) -> Option<comfy_table::Color> {
        self.tone.table_colour()
    }

    /// The colour of what it says.
    pub(super) fn style(&self) -> Style {
        self.tone.style()
    }

    /// Whether it is more than a sign that there is nothing.
    pub(super) fn says_something(&self, zone: Tz) -> bool {
        !["", "-"].contains(&self.text(true, zone).as_str())
    }

    /// Whether it is text of people's, which can be shortened where there is too little room.
    pub(super) fn is_text(&self) -> bool {
        matches!(self.content, Content::Text(_)) && self.tone == Tone::Plain
    }

    /// What it says: moments in the zone for people, in UTC for programs.
    pub(super) fn text(&self, terminal: bool, zone: Tz) -> String {
        match &self.content {
            Content::Text(text) => many_lines(text),
            Content::Moment(moment) if terminal => moment.with_timezone(&zone).format("%Y-%m-%d %H:%M %Z").to_string(),
            Content::Moment(moment) => moment.to_rfc3339_opts(SecondsFormat::AutoSi, true),
        }
    }
}

impl Tone {
    fn style(self) -> Style {
        match self {
            Self::Plain => Style::new(),
            Self::Good => AnsiColor::Green.on_default(),
            Self::Planned => AnsiColor::Blue.on_default(),
            Self::Warning => AnsiColor::Yellow.on_default(),
            Self::Bad => AnsiColor::Red.on_default(),
        }
    }

    fn table_colour(self) -> Option<comfy_table::Color> {
        match self {
            Self::Plain => None,
            Self::Good => Some(comfy_table::Color::DarkGreen),
            Self::Planned => Some(comfy_table::Color::DarkBlue),
            Self::Warning => Some(comfy_table::Color::DarkYellow),
            Self::Bad => Some(comfy_table::Color::DarkRed),
        }
    }
}

impl From<&str> for Cell {
    fn from(text: &str) -> Self {
        Self::new(text, Tone::Plain)
    }
}

impl From<String> for Cell {
    fn from(text: String) -> Self {
        Self::new(text, Tone::Plain)
    }
}

impl From<Option<String>> for Cell {
    fn from(text: Option<String>) -> Self {
        Self::new(text.unwrap_or_else(|| "-".to_owned()), Tone::Plain)
    }
}

impl From<DateTime<Utc>> for Cell {
    fn from(moment: DateTime<Utc>) -> Self {
        Self { content: Content::Moment(moment), tone: Tone::Plain }
    }
}

impl From<Option<DateTime<Utc>>> for Cell {
    fn from(moment: Option<DateTime<Utc>>) -> Self {
        moment.map_or_else(|| "-".into(), Self::from)
    }
}

impl From<ServiceStatus> for Cell {
    fn from(status: ServiceStatus) -> Self {
        let tone = match status {
            ServiceStatus::Operational => Tone::Good,
            ServiceStatus::UnderMaintenance => Tone::Planned,
            ServiceStatus::DegradedPerformance => Tone::Warning,
            ServiceStatus::PartialOutage | ServiceStatus::MajorOutage => Tone::Bad,
        };
        Self::new(status.as_str(), tone)
    }
}

impl From<IncidentStatus> for Cell {
    fn from(status: IncidentStatus) -> Self {
        Self::new(status.as_str(), if status.is_over() { Tone::Good } else { Tone::Warning })
    }
}

impl From<MaintenanceStatus> for Cell {
    fn from(status: MaintenanceStatus) -> Self {
        Self::new(status.as_str(), if status.is_over() { Tone::Plain } else { Tone::Planned })
    }
}

impl From<Impact> for Cell {
    fn from(impact: Impact) -> Self {
        let tone = match impact {
            Impact::None => Tone::Plain,
            Impact::Minor => Tone::Warning,
            Impact::Major | Impact::Critical => Tone::Bad,
        };
        Self::new(impact.as_str(), tone)
    }
}
