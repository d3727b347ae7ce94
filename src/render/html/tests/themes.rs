//! Tests of what every theme has to do.

use super::*;

const LANGUAGES: [&str; 7] = ["ar", "de", "en", "es", "fr", "ja", "pt-BR"];

/// A snapshot in which nothing is and nothing ever happened.
fn nothing() -> Snapshot {
    let mut empty = snapshot(true);
    empty.entries.clear();
    empty.incidents.clear();
    empty.maintenances.clear();
    empty.verdict.kind = VerdictKind::Empty;
    empty
}

#[test]
fn every_theme_has_every_page_in_every_language() {
    let mut snapshots = [snapshot(false), nothing()];
    for language in LANGUAGES {
        for snapshot in &mut snapshots {
            snapshot.organization.language = language.to_owned();
            snapshot.organization.looks.links = vec![HeaderLink { text: "Help".to_owned(), url: "https://help.example/".to_owned() }];
        }
        for name in theme::names() {
            let theme = Theme::load(name, None, language).unwrap();
            assert_eq!(theme.language(), language);
            for (path, source) in snapshots.iter().flat_map(|snapshot| pages(&theme, snapshot)) {
                let page = Html::parse_document(&source);
                let html = all(&page, "html")[0].value();
                let direction = (language == "ar").then_some("rtl");
                assert_eq!((html.attr("lang"), html.attr("dir")), (Some(language), direction), "{name}: {path}");
                assert!(!source.contains("{{") && !source.contains("{%"), "{name}: {path}");
                if path != "embed.html" {
                    let selectors = [".top nav a[href='https://help.example/']", ".top .org", "#main h1"];
                    assert_eq!(selectors.map(|selector| all(&page, selector).len()), [1; 3], "{name}: {path}");
                }
            }
        }
    }
}

/// The addresses that a page leads to, its moments, and the words of its headings.
fn told(source: &str) -> [BTreeSet<String>; 3] {
    let page = Html::parse_document(source);
    let attribute =
        |selector, name| all(&page, selector).iter().filter_map(|element| element.value().attr(name).map(str::to_owned)).collect();
    [
        attribute("body a", "href"),
        attribute("time", "datetime"),
        all(&page, "h1, h3").iter().map(|heading| heading.text().collect()).collect(),
    ]
}

#[test]
fn every_theme_tells_the_same() {
    for snapshot in [snapshot(false), snapshot(true), nothing()] {
        let [expected, others @ ..] = &theme::names()
            .into_iter()
            .map(|name| (name, pages(&Theme::load(name, None, "en").unwrap(), &snapshot)))
            .collect::<Vec<_>>()[..]
        else {
            unreachable!("there are themes")
        };
        for (name, pages) in others {
            for ((path, source), (_, expected)) in pages.iter().zip(&expected.1) {
                assert_eq!(told(source), told(expected), "{name}: {path}");
            }
        }
    }
}

#[test]
fn only_themes_that_say_so_have_a_script() {
    for name in theme::names() {
        let theme = Theme::load(name, None, "en").unwrap();
        let scripted = pages(&theme, &snapshot(false)).iter().filter(|(_, source)| source.contains("<script")).count();
        assert_eq!((scripted > 0, theme.assets().len()), if name == "plain" { (false, 0) } else { (true, 7) }, "{name}");
    }
}

#[test]
fn the_plain_theme_is_small() {
    let theme = Theme::load("plain", None, "en").unwrap();
    assert!(theme.style("home").len() < 2000, "{}", theme.style("home").len());
    let templates = theme::files("plain").unwrap().into_keys().filter(|path| path.starts_with("templates/")).count();
    assert!(templates <= 11, "{templates}");
}

#[test]
fn the_frame_has_a_rule_for_every_class() {
    for name in theme::names() {
        let theme = Theme::load(name, None, "en").unwrap();
        let rules = theme.embed_style().replace('\\', "");
        let (_, source) = pages(&theme, &snapshot(false)).into_iter().find(|(path, _)| path == "embed.html").unwrap();
        for element in all(&Html::parse_document(&source), "[class]") {
            for class in element.value().classes() {
                assert!(rules.contains(&format!(".{class}")), "{name}: {class}");
            }
        }
    }
}
