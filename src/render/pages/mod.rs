//! Every file of a site: which there are, a digest of what each is made from, and its bytes.
//!
//! A page that many incidents have must not depend on the state of the moment, or one update would rewrite them all: an incident's own
//! pages depend on its revision, the organization's settings and the theme. What depends on everything (home, lists, feeds) is few.
//!
//! What began in one month is a section of the site. A section in which nothing has changed is not even looked at, and no file tells of
//! more than [`PART`] incidents, so that a build costs as much as what has changed, however long or dense the history is.

mod month;
mod planned;
mod rendered;

use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap};

use chrono::{DateTime, Utc};
use rayon::prelude::*;

use crate::domain::{MonthNamer, PublicId, ServiceStatus};
use crate::error::UserError;
use crate::render::html::{self, MonthPart, MonthSummary, Shared, Tree};
use crate::render::page::{History, Home, UptimePage};
use crate::site::{Digest, DigestBuilder, SectionSpec, SitePath};
use crate::snapshot::year::TwelveMonths;
use crate::snapshot::{IncidentView, MaintenanceView, ServiceView, Snapshot};
use crate::theme::Theme;

pub use month::{Month, MonthNote};

/// Changes with every change of what the same inputs are rendered to.
const RENDERING: &str = concat!(env!("CARGO_PKG_VERSION"), " 7");

/// How many incidents of a month are told on one page.
pub const PART: usize = 100;

/// How many of the incidents that name a service its page shows.
const ON_SERVICE_PAGE: usize = 20;

/// A site about to be rendered: a snapshot in a theme.
pub struct Site<'a> {
    snapshot: &'a Snapshot,
    year: &'a TwelveMonths,
    /// The pages at the root.
    root: Tongue<'a>,
    /// The pages in other languages.
    others: Vec<Tongue<'a>>,
    built_at: DateTime<Utc>,
    base: Digest,
    /// Oldest first.
    months: Vec<Month<'a>>,
    services: Vec<&'a ServiceView>,
    /// Places in the snapshot's recent incidents, by row number.
    recent: HashMap<i64, usize>,
    /// Months of the open incidents, by row number.
    open_months: HashMap<i64, String>,
    /// Digest of the order of groups.
    order: Digest,
}

/// The pages of one language, in a folder of its own or at the root.
struct Tongue<'a> {
    theme: &'a Theme,
    shared: Shared,
    /// Empty, or `de/`.
    folder: String,
    home: Home,
    /// The newest years, then each earlier one.
    histories: Vec<History>,
    uptime: UptimePage,
}

impl<'a> Tongue<'a> {
    fn new((theme, tree): (&'a Theme, Tree), snapshot: &Snapshot, year: &TwelveMonths, months: &[MonthSummary]) -> Result<Self, UserError> {
        let folder = tree.folder.clone();
        let shared = Shared::in_tree(theme, &snapshot.organization, tree)?;
        Ok(Self {
            home: html::home_page(theme, &shared, snapshot),
            histories: html::history_pages(theme, &shared, months, snapshot),
            uptime: html::uptime_page(theme, &shared, snapshot, year),
            theme,
            shared,
            folder,
        })
    }
}

/// One file of the site.
#[derive(Clone, Debug)]
pub struct Page {
    /// Where it goes.
    pub path: SitePath,
    /// Digest of everything it is made from.
    pub digest: Digest,
    /// Digest of the same without the moment of the build, where it tells of that.
    pub told: Option<Digest>,
    /// Place of its month among [`Site::sections`], where it is in one.
    pub section: Option<usize>,
    /// Place of its language among the site's.
    tongue: usize,
    kind: Kind,
}

#[derive(Clone, Debug)]
enum Kind {
    Ready(Vec<u8>),
    Home,
    /// Place among the pages of years.
    History(usize),
    NotFound,
    Embed,
    Uptime,
    Service(usize),
    ServiceFeed(usize),
    ServiceCalendar(usize),
    Maintenance(usize),
    MaintenanceDocument(usize),
    Series(usize),
    /// Month and place in it.
    Incident(usize, usize),
    /// Month and place in it.
    IncidentDocument(usize, usize),
    /// Month and part of it, from 0.
    Month(usize, usize),
    /// Month and part of it, from 0.
    NativeMonth(usize, usize),
    /// The only sitemap, with all addresses.
    Sitemap,
    /// The addresses that are in no month.
    GeneralSitemap,
    /// The addresses of a month.
    MonthSitemap(usize),
}

/// Pages to be rendered together, and what must be loaded for them: little enough for memory.
#[derive(Debug, Default)]
pub struct Batch<'a> {
    /// The pages.
    pub pages: Vec<&'a Page>,
    /// Row numbers of the incidents they show.
    pub incidents: Vec<i64>,
    /// Whether the ids of all incidents are needed.
    pub all_ids: bool,
}

/// What was loaded for a batch.
#[derive(Default)]
pub struct Loaded<'s> {
    /// By row number.
    pub incidents: HashMap<i64, Cow<'s, IncidentView>>,
    /// The ids of all incidents that are told, by (start, number), where they were asked for.
    pub ids: Vec<PublicId>,
}

/// Digest of everything that all pages of a site depend on.
pub fn base(theme: &Theme, snapshot: &Snapshot) -> Digest {
    let mut base = DigestBuilder::new();
    base.text(RENDERING).text(theme.fingerprint()).text(&format!("{:?}", snapshot.organization));
    base.finish()
}

impl<'a> Site<'a> {
    /// Prepares the site of `snapshot` and the `year` that ends with it, built at `built_at`; `months` are those in which an incident began,
    /// their rows where those are at hand.
    ///
    /// # Errors
    /// Fails where values cannot become a template's.
    pub fn new(
        theme: &'a Theme,
        snapshot: &'a Snapshot,
        year: &'a TwelveMonths,
        months: Vec<Month<'a>>,
        built_at: DateTime<Utc>,
    ) -> Result<Self, UserError> {
        let organization = &snapshot.organization;
        let months = month::with_maintenances(months, snapshot);
        let summaries: Vec<MonthSummary> =
            months.iter().rev().map(|month| MonthSummary { month: month.name.clone(), incidents: month.incidents }).collect();
        let mut namer = MonthNamer::new(organization.time_zone);
        let month_of = |view: &IncidentView| (view.incident.number, namer.name(view.incident.started_at).to_owned());
        let trees = html::trees(theme, organization);
        let of_tree = |tree| Tongue::new(tree, snapshot, year, &summaries);
        let tongues: Result<Vec<_>, _> =
            if trees.len() == 1 { trees.into_iter().map(of_tree).collect() } else { trees.into_par_iter().map(of_tree).collect() };
        let mut tongues = tongues?.into_iter();
        let root = tongues.next().ok_or_else(|| UserError::failed("a site in no language"))?;
        Ok(Self {
            recent: snapshot.recent.iter().enumerate().map(|(place, incident)| (incident.number, place)).collect(),
            open_months: snapshot.open_incidents.iter().map(month_of).collect(),
            order: planned::order_of_groups(snapshot),
            services: snapshot.services().filter(|view| !view.service.hidden).collect(),
            base: base(theme, snapshot),
            snapshot,
            year,
            root,
            others: tongues.collect(),
            built_at,
            months,
        })
    }

    /// Names of the months of which more must be known, with their rows: those whose pages may be stale by what `recorded` notes of them.
    pub fn stale_months(&self, recorded: impl Fn(&str) -> Option<MonthNote>) -> Vec<String> {
        let missing = self.months.iter().enumerate().filter(|(_, month)| month.rows.is_none());
        let stale = missing.filter(|(place, month)| recorded(&month.name).is_none_or(|note| note.stamp != self.stamp(*place)));
        stale.map(|(_, month)| month.name.clone()).collect()
    }

    /// Gives a month its rows.
    pub fn fill(&mut self, filled: Month<'a>) {
        if let Some(month) = self.months.iter_mut().find(|month| month.name == filled.name) {
            month.take(filled);
        }
    }

    /// The sections of the site: its months, those without rows to be kept as they are.
    pub fn sections(&self) -> Vec<SectionSpec> {
        let section = |(place, month): (usize, &Month<'_>)| SectionSpec {
            name: month.name.clone(),
            note: MonthNote { stamp: self.stamp(place), incidents: month.incidents, ids: month.ids }.to_string(),
            kept: month.rows.is_none(),
        };
        self.months.iter().enumerate().map(section).collect()
    }

    /// Every file of the site but those of sections that are kept, each path once, in the order of paths.
    ///
    /// # Errors
    /// Fails where a feed cannot be written.
    pub fn pages(&self) -> Result<Vec<Page>, UserError> {
        let rows = self.months.iter().filter_map(|month| month.rows.as_ref()).map(Vec::len).sum::<usize>();
        let mut pages = Vec::with_capacity(2 * rows + 256);
        self.html_pages(&mut pages)?;
        self.maintenance_pages(&mut pages)?;
        self.month_pages(&mut pages)?;
        self.statuspage_lists(&mut pages)?;
        self.feeds_and_files(&mut pages)?;
        self.badges(&mut pages)?;
        self.calendar(&mut pages)?;
        self.sitemaps(&mut pages)?;
        pages.par_sort_unstable_by(|left, right| left.path.cmp(&right.path));
        Ok(pages)
    }

    /// Where the home page is, which carries the generation of the site and is rendered last.
    ///
    /// # Errors
    /// None: the path is a good one.
    pub fn home_path() -> Result<SitePath, UserError> {
        SitePath::new("index.html")
    }

    /// Groups the pages to be rendered so that each batch needs few incidents: those of one part of a month, or of some services.
    pub fn batches<'p>(&self, pages: impl IntoIterator<Item = &'p Page>) -> Vec<Batch<'p>> {
        let mut groups: BTreeMap<(usize, usize), Batch<'p>> = BTreeMap::new();
        let mut on_services = 0;
        for page in pages {
            let needed = self.incidents_of(&page.kind);
            let group = match page.kind {
                Kind::Incident(month, place) | Kind::IncidentDocument(month, place) => (month + 2, place / PART),
                Kind::Month(month, part) | Kind::NativeMonth(month, part) => (month + 2, part),
                Kind::Service(_) | Kind::ServiceFeed(_) => {
                    on_services += needed.len();
                    (1, on_services / (2 * PART))
                }
                _ => (0, 0),
            };
            let batch = groups.entry(group).or_default();
            batch.all_ids |= matches!(page.kind, Kind::Sitemap);
            batch.incidents.extend(needed);
            batch.pages.push(page);
        }
        let mut batches: Vec<Batch<'p>> = groups.into_values().collect();
        for batch in &mut batches {
            batch.incidents.sort_unstable();
            batch.incidents.dedup();
        }
        batches
    }

    /// The number of the event that last touched each incident, by row number, as the site was planned with it.
    pub fn revisions(&self) -> HashMap<i64, i64> {
        let rows = self.months.iter().filter_map(|month| month.rows.as_ref()).flatten().map(|row| (row.number, row.revision));
        rows.chain(self.snapshot.recent.iter().map(|incident| (incident.number, incident.revision))).collect()
    }

    /// Row numbers of the incidents a page shows that are not in the snapshot.
    fn incidents_of(&self, kind: &Kind) -> Vec<i64> {
        let row =
            |month: &usize, place: &usize| self.months.get(*month).and_then(|month| month.rows.as_ref()?.get(*place)).map(|row| row.number);
        match kind {
            Kind::Incident(month, place) | Kind::IncidentDocument(month, place) => row(month, place).into_iter().collect(),
            Kind::Month(month, part) | Kind::NativeMonth(month, part) => {
                self.months.get(*month).map_or_else(Vec::new, |month| month.part(*part).iter().map(|row| row.number).collect())
            }
            Kind::Service(place) => self.services.get(*place).map_or_else(Vec::new, |view| self.on_page(view)),
            Kind::ServiceFeed(place) => self.services.get(*place).map_or_else(Vec::new, |view| self.in_feed(view)),
            _ => Vec::new(),
        }
    }

    /// The newest incidents that name a service.
    fn on_page(&self, view: &ServiceView) -> Vec<i64> {
        let naming = self.snapshot.recent.iter().filter(|incident| incident.services.contains(&view.service.number));
        naming.take(ON_SERVICE_PAGE).map(|incident| incident.number).collect()
    }

    /// The incidents that name a service and have the newest updates.
    fn in_feed(&self, view: &ServiceView) -> Vec<i64> {
        let mut naming: Vec<_> = self.snapshot.recent.iter().filter(|incident| incident.services.contains(&view.service.number)).collect();
        naming.sort_by_key(|incident| std::cmp::Reverse((incident.newest_at, incident.number)));
        naming.iter().take(crate::render::feeds::MOST_RECENT).map(|incident| incident.number).collect()
    }

    /// The maintenances that name a service.
    fn maintenances_of(&self, view: &ServiceView) -> impl Iterator<Item = &'a MaintenanceView> {
        let named = |other: &&MaintenanceView| other.services.iter().any(|named| named.id == view.service.id);
        self.snapshot.maintenances.iter().filter(named)
    }

    /// Where a month's part is told.
    fn place_of(&self, month: usize, part: usize) -> Option<MonthPart<'_>> {
        let month = self.months.get(month)?;
        Some(MonthPart { month: &month.name, part: (part + 1 < month.parts()).then_some(part + 1) })
    }

    /// The page before a month's part, in time.
    fn before(&self, month: usize, part: usize) -> Option<MonthPart<'_>> {
        match part.checked_sub(1) {
            Some(earlier) => self.place_of(month, earlier),
            None => self.months.get(month.checked_sub(1)?).map(|month| MonthPart { month: &month.name, part: None }),
        }
    }

    /// The page after a month's part, in time.
    fn after(&self, month: usize, part: usize) -> Option<MonthPart<'_>> {
        if part + 1 < self.months.get(month)?.parts() {
            return self.place_of(month, part + 1);
        }
        self.months.get(month + 1).map(|month| MonthPart { month: &month.name, part: None })
    }

    /// The languages of the pages, that of the root first.
    fn tongues(&self) -> impl Iterator<Item = &Tongue<'a>> {
        std::iter::once(&self.root).chain(&self.others)
    }

    /// The language in which a page is.
    fn tongue_of(&self, page: &Page) -> &Tongue<'a> {
        page.tongue.checked_sub(1).and_then(|place| self.others.get(place)).unwrap_or(&self.root)
    }

    /// How many addresses the site has.
    fn address_count(&self) -> usize {
        let incidents = self.months.iter().map(|month| month.incidents).sum::<usize>();
        let of_a_language = 2
            + self.root.histories.len()
            + self.services.len()
            + incidents
            + self.snapshot.maintenances.len()
            + self.snapshot.series.len()
            + self.months.len();
        of_a_language * (1 + self.others.len())
    }

    /// Names of the months that have a page in the history.
    fn names_of_months(&self) -> Vec<&str> {
        self.months.iter().map(|month| month.name.as_str()).collect()
    }

    /// Addresses of the pages of years.
    fn history_paths(&self) -> impl Iterator<Item = String> + '_ {
        self.root.histories.iter().map(html::history_path)
    }

    /// The present status of a listed service.
    fn service_status(&self, id: &str) -> Option<(ServiceStatus, DateTime<Utc>)> {
        self.snapshot.services().find(|view| view.service.id.as_str() == id).map(|view| (view.status, view.updated_at))
    }
}
