//! What monitors say.

use chrono::{DateTime, Utc};
use serde::Deserialize;

use crate::domain::CheckResult;
use crate::serve::api::bodies::present;
use crate::serve::api::values::{Finding, Milliseconds, Moment};

sent! {
    /// What one check found.
    struct CheckFound {
        status: Finding,
        #[serde(default, deserialize_with = "present")]
        at: Option<Moment>,
        #[serde(default)]
        latency_ms: Option<Milliseconds>,
        #[serde(default)]
        message: Option<String>,
    }
}

impl CheckFound {
    /// The result, of `now` where it does not say of when.
    pub(in crate::serve::api) fn result(self, now: DateTime<Utc>) -> CheckResult {
        CheckResult {
            status: self.status.0,
            at: self.at.map_or(now, |at| at.0),
            latency_ms: self.latency_ms.map(|latency| latency.0),
            message: self.message,
        }
    }
}
