//! A built site, ready to be taken elsewhere: which files it has, with digests of their bytes.

use std::fmt;
use std::path::{Path, PathBuf};

use crate::error::{UserError, reason};
use crate::publish::headers::HeaderRules;
use crate::site::{Digest, Generation, OutputFolder, SitePath};

/// A built site as its manifest lists it.
#[derive(Clone, Debug)]
pub struct Parcel {
    /// Id of the page, by which a target knows whose site it holds.
    pub site: String,
    /// The folder.
    pub root: PathBuf,
    /// Its identity.
    pub generation: Generation,
    /// In the order of paths.
    pub files: Vec<File>,
    /// Which headers its files are to have.
    pub headers: HeaderRules,
}

/// One file of a site.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct File {
    /// Where it lies.
    pub path: SitePath,
    /// Digest of its bytes.
    pub content: Digest,
    /// Its length in bytes.
    pub length: u64,
}

/// A file is not any more as it was when the parcel was made.
#[derive(Debug)]
pub struct Changed(pub SitePath);

impl fmt::Display for Changed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}` of the built site has changed while it was published", self.0)
    }
}

impl std::error::Error for Changed {}

/// Where the header rules of a site stand.
const HEADERS: &str = "_headers";

impl Parcel {
    /// The site that was built into `out` by the organization with this dot folder, whose page has the id `site`.
    ///
    /// # Errors
    /// Not found where nothing was built there; conflict where its last build was cut short; failed where the disk refuses.
    pub fn of(out: &Path, dot_dir: &Path, site: &str) -> Result<Self, UserError> {
        let nothing =
            || UserError::not_found(format!("`{}` holds no built site", out.display())).hint("build it first with `statuary build`");
        if !out.is_dir() {
            return Err(nothing());
        }
        let mut folder = OutputFolder::open(out, dot_dir, false)?;
        folder.read_sections(|_| true)?;
        let mut files = Vec::with_capacity(folder.manifest().len());
        for (path, entry) in folder.manifest().pages() {
            let content = entry.content.ok_or_else(|| {
                UserError::conflict(format!("what the last build of `{}` left is not known", out.display()))
                    .hint("build it again with `statuary build`")
            })?;
            files.push(File { path: path.clone(), content, length: entry.length });
        }
        let root = folder.path().to_owned();
        let home = read(&root, "index.html").map_err(|_| nothing())?;
        let generation = Generation::of_page(&home).ok_or_else(|| {
            UserError::conflict(format!("the home page of `{}` carries no generation", out.display()))
                .hint("build it again with `statuary build`; a theme's page needs a `</head>`")
        })?;
        let rules = read(&root, HEADERS).unwrap_or_default();
        let headers = HeaderRules::parse(&String::from_utf8_lossy(&rules));
        Ok(Self { site: site.to_owned(), root, generation, files, headers })
    }

    /// The bytes of one of its files.
    ///
    /// # Errors
    /// [`Changed`] where they are not those of the parcel any more; failed where the disk refuses.
    pub fn read(&self, file: &File) -> anyhow::Result<Vec<u8>> {
        match read(&self.root, file.path.as_str()) {
            Ok(bytes) if Digest::of(&bytes) == file.content => Ok(bytes),
            Ok(_) => Err(Changed(file.path.clone()).into()),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Err(Changed(file.path.clone()).into()),
            Err(error) => {
                let path = self.root.join(file.path.as_str());
                Err(UserError::failed(format!("cannot read `{}`: {}", path.display(), reason(&error))).into())
            }
        }
    }

    /// The bytes of the file at `path`.
    ///
    /// # Errors
    /// As [`Self::read`]; failed where there is none.
    pub fn read_path(&self, path: &str) -> anyhow::Result<Vec<u8>> {
        match self.files.iter().find(|file| file.path.as_str() == path) {
            Some(file) => self.read(file),
            None => Err(UserError::failed(format!("the site has no `{path}`")).into()),
        }
    }
}

fn read(root: &Path, path: &str) -> std::io::Result<Vec<u8>> {
    std::fs::read(root.join(path))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_it_does_not_have_cannot_be_read_from_it() {
        let temp = tempfile::tempdir().unwrap();
        let generation = "0123456789abcdef".parse().unwrap();
        let parcel =
            Parcel { site: "page".into(), root: temp.path().to_owned(), generation, files: Vec::new(), headers: HeaderRules::default() };
        assert_eq!(parcel.read_path("api/status.json").unwrap_err().to_string(), "the site has no `api/status.json`");
    }
}
