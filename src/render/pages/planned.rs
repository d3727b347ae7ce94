//! Which files a site has, and a digest of what each is made from.

use std::collections::HashMap;

use chrono::Datelike;
use rayon::prelude::*;
use serde::Serialize;

use super::{Kind, Month, Page, Site};
use crate::domain::{IndexRow, MaintenanceStatus, ServiceStatus};
use crate::error::UserError;
use crate::render::html::{MonthPart, logo_files};
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
        let mut embed = self.digest("embed");
        embed.text(&self.home.verdict).text(self.home.status.mark).text(&self.home.page.title);
        pages.push(page("embed.html", embed.finish(), Kind::Embed)?);
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
        for (path, bytes) in logo_files(&self.snapshot.organization.looks) {
            pages.push(page(&path, Digest::of(bytes), Kind::Ready(bytes.to_vec()))?);
        }
        Ok(())
    }

    fn service_pages(&self, place: usize, view: &ServiceView, pages: &mut Vec<Page>) -> Result<(), UserError> {
        let slug = &view.service.slug;
        let mut digest = self.digest("service");
        add_service(&mut digest, view);
        self.add_incidents(&mut digest, &self.on_page(view));
        pages.push(page(&format!("services/{slug}/index.html"), digest.finish(), Kind::Service(place))?);
        let mut digest = self.digest("service feed");
        digest.text(&view.service.name);
        self.add_incidents(&mut digest, &self.in_feed(view));
        self.maintenances_of(view).for_each(|maintenance| self.add_maintenance(&mut digest, maintenance));
        pages.push(page(&format!("services/{slug}/history.atom"), digest.finish(), Kind::ServiceFeed(place))?);
        let mut digest = self.digest("service calendar");
        digest.text(&view.service.name);
        self.maintenances_of(view).for_each(|maintenance| self.add_maintenance(&mut digest, maintenance));
        pages.push(page(&format!("services/{slug}/maintenance.ics"), digest.finish(), Kind::ServiceCalendar(place))?);
        Ok(())
    }

    fn add_incidents(&self, digest: &mut DigestBuilder, numbers: &[i64]) {
        for number in numbers {
            if let Some(incident) = self.recent.get(number).and_then(|place| self.snapshot.recent.get(*place)) {
                digest.number(incident.number).number(incident.revision).number(incident.told as i64).text(incident.status.as_str());
            }
        }
    }

    /// Digest of everything the pages of a month depend on but its incidents' rows.
    pub(super) fn stamp(&self, place: usize) -> Digest {
        let mut stamp = self.digest("stamp");
        let Some(month) = self.months.get(place) else { return stamp.finish() };
        for beside in [self.before(place, 0), self.after(place, month.parts().saturating_sub(1))] {
            stamp.text(beside.map_or("", |beside| beside.month));
        }
        for view in &month.maintenances {
            self.add_maintenance(&mut stamp, view);
        }
        stamp.digest(self.order).number(i64::from(self.has_one_sitemap()));
        let begins = |view: &&IncidentView| self.open_months.get(&view.incident.number).is_some_and(|name| *name == month.name);
        for view in self.snapshot.open_incidents.iter().filter(begins) {
            self.add_services(&mut stamp, view.services.iter().map(|named| named.id.as_str()));
        }
        stamp.finish()
    }

    pub(super) fn month_pages(&self, pages: &mut Vec<Page>) -> Result<(), UserError> {
        let open: HashMap<i64, &IncidentView> = self.snapshot.open_incidents.iter().map(|view| (view.incident.number, view)).collect();
        let stale: Vec<(usize, &Month<'_>)> = self.months.iter().enumerate().filter(|(_, month)| month.rows.is_some()).collect();
        let months = stale.into_par_iter().map(|(place, month)| {
            let mut pages = Vec::with_capacity(2 * month.rows.as_ref().map_or(0, Vec::len) + 2);
            self.incident_pages(place, month, &open, &mut pages)?;
            self.part_pages(place, month, &mut pages)?;
            if !self.has_one_sitemap() {
                let mut digest = self.digest("month sitemap");
                digest.digest(month.ids);
                digest.texts(month.maintenances.iter().map(|view| view.maintenance.id.as_str()));
                pages.push(page(&sitemap::month_path(&month.name), digest.finish(), Kind::MonthSitemap(place))?);
            }
            pages.iter_mut().for_each(|page| page.section = Some(place));
            Ok(pages)
        });
        pages.extend(months.collect::<Result<Vec<_>, UserError>>()?.into_iter().flatten());
        Ok(())
    }

    fn incident_pages(
        &self,
        place: usize,
        month: &Month<'_>,
        open: &HashMap<i64, &IncidentView>,
        pages: &mut Vec<Page>,
    ) -> Result<(), UserError> {
        for (row_place, row) in month.rows.iter().flatten().enumerate() {
            let mut inputs = self.digest("incident");
            self.add_row(&mut inputs, row);
            pages.push(page(&format!("incidents/{}/index.html", row.id), inputs.finish(), Kind::Incident(place, row_place))?);
            inputs.digest(self.order);
            if let Some(view) = open.get(&row.number) {
                self.add_services(&mut inputs, view.services.iter().map(|named| named.id.as_str()));
            }
            let path = format!("api/v2/incidents/{}.json", row.id);
            pages.push(page(&path, inputs.finish(), Kind::IncidentDocument(place, row_place))?);
        }
        Ok(())
    }

    fn part_pages(&self, place: usize, month: &Month<'_>, pages: &mut Vec<Page>) -> Result<(), UserError> {
        let slug = &self.snapshot.organization.slug;
        for part in 0..month.parts() {
            let mut digest = self.digest("month");
            month.part(part).iter().for_each(|row| self.add_row(&mut digest, row));
            if month.is_newest(part) {
                digest.number(month.parts() as i64);
                month.maintenances.iter().for_each(|view| self.add_maintenance(&mut digest, view));
            }
            let Some(here) = self.place_of(place, part) else { continue };
            let document = native::month_name(&month.name, here.part);
            pages.push(page(&format!("api/public/{slug}/{document}.json"), digest.finish(), Kind::NativeMonth(place, part))?);
            for beside in [self.before(place, part), self.after(place, part)] {
                digest.text(&beside.map_or_else(String::new, MonthPart::path));
            }
            pages.push(page(&format!("{}index.html", here.path()), digest.finish(), Kind::Month(place, part))?);
        }
        Ok(())
    }

    /// An incident with updates still to come looks different at every moment.
    fn add_row(&self, digest: &mut DigestBuilder, row: &IndexRow) {
        digest.number(row.number).number(row.revision);
        if row.newest_at > self.snapshot.at {
            digest.number(self.snapshot.at.timestamp_millis());
        }
    }

    /// A document about something still going on carries the present statuses of the services it names.
    fn add_services<'s>(&self, digest: &mut DigestBuilder, ids: impl Iterator<Item = &'s str>) {
        for id in ids {
            if let Some((status, updated_at)) = self.service_status(id) {
                digest.text(id).text(status.as_str()).number(updated_at.timestamp_millis());
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
                digest.digest(self.order);
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

    /// Whether one sitemap holds all addresses; if not, it is an index of one per month and one for the rest.
    pub(super) fn has_one_sitemap(&self) -> bool {
        self.address_count() <= sitemap::MOST_URLS
    }

    pub(super) fn sitemaps(&self, pages: &mut Vec<Page>) -> Result<(), UserError> {
        let mut general = self.digest("sitemap");
        general.texts(self.services.iter().map(|view| view.service.slug.as_str()));
        general.texts(self.snapshot.maintenances.iter().map(|view| view.maintenance.id.as_str()));
        if !self.has_one_sitemap() {
            pages.push(page(sitemap::GENERAL, general.finish(), Kind::GeneralSitemap)?);
            pages.push(ready("sitemap.xml", self.sitemap_index())?);
            return Ok(());
        }
        for month in &self.months {
            general.text(&month.name).digest(month.ids);
        }
        pages.push(page("sitemap.xml", general.finish(), Kind::Sitemap)?);
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
        let months: Vec<String> = self.months.iter().rev().map(|month| month.name.clone()).collect();
        let (present, (atom, rss, json)) = rayon::join(
            || native::present(snapshot, &months, self.built_at),
            || {
                let newest = feeds::newest(snapshot);
                (feeds::atom(snapshot, &newest), feeds::rss(snapshot, &newest), feeds::json(snapshot, &newest))
            },
        );
        pages.push(ready(&format!("api/public/{}.json", organization.slug), present)?);
        pages.push(ready("history.atom", atom?)?);
        pages.push(ready("history.rss", rss?)?);
        pages.push(ready("feed.json", json)?);
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

/// Documents name services in page order. A service that moves touches the incidents that name it, a group that moves does not.
pub(super) fn order_of_groups(snapshot: &Snapshot) -> Digest {
    let mut order = DigestBuilder::new();
    for entry in &snapshot.entries {
        if let Entry::Group(view) = entry {
            order.text(view.group.id.as_str()).number(view.group.position);
        }
    }
    order.finish()
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
    Ok(Page { path: SitePath::new(path)?, digest, section: None, kind })
}

fn ready(path: &str, text: String) -> Result<Page, UserError> {
    let bytes = text.into_bytes();
    page(path, Digest::of(&bytes), Kind::Ready(bytes))
}

fn digest_of(value: &impl Serialize) -> Result<Digest, UserError> {
    let bytes = serde_json::to_vec(value).map_err(|error| UserError::failed(format!("cannot digest a page: {error}")))?;
    Ok(Digest::of(&bytes))
}
