//! The history: its years, and the page of a month.

use serde::Serialize;

use super::{Incident, Link, Maintenance, Page};

/// `history`: the months of the newest years and the newest incidents, or the months of one earlier year.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct History {
    /// What stands in the head.
    pub page: Page,
    /// `2019`; empty on the page of the newest years.
    pub text: String,
    /// Years, newest first.
    pub years: Vec<Year>,
    /// The newest ten incidents, open ones too; none on the page of an earlier year.
    pub incidents: Vec<Incident>,
    /// The year before.
    pub previous: Option<Link>,
    /// The year after, or the page of the newest years.
    pub next: Option<Link>,
}

/// A year of the history.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Year {
    /// `2026`.
    pub text: String,
    /// Its months that have a page, newest first.
    pub months: Vec<MonthLink>,
}

/// A month of the history.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct MonthLink {
    /// Path of its page.
    pub path: String,
    /// `November 2026`.
    pub text: String,
    /// `3 incidents`.
    pub count: String,
}

/// `month`: what happened in a month.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Month {
    /// What stands in the head.
    pub page: Page,
    /// `November 2026`.
    pub text: String,
    /// The month before it that has a page.
    pub previous: Option<Link>,
    /// The month after it that has a page.
    pub next: Option<Link>,
    /// Incidents that began in it, in the order given.
    pub incidents: Vec<Incident>,
    /// Maintenances whose window starts in it, in the order given.
    pub maintenances: Vec<Maintenance>,
}
