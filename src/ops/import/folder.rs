//! Reading the folder of another tool: no link is followed, nothing outside is read, and there is an end to how much.

use std::path::Path;

use super::{LARGEST_FILE, Met, too_much};
use crate::config::{about_given, read_named};
use crate::error::{UserError, reason};
use crate::import::source_folder::{GivenFile, Look, Remark};

/// Most bytes of all files of a folder, which are held at once.
const MOST_BYTES: u64 = 64 << 20;

/// Folders within folders are looked into as far as this.
const DEEPEST: usize = 16;

/// What was found in a folder.
#[derive(Default)]
pub(super) struct Found {
    /// The files that were wanted, by path.
    pub(super) files: Vec<GivenFile>,
    /// What of them could not be read.
    pub(super) refused: Vec<Remark>,
    /// What was not wanted; a folder stands for everything in it.
    pub(super) passed_over: Vec<Remark>,
}

/// A folder while it is read.
struct Reading<'a> {
    root: &'a Path,
    look: fn(&str, bool) -> Look,
    met: Met,
    found: Found,
}

/// Reads what `look` wants of a folder.
pub(super) fn read(root: &Path, look: fn(&str, bool) -> Look) -> Result<Found, UserError> {
    if !about_given(root)?.is_dir() {
        return Err(UserError::usage(format!("`{}` is no folder", root.display())).hint("name the folder itself, not a file in it"));
    }
    let mut reading = Reading { root, look, met: Met::default(), found: Found::default() };
    reading.folder("", 0)?;
    Ok(reading.found)
}

impl Reading<'_> {
    fn folder(&mut self, path: &str, depth: usize) -> Result<(), UserError> {
        if depth > DEEPEST {
            self.refuse(path, format!("lies deeper than {DEEPEST} folders"));
            return Ok(());
        }
        let entries = match std::fs::read_dir(self.root.join(path)) {
            Ok(entries) => entries,
            Err(error) => {
                self.refuse(path, reason(&error));
                return Ok(());
            }
        };
        let mut names = Vec::new();
        for entry in entries.filter_map(Result::ok) {
            self.met.entry()?;
            match entry.file_name().into_string() {
                Ok(name) => names.push(name),
                Err(name) => self.refuse(&name.to_string_lossy(), "has a name that is not UTF-8".to_owned()),
            }
        }
        names.sort();
        for name in names {
            let path = if path.is_empty() { name } else { format!("{path}/{name}") };
            self.entry(&path, depth)?;
        }
        Ok(())
    }

    fn entry(&mut self, path: &str, depth: usize) -> Result<(), UserError> {
        let Ok(about) = std::fs::symlink_metadata(self.root.join(path)) else {
            self.refuse(path, "is gone".to_owned());
            return Ok(());
        };
        let wanted = |is_folder| (self.look)(path, is_folder) == Look::Take;
        if about.is_symlink() {
            if wanted(false) || wanted(true) {
                self.refuse(path, "is a link, which is not followed".to_owned());
            } else {
                self.pass_over(path, "is a link");
            }
        } else if !wanted(about.is_dir()) {
            self.pass_over(path, if about.is_dir() { "is a folder without a record" } else { "holds nothing of a record" });
        } else if about.is_dir() {
            self.folder(path, depth + 1)?;
        } else if about.is_file() {
            self.file(path, about.len())?;
        } else {
            self.refuse(path, "is no regular file".to_owned());
        }
        Ok(())
    }

    fn file(&mut self, path: &str, length: u64) -> Result<(), UserError> {
        let too_large = format!("is larger than {} MiB", LARGEST_FILE >> 20);
        if length > LARGEST_FILE {
            self.refuse(path, too_large);
            return Ok(());
        }
        match read_named(&self.root.join(path), LARGEST_FILE) {
            Ok(bytes) => {
                let read = bytes.len() as u64;
                self.met.bytes += read;
                if self.met.bytes > MOST_BYTES {
                    return Err(too_much(MOST_BYTES));
                }
                if read > LARGEST_FILE {
                    self.refuse(path, too_large);
                } else {
                    self.found.files.push(GivenFile { path: path.to_owned(), bytes });
                }
            }
            Err(error) => self.refuse(path, reason(&error)),
        }
        Ok(())
    }

    fn refuse(&mut self, path: &str, what: String) {
        self.found.refused.push(Remark { file: path.to_owned(), line: None, what });
    }

    fn pass_over(&mut self, path: &str, what: &str) {
        self.found.passed_over.push(Remark { file: path.to_owned(), line: None, what: what.to_owned() });
    }
}
