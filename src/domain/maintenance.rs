//! Maintenance: work announced ahead, with a window.

use chrono::{DateTime, Utc};

use crate::domain::{MaintenanceStatus, PublicId, Update};

/// A maintenance with its updates.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Maintenance {
    /// Row number, the small number of the command line.
    pub number: i64,
    /// Public id.
    pub id: PublicId,
    /// One line, as visitors read it.
    pub title: String,
    /// Planned start.
    pub scheduled_for: DateTime<Utc>,
    /// Planned end.
    pub scheduled_until: DateTime<Utc>,
    /// Counts as started when its window starts.
    pub auto_start: bool,
    /// Counts as completed when its window ends.
    pub auto_finish: bool,
    /// Ids of the services it covers, in order.
    pub services: Vec<PublicId>,
    /// When it was announced; the source's for an imported one.
    pub created_at: DateTime<Utc>,
    /// When anything about it last changed by a deed (the clock changes nothing here).
    pub updated_at: DateTime<Utc>,
    /// Start time as the source states it.
    pub stated_started_at: Option<DateTime<Utc>>,
    /// Monitoring time as the source states it.
    pub stated_monitoring_at: Option<DateTime<Utc>>,
    /// Time of completion as the source states it.
    pub stated_resolved_at: Option<DateTime<Utc>>,
    /// When a newer list of its source no longer named it while it was not over.
    pub closed_by_source_at: Option<DateTime<Utc>>,
    /// The page it was imported from.
    pub source_page: Option<PublicId>,
    /// Number of the event that last touched it or a service it names.
    pub revision: i64,
    /// In their order: (effective time, row number).
    pub updates: Vec<Update<MaintenanceStatus>>,
}

impl Maintenance {
    /// The maintenance as it was at `at`: without what takes effect later. `None` where it was not announced yet.
    pub fn as_of(&self, at: DateTime<Utc>) -> Option<Self> {
        let mut then = self.clone();
        then.updates.retain(|update| update.display_at <= at);
        then.closed_by_source_at = self.closed_by_source_at.filter(|closed| *closed <= at);
        if then.updates.is_empty() {
            return None;
        }
        if then.updates.len() < self.updates.len() {
            then.stated_resolved_at = self.stated_resolved_at.filter(|moment| *moment <= at);
            then.updated_at = then.updates.iter().map(|update| update.display_at).max().unwrap_or(at);
        }
        Some(then)
    }

    /// The newest update.
    pub fn newest(&self) -> Option<&Update<MaintenanceStatus>> {
        self.updates.last()
    }

    /// Where it stands at `at`: what its updates say, moved on by the clock where it starts or finishes by itself.
    pub fn status_at(&self, at: DateTime<Utc>) -> MaintenanceStatus {
        let said =
            self.updates.iter().rev().find(|update| update.display_at <= at).map_or(MaintenanceStatus::Scheduled, |update| update.status);
        if said.is_over() {
            return said;
        }
        if self.closed_by_source_at.is_some_and(|closed| closed <= at) {
            return MaintenanceStatus::Completed;
        }
        if self.auto_finish && self.scheduled_until <= at && (self.auto_start || said.is_active()) {
            return MaintenanceStatus::Completed;
        }
        if said == MaintenanceStatus::Scheduled && self.auto_start && self.scheduled_for <= at {
            return MaintenanceStatus::InProgress;
        }
        said
    }

    /// When work began: the first active update, or the window's start where that comes by itself and first. `None` where it never began.
    pub fn began_at(&self) -> Option<DateTime<Utc>> {
        let by_hand = self.updates.iter().find(|update| update.status.is_active()).map(|update| update.display_at);
        let by_clock = self.auto_start.then_some(self.scheduled_for);
        let began = match (by_hand, by_clock) {
            (Some(hand), Some(clock)) => hand.min(clock),
            (Some(moment), None) | (None, Some(moment)) => moment,
            (None, None) => return None,
        };
        self.ended_at().is_none_or(|ended| began < ended).then_some(began)
    }

    /// When it ended: the update that says so, its source's silence, or the window's end where that comes by itself; whichever is first.
    /// `None` where nothing ends it.
    pub fn ended_at(&self) -> Option<DateTime<Utc>> {
        let by_hand = self.updates.iter().find(|update| update.status.is_over()).map(|update| update.display_at);
        let active_by_hand = self.updates.iter().any(|update| update.status.is_active());
        let by_clock = (self.auto_finish && (self.auto_start || active_by_hand)).then_some(self.scheduled_until);
        [by_hand, by_clock, self.closed_by_source_at].into_iter().flatten().min()
    }

    /// The stretch during which work goes on and its services are under maintenance: start and, where known, end.
    pub fn active_window(&self) -> Option<(DateTime<Utc>, Option<DateTime<Utc>>)> {
        self.began_at().map(|began| (began, self.ended_at()))
    }

    /// When it was completed at `at`, where it is.
    pub fn completed_at(&self, at: DateTime<Utc>) -> Option<DateTime<Utc>> {
        if self.status_at(at) != MaintenanceStatus::Completed {
            return None;
        }
        self.stated_resolved_at.or_else(|| self.ended_at())
    }

    /// The moments after `at` at which the clock alone changes its status.
    pub fn next_change(&self, at: DateTime<Utc>) -> Option<DateTime<Utc>> {
        let status = self.status_at(at);
        if status.is_over() {
            return None;
        }
        let start = (self.auto_start && status == MaintenanceStatus::Scheduled).then_some(self.scheduled_for);
        let finish = self.auto_finish.then_some(self.scheduled_until);
        [start, finish].into_iter().flatten().filter(|moment| *moment > at && self.status_at(*moment) != status).min()
    }
}
