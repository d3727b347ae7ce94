//! `statuary theme`: which there are, files of one's own, and whether templates work.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use scraper::{Html, Selector};
use serde_json::json;

use crate::test_org::TestOrg;

/// Sets the theme of `acme`.
fn choose(org: &TestOrg, theme: &str) {
    org.write("acme/org.toml", format!("name = \"Acme\"\nurl = \"https://status.acme.example/\"\n[theme]\nname = \"{theme}\"\n"));
}

#[test]
fn themes_are_listed_with_and_without_an_organization() {
    let org = super::acme();
    let listed = org.run("theme list --json").json();
    let themes = listed["themes"].as_array().unwrap();
    let told: Vec<_> = themes.iter().map(|theme| (theme["name"].as_str().unwrap(), theme["used"].as_bool().unwrap())).collect();
    assert_eq!(told, [("default", true), ("plain", false), ("tailwind", false)]);
    for theme in themes {
        // Words are files of every theme, its own or borrowed.
        for file in ["templates/index.html", "words/ar.toml"] {
            assert!(theme["files"].as_array().unwrap().contains(&json!(file)), "{file}: {theme}");
        }
    }
    let table = |used: &str| -> String {
        let row = |theme: &serde_json::Value| {
            let (name, files) = (theme["name"].as_str().unwrap(), theme["files"].as_array().unwrap().len());
            format!("{name}\t1.0.0\t{}\t{files}\n", if name == used { "yes" } else { "-" })
        };
        themes.iter().map(row).collect()
    };
    org.run("theme list").stdout(&table("default")).success();
    TestOrg::empty().run("theme list").stdout(&table("nobody")).success();
    choose(&org, "plain");
    org.run("theme list").stdout(&table("plain")).success();
    org.run("theme list --org nobody").stdout("").code(3);
}

#[test]
fn an_ejected_file_is_the_organizations_own_and_is_never_written_over() {
    let org = super::acme();
    org.clock("2026-11-22T12:00:00Z");
    org.run("build").success();
    org.run("theme eject templates/index.html")
        .stdout("[ROOT]/acme/overrides/templates/index.html\n")
        .stderr("copied 1 file of the theme `default`\n")
        .success();
    // It is the theme's own, so that the page stays what it is.
    let built = org.run("build --json").json();
    assert_eq!((&built["written"], &built["removed"]), (&json!(0), &json!(0)));
    org.write("acme/overrides/templates/index.html", "<p>{{ home.verdict }}</p>");
    org.run("build").success();
    assert_eq!(fs::read_to_string(org.path("acme/public/index.html")).unwrap(), "<p>All services are operational</p>");
    org.run("theme eject templates")
        .stdout("")
        .stderr("error: `[ROOT]/acme/overrides/templates/index.html` is there already\nhint: remove it to take the theme's own again\n")
        .code(4);
    assert_eq!(fs::read_dir(org.path("acme/overrides/templates")).unwrap().count(), 1);
    let ejected = org.run("theme eject assets/ --json").json();
    assert_eq!(ejected["paths"].as_array().unwrap().len(), 12);
    for (path, hint) in [
        ("templates/indx.html", "did you mean `templates/index.html`?"),
        ("../acme/org.toml", "`statuary theme list --json` names its files"),
        ("/etc/passwd", "`statuary theme list --json` names its files"),
        ("", "`statuary theme list --json` names its files"),
        ("templates/index", "did you mean `templates/index.html`?"),
    ] {
        let refusal = format!("error: the theme `default` has no file `{path}`\nhint: {hint}\n");
        org.run(&format!("theme eject '{path}'")).stdout("").stderr(&refusal).code(3);
    }
}

#[test]
fn a_borrowed_file_is_ejected_as_the_themes_own() {
    let org = super::acme();
    choose(&org, "plain");
    org.run("theme eject words/de.toml")
        .stdout("[ROOT]/acme/overrides/words/de.toml\n")
        .stderr("copied 1 file of the theme `plain`\n")
        .success();
    org.write("acme/overrides/words/en.toml", "history = 'Past'\n");
    org.run("build").success();
    assert!(fs::read_to_string(org.path("acme/public/404.html")).unwrap().contains(">Past</a>"));
    // What it does not borrow is no file of it.
    org.run("theme eject assets/live.js").stdout("").code(3);
    org.write("acme/overrides/assets/live.js", "");
    org.run("build").stderr_starts("error: `[ROOT]/acme/overrides/assets/live.js` overrides nothing").code(5);
}

#[test]
fn every_theme_builds_the_example() {
    let org = TestOrg::empty();
    org.run("demo there --no-serve").success();
    org.enter("there");
    let settings = fs::read_to_string(org.path("there/org.toml")).unwrap();
    let listed = org.run("theme list --json").json();
    let pages = |theme: &str| -> Vec<(PathBuf, BTreeSet<String>)> {
        org.write("there/org.toml", settings.replace("name = \"default\"", &format!("name = \"{theme}\"")));
        assert_eq!(org.run("theme check --json").json()["name"], json!(theme));
        org.run("build").success();
        let mut pages = Vec::new();
        collect(&org.path("there/public"), &mut pages);
        pages.sort();
        pages
    };
    let mut expected = None;
    for theme in listed["themes"].as_array().unwrap() {
        let name = theme["name"].as_str().unwrap();
        let built = pages(name);
        assert!(built.len() > 50, "{}", built.len());
        // The same pages, which lead to the same places.
        assert_eq!(*expected.get_or_insert_with(|| built.clone()), built, "{name}");
    }
}

/// The pages below `folder` with the addresses that each leads to.
fn collect(folder: &Path, pages: &mut Vec<(PathBuf, BTreeSet<String>)>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            collect(&path, pages);
        } else if path.extension().is_some_and(|extension| extension == "html") {
            let page = Html::parse_document(&fs::read_to_string(&path).unwrap());
            let links =
                page.select(&Selector::parse("body a[href]").unwrap()).filter_map(|link| Some(link.attr("href")?.to_owned())).collect();
            assert_eq!(page.select(&Selector::parse("h1").unwrap()).count(), 1, "{}", path.display());
            pages.push((path, links));
        }
    }
}

#[test]
fn nothing_is_ejected_through_a_link() {
    let org = super::acme();
    org.write("elsewhere/kept", "");
    org.write("acme/overrides/assets/embed.css", "");
    std::os::unix::fs::symlink(org.path("elsewhere"), org.path("acme/overrides/words")).unwrap();
    org.run("theme eject words/en.toml").stdout("").code(5);
    assert_eq!(fs::read_dir(org.path("elsewhere")).unwrap().count(), 1);
    // One that leads nowhere yet is no free place either.
    std::os::unix::fs::symlink(org.path("elsewhere/style.css"), org.path("acme/overrides/assets/style.css")).unwrap();
    org.run("theme eject assets/style.css").stdout("").code(4);
    assert_eq!(fs::read_dir(org.path("elsewhere")).unwrap().count(), 1);
}

#[test]
fn a_check_names_the_file_and_line_of_everything_that_fails() {
    let org = super::acme();
    let whole = org.run("theme check --json").json();
    assert_eq!((&whole["name"], &whole["overridden"]), (&json!("default"), &json!([])));
    let files = whole["pages"].as_u64().unwrap();
    assert!(files > 200, "{files}");
    org.run("theme check").stdout(&format!("the theme `default` renders {files} files\n")).stderr("").success();
    org.write("acme/overrides/words/en.toml", "history = 'Past'\n");
    let words = format!("the theme `default` renders {files} files, 1 of its files your own\n");
    org.run("theme check").stdout(&words).success();
    // What shows only when something happens is found too: no organization but the example has it all.
    for (file, text) in [
        ("templates/incident.html", "{% extends \"base.html\" %}\n{% block main %}\n{{ incident.titel }}{% endblock main %}"),
        ("templates/maintenance.html", "\n\n{% if maintenance.cancelled %}{{ nobody }}{% endif %}"),
        ("templates/404.html", "{{ words.no_such_word }}"),
    ] {
        org.write(&format!("acme/overrides/{file}"), text);
    }
    org.run("theme check")
        .stdout("")
        .stderr_matches(|words| {
            let errors: Vec<&str> = words.lines().filter(|line| line.starts_with("error: ")).collect();
            let starts =
                ["`templates/404.html`, line 1: ", "`templates/incident.html`, line 3: ", "`templates/maintenance.html`, line 3: "];
            errors.len() == 3 && errors.iter().zip(starts).all(|(error, start)| error.starts_with(&format!("error: {start}")))
        })
        .code(5);
    org.write("acme/overrides/templates/month.html", "{% for %}");
    org.run("theme check").stdout("").stderr_starts("error: `templates/month.html`, line 1: ").code(5);
    assert!(!org.path("acme/public").exists());
}
