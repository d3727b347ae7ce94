//! One paragraph's or heading's worth of styled text to Markdown that means exactly that text.
//!
//! Every paragraph is read back with the parser that will render it. Where emphasis or code cannot be written so that words and links
//! come out the same (CommonMark cannot express every HTML), the formatting is given up, never the text.

use pulldown_cmark::{Event, Options, Parser, Tag, TagEnd};

/// How a run of text is set.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Style {
    pub(super) strong: bool,
    pub(super) emphasis: bool,
    pub(super) code: bool,
    /// Which link the text belongs to: an index into the targets.
    pub(super) link: Option<usize>,
}

impl Style {
    /// What two styles have in common: how white space between them is set.
    pub(super) fn common(self, other: Self) -> Self {
        Self {
            strong: self.strong && other.strong,
            emphasis: self.emphasis && other.emphasis,
            code: self.code && other.code,
            link: self.link.filter(|link| other.link == Some(*link)),
        }
    }

    const fn has(self, mark: Mark) -> bool {
        match mark {
            Mark::Link => self.link.is_some(),
            Mark::Strong => self.strong,
            Mark::Emphasis => self.emphasis,
        }
    }
}

/// A stretch of text in one style. A line feed in it is a line break that shall be seen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Run {
    pub(super) text: String,
    pub(super) style: Style,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Mark {
    Link,
    Strong,
    Emphasis,
}

const MARKS: [Mark; 3] = [Mark::Link, Mark::Strong, Mark::Emphasis];

/// The Markdown of the runs, with as much of their formatting as can be kept without changing a word or a link.
pub(super) fn paragraph(runs: &[Run], targets: &[String]) -> String {
    let expected = wanted(runs, targets);
    let full = write(runs, targets);
    if read_back(&full) == expected {
        return full;
    }
    let plainer = restyled(runs, |style| Style { strong: false, emphasis: false, ..style });
    let without_emphasis = write(&plainer, targets);
    if read_back(&without_emphasis) == expected {
        return without_emphasis;
    }
    write(&restyled(runs, |style| Style { link: style.link, ..Style::default() }), targets)
}

/// The same runs in other styles, neighbours of one style joined.
fn restyled(runs: &[Run], style: impl Fn(Style) -> Style) -> Vec<Run> {
    let mut joined: Vec<Run> = Vec::new();
    for run in runs {
        let style = style(run.style);
        match joined.last_mut() {
            Some(last) if last.style == style => last.text.push_str(&run.text),
            _ => joined.push(Run { text: run.text.clone(), style }),
        }
    }
    joined
}

type Seen = (String, Vec<(String, String)>);

fn wanted(runs: &[Run], targets: &[String]) -> Seen {
    let mut text = String::new();
    let mut links: Vec<(usize, String)> = Vec::new();
    for run in runs {
        text.push_str(&run.text);
        if let Some(link) = run.style.link {
            match links.last_mut() {
                Some((last, words)) if *last == link => words.push_str(&run.text),
                _ => links.push((link, run.text.clone())),
            }
        }
    }
    let links = links.into_iter().map(|(link, words)| (targets.get(link).cloned().unwrap_or_default(), collapsed(&words)));
    (collapsed(&text), links.collect())
}

fn read_back(markdown: &str) -> Seen {
    let mut text = String::new();
    let mut links: Vec<(String, String)> = Vec::new();
    let mut inside = false;
    for event in Parser::new_ext(markdown, Options::empty()) {
        let words = match &event {
            Event::Text(words) | Event::Code(words) => words,
            Event::SoftBreak | Event::HardBreak => " ",
            Event::Start(Tag::Link { dest_url, .. }) => {
                links.push((dest_url.to_string(), String::new()));
                inside = true;
                continue;
            }
            Event::End(TagEnd::Link) => {
                inside = false;
                continue;
            }
            Event::Start(Tag::Paragraph | Tag::Strong | Tag::Emphasis)
            | Event::End(TagEnd::Paragraph | TagEnd::Strong | TagEnd::Emphasis) => continue,
            // Anything else was not meant; no wanted text holds this character.
            _ => "\u{0}",
        };
        text.push_str(words);
        if let Some((_, link)) = links.last_mut().filter(|_| inside) {
            link.push_str(words);
        }
    }
    let links = links.into_iter().map(|(target, words)| (target, collapsed(&words)));
    (collapsed(&text), links.collect())
}

fn collapsed(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn write(runs: &[Run], targets: &[String]) -> String {
    let mut out = String::new();
    let mut open: Vec<(Mark, &str)> = Vec::new();
    for (index, run) in runs.iter().enumerate() {
        let closed = out.len();
        close_marks(&mut out, &mut open, runs, index, targets);
        let closed = closed < out.len();
        let opened = out.len();
        open_marks(&mut out, &mut open, runs, index, closed);
        let opened = opened < out.len();
        if run.style.code {
            push_code(&mut out, &run.text);
        } else {
            // White space must not follow an opening mark, and a letter may not follow every closing one.
            let needs_reference = if opened { char::is_whitespace } else { char::is_alphanumeric };
            let as_reference = (opened || closed) && !closes_word(&out) && run.text.starts_with(needs_reference);
            push_text(&mut out, run, as_reference, runs.get(index + 1).is_some());
        }
    }
    close_marks(&mut out, &mut open, runs, runs.len(), targets);
    out
}

/// Runs from `index` on that belong to one link, or that have one mark.
fn extent(runs: &[Run], index: usize, mark: Mark) -> usize {
    let link = runs.get(index).and_then(|run| run.style.link);
    let belongs = |run: &&Run| run.style.has(mark) && (mark != Mark::Link || run.style.link == link);
    runs.iter().skip(index).take_while(belongs).count()
}

/// Closes what does not reach over the run at `index`. A mark stays open over the start of a link only if it covers the whole link, so
/// that no link is ever cut in two.
fn close_marks(out: &mut String, open: &mut Vec<(Mark, &str)>, runs: &[Run], index: usize, targets: &[String]) {
    let before = index.checked_sub(1).and_then(|before| runs.get(before)).map(|run| run.style);
    let now = runs.get(index).map(|run| run.style).unwrap_or_default();
    let same_link = now.link.is_some() && before.is_some_and(|style| style.link == now.link);
    let enters_link = now.link.is_some() && !same_link;
    let link = if enters_link { extent(runs, index, Mark::Link) } else { 0 };
    let stays = |mark: &Mark| match mark {
        Mark::Link => same_link,
        mark => now.has(*mark) && (!enters_link || extent(runs, index, *mark) >= link),
    };
    let keep = open.iter().take_while(|(mark, _)| stays(mark)).count();
    for (mark, written) in open.drain(keep..).rev() {
        let target = before.and_then(|style| style.link).and_then(|link| targets.get(link));
        match mark {
            Mark::Link => push_target(out, target.map_or("", String::as_str)),
            Mark::Strong | Mark::Emphasis => push_closing(out, written),
        }
    }
}

/// Opens what the run at `index` has and nothing has opened yet, the longest first, links before what ends with them. Right behind a
/// closing mark the other kind of mark is used, or the two would be read as one.
fn open_marks(out: &mut String, open: &mut Vec<(Mark, &str)>, runs: &[Run], index: usize, closed: bool) {
    let Some(run) = runs.get(index) else { return };
    let is_open = |mark: &Mark| open.iter().any(|(open, _)| open == mark);
    let mut missing: Vec<Mark> = MARKS.into_iter().filter(|mark| run.style.has(*mark) && !is_open(mark)).collect();
    missing.sort_by_key(|mark| std::cmp::Reverse(extent(runs, index, *mark)));
    let other = closed && out.ends_with('*');
    for mark in missing {
        let written = match (mark, other) {
            (Mark::Link, _) => "[",
            (Mark::Strong, false) => "**",
            (Mark::Strong, true) => "__",
            (Mark::Emphasis, false) => "*",
            (Mark::Emphasis, true) => "_",
        };
        if mark == Mark::Link {
            out.push_str(written);
        } else {
            push_opening(out, written, run);
        }
        open.push((mark, written));
    }
}

/// An opening mark counts as one only if what precedes it is white space or punctuation, or a letter follows it: where that is not so,
/// the character before it is written as a character reference, which ends in punctuation.
fn push_opening(out: &mut String, mark: &str, run: &Run) {
    let letter_follows = !run.style.code && run.style.link.is_none() && run.text.starts_with(char::is_alphanumeric);
    if !letter_follows && let Some(last) = out.chars().next_back().filter(|last| last.is_alphanumeric()) {
        out.truncate(out.len() - last.len_utf8());
        push_reference(out, last);
    }
    out.push_str(mark);
}

/// A closing mark must not follow white space: what CommonMark counts as such beyond our own spaces is written as a reference.
fn push_closing(out: &mut String, mark: &str) {
    if let Some(last) = out.chars().next_back().filter(|last| last.is_whitespace()) {
        out.truncate(out.len() - last.len_utf8());
        push_reference(out, last);
    }
    out.push_str(mark);
}

/// Whether the output ends in a closing mark right behind a letter, or in a link: then any character may follow.
fn closes_word(out: &str) -> bool {
    let word = out.trim_end_matches('*');
    word.len() < out.len() && word.ends_with(char::is_alphanumeric) || out.ends_with(')')
}

fn push_reference(out: &mut String, character: char) {
    out.push_str(&format!("&#{};", character as u32));
}

fn push_target(out: &mut String, target: &str) {
    out.push_str("](");
    for (at, character) in target.char_indices() {
        match character {
            ' ' => out.push_str("&#32;"),
            '(' | ')' | '<' | '>' | '\\' | '`' | '[' | ']' => out.extend(['\\', character]),
            '&' if looks_like_reference(&target[at..], false) => out.push_str("\\&"),
            _ => out.push(character),
        }
    }
    out.push(')');
}

/// A code span: fenced by one backtick more than it holds in a row, padded where it begins or ends with one.
fn push_code(out: &mut String, text: &str) {
    let fence = "`".repeat(longest_backtick_run(text) + 1);
    let pad = if text.starts_with('`') || text.ends_with('`') { " " } else { "" };
    out.push_str(&format!("{fence}{pad}{text}{pad}{fence}"));
}

/// The most backticks that stand in a row.
pub(super) fn longest_backtick_run(text: &str) -> usize {
    text.split(|character| character != '`').map(str::len).max().unwrap_or_default()
}

fn push_text(out: &mut String, run: &Run, first_as_reference: bool, more_follows: bool) {
    let mut previous = None;
    let mut characters = run.text.char_indices().peekable();
    while let Some((at, character)) = characters.next() {
        let next = characters.peek().map(|(_, next)| *next);
        let line_start = out.is_empty() || out.ends_with('\n');
        let at_open_end = next.is_none() && more_follows;
        match character {
            '\n' => out.push_str("\\\n"),
            _ if first_as_reference && at == 0 => push_reference(out, character),
            '\\' | '`' | '*' | '[' | ']' => out.extend(['\\', character]),
            '_' if !(previous.is_some_and(char::is_alphanumeric) && next.is_some_and(char::is_alphanumeric)) => out.push_str("\\_"),
            '<' if !next.is_some_and(|next| next == ' ' || next.is_ascii_digit()) => out.push_str("\\<"),
            '&' if at_open_end || looks_like_reference(&run.text[at..], more_follows) => out.push_str("\\&"),
            '!' if at_open_end => out.push_str("\\!"),
            '#' | '+' | '-' | '=' | '~' | '>' if line_start => out.extend(['\\', character]),
            '.' | ')' if ends_in_list_number(out) => out.extend(['\\', character]),
            _ => out.push(character),
        }
        previous = Some(character);
    }
}

/// Whether the text begins with what Markdown may read as a character reference, such as `&amp;` or `&#39;`. With `more_follows`, so
/// does a name that reaches to the end of the text.
fn looks_like_reference(text: &str, more_follows: bool) -> bool {
    let Some(name) = text.strip_prefix('&') else { return false };
    let end = name.find(|character: char| !character.is_ascii_alphanumeric() && character != '#');
    end.map_or(more_follows, |end| end > 0 && name[end..].starts_with(';'))
}

/// Whether the last line so far is nothing but digits: with a full stop or parenthesis it would begin a list.
fn ends_in_list_number(out: &str) -> bool {
    let digits = out.bytes().rev().take(10).take_while(u8::is_ascii_digit).count();
    let before = &out[..out.len() - digits];
    (1..=9).contains(&digits) && (before.is_empty() || before.ends_with('\n'))
}
