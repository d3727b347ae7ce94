//! Clerk: its messages, the mirror of who belongs where, the folders that follow from it, and who comes with a session.
//!
//! A message and what it says are recorded in one transaction. Folders are seen to after that, in transactions of their own: what a crash
//! leaves undone is found in the directory and done with the next message or the next start ([`attend`]).

mod folders;
mod import;
mod link;
mod receive;
mod status;
#[cfg(test)]
mod tests;
mod who;

use chrono::{DateTime, Utc};

use crate::clerk::{Keys, Secrets, Session, TokenRefusal, TokenRules};
use crate::config::{ClerkSettings, KeyText, OrgFolder, SecretText, Workspace};
use crate::domain::ClerkId;
use crate::error::UserError;
use crate::store::{Directory, Member};

pub use folders::{Attended, attend};
pub use import::{ImportFile, ImportListing, ImportReport, import};
pub use link::{LinkReport, link, unlink};
pub use receive::{LARGEST_BODY, Receipt, receive};
pub use status::{MessageReport, MirroredOrganization, ReplayReport, StatusReport, replay, status};
pub use who::{Who, who};

/// What is needed to deal with Clerk: settings, secrets and keys, read once.
#[derive(Clone, Debug)]
pub struct Clerk {
    settings: ClerkSettings,
    secrets: Option<Secrets>,
    keys: Option<Keys>,
    rules: TokenRules,
}

impl Clerk {
    /// What statuary.toml, the files it names and the `environment` say.
    ///
    /// # Errors
    /// Bad input for a secret or a key that is none, however it is given; it is not repeated.
    pub fn load(workspace: &Workspace, environment: impl Fn(&str) -> Option<String>) -> Result<Self, UserError> {
        let settings = workspace.clerk_settings()?;
        let rules = TokenRules { authorized_parties: settings.authorized_parties.clone(), issuer: settings.issuer.clone() };
        if workspace.lone {
            // There is no directory of members beside a folder that works alone.
            return Ok(Self { settings, secrets: None, keys: None, rules });
        }
        let secrets = settings.webhook_secrets(&environment)?;
        let secrets = if secrets.is_empty() { None } else { Some(Secrets::parse(secrets.iter().map(SecretText::reveal))?) };
        let mut keys: Option<Keys> = None;
        for text in settings.token_keys(&environment)? {
            let more = match &text {
                KeyText::Pem(text) => Keys::from_pem(text.reveal())?,
                KeyText::Jwks(text) => Keys::from_jwks(text.reveal().as_bytes())?,
            };
            keys = Some(match keys {
                Some(keys) => keys.and(more),
                None => more,
            });
        }
        Ok(Self { settings, secrets, keys, rules })
    }

    /// Whether it can tell a message of Clerk's from others.
    pub fn takes_webhooks(&self) -> bool {
        self.secrets.is_some()
    }

    /// Whether it can tell a session token from others.
    pub fn takes_tokens(&self) -> bool {
        self.keys.is_some()
    }

    /// The session that a token proves.
    ///
    /// # Errors
    /// Why it proves none; where there is no key, it is signed with none that is known.
    pub fn session(&self, token: &str, now: DateTime<Utc>) -> Result<Session, TokenRefusal> {
        let keys = self.keys.as_ref().ok_or(TokenRefusal::Signature)?;
        Session::verify(token, keys, &self.rules, now)
    }

    /// Whether organizations at Clerk get folders.
    pub fn provisions(&self) -> bool {
        self.settings.provision.unwrap_or(self.secrets.is_some())
    }
}

/// The directory of a workspace; `None` where nothing was mirrored yet.
fn directory(workspace: &Workspace) -> Result<Option<Directory>, UserError> {
    refuse_lone(workspace)?;
    Directory::open(&workspace.directory())
}

fn refuse_lone(workspace: &Workspace) -> Result<(), UserError> {
    if !workspace.lone {
        return Ok(());
    }
    Err(UserError::conflict("a folder that works alone has no members at Clerk")
        .hint("make a workspace with `statuary init` and put the folder into it"))
}

/// Who belongs to the organization in `folder`.
pub(super) fn members_of(workspace: &Workspace, folder: &OrgFolder) -> Result<Vec<Member>, UserError> {
    refuse_lone(workspace)?;
    let Some(id) = linked_to(folder.settings()?.clerk_organization.as_deref()) else {
        return Err(UserError::conflict(format!("`{}` is linked to no organization at Clerk", folder.slug))
            .hint(format!("link it with `statuary org link {} CLERK_ORG_ID`", folder.slug)));
    };
    directory(workspace)?.map_or(Ok(Vec::new()), |directory| directory.members(&id))
}

/// The organization at Clerk that a text from org.toml names.
fn linked_to(text: Option<&str>) -> Option<ClerkId> {
    text.and_then(|text| text.parse().ok())
}
