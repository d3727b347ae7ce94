//! What org.toml says: read strictly, so that a misspelt key is a message and not a setting that is silently ignored.

use std::path::Path;

use chrono_tz::{TZ_VARIANTS, Tz};
use url::{ParseError, Url};

use crate::config::document::{Document, Placed, Section};
use crate::config::intake::{self, ChecksRules, IngestRule};
use crate::config::logo::{self, LogoFiles};
use crate::config::read::settings_text;
use crate::config::storage;
use crate::config::targets::{self, PublishRules};
use crate::config::workspace::{OrgFolder, shown};
use crate::domain::{Colour, HeaderLink, Looks, Organization, PublicId, Slug, UptimeRule, is_language_tag};
use crate::error::{UserError, nearest};
use crate::storage::{Address, Settings as StorageSettings};

/// The settings of an organization, checked.
#[derive(Clone, Debug, PartialEq)]
pub struct Settings {
    /// What visitors read; not empty.
    pub name: String,
    /// Public address, http or https, ending in `/`.
    pub url: Option<String>,
    /// A sentence for search engines and feeds.
    pub description: Option<String>,
    /// Days and dates follow it; Etc/UTC by default.
    pub time_zone: Tz,
    /// Languages of the page's fixed words (BCP 47), that of the pages at the root first; `en` by default.
    pub languages: Vec<String>,
    /// Name of the theme; `default` by default.
    pub theme: String,
    /// What is set of its looks, but the logo, which [`OrgFolder::logo`] reads.
    pub looks: Looks,
    /// Files of its logo.
    pub logo: Option<LogoFiles>,
    /// How uptime is counted.
    pub uptime: UptimeRule,
    /// Whether https images in operators' text are shown.
    pub images: bool,
    /// The organization's id at Clerk.
    pub clerk_organization: Option<String>,
    /// Whether every public change is built at once.
    pub auto_build: bool,
    /// When results of checks open and resolve incidents.
    pub checks: ChecksRules,
    /// What becomes of alerts.
    pub ingest: IngestRule,
    /// Where the built site is taken.
    pub publish: PublishRules,
    /// Where the host of its object storage is, where it says so itself.
    pub storage: Option<StorageSettings>,
    /// Where its record is shared, where it says so itself.
    pub state_remote: Option<Address>,
}

impl Settings {
    /// Reads the text of an org.toml; `path` is only named in errors.
    ///
    /// # Errors
    /// Bad input, with file, line and column.
    pub fn parse(path: &Path, text: &str) -> Result<Self, UserError> {
        let document = Document::new(path, text);
        let root = document.parse()?;
        let top = Section::new(document, root.get_ref(), TOP)?;
        let name = top.text("name")?.map(|name| name.value).ok_or_else(|| no_name(document))?;
        Self::of(&top, name)
    }

    /// Checks what a part of another file says of settings: any of them may be missing there.
    pub(super) fn check(top: &Section<'_>) -> Result<(), UserError> {
        let document = top.document();
        if top.has("name") && top.text("name")?.is_none() {
            return Err(no_name(document));
        }
        Self::of(top, String::new()).map(drop)
    }

    /// What a section says, but the name.
    fn of(top: &Section<'_>, name: String) -> Result<Self, UserError> {
        let document = top.document();
        let theme = top.section("theme", &["name", "accent", "accent_dark", "density", "logo", "logo_dark"])?;
        let uptime = top.section("uptime", &["partial_weight", "major_weight"])?;
        let text_rules = top.section("text", &["images"])?;
        let build = top.section("build", &["auto"])?;
        let in_section = |section: &Option<Section<'_>>, key: &str| section.as_ref().map_or(Ok(None), |found| found.thousandths(key));
        let switch = |section: &Option<Section<'_>>, key: &str| section.as_ref().map_or(Ok(None), |found| found.switch(key));
        let usual = UptimeRule::default();
        let looks = looks(document, top, theme.as_ref())?;
        let logo = logo::files(document, theme.as_ref())?;
        let theme = match theme {
            Some(section) => section.text("name")?,
            None => None,
        };
        Ok(Self {
            name,
            url: top
                .text("url")?
                .map(|address| public_address(&address.value).map_err(|why| document.refuse(&address.span, &why)))
                .transpose()?,
            description: top.sentence("description")?,
            time_zone: top.text("time_zone")?.map_or(Ok(Tz::Etc__UTC), |zone| time_zone(document, &zone))?,
            languages: languages(document, top)?,
            theme: theme.map_or(Ok("default".to_owned()), |name| theme_name(document, name))?,
            looks,
            logo,
            uptime: UptimeRule {
                partial_thousandths: in_section(&uptime, "partial_weight")?.unwrap_or(usual.partial_thousandths),
                major_thousandths: in_section(&uptime, "major_weight")?.unwrap_or(usual.major_thousandths),
            },
            images: switch(&text_rules, "images")?.unwrap_or(false),
            clerk_organization: top.text("clerk_organization")?.map(|id| id.value),
            auto_build: switch(&build, "auto")?.unwrap_or(false),
            checks: intake::checks(top)?,
            ingest: intake::ingest(top)?,
            publish: targets::rules(top)?,
            storage: storage::section(document, top)?,
            state_remote: storage::state_remote(document, top)?,
        })
    }

    /// The organization these settings describe.
    pub fn organization(&self, slug: &Slug, id: PublicId) -> Organization {
        Organization {
            id,
            slug: slug.clone(),
            name: self.name.clone(),
            url: self.url.clone(),
            description: self.description.clone(),
            time_zone: self.time_zone,
            language: self.languages.first().cloned().unwrap_or_default(),
            other_languages: self.languages.iter().skip(1).cloned().collect(),
            uptime: self.uptime.clone(),
            images: self.images,
            looks: self.looks.clone(),
        }
    }
}

/// Keys and sections of the top level.
pub(super) const TOP: &[&str] = &[
    "name",
    "url",
    "description",
    "time_zone",
    "language",
    "languages",
    "clerk_organization",
    "links",
    "theme",
    "uptime",
    "text",
    "build",
    "checks",
    "ingest",
    "publish",
    "state",
    "storage",
];

/// Reads the settings of `folder`.
pub(super) fn read(folder: &OrgFolder) -> Result<Settings, UserError> {
    let path = folder.settings_file();
    settings_text(&path, &folder.dir, |text| Settings::parse(&path, text))
}

impl OrgFolder {
    /// What is wrong with the setting `key` of `[theme]` only where it is used, `error` beginning with its name: the same with its place.
    pub fn at_theme_setting(&self, key: &str, error: UserError) -> UserError {
        let path = self.settings_file();
        let place = settings_text(&path, &self.dir, |text| {
            let document = Document::new(&path, text);
            let root = document.parse()?;
            let given = root.get_ref().get("theme").and_then(|theme| theme.get_ref().as_table()?.get(key)).map(toml::Spanned::span);
            Ok(given.map(|span| document.place(&span)))
        });
        // The file may be another one by now.
        let place = place.ok().flatten().unwrap_or_else(|| shown(&path));
        UserError { message: format!("{place}: {}", error.message), ..error }
    }
}

/// More would not fit into the head of a page.
const MOST_LINKS: usize = 6;

/// Characters of what a link says.
const LONGEST_LINK: usize = 40;

fn looks(document: Document<'_>, top: &Section<'_>, theme: Option<&Section<'_>>) -> Result<Looks, UserError> {
    let colour = |key: &str| match theme.map_or(Ok(None), |section| section.text(key))? {
        None => Ok(None),
        Some(given) => given
            .value
            .parse::<Colour>()
            .map(Some)
            .map_err(|()| document.refuse(&given.span, &format!("`{}` is not a colour", given.value)).hint("write it as `#1d4f91`")),
    };
    let density = theme.map_or(Ok(None), |section| section.text("density"))?;
    let compact = match density.as_ref().map(|given| given.value.as_str()) {
        None | Some("comfortable") => false,
        Some("compact") => true,
        Some(other) => {
            let span = density.as_ref().map_or(0..0, |given| given.span.clone());
            return Err(document.refuse(&span, &format!("`{other}` is no density")).hint("it is `comfortable` or `compact`"));
        }
    };
    let mut links = Vec::new();
    for (number, link) in top.sections("links", &["text", "url"])?.iter().enumerate() {
        let missing = |key: &str| document.refuse_whole(&format!("link {} has no `{key}`", number + 1));
        let text = link.text("text")?.ok_or_else(|| missing("text"))?;
        if text.value.chars().count() > LONGEST_LINK {
            return Err(document.refuse(&text.span, &format!("a link says at most {LONGEST_LINK} characters")));
        }
        let url = link.text("url")?.ok_or_else(|| missing("url"))?;
        let parsed = Url::parse(&url.value)
            .map_err(|error| document.refuse(&url.span, &no_address(&url.value, error)).hint("it begins with https:// or mailto:"))?;
        if !matches!(parsed.scheme(), "http" | "https" | "mailto") {
            return Err(document
                .refuse(&url.span, &format!("`{}` is not a web or mail address", url.value))
                .hint("it begins with https:// or mailto:"));
        }
        links.push(HeaderLink { text: text.value, url: parsed.to_string() });
    }
    if links.len() > MOST_LINKS {
        return Err(document.refuse_whole(&format!("there are {} links, and at most {MOST_LINKS} fit", links.len())));
    }
    Ok(Looks { accent: colour("accent")?, accent_dark: colour("accent_dark")?, compact, links, logo: None })
}

/// An http or https address ending in `/`.
///
/// # Errors
/// What is wrong with it, in words.
pub(super) fn public_address(text: &str) -> Result<String, String> {
    let address = Url::parse(text).map_err(|error| match error {
        ParseError::RelativeUrlWithoutBase => no_web_address(text),
        other => no_address(text, other),
    })?;
    if !matches!(address.scheme(), "http" | "https") {
        return Err(no_web_address(text));
    }
    if !address.username().is_empty() || address.password().is_some() {
        return Err("the address holds a user name or password, which would be published".to_owned());
    }
    if address.query().is_some() || address.fragment().is_some() {
        return Err(format!("`{text}` has a `?` or `#` part, which a folder of pages cannot have"));
    }
    let mut address = address.to_string();
    if !address.ends_with('/') {
        address.push('/');
    }
    Ok(address)
}

fn no_web_address(text: &str) -> String {
    format!("`{text}` is not an address that begins with https://")
}

/// Why a text is no address of any kind.
fn no_address(text: &str, error: ParseError) -> String {
    match error {
        ParseError::RelativeUrlWithoutBase => format!("`{text}` is not a web or mail address"),
        other => format!("`{text}` is not an address: {other}"),
    }
}

fn no_name(document: Document<'_>) -> UserError {
    document.refuse_whole("`name` is missing or empty").hint("write what visitors shall read, as in `name = \"Acme\"`")
}

fn time_zone(document: Document<'_>, zone: &Placed<String>) -> Result<Tz, UserError> {
    zone.value.parse().map_err(|_| {
        let error = document.refuse(&zone.span, &format!("`{}` is not a time zone", zone.value));
        match nearest(&zone.value, TZ_VARIANTS.iter().map(|known| known.name())) {
            Some(near) => error.hint(format!("did you mean `{near}`?")),
            None => error.hint("write an IANA name such as `Europe/Berlin`"),
        }
    })
}

/// The languages of the pages, the first one that of the root: `languages`, or `language` alone.
fn languages(document: Document<'_>, top: &Section<'_>) -> Result<Vec<String>, UserError> {
    let alone = top.text("language")?;
    let listed = top.texts("languages")?;
    if let (Some(alone), true) = (&alone, !listed.is_empty())
        && listed.first().is_none_or(|first| !first.value.eq_ignore_ascii_case(&alone.value))
    {
        return Err(document
            .refuse(&alone.span, "`language` is not the first of `languages`")
            .hint("leave `language` out: the first of `languages` is that of the pages at the root"));
    }
    if listed.len() > MOST_LANGUAGES {
        return Err(document.refuse_whole(&format!("there are {} languages, and at most {MOST_LANGUAGES} are possible", listed.len())));
    }
    let listed = if listed.is_empty() { alone.into_iter().collect() } else { listed };
    let mut languages: Vec<String> = Vec::new();
    for (place, given) in listed.into_iter().enumerate() {
        let span = given.span.clone();
        let language = language_tag(document, given)?;
        if languages.iter().any(|known| known.eq_ignore_ascii_case(&language)) {
            return Err(document.refuse(&span, &format!("`{language}` is in `languages` twice")));
        }
        if place > 0 && NO_LANGUAGES.contains(&language.to_ascii_lowercase().as_str()) {
            return Err(document.refuse(&span, &format!("`{language}` is a folder of every site, and no language can have its place")));
        }
        languages.push(language);
    }
    if languages.is_empty() {
        languages.push("en".to_owned());
    }
    Ok(languages)
}

/// More trees of pages than any organization has readers for.
const MOST_LANGUAGES: usize = 24;

/// What looks like a language and is a folder of the site.
const NO_LANGUAGES: &[&str] = &["api", "assets", "badge", "history", "services", "uptime"];

fn language_tag(document: Document<'_>, language: Placed<String>) -> Result<String, UserError> {
    if is_language_tag(&language.value) {
        return Ok(language.value);
    }
    Err(document.refuse(&language.span, &format!("`{}` is not a language", language.value)).hint("write a tag such as `en` or `pt-BR`"))
}

fn theme_name(document: Document<'_>, name: Placed<String>) -> Result<String, UserError> {
    let shaped = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-' || byte == b'_';
    if name.value.len() <= 64 && name.value.bytes().all(shaped) {
        return Ok(name.value);
    }
    Err(document.refuse(&name.span, &format!("`{}` is not the name of a theme", name.value)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::Kind;

    #[test]
    fn languages_are_one_or_several() {
        let languages = |text: &str| parse(&format!("name = 'A'\n{text}")).unwrap().languages;
        assert_eq!(languages(""), ["en"]);
        assert_eq!(languages("language = 'de'"), ["de"]);
        assert_eq!(languages("languages = ['fr', ' pt-BR ']"), ["fr", "pt-BR"]);
        assert_eq!(languages("language = 'FR'\nlanguages = ['fr', 'de']"), ["fr", "de"]);
        for (text, why) in [
            ("languages = 'en'", "line 2, column 13: `languages` is a text, not a list of texts"),
            ("languages = ['en', 5]", "line 2, column 20: `languages` holds a number, not a text in quotes"),
            ("languages = ['en', '']", "line 2, column 20: `languages` holds an empty text"),
            ("languages = ['en', '..']", "line 2, column 20: `..` is not a language"),
            ("languages = ['en', 'de', 'DE']", "line 2, column 26: `DE` is in `languages` twice"),
            ("languages = ['en', 'api']", "line 2, column 20: `api` is a folder of every site, and no language can have its place"),
            ("language = 'de'\nlanguages = ['en', 'de']", "line 2, column 12: `language` is not the first of `languages`"),
        ] {
            assert_eq!(refused(&format!("name = 'A'\n{text}")).message, format!("/w/acme/org.toml: {why}"));
        }
    }

    #[test]
    fn what_is_there_already_is_named_with_its_line() {
        for (text, why) in [
            ("name = 'A'\n[state]\n\n[state]\nremote = 's3://a/b'", "line 4, column 2: section [state] is there already, at line 2"),
            ("name = 'A'\n[ theme ]\n[theme]\n", "line 3, column 2: section [theme] is there already, at line 2"),
            ("name = 'A'\nurl = ''\nname = 'B'", "line 3, column 1: `name` is there already, at line 1"),
            ("name = 'A'\n[theme]\nname = 'a'\nlogo = 'a'\nname = 'b'", "line 5, column 1: `name` is there already, at line 3"),
        ] {
            assert_eq!(refused(text).message, format!("/w/acme/org.toml: {why}"));
        }
        let error = refused("name = 'A'\n[build]\nauto = true\nlinks = []\n");
        assert_eq!(error.message, "/w/acme/org.toml: line 4, column 1: unknown key `links`");
        assert_eq!(error.hint.as_deref(), Some("write `links` above the first section"));
    }

    fn parse(text: &str) -> Result<Settings, UserError> {
        Settings::parse(Path::new("/w/acme/org.toml"), text)
    }

    fn refused(text: &str) -> UserError {
        let error = parse(text).unwrap_err();
        assert_eq!(error.kind, Kind::BadInput, "{text}: {error}");
        assert!(error.message.starts_with("/w/acme/org.toml: "), "{error}");
        assert!(error.message.len() < 2000 && !error.message.chars().any(char::is_control), "{error:?}");
        error
    }

    #[test]
    fn a_name_is_enough() {
        let settings = parse("name = ' Acme '").unwrap();
        assert_eq!(settings.name, "Acme");
        assert_eq!((settings.url.as_deref(), settings.description.as_deref()), (None, None));
        assert_eq!((settings.time_zone, settings.languages[0].as_str(), settings.theme.as_str()), (Tz::Etc__UTC, "en", "default"));
        assert_eq!(settings.uptime, UptimeRule::default());
        assert!(!settings.images && !settings.auto_build && settings.clerk_organization.is_none());
    }

    #[test]
    fn every_key_is_read() {
        let settings = parse(
            "name='A'\nurl='https://status.example.com/x'\ndescription='''two\n  lines'''\ntime_zone='Europe/Berlin'\nlanguage='pt-BR'\n\
             clerk_organization='org_1'\n[theme]\nname='plain'\n[uptime]\npartial_weight=0.125\nmajor_weight=1\n[text]\nimages=true\n\
             [build]\nauto=true\n",
        )
        .unwrap();
        assert_eq!(settings.url.as_deref(), Some("https://status.example.com/x/"));
        assert_eq!(settings.description.as_deref(), Some("two lines"));
        assert_eq!((settings.time_zone, settings.languages[0].as_str()), (Tz::Europe__Berlin, "pt-BR"));
        assert_eq!((settings.uptime.partial_thousandths, settings.uptime.major_thousandths), (125, 1000));
        assert!(settings.images && settings.auto_build && settings.theme == "plain");
        assert_eq!(settings.clerk_organization.as_deref(), Some("org_1"));
        assert_eq!(settings.looks, Looks::default());
    }

    #[test]
    fn looks_are_read() {
        let looks = parse(
            "name='A'\n[[links]]\ntext='Help'\nurl='https://help.example'\n[[links]]\ntext='Mail'\nurl='mailto:a@b.example'\n\
             [theme]\naccent='#1D4F91'\naccent_dark='#9cf'\ndensity='compact'",
        )
        .unwrap()
        .looks;
        assert_eq!((looks.accent.unwrap().to_string(), looks.accent_dark.unwrap().to_string()), ("#1d4f91".into(), "#99ccff".into()));
        assert!(looks.compact);
        let links: Vec<_> = looks.links.iter().map(|link| (link.text.as_str(), link.url.as_str())).collect();
        assert_eq!(links, [("Help", "https://help.example/"), ("Mail", "mailto:a@b.example")]);
        assert_eq!(parse("name='A'\n[theme]\ndensity='comfortable'").unwrap().looks, Looks::default());
        let error = refused("name = 'A'\n[theme]\naccent = '#12345'\n");
        assert_eq!(error.message, "/w/acme/org.toml: line 3, column 10: `#12345` is not a colour");
    }

    #[test]
    fn complaints_name_line_column_and_the_likely_word() {
        let error = refused("name = 'A'\ntimezone = 'UTC'\n");
        assert_eq!(error.message, "/w/acme/org.toml: line 2, column 1: unknown key `timezone`");
        assert_eq!(error.hint.as_deref(), Some("did you mean `time_zone`?"));
        let error = refused("name = 'A'\ntime_zone = 'Europe/Berln'\n");
        assert_eq!(error.message, "/w/acme/org.toml: line 2, column 13: `Europe/Berln` is not a time zone");
        assert_eq!(error.hint.as_deref(), Some("did you mean `Europe/Berlin`?"));
        let error = refused("name = 'A'\n[uptime]\npartial_wieght = 1\n");
        assert_eq!(error.message, "/w/acme/org.toml: line 3, column 1: unknown key `partial_wieght`");
    }

    #[test]
    fn what_cannot_be_used_is_refused() {
        for text in [
            "",
            "name = ''",
            "name = '   '",
            "name = 1",
            "name = ['a']",
            "name = \"a\\nb\"",
            "name = \"a\\u001bb\"",
            "name",
            "name = 'A'\nname = 'B'",
            "name = 'A'\nurl = 'status.example.com'",
            "name = 'A'\nurl = 'ftp://example.com'",
            "name = 'A'\nurl = 'javascript:alert(1)'",
            "name = 'A'\nurl = 'https://me:secret@example.com'",
            "name = 'A'\nurl = 'https://example.com/?a'",
            "name = 'A'\ntime_zone = 'Mars/Olympus'",
            "name = 'A'\nlanguage = '../en'",
            "name = 'A'\nlanguage = 'x'",
            "name = 'A'\n[theme]\nname = '../x'",
            "name = 'A'\ntheme = 'x'",
            "name = 'A'\n[uptime]\npartial_weight = 1.5",
            "name = 'A'\n[uptime]\npartial_weight = 0.3333",
            "name = 'A'\n[uptime]\npartial_weight = -0.1",
            "name = 'A'\n[uptime]\npartial_weight = nan",
            "name = 'A'\n[uptime]\npartial_weight = '0.3'",
            "name = 'A'\n[text]\nimages = 'yes'",
            "name = 'A'\n[build]\nauto = 1",
            "\u{feff}\u{feff}name = 'A'",
            "name = 'A'\n[theme]\naccent = 'red'",
            "name = 'A'\n[theme]\naccent = 1",
            "name = 'A'\n[theme]\ndensity = 'tight'",
            "name = 'A'\nlinks = 'x'",
            "name = 'A'\nlinks = ['x']",
            "name = 'A'\n[[links]]\ntext = 'x'",
            "name = 'A'\n[[links]]\nurl = 'https://a.example'",
            "name = 'A'\n[[links]]\ntext = 'x'\nurl = 'javascript:alert(1)'",
            "name = 'A'\n[[links]]\ntext = 'x'\nurl = '/there'",
            "name = 'A'\n[[links]]\ntext = 'x'\nurl = 'https://a.example'\ntarget = 'y'",
        ] {
            refused(text);
        }
        refused(&format!("name = 'A'\n{} = 1", "k".repeat(100_000)));
        refused(&format!("name = 'A'\n{}", "[[links]]\ntext = 'x'\nurl = 'https://a.example'\n".repeat(7)));
        refused(&format!("name = 'A'\n[[links]]\ntext = '{}'\nurl = 'https://a.example'\n", "x".repeat(41)));
        refused(&format!("name = 'A'\ntime_zone = '{}'", "z".repeat(100_000)));
        refused(&format!("name = {}", "[".repeat(100_000)));
    }

    proptest::proptest! {
        #[test]
        fn no_text_makes_it_panic(text in "[ -~\\n\\t=\\[\\]'\"\u{e9}\u{1b}]{0,80}") {
            drop(parse(&text));
        }
    }
}
