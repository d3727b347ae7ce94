//! `clerk`, `member` and `org link`: what was mirrored, who belongs where, and that none of it reaches a page.

use std::fs;
use std::os::unix::fs::PermissionsExt;

use serde_json::{Value, json};

use super::only_utc;
use crate::test_org::TestOrg;

const SECRET: &str = "whsec_c3RhdHVhcnktdGVzdC1zZWNyZXQtMzItYnl0ZXMtb2s=";

/// The data of an event of the contract.
fn made(name: &str) -> Value {
    let path = format!("{}/tests/contracts/clerk/made/{name}.json", env!("CARGO_MANIFEST_DIR"));
    let event: Value = serde_json::from_slice(&fs::read(path).unwrap()).unwrap();
    event["data"].clone()
}

fn listing(items: &[Value]) -> String {
    json!({"data": items, "total_count": items.len()}).to_string()
}

/// A workspace without an organization and with saved answers of Clerk's.
fn northwind() -> TestOrg {
    let org = TestOrg::empty();
    org.run("init .").success();
    org.write("organizations.json", listing(&[made("organization.created")]));
    org.write("users.json", json!([made("user.created")]).to_string());
    org.write("memberships.json", listing(&[made("organizationMembership.created"), made("organizationMembership.deleted")]));
    org.write("invitations.json", listing(&[made("organizationInvitation.created")]));
    org
}

#[test]
fn saved_answers_make_a_folder_with_members_once_there_is_a_secret() {
    let org = northwind();
    org.run("clerk status")
        .stdout(
            "fact\torganizations\t0\nfact\tusers\t0\nfact\tmemberships\t0\nfact\tpending invitations\t0\nfact\troles\t0\n\
             fact\tmessages applied\t0\nfact\tmessages passed over\t0\nfact\tmessages malformed\t0\nfact\twebhook secrets\t0\n\
             fact\tsession token keys\t0\nfact\tnew organizations\tget no folder\n",
        )
        .stderr("hint: messages are taken once there is a secret, such as STATUARY_CLERK_WEBHOOK_SECRET\n")
        .success();
    org.run("clerk import organizations.json users.json")
        .stdout("")
        .stderr("took in 1 organization, 1 user, 0 memberships, 0 invitations and 0 roles\n")
        .success();
    org.run("org list").stdout("").success();
    org.env("STATUARY_CLERK_WEBHOOK_SECRET", SECRET);
    let report = org.run("clerk import memberships.json invitations.json --json").json();
    assert_eq!((&report["memberships"], &report["made"], &report["warnings"]), (&2.into(), &json!(["northwind"]), &json!([])));
    org.run("member list")
        .stdout(
            "user_3S5L4uKPmbznKNWVTBPt31uNofO\tadmin\torg:admin\t2026-11-20T10:00:00.150Z\tAda Byron\tada@northwind.example\n\
             user_3SRIuoSXyWaXSqGBOr5AMpIGIKZ\teditor\torg:member\t2026-11-20T10:21:00Z\tBen Okafor\tben@northwind.example\n",
        )
        .stderr("")
        .success();
    let members = org.run("member list --json").json();
    only_utc(&members);
    assert_eq!((&members["members"][1]["role"], &members["members"][1]["clerk_role"]), (&"editor".into(), &"org:member".into()));
    org.run("member show user_3S5L4uKPmbznKNWVTBPt31uNofO")
        .stdout(
            "id\tuser_3S5L4uKPmbznKNWVTBPt31uNofO\nmembership\torgmem_3SiozwhKKvIZ1OfsG0mC8uLddq1\nname\tAda Byron\n\
             e-mail\tada@northwind.example\nrole\tadmin\nclerk role\torg:admin\nsince\t2026-11-20T10:00:00.150Z\n",
        )
        .success();
    org.run("member show user_2")
        .stdout("")
        .stderr("error: no member `user_2` in `northwind`\nhint: list them with `statuary member list`\n")
        .code(3);
    let status = org.run("clerk status --json").json();
    only_utc(&status);
    let counts = ["organizations", "users", "memberships", "pending_invitations", "webhook_secrets"].map(|name| &status[name]);
    assert_eq!(counts, [&json!(1), &json!(2), &json!(2), &json!(1), &json!(1)]);
    assert_eq!(status["mirrored"][0]["orgs"], json!(["northwind"]));
    let mode = fs::metadata(org.path("directory.db")).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
}

#[test]
fn links_are_made_and_taken_away_by_hand_and_comments_stay() {
    let org = northwind();
    org.run("org create acme --name Acme").success();
    let before = fs::read_to_string(org.path("acme/org.toml")).unwrap();
    org.run("member list")
        .stdout("")
        .stderr("error: `acme` is linked to no organization at Clerk\nhint: link it with `statuary org link acme CLERK_ORG_ID`\n")
        .code(4);
    org.run("org link acme org_1")
        .stdout("")
        .stderr("linked `acme` to `org_1`\nhint: nothing is known of it yet; `statuary clerk import` takes in who belongs to it\n")
        .success();
    assert_eq!(
        fs::read_to_string(org.path("acme/org.toml")).unwrap(),
        before.replace("# clerk_organization = \"org_2abc\"", "clerk_organization = \"org_1\"")
    );
    org.run("org link acme org_2")
        .stderr("error: `acme` is linked to `org_1` already\nhint: take that away first: `statuary org unlink acme`\n")
        .code(4);
    org.run("org link acme 'org 2'")
        .stderr_starts("error: an id of Clerk's is 1 to 128 letters, digits, hyphens and underscores\n")
        .code(2);
    org.run("org unlink acme").stdout("").stderr("unlinked `acme` from `org_1`\n").success();
    org.run("org unlink acme").stderr("error: `acme` is linked to no organization at Clerk\n").code(4);
    org.run("clerk import organizations.json").success();
    let linked = org.run("org link acme org_3SfuUpMDWnX9NKk6WZ8QPF5cr2h --json").json();
    assert_eq!((&linked["org"], &linked["name_at_clerk"]), (&"acme".into(), &"Northwind Traders".into()));
    let told = org.run("clerk status").text();
    assert!(told.ends_with("organization\torg_3SfuUpMDWnX9NKk6WZ8QPF5cr2h\tacme\tNorthwind Traders\tcalled `Acme` here\n"), "{told}");
    let status = org.run("clerk status --json").json();
    assert_eq!(status["mirrored"][0]["note"], "called `Acme` here");
}

#[test]
fn what_cannot_be_is_refused_and_changes_nothing() {
    let org = northwind();
    org.write("text.json", "nonsense");
    org.write("few.json", json!({"data": [made("organization.created")], "total_count": 3}).to_string());
    for (command, words, code) in [
        ("clerk import missing.json", "error: cannot read `missing.json`: no such file or directory\n", 3),
        ("clerk import text.json", "error: text.json: it is not JSON: line 1, column 2\n", 5),
        (
            "clerk import few.json --complete",
            "error: by their own count these files lack 2 organizations\nhint: save all pages of the list, or leave `--complete` out\n",
            4,
        ),
        ("clerk import few.json --at now", "error: ", 2),
        (
            "clerk replay msg_1",
            "error: no message `msg_1` has come\nhint: Clerk's dashboard shows the ids of messages; `statuary clerk status` shows the last one\n",
            3,
        ),
    ] {
        org.run(command).stdout("").stderr_starts(words).code(code);
    }
    assert!(!org.path("directory.db").exists());
    org.write("statuary.toml", "[clerk]\nprovison = true\n");
    org.run("clerk status")
        .stderr("error: [ROOT]/statuary.toml: line 2, column 1: unknown key `provison`\nhint: did you mean `provision`?\n")
        .code(5);
}

#[test]
fn a_secret_that_is_none_or_open_to_others_is_refused_and_not_repeated() {
    let org = northwind();
    org.env("STATUARY_CLERK_WEBHOOK_SECRET", "whsec_Y2FuYXJ5");
    for command in ["clerk status", "clerk import organizations.json"] {
        org.run(command)
            .stdout("")
            .stderr(
                "error: a webhook secret is too short\nhint: copy the signing secret of the endpoint from Clerk's dashboard; it begins with \
                 `whsec_`\n",
            )
            .code(5);
    }
    let org = northwind();
    org.write("statuary.toml", "[clerk]\nsecrets_file = 'secrets'\n").write("secrets", SECRET);
    fs::set_permissions(org.path("secrets"), fs::Permissions::from_mode(0o644)).unwrap();
    org.run("clerk status")
        .stderr("error: others may read `[ROOT]/secrets`, which holds secrets\nhint: take that from them: `chmod 600 [ROOT]/secrets`\n")
        .code(5);
    fs::set_permissions(org.path("secrets"), fs::Permissions::from_mode(0o600)).unwrap();
    assert_eq!(org.run("clerk status --json").json()["webhook_secrets"], 1);
}

#[test]
fn no_member_is_in_anything_that_is_published_or_exported() {
    let org = northwind();
    org.env("STATUARY_CLERK_WEBHOOK_SECRET", SECRET);
    org.run("clerk import organizations.json users.json memberships.json invitations.json").success();
    org.enter("northwind");
    org.run("service add api --name API").success();
    org.run("--as 'Ada Byron' incident open 'API down' --service api=major --message 'We look.'").success();
    let log = org.run("log --json").json();
    assert_eq!(log["events"].as_array().unwrap().last().unwrap()["actor"], "Ada Byron");
    org.run("build").success();
    let mut folders = vec![org.path("northwind/public")];
    let mut files = 0;
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            files += 1;
            let text = String::from_utf8_lossy(&fs::read(&path).unwrap()).into_owned();
            for canary in ["Byron", "Okafor", "northwind.example", "user_3S", "org_3S", SECRET] {
                assert!(!text.contains(canary), "{canary} in {}", path.display());
            }
        }
    }
    assert!(files > 20, "{files}");
    let settings = fs::read_to_string(org.path("northwind/org.toml")).unwrap();
    let dump = org.run("export").text();
    for canary in ["Okafor", "northwind.example", "user_3S", SECRET] {
        assert!(!settings.contains(canary) && !dump.contains(canary), "{canary}");
    }
}
