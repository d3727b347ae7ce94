//! What only people at a screen see: lines in colours, drawn for its width. Shapes say what colours say, so that either is enough.

use std::fmt;
use std::io::{self, Write};

use anstyle::Style;
use unicode_width::UnicodeWidthStr;

use crate::cli::cell::Cell;
use crate::cli::screen::Screen;
use crate::domain::ServiceStatus;

/// Draws itself on a screen.
pub(super) struct Drawing(Box<Draw>);

/// Lines for a screen.
type Draw = dyn Fn(&Screen) -> Vec<Line> + Send + Sync;

impl fmt::Debug for Drawing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Drawing")
    }
}

impl Drawing {
    /// A drawing that `draw` makes.
    pub(super) fn new(draw: impl Fn(&Screen) -> Vec<Line> + Send + Sync + 'static) -> Self {
        Self(Box::new(draw))
    }

    /// Prints it.
    pub(super) fn print(&self, out: &mut impl Write, screen: &Screen) -> io::Result<()> {
        (self.0)(screen).iter().try_for_each(|line| line.print(out, screen))
    }
}

/// A line in pieces of one colour each.
#[derive(Clone, Debug, Default)]
pub(super) struct Line(Vec<(Style, String)>);

impl Line {
    /// A line with this at its beginning.
    pub(super) fn of(style: Style, text: impl Into<String>) -> Self {
        Self(vec![(style, text.into())])
    }

    /// A line that is less than the one above it.
    pub(super) fn aside(text: impl Into<String>) -> Self {
        Self::of(Style::new().dimmed(), text)
    }

    /// Adds a piece.
    pub(super) fn add(&mut self, style: Style, text: impl Into<String>) {
        self.0.push((style, text.into()));
    }

    /// Adds a piece and spaces up to `width` columns of its own.
    pub(super) fn add_wide(&mut self, style: Style, text: &str, width: usize) {
        self.add(style, text);
        self.add(Style::new(), " ".repeat(width.saturating_sub(text.width())));
    }

    /// Prints it without spaces at its end.
    pub(super) fn print(&self, out: &mut impl Write, screen: &Screen) -> io::Result<()> {
        let end = self.0.iter().rposition(|(_, text)| !text.trim_end().is_empty()).map_or(0, |last| last + 1);
        for (place, (style, text)) in self.0.iter().take(end).enumerate() {
            let text = if place + 1 == end { text.trim_end() } else { text };
            if screen.colours && *style != Style::new() { write!(out, "{style}{text}{style:#}")? } else { write!(out, "{text}")? }
        }
        writeln!(out)
    }
}

/// The shape of a status: the worse, the higher. Announced work has one of its own.
pub(super) fn shape(status: ServiceStatus, screen: &Screen) -> &'static str {
    match (status, screen.unicode) {
        (ServiceStatus::Operational, true) => "▁",
        (ServiceStatus::UnderMaintenance, true) => "▒",
        (ServiceStatus::DegradedPerformance, true) => "▃",
        (ServiceStatus::PartialOutage, true) => "▅",
        (ServiceStatus::MajorOutage, true) => "█",
        (ServiceStatus::Operational, false) => "_",
        (ServiceStatus::UnderMaintenance, false) => "=",
        (ServiceStatus::DegradedPerformance, false) => "-",
        (ServiceStatus::PartialOutage, false) => "+",
        (ServiceStatus::MajorOutage, false) => "#",
    }
}

/// The colour of a status.
pub(super) fn colour(status: ServiceStatus) -> Style {
    Cell::from(status).style()
}

/// What stands between the parts of a line.
pub(super) fn between(screen: &Screen) -> &'static str {
    if screen.unicode { " · " } else { ", " }
}
