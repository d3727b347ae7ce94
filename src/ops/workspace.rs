//! Workspaces and organizations as folders.

use std::path::Path;

use chrono::{DateTime, Utc};

use crate::config::{NewOrg, OrgFolder, Workspace, create_org_folder, init_workspace};
use crate::domain::{EventKind, PublicId, Slug, Subject};
use crate::error::UserError;
use crate::ops::report::{FolderReport, OrgReport};
use crate::ops::{Deed, Org};
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
    let at = deed.effective()?;
    let new = NewOrg { name: options.name.clone(), url: options.url.clone(), time_zone: options.time_zone };
    let folder = create_org_folder(&workspace.root, &options.slug, &new, |staged| {
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
