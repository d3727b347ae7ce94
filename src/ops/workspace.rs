//! Workspaces and organizations as folders.

use std::path::Path;

use chrono::{DateTime, Utc};

use crate::config::{NewOrg, OrgFolder, Workspace, archive_org, create_org_folder, delete_org, init_workspace};
use crate::domain::{ClerkId, EventKind, PublicId, Slug, Subject};
use crate::error::{Kind, UserError};
use crate::ops::report::{FolderReport, OrgReport, RemovedOrgReport};
use crate::ops::{Deed, Org};
use crate::site;
use crate::store::{NewEvent, OrgStore, Scope};

/// What `org create` is told.
#[derive(Clone, Debug)]
pub struct CreateOrg {
    /// Folder name.
    pub slug: Slug,
    /// What visitors read.
    pub name: String,
    /// Public address.
    pub url: Option<String>,
    /// Zone; Etc/UTC by default.
    pub time_zone: Option<chrono_tz::Tz>,
}

/// Makes a workspace in `dir`.
///
/// # Errors
/// Conflict where there is one already, or inside a lone org folder.
pub fn init(dir: &Path) -> anyhow::Result<FolderReport> {
    Ok(FolderReport { path: init_workspace(dir)?.display().to_string() })
}

/// Makes an organization's folder with org.toml and an empty org.db, all of it or nothing.
///
/// # Errors
/// Conflict where the slug is taken; what making the folder and the file can say.
pub fn create_org(workspace: &Workspace, options: &CreateOrg, deed: &Deed) -> anyhow::Result<OrgReport> {
    create_org_linked(workspace, options, None, deed)
}

/// The same, linked to an organization at Clerk from its first moment.
pub(super) fn create_org_linked(
    workspace: &Workspace,
    options: &CreateOrg,
    clerk_organization: Option<&ClerkId>,
    deed: &Deed,
) -> anyhow::Result<OrgReport> {
    let at = deed.effective()?;
    let new = NewOrg { name: options.name.clone(), url: options.url.clone(), time_zone: options.time_zone };
    let folder = create_org_folder(&workspace.root, &options.slug, &new, |staged| {
        if let Some(id) = clerk_organization {
            staged.link(id)?;
        }
        record_creation(staged, &options.name, at, deed).map_err(|error| under_its_name(error, staged, &workspace.root))
    })?;
    show_org(&folder, deed.now)
}

/// Makes org.db in the folder, with the event that begins every record.
fn record_creation(folder: &OrgFolder, name: &str, at: DateTime<Utc>, deed: &Deed) -> anyhow::Result<()> {
    let mut store = OrgStore::begin(&folder.database(), &PublicId::random()?, deed.now)?;
    store.write(&deed.actor, deed.now, |write| {
        write.record(NewEvent {
            kind: EventKind::OrganizationCreated,
            subject: Subject::Organization,
            status: None,
            effective_at: at,
            sentence: format!("created organization {name}"),
        })?;
        Ok(())
    })
}

/// The error with the folder called as it was to be called, since nobody knows it under another name.
fn under_its_name(error: anyhow::Error, staged: &OrgFolder, root: &Path) -> anyhow::Error {
    let dir = root.join(staged.slug.as_str());
    let rename = |text: &str| text.replace(&staged.dir.display().to_string(), &dir.display().to_string());
    match error.downcast::<UserError>() {
        Ok(error) => UserError { message: rename(&error.message), ..error }.into(),
        Err(error) => error,
    }
}

/// One organization.
///
/// # Errors
/// As [`Org::open`].
pub fn show_org(folder: &OrgFolder, now: DateTime<Utc>) -> anyhow::Result<OrgReport> {
    let org = Org::open(folder.clone())?;
    let organization = org.organization()?;
    let snapshot = org.snapshot(Scope::Everything, now)?;
    Ok(OrgReport {
        slug: folder.slug.clone(),
        id: organization.id,
        name: organization.name,
        url: organization.url,
        time_zone: organization.time_zone.name().to_owned(),
        path: folder.dir.display().to_string(),
        services: snapshot.services().count(),
        open_incidents: snapshot.open_incidents.len(),
    })
}

/// Removes an organization's folder, once everything people made in it is in one archive beside it.
///
/// # Errors
/// Conflict in a folder that works alone, or for a link to a folder; busy where somebody else writes or builds for too long; failed where
/// the archive cannot be written. The organization is whole then.
pub fn remove_org(workspace: &Workspace, folder: &OrgFolder, now: DateTime<Utc>) -> anyhow::Result<RemovedOrgReport> {
    if workspace.lone {
        return Err(UserError::conflict(format!("`{}` is in no workspace", folder.slug))
            .hint("copy its folder somewhere safe and delete it yourself, or keep its database with `statuary backup FILE`")
            .into());
    }
    if std::fs::symlink_metadata(&folder.dir).is_ok_and(|metadata| metadata.is_symlink()) {
        return Err(UserError::conflict(format!("`{}` is a link", folder.dir.display())).hint("remove the link yourself").into());
    }
    let _builds_end = site::lock(&folder.dot_dir())?;
    let archive = workspace.root.join(format!("{}-removed-{}.tar", folder.slug, now.format("%Y-%m-%dT%H-%M-%SZ")));
    let copy = folder.dot_dir().join("org.db.copy");
    let take_away = |database: Option<&Path>| -> anyhow::Result<Option<String>> {
        archive_org(folder, database, &archive)?;
        Ok(delete_org(folder)?)
    };
    let mut unreadable = None;
    let left = match OrgStore::open(&folder.database()) {
        Ok(mut store) => match store.set_aside(&copy, || take_away(Some(&copy))) {
            Err(error) if error.downcast_ref::<UserError>().is_some_and(|error| error.kind == Kind::BadInput) => {
                unreadable = Some(error.to_string());
                take_away(None)?
            }
            taken => taken?,
        },
        // What cannot be read can still be kept as it is; where there is nothing, there is nothing to keep.
        Err(error) if error.kind == Kind::NotFound => take_away(None)?,
        Err(error) if [Kind::BadInput, Kind::Conflict].contains(&error.kind) => {
            unreadable = Some(error.message);
            take_away(None)?
        }
        Err(error) => return Err(error.into()),
    };
    Ok(RemovedOrgReport {
        slug: folder.slug.clone(),
        backup: archive.display().to_string(),
        notice: unreadable.map(|why| format!("the backup holds org.db as it is: {why}")),
        left,
    })
}
