//! Messages from signature to folder, what a crash leaves, who comes with a session, and that nothing private is printed.

use std::fs;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use chrono::TimeDelta;
use ring::hmac;
use serde_json::{Value, json};

use super::*;
use crate::clerk::OrganizationClaim;
use crate::config::{OrgFolder, init_workspace, write_file};
use crate::domain::{DirectoryChange, MessageOutcome, Role, Slug};
use crate::error::Kind;
use crate::ops::workspace::{CreateOrg, create_org, create_org_linked};
use crate::ops::{Deed, member};

const KEY: &[u8] = b"canary-of-secrets-32-bytes-long!";
const NOW: i64 = 1_795_170_000;

fn now() -> DateTime<Utc> {
    DateTime::from_timestamp(NOW, 0).unwrap()
}

/// A workspace with this statuary.toml, and what is needed to deal with Clerk.
struct Home {
    _temp: tempfile::TempDir,
    workspace: Workspace,
    clerk: Clerk,
    sent: u32,
}

impl Home {
    fn new(settings: &str) -> Self {
        let temp = tempfile::tempdir().unwrap();
        let root = init_workspace(&temp.path().join("w")).unwrap();
        write_file(&root.join("statuary.toml"), settings.as_bytes()).unwrap();
        let workspace = Workspace { root, lone: false, current: None };
        let secret = format!("whsec_{}", STANDARD.encode(KEY));
        let clerk = Clerk::load(&workspace, |name| (name == "STATUARY_CLERK_WEBHOOK_SECRET").then(|| secret.clone())).unwrap();
        Self { _temp: temp, workspace, clerk, sent: 0 }
    }

    /// The answer to a body that was signed as Clerk signs it.
    fn deliver_as(&self, message: &str, body: &[u8]) -> Receipt {
        let signed = [message.as_bytes(), b".", NOW.to_string().as_bytes(), b".", body].concat();
        let signature = format!("v1,{}", STANDARD.encode(hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, KEY), &signed)));
        let timestamp = NOW.to_string();
        let headers = [("svix-id", message), ("svix-timestamp", &timestamp), ("svix-signature", &signature)];
        receive(&self.workspace, &self.clerk, headers.map(|(name, value)| (name, value.as_bytes())), body, now())
    }

    fn deliver(&mut self, event: &Value) -> Receipt {
        self.sent += 1;
        self.deliver_as(&format!("msg_{}", self.sent), event.to_string().as_bytes())
    }

    fn orgs(&self) -> Vec<String> {
        self.workspace.orgs().unwrap().iter().map(|org| org.slug.to_string()).collect()
    }

    fn org(&self, slug: &str) -> OrgFolder {
        self.workspace.org(Some(slug)).unwrap()
    }

    fn link_of(&self, slug: &str) -> Option<String> {
        self.org(slug).settings().unwrap().clerk_organization
    }

    fn status(&self) -> StatusReport {
        status(&self.workspace, &self.clerk, now()).unwrap()
    }

    fn create(&self, slug: &str, name: &str) {
        let options = CreateOrg { slug: slug.parse().unwrap(), name: name.into(), url: None, time_zone: None };
        create_org(&self.workspace, &options, &Deed::new("ann", now())).unwrap();
    }
}

fn id(text: &str) -> ClerkId {
    text.parse().unwrap()
}

fn organization(kind: &str, number: u32, name: &str, slug: Option<&str>, updated_at: i64) -> Value {
    json!({
        "type": format!("organization.{kind}"), "instance_id": "ins_1", "timestamp": updated_at + 5,
        "data": {"object": "organization", "id": format!("org_{number}"), "name": name, "slug": slug, "updated_at": updated_at},
    })
}

fn deleted(kind: &str, id: &str) -> Value {
    json!({"type": kind, "data": {"id": id, "deleted": true}})
}

fn membership(kind: &str, role: &str) -> Value {
    json!({
        "type": format!("organizationMembership.{kind}"), "timestamp": 1_795_160_000_009_i64,
        "data": {
            "object": "organization_membership", "id": "orgmem_1", "role": role,
            "created_at": 1_795_160_000_000_i64, "updated_at": 1_795_160_000_000_i64,
            "organization": {"id": "org_1", "name": "Acme", "slug": "acme", "updated_at": 1_795_150_000_000_i64},
            "public_user_data": {"user_id": "user_ada", "first_name": "Ada", "last_name": "Byron", "identifier": "canary@mail.example"},
        },
    })
}

/// What the receipt says was made.
fn made(receipt: Receipt) -> Vec<String> {
    match receipt {
        Receipt::Applied { attended, .. } => {
            assert!(attended.problems.is_empty(), "{:?}", attended.problems);
            attended.made.iter().map(Slug::to_string).collect()
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn an_organization_that_is_told_of_gets_a_folder_once() {
    let mut home = Home::new("");
    let event = organization("created", 1, "Acme <Inc.>", Some("acme"), 1_795_150_000_000);
    assert_eq!(made(home.deliver(&event)), ["acme"]);
    let settings = home.org("acme").settings().unwrap();
    assert_eq!((settings.name.as_str(), settings.clerk_organization.as_deref()), ("Acme <Inc.>", Some("org_1")));
    let log = crate::ops::overview::log(&crate::ops::Org::open(home.org("acme")).unwrap(), None, 9).unwrap().events;
    assert_eq!((log[0].actor.as_str(), log[0].sentence.as_str()), ("clerk", "created organization Acme <Inc.>"));
    let again = home.deliver_as("msg_1", event.to_string().as_bytes());
    assert!(matches!(&again, Receipt::Duplicate { id, .. } if id.as_str() == "msg_1") && again.http_status() == 200);
    assert_eq!((made(home.deliver(&event)), home.orgs()), (Vec::<String>::new(), vec!["acme".to_owned()]));
    let report = home.status();
    assert_eq!((report.applied, report.organizations, report.webhook_secrets, report.provision), (2, 1, 1, true));
    assert_eq!(report.mirrored[0].note, None);
}

#[test]
fn what_is_not_believed_leaves_no_trace() {
    let home = Home::new("[clerk]\ninstance_id = 'ins_1'\n");
    let body = organization("created", 1, "Acme", None, 5).to_string();
    let unsigned = receive(&home.workspace, &home.clerk, [], body.as_bytes(), now());
    assert_eq!(unsigned.http_status(), 401);
    let large = home.deliver_as("msg_1", &vec![b' '; LARGEST_BODY + 1]);
    assert_eq!(large.http_status(), 413);
    let elsewhere = home.deliver_as("msg_1", body.replace("ins_1", "ins_2").as_bytes());
    assert_eq!(elsewhere.http_status(), 403);
    let late = receive(&home.workspace, &home.clerk, [("svix-id", &b"msg_1"[..])], body.as_bytes(), now() + TimeDelta::hours(1));
    assert_eq!(late.http_status(), 401);
    assert!(!home.workspace.directory().exists() && home.orgs().is_empty());
    let without = Clerk::load(&home.workspace, |_| None).unwrap();
    assert_eq!(receive(&home.workspace, &without, [], b"", now()).http_status(), 503);
    // An old event does not say of which instance it is.
    assert_eq!(home.deliver_as("msg_2", body.replace("instance_id", "x").as_bytes()).http_status(), 200);
    assert_eq!(home.deliver_as("msg_3", &[b' '; LARGEST_BODY]).http_status(), 200);
}

#[test]
fn what_cannot_be_understood_is_recorded_and_answered_with_success() {
    let mut home = Home::new("");
    for (body, kind, outcome, why) in [
        (&b"\xff not JSON canary@mail.example"[..], None, MessageOutcome::Malformed, Some("it is not JSON")),
        (&br#"{"type":"organizationTeam.created","data":{}}"#[..], Some("organizationTeam.created"), MessageOutcome::PassedOver, None),
        (&br#"{"type":"user.created","data":{}}"#[..], Some("user.created"), MessageOutcome::Malformed, Some("a user has no `updated_at`")),
    ] {
        home.sent += 1;
        let receipt = home.deliver_as(&format!("msg_{}", home.sent), body);
        assert_eq!(receipt.http_status(), 200);
        let Receipt::Recorded { kind: told, outcome: came, why: because, .. } = receipt else { panic!("{receipt:?}") };
        assert_eq!((told.as_deref(), came, because), (kind, outcome, why));
    }
    let report = home.status();
    assert_eq!((report.applied, report.passed_over, report.malformed, report.last_malformed.len()), (0, 1, 2, 2));
    assert!(!serde_json::to_string(&report).unwrap().contains("canary"));
    assert_eq!(replay(&home.workspace, &id("msg_1")).unwrap().id, id("msg_1"));
    assert_eq!(replay(&home.workspace, &id("msg_1")).unwrap_err().downcast::<UserError>().unwrap().kind, Kind::NotFound);
    assert!(matches!(home.deliver_as("msg_1", b"{}"), Receipt::Recorded { .. }));
}

#[test]
#[expect(clippy::disallowed_methods, reason = "tests remove files")]
fn what_cannot_be_recorded_shall_come_again() {
    let mut home = Home::new("");
    write_file(&home.workspace.directory(), &[b'x'; 9000]).unwrap();
    let receipt = home.deliver(&organization("created", 1, "Acme", None, 5));
    assert!(receipt.http_status() == 503 && matches!(&receipt, Receipt::Unavailable(error) if error.kind == Kind::BadInput), "{receipt:?}");
    fs::remove_file(home.workspace.directory()).unwrap();
    assert_eq!(home.deliver_as("msg_1", organization("created", 1, "Acme", None, 5).to_string().as_bytes()).http_status(), 200);
}

#[test]
fn deliveries_side_by_side_have_one_effect() {
    let home = Home::new("");
    let body = organization("created", 1, "Acme", Some("acme"), 1_795_150_000_000).to_string();
    let receipts: Vec<Receipt> = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..20).map(|_| scope.spawn(|| home.deliver_as("msg_1", body.as_bytes()))).collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).collect()
    });
    assert!(receipts.iter().all(|receipt| receipt.http_status() == 200), "{receipts:?}");
    assert_eq!(receipts.iter().filter(|receipt| matches!(receipt, Receipt::Applied { .. })).count(), 1);
    assert_eq!((home.orgs(), home.status().applied), (vec!["acme".to_owned()], 1));
}

#[test]
fn what_a_crash_leaves_is_done_later() {
    let mut home = Home::new("");
    let path = home.workspace.directory();
    let merged = |number: u32, name: &str| {
        let event = organization("created", number, name, Some("acme"), 1_795_150_000_000).to_string();
        let crate::clerk::Reading::Understood(changes) = crate::clerk::read_event(event.as_bytes()).reading else { panic!() };
        let mut directory = Directory::open_or_create(&path).unwrap();
        directory.write(|write| changes.iter().try_for_each(|change: &DirectoryChange| write.merge(change))).unwrap();
    };
    // Killed after the commit, before the folder was made.
    merged(1, "Acme");
    assert!(home.orgs().is_empty());
    let attended = attend(&home.workspace, &home.clerk, now()).unwrap();
    assert_eq!((attended.made.len(), home.orgs()), (1, vec!["acme".to_owned()]));
    // Killed after the folder was made, before that was noted.
    merged(2, "Second");
    let options = CreateOrg { slug: "second".parse().unwrap(), name: "Second".into(), url: None, time_zone: None };
    create_org_linked(&home.workspace, &options, Some(&id("org_2")), &Deed::new("clerk", now())).unwrap();
    let event = json!({"type": "session.created", "data": {}});
    assert_eq!(home.deliver(&event).http_status(), 200);
    assert_eq!(home.orgs(), ["acme", "second"]);
    assert!(Directory::open(&home.workspace.directory()).unwrap().unwrap().unattended().unwrap().is_empty());
    // A message that had come already does it, too.
    merged(3, "Third");
    assert!(matches!(home.deliver_as("msg_1", event.to_string().as_bytes()), Receipt::Duplicate { .. }));
    assert_eq!(home.orgs(), ["acme", "acme-2", "second"]);
}

#[test]
fn folders_have_names_that_are_checked_and_unique() {
    let mut home = Home::new("");
    home.create("taken", "Taken");
    for (number, name, slug, expected) in [
        (1, "Taken", Some("taken"), "taken-2"),
        (2, "API", Some("api"), "api-2"),
        (3, "Müller & Söhne", None, "muller-sohne"),
        (4, "Bad", Some("../../etc"), "bad"),
        (5, "X", Some("UPPER case"), "x"),
        (6, "con", None, "org-6"),
        (7, "!!!", Some(""), "org-7"),
        (8, "Service Hub", None, "service-hub"),
    ] {
        let made = made(home.deliver(&organization("created", number, name, slug, 1_795_150_000_000)));
        assert_eq!(made, [expected], "{name}");
        assert_eq!(home.link_of(&made[0]), Some(format!("org_{number}")));
    }
    assert_eq!(home.link_of("taken"), None);
}

#[test]
fn names_are_shown_and_taken_over_only_where_that_is_wanted() {
    for wanted in [false, true] {
        let mut home = Home::new(&format!("[clerk]\nsync_name = {wanted}\n"));
        made(home.deliver(&organization("created", 1, "Acme", Some("acme"), 1_795_150_000_000)));
        let Receipt::Applied { attended, .. } = home.deliver(&organization("updated", 1, "Acme 2", Some("acme2"), 1_795_160_000_000))
        else {
            panic!("not applied")
        };
        assert_eq!(attended.renamed.len(), usize::from(wanted));
        assert_eq!((home.org("acme").settings().unwrap().name == "Acme 2", home.orgs().len()), (wanted, 1));
        let note = home.status().mirrored[0].note.clone();
        assert_eq!(note.as_deref(), (!wanted).then_some("called `Acme` here"));
    }
}

#[test]
fn an_organization_that_is_deleted_is_unlinked_and_keeps_its_data() {
    let mut home = Home::new("");
    made(home.deliver(&organization("created", 1, "Acme", Some("acme"), 1_795_150_000_000)));
    home.create("by-hand", "By hand");
    home.org("by-hand").link(&id("org_9")).unwrap();
    let before = fs::read(home.org("acme").database()).unwrap();
    for gone in ["org_1", "org_9"] {
        let Receipt::Applied { attended, .. } = home.deliver(&deleted("organization.deleted", gone)) else { panic!("not applied") };
        assert_eq!((attended.let_go.len(), attended.problems.len()), (1, 0));
    }
    assert_eq!((home.link_of("acme"), home.link_of("by-hand")), (None, None));
    assert!(fs::read(home.org("acme").database()).unwrap() == before);
    let text = fs::read_to_string(home.org("acme").settings_file()).unwrap();
    assert!(text.contains("\n# clerk_organization = \"org_1\" (deleted at Clerk)\n"), "{text}");
    let notes: Vec<_> = home.status().mirrored.iter().map(|known| known.note.clone().unwrap()).collect();
    assert_eq!(notes, ["deleted at Clerk; `acme` was linked to it", "deleted at Clerk; `by-hand` was linked to it"]);
    made(home.deliver(&organization("updated", 1, "Acme", Some("acme"), 1_795_160_000_000)));
    assert_eq!(home.orgs(), ["acme", "by-hand"], "what was deleted does not come back");
    let error = link(&home.workspace, &home.org("acme"), &id("org_1")).unwrap_err();
    assert_eq!(error.to_string(), "`org_1` was deleted at Clerk");
}

#[test]
fn what_a_person_unlinks_or_links_stays_so() {
    let mut home = Home::new("");
    made(home.deliver(&organization("created", 1, "Acme", Some("acme"), 1_795_150_000_000)));
    let unlinked = unlink(&home.workspace, &home.org("acme")).unwrap();
    assert_eq!((unlinked.clerk_organization.as_str(), unlinked.name_at_clerk.as_deref()), ("org_1", Some("Acme")));
    made(home.deliver(&organization("updated", 1, "Acme 2", Some("acme"), 1_795_160_000_000)));
    assert_eq!((home.orgs().len(), home.link_of("acme")), (1, None));
    assert!(unlink(&home.workspace, &home.org("acme")).is_err());
    home.create("other", "Other");
    link(&home.workspace, &home.org("other"), &id("org_1")).unwrap();
    assert_eq!(home.link_of("other").as_deref(), Some("org_1"));
    for (org, at_clerk, why) in
        [("other", "org_2", "`other` is linked to `org_1` already"), ("acme", "org_1", "`org_1` is linked to `other` already")]
    {
        assert_eq!(link(&home.workspace, &home.org(org), &id(at_clerk)).unwrap_err().to_string(), why);
    }
    // An organization that was linked beforehand gets no second folder.
    home.create("third", "Third");
    link(&home.workspace, &home.org("third"), &id("org_3")).unwrap();
    assert!(made(home.deliver(&organization("created", 3, "Third at Clerk", Some("third"), 1_795_150_000_000))).is_empty());
    assert_eq!(home.orgs().len(), 3);
}

#[test]
fn without_a_secret_or_where_it_is_not_wanted_no_folder_is_made() {
    let mut home = Home::new("[clerk]\nprovision = false\n");
    assert!(made(home.deliver(&organization("created", 1, "Acme", Some("acme"), 1_795_150_000_000))).is_empty());
    assert!(home.orgs().is_empty() && !home.status().provision);
    assert_eq!(home.status().mirrored[0].note.as_deref(), Some("no org is linked to it"));
    let mut home = Home::new("");
    home.clerk = Clerk::load(&home.workspace, |_| None).unwrap();
    let listed = organization("created", 1, "Acme", Some("acme"), 1_795_150_000_000)["data"].clone();
    assert!(take_in(&home, vec![listing(&[listed], 1)], false, None).unwrap().made.is_empty());
    assert!(home.orgs().is_empty() && !home.status().provision);
}

fn session(user: &str, organization: Option<(&str, Option<&str>)>) -> Session {
    let claim = |(organization, role): (&str, Option<&str>)| OrganizationClaim {
        id: id(organization),
        slug: Some("acme".into()),
        role: role.map(str::to_owned),
        permissions: Vec::new(),
    };
    Session { user: id(user), id: "sess_1".into(), organization: organization.map(claim), impersonator: None }
}

#[test]
fn a_session_counts_where_the_directory_agrees() {
    let mut home = Home::new("[clerk.roles]\n'org:watcher' = 'viewer'\n");
    made(home.deliver(&membership("created", "org:admin")));
    assert_eq!(home.orgs(), ["acme"], "an organization that only a membership tells of is one");
    home.create("globex", "Globex");
    let come = |home: &Home, slug: &str, session: &Session| {
        who(&home.workspace, &home.clerk, &home.org(slug).settings().unwrap(), session).unwrap()
    };
    let mut ada = session("user_ada", Some(("org_1", Some("org:admin"))));
    let here = come(&home, "acme", &ada).unwrap();
    assert_eq!(
        (here.name.as_str(), here.role, here.actor().as_str(), here.user.as_str()),
        ("Ada Byron", Role::Admin, "Ada Byron", "user_ada")
    );
    ada.impersonator = Some("user_support".into());
    assert_eq!(come(&home, "acme", &ada).unwrap().actor(), "Ada Byron (by user_support)");
    ada.impersonator = Some("canary@mail.example".into());
    assert_eq!(come(&home, "acme", &ada).unwrap().actor(), "Ada Byron (by somebody)");
    let lesser = |role: &str| come(&home, "acme", &session("user_ada", Some(("org_1", Some(role))))).map(|who| who.role);
    assert_eq!((lesser("org:member"), lesser("org:watcher"), lesser("org:unknown")), (Some(Role::Editor), Some(Role::Viewer), None));
    for (slug, session) in [
        ("globex", session("user_ada", Some(("org_1", Some("org:admin"))))),
        ("acme", session("user_ada", Some(("org_2", Some("org:admin"))))),
        ("acme", session("user_eve", Some(("org_1", Some("org:admin"))))),
        ("acme", session("user_ada", Some(("org_1", None)))),
        ("acme", session("user_ada", None)),
    ] {
        assert_eq!(come(&home, slug, &session), None, "{slug} {session:?}");
    }
    assert_eq!(home.deliver(&membership("deleted", "org:admin")).http_status(), 200);
    assert_eq!(come(&home, "acme", &session("user_ada", Some(("org_1", Some("org:admin"))))), None);
}

#[test]
fn a_role_that_the_directory_knows_better_counts() {
    let mut home = Home::new("");
    made(home.deliver(&membership("created", "org:member")));
    let settings = home.org("acme").settings().unwrap();
    let admin = session("user_ada", Some(("org_1", Some("org:admin"))));
    assert_eq!(who(&home.workspace, &home.clerk, &settings, &admin).unwrap().unwrap().role, Role::Editor);
    let members = member::list(&home.workspace, &home.org("acme")).unwrap();
    assert_eq!((members.len(), members[0].role, members[0].name.as_deref()), (1, Some(Role::Editor), Some("Ada Byron")));
    assert_eq!(member::show(&home.workspace, &home.org("acme"), &id("orgmem_1")).unwrap().id, id("user_ada"));
    assert!(member::show(&home.workspace, &home.org("acme"), &id("orgmem_2")).is_err());
}

fn listing(items: &[Value], total: usize) -> ImportFile {
    ImportFile { name: "list.json".into(), bytes: json!({"data": items, "total_count": total}).to_string().into_bytes() }
}

fn take_in(home: &Home, files: Vec<ImportFile>, complete: bool, listed_at: Option<DateTime<Utc>>) -> anyhow::Result<ImportReport> {
    import(&home.workspace, &home.clerk, &ImportListing { files, complete, listed_at }, now())
}

#[test]
fn listings_are_merged_and_full_ones_remove_what_they_lack() {
    let mut home = Home::new("");
    made(home.deliver(&organization("created", 1, "Newer", Some("acme"), 1_795_160_000_000)));
    made(home.deliver(&organization("created", 2, "Gone", Some("gone"), 1_795_100_000_000)));
    made(home.deliver(&organization("created", 3, "Fresh", Some("fresh"), 1_795_159_000_000)));
    made(home.deliver(&membership("created", "org:admin")));
    let listed = |number, name| organization("x", number, name, None, 1_795_150_000_000)["data"].clone();
    let report = take_in(&home, vec![listing(&[listed(1, "Older"), listed(4, "Listed"), json!(7)], 2)], false, None).unwrap();
    assert_eq!((report.organizations, report.removed, report.made.len(), report.warnings.len()), (2, 0, 1, 1));
    assert_eq!(report.warnings[0], "list.json: item 3: it is nothing that is kept here");
    let names: Vec<_> = home.status().mirrored.iter().map(|known| known.name.clone().unwrap()).collect();
    assert_eq!(names, ["Newer", "Gone", "Fresh", "Listed"]);
    let error = take_in(&home, vec![listing(&[listed(1, "Older")], 2)], true, None).unwrap_err();
    assert_eq!(error.to_string(), "by their own count these files lack 1 organizations");
    // What was changed after an hour before the newest thing in the list may be missing by chance.
    let full = || vec![listing(&[listed(1, "Older"), listed(4, "Listed")], 2)];
    assert_eq!(take_in(&home, full(), true, None).unwrap().removed, 1);
    assert_eq!(home.link_of("gone"), None);
    assert_eq!(take_in(&home, full(), true, Some(now())).unwrap().removed, 1);
    assert_eq!((home.link_of("fresh"), home.link_of("acme").as_deref(), home.status().memberships), (None, Some("org_1"), 1));
    for (bytes, why) in
        [(&b"{"[..], "list.json: it is not JSON: line 1, column 1"), (b"[]", "there is nothing in these files that can be taken in")]
    {
        let file = ImportFile { name: "list.json".into(), bytes: bytes.to_vec() };
        assert_eq!(take_in(&home, vec![file], true, None).unwrap_err().to_string(), why);
    }
}

#[test]
fn a_bad_secret_or_key_is_refused_before_anything_starts_and_not_repeated() {
    let home = Home::new("");
    for (name, text) in [
        ("STATUARY_CLERK_WEBHOOK_SECRET", "whsec_Y2FuYXJ5"),
        ("CLERK_WEBHOOK_SIGNING_SECRET", "canary"),
        ("STATUARY_CLERK_WEBHOOK_SECRETS", " "),
        ("CLERK_JWT_KEY", "canary"),
    ] {
        let error = Clerk::load(&home.workspace, |asked| (asked == name).then(|| text.to_owned())).unwrap_err();
        assert_eq!(error.kind, Kind::BadInput, "{name}");
        assert!(!format!("{error:?}").contains("canary") && !format!("{error:?}").contains("Y2Fu"), "{error:?}");
    }
    assert!(home.clerk.takes_webhooks() && !home.clerk.takes_tokens());
    assert_eq!(home.clerk.session("eyJ.x.y", now()), Err(TokenRefusal::Signature));
}

#[test]
fn nothing_private_is_printed_for_programmers() {
    let mut home = Home::new("");
    let user = json!({"type": "user.created", "data": {
        "id": "user_ada", "updated_at": 1_795_160_000_000_i64, "primary_email_address_id": "idn_1", "first_name": "Ada",
        "email_addresses": [{"id": "idn_1", "email_address": "canary@mail.example"}],
    }});
    let receipts = [home.deliver(&user), home.deliver(&membership("created", "org:admin"))];
    let directory = Directory::open(&home.workspace.directory()).unwrap().unwrap();
    let members = directory.members(&id("org_1")).unwrap();
    assert_eq!(members[0].person.email.as_ref().unwrap().reveal(), "canary@mail.example");
    let printed = format!(
        "{receipts:?} {:?} {members:?} {:?} {:?} {:?}",
        home.clerk,
        member::list(&home.workspace, &home.org("acme")).unwrap(),
        home.status(),
        crate::clerk::read_event(user.to_string().as_bytes()),
    );
    for canary in ["canary", &STANDARD.encode(KEY)] {
        assert!(!printed.contains(canary), "{printed}");
    }
}
