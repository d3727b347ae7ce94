//! Whatever is recorded, nothing that commands a terminal or turns the direction of writing reaches one: not in tables, stories, questions,
//! errors, words, lines for programs or documents. Everything else is shown as it was typed.

use rusqlite::Connection;

use crate::deeds::terminal::on_terminal;
use crate::test_org::TestOrg;

/// Every control of C0, C1 and of the bidirectional algorithm, each behind a letter of its own.
fn unseen() -> String {
    let controls = ('\u{1}'..='\u{1f}').chain('\u{7f}'..='\u{9f}').chain(['\u{61c}', '\u{200e}', '\u{200f}']);
    controls.chain('\u{202a}'..='\u{202e}').chain('\u{2066}'..='\u{2069}').flat_map(|control| ['x', control]).collect()
}

fn is_unseen(character: char) -> bool {
    unseen().chars().any(|other| other == character && other != 'x')
}

/// What is typed in many languages, and stays so.
const TYPED: &str = "é名前🚀עבריתالعربية";

/// Text columns that hold what people and files say.
const COLUMNS: &[(&str, &[&str])] = &[
    ("groups", &["name", "description"]),
    ("services", &["name", "description", "link"]),
    ("manual_statuses", &["message"]),
    ("incidents", &["title"]),
    ("maintenances", &["title"]),
    ("updates", &["body"]),
    ("affected", &["name"]),
    ("events", &["actor", "sentence"]),
    ("tokens", &["name"]),
];

/// An organization whose record says everything with everything in it, as no command would let it in.
fn possessed() -> TestOrg {
    let org = TestOrg::new();
    for command in [
        "group add eu --name Europe",
        "service add api --name API --group eu --description x --link https://x.example/",
        "service add web --name Web",
        "service add gone --name Gone",
        "service status web degraded --message x",
        "incident open Open --service api=major --message x --message-lang de=x",
        "incident update 1 --service web=partial --message x",
        "incident open Over --service gone --message x",
        "incident resolve 2 --message x",
        "incident open Draft --draft --message x",
        "maintenance schedule Plan --from +1h --for 1h --service api --message x",
        "service remove gone",
        "token create ci --role editor",
    ] {
        org.run(command).success();
    }
    let connection = Connection::open(org.path("acme/org.db")).unwrap();
    let known = |table: &str, column: &str| {
        let sql = "SELECT count(*) FROM pragma_table_info(?1) WHERE name = ?2";
        connection.query_row(sql, [table, column], |row| row.get::<_, i64>(0)).unwrap() > 0
    };
    let mut changed = 0;
    for (table, columns) in COLUMNS {
        for column in columns.iter().filter(|column| known(table, column)) {
            let sql = format!("UPDATE {table} SET {column} = {column} || ?1 WHERE {column} IS NOT NULL");
            changed += connection.execute(&sql, [format!("{TYPED}{}", unseen())]).unwrap_or(0);
        }
    }
    let translated = serde_json::json!({ "de": format!("x{TYPED}{}", unseen()) }).to_string();
    changed += connection.execute("UPDATE updates SET translations = ?1 WHERE translations IS NOT NULL", [translated]).unwrap();
    assert!(changed > 30, "only {changed} texts were changed");
    org
}

/// Every verb that prints what is recorded.
const VERBS: &[&str] = &[
    "status",
    "log",
    "next",
    "uptime",
    "uptime explain api",
    "service list",
    "service show api",
    "group list",
    "incident list --all",
    "incident show 1",
    "incident show 2",
    "maintenance list",
    "maintenance show 1",
    "token list",
    "org list",
    "org show",
    "export",
    "export --format toml",
    "apply catalogue.toml --dry-run",
    "theme list",
];

/// Deeds whose words repeat what is recorded, or refuse it.
const DEEDS: &[&str] = &[
    "incident publish 3",
    "incident update 1 --message x",
    "incident edit 1 --impact minor",
    "service edit api --no-showcase",
    "service status api operational",
    "maintenance cancel 1",
    "undo",
    "undo --as nobody",
    "incident resolve 2",
    "group remove eu",
    "incident remove 1",
    "build",
];

#[track_caller]
fn assert_seen(command: &str, text: &str, shown_as_typed: bool) {
    let hidden: Vec<_> = text.chars().filter(|character| !matches!(character, '\n' | '\t') && is_unseen(*character)).collect();
    assert!(hidden.is_empty(), "`{command}` shows {hidden:?}:\n{text:?}");
    if shown_as_typed && text.contains("x\\u") {
        assert!(text.contains(TYPED), "`{command}` does not show what was typed:\n{text}");
    }
}

/// Both streams of a command in a pipe.
fn piped(org: &TestOrg, command: &str) -> String {
    let arguments = shlex::split(command).unwrap();
    let output = org.command(&arguments).output().unwrap();
    assert!(output.status.code().is_some_and(|code| code < 6), "{command}: {output:?}");
    String::from_utf8(output.stdout).unwrap() + &String::from_utf8(output.stderr).unwrap()
}

#[test]
fn no_verb_lets_anything_unseen_through() {
    let org = possessed();
    org.write("acme/catalogue.toml", "[[services]]\nslug = 'api'\nname = 'Other'\n[[services]]\nslug = 'web'\n");
    let mut told = 0;
    for command in VERBS {
        for command in [(*command).to_owned(), format!("{command} --json")] {
            let text = piped(&org, &command);
            assert_seen(&command, &text, true);
            told += usize::from(text.contains("x\\u"));
        }
        let Some((shown, _)) = on_terminal(&org, command, "", &[("NO_COLOR", "1")]) else { continue };
        // A table breaks long lines where it has to.
        assert_seen(command, &shown.replace('\r', ""), false);
    }
    assert!(told >= 20, "only {told} commands told of what is recorded");
    for command in DEEDS {
        assert_seen(command, &piped(&org, command), true);
    }
    let Some((shown, _)) = on_terminal(&org, "service remove api", "n\n", &[("NO_COLOR", "1")]) else { return };
    assert!(shown.contains("[y/N]") && shown.contains("\\u{202e}"), "{shown:?}");
    assert_seen("service remove api", &shown.replace('\r', ""), false);
}

#[test]
fn no_complaint_repeats_what_cannot_be_seen() {
    let org = possessed();
    let word = format!("{TYPED}{}", unseen().replace('\n', ""));
    let file = format!("acme/{}", word.replace('/', ""));
    org.write("acme/dump.json", format!("{{\"format\": \"{word}\"}}"));
    org.write("acme/bad.toml", format!("[settings]\ntime_zone = \"{}\"\n", word.escape_unicode()));
    org.write(&file, "{");
    let quoted = shlex::try_quote(&word).unwrap().into_owned();
    for command in [
        quoted.clone(),
        format!("service show {quoted}"),
        format!("service add {quoted}"),
        format!("service status api {quoted}"),
        format!("incident show {quoted}"),
        format!("incident open x --service {quoted}"),
        format!("incident open x --at {quoted}"),
        format!("incident open x --message-lang {quoted}"),
        format!("group edit {quoted} --name x"),
        format!("org show {quoted}"),
        format!("--root {quoted} status"),
        format!("--as {quoted} undo"),
        format!("--{quoted} status"),
        format!("import dump {quoted}"),
        format!("import statuspage {quoted}"),
        format!("import cstate {quoted}"),
        format!("apply {quoted}"),
        format!("export --out {quoted}/x"),
        format!("theme eject {quoted}"),
        format!("token revoke {quoted}"),
        format!("ingest uptime-kuma {quoted}"),
        "import dump dump.json".to_owned(),
        "apply bad.toml".to_owned(),
    ] {
        let output = org.command(&shlex::split(&command).unwrap()).output().unwrap();
        let text = String::from_utf8(output.stdout).unwrap() + &String::from_utf8(output.stderr).unwrap();
        assert_ne!(output.status.code(), Some(101), "{command}: {text}");
        assert_seen(&command, &text, false);
    }
}
