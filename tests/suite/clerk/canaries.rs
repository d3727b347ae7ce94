//! What must not be seen is looked for wherever something could show it: answers, the log at its most talkative, arguments, files.

use std::fs;
use std::path::Path;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::json;

use super::home::{ADA, Home, KEY, Message, NORTHWIND, NOW, PATH, claims, made, secret, token};
use crate::serving::ask;

/// Every file below `folder`, as far as it is one, with its bytes as text.
fn files(folder: &Path, found: &mut Vec<(String, String)>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files(&path, found);
        } else {
            found.push((path.display().to_string(), String::from_utf8_lossy(&fs::read(&path).unwrap()).into_owned()));
        }
    }
}

#[test]
fn no_secret_and_no_address_is_seen_anywhere() {
    let home = Home::new();
    home.org.env("RUST_LOG", "trace").env("RUST_BACKTRACE", "full");
    let serving = home.serve();
    let mut answers = Vec::new();
    let mut user = made("user.created");
    user["data"]["email_addresses"][0]["email_address"] = "canary@mail.example".into();
    let mut member = made("organizationMembership.created");
    member["data"]["public_user_data"]["identifier"] = "canary@mail.example".into();
    let mut invitation = made("organizationInvitation.created");
    invitation["data"]["email_address"] = "guest-canary@mail.example".into();
    let broken = json!({"type": "user.created", "data": {"email_addresses": "canary@mail.example", "id": "canary@mail.example"}});
    for (number, event) in [made("organization.created"), user, member, invitation, broken].iter().enumerate() {
        let message = Message::of(&format!("msg_{number}"), event);
        answers.push(serving.send(&message).text());
        // Refused, with everything that could be repeated in it.
        answers.push(serving.post(&message.headers("svix")[1..], &message.body).text());
        answers.push(ask(&serving.address, "POST", PATH, &message.headers("svix"), &message.body).unwrap().text());
    }
    answers.push(serving.send(&Message::signed(KEY, "msg_x", NOW, b"canary@mail.example")).text());
    serving.until_page("/northwind/", "Northwind");
    let tokens = [
        token(&claims(ADA, NORTHWIND, "admin")),
        token(&claims("user_mallory", NORTHWIND, "admin")),
        token(&json!({"sub": "canary@mail.example"})),
        format!("{}x", token(&claims(ADA, NORTHWIND, "admin"))),
    ];
    for token in &tokens {
        for body in [r#"{"title": "New"}"#, r#"{"title": 7}"#, ""] {
            for path in ["/northwind/api/incidents", "/nosuch/api/incidents"] {
                answers.push(serving.api("POST", path, token, body).text());
            }
        }
    }
    serving.until_page("/northwind/", "New");
    answers.push(ask(&serving.address, "GET", "/northwind/api/v2/summary.json", &[], b"").unwrap().text());
    let process = serving.running.pid();
    let arguments = fs::read_to_string(format!("/proc/{process}/cmdline")).unwrap();
    let threads = fs::read_dir(format!("/proc/{process}/task")).unwrap();
    let names: Vec<String> = threads.filter_map(|thread| fs::read_to_string(thread.ok()?.path().join("comm")).ok()).collect();
    for command in ["clerk status", "clerk status --json", "org list --json"] {
        answers.push(home.org.run(command).text());
    }
    let said = serving.running.said();
    assert!(said.contains("DEBUG") && said.contains("a session token is refused"), "the log says too little: {said}");
    drop(serving);
    // A secret that is refused is not repeated either.
    home.org.env("STATUARY_CLERK_WEBHOOK_SECRETS", "whsec_canarycanary!");
    home.org.run("serve --port 0").stdout("").stderr_matches(|words| !words.contains("canary")).code(5);

    let secret = secret(KEY);
    let bare = secret.trim_start_matches("whsec_");
    let hexadecimal: String = KEY.iter().map(|byte| format!("{byte:02x}")).collect();
    let signature_of_a_token = tokens[0].rsplit('.').next().unwrap();
    let key = String::from_utf8_lossy(KEY);
    let secrets = [bare, &hexadecimal, &key, signature_of_a_token, "canary@mail.example", "203.0.113.7", "Firefox", "Byron"];
    let places = [("the log", &said), ("arguments", &arguments), ("names of threads", &names.concat()), ("answers", &answers.concat())];
    for (place, text) in places {
        for secret in secrets {
            assert!(!text.contains(secret) && !text.contains(&STANDARD.encode(secret)), "{secret} in {place}:\n{text}");
        }
    }
    let mut found = Vec::new();
    files(&home.org.path(""), &mut found);
    assert!(found.len() > 30, "{}", found.len());
    for (path, text) in &found {
        // Who belongs where is what the directory is for; an organization's record says who did what.
        let known: &[&str] = match Path::new(path).file_name().and_then(|name| name.to_str()) {
            Some("directory.db") => &["canary@mail.example", "Byron"],
            Some("org.db") => &["Byron"],
            _ => &[],
        };
        for secret in secrets.iter().filter(|secret| !known.contains(secret)) {
            assert!(!text.contains(secret), "{secret} in {path}");
        }
    }
}
