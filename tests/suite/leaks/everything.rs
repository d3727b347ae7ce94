//! Every kind of private thing in one workspace, and what of it reaches a built site or anything that commands say.

use std::cell::RefCell;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use statuary::domain::{Secret, SecretHash};

use super::encodings::Searched;
use crate::built_site::BuiltSite;
use crate::test_org::TestOrg;

/// What the environment keeps: no command may repeat it, however much it is asked to tell.
const SECRETS: &[(&str, &str)] = &[
    ("AWS_SECRET_ACCESS_KEY", "zqawssecretvex"),
    ("AWS_SESSION_TOKEN", "zqawssessionvex"),
    ("CLERK_SECRET_KEY", "zqclerksecretvex"),
    ("CLERK_WEBHOOK_SECRET", "whsec_zqwebhookvex"),
    ("STATUARY_TOKEN", "zqtokenvex"),
    ("SMTP_PASSWORD", "zqmailpasswordvex"),
    ("DATABASE_URL", "postgres://u:zqdatabasevex@db.example/x"),
];

/// What is private in both organizations, by kind.
const PRIVATE: &[(&str, &[&str])] = &[
    ("drafts", &["zqdrafttitlevex", "zqdraftbodyvex", "zqdraftupdatevex", "zqdrafttranslatedvex", "zqdraftfrenchvex"]),
    ("what was done to a draft before it was published", &["zqearlyactorvex"]),
    ("hidden services", &["zqhiddenslugvex", "zqhiddennamevex", "zqhiddentextvex", "zqhiddenlinkvex"]),
    ("incidents of hidden services", &["zqhushtitlevex", "zqhushbodyvex", "zqhushresolvedvex", "zqhushtranslatedvex"]),
    ("maintenance of hidden services", &["zqmurktitlevex", "zqmurkbodyvex", "zqmurktranslatedvex"]),
    ("messages of manual statuses of hidden services", &["zqmanualvex"]),
    ("groups with nothing but hidden services", &["zqgroupslugvex", "zqgroupnamevex"]),
    ("removed services", &["zqremovedslugvex", "zqremovednamevex", "zqremovedtextvex"]),
    ("actors and their addresses", &["zqactorvex", "zqmailvex@private.example", "zqearlyactorvex"]),
    ("folders of this machine", &["zqfoldervex", "zqoutvex"]),
    ("comments and settings that are not for visitors", &["zqcommentvex", "org_zqclerkvex", "zqworkspacevex"]),
    ("sources of imports", &["zqsourcepage", "zqsourcename"]),
    ("files beside the record", &["zqbackupvex", "zqdumpvex", "zqtemplatevex", "zqleftovervex"]),
    ("names of tokens and what they begin with", &["zqtokennamevex", "zqrevokednamevex", "statuary_"]),
    ("alerts that nobody has published", &["zqalerttitlevex", "zqalertbodyvex", "zqalerturlvex", "zqalertlabelvex"]),
    ("names from before an edit", &["zqoldnamevex", "zqoldtextvex", "zqoldfrenchvex"]),
];

/// What each organization shows, so that the search is known to find what is there.
const SHOWN: &[(&str, &[&str])] = &[
    ("acmeworks", &["Acmevex", "openservicevex", "Openbodyvex", "Offentextvex", "Newnamevex", "Latevex", "Sharedvex", "Importedvex"]),
    ("globexinia", &["Globexvex", "otherservicevex", "Othertitlevex", "Otherbodyvex"]),
];

/// An alert that becomes a draft.
const ALERT: &str = r#"{"alerts": [{"status": "firing", "labels": {"service": "openservicevex", "team": "zqalertlabelvex"}, "annotations":
    {"summary": "zqalerttitlevex", "description": "zqalertbodyvex"}, "generatorURL": "https://zqalerturlvex.example"}]}"#;

/// A workspace whose commands tell as much as they can, and all that they have told.
struct Told<'a> {
    org: &'a TestOrg,
    said: RefCell<Vec<u8>>,
}

impl Told<'_> {
    /// Runs a command, once in words and, where it only reads, once as JSON.
    #[track_caller]
    fn run(&self, arguments: &str, code: i32) {
        let split = shlex::split(arguments).unwrap();
        let output = self.org.command(&split).output().unwrap();
        assert_eq!(output.status.code(), Some(code), "{arguments}: {}", String::from_utf8_lossy(&output.stderr));
        let mut said = self.said.borrow_mut();
        said.extend(output.stdout);
        said.extend(output.stderr);
    }
}

/// Fills both organizations with things of every kind.
fn fill(told: &Told<'_>) {
    let org = told.org;
    told.run("init zqfoldervex", 0);
    org.enter("zqfoldervex");
    told.run("org create acmeworks --name Acmevex --url https://status.acmeworks.example", 0);
    told.run("org create globexinia --name Globexvex", 0);
    let settings = |name: &str| format!("# zqcommentvex\nname = '{name}'\nclerk_organization = 'org_zqclerkvex'\n");
    org.write("zqfoldervex/acmeworks/org.toml", settings("Acmevex")).write("zqfoldervex/globexinia/org.toml", settings("Globexvex"));
    org.write("zqfoldervex/statuary.toml", "# zqworkspacevex\n");
    for command in [
        "group add zqgroupslugvex --name zqgroupnamevex",
        "service add openservicevex --name zqoldnamevex --description zqoldtextvex",
        "service edit openservicevex --name Newnamevex --description ''",
        "service add zqhiddenslugvex --hidden --name zqhiddennamevex --description zqhiddentextvex --link https://zqhiddenlinkvex.example \
         --group zqgroupslugvex",
        "service status zqhiddenslugvex major --message zqmanualvex",
        "service add zqremovedslugvex --name zqremovednamevex --description zqremovedtextvex",
        "service status zqremovedslugvex partial --message zqremovedtextvex",
        "service remove zqremovedslugvex",
        "incident open Sharedvex --service openservicevex --service zqhiddenslugvex=major --message Openbodyvex \
         --message-lang de=Offentextvex --message-lang fr=zqoldfrenchvex",
        "incident edit-update 1 1 --message-lang fr=",
        "incident open zqdrafttitlevex --draft --service openservicevex --message zqdraftbodyvex --message-lang de=zqdrafttranslatedvex",
        "incident update 2 --message zqdraftupdatevex",
        "incident edit-update 2 2 --message-lang fr=zqdraftfrenchvex",
        "incident open zqhushtitlevex --service zqhiddenslugvex --message zqhushbodyvex",
        "incident resolve 3 --message zqhushresolvedvex --message-lang de=zqhushtranslatedvex",
        "maintenance schedule zqmurktitlevex --from +2h --for 1h --service zqhiddenslugvex --message zqmurkbodyvex \
         --message-lang de=zqmurktranslatedvex",
        "--as zqearlyactorvex incident open Latevex --draft --service openservicevex --message Latebody",
        "incident publish 4",
        "token create zqtokennamevex --role admin",
        "token create zqrevokednamevex --role viewer",
        "token revoke zqrevokednamevex",
        "maintenance schedule Sharedworkvex --from +3h --for 1h --service openservicevex --service zqhiddenslugvex --message x",
    ] {
        told.run(&format!("--org acmeworks {command}"), 0);
    }
    told.run("--org globexinia service add otherservicevex", 0);
    told.run("--org globexinia incident open Othertitlevex --service otherservicevex --message Otherbodyvex", 0);
    org.write("alert.json", ALERT);
    told.run("--org acmeworks ingest alertmanager ../alert.json", 0);
    org.write("own.json", payload("aaaaaaaaaaa1", "Acmevex", "Importedvex"))
        .write("other.json", payload("zqsourcepage", "zqsourcename", "Importedtoovex"));
    told.run("--org acmeworks import statuspage ../own.json", 0);
    told.run("--org acmeworks import statuspage ../other.json", 0);
    told.run("--org acmeworks export --out acmeworks/zqdumpvex.json", 0);
    org.write("zqfoldervex/acmeworks/org.db.zqbackupvex", "zqbackupvex")
        .write("zqfoldervex/acmeworks/.statuary/zqleftovervex", "zqleftovervex");
    org.write("zqfoldervex/acmeworks/overrides/templates/404.html", format!("{{# zqtemplatevex #}}{}", embedded_404()));
}

fn embedded_404() -> String {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("themes/default/templates/404.html")).unwrap()
}

/// A saved incident of the page `page`.
fn payload(page: &str, name: &str, title: &str) -> String {
    let at = "2026-11-20T10:00:00.000Z";
    let id: String = title.to_lowercase().chars().take(12).collect();
    serde_json::json!({"page": {"id": page, "name": name, "url": "https://p.example", "time_zone": "Etc/UTC", "updated_at": at},
        "incident": {"id": id, "name": title, "status": "resolved", "created_at": at, "updated_at": at, "monitoring_at": null,
        "resolved_at": at, "impact": "minor", "shortlink": "https://stspg.io/zqsourcename", "started_at": at, "page_id": page,
        "incident_updates": [], "components": [], "reminder_intervals": null}})
    .to_string()
}

#[test]
fn private_things_of_every_kind_are_in_no_byte_and_no_name() {
    let org = TestOrg::empty();
    for (name, secret) in SECRETS {
        org.env(name, secret);
    }
    org.env("STATUARY_ACTOR", "zqactorvex <zqmailvex@private.example>").env("RUST_LOG", "trace").env("RUST_BACKTRACE", "full");
    let told = Told { org: &org, said: RefCell::default() };
    fill(&told);
    told.run("--org acmeworks build", 0);
    told.run("--org globexinia build", 0);
    told.run("--org acmeworks build --out ../zqoutvex", 0);
    let secrets = secrets_of(&String::from_utf8_lossy(&told.said.borrow()));
    assert_eq!(secrets.len(), 2);
    let root = org.path("");
    let temporary = root.file_name().unwrap().to_str().unwrap().to_owned();
    for (folder, slug, others) in [
        ("zqfoldervex/acmeworks/public", "acmeworks", "globexinia"),
        ("zqfoldervex/globexinia/public", "globexinia", "acmeworks"),
        ("zqoutvex", "acmeworks", "globexinia"),
    ] {
        let site = Searched::new(&BuiltSite::read(&org.path(folder)));
        let shown = |slug: &str| SHOWN.iter().find(|(name, _)| *name == slug).unwrap().1;
        for word in shown(slug) {
            assert_ne!(site.places(word), Vec::<String>::new(), "`{word}` is not shown in {folder}");
        }
        for word in shown(others).iter().copied().chain([others]) {
            assert_eq!(site.places(word), Vec::<String>::new(), "`{word}` of the other organization shows in {folder}");
        }
        for (kind, words) in PRIVATE {
            for word in *words {
                assert_eq!(site.places(word), Vec::<String>::new(), "{kind}: `{word}` shows in {folder}");
            }
        }
        for secret in &secrets {
            let hash = hash_of(secret);
            for word in [secret.as_str(), &secret[9..], &hash, &hash.to_uppercase()] {
                assert_eq!(site.places(word), Vec::<String>::new(), "a token shows in {folder}");
            }
        }
        let here = [temporary.as_str(), "/tmp/", "org.db", "statuary.toml"];
        for word in here.into_iter().chain(SECRETS.iter().map(|(_, secret)| *secret)) {
            assert_eq!(site.places(word), Vec::<String>::new(), "`{word}` shows in {folder}");
        }
    }
}

/// The tokens in what was said.
fn secrets_of(said: &str) -> Vec<String> {
    let words = said.split(|character: char| !character.is_ascii_alphanumeric() && character != '_');
    words.filter(|word| Secret::is_one(word)).map(str::to_owned).collect()
}

/// What is kept of a token, as dumps and logs would write bytes.
fn hash_of(secret: &str) -> String {
    SecretHash::of(secret).as_bytes().iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The file holds a hash of a token that stands, and nothing of one that is revoked; a dump holds neither.
#[test]
fn tokens_are_kept_as_hashes_and_left_out_of_dumps() {
    let org = TestOrg::new();
    let [standing, revoked] = ["standing", "revoked"].map(|name| {
        let said = org.run(&format!("token create {name} --role admin")).text();
        secrets_of(&said).pop().unwrap()
    });
    org.run("token revoke revoked").success();
    org.run("backup copy.db").success();
    org.run("export --out dump.json").success();
    let holds = |file: &str, needle: &[u8]| {
        let bytes = fs::read(org.path(&format!("acme/{file}"))).unwrap();
        bytes.windows(needle.len()).any(|window| window == needle)
    };
    for secret in [&standing, &revoked] {
        let hash = hash_of(secret);
        for file in ["org.db", "copy.db", "dump.json"] {
            assert!(!holds(file, secret.as_bytes()) && !holds(file, hash.as_bytes()) && !holds(file, b"statuary_"), "{file}");
        }
        assert!(!holds("dump.json", SecretHash::of(secret).as_bytes()));
    }
    for file in ["org.db", "copy.db"] {
        assert!(holds(file, SecretHash::of(&standing).as_bytes()), "{file} lets nobody in");
        assert!(!holds(file, SecretHash::of(&revoked).as_bytes()), "{file} holds what was revoked");
    }
}

/// Every command, also where it fails, with all that can be switched on to make a program tell more.
#[test]
fn no_command_says_what_the_environment_keeps() {
    let org = TestOrg::empty();
    for (name, secret) in SECRETS {
        org.env(name, secret);
    }
    org.env("RUST_LOG", "trace").env("RUST_BACKTRACE", "full").env("RUST_LIB_BACKTRACE", "full");
    let told = Told { org: &org, said: RefCell::default() };
    fill(&told);
    org.enter("zqfoldervex/acmeworks");
    for command in [
        "token list",
        "token list --all",
        "status",
        "service list",
        "incident list --all",
        "maintenance list",
        "uptime",
        "log",
        "next",
        "org list",
        "org show",
        "export",
    ] {
        told.run(command, 0);
        told.run(&format!("{command} --json"), 0);
    }
    for command in ["--help", "build --help", "incident open --help", "--version"] {
        told.run(command, 0);
    }
    for (command, code) in [
        ("incident show nothing", 3),
        ("service add openservicevex", 4),
        ("incident open", 2),
        ("incident open x --service nothing", 3),
        ("import dump nothing.json", 3),
        ("import dump org.toml", 5),
        ("--root /nowhere status", 3),
        ("build --out /proc/nowhere", 1),
        ("token create zqtokennamevex --role viewer", 4),
        ("token revoke statuary_zqmistakenvex", 2),
        ("token create statuary_zqmistakenvex --role viewer", 2),
        ("undo", 4),
    ] {
        told.run(command, code);
    }
    org.write("zqfoldervex/acmeworks/org.toml", "name = 7");
    told.run("status", 5);
    org.write("zqfoldervex/acmeworks/org.toml", "name = 'A'")
        .write("zqfoldervex/acmeworks/org.db", "rubbish that is longer than any head of a file");
    told.run("status", 5);
    org.env("STATUARY_NOW", "zqnowvex");
    told.run("status", 2);
    let text = String::from_utf8_lossy(&told.said.borrow()).into_owned();
    assert_eq!(secrets_of(&text).len(), 2, "a token is told once");
    let said = BuiltSite { files: [("said".to_owned(), told.said.take())].into() };
    let said = Searched::new(&said);
    assert_ne!(said.places("zqnowvex"), Vec::<String>::new());
    for (name, secret) in SECRETS {
        assert_eq!(said.places(secret), Vec::<String>::new(), "{name} was told");
    }
    for word in ["zqmistakenvex", "stack backtrace", "panicked at", "src/cli", "/rustc/"] {
        assert_eq!(said.places(word), Vec::<String>::new(), "`{word}` was told");
    }
}

/// What holds private things is its owner's alone, whatever the usual mode of new files is.
#[test]
fn what_holds_private_things_is_for_its_owner_only() {
    let org = TestOrg::empty();
    org.run("init .").success();
    org.run("org create acme --name Acme").success();
    org.enter("acme").run("service add api").success();
    org.run("build").success();
    org.run("export --out dump.json").success();
    let mode = |path: &str| fs::metadata(org.path(path)).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode("acme"), 0o700, "the organization's folder");
    assert_eq!(mode("acme/org.db"), 0o600, "the record");
    assert_eq!(mode("acme/dump.json"), 0o600, "a dump holds drafts and hidden services too");
    assert_eq!(mode("acme/.statuary"), 0o700, "records of builds");
    org.enter("");
    org.run("demo shown --no-serve").success();
    assert_eq!((mode("shown"), mode("shown/org.db")), (0o700, 0o600), "the example");
    // A web server runs as somebody else.
    assert_eq!((mode("acme/public") & 0o555, mode("acme/public/index.html") & 0o444), (0o555, 0o444));
}
