//! Events: every write appends one, in the same transaction.
//!
//! The log is the audit trail, the ids of the event stream, and the revision that makes builds incremental.

use std::fmt;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::domain::{Change, PublicId};

/// What kind of deed it was.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum EventKind {
    /// `org create`
    #[serde(rename = "organization.created")]
    OrganizationCreated,
    /// `apply` changed settings in org.toml
    #[serde(rename = "organization.edited")]
    OrganizationEdited,
    /// `group add`
    #[serde(rename = "group.added")]
    GroupAdded,
    /// `group edit`
    #[serde(rename = "group.edited")]
    GroupEdited,
    /// `group remove`
    #[serde(rename = "group.removed")]
    GroupRemoved,
    /// A removed group is back
    #[serde(rename = "group.restored")]
    GroupRestored,
    /// `service add`
    #[serde(rename = "service.added")]
    ServiceAdded,
    /// `service edit`
    #[serde(rename = "service.edited")]
    ServiceEdited,
    /// `service remove`
    #[serde(rename = "service.removed")]
    ServiceRemoved,
    /// A removed service is back
    #[serde(rename = "service.restored")]
    ServiceRestored,
    /// `service status`
    #[serde(rename = "service.status")]
    ServiceStatus,
    /// `incident open --draft`, or a publication taken back
    #[serde(rename = "incident.drafted")]
    IncidentDrafted,
    /// `incident open`, or `incident publish` of a draft
    #[serde(rename = "incident.opened")]
    IncidentOpened,
    /// `incident update`
    #[serde(rename = "incident.updated")]
    IncidentUpdated,
    /// `incident resolve`
    #[serde(rename = "incident.resolved")]
    IncidentResolved,
    /// `incident edit` or `incident edit-update`
    #[serde(rename = "incident.edited")]
    IncidentEdited,
    /// `incident remove`
    #[serde(rename = "incident.removed")]
    IncidentRemoved,
    /// A removed incident is back
    #[serde(rename = "incident.restored")]
    IncidentRestored,
    /// An import added or changed an incident
    #[serde(rename = "incident.imported")]
    IncidentImported,
    /// `maintenance schedule`
    #[serde(rename = "maintenance.scheduled")]
    MaintenanceScheduled,
    /// `maintenance start`
    #[serde(rename = "maintenance.started")]
    MaintenanceStarted,
    /// `maintenance update`
    #[serde(rename = "maintenance.updated")]
    MaintenanceUpdated,
    /// `maintenance complete`
    #[serde(rename = "maintenance.completed")]
    MaintenanceCompleted,
    /// `maintenance cancel`
    #[serde(rename = "maintenance.cancelled")]
    MaintenanceCancelled,
    /// `maintenance edit`
    #[serde(rename = "maintenance.edited")]
    MaintenanceEdited,
    /// `maintenance remove`
    #[serde(rename = "maintenance.removed")]
    MaintenanceRemoved,
    /// A removed maintenance is back
    #[serde(rename = "maintenance.restored")]
    MaintenanceRestored,
    /// An import added or changed a maintenance
    #[serde(rename = "maintenance.imported")]
    MaintenanceImported,
    /// An import as a whole
    #[serde(rename = "import.finished")]
    ImportFinished,
    /// `token create`
    #[serde(rename = "token.created")]
    TokenCreated,
    /// `token revoke`
    #[serde(rename = "token.revoked")]
    TokenRevoked,
}

impl fmt::Display for EventKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.serialize(f)
    }
}

/// What an event is about.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(tag = "type", content = "id", rename_all = "snake_case")]
pub enum Subject {
    /// The organization itself.
    Organization,
    /// A group, by id.
    Group(PublicId),
    /// A service, by id.
    Service(PublicId),
    /// An incident, by id.
    Incident(PublicId),
    /// A maintenance, by id.
    Maintenance(PublicId),
}

/// One line of the log.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Event {
    /// Number of the event, ascending, never used again.
    pub seq: i64,
    /// When it was written.
    pub at: DateTime<Utc>,
    /// When what it says takes effect.
    pub effective_at: DateTime<Utc>,
    /// Who did it.
    pub actor: String,
    /// What kind of deed it was.
    pub kind: EventKind,
    /// What it is about.
    pub subject: Subject,
    /// The status it led to, in the subject's words, where there is one.
    pub status: Option<String>,
    /// What was done, for people: `opened incident API down`.
    pub sentence: String,
    /// What it changed, for those who may see everything.
    #[serde(flatten)]
    pub change: Change,
}

impl Event {
    /// Whether what it says was to take effect later than it was written.
    pub fn is_dated_ahead(&self) -> bool {
        self.effective_at > self.at
    }

    /// From when on visitors may know of it.
    pub fn comes_to_light_at(&self) -> DateTime<Utc> {
        self.effective_at.max(self.at)
    }
}
