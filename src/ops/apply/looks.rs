//! Whether pages can be made with settings that are about to be written: what a build would refuse is refused while nothing has changed.

use crate::config::{EditedSettings, OrgFolder};
use crate::domain::PublicId;
use crate::error::UserError;
use crate::render::html::{Shared, trees};
use crate::theme::Theme;

/// Loads the theme that the new org.toml names, in its languages, with its colours and its logo.
///
/// # Errors
/// As a build would complain of them.
pub(super) fn check(folder: &OrgFolder, edited: &EditedSettings, page: &PublicId) -> Result<(), UserError> {
    let is_about_looks = |setting: &str| setting.starts_with("theme.") || setting.starts_with("language");
    if !edited.changes.iter().any(|change| is_about_looks(&change.setting)) {
        return Ok(());
    }
    let settings = edited.settings()?;
    let overrides = Some(folder.overrides()).filter(|folder| folder.exists());
    let theme = Theme::load_in(&settings.theme, overrides.as_deref(), &settings.languages)?;
    let mut organization = settings.organization(&folder.slug, page.clone());
    organization.looks.logo = folder.logo(&settings)?;
    trees(&theme, &organization).into_iter().try_for_each(|(theme, tree)| Shared::in_tree(theme, &organization, tree).map(drop))
}
