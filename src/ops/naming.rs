//! Finding what a command names, and writing down what an update says of services.

use chrono::{DateTime, Utc};

use crate::domain::{Affected, Group, History, Ledger, Organization, POSITIONS, PublicId, Service, ServiceStatus, Standing, text};
use crate::error::UserError;
use crate::ops::{incident::NamedStatus, unknown};
use crate::store::{Scope, Window, Write};

/// The catalogue of services and their statuses around a moment, read inside a write.
pub(super) struct Catalogue {
    history: History,
    ledger: Ledger,
}

impl Catalogue {
    /// What counts at `at` and later.
    pub(super) fn read(write: &Write<'_>, organization: &Organization, at: DateTime<Utc>) -> anyhow::Result<Self> {
        let history = write.history(Scope::Everything, organization, Window::statuses(at, at))?;
        Ok(Self { ledger: Ledger::new(&history), history })
    }

    /// The same as if this update of this incident had not been said: what was before it.
    pub(super) fn read_without(
        write: &Write<'_>,
        organization: &Organization,
        at: DateTime<Utc>,
        incident: i64,
        update: i64,
    ) -> anyhow::Result<Self> {
        let mut history = write.history(Scope::Everything, organization, Window::statuses(at, at))?;
        for outline in history.outlines.iter_mut().filter(|outline| outline.course.incident == incident) {
            outline.course.said.retain(|said| said.number != update);
        }
        Ok(Self { ledger: Ledger::new(&history), history })
    }

    /// The service a command names by slug, id or number.
    pub(super) fn service(&self, key: &str) -> Result<&Service, UserError> {
        find_service(&self.history.services, key)
    }

    /// The service with this id.
    pub(super) fn by_id(&self, id: &PublicId) -> Option<&Service> {
        self.history.service(id)
    }

    /// A service's status at a moment.
    pub(super) fn status_at(&self, id: &PublicId, at: DateTime<Utc>) -> ServiceStatus {
        self.ledger.status_at(id, at)
    }

    /// What an update at `at` says: `service` now has `status`.
    pub(super) fn affected(&self, service: &Service, status: ServiceStatus, at: DateTime<Utc>) -> Affected {
        Affected {
            service: Some(service.id.clone()),
            name: written_name(service, &self.history.groups),
            old_status: Some(self.status_at(&service.id, at)),
            new_status: Some(status),
        }
    }

    /// The services a command names, each once, each with its status or the one that `fits`.
    pub(super) fn named(&self, named: &[NamedStatus], fits: ServiceStatus) -> anyhow::Result<Vec<(Service, ServiceStatus)>> {
        let mut services: Vec<(Service, ServiceStatus)> = Vec::new();
        for NamedStatus { service: key, status } in named {
            let service = self.service(key)?;
            if services.iter().any(|(other, _)| other.id == service.id) {
                return Err(UserError::usage(format!("service `{}` is named twice", service.slug)).into());
            }
            services.push((service.clone(), status.unwrap_or(fits)));
        }
        Ok(services)
    }
}

/// A position that somebody asks for.
pub(super) fn checked_position(position: Option<i64>) -> Result<Option<i64>, UserError> {
    match position {
        Some(position) if !POSITIONS.contains(&position) => {
            let (first, last) = (POSITIONS.start(), POSITIONS.end());
            Err(UserError::usage(format!("there is no position {position}: positions go from {first} to {last}")))
        }
        position => Ok(position),
    }
}

/// The position behind these.
pub(super) fn position_behind(positions: impl Iterator<Item = i64>) -> i64 {
    positions.max().unwrap_or(0).saturating_add(1).min(*POSITIONS.end())
}

/// A service by slug, id or number.
pub(super) fn find_service<'a>(services: &'a [Service], key: &str) -> Result<&'a Service, UserError> {
    let present = || services.iter().filter(|service| service.standing != Standing::Removed);
    present()
        .find(|service| service.slug.as_str() == key)
        .or_else(|| present().find(|service| service.id.as_str() == key))
        .or_else(|| present().find(|service| service.number.to_string() == key))
        .ok_or_else(|| unknown("service", key, present().map(|service| service.slug.as_str()), "service list"))
}

/// A group by slug, id or number.
pub(super) fn find_group<'a>(groups: &'a [Group], key: &str) -> Result<&'a Group, UserError> {
    groups
        .iter()
        .find(|group| group.slug.as_str() == key || group.id.as_str() == key || group.number.to_string() == key)
        .ok_or_else(|| unknown("group", key, groups.iter().map(|group| group.slug.as_str()), "group list"))
}

/// A service's name as updates write it: `Group - Service` for one in a group.
pub(super) fn written_name(service: &Service, groups: &[Group]) -> String {
    match service.group.as_ref().and_then(|id| groups.iter().find(|group| group.id == *id)) {
        Some(group) => format!("{} - {}", group.name, service.name),
        None => service.name.clone(),
    }
}

/// One line for visitors: trimmed, without the characters no output may carry, not empty.
pub(super) fn one_line(what: &str, said: &str) -> Result<String, UserError> {
    let line = text::on_one_line(said).split_whitespace().collect::<Vec<_>>().join(" ");
    if line.is_empty() {
        return Err(UserError::usage(format!("the {what} is empty")));
    }
    if line.len() > 1000 {
        return Err(UserError::usage(format!("the {what} is longer than 1,000 bytes")));
    }
    Ok(line)
}
