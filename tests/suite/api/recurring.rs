//! Maintenance that repeats, by HTTP.

use serde_json::{Value, json};

use crate::api::client::{Asker, Server, token};
use crate::test_org::TestOrg;

#[test]
fn a_series_and_its_dates_are_made_read_and_changed() {
    let org = TestOrg::new();
    org.clock("2026-12-01T12:00:00Z");
    org.run("service add api").success();
    let asker = Asker::with(&token(&org, "ci --role editor"));
    let server = Server::start(&org);
    let ask = |method: &str, path: &str, body: Value| {
        let body = if body.is_null() { String::new() } else { body.to_string() };
        server.ask(method, &format!("/api/maintenance{path}"), &asker, &body)
    };
    let window = |rule: &str| json!({"title": "Updates", "scheduled_for": "2026-12-08T01:00:00Z", "scheduled_until": "2026-12-08T03:00:00Z", "services": ["api"], "repeat": rule});
    for (rule, why) in [("FREQ=SECONDLY", "more often than daily"), ("x", "`X` is no `NAME=VALUE`"), ("FREQ=DAILY;BYHOUR=1", "time of day")]
    {
        let refused = ask("POST", "", window(rule)).is(422);
        assert!(refused.text.contains(why) && refused.text.contains("repeat"), "{}", refused.text);
    }
    let made = ask("POST", "", window("RRULE:FREQ=WEEKLY;BYDAY=TU")).is(201).json();
    assert_eq!((&made["repeat"]["rule"], &made["number"]), (&json!("FREQ=WEEKLY;BYDAY=TU"), &json!(1)));
    assert_eq!(made["repeat"]["next"].as_array().unwrap().len(), 3);
    let listed = ask("GET", "?limit=100", Value::Null).is(200).json();
    assert_eq!((listed["maintenances"].as_array().unwrap().len(), listed["series"].as_array().unwrap().len()), (52, 1));
    let first = ask("GET", "?limit=10", Value::Null).is(200).json();
    let rest = ask("GET", &format!("?limit=100&after={}", first["next_page"].as_str().unwrap()), Value::Null).is(200).json();
    assert_eq!(rest["maintenances"].as_array().unwrap().len(), 42);
    let date = made["repeat"]["next"][1]["id"].as_str().unwrap();
    let shown = ask("GET", &format!("/{date}"), Value::Null).is(200).json();
    assert_eq!(
        (&shown["number"], &shown["occurrence"]["day"], &shown["occurrence"]["number"]),
        (&Value::Null, &json!("2026-12-15"), &json!(1))
    );
    let other = asker.and("If-Match", "\"0123456789abcdef0123456789abcdef\"");
    server.ask("PATCH", &format!("/api/maintenance/{date}"), &other, "{\"title\": \"x\"}").is(412);
    let same = asker.and("If-Match", &format!("\"{}\"", shown["etag"].as_str().unwrap()));
    let body = json!({"scheduled_for": "2026-12-16T01:00:00Z", "scheduled_until": "2026-12-16T02:00:00Z"}).to_string();
    let moved = server.ask("PATCH", &format!("/api/maintenance/{date}"), &same, &body).is(200).json();
    assert_eq!((&moved["id"], &moved["number"]), (&json!(date), &json!(2)));
    ask("POST", &format!("/{}/cancel", made["repeat"]["next"][2]["id"].as_str().unwrap()), json!({"message": "Not before Christmas."}))
        .is(200);
    ask("POST", "/1/start", json!({})).is(409);
    ask("DELETE", "/2", Value::Null).is(409);
    ask("PATCH", "/2", json!({"repeat": "daily"})).is(409);
    let edited = ask("PATCH", "/1", json!({"repeat": "monthly", "title": "Monthly"})).is(200).json();
    assert_eq!(edited["repeat"]["rule"], "FREQ=MONTHLY");
    assert_eq!(ask("POST", "/1/cancel", json!({})).is(200).json()["status"], "cancelled");
    ask("DELETE", "/1", Value::Null).is(200);
    let listed = ask("GET", "", Value::Null).is(200).json();
    assert_eq!((&listed["maintenances"], &listed["series"]), (&json!([]), &json!([])));
}
