//! Which form of a word goes with a number, by the plural rules of Unicode's CLDR.

use icu_locale_core::Locale;
use icu_plurals::{PluralCategory, PluralRules};

/// The form a number takes in a language: `one`, `few`, `other`…
///
/// A language nobody knows has `one` and `other`, as English.
pub(super) fn category(language: &str, count: usize) -> &'static str {
    let locale = language.parse::<Locale>().unwrap_or(Locale::UNKNOWN);
    let Ok(rules) = PluralRules::try_new_cardinal((&locale).into()) else { return if count == 1 { "one" } else { "other" } };
    name(rules.category_for(count))
}

/// The forms of a language, for whole numbers and others.
#[cfg(test)]
pub(super) fn categories(language: &str) -> Vec<&'static str> {
    let rules = PluralRules::try_new_cardinal((&language.parse::<Locale>().unwrap()).into()).unwrap();
    rules.categories().map(name).collect()
}

const fn name(category: PluralCategory) -> &'static str {
    match category {
        PluralCategory::Zero => "zero",
        PluralCategory::One => "one",
        PluralCategory::Two => "two",
        PluralCategory::Few => "few",
        PluralCategory::Many => "many",
        PluralCategory::Other => "other",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_have_the_forms_of_their_language() {
        let forms = |language| [0, 1, 2, 3, 11, 100].map(|count| category(language, count));
        assert_eq!(forms("en"), ["other", "one", "other", "other", "other", "other"]);
        assert_eq!(forms("fr"), ["one", "one", "other", "other", "other", "other"]);
        assert_eq!(forms("ja"), ["other"; 6]);
        assert_eq!(forms("ar"), ["zero", "one", "two", "few", "many", "other"]);
        assert_eq!(category("pl-PL", 22), "few");
        assert_eq!((category("tlh", 1), category("", 2)), ("other", "other"));
    }
}
