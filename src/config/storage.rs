//! What org.toml and statuary.toml say of object storage: where the host is. Credentials stand in neither.

use crate::config::document::{Document, Placed, Section};
use crate::config::read::settings_text;
use crate::config::workspace::{OrgFolder, holds};
use crate::config::{WORKSPACE_FILE, WORKSPACE_KEYS};
use crate::error::UserError;
use crate::storage::{Address, Settings};

/// Keys of `[storage]`.
const KEYS: &[&str] = &["endpoint", "region", "path_style", "profile"];

impl OrgFolder {
    /// Where the record of this organization is shared: `remote` of `[state]` in its org.toml, else below that of the statuary.toml beside it,
    /// under the organization's name.
    ///
    /// # Errors
    /// Bad input with file, line and column; failed where a file cannot be read.
    pub fn state_remote(&self) -> Result<Option<Address>, UserError> {
        match (self.settings()?.state_remote, self.dir.parent()) {
            (Some(own), _) => Ok(Some(own)),
            (None, Some(root)) if holds(root, WORKSPACE_FILE) => {
                let path = root.join(WORKSPACE_FILE);
                let all = settings_text(&path, root, |text| {
                    let document = Document::new(&path, text);
                    let parsed = document.parse()?;
                    state_remote(document, &Section::new(document, parsed.get_ref(), WORKSPACE_KEYS)?)
                })?;
                all.map(|all| all.below(self.slug.as_str())).transpose()
            }
            _ => Ok(None),
        }
    }

    /// Where the host of this organization's object storage is: `[storage]` of its org.toml, else that of the statuary.toml beside it.
    ///
    /// # Errors
    /// Bad input with file, line and column; failed where a file cannot be read.
    pub fn storage_settings(&self) -> Result<Settings, UserError> {
        match (self.settings()?.storage, self.dir.parent()) {
            // A section in which nothing is said is that of a new org.toml.
            (Some(own), _) if own != Settings::default() => Ok(own),
            (_, Some(root)) if holds(root, WORKSPACE_FILE) => {
                let path = root.join(WORKSPACE_FILE);
                settings_text(&path, root, |text| {
                    let document = Document::new(&path, text);
                    let parsed = document.parse()?;
                    Ok(section(document, &Section::new(document, parsed.get_ref(), WORKSPACE_KEYS)?)?.unwrap_or_default())
                })
            }
            _ => Ok(Settings::default()),
        }
    }
}

/// The section `[storage]` below `top`.
pub(super) fn section(document: Document<'_>, top: &Section<'_>) -> Result<Option<Settings>, UserError> {
    top.section("storage", KEYS)?.map(|found| settings(document, &found)).transpose()
}

/// `remote` of the section `[state]` below `top`.
pub(super) fn state_remote(document: Document<'_>, top: &Section<'_>) -> Result<Option<Address>, UserError> {
    let Some(state) = top.section("state", &["remote"])? else { return Ok(None) };
    state.text("remote")?.map(|given| address(document, &given)).transpose()
}

/// The address `s3://BUCKET/PREFIX` that somebody wrote.
pub(super) fn address(document: Document<'_>, given: &Placed<String>) -> Result<Address, UserError> {
    given.value.parse().map_err(|error| placed(document, given, error))
}

/// The settings of a host in a section, whatever else it holds.
pub(super) fn settings(document: Document<'_>, section: &Section<'_>) -> Result<Settings, UserError> {
    let checked = |key: &str, one: fn(String) -> Settings| match section.text(key)? {
        None => Ok(None),
        Some(given) => match one(given.value.clone()).check() {
            Ok(()) => Ok(Some(given.value)),
            Err(error) => Err(placed(document, &given, error)),
        },
    };
    Ok(Settings {
        endpoint: checked("endpoint", |endpoint| Settings { endpoint: Some(endpoint), ..Settings::default() })?,
        region: checked("region", |region| Settings { region: Some(region), ..Settings::default() })?,
        path_style: section.switch("path_style")?,
        profile: section.text("profile")?.map(|given| given.value),
    })
}

/// The complaint with its place.
fn placed(document: Document<'_>, given: &Placed<String>, error: UserError) -> UserError {
    let told = document.refuse(&given.span, &error.message);
    match error.hint {
        Some(hint) => told.hint(hint),
        None => told,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::path::Path;

    fn read(text: &str) -> Result<Option<Settings>, UserError> {
        let document = Document::new(Path::new("/w/statuary.toml"), text);
        let root = document.parse()?;
        section(document, &Section::new(document, root.get_ref(), WORKSPACE_KEYS)?)
    }

    #[test]
    fn every_key_is_read_and_none_is_needed() {
        assert_eq!(read("").unwrap(), None);
        assert_eq!(read("[storage]\n").unwrap(), Some(Settings::default()));
        let settings =
            read("[storage]\nendpoint = 'https://a.r2.cloudflarestorage.com'\nregion = 'auto'\npath_style = true\nprofile = 'r2'\n");
        let settings = settings.unwrap().unwrap();
        assert_eq!(settings.endpoint.as_deref(), Some("https://a.r2.cloudflarestorage.com"));
        assert_eq!((settings.region.as_deref(), settings.path_style, settings.profile.as_deref()), (Some("auto"), Some(true), Some("r2")));
    }

    #[test]
    fn a_record_is_shared_at_an_address() {
        let read = |text: &str| {
            let document = Document::new(Path::new("/w/statuary.toml"), text);
            let root = document.parse()?;
            state_remote(document, &Section::new(document, root.get_ref(), WORKSPACE_KEYS)?)
        };
        assert_eq!(read("").unwrap(), None);
        assert_eq!(read("[state]\nremote = 's3://status/acme'").unwrap().unwrap().to_string(), "s3://status/acme");
        for (text, place) in [
            ("[state]\nremot = 'x'", "line 2, column 1: unknown key `remot`"),
            (
                "[state]\nremote = 'https://x'",
                "line 2, column 10: `https://x` is no address of object storage: it does not begin with `s3://`",
            ),
        ] {
            assert_eq!(read(text).unwrap_err().message, format!("/w/statuary.toml: {place}"));
        }
    }

    #[test]
    fn what_cannot_be_used_is_refused_with_its_place() {
        for (text, place) in [
            ("[storage]\nendpont = 'https://a'", "line 2, column 1: unknown key `endpont`"),
            ("[storage]\nendpoint = 'a.example'", "line 2, column 12: the endpoint of object storage is no address"),
            (
                "[storage]\nendpoint = 'https://me:CANARY@a'",
                "line 2, column 12: the endpoint of object storage has more than the address of a host",
            ),
            ("[storage]\nregion = 'eu central'", "line 2, column 10: `eu central` is no region of object storage"),
            ("[storage]\npath_style = 'yes'", "line 2, column 14: `path_style` is a text, not true or false"),
            ("[storage]\nsecret = 'CANARY'", "line 2, column 1: unknown key `secret`"),
        ] {
            assert_eq!(read(text).unwrap_err().message, format!("/w/statuary.toml: {place}"));
        }
    }
}
