//! Every hostile text as title, body, name, description and message, through every kind of file: the site keeps the bones it has with
//! harmless texts, and shows what was typed.

#![expect(clippy::disallowed_methods, reason = "tests arrange files")]

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::LazyLock;

use chrono::{DateTime, TimeDelta, Utc};
use rayon::prelude::*;
use scraper::{Html, Selector};
use serde_json::{Value, json};
use statuary::domain::{ServiceStatus, text};
use statuary::ops::build::{BuildOptions, build};
use statuary::ops::incident::{NamedStatus, OpenIncident};
use statuary::ops::maintenance::ScheduleMaintenance;
use statuary::ops::service::{ServiceSettings, SetStatus};
use statuary::ops::{group, import, incident, maintenance, service};

use super::texts;
use super::{bones, extension, imported, paths};
use crate::built_site::BuiltSite;
use crate::fresh_org::{FreshOrg, at, deed, write};
use crate::text_judges::{
    assert_calendar, assert_dead, assert_event_stream, assert_links_of_operators, assert_plain, assert_policy, count_live,
    fragments_in_json, html_bones, maintenances_in, without_ids,
};

/// Texts of one organization: no more than a feed holds entries.
const TOGETHER: usize = 24;

/// Where a person wants the sites left, one folder per organization, such as for browsers to open.
const LEAVE_IN: &str = "STATUARY_HOSTILE_SITES";

fn now() -> DateTime<Utc> {
    at("2026-11-22T12:00:00Z")
}

/// A page as a browser reads it, by its path.
type Pages<'a> = Vec<(&'a str, Html)>;

/// The texts with one number each, so that no two are alike and none is blank, in lots of equal size.
fn lots() -> Vec<Vec<String>> {
    let all = texts::all();
    let padded = all.len().div_ceil(TOGETHER) * TOGETHER;
    let numbered: Vec<String> = all.iter().cycle().take(padded).enumerate().map(|(number, text)| format!("{text} N{number}")).collect();
    numbered.chunks(TOGETHER).map(<[String]>::to_vec).collect()
}

fn harmless_lot() -> Vec<String> {
    (0..TOGETHER).map(|number| format!("Something N{number}")).collect()
}

/// What a line is shown as: blanks folded, and without what no output may carry.
fn as_line(said: &str) -> String {
    let spaced = said.chars().map(|character| if character.is_whitespace() { ' ' } else { character });
    let kept: String = spaced.filter(|character| !text::is_dropped(*character)).collect();
    kept.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// What a body without Markdown is shown as: what no output may carry goes, and a browser folds the blanks.
fn as_prose(said: &str) -> String {
    let kept: String = said.chars().filter(|character| !text::is_dropped(*character)).collect();
    kept.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// An organization in which each text of the lot is everything that people can write.
fn organization(lot: &[String]) -> FreshOrg {
    let mut fresh = FreshOrg::new("acme", now());
    // People write org.toml by hand; a name that is no line is refused there.
    let name: String = lot.iter().flat_map(|text| text.chars().take(60)).filter(|c| !c.is_control() && !text::is_dropped(*c)).collect();
    settings(&fresh, &name, &lot.join(" "));
    fresh.reopen();
    for (number, text) in lot.iter().enumerate() {
        record(&mut fresh, number, text);
    }
    let payloads: Vec<PathBuf> = lot.iter().enumerate().map(|(number, text)| payload(&fresh, number, text)).collect();
    let report = import::statuspage(&mut fresh.org, &payloads, false, &deed(now() - TimeDelta::hours(1)), &|_, _| {}).unwrap();
    assert_eq!((report.incidents.added, report.warnings.as_slice()), (lot.len(), [].as_slice()));
    fresh
}

/// Writes org.toml, which is read when the organization is opened anew.
fn settings(fresh: &FreshOrg, name: &str, description: &str) {
    let quoted = |text: &str| toml::Value::String(text.to_owned());
    let text = format!("name = {}\ndescription = {}\nurl = 'https://status.acme.example/'\n", quoted(name), quoted(description));
    write(&fresh.org.folder.settings_file(), text);
}

/// The text as a body in Markdown, with words behind it that are shown whatever it swallows.
fn body(text: &str) -> String {
    format!("{text}\n\n{LAST_WORDS}")
}

/// What stands at the end of each body.
const LAST_WORDS: &str = "That is all.";

/// A group, a service, its status, its incident and its maintenance, all called and described by `text`.
fn record(fresh: &mut FreshOrg, number: usize, text: &str) {
    let org = &mut fresh.org;
    let since = now() - TimeDelta::hours(6) + TimeDelta::minutes(i64::try_from(number).unwrap());
    let (ours, slug) = (format!("g{number}"), format!("s{number}"));
    group::add(org, &group::AddGroup { slug: ours.parse().unwrap(), name: text.to_owned(), position: None }, &deed(since)).unwrap();
    let settings = ServiceSettings {
        name: Some(text.to_owned()),
        description: Some(text.to_owned()),
        group: Some(ours),
        ..ServiceSettings::default()
    };
    service::add(org, &slug.parse().unwrap(), &settings, &deed(since)).unwrap();
    let by_hand = SetStatus { service: slug.clone(), status: ServiceStatus::PartialOutage, message: Some(body(text)) };
    service::set_status(org, &by_hand, &deed(since)).unwrap();
    let open = OpenIncident {
        title: text.to_owned(),
        impact: None,
        status: None,
        services: vec![NamedStatus { service: slug.clone(), status: None }],
        message: Some(body(text).into()),
        draft: false,
        next_update: None,
    };
    let id = incident::open(org, &open, &deed(since)).unwrap().thing.id.to_string();
    if number.is_multiple_of(2) {
        incident::resolve(org, &id, Some(&body(text).into()), &deed(since + TimeDelta::hours(1))).unwrap();
    }
    let (from, until) = [(-1, 1), (24, 26), (-5, -4)][number % 3];
    let window = ScheduleMaintenance {
        title: text.to_owned(),
        from: now() + TimeDelta::hours(from),
        until: now() + TimeDelta::hours(until),
        services: vec![slug],
        message: Some(body(text).into()),
        auto_start: true,
        auto_finish: true,
        repeat: None,
    };
    maintenance::schedule(org, &window, &deed(since)).unwrap();
}

/// A saved incident of another page with this text as HTML.
fn payload(fresh: &FreshOrg, number: usize, text: &str) -> PathBuf {
    let file = fresh.path(&format!("imported-{number}.json"));
    // An element that is not closed swallows what comes after it.
    let mut saved = imported(text, &format!("<p>{LAST_WORDS}</p>{text}"));
    let incident = &mut saved["incident"];
    incident["id"] = json!(format!("aaaaaaaaa{number:03}"));
    incident["incident_updates"][0]["id"] = json!(format!("uuuuuuuuu{number:03}"));
    incident["incident_updates"][0]["incident_id"] = incident["id"].clone();
    write(&file, saved.to_string());
    file
}

/// Every page, read once.
fn parsed(site: &BuiltSite) -> Pages<'_> {
    site.matching("", ".html").map(|(path, _)| (path, Html::parse_document(site.text(path)))).collect()
}

/// Elements of pages outside of operators' prose, by path without ids.
fn page_bones(pages: &Pages<'_>) -> BTreeMap<String, Vec<Vec<String>>> {
    let mut bones: BTreeMap<String, Vec<Vec<String>>> = BTreeMap::new();
    for (path, html) in pages {
        bones.entry(without_ids(path)).or_default().push(html_bones(html));
    }
    bones.values_mut().for_each(|found| found.sort());
    bones
}

/// What is wrong with any single file, apart from how it compares with others.
fn judge_files(site: &BuiltSite, pages: &Pages<'_>) {
    let headers = site.text("_headers");
    for (path, html) in pages {
        count_live(path, html, &mut BTreeMap::new());
        assert_policy(path, html, headers);
        assert_links_of_operators(path, html);
    }
    for path in site.files.keys().filter(|path| extension(path) != "png") {
        let text = site.text(path);
        assert_plain(path, text);
        match extension(path) {
            "json" => fragments_in_json(path, &site.json(path)),
            "sse" => assert_event_stream(text),
            "ics" => assert_calendar(text, maintenances_in(site, path)),
            _ => {}
        }
    }
}

/// Every place that shows a title or name as it was typed.
fn judge_words(site: &BuiltSite, pages: &Pages<'_>, lot: &[String]) {
    let lines: Vec<String> = lot.iter().map(|text| as_line(text)).collect();
    let names = |list: &Value, key: &str| -> Vec<String> {
        // A name keeps the blanks its source gave it.
        list.as_array().unwrap().iter().map(|one| as_line(one[key].as_str().unwrap())).collect()
    };
    let assert_all = |mut found: Vec<String>, times: usize, place: &str| {
        found.sort();
        let mut expected: Vec<String> = lines.iter().flat_map(|line| std::iter::repeat_n(line.clone(), times)).collect();
        expected.sort();
        assert_eq!(found, expected, "{place}");
    };
    // Each names a group and a service.
    assert_all(names(&site.json("api/v2/components.json")["components"], "name"), 2, "components");
    // Imported ones too.
    assert_all(names(&site.json("api/v2/incidents.json")["incidents"], "name"), 2, "incidents");
    assert_all(names(&site.json("api/v2/scheduled-maintenances.json")["scheduled_maintenances"], "name"), 1, "maintenances");
    for (folder, times) in [("incidents/", 2), ("maintenance/", 1), ("services/", 1)] {
        let headings = pages.iter().filter(|(path, _)| path.starts_with(folder)).map(|(_, html)| heading(html));
        assert_all(headings.collect(), times, folder);
    }
    let told = site.text("events.sse").lines().filter_map(|line| line.strip_prefix("data: "));
    let mut told: Vec<String> = told.map(|line| as_line(serde_json::from_str::<Value>(line).unwrap()["title"].as_str().unwrap())).collect();
    told.sort();
    told.dedup();
    assert_all(told, 1, "events.sse");
}

fn heading(page: &Html) -> String {
    static HEADING: LazyLock<Selector> = LazyLock::new(|| Selector::parse("h1").unwrap());
    let heading = page.select(&HEADING).next().unwrap();
    as_line(&heading.text().collect::<String>())
}

/// Bodies without Markdown in them stand on their page letter by letter; how many of them there were.
fn judge_bodies(pages: &Pages<'_>, lot: &[String]) -> usize {
    let plain: Vec<String> = lot.iter().filter(|text| !has_markdown(text)).map(|text| as_prose(text)).collect();
    static PROSE: LazyLock<Selector> = LazyLock::new(|| Selector::parse("div.prose").unwrap());
    let mut shown = Vec::new();
    for (path, html) in pages.iter().filter(|(path, _)| path.starts_with("maintenance/")) {
        for body in html.select(&PROSE) {
            assert_dead(path, &body.inner_html());
            shown.push(as_prose(&body.text().collect::<String>()));
        }
    }
    for text in &plain {
        let body = format!("{text} {LAST_WORDS}");
        assert!(shown.contains(&body), "the body {text:?} is not shown");
    }
    plain.len()
}

/// Whether something in the text means something in Markdown, other than the raw HTML that it does not mean.
fn has_markdown(text: &str) -> bool {
    text.contains(['[', ']', '&', '\\', '*', '_', '`', '#', '~', '\u{0}'])
        || text.starts_with([' ', '\t', '>', '-', '+', '=', '|'])
        || text.contains(['\n', '\r'])
        || text.split_once(['.', ')']).is_some_and(|(start, _)| start.bytes().all(|byte| byte.is_ascii_digit()))
        || text.contains("://") && text.contains('<')
        || text.contains("<javascript:")
        || text.contains("<data:")
        || text.contains("<me@")
}

/// A third of the texts, of every family.
#[test]
fn hostile_texts_stay_text_everywhere() {
    judge_lots(|number| number % 3 == 1);
}

#[test]
#[ignore = "takes half a minute: all texts"]
fn every_hostile_text_stays_text_everywhere() {
    judge_lots(|_| true);
}

/// Judges the sites of the lots that `chosen` picks.
fn judge_lots(chosen: impl Fn(usize) -> bool) {
    let harmless = organization(&harmless_lot()).built(now());
    let pages = parsed(&harmless);
    judge_files(&harmless, &pages);
    judge_words(&harmless, &pages, &harmless_lot());
    assert_eq!(judge_bodies(&pages, &harmless_lot()), TOGETHER);
    let (expected_paths, expected_pages, expected_bones) = (paths(&harmless), page_bones(&pages), bones(&harmless));
    drop(pages);
    let lots: Vec<(usize, Vec<String>)> = lots().into_iter().enumerate().filter(|(number, _)| chosen(*number)).collect();
    let plain: usize = lots
        .par_iter()
        .map(|(number, lot)| {
            let fresh = organization(lot);
            fresh.build(now());
            leave(&fresh, *number);
            let site = BuiltSite::read(&fresh.org.folder.public());
            let pages = parsed(&site);
            assert_eq!(paths(&site), expected_paths);
            judge_files(&site, &pages);
            judge_words(&site, &pages, lot);
            assert_same(&page_bones(&pages), &expected_pages);
            assert_same(&bones(&site), &expected_bones);
            for (path, bytes) in &site.files {
                let same = matches!(extension(path), "css" | "js" | "txt" | "_headers");
                assert!(!same || harmless.bytes(path) == bytes, "`{path}` depends on texts");
            }
            for path in ["events.sse", "_headers", "robots.txt"] {
                assert_eq!(site.text(path).lines().count(), harmless.text(path).lines().count(), "lines of {path}");
            }
            judge_bodies(&pages, lot)
        })
        .sum();
    assert!(plain * 5 >= lots.len() * TOGETHER * 2, "only {plain} bodies were compared letter by letter");
}

/// The same elements and fields in every file; the first difference is told in few words.
#[track_caller]
fn assert_same(found: &BTreeMap<String, Vec<Vec<String>>>, expected: &BTreeMap<String, Vec<Vec<String>>>) {
    for (path, expected) in expected {
        for (found, expected) in found[path].iter().zip(expected) {
            let place = found.iter().zip(expected).position(|(found, expected)| found != expected);
            let place = place.unwrap_or(found.len().min(expected.len()));
            let around = |bones: &[String]| bones[place.saturating_sub(4).min(bones.len())..(place + 4).min(bones.len())].join(", ");
            assert!(found == expected, "{path} differs at {place}: {} instead of {}", around(found), around(expected));
        }
    }
}

/// Builds once more into a folder a person has named.
fn leave(fresh: &FreshOrg, number: usize) {
    if let Some(folder) = std::env::var_os(LEAVE_IN) {
        let out = PathBuf::from(folder).join(format!("lot-{number:02}"));
        build(&fresh.org, &BuildOptions { out: Some(out), ..BuildOptions::default() }, now(), &|_, _| {}).unwrap();
    }
}

/// Texts that no command would have let in come in by a dump that somebody has edited.
#[test]
fn hostile_texts_in_a_dump_stay_text() {
    let harmless = organization(&harmless_lot());
    let expected = harmless.built(now());
    let dump = harmless.dump();
    let chosen = ["lines", "look-alikes", "data formats", "scripts"];
    let families = texts::FAMILIES.iter().filter(|(name, _)| chosen.contains(name));
    let hostile: Vec<&str> = families.flat_map(|(_, texts)| texts.iter().copied()).collect();
    hostile.par_chunks(TOGETHER).for_each(|lot| {
        let mut edited: Value = serde_json::from_str(&dump).unwrap();
        let mut place = 0;
        edit(&mut edited, lot, &mut place);
        assert!(place > 100, "only {place} texts were put in");
        let mut fresh = FreshOrg::new("acme", now());
        settings(&fresh, "Something", "Something");
        std::fs::remove_file(fresh.org.folder.database()).unwrap();
        let file = fresh.path("edited.json");
        write(&file, edited.to_string());
        let folder = fresh.org.folder.clone();
        fresh.org = statuary::ops::Org::open_or_create(folder, now()).unwrap();
        import::dump(&mut fresh.org, &file, false, &deed(now())).unwrap();
        fresh.build(now());
        let site = BuiltSite::read(&fresh.org.folder.public());
        assert_eq!(paths(&site), paths(&expected));
        judge_files(&site, &parsed(&site));
        assert_same(&bones(&site), &bones(&expected));
        for path in ["events.sse", "_headers", "robots.txt"] {
            assert_eq!(site.text(path).lines().count(), expected.text(path).lines().count(), "lines of {path}");
        }
    });
}

/// Replaces every text that people read.
fn edit(value: &mut Value, lot: &[&str], place: &mut usize) {
    match value {
        Value::Array(items) => items.iter_mut().for_each(|item| edit(item, lot, place)),
        Value::Object(fields) => {
            for (key, value) in fields {
                if value.is_string() && ["name", "title", "description", "message", "body", "sentence", "actor"].contains(&key.as_str()) {
                    *value = json!(format!("{} N{place}", lot[*place % lot.len()]));
                    *place += 1;
                } else {
                    edit(value, lot, place);
                }
            }
        }
        _ => {}
    }
}

/// The judge of bones sees an element more, an attribute more, and none that stands in prose.
#[test]
fn the_judge_of_pages_sees_additions() {
    let page = "<main><h1 class=\"x\">a</h1><div class=\"prose\"><p>b</p></div></main>";
    let html_bones = |page: &str| html_bones(&Html::parse_document(page));
    let bones = html_bones(page);
    assert_eq!(html_bones("<main><h1 class=\"y\">other</h1><div class=\"prose\"><ul><li>b</li></ul></div></main>"), bones);
    for other in [page.replace("a</h1>", "a<b></b></h1>"), page.replace("class=\"x\"", "class=\"x\" id=y")] {
        assert_ne!(html_bones(&other), bones, "{other}");
    }
}
