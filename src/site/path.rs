//! Where a page lies inside the built site, and when its turn comes in a switch.

use std::fmt;
use std::sync::Arc;

use crate::error::UserError;

/// Names that start with a dot and may still be published.
const DOT_NAMES: &[&str] = &[".well-known", ".nojekyll"];
/// Longest name of one file or folder that the usual file systems take, in bytes.
const LONGEST_NAME: usize = 255;
/// Longest path inside a site, in bytes; leaves room for the folder the site lies in.
const LONGEST_PATH: usize = 1024;

/// The order in which files are switched, so that nothing links to what is not there yet. Removals run the other way round.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Phase {
    /// Styles, scripts, pictures: link to nothing.
    Asset,
    /// The page of one incident, maintenance or service.
    LeafPage,
    /// A page that lists leaf pages, and every other page.
    List,
    /// JSON, feeds, calendar, event stream, badges, site map, `_headers`.
    Data,
    /// The home page.
    Index,
}

/// A relative path with `/` between names that is safe to write below any folder on any system, such as `incidents/ab12/index.html`.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SitePath(Arc<str>);

impl SitePath {
    /// Checks `text` and makes it a path.
    ///
    /// # Errors
    /// Bad input where the text is empty, absolute, too long, hidden, leads upwards, or holds a name some system refuses.
    pub fn new(text: &str) -> Result<Self, UserError> {
        match fault(text) {
            None => Ok(Self(text.into())),
            Some(fault) => Err(UserError::bad_input(format!("`{}` cannot be a path of the site: {fault}", text.escape_debug()))),
        }
    }

    /// The path as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// When this path's turn comes in a switch.
    pub fn phase(&self) -> Phase {
        if self.as_str() == "index.html" {
            return Phase::Index;
        }
        let mut names = self.0.rsplit('/');
        let file = names.next().unwrap_or_default();
        match file.rsplit_once('.').map(|(_, suffix)| suffix) {
            _ if self.0.starts_with("assets/") => Phase::Asset,
            Some("html") => match (names.next(), names.next()) {
                (Some(_), Some("incidents" | "maintenance" | "services")) => Phase::LeafPage,
                _ => Phase::List,
            },
            Some("json" | "xml" | "txt" | "atom" | "rss" | "ics" | "sse" | "svg") => Phase::Data,
            _ if file == "_headers" || self.0.starts_with("api/") => Phase::Data,
            _ => Phase::Asset,
        }
    }

    /// The folders above it, nearest to the site's root first: `a`, `a/b` for `a/b/c`.
    pub(super) fn folders(&self) -> impl Iterator<Item = &str> {
        self.0.match_indices('/').map(|(end, _)| &self.0[..end])
    }
}

impl fmt::Display for SitePath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for SitePath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.0, f)
    }
}

impl AsRef<str> for SitePath {
    fn as_ref(&self) -> &str {
        &self.0
    }
}

impl AsRef<std::path::Path> for SitePath {
    fn as_ref(&self) -> &std::path::Path {
        std::path::Path::new(&*self.0)
    }
}

impl std::str::FromStr for SitePath {
    type Err = UserError;

    fn from_str(text: &str) -> Result<Self, UserError> {
        Self::new(text)
    }
}

/// What is wrong with `text` as a path, if anything.
fn fault(text: &str) -> Option<&'static str> {
    if text.is_empty() {
        return Some("it is empty");
    }
    if text.len() > LONGEST_PATH {
        return Some("it is too long");
    }
    text.split('/').find_map(name_fault)
}

fn name_fault(name: &str) -> Option<&'static str> {
    match name {
        "" => return Some("it has an empty name in it"),
        "." | ".." => return Some("it leads elsewhere"),
        _ if name.len() > LONGEST_NAME => return Some("a name in it is too long"),
        _ if name.starts_with('.') && !DOT_NAMES.contains(&name) => return Some("a name in it is hidden"),
        _ if name.ends_with(['.', ' ']) => return Some("a name in it ends with a dot or space"),
        _ => {}
    }
    if name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'.') && !may_be_device(name) {
        return None;
    }
    let is_refused = |byte: u8| byte < b' ' || matches!(byte, b'\\' | b':' | b'*' | b'?' | b'"' | b'<' | b'>' | b'|' | 0x7f);
    if name.bytes().any(is_refused) || (!name.is_ascii() && name.chars().any(char::is_control)) {
        return Some("it holds a character that not every system takes");
    }
    is_device(name).then_some("a name in it means a device on Windows")
}

/// Whether `name` begins like a device of Windows; nearly no name does.
fn may_be_device(name: &str) -> bool {
    let Some([first, second, third]) = name.as_bytes().first_chunk() else { return false };
    let start = [first, second, third].map(u8::to_ascii_lowercase);
    matches!(&start, b"aux" | b"com" | b"con" | b"lpt" | b"nul" | b"prn")
}

/// Whether Windows takes `name` for a device, whatever its suffix.
fn is_device(name: &str) -> bool {
    if !may_be_device(name) {
        return false;
    }
    let stem = name.split('.').next().unwrap_or_default().trim_end();
    let is = |device: &str| stem.eq_ignore_ascii_case(device);
    if ["con", "prn", "aux", "nul", "conin$", "conout$"].into_iter().any(is) {
        return true;
    }
    let (Some(word), Some(number)) = (stem.get(..3), stem.get(3..)) else { return false };
    let mut numbers = number.chars();
    (word.eq_ignore_ascii_case("com") || word.eq_ignore_ascii_case("lpt"))
        && matches!((numbers.next(), numbers.next()), (Some('0'..='9' | '¹' | '²' | '³'), None))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn pages_of_a_site_are_taken() {
        for text in [
            "index.html",
            "incidents/ab12/index.html",
            "_headers",
            "api/v2/summary.json",
            ".well-known/security.txt",
            ".nojekyll",
            "assets/app.0f3a.css",
            "common/com/comet.html",
            "history/2026-11/index.html",
            "störung/index.html",
            "lpt.html",
        ] {
            assert_eq!(SitePath::new(text).unwrap().as_str(), text);
        }
    }

    #[test]
    fn anything_that_could_land_elsewhere_is_refused() {
        let long_name = "a".repeat(256);
        let long_path = "a/".repeat(600) + "b";
        for text in [
            "",
            "/",
            "/etc/passwd",
            "a//b",
            "a/",
            "../x",
            "a/../b",
            "a/..",
            ".",
            "./a",
            "a\\b",
            "C:/x",
            "c:x",
            "a\0b",
            "a\nb",
            "a\u{7f}",
            "a\u{85}b",
            ".git/config",
            "a/.htaccess",
            ".env",
            "con",
            "CON.html",
            "a/nul",
            "Aux.txt",
            "com1",
            "LPT9.json",
            "com¹",
            "con .html",
            "a.",
            "a ",
            "a/b. /c",
            "a?b",
            "a*b",
            "a<b",
            "a|b",
            "a\"b",
            &long_name,
            &long_path,
        ] {
            let refused = SitePath::new(text).unwrap_err();
            assert_eq!(refused.kind, crate::error::Kind::BadInput, "{text:?}");
            assert!(!refused.message.chars().any(char::is_control), "{:?}", refused.message);
        }
    }

    #[test]
    fn every_path_has_its_turn() {
        for (text, phase) in [
            ("assets/style.ab12.css", Phase::Asset),
            ("assets/words.json", Phase::Asset),
            ("favicon.ico", Phase::Asset),
            ("incidents/ab12/index.html", Phase::LeafPage),
            ("services/api/index.html", Phase::LeafPage),
            ("de/maintenance/ab12/index.html", Phase::LeafPage),
            ("services/index.html", Phase::List),
            ("maintenance/index.html", Phase::List),
            ("history/2026-11/index.html", Phase::List),
            ("404.html", Phase::List),
            ("embed.html", Phase::List),
            ("de/index.html", Phase::List),
            ("api/v2/status.json", Phase::Data),
            ("services/api/history.atom", Phase::Data),
            ("history.rss", Phase::Data),
            ("events.sse", Phase::Data),
            ("badge/api.svg", Phase::Data),
            ("sitemap.xml", Phase::Data),
            ("robots.txt", Phase::Data),
            ("_headers", Phase::Data),
            ("api/raw", Phase::Data),
            ("index.html", Phase::Index),
        ] {
            assert_eq!(SitePath::new(text).unwrap().phase(), phase, "{text}");
        }
        assert!(Phase::Asset < Phase::LeafPage && Phase::LeafPage < Phase::List && Phase::List < Phase::Data && Phase::Data < Phase::Index);
    }

    #[test]
    fn folders_go_from_the_root_down() {
        let path = SitePath::new("a/bb/c.html").unwrap();
        assert_eq!(path.folders().collect::<Vec<_>>(), ["a", "a/bb"]);
        assert_eq!(SitePath::new("c.html").unwrap().folders().count(), 0);
    }

    proptest! {
        #[test]
        fn what_is_taken_stays_below_the_folder(text in "[a.A/\\\\ \u{0}-\u{20}:cCoOnN_é-]{0,12}") {
            if let Ok(path) = SitePath::new(&text) {
                let parts = std::path::Path::new(path.as_str()).components().collect::<Vec<_>>();
                prop_assert!(parts.iter().all(|part| matches!(part, std::path::Component::Normal(_))));
                prop_assert_eq!(parts.len(), text.split('/').count());
            }
        }
    }
}
