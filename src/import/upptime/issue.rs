//! Issues on GitHub: a monitor opens one when a site goes down and closes it when the site is up again; people announce maintenance so.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use chrono_tz::Tz;

use super::sites::{Monitor, parsed};
use crate::domain::{Affected, Impact, Incident, IncidentStatus, Maintenance, MaintenanceStatus, Origin, PublicId, ServiceStatus, Update};
use crate::import::source_folder::{FileRemarks, GivenFile, Remarks};
use crate::import::statuspage::value::{one_line, shown};
use crate::import::tree::{self, Node, Value};
use crate::import::written_time;

/// How far a monitor's last word lies before it closes its issue, in seconds.
const CLOSING_WORD: i64 = 120;

/// Issues and comments while they are collected.
pub(super) struct Tracker<'a> {
    monitor: &'a Monitor,
    issues: BTreeMap<u64, Issue>,
    comments: BTreeMap<u64, Vec<Comment>>,
}

/// An issue as it is written.
struct Issue {
    file: String,
    line: usize,
    title: String,
    body: String,
    labels: Vec<String>,
    created_at: DateTime<Utc>,
    closed_at: Option<DateTime<Utc>>,
    updated_at: DateTime<Utc>,
}

/// A comment as it is written.
#[derive(Clone)]
struct Comment {
    id: String,
    body: String,
    created_at: DateTime<Utc>,
}

impl<'a> Tracker<'a> {
    /// Without anything yet.
    pub(super) fn new(monitor: &'a Monitor) -> Self {
        Self { monitor, issues: BTreeMap::new(), comments: BTreeMap::new() }
    }

    /// Takes the issues and comments of a file.
    pub(super) fn take(&mut self, file: &GivenFile, told: &mut FileRemarks<'_>) {
        let Some(root) = parsed(file, tree::read_json, told) else { return };
        let elements = root.list().unwrap_or(std::slice::from_ref(&root));
        for element in elements {
            if !matches!(element.value, Value::Map(_)) {
                told.refused(Some(element.line), "is no issue and no comment");
            } else if element.get("title").is_none() && element.get("body").is_some() {
                self.take_comment(element, told);
            } else {
                self.take_issue(file, element, told);
            }
        }
    }

    fn take_comment(&mut self, node: &Node, told: &mut FileRemarks<'_>) {
        let address =
            node.text("issue_url").or_else(|| node.text("issueUrl")).or_else(|| node.text("html_url")).or_else(|| node.text("url"));
        let number = address.and_then(|address| address.split('#').next()?.rsplit('/').next()?.parse::<u64>().ok());
        match number.zip(comment(node)) {
            Some((number, comment)) => self.comments.entry(number).or_default().push(comment),
            None => told.refused(Some(node.line), "a comment names no issue or no time"),
        }
    }

    fn take_issue(&mut self, file: &GivenFile, node: &Node, told: &mut FileRemarks<'_>) {
        if node.something("pull_request").is_some() {
            told.refused(Some(node.line), "is a pull request, no issue");
            return;
        }
        let Some(number) = node.text("number").and_then(|number| number.parse::<u64>().ok()) else {
            told.refused(Some(node.line), "an issue has no `number`");
            return;
        };
        let labels = labels(node);
        if !labels.iter().any(|label| label == "status" || label == "maintenance") {
            told.refused(Some(node.line), format!("issue {number} has neither label `status` nor `maintenance`"));
            return;
        }
        let Some(created_at) = time(node, "created_at", "createdAt") else {
            told.refused(Some(node.line), format!("issue {number} has no usable `created_at`"));
            return;
        };
        if self.issues.contains_key(&number) {
            told.refused(Some(node.line), format!("issue {number} is there twice, the first one counts"));
            return;
        }
        let stated = time(node, "closed_at", "closedAt");
        let closed = node.text("state").is_some_and(|state| state.eq_ignore_ascii_case("closed"));
        let updated_at = time(node, "updated_at", "updatedAt").unwrap_or(created_at);
        if closed && stated.is_none() {
            told.repaired(node.line, format!("issue {number} is closed without `closed_at`, its newest time counts"));
        }
        for node in node.get("comments").and_then(Node::list).unwrap_or_default() {
            match comment(node) {
                Some(comment) => self.comments.entry(number).or_default().push(comment),
                None => told.refused(Some(node.line), format!("a comment of issue {number} has no usable time")),
            }
        }
        let issue = Issue {
            file: file.path.clone(),
            line: node.line,
            title: node.text("title").map(one_line).filter(|title| !title.is_empty()).unwrap_or_else(|| format!("Issue {number}")),
            body: node.text("body").unwrap_or_default().to_owned(),
            labels,
            created_at,
            closed_at: closed.then(|| stated.unwrap_or(updated_at).max(created_at)),
            updated_at,
        };
        self.issues.insert(number, issue);
    }

    /// The incidents and maintenances they tell of, oldest first.
    pub(super) fn tell(mut self, remarks: &mut Remarks) -> (Vec<Incident>, Vec<Maintenance>) {
        let (mut incidents, mut maintenances) = (Vec::new(), Vec::new());
        for (number, issue) in std::mem::take(&mut self.issues) {
            let mut comments = self.comments.remove(&number).unwrap_or_default();
            comments.sort_by(|left, right| (left.created_at, &left.id).cmp(&(right.created_at, &right.id)));
            comments.dedup_by(|left, right| left.id == right.id);
            let mut told = remarks.on(&issue.file);
            let id = PublicId::derived(&["upptime", self.monitor.page.as_str(), "issue", &number.to_string()]);
            if issue.labels.iter().any(|label| label == "maintenance") {
                maintenances.extend(self.maintenance(id, number, &issue, &comments, &mut told));
            } else {
                incidents.push(self.incident(id, number, &issue, &comments, &mut told));
            }
        }
        for (number, comments) in self.comments {
            let count = comments.len();
            let comments = if count == 1 { "1 comment is".to_owned() } else { format!("{count} comments are") };
            let what = format!("{comments} of issue {number}, which is not saved");
            remarks.on("comments").refused(None, what);
        }
        incidents.sort_by(|left, right| (left.started_at, &left.id).cmp(&(right.started_at, &right.id)));
        (incidents, maintenances)
    }

    fn incident(&self, id: PublicId, number: u64, issue: &Issue, comments: &[Comment], told: &mut FileRemarks<'_>) -> Incident {
        let degraded = issue.title.to_lowercase().contains("degraded");
        let status = if degraded { ServiceStatus::DegradedPerformance } else { ServiceStatus::MajorOutage };
        let mut sites: Vec<(PublicId, String)> = Vec::new();
        for label in issue.labels.iter().filter(|label| label.as_str() != "status") {
            if let Some(site) = self.monitor.site(label) {
                sites.push((self.monitor.service_id(label), site.name.clone()));
            } else {
                told.repaired(issue.line, format!("issue {number} has label `{}`, which is no site", shown(label)));
            }
        }
        if sites.is_empty() {
            told.repaired(issue.line, format!("issue {number} names no site"));
        }
        let affected = |status: ServiceStatus| {
            let named = sites.iter().map(|(service, name)| Affected {
                service: Some(service.clone()),
                name: name.clone(),
                old_status: None,
                new_status: Some(status),
            });
            Some(named.collect::<Vec<_>>())
        };
        let mut updates = vec![update(&id, "opening", IncidentStatus::Investigating, &issue.body, issue.created_at, affected(status))];
        let ender = issue.closed_at.and_then(|closed| closing_word(comments, closed));
        let mut over = false;
        for comment in comments {
            let ends = ender == Some(comment.id.as_str());
            over |= ends || issue.closed_at.is_some_and(|closed| comment.created_at > closed);
            let status = if over { IncidentStatus::Resolved } else { IncidentStatus::Investigating };
            let at = comment.created_at.max(issue.created_at);
            let named = if ends { affected(ServiceStatus::Operational) } else { None };
            updates.push(update(&id, &format!("comment {}", comment.id), status, &comment.body, at, named));
        }
        if let Some(closed) = issue.closed_at.filter(|_| ender.is_none()) {
            let ending = update(&id, "ending", IncidentStatus::Resolved, "", closed, affected(ServiceStatus::Operational));
            let place = updates.partition_point(|update| update.display_at <= closed);
            updates.insert(place, ending);
        }
        let newest = updates.iter().map(|update| update.display_at).max().unwrap_or(issue.updated_at);
        Incident {
            number: 0,
            title: issue.title.clone(),
            impact: Impact::fitting(Some(status)),
            draft: false,
            created_at: issue.created_at,
            updated_at: newest.max(issue.updated_at),
            started_at: issue.created_at,
            stated_monitoring_at: None,
            stated_resolved_at: issue.closed_at,
            closed_by_source_at: None,
            source_page: Some(self.monitor.page.clone()),
            revision: 0,
            updates,
            id,
        }
    }

    /// The window and the sites stand in a comment of HTML: `<!-- start: TIME end: TIME expectedDown: SLUG, SLUG -->`.
    fn maintenance(
        &self,
        id: PublicId,
        number: u64,
        issue: &Issue,
        comments: &[Comment],
        told: &mut FileRemarks<'_>,
    ) -> Option<Maintenance> {
        let window = issue.body.split_once("<!--").and_then(|(_, rest)| rest.split_once("-->")).map(|(inner, _)| inner);
        let field = |key: &str| {
            let (_, rest) = window?.split_once(key)?;
            let end = ["start:", "end:", "expectedDown:", "expectedDegraded:", "\n"].iter().filter_map(|next| rest.find(next)).min();
            rest.get(..end.unwrap_or(rest.len())).map(str::trim)
        };
        let time = |key: &str| field(key).and_then(|text| written_time::read(text, Tz::UTC).ok()).map(|time| time.at);
        let Some((from, until)) = time("start:").zip(time("end:")) else {
            told.refused(
                Some(issue.line),
                format!("maintenance issue {number} has no window (`start:` and `end:` in a comment of its text)"),
            );
            return None;
        };
        if until < from {
            told.repaired(
                issue.line,
                format!("the window of maintenance issue {number} ends before it starts, its start counts as its end"),
            );
        }
        let named = [field("expectedDown:"), field("expectedDegraded:")];
        let mut services = Vec::new();
        for slug in named.into_iter().flatten().flat_map(|slugs| slugs.split(',')).map(str::trim).filter(|slug| !slug.is_empty()) {
            if self.monitor.site(slug).is_some() {
                services.push(self.monitor.service_id(slug));
            } else {
                told.repaired(issue.line, format!("maintenance issue {number} names `{}`, which is no site", shown(slug)));
            }
        }
        services.dedup();
        let body = match issue.body.split_once("<!--").zip(issue.body.split_once("-->")) {
            Some(((before, _), (_, after))) => format!("{}\n\n{}", before.trim(), after.trim()).trim().to_owned(),
            None => issue.body.clone(),
        };
        let created_at = issue.created_at.min(from);
        let mut updates = vec![update(&id, "opening", MaintenanceStatus::Scheduled, &body, created_at, None)];
        // A comment says nothing of the state, which follows the clock.
        for comment in comments {
            let running = comment.created_at >= from;
            let over = comment.created_at >= until || issue.closed_at.is_some_and(|closed| comment.created_at >= closed);
            let status = match (over, running) {
                (true, _) => MaintenanceStatus::Completed,
                (false, true) => MaintenanceStatus::InProgress,
                (false, false) => MaintenanceStatus::Scheduled,
            };
            let at = comment.created_at.max(created_at);
            updates.push(update(&id, &format!("comment {}", comment.id), status, &comment.body, at, None));
        }
        Some(Maintenance {
            number: 0,
            title: issue.title.clone(),
            scheduled_for: from,
            scheduled_until: until.max(from),
            auto_start: true,
            auto_finish: true,
            services,
            created_at,
            updated_at: updates.iter().map(|update| update.display_at).max().unwrap_or(created_at).max(issue.updated_at),
            stated_started_at: None,
            stated_monitoring_at: None,
            stated_resolved_at: None,
            closed_by_source_at: issue.closed_at.filter(|closed| (from..until).contains(closed)),
            source_page: Some(self.monitor.page.clone()),
            repeat: None,
            occurrence: None,
            revision: 0,
            updates,
            id,
        })
    }
}

/// The comment with which an issue was closed.
fn closing_word(comments: &[Comment], closed: DateTime<Utc>) -> Option<&str> {
    let before = comments.iter().rev().find(|comment| comment.created_at <= closed)?;
    let near = (closed - before.created_at).num_seconds() <= CLOSING_WORD;
    (near || before.body.trim_start().starts_with("**Resolved:**")).then_some(before.id.as_str())
}

fn update<S>(incident: &PublicId, role: &str, status: S, body: &str, at: DateTime<Utc>, affected: Option<Vec<Affected>>) -> Update<S> {
    Update {
        number: 0,
        id: PublicId::derived(&["upptime", incident.as_str(), role]),
        status,
        body: body.replace("\r\n", "\n").trim().to_owned(),
        translations: BTreeMap::new(),
        next_update_at: None,
        display_at: at,
        created_at: at,
        updated_at: at,
        affected,
        deliver_notifications: true,
        origin: Origin::Import,
    }
}

fn comment(node: &Node) -> Option<Comment> {
    let created_at = time(node, "created_at", "createdAt")?;
    let id = node.text("id").map_or_else(|| created_at.timestamp_millis().to_string(), str::to_owned);
    Some(Comment { id, body: node.text("body").unwrap_or_default().to_owned(), created_at })
}

/// Labels as objects with a name, or as plain texts.
fn labels(node: &Node) -> Vec<String> {
    let labels = node.get("labels").and_then(Node::list).unwrap_or_default();
    let mut names: Vec<String> = labels.iter().filter_map(|label| label.text("name").or_else(|| label.scalar())).map(one_line).collect();
    names.sort();
    names.dedup();
    names
}

fn time(node: &Node, key: &str, other: &str) -> Option<DateTime<Utc>> {
    let text = node.text(key).or_else(|| node.text(other))?;
    written_time::read(text, Tz::UTC).ok().map(|time| time.at)
}
