//! The moment a site changes: everything staged becomes durable, then takes its place file by file, in an order that keeps every
//! link whole.
//!
//! Pages nobody links to yet come first, then the pages that are replaced, the home page after all of them, removals last. Whoever
//! follows links from a page finds each target at any instant, and after a kill at any step.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::os::unix::fs::MetadataExt as _;
use std::path::PathBuf;

use rayon::prelude::*;

use super::manifest::{self, Entry, Manifest};
use super::path::{Phase, SitePath};
use super::plan::{PageSpec, SectionSpec, in_order, plan};
use super::records::{Records, new_record};
use super::stage::{Action, Ground, Stage, Staged, in_the_way, locked};
use super::write;
use crate::error::UserError;

/// Up to here files are synced one by one, so that a small update does not wait for what other programs have still to write.
const FEW: usize = 32;

/// What a switch did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SwitchReport {
    /// Files that are new or have new bytes.
    pub written: usize,
    /// Files made again with the bytes they had; left untouched.
    pub unchanged: usize,
    /// Files that were not made again.
    pub kept: usize,
    /// Files removed.
    pub removed: usize,
    /// Builds so far that changed a file of this folder, this one included.
    pub builds: u64,
}

impl Stage<'_> {
    /// Makes the output folder hold exactly these pages, and records them with the caller's revision and fingerprint.
    ///
    /// Every page must have been put, unless the folder's manifest has it with the same digest.
    ///
    /// # Errors
    /// The path and the reason. Before the first rename the site is as it was; later every file in it is whole and the next build
    /// completes the switch, which the hint then says.
    pub fn switch(self, pages: &[PageSpec], sections: &[SectionSpec], revision: i64, fingerprint: &str) -> Result<SwitchReport, UserError> {
        let mut staged = std::mem::take(&mut *locked(&self.staged));
        let mut next = self.next_manifest(pages, &staged)?;
        let mut remove = plan(&self.folder.manifest, pages).remove;
        let unchanged = staged.iter().filter(|page| page.action == Action::Leave).count();
        let written = staged.len() - unchanged;
        let old = &self.folder.manifest;
        (next.revision, next.fingerprint, next.builds) = (revision, fingerprint.into(), old.builds);
        let kept = pages.len() - staged.len();
        let mut records = Records::new(self.folder, next, pages, sections)?;
        if written == 0 && remove.is_empty() {
            self.record(&records)?;
            return Ok(SwitchReport { unchanged, kept, builds: old.builds, ..SwitchReport::default() });
        }
        records.main.builds += 1;
        let pending = manifest::pending_to_bytes(staged.iter().map(|page| &page.path).chain(&remove), &self.folder.key);
        staged.retain(|page| page.action != Action::Leave);
        staged.sort_unstable_by(|left, right| (turn(left), &left.path).cmp(&(turn(right), &right.path)));
        let folders = self.missing_folders(&staged, pages)?;
        self.check_replaced_folders(&staged, &remove)?;
        self.forget_unreachable(&mut remove)?;
        // Both records are on disk before the switch, so that a full disk cannot stop it half-way.
        let builds = records.main.builds;
        let barrier = self.is_for_barrier(staged.len()).then_some(&self.handle);
        records.write_lists(self.folder, barrier)?;
        let manifest_file = records.prepare_main(self.folder)?;
        let pending_file = new_record(&self.folder.pending_path(), &pending)?;
        self.make_staged_durable(&staged)?;
        pending_file.commit()?;

        let finish = || {
            let removed = if self.moves_as_a_whole() { 0 } else { self.move_each(&staged, &remove, &folders)? };
            self.make_switch_durable(&staged.iter().map(|page| &page.path).chain(&remove).collect::<Vec<_>>())?;
            manifest_file.commit()?;
            self.forget_pending();
            records.forget_old(self.folder);
            Ok(SwitchReport { written, unchanged, kept, removed, builds })
        };
        finish().map_err(|error: UserError| error.hint("every file of the site is whole; the next build completes this one"))
    }

    fn next_manifest(&self, pages: &[PageSpec], staged: &[Staged]) -> Result<Manifest, UserError> {
        let mut made = staged.iter().map(|page| (&page.path, (page.content, page.length))).collect::<Vec<_>>();
        made.sort_unstable();
        let (mut made, mut known) = (made.into_iter().peekable(), self.folder.manifest.pages().iter().peekable());
        let mut found = 0;
        let mut entries = Vec::with_capacity(pages.len());
        for page in in_order(pages).into_iter().map(|position| &pages[position]) {
            while made.next_if(|(path, _)| **path < page.path).is_some() {}
            while known.next_if(|(path, _)| *path < page.path).is_some() {}
            let (content, length) = match (made.next_if(|(path, _)| **path == page.path), known.next_if(|(path, _)| *path == page.path)) {
                (Some((_, (content, length))), _) => {
                    found += 1;
                    (Some(content), length)
                }
                (None, Some((_, old))) if old.digest == Some(page.digest) => (old.content, old.length),
                _ => return Err(UserError::failed(format!("page `{}` was planned and not made", page.path))),
            };
            entries.push((page.path.clone(), Entry { digest: Some(page.digest), content, length }));
        }
        let next = Manifest::of(entries);
        if found != staged.len() || next.len() != pages.len() {
            return Err(UserError::failed("a page was made that was not planned, or two for one path"));
        }
        Ok(next)
    }

    /// For a build that moves no file.
    fn record(&self, records: &Records) -> Result<(), UserError> {
        if self.folder.is_unfinished {
            // The files are as they should be, though perhaps not durably so.
            self.make_switch_durable(&self.folder.manifest.pages().iter().map(|(path, _)| path).collect::<Vec<_>>())?;
        } else if records.are_on_disk(self.folder) {
            // What an earlier build could not remove.
            records.forget_old(self.folder);
            return Ok(());
        }
        records.write_lists(self.folder, None)?;
        records.prepare_main(self.folder)?.commit()?;
        self.forget_pending();
        records.forget_old(self.folder);
        Ok(())
    }

    /// A list that stays by mistake only makes the next build compare more files.
    fn forget_pending(&self) {
        let _ = write::remove_file(&self.folder.pending_path());
    }

    /// The folders the staged pages need and the site does not have, outer ones first.
    fn missing_folders<'p>(&self, staged: &'p [Staged], pages: &[PageSpec]) -> Result<BTreeMap<&'p str, Ground>, UserError> {
        let mut missing = BTreeMap::new();
        let files: HashSet<&str> = pages.iter().map(|page| page.path.as_str()).collect();
        for folder in staged.iter().flat_map(|page| page.path.folders()) {
            let ground = if self.folder.is_fresh { Ground::Absent } else { self.known_ground(folder).unwrap_or(Ground::Absent) };
            if ground != Ground::Folder && missing.insert(folder, ground).is_none() && files.contains(folder) {
                return Err(UserError::failed(format!("`{folder}` cannot be both a page and a folder of pages")));
            }
        }
        Ok(missing)
    }

    /// A folder makes way for a page only when everything in it was to be removed anyway.
    fn check_replaced_folders(&self, staged: &[Staged], remove: &[SitePath]) -> Result<(), UserError> {
        for page in staged.iter().filter(|page| page.action == Action::ReplaceFolder) {
            let mut folders = vec![page.path.as_str().to_owned()];
            while let Some(folder) = folders.pop() {
                let live = self.live(&folder);
                let fail = |error: std::io::Error| write::problem("read", &live, &error);
                for entry in live.read_dir().map_err(fail)? {
                    let entry = entry.map_err(fail)?;
                    let path = format!("{folder}/{}", entry.file_name().to_string_lossy());
                    if entry.file_type().map_err(fail)?.is_dir() {
                        folders.push(path);
                    } else if remove.binary_search_by(|gone| gone.as_str().cmp(&path)).is_err() {
                        return Err(in_the_way(&entry.path()));
                    }
                }
            }
        }
        Ok(())
    }

    /// Takes from the list what lies in no folder any more; refuses to reach through a link.
    fn forget_unreachable(&self, remove: &mut Vec<SitePath>) -> Result<(), UserError> {
        let mut kept = Vec::with_capacity(remove.len());
        for path in remove.drain(..) {
            if self.ground(&path)? == Ground::Folder {
                kept.push(path);
            }
        }
        *remove = kept;
        Ok(())
    }

    fn make_staged_durable(&self, staged: &[Staged]) -> Result<(), UserError> {
        if self.syncs_at_once(staged.len())? {
            return Ok(());
        }
        let fail = |path: PathBuf| move |error: std::io::Error| write::problem("write", &path, &error);
        staged.par_iter().try_for_each(|page| write::sync(&self.place_of(page)).map_err(fail(self.live(&page.path))))?;
        let mut folders = if self.folder.is_fresh { self.staging_folders() } else { Vec::new() };
        folders.push(self.root.clone());
        folders.par_iter().try_for_each(|folder| write::sync(folder).map_err(fail(folder.clone())))
    }

    /// Makes the names of these files durable, there or gone.
    fn make_switch_durable(&self, paths: &[&SitePath]) -> Result<(), UserError> {
        if self.syncs_at_once(paths.len())? {
            return Ok(());
        }
        let mut folders = paths.iter().flat_map(|path| path.folders()).map(|folder| self.live(folder)).collect::<BTreeSet<_>>();
        folders.extend([self.folder.out.clone(), write::parent(&self.folder.out).to_owned()]);
        folders
            .par_iter()
            .filter(|folder| folder.is_dir())
            .try_for_each(|folder| write::sync(folder).map_err(|error| write::problem("write", folder, &error)))
    }

    /// Whether one barrier is right for this many files.
    fn is_for_barrier(&self, files: usize) -> bool {
        write::HAS_BARRIER && (self.folder.is_fresh || files > FEW)
    }

    /// Whether one barrier was right for this many files, and has done it.
    fn syncs_at_once(&self, files: usize) -> Result<bool, UserError> {
        if !self.is_for_barrier(files) {
            return Ok(false);
        }
        // What it covers cannot be told apart any more, so that a barrier that fails fails the build.
        write::sync_file_system(&self.handle).map_err(|error| write::problem("write", &self.folder.out, &error))?;
        Ok(true)
    }

    /// Into an absent or empty folder: one rename. Whether it was done; where it cannot be, the files move one by one.
    fn moves_as_a_whole(&self) -> bool {
        let out = &self.folder.out;
        let (Ok(root), true) = (self.root.metadata(), self.folder.is_fresh) else { return false };
        match out.metadata() {
            // An empty folder that was prepared for somebody keeps its owner and mode.
            Ok(old) if (old.uid(), old.gid(), old.mode()) != (root.uid(), root.gid(), root.mode()) => return false,
            Ok(_) => {}
            Err(_) if write::make_folders(write::parent(out)).is_ok() => {}
            Err(_) => return false,
        }
        write::rename(&self.root, out).is_ok()
    }

    fn move_each(&self, staged: &[Staged], remove: &[SitePath], folders: &BTreeMap<&str, Ground>) -> Result<usize, UserError> {
        let mut removed = self.make_room(folders)?;
        for page in staged {
            let live = self.live(&page.path);
            if page.action == Action::ReplaceFolder {
                write::remove_tree(&live).map_err(|error| write::problem("remove", &live, &error))?;
                let inside = format!("{}/", page.path);
                removed += remove.iter().filter(|path| path.as_str().starts_with(&inside)).count();
            }
            write::rename(&self.place_of(page), &live).map_err(|error| write::problem("write", &live, &error))?;
        }
        removed += self.remove_files(remove)?;
        Ok(removed)
    }

    /// Makes the missing folders, before any page moves: where the disk is full, this is where it shows, and is undone.
    fn make_room(&self, folders: &BTreeMap<&str, Ground>) -> Result<usize, UserError> {
        let out = &self.folder.out;
        write::make_folders(out).map_err(|error| write::problem("make", out, &error))?;
        let mut removed = 0;
        let mut made = Vec::new();
        for (folder, ground) in folders {
            let live = self.live(folder);
            let making = match ground {
                Ground::File => write::remove_file(&live).and_then(|was_there| {
                    removed += usize::from(was_there);
                    write::make_folder(&live)
                }),
                _ => write::make_folder(&live),
            };
            match making {
                Ok(true) => made.push(live),
                Ok(false) => {}
                Err(error) => {
                    for folder in made.iter().rev() {
                        let _ = write::remove_empty_folder(folder);
                    }
                    return Err(write::problem("make", &live, &error));
                }
            }
        }
        Ok(removed)
    }

    /// Removes files, each before those it leads to, and the folders that are empty then.
    fn remove_files(&self, remove: &[SitePath]) -> Result<usize, UserError> {
        let mut removed = 0;
        for path in removal_order(remove) {
            let live = self.live(path);
            match write::remove_file(&live) {
                Ok(was_there) => removed += usize::from(was_there),
                // A page that became a folder of pages, or somebody else's folder.
                Err(_) if live.is_dir() => {}
                Err(error) => return Err(write::problem("remove", &live, &error)),
            }
        }
        for folder in remove.iter().flat_map(|path| path.folders()).collect::<BTreeSet<_>>().into_iter().rev() {
            let live = self.live(folder);
            write::remove_empty_folder(&live).map_err(|error| write::problem("remove", &live, &error))?;
        }
        Ok(removed)
    }
}

/// Its place in the order of the switch: new pages, then replaced ones, the home page last.
fn turn(page: &Staged) -> (bool, Phase) {
    (page.action == Action::Replace || page.phase == Phase::Index, page.phase)
}

/// Lists before the pages they lead to, and those before their feeds: whoever is on a page finds what belongs to it as long as it is there.
fn removal_order(remove: &[SitePath]) -> Vec<&SitePath> {
    let turn = |path: &&SitePath| match path.phase() {
        Phase::Index => 0,
        Phase::List => 1,
        Phase::LeafPage => 2,
        Phase::Data => 3,
        Phase::Asset => 4,
    };
    let mut order = remove.iter().collect::<Vec<_>>();
    order.sort_by_key(turn);
    order
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_is_removed_before_what_it_leads_to() {
        let paths =
            ["assets/style.css", "history/2026-11/index.html", "index.html", "services/api/history.atom", "services/api/index.html"]
                .map(|path| SitePath::new(path).unwrap());
        let order: Vec<&str> = removal_order(&paths).into_iter().map(SitePath::as_str).collect();
        assert_eq!(
            order,
            ["index.html", "history/2026-11/index.html", "services/api/index.html", "services/api/history.atom", "assets/style.css"]
        );
    }
}
