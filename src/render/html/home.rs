//! The first page: the verdict and everything below it.

use chrono::TimeDelta;

use crate::domain::ServiceStatus;
use crate::render::html::Shared;
use crate::render::html::head::Head;
use crate::render::html::incidents::Depth;
use crate::render::page::{Date, Home, Incident, Maintenance};
use crate::snapshot::{Entry, ServiceView, Snapshot, Verdict, VerdictKind};
use crate::theme::Theme;

/// Incidents on the first page: as many that are over as there is room for beside those that are open, but not too few.
const INCIDENTS: usize = 10;
const LEAST_PAST: usize = 5;

impl Shared {
    /// The first page of `snapshot`.
    pub(super) fn home(&self, theme: &Theme, snapshot: &Snapshot) -> Home {
        let verdict = sentence(theme, snapshot);
        let mut status = self.service_status(snapshot.verdict.status);
        if snapshot.verdict.kind == VerdictKind::Empty {
            // Nothing is known to work.
            status.mark = "no";
        }
        let counts = counts(theme, &snapshot.verdict);
        let since = services(&snapshot.entries)
            .filter(|view| view.status == snapshot.verdict.status && view.status != ServiceStatus::Operational)
            .filter_map(|view| view.since)
            .min();
        let name = &self.organization.name;
        let description =
            theme.phrase("home_description", &[("verdict", &verdict), ("counts", counts.as_deref().unwrap_or("")), ("name", name)]);
        let page = self.page(Head {
            kind: "home",
            path: "",
            title: theme.phrase("home_title", &[("verdict", &verdict), ("name", name)]),
            description: description.split_whitespace().collect::<Vec<_>>().join(" "),
            mark: status.mark,
            state: &verdict,
        });
        let (first_day, last_day) = self.day_range(services(&snapshot.entries).next());
        Home {
            page,
            status,
            verdict,
            counts,
            since: since.map(|moment| self.instant(moment)),
            updated: self.instant(snapshot.updated_at),
            valid_until: self.instant(snapshot.valid_until),
            open_incidents: snapshot.open_incidents.iter().map(|view| self.incident(view, Depth::Updates)).collect(),
            active_maintenances: self.active_maintenances(snapshot),
            planned_maintenances: self.planned_maintenances(snapshot),
            sections: self.sections(&snapshot.entries),
            first_day,
            last_day,
            past_incidents: self.past_incidents(snapshot),
        }
    }

    /// The newest incidents that are over. While something is open they are told in a line each: whoever comes then wants to know of that,
    /// and perhaps comes over a bad connection.
    fn past_incidents(&self, snapshot: &Snapshot) -> Vec<Incident> {
        let open = snapshot.open_incidents.len();
        let over = snapshot.incidents.iter().filter(|view| !view.is_open());
        let mut past: Vec<Incident> =
            over.take(INCIDENTS.saturating_sub(open).max(LEAST_PAST)).map(|view| self.incident(view, Depth::Summary)).collect();
        if open > 0 {
            past.iter_mut().for_each(|incident| incident.summary.clear());
        }
        past
    }

    /// First and last of the days that a service's trace shows.
    pub(super) fn day_range(&self, view: Option<&ServiceView>) -> (Option<Date>, Option<Date>) {
        let days = view.map_or(&[][..], |view| &view.days);
        (days.first().map(|day| self.date(day.date)), days.last().map(|day| self.date(day.date)))
    }

    fn active_maintenances(&self, snapshot: &Snapshot) -> Vec<Maintenance> {
        let active = snapshot.maintenances.iter().filter(|view| view.status.is_active());
        active.map(|view| self.maintenance(view, Depth::Updates)).collect()
    }

    fn planned_maintenances(&self, snapshot: &Snapshot) -> Vec<Maintenance> {
        let soon = snapshot.at + TimeDelta::days(14);
        let planned = snapshot.maintenances.iter().filter(|view| !view.status.is_over() && !view.status.is_active() && !view.is_ahead());
        let shown = planned.enumerate().take_while(|(index, view)| *index < 3 || view.maintenance.scheduled_for <= soon);
        shown.map(|(_, view)| self.maintenance(view, Depth::Summary)).collect()
    }
}

/// All listed services in page order.
pub(super) fn services(entries: &[Entry]) -> impl Iterator<Item = &ServiceView> {
    entries.iter().flat_map(|entry| match entry {
        Entry::Group(view) => view.services.as_slice(),
        Entry::Service(view) => std::slice::from_ref(view),
    })
}

/// The verdict as a sentence that names the worst services.
fn sentence(theme: &Theme, snapshot: &Snapshot) -> String {
    let verdict = &snapshot.verdict;
    match verdict.kind {
        VerdictKind::AllOperational => theme.word("all_operational").to_owned(),
        VerdictKind::Empty => theme.word("no_services").to_owned(),
        VerdictKind::OpenIncident => match snapshot.open_incidents.as_slice() {
            [only] => theme.phrase("open_incident", &[("title", &only.incident.title)]),
            several => theme.plural("open_incidents", several.len(), &[]),
        },
        VerdictKind::All if verdict.total > 1 => theme.word(&format!("all_{}", verdict.status)).to_owned(),
        VerdictKind::All | VerdictKind::Some => {
            theme.phrase(&format!("some_{}", verdict.status), &[("services", &names(theme, &verdict.worst))])
        }
    }
}

/// `A`, `A and B`, `A, B and C`, or `A and 4 other services`.
fn names(theme: &Theme, names: &[String]) -> String {
    match names {
        [] => String::new(),
        [only] => only.clone(),
        [first, second] => theme.phrase("two_names", &[("first", first), ("second", second)]),
        [first, second, third] => theme.phrase("three_names", &[("first", first), ("second", second), ("third", third)]),
        [first, others @ ..] => theme.plural("many_names", others.len(), &[("first", first)]),
    }
}

/// `2 of 20 services are affected; the other 18 are operational.`
fn counts(theme: &Theme, verdict: &Verdict) -> Option<String> {
    let (affected, total) = (verdict.affected, verdict.total);
    if affected == 0 || total < 2 {
        return None;
    }
    let others = total.saturating_sub(affected);
    if others == 0 {
        return None;
    }
    let total = total.to_string();
    let affected = theme.plural("affected", affected, &[("total", &total)]);
    Some(theme.phrase("counts", &[("affected", &affected), ("others", &theme.plural("others", others, &[]))]))
}
