//! Issues: one file each.

use chrono::{DateTime, Utc};

use super::front_matter::{self, Page, is_false, is_true};
use super::pieces;
use super::site::Site;
use super::story::{self, Course};
use crate::domain::{Impact, Incident, PublicId, ServiceStatus};
use crate::error::nearest;
use crate::import::source_folder::{FileRemarks, GivenFile};
use crate::import::statuspage::value::{one_line, shown};
use crate::import::tree::Node;
use crate::import::written_time;

/// cState's severities, and the status each gives a system.
const SEVERITIES: [(&str, ServiceStatus); 3] =
    [("down", ServiceStatus::MajorOutage), ("disrupted", ServiceStatus::PartialOutage), ("notice", ServiceStatus::Operational)];

/// Most systems one issue names.
const MOST_SYSTEMS: usize = 1000;

/// The incident of a file; what is wrong with it is told, and `None` where it cannot be used.
pub(super) fn read(file: &GivenFile, site: &Site, told: &mut FileRemarks<'_>) -> Option<Incident> {
    let page = match file.text().and_then(|text| front_matter::read(text).map_err(|fault| (fault.line, fault.reason))) {
        Ok(page) => page,
        Err((line, reason)) => {
            told.refused(Some(line), reason);
            return None;
        }
    };
    if page.unopened {
        told.repaired(page.front.line, "the `---` that opens the front matter is missing");
    }
    Issue { file, site, front: &page.front }.incident(&page, told)
}

/// An issue while it is read.
struct Issue<'a> {
    file: &'a GivenFile,
    site: &'a Site,
    front: &'a Node,
}

impl Issue<'_> {
    fn incident(&self, page: &Page<'_>, told: &mut FileRemarks<'_>) -> Option<Incident> {
        let start = self.start(told)?;
        let pieces = pieces::split(page.body, page.lines_above, self.site.zone, told);
        let newest = pieces.iter().filter_map(|piece| piece.at).max().map_or(start, |newest| newest.max(start));
        let informational = self.truth("informational", told).unwrap_or(false);
        let end = if informational { Some(start) } else { self.end(start, newest, told) };
        let given = if informational { ServiceStatus::Operational } else { self.severity(told) };
        let affected = self.affected(given, told);
        let id = PublicId::derived(&["cstate", self.site.page.as_str(), "issue", &self.file.path]);
        let course = Course { incident: &id, start, end, zone: self.site.zone, affected: &affected };
        let updates = story::tell(&course, pieces, told);
        let created_at = updates.iter().map(|update| update.display_at).min().unwrap_or(start);
        let updated_at = updates.iter().map(|update| update.display_at).max().unwrap_or(start);
        Some(Incident {
            number: 0,
            title: self.title(told),
            impact: Impact::fitting(Some(given)),
            draft: self.is_draft(told),
            created_at,
            updated_at: end.map_or(updated_at, |end| updated_at.max(end)),
            started_at: start,
            stated_monitoring_at: None,
            stated_resolved_at: end,
            closed_by_source_at: None,
            source_page: Some(self.site.page.clone()),
            revision: 0,
            updates,
            id,
        })
    }

    /// When it began: its `date`, else the day in the file's name.
    fn start(&self, told: &mut FileRemarks<'_>) -> Option<DateTime<Utc>> {
        let node = self.front.something("date");
        if let Some(at) = node.and_then(|node| self.time("date", node, told)) {
            return Some(at);
        }
        let line = node.map_or(self.front.line, |node| node.line);
        let day = self.file.name().get(..10).and_then(|day| written_time::read(day, self.site.zone).ok());
        let what = node.and_then(Node::scalar).map_or_else(|| "it has no `date`".to_owned(), |text| self.no_time("date", text));
        match day {
            Some(day) => {
                told.repaired(line, format!("{what}, the day in the file's name counts"));
                Some(day.at)
            }
            None => {
                told.refused(Some(line), what);
                None
            }
        }
    }

    /// When it ended, where it has.
    fn end(&self, start: DateTime<Utc>, newest: DateTime<Utc>, told: &mut FileRemarks<'_>) -> Option<DateTime<Utc>> {
        let when = self.front.something("resolvedWhen");
        let resolved = match self.truth("resolved", told) {
            Some(resolved) => resolved,
            None if when.is_some() => {
                told.repaired(self.front.line, "it has no `resolved`, but a `resolvedWhen`: it counts as resolved");
                true
            }
            None => {
                told.repaired(self.front.line, "it has no `resolved`: it counts as open");
                false
            }
        };
        if !resolved {
            return None;
        }
        let Some(node) = when else {
            told.repaired(self.front.line, format!("it has no `resolvedWhen`: it counts as resolved at {}", newest.format("%FT%TZ")));
            return Some(newest);
        };
        match self.time("resolvedWhen", node, told) {
            Some(end) if end >= start => Some(end),
            Some(_) => {
                told.repaired(node.line, format!("`resolvedWhen` is before `date`: it counts as resolved at {}", newest.format("%FT%TZ")));
                Some(newest)
            }
            None => {
                let what = self.no_time("resolvedWhen", node.scalar().unwrap_or_default());
                told.repaired(node.line, format!("{what}: it counts as resolved at {}", newest.format("%FT%TZ")));
                Some(newest)
            }
        }
    }

    /// A time of the front matter, and what had to be assumed.
    fn time(&self, key: &str, node: &Node, told: &mut FileRemarks<'_>) -> Option<DateTime<Utc>> {
        let text = node.scalar()?;
        let time = written_time::read(text, self.site.zone).ok()?;
        let moment = time.at.format("%FT%TZ");
        if time.odd {
            told.repaired(node.line, format!("`{key}: {}` is read as {moment}", shown(text)));
        } else if time.zoneless {
            told.repaired(node.line, format!("`{key}: {}` names no zone, read in {}", shown(text), self.site.zone));
        }
        Some(time.at)
    }

    fn no_time(&self, key: &str, text: &str) -> String {
        let reason = written_time::read(text, self.site.zone).err().map_or("is no time", written_time::NoTime::reason);
        format!("`{key}: {}` {reason}", shown(text))
    }

    /// A yes or no; other words count as Hugo counts them, as yes.
    fn truth(&self, key: &str, told: &mut FileRemarks<'_>) -> Option<bool> {
        let node = self.front.something(key)?;
        let text = node.scalar().unwrap_or_default();
        let truth = is_true(text) || !is_false(text);
        if !is_true(text) && !is_false(text) {
            told.repaired(node.line, format!("`{key}: {}` is neither true nor false, it counts as true", shown(text)));
        } else if node.is_quoted() {
            told.repaired(node.line, format!("`{key}: \"{}\"` is a text, it counts as {truth}", shown(text)));
        }
        Some(truth)
    }

    fn severity(&self, told: &mut FileRemarks<'_>) -> ServiceStatus {
        let Some((node, text)) = self.front.something("severity").zip(self.front.text("severity")) else {
            told.repaired(self.front.line, "it has no `severity`, it counts as `notice`");
            return ServiceStatus::Operational;
        };
        let word = text.to_lowercase();
        if let Some((_, status)) = SEVERITIES.iter().find(|(severity, _)| *severity == text) {
            return *status;
        }
        let known = nearest(&word, SEVERITIES.map(|(severity, _)| severity)).unwrap_or("notice");
        told.repaired(node.line, format!("`severity: {}` is none of cState's, it counts as `{known}`", shown(text)));
        SEVERITIES.iter().find(|(severity, _)| *severity == known).map_or(ServiceStatus::Operational, |(_, status)| *status)
    }

    /// Its systems, each once: those of the settings, and others by the name they are given here.
    fn affected(&self, status: ServiceStatus, told: &mut FileRemarks<'_>) -> Vec<(PublicId, String, ServiceStatus)> {
        let Some(node) = self.front.something("affected") else { return Vec::new() };
        let entries = node.list().unwrap_or(std::slice::from_ref(node));
        let mut affected: Vec<(PublicId, String, ServiceStatus)> = Vec::new();
        for entry in entries.iter().take(MOST_SYSTEMS) {
            let Some(name) = entry.scalar().map(one_line).filter(|name| !name.is_empty()) else {
                told.repaired(entry.line, "an affected system has no name, it is left out");
                continue;
            };
            let (id, written) = match self.site.system(&name) {
                Some((system, other_case)) => {
                    if other_case {
                        told.repaired(entry.line, format!("system `{}` is called `{}` in the settings", shown(&name), shown(&system.name)));
                    }
                    (self.site.service_id(&system.name), self.site.written_name(system))
                }
                None => {
                    told.repaired(entry.line, format!("system `{}` is not in the settings, only updates name it", shown(&name)));
                    (self.site.service_id(&name), name)
                }
            };
            if affected.iter().any(|(other, ..)| *other == id) {
                told.repaired(entry.line, format!("system `{}` is named twice", shown(&written)));
            } else {
                affected.push((id, written, status));
            }
        }
        if let Some(first) = entries.get(MOST_SYSTEMS) {
            told.refused(Some(first.line), format!("more than {MOST_SYSTEMS} affected systems, the rest is left out"));
        }
        affected
    }

    fn title(&self, told: &mut FileRemarks<'_>) -> String {
        let title = self.front.text("title").map(one_line).filter(|title| !title.is_empty());
        title.unwrap_or_else(|| {
            let name = self.file.name().rsplit_once('.').map_or(self.file.name(), |(stem, _)| stem);
            told.repaired(self.front.line, "it has no `title`, the file's name counts");
            one_line(name)
        })
    }

    /// What cState shows nowhere comes as a draft: nothing is published by moving it.
    fn is_draft(&self, told: &mut FileRemarks<'_>) -> bool {
        if self.truth("draft", told).unwrap_or(false) {
            return true;
        }
        let section = self.front.something("section");
        if section.and_then(Node::scalar).is_some_and(|section| section.trim() == "issue") {
            return false;
        }
        let line = section.map_or(self.front.line, |node| node.line);
        told.repaired(line, "it has no `section: issue`, so that cState does not list it: it comes as a draft");
        true
    }
}
