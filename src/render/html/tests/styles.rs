//! Tests of style sheets: each page has every rule that it needs, and its icons.

use super::*;
use crate::theme::PAGE_KINDS;

/// The rules of a short style sheet: what they stand in, their selector and what they declare.
fn rules(css: &str, within: &str) -> Vec<(String, String, String)> {
    let mut found = Vec::new();
    let mut rest = css;
    while let Some(start) = rest.find('{') {
        let (head, body) = (rest[..start].trim(), &rest[start + 1..]);
        let mut depth = 1;
        let end = body.find(|character| {
            depth += i32::from(character == '{') - i32::from(character == '}');
            depth == 0
        });
        let end = end.unwrap_or(body.len());
        match head.starts_with("@media") {
            true => found.extend(rules(&body[..end], head)),
            false => found.push((within.to_owned(), head.to_owned(), body[..end].trim_end_matches(';').to_owned())),
        }
        rest = body.get(end + 1..).unwrap_or("");
    }
    found
}

/// The selectors of a list: commas within brackets are part of one.
fn each(selectors: &str) -> Vec<&str> {
    let mut depth = 0;
    let apart = |character: char| {
        depth += i32::from(character == '(') - i32::from(character == ')');
        depth == 0 && character == ','
    };
    selectors.split(apart).collect()
}

/// A selector without what no document shows: what people do, and what is no element.
fn lasting(selector: &str) -> String {
    let selector = selector.replace(":target", "[id]");
    let passing = [":hover", ":focus-visible", ":focus", "::after", "::before", "::-webkit-details-marker"];
    let lasting = passing.iter().fold(selector, |selector, passing| selector.replace(passing, ""));
    if lasting.is_empty() || lasting.ends_with([' ', '>']) { lasting + "*" } else { lasting }
}

#[test]
fn a_page_has_every_rule_that_it_needs() {
    for (theme, language) in theme::names().into_iter().flat_map(|name| [(name, "en"), (name, "ar")]) {
        let theme = Theme::load(theme, None, language).unwrap();
        let sheet_of = |kind: &str| {
            let parts = [theme.style(kind), theme.rtl_style(kind), theme.compact_style(kind), theme.logo_style(kind)];
            parts.iter().flat_map(|part| rules(part, "")).collect::<Vec<_>>()
        };
        let all_rules: BTreeSet<_> = PAGE_KINDS.into_iter().flat_map(sheet_of).collect();
        let mut snapshots = [snapshot(false), snapshot(true)];
        snapshots.iter_mut().for_each(|snapshot| snapshot.organization.looks.compact = true);
        for (path, source) in snapshots.iter().flat_map(|snapshot| pages(&theme, snapshot)).filter(|(path, _)| path != "embed.html") {
            let page = Html::parse_document(&source);
            let own: BTreeSet<_> = sheet_of(kind(&path)).into_iter().collect();
            for (within, selectors, declared) in all_rules.difference(&own) {
                // Tokens are used by other rules, which are looked at themselves.
                for selector in each(selectors).into_iter().filter(|_| selectors != ":root") {
                    let found = all(&page, &lasting(selector));
                    assert!(found.is_empty(), "{}: {path} lacks {within} {selector} {{{declared}}}", theme.name());
                }
            }
        }
    }
}

#[test]
fn a_page_declares_every_token_that_it_uses() {
    for theme in theme::names().into_iter().map(|name| Theme::load(name, None, "ar").unwrap()) {
        for kind in PAGE_KINDS {
            let style = [theme.style(kind), theme.rtl_style(kind), theme.compact_style(kind), theme.logo_style(kind)].concat();
            for used in style.split("var(--").skip(1) {
                let token = &used[..used.find([')', ',']).unwrap()];
                // Tailwind CSS registers its own.
                assert!(style.contains(&format!("--{token}:")) || token.starts_with("tw-"), "{}: {kind}: --{token}", theme.name());
            }
        }
    }
}

#[test]
fn a_page_has_every_icon_that_it_shows_and_hardly_another() {
    for name in theme::names() {
        for (path, source) in pages(&Theme::load(name, None, "en").unwrap(), &snapshot(false)) {
            let page = Html::parse_document(&source);
            let has: BTreeSet<_> = all(&page, "symbol").iter().filter_map(|symbol| symbol.value().attr("id")).collect();
            let shows: BTreeSet<_> = all(&page, "use").iter().filter_map(|icon| icon.value().attr("href")?.strip_prefix('#')).collect();
            assert!(shows.is_subset(&has), "{name}: {path} shows {shows:?} of {has:?}");
            if name == "default" && ["embed.html", "404.html"].contains(&path.as_str()) {
                assert_eq!(has, shows, "{path}");
            }
        }
    }
}
