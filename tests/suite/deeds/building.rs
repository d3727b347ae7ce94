//! `statuary build`, and when it is due.

use std::fs;
use std::path::Path;

use super::only_utc;
use crate::test_org::TestOrg;

/// Whether any file below a folder holds this text.
#[track_caller]
pub(super) fn tree_holds(org: &TestOrg, folder: &str, text: &str) -> bool {
    files(&org.path(folder)).iter().any(|(_, bytes)| String::from_utf8_lossy(bytes).contains(text))
}

/// Every file below a folder with its bytes.
fn files(folder: &Path) -> Vec<(String, Vec<u8>)> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(files(&path));
        } else {
            found.push((path.display().to_string(), fs::read(&path).unwrap()));
        }
    }
    found.sort();
    found
}

#[test]
fn a_build_writes_what_has_changed_and_says_so() {
    let org = super::acme();
    org.clock("2026-11-22T12:00:00Z");
    let first = org.run("build --json").json();
    only_utc(&first);
    assert_eq!((&first["org"], &first["out"]), (&"acme".into(), &"[ROOT]/acme/public".into()));
    assert_eq!((&first["index"], &first["at"]), (&"[ROOT]/acme/public/index.html".into(), &"2026-11-22T12:00:00Z".into()));
    let all = first["written"].as_u64().unwrap();
    assert!(all > 10 && files(&org.path("acme/public")).len() as u64 == all);
    let steps: Vec<_> = first["steps"].as_array().unwrap().iter().map(|step| step["step"].as_str().unwrap()).collect();
    assert_eq!(steps, ["survey", "plan", "load", "render", "stage", "switch"]);
    let before = files(&org.path("acme/public"));
    let again = org.run("build --json").json();
    assert_eq!((again["written"].as_u64(), again["kept"].as_u64(), again["removed"].as_u64()), (Some(0), Some(all), Some(0)));
    assert_eq!(org.run("build --force --json").json()["kept"], all);
    assert!(files(&org.path("acme/public")) == before);
    org.run("incident open x --service api").success();
    let dry = org.run("build --dry-run --json").json();
    assert_eq!(dry["dry_run"], true);
    assert!(dry["written"].as_u64() > Some(0) && files(&org.path("acme/public")) == before);
    org.run("build").stdout("[ROOT]/acme/public/index.html\n").success();
    assert!(files(&org.path("acme/public")) != before);
    org.run("build --quiet").stdout("[ROOT]/acme/public/index.html\n").stderr("").success();
}

#[test]
fn records_that_an_earlier_build_could_not_remove_go_with_the_next_one() {
    let org = super::acme();
    org.clock("2026-11-22T12:00:00Z");
    org.run("incident open x --service api").success();
    org.run("build").success();
    let records = || files(&org.path("acme/.statuary")).into_iter().map(|(path, _)| path).collect::<Vec<_>>();
    let (before, list) = (records(), records().into_iter().find(|path| path.contains("/section-")).unwrap());
    let (_, name) = list.rsplit_once('/').unwrap();
    org.write(&format!("acme/.statuary/{}0123456789abcdef0123456789abcdef", &name[..name.len() - 32]), "left");
    assert_eq!(records().len(), before.len() + 1);
    assert_eq!(org.run("build --json").json()["written"], 0);
    assert_eq!(records(), before);
}

#[test]
#[expect(clippy::disallowed_methods, reason = "the operator loses what can be made anew")]
fn a_site_whose_records_are_lost_is_known_again() {
    let org = super::acme();
    org.clock("2026-11-22T12:00:00Z");
    org.run("incident open x --service api").success();
    let all = org.run("build --json").json()["written"].clone();
    fs::remove_dir_all(org.path("acme/.statuary")).unwrap();
    let again = org.run("build --json").json();
    assert_eq!((&again["written"], &again["kept"], &again["removed"]), (&0.into(), &all, &0.into()));
    fs::remove_dir_all(org.path("acme/.statuary")).unwrap();
    org.run("service edit web --hidden").success();
    org.run("build").success();
    let public = org.path("acme/public");
    let names: Vec<String> = files(&public).into_iter().map(|(path, _)| path[public.display().to_string().len()..].to_owned()).collect();
    assert!(!names.iter().any(|name| name.contains("/web")), "{names:?}");
}

#[test]
fn a_folder_of_someone_else_is_left_alone() {
    let org = super::acme();
    org.write("site/mine.txt", "mine");
    org.run("build --out ../site")
        .stdout("")
        .stderr(
            "error: `[ROOT]/site` is not empty and was not built by statuary\n\
             hint: choose an empty folder, or pass `--force` to build into it; files that are not statuary's are left alone\n",
        )
        .code(4);
    assert_eq!(files(&org.path("site")).len(), 1);
    org.run("build --out ../site --force").success();
    assert!(org.path("site/mine.txt").exists() && org.path("site/index.html").exists());
    org.run("build --out ../fresh/deep").success();
    assert!(org.path("fresh/deep/index.html").exists());
    org.run("build --out org.toml").stderr("error: `org.toml` is not a folder\n").code(4);
    org.run("build --all --out x").code(2);
}

#[test]
#[expect(clippy::disallowed_methods, reason = "the operator breaks and mends organizations")]
fn all_are_built_whichever_of_them_fails() {
    let org = TestOrg::empty();
    org.run("init .").success();
    org.run("build --all").stdout("").stderr_matches(|words| words.starts_with("built 0 organizations: wrote 0 files")).success();
    let slugs = ["alpha", "beta", "delta", "epsilon", "gamma", "zeta"];
    for slug in slugs {
        org.run(&format!("org create {slug} --name {slug}")).success();
    }
    org.write("beta/org.toml", "name = 'Beta'\ntime_zone = 'Mars/Base'\n");
    org.write("epsilon/overrides/templates/index.html", "{% block");
    fs::remove_file(org.path("gamma/org.db")).unwrap();
    let link_to_org = org.path("zero");
    std::os::unix::fs::symlink(org.path("alpha"), &link_to_org).unwrap();
    let ran = org.run("build --all");
    let errors = [
        "error: `[ROOT]/zero` is a link to another folder of the workspace\n\
         hint: an organization has one name: rename the folder itself\n",
        "error: cannot build `beta`: [ROOT]/beta/org.toml: line 2, column 13: `Mars/Base` is not a time zone\n",
        "error: cannot build `epsilon`: `templates/index.html`, line 1: Unexpected end of input\n",
        "error: cannot build `gamma`: `[ROOT]/gamma` has no org.db\n",
    ];
    ran.stderr_matches(|words| {
        let (summary, rest) = words.split_once('\n').unwrap();
        let places: Vec<_> = errors.iter().map(|error| rest.find(error)).collect();
        summary.starts_with("built 3 of 7 organizations: wrote ")
            && summary.ends_with(" ms")
            && places.iter().all(Option::is_some)
            && places.is_sorted()
            && rest.matches("error: ").count() == 4
    })
    .code(5);
    for slug in slugs {
        assert_eq!(org.path(slug).join("public/index.html").exists(), matches!(slug, "alpha" | "delta" | "zeta"), "{slug}");
    }
    fs::remove_file(link_to_org).unwrap();
    fs::remove_dir_all(org.path("epsilon/overrides")).unwrap();
    fs::remove_dir_all(org.path("gamma")).unwrap();
    org.write("beta/org.toml", "name = 'Beta'\n");
    let dry = org.run("build --all --dry-run --json").json();
    assert!(dry["builds"].as_array().unwrap().iter().all(|build| build["dry_run"] == true));
    assert!(!org.path("beta/public").exists());
    let built = org.run("build --all --json").json();
    let built: Vec<_> = built["builds"].as_array().unwrap().iter().map(|build| build["org"].as_str().unwrap()).collect();
    assert_eq!(built, ["alpha", "beta", "delta", "epsilon", "zeta"]);
    org.run("--org beta build").stdout("[ROOT]/beta/public/index.html\n").success();
}

#[test]
fn organizations_built_together_are_as_if_built_alone() {
    let org = TestOrg::empty();
    org.clock("2026-11-22T12:00:00Z");
    org.run("init .").success();
    for number in 0..12 {
        org.run(&format!("org create org-{number} --name 'Org {number}'")).success();
        org.run(&format!("--org org-{number} service add api --name 'API of {number}'")).success();
        org.run(&format!("--org org-{number} incident open 'Fault {number}' --service api=major")).success();
    }
    org.write("org-3/overrides/words/en.toml", "all_operational = 'Fine'\n");
    org.run("build --all").success();
    for number in 0..12 {
        let together = files(&org.path(&format!("org-{number}/public")));
        assert!(together.iter().any(|(_, bytes)| String::from_utf8_lossy(bytes).contains(&format!("Fault {number}"))));
        let alone = org.run(&format!("--org org-{number} build --force --json")).json();
        assert_eq!(alone["written"], 0, "{number}");
    }
    assert!(org.run("build --all --json").json()["builds"].as_array().unwrap().iter().all(|build| build["written"] == 0));
}

#[test]
fn a_failed_build_leaves_the_site_as_it_was() {
    let org = super::acme();
    org.run("build --quiet").success();
    let before = files(&org.path("acme/public"));
    org.run("incident open x --service api").success();
    org.write("acme/overrides/templates/index.html", "{% block");
    let ran = org.run("build");
    ran.stdout("").code(5);
    assert!(files(&org.path("acme/public")) == before);
}

#[test]
fn where_asked_for_every_public_change_builds() {
    let org = super::acme();
    let settings = fs::read_to_string(org.path("acme/org.toml")).unwrap();
    let asked = settings.replace("# [build]", "[build]").replace("# auto = true", "auto = true").replace("# auto = false", "auto = true");
    let asked = if asked.contains("\nauto = true") { asked } else { format!("{settings}\n[build]\nauto = true\n") };
    org.write("acme/org.toml", asked);
    org.run("service add secret --hidden").stderr("added service 4 `secret`\n").success();
    assert!(!org.path("acme/public").exists());
    let ran = org.run("incident open 'API down' --service api=major");
    ran.stderr_matches(|words| {
        words.starts_with("opened incident 1, impact major\nbuilt ") && words.ends_with(" files into [ROOT]/acme/public\n")
    })
    .success();
    assert!(tree_holds(&org, "acme/public", "API down"));
    // What was recorded stays recorded where the build fails, and both are said.
    org.write("acme/overrides/templates/index.html", "{% block");
    org.run("incident resolve 1")
        .stderr(
            "resolved incident 1\nerror: recorded, but cannot build: `templates/index.html`, line 1: Unexpected end of input\n\
             hint: the theme's documentation lists what a template may name\n",
        )
        .code(1);
    assert_eq!(super::status_of(&org, "api"), "operational");
    let document = org.run("incident open Again --json");
    document.stderr_matches(|words| words.contains("\nerror: recorded, but cannot build: ")).code(1);
    assert_eq!(org.run("incident list --json").json()["incidents"][0]["title"], "Again");
}

#[test]
fn where_asked_for_each_deed_that_visitors_can_see_builds_at_once() {
    let org = TestOrg::empty();
    org.write("acme/org.toml", "name = 'Acme'\n[build]\nauto = true\n").enter("acme");
    org.write("acme/beat.json", r#"{"monitor": {"id": 4, "name": "api"}, "heartbeat": {"status": 0, "time": "2026-11-22 10:00:00"}}"#);
    org.write("acme/file.toml", "[settings]\nname = 'Acme Parcels'\n");
    let built = |command: &str| {
        let mut built = false;
        org.run(command)
            .stderr_matches(|words| {
                built = words.lines().last().is_some_and(|line| line.starts_with("built ") && line.ends_with(" into [ROOT]/acme/public"));
                true
            })
            .success();
        built
    };
    for (command, public) in [
        ("group add eu --name Europe", true),
        ("service add api --group eu", true),
        ("service add vault --hidden", false),
        ("service edit api --name API", true),
        ("service edit vault --name Safe", false),
        ("service status api degraded", true),
        ("service status vault major", false),
        ("incident open Draft --draft --service api", false),
        ("incident publish 1", true),
        ("incident update 1 --message x", true),
        ("incident edit 1 --title Other", true),
        ("incident edit-update 1 2 --message y", true),
        ("incident resolve 1", true),
        ("incident remove 1", true),
        ("undo", true),
        ("maintenance schedule Plan --from +1h --for 1h", true),
        ("maintenance update 1 --message x", true),
        ("maintenance edit 1 --title Other", true),
        ("maintenance start 1", true),
        ("maintenance complete 1", true),
        ("maintenance remove 1", true),
        ("ingest uptime-kuma beat.json", false),
        ("apply file.toml --dry-run", false),
        ("apply file.toml", true),
        ("apply file.toml", false),
        ("group edit eu --name Europa", true),
        ("token create ci --role viewer", false),
        ("export --out dump.json", false),
        ("service remove vault", false),
        ("service remove api", true),
        ("group remove eu", false),
    ] {
        assert_eq!(built(command), public, "{command}");
    }
    // The settings that count are those that were just applied.
    org.write("acme/file.toml", "[settings.build]\nauto = false\n");
    assert!(!built("apply file.toml"));
    org.write("acme/file.toml", "[settings.build]\nauto = true\n");
    assert!(built("apply file.toml"));
    org.write("copy/org.toml", "name = 'Copy'\n[build]\nauto = true\n").enter("copy");
    org.run("import dump ../acme/dump.json").stderr_matches(|words| words.contains("\nbuilt ")).success();
}

/// What programs read, at this moment.
fn summary_at(org: &TestOrg, now: &str) -> String {
    org.clock(now).run("build --quiet").success();
    fs::read_to_string(org.path("acme/public/api/v2/summary.json")).unwrap()
}

#[test]
fn next_is_the_moment_at_which_a_build_is_due() {
    let org = super::acme();
    let mut now = "2026-11-22T12:00:00Z".to_owned();
    org.clock(&now);
    org.run("maintenance schedule Disks --from 14:00 --for 90m --service api").success();
    org.run("service status web major --at 14:30").success();
    org.run("service status web operational --at '2026-11-23 01:00'").success();
    let mut seen = Vec::new();
    for _ in 0..5 {
        let next = org.clock(&now).run("next --json").json()["next"].as_str().unwrap().to_owned();
        let moment: chrono::DateTime<chrono::Utc> = next.parse().unwrap();
        let began: chrono::DateTime<chrono::Utc> = now.parse().unwrap();
        let text = |moment: chrono::DateTime<chrono::Utc>| moment.to_rfc3339_opts(chrono::SecondsFormat::AutoSi, true);
        let first = summary_at(&org, &now);
        for between in [began + (moment - began) / 2, moment - chrono::TimeDelta::milliseconds(1)] {
            assert!(summary_at(&org, &text(between)) == first, "changed between {now} and {next}");
        }
        let after = summary_at(&org, &next);
        // A new day changes bars, not what Statuspage's clients read.
        assert_eq!(after == first, next.ends_with("T00:00:00Z"), "at {next}");
        seen.push(next.clone());
        now = next;
    }
    assert_eq!(
        seen,
        ["2026-11-22T14:00:00Z", "2026-11-22T14:30:00Z", "2026-11-22T15:30:00Z", "2026-11-23T00:00:00Z", "2026-11-23T01:00:00Z"]
    );
}
