//! The body of an imported update (an HTML fragment, or plain text) to Markdown that shows the same text and the same links.
//!
//! The body is read as a browser reads it, with a tokenizer that follows the HTML standard: `<5>` and `<1m` are text, because no tag
//! begins with a digit; `<foo>` is a tag and is not seen. The tree that a browser builds is followed where it changes what is seen:
//! unclosed elements go on, scripts and styles are dropped. A body without block-level tags is taken as plain text typed by a person,
//! whose line breaks count. A link without text is dropped: there would be nothing to click on.

use html5gum::emitters::default::DefaultEmitter;
use html5gum::{StartTag, Token, Tokenizer};

use super::markdown_inline::Style;
use super::markdown_writer::{Block, Kind, Writer};
use crate::domain::text;

/// Markdown that renders to the same visible text (white space collapsed) and the same links, in order, as the HTML body.
pub fn to_markdown(body: &str) -> String {
    let tokens: Vec<Token> = tokens(body);
    let mut reader = Reader { breaks: !tokens.iter().any(is_block_tag), ..Reader::default() };
    for token in tokens {
        reader.token(token);
    }
    reader.writer.finish()
}

/// Markdown that shows exactly this text, nothing in it interpreted. Line breaks stay, an empty line begins a new paragraph.
pub fn from_plain_text(plain: &str) -> String {
    let mut writer = Writer::default();
    writer.text(&text::clean(plain), Style::default(), true);
    writer.finish()
}

/// Whether a browser would see more in the body than its text: a tag, a comment or a character reference.
pub fn looks_like_html(body: &str) -> bool {
    let mut seen = String::new();
    for token in tokens(body) {
        match token {
            Token::String(words) => seen.push_str(&String::from_utf8_lossy(&words)),
            Token::Error(_) => {}
            _ => return true,
        }
    }
    seen != body.replace("\r\n", "\n").replace('\r', "\n")
}

fn tokens(body: &str) -> Vec<Token> {
    let mut emitter = DefaultEmitter::default();
    emitter.naively_switch_states(true);
    let Ok(tokens) = Tokenizer::new_with_emitter(body, emitter).collect();
    tokens
}

/// Elements of which nothing is seen.
const DROPPED: &[&[u8]] = &[b"script", b"style", b"template", b"title", b"iframe", b"noembed", b"noframes", b"noscript"];

/// Elements that begin and end a line of their own and are no more to us than that.
const BLOCKS: &[&[u8]] = &[
    b"address",
    b"article",
    b"aside",
    b"body",
    b"caption",
    b"center",
    b"dd",
    b"details",
    b"dialog",
    b"div",
    b"dl",
    b"dt",
    b"fieldset",
    b"figcaption",
    b"figure",
    b"footer",
    b"form",
    b"head",
    b"header",
    b"hgroup",
    b"html",
    b"legend",
    b"main",
    b"nav",
    b"p",
    b"search",
    b"section",
    b"summary",
    b"table",
    b"tbody",
    b"tfoot",
    b"thead",
    b"tr",
];

fn is_block(name: &[u8]) -> bool {
    BLOCKS.contains(&name)
        || matches!(name, b"ul" | b"ol" | b"menu" | b"li" | b"blockquote" | b"pre" | b"hr")
        || heading_level(name).is_some()
}

fn is_block_tag(token: &Token) -> bool {
    match token {
        Token::StartTag(tag) => is_block(&tag.name) || **tag.name == *b"br",
        _ => false,
    }
}

/// What an end tag has to match: that of any heading ends any other.
fn block_kind(name: &[u8]) -> &[u8] {
    if heading_level(name).is_some() { b"h" } else { name }
}

fn heading_level(name: &[u8]) -> Option<usize> {
    match name {
        [b'h', level @ b'1'..=b'6'] => Some(usize::from(level - b'0')),
        _ => None,
    }
}

/// Beyond this depth only the outer elements are remembered, so that looking for one stays quick.
const MAX_OPEN_BLOCKS: usize = 500;

/// Follows the tags and tells the writer what they mean.
#[derive(Default)]
struct Reader {
    writer: Writer,
    /// Whether line feeds in the text are line breaks.
    breaks: bool,
    strong: usize,
    emphasis: usize,
    code: usize,
    link: Option<usize>,
    /// Block-level elements opened since the link was.
    blocks_in_link: usize,
    /// The block-level elements that are open; browsers ignore an end tag that ends nothing.
    open_blocks: Vec<Vec<u8>>,
    /// The dropped element we are in, and how many of that name are open.
    dropped: Option<(Vec<u8>, usize)>,
}

impl Reader {
    fn style(&self) -> Style {
        Style { strong: self.strong > 0, emphasis: self.emphasis > 0, code: self.code > 0, link: self.link }
    }

    fn token(&mut self, token: Token) {
        match token {
            Token::String(words) if self.dropped.is_none() => self.writer.text(&String::from_utf8_lossy(&words), self.style(), self.breaks),
            Token::StartTag(tag) => match &mut self.dropped {
                Some((name, depth)) if **tag.name == **name => *depth += 1,
                Some(_) => {}
                None => self.start(&tag),
            },
            Token::EndTag(tag) => match &mut self.dropped {
                Some((name, depth)) if **tag.name == **name => {
                    *depth -= 1;
                    if *depth == 0 {
                        self.dropped = None;
                    }
                }
                Some(_) => {}
                None => self.end(&tag.name),
            },
            _ => {}
        }
    }

    fn start(&mut self, tag: &StartTag<()>) {
        let name: &[u8] = &tag.name;
        match name {
            b"br" => return self.writer.line_break(self.style()),
            b"b" | b"strong" => self.strong += 1,
            b"i" | b"em" | b"cite" | b"dfn" => self.emphasis += 1,
            b"code" | b"kbd" | b"samp" | b"tt" => self.code += 1,
            b"td" | b"th" | b"option" => self.writer.space(self.style()),
            b"img" => self.writer.text(&attribute(tag, b"alt").unwrap_or_default(), self.style(), false),
            b"a" => self.start_link(attribute(tag, b"href")),
            _ if DROPPED.contains(&name) => self.dropped = Some((name.to_vec(), 1)),
            _ => {}
        }
        if !is_block(name) {
            return;
        }
        self.remember_open(name);
        if self.link.is_some() {
            // One link may span blocks in HTML but not in Markdown: within it they are lines.
            self.blocks_in_link += usize::from(name != b"hr");
            return self.line_in_link();
        }
        match name {
            b"ul" | b"menu" => self.writer.open_list(None),
            b"ol" => {
                let start = attribute(tag, b"start").and_then(|start| start.trim().parse().ok());
                self.writer.open_list(Some(start.filter(|start| *start <= 999_999_999).unwrap_or(1)));
            }
            b"li" => self.writer.open_item(),
            b"blockquote" => self.writer.open_quote(),
            b"hr" => self.writer.rule(),
            b"pre" => self.writer.begin_block(Block::Preformatted),
            _ => self.writer.begin_block(heading_level(name).map_or(Block::Paragraph, Block::Heading)),
        }
    }

    fn end(&mut self, name: &[u8]) {
        match name {
            b"b" | b"strong" => self.strong = self.strong.saturating_sub(1),
            b"i" | b"em" | b"cite" | b"dfn" => self.emphasis = self.emphasis.saturating_sub(1),
            b"code" | b"kbd" | b"samp" | b"tt" => self.code = self.code.saturating_sub(1),
            b"td" | b"th" | b"option" => self.writer.space(self.style()),
            b"a" => {
                self.link = None;
                self.blocks_in_link = 0;
            }
            // Browsers read this wrong end tag as a line break.
            b"br" => self.writer.line_break(self.style()),
            _ => {}
        }
        if !is_block(name) || !self.ends_something(name) {
            return;
        }
        if self.link.is_some() && self.blocks_in_link > 0 {
            self.blocks_in_link -= 1;
            return self.line_in_link();
        }
        match name {
            b"ul" | b"ol" | b"menu" => self.writer.close(Kind::List),
            b"li" => self.writer.close(Kind::Item),
            b"blockquote" => self.writer.close(Kind::Quote),
            _ => self.writer.end_block(),
        }
    }

    fn remember_open(&mut self, name: &[u8]) {
        let kind = block_kind(name);
        // A heading ends another one right before it, and a line across the page holds nothing.
        let replaces = kind == b"h" && self.open_blocks.last().is_some_and(|open| open == kind);
        if kind != b"hr" && !replaces && self.open_blocks.len() < MAX_OPEN_BLOCKS {
            self.open_blocks.push(kind.to_vec());
        }
    }

    fn ends_something(&mut self, name: &[u8]) -> bool {
        let kind = block_kind(name);
        let found =
            self.open_blocks.iter().rposition(|open| open == kind || kind == b"li" && matches!(open.as_slice(), b"ul" | b"ol" | b"menu"));
        // An item ends within its own list or not at all.
        let open = found.filter(|found| self.open_blocks[*found] == kind);
        if let Some(open) = open {
            self.open_blocks.truncate(open);
        }
        // The end of a paragraph is one even where none was open.
        open.is_some() || name == b"p"
    }

    fn start_link(&mut self, target: Option<String>) {
        // Browsers ignore white space around a target, and tabs and line breaks within.
        let target = target.map(|target| target.trim_matches(|character: char| character <= ' ').replace(['\t', '\n', '\r'], ""));
        let target = target.filter(|target| !target.is_empty() && !target.chars().any(text::is_dropped));
        self.link = target.map(|target| self.writer.add_target(target));
        self.blocks_in_link = 0;
    }

    fn line_in_link(&mut self) {
        self.writer.line_break(self.style());
    }
}

fn attribute(tag: &StartTag<()>, name: &[u8]) -> Option<String> {
    tag.attributes.get(name).map(|value| String::from_utf8_lossy(value).into_owned())
}

#[cfg(test)]
mod tests;
