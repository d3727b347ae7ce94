//! Alerts of other tools: drafted, repeated, joined and resolved, and what nobody wants of them.

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::acme;
use crate::test_org::TestOrg;

/// An alert of a group, as Alertmanager sends it; `resolved` where it has an end.
fn alert(name: &str, labels: &Value, ended: Option<&str>) -> Value {
    let mut all = json!({ "alertname": name, "severity": "critical" });
    all.as_object_mut().unwrap().extend(labels.as_object().unwrap().clone());
    json!({
        "status": if ended.is_some() { "resolved" } else { "firing" },
        "labels": all,
        "annotations": { "summary": format!("{name} fires"), "description": "Look at *it*." },
        "startsAt": "2026-11-22T09:59:00Z",
        "endsAt": ended.unwrap_or("0001-01-01T00:00:00Z"),
        "generatorURL": "http://prometheus.internal:9090/graph",
        "fingerprint": format!("f-{name}"),
    })
}

fn group(alerts: &[Value]) -> String {
    json!({
        "receiver": "statuary", "status": "firing", "alerts": alerts, "groupLabels": {}, "commonLabels": {}, "commonAnnotations": {},
        "externalURL": "http://alertmanager.internal:9093", "version": "4", "groupKey": "{}:{job=\"api\"}", "truncatedAlerts": 0
    })
    .to_string()
}

/// What Uptime Kuma sends of the monitor `name`.
fn beat(name: &str, status: u8, time: &str) -> String {
    json!({
        "heartbeat": { "monitorID": 4, "status": status, "time": time, "msg": "timeout", "important": true, "duration": 60 },
        "monitor": { "id": 4, "name": name, "url": "http://10.0.0.4/", "type": "http", "tags": [] },
        "msg": format!("[{name}] timeout")
    })
    .to_string()
}

/// What became of a payload: the report's numbers, received, opened, updated, resolved, ignored.
#[track_caller]
fn ingest(org: &TestOrg, kind: &str, payload: &str) -> [u64; 5] {
    let report = org.run_with_input(&format!("ingest {kind} - --json"), payload.as_bytes()).json();
    ["received", "opened", "updated", "resolved", "ignored"].map(|key| report[key].as_u64().unwrap())
}

/// The incident with this number.
#[track_caller]
fn incident(org: &TestOrg, number: u32) -> Value {
    org.run(&format!("incident show {number} --json")).json()
}

/// The bodies of its updates, oldest first.
#[track_caller]
fn bodies(org: &TestOrg, number: u32) -> Vec<String> {
    let updates = incident(org, number)["updates"].as_array().unwrap().clone();
    updates.iter().map(|update| update["body"].as_str().unwrap().to_owned()).collect()
}

const NOW: &str = "2026-11-22T10:10:00Z";

#[test]
fn what_fires_is_drafted_once_and_resolved_in_the_end() {
    let org = acme();
    org.clock(NOW);
    let firing = group(&[alert("Slow", &json!({"job": "api"}), None)]);
    org.write("alert.json", &firing);
    org.run("ingest alertmanager ../alert.json --dry-run").stderr("read, wrote nothing, 1 alert\n").success();
    org.run("incident list --all").stdout("").success();
    let printed = org.run("ingest alertmanager ../alert.json").stderr("read 1 alert\n").text();
    let drafted = incident(&org, 1);
    let id = drafted["id"].as_str().unwrap();
    assert_eq!(printed, format!("opened\t{id}\t1\tinvestigating\tdraft\tAPI: Slow fires\n"));
    assert_eq!(
        (&drafted["draft"], &drafted["impact"], &drafted["started_at"]),
        (&json!(true), &json!("major"), &json!("2026-11-22T09:59:00Z"))
    );
    assert_eq!((&drafted["services"][0]["slug"], &drafted["services"][0]["new_status"]), (&json!("api"), &json!("major_outage")));
    assert_eq!(
        bodies(&org, 1),
        ["Look at \\*it\\*.\n\nMonitoring has reported this since 22 Nov 2026, 09:59 UTC. This was opened automatically."]
    );
    assert_eq!(ingest(&org, "alertmanager", &firing), [1, 0, 0, 0, 1], "again it says nothing new");
    assert_eq!(ingest(&org, "grafana", &group(&[])), [0, 0, 0, 0, 0]);
    let over = group(&[alert("Slow", &json!({"job": "api"}), Some("2026-11-22T10:05:00Z"))]);
    assert_eq!(ingest(&org, "grafana", &over), [1, 0, 0, 0, 1], "another source knows nothing of it");
    assert_eq!(ingest(&org, "alertmanager", &over), [1, 0, 0, 1, 0]);
    assert_eq!(ingest(&org, "alertmanager", &over), [1, 0, 0, 0, 1]);
    assert_eq!(ingest(&org, "alertmanager", &firing), [1, 0, 0, 0, 1], "and a message that comes late opens nothing");
    let resolved = incident(&org, 1);
    assert_eq!(
        (&resolved["status"], &resolved["draft"], &resolved["resolved_at"]),
        (&json!("resolved"), &json!(true), &json!("2026-11-22T10:05:00Z"))
    );
    let log = org.run("log").text();
    let told: Vec<&str> = log.lines().skip(4).collect();
    assert_eq!(
        told,
        [
            "5\t2026-11-22T10:10:00Z\talertmanager\tdrafted incident API: Slow fires\t2026-11-22T09:59:00Z",
            "6\t2026-11-22T10:10:00Z\talertmanager\tresolved incident API: Slow fires\t2026-11-22T10:05:00Z",
        ]
    );
}

#[test]
fn alerts_of_a_group_share_an_incident_for_each_service() {
    let org = acme();
    org.clock(NOW);
    let (slow, down) = (alert("Slow", &json!({"job": "api", "severity": "warning"}), None), alert("Down", &json!({"job": "api"}), None));
    let web = alert("Other", &json!({"service": "WEB", "job": "api"}), None);
    assert_eq!(ingest(&org, "alertmanager", &group(&[slow.clone(), web.clone()])), [2, 2, 0, 0, 0]);
    assert_eq!(ingest(&org, "alertmanager", &group(&[slow, web, down])), [3, 0, 1, 0, 2]);
    let joined = incident(&org, 1);
    assert_eq!((&joined["title"], &joined["services"][0]["new_status"]), (&json!("API: Slow fires"), &json!("major_outage")));
    assert_eq!(bodies(&org, 1)[1], "More is reported:\n\n- Down fires: Look at \\*it\\*.");
    let over = |name: &str| alert(name, &json!({"job": "api"}), Some("2026-11-22T10:05:00Z"));
    assert_eq!(ingest(&org, "alertmanager", &group(&[over("Down")])), [1, 0, 0, 0, 0], "one still fires");
    assert_eq!(ingest(&org, "alertmanager", &group(&[over("Slow"), over("Other")])), [2, 0, 0, 2, 0]);
    // Shortly after, the same trouble opens the same incident.
    let mut again = alert("Slow", &json!({"job": "api"}), None);
    again["startsAt"] = json!("2026-11-22T10:08:00Z");
    assert_eq!(ingest(&org, "alertmanager", &group(&[again.clone()])), [1, 1, 0, 0, 0]);
    assert_eq!((&incident(&org, 1)["status"], bodies(&org, 1).len()), (&json!("investigating"), 4));
    assert_eq!(bodies(&org, 1)[3], "It is reported again:\n\n- Slow fires: Look at \\*it\\*.");
    // Long after, another one.
    assert_eq!(ingest(&org, "alertmanager", &group(&[over("Slow")])), [1, 0, 0, 0, 1], "older than what fires now");
    again["status"] = json!("resolved");
    again["endsAt"] = json!("2026-11-22T10:09:00Z");
    assert_eq!(ingest(&org, "alertmanager", &group(&[again.clone()])), [1, 0, 0, 1, 0]);
    org.clock("2026-11-22T12:00:00Z");
    again["status"] = json!("firing");
    again["startsAt"] = json!("2026-11-22T11:59:00Z");
    assert_eq!(ingest(&org, "alertmanager", &group(&[again])), [1, 1, 0, 0, 0]);
    assert_eq!(incident(&org, 3)["status"], "investigating");
}

#[test]
fn what_a_person_has_touched_is_theirs() {
    for touch in ["incident publish 1", "incident update 1 --message 'We look.'", "incident edit 1 --title Other"] {
        let org = acme();
        org.clock(NOW);
        ingest(&org, "alertmanager", &group(&[alert("Slow", &json!({"job": "api"}), None)]));
        org.run(touch).success();
        let more = [alert("Slow", &json!({"job": "api"}), None), alert("Down", &json!({"job": "api"}), None)];
        assert_eq!(ingest(&org, "alertmanager", &group(&more)), [2, 0, 0, 0, 2], "{touch}");
        let over = ["Slow", "Down"].map(|name| alert(name, &json!({"job": "api"}), Some("2026-11-22T10:05:00Z")));
        assert_eq!(ingest(&org, "alertmanager", &group(&over)), [2, 0, 0, 0, 0], "{touch}");
        assert_eq!(incident(&org, 1)["status"], "investigating", "{touch}");
        org.run("incident show 2").code(3);
    }
    // What a person has ended or removed stays so, however often the same alert is repeated.
    for touch in ["incident resolve 1", "--yes incident remove 1"] {
        let org = acme();
        org.clock(NOW);
        let firing = group(&[alert("Slow", &json!({"job": "api"}), None)]);
        ingest(&org, "alertmanager", &firing);
        org.run(touch).success();
        assert_eq!(ingest(&org, "alertmanager", &firing), [1, 0, 0, 0, 1], "{touch}");
        let mut anew = alert("Slow", &json!({"job": "api"}), None);
        anew["startsAt"] = json!("2026-11-22T10:11:00Z");
        org.clock("2026-11-22T10:12:00Z");
        assert_eq!(ingest(&org, "alertmanager", &group(&[anew])), [1, 1, 0, 0, 0], "{touch}");
        assert_eq!(incident(&org, 2)["draft"], true);
    }
}

#[test]
fn org_toml_says_what_becomes_of_alerts() {
    let org = acme();
    org.clock(NOW);
    org.write(
        "acme/org.toml",
        "name = 'Acme'\n[ingest]\nopens = 'incident'\nlabels = ['team']\n[ingest.services]\nplatform = 'web'\nlost = 'nowhere'\n\
         [ingest.severities]\nP1 = 'partial_outage'\ncritical = 'nothing'\n",
    );
    let of = |name: &str, team: &str, severity: &str| alert(name, &json!({"team": team, "severity": severity, "job": "api"}), None);
    let report = org
        .run_with_input(
            "ingest alertmanager - --json",
            group(&[of("A", "platform", "p1"), of("B", "platform", "critical"), of("C", "lost", "P1"), of("D", "vault", "odd")]).as_bytes(),
        )
        .json();
    let told: Vec<String> = report["incidents"]
        .as_array()
        .unwrap()
        .iter()
        .map(|incident| format!("{} {} {}", incident["done"].as_str().unwrap(), incident["title"].as_str().unwrap(), incident["draft"]))
        .collect();
    assert_eq!(told, ["opened Web: A fires false", "opened C fires true", "opened Vault: D fires false"]);
    assert_eq!(report["warnings"], json!(["1 alert names no service in `team`: see [ingest] in org.toml"]));
    assert_eq!((&report["ignored"], &report["public"]), (&json!(1), &json!(true)));
    assert_eq!(org.run("service show web --json").json()["status"], "partial_outage");
    assert_eq!(incident(&org, 2)["services"], json!([]));
    // Work that was announced is no news to the public.
    org.run("maintenance schedule Work --from 2026-11-22T10:20:00Z --for 1h --service api").success();
    org.clock("2026-11-22T10:30:00Z");
    org.write("acme/org.toml", "name = 'Acme'\n[ingest]\nopens = 'incident'\n");
    assert_eq!(ingest(&org, "alertmanager", &group(&[alert("E", &json!({"job": "api"}), None)])), [1, 1, 0, 0, 0]);
    assert_eq!(incident(&org, 4)["draft"], true);
    org.write("acme/org.toml", "name = 'Acme'\n[ingest]\nopens = 'nothing'\n");
    assert_eq!(ingest(&org, "alertmanager", &group(&[alert("F", &json!({"job": "web"}), None)])), [1, 0, 0, 0, 1]);
}

#[test]
fn a_monitor_of_uptime_kuma_goes_down_and_up() {
    let org = acme();
    org.clock(NOW);
    assert_eq!(ingest(&org, "uptime-kuma", &beat("web", 0, "2026-11-22 10:00:00.250")), [1, 1, 0, 0, 0]);
    assert_eq!(
        (&incident(&org, 1)["title"], &incident(&org, 1)["started_at"]),
        (&json!("web is down"), &json!("2026-11-22T10:00:00.250Z"))
    );
    assert_eq!(ingest(&org, "uptime-kuma", &beat("web", 0, "2026-11-22 10:05:00.250")), [1, 0, 0, 0, 1], "it says so again");
    assert_eq!(ingest(&org, "uptime-kuma", &beat("web", 2, "2026-11-22 10:06:00.250")), [1, 0, 0, 0, 1], "pending");
    assert_eq!(ingest(&org, "uptime-kuma", &beat("web", 1, "2026-11-22 10:07:00")), [1, 0, 0, 1, 0]);
    assert_eq!(incident(&org, 1)["resolved_at"], "2026-11-22T10:07:00Z");
    org.run_with_input("ingest uptime-kuma -", br#"{"heartbeat":null,"monitor":null,"msg":"Testing"}"#)
        .stdout("")
        .stderr(
            "warning: a message without a heartbeat, such as a test or one about a certificate, opens nothing\nread 1 alert, ignored 1\n",
        )
        .success();
}

#[test]
fn what_is_no_payload_is_refused_and_changes_nothing() {
    let org = acme();
    let before = org.run("log --json").text();
    org.run_with_input("ingest alertmanager -", b"{")
        .stdout("")
        .stderr("error: not a payload of alertmanager: line 1, column 1: the file ends too early\n")
        .code(5);
    let half = group(&[alert("Slow", &json!({"job": "api"}), None), json!({"status": "firing", "startsAt": "soon"})]);
    org.run_with_input("ingest grafana -", half.as_bytes())
        .stderr("error: not a payload of grafana: `alerts[1].startsAt` is not a time such as 2026-11-22T10:00:00Z\n")
        .code(5);
    org.run_with_input("ingest uptime-kuma -", group(&[]).as_bytes()).stderr_starts("error: not a payload of uptime-kuma: ").code(5);
    org.run_with_input("ingest alertmanager -", b"\xff\xfe").stderr_starts("error: cannot read `standard input`: is not UTF-8").code(5);
    org.run("ingest alertmanager ../nowhere.json").stderr_starts("error: cannot read `../nowhere.json`: ").code(3);
    org.run("ingest nagios -").stderr_starts("error: ").code(2);
    org.run("ingest uptime_kuma -").stderr_matches(|words| words.contains("did you mean `uptime-kuma`?")).code(2);
    assert_eq!(org.run("log --json").text(), before);
}

#[test]
fn hostile_texts_stay_texts() {
    let org = acme();
    org.clock(NOW);
    org.write("acme/org.toml", "name = 'Acme'\n[ingest]\nopens = 'incident'\n");
    let mut hostile = alert("Slow", &json!({"job": "api"}), None);
    hostile["annotations"] = json!({
        "summary": "<script>alert(1)</script>\u{202e}\u{0} [x](javascript:alert(1)) {{ words.status }}",
        "description": "# Head\n<img src=x onerror=alert(1)>\n[click](javascript:alert(1))\n\n    code\n![i](https://evil.example/i.png)",
    });
    hostile["startsAt"] = json!("1970-01-01T00:00:00Z");
    assert_eq!(ingest(&org, "alertmanager", &group(&[hostile])), [1, 1, 0, 0, 0]);
    org.run("build").success();
    let id = incident(&org, 1)["id"].as_str().unwrap().to_owned();
    assert_eq!(incident(&org, 1)["started_at"], "2026-11-21T10:10:00Z", "no payload costs more than a day of uptime");
    let page = std::fs::read_to_string(org.path(&format!("acme/public/incidents/{id}/index.html"))).unwrap();
    let prose = page.split("class=\"prose\"").nth(1).unwrap().split("</div>").next().unwrap();
    assert!(prose.contains("# Head") && prose.contains("&lt;img src=x onerror=alert(1)&gt;"), "{prose}");
    for live in ["<script>alert", "<img", "<h1>Head", "href=\"javascript", "<pre>", "<a "] {
        assert!(!prose.contains(live) && !page.contains("<script>alert"), "{live}: {prose}");
    }
    assert!(!page.contains('\u{202e}') && page.contains("{{ words.status }}"));
}

#[test]
fn giant_texts_are_cut() {
    let org = acme();
    org.clock(NOW);
    let giant = "x*".repeat(1 << 19);
    let mut alert = alert("Slow", &json!({"job": "api", "note": giant.clone()}), None);
    alert["annotations"] = json!({ "summary": giant, "description": giant });
    alert["fingerprint"] = json!(giant);
    let mut payload: Value = serde_json::from_str(&group(&[alert])).unwrap();
    payload["groupKey"] = json!(giant);
    assert_eq!(ingest(&org, "alertmanager", &payload.to_string()), [1, 1, 0, 0, 0]);
    assert_eq!(ingest(&org, "alertmanager", &payload.to_string()), [1, 0, 0, 0, 1]);
    let drafted = incident(&org, 1);
    assert!(drafted["title"].as_str().unwrap().chars().count() <= 121);
    assert!(bodies(&org, 1)[0].len() < 4000);
    assert!(std::fs::metadata(org.path("acme/org.db")).unwrap().len() < 1 << 20);
}

#[test]
fn a_thousand_alerts_are_one_incident_in_reasonable_time() {
    let org = acme();
    org.clock(NOW);
    let alerts = |ended| (0..1000).map(|number| alert(&format!("Slow{number}"), &json!({"job": "api"}), ended)).collect::<Vec<_>>();
    let started = Instant::now();
    assert_eq!(ingest(&org, "alertmanager", &group(&alerts(None))), [1000, 1, 0, 0, 0]);
    assert_eq!(ingest(&org, "alertmanager", &group(&alerts(None))), [1000, 0, 0, 0, 1000]);
    assert_eq!(ingest(&org, "alertmanager", &group(&alerts(Some("2026-11-22T10:05:00Z")))), [1000, 0, 0, 1, 0]);
    let took = started.elapsed();
    assert!(took < Duration::from_secs(20), "{took:?}");
    assert_eq!(incident(&org, 1)["title"], "API: Slow0 fires and 999 more alerts");
    assert_eq!(bodies(&org, 1)[0].lines().filter(|line| line.starts_with("- ")).count(), 11);
}
