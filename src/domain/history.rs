//! The history of an organization, or as much of it as a question needs.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};

use crate::domain::{CheckHour, Course, Event, Group, Incident, Maintenance, ManualStatus, Organization, PublicId, Service};

/// What is recorded of an organization, as the store hands it to `snapshot`.
///
/// It may leave out incidents and manual statuses that ended before `since`, as long as the status of every service at every moment from
/// `since` on follows from what is left (the store's loading rule).
#[derive(Clone, Debug, PartialEq)]
pub struct History {
    /// Whose history it is.
    pub organization: Organization,
    /// Statuses are right from this moment on; `None`: from the beginning.
    pub since: Option<DateTime<Utc>>,
    /// When the organization was made.
    pub created_at: DateTime<Utc>,
    /// The pages imports came from, by id; empty in what visitors may know.
    pub sources: Vec<Source>,
    /// By position.
    pub groups: Vec<Group>,
    /// By position within their group.
    pub services: Vec<Service>,
    /// By (time, number).
    pub manual_statuses: Vec<ManualStatus>,
    /// Incidents in full, by (start, number): all, or the newest and those that are open.
    pub incidents: Vec<Incident>,
    /// What the other published incidents say of services, by (start, number).
    pub outlines: Vec<Outline>,
    /// When one of the published incidents that are in neither list last changed.
    pub older_change: Option<DateTime<Utc>>,
    /// By (start of window, number); the dates of series are among them, the series themselves only where all is loaded as it is recorded.
    pub maintenances: Vec<Maintenance>,
    /// The series whose dates are among those, by (start of window, number).
    pub series: Vec<Maintenance>,
    /// What checks of services came to in the last [`crate::domain::CHECK_HOURS`] hours, by service and time.
    pub check_hours: BTreeMap<PublicId, Vec<CheckHour>>,
    /// The newest 200 events of the scope, oldest first: more than outputs show, because some may take effect only later.
    pub events: Vec<Event>,
    /// Titles of the incidents those events are about, by id: also of incidents that are left out above.
    pub event_titles: BTreeMap<PublicId, String>,
}

/// As much of an incident as decides statuses and leads to it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outline {
    /// Public id.
    pub id: PublicId,
    /// One line, as visitors read it.
    pub title: String,
    /// When it began.
    pub started_at: DateTime<Utc>,
    /// When anything about it last changed.
    pub updated_at: DateTime<Utc>,
    /// Number of the event that last touched it or a service it names.
    pub revision: i64,
    /// What it says of services.
    pub course: Course,
}

/// A page that was imported, and up to when it has stated the present: what an older file of it states no longer counts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Source {
    /// The page's id.
    pub page: PublicId,
    /// The moment of its newest file with present statuses.
    pub stated_at: DateTime<Utc>,
}

/// What a month needs to know of an incident to place it and to tell whether its pages are stale.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IndexRow {
    /// Row number.
    pub number: i64,
    /// Public id.
    pub id: PublicId,
    /// When it began: decides its month.
    pub started_at: DateTime<Utc>,
    /// Time of its newest update: later than the moment of a build means the page shows only a part.
    pub newest_at: DateTime<Utc>,
    /// Number of the event that last touched it.
    pub revision: i64,
}

impl History {
    /// The service with this id.
    pub fn service(&self, id: &PublicId) -> Option<&Service> {
        self.services.iter().find(|service| service.id == *id)
    }

    /// The group with this id.
    pub fn group(&self, id: &PublicId) -> Option<&Group> {
        self.groups.iter().find(|group| group.id == *id)
    }
}
