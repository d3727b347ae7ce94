//! Where files are staged: somewhere they can be renamed from into the output folder.

use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};

use super::folder::{OutputFolder, STAGING_INSIDE};
use super::write;
use crate::error::UserError;

/// Makes an empty staging folder on the output folder's file system, after removing what a killed build left in any place used
/// for it.
pub(super) fn make(folder: &OutputFolder) -> Result<(PathBuf, File), UserError> {
    let places = places(folder);
    for (place, _) in &places {
        write::remove_tree(place).map_err(|error| write::problem("remove", place, &error))?;
    }
    let mut first_problem = None;
    for (place, _) in places.iter().filter(|(place, neighbour)| shares_mount(write::parent(place), neighbour)) {
        match write::make_folder(place).and_then(|_| File::open(place)) {
            Ok(handle) => return Ok((place.clone(), handle)),
            Err(error) => first_problem = first_problem.or_else(|| Some(write::problem("make", place, &error))),
        }
    }
    Err(first_problem
        .unwrap_or_else(|| UserError::failed(format!("cannot stage files for `{}`: nowhere to put them", folder.out.display()))))
}

/// The possible places, best first, each with the folder whose file system it has to share.
fn places(folder: &OutputFolder) -> Vec<(PathBuf, PathBuf)> {
    let out = &folder.out;
    let ground = out.ancestors().find(|folder| folder.is_dir()).unwrap_or(out).to_owned();
    let beside = if ground == *out { write::parent(out) } else { &ground };
    let mut name = std::ffi::OsString::from(".");
    name.push(out.file_name().unwrap_or_default());
    name.push(format!(".staging-{}", folder.key));
    let mut places = vec![(folder.dot_dir.join("staging"), ground.clone()), (beside.join(name), ground.clone())];
    if ground == *out {
        // A mount point: nothing outside it can be renamed into it.
        places.push((out.join(STAGING_INSIDE), ground));
    }
    places
}

/// Whether files can be renamed from one folder into the other: same file system, reached through the same mount.
#[cfg(target_os = "linux")]
fn shares_mount(one: &Path, other: &Path) -> bool {
    use rustix::fs::{AtFlags, CWD, StatxFlags, statx};
    let mount = |path: &Path| -> io::Result<_> {
        let found = statx(CWD, path, AtFlags::empty(), StatxFlags::BASIC_STATS | StatxFlags::MNT_ID)?;
        Ok((found.stx_dev_major, found.stx_dev_minor, found.stx_mnt_id))
    };
    matches!((mount(one), mount(other)), (Ok(one), Ok(other)) if one == other)
}

/// Whether files can be renamed from one folder into the other.
#[cfg(not(target_os = "linux"))]
fn shares_mount(one: &Path, other: &Path) -> bool {
    use std::os::unix::fs::MetadataExt as _;
    let device = |path: &Path| -> io::Result<_> { Ok(path.metadata()?.dev()) };
    matches!((device(one), device(other)), (Ok(one), Ok(other)) if one == other)
}

#[cfg(test)]
mod tests {
    #![expect(clippy::disallowed_methods, reason = "tests arrange folders")]

    use std::fs;

    use super::*;

    #[test]
    fn the_dot_folder_is_used_where_it_can_be_and_leftovers_go_everywhere() {
        let org = tempfile::tempdir().unwrap();
        let root = org.path().canonicalize().unwrap();
        let out = root.join("public");
        fs::create_dir_all(out.join(STAGING_INSIDE)).unwrap();
        let folder = OutputFolder::open(&out, &root.join(".statuary"), false).unwrap();
        let beside = root.join(format!(".public.staging-{}", folder.key));
        fs::create_dir_all(beside.join("left/over")).unwrap();
        fs::create_dir_all(root.join(".statuary/staging/left")).unwrap();
        let (place, _) = make(&folder).unwrap();
        assert_eq!(place, root.join(".statuary/staging"));
        assert_eq!(fs::read_dir(&place).unwrap().count(), 0);
        assert!(!beside.exists() && !out.join(STAGING_INSIDE).exists());
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn another_file_system_is_noticed() {
        assert!(!shares_mount(Path::new("/proc"), Path::new("/")));
        assert!(shares_mount(Path::new("/"), Path::new("/")));
        assert!(!shares_mount(Path::new("/no/such/folder"), Path::new("/")));
    }

    #[test]
    fn an_output_folder_elsewhere_is_staged_beside_it() {
        let (org, memory) = (tempfile::tempdir().unwrap(), Path::new("/dev/shm"));
        if !memory.is_dir() || shares_mount(org.path(), memory) {
            // Nothing to tell apart on this machine.
            return;
        }
        let other = tempfile::tempdir_in(memory).unwrap();
        let out = other.path().join("public");
        fs::create_dir(org.path().join(".statuary")).unwrap();
        let folder = OutputFolder::open(&out, &org.path().join(".statuary"), false).unwrap();
        let (place, _) = make(&folder).unwrap();
        assert_eq!(place, other.path().join(format!(".public.staging-{}", folder.key)));
    }
}
