//! Every file of a site: which there are, a digest of what each is made from, and its bytes.
//!
//! A page that many incidents have must not depend on the state of the moment, or one update would rewrite them all: an incident's own
//! pages depend on its revision, the organization's settings and the theme. What depends on everything (home, lists, feeds) is few.

mod planned;
mod rendered;

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};
use rayon::prelude::*;

use crate::domain::{IndexRow, MonthNamer};
use crate::error::UserError;
use crate::render::html::{self, MonthSummary, Shared};
use crate::render::page::{History, Home};
use crate::site::{Digest, DigestBuilder, SitePath};
use crate::snapshot::{MaintenanceView, ServiceView, Snapshot};
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
        self.badges(&mut pages)?;
        self.calendar(&mut pages)?;
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

    fn before(&self, month: usize) -> Option<&str> {
        self.months.get(month.checked_sub(1)?).map(|month| month.name.as_str())
    }

    fn after(&self, month: usize) -> Option<&str> {
        self.months.get(month + 1).map(|month| month.name.as_str())
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
}

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
