//! What is said about object storage, shared records, and deeds that meet a record that is otherwise than they expect.

use std::collections::HashMap;
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::sync::{Arc, Mutex};

use statuary::config::{Declaration, Workspace};
use statuary::error::UserError;
use statuary::ops::apply::{ApplyOptions, apply};
use statuary::ops::service::{self, ServiceSettings};
use statuary::ops::{Deed, Org};
use statuary::storage::{Address, Bucket, Environment, Put, Settings};

use super::files::complaint;
use crate::fresh_org::at;
use crate::test_org::TestOrg;

/// A request: its method, its path and query, and its headers in lower case.
struct Asked {
    method: String,
    target: String,
    headers: String,
    body: Vec<u8>,
}

/// An answer: its status, further headers, and its body.
type Told = (u16, String, Vec<u8>);

/// A host that answers as a test says, one request a connection; it ends with the process. Where it listens.
fn played(answer: impl Fn(&Asked) -> Told + Send + Sync + 'static) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let endpoint = format!("http://{}", listener.local_addr().unwrap());
    let answer = Arc::new(answer);
    std::thread::spawn(move || {
        for client in listener.incoming().flatten() {
            let answer = Arc::clone(&answer);
            std::thread::spawn(move || serve(client, &*answer));
        }
    });
    endpoint
}

fn serve(mut client: TcpStream, answer: &dyn Fn(&Asked) -> Told) -> Option<()> {
    let (mut bytes, mut part) = (Vec::new(), [0; 16 * 1024]);
    let end = loop {
        if let Some(end) = bytes.windows(4).position(|four| four == b"\r\n\r\n") {
            break end + 4;
        }
        let count = client.read(&mut part).ok().filter(|count| *count > 0)?;
        bytes.extend_from_slice(&part[..count]);
    };
    let mut body = bytes.split_off(end);
    let head = String::from_utf8(bytes).ok()?;
    let mut words = head.split_whitespace();
    let (method, target) = (words.next()?.to_owned(), words.next()?.to_owned());
    let headers = head.to_lowercase();
    let length: usize = headers.lines().find_map(|line| line.strip_prefix("content-length:")?.trim().parse().ok()).unwrap_or(0);
    let mut missing = vec![0; length.saturating_sub(body.len())];
    client.read_exact(&mut missing).ok()?;
    body.append(&mut missing);
    let is_head = method == "HEAD";
    let (status, more, told) = answer(&Asked { method, target, headers, body });
    let head = format!("HTTP/1.1 {status} Told\r\n{more}content-length: {}\r\nconnection: close\r\n\r\n", told.len());
    client.write_all(head.as_bytes()).ok()?;
    if is_head { Some(()) } else { client.write_all(&told).ok() }
}

/// What a bucket holds: by path, the number of the version and the bytes.
type Objects = Arc<Mutex<HashMap<String, (usize, Vec<u8>)>>>;

/// A bucket in memory that holds to conditions, and what is in it.
fn bucket() -> (String, Objects) {
    let objects = Objects::default();
    let held = Arc::clone(&objects);
    let endpoint = played(move |asked| {
        let mut objects = held.lock().unwrap();
        let path = asked.target.split('?').next().unwrap_or_default().to_owned();
        let there = objects.get(&path).cloned();
        let etag = |version: usize| format!("etag: \"v{version}\"\r\n");
        let condition = |name: &str| asked.headers.lines().find_map(|line| Some(line.strip_prefix(name)?.trim().to_owned()));
        let is = |wanted: &str| there.as_ref().is_some_and(|(version, _)| wanted == format!("\"v{version}\""));
        match (asked.method.as_str(), &there) {
            ("PUT", there) => {
                let fits =
                    condition("if-match:").is_none_or(|wanted| is(&wanted)) && (condition("if-none-match:").is_none() || there.is_none());
                if !fits {
                    return (412, String::new(), Vec::new());
                }
                let version = objects.len() + there.as_ref().map_or(0, |(version, _)| *version) + 1;
                objects.insert(path, (version, asked.body.clone()));
                (200, etag(version), Vec::new())
            }
            ("DELETE", _) => {
                objects.remove(&path);
                (204, String::new(), Vec::new())
            }
            (_, None) => (404, String::new(), Vec::new()),
            (_, Some(_)) if condition("if-none-match:").is_some_and(|known| is(&known)) => (304, String::new(), Vec::new()),
            (_, Some((version, bytes))) => (200, etag(*version), bytes.clone()),
        }
    });
    (endpoint, objects)
}

/// What a process needs to speak to a host.
fn variables(endpoint: &str) -> [(String, String); 4] {
    [("AWS_ACCESS_KEY_ID", "key"), ("AWS_SECRET_ACCESS_KEY", "secret"), ("AWS_ENDPOINT_URL_S3", endpoint), ("AWS_REGION", "us-east-1")]
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
}

/// A machine with a copy of its own of an organization that is shared.
fn machine(endpoint: &str) -> TestOrg {
    let org = TestOrg::in_memory();
    org.write("acme/org.toml", "name = 'Acme'\n[state]\nremote = 's3://status/acme'\n");
    for (name, value) in variables(endpoint) {
        org.env(&name, value);
    }
    org.enter("acme");
    org
}

/// A client for `s3://status/acme` by way of `endpoint`.
fn client(endpoint: &str, settings: &Settings) -> Result<Bucket, UserError> {
    let address: Address = "s3://status/acme".parse().unwrap();
    Bucket::open(&address, settings, &Environment::new(variables(endpoint), None))
}

#[test]
fn settings_of_object_storage_are_told_with_their_place() {
    let org = TestOrg::new();
    org.run("service add api").success();
    let address = "write it as in `s3://my-bucket/status`";
    let host = "write it as in `https://s3.example.com`";
    for (settings, place, message, hint) in [
        (
            "[state]\nremote = 'http://x'",
            "line 3, column 10: ",
            "`http://x` is no address of object storage: it does not begin with `s3://`",
            address,
        ),
        (
            "[state]\nremote = 's3://ab'",
            "line 3, column 10: ",
            "`s3://ab` is no address of object storage: a bucket has 3 to 63 of a-z, 0-9, `.` and `-`",
            address,
        ),
        (
            "[state]\nremote = 's3://status//'",
            "line 3, column 10: ",
            "`s3://status//` is no address of object storage: its prefix cannot be the beginning of a key",
            address,
        ),
        (
            "[storage]\nendpoint = 'ftp://x'",
            "line 3, column 12: ",
            "the endpoint of object storage is no address that begins with `https://` or `http://`",
            host,
        ),
        ("[storage]\nregion = 'a b'", "line 3, column 10: ", "`a b` is no region of object storage", ""),
    ] {
        org.write("acme/org.toml", format!("name = 'Acme'\n{settings}\n"));
        org.run("status").stderr(&complaint(&format!("[ROOT]/acme/org.toml: {place}{message}"), hint)).code(5);
    }
}

#[test]
fn a_record_that_is_not_there_is_told_with_the_way_to_it() {
    let alone = TestOrg::new();
    alone.run("service add api").success();
    let hint = "set `remote = \"s3://BUCKET/PREFIX\"` below `[state]` in org.toml";
    for verb in ["push", "pull", "status"] {
        alone.run(&format!("state {verb}")).stderr(&complaint("`acme` has no remote", hint)).code(2);
    }

    let (endpoint, objects) = bucket();
    let (one, other) = (machine(&endpoint), machine(&endpoint));
    one.run("state push").stderr(&complaint("`[ROOT]/acme` has no org.db", "take it from the remote: `statuary state pull`")).code(3);
    let hint = "push the one that is here with `statuary state push`";
    one.run("state pull").stderr(&complaint("`s3://status/acme` has no record yet", hint)).code(3);
    one.run("service add api").success();

    other.run("state pull").success();
    one.run("service add web --offline").success();
    other.run("service add mail").success();
    let hint = "`statuary state pull --replace` takes what is there and keeps what is here in a file; then do again what is missing";
    let message = "`acme` was written to here without the remote, and `s3://status/acme` by somebody else meanwhile";
    one.run("state push").stderr(&complaint(message, hint)).code(4);

    objects.lock().unwrap().clear();
    let message = "`s3://status/acme` has no record any more, but it had one";
    other.run("service add shop").stderr(&complaint(message, "`statuary state push` puts back the one that is here")).code(4);
}

#[test]
fn a_remote_that_cannot_be_used_is_told_with_the_way_on() {
    let (endpoint, _) = bucket();
    let org = machine(&endpoint);
    org.run("service add api").success();
    org.env("AWS_ENDPOINT_URL_S3", "http://127.0.0.1:9");
    let message = "cannot read `s3://status/acme/org.db` at `http://127.0.0.1:9`: connection refused";
    let hint = "`--offline` works on the copy here; `statuary state push` pushes it later";
    org.run("service add web").stderr(&complaint(message, hint)).code(1);

    // A host that takes every write and has nothing.
    let careless = played(|asked| match asked.method.as_str() {
        "PUT" => (200, "etag: \"same\"\r\n".to_owned(), Vec::new()),
        "DELETE" => (204, String::new(), Vec::new()),
        _ => (404, String::new(), Vec::new()),
    });
    let message = "the host of `s3://status/acme` does not hold to conditions of writes";
    let hint = "share a record where conditional writes are honoured, or what others write would be lost";
    machine(&careless).run("service add api").stderr(&complaint(message, hint)).code(1);
}

#[test]
fn what_a_host_cannot_be_asked_and_what_it_leaves_out_is_told() {
    let endpoint = played(|_| (200, String::new(), Vec::new()));
    let bucket = client(&endpoint, &Settings::default()).unwrap();
    let error = bucket.head("a").unwrap_err();
    assert_eq!(error.message, format!("cannot look at `s3://status/acme/a` at `{endpoint}`: the host names no version"));
    let error = bucket.put("a", &Put { content_type: Some("text/\nhtml"), ..Put::default() }).unwrap_err();
    let message = format!("cannot write `s3://status/acme/a` at `{endpoint}`: what is to be sent with it cannot stand in a header");
    assert_eq!(error.message, message);
    let error = bucket.list("").unwrap_err();
    assert_eq!(error.message, format!("cannot list `s3://status/acme/` at `{endpoint}`: the host's listing cannot be read"));

    let in_name = Settings { path_style: Some(false), ..Settings::default() };
    let error = client("http://[::1]:9", &in_name).map(|_| ()).unwrap_err();
    assert_eq!(error.message, "the host of `s3://status/acme` cannot have a bucket in its name");
    assert_eq!(error.hint.as_deref(), Some("set `path_style = true`"));
}

#[test]
fn web_identity_that_gives_no_credentials_is_told() {
    let listed = |variables: &[(&str, &str)]| {
        let own = [("AWS_ROLE_ARN", "arn:aws:iam::1:role/status"), ("AWS_ENDPOINT_URL_S3", "http://127.0.0.1:9")];
        let variables = own.iter().chain(variables).map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        let address: Address = "s3://status/acme".parse().unwrap();
        Bucket::open(&address, &Settings::default(), &Environment::new(variables, None)).unwrap().list("").unwrap_err()
    };
    let says = |status: u16, body: &'static str| played(move |_| (status, String::new(), body.as_bytes().to_vec()));
    let (nothing, refuses, token) = (says(200, "{}"), says(403, ""), says(200, "{\"value\": \"CANARY\"}"));
    let secret = ("ACTIONS_ID_TOKEN_REQUEST_TOKEN", "CANARY");

    let error = listed(&[("ACTIONS_ID_TOKEN_REQUEST_URL", &nothing), secret]);
    assert_eq!(error.message, "cannot get the web identity of this job: the answer cannot be read");
    let error = listed(&[("ACTIONS_ID_TOKEN_REQUEST_URL", &refuses), secret]);
    assert_eq!(error.message, "cannot get the web identity of this job: the credentials may not do this (status 403)");
    assert_eq!(error.hint.as_deref(), Some("give the job the permission `id-token: write`"));
    let error = listed(&[("ACTIONS_ID_TOKEN_REQUEST_URL", &token), secret, ("AWS_ENDPOINT_URL_STS", &nothing)]);
    assert_eq!(error.message, "cannot exchange the web identity for credentials: the answer cannot be read");
}

/// The organization `acme` of a workspace, open.
fn open(org: &TestOrg) -> Org {
    let root = org.path("acme");
    Org::open(Workspace::find(Some(&root), &root).unwrap().org(None).unwrap()).unwrap()
}

#[test]
fn what_changed_between_two_looks_is_told() {
    let org = TestOrg::new();
    org.run("service add api").success();
    let deed = Deed::new("ann", at("2026-11-22T14:30:00Z"));
    let file = Declaration::parse(Path::new("file.toml"), "[[services]]\nslug = 'web'\nname = 'Web'\n").unwrap();
    let mut opened = open(&org);
    let mut agreed = apply(&mut opened, &file, &ApplyOptions { dry_run: true, ..ApplyOptions::default() }, &deed).unwrap();
    agreed.changes.clear();
    let error = apply(&mut opened, &file, &ApplyOptions { agreed: Some(&agreed), ..ApplyOptions::default() }, &deed).unwrap_err();
    let error = error.downcast::<UserError>().unwrap();
    assert_eq!(error.message, "the organization was changed meanwhile");
    assert_eq!(error.hint.as_deref(), Some("apply the file again"));

    let settings = std::fs::read_to_string(org.path("acme/org.toml")).unwrap();
    org.write("acme/org.toml", "name = 'Acme'\n[state]\nremote = 's3://status/acme'\n");
    let mut opened = open(&org);
    org.write("acme/org.toml", settings);
    let error = service::add(&mut opened, &"web".parse().unwrap(), &ServiceSettings::default(), &deed).map(|_| ()).unwrap_err();
    assert_eq!(error.downcast::<UserError>().unwrap().message, "there is no remote any more");
    org.run("service list --quiet").stdout("api\toperational\t-\t100.0\t-\tapi\t\n").success();
}

#[test]
fn dates_and_series_that_do_not_fit_are_told() {
    let org = TestOrg::new();
    org.run("service add api").success();
    org.write("acme/file.toml", "[[services]]\nslug = 'api'\nname = 'API'\nstart_date = 3\n");
    org.run("apply file.toml").stderr(&complaint("file.toml: line 4, column 14: `start_date` is a number, not a date", "")).code(5);

    org.run("maintenance schedule Updates --from '2026-12-01 10:00' --for 1h --repeat 'FREQ=DAILY;COUNT=3'").success();
    org.run("--as eve maintenance update 1@2026-12-02 --message 'An hour later.'").success();
    let message = "cannot take back `scheduled maintenance Updates`: somebody has touched dates of it";
    org.run("undo").stderr(&complaint(message, "`statuary maintenance remove` removes it with them")).code(4);

    org.clock("2027-01-01T00:00:00Z");
    org.run("maintenance start 1").stderr(&complaint("maintenance `1` repeats", "it has no dates to come")).code(4);
}
