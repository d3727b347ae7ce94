//! Badges, pictures beside links and calendars, as the deeds of an operator change them.

use std::fs;

use crate::test_org::TestOrg;

/// What a badge says to those who hear it; `None` where there is no such badge.
#[track_caller]
fn badge(org: &TestOrg, path: &str) -> Option<String> {
    let svg = fs::read_to_string(org.path("acme/public").join(path)).ok()?;
    let (_, label) = svg.split_once("aria-label=\"").unwrap();
    Some(label.split('"').next().unwrap().to_owned())
}

#[test]
fn badges_say_what_the_page_says_and_nothing_of_hidden_services() {
    let org = super::acme();
    org.run("service add files --name Files --no-showcase --group ''").success();
    org.run("service status vault major").success();
    let says = |path: &str| badge(&org, path);
    org.run("build --quiet").success();
    assert_eq!(says("badge.svg").unwrap(), "Acme: Operational");
    assert_eq!(says("badge/api.svg").unwrap(), "API: Operational");
    assert_eq!(says("badge/api/uptime.svg").unwrap(), "API uptime: 100.0% over 90 days");
    assert_eq!(says("badge/files.svg").unwrap(), "Files: Operational");
    let found: Vec<String> = {
        let mut names: Vec<_> =
            fs::read_dir(org.path("acme/public/badge")).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    };
    assert_eq!(found, ["api", "api.svg", "files.svg", "web", "web.svg"], "no uptime of `files`, and nothing of `vault`");
    org.run("incident open 'All is slow'").success();
    org.run("build --quiet").success();
    assert_eq!(says("badge.svg").unwrap(), "Acme: Open incident");
    org.run("incident open 'API down' --service api=major --at -3d").success();
    org.run("build --quiet").success();
    assert_eq!(says("badge.svg").unwrap(), "Acme: Major outage");
    assert_eq!(says("badge/api.svg").unwrap(), "API: Major outage");
    assert_eq!(says("badge/api/uptime.svg").unwrap(), "API uptime: 96.64% over 90 days");
    assert_eq!(says("badge/web.svg").unwrap(), "Web: Operational");
    org.run("service edit api --hidden").success();
    org.run("build --quiet").success();
    assert_eq!((says("badge/api.svg"), says("badge/api/uptime.svg")), (None, None));
}

/// The values of a property in the calendar, in order.
fn values(org: &TestOrg, name: &str) -> Vec<String> {
    org.run("build --quiet").success();
    values_of(org, "maintenance.ics", name)
}

/// The values of a property in a calendar as it was built, in order.
fn values_of(org: &TestOrg, path: &str, name: &str) -> Vec<String> {
    let text = fs::read_to_string(org.path("acme/public").join(path)).unwrap().replace("\r\n ", "");
    text.lines().filter_map(|line| line.strip_prefix(name)?.strip_prefix(':')).map(str::to_owned).collect()
}

#[test]
fn the_calendar_follows_a_maintenance_from_plan_to_end() {
    let org = super::acme();
    assert_eq!(values(&org, "BEGIN"), ["VCALENDAR", "VTIMEZONE", "STANDARD"], "a calendar to subscribe to before there is anything in it");
    let id = super::id_of(&org, "maintenance schedule 'New disks, faster' --from 14:00 --for 2h --service api --message 'All *new*.'");
    super::id_of(&org, "maintenance schedule Secret --from 14:00 --for 2h --service vault");
    assert_eq!(values(&org, "BEGIN"), ["VCALENDAR", "VEVENT"]);
    assert_eq!(values(&org, "SUMMARY"), ["New disks\\, faster"]);
    assert_eq!(values(&org, "DESCRIPTION"), [format!("All new.\\n\\nhttps://acme.invalid/maintenance/{id}/")]);
    assert_eq!(values(&org, "CATEGORIES"), ["API"]);
    let uid = values(&org, "UID");
    assert_eq!(uid, [format!("maintenance-{id}@statuary")]);
    let mut sequence = 0;
    let mut grown = || {
        let number: u32 = values(&org, "SEQUENCE")[0].parse().unwrap();
        let grown = number > sequence;
        sequence = number;
        grown
    };
    assert!(grown() && !grown());
    let settings = fs::read_to_string(org.path("acme/org.toml")).unwrap();
    org.write("acme/org.toml", settings.replace("# url = ", "url = "));
    assert_eq!(values(&org, "URL")[1], format!("https://status.example.com/maintenance/{id}/"));
    assert_eq!(values(&org, "UID"), uid, "an address may change, a UID must not");
    assert!(!grown());
    org.run("maintenance start 1 --at '2026-11-22 10:05'").success();
    assert!(grown());
    org.run("maintenance complete 1 --message 'They hum.' --at '2026-11-22 10:06'").success();
    assert!(grown());
    assert_eq!(
        (values(&org, "DTSTART"), values(&org, "DTEND")),
        (vec!["20261122T100500Z".to_owned()], vec!["20261122T100600Z".to_owned()])
    );
    org.run("maintenance schedule Later --from '2026-11-23 14:00' --for 2h").success();
    org.run("maintenance cancel 3 --message 'Not needed.'").success();
    assert_eq!(values(&org, "STATUS"), ["CONFIRMED", "CANCELLED"]);
    assert_eq!(values(&org, "DTSTART")[1], "20261123T140000Z");
    org.run("service edit api --name Gateway").success();
    assert_eq!(values(&org, "CATEGORIES"), ["Gateway"]);
    assert!(grown(), "what an event says has changed");
}

#[test]
fn a_service_has_a_calendar_of_its_own_and_a_hidden_one_has_none() {
    let org = super::acme();
    let (api, web) = ("services/api/maintenance.ics", "services/web/maintenance.ics");
    let both = super::id_of(&org, "maintenance schedule 'New racks' --from 14:00 --for 2h --service api --service web");
    super::id_of(&org, "maintenance schedule 'New disks' --from 16:00 --for 2h --service web --service vault");
    super::id_of(&org, "maintenance schedule Paint --from 18:00 --for 2h");
    assert_eq!(values(&org, "SUMMARY"), ["New racks", "New disks", "Paint"]);
    let of = |path: &str, name: &str| values_of(&org, path, name);
    assert_eq!(
        (of(api, "SUMMARY"), of(web, "SUMMARY")),
        (vec!["New racks".to_owned()], vec!["New racks".to_owned(), "New disks".to_owned()])
    );
    assert_eq!(of(api, "NAME"), ["API maintenance – Acme"]);
    assert_eq!(of(api, "URL"), ["https://acme.invalid/services/api/".to_owned(), format!("https://acme.invalid/maintenance/{both}/")]);
    for name in ["UID", "SEQUENCE", "DTSTART", "DTEND", "CATEGORIES", "DTSTAMP", "STATUS"] {
        assert_eq!(of(api, name)[0], values_of(&org, "maintenance.ics", name)[0], "an event is the same in both calendars");
    }
    let page = fs::read_to_string(org.path("acme/public/services/api/index.html")).unwrap();
    assert_eq!(page.matches("\"../../services/api/maintenance.ics\"").count(), 2, "in the head and for people");
    assert!(!org.path("acme/public/services/vault/maintenance.ics").exists());
    let written = || fs::metadata(org.path("acme/public").join(api)).unwrap().modified().unwrap();
    let before = written();
    org.run("maintenance cancel 2 --message 'Not needed.'").success();
    org.run("incident open 'API down' --service api=major").success();
    assert_eq!(values(&org, "STATUS"), ["CONFIRMED", "CANCELLED", "CONFIRMED"]);
    assert_eq!(of(web, "STATUS"), ["CONFIRMED", "CANCELLED"]);
    assert_eq!(written(), before, "nothing that it tells of has changed");
    org.run("service edit web --name Site").success();
    assert_eq!(values(&org, "CATEGORIES"), ["API,Site", "Site"]);
    assert_eq!(of(api, "CATEGORIES"), ["API,Site"]);
    org.run("service edit api --hidden").success();
    org.run("build --quiet").success();
    assert!(!org.path("acme/public").join(api).exists());
}

#[test]
fn every_page_with_a_state_has_a_picture_of_it_for_links_to_it() {
    let org = super::acme();
    let incident = super::id_of(&org, "incident open 'API down' --service api=major");
    let maintenance = super::id_of(&org, "maintenance schedule Paint --from 18:00 --for 2h --service web");
    org.run("build --quiet").success();
    let site = crate::built_site::BuiltSite::read(&org.path("acme/public"));
    let picture = |path: &str| {
        let page = scraper::Html::parse_document(site.text(path));
        let said = |property: &str| {
            let meta = scraper::Selector::parse(&format!("meta[property='og:image{property}']")).unwrap();
            let found: Vec<&str> = page.select(&meta).map(|meta| meta.value().attr("content").unwrap()).collect();
            assert!(found.len() < 2, "{path}: {found:?}");
            found.first().map(|said| (*said).to_owned())
        };
        let address = said("")?;
        let bytes = site.bytes(address.strip_prefix("https://acme.invalid/").unwrap());
        assert!(bytes.starts_with(b"\x89PNG\r\n\x1a\n"), "{path}: {address}");
        let size = [16, 20].map(|at| u32::from_be_bytes(bytes[at..at + 4].try_into().unwrap()));
        assert_eq!(size, [1200, 630], "{path}");
        assert!(site.text(path).contains("<meta name=\"twitter:card\" content=\"summary_large_image\">"), "{path}");
        let state = address.rsplit_once("/assets/state-").unwrap().1.split('-').next().unwrap().to_owned();
        Some((state, said(":alt").unwrap()))
    };
    let has = |path: &str, state: &str, text: &str| assert_eq!(picture(path), Some((state.to_owned(), text.to_owned())), "{path}");
    has("index.html", "ma", "Major outage of API");
    has(&format!("incidents/{incident}/index.html"), "pa", "Investigating");
    has(&format!("maintenance/{maintenance}/index.html"), "mt", "Scheduled");
    has("services/api/index.html", "ma", "Major outage");
    has("services/web/index.html", "ok", "Operational");
    for (path, _) in
        site.matching("", ".html").filter(|(path, _)| path.starts_with("history/") || ["404.html", "embed.html"].contains(path))
    {
        assert_eq!(picture(path), None, "{path} has no state");
    }
}
