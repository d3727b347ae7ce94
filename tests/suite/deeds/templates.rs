//! Incidents and maintenance from templates.

use serde_json::json;

use super::{acme, events};
use crate::test_org::TestOrg;

const OUTAGE: &str = "+++\nkind = 'incident'\ntitle = '{{what}} is down'\nimpact = 'major'\nstatus = 'identified'\n\
                      services = ['{{service}}=partial']\nnext_update = '{{minutes}}m'\n+++\n\n# Sorry\n\n{{what}} is down. {% now %}\n";

const WORK: &str = "+++\nkind = 'maintenance'\ntitle = 'Work on {{what}}'\nservices = ['web']\nfrom = 'tomorrow 02:00'\nfor = '2h'\n\
                    auto_finish = false\n+++\nWe work on {{what}}.\n";

fn templated() -> TestOrg {
    let org = acme();
    org.write("acme/templates/outage.md", OUTAGE).write("acme/templates/work.md", WORK).write("acme/templates/.hidden.md", "");
    org.write("acme/templates/README.txt", "").clock("2026-11-22T12:00:00Z");
    org
}

#[test]
fn a_template_says_what_nobody_has_to_type_and_options_win() {
    let org = templated();
    org.run("incident open --template outage --set what='The {{API}}' --set service=api --set minutes=30")
        .stderr("next update by 2026-11-22 12:30 UTC (+00:00)\nopened incident 1, impact major\n")
        .success();
    let shown = org.run("incident show 1 --json").json();
    assert_eq!(
        (&shown["title"], &shown["status"], &shown["services"][0]["new_status"], &shown["updates"][0]["body"]),
        (
            &json!("The {{API}} is down"),
            &json!("identified"),
            &json!("partial_outage"),
            &json!("# Sorry\n\nThe {{API}} is down. {% now %}")
        )
    );
    // What is given need not be filled in.
    org.run(
        "incident open Otherwise --template outage --service web=major --impact minor --status monitoring --next-update 1h --message Words",
    )
    .stderr("next update by 2026-11-22 13:00 UTC (+00:00)\nopened incident 2, impact minor\n")
    .success();
    let shown = org.run("incident show 2 --json").json();
    assert_eq!(
        (&shown["title"], &shown["status"], &shown["services"][0]["new_status"], &shown["updates"][0]["body"]),
        (&json!("Otherwise"), &json!("monitoring"), &json!("major_outage"), &json!("Words"))
    );
    org.run("maintenance schedule --template work --set what=disks")
        .stderr("from 2026-11-23 02:00 UTC (+00:00) until 2026-11-23 04:00 UTC (+00:00)\nscheduled maintenance 1\n")
        .success();
    let shown = org.run("maintenance show 1 --json").json();
    assert_eq!(
        (&shown["title"], &shown["auto_start"], &shown["auto_finish"], &shown["services"][0]["slug"], &shown["updates"][0]["body"]),
        (&json!("Work on disks"), &json!(true), &json!(false), &json!("web"), &json!("We work on disks."))
    );
    org.run("maintenance schedule --template work --set what=disks --from +1h --until +2h --service api --message-lang de=Arbeiten")
        .stderr("from 2026-11-22 13:00 UTC (+00:00) until 2026-11-22 14:00 UTC (+00:00)\nscheduled maintenance 2\n")
        .success();
    let shown = org.run("maintenance show 2 --json").json();
    assert_eq!(shown["updates"][0]["translations"], json!({"de": "Arbeiten"}));
}

#[test]
fn what_is_wrong_with_a_template_or_its_values_is_named_and_nothing_is_recorded() {
    let org = templated();
    org.write("acme/templates/broken.md", "+++\nkind = 'incident'\ntitle = '{{what'\n+++\n")
        .write("acme/templates/when.md", "+++\nkind = 'incident'\ntitle = 'x'\nnext_update = '{{when}}'\n+++\n")
        .write("acme/templates/bare.md", "+++\nkind = 'maintenance'\n+++\n");
    std::os::unix::fs::symlink("/etc/passwd", org.path("acme/templates/passwd.md")).unwrap();
    let before = events(&org).len();
    let all = "bare, broken, outage, passwd, when, work";
    for (command, words, code) in [
        ("incident open --template outag", "error: no template `outag`\nhint: did you mean `outage`?\n".to_owned(), 3),
        ("incident open --template ''", format!("error: no template ``\nhint: there are {all}\n"), 3),
        ("incident open --template ../org", format!("error: no template `../org`\nhint: there are {all}\n"), 3),
        ("incident open --template work", "error: template `work` is for maintenance, not for incident\n".to_owned(), 2),
        ("maintenance schedule --template outage", "error: template `outage` is for incident, not for maintenance\n".to_owned(), 2),
        (
            "incident open --template outage",
            "error: template `outage` has a blank `what` without a value\nhint: fill it in with `--set what=…`\n".to_owned(),
            2,
        ),
        (
            "incident open --template outage --set what=x --set servce=api",
            "error: template `outage` has no blank `servce`\nhint: did you mean `service`?\n".to_owned(),
            2,
        ),
        (
            "incident open --template outage --set zzz=api",
            "error: template `outage` has no blank `zzz`\nhint: its blanks are what, service, minutes\n".to_owned(),
            2,
        ),
        (
            "maintenance schedule --template bare --set zzz=api",
            "error: template `bare` has no blank `zzz`\nhint: it has none\n".to_owned(),
            2,
        ),
        ("incident open --template outage --set what", "error: `what` in `--set` has no `=`\nhint: write it as in `--set service=API`\n".to_owned(), 2),
        ("incident open --template outage --set what=x --set what=y", "error: `--set` is given twice for `what`\n".to_owned(), 2),
        ("incident open x --set what=x", "error: missing `--template <NAME>`\nhint: see `statuary incident open --help`\n".to_owned(), 2),
        (
            "incident open --template broken",
            "error: [ROOT]/acme/templates/broken.md: line 3, column 9: `{{` is not closed by `}}`\n".to_owned(),
            5,
        ),
        (
            "incident open --template passwd",
            "error: [ROOT]/acme/templates/passwd.md: it is a link that leaves its folder\nhint: put the file itself there\n".to_owned(),
            5,
        ),
        (
            "incident open --template outage --set what=x --set service=api=x --set minutes=5",
            "error: `x=partial` is not a service status\nhint: one of operational, under_maintenance, degraded_performance, partial_outage, \
             major_outage\n"
                .to_owned(),
            2,
        ),
        ("maintenance schedule --template bare", "error: missing `<TITLE>`, `--from <TIME>`, `--until <TIME>` or `--for <LENGTH>`\nhint: see `statuary maintenance schedule --help`\n".to_owned(), 2),
        (
            "maintenance schedule x --template bare --for 1h",
            "error: missing `--from <TIME>`\nhint: see `statuary maintenance schedule --help`\n".to_owned(),
            2,
        ),
        (
            "incident open --template when --set when=soon",
            "error: `soon` is not a moment\nhint: write it as in `2026-11-22 14:00`, `2026-11-22T13:00:00Z`, `-30m`, `+2h` or `tomorrow 14:00`\n"
                .to_owned(),
            2,
        ),
    ] {
        org.run(command).stdout("").stderr(&words).code(code);
    }
    assert_eq!(events(&org).len(), before);
    let bare = acme();
    bare.run("incident open --template outage")
        .stderr("error: no template `outage`\nhint: there are none: put one into `templates/NAME.md` of the organization\n")
        .code(3);
}

#[test]
fn the_examples_templates_work_as_they_say_themselves() {
    let org = TestOrg::empty();
    org.run("demo . --no-serve").success();
    for name in ["outage", "slow", "upgrade"] {
        let text = std::fs::read_to_string(org.path(&format!("templates/{name}.md"))).unwrap();
        let command = text.lines().nth(1).and_then(|line| line.strip_prefix("# statuary ")).unwrap().to_owned();
        org.run(&command).success();
    }
    assert_eq!(org.run("incident list").text().lines().next().unwrap().split('\t').next_back(), Some("The tracking API answers slowly"));
}
