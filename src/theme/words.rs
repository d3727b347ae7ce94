//! The fixed words of pages: flat keys with one line of text each.

use std::collections::BTreeMap;

use crate::error::{UserError, nearest};

/// Words by key.
pub(super) type Words = BTreeMap<String, String>;

/// Reads a words file; `shown` is its name for messages.
///
/// # Errors
/// Bad input where it is not TOML of text values without tables.
pub(super) fn parse(bytes: &[u8], shown: &str) -> Result<Words, UserError> {
    let text = std::str::from_utf8(bytes).map_err(|_| UserError::bad_input(format!("`{shown}` is not UTF-8")))?;
    toml::from_str(text).map_err(|error| {
        let line = error.span().map_or(1, |span| text.get(..span.start).unwrap_or("").matches('\n').count() + 1);
        UserError::bad_input(format!("`{shown}`, line {line}: {}", error.message().replace('\n', " ")))
    })
}

/// Puts `own` over `words`: what it leaves out keeps the theme's text, so that an older file works with a newer theme.
///
/// # Errors
/// Bad input where it has a key that the theme does not have.
pub(super) fn replace(words: &mut Words, own: Words, shown: &str) -> Result<(), UserError> {
    for (key, text) in own {
        if !words.contains_key(&key) {
            let error = UserError::bad_input(format!("`{shown}` has the key `{}`, which the theme does not have", key.escape_debug()));
            return Err(match nearest(&key, words.keys().map(String::as_str)) {
                Some(known) => error.hint(format!("did you mean `{known}`?")),
                None => error.hint("see the theme's own file of words for its keys"),
            });
        }
        words.insert(key, text);
    }
    Ok(())
}

/// `text` with `{name}` replaced by the value of that name, in one pass, so that values are never looked at again.
pub fn fill<'a>(text: &str, value: impl Fn(&str) -> Option<std::borrow::Cow<'a, str>>) -> String {
    let mut filled = String::with_capacity(text.len() + 32);
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('{') {
        filled.push_str(before);
        match after.split_once('}').and_then(|(name, beyond)| Some((value(name)?, beyond))) {
            Some((value, beyond)) => {
                filled.push_str(&value);
                rest = beyond;
            }
            None => {
                filled.push('{');
                rest = after;
            }
        }
    }
    filled.push_str(rest);
    filled
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_filled_in_once() {
        let value = |name: &str| match name {
            "a" => Some("{b}".into()),
            "b" => Some("x".into()),
            _ => None,
        };
        assert_eq!(fill("{a} {b} {c} {", value), "{b} x {c} {");
    }

    #[test]
    fn a_wrong_key_or_line_is_named() {
        let error = parse(b"a = \"x\"\nb = [1]\n", "en.toml").unwrap_err();
        assert!(error.message.starts_with("`en.toml`, line 2: "), "{}", error.message);
        let mut words = parse(b"history = \"History\"", "en.toml").unwrap();
        let error = replace(&mut words, parse(b"histry = \"Past\"", "own").unwrap(), "own").unwrap_err();
        assert_eq!(error.hint.unwrap(), "did you mean `history`?");
        replace(&mut words, parse(b"history = \"Past\"", "own").unwrap(), "own").unwrap();
        assert_eq!(words["history"], "Past");
    }
}
