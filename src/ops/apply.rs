//! Apply: makes an organization as a declaration says, all of it or nothing.
//!
//! Everything happens inside one transaction of the record, org.toml included: it is replaced last, right before the commit, and the old
//! one is put back where the commit fails. Whoever is killed in between leaves the settings new and the record old; applying the same file
//! again does the rest, since what is so already is left alone. A dry run does the same and takes it back.

mod fields;

use std::path::Path;

use chrono::{DateTime, Utc};
use serde_json::{Map, Value};

use crate::config::{Declaration, Declared, DeclaredGroup, DeclaredService, SettingChange, name_of_given, read_given_text};
use crate::domain::{Change, EventKind, Group, Service, Slug, Standing, Subject, text};
use crate::error::{Kind, UserError, nearest};
use crate::ops::apply::fields::{differing, fields_of_group, fields_of_service, made};
use crate::ops::group::{self, EditGroup};
use crate::ops::import::RolledBack;
use crate::ops::report::{AppliedChange, AppliedField, ApplyReport};
use crate::ops::service::{self, ServiceSettings};
use crate::ops::{Deed, Org};
use crate::store::{NewEvent, Scope, Write};

/// What `apply` is told beside the file.
#[derive(Clone, Copy, Debug, Default)]
pub struct ApplyOptions<'a> {
    /// Whether groups and services go that the file lacks.
    pub prune: bool,
    /// Say what would happen, and write nothing.
    pub dry_run: bool,
    /// What somebody has agreed to: anything else is refused.
    pub agreed: Option<&'a ApplyReport>,
}

/// Most bytes of a declaration; more is a mistake, such as a dump given for one.
const LARGEST_FILE: u64 = 1 << 20;

/// Reads the declaration at `path`; `-` is standard input.
///
/// # Errors
/// Not found for a path that does not exist; bad input for what is too large, no text, or no declaration.
pub fn read(path: &Path) -> Result<Declaration, UserError> {
    let text = read_given_text(path, LARGEST_FILE)?;
    Declaration::parse(Path::new(&name_of_given(path)), &text)
}

/// Makes the organization as `declaration` says.
///
/// # Errors
/// Bad input, with its place in the file, where a value cannot be or a group does not exist; bad input where org.toml cannot be edited;
/// conflict where something else would change than was agreed to. Nothing has changed then.
pub fn apply(org: &mut Org, declaration: &Declaration, options: &ApplyOptions<'_>, deed: &Deed) -> anyhow::Result<ApplyReport> {
    let at = deed.effective()?;
    let folder = org.folder.clone();
    let (mut report, mut replaced) = (None, None);
    let outcome = org.write(deed, |write| {
        let edited = folder.with_settings(&declaration.settings)?;
        let mut work = Work::begin(write, at)?;
        work.settings(&edited.changes)?;
        work.make(declaration)?;
        let done = work.leave(declaration, options.prune)?;
        let done = report.insert(ApplyReport { dry_run: options.dry_run, ..done });
        if options.agreed.is_some_and(|agreed| agreed.changes != done.changes) {
            return Err(UserError::new(Kind::Changed, "the organization was changed meanwhile").hint("apply the file again").into());
        }
        if options.dry_run || done.changes.is_empty() {
            return Err(RolledBack.into());
        }
        if !edited.is_unchanged() {
            replaced = Some(edited.put()?);
        }
        Ok(())
    });
    match outcome {
        Err(error) if !error.is::<RolledBack>() => return Err(error),
        _ => {}
    }
    if let Some(replaced) = replaced.take() {
        replaced.keep();
        org.settings = org.folder.settings()?;
    }
    report.ok_or_else(|| UserError::failed("nothing came of applying the file").into())
}

/// Doing it, with what is recorded as far as it is done.
struct Work<'w, 's> {
    write: &'w Write<'s>,
    at: DateTime<Utc>,
    groups: Vec<Group>,
    services: Vec<Service>,
    changes: Vec<AppliedChange>,
    unchanged: usize,
    public: bool,
}

impl<'w, 's> Work<'w, 's> {
    fn begin(write: &'w Write<'s>, at: DateTime<Utc>) -> Result<Self, UserError> {
        let (groups, services) = (write.groups(Scope::Everything)?, write.services(Scope::Everything)?);
        Ok(Self { write, at, groups, services, changes: Vec::new(), unchanged: 0, public: false })
    }

    /// Notes what org.toml will say; its event comes first, so that `undo` meets it last.
    fn settings(&mut self, changes: &[SettingChange]) -> Result<(), UserError> {
        if changes.is_empty() {
            return Ok(());
        }
        let side = |value: fn(&SettingChange) -> &Option<Value>| -> Map<String, Value> {
            changes.iter().map(|change| (change.setting.clone(), value(change).clone().unwrap_or_default())).collect()
        };
        let names: Vec<&str> = changes.iter().map(|change| change.setting.as_str()).collect();
        let event = NewEvent {
            kind: EventKind::OrganizationEdited,
            subject: Subject::Organization,
            status: None,
            effective_at: self.at,
            sentence: format!("changed settings {}", names.join(", ")),
        };
        let change = Change::settings(side(|change| &change.before), side(|change| &change.after));
        self.write.record_change(self.write.next_seq()?, event, change)?;
        self.public = true;
        self.changes.extend(changes.iter().map(|change| {
            let (before, after) = (change.before.clone().unwrap_or_default(), change.after.clone().unwrap_or_default());
            let word = word_of(!before.is_null(), !after.is_null());
            AppliedChange {
                kind: "setting",
                name: change.setting.clone(),
                change: word,
                fields: vec![AppliedField { field: "value", before, after }],
            }
        }));
        Ok(())
    }

    /// Makes the groups and services that the file names.
    fn make(&mut self, declaration: &Declaration) -> anyhow::Result<()> {
        for declared in &declaration.groups {
            self.group(declared)?;
        }
        for declared in &declaration.services {
            self.service(declared)?;
        }
        Ok(())
    }

    fn group(&mut self, declared: &DeclaredGroup) -> Result<(), UserError> {
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

    fn service(&mut self, declared: &DeclaredService) -> anyhow::Result<()> {
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

    /// What becomes of what the file lacks: it goes, or it stays and is told.
    fn leave(mut self, declaration: &Declaration, prune: bool) -> anyhow::Result<ApplyReport> {
        let named = |service: &Service| declaration.services.iter().any(|declared| declared.slug.value == service.slug);
        let mut services: Vec<Service> = self.services.iter().filter(|service| service.is_listed() && !named(service)).cloned().collect();
        let known = |group: &Group| declaration.groups.iter().any(|declared| declared.slug.value == group.slug);
        let mut groups: Vec<Group> = self.groups.iter().filter(|group| !known(group)).cloned().collect();
        if prune {
            self.refuse_orphans(declaration, &groups)?;
            for service in services.drain(..) {
                service::put_removed(self.write, &service, self.at)?;
                self.public |= !service.hidden;
                self.note("service", &service.slug, "removed", Vec::new());
            }
            for group in groups.drain(..) {
                self.public |= group::is_public(self.write, &group)?;
                self.remove_group(&group)?;
                self.note("group", &group.slug, "removed", Vec::new());
            }
        }
        Ok(ApplyReport {
            dry_run: false,
            effective_at: self.at,
            public: self.public,
            changes: self.changes,
            unchanged: self.unchanged,
            other_groups: groups.into_iter().map(|group| group.slug).collect(),
            other_services: services.into_iter().map(|service| service.slug).collect(),
        })
    }

    /// Refuses a service of the file in a group that would go.
    fn refuse_orphans(&self, declaration: &Declaration, going: &[Group]) -> Result<(), UserError> {
        for group in declaration.services.iter().filter_map(|declared| declared.group.as_ref()) {
            if going.iter().any(|gone| gone.slug.as_str() == group.value) {
                return Err(group.refuse(&format!("group `{}` is not in the file, and `--prune` would remove it", group.value)));
            }
        }
        Ok(())
    }

    fn remove_group(&self, group: &Group) -> Result<(), UserError> {
        // Read again, since some of them may be gone for good.
        let services = self.write.services(Scope::Everything)?;
        let (listed, others): (Vec<&Service>, Vec<&Service>) = services
            .iter()
            .filter(|service| service.group.as_ref() == Some(&group.id))
            .partition(|service| service.standing != Standing::Removed);
        for member in listed {
            // Only incidents name it; the group means nothing to it.
            let mut after = Service { group: None, ..member.clone() };
            service::put_changed(self.write, EventKind::ServiceEdited, member, &mut after, self.at)?;
        }
        group::put_removed(self.write, group, &others, self.at)
    }

    fn note(&mut self, kind: &'static str, slug: &Slug, change: &'static str, fields: Vec<AppliedField>) {
        self.changes.push(AppliedChange { kind, name: slug.to_string(), change, fields });
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

/// What happens to something that was there, or is to be.
const fn word_of(before: bool, after: bool) -> &'static str {
    match (before, after) {
        (false, _) => "added",
        (true, true) => "changed",
        (true, false) => "removed",
    }
}
