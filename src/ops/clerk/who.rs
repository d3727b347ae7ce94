//! Who comes with a session.

use crate::clerk::Session;
use crate::config::{Settings, Workspace};
use crate::domain::{ClerkId, Right, Role};
use crate::ops::clerk::{Clerk, directory};

/// Longest name of somebody in the log, in characters.
const LONGEST_NAME: usize = 100;

/// A member of an organization, with a session.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Who {
    /// Their id at Clerk, by which they are known from others of that name.
    pub user: ClerkId,
    /// Their name.
    pub name: String,
    /// What they may do here.
    pub role: Role,
    /// Who acts as them, where somebody else does: the id at Clerk.
    pub impersonator: Option<String>,
}

impl Who {
    /// Whether they have this right.
    pub fn may(&self, right: Right) -> bool {
        self.role.may(right)
    }

    /// Who did it, for the log.
    pub fn actor(&self) -> String {
        match &self.impersonator {
            Some(other) => format!("{} (by {other})", self.name),
            None => self.name.clone(),
        }
    }
}

/// Who comes to the organization with these `settings` with a session; nobody where the session is of another organization, or the directory
/// knows no membership that agrees, or their role means nothing here.
///
/// The role is the lesser one of what the token and what the directory says: either may be behind. The work is the same whichever
/// organization is asked, so that the time tells nothing of it.
///
/// # Errors
/// Fails where the directory cannot be read.
pub fn who(workspace: &Workspace, clerk: &Clerk, settings: &Settings, session: &Session) -> anyhow::Result<Option<Who>> {
    let Some(claim) = &session.organization else { return Ok(None) };
    if workspace.lone {
        return Ok(None);
    }
    let Some(directory) = directory(workspace)? else { return Ok(None) };
    let member = directory.member(&claim.id, &session.user)?;
    let is_meant = settings.clerk_organization.as_deref() == Some(claim.id.as_str());
    let Some(member) = member.filter(|_| is_meant) else { return Ok(None) };
    let meant = |key: Option<&str>| key.and_then(|key| clerk.settings.roles.get(key)).copied();
    let (Some(told), Some(known)) = (meant(claim.role.as_deref()), meant(Some(&member.role))) else { return Ok(None) };
    let name = member.person.name().unwrap_or_else(|| session.user.to_string());
    // An id at Clerk, so that nothing else that a token might say there reaches the log.
    let impersonator = session.impersonator.as_deref().map(|id| id.parse::<ClerkId>().map_or_else(|_| "somebody".to_owned(), String::from));
    Ok(Some(Who { user: member.user, name: name.chars().take(LONGEST_NAME).collect(), role: told.min(known), impersonator }))
}
