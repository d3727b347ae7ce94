//! What is said about deeds and questions that cannot be: on the command line, and by the API.

use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::symlink;

use super::files::complaint;
use crate::api::client::{Asker, Server, token};
use crate::test_org::TestOrg;

fn acme() -> TestOrg {
    let org = TestOrg::new();
    org.run("service add api").success();
    org
}

#[test]
fn arguments_that_mean_nothing_are_refused() {
    let org = acme();
    org.run("maintenance schedule Work --from +1h --for 1h").success();
    org.write("acme/other.json", "{}");
    for (arguments, message, hint, code) in [
        ("service add con", "`con` is a reserved name", "choose another, such as one with your product's name in it", 2),
        ("token create statuary_x --role viewer", "a token's name must not look like a token", "name what it is for, such as `deploy`", 2),
        ("incident open x --at 1969-12-31", "`1969-12-31` lies outside the years 1970 to 9999", "", 2),
        ("maintenance edit 1 --for 99999999h", "the maintenance would end after the year 9999", "", 2),
        ("org link acme ''", "an id of Clerk's is 1 to 128 letters, digits, hyphens and underscores", "it looks like `org_2abc`", 2),
        ("serve --trusted-proxy x", "`x` is not an address or a network", "write it as in `127.0.0.1` or `10.0.0.0/8`", 2),
        ("export --out .", "`.` is not a regular file", "name a file that can be replaced", 2),
        ("import cstate org.toml", "`org.toml` is no folder", "name the folder itself, not a file in it", 2),
        (
            "import dump other.json",
            "other.json: `format` is not `statuary-dump`",
            "`statuary export` writes a dump; for files of other tools see `statuary import --help`",
            5,
        ),
        (
            "uptime --from '2026-11-22 09:00' --until '2026-11-22 09:00'",
            "nothing lies between 2026-11-22 09:00 UTC (+00:00) and 2026-11-22 09:00 UTC (+00:00)",
            "`--until` is a moment after `--from`",
            2,
        ),
    ] {
        org.run(arguments).stdout("").stderr(&complaint(message, hint)).code(code);
    }
    let long = "x".repeat(1001);
    org.run(&format!("incident open {long}")).stderr(&complaint("the title is longer than 1,000 bytes", "")).code(2);
}

#[test]
fn near_misses_of_whatever_has_a_name_are_suggested() {
    let org = acme();
    org.run("group add europe --name Europe").success();
    org.run("incident open 'API down' --service api").success();
    org.run("maintenance schedule Work --from +1h --for 1h").success();
    org.run("token create deploy --role editor").success();
    let id = org.run("incident show 1 --json").json()["id"].as_str().unwrap().to_owned();
    let typo = format!("{}{}", &id[..11], if id.ends_with('a') { 'b' } else { 'a' });
    for (arguments, message, hint, code) in [
        ("incidnet", "there is no command `incidnet`", "did you mean `incident`?", 2),
        ("incident opne", "there is no command `opne`", "did you mean `open`?", 2),
        ("incident list --opne", "there is no option `--opne` here", "did you mean `--open`?", 2),
        ("incident open x --service apl", "no service `apl`", "did you mean `api`?", 3),
        ("incident open x --service api=degradd", "`degradd` is not a service status", "did you mean `degraded_performance`?", 2),
        ("incident list --service apl", "no service `apl`", "did you mean `api`?", 3),
        ("service status apl major", "no service `apl`", "did you mean `api`?", 3),
        ("service edit api --group eurpe", "no group `eurpe`", "did you mean `europe`?", 3),
        ("group remove eurpe", "no group `eurpe`", "did you mean `europe`?", 3),
        ("uptime apl", "no service `apl`", "did you mean `api`?", 3),
        ("service show API", "no service `API`", "did you mean `api`?", 3),
        ("--org acmee status", "no org `acmee`", "did you mean `acme`?", 3),
        ("org show acmee", "no org `acmee`", "did you mean `acme`?", 3),
        ("ingest grafna x", "`grafna` is not a kind of alert payload", "did you mean `grafana`?", 2),
        ("completions zhs", "`zhs` does not fit `<SHELL>`", "did you mean `zsh`?", 2),
        ("token create x --role editr", "`editr` is not a role", "did you mean `editor`?", 2),
        ("token revoke deplyo", "no token `deplyo`", "did you mean `deploy`?", 3),
        ("theme eject words/en.tml", "the theme `default` has no file `words/en.tml`", "did you mean `words/en.toml`?", 3),
        ("import cstat x", "there is no command `cstat`", "did you mean `cstate`?", 2),
        ("incident update 2 --message x", "no incident `2`", "list them with `statuary incident list --all`", 3),
        ("maintenance start 2", "no maintenance `2`", "list them with `statuary maintenance list`", 3),
    ] {
        org.run(arguments).stdout("").stderr(&complaint(message, hint)).code(code);
    }
    org.run(&format!("incident update {typo} --message x"))
        .stderr(&complaint(&format!("no incident `{typo}`"), &format!("did you mean `{id}`?")))
        .code(3);
}

#[test]
#[expect(clippy::disallowed_methods, reason = "a test's own files")]
fn organizations_and_records_that_cannot_be_used_so_are_refused() {
    let org = acme();
    org.run("token create robot --role viewer").success();
    let full = org.run("export").text();
    org.run("org create fresh --name Fresh").success();
    org.run("--org fresh token create robot --role viewer").success();
    let hint = "read the dump first: move org.db away, import, and make the tokens anew";
    org.write("dump.json", &full);
    org.run("--org fresh import dump ../dump.json").stderr(&complaint("`fresh` has tokens already", hint)).code(4);
    org.run("org create other --name Other").success();
    symlink(org.path("other"), org.path("alias")).unwrap();
    let hint = "an organization has one name: rename the folder itself";
    org.run("--org alias status").stderr(&complaint("`[ROOT]/alias` is a link to another folder of the workspace", hint)).code(5);
    let alone = TestOrg::empty();
    alone.write("org.toml", "name = 'Alone'");
    let hint = "make a workspace with `statuary init` and put the folder into it";
    alone.run("member list").stderr(&complaint("a folder that works alone has no members at Clerk", hint)).code(4);
    let hint = "save the answer of `GET /v1/organizations`, `/v1/users` or the like";
    org.write("acme/empty.json", "{}").write("acme/none.json", "[]").write("acme/large.json", "");
    org.run("clerk import empty.json")
        .stderr_matches(|words| words.contains("it is not a list of Clerk's") && words.contains(hint))
        .code(5);
    let message = "there is nothing in these files that can be taken in";
    org.run("clerk import none.json").stderr(&complaint(message, "save more than an empty list")).code(5);
    fs::File::options().write(true).open(org.path("acme/large.json")).unwrap().set_len((64 << 20) + 1).unwrap();
    org.run("clerk import large.json").stderr(&complaint("cannot read `large.json`: is larger than 64 MiB", "")).code(5);
    let database = rusqlite::Connection::open(org.path("acme/org.db")).unwrap();
    database.execute("UPDATE sqlite_sequence SET seq = 9223372036854775807", []).unwrap();
    let message = "`[ROOT]/acme/org.db` is damaged: its numbers are used up";
    org.run("service add more").stderr(&complaint(message, "put a backup in its place")).code(5);
}

#[test]
#[expect(clippy::disallowed_methods, reason = "a test's own files")]
fn what_of_a_folder_cannot_be_read_is_listed() {
    let org = acme();
    org.write("site/config.yml", "title: Other\nparams:\n  systems:\n    - name: Search\n");
    org.write("site/content/issues/2026-10-02-search.md", "---\ntitle: No search\ndate: 2026-10-02 07:30:00\nresolved: false\nseverity: down\naffected:\n  - Search\nsection: issue\n---\nx\n");
    let issues = org.path("site/content/issues");
    fs::write(issues.join(std::ffi::OsStr::from_bytes(b"a\xff.md")), "x").unwrap();
    rustix::fs::mknodat(rustix::fs::CWD, issues.join("pipe.md"), rustix::fs::FileType::Fifo, 0o600.into(), 0).unwrap();
    let deep = format!("site/content/issues/{}x.md", "d/".repeat(40));
    org.write(&deep, "x");
    let report = org.run("import cstate ../site --dry-run --json").json();
    let refused = report["refused"].to_string();
    assert!(refused.contains("has a name that is not UTF-8") && refused.contains("is no regular file"), "{refused}");
    assert!(refused.contains("lies deeper than 16 folders"), "{refused}");
    for number in 0..10_000 {
        fs::write(issues.join(format!("{number}.md")), "").unwrap();
    }
    let message = "too much to import at once: more than 10000 files or 256 MiB";
    org.run("import cstate ../site").stderr(&complaint(message, "import one folder after the other")).code(5);
}

#[test]
fn the_api_says_what_is_wrong_with_a_request() {
    let org = acme();
    org.run("incident open 'API down' --service api").success();
    let editor = Asker::with(&token(&org, "writer --role editor"));
    let server = Server::start(&org);
    let with = |name: &str, value: &str| editor.and(name, value);
    let long = "x".repeat(1001);
    let mut complaints = Vec::new();
    for (method, path, asker, body, message, hint) in [
        ("GET", "incidents/1/updates/x", editor.clone(), "", "updates have numbers, from 1 on", ""),
        (
            "PATCH",
            "services/api",
            with("If-Match", "7"),
            r#"{"name": "API"}"#,
            "`if-match` is no list of etags",
            "send what `etag` said, with its quotes",
        ),
        (
            "PATCH",
            "services/api",
            with("If-Match", "\"other\""),
            r#"{"name": "API"}"#,
            "service `api` was changed meanwhile",
            "read it again, and decide anew",
        ),
        ("GET", "uptime?until=2026-11-22T10:00:00Z", editor.clone(), "", "`until` needs a `from`", ""),
        ("GET", "uptime?days=3&from=2026-11-22T10:00:00Z", editor.clone(), "", "give `days`, or `from` and `until`", ""),
        (
            "GET",
            "uptime?from=2026-11-20T10:00:00Z&until=2026-11-20T10:00:00Z",
            editor.clone(),
            "",
            "the window is empty",
            "give a `from` before `until`",
        ),
        ("GET", "incidents?open=maybe", editor.clone(), "", "`open` is `true` or `false`", ""),
        ("GET", "incidents?limit=0", editor.clone(), "", "`limit` is a whole number from 1 to 100", ""),
        (
            "GET",
            "incidents?since=yesterday",
            editor.clone(),
            "",
            "`since`: this is no moment from 1970 to 9999",
            "write it in RFC 3339, as in `2026-11-22T14:00:00Z`",
        ),
        (
            "GET",
            "incidents?after=nowhere",
            editor.clone(),
            "",
            "`nowhere` is no place in this list",
            "take the `next_page` of the page before, or begin anew",
        ),
        (
            "POST",
            "incidents",
            editor.clone(),
            r#"{"title": "x", "services": [{"service": "a b", "status": "operational"}]}"#,
            "this is neither a slug, an id nor a number",
            "",
        ),
        ("POST", "incidents", editor.clone(), &format!(r#"{{"title": "{long}"}}"#), "this is not a line of 1 to 1000 characters", ""),
        ("POST", "checks/api", editor.clone(), r#"{"status": "maintenance_window"}"#, "`maintenance_window` is not a check's status", ""),
        (
            "POST",
            "checks/api",
            editor.clone(),
            r#"{"status": "major"}"#,
            "this is no full word for a check's status",
            "one of up, degraded, down, maintenance",
        ),
        (
            "POST",
            "incidents",
            with("Idempotency-Key", "a b"),
            r#"{"title": "x"}"#,
            "an idempotency key is 1 to 255 visible ASCII characters",
            "make a new UUID for each request, and send the same one where you send the request again",
        ),
        (
            "PATCH",
            "services/api",
            editor.clone(),
            r#"{"start_date": "soon"}"#,
            "this is no day from 1970 to 9999",
            "write it as in `2026-01-01`",
        ),
    ] {
        let answer = server.ask(method, &format!("/api/{path}"), &asker, body);
        assert!(answer.status >= 400, "{method} {path}: {}", answer.text);
        let said = answer.json().to_string().replace("\\\"", "\"");
        if !said.contains(message) || !said.contains(hint) {
            complaints.push(format!("{method} {path}: {message}; {hint}\n{said}"));
        }
    }
    assert!(complaints.is_empty(), "{}", complaints.join("\n"));
    let once = with("Idempotency-Key", "k1");
    server.ask("POST", "/api/incidents", &once, r#"{"title": "One"}"#).is(201);
    let said = server.ask("POST", "/api/incidents", &once, r#"{"title": "Two"}"#).json().to_string();
    let hint = "make a new key for each request, and send the same one only where you send the same request again";
    assert!(said.contains("this idempotency key was used for another request") && said.contains(hint), "{said}");
}
