//! Incidents and maintenances of another page: what it tells now replaces what it told before, and what a person wrote stays.

use chrono::{DateTime, Utc};

use super::{Merge, count};
use crate::domain::{EventKind, Incident, Maintenance, Origin, Subject, Update};
use crate::ops::report::Counted;
use crate::store::{NewEvent, Scope};

impl Merge<'_> {
    /// `newer`: when its page has stated the present since, without this incident where it is not known.
    pub(super) fn incident(&mut self, source: Incident, moment: DateTime<Utc>, newer: Option<DateTime<Utc>>) -> anyhow::Result<()> {
        let known = self.write.find_incident(Scope::Everything, source.id.as_str())?.filter(|known| known.id == source.id);
        let Some(known) = known else {
            self.report.updates.added += source.updates.len();
            self.report.incidents.added += 1;
            let closed_by_source_at = newer.filter(|_| source.is_open());
            self.report.closed_by_source += usize::from(closed_by_source_at.is_some());
            return self.put_incident(Incident { closed_by_source_at, ..source });
        };
        if !self.is_working_copy && source.updated_at < newest_imported(&known.updates, known.updated_at) {
            self.report.incidents.unchanged += 1;
            self.report.updates.unchanged += source.updates.len();
            return Ok(());
        }
        let listed_again = known.closed_by_source_at.is_none_or(|closed| closed < moment) || !source.is_open();
        let by_person = known.updates.iter().any(|update| update.origin == Origin::Person);
        let merged = Incident {
            number: known.number,
            draft: known.draft,
            revision: known.revision,
            closed_by_source_at: known.closed_by_source_at.filter(|_| !listed_again),
            updated_at: if by_person { known.updated_at.max(source.updated_at) } else { source.updated_at },
            updates: merge_updates(&known.updates, source.updates, &mut self.report.updates),
            ..source
        };
        if !count(&mut self.report.incidents, Some(&known), &merged) {
            return Ok(());
        }
        self.put_incident(merged)
    }

    pub(super) fn put_incident(&self, mut incident: Incident) -> anyhow::Result<()> {
        incident.revision = self.write.record(NewEvent {
            kind: EventKind::IncidentImported,
            subject: Subject::Incident(incident.id.clone()),
            status: Some(incident.status().to_string()),
            effective_at: incident.updated_at.min(self.deed.now),
            sentence: format!("imported incident {}", incident.title),
        })?;
        Ok(self.write.put_incident(&mut incident)?)
    }

    /// `newer`: as for an incident.
    pub(super) fn maintenance(&mut self, source: Maintenance, moment: DateTime<Utc>, newer: Option<DateTime<Utc>>) -> anyhow::Result<()> {
        let known = self.write.find_maintenance(Scope::Everything, source.id.as_str())?.filter(|known| known.id == source.id);
        let Some(known) = known else {
            self.report.updates.added += source.updates.len();
            self.report.maintenances.added += 1;
            let unlisted = newer.filter(|_| !source.status_at(moment).is_over());
            self.report.closed_by_source += usize::from(unlisted.is_some());
            let closed_by_source_at = unlisted.or(source.closed_by_source_at);
            return self.put_maintenance(Maintenance { closed_by_source_at, ..source }, moment);
        };
        if !self.is_working_copy && source.updated_at < newest_imported(&known.updates, known.updated_at) {
            self.report.maintenances.unchanged += 1;
            self.report.updates.unchanged += source.updates.len();
            return Ok(());
        }
        let listed_again = known.closed_by_source_at.is_none_or(|closed| closed < moment) || source.status_at(moment).is_over();
        let by_person = known.updates.iter().any(|update| update.origin == Origin::Person);
        let merged = Maintenance {
            number: known.number,
            revision: known.revision,
            closed_by_source_at: source.closed_by_source_at.or(known.closed_by_source_at.filter(|_| !listed_again)),
            updated_at: if by_person { known.updated_at.max(source.updated_at) } else { source.updated_at },
            updates: merge_updates(&known.updates, source.updates, &mut self.report.updates),
            ..source
        };
        if !count(&mut self.report.maintenances, Some(&known), &merged) {
            return Ok(());
        }
        self.put_maintenance(merged, moment)
    }

    pub(super) fn put_maintenance(&self, mut maintenance: Maintenance, moment: DateTime<Utc>) -> anyhow::Result<()> {
        maintenance.revision = self.write.record(NewEvent {
            kind: EventKind::MaintenanceImported,
            subject: Subject::Maintenance(maintenance.id.clone()),
            status: Some(maintenance.status_at(moment).to_string()),
            effective_at: maintenance.updated_at.min(self.deed.now),
            sentence: format!("imported maintenance {}", maintenance.title),
        })?;
        Ok(self.write.put_maintenance(&mut maintenance)?)
    }
}

/// How new what is known of the source is: what a person wrote later does not make it newer.
fn newest_imported<S>(updates: &[Update<S>], updated_at: DateTime<Utc>) -> DateTime<Utc> {
    if updates.iter().all(|update| update.origin == Origin::Import) {
        return updated_at;
    }
    let imported = updates.iter().filter(|update| update.origin == Origin::Import);
    imported.map(|update| update.updated_at).max().unwrap_or(DateTime::<Utc>::MIN_UTC)
}

/// The source's updates with the rows they have already, and what persons added.
fn merge_updates<S: Clone + PartialEq>(known: &[Update<S>], source: Vec<Update<S>>, counted: &mut Counted) -> Vec<Update<S>> {
    let mut merged: Vec<Update<S>> = Vec::with_capacity(source.len());
    for mut update in source {
        let before = known.iter().find(|other| other.id == update.id);
        update.number = before.map_or(0, |before| before.number);
        // A source has no translations: those that persons gave stand as long as what they translate.
        if let Some(before) = before.filter(|before| before.body == update.body) {
            update.translations.clone_from(&before.translations);
        }
        // Nor does it promise anything: what a person has promised stands.
        update.next_update_at = before.and_then(|before| before.next_update_at);
        count(counted, before, &update);
        merged.push(update);
    }
    merged.extend(known.iter().filter(|update| update.origin == Origin::Person).cloned());
    merged.sort_by_key(|update| (update.display_at, if update.number == 0 { i64::MAX } else { update.number }));
    merged
}
