//! Which maintenances are dates of a series, and the series themselves.

use std::collections::{HashMap, HashSet};

use chrono::{DateTime, Utc};

use super::{Bodies, DateLink, DateView, Directory, MaintenanceView, SeriesView};
use crate::domain::{History, Maintenance, PublicId, ahead, has_untold_dates};

/// The series of `history` at `at`; tells each date among `maintenances`, which are by start, whose it is.
pub(super) fn series(
    history: &History,
    directory: &Directory<'_>,
    maintenances: &mut [MaintenanceView],
    at: DateTime<Utc>,
) -> Vec<SeriesView> {
    if history.series.is_empty() {
        return Vec::new();
    }
    let known: HashMap<&PublicId, &Maintenance> = history.series.iter().map(|series| (&series.id, series)).collect();
    let behind: HashSet<PublicId> = {
        let told: Vec<&Maintenance> = maintenances.iter().map(|view| &view.maintenance).collect();
        ahead(&told, at).into_iter().cloned().collect()
    };
    let mut dates: HashMap<PublicId, Vec<DateLink>> = HashMap::new();
    let mut ends: HashMap<PublicId, DateTime<Utc>> = HashMap::new();
    for view in maintenances {
        let maintenance = &view.maintenance;
        let Some(occurrence) = &maintenance.occurrence else { continue };
        let Some(repeat) = known.get(&occurrence.series).and_then(|series| series.repeat.as_ref()) else { continue };
        let before = ends.get(&occurrence.series).copied();
        if let Some(end) = maintenance.ended_at().filter(|end| *end <= at) {
            ends.insert(occurrence.series.clone(), before.map_or(end, |before| before.max(end)));
        }
        view.date = Some(DateView {
            series: occurrence.series.clone(),
            day: occurrence.day,
            rule: repeat.rule.to_string(),
            rhythm: repeat.rule.rhythm(),
            ahead: behind.contains(&maintenance.id),
            turn_at: before.filter(|_| !maintenance.is_recorded()),
        });
        if !view.status.is_over() {
            let (scheduled_for, scheduled_until) = (maintenance.scheduled_for, maintenance.scheduled_until);
            let link = DateLink { id: maintenance.id.clone(), scheduled_for, scheduled_until, status: view.status };
            dates.entry(occurrence.series.clone()).or_default().push(link);
        }
    }
    history.series.iter().filter_map(|series| one(series, directory, dates.remove(&series.id).unwrap_or_default(), at)).collect()
}

/// A series at `at`; `None` where it had not been announced yet.
fn one(series: &Maintenance, directory: &Directory<'_>, dates: Vec<DateLink>, at: DateTime<Utc>) -> Option<SeriesView> {
    let repeat = series.repeat.as_ref()?;
    let then = series.as_of(at)?;
    let view = directory.maintenance(series, at)?;
    Some(SeriesView {
        view: MaintenanceView {
            status: then.series_status_at(at, dates.is_empty() && !has_untold_dates(series, at)),
            began_at: None,
            completed_at: None,
            updated_at: then.updated_at,
            bodies: Bodies::default(),
            ..view
        },
        rule: repeat.rule.to_string(),
        zone: repeat.zone,
        rhythm: repeat.rule.rhythm(),
        dates,
    })
}
