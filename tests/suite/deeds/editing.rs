//! Correcting what was recorded: edit, remove, and take back.

use serde_json::{Value, json};

use super::{acme, events, newest_event, status_of};
use crate::test_org::TestOrg;

/// What the newest event changed: before and after.
#[track_caller]
fn change(org: &TestOrg) -> (Value, Value) {
    let event = events(org).pop().expect("an event");
    (event["before"].clone(), event["after"].clone())
}

/// Times and statuses of an incident's updates.
#[track_caller]
fn told(org: &TestOrg, incident: &str) -> Vec<String> {
    let shown = org.run(&format!("incident show {incident} --json")).json();
    let updates = shown["updates"].as_array().unwrap().iter();
    updates.map(|update| format!("{} {}", &update["display_at"].as_str().unwrap()[11..16], update["status"].as_str().unwrap())).collect()
}

#[test]
fn every_event_says_what_it_changed() {
    let org = acme();
    org.clock("2026-11-22T12:00:00Z").run("incident open 'API down' --service api=major --message 'We are looking.'").success();
    let (before, after) = change(&org);
    assert_eq!(before, Value::Null);
    assert_eq!((&after["title"], &after["impact"], &after["number"]), (&json!("API down"), &json!("major"), &json!(1)));
    let first = after["updates"].as_object().unwrap().values().next().unwrap().clone();
    assert_eq!((&first["body"], &first["affected"][0]["new_status"]), (&json!("We are looking."), &json!("major_outage")));
    org.clock("2026-11-22T12:10:00Z").run("incident update 1 --status monitoring --impact minor").success();
    let (before, after) = change(&org);
    assert_eq!((&before["impact"], &after["impact"], before.get("title")), (&json!("major"), &json!("minor"), None));
    let updates = after["updates"].as_object().unwrap();
    assert_eq!(updates.len(), 1, "only the update that is new");
    assert_eq!(updates.values().next().unwrap()["status"], "monitoring");
    assert_eq!(before["updates"].as_object().unwrap().values().collect::<Vec<_>>(), [&Value::Null]);
    org.run("service edit web --name Pages").success();
    let (before, after) = change(&org);
    assert_eq!((&before["name"], &after["name"]), (&json!("Web"), &json!("Pages")));
    org.run("service status web degraded --message Slow").success();
    let (before, after) = change(&org);
    assert_eq!(before, json!({"manual_statuses": {"1": null}}));
    assert_eq!(after["manual_statuses"]["1"]["message"], "Slow");
    let created = events(&org)[0].clone();
    assert_eq!((&created["kind"], &created["before"], &created["after"]), (&json!("organization.created"), &Value::Null, &Value::Null));
    org.run("build --quiet").success();
    for private in ["\"before\"", "\"after\"", "manual_statuses", "undoes", "tester"] {
        assert!(!super::building::tree_holds(&org, "acme/public", private), "{private}");
    }
}

#[test]
fn an_incident_can_be_edited() {
    let org = acme();
    org.run("incident open 'API dwon' --service api=major").success();
    org.run("incident edit 1 --title ' API  down ' --impact minor").stdout("").stderr("changed incident 1\n").success();
    let shown = org.run("incident show 1 --json").json();
    assert_eq!((&shown["title"], &shown["impact"]), (&json!("API down"), &json!("minor")));
    assert_eq!(newest_event(&org).0, "incident.edited");
    assert_eq!(newest_event(&org).1, "edited incident API down");
    let nothing = "error: nothing to change\nhint: give another `--title` or `--impact`\n";
    for command in ["incident edit 1", "incident edit 1 --title 'API down'", "incident edit 1 --impact minor"] {
        org.run(command).stdout("").stderr(nothing).code(2);
    }
    org.run("incident edit 1 --title ' '").stderr("error: the title is empty\n").code(2);
    org.run("incident edit 9 --title x").stderr("error: no incident `9`\nhint: list them with `statuary incident list --all`\n").code(3);
    let found = org.run("incident edit 1 --impact critical --json").json();
    assert_eq!((&found["impact"], &found["public"]), (&json!("critical"), &json!(true)));
}

#[test]
fn an_update_can_be_edited_and_everything_follows() {
    let org = acme();
    org.clock("2026-11-22T12:00:00Z").run("incident open x --service api=major --message Frist --at '2026-11-22 06:00'").success();
    org.run("incident update 1 --status identified --at '2026-11-22 08:00'").success();
    org.run("incident resolve 1 --at '2026-11-22 09:00'").success();
    let uptime = |service: &str| org.run(&format!("uptime {service} --days 1 --json")).json()["rows"][0]["uptime"].clone();
    assert_eq!(uptime("api"), "75.0");
    org.run("incident edit-update 1 1 --message First").stdout("").stderr("changed update 1 of incident 1, now resolved\n").success();
    assert_eq!(org.run("incident show 1 --json").json()["updates"][0]["body"], "First");
    assert_eq!(newest_event(&org), ("incident.edited".into(), "edited update 1 of incident x".into(), "2026-11-22T12:00:00Z".into()));
    let (before, after) = change(&org);
    let one = |side: &Value| side["updates"].as_object().unwrap().values().next().unwrap()["body"].clone();
    assert_eq!((one(&before), one(&after), before.get("title")), (json!("Frist"), json!("First"), None));
    org.run("incident edit-update 1 1 --at '2026-11-22 03:00'")
        .stderr("at 2026-11-22 03:00 UTC (+00:00)\nchanged update 1 of incident 1, now resolved\n")
        .success();
    assert_eq!(uptime("api"), "50.0");
    let shown = org.run("incident show 1 --json").json();
    assert_eq!((&shown["started_at"], &shown["created_at"]), (&json!("2026-11-22T03:00:00Z"), &json!("2026-11-22T03:00:00Z")));
    org.run("incident edit-update 1 1 --service web=major").success();
    assert_eq!((uptime("api"), uptime("web")), (json!("100.0"), json!("50.0")));
    let shown = org.run("incident show 1").text();
    assert!(shown.contains("\nservices\tweb=operational\n"), "{shown}");
    org.run("incident edit-update 1 1 --service ''").success();
    assert_eq!((uptime("web"), org.run("incident show 1 --json").json()["services"].clone()), (json!("100.0"), json!([])));
    org.run("incident edit-update 1 2 --at '2026-11-22 09:30' --status monitoring")
        .stderr("at 2026-11-22 09:30 UTC (+00:00)\nchanged update 2 of incident 1, now monitoring\n")
        .success();
    assert_eq!(told(&org, "1"), ["03:00 investigating", "09:00 resolved", "09:30 monitoring"]);
}

#[test]
fn what_cannot_be_edited_is_refused_and_changes_nothing() {
    let org = acme();
    org.clock("2026-11-22T12:00:00Z").run("incident open x --service api=major").success();
    org.run("maintenance schedule y --from +1h --for 1h --service api").success();
    let before = events(&org).len();
    for (command, words, code) in [
        (
            "incident edit-update 1 1",
            "error: nothing to change\nhint: give another `--message`, `--message-lang`, `--file`, `--status`, `--service`, `--next-update` or `--at`\n",
            2,
        ),
        ("incident edit-update 1 2 --message a", "error: incident `1` has no update 2\nhint: `statuary incident show 1` numbers them\n", 3),
        ("incident edit-update 1 0 --message a", "error: incident `1` has no update 0\nhint: `statuary incident show 1` numbers them\n", 3),
        (
            "incident edit-update 1 1 --at +1h",
            "error: `--at` lies ahead: 2026-11-22 13:00 UTC (+00:00)\nhint: only `service status` and a maintenance window can be dated ahead\n",
            2,
        ),
        (
            "incident edit-update 1 1 --service web",
            "error: `--service web` needs a status\nhint: write it as in `--service web=operational`\n",
            2,
        ),
        ("incident edit-update 1 1 --service wep=major", "error: no service `wep`\nhint: did you mean `web`?\n", 3),
        (
            "incident edit-update 1 x --message a",
            "error: `x` does not fit `<N>`: it is not a whole number\nhint: see `statuary incident edit-update --help`\n",
            2,
        ),
        (
            "maintenance edit 1 --until '2026-11-22 12:30'",
            "error: the maintenance ends before it starts\nhint: give an `--until` after `--from`, or a length with `--for`\n",
            2,
        ),
        ("maintenance edit 1", "error: nothing to change\nhint: `statuary maintenance edit --help` lists what can be\n", 2),
        ("maintenance edit 1 --service api --service api", "error: service `api` is named twice\n", 2),
        ("maintenance remove 2", "error: no maintenance `2`\nhint: list them with `statuary maintenance list`\n", 3),
        ("incident remove 2", "error: no incident `2`\nhint: list them with `statuary incident list --all`\n", 3),
        ("group edit eu --name x", "error: no group `eu`\nhint: list them with `statuary group list`\n", 3),
    ] {
        org.run(command).stdout("").stderr(words).code(code);
    }
    assert_eq!(events(&org).len(), before);
}

#[test]
fn a_removed_incident_is_gone_and_its_number_is_not_used_again() {
    let org = acme();
    org.clock("2026-11-22T12:00:00Z").run("incident open Mistake --service api=major --at -6h").success();
    assert_eq!(status_of(&org, "api"), "major_outage");
    org.run("incident remove 1").stdout("").stderr("removed incident 1\n").success();
    assert_eq!(status_of(&org, "api"), "operational");
    org.run("incident show 1").code(3);
    assert_eq!(newest_event(&org), ("incident.removed".into(), "removed incident Mistake".into(), "2026-11-22T12:00:00Z".into()));
    let (before, after) = change(&org);
    assert_eq!((&before["title"], after), (&json!("Mistake"), Value::Null));
    org.run("incident open Next").stderr("opened incident 2, impact none\n").success();
}

#[test]
fn a_maintenance_can_be_edited_and_removed() {
    let org = acme();
    org.clock("2026-11-22T12:00:00Z").run("maintenance schedule Work --from '2026-11-23 02:00' --for 2h --service api").success();
    org.run("maintenance edit 1 --title 'More work' --from '2026-11-23 03:00' --for 1h --service web --no-auto-finish")
        .stdout("")
        .stderr("from 2026-11-23 03:00 UTC (+00:00) until 2026-11-23 04:00 UTC (+00:00)\nchanged maintenance 1\n")
        .success();
    let shown = org.run("maintenance show 1 --json").json();
    assert_eq!((&shown["title"], &shown["scheduled_for"]), (&json!("More work"), &json!("2026-11-23T03:00:00Z")));
    assert_eq!((&shown["auto_finish"], &shown["services"][0]["slug"]), (&json!(false), &json!("web")));
    org.run("maintenance edit 1 --no-auto-finish=false --service ''").stderr("changed maintenance 1\n").success();
    let shown = org.run("maintenance show 1 --json").json();
    assert_eq!((&shown["auto_finish"], &shown["services"]), (&json!(true), &json!([])));
    org.run("maintenance edit 1 --from '2026-11-23 05:00'").code(2);
    org.run("maintenance remove 1").stdout("").stderr("removed maintenance 1\n").success();
    org.run("maintenance list").stdout("").success();
    assert_eq!(newest_event(&org).0, "maintenance.removed");
}

#[test]
fn a_group_can_be_edited_and_removed_when_it_is_empty() {
    let org = acme();
    org.run("group add eu --name Europe").success();
    org.run("group add us --name America").success();
    org.run("service edit api --group eu").success();
    org.run("group edit eu --slug emea --name 'Europe and Africa' --description 'Two continents' --position 0")
        .stdout("")
        .stderr("changed group `emea`\n")
        .success();
    org.run("group list").stdout("emea\toperational\tEurope and Africa\tapi\nus\toperational\tAmerica\t\n").success();
    org.run("group edit emea --slug us").stderr("error: there is a group `us` already\n").code(4);
    org.run("group edit emea").stderr("error: nothing to change\nhint: `statuary group edit --help` lists what can be\n").code(2);
    org.run("group remove emea")
        .stdout("")
        .stderr(
            "error: group `emea` is not empty: `api`\n\
             hint: move a service with `statuary service edit api --group OTHER`, or take it out with `--group ''`\n",
        )
        .code(4);
    org.run("incident open x --service api").success();
    org.run("service remove api").success();
    org.run("group remove emea").stdout("").stderr("removed group `emea`\n").success();
    assert_eq!(newest_event(&org).1, "removed group Europe and Africa");
    org.run("undo").stdout("").stderr("took back: removed group Europe and Africa\n").success();
    org.run("undo").stderr("took back: removed service API\n").success();
    assert_eq!(org.run("service show api --json").json()["group"], "emea");
}

#[test]
fn undo_takes_back_what_the_actor_wrote_last_and_then_what_was_before() {
    let org = acme();
    org.run("incident open 'API down' --service api=major").success();
    org.run("--as bob service status web degraded").success();
    org.run("incident update 1 --status identified").success();
    org.run("undo").stdout("").stderr("took back: updated incident API down\n").success();
    assert_eq!(told(&org, "1").len(), 1);
    let event = events(&org).pop().unwrap();
    assert_eq!((&event["kind"], &event["actor"], &event["status"]), (&json!("incident.edited"), &json!("tester"), &json!("investigating")));
    let document = org.run("undo --json").json();
    assert_eq!((&document["sentence"], &document["public"]), (&json!("took back: opened incident API down"), &json!(true)));
    org.run("incident show 1").code(3);
    assert_eq!((status_of(&org, "api").as_str(), status_of(&org, "web").as_str()), ("operational", "degraded_performance"));
    org.run("--as bob undo").stderr("took back: set Web to degraded_performance\n").success();
    let event = events(&org).pop().unwrap();
    assert_eq!((&event["kind"], &event["status"]), (&json!("service.status"), &json!("operational")));
    org.run("--as bob undo")
        .stdout("")
        .stderr(
            "error: `bob` has written nothing in `acme` that could be taken back\n\
             hint: `statuary log` shows who did what; `--as NAME` takes back what somebody else wrote\n",
        )
        .code(4);
    for name in ["Vault", "Web", "API"] {
        org.run("undo").stderr(&format!("took back: added service {name}\n")).success();
    }
    org.run("undo")
        .stderr(
            "error: cannot take back `created organization Acme`: what was there before is not in the log\n\
             hint: only what one command wrote can be taken back, not an import; `statuary log` shows who did what\n",
        )
        .code(4);
    org.run("service list").stdout("").success();
}

#[test]
fn undo_refuses_what_something_later_depends_on() {
    let org = acme();
    org.run("--as bob service add mail").success();
    org.run("incident open x --service mail=major").success();
    org.run("--as bob undo")
        .stdout("")
        .stderr(
            "error: cannot take back `added service mail`: an incident, a maintenance or a status names it\n\
             hint: remove it with `statuary service remove mail`\n",
        )
        .code(4);
    org.run("--as bob group add eu --name Europe").success();
    org.run("service edit api --group eu").success();
    org.run("--as bob undo")
        .stderr(
            "error: cannot take back `added group Europe`: services are in it\n\
             hint: take them out first, or remove it with `statuary group remove eu`\n",
        )
        .code(4);
    org.run("--as bob incident update 1 --message one").success();
    org.run("incident update 1 --message two").success();
    let before = events(&org).len();
    org.run("--as bob undo")
        .stderr(
            "error: cannot take back `updated incident x`: it has changed since\n\
             hint: `statuary log` shows what followed; correct it with `statuary incident edit`\n",
        )
        .code(4);
    org.run("--as bob service add web2 --json").success();
    org.run("service remove web2").success();
    org.run("--as bob undo")
        .stderr(
            "error: cannot take back `added service web2`: it has changed since\n\
             hint: `statuary log` shows what followed; correct it with `statuary service edit`\n",
        )
        .code(4);
    org.run("service add web2").success();
    org.run("--as carl service remove web2").success();
    org.run("service add web2").success();
    org.run("--as carl undo")
        .stderr(
            "error: cannot take back `removed service web2`: another is called `web2` now\n\
             hint: give that one another slug first\n",
        )
        .code(4);
    assert_eq!(events(&org).len(), before + 5);
}

#[test]
fn undo_does_not_take_back_an_import() {
    let org = acme();
    org.run("export --out dump.json").success();
    org.enter("").run("org create other --name Other").success();
    org.enter("other").run("import dump ../acme/dump.json").success();
    org.run("undo").stderr("took back: added service Vault\n").success();
    org.write(
        "other/incidents.json",
        r#"{"page":{"id":"kctbh9vrtdwd","name":"G","url":"https://g.example","updated_at":"2026-11-20T10:00:00Z"},
            "incidents":[{"id":"aaaaaaaaaaaa","name":"Imported","status":"investigating","impact":"minor","created_at":"2026-11-20T10:00:00Z",
            "updated_at":"2026-11-20T10:00:00Z","started_at":"2026-11-20T10:00:00Z","monitoring_at":null,"resolved_at":null,
            "shortlink":"https://stspg.io/x","page_id":"kctbh9vrtdwd","incident_updates":[{"id":"bbbbbbbbbbbb","status":"investigating",
            "body":"b","incident_id":"aaaaaaaaaaaa","created_at":"2026-11-20T10:00:00Z","updated_at":"2026-11-20T10:00:00Z",
            "display_at":"2026-11-20T10:00:00Z","affected_components":null,"deliver_notifications":true}],"components":[]}]}"#,
    );
    org.run("import statuspage incidents.json").success();
    org.run("undo")
        .stderr(
            "error: cannot take back `imported incident Imported`: what was there before is not in the log\n\
             hint: only what one command wrote can be taken back, not an import; `statuary log` shows who did what\n",
        )
        .code(4);
    // A person's correction of an import can be.
    let id = "aaaaaaaaaaaa";
    org.run(&format!("incident edit {id} --title Corrected")).success();
    org.run("import statuspage incidents.json").success();
    assert_eq!(org.run(&format!("incident show {id} --json")).json()["title"], "Corrected", "an older file does not overwrite it");
    org.run("undo").stderr("took back: edited incident Corrected\n").success();
    assert_eq!(org.run(&format!("incident show {id} --json")).json()["title"], "Imported");
}
