//! Rows and columns: for people fitted to their terminal, for programs one tab-separated line per row.

use std::io::{self, Write};

use anstyle::Style;
use chrono_tz::Tz;
use comfy_table::{ColumnConstraint, ContentArrangement, Width, presets};

use crate::cli::cell::Cell;
use crate::cli::wording::one_line;

/// Columns that hold what commands take.
const NAMES: &[&str] = &["id", "number", "slug", "service", "org", "event", "update"];

/// Columns that can be missed on a narrow terminal, the first of them first; `show` or `--json` has them too.
const SPARE: &[&str] = &["since", "group", "notes", "counts from"];

/// The last column of a table whose rows are a story: it stands below the rest of its row.
const STORY: &str = "message";

/// Space between columns.
const GAP: u16 = 2;

/// Longer words, such as addresses, may be broken.
const LONGEST_WORD: usize = 24;

/// Rows and columns.
#[derive(Debug)]
pub(super) struct Table {
    header: Vec<&'static str>,
    rows: Vec<Vec<Cell>>,
    kind: Option<&'static str>,
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

    /// Prints it for people, fitted to the width of their terminal.
    pub(super) fn print_for_people(&self, out: &mut impl Write, zone: Tz, colours: bool) -> io::Result<()> {
        if self.is_empty() {
            return Ok(());
        }
        if self.header.last() == Some(&STORY) {
            return self.print_story(out, zone, colours);
        }
        let width = terminal_width();
        let columns = self.columns_within(width, zone);
        let mut table = sheet(width, colours);
        if !self.header.is_empty() {
            let names = columns.iter().filter_map(|column| self.header.get(*column));
            table.set_header(names.map(|name| comfy_table::Cell::new(name.to_uppercase()).add_attribute(comfy_table::Attribute::Dim)));
        }
        for row in &self.rows {
            table.add_row(columns.iter().filter_map(|column| row.get(*column)).map(|cell| {
                let shown = comfy_table::Cell::new(cell.text(true, zone));
                match cell.table_colour() {
                    Some(colour) => shown.fg(colour),
                    None => shown,
                }
            }));
        }
        for (column, index) in table.column_iter_mut().zip(&columns) {
            column.set_padding((0, GAP));
            let narrowest = self.narrowest(*index, zone);
            column.set_constraint(ColumnConstraint::LowerBoundary(Width::Fixed(narrowest)));
        }
        writeln!(out, "{}", table.trim_fmt())
    }

    /// Prints each row as one line with its text below, for which a column would be too narrow.
    fn print_story(&self, out: &mut impl Write, zone: Tz, colours: bool) -> io::Result<()> {
        for row in &self.rows {
            let Some((text, cells)) = row.split_last() else { continue };
            let shown = cells.iter().filter(|cell| cell.says_something(zone)).map(|cell| {
                let style = if colours { cell.style() } else { Style::new() };
                format!("{style}{}{style:#}", cell.text(true, zone))
            });
            writeln!(out, "{}", shown.collect::<Vec<_>>().join("  "))?;
            if text.says_something(zone) {
                let mut paragraph = sheet(terminal_width(), colours);
                paragraph.add_row([text.text(true, zone)]);
                paragraph.column_iter_mut().for_each(|column| {
                    column.set_padding((4, 0));
                });
                writeln!(out, "{}", paragraph.trim_fmt())?;
            }
        }
        Ok(())
    }

    /// The columns to show: without those that say nothing, and without spare ones where not all of them fit.
    fn columns_within(&self, width: Option<u16>, zone: Tz) -> Vec<usize> {
        let says = |column: usize| self.rows.iter().filter_map(|row| row.get(column)).any(|cell| cell.says_something(zone));
        let count = self.rows.iter().map(Vec::len).max().unwrap_or(0);
        let is_spare = |column: usize| self.header.get(column).is_some_and(|name| SPARE.contains(name));
        let mut columns: Vec<usize> = (0..count).filter(|column| !is_spare(*column) || says(*column)).collect();
        let Some(width) = width else { return columns };
        for spare in SPARE {
            if columns.iter().map(|column| u32::from(self.narrowest(*column, zone))).sum::<u32>() <= u32::from(width) {
                break;
            }
            columns.retain(|column| self.header.get(*column) != Some(spare));
        }
        columns
    }

    /// The width at which no word of a column is broken; names stay in one piece, so that they can be copied into the next command.
    fn narrowest(&self, column: usize, zone: Tz) -> u16 {
        let name = self.header.get(column).copied().unwrap_or_default();
        let texts = self.rows.iter().filter_map(|row| row.get(column)).map(|cell| cell.text(true, zone));
        let longest_word = |text: &str| text.split_whitespace().map(|word| word.chars().count()).max().unwrap_or(0);
        let widths = texts.map(|text| if NAMES.contains(&name) { text.chars().count() } else { longest_word(&text).min(LONGEST_WORD) });
        let narrowest = widths.max().unwrap_or(0).max(longest_word(name));
        u16::try_from(narrowest).unwrap_or(u16::MAX / 100).saturating_add(GAP)
    }

    /// Prints it for programs.
    pub(super) fn print_for_programs(&self, out: &mut impl Write, zone: Tz) -> io::Result<()> {
        for row in &self.rows {
            let cells = row.iter().map(|cell| one_line(&cell.text(false, zone)));
            let line: Vec<String> = self.kind.map(str::to_owned).into_iter().chain(cells).collect();
            writeln!(out, "{}", line.join("\t"))?;
        }
        Ok(())
    }
}

/// An empty table without lines, as wide as the terminal.
fn sheet(width: Option<u16>, colours: bool) -> comfy_table::Table {
    let mut table = comfy_table::Table::new();
    table.load_preset(presets::NOTHING);
    if !colours {
        table.force_no_tty();
    }
    if let Some(width) = width {
        table.set_content_arrangement(ContentArrangement::Dynamic).set_width(width);
    }
    table
}

/// Columns of the terminal behind standard output; `None` where it is none, or one that does not know how wide it is.
fn terminal_width() -> Option<u16> {
    let mut table = comfy_table::Table::new();
    table.set_content_arrangement(ContentArrangement::Dynamic);
    table.width().filter(|width| *width > 0)
}

#[cfg(test)]
mod tests {
    use chrono::{DateTime, Utc};

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
        assert_eq!(String::from_utf8(out).unwrap(), "incident\tx1\ttwo \\u{1b}[31mlines long\t2026-11-22T13:00:00Z\n");
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
    fn a_story_has_its_text_below_each_row() {
        let mut story = Table::new(&["update", "services", "message"]);
        story.row(["1".into(), "a-service=degraded_performance".into(), "One line\n\nand another".into()]);
        story.row(["2".into(), "-".into(), "".into()]);
        let mut out = Vec::new();
        story.print_for_people(&mut out, Tz::Etc__UTC, false).unwrap();
        let expected = "1  a-service=degraded_performance\n    One line\n\n    and another\n2\n";
        assert_eq!(String::from_utf8(out).unwrap(), expected);
    }

    #[test]
    fn an_empty_table_has_no_header_either() {
        let mut out = Vec::new();
        Table::new(&["id"]).print_for_people(&mut out, Tz::Etc__UTC, false).unwrap();
        assert!(out.is_empty());
    }
}
