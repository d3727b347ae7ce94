//! The merge: every scenario of the contract in any order, a model that knows no order at all, and a file that is treated as it must be.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;

use serde_json::{Value, json};

use super::*;
use crate::clerk::{Reading, read_event};
use crate::domain::{
    ClerkId, ClerkOrganization, ClerkRole, ClerkUser, DirectoryChange, Email, Invitation, InvitationStatus, Membership, MessageOutcome,
    Person, Version,
};
use chrono::{DateTime, Utc};

/// A directory in memory: what is about rows is not about disks.
fn in_memory() -> Directory {
    let connection = Connection::open_in_memory().unwrap();
    connection.set_prepared_statement_cache_capacity(128);
    apply_as(APPLICATION_ID, &connection, 0, MIGRATIONS).unwrap();
    let reader = DirectoryReader { connection, path: "directory.db".into(), identity: None, checked: Cell::new(true) };
    Directory { reader }
}

fn empty(directory: &Directory) {
    let tables = ["organizations", "users", "memberships", "invitations", "roles", "tombstones", "messages"];
    let sql: String = tables.iter().map(|table| format!("DELETE FROM {table};")).collect();
    directory.connection.execute_batch(&sql).unwrap();
}

fn id(text: &str) -> ClerkId {
    text.parse().unwrap()
}

fn at(milliseconds: i64) -> DateTime<Utc> {
    DateTime::from_timestamp_millis(milliseconds).unwrap()
}

/// One delivery: message and effects in one transaction.
fn deliver(directory: &mut Directory, message: &str, changes: &[DirectoryChange]) -> bool {
    directory
        .write(|write| {
            if !write.note_message(&id(message), Some("x"), at(0), MessageOutcome::Applied, None)? {
                return Ok(false);
            }
            changes.iter().try_for_each(|change| write.merge(change))?;
            Ok::<_, UserError>(true)
        })
        .unwrap()
}

/// The rows in the form of the contract.
fn rows_of(directory: &Directory) -> Value {
    let all = |sql: &str, names: &[&str]| -> Vec<Value> {
        let mut statement = directory.connection.prepare(sql).unwrap();
        let rows = statement.query_map([], |row| {
            let fields = names.iter().enumerate().map(|(at, name)| Ok((*name, row.get::<_, Option<String>>(at)?)));
            Ok(json!(fields.collect::<rusqlite::Result<BTreeMap<_, _>>>()?))
        });
        rows.unwrap().collect::<rusqlite::Result<_>>().unwrap()
    };
    json!({
        "orgs": all("SELECT id, name, slug FROM organizations ORDER BY id", &["id", "name", "slug"]),
        "users": all("SELECT id, email, first_name, last_name FROM people ORDER BY id", &["id", "email", "first_name", "last_name"]),
        "memberships": all("SELECT id, organization, user, role FROM memberships ORDER BY id", &["id", "org_id", "user_id", "role"]),
        "invitations": all("SELECT id, organization, email, role, status FROM invitations ORDER BY id",
            &["id", "org_id", "email", "role", "status"]),
    })
}

struct Scenario {
    name: String,
    every_order: bool,
    deliveries: Vec<(String, Vec<DirectoryChange>)>,
    last: Value,
}

fn scenarios() -> Vec<Scenario> {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/contracts/clerk/scenarios");
    let mut paths: Vec<PathBuf> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    let read = |path: &PathBuf| {
        let document: Value = serde_json::from_slice(&fs::read(path).unwrap()).unwrap();
        let delivery = |delivery: &Value| {
            assert_eq!(delivery["expect"], "2xx");
            let changes = match read_event(delivery["event"].to_string().as_bytes()).reading {
                Reading::Understood(changes) => changes,
                Reading::PassedOver => Vec::new(),
                Reading::Malformed(why) => panic!("{why}"),
            };
            (delivery["svix_id"].as_str().unwrap().to_owned(), changes)
        };
        Scenario {
            name: document["name"].as_str().unwrap().to_owned(),
            every_order: document["all_permutations"].as_bool().unwrap_or(false),
            deliveries: document["deliveries"].as_array().unwrap().iter().map(delivery).collect(),
            last: document["final"].clone(),
        }
    };
    paths.iter().map(read).collect()
}

/// The rows after these deliveries, given by number.
fn after(directory: &mut Directory, scenario: &Scenario, order: impl IntoIterator<Item = usize>) -> Value {
    empty(directory);
    for number in order {
        let (message, changes) = &scenario.deliveries[number];
        deliver(directory, message, changes);
    }
    rows_of(directory)
}

/// Every order of `items` (Heap's algorithm).
fn permutations(items: &mut Vec<usize>, size: usize, visit: &mut impl FnMut(&[usize])) {
    if size <= 1 {
        return visit(items);
    }
    for place in 0..size {
        permutations(items, size - 1, visit);
        items.swap(if size.is_multiple_of(2) { place } else { 0 }, size - 1);
    }
}

#[test]
fn every_scenario_ends_in_its_rows_in_whatever_order() {
    let mut directory = in_memory();
    let scenarios = scenarios();
    assert_eq!(scenarios.len(), 9);
    for scenario in scenarios {
        let count = scenario.deliveries.len();
        let mut orders: Vec<Vec<usize>> = vec![(0..count).collect(), (0..count).rev().collect()];
        orders.push((0..count).flat_map(|number| [number, number]).collect());
        orders.push((0..count).chain(0..count).collect());
        orders.push((0..count).rev().flat_map(|number| [number, number]).collect());
        // Those of five messages are cheap enough to try every order, flagged or not.
        if scenario.every_order || count <= 5 {
            permutations(&mut (0..count).collect(), count, &mut |order| orders.push(order.to_vec()));
        }
        for order in orders {
            assert_eq!(after(&mut directory, &scenario, order.iter().copied()), scenario.last, "{}: {order:?}", scenario.name);
        }
    }
}

/// Numbers that look random and are the same in every run.
struct Dice(u64);

impl Dice {
    fn below(&mut self, end: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap() % end
    }

    fn shuffle<T>(&mut self, items: &mut [T]) {
        for place in (1..items.len()).rev() {
            items.swap(place, self.below(place + 1));
        }
    }

    fn version(&mut self) -> Version {
        Version { updated_at: at(self.below(4) as i64), told_at: at(self.below(3) as i64) }
    }

    fn person(&mut self) -> Person {
        let name = |number: usize| (number > 0).then(|| format!("n{number}"));
        Person {
            first_name: name(self.below(3)),
            last_name: name(self.below(3)),
            email: Email::of(&format!("m{}@x.example", self.below(3))),
        }
    }

    /// Any news of a small world, as a message brings it.
    fn news(&mut self) -> Vec<DirectoryChange> {
        let (organization, user) = (self.below(3), self.below(3));
        // A membership is always of the same user in the same organization.
        let (number, again) = (organization * 3 + user, self.below(2));
        let membership = id(&format!("orgmem_{number}_{again}"));
        let (organization, user) = (id(&format!("org_{organization}")), id(&format!("user_{user}")));
        let told = |dice: &mut Self, version| ClerkOrganization {
            version,
            id: organization.clone(),
            name: format!("o{}", dice.below(3)),
            slug: (dice.below(2) > 0).then(|| format!("s{}", dice.below(2))),
        };
        match self.below(16) {
            0..=2 => {
                let version = self.version();
                vec![DirectoryChange::Organization(told(self, version))]
            }
            3 => vec![DirectoryChange::OrganizationGone(organization)],
            4..=6 => vec![DirectoryChange::User(ClerkUser { version: self.version(), id: user, person: self.person() })],
            7 => vec![DirectoryChange::UserGone(user)],
            8..=11 => {
                let copy = Version { updated_at: at(self.below(4) as i64), told_at: DateTime::UNIX_EPOCH };
                let copy = told(self, copy);
                let membership = Membership {
                    version: self.version(),
                    id: membership,
                    organization,
                    user,
                    role: format!("org:r{}", self.below(2)),
                    created_at: at(again as i64),
                    person: self.person(),
                };
                vec![DirectoryChange::Organization(copy), DirectoryChange::Membership(membership)]
            }
            12 => vec![DirectoryChange::MembershipGone(membership)],
            13 => vec![DirectoryChange::Invitation(Invitation {
                version: self.version(),
                id: id(&format!("orginv_{organization}")),
                organization,
                email: Email::of("i@x.example").unwrap(),
                role: "org:member".into(),
                status: InvitationStatus::ALL[self.below(3)],
                expires_at: None,
            })],
            14 => vec![DirectoryChange::Role(ClerkRole {
                version: self.version(),
                id: id("role_1"),
                key: format!("org:k{}", self.below(2)),
                name: "R".into(),
            })],
            _ => vec![DirectoryChange::RoleGone(id("role_1"))],
        }
    }
}

/// What must be there by the set of all news alone: the greatest telling of each thing that was never deleted.
#[derive(Default)]
struct Model {
    organizations: BTreeMap<ClerkId, ClerkOrganization>,
    users: BTreeMap<ClerkId, ClerkUser>,
    memberships: BTreeMap<ClerkId, Membership>,
    invitations: BTreeMap<ClerkId, Invitation>,
    gone: BTreeSet<ClerkId>,
}

impl Model {
    fn of<'a>(news: impl IntoIterator<Item = &'a DirectoryChange>) -> Self {
        fn keep<T: Clone + Ord>(map: &mut BTreeMap<ClerkId, T>, id: &ClerkId, new: &T) {
            let kept = map.entry(id.clone()).or_insert_with(|| new.clone());
            *kept = kept.clone().max(new.clone());
        }
        let mut model = Self::default();
        for change in news {
            match change {
                DirectoryChange::Organization(it) => keep(&mut model.organizations, &it.id, it),
                DirectoryChange::User(it) => keep(&mut model.users, &it.id, it),
                DirectoryChange::Membership(it) => keep(&mut model.memberships, &it.id, it),
                DirectoryChange::Invitation(it) => keep(&mut model.invitations, &it.id, it),
                DirectoryChange::OrganizationGone(id) | DirectoryChange::UserGone(id) | DirectoryChange::MembershipGone(id) => {
                    model.gone.insert(id.clone());
                }
                DirectoryChange::Role(_) | DirectoryChange::RoleGone(_) => {}
            }
        }
        let gone = model.gone.clone();
        model.organizations.retain(|id, _| !gone.contains(id));
        model.users.retain(|id, _| !gone.contains(id));
        model.memberships.retain(|id, it| !gone.contains(id) && !gone.contains(&it.organization) && !gone.contains(&it.user));
        model.invitations.retain(|_, it| !gone.contains(&it.organization));
        model
    }

    fn rows(&self) -> Value {
        let row = |id: &ClerkId, person: &Person| {
            let email = person.email.as_ref().map(Email::reveal);
            json!({"id": id, "email": email, "first_name": person.first_name, "last_name": person.last_name})
        };
        let mut users: BTreeMap<&ClerkId, Value> = self.users.values().map(|user| (&user.id, row(&user.id, &user.person))).collect();
        let mut newest: Vec<&Membership> = self.memberships.values().collect();
        newest.sort_by(|left, right| (right.version, &right.id).cmp(&(left.version, &left.id)));
        for membership in newest {
            users.entry(&membership.user).or_insert_with(|| row(&membership.user, &membership.person));
        }
        let organizations = self.organizations.values().map(|it| json!({"id": it.id, "name": it.name, "slug": it.slug}));
        let memberships =
            self.memberships.values().map(|it| json!({"id": it.id, "org_id": it.organization, "user_id": it.user, "role": it.role}));
        let invitations = self
            .invitations
            .values()
            .map(|it| json!({"id": it.id, "org_id": it.organization, "email": it.email.reveal(), "role": it.role, "status": it.status}));
        json!({
            "orgs": organizations.collect::<Vec<_>>(), "users": users.into_values().collect::<Vec<_>>(),
            "memberships": memberships.collect::<Vec<_>>(), "invitations": invitations.collect::<Vec<_>>(),
        })
    }
}

#[test]
fn ten_thousand_shuffles_agree_with_a_model_that_knows_no_order() {
    let mut directory = in_memory();
    let mut dice = Dice(2026);
    for _ in 0..2000 {
        let mut messages: Vec<(String, Vec<DirectoryChange>)> =
            (0..3 + dice.below(10)).map(|number| (format!("msg_{number}"), dice.news())).collect();
        let expected = Model::of(messages.iter().flat_map(|(_, changes)| changes)).rows();
        // Some come twice.
        messages.push(messages[0].clone());
        for _ in 0..5 {
            dice.shuffle(&mut messages);
            empty(&directory);
            directory.connection.execute_batch("SAVEPOINT run").unwrap();
            for (message, changes) in &messages {
                let write = DirectoryWrite { reader: &directory.reader };
                if write.note_message(&id(message), None, at(0), MessageOutcome::Applied, None).unwrap() {
                    changes.iter().for_each(|change| write.merge(change).unwrap());
                }
            }
            directory.connection.execute_batch("RELEASE run").unwrap();
            assert_eq!(rows_of(&directory), expected, "{messages:#?}");
        }
    }
    assert!(deliver(&mut directory, "msg_new", &[]) && !deliver(&mut directory, "msg_new", &[]));
}

fn membership(number: &str, created_at: i64, role: &str) -> DirectoryChange {
    DirectoryChange::Membership(Membership {
        version: Version { updated_at: at(created_at), told_at: at(created_at) },
        id: id(number),
        organization: id("org_1"),
        user: id("user_1"),
        role: role.into(),
        created_at: at(created_at),
        person: Person { first_name: Some("Ada".into()), last_name: None, email: Email::of("ada@x.example") },
    })
}

#[test]
fn of_two_memberships_of_one_user_the_newest_counts() {
    let mut directory = in_memory();
    deliver(&mut directory, "m1", &[membership("orgmem_new", 20, "org:member")]);
    deliver(&mut directory, "m2", &[membership("orgmem_old", 10, "org:admin")]);
    let member = directory.member(&id("org_1"), &id("user_1")).unwrap().unwrap();
    assert_eq!((member.membership.as_str(), member.role.as_str(), member.since), ("orgmem_new", "org:member", at(20)));
    assert_eq!(directory.members(&id("org_1")).unwrap(), [member]);
    deliver(&mut directory, "m3", &[DirectoryChange::MembershipGone(id("orgmem_new"))]);
    assert_eq!(directory.member(&id("org_1"), &id("user_1")).unwrap().unwrap().role, "org:admin");
    deliver(&mut directory, "m4", &[DirectoryChange::MembershipGone(id("orgmem_old"))]);
    assert_eq!(directory.member(&id("org_1"), &id("user_1")).unwrap(), None);
    assert_eq!(directory.person(&id("user_1")).unwrap(), None, "nothing is kept of somebody who belongs nowhere");
}

#[test]
fn an_effect_that_fails_leaves_no_message() {
    let folder = tempfile::tempdir().unwrap();
    let mut directory = Directory::open_or_create(&folder.path().join("directory.db")).unwrap();
    let failed = directory.write(|write| {
        assert!(write.note_message(&id("msg_1"), None, at(5), MessageOutcome::Applied, None)?);
        write.merge(&membership("orgmem_1", 1, "org:admin"))?;
        Err::<(), _>(UserError::failed("no space left"))
    });
    assert_eq!(failed.unwrap_err().message, "no space left");
    assert_eq!(directory.messages(None, 9).unwrap(), []);
    assert_eq!(directory.mirrored(at(0)).unwrap(), Mirrored::default());
    assert!(deliver(&mut directory, "msg_1", &[membership("orgmem_1", 1, "org:admin")]));
    let again = directory.write(|write| write.forget_message(&id("msg_1"))).unwrap();
    assert!(again && deliver(&mut directory, "msg_1", &[]));
    assert!(!directory.write(|write| write.forget_message(&id("msg_2"))).unwrap());
}

#[test]
fn messages_are_forgotten_when_nobody_sends_them_again() {
    let mut directory = in_memory();
    let day = 86_400_000;
    for (message, received_at) in [("msg_old", 0), ("msg_young", 5 * day), ("msg_new", 91 * day)] {
        let noted = directory.write(|write| write.note_message(&id(message), None, at(received_at), MessageOutcome::Applied, None));
        assert!(noted.unwrap());
    }
    let left: Vec<String> = directory.messages(None, 9).unwrap().into_iter().map(|message| message.id.into()).collect();
    assert_eq!(left, ["msg_new", "msg_young"]);
}

#[test]
fn the_file_is_private_is_made_once_and_is_nobody_elses() {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("directory.db");
    assert!(Directory::open(&path).unwrap().is_none() && !path.exists());
    let mut directory = Directory::open_or_create(&path).unwrap();
    assert!(deliver(&mut directory, "msg_1", &[]));
    assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    let pragma = |name| directory.connection.pragma_query_value(None, name, |row| row.get::<_, i64>(0)).unwrap();
    let settings = ["synchronous", "foreign_keys", "trusted_schema", "busy_timeout", "user_version", "application_id"].map(pragma);
    assert_eq!(settings, [3, 1, 0, 10_000, 1, i64::from(APPLICATION_ID)]);
    drop(directory);
    assert_eq!(Directory::open_or_create(&path).unwrap().messages(None, 9).unwrap().len(), 1);
    let error = crate::store::OrgStore::open(&path).unwrap_err();
    assert!(error.message.ends_with("is not an organization's data"), "{error}");
}

#[test]
#[expect(clippy::disallowed_methods, reason = "tests damage files")]
fn what_is_no_directory_is_refused_and_stays_as_it_is() {
    let folder = tempfile::tempdir().unwrap();
    let org = folder.path().join("org.db");
    drop(crate::store::OrgStore::create(&org, &crate::domain::PublicId::parse("page1").unwrap(), at(0)).unwrap());
    let text = folder.path().join("text.db");
    fs::write(&text, "x".repeat(9000)).unwrap();
    let other = folder.path().join("other.db");
    Connection::open(&other).unwrap().execute_batch("CREATE TABLE mine (x)").unwrap();
    for path in [&org, &text, &other] {
        let before = fs::read(path).unwrap();
        for error in [Directory::open(path).unwrap_err(), Directory::open_or_create(path).unwrap_err()] {
            assert_eq!(error.message, format!("`{}` is not a directory of Clerk's organizations", path.display()));
        }
        assert!(fs::read(path).unwrap() == before);
    }
    assert_eq!(Directory::open(folder.path()).unwrap_err().kind, Kind::BadInput);
    let empty = folder.path().join("empty.db");
    fs::write(&empty, "").unwrap();
    assert!(Directory::open(&empty).unwrap().is_none());
    drop(Directory::open_or_create(&empty).unwrap());
    assert!(Directory::open(&empty).unwrap().is_some());
}

#[test]
#[expect(clippy::disallowed_methods, reason = "tests damage files")]
fn newer_files_are_refused_and_damage_is_told_before_anything_is_written() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("directory.db");
    let directory = Directory::open_or_create(&path).unwrap();
    directory.connection.pragma_update(None, "user_version", 7).unwrap();
    drop(directory);
    let error = Directory::open(&path).unwrap_err();
    assert_eq!((error.kind, error.hint.as_deref()), (Kind::Conflict, Some("upgrade statuary")));
    Connection::open(&path).unwrap().pragma_update(None, "user_version", 1).unwrap();
    let mut directory = Directory::open(&path).unwrap().unwrap();
    for number in 0..40 {
        deliver(&mut directory, &format!("msg_{number}"), &[membership(&format!("orgmem_{number}"), number, "org:admin")]);
    }
    drop(directory);
    let mut bytes = fs::read(&path).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle..middle + 3000].fill(0x5a);
    fs::write(&path, &bytes).unwrap();
    let error = match Directory::open(&path) {
        Ok(directory) => directory.unwrap().write(|write| write.forget_message(&id("msg_1"))).unwrap_err(),
        Err(error) => error,
    };
    assert!(error.kind == Kind::BadInput && error.message.contains("is damaged"), "{error}");
    assert!(fs::read(&path).unwrap() == bytes);
}

#[test]
fn an_older_file_is_backed_up_and_migrated() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("directory.db");
    let directory = Directory::open_or_create(&path).unwrap();
    let next = [MIGRATIONS, &["CREATE TABLE more (x TEXT) STRICT"]].concat();
    migrate_as(APPLICATION_ID, &directory.connection, &path, &next).unwrap();
    assert_eq!(schema_of(&directory.connection).unwrap(), 2);
    let kept: i32 = directory.connection.pragma_query_value(None, "application_id", |row| row.get(0)).unwrap();
    assert_eq!(kept, APPLICATION_ID);
    assert!(Directory::open(&folder.path().join("directory.db.schema-1.backup")).unwrap().is_some());
}

#[test]
#[expect(clippy::disallowed_methods, reason = "tests move files")]
fn whoever_waits_too_long_is_told_and_can_try_again() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("directory.db");
    let mut one = Directory::open_or_create(&path).unwrap();
    let mut two = Directory::open_or_create(&path).unwrap();
    two.connection.busy_timeout(std::time::Duration::ZERO).unwrap();
    one.write(|_| {
        let refused = two.write(|write| write.forget_message(&id("msg_1"))).unwrap_err();
        assert_eq!(refused.kind, Kind::Busy);
        Ok::<_, UserError>(())
    })
    .unwrap();
    assert!(deliver(&mut two, "msg_1", &[]));
    fs::rename(&path, folder.path().join("elsewhere.db")).unwrap();
    assert_eq!(two.write(|write| write.forget_message(&id("msg_1"))).unwrap_err().kind, Kind::NotFound);
}
