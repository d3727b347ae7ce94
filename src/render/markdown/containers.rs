//! Lines that open quotes and lists within each other by the thousand: a parser compares every later line with every one of them.

use std::borrow::Cow;

/// How many quotes and list items one line may open; far more than are shown within each other.
const MOST: usize = 64;

/// The same text, lines opening no more than [`MOST`] quotes and list items each; the marks of the others are left out.
pub(super) fn limited(source: &str) -> Cow<'_, str> {
    if source.split_inclusive('\n').all(|line| excess(line).is_none()) {
        return Cow::Borrowed(source);
    }
    let mut text = String::with_capacity(source.len());
    for line in source.split_inclusive('\n') {
        let (kept, rest) = excess(line).unwrap_or((line, ""));
        text.push_str(kept);
        text.push_str(rest);
    }
    Cow::Owned(text)
}

/// Where a line opens too many: what comes before the marks that are too many, and what comes after them.
fn excess(line: &str) -> Option<(&str, &str)> {
    let (mut rest, mut kept) = (line, None);
    for opened in 1.. {
        let Some(after) = after_mark(rest) else { break };
        rest = after;
        if opened == MOST {
            kept = line.strip_suffix(rest);
        }
    }
    kept.filter(|kept| kept.len() + rest.len() < line.len()).map(|kept| (kept, rest))
}

/// What follows the mark of a quote or list item with which a line begins.
fn after_mark(line: &str) -> Option<&str> {
    let line = line.trim_start_matches([' ', '\t']);
    if let Some(rest) = line.strip_prefix('>') {
        return Some(rest);
    }
    let digits = line.bytes().take(9).take_while(u8::is_ascii_digit).count();
    let rest = if digits == 0 { line.strip_prefix(['-', '+', '*'])? } else { line.get(digits..)?.strip_prefix(['.', ')'])? };
    rest.starts_with([' ', '\t']).then_some(rest)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn usual_texts_stay_as_they_are() {
        for text in
            ["", "a", "> - 1. a\n> - b", "- - - - -\n\n* * *", "2026-11-22 - a", &"> ".repeat(MOST), &"-".repeat(900), &"*a ".repeat(900)]
        {
            assert!(matches!(limited(text), Cow::Borrowed(same) if same == text), "{text}");
        }
    }

    #[test]
    fn of_too_many_marks_the_first_are_kept_and_no_word_is_lost() {
        for mark in ["> ", ">", "- ", "+ ", "* ", "12. ", "3) ", "- > "] {
            let text = format!("before\n{}word > word\nafter\n", mark.repeat(5000));
            let short = limited(&text);
            let (start, end) = (format!("before\n{mark}"), "word > word\nafter\n");
            assert!(short.len() < 600 && short.starts_with(&start) && short.ends_with(end), "{short}");
            assert_eq!(limited(&short), short, "a second time changes nothing");
        }
    }
}
