//! The bytes of a site's files.

use std::collections::HashMap;

use super::{Kind, Page, Site};
use crate::error::UserError;
use crate::render::html::{self, MonthView};
use crate::render::{feeds, native, sitemap, statuspage};
use crate::snapshot::{IncidentView, MaintenanceView};

/// Name, incidents and maintenances of a month.
type MonthParts<'a> = (&'a str, Vec<&'a IncidentView>, &'a [&'a MaintenanceView]);

impl Site<'_> {
    /// The bytes of a page; `incidents` holds at least what its batch asks for.
    ///
    /// # Errors
    /// Bad input where a template of the theme fails.
    pub fn render(&self, page: &Page, incidents: &HashMap<i64, IncidentView>) -> Result<Vec<u8>, UserError> {
        let (theme, shared, snapshot) = (self.theme, &self.shared, self.snapshot);
        let view =
            |number: &i64| incidents.get(number).ok_or_else(|| UserError::failed(format!("incident {number} vanished during the build")));
        let text = match &page.kind {
            Kind::Ready(bytes) => return Ok(bytes.clone()),
            Kind::Home => html::home(theme, shared, &self.home, self.built_at)?,
            Kind::History => html::history(theme, shared, &self.history)?,
            Kind::NotFound => html::not_found(theme, shared)?,
            Kind::Service(place) => match self.services.get(*place) {
                Some(view) => html::service(theme, shared, &html::service_page(theme, shared, snapshot, view))?,
                None => String::new(),
            },
            Kind::ServiceFeed(place) => match self.services.get(*place) {
                Some(view) => feeds::service_atom(snapshot, view)?,
                None => String::new(),
            },
            Kind::Maintenance(place) => match snapshot.maintenances.get(*place) {
                Some(view) => html::maintenance(theme, shared, view)?,
                None => String::new(),
            },
            Kind::MaintenanceDocument(place) => match snapshot.maintenances.get(*place) {
                Some(view) => statuspage::maintenance_document(snapshot, view),
                None => String::new(),
            },
            Kind::Incident(number, _) => html::incident(theme, shared, view(number)?)?,
            Kind::IncidentDocument(number, _) => statuspage::incident_document(snapshot, view(number)?),
            Kind::Month(place) => {
                let (month, incidents, maintenances) = self.month(*place, incidents)?;
                let view =
                    MonthView { month, previous: self.before(*place), next: self.after(*place), incidents: &incidents, maintenances };
                html::month(theme, shared, &html::month_page(theme, shared, &view))?
            }
            Kind::NativeMonth(place) => {
                let (month, incidents, maintenances) = self.month(*place, incidents)?;
                native::month(snapshot, month, &incidents, maintenances)
            }
            Kind::Sitemap(place) => {
                let address = snapshot.organization.address();
                sitemap::sitemaps(&address, &self.addresses()).into_iter().nth(*place).map(|(_, text)| text).unwrap_or_default()
            }
        };
        Ok(text.into_bytes())
    }

    /// Name, incidents and maintenances of a month.
    fn month<'v>(&'v self, place: usize, incidents: &'v HashMap<i64, IncidentView>) -> Result<MonthParts<'v>, UserError> {
        let Some(rows) = self.months.get(place) else { return Ok(("", Vec::new(), &[])) };
        let views = rows.incidents.iter().map(|row| {
            incidents.get(&row.number).ok_or_else(|| UserError::failed(format!("incident {} vanished during the build", row.number)))
        });
        Ok((&rows.name, views.collect::<Result<_, _>>()?, &rows.maintenances))
    }
}
