//! Workspaces and organizations as folders.

use std::path::Path;

use chrono::{DateTime, Utc};

use crate::config::{NewOrg, OrgFolder, Workspace, create_org_folder, init_workspace};
use crate::domain::{EventKind, PublicId, Slug, Subject};
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

/// Makes an organization's folder with org.toml and an empty org.db.
///
/// # Errors
/// Conflict where the slug is taken.
pub fn create_org(workspace: &Workspace, options: &CreateOrg, deed: &Deed) -> anyhow::Result<OrgReport> {
    let at = deed.effective()?;
    let new = NewOrg { name: options.name.clone(), url: options.url.clone(), time_zone: options.time_zone };
    let folder = create_org_folder(&workspace.root, &options.slug, &new)?;
    let mut store = OrgStore::begin(&folder.database(), &PublicId::random()?, deed.now)?;
    store.write(&deed.actor, deed.now, |write| {
        Ok(write.record(NewEvent {
            kind: EventKind::OrganizationCreated,
            subject: Subject::Organization,
            status: None,
            effective_at: at,
            sentence: format!("created organization {}", options.name),
        })?)
    })?;
    show_org(&folder, deed.now)
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
