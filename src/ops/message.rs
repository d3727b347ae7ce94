//! What a person says in an update: a text, and the same in other languages.

use std::collections::BTreeMap;

use crate::domain::{is_language_tag, text, usual_tag};
use crate::error::UserError;

/// The words of an update in Markdown, without what no output may carry, and without white space at the end.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Message {
    text: String,
    translations: BTreeMap<String, String>,
}

impl From<&str> for Message {
    fn from(words: &str) -> Self {
        Self { text: cleaned(words), translations: BTreeMap::new() }
    }
}

impl From<String> for Message {
    fn from(words: String) -> Self {
        Self::from(words.as_str())
    }
}

impl Message {
    /// This text, and `translations` of it as pairs of a language tag and a text.
    ///
    /// # Errors
    /// Usage where there is no text to translate, a tag is none, a language is there twice, or a translation is empty.
    pub fn translated(text: Option<&str>, translations: &[(String, String)]) -> Result<Option<Self>, UserError> {
        let translations = by_language(translations)?;
        let text = text.map(cleaned);
        if !translations.is_empty() && text.as_deref().is_none_or(is_blank) {
            return Err(UserError::usage("`--message-lang` has no message to translate").hint("give one with `--message` or `--file`"));
        }
        if let Some((language, _)) = translations.iter().find(|(_, text)| text.is_none()) {
            return Err(UserError::usage(format!("`--message-lang {language}=` has no text"))
                .hint(format!("leave it out, and whoever reads `{language}` reads the message itself")));
        }
        let translations = translations.into_iter().filter_map(|(language, text)| Some((language, text?))).collect();
        Ok(text.map(|text| Self { text, translations }))
    }

    /// What it says, in Markdown.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The text of `message`, and its translations.
    pub(super) fn words_of(message: Option<&Self>) -> (String, BTreeMap<String, String>) {
        message.cloned().map_or_else(Default::default, |message| (message.text, message.translations))
    }
}

/// Pairs of a language tag and a text by language, `None` in the place of an empty text.
///
/// # Errors
/// Usage where a tag is none, or a language is there twice.
pub(super) fn by_language(translations: &[(String, String)]) -> Result<BTreeMap<String, Option<String>>, UserError> {
    let mut found = BTreeMap::new();
    for (language, text) in translations {
        if !is_language_tag(language) {
            return Err(UserError::usage(format!("`{}` in `--message-lang` is not a language", language.escape_debug()))
                .hint("write a tag such as `de` or `pt-BR`"));
        }
        let (language, text) = (usual_tag(language), Some(cleaned(text)).filter(|text| !is_blank(text)));
        if found.contains_key(&language) {
            return Err(UserError::usage(format!("`--message-lang` is given twice for `{language}`")));
        }
        found.insert(language, text);
    }
    Ok(found)
}

/// Refuses a message that was given and says nothing, such as what a pipe brings whose program has failed.
///
/// # Errors
/// Usage where it is blank.
pub(super) fn refuse_blank(message: Option<&Message>) -> Result<(), UserError> {
    match message.filter(|message| is_blank(&message.text)) {
        Some(_) => Err(UserError::usage("the message is empty").hint("give its text with `--message` or `--file`, or leave both out")),
        None => Ok(()),
    }
}

pub(super) fn is_blank(text: &str) -> bool {
    text.trim().is_empty()
}

/// What is recorded of a text.
pub(super) fn cleaned(words: &str) -> String {
    text::clean(words).trim_end().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(text: Option<&str>, translations: &[(&str, &str)]) -> Result<Option<Message>, String> {
        let pairs: Vec<(String, String)> = translations.iter().map(|(tag, text)| ((*tag).to_owned(), (*text).to_owned())).collect();
        Message::translated(text, &pairs).map_err(|error| error.message)
    }

    #[test]
    fn words_and_translations_lose_what_no_output_may_carry() {
        let message = said(Some("a\u{0}\r\nb \n\u{0}"), &[("DE", "c\u{202e}\r\nd\t\n"), ("pt-br", " e=f")]).unwrap().unwrap();
        let (text, translations) = Message::words_of(Some(&message));
        assert_eq!(text, "a\nb");
        let expected = [("de", "c\nd"), ("pt-BR", " e=f")].map(|(tag, text)| (tag.to_owned(), text.to_owned()));
        assert_eq!(translations, expected.into());
        assert_eq!(Message::words_of(None), Default::default());
        assert_eq!(said(None, &[]), Ok(None));
        assert_eq!(said(Some("a"), &[]), Ok(Some(Message::from("a"))));
    }

    #[test]
    fn what_cannot_be_a_translation_is_refused() {
        for (text, translations, words) in [
            (None, &[("de", "a")][..], "`--message-lang` has no message to translate"),
            (Some(" \u{0}\n"), &[("de", "a")], "`--message-lang` has no message to translate"),
            (Some("a"), &[("de", " \u{0}")], "`--message-lang de=` has no text"),
            (Some("a"), &[("x_y", "b")], "`x_y` in `--message-lang` is not a language"),
            (Some("a"), &[("", "b")], "`` in `--message-lang` is not a language"),
            (Some("a"), &[("de", "b"), ("fr", "c"), ("DE", "d")], "`--message-lang` is given twice for `de`"),
        ] {
            assert_eq!(said(text, translations), Err(words.to_owned()));
        }
    }
}
