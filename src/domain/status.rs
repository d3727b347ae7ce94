//! Statuses and impact: the closed vocabularies of a status page, spelled as Statuspage's public JSON spells them.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::error::{UserError, nearest};

/// Gives an enum its words: `ALL`, `as_str`, `Display` and `FromStr` with "did you mean".
macro_rules! words {
    ($name:ident, $what:literal, [$($variant:ident = $word:literal),* $(,)?], also [$($alias:literal => $target:ident),* $(,)?]) => {
        impl $name {
            /// Every value, in order.
            pub const ALL: &'static [Self] = &[$(Self::$variant),*];

            /// The word of the public JSON.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $word),* }
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(self.as_str())
            }
        }

        impl FromStr for $name {
            type Err = UserError;

            fn from_str(text: &str) -> Result<Self, UserError> {
                match text {
                    $($word => Ok(Self::$variant),)*
                    $($alias => Ok(Self::$target),)*
                    _ => {
                        let known = [$($word),*];
                        let error = UserError::usage(format!(concat!("`{}` is not ", $what), text.escape_debug()));
                        Err(match nearest(text, known) {
                            Some(word) => error.hint(format!("did you mean `{word}`?")),
                            None => error.hint(format!("one of {}", known.join(", "))),
                        })
                    }
                }
            }
        }
    };
}

pub(super) use words;

/// How a service does; ordered for worst-of: operational < under maintenance < degraded < partial < major.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ServiceStatus {
    /// Works.
    Operational,
    /// Worked on, announced.
    UnderMaintenance,
    /// Slow or with errors.
    DegradedPerformance,
    /// Down for some.
    PartialOutage,
    /// Down.
    MajorOutage,
}

words!(ServiceStatus, "a service status", [
    Operational = "operational",
    UnderMaintenance = "under_maintenance",
    DegradedPerformance = "degraded_performance",
    PartialOutage = "partial_outage",
    MajorOutage = "major_outage",
], also ["maintenance" => UnderMaintenance, "degraded" => DegradedPerformance, "partial" => PartialOutage, "major" => MajorOutage]);

/// Where an incident stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum IncidentStatus {
    /// Something is wrong; why is not known.
    Investigating,
    /// The cause is known.
    Identified,
    /// Mended, being watched.
    Monitoring,
    /// Over.
    Resolved,
    /// Over and explained.
    Postmortem,
}

words!(IncidentStatus, "an incident status", [
    Investigating = "investigating",
    Identified = "identified",
    Monitoring = "monitoring",
    Resolved = "resolved",
    Postmortem = "postmortem",
], also []);

impl IncidentStatus {
    /// Whether an incident with this status is over.
    pub const fn is_over(self) -> bool {
        matches!(self, Self::Resolved | Self::Postmortem)
    }
}

/// Where a maintenance stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MaintenanceStatus {
    /// Announced.
    Scheduled,
    /// Running.
    InProgress,
    /// Done, being checked.
    Verifying,
    /// Over.
    Completed,
    /// Will not happen, or was broken off.
    Cancelled,
}

words!(MaintenanceStatus, "a maintenance status", [
    Scheduled = "scheduled",
    InProgress = "in_progress",
    Verifying = "verifying",
    Completed = "completed",
    Cancelled = "cancelled",
], also []);

impl MaintenanceStatus {
    /// Whether a maintenance with this status is over.
    pub const fn is_over(self) -> bool {
        matches!(self, Self::Completed | Self::Cancelled)
    }

    /// Whether work is going on.
    pub const fn is_active(self) -> bool {
        matches!(self, Self::InProgress | Self::Verifying)
    }
}

/// What one check of a service found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CheckStatus {
    /// It was not looked at, on purpose.
    Maintenance,
    /// It answered as it should.
    Up,
    /// It answered, but not as it should.
    Degraded,
    /// It did not answer, or wrongly.
    Down,
}

words!(CheckStatus, "a check's status", [
    Maintenance = "maintenance",
    Up = "up",
    Degraded = "degraded",
    Down = "down",
], also [
    "under_maintenance" => Maintenance,
    "operational" => Up,
    "degraded_performance" => Degraded,
    "partial_outage" => Down,
    "partial" => Down,
    "major_outage" => Down,
    "major" => Down,
]);

impl CheckStatus {
    /// Whether something was wrong.
    pub const fn is_failure(self) -> bool {
        matches!(self, Self::Degraded | Self::Down)
    }
}

/// What sends alerts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum AlertSource {
    /// Prometheus's Alertmanager, by `webhook_config`.
    Alertmanager,
    /// Grafana Alerting, by a webhook contact point.
    Grafana,
    /// Uptime Kuma, by a webhook notification in JSON.
    UptimeKuma,
}

words!(AlertSource, "a kind of alert payload", [
    Alertmanager = "alertmanager",
    Grafana = "grafana",
    UptimeKuma = "uptime-kuma",
], also []);

/// How bad an incident is, as people judge it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Impact {
    /// Nobody notices.
    None,
    /// Some are slowed down.
    Minor,
    /// Many are stopped.
    Major,
    /// Everyone is stopped.
    Critical,
}

words!(Impact, "an impact", [
    None = "none",
    Minor = "minor",
    Major = "major",
    Critical = "critical",
], also []);

impl Impact {
    /// The impact that fits the worst status of the services an incident affects; none without services.
    pub fn fitting(worst: Option<ServiceStatus>) -> Self {
        match worst {
            Some(ServiceStatus::MajorOutage) => Self::Major,
            Some(ServiceStatus::PartialOutage | ServiceStatus::DegradedPerformance) => Self::Minor,
            Some(ServiceStatus::Operational | ServiceStatus::UnderMaintenance) | None => Self::None,
        }
    }

    /// The status a service takes when it is named without one; without an impact too, it is degraded.
    pub const fn fitting_status(impact: Option<Self>) -> ServiceStatus {
        match impact {
            Some(Self::None) => ServiceStatus::Operational,
            Some(Self::Minor) | None => ServiceStatus::DegradedPerformance,
            Some(Self::Major) => ServiceStatus::PartialOutage,
            Some(Self::Critical) => ServiceStatus::MajorOutage,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_round_trip_and_short_forms_are_taken() {
        for &status in ServiceStatus::ALL {
            assert_eq!(status.as_str().parse::<ServiceStatus>().unwrap(), status);
            assert_eq!(serde_json::to_string(&status).unwrap(), format!("\"{status}\""));
        }
        assert_eq!("partial".parse::<ServiceStatus>().unwrap(), ServiceStatus::PartialOutage);
        let error = "majr_outage".parse::<ServiceStatus>().unwrap_err();
        assert_eq!(error.hint.unwrap(), "did you mean `major_outage`?");
    }

    #[test]
    fn worst_is_the_greatest() {
        use ServiceStatus::{DegradedPerformance, MajorOutage, Operational, PartialOutage, UnderMaintenance};
        assert!(Operational < UnderMaintenance && UnderMaintenance < DegradedPerformance);
        assert!(DegradedPerformance < PartialOutage && PartialOutage < MajorOutage);
    }

    #[test]
    fn impact_and_status_fit_each_other() {
        assert_eq!(Impact::fitting(Some(ServiceStatus::MajorOutage)), Impact::Major);
        assert_eq!(Impact::fitting(None), Impact::None);
        assert_eq!(Impact::fitting_status(Some(Impact::Critical)), ServiceStatus::MajorOutage);
        assert_eq!(Impact::fitting_status(None), ServiceStatus::DegradedPerformance);
    }
}
