//! What Grafana Alerting sends to a webhook contact point: Alertmanager's form, with more fields.

use super::grouped;
use crate::domain::{AlertSource, Alerts};
use crate::error::UserError;

/// The alerts of a payload.
///
/// # Errors
/// Bad input where it is no JSON, or not what Grafana sends. Alerting as it was before Grafana 8 sends something else.
pub fn read(payload: &[u8]) -> Result<Alerts, UserError> {
    grouped::read(AlertSource::Grafana, payload)
}
