//! Whatever stands in an argument or in a file, nothing panics, and what is said of it can be shown. More cases with PROPTEST_CASES.

use std::path::Path;

use proptest::prelude::*;
use statuary::config::Settings;
use statuary::domain::{PublicId, Slug};
use statuary::error::UserError;
use statuary::import::{dump, html_body, statuspage};
use statuary::render::markdown::{Images, to_html, to_text};

use super::outcome;
use crate::fresh_org::{FreshOrg, at, deed};
use crate::test_org::TestOrg;

/// Texts, many of which look like what they are taken for.
fn text() -> impl Strategy<Value = String> {
    let words = vec![
        "name",
        " = ",
        "'",
        "\"",
        "\"\"\"",
        "'''",
        "\n",
        "[",
        "]",
        "{",
        "}",
        "[[",
        "theme",
        "uptime",
        "partial_weight",
        "0.3",
        "1e9",
        "true",
        "url",
        "https://",
        "time_zone",
        "Europe/Berlin",
        "#",
        "\\u",
        "\\",
        ",",
        ":",
        "null",
        "-",
        "2026-11-22",
        "T",
        "14:00",
        "Z",
        "+02:00",
        "-30m",
        "tomorrow",
        "now",
        " ",
        "9999999999999999999",
        "-1",
        "é",
        "\u{0}",
        "\u{1b}",
        "\u{202e}",
        "\u{feff}",
        "page",
        "incidents",
        "components",
        "id",
        "status",
        "resolved",
        "format",
        "statuary-dump",
        "version",
        "1",
        "=major",
        "/",
        "..",
        "<",
        ">",
        "&",
        ";",
        "&#",
        "<p>",
        "<a href=",
        "]]>",
    ];
    prop_oneof![
        2 => any::<String>(),
        5 => proptest::collection::vec(proptest::sample::select(words), 0..40).prop_map(|words| words.concat()),
        1 => proptest::collection::vec(any::<u8>(), 0..300).prop_map(|bytes| String::from_utf8_lossy(&bytes).into_owned()),
    ]
}

/// What is said is one short line, or two.
#[track_caller]
fn assert_can_be_shown(error: &UserError) {
    assert!(error.message.len() < 2048 && !error.message.contains(['\n', '\u{1b}', '\u{0}']), "{error:?}");
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_text_as_settings(text in text()) {
        if let Err(error) = Settings::parse(Path::new("org.toml"), &text) {
            assert_can_be_shown(&error);
            prop_assert!(error.message.starts_with("org.toml: "));
        }
    }

    #[test]
    fn any_text_as_a_dump(text in text()) {
        if let Err(error) = dump::read(&text, "in.json") {
            assert_can_be_shown(&error);
        }
    }

    #[test]
    fn any_text_as_a_payload(text in text()) {
        for warning in statuspage::read(&text, "in.json").warnings {
            prop_assert!(warning.starts_with("in.json") && !warning.contains(['\n', '\u{1b}', '\u{202e}']), "{}", warning);
        }
    }

    #[test]
    fn any_text_as_a_slug_or_id(text in text()) {
        if let Ok(slug) = text.parse::<Slug>() {
            prop_assert!(slug.as_str().bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-'));
        }
        drop(PublicId::parse(&text));
        prop_assert!(Slug::from_name(&text, "abc").as_str().parse::<Slug>().is_ok());
    }

    #[test]
    fn any_text_as_a_body(text in text()) {
        let markdown = html_body::to_markdown(&text);
        for body in [text, markdown] {
            let (html, plain) = (to_html(&body, Images::Off), to_text(&body));
            prop_assert!(!html.contains("<script") && !plain.contains('\n'));
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, cases: 24, ..ProptestConfig::default() })]

    /// Each argument of commands that write, through the whole program.
    #[test]
    fn any_text_as_an_argument(text in text().prop_map(|text| text.replace('\u{0}', ""))) {
        let org = shared();
        for arguments in [
            vec!["incident", "open", "--draft", "--", &text],
            vec!["incident", "open", "x", "--draft", "--service", &text],
            vec!["incident", "open", "x", "--draft", "--at", &text],
            vec!["incident", "list", "--since", &text],
            vec!["service", "status", "api", &text],
            vec!["service", "show", "--", &text],
            vec!["incident", "show", "--", &text],
            vec!["maintenance", "schedule", "x", "--from", "now", "--for", &text],
            vec!["service", "edit", "api", "--link", &text],
            vec!["uptime", "--from", &text],
            vec!["--as", &text, "log"],
            vec![&text],
        ] {
            let found = outcome(&org, &arguments);
            prop_assert!(matches!(found.code, Some(0 | 2 | 3 | 4)), "{:?}: {:?} {}", arguments, found.code, found.stderr);
            found.can_be_shown();
        }
    }

    /// What commands take, a build takes, and a dump brings back.
    #[test]
    fn any_text_that_is_taken_is_built_and_comes_back(text in text()) {
        use statuary::ops::incident::{OpenIncident, open};
        let now = at("2026-11-22T12:00:00Z");
        let mut fresh = FreshOrg::new("acme", now);
        let (title, message) = (text.clone(), Some(text.into()));
        let options = OpenIncident { title, impact: None, status: None, services: Vec::new(), message, draft: false, next_update: None };
        if open(&mut fresh.org, &options, &deed(now)).is_ok() {
            let site = fresh.built(now);
            let title = site.json("api/v2/incidents.json")["incidents"][0]["name"].as_str().unwrap().to_owned();
            prop_assert!(!title.trim().is_empty() && title.trim() == title);
            let again = dump::read(&fresh.dump(), "dump.json").unwrap();
            prop_assert_eq!(&again.incidents[0].title, &title);
        }
    }
}

fn shared() -> TestOrg {
    let org = TestOrg::new();
    org.run("service add api").success();
    org
}
