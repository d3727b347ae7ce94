//! What updates say in other languages.

use serde_json::{Value, json};

use super::{acme, events};
use crate::built_site::BuiltSite;
use crate::test_org::TestOrg;

/// The translations of each update, oldest first.
#[track_caller]
fn translations(org: &TestOrg, thing: &str) -> Vec<Value> {
    let shown = org.run(&format!("{thing} --json")).json();
    shown["updates"].as_array().unwrap().iter().map(|update| update["translations"].clone()).collect()
}

/// The newest update of a thing that a command wrote, as the command itself tells it.
#[track_caller]
fn said(org: &TestOrg, command: &str) -> Value {
    let written = org.run(&format!("{command} --json")).json();
    written["updates"].as_array().unwrap().last().unwrap()["translations"].clone()
}

#[test]
fn every_update_can_be_said_in_several_languages() {
    let org = acme();
    org.clock("2026-11-22T12:00:00Z");
    let opened = said(
        &org,
        "incident open 'API down' --message 'We are *looking*.' --message-lang DE='Wir *sehen* nach.\n\nBald mehr.' --message-lang pt-br='a=b'",
    );
    assert_eq!(opened, json!({"de": "Wir *sehen* nach.\n\nBald mehr.", "pt-BR": "a=b"}));
    org.clock("2026-11-22T12:10:00Z")
        .run("incident update 1 --message 'A disk.' --message-lang de='Eine Platte.'")
        .stdout("")
        .stderr("updated incident 1, now investigating\n")
        .success();
    org.write("acme/end.md", "It is over.\n");
    org.clock("2026-11-22T12:20:00Z")
        .run("incident resolve 1 --file end.md --message-lang 'de=Vorbei. '")
        .stdout("")
        .stderr("resolved incident 1\n")
        .success();
    assert_eq!(translations(&org, "incident show 1")[1..], [json!({"de": "Eine Platte."}), json!({"de": "Vorbei."})]);
    let id = org.run("incident show 1 --json").json()["id"].as_str().unwrap().to_owned();
    org.run("incident show 1")
        .stdout(&format!(
            "title\tAPI down\nstatus\tresolved\nimpact\tnone\nid\t{id}\nnumber\t1\nstarted\t2026-11-22T12:00:00Z\n\
             resolved\t2026-11-22T12:20:00Z\n\
             update\t1\t2026-11-22T12:00:00Z\tinvestigating\t-\tWe are *looking*. [de] Wir *sehen* nach. Bald mehr. [pt-BR] a=b\n\
             update\t2\t2026-11-22T12:10:00Z\tinvestigating\t-\tA disk. [de] Eine Platte.\n\
             update\t3\t2026-11-22T12:20:00Z\tresolved\t-\tIt is over. [de] Vorbei.\n"
        ))
        .stderr("")
        .success();
    let verbs =
        ["schedule Work --from +1h --for 1h", "update 1", "start 1", "complete 1", "schedule Other --from +1h --for 1h", "cancel 2"];
    for verb in verbs {
        let found = said(&org, &format!("maintenance {verb} --message Words --message-lang fr='Les mots'"));
        assert_eq!(found, json!({"fr": "Les mots"}), "{verb}");
    }
    let shown = org.run("maintenance show 2").text();
    assert!(shown.ends_with("update\t2\t2026-11-22T12:20:00Z\tcancelled\t-\tWords [fr] Les mots\n"), "{shown}");
    assert_eq!(translations(&org, "maintenance show 2"), [json!({"fr": "Les mots"}), json!({"fr": "Les mots"})]);
}

#[test]
fn what_is_no_translation_is_refused_and_nothing_is_recorded() {
    let org = acme();
    org.run("incident open x --message Words").success();
    org.run("incident update 1 --status identified").success();
    org.run("maintenance schedule y --from +1h --for 1h").success();
    let before = events(&org).len();
    let no_message = "error: `--message-lang` has no message to translate\nhint: give one with `--message` or `--file`\n";
    let no_tag = "error: `x_y` in `--message-lang` is not a language\nhint: write a tag such as `de` or `pt-BR`\n";
    let no_text = "error: `--message-lang de=` has no text\nhint: leave it out, and whoever reads `de` reads the message itself\n";
    let twice = "error: `--message-lang` is given twice for `de`\n";
    let no_equals = "error: `de` in `--message-lang` has no `=`\nhint: write it as in `--message-lang de='Wir sehen nach.'`\n";
    for verb in [
        "incident open z",
        "incident update 1",
        "incident resolve 1",
        "maintenance schedule z --from +1h --for 1h",
        "maintenance update 1",
        "maintenance start 1",
        "maintenance complete 1",
        "maintenance cancel 1",
    ] {
        for (arguments, words) in [
            ("--message-lang de=a", no_message),
            ("--message '' --message-lang de=a", no_message),
            ("--message a --message-lang x_y=b", no_tag),
            ("--message a --message-lang de=", no_text),
            ("--message a --message-lang 'de= '", no_text),
            ("--message a --message-lang de=b --message-lang DE=c", twice),
            ("--message a --message-lang de", no_equals),
        ] {
            org.run(&format!("{verb} {arguments}")).stdout("").stderr(words).code(2);
        }
    }
    let lone = "error: update 2 has no message of which `de` is a translation\n\
                hint: give one with `--message`, or take the translation away with `--message-lang de=`\n";
    let nothing = "error: nothing to change\nhint: give another `--message`, `--message-lang`, `--file`, `--status`, `--service`, `--next-update` or `--at`\n";
    for (arguments, words) in [
        ("1 --message-lang x_y=b", no_tag),
        ("1 --message-lang de=a --message-lang De=", twice),
        ("1 --message-lang de", no_equals),
        ("1 --message-lang de=", nothing),
        ("2 --message-lang de=a", lone),
    ] {
        org.run(&format!("incident edit-update 1 {arguments}")).stdout("").stderr(words).code(2);
    }
    org.run("service status api degraded --message a --message-lang de=b")
        .stderr("error: there is no option `--message-lang` here\nhint: did you mean `--message`?\n")
        .code(2);
    assert_eq!(events(&org).len(), before);
}

#[test]
fn translations_are_added_corrected_and_taken_away_and_the_log_says_which() {
    let org = acme();
    org.run("incident open x --message Words").success();
    let changed = "changed update 1 of incident 1, now investigating\n";
    let edit = |arguments: &str| org.run(&format!("incident edit-update 1 1 {arguments}")).stdout("").stderr(changed).success();
    let side = |side: &str| {
        let event = events(&org).pop().unwrap();
        event[side]["updates"].as_object().unwrap().values().next().unwrap()["translations"].clone()
    };
    edit("--message-lang de=Worte");
    assert_eq!((side("before"), side("after")), (Value::Null, json!({"de": "Worte"})));
    edit("--message-lang DE=Wörter --message-lang fr='Les mots' --message 'Other words'");
    assert_eq!((side("before"), side("after")), (json!({"de": "Worte", "fr": null}), json!({"de": "Wörter", "fr": "Les mots"})));
    edit("--message-lang fr=");
    assert_eq!((side("before"), side("after")), (json!({"fr": "Les mots"}), json!({"fr": null})));
    edit("--message 'Third words'");
    assert_eq!(translations(&org, "incident show 1"), [json!({"de": "Wörter"})]);
    for expected in [json!({"de": "Wörter"}), json!({"de": "Wörter", "fr": "Les mots"}), json!({"de": "Worte"}), json!({})] {
        org.run("undo").stdout("").stderr("took back: edited update 1 of incident x\n").success();
        assert_eq!(translations(&org, "incident show 1"), [expected]);
    }
    assert_eq!(org.run("incident show 1 --json").json()["updates"][0]["body"], "Words");
    edit("--message-lang de=Worte");
    org.run("incident remove 1").success();
    org.run("undo").success();
    assert_eq!(translations(&org, "incident show 1"), [json!({"de": "Worte"})]);
}

#[test]
fn translations_are_in_dumps_and_in_the_native_documents_and_in_no_strict_format() {
    let org = acme();
    org.clock("2026-11-22T12:00:00Z");
    org.run("incident open x --service api --message Words --message-lang de='Wortebody *da*'").success();
    org.run("incident update 1 --message More").success();
    org.run("maintenance schedule y --from +1h --for 1h --message Words --message-lang de=Arbeitbody").success();
    let dump = org.run("export").text();
    assert_eq!(dump.matches("\"translations\": {\n").count(), 4, "two updates, and the events that wrote them: {dump}");
    org.run("org create copy --name Acme").success();
    org.write("acme/dump.json", &dump).enter("copy").run("import dump ../acme/dump.json").success();
    assert_eq!(org.run("export").text(), dump);
    org.run("import dump ../acme/dump.json").success();
    assert_eq!(org.run("export").text(), dump);
    org.run("undo").stderr("took back: scheduled maintenance y\n").success();
    org.enter("acme").run("build --quiet").success();
    let document: Value = serde_json::from_str(&std::fs::read_to_string(org.path("acme/public/api/public/acme.json")).unwrap()).unwrap();
    let updates = &document["open_incidents"][0]["updates"];
    let expected = json!({"de": {"body_markdown": "Wortebody *da*", "body_html": "<p>Wortebody <em>da</em></p>"}});
    assert_eq!((updates[0].get("translations"), &updates[1]["translations"]), (None, &expected));
    assert_eq!(document["maintenances"][0]["updates"][0]["translations"]["de"]["body_markdown"], "Arbeitbody");
    let site = BuiltSite::read(&org.path("acme/public"));
    let strict: Vec<_> = site.files.iter().filter(|(path, _)| !path.ends_with(".html") && !path.starts_with("api/public/")).collect();
    assert!(strict.len() > 15, "{strict:?}");
    for (path, bytes) in strict {
        let text = String::from_utf8_lossy(bytes);
        assert!(!["Wortebody", "Arbeitbody", "\"translations\""].iter().any(|word| text.contains(word)), "{path}");
    }
}

#[test]
fn a_source_that_says_the_same_again_leaves_translations_alone() {
    let org = acme();
    let payload = |body: &str, at: &str| {
        let started = "2026-11-20T10:00:00Z";
        let page = json!({"id": "kctbh9vrtdwd", "name": "G", "url": "https://g.example", "updated_at": at});
        let update = |id: &str, body: &str, at: &str| {
            json!({"id": id, "status": "investigating", "body": body, "incident_id": "aaaaaaaaaaaa", "created_at": started,
                "updated_at": at, "display_at": at, "affected_components": null, "deliver_notifications": true})
        };
        let updates = json!([update("cccccccccccc", "Later", at), update("bbbbbbbbbbbb", body, started)]);
        json!({"page": page, "incidents": [{"id": "aaaaaaaaaaaa", "name": "Imported", "status": "investigating", "impact": "minor",
            "created_at": started, "updated_at": at, "started_at": started, "monitoring_at": null, "resolved_at": null,
            "shortlink": "https://stspg.io/x", "page_id": "kctbh9vrtdwd", "incident_updates": updates, "components": []}]})
        .to_string()
    };
    org.write("acme/incidents.json", payload("Words", "2026-11-20T11:00:00Z")).run("import statuspage incidents.json").success();
    org.run("incident edit-update aaaaaaaaaaaa 1 --message-lang de=Worte").success();
    let found = |org: &TestOrg| translations(org, "incident show aaaaaaaaaaaa")[0].clone();
    org.write("acme/incidents.json", payload("Words", "2026-11-23T11:00:00Z")).run("import statuspage incidents.json").success();
    assert_eq!(found(&org), json!({"de": "Worte"}));
    org.write("acme/incidents.json", payload("Other words", "2026-11-24T11:00:00Z")).run("import statuspage incidents.json").success();
    assert_eq!(found(&org), json!({}), "a translation of what is not said any more");
}
