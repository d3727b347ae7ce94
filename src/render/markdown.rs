//! Text from people, written in Markdown, to HTML that can carry nothing live.
//!
//! The dialect is CommonMark without extensions. What is not plain CommonMark formatting comes out as text: raw HTML is shown, not
//! interpreted; a link whose target is not on the allow-list keeps its words and loses its target; an image keeps its alternative text.
//! Headings become paragraphs in bold, so that they never outrank or disorder the headings of the
//! page around them. Nesting deeper than `MAX_NESTING` is flattened, so that no browser or parser is brought to its knees.

mod containers;

use pulldown_cmark::{CodeBlockKind, CowStr, Event, LinkType, Options, Parser, Tag, TagEnd};
use pulldown_cmark_escape::escape_html;

use crate::domain::{Organization, text};

/// Quotes, lists and emphasis nested deeper than this are written without their tags.
const MAX_NESTING: usize = 24;

/// Whether images in the text of people are shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Images {
    /// Never; their alternative text stands in their place.
    Off,
    /// Only those with an `https` address; others become their alternative text.
    HttpsOnly,
}

impl Images {
    /// As the organization's settings say.
    pub fn of(organization: &Organization) -> Self {
        if organization.images { Self::HttpsOnly } else { Self::Off }
    }
}

/// Markdown to a fragment of block-level HTML that is safe to put into a page as it stands.
pub fn to_html(markdown: &str, images: Images) -> String {
    let source = text::clean(markdown);
    let source = containers::limited(&source);
    let events = Filter::new(images).run(Parser::new_ext(&source, Options::empty()));
    let mut html = String::with_capacity(source.len() * 3 / 2);
    pulldown_cmark::html::push_html(&mut html, events.into_iter());
    // Character references such as `&#8;` bring back what was cleaned above.
    if !text::is_clean(&html) {
        html.retain(|character| !text::is_dropped(character));
    }
    html
}

/// Markdown to one paragraph of plain text: no tags, no line breaks, white space collapsed. For descriptions, feeds and calendars.
pub fn to_text(markdown: &str) -> String {
    let source = text::clean(markdown);
    let source = containers::limited(&source);
    let mut plain = String::with_capacity(source.len());
    for event in Parser::new_ext(&source, Options::empty()) {
        match event {
            Event::Text(words) | Event::Code(words) | Event::Html(words) | Event::InlineHtml(words) => plain.push_str(&words),
            Event::Start(tag) if !is_inline(&tag.to_end()) => plain.push(' '),
            Event::End(tag) if !is_inline(&tag) => plain.push(' '),
            Event::SoftBreak | Event::HardBreak | Event::Rule => plain.push(' '),
            _ => {}
        }
    }
    if !text::is_clean(&plain) {
        plain.retain(|character| !text::is_dropped(character));
    }
    plain.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Whether a link to this target may stand on a page: `http` and `https` with a host, `mailto`, and relative ones that cannot name
/// another host. Nothing that a browser would read differently from a person passes: no control characters, no white space at the
/// ends or in the host, no backslash tricks.
pub fn is_safe_link_target(target: &str) -> bool {
    if target.is_empty() || target.trim() != target || target.chars().any(text::is_dropped) || target.contains(['\n', '\t']) {
        return false;
    }
    match scheme_and_rest(target) {
        Some((scheme, rest)) if scheme.eq_ignore_ascii_case("http") || scheme.eq_ignore_ascii_case("https") => {
            has_host(rest) && url::Url::parse(target).is_ok()
        }
        Some((scheme, rest)) => scheme.eq_ignore_ascii_case("mailto") && !rest.is_empty(),
        None => !(target.starts_with('\\') || target.starts_with("//") || target.starts_with("/\\")),
    }
}

/// What stands before and after the colon that ends a scheme. A colon behind the first `/`, `?` or `#` ends none.
fn scheme_and_rest(target: &str) -> Option<(&str, &str)> {
    let end = target.find([':', '/', '?', '#'])?;
    target[end..].strip_prefix(':').map(|rest| (&target[..end], rest))
}

fn has_host(rest: &str) -> bool {
    let Some(authority) = rest.strip_prefix("//") else {
        return false;
    };
    let host = authority.split(['/', '?', '#']).next().unwrap_or_default();
    !host.is_empty() && !host.contains(|character: char| character.is_whitespace() || "\\\"<>^`{|}".contains(character))
}

const fn is_inline(tag: &TagEnd) -> bool {
    matches!(tag, TagEnd::Emphasis | TagEnd::Strong | TagEnd::Link | TagEnd::Image)
}

/// Rewrites the parser's events so that the stock HTML writer can only write what this module promises.
struct Filter<'a> {
    images: Images,
    events: Vec<Event<'a>>,
    /// For each open quote, list, item and emphasis: whether its tags are written.
    nesting: Vec<bool>,
    /// For each open link (the parser nests none, but nothing may depend on that): whether its tags are written.
    links: Vec<bool>,
    /// Images open at present, the outermost one's target and title, and the alternative text so far.
    open_images: usize,
    image: (CowStr<'a>, CowStr<'a>),
    alternative: String,
}

impl<'a> Filter<'a> {
    fn new(images: Images) -> Self {
        Self {
            images,
            // Enough for most updates; growing takes longer than the conversion.
            events: Vec::with_capacity(64),
            nesting: Vec::new(),
            links: Vec::new(),
            open_images: 0,
            image: (CowStr::Borrowed(""), CowStr::Borrowed("")),
            alternative: String::new(),
        }
    }

    fn run(mut self, parser: Parser<'a>) -> Vec<Event<'a>> {
        for event in parser {
            if self.open_images > 0 || matches!(event, Event::Start(Tag::Image { .. })) {
                self.inside_image(event);
            } else {
                self.outside_image(event);
            }
        }
        self.events
    }

    fn outside_image(&mut self, event: Event<'a>) {
        match event {
            Event::Html(raw) | Event::InlineHtml(raw) => self.events.push(Event::Text(raw)),
            Event::HardBreak => self.events.push(Event::InlineHtml("<br>\n".into())),
            Event::Rule => self.events.push(Event::Html("<hr>\n".into())),
            Event::Start(tag) => self.start(tag),
            Event::End(tag) => self.end(tag),
            event => self.events.push(event),
        }
    }

    fn start(&mut self, tag: Tag<'a>) {
        let tag = match tag {
            Tag::HtmlBlock => Tag::Paragraph,
            Tag::CodeBlock(_) => Tag::CodeBlock(CodeBlockKind::Indented),
            Tag::Heading { .. } => {
                self.events.extend([Event::Start(Tag::Paragraph), Event::Start(Tag::Strong)]);
                return;
            }
            Tag::Link { link_type, dest_url, title, .. } => return self.start_link(link_type, &dest_url, &title),
            Tag::BlockQuote(_) | Tag::List(_) | Tag::Emphasis | Tag::Strong => {
                self.nesting.push(self.nesting.len() < MAX_NESTING);
                tag
            }
            Tag::Item => {
                // An item stands or falls with its list, which is what was opened last.
                self.nesting.push(self.nesting.last().copied().unwrap_or(false));
                tag
            }
            tag => tag,
        };
        if self.nesting.last() != Some(&false) || !counts_as_nesting(&tag.to_end()) {
            self.events.push(Event::Start(tag));
        } else if !is_inline(&tag.to_end()) && self.events.last() != Some(&Event::SoftBreak) {
            self.events.push(Event::SoftBreak);
        }
    }

    fn end(&mut self, tag: TagEnd) {
        let tag = match tag {
            TagEnd::HtmlBlock => TagEnd::Paragraph,
            TagEnd::Heading(_) => {
                self.events.extend([Event::End(TagEnd::Strong), Event::End(TagEnd::Paragraph)]);
                return;
            }
            TagEnd::Link => {
                if self.links.pop() == Some(true) {
                    self.events.push(Event::InlineHtml("</a>".into()));
                }
                return;
            }
            tag => tag,
        };
        let written = !counts_as_nesting(&tag) || self.nesting.pop() == Some(true);
        if written {
            self.events.push(Event::End(tag));
        }
    }

    fn start_link(&mut self, kind: LinkType, target: &str, title: &str) {
        let target = if kind == LinkType::Email { format!("mailto:{target}") } else { target.to_owned() };
        let written = is_safe_link_target(&target) && !self.links.contains(&true);
        self.links.push(written);
        if written {
            let title = attribute("title", title);
            let target = attribute("href", &target);
            self.events.push(Event::InlineHtml(format!("<a{target} rel=\"nofollow noopener noreferrer\"{title}>").into()));
        }
    }

    fn inside_image(&mut self, event: Event<'a>) {
        match event {
            Event::Start(Tag::Image { dest_url, title, .. }) => {
                if self.open_images == 0 {
                    self.image = (dest_url, title);
                    self.alternative.clear();
                }
                self.open_images += 1;
            }
            Event::End(TagEnd::Image) => {
                self.open_images -= 1;
                if self.open_images == 0 {
                    self.finish_image();
                }
            }
            Event::Text(words) | Event::Code(words) | Event::Html(words) | Event::InlineHtml(words) => self.alternative.push_str(&words),
            Event::SoftBreak | Event::HardBreak => self.alternative.push(' '),
            _ => {}
        }
    }

    fn finish_image(&mut self) {
        let (target, title) = &self.image;
        let https = scheme_and_rest(target).is_some_and(|(scheme, _)| scheme.eq_ignore_ascii_case("https"));
        if self.images == Images::HttpsOnly && https && is_safe_link_target(target) {
            let mut image = format!("<img{} alt=\"", attribute("src", target));
            push_escaped(&mut image, &self.alternative);
            image.push('"');
            image.push_str(&attribute("title", title));
            image.push_str(" loading=\"lazy\">");
            self.events.push(Event::InlineHtml(image.into()));
        } else {
            self.events.push(Event::Text(self.alternative.clone().into()));
        }
    }
}

/// Tags whose depth is limited: those that may stand inside their own kind.
const fn counts_as_nesting(tag: &TagEnd) -> bool {
    matches!(tag, TagEnd::BlockQuote(_) | TagEnd::List(_) | TagEnd::Item | TagEnd::Emphasis | TagEnd::Strong)
}

/// ` name="value"`, or nothing for an empty value. The value stays as it is, byte for byte, once the browser has read it.
fn attribute(name: &str, value: &str) -> String {
    if value.is_empty() {
        return String::new();
    }
    let mut written = format!(" {name}=\"");
    push_escaped(&mut written, value);
    written.push('"');
    written
}

fn push_escaped(html: &mut String, value: &str) {
    let before = html.len();
    if escape_html(&mut *html, value).is_err() {
        // Writing to a string cannot fail; an attribute without its value would be the harmless outcome.
        html.truncate(before);
    }
}

#[cfg(test)]
mod tests;
