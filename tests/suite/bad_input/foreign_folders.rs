//! Folders of cState and Upptime that are traps: nothing outside is read, memory stays small, and what is left out is said.

use std::os::unix::fs::symlink;

use super::{everything_in, outcome};
use crate::fresh_org::write;
use crate::test_org::TestOrg;

/// The most memory an import may have, in KiB.
const MOST_KIB: u64 = 128 * 1024;

const ISSUE: &str =
    "---\ntitle: Good\ndate: 2026-11-20T10:00:00Z\nresolved: false\nseverity: down\naffected: [API]\nsection: issue\n---\nText\n";

/// A workspace with a cState site in `acme/in` that can be imported, and something secret beside it.
fn site() -> TestOrg {
    let org = TestOrg::new();
    org.write("secret.md", ISSUE.replace("Good", "SLIPMARK")).write("other/issues/secret.md", ISSUE.replace("Good", "SLIPMARK"));
    org.write("acme/in/config.yml", "title: Good\nparams:\n  systems:\n    - name: API\n").write("acme/in/content/issues/good.md", ISSUE);
    org
}

#[test]
fn links_out_of_a_site_are_refused_by_name() {
    let org = site();
    let issues = org.path("acme/in/content/issues");
    for (link, target) in [
        ("secret.md", "../../../../secret.md"),
        ("other", "../../../../other"),
        ("loop", ".."),
        ("zero.md", "/dev/zero"),
        ("nowhere.md", "/nowhere"),
    ] {
        symlink(target, issues.join(link)).unwrap();
    }
    let before = everything_in(&org.path("other"));
    let found = outcome(&org, &["import", "cstate", "in"]);
    assert_eq!(found.code, Some(0), "{}", found.stderr);
    for link in ["secret.md", "other", "loop", "zero.md", "nowhere.md"] {
        let told = format!("refused: content/issues/{link}: is a link, which is not followed\n");
        assert!(found.stderr.contains(&told), "no {told}: {}", found.stderr);
    }
    found.can_be_shown();
    assert!(!org.run("export").text().contains("SLIPMARK"));
    assert!(everything_in(&org.path("other")) == before);
    symlink("../in/config.yml", org.path("acme/in/hugo.toml")).unwrap();
    let found = outcome(&org, &["import", "cstate", "in"]);
    assert!(found.stderr.contains("refused: hugo.toml: is a link, which is not followed\n"), "{}", found.stderr);
}

#[test]
fn broken_and_giant_files_are_refused_and_the_rest_is_used() {
    let org = site();
    let mut bomb = "---\na0: &a0 [x, x, x, x, x, x, x, x, x, x]\n".to_owned();
    for level in 1..20 {
        bomb.push_str(&format!("a{level}: &a{level} [{}]\n", vec![format!("*a{}", level - 1); 10].join(", ")));
    }
    bomb.push_str("---\n");
    for (name, content) in [
        ("bomb.md", bomb.into_bytes()),
        ("deep.md", format!("---\na: {}\n---\n", "[".repeat(200_000)).into_bytes()),
        ("nested.md", format!("---\n{}\n---\n", "- ".repeat(100_000)).into_bytes()),
        ("bytes.md", b"---\ntitle: \xff\xfe\n---\n".to_vec()),
        ("nothing.md", Vec::new()),
        ("zeros.md", vec![0; 1 << 20]),
        ("open.md", b"---\ntitle: never closed\n".to_vec()),
        ("toml.md", format!("+++\na = {}\n+++\n", "[".repeat(100_000)).into_bytes()),
        ("json.md", format!("{}\n", "{\"a\":".repeat(50_000)).into_bytes()),
        ("giant.md", vec![b'x'; (16 << 20) + 1]),
        (
            "long.md",
            format!("---\ntitle: L\ndate: 2026-11-20\nresolved: true\nsection: issue\n---\n{}", "*a* {{".repeat(200_000)).into_bytes(),
        ),
    ] {
        write(&org.path("acme/in/content/issues").join(name), content);
    }
    let found = outcome(&org, &["import", "cstate", "in", "--json"]);
    assert_eq!(found.code, Some(0), "{}", found.stderr);
    let report: serde_json::Value = serde_json::from_str(&found.stdout).unwrap();
    let refused: Vec<&str> = report["refused"].as_array().unwrap().iter().map(|remark| remark["file"].as_str().unwrap()).collect();
    let expected = ["bomb", "bytes", "deep", "giant", "json", "nested", "nothing", "open", "toml", "zeros"];
    assert_eq!(refused, expected.map(|name| format!("content/issues/{name}.md")), "{report}");
    assert_eq!(report["incidents"]["added"], 2);
    assert!(found.peak_kib < MOST_KIB, "{} KiB", found.peak_kib);
}

#[test]
fn a_folder_without_anything_usable_changes_nothing() {
    let org = site();
    org.write("acme/empty/readme.txt", "x").write("acme/file", "x").write("acme/bad/.upptimerc.yml", "sites: [\n");
    outcome(&org, &["import", "cstate", "empty"])
        .refused(&[5], "nothing to import: `config.yml` is missing: systems are known from issues only");
    outcome(&org, &["import", "upptime", "empty"]).refused(&[5], "nothing to import: `.upptimerc.yml` is missing");
    outcome(&org, &["import", "upptime", "bad"]).refused(&[5], "nothing to import: .upptimerc.yml:2: ");
    outcome(&org, &["import", "cstate", "file"]).refused(&[2], "`file` is no folder");
    outcome(&org, &["import", "upptime", "nowhere"]).refused(&[3], "cannot read `nowhere`");
    assert!(!org.path("acme/org.db").exists() || org.run("service list").text().is_empty());
}

#[test]
fn very_many_values_cost_little() {
    let org = TestOrg::new();
    let many = |line: &str| (0..15_000).map(|number| line.replace('#', &number.to_string())).collect::<String>();
    org.write("acme/in/.upptimerc.yml", format!("owner: a\nsites:\n{}", many("  - name: s#\n")));
    org.write("acme/in/history/s0.yml", format!("status: up\nlastUpdated: 2026-11-22T10:00:00Z\n{}", many("k#: v\n")));
    let days = "{\"name\": \"s#\", \"slug\": \"s#\", \"dailyMinutesDown\": {\"2026-11-01\": 5}},";
    org.write("acme/in/history/summary.json", format!("[{}{{}}]", many(days)));
    let found = outcome(&org, &["import", "upptime", "in", "--json", "--dry-run"]);
    assert_eq!(found.code, Some(0), "{}", found.stderr);
    let report: serde_json::Value = serde_json::from_str(&found.stdout).unwrap();
    assert_eq!(report["services"]["added"], 1000);
    org.write("acme/site/config.yml", format!("params:\n  systems:\n{}", many("    - s#\n")));
    org.write("acme/site/content/issues/a.md", ISSUE.replace("[API]", &format!("[{}]", many("s#, "))));
    let found = outcome(&org, &["import", "cstate", "site", "--json", "--dry-run"]);
    assert_eq!(found.code, Some(0), "{}", found.stderr);
    let report: serde_json::Value = serde_json::from_str(&found.stdout).unwrap();
    assert_eq!((&report["services"]["added"], &report["incidents"]["added"]), (&serde_json::json!(1000), &serde_json::json!(1)));
}

#[test]
fn hostile_words_of_a_monitor_are_shown_harmlessly() {
    let org = TestOrg::new();
    org.write("acme/in/.upptimerc.yml", "owner: a\nrepo: b\nsites:\n  - name: \"\\e[2J\\u202eX\"\n    url: \"javascript:\\e]0;x\\a\"\n");
    org.write("acme/in/history/x.yml", "status: \"\\e[2J\"\nlastUpdated: never\n");
    org.write("acme/in/issues.json", format!("[{}]", "{\"title\": \"\\u001b[2J\", \"number\": 1e99},".repeat(20).trim_end_matches(',')));
    org.write("acme/in/history/summary.json", "[".repeat(1_000_000));
    let found = outcome(&org, &["import", "upptime", "in"]);
    assert_eq!(found.code, Some(0), "{}", found.stderr);
    let bad = |character: char| (character.is_control() && character != '\n') || character == '\u{202e}';
    assert!(!found.stderr.contains(bad), "{:?}", found.stderr);
    assert!(found.peak_kib < MOST_KIB, "{} KiB", found.peak_kib);
    org.run("build").success();
}
