//! A throw-away organization that deeds are done to through the library, in memory where the machine offers a folder for that.

use std::fs;
use std::path::{Path, PathBuf};

use chrono::{DateTime, Utc};
use statuary::config::Workspace;
use statuary::ops::build::{BuildOptions, build};
use statuary::ops::report::{BuildReport, ImportReport};
use statuary::ops::workspace::{CreateOrg, create_org, init};
use statuary::ops::{Deed, Org, export, import};
use tempfile::TempDir;

use crate::built_site::BuiltSite;

/// Who does the deeds of these tests.
pub(crate) const ACTOR: &str = "quillfeather";

/// An organization with an empty record, alone in a workspace.
#[must_use]
pub(crate) struct FreshOrg {
    temp: TempDir,
    pub(crate) org: Org,
}

impl FreshOrg {
    /// The organization `slug`, made at `now`.
    #[track_caller]
    pub(crate) fn new(slug: &str, now: DateTime<Utc>) -> Self {
        let temp = memory_folder();
        let root = temp.path().join("workspace");
        init(&root).unwrap();
        let workspace = Workspace::find(Some(&root), &root).unwrap();
        let options = CreateOrg { slug: slug.parse().unwrap(), name: slug.to_uppercase(), url: None, time_zone: None };
        create_org(&workspace, &options, &deed(now)).unwrap();
        let org = Org::open(workspace.org(Some(slug)).unwrap()).unwrap();
        Self { temp, org }
    }

    /// A path beside the workspace.
    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.temp.path().join(name)
    }

    /// Reads org.toml and org.db anew.
    #[track_caller]
    pub(crate) fn reopen(&mut self) {
        self.org = Org::open(self.org.folder.clone()).unwrap();
    }

    /// Imports saved payloads at `now`.
    #[track_caller]
    pub(crate) fn import(&mut self, paths: &[PathBuf], now: DateTime<Utc>) -> ImportReport {
        import::statuspage(&mut self.org, paths, false, &deed(now), &|_, _| {}).unwrap()
    }

    /// Imports the folder of a cState site at `now`.
    #[track_caller]
    pub(crate) fn import_cstate(&mut self, folder: &Path, now: DateTime<Utc>) -> ImportReport {
        import::cstate(&mut self.org, folder, false, &deed(now)).unwrap()
    }

    /// Imports the repository of an Upptime monitor at `now`.
    #[track_caller]
    pub(crate) fn import_upptime(&mut self, folder: &Path, now: DateTime<Utc>) -> ImportReport {
        import::upptime(&mut self.org, folder, false, &deed(now)).unwrap()
    }

    /// Asserts that the dump, read into an empty organization, comes out the same.
    #[track_caller]
    pub(crate) fn assert_dump_comes_back(&self, now: DateTime<Utc>) {
        let dump = self.dump();
        let mut copy = Self::new(self.org.folder.slug.as_str(), now);
        let file = copy.path("dump.json");
        write(&file, &dump);
        import::dump(&mut copy.org, &file, false, &deed(now)).unwrap();
        assert!(copy.dump() == dump, "the dump is another one after reading it");
    }

    /// Builds at `now`.
    #[track_caller]
    pub(crate) fn build(&self, now: DateTime<Utc>) -> BuildReport {
        build(&self.org, &BuildOptions::default(), now, &|_, _| {}).unwrap()
    }

    /// Makes every page anew.
    #[track_caller]
    pub(crate) fn build_anew(&self, now: DateTime<Utc>) -> BuildReport {
        build(&self.org, &BuildOptions { force: true, ..BuildOptions::default() }, now, &|_, _| {}).unwrap()
    }

    /// Builds at `now` and reads the site, whose `api/v2/` follows the contract.
    #[track_caller]
    pub(crate) fn built(&self, now: DateTime<Utc>) -> BuiltSite {
        self.build(now);
        let site = BuiltSite::read(&self.org.folder.public());
        site.assert_follows_the_contract();
        site
    }

    /// The whole record as text.
    #[track_caller]
    pub(crate) fn dump(&self) -> String {
        export::dump(&self.org, None).unwrap().text.unwrap()
    }
}

/// A deed of these tests at `now`.
pub(crate) fn deed(now: DateTime<Utc>) -> Deed {
    Deed::new(ACTOR, now)
}

/// A moment written in RFC 3339.
#[track_caller]
pub(crate) fn at(text: &str) -> DateTime<Utc> {
    DateTime::parse_from_rfc3339(text).unwrap().to_utc()
}

/// A temporary folder, in memory where that is offered: these tests are about content, not about disks.
pub(crate) fn memory_folder() -> TempDir {
    let memory = Path::new("/dev/shm");
    let builder = |folder: &Path| tempfile::Builder::new().prefix("statuary-test-").tempdir_in(folder);
    builder(memory).or_else(|_| builder(&std::env::temp_dir())).unwrap()
}

/// Writes a file, with the folders it lies in.
#[track_caller]
#[expect(clippy::disallowed_methods, reason = "a test's own file need not be durable")]
pub(crate) fn write(path: &Path, content: impl AsRef<[u8]>) {
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, content).unwrap();
}
