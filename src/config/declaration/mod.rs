//! A file that says how an organization shall be: its settings, its groups, its services. `apply` reads it and `export` writes it.
//!
//! Of a group or a service the file says all there is: what it leaves out has its default. Of the settings it says as much as it wants to.

mod read;
mod settings;
mod write;

use std::path::Path;

use chrono::NaiveDate;

use crate::config::document::one_line;
use crate::domain::Slug;
use crate::error::UserError;

pub use settings::{DeclaredSettings, EditedSettings, ReplacedSettings, SettingChange};
pub use write::declaration_text;

/// What a file says of an organization.
#[derive(Clone, Debug, Default)]
pub struct Declaration {
    /// What it says of org.toml.
    pub settings: DeclaredSettings,
    /// Groups, in the order in which they stand there.
    pub groups: Vec<DeclaredGroup>,
    /// Services, in the order in which they stand there.
    pub services: Vec<DeclaredService>,
}

/// A value that a file says, with its place there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Declared<T> {
    /// What it says.
    pub value: T,
    /// File, line and column.
    place: String,
}

/// How a group shall be.
#[derive(Clone, Debug)]
pub struct DeclaredGroup {
    /// Which one.
    pub slug: Declared<Slug>,
    /// What visitors read; the slug by default.
    pub name: Option<Declared<String>>,
    /// A line for programs that read the page.
    pub description: Option<Declared<String>>,
    /// Order on the page; where it is left out, an old group stays where it is and a new one comes last.
    pub position: Option<Declared<i64>>,
}

/// How a service shall be.
#[derive(Clone, Debug)]
pub struct DeclaredService {
    /// Which one.
    pub slug: Declared<Slug>,
    /// What visitors read; the slug by default.
    pub name: Option<Declared<String>>,
    /// A line below the name.
    pub description: Option<Declared<String>>,
    /// Where the service lives.
    pub link: Option<Declared<String>>,
    /// Slug of its group.
    pub group: Option<Declared<String>>,
    /// Order; where it is left out, an old service stays where it is and a new one comes last.
    pub position: Option<Declared<i64>>,
    /// Uptime counts from this day.
    pub start_date: Option<Declared<NaiveDate>>,
    /// Nowhere in public output.
    pub hidden: bool,
    /// Bars and uptime on the page.
    pub showcase: bool,
    /// In HTML only while not operational.
    pub only_show_if_degraded: bool,
}

impl Declaration {
    /// Reads the text of a file; `path` is only named in errors.
    ///
    /// # Errors
    /// Bad input with file, line and column: for what is no TOML, for unknown keys, for values that cannot be, and for slugs that are there
    /// twice.
    pub fn parse(path: &Path, text: &str) -> Result<Self, UserError> {
        read::declaration(path, text)
    }

    /// Whether it names no service and no group at all.
    pub fn names_nothing(&self) -> bool {
        self.services.is_empty() && self.groups.is_empty()
    }
}

impl<T> Declared<T> {
    /// A complaint about it.
    pub fn refuse(&self, message: &str) -> UserError {
        UserError::bad_input(format!("{}: {}", self.place, one_line(message)))
    }

    /// The same complaint as `error`, about what stands here.
    pub fn refuse_as(&self, error: UserError) -> UserError {
        let refused = self.refuse(&error.message);
        match error.hint {
            Some(hint) => refused.hint(hint),
            None => refused,
        }
    }
}
