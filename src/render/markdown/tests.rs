//! That Markdown from people formats what it should and carries nothing live.

use std::time::{Duration, Instant};

use proptest::prelude::*;
use scraper::{Html, Node};

use super::*;
use crate::render::visible_text::{collapsed, seen};

fn html(markdown: &str) -> String {
    to_html(markdown, Images::Off)
}

/// Panics unless every element, attribute and address is one of the few this module may write.
#[track_caller]
fn assert_nothing_live(fragment: &str) {
    let shown: String = fragment.chars().take(500).collect();
    for node in Html::parse_fragment(fragment).tree.nodes() {
        let Node::Element(element) = node.value() else {
            assert!(!matches!(node.value(), Node::Comment(_) | Node::ProcessingInstruction(_)), "comment in {shown:?}");
            continue;
        };
        let allowed: &[&str] = match element.name() {
            "a" => &["href", "rel", "title"],
            "img" => &["src", "alt", "title", "loading"],
            "ol" => &["start"],
            "html" | "body" | "p" | "br" | "hr" | "ul" | "li" | "blockquote" | "pre" | "code" | "em" | "strong" => &[],
            name => panic!("element `{name}` in {shown:?}"),
        };
        for (name, value) in element.attrs() {
            assert!(allowed.contains(&name), "attribute `{name}` in {shown:?}");
            let address: String = value.chars().filter(|character| *character > ' ').collect::<String>().to_lowercase();
            match name {
                "href" => assert!(is_harmless(&address), "address {value:?} in {shown:?}"),
                "src" => assert!(address.starts_with("https://"), "image {value:?} in {shown:?}"),
                _ => {}
            }
        }
        if element.name() == "a" {
            assert_eq!(element.attr("rel"), Some("nofollow noopener noreferrer"));
        }
    }
}

fn is_harmless(address: &str) -> bool {
    let before_path = address.split(['/', '?', '#']).next().unwrap();
    let relative = !before_path.contains(':') && !address.replace('\\', "/").starts_with("//");
    ["http://", "https://", "mailto:"].iter().any(|scheme| address.starts_with(scheme)) || relative
}

#[test]
fn commonmark_is_formatted() {
    assert_eq!(html("We *see* **errors** in `api`."), "<p>We <em>see</em> <strong>errors</strong> in <code>api</code>.</p>\n");
    assert_eq!(html("a\\\nb"), "<p>a<br>\nb</p>\n");
    assert_eq!(html("a\n\nb"), "<p>a</p>\n<p>b</p>\n");
    assert_eq!(html("- a\n- b"), "<ul>\n<li>a</li>\n<li>b</li>\n</ul>\n");
    assert_eq!(html("3. a\n4. b"), "<ol start=\"3\">\n<li>a</li>\n<li>b</li>\n</ol>\n");
    assert_eq!(html("> a"), "<blockquote>\n<p>a</p>\n</blockquote>\n");
    assert_eq!(html("a\n\n---\n\nb"), "<p>a</p>\n<hr>\n<p>b</p>\n");
    assert_eq!(html("```rust onload\na < b\n```"), "<pre><code>a &lt; b\n</code></pre>\n");
    assert_eq!(html(""), "");
}

#[test]
fn headings_never_outrank_the_page() {
    assert_eq!(
        html("# a\n## b\n### c\n###### d"),
        "<p><strong>a</strong></p>\n<p><strong>b</strong></p>\n<p><strong>c</strong></p>\n<p><strong>d</strong></p>\n"
    );
    assert_eq!(html("a\n==="), "<p><strong>a</strong></p>\n");
}

#[test]
fn nothing_beyond_commonmark() {
    for text in ["~~a~~", "\"a\" -- 'b'...", "see http://e.example/x", "|a|b|\n|-|-|\n|c|d|", "x[^1]", "- [ ] a", "$x$", "# a {#b .c}"] {
        let seen = seen(&html(text)).text;
        for mark in ["~~", "--", "...", "http://e.example/x", "|-|-|", "[^1]", "[ ]", "$x$", "{#b .c}"] {
            assert!(!text.contains(mark) || seen.contains(mark), "{text:?} -> {seen:?}");
        }
    }
    assert!(!html("see http://e.example/x").contains("href"));
}

#[test]
fn raw_html_is_text() {
    assert_eq!(html("a <b>c</b>"), "<p>a &lt;b&gt;c&lt;/b&gt;</p>\n");
    assert_eq!(html("<div onclick=x>\n*a*\n</div>"), "<p>&lt;div onclick=x&gt;\n*a*\n&lt;/div&gt;</p>\n");
    assert_eq!(seen(&html("- x\n\n  <script>alert(1)</script>\n\n- y")).text, "x <script>alert(1)</script> y");
}

#[test]
fn links_keep_their_target_byte_for_byte() {
    let rel = "rel=\"nofollow noopener noreferrer\"";
    assert_eq!(html("[a](https://e.example)"), format!("<p><a href=\"https://e.example\" {rel}>a</a></p>\n"));
    assert_eq!(html("[a](/b \"t\\\"\")"), format!("<p><a href=\"/b\" {rel} title=\"t&quot;\">a</a></p>\n"));
    assert_eq!(html("<me@e.example>"), format!("<p><a href=\"mailto:me@e.example\" {rel}>me@e.example</a></p>\n"));
    for target in [
        "https://e.example/ä?q=\"1\"&amp;r=(2)#日",
        "HTTPS://E.example/a b'c",
        "mailto:a@b.example?subject=x%20y",
        "../x:y",
        "?q=a:b",
        "#top",
        "a/b",
    ] {
        let markdown = format!("[x](<{}>)", target.replace("&amp;", "\\&amp;"));
        assert_eq!(seen(&html(&markdown)).links, [(target.to_owned(), "x".to_owned())], "{markdown}");
    }
}

#[test]
fn other_targets_lose_the_link_and_keep_the_words() {
    let targets = [
        "javascript:alert(1)",
        "JaVaScRiPt:alert(1)",
        "java&Tab;script:alert(1)",
        "java&NewLine;script:alert(1)",
        "&#1;javascript:alert(1)",
        "&#32;javascript:alert(1)",
        "javascript&colon;alert(1)",
        "&#x6A;avascript&#58;alert(1)",
        "java\u{200b}script:alert(1)",
        "data:text/html,<script>",
        "data:text/html;base64,PHN2Zz4=",
        "vbscript:x",
        "file:///etc/passwd",
        "blob:x",
        "view-source:x",
        "feed:javascript:x",
        "//evil.example",
        "\\\\evil.example",
        "/\\evil.example",
        "&#9;//evil.example",
        "&#xa0;//evil.example",
        "http:evil",
        "https://",
        "https:///x",
        "http://a b/",
        "https://&#x202e;e.example",
        "http://[::1",
        "https://e.example:99999/",
        "https://%zz/",
        "mailto:",
        "",
        ":x",
    ];
    for target in targets {
        let written = html(&format!("[words](<{}>)", target.replace('<', "\\<").replace('>', "\\>").replace('\\', "\\\\")));
        assert!(!written.contains("<a"), "{target:?} -> {written:?}");
        assert!(written.contains("words"), "{target:?} -> {written:?}");
    }
    assert_eq!(html("<javascript:alert(1)>"), "<p>javascript:alert(1)</p>\n");
}

#[test]
fn images_are_words_unless_allowed_and_https() {
    assert_eq!(html("![a *b* ![c](d)](https://e.example/x.png)"), "<p>a b c</p>\n");
    let shown = to_html("![a \"b\"](https://e.example/x.png \"t\")", Images::HttpsOnly);
    assert_eq!(shown, "<p><img src=\"https://e.example/x.png\" alt=\"a &quot;b&quot;\" title=\"t\" loading=\"lazy\"></p>\n");
    for target in ["http://e.example/x.png", "x.png", "//e.example/x.png", "data:image/png;base64,x", "javascript:x"] {
        assert_eq!(to_html(&format!("![a]({target})"), Images::HttpsOnly), "<p>a</p>\n", "{target}");
    }
}

#[test]
fn no_link_stands_in_another() {
    let written = to_html("[![[a](https://b.example)](https://c.example/i.png)](https://d.example)", Images::HttpsOnly);
    assert_eq!(written.matches("<a").count(), written.matches("</a").count());
    assert!(written.matches("<a").count() <= 1, "{written}");
}

#[test]
fn control_characters_are_gone_however_they_are_written() {
    let written = html("a\u{0}b\u{8}\r\nc &#8; &#x202e; &#0; &#xFFFF; `\u{202d}` [l](https://e.example/x \"&#7;\")");
    assert!(!written.chars().any(text::is_dropped), "{written:?}");
    assert!(written.starts_with("<p>ab\nc "));
}

#[test]
fn plain_text_is_one_paragraph() {
    assert_eq!(
        to_text("# Hi\n\nWe *see* `x`\nand\\\nmore &amp; <b>raw</b>\n\n- a\n- b\n\n![alt](x) [l](y)"),
        "Hi We see x and more & <b>raw</b> a b alt l"
    );
    assert_eq!(to_text("a**b**c"), "abc");
    assert_eq!(to_text("&#8;\u{202e}\r\n"), "");
}

#[test]
fn hostile_texts_carry_nothing_live() {
    let texts = [
        "<script>alert(1)</script>",
        "<img src=x onerror=alert(1)>",
        "<svg/onload=alert(1)>",
        "<a href=javascript:alert(1)>x</a>",
        "<iframe srcdoc='<script>alert(1)</script>'>",
        "[x](javascript:alert(1))",
        "[x]: javascript:alert(1)\n[x]",
        "[x](https://e.example/\" onmouseover=\"alert(1))",
        "[x](<https://e.example/\"><script>alert(1)</script>>)",
        "[x](https://e.example '\"><img src=x onerror=alert(1)>')",
        "![x\" onerror=\"alert(1)](https://e.example/i.png)",
        "![x](https://e.example/i.png\"onerror=\"alert(1))",
        "![x](javascript:alert(1))",
        "<https://e.example/\"onclick=alert(1)>",
        "```\" onload=\"x\n</code></pre><script>alert(1)</script>\n```",
        "`</code><script>alert(1)</script>`",
        "<!-- --><script>alert(1)</script>",
        "<![CDATA[<script>alert(1)</script>]]>",
        "<?php ?><script>alert(1)</script>",
        "&lt;script&gt;alert(1)&lt;/script&gt;",
        "<style>@import '//evil.example'</style>",
        "<math><mtext></p><style><img src=x onerror=alert(1)>",
        "<x\n\nonclick=alert(1)>",
        "# <b onclick=x>\n> <form action=//evil.example>",
        "{{ 7 * 7 }} {% include 'x' %}",
    ];
    for text in texts {
        assert_nothing_live(&to_html(text, Images::Off));
        assert_nothing_live(&to_html(text, Images::HttpsOnly));
    }
    assert!(html("{{ 7 * 7 }}").contains("{{ 7 * 7 }}"));
}

#[test]
fn giant_texts_are_quick_and_stay_shallow() {
    let size = 100_000;
    let deep_list: String = (0..440).map(|depth| format!("{}- x\n", " ".repeat(2 * (depth % 220)))).collect();
    let patterns = [
        "[",
        "]",
        "![",
        "[a](",
        "[a](<",
        "![[](",
        ">",
        "> ",
        "`",
        "`a ``",
        "*",
        "_",
        "**a *b ",
        "*_",
        "a**b",
        "- ",
        "1. ",
        "* a\n",
        "<",
        "<a ",
        "<!--",
        "<?",
        "&",
        "&a",
        "\\",
        "#",
        "~",
        "\n",
        "[a]: b\n",
        "[a][b]",
        "x\n\n    ",
        "<a@b.c>",
        "| a ",
    ];
    let unclosed = "[a]: /".to_owned() + &"u".repeat(size / 2) + "\n\n" + &"[a]".repeat(size / 6);
    for text in patterns.iter().map(|pattern| pattern.repeat(size / pattern.len())).chain([deep_list, unclosed]) {
        let started = Instant::now();
        let written = html(&text);
        let plain = to_text(&text);
        let took = started.elapsed();
        let start: String = text.chars().take(12).collect();
        assert!(took < Duration::from_secs(1), "{start:?} took {took:?}");
        assert!(
            written.matches("<blockquote>").count().max(written.matches("<em>").count()) < size && plain.len() <= 2 * text.len(),
            "{start:?}"
        );
    }
    let quotes = html(&">".repeat(size));
    assert_eq!(quotes.matches("<blockquote>").count(), MAX_NESTING.min(quotes.len()));
    assert_nothing_live(&quotes);
    assert_nothing_live(&html(&"- ".repeat(2_000)));
    assert_nothing_live(&html(&("*_".repeat(2_000) + "a" + &"_*".repeat(2_000))));
}

#[test]
fn flattened_lists_keep_their_words_apart() {
    let text: String = (0..60).map(|depth| format!("{}- w{depth}\n", "  ".repeat(depth))).collect();
    let expected: Vec<String> = (0..60).map(|depth| format!("w{depth}")).collect();
    assert_eq!(seen(&html(&text)).text, expected.join(" "));
    assert_nothing_live(&html(&text));
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn arbitrary_markdown_carries_nothing_live(
        text in proptest::collection::vec(proptest::sample::select(vec![
            "[", "]", "(", ")", "<", ">", "!", "\"", "'", "javascript:", "https://e.example/", "//e", "mailto:", "data:", "&colon;", "&Tab;", "&#58;", "\\", "/", " ",
            "\n", "a", "*", "_", "`", "#", "-", ">", "1.", "<script>", "</p>", "<img src=x onerror=x>", "<!--", "-->", "<![CDATA[", ":", "\u{202e}", "\u{0}", "\t", "    ", "\n\n",
        ]), 0..40),
        shown in any::<bool>(),
    ) {
        let text = text.concat();
        let written = to_html(&text, if shown { Images::HttpsOnly } else { Images::Off });
        assert_nothing_live(&written);
        prop_assert!(!written.chars().any(text::is_dropped));
        // The one-paragraph text shows the same words, except for images that are shown as such.
        if !shown {
            prop_assert_eq!(collapsed(&to_text(&text)), seen(&written).text);
        }
    }
}
