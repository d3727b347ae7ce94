//! What people write into YAML, TOML and JSON, as one kind of tree whose parts know their lines.
//!
//! Nothing in it grows without end: depth, number of values and what aliases of YAML repeat are bounded.

mod json;
mod toml;
mod yaml;

pub(super) use json::read as read_json;
pub(super) use toml::read as read_toml;
pub(super) use yaml::read as read_yaml;

/// Most values of one file, those counted that aliases repeat.
const MOST_VALUES: usize = 200_000;

/// Deepest value within values.
const DEEPEST: usize = 48;

/// A value and where it begins.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Node {
    /// Its line, from 1 on.
    pub(super) line: usize,
    /// What it is.
    pub(super) value: Value,
}

/// A value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Value {
    /// `null`, or nothing at all.
    Nothing,
    /// A text, number, date or truth value as it is written.
    Scalar {
        /// As written, without quotation marks.
        text: String,
        /// Whether it stood in quotation marks, so that it is a text whatever it looks like.
        quoted: bool,
    },
    /// A list.
    List(Vec<Node>),
    /// Keys and values in order; a key appears once.
    Map(Vec<(String, Node)>),
}

/// What is wrong with a text, and in which line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Fault {
    /// From 1 on.
    pub(super) line: usize,
    /// What is wrong there.
    pub(super) reason: String,
}

impl Fault {
    fn new(line: usize, reason: impl Into<String>) -> Self {
        Self { line: line.max(1), reason: reason.into() }
    }

    fn too_many(line: usize) -> Self {
        Self::new(line, "it holds more values than any such file has")
    }

    fn too_deep(line: usize) -> Self {
        Self::new(line, "it holds values within values deeper than any such file has")
    }

    /// The same fault where the text began at another line of its file.
    pub(super) fn below(self, lines: usize) -> Self {
        Self { line: self.line + lines, ..self }
    }
}

impl Node {
    /// The value of a key in whatever case, as Hugo takes keys.
    pub(super) fn get(&self, key: &str) -> Option<&Self> {
        let Value::Map(entries) = &self.value else { return None };
        entries.iter().find(|(name, _)| name.eq_ignore_ascii_case(key)).map(|(_, node)| node)
    }

    /// The value of a key that is a text, number, date or truth value, without white space at its ends and not empty.
    pub(super) fn text(&self, key: &str) -> Option<&str> {
        self.get(key)?.scalar().map(str::trim).filter(|text| !text.is_empty())
    }

    /// What is written, where it is no list and no map.
    pub(super) fn scalar(&self) -> Option<&str> {
        match &self.value {
            Value::Scalar { text, .. } => Some(text),
            _ => None,
        }
    }

    /// Whether it stood in quotation marks.
    pub(super) fn is_quoted(&self) -> bool {
        matches!(self.value, Value::Scalar { quoted: true, .. })
    }

    /// Its elements, where it is a list.
    pub(super) fn list(&self) -> Option<&[Self]> {
        match &self.value {
            Value::List(nodes) => Some(nodes),
            _ => None,
        }
    }

    /// Its keys and values, where it is a map.
    pub(super) fn map(&self) -> Option<&[(String, Self)]> {
        match &self.value {
            Value::Map(entries) => Some(entries),
            _ => None,
        }
    }

    /// The value of a key, where it says something.
    pub(super) fn something(&self, key: &str) -> Option<&Self> {
        self.get(key).filter(|node| match &node.value {
            Value::Nothing => false,
            Value::Scalar { text, .. } => !text.trim().is_empty(),
            Value::List(_) | Value::Map(_) => true,
        })
    }

    /// Moves it and everything in it down by so many lines.
    pub(super) fn below(mut self, lines: usize) -> Self {
        self.line += lines;
        match &mut self.value {
            Value::List(nodes) => {
                for node in nodes {
                    *node = std::mem::replace(node, Self { line: 0, value: Value::Nothing }).below(lines);
                }
            }
            Value::Map(entries) => {
                for (_, node) in entries {
                    *node = std::mem::replace(node, Self { line: 0, value: Value::Nothing }).below(lines);
                }
            }
            Value::Nothing | Value::Scalar { .. } => {}
        }
        self
    }
}
