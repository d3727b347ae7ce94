//! The body of a webhook as news for the directory.
//!
//! Of an event only its type, its time, its instance and what the directory keeps are looked at; where from somebody asked is not.

use chrono::{DateTime, Utc};
use serde_json::Value;

use crate::clerk::objects::{self, Fault};
use crate::domain::{DirectoryChange, InvitationStatus};

/// Longest type of an event.
const LONGEST_TYPE: usize = 100;

/// An event, whose signature was right.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    /// Its type, such as `organization.created`; `None` where it does not say.
    pub kind: Option<String>,
    /// Which instance of Clerk it comes from; old ones do not say.
    pub instance: Option<String>,
    /// What it says.
    pub reading: Reading,
}

/// What an event says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reading {
    /// This happened.
    Understood(Vec<DirectoryChange>),
    /// Something that nothing here follows from, or of a type that is not known.
    PassedOver,
    /// It cannot be understood, for this reason.
    Malformed(&'static str),
}

/// Reads the body of a webhook.
pub fn read_event(body: &[u8]) -> Event {
    let malformed = |why| Event { kind: None, instance: None, reading: Reading::Malformed(why) };
    let Ok(event) = serde_json::from_slice::<Value>(body) else { return malformed("it is not JSON") };
    let Some(kind) = event.get("type").and_then(Value::as_str).filter(|kind| is_type(kind)) else { return malformed("it has no type") };
    let told_at = objects::moment(&event, "timestamp").unwrap_or(DateTime::UNIX_EPOCH);
    let instance = event.get("instance_id").and_then(Value::as_str).map(str::to_owned);
    let reading = match changes(kind, event.get("data").unwrap_or(&Value::Null), told_at) {
        None => Reading::PassedOver,
        Some(Ok(changes)) => Reading::Understood(changes),
        Some(Err(why)) => Reading::Malformed(why),
    };
    Event { kind: Some(kind.to_owned()), instance, reading }
}

/// So that a log can repeat it.
fn is_type(text: &str) -> bool {
    let shaped = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-');
    (1..=LONGEST_TYPE).contains(&text.len()) && text.bytes().all(shaped)
}

/// What an event of this type says; `None` where nothing follows from such events.
fn changes(kind: &str, data: &Value, told_at: DateTime<Utc>) -> Option<Result<Vec<DirectoryChange>, Fault>> {
    use DirectoryChange::{MembershipGone, OrganizationGone, RoleGone, UserGone};
    let gone = |change: fn(_) -> DirectoryChange| match objects::id(data, "id") {
        Some(id) => Ok(vec![change(id)]),
        None => Err("it does not say what was deleted"),
    };
    let invitation = |usual| objects::invitation(data, told_at, usual).map(|it| vec![DirectoryChange::Invitation(it)]);
    Some(match kind {
        "organization.created" | "organization.updated" => {
            objects::organization(data, told_at).map(|it| vec![DirectoryChange::Organization(it)])
        }
        "organization.deleted" => gone(OrganizationGone),
        "user.created" | "user.updated" => objects::user(data, told_at).map(|it| vec![DirectoryChange::User(it)]),
        "user.deleted" => gone(UserGone),
        "organizationMembership.created" | "organizationMembership.updated" => objects::membership(data, told_at)
            .map(|(organization, it)| organization.into_iter().chain([DirectoryChange::Membership(it)]).collect()),
        // It carries the whole membership as it last was, and nothing in it says that it has ended. A bare id is enough.
        "organizationMembership.deleted" => gone(MembershipGone).map(|ended| {
            let organization = objects::membership(data, told_at).ok().and_then(|(organization, _)| organization);
            organization.into_iter().chain(ended).collect()
        }),
        "organizationInvitation.created" => invitation(InvitationStatus::Pending),
        "organizationInvitation.accepted" => invitation(InvitationStatus::Accepted),
        "organizationInvitation.revoked" => invitation(InvitationStatus::Revoked),
        "role.created" | "role.updated" => objects::role(data, told_at).map(|it| vec![DirectoryChange::Role(it)]),
        "role.deleted" => gone(RoleGone),
        _ => return None,
    })
}

#[cfg(test)]
mod tests;
