//! The source's vocabularies: spelled as ours, without the short forms people may type.

use super::value::Vocabulary;
use crate::domain::{Impact, IncidentStatus, MaintenanceStatus, ServiceStatus};

/// Statuses of components.
pub(super) const SERVICE: Vocabulary<ServiceStatus> = Vocabulary { all: ServiceStatus::ALL, word: ServiceStatus::as_str };

/// Statuses of incidents and their updates.
pub(super) const INCIDENT: Vocabulary<IncidentStatus> = Vocabulary { all: IncidentStatus::ALL, word: IncidentStatus::as_str };

/// Statuses of maintenances and their updates.
pub(super) const MAINTENANCE: Vocabulary<MaintenanceStatus> = Vocabulary { all: MaintenanceStatus::ALL, word: MaintenanceStatus::as_str };

/// Impacts of incidents; those of maintenances say `maintenance`, which is not read.
pub(super) const IMPACT: Vocabulary<Impact> = Vocabulary { all: Impact::ALL, word: Impact::as_str };
