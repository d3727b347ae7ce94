//! Merging news into a directory, so that the same news in any order and any number of times comes to the same rows.
//!
//! Of two tellings of a thing the greater stays, and of what was deleted nothing is told any more. What a membership says of its user stands in
//! the membership and counts by a view; what it says of its organization is a telling of the organization like any other.

use chrono::{DateTime, TimeDelta, Utc};
use rusqlite::{Params, Row, params};

use super::super::columns::{Moment, first, optional_time, time};
use super::super::failure::Of;
use super::read::{email, person};
use super::{DirectoryWrite, Folder};
use crate::domain::{
    ClerkId, ClerkOrganization, ClerkRole, ClerkUser, DirectoryChange, Invitation, Membership, MessageOutcome, Person, Version,
};
use crate::error::UserError;

/// How long it is kept that a message came. Clerk sends it again for about a day, people do for longer; and were it to come after that, it
/// would come to the same rows.
const KEPT: TimeDelta = TimeDelta::days(90);

impl DirectoryWrite<'_> {
    /// Notes that a message came; `false` where it had come before, and then nothing more is to be done.
    ///
    /// # Errors
    /// What writing can say.
    pub fn note_message(
        &self,
        id: &ClerkId,
        kind: Option<&str>,
        received_at: DateTime<Utc>,
        outcome: MessageOutcome,
        why: Option<&str>,
    ) -> Result<bool, UserError> {
        let sql = "INSERT INTO messages (id, type, received_at, outcome, why) VALUES (?1, ?2, ?3, ?4, ?5) ON CONFLICT DO NOTHING";
        let first = self.run(sql, params![id, kind, Moment(received_at), outcome, why])? > 0;
        if let (true, Some(before)) = (first, received_at.checked_sub_signed(KEPT)) {
            self.run("DELETE FROM messages WHERE received_at < ?1", [Moment(before)])?;
        }
        Ok(first)
    }

    /// Forgets that a message came, so that it counts when it comes again; `false` where it never did.
    ///
    /// # Errors
    /// What writing can say.
    pub fn forget_message(&self, id: &ClerkId) -> Result<bool, UserError> {
        Ok(self.run("DELETE FROM messages WHERE id = ?1", [id])? > 0)
    }

    /// Takes in one piece of news.
    ///
    /// # Errors
    /// What writing can say.
    pub fn merge(&self, change: &DirectoryChange) -> Result<(), UserError> {
        match change {
            DirectoryChange::Organization(organization) => self.merge_organization(organization),
            DirectoryChange::User(user) => self.merge_user(user),
            DirectoryChange::Membership(membership) => self.merge_membership(membership),
            DirectoryChange::Invitation(invitation) => self.merge_invitation(invitation),
            DirectoryChange::Role(role) => self.merge_role(role),
            DirectoryChange::OrganizationGone(id) => {
                self.bury("organization", id)?;
                self.run("DELETE FROM memberships WHERE organization = ?1", [id])?;
                self.run("DELETE FROM invitations WHERE organization = ?1", [id])?;
                self.run("DELETE FROM organizations WHERE id = ?1", [id]).map(drop)
            }
            DirectoryChange::UserGone(id) => {
                self.bury("user", id)?;
                self.run("DELETE FROM memberships WHERE user = ?1", [id])?;
                self.run("DELETE FROM users WHERE id = ?1", [id]).map(drop)
            }
            DirectoryChange::MembershipGone(id) => {
                self.bury("membership", id)?;
                self.run("DELETE FROM memberships WHERE id = ?1", [id]).map(drop)
            }
            DirectoryChange::RoleGone(id) => {
                self.bury("role", id)?;
                self.run("DELETE FROM roles WHERE id = ?1", [id]).map(drop)
            }
        }
    }

    /// Notes which folder was made for an organization or linked to it, or that it was let go.
    ///
    /// # Errors
    /// What writing can say.
    pub fn put_folder(&self, folder: &Folder) -> Result<(), UserError> {
        let sql = "INSERT OR REPLACE INTO folders (organization, slug, name, let_go) VALUES (?1, ?2, ?3, ?4)";
        self.run(sql, params![folder.organization, folder.slug, folder.name, folder.let_go]).map(drop)
    }

    fn merge_organization(&self, new: &ClerkOrganization) -> Result<(), UserError> {
        let sql = "SELECT updated_at, told_at, id, name, slug FROM organizations WHERE id = ?1";
        let read = |row: &Row<'_>| Ok(ClerkOrganization { version: version(row)?, id: row.get(2)?, name: row.get(3)?, slug: row.get(4)? });
        if self.is_buried("organization", &new.id)? || self.stands(sql, &new.id, read, new)? {
            return Ok(());
        }
        let sql = "INSERT OR REPLACE INTO organizations (updated_at, told_at, id, name, slug) VALUES (?1, ?2, ?3, ?4, ?5)";
        let (updated_at, told_at) = moments(new.version);
        self.run(sql, params![updated_at, told_at, new.id, new.name, new.slug]).map(drop)
    }

    fn merge_user(&self, new: &ClerkUser) -> Result<(), UserError> {
        let sql = "SELECT updated_at, told_at, id, first_name, last_name, email FROM users WHERE id = ?1";
        let read = |row: &Row<'_>| Ok(ClerkUser { version: version(row)?, id: row.get(2)?, person: person(row, 3)? });
        if self.is_buried("user", &new.id)? || self.stands(sql, &new.id, read, new)? {
            return Ok(());
        }
        let sql = "INSERT OR REPLACE INTO users (updated_at, told_at, id, first_name, last_name, email) VALUES (?1, ?2, ?3, ?4, ?5, ?6)";
        let (updated_at, told_at) = moments(new.version);
        let Person { first_name, last_name, email } = &new.person;
        self.run(sql, params![updated_at, told_at, new.id, first_name, last_name, email.as_ref().map(|email| email.reveal())]).map(drop)
    }

    fn merge_membership(&self, new: &Membership) -> Result<(), UserError> {
        let sql = "SELECT updated_at, told_at, id, organization, user, role, created_at, first_name, last_name, email FROM memberships
                   WHERE id = ?1";
        let read = |row: &Row<'_>| {
            Ok(Membership {
                version: version(row)?,
                id: row.get(2)?,
                organization: row.get(3)?,
                user: row.get(4)?,
                role: row.get(5)?,
                created_at: time(row, 6)?,
                person: person(row, 7)?,
            })
        };
        let buried = self.is_buried("membership", &new.id)?
            || self.is_buried("organization", &new.organization)?
            || self.is_buried("user", &new.user)?;
        if buried || self.stands(sql, &new.id, read, new)? {
            return Ok(());
        }
        let sql = "INSERT OR REPLACE INTO memberships
                   (updated_at, told_at, id, organization, user, role, created_at, first_name, last_name, email)
                   VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)";
        let (updated_at, told_at) = moments(new.version);
        let Person { first_name, last_name, email } = &new.person;
        let email = email.as_ref().map(|email| email.reveal());
        let created_at = Moment(new.created_at);
        let values = params![updated_at, told_at, new.id, new.organization, new.user, new.role, created_at, first_name, last_name, email];
        self.run(sql, values).map(drop)
    }

    fn merge_invitation(&self, new: &Invitation) -> Result<(), UserError> {
        let sql = "SELECT updated_at, told_at, id, organization, email, role, status, expires_at FROM invitations WHERE id = ?1";
        let read = |row: &Row<'_>| {
            Ok(Invitation {
                version: version(row)?,
                id: row.get(2)?,
                organization: row.get(3)?,
                email: email(row, 4)?.ok_or(rusqlite::Error::InvalidQuery)?,
                role: row.get(5)?,
                status: row.get(6)?,
                expires_at: optional_time(row, 7)?,
            })
        };
        if self.is_buried("organization", &new.organization)? || self.stands(sql, &new.id, read, new)? {
            return Ok(());
        }
        let sql = "INSERT OR REPLACE INTO invitations (updated_at, told_at, id, organization, email, role, status, expires_at)
                   VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)";
        let (updated_at, told_at) = moments(new.version);
        let expires_at = new.expires_at.map(Moment);
        self.run(sql, params![updated_at, told_at, new.id, new.organization, new.email.reveal(), new.role, new.status, expires_at])
            .map(drop)
    }

    fn merge_role(&self, new: &ClerkRole) -> Result<(), UserError> {
        let sql = "SELECT updated_at, told_at, id, key, name FROM roles WHERE id = ?1";
        let read = |row: &Row<'_>| Ok(ClerkRole { version: version(row)?, id: row.get(2)?, key: row.get(3)?, name: row.get(4)? });
        if self.is_buried("role", &new.id)? || self.stands(sql, &new.id, read, new)? {
            return Ok(());
        }
        let (updated_at, told_at) = moments(new.version);
        let sql = "INSERT OR REPLACE INTO roles (updated_at, told_at, id, key, name) VALUES (?1, ?2, ?3, ?4, ?5)";
        self.run(sql, params![updated_at, told_at, new.id, new.key, new.name]).map(drop)
    }

    /// Whether what is there is at least as great as what is `new`.
    fn stands<T: PartialOrd>(
        &self,
        sql: &str,
        id: &ClerkId,
        read: impl FnMut(&Row<'_>) -> rusqlite::Result<T>,
        new: &T,
    ) -> Result<bool, UserError> {
        Ok(first(&self.connection, sql, [id], read).of(&self.path)?.is_some_and(|found| found >= *new))
    }

    fn bury(&self, kind: &str, id: &ClerkId) -> Result<(), UserError> {
        self.run("INSERT INTO tombstones (kind, id) VALUES (?1, ?2) ON CONFLICT DO NOTHING", params![kind, id]).map(drop)
    }

    fn run(&self, sql: &str, params: impl Params) -> Result<usize, UserError> {
        self.connection.prepare_cached(sql).and_then(|mut statement| statement.execute(params)).of(&self.path)
    }
}

fn moments(version: Version) -> (Moment, Moment) {
    (Moment(version.updated_at), Moment(version.told_at))
}

/// How new a row is, by its first two columns.
fn version(row: &Row<'_>) -> rusqlite::Result<Version> {
    Ok(Version { updated_at: time(row, 0)?, told_at: time(row, 1)? })
}
