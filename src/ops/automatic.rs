//! Incidents that rules open and resolve by themselves.
//!
//! A rule changes only what it has opened itself, and only as long as no person has done anything to it: whoever updates, edits or publishes
//! such an incident takes it over, and from then on people say when it is over. Shortly after its end, what fails again belongs to the same
//! incident.

use chrono::{DateTime, TimeDelta, Utc};

use crate::domain::{EventKind, Impact, Incident, IncidentStatus, Opens, Organization, PublicId, Service, ServiceStatus};
use crate::ops::Deed;
use crate::ops::incident::{add, affected, ended, put};
use crate::ops::message::Message;
use crate::ops::naming::{Catalogue, one_line};
use crate::ops::report::AutomaticReport;
use crate::store::{Claim, Scope, Write};

/// How long ago an incident may have begun by what a monitor says: a wrong date must not cost anybody months of uptime.
const LONGEST_AGO: TimeDelta = TimeDelta::days(1);

/// How long alerts and claims are remembered that nobody has heard of.
pub(super) const REMEMBERED: TimeDelta = TimeDelta::days(90);

/// A rule at work on one thing, within a write.
pub(super) struct Automat<'w> {
    /// Which rule, and on what.
    pub(super) key: String,
    pub(super) write: &'w Write<'w>,
    pub(super) catalogue: &'w Catalogue,
    /// Done by the rule, now.
    pub(super) deed: &'w Deed,
}

/// How things stand with what a rule has opened.
pub(super) enum Stand {
    /// Nothing of it is open; what was up to this moment belongs to what is over.
    Free(Option<DateTime<Utc>>),
    /// It is open, and nobody but the rule has touched it.
    Ours(Incident),
    /// It is open, and a person's.
    Theirs(PublicId),
    /// The rule has resolved it a short while ago.
    Ended(Incident),
    /// A person has ended or removed it a short while ago.
    Resting,
}

/// What to say of what is wrong.
pub(super) struct Trouble {
    pub(super) title: String,
    /// In Markdown.
    pub(super) body: String,
    pub(super) services: Vec<(Service, ServiceStatus)>,
    /// Since when.
    pub(super) since: DateTime<Utc>,
    pub(super) opens: Opens,
}

/// The services and their statuses as far back as a rule may begin an incident.
pub(super) fn catalogue(write: &Write<'_>, organization: &Organization, now: DateTime<Utc>) -> anyhow::Result<Catalogue> {
    Catalogue::read(write, organization, now - LONGEST_AGO)
}

impl Automat<'_> {
    /// How things stand; `cool_down` is how long a short while is.
    pub(super) fn stand(&self, cool_down: TimeDelta) -> anyhow::Result<Stand> {
        let Some(claim) = self.write.claim(&self.key)? else { return Ok(Stand::Free(None)) };
        let touched = self.write.newest_event_about(&claim.incident)?.filter(|(seq, _)| *seq > claim.event).map(|(_, at)| at);
        let recently = |at: DateTime<Utc>| self.deed.now - at < cool_down;
        Ok(match (self.write.find_incident(Scope::Everything, claim.incident.as_str())?, touched) {
            (Some(incident), None) if incident.is_open() => Stand::Ours(incident),
            (Some(incident), Some(_)) if incident.is_open() => Stand::Theirs(incident.id),
            (Some(incident), None) if recently(claim.at) => Stand::Ended(incident),
            (Some(incident), None) => Stand::Free(incident.ended_at().or(Some(claim.at))),
            (_, Some(at)) if recently(at) => Stand::Resting,
            (_, touched) => Stand::Free(touched.or(Some(claim.at))),
        })
    }

    /// Opens an incident.
    pub(super) fn open(&self, trouble: &Trouble) -> anyhow::Result<AutomaticReport> {
        let at = self.within_reason(trouble.since);
        let draft = trouble.opens != Opens::Incident;
        let worst = trouble.services.iter().map(|(_, status)| *status).max();
        let message = Message::from(trouble.body.as_str());
        let said = affected(self.catalogue, &trouble.services, at);
        let mut incident = Incident {
            number: 0,
            id: PublicId::random()?,
            title: one_line("title", &shortened(&trouble.title))?,
            impact: Impact::fitting(worst),
            draft,
            created_at: at,
            updated_at: self.deed.now,
            started_at: at,
            stated_monitoring_at: None,
            stated_resolved_at: None,
            closed_by_source_at: None,
            source_page: None,
            revision: 0,
            updates: vec![self.deed.update(IncidentStatus::Investigating, Some(&message), said, at)?],
        };
        let (kind, verb) = if draft { (EventKind::IncidentDrafted, "drafted") } else { (EventKind::IncidentOpened, "opened") };
        self.put(None, &mut incident, (kind, verb), at, "opened")
    }

    /// Says more of an open incident, or opens one again that is over.
    pub(super) fn say(&self, before: &Incident, trouble: &Trouble) -> anyhow::Result<AutomaticReport> {
        let mut incident = before.clone();
        let at = self.after(before, self.within_reason(trouble.since));
        let status = if before.is_open() { before.status() } else { IncidentStatus::Investigating };
        let said = affected(self.catalogue, &trouble.services, at);
        add(&mut incident, self.deed.update(status, Some(&Message::from(trouble.body.as_str())), said, at)?);
        incident.updated_at = self.deed.now;
        let worst = trouble.services.iter().map(|(_, status)| *status).max();
        incident.impact = incident.impact.max(Impact::fitting(worst));
        let done = if before.is_open() { "updated" } else { "reopened" };
        self.put(Some(before), &mut incident, (EventKind::IncidentUpdated, done), at, done)
    }

    /// Resolves an incident: its services are operational again.
    pub(super) fn resolve(&self, before: &Incident, body: &str, at: DateTime<Utc>) -> anyhow::Result<AutomaticReport> {
        let mut incident = before.clone();
        let at = self.after(before, at.min(self.deed.now));
        let said = ended(self.catalogue, &incident, None, at);
        add(&mut incident, self.deed.update(IncidentStatus::Resolved, Some(&Message::from(body)), said, at)?);
        incident.updated_at = self.deed.now;
        self.put(Some(before), &mut incident, (EventKind::IncidentResolved, "resolved"), at, "resolved")
    }

    fn put(
        &self,
        before: Option<&Incident>,
        incident: &mut Incident,
        (kind, verb): (EventKind, &str),
        at: DateTime<Utc>,
        done: &'static str,
    ) -> anyhow::Result<AutomaticReport> {
        put(self.write, before, incident, kind, verb, at)?;
        // Whoever does something to it later writes a later event.
        let claim = Claim { key: self.key.clone(), incident: incident.id.clone(), event: incident.revision, at: self.deed.now };
        self.write.put_claim(&claim)?;
        Ok(AutomaticReport {
            id: incident.id.clone(),
            number: incident.number,
            title: incident.title.clone(),
            status: incident.status(),
            draft: incident.draft,
            done,
        })
    }

    fn within_reason(&self, since: DateTime<Utc>) -> DateTime<Utc> {
        since.clamp(self.deed.now - LONGEST_AGO, self.deed.now)
    }

    /// No sooner than what was said last.
    fn after(&self, incident: &Incident, at: DateTime<Utc>) -> DateTime<Utc> {
        incident.newest().map_or(at, |newest| newest.display_at.max(at))
    }
}

/// What an incident last said of a service.
pub(super) fn last_said(incident: &Incident, service: &PublicId) -> Option<ServiceStatus> {
    let said = incident.updates.iter().rev().flat_map(|update| update.stated());
    said.into_iter().find(|(id, _)| *id == service).map(|(_, status)| status)
}

/// Whether visitors see any of these incidents.
pub(super) fn are_public(write: &Write<'_>, incidents: &[AutomaticReport]) -> anyhow::Result<bool> {
    for incident in incidents {
        if write.find_incident(Scope::Public, incident.id.as_str())?.is_some() {
            return Ok(true);
        }
    }
    Ok(false)
}

/// A moment as people of the organization read it.
pub(super) fn moment(at: DateTime<Utc>, organization: &Organization) -> String {
    at.with_timezone(&organization.time_zone).format("%-d %b %Y, %H:%M %Z").to_string()
}

/// Characters of a title that a machine wrote.
const LONGEST_TITLE: usize = 120;

/// A title short enough to be read.
fn shortened(title: &str) -> String {
    match title.char_indices().nth(LONGEST_TITLE) {
        Some((end, _)) => format!("{}…", title[..end].trim_end()),
        None => title.to_owned(),
    }
}
