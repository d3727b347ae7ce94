//! What an incident says of services over time: as much of it as decides their statuses, and no more.

use chrono::{DateTime, Utc};

use crate::domain::{Incident, IncidentStatus, Origin, PublicId, ServiceStatus};

/// What one incident says of services over time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Course {
    /// The incident's row number.
    pub incident: i64,
    /// When its source closed it without a word.
    pub closed_by_source_at: Option<DateTime<Utc>>,
    /// Its updates in their order.
    pub said: Vec<Said>,
}

/// What one update says of services.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Said {
    /// The update's row number.
    pub number: i64,
    /// When it takes effect.
    pub at: DateTime<Utc>,
    /// The incident's status from then on.
    pub status: IncidentStatus,
    /// Person or import.
    pub origin: Origin,
    /// The services it names, by row number, and the status it gives them.
    pub named: Vec<(i64, Option<ServiceStatus>)>,
}

impl Course {
    /// The course of an incident whose services have these row numbers; services without one are left out.
    pub fn of(incident: &Incident, mut number_of: impl FnMut(&PublicId) -> Option<i64>) -> Self {
        let said = incident.updates.iter().map(|update| {
            let named = update.affected.iter().flatten();
            Said {
                number: update.number,
                at: update.display_at,
                status: update.status,
                origin: update.origin,
                named: named.filter_map(|affected| Some((number_of(affected.service.as_ref()?)?, affected.new_status))).collect(),
            }
        });
        Self { incident: incident.number, closed_by_source_at: incident.closed_by_source_at, said: said.collect() }
    }

    /// Where it stands by what takes effect at `at` or before; `None` where nothing does.
    pub fn status_at(&self, at: DateTime<Utc>) -> Option<IncidentStatus> {
        let last = self.in_effect(at).last()?;
        let closed = self.closed_by_source_at.is_some_and(|closed| last.at <= closed && closed <= at);
        Some(if closed && !last.status.is_over() { IncidentStatus::Resolved } else { last.status })
    }

    /// The updates that take effect at `at` or before.
    pub fn in_effect(&self, at: DateTime<Utc>) -> &[Said] {
        &self.said[..self.said.partition_point(|said| said.at <= at)]
    }

    /// Row numbers of the services it names by `at`, in order of first mention.
    pub fn services_at(&self, at: DateTime<Utc>) -> Vec<i64> {
        let mut services: Vec<i64> = Vec::new();
        for (service, _) in self.in_effect(at).iter().flat_map(|said| &said.named) {
            if !services.contains(service) {
                services.push(*service);
            }
        }
        services
    }
}
