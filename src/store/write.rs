//! A write in progress, and what it can change beside services, incidents and maintenances.

use std::ops::Deref;

use chrono::{DateTime, Utc};
use rusqlite::params;

use super::Reader;
use super::columns::{Moment, first, rows};
use super::failure::Of;
use crate::domain::{EventKind, PublicId, Source};
use crate::error::UserError;

/// A transaction in progress; reads in it see what it has changed.
#[derive(Debug)]
pub struct Write<'s> {
    pub(super) reader: &'s Reader,
    pub(super) actor: &'s str,
    pub(super) now: DateTime<Utc>,
}

impl Deref for Write<'_> {
    type Target = Reader;

    fn deref(&self) -> &Reader {
        self.reader
    }
}

impl Write<'_> {
    /// Who is writing.
    pub fn actor(&self) -> &str {
        self.actor
    }

    /// The moment that counts as now.
    pub fn now(&self) -> DateTime<Utc> {
        self.now
    }

    /// Gives the page another public id: an import adopts its source's.
    ///
    /// # Errors
    /// What writing can say.
    pub fn set_page_id(&self, id: &PublicId) -> Result<(), UserError> {
        self.run("UPDATE page SET id = ?1", params![id]).map(drop)
    }

    /// Says when the organization was made: a dump knows better than the file it is restored to.
    ///
    /// # Errors
    /// What writing can say.
    pub fn set_created_at(&self, at: DateTime<Utc>) -> Result<(), UserError> {
        self.run("UPDATE page SET created_at = ?1", params![Moment(at)]).map(drop)
    }

    /// Remembers up to when the imported page `page` has stated the present.
    ///
    /// # Errors
    /// What writing can say.
    pub fn set_source_stated_at(&self, page: &PublicId, at: DateTime<Utc>) -> Result<(), UserError> {
        let sql = "INSERT INTO sources (page, stated_at) VALUES (?1, ?2) ON CONFLICT (page) DO UPDATE SET stated_at = excluded.stated_at";
        self.run(sql, params![page, Moment(at)]).map(drop)
    }

    /// Marks every incident and maintenance that names `service` as touched by the event `revision`.
    ///
    /// # Errors
    /// What writing can say.
    pub fn touch_incidents_naming(&self, service: &PublicId, revision: i64) -> Result<(), UserError> {
        self.run(
            "UPDATE incidents SET revision = ?2 WHERE number IN (SELECT incident FROM incident_services WHERE service = ?1)",
            params![service, revision],
        )?;
        self.run(
            "UPDATE maintenances SET revision = ?2 WHERE number IN (SELECT maintenance FROM maintenance_names WHERE service = ?1)",
            params![service, revision],
        )?;
        Ok(())
    }

    /// Runs one statement and says how many rows it changed.
    pub(super) fn run(&self, sql: &str, params: impl rusqlite::Params) -> Result<usize, UserError> {
        self.connection.prepare_cached(sql).and_then(|mut statement| statement.execute(params)).of(&self.path)
    }
}

impl Reader {
    /// Up to when the imported page `page` has stated the present; `None` where it never did.
    ///
    /// # Errors
    /// What reading the file can say.
    pub fn source_stated_at(&self, page: &PublicId) -> Result<Option<DateTime<Utc>>, UserError> {
        let sql = "SELECT stated_at FROM sources WHERE page = ?1";
        first(&self.connection, sql, params![page], |row| row.get::<_, Moment>(0).map(|at| at.0)).of(&self.path)
    }

    /// The pages imports came from, by id.
    ///
    /// # Errors
    /// What reading the file can say.
    pub fn sources(&self) -> Result<Vec<Source>, UserError> {
        let source = |row: &rusqlite::Row<'_>| Ok(Source { page: row.get(0)?, stated_at: row.get::<_, Moment>(1)?.0 });
        rows(&self.connection, "SELECT page, stated_at FROM sources ORDER BY page", [], source).of(&self.path)
    }

    /// Whether nothing is recorded but that the organization was created, what org.toml says, and who may come in.
    ///
    /// # Errors
    /// What reading the file can say.
    pub fn is_empty(&self) -> Result<bool, UserError> {
        let sql = "SELECT NOT (EXISTS (SELECT 1 FROM groups) OR EXISTS (SELECT 1 FROM services) OR EXISTS (SELECT 1 FROM incidents)
                   OR EXISTS (SELECT 1 FROM maintenances) OR EXISTS (SELECT 1 FROM sources)
                   OR EXISTS (SELECT 1 FROM events WHERE kind NOT IN (?1, ?2, ?3, ?4)))";
        let passed_over =
            params![EventKind::OrganizationCreated, EventKind::OrganizationEdited, EventKind::TokenCreated, EventKind::TokenRevoked];
        let empty = first(&self.connection, sql, passed_over, |row| row.get(0)).of(&self.path)?;
        Ok(empty.unwrap_or(true))
    }

    /// Whether a token was ever made.
    ///
    /// # Errors
    /// What reading the file can say.
    pub fn has_tokens(&self) -> Result<bool, UserError> {
        let any = first(&self.connection, "SELECT EXISTS (SELECT 1 FROM tokens)", [], |row| row.get(0)).of(&self.path)?;
        Ok(any.unwrap_or(false))
    }
}
