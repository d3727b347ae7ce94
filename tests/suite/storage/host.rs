//! Object storage on loopback: moto's, begun once for all tests of this run, or any host that the environment names.
//!
//! `STATUARY_TEST_STORAGE` names another host (`http://HOST:PORT`), with `STATUARY_TEST_STORAGE_KEY`, `STATUARY_TEST_STORAGE_SECRET` and
//! `STATUARY_TEST_STORAGE_REGION`; buckets are made there and stay. `tests/storage/ceph.sh` begins one, Ceph's gateway on this machine:
//! `STATUARY_TEST_STORAGE=http://127.0.0.1:7480 cargo test --test suite -- publishing storage:: every_error::publishing`.

use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;
use std::time::Duration;

use rusty_s3::{Bucket as Signer, Credentials, S3Action, UrlStyle};
use statuary::storage::{Address, Bucket, Environment, Patience, Settings};

/// Keys that must not be seen anywhere.
const KEY: &str = "CANARYKEYQ7WJ2";
const SECRET: &str = "CANARY-SECRET-ZK41/x+9";

/// A host, and the bucket made for one test.
pub(crate) struct TestStorage {
    /// Where it listens.
    pub(crate) endpoint: String,
    /// The bucket's name.
    pub(crate) bucket: String,
    key: String,
    secret: String,
    region: String,
}

/// What runs until this process ends, which closes its standard input.
struct Host {
    endpoint: String,
    _child: Option<Child>,
}

impl TestStorage {
    /// A new bucket; `None`, said aloud, where this machine has no storage.
    #[track_caller]
    pub(crate) fn new(test: &str) -> Option<Self> {
        static HOST: OnceLock<Option<Host>> = OnceLock::new();
        let Some(host) = HOST.get_or_init(start) else {
            drop(writeln!(std::io::stderr(), "SKIPPED: {test}: no object storage here; tests/storage/install.sh installs it"));
            return None;
        };
        let given =
            |name: &str, default: &str| std::env::var(format!("STATUARY_TEST_STORAGE_{name}")).unwrap_or_else(|_| default.to_owned());
        let storage = Self {
            endpoint: host.endpoint.clone(),
            bucket: format!("statuary-{:016x}", std::hash::BuildHasher::hash_one(&std::hash::RandomState::new(), 0)),
            key: given("KEY", KEY),
            secret: given("SECRET", SECRET),
            region: given("REGION", "us-east-1"),
        };
        storage.make_bucket();
        Some(storage)
    }

    /// The same at the host of tests only, which believes whatever is signed and gives credentials to anybody.
    #[track_caller]
    pub(crate) fn credulous(test: &str) -> Option<Self> {
        if std::env::var_os("STATUARY_TEST_STORAGE").is_some() {
            drop(writeln!(std::io::stderr(), "SKIPPED: {test}: only at the host of tests"));
            return None;
        }
        Self::new(test)
    }

    fn make_bucket(&self) {
        let credentials = Credentials::new(&self.key, &self.secret);
        let signer = Signer::new(self.endpoint.parse().unwrap(), UrlStyle::Path, self.bucket.clone(), self.region.clone()).unwrap();
        let url = signer.create_bucket(&credentials).sign(Duration::from_secs(60));
        ureq::put(url.as_str()).send_empty().expect("a bucket can be made");
    }

    /// An address by which anybody can read an object for a while.
    pub(crate) fn link(&self, name: &str) -> String {
        let credentials = Credentials::new(&self.key, &self.secret);
        let signer = Signer::new(self.endpoint.parse().unwrap(), UrlStyle::Path, self.bucket.clone(), self.region.clone()).unwrap();
        signer.get_object(Some(&credentials), name).sign(Duration::from_secs(600)).into()
    }

    /// The address of a prefix in the bucket.
    pub(crate) fn address(&self, prefix: &str) -> String {
        format!("s3://{}/{prefix}", self.bucket)
    }

    /// What a process needs to speak to it, by way of `endpoint`.
    pub(crate) fn variables(&self, endpoint: &str) -> Vec<(String, String)> {
        let own = [
            ("AWS_ACCESS_KEY_ID", self.key.as_str()),
            ("AWS_SECRET_ACCESS_KEY", self.secret.as_str()),
            ("AWS_ENDPOINT_URL_S3", endpoint),
            ("AWS_REGION", self.region.as_str()),
        ];
        own.into_iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect()
    }

    /// A client for a prefix, by way of `endpoint`, that loses patience slowly and waits little.
    pub(crate) fn client_at(&self, endpoint: &str, prefix: &str) -> Bucket {
        let environment = Environment::new(self.variables(endpoint), None);
        let address: Address = self.address(prefix).parse().unwrap();
        let patience = Patience {
            attempts: 12,
            first_pause: Duration::from_millis(5),
            longest_pause: Duration::from_millis(100),
            ..Patience::default()
        };
        Bucket::open(&address, &Settings::default(), &environment).unwrap().with_patience(patience)
    }

    /// A client for a prefix.
    pub(crate) fn client(&self, prefix: &str) -> Bucket {
        self.client_at(&self.endpoint, prefix)
    }

    /// What must be in no output.
    pub(crate) fn canaries(&self) -> [&str; 3] {
        [&self.key, &self.secret, "X-Amz-Signature"]
    }
}

/// Begins the host; `None` where it is not installed.
fn start() -> Option<Host> {
    if let Ok(endpoint) = std::env::var("STATUARY_TEST_STORAGE") {
        return Some(Host { endpoint, _child: None });
    }
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/storage");
    let python = folder.join(".venv/bin/python");
    if !python.exists() {
        return None;
    }
    let mut child = Command::new(python)
        .arg(folder.join("host.py"))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .expect("the storage can be started");
    let mut endpoint = String::new();
    BufReader::new(child.stdout.take().expect("a pipe")).read_line(&mut endpoint).expect("its address");
    assert!(endpoint.starts_with("http://"), "the storage did not start: {endpoint:?}");
    Some(Host { endpoint: endpoint.trim().to_owned(), _child: Some(child) })
}
