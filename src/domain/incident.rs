//! Incidents: what went wrong, and what was said about it.

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
    /// When a newer list of its source no longer named it while it was open.
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

    /// Where it stands after everything recorded: the newest update's status, or resolved where its source closed it.
    pub fn status(&self) -> IncidentStatus {
        match self.newest() {
            Some(update) if update.status.is_over() || self.closed_by_source_at.is_none() => update.status,
            Some(_) => IncidentStatus::Resolved,
            None => IncidentStatus::Investigating,
        }
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

    /// When it was resolved, where it is: the source's word, else the newest resolved update's time, or when its source closed it.
    pub fn resolved_at(&self) -> Option<DateTime<Utc>> {
        if self.is_open() {
            return None;
        }
        self.stated_resolved_at
            .or_else(|| self.updates.iter().rev().find(|update| update.status == IncidentStatus::Resolved).map(|update| update.display_at))
            .or(self.closed_by_source_at)
            .or_else(|| self.newest().map(|update| update.display_at))
    }

    /// The stretches during which it was open, in order; an incident can be reopened.
    pub fn phases(&self) -> Vec<Phase> {
        let mut phases: Vec<Phase> = Vec::new();
        for update in &self.updates {
            let over = update.status.is_over();
            let first = phases.is_empty();
            match phases.last_mut().filter(|phase| phase.end.is_none()) {
                Some(phase) if over => phase.end = Some(update.display_at),
                Some(_) => {}
                None if !over => phases.push(Phase { start: update.display_at, end: None }),
                // Told only when it was over.
                None if first => {
                    phases.push(Phase { start: self.started_at.min(update.display_at), end: Some(update.display_at) });
                }
                None => {}
            }
        }
        if let Some(open) = phases.last_mut().filter(|phase| phase.end.is_none()) {
            open.end = self.closed_by_source_at;
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
        let mut services: Vec<&PublicId> = Vec::new();
        for affected in self.updates.iter().filter_map(|update| update.affected.as_ref()).flatten() {
            if let Some(service) = affected.service.as_ref()
                && !services.contains(&service)
            {
                services.push(service);
            }
        }
        services
    }

    /// Whether a resolving update of this origin may say that a service stays down: an import's may not, since only a file that
    /// states present statuses is believed.
    pub(super) fn resolution_speaks(origin: Origin) -> bool {
        origin == Origin::Person
    }
}
