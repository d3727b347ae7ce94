//! Pages: plain, semantic HTML that is whole without scripts, under any path, and asks no other host for anything.
//!
//! Pages of incidents, maintenances and months depend only on the organization's settings, the theme and what they show, never on the
//! state of the moment, so that old ones stay untouched.

mod head;
mod history;
mod home;
mod incidents;
mod language;
mod latency;
mod logo;
mod moments;
#[cfg(test)]
mod sample;
mod services;
mod shared;
#[cfg(test)]
mod tests;
mod uptime;

use chrono::{DateTime, Utc};
use tera::Value;

pub use history::{history, history_pages, history_path, month, month_page};
pub use language::{Tree, trees};
pub use logo::logo_files;
pub use shared::Shared;
pub use uptime::uptime_page;

use crate::error::UserError;
use crate::render::page::{Home, Maintenance, Page, ServicePage, UptimePage};
use crate::snapshot::year::TwelveMonths;
use crate::snapshot::{IncidentView, MaintenanceView, SeriesView, ServiceView, Snapshot};
use crate::theme::Theme;
use head::Head;
use incidents::{Depth, marks_of};
use services::service_path;
use shared::{mark, value};
use uptime::uptime_rule;

/// A month and how many incidents began in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MonthSummary {
    /// `2026-11`.
    pub month: String,
    /// How many incidents began in it.
    pub incidents: usize,
}

/// A page of a month: a month of many incidents has several.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MonthPart<'a> {
    /// `2026-11`.
    pub month: &'a str,
    /// Which of its earlier pages, from 1, oldest first; `None` is the page of its newest incidents.
    pub part: Option<usize>,
}

/// What a month's page shows.
#[derive(Clone, Copy, Debug)]
pub struct MonthView<'a> {
    /// Which page it is.
    pub place: MonthPart<'a>,
    /// The page that tells of what was before.
    pub previous: Option<MonthPart<'a>>,
    /// The page that tells of what came after.
    pub next: Option<MonthPart<'a>>,
    /// Its incidents, newest start first.
    pub incidents: &'a [&'a IncidentView],
    /// Its maintenances.
    pub maintenances: &'a [&'a MaintenanceView],
}

/// What `index.html` shows of `snapshot`; without the moment of the build, so that its digest changes only with what visitors read.
pub fn home_page(theme: &Theme, shared: &Shared, snapshot: &Snapshot) -> Home {
    shared.home(theme, snapshot)
}

/// `index.html`.
///
/// # Errors
/// Bad input where a template of the theme fails; so for every function below.
pub fn home(theme: &Theme, shared: &Shared, home: &Home, built_at: DateTime<Utc>) -> Result<String, UserError> {
    let own = value(&HomeAndBuild { home, built: shared.instant(built_at) })?;
    shared.render(theme, "index.html", &home.page, Some(("home", own)))
}

/// `embed.html`: the verdict alone, for a frame in other pages.
///
/// # Errors
/// Bad input where a template of the theme fails.
pub fn embed(theme: &Theme, shared: &Shared, home: &Home) -> Result<String, UserError> {
    let page = Page { policy: shared.embed_policy(), marks: vec![home.status.mark], ..home.page.clone() };
    shared.render(theme, "embed.html", &page, Some(("home", value(home)?)))
}

/// The first page with the moment at which it was made.
#[derive(serde::Serialize)]
struct HomeAndBuild<'a> {
    #[serde(flatten)]
    home: &'a Home,
    built: crate::render::page::Instant,
}

/// `incidents/ID/index.html`.
///
/// # Errors
/// Bad input where a template of the theme fails.
pub fn incident(theme: &Theme, shared: &Shared, view: &IncidentView) -> Result<String, UserError> {
    let incident = shared.incident(view, Depth::Updates);
    let title = theme
        .phrase("incident_title", &[("status", &incident.status.text), ("title", &incident.title), ("name", &shared.organization.name)]);
    let mut page = shared.page(Head {
        kind: "incident",
        path: &incident.path,
        title,
        description: described(&incident.summary, &incident.title),
        mark: incident.status.mark,
        state: &incident.status.text,
    });
    page.marks = marks_of(std::slice::from_ref(&incident), &[]);
    shared.render(theme, "incident.html", &page, Some(("incident", value(&incident)?)))
}

/// `maintenance/ID/index.html`.
///
/// # Errors
/// Bad input where a template of the theme fails.
pub fn maintenance(theme: &Theme, shared: &Shared, view: &MaintenanceView) -> Result<String, UserError> {
    maintenance_page(theme, shared, &shared.maintenance(view, Depth::Updates))
}

/// `maintenance/ID/index.html` of a series: when it takes place next.
///
/// # Errors
/// Bad input where a template of the theme fails.
pub fn series(theme: &Theme, shared: &Shared, series: &SeriesView) -> Result<String, UserError> {
    maintenance_page(theme, shared, &shared.series(series))
}

fn maintenance_page(theme: &Theme, shared: &Shared, maintenance: &Maintenance) -> Result<String, UserError> {
    let title = theme.phrase(
        "maintenance_title",
        &[("status", &maintenance.status.text), ("title", &maintenance.title), ("name", &shared.organization.name)],
    );
    let mut page = shared.page(Head {
        kind: "maintenance",
        path: &maintenance.path,
        title,
        description: described(&maintenance.summary, &maintenance.title),
        mark: maintenance.status.mark,
        state: &maintenance.status.text,
    });
    page.marks = marks_of(&[], std::slice::from_ref(maintenance));
    shared.render(theme, "maintenance.html", &page, Some(("maintenance", value(maintenance)?)))
}

/// What the page of a service is made from.
#[derive(Clone, Copy, Debug)]
pub struct ServicePageView<'a> {
    /// The service.
    pub view: &'a ServiceView,
    /// The incidents that name it, newest start first.
    pub incidents: &'a [&'a IncidentView],
    /// Twelve months of all services.
    pub year: &'a TwelveMonths,
    /// Names of the months that have a page in the history.
    pub history: &'a [&'a str],
    /// The moment of the snapshot.
    pub at: DateTime<Utc>,
}

/// What `services/SLUG/index.html` shows.
pub fn service_page(theme: &Theme, shared: &Shared, told: ServicePageView<'_>) -> ServicePage {
    let ServicePageView { view, incidents, year, history, at } = told;
    let service = shared.service(view, usize::MAX);
    let values =
        [("status", service.status.text.as_str()), ("service", service.name.as_str()), ("name", shared.organization.name.as_str())];
    let path = service_path(view.service.slug.as_str());
    let mut page = shared.page(Head {
        kind: "service",
        path: &path,
        title: theme.phrase("service_title", &values),
        description: view.service.description.clone().unwrap_or_else(|| theme.phrase("service_description", &values)),
        mark: mark(view.status),
        state: &service.status.text,
    });
    page.feed = Some(format!("{path}history.atom"));
    page.calendar = Some(format!("{path}maintenance.ics"));
    let (first_day, last_day) = shared.day_range(Some(view).filter(|_| service.trace.is_some()));
    ServicePage {
        page,
        group: view.group_name.clone(),
        since: view.since.map(|moment| shared.instant(moment)),
        figures: shared.figures(theme, view, year.service(&view.service.id)),
        months: shared.months_of_service(view, year, |name| history.contains(&name)),
        rule: uptime_rule(theme, shared),
        latency: shared.latency(theme, view, at),
        first_day,
        last_day,
        incidents: incidents.iter().map(|incident| shared.incident(incident, Depth::Summary)).collect(),
        service,
    }
}

/// `services/SLUG/index.html`.
///
/// # Errors
/// Bad input where a template of the theme fails.
pub fn service(theme: &Theme, shared: &Shared, service: &ServicePage) -> Result<String, UserError> {
    shared.render(theme, "service.html", &service.page, Some(("service", value(service)?)))
}

/// `uptime/index.html`.
///
/// # Errors
/// Bad input where a template of the theme fails.
pub fn uptime(theme: &Theme, shared: &Shared, uptime: &UptimePage) -> Result<String, UserError> {
    shared.render(theme, "uptime.html", &uptime.page, Some(("uptime", value(uptime)?)))
}

/// `404.html`. Hosts serve it at any depth, so its links start at the host's root.
///
/// # Errors
/// Bad input where a template of the theme fails.
pub fn not_found(theme: &Theme, shared: &Shared) -> Result<String, UserError> {
    let name = &shared.organization.name;
    let mut page: Page = shared.page(Head {
        kind: "not_found",
        path: "",
        title: theme.phrase("not_found_title", &[("name", name)]),
        description: theme.word("not_found_text").to_owned(),
        mark: "no",
        state: "",
    });
    let host = shared.root_on_host();
    page.languages = shared.tree.languages_of_page(|folder| (format!("{host}{folder}"), None));
    (page.root, page.files) = (format!("{host}{}", shared.tree.folder), host);
    page.canonical = None;
    shared.render(theme, "404.html", &page, None::<(&'static str, Value)>)
}

impl MonthPart<'_> {
    /// Where the page is, relative to the site's address.
    pub fn path(self) -> String {
        let month = self.month;
        self.part.map_or_else(|| format!("history/{month}/"), |part| format!("history/{month}/{part}/"))
    }
}

/// The summary, or the title where nothing was said.
fn described(summary: &str, title: &str) -> String {
    if summary.is_empty() { title.to_owned() } else { summary.to_owned() }
}
