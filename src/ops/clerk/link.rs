//! Linking organizations here to organizations at Clerk by hand.

use serde::Serialize;

use crate::config::{OrgFolder, Workspace};
use crate::domain::{ClerkId, Slug};
use crate::error::UserError;
use crate::ops::clerk::folders::linked;
use crate::ops::clerk::{directory, linked_to, refuse_lone};
use crate::store::Folder;

/// What is linked, or was.
#[derive(Clone, Debug, Serialize)]
pub struct LinkReport {
    /// The organization here.
    pub org: Slug,
    /// The organization at Clerk.
    pub clerk_organization: ClerkId,
    /// Its name there; null where it is not mirrored.
    pub name_at_clerk: Option<String>,
}

/// Links the organization in `folder` to the one at Clerk with this id.
///
/// # Errors
/// Conflict where either is linked to another, or the one at Clerk was deleted; bad input where org.toml cannot be changed.
pub fn link(workspace: &Workspace, folder: &OrgFolder, id: &ClerkId) -> anyhow::Result<LinkReport> {
    refuse_lone(workspace)?;
    let settings = folder.settings()?;
    if let Some(present) = settings.clerk_organization.as_deref().filter(|present| *present != id.as_str()) {
        return Err(UserError::conflict(format!("`{}` is linked to `{}` already", folder.slug, present.escape_debug()))
            .hint(format!("take that away first: `statuary org unlink {}`", folder.slug))
            .into());
    }
    if let Some((other, _)) = linked(workspace)?.get(id).into_iter().flatten().find(|(other, _)| other.slug != folder.slug) {
        return Err(UserError::conflict(format!("`{id}` is linked to `{}` already", other.slug))
            .hint(format!("take that away first: `statuary org unlink {}`", other.slug))
            .into());
    }
    let Some(mut directory) = directory(workspace)? else {
        folder.link(id)?;
        return Ok(LinkReport { org: folder.slug.clone(), clerk_organization: id.clone(), name_at_clerk: None });
    };
    // Nobody makes a folder for it meanwhile.
    let name_at_clerk = directory.write(|write| {
        if write.is_deleted(id)? {
            return Err(UserError::conflict(format!("`{id}` was deleted at Clerk")));
        }
        folder.link(id)?;
        let known = write.organization(id)?;
        if let Some(known) = &known {
            write.put_folder(&Folder { organization: id.clone(), slug: folder.slug.clone(), name: known.name.clone(), let_go: false })?;
        }
        Ok(known.map(|known| known.name))
    })?;
    Ok(LinkReport { org: folder.slug.clone(), clerk_organization: id.clone(), name_at_clerk })
}

/// Takes the link of the organization in `folder` away: members at Clerk have nothing to say in it any more.
///
/// # Errors
/// Conflict where it is not linked; bad input where org.toml cannot be changed.
pub fn unlink(workspace: &Workspace, folder: &OrgFolder) -> anyhow::Result<LinkReport> {
    let settings = folder.settings()?;
    let present = settings.clerk_organization.as_deref();
    let Some(id) = linked_to(present) else {
        return Err(UserError::conflict(format!("`{}` is linked to no organization at Clerk", folder.slug)).into());
    };
    let known = if workspace.lone { None } else { directory(workspace)? };
    let name_at_clerk = match known {
        Some(mut directory) => directory.write(|write| {
            let known = write.organization(&id)?;
            if let Some(known) = &known {
                // So that no folder is made for it anew.
                let folder = Folder { organization: id.clone(), slug: folder.slug.clone(), name: known.name.clone(), let_go: false };
                write.put_folder(&folder)?;
            }
            folder.unlink("unlinked")?;
            Ok::<_, UserError>(known.map(|known| known.name))
        })?,
        None => {
            folder.unlink("unlinked")?;
            None
        }
    };
    Ok(LinkReport { org: folder.slug.clone(), clerk_organization: id, name_at_clerk })
}
