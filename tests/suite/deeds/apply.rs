//! `statuary apply` and the file that `export --format toml` writes for it.

use std::fs;

use serde_json::{Value, json};

use super::terminal::on_terminal;
use super::{acme, events, newest_event};
use crate::test_org::TestOrg;

const FILE: &str = "\
[settings]
name = 'Acme Parcels'
time_zone = 'Europe/Berlin'

[settings.theme]
accent = '#1d4f91'

[[groups]]
slug = 'eu'
name = 'Europe'

[[services]]
slug = 'api'
name = 'Public API'
description = 'Everything programs talk to'
group = 'eu'

[[services]]
slug = 'mail'
start_date = 2026-10-01
showcase = false
";

const PLAN: &str = "\
~ setting  name          \"Acme\" -> \"Acme Parcels\"
~ setting  time_zone     \"Etc/UTC\" -> \"Europe/Berlin\"
+ setting  theme.accent  \"#1d4f91\"
+ group    eu
           name          \"Europe\"
           position      4
~ service  api
           name          \"API\" -> \"Public API\"
           description   \"Everything programs talk to\"
           group         \"eu\"
+ service  mail
           name          \"mail\"
           position      5
           start_date    \"2026-10-01\"
           showcase      false
";

/// What `export --format toml` says.
fn exported(org: &TestOrg) -> String {
    org.run("export --format toml").text()
}

fn applied(org: &TestOrg, text: &str) -> String {
    org.write("acme/file.toml", text);
    let ran = org.run("apply file.toml");
    ran.text()
}

#[test]
fn an_organization_becomes_as_the_file_says_and_the_plan_says_what_that_changes() {
    let org = acme();
    let settings = fs::read_to_string(org.path("acme/org.toml")).unwrap();
    org.write("acme/file.toml", FILE);
    let before = (events(&org).len(), exported(&org));
    org.run("apply file.toml --dry-run")
        .stdout(PLAN)
        .stderr("3 to add, 3 to change, 0 to remove; wrote nothing\n2 things that the file lacks stay; `--prune` removes what it lacks\n")
        .success();
    assert_eq!((events(&org).len(), exported(&org)), before);
    assert_eq!(fs::read_to_string(org.path("acme/org.toml")).unwrap(), settings);

    let document = org.run("apply file.toml --json").json();
    assert_eq!((&document["dry_run"], &document["public"], &document["unchanged"]), (&json!(false), &json!(true), &json!(0)));
    assert_eq!(document["other_services"], json!(["web", "vault"]));
    assert_eq!(
        document["changes"][0],
        json!({ "kind": "setting", "name": "name", "change": "changed", "fields": [{ "field": "value", "before": "Acme", "after": "Acme Parcels" }] })
    );
    let kinds: Vec<Value> = events(&org)[before.0..].iter().map(|event| event["kind"].clone()).collect();
    assert_eq!(kinds, ["organization.edited", "group.added", "service.edited", "service.added"]);
    let changed = settings
        .replace("name = \"Acme\"", "name = \"Acme Parcels\"")
        .replace("\"Etc/UTC\"", "\"Europe/Berlin\"")
        .replace("# accent = '#1d4f91'", "accent = \"#1d4f91\"");
    assert_eq!(fs::read_to_string(org.path("acme/org.toml")).unwrap(), changed);

    let after = events(&org).len();
    org.run("apply file.toml")
        .stdout("")
        .stderr("nothing to change\n2 things that the file lacks stay; `--prune` removes what it lacks\n")
        .success();
    org.run_with_input("apply - --quiet", FILE.as_bytes()).stdout("").stderr("").success();
    assert_eq!(events(&org).len(), after);
}

#[test]
fn what_is_exported_is_found_unchanged() {
    let org = acme();
    org.run("group add eu --name 'Eu\"ro\\pe'").success();
    org.run("service edit api --group eu --name 'A  \"b\" \\ é 🚀' --description 'two\nlines' --link https://a.example/ --start-date 2026-01-02").success();
    org.run("service edit web --no-showcase --only-show-if-degraded --hidden").success();
    org.run("incident open x --service vault").success();
    org.run("service remove vault").success();
    org.run("service status web major").success();
    let settings = fs::read_to_string(org.path("acme/org.toml")).unwrap();
    let settings = settings.replace("# services = { \"Public website\" = \"web\" }", "services = { 'A \"b\"' = 'api' }");
    org.write("acme/org.toml", format!("clerk_organization = 'org_1'\n{settings}"));
    let text = exported(&org);
    assert!(text.starts_with("# How this organization shall be"), "{text}");
    assert!(!text.contains("clerk_organization") && !text.contains("vault") && !text.contains("major"), "{text}");
    assert!(text.contains("services = { \"A \\\"b\\\"\" = \"api\" }"), "{text}");
    org.run("export --format toml --out file.toml").stdout("file.toml\n").stderr("wrote `file.toml`\n").success();
    assert_eq!(fs::read_to_string(org.path("acme/file.toml")).unwrap(), text);
    let (log, settings) = (events(&org).len(), fs::read(org.path("acme/org.toml")).unwrap());
    for command in ["apply file.toml", "apply file.toml --prune", "apply file.toml --dry-run"] {
        org.run(command).stdout("").stderr("nothing to change\n").success();
    }
    assert_eq!((events(&org).len(), fs::read(org.path("acme/org.toml")).unwrap()), (log, settings));
    // Elsewhere it makes the same.
    org.run("org create copy --name Copy").success();
    org.enter("copy");
    org.run("apply ../acme/file.toml").success();
    assert_eq!(exported(&org), text);
    org.run("apply ../acme/file.toml").stdout("").stderr("nothing to change\n").success();
}

#[test]
fn a_fresh_checkout_begins_with_a_file_and_a_dry_run_leaves_no_record() {
    let org = TestOrg::empty();
    org.write("acme/org.toml", "name = 'Acme'\n").write("acme/file.toml", FILE).enter("acme");
    org.run("apply file.toml --dry-run").success();
    assert!(!org.path("acme/org.db").exists());
    org.run("apply file.toml").stderr("added 5, changed 1, removed 0\n").success();
    assert_eq!(
        fs::read_to_string(org.path("acme/org.toml")).unwrap(),
        "name = \"Acme Parcels\"\ntime_zone = \"Europe/Berlin\"\n\n[theme]\naccent = \"#1d4f91\"\n"
    );
}

#[test]
fn what_the_file_lacks_goes_where_it_is_to() {
    let org = acme();
    org.run("group add eu --name Europe").success();
    org.run("service edit api --group eu").success();
    org.run("incident open x --service web").success();
    org.write("acme/file.toml", "[[services]]\nslug = 'vault'\nname = 'Vault'\nhidden = true\n");
    let plan = "- service  api\n- service  web\n- group    eu\n";
    let ran = org.run("apply file.toml --prune --dry-run");
    ran.stdout(plan).stderr("0 to add, 0 to change, 3 to remove; wrote nothing\n").success();
    org.run("apply file.toml --prune").stdout(plan).stderr("added 0, changed 0, removed 3\n").success();
    assert_eq!(org.run("service list").text().lines().count(), 1);
    assert_eq!(org.run("group list").text(), "");
    // What an incident names comes back as what it was.
    let web = "[[services]]\nslug = 'web'\nname = 'Web'\n";
    assert_eq!(applied(&org, web), "+ service  web\n           name      \"Web\"\n           position  4\n");
    assert_eq!(newest_event(&org).0, "service.restored");
    assert_eq!(org.run("incident show 1 --json").json()["services"][0]["slug"], "web");
    // An empty file is more likely a mistake than a wish.
    org.write("acme/empty.toml", "");
    org.run("apply empty.toml --prune")
        .stdout("")
        .stderr("error: the file names no service and no group, and `--prune` would remove 2\nhint: say `--yes` if that is meant\n")
        .code(4);
    org.run("apply empty.toml --prune --yes").stderr("added 0, changed 0, removed 2\n").success();
    org.run("apply empty.toml --prune").stdout("").stderr("nothing to change\n").success();
}

#[test]
fn a_file_that_cannot_be_meant_changes_nothing() {
    let org = acme();
    let settings = fs::read(org.path("acme/org.toml")).unwrap();
    let before = events(&org).len();
    for (text, complaint) in [
        ("x", "error: file.toml: line 1, column 2: key with no value, expected `=`\n"),
        (
            "[[services]]\nslug = 'new'\n[[services]]\nslug = 'a'\nlnk = 'x'\n",
            "error: file.toml: line 5, column 1: unknown key `lnk`\nhint: did you mean `link`?\n",
        ),
        (
            "[settings]\nname = 'Other'\n[[services]]\nslug = 'new'\nlink = 'ftp://x'\n",
            "error: file.toml: line 5, column 8: `ftp://x` is not a web address\nhint: it starts with https://\n",
        ),
        (
            "[[groups]]\nslug = 'europe'\n[[services]]\nslug = 'new'\ngroup = 'eurpe'\n",
            "error: file.toml: line 5, column 9: there is no group `eurpe`\nhint: did you mean `europe`?\n",
        ),
        (
            "[[services]]\nslug = 'new'\ngroup = 'nothing-like-it'\n",
            "error: file.toml: line 3, column 9: there is no group `nothing-like-it`\nhint: say it in a section [[groups]] of the file\n",
        ),
        (
            "[[services]]\nslug = 'new'\n[[services]]\nslug = 'new'\n",
            "error: file.toml: line 4, column 8: service `new` is there already, in line 2, column 8\n",
        ),
        (
            "[settings]\ntime_zone = 'Europe/Berln'\n",
            "error: file.toml: line 2, column 13: `Europe/Berln` is not a time zone\nhint: did you mean `Europe/Berlin`?\n",
        ),
    ] {
        org.write("acme/file.toml", text);
        for flags in ["", " --dry-run", " --prune"] {
            org.run(&format!("apply file.toml{flags}")).stdout("").stderr(complaint).code(5);
        }
    }
    org.run("apply nowhere.toml").stderr("error: cannot read `nowhere.toml`: no such file or directory\n").code(3);
    org.run("apply .").stdout("").stderr("error: cannot read `.`: is a directory\n").code(2);
    org.write("acme/file.toml", "[[services]]\nslug = 'new'\n").run("apply file.toml --at +1h").code(2);
    assert_eq!(fs::read(org.path("acme/org.toml")).unwrap(), settings);
    assert_eq!(events(&org).len(), before);
}

#[test]
fn a_group_that_would_go_holds_no_service_of_the_file() {
    let org = acme();
    org.run("group add eu --name Europe").success();
    let before = events(&org).len();
    org.write("acme/file.toml", "[[services]]\nslug = 'api'\nname = 'API'\ngroup = 'eu'\n");
    org.run("apply file.toml --prune")
        .stdout("")
        .stderr("error: file.toml: line 4, column 9: group `eu` is not in the file, and `--prune` would remove it\n")
        .code(5);
    assert_eq!(events(&org).len(), before);
    org.run("apply file.toml").success();
    assert_eq!(org.run("service show api --json").json()["group"], "eu");
}

#[test]
fn settings_and_the_record_change_together_or_not_at_all() {
    let org = acme();
    org.write("acme/file.toml", FILE);
    let (settings, before) = (fs::read(org.path("acme/org.toml")).unwrap(), events(&org).len());
    // What the rest of org.toml does not go together with.
    org.write("acme/lang.toml", "[settings]\nlanguages = ['en', 'de']\nlanguage = 'de'\n");
    org.run("apply lang.toml").stdout("").code(5);
    // An org.toml that leads out of its folder is not written through.
    org.write("elsewhere.toml", &settings);
    #[expect(clippy::disallowed_methods, reason = "the operator puts a link in its place")]
    fs::remove_file(org.path("acme/org.toml")).unwrap();
    std::os::unix::fs::symlink(org.path("elsewhere.toml"), org.path("acme/org.toml")).unwrap();
    org.run("apply file.toml").stdout("").code(5);
    #[expect(clippy::disallowed_methods, reason = "the operator takes it away")]
    fs::remove_file(org.path("acme/org.toml")).unwrap();
    org.write("acme/org.toml", &settings);
    assert_eq!(events(&org).len(), before);
    org.run("apply file.toml").success();
    let left: Vec<_> = fs::read_dir(org.path("acme")).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    assert!(!left.iter().any(|name| name.ends_with(".tmp")), "{left:?}");
}

#[test]
fn one_change_after_the_other_is_taken_back_settings_last() {
    let org = acme();
    let (text, settings) = (exported(&org), fs::read_to_string(org.path("acme/org.toml")).unwrap());
    org.write("acme/file.toml", FILE).run("apply file.toml").success();
    for sentence in ["added service mail", "edited service Public API", "added group Europe"] {
        org.run("undo").stderr(&format!("took back: {sentence}\n")).success();
    }
    org.run("undo").stderr("took back: changed settings name, time_zone, theme.accent\n").success();
    assert_eq!(exported(&org), text);
    // What was set anew stays as a comment.
    assert_eq!(fs::read_to_string(org.path("acme/org.toml")).unwrap().replace("# accent = \"#1d4f91\"", "# accent = '#1d4f91'"), settings);
    org.write("acme/file.toml", "[settings]\nname = 'Other'\n").run("apply file.toml").success();
    org.write("acme/org.toml", "name = 'Edited by hand'\n");
    org.run("undo")
        .stdout("")
        .stderr("error: cannot take back `changed settings name`: org.toml has changed since\nhint: correct it in org.toml\n")
        .code(4);
    assert_eq!(fs::read_to_string(org.path("acme/org.toml")).unwrap(), "name = 'Edited by hand'\n");
}

#[test]
fn one_way_to_say_a_language_takes_the_place_of_the_other() {
    let org = acme();
    let say = |org_toml: &str, wanted: &str| {
        org.write("acme/org.toml", format!("name = 'Acme'\n{org_toml}\n"));
        org.write("acme/file.toml", format!("[settings]\n{wanted}\n"));
        org.run("apply file.toml").text()
    };
    assert_eq!(
        say("language = 'en'", "languages = ['de', 'en']"),
        "+ setting  languages  [\"de\",\"en\"]\n- setting  language   \"en\" -> none\n"
    );
    assert_eq!(fs::read_to_string(org.path("acme/org.toml")).unwrap(), "name = 'Acme'\n# language = 'en'\nlanguages = [\"de\", \"en\"]\n");
    assert_eq!(say("languages = ['de', 'en']", "language = 'de'"), "+ setting  language  \"de\"\n");
    assert_eq!(
        say("languages = ['de', 'en']", "language = 'en'"),
        "+ setting  language   \"en\"\n- setting  languages  [\"de\",\"en\"] -> none\n"
    );
    assert_eq!(
        say("url = 'https://a.example/'", "url = ''\ndescription = ''\nlinks = []"),
        "- setting  url  \"https://a.example/\" -> none\n"
    );
    assert_eq!(fs::read_to_string(org.path("acme/org.toml")).unwrap(), "name = 'Acme'\n# url = 'https://a.example/'\n");
}

#[test]
fn a_terminal_shows_the_plan_in_colours_and_asks_before_something_goes() {
    let org = acme();
    org.write("acme/file.toml", "[[services]]\nslug = 'api'\nname = 'API 2'\n[[services]]\nslug = 'new'\n");
    let question = "remove 2 things from the page? [y/N] ";
    let Some((shown, code)) = on_terminal(&org, "apply file.toml --prune", "n\n", &[]) else { return };
    assert_eq!(code, 1, "{shown}");
    let (plan, rest) = shown.split_once(question).unwrap_or_else(|| panic!("{shown}"));
    for line in ["\u{1b}[33m~ service  api", "\u{1b}[32m+ service  new", "\u{1b}[31m- service  web"] {
        assert!(plan.contains(line), "{plan:?}");
    }
    assert!(rest.contains("nothing was done"), "{rest}");
    assert_eq!(org.run("service list").text().lines().count(), 3);
    let Some((shown, code)) = on_terminal(&org, "apply file.toml --prune", "y\n", &[("NO_COLOR", "1")]) else { return };
    assert!(code == 0 && shown.matches("- service  web").count() == 1 && !shown.contains('\u{1b}'), "{shown:?}");
    assert!(shown.ends_with("added 1, changed 1, removed 2\nhint: publish it with `statuary build`\n"), "{shown:?}");
    let Some((shown, code)) = on_terminal(&org, "apply file.toml --prune", "", &[]) else { return };
    assert!(code == 0 && shown == "nothing to change\n", "{shown:?}");
    org.write("acme/empty.toml", "");
    let Some((shown, code)) = on_terminal(&org, "apply empty.toml --prune --yes", "", &[]) else { return };
    assert!(code == 0 && !shown.contains("[y/N]"), "{shown:?}");
}

#[test]
fn settings_with_which_no_page_can_be_made_are_refused_before_anything_changes() {
    let org = acme();
    let (log, settings) = (events(&org).len(), fs::read(org.path("acme/org.toml")).unwrap());
    for (setting, words) in [
        ("name = 'defolt'", "there is no theme `defolt`"),
        ("logo = 'nope.svg'", "nope.svg` is not there"),
        ("accent = '#ffffff'", "has too little contrast: #ffffff on #fbfaf7 has 1.04"),
    ] {
        org.write("acme/looks.toml", format!("[settings.theme]\n{setting}\n[[services]]\nslug = 'looks'\nname = 'Looks'\n"));
        for command in ["apply looks.toml", "apply looks.toml --dry-run"] {
            let told = |text: &str| text.starts_with("error: the settings cannot be used: ") && text.contains(words);
            org.run(command).stdout("").stderr_matches(told).code(5);
        }
    }
    assert_eq!((events(&org).len(), fs::read(org.path("acme/org.toml")).unwrap()), (log, settings));
    org.run("service show looks").code(3);
    // What is wrong already keeps nobody from changing something else.
    org.write("acme/org.toml", "name = 'Acme'\n[theme]\nname = 'defolt'\n");
    org.write("acme/looks.toml", "[settings]\nname = 'Acme Inc.'\n");
    org.run("apply looks.toml").success();
}
