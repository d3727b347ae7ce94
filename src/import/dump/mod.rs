//! Dumps: what `statuary export` wrote, checked as if a stranger had, since people edit and merge them.

use serde::Deserialize;

use crate::domain::dump::{Document, FORMAT, VERSION};
use crate::error::UserError;
use crate::import::json_fault::JsonFault;

mod check;
mod restored;

pub use restored::Restored;

/// What has to be known before the rest is worth reading; whatever else a newer version holds is passed over.
#[derive(Deserialize)]
struct Heading {
    format: Option<String>,
    version: Option<u64>,
}

/// Reads a dump. `file_name` is what errors call it.
///
/// # Errors
/// Bad input, with the place, where it is no dump, not JSON, or does not agree with itself; a conflict where it is of a newer version.
pub fn read(text: &str, file_name: &str) -> Result<Restored, UserError> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let heading: Heading = parse(text, file_name)?;
    if heading.format.as_deref() != Some(FORMAT) {
        return Err(UserError::bad_input(format!("{file_name}: `format` is not `{FORMAT}`"))
            .hint("`statuary export` writes a dump; for files of other tools see `statuary import --help`"));
    }
    match heading.version {
        Some(VERSION) => {}
        Some(newer) if newer > VERSION => {
            return Err(UserError::conflict(format!("{file_name} is a dump of version {newer}, this statuary knows {VERSION}"))
                .hint("upgrade statuary"));
        }
        Some(unknown) => return Err(UserError::bad_input(format!("{file_name}: there is no version {unknown} of a dump"))),
        None => return Err(UserError::bad_input(format!("{file_name}: `version` is missing"))),
    }
    let document: Document = parse(text, file_name)?;
    check::document(&document).map_err(|fault| UserError::bad_input(format!("{file_name}: {fault}")))?;
    Ok(Restored::from(document))
}

/// Parses JSON; an error begins with the place.
fn parse<'de, T: Deserialize<'de>>(text: &'de str, file_name: &str) -> Result<T, UserError> {
    serde_json::from_str(text).map_err(|error| {
        let JsonFault { place, reason } = JsonFault::from(&error);
        UserError::bad_input(format!("{file_name}: {place}: {reason}"))
    })
}

#[cfg(test)]
mod tests;
