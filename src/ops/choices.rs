//! What a record offers to choose from while somebody is still typing: services, groups, open incidents, maintenance.
//!
//! Nobody waits for these and nothing is touched: a record that is held, of another version or not there offers nothing.

use chrono::{DateTime, Utc};

use crate::config::OrgFolder;
use crate::domain::{Incident, Maintenance, Standing};
use crate::ops::maintenance::series;
use crate::store::{Followed, Reader, Scope, Wanted};

/// Most incidents or maintenances that are offered.
const MOST: usize = 100;

/// How many of the dates to come of a series are offered.
const NEXT_DATES: usize = 8;

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

/// Which maintenances there are to choose from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MaintenanceChoices {
    /// Only those that run or are to come.
    pub open: bool,
    /// Also series as a whole.
    pub series: bool,
    /// Also dates of series.
    pub dates: bool,
}

/// Maintenances, newest start of window first, each series followed by its next dates; without a moment all that are recorded.
pub fn maintenances(folder: &OrgFolder, wanted: MaintenanceChoices, now: Option<DateTime<Utc>>) -> Vec<Choice> {
    look(folder, |reader| {
        let mut choices = Vec::new();
        for one in reader.maintenances(Scope::Everything)?.iter().rev() {
            // A series may have begun long ago; its dates that were touched since must not take its place.
            if choices.len() >= MOST && one.repeat.is_none() {
                continue;
            }
            choices.extend(as_choices(reader, one, wanted, now)?);
        }
        Ok(choices)
    })
}

/// A maintenance where it is wanted, and the next dates of a series.
fn as_choices(reader: &Reader, one: &Maintenance, wanted: MaintenanceChoices, now: Option<DateTime<Utc>>) -> anyhow::Result<Vec<Choice>> {
    let choice = |name: String, id: Option<String>| Choice { name, id, title: one.title.clone() };
    let itself = choice(one.number.to_string(), Some(one.id.to_string()));
    let Some(now) = now else { return Ok(vec![itself]) };
    if one.repeat.is_none() {
        let fits = (wanted.dates || one.occurrence.is_none()) && !(wanted.open && one.status_at(now).is_over());
        return Ok(fits.then_some(itself).into_iter().collect());
    }
    let dates = series::dates(reader, one, now)?;
    let is_over = series::outlook(one, &dates, now).status.is_over();
    let days =
        dates.iter().filter(|date| wanted.dates && !date.status_at(now).is_over()).filter_map(|date| Some(date.occurrence.as_ref()?.day));
    let days = days.take(NEXT_DATES).map(|day| choice(format!("{}@{day}", one.number), None));
    Ok((wanted.series && !(wanted.open && is_over)).then_some(itself).into_iter().chain(days).collect())
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
