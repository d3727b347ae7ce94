//! What a theme says of itself in `theme.toml`.

use std::collections::BTreeMap;

use serde::Deserialize;

use crate::error::UserError;

/// A theme's description of itself.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct About {
    pub(super) name: String,
    pub(super) version: String,
    pub(super) backgrounds: Backgrounds,
    /// Files and folders of other themes that are this one's as well, by the lender's name. An organization's file cannot change it.
    #[serde(default)]
    pub(super) borrows: BTreeMap<String, Vec<String>>,
}

/// The colours on which links stand, as `#rrggbb`.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Backgrounds {
    /// In light pages.
    pub light: Vec<String>,
    /// In dark pages.
    pub dark: Vec<String>,
}

/// Reads `text`, the theme's description of itself; `shown` names its file in errors.
///
/// # Errors
/// Bad input where it is not TOML of the keys above.
pub(super) fn read(text: &str, shown: &str) -> Result<About, UserError> {
    toml::from_str(text).map_err(|error| {
        let line = error.span().map_or(1, |span| text.get(..span.start).unwrap_or("").matches('\n').count() + 1);
        UserError::bad_input(format!("{shown}, line {line}: {}", error.message().replace('\n', " ")))
    })
}
