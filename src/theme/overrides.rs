//! An organization's own files in place of the theme's, file by file.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use crate::error::{UserError, nearest, reason};

/// Larger files are certainly not meant.
const MAX_BYTES: u64 = 4 * 1024 * 1024;

/// Deeper folders than any theme has.
const MAX_DEPTH: usize = 4;

/// A file of a theme as it counts: the theme's own, or the organization's.
#[derive(Clone, Debug)]
pub(super) struct Effective {
    /// Its bytes.
    pub(super) bytes: Vec<u8>,
    /// Where the organization keeps it; `None`: it is the theme's own.
    pub(super) overridden_by: Option<PathBuf>,
}

/// Reads `folder` and puts its files over `files` (keys are paths within the theme). A folder that does not exist overrides nothing.
///
/// # Errors
/// Bad input where a file has no counterpart in the theme, is too large, or is a link that leaves the folder.
pub(super) fn apply(folder: &Path, files: &mut BTreeMap<String, Effective>) -> Result<(), UserError> {
    if fs::symlink_metadata(folder).is_ok_and(|about| about.is_symlink()) {
        return Err(UserError::bad_input(format!("`{}` is a link", folder.display())).hint("make it a folder and copy the files into it"));
    }
    let root = match fs::canonicalize(folder) {
        Ok(root) => root,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(unreadable(folder, &error)),
    };
    let mut pending = vec![(root.clone(), String::new(), 0)];
    while let Some((directory, below, depth)) = pending.pop() {
        let entries = fs::read_dir(&directory).map_err(|error| unreadable(&directory, &error))?;
        for entry in entries {
            let entry = entry.map_err(|error| unreadable(&directory, &error))?;
            let shown = entry.path();
            let name = entry.file_name();
            let Some(name) = name.to_str() else {
                return Err(UserError::bad_input(format!("`{}` does not have a readable name", shown.display())));
            };
            // What editors and file managers leave behind.
            if name.starts_with('.') || name.ends_with('~') {
                continue;
            }
            let inside = format!("{below}{name}");
            let kind = entry.file_type().map_err(|error| unreadable(&shown, &error))?;
            if kind.is_dir() && depth < MAX_DEPTH {
                pending.push((shown, format!("{inside}/"), depth + 1));
                continue;
            }
            let Some(effective) = files.get_mut(&inside) else { return Err(stranger(&shown, &inside, files)) };
            effective.bytes = read_inside(&root, &shown)?;
            effective.overridden_by = Some(shown);
        }
    }
    Ok(())
}

/// The bytes of the file at `path`, which may be a link to another file below `root`.
fn read_inside(root: &Path, path: &Path) -> Result<Vec<u8>, UserError> {
    let real = fs::canonicalize(path).map_err(|error| unreadable(path, &error))?;
    if !real.starts_with(root) {
        return Err(UserError::bad_input(format!("`{}` is a link to a place outside the overrides folder", path.display()))
            .hint("copy the file there instead of linking to it"));
    }
    let about = fs::metadata(&real).map_err(|error| unreadable(path, &error))?;
    if !about.is_file() {
        return Err(UserError::bad_input(format!("`{}` is not a file", path.display())));
    }
    if about.len() > MAX_BYTES {
        return Err(UserError::bad_input(format!("`{}` is larger than {} MiB", path.display(), MAX_BYTES / 1024 / 1024)));
    }
    fs::read(&real).map_err(|error| unreadable(path, &error))
}

fn stranger(path: &Path, inside: &str, files: &BTreeMap<String, Effective>) -> UserError {
    let error = UserError::bad_input(format!("`{}` overrides nothing: the theme has no file `{}`", path.display(), inside.escape_debug()));
    let same_name = files.keys().find(|known| known.rsplit('/').next() == inside.rsplit('/').next());
    match same_name.map(String::as_str).or_else(|| nearest(inside, files.keys().map(String::as_str))) {
        Some(known) => error.hint(format!("did you mean `{known}`?")),
        None => error.hint(format!("it has {}", files.keys().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", "))),
    }
}

fn unreadable(path: &Path, error: &std::io::Error) -> UserError {
    UserError::bad_input(format!("cannot read `{}`: {}", path.display(), reason(error)))
}
