//! YAML: the first document of a text.

use std::collections::{BTreeMap, BTreeSet};

use saphyr_parser::{Event, Parser, ScalarStyle};

use super::{DEEPEST, Fault, MOST_VALUES, Node, Value};

/// A list or map that is not finished.
struct Open {
    node: Node,
    anchor: usize,
    key: Option<String>,
    /// Every key so far: a map can have very many.
    keys: BTreeSet<String>,
    values: usize,
}

/// What has been read so far.
#[derive(Default)]
struct Builder {
    open: Vec<Open>,
    root: Option<Node>,
    /// Values that may be repeated, with how many values each holds.
    anchors: BTreeMap<usize, (Node, usize)>,
    values: usize,
}

/// The first document of `text`.
pub(in crate::import) fn read(text: &str) -> Result<Node, Fault> {
    let mut builder = Builder::default();
    let mut line = 1;
    for event in Parser::new_from_str(text) {
        let (event, span) = event.map_err(|error| Fault::new(error.marker().line(), error.info().to_owned()))?;
        line = span.start.line();
        match event {
            Event::DocumentEnd => break,
            Event::Scalar(text, style, anchor, _) => builder.add(scalar(&text, style, line), anchor, 1)?,
            Event::Alias(anchor) => {
                let (node, values) = builder.anchors.get(&anchor).cloned().ok_or_else(|| Fault::new(line, "an alias has no anchor"))?;
                builder.add(Node { line, ..node }, 0, values)?;
            }
            Event::SequenceStart(anchor, _) => builder.begin(Value::List(Vec::new()), line, anchor)?,
            Event::MappingStart(anchor, _) => builder.begin(Value::Map(Vec::new()), line, anchor)?,
            Event::SequenceEnd | Event::MappingEnd => builder.end(line)?,
            Event::Nothing | Event::StreamStart | Event::StreamEnd | Event::DocumentStart(_) => {}
        }
    }
    Ok(builder.root.unwrap_or(Node { line, value: Value::Nothing }))
}

fn scalar(text: &str, style: ScalarStyle, line: usize) -> Node {
    let quoted = style != ScalarStyle::Plain;
    let nothing = !quoted && matches!(text, "" | "~" | "null" | "Null" | "NULL");
    Node { line, value: if nothing { Value::Nothing } else { Value::Scalar { text: text.to_owned(), quoted } } }
}

impl Builder {
    fn begin(&mut self, value: Value, line: usize, anchor: usize) -> Result<(), Fault> {
        if self.open.len() >= DEEPEST {
            return Err(Fault::too_deep(line));
        }
        self.open.push(Open { node: Node { line, value }, anchor, key: None, keys: BTreeSet::new(), values: 1 });
        Ok(())
    }

    fn end(&mut self, line: usize) -> Result<(), Fault> {
        let Some(open) = self.open.pop() else { return Err(Fault::new(line, "it ends what has not begun")) };
        self.add(open.node, open.anchor, open.values)
    }

    /// Puts a finished value, which holds so many, where it belongs.
    fn add(&mut self, node: Node, anchor: usize, values: usize) -> Result<(), Fault> {
        // What is anchored is kept twice.
        self.values = self.values.saturating_add(if anchor == 0 { values } else { values * 2 });
        if self.values > MOST_VALUES {
            return Err(Fault::too_many(node.line));
        }
        if anchor != 0 {
            self.anchors.insert(anchor, (node.clone(), values));
        }
        let Some(open) = self.open.last_mut() else {
            self.root.get_or_insert(node);
            return Ok(());
        };
        open.values += values;
        match &mut open.node.value {
            Value::List(nodes) => nodes.push(node),
            Value::Map(entries) => match open.key.take() {
                None => {
                    let key = node.scalar().ok_or_else(|| Fault::new(node.line, "a key is no text"))?.to_owned();
                    if !open.keys.insert(key.clone()) {
                        return Err(Fault::new(node.line, "a key is there twice"));
                    }
                    open.key = Some(key);
                }
                Some(key) => entries.push((key, node)),
            },
            Value::Nothing | Value::Scalar { .. } => {}
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_know_their_lines() {
        let node = read("title: \"A\"\nnested:\n  - x\n  - date: 2026-11-22 10:00:00\nempty:\n").unwrap();
        assert_eq!(node.text("Title"), Some("A"));
        let list = node.get("nested").unwrap().list().unwrap();
        assert_eq!((list[0].line, list[1].line), (3, 4));
        assert_eq!(list[1].text("date"), Some("2026-11-22 10:00:00"));
        assert!(node.get("title").unwrap().is_quoted() && node.something("empty").is_none());
    }

    #[test]
    fn aliases_repeat_within_bounds() {
        let node = read("a: &a [1, 2]\nb: *a\n").unwrap();
        assert_eq!(node.get("b").unwrap().list().unwrap().len(), 2);
        let mut bomb = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n".to_owned();
        for level in 1..12 {
            let below = level - 1;
            bomb.push_str(&format!("a{level}: &a{level} [{}]\n", vec![format!("*a{below}"); 10].join(", ")));
        }
        assert!(read(&bomb).unwrap_err().reason.contains("more values"));
    }

    #[test]
    fn what_is_broken_or_too_deep_is_refused_with_its_line() {
        for (text, line) in [("a: b\nc: [1,\n", 3), ("a: b\n\tc: d\n", 1), ("a: 1\na: 2\n", 2), ("a: *b\n", 1)] {
            assert_eq!(read(text).unwrap_err().line, line, "{text:?}");
        }
        for deep in ["[".repeat(100_000), "- ".repeat(100_000), "a:\n".repeat(3), format!("a: {}", "{b: ".repeat(50_000))] {
            assert!(read(&deep).is_err(), "{:?}", &deep[..8]);
        }
    }
}
