//! Messages over the network: which are taken, what is answered, and that each counts once.

use std::time::Duration;

use rusqlite::Connection;
use serde_json::{Value, json};

use super::home::{Home, KEY, Message, NORTHWIND, NOW, PATH, ben_joins, made, secret};
use crate::serving::{Running, ask};
use crate::test_org::TestOrg;

/// What every refusal says.
const REFUSED: &str = "refused\n";

#[test]
fn a_message_makes_an_organization_that_is_built_and_served() {
    let home = Home::new();
    let serving = home.serve();
    assert_eq!(serving.deliver("msg_1", &made("organization.created")), 200);
    assert_eq!(home.orgs(), ["northwind"]);
    serving.until_page("/northwind/", "Northwind Traders");
    let mut renamed = made("organization.updated");
    renamed["data"]["name"] = "Northwind".into();
    assert_eq!(serving.deliver("msg_2", &renamed), 200);
    // A second one does not move the first.
    let mut second = made("organization.created");
    second["data"]["id"] = "org_2".into();
    assert_eq!(serving.deliver("msg_3", &second), 200);
    serving.until_page("/northwind-2/", "Northwind Traders");
    serving.until_page("/northwind/", "Northwind Traders");
    assert_eq!(serving.deliver("msg_4", &made("organization.deleted")), 200);
    let settings = std::fs::read_to_string(home.org.path("northwind/org.toml")).unwrap();
    assert!(settings.contains("deleted at Clerk") && home.orgs().len() == 2, "{settings}");
}

#[test]
fn twenty_deliveries_at_once_have_one_effect() {
    let home = Home::new();
    let serving = home.serve();
    let message = Message::of("msg_1", &made("organizationMembership.created"));
    let statuses: Vec<u16> = std::thread::scope(|scope| {
        let sent: Vec<_> = (0..20).map(|_| scope.spawn(|| serving.send(&message).status)).collect();
        sent.into_iter().map(|sent| sent.join().unwrap()).collect()
    });
    assert_eq!(statuses, [200; 20]);
    assert_eq!(home.orgs(), ["northwind"]);
    let status = home.status();
    assert_eq!((&status["applied"], &status["memberships"]), (&json!(1), &json!(1)), "{status}");
    let said = serving.running.said();
    assert_eq!((said.matches("a message counts").count(), said.matches("a message had come before").count()), (1, 19), "{said}");
    let log = home.org.run("log --org northwind --json").json();
    assert_eq!(log["events"].as_array().unwrap().len(), 1, "{log}");
}

#[test]
fn while_the_directory_is_locked_it_is_503_and_the_next_attempt_counts() {
    let home = Home::new();
    let serving = home.serve();
    assert_eq!(serving.deliver("msg_1", &made("organization.created")), 200);
    let before = home.rows();
    let holder = Connection::open(home.org.path("directory.db")).unwrap();
    holder.execute_batch("BEGIN EXCLUSIVE").unwrap();
    let message = Message::of("msg_2", &made("organizationMembership.created"));
    let busy = serving.send(&message);
    assert_eq!((busy.status, busy.text().as_str()), (503, REFUSED));
    holder.execute_batch("ROLLBACK").unwrap();
    assert_eq!(home.rows(), before);
    assert_eq!(serving.send(&message).status, 200);
    assert_eq!(home.status()["memberships"], 1);
}

#[test]
fn what_is_signed_and_of_no_use_is_recorded() {
    let home = Home::new();
    let serving = home.serve();
    let deep = "[".repeat(100_000);
    let unknown = json!({"type": "subscriptionItem.created", "data": {"id": "x"}, "new": [1]}).to_string();
    let huge = format!(r#"{{"type": "user.created", "data": {{"id": "user_1", "updated_at": 1{}}}}}"#, "0".repeat(400));
    for (number, body) in [unknown.as_bytes(), b"", b"nonsense", b"\xff\xfe", b"[]", deep.as_bytes(), huge.as_bytes()].iter().enumerate() {
        let id = format!("msg_{number}");
        let answer = serving.send(&Message::signed(KEY, &id, NOW, body));
        assert_eq!((answer.status, answer.text().as_str()), (200, "taken\n"), "{number}");
        assert_eq!(serving.send(&Message::signed(KEY, &id, NOW, body)).status, 200);
    }
    let status = home.status();
    assert_eq!((&status["passed_over"], &status["malformed"]), (&json!(1), &json!(6)), "{status}");
    assert_eq!((home.orgs().len(), &status["users"]), (0, &json!(0)));
}

#[test]
fn messages_are_taken_there_only_and_only_where_they_are_posted() {
    let home = Home::new();
    let serving = home.serve();
    let message = Message::of("msg_1", &made("organization.created"));
    // Who posts to the address of everybody learns nothing, and neither is anything done.
    for (body, status) in [(&message.body[..], 413), (b"", 404)] {
        let elsewhere = ask(&serving.address, "POST", PATH, &message.headers("svix"), body).unwrap();
        assert_eq!(elsewhere.status, status);
    }
    for method in ["GET", "HEAD", "PUT", "PATCH", "DELETE", "OPTIONS"] {
        let answer = ask(&serving.webhooks, method, PATH, &message.headers("svix"), b"").unwrap();
        assert_eq!((answer.status, answer.headers.get("allow").map(String::as_str)), (405, Some("POST")), "{method}");
    }
    for path in ["/", "/webhooks/clerk/", "/webhooks", "/northwind/", "/api/openapi.json", "/metrics", "//webhooks/clerk"] {
        assert_eq!(ask(&serving.webhooks, "GET", path, &[], b"").unwrap().status, 404, "{path}");
        assert_eq!(ask(&serving.webhooks, "POST", path, &message.headers("svix"), &message.body).unwrap().status, 413, "{path}");
    }
    assert_eq!(ask(&serving.webhooks, "GET", "/healthz", &[], b"").unwrap().text(), "ok\n");
    let mut foreign = message.headers("svix").to_vec();
    foreign.push(("host", "evil.example"));
    assert_eq!(serving.post(&foreign, &message.body).status, 421);
    assert!(!home.org.path("directory.db").exists());
    // As much as is allowed, and one byte more.
    let largest = vec![b' '; 512 * 1024];
    assert_eq!(serving.send(&Message::signed(KEY, "msg_2", NOW, &largest)).status, 200);
    let larger = [&largest[..], b" "].concat();
    assert_eq!(serving.send(&Message::signed(KEY, "msg_3", NOW, &larger)).status, 413);
    assert_eq!(home.status()["malformed"], 1);
}

#[test]
fn whatever_is_not_signed_to_the_letter_is_answered_alike_and_leaves_no_trace() {
    let home = Home::with("instance_id = \"ins_1\"\n");
    let serving = home.serve();
    let body = json!({"type": "organization.created", "data": {"id": "org_1", "updated_at": 1}}).to_string();
    let good = Message::signed(KEY, "msg_1", NOW, body.as_bytes());
    let other = Message::signed(b"another secret, 32 bytes long ok", "msg_1", NOW, body.as_bytes());
    let [id, timestamp, signature] = good.headers("svix");
    let [other_id, other_timestamp, other_signature] = other.headers("webhook");
    let aged = |seconds: i64| Message::signed(KEY, "msg_1", NOW + seconds, body.as_bytes());
    let (old, ahead, dotted) = (aged(-301), aged(301), Message::signed(KEY, "msg.1", NOW, body.as_bytes()));
    let bytes = good.body.as_slice();
    for (what, headers, body) in [
        ("nothing", vec![], bytes),
        ("no id", vec![timestamp, signature], bytes),
        ("no timestamp", vec![id, signature], bytes),
        ("no signature", vec![id, timestamp], bytes),
        ("another secret", other.headers("svix").to_vec(), bytes),
        ("another body", good.headers("svix").to_vec(), &bytes[1..]),
        ("no body", good.headers("svix").to_vec(), b""),
        ("an old one", old.headers("svix").to_vec(), bytes),
        ("one that lies ahead", ahead.headers("svix").to_vec(), bytes),
        ("an id with a dot", dotted.headers("svix").to_vec(), bytes),
        ("two ids", vec![id, id, timestamp, signature], bytes),
        ("two timestamps", vec![id, timestamp, timestamp, signature], bytes),
        ("two signatures", vec![id, timestamp, signature, signature], bytes),
        ("a bad signature first", vec![id, timestamp, ("Svix-Signature", other_signature.1), signature], bytes),
        ("a good signature first", vec![id, timestamp, signature, ("Svix-Signature", other_signature.1)], bytes),
        ("an id that nobody can read", vec![id, ("SVIX-ID", "caf\u{e9}"), timestamp, signature], bytes),
        ("an id that is taken away", vec![id, timestamp, signature, ("Connection", "svix-id")], bytes),
        ("sets that are mixed", vec![id, other_timestamp, signature], bytes),
        ("sets that are mixed otherwise", vec![other_id, timestamp, ("Webhook-Signature", signature.1)], bytes),
    ] {
        let answer = serving.post(&headers, body);
        assert_eq!((answer.status, answer.text().as_str()), (401, REFUSED), "{what}");
        assert_eq!(answer.headers["cache-control"], "no-store");
    }
    let foreign = json!({"type": "organization.created", "instance_id": "ins_2", "data": {"id": "org_1", "updated_at": 1}});
    let answer = serving.send(&Message::of("msg_1", &foreign));
    assert_eq!((answer.status, answer.text().as_str()), (403, REFUSED));
    assert!(!home.org.path("directory.db").exists());
    serving.running.until("why", || serving.running.said().matches("a message is refused: ").count() == 20);
    // The other names are as good, and so are chunks.
    assert_eq!(serving.post(&good.headers("webhook"), bytes).status, 200);
    let late = aged(-300);
    let (first, rest) = body.split_at(10);
    let chunked = format!("a\r\n{first}\r\n{:x}\r\n{rest}\r\n0\r\n\r\n", rest.len());
    let headers = [&late.headers("svix")[..], &[("Transfer-Encoding", "chunked")]].concat();
    assert_eq!(raw(&serving.webhooks, &headers, &chunked), 200);
    assert_eq!(home.status()["mirrored"][0]["id"], "org_1");
}

/// The status of the answer to a body that is framed already.
fn raw(address: &str, headers: &[(&str, &str)], body: &str) -> u16 {
    use std::io::{Read, Write};
    let mut stream = std::net::TcpStream::connect(address).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(60))).unwrap();
    let headers: String = headers.iter().map(|(name, value)| format!("{name}: {value}\r\n")).collect();
    stream.write_all(format!("POST {PATH} HTTP/1.1\r\nHost: {address}\r\n{headers}\r\n{body}").as_bytes()).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer.split(' ').nth(1).unwrap().parse().unwrap()
}

#[test]
fn old_and_new_secret_count_side_by_side() {
    let home = Home::new();
    let (new, never) = (b"the new secret is 32 bytes long!", b"never a secret, 32 bytes long ok");
    home.org.env("STATUARY_CLERK_WEBHOOK_SECRETS", format!("{} {}", secret(new), secret(KEY)));
    let serving = home.serve();
    let body = made("session.created").to_string();
    for (number, (key, status)) in [(&new[..], 200), (KEY, 200), (never, 401)].into_iter().enumerate() {
        assert_eq!(serving.send(&Message::signed(key, &format!("msg_{number}"), NOW, body.as_bytes())).status, status, "{number}");
    }
    // As Clerk sends it while both are valid: one signature per secret, in any order.
    let (with_new, with_never) =
        (Message::signed(new, "msg_9", NOW, body.as_bytes()), Message::signed(never, "msg_9", NOW, body.as_bytes()));
    for signatures in [format!("{} {}", with_never.signature, with_new.signature), format!("v1a,x {}", with_new.signature)] {
        assert_eq!(serving.send(&Message { signature: signatures, ..with_new.clone() }).status, 200);
    }
}

#[test]
fn a_secret_or_a_key_that_is_none_keeps_the_server_from_starting() {
    for (name, value, words) in [
        ("STATUARY_CLERK_WEBHOOK_SECRET", "", "error: `STATUARY_CLERK_WEBHOOK_SECRET` is set and empty\n"),
        ("STATUARY_CLERK_WEBHOOK_SECRET", "whsec_", "error: a webhook secret is empty after `whsec_`\n"),
        ("CLERK_WEBHOOK_SIGNING_SECRET", "whsec_Y2FuYXJ5", "error: a webhook secret is too short\n"),
        ("CLERK_JWT_KEY", "nonsense", "error: "),
    ] {
        let org = TestOrg::in_memory();
        org.run("init .").success();
        org.env(name, value);
        org.run("serve --port 0").stdout("").stderr_starts(words).code(5);
    }
}

#[test]
fn without_a_secret_messages_shall_come_again_and_nobody_else_is_let_in() {
    let org = TestOrg::in_memory();
    org.clock("2026-11-20T10:20:00Z").run("init .").success();
    org.run("org create acme --name Acme").success();
    org.run("serve --port 0 --webhooks 0.0.0.0:0")
        .stdout("")
        .stderr(
            "error: 0.0.0.0 lets others in, and there is no webhook secret by which to know Clerk\n\
             hint: give it as STATUARY_CLERK_WEBHOOK_SECRET\n",
        )
        .code(4);
    let running = Running::start(&org, "--json serve --port 0 --webhooks 127.0.0.1:0", true);
    let told: Value = serde_json::from_str(&running.first).unwrap();
    let webhooks = told["webhooks"].as_str().unwrap().trim_start_matches("http://").trim_end_matches('/').to_owned();
    let message = Message::of("msg_1", &made("organization.created"));
    let answer = ask(&webhooks, "POST", PATH, &message.headers("svix"), &message.body).unwrap();
    assert_eq!((answer.status, answer.text().as_str()), (503, REFUSED));
    assert!(running.said().contains("no webhook secret is set"), "{}", running.said());
    drop(running);
    let running = Running::start(&org, "--json serve --port 0", true);
    assert_eq!(serde_json::from_str::<Value>(&running.first).unwrap()["webhooks"], Value::Null);
}

#[test]
fn an_address_that_is_taken_says_so() {
    let home = Home::new();
    let serving = home.serve();
    home.org
        .run(&format!("serve --webhooks {}", serving.webhooks))
        .stdout("")
        .stderr(&format!(
            "error: cannot listen at {}: address already in use\nhint: choose another with `--webhooks ADDR:PORT`\n",
            serving.webhooks
        ))
        .code(1);
}

#[test]
fn what_a_crash_left_undone_is_done_at_the_next_start() {
    let home = Home::new();
    // Told of while nobody made folders.
    let settings = std::fs::read_to_string(home.org.path("statuary.toml")).unwrap();
    home.org.write("statuary.toml", format!("{settings}provision = false\n"));
    let serving = home.serve();
    for (id, event) in [("msg_1", made("organization.created")), ("msg_2", ben_joins())] {
        assert_eq!(serving.deliver(id, &event), 200);
    }
    assert_eq!(home.orgs().len(), 0);
    drop(serving);
    home.org.write("statuary.toml", settings);
    let serving = home.serve();
    serving.until_page("/northwind/", "Northwind Traders");
    assert_eq!(home.status()["mirrored"][0]["id"], NORTHWIND);
}

#[test]
fn a_damaged_directory_keeps_no_page_from_being_served() {
    let home = Home::new();
    let serving = home.serve();
    assert_eq!(serving.deliver("msg_1", &made("organization.created")), 200);
    drop(serving);
    home.org.write("directory.db", "no database");
    let serving = home.serve();
    serving.until_page("/northwind/", "Northwind Traders");
    assert_eq!(serving.deliver("msg_2", &made("user.created")), 503);
    assert!(serving.running.said().contains("organizations at Clerk could not be seen to: "), "{}", serving.running.said());
    assert_eq!(std::fs::read_to_string(home.org.path("directory.db")).unwrap(), "no database");
}
