//! Requests that are sent again are done once, and changes are made to what was read.

use std::collections::BTreeSet;
use std::thread;

use crate::api::client::{Asker, Server, token};
use crate::test_org::TestOrg;

const BODY: &str = r#"{"title": "API down"}"#;

fn incidents(org: &TestOrg) -> usize {
    org.run("incident list --all --json").json()["incidents"].as_array().unwrap().len()
}

#[test]
fn a_request_with_the_same_key_is_done_once_also_by_many_at_once_and_after_a_restart() {
    let org = TestOrg::new();
    org.run("service add api").success();
    let (editor, other) = (token(&org, "ci --role editor"), token(&org, "other --role editor"));
    let server = Server::start(&org);
    let asker = Asker::with(&editor).and("Idempotency-Key", "a-key");
    let heads: BTreeSet<(u16, String, String, String)> = thread::scope(|scope| {
        let ask = || {
            let answer = server.ask("POST", "/api/incidents", &asker, BODY);
            let header = |name: &str| answer.header(name).unwrap().to_owned();
            (answer.status, header("location"), header("etag"), answer.text.clone())
        };
        let threads: Vec<_> = (0..8).map(|_| scope.spawn(ask)).collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).collect()
    });
    let (status, location, etag, text) = heads.first().unwrap().clone();
    assert_eq!((heads.len(), status, incidents(&org)), (1, 201, 1));
    drop(server);
    let server = Server::start(&org);
    let again = server.ask("POST", "/api/incidents", &asker, BODY).is(201);
    assert_eq!((again.header("location"), again.header("etag"), &again.text), (Some(location.as_str()), Some(etag.as_str()), &text));
    assert_eq!(incidents(&org), 1);
    // Another request with the key is refused; another key, or another's key, is another request.
    server.ask("POST", "/api/incidents", &asker, r#"{"title": "Web down"}"#).is(422);
    server.ask("POST", "/api/services", &asker, r#"{"slug": "web"}"#).is(422);
    server.ask("POST", "/api/incidents", &Asker::with(&other).and("Idempotency-Key", "a-key"), BODY).is(201);
    server.ask("POST", "/api/incidents", &Asker::with(&editor).and("Idempotency-Key", "b-key"), BODY).is(201);
    for key in ["a key", "", &"x".repeat(256)] {
        server.ask("POST", "/api/incidents", &Asker::with(&editor).and("Idempotency-Key", key), BODY).is(400);
    }
    // What failed can be tried again.
    let failing = Asker::with(&editor).and("Idempotency-Key", "c-key");
    server.ask("POST", "/api/incidents/77/resolve", &failing, "").is(404);
    server.ask("POST", "/api/incidents/1/resolve", &failing, "").is(200);
    assert_eq!(incidents(&org), 3);
}

#[test]
fn a_change_meant_for_what_was_read_is_not_made_to_something_else() {
    let org = TestOrg::new();
    for command in ["group add eu --name EU", "service add api", "incident open Down", "maintenance schedule Disks --from +1h --until +2h"]
    {
        org.run(command).success();
    }
    let asker = Asker::with(&token(&org, "ci --role editor"));
    let server = Server::start(&org);
    for (path, body, post) in [
        ("groups/eu", r#"{"name": "Europe"}"#, None),
        ("services/api", r#"{"name": "API"}"#, Some("status")),
        ("incidents/1", r#"{"title": "Was down"}"#, Some("updates")),
        ("maintenance/1", r#"{"title": "New disks"}"#, Some("cancel")),
    ] {
        let target = format!("/api/{path}");
        let read = server.ask("GET", &target, &asker, "").is(200);
        let etag = read.header("etag").unwrap().to_owned();
        assert_eq!(etag, format!("\"{}\"", read.json()["etag"].as_str().unwrap()));
        let changed = server.ask("PATCH", &target, &asker.and("If-Match", &format!("\"x\", {etag}")), body).is(200);
        let newer = changed.header("etag").unwrap().to_owned();
        assert_ne!(newer, etag);
        assert_eq!(server.ask("GET", &target, &asker, "").header("etag"), Some(newer.as_str()));
        for stale in [etag.clone(), format!("W/{newer}")] {
            let stale = asker.and("If-Match", &stale);
            server
                .ask(
                    "PATCH",
                    &target,
                    &stale,
                    r#"{"name": "x"}"#.replace("name", if body.contains("title") { "title" } else { "name" }).as_str(),
                )
                .is(412);
            server.ask("DELETE", &target, &stale, "").is(412);
            if let Some(post) = post {
                let body = if post == "cancel" { "" } else { r#"{"status": "operational"}"# };
                let body = if post == "updates" { r#"{"message": "x"}"# } else { body };
                server.ask("POST", &format!("{target}/{post}"), &stale, body).is(412);
            }
        }
        server.ask("DELETE", &target, &asker.and("If-Match", "nonsense"), "").is(400);
        server.ask("DELETE", &target, &asker.and("If-Match", &newer), "").is(200);
        server.ask("GET", &target, &asker, "").is(404);
    }
}
