//! What the process was given: the variables that programs for S3 agree on, and the home folder. Values may be secrets, so nothing prints it.

use std::collections::HashMap;
use std::path::PathBuf;

/// Beginnings of the names of variables that matter here.
const NAMES: &[&str] = &["AWS_", "ACTIONS_ID_TOKEN_REQUEST_", "SSL_CERT_FILE"];

/// Variables by name, empty ones left out.
#[derive(Clone, Default)]
pub struct Environment {
    variables: HashMap<String, String>,
    home: Option<PathBuf>,
}

impl Environment {
    /// That of this process.
    pub fn of_process() -> Self {
        let named = |name: &str| NAMES.iter().any(|known| name.starts_with(known));
        let text = |(name, value): (std::ffi::OsString, std::ffi::OsString)| Some((name.into_string().ok()?, value.into_string().ok()?));
        let variables = std::env::vars_os().filter_map(text).filter(|(name, _)| named(name));
        Self { home: std::env::home_dir().filter(|home| home.is_absolute()), ..Self::new(variables, None) }
    }

    /// One that holds these.
    pub fn new(variables: impl IntoIterator<Item = (String, String)>, home: Option<PathBuf>) -> Self {
        let variables = variables.into_iter().filter(|(_, value)| !value.trim().is_empty()).collect();
        Self { variables, home }
    }

    /// The value of a variable that is set and not empty.
    pub(super) fn get(&self, name: &str) -> Option<&str> {
        self.variables.get(name).map(|value| value.trim())
    }

    /// A file that a variable names, or else the one in the home folder.
    pub(super) fn file(&self, name: &str, in_home: &str) -> Option<PathBuf> {
        match self.get(name) {
            Some(path) => Some(PathBuf::from(path)),
            None => self.home.as_ref().map(|home| home.join(in_home)),
        }
    }
}
