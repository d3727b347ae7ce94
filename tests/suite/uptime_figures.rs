//! Uptime as real pages showed it: their outages recorded, their figures asked for on the command line.

use std::collections::BTreeMap;
use std::process::Command;

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use rayon::prelude::*;
use serde_json::Value;
use statuary::domain::ServiceStatus;
use statuary::ops::group::AddGroup;
use statuary::ops::service::{ServiceSettings, SetStatus};
use statuary::ops::{Deed, Org, group, service};

use crate::fresh_org::{ACTOR, FreshOrg, at, deed};
use crate::real_statuspage::{read_json, real_data};

fn midnight(date: &Value) -> DateTime<Utc> {
    date.as_str().unwrap().parse::<NaiveDate>().unwrap().and_time(chrono::NaiveTime::MIN).and_utc()
}

fn set(org: &mut Org, slug: &str, status: ServiceStatus, from: DateTime<Utc>, now: DateTime<Utc>) {
    let options = SetStatus { service: slug.to_owned(), status, message: None };
    service::set_status(org, &options, &Deed::new(ACTOR, now).at(Some(from))).unwrap();
}

/// The figures `statuary uptime` prints, by slug.
fn printed(fresh: &FreshOrg, arguments: &[&str], now: DateTime<Utc>) -> BTreeMap<String, String> {
    let output = Command::new(env!("CARGO_BIN_EXE_statuary"))
        .args(["uptime", "--json"])
        .args(arguments)
        .current_dir(&fresh.org.folder.dir)
        .env_clear()
        .env("STATUARY_NOW", now.to_rfc3339())
        .output()
        .unwrap();
    assert!(output.status.success(), "{output:?}");
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    let rows = report["rows"].as_array().unwrap().iter();
    rows.map(|row| (row["slug"].as_str().unwrap().to_owned(), row["uptime"].as_str().unwrap_or("none").to_owned())).collect()
}

#[test]
fn every_figure_is_the_one_the_page_showed() {
    let Some(data) = real_data("every_figure_is_the_one_the_page_showed") else { return };
    let rows = read_json(&data.join("statuspage-uptime.json"));
    let mut pages: BTreeMap<&str, Vec<&Value>> = BTreeMap::new();
    for row in rows.as_array().unwrap() {
        pages.entry(row["page"].as_str().unwrap()).or_default().push(row);
    }
    let results: Vec<(usize, Vec<String>)> = pages.par_iter().map(|(_, rows)| page(rows)).collect();
    let complaints: Vec<&String> = results.iter().flat_map(|(_, complaints)| complaints).collect();
    assert!(complaints.is_empty(), "{complaints:#?}");
    assert_eq!(results.iter().map(|(count, _)| count).sum::<usize>(), 73);
}

/// Records a page's outages; how many figures agree, and how the others differ.
fn page(rows: &[&Value]) -> (usize, Vec<String>) {
    let from = midnight(&rows[0]["first_day"]);
    let until = midnight(&rows[0]["last_day"]) + TimeDelta::days(1);
    let mut fresh = FreshOrg::new("page", from);
    let mut groups: BTreeMap<&str, &str> = BTreeMap::new();
    for row in rows.iter().filter(|row| row["group"] == true) {
        let code = row["code"].as_str().unwrap();
        let options = AddGroup { slug: code.parse().unwrap(), name: code.to_owned(), position: None };
        group::add(&mut fresh.org, &options, &deed(from)).unwrap();
        groups.extend(row["children"].as_array().unwrap().iter().map(|child| (child.as_str().unwrap(), code)));
    }
    // The file leaves out the children that never had an outage; they count in their group's mean.
    let silent = groups.keys().filter(|child| !rows.iter().any(|row| row["code"] == **child));
    for code in rows.iter().filter(|row| row["group"] == false).map(|row| row["code"].as_str().unwrap()).chain(silent.copied()) {
        let row = rows.iter().find(|row| row["code"] == code);
        let start_date = row.and_then(|row| row["start_date"].as_str()).map(|date| Some(date.parse().unwrap()));
        let settings =
            ServiceSettings { group: groups.get(code).map(|group| (*group).to_owned()), start_date, ..ServiceSettings::default() };
        service::add(&mut fresh.org, &code.parse().unwrap(), &settings, &deed(from)).unwrap();
        for day in row.map_or(&[] as &[Value], |row| row["days"].as_array().unwrap()) {
            let seconds = |place: usize| TimeDelta::seconds(day[place].as_i64().unwrap());
            let start = midnight(&day[0]);
            set(&mut fresh.org, code, ServiceStatus::PartialOutage, start, until);
            set(&mut fresh.org, code, ServiceStatus::MajorOutage, start + seconds(1), until);
            set(&mut fresh.org, code, ServiceStatus::Operational, start + seconds(1) + seconds(2), until);
        }
    }
    let figures = printed(&fresh, &["--from", &from.to_rfc3339(), "--until", &until.to_rfc3339()], until);
    let (same, different): (Vec<&&Value>, Vec<&&Value>) =
        rows.iter().partition(|row| figures.get(row["code"].as_str().unwrap()).map(String::as_str) == row["shown"].as_str());
    let complaints = different.iter().map(|row| format!("{row}: {:?}", figures.get(row["code"].as_str().unwrap())));
    (same.len(), complaints.collect())
}

#[test]
fn figures_are_cut_and_lose_a_trailing_zero() {
    let (from, until) = (at("2026-08-25T00:00:00Z"), at("2026-11-23T00:00:00Z"));
    let mut fresh = FreshOrg::new("page", from);
    // Of 7,776,000 seconds.
    for (slug, milliseconds, _) in FIGURES {
        service::add(&mut fresh.org, &slug.parse().unwrap(), &ServiceSettings::default(), &deed(from)).unwrap();
        set(&mut fresh.org, slug, ServiceStatus::MajorOutage, from + TimeDelta::days(3), until);
        set(&mut fresh.org, slug, ServiceStatus::Operational, from + TimeDelta::days(3) + TimeDelta::milliseconds(*milliseconds), until);
    }
    let figures = printed(&fresh, &["--from", &from.to_rfc3339(), "--until", &until.to_rfc3339()], until);
    for (slug, _, shown) in FIGURES {
        assert_eq!(figures[*slug], *shown, "{slug}");
    }
    // The page shows what the command prints at the same moment.
    let now = until - TimeDelta::milliseconds(1);
    let (site, figures) = (fresh.built(now), printed(&fresh, &["--days", "90"], now));
    for (slug, figure) in figures {
        let page = site.text(&format!("services/{slug}/index.html"));
        assert!(page.contains(&format!(">{figure}%<")) || page.contains(&format!(">{figure} %<")), "{slug}: {figure}");
    }
}

/// Slug, milliseconds of major outage, figure over 90 days.
const FIGURES: &[(&str, i64, &str)] = &[
    ("half", 38_880_000, "99.5"),
    ("three-nines", 77_760, "99.99"),
    ("a-second", 1_000, "99.99"),
    ("never", 0, "100.0"),
    ("a-bit-more-than-half", 38_880_001, "99.49"),
];
