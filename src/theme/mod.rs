//! Themes: templates, style, words and assets inside the program, replaceable file by file by an organization.
//!
//! A theme renders a template with a context and knows nothing of status pages; what a template may name is `render::page`.
//!
//! A theme need not hold everything itself: `[borrows]` in its `theme.toml` names files of another theme that are this one's as well, such as
//! the words of seven languages. A borrowed file is like any other: it is listed, can be ejected and overridden, and counts in the
//! fingerprint. Where a theme has a file of that path itself, its own counts. Only what the lender holds itself can be borrowed.
//!
//! A style sheet stands in every page. It says itself, section by section, which kinds of pages need what: see `sheet`.

mod about;
mod assets;
mod embedded;
mod files;
mod overrides;
mod plural;
mod sheet;
mod style;
mod templates;
mod words;

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use base64::Engine;
use sha2::{Digest, Sha256};
use tera::Tera;

use crate::error::UserError;
pub use about::Backgrounds;
pub use assets::Asset;
use assets::assets;
use files::own_files;
pub use files::{files, is_within, names};
use overrides::Effective;
pub use sheet::PAGE_KINDS;
use sheet::Sheet;
use templates::{template_error, templates, without_control_characters};
use words::Words;
pub use words::fill;

const ABOUT: &str = "theme.toml";
const STYLE: &str = "assets/style.css";
const EMBED_STYLE: &str = "assets/embed.css";
/// Themes may do without.
const COMPACT_STYLE: &str = "assets/compact.css";
const RTL_STYLE: &str = "assets/rtl.css";
const LOGO_STYLE: &str = "assets/logo.css";
/// What stands in pages and is no file of its own.
const SHEETS: [&str; 5] = [STYLE, RTL_STYLE, COMPACT_STYLE, LOGO_STYLE, EMBED_STYLE];
const WORDS: &str = "words/en.toml";
const ALL_WORDS: &str = "words/";
const TEMPLATES: &str = "templates/";
const ASSETS: &str = "assets/";

/// A theme with an organization's files in it, ready to render.
#[derive(Clone, Debug)]
pub struct Theme {
    name: String,
    version: String,
    tera: Arc<Tera>,
    words: Words,
    /// The language of the words.
    spoken: String,
    style: Sheet,
    rtl_style: Sheet,
    compact_style: Sheet,
    logo_style: Sheet,
    embed_style: String,
    assets: Vec<Asset>,
    fingerprint: String,
    overridden: Vec<PathBuf>,
    backgrounds: Backgrounds,
    /// The same theme in the site's other languages.
    others: Vec<Self>,
}

impl Theme {
    /// The theme called `name` in `language` (BCP 47), with the files of the folder `overrides` in place of its own. What the theme has no
    /// words for in that language, or in one that shares its first part, is in English.
    ///
    /// # Errors
    /// A usage error where there is no such theme; bad input where a file of the organization cannot be used.
    pub fn load(name: &str, overrides: Option<&Path>, language: &str) -> Result<Self, UserError> {
        Self::load_in(name, overrides, &[language.to_owned()])
    }

    /// [`Self::load`] in the first of `languages`, with [`Self::others`] in the rest of them; English without any.
    ///
    /// # Errors
    /// As [`Self::load`].
    pub fn load_in(name: &str, overrides: Option<&Path>, languages: &[String]) -> Result<Self, UserError> {
        let own = own_files(name)?;
        let mut files = own.clone();
        if let Some(folder) = overrides {
            overrides::apply(folder, &mut files)?;
        }
        let about = about::read(&text(&files, ABOUT)?, &shown(&files, ABOUT))?;
        let spoken = spoken(&own, languages.first().map_or("en", String::as_str));
        let if_there = |path: &str| if files.contains_key(path) { sheet(&files, path) } else { Ok(Sheet::default()) };
        let theme = Self {
            name: about.name,
            version: about.version,
            backgrounds: about.backgrounds,
            tera: Arc::new(templates(&files)?),
            words: all_words(&own, &files, &spoken)?,
            spoken,
            style: sheet(&files, STYLE)?,
            rtl_style: if_there(RTL_STYLE)?,
            compact_style: if_there(COMPACT_STYLE)?,
            logo_style: if_there(LOGO_STYLE)?,
            embed_style: style::compact(&style_text(&files, EMBED_STYLE)?),
            assets: assets(&files),
            fingerprint: fingerprint(&files),
            overridden: files.values().filter_map(|file| file.overridden_by.clone()).collect(),
            others: Vec::new(),
        };
        let in_language = |language: &String| {
            let spoken = self::spoken(&own, language);
            Ok(Self { words: all_words(&own, &files, &spoken)?, spoken, ..theme.clone() })
        };
        let others = languages.iter().skip(1).map(in_language).collect::<Result<_, UserError>>()?;
        Ok(Self { others, ..theme })
    }

    /// The same theme in the site's other languages, in their order.
    pub fn others(&self) -> &[Self] {
        &self.others
    }

    /// What the theme calls itself.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Its version.
    pub fn version(&self) -> &str {
        &self.version
    }

    /// What links stand on.
    pub fn backgrounds(&self) -> &Backgrounds {
        &self.backgrounds
    }

    /// Its fixed words by key.
    pub fn words(&self) -> &BTreeMap<String, String> {
        &self.words
    }

    /// The word called `key`; the key itself where the theme has none.
    pub fn word<'a>(&'a self, key: &'a str) -> &'a str {
        self.words.get(key).map_or(key, String::as_str)
    }

    /// The word called `key` with `{name}` replaced by the value of that name.
    pub fn phrase(&self, key: &str, values: &[(&str, &str)]) -> String {
        fill(self.word(key), |name| values.iter().find(|(known, _)| *known == name).map(|(_, value)| Cow::Borrowed(*value)))
    }

    /// As [`Self::phrase`], of the forms `key_one`, `key_other` and so on the one that goes with `count`, which is `{count}` in it.
    pub fn plural(&self, key: &str, count: usize, values: &[(&str, &str)]) -> String {
        let form = format!("{key}_{}", plural::category(&self.spoken, count));
        let form = if self.words.contains_key(&form) { form } else { format!("{key}_other") };
        let shown = count.to_string();
        let values: Vec<(&str, &str)> = values.iter().copied().chain([("count", shown.as_str())]).collect();
        self.phrase(&form, &values)
    }

    /// A percentage such as `99.97`, as the language writes it.
    pub fn percent(&self, figure: &str) -> String {
        self.phrase("percent", &[("number", &figure.replace('.', self.word("decimal_mark")))])
    }

    /// The language of its words (BCP 47).
    pub fn language(&self) -> &str {
        &self.spoken
    }

    /// What pages of `kind`, one of [`PAGE_KINDS`], have of the style sheet.
    pub fn style(&self, kind: &str) -> String {
        self.style.of(kind)
    }

    /// What their style sheet has besides where words run from right to left.
    pub fn rtl_style(&self, kind: &str) -> String {
        self.rtl_style.of(kind)
    }

    /// What their style sheet has besides where services stand close together.
    pub fn compact_style(&self, kind: &str) -> String {
        self.compact_style.of(kind)
    }

    /// What their style sheet has besides where there is a logo.
    pub fn logo_style(&self, kind: &str) -> String {
        self.logo_style.of(kind)
    }

    /// The style sheet of the page that stands in frames of others.
    pub fn embed_style(&self) -> &str {
        &self.embed_style
    }

    /// The organization's own files that count in place of the theme's.
    pub fn overridden(&self) -> &[PathBuf] {
        &self.overridden
    }

    /// The files to publish beside the pages.
    pub fn assets(&self) -> &[Asset] {
        &self.assets
    }

    /// A hash over every file that counts; pages made with another one are stale.
    pub fn fingerprint(&self) -> &str {
        &self.fingerprint
    }

    /// Renders the template `name` (its path below `templates/`).
    ///
    /// # Errors
    /// Bad input where the template fails; the message has its file and line.
    pub fn render(&self, name: &str, context: &tera::Context) -> Result<String, UserError> {
        let page = self.tera.render(name, context).map_err(|error| template_error(&error))?;
        Ok(without_control_characters(page))
    }
}

/// The words of a theme in a language, English where it has none, with the organization's own in their place.
fn all_words(own: &BTreeMap<String, Effective>, files: &BTreeMap<String, Effective>, language: &str) -> Result<Words, UserError> {
    let themes = |path: &str| -> Result<Words, UserError> {
        let parsed = |path: &str| words::parse(own.get(path).map_or(&[][..], |file| &file.bytes), path);
        let mut words = parsed(WORDS)?;
        if path != WORDS {
            words.extend(parsed(path)?);
        }
        Ok(words)
    };
    let spoken = format!("{ALL_WORDS}{language}.toml");
    let mut all = themes(&spoken)?;
    for path in files.keys().filter(|path| path.starts_with(ALL_WORDS) && files[*path].overridden_by.is_some()) {
        let shown = shown(files, path);
        let shown = shown.trim_matches('`');
        let replacing = words::parse(text(files, path)?.as_bytes(), shown)?;
        // Those of another language are not shown, and yet no place for a misspelt key.
        match *path == spoken {
            true => words::replace(&mut all, replacing, shown)?,
            false => words::replace(&mut themes(path)?, replacing, shown)?,
        }
    }
    Ok(all)
}

/// The language of the words that a theme has for `language`: its own, one with the same first part, or English.
fn spoken(files: &BTreeMap<String, Effective>, language: &str) -> String {
    let known = || files.keys().filter_map(|path| path.strip_prefix(ALL_WORDS)?.strip_suffix(".toml"));
    let first = |tag: &str| tag.split('-').next().unwrap_or("").to_ascii_lowercase();
    let same = known().find(|tag| tag.eq_ignore_ascii_case(language));
    same.or_else(|| known().find(|tag| first(tag) == first(language))).unwrap_or("en").to_owned()
}

/// The name of a file for messages: where the organization keeps it, or its place in the theme.
fn shown(files: &BTreeMap<String, Effective>, path: &str) -> String {
    match files.get(path).and_then(|file| file.overridden_by.as_ref()) {
        Some(place) => format!("`{}`", place.display()),
        None => format!("`{path}`"),
    }
}

/// The file `path` as text with one kind of line end.
fn text(files: &BTreeMap<String, Effective>, path: &str) -> Result<String, UserError> {
    let Some(file) = files.get(path) else { return Err(UserError::bad_input(format!("the theme has no `{path}`"))) };
    let text = std::str::from_utf8(&file.bytes).map_err(|_| UserError::bad_input(format!("{} is not UTF-8", shown(files, path))))?;
    Ok(text.trim_start_matches('\u{feff}').replace("\r\n", "\n"))
}

/// The hash of a text within a page, as a content security policy names it: `sha256-…`.
pub fn policy_hash(text: &str) -> String {
    format!("sha256-{}", base64::engine::general_purpose::STANDARD.encode(Sha256::digest(text.as_bytes())))
}

/// A style sheet in short, since it stands in every page.
fn sheet(files: &BTreeMap<String, Effective>, path: &str) -> Result<Sheet, UserError> {
    Sheet::parse(&style_text(files, path)?, &shown(files, path))
}

/// The text of a style sheet, which cannot end the element that it will stand in.
fn style_text(files: &BTreeMap<String, Effective>, path: &str) -> Result<String, UserError> {
    let style = text(files, path)?;
    if style.to_ascii_lowercase().contains("</style") {
        return Err(UserError::bad_input(format!("{} holds `</style`, which would end it within the page", shown(files, path))));
    }
    Ok(without_control_characters(style))
}

fn fingerprint(files: &BTreeMap<String, Effective>) -> String {
    let mut hasher = blake3::Hasher::new();
    for (path, file) in files {
        // Lengths keep the end of one file and the start of the next apart.
        hasher.update(format!("{} {path} {}\n", path.len(), file.bytes.len()).as_bytes());
        hasher.update(&file.bytes);
    }
    hasher.finalize().to_hex().to_string()
}

#[cfg(test)]
mod tests;
