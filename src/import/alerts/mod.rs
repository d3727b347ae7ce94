//! Alert payloads of monitors, as they are sent to a webhook: bytes in, alerts out.
//!
//! Fields that are not needed are not looked at, so that newer versions go on working. A field that is needed and makes no sense makes the
//! whole payload bad input that names the place: half an alert would be worse than none.

pub mod alertmanager;
mod field;
pub mod grafana;
mod grouped;
pub mod uptime_kuma;

use crate::domain::{AlertSource, Alerts};
use crate::error::UserError;

/// Most alerts in one payload.
const MOST_ALERTS: usize = 10_000;

/// The alerts of a payload of `source`.
///
/// # Errors
/// Bad input where it is no JSON, or not what `source` sends.
pub fn read(source: AlertSource, payload: &[u8]) -> Result<Alerts, UserError> {
    match source {
        AlertSource::Alertmanager => alertmanager::read(payload),
        AlertSource::Grafana => grafana::read(payload),
        AlertSource::UptimeKuma => uptime_kuma::read(payload),
    }
}
