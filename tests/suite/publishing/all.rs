//! Every organization of a workspace in one command.

use std::io::Write;
use std::time::Instant;

use super::{NOW, copy, speak};
use crate::storage::TestStorage;
use crate::test_org::TestOrg;

#[test]
fn one_broken_organization_is_named_and_the_others_are_up() {
    many(12, 2);
}

#[test]
#[ignore = "the long form: a thousand organizations of fifty incidents"]
fn long_one_broken_organization_is_named_and_the_others_are_up() {
    many(1000, 50);
}

/// Publishes so many organizations, of which one cannot be built.
#[track_caller]
fn many(organizations: usize, incidents: usize) {
    let Some(storage) = TestStorage::new("many organizations") else { return };
    let org = TestOrg::empty();
    org.clock(NOW).run("init .").success();
    org.run("org create model --name Model").success();
    org.enter("model").run("service add api").success();
    for number in 0..incidents {
        org.run(&format!("incident open 'Incident {number}' --service api --at -{}h", number * 20 + 2)).success();
        org.run(&format!("incident resolve {} --at -{}h", number + 1, number * 20 + 1)).success();
    }
    for number in 1..organizations {
        copy(&org.path("model"), &org.path(&format!("org-{number:04}")));
    }
    org.enter("").write("org-0003/org.toml", "nome = 'x'\n");
    speak(&org, &storage, &storage.endpoint);
    let begun = Instant::now();
    let to = storage.address("all");
    org.run(&format!("publish {to} --all"))
        .stderr_matches(|words| {
            let mut lines = words.lines().rev();
            let (hint, error) = (lines.next().unwrap_or_default(), lines.next().unwrap_or_default());
            hint.starts_with("hint: ") && error.starts_with("error: cannot publish `org-0003`: ") && error.contains("unknown key `nome`")
        })
        .code(1);
    let took = begun.elapsed();
    let up = storage.client("all").list("").unwrap();
    let homes = up.iter().filter(|one| one.name.ends_with("/index.html") && one.name.matches('/').count() == 1).count();
    assert_eq!(homes, organizations - 1);
    drop(writeln!(
        std::io::stderr(),
        "{organizations} organizations of {incidents} incidents, {} objects, in {took:?}: {:?} each",
        up.len(),
        took / u32::try_from(organizations).unwrap()
    ));
}
