//! Groups, services, and the statuses people give them by hand.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use rusqlite::{Row, ToSql, params};

use super::columns::{self, Date, Moment, first, list_of, put_row, rows};
use super::failure::Of;
use super::{Reader, Scope, Write};
use crate::domain::{Group, ManualStatus, PublicId, Service, StatusesGiven};
use crate::error::UserError;

const GROUP: &str = "number, id, slug, name, description, position, source_page, created_at, updated_at";

/// A group that the scope does not show is none.
const SERVICE: &str = "service.number, service.id, service.slug, service.name, service.description, service.link, home.id, \
                       service.position, service.start_date, service.hidden, service.showcase, service.only_show_if_degraded, \
                       service.standing, service.source_page, service.created_at, service.updated_at";

const MANUAL_STATUS: &str = "number, service, status, at, message, origin, created_at";

impl Write<'_> {
    /// Writes a group; number 0 is a new one and is filled in.
    ///
    /// # Errors
    /// A conflict where its id or slug is taken; otherwise what writing can say.
    pub fn put_group(&self, group: &mut Group) -> Result<(), UserError> {
        let columns: [(&str, &dyn ToSql); 8] = [
            ("id", &group.id),
            ("slug", &group.slug),
            ("name", &group.name),
            ("description", &group.description),
            ("position", &group.position),
            ("source_page", &group.source_page),
            ("created_at", &Moment(group.created_at)),
            ("updated_at", &Moment(group.updated_at)),
        ];
        group.number = put_row(&self.connection, "groups", group.number, &[], &columns).of(&self.path)?;
        Ok(())
    }

    /// Writes a service; number 0 is a new one and is filled in. Its group must be there.
    ///
    /// # Errors
    /// A conflict where its id or slug is taken or its group is not there; otherwise what writing can say.
    pub fn put_service(&self, service: &mut Service) -> Result<(), UserError> {
        let columns: [(&str, &dyn ToSql); 15] = [
            ("id", &service.id),
            ("slug", &service.slug),
            ("name", &service.name),
            ("description", &service.description),
            ("link", &service.link),
            ("group_id", &service.group),
            ("position", &service.position),
            ("start_date", &service.start_date.map(Date)),
            ("hidden", &service.hidden),
            ("showcase", &service.showcase),
            ("only_show_if_degraded", &service.only_show_if_degraded),
            ("standing", &service.standing),
            ("source_page", &service.source_page),
            ("created_at", &Moment(service.created_at)),
            ("updated_at", &Moment(service.updated_at)),
        ];
        service.number = put_row(&self.connection, "services", service.number, &[], &columns).of(&self.path)?;
        Ok(())
    }

    /// Deletes a service, unless an incident, a maintenance or a manual status refers to it; says whether it did.
    ///
    /// # Errors
    /// What writing can say.
    pub fn delete_service(&self, number: i64) -> Result<bool, UserError> {
        let sql = "DELETE FROM services WHERE number = ?1
                   AND NOT EXISTS (SELECT 1 FROM manual_statuses WHERE manual_statuses.service = services.id)
                   AND NOT EXISTS (SELECT 1 FROM affected WHERE affected.service = services.id)
                   AND NOT EXISTS (SELECT 1 FROM maintenance_services WHERE maintenance_services.service = services.id)";
        Ok(self.run(sql, params![number])? > 0)
    }

    /// Deletes a group, unless a service is in it; says whether it did.
    ///
    /// # Errors
    /// What writing can say.
    pub fn delete_group(&self, number: i64) -> Result<bool, UserError> {
        let sql = "DELETE FROM groups WHERE number = ?1 AND NOT EXISTS (SELECT 1 FROM services WHERE services.group_id = groups.id)";
        Ok(self.run(sql, params![number])? > 0)
    }

    /// Writes a status given by hand; number 0 is a new one and is filled in. Its service must be there.
    ///
    /// # Errors
    /// A conflict where its service is not there; otherwise what writing can say.
    pub fn put_manual_status(&self, manual: &mut ManualStatus) -> Result<(), UserError> {
        let columns: [(&str, &dyn ToSql); 6] = [
            ("service", &manual.service),
            ("status", &manual.status),
            ("at", &Moment(manual.at)),
            ("message", &manual.message),
            ("origin", &manual.origin),
            ("created_at", &Moment(manual.created_at)),
        ];
        manual.number = put_row(&self.connection, "manual_statuses", manual.number, &[], &columns).of(&self.path)?;
        Ok(())
    }

    /// Deletes a status given by hand; says whether it was there.
    ///
    /// # Errors
    /// What writing can say.
    pub fn delete_manual_status(&self, number: i64) -> Result<bool, UserError> {
        Ok(self.run("DELETE FROM manual_statuses WHERE number = ?1", params![number])? > 0)
    }
}

impl Reader {
    /// Every group, by position.
    ///
    /// # Errors
    /// What reading the file can say.
    pub fn groups(&self, scope: Scope) -> Result<Vec<Group>, UserError> {
        let sql = format!("SELECT {GROUP} FROM {}groups ORDER BY position, number", scope.prefix());
        rows(&self.connection, &sql, [], group).of(&self.path)
    }

    /// Every service, by position within its group.
    ///
    /// # Errors
    /// What reading the file can say.
    pub fn services(&self, scope: Scope) -> Result<Vec<Service>, UserError> {
        let sql = format!("{} ORDER BY service.position, service.number", select_service(scope));
        rows(&self.connection, &sql, [], service).of(&self.path)
    }

    /// The group with this slug, id or small number.
    ///
    /// # Errors
    /// What reading the file can say.
    pub fn find_group(&self, scope: Scope, key: &str) -> Result<Option<Group>, UserError> {
        let sql = format!("SELECT {GROUP} FROM {}groups AS one WHERE {}", scope.prefix(), by_key("one"));
        first(&self.connection, &sql, params![key, number_of(key)], group).of(&self.path)
    }

    /// The service with this slug, id or small number.
    ///
    /// # Errors
    /// What reading the file can say.
    pub fn find_service(&self, scope: Scope, key: &str) -> Result<Option<Service>, UserError> {
        let sql = format!("{} WHERE {}", select_service(scope), by_key("service"));
        first(&self.connection, &sql, params![key, number_of(key)], service).of(&self.path)
    }

    /// How many statuses services were given by hand, by service; without those that were given none.
    ///
    /// # Errors
    /// What reading the file can say.
    pub fn statuses_given(&self) -> Result<HashMap<PublicId, StatusesGiven>, UserError> {
        let sql = "SELECT service, count(*), max(number) FROM manual_statuses GROUP BY service";
        let given = |row: &Row<'_>| Ok((row.get(0)?, StatusesGiven { count: row.get(1)?, newest: row.get(2)? }));
        Ok(rows(&self.connection, sql, [], given).of(&self.path)?.into_iter().collect())
    }

    /// How many statuses this service was given by hand.
    ///
    /// # Errors
    /// What reading the file can say.
    pub fn statuses_given_to(&self, service: &PublicId) -> Result<StatusesGiven, UserError> {
        let sql = "SELECT count(*), coalesce(max(number), 0) FROM manual_statuses WHERE service = ?1";
        let given = |row: &Row<'_>| Ok(StatusesGiven { count: row.get(0)?, newest: row.get(1)? });
        Ok(first(&self.connection, sql, params![service], given).of(&self.path)?.unwrap_or_default())
    }

    /// The manual statuses with these numbers, by number.
    ///
    /// # Errors
    /// What reading the file can say.
    pub fn manual_statuses_numbered(&self, numbers: &[i64]) -> Result<Vec<ManualStatus>, UserError> {
        let wanted = list_of(numbers.iter().copied());
        let sql = format!("SELECT {MANUAL_STATUS} FROM manual_statuses WHERE number IN (SELECT value FROM json_each(?1)) ORDER BY number");
        rows(&self.connection, &sql, params![wanted], manual_status).of(&self.path)
    }

    /// The manual statuses, by (time, number): all, or those from `since` on and the one before it of each service.
    ///
    /// # Errors
    /// What reading the file can say.
    pub fn manual_statuses(&self, scope: Scope, since: Option<DateTime<Utc>>) -> Result<Vec<ManualStatus>, UserError> {
        let prefix = scope.prefix();
        let select = format!("SELECT {MANUAL_STATUS} FROM {prefix}manual_statuses AS manual");
        let Some(since) = since else {
            return rows(&self.connection, &format!("{select} ORDER BY at, number"), [], manual_status).of(&self.path);
        };
        let sql = format!(
            "{select} WHERE number IN (
                 SELECT number FROM manual_statuses WHERE at >= ?1
                 UNION SELECT (SELECT before.number FROM manual_statuses AS before WHERE before.service = services.id AND before.at < ?1
                               ORDER BY before.at DESC, before.number DESC LIMIT 1) FROM services)
             ORDER BY at, number"
        );
        rows(&self.connection, &sql, params![Moment(since)], manual_status).of(&self.path)
    }
}

/// A slug goes before an id, and an id before a number, where one looks like another.
fn by_key(table: &str) -> String {
    format!("{table}.slug = ?1 OR {table}.id = ?1 OR {table}.number = ?2 ORDER BY {table}.slug = ?1 DESC, {table}.id = ?1 DESC LIMIT 1")
}

/// The row number that a key says, where it says one.
pub(super) fn number_of(key: &str) -> Option<i64> {
    key.parse().ok().filter(|number| *number > 0)
}

fn select_service(scope: Scope) -> String {
    let prefix = scope.prefix();
    format!("SELECT {SERVICE} FROM {prefix}services AS service LEFT JOIN {prefix}groups AS home ON home.id = service.group_id")
}

fn group(row: &Row<'_>) -> rusqlite::Result<Group> {
    Ok(Group {
        number: row.get(0)?,
        id: row.get(1)?,
        slug: row.get(2)?,
        name: row.get(3)?,
        description: row.get(4)?,
        position: row.get(5)?,
        source_page: row.get(6)?,
        created_at: columns::time(row, 7)?,
        updated_at: columns::time(row, 8)?,
    })
}

fn service(row: &Row<'_>) -> rusqlite::Result<Service> {
    Ok(Service {
        number: row.get(0)?,
        id: row.get(1)?,
        slug: row.get(2)?,
        name: row.get(3)?,
        description: row.get(4)?,
        link: row.get(5)?,
        group: row.get(6)?,
        position: row.get(7)?,
        start_date: row.get::<_, Option<Date>>(8)?.map(|date| date.0),
        hidden: row.get(9)?,
        showcase: row.get(10)?,
        only_show_if_degraded: row.get(11)?,
        standing: row.get(12)?,
        source_page: row.get(13)?,
        created_at: columns::time(row, 14)?,
        updated_at: columns::time(row, 15)?,
    })
}

fn manual_status(row: &Row<'_>) -> rusqlite::Result<ManualStatus> {
    Ok(ManualStatus {
        number: row.get(0)?,
        service: row.get(1)?,
        status: row.get(2)?,
        at: columns::time(row, 3)?,
        message: row.get(4)?,
        origin: row.get(5)?,
        created_at: columns::time(row, 6)?,
    })
}
