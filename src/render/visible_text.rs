//! What a browser shows of a fragment of HTML, found with a real HTML parser: the judge of tests that compare texts. Tests only.

use ego_tree::iter::Edge;
use scraper::{Html, Node};

/// Text and links as a reader sees them, white space collapsed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Seen {
    pub(crate) text: String,
    /// Target and words of each link, in order.
    pub(crate) links: Vec<(String, String)>,
}

const BLOCKS: &[&str] = &[
    "p",
    "div",
    "br",
    "hr",
    "ul",
    "ol",
    "li",
    "blockquote",
    "pre",
    "h1",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "table",
    "tbody",
    "tr",
    "td",
    "th",
    "section",
    "article",
    "header",
    "footer",
    "dl",
    "dt",
    "dd",
];
const UNSEEN: &[&str] = &["script", "style", "template", "title", "iframe", "noembed", "noframes", "noscript"];

/// Text as laid out: block-level elements and line breaks part words, inline elements do not.
pub(crate) fn seen(html: &str) -> Seen {
    gather(html, |name| BLOCKS.contains(&name))
}

/// Text with every tag replaced by a space.
pub(crate) fn seen_with_all_tags_spaced(html: &str) -> Seen {
    gather(html, |_| true)
}

/// White space collapsed to single spaces, none at the ends.
pub(crate) fn collapsed(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn gather(html: &str, parts_words: impl Fn(&str) -> bool) -> Seen {
    let document = Html::parse_fragment(html);
    let mut text = String::new();
    // Until a link is closed, its words are the place in the text where they begin.
    let mut links: Vec<(String, String)> = Vec::new();
    let mut open_links = Vec::new();
    let mut unseen = 0;
    for edge in document.tree.root().traverse() {
        let (node, opens) = match edge {
            Edge::Open(node) => (node, true),
            Edge::Close(node) => (node, false),
        };
        match node.value() {
            Node::Text(words) if opens && unseen == 0 => text.push_str(words),
            Node::Element(element) => {
                if parts_words(element.name()) {
                    text.push(' ');
                }
                if UNSEEN.contains(&element.name()) {
                    unseen = if opens { unseen + 1 } else { unseen - 1 };
                }
                if unseen == 0 && element.name() == "a" && element.attr("href").is_some() {
                    if opens {
                        open_links.push(links.len());
                        links.push((element.attr("href").unwrap().to_owned(), text.len().to_string()));
                    } else {
                        let link = &mut links[open_links.pop().unwrap()];
                        link.1 = collapsed(&text[link.1.parse::<usize>().unwrap()..]);
                    }
                }
            }
            _ => {}
        }
    }
    Seen { text: collapsed(&text), links }
}
