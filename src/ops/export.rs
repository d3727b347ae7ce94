//! Export: the whole record as one document.

use std::path::Path;

use crate::ops::Org;
use crate::ops::report::ExportReport;
use crate::store::{Scope, Window};

/// Writes the organization's dump to `out`, or hands its text back where no file is named.
///
/// # Errors
/// Failed where the file cannot be written; it is whole or as it was.
pub fn dump(org: &Org, out: Option<&Path>) -> anyhow::Result<ExportReport> {
    let organization = org.organization()?;
    let text = org.store.read(|store| -> anyhow::Result<String> {
        let history = store.history(Scope::Everything, &organization, Window::EVERYTHING)?;
        Ok(crate::export::dump(&history, &store.events_all()?)?)
    })?;
    match out {
        Some(path) => {
            crate::config::write_file(path, text.as_bytes())?;
            Ok(ExportReport { path: Some(path.display().to_string()), text: None })
        }
        None => Ok(ExportReport { path: None, text: Some(text) }),
    }
}
