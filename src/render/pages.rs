//! Every file of a site: which there are, a digest of what each is made from, and its bytes.
//!
//! A page that many incidents have must not depend on the state of the moment, or one update would rewrite them all: an incident's own
//! pages depend on its revision, the organization's settings and the theme. What depends on everything (home, lists, feeds) is few.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use chrono::{DateTime, Datelike, Utc};
use rayon::prelude::*;
use serde::Serialize;

use crate::domain::{IndexRow, MaintenanceStatus, MonthNamer, ServiceStatus};
use crate::error::UserError;
use crate::render::html::{self, MonthSummary, MonthView, Shared};
use crate::render::page::{History, Home};
use crate::render::{event_stream, feeds, native, sitemap, statuspage};
use crate::site::{Digest, DigestBuilder, SitePath};
use crate::snapshot::{DayView, Entry, IncidentView, MaintenanceView, ServiceView, Snapshot};
use crate::theme::Theme;

/// Changes with every change of what the same inputs are rendered to.
const RENDERING: &str = concat!(env!("CARGO_PKG_VERSION"), " 2");

/// A site about to be rendered: a snapshot in a theme.
pub struct Site<'a> {
    snapshot: &'a Snapshot,
    theme: &'a Theme,
    shared: Shared,
    built_at: DateTime<Utc>,
    base: Digest,
    /// Oldest first.
    months: Vec<MonthRows<'a>>,
    home: Home,
    history: History,
    services: Vec<&'a ServiceView>,
}

/// The incidents and maintenances that began in one month.
struct MonthRows<'a> {
    /// `2026-11`.
    name: String,
    incidents: Vec<&'a IndexRow>,
    maintenances: Vec<&'a MaintenanceView>,
}

/// One file of the site.
#[derive(Clone, Debug)]
pub struct Page {
    /// Where it goes.
    pub path: SitePath,
    /// Digest of everything it is made from.
    pub digest: Digest,
    kind: Kind,
}

#[derive(Clone, Debug)]
enum Kind {
    Ready(Vec<u8>),
    Home,
    History,
    NotFound,
    Service(usize),
    ServiceFeed(usize),
    Maintenance(usize),
    MaintenanceDocument(usize),
    /// Row number and month.
    Incident(i64, usize),
    /// Row number and month.
    IncidentDocument(i64, usize),
    Month(usize),
    NativeMonth(usize),
    /// One of the sitemaps.
    Sitemap(usize),
}

/// Pages to be rendered together, and the incidents (row numbers) that must be loaded for them: few enough for memory.
#[derive(Debug, Default)]
pub struct Batch<'a> {
    /// The pages.
    pub pages: Vec<&'a Page>,
    /// The incidents they show.
    pub incidents: Vec<i64>,
}

impl<'a> Site<'a> {
    /// Prepares the site of `snapshot`, built at `built_at`.
    ///
    /// # Errors
    /// Fails where values cannot become a template's.
    pub fn new(theme: &'a Theme, snapshot: &'a Snapshot, built_at: DateTime<Utc>) -> Result<Self, UserError> {
        let organization = &snapshot.organization;
        let shared = Shared::new(theme, organization)?;
        let mut base = DigestBuilder::new();
        base.text(RENDERING).text(theme.fingerprint()).text(&format!("{organization:?}"));
        let months = months(snapshot);
        let summaries: Vec<MonthSummary> =
            months.iter().rev().map(|month| MonthSummary { month: month.name.clone(), incidents: month.incidents.len() }).collect();
        Ok(Self {
            home: html::home_page(theme, &shared, snapshot),
            history: html::history_page(theme, &shared, &summaries, snapshot),
            services: snapshot.services().filter(|view| !view.service.hidden).collect(),
            base: base.finish(),
            snapshot,
            theme,
            shared,
            built_at,
            months,
        })
    }

    /// Every file of the site, each path once, in the order of paths.
    ///
    /// # Errors
    /// Fails where a feed cannot be written.
    pub fn pages(&self) -> Result<Vec<Page>, UserError> {
        let mut pages = Vec::with_capacity(2 * self.snapshot.index.len() + 256);
        self.html_pages(&mut pages)?;
        self.incident_pages(&mut pages)?;
        self.maintenance_pages(&mut pages)?;
        self.month_pages(&mut pages)?;
        self.statuspage_lists(&mut pages)?;
        self.feeds_and_files(&mut pages)?;
        self.sitemaps(&mut pages)?;
        pages.par_sort_unstable_by(|left, right| left.path.cmp(&right.path));
        Ok(pages)
    }

    /// Groups the pages to be rendered so that each batch needs the incidents of one month only.
    pub fn batches<'p>(&self, pages: impl IntoIterator<Item = &'p Page>) -> Vec<Batch<'p>> {
        let mut by_month: BTreeMap<Option<usize>, Vec<&'p Page>> = BTreeMap::new();
        for page in pages {
            by_month.entry(page.kind.month()).or_default().push(page);
        }
        by_month
            .into_iter()
            .map(|(month, pages)| {
                let whole = pages.iter().any(|page| matches!(page.kind, Kind::Month(_) | Kind::NativeMonth(_)));
                let incidents = match month.and_then(|month| self.months.get(month)) {
                    Some(rows) if whole => rows.incidents.iter().map(|row| row.number).collect(),
                    _ => pages.iter().filter_map(|page| page.kind.incident()).collect::<BTreeSet<i64>>().into_iter().collect(),
                };
                Batch { pages, incidents }
            })
            .collect()
    }

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

    fn before(&self, month: usize) -> Option<&str> {
        self.months.get(month.checked_sub(1)?).map(|month| month.name.as_str())
    }

    fn after(&self, month: usize) -> Option<&str> {
        self.months.get(month + 1).map(|month| month.name.as_str())
    }

    /// Name, incidents and maintenances of a month.
    fn month<'v>(&'v self, place: usize, incidents: &'v HashMap<i64, IncidentView>) -> Result<MonthParts<'v>, UserError> {
        let Some(rows) = self.months.get(place) else { return Ok(("", Vec::new(), &[])) };
        let views = rows.incidents.iter().map(|row| {
            incidents.get(&row.number).ok_or_else(|| UserError::failed(format!("incident {} vanished during the build", row.number)))
        });
        Ok((&rows.name, views.collect::<Result<_, _>>()?, &rows.maintenances))
    }

    fn digest(&self, kind: &str) -> DigestBuilder {
        let mut digest = DigestBuilder::new();
        digest.digest(self.base).text(kind);
        digest
    }

    fn html_pages(&self, pages: &mut Vec<Page>) -> Result<(), UserError> {
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

    fn incident_pages(&self, pages: &mut Vec<Page>) -> Result<(), UserError> {
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
                let digest = inputs.finish();
                pages.push(page(&format!("api/v2/incidents/{}.json", row.id), digest, Kind::IncidentDocument(row.number, place))?);
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

    fn maintenance_pages(&self, pages: &mut Vec<Page>) -> Result<(), UserError> {
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

    fn month_pages(&self, pages: &mut Vec<Page>) -> Result<(), UserError> {
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

    /// Where visitors find the pages, relative to the site's address.
    fn addresses(&self) -> Vec<(String, Option<DateTime<Utc>>)> {
        let lists = ["".to_owned(), "history/".to_owned()].into_iter();
        let services = self.services.iter().map(|view| format!("services/{}/", view.service.slug));
        let incidents = self.months.iter().flat_map(|month| &month.incidents).map(|row| format!("incidents/{}/", row.id));
        let maintenances = self.snapshot.maintenances.iter().map(|view| format!("maintenance/{}/", view.maintenance.id));
        let months = self.months.iter().map(|month| format!("history/{}/", month.name));
        lists.chain(services).chain(incidents).chain(maintenances).chain(months).map(|address| (address, None)).collect()
    }

    fn sitemaps(&self, pages: &mut Vec<Page>) -> Result<(), UserError> {
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

    fn statuspage_lists(&self, pages: &mut Vec<Page>) -> Result<(), UserError> {
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

    fn feeds_and_files(&self, pages: &mut Vec<Page>) -> Result<(), UserError> {
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
}

/// Writes a document about the present.
type Document = fn(&Snapshot) -> String;

/// Name, incidents and maintenances of a month.
type MonthParts<'a> = (&'a str, Vec<&'a IncidentView>, &'a [&'a MaintenanceView]);

impl Kind {
    /// The month whose incidents it is made from.
    fn month(&self) -> Option<usize> {
        match self {
            Self::Incident(_, month) | Self::IncidentDocument(_, month) | Self::Month(month) | Self::NativeMonth(month) => Some(*month),
            _ => None,
        }
    }

    /// The one incident it is made from.
    fn incident(&self) -> Option<i64> {
        match self {
            Self::Incident(number, _) | Self::IncidentDocument(number, _) => Some(*number),
            _ => None,
        }
    }
}

/// What began in each month in the organization's zone, oldest month first.
fn months(snapshot: &Snapshot) -> Vec<MonthRows<'_>> {
    let mut namer = MonthNamer::new(snapshot.organization.time_zone);
    let mut months: BTreeMap<String, MonthRows<'_>> = BTreeMap::new();
    for row in &snapshot.index {
        rows_of(&mut months, namer.name(row.started_at)).incidents.push(row);
    }
    for view in &snapshot.maintenances {
        rows_of(&mut months, namer.name(view.maintenance.scheduled_for)).maintenances.push(view);
    }
    // What lies ahead is not history yet.
    let present = namer.name(snapshot.at).to_owned();
    months.into_values().filter(|month| month.name <= present).collect()
}

fn rows_of<'m, 'a>(months: &'m mut BTreeMap<String, MonthRows<'a>>, name: &str) -> &'m mut MonthRows<'a> {
    let empty = || MonthRows { name: name.to_owned(), incidents: Vec::new(), maintenances: Vec::new() };
    months.entry(name.to_owned()).or_insert_with(empty)
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
