//! Every file of a site: which there are, a digest of what each is made from, and its bytes.
//!
//! A page that many incidents have must not depend on the state of the moment, or one update would rewrite them all: an incident's own
//! pages depend on its revision, the organization's settings and the theme. What depends on everything (home, lists, feeds) is few.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::ops::Bound::{Excluded, Unbounded};

use chrono::{DateTime, Utc};
use serde::Serialize;

use crate::domain::{IndexRow, month_of};
use crate::error::UserError;
use crate::render::html::{self, MonthSummary, MonthView, Shared};
use crate::render::page::{History, Home, ServicePage};
use crate::render::{event_stream, feeds, native, sitemap, statuspage};
use crate::site::{Digest, DigestBuilder, SitePath};
use crate::snapshot::{IncidentView, MaintenanceView, ServiceView, Snapshot};
use crate::theme::Theme;

/// Changes with every change of what the same inputs are rendered to.
const RENDERING: &str = concat!(env!("CARGO_PKG_VERSION"), " 1");

/// A site about to be rendered: a snapshot in a theme.
pub struct Site<'a> {
    snapshot: &'a Snapshot,
    theme: &'a Theme,
    shared: Shared,
    built_at: DateTime<Utc>,
    base: Digest,
    months: BTreeMap<String, MonthRows<'a>>,
    home: Home,
    history: History,
    services: Vec<(&'a ServiceView, ServicePage)>,
}

/// The incidents and maintenances that began in one month.
#[derive(Default)]
struct MonthRows<'a> {
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
    Incident(i64, String),
    /// Row number and month.
    IncidentDocument(i64, String),
    Month(String),
    NativeMonth(String),
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
        let mut months: BTreeMap<String, MonthRows<'_>> = BTreeMap::new();
        for row in &snapshot.index {
            months.entry(month_of(row.started_at, organization.time_zone)).or_default().incidents.push(row);
        }
        for view in &snapshot.maintenances {
            months.entry(month_of(view.maintenance.scheduled_for, organization.time_zone)).or_default().maintenances.push(view);
        }
        let summaries: Vec<MonthSummary> =
            months.iter().rev().map(|(month, rows)| MonthSummary { month: month.clone(), incidents: rows.incidents.len() }).collect();
        Ok(Self {
            home: html::home_page(theme, &shared, snapshot),
            history: html::history_page(theme, &shared, &summaries, snapshot),
            services: snapshot
                .services()
                .filter(|view| !view.service.hidden)
                .map(|view| (view, html::service_page(theme, &shared, snapshot, view)))
                .collect(),
            base: base.finish(),
            snapshot,
            theme,
            shared,
            built_at,
            months,
        })
    }

    /// Every file of the site, each path once.
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
        let addresses: Vec<(String, Option<DateTime<Utc>>)> =
            pages.iter().filter_map(|page| page_address(page.path.as_str())).map(|address| (address, None)).collect();
        for (path, text) in sitemap::sitemaps(&self.snapshot.organization.address(), &addresses) {
            pages.push(ready(&path, text)?);
        }
        Ok(pages)
    }

    /// Groups the pages to be rendered so that each batch needs the incidents of one month only.
    pub fn batches<'p>(&self, pages: impl IntoIterator<Item = &'p Page>) -> Vec<Batch<'p>> {
        let mut by_month: BTreeMap<&str, Vec<&'p Page>> = BTreeMap::new();
        for page in pages {
            let month = match &page.kind {
                Kind::Incident(_, month) | Kind::IncidentDocument(_, month) | Kind::Month(month) | Kind::NativeMonth(month) => {
                    month.as_str()
                }
                _ => "",
            };
            by_month.entry(month).or_default().push(page);
        }
        by_month
            .into_iter()
            .map(|(month, pages)| {
                let whole = pages.iter().any(|page| matches!(page.kind, Kind::Month(_) | Kind::NativeMonth(_)));
                let incidents = if whole {
                    self.months.get(month).map(|rows| rows.incidents.iter().map(|row| row.number).collect()).unwrap_or_default()
                } else {
                    let numbers = pages.iter().filter_map(|page| match page.kind {
                        Kind::Incident(number, _) | Kind::IncidentDocument(number, _) => Some(number),
                        _ => None,
                    });
                    numbers.collect::<BTreeSet<i64>>().into_iter().collect()
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
                Some((_, service)) => html::service(theme, shared, service)?,
                None => String::new(),
            },
            Kind::ServiceFeed(place) => match self.services.get(*place) {
                Some((view, _)) => feeds::service_atom(snapshot, view)?,
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
            Kind::Month(month) => {
                let (incidents, maintenances) = self.month(month, incidents)?;
                let view = MonthView {
                    month,
                    previous: self.before(month),
                    next: self.after(month),
                    incidents: &incidents,
                    maintenances: &maintenances,
                };
                html::month(theme, shared, &html::month_page(theme, shared, &view))?
            }
            Kind::NativeMonth(month) => {
                let (incidents, maintenances) = self.month(month, incidents)?;
                native::month(snapshot, month, &incidents, &maintenances)
            }
        };
        Ok(text.into_bytes())
    }

    fn before(&self, month: &str) -> Option<&str> {
        self.months.range::<str, _>((Unbounded, Excluded(month))).next_back().map(|(month, _)| month.as_str())
    }

    fn after(&self, month: &str) -> Option<&str> {
        self.months.range::<str, _>((Excluded(month), Unbounded)).next().map(|(month, _)| month.as_str())
    }

    fn month(&self, month: &str, incidents: &HashMap<i64, IncidentView>) -> Result<(Vec<IncidentView>, Vec<MaintenanceView>), UserError> {
        let Some(rows) = self.months.get(month) else { return Ok((Vec::new(), Vec::new())) };
        let views = rows.incidents.iter().map(|row| {
            incidents
                .get(&row.number)
                .cloned()
                .ok_or_else(|| UserError::failed(format!("incident {} vanished during the build", row.number)))
        });
        Ok((views.collect::<Result<_, _>>()?, rows.maintenances.iter().map(|view| (*view).clone()).collect()))
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
        for (place, (view, service)) in self.services.iter().enumerate() {
            let slug = &view.service.slug;
            let mut digest = self.digest("service");
            digest.digest(digest_of(service)?);
            pages.push(page(&format!("services/{slug}/index.html"), digest.finish(), Kind::Service(place))?);
            let mut digest = self.digest("service feed");
            digest.text(&view.service.name);
            for incident in
                self.snapshot.incidents.iter().filter(|incident| incident.services.iter().any(|named| named.id == view.service.id))
            {
                digest.number(incident.incident.number).number(incident.incident.revision).number(incident.incident.updates.len() as i64);
            }
            pages.push(page(&format!("services/{slug}/history.atom"), digest.finish(), Kind::ServiceFeed(place))?);
        }
        for asset in self.theme.assets() {
            let digest = Digest::of(&asset.bytes);
            pages.push(page(&asset.path, digest, Kind::Ready(asset.bytes.clone()))?);
        }
        Ok(())
    }

    fn incident_pages(&self, pages: &mut Vec<Page>) -> Result<(), UserError> {
        let open: HashMap<i64, &IncidentView> = self.snapshot.open_incidents.iter().map(|view| (view.incident.number, view)).collect();
        for (month, rows) in &self.months {
            for row in &rows.incidents {
                let mut digest = self.digest("incident");
                digest.number(row.number).number(row.revision);
                if row.newest_at > self.snapshot.at {
                    digest.number(self.snapshot.at.timestamp_millis());
                }
                pages.push(page(&format!("incidents/{}/index.html", row.id), digest.finish(), Kind::Incident(row.number, month.clone()))?);
                if let Some(view) = open.get(&row.number) {
                    self.add_services(&mut digest, view.services.iter().map(|named| named.id.as_str()));
                }
                pages.push(page(
                    &format!("api/v2/incidents/{}.json", row.id),
                    digest.finish(),
                    Kind::IncidentDocument(row.number, month.clone()),
                )?);
            }
        }
        Ok(())
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
            self.add_services(&mut digest, view.services.iter().map(|named| named.id.as_str()));
            pages.push(page(&format!("api/v2/incidents/{id}.json"), digest.finish(), Kind::MaintenanceDocument(place))?);
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
        let mut previous = "";
        for (month, rows) in &self.months {
            let mut digest = self.digest("month");
            for row in &rows.incidents {
                digest.number(row.number).number(row.revision);
                if row.newest_at > self.snapshot.at {
                    digest.number(self.snapshot.at.timestamp_millis());
                }
            }
            for view in &rows.maintenances {
                self.add_maintenance(&mut digest, view);
            }
            pages.push(page(&format!("api/public/{slug}/{month}.json"), digest.finish(), Kind::NativeMonth(month.clone()))?);
            digest.text(previous).text(self.after(month).unwrap_or_default());
            pages.push(page(&format!("history/{month}/index.html"), digest.finish(), Kind::Month(month.clone()))?);
            previous = month;
        }
        Ok(())
    }

    fn statuspage_lists(&self, pages: &mut Vec<Page>) -> Result<(), UserError> {
        let snapshot = self.snapshot;
        let lists = [
            ("summary", statuspage::summary(snapshot)),
            ("status", statuspage::status(snapshot)),
            ("components", statuspage::components(snapshot)),
            ("incidents", statuspage::incidents(snapshot)),
            ("incidents/unresolved", statuspage::incidents_unresolved(snapshot)),
            ("scheduled-maintenances", statuspage::scheduled_maintenances(snapshot)),
            ("scheduled-maintenances/upcoming", statuspage::scheduled_maintenances_upcoming(snapshot)),
            ("scheduled-maintenances/active", statuspage::scheduled_maintenances_active(snapshot)),
        ];
        for (name, text) in lists {
            pages.push(ready(&format!("api/v2/{name}.json"), text)?);
        }
        Ok(())
    }

    fn feeds_and_files(&self, pages: &mut Vec<Page>) -> Result<(), UserError> {
        let snapshot = self.snapshot;
        let organization = &snapshot.organization;
        pages.push(ready(&format!("api/public/{}.json", organization.slug), native::present(snapshot, self.built_at))?);
        pages.push(ready("history.atom", feeds::atom(snapshot)?)?);
        pages.push(ready("history.rss", feeds::rss(snapshot)?)?);
        pages.push(ready("events.sse", event_stream::events(snapshot))?);
        pages.push(ready("robots.txt", sitemap::robots(&organization.address()))?);
        pages.push(ready("_headers", sitemap::headers(self.shared.policy()))?);
        Ok(())
    }
}

fn page(path: &str, digest: Digest, kind: Kind) -> Result<Page, UserError> {
    Ok(Page { path: SitePath::new(path)?, digest, kind })
}

fn ready(path: &str, text: String) -> Result<Page, UserError> {
    let bytes = text.into_bytes();
    page(path, Digest::of(&bytes), Kind::Ready(bytes))
}

/// Where visitors find the page in this file; `None` for files that are no pages.
fn page_address(path: &str) -> Option<String> {
    if path == "index.html" {
        return Some(String::new());
    }
    path.strip_suffix("index.html").map(str::to_owned)
}

fn digest_of(value: &impl Serialize) -> Result<Digest, UserError> {
    let bytes = serde_json::to_vec(value).map_err(|error| UserError::failed(format!("cannot digest a page: {error}")))?;
    Ok(Digest::of(&bytes))
}
