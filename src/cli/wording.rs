//! Words for people: counts, lists of names, text that cannot command a terminal.

use std::borrow::Cow;
use std::fmt;
use std::io::{self, Write};

use crate::domain::text::is_unseen;

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

/// Makes visible what cannot be seen: control characters, and those that turn the direction of writing, as `\u{202e}`.
fn tame(text: &str) -> String {
    let mut tamed = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '\t' => tamed.push(' '),
            _ if is_unseen(character) => tamed.extend(character.escape_unicode()),
            _ => tamed.push(character),
        }
    }
    tamed
}

/// Where lines of a log go: what cannot be seen is made visible in them, too, but for their ends and for colours.
#[derive(Debug)]
pub(super) struct Tamed<W>(pub(super) W);

impl<W: Write> Write for Tamed<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let text = String::from_utf8_lossy(bytes);
        let hidden = |character: char| is_unseen(character) && !matches!(character, '\n' | '\u{1b}');
        if text.contains(hidden) {
            let tamed: String =
                text.chars().map(|one| if hidden(one) { one.escape_unicode().to_string() } else { one.to_string() }).collect();
            self.0.write_all(tamed.as_bytes())?;
        } else {
            self.0.write_all(bytes)?;
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
    }
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
        assert_eq!(one_line("a\u{1b}[2J \u{202e}b\u{200f}"), "a\\u{1b}[2J \\u{202e}b\\u{200f}");
        assert_eq!(one_line(" a\n\tb  c "), "a b c");
        assert_eq!(many_lines("a\r\n  b\n"), "a\n  b");
        assert_eq!(many_lines("名前 é 🚀 עברית"), "名前 é 🚀 עברית");
        let mut log = Tamed(Vec::new());
        log.write_all("a\u{1b}[2m \u{202e}b\u{9b}\n".as_bytes()).unwrap();
        assert_eq!(String::from_utf8(log.0).unwrap(), "a\u{1b}[2m \\u{202e}b\\u{9b}\n");
    }

    proptest::proptest! {
        #[test]
        fn whatever_is_shown_can_be_seen(text in "[\\PC\u{0}-\u{1f}\u{7f}-\u{9f}\u{61c}\u{200e}\u{200f}\u{202a}-\u{202e}\u{2066}-\u{2069}]{0,40}") {
            proptest::prop_assert!(!one_line(&text).contains(is_unseen));
            proptest::prop_assert!(!many_lines(&text).contains(|character| character != '\n' && is_unseen(character)));
            let json = crate::domain::text::escaped_json(&serde_json::to_string(&text).unwrap()).into_owned();
            proptest::prop_assert!(!json.contains(is_unseen));
            proptest::prop_assert_eq!(serde_json::from_str::<String>(&json).unwrap(), text.clone());
            let toml: toml::Table = format!("x = {json}").parse().unwrap();
            proptest::prop_assert_eq!(toml["x"].as_str(), Some(text.as_str()));
        }
    }
}
