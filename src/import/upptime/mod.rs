//! The repository of an Upptime monitor: its sites, their history, and its issues on GitHub where they are saved beside it.
//!
//! Sites of `.upptimerc.yml` become services that count from their `startTime`; `history/SLUG.yml` says how each stood when it was last
//! looked at. Issues with the label `status` become incidents, those with `maintenance` maintenances (`issue`): a file `issues.json`, or
//! any in `issues/`, as GitHub's API or `gh issue list --json` wrote it; comments saved apart (`comments.json`, or files in `comments/`)
//! find their issue by its address. Minutes of downtime in `history/summary.json` become statuses of the past where no issue tells of
//! them (`downtime`).

mod downtime;
mod issue;
mod sites;

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use self::issue::Tracker;
use self::sites::Monitor;
use super::source_folder::{GivenFile, Look, Remarks, SourceFolder};
use super::statuspage::{SourceFile, SourcePage};

/// The settings of a monitor.
const SETTINGS: [&str; 2] = [".upptimerc.yml", ".upptimerc.yaml"];

/// What happened, in figures.
const SUMMARY: &str = "history/summary.json";

/// What to do with a file or folder of a monitor's repository.
pub fn look(path: &str, is_folder: bool) -> Look {
    let take = if is_folder {
        matches!(path, "history" | "issues" | "comments")
    } else {
        SETTINGS.contains(&path) || path == SUMMARY || is_history(path) || is_saved(path)
    };
    if take { Look::Take } else { Look::PassOver }
}

fn is_history(path: &str) -> bool {
    path.starts_with("history/") && (path.ends_with(".yml") || path.ends_with(".yaml"))
}

/// Whether a file holds issues or comments of GitHub.
fn is_saved(path: &str) -> bool {
    let folder = ["issues/", "comments/"].iter().any(|folder| path.starts_with(folder));
    path == "issues.json" || path == "comments.json" || (folder && path.ends_with(".json"))
}

/// Reads the files of a repository, of which each is in the remarks or in what came of it.
pub fn read(files: &[GivenFile], name: &str) -> SourceFolder {
    let mut remarks = Remarks::default();
    let monitor = Monitor::read(files, &mut remarks);
    let mut tracker = Tracker::new(&monitor);
    for file in files.iter().filter(|file| is_saved(&file.path)) {
        tracker.take(file, &mut remarks.on(&file.path));
    }
    let (incidents, maintenances) = tracker.tell(&mut remarks);
    let mut names = BTreeMap::new();
    for affected in incidents.iter().flat_map(|incident| &incident.updates).filter_map(|update| update.affected.as_ref()).flatten() {
        if let Some(service) = &affected.service {
            names.insert(service.clone(), affected.name.clone());
        }
    }
    let stated = monitor.downtime(&incidents, &mut remarks);
    let told =
        incidents.iter().map(|incident| incident.updated_at).chain(maintenances.iter().map(|maintenance| maintenance.updated_at)).max();
    let moment = monitor.looked_at().or(told);
    let components = monitor.components(&incidents);
    SourceFolder {
        source: SourceFile {
            name: name.to_owned(),
            page: Some(SourcePage {
                id: monitor.page.clone(),
                name: monitor.title.clone(),
                url: None,
                time_zone: None,
                updated_at: moment.unwrap_or_default(),
            }),
            moment,
            components: (!components.services.is_empty()).then_some(components),
            incidents,
            maintenances,
            names,
            stated,
            ..SourceFile::default()
        },
        remarks: remarks.sorted(),
    }
}
