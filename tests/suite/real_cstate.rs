//! Real cState sites: every issue comes in, times and titles as its file says, and everything that had to be repaired is told.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use chrono::{DateTime, NaiveDateTime, Utc};
use serde_json::Value;
use statuary::import::source_folder::Remark;
use statuary::ops::report::ImportReport;

use crate::fresh_org::{FreshOrg, at};
use crate::real_statuspage::real_data;

/// What a site must come to.
struct Expected {
    folder: &'static str,
    files: usize,
    groups: usize,
    services: usize,
    incidents: usize,
    updates: usize,
    /// How often each kind of repair was made.
    repaired: &'static [(&'static str, usize)],
    /// What was repaired that is rare, by file and line.
    rare: &'static [(&'static str, usize, &'static str)],
    passed_over: &'static [&'static str],
    /// The fingerprint of the whole list of repairs, see [`assert_repairs`].
    repairs: &'static str,
}

const SITES: [Expected; 3] = [
    Expected {
        folder: "civo__status",
        files: 36,
        groups: 2,
        services: 22,
        incidents: 35,
        updates: 118,
        repaired: &[
            ("a time without a day is read as …", 5),
            ("… is before …: it counts as resolved at …", 1),
            ("… is none of cState's, it counts as …", 3),
            ("… names no zone, read in Etc/UTC", 74),
            ("system … is not in the settings, only updates name it", 7),
        ],
        rare: &[
            ("2024-10-21-website-issues.md", 15, "a time without a day is read as 2024-10-21T15:30:00Z"),
            ("2026-02-06-NYC1-latencies.md", 5, "`resolvedWhen` is before `date`: it counts as resolved at 2026-02-06T09:55:00Z"),
            ("2026-02-24-FRA1-disruption.md", 6, "`severity: monitoring` is none of cState's, it counts as `notice`"),
            ("2026-03-24-FRA1-API-disruption.md", 6, "`severity: monitoring` is none of cState's, it counts as `notice`"),
            ("2026-06-30-FRA1-storage-compute-instability.md", 7, "`severity: monitoring` is none of cState's, it counts as `notice`"),
        ],
        passed_over: &["content/pages/example-page.md"],
        repairs: "46dd038c40c623ef",
    },
    Expected {
        folder: "jenkins-infra__status",
        files: 149,
        groups: 0,
        services: 78,
        incidents: 148,
        updates: 301,
        repaired: &[
            ("an update bears no time, it is told with the resolution", 19),
            ("category … shows no name, its systems stand without a group", 5),
            ("… is before …: it counts as resolved at …", 6),
            ("… is read as …", 2),
            ("… names no zone, read in Etc/UTC", 8),
            ("system … is not in the settings, only updates name it", 237),
        ],
        rare: &[
            ("2021-09-23-puppet-outage.md", 5, "`resolvedWhen` is before `date`: it counts as resolved at 2021-09-23T10:01:00Z"),
            ("2023-12-04-x86medium-migration.md", 3, "`date: 2023-12-04T8:00:00-00:00` is read as 2023-12-04T08:00:00Z"),
            ("2024-04-11-infraci-maintenance.md", 3, "`date: 2024-04-11T8:00:00-00:00` is read as 2024-04-11T08:00:00Z"),
        ],
        passed_over: &["content/services/_index.md"],
        repairs: "9aae144c84e8edfe",
    },
    Expected {
        folder: "packit__status",
        files: 109,
        groups: 3,
        services: 20,
        incidents: 108,
        updates: 215,
        repaired: &[
            ("an update bears no time, it is told with the resolution", 13),
            ("system … is called … in the settings", 1),
            ("system … is not in the settings, only updates name it", 23),
            ("the … that opens the front matter is missing", 1),
            ("… is before …: it counts as resolved at …", 1),
            ("… is read as …", 3),
            ("… names no zone, read in Etc/UTC", 8),
        ],
        rare: &[
            ("2021-12-07-response-delays.md", 9, "system `workers` is called `Workers` in the settings"),
            ("2023-10-31-release-monitoring.org-outage.md", 1, "the `---` that opens the front matter is missing"),
            ("2024-08-13-github-outage.md", 3, "`date: 2024-08-13T015:00:00+02:00` is read as 2024-08-13T13:00:00Z"),
        ],
        passed_over: &[],
        repairs: "fe19bab5fa0d1851",
    },
];

fn now() -> DateTime<Utc> {
    at("2026-11-22T14:00:00Z")
}

#[test]
fn every_site_comes_in_and_builds() {
    let Some(data) = real_data("every_site_comes_in_and_builds") else { return };
    let found: BTreeSet<String> = folders(&data.join("cstate"));
    assert_eq!(found, SITES.iter().map(|site| site.folder.to_owned()).collect());
    for expected in &SITES {
        let folder = data.join("cstate").join(expected.folder);
        let mut fresh = FreshOrg::new("acme", now());
        let report = fresh.import_cstate(&folder, now());
        check_report(expected, &report);
        assert_every_file_is_accounted_for(&folder, &report);
        assert_repairs(expected.folder, &report.repaired, expected.repairs);
        let dump: Value = serde_json::from_str(&fresh.dump()).unwrap();
        let complaints = differences(&folder, &dump, &report);
        assert!(complaints.is_empty(), "{}: {} differences\n{}", expected.folder, complaints.len(), complaints.join("\n"));

        let before = fresh.dump();
        let again = fresh.import_cstate(&folder, now());
        assert!(!again.has_changes() && fresh.dump() == before, "{}: importing again changes something", expected.folder);
        assert_eq!((&again.repaired, again.incidents.unchanged), (&report.repaired, expected.incidents));
        fresh.assert_dump_comes_back(now());
        let site = fresh.built(now());
        assert_eq!(site.matching("incidents/", "/index.html").count(), expected.incidents, "{}", expected.folder);
    }
}

/// Asserts that each file of a folder was read, refused or passed over, none of them twice.
#[track_caller]
pub(crate) fn assert_every_file_is_accounted_for(folder: &Path, report: &ImportReport) {
    let whole = |remark: &&Remark| remark.line.is_none();
    let named: BTreeSet<&str> = report.passed_over.iter().map(|remark| remark.file.as_str()).collect();
    assert_eq!(named.len(), report.passed_over.len(), "{}: something is passed over twice", folder.display());
    let passed_over: usize = named.iter().map(|name| files_in(&folder.join(name))).sum();
    let refused = report.refused.iter().filter(whole).count();
    assert_eq!(report.files + passed_over + refused, files_in(folder), "{}: a file is skipped in silence", folder.display());
}

/// How many files there are in a folder; a file is one.
fn files_in(path: &Path) -> usize {
    if path.is_file() {
        return 1;
    }
    fs::read_dir(path).unwrap().map(|entry| files_in(&entry.unwrap().path())).sum()
}

/// Asserts that a list of repairs is word for word the same, for which its fingerprint stands; where it is not, the whole list is shown.
#[track_caller]
pub(crate) fn assert_repairs(name: &str, repaired: &[Remark], expected: &str) {
    let list: String = repaired.iter().map(|remark| format!("{remark}\n")).collect();
    let found = blake3::hash(list.as_bytes()).to_hex()[..16].to_owned();
    assert_eq!(found, expected, "{name}: the list of repairs is another one:\n{list}");
}

/// Names of the folders in a folder.
pub(crate) fn folders(folder: &Path) -> BTreeSet<String> {
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap());
    entries.filter(|entry| entry.path().is_dir()).map(|entry| entry.file_name().into_string().unwrap()).collect()
}

/// How often each kind of remark was made: what stands in quotation marks, and times, as `…`.
pub(crate) fn kinds(remarks: &[Remark]) -> BTreeMap<String, usize> {
    let mut kinds = BTreeMap::new();
    for remark in remarks {
        let parts: Vec<&str> = remark.what.split('`').collect();
        let kind = parts.iter().enumerate().map(|(index, part)| if index % 2 == 0 { *part } else { "…" }).collect::<String>();
        let kind =
            kind.split(' ').map(|word| if word.ends_with('Z') && word.contains("T") { "…" } else { word }).collect::<Vec<_>>().join(" ");
        *kinds.entry(kind).or_insert(0) += 1;
    }
    kinds
}

#[track_caller]
fn check_report(expected: &Expected, report: &ImportReport) {
    let name = expected.folder;
    let counts = [report.groups, report.services, report.incidents, report.updates].map(|counted| counted.added);
    assert_eq!(counts, [expected.groups, expected.services, expected.incidents, expected.updates], "{name}");
    assert_eq!((report.files, report.maintenances.added, report.corrections, report.past_statuses), (expected.files, 0, 0, 0), "{name}");
    assert_eq!(report.refused, [], "{name}");
    assert_eq!(report.passed_over.iter().map(|remark| remark.file.as_str()).collect::<Vec<_>>(), expected.passed_over, "{name}");
    let wanted = expected.repaired.iter().map(|(kind, count)| ((*kind).to_owned(), *count)).collect();
    assert_eq!(kinds(&report.repaired), wanted, "{name}");
    for (file, line, what) in expected.rare {
        let remark = Remark { file: format!("content/issues/{file}"), line: Some(*line), what: (*what).to_owned() };
        assert!(report.repaired.contains(&remark), "{name}: no {remark}");
    }
}

/// What the files say themselves, read line by line, and what became of it.
fn differences(folder: &Path, dump: &Value, report: &ImportReport) -> Vec<String> {
    let mut complaints = Vec::new();
    let settings = fs::read_to_string(folder.join("config.yml")).unwrap();
    let quoted = |text: &str| text.trim().trim_matches(['"', '\'']).trim().to_owned();
    let names = |mark: &str| -> BTreeSet<String> { settings.lines().filter_map(|line| line.strip_prefix(mark)).map(quoted).collect() };
    let systems = names("    - name: ");
    let mut told: BTreeMap<(String, DateTime<Utc>), &Value> = BTreeMap::new();
    for incident in dump["incidents"].as_array().unwrap() {
        told.insert((incident["title"].as_str().unwrap().to_owned(), at(incident["started_at"].as_str().unwrap())), incident);
    }
    let said = |file: &str, line: usize, word: &str| {
        let mut remarks = report.repaired.iter();
        remarks.any(|remark| remark.file.ends_with(file) && remark.line == Some(line) && remark.what.contains(word))
    };
    for entry in fs::read_dir(folder.join("content/issues")).unwrap() {
        let path = entry.unwrap().path();
        let file = path.file_name().unwrap().to_str().unwrap().to_owned();
        let text = fs::read_to_string(&path).unwrap();
        let front: Vec<(usize, &str)> = text.lines().enumerate().skip(1).take_while(|(_, line)| line.trim_end() != "---").collect();
        let field = |key: &str| {
            let first = text.lines().next().map(|line| (0, line));
            let mut lines = first.into_iter().chain(front.iter().copied());
            lines.find_map(|(index, line)| Some((index + 1, quoted(line.strip_prefix(key)?.strip_prefix(':')?))))
        };
        let (Some((_, title)), Some((line, date))) = (field("title"), field("date")) else {
            complaints.push(format!("{file}: no title or no date"));
            continue;
        };
        if zoneless(&date).is_some() != said(&file, line, "names no zone") {
            complaints.push(format!("{file}:{line}: zone of `{date}`"));
        }
        let Some(start) = plain_time(&date) else {
            if !said(&file, line, "is read as") {
                complaints.push(format!("{file}:{line}: nothing is said of `{date}`"));
            }
            continue;
        };
        let Some(incident) = told.get(&(title.clone(), start)) else {
            complaints.push(format!("{file}: no incident `{title}` at {start}"));
            continue;
        };
        let resolved = field("resolvedWhen").and_then(|(line, text)| Some((line, plain_time(&text)?)));
        let recorded = incident["stated_resolved_at"].as_str().map(at);
        match resolved {
            Some((line, end)) if end < start && !said(&file, line, "is before `date`") => {
                complaints.push(format!("{file}:{line}: {end} is taken"))
            }
            Some((line, end)) if end >= start && recorded != Some(end) => {
                complaints.push(format!("{file}:{line}: {end} became {recorded:?}"))
            }
            _ => {}
        }
        let listed = front.iter().skip_while(|(_, line)| !line.starts_with("affected:")).skip(1);
        for (index, line) in listed.take_while(|(_, line)| line.trim().starts_with("- ")) {
            let name = quoted(line.trim().trim_start_matches("- "));
            let missing = !systems.contains(&name);
            if missing != (said(&file, index + 1, "is not in the settings") || said(&file, index + 1, "is called")) {
                complaints.push(format!("{file}:{}: system `{name}`", index + 1));
            }
        }
        let words: String = incident["updates"].as_array().unwrap().iter().filter_map(|update| update["body"].as_str()).collect();
        // A label at the beginning of a line may have become a status, so that its end is looked for.
        let end = |line: &str| line.trim().char_indices().rev().nth(49).map(|(start, _)| line.trim()[start..].to_owned());
        let lines = text.lines().skip(front.len() + 2).filter(|line| !line.contains("<!--") && !line.starts_with("---"));
        if let Some(end) = lines.max_by_key(|line| line.len()).and_then(end).filter(|end| !words.contains(end)) {
            complaints.push(format!("{file}: the text lacks `{end}`"));
        }
    }
    complaints
}

fn zoneless(text: &str) -> Option<DateTime<Utc>> {
    let forms = ["%Y-%m-%d %H:%M:%S", "%Y-%m-%dT%H:%M:%S"];
    forms.iter().find_map(|form| NaiveDateTime::parse_from_str(text, form).ok()).map(|time| time.and_utc())
}

/// A time as these sites write it, where nothing is wrong with it.
fn plain_time(text: &str) -> Option<DateTime<Utc>> {
    zoneless(text).or_else(|| DateTime::parse_from_rfc3339(&text.replacen(' ', "T", 1)).ok().map(|time| time.to_utc()))
}
