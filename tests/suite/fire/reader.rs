//! A visitor who never stops reading: from the home page along every link, over and over, while the site changes.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::fs;
use std::panic::AssertUnwindSafe;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};

use scraper::{Html, Selector};

use crate::built_site::BuiltSite;

/// Where every reader begins.
const HOME: &str = "index.html";

/// What a file may be, in each whole build that may be met: its bytes, and the files its links lead to.
struct Version {
    bytes: Vec<u8>,
    links: BTreeSet<String>,
}

/// Every whole build that a reader may meet.
pub(super) struct Versions {
    files: BTreeMap<String, Vec<Version>>,
    /// Whether there may be no site at all.
    may_be_absent: bool,
}

impl Versions {
    /// Those of these builds; none of them is the state of a site before its first build.
    pub(super) fn of(builds: &[&BuiltSite]) -> Self {
        let mut files = BTreeMap::<String, Vec<Version>>::new();
        for (path, bytes) in builds.iter().flat_map(|build| &build.files) {
            let known = files.entry(path.clone()).or_default();
            if known.iter().all(|version| version.bytes != *bytes) {
                known.push(Version { bytes: bytes.clone(), links: links(path, bytes) });
            }
        }
        Self { files, may_be_absent: builds.iter().any(|build| build.files.is_empty()) }
    }

    /// Follows every link from the home page once: how many files were read.
    ///
    /// # Errors
    /// The file that is not whole, or the link that leads nowhere.
    pub(super) fn follow(&self, site: &Path) -> Result<usize, String> {
        let mut waiting = VecDeque::from([HOME.to_owned()]);
        // Each page met, with the one whose link led there.
        let mut came_from = BTreeMap::<String, Option<String>>::from([(HOME.to_owned(), None)]);
        let mut reads = 0;
        while let Some(path) = waiting.pop_front() {
            let Some(version) = self.read(site, &path)? else {
                if path == HOME {
                    return if self.may_be_absent { Ok(reads) } else { Err("there is no home page".to_owned()) };
                }
                self.excuse(site, &path, &came_from)?;
                continue;
            };
            reads += 1;
            for link in &version.links {
                if !came_from.contains_key(link) {
                    came_from.insert(link.clone(), Some(path.clone()));
                    waiting.push_back(link.clone());
                }
            }
        }
        Ok(reads)
    }

    /// A link that leads nowhere is broken if whoever comes anew finds it too: all links that led there still stand, from the home page on.
    /// Else the reader held a page that has changed meanwhile.
    fn excuse(&self, site: &Path, path: &str, came_from: &BTreeMap<String, Option<String>>) -> Result<(), String> {
        let mut at = path;
        while let Some(Some(from)) = came_from.get(at) {
            if !self.read(site, from)?.is_some_and(|version| version.links.contains(at)) {
                return Ok(());
            }
            at = from;
        }
        if self.read(site, path)?.is_some() {
            return Ok(());
        }
        let from = came_from.get(path).and_then(Option::as_deref).unwrap_or_default();
        Err(format!("`{from}` links to `{path}`, which is not there"))
    }

    /// Every file of the folder is whole.
    ///
    /// # Errors
    /// The file that is not.
    pub(super) fn assert_whole(&self, site: &BuiltSite) -> Result<(), String> {
        site.files.iter().try_for_each(|(path, bytes)| self.version(path, bytes).map(drop))
    }

    fn read(&self, site: &Path, path: &str) -> Result<Option<&Version>, String> {
        match fs::read(site.join(path)) {
            Ok(bytes) => self.version(path, &bytes).map(Some),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(format!("`{path}` cannot be read: {error}")),
        }
    }

    fn version(&self, path: &str, bytes: &[u8]) -> Result<&Version, String> {
        let known = self.files.get(path).ok_or_else(|| format!("`{path}` is in no build"))?;
        known
            .iter()
            .find(|version| version.bytes == bytes)
            .ok_or_else(|| format!("`{path}` is in none of its builds: {} bytes", bytes.len()))
    }

    /// Reads while `work` runs, and once more afterwards: what came of the work, and how many files were read.
    #[track_caller]
    pub(super) fn reading<T>(&self, site: &Path, work: impl FnOnce() -> T) -> (T, usize) {
        let done = AtomicBool::new(false);
        let (result, reads) = std::thread::scope(|scope| {
            let reader = scope.spawn(|| {
                let mut reads = 0;
                loop {
                    // Asked before reading, so that the last round sees the end of the work.
                    let last = done.load(Ordering::SeqCst);
                    reads += self.follow(site)?;
                    if last {
                        return Ok::<usize, String>(reads);
                    }
                }
            });
            let result = std::panic::catch_unwind(AssertUnwindSafe(work));
            done.store(true, Ordering::SeqCst);
            (result, reader.join().unwrap())
        });
        let result = result.unwrap_or_else(|panic| std::panic::resume_unwind(panic));
        (result, reads.unwrap_or_else(|complaint| panic!("a reader met this: {complaint}")))
    }
}

/// The files of the site that a page's links and sources lead to.
fn links(path: &str, bytes: &[u8]) -> BTreeSet<String> {
    // The page for addresses that do not exist is served at any depth.
    if !path.ends_with(".html") || path == "404.html" {
        return BTreeSet::new();
    }
    let page = Html::parse_document(&String::from_utf8_lossy(bytes));
    let mut found = BTreeSet::new();
    for (selector, name) in [("[href]", "href"), ("[src]", "src")] {
        let selector = Selector::parse(selector).unwrap();
        let values = page.select(&selector).filter_map(|element| element.value().attr(name));
        found.extend(values.filter_map(|link| target(path, link)));
    }
    found
}

/// The file that a relative link on the page `path` leads to; `None` for a link to elsewhere.
fn target(path: &str, link: &str) -> Option<String> {
    let link = link.split(['#', '?']).next().unwrap_or_default();
    if link.is_empty() || link.starts_with("//") || link.split('/').next().is_some_and(|first| first.contains(':')) {
        return None;
    }
    let mut parts: Vec<&str> = path.split('/').collect();
    parts.pop();
    for part in link.split('/') {
        match part {
            "" | "." => {}
            ".." => drop(parts.pop()),
            name => parts.push(name),
        }
    }
    let folder = link.ends_with('/') || matches!(link.rsplit('/').next(), Some("." | ".."));
    if folder || parts.is_empty() {
        parts.push("index.html");
    }
    Some(parts.join("/"))
}

#[test]
#[expect(clippy::disallowed_methods, reason = "a test arranges files")]
fn a_reader_sees_half_files_and_links_that_lead_nowhere() {
    let folder = crate::fresh_org::memory_folder();
    let write = |path: &str, text: &str| crate::fresh_org::write(&folder.path().join(path), text);
    write("index.html", "<a href='a/'>a</a> <a href='https://example.com/'>x</a> <a href='#top'>top</a>");
    write("a/index.html", "<link rel=stylesheet href='../style.css'><a href='../'>home</a>");
    write("style.css", "x");
    let versions = Versions::of(&[&BuiltSite::read(folder.path())]);
    assert_eq!(versions.follow(folder.path()), Ok(3));
    write("style.css", "");
    assert_eq!(versions.follow(folder.path()).unwrap_err(), "`style.css` is in none of its builds: 0 bytes");
    fs::rename(folder.path().join("style.css"), folder.path().join("elsewhere")).unwrap();
    assert_eq!(versions.follow(folder.path()).unwrap_err(), "`a/index.html` links to `style.css`, which is not there");
    fs::rename(folder.path().join("index.html"), folder.path().join("elsewhere")).unwrap();
    assert_eq!(versions.follow(folder.path()).unwrap_err(), "there is no home page");
}
