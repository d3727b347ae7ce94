//! What a program does by HTTP leaves the same rows and the same events as the same deed on the command line, and is told the same.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use crate::api::client::{Asker, Server, token};
use crate::test_org::TestOrg;

/// When everything happens.
const NOW: &str = "2026-11-22T12:00:00Z";

/// What Alertmanager sends of one alert.
const ALERT: &str = r#"{"version": "4", "groupKey": "{}:{alertname=\"Down\"}", "status": "firing", "receiver": "statuary", "truncatedAlerts": 0,
    "groupLabels": {"alertname": "Down"}, "commonLabels": {}, "commonAnnotations": {}, "externalURL": "http://alerts.example.com",
    "alerts": [{"status": "firing", "labels": {"alertname": "Down", "service": "api"}, "annotations": {"summary": "The API is down"},
        "startsAt": "2026-11-22T11:50:00Z", "endsAt": "0001-01-01T00:00:00Z", "generatorURL": "", "fingerprint": "0123456789abcdef"}]}"#;

/// Deeds: on the command line, and by HTTP.
fn deeds() -> Vec<(&'static str, &'static str, &'static str, Value)> {
    vec![
        ("group add europe --name Europe", "POST", "groups", json!({"slug": "europe", "name": "Europe"})),
        (
            "group add asia --name Asia --position 7 --at -1h",
            "POST",
            "groups",
            json!({"slug": "asia", "name": "Asia", "position": 7, "at": "2026-11-22T11:00:00Z"}),
        ),
        (
            "group edit asia --slug apac --name 'Asia and Pacific' --description 'Far away' --position 9",
            "PATCH",
            "groups/asia",
            json!({"slug": "apac", "name": "Asia and Pacific", "description": "Far away", "position": 9}),
        ),
        ("group edit 2 --description ''", "PATCH", "groups/2", json!({"description": null})),
        ("group remove apac", "DELETE", "groups/apac", Value::Null),
        ("service add api", "POST", "services", json!({"slug": "api"})),
        (
            "service add web --name 'The web' --description 'Pages' --link https://example.com --group europe --position 3 --start-date 2026-01-01 --hidden --no-showcase --only-show-if-degraded --at 2026-11-01",
            "POST",
            "services",
            json!({"slug": "web", "name": "The web", "description": "Pages", "link": "https://example.com", "group": "europe", "position": 3, "start_date": "2026-01-01", "hidden": true, "showcase": false, "only_show_if_degraded": true, "at": "2026-11-01T00:00:00Z"}),
        ),
        (
            "service edit web --description '' --link '' --group '' --start-date '' --hidden=false --no-showcase=false",
            "PATCH",
            "services/web",
            json!({"description": null, "link": null, "group": null, "start_date": null, "hidden": false, "showcase": true}),
        ),
        ("service add mail --name Mail", "POST", "services", json!({"slug": "mail", "name": "Mail"})),
        (
            "service status mail degraded --message 'Slow ' --at +2h",
            "POST",
            "services/mail/status",
            json!({"status": "degraded_performance", "message": "Slow ", "at": "2026-11-22T14:00:00Z"}),
        ),
        ("service status mail operational", "POST", "services/4/status", json!({"status": "operational"})),
        ("service remove mail", "DELETE", "services/mail", Value::Null),
        (
            "incident open 'API is slow' --service api=partial --service web --impact major --status identified --message 'We **look**. ' --message-lang de='Wir sehen nach.' --next-update 30m --at -90m",
            "POST",
            "incidents",
            json!({"title": "API is slow", "services": [{"service": "api", "status": "partial_outage"}, {"service": "web"}], "impact": "major", "status": "identified", "message": "We **look**. ", "translations": {"de": "Wir sehen nach."}, "next_update_at": "2026-11-22T12:30:00Z", "at": "2026-11-22T10:30:00Z"}),
        ),
        ("incident open Notes --draft", "POST", "incidents", json!({"title": "Notes", "draft": true})),
        ("incident publish 2", "POST", "incidents/2/publish", Value::Null),
        (
            "incident update 1 --status monitoring --service api=operational --message 'Better.' --impact minor --next-update 14:00 --at -60m",
            "POST",
            "incidents/1/updates",
            json!({"status": "monitoring", "services": [{"service": "api", "status": "operational"}], "message": "Better.", "impact": "minor", "next_update_at": "2026-11-22T14:00:00Z", "at": "2026-11-22T11:00:00Z"}),
        ),
        (
            "incident edit 1 --title 'API was slow' --impact none",
            "PATCH",
            "incidents/1",
            json!({"title": "API was slow", "impact": "none"}),
        ),
        (
            "incident edit-update 1 1 --message 'We looked.' --message-lang de= --message-lang fr='Voila.' --status investigating --service web=major --next-update '' --at -95m",
            "PATCH",
            "incidents/1/updates/1",
            json!({"message": "We looked.", "translations": {"de": null, "fr": "Voila."}, "status": "investigating", "services": [{"service": "web", "status": "major_outage"}], "next_update_at": null, "at": "2026-11-22T10:25:00Z"}),
        ),
        (
            "incident resolve 1 --message 'Over.' --message-lang de='Vorbei.'",
            "POST",
            "incidents/1/resolve",
            json!({"message": "Over.", "translations": {"de": "Vorbei."}}),
        ),
        (
            "incident postmortem 1 --message 'A disk was full.' --message-lang de='Eine Platte war voll.'",
            "POST",
            "incidents/1/postmortem",
            json!({"message": "A disk was full.", "translations": {"de": "Eine Platte war voll."}}),
        ),
        (
            "incident postmortem 1 --message 'A disk was full, and nobody saw it.' --at now",
            "POST",
            "incidents/1/postmortem",
            json!({"message": "A disk was full, and nobody saw it.", "at": "2026-11-22T12:00:00Z"}),
        ),
        ("incident update 2 --status resolved", "POST", "incidents/2/updates", json!({"status": "resolved"})),
        (
            "incident edit-update 2 1 --service '' --message 'Nothing of services.'",
            "PATCH",
            "incidents/2/updates/1",
            json!({"services": [], "message": "Nothing of services."}),
        ),
        ("incident remove 2 --at -1m", "DELETE", "incidents/2?at=2026-11-22T11:59:00Z", Value::Null),
        (
            "maintenance schedule 'New disks' --from +1h --until +3h --service api --service web --message 'Soon.' --message-lang de='Bald.' --no-auto-start",
            "POST",
            "maintenance",
            json!({"title": "New disks", "scheduled_for": "2026-11-22T13:00:00Z", "scheduled_until": "2026-11-22T15:00:00+00:00", "services": ["api", "web"], "message": "Soon.", "translations": {"de": "Bald."}, "auto_start": false}),
        ),
        (
            "maintenance edit 1 --title 'Newer disks' --from +2h --until +4h --service web --no-auto-start=false --no-auto-finish",
            "PATCH",
            "maintenance/1",
            json!({"title": "Newer disks", "scheduled_for": "2026-11-22T14:00:00Z", "scheduled_until": "2026-11-22T16:00:00Z", "services": ["web"], "auto_start": true, "auto_finish": false}),
        ),
        ("maintenance start 1 --message 'We begin.'", "POST", "maintenance/1/start", json!({"message": "We begin."})),
        (
            "maintenance update 1 --status verifying --message 'We look.'",
            "POST",
            "maintenance/1/updates",
            json!({"status": "verifying", "message": "We look."}),
        ),
        ("maintenance complete 1", "POST", "maintenance/1/complete", json!({})),
        (
            "maintenance schedule Later --from +1d --until +2d",
            "POST",
            "maintenance",
            json!({"title": "Later", "scheduled_for": "2026-11-23T12:00:00Z", "scheduled_until": "2026-11-24T12:00:00Z"}),
        ),
        ("maintenance cancel 2 --message 'Not needed.'", "POST", "maintenance/2/cancel", json!({"message": "Not needed."})),
        ("maintenance remove 2", "DELETE", "maintenance/2", Value::Null),
        ("ingest alertmanager alert.json", "POST", "ingest/alertmanager", serde_json::from_str(ALERT).unwrap()),
    ]
}

/// Questions: on the command line, and by HTTP.
const QUESTIONS: &[(&str, &str)] = &[
    ("service list", "services"),
    ("service show web", "services/web"),
    ("group list", "groups"),
    ("incident list", "incidents"),
    ("incident list --open", "incidents?open=true"),
    ("incident list --service api --since 2026-11-22", "incidents?service=api&since=2026-11-22T00:00:00Z"),
    ("incident show 1", "incidents/1"),
    ("maintenance list --dates", "maintenance"),
    ("maintenance show 1", "maintenance/1"),
    ("status", "status"),
    ("log", "log"),
    ("log --limit 3 --since 2026-11-22", "log?limit=3&since=2026-11-22T00:00:00Z"),
    ("uptime", "uptime"),
    ("uptime api --days 7", "uptime?service=api&days=7"),
    ("uptime --from 2026-11-01 --until 2026-11-22", "uptime?from=2026-11-01T00:00:00Z&until=2026-11-22T00:00:00Z"),
    ("uptime explain api --days 2", "uptime/api/explain?days=2"),
];

/// Names for the public ids of an organization in the order in which things came, so that two organizations can be compared.
struct Named {
    slug: &'static str,
    ids: BTreeMap<String, String>,
}

impl Named {
    /// Learns the ids of a dump; those of a deed are the only new ones.
    fn learn(&mut self, dump: &Value) {
        self.note(&dump["page_id"]);
        for list in ["groups", "services", "incidents", "maintenances"] {
            for row in dump[list].as_array().unwrap() {
                self.note(&row["id"]);
                row["updates"].as_array().into_iter().flatten().for_each(|update| self.note(&update["id"]));
            }
        }
    }

    fn note(&mut self, id: &Value) {
        let next = format!("id{}", self.ids.len());
        self.ids.entry(id.as_str().unwrap().to_owned()).or_insert(next);
    }

    /// The document with names in the place of ids, and without what is digested from them.
    fn named(&self, document: &Value) -> Value {
        match document {
            Value::String(text) => Value::String(self.words(text)),
            Value::Array(items) => items.iter().map(|item| self.named(item)).collect(),
            Value::Object(fields) => {
                let kept = fields.iter().filter(|(name, _)| *name != "etag");
                Value::Object(kept.map(|(name, field)| (self.words(name), self.named(field))).collect())
            }
            other => other.clone(),
        }
    }

    fn words(&self, text: &str) -> String {
        if text == self.slug { "org".to_owned() } else { self.ids.get(text).cloned().unwrap_or_else(|| text.to_owned()) }
    }
}

/// Two organizations in which the same is done: `left` on the command line, `right` by HTTP.
struct Pair {
    org: TestOrg,
    server: Server,
    asker: Asker,
    left: Named,
    right: Named,
}

impl Pair {
    fn new() -> Self {
        let org = TestOrg::empty();
        org.clock(NOW);
        org.run("init .").success();
        org.write("alert.json", ALERT);
        let mut tokens = Vec::new();
        for slug in ["left", "right"] {
            org.run(&format!("org create {slug} --name Org")).success();
            org.run(&format!("--org {slug} service add first --at 2026-10-01")).success();
            tokens.push(token(&org, &format!("ci --role editor --org {slug}")));
        }
        let server = Server::start(&org);
        let named = |slug| Named { slug, ids: BTreeMap::new() };
        let pair = Self { server, asker: Asker::with(&tokens[1]), org, left: named("left"), right: named("right") };
        pair.org.env("STATUARY_ACTOR", "token ci");
        pair
    }

    /// Both records are the same.
    #[track_caller]
    fn compare(&mut self, after: &str) {
        let (left, right) = (self.org.run("export --org left").json(), self.org.run("export --org right").json());
        self.left.learn(&left);
        self.right.learn(&right);
        assert_eq!(self.left.named(&left), self.right.named(&right), "after `{after}`");
    }
}

#[test]
fn every_deed_by_http_leaves_what_the_command_line_leaves() {
    let mut pair = Pair::new();
    pair.compare("nothing");
    let mut done = BTreeSet::new();
    for (command, method, path, body) in deeds() {
        let printed = pair.org.run(&format!("{command} --org left --yes --json")).json();
        let target = format!("/right/api/{path}");
        let text = if body.is_null() { String::new() } else { body.to_string() };
        let answer = pair.server.ask(method, &target, &pair.asker, &text);
        assert!(matches!(answer.status, 200 | 201), "{method} {path}: {}", answer.text);
        // What was made can be read where the answer says.
        if let Some(location) = answer.header("location") {
            pair.server.ask("GET", location, &pair.asker, "").is(200);
        }
        pair.compare(command);
        assert_eq!(pair.left.named(&printed), pair.right.named(&answer.json()), "what `{command}` is told");
        done.insert(pair.server.operation(method, &target).unwrap()["operationId"].as_str().unwrap().to_owned());
    }
    // Checks come by HTTP only.
    done.insert("recordCheck".to_owned());
    let all: BTreeSet<String> =
        pair.server.operations().into_iter().filter(|(method, _)| method != "get").map(|(_, operation)| operation).collect();
    assert_eq!(done, all, "operations without a deed here");
}

#[test]
fn every_question_by_http_is_answered_as_on_the_command_line() {
    let mut pair = Pair::new();
    for (command, ..) in deeds() {
        for slug in ["left", "right"] {
            pair.org.run(&format!("{command} --org {slug} --yes")).success();
        }
        pair.compare(command);
    }
    let mut asked = BTreeSet::new();
    let mut ask = |path: &str| {
        let target = format!("/right/api/{path}");
        asked.insert(pair.server.operation("GET", &target).unwrap()["operationId"].as_str().unwrap().to_owned());
        pair.server.ask("GET", &target, &pair.asker, "").is(200).json()
    };
    for (command, path) in QUESTIONS {
        let printed = pair.org.run(&format!("{command} --org left --json")).json();
        assert_eq!(pair.left.named(&printed), pair.right.named(&ask(path)), "`{command}`");
    }
    // What the command line does not ask by itself is part of what it does ask.
    assert_eq!(ask("groups/europe"), ask("groups")["groups"][0]);
    for noun in ["incidents/1", "maintenance/1"] {
        let updates = ask(noun)["updates"].clone();
        assert_eq!(ask(&format!("{noun}/updates"))["updates"], updates);
        if noun == "incidents/1" {
            assert_eq!(ask("incidents/1/updates/2"), updates[1]);
        }
    }
    assert_eq!(ask("public/right")["page"]["slug"], "right");
    assert!(ask("openapi.json")["openapi"].is_string());
    let all: BTreeSet<String> =
        pair.server.operations().into_iter().filter(|(method, _)| method == "get").map(|(_, operation)| operation).collect();
    assert_eq!(asked, all, "operations without a question here");
}

#[test]
fn what_monitors_find_opens_and_resolves_as_the_rule_says() {
    let pair = Pair::new();
    let check = |minute: u32, status: &str| {
        let body = json!({"status": status, "at": format!("2026-11-22T11:{minute}:00Z"), "latency_ms": 120.5, "message": "timeout"});
        pair.server.ask("POST", "/right/api/checks/first", &pair.asker, &body.to_string()).is(200).json()
    };
    assert_eq!(check(56, "up")["recorded"], 1);
    let told: Vec<Value> = [57, 58, 59].map(|minute| check(minute, "down")).into();
    assert_eq!(told[2]["incidents"][0]["done"], "opened", "{told:?}");
    assert_eq!(check(59, "down")["repeated"], 1);
    for body in [r#"{"status": "broken"}"#, r#"{"status": "major"}"#, r#"{"status": "up", "latency_ms": -1}"#, r#"{}"#] {
        pair.server.ask("POST", "/right/api/checks/first", &pair.asker, body).is(422);
    }
    pair.server.ask("POST", "/right/api/checks/nosuch", &pair.asker, r#"{"status": "up"}"#).is(404);
    pair.server.ask("POST", "/right/api/ingest/nosuch", &pair.asker, "{}").is(404);
    pair.server.ask("POST", "/right/api/ingest/grafana", &pair.asker, r#"{"alerts": 7}"#).is(422);
}
