//! The folder of a cState site, which Hugo builds: its settings and its issues, to values of our own.
//!
//! Systems become services, categories groups, and each file in `content/issues` an incident. An issue's text is taken apart where it
//! tells of several moments (`pieces`), and becomes the updates of its incident (`story`).
//!
//! | severity | impact | its systems |
//! |---|---|---|
//! | `down` | major | major outage |
//! | `disrupted` | minor | partial outage |
//! | `notice`, or none | none | operational |
//!
//! Times without a zone are in the `timeZone` of the site's settings, else in the organization's zone. An id is derived from the site's
//! address and the path of the file, so that the same issue is the same incident whenever it is imported.

mod front_matter;
mod issue;
mod label;
mod pieces;
mod site;
mod story;

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use chrono_tz::Tz;

use self::site::Site;
use super::source_folder::{GivenFile, Look, Remarks, SourceFolder};
use super::statuspage::{Components, SourceFile, SourcePage};

/// What to do with a file or folder of a cState site.
pub fn look(path: &str, is_folder: bool) -> Look {
    let mut parts = path.split('/');
    let take = match (parts.next(), is_folder) {
        (Some("content"), true) => true,
        (Some("config"), true) => matches!(path, "config" | "config/_default"),
        (_, true) => false,
        (Some("content"), false) => is_issue(path),
        (_, false) => site::is_settings(path),
    };
    if take { Look::Take } else { Look::PassOver }
}

/// Whether a file is an issue: Markdown below a folder `issues` of the content, but not the text of the folder itself.
fn is_issue(path: &str) -> bool {
    let Some((folders, name)) = path.rsplit_once('/') else { return false };
    let markdown = [".md", ".markdown"].iter().any(|ending| name.ends_with(ending));
    markdown && !name.starts_with("_index.") && folders.split('/').any(|folder| folder == "issues")
}

/// Reads the files of a site, of which each is in the remarks or in what came of it.
pub fn read(files: &[GivenFile], name: &str, zone: Tz) -> SourceFolder {
    let mut remarks = Remarks::default();
    let site = Site::read(files, zone, &mut remarks);
    let mut incidents = Vec::new();
    let mut names = BTreeMap::new();
    for file in files.iter().filter(|file| is_issue(&file.path)) {
        let mut told = remarks.on(&file.path);
        if let Some(incident) = issue::read(file, &site, &mut told) {
            for affected in incident.updates.iter().filter_map(|update| update.affected.as_ref()).flatten() {
                if let Some(service) = &affected.service {
                    names.entry(service.clone()).or_insert_with(|| affected.name.clone());
                }
            }
            incidents.push(incident);
        }
    }
    incidents.sort_by(|left, right| (left.started_at, &left.id).cmp(&(right.started_at, &right.id)));
    let oldest = incidents.iter().map(|incident| incident.created_at).min();
    let newest = incidents.iter().map(|incident| incident.updated_at).max();
    let components = site.components(oldest.unwrap_or_default());
    let whole = remarks.refused.is_empty() && !incidents.is_empty();
    SourceFolder {
        source: SourceFile {
            name: name.to_owned(),
            page: Some(SourcePage {
                id: site.page.clone(),
                name: site.title.clone(),
                url: site.url.clone(),
                time_zone: site.zone_name.clone(),
                updated_at: newest.unwrap_or_default(),
            }),
            components: (components != Components::default()).then_some(components),
            lists_open: whole,
            incidents,
            names,
            is_working_copy: true,
            ..SourceFile::default()
        },
        remarks: remarks.sorted(),
    }
}
