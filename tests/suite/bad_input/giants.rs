//! Giant texts, made to make parsers slow: taken or refused, and built soon.

use std::time::Duration;

use super::outcome;
use crate::test_org::TestOrg;

/// Bytes of a giant text. One argument of a command may be longer than this, but not much.
const GIANT: usize = 100_000;

/// Pieces whose repetition has brought some parser of Markdown or HTML to its knees.
fn pieces() -> Vec<String> {
    let mut pieces: Vec<String> = [
        "[",
        "]",
        "[]",
        "[]()",
        "![](",
        "![",
        "[a](",
        "[a](<",
        "[a](b \"",
        "[![](",
        "![[](",
        "[a][",
        "[a]: b\n",
        "[a]: b 'c\n",
        "[^1]:\n",
        "<",
        "<a ",
        "<a b='",
        "</",
        "<!--",
        "<!-->",
        "<!A ",
        "<?",
        "<![CDATA[",
        "<a@b.",
        "<http:",
        "<div>\n",
        "</p>",
        "&",
        "&a",
        "&#",
        "&#x0;",
        "&lt;",
        ">",
        "> ",
        ">\n",
        "> - ",
        "*",
        "* ",
        "*a",
        "**",
        "**a *b ",
        "*a_",
        "_",
        "__",
        "_a__b",
        "a*_",
        "`",
        "``",
        "`a``",
        "```\n",
        "~~~\n",
        "~",
        "#",
        "# \n",
        "=\n",
        "a\n=\n",
        "-",
        "- ",
        "-\n",
        "- - ",
        "* * ",
        "1. ",
        "1)",
        "+\n",
        "\t",
        "\t- ",
        "    ",
        " \n",
        "\n",
        "\r",
        "\\",
        "\\\\[",
        "|",
        "|-",
        "| a ",
        "a|b\n-|-\n",
        "$",
        "{{",
        "{%",
        "\u{202e}",
        "\u{200d}",
        "a\u{300}",
        "\u{1f468}\u{200d}",
        "\u{feff}",
        "'",
        "\"",
        "--",
        "...",
        "(",
        "((",
        "[(",
        "[a](((",
        "x\n\n    ",
        "a  \n",
        "https://a.",
        "www.a.",
        ":a:",
        "http://[",
    ]
    .map(str::to_owned)
    .into();
    pieces.push("a".repeat(1000) + " ");
    pieces
}

fn text_of(piece: &str, bytes: usize) -> String {
    let mut text = piece.repeat(bytes.div_ceil(piece.len()));
    let mut end = bytes;
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    text.truncate(end);
    text
}

/// Lists within lists, each one blank deeper.
fn staircase(step: &str) -> String {
    let mut text = String::new();
    for depth in 0.. {
        if text.len() > GIANT {
            break;
        }
        text.push_str(&format!("{}{step}\n", " ".repeat(depth)));
    }
    text
}

fn giants() -> Vec<String> {
    let mut giants: Vec<String> = pieces().iter().map(|piece| text_of(piece, GIANT)).collect();
    let half = GIANT / 2;
    let pair = |open: &str, close: &str| text_of(open, half) + &text_of(close, half);
    giants.extend([
        pair("[", "]"),
        pair("*", "a*"),
        pair("[a](", ")"),
        pair("<div>", "</div>"),
        pair("> ", "a\n"),
        pair("- ", "a\n"),
        pair("1. ", "a\n"),
        pair("- > ", "a\n"),
        pair("**", "a **"),
        pair("`", " `a"),
        format!("[a]: /{}\n\n{}", "u".repeat(half), text_of("[a]", half)),
        (0..GIANT / 20).map(|number| format!("[a{number}]: /{number}\n")).collect(),
        (1..440).map(|length| format!("a {} b\n", "`".repeat(length))).collect(),
        staircase("-"),
        staircase("- a"),
        staircase("> a"),
        staircase("1. a"),
        format!("{}\n{}\n{}", text_of("|a", half), text_of("|-", half), "|b".repeat(10)),
    ]);
    giants
}

/// Records and builds the giants that `chosen` picks, each in an organization of its own.
fn build_giants(chosen: impl Fn(usize) -> bool) {
    let giants = giants();
    assert!(giants.len() > 110 && giants.iter().all(|text| text.len() > GIANT / 2), "{}", giants.len());
    for (_, text) in giants.iter().enumerate().filter(|(number, _)| chosen(*number)) {
        let org = TestOrg::new();
        org.run("service add api").success();
        let start: String = text.chars().take(20).collect();
        // A message that says nothing is refused whatever its length.
        let end = if text.trim().is_empty() { "." } else { "" };
        let message = format!("--message={text}{end}");
        for command in [&["incident", "open", "giant", "--service", "api", &message][..], &["build"], &["incident", "show", "1"]] {
            let found = outcome(&org, command);
            assert_eq!(found.code, Some(0), "{start:?}: {}", found.stderr);
        }
        let page = std::fs::read_to_string(org.path("acme/public/index.html")).unwrap();
        assert!(page.contains("giant") && page.len() < 60 * GIANT, "{start:?} became {} bytes", page.len());
    }
}

#[test]
fn giant_texts_are_built_soon() {
    build_giants(|number| number % 8 == 3);
}

#[test]
#[ignore = "takes a minute: every giant text"]
fn every_giant_text_is_built_soon() {
    build_giants(|_| true);
}

/// Where a line is meant, a giant is refused and nothing is recorded.
#[test]
fn giant_lines_are_refused() {
    let org = TestOrg::new();
    org.run("service add api").success();
    let giant = "x".repeat(GIANT);
    let recorded = || std::fs::read(org.path("acme/org.db")).unwrap();
    let before = recorded();
    for arguments in [
        vec!["incident", "open", &giant],
        vec!["service", "add", "x", "--name", &giant],
        vec!["service", "add", "x", "--link", &giant],
        vec!["service", "add", "x", "--group", &giant],
        vec!["service", "add", &giant],
        vec!["group", "add", "g", "--name", &giant],
        vec!["maintenance", "schedule", &giant, "--from", "+1h", "--for", "1h"],
        vec!["maintenance", "schedule", "x", "--from", &giant, "--for", "1h"],
        vec!["maintenance", "schedule", "x", "--from", "+1h", "--for", &giant],
        vec!["incident", "open", "x", "--at", &giant],
        vec!["incident", "open", "x", "--service", &giant],
        vec!["incident", "open", "x", "--impact", &giant],
        vec!["incident", "update", &giant, "--message", "x"],
        vec!["incident", "list", "--since", &giant],
        vec!["uptime", &giant],
        vec!["uptime", "--days", &giant],
        vec!["--as", &giant, "service", "add", "x"],
        vec!["--org", &giant, "status"],
        vec!["--root", &giant, "status"],
        vec![&giant],
        vec!["service", &giant],
        vec!["service", "list", &giant],
        vec!["import", "statuspage", &giant],
        vec!["build", "--out", &giant],
        vec!["org", "create", "x", "--name", &giant, "--url", &giant],
    ] {
        outcome(&org, &arguments).refused(&[1, 2, 3, 4, 5], "");
        assert!(recorded() == before && !org.path("acme/public").exists(), "{}", arguments[0]);
    }
}

/// The text of a message has a limit too, and what is below it is taken.
#[test]
fn messages_of_a_mebibyte_are_taken_and_larger_ones_refused() {
    let org = TestOrg::new();
    org.write("acme/large.md", text_of("word *word* ", 1 << 20)).write("acme/larger.md", text_of("word *word* ", (1 << 20) + 1));
    assert_eq!(outcome(&org, &["incident", "open", "large", "--file", "large.md"]).code, Some(0));
    outcome(&org, &["incident", "open", "larger", "--file", "larger.md"]).refused(&[5], "larger.md");
    assert_eq!(outcome(&org, &["build"]).code, Some(0));
}

/// Twice the text takes about twice the time, for each piece.
#[test]
#[ignore = "takes minutes: each giant text at a quarter and at its full length"]
fn giant_texts_take_time_in_proportion() {
    use statuary::render::markdown::{Images, to_html, to_text};
    let took = |text: &str| -> Duration {
        let started = std::time::Instant::now();
        std::hint::black_box((to_html(text, Images::Off), to_text(text)));
        started.elapsed()
    };
    for piece in pieces() {
        let best = |bytes: usize| {
            let text = text_of(&piece, bytes);
            (0..3).map(|_| took(&text)).min().unwrap()
        };
        let (quarter, whole) = (best(GIANT / 4), best(GIANT));
        // Four times the text: up to eight times the time and some, since a machine has other things to do.
        assert!(whole < quarter * 8 + Duration::from_millis(50), "{piece:?}: {quarter:?}, then {whole:?}");
    }
}
