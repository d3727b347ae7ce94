//! TOML.

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::{DEEPEST, Fault, Node, Value};

/// Most bytes of settings in TOML, which are read as a whole.
const LONGEST: usize = 256 << 10;

/// The document `text`.
pub(in crate::import) fn read(text: &str) -> Result<Node, Fault> {
    if text.len() > LONGEST {
        return Err(Fault::new(1, format!("it is longer than {} KiB", LONGEST >> 10)));
    }
    let line_at = |offset: usize| text.as_bytes().iter().take(offset).filter(|byte| **byte == b'\n').count() + 1;
    let table =
        DeTable::parse(text).map_err(|error| Fault::new(error.span().map_or(1, |span| line_at(span.start)), error.message().to_owned()))?;
    let entries = table_entries(table.into_inner(), &line_at, 0)?;
    Ok(Node { line: 1, value: Value::Map(entries) })
}

fn table_entries(table: DeTable<'_>, line_at: &dyn Fn(usize) -> usize, depth: usize) -> Result<Vec<(String, Node)>, Fault> {
    table.into_iter().map(|(key, value)| Ok((key.into_inner().into_owned(), node(value, line_at, depth + 1)?))).collect()
}

fn node(value: Spanned<DeValue<'_>>, line_at: &dyn Fn(usize) -> usize, depth: usize) -> Result<Node, Fault> {
    let line = line_at(value.span().start);
    if depth > DEEPEST {
        return Err(Fault::too_deep(line));
    }
    let plain = |text: String| Value::Scalar { text, quoted: false };
    let value = match value.into_inner() {
        DeValue::String(text) => Value::Scalar { text: text.into_owned(), quoted: true },
        DeValue::Integer(number) => plain(number.as_str().to_owned()),
        DeValue::Float(number) => plain(number.as_str().to_owned()),
        DeValue::Boolean(truth) => plain(truth.to_string()),
        DeValue::Datetime(time) => plain(time.to_string()),
        DeValue::Array(values) => Value::List(values.into_iter().map(|value| node(value, line_at, depth + 1)).collect::<Result<_, _>>()?),
        DeValue::Table(table) => Value::Map(table_entries(table, line_at, depth)?),
    };
    Ok(Node { line, value })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_and_tables_are_read_with_their_lines() {
        let node = read("title = \"A\"\ndate = 2026-11-22T10:00:00Z\n[[params.systems]]\nname = \"API\"\n").unwrap();
        assert_eq!((node.text("title"), node.text("date")), (Some("A"), Some("2026-11-22T10:00:00Z")));
        let systems = node.get("params").unwrap().get("systems").unwrap().list().unwrap();
        assert_eq!((systems[0].text("name"), systems[0].get("name").unwrap().line), (Some("API"), 4));
        assert_eq!(read("a = 1\nb = \n").unwrap_err().line, 2);
        assert!(read(&format!("a = {}", "[".repeat(100_000))).is_err());
    }
}
