//! Merging what another page says into an organization's record: it updates, never duplicates, and is never older than what is there.
//!
//! Files are taken in the order of their moments. Each adds or changes groups, services, incidents and maintenances; a summary also closes
//! what it no longer lists; a file that states present statuses is compared with what everything recorded so far computes, and a manual
//! status is recorded where they differ. What a person wrote is kept.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};

use crate::domain::{
    EventKind, Group, Incident, Ledger, Maintenance, ManualStatus, Organization, Origin, PublicId, Service, ServiceStatus, Slug, Standing,
    Subject, Update,
};
use crate::import::statuspage::{Components, SourceFile, SourceGroup, SourceService};
use crate::ops::Deed;
use crate::ops::report::{Counted, ImportReport};
use crate::store::{NewEvent, Scope, Window, Write};

/// Merges `files` in the order of their moments; tells `progress` after each.
pub(super) fn merge(
    write: &Write<'_>,
    organization: &Organization,
    mut files: Vec<SourceFile>,
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
        sentence: format!(
            "imported {} from Statuspage",
            if files.len() == 1 { "1 file".to_owned() } else { format!("{} files", files.len()) }
        ),
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
fn order(file: &SourceFile) -> (Option<DateTime<Utc>>, bool, Option<(DateTime<Utc>, &PublicId)>, &str) {
    let first = file.incidents.first().map(|incident| (incident.created_at, &incident.id));
    (file.moment, file.components.is_none(), first, &file.name)
}

struct Merge<'a> {
    write: &'a Write<'a>,
    organization: &'a Organization,
    deed: &'a Deed,
    seq: i64,
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
        Ok(Self { write, organization, deed, seq, groups, services, held: BTreeMap::new(), report: ImportReport::default() })
    }

    fn file(&mut self, file: SourceFile) -> anyhow::Result<()> {
        self.report.files += 1;
        self.report.warnings.extend(file.warnings);
        let page = file.page.as_ref().map(|page| page.id.clone());
        // A file that says nothing of its time counts from when its taker says.
        let moment = file.moment.map_or_else(|| self.deed.effective(), Ok)?;
        let stated = match &page {
            Some(page) => self.write.source_stated_at(page)?,
            None => None,
        };
        let newer = stated.filter(|stated| moment < *stated);
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
            if let Some(components) = &file.components {
                self.correct(components.services.iter().map(|service| (service.id.clone(), service.status)), moment)?;
                self.write.set_source_stated_at(&page, moment)?;
            }
        }
        Ok(())
    }

    /// Remembers what `page` stated at `newer`, which its older files must not change.
    fn hold(&mut self, page: &PublicId, newer: DateTime<Utc>) -> anyhow::Result<()> {
        if self.held.contains_key(page) {
            return Ok(());
        }
        let history = self.write.history(Scope::Everything, self.organization, Window { since: Some(newer), newest: 0 })?;
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

    fn components(&mut self, components: &Components, page: Option<&PublicId>, moment: DateTime<Utc>) -> anyhow::Result<()> {
        for group in &components.groups {
            self.group(group, page)?;
        }
        for service in &components.services {
            self.service(service, page)?;
        }
        let present: BTreeSet<&PublicId> =
            components.services.iter().map(|service| &service.id).chain(components.groups.iter().map(|group| &group.id)).collect();
        let Some(page) = page else { return Ok(()) };
        let gone = |source: Option<&PublicId>, id: &PublicId| source == Some(page) && !present.contains(id);
        for id in self.services.keys().cloned().collect::<Vec<_>>() {
            let Some(service) = self.services.get_mut(&id) else { continue };
            if service.is_listed() && gone(service.source_page.as_ref(), &id) {
                service.standing = Standing::IncidentsOnly;
                service.group = None;
                service.updated_at = service.updated_at.max(moment);
                self.write.put_service(service)?;
                self.write.touch_incidents_naming(&id, self.seq)?;
                self.report.services.changed += 1;
            }
        }
        for (id, group) in &self.groups {
            let empty = !self.services.values().any(|service| service.group.as_ref() == Some(id));
            if gone(group.source_page.as_ref(), id) && empty && self.write.delete_group(group.number)? {
                self.report.groups.changed += 1;
            }
        }
        self.groups.retain(|id, group| !gone(group.source_page.as_ref(), id));
        Ok(())
    }

    fn group(&mut self, source: &SourceGroup, page: Option<&PublicId>) -> anyhow::Result<()> {
        let known = self.groups.get(&source.id);
        let slug = known.map_or_else(
            || Slug::from_name(&source.name, source.id.as_str()).made_unique(|slug| self.groups.values().any(|group| group.slug == *slug)),
            |group| group.slug.clone(),
        );
        let mut group = Group {
            number: known.map_or(0, |group| group.number),
            id: source.id.clone(),
            slug,
            name: source.name.clone(),
            description: source.description.clone(),
            position: source.position,
            source_page: page.cloned(),
            created_at: source.created_at,
            updated_at: source.updated_at,
        };
        if count(&mut self.report.groups, known, &group) {
            self.write.put_group(&mut group)?;
            self.groups.insert(group.id.clone(), group);
        }
        Ok(())
    }

    fn service(&mut self, source: &SourceService, page: Option<&PublicId>) -> anyhow::Result<()> {
        let known = self.services.get(&source.id);
        let mut service = Service {
            number: known.map_or(0, |service| service.number),
            id: source.id.clone(),
            slug: known.map_or_else(|| self.free_slug(&source.name, &source.id), |service| service.slug.clone()),
            name: source.name.clone(),
            description: source.description.clone(),
            link: known.and_then(|service| service.link.clone()),
            group: source.group.clone().filter(|group| self.groups.contains_key(group)),
            position: source.position,
            start_date: source.start_date,
            hidden: known.is_some_and(|service| service.hidden),
            showcase: source.showcase,
            only_show_if_degraded: source.only_show_if_degraded,
            standing: Standing::Listed,
            source_page: page.cloned(),
            created_at: source.created_at,
            updated_at: source.updated_at,
        };
        let renamed = known.is_some_and(|service| service.name != source.name || !service.is_listed());
        if count(&mut self.report.services, known, &service) {
            self.write.put_service(&mut service)?;
            if renamed {
                self.write.touch_incidents_naming(&service.id, self.seq)?;
            }
            self.services.insert(service.id.clone(), service);
        }
        Ok(())
    }

    /// Services that only incidents name are kept, marked, so that their names stay in the updates.
    fn names(&mut self, names: &BTreeMap<PublicId, String>, page: Option<&PublicId>, moment: DateTime<Utc>) -> anyhow::Result<()> {
        for (id, name) in names {
            if self.services.contains_key(id) {
                continue;
            }
            let mut service = Service {
                number: 0,
                id: id.clone(),
                slug: self.free_slug(name, id),
                name: name.clone(),
                description: None,
                link: None,
                group: None,
                position: 0,
                start_date: None,
                hidden: false,
                showcase: true,
                only_show_if_degraded: false,
                standing: Standing::IncidentsOnly,
                source_page: page.cloned(),
                created_at: moment,
                updated_at: moment,
            };
            self.write.put_service(&mut service)?;
            self.report.services.added += 1;
            self.services.insert(id.clone(), service);
        }
        Ok(())
    }

    fn free_slug(&self, name: &str, id: &PublicId) -> Slug {
        Slug::from_name(name, id.as_str()).made_unique(|slug| self.services.values().any(|service| service.slug == *slug))
    }

    /// `newer`: when its page has stated the present since, without this incident where it is not known.
    fn incident(&mut self, source: Incident, moment: DateTime<Utc>, newer: Option<DateTime<Utc>>) -> anyhow::Result<()> {
        let known = self.write.find_incident(Scope::Everything, source.id.as_str())?.filter(|known| known.id == source.id);
        let Some(known) = known else {
            self.report.updates.added += source.updates.len();
            self.report.incidents.added += 1;
            let closed_by_source_at = newer.filter(|_| source.is_open());
            self.report.closed_by_source += usize::from(closed_by_source_at.is_some());
            return self.put_incident(Incident { closed_by_source_at, ..source });
        };
        if source.updated_at < newest_imported(&known.updates, known.updated_at) {
            self.report.incidents.unchanged += 1;
            self.report.updates.unchanged += source.updates.len();
            return Ok(());
        }
        let listed_again = known.closed_by_source_at.is_none_or(|closed| closed < moment) || !source.is_open();
        let by_person = known.updates.iter().any(|update| update.origin == Origin::Person);
        let merged = Incident {
            number: known.number,
            draft: known.draft,
            revision: known.revision,
            closed_by_source_at: known.closed_by_source_at.filter(|_| !listed_again),
            updated_at: if by_person { known.updated_at.max(source.updated_at) } else { source.updated_at },
            updates: merge_updates(&known.updates, source.updates, &mut self.report.updates),
            ..source
        };
        if !count(&mut self.report.incidents, Some(&known), &merged) {
            return Ok(());
        }
        self.put_incident(merged)
    }

    fn put_incident(&self, mut incident: Incident) -> anyhow::Result<()> {
        incident.revision = self.write.record(NewEvent {
            kind: EventKind::IncidentImported,
            subject: Subject::Incident(incident.id.clone()),
            status: Some(incident.status().to_string()),
            effective_at: incident.updated_at.min(self.deed.now),
            sentence: format!("imported incident {}", incident.title),
        })?;
        Ok(self.write.put_incident(&mut incident)?)
    }

    /// `newer`: as for an incident.
    fn maintenance(&mut self, source: Maintenance, moment: DateTime<Utc>, newer: Option<DateTime<Utc>>) -> anyhow::Result<()> {
        let known = self.write.find_maintenance(Scope::Everything, source.id.as_str())?.filter(|known| known.id == source.id);
        let Some(known) = known else {
            self.report.updates.added += source.updates.len();
            self.report.maintenances.added += 1;
            let unlisted = newer.filter(|_| !source.status_at(moment).is_over());
            self.report.closed_by_source += usize::from(unlisted.is_some());
            let closed_by_source_at = unlisted.or(source.closed_by_source_at);
            return self.put_maintenance(Maintenance { closed_by_source_at, ..source }, moment);
        };
        if source.updated_at < newest_imported(&known.updates, known.updated_at) {
            self.report.maintenances.unchanged += 1;
            self.report.updates.unchanged += source.updates.len();
            return Ok(());
        }
        let listed_again = known.closed_by_source_at.is_none_or(|closed| closed < moment) || source.status_at(moment).is_over();
        let by_person = known.updates.iter().any(|update| update.origin == Origin::Person);
        let merged = Maintenance {
            number: known.number,
            revision: known.revision,
            closed_by_source_at: source.closed_by_source_at.or(known.closed_by_source_at.filter(|_| !listed_again)),
            updated_at: if by_person { known.updated_at.max(source.updated_at) } else { source.updated_at },
            updates: merge_updates(&known.updates, source.updates, &mut self.report.updates),
            ..source
        };
        if !count(&mut self.report.maintenances, Some(&known), &merged) {
            return Ok(());
        }
        self.put_maintenance(merged, moment)
    }

    fn put_maintenance(&self, mut maintenance: Maintenance, moment: DateTime<Utc>) -> anyhow::Result<()> {
        maintenance.revision = self.write.record(NewEvent {
            kind: EventKind::MaintenanceImported,
            subject: Subject::Maintenance(maintenance.id.clone()),
            status: Some(maintenance.status_at(moment).to_string()),
            effective_at: maintenance.updated_at.min(self.deed.now),
            sentence: format!("imported maintenance {}", maintenance.title),
        })?;
        Ok(self.write.put_maintenance(&mut maintenance)?)
    }

    /// A summary lists everything that is not over: what it no longer lists was closed without a word.
    fn close_unlisted(&mut self, page: &PublicId, listed: &BTreeSet<PublicId>, moment: DateTime<Utc>) -> anyhow::Result<()> {
        let history = self.write.history(Scope::Everything, self.organization, Window { since: Some(moment), newest: 0 })?;
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
        let history = self.write.history(Scope::Everything, self.organization, Window { since: Some(moment), newest: 0 })?;
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

/// How new what is known of the source is: what a person wrote later does not make it newer.
fn newest_imported<S>(updates: &[Update<S>], updated_at: DateTime<Utc>) -> DateTime<Utc> {
    if updates.iter().all(|update| update.origin == Origin::Import) {
        return updated_at;
    }
    let imported = updates.iter().filter(|update| update.origin == Origin::Import);
    imported.map(|update| update.updated_at).max().unwrap_or(DateTime::<Utc>::MIN_UTC)
}

/// The source's updates with the rows they have already, and what persons added.
fn merge_updates<S: Clone + PartialEq>(known: &[Update<S>], source: Vec<Update<S>>, counted: &mut Counted) -> Vec<Update<S>> {
    let mut merged: Vec<Update<S>> = Vec::with_capacity(source.len());
    for mut update in source {
        let before = known.iter().find(|other| other.id == update.id);
        update.number = before.map_or(0, |before| before.number);
        count(counted, before, &update);
        merged.push(update);
    }
    merged.extend(known.iter().filter(|update| update.origin == Origin::Person).cloned());
    merged.sort_by_key(|update| (update.display_at, if update.number == 0 { i64::MAX } else { update.number }));
    merged
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
