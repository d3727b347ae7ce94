//! What a record offers to choose from while somebody is still typing: services, groups, open incidents, maintenance.
//!
//! Nobody waits for these and nothing is touched: a record that is held, of another version or not there offers nothing.

use chrono::{DateTime, Utc};

use crate::config::OrgFolder;
use crate::domain::{Incident, Maintenance, Standing};
use crate::store::{Followed, Reader, Scope, Wanted};

/// Most incidents or maintenances that are offered.
const MOST: usize = 100;

/// Something to choose.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Choice {
    /// What names it: a slug, or a small number.
    pub name: String,
    /// Its public id, where that names it too.
    pub id: Option<String>,
    /// What people call it.
    pub title: String,
}

/// Services that are not removed.
pub fn services(folder: &OrgFolder) -> Vec<Choice> {
    let services = look(folder, |reader| Ok(reader.services(Scope::Everything)?));
    let present = services.into_iter().filter(|service| service.standing != Standing::Removed);
    present.map(|service| Choice { name: service.slug.to_string(), id: None, title: service.name }).collect()
}

/// Groups of services.
pub fn groups(folder: &OrgFolder) -> Vec<Choice> {
    let groups = look(folder, |reader| Ok(reader.groups(Scope::Everything)?));
    groups.into_iter().map(|group| Choice { name: group.slug.to_string(), id: None, title: group.name }).collect()
}

/// Open incidents, drafts included, or all of them, newest first.
pub fn incidents(folder: &OrgFolder, open: bool) -> Vec<Choice> {
    let incidents = look(folder, |reader| {
        let numbers = reader.incident_numbers(Scope::Everything, Wanted { open, ..Wanted::default() }, MOST)?;
        Ok(reader.incidents(Scope::Everything, &numbers)?)
    });
    let named = |incident: Incident| Choice { name: incident.number.to_string(), id: Some(incident.id.to_string()), title: incident.title };
    incidents.into_iter().map(named).collect()
}

/// Maintenances, those that run or are to come or all of them, newest start of window first.
pub fn maintenances(folder: &OrgFolder, current_at: Option<DateTime<Utc>>) -> Vec<Choice> {
    let maintenances = look(folder, |reader| Ok(reader.maintenances(Scope::Everything)?));
    let wanted = |maintenance: &Maintenance| current_at.is_none_or(|at| !maintenance.status_at(at).is_over());
    let named = |maintenance: Maintenance| Choice {
        name: maintenance.number.to_string(),
        id: Some(maintenance.id.to_string()),
        title: maintenance.title,
    };
    maintenances.into_iter().rev().filter(wanted).take(MOST).map(named).collect()
}

/// Tokens that let somebody in.
pub fn tokens(folder: &OrgFolder) -> Vec<Choice> {
    let tokens = look(folder, |reader| Ok(reader.tokens()?));
    let standing = tokens.into_iter().filter(|token| token.revoked_at.is_none());
    standing.map(|token| Choice { name: token.name.to_string(), id: None, title: token.role.to_string() }).collect()
}

/// What `work` reads; nothing where that cannot be done at once.
fn look<T>(folder: &OrgFolder, work: impl FnOnce(&Reader) -> anyhow::Result<Vec<T>>) -> Vec<T> {
    let database = folder.database();
    let look = || -> anyhow::Result<Vec<T>> {
        folder.refuse_link_out(&database)?;
        Followed::open(&database)?.look(work)
    };
    look().unwrap_or_default()
}
