//! The example organization, carried in the program for `statuary demo`.

use crate::error::UserError;
use crate::import::dump::{self, Restored};

/// Takes files of the example's folder into the program.
macro_rules! embed {
    ($($path:literal),* $(,)?) => { &[$(($path, include_bytes!(concat!("../../example-org/", $path)))),*] };
}

/// What the example's dump records.
///
/// # Errors
/// Bad input where the dump is none, which a test forbids.
pub fn record() -> Result<Restored, UserError> {
    let dump = FILES.iter().find(|(path, _)| *path == "dump.json").map(|(_, bytes)| String::from_utf8_lossy(bytes));
    let dump = dump.ok_or_else(|| UserError::failed("the example organization is not in this binary"))?;
    dump::read(&dump, "dump.json")
}

/// Paths within the folder, `/` between their parts, and what the files hold.
pub const FILES: &[(&str, &[u8])] = embed![
    ".gitignore",
    "README.md",
    "dump.json",
    "org.toml",
    "overrides/words/en.toml",
    "templates/outage.md",
    "templates/slow.md",
    "templates/upgrade.md",
];

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::path::Path;

    use super::*;

    /// What a build in the folder leaves there; it is not part of the example.
    const MADE: &[&str] = &[".statuary", "org.db", "org.db-journal", "public"];

    fn collect(folder: &Path, prefix: &str, found: &mut BTreeMap<String, Vec<u8>>) {
        for entry in std::fs::read_dir(folder).unwrap() {
            let entry = entry.unwrap();
            let name = entry.file_name().into_string().unwrap();
            let path = format!("{prefix}{name}");
            if MADE.contains(&path.as_str()) {
            } else if entry.file_type().unwrap().is_dir() {
                collect(&entry.path(), &format!("{path}/"), found);
            } else {
                found.insert(path, std::fs::read(entry.path()).unwrap());
            }
        }
    }

    #[test]
    fn the_table_is_the_folder() {
        let mut folder = BTreeMap::new();
        collect(&Path::new(env!("CARGO_MANIFEST_DIR")).join("example-org"), "", &mut folder);
        let table: BTreeMap<String, Vec<u8>> = FILES.iter().map(|(path, bytes)| ((*path).to_owned(), bytes.to_vec())).collect();
        assert_eq!(table.len(), FILES.len());
        assert_eq!(table.keys().collect::<Vec<_>>(), folder.keys().collect::<Vec<_>>());
        assert!(table == folder, "a file of the table differs from the folder's");
    }
}
