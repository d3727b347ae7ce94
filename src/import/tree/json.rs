//! JSON.

use std::collections::BTreeMap;

use serde_json::value::RawValue;

use super::{DEEPEST, Fault, MOST_VALUES, Node, Value};
use crate::import::json_fault::JsonFault;

/// The document `text`.
pub(in crate::import) fn read(text: &str) -> Result<Node, Fault> {
    if values(text) > MOST_VALUES {
        return Err(Fault::too_many(1));
    }
    let raw: &RawValue = serde_json::from_str(text).map_err(|error| fault(&error, 0))?;
    let breaks = text.bytes().enumerate().filter(|(_, byte)| *byte == b'\n').map(|(offset, _)| offset).collect();
    Lines { begin: text.as_ptr() as usize, breaks }.node(raw, 0)
}

/// About how many values a text of JSON holds.
fn values(text: &str) -> usize {
    let (mut values, mut within_text, mut escaped) = (0_usize, false, false);
    for byte in text.bytes() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if within_text => escaped = true,
            b'"' => within_text = !within_text,
            b'{' | b'[' | b',' if !within_text => values += 1,
            _ => {}
        }
    }
    values
}

fn fault(error: &serde_json::Error, above: usize) -> Fault {
    Fault::new(error.line() + above, JsonFault::from(error).reason)
}

/// Where the lines of a text begin.
struct Lines {
    begin: usize,
    breaks: Vec<usize>,
}

impl Lines {
    fn node(&self, raw: &RawValue, depth: usize) -> Result<Node, Fault> {
        let text = raw.get();
        let offset = (text.as_ptr() as usize).saturating_sub(self.begin);
        let line = self.breaks.partition_point(|other| *other < offset) + 1;
        if depth > DEEPEST {
            return Err(Fault::too_deep(line));
        }
        let fault = |error: serde_json::Error| fault(&error, line - 1);
        let value = match text.as_bytes().first() {
            Some(b'{') => {
                let fields: BTreeMap<String, &RawValue> = serde_json::from_str(text).map_err(fault)?;
                let entries = fields.into_iter().map(|(key, raw)| Ok((key, self.node(raw, depth + 1)?)));
                Value::Map(entries.collect::<Result<_, Fault>>()?)
            }
            Some(b'[') => {
                let elements: Vec<&RawValue> = serde_json::from_str(text).map_err(fault)?;
                Value::List(elements.into_iter().map(|raw| self.node(raw, depth + 1)).collect::<Result<_, Fault>>()?)
            }
            Some(b'"') => Value::Scalar { text: serde_json::from_str(text).map_err(fault)?, quoted: true },
            Some(b'n') => Value::Nothing,
            _ => Value::Scalar { text: text.to_owned(), quoted: false },
        };
        Ok(Node { line, value })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn elements_know_their_lines() {
        let node = read("[\n  {\"a\": true,\n   \"b\": \"\\ud83d\\uded1\"},\n  [null]\n]").unwrap();
        let list = node.list().unwrap();
        assert_eq!((list[0].line, list[0].get("b").unwrap().line, list[1].line), (2, 3, 4));
        assert_eq!((list[0].text("a"), list[0].text("b")), (Some("true"), Some("🛑")));
        assert_eq!(read("{\n\"a\": 1,\n}").unwrap_err().line, 3);
        assert!(read(&"[".repeat(100_000)).is_err());
        assert!(read(&format!("[{}0]", "0,".repeat(300_000))).unwrap_err().reason.contains("more values"));
    }
}
