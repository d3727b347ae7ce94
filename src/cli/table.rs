//! Rows and columns: for people fitted to their terminal, for programs one tab-separated line per row.

use std::io::{self, Write};

use anstyle::Style;
use chrono_tz::Tz;
use comfy_table::{ColumnConstraint, ContentArrangement, Width, presets};
use unicode_width::UnicodeWidthStr;

use crate::cli::cell::Cell;
use crate::cli::drawing::Line;
use crate::cli::screen::Screen;
use crate::cli::wording::one_line;

/// Columns that hold what commands take.
const NAMES: &[&str] = &["id", "number", "slug", "service", "org", "event", "update"];

/// Columns that can be missed on a narrow terminal, the first of them first; `show` or `--json` has them too.
const SPARE: &[&str] = &["since", "group", "notes", "counts from", ID, "impact"];

/// A column that can be missed where there is another one that names the thing, too.
const ID: &str = "id";

/// Columns that tell what a row is about.
const TITLES: &[&str] = &["title", "what", "why"];

/// Columns whose end would be missed: in the last column they are broken between words.
const SENTENCES: &[&str] = &["what", "why"];

/// Titles are not shortened to less than this.
const SHORTEST_TITLE: usize = 20;

/// Other texts are not shortened to less than this.
const SHORTEST_TEXT: usize = 10;

/// Where a row takes several lines, all but the first begin with this many spaces.
const INDENT: usize = 2;

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
    pub(super) fn print_for_people(&self, out: &mut impl Write, zone: Tz, screen: &Screen) -> io::Result<()> {
        if self.is_empty() {
            return Ok(());
        }
        if self.header.is_empty() {
            return self.print_facts(out, zone, screen);
        }
        let columns = self.columns_within(screen.width, zone);
        match self.widths(&columns, screen.width, zone) {
            Some(widths) => self.columns(&columns, &widths, zone, screen).print(out, screen),
            None => self.flow(&columns, zone, screen).print(out, screen),
        }
    }

    /// Prints names and values; long values are broken between words.
    fn print_facts(&self, out: &mut impl Write, zone: Tz, screen: &Screen) -> io::Result<()> {
        let mut table = sheet(screen);
        for row in &self.rows {
            table.add_row(row.iter().map(|cell| {
                let shown = comfy_table::Cell::new(cell.text(true, zone));
                match cell.table_colour() {
                    Some(colour) => shown.fg(colour),
                    None => shown,
                }
            }));
        }
        for (index, column) in table.column_iter_mut().enumerate() {
            column.set_padding((0, GAP));
            let narrowest =
                self.rows.iter().filter_map(|row| row.get(index)).map(|cell| longest_word(&cell.text(true, zone)).min(LONGEST_WORD));
            let narrowest = u16::try_from(narrowest.max().unwrap_or(0)).unwrap_or(u16::MAX / 100).saturating_add(GAP);
            column.set_constraint(ColumnConstraint::LowerBoundary(Width::Fixed(narrowest)));
        }
        writeln!(out, "{}", table.trim_fmt())
    }

    /// Rows in columns of these widths, below a header.
    fn columns(&self, columns: &[usize], widths: &[usize], zone: Tz, screen: &Screen) -> Lines {
        let mut header = Line::default();
        for (column, width) in columns.iter().zip(widths) {
            header.add_wide(Style::new().dimmed(), &self.name(*column).to_uppercase(), width + usize::from(GAP));
        }
        let mut lines = vec![header];
        for row in &self.rows {
            let (mut line, mut rest, mut used) = (Line::default(), Vec::new(), 0);
            for (column, width) in columns.iter().zip(widths) {
                let Some(cell) = row.get(*column) else { continue };
                let text = one_line(&cell.text(true, zone));
                if SENTENCES.contains(&self.name(*column)) && Some(column) == columns.last() {
                    let mut broken = screen.wrapped(&text, *width).into_iter();
                    line.add(cell.style(), broken.next().unwrap_or_default());
                    rest.extend(broken.map(|text| Line::of(cell.style(), format!("{}{text}", " ".repeat(used)))));
                } else {
                    line.add_wide(cell.style(), &screen.shortened(&text, *width), width + usize::from(GAP));
                }
                used += width + usize::from(GAP);
            }
            lines.push(line);
            lines.extend(rest);
        }
        Lines(lines)
    }

    /// Rows whose cells follow one another, in as many lines as they take, where the screen is too narrow for columns.
    fn flow(&self, columns: &[usize], zone: Tz, screen: &Screen) -> Lines {
        let width = usize::from(screen.width.unwrap_or(u16::MAX));
        let mut lines = Vec::new();
        for row in &self.rows {
            let (mut line, mut used) = (Line::default(), 0);
            let cells = columns.iter().filter_map(|column| row.get(*column)).filter(|cell| cell.says_something(zone));
            for cell in cells {
                let text = one_line(&cell.text(true, zone));
                if used > 0 && used + usize::from(GAP) + text.width() > width {
                    lines.push(std::mem::take(&mut line));
                    line.add(Style::new(), " ".repeat(INDENT));
                    used = INDENT;
                } else if used > 0 {
                    line.add(Style::new(), " ".repeat(usize::from(GAP)));
                    used += usize::from(GAP);
                }
                let shown = screen.shortened(&text, width.saturating_sub(used));
                used += shown.width();
                line.add(cell.style(), shown);
            }
            lines.push(line);
        }
        Lines(lines)
    }

    fn name(&self, column: usize) -> &'static str {
        self.header.get(column).copied().unwrap_or_default()
    }

    /// How wide each of `columns` is shown: as wide as what is in it, or less where only texts have to give way; `None` where that is not enough.
    fn widths(&self, columns: &[usize], width: Option<u16>, zone: Tz) -> Option<Vec<usize>> {
        let least: Vec<usize> = columns.iter().map(|column| self.narrowest(*column, zone)).collect();
        let mut widths: Vec<usize> = columns.iter().map(|column| self.widest(*column, zone)).collect();
        let Some(width) = width else { return Some(widths) };
        let left = usize::from(width) + usize::from(GAP);
        loop {
            let total: usize = widths.iter().map(|width| width + usize::from(GAP)).sum();
            let Some(over) = total.checked_sub(left).filter(|over| *over > 0) else { return Some(widths) };
            let (widest, least) =
                widths.iter_mut().zip(&least).filter(|(width, least)| **width > **least).max_by_key(|(width, _)| **width)?;
            *widest = widest.saturating_sub(over.div_ceil(2)).max(*least);
        }
    }

    /// The columns to show: without those that say nothing, and without spare ones where not all of them fit.
    fn columns_within(&self, width: Option<u16>, zone: Tz) -> Vec<usize> {
        let says = |column: usize| self.cells(column).any(|cell| cell.says_something(zone));
        let count = self.rows.iter().map(Vec::len).max().unwrap_or(0);
        let mut columns: Vec<usize> = (0..count).filter(|column| !SPARE.contains(&self.name(*column)) || says(*column)).collect();
        let numbered = self.header.contains(&"number");
        for spare in SPARE.iter().filter(|name| **name != ID || numbered) {
            if self.widths(&columns, width, zone).is_some() {
                break;
            }
            columns.retain(|column| self.name(*column) != *spare);
        }
        columns
    }

    fn cells(&self, column: usize) -> impl Iterator<Item = &Cell> {
        self.rows.iter().filter_map(move |row| row.get(column))
    }

    /// The width at which nothing of a column is lost.
    fn widest(&self, column: usize, zone: Tz) -> usize {
        self.cells(column).map(|cell| one_line(&cell.text(true, zone)).width()).chain([self.name(column).width()]).max().unwrap_or(0)
    }

    /// The width that a column takes at least: names stay in one piece, so that they can be copied into the next command.
    fn narrowest(&self, column: usize, zone: Tz) -> usize {
        let widest = self.widest(column, zone);
        let gives_way = !NAMES.contains(&self.name(column)) && self.cells(column).all(Cell::is_text);
        let shortest = if TITLES.contains(&self.name(column)) { SHORTEST_TITLE } else { SHORTEST_TEXT };
        if gives_way { widest.min(shortest.max(self.name(column).width())) } else { widest }
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

/// Lines of a table.
struct Lines(Vec<Line>);

impl Lines {
    fn print(&self, out: &mut impl Write, screen: &Screen) -> io::Result<()> {
        self.0.iter().try_for_each(|line| line.print(out, screen))
    }
}

fn longest_word(text: &str) -> usize {
    text.split_whitespace().map(UnicodeWidthStr::width).max().unwrap_or(0)
}

/// An empty table without lines, as wide as the screen.
fn sheet(screen: &Screen) -> comfy_table::Table {
    let mut table = comfy_table::Table::new();
    table.load_preset(presets::NOTHING);
    if !screen.colours {
        table.force_no_tty();
    }
    if let Some(width) = screen.width {
        table.set_content_arrangement(ContentArrangement::Dynamic).set_width(width);
    }
    table
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

    const WIDE: Screen = Screen { width: None, colours: false, unicode: true };

    fn shown(table: &Table, screen: Screen) -> String {
        let mut out = Vec::new();
        table.print_for_people(&mut out, Tz::Europe__Berlin, &screen).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn people_get_a_header_and_moments_in_their_zone() {
        let text = shown(&table(), WIDE);
        assert!(text.starts_with("ID  TITLE") && text.contains("2026-11-22 14:00 CET"), "{text}");
        assert!(!text.contains('\u{1b}'), "{text:?}");
    }

    #[test]
    fn texts_give_way_to_what_must_be_whole_and_then_rows_take_several_lines() {
        let mut table = Table::new(&["number", "id", "started", "title"]);
        let moment: DateTime<Utc> = "2026-11-22T13:00:00Z".parse().unwrap();
        table.row(["7".into(), "28pmpj8bpexd".into(), moment.into(), "The API answers slowly in 東京 and elsewhere".into()]);
        let at = |width| shown(&table, Screen { width: Some(width), ..WIDE });
        assert_eq!(
            at(80),
            "NUMBER  ID            STARTED               TITLE\n\
             7       28pmpj8bpexd  2026-11-22 14:00 CET  The API answers slowly in 東京 and…\n"
        );
        // The number names it, too.
        assert_eq!(at(54), "NUMBER  STARTED               TITLE\n7       2026-11-22 14:00 CET  The API answers slowly…\n");
        assert_eq!(at(40), "7  2026-11-22 14:00 CET\n  The API answers slowly in 東京 and el…\n");
        for width in 1..=200 {
            let text = at(width);
            let widest = text.lines().map(UnicodeWidthStr::width).max().unwrap_or(0);
            assert!(widest <= usize::from(width).max(20), "{width}: {text}");
        }
    }

    #[test]
    fn an_empty_table_has_no_header_either() {
        assert_eq!(shown(&Table::new(&["id"]), WIDE), "");
    }
}
