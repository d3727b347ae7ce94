//! Backfill: saved answers of Clerk's Backend API through the same merge as messages.

use chrono::{DateTime, TimeDelta, Utc};
use serde::Serialize;

use crate::clerk::{Listing, ListingKind};
use crate::config::Workspace;
use crate::domain::{DirectoryChange, Slug};
use crate::error::UserError;
use crate::ops::clerk::folders::{Thoroughness, see_to};
use crate::ops::clerk::{Clerk, refuse_lone};
use crate::store::{Directory, DirectoryWrite, Listed};

/// How long a listing may have taken: what was changed so shortly before the newest thing in it may be missing by chance.
const LISTING_TAKES: TimeDelta = TimeDelta::hours(1);

/// A saved answer.
#[derive(Clone, Debug)]
pub struct ImportFile {
    /// What it is called, for complaints.
    pub name: String,
    /// What is in it.
    pub bytes: Vec<u8>,
}

/// What `clerk import` is told.
#[derive(Clone, Debug)]
pub struct ImportListing {
    /// The answers.
    pub files: Vec<ImportFile>,
    /// Whether what they lack is gone: they are full lists of what they list.
    pub complete: bool,
    /// When the listing began; `None`: an hour before the newest thing in it.
    pub listed_at: Option<DateTime<Utc>>,
}

/// What came of it.
#[derive(Debug, Serialize)]
pub struct ImportReport {
    /// Organizations in the lists.
    pub organizations: usize,
    /// Users in the lists.
    pub users: usize,
    /// Memberships in the lists.
    pub memberships: usize,
    /// Invitations in the lists.
    pub invitations: usize,
    /// Roles in the lists.
    pub roles: usize,
    /// What was removed because the lists lack it.
    pub removed: usize,
    /// Folders that were made.
    pub made: Vec<Slug>,
    /// Organizations that have another name now.
    pub renamed: Vec<Slug>,
    /// Organizations that were unlinked.
    pub unlinked: Vec<Slug>,
    /// What could not be read.
    pub warnings: Vec<String>,
    /// What could not be done to folders; it is tried again with the next message.
    #[serde(skip)]
    pub problems: Vec<anyhow::Error>,
}

/// Takes in saved listings, all of them or nothing.
///
/// # Errors
/// Bad input where a file is none, or holds nothing usable; conflict where lists that shall be complete say themselves that they are not.
pub fn import(workspace: &Workspace, clerk: &Clerk, options: &ImportListing, now: DateTime<Utc>) -> anyhow::Result<ImportReport> {
    refuse_lone(workspace)?;
    let (listing, warnings) = read(&options.files)?;
    if listing.changes.is_empty() {
        return Err(UserError::bad_input("there is nothing in these files that can be taken in")
            .hint(warnings.into_iter().next().unwrap_or_else(|| "save more than an empty list".to_owned()))
            .into());
    }
    if options.complete {
        refuse_incomplete(&listing)?;
    }
    let mut directory = Directory::open_or_create(&workspace.directory())?;
    let removed = directory.write(|write| {
        listing.changes.iter().try_for_each(|change| write.merge(change))?;
        if options.complete { remove_missing(write, &listing, options.listed_at) } else { Ok(0) }
    })?;
    let attended = see_to(&mut directory, workspace, clerk, Thoroughness::EveryFolder, now);
    let count = |kind| listing.ids.get(&kind).map_or(0, std::collections::BTreeSet::len);
    Ok(ImportReport {
        organizations: count(ListingKind::Organizations),
        users: count(ListingKind::Users),
        memberships: count(ListingKind::Memberships),
        invitations: count(ListingKind::Invitations),
        roles: count(ListingKind::Roles),
        removed,
        made: attended.made,
        renamed: attended.renamed,
        unlinked: attended.let_go,
        warnings,
        problems: attended.problems,
    })
}

/// What all files tell, and what in them could not be read.
fn read(files: &[ImportFile]) -> Result<(Listing, Vec<String>), UserError> {
    let (mut listing, mut warnings) = (Listing::default(), Vec::new());
    for file in files {
        listing.add(&file.bytes).map_err(|error| UserError { message: format!("{}: {}", file.name, error.message), ..error })?;
        warnings.extend(listing.faults.drain(..).map(|(number, why)| format!("{}: item {number}: {why}", file.name)));
    }
    Ok((listing, warnings))
}

fn refuse_incomplete(listing: &Listing) -> Result<(), UserError> {
    for (kind, what) in WHAT {
        let missing = listing.missing(kind);
        if missing > 0 {
            return Err(UserError::conflict(format!("by their own count these files lack {missing} {what}"))
                .hint("save all pages of the list, or leave `--complete` out"));
        }
    }
    Ok(())
}

const WHAT: [(ListingKind, &str); 4] = [
    (ListingKind::Organizations, "organizations"),
    (ListingKind::Users, "users"),
    (ListingKind::Memberships, "memberships"),
    (ListingKind::Roles, "roles"),
];

/// Removes what full lists lack, as far as it is older than they are. Invitations are listed for one organization at a time and stay.
fn remove_missing(write: &DirectoryWrite<'_>, listing: &Listing, listed_at: Option<DateTime<Utc>>) -> Result<usize, UserError> {
    let Some(before) = listed_at.or_else(|| listing.newest?.checked_sub_signed(LISTING_TAKES)) else { return Ok(0) };
    let mut removed = 0;
    for (kind, listed, gone) in [
        (ListingKind::Memberships, Listed::Memberships, DirectoryChange::MembershipGone as fn(_) -> _),
        (ListingKind::Users, Listed::Users, DirectoryChange::UserGone as fn(_) -> _),
        (ListingKind::Organizations, Listed::Organizations, DirectoryChange::OrganizationGone as fn(_) -> _),
        (ListingKind::Roles, Listed::Roles, DirectoryChange::RoleGone as fn(_) -> _),
    ] {
        // A kind of which there is no list is not complete, but unknown.
        let Some(ids) = listing.ids.get(&kind) else { continue };
        for id in write.older_than(listed, before)? {
            if !ids.contains(&id) {
                write.merge(&gone(id))?;
                removed += 1;
            }
        }
    }
    Ok(removed)
}
