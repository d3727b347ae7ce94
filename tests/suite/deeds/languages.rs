//! Pages in several languages: one tree per language, each page leading to itself in the others.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use scraper::{Html, Selector};

use crate::test_org::TestOrg;

/// Every file of a folder: path below it, and bytes.
fn files(folder: &Path) -> Vec<(String, Vec<u8>)> {
    let mut found: Vec<(String, Vec<u8>)> = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_str().unwrap().to_owned();
        match path.is_dir() {
            true => found.extend(files(&path).into_iter().map(|(below, bytes)| (format!("{name}/{below}"), bytes))),
            false => found.push((name, fs::read(&path).unwrap())),
        }
    }
    found.sort();
    found
}

fn speak(org: &TestOrg, languages: &str) {
    org.write("acme/org.toml", format!("name = \"Acme\"\nurl = \"https://status.acme.example/x/\"\nlanguages = [{languages}]\n"));
}

/// What the attribute of each element says.
fn attributes(page: &Html, selector: &str, name: &str) -> Vec<String> {
    page.select(&Selector::parse(selector).unwrap()).map(|element| element.value().attr(name).unwrap().to_owned()).collect()
}

/// Every page of a folder: path and source.
fn pages(public: &Path) -> Vec<(String, String)> {
    let html = files(public).into_iter().filter(|(path, _)| path.ends_with(".html"));
    html.map(|(path, bytes)| (path, String::from_utf8(bytes).unwrap())).collect()
}

fn spoken() -> TestOrg {
    let org = super::acme();
    org.clock("2026-11-22T12:00:00Z");
    org.run("incident open 'API down' --service api --message 'We look into it.'").success();
    org.run("maintenance schedule 'New disks' --from tomorrow --for 2h --service api").success();
    org
}

#[test]
fn every_page_is_there_in_every_language_and_leads_to_the_others() {
    let org = spoken();
    speak(&org, "\"en\", \"de\", \"ar\"");
    org.run("build").success();
    let public = org.path("acme/public");
    let pages = pages(&public);
    let paths: BTreeSet<&str> = pages.iter().map(|(path, _)| path.as_str()).collect();
    let of_root: Vec<&&str> = paths.iter().filter(|path| !path.starts_with("de/") && !path.starts_with("ar/")).collect();
    assert_eq!(paths.len(), 3 * of_root.len());
    for (path, source) in &pages {
        let (language, folder) =
            ["de", "ar"].into_iter().find(|tag| path.starts_with(&format!("{tag}/"))).map_or(("en", ""), |tag| (tag, &path[..3]));
        let page = Html::parse_document(source);
        assert_eq!(attributes(&page, "html", "lang"), [language], "{path}");
        if path.ends_with("embed.html") {
            continue;
        }
        // The page in each language, from wherever this one is.
        let below = path.strip_prefix(folder).unwrap().strip_suffix("index.html").unwrap_or("");
        assert_eq!(attributes(&page, "footer nav a", "lang"), ["en", "de", "ar"], "{path}");
        assert_eq!(attributes(&page, "footer nav a[aria-current]", "lang"), [language], "{path}");
        let here =
            url::Url::parse("https://status.acme.example/x/").unwrap().join(path.strip_suffix("index.html").unwrap_or(path)).unwrap();
        let resolved = |links: Vec<String>| links.iter().map(|link| here.join(link).unwrap().to_string()).collect::<Vec<_>>();
        let expected = ["", "de/", "ar/"].map(|folder| format!("https://status.acme.example/x/{folder}{below}"));
        assert_eq!(resolved(attributes(&page, "footer nav a", "href")), expected, "{path}");
        if !path.ends_with("404.html") {
            assert_eq!(attributes(&page, "link[hreflang]:not([hreflang='x-default'])", "href"), expected, "{path}");
            assert_eq!(attributes(&page, "link[hreflang='x-default']", "href"), expected[..1], "{path}");
            assert_eq!(attributes(&page, "link[rel=canonical]", "href"), [format!("https://status.acme.example/x/{folder}{below}")]);
        }
        // Whatever it leads to is there, once for all languages or in this one.
        for link in resolved(
            [attributes(&page, "a[href]", "href"), attributes(&page, "link[href^='.']", "href"), attributes(&page, "script", "src")]
                .concat(),
        ) {
            let Some(target) = link.strip_prefix("https://status.acme.example/x/") else { continue };
            let target = target.split('#').next().unwrap();
            let file = if target.is_empty() || target.ends_with('/') { format!("{target}index.html") } else { target.to_owned() };
            assert!(public.join(&file).is_file(), "{path}: {link}");
        }
    }
    let sitemap = fs::read_to_string(public.join("sitemap.xml")).unwrap();
    let listed: Vec<&str> = sitemap.split("<loc>").skip(1).map(|rest| rest.split("</loc>").next().unwrap()).collect();
    assert_eq!(listed.len() % 3, 0);
    assert!(listed.contains(&"https://status.acme.example/x/ar/uptime/"));
    let german = fs::read_to_string(public.join("de/index.html")).unwrap();
    assert!(german.contains("Frühere Störungen"), "{german}");
}

#[test]
#[expect(clippy::disallowed_methods, reason = "the operator loses what can be made anew")]
fn a_language_comes_and_goes_whole() {
    let org = spoken();
    speak(&org, "\"en\"");
    org.run("build").success();
    let alone = files(&org.path("acme/public"));
    speak(&org, "\"en\", \"pt-BR\"");
    org.run("build").success();
    let both = files(&org.path("acme/public"));
    assert_eq!(both.iter().filter(|(path, _)| path.starts_with("pt-BR/")).count() + alone.len(), both.len());
    assert_eq!(org.run("build --json").json()["written"], 0);
    // What an update changes, it changes in both.
    org.run("incident update 1 --message 'Half of it works again.'").success();
    org.run("build").success();
    for folder in ["", "pt-BR/"] {
        let page = fs::read_to_string(org.path(&format!("acme/public/{folder}index.html"))).unwrap();
        assert!(page.contains("Half of it works again."), "{folder}");
    }
    // A checkout that lost its records knows the folder of a language again.
    fs::remove_dir_all(org.path("acme/.statuary")).unwrap();
    speak(&org, "\"en\"");
    org.run("build").success();
    let after = files(&org.path("acme/public"));
    assert_eq!(after.iter().map(|(path, _)| path).collect::<Vec<_>>(), alone.iter().map(|(path, _)| path).collect::<Vec<_>>());
}

#[test]
fn what_was_said_is_in_the_language_of_the_page_where_somebody_wrote_it_so() {
    let org = super::acme();
    speak(&org, "\"en\", \"de\", \"fr\"");
    org.run("incident open 'API down' --service api --message 'We *look* into it.' --message-lang 'de=Wir sehen *nach*.'").success();
    org.run("incident update 1 --message 'Half of it works.'").success();
    org.run("build").success();
    let said = |folder: &str| {
        let source = fs::read_to_string(org.path(&format!("acme/public/{folder}index.html"))).unwrap();
        let page = Html::parse_document(&source);
        let prose = Selector::parse(".card .prose").unwrap();
        let told = page.select(&prose).map(|element| (element.inner_html(), element.value().attr("lang").map(str::to_owned)));
        told.collect::<Vec<_>>()
    };
    let text = |text: &str, language: Option<&str>| (format!("<p>{text}</p>"), language.map(str::to_owned));
    assert_eq!(said(""), [text("Half of it works.", None), text("We <em>look</em> into it.", None)]);
    assert_eq!(said("de/"), [text("Half of it works.", Some("en")), text("Wir sehen <em>nach</em>.", None)]);
    assert_eq!(said("fr/"), [text("Half of it works.", Some("en")), text("We <em>look</em> into it.", Some("en"))]);
}
