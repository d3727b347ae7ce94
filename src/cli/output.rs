//! What a command returns, and the one place that prints it.
//!
//! Results go to standard output: as one JSON document with `--json`, as tables on a terminal, as tab-separated lines without a header into
//! anything else (moments in RFC 3339 there). Words about the work go to standard error.

use std::collections::BTreeMap;
use std::io::{self, IsTerminal, Write};

use anstyle::{AnsiColor, Style};
use chrono::{DateTime, SecondsFormat, Utc};
use chrono_tz::Tz;
use comfy_table::{ColumnConstraint, ContentArrangement, presets};
use serde::Serialize;

use crate::cli::wording::{many_lines, one_line};
use crate::domain::{Impact, IncidentStatus, MaintenanceStatus, ServiceStatus};

/// Columns that hold what commands take.
const NAMES: &[&str] = &["id", "number", "slug", "service", "org", "event", "update"];

/// What a command came to.
#[derive(Debug, Default)]
pub(super) struct Output {
    /// The document of `--json`.
    json: String,
    /// The same for people.
    blocks: Vec<Block>,
    /// Words about the work, for standard error.
    notes: Vec<String>,
    /// The zone in which people read moments.
    zone: Tz,
    /// What went wrong after the results above were reached.
    pub(super) failures: Vec<anyhow::Error>,
}

/// One part of the results for people.
#[derive(Debug)]
enum Block {
    /// One line.
    Line(Cell),
    /// A line that only a terminal gets.
    Heading(String),
    /// Text as it is, such as an exported document.
    Raw(String),
    /// Rows and columns.
    Table(Table),
}

/// Rows and columns.
#[derive(Debug)]
pub(super) struct Table {
    header: Vec<&'static str>,
    rows: Vec<Vec<Cell>>,
    kind: Option<&'static str>,
}

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

impl Output {
    /// The report as it stands for `--json`; people get what is added next.
    pub(super) fn new(report: &impl Serialize) -> anyhow::Result<Self> {
        Ok(Self { json: serde_json::to_string_pretty(report)?, zone: Tz::Etc__UTC, ..Self::default() })
    }

    /// A list of reports under a name, since a bare list could never gain a field.
    pub(super) fn list(name: &str, reports: &impl Serialize) -> anyhow::Result<Self> {
        Self::new(&BTreeMap::from([(name, reports)]))
    }

    /// Moments are shown in this zone.
    pub(super) fn zone(mut self, zone: Tz) -> Self {
        self.zone = zone;
        self
    }

    /// A line of results.
    pub(super) fn line(mut self, line: impl Into<Cell>) -> Self {
        self.blocks.push(Block::Line(line.into()));
        self
    }

    /// A heading, for terminals only.
    pub(super) fn heading(mut self, text: impl Into<String>) -> Self {
        self.blocks.push(Block::Heading(text.into()));
        self
    }

    /// A document as it is, also with `--json`.
    pub(super) fn raw(mut self, text: String) -> Self {
        self.blocks = vec![Block::Raw(text)];
        self
    }

    /// A table of results.
    pub(super) fn table(mut self, table: Table) -> Self {
        self.blocks.push(Block::Table(table));
        self
    }

    /// Words about the work.
    pub(super) fn note(mut self, note: impl Into<String>) -> Self {
        self.notes.push(note.into());
        self
    }

    /// Several words about the work.
    pub(super) fn notes(mut self, notes: impl IntoIterator<Item = String>) -> Self {
        self.notes.extend(notes);
        self
    }

    /// Prints results and then words about the work, `echoes` first.
    pub(super) fn print(&self, echoes: &[String], json: bool, quiet: bool) -> io::Result<()> {
        let mut out = anstream::AutoStream::auto(io::stdout().lock());
        let terminal = io::stdout().is_terminal();
        match self.blocks.as_slice() {
            [Block::Raw(text)] => out.write_all(text.as_bytes())?,
            _ if json => writeln!(out, "{}", self.json)?,
            blocks => {
                let colours = anstream::AutoStream::choice(&io::stdout()) != anstream::ColorChoice::Never;
                for block in blocks {
                    self.print_block(&mut out, block, terminal, colours)?;
                }
            }
        }
        out.flush()?;
        if quiet {
            return Ok(());
        }
        let mut words = anstream::AutoStream::auto(io::stderr().lock());
        for note in echoes.iter().chain(&self.notes) {
            writeln!(words, "{}", one_line(note))?;
        }
        words.flush()
    }

    fn print_block(&self, out: &mut impl Write, block: &Block, terminal: bool, colours: bool) -> io::Result<()> {
        match block {
            Block::Line(cell) => {
                let style = cell.tone.style();
                writeln!(out, "{style}{}{style:#}", cell.text(terminal, self.zone))
            }
            Block::Heading(text) if terminal => {
                let bold = Style::new().bold();
                writeln!(out, "\n{bold}{}{bold:#}", many_lines(text))
            }
            Block::Heading(_) => Ok(()),
            Block::Raw(text) => out.write_all(text.as_bytes()),
            Block::Table(table) if terminal => table.print_for_people(out, self.zone, colours),
            Block::Table(table) => table.print_for_programs(out, self.zone),
        }
    }
}

impl Table {
    /// An empty table with these columns.
    pub(super) fn new(header: &[&'static str]) -> Self {
        Self { header: header.to_vec(), rows: Vec::new(), kind: None }
    }

    /// Name and value in rows, without a header.
    pub(super) fn facts() -> Self {
        Self::new(&[])
    }

    /// Where several tables follow one another, programs get this word as first column.
    pub(super) fn kind(mut self, kind: &'static str) -> Self {
        self.kind = Some(kind);
        self
    }

    /// Adds a row.
    pub(super) fn row(&mut self, cells: impl IntoIterator<Item = Cell>) {
        self.rows.push(cells.into_iter().collect());
    }

    /// Adds a row of name and value; nothing where there is no value.
    pub(super) fn fact(&mut self, name: &str, value: Option<impl Into<Cell>>) {
        if let Some(value) = value {
            self.row([name.into(), value.into()]);
        }
    }

    /// Whether it has no rows.
    pub(super) fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    fn print_for_people(&self, out: &mut impl Write, zone: Tz, colours: bool) -> io::Result<()> {
        if self.is_empty() {
            return Ok(());
        }
        let mut table = comfy_table::Table::new();
        table.load_preset(presets::NOTHING).set_content_arrangement(ContentArrangement::Dynamic);
        if !colours {
            table.force_no_tty();
            if let Some((width, _)) = terminal_width() {
                table.set_width(width);
            }
        }
        if !self.header.is_empty() {
            table.set_header(
                self.header.iter().map(|name| comfy_table::Cell::new(name.to_uppercase()).add_attribute(comfy_table::Attribute::Dim)),
            );
        }
        for row in &self.rows {
            table.add_row(row.iter().map(|cell| {
                let shown = comfy_table::Cell::new(cell.text(true, zone));
                match cell.tone.table_colour() {
                    Some(colour) => shown.fg(colour),
                    None => shown,
                }
            }));
        }
        for (index, column) in table.column_iter_mut().enumerate() {
            column.set_padding((0, 2));
            // What is copied into the next command stays in one piece, however narrow the terminal.
            if self.header.get(index).is_some_and(|name| NAMES.contains(name)) {
                column.set_constraint(ColumnConstraint::ContentWidth);
            }
        }
        writeln!(out, "{}", table.trim_fmt())
    }

    fn print_for_programs(&self, out: &mut impl Write, zone: Tz) -> io::Result<()> {
        for row in &self.rows {
            let cells = row.iter().map(|cell| one_line(&cell.text(false, zone)));
            let line: Vec<String> = self.kind.map(str::to_owned).into_iter().chain(cells).collect();
            writeln!(out, "{}", line.join("\t"))?;
        }
        Ok(())
    }
}

/// Columns and lines of the terminal behind standard output.
fn terminal_width() -> Option<(u16, u16)> {
    let mut table = comfy_table::Table::new();
    table.set_content_arrangement(ContentArrangement::Dynamic);
    table.width().map(|width| (width, 0))
}

impl Cell {
    fn new(text: impl Into<String>, tone: Tone) -> Self {
        Self { content: Content::Text(text.into()), tone }
    }

    /// This text in the colour of a status.
    pub(super) fn in_tone_of(status: ServiceStatus, text: impl Into<String>) -> Self {
        Self { content: Content::Text(text.into()), tone: Self::from(status).tone }
    }

    fn text(&self, terminal: bool, zone: Tz) -> String {
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

#[cfg(test)]
mod tests {
    use super::*;

    fn table() -> Table {
        let mut table = Table::new(&["id", "title", "since"]);
        let moment: DateTime<Utc> = "2026-11-22T13:00:00Z".parse().unwrap();
        table.row(["x1".into(), "two\n\u{1b}[31mlines\tlong".into(), moment.into()]);
        table
    }

    #[test]
    fn programs_get_one_line_per_row_without_a_header() {
        let mut out = Vec::new();
        table().kind("incident").print_for_programs(&mut out, Tz::Europe__Berlin).unwrap();
        assert_eq!(String::from_utf8(out).unwrap(), "incident\tx1\ttwo \u{fffd}[31mlines long\t2026-11-22T13:00:00Z\n");
    }

    #[test]
    fn people_get_a_header_and_moments_in_their_zone() {
        let mut out = Vec::new();
        table().print_for_people(&mut out, Tz::Europe__Berlin, false).unwrap();
        let text = String::from_utf8(out).unwrap();
        assert!(text.starts_with("ID  TITLE") && text.contains("2026-11-22 14:00 CET"), "{text}");
        assert!(!text.contains('\u{1b}'), "{text:?}");
    }

    #[test]
    fn an_empty_table_has_no_header_either() {
        let mut out = Vec::new();
        Table::new(&["id"]).print_for_people(&mut out, Tz::Etc__UTC, false).unwrap();
        assert!(out.is_empty());
    }
}
