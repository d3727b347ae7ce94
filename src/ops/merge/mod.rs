//! Merging what another page says into an organization's record: it updates, never duplicates, and is never older than what is there.
//!
//! Files are taken in the order of their moments. Each adds or changes groups, services, incidents and maintenances; a summary also closes
//! what it no longer lists; a file that states present statuses is compared with what everything recorded so far computes, and a manual
//! status is recorded where they differ. What a person wrote is kept.

mod catalogue;
mod told;

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};

use crate::domain::{
    EventKind, Group, Incident, Ledger, Maintenance, ManualStatus, Organization, Origin, PublicId, Service, ServiceStatus, Subject,
};
use crate::import::statuspage::{SourceFile, StatedStatus};
use crate::ops::Deed;
use crate::ops::report::{Counted, ImportReport};
use crate::store::{NewEvent, Scope, Window, Write};

/// The tool whose files are payloads, of which people import many at once.
pub(super) const STATUSPAGE: &str = "Statuspage";

/// Merges `files`, which came from `tool`, in the order of their moments; tells `progress` after each.
pub(super) fn merge(
    write: &Write<'_>,
    organization: &Organization,
    mut files: Vec<SourceFile>,
    tool: &str,
    deed: &Deed,
    progress: &dyn Fn(usize),
) -> anyhow::Result<ImportReport> {
    files.sort_by(|left, right| order(left).cmp(&order(right)));
    let fresh = write.is_empty()?;
    let seq = write.record(NewEvent {
        kind: EventKind::ImportFinished,
        subject: Subject::Organization,
        status: None,
        effective_at: deed.effective()?,
        sentence: match files.as_slice() {
            [file] if file.is_working_copy || tool != STATUSPAGE => format!("imported a folder from {tool}"),
            [_] => format!("imported 1 file from {tool}"),
            files => format!("imported {} files from {tool}", files.len()),
        },
    })?;
    if fresh && let Some(page) = files.iter().find_map(|file| file.page.as_ref()) {
        write.set_page_id(&page.id)?;
    }
    let mut merge = Merge::begin(write, organization, deed, seq)?;
    for (done, file) in files.into_iter().enumerate() {
        merge.file(file)?;
        progress(done + 1);
    }
    Ok(merge.report)
}

/// Files by moment; then by content, so that names and folders do not matter.
fn order(file: &SourceFile) -> impl Ord + '_ {
    let first = file.incidents.first().map(|incident| (incident.created_at, &incident.id));
    (file.moment, file.components.is_none(), first, &file.name)
}

struct Merge<'a> {
    write: &'a Write<'a>,
    organization: &'a Organization,
    deed: &'a Deed,
    seq: i64,
    /// Whether the file being merged has no age.
    is_working_copy: bool,
    groups: BTreeMap<PublicId, Group>,
    services: BTreeMap<PublicId, Service>,
    /// What pages stated newest before this import, service by service, once an older file of theirs comes along.
    held: BTreeMap<PublicId, Vec<(PublicId, ServiceStatus)>>,
    report: ImportReport,
}

impl<'a> Merge<'a> {
    fn begin(write: &'a Write<'a>, organization: &'a Organization, deed: &'a Deed, seq: i64) -> anyhow::Result<Self> {
        let groups = write.groups(Scope::Everything)?.into_iter().map(|group| (group.id.clone(), group)).collect();
        let services = write.services(Scope::Everything)?.into_iter().map(|service| (service.id.clone(), service)).collect();
        let report = ImportReport::default();
        Ok(Self { write, organization, deed, seq, is_working_copy: false, groups, services, held: BTreeMap::new(), report })
    }

    fn file(&mut self, file: SourceFile) -> anyhow::Result<()> {
        self.report.files += 1;
        self.is_working_copy = file.is_working_copy;
        self.report.warnings.extend(file.warnings);
        let page = file.page.as_ref().map(|page| page.id.clone());
        // A file that says nothing of its time counts from when its taker says.
        let moment = file.moment.map_or_else(|| self.deed.effective(), Ok)?;
        let stated = match &page {
            Some(page) => self.write.source_stated_at(page)?,
            None => None,
        };
        let newer = stated.filter(|stated| moment < *stated && !file.is_working_copy);
        let current = newer.is_none();
        if let (Some(page), Some(newer)) = (&page, newer) {
            self.hold(page, newer)?;
        }
        let before = self.told();
        if let Some(components) = file.components.as_ref().filter(|_| current) {
            self.components(components, page.as_ref(), moment)?;
        }
        self.names(&file.names, page.as_ref(), moment)?;
        let listed: BTreeSet<PublicId> = file
            .incidents
            .iter()
            .map(|incident| incident.id.clone())
            .chain(file.maintenances.iter().map(|other| other.id.clone()))
            .collect();
        for incident in file.incidents {
            self.incident(incident, moment, newer)?;
        }
        for maintenance in file.maintenances {
            self.maintenance(maintenance, moment, newer)?;
        }
        self.stated(&file.stated)?;
        if let (Some(page), Some(newer)) = (&page, newer)
            && self.told() != before
        {
            let held = self.held.get(page).cloned().unwrap_or_default();
            self.correct(held, newer)?;
        }
        if let Some(page) = page.filter(|_| current) {
            if file.lists_open {
                self.close_unlisted(&page, &listed, moment)?;
            }
            // In a working copy present statuses follow from its incidents, which are recorded.
            if let Some(components) = file.components.as_ref().filter(|_| !file.is_working_copy) {
                self.correct(components.services.iter().map(|service| (service.id.clone(), service.status)), moment)?;
                self.write.set_source_stated_at(&page, moment)?;
            }
        }
        Ok(())
    }

    /// Records statuses of the past, each once.
    fn stated(&mut self, stated: &[StatedStatus]) -> anyhow::Result<()> {
        if stated.is_empty() {
            return Ok(());
        }
        let known = self.write.manual_statuses(Scope::Everything, None)?;
        let known: BTreeSet<_> = known.iter().map(|known| (&known.service, known.at, known.status)).collect();
        for stated in stated.iter().filter(|stated| !known.contains(&(&stated.service, stated.at, stated.status))) {
            self.write.put_manual_status(&mut ManualStatus {
                number: 0,
                service: stated.service.clone(),
                status: stated.status,
                at: stated.at,
                message: None,
                origin: Origin::Import,
                created_at: self.deed.now,
            })?;
            self.report.past_statuses += 1;
        }
        Ok(())
    }

    /// Remembers what `page` stated at `newer`, which its older files must not change.
    fn hold(&mut self, page: &PublicId, newer: DateTime<Utc>) -> anyhow::Result<()> {
        if self.held.contains_key(page) {
            return Ok(());
        }
        let history = self.write.history(Scope::Everything, self.organization, Window::statuses(newer, newer))?;
        let ledger = Ledger::new(&history);
        let of_page = self.services.values().filter(|service| service.is_listed() && service.source_page.as_ref() == Some(page));
        let stated = of_page.map(|service| (service.id.clone(), ledger.status_at(&service.id, newer))).collect();
        self.held.insert(page.clone(), stated);
        Ok(())
    }

    /// How much has been written about incidents and maintenances so far.
    fn told(&self) -> usize {
        [&self.report.incidents, &self.report.maintenances].iter().map(|counted| counted.added + counted.changed).sum()
    }

    /// A summary lists everything that is not over: what it no longer lists was closed without a word.
    fn close_unlisted(&mut self, page: &PublicId, listed: &BTreeSet<PublicId>, moment: DateTime<Utc>) -> anyhow::Result<()> {
        let window = Window::present(moment, moment, 0);
        let history = self.write.history(Scope::Everything, self.organization, window)?;
        for incident in history.incidents {
            if incident.source_page.as_ref() == Some(page)
                && incident.is_open()
                && incident.created_at <= moment
                && !listed.contains(&incident.id)
            {
                self.report.closed_by_source += 1;
                self.put_incident(Incident { closed_by_source_at: Some(moment), ..incident })?;
            }
        }
        for maintenance in history.maintenances {
            let over = maintenance.status_at(moment).is_over();
            if maintenance.source_page.as_ref() == Some(page)
                && !over
                && maintenance.created_at <= moment
                && !listed.contains(&maintenance.id)
            {
                self.report.closed_by_source += 1;
                self.put_maintenance(Maintenance { closed_by_source_at: Some(moment), ..maintenance }, moment)?;
            }
        }
        Ok(())
    }

    /// Records a manual status wherever a file states another one than what everything recorded so far computes.
    fn correct(&mut self, stated: impl IntoIterator<Item = (PublicId, ServiceStatus)>, moment: DateTime<Utc>) -> anyhow::Result<()> {
        let history = self.write.history(Scope::Everything, self.organization, Window::statuses(moment, moment))?;
        let ledger = Ledger::new(&history);
        for (service, status) in stated {
            if ledger.status_at(&service, moment) == status {
                continue;
            }
            self.write.put_manual_status(&mut ManualStatus {
                number: 0,
                service,
                status,
                at: moment,
                message: None,
                origin: Origin::Import,
                created_at: self.deed.now,
            })?;
            self.report.corrections += 1;
        }
        Ok(())
    }
}

/// Counts one thing as added, changed or unchanged; says whether it has to be written.
fn count<T: PartialEq>(counted: &mut Counted, known: Option<&T>, now: &T) -> bool {
    match known {
        None => counted.added += 1,
        Some(known) if known == now => {
            counted.unchanged += 1;
            return false;
        }
        Some(_) => counted.changed += 1,
    }
    true
}
