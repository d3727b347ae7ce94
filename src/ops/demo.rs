//! The demo: the example organization's folder, ending today, built.

use std::path::Path;

use chrono::{DateTime, Utc};

use crate::config::{OrgFolder, Workspace};
use crate::error::UserError;
use crate::import::example;
use crate::ops::build::{BuildOptions, Progress, build};
use crate::ops::report::BuildReport;
use crate::ops::{Deed, Org, import};

/// Makes the example organization in `dir`, with its dates moved so that it ends now, and builds it.
///
/// # Errors
/// Conflict where `dir` is there and not empty; else what a step of it says. Nothing is left behind then.
pub fn demo(dir: &Path, now: DateTime<Utc>, progress: Progress<'_>) -> anyhow::Result<BuildReport> {
    let unpacked = crate::config::unpack(dir, example::FILES)?;
    let folder = folder(dir)?;
    let restored = example::record()?.ending_at(now);
    let mut org = Org::open_or_create(folder, now)?;
    let deed = Deed::new("demo", now);
    import::restore(&mut org, &restored, None, false, &deed)?;
    // The dump in the folder is the record in the folder.
    crate::ops::export::dump(&org, Some(&org.folder.dump_file()))?;
    let report = build(&org, &BuildOptions::default(), now, progress)?;
    unpacked.keep();
    Ok(report)
}

fn folder(dir: &Path) -> Result<OrgFolder, UserError> {
    Workspace::find(Some(dir), dir)?.org(None)
}
