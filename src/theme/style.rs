//! Style sheets as pages hold them: without what only people read.

/// Around these, white space means nothing in a style sheet.
const APART: [char; 6] = ['{', '}', ';', ',', ':', '>'];

/// `css` without comments (but `/*! … */`, which tools keep as well), and without white space where it means nothing. Strings and addresses stay as they are.
pub(super) fn compact(css: &str) -> String {
    let mut short = String::with_capacity(css.len());
    let mut space = false;
    let mut rest = css;
    while let Some(first) = rest.chars().next() {
        let length = match first {
            // A licence that is to stay with what it is for.
            '/' if rest.starts_with("/*!") => rest.find("*/").map_or(rest.len(), |end| end + 2),
            '/' if rest.starts_with("/*") => {
                space = true;
                rest = rest.find("*/").map_or("", |end| &rest[end + 2..]);
                continue;
            }
            _ if first.is_ascii_whitespace() => {
                space = true;
                rest = &rest[1..];
                continue;
            }
            '"' | '\'' => string(rest, first),
            '\\' => first.len_utf8() + rest[1..].chars().next().map_or(0, char::len_utf8),
            _ if rest.get(..4).is_some_and(|start| start.eq_ignore_ascii_case("url(")) => rest.find(')').map_or(rest.len(), |end| end + 1),
            _ => first.len_utf8(),
        };
        if space && means_something(short.chars().next_back(), first) {
            short.push(' ');
        }
        space = false;
        if first == '}' && short.ends_with(';') {
            short.pop();
        }
        let (token, after) = rest.split_at(length);
        short.push_str(token);
        rest = after;
    }
    short
}

/// Whether white space between these two tells something: before a colon it makes another selector, and after one it may be a whole value.
fn means_something(before: Option<char>, after: char) -> bool {
    match before {
        None => false,
        Some(':') => matches!(after, ';' | '}'),
        Some(before) => !APART.contains(&before) && (after == ':' || !APART.contains(&after)),
    }
}

/// How many braces of a short style sheet are still open at its end; `None` where it closes one that it did not open.
pub(super) fn depth(css: &str) -> Option<usize> {
    let mut depth = 0_usize;
    let mut rest = css;
    while let Some(first) = rest.chars().next() {
        let length = match first {
            '"' | '\'' => string(rest, first),
            '\\' => first.len_utf8() + rest[1..].chars().next().map_or(0, char::len_utf8),
            _ => first.len_utf8(),
        };
        match first {
            '{' => depth += 1,
            '}' => depth = depth.checked_sub(1)?,
            _ => {}
        }
        rest = &rest[length..];
    }
    Some(depth)
}

/// Bytes of the string at the start of `text`, which `quote` begins and ends.
fn string(text: &str, quote: char) -> usize {
    let mut escaped = false;
    for (place, character) in text.char_indices().skip(1) {
        match character {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            _ if character == quote => return place + 1,
            _ => {}
        }
    }
    text.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_only_people_read_goes_and_what_means_something_stays() {
        let cases = [
            ("", ""),
            ("/* a */ p {\n  color: red;\n}\n\n/* b */\n", "p{color:red}"),
            ("/*! by them */\np { color: red }", "/*! by them */ p{color:red}"),
            ("a > b, a + b, a :hover, a:hover { }", "a>b,a + b,a :hover,a:hover{}"),
            ("p { --empty: ; margin: 0 auto !important; }", "p{--empty: ;margin:0 auto !important}"),
            ("p { --last: ; }", "p{--last: }"),
            ("p { width: calc(1rem + 2 * 3vw) }", "p{width:calc(1rem + 2 * 3vw)}"),
            ("@media (max-width: 40rem) and (color) { a { b: c } }", "@media (max-width:40rem) and (color){a{b:c}}"),
            ("p::after { content: \" ;  /* \\\" */ } \" ' : ' }", "p::after{content:\" ;  /* \\\" */ } \" ' : '}"),
            ("p { background: url(data:a/*;b , c) ; }", "p{background:url(data:a/*;b , c)}"),
            (".a\\  b { c : d }", ".a\\  b{c :d}"),
            ("p { a: b/* c */d } /* never ends", "p{a:b d}"),
            ("p { content: \"never ends }", "p{content:\"never ends }"),
            ("p::before { content: \"ä → \\", "p::before{content:\"ä → \\"),
        ];
        for (css, expected) in cases {
            assert_eq!(compact(css), expected, "{css}");
            assert_eq!(compact(expected), expected, "{css}");
        }
    }

    #[test]
    fn braces_count_where_they_are_no_text() {
        let cases = [("", Some(0)), ("a{b:c}", Some(0)), ("a{b:'}'", Some(1)), ("a\\{}", None), ("}{", None), ("@media x{a{", Some(2))];
        for (css, expected) in cases {
            assert_eq!(depth(css), expected, "{css}");
        }
    }

    #[test]
    fn a_style_sheet_is_whole_whatever_it_holds() {
        for broken in ["\\", "'", "url(", "/*", "/", "é\\é", ":", "}"] {
            depth(&compact(broken));
        }
    }
}
