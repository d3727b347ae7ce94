//! What is made of the folders of monitors.

use super::*;
use crate::domain::{Impact, IncidentStatus, ServiceStatus};

const SETTINGS_FILE: &str = "owner: acme\nrepo: upptime\nsites:\n  - name: Web Site\n    url: https://www.acme.example\n  - name: ApiDocs\n    url: $DOCS\nstatus-website:\n  name: Acme Status\n";
const WEB: &str = "url: https://www.acme.example\nstatus: up\nlastUpdated: 2026-11-22T10:00:00.000Z\nstartTime: 2026-01-01T00:00:00.000Z\n";
const DOCS: &str = "- url: x\n- status: down\n- lastUpdated: 2026-11-22T10:01:00.000Z\n- startTime: Mon Aug 10 2020 07:54:39 GMT+0000 (Coordinated Universal Time)\n";
const FIGURES: &str =
    "[\n{\"name\": \"Web Site\", \"slug\": \"web-site\",\n \"dailyMinutesDown\": {\"2026-11-20\": 60, \"2026-11-18\": 1440}}]";

/// What a repository with these files says beside its settings.
fn monitor(files: &[(&str, &str)]) -> SourceFolder {
    let given = |(path, text): &(&str, &str)| GivenFile { path: (*path).to_owned(), bytes: text.as_bytes().to_vec() };
    let mut all = vec![given(&(".upptimerc.yml", SETTINGS_FILE))];
    all.extend(files.iter().map(given));
    read(&all, "upptime")
}

fn told(folder: &SourceFolder) -> (Vec<String>, Vec<String>) {
    let text = |remarks: &[crate::import::source_folder::Remark]| remarks.iter().map(ToString::to_string).collect();
    (text(&folder.remarks.repaired), text(&folder.remarks.refused))
}

#[test]
fn sites_become_services_with_what_was_last_seen() {
    let folder = monitor(&[("history/web-site.yml", WEB), ("history/api-docs.yml", DOCS)]);
    let components = folder.source.components.as_ref().unwrap();
    let services: Vec<_> =
        components.services.iter().map(|service| (service.name.as_str(), service.status, service.link.as_deref())).collect();
    let expected =
        [("Web Site", ServiceStatus::Operational, Some("https://www.acme.example")), ("ApiDocs", ServiceStatus::MajorOutage, None)];
    assert_eq!(services, expected);
    assert_eq!(components.services[1].start_date.unwrap().to_string(), "2020-08-10");
    assert_eq!(folder.source.moment.unwrap().to_rfc3339(), "2026-11-22T10:01:00+00:00");
    let repaired = vec![".upptimerc.yml:7: `$DOCS` is no address for visitors, site `ApiDocs` stands without a link".to_owned()];
    assert_eq!(told(&folder), (repaired, Vec::new()));
}

#[test]
fn minutes_of_downtime_count_where_no_issue_tells_of_them() {
    let files = [("history/web-site.yml", WEB), ("history/api-docs.yml", DOCS), ("history/summary.json", FIGURES)];
    let stated = |folder: &SourceFolder| -> Vec<String> {
        folder.source.stated.iter().map(|stated| format!("{} {}", stated.at.format("%dT%H:%M"), stated.status)).collect()
    };
    let folder = monitor(&files);
    assert_eq!(stated(&folder), ["18T00:00 major_outage", "19T00:00 operational", "20T00:00 major_outage", "20T01:00 operational"]);
    assert_eq!(told(&folder).0[1], "history/summary.json:3: the summary keeps no time of day of the downtime of `Web Site` on 1 day");
    let issue = r#"[{"number": 7, "title": "🛑 Web Site is down", "state": "closed", "labels": [{"name": "status"}, {"name": "web-site"}],
        "created_at": "2026-11-20T05:00:00Z", "closed_at": "2026-11-20T06:00:00Z", "updated_at": "2026-11-20T06:00:00Z", "body": "**down**"}]"#;
    let mut with_issue = files.to_vec();
    with_issue.push(("issues.json", issue));
    assert_eq!(stated(&monitor(&with_issue)), ["18T00:00 major_outage", "19T00:00 operational"]);
}

#[test]
fn issues_become_incidents_with_their_comments() {
    let gh = r#"[{"number": 7, "title": "🛑 Web Site is down", "state": "CLOSED", "labels": [{"name": "status"}, {"name": "web-site"}],
        "createdAt": "2026-11-20T05:00:00Z", "closedAt": "2026-11-20T06:00:00Z", "body": "In abc it was **down**.",
        "comments": [{"id": "a", "createdAt": "2026-11-20T05:30:00Z", "body": "We look."},
                     {"id": "b", "createdAt": "2026-11-20T05:59:58Z", "body": "**Resolved:** Web Site is back up."}]},
      {"number": 8, "title": "⚠️ ApiDocs has degraded performance", "state": "open", "labels": ["status", "api-docs"], "createdAt": "2026-11-21T05:00:00Z"}]"#;
    let folder = monitor(&[("history/web-site.yml", WEB), ("history/api-docs.yml", DOCS), ("issues.json", gh)]);
    let [down, slow] = folder.source.incidents.as_slice() else { panic!("{:?}", folder.source.incidents) };
    assert_eq!((down.title.as_str(), down.impact), ("🛑 Web Site is down", Impact::Major));
    let updates: Vec<_> =
        down.updates.iter().map(|update| (update.display_at.format("%H:%M:%S").to_string(), update.status, update.body.as_str())).collect();
    use IncidentStatus::{Investigating, Resolved};
    assert_eq!(
        updates,
        [
            ("05:00:00".to_owned(), Investigating, "In abc it was **down**."),
            ("05:30:00".to_owned(), Investigating, "We look."),
            ("05:59:58".to_owned(), Resolved, "**Resolved:** Web Site is back up."),
        ]
    );
    assert_eq!((slow.impact, slow.is_open()), (Impact::Minor, true));
    let rest = r#"[{"number": 7, "title": "T", "state": "closed", "labels": ["status", "web-site"], "created_at": "2026-11-20T05:00:00Z",
        "closed_at": "2026-11-20T06:00:00Z", "comments": 1}]"#;
    let comments = r#"[{"id": 5, "issue_url": "https://api.github.com/repos/a/b/issues/7", "created_at": "2026-11-20T05:30:00Z", "body": "Hm"},
        {"id": 6, "issue_url": "https://api.github.com/repos/a/b/issues/9", "created_at": "2026-11-20T05:30:00Z", "body": "Hm"}]"#;
    let folder =
        monitor(&[("history/web-site.yml", WEB), ("history/api-docs.yml", DOCS), ("issues.json", rest), ("comments.json", comments)]);
    let texts: Vec<_> = folder.source.incidents[0].updates.iter().map(|update| (update.status, update.body.as_str())).collect();
    assert_eq!(texts, [(Investigating, ""), (Investigating, "Hm"), (Resolved, "")]);
    assert_eq!(told(&folder).1, ["comments: 1 comment is of issue 9, which is not saved"]);
}

#[test]
fn announced_maintenance_has_its_window_and_services() {
    let issue = r#"{"number": 9, "title": "Move", "state": "open", "labels": ["maintenance"], "created_at": "2026-11-20T05:00:00Z",
        "body": "<!--\nstart: 2026-11-23T13:00:00.220Z\nend: 2026-11-23T14:00:00.220Z\nexpectedDown: web-site, nowhere\n-->\n\nWe move."}"#;
    let folder = monitor(&[("history/web-site.yml", WEB), ("history/api-docs.yml", DOCS), ("issues/9.json", issue)]);
    let maintenance = &folder.source.maintenances[0];
    assert_eq!((maintenance.title.as_str(), maintenance.services.len()), ("Move", 1));
    assert_eq!(maintenance.scheduled_until - maintenance.scheduled_for, chrono::TimeDelta::hours(1));
    assert_eq!(maintenance.updates[0].body, "We move.");
    assert_eq!(told(&folder).0[1], "issues/9.json:1: maintenance issue 9 names `nowhere`, which is no site");
}

#[test]
fn what_cannot_be_used_is_refused_with_its_place() {
    let folder = monitor(&[
        ("history/web-site.yml", "status: fine\nlastUpdated: 2026-11-22T10:00:00Z\n"),
        ("history/other.yml", WEB),
        (
            "history/summary.json",
            "[{\"name\": \"Web Site\", \"slug\": \"web-site\", \"dailyMinutesDown\": {\"yesterday\": 5, \"2026-11-20\": 9999}}",
        ),
        ("issues.json", "[1, {\"title\": \"x\"}, {\"title\": \"x\", \"number\": 3, \"labels\": []}]"),
    ]);
    assert_eq!(
        told(&folder).1,
        [
            "`history/api-docs.yml` is missing: how the site stood is not known",
            "history/other.yml: no site of the settings has this history, it is left out",
            "history/summary.json:1: the file ends too early",
            "history/web-site.yml:1: `status: fine` is none of Upptime's",
            "issues.json:1: an issue has no `number`",
            "issues.json:1: is no issue and no comment",
            "issues.json:1: issue 3 has neither label `status` nor `maintenance`",
        ]
    );
    assert_eq!(folder.source.moment, None);
}
