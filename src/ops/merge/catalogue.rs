//! Groups and services of another page.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};

use super::{Merge, count};
use crate::domain::{Group, PublicId, Service, Slug, Standing};
use crate::import::statuspage::{Components, SourceGroup, SourceService};

impl Merge<'_> {
    pub(super) fn components(&mut self, components: &Components, page: Option<&PublicId>, moment: DateTime<Utc>) -> anyhow::Result<()> {
        for group in &components.groups {
            self.group(group, page, moment)?;
        }
        for service in &components.services {
            self.service(service, page, moment)?;
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

    fn group(&mut self, source: &SourceGroup, page: Option<&PublicId>, moment: DateTime<Utc>) -> anyhow::Result<()> {
        let known = self.groups.get(&source.id);
        let undated = known.filter(|_| self.is_working_copy);
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
            created_at: undated.map_or(source.created_at, |known| known.created_at),
            updated_at: undated.map_or(source.updated_at, |known| known.updated_at),
        };
        if undated.is_some_and(|known| *known != group) {
            group.updated_at = group.updated_at.max(moment);
        }
        if count(&mut self.report.groups, known, &group) {
            self.write.put_group(&mut group)?;
            self.groups.insert(group.id.clone(), group);
        }
        Ok(())
    }

    fn service(&mut self, source: &SourceService, page: Option<&PublicId>, moment: DateTime<Utc>) -> anyhow::Result<()> {
        let known = self.services.get(&source.id);
        let undated = known.filter(|_| self.is_working_copy);
        let mut service = Service {
            number: known.map_or(0, |service| service.number),
            id: source.id.clone(),
            slug: known.map_or_else(|| self.free_slug(&source.name, &source.id), |service| service.slug.clone()),
            name: source.name.clone(),
            description: source.description.clone(),
            link: source.link.clone().or_else(|| known.and_then(|service| service.link.clone())),
            group: source.group.clone().filter(|group| self.groups.contains_key(group)),
            position: source.position,
            start_date: source.start_date,
            hidden: known.is_some_and(|service| service.hidden),
            showcase: source.showcase,
            only_show_if_degraded: source.only_show_if_degraded,
            standing: Standing::Listed,
            source_page: page.cloned(),
            created_at: undated.map_or(source.created_at, |known| known.created_at),
            updated_at: undated.map_or(source.updated_at, |known| known.updated_at),
        };
        if undated.is_some_and(|known| *known != service) {
            service.updated_at = service.updated_at.max(moment);
        }
        // What documents of incidents that are over say of it, which is everything but when it last changed.
        let differs = known.is_some_and(|known| *known != Service { updated_at: known.updated_at, ..service.clone() });
        if count(&mut self.report.services, known, &service) {
            self.write.put_service(&mut service)?;
            if differs {
                self.write.touch_incidents_naming(&service.id, self.seq)?;
            }
            self.services.insert(service.id.clone(), service);
        }
        Ok(())
    }

    /// Services that only incidents name are kept, marked, so that their names stay in the updates.
    pub(super) fn names(
        &mut self,
        names: &BTreeMap<PublicId, String>,
        page: Option<&PublicId>,
        moment: DateTime<Utc>,
    ) -> anyhow::Result<()> {
        for (id, name) in names {
            if self.services.contains_key(id) {
                continue;
            }
            let mut service = Service {
                name: name.clone(),
                standing: Standing::IncidentsOnly,
                source_page: page.cloned(),
                ..Service::new(id.clone(), self.free_slug(name, id), moment)
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
}
