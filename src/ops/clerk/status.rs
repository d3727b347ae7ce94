//! What is mirrored, how it goes, and forgetting a message so that it can come again.

use chrono::{DateTime, Utc};
use serde::Serialize;

use crate::config::Workspace;
use crate::domain::{ClerkId, MessageOutcome, Slug};
use crate::error::UserError;
use crate::ops::clerk::folders::{Linked, linked};
use crate::ops::clerk::{Clerk, directory};
use crate::store::{Directory, Mirrored, SeenMessage};

/// How many messages that could not be understood are told of.
const MOST_MALFORMED: u32 = 10;

/// How the mirror of Clerk stands.
#[derive(Clone, Debug, Serialize)]
pub struct StatusReport {
    /// How many secrets for webhooks there are.
    pub webhook_secrets: usize,
    /// How many keys for session tokens there are.
    pub token_keys: usize,
    /// Whether organizations at Clerk get folders.
    pub provision: bool,
    /// How many organizations are mirrored.
    pub organizations: i64,
    /// How many users.
    pub users: i64,
    /// How many memberships.
    pub memberships: i64,
    /// How many invitations wait for an answer.
    pub pending_invitations: i64,
    /// How many roles.
    pub roles: i64,
    /// How many messages were understood, in 90 days.
    pub applied: i64,
    /// How many messages were of a kind that nothing follows from, in 90 days.
    pub passed_over: i64,
    /// How many messages could not be understood, in 90 days.
    pub malformed: i64,
    /// The message that came last.
    pub last_message: Option<MessageReport>,
    /// The newest of those that could not be understood, the newest first.
    pub last_malformed: Vec<MessageReport>,
    /// What is mirrored and what is linked, by id.
    pub mirrored: Vec<MirroredOrganization>,
}

/// A message that came.
#[derive(Clone, Debug, Serialize)]
pub struct MessageReport {
    /// Its id.
    pub id: ClerkId,
    /// The type of its event.
    #[serde(rename = "type")]
    pub kind: Option<String>,
    /// When it came.
    pub received_at: DateTime<Utc>,
    /// What came of it.
    pub outcome: MessageOutcome,
    /// What is wrong with it.
    pub why: Option<String>,
}

/// An organization at Clerk, and what is linked to it.
#[derive(Clone, Debug, Serialize)]
pub struct MirroredOrganization {
    /// Its id.
    pub id: ClerkId,
    /// Its name there; null where it is not mirrored.
    pub name: Option<String>,
    /// The organizations here that are linked to it.
    pub orgs: Vec<Slug>,
    /// What is to be said of it: that it is called otherwise here, was deleted, has no folder.
    pub note: Option<String>,
}

/// A message that was forgotten.
#[derive(Clone, Debug, Serialize)]
pub struct ReplayReport {
    /// Its id.
    pub id: ClerkId,
}

/// How the mirror of Clerk stands.
///
/// # Errors
/// Conflict in a folder that works alone; bad input where the directory cannot be used.
pub fn status(workspace: &Workspace, clerk: &Clerk, now: DateTime<Utc>) -> anyhow::Result<StatusReport> {
    let mut report = StatusReport {
        webhook_secrets: clerk.secrets.as_ref().map_or(0, crate::clerk::Secrets::count),
        token_keys: clerk.keys.as_ref().map_or(0, crate::clerk::Keys::count),
        provision: clerk.provisions(),
        organizations: 0,
        users: 0,
        memberships: 0,
        pending_invitations: 0,
        roles: 0,
        applied: 0,
        passed_over: 0,
        malformed: 0,
        last_message: None,
        last_malformed: Vec::new(),
        mirrored: Vec::new(),
    };
    let linked = linked(workspace)?;
    if let Some(directory) = directory(workspace)? {
        directory.read(|_| count(&mut report, &directory, now))?;
        report.mirrored = mirrored(&directory, &linked)?;
    }
    let unknown = linked.iter().filter(|(id, _)| !report.mirrored.iter().any(|known| known.id == **id));
    let unknown: Vec<MirroredOrganization> =
        unknown.map(|(id, _)| organization(id, None, &linked, Some("nothing is known of it yet".to_owned()))).collect();
    report.mirrored.extend(unknown);
    Ok(report)
}

/// Forgets that a message came, so that it counts when it is sent again.
///
/// # Errors
/// Not found where it never came.
pub fn replay(workspace: &Workspace, id: &ClerkId) -> anyhow::Result<ReplayReport> {
    let forgotten = match directory(workspace)? {
        Some(mut directory) => directory.write(|write| write.forget_message(id))?,
        None => false,
    };
    if !forgotten {
        return Err(UserError::not_found(format!("no message `{id}` has come"))
            .hint("Clerk's dashboard shows the ids of messages; `statuary clerk status` shows the last one")
            .into());
    }
    Ok(ReplayReport { id: id.clone() })
}

fn count(report: &mut StatusReport, directory: &Directory, now: DateTime<Utc>) -> Result<(), UserError> {
    let Mirrored { organizations, users, memberships, invitations, roles } = directory.mirrored(now)?;
    (report.organizations, report.users, report.memberships) = (organizations, users, memberships);
    (report.pending_invitations, report.roles) = (invitations, roles);
    report.applied = directory.count_of_messages(MessageOutcome::Applied)?;
    report.passed_over = directory.count_of_messages(MessageOutcome::PassedOver)?;
    report.malformed = directory.count_of_messages(MessageOutcome::Malformed)?;
    report.last_message = directory.messages(None, 1)?.into_iter().next().map(message);
    report.last_malformed = directory.messages(Some(MessageOutcome::Malformed), MOST_MALFORMED)?.into_iter().map(message).collect();
    Ok(())
}

fn message(seen: SeenMessage) -> MessageReport {
    let SeenMessage { id, kind, received_at, outcome, why } = seen;
    MessageReport { id, kind, received_at, outcome, why }
}

/// Every organization that is mirrored, and those that were deleted and had a folder.
fn mirrored(directory: &Directory, linked: &Linked) -> Result<Vec<MirroredOrganization>, UserError> {
    let mut reports: Vec<MirroredOrganization> = Vec::new();
    for known in directory.organizations()? {
        let folders = linked.get(&known.id).map_or(&[][..], Vec::as_slice);
        let note = match folders {
            [] => Some("no org is linked to it".to_owned()),
            [(_, settings)] if settings.name != known.name => Some(format!("called `{}` here", settings.name)),
            [_] => None,
            _ => Some("several orgs are linked to it".to_owned()),
        };
        reports.push(organization(&known.id, Some(known.name), linked, note));
    }
    for folder in directory.folders()?.into_iter().filter(|folder| folder.let_go) {
        let note = Some(format!("deleted at Clerk; `{}` was linked to it", folder.slug));
        reports.push(organization(&folder.organization, Some(folder.name), linked, note));
    }
    reports.sort_by(|left, right| left.id.cmp(&right.id));
    Ok(reports)
}

fn organization(id: &ClerkId, name: Option<String>, linked: &Linked, note: Option<String>) -> MirroredOrganization {
    let orgs = linked.get(id).into_iter().flatten().map(|(folder, _)| folder.slug.clone()).collect();
    MirroredOrganization { id: id.clone(), name, orgs, note }
}
