//! What statuary.toml says in `[clerk]`, and the secrets and keys it leads to.
//!
//! Secrets stand in the environment or in a file that only its owner may read, and never in statuary.toml itself, which people put into Git.
//! What prints a value for programmers shows none of them.

use std::collections::BTreeMap;
use std::fmt;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use crate::config::document::{Document, Placed, Section};
use crate::config::read::{read_named, settings_text};
use crate::config::workspace::{Workspace, holds};
use crate::config::write::cannot;
use crate::config::{WORKSPACE_FILE, WORKSPACE_KEYS};
use crate::domain::{ClerkId, Role};
use crate::error::UserError;

/// Keys of `[clerk]`.
const KEYS: &[&str] =
    &["provision", "sync_name", "instance_id", "secrets_file", "jwt_key_file", "jwks_file", "authorized_parties", "issuer", "roles"];

/// Names under which the environment holds a secret for webhooks; the last one is what Clerk's own tools call it.
const SECRET_VARIABLES: [&str; 3] = ["STATUARY_CLERK_WEBHOOK_SECRETS", "STATUARY_CLERK_WEBHOOK_SECRET", "CLERK_WEBHOOK_SIGNING_SECRET"];

/// The name under which the environment holds the key for session tokens.
const KEY_VARIABLE: &str = "CLERK_JWT_KEY";

/// More than any file of secrets or keys needs.
const LARGEST_FILE: u64 = 256 * 1024;

/// The settings of `[clerk]`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ClerkSettings {
    /// Whether an organization at Clerk gets a folder; where nothing is said, it does once there is a secret.
    pub provision: Option<bool>,
    /// Whether an organization is called here as it is called there.
    pub sync_name: bool,
    /// The one instance whose events count.
    pub instance_id: Option<String>,
    /// Origins for which session tokens may be made; none: any.
    pub authorized_parties: Vec<String>,
    /// Who makes session tokens.
    pub issuer: Option<String>,
    /// What members may do here, by the key of their role there.
    pub roles: BTreeMap<String, Role>,
    secrets_file: Option<PathBuf>,
    jwt_key_file: Option<PathBuf>,
    jwks_file: Option<PathBuf>,
}

/// The text of a secret.
#[derive(Clone, PartialEq, Eq)]
pub struct SecretText(String);

impl SecretText {
    /// The text itself, for whoever reads a secret out of it.
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for SecretText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SecretText(…)")
    }
}

/// A key for session tokens, as it was given.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum KeyText {
    /// PEM.
    Pem(SecretText),
    /// A JSON Web Key Set.
    Jwks(SecretText),
}

impl Workspace {
    /// What statuary.toml says of Clerk. An organization's folder that works alone has no statuary.toml, and no such settings.
    ///
    /// # Errors
    /// Bad input with file, line and column; failed where the file cannot be read.
    pub fn clerk_settings(&self) -> Result<ClerkSettings, UserError> {
        if !holds(&self.root, WORKSPACE_FILE) {
            return Ok(ClerkSettings::with_usual_roles());
        }
        let path = self.root.join(WORKSPACE_FILE);
        settings_text(&path, &self.root, |text| {
            let document = Document::new(&path, text);
            let root = document.parse()?;
            parse(document, &self.root, Section::new(document, root.get_ref(), WORKSPACE_KEYS)?.section("clerk", KEYS)?.as_ref())
        })
    }

    /// Where what is mirrored of Clerk is kept.
    pub fn directory(&self) -> PathBuf {
        self.root.join("directory.db")
    }
}

/// Reads the section `[clerk]` of the statuary.toml in the folder `root`.
fn parse(document: Document<'_>, root: &Path, clerk: Option<&Section<'_>>) -> Result<ClerkSettings, UserError> {
    let usual = ClerkSettings::with_usual_roles();
    let Some(clerk) = clerk else { return Ok(usual) };
    let mut roles = usual.roles;
    for (key, role) in clerk.free_texts("roles")? {
        let refuse = |error: UserError| {
            let told = document.refuse(&role.span, &error.message);
            if let Some(hint) = error.hint { told.hint(hint) } else { told }
        };
        // `none` takes a role away that would be known by default.
        match role.value.as_str() {
            "none" => drop(roles.remove(&key)),
            word => drop(roles.insert(key, word.parse().map_err(refuse)?)),
        }
    }
    let file = |name: &str| Ok::<_, UserError>(clerk.text(name)?.map(|path| root.join(path.value)));
    let instance = |given: Placed<String>| {
        let parsed = given.value.parse::<ClerkId>();
        parsed
            .map(String::from)
            .map_err(|_| document.refuse(&given.span, "`instance_id` is no id of Clerk's").hint("it looks like `ins_2abc`"))
    };
    Ok(ClerkSettings {
        provision: clerk.switch("provision")?,
        sync_name: clerk.switch("sync_name")?.unwrap_or(false),
        instance_id: clerk.text("instance_id")?.map(instance).transpose()?,
        authorized_parties: clerk.texts("authorized_parties")?.into_iter().map(|party| party.value).collect(),
        issuer: clerk.text("issuer")?.map(|issuer| issuer.value),
        roles,
        secrets_file: file("secrets_file")?,
        jwt_key_file: file("jwt_key_file")?,
        jwks_file: file("jwks_file")?,
    })
}

impl ClerkSettings {
    /// The roles that Clerk itself has, old names of them included.
    fn with_usual_roles() -> Self {
        let usual = [("org:admin", Role::Admin), ("org:member", Role::Editor), ("admin", Role::Admin), ("basic_member", Role::Editor)];
        Self { roles: usual.map(|(key, role)| (key.to_owned(), role)).into(), ..Self::default() }
    }

    /// The texts of the secrets for webhooks, from the `environment` and from the file; none where neither says anything.
    ///
    /// # Errors
    /// Bad input where a variable or the file is there and holds nothing, or others can read the file; failed where it cannot be read.
    pub fn webhook_secrets(&self, environment: impl Fn(&str) -> Option<String>) -> Result<Vec<SecretText>, UserError> {
        let mut secrets = Vec::new();
        for name in SECRET_VARIABLES {
            let Some(text) = environment(name) else { continue };
            let count = secrets.len();
            secrets
                .extend(text.split([' ', ',', '\t', '\n', '\r']).filter(|part| !part.is_empty()).map(|part| SecretText(part.to_owned())));
            if secrets.len() == count {
                return Err(UserError::bad_input(format!("`{name}` is set and empty")).hint("unset it, or give it the signing secret"));
            }
        }
        if let Some(path) = &self.secrets_file {
            let text = private_text(path)?;
            let lines = text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#'));
            let count = secrets.len();
            secrets.extend(lines.map(|line| SecretText(line.to_owned())));
            if secrets.len() == count {
                return Err(UserError::bad_input(format!("`{}` holds no secret", path.display())).hint("write one secret on each line"));
            }
        }
        secrets.dedup();
        Ok(secrets)
    }

    /// The keys for session tokens, from the `environment` and from files; none where nothing is said.
    ///
    /// # Errors
    /// Bad input where the variable is there and empty; failed where a file cannot be read.
    pub fn token_keys(&self, environment: impl Fn(&str) -> Option<String>) -> Result<Vec<KeyText>, UserError> {
        let mut keys = Vec::new();
        if let Some(text) = environment(KEY_VARIABLE) {
            if text.trim().is_empty() {
                return Err(
                    UserError::bad_input(format!("`{KEY_VARIABLE}` is set and empty")).hint("unset it, or give it the PEM public key")
                );
            }
            keys.push(KeyText::Pem(SecretText(text)));
        }
        if let Some(path) = &self.jwt_key_file {
            keys.push(KeyText::Pem(SecretText(text_of(path)?)));
        }
        if let Some(path) = &self.jwks_file {
            keys.push(KeyText::Jwks(SecretText(text_of(path)?)));
        }
        Ok(keys)
    }
}

/// The text of a file that only its owner may read.
fn private_text(path: &Path) -> Result<String, UserError> {
    let about = fs::metadata(path).map_err(|error| cannot("read", path, &error))?;
    if about.permissions().mode() & 0o077 != 0 {
        return Err(UserError::bad_input(format!("others may read `{}`, which holds secrets", path.display()))
            .hint(format!("take that from them: `chmod 600 {}`", path.display())));
    }
    text_of(path)
}

fn text_of(path: &Path) -> Result<String, UserError> {
    let bytes = read_named(path, LARGEST_FILE).map_err(|error| cannot("read", path, &error))?;
    if bytes.len() as u64 > LARGEST_FILE {
        return Err(UserError::bad_input(format!("`{}` is larger than {} KiB", path.display(), LARGEST_FILE / 1024)));
    }
    String::from_utf8(bytes).map_err(|_| UserError::bad_input(format!("`{}` is not UTF-8 text", path.display())))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{init_workspace, write_file};

    fn workspace(text: &str) -> (tempfile::TempDir, Workspace) {
        let temp = tempfile::tempdir().unwrap();
        let root = init_workspace(&temp.path().join("w")).unwrap();
        write_file(&root.join(WORKSPACE_FILE), text.as_bytes()).unwrap();
        (temp, Workspace { root, lone: false, current: None })
    }

    fn settings(text: &str) -> Result<ClerkSettings, UserError> {
        workspace(text).1.clerk_settings()
    }

    fn nothing(_: &str) -> Option<String> {
        None
    }

    #[test]
    fn every_key_is_read_and_none_is_needed() {
        let none = settings("# nothing\n").unwrap();
        assert_eq!((none.provision, none.sync_name, none.roles.len()), (None, false, 4));
        assert_eq!(
            (none.roles["org:admin"], none.roles["org:member"], none.roles["basic_member"]),
            (Role::Admin, Role::Editor, Role::Editor)
        );
        let all = settings(
            "[clerk]\nprovision = false\nsync_name = true\ninstance_id = 'ins_1'\nauthorized_parties = ['https://a.example']\n\
             issuer = 'https://clerk.a.example'\nsecrets_file = 's'\njwt_key_file = '/k'\njwks_file = 'j'\n\
             [clerk.roles]\n'org:member' = 'viewer'\n'org:incident_commander' = 'editor'\nadmin = 'none'\n",
        )
        .unwrap();
        assert_eq!((all.provision, all.sync_name, all.instance_id.as_deref()), (Some(false), true, Some("ins_1")));
        assert_eq!((all.authorized_parties.len(), all.issuer.as_deref()), (1, Some("https://clerk.a.example")));
        assert_eq!((all.roles["org:member"], all.roles["org:incident_commander"]), (Role::Viewer, Role::Editor));
        assert!(!all.roles.contains_key("admin") && all.jwt_key_file.as_deref() == Some(Path::new("/k")));
        assert!(all.secrets_file.is_some_and(|path| path.ends_with("w/s")));
    }

    #[test]
    fn every_key_stands_in_a_new_file_and_its_comments_hold_true_values() {
        let text = crate::config::create::WORKSPACE_TEXT;
        let (_, clerk) = text.split_once("# [clerk]\n").unwrap();
        let uncommented: String = clerk.lines().map(|line| format!("{}\n", line.trim_start_matches("# "))).collect();
        for key in KEYS {
            assert!(uncommented.contains(&format!("\n{key} = ")) || uncommented.starts_with(key) || *key == "roles", "{key}");
        }
        let shown = settings(&format!("[clerk]\n{uncommented}")).unwrap();
        let plain = settings(text).unwrap();
        assert_eq!((shown.sync_name, shown.roles["org:member"]), (plain.sync_name, plain.roles["org:member"]));
        assert_eq!((shown.provision, shown.roles["org:incident_commander"]), (Some(true), Role::Admin));
    }

    #[test]
    fn what_cannot_be_used_is_refused_with_its_place() {
        for (text, place) in [
            ("[clark]", "line 1, column 2: unknown key `clark`"),
            ("[clerk]\nprovison = true", "line 2, column 1: unknown key `provison`"),
            ("[clerk]\ninstance_id = 'a b'", "line 2, column 15: `instance_id` is no id of Clerk's"),
            ("[clerk.roles]\n'org:x' = 'root'", "line 2, column 11: `root` is not a role"),
            ("[clerk.roles]\n'org:x' = 7", "line 2, column 11: `org:x` is a number, not a text in quotes"),
            ("[clerk]\nroles = 7", "line 2, column 9: `roles` is a number, not a section"),
        ] {
            let error = settings(text).unwrap_err();
            assert!(error.message.ends_with(&format!("w/statuary.toml: {place}")), "{error}");
        }
    }

    #[test]
    fn secrets_come_from_the_environment_and_from_a_private_file() {
        let (_temp, workspace) = workspace("[clerk]\nsecrets_file = 'secrets'\n");
        let settings = workspace.clerk_settings().unwrap();
        let file = workspace.root.join("secrets");
        let none = settings.webhook_secrets(nothing).unwrap_err();
        assert!(none.message.starts_with("cannot read `") && none.message.contains("w/secrets"), "{none}");
        write_file(&file, b"# the present one\nwhsec_one\n\n  whsec_two  \n").unwrap();
        let variable = |name: &str| (name == "STATUARY_CLERK_WEBHOOK_SECRETS").then(|| "whsec_three, whsec_four".to_owned());
        let secrets = settings.webhook_secrets(variable).unwrap();
        let texts: Vec<&str> = secrets.iter().map(SecretText::reveal).collect();
        assert_eq!(texts, ["whsec_three", "whsec_four", "whsec_one", "whsec_two"]);
        assert!(!format!("{secrets:?}").contains("whsec"));
        fs::set_permissions(&file, fs::Permissions::from_mode(0o640)).unwrap();
        let open = settings.webhook_secrets(nothing).unwrap_err();
        assert!(open.message.starts_with("others may read `") && open.hint.as_deref().is_some_and(|hint| hint.contains("chmod 600")));
        fs::set_permissions(&file, fs::Permissions::from_mode(0o600)).unwrap();
        write_file(&file, b"# none\n").unwrap();
        assert!(settings.webhook_secrets(nothing).unwrap_err().message.ends_with("holds no secret"));
    }

    #[test]
    fn variables_that_are_set_and_empty_are_told() {
        let none = ClerkSettings::default();
        assert_eq!((none.webhook_secrets(nothing).unwrap(), none.token_keys(nothing).unwrap()), (Vec::new(), Vec::new()));
        for name in SECRET_VARIABLES {
            let error = none.webhook_secrets(|asked| (asked == name).then(String::new)).unwrap_err();
            assert_eq!(error.message, format!("`{name}` is set and empty"));
        }
        let error = none.token_keys(|_| Some(" ".into())).unwrap_err();
        assert_eq!(error.message, "`CLERK_JWT_KEY` is set and empty");
        let key = none.token_keys(|name| (name == KEY_VARIABLE).then(|| "canary".to_owned())).unwrap();
        assert!(matches!(key.as_slice(), [KeyText::Pem(_)]) && !format!("{key:?}").contains("canary"));
    }
}
