//! Taking the text of an issue apart into what was said at different moments.
//!
//! A piece begins at a line that is a time of its own (`2024-10-08 06:34:00 UTC`), at a label in brackets (`[Final message]`), at one in
//! emphasis (`*Resolved* - …`) and at `Update:`; its time stands in that line, or in cState's shortcode `track`. A rule ends one that
//! begins with a time, and between pieces it belongs to neither.

use chrono::{DateTime, NaiveTime, Utc};
use chrono_tz::Tz;

use super::label::{self, Label};
use crate::import::source_folder::FileRemarks;
use crate::import::statuspage::value::shown;
use crate::import::written_time;

/// What was said at one moment.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Piece {
    /// Where it begins.
    pub(super) line: usize,
    /// What its label says.
    pub(super) label: Option<Label>,
    /// The label as it is written, where the text does not have it.
    pub(super) written_label: String,
    /// When it was said.
    pub(super) at: Option<DateTime<Utc>>,
    /// A time of day where no day stands with it; `true` where it is UTC.
    pub(super) clock: Option<(NaiveTime, bool)>,
    /// Markdown.
    pub(super) text: String,
}

impl Piece {
    /// Whether a line that is nothing but a time stands before it; then a rule ends it.
    fn begins_with_its_time(&self) -> bool {
        self.label.is_none() && (self.at.is_some() || self.clock.is_some())
    }
}

/// What begins a piece.
struct Heading<'a> {
    label: Option<Label>,
    written_label: &'a str,
    time: &'a str,
    rest: &'a str,
}

/// The pieces of a text that begins below so many lines of its file, in their order there.
pub(super) fn split(body: &str, lines_above: usize, zone: Tz, told: &mut FileRemarks<'_>) -> Vec<Piece> {
    let body = without_comments(body);
    let mut pieces: Vec<Piece> = vec![Piece { line: lines_above + 1, ..Piece::default() }];
    let (mut fence, mut after_blank): (Option<&str>, bool) = (None, true);
    for (index, line) in body.lines().enumerate() {
        let number = lines_above + index + 1;
        let trimmed = line.trim();
        let mark = ["```", "~~~"].into_iter().find(|mark| trimmed.starts_with(mark));
        let heading = if fence.is_none() && mark.is_none() { heading(line, after_blank) } else { None };
        match (fence, mark) {
            (None, Some(_)) => fence = mark,
            (Some(open), Some(mark)) if open == mark => fence = None,
            _ => {}
        }
        if let Some(heading) = heading {
            let mut piece = Piece {
                line: number,
                label: heading.label,
                written_label: heading.written_label.trim().to_owned(),
                text: heading.rest.trim_start().to_owned(),
                ..Piece::default()
            };
            take_time(&mut piece, heading.time, number, zone, told);
            pieces.push(piece);
        } else if fence.is_none() && is_rule(trimmed) && pieces.last().is_some_and(Piece::begins_with_its_time) {
            pieces.push(Piece { line: number + 1, ..Piece::default() });
        } else if let Some(piece) = pieces.last_mut() {
            if !piece.text.is_empty() {
                piece.text.push('\n');
            } else if trimmed.is_empty() {
                after_blank = true;
                continue;
            } else if piece.label.is_none() && piece.at.is_none() && piece.clock.is_none() {
                piece.line = number;
            }
            piece.text.push_str(line.trim_end());
        }
        after_blank = trimmed.is_empty() || is_rule(trimmed);
    }
    for piece in &mut pieces {
        take_shortcodes(piece, zone, told);
        piece.text = without_rules(&piece.text);
    }
    pieces.retain(|piece| !piece.text.is_empty() || piece.label.is_some() || piece.at.is_some());
    pieces
}

/// A line that begins a piece. What stands within a sentence does not.
fn heading(line: &str, after_blank: bool) -> Option<Heading<'_>> {
    let trimmed = line.trim().trim_start_matches('#').trim();
    if trimmed.starts_with(|first: char| first.is_ascii_digit() || "*_".contains(first)) {
        let bare = trimmed.trim_matches(['*', '_', ':', ' ']);
        if is_time(bare) && bare.contains(':') {
            return Some(Heading { label: None, written_label: "", time: bare, rest: "" });
        }
    }
    let (written_label, inner, rest) = set_apart(line, trimmed, after_blank)?;
    let (label, more) = label::read(inner);
    let marked = written_label.starts_with(['[', '*', '_']);
    if label == Label::Other && (!marked || !rest.contains("{{")) {
        return None;
    }
    let is_one_word = more.trim_matches(|character: char| character.is_whitespace() || "#0123456789".contains(character)).is_empty();
    if !marked && line.trim() == trimmed && !is_one_word {
        return None;
    }
    let rest = rest.trim_start().trim_start_matches([':', '-', '–', '—']);
    Some(Heading { label: Some(label), written_label, time: time_in(more), rest })
}

/// What may be a label at the beginning of a line: as it is written, what stands in its marks, and the rest of the line.
fn set_apart<'a>(line: &'a str, trimmed: &'a str, after_blank: bool) -> Option<(&'a str, &'a str, &'a str)> {
    if let Some(inside) = trimmed.strip_prefix('[') {
        let (inner, rest) = inside.split_once(']')?;
        // A link is none.
        return if rest.starts_with(['(', '[', ':']) { None } else { Some((trimmed.get(..inner.len() + 2)?, inner, rest)) };
    }
    if !after_blank {
        return None;
    }
    if let Some(mark) = ["**", "__", "*", "_"].into_iter().find(|mark| trimmed.starts_with(mark)) {
        let (inner, rest) = trimmed.get(mark.len()..)?.split_once(mark)?;
        return Some((trimmed.get(..inner.len() + 2 * mark.len())?, inner, rest));
    }
    let is_heading = line.trim().starts_with('#');
    let end = trimmed.find(':').filter(|colon| *colon <= 20).or(if is_heading { Some(trimmed.len()) } else { None })?;
    Some((trimmed.get(..end)?, trimmed.get(..end)?, trimmed.get(end..)?))
}

/// Whether a text is a time with a day, or a time of day.
fn is_time(text: &str) -> bool {
    written_time::read(text, Tz::UTC).is_ok() || written_time::read_clock(text).is_some()
}

/// The time in the rest of a label: from its first digit on.
fn time_in(more: &str) -> &str {
    let from = more.find(|character: char| character.is_ascii_digit()).and_then(|start| more.get(start..)).unwrap_or_default();
    if is_time(from) && from.contains([':', 'h']) { from } else { "" }
}

fn take_time(piece: &mut Piece, text: &str, line: usize, zone: Tz, told: &mut FileRemarks<'_>) {
    match written_time::read(text, zone) {
        Ok(time) => {
            piece.at = Some(time.at);
            if time.zoneless {
                told.repaired(line, format!("`{}` names no zone, read in {zone}", shown(text)));
            } else if time.odd {
                told.repaired(line, format!("`{}` is read as {}", shown(text), time.at.format("%FT%TZ")));
            }
        }
        Err(_) => piece.clock = written_time::read_clock(text),
    }
}

/// Takes the time out of cState's shortcode `track`; any other shortcode stays as it is written.
fn take_shortcodes(piece: &mut Piece, zone: Tz, told: &mut FileRemarks<'_>) {
    let mut text = String::new();
    let mut rest = piece.text.as_str();
    let (mut tracked, mut strange) = (Vec::new(), Vec::new());
    while let Some(start) = rest.find("{{") {
        let (before, from) = rest.split_at(start);
        text.push_str(before);
        let end = from.find("}}").map_or(from.len(), |end| end + 2);
        let (code, after) = from.split_at(end);
        let inner = code.trim_matches(|character| "{}<>% \t\n".contains(character));
        match inner.strip_prefix("track") {
            Some(argument) => tracked.push(argument.trim().trim_matches(['"', '`', '\'']).to_owned()),
            None => {
                if code.starts_with("{{<") || code.starts_with("{{%") {
                    strange.push(inner.split_whitespace().next().unwrap_or_default().to_owned());
                }
                text.push_str(code);
            }
        }
        rest = after;
    }
    if tracked.is_empty() && strange.is_empty() {
        return;
    }
    text.push_str(rest);
    let line = piece.line;
    for argument in tracked {
        if piece.at.is_none() {
            match written_time::read(&argument, zone) {
                Err(no) => told.repaired(line, format!("`track {}` {}, which is left out", shown(&argument), no.reason())),
                Ok(_) => take_time(piece, &argument, line, zone, told),
            }
        }
    }
    for name in strange {
        told.repaired(line, format!("shortcode `{}` is unknown here, it stays as it is written", shown(&name)));
    }
    piece.text = text.lines().map(str::trim_end).collect::<Vec<_>>().join("\n");
}

/// The text without HTML's comments, which no reader of the page saw; lines stay where they are.
fn without_comments(body: &str) -> String {
    let mut kept = String::with_capacity(body.len());
    let mut rest = body;
    while let Some(start) = rest.find("<!--") {
        let (before, from) = rest.split_at(start);
        kept.push_str(before);
        let end = from.find("-->").map_or(from.len(), |end| end + 3);
        let (comment, after) = from.split_at(end);
        kept.extend(comment.chars().filter(|character| *character == '\n'));
        rest = after;
    }
    kept.push_str(rest);
    kept
}

fn is_rule(line: &str) -> bool {
    line.len() >= 3 && ['-', '*', '_'].iter().any(|mark| line.chars().all(|character| character == *mark))
}

/// The text without rules and empty lines at its ends.
fn without_rules(text: &str) -> String {
    let lines: Vec<&str> = text.lines().collect();
    let matters = |line: &&str| !line.trim().is_empty() && !is_rule(line.trim());
    let Some(first) = lines.iter().position(matters) else { return String::new() };
    let last = lines.iter().rposition(matters).unwrap_or(first);
    lines.get(first..=last).unwrap_or_default().join("\n")
}
