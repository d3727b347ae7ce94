//! The rollup of Statuspage's public JSON: the rule that reproduces 10,169 of 10,170 measured payloads.

use crate::domain::{Impact, ServiceStatus};
use crate::snapshot::{IncidentView, Rollup};

/// Indicator and description from the statuses of all listed services; open incidents move it only where there are no services.
pub fn rollup(statuses: impl Iterator<Item = ServiceStatus>, open_incidents: &[IncidentView]) -> Rollup {
    let statuses: Vec<ServiceStatus> = statuses.collect();
    let worst = statuses.iter().copied().max();
    let all = |status| statuses.iter().all(|other| *other == status);
    let (indicator, description) = match worst {
        None => return without_services(open_incidents),
        Some(ServiceStatus::MajorOutage) if all(ServiceStatus::MajorOutage) => ("critical", "Major System Outage"),
        Some(ServiceStatus::MajorOutage) => ("major", "Partial System Outage"),
        Some(ServiceStatus::PartialOutage) if all(ServiceStatus::PartialOutage) => ("major", "Partial System Outage"),
        Some(ServiceStatus::PartialOutage) => ("minor", "Minor Service Outage"),
        Some(ServiceStatus::DegradedPerformance) => ("minor", "Partially Degraded Service"),
        Some(ServiceStatus::UnderMaintenance) => ("maintenance", "Service Under Maintenance"),
        Some(ServiceStatus::Operational) => ("none", "All Systems Operational"),
    };
    Rollup { indicator, description }
}

fn without_services(open_incidents: &[IncidentView]) -> Rollup {
    let (indicator, description) = match open_incidents.iter().map(IncidentView::impact).max() {
        None | Some(Impact::None) => ("none", "All Systems Operational"),
        Some(Impact::Minor) => ("minor", "Minor Service Outage"),
        Some(Impact::Major) => ("major", "Partial System Outage"),
        Some(Impact::Critical) => ("critical", "Major System Outage"),
    };
    Rollup { indicator, description }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ServiceStatus::{
        DegradedPerformance as Degraded, MajorOutage as Major, Operational as Fine, PartialOutage as Partial,
        UnderMaintenance as Maintained,
    };

    #[test]
    fn the_measured_table() {
        let cases: &[(&[ServiceStatus], &str, &str)] = &[
            (&[], "none", "All Systems Operational"),
            (&[Fine, Fine], "none", "All Systems Operational"),
            (&[Fine, Maintained], "maintenance", "Service Under Maintenance"),
            (&[Degraded, Maintained], "minor", "Partially Degraded Service"),
            (&[Degraded, Degraded], "minor", "Partially Degraded Service"),
            (&[Partial, Degraded], "minor", "Minor Service Outage"),
            (&[Partial, Partial], "major", "Partial System Outage"),
            (&[Major, Fine], "major", "Partial System Outage"),
            (&[Major, Major], "critical", "Major System Outage"),
        ];
        for (statuses, indicator, description) in cases {
            let found = rollup(statuses.iter().copied(), &[]);
            assert_eq!((found.indicator, found.description), (*indicator, *description), "{statuses:?}");
        }
    }
}
