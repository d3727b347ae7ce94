//! What imports promise beside the content: once is enough, order and names do not matter, the present stays, and all or nothing.

use std::path::{Path, PathBuf};

use chrono::{DateTime, Utc};
use serde_json::{Value, json};
use statuary::ops::import;
use statuary::ops::overview::log;

use crate::built_site::BuiltSite;
use crate::fresh_org::{FreshOrg, at, deed, write};
use crate::real_statuspage::{Dialect, incident_documents, json_files, newest_moment, read_json, real_data, summary_differences};

/// After everything in the real data.
pub(crate) fn afterwards() -> DateTime<Utc> {
    at("2026-11-22T12:00:00Z")
}

/// All of one page's payloads: snapshots, lifecycles and incident documents.
#[track_caller]
pub(crate) fn whole_history(data: &Path, into: &Path) -> Vec<PathBuf> {
    let statuspage = data.join("statuspage");
    let mut files = incident_documents(data, into);
    for folder in ["github-snapshots", "github-lifecycle-x69zbgdyfzg0", "github-lifecycle-jmfzh1p2yrg2"] {
        files.extend(json_files(&statuspage.join(folder)));
    }
    assert_eq!(files.len(), 660 + 30 + 23 + 22);
    files
}

#[test]
fn importing_twice_changes_nothing_and_neither_order_nor_names_matter() {
    let Some(data) = real_data("importing_twice_changes_nothing_and_neither_order_nor_names_matter") else { return };
    let now = afterwards();
    let mut one = FreshOrg::new("github", now);
    let mut files = whole_history(&data, &one.path("documents"));
    one.import(&files, now);
    let (site, dump, events) = (one.built(now), one.dump(), log(&one.org, None, usize::MAX).unwrap().events.len());

    let again = one.import(&files, at("2026-11-23T12:00:00Z"));
    for counted in [again.groups, again.services, again.incidents, again.maintenances, again.updates] {
        assert_eq!((counted.added, counted.changed), (0, 0), "{again:?}");
    }
    assert_eq!((again.corrections, again.closed_by_source), (0, 0));
    assert!(one.dump() == dump, "the second import changed the record");
    assert_eq!(log(&one.org, None, usize::MAX).unwrap().events.len(), events, "the second import is in the log");
    assert_eq!(one.build(now).written, 0);

    let mut other = FreshOrg::new("github", now);
    files.reverse();
    files.rotate_left(200);
    let renamed: Vec<PathBuf> = files
        .iter()
        .map(|path| {
            // Names whose order has nothing to do with the old ones.
            let name = blake3::hash(path.as_os_str().as_encoded_bytes()).to_hex();
            let renamed = other.path("renamed").join(format!("{name}.json"));
            write(&renamed, std::fs::read(path).unwrap());
            renamed
        })
        .collect();
    other.import(&renamed, now);
    assert_eq!(site.differing(&other.built(now)), Vec::<String>::new());
}

#[test]
fn older_summaries_change_nothing_of_the_present() {
    let Some(data) = real_data("older_summaries_change_nothing_of_the_present") else { return };
    let mut summaries = json_files(&data.join("statuspage/github-snapshots"));
    let newest = summaries.pop().unwrap();
    let now = newest_moment(&read_json(&newest)).unwrap();
    let mut fresh = FreshOrg::new("github", now);
    fresh.import(std::slice::from_ref(&newest), now);
    for older in summaries.iter().rev() {
        fresh.import(std::slice::from_ref(older), now);
        let site = fresh.built(now);
        assert_eq!(summary_differences(&read_json(&newest), &site, Dialect::Statuspage), Vec::<String>::new(), "{}", older.display());
    }
    // And all at once.
    let mut other = FreshOrg::new("github", now);
    other.import(std::slice::from_ref(&newest), now);
    other.import(&summaries, now);
    assert_eq!(summary_differences(&read_json(&newest), &other.built(now), Dialect::Statuspage), Vec::<String>::new());
}

#[test]
fn a_dry_run_writes_nothing() {
    let Some(data) = real_data("a_dry_run_writes_nothing") else { return };
    let now = afterwards();
    let mut fresh = FreshOrg::new("github", now);
    let summaries = json_files(&data.join("statuspage/github-snapshots"));
    let (dump, folder) = (fresh.dump(), BuiltSite::read(&fresh.org.folder.dir));
    let told = import::statuspage(&mut fresh.org, &summaries, true, &deed(now), &|_, _| {}).unwrap();
    assert!(told.dry_run);
    assert_eq!(fresh.dump(), dump);
    assert_eq!(BuiltSite::read(&fresh.org.folder.dir).differing(&folder), Vec::<String>::new());
    let done = fresh.import(&summaries, now);
    assert!(!done.dry_run && done.incidents.added > 10, "{done:?}");
    assert_eq!(format!("{told:?}").replace("dry_run: true", "dry_run: false"), format!("{done:?}"), "it does what it said");
}

/// An incident document of the page `kctbh9vrtdwd`; the update's id is given.
fn incident_document(id: &str, update: &str, hour: u32) -> Value {
    let at = format!("2026-01-01T{hour:02}:00:00.000Z");
    json!({
        "page": {"id": "kctbh9vrtdwd", "name": "P", "url": "https://p.example", "time_zone": "Etc/UTC", "updated_at": at},
        "incident": {
            "id": id, "name": "Slow", "status": "resolved", "created_at": at, "updated_at": at, "monitoring_at": null, "resolved_at": at,
            "impact": "minor", "shortlink": "https://p.example/x", "started_at": at, "page_id": "kctbh9vrtdwd",
            "incident_updates": [{
                "id": update, "status": "resolved", "body": "Over.", "incident_id": id, "created_at": at, "updated_at": at, "display_at": at,
                "affected_components": [{"code": "8l4ygp009s5s", "name": "Git", "old_status": "partial_outage", "new_status": "operational"}],
                "deliver_notifications": true, "custom_tweet": null, "tweet_id": null
            }],
            "components": [], "reminder_intervals": null
        }
    })
}

/// A list of the one component that the incident documents name.
fn component_list(description: &str, position: i64, hour: u32) -> Value {
    let at = format!("2026-01-02T{hour:02}:00:00.000Z");
    json!({
        "page": {"id": "kctbh9vrtdwd", "name": "P", "url": "https://p.example", "time_zone": "Etc/UTC", "updated_at": at},
        "components": [{
            "id": "8l4ygp009s5s", "name": "Git", "status": "operational", "created_at": "2025-01-01T00:00:00.000Z", "updated_at": at,
            "position": position, "description": description, "showcase": true, "start_date": "2025-01-01", "group_id": null,
            "page_id": "kctbh9vrtdwd", "group": false, "only_show_if_degraded": false
        }]
    })
}

#[test]
fn what_a_source_changes_of_a_service_reaches_documents_of_what_is_over() {
    let now = afterwards();
    let mut one = FreshOrg::new("p", now);
    let import = |one: &mut FreshOrg, name: &str, document: &Value| {
        let file = one.path(name);
        write(&file, document.to_string());
        one.import(&[file], now);
    };
    import(&mut one, "components.json", &component_list("Pushes and pulls", 1, 1));
    import(&mut one, "incident.json", &incident_document("aaaaaaaaaaaa", "bbbbbbbbbbbb", 1));
    let document = "api/v2/incidents/aaaaaaaaaaaa.json";
    assert_eq!(one.built(now).json(document)["incident"]["components"][0]["description"], "Pushes and pulls");
    import(&mut one, "components.json", &component_list("Everything about Git", 7, 2));
    let rebuilt = one.built(now);
    assert_eq!(rebuilt.json(document)["incident"]["components"][0]["description"], "Everything about Git");
    one.build_anew(now);
    assert_eq!(rebuilt.differing(&BuiltSite::read(&one.org.folder.public())), Vec::<String>::new());
}

#[test]
fn a_folder_with_unusable_files_imports_the_rest_and_names_them() {
    let now = afterwards();
    let mut fresh = FreshOrg::new("page", now);
    let folder = fresh.path("mixed");
    write(&folder.join("a-good.json"), incident_document("aaaaaaaaaaa1", "uuuuuuuuuuu1", 1).to_string());
    write(&folder.join("deep/z-good.json"), incident_document("aaaaaaaaaaa2", "uuuuuuuuuuu2", 2).to_string());
    let unusable: [(&str, &[u8]); 9] = [
        ("broken.json", b"{\"page\": "),
        ("empty.json", b""),
        ("foreign.json", b"{\"hello\": [1, 2, 3]}"),
        ("list.json", b"[1, 2, 3]"),
        ("text.json", b"\"text\""),
        ("null.json", b"null"),
        ("latin1.json", b"{\"page\": \"\xe9\"}"),
        ("dump.json", b"{\"format\": \"statuary-dump\", \"version\": 1}"),
        ("wrong.json", b"{\"incident\": {\"id\": 7, \"name\": [], \"incident_updates\": \"none\"}}"),
    ];
    for (name, bytes) in unusable {
        write(&folder.join(name), bytes);
    }
    write(&folder.join("nested.json"), "[".repeat(100_000));
    write(&folder.join("readme.txt"), "not JSON, and not asked for");
    let report = fresh.import(&[folder], now);
    assert_eq!(report.incidents.added, 2, "{report:?}");
    for (name, _) in unusable.into_iter().chain([("nested.json", b"".as_slice())]) {
        assert!(report.warnings.iter().any(|warning| warning.contains(name)), "no word about {name}: {:#?}", report.warnings);
    }
    for name in ["a-good.json", "z-good.json", "readme.txt"] {
        assert!(!report.warnings.iter().any(|warning| warning.contains(name)), "{:#?}", report.warnings);
    }
    let site = fresh.built(now);
    assert_eq!(site.matching("api/v2/incidents/aaaaaaaaaaa", ".json").count(), 2);
}

#[test]
fn a_failure_in_the_middle_leaves_nothing() {
    let now = afterwards();
    let mut fresh = FreshOrg::new("page", now);
    let folder = fresh.path("conflict");
    write(&folder.join("1.json"), incident_document("aaaaaaaaaaa1", "uuuuuuuuuuu1", 1).to_string());
    write(&folder.join("2.json"), incident_document("aaaaaaaaaaa2", "uuuuuuuuuuu2", 2).to_string());
    // Two incidents cannot own the same update.
    write(&folder.join("3.json"), incident_document("aaaaaaaaaaa3", "uuuuuuuuuuu1", 3).to_string());
    let dump = fresh.dump();
    let outcome = import::statuspage(&mut fresh.org, &[folder], false, &deed(now), &|_, _| {});
    assert!(outcome.is_err(), "{outcome:?}");
    assert_eq!(fresh.dump(), dump);
    assert_eq!(fresh.built(now).matching("incidents/", "").count(), 0);
    fresh.import(&[fresh.path("conflict").join("1.json")], now);
    assert_eq!(fresh.built(now).matching("incidents/", "").count(), 1);
}
