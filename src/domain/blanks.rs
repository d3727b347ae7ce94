//! A text with named blanks, as in `{{service}} is down`: plain words, filled in once. It is no template language.

use std::collections::BTreeMap;

/// A text with named blanks.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Blanks(Vec<Piece>);

#[derive(Clone, Debug, PartialEq, Eq)]
enum Piece {
    Text(String),
    Blank(String),
}

/// A blank that is none.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WrongBlank {
    /// The byte of the text at which it begins.
    pub at: usize,
    /// What is wrong with it.
    pub why: String,
}

/// Nobody writes a longer name.
const LONGEST_NAME: usize = 40;

impl Blanks {
    /// Reads a text; `{{` always begins a blank.
    ///
    /// # Errors
    /// The first blank that is not closed, or whose name is not made of a-z, 0-9, `_` and `-`.
    pub fn parse(text: &str) -> Result<Self, WrongBlank> {
        let mut pieces = Vec::new();
        let mut rest = text;
        while let Some((before, after)) = rest.split_once("{{") {
            let at = text.len() - rest.len() + before.len();
            let Some((name, beyond)) = after.split_once("}}") else {
                return Err(WrongBlank { at, why: "`{{` is not closed by `}}`".to_owned() });
            };
            let name = name.trim();
            if !is_name(name) {
                let shown: String = name.chars().take(LONGEST_NAME).collect();
                return Err(WrongBlank { at, why: format!("`{}` is no name of a blank: a-z, 0-9, `_` and `-`", shown.escape_debug()) });
            }
            if !before.is_empty() {
                pieces.push(Piece::Text(before.to_owned()));
            }
            pieces.push(Piece::Blank(name.to_owned()));
            rest = beyond;
        }
        if !rest.is_empty() {
            pieces.push(Piece::Text(rest.to_owned()));
        }
        Ok(Self(pieces))
    }

    /// The names of its blanks, in order; one that is there twice comes twice.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.0.iter().filter_map(|piece| match piece {
            Piece::Blank(name) => Some(name.as_str()),
            Piece::Text(_) => None,
        })
    }

    /// The text with `values` in its blanks, which are not looked at again; a blank without a value is empty.
    pub fn fill(&self, values: &BTreeMap<String, String>) -> String {
        let words = self.0.iter().map(|piece| match piece {
            Piece::Text(text) => text.as_str(),
            Piece::Blank(name) => values.get(name).map_or("", String::as_str),
        });
        words.collect()
    }
}

/// Whether a blank may be called so.
fn is_name(name: &str) -> bool {
    let allowed = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || matches!(byte, b'_' | b'-');
    (1..=LONGEST_NAME).contains(&name.len()) && name.bytes().all(allowed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blanks_are_filled_in_once_and_nothing_else_means_anything() {
        let text = "{{ service }} is {down}: {{what-is_1}}{{service}} {% if %} }} é";
        let blanks = Blanks::parse(text).unwrap();
        assert_eq!(blanks.names().collect::<Vec<_>>(), ["service", "what-is_1", "service"]);
        let values = [("service", "{{service}}"), ("what-is_1", "")].map(|(name, value)| (name.to_owned(), value.to_owned())).into();
        assert_eq!(blanks.fill(&values), "{{service}} is {down}: {{service}} {% if %} }} é");
        assert_eq!(Blanks::parse("").unwrap(), Blanks::default());
    }

    #[test]
    fn what_is_no_blank_is_named_with_its_place() {
        for (text, at, why) in [
            ("ab {{x", 3, "`{{` is not closed by `}}`"),
            ("é{{}}", 2, "`` is no name of a blank: a-z, 0-9, `_` and `-`"),
            ("{{a}} {{A}}", 6, "`A` is no name of a blank: a-z, 0-9, `_` and `-`"),
            ("{{a b}}", 0, "`a b` is no name of a blank: a-z, 0-9, `_` and `-`"),
            ("{{{a}}}", 0, "`{a` is no name of a blank: a-z, 0-9, `_` and `-`"),
        ] {
            assert_eq!(Blanks::parse(text), Err(WrongBlank { at, why: why.to_owned() }), "{text}");
        }
    }
}
