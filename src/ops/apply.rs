//! Apply: makes an organization as a declaration says, all of it or nothing.
//!
//! Everything happens inside one transaction of the record, org.toml included: it is replaced last, right before the commit, and the old
//! one is put back where the commit fails. Whoever is killed in between leaves the settings new and the record old; applying the same file
//! again does the rest, since what is so already is left alone. A dry run does the same and takes it back.

mod declared;
mod fields;
mod looks;

use std::path::Path;

use chrono::{DateTime, Utc};
use serde_json::{Map, Value};

use crate::config::{Declaration, SettingChange, name_of_given, read_given_text};
use crate::domain::{Change, EventKind, Group, Service, Slug, Standing, Subject};
use crate::error::{Kind, UserError};
use crate::ops::group;
use crate::ops::import::RolledBack;
use crate::ops::report::{AppliedChange, AppliedField, ApplyReport};
use crate::ops::service;
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
/// As for [`read_given_text`]; bad input for what is no declaration.
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
        looks::check(&folder, &edited, &write.page_id()?)
            .map_err(|error| UserError { message: format!("the settings cannot be used: {}", error.message), ..error })?;
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

/// What happens to something that was there, or is to be.
const fn word_of(before: bool, after: bool) -> &'static str {
    match (before, after) {
        (false, _) => "added",
        (true, true) => "changed",
        (true, false) => "removed",
    }
}
