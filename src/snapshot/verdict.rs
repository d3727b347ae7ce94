//! The visitor's verdict: names the worst services, and is never green while an incident is open.

use crate::domain::{Impact, ServiceStatus};
use crate::snapshot::{IncidentView, ServiceView, Verdict, VerdictKind};

pub(super) fn verdict(services: &[&ServiceView], open_incidents: &[IncidentView]) -> Verdict {
    let worst = services.iter().map(|view| view.status).max().unwrap_or(ServiceStatus::Operational);
    let named: Vec<String> = services.iter().filter(|view| view.status == worst).map(|view| view.service.name.clone()).collect();
    let affected = services.iter().filter(|view| view.status != ServiceStatus::Operational).count();
    let total = services.len();
    if worst <= ServiceStatus::UnderMaintenance
        && let Some(impact) = open_incidents.iter().map(IncidentView::impact).max()
    {
        let status = Impact::fitting_status(Some(impact)).max(ServiceStatus::DegradedPerformance);
        return Verdict { status, kind: VerdictKind::OpenIncident, worst: Vec::new(), affected, total };
    }
    let (kind, worst_names) = match worst {
        _ if total == 0 => (VerdictKind::Empty, Vec::new()),
        ServiceStatus::Operational => (VerdictKind::AllOperational, Vec::new()),
        _ if named.len() == total => (VerdictKind::All, named),
        _ => (VerdictKind::Some, named),
    };
    Verdict { status: worst, kind, worst: worst_names, affected, total }
}
