//! Feeds read by the libraries that readers use.

use super::*;
use crate::render::sample;

fn atom_of(snapshot: &Snapshot) -> Result<String, UserError> {
    atom(snapshot, &newest(snapshot))
}

fn rss_of(snapshot: &Snapshot) -> Result<String, UserError> {
    rss(snapshot, &newest(snapshot))
}

fn parsed(text: &str) -> Feed {
    Feed::read_from(text.as_bytes()).unwrap()
}

fn readable(text: &str) -> bool {
    text.chars().all(|character| matches!(character, '\t' | '\n' | ' '..='\u{d7ff}' | '\u{e000}'..='\u{fffd}' | '\u{10000}'..))
}

#[test]
fn atom_lists_incidents_and_maintenances_newest_update_first() {
    let snapshot = sample::snapshot();
    let feed = parsed(&atom_of(&snapshot).unwrap());
    assert_eq!(feed.id, "tag:status.acme.example,2005:/history");
    assert_eq!(feed.updated, snapshot.updated_at.fixed_offset());
    assert_eq!(feed.links[1].href, "https://status.acme.example/pages/history.atom");
    let ids: Vec<&str> = feed.entries.iter().map(|entry| entry.id.as_str()).collect();
    assert_eq!(
        ids,
        [
            "tag:status.acme.example,2005:Incident/incidentopen",
            "tag:status.acme.example,2005:Maintenance/maintrunning",
            "tag:status.acme.example,2005:Maintenance/maintupcoming",
            "tag:status.acme.example,2005:Incident/incidentdone",
            "tag:status.acme.example,2005:Maintenance/maintcanceld",
        ]
    );
    assert!(feed.entries.windows(2).all(|pair| pair[0].published >= pair[1].published));
    assert_eq!(feed.entries[3].links[0].href, "https://status.acme.example/pages/incidents/incidentdone/");
}

#[test]
fn an_entry_tells_its_updates_and_says_update_where_the_status_repeats() {
    let feed = parsed(&atom_of(&sample::snapshot()).unwrap());
    let content = feed.entries[3].content.as_ref().unwrap().value.as_deref().unwrap();
    assert_eq!(
        content,
        "<p><small>Oct <var data-var='date'>20</var>, <var data-var='time'>14:00</var> CEST</small><br /><strong>Resolved</strong> - Fixed.</p>\
         <p><small>Oct <var data-var='date'>20</var>, <var data-var='time'>13:00</var> CEST</small><br /><strong>Update</strong> - Still looking.</p>\
         <p><small>Oct <var data-var='date'>20</var>, <var data-var='time'>12:00</var> CEST</small><br /><strong>Investigating</strong> - We look into it.</p>"
    );
}

#[test]
fn an_edited_incident_keeps_its_id_and_the_build_time_appears_nowhere() {
    let mut snapshot = sample::snapshot();
    let before = atom_of(&snapshot).unwrap();
    snapshot.at += chrono::TimeDelta::hours(1);
    assert_eq!(atom_of(&snapshot).unwrap(), before);
    snapshot.incidents[0].incident.title = "Another title".to_owned();
    let (before, after) = (parsed(&before), parsed(&atom_of(&snapshot).unwrap()));
    assert_eq!(before.entries[0].id, after.entries[0].id);
    assert_ne!(before.entries[0].title, after.entries[0].title);
}

#[test]
fn rss_gives_a_maintenance_its_window() {
    let text = rss_of(&sample::snapshot()).unwrap();
    let channel = Channel::read_from(text.as_bytes()).unwrap();
    assert_eq!(channel.items.len(), 5);
    let running = channel.items.iter().find(|item| item.title.as_deref() == Some("Database upgrade")).unwrap();
    assert_eq!(running.pub_date.as_deref(), Some("Sun, 22 Nov 2026 15:00:00 +0100"));
    assert!(running.description.as_deref().unwrap().starts_with(
        "<p><strong>THIS IS A SCHEDULED EVENT Nov <var data-var='date'>22</var>, <var data-var='time'>15:00</var> - \
         <var data-var='time'>17:00</var> CET</strong></p>"
    ));
    assert!(text.contains("<maintenanceEndDate>Sun, 22 Nov 2026 17:00:00 +0100</maintenanceEndDate>"));
    assert_eq!(running.guid.as_ref().map(|guid| guid.value.as_str()), running.link.as_deref());
}

#[test]
fn a_service_feed_holds_what_names_it_and_moves_only_with_it() {
    let mut snapshot = sample::snapshot();
    let service = sample::service_view(&snapshot, "website");
    let naming = |snapshot: &Snapshot| {
        let names = |view: &&IncidentView| view.services.iter().any(|named| named.id == service.service.id);
        let incidents: Vec<IncidentView> = snapshot.incidents.iter().filter(names).cloned().collect();
        service_atom(snapshot, &service, &incidents.iter().collect::<Vec<_>>()).unwrap()
    };
    let before = naming(&snapshot);
    let feed = parsed(&before);
    assert_eq!(
        feed.entries.iter().map(|entry| entry.id.as_str()).collect::<Vec<_>>(),
        ["tag:status.acme.example,2005:Incident/incidentdone"]
    );
    assert_eq!(feed.links[1].href, "https://status.acme.example/pages/services/website/history.atom");
    snapshot.updated_at += chrono::TimeDelta::hours(1);
    assert_eq!(naming(&snapshot), before);
}

#[test]
fn a_feed_holds_25_entries() {
    let mut snapshot = sample::snapshot();
    let one = snapshot.incidents[1].clone();
    snapshot.incidents.extend((0..40).map(|number| {
        let mut view = one.clone();
        view.incident.id = crate::domain::PublicId::parse(&format!("copy{number:08}")).unwrap();
        view
    }));
    assert_eq!(parsed(&atom_of(&snapshot).unwrap()).entries.len(), 25);
    assert_eq!(Channel::read_from(rss_of(&snapshot).unwrap().as_bytes()).unwrap().items.len(), 25);
}

#[test]
fn hostile_text_stays_text() {
    let snapshot = sample::hostile();
    let atom = atom_of(&snapshot).unwrap();
    let rss = rss_of(&snapshot).unwrap();
    assert!(readable(&atom) && readable(&rss));
    assert!(!atom.contains("<script") && !atom.contains("]]>"));
    let title = xml_text(sample::HOSTILE);
    let feed = parsed(&atom);
    assert_eq!(feed.entries.len(), 5);
    assert!(feed.entries.iter().all(|entry| entry.title.value == title));
    assert!(feed.entries.iter().all(|entry| !entry.content.as_ref().unwrap().value.as_deref().unwrap().contains("<script")));
    let channel = Channel::read_from(rss.as_bytes()).unwrap();
    assert_eq!(channel.items.len(), 5);
    assert!(channel.items.iter().all(|item| item.title.as_deref() == Some(title.as_str())));
    assert!(channel.items.iter().all(|item| item.description.as_deref().unwrap().contains("]]&gt;")));
}

#[test]
fn hosts_are_found() {
    for (address, expected) in [
        ("https://a.example/x/", "a.example"),
        ("http://u:p@A.example:8080/", "a.example"),
        ("https://[::1]/", "[::1]"),
        ("https://acme.invalid/", "acme.invalid"),
    ] {
        assert_eq!(host(address), expected);
    }
}

#[test]
fn the_json_feed_has_the_entries_and_ids_of_the_atom_feed() {
    let snapshot = sample::snapshot();
    let feed: serde_json::Value = serde_json::from_str(&json(&snapshot, &newest(&snapshot))).unwrap();
    let atom = parsed(&atom_of(&snapshot).unwrap());
    assert_eq!(feed["version"], "https://jsonfeed.org/version/1.1");
    assert_eq!(feed["feed_url"], "https://status.acme.example/pages/feed.json");
    assert_eq!((&feed["language"], &feed["authors"][0]["name"]), (&"en".into(), &"Acme".into()));
    let items = feed["items"].as_array().unwrap();
    assert_eq!(items.len(), atom.entries.len());
    for (item, entry) in items.iter().zip(&atom.entries) {
        assert_eq!(
            (&item["id"], &item["url"], &item["title"]),
            (&entry.id.as_str().into(), &entry.links[0].href.as_str().into(), &entry.title.value.as_str().into())
        );
        assert_eq!(item["content_html"], entry.content.as_ref().unwrap().value.as_deref().unwrap());
        assert_eq!(DateTime::parse_from_rfc3339(item["date_modified"].as_str().unwrap()).unwrap(), entry.updated);
    }
}
