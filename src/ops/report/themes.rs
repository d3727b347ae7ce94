//! Themes and their files.

use serde::Serialize;

/// A theme in the program.
#[derive(Clone, Debug, Serialize)]
pub struct ThemeReport {
    /// Its name.
    pub name: String,
    /// Its version.
    pub version: String,
    /// Whether the organization uses it.
    pub used: bool,
    /// Its files, by path within it.
    pub files: Vec<String>,
}

/// Files of a theme that are the organization's own now.
#[derive(Clone, Debug, Serialize)]
pub struct EjectReport {
    /// The theme.
    pub theme: String,
    /// The files written.
    pub paths: Vec<String>,
}

/// A theme of which every template was rendered.
#[derive(Clone, Debug, Serialize)]
pub struct CheckedTheme {
    /// Its name.
    pub name: String,
    /// Its version.
    pub version: String,
    /// Language of its words (BCP 47): the organization's, or the nearest there is.
    pub language: String,
    /// The organization's files that count in place of its own.
    pub overridden: Vec<String>,
    /// Files rendered.
    pub pages: usize,
}
