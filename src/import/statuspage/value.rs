//! Single values of a payload: times, words, names, and hostile text shown harmlessly.

use chrono::{DateTime, Datelike, Utc};

use crate::domain::text;

/// Longest piece of a file that a warning repeats, in characters.
const SHOWN: usize = 60;

/// A closed vocabulary of the source, and how it spells each word.
pub(super) struct Vocabulary<S: 'static> {
    /// Every value.
    pub(super) all: &'static [S],
    /// How it is spelled.
    pub(super) word: fn(S) -> &'static str,
}

impl<S: Copy> Vocabulary<S> {
    /// The value spelled `text`, exactly.
    pub(super) fn find(&self, text: &str) -> Option<S> {
        self.all.iter().copied().find(|value| (self.word)(*value) == text)
    }
}

/// A moment to the millisecond from RFC 3339 with any offset; `None` also before 1970, which no status page has seen.
pub(super) fn moment(text: &str) -> Option<DateTime<Utc>> {
    let stated = DateTime::parse_from_rfc3339(text.trim()).ok()?;
    let moment = DateTime::from_timestamp_millis(stated.timestamp_millis())?;
    (1970..=9999).contains(&moment.year()).then_some(moment)
}

/// Text as one line without white space at the ends.
pub(in crate::import) fn one_line(line: &str) -> String {
    text::on_one_line(line).trim().to_owned()
}

/// Whether an id is a ULID, as incident.io makes them.
pub(super) fn is_ulid(id: &str) -> bool {
    let crockford = |byte: u8| byte.is_ascii_digit() || (byte.is_ascii_uppercase() && !b"ILOU".contains(&byte));
    id.len() == 26 && id.bytes().all(crockford)
}

/// Text of the file as a warning may repeat it: one line, short, nothing that moves a cursor or turns the direction of writing.
pub(in crate::import) fn shown(text: &str) -> String {
    let mut shown: String = text.chars().take(SHOWN).map(harmless).collect();
    if text.chars().nth(SHOWN).is_some() {
        shown.push('…');
    }
    shown
}

/// The whole of `text`, made harmless in the same way.
pub(in crate::import) fn shown_whole(text: &str) -> String {
    text.chars().map(harmless).collect()
}

fn harmless(character: char) -> String {
    match character {
        '\'' | '"' | '\\' => character.to_string(),
        _ => character.escape_debug().to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_are_utc_milliseconds() {
        let text = |stated: &str| moment(stated).map(|moment| moment.to_rfc3339());
        assert_eq!(text("2020-06-16T14:00:29.031-07:00").unwrap(), "2020-06-16T21:00:29.031+00:00");
        assert_eq!(text("2026-09-29T18:29:41Z").unwrap(), "2026-09-29T18:29:41+00:00");
        assert_eq!(text("2026-09-29T18:29:41.123999Z").unwrap(), "2026-09-29T18:29:41.123+00:00");
        assert_eq!(text("2016-12-31T23:59:60Z").unwrap(), "2017-01-01T00:00:00+00:00");
        for bad in ["", "yesterday", "2026-09-29", "2026-02-30T00:00:00Z", "1969-12-31T23:59:59Z", "9999-12-31T23:59:59-01:00"] {
            assert_eq!(moment(bad), None, "{bad}");
        }
    }

    #[test]
    fn names_are_one_line() {
        assert_eq!(one_line(" API\r\nis\ndown\u{202e}\u{7}\u{1b}[31m\u{0} "), "API is down[31m");
        assert_eq!(one_line("\u{1}\n"), "");
    }

    #[test]
    fn ulids_are_told_from_statuspage_ids() {
        assert!(is_ulid("01M3Q4RK1SM4EMK445GGPG7C0N"));
        for other in ["kctbh9vrtdwd", "01m3q4rk1sm4emk445ggpg7c0n", "01M3Q4RK1SM4EMK445GGPG7C0", "01M3Q4RK1SM4EMK445GGPG7CIL"] {
            assert!(!is_ulid(other), "{other}");
        }
    }

    #[test]
    fn hostile_text_is_shown_harmlessly() {
        assert_eq!(shown("it's \"é\" \u{1b}[2J\n\u{202e}"), r#"it's "é" \u{1b}[2J\n\u{202e}"#);
        assert_eq!(shown(&"x".repeat(500)).chars().count(), SHOWN + 1);
        assert_eq!(shown_whole(&"x".repeat(500)).len(), 500);
    }
}
