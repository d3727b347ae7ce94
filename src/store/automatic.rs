//! Which incidents came of a rule, and of which alerts.

use chrono::{DateTime, Utc};
use rusqlite::{Row, params};

use super::columns::{self, Moment, first};
use super::failure::Of;
use super::{Reader, Write};
use crate::domain::PublicId;
use crate::error::UserError;

/// The newest incident that a rule has opened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Claim {
    /// Which rule, and for what.
    pub key: String,
    /// The incident's id.
    pub incident: PublicId,
    /// The newest event by which the rule itself changed it.
    pub event: i64,
    /// When that was.
    pub at: DateTime<Utc>,
}

/// An alert that was heard of before.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KnownAlert {
    /// What kind of source it is from.
    pub source: String,
    /// What the source calls it.
    pub fingerprint: String,
    /// Id of the incident it belongs to.
    pub incident: PublicId,
    /// Since when it fires, or fired.
    pub started_at: DateTime<Utc>,
    /// When it was over; `None` while it fires.
    pub ended_at: Option<DateTime<Utc>>,
    /// When it was last heard of.
    pub seen_at: DateTime<Utc>,
}

impl Write<'_> {
    /// Remembers which incident a rule has opened or changed, in place of what was remembered under the same key.
    ///
    /// # Errors
    /// What writing can say.
    pub fn put_claim(&self, claim: &Claim) -> Result<(), UserError> {
        let sql = "INSERT OR REPLACE INTO automatic_incidents (key, incident, event, at) VALUES (?1, ?2, ?3, ?4)";
        self.run(sql, params![claim.key, claim.incident, claim.event, Moment(claim.at)]).map(drop)
    }

    /// Remembers an alert as it is now.
    ///
    /// # Errors
    /// What writing can say.
    pub fn put_alert(&self, alert: &KnownAlert) -> Result<(), UserError> {
        let sql = "INSERT OR REPLACE INTO alerts (source, fingerprint, incident, started_at, ended_at, seen_at)
                   VALUES (?1, ?2, ?3, ?4, ?5, ?6)";
        let KnownAlert { source, fingerprint, incident, started_at, ended_at, seen_at } = alert;
        let (started_at, ended_at) = (Moment(*started_at), ended_at.map(Moment));
        self.run(sql, params![source, fingerprint, incident, started_at, ended_at, Moment(*seen_at)]).map(drop)
    }

    /// Forgets alerts and claims that nobody has heard of since `before` and whose incident is not open.
    ///
    /// # Errors
    /// What writing can say.
    pub fn forget_automatic(&self, before: DateTime<Utc>) -> Result<(), UserError> {
        let open = "(SELECT id FROM incidents WHERE open = 1)";
        self.run(&format!("DELETE FROM alerts WHERE seen_at < ?1 AND incident NOT IN {open}"), params![Moment(before)])?;
        self.run(&format!("DELETE FROM automatic_incidents WHERE at < ?1 AND incident NOT IN {open}"), params![Moment(before)]).map(drop)
    }
}

impl Reader {
    /// What is remembered under `key`.
    ///
    /// # Errors
    /// What reading the file can say.
    pub fn claim(&self, key: &str) -> Result<Option<Claim>, UserError> {
        let claim = |row: &Row<'_>| Ok(Claim { key: row.get(0)?, incident: row.get(1)?, event: row.get(2)?, at: columns::time(row, 3)? });
        first(&self.connection, "SELECT key, incident, event, at FROM automatic_incidents WHERE key = ?1", params![key], claim)
            .of(&self.path)
    }

    /// The claim of the incident with this id.
    ///
    /// # Errors
    /// What reading the file can say.
    pub fn key_of_claim(&self, incident: &PublicId) -> Result<Option<String>, UserError> {
        let sql = "SELECT key FROM automatic_incidents WHERE incident = ?1 ORDER BY key LIMIT 1";
        first(&self.connection, sql, params![incident], |row| row.get(0)).of(&self.path)
    }

    /// An alert that was heard of before.
    ///
    /// # Errors
    /// What reading the file can say.
    pub fn known_alert(&self, source: &str, fingerprint: &str) -> Result<Option<KnownAlert>, UserError> {
        let sql = "SELECT source, fingerprint, incident, started_at, ended_at, seen_at FROM alerts WHERE source = ?1 AND fingerprint = ?2";
        let alert = |row: &Row<'_>| {
            Ok(KnownAlert {
                source: row.get(0)?,
                fingerprint: row.get(1)?,
                incident: row.get(2)?,
                started_at: columns::time(row, 3)?,
                ended_at: columns::optional_time(row, 4)?,
                seen_at: columns::time(row, 5)?,
            })
        };
        first(&self.connection, sql, params![source, fingerprint], alert).of(&self.path)
    }

    /// How many alerts of an incident still fire.
    ///
    /// # Errors
    /// What reading the file can say.
    pub fn firing_alerts(&self, incident: &PublicId) -> Result<i64, UserError> {
        let sql = "SELECT count(*) FROM alerts WHERE incident = ?1 AND ended_at IS NULL";
        Ok(first(&self.connection, sql, params![incident], |row| row.get(0)).of(&self.path)?.unwrap_or(0))
    }

    /// Number and time of the newest event about the incident with this id.
    ///
    /// # Errors
    /// What reading the file can say.
    pub fn newest_event_about(&self, incident: &PublicId) -> Result<Option<(i64, DateTime<Utc>)>, UserError> {
        let sql = "SELECT seq, at FROM events WHERE subject_id = ?1 AND subject_type = 'incident' ORDER BY seq DESC LIMIT 1";
        first(&self.connection, sql, params![incident], |row| Ok((row.get(0)?, columns::time(row, 1)?))).of(&self.path)
    }
}

#[cfg(test)]
mod tests {
    use super::super::samples::{affected, at, event, id, incident, new_store, service, update, write};
    use super::*;
    use crate::domain::{EventKind, IncidentStatus, ServiceStatus, Subject};

    #[test]
    fn claims_and_alerts_are_remembered_until_nobody_needs_them() {
        let (_folder, mut store) = new_store();
        let claim = |key: &str, incident: &str, minute| Claim { key: key.to_owned(), incident: id(incident), event: 3, at: at(minute) };
        let alert = |fingerprint: &str, incident: &str, ended: Option<i64>| KnownAlert {
            source: "grafana".to_owned(),
            fingerprint: fingerprint.to_owned(),
            incident: id(incident),
            started_at: at(1),
            ended_at: ended.map(at),
            seen_at: at(2),
        };
        write(&mut store, |tx| {
            tx.put_service(&mut service("api"))?;
            let said = |status| vec![update(&format!("u{status}"), status, 5, Some(vec![affected("api", ServiceStatus::MajorOutage)]))];
            tx.put_incident(&mut incident("open", said(IncidentStatus::Investigating)))?;
            tx.put_incident(&mut incident("over", said(IncidentStatus::Resolved)))?;
            tx.record(event(EventKind::IncidentOpened, Subject::Incident(id("open"))))?;
            for (key, incident) in [("a", "open"), ("b", "over"), ("c", "removed")] {
                tx.put_claim(&claim(key, incident, 2))?;
                tx.put_alert(&alert(key, incident, None))?;
            }
            tx.put_claim(&claim("b", "over", 3))?;
            tx.put_alert(&alert("b", "over", Some(3)))?;
            Ok(())
        });
        assert_eq!(store.claim("b").unwrap(), Some(claim("b", "over", 3)));
        assert_eq!(store.key_of_claim(&id("open")).unwrap().as_deref(), Some("a"));
        assert_eq!(store.known_alert("grafana", "b").unwrap(), Some(alert("b", "over", Some(3))));
        assert_eq!(store.known_alert("alertmanager", "b").unwrap(), None);
        assert_eq!((store.firing_alerts(&id("open")).unwrap(), store.firing_alerts(&id("over")).unwrap()), (1, 0));
        assert_eq!(store.newest_event_about(&id("open")).unwrap().map(|(seq, _)| seq), Some(1));
        assert_eq!(store.newest_event_about(&id("over")).unwrap(), None);
        write(&mut store, |tx| Ok(tx.forget_automatic(at(3))?));
        assert!(store.claim("a").unwrap().is_some() && store.claim("b").unwrap().is_some() && store.claim("c").unwrap().is_none());
        assert_eq!(["a", "b", "c"].map(|name| store.known_alert("grafana", name).unwrap().is_some()), [true, false, false]);
    }
}
