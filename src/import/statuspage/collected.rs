//! What the incidents and maintenances of one file tell together: which ids were used, and how services are called.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};

use super::object::{Object, Reason};
use crate::domain::PublicId;

/// Collected while the elements of a file are read one after the other.
pub(super) struct Collected {
    /// The page of the file.
    pub(super) page: Option<PublicId>,
    /// Whether the page is incident.io's, so that every body in the file is Markdown.
    pub(super) markdown: bool,
    told: BTreeSet<PublicId>,
    updates: BTreeSet<PublicId>,
    names: BTreeMap<PublicId, Name>,
}

/// A name, and what makes a better one: an object describes the service when the file was saved, an update only names it as it was.
struct Name {
    rank: (bool, DateTime<Utc>),
    name: String,
}

impl Collected {
    /// Nothing yet, for a file of this page.
    pub(super) fn of_page(page: Option<PublicId>, markdown: bool) -> Self {
        Self { page, markdown, told: BTreeSet::new(), updates: BTreeSet::new(), names: BTreeMap::new() }
    }

    /// Refuses an incident or maintenance whose id was used before.
    pub(super) fn check_new(&self, id: &PublicId) -> Result<(), Reason> {
        refuse_known(&self.told, id)
    }

    /// Refuses an update whose id was used before.
    pub(super) fn check_new_update(&self, id: &PublicId) -> Result<(), Reason> {
        refuse_known(&self.updates, id)
    }

    /// Remembers that an incident or maintenance is used.
    pub(super) fn used(&mut self, id: &PublicId) {
        self.told.insert(id.clone());
    }

    /// Remembers that an update is used.
    pub(super) fn used_update(&mut self, id: &PublicId) {
        self.updates.insert(id.clone());
    }

    /// A name an update gives a service, true at `at`.
    pub(super) fn named_by_update(&mut self, service: &PublicId, name: &str, at: DateTime<Utc>) {
        self.name(service, name.trim(), (false, at));
    }

    /// The services an incident or maintenance last changed at `at` carries as objects, in order; they leave their names here.
    pub(super) fn services_of(&mut self, object: &Object<'_>, at: DateTime<Utc>) -> Vec<PublicId> {
        let mut services = Vec::new();
        for component in object.objects("components").map(|components| components.list).unwrap_or_default() {
            match component.id() {
                Ok(id) => {
                    if let Some(name) = component.line("name") {
                        self.name(&id, &name, (true, at));
                    }
                    services.push(id);
                }
                Err(reason) => component.leave_out(&reason),
            }
        }
        services
    }

    /// The best name of each service.
    pub(super) fn into_names(self) -> BTreeMap<PublicId, String> {
        self.names.into_iter().map(|(service, best)| (service, best.name)).collect()
    }

    fn name(&mut self, service: &PublicId, name: &str, rank: (bool, DateTime<Utc>)) {
        if !name.is_empty() && self.names.get(service).is_none_or(|best| best.rank < rank) {
            self.names.insert(service.clone(), Name { rank, name: name.to_owned() });
        }
    }
}

fn refuse_known(known: &BTreeSet<PublicId>, id: &PublicId) -> Result<(), Reason> {
    if known.contains(id) { Err(format!("`{id}` is in the file twice, the first one counts")) } else { Ok(()) }
}
