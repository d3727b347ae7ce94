//! What the last build put into an output folder, and the two small text files that say so.
//!
//! The manifest lists every page with the digest of its inputs. Pages that come in sections are listed in a file per section, which the
//! manifest names by its digest, so that a build reads and writes only the sections that may have changed. The pending list names every
//! path a switch is about to touch; it is there only while a switch runs, or after one that was cut short. All end with a digest of
//! themselves: a file that was damaged, or that belongs to another folder, reads as `None`.

use std::collections::BTreeMap;
use std::io::Write as _;

use rayon::prelude::*;

use super::digest::{Digest, DigestBuilder};
use super::path::SitePath;

const MANIFEST_HEAD: &str = "statuary-manifest 3";
const SECTION_HEAD: &str = "statuary-section 2";
/// Lists of so many bytes are read by all threads; to wake them costs more than reading shorter ones.
const WORTH_THREADS: usize = 1 << 18;
const PENDING_HEAD: &str = "statuary-pending 1";

/// What is known of one file in the output folder.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Digest of what the file was made from; `None` where a switch was cut short, so that the file may be the old or the new one.
    pub digest: Option<Digest>,
    /// Digest of its bytes, where they are known.
    pub content: Option<Digest>,
    /// Length of the file in bytes; 0 where the digest is not known.
    pub length: u64,
}

impl Entry {
    /// A file that may hold anything.
    pub(super) const UNKNOWN: Self = Self { digest: None, content: None, length: 0 };
}

/// Pages that are listed in a file of their own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Section {
    /// The caller's words about what the pages were made from, on one line.
    pub note: String,
    /// How many there are.
    pub pages: usize,
    /// Digest of their paths and bytes, wherever the folder is.
    pub content: Digest,
    /// Digest of the file that lists them.
    pub(super) file: Digest,
}

/// What the last build put into one output folder.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Manifest {
    /// Those in no section, and those of the sections that were read.
    pages: Vec<(SitePath, Entry)>,
    sections: BTreeMap<String, Section>,
    /// Counts the builds that changed a file.
    pub builds: u64,
    /// The caller's number for the state of the data it was built from.
    pub revision: i64,
    /// The caller's text for everything else it was built from, such as theme and settings.
    pub fingerprint: String,
}

impl Manifest {
    /// A manifest of these pages; of two with one path the later counts.
    pub fn of(pages: impl IntoIterator<Item = (SitePath, Entry)>) -> Self {
        let mut pages = pages.into_iter().collect::<Vec<_>>();
        pages.sort_by(|left, right| left.0.cmp(&right.0));
        pages.dedup_by(|later, earlier| {
            let same = later.0 == earlier.0;
            if same {
                earlier.1 = later.1;
            }
            same
        });
        Self { pages, ..Self::default() }
    }

    /// What is known of the file at `path`, where it is statuary's.
    pub fn get(&self, path: &SitePath) -> Option<Entry> {
        self.position(path.as_str()).map(|position| self.pages[position].1)
    }

    /// Its sections by name, read or not.
    pub fn sections(&self) -> &BTreeMap<String, Section> {
        &self.sections
    }

    /// The same with the pages of sections that were read.
    #[must_use]
    pub(super) fn with_pages(mut self, pages: Vec<(SitePath, Entry)>) -> Self {
        let pages = std::mem::take(&mut self.pages).into_iter().chain(pages);
        Self { pages: Self::of(pages).pages, ..self }
    }

    /// The same with these sections.
    #[must_use]
    pub(super) fn with_sections(self, sections: BTreeMap<String, Section>) -> Self {
        Self { sections, ..self }
    }

    /// All files that are known so far with their paths, in the order of paths.
    pub fn pages(&self) -> &[(SitePath, Entry)] {
        &self.pages
    }

    /// Number of files.
    pub fn len(&self) -> usize {
        self.pages.len()
    }

    /// Whether no file is known.
    pub fn is_empty(&self) -> bool {
        self.pages.is_empty()
    }

    pub(super) fn position(&self, path: &str) -> Option<usize> {
        self.pages.binary_search_by(|(known, _)| known.as_str().cmp(path)).ok()
    }

    /// The same files, none of them known to be up to date.
    #[must_use]
    pub(super) fn without_digests(mut self) -> Self {
        for (_, entry) in &mut self.pages {
            *entry = Entry::UNKNOWN;
        }
        self
    }

    /// No files, with the count of builds kept.
    #[must_use]
    pub(super) fn without_pages(self) -> Self {
        Self { pages: Vec::new(), sections: BTreeMap::new(), ..self }
    }

    /// The same, with the paths of a switch that was cut short added as files of unknown content.
    #[must_use]
    pub(super) fn with_pending(mut self, pending: Vec<SitePath>) -> Self {
        let pages = std::mem::take(&mut self.pages).into_iter().chain(pending.into_iter().map(|path| (path, Entry::UNKNOWN)));
        Self { pages: Self::of(pages).pages, ..self }
    }

    /// The text of the manifest file of the output folder with this key.
    pub(super) fn to_bytes(&self, key: &str) -> Vec<u8> {
        let mut text = Vec::with_capacity(self.pages.len() * 96 + 256);
        let fingerprint = serde_json::Value::from(self.fingerprint.as_str());
        // Writing into memory cannot fail.
        let _ =
            write!(text, "{MANIFEST_HEAD}\nfolder {key}\nbuilds {}\nrevision {}\nfingerprint {fingerprint}\n", self.builds, self.revision);
        for (name, Section { note, pages, content, file }) in &self.sections {
            let _ = writeln!(text, "section {file} {content} {pages} {name} {note}");
        }
        text.extend_from_slice(b"pages\n");
        write_pages(&mut text, &self.pages);
        sealed(text)
    }

    /// Reads what [`Self::to_bytes`] wrote for the same key.
    pub(super) fn parse(file: &[u8], key: &str) -> Option<Self> {
        let text = unsealed(file)?;
        let mut parts = text.splitn(6, '\n');
        if parts.next()? != MANIFEST_HEAD || parts.next()?.strip_prefix("folder ")? != key {
            return None;
        }
        let builds = parts.next()?.strip_prefix("builds ")?.parse().ok()?;
        let revision = parts.next()?.strip_prefix("revision ")?.parse().ok()?;
        let fingerprint = serde_json::from_str(parts.next()?.strip_prefix("fingerprint ")?).ok()?;
        let mut rest = parts.next()?;
        let mut sections = BTreeMap::new();
        while let Some(section) = rest.strip_prefix("section ") {
            let (line, others) = section.split_once('\n')?;
            let mut words = line.splitn(5, ' ');
            let (file, content) = (Digest::parse(words.next()?.as_bytes())?, Digest::parse(words.next()?.as_bytes())?);
            let (pages, name) = (words.next()?.parse().ok()?, words.next()?);
            let section = Section { note: words.next()?.to_owned(), pages, content, file };
            is_section_name(name).then(|| sections.insert(name.to_owned(), section))?;
            rest = others;
        }
        let pages = parse_pages(rest.strip_prefix("pages\n")?)?;
        Some(Self { pages, sections, builds, revision, fingerprint })
    }
}

/// Digest of the paths and bytes of these pages, the same wherever their folder is.
pub(super) fn content_of<'p>(pages: impl IntoIterator<Item = &'p (SitePath, Entry)>) -> Digest {
    let mut content = DigestBuilder::new();
    for (path, entry) in pages {
        content.text(path.as_str());
        if let Some(digest) = entry.content {
            content.digest(digest);
        }
    }
    content.finish()
}

/// Whether this can be the name of a section, which is part of a file's name.
pub(super) fn is_section_name(name: &str) -> bool {
    (1..=64).contains(&name.len()) && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
}

/// The file that lists the pages of a section of the output folder with this key; in the order of paths.
pub(super) fn section_to_bytes(pages: &[(SitePath, Entry)], key: &str) -> Vec<u8> {
    let mut text = Vec::with_capacity(pages.len() * 96 + 64);
    let _ = writeln!(text, "{SECTION_HEAD}\nfolder {key}");
    write_pages(&mut text, pages);
    sealed(text)
}

/// Reads what [`section_to_bytes`] wrote for the same key.
pub(super) fn parse_section(file: &[u8], key: &str) -> Option<Vec<(SitePath, Entry)>> {
    let text = unsealed(file)?.strip_prefix(SECTION_HEAD)?.strip_prefix("\nfolder ")?.strip_prefix(key)?;
    parse_pages(text.strip_prefix('\n')?)
}

fn write_pages(text: &mut Vec<u8>, pages: &[(SitePath, Entry)]) {
    for (path, entry) in pages {
        for digest in [entry.digest, entry.content] {
            match digest {
                Some(digest) => text.extend_from_slice(&digest.hex()),
                None => text.push(b'-'),
            }
            text.push(b' ');
        }
        let _ = write!(text, "{} ", entry.length);
        text.extend_from_slice(path.as_str().as_bytes());
        text.push(b'\n');
    }
}

fn parse_pages(text: &str) -> Option<Vec<(SitePath, Entry)>> {
    let pages: Vec<_> = if text.len() < WORTH_THREADS {
        text.lines().map(parse_page).collect::<Option<_>>()?
    } else {
        text.par_lines().map(parse_page).collect::<Option<_>>()?
    };
    pages.is_sorted_by(|left, right| left.0 < right.0).then_some(pages)
}

/// The text of the pending list of the output folder with this key.
pub(super) fn pending_to_bytes<'a>(paths: impl Iterator<Item = &'a SitePath>, key: &str) -> Vec<u8> {
    let mut text = format!("{PENDING_HEAD}\nfolder {key}\n");
    for path in paths {
        text.push_str(path.as_str());
        text.push('\n');
    }
    sealed(text.into_bytes())
}

/// Reads what [`pending_to_bytes`] wrote for the same key.
pub(super) fn parse_pending(file: &[u8], key: &str) -> Option<Vec<SitePath>> {
    let mut lines = unsealed(file)?.lines();
    if lines.next()? != PENDING_HEAD || lines.next()?.strip_prefix("folder ")? != key {
        return None;
    }
    lines.map(|line| SitePath::new(line).ok()).collect()
}

fn parse_page(line: &str) -> Option<(SitePath, Entry)> {
    let (digest, rest) = line.split_once(' ')?;
    let (content, rest) = rest.split_once(' ')?;
    let (length, path) = rest.split_once(' ')?;
    let known = |digest: &str| if digest == "-" { Some(None) } else { Digest::parse(digest.as_bytes()).map(Some) };
    Some((SitePath::new(path).ok()?, Entry { digest: known(digest)?, content: known(content)?, length: length.parse().ok()? }))
}

/// Whether this is a manifest or list that statuary wrote whole, in a form that is not the one read here.
pub(super) fn is_of_another_version(file: &[u8]) -> bool {
    let head = unsealed(file).and_then(|text| text.lines().next());
    let Some((kind, version)) = head.and_then(|head| head.rsplit_once(' ')) else { return false };
    let is_ours = |own: &&str| own.rsplit_once(' ').is_some_and(|(own_kind, own_version)| own_kind == kind && own_version != version);
    version.bytes().all(|byte| byte.is_ascii_digit()) && [MANIFEST_HEAD, SECTION_HEAD, PENDING_HEAD].iter().any(is_ours)
}

/// The text with its own digest as last line.
fn sealed(mut text: Vec<u8>) -> Vec<u8> {
    let digest = Digest::of(&text);
    let _ = writeln!(text, "end {digest}");
    text
}

/// The text without the last line, where that is the digest of the rest.
fn unsealed(file: &[u8]) -> Option<&str> {
    const SEAL: usize = "end \n".len() + 32;
    let (text, seal) = file.split_at_checked(file.len().checked_sub(SEAL)?)?;
    let digest = Digest::parse(seal.strip_prefix(b"end ")?.strip_suffix(b"\n")?)?;
    if digest == Digest::of(text) { std::str::from_utf8(text).ok() } else { None }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn path(text: &str) -> SitePath {
        SitePath::new(text).unwrap()
    }

    fn entry(text: &str) -> Entry {
        {
            let digest = Digest::of(text.as_bytes());
            Entry { digest: Some(digest), content: Some(digest), length: text.len() as u64 }
        }
    }

    fn example() -> Manifest {
        let pages = [(path("index.html"), entry("home")), (path("a/störung.html"), entry("")), (path("a b.html"), Entry::UNKNOWN)];
        let section = |note: &str| Section { note: note.into(), pages: 12, content: Digest::of(b"c"), file: Digest::of(note.as_bytes()) };
        let sections = [("2026-10".into(), section("a note of words")), ("2026-11".into(), section(""))].into();
        Manifest { builds: 7, revision: -3, fingerprint: "two\nlines \"quoted\"".into(), ..Manifest::of(pages).with_sections(sections) }
    }

    #[test]
    fn what_was_written_is_read() {
        for manifest in [Manifest::default(), example()] {
            assert_eq!(Manifest::parse(&manifest.to_bytes("k"), "k"), Some(manifest));
        }
        let paths = [path("b"), path("a/c")];
        assert_eq!(parse_pending(&pending_to_bytes(paths.iter(), "k"), "k").unwrap(), paths);
    }

    #[test]
    fn any_change_of_a_byte_makes_it_unreadable() {
        let good = example().to_bytes("k");
        for position in 0..good.len() {
            let mut bad = good.clone();
            bad[position] ^= 1;
            assert_eq!(Manifest::parse(&bad, "k"), None, "byte {position}");
            assert_eq!(Manifest::parse(&good[..position], "k"), None, "cut at {position}");
        }
    }

    #[test]
    fn files_of_another_folder_or_kind_are_not_ours() {
        assert_eq!(Manifest::parse(&example().to_bytes("k"), "other"), None);
        assert_eq!(parse_pending(&example().to_bytes("k"), "k"), None);
        assert_eq!(Manifest::parse(&pending_to_bytes([].into_iter(), "k"), "k"), None);
    }

    #[test]
    fn whole_files_of_another_version_are_told_from_damaged_ones() {
        for other in ["statuary-manifest 2", "statuary-manifest 40", "statuary-section 1", "statuary-pending 0"] {
            let file = sealed(format!("{other}\nfolder k\nwhatever it says\n").into_bytes());
            assert!(is_of_another_version(&file), "{other}");
            assert!(!is_of_another_version(&file[1..]) && !is_of_another_version(&file[..file.len() - 1]), "{other}");
        }
        for own in [MANIFEST_HEAD, SECTION_HEAD, PENDING_HEAD, "statuary-manifest", "statuary-manifest x", "statuary-other 1", "3", ""] {
            assert!(!is_of_another_version(&sealed(format!("{own}\nfolder k\n").into_bytes())), "{own}");
        }
    }

    #[test]
    fn a_well_sealed_lie_about_paths_is_not_believed() {
        let head = format!("{MANIFEST_HEAD}\nfolder k\nbuilds 1\nrevision 1\nfingerprint \"\"\npages\n");
        for pages in [
            "- - 0 ../../etc/passwd\n",
            "- - 0 /etc/passwd\n",
            "- - 0 b\n- - 0 a\n",
            "- - 0 a\n- - 0 a\n",
            "- - x a\n",
            "zz - 0 a\n",
            "- zz 0 a\n",
            "- 0 a\n",
            "a\n",
        ] {
            assert_eq!(Manifest::parse(&sealed(format!("{head}{pages}").into_bytes()), "k"), None, "{pages:?}");
        }
        assert!(Manifest::parse(&sealed(format!("{head}- - 0 a\n").into_bytes()), "k").is_some());
        assert_eq!(parse_pending(&sealed(format!("{PENDING_HEAD}\nfolder k\n../x\n").into_bytes()), "k"), None);
    }

    #[test]
    fn lists_of_sections_are_read_as_they_were_written() {
        let pages = example().pages().to_vec();
        let good = section_to_bytes(&pages, "k");
        assert_eq!(parse_section(&good, "k"), Some(pages));
        assert_eq!(parse_section(&good, "other"), None);
        assert_eq!(parse_section(&example().to_bytes("k"), "k"), None);
        assert_eq!(parse_section(&sealed(format!("{SECTION_HEAD}\nfolder k\n- - 0 ../x\n").into_bytes()), "k"), None);
        for position in 0..good.len() {
            let mut bad = good.clone();
            bad[position] ^= 1;
            assert_eq!(parse_section(&bad, "k"), None, "byte {position}");
        }
        let named = |name: &str| {
            let digest = Digest::of(b"");
            let head = format!("{MANIFEST_HEAD}\nfolder k\nbuilds 1\nrevision 1\nfingerprint \"\"\n");
            Manifest::parse(&sealed(format!("{head}section {digest} {digest} 3 {name} note\npages\n").into_bytes()), "k")
        };
        assert_eq!(named("2026-11").unwrap().sections()["2026-11"].pages, 3);
        assert!(["", "../2026-11", "a/b", "a\0b", &"x".repeat(65)].into_iter().all(|name| named(name).is_none()));
    }

    #[test]
    fn pending_paths_are_owned_but_unknown() {
        let merged = example().with_pending(vec![path("new.html"), path("index.html")]);
        assert_eq!(merged.len(), 4);
        assert_eq!(merged.get(&path("index.html")).unwrap().digest, None);
        assert_eq!(merged.get(&path("new.html")).unwrap().digest, None);
        assert_eq!(merged.get(&path("a/störung.html")), Some(entry("")));
        assert_eq!((merged.builds, merged.revision), (7, -3));
    }

    #[test]
    fn of_two_entries_with_one_path_the_later_counts() {
        let manifest = Manifest::of([(path("a"), entry("1")), (path("b"), entry("2")), (path("a"), entry("33"))]);
        assert_eq!(manifest.pages(), [(path("a"), entry("33")), (path("b"), entry("2"))]);
    }
}
