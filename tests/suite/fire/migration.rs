//! A file of an older schema: backed up and brought up to date in one step, however often that is cut short; a newer one is left alone.

use std::fs;
use std::os::unix::process::ExitStatusExt;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::{Duration, Instant};

use rusqlite::Connection;

use super::record::{Record, autopsy, rows, sound};
use super::strace::{DATA, Fault, Strace, told};
use super::{NOW, Random, WRITES, command, copy_tree, count, crowded, names_below, remove_tree, skip, spread, tell};
use crate::test_org::TestOrg;

/// The first schema, as every file of that time has it.
const FIRST_SCHEMA: &str = include_str!("../../../src/store/migrations/0001_initial.sql");

/// What makes a SQLite file an organization's ("Stat").
const APPLICATION_ID: i32 = 0x5374_6174;

/// A record of the first schema: two services, a group, and 300 incidents of two updates each, every tenth of them open.
const ROWS: &str = "
INSERT INTO page VALUES (1, 'pageofbefore', 1700000000000);
INSERT INTO groups VALUES (1, 'groupofbefor', 'tools', 'Tools', NULL, 1, NULL, 1700000000000, 1700000000000);
INSERT INTO services VALUES (1, 'serviceapi00', 'api', 'API', 'What machines ask.', NULL, 'groupofbefor', 1, NULL, 0, 1, 0, 'listed', NULL, 1700000000000, 1700000000000);
INSERT INTO services VALUES (2, 'serviceweb00', 'web', 'Web', NULL, NULL, NULL, 2, NULL, 0, 1, 0, 'listed', NULL, 1700000000000, 1700000000000);
INSERT INTO events VALUES (1, 1700000000000, 1700000000000, 'ann', 'organization.created', 'organization', NULL, NULL, 'created the organization');
INSERT INTO events VALUES (2, 1700000000000, 1700000000000, 'ann', 'group.added', 'group', 'groupofbefor', NULL, 'added group `tools`');
INSERT INTO events VALUES (3, 1700000000000, 1700000000000, 'ann', 'service.added', 'service', 'serviceapi00', NULL, 'added service `api`');
INSERT INTO events VALUES (4, 1700000000000, 1700000000000, 'ann', 'service.added', 'service', 'serviceweb00', NULL, 'added service `web`');
CREATE TEMP TABLE told AS
    WITH RECURSIVE counted (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM counted WHERE n < 300)
    SELECT n, format('incident%04d', n) AS id, 1700000000000 + n * 3600000 AS at, n % 10 = 0 AS open FROM counted;
INSERT INTO incidents SELECT n, id, format('Fault %d of the old days', n), 'minor', 0, at, at + 60000, at, NULL, NULL, NULL, NULL, 2 * n + 4, open,
    at + 60000, iif(open, NULL, at + 60000) FROM told;
INSERT INTO incident_services SELECT n, 'serviceapi00', iif(open, NULL, at + 60000), at + 60000 FROM told;
INSERT INTO updates SELECT 2 * n - 1, n, NULL, format('update%05da', n), 'investigating', 'We look into it.', at, at, at, 1, 1, 'person' FROM told;
INSERT INTO updates SELECT 2 * n, n, NULL, format('update%05db', n), iif(open, 'monitoring', 'resolved'), 'It is over.', at + 60000, at + 60000,
    at + 60000, 0, 1, 'person' FROM told;
INSERT INTO affected SELECT 2 * n - 1, 0, 'serviceapi00', 'API', 'operational', 'degraded_performance' FROM told;
INSERT INTO events SELECT 2 * n + 3, at, at, 'ann', 'incident.opened', 'incident', id, 'investigating', 'opened it' FROM told;
INSERT INTO events SELECT 2 * n + 4, at + 60000, at + 60000, 'ann', iif(open, 'incident.updated', 'incident.resolved'), 'incident', id,
    iif(open, 'monitoring', 'resolved'), 'told of it' FROM told;
DROP TABLE told;
";

/// How many schemas this program knows.
fn schemas() -> i64 {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/store/migrations");
    i64::try_from(fs::read_dir(folder).unwrap().count()).unwrap()
}

/// An organization whose file is of the first schema, kept aside so that it can be had again.
struct OldOrg {
    org: TestOrg,
    /// What it holds, and what it says once it is up to date.
    before: Record,
    dump: String,
    /// The statements that make the old and the new schema.
    shapes: [Vec<String>; 2],
}

impl OldOrg {
    fn new() -> Self {
        let org = TestOrg::in_memory();
        org.clock(NOW).write("kept/org.toml", "name = 'Acme'\n");
        let connection = Connection::open(org.path("kept/org.db")).unwrap();
        connection.execute_batch(FIRST_SCHEMA).unwrap();
        connection.execute_batch(ROWS).unwrap();
        connection.pragma_update(None, "application_id", APPLICATION_ID).unwrap();
        connection.pragma_update(None, "user_version", 1).unwrap();
        let old_shape = shape(&connection);
        drop(connection);
        let before = sound(&org.path("kept/org.db"));
        let mut old = Self { org, before, dump: String::new(), shapes: [old_shape, Vec::new()] };
        old.restore();
        old.dump = old.org.run("export").text();
        old.shapes[1] = shape(&Connection::open(old.database()).unwrap());
        old
    }

    fn database(&self) -> PathBuf {
        self.org.path("acme/org.db")
    }

    fn restore(&self) {
        remove_tree(&self.org.path("acme"));
        copy_tree(&self.org.path("kept"), &self.org.path("acme"));
        self.org.enter("acme");
    }

    /// What a migration left that was cut short is the old file or the new one, and the next command completes it; whether it was new.
    #[track_caller]
    fn judge(&self, context: &str) -> bool {
        let found = autopsy(&self.org.path("acme"));
        assert!(found.schema == 1 || found.schema == schemas(), "{context}: schema {}", found.schema);
        assert!(found.ids == self.before.ids && found.deeds == self.before.deeds && found.marks == self.before.marks, "{context}");
        let copy = crate::fresh_org::memory_folder();
        copy_tree(&self.org.path("acme"), copy.path());
        let shape = shape(&Connection::open(copy.path().join("org.db")).unwrap());
        assert!(shape == self.shapes[usize::from(found.schema != 1)], "{context}: a schema between the old and the new one");
        assert!(self.org.run("export").text() == self.dump, "{context}: the data have changed");
        self.assert_up_to_date(context);
        found.schema != 1
    }

    /// The file is of the newest schema, the backup of the old one is beside it, and nothing else is.
    #[track_caller]
    fn assert_up_to_date(&self, context: &str) {
        assert_eq!(sound(&self.database()).schema, schemas(), "{context}");
        let backup = sound(&self.org.path("acme/org.db.schema-1.backup"));
        assert!(backup == self.before, "{context}: the backup is not what was there");
        let names = names_below(&self.org.path("acme"));
        assert_eq!(names, ["org.db", "org.db.schema-1.backup", "org.toml"], "{context}");
    }
}

/// What makes a schema.
fn shape(connection: &Connection) -> Vec<String> {
    rows(connection, "SELECT sql FROM sqlite_master WHERE sql IS NOT NULL ORDER BY name", |row| row.get(0))
}

/// An old organization, where there is something to migrate to.
fn old_org(what: &str) -> Option<OldOrg> {
    if schemas() == 1 {
        skip(what, "there is one schema only");
        return None;
    }
    Some(OldOrg::new())
}

#[test]
fn a_file_of_the_first_schema_is_backed_up_and_migrated() {
    let Some(old) = old_org("an older schema") else { return };
    for words in ["status", "incident list", "log", "incident update 300 --message x", "build"] {
        old.restore();
        old.org.run(words).success();
        let backup = sound(&old.org.path("acme/org.db.schema-1.backup"));
        assert!(backup == old.before, "{words}");
    }
    old.restore();
    assert!(old.org.run("export").text() == old.dump);
    old.assert_up_to_date("undisturbed");
    assert!(old.dump.contains("Fault 300 of the old days"));
}

/// Kills a migration `kills` times at any moment, and at up to `positions` of its calls.
fn cut_short(kills: usize, positions: usize) {
    let Some(old) = old_org("a migration that is killed") else { return };
    let (mut random, mut killed, mut attempts, mut new) = (Random(5), 0, 0, 0);
    let lasts = || {
        old.restore();
        let started = Instant::now();
        old.org.run("export").success();
        u64::try_from(started.elapsed().as_micros()).unwrap()
    };
    let mut life = 0;
    while killed < kills {
        // A machine is not as quick at one time as at another.
        if attempts % 10 == 0 {
            life = lasts();
        }
        attempts += 1;
        assert!(attempts < 20 * kills, "only {killed} of {attempts} were killed in time");
        old.restore();
        let mut child = command(&old.org, "export").stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        std::thread::sleep(Duration::from_micros(random.below(life)));
        drop(child.kill());
        killed += usize::from(child.wait().unwrap().signal() == Some(9));
        new += usize::from(old.judge("killed at some moment"));
    }
    let Some(strace) = Strace::find("a migration killed at each of its calls") else { return };
    old.restore();
    let (output, calls) = strace.watch(&command(&old.org, "export --out ../dump.json"), DATA);
    assert!(output.status.success(), "{}", told(&output));
    let folder = old.org.path("acme").display().to_string();
    let ours: Vec<_> = calls.into_iter().filter(|call| call.path.starts_with(&folder)).collect();
    let chosen = spread(&ours, positions);
    for call in &chosen {
        old.restore();
        strace.disturb(&command(&old.org, "export --out ../dump.json"), call, Fault::Kill);
        new += usize::from(old.judge(&format!("killed at `{}`", call.line)));
    }
    tell(&format!(
        "migration: {killed} kills at any moment of {attempts}, {} at one of {} calls; {new} left the new schema, the others the old one",
        chosen.len(),
        ours.len()
    ));
}

#[test]
fn a_migration_that_is_killed_leaves_the_old_schema_or_the_new_one() {
    cut_short(3, 8);
}

#[test]
#[ignore = "minutes: tests/long runs it"]
fn long_a_migration_that_is_killed_leaves_the_old_schema_or_the_new_one() {
    cut_short(count("STATUARY_LONG_MIGRATION_KILLS", 50), count("STATUARY_LONG_MIGRATION_POSITIONS", 1000));
}

#[test]
fn several_that_meet_an_old_file_at_once_all_succeed() {
    let Some(old) = old_org("several that migrate at once") else { return };
    for _ in 0..4 {
        old.restore();
        let mut commands: Vec<_> = (0..6).map(|_| command(&old.org, "export")).collect();
        let running: Vec<_> =
            commands.iter_mut().map(|command| command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()).collect();
        for child in running {
            let output = child.wait_with_output().unwrap();
            assert!(output.status.success(), "{}", told(&output));
            assert!(String::from_utf8_lossy(&output.stdout) == old.dump);
        }
        old.assert_up_to_date("several at once");
    }
}

#[test]
fn a_file_of_a_newer_schema_is_refused_by_every_command_and_left_alone() {
    let org = crowded();
    let path = org.path("acme/org.db");
    let newer = schemas() + 1;
    Connection::open(&path).unwrap().pragma_update(None, "user_version", newer).unwrap();
    let (bytes, names) = (fs::read(&path).unwrap(), names_below(&org.path("acme")));
    let reading = ["status", "incident list", "log", "uptime", "next", "export"];
    for words in WRITES.iter().chain(&["build"]).chain(&reading) {
        org.run(&super::marked(words, "m1"))
            .stdout("")
            .stderr(&format!("error: `[ROOT]/acme/org.db` has schema {newer}, this statuary knows {}\nhint: upgrade statuary\n", schemas()))
            .code(4);
        assert!(fs::read(&path).unwrap() == bytes, "{words}");
        let strays: Vec<_> = names_below(&org.path("acme")).into_iter().filter(|name| !names.contains(name)).collect();
        assert!(strays.iter().all(|name| name.starts_with(".statuary")), "{words}: {strays:?}");
    }
}
