//! Reading a declaration, strictly: a slip in a file that is reviewed and applied by machines must not pass for a wish.

use std::collections::BTreeMap;
use std::path::Path;

use crate::config::declaration::{Declaration, Declared, DeclaredGroup, DeclaredService, DeclaredSettings};
use crate::config::document::{Document, Placed, Section};
use crate::domain::{POSITIONS, Service, Slug};
use crate::error::UserError;

/// What a declaration holds.
const TOP: &[&str] = &["settings", "groups", "services"];

/// The keys of a group.
const GROUP: &[&str] = &["slug", "name", "description", "position"];

/// The keys of a service.
const SERVICE: &[&str] =
    &["slug", "name", "description", "link", "group", "position", "start_date", "hidden", "showcase", "only_show_if_degraded"];

pub(super) fn declaration(path: &Path, text: &str) -> Result<Declaration, UserError> {
    let document = Document::new(path, text);
    let root = document.parse()?;
    let top = Section::new(document, root.get_ref(), TOP)?;
    let settings = DeclaredSettings::read(document, &top, text)?;
    let groups = top.placed_sections("groups", GROUP)?;
    let groups = groups.iter().map(group).collect::<Result<Vec<_>, _>>()?;
    refuse_twice("group", groups.iter().map(|group| &group.slug))?;
    let services = top.placed_sections("services", SERVICE)?;
    let services = services.iter().map(service).collect::<Result<Vec<_>, _>>()?;
    refuse_twice("service", services.iter().map(|service| &service.slug))?;
    Ok(Declaration { settings, groups, services })
}

fn group(said: &Placed<Section<'_>>) -> Result<DeclaredGroup, UserError> {
    let section = &said.value;
    Ok(DeclaredGroup {
        slug: slug("group", said)?,
        name: text(section, "name")?,
        description: text(section, "description")?,
        position: position(section)?,
    })
}

fn service(said: &Placed<Section<'_>>) -> Result<DeclaredService, UserError> {
    let section = &said.value;
    Ok(DeclaredService {
        slug: slug("service", said)?,
        name: text(section, "name")?,
        description: text(section, "description")?,
        link: text(section, "link")?,
        group: text(section, "group")?,
        position: position(section)?,
        start_date: section.date("start_date")?.map(|date| declared(section.document(), date)),
        hidden: section.switch("hidden")?.unwrap_or(false),
        showcase: section.switch("showcase")?.unwrap_or(Service::SHOWCASE),
        only_show_if_degraded: section.switch("only_show_if_degraded")?.unwrap_or(false),
    })
}

fn declared<T>(document: Document<'_>, placed: Placed<T>) -> Declared<T> {
    Declared { place: document.place(&placed.span), value: placed.value }
}

fn slug(what: &str, said: &Placed<Section<'_>>) -> Result<Declared<Slug>, UserError> {
    let document = said.value.document();
    let Some(given) = said.value.text("slug")? else {
        return Err(document
            .refuse(&said.span, &format!("a {what} has no `slug`"))
            .hint("write its name in commands, as in `slug = \"api\"`"));
    };
    let given = declared(document, given);
    match given.value.parse() {
        Ok(value) => Ok(Declared { value, place: given.place }),
        Err(error) => Err(given.refuse_as(error)),
    }
}

/// A text; an empty one says that there is none.
fn text(section: &Section<'_>, key: &str) -> Result<Option<Declared<String>>, UserError> {
    let said = section.text_as_is(key)?.filter(|said| !said.value.trim().is_empty());
    Ok(said.map(|said| declared(section.document(), said)))
}

fn position(section: &Section<'_>) -> Result<Option<Declared<i64>>, UserError> {
    let range = |bound: &i64| usize::try_from(*bound).unwrap_or(0);
    let said = section.placed_number("position", range(POSITIONS.start())..=range(POSITIONS.end()))?;
    Ok(said.map(|said| {
        let value = i64::try_from(said.value).unwrap_or(i64::MAX);
        declared(section.document(), Placed { value, span: said.span })
    }))
}

fn refuse_twice<'a>(what: &str, slugs: impl Iterator<Item = &'a Declared<Slug>>) -> Result<(), UserError> {
    let mut seen: BTreeMap<&Slug, &Declared<Slug>> = BTreeMap::new();
    for slug in slugs {
        if let Some(first) = seen.insert(&slug.value, slug) {
            let place = first.place.split_once(": ").map_or(first.place.as_str(), |(_, place)| place);
            return Err(slug.refuse(&format!("{what} `{}` is there already, in {place}", slug.value)));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::Kind;

    fn refused(text: &str) -> (String, Option<String>) {
        let error = Declaration::parse(Path::new("acme.toml"), text).unwrap_err();
        assert_eq!(error.kind, Kind::BadInput, "{text}: {error}");
        assert!(error.message.len() < 2000 && !error.message.chars().any(char::is_control), "{error:?}");
        (error.message, error.hint)
    }

    #[test]
    fn everything_that_can_be_said_is_read() {
        let said = Declaration::parse(
            Path::new("acme.toml"),
            "[settings]\ntime_zone = 'Europe/Berlin'\n[settings.theme]\nname = 'plain'\n\
             [[groups]]\nslug = 'eu'\nname = 'Europe'\nposition = 3\n\
             [[services]]\nslug = 'api'\nname = \"API\\tv2\"\ndescription = \"\"\"two\r\nlines\"\"\"\nlink = ''\ngroup = 'eu'\nstart_date = 2026-01-02\n\
             hidden = true\nshowcase = false\nonly_show_if_degraded = true\n[[services]]\nslug = 'web'\nstart_date = '2026-01-03'\n",
        )
        .unwrap();
        assert!(!said.names_nothing() && said.groups.len() == 1 && said.services.len() == 2);
        let (group, api, web) = (&said.groups[0], &said.services[0], &said.services[1]);
        assert_eq!((group.slug.value.as_str(), group.position.as_ref().unwrap().value), ("eu", 3));
        assert_eq!(api.name.as_ref().unwrap().value, "API\tv2");
        assert_eq!(api.description.as_ref().unwrap().value, "two\nlines");
        assert!(api.link.is_none() && api.hidden && !api.showcase && api.only_show_if_degraded);
        assert_eq!(api.start_date.as_ref().unwrap().value.to_string(), "2026-01-02");
        assert_eq!(web.start_date.as_ref().unwrap().value.to_string(), "2026-01-03");
        assert!(web.name.is_none() && !web.hidden && web.showcase);
        assert_eq!(api.slug.refuse("no").message, "acme.toml: line 10, column 8: no");
        assert!(Declaration::parse(Path::new("x"), "").unwrap().names_nothing());
    }

    #[test]
    fn what_cannot_be_meant_is_refused_with_its_place() {
        for (text, message, hint) in [
            ("[[service]]\n", "line 1, column 3: unknown key `service`", Some("did you mean `services`?")),
            (
                "[[services]]\nslug = 'a'\nno_showcase = true",
                "line 3, column 1: unknown key `no_showcase`",
                Some("did you mean `showcase`?"),
            ),
            (
                "[[services]]\nname = 'a'\n",
                "line 1, column 1: a service has no `slug`",
                Some("write its name in commands, as in `slug = \"api\"`"),
            ),
            ("services = 1", "line 1, column 12: `services` is a number, not a list of sections", None),
            (
                "[[groups]]\nslug = 'a b'",
                "line 2, column 8: `a b` cannot be a name in commands and paths",
                Some("use 1 to 64 lower-case letters, digits and hyphens, with a letter or digit at both ends"),
            ),
            ("[[groups]]\nslug = 'a'\n[[groups]]\nslug = 'a'", "line 4, column 8: group `a` is there already, in line 2, column 8", None),
            ("[[services]]\nslug = 'a'\nposition = -1", "line 3, column 12: `position` is not a whole number from 0 to 1000000000", None),
            (
                "[[services]]\nslug = 'a'\nstart_date = 'soon'",
                "line 3, column 14: `soon` is not a date",
                Some("write it as in `2026-01-01`"),
            ),
            (
                "[[services]]\nslug = 'a'\nstart_date = 2026-01-01T00:00:00Z",
                "line 3, column 14: `2026-01-01T00:00:00Z` is not a date",
                Some("write it as in `2026-01-01`"),
            ),
            ("[[services]]\nslug = 'a'\nname = \"a\\u202eb\"", "line 3, column 8: `name` has control characters", None),
            ("[[services]]\nslug = 'a'\nhidden = 'no'", "line 3, column 10: `hidden` is a text, not true or false", None),
            ("[settings]\ntimezone = 'UTC'", "line 2, column 1: unknown key `timezone`", Some("did you mean `time_zone`?")),
            ("[settings]\nname = ''", "`name` is missing or empty", Some("write what visitors shall read, as in `name = \"Acme\"`")),
            ("[settings.theme]\naccent = 'red'", "line 2, column 10: `red` is not a colour", Some("write it as `#1d4f91`")),
            (
                "[settings]\nclerk_organization = 'org_1'",
                "line 2, column 22: which organization at Clerk it is linked to is no setting to apply",
                Some("link it with `statuary org link SLUG CLERK_ORG_ID`"),
            ),
            ("settings = 7", "line 1, column 12: `settings` is a number, not a section", None),
        ] {
            let (said, hinted) = refused(text);
            assert_eq!((said, hinted.as_deref()), (format!("acme.toml: {message}"), hint), "{text}");
        }
        refused(&format!("[[services]]\nslug = '{}'", "é".repeat(100_000)));
        refused(&"[".repeat(100_000));
    }
}
