//! A workspace whose organizations are managed in Clerk, its running server, and Clerk itself as far as it signs things.

use std::collections::BTreeMap;
use std::fs;

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use ring::hmac;
use ring::rand::SystemRandom;
use ring::signature::{RSA_PKCS1_SHA256, RsaKeyPair, RsaPublicKeyComponents};
use rusqlite::Connection;
use rusqlite::types::Value as SqlValue;
use serde_json::{Value, json};

use crate::serving::{Answer, Running, ask};
use crate::test_org::TestOrg;

/// The moment at which everything happens, which is that of the vectors.
pub(crate) const NOW: i64 = 1_795_170_000;
const CLOCK: &str = "2026-11-20T10:20:00Z";

/// What messages are signed with.
pub(crate) const KEY: &[u8] = b"canary-of-secrets-32-bytes-long!";

/// Where messages are posted to.
pub(crate) const PATH: &str = "/webhooks/clerk";

/// Ids in the events of the contract.
pub(crate) const NORTHWIND: &str = "org_3SfuUpMDWnX9NKk6WZ8QPF5cr2h";
pub(crate) const ADA: &str = "user_3S5L4uKPmbznKNWVTBPt31uNofO";
pub(crate) const BEN: &str = "user_3SRIuoSXyWaXSqGBOr5AMpIGIKZ";

/// A key made for tests, which opens nothing.
const SESSION_KEY: &[u8] = include_bytes!("../../../src/clerk/token/test_key.der");

/// The workspace.
pub(crate) struct Home {
    pub(crate) org: TestOrg,
}

/// A server of it.
pub(crate) struct Serving {
    pub(crate) running: Running,
    /// `127.0.0.1:PORT` of everybody.
    pub(crate) address: String,
    /// The same of webhooks.
    pub(crate) webhooks: String,
}

/// A message as it is sent.
#[derive(Clone, Debug)]
pub(crate) struct Message {
    pub(crate) id: String,
    pub(crate) timestamp: String,
    pub(crate) signature: String,
    pub(crate) body: Vec<u8>,
}

/// The secret as an operator gives it.
pub(crate) fn secret(key: &[u8]) -> String {
    format!("whsec_{}", STANDARD.encode(key))
}

/// An event of the contract.
pub(crate) fn made(name: &str) -> Value {
    let path = format!("{}/tests/contracts/clerk/made/{name}.json", env!("CARGO_MANIFEST_DIR"));
    serde_json::from_slice(&fs::read(path).unwrap()).unwrap()
}

/// Ben's membership, of which the contract has the end only.
pub(crate) fn ben_joins() -> Value {
    let mut event = made("organizationMembership.deleted");
    event["type"] = "organizationMembership.created".into();
    event
}

impl Home {
    /// A workspace without organizations.
    #[track_caller]
    pub(crate) fn new() -> Self {
        Self::with("")
    }

    /// The same with more in `[clerk]`.
    #[track_caller]
    pub(crate) fn with(settings: &str) -> Self {
        let org = TestOrg::in_memory();
        org.clock(CLOCK).run("init .").success();
        let serve = "[serve]\nport = 0\nwebhooks = \"127.0.0.1:0\"\n";
        org.write("statuary.toml", format!("{serve}[clerk]\njwks_file = \"keys.json\"\n{settings}"));
        org.write("keys.json", key_set());
        org.env("STATUARY_CLERK_WEBHOOK_SECRET", secret(KEY));
        Self { org }
    }

    #[track_caller]
    pub(crate) fn serve(&self) -> Serving {
        Serving::of(Running::start(&self.org, "--json serve", true))
    }

    /// The same, by way of a line of the shell in which the command is `"$0" "$@"`.
    #[track_caller]
    pub(crate) fn served_by(&self, line: &str) -> Serving {
        Serving::of(Running::within(&self.org, line, "--json serve"))
    }

    /// What `clerk status` says.
    #[track_caller]
    pub(crate) fn status(&self) -> Value {
        self.org.run("clerk status --json").json()
    }

    /// Every row of the directory.
    pub(crate) fn rows(&self) -> BTreeMap<String, Vec<String>> {
        let directory = Connection::open(self.org.path("directory.db")).unwrap();
        let names = "SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name";
        let tables: Vec<String> = directory.prepare(names).unwrap().query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect();
        let rows_of = |table: &str| {
            let mut statement = directory.prepare(&format!("SELECT * FROM {table}")).unwrap();
            let columns = statement.column_count();
            let rows = statement.query_map([], |row| {
                let values = (0..columns).map(|column| row.get::<_, SqlValue>(column)).collect::<Result<Vec<_>, _>>();
                values.map(|values| format!("{values:?}"))
            });
            let mut rows: Vec<String> = rows.unwrap().map(Result::unwrap).collect();
            rows.sort();
            rows
        };
        tables.into_iter().map(|table| (table.clone(), rows_of(&table))).collect()
    }

    /// The folders of organizations.
    #[track_caller]
    pub(crate) fn orgs(&self) -> Vec<String> {
        let list = self.org.run("org list --json").json();
        list["orgs"].as_array().unwrap().iter().map(|org| org["slug"].as_str().unwrap().to_owned()).collect()
    }
}

impl Serving {
    #[track_caller]
    fn of(running: Running) -> Self {
        let told: Value = serde_json::from_str(&running.first).unwrap();
        let bare = |name: &str| told[name].as_str().unwrap().trim_start_matches("http://").trim_end_matches('/').to_owned();
        Self { address: bare("address"), webhooks: bare("webhooks"), running }
    }

    /// Posts this to the address for webhooks.
    #[track_caller]
    pub(crate) fn post(&self, headers: &[(&str, &str)], body: &[u8]) -> Answer {
        ask(&self.webhooks, "POST", PATH, headers, body).unwrap()
    }

    /// Sends a message.
    #[track_caller]
    pub(crate) fn send(&self, message: &Message) -> Answer {
        self.post(&message.headers("svix"), &message.body)
    }

    /// Sends this event as a message with this id.
    #[track_caller]
    pub(crate) fn deliver(&self, id: &str, event: &Value) -> u16 {
        self.send(&Message::of(id, event)).status
    }

    /// Asks the API.
    #[track_caller]
    pub(crate) fn api(&self, method: &str, path: &str, token: &str, body: &str) -> Answer {
        let authorization = format!("Bearer {token}");
        let headers = [("authorization", authorization.as_str()), ("content-type", "application/json")];
        ask(&self.address, method, path, &headers, body.as_bytes()).unwrap()
    }

    /// Waits until a page is there that says this.
    #[track_caller]
    pub(crate) fn until_page(&self, path: &str, words: &str) {
        self.running.until(path, || ask(&self.address, "GET", path, &[], b"").is_ok_and(|page| page.text().contains(words)));
    }
}

impl Message {
    /// This event, signed now.
    pub(crate) fn of(id: &str, event: &Value) -> Self {
        Self::signed(KEY, id, NOW, event.to_string().as_bytes())
    }

    /// These bytes, signed with this key at this moment.
    pub(crate) fn signed(key: &[u8], id: &str, timestamp: i64, body: &[u8]) -> Self {
        let signed = [id.as_bytes(), b".", timestamp.to_string().as_bytes(), b".", body].concat();
        let mac = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, key), &signed);
        let signature = format!("v1,{}", STANDARD.encode(mac));
        Self { id: id.to_owned(), timestamp: timestamp.to_string(), signature, body: body.to_vec() }
    }

    /// The headers of the set that begins with this.
    pub(crate) fn headers(&self, set: &str) -> [(&'static str, &str); 3] {
        let names = match set {
            "svix" => ["Svix-Id", "Svix-Timestamp", "Svix-Signature"],
            _ => ["Webhook-Id", "Webhook-Timestamp", "Webhook-Signature"],
        };
        [(names[0], &self.id), (names[1], &self.timestamp), (names[2], &self.signature)]
    }
}

/// The public half of the key, as Clerk would publish it.
fn key_set() -> String {
    let public = RsaPublicKeyComponents::<Vec<u8>>::from(RsaKeyPair::from_der(SESSION_KEY).unwrap().public());
    let number = |bytes: &[u8]| URL_SAFE_NO_PAD.encode(bytes);
    json!({"keys": [{"kty": "RSA", "kid": "ins_1", "n": number(&public.n), "e": number(&public.e)}]}).to_string()
}

/// What a session token of a member says.
pub(crate) fn claims(user: &str, organization: &str, role: &str) -> Value {
    json!({
        "v": 2, "sub": user, "sid": "sess_1", "iss": "https://clerk.example.com", "iat": NOW, "nbf": NOW - 10, "exp": NOW + 60,
        "o": {"id": organization, "slg": "northwind", "rol": role},
    })
}

/// A session token.
pub(crate) fn token(claims: &Value) -> String {
    signed_token(&json!({"alg": "RS256", "kid": "ins_1", "typ": "JWT"}), claims)
}

/// A token with this header.
pub(crate) fn signed_token(header: &Value, claims: &Value) -> String {
    let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
    let signed = format!("{}.{}", part(header), part(claims));
    let pair = RsaKeyPair::from_der(SESSION_KEY).unwrap();
    let mut signature = vec![0; pair.public().modulus_len()];
    pair.sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), signed.as_bytes(), &mut signature).unwrap();
    format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature))
}
