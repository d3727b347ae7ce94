//! What can be asked of a directory.

use chrono::{DateTime, Utc};
use rusqlite::{Row, params};

use super::super::columns::{Moment, first, rows, time};
use super::super::failure::Of;
use super::DirectoryReader;
use crate::domain::{ClerkId, Email, MessageOutcome, Person, Slug};
use crate::error::UserError;

/// A member of an organization.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Member {
    /// The membership that counts.
    pub membership: ClerkId,
    /// In which organization.
    pub organization: ClerkId,
    /// Whose it is.
    pub user: ClerkId,
    /// The key of the role as Clerk has it.
    pub role: String,
    /// Since when.
    pub since: DateTime<Utc>,
    /// Name and address.
    pub person: Person,
}

/// An organization as it is known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KnownOrganization {
    /// Its id.
    pub id: ClerkId,
    /// Its name.
    pub name: String,
    /// Its slug.
    pub slug: Option<String>,
}

/// Which folder was made for an organization, or linked to it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Folder {
    /// The organization at Clerk.
    pub organization: ClerkId,
    /// The folder's name at the time.
    pub slug: Slug,
    /// What the organization was called at Clerk when it was last seen to.
    pub name: String,
    /// Whether it was deleted at Clerk, and the folder unlinked for that.
    pub let_go: bool,
}

/// How much is mirrored.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Mirrored {
    /// Organizations.
    pub organizations: i64,
    /// People.
    pub users: i64,
    /// Memberships.
    pub memberships: i64,
    /// Invitations that are not answered and have not expired.
    pub invitations: i64,
    /// Roles.
    pub roles: i64,
}

/// A message that came.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SeenMessage {
    /// Its id.
    pub id: ClerkId,
    /// The type of its event; `None` where it did not say.
    pub kind: Option<String>,
    /// When it came.
    pub received_at: DateTime<Utc>,
    /// What came of it.
    pub outcome: MessageOutcome,
    /// What is wrong with it.
    pub why: Option<String>,
}

impl DirectoryReader {
    /// All organizations, by id.
    ///
    /// # Errors
    /// What reading the file can say.
    pub fn organizations(&self) -> Result<Vec<KnownOrganization>, UserError> {
        let read = |row: &Row<'_>| Ok(KnownOrganization { id: row.get(0)?, name: row.get(1)?, slug: row.get(2)? });
        rows(&self.connection, "SELECT id, name, slug FROM organizations ORDER BY id", [], read).of(&self.path)
    }

    /// The organization with this id.
    ///
    /// # Errors
    /// What reading the file can say.
    pub fn organization(&self, id: &ClerkId) -> Result<Option<KnownOrganization>, UserError> {
        let read = |row: &Row<'_>| Ok(KnownOrganization { id: row.get(0)?, name: row.get(1)?, slug: row.get(2)? });
        first(&self.connection, "SELECT id, name, slug FROM organizations WHERE id = ?1", [id], read).of(&self.path)
    }

    /// Organizations that have no folder yet, or are called otherwise than when their folder was last seen to.
    ///
    /// # Errors
    /// What reading the file can say.
    pub fn unattended(&self) -> Result<Vec<KnownOrganization>, UserError> {
        let sql = "SELECT organizations.id, organizations.name, organizations.slug FROM organizations
                   LEFT JOIN folders ON folders.organization = organizations.id
                   WHERE folders.name IS NOT organizations.name ORDER BY organizations.id";
        let read = |row: &Row<'_>| Ok(KnownOrganization { id: row.get(0)?, name: row.get(1)?, slug: row.get(2)? });
        rows(&self.connection, sql, [], read).of(&self.path)
    }

    /// Folders of organizations that were deleted, as far as they are not let go yet.
    ///
    /// # Errors
    /// What reading the file can say.
    pub fn orphaned(&self) -> Result<Vec<Folder>, UserError> {
        let sql = "SELECT organization, slug, name, let_go FROM folders
                   WHERE let_go = 0 AND organization IN (SELECT id FROM tombstones WHERE kind = 'organization') ORDER BY organization";
        rows(&self.connection, sql, [], folder).of(&self.path)
    }

    /// All folders that were made for organizations or linked to them.
    ///
    /// # Errors
    /// What reading the file can say.
    pub fn folders(&self) -> Result<Vec<Folder>, UserError> {
        rows(&self.connection, "SELECT organization, slug, name, let_go FROM folders ORDER BY organization", [], folder).of(&self.path)
    }

    /// The folder that was made for an organization, or linked to it.
    ///
    /// # Errors
    /// What reading the file can say.
    pub fn folder(&self, organization: &ClerkId) -> Result<Option<Folder>, UserError> {
        let sql = "SELECT organization, slug, name, let_go FROM folders WHERE organization = ?1";
        first(&self.connection, sql, [organization], folder).of(&self.path)
    }

    /// Whether an organization was deleted.
    ///
    /// # Errors
    /// What reading the file can say.
    pub fn is_deleted(&self, organization: &ClerkId) -> Result<bool, UserError> {
        self.is_buried("organization", organization)
    }

    /// Who belongs to an organization, by name.
    ///
    /// # Errors
    /// What reading the file can say.
    pub fn members(&self, organization: &ClerkId) -> Result<Vec<Member>, UserError> {
        let sql = format!("{MEMBERS} WHERE members.organization = ?1 ORDER BY last_name, first_name, members.user");
        rows(&self.connection, &sql, [organization], member).of(&self.path)
    }

    /// The membership of a user in an organization that counts.
    ///
    /// # Errors
    /// What reading the file can say.
    pub fn member(&self, organization: &ClerkId, user: &ClerkId) -> Result<Option<Member>, UserError> {
        let sql = format!("{MEMBERS} WHERE members.organization = ?1 AND members.user = ?2");
        first(&self.connection, &sql, [organization, user], member).of(&self.path)
    }

    /// Name and address of a user.
    ///
    /// # Errors
    /// What reading the file can say.
    pub fn person(&self, user: &ClerkId) -> Result<Option<Person>, UserError> {
        first(&self.connection, "SELECT first_name, last_name, email FROM people WHERE id = ?1", [user], |row| person(row, 0))
            .of(&self.path)
    }

    /// Whether a thing of this kind was deleted.
    pub(super) fn is_buried(&self, kind: &str, id: &ClerkId) -> Result<bool, UserError> {
        let sql = "SELECT EXISTS (SELECT 1 FROM tombstones WHERE kind = ?1 AND id = ?2)";
        Ok(first(&self.connection, sql, params![kind, id], |row| row.get(0)).of(&self.path)?.unwrap_or(false))
    }

    /// The ids of what was last changed before `before` and of which `table` a list should have told.
    ///
    /// # Errors
    /// What reading the file can say.
    pub fn older_than(&self, listed: Listed, before: DateTime<Utc>) -> Result<Vec<ClerkId>, UserError> {
        let sql = match listed {
            Listed::Organizations => "SELECT id FROM organizations WHERE updated_at < ?1",
            Listed::Users => "SELECT id FROM users WHERE updated_at < ?1",
            Listed::Memberships => "SELECT id FROM memberships WHERE max(updated_at, created_at) < ?1",
            Listed::Roles => "SELECT id FROM roles WHERE updated_at < ?1",
        };
        rows(&self.connection, sql, [Moment(before)], |row| row.get(0)).of(&self.path)
    }

    /// How much is mirrored at `now`.
    ///
    /// # Errors
    /// What reading the file can say.
    pub fn mirrored(&self, now: DateTime<Utc>) -> Result<Mirrored, UserError> {
        let sql = "SELECT (SELECT count(*) FROM organizations), (SELECT count(*) FROM people), (SELECT count(*) FROM memberships),
                   (SELECT count(*) FROM invitations WHERE status = 'pending' AND (expires_at IS NULL OR expires_at > ?1)),
                   (SELECT count(*) FROM roles)";
        let read = |row: &Row<'_>| {
            Ok(Mirrored {
                organizations: row.get(0)?,
                users: row.get(1)?,
                memberships: row.get(2)?,
                invitations: row.get(3)?,
                roles: row.get(4)?,
            })
        };
        Ok(first(&self.connection, sql, [Moment(now)], read).of(&self.path)?.unwrap_or_default())
    }

    /// The newest messages, the newest first: all, or those that came to this.
    ///
    /// # Errors
    /// What reading the file can say.
    pub fn messages(&self, outcome: Option<MessageOutcome>, most: u32) -> Result<Vec<SeenMessage>, UserError> {
        let sql = "SELECT id, type, received_at, outcome, why FROM messages WHERE ?1 IS NULL OR outcome = ?1
                   ORDER BY received_at DESC, id LIMIT ?2";
        let read = |row: &Row<'_>| {
            Ok(SeenMessage { id: row.get(0)?, kind: row.get(1)?, received_at: time(row, 2)?, outcome: row.get(3)?, why: row.get(4)? })
        };
        rows(&self.connection, sql, params![outcome, most], read).of(&self.path)
    }

    /// How many messages came to what.
    ///
    /// # Errors
    /// What reading the file can say.
    pub fn count_of_messages(&self, outcome: MessageOutcome) -> Result<i64, UserError> {
        let sql = "SELECT count(*) FROM messages WHERE outcome = ?1";
        Ok(first(&self.connection, sql, [outcome], |row| row.get(0)).of(&self.path)?.unwrap_or(0))
    }
}

/// What full lists there are of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Listed {
    /// Organizations.
    Organizations,
    /// Users.
    Users,
    /// Memberships.
    Memberships,
    /// Roles.
    Roles,
}

const MEMBERS: &str = "SELECT members.id, members.organization, members.user, members.role, members.created_at,
                       people.first_name, people.last_name, people.email
                       FROM members JOIN people ON people.id = members.user";

fn member(row: &Row<'_>) -> rusqlite::Result<Member> {
    Ok(Member {
        membership: row.get(0)?,
        organization: row.get(1)?,
        user: row.get(2)?,
        role: row.get(3)?,
        since: time(row, 4)?,
        person: person(row, 5)?,
    })
}

fn folder(row: &Row<'_>) -> rusqlite::Result<Folder> {
    Ok(Folder { organization: row.get(0)?, slug: row.get(1)?, name: row.get(2)?, let_go: row.get(3)? })
}

/// Names and address in column `at` and the two after it.
pub(super) fn person(row: &Row<'_>, at: usize) -> rusqlite::Result<Person> {
    Ok(Person { first_name: row.get(at)?, last_name: row.get(at + 1)?, email: email(row, at + 2)? })
}

/// The address in column `at`.
pub(super) fn email(row: &Row<'_>, at: usize) -> rusqlite::Result<Option<Email>> {
    Ok(row.get_ref(at)?.as_str_or_null()?.and_then(Email::of))
}
