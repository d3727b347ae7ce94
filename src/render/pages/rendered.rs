//! The bytes of a site's files.

use std::borrow::Cow;
use std::collections::HashSet;

use super::{Kind, Loaded, Month, Page, Site, Tongue};
use crate::domain::PublicId;
use crate::error::UserError;
use crate::render::html::{self, MonthPart, MonthView};
use crate::render::{calendar, feeds, native, sitemap, statuspage};
use crate::site::Generation;
use crate::snapshot::IncidentView;

impl Site<'_> {
    /// The bytes of a page; `loaded` holds at least what its batch asks for.
    ///
    /// # Errors
    /// Bad input where a template of the theme fails.
    pub fn render<'p>(&self, page: &'p Page, loaded: &Loaded<'_>) -> Result<Cow<'p, [u8]>, UserError> {
        let (snapshot, tongue) = (self.snapshot, self.tongue_of(page));
        let (theme, shared) = (tongue.theme, &tongue.shared);
        let text = match &page.kind {
            Kind::Ready(bytes) => return Ok(Cow::Borrowed(bytes)),
            Kind::Home => html::home(theme, shared, &tongue.home, self.built_at)?,
            Kind::History(place) => match tongue.histories.get(*place) {
                Some(history) => html::history(theme, shared, history)?,
                None => String::new(),
            },
            Kind::NotFound => html::not_found(theme, shared)?,
            Kind::Embed => html::embed(theme, shared, &tongue.home)?,
            Kind::Uptime => html::uptime(theme, shared, &tongue.uptime)?,
            Kind::Service(place) => match self.services.get(*place) {
                Some(view) => {
                    let incidents = views(&self.on_page(view), loaded)?;
                    let history = &self.names_of_months();
                    let told = html::ServicePageView { view, incidents: &incidents, year: self.year, history, at: snapshot.at };
                    html::service(theme, shared, &html::service_page(theme, shared, told))?
                }
                None => String::new(),
            },
            Kind::ServiceFeed(place) => match self.services.get(*place) {
                Some(view) => feeds::service_atom(snapshot, view, &views(&self.in_feed(view), loaded)?)?,
                None => String::new(),
            },
            Kind::ServiceCalendar(place) => match self.services.get(*place) {
                Some(view) => calendar::service_calendar(theme, &snapshot.organization, &view.service, self.maintenances_of(view))?,
                None => String::new(),
            },
            Kind::Maintenance(place) => match snapshot.maintenances.get(*place) {
                Some(view) => html::maintenance(theme, shared, view)?,
                None => String::new(),
            },
            Kind::Series(place) => match snapshot.series.get(*place) {
                Some(series) => html::series(theme, shared, series)?,
                None => String::new(),
            },
            Kind::MaintenanceDocument(place) => match snapshot.maintenances.get(*place) {
                Some(view) => statuspage::maintenance_document(snapshot, view),
                None => String::new(),
            },
            Kind::Incident(..) => html::incident(theme, shared, self.only(&page.kind, loaded)?)?,
            Kind::IncidentDocument(..) => statuspage::incident_document(snapshot, self.only(&page.kind, loaded)?),
            Kind::Month(month, part) => self.month_page(tongue, *month, *part, &self.newest_first(&page.kind, loaded)?)?,
            Kind::NativeMonth(month, part) => self.month_document(*month, *part, &self.newest_first(&page.kind, loaded)?),
            Kind::Sitemap | Kind::GeneralSitemap | Kind::MonthSitemap(_) => self.sitemap(&page.kind, loaded),
        };
        Ok(Cow::Owned(text.into_bytes()))
    }

    /// The home page, carrying the generation of the site that it leads into.
    ///
    /// # Errors
    /// Bad input where a template of the theme fails.
    pub fn render_home(&self, generation: &Generation) -> Result<Vec<u8>, UserError> {
        let page = html::home(self.root.theme, &self.root.shared, &self.root.home, self.built_at)?;
        Ok(generation.put_into(&page).into_bytes())
    }

    fn only<'v>(&self, kind: &Kind, loaded: &'v Loaded<'_>) -> Result<&'v IncidentView, UserError> {
        let views = views(&self.incidents_of(kind), loaded)?;
        views.first().copied().ok_or_else(|| UserError::failed("a page of an incident without the incident"))
    }

    fn newest_first<'v>(&self, kind: &Kind, loaded: &'v Loaded<'_>) -> Result<Vec<&'v IncidentView>, UserError> {
        let mut views = views(&self.incidents_of(kind), loaded)?;
        views.reverse();
        Ok(views)
    }

    fn month_page(&self, tongue: &Tongue<'_>, place: usize, part: usize, incidents: &[&IncidentView]) -> Result<String, UserError> {
        let (Some(month), Some(here)) = (self.months.get(place), self.place_of(place, part)) else { return Ok(String::new()) };
        let (previous, next) = (self.before(place, part), self.after(place, part));
        let view = MonthView { place: here, previous, next, incidents, maintenances: month.maintenances_of(part) };
        html::month(tongue.theme, &tongue.shared, &html::month_page(tongue.theme, &tongue.shared, &view))
    }

    fn month_document(&self, place: usize, part: usize, incidents: &[&IncidentView]) -> String {
        let Some(month) = self.months.get(place) else { return String::new() };
        let earlier = if month.is_newest(part) { 1..month.parts() } else { 0..0 };
        let earlier: Vec<String> = earlier.map(|part| native::month_name(&month.name, Some(part))).collect();
        native::month(self.snapshot, &month.name, &earlier, incidents, month.maintenances_of(part))
    }

    fn sitemap(&self, kind: &Kind, loaded: &Loaded<'_>) -> String {
        let general = || {
            let services = self.services.iter().map(|view| format!("services/{}/", view.service.slug));
            [String::new(), "uptime/".to_owned()].into_iter().chain(self.history_paths()).chain(services)
        };
        let of_months = |months: &[Month<'_>]| {
            let maintenances =
                months.iter().flat_map(|month| &month.maintenances).map(|view| format!("maintenance/{}/", view.maintenance.id));
            let pages = months.iter().map(|month| MonthPart { month: &month.name, part: None }.path());
            maintenances.chain(pages).collect::<Vec<_>>()
        };
        let incident = |id: &PublicId| format!("incidents/{id}/");
        let addresses: Vec<String> = match kind {
            Kind::MonthSitemap(place) => match self.months.get(*place) {
                Some(month) => {
                    let rows = month.rows.iter().flatten().map(|row| incident(&row.id));
                    rows.chain(of_months(std::slice::from_ref(month))).collect()
                }
                None => Vec::new(),
            },
            Kind::GeneralSitemap => general().chain(self.maintenances_ahead()).collect(),
            _ => {
                let told = general().chain(loaded.ids.iter().map(incident));
                told.chain(of_months(&self.months)).chain(self.maintenances_ahead()).collect()
            }
        };
        let in_every_language = self.tongues().flat_map(|tongue| addresses.iter().map(|address| format!("{}{address}", tongue.folder)));
        sitemap::list(&self.snapshot.organization.address(), &in_every_language.collect::<Vec<_>>())
    }

    /// Maintenances whose month is not history yet.
    fn maintenances_ahead(&self) -> Vec<String> {
        let told: HashSet<&PublicId> = self.months.iter().flat_map(|month| &month.maintenances).map(|view| &view.maintenance.id).collect();
        let ahead = self.snapshot.maintenances.iter().map(|view| &view.maintenance.id).filter(|id| !told.contains(id));
        let series = self.snapshot.series.iter().map(|series| &series.view.maintenance.id);
        ahead.chain(series).map(|id| format!("maintenance/{id}/")).collect()
    }

    pub(super) fn sitemap_index(&self) -> String {
        let months = self.months.iter().map(|month| sitemap::month_path(&month.name));
        let parts: Vec<String> = [sitemap::GENERAL.to_owned()].into_iter().chain(months).collect();
        sitemap::index(&self.snapshot.organization.address(), &parts)
    }
}

/// The incidents with these numbers, in this order.
fn views<'v>(numbers: &[i64], loaded: &'v Loaded<'_>) -> Result<Vec<&'v IncidentView>, UserError> {
    let one = |number: &i64| {
        loaded.incidents.get(number).map(AsRef::as_ref).ok_or_else(|| UserError::failed(format!("incident {number} was not loaded")))
    };
    numbers.iter().map(one).collect()
}
