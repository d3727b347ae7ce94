//! A folder of another tool as it was read from disk, and what is to be said of its files.

use serde::Serialize;

use super::statuspage::SourceFile;
use super::statuspage::value::shown_whole;

/// One file of the folder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GivenFile {
    /// Its path within the folder, with `/`.
    pub path: String,
    /// What stands in it.
    pub bytes: Vec<u8>,
}

/// What an importer does with something it finds in the folder.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Look {
    /// A file: read it. A folder: look into it.
    Take,
    /// It holds nothing of a record.
    PassOver,
}

/// What is to be said of a place in a file.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Remark {
    /// The file, as a path within the folder.
    pub file: String,
    /// Its line, from 1 on; null where the whole file is meant.
    pub line: Option<usize>,
    /// What was found, and what was made of it.
    pub what: String,
}

impl std::fmt::Display for Remark {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let file = shown_whole(&self.file);
        match self.line {
            Some(line) => write!(f, "{file}:{line}: {}", self.what),
            // The file is what is missing, so it is the first word of the sentence.
            None if self.what.starts_with("is missing") => write!(f, "`{file}` {}", self.what),
            None => write!(f, "{file}: {}", self.what),
        }
    }
}

/// Everything that is to be said of the files of a folder.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Remarks {
    /// What was used otherwise than it is written.
    pub repaired: Vec<Remark>,
    /// What could not be used.
    pub refused: Vec<Remark>,
    /// Files and folders that hold nothing of a record.
    pub passed_over: Vec<Remark>,
}

impl Remarks {
    /// Remarks about one file.
    pub(super) fn on<'a>(&'a mut self, file: &'a str) -> FileRemarks<'a> {
        FileRemarks { file, all: self }
    }

    /// By file, line and word.
    pub(super) fn sorted(mut self) -> Self {
        self.repaired.sort();
        self.refused.sort();
        self.passed_over.sort();
        self
    }
}

/// Remarks about one file.
pub(super) struct FileRemarks<'a> {
    file: &'a str,
    all: &'a mut Remarks,
}

impl FileRemarks<'_> {
    /// Something was used otherwise than it is written.
    pub(super) fn repaired(&mut self, line: usize, what: impl Into<String>) {
        self.all.repaired.push(self.remark(Some(line), what.into()));
    }

    /// Something could not be used.
    pub(super) fn refused(&mut self, line: Option<usize>, what: impl Into<String>) {
        self.all.refused.push(self.remark(line, what.into()));
    }

    /// The file holds nothing of a record.
    pub(super) fn passed_over(&mut self, what: impl Into<String>) {
        self.all.passed_over.push(self.remark(None, what.into()));
    }

    fn remark(&self, line: Option<usize>, what: String) -> Remark {
        Remark { file: self.file.to_owned(), line, what }
    }
}

/// What a folder says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SourceFolder {
    /// The record in it, as if one saved payload said it.
    pub source: SourceFile,
    /// What is to be said of its files.
    pub remarks: Remarks,
}

impl GivenFile {
    /// The text in it; the line and word where it is none.
    pub(super) fn text(&self) -> Result<&str, (usize, String)> {
        let text = std::str::from_utf8(&self.bytes).map_err(|error| {
            let good = self.bytes.get(..error.valid_up_to()).unwrap_or_default();
            (good.iter().filter(|byte| **byte == b'\n').count() + 1, format!("is not UTF-8 at byte {}", good.len()))
        })?;
        Ok(text.strip_prefix('\u{feff}').unwrap_or(text))
    }

    /// The last part of its path.
    pub(super) fn name(&self) -> &str {
        self.path.rsplit('/').next().unwrap_or_default()
    }
}
