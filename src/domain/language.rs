//! Languages: the shape of their tags (BCP 47), and which of several tags suits a reader.
//!
//! `de`, `pt-BR` and `zh-Hant-TW` are tags. Whether a language exists is not looked at, and whether letters are large makes no difference.

/// The longest tag that software has to take (RFC 5646, section 4.4.1).
const LONGEST: usize = 35;

/// Whether `text` is shaped like the tag of a language.
pub fn is_language_tag(text: &str) -> bool {
    let mut parts = text.split('-');
    let first = parts.next().is_some_and(|part| (2..=8).contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_alphabetic()));
    let rest = parts.all(|part| (1..=8).contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_alphanumeric()));
    first && rest && text.len() <= LONGEST
}

/// The tag as it is usually written, so that tags are equal where they mean the same: `de`, `pt-BR`, `zh-Hant`.
pub fn usual_tag(tag: &str) -> String {
    let mut after_single = false;
    let parts = tag.split('-').enumerate().map(|(place, part)| {
        let part = part.to_ascii_lowercase();
        let usual = match part.len() {
            2 if place > 0 && !after_single => part.to_ascii_uppercase(),
            4 if place > 0 && !after_single => capitalized(&part),
            _ => part.clone(),
        };
        // What follows a single letter is no script and no region.
        after_single |= part.len() == 1;
        usual
    });
    parts.collect::<Vec<_>>().join("-")
}

fn capitalized(part: &str) -> String {
    part.chars().enumerate().map(|(place, letter)| if place == 0 { letter.to_ascii_uppercase() } else { letter }).collect()
}

/// Which of the `offered` tags suits a reader of `language`: the same one, else the first one of the same language.
pub fn suiting_tag<'a>(language: &str, offered: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let primary = |tag| str::split(tag, '-').next().unwrap_or_default();
    let mut akin = None;
    for tag in offered {
        if tag.eq_ignore_ascii_case(language) {
            return Some(tag);
        }
        if akin.is_none() && primary(tag).eq_ignore_ascii_case(primary(language)) {
            akin = Some(tag);
        }
    }
    akin
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_are_known_by_their_shape() {
        for tag in ["de", "DE", "pt-BR", "zh-Hant-TW", "de-1996", "sgn-BE-FR", "en-a-bbb-x-a-ccc", "abcdefgh"] {
            assert!(is_language_tag(tag), "{tag}");
        }
        let long = format!("de{}", "-abcdefgh".repeat(4));
        for text in ["", "d", "-", "de-", "-de", "de--AT", "d3", "de_AT", "de AT", "abcdefghi", "de-abcdefghi", "日本", "../en", &long] {
            assert!(!is_language_tag(text), "{text}");
        }
    }

    #[test]
    fn tags_that_mean_the_same_are_written_alike() {
        for (given, usual) in [
            ("DE", "de"),
            ("pt-br", "pt-BR"),
            ("PT-BR", "pt-BR"),
            ("ZH-HANT-tw", "zh-Hant-TW"),
            ("de-1996", "de-1996"),
            ("EN-A-BB-X-Latn", "en-a-bb-x-latn"),
        ] {
            assert_eq!(usual_tag(given), usual);
            assert_eq!(usual_tag(usual), usual);
        }
    }

    #[test]
    fn the_same_tag_suits_best_and_then_the_same_language() {
        let offered = ["de-AT", "de-CH", "pt", "zh-Hant"];
        for (language, suiting) in [
            ("de-CH", Some("de-CH")),
            ("DE-ch", Some("de-CH")),
            ("de", Some("de-AT")),
            ("de-DE", Some("de-AT")),
            ("pt-BR", Some("pt")),
            ("ZH", Some("zh-Hant")),
            ("d", None),
            ("en", None),
            ("", None),
        ] {
            assert_eq!(suiting_tag(language, offered), suiting, "{language}");
        }
        assert_eq!(suiting_tag("de", ["de-AT", "de"]), Some("de"));
    }
}
