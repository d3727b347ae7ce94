//! What every machine-readable output shares: how times, addresses, bodies and documents are written.

use chrono::{DateTime, SecondsFormat, Utc};
use serde::Serialize;

use crate::domain::{Organization, PublicId, Slug, Update};
use crate::render::markdown::{self, Images};
use crate::snapshot::{IncidentView, MaintenanceView};

/// RFC 3339 in UTC with exactly three fraction digits: `2026-11-22T14:30:00.000Z`.
pub(super) fn timestamp(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(SecondsFormat::Millis, true)
}

/// A compact JSON document with a final newline.
pub(super) fn document<T: Serialize>(value: &T) -> String {
    // Serializing fails only for maps with keys that are not strings and for failing `Serialize` impls; the wire types have neither.
    let mut text = serde_json::to_string(value).unwrap_or_default();
    text.push('\n');
    text
}

/// What was said of an incident as HTML, one body per update, without white space around them.
pub(super) fn incident_bodies(view: &IncidentView, images: Images) -> &[String] {
    view.bodies.get(|| bodies(&view.incident.updates, images))
}

/// What was said of a maintenance as HTML, one body per update, without white space around them.
pub(super) fn maintenance_bodies(view: &MaintenanceView, images: Images) -> &[String] {
    view.bodies.get(|| bodies(&view.maintenance.updates, images))
}

fn bodies<S>(updates: &[Update<S>], images: Images) -> Vec<String> {
    updates.iter().map(|update| markdown::to_html(&update.body, images).trim().to_owned()).collect()
}

/// The absolute address of an incident's page.
pub(super) fn incident_url(organization: &Organization, id: &PublicId) -> String {
    format!("{}incidents/{id}/", organization.address())
}

/// The absolute address of a maintenance's page.
pub(super) fn maintenance_url(organization: &Organization, id: &PublicId) -> String {
    format!("{}maintenance/{id}/", organization.address())
}

/// The absolute address of a service's page.
pub(super) fn service_url(organization: &Organization, slug: &Slug) -> String {
    format!("{}services/{slug}/", organization.address())
}
