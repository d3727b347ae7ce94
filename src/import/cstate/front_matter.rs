//! The front matter of a page: YAML between `---`, TOML between `+++`, or an object of JSON.

use crate::import::tree::{self, Fault, Node, Value};

/// Most bytes of a front matter.
const LONGEST: usize = 256 << 10;

/// A page taken apart.
#[derive(Debug)]
pub(super) struct Page<'a> {
    /// What stands before the text.
    pub(super) front: Node,
    /// Whether the line that opens the front matter is missing.
    pub(super) unopened: bool,
    /// The text.
    pub(super) body: &'a str,
    /// Lines before it.
    pub(super) lines_above: usize,
}

/// Reads one kind of front matter.
type Reader = fn(&str) -> Result<Node, Fault>;

/// Takes a page apart.
pub(super) fn read(text: &str) -> Result<Page<'_>, Fault> {
    let trimmed = text.trim_start();
    let above = lines(&text[..text.len() - trimmed.len()]);
    let (front, body, unopened, reader): (_, _, _, Reader) = if trimmed.starts_with('{') {
        let (front, body) = split_json(trimmed);
        (front, body, false, tree::read_json)
    } else if let Some((front, body)) = fenced(trimmed, "+++") {
        (front, body, false, tree::read_toml)
    } else if let Some((front, body)) = fenced(trimmed, "---") {
        (front, body, false, tree::read_yaml)
    } else if let Some((front, body)) = unopened(trimmed) {
        (front, body, true, tree::read_yaml)
    } else {
        return Err(Fault { line: 1, reason: "it has no front matter".to_owned() });
    };
    if front.len() > LONGEST {
        return Err(Fault { line: above + 1, reason: format!("its front matter is longer than {} KiB", LONGEST >> 10) });
    }
    // What opens the front matter is a line of its own, except where it is JSON.
    let inset = above + lines(&trimmed[..offset(trimmed, front)]);
    let front = reader(front).map_err(|fault| fault.below(inset))?.below(inset);
    if !matches!(front.value, Value::Map(_)) {
        return Err(Fault { line: inset + 1, reason: "its front matter has no keys".to_owned() });
    }
    Ok(Page { front, unopened, body, lines_above: lines(&text[..offset(text, body)]) })
}

/// Whether a text means yes, as YAML and people write it.
pub(super) fn is_true(text: &str) -> bool {
    ["true", "yes", "on", "y", "1"].iter().any(|word| text.trim().eq_ignore_ascii_case(word))
}

/// Whether a text means no.
pub(super) fn is_false(text: &str) -> bool {
    ["false", "no", "off", "n", "0"].iter().any(|word| text.trim().eq_ignore_ascii_case(word))
}

fn lines(text: &str) -> usize {
    text.matches('\n').count()
}

/// Where a part of a text begins in it.
fn offset(text: &str, part: &str) -> usize {
    (part.as_ptr() as usize).saturating_sub(text.as_ptr() as usize).min(text.len())
}

/// The parts between and behind two lines of `mark`.
fn fenced<'a>(text: &'a str, mark: &str) -> Option<(&'a str, &'a str)> {
    let first = text.split_inclusive('\n').next()?;
    if first.trim_end() != mark {
        return None;
    }
    closed(&text[first.len()..], mark)
}

/// The parts before and behind a line of `mark`.
fn closed<'a>(text: &'a str, mark: &str) -> Option<(&'a str, &'a str)> {
    let mut at = 0;
    for line in text.split_inclusive('\n') {
        if line.trim_end() == mark {
            return Some((&text[..at], &text[at + line.len()..]));
        }
        at += line.len();
    }
    None
}

/// A front matter whose first line was forgotten: it begins with a key of issues and ends as others do.
fn unopened(text: &str) -> Option<(&str, &str)> {
    let first = text.lines().next()?;
    let key = first.split_once(':').map(|(key, _)| key.trim().to_ascii_lowercase())?;
    let known = ["title", "date", "resolved", "resolvedwhen", "severity", "affected", "section", "informational"];
    if known.contains(&key.as_str()) { closed(text, "---") } else { None }
}

/// An object of JSON and what follows it.
fn split_json(text: &str) -> (&str, &str) {
    let mut values = serde_json::Deserializer::from_str(text).into_iter::<serde::de::IgnoredAny>();
    match values.next() {
        Some(Ok(_)) => text.split_at(values.byte_offset()),
        // The whole of it is broken, which reading says better.
        _ => (text, ""),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_is_read_with_its_lines() {
        for (text, above) in [
            ("---\ntitle: A\n---\n\nBody\n", 3),
            ("\n---\r\ntitle: A\r\n---  \r\nBody\n", 4),
            ("+++\ntitle = \"A\"\n+++\nBody\n", 3),
            ("{\n  \"title\": \"A\"\n}\nBody\n", 2),
            ("title: \"A\"\nsection: issue\n---\nBody\n", 3),
        ] {
            let page = read(text).unwrap();
            assert_eq!((page.front.text("title"), page.body.trim()), (Some("A"), "Body"), "{text:?}");
            assert_eq!(page.lines_above, above, "{text:?}");
            let line = text.lines().position(|line| line.contains("itle")).unwrap() + 1;
            assert_eq!(page.front.get("title").unwrap().line, line, "{text:?}");
        }
        assert!(read("title: A\n---\n").unwrap().unopened);
    }

    #[test]
    fn what_has_none_is_refused() {
        for text in ["", "Body only\n", "---\ntitle: A\n", "---\n---\nBody", "{\"title\": ", "---\n- a\n---\n", "+++\na = \n+++\n"] {
            assert!(read(text).is_err(), "{text:?}");
        }
        assert_eq!(read("---\ntitle: A\ndate: [\n---\n").unwrap_err().line, 4);
    }
}
