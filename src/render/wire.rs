//! What every machine-readable output shares: how times, addresses, bodies and documents are written.

use chrono::{DateTime, SecondsFormat, Utc};
use serde::Serialize;

use crate::domain::{Organization, PublicId, Slug};
use crate::render::markdown::{self, Images};

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

/// An update's Markdown as HTML, without white space around it.
pub(super) fn body_html(markdown: &str, organization: &Organization) -> String {
    let images = if organization.images { Images::HttpsOnly } else { Images::Off };
    markdown::to_html(markdown, images).trim().to_owned()
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
