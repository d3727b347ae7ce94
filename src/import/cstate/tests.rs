//! What is made of the folders of sites.

use chrono_tz::Tz;

use super::*;
use crate::domain::{Impact, Incident, IncidentStatus, ServiceStatus};
use crate::import::source_folder::Remark;

const CONFIG: &str = "title: Acme\nbaseURL: https://status.acme.example\nparams:\n  categories:\n    - name: Core\n    - name: Rest\n      untitled: true\n  systems:\n    - name: API\n      category: Core\n      description: |\n        What programs talk to\n    - name: Web\n      category: Rest\n    - name: Mail\n      category: Gone\n";

/// What a site with these settings and one issue says.
fn site(config: &str, issue: &str) -> SourceFolder {
    let file = |path: &str, text: &str| GivenFile { path: path.to_owned(), bytes: text.as_bytes().to_vec() };
    read(&[file("config.yml", config), file("content/issues/2026-11-20-broken.md", issue)], "site", Tz::Europe__Berlin)
}

/// The issue's incident, and what was said of its file.
fn issue(front: &str, body: &str) -> (Option<Incident>, Vec<String>) {
    let folder = site(CONFIG, &format!("---\n{front}section: issue\n---\n{body}"));
    let of_issue = |remarks: &[Remark], kind: &str| -> Vec<String> {
        let of_file = remarks.iter().filter(|remark| remark.file.ends_with(".md"));
        of_file.map(|remark| format!("{kind}{}: {}", remark.line.unwrap_or_default(), remark.what)).collect()
    };
    let mut said = of_issue(&folder.remarks.refused, "refused ");
    said.extend(of_issue(&folder.remarks.repaired, ""));
    (folder.source.incidents.into_iter().next(), said)
}

/// Time, status and text of each update.
fn updates(incident: &Incident) -> Vec<(String, IncidentStatus, &str)> {
    incident.updates.iter().map(|update| (update.display_at.format("%dT%H:%M").to_string(), update.status, update.body.as_str())).collect()
}

#[test]
fn an_issue_becomes_an_incident() {
    let front = "title: Broken\ndate: 2026-11-20T10:00:00Z\nresolved: true\nresolvedWhen: 2026-11-20T11:00:00Z\nseverity: down\naffected:\n  - API\n  - Web\n";
    let (incident, said) = issue(front, "\nIt broke.\n");
    let incident = incident.unwrap();
    assert_eq!(said, Vec::<String>::new());
    assert_eq!((incident.title.as_str(), incident.impact, incident.draft), ("Broken", Impact::Major, false));
    use IncidentStatus::{Investigating, Resolved};
    assert_eq!(updates(&incident), [("20T10:00".to_owned(), Investigating, "It broke."), ("20T11:00".to_owned(), Resolved, "")]);
    let named: Vec<_> = incident.updates[0].affected.iter().flatten().map(|named| (named.name.as_str(), named.new_status)).collect();
    assert_eq!(named, [("Core - API", Some(ServiceStatus::MajorOutage)), ("Web", Some(ServiceStatus::MajorOutage))]);
    assert!(incident.updates[1].affected.iter().flatten().all(|named| named.new_status == Some(ServiceStatus::Operational)));
}

#[test]
fn settings_become_groups_and_services() {
    let folder = site(CONFIG, "---\ntitle: T\ndate: 2026-11-20\nresolved: false\nseverity: notice\nsection: issue\n---\n");
    let components = folder.source.components.unwrap();
    let groups: Vec<_> = components.groups.iter().map(|group| (group.name.as_str(), group.position)).collect();
    assert_eq!(groups, [("Core", 1)]);
    let services: Vec<_> =
        components.services.iter().map(|service| (service.name.as_str(), service.group.is_some(), service.position)).collect();
    assert_eq!(services, [("API", true, 2), ("Web", false, 3), ("Mail", false, 4)]);
    assert_eq!(components.services[0].description.as_deref(), Some("What programs talk to"));
    let said: Vec<String> = folder.remarks.repaired.iter().filter(|remark| remark.file == "config.yml").map(ToString::to_string).collect();
    assert_eq!(
        said,
        [
            "config.yml:6: category `Rest` shows no name, its systems stand without a group",
            "config.yml:15: system `Mail` stands without a group: there is no category `Gone`",
        ]
    );
}

#[test]
fn settings_of_other_kinds_say_the_same() {
    let toml =
        "title = \"Acme\"\nbaseURL = \"https://status.acme.example\"\ntimeZone = \"Asia/Tokyo\"\n[[params.systems]]\nname = \"API\"\n";
    let json = r#"{"title": "Acme", "baseurl": "https://status.acme.example/", "timeZone": "Asia/Tokyo", "params": {"systems": [{"name": "API"}]}}"#;
    let read_as = |path: &str, text: &str| {
        let issue = b"---\ndate: 2026-11-20 10:00:00\nsection: issue\n---\n".to_vec();
        let files =
            [GivenFile { path: path.to_owned(), bytes: text.into() }, GivenFile { path: "content/issues/a.md".to_owned(), bytes: issue }];
        read(&files, "site", Tz::UTC).source
    };
    let (toml, json) = (read_as("hugo.toml", toml), read_as("config.json", json));
    assert_eq!(toml, json);
    assert_eq!(toml.incidents[0].started_at.to_rfc3339(), "2026-11-20T01:00:00+00:00");
    assert_eq!(toml.page.unwrap().id, site(CONFIG, "").source.page.unwrap().id);
}

#[test]
fn what_a_text_tells_of_several_moments_becomes_updates() {
    use IncidentStatus::{Identified, Investigating, Monitoring, Postmortem, Resolved};
    let front =
        "title: B\ndate: 2026-11-20T10:00:00Z\nresolved: true\nresolvedWhen: 2026-11-20T12:00:00Z\nseverity: down\naffected: [API]\n";
    let body = "*Post-mortem*\n\nWhy it was.\n\n---\n\n*Resolved* - We fixed it. {{< track \"2026-11-20T12:00:00Z\" >}}\n\n\
        *Monitoring* - Watching.\n{{< track \"2026-11-20 12:30:00\" >}}\n\n*Identified* - The disk. {{< track \"2026-11-20T10:30:00Z\" >}}\n\n\
        *Investigating* - Looking. {{< track \"2026-11-20T10:00:00Z\" >}}\n";
    let (incident, said) = issue(front, body);
    let at = |time: &str| format!("20T{time}");
    assert_eq!(
        updates(&incident.unwrap()),
        [
            (at("10:00"), Investigating, "Looking."),
            (at("10:30"), Identified, "The disk."),
            (at("11:30"), Monitoring, "Watching."),
            (at("12:00"), Resolved, "We fixed it."),
            (at("12:00"), Postmortem, "Why it was."),
        ]
    );
    assert_eq!(said, ["18: `2026-11-20 12:30:00` names no zone, read in Europe/Berlin"]);
}

#[test]
fn what_bears_no_time_is_told_with_what_came_next() {
    use IncidentStatus::{Investigating, Resolved};
    let front = "title: B\ndate: 2026-11-20T10:00:00Z\nresolved: true\nresolvedWhen: 2026-11-20T12:00:00Z\nseverity: down\n";
    let (incident, said) = issue(front, "[Final message]\nAll well.\n\n[Update]\n\nHalf way.\n\n[Initial message]\nDown.\n");
    let incident = incident.unwrap();
    let expected = [
        ("20T10:00".to_owned(), Investigating, "Down."),
        ("20T12:00".to_owned(), Resolved, "[Update]\n\nHalf way.\n\n[Final message]\n\nAll well."),
    ];
    assert_eq!(updates(&incident), expected);
    assert_eq!(said, ["12: an update bears no time, it is told with the resolution"]);
    let (incident, _) = issue(front, "It was down.\n\n_Update_: It is up.\n");
    let expected = [("20T10:00".to_owned(), Investigating, "It was down."), ("20T12:00".to_owned(), Resolved, "It is up.")];
    assert_eq!(updates(&incident.unwrap()), expected);
}

#[test]
fn times_alone_on_a_line_begin_updates_and_rules_end_them() {
    use IncidentStatus::{Investigating, Resolved};
    let front = "title: B\ndate: 2026-11-20T10:00:00Z\nresolved: yes\nresolvedWhen: 2026-11-20T12:00:00Z\nseverity: notice\n";
    let (incident, said) = issue(front, "12:00 UTC\n\nOver.\n\n---\n\n2026-11-20 11:00 UTC\n\nStill.\n---\nIt was planned.\n---\n");
    let incident = incident.unwrap();
    let expected = [
        ("20T10:00".to_owned(), Investigating, "It was planned."),
        ("20T11:00".to_owned(), Investigating, "Still."),
        ("20T12:00".to_owned(), Resolved, "Over."),
    ];
    assert_eq!(updates(&incident), expected);
    assert_eq!(said, ["9: a time without a day is read as 2026-11-20T12:00:00Z"]);
}

#[test]
fn links_lists_and_code_are_no_labels() {
    let front = "title: B\ndate: 2026-11-20T10:00:00Z\nresolved: true\nresolvedWhen: 2026-11-20T12:00:00Z\nseverity: down\n";
    let body = "[Update center](https://a.example) and [final][1] and *all* of it.\n\n- update: no\n\n```\nUpdate: no\n[Final message]\n```\n\n<!-- [Final message]\nhidden -->\n**API** was down.\n\nUpdates: see below\n";
    let (incident, said) = issue(front, body);
    let incident = incident.unwrap();
    assert_eq!((incident.updates.len(), said), (2, Vec::<String>::new()));
    assert!(!incident.updates[0].body.contains("hidden") && incident.updates[0].body.contains("[Final message]"));
}

#[test]
fn what_is_wrong_is_repaired_and_told() {
    let date = "date: 2026-11-20T10:00:00Z\n";
    for (front, expected) in [
        (
            format!("title: B\n{date}resolved: false\nseverity: disruptd\n"),
            "5: `severity: disruptd` is none of cState's, it counts as `disrupted`",
        ),
        (format!("title: B\n{date}resolved: false\nseverity: odd\n"), "5: `severity: odd` is none of cState's, it counts as `notice`"),
        (
            format!("title: B\n{date}resolved: \"true\"\nresolvedWhen: 2026-11-20T10:00:00Z\nseverity: down\n"),
            "4: `resolved: \"true\"` is a text, it counts as true",
        ),
        (format!("title: B\n{date}informational: \"true\"\n"), "4: `informational: \"true\"` is a text, it counts as true"),
        (
            format!("title: B\n{date}resolved: true\nresolvedWhen: 2026-02-30T10:00:00Z\nseverity: down\n"),
            "5: `resolvedWhen: 2026-02-30T10:00:00Z` is a time that does not exist: it counts as resolved at 2026-11-20T10:00:00Z",
        ),
        (
            format!("title: B\n{date}resolved: true\nresolvedWhen: 2026-11-19T10:00:00Z\nseverity: down\n"),
            "5: `resolvedWhen` is before `date`: it counts as resolved at 2026-11-20T10:00:00Z",
        ),
        (
            format!("title: B\n{date}resolved: true\nseverity: down\n"),
            "2: it has no `resolvedWhen`: it counts as resolved at 2026-11-20T10:00:00Z",
        ),
        (
            format!("title: B\n{date}resolvedWhen: 2026-11-20T10:00:00Z\nseverity: down\n"),
            "2: it has no `resolved`, but a `resolvedWhen`: it counts as resolved",
        ),
        (format!("title: B\n{date}severity: down\n"), "2: it has no `resolved`: it counts as open"),
        (format!("{date}resolved: false\nseverity: down\n"), "2: it has no `title`, the file's name counts"),
        (format!("title: B\n{date}resolved: false\nseverity: down\naffected: [api]\n"), "6: system `api` is called `API` in the settings"),
        (
            format!("title: B\n{date}resolved: false\nseverity: down\naffected: [Fax]\n"),
            "6: system `Fax` is not in the settings, only updates name it",
        ),
        (
            "title: B\ndate: 2026-11-31\nresolved: false\nseverity: down\n".to_owned(),
            "3: `date: 2026-11-31` is a time that does not exist, the day in the file's name counts",
        ),
        ("title: B\nresolved: false\nseverity: down\n".to_owned(), "2: it has no `date`, the day in the file's name counts"),
        (
            "title: B\ndate: 2026-11-20 10:00:00\nresolved: false\nseverity: down\n".to_owned(),
            "3: `date: 2026-11-20 10:00:00` names no zone, read in Europe/Berlin",
        ),
        (
            "title: B\ndate: \"2026-11-20T010:00:00Z\"\nresolved: false\nseverity: down\n".to_owned(),
            "3: `date: 2026-11-20T010:00:00Z` is read as 2026-11-20T10:00:00Z",
        ),
    ] {
        let (incident, said) = issue(&front, "Text.\n");
        assert!(incident.is_some(), "{front}");
        assert_eq!(said, [expected], "{front}");
    }
}

#[test]
fn what_cstate_does_not_list_comes_as_a_draft() {
    let text = "---\ntitle: B\ndate: 2026-11-20T10:00:00Z\nresolved: false\nseverity: down\n---\n";
    let folder = site(CONFIG, text);
    assert!(folder.source.incidents[0].draft);
    assert!(folder.remarks.repaired.iter().any(|remark| remark.what.contains("it comes as a draft")));
}

#[test]
fn an_informational_post_was_over_at_once() {
    let (incident, said) = issue("title: News\ndate: 2026-11-20T10:00:00Z\ninformational: true\n", "Read this.\n");
    let incident = incident.unwrap();
    assert_eq!(updates(&incident), [("20T10:00".to_owned(), IncidentStatus::Resolved, "Read this.")]);
    assert_eq!((incident.impact, said), (Impact::None, Vec::<String>::new()));
}

#[test]
fn a_file_that_cannot_be_used_is_refused_with_its_line() {
    for (text, expected) in [
        ("", "1: it has no front matter"),
        ("No front matter\n", "1: it has no front matter"),
        ("---\ntitle: B\nseverity: [\n---\n", "4: "),
        ("---\ntitle: B\ntitle: C\n---\n", "3: a key is there twice"),
    ] {
        let folder = site(CONFIG, text);
        assert!(folder.source.incidents.is_empty() && folder.remarks.repaired.len() == 2, "{text:?}");
        let refused = folder.remarks.refused.iter().map(|remark| format!("{}: {}", remark.line.unwrap(), remark.what)).collect::<Vec<_>>();
        assert!(refused.len() == 1 && refused[0].starts_with(expected), "{text:?}: {refused:?}");
    }
    let bytes = b"---\ntitle: \xff\n---\n".to_vec();
    let folder = read(&[GivenFile { path: "content/issues/a.md".to_owned(), bytes }], "site", Tz::UTC);
    assert_eq!(folder.remarks.refused.len(), 2, "the settings are missing, too");
    assert!(folder.remarks.refused.iter().any(|remark| remark.line == Some(2) && remark.what == "is not UTF-8 at byte 11"));
}

#[test]
fn only_what_may_hold_a_record_is_looked_at() {
    for (path, is_folder) in [("content", true), ("content/issues", true), ("content/en/issues/a.md", false), ("config.toml", false)] {
        assert_eq!(look(path, is_folder), Look::Take, "{path}");
    }
    for (path, is_folder) in [
        ("themes", true),
        (".git", true),
        ("content/pages/a.md", false),
        ("content/issues/_index.md", false),
        ("content/issues/a.png", false),
    ] {
        assert_eq!(look(path, is_folder), Look::PassOver, "{path}");
    }
}
