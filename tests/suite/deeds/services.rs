//! Groups, services, and the statuses people give them by hand.

use serde_json::{Value, json};

use super::{acme, events, is_id, newest_event, only_utc, status_of};
use crate::test_org::TestOrg;

#[test]
fn groups_are_added_and_listed_in_page_order() {
    let org = TestOrg::new();
    org.run("group add eu --name Europe").stdout("eu\n").stderr("added group 1 `eu`\n").success();
    org.run("group add us --name 'United States' --position 0").stdout("us\n").success();
    org.run("group add eu --name Other").stdout("").stderr("error: there is a group `eu` already\n").code(4);
    org.run("group add asia --name ''").stderr("error: the name is empty\n").code(2);
    // What Statuspage's clients and their schema cannot read is not recorded.
    for position in ["-1", "1000000001", "9223372036854775807", "-9223372036854775808"] {
        let refusal = format!("error: there is no position {position}: positions go from 0 to 1000000000\n");
        org.run(&format!("group add asia --name Asia --position {position}")).stdout("").stderr(&refusal).code(2);
        org.run(&format!("group edit eu --position {position}")).stderr(&refusal).code(2);
        org.run(&format!("service add x --position {position}")).stderr(&refusal).code(2);
    }
    org.run("service add api --group eu").success();
    org.run("service add web --group eu").success();
    org.run("service status web partial").success();
    org.run("group list").stdout("us\toperational\tUnited States\t\neu\tpartial_outage\tEurope\tapi and web\n").success();
    let listed = org.run("group list --json").json();
    assert_eq!(listed["groups"][1]["services"], json!(["api", "web"]));
    let added = org.run("group add asia --name Asia --json --at -1d").json();
    assert_eq!((&added["slug"], &added["public"], &added["number"]), (&json!("asia"), &json!(true), &json!(3)));
    assert!(is_id(added["id"].as_str().unwrap()));
    only_utc(&added);
    org.run("group list --quiet")
        .stdout("us\toperational\tUnited States\t\neu\tpartial_outage\tEurope\tapi and web\nasia\toperational\tAsia\t\n")
        .success();
    // Behind the last position there is no other.
    org.run("group edit asia --position 1000000000").success();
    org.run("group add more --name More").success();
    org.run("service add late").success();
    let dump = org.run("export").json();
    assert_eq!((&dump["groups"][3]["position"], &dump["services"][2]["position"]), (&json!(1_000_000_000), &json!(1_000_000_000)));
}

#[test]
fn a_service_is_added_with_every_setting_and_shown() {
    let org = TestOrg::new();
    org.clock("2026-11-22T10:00:00Z").run("group add eu --name Europe").success();
    org.run(
        "service add api --name 'Public API' --description 'For programs' --link https://api.example/ --group eu --position 7 \
         --start-date 2026-10-01 --no-showcase --only-show-if-degraded",
    )
    .stdout("api\n")
    .stderr("added service 1 `api`\n")
    .success();
    let shown = org.run("service show api").text();
    let id = shown.lines().find_map(|line| line.strip_prefix("id\t")).unwrap();
    assert!(is_id(id));
    let expected = format!(
        "service\tapi\nname\tPublic API\nstatus\toperational\nuptime 90 days\t100.0\nid\t{id}\nnumber\t1\ndescription\tFor programs\n\
         link\thttps://api.example/\ngroup\teu\nposition\t7\nstart date\t2026-10-01\nnotes\tno showcase, only shown if degraded\n\
         added\t2026-11-22T10:00:00Z\nchanged\t2026-11-22T10:00:00Z\n"
    );
    assert_eq!(shown, expected);
    for key in [id, "1", "api"] {
        assert_eq!(org.run(&format!("service show {key}")).text(), expected, "{key}");
    }
    let shown = org.run("service show api --json").json();
    only_utc(&shown);
    for (field, value) in [
        ("slug", json!("api")),
        ("number", json!(1)),
        ("group", json!("eu")),
        ("start_date", json!("2026-10-01")),
        ("hidden", json!(false)),
        ("showcase", json!(false)),
        ("only_show_if_degraded", json!(true)),
        ("incidents_only", json!(false)),
        ("status", json!("operational")),
        ("status_since", Value::Null),
        ("open_incidents", json!([])),
        ("uptime_90_days", json!("100.0")),
    ] {
        assert_eq!(shown[field], value, "{field}");
    }
}

#[test]
fn settings_that_cannot_be_are_refused_and_change_nothing() {
    let org = acme();
    let before = events(&org).len();
    for (arguments, message, code) in [
        ("service add api", "error: there is a service `api` already\nhint: change it with `statuary service edit api`\n", 4),
        ("service add db --group eu", "error: no group `eu`\nhint: list them with `statuary group list`\n", 3),
        ("service add db --link db.example", "error: `db.example` is not a web address\nhint: it starts with https://\n", 2),
        ("service add db --name '  '", "error: the name is empty\n", 2),
        ("service edit api", "error: nothing to change\nhint: `statuary service edit --help` lists what can be\n", 2),
        ("service edit api --name API", "error: nothing to change\nhint: `statuary service edit --help` lists what can be\n", 2),
        ("service edit apy --name A", "error: no service `apy`\nhint: did you mean `api`?\n", 3),
        (
            "service edit api --link 'javascript:alert(1)'",
            "error: `javascript:alert(1)` is not a web address\nhint: it starts with https://\n",
            2,
        ),
        ("service remove 99", "error: no service `99`\nhint: list them with `statuary service list`\n", 3),
        ("service show 99", "error: no service `99`\nhint: list them with `statuary service list`\n", 3),
        ("service status 99 major", "error: no service `99`\nhint: list them with `statuary service list`\n", 3),
    ] {
        org.run(arguments).stdout("").stderr(message).code(code);
    }
    assert_eq!(events(&org).len(), before);
}

#[test]
fn editing_changes_what_is_named_and_empty_removes() {
    let org = acme();
    org.run("group add eu --name Europe").success();
    org.run(
        "service edit api --name 'Public API' --description Fast --link https://a.example --group eu --start-date 2026-01-01 --position 9",
    )
    .stdout("")
    .stderr("changed service `api`\n")
    .success();
    let edited = org.run("service edit api --description '' --link '' --group '' --start-date '' --json").json();
    for field in ["description", "link", "group", "start_date"] {
        assert_eq!(edited[field], Value::Null, "{field}");
    }
    assert_eq!((&edited["name"], &edited["position"]), (&json!("Public API"), &json!(9)));
    let flags = org.run("service edit api --no-showcase --only-show-if-degraded=true --json").json();
    assert_eq!((&flags["showcase"], &flags["only_show_if_degraded"]), (&json!(false), &json!(true)));
    let flags = org.run("service edit api --no-showcase=false --only-show-if-degraded=false --json").json();
    assert_eq!((&flags["showcase"], &flags["only_show_if_degraded"]), (&json!(true), &json!(false)));
    org.run("service list").stdout("web\toperational\t-\t100.0\t-\tWeb\t\nvault\toperational\t-\t100.0\t-\tVault\thidden\napi\toperational\t-\t100.0\t-\tPublic API\t\n").success();
}

#[test]
fn whether_visitors_see_it_is_said_of_every_write() {
    let org = acme();
    for (command, public) in [
        ("service add open", true),
        ("service add secret --hidden", false),
        ("service edit secret --name Secret", false),
        ("service edit open --hidden", true),
        ("service edit open --hidden=false", true),
        ("service status secret major", false),
        ("service status open major", true),
        ("service remove secret", false),
        ("service remove open", true),
        ("incident open A --service vault=major", false),
        ("incident open B --service vault=major --service api", true),
        ("incident open C", true),
        ("incident open D --draft --service api", false),
        ("incident update 1 --message x", false),
        ("incident update 1 --service web=partial", true),
        ("maintenance schedule E --from +1h --for 1h --service vault", false),
        ("maintenance schedule F --from +1h --for 1h --service vault --service api", true),
        ("maintenance start 1", false),
        ("group add eu --name Europe", true),
    ] {
        let found = org.run(&format!("{command} --json")).json();
        assert_eq!(found["public"], public, "{command}");
        only_utc(&found);
        assert!(found["effective_at"].is_string(), "{command}");
    }
}

#[test]
fn a_removed_service_is_gone_and_its_slug_stays_with_old_incidents() {
    let org = acme();
    let id = super::id_of(&org, "incident open 'API down' --service api=major");
    org.run("service remove api").stdout("").stderr("removed service `api`\n").success();
    org.run("service remove web --yes --quiet").stdout("").stderr("").success();
    org.run("service list --json").json()["services"].as_array().map(|left| assert_eq!(left.len(), 1)).unwrap();
    org.run("service show api").stderr("error: no service `api`\nhint: list them with `statuary service list`\n").code(3);
    org.run("service remove api").stderr("error: no service `api`\nhint: list them with `statuary service list`\n").code(3);
    org.run("service add api")
        .stderr("error: there is a service `api` already\nhint: old incidents name it; choose another slug\n")
        .code(4);
    org.run("service add web").stdout("web\n").success();
    let shown = org.run(&format!("incident show {id} --json")).json();
    assert_eq!((&shown["services"][0]["name"], &shown["services"][0]["slug"]), (&json!("API"), &Value::Null));
}

#[test]
fn a_status_set_by_hand_takes_short_words_and_prints_the_full_ones() {
    let org = acme();
    for (given, full) in [
        ("degraded", "degraded_performance"),
        ("partial", "partial_outage"),
        ("major", "major_outage"),
        ("maintenance", "under_maintenance"),
        ("operational", "operational"),
        ("degraded_performance", "degraded_performance"),
        ("partial_outage", "partial_outage"),
        ("major_outage", "major_outage"),
        ("under_maintenance", "under_maintenance"),
    ] {
        org.run(&format!("service status api {given} --message 'As seen'")).stdout("").stderr(&format!("set `api` to {full}\n")).success();
        assert_eq!(status_of(&org, "api"), full);
        assert_eq!(newest_event(&org).1, format!("set API to {full}"));
    }
    org.run("service status api mayor").stderr("error: `mayor` is not a service status\nhint: one of operational, under_maintenance, degraded_performance, partial_outage, major_outage\n").code(2);
}

#[test]
fn a_status_dated_ahead_waits_and_one_dated_back_counts() {
    let org = acme();
    org.clock("2026-11-22T12:00:00Z")
        .run("service status api major --at +30m")
        .stderr("at 2026-11-22 12:30 UTC (+00:00)\nset `api` to major_outage\n")
        .success();
    org.run("service status web partial --at -2h").stderr("at 2026-11-22 10:00 UTC (+00:00)\nset `web` to partial_outage\n").success();
    assert_eq!((status_of(&org, "api").as_str(), status_of(&org, "web").as_str()), ("operational", "partial_outage"));
    assert_eq!(org.run("service show web --json").json()["status_since"], "2026-11-22T10:00:00Z");
    org.run("next").stdout("2026-11-22T12:30:00Z\tthe status of API changes\n").success();
    org.clock("2026-11-22T12:29:59.999Z");
    assert_eq!(status_of(&org, "api"), "operational");
    org.clock("2026-11-22T12:30:00Z");
    assert_eq!(status_of(&org, "api"), "major_outage");
}
