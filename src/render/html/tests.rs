//! Tests of whole pages.

use std::path::Path;
use std::time::Instant;

use super::sample::{incident as sample_incident, maintenance as sample_maintenance, moment, organization, snapshot};
use super::*;
use crate::domain::{Impact, IncidentStatus, MaintenanceStatus};

/// Every page of `snapshot` by path.
fn pages(theme: &Theme, snapshot: &Snapshot) -> Vec<(String, String)> {
    let shared = Shared::new(theme, &snapshot.organization).unwrap();
    let mut pages = vec![
        ("index.html".to_owned(), home(theme, &shared, &home_page(theme, &shared, snapshot), moment()).unwrap()),
        ("404.html".to_owned(), not_found(theme, &shared).unwrap()),
    ];
    let months = ["2026-11", "2026-10", "2025-12"].map(|month| MonthSummary { month: month.into(), incidents: 1 });
    pages.push(("history/".into(), history(theme, &shared, &history_page(theme, &shared, &months, snapshot)).unwrap()));
    let view = MonthView {
        month: "2026-11",
        previous: Some("2026-10"),
        next: Some("2026-12"),
        incidents: &snapshot.incidents,
        maintenances: &snapshot.maintenances,
    };
    pages.push(("history/2026-11/".into(), month(theme, &shared, &month_page(theme, &shared, &view)).unwrap()));
    for view in &snapshot.incidents {
        pages.push((format!("incidents/{}/", view.incident.id), incident(theme, &shared, view).unwrap()));
    }
    for view in &snapshot.maintenances {
        pages.push((format!("maintenance/{}/", view.maintenance.id), maintenance(theme, &shared, view).unwrap()));
    }
    for view in home::services(&snapshot.entries) {
        let page = service_page(theme, &shared, snapshot, view);
        pages.push((format!("services/{}/", view.service.slug), service(theme, &shared, &page).unwrap()));
    }
    pages
}

#[test]
#[ignore = "writes pages for people to look at, into the folder STATUARY_LOOK"]
#[expect(clippy::disallowed_methods, reason = "there is no site around it")]
fn pages_to_look_at() {
    let folder = std::env::var("STATUARY_LOOK").unwrap();
    let theme = Theme::load("default", None).unwrap();
    for (name, calm) in [("incident", false), ("calm", true)] {
        for (path, page) in pages(&theme, &snapshot(calm)) {
            let file = Path::new(&folder).join(name).join(if path.ends_with('/') { format!("{path}index.html") } else { path });
            std::fs::create_dir_all(file.parent().unwrap()).unwrap();
            std::fs::write(file, page).unwrap();
        }
    }
}

#[test]
#[ignore = "a measurement"]
#[expect(clippy::print_stdout, reason = "it prints what it measured")]
fn time_per_incident_page() {
    let theme = Theme::load("default", None).unwrap();
    let snapshot = snapshot(false);
    let shared = Shared::new(&theme, &snapshot.organization).unwrap();
    let rounds = 5000;
    let begun = Instant::now();
    let mut bytes = 0;
    for round in 0..rounds {
        bytes += incident(&theme, &shared, &snapshot.incidents[round % snapshot.incidents.len()]).unwrap().len();
    }
    println!("{} µs and {} bytes per page", begun.elapsed().as_micros() / rounds as u128, bytes / rounds);
    let begun = Instant::now();
    for _ in 0..200 {
        bytes += home(&theme, &shared, &home_page(&theme, &shared, &snapshot), moment()).unwrap().len();
    }
    println!("{} µs per first page, {bytes}", begun.elapsed().as_micros() / 200);
}
