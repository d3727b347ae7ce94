//! `statuary status`, `uptime`, `log` and `next`.

use serde_json::{Value, json};

use super::{acme, events, id_of, only_utc};
use crate::test_org::TestOrg;

const RULE: &str = "uptime% = 100 * (1 - (1 * major outage + 0.3 * partial outage) / window), truncated to two decimals; \
                    degraded performance and maintenance count nothing";

#[test]
fn an_empty_organization_has_a_status_too() {
    let org = TestOrg::new();
    org.run("status").stdout("Acme: no services yet\nnext\t2026-11-23T00:00:00Z\n").stderr("").success();
    org.run("uptime").stdout("").success();
    org.run("incident list").stdout("").success();
    org.run("maintenance list").stdout("").success();
    org.run("service list --json").stdout("{\n  \"services\": []\n}\n").success();
    org.run("log").stdout("1\t2026-11-22T10:01:00Z\ttester\tcreated organization Acme\t-\n").success();
}

#[test]
fn the_status_shows_services_what_is_open_and_what_is_next() {
    let org = acme();
    org.clock("2026-11-22T12:00:00Z");
    let incident = id_of(&org, "incident open 'API down' --service api=major");
    let maintenance = id_of(&org, "maintenance schedule 'New disks' --from +1h --for 1h --service web");
    id_of(&org, "maintenance schedule 'Old disks' --from -2h --for 1h --service web --at -1d");
    org.run("status")
        .stdout(&format!(
            "Acme: major outage of API\n\
             service\tapi\tmajor_outage\t2026-11-22T12:00:00Z\t100.0\t-\tAPI\t\n\
             service\tweb\toperational\t2026-11-22T11:00:00Z\t100.0\t-\tWeb\t\n\
             service\tvault\toperational\t-\t100.0\t-\tVault\thidden\n\
             incident\t1\t{incident}\tinvestigating\tmajor\t2026-11-22T12:00:00Z\tAPI down\n\
             maintenance\t1\t{maintenance}\tscheduled\t2026-11-22T13:00:00Z\t2026-11-22T14:00:00Z\tNew disks\n\
             next\t2026-11-22T13:00:00Z\n"
        ))
        .success();
    let document = org.run("status --json").json();
    only_utc(&document);
    for (field, value) in [
        ("org", "acme"),
        ("name", "Acme"),
        ("at", "2026-11-22T12:00:00Z"),
        ("status", "major_outage"),
        ("verdict", "major outage of API"),
        ("indicator", "major"),
        ("next", "2026-11-22T13:00:00Z"),
    ] {
        assert_eq!(document[field], value, "{field}");
    }
    assert_eq!(document["open_incidents"][0]["id"], incident.as_str());
    assert_eq!(document["maintenances"].as_array().map(Vec::len), Some(1));
}

#[test]
fn the_verdict_is_the_visitors_and_private_things_have_no_part_in_it() {
    let org = acme();
    org.run("incident open 'Vault down' --service vault=major").success();
    org.run("maintenance schedule 'Vault work' --from +30m --for 1h --service vault").success();
    let document = org.run("status --json").json();
    assert_eq!((&document["status"], &document["verdict"]), (&json!("operational"), &json!("all services operational")));
    assert_eq!((&document["indicator"], &document["next"]), (&json!("none"), &json!("2026-11-23T00:00:00Z")));
    // Operators see them all the same.
    assert_eq!(
        (document["open_incidents"].as_array().map(Vec::len), document["maintenances"].as_array().map(Vec::len)),
        (Some(1), Some(1))
    );
    org.run("build --quiet").success();
    assert!(!super::building::tree_holds(&org, "acme/public", "Vault"));
}

#[test]
fn uptime_is_the_rule_and_groups_are_means() {
    let org = acme();
    org.clock("2026-11-22T12:00:00Z");
    org.run("group add eu --name Europe").success();
    org.run("service edit api --group eu --position 1").success();
    org.run("service edit web --group eu --position 2 --start-date 2026-11-22").success();
    org.run("service status api major --at '2026-11-22 06:00'").success();
    org.run("service status api partial --at '2026-11-22 09:00'").success();
    org.run("service status api operational --at '2026-11-22 11:00'").success();
    org.run("uptime --days 1")
        .stdout(
            "service\tvault\t100.0\t0s\t0s\tVault\ngroup\teu\t85.0\t-\t-\tEurope\nservice\tapi\t70.0\t3h\t2h\tAPI\n\
             service\tweb\t100.0\t0s\t0s\tWeb\n",
        )
        .stderr(&format!("from 2026-11-22 00:00 UTC (+00:00) until 2026-11-22 12:00 UTC (+00:00)\n{RULE}\n"))
        .success();
    org.run("uptime api --days 2 --quiet").stdout("service\tapi\t90.0\t3h\t2h\tAPI\n").stderr("").success();
    org.run("uptime eu --days 1 --quiet").stdout("group\teu\t85.0\t-\t-\tEurope\n").success();
    org.run("uptime web --from 2026-11-20 --until 2026-11-22 --quiet").stdout("service\tweb\t-\t0s\t0s\tWeb\n").success();
    let document = org.run("uptime api --from '2026-11-22 06:00' --until '2026-11-22 10:00' --json").json();
    only_utc(&document);
    let row = &document["rows"][0];
    assert_eq!((&row["uptime"], &row["major_seconds"], &row["partial_seconds"]), (&json!("17.5"), &json!(10_800), &json!(3600)));
    org.run("uptime apy").stderr("error: no service `apy`\nhint: did you mean `api`?\n").code(3);
    org.run("uptime --from now --until +1h").stderr("error: the window ends ahead\nhint: uptime can be counted up to now\n").code(2);
    org.run("uptime --from -1h --until -2h")
        .stderr(
            "error: nothing lies between 2026-11-22 11:00 UTC (+00:00) and 2026-11-22 10:00 UTC (+00:00)\n\
             hint: `--until` is a moment after `--from`\n",
        )
        .code(2);
    org.run("uptime --days 7 --from -1h").code(2);
}

#[test]
fn every_interval_behind_a_figure_is_explained() {
    let org = acme();
    org.clock("2026-11-22T12:00:00Z");
    org.run("incident open 'API down' --service api=partial --at '2026-11-22 06:00'").success();
    org.run("incident resolve 1 --at '2026-11-22 07:00'").success();
    org.run("maintenance schedule Disks --from '2026-11-22 08:00' --for 1h --service api --at -1d").success();
    org.run("service status api degraded --at '2026-11-22 10:00'").success();
    org.run("uptime explain api --days 1")
        .stdout(&format!(
            "service\tapi\nname\tAPI\nuptime\t97.5\nfrom\t2026-11-22T00:00:00Z\nuntil\t2026-11-22T12:00:00Z\nseconds\t43200\n\
             lost seconds\t1080\nrule\t{RULE}\n\
             interval\t2026-11-22T00:00:00Z\t2026-11-22T06:00:00Z\t21600\toperational\t0\tnothing open\n\
             interval\t2026-11-22T06:00:00Z\t2026-11-22T07:00:00Z\t3600\tpartial_outage\t0.3\tincident 1 API down\n\
             interval\t2026-11-22T07:00:00Z\t2026-11-22T08:00:00Z\t3600\toperational\t0\tnothing open\n\
             interval\t2026-11-22T08:00:00Z\t2026-11-22T09:00:00Z\t3600\tunder_maintenance\t0\tmaintenance 1 Disks\n\
             interval\t2026-11-22T09:00:00Z\t2026-11-22T10:00:00Z\t3600\toperational\t0\tnothing open\n\
             interval\t2026-11-22T10:00:00Z\t2026-11-22T12:00:00Z\t7200\tdegraded_performance\t0\tset by hand\n"
        ))
        .success();
    let document = org.run("uptime explain api --from '2026-11-22 06:00' --until '2026-11-22 08:00' --json").json();
    only_utc(&document);
    assert_eq!(
        (&document["uptime"], &document["lost_seconds"], &document["window_seconds"]),
        (&json!("85.0"), &json!("1080"), &json!(7200))
    );
    let covered: i64 = document["intervals"].as_array().unwrap().iter().filter_map(|interval| interval["seconds"].as_i64()).sum();
    assert_eq!(covered, 7200);
    org.run("service edit api --start-date 2026-11-22").success();
    assert_eq!(org.run("uptime explain api --json").json()["counted_from"], "2026-11-22T00:00:00Z");
    org.run("uptime explain nope").code(3);
}

#[test]
fn every_write_is_one_event_of_whoever_did_it() {
    let org = TestOrg::new();
    let mut length = events(&org).len();
    for (command, kind, sentence) in [
        ("group add eu --name Europe", "group.added", "added group Europe"),
        ("service add api --name API", "service.added", "added service API"),
        ("service edit api --group eu", "service.edited", "edited service API"),
        ("service status api major", "service.status", "set API to major_outage"),
        ("incident open 'API down' --draft --service api", "incident.drafted", "drafted incident API down"),
        ("incident publish 1", "incident.opened", "published incident API down"),
        ("incident open Second", "incident.opened", "opened incident Second"),
        ("incident update 1 --message x", "incident.updated", "updated incident API down"),
        ("incident update 1 --impact none", "incident.updated", "updated incident API down"),
        ("incident resolve 1", "incident.resolved", "resolved incident API down"),
        ("maintenance schedule Disks --from +1h --for 1h", "maintenance.scheduled", "scheduled maintenance Disks"),
        ("maintenance start 1", "maintenance.started", "started maintenance Disks"),
        ("maintenance update 1 --message x", "maintenance.updated", "updated maintenance Disks"),
        ("maintenance complete 1", "maintenance.completed", "completed maintenance Disks"),
        ("maintenance schedule More --from +1h --for 1h", "maintenance.scheduled", "scheduled maintenance More"),
        ("maintenance cancel 2", "maintenance.cancelled", "cancelled maintenance More"),
        ("service remove api", "service.removed", "removed service API"),
    ] {
        org.run(&format!("--as 'Ann  Lee' {command}")).success();
        let log = events(&org);
        assert_eq!(log.len(), length + 1, "{command}");
        length += 1;
        let event = &log[length - 1];
        assert_eq!(
            (&event["kind"], &event["sentence"], &event["actor"]),
            (&json!(kind), &json!(sentence), &json!("Ann  Lee")),
            "{command}"
        );
        assert_eq!(event["at"], event["effective_at"], "{command}");
    }
    let numbers: Vec<i64> = events(&org).iter().filter_map(|event| event["seq"].as_i64()).collect();
    assert_eq!(numbers, (1..=i64::try_from(length).unwrap()).collect::<Vec<_>>());
    // Questions write nothing.
    for question in [
        "status",
        "service list",
        "incident list",
        "maintenance list",
        "uptime",
        "next",
        "build --quiet",
        "export --quiet",
        "org show",
        "log",
    ] {
        org.run(question).success();
    }
    assert_eq!(events(&org).len(), length);
}

#[test]
fn the_log_can_be_narrowed_and_documents_its_subjects() {
    let org = acme();
    org.clock("2026-11-22T12:00:00Z").run("service status api major --at -1h").success();
    org.clock("2026-11-22T13:00:00Z").run("service status api operational").success();
    org.run("log --limit 1").stdout("6\t2026-11-22T13:00:00Z\ttester\tset API to operational\t-\n").success();
    org.run("log --since -1h")
        .stdout("5\t2026-11-22T12:00:00Z\ttester\tset API to major_outage\t2026-11-22T11:00:00Z\n6\t2026-11-22T13:00:00Z\ttester\tset API to operational\t-\n")
        .success();
    org.run("log --since +1d").stdout("").success();
    let document = org.run("log --json --limit 2").json();
    only_utc(&document);
    let event = &document["events"][0];
    assert_eq!((&event["at"], &event["effective_at"]), (&json!("2026-11-22T12:00:00Z"), &json!("2026-11-22T11:00:00Z")));
    assert_eq!((&event["subject"]["type"], &event["status"]), (&json!("service"), &json!("major_outage")));
    assert_ne!(event["subject"]["id"], Value::Null);
}
