//! Where and why a text is no JSON, in the words of all other places in files.

/// What is wrong with a JSON text, and where.
pub(super) struct JsonFault {
    /// `line 2, column 1`.
    pub(super) place: String,
    /// What is wrong there.
    pub(super) reason: String,
}

impl From<&serde_json::Error> for JsonFault {
    fn from(error: &serde_json::Error) -> Self {
        let (line, column) = (error.line(), error.column());
        let text = error.to_string();
        let reason = match text.strip_suffix(&format!(" at line {line} column {column}")) {
            _ if error.is_eof() => "the file ends too early",
            Some(reason) => reason,
            None => &text,
        };
        // The parser has read no column yet where a line is empty; people count from 1.
        Self { place: format!("line {}, column {}", line.max(1), column.max(1)), reason: reason.to_owned() }
    }
}
