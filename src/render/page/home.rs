//! The home page.

use serde::Serialize;

use super::{Date, Incident, Instant, Maintenance, Page, Service, Word};

/// `home`: the first page.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Home {
    /// What stands in the head.
    pub page: Page,
    /// Colour and icon of the verdict.
    pub status: Word,
    /// The verdict as a sentence.
    pub verdict: String,
    /// How many services are affected, as a sentence; `None` where none is.
    pub counts: Option<String>,
    /// Since when the first of them has been.
    pub since: Option<Instant>,
    /// When anything last changed.
    pub updated: Instant,
    /// The next moment at which the page would say something else without any deed.
    pub valid_until: Instant,
    /// Open incidents, newest change first.
    pub open_incidents: Vec<Incident>,
    /// Maintenances that are going on.
    pub active_maintenances: Vec<Maintenance>,
    /// Planned maintenances of the next 14 days, or else the next three.
    pub planned_maintenances: Vec<Maintenance>,
    /// Groups and ungrouped services in order.
    pub sections: Vec<Section>,
    /// First day of the traces; `None` without services.
    pub first_day: Option<Date>,
    /// Last day of the traces.
    pub last_day: Option<Date>,
    /// The newest incidents that are over: ten; fewer, and without summaries, where some are open.
    pub past_incidents: Vec<Incident>,
}

/// A group with its services, or services without a group.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Section {
    /// The group's name; `None` for services without a group.
    pub name: Option<String>,
    /// A line about the group.
    pub description: Option<String>,
    /// The worst status in it.
    pub status: Word,
    /// Its services in order.
    pub services: Vec<Service>,
}
