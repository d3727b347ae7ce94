//! The shapes of Statuspage's public API v2, keys in the order in which it serves them. Every key is always present.

use serde::Serialize;

/// `page`
#[derive(Serialize)]
pub(super) struct Page<'a> {
    pub(super) id: &'a str,
    pub(super) name: &'a str,
    pub(super) url: String,
    pub(super) time_zone: &'static str,
    pub(super) updated_at: String,
}

/// `status`
#[derive(Serialize)]
pub(super) struct Status {
    pub(super) indicator: &'static str,
    pub(super) description: &'static str,
}

/// A service or a group.
#[derive(Serialize)]
pub(super) struct Component<'a> {
    pub(super) id: &'a str,
    pub(super) name: &'a str,
    pub(super) status: &'static str,
    pub(super) created_at: String,
    pub(super) updated_at: String,
    pub(super) position: i64,
    pub(super) description: Option<&'a str>,
    pub(super) showcase: bool,
    pub(super) start_date: Option<String>,
    pub(super) group_id: Option<&'a str>,
    pub(super) page_id: &'a str,
    pub(super) group: bool,
    pub(super) only_show_if_degraded: bool,
    /// Only on a group: the ids of its services in order.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) components: Option<Vec<&'a str>>,
}

/// An incident.
#[derive(Serialize)]
pub(super) struct Incident<'a> {
    pub(super) id: &'a str,
    pub(super) name: &'a str,
    pub(super) status: &'static str,
    pub(super) created_at: String,
    pub(super) updated_at: String,
    pub(super) monitoring_at: Option<String>,
    pub(super) resolved_at: Option<String>,
    pub(super) impact: &'static str,
    pub(super) shortlink: String,
    pub(super) started_at: String,
    pub(super) page_id: &'a str,
    pub(super) incident_updates: Vec<Update<'a>>,
    pub(super) components: Vec<Component<'a>>,
    /// Always null.
    pub(super) reminder_intervals: Option<&'static str>,
}

/// A maintenance.
#[derive(Serialize)]
pub(super) struct Maintenance<'a> {
    pub(super) id: &'a str,
    pub(super) name: &'a str,
    pub(super) status: &'static str,
    pub(super) created_at: String,
    pub(super) updated_at: String,
    pub(super) monitoring_at: Option<String>,
    pub(super) resolved_at: Option<String>,
    /// Always `maintenance`.
    pub(super) impact: &'static str,
    pub(super) shortlink: String,
    pub(super) started_at: String,
    pub(super) page_id: &'a str,
    pub(super) incident_updates: Vec<Update<'a>>,
    pub(super) components: Vec<Component<'a>>,
    pub(super) scheduled_for: String,
    pub(super) scheduled_until: String,
}

/// An update of an incident or a maintenance.
#[derive(Serialize)]
pub(super) struct Update<'a> {
    pub(super) id: &'a str,
    pub(super) status: &'static str,
    pub(super) body: &'a str,
    pub(super) incident_id: &'a str,
    pub(super) created_at: String,
    pub(super) updated_at: String,
    pub(super) display_at: String,
    pub(super) affected_components: Option<Vec<AffectedComponent<'a>>>,
    pub(super) deliver_notifications: bool,
    /// Always null.
    pub(super) custom_tweet: Option<&'static str>,
    /// Always null.
    pub(super) tweet_id: Option<u64>,
}

/// What an update says of one service.
#[derive(Serialize)]
pub(super) struct AffectedComponent<'a> {
    pub(super) code: &'a str,
    pub(super) name: &'a str,
    pub(super) old_status: &'static str,
    pub(super) new_status: &'static str,
}

/// `summary.json`
#[derive(Serialize)]
pub(super) struct Summary<'a> {
    pub(super) page: Page<'a>,
    pub(super) components: Vec<Component<'a>>,
    pub(super) incidents: Vec<Incident<'a>>,
    pub(super) scheduled_maintenances: Vec<Maintenance<'a>>,
    pub(super) status: Status,
}

/// `status.json`
#[derive(Serialize)]
pub(super) struct StatusDocument<'a> {
    pub(super) page: Page<'a>,
    pub(super) status: Status,
}

/// `components.json`
#[derive(Serialize)]
pub(super) struct Components<'a> {
    pub(super) page: Page<'a>,
    pub(super) components: Vec<Component<'a>>,
}

/// `incidents.json`, `incidents/unresolved.json`
#[derive(Serialize)]
pub(super) struct Incidents<'a> {
    pub(super) page: Page<'a>,
    pub(super) incidents: Vec<Incident<'a>>,
}

/// `scheduled-maintenances.json`, `…/upcoming.json`, `…/active.json`
#[derive(Serialize)]
pub(super) struct Maintenances<'a> {
    pub(super) page: Page<'a>,
    pub(super) scheduled_maintenances: Vec<Maintenance<'a>>,
}

/// `incidents/ID.json`, of an incident or a maintenance.
#[derive(Serialize)]
pub(super) struct Document<'a, T> {
    pub(super) page: Page<'a>,
    pub(super) incident: T,
}
