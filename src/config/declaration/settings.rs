//! Settings that a declaration wants: what they change in org.toml, and putting the changed file in place of the old one.

#![expect(clippy::disallowed_methods, reason = "this room writes files; here, one that another is put back from")]

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::config::OrgFolder;
use crate::config::document::{Document, Section};
use crate::config::edit::cannot_edit;
use crate::config::read::settings_text;
use crate::config::setting::with_setting;
use crate::config::settings::{Settings, TOP};
use crate::config::write::{cannot, sync_folder, write_file, write_new};
use crate::domain::{PublicId, text};
use crate::error::UserError;

/// The link to Clerk: whoever is a member there is let in here, so that it is made by a command of its own.
const LINK: &str = "clerk_organization";

/// What is a section of org.toml, each of whose keys is a setting.
const SECTIONS: [&str; 6] = ["theme", "uptime", "text", "build", "checks", "ingest"];

/// Settings that say the same thing in two ways: where one is set, the other goes.
const EITHER: [&str; 2] = ["language", "languages"];

/// Settings as they shall be, in the order of org.toml; those that are not named stay as they are.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct DeclaredSettings {
    pub(super) wanted: Vec<Wanted>,
}

/// A setting as it shall be.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Wanted {
    pub(super) section: Option<&'static str>,
    pub(super) key: String,
    /// `None`: it shall not be set.
    pub(super) value: Option<toml::Value>,
}

/// What a setting was and what it is to be; `None` where it is not set.
#[derive(Clone, Debug, PartialEq)]
pub struct SettingChange {
    /// Its name: `time_zone`, `theme.accent`.
    pub setting: String,
    /// What it says in org.toml.
    pub before: Option<Value>,
    /// What it is to say.
    pub after: Option<Value>,
}

/// What org.toml would be.
#[derive(Clone, Debug)]
pub struct EditedSettings {
    /// What differs.
    pub changes: Vec<SettingChange>,
    path: PathBuf,
    old: String,
    new: String,
}

/// An org.toml that was replaced. Dropped before [`ReplacedSettings::keep`], the old one is back.
#[must_use]
#[derive(Debug)]
pub struct ReplacedSettings {
    path: PathBuf,
    old: Option<PathBuf>,
}

impl DeclaredSettings {
    /// The section `[settings]` of a declaration.
    pub(super) fn read(document: Document<'_>, top: &Section<'_>, text: &str) -> Result<Self, UserError> {
        let Some(section) = top.section("settings", TOP)? else { return Ok(Self::default()) };
        if let Some(link) = section.text(LINK)? {
            return Err(document
                .refuse(&link.span, "which organization at Clerk it is linked to is no setting to apply")
                .hint("link it with `statuary org link SLUG CLERK_ORG_ID`"));
        }
        Settings::check(&section)?;
        let read: toml::Table = text.parse().map_err(|error: toml::de::Error| document.refuse_whole(error.message()))?;
        Ok(Self::of(read.get("settings").and_then(toml::Value::as_table).unwrap_or(&toml::Table::new())))
    }

    /// What a table of settings says.
    pub(super) fn of(table: &toml::Table) -> Self {
        let mut wanted = Vec::new();
        for key in TOP.iter().filter(|key| **key != LINK) {
            match (SECTIONS.iter().find(|section| *section == key), table.get(*key)) {
                (Some(section), Some(toml::Value::Table(inner))) => {
                    let said = inner.iter().map(|(key, value)| Wanted { section: Some(section), key: key.clone(), value: says(value) });
                    wanted.extend(said);
                }
                (_, Some(value)) => wanted.push(Wanted { section: None, key: (*key).to_owned(), value: says(value) }),
                (_, None) => {}
            }
        }
        Self { wanted }
    }

    /// Settings by name, as changes tell them; `null` where they are not set.
    pub fn by_name<'a>(named: impl IntoIterator<Item = (&'a String, &'a Value)>) -> Self {
        let mut wanted = Vec::new();
        for (name, value) in named {
            let split = name.split_once('.').and_then(|(section, key)| Some((SECTIONS.iter().find(|known| **known == section)?, key)));
            let (section, key) = split.map_or((None, name.as_str()), |(section, key)| (Some(*section), key));
            wanted.push(Wanted { section, key: key.to_owned(), value: toml::Value::try_from(value).ok() });
        }
        Self { wanted }
    }
}

impl Wanted {
    fn name(&self) -> String {
        match self.section {
            Some(section) => format!("{section}.{}", self.key),
            None => self.key.clone(),
        }
    }

    /// What a file says of it.
    fn in_table<'a>(&self, table: &'a toml::Table) -> Option<&'a toml::Value> {
        match self.section {
            Some(section) => table.get(section)?.as_table()?.get(&self.key),
            None => table.get(&self.key),
        }
    }
}

/// What a value says; an empty one says nothing, as in org.toml.
fn says(value: &toml::Value) -> Option<toml::Value> {
    let said = on_one_line(value);
    let nothing = match &said {
        toml::Value::String(text) => text.is_empty(),
        toml::Value::Array(list) => list.is_empty(),
        toml::Value::Table(table) => table.is_empty(),
        _ => false,
    };
    (!nothing).then_some(said)
}

/// The value with each text on one line, as all settings are read.
fn on_one_line(value: &toml::Value) -> toml::Value {
    match value {
        toml::Value::String(said) => text::on_one_line(said).trim().into(),
        toml::Value::Array(list) => list.iter().map(on_one_line).collect::<Vec<_>>().into(),
        toml::Value::Table(table) => table.iter().map(|(key, value)| (key.clone(), on_one_line(value))).collect::<toml::Table>().into(),
        other => other.clone(),
    }
}

impl OrgFolder {
    /// What org.toml would be if it said what is wanted.
    ///
    /// # Errors
    /// Bad input where org.toml cannot be used, or could not be then.
    pub fn with_settings(&self, wanted: &DeclaredSettings) -> Result<EditedSettings, UserError> {
        let path = self.settings_file();
        let old = settings_text(&path, &self.dir, |text| Settings::parse(&path, text).map(|_| text.to_owned()))?;
        let present: toml::Table = old.parse().map_err(|_| cannot_edit(&path))?;
        let (mut new, mut changes) = (old.clone(), Vec::new());
        let mut change = |setting: &Wanted, value: Option<&toml::Value>| {
            let before = setting.in_table(&present);
            if before.and_then(says).as_ref() == value {
                return Ok(());
            }
            new = with_setting(&new, setting.section, &setting.key, value).ok_or_else(|| cannot_edit(&path))?;
            let json = |value: Option<&toml::Value>| value.and_then(|value| serde_json::to_value(value).ok());
            changes.push(SettingChange { setting: setting.name(), before: json(before), after: json(value) });
            Ok(())
        };
        for setting in &wanted.wanted {
            change(setting, setting.value.as_ref())?;
            if let Some(other) = wanted.displaced_by(setting, &present) {
                change(&other, None)?;
            }
        }
        Settings::parse(&path, &new)
            .map_err(|error| UserError { message: format!("the settings do not go together: {}", error.message), ..error })?;
        Ok(EditedSettings { changes, path, old, new })
    }
}

impl DeclaredSettings {
    /// The other way to say what `setting` says, where org.toml has it and it would contradict.
    fn displaced_by(&self, setting: &Wanted, present: &toml::Table) -> Option<Wanted> {
        let value = setting.value.as_ref().filter(|_| setting.section.is_none())?;
        let other = EITHER.iter().find(|other| EITHER.contains(&setting.key.as_str()) && **other != setting.key)?;
        let said = present.get(*other).and_then(says)?;
        let first = |value: &toml::Value| {
            value.as_array().map_or(Some(value), |list| list.first()).and_then(|text| text.as_str().map(str::to_lowercase))
        };
        if self.wanted.iter().any(|wanted| wanted.section.is_none() && wanted.key == *other) || first(&said) == first(value) {
            return None;
        }
        Some(Wanted { section: None, key: (*other).to_owned(), value: None })
    }
}

impl EditedSettings {
    /// What org.toml will say.
    ///
    /// # Errors
    /// None: it was read when it was edited.
    pub fn settings(&self) -> Result<Settings, UserError> {
        Settings::parse(&self.path, &self.new)
    }

    /// Whether org.toml stays as it is.
    pub fn is_unchanged(&self) -> bool {
        self.new == self.old
    }

    /// Puts the changed org.toml in the place of the old one, whole and durable.
    ///
    /// # Errors
    /// Failed where the disk does not play along; the old one is there then.
    pub fn put(&self) -> Result<ReplacedSettings, UserError> {
        let path = fs::canonicalize(&self.path).map_err(|error| cannot("write", &self.path, &error))?;
        // Put beside it beforehand, so that what fails for want of space later can still be taken back.
        let old = path.with_file_name(format!(".{}.tmp", PublicId::random()?));
        let mode = fs::metadata(&path).map(|about| about.permissions());
        let kept = write_new(&old, self.old.as_bytes()).and_then(|()| fs::set_permissions(&old, mode?));
        let written = kept.map_err(|error| cannot("write", &old, &error)).and_then(|()| write_file(&path, self.new.as_bytes()));
        match written {
            Ok(()) => Ok(ReplacedSettings { path, old: Some(old) }),
            Err(error) => {
                drop(fs::remove_file(&old));
                Err(error)
            }
        }
    }
}

impl ReplacedSettings {
    /// The new one stays.
    pub fn keep(mut self) {
        if let Some(old) = self.old.take() {
            drop(fs::remove_file(old));
        }
    }
}

impl Drop for ReplacedSettings {
    fn drop(&mut self) {
        let Some(old) = self.old.take() else { return };
        // Where not even a rename works, nobody can do more.
        drop(fs::rename(&old, &self.path).and_then(|()| sync_folder(self.path.parent().unwrap_or(Path::new(".")))));
    }
}
