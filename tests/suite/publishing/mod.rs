//! `publish`: to folders, object storage, programs and several places at once, with readers looking on and things going wrong.

mod all;
mod bucket;
mod folder;
mod interrupted;
mod lost_claim;
#[path = "../../bench/organization.rs"]
mod organization;
mod race;
mod reader;
mod static_host;
mod sweep;
mod targets;

use std::path::Path;
use std::process::{Command, Output};

use crate::built_site::BuiltSite;
use crate::storage::TestStorage;
use crate::test_org::TestOrg;

/// The moment at which everything here happens, so that a site that is built twice is the same.
const NOW: &str = "2026-11-22T12:00:00Z";

/// An organization with services, incidents and maintenance, some pages each.
#[track_caller]
fn busy_org(incidents: usize) -> TestOrg {
    let org = TestOrg::new();
    org.clock("2026-11-20T12:00:00Z");
    org.run("service add api --name API").success();
    org.run("service add web --name Web").success();
    for number in 0..incidents {
        org.run(&format!("incident open 'Incident {number}' --service api --at -{}h", number * 30 + 2)).success();
        org.run(&format!("incident resolve {} --message 'It is over.' --at -{}h", number + 1, number * 30 + 1)).success();
    }
    org.clock(NOW);
    org
}

/// Lets commands speak to the storage by way of `endpoint`.
fn speak(org: &TestOrg, storage: &TestStorage, endpoint: &str) {
    for (name, value) in storage.variables(endpoint) {
        org.env(&name, value);
    }
}

/// Everything that a bucket shows to anybody below a prefix, but what is ours to remember.
#[track_caller]
fn shown(storage: &TestStorage, prefix: &str) -> BuiltSite {
    let names = storage.client(prefix).list("").unwrap().into_iter().map(|one| one.name).filter(|name| !name.starts_with('.'));
    BuiltSite { files: names.map(|name| (name.clone(), get(storage, prefix, &name).0)).collect() }
}

/// An object as a plain client reads it, with its type and how long it may be kept.
#[track_caller]
fn get(storage: &TestStorage, prefix: &str, name: &str) -> (Vec<u8>, String, String) {
    let mut answer = ureq::get(&storage.link(&format!("{prefix}/{name}"))).call().unwrap_or_else(|error| panic!("{name}: {error}"));
    let header = |name: &str| answer.headers().get(name).map_or(String::new(), |value| value.to_str().unwrap().to_owned());
    let (kind, kept) = (header("content-type"), header("cache-control"));
    (answer.body_mut().with_config().limit(1 << 30).read_to_vec().unwrap(), kind, kept)
}

/// Runs a command of the organization to its end, without expecting anything.
fn ran(org: &TestOrg, arguments: &[&str]) -> Output {
    org.command(arguments).output().unwrap()
}

/// Whether a program is installed.
fn has(program: &str) -> bool {
    Command::new(program).arg("-v").output().is_ok()
}

/// The site that is built in an organization's folder.
#[track_caller]
fn public(org: &TestOrg) -> BuiltSite {
    BuiltSite::read(&org.path("acme/public"))
}

/// Copies a folder with everything in it.
#[track_caller]
fn copy(from: &Path, to: &Path) {
    assert!(Command::new("cp").arg("-r").arg(from).arg(to).status().unwrap().success());
}
