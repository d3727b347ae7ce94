//! The files of a theme in the program: those it holds itself, and those it borrows from another.

use std::collections::BTreeMap;

use crate::error::{UserError, nearest};
use crate::theme::overrides::Effective;
use crate::theme::{ABOUT, about, embedded, shown, text};

/// The names of the themes in the program.
pub fn names() -> Vec<&'static str> {
    embedded::FILES.iter().filter_map(|(path, _)| path.strip_suffix("/theme.toml")).collect()
}

/// The files of a theme in the program: path within the theme, and bytes.
///
/// # Errors
/// A usage error where there is no such theme.
pub fn files(name: &str) -> Result<BTreeMap<String, Vec<u8>>, UserError> {
    Ok(own_files(name)?.into_iter().map(|(path, file)| (path, file.bytes)).collect())
}

/// Whether the file `path` of a theme is `wanted`, or in the folder `wanted`.
pub fn is_within(path: &str, wanted: &str) -> bool {
    path.strip_prefix(wanted).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// The files of a theme before an organization's count: its own, and what it borrows.
///
/// # Errors
/// A usage error where there is no such theme.
pub(super) fn own_files(theme: &str) -> Result<BTreeMap<String, Effective>, UserError> {
    if !names().contains(&theme) {
        return Err(unknown(theme));
    }
    let mut files: BTreeMap<String, Effective> = held(theme).collect();
    let about = about::read(&text(&files, ABOUT)?, &shown(&files, ABOUT))?;
    for (lender, borrowed) in &about.borrows {
        for (path, file) in held(lender).filter(|(path, _)| borrowed.iter().any(|wanted| is_within(path, wanted))) {
            files.entry(path).or_insert(file);
        }
    }
    Ok(files)
}

/// The files in a theme's own folder.
fn held(theme: &str) -> impl Iterator<Item = (String, Effective)> {
    let inside = move |path: &'static str| path.strip_prefix(theme)?.strip_prefix('/');
    embedded::FILES
        .iter()
        .filter_map(move |(path, bytes)| Some((inside(path)?.to_owned(), Effective { bytes: bytes.to_vec(), overridden_by: None })))
}

fn unknown(theme: &str) -> UserError {
    let known = names();
    let error = UserError::bad_input(format!("there is no theme `{}`", theme.escape_debug()));
    match nearest(theme, known.iter().copied()) {
        Some(name) => error.hint(format!("did you mean `{name}`?")),
        None => error.hint(format!("one of {}", known.join(", "))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_borrowed_is_there_and_not_held_twice() {
        for theme in names() {
            let own: Vec<String> = held(theme).map(|(path, _)| path).collect();
            let about = about::read(&text(&held(theme).collect(), ABOUT).unwrap(), theme).unwrap();
            assert_eq!(about.name, theme);
            for (lender, borrowed) in &about.borrows {
                assert!(lender != theme && names().contains(&lender.as_str()), "{theme} borrows from {lender}");
                for wanted in borrowed {
                    let lent: Vec<String> = held(lender).map(|(path, _)| path).filter(|path| is_within(path, wanted)).collect();
                    assert!(!lent.is_empty() && !lent.iter().any(|path| own.contains(path)), "{theme} borrows {wanted}");
                }
            }
        }
    }

    #[test]
    fn borrowed_files_are_a_themes_own() {
        let [lender, borrower] = ["default", "plain"].map(|theme| files(theme).unwrap());
        assert_eq!(borrower["words/ar.toml"], lender["words/ar.toml"]);
        assert_ne!(borrower["templates/index.html"], lender["templates/index.html"]);
        assert!(lender.contains_key("assets/live.js") && !borrower.contains_key("assets/live.js"));
        assert!(own_files("default/templates").is_err());
    }

    #[test]
    fn a_path_is_within_itself_and_its_folders() {
        assert!(is_within("words/en.toml", "words") && is_within("words/en.toml", "words/en.toml"));
        assert!(!is_within("words/en.toml", "word") && !is_within("words/en.toml", "words/en"));
    }
}
