//! Clerk's objects, as events and listings hold them, as values of ours: only what is used is looked at, and what bites is taken as it comes.

use chrono::{DateTime, Utc};
use serde_json::Value;

use crate::domain::{
    ClerkId, ClerkOrganization, ClerkRole, ClerkUser, DirectoryChange, Email, Invitation, InvitationStatus, Membership, Person, Version,
    text,
};

/// Longest name that is kept, in characters.
const LONGEST_NAME: usize = 200;

/// Numbers below it are seconds: as milliseconds they would lie in 1973.
const SECONDS: i64 = 100_000_000_000;

/// Why an object cannot be read; names what is missing and nothing of what is there.
pub(super) type Fault = &'static str;

/// What an organization is.
pub(super) fn organization(object: &Value, told_at: DateTime<Utc>) -> Result<ClerkOrganization, Fault> {
    let id = id(object, "id").ok_or("an organization has no id")?;
    let slug = line(object, "slug");
    let name = line(object, "name").or_else(|| slug.clone()).unwrap_or_else(|| id.to_string());
    Ok(ClerkOrganization { version: version(object, told_at).ok_or("an organization has no `updated_at`")?, id, name, slug })
}

/// What a user is.
pub(super) fn user(object: &Value, told_at: DateTime<Utc>) -> Result<ClerkUser, Fault> {
    let primary = object.get("primary_email_address_id").and_then(Value::as_str);
    let addresses = object.get("email_addresses").and_then(Value::as_array).into_iter().flatten();
    let email = addresses
        .filter(|address| primary.is_some() && address.get("id").and_then(Value::as_str) == primary)
        .find_map(|address| email(address, "email_address"));
    Ok(ClerkUser {
        version: version(object, told_at).ok_or("a user has no `updated_at`")?,
        id: id(object, "id").ok_or("a user has no id")?,
        person: Person { email, ..names(object) },
    })
}

/// What a membership says: how its organization is, as far as it tells that, and the membership itself.
pub(super) fn membership(object: &Value, told_at: DateTime<Utc>) -> Result<(Option<DirectoryChange>, Membership), Fault> {
    let embedded = object.get("organization").unwrap_or(&Value::Null);
    let public = object.get("public_user_data").unwrap_or(&Value::Null);
    let version = version(object, told_at).ok_or("a membership has no `updated_at`")?;
    let membership = Membership {
        version,
        id: id(object, "id").ok_or("a membership has no id")?,
        organization: id(embedded, "id").ok_or("a membership has no organization")?,
        user: id(public, "user_id").ok_or("a membership has no user")?,
        role: line(object, "role").ok_or("a membership has no role")?,
        created_at: moment(object, "created_at").unwrap_or(version.updated_at),
        person: Person { email: email(public, "identifier"), ..names(public) },
    };
    // The copy has a time of its own, and is older than any telling of the organization itself with that time.
    let copy = organization(embedded, DateTime::UNIX_EPOCH).ok().map(DirectoryChange::Organization);
    Ok((copy, membership))
}

/// What an invitation is.
pub(super) fn invitation(object: &Value, told_at: DateTime<Utc>, usual: InvitationStatus) -> Result<Invitation, Fault> {
    let nested = object.get("data").unwrap_or(object);
    let organization = id(object, "organization_id").or_else(|| id(nested.get("public_organization_data")?, "id"));
    let status = object.get("status").and_then(Value::as_str);
    Ok(Invitation {
        version: version(object, told_at).ok_or("an invitation has no `updated_at`")?,
        id: id(object, "id").ok_or("an invitation has no id")?,
        organization: organization.ok_or("an invitation has no organization")?,
        email: email(object, "email_address").ok_or("an invitation has no address")?,
        role: line(object, "role").unwrap_or_default(),
        status: status.and_then(|status| status.parse().ok()).unwrap_or(usual),
        expires_at: moment(object, "expires_at"),
    })
}

/// What a role is.
pub(super) fn role(object: &Value, told_at: DateTime<Utc>) -> Result<ClerkRole, Fault> {
    let key = line(object, "key").ok_or("a role has no key")?;
    Ok(ClerkRole {
        version: version(object, told_at).ok_or("a role has no `updated_at`")?,
        id: id(object, "id").ok_or("a role has no id")?,
        name: line(object, "name").unwrap_or_else(|| key.clone()),
        key,
    })
}

/// The id in a field.
pub(super) fn id(object: &Value, field: &str) -> Option<ClerkId> {
    object.get(field)?.as_str()?.parse().ok()
}

/// The moment in a field, given in milliseconds or, by some, in seconds.
pub(super) fn moment(object: &Value, field: &str) -> Option<DateTime<Utc>> {
    let number = object.get(field)?.as_i64().filter(|number| *number >= 0)?;
    DateTime::from_timestamp_millis(if number < SECONDS { number * 1000 } else { number })
}

fn version(object: &Value, told_at: DateTime<Utc>) -> Option<Version> {
    Some(Version { updated_at: moment(object, "updated_at")?, told_at })
}

fn names(object: &Value) -> Person {
    Person { first_name: line(object, "first_name"), last_name: line(object, "last_name"), email: None }
}

fn email(object: &Value, field: &str) -> Option<Email> {
    Email::of(object.get(field)?.as_str()?)
}

/// The text in a field as one short line; an empty one counts as absent.
fn line(object: &Value, field: &str) -> Option<String> {
    let line = text::on_one_line(object.get(field)?.as_str()?);
    let line: String = line.trim().chars().take(LONGEST_NAME).collect();
    Some(line).filter(|line| !line.is_empty())
}
