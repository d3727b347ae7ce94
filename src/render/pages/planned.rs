//! Which files a site has, and a digest of what each is made from.

use std::collections::HashMap;

use chrono::Datelike;
use rayon::prelude::*;
use serde::Serialize;

use super::{Kind, Page, Site};
use crate::domain::{MaintenanceStatus, ServiceStatus};
use crate::error::UserError;
use crate::render::{badges, calendar, event_stream, feeds, native, sitemap, statuspage};
use crate::site::{Digest, DigestBuilder, SitePath};
use crate::snapshot::{DayView, Entry, IncidentView, MaintenanceView, ServiceView, Snapshot};

/// Writes a document about the present.
type Document = fn(&Snapshot) -> String;

impl Site<'_> {
    fn digest(&self, kind: &str) -> DigestBuilder {
        let mut digest = DigestBuilder::new();
        digest.digest(self.base).text(kind);
        digest
    }

    pub(super) fn html_pages(&self, pages: &mut Vec<Page>) -> Result<(), UserError> {
        let mut home = self.digest("home");
        home.digest(digest_of(&self.home)?).number(self.built_at.timestamp_millis());
        pages.push(page("index.html", home.finish(), Kind::Home)?);
        let mut history = self.digest("history");
        history.digest(digest_of(&self.history)?);
        pages.push(page("history/index.html", history.finish(), Kind::History)?);
        pages.push(page("404.html", self.digest("404").finish(), Kind::NotFound)?);
        for (place, view) in self.services.iter().enumerate() {
            self.service_pages(place, view, pages)?;
        }
        for asset in self.theme.assets() {
            let digest = Digest::of(&asset.bytes);
            pages.push(page(&asset.path, digest, Kind::Ready(asset.bytes.clone()))?);
        }
        Ok(())
    }

    fn service_pages(&self, place: usize, view: &ServiceView, pages: &mut Vec<Page>) -> Result<(), UserError> {
        let slug = &view.service.slug;
        let naming = self.snapshot.incidents.iter().filter(|incident| incident.services.iter().any(|named| named.id == view.service.id));
        let mut incidents = DigestBuilder::new();
        for incident in naming {
            incidents.number(incident.incident.number).number(incident.incident.revision).number(incident.incident.updates.len() as i64);
            incidents.text(incident.status.as_str());
        }
        let incidents = incidents.finish();
        let mut digest = self.digest("service");
        add_service(&mut digest, view);
        pages.push(page(&format!("services/{slug}/index.html"), digest.digest(incidents).finish(), Kind::Service(place))?);
        let mut digest = self.digest("service feed");
        digest.text(&view.service.name).digest(incidents);
        for view in self.snapshot.maintenances.iter().filter(|other| other.services.iter().any(|named| named.id == view.service.id)) {
            self.add_maintenance(&mut digest, view);
        }
        pages.push(page(&format!("services/{slug}/history.atom"), digest.finish(), Kind::ServiceFeed(place))?);
        Ok(())
    }

    pub(super) fn incident_pages(&self, pages: &mut Vec<Page>) -> Result<(), UserError> {
        let open: HashMap<i64, &IncidentView> = self.snapshot.open_incidents.iter().map(|view| (view.incident.number, view)).collect();
        let order = self.order_of_groups();
        let months = self.months.par_iter().enumerate().map(|(place, month)| {
            let mut pages = Vec::with_capacity(2 * month.incidents.len());
            for row in &month.incidents {
                let mut inputs = self.digest("incident");
                inputs.number(row.number).number(row.revision);
                if row.newest_at > self.snapshot.at {
                    inputs.number(self.snapshot.at.timestamp_millis());
                }
                let digest = inputs.finish();
                pages.push(page(&format!("incidents/{}/index.html", row.id), digest, Kind::Incident(row.number, place))?);
                inputs.digest(order);
                if let Some(view) = open.get(&row.number) {
                    self.add_services(&mut inputs, view.services.iter().map(|named| named.id.as_str()));
                }
                pages.push(page(&format!("api/v2/incidents/{}.json", row.id), inputs.finish(), Kind::IncidentDocument(row.number, place))?);
            }
            Ok(pages)
        });
        pages.extend(months.collect::<Result<Vec<_>, UserError>>()?.into_iter().flatten());
        Ok(())
    }

    /// Documents name services in page order. A service that moves touches the incidents that name it, a group that moves does not.
    fn order_of_groups(&self) -> Digest {
        let mut order = DigestBuilder::new();
        for entry in &self.snapshot.entries {
            if let Entry::Group(view) = entry {
                order.text(view.group.id.as_str()).number(view.group.position);
            }
        }
        order.finish()
    }

    /// A document about something still going on carries the present statuses of the services it names.
    fn add_services<'s>(&self, digest: &mut DigestBuilder, ids: impl Iterator<Item = &'s str>) {
        for id in ids {
            if let Some(view) = self.snapshot.services().find(|view| view.service.id.as_str() == id) {
                digest.text(id).text(view.status.as_str()).number(view.updated_at.timestamp_millis());
            }
        }
    }

    pub(super) fn maintenance_pages(&self, pages: &mut Vec<Page>) -> Result<(), UserError> {
        for (place, view) in self.snapshot.maintenances.iter().enumerate() {
            let id = &view.maintenance.id;
            let mut digest = self.digest("maintenance");
            self.add_maintenance(&mut digest, view);
            pages.push(page(&format!("maintenance/{id}/index.html"), digest.finish(), Kind::Maintenance(place))?);
            // Statuspage has no word for a cancelled one.
            if view.status != MaintenanceStatus::Cancelled {
                digest.digest(self.order_of_groups());
                self.add_services(&mut digest, view.services.iter().map(|named| named.id.as_str()));
                pages.push(page(&format!("api/v2/incidents/{id}.json"), digest.finish(), Kind::MaintenanceDocument(place))?);
            }
        }
        Ok(())
    }

    fn add_maintenance(&self, digest: &mut DigestBuilder, view: &MaintenanceView) {
        let maintenance = &view.maintenance;
        digest.text(maintenance.id.as_str()).number(maintenance.revision).text(view.status.as_str());
        digest.number(maintenance.updates.len() as i64).number(view.updated_at.timestamp_millis());
    }

    pub(super) fn month_pages(&self, pages: &mut Vec<Page>) -> Result<(), UserError> {
        let slug = &self.snapshot.organization.slug;
        for (place, month) in self.months.iter().enumerate() {
            let mut digest = self.digest("month");
            for row in &month.incidents {
                digest.number(row.number).number(row.revision);
                if row.newest_at > self.snapshot.at {
                    digest.number(self.snapshot.at.timestamp_millis());
                }
            }
            for view in &month.maintenances {
                self.add_maintenance(&mut digest, view);
            }
            let name = &month.name;
            pages.push(page(&format!("api/public/{slug}/{name}.json"), digest.finish(), Kind::NativeMonth(place))?);
            digest.text(self.before(place).unwrap_or_default()).text(self.after(place).unwrap_or_default());
            pages.push(page(&format!("history/{name}/index.html"), digest.finish(), Kind::Month(place))?);
        }
        Ok(())
    }

    pub(super) fn sitemaps(&self, pages: &mut Vec<Page>) -> Result<(), UserError> {
        let (mut digest, mut count) = (self.digest("sitemap"), 2);
        let services = self.services.iter().map(|view| view.service.slug.as_str());
        let incidents = self.months.iter().flat_map(|month| &month.incidents).map(|row| row.id.as_str());
        let maintenances = self.snapshot.maintenances.iter().map(|view| view.maintenance.id.as_str());
        let months = self.months.iter().map(|month| month.name.as_str());
        for name in services.chain(incidents).chain(maintenances).chain(months) {
            digest.text(name);
            count += 1;
        }
        for (place, path) in sitemap::paths(count).iter().enumerate() {
            pages.push(page(path, digest.finish(), Kind::Sitemap(place))?);
        }
        Ok(())
    }

    pub(super) fn statuspage_lists(&self, pages: &mut Vec<Page>) -> Result<(), UserError> {
        let snapshot = self.snapshot;
        let lists: [(&str, Document); 8] = [
            ("summary", statuspage::summary),
            ("status", statuspage::status),
            ("components", statuspage::components),
            ("incidents", statuspage::incidents),
            ("incidents/unresolved", statuspage::incidents_unresolved),
            ("scheduled-maintenances", statuspage::scheduled_maintenances),
            ("scheduled-maintenances/upcoming", statuspage::scheduled_maintenances_upcoming),
            ("scheduled-maintenances/active", statuspage::scheduled_maintenances_active),
        ];
        let written = lists.par_iter().map(|(name, text)| ready(&format!("api/v2/{name}.json"), text(snapshot)));
        pages.extend(written.collect::<Result<Vec<_>, _>>()?);
        Ok(())
    }

    pub(super) fn feeds_and_files(&self, pages: &mut Vec<Page>) -> Result<(), UserError> {
        let snapshot = self.snapshot;
        let organization = &snapshot.organization;
        let (present, (atom, rss)) =
            rayon::join(|| native::present(snapshot, self.built_at), || rayon::join(|| feeds::atom(snapshot), || feeds::rss(snapshot)));
        pages.push(ready(&format!("api/public/{}.json", organization.slug), present)?);
        pages.push(ready("history.atom", atom?)?);
        pages.push(ready("history.rss", rss?)?);
        pages.push(ready("events.sse", event_stream::events(snapshot))?);
        pages.push(ready("robots.txt", sitemap::robots(&organization.address()))?);
        pages.push(ready("_headers", sitemap::headers(self.shared.policy()))?);
        Ok(())
    }

    pub(super) fn badges(&self, pages: &mut Vec<Page>) -> Result<(), UserError> {
        pages.push(ready("badge.svg", badges::page(self.theme, self.snapshot)?)?);
        for view in &self.services {
            let slug = &view.service.slug;
            pages.push(ready(&format!("badge/{slug}.svg"), badges::status(self.theme, view)?)?);
            // No slug has a dot, so the folder of one service is never the file of another.
            if view.service.showcase {
                pages.push(ready(&format!("badge/{slug}/uptime.svg"), badges::uptime(self.theme, view)?)?);
            }
        }
        Ok(())
    }

    pub(super) fn calendar(&self, pages: &mut Vec<Page>) -> Result<(), UserError> {
        pages.push(ready("maintenance.ics", calendar::calendar(self.theme, self.snapshot)?)?);
        Ok(())
    }
}

/// Everything that is told of a service on its page but its incidents. Digesting what the page is made from is much cheaper than making it.
fn add_service(digest: &mut DigestBuilder, view: &ServiceView) {
    let ServiceView { service, group_name, status, since, updated_at, days, uptime, open_incidents } = view;
    digest.text(&format!("{service:?} {group_name:?} {status} {since:?} {updated_at:?} {uptime:?} {open_incidents:?}"));
    for day in days {
        let DayView { date, worst, major_seconds, partial_seconds, degraded_seconds, maintenance_seconds, incidents } = day;
        digest.number(i64::from(date.num_days_from_ce())).text(worst.map_or("", ServiceStatus::as_str));
        digest.number(*major_seconds).number(*partial_seconds).number(*degraded_seconds).number(*maintenance_seconds);
        for incident in incidents {
            digest.text(incident.id.as_str()).text(&incident.title);
        }
        digest.text("");
    }
}

fn page(path: &str, digest: Digest, kind: Kind) -> Result<Page, UserError> {
    Ok(Page { path: SitePath::new(path)?, digest, kind })
}

fn ready(path: &str, text: String) -> Result<Page, UserError> {
    let bytes = text.into_bytes();
    page(path, Digest::of(&bytes), Kind::Ready(bytes))
}

fn digest_of(value: &impl Serialize) -> Result<Digest, UserError> {
    let bytes = serde_json::to_vec(value).map_err(|error| UserError::failed(format!("cannot digest a page: {error}")))?;
    Ok(Digest::of(&bytes))
}
