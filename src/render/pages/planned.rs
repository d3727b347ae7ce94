//! Which files a site has, and a digest of what each is made from.

use std::collections::HashMap;

use chrono::{DateTime, Datelike, Utc};
use rayon::prelude::*;
use serde::Serialize;

use super::{Kind, Month, Page, Site, Tongue};
use crate::domain::{Downtime, IndexRow, MaintenanceStatus, ServiceStatus, Uptime, start_of_hour};
use crate::error::UserError;
use crate::render::html::{MonthPart, Shared, history_path, logo_files};
use crate::render::{badges, calendar, event_stream, feeds, native, sitemap, statuspage};
use crate::site::{Digest, DigestBuilder, SitePath};
use crate::snapshot::{DayView, Entry, IncidentView, MaintenanceView, ServiceView, Snapshot};

/// From so many months on their pages are planned by all threads.
const WORTH_THREADS: usize = 4;

/// Writes a document about the present.
type Document = fn(&Snapshot) -> String;

impl Site<'_> {
    fn digest(&self, kind: &str) -> DigestBuilder {
        let mut digest = DigestBuilder::new();
        digest.digest(self.base).text(kind);
        digest
    }

    pub(super) fn html_pages(&self, pages: &mut Vec<Page>) -> Result<(), UserError> {
        for (place, tongue) in self.tongues().enumerate() {
            let first = pages.len();
            let mut add = |path: &str, digest: DigestBuilder, kind| self.add_page(pages, (place, tongue), path, digest, kind);
            let mut home = self.digest("home");
            home.digest(digest_of(&tongue.home)?);
            let told = home.finish();
            home.number(self.built_at.timestamp_millis());
            add("index.html", home, Kind::Home)?;
            let mut embed = self.digest("embed");
            embed.text(&tongue.home.verdict).text(tongue.home.status.mark).text(&tongue.home.page.title);
            add("embed.html", embed, Kind::Embed)?;
            for (of_years, history) in tongue.histories.iter().enumerate() {
                let mut digest = self.digest("history");
                digest.digest(digest_of(history)?);
                add(&format!("{}index.html", history_path(history)), digest, Kind::History(of_years))?;
            }
            let mut uptime = self.digest("uptime");
            uptime.digest(digest_of(&tongue.uptime)?);
            add("uptime/index.html", uptime, Kind::Uptime)?;
            add("404.html", self.digest("404"), Kind::NotFound)?;
            if let Some(home) = pages.get_mut(first) {
                home.told = Some(told);
            }
        }
        let months = self.names_of_months();
        for (place, view) in self.services.iter().enumerate() {
            self.service_pages(place, view, &months, pages)?;
        }
        for asset in self.root.theme.assets() {
            let digest = Digest::of(&asset.bytes);
            pages.push(page(&asset.path, digest, Kind::Ready(asset.bytes.clone()))?);
        }
        for (path, bytes) in logo_files(&self.snapshot.organization.looks) {
            pages.push(page(&path, Digest::of(bytes), Kind::Ready(bytes.to_vec()))?);
        }
        Ok(())
    }

    /// Adds a page in one language.
    fn add_page(
        &self,
        pages: &mut Vec<Page>,
        (place, tongue): (usize, &Tongue<'_>),
        path: &str,
        mut digest: DigestBuilder,
        kind: Kind,
    ) -> Result<(), UserError> {
        if place > 0 {
            digest.text(&tongue.folder);
        }
        pages.push(Page { tongue: place, ..page(&format!("{}{path}", tongue.folder), digest.finish(), kind)? });
        Ok(())
    }

    /// Adds a page in every language.
    fn add_pages(&self, pages: &mut Vec<Page>, path: &str, digest: &DigestBuilder, kind: &Kind) -> Result<(), UserError> {
        self.tongues().enumerate().try_for_each(|tongue| self.add_page(pages, tongue, path, digest.clone(), kind.clone()))
    }

    fn service_pages(&self, place: usize, view: &ServiceView, months: &[&str], pages: &mut Vec<Page>) -> Result<(), UserError> {
        let slug = &view.service.slug;
        let mut digest = self.digest("service");
        add_service(&mut digest, view, self.snapshot.at);
        self.add_year(&mut digest, view, months);
        self.add_incidents(&mut digest, &self.on_page(view));
        self.add_pages(pages, &format!("services/{slug}/index.html"), &digest, &Kind::Service(place))?;
        let mut digest = self.digest("service feed");
        digest.text(&view.service.name);
        self.add_incidents(&mut digest, &self.in_feed(view));
        for maintenance in self.maintenances_of(view) {
            self.add_maintenance(&mut digest, maintenance);
            digest.number(i64::from(maintenance.is_ahead()));
            digest.number(maintenance.date.as_ref().and_then(|date| date.turn_at).map_or(0, |turn| turn.timestamp_millis()));
        }
        pages.push(page(&format!("services/{slug}/history.atom"), digest.finish(), Kind::ServiceFeed(place))?);
        let mut digest = self.digest("service calendar");
        digest.text(&view.service.name);
        self.maintenances_of(view).for_each(|maintenance| self.add_maintenance(&mut digest, maintenance));
        pages.push(page(&format!("services/{slug}/maintenance.ics"), digest.finish(), Kind::ServiceCalendar(place))?);
        Ok(())
    }

    /// The months of a service, and which of them have a page.
    fn add_year(&self, digest: &mut DigestBuilder, view: &ServiceView, months: &[&str]) {
        let Some(service) = self.year.service(&view.service.id) else { return };
        digest.texts(self.year.months.iter().map(String::as_str).filter(|name| months.contains(name)));
        digest.text(&self.year.first_day.to_string()).number(service.uptime.map_or(-1, |uptime| i64::from(uptime.hundredths())));
        for (place, month) in service.months.iter().enumerate() {
            let Downtime { window_ms, major_ms, partial_ms, degraded_ms, maintenance_ms } = month.lost;
            // The window of the present month grows with every second, and with it the figure, but hardly ever in what is shown of it.
            let is_over = place + 1 < service.months.len();
            let figure = || {
                Uptime::of(&month.lost, &self.snapshot.organization.uptime).map_or(-1, |uptime| i64::from(uptime.percentage().hundredths()))
            };
            digest.number(if is_over { window_ms } else { figure() });
            digest.number(major_ms).number(partial_ms).number(degraded_ms).number(maintenance_ms);
            digest.text(&month.days.text());
        }
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
            stamp.number(i64::from(view.overdue));
        }
        stamp.finish()
    }

    pub(super) fn month_pages(&self, pages: &mut Vec<Page>) -> Result<(), UserError> {
        let open: HashMap<i64, &IncidentView> = self.snapshot.open_incidents.iter().map(|view| (view.incident.number, view)).collect();
        let stale: Vec<(usize, &Month<'_>)> = self.months.iter().enumerate().filter(|(_, month)| month.rows.is_some()).collect();
        let of_month = |(place, month): (usize, &Month<'_>)| {
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
        };
        let months: Result<Vec<_>, UserError> = match stale.len() {
            // To wake other threads costs more than that.
            ..WORTH_THREADS => stale.into_iter().map(of_month).collect(),
            _ => stale.into_par_iter().map(of_month).collect(),
        };
        pages.extend(months?.into_iter().flatten());
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
            if open.get(&row.number).is_some_and(|view| view.overdue) {
                inputs.text("overdue");
            }
            self.add_pages(pages, &format!("incidents/{}/index.html", row.id), &inputs, &Kind::Incident(place, row_place))?;
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
            self.add_pages(pages, &format!("{}index.html", here.path()), &digest, &Kind::Month(place, part))?;
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
            self.add_pages(pages, &format!("maintenance/{id}/index.html"), &digest, &Kind::Maintenance(place))?;
            // Statuspage has no word for a cancelled one.
            if view.status != MaintenanceStatus::Cancelled {
                digest.digest(self.order).number(i64::from(view.is_ahead()));
                // A year of dates must not be written anew with every status of a service: those that wait say nothing of the present.
                if !view.is_ahead() {
                    self.add_services(&mut digest, view.services.iter().map(|named| named.id.as_str()));
                }
                pages.push(page(&format!("api/v2/incidents/{id}.json"), digest.finish(), Kind::MaintenanceDocument(place))?);
            }
        }
        self.series_pages(pages)
    }

    fn series_pages(&self, pages: &mut Vec<Page>) -> Result<(), UserError> {
        for (place, series) in self.snapshot.series.iter().enumerate() {
            let mut digest = self.digest("series");
            self.add_maintenance(&mut digest, &series.view);
            digest.text(&series.rule);
            for date in &series.dates {
                digest.text(date.id.as_str()).text(date.status.as_str());
                digest.number(date.scheduled_for.timestamp_millis()).number(date.scheduled_until.timestamp_millis());
            }
            self.add_pages(pages, &format!("maintenance/{}/index.html", series.view.maintenance.id), &digest, &Kind::Series(place))?;
        }
        Ok(())
    }

    fn add_maintenance(&self, digest: &mut DigestBuilder, view: &MaintenanceView) {
        let maintenance = &view.maintenance;
        digest.text(maintenance.id.as_str()).number(maintenance.revision).text(view.status.as_str());
        digest.number(maintenance.updates.len() as i64).number(view.updated_at.timestamp_millis());
        if let Some(date) = &view.date {
            digest.text(date.series.as_str()).text(&date.rule);
        }
    }

    /// Whether one sitemap holds all addresses; if not, it is an index of one per month and one for the rest.
    pub(super) fn has_one_sitemap(&self) -> bool {
        self.address_count() <= sitemap::MOST_URLS
    }

    pub(super) fn sitemaps(&self, pages: &mut Vec<Page>) -> Result<(), UserError> {
        let mut general = self.digest("sitemap");
        general.texts(self.root.histories.iter().map(|history| history.text.as_str()));
        general.texts(self.services.iter().map(|view| view.service.slug.as_str()));
        general.texts(self.snapshot.maintenances.iter().map(|view| view.maintenance.id.as_str()));
        general.texts(self.snapshot.series.iter().map(|series| series.view.maintenance.id.as_str()));
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
        lists.iter().try_for_each(|(name, text)| {
            pages.push(ready(&format!("api/v2/{name}.json"), text(snapshot))?);
            Ok(())
        })
    }

    pub(super) fn feeds_and_files(&self, pages: &mut Vec<Page>) -> Result<(), UserError> {
        let snapshot = self.snapshot;
        let organization = &snapshot.organization;
        let months: Vec<String> = self.months.iter().rev().map(|month| month.name.clone()).collect();
        let (present, newest) = (native::present(snapshot, &months, self.built_at), feeds::newest(snapshot));
        let told = Some(Digest::of(native::without_moment(&present).as_bytes()));
        pages.push(Page { told, ..ready(&format!("api/public/{}.json", organization.slug), present)? });
        pages.push(ready("history.atom", feeds::atom(snapshot, &newest)?)?);
        pages.push(ready("history.rss", feeds::rss(snapshot, &newest)?)?);
        pages.push(ready("feed.json", feeds::json(snapshot, &newest))?);
        pages.push(ready("events.sse", event_stream::events(snapshot))?);
        pages.push(ready("robots.txt", sitemap::robots(&organization.address()))?);
        pages.push(ready("_headers", sitemap::headers(&Shared::policy_of_all(self.tongues().map(|tongue| &tongue.shared))))?);
        Ok(())
    }

    pub(super) fn badges(&self, pages: &mut Vec<Page>) -> Result<(), UserError> {
        pages.push(ready("badge.svg", badges::page(self.root.theme, self.snapshot)?)?);
        for view in &self.services {
            let slug = &view.service.slug;
            pages.push(ready(&format!("badge/{slug}.svg"), badges::status(self.root.theme, view)?)?);
            // No slug has a dot, so the folder of one service is never the file of another.
            if view.service.showcase {
                pages.push(ready(&format!("badge/{slug}/uptime.svg"), badges::uptime(self.root.theme, view)?)?);
            }
        }
        Ok(())
    }

    pub(super) fn calendar(&self, pages: &mut Vec<Page>) -> Result<(), UserError> {
        pages.push(ready("maintenance.ics", calendar::calendar(self.root.theme, self.snapshot)?)?);
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
fn add_service(digest: &mut DigestBuilder, view: &ServiceView, at: DateTime<Utc>) {
    let ServiceView { service, group_name, status, since, updated_at, days, uptime, open_incidents, checks } = view;
    digest.text(&format!("{service:?} {group_name:?} {status} {since:?} {updated_at:?} {uptime:?} {open_incidents:?}"));
    for day in days {
        let DayView { date, worst, lost, incidents } = day;
        digest.number(i64::from(date.num_days_from_ce())).text(worst.map_or("", ServiceStatus::as_str));
        digest.number(lost.major_ms).number(lost.partial_ms).number(lost.degraded_ms).number(lost.maintenance_ms);
        for incident in incidents {
            digest.text(incident.id.as_str()).text(&incident.title);
        }
        digest.text("");
    }
    // The hours that are drawn move on with time, but only where something is drawn.
    if !checks.is_empty() {
        digest.number(start_of_hour(at).timestamp_millis()).text(&format!("{checks:?}"));
    }
}

fn page(path: &str, digest: Digest, kind: Kind) -> Result<Page, UserError> {
    Ok(Page { path: SitePath::new(path)?, digest, told: None, section: None, tongue: 0, kind })
}

fn ready(path: &str, text: String) -> Result<Page, UserError> {
    let bytes = text.into_bytes();
    page(path, Digest::of(&bytes), Kind::Ready(bytes))
}

fn digest_of(value: &impl Serialize) -> Result<Digest, UserError> {
    let bytes = serde_json::to_vec(value).map_err(|error| UserError::failed(format!("cannot digest a page: {error}")))?;
    Ok(Digest::of(&bytes))
}
