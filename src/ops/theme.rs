//! Themes: which there are, taking a file of one into an organization's own keeping, and whether all of its templates work.

use std::borrow::Cow;
use std::collections::{BTreeMap, HashSet};
use std::path::{Path, PathBuf};

use chrono::{DateTime, TimeDelta, Utc};

use crate::config::{OrgFolder, Settings, write_files};
use crate::domain::{
    CheckHour, History, IndexRow, Latency, Maintenance, MaintenanceStatus, MonthNamer, Organization, PublicId, Repeat, Rule, Standing,
    first_check_hour, start_of_hour, told,
};
use crate::error::UserError;
use crate::import::dump::Restored;
use crate::import::example;
use crate::ops::report::{CheckedTheme, EjectReport, ThemeReport};
use crate::render::pages::{Loaded, Month, Site};
use crate::snapshot::year::{self, TwelveMonths};
use crate::snapshot::{self, Directory};
use crate::theme::{self, Theme};

/// The themes in the program; `used` is the name of the one that counts as used.
///
/// # Errors
/// None that a theme in the program has.
pub fn list(used: Option<&str>) -> anyhow::Result<Vec<ThemeReport>> {
    let mut themes = Vec::new();
    for name in theme::names() {
        let about = Theme::load(name, None, "en")?;
        let files = theme::files(name)?.into_keys().collect();
        themes.push(ThemeReport { name: name.to_owned(), version: about.version().to_owned(), used: used == Some(name), files });
    }
    Ok(themes)
}

/// Copies files of the organization's theme into its `overrides/`, where they count in place of the theme's: the file `path` of the theme,
/// or every file in the folder `path` of it.
///
/// # Errors
/// Not found where the theme has no such file; conflict where the organization has its own already. Nothing is written then.
pub fn eject(folder: &OrgFolder, settings: &Settings, path: &str) -> anyhow::Result<EjectReport> {
    let own = theme::files(&settings.theme)?;
    let wanted = path.trim_start_matches("./").trim_end_matches('/');
    let files: Vec<(String, Vec<u8>)> =
        own.iter().filter(|(name, _)| theme::is_within(name, wanted)).map(|(name, bytes)| (name.clone(), bytes.to_vec())).collect();
    if files.is_empty() {
        let error = UserError::not_found(format!("the theme `{}` has no file `{}`", settings.theme, path.escape_debug()));
        return Err(match crate::error::nearest(wanted, own.keys().map(String::as_str)) {
            Some(near) => error.hint(format!("did you mean `{near}`?")),
            None => error.hint("`statuary theme list --json` names its files"),
        }
        .into());
    }
    let overrides = folder.overrides();
    folder.refuse_link_out(&overrides)?;
    for (name, _) in &files {
        let target = overrides.join(name);
        for above in Path::new(name).ancestors().skip(1).filter(|above| !above.as_os_str().is_empty()) {
            folder.refuse_link_out(&overrides.join(above))?;
        }
        if target.symlink_metadata().is_ok() {
            return Err(UserError::conflict(format!("`{}` is there already", target.display()))
                .hint("remove it to take the theme's own again")
                .into());
        }
    }
    write_files(&overrides, &files)?;
    Ok(EjectReport { theme: settings.theme.clone(), paths: files.iter().map(|(name, _)| shown(&overrides, name)).collect() })
}

fn shown(overrides: &Path, name: &str) -> String {
    overrides.join(name).display().to_string()
}

/// Renders every template of the organization's theme, its overrides in place, for an organization in which nothing ever happened and for the
/// example organization, in which everything happens. Nothing is written.
///
/// Gives what was rendered, and what failed: each complaint once, with file and line.
///
/// # Errors
/// Bad input where a file cannot be read as what it is: then nothing could be rendered.
pub fn check(folder: &OrgFolder, settings: &Settings, now: DateTime<Utc>) -> anyhow::Result<(CheckedTheme, Vec<UserError>)> {
    let theme = load(folder, settings)?;
    let mut organization = settings.organization(&folder.slug, PublicId::random()?);
    organization.looks.logo = folder.logo(settings)?;
    let mut complaints = BTreeMap::new();
    let mut pages = 0;
    for history in [empty(&organization, now), full(&organization, now)?] {
        match render(&theme, &history, now, &mut complaints) {
            Ok(rendered) => pages += rendered,
            Err(error) => {
                let error = placed(folder, error);
                drop(complaints.insert(error.message.clone(), error));
            }
        }
    }
    let overridden: Vec<PathBuf> = theme.overridden().to_vec();
    let overridden = overridden.iter().map(|path| path.display().to_string()).collect();
    let checked = CheckedTheme {
        name: theme.name().to_owned(),
        version: theme.version().to_owned(),
        language: theme.language().to_owned(),
        overridden,
        pages,
    };
    Ok((checked, complaints.into_values().collect()))
}

/// The theme that org.toml names, with the organization's overrides, in its languages.
///
/// # Errors
/// Bad input, with its place, for a theme that does not exist or a file that cannot be used.
pub(super) fn load(folder: &OrgFolder, settings: &Settings) -> Result<Theme, UserError> {
    let overrides = Some(folder.overrides()).filter(|folder| folder.exists());
    Theme::load_in(&settings.theme, overrides.as_deref(), &settings.languages).map_err(|error| placed(folder, error))
}

/// What is wrong with a setting of `[theme]` for the theme: with its place in org.toml.
pub(super) fn placed(folder: &OrgFolder, error: UserError) -> UserError {
    let about = |name: &str| error.message.starts_with(name);
    let known = [("there is no theme ", "name"), ("`accent` ", "accent"), ("`accent_dark` ", "accent_dark")];
    match known.into_iter().find(|(begin, _)| about(begin)) {
        Some((_, key)) => folder.at_theme_setting(key, error),
        None => error,
    }
}

/// Renders every page of a history, and gives their number.
fn render(theme: &Theme, history: &History, now: DateTime<Utc>, complaints: &mut BTreeMap<String, UserError>) -> Result<usize, UserError> {
    let snapshot = snapshot::snapshot(history, now);
    let mut namer = MonthNamer::new(history.organization.time_zone);
    let mut months: BTreeMap<String, Vec<IndexRow>> = BTreeMap::new();
    for view in snapshot.incidents.iter().rev() {
        let incident = &view.incident;
        let newest_at = incident.newest().map_or(incident.started_at, |update| update.display_at);
        let (id, started_at) = (incident.id.clone(), incident.started_at);
        let row = IndexRow { number: incident.number, id, started_at, newest_at, revision: incident.revision };
        months.entry(namer.name(started_at).to_owned()).or_default().push(row);
    }
    let months = months.into_iter().map(|(name, rows)| Month::of(name, rows)).collect();
    let directory = Directory::new(history);
    let views = history.incidents.iter().filter_map(|incident| Some((incident.number, Cow::Owned(directory.incident(incident, now)?))));
    let loaded = Loaded { incidents: views.collect(), ids: history.incidents.iter().map(|incident| incident.id.clone()).collect() };
    let year = TwelveMonths::of(&snapshot, &year::past_months(history, &snapshot));
    let site = Site::new(theme, &snapshot, &year, months, now)?;
    let pages = site.pages()?;
    for page in &pages {
        if let Err(error) = site.render(page, &loaded) {
            complaints.insert(error.message.clone(), error);
        }
    }
    Ok(pages.len())
}

fn empty(organization: &Organization, now: DateTime<Utc>) -> History {
    History {
        organization: organization.clone(),
        since: None,
        created_at: now,
        sources: Vec::new(),
        groups: Vec::new(),
        services: Vec::new(),
        manual_statuses: Vec::new(),
        incidents: Vec::new(),
        outlines: Vec::new(),
        older_change: None,
        maintenances: Vec::new(),
        series: Vec::new(),
        check_hours: BTreeMap::new(),
        events: Vec::new(),
        event_titles: BTreeMap::new(),
    }
}

/// The example organization's public record under this organization's settings.
fn full(organization: &Organization, now: DateTime<Utc>) -> anyhow::Result<History> {
    let Restored { created_at, groups, mut services, manual_statuses, mut incidents, mut maintenances, events, .. } =
        example::record()?.ending_at(now);
    services.retain(|service| !service.hidden && service.standing != Standing::Removed);
    incidents.retain(|incident| !incident.draft);
    incidents.sort_by_key(|incident| (incident.started_at, incident.number));
    // So that the drawing of latencies is made, too.
    let hour = |start| CheckHour { start, results: 60, failures: 1, latency: Some(Latency { min: 20, median: 40, p95: 90, max: 300 }) };
    let check_hours =
        services.iter().map(|service| (service.id.clone(), vec![hour(first_check_hour(now)), hour(start_of_hour(now))])).collect();
    maintenances.extend(maintenances.last().and_then(|last| repeating(last, organization, now)));
    let (maintenances, series) = told(maintenances, &HashSet::new(), now);
    let event_titles = incidents.iter().map(|incident| (incident.id.clone(), incident.title.clone())).collect();
    Ok(History {
        created_at,
        groups,
        services,
        manual_statuses,
        incidents,
        maintenances,
        series,
        check_hours,
        events,
        event_titles,
        ..empty(organization, now)
    })
}

/// A maintenance like this one that takes place again, so that pages of what repeats are made, too.
fn repeating(like: &Maintenance, organization: &Organization, now: DateTime<Utc>) -> Option<Maintenance> {
    let rule = Rule::parse("FREQ=WEEKLY;COUNT=3").ok()?;
    let (first, zone) = (now - TimeDelta::days(1), organization.time_zone);
    let mut series = like.clone();
    series.number += 1;
    series.id = PublicId::derived(&["theme check", like.id.as_str()]);
    (series.scheduled_for, series.scheduled_until) = (first, first + TimeDelta::hours(1));
    series.repeat = Some(Repeat { rule, zone, since: first });
    series.updates.truncate(1);
    for update in &mut series.updates {
        update.status = MaintenanceStatus::Scheduled;
        update.display_at = first - TimeDelta::days(1);
    }
    Some(series)
}
