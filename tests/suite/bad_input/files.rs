//! Files that people write, broken in every way: the file, the line and what is wrong, in one line.

#![expect(clippy::disallowed_methods, reason = "tests arrange files")]

use std::fs;

use super::{everything_in, outcome};
use crate::test_org::TestOrg;

/// An org.toml, and the line where something is wrong with it (0: the file as a whole).
fn broken_settings() -> Vec<(String, usize)> {
    let mut broken: Vec<(String, usize)> = [
        ("", 0),
        ("name = ''", 0),
        ("nam = 'A'", 1),
        ("name", 1),
        ("name =", 1),
        ("name = A", 1),
        ("name = 'A", 1),
        ("name = \"A\\q\"", 1),
        ("name = '''A", 1),
        ("name = 'A'\nname = 'B'", 2),
        ("name = 'A' url = 'B'", 1),
        ("name = 7", 1),
        ("name = ['A']", 1),
        ("name = { a = 1 }", 1),
        ("name = 'A'\n[theme\nname = 'x'", 2),
        ("name = 'A'\n[theme]\n[theme]", 3),
        ("name = 'A'\ntheme = 'default'", 2),
        ("name = 'A'\n[[theme]]\nname = 'x'", 2),
        ("name = 'A'\n[a.b.c]\nd = 1", 2),
        ("name = 'A'\nurl = 'nonsense'", 2),
        ("name = 'A'\nurl = 'javascript:alert(1)'", 2),
        ("name = 'A'\nurl = 'https://u:p@a.example'", 2),
        ("name = 'A'\nurl = 'https://a.example/?q'", 2),
        ("name = 'A'\ntime_zone = 'Mars/Olympus'", 2),
        ("name = 'A'\ntime_zone = '../../etc/passwd'", 2),
        ("name = 'A'\nlanguage = 'english please'", 2),
        ("name = 'A'\n[uptime]\npartial_weight = 2", 3),
        ("name = 'A'\n[uptime]\npartial_weight = nan", 3),
        ("name = 'A'\n[uptime]\npartial_weight = 0x1", 3),
        ("name = 'A'\n[text]\nimages = 'yes'", 3),
        ("name = 'A'\n[build]\nauto = 1", 3),
        ("name = 'A'\n[theme]\nname = '../../x'", 3),
        ("name = \"A\\u0000\"", 1),
        ("name = \"A\\nB\"", 1),
        ("name = \"\\u001b[2J\"", 1),
        ("name = 'A'\nd = 2026-13-45", 2),
        ("\u{0}name = 'A'", 1),
        ("name = 'A'\n\u{1b}]0;x\u{7}", 2),
        ("name = 'A'\n\u{202e}x = 1", 2),
        ("<?xml version=\"1.0\"?>\n<name>A</name>", 1),
        ("{\"name\": \"A\"}", 1),
        ("name: A", 1),
    ]
    .map(|(text, line)| (text.to_owned(), line))
    .into();
    broken.push((format!("name = 'A'\n{} = 1", "k".repeat(100_000)), 2));
    broken.push((format!("name = 'A'\nurl = '{}'", "x".repeat(100_000)), 2));
    // The parser does not tell where it gives up.
    broken.push((format!("name = 'A'\nx = {}", "[".repeat(100_000)), 0));
    broken.push((format!("name = 'A'\nx = {}", "{a=".repeat(50_000)), 0));

    broken.push((format!("name = 'A'\n[{}]", "a.".repeat(50_000) + "a"), 0));
    broken.push((format!("name = 'A'\n{}", "a = 1\n".repeat(100)), 3));
    broken.push((format!("name = '{}'\nx", "é".repeat(50_000)), 2));
    broken.push((format!("# {}\nname = 'A'", "x".repeat(2 << 20)), 0));
    broken
}

/// Bytes that are no text of any kind.
fn no_text() -> Vec<Vec<u8>> {
    let utf16: Vec<u8> = "name = 'A'".encode_utf16().flat_map(u16::to_le_bytes).collect();
    let mut all: Vec<Vec<u8>> = vec![
        vec![0xff],
        vec![0xff, 0xfe],
        [vec![0xff, 0xfe], utf16.clone()].concat(),
        utf16,
        b"name = '\xe9'".to_vec(),
        b"name = '\xc0\xaf'".to_vec(),
        b"name = '\xed\xa0\x80'".to_vec(),
        b"name = '\xf5\x80\x80\x80'".to_vec(),
        b"name = 'A'\n\x80".to_vec(),
        vec![0; 10],
        vec![0; 100_000],
        (0..=255).collect(),
        b"\x7fELF\x02\x01\x01\0\0\0\0".to_vec(),
        b"\x1f\x8b\x08\0\0\0\0\0\0\x03".to_vec(),
        b"PK\x03\x04\0\0".to_vec(),
        b"SQLite format 3\0".to_vec(),
        b"\x89PNG\r\n\x1a\n".to_vec(),
        b"\x1b[2J\x1b]0;x\x07".to_vec(),
    ];
    all.push(vec![0xff; 3 << 20]);
    all
}

#[test]
fn broken_settings_are_told_with_file_and_line() {
    let broken = broken_settings();
    assert!(broken.len() >= 40);
    let org = TestOrg::new();
    org.run("service add api").success();
    for (number, (text, line)) in broken.into_iter().enumerate() {
        org.write("acme/org.toml", &text);
        let before = everything_in(&org.path(""));
        let commands: [&[&str]; 3] = [&["build"], &["service", "add", "x"], &["status"]];
        let found = outcome(&org, commands[number % 3]);
        let place = if line == 0 { "acme/org.toml: ".to_owned() } else { format!("acme/org.toml: line {line}, column ") };
        found.refused(&[5], &place);
        assert!(everything_in(&org.path("")) == before, "{}", found.command);
    }
    for bytes in no_text() {
        org.write("acme/org.toml", &bytes);
        let before = everything_in(&org.path(""));
        outcome(&org, &["build"]).refused(&[5], "acme/org.toml: ");
        assert!(everything_in(&org.path("")) == before);
    }
}

#[test]
fn a_broken_workspace_file_is_told_with_file_and_line() {
    let org = TestOrg::new();
    for (text, line) in [("[[[", 1), ("a = ", 1), ("# fine\nb = 'x", 2), ("a = 1\na = 2", 2), ("\u{1b}[2J", 1)] {
        org.write("statuary.toml", text);
        let before = everything_in(&org.path(""));
        outcome(&org, &["org", "list"]).refused(&[5], &format!("/statuary.toml: line {line}, column "));
        outcome(&org, &["--org", "acme", "service", "add", "x"]).refused(&[5], "/statuary.toml: line ");
        assert!(everything_in(&org.path("")) == before);
    }
    for bytes in no_text() {
        org.write("statuary.toml", &bytes);
        outcome(&org, &["org", "list"]).refused(&[5], "/statuary.toml: ");
    }
    org.write("statuary.toml", "# A comment.\n").run("org list").success();
}

#[test]
fn broken_theme_files_are_told_with_file_and_line() {
    let org = TestOrg::new();
    let long = "k".repeat(100_000);
    let (long_key, long_template) = (format!("{long} = 'x'"), format!("{{{{ {long} }}}}"));
    let deep = "{{ (".to_owned() + &"(".repeat(20_000);
    let blocks = "{% if a %}".repeat(5_000);
    let line = |number: usize| format!("line {number}");
    let cases: Vec<(&str, &str, String)> = vec![
        ("words/en.toml", "status = 7", line(1)),
        ("words/en.toml", "status = 'x'\nhistory = [", line(2)),
        ("words/en.toml", "status = 'x'\nstatus = 'y'", line(2)),
        ("words/en.toml", "status = 'x'\n\n[table]\na = 'b'", line(3)),
        ("words/en.toml", "nonsense = 'x'", "`nonsense`".to_owned()),
        ("words/en.toml", &long_key, String::new()),
        ("words/en.toml", "\u{1b}[2J = 1", line(1)),
        ("words/en.toml", "\"\\u001b[2J\\u202e\" = 'x'", String::new()),
        ("theme.toml", "", String::new()),
        ("theme.toml", "name = 'x'\nversion = 1", line(2)),
        ("theme.toml", "name = 'x'\nversion = '1'\nmore = 1", line(3)),
        ("theme.toml", "{", line(1)),
        ("templates/index.html", "a\n{% if", line(2)),
        ("templates/index.html", "a\n{{ nothing }}", line(2)),
        ("templates/index.html", "a\n\n{% include \"/etc/passwd\" %}", line(3)),
        ("templates/index.html", "{% include \"../../org.toml\" %}", line(1)),
        ("templates/index.html", "{% extends \"index.html\" %}", String::new()),
        ("templates/index.html", "{% for a in range(end=1000000000) %}a{% endfor %}", String::new()),
        ("templates/index.html", &long_template, line(1)),
        ("templates/index.html", &deep, String::new()),
        ("templates/index.html", &blocks, String::new()),
        ("templates/index.html", "{{ get_env(name=\"PATH\") }}", String::new()),
        ("templates/index.html", "{% raw %}", line(1)),
        ("assets/style.css", "a{}</STYLE ><script>x</script>", "`</style`".to_owned()),
        ("assets/style.css", "a{}\n/* pages: incidents */", line(2)),
        ("assets/style.css", "a{}\n\n/* pages: home */ b{", line(3)),
    ];
    for (path, text, place) in cases {
        let file = format!("acme/overrides/{path}");
        org.write(&file, text);
        let before = everything_in(&org.path("acme"));
        let found = outcome(&org, &["build"]);
        // The engine calls templates by their names.
        found.refused(&[5], path.trim_start_matches("templates/"));
        assert!(found.stderr.contains(&place), "no `{place}` in {}", found.stderr);
        assert!(without_own(everything_in(&org.path("acme"))) == without_own(before), "{path}");
        fs::remove_file(org.path(&file)).unwrap();
    }
    for path in ["words/en.toml", "theme.toml", "templates/index.html", "assets/style.css"] {
        let file = format!("acme/overrides/{path}");
        for bytes in no_text().into_iter().filter(|bytes| std::str::from_utf8(bytes).is_err()) {
            org.write(&file, &bytes);
            outcome(&org, &["build"]).refused(&[5], path);
        }
        org.write(&file, vec![b'x'; (4 << 20) + 1]);
        outcome(&org, &["build"]).refused(&[5], path);
        fs::remove_file(org.path(&file)).unwrap();
    }
    org.run("build").success();
}

/// The folder without what a build keeps for itself.
fn without_own(
    mut found: std::collections::BTreeMap<std::path::PathBuf, Vec<u8>>,
) -> std::collections::BTreeMap<std::path::PathBuf, Vec<u8>> {
    found.retain(|path, _| !path.iter().any(|name| name == ".statuary"));
    found
}

#[test]
fn broken_dumps_and_payloads_are_told_with_file_and_place() {
    let org = TestOrg::new();
    let head = "{\"format\": \"statuary-dump\", \"version\": 1";
    let deep = "[".repeat(100_000);
    let mut texts: Vec<Vec<u8>> = [
        "",
        " ",
        "{",
        "}",
        "[]",
        "null",
        "7",
        "\"x\"",
        "{}",
        "{\"format\": 7}",
        "{\"format\": \"other\"}",
        head,
        "{\"a\": nil}",
        "{\"a\": 1,}",
        "{\"a\" 1}",
        "{'a': 1}",
        "[1e999]",
        "\"\\ud800\"",
        "\"\u{1}\"",
        "{\"format\": \"statuary-dump\", \"version\": 0}",
        "{\"format\": \"statuary-dump\", \"version\": -1}",
        "{\"format\": \"statuary-dump\", \"version\": \"\\u001b[2J\"}",
        "\u{feff}{",
        "<html></html>",
        "a,b\n1,2",
    ]
    .iter()
    .map(|text| text.as_bytes().to_vec())
    .collect();
    texts.push(deep.into_bytes());
    texts.push(format!("{{\"{}\": 1}}", "k".repeat(200_000)).into_bytes());
    texts.push(format!("{{\"format\": \"{}\"}}", "k".repeat(200_000)).into_bytes());
    texts.push(format!("{head}, \"{}\": 1}}", "k\\u001b".repeat(20_000)).into_bytes());
    texts.extend(no_text());
    assert!(texts.len() >= 40);
    for bytes in texts {
        org.write("acme/in.json", &bytes);
        let before = everything_in(&org.path("acme"));
        outcome(&org, &["import", "dump", "in.json"]).refused(&[5], "in.json");
        outcome(&org, &["import", "statuspage", "in.json"]).refused(&[5], "in.json");
        assert!(everything_in(&org.path("acme")) == before, "{:?}", String::from_utf8_lossy(&bytes[..bytes.len().min(60)]));
    }
}
