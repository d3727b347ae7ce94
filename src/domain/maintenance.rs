//! Maintenance: work announced ahead, with a window.

use chrono::{DateTime, Utc};

use crate::domain::{MaintenanceStatus, Occurrence, PublicId, Repeat, Update};

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
    /// When a newer list of its source no longer named it while it was not over; a later update counts again.
    pub closed_by_source_at: Option<DateTime<Utc>>,
    /// The page it was imported from.
    pub source_page: Option<PublicId>,
    /// How it repeats, where it is a series: then its window is the first, and its dates are maintenances of their own.
    pub repeat: Option<Repeat>,
    /// Which date of a series it is, where it is one.
    pub occurrence: Option<Occurrence>,
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
            then.stated_started_at = self.stated_started_at.filter(|moment| *moment <= at);
            then.stated_monitoring_at = self.stated_monitoring_at.filter(|moment| *moment <= at);
            then.stated_resolved_at = self.stated_resolved_at.filter(|moment| *moment <= at);
            then.updated_at = then.updates.iter().map(|update| update.display_at).max().unwrap_or(at);
        }
        Some(then)
    }

    /// Whether it has a row, and does not merely follow from a series.
    pub fn is_recorded(&self) -> bool {
        self.number >= 0
    }

    /// Where a series stands at `at`: called off, or completed where none of its dates is `to_come` any more.
    pub fn series_status_at(&self, at: DateTime<Utc>, none_to_come: bool) -> MaintenanceStatus {
        let said = self.updates[..self.updates.partition_point(|update| update.display_at <= at)].last();
        match said.map(|update| update.status).filter(|status| status.is_over()) {
            Some(status) => status,
            None if none_to_come => MaintenanceStatus::Completed,
            None => MaintenanceStatus::Scheduled,
        }
    }

    /// The newest update.
    pub fn newest(&self) -> Option<&Update<MaintenanceStatus>> {
        self.updates.last()
    }

    /// Where it stands at `at`: what its updates say, moved on by the clock where it starts or finishes by itself.
    pub fn status_at(&self, at: DateTime<Utc>) -> MaintenanceStatus {
        let newest = self.updates[..self.updates.partition_point(|update| update.display_at <= at)].last();
        let said = newest.map_or(MaintenanceStatus::Scheduled, |update| update.status);
        if said.is_over() {
            return said;
        }
        let closed = self.closed_by_source_at.filter(|closed| newest.is_none_or(|update| update.display_at <= *closed));
        if closed.is_some_and(|closed| closed <= at) {
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
        self.active_windows().first().map(|(began, _)| *began)
    }

    /// When it ended for good: by an update that says so, its source's silence, or the window's end where that comes by itself.
    /// `None` where nothing ends it.
    pub fn ended_at(&self) -> Option<DateTime<Utc>> {
        self.over_since(DateTime::<Utc>::MAX_UTC)
    }

    /// The stretches during which work goes on and its services are under maintenance: start and, where known, end; more than one
    /// only where work was put off or taken up again.
    pub fn active_windows(&self) -> Vec<(DateTime<Utc>, Option<DateTime<Utc>>)> {
        let mut windows: Vec<(DateTime<Utc>, Option<DateTime<Utc>>)> = Vec::new();
        for at in self.moments() {
            let active = self.status_at(at).is_active();
            match windows.last_mut().filter(|(_, end)| end.is_none()) {
                Some((_, end)) if !active => *end = Some(at),
                None if active => windows.push((at, None)),
                _ => {}
            }
        }
        windows
    }

    /// When it was completed at `at`, where it is.
    pub fn completed_at(&self, at: DateTime<Utc>) -> Option<DateTime<Utc>> {
        if self.status_at(at) != MaintenanceStatus::Completed {
            return None;
        }
        self.stated_resolved_at.or_else(|| self.over_since(at))
    }

    /// The next moment after `at` at which its status changes, by the clock or by what is already recorded.
    pub fn next_change(&self, at: DateTime<Utc>) -> Option<DateTime<Utc>> {
        let status = self.status_at(at);
        self.moments().into_iter().find(|moment| *moment > at && self.status_at(*moment) != status)
    }

    /// Since when it has been over at `at`.
    fn over_since(&self, at: DateTime<Utc>) -> Option<DateTime<Utc>> {
        let passed = self.moments().into_iter().rev().skip_while(|moment| *moment > at);
        passed.take_while(|moment| self.status_at(*moment).is_over()).last()
    }

    /// All moments at which its status may change, ascending.
    fn moments(&self) -> Vec<DateTime<Utc>> {
        let mut moments: Vec<DateTime<Utc>> = self.updates.iter().map(|update| update.display_at).collect();
        moments.extend([self.scheduled_for, self.scheduled_until]);
        moments.extend(self.closed_by_source_at);
        moments.sort_unstable();
        moments.dedup();
        moments
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::domain::samples::{MINUTES, at, maintenance, moment, recorded, update};
    use MaintenanceStatus::{Cancelled, Completed, InProgress, Scheduled, Verifying};

    /// A maintenance from minute 10 to 20 that is announced an hour earlier, with these updates.
    fn told(by_clock: bool, updates: &[(i64, MaintenanceStatus)]) -> Maintenance {
        let mut maintenance = Maintenance { auto_start: by_clock, auto_finish: by_clock, ..maintenance(1, 10, 20, &["api"]) };
        maintenance.updates.extend(updates.iter().zip(2..).map(|((minute, status), number)| update(number, *minute, *status, &[])));
        maintenance
    }

    #[track_caller]
    fn expect(maintenance: &Maintenance, expected: &[(i64, MaintenanceStatus)]) {
        let found: Vec<_> = expected.iter().map(|(minute, _)| (*minute, maintenance.status_at(at(*minute)))).collect();
        assert_eq!(found, expected);
    }

    #[test]
    fn by_the_clock_it_starts_and_finishes_with_its_window() {
        let by_clock = told(true, &[]);
        expect(&by_clock, &[(9, Scheduled), (10, InProgress), (19, InProgress), (20, Completed)]);
        assert_eq!((by_clock.began_at(), by_clock.ended_at()), (Some(at(10)), Some(at(20))));
        assert_eq!([0, 10, 20].map(|minute| by_clock.next_change(at(minute))), [Some(at(10)), Some(at(20)), None]);
        assert_eq!((by_clock.completed_at(at(19)), by_clock.completed_at(at(20))), (None, Some(at(20))));
    }

    #[test]
    fn a_person_goes_before_the_clock() {
        let verified = told(true, &[(12, Verifying)]);
        expect(&verified, &[(11, InProgress), (12, Verifying), (20, Completed)]);
        let early = told(true, &[(5, InProgress), (15, Completed)]);
        expect(&early, &[(5, InProgress), (14, InProgress), (15, Completed), (20, Completed)]);
        assert_eq!(early.active_windows(), [(at(5), Some(at(15)))]);
        let reminder = told(true, &[(15, Scheduled)]);
        expect(&reminder, &[(14, InProgress), (15, InProgress), (20, Completed)]);
    }

    #[test]
    fn without_the_clock_it_waits_for_people() {
        let waiting = told(false, &[]);
        expect(&waiting, &[(10, Scheduled), (99, Scheduled)]);
        assert_eq!((waiting.began_at(), waiting.ended_at(), waiting.next_change(at(0))), (None, None, None));
        let overdue = told(false, &[(12, InProgress)]);
        expect(&overdue, &[(11, Scheduled), (12, InProgress), (99, InProgress)]);
        assert_eq!(overdue.active_windows(), [(at(12), None)]);
    }

    #[test]
    fn started_by_hand_it_may_still_finish_by_the_clock() {
        let half = Maintenance { auto_finish: true, ..told(false, &[(12, InProgress)]) };
        expect(&half, &[(12, InProgress), (20, Completed)]);
        let never_started = Maintenance { auto_finish: true, ..told(false, &[]) };
        expect(&never_started, &[(20, Scheduled)]);
        assert_eq!((never_started.ended_at(), never_started.next_change(at(0))), (None, None));
    }

    #[test]
    fn cancelled_it_never_began_or_was_broken_off() {
        let before = told(true, &[(5, Cancelled)]);
        expect(&before, &[(4, Scheduled), (5, Cancelled), (10, Cancelled), (20, Cancelled)]);
        assert_eq!((before.began_at(), before.ended_at(), before.completed_at(at(30))), (None, Some(at(5)), None));
        assert_eq!(told(true, &[(15, Cancelled)]).active_windows(), [(at(10), Some(at(15)))]);
    }

    #[test]
    fn taken_up_again_it_is_not_over() {
        let again = told(false, &[(10, InProgress), (15, Completed), (30, InProgress)]);
        assert_eq!(again.active_windows(), [(at(10), Some(at(15))), (at(30), None)]);
        assert_eq!((again.ended_at(), again.completed_at(at(16)), again.completed_at(at(30))), (None, Some(at(15)), None));
        assert_eq!(again.next_change(at(15)), Some(at(30)));
    }

    #[test]
    fn its_source_closes_it_until_it_speaks_again() {
        let closed = Maintenance { closed_by_source_at: Some(at(18)), ..told(false, &[(10, InProgress)]) };
        expect(&closed, &[(17, InProgress), (18, Completed)]);
        assert_eq!((closed.ended_at(), closed.next_change(at(10))), (Some(at(18)), Some(at(18))));
        let again = Maintenance { closed_by_source_at: Some(at(18)), ..told(false, &[(10, InProgress), (25, Verifying)]) };
        expect(&again, &[(18, Completed), (24, Completed), (25, Verifying)]);
    }

    #[test]
    fn as_of_a_moment_nothing_later_is_known() {
        let mut maintenance = told(true, &[(12, Verifying), (15, Completed)]);
        maintenance.stated_started_at = Some(at(10));
        maintenance.stated_resolved_at = Some(at(15));
        assert_eq!(maintenance.as_of(at(-61)), None);
        let then = maintenance.as_of(at(9)).unwrap();
        assert_eq!((then.stated_started_at, then.stated_resolved_at, then.updates.len(), then.updated_at), (None, None, 1, at(-60)));
        assert_eq!(then.ended_at(), Some(at(20)), "as planned then");
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 600, failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn windows_moments_and_statuses_agree(recorded in recorded(), now in moment()) {
            for maintenance in recorded.maintenances {
                let status = maintenance.status_at(now);
                let windows = maintenance.active_windows();
                prop_assert!(windows.windows(2).all(|pair| pair[0].1.is_some_and(|end| end < pair[1].0)));
                prop_assert_eq!(windows.iter().any(|(from, to)| *from <= now && to.is_none_or(|to| now < to)), status.is_active());
                prop_assert_eq!(maintenance.as_of(now).map_or(status, |then| then.status_at(now)), status);
                let last = maintenance.status_at(at(MINUTES + 60));
                prop_assert_eq!(maintenance.ended_at().is_some(), last.is_over());
                let next = maintenance.next_change(now).unwrap_or(at(MINUTES + 60));
                prop_assert!((-5..MINUTES + 60).map(at).filter(|at| *at > now && *at < next).all(|at| maintenance.status_at(at) == status));
                prop_assert_eq!(maintenance.completed_at(now).is_some(), status == Completed);
            }
        }
    }
}
