//! Loading a history, or as much of it as decides the statuses from a moment on.

use chrono::{DateTime, Utc};

use super::{Reader, Scope};
use crate::domain::{History, IndexRow, Organization};
use crate::error::UserError;

/// How many events a history carries: more than outputs show, because some may take effect only later.
const EVENTS: usize = 200;

/// How much of a history to load.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Window {
    /// Statuses are to be right from this moment on; `None` loads everything.
    pub since: Option<DateTime<Utc>>,
    /// How many incidents to load however old they are: this many by start, and this many by creation. 0 together with a `since` asks for
    /// statuses only and leaves the index out.
    pub newest: usize,
}

impl Window {
    /// All of it.
    pub const EVERYTHING: Self = Self { since: None, newest: 0 };
}

impl Reader {
    /// The history of `organization` as `scope` may know it. A [`crate::domain::Ledger`] of it says the same of every moment from
    /// `window.since` on as one of the whole history.
    ///
    /// # Errors
    /// What reading the file can say.
    pub fn history(&self, scope: Scope, organization: &Organization, window: Window) -> Result<History, UserError> {
        self.read(|reader| {
            let statuses_only = window.since.is_some() && window.newest == 0;
            let index = if statuses_only { Vec::new() } else { reader.incident_index(scope)? };
            let numbers = match window.since {
                None => index.iter().map(|row: &IndexRow| row.number).collect(),
                Some(since) => reader.incidents_within(scope, since, window.newest)?,
            };
            Ok(History {
                organization: organization.clone(),
                since: window.since,
                created_at: reader.created_at()?,
                groups: reader.groups(scope)?,
                services: reader.services(scope)?,
                manual_statuses: reader.manual_statuses(scope, window.since)?,
                incidents: reader.incidents(scope, &numbers)?,
                maintenances: reader.maintenances(scope)?,
                events: reader.newest_events(scope, EVENTS)?,
                index,
            })
        })
    }
}
