//! Incidents from the first word to the last.

use serde_json::{Value, json};

use super::{acme, events, id_of, newest_event, only_utc, status_of, verdict};
use crate::test_org::TestOrg;

/// Statuses of an incident's updates, in order, with the minute of the hour at which each counts.
fn told(org: &TestOrg, incident: &str) -> Vec<(String, String)> {
    let shown = org.run(&format!("incident show {incident} --json")).json();
    let updates = shown["updates"].as_array().unwrap().iter();
    updates
        .map(|update| (update["display_at"].as_str().unwrap()[11..16].to_owned(), update["status"].as_str().unwrap().to_owned()))
        .collect()
}

fn pairs(told: &[(&str, &str)]) -> Vec<(String, String)> {
    told.iter().map(|(at, status)| ((*at).to_owned(), (*status).to_owned())).collect()
}

#[test]
fn an_incident_lives_and_its_services_follow() {
    let org = acme();
    org.clock("2026-11-22T12:00:00Z");
    let id = id_of(&org, "incident open 'API down' --service api=major --message 'We are *looking*.'");
    assert_eq!((status_of(&org, "api").as_str(), verdict(&org).as_str()), ("major_outage", "major outage of API"));
    assert_eq!(org.run("service show api --json").json()["open_incidents"], json!([id]));
    org.clock("2026-11-22T12:10:00Z")
        .run("incident update 1 --status identified --message 'A disk is full.'")
        .stdout("")
        .stderr("updated incident 1, now identified\n")
        .success();
    assert_eq!(status_of(&org, "api"), "major_outage");
    org.clock("2026-11-22T12:20:00Z")
        .run(&format!("incident update {id} --status monitoring --service api=degraded --impact minor"))
        .stderr("updated incident 1, now monitoring\n")
        .success();
    assert_eq!((status_of(&org, "api").as_str(), verdict(&org).as_str()), ("degraded_performance", "degraded performance of API"));
    org.clock("2026-11-22T12:30:00Z")
        .run("incident resolve 1 --message 'The disk was replaced.'")
        .stdout("")
        .stderr("resolved incident 1\n")
        .success();
    assert_eq!((status_of(&org, "api").as_str(), verdict(&org).as_str()), ("operational", "all services operational"));
    let shown = org.run("incident show 1").stdout(&format!(
        "title\tAPI down\nstatus\tresolved\nimpact\tminor\nid\t{id}\nnumber\t1\nstarted\t2026-11-22T12:00:00Z\n\
         monitoring since\t2026-11-22T12:20:00Z\nresolved\t2026-11-22T12:30:00Z\nservices\tapi=operational\n\
         update\t1\t2026-11-22T12:00:00Z\tinvestigating\tapi=major_outage\tWe are *looking*.\n\
         update\t2\t2026-11-22T12:10:00Z\tidentified\t-\tA disk is full.\n\
         update\t3\t2026-11-22T12:20:00Z\tmonitoring\tapi=degraded_performance\t\n\
         update\t4\t2026-11-22T12:30:00Z\tresolved\tapi=operational\tThe disk was replaced.\n"
    ));
    shown.stderr("").success();
    let document = org.run("incident show 1 --json").json();
    only_utc(&document);
    assert_eq!((&document["monitoring_at"], &document["resolved_at"]), (&json!("2026-11-22T12:20:00Z"), &json!("2026-11-22T12:30:00Z")));
    let last = &document["updates"][3]["affected"][0];
    assert_eq!(
        (&last["old_status"], &last["new_status"], &last["name"]),
        (&json!("degraded_performance"), &json!("operational"), &json!("API"))
    );
    let kinds: Vec<_> = events(&org).into_iter().skip(4).map(|event| event["kind"].as_str().unwrap().to_owned()).collect();
    assert_eq!(kinds, ["incident.opened", "incident.updated", "incident.updated", "incident.resolved"]);
}

#[test]
fn what_a_rule_refuses_changes_nothing() {
    let org = acme();
    org.run("incident open 'API down' --service api").stderr("opened incident 1, impact minor\n").success();
    org.run("incident resolve 1").success();
    let before = events(&org).len();
    for (command, words, code) in [
        (
            "incident resolve 1",
            "error: incident `1` is already resolved\nhint: reopen it with `statuary incident update 1 --status investigating`\n",
            4,
        ),
        ("incident publish 1", "error: incident `1` is already published\n", 4),
        (
            "incident update 1",
            "error: nothing to say\nhint: give a `--message`, `--status`, `--service`, `--impact` or `--next-update`\n",
            2,
        ),
        ("incident update 9 --message x", "error: no incident `9`\nhint: list them with `statuary incident list --all`\n", 3),
        ("incident resolve zzzzzzzzzzzz", "error: no incident `zzzzzzzzzzzz`\nhint: list them with `statuary incident list --all`\n", 3),
        ("incident publish 9", "error: no incident `9`\nhint: list them with `statuary incident list --all`\n", 3),
        ("incident show 0", "error: no incident `0`\nhint: list them with `statuary incident list --all`\n", 3),
        ("incident open ' '", "error: the title is empty\n", 2),
        ("incident open x --service apy", "error: no service `apy`\nhint: did you mean `api`?\n", 3),
        ("incident open x --service api --service 1=major", "error: service `api` is named twice\n", 2),
        ("incident open x --status postmortem", "error: an incident cannot be opened as `postmortem`\nhint: open it as `resolved`\n", 2),
        ("incident update 1 --service api=major --service api=partial", "error: service `api` is named twice\n", 2),
        ("incident list --service apy", "error: no service `apy`\nhint: did you mean `api`?\n", 3),
    ] {
        org.run(command).stdout("").stderr(words).code(code);
    }
    assert_eq!(events(&org).len(), before);
}

#[test]
fn impact_and_statuses_fit_each_other_where_one_is_not_given() {
    let org = acme();
    for (arguments, impact, status) in [
        ("--service api", "minor", "degraded_performance"),
        ("--service api --impact none", "none", "operational"),
        ("--service api --impact minor", "minor", "degraded_performance"),
        ("--service api --impact major", "major", "partial_outage"),
        ("--service api --impact critical", "critical", "major_outage"),
        ("--service api=degraded", "minor", "degraded_performance"),
        ("--service api=partial", "minor", "partial_outage"),
        ("--service api=major", "major", "major_outage"),
        ("--service api=operational", "none", "operational"),
        ("--service api=maintenance", "none", "under_maintenance"),
        ("--service api=major --impact minor", "minor", "major_outage"),
        ("--service web=degraded --service api=major", "major", "major_outage"),
    ] {
        let found = org.run(&format!("incident open x {arguments} --json")).json();
        assert_eq!(found["impact"], impact, "{arguments}");
        let api = found["services"].as_array().unwrap().iter().find(|service| service["slug"] == "api").unwrap();
        assert_eq!(api["new_status"], status, "{arguments}");
        org.run(&format!("incident resolve {}", found["number"])).success();
    }
    assert_eq!(org.run("incident open x --json").json()["impact"], "none");
    assert_eq!(org.run("incident open x --impact critical --json").json()["impact"], "critical");
}

#[test]
fn the_verdict_is_never_green_under_an_open_incident() {
    let org = acme();
    org.run("incident open 'Something is odd'").success();
    assert_eq!(verdict(&org), "investigating: Something is odd");
    org.run("incident resolve 1").success();
    assert_eq!(verdict(&org), "all services operational");
}

#[test]
fn a_resolved_incident_can_be_reopened_and_resolved_again() {
    let org = acme();
    org.clock("2026-11-22T12:00:00Z").run("incident open x --service api=major").success();
    org.clock("2026-11-22T12:10:00Z").run("incident resolve 1").success();
    org.clock("2026-11-22T12:20:00Z")
        .run("incident update 1 --status investigating --service api=partial")
        .stderr("updated incident 1, now investigating\n")
        .success();
    assert_eq!((status_of(&org, "api").as_str(), org.run("incident list --open").text().lines().count()), ("partial_outage", 1));
    org.clock("2026-11-22T12:30:00Z").run("incident resolve 1").success();
    assert_eq!(status_of(&org, "api"), "operational");
    let row = org.run("uptime api --from '2026-11-22 12:00' --until '2026-11-22 12:30' --json").json()["rows"][0].clone();
    assert_eq!((&row["major_seconds"], &row["partial_seconds"]), (&json!(600), &json!(600)));
}

#[test]
fn a_postmortem_is_the_last_update_and_the_resolution_keeps_its_time() {
    let org = acme();
    org.clock("2026-11-22T12:00:00Z").run("incident open x --service api").success();
    org.clock("2026-11-22T12:10:00Z").run("incident resolve 1").success();
    org.clock("2026-11-22T15:00:00Z")
        .run("incident update 1 --status postmortem --message 'It was a disk.'")
        .stderr("updated incident 1, now postmortem\n")
        .success();
    let shown = org.run("incident show 1 --json").json();
    assert_eq!((&shown["status"], &shown["resolved_at"]), (&json!("postmortem"), &json!("2026-11-22T12:10:00Z")));
    org.run("incident resolve 1").code(4);
}

#[test]
fn an_incident_has_one_postmortem_and_it_is_the_last_word() {
    let org = acme();
    org.clock("2026-11-22T12:00:00Z").run("incident open x --service api").success();
    let open = "error: incident `1` is still open\nhint: resolve it first with `statuary incident resolve 1`\n";
    org.run("incident postmortem 1 --message Why").stdout("").stderr(open).code(4);
    org.run("incident update 1 --status postmortem --message Why").stdout("").stderr(open).code(4);
    org.clock("2026-11-22T12:10:00Z").run("incident resolve 1").success();
    let before = events(&org).len();
    let empty = "error: the postmortem is empty\nhint: give its text with `--file` or `--message`\n";
    for arguments in ["", "--message ''", "--message ' '"] {
        org.run(&format!("incident postmortem 1 {arguments}")).stdout("").stderr(empty).code(2);
    }
    org.run("incident postmortem 9 --message x")
        .stderr("error: no incident `9`\nhint: list them with `statuary incident list --all`\n")
        .code(3);
    org.run("incident postmortem 1 --message x --at 12:05")
        .stderr("error: incident `1` has a newer update, of 2026-11-22 12:10 UTC (+00:00)\nhint: write it at that moment or later\n")
        .code(4);
    assert_eq!(events(&org).len(), before);
    org.write("acme/why.md", "# What happened\n\nA disk.\n");
    org.clock("2026-11-22T15:00:00Z")
        .run("incident postmortem 1 --file why.md --message-lang de='Eine Platte.'")
        .stdout("")
        .stderr("wrote the postmortem of incident 1\n")
        .success();
    assert_eq!(told(&org, "1"), pairs(&[("12:00", "investigating"), ("12:10", "resolved"), ("15:00", "postmortem")]));
    let wrote = ("incident.updated".to_owned(), "wrote the postmortem of incident x".to_owned(), "2026-11-22T15:00:00Z".to_owned());
    assert_eq!(newest_event(&org), wrote);
    // Another one takes its place, as a whole, and keeps its time.
    org.clock("2026-11-22T16:00:00Z").run("incident postmortem 1 --message 'Two disks.'").success();
    assert_eq!(told(&org, "1").last(), pairs(&[("15:00", "postmortem")]).last());
    let shown = org.run("incident show 1 --json").json();
    assert_eq!((&shown["status"], &shown["resolved_at"]), (&json!("postmortem"), &json!("2026-11-22T12:10:00Z")));
    let last = &shown["updates"][2];
    assert_eq!(
        (&last["body"], &last["translations"], &last["updated_at"]),
        (&json!("Two disks."), &json!({}), &json!("2026-11-22T16:00:00Z"))
    );
    assert_eq!(newest_event(&org).1, "replaced the postmortem of incident x");
    for update in ["--message Addendum", "--status postmortem --message Why"] {
        org.run(&format!("incident update 1 {update}"))
            .stdout("")
            .stderr("error: incident `1` has its postmortem\nhint: replace it with `statuary incident postmortem 1`\n")
            .code(4);
    }
    org.run("incident postmortem 1 --message 'Two disks.'")
        .stderr("error: nothing to change\nhint: the postmortem says that already\n")
        .code(2);
    org.run("undo").success();
    assert_eq!(org.run("incident show 1 --json").json()["updates"][2]["body"], "# What happened\n\nA disk.");
    org.run("build").success();
    let id = shown["id"].as_str().unwrap();
    for file in [format!("incidents/{id}/index.html"), "history.atom".into(), "feed.json".into(), format!("api/v2/incidents/{id}.json")] {
        let text = std::fs::read_to_string(org.path("acme/public").join(&file)).unwrap();
        assert!(text.contains("A disk.") && text.to_lowercase().contains("postmortem"), "{file}");
    }
    // After a relapse it is another end, and has a postmortem of its own.
    org.run("incident update 1 --status investigating --message Again").success();
    org.run("incident resolve 1").success();
    org.run("incident postmortem 1 --message 'Three disks.'").success();
    let statuses: Vec<String> = told(&org, "1").into_iter().map(|(_, status)| status).collect();
    assert_eq!(statuses, ["investigating", "resolved", "postmortem", "investigating", "resolved", "postmortem"]);
}

#[test]
fn whoever_opens_an_incident_is_warned_of_one_that_is_open_about_the_same() {
    let org = acme();
    org.run("incident open 'API down' --service api").stderr("opened incident 1, impact minor\n").success();
    org.run("incident open 'Both down' --service web --service api=major --draft")
        .stderr(
            "warning: incident 1 (API down) is open and affects `api`\ndrafted incident 2, impact major\n\
             hint: publish it with `statuary incident publish 2`\n",
        )
        .success();
    org.run("incident open 'Web down' --service web")
        .stderr("warning: the drafted incident 2 (Both down) is open and affects `web`\nopened incident 3, impact minor\n")
        .success();
    org.run("incident open 'All down' --service 1 --service web")
        .stderr(
            "warning: incident 3 (Web down) is open and affects `web`\n\
             warning: the drafted incident 2 (Both down) is open and affects `api` and `web`\n\
             warning: incident 1 (API down) is open and affects `api`\nopened incident 4, impact minor\n",
        )
        .success();
    org.run("incident open 'Vault down' --service vault").stderr("opened incident 5, impact minor\n").success();
    // What is over is told of what was.
    org.run("incident open 'API was down' --service api --status resolved").stderr("opened incident 6, impact none\n").success();
}

#[test]
fn a_service_may_stay_down_beyond_its_incident_and_a_hand_outranks_what_was_said_before() {
    let org = acme();
    org.run("incident open x --service api=major").success();
    org.run("service status api operational").success();
    assert_eq!(status_of(&org, "api"), "operational");
    assert_eq!(verdict(&org), "investigating: x");
    org.run("incident update 1 --message 'Not so fast'").success();
    assert_eq!(status_of(&org, "api"), "operational");
    org.run("incident update 1 --service api=partial").success();
    assert_eq!(status_of(&org, "api"), "partial_outage");
    org.run("incident update 1 --status resolved --service api=degraded").success();
    assert_eq!(status_of(&org, "api"), "degraded_performance");
}

#[test]
fn updates_told_late_take_their_place_and_the_status_of_their_time() {
    let org = acme();
    org.clock("2026-11-22T12:00:00Z").run("incident open x --service api=major --at -2h").success();
    org.run("incident resolve 1 --at -1h").stderr("at 2026-11-22 11:00 UTC (+00:00)\nresolved incident 1\n").success();
    org.run("incident update 1 --message 'Half of it works.' --at -90m")
        .stderr("at 2026-11-22 10:30 UTC (+00:00)\nupdated incident 1, now resolved\n")
        .success();
    assert_eq!(told(&org, "1"), pairs(&[("10:00", "investigating"), ("10:30", "investigating"), ("11:00", "resolved")]));
    org.run("incident update 1 --message 'It began.' --at -3h").success();
    assert_eq!(told(&org, "1")[0], ("09:00".to_owned(), "investigating".to_owned()));
    let shown = org.run("incident show 1 --json").json();
    assert_eq!((&shown["started_at"], &shown["resolved_at"]), (&json!("2026-11-22T09:00:00Z"), &json!("2026-11-22T11:00:00Z")));
    // Written at one moment, they keep the order of writing.
    org.run("incident open y").success();
    for status in ["identified", "monitoring", "identified"] {
        org.run(&format!("incident update 2 --status {status}")).success();
    }
    assert_eq!(
        told(&org, "2"),
        pairs(&[("12:00", "investigating"), ("12:00", "identified"), ("12:00", "monitoring"), ("12:00", "identified")])
    );
}

#[test]
fn an_update_never_runs_backwards_when_the_clock_does() {
    let org = acme();
    org.clock("2026-11-22T12:00:00Z").run("incident open x --service api=major").success();
    org.clock("2026-11-22T11:00:00Z").run("incident update 1 --status monitoring").success();
    org.run("incident resolve 1").success();
    assert_eq!(told(&org, "1"), pairs(&[("12:00", "investigating"), ("12:00", "monitoring"), ("12:00", "resolved")]));
}

#[test]
fn a_resolution_that_newer_updates_would_take_back_is_refused() {
    let org = acme();
    org.clock("2026-11-22T12:00:00Z").run("incident open x --service api=major --at -1h").success();
    org.run("incident update 1 --status monitoring --at -10m").success();
    org.run("incident resolve 1 --at -30m")
        .stderr("error: incident `1` has a newer update, of 2026-11-22 11:50 UTC (+00:00)\nhint: resolve it at that moment or later\n")
        .code(4);
    org.run("incident resolve 1 --at -10m").success();
    assert_eq!(status_of(&org, "api"), "operational");
}

#[test]
fn a_backdated_incident_corrects_uptime() {
    let org = acme();
    org.clock("2026-11-22T12:00:00Z");
    let uptime = |org: &TestOrg| org.run("uptime api --days 1 --json").json()["rows"][0]["uptime"].clone();
    assert_eq!(uptime(&org), "100.0");
    org.run("incident open x --service api=major --at '2026-11-22 06:00'").success();
    assert_eq!(uptime(&org), "50.0");
    org.run("incident resolve 1 --at '2026-11-22 09:00'").success();
    assert_eq!(uptime(&org), "75.0");
    org.run("incident open y --status resolved --service api=operational --at '2026-11-22 11:00'").success();
    assert_eq!(uptime(&org), "75.0");
}

#[test]
fn a_draft_is_nowhere_until_it_is_published() {
    let org = acme();
    org.clock("2026-11-22T12:00:00Z");
    let id = org
        .run("incident open 'A secret trouble' --draft --service api=major")
        .stderr("drafted incident 1, impact major\nhint: publish it with `statuary incident publish 1`\n")
        .text();
    assert_eq!((status_of(&org, "api").as_str(), verdict(&org).as_str()), ("operational", "all services operational"));
    org.run("incident list --open").stdout(&format!("1\t{}\tdraft\tmajor\t2026-11-22T12:00:00Z\tA secret trouble\n", id.trim())).success();
    assert!(org.run("incident show 1").text().contains("\ndraft\tnot published yet\n"));
    org.run("build --quiet").success();
    assert!(!super::building::tree_holds(&org, "acme/public", "A secret trouble"));
    org.clock("2026-11-22T12:30:00Z").run("incident publish 1").stdout("").stderr("published incident 1\n").success();
    assert_eq!(status_of(&org, "api"), "major_outage");
    assert_eq!(
        newest_event(&org),
        ("incident.opened".to_owned(), "published incident A secret trouble".to_owned(), "2026-11-22T12:30:00Z".to_owned())
    );
    assert_eq!(org.run("incident show 1 --json").json()["started_at"], "2026-11-22T12:00:00Z");
    org.run("build --quiet").success();
    assert!(super::building::tree_holds(&org, "acme/public", "A secret trouble"));
}

#[test]
fn lists_are_newest_first_and_can_be_narrowed() {
    let org = acme();
    org.clock("2026-11-22T12:00:00Z");
    for number in 1..=22 {
        org.run(&format!(
            "incident open 'n{number}' --service {} --status {} --at -{number}h",
            ["api", "web"][number % 2],
            ["investigating", "resolved"][number % 2]
        ))
        .success();
    }
    let titles = |arguments: &str| -> Vec<String> {
        org.run(&format!("incident list {arguments}")).text().lines().map(|line| line.split('\t').next_back().unwrap().to_owned()).collect()
    };
    let newest: Vec<String> = (1..=20).map(|number| format!("n{number}")).collect();
    assert_eq!(titles(""), newest);
    let more = "hint: list older ones with `--all` or `--since`\n";
    org.run("incident list").stderr(more).success();
    org.run("incident list --service api").stderr("").success();
    org.run("incident list --all").stderr("").success();
    assert_eq!(titles("--all").len(), 22);
    assert_eq!(titles("--open --service api").len(), 11);
    assert_eq!(titles("--open --service web"), Vec::<String>::new());
    assert_eq!(titles("--since -3h"), ["n1", "n2", "n3"]);
    assert_eq!(titles("--all --service web --since -5h"), ["n1", "n3", "n5"]);
    let listed = org.run("incident list --json").json();
    only_utc(&listed);
    assert_eq!(listed["more"], true);
    assert_eq!((&listed["incidents"][0]["title"], &listed["incidents"][0]["status"]), (&json!("n1"), &json!("resolved")));
    org.run("incident list --open --all").code(2);
}

#[test]
fn messages_come_from_an_argument_a_file_or_standard_input() {
    let org = acme();
    org.write("acme/note.md", "From a *file*\n\nTwo paragraphs\n\n");
    let body = |command: &str, input: &str| {
        let found = org.run_with_input(&format!("{command} --json"), input.as_bytes()).json();
        found["updates"].as_array().unwrap().last().unwrap()["body"].clone()
    };
    assert_eq!(body("incident open a --message '- a list'", ""), "- a list");
    assert_eq!(body("incident open a --file note.md", ""), "From a *file*\n\nTwo paragraphs");
    assert_eq!(body("incident update 1 --file -", "piped\n"), "piped");
    assert_eq!(body("incident update 1 --message -", "piped too\n"), "piped too");
    let empty = "error: the message is empty\nhint: give its text with `--message` or `--file`, or leave both out\n";
    let before = events(&org).len();
    org.write("acme/empty.md", " \n\t\n");
    for command in [
        "incident update 1 --message ''",
        "incident update 1 --message '  '",
        "incident update 1 --message -",
        "incident update 1 --file -",
        "incident update 1 --file empty.md",
        "incident update 1 --status monitoring --message ''",
        "incident resolve 1 --message ''",
        "incident open b --message -",
    ] {
        org.run_with_input(command, b"").stdout("").stderr(empty).code(2);
    }
    assert_eq!(events(&org).len(), before);
    assert_eq!(body("incident resolve 1", ""), "");
    let long = "x".repeat((1 << 20) + 1);
    org.run_with_input("incident update 1 --file -", long.as_bytes())
        .stderr("error: cannot read `standard input`: is larger than 1 MiB\n")
        .code(5);
    assert_eq!(org.run("incident update 1 --impact critical --json").json()["updates"].as_array().map(Vec::len), Some(4));
    assert_eq!(org.run("incident show 1 --json").json()["updates"][0]["affected"], Value::Null);
}

#[test]
fn no_postmortem_is_empty_or_comes_before_the_end() {
    let org = acme();
    org.clock("2026-11-22T12:00:00Z").run("incident open x --service api --message Down").success();
    let open = "error: incident `1` is still open\nhint: resolve it first with `statuary incident resolve 1`\n";
    org.run("incident edit-update 1 1 --status postmortem").stdout("").stderr(open).code(4);
    org.clock("2026-11-22T12:10:00Z").run("incident resolve 1 --message Up").success();
    let before = events(&org).len();
    let early = |update: u8| {
        format!(
            "error: incident `1` was still open before update {update}, a postmortem\n\
             hint: a postmortem follows the update that resolves the incident\n"
        )
    };
    org.run("incident edit-update 1 2 --status postmortem").stderr(&early(2)).code(4);
    org.run("incident update 1 --status postmortem --message Why --at 12:05").stderr(&early(2)).code(4);
    let empty = "error: the postmortem is empty\nhint: give its text with `--file` or `--message`\n";
    org.run("incident update 1 --status postmortem").stdout("").stderr(empty).code(2);
    assert_eq!(events(&org).len(), before);
    org.run("incident update 1 --status postmortem --message Why").success();
    org.run("incident edit-update 1 3 --message ''").stderr(empty).code(2);
    org.run("incident edit-update 1 2 --status identified").stderr(&early(3)).code(4);
    org.run("incident edit-update 1 3 --message 'A disk.'").success();
}
