//! Blocks of styled text, in lists and quotes, to a Markdown document.
//!
//! The writer is told what a body consists of, in order, and keeps account of white space: runs of it collapse, as in HTML, except in
//! preformatted text. It writes nothing but what it was told; the rules of Markdown that text could trip over are in `markdown_inline`.

use super::markdown_inline::{Run, Style, longest_backtick_run, paragraph};
use crate::domain::text;

/// Lists and quotes nested deeper than this go on at the depth reached.
const MAX_NESTING: usize = 12;

/// What a block stands in.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Container {
    Quote {
        id: usize,
    },
    List {
        id: usize,
        next: Option<u32>,
        mark: char,
    },
    Item {
        id: usize,
        marker: String,
        begun: bool,
    },
    /// Beyond the permitted depth: closes like any other, writes nothing.
    Flattened {
        kind: Kind,
    },
}

/// The kinds of container, for closing them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Quote,
    List,
    Item,
}

impl Container {
    const fn kind(&self) -> Kind {
        match self {
            Self::Quote { .. } => Kind::Quote,
            Self::List { .. } => Kind::List,
            Self::Item { .. } => Kind::Item,
            Self::Flattened { kind } => *kind,
        }
    }

    const fn id(&self) -> Option<usize> {
        match self {
            Self::Quote { id } | Self::List { id, .. } | Self::Item { id, .. } => Some(*id),
            Self::Flattened { .. } => None,
        }
    }
}

/// How the block being gathered will be written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Block {
    #[default]
    Paragraph,
    /// A heading of this level, 1 to 6.
    Heading(usize),
    Preformatted,
}

/// White space that will be written if more text follows.
#[derive(Clone, Copy, Debug)]
struct Gap {
    style: Style,
    line_break: bool,
}

/// Gathers text and writes Markdown.
#[derive(Debug, Default)]
pub(super) struct Writer {
    out: String,
    runs: Vec<Run>,
    gap: Option<Gap>,
    targets: Vec<String>,
    block: Block,
    containers: Vec<Container>,
    /// The containers of the block written last.
    written: Vec<Container>,
    ids: usize,
}

impl Writer {
    /// The document; what was still being gathered is written first.
    pub(super) fn finish(mut self) -> String {
        self.end_block();
        self.out
    }

    /// Remembers a link's target; what it returns goes into the style of the link's text.
    pub(super) fn add_target(&mut self, target: String) -> usize {
        self.targets.push(target);
        self.targets.len() - 1
    }

    /// Ends the block so far; the next one is of this kind.
    pub(super) fn begin_block(&mut self, block: Block) {
        self.end_block();
        self.block = block;
    }

    /// Adds text. White space collapses; with `breaks`, each line feed is a line break and an empty line begins a new paragraph.
    pub(super) fn text(&mut self, words: &str, style: Style, breaks: bool) {
        for character in words.chars() {
            match character {
                '\n' | '\t' | ' ' if self.block == Block::Preformatted => self.push(character, style),
                '\r' | '\u{c}' if self.block == Block::Preformatted => self.push(' ', style),
                '\n' if breaks => self.line_break(style),
                ' ' | '\n' | '\r' | '\t' | '\u{c}' => self.space(style),
                character if text::is_dropped(character) => {}
                character => {
                    self.fill_gap(style);
                    self.push(character, style);
                }
            }
        }
    }

    /// Adds white space, if it turns out to stand between words.
    pub(super) fn space(&mut self, style: Style) {
        if self.runs.is_empty() {
            return;
        }
        let line_break = self.gap.is_some_and(|gap| gap.line_break);
        let style = self.gap.map_or(style, |gap| gap.style.common(style));
        self.gap = Some(Gap { style, line_break });
    }

    /// Adds a line break, if it turns out to stand between words. The second in a row ends the paragraph, except within a link.
    pub(super) fn line_break(&mut self, style: Style) {
        if self.block == Block::Preformatted {
            return self.push('\n', style);
        }
        if self.block == Block::Paragraph && style.link.is_none() && self.gap.is_some_and(|gap| gap.line_break) {
            return self.end_block();
        }
        self.space(style);
        let is_heading = matches!(self.block, Block::Heading(_));
        if let Some(gap) = self.gap.as_mut() {
            gap.line_break = !is_heading;
        }
    }

    fn fill_gap(&mut self, style: Style) {
        let Some(gap) = self.gap.take() else { return };
        let before = self.runs.last().map(|run| run.style).unwrap_or_default();
        let between = gap.style.common(before).common(style);
        if gap.line_break {
            self.push('\n', Style { code: false, ..between });
        } else {
            self.push(' ', between);
        }
    }

    fn push(&mut self, character: char, style: Style) {
        match self.runs.last_mut() {
            Some(run) if run.style == style => run.text.push(character),
            _ => self.runs.push(Run { text: character.to_string(), style }),
        }
    }

    /// Writes what was gathered, if anything.
    pub(super) fn end_block(&mut self) {
        self.gap = None;
        let mut runs = std::mem::take(&mut self.runs);
        let block = std::mem::take(&mut self.block);
        if block == Block::Preformatted {
            if runs.iter().all(|run| run.style.link.is_none()) {
                return self.write_preformatted(&runs.into_iter().map(|run| run.text).collect::<String>());
            }
            // A fenced block cannot hold links; lines and links matter more than columns.
            runs = self.reflowed(runs);
        }
        if runs.is_empty() {
            return;
        }
        let markdown = paragraph(&runs, &self.targets);
        match block {
            Block::Heading(level) => {
                let marks = "#".repeat(level);
                // Number signs at the end would be taken for a closing sequence.
                let line = markdown.strip_suffix('#').filter(|line| backslashes_at_end(line).is_multiple_of(2));
                let line = line.map_or_else(|| markdown.clone(), |line| format!("{line}\\#"));
                self.write_block(&format!("{marks} {line}"));
            }
            _ => self.write_block(&markdown),
        }
    }

    fn reflowed(&mut self, runs: Vec<Run>) -> Vec<Run> {
        for run in runs {
            for (number, line) in run.text.split('\n').enumerate() {
                let style = Style { code: false, ..run.style };
                if number > 0 {
                    self.space(style);
                    if let Some(gap) = self.gap.as_mut() {
                        gap.line_break = true;
                    }
                }
                self.text(line, style, false);
            }
        }
        self.gap = None;
        std::mem::take(&mut self.runs)
    }

    fn write_preformatted(&mut self, text: &str) {
        let text = text.trim_matches('\n').trim_end();
        if !text.trim().is_empty() {
            let fence = "`".repeat(longest_backtick_run(text).max(2) + 1);
            self.write_block(&format!("{fence}\n{text}\n{fence}"));
        }
    }

    /// A line across the page.
    pub(super) fn rule(&mut self) {
        self.end_block();
        self.write_block("___");
    }

    /// Opens a quote.
    pub(super) fn open_quote(&mut self) {
        self.end_block();
        let container = Container::Quote { id: self.new_id() };
        self.open(container);
    }

    /// Opens a list; ordered ones count from `start`.
    pub(super) fn open_list(&mut self, start: Option<u32>) {
        self.end_block();
        let depth = self.containers.len();
        // Two lists in a row are told apart by another mark.
        let neighbour = match self.written.get(depth) {
            Some(Container::List { mark, .. }) if same_ids(&self.written[..depth], &self.containers) => Some(*mark),
            _ => None,
        };
        let marks = if start.is_some() { ['.', ')'] } else { ['-', '*'] };
        let mark = if neighbour == Some(marks[0]) { marks[1] } else { marks[0] };
        let container = Container::List { id: self.new_id(), next: start, mark };
        self.open(container);
    }

    /// Opens an item of the innermost list; without one it is a paragraph of its own.
    pub(super) fn open_item(&mut self) {
        self.end_block();
        if self
            .containers
            .iter()
            .rev()
            .find(|container| container.kind() != Kind::Quote)
            .is_some_and(|container| container.kind() == Kind::Item)
        {
            self.close(Kind::Item);
        }
        let id = self.new_id();
        let container = match self.containers.last_mut() {
            Some(Container::List { next, mark, .. }) => {
                let marker = match next {
                    Some(number) => {
                        let marker = format!("{number}{mark} ");
                        *number = (*number + 1).min(999_999_999);
                        marker
                    }
                    None => format!("{mark} "),
                };
                Container::Item { id, marker, begun: false }
            }
            Some(Container::Flattened { kind: Kind::List }) => Container::Flattened { kind: Kind::Item },
            _ => return,
        };
        self.open(container);
    }

    /// Closes the innermost container of a kind with all that is in it. An item's end never closes the list it is in.
    pub(super) fn close(&mut self, kind: Kind) {
        self.end_block();
        let Some(at) = self.containers.iter().rposition(|container| container.kind() == kind) else { return };
        let crosses_list = self.containers[at + 1..].iter().any(|container| container.kind() == Kind::List);
        if kind != Kind::Item || !crosses_list {
            self.containers.truncate(at);
        }
    }

    fn open(&mut self, container: Container) {
        // Far beyond what anyone writes, the end of one container may close another; no text depends on it.
        if self.containers.len() >= 4 * MAX_NESTING {
            return;
        }
        let deep = self.containers.len() >= MAX_NESTING && !matches!(container, Container::Item { .. });
        self.containers.push(if deep { Container::Flattened { kind: container.kind() } } else { container });
    }

    const fn new_id(&mut self) -> usize {
        self.ids += 1;
        self.ids
    }

    fn write_block(&mut self, block: &str) {
        self.separate();
        for (number, line) in block.split('\n').enumerate() {
            if number > 0 {
                self.out.push('\n');
            }
            let prefix = self.prefix();
            self.out.push_str(if line.is_empty() { prefix.trim_end() } else { &prefix });
            self.out.push_str(line);
        }
        self.written.clone_from(&self.containers);
    }

    /// Ends the block before. Items follow one another closely; all else is set apart by an empty line.
    fn separate(&mut self) {
        if self.out.is_empty() {
            return;
        }
        self.out.push('\n');
        let shared = self.written.iter().zip(&self.containers).take_while(|(before, now)| before.id() == now.id()).count();
        if !self.follows_closely(shared) {
            let prefix = prefix_of(&self.containers[..shared]);
            self.out.push_str(prefix.trim_end());
            self.out.push('\n');
        }
    }

    fn follows_closely(&self, shared: usize) -> bool {
        // Either the next item of a list follows, or a list within the item that was written last.
        let is_item = |container: Option<&Container>| matches!(container, Some(Container::Item { .. }));
        let after_item = is_item(self.written.get(shared)) || is_item(self.containers[..shared].last());
        let fresh = &self.containers[shared..];
        let begins_item = fresh.iter().any(|container| matches!(container, Container::Item { begun: false, .. }));
        // Only a list that begins with 1 may follow a line of text without an empty line between them.
        let numbered = |container: &Container| matches!(container, Container::List { next: Some(next), .. } if *next != 2);
        after_item && begins_item && !fresh.iter().any(|container| numbered(container) || container.kind() == Kind::Quote)
    }

    /// What the next line begins with; an item's marker is used once.
    fn prefix(&mut self) -> String {
        let prefix = self.containers.iter().map(|container| match container {
            Container::Item { marker, begun: false, .. } => marker.clone(),
            container => prefix_of(std::slice::from_ref(container)),
        });
        let prefix = prefix.collect();
        for container in &mut self.containers {
            if let Container::Item { begun, .. } = container {
                *begun = true;
            }
        }
        prefix
    }
}

fn backslashes_at_end(text: &str) -> usize {
    text.len() - text.trim_end_matches('\\').len()
}

fn prefix_of(containers: &[Container]) -> String {
    let one = |container: &Container| match container {
        Container::Quote { .. } => "> ".to_owned(),
        Container::Item { marker, .. } => " ".repeat(marker.len()),
        Container::List { .. } | Container::Flattened { .. } => String::new(),
    };
    containers.iter().map(one).collect()
}

fn same_ids(one: &[Container], other: &[Container]) -> bool {
    one.iter().map(Container::id).eq(other.iter().map(Container::id))
}
