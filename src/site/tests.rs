//! Whole builds into real folders.
#![expect(clippy::disallowed_methods, reason = "tests arrange folders")]

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, symlink};
use std::path::{Path, PathBuf};

use rayon::prelude::*;

use super::*;
use crate::error::{Kind, UserError};

/// An organization's folder with its built site.
struct Org {
    home: tempfile::TempDir,
    out: PathBuf,
}

type Tree = BTreeMap<String, String>;

impl Org {
    fn new() -> Self {
        let home = tempfile::tempdir().unwrap();
        let out = home.path().canonicalize().unwrap().join("public");
        Self { home, out }
    }

    fn dot_dir(&self) -> PathBuf {
        self.home.path().join(".statuary")
    }

    fn build(&self, pages: &[(&str, &str)]) -> SwitchReport {
        self.try_build(pages, false).unwrap()
    }

    fn try_build(&self, pages: &[(&str, &str)], force: bool) -> Result<SwitchReport, UserError> {
        build(&self.out, &self.dot_dir(), pages, force)
    }

    fn open(&self) -> OutputFolder {
        OutputFolder::open(&self.out, &self.dot_dir(), false).unwrap()
    }

    fn tree(&self) -> Tree {
        tree(&self.out)
    }

    /// Nothing of a build is left besides its record and the lock.
    #[track_caller]
    fn assert_tidy(&self) {
        let names = fs::read_dir(self.dot_dir()).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
        let left = names.filter(|name| name != "lock" && (name.contains('.') || !name.starts_with("manifest-"))).collect::<Vec<_>>();
        assert_eq!(left, Vec::<String>::new());
    }
}

fn build(out: &Path, dot_dir: &Path, pages: &[(&str, &str)], force: bool) -> Result<SwitchReport, UserError> {
    let lock = lock(dot_dir)?;
    let folder = OutputFolder::open(out, dot_dir, force)?;
    let specs = specs(pages);
    let plan = plan(folder.manifest(), &specs);
    let stage = Stage::begin(&folder, &lock)?;
    plan.write.par_iter().try_for_each(|position| stage.put(&specs[*position].path, pages[*position].1.as_bytes()))?;
    stage.switch(&specs, &[], 42, "theme 1")
}

fn specs(pages: &[(&str, &str)]) -> Vec<PageSpec> {
    pages.iter().map(|(path, text)| PageSpec { path: path.parse().unwrap(), digest: Digest::of(text.as_bytes()), section: None }).collect()
}

/// All files, and the folders that are empty, with their text.
fn tree(folder: &Path) -> Tree {
    fn collect(folder: &Path, prefix: &str, tree: &mut Tree) {
        for entry in fs::read_dir(folder).unwrap().map(Result::unwrap) {
            let name = format!("{prefix}{}", entry.file_name().to_str().unwrap());
            if entry.path().is_dir() && entry.file_type().unwrap().is_symlink() {
                tree.insert(format!("{name}@"), String::new());
            } else if !entry.file_type().unwrap().is_dir() {
                tree.insert(name, fs::read_to_string(entry.path()).unwrap());
            } else if fs::read_dir(entry.path()).unwrap().next().is_none() {
                tree.insert(format!("{name}/"), String::new());
            } else {
                collect(&entry.path(), &format!("{name}/"), tree);
            }
        }
    }
    let mut tree = Tree::new();
    if folder.exists() {
        collect(folder, "", &mut tree);
    }
    tree
}

fn as_tree(pages: &[(&str, &str)]) -> Tree {
    pages.iter().map(|(path, text)| ((*path).to_owned(), (*text).to_owned())).collect()
}

const FIRST: &[(&str, &str)] = &[
    ("index.html", "home 1"),
    ("incidents/aa/index.html", "aa 1"),
    ("incidents/bb/index.html", "bb 1"),
    ("api/v2/status.json", "{}"),
    ("assets/style.1.css", "css 1"),
];
const SECOND: &[(&str, &str)] = &[
    ("index.html", "home 2"),
    ("incidents/aa/index.html", "aa 2"),
    ("incidents/cc/index.html", "cc 2"),
    ("api/v2/status.json", "{}"),
    ("assets/style.2.css", "css 2"),
];

#[test]
fn a_fresh_build_makes_exactly_the_pages() {
    let org = Org::new();
    let report = org.build(FIRST);
    assert_eq!(report, SwitchReport { written: 5, builds: 1, ..SwitchReport::default() });
    assert_eq!(org.tree(), as_tree(FIRST));
    org.assert_tidy();
    let folder = org.open();
    let manifest = folder.manifest();
    assert_eq!((manifest.len(), manifest.builds, manifest.revision, &*manifest.fingerprint), (5, 1, 42, "theme 1"));
    assert_eq!(
        manifest.get(&"index.html".parse().unwrap()),
        Some(Entry { digest: Some(Digest::of(b"home 1")), content: Some(Digest::of(b"home 1")), length: 6 })
    );
    assert_eq!(folder.notice(), None);
}

#[test]
fn an_empty_folder_that_was_prepared_keeps_its_mode() {
    for mode in [0o755, 0o2775, 0o700] {
        let org = Org::new();
        fs::create_dir(&org.out).unwrap();
        fs::set_permissions(&org.out, fs::Permissions::from_mode(mode)).unwrap();
        org.build(FIRST);
        assert_eq!(org.tree(), as_tree(FIRST));
        assert_eq!(fs::metadata(&org.out).unwrap().mode() & 0o7777, mode);
        org.assert_tidy();
    }
}

#[test]
fn the_next_build_touches_only_what_differs() {
    let org = Org::new();
    org.build(FIRST);
    let inode = |name: &str| fs::metadata(org.out.join(name)).unwrap().ino();
    let (kept, replaced) = (inode("api/v2/status.json"), inode("index.html"));
    let report = org.build(SECOND);
    assert_eq!(report, SwitchReport { written: 4, unchanged: 0, kept: 1, removed: 2, builds: 2 });
    assert_eq!(org.tree(), as_tree(SECOND));
    assert_eq!(inode("api/v2/status.json"), kept);
    assert_ne!(inode("index.html"), replaced);
    org.assert_tidy();

    let manifest_before = fs::metadata(org.open().manifest_path()).unwrap().ino();
    assert_eq!(org.build(SECOND), SwitchReport { kept: 5, builds: 2, ..SwitchReport::default() });
    assert_eq!(fs::metadata(org.open().manifest_path()).unwrap().ino(), manifest_before);
}

#[test]
fn the_same_bytes_from_other_inputs_leave_the_file_alone() {
    let org = Org::new();
    org.build(FIRST);
    let before = fs::metadata(org.out.join("index.html")).unwrap();
    let (lock, folder) = (lock(&org.dot_dir()).unwrap(), org.open());
    let mut pages = specs(FIRST);
    pages[0].digest = Digest::of(b"other inputs");
    assert_eq!(plan(folder.manifest(), &pages).write, [0]);
    let stage = Stage::begin(&folder, &lock).unwrap();
    stage.put(&pages[0].path, b"home 1").unwrap();
    let report = stage.switch(&pages, &[], 43, "").unwrap();
    assert_eq!(report, SwitchReport { unchanged: 1, kept: 4, builds: 1, ..SwitchReport::default() });
    let after = fs::metadata(org.out.join("index.html")).unwrap();
    assert_eq!((before.ino(), before.mtime_nsec()), (after.ino(), after.mtime_nsec()));
    assert_eq!(plan(org.open().manifest(), &pages).keep, 5);
    assert_eq!(org.open().manifest().revision, 43);
    org.assert_tidy();
}

/// Leaves the disk as a kill does after the pending list and `done` of the renames.
fn kill_half_way(org: &Org, done: &[(&str, &str)]) {
    let folder = org.open();
    let touched = specs(SECOND).into_iter().map(|page| page.path).chain(plan(folder.manifest(), &specs(SECOND)).remove);
    let touched = touched.collect::<Vec<_>>();
    fs::write(folder.pending_path(), manifest::pending_to_bytes(touched.iter(), &folder.key)).unwrap();
    fs::write(folder.manifest_path().with_extension("new"), "half").unwrap();
    fs::create_dir_all(org.dot_dir().join("staging/deep")).unwrap();
    fs::write(org.dot_dir().join("staging/deep/0"), "half").unwrap();
    fs::create_dir_all(org.out.join("incidents/cc")).unwrap();
    for (path, text) in done {
        fs::write(org.out.join(path), text).unwrap();
    }
}

#[test]
fn a_killed_switch_is_completed_by_the_next_build() {
    let done = [("assets/style.2.css", "css 2"), ("incidents/cc/index.html", "cc 2"), ("incidents/aa/index.html", "aa 2")];
    for moved in 0..=done.len() {
        for next in [SECOND, FIRST, &[("index.html", "home 3")]] {
            let org = Org::new();
            org.build(FIRST);
            kill_half_way(&org, &done[..moved]);
            assert!(org.open().notice().unwrap().contains("cut short"));
            org.build(next);
            assert_eq!(org.tree(), as_tree(next), "{moved} files moved");
            org.assert_tidy();
            assert_eq!(org.build(next).kept, next.len());
        }
    }
}

#[test]
fn a_first_build_killed_after_its_rename_is_still_ours() {
    let org = Org::new();
    org.build(FIRST);
    fs::remove_file(org.open().manifest_path()).unwrap();
    let paths = specs(FIRST).into_iter().map(|page| page.path).collect::<Vec<_>>();
    let forced = OutputFolder::open(&org.out, &org.dot_dir(), true).unwrap();
    fs::write(forced.pending_path(), manifest::pending_to_bytes(paths.iter(), &forced.key)).unwrap();
    assert_eq!(org.build(SECOND).removed, 2);
    assert_eq!(org.tree(), as_tree(SECOND));
}

#[test]
fn a_damaged_record_costs_a_rebuild_and_no_question() {
    let org = Org::new();
    org.build(FIRST);
    fs::write(org.out.join("notes.txt"), "mine").unwrap();
    fs::write(org.open().manifest_path(), "rubbish").unwrap();
    assert!(org.open().notice().unwrap().contains("damaged"));
    org.build(SECOND);
    let tree = org.tree();
    assert!(as_tree(SECOND).iter().all(|(path, text)| tree.get(path) == Some(text)));
    assert_eq!(tree["notes.txt"], "mine");
    assert_eq!(org.open().notice(), None);
}

#[test]
fn a_record_of_another_version_is_said_to_be_one_and_costs_a_rebuild() {
    let org = Org::new();
    org.build(FIRST);
    let text = format!("statuary-manifest 2\nfolder {}\nin a form of its own\n", org.open().key);
    fs::write(org.open().manifest_path(), format!("{text}end {}\n", Digest::of(text.as_bytes()))).unwrap();
    let notice = format!(
        "the record of the last build of `{}` is of another version of statuary; every page is made again, and files of pages that are \
         gone may stay",
        org.out.display()
    );
    assert_eq!(org.open().notice(), Some(notice.as_str()));
    org.build(SECOND);
    let tree = org.tree();
    assert!(as_tree(SECOND).iter().all(|(path, text)| tree.get(path) == Some(text)));
    assert_eq!(org.open().notice(), None);
}

#[test]
fn a_record_that_cannot_be_read_stops_the_build() {
    let org = Org::new();
    org.build(FIRST);
    let record = org.open().manifest_path();
    fs::remove_file(&record).unwrap();
    fs::create_dir(&record).unwrap();
    let refused = org.try_build(SECOND, true).unwrap_err();
    assert!(refused.message.starts_with("cannot read `") && refused.message.contains("/.statuary/manifest-"), "{refused}");
    assert_eq!(org.tree(), as_tree(FIRST));
}

#[test]
fn a_foreign_folder_is_left_alone_until_forced() {
    let org = Org::new();
    fs::create_dir(&org.out).unwrap();
    fs::write(org.out.join("index.html"), "theirs").unwrap();
    fs::write(org.out.join("notes.txt"), "theirs").unwrap();
    let before = org.tree();
    assert_eq!(org.try_build(FIRST, false).unwrap_err().kind, Kind::Conflict);
    assert_eq!(org.tree(), before);
    org.try_build(FIRST, true).unwrap();
    let mut expected = as_tree(FIRST);
    expected.insert("notes.txt".into(), "theirs".into());
    assert_eq!(org.tree(), expected);
    org.build(SECOND);
    assert_eq!(org.tree()["notes.txt"], "theirs");
}

#[test]
fn a_strangers_file_where_a_new_page_goes_stops_the_build() {
    let org = Org::new();
    org.build(FIRST);
    fs::create_dir_all(org.out.join("incidents/cc")).unwrap();
    fs::write(org.out.join("incidents/cc/index.html"), "theirs").unwrap();
    let before = org.tree();
    let refused = org.try_build(SECOND, false).unwrap_err();
    assert_eq!(refused.kind, Kind::Conflict);
    assert!(refused.message.ends_with("cc/index.html` is in the way and was not built by statuary"), "{refused}");
    assert_eq!(org.tree(), before);
    org.assert_tidy();
    org.try_build(SECOND, true).unwrap();
    assert_eq!(org.tree(), as_tree(SECOND));
}

#[test]
fn a_folder_that_was_emptied_is_built_anew() {
    let org = Org::new();
    org.build(FIRST);
    fs::remove_dir_all(&org.out).unwrap();
    assert_eq!(org.build(FIRST), SwitchReport { written: 5, builds: 2, ..SwitchReport::default() });
    assert_eq!(org.tree(), as_tree(FIRST));
    fs::remove_file(org.out.join("index.html")).unwrap();
    fs::remove_file(org.out.join("incidents/aa/index.html")).unwrap();
    org.build(FIRST);
    assert_eq!(org.tree(), as_tree(FIRST));
}

#[test]
fn a_link_at_a_pages_place_is_replaced_and_never_followed() {
    let org = Org::new();
    org.build(FIRST);
    let target = org.home.path().join("precious");
    for (page, is_removed) in [("incidents/aa/index.html", false), ("incidents/bb/index.html", true)] {
        fs::write(&target, "aa 2").unwrap();
        fs::remove_file(org.out.join(page)).unwrap();
        symlink(&target, org.out.join(page)).unwrap();
        assert_ne!(is_removed, SECOND.iter().any(|(path, _)| *path == page));
    }
    org.build(SECOND);
    assert_eq!(fs::read_to_string(&target).unwrap(), "aa 2");
    assert!(fs::symlink_metadata(org.out.join("incidents/aa/index.html")).unwrap().is_file());
    assert_eq!(org.tree(), as_tree(SECOND));
}

#[test]
fn a_linked_folder_inside_is_refused_by_name() {
    let (org, elsewhere) = (Org::new(), tempfile::tempdir().unwrap());
    org.build(FIRST);
    for next in [SECOND, &[("index.html", "home 3")]] {
        let (live, away) = (org.out.join("incidents"), elsewhere.path().join("incidents"));
        fs::rename(&live, &away).unwrap();
        symlink(&away, &live).unwrap();
        let before = (org.tree(), tree(&away));
        let refused = org.try_build(next, false).unwrap_err();
        assert_eq!(refused.kind, Kind::Conflict);
        assert!(refused.message.contains("public/incidents` is a link"), "{refused}");
        assert_eq!((org.tree(), tree(&away)), before);
        org.assert_tidy();
        fs::remove_file(&live).unwrap();
        fs::rename(&away, &live).unwrap();
    }
}

#[test]
fn a_linked_output_folder_is_built_where_it_leads() {
    let (org, elsewhere) = (Org::new(), tempfile::tempdir().unwrap());
    symlink(elsewhere.path(), &org.out).unwrap();
    org.build(FIRST);
    org.build(SECOND);
    assert!(fs::symlink_metadata(&org.out).unwrap().is_symlink());
    assert_eq!(tree(elsewhere.path()), as_tree(SECOND));
}

#[test]
fn files_become_folders_and_folders_files() {
    let flat: &[(&str, &str)] = &[("index.html", "home"), ("x", "flat"), ("y", "flat")];
    let deep: &[(&str, &str)] = &[("index.html", "home"), ("x/a/b", "deep"), ("x/c", "deep"), ("y", "flat")];
    let org = Org::new();
    for (pages, removed) in [(flat, 0), (deep, 1), (flat, 2), (deep, 1)] {
        assert_eq!(org.build(pages).removed, removed);
        assert_eq!(org.tree(), as_tree(pages));
        org.assert_tidy();
    }
    fs::write(org.out.join("x/a/mine"), "theirs").unwrap();
    let before = org.tree();
    let refused = org.try_build(flat, false).unwrap_err();
    assert!(refused.message.contains("x/a/mine` is in the way"), "{refused}");
    assert_eq!(org.tree(), before);
}

#[test]
fn a_swap_that_was_killed_is_completed_too() {
    let flat: &[(&str, &str)] = &[("index.html", "home"), ("x", "flat")];
    let deep: &[(&str, &str)] = &[("index.html", "home"), ("x/c", "deep")];
    let pending = ["x", "x/c"].map(|path| path.parse().unwrap());
    for (old, new) in [(flat, deep), (deep, flat)] {
        for killed_with in [old, new] {
            let org = Org::new();
            org.build(killed_with);
            fs::write(org.open().pending_path(), manifest::pending_to_bytes(pending.iter(), &org.open().key)).unwrap();
            org.build(new);
            assert_eq!(org.tree(), as_tree(new));
            org.assert_tidy();
        }
    }
}

#[test]
fn removed_pages_take_their_empty_folders_along_but_nothing_else() {
    let org = Org::new();
    org.build(FIRST);
    fs::write(org.out.join("api/mine.txt"), "theirs").unwrap();
    org.build(&[("index.html", "home 3")]);
    assert_eq!(org.tree(), as_tree(&[("index.html", "home 3"), ("api/mine.txt", "theirs")]));
}

#[test]
fn a_failure_while_staging_leaves_the_site_byte_for_byte() {
    let org = Org::new();
    org.build(FIRST);
    let (before, records) = (org.tree(), tree(&org.dot_dir()));
    let (lock, folder) = (lock(&org.dot_dir()).unwrap(), org.open());
    let stage = Stage::begin(&folder, &lock).unwrap();
    let pages = specs(SECOND);
    stage.put(&pages[0].path, b"home 2").unwrap();
    fs::remove_dir_all(&stage.root).unwrap();
    let refused = stage.put(&pages[1].path, b"aa 2").unwrap_err();
    let live = org.out.join("incidents/aa/index.html");
    assert_eq!(refused.message, format!("cannot write `{}`: no such file or directory", live.display()));
    drop(stage);
    assert_eq!((org.tree(), tree(&org.dot_dir())), (before, records));
}

#[test]
fn a_failure_before_the_first_rename_leaves_the_site_byte_for_byte() {
    let org = Org::new();
    org.build(FIRST);
    let before = org.tree();
    let (lock, folder) = (lock(&org.dot_dir()).unwrap(), org.open());
    // The pending list cannot be written.
    fs::create_dir(folder.pending_path().with_extension("new")).unwrap();
    let stage = Stage::begin(&folder, &lock).unwrap();
    let pages = specs(SECOND);
    for (page, (_, text)) in pages.iter().zip(SECOND) {
        stage.put(&page.path, text.as_bytes()).unwrap();
    }
    let refused = stage.switch(&pages, &[], 1, "").unwrap_err();
    assert!(refused.message.starts_with("cannot write `"), "{refused}");
    assert_eq!(org.tree(), before);
    fs::remove_dir(folder.pending_path().with_extension("new")).unwrap();
    org.assert_tidy();
    drop(lock);
    org.build(SECOND);
    assert_eq!(org.tree(), as_tree(SECOND));
}

#[test]
fn a_failing_rename_says_so_and_the_next_build_completes_it() {
    let org = Org::new();
    org.build(FIRST);
    let (held, folder) = (lock(&org.dot_dir()).unwrap(), org.open());
    let stage = Stage::begin(&folder, &held).unwrap();
    let pages = specs(SECOND);
    for (page, (_, text)) in pages.iter().zip(SECOND).filter(|(page, _)| page.path.as_str() != "api/v2/status.json") {
        stage.put(&page.path, text.as_bytes()).unwrap();
    }
    // A folder appears where the home page goes, after everything was looked at.
    fs::remove_file(org.out.join("index.html")).unwrap();
    fs::create_dir(org.out.join("index.html")).unwrap();
    let refused = stage.switch(&pages, &[], 1, "").unwrap_err();
    assert!(refused.message.ends_with("public/index.html`: is a directory"), "{refused}");
    assert_eq!(refused.hint.as_deref(), Some("every file of the site is whole; the next build completes this one"));
    // The home page was last, nothing was removed before it.
    let tree = org.tree();
    assert_eq!((&*tree["incidents/cc/index.html"], &*tree["incidents/bb/index.html"]), ("cc 2", "bb 1"));
    drop(held);
    fs::remove_dir(org.out.join("index.html")).unwrap();
    org.build(SECOND);
    assert_eq!(org.tree(), as_tree(SECOND));
    org.assert_tidy();
}

#[test]
fn pages_and_what_was_put_must_agree() {
    let org = Org::new();
    let (held, folder) = (lock(&org.dot_dir()).unwrap(), org.open());
    let pages = specs(FIRST);
    let put = |paths: &[usize]| {
        let stage = Stage::begin(&folder, &held).unwrap();
        for position in paths {
            stage.put(&pages[*position].path, b"x").unwrap();
        }
        stage
    };
    assert_eq!(put(&[0]).switch(&pages[..2], &[], 1, "").unwrap_err().message, "page `incidents/aa/index.html` was planned and not made");
    assert!(put(&[0, 1]).switch(&pages[..1], &[], 1, "").unwrap_err().message.contains("not planned"));
    let twice = [pages[0].clone(), pages[0].clone()];
    assert!(put(&[0]).switch(&twice, &[], 1, "").is_err());
    assert!(!org.out.exists());
}

#[test]
fn a_page_cannot_be_a_folder_of_pages_as_well() {
    for old in [&[][..], &[("index.html", "home")], &[("index.html", "home"), ("x", "1")]] {
        let org = Org::new();
        if !old.is_empty() {
            org.build(old);
        }
        let before = org.tree();
        assert!(org.try_build(&[("index.html", "home"), ("x", "1"), ("x/y", "2")], false).is_err());
        assert_eq!(org.tree(), before);
    }
}

#[test]
fn two_output_folders_of_one_organization_do_not_mix() {
    let org = Org::new();
    let preview = org.home.path().join("preview");
    org.build(FIRST);
    build(&preview, &org.dot_dir(), SECOND, false).unwrap();
    assert_eq!((org.tree(), tree(&preview)), (as_tree(FIRST), as_tree(SECOND)));
    org.build(SECOND);
    build(&preview, &org.dot_dir(), FIRST, false).unwrap();
    assert_eq!((org.tree(), tree(&preview)), (as_tree(SECOND), as_tree(FIRST)));
}

#[test]
fn an_organization_moves_with_its_site() {
    let org = Org::new();
    org.build(FIRST);
    let moved = Org::new();
    for name in ["public", ".statuary"] {
        fs::rename(org.home.path().join(name), moved.home.path().join(name)).unwrap();
    }
    assert_eq!(moved.build(FIRST).kept, 5);
}

#[test]
fn a_build_by_many_threads_misses_no_page() {
    let org = Org::new();
    let texts = (0..2000).map(|number| (format!("incidents/{number}/deep/er/index.html"), number.to_string())).collect::<Vec<_>>();
    let pages = texts.iter().map(|(path, text)| (path.as_str(), text.as_str())).collect::<Vec<_>>();
    assert_eq!(org.build(&pages).written, 2000);
    assert_eq!(org.tree(), as_tree(&pages));
    let other = texts.iter().map(|(path, _)| (path.as_str(), "other")).collect::<Vec<_>>();
    assert_eq!(org.build(&other).written, 2000);
    assert_eq!(org.tree(), as_tree(&other));
}
