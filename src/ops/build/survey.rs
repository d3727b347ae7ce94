//! What a build has to know before it can plan: the present, and the months in which something has changed since the last build.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::ops::Range;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::Overtaken;
use crate::domain::{History, IndexRow, MonthNamer, around_month, month_of};
use crate::error::UserError;
use crate::ops::{self, Org};
use crate::render::pages::{self, Month, MonthNote, Site};
use crate::site::{Digest, Generation, OutputFolder};
use crate::snapshot::year::{self, PastMonths, TwelveMonths};
use crate::snapshot::{self, Snapshot};
use crate::store::{Scope, Window};
use crate::theme::Theme;

/// All of time.
pub(super) const EVER: Range<DateTime<Utc>> = DateTime::<Utc>::MIN_UTC..DateTime::<Utc>::MAX_UTC;

/// The record at one moment, as far as a build has to look at it.
pub(super) struct Survey {
    pub(super) history: History,
    pub(super) snapshot: Snapshot,
    year: TwelveMonths,
    /// Number of the newest event.
    pub(super) revision: i64,
    pub(super) fingerprint: Fingerprint,
    /// What the last build into the folder was told apart by, where that is known.
    pub(super) last: Option<Told>,
    /// Months with rows, where they may have changed, and others as the manifest notes them.
    months: Vec<Month<'static>>,
    /// Incidents of which nothing has been said yet.
    untold: HashSet<i64>,
}

/// What the manifest remembers of a build beside its pages.
#[derive(Clone, Deserialize, Serialize)]
pub(super) struct Fingerprint {
    /// Digest of what all pages depend on.
    base: String,
    /// The state of the record, and which record it was.
    state: String,
    /// The moment it was built for, in milliseconds since 1970.
    at: i64,
    #[serde(flatten)]
    told: Told,
    /// What came of the months that were over then.
    #[serde(default)]
    year: PastMonths,
}

/// What tells one build from the next.
#[derive(Clone, Default, Deserialize, Serialize)]
pub(super) struct Told {
    /// The generation of the site.
    #[serde(default)]
    pub(super) generation: Option<Generation>,
    /// Digest of what is told together with the moment of the build, without that.
    #[serde(default)]
    pub(super) told: Option<String>,
}

impl Fingerprint {
    /// What the folder remembers.
    fn recorded(folder: &OutputFolder) -> Option<Self> {
        serde_json::from_str(&folder.manifest().fingerprint).ok()
    }

    /// What is to be remembered of a build at `now`.
    pub(super) fn to_text(&self, now: DateTime<Utc>, generation: &Generation, told: &Digest) -> Result<String, UserError> {
        let told = Told { generation: Some(generation.clone()), told: Some(told.to_string()) };
        let text = serde_json::to_string(&Self { at: now.timestamp_millis(), told, ..self.clone() });
        text.map_err(|error| UserError::failed(format!("cannot remember the build: {error}")))
    }
}

impl Survey {
    pub(super) fn of(org: &Org, theme: &Theme, folder: &OutputFolder, now: DateTime<Utc>) -> anyhow::Result<Self> {
        org.store.read(|reader| {
            let mut history = org.history(Scope::Public, now)?;
            history.organization.looks.logo = org.folder.logo(&org.settings)?;
            let snapshot = snapshot::snapshot(&history, now);
            let told: HashSet<i64> = snapshot.incidents.iter().map(|view| view.incident.number).collect();
            let untold = history.incidents.iter().map(|incident| incident.number).filter(|number| !told.contains(number)).collect();
            let revision = reader.latest_seq()?;
            let state = reader.state_mark(revision)?.unwrap_or_default();
            let base = pages::base(theme, &snapshot).to_string();
            let recorded = Fingerprint::recorded(folder).filter(|_| folder.is_trusted());
            let mut survey = Self {
                history,
                snapshot,
                year: TwelveMonths::default(),
                revision,
                fingerprint: Fingerprint { base, state, at: now.timestamp_millis(), told: Told::default(), year: PastMonths::new() },
                last: recorded.as_ref().map(|recorded| recorded.told.clone()),
                months: Vec::new(),
                untold,
            };
            let last = survey.usable(recorded, org, folder)?;
            survey.months = match &last {
                Some(last) => survey.months_beside(org, folder, &survey.changed(org, folder, last)?)?,
                None => survey.all_months(org)?,
            };
            survey.year = survey.year(org, folder, last)?;
            survey.fingerprint.year = survey.year.past(&survey.snapshot);
            Ok(survey)
        })
    }

    /// The site to be built, with the rows of every month whose pages may be stale.
    pub(super) fn site<'a>(&'a self, org: &Org, theme: &'a Theme, folder: &OutputFolder, now: DateTime<Utc>) -> anyhow::Result<Site<'a>> {
        let site = Site::new(theme, &self.snapshot, &self.year, self.months.clone(), now);
        let mut site = site.map_err(|error| ops::theme::placed(&org.folder, error))?;
        let stale = site.stale_months(|name| note(folder, name));
        if !stale.is_empty() {
            org.store.read(|reader| {
                anyhow::ensure!(reader.latest_seq()? == self.revision, Overtaken);
                for name in &stale {
                    site.fill(self.month(org, name)?);
                }
                Ok(())
            })?;
        }
        Ok(site)
    }

    /// The rows of the incidents that began in a stretch of time, by (start, number).
    pub(super) fn rows(&self, org: &Org, stretch: Range<DateTime<Utc>>) -> Result<Vec<IndexRow>, UserError> {
        let mut rows = org.store.incident_index(Scope::Public, stretch.start, stretch.end)?;
        rows.retain(|row| !self.untold.contains(&row.number));
        Ok(rows)
    }

    /// What is remembered of the build that the folder holds, where it was one of this record in this form.
    fn usable(&self, recorded: Option<Fingerprint>, org: &Org, folder: &OutputFolder) -> anyhow::Result<Option<Fingerprint>> {
        let manifest = folder.manifest();
        let last = recorded.filter(|last| last.base == self.fingerprint.base && !last.state.is_empty() && last.at <= self.fingerprint.at);
        let Some(last) = last.filter(|last| DateTime::from_timestamp_millis(last.at).is_some()) else { return Ok(None) };
        let is_same_record = org.store.state_mark(manifest.revision)?.is_some_and(|state| state == last.state);
        let is_usable = is_same_record && manifest.sections().keys().all(|name| note(folder, name).is_some());
        Ok(Some(last).filter(|_| is_usable))
    }

    /// The months in which something may have changed since the `last` build.
    fn changed(&self, org: &Org, folder: &OutputFolder, last: &Fingerprint) -> anyhow::Result<BTreeSet<String>> {
        let at = DateTime::from_timestamp_millis(last.at).unwrap_or(DateTime::<Utc>::MIN_UTC);
        let mut namer = self.namer();
        let starts = org.store.starts_changed_since(folder.manifest().revision, at)?;
        Ok(starts.into_iter().map(|start| namer.name(start).to_owned()).collect())
    }

    /// Twelve months of the services. Those that are over are known from the `last` build, unless what was written since reaches back to
    /// them; only then the record is read that far.
    fn year(&self, org: &Org, folder: &OutputFolder, last: Option<Fingerprint>) -> anyhow::Result<TwelveMonths> {
        let mut past = last.map_or_else(PastMonths::new, |last| last.year);
        if !past.is_empty() {
            let said_again = org.store.reaches_back_to(folder.manifest().revision)?;
            let zone = self.snapshot.organization.time_zone;
            past.retain(|name, _| said_again.is_none_or(|moment| month_of(moment, zone) > *name));
        }
        if let Some(since) = year::missing_since(&self.snapshot, &past) {
            let window = Window::statuses(since, self.snapshot.at);
            let history = org.store.history(Scope::Public, &self.snapshot.organization, window)?;
            past = year::past_months(&history, &self.snapshot);
        }
        Ok(TwelveMonths::of(&self.snapshot, &past))
    }

    /// The changed months with their rows, and those beside them as they are noted.
    fn months_beside(&self, org: &Org, folder: &OutputFolder, changed: &BTreeSet<String>) -> anyhow::Result<Vec<Month<'static>>> {
        let mut months: Vec<Month<'static>> = Vec::new();
        for name in folder.manifest().sections().keys().filter(|name| !changed.contains(*name)) {
            months.extend(note(folder, name).map(|note| Month::noted(name.clone(), note)));
        }
        for name in changed {
            months.push(self.month(org, name)?);
        }
        Ok(months)
    }

    fn month(&self, org: &Org, name: &str) -> Result<Month<'static>, UserError> {
        let mut namer = self.namer();
        let mut rows = self.rows(org, around_month(name, self.snapshot.organization.time_zone))?;
        rows.retain(|row| namer.name(row.started_at) == name);
        Ok(Month::of(name.to_owned(), rows))
    }

    fn all_months(&self, org: &Org) -> Result<Vec<Month<'static>>, UserError> {
        let mut namer = self.namer();
        let mut months: BTreeMap<String, Vec<IndexRow>> = BTreeMap::new();
        for row in self.rows(org, EVER)? {
            let name = namer.name(row.started_at);
            match months.get_mut(name) {
                Some(rows) => rows.push(row),
                None => drop(months.insert(name.to_owned(), vec![row])),
            }
        }
        Ok(months.into_iter().map(|(name, rows)| Month::of(name, rows)).collect())
    }

    fn namer(&self) -> MonthNamer {
        MonthNamer::new(self.snapshot.organization.time_zone)
    }
}

/// What the manifest says of a month.
fn note(folder: &OutputFolder, name: &str) -> Option<MonthNote> {
    folder.manifest().sections().get(name)?.note.parse().ok()
}
