//! Members at the API with a session token: what they may, and that whoever is none learns nothing.

use std::collections::BTreeMap;

use rusqlite::Connection;
use serde_json::{Value, json};

use super::home::{ADA, BEN, Home, NORTHWIND, NOW, Serving, ben_joins, claims, made, signed_token, token};
use crate::serving::{Answer, ask, take_alike};

/// A workspace in which Ada is an admin of `northwind` and Ben an editor, and Eve an admin of `globex`.
fn two() -> (Home, Serving) {
    let home = Home::with("[clerk.roles]\n\"org:guest\" = \"viewer\"\n");
    let serving = home.serve();
    let mut globex = made("organization.created");
    globex["data"]["id"] = "org_2".into();
    globex["data"]["slug"] = "globex".into();
    let mut eve = made("organizationMembership.created");
    eve["data"]["id"] = "orgmem_eve".into();
    eve["data"]["public_user_data"]["user_id"] = "user_eve".into();
    eve["data"]["organization"] = globex["data"].clone();
    let ada = made("organizationMembership.created");
    for (number, event) in [made("organization.created"), made("user.created"), ada, ben_joins(), globex, eve].iter().enumerate() {
        assert_eq!(serving.deliver(&format!("msg_{number}"), event), 200);
    }
    home.org.run("--org northwind service add api").success();
    for path in ["/northwind/services/api/", "/globex/"] {
        serving.running.until(path, || ask(&serving.address, "GET", path, &[], b"").is_ok_and(|page| page.status == 200));
    }
    (home, serving)
}

/// A deed of every right there is a route for.
const DEEDS: &[(&str, &str, &str)] = &[
    ("GET", "log", ""),
    ("POST", "services", r#"{"slug": "new"}"#),
    ("POST", "incidents", r#"{"title": "New"}"#),
    ("POST", "services/api/status", r#"{"status": "operational"}"#),
    ("DELETE", "services/api", ""),
];

/// The claims of Ada's token, changed.
fn with(name: &str, value: Value) -> Value {
    let mut claims = claims(ADA, NORTHWIND, "admin");
    claims[name] = value;
    claims
}

/// Tokens that let nobody in at `northwind` once Ben has gone, by what they are.
fn refused() -> BTreeMap<&'static str, String> {
    let vectors = include_str!("../../contracts/clerk/vectors/session_tokens.json");
    let vectors: Value = serde_json::from_str(vectors).unwrap();
    let good = token(&claims(ADA, NORTHWIND, "admin"));
    let mut tampered = good.clone().into_bytes();
    let place = tampered.len() / 2;
    tampered[place] = if tampered[place] == b'A' { b'B' } else { b'A' };
    BTreeMap::from([
        ("a removed member's", token(&claims(BEN, NORTHWIND, "member"))),
        ("one of another organization", token(&claims("user_eve", "org_2", "admin"))),
        ("a member's of another organization", token(&claims(ADA, "org_2", "admin"))),
        ("a stranger's", token(&claims("user_mallory", NORTHWIND, "admin"))),
        ("one of an organization that is not here", token(&claims(ADA, "org_nowhere", "admin"))),
        ("an expired one", token(&with("exp", json!(NOW - 5)))),
        ("one of the future", token(&with("nbf", json!(NOW + 6)))),
        ("one issued in the future", token(&with("iat", json!(NOW + 6)))),
        ("one of a pending session", token(&with("sts", json!("pending")))),
        ("one without an organization", token(&with("o", Value::Null))),
        ("one with an unknown role", token(&claims(ADA, NORTHWIND, "of_mystery"))),
        ("one of a machine", token(&with("sub", json!("mch_1")))),
        ("one without a session", token(&with("sid", Value::Null))),
        ("one of another key", vectors[0]["token"].as_str().unwrap().to_owned()),
        ("one for another key", signed_token(&json!({"alg": "RS256", "kid": "ins_2"}), &claims(ADA, NORTHWIND, "admin"))),
        ("one that nothing signs", signed_token(&json!({"alg": "none", "kid": "ins_1"}), &claims(ADA, NORTHWIND, "admin"))),
        ("a changed one", String::from_utf8(tampered).unwrap()),
        ("two in one", format!("{good} {good}")),
        ("no token at all", "eyJ..".to_owned()),
    ])
}

/// What of an answer could tell one from another.
fn told(answer: &Answer) -> (u16, String, BTreeMap<String, String>) {
    let mut headers = answer.headers.clone();
    for of_its_own in ["x-request-id", "date"] {
        headers.remove(of_its_own);
    }
    (answer.status, answer.text(), headers)
}

#[test]
fn members_do_what_their_role_lets_them() {
    let (home, serving) = two();
    let (ada, ben) = (token(&claims(ADA, NORTHWIND, "admin")), token(&claims(BEN, NORTHWIND, "member")));
    let open = |token: &str, title: &str| serving.api("POST", "/northwind/api/incidents", token, &format!(r#"{{"title": "{title}"}}"#));
    assert_eq!((open(&ada, "By Ada").status, open(&ben, "By Ben").status), (201, 201));
    // The lesser role counts, be it the token's or the directory's; a guest is a viewer here.
    for claims in [claims(ADA, NORTHWIND, "guest"), claims(BEN, NORTHWIND, "guest")] {
        assert_eq!(serving.api("GET", "/northwind/api/incidents", &token(&claims), "").status, 200);
        let answer = open(&token(&claims), "By a guest");
        assert_eq!(
            (answer.status, answer.json()["detail"].as_str().unwrap()),
            (403, "this takes the role editor, and the token has viewer")
        );
    }
    let mut fallen = made("organizationMembership.updated");
    fallen["data"] = made("organizationMembership.created")["data"].clone();
    fallen["data"]["role"] = "org:guest".into();
    fallen["data"]["updated_at"] = json!(NOW * 1000);
    assert_eq!(serving.deliver("msg_fallen", &fallen), 200);
    assert_eq!(open(&ada, "No more").status, 403);
    // Version 1 of tokens, and one of our own beside them.
    let old = json!({"sub": BEN, "sid": "sess_1", "iat": NOW, "nbf": NOW, "exp": NOW + 60, "org_id": NORTHWIND, "org_role": "org:member"});
    assert_eq!(open(&token(&old), "In the old form").status, 201);
    let ours = home.org.run("--org northwind token create robot --role editor").text();
    assert_eq!(open(ours.lines().next().unwrap(), "By a program").status, 201);
    let log = home.org.run("log --org northwind --json").json();
    let actors: Vec<&str> = log["events"].as_array().unwrap().iter().map(|event| event["actor"].as_str().unwrap()).collect();
    for actor in ["Ada Byron", "Ben Okafor", "token robot", "clerk"] {
        assert!(actors.contains(&actor), "{actor}: {actors:?}");
    }
}

#[test]
fn whoever_acts_as_a_member_is_named_beside_them() {
    let (home, serving) = two();
    let acting = token(&with("act", json!({"iss": "https://dashboard.clerk.com", "sid": "sess_2", "sub": "user_support"})));
    assert_eq!(serving.api("POST", "/northwind/api/incidents", &acting, r#"{"title": "New"}"#).status, 201);
    let log = home.org.run("log --org northwind --json --limit 1").json();
    assert_eq!(log["events"][0]["actor"], "Ada Byron (by user_support)");
    let said = serving.running.said();
    let line = said.lines().find(|line| line.contains("somebody acts as a member")).unwrap();
    assert!(line.contains(&format!("user={ADA}")) && line.contains("by=\"user_support\""), "{line}");
}

#[test]
fn keys_of_requests_are_each_members_own() {
    let (_home, serving) = two();
    let send = |user: &str, title: &str| {
        let authorization = format!("Bearer {}", token(&claims(user, NORTHWIND, "member")));
        let headers =
            [("authorization", authorization.as_str()), ("content-type", "application/json"), ("idempotency-key", "\"the-same-key\"")];
        let body = json!({"title": title}).to_string();
        let answer = ask(&serving.address, "POST", "/northwind/api/incidents", &headers, body.as_bytes()).unwrap();
        (answer.status, answer.json()["number"].clone())
    };
    let (ada, ben) = (send(ADA, "One"), send(BEN, "One"));
    assert_eq!((ada.0, ben.0), (201, 201));
    assert_ne!(ada.1, ben.1);
    assert_eq!((send(ADA, "One"), send(BEN, "One")), (ada, ben));
    assert_eq!(send(BEN, "Another").0, 422);
}

#[test]
fn whoever_is_no_member_is_answered_as_by_an_organization_that_does_not_exist() {
    let (home, serving) = two();
    let ben = token(&claims(BEN, NORTHWIND, "member"));
    assert_eq!(serving.api("GET", "/northwind/api/status", &ben, "").status, 200);
    assert_eq!(serving.deliver("msg_out", &made("organizationMembership.deleted")), 200);
    let events = || home.org.run("log --org northwind --json --limit 1000").text();
    let before = events();
    let unknown = told(&serving.api("GET", "/nosuch/api/log", "", ""));
    assert_eq!((unknown.0, unknown.2["www-authenticate"].as_str()), (401, "Bearer"));
    for (what, token) in refused() {
        for slug in ["northwind", "nosuch"] {
            for (method, path, body) in DEEDS {
                let answer = serving.api(method, &format!("/{slug}/api/{path}"), &token, body);
                assert_eq!(told(&answer), unknown, "{what}: {method} {slug} {path}");
            }
        }
    }
    // The cookie in which a browser has it is not looked at, so that no page of another site can make use of it.
    let cookie = format!("__session={}", token(&claims(ADA, NORTHWIND, "admin")));
    let answer = ask(&serving.address, "GET", "/northwind/api/log", &[("cookie", &cookie)], b"").unwrap();
    assert_eq!(told(&answer), unknown);
    assert_eq!(events(), before);
}

#[test]
fn an_organization_that_does_not_exist_takes_as_long_to_refuse_a_session_as_one_that_does() {
    let (_home, serving) = two();
    assert_eq!(serving.deliver("msg_out", &made("organizationMembership.deleted")), 200);
    let refused = refused();
    for what in ["a removed member's", "one of another organization", "an expired one", "one of another key"] {
        take_alike(["northwind", "nosuch"], what, |slug| {
            assert_eq!(serving.api("GET", &format!("/{slug}/api/incidents"), &refused[what], "").status, 401);
        });
    }
}

#[test]
fn a_directory_that_cannot_be_read_tells_no_organization_from_another_either() {
    let (home, serving) = two();
    let ada = token(&claims(ADA, NORTHWIND, "admin"));
    let holder = Connection::open(home.org.path("directory.db")).unwrap();
    holder.execute_batch("BEGIN EXCLUSIVE").unwrap();
    let ask = |slug: &str| told(&serving.api("GET", &format!("/{slug}/api/status"), &ada, ""));
    let (known, unknown) = std::thread::scope(|scope| {
        let (known, unknown) = (scope.spawn(|| ask("northwind")), scope.spawn(|| ask("nosuch")));
        (known.join().unwrap(), unknown.join().unwrap())
    });
    assert_eq!(known, unknown);
    assert_eq!(known.0, 503, "{known:?}");
    drop(holder);
    assert_eq!(serving.api("GET", "/northwind/api/status", &ada, "").status, 200);
    home.org.write("directory.db", "no database");
    assert_eq!(ask("northwind"), ask("nosuch"));
    let (status, text, _) = ask("northwind");
    assert_eq!(status, 500);
    assert!(!text.contains("directory"), "{text}");
}

#[test]
fn where_there_is_no_key_session_tokens_mean_nothing() {
    let home = Home::new();
    home.org.write("statuary.toml", "[serve]\nport = 0\nwebhooks = \"127.0.0.1:0\"\n");
    let serving = home.serve();
    for (id, event) in [("msg_1", made("organization.created")), ("msg_2", made("organizationMembership.created"))] {
        assert_eq!(serving.deliver(id, &event), 200);
    }
    serving.until_page("/northwind/", "Northwind");
    assert_eq!(serving.api("GET", "/northwind/api/status", &token(&claims(ADA, NORTHWIND, "admin")), "").status, 401);
}
