//! Folders of organizations at Clerk: made, named and let go as the directory says.
//!
//! Which folder belongs to which organization stands in its org.toml, which is written before the folder has its name; the directory notes
//! after that that it was seen to. Whoever is killed in between has made a folder that the next one finds linked.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};

use crate::config::{OrgFolder, Settings, Workspace, is_free_place};
use crate::domain::{ClerkId, Slug};
use crate::error::UserError;
use crate::ops::Deed;
use crate::ops::clerk::{Clerk, directory, linked_to};
use crate::ops::workspace::{CreateOrg, create_org_linked};
use crate::store::{Directory, DirectoryWrite, Folder, KnownOrganization};

/// Who makes folders, for the log.
const ACTOR: &str = "clerk";

/// What was done to folders.
#[derive(Debug, Default)]
pub struct Attended {
    /// Folders that were made.
    pub made: Vec<Slug>,
    /// Organizations that have another name now.
    pub renamed: Vec<Slug>,
    /// Organizations that were unlinked, since they were deleted at Clerk.
    pub let_go: Vec<Slug>,
    /// What could not be done, and is tried again the next time.
    pub problems: Vec<anyhow::Error>,
}

/// How much is looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Thoroughness {
    /// What was not seen to yet.
    WhatIsNew,
    /// Every folder that is linked to an organization.
    EveryFolder,
}

/// The folders of a workspace that are linked, with what their org.toml says.
pub(super) type Linked = BTreeMap<ClerkId, Vec<(OrgFolder, Settings)>>;

/// Makes, names and lets go the folders that the directory asks for: at the start of a server, for what a crash has left undone.
///
/// # Errors
/// Bad input where the directory cannot be used.
pub fn attend(workspace: &Workspace, clerk: &Clerk, now: DateTime<Utc>) -> Result<Attended, UserError> {
    if workspace.lone {
        return Ok(Attended::default());
    }
    Ok(match directory(workspace)? {
        Some(mut directory) => see_to(&mut directory, workspace, clerk, Thoroughness::EveryFolder, now),
        None => Attended::default(),
    })
}

/// The folders of a workspace that are linked. One whose org.toml cannot be read is linked to nothing.
pub(super) fn linked(workspace: &Workspace) -> Result<Linked, UserError> {
    let mut linked = Linked::new();
    for folder in workspace.each_org()?.into_iter().flatten() {
        let Ok(settings) = folder.settings() else { continue };
        if let Some(id) = linked_to(settings.clerk_organization.as_deref()) {
            linked.entry(id).or_default().push((folder, settings));
        }
    }
    Ok(linked)
}

/// As [`attend`], with the directory open; nothing that goes wrong keeps the rest from being done.
pub(super) fn see_to(
    directory: &mut Directory,
    workspace: &Workspace,
    clerk: &Clerk,
    thoroughness: Thoroughness,
    now: DateTime<Utc>,
) -> Attended {
    let mut attended = Attended::default();
    if let Err(error) = try_to_see_to(directory, workspace, clerk, thoroughness, now, &mut attended) {
        attended.problems.push(error.into());
    }
    attended
}

fn try_to_see_to(
    directory: &mut Directory,
    workspace: &Workspace,
    clerk: &Clerk,
    thoroughness: Thoroughness,
    now: DateTime<Utc>,
    attended: &mut Attended,
) -> Result<(), UserError> {
    let (unattended, orphaned) = directory.read(|reader| Ok::<_, UserError>((reader.unattended()?, reader.orphaned()?)))?;
    if unattended.is_empty() && orphaned.is_empty() && thoroughness == Thoroughness::WhatIsNew {
        return Ok(());
    }
    let linked = linked(workspace)?;
    for organization in unattended {
        let folders = linked.get(&organization.id).map_or(&[][..], Vec::as_slice);
        let done = directory.write(|write| attend_to(write, workspace, clerk, &organization, folders, now));
        match done {
            Ok(Done::Made(slug)) => attended.made.push(slug),
            Ok(Done::Renamed(slug)) => attended.renamed.push(slug),
            Ok(Done::Nothing) => {}
            Err(error) => attended.problems.push(error.context(format!("cannot see to `{}`", organization.id))),
        }
    }
    let mut gone: BTreeMap<ClerkId, Option<Folder>> =
        orphaned.into_iter().map(|folder| (folder.organization.clone(), Some(folder))).collect();
    for id in linked.keys() {
        if directory.is_deleted(id)? {
            gone.entry(id.clone()).or_default();
        }
    }
    for (id, known) in gone {
        let folders = linked.get(&id).map_or(&[][..], Vec::as_slice);
        match directory.write(|write| let_go(write, &id, known, folders)) {
            Ok(slugs) => attended.let_go.extend(slugs),
            Err(error) => attended.problems.push(anyhow::Error::from(error).context(format!("cannot unlink `{id}`"))),
        }
    }
    Ok(())
}

enum Done {
    Made(Slug),
    Renamed(Slug),
    Nothing,
}

/// Sees to one organization, while nobody else can write to the directory: two who make its folder at once would make two.
fn attend_to(
    write: &DirectoryWrite<'_>,
    workspace: &Workspace,
    clerk: &Clerk,
    organization: &KnownOrganization,
    linked: &[(OrgFolder, Settings)],
    now: DateTime<Utc>,
) -> anyhow::Result<Done> {
    let Some(organization) = write.organization(&organization.id)? else { return Ok(Done::Nothing) };
    let known = write.folder(&organization.id)?;
    let seen = |slug: &Slug| {
        let folder = Folder { organization: organization.id.clone(), slug: slug.clone(), name: organization.name.clone(), let_go: false };
        write.put_folder(&folder)
    };
    if let Some((folder, settings)) = linked.first() {
        let renames = clerk.settings.sync_name && settings.name != organization.name;
        if renames {
            folder.rename(&organization.name)?;
        }
        seen(&folder.slug)?;
        return Ok(if renames { Done::Renamed(folder.slug.clone()) } else { Done::Nothing });
    }
    if let Some(known) = known {
        // A person has unlinked or removed it, or another process has just made it.
        seen(&known.slug)?;
        return Ok(Done::Nothing);
    }
    if !clerk.provisions() {
        return Ok(Done::Nothing);
    }
    let options = CreateOrg { slug: free_slug(workspace, &organization), name: organization.name.clone(), url: None, time_zone: None };
    create_org_linked(workspace, &options, Some(&organization.id), &Deed::new(ACTOR, now))?;
    seen(&options.slug)?;
    Ok(Done::Made(options.slug))
}

/// Unlinks what is linked to an organization that was deleted. Nothing else about it changes: its status data stay, and so does its page.
fn let_go(
    write: &DirectoryWrite<'_>,
    id: &ClerkId,
    known: Option<Folder>,
    linked: &[(OrgFolder, Settings)],
) -> Result<Vec<Slug>, UserError> {
    for (folder, _) in linked {
        folder.unlink("deleted at Clerk")?;
    }
    let first = linked.first().map(|(folder, settings)| Folder {
        organization: id.clone(),
        slug: folder.slug.clone(),
        name: settings.name.clone(),
        let_go: true,
    });
    if let Some(folder) = known.map(|known| Folder { let_go: true, ..known }).or(first) {
        write.put_folder(&folder)?;
    }
    Ok(linked.iter().map(|(folder, _)| folder.slug.clone()).collect())
}

/// A name for the folder: the slug at Clerk, else one that follows from the name; with a number where it is taken.
fn free_slug(workspace: &Workspace, organization: &KnownOrganization) -> Slug {
    let own = organization.slug.as_deref().and_then(|slug| slug.parse().ok());
    let wanted = own.unwrap_or_else(|| {
        let id = organization.id.as_str().trim_start_matches("org_").to_ascii_lowercase();
        let id: String = id.chars().filter(char::is_ascii_alphanumeric).take(50).collect();
        let named = Slug::from_name(&organization.name, &id);
        // A name in which there is nothing for a slug would make a service of it.
        let of_id = || format!("org-{id}").parse().ok();
        (named.as_str() == format!("service-{id}")).then(of_id).flatten().unwrap_or(named)
    });
    wanted.made_unique(|slug| !is_free_place(&workspace.root, slug))
}
