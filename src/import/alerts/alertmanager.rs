//! What Alertmanager sends to a `webhook_config`: version 4 of its data, one group of alerts at a time.

use super::grouped;
use crate::domain::{AlertSource, Alerts};
use crate::error::UserError;

/// The alerts of a payload.
///
/// # Errors
/// Bad input where it is no JSON, or not what Alertmanager sends.
pub fn read(payload: &[u8]) -> Result<Alerts, UserError> {
    grouped::read(AlertSource::Alertmanager, payload)
}
