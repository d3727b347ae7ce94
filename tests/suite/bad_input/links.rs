//! Links planted in a workspace: what leads out of it, or into another organization, is refused by name.

#![expect(clippy::disallowed_methods, reason = "tests arrange files")]

use std::fs;
use std::os::unix::fs::symlink;

use super::{everything_in, outcome};
use crate::test_org::TestOrg;

/// Commands of which none may follow a link that leads out.
const COMMANDS: &[&[&str]] =
    &[&["--org", "acme", "status"], &["--org", "acme", "service", "add", "x"], &["--org", "acme", "build"], &["--org", "acme", "export"]];

/// Two organizations, and a third outside of the workspace.
fn neighbours() -> TestOrg {
    let org = TestOrg::empty();
    for (root, slugs) in [("w", ["acme", "globex"]), ("elsewhere", ["evil", "other"])] {
        org.enter("").run(&format!("init {root}")).success();
        org.enter(root);
        for slug in slugs {
            org.run(&format!("org create {slug} --name {slug}")).success();
            org.run(&format!("--org {slug} service add of-{slug}")).success();
            org.run(&format!("--org {slug} build")).success();
        }
    }
    org.enter("w");
    org
}

/// Puts a link to `target` in the place of `path`, whatever was there.
fn plant(org: &TestOrg, path: &str, target: &str) {
    let path = org.path(path);
    if path.is_dir() {
        fs::remove_dir_all(&path).unwrap();
    } else if fs::symlink_metadata(&path).is_ok() {
        fs::remove_file(&path).unwrap();
    }
    symlink(target, path).unwrap();
}

/// Every file of an organization that commands read or write, as a link to somewhere else.
#[test]
fn an_organizations_files_are_its_own() {
    for (file, targets) in [
        ("org.toml", ["../globex/org.toml", "/etc/passwd", "../../elsewhere/evil/org.toml"]),
        ("org.db", ["../globex/org.db", "/etc/passwd", "../../elsewhere/evil/org.db"]),
        (".statuary", ["../globex/.statuary", "/etc", "../../elsewhere/evil/.statuary"]),
        ("overrides", ["../globex", "/etc", "../../elsewhere/evil"]),
    ] {
        for target in targets {
            let org = neighbours();
            plant(&org, &format!("w/acme/{file}"), target);
            let before = everything_in(&org.path(""));
            for command in COMMANDS {
                let found = outcome(&org, command);
                if matches!(file, ".statuary" | "overrides") && command[2] != "build" {
                    // Nothing of them is read for this.
                    assert_eq!(found.code, Some(0), "{command:?}: {}", found.stderr);
                    continue;
                }
                found.refused(&[5], &format!("w/acme/{file}"));
                assert!(found.stderr.contains("link"), "{}", found.stderr);
            }
            let mut after = everything_in(&org.path(""));
            if matches!(file, ".statuary" | "overrides") {
                let record = org.path("w/acme/org.db");
                after.insert(record.clone(), before[&record].clone());
            }
            assert!(after == before, "{file} -> {target}: something has changed");
        }
    }
}

#[test]
fn files_of_a_theme_are_in_its_folder() {
    let org = neighbours();
    org.write("w/acme/overrides/templates/own.txt", "").write("secret.html", "SLIPMARK");
    fs::remove_file(org.path("w/acme/overrides/templates/own.txt")).unwrap();
    let site = everything_in(&org.path("w/acme/public"));
    for (path, target) in [
        ("templates/index.html", "/etc/passwd"),
        ("templates/index.html", "../../../../secret.html"),
        ("templates/index.html", "../../../globex/org.toml"),
        ("templates/index.html", "../../org.toml"),
        ("templates/index.html", "../../org.db"),
        ("templates/index.html", "index.html"),
        ("templates/index.html", "/nowhere"),
        ("templates/index.html", "/dev/zero"),
        ("words", "/etc"),
        ("words", ".."),
        ("assets", "../../globex"),
        ("theme.toml", "../org.toml"),
    ] {
        plant(&org, &format!("w/acme/overrides/{path}"), target);
        outcome(&org, &["--org", "acme", "build"]).refused(&[5], &format!("w/acme/overrides/{path}"));
        fs::remove_file(org.path(&format!("w/acme/overrides/{path}"))).unwrap();
    }
    assert!(std::process::Command::new("mkfifo").arg(org.path("w/acme/overrides/theme.toml")).status().unwrap().success());
    outcome(&org, &["--org", "acme", "build"]).refused(&[5], "w/acme/overrides/theme.toml");
    assert!(everything_in(&org.path("w/acme/public")) == site);
}

#[test]
fn an_organization_is_in_its_workspace() {
    let org = neighbours();
    for target in ["../elsewhere/evil", "/etc", "..", ".", "globex", "/nowhere"] {
        plant(&org, "w/evil", target);
        let found = outcome(&org, &["--org", "evil", "build"]);
        found.refused(&[3, 5], "evil");
        fs::remove_file(org.path("w/evil")).unwrap();
    }
    plant(&org, "w/evil", "../elsewhere/evil");
    outcome(&org, &["org", "list"]).refused(&[5], "w/evil` is a link that leaves the workspace");
    outcome(&org, &["--org", "evil", "service", "add", "x"]).refused(&[5], "w/evil` is a link that leaves the workspace");
    fs::remove_file(org.path("w/evil")).unwrap();
    plant(&org, "w/statuary.toml", "/etc/passwd");
    outcome(&org, &["--org", "acme", "status"]).refused(&[5], "w/statuary.toml");
}

/// A site may be published by a link to a web server's folder, but nothing within it leads elsewhere.
#[test]
fn a_link_within_a_site_is_not_followed() {
    let org = neighbours();
    org.write("precious/index.html", "precious");
    for place in ["services", "services/of-acme", "api", "api/v2"] {
        plant(&org, &format!("w/acme/public/{place}"), org.path("precious").to_str().unwrap());
        let before = everything_in(&org.path("precious"));
        // Whatever was in the way, the next build finds the place empty.
        let found = outcome(&org, &["--org", "acme", "build", "--force"]);
        assert!(everything_in(&org.path("precious")) == before, "{place}: {}", found.stderr);
        let there = fs::symlink_metadata(org.path(&format!("w/acme/public/{place}"))).unwrap();
        assert!(found.code != Some(0) || there.is_dir(), "{place} is still a link");
        if found.code != Some(0) {
            found.refused(&[1, 4, 5], place);
            fs::remove_file(org.path(&format!("w/acme/public/{place}"))).unwrap();
            assert_eq!(outcome(&org, &["--org", "acme", "build", "--force"]).code, Some(0), "{place}");
        }
    }
}
