//! Members: the people who belong to an organization at Clerk, as the directory knows them.

use chrono::{DateTime, Utc};
use serde::Serialize;

use crate::config::{OrgFolder, Workspace};
use crate::domain::{ClerkId, Email, Role};
use crate::error::UserError;
use crate::ops::clerk::members_of;
use crate::store::Member;

/// A member.
#[derive(Clone, Debug, Serialize)]
pub struct MemberReport {
    /// The user's id at Clerk.
    pub id: ClerkId,
    /// The id of the membership.
    pub membership: ClerkId,
    /// First and last name.
    pub name: Option<String>,
    /// Primary e-mail address.
    pub email: Option<Email>,
    /// What they may do here; null where their role there means nothing here.
    pub role: Option<Role>,
    /// The key of their role at Clerk.
    pub clerk_role: String,
    /// Since when they belong to it.
    pub since: DateTime<Utc>,
}

/// Who belongs to an organization, by name.
///
/// # Errors
/// Conflict where it is linked to no organization at Clerk; bad input where the directory cannot be used.
pub fn list(workspace: &Workspace, folder: &OrgFolder) -> anyhow::Result<Vec<MemberReport>> {
    let roles = workspace.clerk_settings()?.roles;
    let members = members_of(workspace, folder)?;
    Ok(members
        .into_iter()
        .map(|member| {
            let role = roles.get(&member.role).copied();
            let Member { membership, user, role: clerk_role, since, person, .. } = member;
            MemberReport { id: user, membership, name: person.name(), email: person.email, role, clerk_role, since }
        })
        .collect())
}

/// One member, by the id of the user or of the membership.
///
/// # Errors
/// As [`list`]; not found where nobody has this id.
pub fn show(workspace: &Workspace, folder: &OrgFolder, id: &ClerkId) -> anyhow::Result<MemberReport> {
    let members = list(workspace, folder)?;
    let found = members.into_iter().find(|member| member.id == *id || member.membership == *id);
    found.ok_or_else(|| {
        UserError::not_found(format!("no member `{id}` in `{}`", folder.slug)).hint("list them with `statuary member list`").into()
    })
}
