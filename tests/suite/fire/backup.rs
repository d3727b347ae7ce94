//! Copies that are made while others write: each one whole, and of a state that was.

use std::process::{Command, Output};

use super::record::sound;
use super::strace::told;
use super::{command, count, crowded, marked, skip, tell};

/// Makes `backups` copies while `writers` processes write.
fn backups(writers: usize, backups: usize) {
    let org = crowded();
    if command(&org, "backup --help").output().unwrap().status.code() != Some(0) {
        return skip("copies made while others write", "there is no `statuary backup` yet");
    }
    let writes: Vec<Vec<Command>> = (0..writers)
        .map(|writer| {
            let words = "incident open 'Broken {mark}' --service api=major --message x";
            (0..backups).map(|number| command(&org, &marked(words, &format!("m{}", writer * backups + number)))).collect()
        })
        .collect();
    let copies: Vec<_> = (0..backups)
        .map(|number| (org.path(&format!("copy-{number}.db")), command(&org, &format!("backup ../copy-{number}.db"))))
        .collect();
    let database = org.path("acme/org.db");
    let incidents = || {
        let connection = rusqlite::Connection::open(&database).unwrap();
        connection.busy_timeout(std::time::Duration::from_secs(10)).unwrap();
        connection.query_row("SELECT count(*) FROM incidents", [], |row| row.get::<_, i64>(0)).unwrap()
    };
    let (writing, copying) = std::thread::scope(|scope| {
        let run = |commands: Vec<Command>| commands.into_iter().map(|mut command| command.output().unwrap()).collect::<Vec<Output>>();
        let writing: Vec<_> = writes.into_iter().map(|commands| scope.spawn(move || run(commands))).collect();
        let copying: Vec<_> = copies
            .into_iter()
            .map(|(path, mut command)| {
                let before = incidents();
                let output = command.output().unwrap();
                (path, output, before, incidents())
            })
            .collect();
        (writing.into_iter().flat_map(|thread| thread.join().unwrap()).collect::<Vec<_>>(), copying)
    });
    for output in &writing {
        assert!(output.status.success(), "a writer: {}", told(output));
    }
    for (path, output, before, after) in &copying {
        assert!(output.status.success(), "a backup: {}", told(output));
        let held = sound(path).ids.iter().filter(|(kind, ..)| kind == "incident").count();
        let held = i64::try_from(held).unwrap();
        assert!(*before <= held && held <= *after, "{held} incidents, between {before} and {after}");
    }
    tell(&format!("backups: {} whole copies during {} writes", copying.len(), writing.len()));
}

#[test]
fn a_copy_made_while_others_write_is_whole() {
    backups(2, 3);
}

#[test]
#[ignore = "a minute: tests/long runs it"]
fn long_copies_made_while_others_write_are_whole() {
    backups(count("STATUARY_LONG_WRITERS", 8), count("STATUARY_LONG_BACKUPS", 20));
}
