//! Words for people: counts, lists of names, text that cannot command a terminal.

use std::borrow::Cow;
use std::fmt;

/// `1 incident`, `2 incidents`.
pub(super) struct Count(pub(super) usize, pub(super) &'static str);

impl fmt::Display for Count {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}{}", self.0, self.1, if self.0 == 1 { "" } else { "s" })
    }
}

/// `` `api`, `web` and `db` ``.
pub(super) struct Names<T>(pub(super) Vec<T>);

impl<T: fmt::Display> fmt::Display for Names<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, name) in self.0.iter().enumerate() {
            match index {
                0 => {}
                last if last + 1 == self.0.len() => f.write_str(" and ")?,
                _ => f.write_str(", ")?,
            }
            write!(f, "`{name}`")?;
        }
        Ok(())
    }
}

/// A length of time to two units: `45s`, `2h 5m`, `3d 4h`.
pub(super) struct Length(pub(super) i64);

impl fmt::Display for Length {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let seconds = self.0.max(0);
        let parts = [(seconds / 86_400, "d"), (seconds / 3600 % 24, "h"), (seconds / 60 % 60, "m"), (seconds % 60, "s")];
        let Some(first) = parts.iter().position(|(count, _)| *count > 0) else { return f.write_str("0s") };
        let shown = parts.iter().skip(first).take(2).filter(|(count, _)| *count > 0);
        for (index, (count, unit)) in shown.enumerate() {
            write!(f, "{}{count}{unit}", if index > 0 { " " } else { "" })?;
        }
        Ok(())
    }
}

/// Text from people or files as one line that cannot command a terminal.
pub(super) fn one_line(text: &str) -> String {
    text.split_whitespace().map(tame).collect::<Vec<_>>().join(" ")
}

/// A line of at most `longest` bytes: where it is longer, its middle is left out, since the reason of a complaint stands at its end.
pub(super) fn shortened(line: &str, longest: usize) -> Cow<'_, str> {
    if line.len() <= longest {
        return Cow::Borrowed(line);
    }
    const CUT: &str = " … ";
    let kept = longest.saturating_sub(CUT.len());
    let (mut start, mut end) = (kept * 2 / 3, line.len() - kept / 3);
    while !line.is_char_boundary(start) {
        start -= 1;
    }
    while !line.is_char_boundary(end) {
        end += 1;
    }
    Cow::Owned(format!("{}{CUT}{}", &line[..start], &line[end..]))
}

/// Text from people or files with its line breaks, which cannot command a terminal.
pub(super) fn many_lines(text: &str) -> String {
    text.lines().map(|line| tame(line.trim_end())).collect::<Vec<_>>().join("\n")
}

/// Replaces control characters, and those that turn the direction of writing, by the sign for what cannot be shown.
fn tame(text: &str) -> String {
    let turns =
        |character: char| matches!(character, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{061c}');
    text.chars()
        .map(|character| match character {
            '\t' => ' ',
            _ if character.is_control() || turns(character) => '\u{fffd}',
            _ => character,
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_and_names_read_as_people_write_them() {
        assert_eq!([0, 1, 2].map(|count| Count(count, "incident").to_string()), ["0 incidents", "1 incident", "2 incidents"]);
        assert_eq!(Names(vec!["a"]).to_string(), "`a`");
        assert_eq!(Names(vec!["a", "b", "c"]).to_string(), "`a`, `b` and `c`");
    }

    #[test]
    fn lengths_have_two_units_at_most() {
        for (seconds, words) in
            [(0, "0s"), (-5, "0s"), (45, "45s"), (60, "1m"), (3600, "1h"), (7530, "2h 5m"), (90_000, "1d 1h"), (86_401, "1d")]
        {
            assert_eq!(Length(seconds).to_string(), words);
        }
    }

    #[test]
    fn long_lines_lose_their_middle() {
        assert_eq!(shortened("short", 5), "short");
        assert_eq!(shortened(&format!("begin{}end", "x".repeat(100)), 20), "beginxxxxx … xxend");
        for text in ["é", "日", "🚀", "a"] {
            let cut = shortened(&text.repeat(500), 100).into_owned();
            assert!(cut.len() <= 100 && cut.contains(" … "), "{cut}");
        }
    }

    #[test]
    fn no_text_commands_a_terminal() {
        for text in ["\u{1b}[2J\u{1b}]0;x\u{7}", "a\u{202e}b", "\u{9b}31m", "a\rb", "\u{7f}", "a\u{0}b"] {
            for shown in [one_line(text), many_lines(text)] {
                assert!(!shown.chars().any(|character| character.is_control() || character == '\u{202e}'), "{shown:?}");
            }
        }
        assert_eq!(one_line(" a\n\tb  c "), "a b c");
        assert_eq!(many_lines("a\r\n  b\n"), "a\n  b");
    }
}
