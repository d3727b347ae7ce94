//! What results are shown on: how wide it is, whether it has colours, and which signs it can show.

use std::borrow::Cow;
use std::io;

use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

/// A terminal, or nothing that is one.
#[derive(Clone, Copy, Debug)]
pub(super) struct Screen {
    /// Columns; `None` where it is no terminal, or one that does not know how wide it is.
    pub(super) width: Option<u16>,
    /// Whether colours are wanted.
    pub(super) colours: bool,
    /// Whether it shows more than ASCII.
    pub(super) unicode: bool,
}

impl Screen {
    /// The one behind standard output.
    pub(super) fn of_output() -> Self {
        Self {
            width: terminal_width(),
            colours: anstream::AutoStream::choice(&io::stdout()) != anstream::ColorChoice::Never,
            unicode: cfg!(windows) || is_utf8(|name| std::env::var(name).ok()),
        }
    }

    /// The one behind standard error, where questions are asked.
    pub(super) fn of_questions() -> Self {
        Self { colours: anstream::AutoStream::choice(&io::stderr()) != anstream::ColorChoice::Never, ..Self::of_output() }
    }

    /// What stands for what is left out.
    fn ellipsis(&self) -> &'static str {
        if self.unicode { "…" } else { "..." }
    }

    /// `text` in at most `width` columns, its end left out where it is longer.
    pub(super) fn shortened<'t>(&self, text: &'t str, width: usize) -> Cow<'t, str> {
        if text.width() <= width {
            return Cow::Borrowed(text);
        }
        let ellipsis = self.ellipsis();
        let left = width.saturating_sub(ellipsis.width());
        let mut used = 0;
        let fitting = text.char_indices().find(|(_, character)| {
            used += character.width().unwrap_or(0);
            used > left
        });
        let kept = fitting.map_or(text, |(end, _)| &text[..end]).trim_end();
        Cow::Owned(format!("{kept}{ellipsis}"))
    }

    /// `text` in lines of at most `width` columns, broken between words where that can be; its own lines stay.
    pub(super) fn wrapped(&self, text: &str, width: usize) -> Vec<String> {
        text.lines().flat_map(|line| wrapped_line(line, width.max(2))).collect()
    }
}

fn wrapped_line(line: &str, width: usize) -> Vec<String> {
    let words = line.trim_start_matches(' ');
    let mut lines = vec![" ".repeat(line.len() - words.len())];
    for word in words.split(' ') {
        let last = lines.last_mut().map_or(0, |last| last.width());
        match lines.last_mut() {
            Some(open) if open.trim_start().is_empty() => open.push_str(word),
            Some(open) if last + 1 + word.width() <= width => {
                open.push(' ');
                open.push_str(word);
            }
            _ => lines.push(word.to_owned()),
        }
        // What is no word, such as an address, is broken where it must be.
        while let Some(long) = lines.pop_if(|open| open.width() > width) {
            let (mut used, mut end) = (0, long.len());
            for (place, character) in long.char_indices() {
                used += character.width().unwrap_or(0);
                if used > width {
                    end = place.max(long.chars().next().map_or(0, char::len_utf8));
                    break;
                }
            }
            let (head, rest) = long.split_at(end);
            lines.push(head.to_owned());
            lines.push(rest.to_owned());
        }
    }
    lines
}

/// Columns of the terminal behind standard output.
fn terminal_width() -> Option<u16> {
    let mut table = comfy_table::Table::new();
    table.set_content_arrangement(comfy_table::ContentArrangement::Dynamic);
    table.width().filter(|width| *width > 0)
}

/// Whether the locale says UTF-8: the first of the variables that is set decides, as everywhere.
fn is_utf8(variable: impl Fn(&str) -> Option<String>) -> bool {
    let locale = ["LC_ALL", "LC_CTYPE", "LANG"].into_iter().filter_map(variable).find(|value| !value.is_empty());
    locale.is_some_and(|locale| ["utf-8", "utf8"].iter().any(|name| locale.to_lowercase().contains(name)))
}

#[cfg(test)]
mod tests {
    use super::*;

    const WIDE: Screen = Screen { width: Some(80), colours: false, unicode: true };

    #[test]
    fn long_texts_lose_their_end_by_what_they_take_on_the_screen() {
        assert_eq!(WIDE.shortened("twelve signs", 12), "twelve signs");
        assert_eq!(WIDE.shortened("twelve signs", 11), "twelve sig…");
        assert_eq!(WIDE.shortened("twelve signs", 8), "twelve…", "no space before it");
        assert_eq!(WIDE.shortened("日本語の題名", 7), "日本語…");
        assert_eq!(WIDE.shortened("日本語の題名", 8), "日本語…", "half a sign is none");
        assert_eq!(Screen { unicode: false, ..WIDE }.shortened("twelve signs", 8), "twelv...");
        for width in 0..6 {
            assert!(WIDE.shortened("e\u{301}e\u{301}🚀🚀", width).width() <= width.max(1));
        }
    }

    #[test]
    fn texts_are_broken_between_words_and_else_where_they_must() {
        assert_eq!(WIDE.wrapped("one two three\n\nfour", 8), ["one two", "three", "", "four"]);
        assert_eq!(WIDE.wrapped("see https://example.com/x now", 10), ["see", "https://ex", "ample.com/", "x now"]);
        assert_eq!(WIDE.wrapped("日本語の題名", 5), ["日本", "語の", "題名"]);
        assert_eq!(WIDE.wrapped("  indented", 20), ["  indented"]);
    }

    #[test]
    fn the_locale_decides_about_signs() {
        let says =
            |set: &[(&str, &str)]| is_utf8(|name| set.iter().find(|(other, _)| *other == name).map(|(_, value)| (*value).to_owned()));
        assert!(says(&[("LANG", "de_DE.UTF-8")]) && says(&[("LC_ALL", ""), ("LC_CTYPE", "C.utf8")]));
        assert!(!says(&[]) && !says(&[("LANG", "C")]) && !says(&[("LC_ALL", "POSIX"), ("LANG", "en_US.UTF-8")]));
    }
}
