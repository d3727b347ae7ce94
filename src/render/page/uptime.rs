//! The page of uptime.

use serde::Serialize;

use super::{Date, Page, Service};

/// `uptime`: the figures of all services.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct UptimePage {
    /// What stands in the head.
    pub page: Page,
    /// The windows of all rows, shortest first: `24 hours`.
    pub windows: Vec<String>,
    /// Groups and ungrouped services in order, without services that show no uptime.
    pub sections: Vec<UptimeSection>,
    /// How uptime is counted, as a sentence.
    pub rule: String,
    /// First of the ninety days.
    pub first_day: Option<Date>,
    /// First of the twelve months: `December 2025`.
    pub first_month: String,
    /// Last of them.
    pub last_month: String,
    /// The services that had trouble or maintenance in ninety days.
    pub troubled: Vec<Service>,
}

/// A group's services with their figures.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct UptimeSection {
    /// The group's name; `None` for services without a group.
    pub name: Option<String>,
    /// Means of the services' figures, one per window; empty without a group.
    pub figures: Vec<String>,
    /// The services in order.
    pub services: Vec<UptimeRow>,
}

/// A service with its figures.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct UptimeRow {
    /// Its name.
    pub name: String,
    /// Path of its page.
    pub path: String,
    /// One per window: `99.97%`, or a dash where there is none.
    pub figures: Vec<String>,
}

/// An uptime figure.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Figure {
    /// `90 days`.
    pub window: String,
    /// `99.97%`, or a dash where there is none.
    pub value: String,
}
