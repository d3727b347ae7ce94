//! Who may not, and what cannot be: the status, and that nothing has changed.

use std::collections::BTreeMap;

use crate::api::client::{Asker, Server, token};
use crate::serving::take_alike;
use crate::test_org::TestOrg;

/// A workspace of two organizations, each with a service, an incident and a token per role.
struct Two {
    org: TestOrg,
    server: Server,
    tokens: BTreeMap<String, String>,
}

impl Two {
    fn new() -> Self {
        let org = TestOrg::empty();
        org.run("init .").success();
        let mut tokens = BTreeMap::new();
        for slug in ["acme", "globex"] {
            org.run(&format!("org create {slug} --name Org")).success();
            org.run(&format!("--org {slug} service add api")).success();
            org.run(&format!("--org {slug} incident open 'Secret of {slug}' --draft --service api")).success();
            for role in ["viewer", "editor", "admin"] {
                tokens.insert(format!("{slug} {role}"), token(&org, &format!("{role} --role {role} --org {slug}")));
            }
        }
        let server = Server::start(&org);
        Self { org, server, tokens }
    }

    fn asker(&self, who: &str) -> Asker {
        Asker::with(&self.tokens[who])
    }

    fn events(&self, slug: &str) -> String {
        self.org.run(&format!("log --org {slug} --json --limit 1000")).text()
    }
}

/// A deed of every right there is a route for.
const DEEDS: &[(&str, &str, &str)] = &[
    ("POST", "services", r#"{"slug": "new"}"#),
    ("POST", "groups", r#"{"slug": "new", "name": "New"}"#),
    ("POST", "incidents", r#"{"title": "New"}"#),
    ("POST", "services/api/status", r#"{"status": "operational"}"#),
    ("DELETE", "incidents/1", ""),
];

#[test]
fn a_viewer_reads_and_an_editor_writes() {
    let two = Two::new();
    let before = two.events("acme");
    let viewer = two.asker("acme viewer");
    two.server.ask("GET", "/acme/api/incidents", &viewer, "").is(200);
    for (method, path, body) in DEEDS {
        let refused = two.server.ask(method, &format!("/acme/api/{path}"), &viewer, body).is(403);
        assert_eq!(refused.json()["detail"], "this takes the role editor, and the token has viewer");
    }
    assert_eq!(two.events("acme"), before);
    for (role, (method, path, body)) in ["editor", "admin", "editor", "admin", "editor"].iter().zip(DEEDS) {
        let answer = two.server.ask(method, &format!("/acme/api/{path}"), &two.asker(&format!("acme {role}")), body);
        assert!(matches!(answer.status, 200 | 201), "{role} {method} {path}: {}", answer.text);
    }
}

#[test]
fn no_operation_is_open_by_mistake() {
    let two = Two::new();
    let before = two.events("acme");
    let (nobody, viewer) = (Asker::default().and("Content-Type", "application/json"), two.asker("acme viewer"));
    for (method, path, public) in two.server.requests() {
        let target = format!("/acme{path}");
        // What is sent is looked at last.
        let body = if matches!(method.as_str(), "POST" | "PATCH") { "{}" } else { "" };
        if public {
            assert!(path.starts_with("/api/public/") || path == "/api/openapi.json");
            continue;
        }
        two.server.ask(&method, &target, &nobody, body).is(401);
        let answer = two.server.ask(&method, &target, &viewer, body);
        assert_eq!(answer.status == 403, method != "GET", "{method} {path}: {}", answer.text);
        if body.is_empty() {
            two.server.send(&method, &target, &two.asker("acme admin"), "{}").is(413);
        }
    }
    assert_eq!(two.events("acme"), before);
}

#[test]
fn where_the_path_names_no_organization_the_query_may() {
    let two = Two::new();
    let asker = two.asker("acme editor");
    two.server.ask("GET", "/api/incidents?org=acme", &asker, "").is(200);
    for target in ["/api/incidents?org=globex", "/api/incidents?org=nosuch", "/api/incidents"] {
        two.server.ask("GET", target, &asker, "").is(401);
    }
    let made = two.server.ask("POST", "/api/incidents?org=acme", &asker, r#"{"title": "Down"}"#).is(201);
    two.server.ask("GET", made.header("location").unwrap(), &asker, "").is(200);
    let page = two.server.ask("GET", "/api/incidents?org=acme&limit=1", &asker, "").is(200);
    let next = page.header("link").unwrap().trim_start_matches('<').split('>').next().unwrap().to_owned();
    two.server.ask("GET", &next, &asker, "").is(200);
}

#[test]
fn strangers_are_all_answered_alike() {
    let two = Two::new();
    two.org.run("token create old --role admin --org acme").success();
    let revoked = token(&two.org, "older --role admin --org acme");
    two.org.run("token revoke older --org acme").success();
    let json = Asker::default().and("Content-Type", "application/json");
    let before = (two.events("acme"), two.events("globex"));
    let mut answers = Vec::new();
    for asker in [
        json.clone(),
        json.and("Authorization", ""),
        json.and("Authorization", "Bearer"),
        json.and("Authorization", "Bearer statuary_x"),
        json.and("Authorization", &format!("Basic {}", two.tokens["acme admin"])),
        Asker::with(&revoked),
        two.asker("globex admin"),
    ] {
        for slug in ["acme", "nosuch"] {
            for (method, path, body) in DEEDS.iter().chain([&("GET", "log", "")]) {
                let answer = two.server.ask(method, &format!("/{slug}/api/{path}"), &asker, body).is(401);
                assert_eq!(answer.header("www-authenticate"), Some("Bearer"));
                answers.push(answer.text);
            }
        }
    }
    answers.dedup();
    assert_eq!(answers.len(), 1, "{answers:?}");
    assert_eq!((two.events("acme"), two.events("globex")), before);
    // The scheme is a word in any letters.
    let shouting = Asker::default().and("authorization", &format!("BEARER {}", two.tokens["acme viewer"]));
    two.server.ask("GET", "/acme/api/status", &shouting, "").is(200);
    // Nothing of another organization comes out, whatever is asked.
    let told = two.server.ask("GET", "/acme/api/log", &two.asker("acme admin"), "").is(200);
    assert!(told.text.contains("Secret of acme") && !told.text.contains("Secret of globex"));
}

#[test]
fn an_organization_that_does_not_exist_takes_as_long_as_one_that_does() {
    let two = Two::new();
    let asker = two.asker("globex admin");
    take_alike(["acme", "nosuch"], "a token of another organization", |slug| {
        two.server.ask("GET", &format!("/{slug}/api/incidents"), &asker, "").is(401);
    });
}

#[test]
fn paths_and_methods_that_mean_nothing() {
    let two = Two::new();
    let asker = two.asker("acme admin");
    for path in [
        "",
        "nothing",
        "incidents/",
        "incidents/1/nothing",
        "incidents/1/updates/1/x",
        "incidents//updates",
        "incidents/..",
        "services/%2e%2e",
    ] {
        two.server.send("GET", &format!("/acme/api/{path}"), &asker, "").is(404);
    }
    for (method, path, allowed) in [
        ("PUT", "incidents/1", "GET, HEAD, PATCH, DELETE, OPTIONS"),
        ("DELETE", "incidents", "GET, HEAD, POST, OPTIONS"),
        ("GET", "incidents/1/resolve", "POST, OPTIONS"),
        ("PUT", "status", "GET, HEAD, OPTIONS"),
    ] {
        let answer = two.server.send(method, &format!("/acme/api/{path}"), &asker, "").is(405);
        assert_eq!(answer.header("allow"), Some(allowed), "{method} {path}");
    }
    // Also where more is sent than this method may.
    two.server.send("PUT", "/acme/api/incidents", &asker, r#"{"title": "x"}"#).is(405);
    for path in [
        "incidents/77",
        "incidents/nosuch",
        "services/nosuch",
        "groups/1",
        "maintenance/1",
        "incidents/1/updates/2",
        "incidents/1/updates/x",
    ] {
        two.server.ask("GET", &format!("/acme/api/{path}"), &asker, "").is(404);
    }
    let head = two.server.send("HEAD", "/acme/api/incidents", &asker, "").is(200);
    assert!(head.text.is_empty() && head.header("content-length").is_some_and(|length| length != "0"));
    two.server.send("GET", "/acme/api/public/globex", &Asker::default(), "").is(404);
}

#[test]
fn other_sites_pages_read_what_is_public_and_write_nothing() {
    let two = Two::new();
    let asker = two.asker("acme editor");
    let before = two.events("acme");
    for (name, value) in [("Origin", "https://evil.example"), ("Origin", "null"), ("Sec-Fetch-Site", "cross-site")] {
        for (method, path, body) in DEEDS {
            two.server.ask(method, &format!("/acme/api/{path}"), &asker.and(name, value), body).is(403);
        }
    }
    assert_eq!(two.events("acme"), before);
    let foreign = Asker::default().and("Origin", "https://evil.example");
    for (path, open) in [("public/acme", true), ("v2/summary.json", true), ("openapi.json", true), ("incidents", false), ("status", false)]
    {
        let target = format!("/acme/api/{path}");
        let read =
            two.server.send("GET", &target, &foreign.and("Authorization", &format!("Bearer {}", two.tokens["acme viewer"])), "").is(200);
        assert_eq!(read.header("access-control-allow-origin"), open.then_some("*"), "{path}");
        let asked = two.server.send("OPTIONS", &target, &foreign.and("Access-Control-Request-Method", "GET"), "").is(204);
        assert_eq!(asked.header("access-control-allow-origin"), open.then_some("*"), "{path}");
        assert!(!asked.header("access-control-allow-methods").is_some_and(|methods| methods.contains("POST")));
    }
}

#[test]
fn bodies_that_cannot_be_used() {
    let two = Two::new();
    let asker = two.asker("acme editor");
    let before = two.events("acme");
    let post = |body: &str| two.server.ask("POST", "/acme/api/incidents", &asker, body);
    for body in ["", "{", "[1", "nonsense", "{\"title\": \"x\"} x", &format!("{{\"title\": {}", "[".repeat(100_000))] {
        let answer = post(body);
        assert!(matches!(answer.status, 400 | 422), "{body:.40}: {}", answer.text);
    }
    assert_eq!(post("{\n \"title\" 1}").is(400).json()["detail"], "the body is not JSON: expected `:` at line 2 column 10");
    for (body, pointer) in [
        (r#"{"titel": "x"}"#, "#/titel"),
        (r#"{"title": "x", "services": [{"service": "api"}, {"service": "api", "status": "bad"}]}"#, "#/services/1/status"),
        (r#"{"title": 1}"#, "#/title"),
        (r#"{"title": ""}"#, "#/title"),
        (r#"{"title": null}"#, "#/title"),
        (r#"{"title": "x", "at": "yesterday"}"#, "#/at"),
        (r#"{"title": "x", "draft": "yes"}"#, "#/draft"),
    ] {
        assert_eq!(post(body).is(422).json()["errors"][0]["pointer"], pointer, "{body}");
    }
    post(r#"{"title": " \u202e "}"#).is(400);
    post(r#"{"title": "x", "status": "postmortem"}"#).is(400);
    post(r#"{"title": "x", "at": "2999-01-01T00:00:00Z"}"#).is(400);
    post(r#"{"title": "x", "services": [{"service": "nosuch"}]}"#).is(404);
    post(r#"{"title": "x", "translations": {"de": "y"}}"#).is(400);
    assert_eq!(post(r#"{"title": "x", "message": " "}"#).is(400).json()["detail"], "the message is empty");
    post(&format!(r#"{{"title": "x", "message": "{}"}}"#, "x".repeat(1 << 20))).is(413);
    two.server.ask("POST", "/acme/api/services", &asker, r#"{"slug": "api"}"#).is(409);
    two.server.ask("PATCH", "/acme/api/incidents/1", &asker, "{}").is(400);
    let refused = two.server.ask("PATCH", "/acme/api/incidents/1/updates/1", &asker, r#"{"status": "postmortem"}"#).is(409);
    assert_eq!(refused.json()["detail"], "incident `1` is still open");
    two.server.ask("POST", "/acme/api/incidents/1/updates", &asker, r#"{"message": ""}"#).is(400);
    two.server.ask("POST", "/acme/api/incidents/1/resolve", &asker, r#"{"message": " "}"#).is(400);
    let valid = r#"{"title": "x"}"#;
    for asker in [asker.without("Content-Type"), asker.without("Content-Type").and("Content-Type", "text/plain")] {
        two.server.ask("POST", "/acme/api/incidents", &asker, valid).is(415);
    }
    for query in ["opne=true", "open=1", "open=true&open=true", "limit=0", "limit=101", "since=now", "after=x", "service=nosuch"] {
        let answer = two.server.ask("GET", &format!("/acme/api/incidents?{query}"), &asker, "");
        assert!(matches!(answer.status, 400 | 404), "{query}: {}", answer.text);
    }
    assert_eq!(two.events("acme"), before);
}
