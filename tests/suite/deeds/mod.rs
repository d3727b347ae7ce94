//! What every command does, seen from outside: results, words, exit codes, documents, and the log.

mod alerts;
mod apply;
mod asking;
mod backups;
mod building;
mod clerk;
mod clocks;
mod editing;
mod editor;
mod incidents;
mod languages;
mod logo;
mod maintenance;
mod manual;
mod moments;
mod moving;
mod next_update;
mod organizations;
mod other_pages;
mod overview;
mod pictures_and_calendar;
mod recurring;
mod refusals;
mod services;
mod templates;
pub(crate) mod terminal;
mod themes;
mod tokens;
mod translations;

use serde_json::Value;

use crate::test_org::TestOrg;

/// `acme` with the services `api` and `web` and the hidden one `vault`.
#[track_caller]
fn acme() -> TestOrg {
    let org = TestOrg::new();
    org.run("service add api --name API").success();
    org.run("service add web --name Web").success();
    org.run("service add vault --name Vault --hidden").success();
    org
}

/// Does something that prints an id as its only result, and gives the id back.
#[track_caller]
fn id_of(org: &TestOrg, command: &str) -> String {
    let text = org.run(command).text();
    let id = text.strip_suffix('\n').unwrap_or_default();
    assert!(is_id(id), "not an id and nothing else: {text:?}");
    id.to_owned()
}

/// 12 characters of [0-9a-z], the first a letter.
fn is_id(text: &str) -> bool {
    text.len() == 12
        && text.bytes().all(|byte| byte.is_ascii_digit() || byte.is_ascii_lowercase())
        && text.starts_with(|first: char| first.is_ascii_lowercase())
}

/// The whole log.
#[track_caller]
fn events(org: &TestOrg) -> Vec<Value> {
    let log = org.run("log --limit 100000 --json").json();
    log["events"].as_array().expect("a list of events").clone()
}

/// The newest event: kind, sentence, from when on it counts.
#[track_caller]
fn newest_event(org: &TestOrg) -> (String, String, String) {
    let events = events(org);
    let event = events.last().expect("an event");
    let text = |name: &str| event[name].as_str().unwrap_or_default().to_owned();
    (text("kind"), text("sentence"), text("effective_at"))
}

/// How a service does now.
#[track_caller]
fn status_of(org: &TestOrg, service: &str) -> String {
    let found = org.run(&format!("service show {service} --json")).json();
    found["status"].as_str().expect("a status").to_owned()
}

/// The verdict of the page.
#[track_caller]
fn verdict(org: &TestOrg) -> String {
    org.run("status --json").json()["verdict"].as_str().expect("a verdict").to_owned()
}

/// Fails unless every moment in a document is RFC 3339 in UTC.
#[track_caller]
fn only_utc(document: &Value) {
    match document {
        Value::Array(values) => values.iter().for_each(only_utc),
        Value::Object(fields) => {
            for (name, value) in fields {
                let moment = name == "at" || name.ends_with("_at") || ["from", "until", "next", "start", "end"].contains(&name.as_str());
                match value.as_str() {
                    Some(text) if moment => {
                        assert!(chrono::DateTime::parse_from_rfc3339(text).is_ok() && text.ends_with('Z'), "{name}: {text}");
                    }
                    _ => only_utc(value),
                }
            }
        }
        _ => {}
    }
}
