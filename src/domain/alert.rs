//! Alerts: what a monitor says is wrong, and that it no longer is.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};

/// One alert, whoever sent it. Its texts are as they came: hostile until they are made harmless.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Alert {
    /// What its source calls it, the same each time.
    pub fingerprint: String,
    /// Alerts of one group tell of the same trouble.
    pub group: String,
    /// Whether it fires; else it is over.
    pub firing: bool,
    /// What is wrong, in a line.
    pub title: String,
    /// More of it; maybe empty.
    pub description: String,
    /// What it is about.
    pub labels: BTreeMap<String, String>,
    /// Since when, where its source says so.
    pub starts_at: Option<DateTime<Utc>>,
    /// When it was over, where its source says so.
    pub ends_at: Option<DateTime<Utc>>,
    /// Where operators find more.
    pub url: Option<String>,
}

/// What a payload holds.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Alerts {
    /// The alerts, in their order.
    pub alerts: Vec<Alert>,
    /// How many messages in it are neither of something wrong nor of something well again.
    pub silent: usize,
    /// What is odd about it.
    pub warnings: Vec<String>,
}
