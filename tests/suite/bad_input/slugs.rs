//! Names that could lead elsewhere or mean something to a system.

use std::path::PathBuf;

use statuary::domain::Slug;

use super::{everything_in, outcome};
use crate::test_org::TestOrg;

/// Names that no organization, service or group may have.
fn wrong() -> Vec<String> {
    let mut wrong: Vec<String> = [
        // Shape.
        "",
        " ",
        "  ",
        "-",
        "--",
        "---",
        "-a",
        "a-",
        "-a-",
        "a--",
        "A",
        "aB",
        "ACME",
        "a b",
        " a",
        "a ",
        "a_b",
        "_",
        "__proto__",
        "a+b",
        "a=b",
        "a,b",
        "a;b",
        "a:b",
        "a!",
        "a@b",
        "a#b",
        "a$b",
        "a&b",
        "(a)",
        "a*",
        "?",
        "a?b",
        "a|b",
        "a<b",
        "a>b",
        "\"a\"",
        "'a'",
        "`a`",
        "~",
        "~root",
        "a~1",
        "[a]",
        "{a}",
        "a^b",
        "%",
        "%2e%2e",
        "a%00b",
        "a%2fb",
        "%61",
        // Places.
        ".",
        "..",
        "...",
        ".a",
        "a.",
        "a.b",
        "a..b",
        "../a",
        "../../etc/passwd",
        "./a",
        "a/",
        "/",
        "/a",
        "a/b",
        "a/../b",
        "a//b",
        "/etc/passwd",
        "\\",
        "..\\a",
        "a\\b",
        "C:",
        "c:a",
        "\\\\?\\a",
        "//a",
        "file:///a",
        "a/.",
        "index.html",
        ".git",
        ".htaccess",
        "org.db",
        "404.html",
        // Devices of Windows.
        "con",
        "prn",
        "aux",
        "nul",
        "com1",
        "com9",
        "lpt1",
        "lpt9",
        "com0",
        "lpt0",
        "CON",
        "Nul",
        "con.txt",
        "nul.",
        "com¹",
        "conin$",
        "conout$",
        // Letters of other scripts, and what cannot be seen.
        "é",
        "ä",
        "ａ",
        "а",
        "日本",
        "a\u{300}",
        "ſ",
        "K",
        "İ",
        "ı",
        "a\u{200b}",
        "\u{200b}",
        "\u{feff}a",
        "a\u{ad}b",
        "\u{202e}a",
        "a\u{2028}b",
        "١",
        "²",
        "🚀",
        "a\u{e0061}",
        // Control characters.
        "a\n",
        "\na",
        "a\r\nb",
        "a\tb",
        "\u{1b}[2J",
        "a\u{7f}",
        "a\u{85}",
        "\u{1}",
        // Templates and markup.
        "{{7*7}}",
        "{{-a-}}",
        "<b>",
        "&amp;",
        "${a}",
        "$(a)",
        "../{{a}}",
    ]
    .map(str::to_owned)
    .into();
    wrong.extend([65, 66, 128, 255, 256, 4096].map(|length| "a".repeat(length)));
    wrong.push(format!("{}-", "a".repeat(63)));
    wrong.push(format!("a{}", "-".repeat(63)));
    wrong
}

/// Names on the edge of what is allowed.
fn right() -> Vec<String> {
    let mut right: Vec<String> =
        ["a", "0", "9", "a-b", "a--b", "0-0", "com", "com10", "lpt", "lpt-1", "con-a", "nul0", "xn--a", "index", "history", "badge", "www"]
            .map(str::to_owned)
            .into();
    right.extend([2, 62, 63, 64].map(|length| "a".repeat(length)));
    right.push(format!("a{}b", "-".repeat(62)));
    right
}

#[test]
fn wrong_names_are_not_taken_and_right_ones_are() {
    let mut wrong = wrong();
    assert!(wrong.len() >= 130, "{}", wrong.len());
    wrong.extend(["a\0b", "\0", "a\0"].map(str::to_owned));
    for name in wrong {
        let refused = name.parse::<Slug>().unwrap_err();
        assert!(!refused.message.contains(char::is_control), "{:?}: {}", name, refused.message);
        assert!(serde_json::from_value::<Slug>(serde_json::json!(name)).is_err(), "{name:?} in a dump");
    }
    for name in right() {
        assert_eq!(name.parse::<Slug>().unwrap().as_str(), name);
    }
}

/// Whatever another page calls its services, their slugs are of the right shape.
#[test]
fn any_name_from_elsewhere_gives_a_right_name() {
    for name in wrong().iter().chain(&right()) {
        for id in ["abc", "A".repeat(80).as_str(), "con", "-"] {
            let slug = Slug::from_name(name, id);
            assert!(slug.as_str().parse::<Slug>().is_ok() || id == "-", "{name:?}, {id}: {slug}");
        }
    }
}

#[test]
fn commands_refuse_wrong_names_and_make_nothing() {
    let org = TestOrg::new();
    let before = everything_in(&org.path(""));
    for name in wrong() {
        let commands = [
            vec!["org", "create", "--name", "X", "--", &name],
            vec!["service", "add", "--", &name],
            vec!["group", "add", "--name", "X", "--", &name],
        ];
        // One process each costs too much for all three with every name; the three read names in one way.
        let number = name.bytes().map(usize::from).sum::<usize>() % commands.len();
        let found = outcome(&org, &commands[number]);
        found.refused(&[2], "");
    }
    for name in ["api", "assets", "public", "webhooks", "events"] {
        outcome(&org, &["org", "create", name, "--name", "X"]).refused(&[2], "is a reserved name");
    }
    // Naming one is no way to make or reach one.
    for name in ["../acme", "..", "/etc", ".", "acme/../acme", "ACME", "acme\n", "acme/", ""] {
        outcome(&org, &["--org", name, "service", "add", "x"]).refused(&[2, 3], "");
        outcome(&org, &["service", "show", name]).refused(&[2, 3], "");
    }
    assert!(everything_in(&org.path("")) == before, "something was made");
}

#[test]
fn right_names_are_found_below_the_root_and_nowhere_else() {
    let org = TestOrg::empty();
    org.run("init deep/root").success();
    org.enter("deep/root");
    for name in right() {
        assert_eq!(outcome(&org, &["org", "create", &name, "--name", "X"]).code, Some(0), "{name}");
    }
    org.enter(&format!("deep/root/{}", "a".repeat(64)));
    for name in right() {
        assert_eq!(outcome(&org, &["service", "add", &name]).code, Some(0), "{name}");
    }
    org.run("build").success();
    let tops: Vec<PathBuf> = std::fs::read_dir(org.path("")).unwrap().map(|entry| entry.unwrap().path()).collect();
    assert_eq!(tops, [org.path("deep")]);
    assert_eq!(std::fs::read_dir(org.path("deep/root")).unwrap().count(), right().len() + 1);
}
