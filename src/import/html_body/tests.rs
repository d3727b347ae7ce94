//! That imported bodies show the same text and links after their way through Markdown, judged by a real HTML parser.

use std::collections::BTreeSet;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use proptest::prelude::*;

use super::*;
use crate::render::markdown::{Images, to_html};
use crate::render::visible_text::{Seen, collapsed, seen, seen_with_all_tags_spaced};

fn shown(body: &str) -> Seen {
    without_empty_links(seen(&to_html(&to_markdown(body), Images::Off)))
}

/// What the body shows; links without words are dropped.
fn wanted(body: &str) -> Seen {
    without_empty_links(seen(body))
}

fn without_empty_links(mut seen: Seen) -> Seen {
    seen.links.retain(|(target, words)| !words.is_empty() && !target.trim().is_empty());
    seen
}

#[track_caller]
fn assert_exact(body: &str) {
    assert_eq!(shown(body), wanted(body), "{body:?} -> {:?}", to_markdown(body));
}

#[test]
fn formatting_becomes_markdown() {
    let cases = [
        ("<strong>a</strong> <b>b</b> <em>c</em> <i>d</i> <code>e</code>", "**a** **b** *c* *d* `e`"),
        ("a<br />b<br><br>c", "a\\\nb\n\nc"),
        ("<p>a</p><p>b</p>", "a\n\nb"),
        ("x<ul><li>a</li><li><strong>b:</strong> c<ul><li>d</li></ul></li></ul>y", "x\n\n- a\n- **b:** c\n  - d\n\ny"),
        ("<ol start=\"3\"><li>a</li><li>b</li></ol>", "3. a\n4. b"),
        ("<ol><li>a<p>b</p></li></ol><ol><li>c</li></ol>", "1. a\n\n   b\n\n1) c"),
        ("<blockquote><p>a</p><p>b</p></blockquote>c", "> a\n>\n> b\n\nc"),
        ("<h1>a</h1><h3>b #</h3>", "# a\n\n### b \\#"),
        ("<pre>a\n  *b*\n\n`</pre>", "```\na\n  *b*\n\n`\n```"),
        ("a<hr>b", "a\n\n___\n\nb"),
        ("<a href=\"https://e.example/?a=1&amp;b=2\">x</a>", "[x](https://e.example/?a=1&b=2)"),
        ("<code>a `b` c</code>", "``a `b` c``"),
        ("<p>a <b> b </b> c</p>", "a **b** c"),
        ("<b><i>a</i> b</b>", "***a* b**"),
        ("<table><tr><th>a</th><td>b</td></tr><tr><td>c</td></tr></table>", "a b\n\nc"),
        ("a\n b\n\nc", "a\\\nb\n\nc"),
        ("<p>a\n b\n\nc</p>", "a b c"),
        ("AT&T is < 5 minutes, a_b", "AT&T is < 5 minutes, a_b"),
        ("", ""),
        (" <p> </p> ", ""),
    ];
    for (body, markdown) in cases {
        assert_eq!(to_markdown(body), markdown, "{body:?}");
        assert_exact(body);
    }
}

#[test]
fn literal_text_is_never_reinterpreted() {
    let lines = [
        "*a* **b** ***c***",
        "* a",
        "*",
        "_a_ __b__ a_b _",
        "# a",
        "#",
        "####### a",
        "1. a",
        "12) b",
        "1234567890. c",
        "- a",
        "-",
        "+ a",
        "---",
        "- - -",
        "***",
        "___",
        "===",
        "a\n===",
        "a\n---",
        "> a",
        "`a` ``b",
        "```\na",
        "~~~\na",
        "~~a~~",
        "[x](y)",
        "[x]: y",
        "![x](y)",
        "[x][y]",
        "a!",
        "<a",
        "\\*a\\*",
        "a\\",
        "a\\\nb",
        "|a|b|\n|-|-|",
        "    a",
        "a\n    b",
        "\ta",
        "http://e.example/a_b_c",
        "a@b.example",
        "&copy; &amp;lt;",
        "&",
        "&#42;",
        "&amp",
        "a  \nb",
        "$x$",
        "\"q\" -- '...'",
        "[^1]",
        "- [ ] a",
        "{{ x }}",
        "<!-- a -->",
        "<http://e.example>",
        "<b>a</b>",
        "</script>",
        "a\n\n\n\nb",
        "a *\nb*",
        "\u{a0}a\u{a0}",
        "日本語*です*",
        "1\\. a",
        "2020. A year",
        "(1) a",
        "a.\n1) b",
    ];
    for line in lines {
        let written = to_html(&from_plain_text(line), Images::Off);
        assert_eq!(seen(&written), Seen { text: collapsed(line), links: Vec::new() }, "{line:?} -> {written:?}");
        for tag in ["<em>", "<strong>", "<code>", "<ul>", "<ol", "<blockquote>", "<hr>", "<a "] {
            assert!(!written.contains(tag), "{line:?} -> {written:?}");
        }
        let escaped = line.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
        for body in [
            escaped.clone(),
            format!("<p>{escaped}</p>"),
            format!("<ul><li>{escaped}</li></ul>"),
            format!("<h2>{escaped}</h2>"),
            format!("<pre>{escaped}</pre>"),
        ] {
            assert_exact(&body);
        }
        assert_exact(&format!("a<br>{escaped}<b>{escaped}</b>{escaped}<code>{escaped}</code>"));
    }
}

#[test]
fn malformed_html_shows_what_a_browser_shows() {
    for body in [
        "latency <5> and <1m seen",
        "a < b > c <= d",
        "a <> b",
        "a </ b> c",
        "a <!-- b --> c <!d> <?e> f",
        "a & b &amp c &notit; &#65 &#x42;",
        "<b>a<p>b</b>c",
        "<b>a",
        "</b>a</p>b",
        "<ul><li>a<li>b<ul><li>c</ul>d",
        "<p>a<p>b",
        "<i>a<b>b</i>c</b>d",
        "a<foo>b</foo>c",
        "<a href=https://e.example/x>a<a href=/y>b</a>c",
        "<li>a</li><li>b</li>",
        "</ul>a</li>",
        "<ul>a<li>b</li>c</ul>",
        "a<script>b<b>c</script>d<style>e</style>f",
        "a<template>b<template>c</template>d</template>e",
        "<blockquote>a<ul><li>b</blockquote>c",
        "<ol start=5>a<li>b</ol>c",
        "<h1>a<ul><li>b</h1>c",
        "<pre>a<a href=/b>c\nd</a></pre>e",
        "<br><br>a<br><br><br>b<br>",
        "a</br>b",
        "<ul><li></li><li>a</li></ul>",
        "<ol><li></li><li>a</li></ol>",
        "x<ol><li></li><li>a</li></ol>",
        "<div><div>a</div>b</div>",
        "a<var data-var='date'>21</var>, <small>b</small>",
        "<ul><ul><li>a</li></ul></ul>",
        "<ul><li><ul><li>a</li></ul></li></ul>",
        "<ul><li>a</li></ul><ul><li>b</li></ul><ol><li>c</li></ol>",
        "<ul><li><h2>a</h2><pre>b</pre><hr>c<blockquote>d</blockquote></li></ul>",
        "a <unterminated",
        "<svg/onload=alert(1)>a",
        "\u{0}a\u{c}b",
        "a&nbsp;&nbsp;b",
        "<DIV>A<BR/>B</DIV>",
    ] {
        assert_exact(body);
    }
    assert_eq!(shown("latency <5> and <1m seen").text, "latency <5> and <1m seen");
    assert_eq!(shown("a<img src=x onerror=alert(1) alt=\" picture \">b").text, "a picture b");
}

#[test]
fn links_survive_byte_for_byte() {
    for target in [
        "https://e.example/a?b=1&amp;c=2&amp;copy=3&amp;lt;",
        "https://e.example/a_(b)_[c]",
        "https://e.example/a)b(c",
        "https://e.example/a b",
        "https://e.example/&quot;a'&quot;",
        "https://e.example/ä/日本?q=é",
        "https://e.example/\\a*b_c`d`~",
        "mailto:a@b.example?subject=x%20y",
        "/relative",
        "../up",
        "?q=1",
        "#top",
        "https://e.example/a<b>c",
        "https://e.example/%zz",
        "HTTP://E.EXAMPLE",
        "https://e.example/a|b^c{d}",
        "https://e.example/&amp;amp;",
        "https://e.example/!#$,;:@",
        "a",
    ] {
        for words in ["x", "a [b] c", "*x*", "<b>x</b>y", "a<br>b", "`x`", "<code>x</code>", "x)", "!", "https://e.example", "]("] {
            assert_exact(&format!("<a href=\"{target}\">{words}</a>"));
            assert_exact(&format!("a!<a href=\"{target}\">{words}</a>b <strong>c<a href=\"{target}\"> {words} </a></strong>d"));
        }
    }
    let body = "<a href=' https://e.example/a\n b '>x</a>";
    assert_eq!(shown(body).links, [("https://e.example/a b".to_owned(), "x".to_owned())]);
    let body = "<a href=\"https://e.example\"><p>a</p><ul><li>b</li></ul></a>c";
    assert_eq!(shown(body).links, [("https://e.example".to_owned(), "a b".to_owned())]);
    let body = "<a href='javascript:alert(1)'>a</a> <a name=x>b</a> <a href=''>c</a>";
    assert_eq!(shown(body), Seen { text: "a b c".to_owned(), links: Vec::new() });
}

#[test]
fn emphasis_survives_where_words_touch() {
    for body in [
        "a<strong>:b</strong>c",
        "a<strong>b:</strong>c",
        "<strong>a</strong>b",
        "a<em>b</em>c",
        "<strong>&nbsp;a&nbsp;</strong>b",
        "a<b>*</b>b",
        "<b>a:</b><i>b</i>",
        "<b>a <i>b</i></b>c",
        "<b><code>a</code></b>b",
        "é<b>(é)</b>é",
    ] {
        assert_exact(body);
        assert_eq!(
            seen_with_all_tags_spaced(&to_html(&to_markdown(body), Images::Off)).text,
            seen_with_all_tags_spaced(body).text,
            "{body:?} -> {:?}",
            to_markdown(body)
        );
    }
}

#[test]
fn html_is_told_from_plain_text() {
    for body in ["a <b>b</b>", "a &amp; b", "<!-- -->", "a<br>b"] {
        assert!(looks_like_html(body), "{body:?}");
    }
    for body in ["", "a < b & c > d", "AT&T\r\nlatency <5>", "a\u{e9}"] {
        assert!(!looks_like_html(body), "{body:?}");
    }
}

#[test]
fn giant_bodies_are_quick() {
    for pattern in [
        "<ul><li>",
        "<ul><li>a",
        "<blockquote>a",
        "<b>a</b>b",
        "<b><i>a",
        "<a href=/x>a</a>b",
        "<b>a<a href=/x>b</a>",
        ".",
        "1.",
        "&",
        "&a",
        "<",
        "*",
        "`",
        "<code>`</code>",
        "<pre>a",
        "<br>",
        "<p>",
        "[",
        "\n",
        "a\n",
        "<script>",
        "#",
    ] {
        let body = pattern.repeat(100_000 / pattern.len());
        let started = Instant::now();
        let markdown = to_markdown(&body);
        let plain = from_plain_text(&body);
        let took = started.elapsed();
        assert!(took < Duration::from_secs(4), "{pattern:?} took {took:?}");
        assert!(markdown.len() < 100 * body.len() && plain.len() <= 3 * body.len(), "{pattern:?}");
    }
}

fn nasty_text() -> impl Strategy<Value = String> {
    let pieces = vec![
        "a",
        "b",
        "1",
        " ",
        "  ",
        "*",
        "**",
        "_",
        "__",
        "#",
        "1.",
        "2)",
        "-",
        "+",
        "=",
        "&",
        "&lt;",
        "copy;",
        "<",
        ">",
        "`",
        "``",
        "~~~",
        "[",
        "]",
        "(",
        ")",
        "](",
        "!",
        "\\",
        "\n",
        "\n\n",
        "\t",
        "é",
        ":",
        ".",
        "http://x.y",
        "\u{a0}",
        "\"",
        "|",
        "<b>",
        "<!--",
        "\u{1f600}",
        "\u{301}",
        "\u{2028}",
        "\r\n",
        "---",
        "    ",
        "\u{0}",
        "\u{202e}",
    ];
    proptest::collection::vec(proptest::sample::select(pieces), 0..14).prop_map(|pieces| pieces.concat())
}

fn escaped(text: &str) -> String {
    text.chars()
        .filter(|character| !text::is_dropped(*character))
        .collect::<String>()
        .replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
}

/// Well-formed fragments: styled text with links in it, in paragraphs, headings, lists, quotes and preformatted text.
fn fragment() -> impl Strategy<Value = String> {
    let leaf = prop_oneof![4 => nasty_text().prop_map(|text| escaped(&text)), 1 => Just("<br>".to_owned())];
    let styled = leaf.prop_recursive(3, 12, 4, |inner| {
        let many = proptest::collection::vec(inner, 1..4).prop_map(|parts| parts.concat());
        (proptest::sample::select(vec!["b", "strong", "em", "i", "code", "small", "var", ""]), many)
            .prop_map(|(name, inside)| if name.is_empty() { inside } else { format!("<{name}>{inside}</{name}>") })
    });
    let link = (proptest::sample::select(vec!["https://e.example/a_b", "/x?y=1&amp;z=(2)", "mailto:a@b.example"]), styled.clone())
        .prop_map(|(target, words)| format!("<a href=\"{target}\">{words}</a>"));
    let bold_link = link.clone().prop_map(|link| format!("<b>x{link}</b>"));
    let line = proptest::collection::vec(prop_oneof![5 => styled, 2 => link, 1 => bold_link], 1..5).prop_map(|parts| parts.concat());
    let paragraph = (proptest::sample::select(vec!["p", "h2", "pre", "div", ""]), line)
        .prop_map(|(name, inside)| if name.is_empty() { inside } else { format!("<{name}>{inside}</{name}>") });
    paragraph.prop_recursive(3, 16, 4, |inner| {
        let many = proptest::collection::vec(inner, 1..4);
        (proptest::sample::select(vec!["ul", "ol", "ol start=7", "blockquote", "div"]), many).prop_map(|(name, parts)| {
            let end = name.split(' ').next().unwrap();
            let inside: String =
                if end.ends_with('l') { parts.iter().map(|part| format!("<li>{part}</li>")).collect() } else { parts.concat() };
            format!("<{name}>{inside}</{end}>")
        })
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 600, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn plain_text_comes_out_as_it_went_in(text in prop_oneof![nasty_text(), any::<String>()]) {
        let written = to_html(&from_plain_text(&text), Images::Off);
        prop_assert_eq!(seen(&written), Seen { text: collapsed(&text::clean(&text)), links: Vec::new() }, "{:?}", from_plain_text(&text));
    }

    #[test]
    fn fragments_come_out_as_they_went_in(body in fragment()) {
        prop_assert_eq!(shown(&body), wanted(&body), "{:?} -> {:?}", body, to_markdown(&body));
    }

    #[test]
    fn tag_soup_shows_the_same_characters(
        pieces in proptest::collection::vec(prop_oneof![
            proptest::sample::select(vec!["<b>", "</b>", "<p>", "</p>", "<ul>", "<li>", "</ul>", "</li>", "<br>", "<blockquote>", "</blockquote>", "<div>", "</div>", "<i>", "</i>", "<h2>", "</h2>", "<1", "<", ">", "&", "&lt;", "&copy"]).prop_map(str::to_owned),
            nasty_text().prop_map(|text| text.replace("<!--", "")),
        ], 0..10)
    ) {
        let body = pieces.concat();
        // Where tags cross each other, a browser's tree may part words differently; the characters are the same.
        let characters = |text: &str| text.chars().filter(|character| !character.is_whitespace() && !text::is_dropped(*character)).collect::<String>();
        prop_assert_eq!(characters(&shown(&body).text), characters(&seen(&body).text), "{:?} -> {:?}", body, to_markdown(&body));
    }
}

/// Every update's body of the real payloads, without those of incident.io, which are Markdown.
fn real_bodies(data: &Path) -> Vec<String> {
    let mut bodies = Vec::new();
    let mut folders = vec![data.join("statuspage")];
    while let Some(folder) = folders.pop() {
        let mut paths: Vec<PathBuf> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
        paths.sort();
        for path in paths {
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            if path.is_dir() {
                folders.push(path);
            } else if name.ends_with(".json") && !name.contains("incidentio") {
                gather_bodies(&serde_json::from_slice(&std::fs::read(&path).unwrap()).unwrap(), &mut bodies);
            } else if name.ends_with(".tar.gz") {
                let mut archive = tar::Archive::new(flate2::read::GzDecoder::new(std::fs::File::open(&path).unwrap()));
                for entry in archive.entries().unwrap() {
                    let mut content = String::new();
                    let mut entry = entry.unwrap();
                    if entry.header().entry_type().is_file() {
                        entry.read_to_string(&mut content).unwrap();
                        gather_bodies(&serde_json::from_str(&content).unwrap(), &mut bodies);
                    }
                }
            }
        }
    }
    bodies
}

fn gather_bodies(value: &serde_json::Value, bodies: &mut Vec<String>) {
    match value {
        serde_json::Value::Object(fields) => {
            for (name, field) in fields {
                match field {
                    serde_json::Value::String(body) if name == "body" => bodies.push(body.clone()),
                    field => gather_bodies(field, bodies),
                }
            }
        }
        serde_json::Value::Array(values) => values.iter().for_each(|value| gather_bodies(value, bodies)),
        _ => {}
    }
}

#[test]
#[expect(clippy::print_stderr, reason = "a skipped test says so")]
fn every_real_body_is_exact() {
    let Some(data) = std::env::var_os("STATUARY_TEST_DATA") else {
        eprintln!("SKIPPED: every_real_body_is_exact, because STATUARY_TEST_DATA is not set");
        return;
    };
    let bodies = real_bodies(Path::new(&data));
    let distinct: BTreeSet<&String> = bodies.iter().collect();
    let mut inexact = BTreeSet::new();
    for body in &distinct {
        let html = to_html(&to_markdown(body), Images::Off);
        if seen(&html) != seen(body) || seen_with_all_tags_spaced(&html) != seen_with_all_tags_spaced(body) {
            inexact.insert(*body);
        }
    }
    let exact = bodies.iter().filter(|body| !inexact.contains(body)).count();
    eprintln!("{exact} of {} bodies exact ({} distinct)", bodies.len(), distinct.len());
    assert!(bodies.len() > 2_000, "only {} bodies found", bodies.len());
    assert!(inexact.is_empty(), "{inexact:#?}");
}
