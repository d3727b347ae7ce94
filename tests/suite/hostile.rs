//! Text that tries to be more than text, in every place people can write: whatever kind of file it reaches, it stays text.
//!
//! Two organizations get the same deeds, one with hostile texts and one with harmless ones. Their sites must have the same bones.

mod injection;
mod texts;

use std::collections::BTreeMap;

use chrono::TimeDelta;
use scraper::Html;
use serde_json::{Value, json};
use statuary::domain::ServiceStatus;
use statuary::ops::incident::{NamedStatus, OpenIncident, UpdateIncident};
use statuary::ops::maintenance::ScheduleMaintenance;
use statuary::ops::service::{ServiceSettings, SetStatus};
use statuary::ops::{group, incident, maintenance, service};

use crate::built_site::BuiltSite;
use crate::fresh_org::{FreshOrg, at, deed, write};
use crate::text_judges::{
    assert_calendar, assert_event_stream, assert_plain, count_live, fragments_in_json, maintenances_in, without_ids, xml_bones,
};

/// For one line.
const TITLE: &str = "\"'><script>alert(1)</script>{{ 7*7 }}{% raw %}\r\nX-Gained: yes\u{0}\u{202e}]]>--&amp;<img src=x onerror=alert(1)>\
                     [x](javascript:alert(1))&#106;${7*7}\\u003cscript\\u003e";
/// The same as one line, without what no output may carry.
const TITLE_SHOWN: &str = "\"'><script>alert(1)</script>{{ 7*7 }}{% raw %} X-Gained: yes]]>--&amp;<img src=x onerror=alert(1)>\
                           [x](javascript:alert(1))&#106;${7*7}\\u003cscript\\u003e";
/// For Markdown.
const BODY: &str = "\"'><script>alert(1)</script>{{ 7*7 }}{% raw %}{% include \"/etc/passwd\" %}\r\n\r\nid: 99999\r\nevent: gained\r\ndata: gained\r\n\r\n\
                    \u{0}\u{202e}]]>&amp;<!-- [a](javascript:alert(1)) [b](JaVaScRiPt:alert(1)) [c](java\tscript:alert(1)) [d](data:text/html,x) \
                    [e](vbscript:x) [f](&#106;avascript:alert(1)) [g](//evil.example) <javascript:alert(1)> ![i](https://evil.example/i.png) \
                    ![j](javascript:alert(1)) [k](https://fine.example/ \"a\\\" onclick=alert(1) b=\\\"\") [l]: javascript:alert(1)\r\n\r\n\
                    <svg onload=alert(1)><style>*{display:none}</style><iframe src=//evil.example></iframe><a href=javascript:alert(1) \
                    onclick=alert(1)>m</a></p></div></body><base href=//evil.example><meta http-equiv=refresh content=0>\r\n\r\n\
                    END:VEVENT\r\nBEGIN:VEVENT\r\n\r\n[m][n]\r\n\r\n[n]: javascript:alert(1)\r\n";

/// What a pair of texts fills an organization with.
struct Texts {
    title: &'static str,
    body: &'static str,
    link: &'static str,
}

fn organization(texts: &Texts) -> BuiltSite {
    let now = at("2026-11-22T12:00:00Z");
    let Texts { title, body, link } = *texts;
    let mut fresh = FreshOrg::new("acme", now);
    // People write org.toml by hand; a JSON string is a TOML string too. A name that is no line is refused there.
    let shown = title.replace(['\r', '\n', '\u{0}', '\u{202e}'], " ");
    let (name, description) = (json!(shown).to_string(), json!(title).to_string());
    let settings = format!("name = {name}\ndescription = {description}\nurl = 'https://status.acme.example/'\n");
    write(&fresh.org.folder.settings_file(), settings);
    fresh.reopen();
    let org = &mut fresh.org;
    let early = deed(now - TimeDelta::hours(3));
    let of_group = group::AddGroup { slug: "ours".parse().unwrap(), name: title.to_owned(), position: None };
    group::add(org, &of_group, &early).unwrap();
    for (slug, group) in [("api", "ours"), ("web", "")] {
        let settings = ServiceSettings {
            name: Some(title.to_owned()),
            description: Some(body.to_owned()),
            link: Some(link.to_owned()),
            group: Some(group.to_owned()),
            ..ServiceSettings::default()
        };
        service::add(org, &slug.parse().unwrap(), &settings, &early).unwrap();
    }
    let by_hand = SetStatus { service: "web".to_owned(), status: ServiceStatus::PartialOutage, message: Some(body.to_owned()) };
    service::set_status(org, &by_hand, &early).unwrap();
    let open = OpenIncident {
        title: title.to_owned(),
        impact: None,
        status: None,
        services: vec![NamedStatus { service: "api".to_owned(), status: None }],
        message: Some(body.into()),
        draft: false,
        next_update: None,
    };
    for over in [false, true] {
        let id = incident::open(org, &open, &early).unwrap().thing.id.to_string();
        let update = UpdateIncident { message: Some(body.into()), ..UpdateIncident::default() };
        incident::update(org, &id, &update, &deed(now - TimeDelta::hours(2))).unwrap();
        if over {
            incident::resolve(org, &id, Some(&body.into()), &deed(now - TimeDelta::hours(1))).unwrap();
        }
    }
    for (from, until) in [(-1, 1), (24, 26), (-3, -2)] {
        let window = ScheduleMaintenance {
            title: title.to_owned(),
            from: now + TimeDelta::hours(from),
            until: now + TimeDelta::hours(until),
            services: vec!["api".to_owned()],
            message: Some(body.into()),
            auto_start: true,
            auto_finish: true,
            repeat: None,
        };
        maintenance::schedule(org, &window, &deed(now - TimeDelta::hours(4))).unwrap();
    }
    let file = fresh.path("imported.json");
    write(&file, imported(title, body).to_string());
    assert_eq!(fresh.import(&[file], now).incidents.added, 1);
    fresh.built(now)
}

/// An incident of another page, whose texts are HTML.
fn imported(title: &str, body: &str) -> Value {
    let at = "2026-11-20T10:00:00.000Z";
    json!({"page": {"id": "kctbh9vrtdwd", "name": title, "url": "https://p.example", "time_zone": "Etc/UTC", "updated_at": at}, "incident": {
        "id": "aaaaaaaaaaa1", "name": title, "status": "resolved", "created_at": at, "updated_at": at, "monitoring_at": null,
        "resolved_at": at, "impact": "minor", "shortlink": "javascript:alert(1)", "started_at": at, "page_id": "kctbh9vrtdwd",
        "incident_updates": [{"id": "uuuuuuuuuuu1", "status": "resolved", "body": body, "incident_id": "aaaaaaaaaaa1", "created_at": at,
            "updated_at": at, "display_at": at, "deliver_notifications": true, "custom_tweet": null, "tweet_id": null,
            "affected_components": [{"code": "8l4ygp009s5s", "name": title, "old_status": "partial_outage", "new_status": "operational"}]}],
        "components": [], "reminder_intervals": null
    }})
}

fn hostile_and_harmless() -> (BuiltSite, BuiltSite) {
    let hostile = Texts { title: TITLE, body: BODY, link: "https://fine.example/\"onmouseover=alert(1)><script>alert(1)</script>" };
    let harmless = Texts { title: "Something", body: "All is well, or soon.", link: "https://fine.example/" };
    (organization(&hostile), organization(&harmless))
}

#[test]
fn hostile_text_stays_text_in_every_kind_of_file() {
    let (hostile, harmless) = hostile_and_harmless();
    assert_eq!(paths(&hostile), paths(&harmless), "the same files");
    let mut live = [BTreeMap::new(), BTreeMap::new()];
    for (path, bytes) in &hostile.files {
        if extension(path) == "png" {
            assert!(harmless.bytes(path) == bytes, "`{path}` depends on texts");
            continue;
        }
        let text = hostile.text(path);
        assert_plain(path, text);
        match extension(path) {
            "html" => {}
            "css" | "js" | "txt" | "_headers" => assert!(harmless.bytes(path) == bytes, "`{path}` depends on texts"),
            "json" => {
                let document = hostile.json(path);
                fragments_in_json(path, &document);
            }
            "atom" | "rss" | "xml" | "svg" => {
                let bones = xml_bones(path, text);
                assert!(!bones.iter().any(|bone| bone.starts_with("script") || bone.starts_with("foreignObject")), "{path}");
            }
            "sse" => assert_event_stream(text),
            "ics" => assert_calendar(text, maintenances_in(&hostile, path)),
            other => panic!("`{path}`: say here what `{other}` has to withstand"),
        }
    }
    for (site, live) in [&hostile, &harmless].into_iter().zip(&mut live) {
        for (path, _) in site.matching("", ".html") {
            count_live(path, &Html::parse_document(site.text(path)), live);
        }
    }
    assert!(live[0].len() > 40 && hostile.text("history.atom").contains("&lt;p&gt;"), "there is something to judge");
    assert_eq!(live[0], live[1], "live elements that only hostile texts bring");
    assert_eq!(bones(&hostile), bones(&harmless), "fields or elements that only hostile texts bring");
    for path in ["events.sse", "_headers", "robots.txt"] {
        assert_eq!(hostile.text(path).lines().count(), harmless.text(path).lines().count(), "lines of {path}");
    }
}

#[test]
fn hostile_text_is_shown_and_not_lost() {
    let (hostile, _) = hostile_and_harmless();
    let summary = hostile.json("api/v2/summary.json");
    assert_eq!(summary["incidents"][0]["name"], TITLE_SHOWN);
    assert_eq!(summary["scheduled_maintenances"][0]["name"], TITLE_SHOWN);
    assert_eq!(summary["components"][0]["name"], TITLE_SHOWN);
    assert_eq!(summary["components"].as_array().unwrap().len(), 3, "a group and two services");
    let mut pages = 0;
    for (path, _) in hostile.matching("incidents/", ".html").chain(hostile.matching("maintenance/", ".html")) {
        let html = Html::parse_document(hostile.text(path));
        let heading = html.select(&scraper::Selector::parse("h1").unwrap()).next().unwrap();
        assert!(heading.text().collect::<String>().contains(TITLE_SHOWN), "{path}: {:?}", heading.text().collect::<String>());
        pages += 1;
    }
    assert_eq!(pages, 6);
    assert!(
        hostile
            .text("events.sse")
            .lines()
            .filter_map(|line| line.strip_prefix("data: "))
            .any(|line| { serde_json::from_str::<Value>(line).unwrap()["title"] == TITLE_SHOWN })
    );
}

#[test]
fn a_services_link_is_a_web_address() {
    let now = at("2026-11-22T12:00:00Z");
    let mut fresh = FreshOrg::new("acme", now);
    for link in
        ["javascript:alert(1)", "data:text/html,x", "//evil.example", "/etc/passwd", "https://", "https://a.example/\r\nX: y", "ftp://a"]
    {
        let settings = ServiceSettings { link: Some(link.to_owned()), ..ServiceSettings::default() };
        let refused = service::add(&mut fresh.org, &"api".parse().unwrap(), &settings, &deed(now));
        assert!(refused.is_err(), "`{link}` was taken");
    }
}

fn extension(path: &str) -> &str {
    let name = path.rsplit('/').next().unwrap_or(path);
    name.rsplit('.').next().unwrap_or(name)
}

/// Paths with every id as `ID`, in order.
fn paths(site: &BuiltSite) -> Vec<String> {
    let mut paths: Vec<String> = site.files.keys().map(|path| without_ids(path)).collect();
    paths.sort();
    paths
}

/// The shape of every file that is not HTML, by path without ids: keys, elements and attributes in order.
fn bones(site: &BuiltSite) -> BTreeMap<String, Vec<Vec<String>>> {
    let mut bones: BTreeMap<String, Vec<Vec<String>>> = BTreeMap::new();
    for path in site.files.keys() {
        let found = match extension(path) {
            "json" => {
                let mut found = Vec::new();
                json_bones(&site.json(path), &mut found);
                found
            }
            "atom" | "rss" | "xml" | "svg" => xml_bones(path, site.text(path)),
            _ => continue,
        };
        bones.entry(without_ids(path)).or_default().push(found);
    }
    // Ids are random, and so is the order of files that differ only by them.
    bones.values_mut().for_each(|found| found.sort());
    bones
}

fn json_bones(value: &Value, bones: &mut Vec<String>) {
    match value {
        Value::Array(items) => {
            bones.push(format!("[{}", items.len()));
            items.iter().for_each(|item| json_bones(item, bones));
        }
        Value::Object(fields) => {
            for (key, value) in fields {
                bones.push(without_ids(key));
                json_bones(value, bones);
            }
        }
        other => bones.push(match other {
            Value::String(_) => "text".to_owned(),
            other => other.to_string(),
        }),
    }
}
