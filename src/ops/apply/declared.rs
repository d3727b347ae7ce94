//! The groups and services that a file declares: each made, changed, or left as it is already.

use crate::config::{Declared, DeclaredGroup, DeclaredService};
use crate::domain::{EventKind, Group, Service, Slug, Standing, text};
use crate::error::{UserError, nearest};
use crate::ops::apply::Work;
use crate::ops::apply::fields::{differing, fields_of_group, fields_of_service, made};
use crate::ops::group::{self, EditGroup};
use crate::ops::service::{self, ServiceSettings};

impl Work<'_, '_> {
    /// Makes or changes a group as the file says.
    pub(super) fn group(&mut self, declared: &DeclaredGroup) -> Result<(), UserError> {
        let slug = &declared.slug.value;
        let place = self.groups.iter().position(|group| group.slug == *slug);
        let before = place.and_then(|place| self.groups.get(place)).cloned();
        let mut after = before.clone().map_or_else(|| group::new_group(slug, self.at), Ok)?;
        let fields = fields_of_group(&after);
        let old = after.name.clone();
        said(declared.name.as_ref(), slug.as_str(), &old, &declared.slug, |name, place| {
            refused(place, group::apply(&mut after, &EditGroup { name: Some(name.to_owned()), ..EditGroup::default() }))
        })?;
        if let Some(name) = declared.name.as_ref().filter(|name| is_plain_line(&name.value)) {
            name.value.clone_into(&mut after.name);
        }
        let old = after.description.clone().unwrap_or_default();
        said(declared.description.as_ref(), "", &old, &declared.slug, |text, place| {
            refused(place, group::apply(&mut after, &EditGroup { description: Some(text.to_owned()), ..EditGroup::default() }))
        })?;
        match (&declared.position, &before) {
            (Some(position), _) => after.position = position.value,
            (None, None) => after.position = group::next_position(&self.groups, &self.services),
            (None, Some(_)) => {}
        }
        match (place, before) {
            (Some(_), Some(before)) if before == after => self.unchanged += 1,
            (Some(place), Some(before)) => {
                self.public |= group::is_public(self.write, &before)?;
                group::put_edited(self.write, &before, &mut after, self.at)?;
                self.note("group", slug, "changed", differing(fields, fields_of_group(&after)));
                if let Some(known) = self.groups.get_mut(place) {
                    *known = after;
                }
            }
            _ => {
                group::put_added(self.write, &mut after, self.at)?;
                self.public = true;
                self.note("group", slug, "added", made(fields_of_group(&after)));
                self.groups.push(after);
            }
        }
        Ok(())
    }

    /// Makes or changes a service as the file says.
    pub(super) fn service(&mut self, declared: &DeclaredService) -> anyhow::Result<()> {
        let slug = &declared.slug.value;
        let place = self.services.iter().position(|service| service.slug == *slug);
        let before = place.and_then(|place| self.services.get(place)).cloned();
        let mut after = before.clone().map_or_else(|| service::new_service(slug, self.at), Ok)?;
        let fields = fields_of_service(&after, &self.groups);
        after.standing = Standing::Listed;
        self.say(&mut after, declared)?;
        if let Some(name) = declared.name.as_ref().filter(|name| is_plain_line(&name.value)) {
            name.value.clone_into(&mut after.name);
        }
        match (&declared.position, &before) {
            (Some(position), _) => after.position = position.value,
            (None, Some(before)) if before.is_listed() => {}
            (None, _) => after.position = service::next_position(&after, &self.groups, &self.services),
        }
        self.public |= before.as_ref() != Some(&after) && (!after.hidden || before.as_ref().is_some_and(|before| !before.hidden));
        match (place, before) {
            (Some(_), Some(before)) if before == after => self.unchanged += 1,
            (Some(place), Some(before)) => {
                let kind = if before.standing == Standing::Removed { EventKind::ServiceRestored } else { EventKind::ServiceEdited };
                service::put_changed(self.write, kind, &before, &mut after, self.at)?;
                let now = fields_of_service(&after, &self.groups);
                match before.is_listed() {
                    true => self.note("service", slug, "changed", differing(fields, now)),
                    false => self.note("service", slug, "added", made(now)),
                }
                if let Some(known) = self.services.get_mut(place) {
                    *known = after;
                }
            }
            _ => {
                service::put_added(self.write, &mut after, self.at)?;
                self.note("service", slug, "added", made(fields_of_service(&after, &self.groups)));
                self.services.push(after);
            }
        }
        Ok(())
    }

    /// Makes a service as the file says, but for its position; what is so already is not looked at again.
    fn say(&self, after: &mut Service, declared: &DeclaredService) -> anyhow::Result<()> {
        let groups = &self.groups;
        let mut set = |place: &dyn Fn(UserError) -> UserError, settings: ServiceSettings| {
            service::apply(after, &settings, groups).map_err(|error| match error.downcast::<UserError>() {
                Ok(error) => anyhow::Error::from(place(error)),
                Err(error) => error,
            })
        };
        let at_slug = |error| declared.slug.refuse_as(error);
        let usual = ServiceSettings::default;
        let texts = [
            (declared.name.as_ref(), declared.slug.value.as_str(), "name"),
            (declared.description.as_ref(), "", "description"),
            (declared.link.as_ref(), "", "link"),
        ];
        let present = |field: &str, service: &Service| match field {
            "name" => service.name.clone(),
            "description" => service.description.clone().unwrap_or_default(),
            _ => service.link.clone().unwrap_or_default(),
        };
        let before = self.services.iter().find(|service| service.slug == declared.slug.value);
        for (wanted, default, field) in texts {
            let text = wanted.map_or(default, |wanted| wanted.value.as_str());
            if before.is_some_and(|before| present(field, before) == text) {
                continue;
            }
            let text = Some(text.to_owned());
            let settings = match field {
                "name" => ServiceSettings { name: text, ..usual() },
                "description" => ServiceSettings { description: text, ..usual() },
                _ => ServiceSettings { link: text, ..usual() },
            };
            match wanted {
                Some(wanted) => set(&|error| wanted.refuse_as(error), settings)?,
                None => set(&at_slug, settings)?,
            }
        }
        let group = match &declared.group {
            Some(group) if !groups.iter().any(|known| known.slug.as_str() == group.value) => return Err(no_group(group, groups).into()),
            group => group.as_ref().map_or_else(String::new, |group| group.value.clone()),
        };
        let rest = ServiceSettings {
            group: Some(group),
            start_date: Some(declared.start_date.as_ref().map(|date| date.value)),
            hidden: Some(declared.hidden),
            showcase: Some(declared.showcase),
            only_show_if_degraded: Some(declared.only_show_if_degraded),
            ..usual()
        };
        set(&at_slug, rest)
    }
}

/// Whether a text is one line as it is: blanks within it then stay, as they do where it was imported.
fn is_plain_line(said: &str) -> bool {
    text::on_one_line(said).trim() == said
}

/// Does `change` with what the file says of a text, or with its default, unless that is so already.
fn said<'d>(
    wanted: Option<&'d Declared<String>>,
    default: &'d str,
    present: &str,
    slug: &'d Declared<Slug>,
    change: impl FnOnce(&str, &dyn Fn(UserError) -> UserError) -> Result<(), UserError>,
) -> Result<(), UserError> {
    match wanted {
        Some(wanted) if wanted.value != present => change(&wanted.value, &|error| wanted.refuse_as(error)),
        None if default != present => change(default, &|error| slug.refuse_as(error)),
        _ => Ok(()),
    }
}

fn refused(place: &dyn Fn(UserError) -> UserError, outcome: Result<(), UserError>) -> Result<(), UserError> {
    outcome.map_err(place)
}

fn no_group(wanted: &Declared<String>, groups: &[Group]) -> UserError {
    let error = wanted.refuse(&format!("there is no group `{}`", wanted.value.escape_debug()));
    match nearest(&wanted.value, groups.iter().map(|group| group.slug.as_str())) {
        Some(near) => error.hint(format!("did you mean `{near}`?")),
        None => error.hint("say it in a section [[groups]] of the file"),
    }
}
