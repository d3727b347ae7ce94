//! The files that programs for Amazon's services share: `~/.aws/credentials` and `~/.aws/config`, by profile.

use std::collections::HashMap;
use std::fs;
use std::io::ErrorKind;
use std::path::Path;

use crate::error::{UserError, reason};
use crate::storage::credentials::{Keys, none};
use crate::storage::environment::Environment;

/// More than any such file has, in bytes.
const LARGEST: u64 = 1 << 20;

/// What the two files say of one profile. It holds secrets, so nothing prints it.
pub(in crate::storage) struct Profile {
    name: String,
    values: HashMap<String, String>,
}

impl Profile {
    /// The profile `named`, else `AWS_PROFILE`'s, else `default`; without the files, or without it in them, it is empty.
    ///
    /// # Errors
    /// Failed where a file that is there cannot be read, or where a profile that is asked for stands in none.
    pub(in crate::storage) fn read(environment: &Environment, named: Option<&str>) -> Result<Self, UserError> {
        let asked = named.or_else(|| environment.get("AWS_PROFILE"));
        let name = asked.unwrap_or("default").to_owned();
        let mut values = HashMap::new();
        for (variable, path, section) in [
            ("AWS_CONFIG_FILE", ".aws/config", if name == "default" { name.clone() } else { format!("profile {name}") }),
            ("AWS_SHARED_CREDENTIALS_FILE", ".aws/credentials", name.clone()),
        ] {
            let Some(path) = environment.file(variable, path) else { continue };
            if let Some(text) = text(&path)? {
                values.extend(section_of(&text, &section));
            }
        }
        if values.is_empty() && asked.is_some() {
            return Err(UserError::failed(format!("there is no profile `{}` in the shared files of credentials", name.escape_debug()))
                .hint("look for its name in `~/.aws/credentials` and `~/.aws/config`"));
        }
        Ok(Self { name, values })
    }

    pub(super) fn name(&self) -> &str {
        &self.name
    }

    /// What stands under a name.
    pub(in crate::storage) fn get(&self, name: &str) -> Option<&str> {
        self.values.get(name).map(String::as_str)
    }

    /// Its keys, where it has some.
    ///
    /// # Errors
    /// Failed where one is there without the other.
    pub(super) fn keys(&self) -> Result<Option<Keys>, UserError> {
        match (self.get("aws_access_key_id"), self.get("aws_secret_access_key")) {
            (Some(key), Some(secret)) => Ok(Some(Keys::new(key, secret, self.get("aws_session_token")))),
            (None, None) => Ok(None),
            _ => Err(none(Some(&self.name))),
        }
    }
}

/// The text of a file; `None` where there is none.
fn text(path: &Path) -> Result<Option<String>, UserError> {
    let cannot = |why: &str| UserError::failed(format!("cannot read `{}`: {why}", path.display().to_string().escape_debug()));
    match fs::metadata(path) {
        Ok(about) if about.is_file() && about.len() <= LARGEST => {}
        Ok(_) => return Err(cannot("it is no file of credentials")),
        // A service's home may be no folder at all.
        Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => return Ok(None),
        Err(error) => return Err(cannot(&reason(&error))),
    }
    fs::read_to_string(path).map(Some).map_err(|error| cannot(&reason(&error)))
}

/// The names and values below `[wanted]`. Lines that are indented belong to the value above them, which nothing here reads.
fn section_of(text: &str, wanted: &str) -> HashMap<String, String> {
    let mut values = HashMap::new();
    let mut inside = false;
    for line in text.lines() {
        if line.starts_with([' ', '\t']) || line.starts_with(['#', ';']) {
            continue;
        }
        if let Some(name) = line.trim_end().strip_prefix('[').and_then(|rest| rest.split_once(']')) {
            inside = name.0.split_whitespace().eq(wanted.split_whitespace());
        } else if let (true, Some((name, value))) = (inside, line.split_once('=')) {
            let value = value.split(" #").next().unwrap_or_default().trim();
            if !value.is_empty() {
                values.insert(name.trim().to_lowercase(), value.to_owned());
            }
        }
    }
    values
}

#[cfg(test)]
mod tests {
    use super::*;

    const CREDENTIALS: &str = "# mine\n[default]\naws_access_key_id = AKID\naws_secret_access_key=abc/+= \n\n[other]\nAWS_ACCESS_KEY_ID=O\naws_secret_access_key=P\naws_session_token=Q\n[half]\naws_access_key_id=H\n";
    const CONFIG: &str = "[default]\nregion = eu-central-1 # near\ns3 =\n  region = wrong\n[profile other]\nendpoint_url = https://r2.example\n[profile  role]\nrole_arn = arn:x\n";

    fn read(variables: &[(&str, &str)], named: Option<&str>) -> Result<Profile, UserError> {
        let home = tempfile::tempdir().unwrap();
        let aws = home.path().join(".aws");
        std::process::Command::new("mkdir").arg(&aws).status().unwrap();
        for (name, text) in [("credentials", CREDENTIALS), ("config", CONFIG)] {
            crate::config::write_file(&aws.join(name), text.as_bytes()).unwrap();
        }
        let variables = variables.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        Profile::read(&Environment::new(variables, Some(home.path().to_owned())), named)
    }

    #[test]
    fn profiles_are_made_of_both_files() {
        let default = read(&[], None).unwrap();
        assert_eq!((default.get("region"), default.get("aws_secret_access_key")), (Some("eu-central-1"), Some("abc/+=")));
        let other = read(&[("AWS_PROFILE", "other")], None).unwrap();
        assert_eq!((other.get("region"), other.get("endpoint_url")), (None, Some("https://r2.example")));
        assert_eq!(other.keys().unwrap().unwrap().signing().token(), Some("Q"));
        assert_eq!(read(&[("AWS_PROFILE", "default")], Some("role")).unwrap().get("role_arn"), Some("arn:x"));
    }

    #[test]
    fn what_is_missing_is_said_where_it_was_asked_for() {
        assert!(
            read(&[("AWS_SHARED_CREDENTIALS_FILE", "/nowhere"), ("AWS_CONFIG_FILE", "/nowhere")], None).unwrap().keys().unwrap().is_none()
        );
        let error = read(&[("AWS_PROFILE", "none")], None).map(|_| ()).unwrap_err();
        assert_eq!(error.message, "there is no profile `none` in the shared files of credentials");
        assert_eq!(error.hint.as_deref(), Some("look for its name in `~/.aws/credentials` and `~/.aws/config`"));
        let error = read(&[], Some("half")).unwrap().keys().map(|_| ()).unwrap_err();
        assert_eq!(error.message, "the profile `half` has no credentials");
        let hint = "write `aws_access_key_id` and `aws_secret_access_key` below its name in `~/.aws/credentials`";
        assert_eq!(error.hint.as_deref(), Some(hint));
        assert!(read(&[("AWS_CONFIG_FILE", "/")], None).is_err());
    }
}
