//! Workspaces and organizations.

use super::{events, is_id, newest_event, only_utc};
use crate::test_org::TestOrg;

#[test]
fn a_workspace_is_made_once_and_never_inside_an_organization() {
    let org = TestOrg::empty();
    org.run("init status")
        .stdout("[ROOT]/status\n")
        .stderr("made the workspace `[ROOT]/status`\nhint: add an organization with `statuary org create SLUG --name NAME`\n")
        .success();
    org.enter("status")
        .run("init")
        .stdout("")
        .stderr(
            "error: `[ROOT]/status` is already a workspace\n\
             hint: add an organization with `statuary org create SLUG --name NAME`\n",
        )
        .code(4);
    org.run("org create acme --name Acme").success().enter("status/acme");
    for command in ["init", "init deeper/still"] {
        org.run(command)
            .stderr(
                "error: `[ROOT]/status/acme` is an organization's folder, which cannot hold a workspace\n\
                 hint: choose a folder outside of it\n",
            )
            .code(4);
    }
    assert_eq!(org.enter("").run("init other --json").json()["path"], "[ROOT]/other");
    assert!(org.path("other/statuary.toml").exists());
}

#[test]
fn an_organization_is_created_once_and_says_what_comes_next() {
    let org = TestOrg::empty();
    org.run("org create acme --name Acme")
        .stderr(
            "error: no statuary.toml or org.toml in `[ROOT]` or above it\n\
             hint: make a workspace with `statuary init`, or name one with `--root DIR`\n",
        )
        .code(3);
    org.run("init --quiet").stderr("").success();
    org.run("org create acme --name 'Acme Inc.'")
        .stdout("acme\n")
        .stderr(
            "made the organization `acme` in `[ROOT]/acme`\n\
             hint: add a service with `statuary --org acme service add SLUG --name NAME`\n",
        )
        .success();
    org.run("org create acme --name Other")
        .stderr("error: there is already an org `acme`\nhint: choose another slug; `statuary org list` shows those taken\n")
        .code(4);
    org.write("notes/a.txt", "not an organization")
        .run("org create notes --name Notes")
        .stderr("error: `[ROOT]/notes` exists already\nhint: choose another slug, or move it away\n")
        .code(4);
    org.run("org create api --name API").stderr("error: `api` is a reserved name\nhint: choose another, such as your product's\n").code(2);
    org.run("org create blank --name ' '")
        .stderr("error: a name is one line that is not empty\nhint: write `--name \"Acme Inc.\"`\n")
        .code(2);
    org.run("org create far --name Far --url ftp://far.example")
        .stderr(
            "error: `ftp://far.example` is not an address that begins with https://\n\
             hint: write it as in `https://status.example.com`\n",
        )
        .code(2);
    let found = org.run("org create globex --name Globex --url https://status.globex.example --time-zone Europe/Berlin --json").json();
    assert!(is_id(found["id"].as_str().unwrap()));
    for (field, value) in [
        ("slug", "globex"),
        ("name", "Globex"),
        ("url", "https://status.globex.example/"),
        ("time_zone", "Europe/Berlin"),
        ("path", "[ROOT]/globex"),
    ] {
        assert_eq!(found[field], value, "{field}");
    }
    assert_eq!((&found["services"], &found["open_incidents"]), (&0.into(), &0.into()));
}

#[test]
fn a_creation_can_be_backdated_and_one_ahead_makes_nothing() {
    let org = TestOrg::empty();
    org.run("init .").success().clock("2026-11-22T10:00:00Z");
    org.run("org create acme --name Acme --at '2026-11-01 08:00' --time-zone Europe/Berlin")
        .stdout("acme\n")
        .stderr(
            "at 2026-11-01 08:00 CET (+01:00)\n\
             made the organization `acme` in `[ROOT]/acme`\n\
             hint: add a service with `statuary --org acme service add SLUG --name NAME`\n",
        )
        .success()
        .enter("acme");
    let (kind, sentence, effective) = newest_event(&org);
    assert_eq!((kind.as_str(), sentence.as_str()), ("organization.created", "created organization Acme"));
    assert_eq!(effective, "2026-11-01T07:00:00Z");
    org.run("org create next --name Next --at +1d").stdout("").code(2);
    assert!(!org.path("next").exists());
}

#[test]
fn several_organizations_are_told_apart() {
    let org = TestOrg::empty();
    org.run("init .").success();
    org.run("org list").stdout("").success();
    org.run("org create globex --name Globex --url https://globex.example/").success();
    org.run("org create acme --name Acme").success();
    org.run("service add api").stderr("error: which org? there are `acme` and `globex`\nhint: choose one with `--org SLUG`\n").code(2);
    org.run("--org globex service add api").success();
    org.run("--org globex incident open 'API down' --service api=major").success();
    org.run("org list").stdout("acme\t0\t0\tAcme\t-\nglobex\t1\t1\tGlobex\thttps://globex.example/\n").success();
    let listed = org.run("org list --json").json();
    assert_eq!(listed["orgs"].as_array().unwrap().len(), 2);
    assert_eq!((&listed["orgs"][0]["slug"], &listed["orgs"][0]["url"]), (&"acme".into(), &serde_json::Value::Null));
    org.run("org show acmee").stderr("error: no org `acmee`\nhint: did you mean `acme`?\n").code(3);
    let shown = org.run("org show globex").text();
    assert!(shown.starts_with("org\tglobex\nname\tGlobex\nid\t") && shown.ends_with("services\t1\nopen incidents\t1\n"), "{shown}");
    assert!(shown.contains("\ntime zone\tEtc/UTC\nfolder\t[ROOT]/globex\n"), "{shown}");
    org.enter("acme").run("service list").stdout("").success();
    assert_eq!(org.run("org show --json").json()["slug"], "acme");
    assert_eq!(org.run("--org globex org show --json").json()["slug"], "globex");
    assert_eq!(org.env("STATUARY_ORG", "globex").run("org show --json").json()["slug"], "globex");
    org.enter("").env("STATUARY_ROOT", org.path("acme"));
    assert_eq!(org.env("STATUARY_ORG", "").run("org show acme --json").json()["slug"], "acme");
}

#[test]
fn one_that_cannot_be_read_does_not_hide_the_others() {
    let org = TestOrg::empty();
    org.run("init .").success();
    org.run("org create acme --name Acme").success();
    org.run("org create zeta --name Zeta").success();
    org.write("broken/org.toml", "nome = 'Broken'\n").write("fresh/org.toml", "name = 'Fresh'\n");
    org.run("org list")
        .stdout("acme\t0\t0\tAcme\t-\nzeta\t0\t0\tZeta\t-\n")
        .stderr(
            "error: cannot read `broken`: [ROOT]/broken/org.toml: line 1, column 1: unknown key `nome`\n\
             hint: did you mean `name`?\n\
             error: cannot read `fresh`: `[ROOT]/fresh` has no org.db\n\
             hint: put a backup in its place, read a dump with `statuary import dump`, or begin with `statuary service add`\n",
        )
        .code(5);
    org.run("--org zeta service add api").success();
}

#[test]
fn an_organizations_folder_works_alone() {
    let org = TestOrg::empty();
    org.write("solo/org.toml", "name = 'Solo'\n").enter("solo");
    org.run("status")
        .stderr(
            "error: `[ROOT]/solo` has no org.db\n\
             hint: put a backup in its place, read a dump with `statuary import dump`, or begin with `statuary service add`\n",
        )
        .code(3);
    org.run("service add api").stdout("api\n").stderr("added service 1 `api`\n").success();
    org.run("org create other --name Other")
        .stderr("error: `[ROOT]/solo` is itself an organization's folder\nhint: make a workspace elsewhere with `statuary init DIR`\n")
        .code(4);
    assert_eq!(events(&org).len(), 1);
    only_utc(&org.run("log --json").json());
}

#[test]
fn a_dump_that_waits_is_not_passed_over() {
    let org = TestOrg::empty();
    org.write("solo/org.toml", "name = 'Solo'\n").write("solo/dump.json", "{}").enter("solo");
    for command in ["service add api", "group add eu --name Europe", "import statuspage ."] {
        org.run(command)
            .stdout("")
            .stderr(
                "error: the record of `solo` waits in its dump.json\n\
                 hint: read it first: `statuary import dump [ROOT]/solo/dump.json`\n",
            )
            .code(4);
    }
    org.run("service list")
        .stderr(
            "error: `[ROOT]/solo` has no org.db\n\
             hint: read its record first: `statuary import dump [ROOT]/solo/dump.json`\n",
        )
        .code(3);
    assert!(!org.path("solo/org.db").exists());
}

#[test]
fn an_organization_is_not_taken_for_another_one_that_is_named_beside_it() {
    let org = TestOrg::empty();
    org.run("init .").success();
    org.run("org create acme --name Acme").success();
    org.run("org create globex --name Globex").success();
    for (slug, command) in [
        ("globex", "org remove globex --yes"),
        ("globex", "org show globex"),
        ("globex", "org link globex org_2abc"),
        ("globex", "org unlink globex"),
        ("third", "org create third --name Third"),
    ] {
        let error = format!("error: `{slug}` and `--org acme` are two organizations\nhint: leave `--org` out, or name the same one\n");
        org.run(&format!("--org acme {command}")).stdout("").stderr(&error).code(2);
        org.run(&format!("{command} --org acme")).stdout("").stderr(&error).code(2);
    }
    assert!(org.path("globex/org.db").exists() && !org.path("third").exists());
    org.run("--org globex org show globex").success();
    // The environment only says which one is meant where nothing else does.
    org.env("STATUARY_ORG", "acme").run("org remove globex --yes --quiet").success();
    assert!(org.path("acme/org.db").exists() && !org.path("globex").exists());
}
