//! The identity of a built site, which its home page carries so that whoever reads the page anywhere knows which build it is.

use std::collections::HashMap;
use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::digest::{Digest, DigestBuilder};
use super::manifest::{Entry, content_of};
use super::path::SitePath;
use super::plan::{PageSpec, SectionSpec, in_order};
use super::stage::{Stage, locked};
use crate::error::UserError;

/// How the element of a page begins that carries its generation.
const ELEMENT: &str = "<meta name=\"statuary-generation\" content=\"";

/// Digits of a generation.
const LENGTH: usize = 16;

/// A short digest of all files of a site but the home page: the same files are the same generation.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Generation(String);

impl Generation {
    /// The home page's bytes with the element that carries this generation, at the end of its head.
    pub fn put_into(&self, page: &str) -> String {
        match page.find("</head>") {
            Some(end) => {
                let (before, after) = page.split_at(end);
                format!("{before}{ELEMENT}{self}\">\n{after}")
            }
            None => page.to_owned(),
        }
    }

    /// The generation that a page carries.
    pub fn of_page(page: &[u8]) -> Option<Self> {
        let begin = page.windows(ELEMENT.len()).position(|window| window == ELEMENT.as_bytes())? + ELEMENT.len();
        std::str::from_utf8(page.get(begin..begin + LENGTH)?).ok()?.parse().ok()
    }

    /// The generation as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    fn of(digest: Digest) -> Self {
        let mut text = digest.to_string();
        text.truncate(LENGTH);
        Self(text)
    }
}

impl Stage<'_> {
    /// The generation of the site with these pages, all of which have been put but `carrier`, which is to carry it.
    ///
    /// # Errors
    /// Failed where a page is neither put nor known from the last build.
    pub fn generation(&self, pages: &[PageSpec], sections: &[SectionSpec], carrier: &SitePath) -> Result<Generation, UserError> {
        let made: HashMap<SitePath, Digest> = locked(&self.staged).iter().map(|page| (page.path.clone(), page.content)).collect();
        let mut general = Vec::new();
        let mut listed: Vec<Vec<(SitePath, Entry)>> = vec![Vec::new(); sections.len()];
        for page in in_order(pages).into_iter().filter_map(|place| pages.get(place)).filter(|page| page.path != *carrier) {
            let known = || self.folder.manifest.get(&page.path).filter(|entry| entry.digest == Some(page.digest))?.content;
            let content = made.get(&page.path).copied().or_else(known);
            let content = content.ok_or_else(|| UserError::failed(format!("page `{}` was planned and not made", page.path)))?;
            let entry = (page.path.clone(), Entry { content: Some(content), ..Entry::UNKNOWN });
            match page.section.and_then(|place| listed.get_mut(place)) {
                Some(list) => list.push(entry),
                None => general.push(entry),
            }
        }
        let mut whole = DigestBuilder::new();
        whole.digest(content_of(&general));
        for (section, pages) in sections.iter().zip(listed) {
            let kept = self.folder.manifest.sections().get(&section.name).filter(|_| section.kept);
            whole.text(&section.name).digest(kept.map_or_else(|| content_of(&pages), |kept| kept.content));
        }
        Ok(Generation::of(whole.finish()))
    }

    /// Whether what was put changes any file but those of which `may` says that they may change.
    pub fn changes_more_than(&self, may: impl Fn(&SitePath) -> bool) -> bool {
        locked(&self.staged).iter().any(|page| page.changes() && !may(&page.path))
    }
}

impl FromStr for Generation {
    type Err = UserError;

    fn from_str(text: &str) -> Result<Self, UserError> {
        let is_digit = |byte: u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte);
        match text.len() == LENGTH && text.bytes().all(is_digit) {
            true => Ok(Self(text.to_owned())),
            false => Err(UserError::bad_input(format!("`{}` is no generation", text.escape_debug()))),
        }
    }
}

impl TryFrom<String> for Generation {
    type Error = UserError;

    fn try_from(text: String) -> Result<Self, UserError> {
        text.parse()
    }
}

impl From<Generation> for String {
    fn from(generation: Generation) -> Self {
        generation.0
    }
}

impl fmt::Display for Generation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_carries_it_there_and_back() {
        let generation: Generation = "0123456789abcdef".parse().unwrap();
        let page = generation.put_into("<html><head><title>T</title>\n</head><body></head></body></html>");
        assert_eq!(
            page,
            "<html><head><title>T</title>\n<meta name=\"statuary-generation\" content=\"0123456789abcdef\">\n</head><body></head></body></html>"
        );
        assert_eq!(Generation::of_page(page.as_bytes()), Some(generation));
    }

    #[test]
    fn what_is_no_generation_is_none() {
        for text in ["", "0123456789abcde", "0123456789ABCDEF", "../../../../../..", "0123456789abcdef0"] {
            assert_eq!(text.parse::<Generation>().unwrap_err().message, format!("`{text}` is no generation"));
        }
        for page in ["", "<meta", ELEMENT, &format!("{ELEMENT}0123"), &format!("{ELEMENT}<script>0123456789")] {
            assert_eq!(Generation::of_page(page.as_bytes()), None, "{page}");
        }
    }
}
