//! Real Upptime repositories: their sites come in with what was last seen of them, and bars and figures keep the minutes of downtime.

use std::fs;

use chrono::{DateTime, Days, NaiveDate, Utc};
use serde_json::Value;

use crate::fresh_org::{FreshOrg, at};
use crate::real_cstate::{assert_every_file_is_accounted_for, assert_repairs, folders, kinds};
use crate::real_statuspage::real_data;

/// What a repository must come to.
struct Expected {
    folder: &'static str,
    /// The settings, the summary and a history of each site.
    files: usize,
    sites: usize,
    past_statuses: usize,
    /// How often each kind of repair was made.
    repaired: &'static [(&'static str, usize)],
    /// The day the summary was written on.
    today: &'static str,
    /// The fingerprint of the whole list of repairs.
    repairs: &'static str,
}

const UNTIMED: &str = "the summary keeps no time of day of the downtime of … on ";

const REPOSITORIES: [Expected; 3] = [
    Expected {
        folder: "Sakneen__uptime-status",
        files: 7,
        sites: 5,
        past_statuses: 6,
        repaired: &[(UNTIMED, 2)],
        today: "2026-08-17",
        repairs: "e75b3427ee72cfa8",
    },
    Expected {
        folder: "koj-co__upptime",
        files: 6,
        sites: 4,
        past_statuses: 7,
        repaired: &[(UNTIMED, 3)],
        today: "2021-07-22",
        repairs: "aade38834ce986c4",
    },
    Expected {
        folder: "smartmanru__site_availability",
        files: 8,
        sites: 6,
        past_statuses: 70,
        repaired: &[("… is no address for visitors, site … stands without a link", 6), (UNTIMED, 6)],
        today: "2024-01-27",
        repairs: "dc1128797d12df3c",
    },
];

#[test]
fn every_repository_comes_in_and_builds() {
    let Some(data) = real_data("every_repository_comes_in_and_builds") else { return };
    assert_eq!(folders(&data.join("upptime")), REPOSITORIES.iter().map(|expected| expected.folder.to_owned()).collect());
    for expected in &REPOSITORIES {
        let name = expected.folder;
        let folder = data.join("upptime").join(name);
        let today: NaiveDate = expected.today.parse().unwrap();
        let now = today.checked_add_days(Days::new(1)).unwrap().and_hms_opt(0, 0, 0).unwrap().and_utc();
        let mut fresh = FreshOrg::new("acme", now);
        let report = fresh.import_upptime(&folder, now);
        assert_eq!(
            (report.files, report.services.added, report.past_statuses),
            (expected.files, expected.sites, expected.past_statuses),
            "{name}"
        );
        assert_eq!((report.incidents.added, report.groups.added, report.refused.as_slice()), (0, 0, &[][..]), "{name}");
        assert_eq!(report.passed_over.iter().map(|remark| remark.file.as_str()).collect::<Vec<_>>(), ["api"], "{name}");
        let counted = kinds(&report.repaired);
        let of_kind = |kind: &str| counted.iter().filter(|(found, _)| found.starts_with(kind)).map(|(_, count)| count).sum::<usize>();
        for (kind, count) in expected.repaired {
            assert_eq!(of_kind(kind), *count, "{name}: {kind}");
        }
        assert_eq!(report.repaired.len(), expected.repaired.iter().map(|(_, count)| count).sum::<usize>(), "{name}");

        assert_every_file_is_accounted_for(&folder, &report);
        assert_repairs(name, &report.repaired, expected.repairs);

        let before = fresh.dump();
        let again = fresh.import_upptime(&folder, now);
        assert!(!again.has_changes() && fresh.dump() == before, "{name}: importing again changes something");
        fresh.assert_dump_comes_back(now);
        let site = fresh.built(now);
        let summary: Value = serde_json::from_slice(&fs::read(folder.join("history/summary.json")).unwrap()).unwrap();
        let dump: Value = serde_json::from_str(&before).unwrap();
        for source in summary.as_array().unwrap() {
            let service = site_called(&dump, source["name"].as_str().unwrap());
            let history = fs::read_to_string(folder.join(format!("history/{}.yml", source["slug"].as_str().unwrap()))).unwrap();
            let status = history.lines().find_map(|line| line.strip_prefix("status: ")).unwrap();
            let components = site.json("api/v2/components.json");
            let listed = components["components"].as_array().unwrap().iter().find(|component| component["id"] == service["id"]).unwrap();
            let expected = if status == "up" { "operational" } else { "major_outage" };
            assert_eq!(listed["status"], expected, "{name}: {}", source["name"]);
            for (day, minutes) in source["dailyMinutesDown"].as_object().unwrap() {
                let day: NaiveDate = day.parse().unwrap();
                if day < today {
                    assert_eq!(minutes_down(&dump, &service["id"], day), minutes.as_i64().unwrap(), "{name}: {} on {day}", source["name"]);
                }
            }
        }
    }
}

fn site_called<'a>(dump: &'a Value, name: &str) -> &'a Value {
    dump["services"].as_array().unwrap().iter().find(|service| service["name"] == name).unwrap()
}

/// Minutes of a day on which the recorded statuses say that a service is down.
fn minutes_down(dump: &Value, service: &Value, day: NaiveDate) -> i64 {
    let start = day.and_hms_opt(0, 0, 0).unwrap().and_utc();
    let end = start + chrono::TimeDelta::days(1);
    let mut stated: Vec<(DateTime<Utc>, bool)> = Vec::new();
    for manual in dump["manual_statuses"].as_array().unwrap().iter().filter(|manual| manual["service"] == *service) {
        stated.push((at(manual["at"].as_str().unwrap()), manual["status"] == "major_outage"));
    }
    stated.sort_by_key(|(at, _)| *at);
    let mut down = 0;
    for (index, (from, is_down)) in stated.iter().enumerate() {
        let until = stated.get(index + 1).map_or(end, |(at, _)| *at);
        if *is_down {
            down += (until.min(end) - (*from).max(start)).num_minutes().max(0);
        }
    }
    down
}
