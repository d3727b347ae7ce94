//! The output folder as a build finds it: whose it is, what is in it, and who may change it now.

use std::collections::BTreeSet;
use std::fs::{File, TryLockError};
use std::io;
use std::path::{Component, Path, PathBuf};
use std::time::{Duration, Instant};

use super::digest::{Digest, DigestBuilder};
use super::found::found_site;
use super::manifest::{self, Manifest};
use super::write;
use crate::error::{Kind, UserError};

/// How long a build waits for another one of the same organization.
const LONGEST_WAIT: Duration = Duration::from_secs(10);
/// Where staged files go when nothing but the output folder itself lies on its file system.
pub(super) const STAGING_INSIDE: &str = ".statuary-staging";

/// Held while a process may change the output folders of one organization; given back when dropped, or when the process ends.
#[derive(Debug)]
pub struct Lock {
    _file: File,
}

/// Waits up to ten seconds for the organization with this dot folder (`ORG/.statuary`, made where it is missing).
///
/// # Errors
/// Busy, where another process holds it for longer; the path and the reason, where the disk refuses.
pub fn lock(dot_dir: &Path) -> Result<Lock, UserError> {
    lock_within(dot_dir, LONGEST_WAIT)
}

fn lock_within(dot_dir: &Path, wait: Duration) -> Result<Lock, UserError> {
    write::make_private_folder(dot_dir).map_err(|error| write::problem("make", dot_dir, &error))?;
    let path = dot_dir.join("lock");
    let file = write::open_lock(&path).map_err(|error| write::problem("open", &path, &error))?;
    let start = Instant::now();
    loop {
        match file.try_lock() {
            Ok(()) => return Ok(Lock { _file: file }),
            Err(TryLockError::WouldBlock) if start.elapsed() < wait => std::thread::sleep(Duration::from_millis(20)),
            Err(TryLockError::WouldBlock) => {
                return Err(
                    UserError::new(Kind::Busy, format!("another build holds `{}`", path.display())).hint("try again when it has ended")
                );
            }
            Err(TryLockError::Error(error)) => return Err(write::problem("lock", &path, &error)),
        }
    }
}

/// One output folder and what the last build left in it. Looking at it changes nothing.
#[derive(Clone, Debug)]
pub struct OutputFolder {
    pub(super) out: PathBuf,
    pub(super) dot_dir: PathBuf,
    pub(super) key: String,
    /// The folder is absent or empty.
    pub(super) is_fresh: bool,
    /// Files that are not in the manifest may be written over.
    pub(super) adopts: bool,
    /// The last switch was cut short.
    pub(super) is_unfinished: bool,
    pub(super) manifest: Manifest,
    /// What the last build left there is known, so that sections of it can be kept unread.
    is_trusted: bool,
    unread: BTreeSet<String>,
    notice: Option<String>,
}

impl OutputFolder {
    /// Looks at the folder `out` of the organization with this dot folder; take the [`lock`] first unless nothing is to be written.
    ///
    /// With `force`, a folder that statuary did not build is taken over, and every page of one that it did build is made again.
    ///
    /// # Errors
    /// Conflict, where the folder holds something else; the path and the reason, where it cannot be read.
    pub fn open(out: &Path, dot_dir: &Path, force: bool) -> Result<Self, UserError> {
        let org_dir = resolved(write::parent(dot_dir))?;
        let dot_dir = org_dir.join(dot_dir.file_name().unwrap_or_default());
        let out = resolved(out)?;
        refuse_own_folders(&out, &org_dir, &dot_dir)?;
        let key = key(&out, &org_dir);
        let is_fresh = is_absent_or_empty(&out)?;
        let mut folder = Self {
            out,
            dot_dir,
            key,
            is_fresh,
            adopts: force,
            is_unfinished: false,
            manifest: Manifest::default(),
            is_trusted: false,
            unread: BTreeSet::new(),
            notice: None,
        };
        let is_known = folder.read_records()?;
        let is_doubtful = is_fresh || force || !is_known || folder.is_unfinished || folder.adopts || folder.has_lost_its_home_page();
        folder.is_trusted = !is_doubtful && folder.has_all_sections();
        if !folder.is_trusted && !is_fresh {
            folder.read_sections(|_| true)?;
        }
        if is_fresh {
            folder.manifest = std::mem::take(&mut folder.manifest).without_pages();
        } else if !is_known && !force {
            let found = found_site(&folder.out).map_err(|error| write::problem("read", &folder.out, &error))?;
            folder.manifest = found.ok_or_else(|| not_ours(&folder.out))?;
            folder.notice = Some(format!("the record of the last build of `{}` is gone; every page is made again", folder.out.display()));
        } else if force || folder.has_lost_its_home_page() {
            folder.manifest = std::mem::take(&mut folder.manifest).without_digests();
        }
        Ok(folder)
    }

    /// Whether sections that have not changed can be kept without reading them.
    pub fn is_trusted(&self) -> bool {
        self.is_trusted
    }

    /// Reads the lists of pages of the sections with these names: whatever may change, or go, must be known.
    ///
    /// # Errors
    /// The path and the reason, where the disk refuses. A list that cannot be used is as good as none: its pages are made again.
    pub fn read_sections(&mut self, wanted: impl Fn(&str) -> bool) -> Result<(), UserError> {
        let names: Vec<String> = self.unread.iter().filter(|name| wanted(name)).cloned().collect();
        let mut pages = Vec::new();
        for name in names {
            self.unread.remove(&name);
            let Some(section) = self.manifest.sections().get(&name) else { continue };
            let file = read_record(&self.section_path(&name, section.file))?;
            match file.as_deref().and_then(|file| manifest::parse_section(file, &self.key)) {
                Some(listed) => pages.extend(listed),
                None => self.cannot_use(file.as_deref()),
            }
        }
        if !pages.is_empty() {
            self.manifest = std::mem::take(&mut self.manifest).with_pages(pages);
        }
        Ok(())
    }

    /// What the last build put into the folder; without pages where the folder is absent or empty.
    pub fn manifest(&self) -> &Manifest {
        &self.manifest
    }

    /// The folder, absolute and with links resolved.
    pub fn path(&self) -> &Path {
        &self.out
    }

    /// What a person should know of the records found, in one line.
    pub fn notice(&self) -> Option<&str> {
        self.notice.as_deref()
    }

    pub(super) fn manifest_path(&self) -> PathBuf {
        self.dot_dir.join(format!("manifest-{}", self.key))
    }

    /// Where the pages of a section are listed, in a file that never changes.
    pub(super) fn section_path(&self, name: &str, file: Digest) -> PathBuf {
        self.dot_dir.join(format!("section-{}-{name}-{file}", self.key))
    }

    /// Whether the pages of this section have not been read.
    pub(super) fn is_unread(&self, name: &str) -> bool {
        self.unread.contains(name)
    }

    fn has_all_sections(&self) -> bool {
        self.manifest.sections().iter().all(|(name, section)| self.section_path(name, section.file).is_file())
    }

    /// Statuary did build here, only what it wrote is not known from this record, or from one that is missing.
    fn cannot_use(&mut self, record: Option<&[u8]>) {
        self.adopts = true;
        let why = if record.is_some_and(manifest::is_of_another_version) { "of another version of statuary" } else { "damaged" };
        self.notice = Some(format!(
            "the record of the last build of `{}` is {why}; every page is made again, and files of pages that are gone may stay",
            self.out.display()
        ));
    }

    pub(super) fn pending_path(&self) -> PathBuf {
        self.dot_dir.join(format!("pending-{}", self.key))
    }

    /// Reads manifest and pending list; whether there is any, so that statuary has built here before.
    fn read_records(&mut self) -> Result<bool, UserError> {
        let (manifest_file, pending_file) = (read_record(&self.manifest_path())?, read_record(&self.pending_path())?);
        let is_known = manifest_file.is_some() || pending_file.is_some();
        let mut useless = None;
        if let Some(file) = manifest_file {
            match Manifest::parse(&file, &self.key) {
                Some(manifest) => self.manifest = manifest,
                None => useless = Some(file),
            }
        }
        self.unread = self.manifest.sections().keys().cloned().collect();
        self.is_unfinished = pending_file.is_some();
        if self.is_unfinished {
            self.read_sections(|_| true)?;
        }
        if let Some(file) = pending_file {
            match manifest::parse_pending(&file, &self.key) {
                Some(pending) => self.manifest = std::mem::take(&mut self.manifest).with_pending(pending),
                None => {
                    self.manifest = std::mem::take(&mut self.manifest).without_digests();
                    useless = Some(file);
                }
            }
        }
        if useless.is_some() {
            self.cannot_use(useless.as_deref());
        } else if self.is_unfinished {
            self.notice = Some(format!("the last build of `{}` was cut short; this one completes it", self.out.display()));
        }
        Ok(is_known)
    }

    /// Someone cleared the folder but for some files.
    fn has_lost_its_home_page(&self) -> bool {
        self.manifest.position("index.html").is_some() && !self.out.join("index.html").exists()
    }
}

fn not_ours(out: &Path) -> UserError {
    UserError::conflict(format!("`{}` is not empty and was not built by statuary", out.display()))
        .hint("choose an empty folder, or pass `--force` to build into it; files that are not statuary's are left alone")
}

/// A file of the dot folder, if it is there. One that cannot be read is not one that is damaged: its pages would be forgotten.
fn read_record(path: &Path) -> Result<Option<Vec<u8>>, UserError> {
    match std::fs::read(path) {
        Ok(file) => Ok(Some(file)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(write::problem("read", path, &error)),
    }
}

/// Absolute, with the links of the part that exists resolved.
fn resolved(path: &Path) -> Result<PathBuf, UserError> {
    let fail = |error: io::Error| write::problem("read", path, &error);
    match path.canonicalize() {
        Ok(found) if found.is_dir() => return Ok(found),
        Ok(_) => return Err(UserError::conflict(format!("`{}` is not a folder", path.display()))),
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(fail(error)),
        Err(_) => {}
    }
    if path.symlink_metadata().is_ok() {
        return Err(UserError::conflict(format!("`{}` is a link that leads nowhere", path.display())));
    }
    let absolute = std::path::absolute(path).map_err(fail)?;
    match (absolute.parent(), absolute.components().next_back()) {
        (Some(parent), Some(Component::Normal(name))) => Ok(resolved(parent)?.join(name)),
        _ => Err(UserError::usage(format!("`{}` does not name a folder", path.display()))),
    }
}

/// The folder of theme files: a site in it would be read as part of the theme, and no build could follow.
const OVERRIDES: &str = "overrides";

/// A site is public: the folder with the database, the one with these records, and the one with the theme's files must not become one.
fn refuse_own_folders(out: &Path, org_dir: &Path, dot_dir: &Path) -> Result<(), UserError> {
    if org_dir.starts_with(out) || out.starts_with(dot_dir) || out.starts_with(org_dir.join(OVERRIDES)) {
        return Err(UserError::conflict(format!("`{}` holds the organization's own files, which are not public", out.display()))
            .hint("choose another folder, such as `public` in the organization's folder"));
    }
    Ok(())
}

/// Names the records of this folder. Inside the organization's folder the name depends on the way from there, so that an
/// organization can be moved or copied together with its site.
fn key(out: &Path, org_dir: &Path) -> String {
    let place = out.strip_prefix(org_dir).unwrap_or(out);
    let mut key = DigestBuilder::new().bytes(place.as_os_str().as_encoded_bytes()).finish().to_string();
    key.truncate(16);
    key
}

fn is_absent_or_empty(out: &Path) -> Result<bool, UserError> {
    let fail = |error: io::Error| write::problem("read", out, &error);
    let entries = match std::fs::read_dir(out) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(true),
        Err(error) => return Err(fail(error)),
    };
    for entry in entries {
        if entry.map_err(fail)?.file_name() != STAGING_INSIDE {
            return Ok(false);
        }
    }
    Ok(true)
}

#[cfg(test)]
mod tests {
    #![expect(clippy::disallowed_methods, reason = "tests arrange folders")]

    use std::fs;

    use super::*;

    fn org() -> (tempfile::TempDir, PathBuf) {
        let org = tempfile::tempdir().unwrap();
        let dot_dir = org.path().join(".statuary");
        (org, dot_dir)
    }

    #[test]
    fn the_lock_is_held_by_one_and_given_back() {
        let (_org, dot_dir) = org();
        let held = lock(&dot_dir).unwrap();
        let refused = lock_within(&dot_dir, Duration::from_millis(50)).unwrap_err();
        let told = (refused.kind, refused.message, refused.hint.as_deref());
        let message = format!("another build holds `{}`", dot_dir.join("lock").display());
        assert_eq!(told, (Kind::Busy, message, Some("try again when it has ended")));
        drop(held);
        assert!(lock_within(&dot_dir, Duration::ZERO).is_ok());
    }

    #[test]
    fn absent_and_empty_folders_are_fresh_and_looking_changes_nothing() {
        let (org, dot_dir) = org();
        let absent = OutputFolder::open(&org.path().join("deep/er/public"), &dot_dir, false).unwrap();
        assert!(absent.is_fresh && absent.manifest().is_empty());
        fs::create_dir(org.path().join("public")).unwrap();
        assert!(OutputFolder::open(&org.path().join("public"), &dot_dir, false).unwrap().is_fresh);
        assert_eq!(fs::read_dir(org.path()).unwrap().count(), 1);
    }

    #[test]
    fn a_foreign_folder_is_refused_unless_forced() {
        let (org, dot_dir) = org();
        let out = org.path().join("public");
        fs::create_dir(&out).unwrap();
        fs::write(out.join("notes.txt"), "mine").unwrap();
        let refused = OutputFolder::open(&out, &dot_dir, false).unwrap_err();
        assert_eq!(refused.kind, Kind::Conflict);
        let shown = out.canonicalize().unwrap();
        assert_eq!(refused.message, format!("`{}` is not empty and was not built by statuary", shown.display()));
        let forced = OutputFolder::open(&out, &dot_dir, true).unwrap();
        assert!(forced.adopts && !forced.is_fresh);
    }

    #[test]
    fn the_organizations_own_folders_are_never_the_output() {
        let (org, dot_dir) = org();
        let overrides = org.path().join("overrides");
        for out in [
            org.path().to_owned(),
            org.path().join("."),
            org.path().join("none/.."),
            dot_dir.join("x"),
            overrides.clone(),
            overrides.join("deep"),
            PathBuf::from("/"),
        ] {
            let refused = OutputFolder::open(&out, &dot_dir, true).unwrap_err();
            assert!(matches!(refused.kind, Kind::Conflict | Kind::Usage), "{}: {refused}", out.display());
        }
    }

    #[test]
    fn a_file_and_a_link_to_nowhere_are_no_folders() {
        let (org, dot_dir) = org();
        fs::write(org.path().join("file"), "").unwrap();
        assert!(OutputFolder::open(&org.path().join("file"), &dot_dir, true).unwrap_err().message.ends_with("is not a folder"));
        std::os::unix::fs::symlink("nowhere", org.path().join("link")).unwrap();
        assert!(OutputFolder::open(&org.path().join("link"), &dot_dir, true).unwrap_err().message.ends_with("leads nowhere"));
    }

    #[test]
    fn a_linked_folder_is_the_folder_it_leads_to() {
        let (org, dot_dir) = org();
        let elsewhere = tempfile::tempdir().unwrap();
        std::os::unix::fs::symlink(elsewhere.path(), org.path().join("public")).unwrap();
        let linked = OutputFolder::open(&org.path().join("public"), &dot_dir, false).unwrap();
        let direct = OutputFolder::open(elsewhere.path(), &dot_dir, false).unwrap();
        assert_eq!((linked.path(), &linked.key), (direct.path(), &direct.key));
    }

    #[test]
    fn records_follow_an_organization_that_is_moved() {
        let (first, second) = (org(), org());
        let [one, two] = [&first, &second].map(|(org, dot_dir)| OutputFolder::open(&org.path().join("public"), dot_dir, false).unwrap());
        assert_eq!(one.key, two.key);
        let other = OutputFolder::open(&first.0.path().join("preview"), &first.1, false).unwrap();
        assert_ne!(one.key, other.key);
    }

    #[test]
    fn damaged_records_are_told_and_the_folder_is_still_ours() {
        let (org, dot_dir) = org();
        let out = org.path().join("public");
        fs::create_dir(&out).unwrap();
        fs::create_dir(&dot_dir).unwrap();
        fs::write(out.join("index.html"), "old").unwrap();
        let fresh = OutputFolder::open(&org.path().join("none"), &dot_dir, false).unwrap();
        assert_eq!(fresh.notice(), None);
        let forced = OutputFolder::open(&out, &dot_dir, true).unwrap();
        fs::write(forced.manifest_path(), "rubbish").unwrap();
        let folder = OutputFolder::open(&out, &dot_dir, false).unwrap();
        assert!(folder.adopts && folder.manifest().is_empty());
        assert!(folder.notice().unwrap().contains("damaged"), "{:?}", folder.notice());
    }
}
