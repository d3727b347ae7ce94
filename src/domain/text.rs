//! Which characters text from people may carry into any output.
//!
//! Control characters break XML, calendars and validators; bidirectional overrides let a text look like another one. Both are dropped
//! wherever text comes in or goes out, by one rule, so that rooms cannot disagree about it.

use std::borrow::Cow;

/// Whether a character is dropped from all text: control characters except line feed and tab, the bidirectional overrides and
/// isolates (U+202A to U+202E, U+2066 to U+2069), and code points that are no characters (U+FFFE and the like).
pub const fn is_dropped(character: char) -> bool {
    match character {
        '\n' | '\t' => false,
        '\u{0}'..='\u{1f}' | '\u{7f}'..='\u{9f}' => true,
        '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => true,
        '\u{fdd0}'..='\u{fdef}' => true,
        _ => character as u32 & 0xfffe == 0xfffe,
    }
}

/// Whether nothing in `text` is dropped; nearly all text is plain ASCII, which is quickly seen.
pub fn is_clean(text: &str) -> bool {
    text.bytes().all(|byte| matches!(byte, b' '..=b'~' | b'\n' | b'\t')) || !text.contains(is_dropped)
}

/// The text with every line ending as one line feed and without the characters that [`is_dropped`] names.
pub fn clean(text: &str) -> Cow<'_, str> {
    if is_clean(text) {
        return Cow::Borrowed(text);
    }
    let unified = text.replace("\r\n", "\n").replace('\r', "\n");
    Cow::Owned(unified.chars().filter(|character| !is_dropped(*character)).collect())
}

/// Whether a character commands a terminal or turns the direction of writing: controls of C0 and C1, and every control of the
/// bidirectional algorithm, also those that people write on purpose.
pub const fn is_unseen(character: char) -> bool {
    matches!(
        character,
        '\u{0}'..='\u{1f}' | '\u{7f}'..='\u{9f}' | '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}'
    )
}

/// A JSON document in which nothing stands that [`is_unseen`] but its own line breaks: within texts it is escaped. The same holds for
/// texts that TOML puts in quotes.
pub fn escaped_json(document: &str) -> Cow<'_, str> {
    let hidden = |character: char| character != '\n' && is_unseen(character);
    if !document.contains(hidden) {
        return Cow::Borrowed(document);
    }
    let mut escaped = String::with_capacity(document.len() + 16);
    for character in document.chars() {
        if hidden(character) {
            // All of them are below U+10000, so that one escape is enough.
            escaped.push_str(&format!("\\u{:04x}", u32::from(character)));
        } else {
            escaped.push(character);
        }
    }
    Cow::Owned(escaped)
}

/// The text on one line: each line break becomes a blank, and the characters that [`is_dropped`] names go.
pub fn on_one_line(text: &str) -> String {
    let breaks = ['\r', '\n', '\t', '\u{b}', '\u{c}', '\u{85}', '\u{2028}', '\u{2029}'];
    let spaced = text.replace("\r\n", " ").replace(breaks, " ");
    spaced.chars().filter(|character| !is_dropped(*character)).collect()
}

/// Plain text as Markdown that says the same, whatever stands in it: no mark-up, no link, no list. Line breaks stay.
pub fn as_markdown(plain: &str) -> String {
    let cleaned = clean(plain);
    let lines: Vec<String> = cleaned.lines().map(|line| escaped(line.trim())).collect();
    let mut markdown = String::with_capacity(cleaned.len() + 16);
    for (place, line) in lines.iter().enumerate() {
        markdown.push_str(line);
        let next = lines.get(place + 1);
        match next {
            // A break within a paragraph needs a mark; beside an empty line there is none.
            Some(next) if !line.is_empty() && !next.is_empty() => markdown.push_str("\\\n"),
            Some(_) => markdown.push('\n'),
            None => {}
        }
    }
    markdown
}

/// A line without anything that Markdown takes for a mark.
fn escaped(line: &str) -> String {
    let numbered = line.trim_start_matches(|character: char| character.is_ascii_digit());
    let after_number = if numbered.len() < line.len() { line.len() - numbered.len() } else { usize::MAX };
    let mut escaped = String::with_capacity(line.len() + 8);
    for (place, character) in line.char_indices() {
        let marks_anywhere = matches!(character, '\\' | '`' | '*' | '_' | '[' | ']' | '<' | '>' | '&' | '~' | '|');
        let marks_a_line = place == 0 && matches!(character, '#' | '+' | '-' | '=' | ':');
        let ends_a_number = place == after_number && matches!(character, '.' | ')');
        if marks_anywhere || marks_a_line || ends_a_number {
            escaped.push('\\');
        }
        escaped.push(character);
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn line_endings_become_line_feeds() {
        assert_eq!(clean("a\r\nb\rc\n\r\nd"), "a\nb\nc\n\nd");
    }

    #[test]
    fn plain_text_is_no_mark_up() {
        assert_eq!(as_markdown("Disk is full (95 %)."), "Disk is full (95 %).");
        assert_eq!(as_markdown("# a\n- b\n  1. c\n\n    d\n---"), "\\# a\\\n\\- b\\\n1\\. c\n\nd\\\n\\---");
        assert_eq!(
            as_markdown("[x](javascript:1) <b> `c` *d* _e_ &amp; ~~f~~"),
            "\\[x\\](javascript:1) \\<b\\> \\`c\\` \\*d\\* \\_e\\_ \\&amp; \\~\\~f\\~\\~"
        );
        assert_eq!(as_markdown("a\\\r\nb\u{0}\n\n"), "a\\\\\\\nb\n");
        assert_eq!(as_markdown("10) x 2. y 3"), "10\\) x 2. y 3");
        assert_eq!(as_markdown(""), "");
    }

    #[test]
    fn one_line_has_no_other_and_keeps_its_blanks() {
        assert_eq!(on_one_line("a\r\nb\u{2028}c\u{85}d\te\u{0}  f\u{202e}"), "a b c d e  f");
    }

    #[test]
    fn control_and_bidi_characters_are_dropped_and_text_is_kept() {
        assert_eq!(clean("a\u{0}b\u{8}c\u{1b}[0m\u{7f}\u{85}"), "abc[0m");
        assert_eq!(clean("x\u{202e}y\u{2066}z\u{2069}\u{202c}"), "xyz");
        assert_eq!(clean("\u{fffe}\u{ffff}\u{1ffff}\u{fdd0}"), "");
        let kept = "tab\tnbsp\u{a0}zwj\u{200d}rlm\u{200f} \u{2028} \u{fffd} \u{1f600} 日本";
        assert_eq!(clean(kept), kept);
    }
}
