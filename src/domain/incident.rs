//! Incidents: what went wrong, and what was said about it.

use std::collections::HashSet;

use chrono::{DateTime, Utc};

use crate::domain::{Impact, IncidentStatus, Origin, PublicId, Update};

/// An incident with its updates.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Incident {
    /// Row number, the small number of the command line.
    pub number: i64,
    /// Public id.
    pub id: PublicId,
    /// One line, as visitors read it.
    pub title: String,
    /// How bad it is.
    pub impact: Impact,
    /// Not published yet: nowhere in public output, and states nothing.
    pub draft: bool,
    /// When it began to be told; the source's for an imported one.
    pub created_at: DateTime<Utc>,
    /// When anything about it last changed.
    pub updated_at: DateTime<Utc>,
    /// When it began; the source's for an imported one.
    pub started_at: DateTime<Utc>,
    /// Monitoring time as the source states it.
    pub stated_monitoring_at: Option<DateTime<Utc>>,
    /// Time of resolution as the source states it; `None` again once a person writes to it.
    pub stated_resolved_at: Option<DateTime<Utc>>,
    /// When a newer list of its source no longer named it while it was open; a later update opens it again.
    pub closed_by_source_at: Option<DateTime<Utc>>,
    /// The page it was imported from.
    pub source_page: Option<PublicId>,
    /// Number of the event that last touched it or a service it names.
    pub revision: i64,
    /// In their order: (effective time, row number).
    pub updates: Vec<Update<IncidentStatus>>,
}

/// A stretch of an incident's life, half-open, during which it was open.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Phase {
    /// First update of the stretch.
    pub start: DateTime<Utc>,
    /// Its resolution; `None` while open.
    pub end: Option<DateTime<Utc>>,
}

impl Incident {
    /// The incident as it was at `at`: without what takes effect later. `None` where nothing of it had been said yet.
    pub fn as_of(&self, at: DateTime<Utc>) -> Option<Self> {
        let mut then = self.clone();
        then.updates.retain(|update| update.display_at <= at);
        then.closed_by_source_at = self.closed_by_source_at.filter(|closed| *closed <= at);
        if then.updates.is_empty() {
            return None;
        }
        if then.updates.len() < self.updates.len() {
            // What was recorded of the future is not to be read off the present.
            then.stated_resolved_at = self.stated_resolved_at.filter(|moment| *moment <= at);
            then.stated_monitoring_at = self.stated_monitoring_at.filter(|moment| *moment <= at);
            then.updated_at = then.updates.iter().map(|update| update.display_at).max().unwrap_or(at);
        }
        Some(then)
    }

    /// The newest update.
    pub fn newest(&self) -> Option<&Update<IncidentStatus>> {
        self.updates.last()
    }

    /// Where it stands after everything recorded: the newest update's status, or resolved where its source closed it since.
    pub fn status(&self) -> IncidentStatus {
        match self.newest() {
            Some(_) if self.closing().is_some() => IncidentStatus::Resolved,
            Some(update) => update.status,
            None => IncidentStatus::Investigating,
        }
    }

    /// When its source closed it, where no update says or said what became of it.
    fn closing(&self) -> Option<DateTime<Utc>> {
        let newest = self.newest().filter(|update| !update.status.is_over())?;
        self.closed_by_source_at.filter(|closed| newest.display_at <= *closed)
    }

    /// By when another update is promised: by the newest one, as long as it is open. Whatever is said next has kept the promise.
    pub fn next_update_at(&self) -> Option<DateTime<Utc>> {
        self.newest().filter(|_| self.is_open()).and_then(|newest| newest.next_update_at)
    }

    /// Whether an update was promised by `at` and has not come.
    pub fn is_overdue(&self, at: DateTime<Utc>) -> bool {
        self.next_update_at().is_some_and(|promised| promised <= at)
    }

    /// Whether it is open after everything recorded.
    pub fn is_open(&self) -> bool {
        !self.status().is_over()
    }

    /// When it was first being monitored: the source's word, else the first monitoring update's time.
    pub fn monitoring_at(&self) -> Option<DateTime<Utc>> {
        self.stated_monitoring_at
            .or_else(|| self.updates.iter().find(|update| update.status == IncidentStatus::Monitoring).map(|update| update.display_at))
    }

    /// When it was resolved, where it is: the source's word, else when its source closed it, or the newest resolved update's time.
    pub fn resolved_at(&self) -> Option<DateTime<Utc>> {
        if self.is_open() {
            return None;
        }
        let mut ending = self.updates.iter().rev().take_while(|update| update.status.is_over());
        self.stated_resolved_at
            .or_else(|| self.closing())
            .or_else(|| ending.find(|update| update.status == IncidentStatus::Resolved).map(|update| update.display_at))
            .or_else(|| self.ended_at())
    }

    /// The stretches during which it was open, in order; an incident can be reopened.
    pub fn phases(&self) -> Vec<Phase> {
        let mut phases: Vec<Phase> = Vec::new();
        let mut closing = self.closed_by_source_at;
        for update in &self.updates {
            if let Some(closed) = closing.take_if(|closed| *closed < update.display_at) {
                end(&mut phases, closed);
            }
            let running = phases.last().is_some_and(|phase| phase.end.is_none());
            if update.status.is_over() && running {
                end(&mut phases, update.display_at);
            } else if update.status.is_over() && phases.is_empty() {
                // Told only when it was over.
                phases.push(Phase { start: self.started_at.min(update.display_at), end: Some(update.display_at) });
            } else if !update.status.is_over() && !running {
                phases.push(Phase { start: update.display_at, end: None });
            }
        }
        if let Some(closed) = closing {
            end(&mut phases, closed);
        }
        phases
    }

    /// When it last ended, where it is over.
    pub fn ended_at(&self) -> Option<DateTime<Utc>> {
        if self.is_open() {
            return None;
        }
        self.phases().last().and_then(|phase| phase.end)
    }

    /// Ids of the services its updates name, in order of first mention.
    pub fn services(&self) -> Vec<&PublicId> {
        let mut seen: HashSet<&PublicId> = HashSet::new();
        let affected = self.updates.iter().filter_map(|update| update.affected.as_ref()).flatten();
        affected.filter_map(|affected| affected.service.as_ref()).filter(|service| seen.insert(service)).collect()
    }

    /// Whether a resolving update of this origin may say that a service stays down: an import's may not, since only a file that
    /// states present statuses is believed.
    pub(super) fn resolution_speaks(origin: Origin) -> bool {
        origin == Origin::Person
    }
}

/// Ends the stretch that is running, if one is.
fn end(phases: &mut [Phase], at: DateTime<Utc>) {
    if let Some(running) = phases.last_mut().filter(|phase| phase.end.is_none()) {
        running.end = Some(at);
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::domain::samples::{at, id, incident, moment, recorded, update};
    use IncidentStatus::{Identified, Investigating, Monitoring, Postmortem, Resolved};

    /// An incident whose updates have these statuses at these minutes.
    fn told(updates: &[(i64, IncidentStatus)]) -> Incident {
        incident(1, updates.iter().zip(1..).map(|((minute, status), number)| update(number, *minute, *status, &[])).collect())
    }

    fn phases(incident: &Incident) -> Vec<(DateTime<Utc>, Option<DateTime<Utc>>)> {
        incident.phases().into_iter().map(|phase| (phase.start, phase.end)).collect()
    }

    #[test]
    fn an_incident_is_open_until_it_is_resolved_and_again_when_reopened() {
        let mut incident = told(&[(5, Investigating), (7, Monitoring), (9, Resolved)]);
        assert_eq!((incident.status(), incident.resolved_at(), incident.monitoring_at()), (Resolved, Some(at(9)), Some(at(7))));
        assert_eq!(phases(&incident), [(at(5), Some(at(9)))]);
        incident.updates.push(update(4, 12, Identified, &[]));
        assert_eq!((incident.status(), incident.resolved_at(), incident.ended_at()), (Identified, None, None));
        assert_eq!(phases(&incident), [(at(5), Some(at(9))), (at(12), None)]);
        incident.updates.push(update(5, 15, Resolved, &[]));
        assert_eq!((incident.resolved_at(), incident.ended_at()), (Some(at(15)), Some(at(15))));
    }

    #[test]
    fn a_postmortem_is_over_and_not_the_resolution() {
        let incident = told(&[(5, Investigating), (9, Resolved), (20, Postmortem)]);
        assert_eq!((incident.status(), incident.resolved_at(), incident.ended_at()), (Postmortem, Some(at(9)), Some(at(9))));
    }

    #[test]
    fn an_older_resolution_is_not_that_of_a_reopened_incident() {
        let ended_by_postmortem = told(&[(5, Investigating), (9, Resolved), (12, Identified), (20, Postmortem)]);
        assert_eq!(ended_by_postmortem.resolved_at(), Some(at(20)));
        let closed = Incident { closed_by_source_at: Some(at(30)), ..told(&[(5, Investigating), (9, Resolved), (12, Identified)]) };
        assert_eq!((closed.status(), closed.resolved_at(), closed.ended_at()), (Resolved, Some(at(30)), Some(at(30))));
    }

    #[test]
    fn of_repeated_resolutions_the_newest_is_told_and_the_first_ends() {
        let incident = told(&[(5, Investigating), (9, Resolved), (11, Resolved)]);
        assert_eq!((incident.resolved_at(), incident.ended_at()), (Some(at(11)), Some(at(9))));
        assert_eq!(phases(&incident), [(at(5), Some(at(9)))]);
    }

    #[test]
    fn the_sources_times_go_before_computed_ones_while_it_is_over() {
        let stated =
            Incident { stated_resolved_at: Some(at(8)), stated_monitoring_at: Some(at(6)), ..told(&[(5, Investigating), (9, Resolved)]) };
        assert_eq!((stated.resolved_at(), stated.monitoring_at()), (Some(at(8)), Some(at(6))));
        let reopened = Incident { stated_resolved_at: Some(at(8)), ..told(&[(5, Investigating), (9, Resolved), (12, Identified)]) };
        assert_eq!(reopened.resolved_at(), None);
    }

    #[test]
    fn an_update_after_its_source_closed_it_opens_it_again() {
        let closed = Incident { closed_by_source_at: Some(at(9)), ..told(&[(5, Investigating)]) };
        assert_eq!((closed.status(), phases(&closed)), (Resolved, vec![(at(5), Some(at(9)))]));
        let same_moment = Incident { closed_by_source_at: Some(at(5)), ..told(&[(5, Investigating)]) };
        assert_eq!((same_moment.status(), phases(&same_moment)), (Resolved, vec![(at(5), Some(at(5)))]));
        let again = Incident { closed_by_source_at: Some(at(9)), ..told(&[(5, Investigating), (12, Identified)]) };
        assert_eq!((again.status(), phases(&again)), (Identified, vec![(at(5), Some(at(9))), (at(12), None)]));
    }

    #[test]
    fn one_told_only_when_it_was_over_lasted_from_its_start() {
        let incident = Incident { started_at: at(2), ..told(&[(9, Resolved), (12, Postmortem)]) };
        assert_eq!((phases(&incident), incident.ended_at()), (vec![(at(2), Some(at(9)))], Some(at(9))));
    }

    #[test]
    fn as_of_a_moment_nothing_later_is_known() {
        let mut incident = told(&[(5, Investigating), (9, Resolved)]);
        incident.stated_resolved_at = Some(at(9));
        incident.stated_monitoring_at = Some(at(7));
        assert_eq!(incident.as_of(at(4)), None);
        let then = incident.as_of(at(8)).unwrap();
        assert_eq!((then.status(), then.updates.len(), then.updated_at), (Investigating, 1, at(5)));
        assert_eq!((then.resolved_at(), then.monitoring_at()), (None, Some(at(7))));
        assert_eq!(incident.as_of(at(9)), Some(incident));
    }

    #[test]
    fn services_come_in_the_order_of_first_mention() {
        use crate::domain::ServiceStatus::MajorOutage as Down;
        let incident = incident(
            1,
            vec![update(1, 5, Investigating, &[("web", Down), ("api", Down)]), update(2, 6, Identified, &[("mail", Down), ("web", Down)])],
        );
        assert_eq!(incident.services(), [&id("web"), &id("api"), &id("mail")]);
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 600, failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn it_is_open_exactly_during_its_phases(recorded in recorded(), now in moment()) {
            for incident in recorded.incidents {
                let open = incident.as_of(now).is_some_and(|then| then.is_open());
                let phases = incident.phases();
                prop_assert!(phases.windows(2).all(|pair| pair[0].end.is_some_and(|end| end <= pair[1].start)));
                prop_assert_eq!(phases.iter().any(|phase| phase.start <= now && phase.end.is_none_or(|end| now < end)), open);
                prop_assert_eq!(incident.is_open(), incident.resolved_at().is_none());
            }
        }

        #[test]
        fn what_was_true_as_of_a_moment_stays_true_as_of_an_earlier_one(recorded in recorded(), one in moment(), other in moment()) {
            let (earlier, later) = (one.min(other), one.max(other));
            for incident in recorded.incidents {
                let by_the_way = incident.as_of(later).and_then(|then| then.as_of(earlier));
                let straight = incident.as_of(earlier);
                prop_assert_eq!(by_the_way.as_ref().map(Incident::status), straight.as_ref().map(Incident::status));
                prop_assert_eq!(by_the_way.map(|then| then.updates), straight.map(|then| then.updates));
            }
        }
    }
}
