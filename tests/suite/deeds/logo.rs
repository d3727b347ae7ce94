//! The organization's logo, from its file to every page.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::symlink;

use scraper::{Html, Selector};

use crate::built_site::BuiltSite;
use crate::test_org::TestOrg;

const LOGO: &str = "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 120 40\"><path d=\"M0 0h120v40z\"/></svg>";
const DARK: &str = "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"60\" height=\"20\"><path d=\"M0 0h60\" fill=\"#fff\"/></svg>";

/// The organization's site once it is built.
fn built(org: &TestOrg) -> BuiltSite {
    org.run("build --quiet").success();
    BuiltSite::read(&org.path("acme/public"))
}

/// Puts lines into the `[theme]` of the organization.
fn with_theme(org: &TestOrg, lines: &str) {
    let settings = fs::read_to_string(org.path("acme/org.toml")).unwrap();
    org.write("acme/org.toml", settings.replace("[theme]\n", &format!("[theme]\n{lines}\n")));
}

#[test]
fn a_logo_stands_on_every_page_in_place_of_the_name_and_pages_follow_it() {
    let org = super::acme();
    super::id_of(&org, "incident open 'API down' --service api=major");
    org.write("acme/logo.svg", LOGO).write("acme/pictures/dark.svg", DARK);
    let before = built(&org);
    assert!(!before.text("index.html").contains("<img") && before.text("index.html").contains(">Acme</a>"));
    with_theme(&org, "logo = 'logo.svg'\nlogo_dark = 'pictures/dark.svg'");
    org.run("theme check").success();
    let site = built(&org);
    let mut pages = 0;
    for (path, _) in site.matching("", ".html").filter(|(path, _)| *path != "embed.html") {
        let page = Html::parse_document(site.text(path));
        let only = |selector: &str| {
            let selector = Selector::parse(selector).unwrap();
            let found: Vec<_> = page.select(&selector).collect();
            assert_eq!(found.len(), 1, "{path}");
            found[0].value().attrs().map(|(name, value)| (name.to_owned(), value.to_owned())).collect::<BTreeMap<_, _>>()
        };
        let (image, source) = (only("header a.org > picture > img"), only("header a.org > picture > source"));
        let root = match path.matches('/').count() {
            _ if path == "404.html" => "/".to_owned(),
            0 => "./".to_owned(),
            depth => "../".repeat(depth),
        };
        assert_eq!((image["alt"].as_str(), image["width"].as_str(), image["height"].as_str()), ("Acme", "120", "40"), "{path}");
        assert_eq!((source["width"].as_str(), source["height"].as_str()), ("60", "20"), "{path}");
        assert_eq!(source["media"], "(prefers-color-scheme: dark)");
        assert_eq!(site.text(image["src"].strip_prefix(&root).unwrap()), LOGO, "{path}");
        assert_eq!(site.text(source["srcset"].strip_prefix(&root).unwrap()), DARK, "{path}");
        pages += 1;
    }
    assert!(pages > 5, "{pages}");
    assert_eq!(site.matching("assets/logo-", ".svg").count(), 2);
    org.write("acme/logo.svg", LOGO.replace("h120", "h100"));
    let after = built(&org);
    let changed = site.differing(&after);
    assert_eq!(changed.iter().filter(|path| path.ends_with(".html")).count(), pages, "{changed:?}");
    assert_eq!(after.matching("assets/logo-", ".svg").count(), 2, "the old one is gone");
}

#[test]
fn a_logo_that_cannot_be_published_stops_the_build_and_no_deed() {
    let org = super::acme();
    let site = built(&org);
    org.write("elsewhere/secret.svg", LOGO);
    symlink(org.path("elsewhere/secret.svg"), org.path("acme/link.svg")).unwrap();
    org.write("acme/live.svg", LOGO.replace("<path", "<script>alert(1)</script><path"));
    org.write("acme/logo.png", "<html>");
    let settings = fs::read_to_string(org.path("acme/org.toml")).unwrap();
    let hint = "save it as a plain, optimized SVG without scripts, links or fonts; or use a PNG";
    for (name, complaint, hint) in [
        ("none.svg", "is not there", Some("its path is relative to the organization's folder")),
        ("link.svg", "is a link that leaves the organization's folder", Some("put the file itself there")),
        ("live.svg", "has an element `script`, and may hold only what draws", Some(hint)),
        ("logo.png", "is no PNG picture, although it is called one", None),
    ] {
        org.write("acme/org.toml", &settings);
        with_theme(&org, &format!("logo = '{name}'"));
        let hint = hint.map_or_else(String::new, |hint| format!("hint: {hint}\n"));
        let written = fs::read_to_string(org.path("acme/org.toml")).unwrap();
        let line = written.lines().position(|line| line.starts_with("logo = ")).unwrap() + 1;
        let place = format!("[ROOT]/acme/org.toml: line {line}, column 8");
        let refusal = format!("error: {place}: `logo`: `[ROOT]/acme/{name}` {complaint}\n{hint}");
        org.run("build").stdout("").stderr(&refusal).code(5);
        org.run("theme check").stdout("").stderr(&refusal).code(5);
    }
    assert!(BuiltSite::read(&org.path("acme/public")) == site, "a failed build changes nothing");
    org.run("incident open 'API down' --service api=major").success();
    with_theme(&org, "logo_dark = '../elsewhere/secret.svg'");
    org.run("build").stderr_starts("error: [ROOT]/acme/org.toml: line ").code(5);
}
