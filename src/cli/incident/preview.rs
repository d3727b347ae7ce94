//! What is about to be written about an incident, shown before it is.

use chrono_tz::Tz;

use crate::cli::ask;
use crate::cli::desk::Desk;
use crate::cli::table::Table;
use crate::domain::{Impact, IncidentStatus};
use crate::error::UserError;
use crate::ops::Org;
use crate::ops::incident::{NamedStatus, OpenIncident, UpdateIncident};
use crate::ops::report::IncidentReport;

/// Shows an incident that is to be opened.
pub(super) fn opened(org: &Org, options: &OpenIncident, zone: Tz) -> Result<(), UserError> {
    let mut facts = Table::facts();
    facts.fact("title", Some(options.title.as_str()));
    facts.fact("status", Some(options.status.unwrap_or(IncidentStatus::Investigating)));
    let worst = options.services.iter().map(|named| named.status.unwrap_or_else(|| Impact::fitting_status(options.impact))).max();
    facts.fact("impact", Some(options.impact.unwrap_or_else(|| Impact::fitting(worst))));
    facts.fact("draft", options.draft.then_some("visitors do not see it yet"));
    facts.fact("services", services(&options.services));
    facts.fact("next update by", options.next_update);
    facts.fact("message", Some(options.message.as_ref().map_or("", |message| message.text())));
    let question = if options.draft { "Write it down?" } else { "Open it?" };
    ask::preview(&facts, zone, &format!("{question} ({})", org.settings.name))
}

/// Shows what is to be said of an incident.
pub(super) fn update(desk: &Desk, incident: &IncidentReport, options: &UpdateIncident, zone: Tz) -> Result<(), UserError> {
    if !desk.asks_for_more() {
        return Ok(());
    }
    let mut facts = Table::facts();
    facts.fact("incident", Some(format!("{} ({})", incident.number, incident.title)));
    facts.fact("status", Some(options.status.unwrap_or(incident.status)));
    facts.fact("impact", options.impact);
    facts.fact("services", services(&options.services));
    facts.fact("next update by", options.next_update);
    facts.fact("message", Some(options.message.as_ref().map_or("", |message| message.text())));
    ask::preview(&facts, zone, "Write it?")
}

/// Services as a command names them.
fn services(named: &[NamedStatus]) -> Option<String> {
    let words = named.iter().map(|named| match named.status {
        Some(status) => format!("{}={status}", named.service),
        None => named.service.clone(),
    });
    (!named.is_empty()).then(|| words.collect::<Vec<_>>().join(", "))
}
