//! Tests of whole pages.

mod colours;
mod styles;
mod themes;

use std::collections::BTreeSet;
use std::path::Path;
use std::time::Instant;

use base64::Engine;
use chrono::TimeDelta;
use scraper::{ElementRef, Html, Selector};
use sha2::{Digest, Sha256};

use super::sample::{
    incident as sample_incident, maintenance as sample_maintenance, moment, organization, service as sample_service, snapshot,
};
use super::*;
use crate::domain::{HeaderLink, Impact, IncidentStatus, Looks, MaintenanceStatus, ServiceStatus};
use crate::snapshot::year::PastMonths;
use crate::snapshot::{Entry, IncidentLink, VerdictKind};
use crate::theme;

/// Every page of `snapshot` by path.
fn pages(theme: &Theme, snapshot: &Snapshot) -> Vec<(String, String)> {
    let shared = Shared::new(theme, &snapshot.organization).unwrap();
    let mut pages = vec![
        ("index.html".to_owned(), home(theme, &shared, &home_page(theme, &shared, snapshot), moment()).unwrap()),
        ("404.html".to_owned(), not_found(theme, &shared).unwrap()),
        ("embed.html".to_owned(), embed(theme, &shared, &home_page(theme, &shared, snapshot)).unwrap()),
    ];
    let months = (1..=11).rev().map(|month| format!("2026-{month:02}")).chain(["2025-12", "2024-02", "2019-07"].map(str::to_owned));
    let months: Vec<_> = months.map(|month| MonthSummary { month, incidents: 1 }).collect();
    for of_years in history_pages(theme, &shared, &months, snapshot) {
        pages.push((history_path(&of_years), history(theme, &shared, &of_years).unwrap()));
    }
    let view = MonthView {
        place: MonthPart { month: "2026-11", part: None },
        previous: Some(MonthPart { month: "2026-10", part: None }),
        next: Some(MonthPart { month: "2026-12", part: None }),
        incidents: &snapshot.incidents.iter().collect::<Vec<_>>(),
        maintenances: &snapshot.maintenances.iter().collect::<Vec<_>>(),
    };
    pages.push(("history/2026-11/".into(), month(theme, &shared, &month_page(theme, &shared, &view)).unwrap()));
    for view in &snapshot.incidents {
        pages.push((format!("incidents/{}/", view.incident.id), incident(theme, &shared, view).unwrap()));
    }
    for view in &snapshot.maintenances {
        pages.push((format!("maintenance/{}/", view.maintenance.id), maintenance(theme, &shared, view).unwrap()));
    }
    let year = TwelveMonths::of(snapshot, &PastMonths::new());
    pages.push(("uptime/".into(), uptime(theme, &shared, &uptime_page(theme, &shared, snapshot, &year)).unwrap()));
    for view in home::services(&snapshot.entries) {
        let naming = snapshot.incidents.iter().filter(|incident| incident.services.iter().any(|named| named.id == view.service.id));
        let incidents: Vec<&IncidentView> = naming.take(20).collect();
        let told = ServicePageView { view, incidents: &incidents, year: &year, history: &["2026-11"], at: snapshot.at };
        let page = service_page(theme, &shared, told);
        pages.push((format!("services/{}/", view.service.slug), service(theme, &shared, &page).unwrap()));
    }
    pages
}

#[test]
fn a_promised_update_stands_on_the_first_page_and_on_the_incidents_own_and_no_passed_one_looks_kept() {
    for name in ["default", "plain", "tailwind"] {
        let theme = Theme::load(name, None, "en").unwrap();
        let mut snapshot = snapshot(false);
        for view in [&mut snapshot.incidents[0], &mut snapshot.open_incidents[0]] {
            view.incident.updates.last_mut().unwrap().next_update_at = Some(moment() + TimeDelta::minutes(30));
        }
        let own = format!("incidents/{}/", snapshot.open_incidents[0].incident.id);
        let told = |snapshot: &Snapshot, words: &str| -> Vec<String> {
            let pages = pages(&theme, snapshot);
            let text = |html: &str| Html::parse_document(html).root_element().text().collect::<Vec<_>>().join("");
            pages.iter().filter(|(_, html)| text(html).contains(words)).map(|(path, _)| path.clone()).collect()
        };
        assert_eq!(told(&snapshot, "Next update by"), ["index.html", &own], "{name}");
        assert_eq!(told(&snapshot, "was due"), [""; 0], "{name}");
        snapshot.incidents[0].overdue = true;
        snapshot.open_incidents[0].overdue = true;
        assert_eq!(told(&snapshot, "The next update was due by"), ["index.html", &own], "{name}");
        assert_eq!(told(&snapshot, "Next update by"), [""; 0], "{name}");
    }
}

/// The kind of the page at `path`.
fn kind(path: &str) -> &'static str {
    match path.split('/').collect::<Vec<_>>()[..] {
        ["404.html"] => "not_found",
        ["history", ""] => "history",
        ["history", year, ..] if !year.contains('-') => "year",
        ["history", ..] => "month",
        ["incidents", ..] => "incident",
        ["maintenance", ..] => "maintenance",
        ["services", ..] => "service",
        ["uptime", ..] => "uptime",
        _ => "home",
    }
}

fn default_pages(snapshot: &Snapshot) -> Vec<(String, String)> {
    pages(&Theme::load("default", None, "en").unwrap(), snapshot)
}

fn home_of(snapshot: &Snapshot) -> String {
    default_pages(snapshot).remove(0).1
}

fn all<'a>(page: &'a Html, selector: &str) -> Vec<ElementRef<'a>> {
    page.select(&Selector::parse(selector).unwrap()).collect()
}

fn text(page: &Html, selector: &str) -> String {
    all(page, selector)
        .iter()
        .flat_map(|element| element.text())
        .collect::<Vec<_>>()
        .join("")
        .split_whitespace()
        .collect::<Vec<_>>()
        .join(" ")
}

/// What no page may have, whatever text went in.
fn assert_dead(path: &str, source: &str) {
    let page = Html::parse_document(source);
    for element in page.tree.nodes().filter_map(ElementRef::wrap) {
        let name = element.value().name();
        if name == "script" {
            let source = element.value().attr("src").unwrap_or_default();
            let own = source.split_once("assets/live-").is_some_and(|(root, _)| ["", "./"].contains(&root.replace("../", "").as_str()));
            assert!(own && element.text().next().is_none(), "{path}: a script from `{source}`");
            continue;
        }
        assert!(
            !["script", "iframe", "object", "embed", "form", "base", "img", "link", "style"].contains(&name) || {
                // The page's own, which stand in the head.
                let parent = element.parent().and_then(ElementRef::wrap).map(|parent| parent.value().name().to_owned());
                ["link", "style"].contains(&name) && parent.as_deref() == Some("head")
            },
            "{path}: <{name}>"
        );
        for (attribute, value) in element.value().attrs() {
            assert!(!attribute.starts_with("on") && attribute != "style", "{path}: {attribute}={value}");
            if ["href", "src", "action", "data", "formaction"].contains(&attribute) {
                let scheme = value.split(':').next().filter(|before| before.len() < value.len() && !before.contains(['/', '#', '?']));
                let icon = element.value().attr("rel") == Some("icon");
                assert!(scheme.is_none_or(|scheme| scheme == "https" || (icon && scheme == "data")), "{path}: {attribute}={value}");
            }
        }
    }
    let bad = |character: char| (character.is_control() && character != '\n') || character == '\u{202e}';
    assert!(!source.contains(bad), "{path}: control characters");
    // Template marks in text stay text.
    assert!(!source.contains("49hostile"), "{path}");
}

#[test]
fn hostile_text_stays_text_on_every_page() {
    for text_in in [
        "\"><script>alert(1)</script>",
        "'><img src=x onerror=alert(1)>",
        "</title></style></script><iframe src=javascript:alert(1)>",
        "{{ 7 * 7 }}hostile {% for x in y %} {# c",
        "a\r\nSet-Cookie: x\0\u{7}\u{1b}[31m\u{202e}evil\u{9b}",
        "<!-- --> ]]> &lt;b&gt; &#60;script&#62;",
        "javascript:alert(1)",
    ] {
        let mut snapshot = snapshot(false);
        snapshot.organization.name = text_in.into();
        snapshot.organization.language = text_in.into();
        snapshot.verdict.worst = vec![text_in.into(); 2];
        for view in &mut snapshot.incidents {
            view.incident.title = text_in.into();
            for update in &mut view.incident.updates {
                update.body = text_in.into();
                update.affected.iter_mut().flatten().for_each(|affected| affected.name = text_in.into());
            }
            view.services.iter_mut().for_each(|named| named.name = text_in.into());
        }
        snapshot.open_incidents = vec![snapshot.incidents[0].clone()];
        for view in &mut snapshot.maintenances {
            view.maintenance.title = text_in.into();
            view.maintenance.updates.iter_mut().for_each(|update| update.body = text_in.into());
        }
        for entry in &mut snapshot.entries {
            let services = match entry {
                Entry::Group(view) => {
                    view.group.name = text_in.into();
                    view.group.description = Some(text_in.into());
                    view.services.as_mut_slice()
                }
                Entry::Service(view) => std::slice::from_mut(view),
            };
            for view in services {
                view.service.name = text_in.into();
                view.service.description = Some(text_in.into());
                view.service.link = Some(text_in.into());
                view.group_name = Some(text_in.into());
                let link = |day: &mut crate::snapshot::DayView| {
                    day.incidents.iter_mut().for_each(|link: &mut IncidentLink| link.title = text_in.into())
                };
                view.days.iter_mut().for_each(link);
            }
        }
        let visible: String = text_in
            .replace('\r', "")
            .chars()
            .filter(|character| (!character.is_control() || *character == '\n') && *character != '\u{202e}')
            .collect();
        let visible = visible.split_whitespace().collect::<Vec<_>>().join(" ");
        for (path, source) in theme::names().into_iter().flat_map(|name| pages(&Theme::load(name, None, "en").unwrap(), &snapshot)) {
            assert_dead(&path, &source);
            let page = Html::parse_document(&source);
            if path != "embed.html" {
                assert_eq!(text(&page, ".org"), visible, "{path}");
            }
            if path.starts_with("incidents/") || path.starts_with("services/") {
                assert_eq!(text(&page, "h1"), visible, "{path}");
            }
        }
    }
}

#[test]
fn pages_keep_what_they_promise_about_policy_links_and_headings() {
    for name in theme::names() {
        keeps_its_promises(&Theme::load(name, None, "en").unwrap());
    }
}

fn keeps_its_promises(theme: &Theme) {
    let snapshot = snapshot(false);
    let pages = pages(theme, &snapshot);
    let paths: BTreeSet<&str> = pages.iter().map(|(path, _)| if path == "index.html" { "" } else { path.as_str() }).collect();
    for (path, source) in &pages {
        let page = Html::parse_document(source);
        let style: Vec<String> = all(&page, "style").iter().map(|style| style.text().collect()).collect();
        let own = theme.style(kind(path));
        let (expected, styles) = match path.as_str() {
            "embed.html" => (theme.embed_style(), vec![own.as_str(), theme.embed_style()]),
            _ => (own.as_str(), vec![own.as_str()]),
        };
        assert_eq!(style, [expected], "{path}");
        let hashes: String = styles
            .iter()
            .filter(|style| !style.is_empty())
            .map(|style| format!(" 'sha256-{}'", base64::engine::general_purpose::STANDARD.encode(Sha256::digest(style.as_bytes()))))
            .collect();
        let policy = all(&page, "meta[http-equiv]")[0].value().attr("content").unwrap().to_owned();
        assert_eq!(
            policy,
            format!(
                "default-src 'none'; style-src{hashes}; img-src 'self' data:; connect-src 'self'; script-src 'self'; base-uri 'none'; form-action 'none'"
            )
        );
        assert_eq!(all(&page, "h1").len(), 1, "{path}");
        let mut level = 1;
        for heading in all(&page, "h1, h2, h3, h4, h5, h6") {
            let next: u32 = heading.value().name()[1..].parse().unwrap();
            assert!(next <= level + 1, "{path}: {}", heading.html());
            level = next;
        }
        let ids: Vec<&str> = all(&page, "[id]").iter().map(|element| element.value().attr("id").unwrap()).collect();
        assert_eq!(ids.len(), ids.iter().collect::<BTreeSet<_>>().len(), "{path}: {ids:?}");
        assert_links_resolve(path, &page, &paths);
        assert!(text(&page, "head > title").chars().count() <= 70, "{path}");
        let build_time = source.contains("2026-11-22T10:04:00Z");
        assert_eq!(build_time, path == "index.html", "{path}");
    }
}

/// Every link within the site leads to a page there is, or to a feed, JSON file or calendar made elsewhere.
fn assert_links_resolve(path: &str, page: &Html, paths: &BTreeSet<&str>) {
    let depth = path.matches('/').count();
    let root = match (path, depth) {
        ("404.html", _) => "/acme/".to_owned(),
        (_, 0) => "./".to_owned(),
        _ => "../".repeat(depth),
    };
    for link in all(page, "a[href], link[href]") {
        let href = link.value().attr("href").unwrap();
        if href.starts_with("https:") || href.starts_with("data:") {
            continue;
        }
        let (target, anchor) = href.split_once('#').unwrap_or((href, ""));
        if target.is_empty() {
            assert!(!all(page, &format!("[id={anchor}]")).is_empty(), "{path}: {href}");
            continue;
        }
        let target = target.strip_prefix(&root).unwrap_or_else(|| panic!("{path}: {href} does not start with {root}"));
        let made_elsewhere = [".atom", ".rss", ".json", ".ics"].iter().any(|end| target.ends_with(end));
        // The sample's month page has neighbours, and its days name incidents, that it does not have itself.
        let beyond = target.starts_with("history/20") || target.starts_with("incidents/");
        assert!(made_elsewhere || beyond || paths.contains(target), "{path}: {href}");
    }
}

#[test]
fn the_verdict_names_the_worst_services() {
    let mut sample = snapshot(false);
    let mut says = |kind, status, worst: &[&str]| {
        sample.verdict.kind = kind;
        sample.verdict.status = status;
        sample.verdict.worst = worst.iter().map(|&name| name.into()).collect();
        let page = Html::parse_document(&home_of(&sample));
        assert!(text(&page, "head > title").starts_with(&text(&page, "h1")[..20]));
        text(&page, "h1")
    };
    use ServiceStatus::{DegradedPerformance, MajorOutage, PartialOutage, UnderMaintenance};
    assert_eq!(says(VerdictKind::Some, PartialOutage, &["Search", "Docs"]), "Partial outage of Search and Docs");
    assert_eq!(says(VerdictKind::Some, MajorOutage, &["A", "B", "C"]), "Major outage of A, B and C");
    assert_eq!(says(VerdictKind::Some, MajorOutage, &["API", "B", "C", "D", "E"]), "Major outage of API and 4 other services");
    assert_eq!(says(VerdictKind::Some, UnderMaintenance, &["DNS"]), "Maintenance in progress on DNS");
    assert_eq!(says(VerdictKind::All, MajorOutage, &["A"]), "Major outage of all services");
    let open = says(VerdictKind::OpenIncident, DegradedPerformance, &[]);
    assert_eq!(open, "Open incident: Search results are slow and sometimes empty");
    sample.verdict.total = 1;
    sample.verdict.kind = VerdictKind::All;
    sample.verdict.worst = vec!["Only one".into()];
    assert_eq!(text(&Html::parse_document(&home_of(&sample)), "h1"), "Degraded performance of Only one");
}

#[test]
fn an_open_incident_never_stands_under_a_green_verdict() {
    let page = Html::parse_document(&home_of(&snapshot(false)));
    assert!(!all(&page, "#happening").is_empty());
    assert!(all(&page, "h1.ok").is_empty());
    let calm = Html::parse_document(&home_of(&snapshot(true)));
    assert!(all(&calm, "#happening").is_empty());
    assert_eq!(text(&calm, "h1.ok"), "All services are operational");
    let mut empty = snapshot(true);
    empty.entries.clear();
    empty.verdict.kind = VerdictKind::Empty;
    assert_eq!(text(&Html::parse_document(&home_of(&empty)), "h1.no"), "No services are listed yet");
}

#[test]
fn shy_services_show_only_in_trouble_and_plain_ones_have_no_bars() {
    let page = |status| {
        let mut sample = snapshot(true);
        let mut shy = sample_service("Legacy", status, &[(3, ServiceStatus::MajorOutage, 60, "")]);
        shy.service.only_show_if_degraded = true;
        let mut plain = sample_service("Desk", status, &[(3, ServiceStatus::MajorOutage, 60, "")]);
        plain.service.showcase = false;
        sample.entries = vec![Entry::Service(shy), Entry::Service(plain)];
        Html::parse_document(&home_of(&sample))
    };
    let calm = page(ServiceStatus::Operational);
    assert_eq!(text(&calm, ".g .n"), "Desk");
    assert!(all(&calm, ".g .h, .g .u, .g details").is_empty());
    let trouble = page(ServiceStatus::DegradedPerformance);
    assert_eq!(text(&trouble, ".g .n"), "LegacyDesk");
    assert_eq!(all(&trouble, ".g .h").len(), 1);
}

#[test]
fn times_are_in_the_organizations_zone_and_utc_in_the_attribute() {
    let sample = snapshot(false);
    let source = home_of(&sample);
    assert!(source.contains("<time datetime=\"2026-11-22T09:18:00Z\">22 Nov 2026, 10:18 CET</time>"));
    let theme = Theme::load("default", None, "en").unwrap();
    let mut organization = organization();
    organization.time_zone = chrono_tz::America::Sao_Paulo;
    let shared = Shared::new(&theme, &organization).unwrap();
    assert_eq!(shared.instant(moment()).text, "22 Nov 2026, 07:04 UTC-03");
}

#[test]
fn incident_pages_have_a_permalink_per_update_and_cancelled_work_is_marked() {
    let theme = Theme::load("default", None, "en").unwrap();
    let shared = Shared::new(&theme, &organization()).unwrap();
    let said = [(90, IncidentStatus::Investigating, "one"), (60, IncidentStatus::Monitoring, ""), (30, IncidentStatus::Resolved, "three")];
    let view = sample_incident("API down", Impact::Critical, &["API"], &said);
    let page = Html::parse_document(&incident(&theme, &shared, &view).unwrap());
    let ids: Vec<_> = all(&page, ".log > li").iter().map(|item| item.value().attr("id").unwrap().to_owned()).collect();
    assert_eq!(ids, ["u3", "u2", "u1"]);
    assert!(text(&page, ".facts").contains("Lasted1 h"), "{}", text(&page, ".facts"));
    assert_eq!(text(&page, "head > title"), "Resolved: API down – Acme Cloud status");
    assert_eq!(text(&page, "#u1 .changes"), "API: Operational → Partial outage");

    let cancelled = sample_maintenance("Move", MaintenanceStatus::Cancelled, 60);
    let page = Html::parse_document(&maintenance(&theme, &shared, &cancelled).unwrap());
    assert!(text(&page, "strong").contains("cancelled"));
}

#[test]
fn images_from_elsewhere_are_allowed_only_where_the_organization_says_so() {
    let theme = Theme::load("default", None, "en").unwrap();
    let mut organization = organization();
    organization.images = true;
    organization.url = Some("https://status.example.com".into());
    let page = not_found(&theme, &Shared::new(&theme, &organization).unwrap()).unwrap();
    assert!(page.replace("&#39;", "'").contains("img-src 'self' data: https:;"));
    assert!(page.contains("href=\"/history/\""));
}

#[test]
#[ignore = "writes pages for people to look at, into the folder STATUARY_LOOK"]
#[expect(clippy::disallowed_methods, reason = "there is no site around it")]
fn pages_to_look_at() {
    let folder = std::env::var("STATUARY_LOOK").unwrap();
    let theme = Theme::load("default", None, "en").unwrap();
    let mut odd = snapshot(false);
    let long = "Donaudampfschifffahrtsgesellschaftskapitänswitwenrentenauszahlungsstelle<&\"'>\u{202e}x";
    odd.verdict.worst = vec![long.into()];
    for view in odd.incidents.iter_mut().chain(&mut odd.open_incidents) {
        view.incident.title = long.into();
        view.services.iter_mut().for_each(|named| named.name = long.into());
        view.incident.updates.iter_mut().for_each(|update| update.body = format!("{long} https://example.com/{long}{long}"));
    }
    if let Some(Entry::Group(view)) = odd.entries.first_mut() {
        view.group.name = long.into();
        view.services.iter_mut().for_each(|view| view.service.name = long.into());
    }
    let mut empty = snapshot(true);
    empty.entries.clear();
    empty.incidents.clear();
    empty.maintenances.clear();
    empty.verdict.kind = VerdictKind::Empty;
    for (name, snapshot) in [("incident", snapshot(false)), ("calm", snapshot(true)), ("odd", odd), ("empty", empty)] {
        for (path, page) in pages(&theme, &snapshot) {
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
    let theme = Theme::load("default", None, "en").unwrap();
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

#[test]
fn many_bad_days_are_few_marks_and_a_list_tells_the_newest() {
    let bad: Vec<(usize, ServiceStatus, i64, &str)> = (0..30)
        .map(|day| (day * 2, if day % 3 == 0 { ServiceStatus::MajorOutage } else { ServiceStatus::PartialOutage }, 600, "Trouble"))
        .collect();
    let theme = Theme::load("default", None, "en").unwrap();
    let mut snapshot = snapshot(true);
    snapshot.entries = vec![Entry::Service(sample_service("Search", ServiceStatus::Operational, &bad))];
    let pages: Vec<(String, String)> = pages(&theme, &snapshot);
    let home = Html::parse_document(&pages[0].1);
    assert_eq!((all(&home, ".h .pa, .h .ma").len(), all(&home, ".days li").len()), (2, 11));
    let path = pages.iter().find(|(path, _)| path.starts_with("services/")).unwrap();
    assert_eq!(all(&Html::parse_document(&path.1), ".rows li").len(), 30);
}

#[test]
fn an_organizations_looks_are_on_every_page_and_unreadable_colours_are_refused() {
    let theme = Theme::load("default", None, "en").unwrap();
    let mut snapshot = snapshot(false);
    snapshot.organization.looks = Looks {
        accent: Some("#7a1fa2".parse().unwrap()),
        accent_dark: Some("#e1bee7".parse().unwrap()),
        compact: true,
        links: vec![HeaderLink { text: "Help & <b>".to_owned(), url: "https://help.example/?a=1&b=\"".to_owned() }],
        logo: None,
    };
    for (path, source) in pages(&theme, &snapshot).into_iter().filter(|(path, _)| path != "embed.html") {
        assert_dead(&path, &source);
        let page = Html::parse_document(&source);
        let style: String = all(&page, "style")[0].text().collect();
        assert!(style.ends_with(
            "@media (prefers-color-scheme: light) { :root { --link: #7a1fa2; } }\n@media (prefers-color-scheme: dark) { :root { --link: #e1bee7; } }"
        ));
        let hash = base64::engine::general_purpose::STANDARD.encode(Sha256::digest(style.as_bytes()));
        assert!(all(&page, "meta[http-equiv]")[0].value().attr("content").unwrap().contains(&format!("'sha256-{hash}'")), "{path}");
        assert_eq!(all(&page, "body")[0].value().attr("class"), Some("compact"));
        let link = all(&page, ".top nav a").pop().unwrap();
        assert_eq!(
            (text(&page, ".top nav a:last-child").as_str(), link.value().attr("href")),
            ("Help & <b>", Some("https://help.example/?a=1&b=\""))
        );
    }
    for (light, dark, message) in [
        (Some("#ffee00"), None, "`accent` has too little contrast: #ffee00 on #fbfaf7 has 1.15, and text needs 4.5"),
        (None, Some("#333"), "`accent_dark` has too little contrast: #333333 on #141517 has 1.44, and text needs 4.5"),
    ] {
        let colour = |text: Option<&str>| text.map(|text| text.parse().unwrap());
        snapshot.organization.looks = Looks { accent: colour(light), accent_dark: colour(dark), ..Looks::default() };
        let error = Shared::new(&theme, &snapshot.organization).unwrap_err();
        assert_eq!((error.message.as_str(), error.kind), (message, crate::error::Kind::BadInput));
    }
}
