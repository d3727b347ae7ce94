//! What began in one month: a section of the site.

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

use super::PART;
use crate::domain::{IndexRow, MonthNamer};
use crate::site::{Digest, DigestBuilder};
use crate::snapshot::{MaintenanceView, Snapshot};

/// The incidents and maintenances that began in one month of the organization's zone.
#[derive(Clone, Debug)]
pub struct Month<'a> {
    /// `2026-11`.
    pub name: String,
    /// How many incidents began in it.
    pub incidents: usize,
    /// Digest of their ids.
    pub ids: Digest,
    /// Its incidents by (start, number); `None` where nothing of it is to be made.
    pub rows: Option<Vec<IndexRow>>,
    pub(super) maintenances: Vec<&'a MaintenanceView>,
}

/// What the manifest says of a month.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MonthNote {
    /// Digest of everything its pages depend on but its incidents.
    pub stamp: Digest,
    /// How many incidents began in it.
    pub incidents: usize,
    /// Digest of their ids.
    pub ids: Digest,
}

impl fmt::Display for MonthNote {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {} {}", self.stamp, self.incidents, self.ids)
    }
}

impl FromStr for MonthNote {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        let mut words = text.split(' ');
        let mut next = || words.next().ok_or(());
        Ok(Self { stamp: next()?.parse()?, incidents: next()?.parse().map_err(drop)?, ids: next()?.parse()? })
    }
}

impl Month<'_> {
    /// A month with these incidents, by (start, number).
    pub fn of(name: String, rows: Vec<IndexRow>) -> Self {
        let mut ids = DigestBuilder::new();
        for row in &rows {
            ids.text(row.id.as_str());
        }
        Self { name, incidents: rows.len(), ids: ids.finish(), rows: Some(rows), maintenances: Vec::new() }
    }

    /// A month of which no more is known than what the manifest says.
    pub fn noted(name: String, note: MonthNote) -> Self {
        Self { name, incidents: note.incidents, ids: note.ids, rows: None, maintenances: Vec::new() }
    }

    /// What is known of its incidents now.
    pub(super) fn take(&mut self, filled: Month<'_>) {
        (self.incidents, self.ids, self.rows) = (filled.incidents, filled.ids, filled.rows);
    }

    /// How many pages tell of it.
    pub(super) fn parts(&self) -> usize {
        self.incidents.div_ceil(PART).max(1)
    }

    /// The incidents of one of its parts, the oldest being part 0; the last one, which changes most, is the smallest.
    pub(super) fn part(&self, part: usize) -> &[IndexRow] {
        self.rows.as_deref().and_then(|rows| rows.chunks(PART).nth(part)).unwrap_or_default()
    }

    /// The maintenances that a part tells of.
    pub(super) fn maintenances_of(&self, part: usize) -> &[&MaintenanceView] {
        if self.is_newest(part) { &self.maintenances } else { &[] }
    }

    /// Whether a part is the one with the newest incidents, which also tells of the maintenances.
    pub(super) fn is_newest(&self, part: usize) -> bool {
        part + 1 == self.parts()
    }
}

/// The months in which an incident began or the window of a maintenance begins, oldest first; none that lies ahead.
pub(super) fn with_maintenances<'a>(months: Vec<Month<'a>>, snapshot: &'a Snapshot) -> Vec<Month<'a>> {
    let mut namer = MonthNamer::new(snapshot.organization.time_zone);
    let mut by_name: BTreeMap<String, Month<'a>> = months.into_iter().map(|month| (month.name.clone(), month)).collect();
    for view in &snapshot.maintenances {
        let name = namer.name(view.maintenance.scheduled_for);
        let month = by_name.entry(name.to_owned()).or_insert_with(|| Month::of(name.to_owned(), Vec::new()));
        month.maintenances.push(view);
    }
    // What lies ahead is not history yet.
    let present = namer.name(snapshot.at).to_owned();
    by_name.into_values().filter(|month| month.name <= present && (month.incidents > 0 || !month.maintenances.is_empty())).collect()
}
