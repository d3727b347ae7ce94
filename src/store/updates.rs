//! Updates and what they say of services: incidents and maintenances keep them in the same two tables.

use std::collections::HashMap;

use rusqlite::types::FromSql;
use rusqlite::{Connection, Row, ToSql, params};

use super::Scope;
use super::columns::{self, Moment, list_of, put_row};
use crate::domain::{Affected, Update};

/// Whose updates they are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Owner {
    Incident,
    Maintenance,
}

impl Owner {
    const fn column(self) -> &'static str {
        match self {
            Self::Incident => "incident",
            Self::Maintenance => "maintenance",
        }
    }
}

/// Makes these the updates of their owner, in their order, fills in the numbers of new ones, and deletes those that are not among them.
pub(super) fn put_updates<S: ToSql>(connection: &Connection, owner: Owner, number: i64, updates: &mut [Update<S>]) -> rusqlite::Result<()> {
    // New ones of the same moment come after those that are there, as their numbers will say.
    updates.sort_by_key(|update| (update.display_at, update.number == 0, update.number));
    let column = owner.column();
    let kept = list_of(updates.iter().map(|update| update.number));
    let sql = format!("DELETE FROM updates WHERE {column} = ?1 AND number NOT IN (SELECT value FROM json_each(?2))");
    connection.prepare_cached(&sql)?.execute(params![number, kept])?;
    for update in updates {
        put_update(connection, owner, number, update)?;
    }
    Ok(())
}

fn put_update<S: ToSql>(connection: &Connection, owner: Owner, number: i64, update: &mut Update<S>) -> rusqlite::Result<()> {
    let columns: [(&str, &dyn ToSql); 11] = [
        ("id", &update.id),
        ("status", &update.status),
        ("body", &update.body),
        ("display_at", &Moment(update.display_at)),
        ("next_update_at", &update.next_update_at.map(Moment)),
        ("created_at", &Moment(update.created_at)),
        ("updated_at", &Moment(update.updated_at)),
        ("names_services", &update.affected.is_some()),
        ("deliver_notifications", &update.deliver_notifications),
        ("origin", &update.origin),
        ("translations", &columns::translations_column(&update.translations)),
    ];
    if update.number != 0 {
        connection.prepare_cached("DELETE FROM affected WHERE update_number = ?1")?.execute(params![update.number])?;
    }
    update.number = put_row(connection, "updates", update.number, &[(owner.column(), &number)], &columns)?;
    for (affected, position) in update.affected.iter().flatten().zip(0_i64..) {
        let Affected { service, name, old_status, new_status } = affected;
        connection
            .prepare_cached(
                "INSERT INTO affected (update_number, position, service, name, old_status, new_status) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
            )?
            .execute(params![update.number, position, service, name, old_status, new_status])?;
    }
    Ok(())
}

/// The updates of the owners with these numbers, each owner's in their order.
pub(super) fn updates_of<S: FromSql>(
    connection: &Connection,
    scope: Scope,
    owner: Owner,
    numbers: &str,
) -> rusqlite::Result<HashMap<i64, Vec<Update<S>>>> {
    let (prefix, column) = (scope.prefix(), owner.column());
    let sql = format!(
        "SELECT item.{column}, item.number, item.id, item.status, item.body, item.display_at, item.created_at, item.updated_at,
                item.names_services, item.deliver_notifications, item.origin, item.translations, item.next_update_at
         FROM json_each(?1) AS wanted CROSS JOIN {prefix}updates AS item ON item.{column} = wanted.value"
    );
    let found: Vec<(i64, Update<S>)> = columns::rows(connection, &sql, params![numbers], |row| Ok((row.get(0)?, update(row)?)))?;
    let naming = list_of(found.iter().filter(|(_, update)| update.affected.is_some()).map(|(_, update)| update.number));
    let mut affected = affected_of(connection, scope, &naming)?;
    let mut updates: HashMap<i64, Vec<Update<S>>> = HashMap::new();
    for (number, mut update) in found {
        if update.affected.is_some() {
            update.affected = Some(affected.remove(&update.number).unwrap_or_default());
        }
        updates.entry(number).or_default().push(update);
    }
    for updates in updates.values_mut() {
        updates.sort_by_key(Update::order);
    }
    Ok(updates)
}

fn update<S: FromSql>(row: &Row<'_>) -> rusqlite::Result<Update<S>> {
    Ok(Update {
        number: row.get(1)?,
        id: row.get(2)?,
        status: row.get(3)?,
        body: row.get(4)?,
        translations: columns::translations(row, 11)?,
        display_at: columns::time(row, 5)?,
        next_update_at: columns::optional_time(row, 12)?,
        created_at: columns::time(row, 6)?,
        updated_at: columns::time(row, 7)?,
        affected: row.get::<_, bool>(8)?.then(Vec::new),
        deliver_notifications: row.get(9)?,
        origin: row.get(10)?,
    })
}

/// What the updates with these numbers say of services, in their order.
fn affected_of(connection: &Connection, scope: Scope, numbers: &str) -> rusqlite::Result<HashMap<i64, Vec<Affected>>> {
    let sql = format!(
        "SELECT item.update_number, item.position, item.service, item.name, item.old_status, item.new_status
         FROM json_each(?1) AS wanted CROSS JOIN {}affected AS item ON item.update_number = wanted.value
         ORDER BY item.update_number, item.position",
        scope.prefix()
    );
    let mut affected: HashMap<i64, Vec<Affected>> = HashMap::new();
    let mut statement = connection.prepare_cached(&sql)?;
    let mut found = statement.query(params![numbers])?;
    while let Some(row) = found.next()? {
        let said = Affected { service: row.get(2)?, name: row.get(3)?, old_status: row.get(4)?, new_status: row.get(5)? };
        affected.entry(row.get(0)?).or_default().push(said);
    }
    Ok(affected)
}
