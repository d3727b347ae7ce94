//! The files that remember a build: the manifest, and one list per section of pages.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::os::unix::fs::MetadataExt as _;
use std::path::Path;

use super::folder::OutputFolder;
use super::manifest::{self, Entry, Manifest, Section};
use super::path::SitePath;
use super::plan::{PageSpec, SectionSpec};
use super::write::{self, NewFile};
use crate::error::UserError;

/// What is to be remembered of a build.
pub(super) struct Records {
    /// With the pages that are in no section.
    pub(super) main: Manifest,
    /// The new lists, by name of their section.
    lists: BTreeMap<String, Vec<u8>>,
}

impl Records {
    /// Those of a site with these pages and sections, `next` being the manifest with all pages that were given.
    pub(super) fn new(folder: &OutputFolder, next: Manifest, pages: &[PageSpec], sections: &[SectionSpec]) -> Result<Self, UserError> {
        let mut listed: Vec<Vec<(SitePath, Entry)>> = vec![Vec::new(); sections.len()];
        let mut general = Vec::new();
        let section_of: BTreeMap<&SitePath, usize> = pages.iter().filter_map(|page| Some((&page.path, page.section?))).collect();
        for (path, entry) in next.pages() {
            match section_of.get(path).and_then(|place| listed.get_mut(*place)) {
                Some(list) => list.push((path.clone(), *entry)),
                None => general.push((path.clone(), *entry)),
            }
        }
        let (mut known, mut lists) = (BTreeMap::new(), BTreeMap::new());
        for (spec, pages) in sections.iter().zip(listed) {
            let section = if spec.kept {
                kept(folder, spec)?
            } else {
                let bytes = manifest::section_to_bytes(&pages, &folder.key);
                let section = Section {
                    note: spec.note.clone(),
                    pages: pages.len(),
                    content: manifest::content_of(&pages),
                    file: super::Digest::of(&bytes),
                };
                lists.insert(spec.name.clone(), bytes);
                section
            };
            if !manifest::is_section_name(&spec.name) || spec.note.contains('\n') || known.insert(spec.name.clone(), section).is_some() {
                return Err(UserError::failed(format!("section `{}` cannot be recorded", spec.name)));
            }
        }
        let mut main = Manifest::of(general).with_sections(known);
        (main.builds, main.revision, main.fingerprint) = (next.builds, next.revision, next.fingerprint);
        Ok(Self { main, lists })
    }

    /// Whether the folder's records say all this already.
    pub(super) fn are_on_disk(&self, folder: &OutputFolder) -> bool {
        let known = folder.manifest.sections();
        known == self.main.sections() && std::fs::read(folder.manifest_path()).is_ok_and(|file| file == self.main.to_bytes(&folder.key))
    }

    /// Writes the lists, which are nothing without the manifest, and makes them durable where `barrier` is not going to.
    pub(super) fn write_lists(&self, folder: &OutputFolder, barrier: Option<&File>) -> Result<(), UserError> {
        let covered = barrier.is_some_and(|handle| is_on_one_disk(handle, &folder.dot_dir));
        for (name, bytes) in &self.lists {
            let Some(section) = self.main.sections().get(name) else { continue };
            let path = folder.section_path(name, section.file);
            let fail = |error: std::io::Error| write::problem("write", &path, &error);
            // What a power cut left under this name may be half.
            write::remove_file(&path).map_err(fail)?;
            write::create_file(&path, bytes).map_err(fail)?;
            if !covered {
                write::sync(&path).map_err(fail)?;
            }
        }
        if covered || self.lists.is_empty() {
            return Ok(());
        }
        write::sync(&folder.dot_dir).map_err(|error| write::problem("write", &folder.dot_dir, &error))
    }

    /// Makes the manifest durable beside its place.
    pub(super) fn prepare_main(&self, folder: &OutputFolder) -> Result<NewFile, UserError> {
        new_record(&folder.manifest_path(), &self.main.to_bytes(&folder.key))
    }

    /// Removes the lists that the manifest no longer names. One that stays by mistake is in nobody's way.
    pub(super) fn forget_old(&self, folder: &OutputFolder) {
        let prefix = format!("section-{}-", folder.key);
        let wanted: BTreeSet<_> = self.main.sections().iter().map(|(name, section)| folder.section_path(name, section.file)).collect();
        let Ok(entries) = std::fs::read_dir(&folder.dot_dir) else { return };
        for path in entries.filter_map(|entry| Some(entry.ok()?.path())) {
            let is_list = path.file_name().and_then(|name| name.to_str()).is_some_and(|name| name.starts_with(&prefix));
            if is_list && !wanted.contains(&path) {
                let _ = write::remove_file(&path);
            }
        }
    }
}

fn is_on_one_disk(handle: &File, folder: &Path) -> bool {
    handle.metadata().is_ok_and(|one| folder.metadata().is_ok_and(|other| one.dev() == other.dev()))
}

/// A section whose pages were not given.
fn kept(folder: &OutputFolder, spec: &SectionSpec) -> Result<Section, UserError> {
    match folder.manifest.sections().get(&spec.name) {
        Some(section) if folder.is_unread(&spec.name) => Ok(Section { note: spec.note.clone(), ..section.clone() }),
        _ => Err(UserError::failed(format!("section `{}` was to be kept and is not known", spec.name))),
    }
}

/// A record that is durable beside the place it is meant for.
pub(super) fn new_record(path: &Path, bytes: &[u8]) -> Result<NewFile, UserError> {
    NewFile::prepare(path, path.with_extension("new"), bytes)
}
