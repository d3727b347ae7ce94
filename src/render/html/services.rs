//! Services as rows with a trace of 90 days, and as pages of their own.

use crate::domain::{Downtime, Percentage, ServiceStatus};
use crate::render::html::Shared;
use crate::render::html::shared::mark;
use crate::render::page::{BadDay, Link, Mark, Section, Service, Trace};
use crate::snapshot::{DayView, Entry, ServiceView};
use crate::theme::fill;

/// How many bad days of a service a list of services tells; the service's page tells all.
pub(super) const IN_A_LIST: usize = 10;

/// Up to so many bad days have a mark each; more share one per status, so that a page of many services stays light.
const MARKED_ONE_BY_ONE: usize = 20;

/// Days of a trace in a row.
const DAYS: usize = 90;

/// Whether pages list the service at this moment; its own page exists all the time, so that links to it never dangle.
pub(super) fn is_shown(view: &ServiceView) -> bool {
    !view.service.only_show_if_degraded || view.status != ServiceStatus::Operational
}

impl Shared {
    /// The list of services: each group a section, ungrouped services that follow each other one section.
    pub(super) fn sections(&self, entries: &[Entry]) -> Vec<Section> {
        let mut sections: Vec<Section> = Vec::new();
        for entry in entries {
            match entry {
                Entry::Group(view) => {
                    let services: Vec<Service> =
                        view.services.iter().filter(|service| is_shown(service)).map(|service| self.service(service, IN_A_LIST)).collect();
                    if !services.is_empty() {
                        sections.push(Section {
                            name: Some(view.group.name.clone()),
                            description: view.group.description.clone(),
                            status: self.service_status(view.status),
                            services,
                        });
                    }
                }
                Entry::Service(view) if is_shown(view) => match sections.last_mut().filter(|section| section.name.is_none()) {
                    Some(section) => section.services.push(self.service(view, IN_A_LIST)),
                    None => sections.push(Section {
                        name: None,
                        description: None,
                        status: self.service_status(view.status),
                        services: vec![self.service(view, IN_A_LIST)],
                    }),
                },
                Entry::Service(_) => {}
            }
        }
        sections
    }

    /// A service as a row, with its newest bad days, `most` of them.
    pub(super) fn service(&self, view: &ServiceView, most: usize) -> Service {
        let showcase = view.service.showcase;
        let bad_days = view.days.iter().rev().filter(|_| showcase).filter_map(|day| self.bad_day(day)).take(most).collect();
        Service {
            name: view.service.name.clone(),
            path: service_path(view.service.slug.as_str()),
            description: view.service.description.clone(),
            link: view.service.link.clone().filter(|link| link.starts_with("https://") || link.starts_with("http://")),
            status: self.service_status(view.status),
            uptime: view.uptime.days_90.filter(|_| showcase).map(|figure| self.percent(figure)),
            trace: showcase.then(|| self.trace(&view.days)),
            bad_days,
        }
    }

    /// A figure as people read it.
    pub(super) fn percent(&self, figure: Percentage) -> String {
        fill(&self.percent, |name| (name == "number").then(|| figure.to_string().replace('.', &self.decimal_mark).into()))
    }

    fn trace(&self, days: &[DayView]) -> Trace {
        let title = |place: usize, status| {
            days.get(place).map_or_else(String::new, |day| format!("{}: {}", self.date(day.date).text, self.summary(&day.lost, status)))
        };
        // Fewer days than 90 stand at the right end, where today is.
        let statuses: Vec<Option<ServiceStatus>> = days.iter().map(|day| day.worst).collect();
        self.drawn(&statuses, DAYS, DAYS.saturating_sub(days.len()), title)
    }

    /// Days as a drawing so wide, the first of them at `shift`; `title` says a bad one in words.
    pub(super) fn drawn(
        &self,
        days: &[Option<ServiceStatus>],
        width: usize,
        shift: usize,
        title: impl Fn(usize, ServiceStatus) -> String,
    ) -> Trace {
        let first_known = days.iter().position(Option::is_some).unwrap_or(days.len());
        let path = |index: usize, status| format!("M{}.5 {}", shift + index, stroke(status));
        let bad = |(index, worst): (usize, &Option<ServiceStatus>)| {
            worst.filter(|status| *status != ServiceStatus::Operational).map(|status| (index, status))
        };
        let bad_days: Vec<(usize, ServiceStatus)> = days.iter().enumerate().filter_map(bad).collect();
        let each = |(index, status): &(usize, ServiceStatus)| Mark {
            mark: mark(*status),
            path: path(*index, *status),
            title: title(*index, *status),
        };
        let together = |status: &ServiceStatus| {
            let path: String = bad_days.iter().filter(|(_, other)| other == status).map(|(index, _)| path(*index, *status)).collect();
            (!path.is_empty()).then(|| Mark { mark: mark(*status), path, title: self.service_status(*status).text })
        };
        let marks: Vec<Mark> = match bad_days.len() > MARKED_ONE_BY_ONE {
            true => ServiceStatus::ALL.iter().filter_map(together).collect(),
            false => bad_days.iter().map(each).collect(),
        };
        let (start, end) = (shift + first_known, shift + days.len());
        Trace {
            width,
            calm: (start < end).then(|| format!("M{start} 1H{end}")),
            before: (start > 0).then(|| format!("M0 1H{start}")),
            marks,
        }
    }

    fn bad_day(&self, day: &DayView) -> Option<BadDay> {
        let status = day.worst.filter(|status| *status != ServiceStatus::Operational)?;
        let incidents = day.incidents.iter();
        Some(BadDay {
            day: self.date(day.date),
            status: self.service_status(status),
            summary: self.summary(&day.lost, status),
            incidents: incidents.map(|link| Link { path: incident_path(link.id.as_str()), text: link.title.clone() }).collect(),
        })
    }

    /// `Major outage 34 min, degraded performance 2 h`: worst first; the bare status where it lasted no time.
    fn summary(&self, lost: &Downtime, worst: ServiceStatus) -> String {
        let lasting =
            ServiceStatus::ALL.iter().rev().map(|status| (*status, lost.lasted_ms(*status) / 1000)).filter(|(_, seconds)| *seconds > 0);
        let said: Vec<String> =
            lasting.map(|(status, seconds)| format!("{} {}", self.service_status(status).text, self.units.duration(seconds))).collect();
        if said.is_empty() { self.service_status(worst).text } else { said.join(", ") }
    }
}

/// Path of a service's page.
pub(super) fn service_path(slug: &str) -> String {
    format!("services/{slug}/")
}

/// Path of an incident's page.
pub(super) fn incident_path(id: &str) -> String {
    format!("incidents/{id}/")
}

/// The end of a mark's path: its height says how bad the day was.
const fn stroke(status: ServiceStatus) -> &'static str {
    match status {
        ServiceStatus::MajorOutage => "0v2",
        ServiceStatus::PartialOutage => ".22v1.56",
        ServiceStatus::DegradedPerformance => ".45v1.1",
        ServiceStatus::UnderMaintenance => ".6v.8",
        ServiceStatus::Operational => ".75v.5",
    }
}
