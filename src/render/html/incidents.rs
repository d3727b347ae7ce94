//! Incidents and maintenances as pages and lists show them.

use crate::domain::{Affected, MaintenanceStatus, PublicId, Rhythm, ServiceStatus};
use crate::render::html::Shared;
use crate::render::html::services::{incident_path, service_path};
use crate::render::html::shared::MARKS;
use crate::render::markdown;
use crate::render::page::{Change, Incident, Maintenance, MaintenanceDate, Named, NextUpdate, Update, Word};
use crate::render::wire::{incident_bodies, maintenance_bodies};
use crate::snapshot::{DateLink, IncidentView, MaintenanceView, NamedService, SeriesView};

/// Characters of a summary in lists.
const SUMMARY: usize = 280;

/// How much is shown of what was said.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Depth {
    /// The newest update as a line of text.
    Summary,
    /// Every update.
    Updates,
}

impl Shared {
    /// An incident.
    pub(super) fn incident(&self, view: &IncidentView, depth: Depth) -> Incident {
        let incident = &view.incident;
        let lasted = view.resolved_at.map(|resolved| (resolved - incident.started_at).num_seconds()).filter(|seconds| *seconds >= 0);
        let status = |update: &crate::domain::Update<_>| self.incident_status(update.status, incident.impact);
        Incident {
            title: incident.title.clone(),
            path: incident_path(incident.id.as_str()),
            impact: self.impact(incident.impact),
            status: self.incident_status(view.status, incident.impact),
            open: view.is_open(),
            started: self.instant(incident.started_at),
            day: self.day_of(incident.started_at),
            resolved: view.resolved_at.map(|resolved| self.instant(resolved)),
            duration: lasted.map(|seconds| self.units.duration(seconds)),
            next_update: incident
                .next_update_at()
                .filter(|_| depth == Depth::Updates)
                .map(|promised| NextUpdate { at: self.instant(promised), overdue: view.overdue }),
            services: self.named(&view.services),
            summary: incident.newest().map_or_else(String::new, |update| self.summary_of(update)),
            updates: match depth {
                Depth::Summary => Vec::new(),
                Depth::Updates => self.updates(&incident.updates, incident_bodies(view, self.images), status),
            },
        }
    }

    /// A maintenance.
    pub(super) fn maintenance(&self, view: &MaintenanceView, depth: Depth) -> Maintenance {
        let maintenance = &view.maintenance;
        Maintenance {
            title: maintenance.title.clone(),
            path: maintenance_path(&maintenance.id),
            status: self.maintenance_status(view.status),
            cancelled: view.status == MaintenanceStatus::Cancelled,
            from: self.instant(maintenance.scheduled_for),
            until: self.instant(maintenance.scheduled_until),
            begins_by_clock: view.status.is_active() || (view.status == MaintenanceStatus::Scheduled && maintenance.auto_start),
            ends_by_clock: maintenance.auto_finish,
            day: self.day_of(maintenance.scheduled_for),
            duration: self.units.duration((maintenance.scheduled_until - maintenance.scheduled_for).num_seconds()),
            began: view.began_at.map(|moment| self.instant(moment)),
            completed: view.completed_at.map(|moment| self.instant(moment)),
            services: self.named(&view.services),
            repeats: view.date.as_ref().map(|date| self.repeats(date.rhythm)),
            series: view.date.as_ref().map(|date| maintenance_path(&date.series)),
            dates: Vec::new(),
            summary: maintenance.newest().map_or_else(String::new, |update| self.summary_of(update)),
            updates: match depth {
                Depth::Summary => Vec::new(),
                Depth::Updates => self
                    .updates(&maintenance.updates, maintenance_bodies(view, self.images), |update| self.maintenance_status(update.status)),
            },
        }
    }

    /// A series with its dates to come.
    pub(super) fn series(&self, series: &SeriesView) -> Maintenance {
        let date = |date: &DateLink| MaintenanceDate {
            path: maintenance_path(&date.id),
            status: self.maintenance_status(date.status),
            from: self.instant(date.scheduled_for),
            until: self.instant(date.scheduled_until),
            duration: self.units.duration((date.scheduled_until - date.scheduled_for).num_seconds()),
        };
        Maintenance {
            // No clock moves a series on.
            begins_by_clock: false,
            ends_by_clock: false,
            repeats: Some(self.repeats(series.rhythm)),
            dates: series.dates.iter().map(date).collect(),
            ..self.maintenance(&series.view, Depth::Updates)
        }
    }

    fn repeats(&self, rhythm: Rhythm) -> String {
        self.rhythms.get(rhythm.as_str()).cloned().unwrap_or_default()
    }

    fn named(&self, services: &[NamedService]) -> Vec<Named> {
        let named = services.iter().map(|service| Named {
            name: service.name.clone(),
            path: service.slug.as_ref().map(|slug| service_path(slug.as_str())),
            status: service.last_said.map(|status| self.service_status(status)),
        });
        named.collect()
    }

    /// Updates newest first; each keeps its number in the order in which they were said.
    fn updates<S>(
        &self,
        updates: &[crate::domain::Update<S>],
        bodies: &[String],
        status: impl Fn(&crate::domain::Update<S>) -> Word,
    ) -> Vec<Update> {
        let numbered = updates.iter().zip(bodies).enumerate().rev().map(|(index, (update, body))| Update {
            anchor: format!("u{}", index + 1),
            status: status(update),
            at: self.instant(update.display_at),
            html: self.translation(update).map_or_else(|| body.clone(), |text| markdown::to_html(text, self.images).trim().to_owned()),
            language: self.tree.other().filter(|_| self.translation(update).is_none()).map(|_| self.organization.language.clone()),
            changes: update.affected.iter().flatten().filter_map(|affected| self.change(affected)).collect(),
        });
        numbered.collect()
    }

    /// What an update says in the language of these pages, where somebody wrote it for them; the pages at the root have what was said.
    fn translation<'u, S>(&self, update: &'u crate::domain::Update<S>) -> Option<&'u str> {
        self.tree.other().and_then(|language| update.translation(language))
    }

    fn summary_of<S>(&self, update: &crate::domain::Update<S>) -> String {
        summary(self.translation(update).unwrap_or(&update.body))
    }

    /// What an update changes for a service; `None` where it only repeats the status.
    fn change(&self, affected: &Affected) -> Option<Change> {
        affected.service.as_ref()?;
        let new = affected.new_status.filter(|new| affected.old_status != Some(*new))?;
        let word = |status: ServiceStatus| self.service_status(status);
        Some(Change { name: affected.name.clone(), old: affected.old_status.map(word), new: word(new) })
    }
}

fn maintenance_path(id: &PublicId) -> String {
    format!("maintenance/{id}/")
}

/// The marks of every word of incidents and maintenances, each once and in the order of [`MARKS`].
pub(super) fn marks_of(incidents: &[Incident], maintenances: &[Maintenance]) -> Vec<&'static str> {
    let of_updates = |updates: &'_ [Update]| {
        let changes = updates.iter().flat_map(|update| &update.changes).flat_map(|change| change.old.iter().chain([&change.new]));
        updates.iter().map(|update| &update.status).chain(changes).map(|word| word.mark).collect::<Vec<_>>()
    };
    let of_services = |services: &'_ [Named]| services.iter().filter_map(|named| Some(named.status.as_ref()?.mark)).collect::<Vec<_>>();
    let mut found: Vec<&str> = Vec::new();
    for incident in incidents {
        found.extend([incident.impact.mark, incident.status.mark]);
        found.extend(of_updates(&incident.updates).into_iter().chain(of_services(&incident.services)));
    }
    for maintenance in maintenances {
        found.push(maintenance.status.mark);
        found.extend(maintenance.dates.iter().map(|date| date.status.mark));
        found.extend(of_updates(&maintenance.updates).into_iter().chain(of_services(&maintenance.services)));
    }
    MARKS.into_iter().filter(|mark| found.contains(mark)).collect()
}

/// The beginning of what was said as one line of plain text, cut at a word.
fn summary(body: &str) -> String {
    // Far more than a summary needs, so that a giant body costs nothing here.
    let start: String = body.chars().take(SUMMARY * 4).collect();
    shorten(&markdown::to_text(&start), SUMMARY)
}

/// `text` as one line of at most `limit` characters and an ellipsis, cut at a word where there is one.
pub(super) fn shorten(text: &str, limit: usize) -> String {
    let mut short = String::new();
    let mut length = 0;
    for word in text.split_whitespace() {
        let word_length = word.chars().count();
        if length + word_length > limit {
            short.extend(short.is_empty().then(|| word.chars().take(limit).collect::<String>()));
            short.push('…');
            return short;
        }
        if !short.is_empty() {
            short.push(' ');
        }
        short.push_str(word);
        length += word_length + 1;
    }
    short
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_summary_is_one_line_cut_at_a_word() {
        assert_eq!(shorten("  It is\n\nfixed. ", SUMMARY), "It is fixed.");
        assert_eq!(shorten("", 9), "");
        let long = shorten(&"word ".repeat(100), SUMMARY);
        assert!(long.ends_with("word…") && long.chars().count() <= SUMMARY + 1, "{long}");
        assert_eq!(shorten(&"x".repeat(9000), SUMMARY).chars().count(), SUMMARY + 1);
    }
}
