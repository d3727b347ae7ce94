//! Backup: a consistent copy of an organization's database while others write.

use std::path::Path;

use crate::error::{UserError, reason};
use crate::ops::Org;
use crate::ops::report::BackupReport;

/// Copies the database to the new file `target`.
///
/// # Errors
/// Usage for `-`; conflict where `target` exists or would be published; failed where it cannot be written. There is no `target` then.
pub fn backup(org: &Org, target: &Path) -> anyhow::Result<BackupReport> {
    if target.as_os_str() == "-" {
        return Err(UserError::usage("a backup cannot be written to standard output").hint("name a file that does not exist").into());
    }
    let folder = target.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let real = std::fs::canonicalize(folder)
        .map_err(|error| UserError::failed(format!("cannot write `{}`: {}", target.display(), reason(&error))))?;
    if std::fs::canonicalize(org.folder.public()).is_ok_and(|public| real.starts_with(public)) {
        return Err(UserError::conflict(format!("`{}` would be published", target.display()))
            .hint("name a file outside of public/")
            .into());
    }
    org.store.back_up(target)?;
    let bytes = std::fs::metadata(target).map_or(0, |metadata| metadata.len());
    Ok(BackupReport { path: target.display().to_string(), bytes })
}
