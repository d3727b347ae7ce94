//! Results of checks, and what each hour of them comes to.

use std::collections::BTreeMap;

use chrono::{DateTime, TimeDelta, Utc};
use rusqlite::{Row, params};

use super::columns::{self, Moment, first, rows};
use super::events::limit_of;
use super::failure::Of;
use super::{Reader, Scope, Write};
use crate::domain::{CheckHour, CheckResult, Latency, Observed, PublicId};
use crate::error::UserError;

/// The newest result of a service.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LatestCheck {
    /// What it found.
    pub result: CheckResult,
    /// Who reported it.
    pub source: String,
}

impl Write<'_> {
    /// Keeps a result that `source` reports; says whether it is new: of a source, a service has one result at a moment.
    ///
    /// # Errors
    /// A conflict where the service is not there; otherwise what writing can say.
    pub fn put_check_result(&self, service: &PublicId, source: &str, result: &CheckResult) -> Result<bool, UserError> {
        let sql = "INSERT INTO check_results (service, at, source, status, latency_ms, message) VALUES (?1, ?2, ?3, ?4, ?5, ?6)
                   ON CONFLICT (service, at, source) DO NOTHING";
        let CheckResult { status, at, latency_ms, message } = result;
        Ok(self.run(sql, params![service, Moment(*at), source, status, latency_ms, message])? > 0)
    }

    /// Writes what the results of an hour come to.
    ///
    /// # Errors
    /// A conflict where the service is not there; otherwise what writing can say.
    pub fn put_check_hour(&self, service: &PublicId, hour: &CheckHour) -> Result<(), UserError> {
        let sql = "INSERT OR REPLACE INTO check_hours (service, hour, results, failures, min_ms, median_ms, p95_ms, max_ms)
                   VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)";
        let CheckHour { start, results, failures, latency } = hour;
        let figure = |of: fn(&Latency) -> u32| latency.as_ref().map(of);
        let figures = [figure(|one| one.min), figure(|one| one.median), figure(|one| one.p95), figure(|one| one.max)];
        self.run(sql, params![service, Moment(*start), results, failures, figures[0], figures[1], figures[2], figures[3]]).map(drop)
    }

    /// Forgets results before `results_from` and hours before `hours_from`.
    ///
    /// # Errors
    /// What writing can say.
    pub fn forget_checks(&self, results_from: DateTime<Utc>, hours_from: DateTime<Utc>) -> Result<(), UserError> {
        self.run("DELETE FROM check_results WHERE at < ?1", params![Moment(results_from)])?;
        self.run("DELETE FROM check_hours WHERE hour < ?1", params![Moment(hours_from)]).map(drop)
    }
}

impl Reader {
    /// The results of a service in the hour that begins at `start`, by moment.
    ///
    /// # Errors
    /// What reading the file can say.
    pub fn check_results_of_hour(&self, service: &PublicId, start: DateTime<Utc>) -> Result<Vec<CheckResult>, UserError> {
        let sql = "SELECT status, at, latency_ms, message FROM check_results WHERE service = ?1 AND at >= ?2 AND at < ?3";
        rows(&self.connection, sql, params![service, Moment(start), Moment(start + TimeDelta::hours(1))], result).of(&self.path)
    }

    /// The newest results of a service after `since`, at most `limit`, newest first.
    ///
    /// # Errors
    /// What reading the file can say.
    pub fn observed(&self, service: &PublicId, since: DateTime<Utc>, limit: usize) -> Result<Vec<Observed>, UserError> {
        let sql = "SELECT source, status, at FROM check_results WHERE service = ?1 AND at > ?2 ORDER BY at DESC, source LIMIT ?3";
        let observed = |row: &Row<'_>| Ok(Observed { source: row.get(0)?, status: row.get(1)?, at: columns::time(row, 2)? });
        rows(&self.connection, sql, params![service, Moment(since), limit_of(limit)], observed).of(&self.path)
    }

    /// The newest result of a service that is kept.
    ///
    /// # Errors
    /// What reading the file can say.
    pub fn latest_check(&self, service: &PublicId) -> Result<Option<LatestCheck>, UserError> {
        let sql = "SELECT status, at, latency_ms, message, source FROM check_results WHERE service = ?1 ORDER BY at DESC, source LIMIT 1";
        let latest = |row: &Row<'_>| Ok(LatestCheck { result: result(row)?, source: row.get(4)? });
        first(&self.connection, sql, params![service], latest).of(&self.path)
    }

    /// The hours from `since` on, by service and time.
    ///
    /// # Errors
    /// What reading the file can say.
    pub(super) fn check_hours(&self, scope: Scope, since: DateTime<Utc>) -> Result<BTreeMap<PublicId, Vec<CheckHour>>, UserError> {
        let sql = format!(
            "SELECT service, hour, results, failures, min_ms, median_ms, p95_ms, max_ms FROM {}check_hours WHERE hour >= ?1 ORDER BY hour",
            scope.prefix()
        );
        let mut hours: BTreeMap<PublicId, Vec<CheckHour>> = BTreeMap::new();
        for (service, hour) in rows(&self.connection, &sql, params![Moment(since)], hour).of(&self.path)? {
            hours.entry(service).or_default().push(hour);
        }
        Ok(hours)
    }
}

fn result(row: &Row<'_>) -> rusqlite::Result<CheckResult> {
    Ok(CheckResult { status: row.get(0)?, at: columns::time(row, 1)?, latency_ms: row.get(2)?, message: row.get(3)? })
}

fn hour(row: &Row<'_>) -> rusqlite::Result<(PublicId, CheckHour)> {
    let latency = match (row.get(4)?, row.get(5)?, row.get(6)?, row.get(7)?) {
        (Some(min), Some(median), Some(p95), Some(max)) => Some(Latency { min, median, p95, max }),
        _ => None,
    };
    Ok((row.get(0)?, CheckHour { start: columns::time(row, 1)?, results: row.get(2)?, failures: row.get(3)?, latency }))
}

#[cfg(test)]
mod tests {
    use super::super::samples::{at, id, new_store, service, write};
    use super::*;
    use crate::domain::{CheckStatus, Service, Standing, start_of_hour};

    fn found(status: CheckStatus, minute: i64) -> CheckResult {
        CheckResult { status, at: at(minute), latency_ms: Some(7), message: Some("why".to_owned()) }
    }

    #[test]
    fn a_source_has_one_result_of_a_service_at_a_moment() {
        let (_folder, mut store) = new_store();
        let (api, web) = (id("api"), id("web"));
        write(&mut store, |tx| {
            tx.put_service(&mut service("api"))?;
            tx.put_service(&mut service("web"))?;
            assert!(tx.put_check_result(&api, "a", &found(CheckStatus::Down, 5))?);
            assert!(!tx.put_check_result(&api, "a", &found(CheckStatus::Up, 5))?);
            assert!(tx.put_check_result(&api, "b", &found(CheckStatus::Up, 5))?);
            assert!(tx.put_check_result(&web, "a", &found(CheckStatus::Up, 5))?);
            assert!(tx.put_check_result(&api, "a", &CheckResult { latency_ms: None, message: None, ..found(CheckStatus::Degraded, 4) })?);
            assert!(tx.put_check_result(&id("none"), "a", &found(CheckStatus::Up, 5)).is_err());
            Ok(())
        });
        let seen = |since, limit| {
            let seen = store.observed(&api, at(since), limit).unwrap();
            seen.into_iter().map(|one| (one.source, one.status, one.at)).collect::<Vec<_>>()
        };
        let (a, b) = (("a".to_owned(), CheckStatus::Down, at(5)), ("b".to_owned(), CheckStatus::Up, at(5)));
        assert_eq!(seen(4, 9), [a.clone(), b.clone()]);
        assert_eq!(seen(0, 9), [a.clone(), b, ("a".to_owned(), CheckStatus::Degraded, at(4))]);
        assert_eq!(seen(0, 1), [a]);
        let latest = store.latest_check(&api).unwrap().unwrap();
        assert_eq!((latest.source.as_str(), latest.result), ("a", found(CheckStatus::Down, 5)));
        assert_eq!(store.latest_check(&id("none")).unwrap(), None);
        assert_eq!(store.check_results_of_hour(&api, start_of_hour(at(5))).unwrap().len(), 3);
        assert!(store.check_results_of_hour(&api, start_of_hour(at(65))).unwrap().is_empty());
        write(&mut store, |tx| Ok(tx.forget_checks(at(5), at(0))?));
        assert_eq!(store.observed(&api, at(0), 9).unwrap().len(), 2);
        assert!(write(&mut store, |tx| Ok(tx.delete_service(1)?)));
        assert!(store.observed(&api, at(0), 9).unwrap().is_empty(), "they go with the service");
    }

    #[test]
    fn visitors_see_hours_of_listed_services_only() {
        let (_folder, mut store) = new_store();
        let hour = |hour: i64| CheckHour {
            start: start_of_hour(at(60 * hour)),
            results: 9,
            failures: 1,
            latency: (hour > 1).then_some(Latency { min: 1, median: 2, p95: 3, max: 4 }),
        };
        write(&mut store, |tx| {
            let services = [
                service("shown"),
                Service { hidden: true, ..service("hidden") },
                Service { standing: Standing::Removed, ..service("gone") },
                Service { standing: Standing::IncidentsOnly, ..service("known") },
            ];
            for mut service in services {
                tx.put_service(&mut service)?;
                tx.put_check_hour(&service.id, &hour(2))?;
                tx.put_check_hour(&service.id, &CheckHour { results: 1, ..hour(1) })?;
                tx.put_check_hour(&service.id, &hour(1))?;
            }
            Ok(())
        });
        let public = store.check_hours(Scope::Public, at(0)).unwrap();
        assert_eq!(public.into_iter().collect::<Vec<_>>(), [(id("shown"), vec![hour(1), hour(2)])]);
        assert_eq!(store.check_hours(Scope::Everything, at(0)).unwrap().len(), 4);
        assert_eq!(store.check_hours(Scope::Public, hour(2).start).unwrap()[&id("shown")], [hour(2)]);
        write(&mut store, |tx| Ok(tx.forget_checks(at(0), hour(2).start)?));
        assert_eq!(store.check_hours(Scope::Everything, at(0)).unwrap()[&id("hidden")], [hour(2)]);
    }
}
