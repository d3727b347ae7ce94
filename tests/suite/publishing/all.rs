//! Every organization of a workspace in one command.

use std::fs;
use std::io::Write;
use std::process::{Child, Output, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use super::{NOW, copy, speak};
use crate::storage::TestStorage;
use crate::test_org::TestOrg;

#[test]
fn one_broken_organization_is_named_and_the_others_are_up() {
    many(12, 2);
}

#[test]
#[ignore = "the long form: a thousand organizations of fifty incidents"]
fn long_one_broken_organization_is_named_and_the_others_are_up() {
    many(1000, 50);
}

/// Publishes so many organizations, of which one cannot be built.
#[track_caller]
fn many(organizations: usize, incidents: usize) {
    let Some(storage) = TestStorage::new("many organizations") else { return };
    let org = TestOrg::empty();
    org.clock(NOW).run("init .").success();
    org.run("org create model --name Model").success();
    org.enter("model").run("service add api").success();
    for number in 0..incidents {
        org.run(&format!("incident open 'Incident {number}' --service api --at -{}h", number * 20 + 2)).success();
        org.run(&format!("incident resolve {} --at -{}h", number + 1, number * 20 + 1)).success();
    }
    for number in 1..organizations {
        copy(&org.path("model"), &org.path(&format!("org-{number:04}")));
    }
    org.enter("").write("org-0003/org.toml", "nome = 'x'\n");
    speak(&org, &storage, &storage.endpoint);
    let to = storage.address("all");
    let child = org.command(&["publish", &to, "--all"]).stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
    let (output, course) = followed(&org, child, organizations - 1);
    let words = String::from_utf8(output.stderr).unwrap();
    let mut lines = words.lines().rev();
    let (hint, error) = (lines.next().unwrap_or_default(), lines.next().unwrap_or_default());
    assert_eq!(output.status.code(), Some(1), "{words}");
    assert!(hint.starts_with("hint: ") && error.contains("unknown key `nome`"), "{words}");
    assert!(error.starts_with("error: cannot publish `org-0003`: "), "{words}");
    let up = storage.client("all").list("").unwrap();
    let homes = up.iter().filter(|one| one.name.ends_with("/index.html") && one.name.matches('/').count() == 1).count();
    assert_eq!(homes, organizations - 1);
    let told = format!("{organizations} organizations of {incidents} incidents, {} objects: {course:#?}", up.len());
    drop(writeln!(std::io::stderr(), "{told}"));
    // What is taken at the beginning is all that is ever taken, but for what is told of each at the end.
    if organizations > 100 {
        let [_, early, .., late] = course.as_slice() else { panic!("it was over before it was followed: {told}") };
        assert!(late.memory_kib < early.memory_kib * 3 / 2 + 16 * 1024, "{told}");
    }
}

/// How a publishing was at a tenth of its way.
#[derive(Debug)]
#[expect(dead_code, reason = "it is told with `Debug`")]
struct Tenth {
    published: usize,
    since_the_last_one: Duration,
    each: Duration,
    memory_kib: usize,
}

/// Follows a publishing to its end, by what it notes down of each organization.
#[track_caller]
fn followed(org: &TestOrg, child: Child, organizations: usize) -> (Output, Vec<Tenth>) {
    let status = format!("/proc/{}/status", child.id());
    let memory = || {
        let text = fs::read_to_string(&status).unwrap_or_default();
        let words = text.lines().find_map(|line| line.strip_prefix("VmRSS:")).map(str::to_owned);
        words.and_then(|words| words.split_whitespace().next()?.parse().ok())
    };
    let end = thread::spawn(move || child.wait_with_output().unwrap());
    let is_noted = |folder: &fs::DirEntry| {
        let notes = fs::read_dir(folder.path().join(".statuary")).into_iter().flatten().flatten();
        notes.map(|note| note.file_name().into_string().unwrap()).any(|name| name.starts_with("published-") && name.ends_with(".json"))
    };
    let step = organizations.div_ceil(10);
    let (mut course, mut last, mut known, mut next) = (Vec::new(), Instant::now(), 0, step);
    while !end.is_finished() {
        let published = fs::read_dir(org.path("")).unwrap().flatten().filter(is_noted).count();
        if published >= next.min(organizations)
            && published > known
            && let Some(memory_kib) = memory()
        {
            let since = last.elapsed();
            let each = since / u32::try_from(published - known).unwrap();
            course.push(Tenth { published, since_the_last_one: since, each, memory_kib });
            (last, known, next) = (Instant::now(), published, next + step);
        }
        thread::sleep(Duration::from_millis(200));
    }
    (end.join().unwrap(), course)
}
