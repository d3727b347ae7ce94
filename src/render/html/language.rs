//! Languages: the pages of each but the first stand below a folder of its own, and each page leads to itself in the others.

use crate::domain::{Organization, suiting_tag};
use crate::render::page::PageLanguage;
use crate::theme::Theme;

/// The pages of one language, and which others there are.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tree {
    /// Language of the pages (BCP 47); the organization's where it is empty.
    pub language: String,
    /// The folder they are in: empty for the first language, or `de/`.
    pub folder: String,
    /// All languages in order; empty where there is only one.
    languages: Vec<Language>,
}

/// A language of a site.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Language {
    tag: String,
    name: String,
    folder: String,
}

/// The trees of an organization's pages, each with the theme in its language.
pub fn trees<'t>(theme: &'t Theme, organization: &Organization) -> Vec<(&'t Theme, Tree)> {
    let themes = std::iter::once(theme).chain(theme.others());
    let tags = std::iter::once((&organization.language, String::new()))
        .chain(organization.other_languages.iter().map(|tag| (tag, format!("{tag}/"))));
    let spoken: Vec<(&Theme, Language)> = themes.zip(tags).map(|(theme, (tag, folder))| (theme, language(theme, tag, folder))).collect();
    let languages: Vec<Language> =
        if spoken.len() > 1 { spoken.iter().map(|(_, language)| language.clone()).collect() } else { Vec::new() };
    let tree = |(theme, language): (&'t Theme, Language)| {
        (theme, Tree { language: language.tag, folder: language.folder, languages: languages.clone() })
    };
    spoken.into_iter().map(tree).collect()
}

/// A language by the name it has for itself, or by its tag where the theme does not speak it.
fn language(theme: &Theme, tag: &str, folder: String) -> Language {
    let speaks = suiting_tag(tag, [theme.language()]).is_some();
    let name = if speaks { theme.word("language_name") } else { tag };
    Language { tag: tag.to_owned(), name: name.to_owned(), folder }
}

impl Tree {
    /// The language of the pages where they are not those at the root.
    pub(super) fn other(&self) -> Option<&str> {
        Some(self.language.as_str()).filter(|_| !self.folder.is_empty())
    }

    /// A page's languages; `place` gives its link and its address by the folder of the language.
    pub(super) fn languages_of_page(&self, place: impl Fn(&str) -> (String, Option<String>)) -> Vec<PageLanguage> {
        let language = |language: &Language| {
            let (link, address) = place(&language.folder);
            PageLanguage { tag: language.tag.clone(), name: language.name.clone(), current: language.folder == self.folder, link, address }
        };
        self.languages.iter().map(language).collect()
    }
}
