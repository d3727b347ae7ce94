//! Incidents.

use super::collected::Collected;
use super::object::{Object, Reason};
use super::told::Common;
use super::words::{IMPACT, INCIDENT};
use crate::domain::{Impact, Incident};

/// An incident; the reason where it cannot be used.
pub(super) fn read(object: &Object<'_>, collected: &mut Collected) -> Result<Incident, Reason> {
    let mut common = Common::read(object, &INCIDENT, collected)?;
    if common.updates.is_empty() {
        let at = if common.status.is_over() { common.resolved_at.unwrap_or(common.updated_at) } else { common.created_at };
        common.keep_status_alone(object, at);
    }
    common.check_status(object, &INCIDENT);
    Ok(Incident {
        number: 0,
        id: common.id,
        title: common.title,
        impact: object.optional_word("impact", &IMPACT).unwrap_or(Impact::Minor),
        draft: false,
        created_at: common.created_at,
        updated_at: common.updated_at,
        started_at: common.started_at.unwrap_or(common.created_at),
        stated_monitoring_at: common.monitoring_at,
        stated_resolved_at: common.resolved_at,
        closed_by_source_at: None,
        source_page: common.source_page,
        revision: 0,
        updates: common.updates,
    })
}
