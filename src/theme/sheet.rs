//! A style sheet in sections, each for pages of some kinds: what stands in every page is to be no more than the page needs.
//!
//! The comment `/* pages: home, uptime */` begins a section for those kinds of pages, `/* pages: all */` one for all of them, as what stands
//! before the first such comment is. A section closes what it opens, so that any choice of them is a style sheet.

use crate::error::{UserError, nearest};
use crate::theme::style::{compact, depth};

/// The kinds of pages that have the theme's style sheet.
pub const PAGE_KINDS: [&str; 9] = ["home", "history", "year", "month", "incident", "maintenance", "service", "uptime", "not_found"];

/// A style sheet, in short.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Sheet {
    sections: Vec<Section>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Section {
    /// None where it is for all.
    kinds: Vec<&'static str>,
    style: String,
}

impl Sheet {
    /// The sections of `css`, the text of the file `shown`.
    ///
    /// # Errors
    /// Bad input where a section is for pages that there are none of, or does not close what it opens.
    pub(super) fn parse(css: &str, shown: &str) -> Result<Self, UserError> {
        let mut sections = Vec::new();
        let (mut kinds, mut begun, mut place) = (Vec::new(), 0, 0);
        while let Some((start, end)) = next_comment(css, place) {
            place = end;
            let Some(named) = css[start..end].trim_start_matches("/*").trim_end_matches("*/").trim().strip_prefix("pages:") else {
                continue;
            };
            let at = |offset: usize| format!("{shown}, line {}", css[..offset].matches('\n').count() + 1);
            sections.push(Section::new(kinds, &css[begun..start], &at(begun))?);
            kinds = kinds_of(named, &at(start))?;
            begun = end;
        }
        let line = css[..begun].matches('\n').count() + 1;
        sections.push(Section::new(kinds, &css[begun..], &format!("{shown}, line {line}"))?);
        Ok(Self { sections })
    }

    /// What pages of `kind` have of it.
    pub(super) fn of(&self, kind: &str) -> String {
        let mut style = String::new();
        for section in self.sections.iter().filter(|section| section.kinds.is_empty() || section.kinds.contains(&kind)) {
            if section.style.starts_with('}') && style.ends_with(';') {
                style.pop();
            }
            style.push_str(&section.style);
        }
        style
    }
}

impl Section {
    fn new(kinds: Vec<&'static str>, css: &str, place: &str) -> Result<Self, UserError> {
        let style = compact(css);
        match kinds.is_empty() || depth(&style) == Some(0) {
            true => Ok(Self { kinds, style }),
            false => Err(UserError::bad_input(format!("{place}: what follows `pages:` does not close what it opens"))
                .hint("write `/* pages: all */` before what is for all pages again")),
        }
    }
}

/// Where the first comment from `place` on begins and ends.
fn next_comment(css: &str, place: usize) -> Option<(usize, usize)> {
    let start = place + css.get(place..)?.find("/*")?;
    let end = css[start + 2..].find("*/").map_or(css.len(), |end| start + 2 + end + 2);
    Some((start, end))
}

fn kinds_of(named: &str, place: &str) -> Result<Vec<&'static str>, UserError> {
    let mut kinds = Vec::new();
    for name in named.split(',').map(str::trim).filter(|name| *name != "all") {
        let Some(kind) = PAGE_KINDS.into_iter().find(|kind| *kind == name) else {
            let error = UserError::bad_input(format!("{place}: there are no pages `{}`", name.escape_debug()));
            return Err(match nearest(name, PAGE_KINDS) {
                Some(near) => error.hint(format!("did you mean `{near}`?")),
                None => error.hint(format!("all, or some of {}", PAGE_KINDS.join(", "))),
            });
        };
        kinds.push(kind);
    }
    Ok(kinds)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_have_the_sections_that_name_them() {
        let css = "a { b: c } /* ours */\n/* pages: home, month */ d { e: \"}\" }\n@media x {\n/* pages: all */ }";
        let error = Sheet::parse(css, "`x.css`").unwrap_err();
        assert_eq!(error.message, "`x.css`, line 2: what follows `pages:` does not close what it opens");
        let css = "r { a: b;\n/* pages: home */\n--c: d;\n/* pages: all */\n}\n@media x { /* pages: month,home */ p { q: \"}\" } /* pages: all */ }";
        let sheet = Sheet::parse(css, "").unwrap();
        assert_eq!(sheet.of("home"), "r{a:b;--c:d}@media x{p{q:\"}\"}}");
        assert_eq!(sheet.of("month"), "r{a:b}@media x{p{q:\"}\"}}");
        assert_eq!(sheet.of("incident"), "r{a:b}@media x{}");
    }

    #[test]
    fn a_sheet_without_sections_is_for_all_pages() {
        for css in ["", "p{a:b}", "p { a: b } /* never ends", "} p {", "/* pages */ p {}"] {
            let sheet = Sheet::parse(css, "").unwrap();
            assert!(PAGE_KINDS.iter().all(|kind| sheet.of(kind) == compact(css)), "{css}");
        }
    }

    #[test]
    fn pages_there_are_none_of_are_refused_with_a_guess() {
        let refused = |css: &str| Sheet::parse(css, "`x.css`").unwrap_err();
        let error = refused("\n\n/* pages: home, incidents */");
        assert_eq!(error.message, "`x.css`, line 3: there are no pages `incidents`");
        assert_eq!(error.hint.unwrap(), "did you mean `incident`?");
        assert!(refused("/* pages: */").message.ends_with("there are no pages ``"));
        assert!(refused("/* pages: home */ }").message.contains("line 1"));
        assert!(refused("/* pages: home */ p {").message.contains("line 1"));
    }
}
