//! Data in and out: export, dumps, other pages, the example.

use std::fs;

use serde_json::{Value, json};

use super::{acme, events, only_utc, status_of};
use crate::test_org::TestOrg;

/// What `import` prints of groups, services, incidents, maintenances and updates.
fn table(counts: [[usize; 3]; 5]) -> String {
    let names = ["groups", "services", "incidents", "maintenances", "updates"];
    names.iter().zip(counts).map(|(name, [added, changed, unchanged])| format!("{name}\t{added}\t{changed}\t{unchanged}\n")).collect()
}

/// A workspace with `acme`, in which something of every kind is recorded, and an empty `copy`.
fn busy_org() -> TestOrg {
    let org = acme();
    org.run("group add eu --name Europe").success();
    org.run("service edit api --group eu --description 'For <programs> & people'").success();
    org.run("service status web degraded --message 'By \"hand\"' --at -3d").success();
    org.run("incident open 'API down ☂' --service api=major --message 'Line\n\nof *text*' --at -2d").success();
    org.run("incident update 1 --status monitoring --at -47h").success();
    org.run("incident resolve 1 --at -46h").success();
    org.run("incident open Draft --draft --service vault").success();
    org.run("maintenance schedule Disks --from +1d --for 1h --service web").success();
    org.run("maintenance schedule Never --from +2d --for 1h").success();
    org.run("maintenance cancel 2").success();
    org.run("service remove web").success();
    org.run("org create copy --name Acme").success();
    org
}

#[test]
fn a_dump_goes_out_and_in_again_byte_for_byte() {
    let org = busy_org();
    let dump = org.run("export").text();
    org.run("export --out dump.json").stdout("dump.json\n").stderr("wrote `dump.json`\n").success();
    assert_eq!(fs::read_to_string(org.path("acme/dump.json")).unwrap(), dump);
    assert_eq!(org.run("export --json").text(), dump);
    assert_eq!(org.run("export --out -").text(), dump);
    assert_eq!(org.run("export --out again.json --json").json(), json!({ "path": "again.json" }));
    let document: Value = serde_json::from_str(&dump).unwrap();
    assert_eq!((&document["format"], &document["version"]), (&json!("statuary-dump"), &json!(1)));
    only_utc(&document);

    org.enter("copy");
    let counts = [[1, 0, 0], [3, 0, 0], [2, 0, 0], [2, 0, 0], [7, 0, 0]];
    org.run("import dump ../acme/dump.json --dry-run").stdout(&table(counts)).stderr("read, wrote nothing, 1 file\n").success();
    assert_eq!(events(&org).len(), 1);
    org.run("import dump ../acme/dump.json").stdout(&table(counts)).stderr("read 1 file\n").success();
    assert_eq!(org.run("export").text(), dump);
    let same = [[0, 0, 1], [0, 0, 3], [0, 0, 2], [0, 0, 2], [0, 0, 7]];
    org.run("import dump ../acme/dump.json").stdout(&table(same)).stderr("read 1 file\n").success();
    assert_eq!(org.run("export").text(), dump);
    org.run("service add more").success();
    org.run("import dump ../acme/dump.json")
        .stdout("")
        .stderr(
            "error: `copy` has a record already\n\
             hint: a dump is read into an organization in which nothing is recorded: move its org.db away, or make another organization\n",
        )
        .code(4);
}

#[test]
fn a_copy_builds_the_same_site_and_works_on() {
    let org = busy_org();
    org.clock("2026-11-22T18:00:00Z").run("export --out ../copy/dump.json --quiet").stderr("").success();
    org.run("build --out ../one --quiet").success();
    org.enter("copy").run("import dump dump.json").success();
    org.run("build --out ../two --quiet").success();
    for page in ["index.html", "api/v2/incidents.json", "api/v2/summary.json", "history.atom"] {
        // The slug is the folder's name and stands in the page's address, and what identifies a site depends on all its files.
        let read = |folder: &str| {
            let text = fs::read_to_string(org.path(folder).join(page)).unwrap().replace("copy", "acme");
            text.lines().filter(|line| !line.starts_with("<meta name=\"statuary-generation\"")).collect::<Vec<_>>().join("\n")
        };
        assert!(read("one") == read("two"), "{page}");
    }
    org.run("incident open Next").stderr("opened incident 3, impact none\n").success();
}

#[test]
fn dumps_that_cannot_be_read_change_nothing() {
    let org = acme();
    org.run("org create copy --name Copy").success();
    org.enter("copy").write("copy/half.json", "{\n  \"format\": \"statuary-dump\",").write("copy/other.json", "{\"format\": \"x\"}");
    org.run("import dump nothing.json").stdout("").stderr("error: cannot read `nothing.json`: no such file or directory\n").code(3);
    org.run("import dump half.json").stdout("").stderr_starts("error: half.json: line 2, column 28: ").code(5);
    org.run("import dump other.json").stderr_starts("error: other.json: ").code(5);
    org.write("copy/bytes.json", b"\xff")
        .run("import dump bytes.json")
        .stderr_starts("error: cannot read `bytes.json`: is not UTF-8")
        .code(5);
    assert_eq!(events(&org).len(), 1);
    org.run("export --out no/such/dir.json").stdout("").code(1);
}

/// A page's summary that states one service, and an incident about it.
fn summary(updated_at: &str, status: &str, incident: &str) -> String {
    let incidents = match incident {
        "" => json!([]),
        status => json!([{
            "id": "p1mqvb5zr8xk", "name": "Git is slow", "status": status, "created_at": "2026-11-20T08:00:00.000Z",
            "updated_at": updated_at, "monitoring_at": null, "resolved_at": null, "impact": "minor",
            "shortlink": "https://stspg.io/x", "started_at": "2026-11-20T08:00:00.000Z", "page_id": "kctbh9vrtdwd",
            "incident_updates": [{
                "id": "q2nrwc6as9yl", "status": status, "body": "We look.", "incident_id": "p1mqvb5zr8xk",
                "created_at": "2026-11-20T08:00:00.000Z", "updated_at": "2026-11-20T08:00:00.000Z",
                "display_at": "2026-11-20T08:00:00.000Z", "affected_components": null, "deliver_notifications": true,
                "custom_tweet": null, "tweet_id": null
            }],
            "components": []
        }]),
    };
    json!({
        "page": { "id": "kctbh9vrtdwd", "name": "Other", "url": "https://o.example", "time_zone": "Etc/UTC", "updated_at": updated_at },
        "components": [{
            "id": "8l4ygp009s5s", "name": "Git Operations", "status": status, "created_at": "2020-01-01T00:00:00.000Z",
            "updated_at": updated_at, "position": 1, "description": null, "showcase": true, "start_date": null, "group_id": null,
            "page_id": "kctbh9vrtdwd", "group": false, "only_show_if_degraded": false
        }],
        "incidents": incidents,
        "scheduled_maintenances": [],
        "status": { "indicator": "minor", "description": "Minor Service Outage" }
    })
    .to_string()
}

#[test]
fn another_page_is_taken_over_and_followed() {
    let org = TestOrg::new();
    org.clock("2026-11-22T12:00:00Z");
    org.write("acme/in/1.json", summary("2026-11-20T10:00:00.000Z", "degraded_performance", "investigating"));
    let first = [[0; 3], [1, 0, 0], [1, 0, 0], [0; 3], [1, 0, 0]];
    org.run("import statuspage in --dry-run")
        .stdout(&table(first))
        .stderr("read, wrote nothing, 1 file\n1 service set to what the source says now\n")
        .success();
    assert_eq!(events(&org).len(), 1);
    org.run("import statuspage in/1.json --at -1h")
        .stdout(&table(first))
        .stderr("at 2026-11-22 11:00 UTC (+00:00)\nread 1 file\n1 service set to what the source says now\n")
        .success();
    let log = events(&org);
    assert_eq!((&log[1]["kind"], &log[1]["effective_at"]), (&json!("import.finished"), &json!("2026-11-22T11:00:00Z")));
    assert_eq!((&log[2]["kind"], &log[2]["effective_at"]), (&json!("incident.imported"), &json!("2026-11-20T10:00:00Z")));
    assert_eq!(status_of(&org, "git-operations"), "degraded_performance");
    org.run("import statuspage in").stdout(&table([[0; 3], [0, 0, 1], [0, 0, 1], [0; 3], [0, 0, 1]])).stderr("read 1 file\n").success();
    assert_eq!(events(&org).len(), log.len(), "what is known already is no event");
    org.write("acme/in/2.json", summary("2026-11-20T12:00:00.000Z", "operational", ""));
    let report = org.run("import statuspage in/2.json --json").json();
    assert_eq!((&report["closed_by_source"], &report["corrections"], &report["files"]), (&json!(1), &json!(1), &json!(1)));
    assert_eq!(org.run("incident show p1mqvb5zr8xk --json").json()["closed_by_source_at"], "2026-11-20T12:00:00Z");
    assert_eq!(status_of(&org, "git-operations"), "operational");
    org.run("import statuspage in/1.json --quiet").success();
    assert_eq!(status_of(&org, "git-operations"), "operational", "an older file does not take back a newer one");
}

#[test]
fn what_can_be_used_is_used_and_the_rest_is_said() {
    let org = TestOrg::new();
    org.write("acme/a.json", summary("2026-11-20T10:00:00.000Z", "operational", "")).write("acme/b.json", "{");
    let ran = org.run("import statuspage a.json b.json --json");
    let report = ran.stderr_starts("warning: b.json: ").json();
    assert_eq!(report["warnings"].as_array().map(Vec::len), Some(1));
    assert_eq!(report["services"]["added"], 1);
    let before = events(&org).len();
    org.run("import statuspage b.json").stdout("").stderr_starts("error: nothing to import: b.json: line 1, column ").code(5);
    org.run("import statuspage none.json").stderr("error: cannot read `none.json`: no such file or directory\n").code(3);
    org.write("acme/empty/readme.txt", "no JSON")
        .run("import statuspage empty")
        .stderr("error: nothing to import: no file with components, incidents or maintenances\n")
        .code(5);
    org.run("import statuspage a.json --at +1h").stdout("").code(2);
    assert_eq!(events(&org).len(), before);
}

#[test]
fn the_example_is_made_built_and_whole() {
    let org = TestOrg::empty();
    org.clock("2026-11-22T12:00:00Z")
        .run("demo one --no-serve")
        .stdout("[ROOT]/one/public/index.html\n")
        .stderr_starts("`one`: wrote ")
        .success();
    assert!(org.path("one/public/index.html").exists());
    org.run("demo one --no-serve").stdout("").stderr("error: `one` exists and is not an empty folder\nhint: name a new folder\n").code(4);
    org.run("demo --quiet --no-serve").stdout("[ROOT]/statuary-demo/public/index.html\n").stderr("").success();
    assert_eq!(org.run("demo two --json --no-serve").json()["index"], "[ROOT]/two/public/index.html");
    org.enter("one");
    let status = org.run("status --json").json();
    only_utc(&status);
    assert!(status["services"].as_array().unwrap().len() > 10 && !status["open_incidents"].as_array().unwrap().is_empty());
    assert_eq!(org.run("build --json").json()["written"], 0);
    assert_eq!(org.run("export").text(), fs::read_to_string(org.path("one/dump.json")).unwrap());
}

#[test]
fn only_what_is_recorded_makes_a_record() {
    let org = TestOrg::new();
    org.write("new/org.toml", "name = 'New'\n");
    org.write("acme/in.json", summary("2026-11-20T10:00:00.000Z", "operational", ""));
    let nothing = || {
        let files: Vec<_> = fs::read_dir(org.path("new")).unwrap().map(|entry| entry.unwrap().file_name()).collect();
        assert_eq!(files, ["org.toml"]);
    };
    org.run("import statuspage in.json --dry-run --org new --quiet").success();
    nothing();
    org.run("service add api --name API --group none --org new").code(3);
    nothing();
    org.run("import dump none.json --org new").code(3);
    nothing();
    // What a killed command leaves is taken over.
    org.write("new/org.db", "");
    org.run("import statuspage in.json --org new --quiet").success();
    assert_eq!(org.run("service list --org new --json").json()["services"].as_array().map(Vec::len), Some(1));
}

#[test]
fn imports_are_read_from_standard_input_too() {
    let org = TestOrg::new();
    org.run("service add api --name API").success();
    let dump = org.run("export").text();
    let page = r#"{"page": {"id": "p1", "name": "P", "url": "https://p.example", "time_zone": "Etc/UTC", "updated_at": "2026-11-01T00:00:00.000Z"},
        "components": [{"id": "c1", "name": "Search", "status": "operational", "created_at": "2026-11-01T00:00:00.000Z",
        "updated_at": "2026-11-01T00:00:00.000Z", "position": 1, "description": null, "showcase": true, "group_id": null, "group": false,
        "only_show_if_degraded": false}]}"#;
    org.run_with_input("import statuspage -", page.as_bytes()).success();
    assert_eq!(org.run("service show search --json").json()["name"], "Search");
    org.run_with_input("import statuspage -", b"{").stderr_starts("error: nothing to import: standard input: ").code(5);

    let other = TestOrg::new();
    other.run_with_input("import dump -", dump.as_bytes()).success();
    assert_eq!(other.run("export").text(), dump);
}
