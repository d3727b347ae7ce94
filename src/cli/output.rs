//! What a command returns, and the one place that prints it.
//!
//! Results go to standard output: as one JSON document with `--json`, as tables on a terminal, as tab-separated lines without a header into
//! anything else (moments in RFC 3339 there). Words about the work go to standard error.

use std::collections::BTreeMap;
use std::io::{self, IsTerminal, Write};

use anstyle::Style;
use chrono_tz::Tz;
use serde::Serialize;

use crate::cli::cell::Cell;
use crate::cli::drawing::Drawing;
use crate::cli::screen::Screen;
use crate::cli::table::Table;
use crate::cli::wording::{many_lines, one_line};
use crate::domain::text::escaped_json;

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
    /// What people see in place of a line or a table that programs get.
    Drawn(Drawing, Box<Self>),
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

    /// Lines of results.
    pub(super) fn lines(mut self, lines: impl IntoIterator<Item = Cell>) -> Self {
        self.blocks.extend(lines.into_iter().map(Block::Line));
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

    /// A line of results that people see drawn.
    pub(super) fn drawn_line(mut self, drawing: Drawing, line: impl Into<Cell>) -> Self {
        self.blocks.push(Block::Drawn(drawing, Box::new(Block::Line(line.into()))));
        self
    }

    /// A table of results that people see drawn.
    pub(super) fn drawn(mut self, drawing: Drawing, table: Table) -> Self {
        self.blocks.push(Block::Drawn(drawing, Box::new(Block::Table(table))));
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

    /// The same with hints as `rewrite` has them.
    pub(super) fn hints(mut self, rewrite: impl Fn(&str) -> String) -> Self {
        for note in self.notes.iter_mut().filter(|note| note.starts_with("hint: ")) {
            *note = rewrite(note);
        }
        self
    }

    /// The same without results, which were printed already.
    pub(super) fn without_results(mut self) -> Self {
        self.blocks.clear();
        self
    }

    /// Prints results and then words about the work, `echoes` first.
    pub(super) fn print(&self, echoes: &[String], json: bool, quiet: bool) -> io::Result<()> {
        let mut out = anstream::AutoStream::auto(io::stdout().lock());
        let terminal = io::stdout().is_terminal();
        match self.blocks.as_slice() {
            [Block::Raw(text)] => out.write_all(text.as_bytes())?,
            _ if json => writeln!(out, "{}", escaped_json(&self.json))?,
            blocks => {
                let screen = Screen::of_output();
                for block in blocks {
                    self.print_block(&mut out, block, terminal.then_some(&screen))?;
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

    fn print_block(&self, out: &mut impl Write, block: &Block, screen: Option<&Screen>) -> io::Result<()> {
        match (block, screen) {
            (Block::Line(cell), screen) => {
                let style = cell.style();
                writeln!(out, "{style}{}{style:#}", cell.text(screen.is_some(), self.zone))
            }
            (Block::Heading(text), Some(_)) => {
                let bold = Style::new().bold();
                writeln!(out, "\n{bold}{}{bold:#}", many_lines(text))
            }
            (Block::Heading(_), None) => Ok(()),
            (Block::Raw(text), _) => out.write_all(text.as_bytes()),
            (Block::Table(table), Some(screen)) => table.print_for_people(out, self.zone, screen),
            (Block::Table(table), None) => table.print_for_programs(out, self.zone),
            (Block::Drawn(drawing, _), Some(screen)) => drawing.print(out, screen),
            (Block::Drawn(_, plain), None) => self.print_block(out, plain, None),
        }
    }
}
