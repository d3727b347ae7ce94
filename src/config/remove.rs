//! Taking an organization's folder out of its workspace: everything people made in it into one archive, and then the folder away.
//!
//! The archive is durable before anything is deleted, and the folder leaves the workspace by one rename: whoever is killed in between leaves
//! the organization whole or the archive whole, and perhaps a folder that is deleted the next time.

#![expect(clippy::disallowed_methods, reason = "this room writes files; here, whole and durable, and removes them after that")]

use std::fs::{self, File, Metadata, OpenOptions};
use std::io::{self, BufWriter, Read, Write};
use std::path::{Path, PathBuf};

use tar::{Builder, EntryType, Header};

use crate::config::write::{cannot, sync_folder};
use crate::config::{OrgFolder, REMOVED};
use crate::domain::PublicId;
use crate::error::UserError;

/// What is made anew from the rest, and so is in no archive.
const DERIVED: [&str; 2] = ["public", ".statuary"];

/// What a copy of the database stands for.
const DATABASE: [&str; 2] = ["org.db", "org.db-journal"];

/// Puts everything people made in the folder into the new file `archive`, readable by its owner only: all but the built site, with
/// `database`, a copy, in the place of org.db where there is one. Links are kept as links, whatever they lead to.
///
/// # Errors
/// A conflict where `archive` exists; failed where something cannot be read or written. There is no `archive` then.
pub fn archive_org(folder: &OrgFolder, database: Option<&Path>, archive: &Path) -> Result<(), UserError> {
    if fs::symlink_metadata(archive).is_ok() {
        return Err(UserError::conflict(format!("`{}` exists already", archive.display())).hint("move it away"));
    }
    let draft = workspace_of(folder).join(format!(".{}.tmp", PublicId::random()?));
    let written = pack(folder, database, &draft).and_then(|()| {
        let placed = fs::rename(&draft, archive).and_then(|()| sync_folder(workspace_of(folder)));
        placed.map_err(|error| cannot("write", archive, &error))
    });
    if written.is_err() {
        drop(fs::remove_file(&draft));
    }
    written
}

/// Takes the folder out of its workspace at once, and deletes it, together with what an earlier deletion could not finish. Gives what is left
/// of it and why, where something is.
///
/// # Errors
/// Failed where it cannot be taken out; it is whole then.
pub fn delete_org(folder: &OrgFolder) -> Result<Option<String>, UserError> {
    let workspace = workspace_of(folder);
    let gone = workspace.join(format!("{REMOVED}{}-{}", folder.slug, PublicId::random()?));
    let renamed = fs::rename(&folder.dir, &gone).and_then(|()| sync_folder(workspace));
    renamed.map_err(|error| cannot("remove", &folder.dir, &error))?;
    let mut left = None;
    for path in leftovers(workspace) {
        match fs::remove_dir_all(&path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => left = Some(cannot("delete", &path, &error).message),
            _ => {}
        }
    }
    Ok(left)
}

/// Folders of removed organizations that are still there.
fn leftovers(workspace: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(workspace).into_iter().flatten().flatten();
    let removed = entries.filter(|entry| entry.file_name().as_encoded_bytes().starts_with(REMOVED.as_bytes()));
    removed.map(|entry| entry.path()).collect()
}

fn workspace_of(folder: &OrgFolder) -> &Path {
    folder.dir.parent().unwrap_or(Path::new("."))
}

fn pack(folder: &OrgFolder, database: Option<&Path>, draft: &Path) -> Result<(), UserError> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt;
        options.mode(0o600);
    }
    let file = options.open(draft).map_err(|error| cannot("write", draft, &error))?;
    let mut tar = Builder::new(BufWriter::new(file));
    let inside = Path::new(folder.slug.as_str());
    let metadata = fs::metadata(&folder.dir).map_err(|error| cannot("read", &folder.dir, &error))?;
    add(&mut tar, inside, &folder.dir, &metadata)?;
    if let Some(database) = database {
        let metadata = fs::metadata(database).map_err(|error| cannot("read", database, &error))?;
        add(&mut tar, &inside.join("org.db"), database, &metadata)?;
    }
    add_folder(&mut tar, inside, &folder.dir, &|name| {
        DERIVED.iter().any(|derived| name == *derived) || (database.is_some() && DATABASE.iter().any(|file| name == *file))
    })?;
    let finished = tar.into_inner().and_then(|mut writer| {
        writer.flush()?;
        writer.get_ref().sync_all()
    });
    finished.map_err(|error| cannot("write", draft, &error))
}

/// Adds what is in a folder, but for the names that are to be left out.
fn add_folder(
    tar: &mut Builder<BufWriter<File>>,
    inside: &Path,
    folder: &Path,
    is_left_out: &dyn Fn(&Path) -> bool,
) -> Result<(), UserError> {
    let entries = fs::read_dir(folder).and_then(Iterator::collect::<io::Result<Vec<_>>>);
    let mut entries = entries.map_err(|error| cannot("read", folder, &error))?;
    entries.sort_by_key(fs::DirEntry::file_name);
    for entry in entries.iter().filter(|entry| !is_left_out(Path::new(&entry.file_name()))) {
        let (path, inside) = (entry.path(), inside.join(entry.file_name()));
        let metadata = fs::symlink_metadata(&path).map_err(|error| cannot("read", &path, &error))?;
        add(tar, &inside, &path, &metadata)?;
        if metadata.is_dir() {
            add_folder(tar, &inside, &path, &|_| false)?;
        }
    }
    Ok(())
}

/// Adds one file, folder or link; sockets and the like hold nothing that could be kept.
fn add(tar: &mut Builder<BufWriter<File>>, inside: &Path, path: &Path, metadata: &Metadata) -> Result<(), UserError> {
    let mut header = Header::new_gnu();
    header.set_metadata(metadata);
    let added = if metadata.is_symlink() {
        header.set_entry_type(EntryType::Symlink);
        header.set_size(0);
        fs::read_link(path).and_then(|target| tar.append_link(&mut header, inside, target))
    } else if metadata.is_dir() {
        header.set_size(0);
        tar.append_data(&mut header, inside, io::empty())
    } else if metadata.is_file() {
        File::open(path).and_then(|file| {
            let mut whole = Whole { file: file.take(metadata.len()), missing: metadata.len() };
            tar.append_data(&mut header, inside, &mut whole)
        })
    } else {
        Ok(())
    };
    added.map_err(|error| cannot("keep", path, &error))
}

/// A file that is as long as was announced, or an error: an archive must not be put out of step by one that shrinks.
struct Whole {
    file: io::Take<File>,
    missing: u64,
}

impl Read for Whole {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.file.read(buffer)?;
        self.missing = self.missing.saturating_sub(read as u64);
        if read == 0 && self.missing > 0 && !buffer.is_empty() {
            return Err(io::Error::other("it changed while it was read"));
        }
        Ok(read)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::os::unix::fs::{PermissionsExt, symlink};

    use super::*;
    use crate::config::{NewOrg, create_org_folder, init_workspace, write_file};

    /// A workspace with `acme`, and what is in it: words, a link out, and what is derived.
    fn acme() -> (tempfile::TempDir, OrgFolder) {
        let temp = tempfile::tempdir().unwrap();
        let root = fs::canonicalize(temp.path()).unwrap().join("w");
        init_workspace(&root).unwrap();
        let new = NewOrg { name: "A".into(), url: None, time_zone: None };
        let folder = create_org_folder(&root, &"acme".parse().unwrap(), &new, |_| Ok::<(), UserError>(())).unwrap();
        for (path, text) in [("org.db", "raw"), ("overrides/words/en.toml", "a"), ("public/index.html", "b"), (".statuary/lock", "")] {
            let path = folder.dir.join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            write_file(&path, text.as_bytes()).unwrap();
        }
        write_file(&temp.path().join("secret"), b"outside").unwrap();
        symlink(temp.path().join("secret"), folder.dir.join("overrides/link")).unwrap();
        symlink(temp.path(), folder.dir.join("out")).unwrap();
        (temp, folder)
    }

    /// Names in an archive, each with its content or where it leads.
    fn read(archive: &Path) -> BTreeMap<String, String> {
        let mut tar = tar::Archive::new(File::open(archive).unwrap());
        let entries = tar.entries().unwrap().map(|entry| {
            let mut entry = entry.unwrap();
            let mut text = String::new();
            entry.read_to_string(&mut text).unwrap();
            let link = entry.link_name().unwrap().map(|link| format!("-> {}", link.display()));
            (entry.path().unwrap().display().to_string(), link.unwrap_or(text))
        });
        entries.collect()
    }

    #[test]
    fn an_archive_holds_what_people_made_and_no_link_is_followed() {
        let (temp, folder) = acme();
        let copy = temp.path().join("copy");
        write_file(&copy, b"copy").unwrap();
        let archive = temp.path().join("w/acme.tar");
        archive_org(&folder, Some(&copy), &archive).unwrap();
        assert_eq!(fs::metadata(&archive).unwrap().permissions().mode() & 0o777, 0o600);
        let mut found = read(&archive);
        assert!(found.remove("acme/org.toml").unwrap().contains("name"));
        let outside = temp.path().display();
        let expected = [
            ("acme", String::new()),
            ("acme/org.db", "copy".to_owned()),
            ("acme/out", format!("-> {outside}")),
            ("acme/overrides", String::new()),
            ("acme/overrides/link", format!("-> {outside}/secret")),
            ("acme/overrides/words", String::new()),
            ("acme/overrides/words/en.toml", "a".to_owned()),
        ];
        found.retain(|name, _| name != "acme/.gitignore");
        assert_eq!(found, expected.map(|(name, text)| (name.to_owned(), text)).into());
        let error = archive_org(&folder, None, &archive).unwrap_err();
        assert_eq!(error.kind, crate::error::Kind::Conflict);
        let other = temp.path().join("w/other.tar");
        archive_org(&folder, None, &other).unwrap();
        assert_eq!(read(&other)["acme/org.db"], "raw");
    }

    #[test]
    fn a_deleted_folder_takes_nothing_else_with_it_but_what_was_left_before() {
        let (temp, folder) = acme();
        let left = temp.path().join("w/.removed-old-x");
        fs::create_dir_all(left.join("public")).unwrap();
        assert_eq!(delete_org(&folder).unwrap(), None);
        assert!(!folder.dir.exists() && !left.exists());
        assert_eq!(fs::read_to_string(temp.path().join("secret")).unwrap(), "outside");
        assert!(delete_org(&folder).is_err());
    }

    #[test]
    fn a_file_that_shrinks_is_an_error() {
        let (temp, folder) = acme();
        let path = folder.dir.join("org.toml");
        let metadata = fs::metadata(&path).unwrap();
        write_file(&path, b"").unwrap();
        let file = File::create(temp.path().join("x.tar")).unwrap();
        let error = add(&mut Builder::new(BufWriter::new(file)), Path::new("a"), &path, &metadata).unwrap_err();
        assert!(error.message.ends_with("it changed while it was read"), "{error}");
    }
}
