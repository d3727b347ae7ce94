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

/// The text on one line: each line break becomes a blank, and the characters that [`is_dropped`] names go.
pub fn on_one_line(text: &str) -> String {
    let breaks = ['\r', '\n', '\t', '\u{b}', '\u{c}', '\u{85}', '\u{2028}', '\u{2029}'];
    let spaced = text.replace("\r\n", " ").replace(breaks, " ");
    spaced.chars().filter(|character| !is_dropped(*character)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn line_endings_become_line_feeds() {
        assert_eq!(clean("a\r\nb\rc\n\r\nd"), "a\nb\nc\n\nd");
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
