//! The words people set before a paragraph to say that it is an update, such as `*Resolved* -` or `[Final message]`.

/// What a label says of its paragraph.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Label {
    /// The first that was said.
    Opening,
    /// The cause is known.
    Identified,
    /// Mended, being watched.
    Monitoring,
    /// It is over.
    Ending,
    /// Over and explained.
    Postmortem,
    /// Said in between.
    Between,
    /// Another word; only a time beside it makes an update of its paragraph.
    Other,
}

/// The beginnings of labels in lower case, with what they say.
const WORDS: &[(&str, Label)] = &[
    ("investigating", Label::Opening),
    ("initial", Label::Opening),
    ("open", Label::Opening),
    ("opening", Label::Opening),
    ("identified", Label::Identified),
    ("monitoring", Label::Monitoring),
    ("resolved", Label::Ending),
    ("resolution", Label::Ending),
    ("fixed", Label::Ending),
    ("final", Label::Ending),
    ("close", Label::Ending),
    ("closed", Label::Ending),
    ("closing", Label::Ending),
    ("completed", Label::Ending),
    ("post-mortem", Label::Postmortem),
    ("postmortem", Label::Postmortem),
    ("update", Label::Between),
    ("updated", Label::Between),
    ("edit", Label::Between),
    ("edited", Label::Between),
];

/// A label: what it says, and the rest of it, such as a time.
pub(super) fn read(text: &str) -> (Label, &str) {
    let text = text.trim().trim_end_matches(':').trim();
    let end = text.find(|character: char| !character.is_alphabetic() && character != '-').unwrap_or(text.len());
    let (word, rest) = text.split_at(end);
    let word = word.trim_end_matches('-').to_lowercase();
    let label = WORDS.iter().find(|(known, _)| *known == word).map_or(Label::Other, |(_, label)| *label);
    (label, rest)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_word_decides() {
        for (text, label) in [
            ("Resolved", Label::Ending),
            ("FINAL message", Label::Ending),
            ("Initial Message - Friday 22th", Label::Opening),
            ("Post-mortem", Label::Postmortem),
            ("Update #2", Label::Between),
            ("Update - 2023-03-29 15h50 UTC", Label::Between),
            ("Just began", Label::Other),
            ("updates.jenkins.io", Label::Other),
            ("", Label::Other),
        ] {
            assert_eq!(read(text).0, label, "{text}");
        }
    }
}
