//! `statuary theme`: which there are, files of one's own, and whether templates work.

use std::fs;

use serde_json::json;

use crate::test_org::TestOrg;

#[test]
fn themes_are_listed_with_and_without_an_organization() {
    let org = super::acme();
    let listed = org.run("theme list --json").json();
    let default = &listed["themes"][0];
    assert_eq!((&default["name"], &default["used"]), (&json!("default"), &json!(true)));
    assert!(default["files"].as_array().unwrap().contains(&json!("templates/index.html")));
    let files = default["files"].as_array().unwrap().len();
    org.run("theme list").stdout(&format!("default\t1.0.0\tyes\t{files}\n")).success();
    TestOrg::empty().run("theme list").stdout(&format!("default\t1.0.0\t-\t{files}\n")).success();
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
    assert_eq!(ejected["paths"].as_array().unwrap().len(), 4);
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
