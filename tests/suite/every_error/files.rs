//! What is said about files that cannot be used as they stand: settings, secrets, theme files, folders to build into.

use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{PermissionsExt, symlink};

use crate::test_org::TestOrg;

/// An organization with this org.toml.
fn acme(settings: &str) -> TestOrg {
    let org = TestOrg::new();
    org.run("service add api").success();
    org.write("acme/org.toml", settings);
    org
}

/// A message and its hint, which may be empty.
pub(super) fn complaint(message: &str, hint: &str) -> String {
    let hint = if hint.is_empty() { String::new() } else { format!("hint: {hint}\n") };
    format!("error: {message}\n{hint}")
}

#[test]
fn org_toml_is_read_strictly() {
    let many_links = format!("links = [{}]", ["{text='x',url='https://x.example'}"; 7].join(", "));
    let many_languages: Vec<String> = ('a'..='y').map(|letter| format!("'a{letter}'")).collect();
    let many_languages = format!("languages = [{}]", many_languages.join(", "));
    let long_link = format!("[[links]]\ntext = '{}'", "x".repeat(41));
    let org = acme("");
    for (settings, place, message, hint) in [
        ("links = 3", "line 2, column 9: ", "`links` is a number, not a list of sections", ""),
        ("links = [3]", "line 2, column 10: ", "`links` holds a number, not a section", ""),
        ("languages = [\"a\\nb\"]", "line 2, column 14: ", "`languages` holds a text with control characters or more than one line", ""),
        ("[build]\nauto = 3", "line 3, column 8: ", "`auto` is a number, not true or false", ""),
        ("[uptime]\npartial_weight = 'x'", "line 3, column 18: ", "`partial_weight` is a text, not a number", ""),
        (
            "[uptime]\npartial_weight = 2",
            "line 3, column 18: ",
            "`partial_weight` is not a number from 0 to 1 with at most three decimals",
            "",
        ),
        ("[theme]\ndensity = 'tight'", "line 3, column 11: ", "`tight` is no density", "it is `comfortable` or `compact`"),
        ("[theme]\naccent = 'blue'", "line 3, column 10: ", "`blue` is not a colour", "write it as `#1d4f91`"),
        ("[theme]\nname = 'A B'", "line 3, column 8: ", "`A B` is not the name of a theme", ""),
        ("[theme]\nlogo = 'a.gif'", "line 3, column 8: ", "`logo` is no picture", "a logo is an .svg, .png, .webp or .jpg file"),
        ("[[links]]\ntext = 'x'", "", "link 1 has no `url`", ""),
        (&long_link, "line 3, column 8: ", "a link says at most 40 characters", ""),
        (
            "[[links]]\ntext = 'x'\nurl = 'x'",
            "line 4, column 7: ",
            "`x` is not a web or mail address",
            "it begins with https:// or mailto:",
        ),
        (
            "[[links]]\ntext = 'x'\nurl = 'ftp://x'",
            "line 4, column 7: ",
            "`ftp://x` is not a web or mail address",
            "it begins with https:// or mailto:",
        ),
        (&many_links, "", "there are 7 links, and at most 6 fit", ""),
        ("time_zone = 'Mars'", "line 2, column 13: ", "`Mars` is not a time zone", "write an IANA name such as `Europe/Berlin`"),
        (
            "language = 'de'\nlanguages = ['en']",
            "line 2, column 12: ",
            "`language` is not the first of `languages`",
            "leave `language` out: the first of `languages` is that of the pages at the root",
        ),
        ("language = 'x_y'", "line 2, column 12: ", "`x_y` is not a language", "write a tag such as `en` or `pt-BR`"),
        (&many_languages, "", "there are 25 languages, and at most 24 are possible", ""),
        ("[text]\nfrobnicate = 1", "line 3, column 1: ", "unknown key `frobnicate`", "the keys here are images"),
        ("[checks]\ncool_down = 'x'", "line 3, column 13: ", "`x` is not a length of time", "write it as `90s`, `5m`, `2h` or `1d`"),
        ("[ingest]\nopens = 'xyz'", "line 3, column 9: ", "`xyz` is nothing that can be opened", "it is `draft`, `incident` or `nothing`"),
        (
            "[checks]\nstatus = 'operational'",
            "line 3, column 10: ",
            "`operational` is no status of a service that fails",
            "it is `degraded_performance`, `partial_outage` or `major_outage`",
        ),
    ] {
        org.write("acme/org.toml", format!("name = 'Acme'\n{settings}\n"));
        org.run("status").stderr(&complaint(&format!("[ROOT]/acme/org.toml: {place}{message}"), hint)).code(5);
    }
    org.write("acme/org.toml", "name = \"A\\nB\"\n");
    let message = "[ROOT]/acme/org.toml: line 1, column 8: `name` has control characters or more than one line";
    org.run("status").stderr(&complaint(message, "")).code(5);
    org.write("acme/org.toml", "name = ''\n");
    let hint = "write what visitors shall read, as in `name = \"Acme\"`";
    org.run("status").stderr(&complaint("[ROOT]/acme/org.toml: `name` is missing or empty", hint)).code(5);
    org.write("acme/org.toml", vec![b'#'; (1 << 20) + 1]);
    org.run("status").stderr(&complaint("[ROOT]/acme/org.toml: it is larger than 1 MiB", "")).code(5);
}

#[test]
#[expect(clippy::disallowed_methods, reason = "a test's own files")]
fn settings_are_files_of_their_folder() {
    let org = acme("name = 'Acme'");
    fs::remove_file(org.path("acme/org.toml")).unwrap();
    org.write("elsewhere.toml", "name = 'Other'");
    symlink("../elsewhere.toml", org.path("acme/org.toml")).unwrap();
    org.run("status").stderr(&complaint("[ROOT]/acme/org.toml: it is a link that leaves its folder", "put the file itself there")).code(5);
    fs::remove_file(org.path("acme/org.toml")).unwrap();
    rustix::fs::mknodat(rustix::fs::CWD, org.path("acme/org.toml"), rustix::fs::FileType::Fifo, 0o600.into(), 0).unwrap();
    org.run("status").stderr(&complaint("[ROOT]/acme/org.toml: it is not a regular file", "")).code(5);
    fs::remove_file(org.path("acme/org.toml")).unwrap();
    org.write("acme/org.toml", "name = 'Acme'");
    fs::rename(org.path("acme/org.db"), org.path("org.db")).unwrap();
    symlink("../org.db", org.path("acme/org.db")).unwrap();
    let hint = "move what it leads to into the folder";
    org.run("status").stderr(&complaint("`[ROOT]/acme/org.db` is a link that leaves the organization's folder", hint)).code(5);
    let other = acme("name = 'Other'");
    symlink(other.path("acme"), org.path("guest")).unwrap();
    let hint = "put the folder itself into the workspace, or use it with `--root DIR`";
    org.run("--org guest status").stderr(&complaint("`[ROOT]/guest` is a link that leaves the workspace", hint)).code(5);
}

#[test]
fn statuary_toml_is_read_strictly_and_its_secrets_are_looked_after() {
    let org = TestOrg::empty();
    for (settings, message, hint) in [
        ("[serve]\nbind = 'x'", "line 2, column 8: `x` is not an address to listen at", "write it as in `127.0.0.1` or `::1`"),
        ("[serve]\nmetrics = 'x'", "line 2, column 11: `x` is not an address and a port", "write it as in `127.0.0.1:9100`"),
        ("[clerk]\ninstance_id = 'a b'", "line 2, column 15: `instance_id` is no id of Clerk's", "it looks like `ins_2abc`"),
    ] {
        org.write("statuary.toml", settings);
        org.run("org list").stderr(&complaint(&format!("[ROOT]/statuary.toml: {message}"), hint)).code(5);
    }
    org.write("statuary.toml", "[clerk]\nsecrets_file = 'secrets'\n").write("secrets", "# none\n");
    fs::set_permissions(org.path("secrets"), fs::Permissions::from_mode(0o600)).unwrap();
    org.run("clerk status").stderr(&complaint("`[ROOT]/secrets` holds no secret", "write one secret on each line")).code(5);
    org.write("secrets", vec![b'#'; (256 << 10) + 1]);
    org.run("clerk status").stderr(&complaint("`[ROOT]/secrets` is larger than 256 KiB", "")).code(5);
    org.write("secrets", b"\xff");
    org.run("clerk status").stderr(&complaint("`[ROOT]/secrets` is not UTF-8 text", "")).code(5);
    org.write("statuary.toml", "");
    let secrets: Vec<String> = ('A'..='I').map(|letter| format!("whsec_{letter}3RhdHVhcnktdGVzdC1zZWNyZXQtMzItYnl0ZXMtb2s=")).collect();
    for (variable, text, message, hint) in [
        (
            "STATUARY_CLERK_WEBHOOK_SECRET",
            "",
            "`STATUARY_CLERK_WEBHOOK_SECRET` is set and empty",
            "unset it, or give it the signing secret",
        ),
        (
            "STATUARY_CLERK_WEBHOOK_SECRETS",
            secrets.join(" ").as_str(),
            "there are more than 8 webhook secrets",
            "keep the present one and the one before it",
        ),
        ("CLERK_JWT_KEY", " ", "`CLERK_JWT_KEY` is set and empty", "unset it, or give it the PEM public key"),
        (
            "CLERK_JWT_KEY",
            "x",
            "the key for session tokens holds no `-----BEGIN PUBLIC KEY-----`",
            "copy the PEM public key from the API keys page of Clerk's dashboard",
        ),
    ] {
        let output = org.command(&["clerk", "status"]).env(variable, text).output().unwrap();
        assert_eq!(String::from_utf8_lossy(&output.stderr), complaint(message, hint), "{variable}");
        assert_eq!(output.status.code(), Some(5), "{variable}");
    }
    org.write("statuary.toml", "[clerk]\njwks_file = 'keys.json'\n").write("keys.json", "{}");
    let hint = "save what Clerk's `/.well-known/jwks.json` answers";
    org.run("clerk status").stderr(&complaint("the key set is not a JSON Web Key Set", hint)).code(5);
    let key = format!(r#"{{"kty": "RSA", "n": "{}", "e": "AQAB"}}"#, "v".repeat(341) + "w");
    org.write("keys.json", format!(r#"{{"keys": [{}]}}"#, vec![key; 33].join(", ")));
    org.run("clerk status").stderr(&complaint("there are more than 32 keys for session tokens", "")).code(5);
}

#[test]
#[expect(clippy::disallowed_methods, reason = "a test's own files")]
fn files_of_a_theme_are_judged_when_they_are_used() {
    let org = acme("name = 'Acme'");
    let root = "[ROOT]/acme/overrides";
    for (file, text, message, hint) in [
        (
            "words/en.toml",
            "zzz = 'x'",
            "`{root}/words/en.toml` has the key `zzz`, which the theme does not have",
            "see the theme's own file of words for its keys",
        ),
        (
            "assets/style.css",
            "/* pages: xyz */ a{}",
            "`{root}/assets/style.css`, line 1: there are no pages `xyz`",
            "all, or some of home, history, year, month, incident, maintenance, service, uptime, not_found",
        ),
        (
            "assets/style.css",
            "/* pages: home */ a{",
            "`{root}/assets/style.css`, line 1: what follows `pages:` does not close what it opens",
            "write `/* pages: all */` before what is for all pages again",
        ),
        ("assets/style.css", "a{} </style>", "`{root}/assets/style.css` holds `</style`, which would end it within the page", ""),
        (
            "templates/index.html",
            "{{ nothing }}",
            "`templates/index.html`, line 1: Variable `nothing` is not defined. Available variables: assets, embed_style, home, page, site, style, words",
            "the theme's documentation lists what a template may name",
        ),
        (
            "templates/404.html",
            "{% extends \"nowhere.html\" %}",
            "cannot use the theme's templates: Template '404.html' is inheriting from 'nowhere.html', which doesn't exist or isn't loaded",
            "",
        ),
        ("words/en.toml", &"#".repeat((4 << 20) + 1), "`{root}/words/en.toml` is larger than 4 MiB", ""),
    ] {
        org.write(&format!("acme/overrides/{file}"), text);
        org.run("build").stderr(&complaint(&message.replace("{root}", root), hint)).code(5);
        fs::remove_file(org.path(&format!("acme/overrides/{file}"))).unwrap();
    }
    let words = org.path("acme/overrides/words/en.toml");
    symlink("en.toml", &words).unwrap();
    let message = "cannot read `[ROOT]/acme/overrides/words/en.toml`: too many levels of symbolic links";
    org.run("build").stderr(&complaint(message, "")).code(5);
    fs::remove_file(&words).unwrap();
    symlink("/etc/passwd", &words).unwrap();
    let message = "`[ROOT]/acme/overrides/words/en.toml` is a link to a place outside the overrides folder";
    org.run("build").stderr(&complaint(message, "copy the file there instead of linking to it")).code(5);
    fs::remove_file(&words).unwrap();
    rustix::fs::mknodat(rustix::fs::CWD, &words, rustix::fs::FileType::Fifo, 0o600.into(), 0).unwrap();
    org.run("build").stderr(&complaint("`[ROOT]/acme/overrides/words/en.toml` is not a file", "")).code(5);
    fs::remove_file(&words).unwrap();
    let unreadable = org.path("acme/overrides").join(std::ffi::OsStr::from_bytes(b"a\xff"));
    fs::write(&unreadable, "").unwrap();
    org.run("build").stderr(&complaint("`[ROOT]/acme/overrides/a\u{fffd}` does not have a readable name", "")).code(5);
    fs::remove_file(&unreadable).unwrap();
    fs::rename(org.path("acme/overrides"), org.path("acme/mine")).unwrap();
    symlink("mine", org.path("acme/overrides")).unwrap();
    let hint = "make it a folder and copy the files into it";
    org.run("build").stderr(&complaint("`[ROOT]/acme/overrides` is a link", hint)).code(5);
    fs::remove_file(org.path("acme/overrides")).unwrap();
    for (settings, message, hint, code) in [
        ("name = 'defualt'", "[ROOT]/acme/org.toml: line 3, column 8: there is no theme `defualt`", "did you mean `default`?", 5),
        ("name = 'xyz'", "[ROOT]/acme/org.toml: line 3, column 8: there is no theme `xyz`", "one of default, plain, tailwind", 5),
        (
            "accent = '#ffffff'",
            "[ROOT]/acme/org.toml: line 3, column 10: `accent` has too little contrast: #ffffff on #fbfaf7 has 1.04, and text needs 4.5",
            "choose a darker colour",
            5,
        ),
        (
            "logo = 'big.svg'",
            "[ROOT]/acme/org.toml: line 3, column 8: `logo`: `[ROOT]/acme/big.svg` is larger than 256 KiB",
            "every visitor loads it: make it smaller",
            5,
        ),
    ] {
        org.write("acme/org.toml", format!("name = 'Acme'\n[theme]\n{settings}\n")).write("acme/big.svg", vec![b' '; (256 << 10) + 1]);
        org.run("build").stderr(&complaint(message, hint)).code(code);
    }
}

#[test]
fn a_site_is_built_where_nothing_else_is() {
    let org = acme("name = 'Acme'");
    let own = "choose another folder, such as `public` in the organization's folder";
    for (out, folder) in [("..", "[ROOT]"), ("overrides/site", "[ROOT]/acme/overrides/site"), (".", "[ROOT]/acme")] {
        let message = format!("`{folder}` holds the organization's own files, which are not public");
        org.run(&format!("build --out {out}")).stderr(&complaint(&message, own)).code(4);
    }
    symlink("nowhere", org.path("acme/link")).unwrap();
    org.run("build --out link").stderr(&complaint("`link` is a link that leads nowhere", "")).code(4);
    org.run("build --out nothing/..").stderr(&complaint("`nothing/..` does not name a folder", "")).code(2);
    org.run("build --out site --quiet").success();
    org.write("acme/site/services/web/index.html", "mine");
    org.run("service add web").success();
    let hint = "move it elsewhere, or pass `--force` to write over it";
    let message = "`[ROOT]/acme/site/services/web/index.html` is in the way and was not built by statuary";
    org.run("build --out site").stderr(&complaint(message, hint)).code(4);
    symlink("/tmp", org.path("acme/site/services/mail")).unwrap();
    org.run("service add mail").success();
    org.run("service remove web --yes").success();
    let message = "`[ROOT]/acme/site/services/mail` is a link, and pages are not written through links";
    org.run("build --out site").stderr(&complaint(message, "remove the link and build again")).code(4);
}
