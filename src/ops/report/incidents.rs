//! Incidents, their updates, and what alerts and checks made of them.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use serde::Serialize;

use crate::domain::{Etag, Impact, IncidentStatus, PublicId, ServiceStatus, Slug};

/// What became of alerts.
#[derive(Clone, Debug, Default, Serialize)]
pub struct IngestReport {
    /// Whether nothing was written because it was only asked for.
    pub dry_run: bool,
    /// Alerts that came.
    pub received: usize,
    /// Incidents that were opened, or opened again.
    pub opened: usize,
    /// Open incidents that more alerts have joined.
    pub updated: usize,
    /// Incidents that were resolved.
    pub resolved: usize,
    /// Alerts that say nothing new, or nothing that is worth an incident.
    pub ignored: usize,
    /// The incidents.
    pub incidents: Vec<AutomaticReport>,
    /// What a person should know of the payload.
    pub warnings: Vec<String>,
    /// Whether visitors see one of the incidents.
    pub public: bool,
}

/// An incident that a rule opened, changed or resolved.
#[derive(Clone, Debug, Serialize)]
pub struct AutomaticReport {
    /// Public id; of a new one that was not written, one that nothing will ever have.
    pub id: PublicId,
    /// The organization's small number for it.
    pub number: i64,
    /// Its title.
    pub title: String,
    /// Where it stands.
    pub status: IncidentStatus,
    /// Not published yet.
    pub draft: bool,
    /// `opened`, `reopened`, `updated` or `resolved`.
    pub done: &'static str,
}

/// Incidents, as many as were asked for.
#[derive(Clone, Debug, Serialize)]
pub struct IncidentsReport {
    /// Newest start first.
    pub incidents: Vec<IncidentReport>,
    /// Whether there are older ones that were not asked for.
    pub more: bool,
    /// Where the next page goes on; left out where there is none.
    // `next` is a moment wherever documents say it.
    #[serde(rename = "next_page", skip_serializing_if = "Option::is_none")]
    pub next: Option<String>,
}

/// An incident.
#[derive(Clone, Debug, Serialize)]
pub struct IncidentReport {
    /// Public id.
    pub id: PublicId,
    /// The organization's small number for it.
    pub number: i64,
    /// Its title.
    pub title: String,
    /// Where it stands.
    pub status: IncidentStatus,
    /// How bad it is.
    pub impact: Impact,
    /// Not published yet.
    pub draft: bool,
    /// When it began to be told.
    pub created_at: DateTime<Utc>,
    /// When it began.
    pub started_at: DateTime<Utc>,
    /// When it last changed.
    pub updated_at: DateTime<Utc>,
    /// When it was first monitored.
    pub monitoring_at: Option<DateTime<Utc>>,
    /// When it was resolved.
    pub resolved_at: Option<DateTime<Utc>>,
    /// By when another update is promised, while it is open.
    pub next_update_at: Option<DateTime<Utc>>,
    /// When its source closed it without a word.
    pub closed_by_source_at: Option<DateTime<Utc>>,
    /// The services it names, with what it last said of them.
    pub services: Vec<AffectedReport>,
    /// Oldest first.
    pub updates: Vec<UpdateReport>,
    /// Whether it is still as it is here: see [`Etag`].
    pub etag: Etag,
}

/// A service as an update or incident names it.
#[derive(Clone, Debug, Serialize)]
pub struct AffectedReport {
    /// Public id; null for the source's "No components were affected by this update.".
    pub id: Option<PublicId>,
    /// Its slug, where it still has one.
    pub slug: Option<Slug>,
    /// Name as written.
    pub name: String,
    /// Status before.
    pub old_status: Option<ServiceStatus>,
    /// Status from then on.
    pub new_status: Option<ServiceStatus>,
}

/// One update.
#[derive(Clone, Debug, Serialize)]
pub struct UpdateReport {
    /// Its place in the incident, from 1, oldest first.
    pub number: usize,
    /// Public id.
    pub id: PublicId,
    /// Status from then on.
    pub status: String,
    /// Markdown.
    pub body: String,
    /// The body in other languages: Markdown by language tag.
    pub translations: BTreeMap<String, String>,
    /// When it takes effect.
    pub display_at: DateTime<Utc>,
    /// By when it promises another update; left out where it promises none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next_update_at: Option<DateTime<Utc>>,
    /// When it was written.
    pub created_at: DateTime<Utc>,
    /// When it was last edited.
    pub updated_at: DateTime<Utc>,
    /// The services it speaks of; null where it says nothing of services.
    pub affected: Option<Vec<AffectedReport>>,
}
