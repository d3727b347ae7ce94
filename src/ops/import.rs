//! Imports: another page's saved payloads, or a dump of our own.

mod folder;

use std::path::{Path, PathBuf};

use crate::config::{about_given, is_standard_input, name_of_given, read_given_text, text_of_given};
use crate::domain::Organization;
use crate::error::{UserError, reason};
use crate::import::dump::Restored;
use crate::import::source_folder::{Remarks, SourceFolder};
use crate::import::statuspage::{self, SourceFile};
use crate::import::{cstate, upptime};
use crate::ops::import::folder::Found;
use crate::ops::merge::{STATUSPAGE, merge};
use crate::ops::report::{Counted, ImportReport};
use crate::ops::{Deed, Org};
use crate::store::Write;

/// Told how far an import is: (files done, files to do).
pub type Progress<'a> = &'a (dyn Fn(usize, usize) + Sync);

/// Most files and folders one import looks at.
const MOST_FILES: usize = 10_000;
/// Largest file, in bytes.
const LARGEST_FILE: u64 = 16 << 20;
/// Most bytes one import reads; a dump, which is one file for everything, may be as large.
const MOST_BYTES: u64 = 256 << 20;
/// Folders within folders are looked into as far as this.
const DEEPEST: usize = 16;

/// Ends a transaction whose changes are not wanted.
#[derive(Debug)]
pub(super) struct RolledBack;

impl std::fmt::Display for RolledBack {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("rolled back")
    }
}

impl std::error::Error for RolledBack {}

/// Imports saved public payloads of a Statuspage, from any mix of files and folders.
///
/// # Errors
/// Not found for a path that does not exist; bad input where nothing at all could be used; usage where `--at` lies ahead.
pub fn statuspage(org: &mut Org, paths: &[PathBuf], dry_run: bool, deed: &Deed, progress: Progress<'_>) -> anyhow::Result<ImportReport> {
    deed.effective()?;
    let (files, warnings) = read_files(paths)?;
    let total = files.len();
    let unusable = files.iter().all(|file| file.incidents.is_empty() && file.maintenances.is_empty() && file.components.is_none());
    if unusable {
        let mut reasons = warnings.iter().chain(files.iter().flat_map(|file| &file.warnings));
        let reason = reasons.next().cloned().unwrap_or_else(|| match files.first() {
            Some(file) => format!("{}: no components, incidents or maintenances", file.name),
            None => "no file with components, incidents or maintenances".to_owned(),
        });
        return Err(UserError::bad_input(format!("nothing to import: {reason}")).into());
    }
    let organization = org.organization()?;
    let mut report = None;
    let outcome = org.write(deed, |write| {
        let merged = merge(write, &organization, files.clone(), STATUSPAGE, deed, &|done| progress(done, total))?;
        let changed = merged.has_changes();
        report = Some(merged);
        if dry_run || !changed { Err(RolledBack.into()) } else { Ok(()) }
    });
    finish(outcome, report, dry_run, warnings)
}

/// Imports the folder of a cState site.
///
/// # Errors
/// Not found for a folder that does not exist; bad input where nothing in it could be used; usage where `--at` lies ahead.
pub fn cstate(org: &mut Org, folder: &Path, dry_run: bool, deed: &Deed) -> anyhow::Result<ImportReport> {
    let found = folder::read(folder, cstate::look)?;
    let zone = org.organization()?.time_zone;
    let read = cstate::read(&found.files, &name_of_given(folder), zone);
    merge_folder(org, found, read, "cState", dry_run, deed)
}

/// Imports the repository of an Upptime monitor.
///
/// # Errors
/// As for [`cstate()`].
pub fn upptime(org: &mut Org, folder: &Path, dry_run: bool, deed: &Deed) -> anyhow::Result<ImportReport> {
    let found = folder::read(folder, upptime::look)?;
    let read = upptime::read(&found.files, &name_of_given(folder));
    merge_folder(org, found, read, "Upptime", dry_run, deed)
}

fn merge_folder(org: &mut Org, found: Found, read: SourceFolder, tool: &str, dry_run: bool, deed: &Deed) -> anyhow::Result<ImportReport> {
    deed.effective()?;
    let SourceFolder { source, mut remarks } = read;
    remarks.refused.extend(found.refused);
    remarks.passed_over.extend(found.passed_over);
    remarks.refused.sort();
    remarks.passed_over.sort();
    if source.incidents.is_empty() && source.maintenances.is_empty() && source.components.is_none() {
        let reason = remarks.refused.first().map_or_else(|| format!("{}: no file of {tool}", source.name), ToString::to_string);
        return Err(UserError::bad_input(format!("nothing to import: {reason}")).into());
    }
    let organization = org.organization()?;
    let files = found.files.len();
    let mut report = None;
    let outcome = org.write(deed, |write| {
        let merged = merge(write, &organization, vec![source.clone()], tool, deed, &|_| {})?;
        let changed = merged.has_changes();
        report = Some(merged);
        if dry_run || !changed { Err(RolledBack.into()) } else { Ok(()) }
    });
    let report = finish(outcome, report, dry_run, Vec::new())?;
    let Remarks { repaired, refused, passed_over } = remarks;
    Ok(ImportReport { files, repaired, refused, passed_over, ..report })
}

/// Restores a dump into an organization in which nothing is recorded yet.
///
/// # Errors
/// As for a file that a person names; conflict where something is recorded; bad input for a dump that cannot be used as a whole.
pub fn dump(org: &mut Org, path: &Path, dry_run: bool, deed: &Deed) -> anyhow::Result<ImportReport> {
    let name = name_of_given(path);
    let text = read_given_text(path, MOST_BYTES)?;
    let restored = crate::import::dump::read(&text, &name)?;
    restore(org, &restored, Some(&text), dry_run, deed)
}

/// Puts a dump's record in place; a dump that says what is recorded already changes nothing.
pub(super) fn restore(org: &mut Org, restored: &Restored, text: Option<&str>, dry_run: bool, deed: &Deed) -> anyhow::Result<ImportReport> {
    let mut report = None;
    let organization = org.organization()?;
    let slug = org.folder.slug.clone();
    let outcome = org.write(deed, |write| {
        if !write.is_empty()? {
            if text.is_some_and(|text| recorded(write, &organization).is_ok_and(|recorded| recorded == text)) {
                report = Some(counted(restored, true));
                return Err(RolledBack.into());
            }
            return Err(UserError::conflict(format!("`{slug}` has a record already"))
                .hint(
                    "a dump is read into an organization in which nothing is recorded: move its org.db away, or make another organization",
                )
                .into());
        }
        if write.has_tokens()? {
            // The dump's log takes the place of this one, which says who made them.
            return Err(UserError::conflict(format!("`{slug}` has tokens already"))
                .hint("read the dump first: move org.db away, import, and make the tokens anew")
                .into());
        }
        write.clear_events()?;
        put_restored(write, &mut restored.clone())?;
        report = Some(counted(restored, false));
        if dry_run { Err(RolledBack.into()) } else { Ok(()) }
    });
    finish(outcome, report, dry_run, Vec::new())
}

fn recorded(write: &Write<'_>, organization: &Organization) -> anyhow::Result<String> {
    let history = write.history(crate::store::Scope::Everything, organization, crate::store::Window::EVERYTHING)?;
    Ok(crate::export::dump(&history, &write.events_all()?)?)
}

fn put_restored(write: &Write<'_>, restored: &mut Restored) -> anyhow::Result<()> {
    write.set_page_id(&restored.page_id)?;
    write.set_created_at(restored.created_at)?;
    for source in &restored.sources {
        write.set_source_stated_at(&source.page, source.stated_at)?;
    }
    for group in &mut restored.groups {
        write.put_group(group)?;
    }
    for service in &mut restored.services {
        write.put_service(service)?;
    }
    for manual in &mut restored.manual_statuses {
        write.put_manual_status(manual)?;
    }
    for incident in &mut restored.incidents {
        write.put_incident(incident)?;
    }
    for maintenance in &mut restored.maintenances {
        write.put_maintenance(maintenance)?;
    }
    for event in &restored.events {
        write.restore_event(event)?;
    }
    Ok(())
}

fn counted(restored: &Restored, unchanged: bool) -> ImportReport {
    let of = |count: usize| {
        if unchanged { Counted { unchanged: count, ..Counted::default() } } else { Counted { added: count, ..Counted::default() } }
    };
    let updates = restored.incidents.iter().map(|incident| incident.updates.len()).sum::<usize>()
        + restored.maintenances.iter().map(|maintenance| maintenance.updates.len()).sum::<usize>();
    ImportReport {
        files: 1,
        groups: of(restored.groups.len()),
        services: of(restored.services.len()),
        incidents: of(restored.incidents.len()),
        maintenances: of(restored.maintenances.len()),
        updates: of(updates),
        ..ImportReport::default()
    }
}

fn finish(outcome: anyhow::Result<()>, report: Option<ImportReport>, dry_run: bool, warnings: Vec<String>) -> anyhow::Result<ImportReport> {
    match outcome {
        Err(error) if !error.is::<RolledBack>() => Err(error),
        _ => {
            let mut report = report.unwrap_or_default();
            report.dry_run = dry_run;
            report.warnings.splice(0..0, warnings);
            Ok(report)
        }
    }
}

/// What an import has met so far: no more than it may.
#[derive(Default)]
struct Met {
    entries: usize,
    bytes: u64,
    warnings: Vec<String>,
}

impl Met {
    /// Counts a file or folder.
    fn entry(&mut self) -> Result<(), UserError> {
        self.entries += 1;
        if self.entries > MOST_FILES { Err(too_much(MOST_BYTES)) } else { Ok(()) }
    }

    /// The text of a file, or why it cannot be used; it counts either way.
    fn text(&mut self, path: &Path) -> Result<Option<String>, UserError> {
        let text = text_of_given(path, LARGEST_FILE);
        self.bytes += text.as_ref().map_or_else(|unusable| unusable.read, |text| text.len() as u64);
        if self.bytes > MOST_BYTES {
            return Err(too_much(MOST_BYTES));
        }
        Ok(text.map_err(|unusable| self.warnings.push(format!("{}: {}", name_of_given(path), unusable.reason))).ok())
    }
}

fn too_much(bytes: u64) -> UserError {
    UserError::bad_input(format!("too much to import at once: more than {MOST_FILES} files or {} MiB", bytes >> 20))
        .hint("import one folder after the other")
}

/// Reads every file named, and every `.json` file of every folder named; links in folders are not followed.
fn read_files(paths: &[PathBuf]) -> anyhow::Result<(Vec<SourceFile>, Vec<String>)> {
    let mut names: Vec<PathBuf> = Vec::new();
    let mut met = Met::default();
    for path in paths {
        if !is_standard_input(path) && about_given(path)?.is_dir() {
            collect(path, 0, &mut names, &mut met)?;
        } else {
            met.entry()?;
            names.push(path.clone());
        }
    }
    let mut files = Vec::with_capacity(names.len());
    for path in &names {
        if let Some(text) = met.text(path)? {
            files.push(statuspage::read(&text, &name_of_given(path)));
        }
    }
    Ok((files, met.warnings))
}

fn collect(folder: &Path, depth: usize, names: &mut Vec<PathBuf>, met: &mut Met) -> Result<(), UserError> {
    if depth > DEEPEST {
        met.warnings.push(format!("{}: is left out: it lies deeper than {DEEPEST} folders", folder.display()));
        return Ok(());
    }
    let mut paths = Vec::new();
    match std::fs::read_dir(folder) {
        Ok(entries) => {
            for entry in entries.filter_map(Result::ok) {
                met.entry()?;
                paths.push(entry.path());
            }
        }
        Err(error) => met.warnings.push(format!("{}: {}", folder.display(), reason(&error))),
    }
    paths.sort();
    for path in paths {
        let Ok(about) = std::fs::symlink_metadata(&path) else { continue };
        if about.is_dir() {
            collect(&path, depth + 1, names, met)?;
        } else if about.is_file() && path.extension().is_some_and(|extension| extension == "json") {
            names.push(path);
        }
    }
    Ok(())
}
