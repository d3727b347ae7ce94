//! What is mirrored of Clerk: who belongs where, and how news of it is compared.
//!
//! Of a person nothing is kept but id, names, e-mail address and role. News may come in any order and again and again; whatever is kept
//! follows from the set of what was told: of two tellings of one thing the greater counts ([`Version`] first), and what was deleted stays so.

use std::fmt;
use std::str::FromStr;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::domain::status::words;
use crate::domain::text;
use crate::error::{UserError, nearest};

/// Longest id.
const LONGEST_ID: usize = 128;

/// Longest e-mail address that mail can carry.
const LONGEST_EMAIL: usize = 254;

/// What Clerk calls a thing, such as `org_2abc`: 1 to 128 of letters, digits, `_` and `-`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct ClerkId(String);

/// An e-mail address; what prints a value for programmers does not print it.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Email(String);

/// How new a telling is: when the thing itself was changed, then when the telling was sent.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Version {
    /// When the thing was changed last, as it says itself.
    pub updated_at: DateTime<Utc>,
    /// When this was told; the beginning of time where the thing was told of within another one or in a list.
    pub told_at: DateTime<Utc>,
}

/// How a person is called and reached.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Person {
    /// First name.
    pub first_name: Option<String>,
    /// Last name.
    pub last_name: Option<String>,
    /// Primary e-mail address.
    pub email: Option<Email>,
}

/// An organization at Clerk.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct ClerkOrganization {
    /// How new this is.
    pub version: Version,
    /// Its id, for good.
    pub id: ClerkId,
    /// Its name.
    pub name: String,
    /// Its slug, which can move to another organization.
    pub slug: Option<String>,
}

/// A user.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct ClerkUser {
    /// How new this is.
    pub version: Version,
    /// The user's id, for good.
    pub id: ClerkId,
    /// Name and address.
    pub person: Person,
}

/// That a user belongs to an organization. One who leaves and comes back has another membership.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Membership {
    /// How new this is.
    pub version: Version,
    /// Its id, for good.
    pub id: ClerkId,
    /// Where.
    pub organization: ClerkId,
    /// Who.
    pub user: ClerkId,
    /// The key of the role as Clerk has it, such as `org:admin`.
    pub role: String,
    /// Since when.
    pub created_at: DateTime<Utc>,
    /// What it says of the person, which counts until the user is told of.
    pub person: Person,
}

/// How an invitation stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum InvitationStatus {
    /// Nobody has answered it yet.
    Pending,
    /// The person has become a member.
    Accepted,
    /// It was taken back.
    Revoked,
    /// It was not answered in time.
    Expired,
}

words!(
    InvitationStatus,
    "how an invitation stands",
    [Pending = "pending", Accepted = "accepted", Revoked = "revoked", Expired = "expired"],
    also []
);

/// That somebody was invited to an organization.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Invitation {
    /// How new this is.
    pub version: Version,
    /// Its id, for good.
    pub id: ClerkId,
    /// Where to.
    pub organization: ClerkId,
    /// Who.
    pub email: Email,
    /// The key of the role they are to have.
    pub role: String,
    /// How it stands, as it was told.
    pub status: InvitationStatus,
    /// When it expires; nobody tells when it has.
    pub expires_at: Option<DateTime<Utc>>,
}

/// A role that members can have.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct ClerkRole {
    /// How new this is.
    pub version: Version,
    /// Its id, for good.
    pub id: ClerkId,
    /// Its key, such as `org:admin`.
    pub key: String,
    /// What people call it.
    pub name: String,
}

/// One piece of news.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DirectoryChange {
    /// An organization is so.
    Organization(ClerkOrganization),
    /// An organization is gone, with its memberships and invitations.
    OrganizationGone(ClerkId),
    /// A user is so.
    User(ClerkUser),
    /// A user is gone, with their memberships.
    UserGone(ClerkId),
    /// A membership is so.
    Membership(Membership),
    /// A membership has ended.
    MembershipGone(ClerkId),
    /// An invitation is so.
    Invitation(Invitation),
    /// A role is so.
    Role(ClerkRole),
    /// A role is gone.
    RoleGone(ClerkId),
}

/// What came of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MessageOutcome {
    /// It was understood, and what it says counts.
    Applied,
    /// It is of a kind that nothing here follows from.
    PassedOver,
    /// It cannot be understood.
    Malformed,
}

words!(
    MessageOutcome,
    "what came of a message",
    [Applied = "applied", PassedOver = "passed_over", Malformed = "malformed"],
    also []
);

impl ClerkId {
    /// The id as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for ClerkId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromStr for ClerkId {
    type Err = UserError;

    fn from_str(text: &str) -> Result<Self, UserError> {
        let shaped = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-';
        if (1..=LONGEST_ID).contains(&text.len()) && text.bytes().all(shaped) {
            return Ok(Self(text.to_owned()));
        }
        Err(UserError::usage("an id of Clerk's is 1 to 128 letters, digits, hyphens and underscores").hint("it looks like `org_2abc`"))
    }
}

impl TryFrom<String> for ClerkId {
    type Error = UserError;

    fn try_from(text: String) -> Result<Self, UserError> {
        text.parse()
    }
}

impl From<ClerkId> for String {
    fn from(id: ClerkId) -> Self {
        id.0
    }
}

impl Email {
    /// The address that a text is, if it is one as far as a line of a table is concerned.
    pub fn of(text: &str) -> Option<Self> {
        let text = text.trim();
        let (name, host) = text.rsplit_once('@')?;
        let odd = |character: char| character.is_whitespace() || text::is_dropped(character);
        (!name.is_empty() && !host.is_empty() && text.len() <= LONGEST_EMAIL && !text.contains(odd)).then(|| Self(text.to_owned()))
    }

    /// The address, for whoever may read it.
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Email {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Email(…)")
    }
}

impl Person {
    /// First and last name; `None` where nobody said either.
    pub fn name(&self) -> Option<String> {
        let names: Vec<&str> = [&self.first_name, &self.last_name].into_iter().filter_map(|name| name.as_deref()).collect();
        (!names.is_empty()).then(|| names.join(" "))
    }
}

impl Invitation {
    /// How it stands at `now`.
    pub fn status_at(&self, now: DateTime<Utc>) -> InvitationStatus {
        match self.status {
            InvitationStatus::Pending if self.expires_at.is_some_and(|end| end <= now) => InvitationStatus::Expired,
            status => status,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_short_and_plain() {
        for good in ["org_2abc", "a", "A-b_9", &"x".repeat(128)] {
            assert_eq!(good.parse::<ClerkId>().unwrap().as_str(), good);
        }
        for bad in ["", "a b", "a.b", "é", "a\n", "../x", &"x".repeat(129)] {
            assert!(bad.parse::<ClerkId>().is_err(), "{bad:?}");
        }
    }

    #[test]
    fn addresses_have_an_at_and_are_printed_for_nobody() {
        let email = Email::of(" ada@northwind.example ").unwrap();
        assert_eq!((email.reveal(), format!("{email:?}").as_str()), ("ada@northwind.example", "Email(…)"));
        let person = Person { first_name: Some("Ada".into()), last_name: None, email: Some(email) };
        assert!(!format!("{person:?}").contains("northwind"));
        for none in ["ada", "@b", "a@", "a b@c", "a\u{0}@b", "a\u{202e}@b", &format!("{}@b", "a".repeat(253))] {
            assert_eq!(Email::of(none), None, "{none:?}");
        }
    }

    #[test]
    fn names_are_what_there_is_of_them() {
        let person = |first: Option<&str>, last: Option<&str>| Person {
            first_name: first.map(str::to_owned),
            last_name: last.map(str::to_owned),
            email: None,
        };
        assert_eq!(person(Some("Ada"), Some("Byron")).name().as_deref(), Some("Ada Byron"));
        assert_eq!(person(None, Some("Byron")).name().as_deref(), Some("Byron"));
        assert_eq!(person(None, None).name(), None);
    }
}
