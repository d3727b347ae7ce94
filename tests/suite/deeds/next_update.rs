//! By when visitors are promised another update.

use std::fs;

use serde_json::{Value, json};

use super::{acme, events, id_of};
use crate::test_org::TestOrg;

/// A file of the page.
#[track_caller]
fn page(org: &TestOrg, path: &str) -> String {
    fs::read_to_string(org.path("acme/public").join(path)).unwrap()
}

/// What a page calls the promise.
fn words(html: &str) -> &'static str {
    match (html.contains(">Next update by<"), html.contains("The next update was due by")) {
        // The script has the words for later.
        (true, true) => "to come",
        (false, true) => "overdue",
        (false, false) => "none",
        (true, false) => "to come, without words for later",
    }
}

#[test]
fn a_promise_is_told_until_something_is_said_and_named_when_it_has_passed() {
    let org = acme();
    org.clock("2026-11-22T12:00:00Z");
    org.run("incident open 'API down' --service api --next-update 30m")
        .stderr("next update by 2026-11-22 12:30 UTC (+00:00)\nopened incident 1, impact minor\n")
        .success();
    let id = org.run("incident show 1 --json").json()["id"].as_str().unwrap().to_owned();
    let own = format!("incidents/{id}/index.html");
    org.run("incident show 1")
        .stdout(&format!(
            "title\tAPI down\nstatus\tinvestigating\nimpact\tminor\nid\t{id}\nnumber\t1\nstarted\t2026-11-22T12:00:00Z\n\
             next update by\t2026-11-22T12:30:00Z\nservices\tapi=degraded_performance\n\
             update\t1\t2026-11-22T12:00:00Z\tinvestigating\tapi=degraded_performance\t\n"
        ))
        .success();
    org.run("next").stdout("2026-11-22T12:30:00Z\tthe next update of API down is due\n").success();
    org.run("build").success();
    assert_eq!([words(&page(&org, "index.html")), words(&page(&org, &own))], ["to come", "to come"]);
    assert!(page(&org, &own).contains("<time datetime=\"2026-11-22T12:30:00Z\">22 Nov 2026, 12:30 UTC</time>"));
    // Statuspage has no word for it.
    for document in ["summary", "incidents", "incidents/unresolved", &format!("incidents/{id}")] {
        let text = page(&org, &format!("api/v2/{document}.json"));
        assert!(!text.contains("next_update") && !text.contains("12:30"), "{document}: {text}");
    }
    let native: Value = serde_json::from_str(&page(&org, "api/public/acme.json")).unwrap();
    assert_eq!(native["open_incidents"][0]["next_update_at"], "2026-11-22T12:30:00.000Z");
    assert_eq!(native["open_incidents"][0]["updates"][0]["next_update_at"], "2026-11-22T12:30:00.000Z");

    org.clock("2026-11-22T12:29:59Z").run("status").stdout_has_no("overdue");
    org.clock("2026-11-22T12:30:00Z");
    let status = org.run("status").text();
    assert_eq!(status.lines().nth(1), Some("overdue: 1 incident waits for the update it was promised: 1"));
    assert_eq!(org.run("status --json").json()["overdue"], json!([id]));
    org.run("next").stdout("2026-11-23T00:00:00Z\ta new day begins\n").success();
    org.run("build").success();
    assert_eq!([words(&page(&org, "index.html")), words(&page(&org, &own))], ["overdue", "overdue"]);
    let built = page(&org, &own);
    org.run("build --force").success();
    assert_eq!(page(&org, &own), built);

    id_of(&org, "incident open 'Web down' --service web --next-update 12:45");
    org.clock("2026-11-22T13:00:00Z");
    assert!(org.run("status").text().contains("\noverdue: 2 incidents wait for the update they were promised: 2, 1\n"));
    org.run("incident update 1 --message 'Still looking.'").stderr("updated incident 1, now investigating\n").success();
    assert!(org.run("status").text().contains("\noverdue: 1 incident waits for the update it was promised: 2\n"));
    org.run("incident resolve 2").success();
    org.run("status").stdout_has_no("overdue");
    org.run("build").success();
    assert_eq!([words(&page(&org, "index.html")), words(&page(&org, &own))], ["none", "none"]);
}

#[test]
fn a_promise_can_be_corrected_undone_and_moved() {
    let org = acme();
    org.clock("2026-11-22T12:00:00Z");
    let id = id_of(&org, "incident open 'API down' --service api --message x --next-update '2026-11-22 13:00'");
    let promised = || org.run("incident show 1 --json").json()["next_update_at"].clone();
    assert_eq!(promised(), "2026-11-22T13:00:00Z");
    org.run("incident edit-update 1 1 --next-update 2h")
        .stderr("next update by 2026-11-22 14:00 UTC (+00:00)\nchanged update 1 of incident 1, now investigating\n")
        .success();
    assert_eq!(promised(), "2026-11-22T14:00:00Z");
    org.run("incident edit-update 1 1 --next-update ''").stderr("changed update 1 of incident 1, now investigating\n").success();
    assert_eq!(promised(), Value::Null);
    org.run("undo").success();
    assert_eq!(promised(), "2026-11-22T14:00:00Z");
    // Alone it is an update, too.
    org.run("incident update 1 --next-update 15m").success();
    assert_eq!(promised(), "2026-11-22T12:15:00Z");
    let dump = org.run("export").text();
    assert!(dump.contains("\"next_update_at\": \"2026-11-22T12:15:00.000Z\""), "{dump}");
    org.write("dump.json", &dump);
    org.enter("").run("org create other --name Acme").success();
    org.run("--org other import dump dump.json").success();
    assert_eq!(org.run("--org other export").text(), dump);
    assert_eq!(org.run(&format!("--org other incident show {id} --json")).json()["next_update_at"], "2026-11-22T12:15:00Z");
}

#[test]
fn what_is_no_promise_is_refused_and_nothing_is_recorded() {
    let org = acme();
    org.clock("2026-11-22T12:00:00Z");
    org.run("incident open 'API down'").success();
    let before = events(&org).len();
    let behind = |moment: &str| {
        format!("error: `--next-update` does not lie ahead: {moment}\nhint: say a length such as `30m`, or a later moment\n")
    };
    let over = "error: `--next-update` promises an update, and `resolved` is the end\nhint: leave `--next-update` out\n";
    let nonsense = "error: `soonish` is not a moment\nhint: write it as in `2026-11-22 14:00`, `2026-11-22T13:00:00Z`, `-30m`, `+2h` or \
                    `tomorrow 14:00`\n";
    for (command, words) in [
        ("incident open x --next-update -5m", behind("2026-11-22 11:55 UTC (+00:00)").as_str()),
        ("incident open x --next-update now", &behind("2026-11-22 12:00 UTC (+00:00)")),
        ("incident open x --status resolved --next-update 5m", over),
        ("incident open x --next-update soonish", nonsense),
        ("incident update 1 --next-update 11:00", &behind("2026-11-22 11:00 UTC (+00:00)")),
        ("incident update 1 --status resolved --next-update 5m", over),
        ("incident update 1 --next-update soonish", nonsense),
        ("incident edit-update 1 1 --next-update 2026-11-01", &behind("2026-11-01 00:00 UTC (+00:00)")),
        ("incident edit-update 1 1 --status resolved --next-update 5m", over),
    ] {
        org.run(command).stdout("").stderr(words).code(2);
    }
    assert_eq!(events(&org).len(), before);
    org.run("incident update 1 --message More").success();
    org.run("incident edit-update 1 1 --next-update 2h")
        .stdout("")
        .stderr(
            "error: update 1 of incident `1` is not its newest: nobody waits for what it promises\n\
             hint: promise it with `statuary incident update 1 --next-update …`\n",
        )
        .code(2);
}
