//! No space, no permission, no more bytes per file: one clear line, exit code 1, nothing lost, and all is well again afterwards.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use super::record::autopsy;
use super::strace::told;
use super::{
    NOW, WRITES, command, copy_tree, count, crowded, fault_of_refusal, is_root, marked, names_below, program, remove_tree, skip, spread,
    tell, through,
};
use crate::built_site::BuiltSite;
use crate::test_org::TestOrg;

/// Commands that write something else than the record of `acme`; what they make is removed again after each.
const OTHERS: &[&str] = &[
    "build",
    "build --force",
    "build --out ../{mark}",
    "export --out ../{mark}.json",
    "--root .. org create {mark} --name More",
    "init ../{mark}",
    "--root .. --org empty import dump ../dump.json",
    "demo ../{mark} --no-serve",
];

/// A workspace with the organization of [`crowded`], its page built and then outdated, an empty organization, and a dump for that.
struct Scene {
    org: TestOrg,
    /// The workspace, where another file system may be mounted.
    root: PathBuf,
    /// What everything is restored from.
    kept: PathBuf,
    site: BuiltSite,
}

impl Scene {
    fn new() -> Self {
        let org = crowded();
        org.clock(super::BEFORE).run("build --quiet").success();
        org.clock(NOW).run("service edit web --name 'The web'").success();
        org.run("export --out ../dump.json").success();
        org.write("empty/org.toml", "name = 'Empty'\n");
        let root = org.path("w");
        for name in ["acme", "empty"] {
            copy_tree(&org.path(name), &root.join(name));
        }
        for name in ["statuary.toml", "dump.json"] {
            org.write(&format!("w/{name}"), fs::read(org.path(name)).unwrap());
        }
        let (kept, site) = (org.path("kept"), BuiltSite::read(&root.join("acme/public")));
        copy_tree(&root, &kept);
        org.enter("w/acme");
        Self { org, root, kept, site }
    }

    /// Everything as it was at first.
    fn restore(&self) {
        for entry in fs::read_dir(&self.root).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() { remove_tree(&path) } else { remove(&path) }
        }
        copy_tree(&self.kept, &self.root);
    }

    /// What must not change where a command fails: the record, the site, and which files there are.
    fn state(&self) -> (String, BuiltSite, Vec<String>) {
        // An org.db without a byte is none: it cannot be removed safely while others may be about to begin in it, and the next one does.
        let nothing = |name: &str| name.ends_with("org.db") && fs::metadata(self.root.join(name)).is_ok_and(|there| there.len() == 0);
        let strays = |name: &String| !name.contains(".statuary") && !name.contains("filler") && !nothing(name);
        let dump = self.org.run("export").text();
        let public = self.root.join("acme/public");
        (dump, BuiltSite::read(&public), names_below(&self.root).into_iter().filter(strays).collect())
    }

    /// Runs a command where it may lack something, judges it, gives back what it lacked, and sees that all is well; whether it failed.
    #[track_caller]
    fn trial(&self, words: &str, mark: &str, context: &str, run: impl FnOnce(Command) -> Output, relieve: impl FnOnce()) -> bool {
        let before = self.state();
        let output = run(command(&self.org, &marked(words, mark)));
        relieve();
        let context = format!("`{words}`, {context}");
        let failed = !output.status.success();
        if failed {
            if let Some(complaint) = fault_of_refusal(&output) {
                panic!("{context}: {complaint}");
            }
            let after = self.state();
            assert!(before.0 == after.0, "{context}: the record has changed");
            assert_eq!(before.1.differing(&after.1), Vec::<String>::new(), "{context}: the site has changed");
            assert_eq!(before.2, after.2, "{context}: left over\n{}", told(&output));
            let again = command(&self.org, &marked(words, mark)).output().unwrap();
            assert!(again.status.success(), "{context}, with what it lacked: {}", told(&again));
        }
        let record = autopsy(&self.root.join("acme"));
        if WRITES.contains(&words) {
            record.assert_holds(mark, None);
        }
        failed
    }

    /// All commands, each once per amount of what is scarce: how many failed.
    fn trials(&self, amounts: &[u64], run: impl Fn(Command, u64) -> Output, prepare: impl Fn(u64), relieve: impl Fn()) -> (usize, usize) {
        let (mut failed, mut runs) = (0, 0);
        for words in WRITES.iter().chain(OTHERS) {
            let mut last_failed = false;
            for amount in amounts {
                self.restore();
                if words.starts_with("build") {
                    assert!(self.site == BuiltSite::read(&self.root.join("acme/public")));
                }
                prepare(*amount);
                let mark = format!("m{runs}");
                last_failed = self.trial(words, &mark, &format!("{amount} bytes"), |command| run(command, *amount), &relieve);
                failed += usize::from(last_failed);
                runs += 1;
            }
            assert!(!last_failed, "`{words}` fails where there is plenty");
        }
        (failed, runs)
    }
}

#[expect(clippy::disallowed_methods, reason = "a test's own file")]
fn remove(path: &Path) {
    fs::remove_file(path).unwrap();
}

/// A file system in memory, unmounted when dropped.
struct Mount {
    place: PathBuf,
    umount: PathBuf,
    mount: PathBuf,
}

impl Mount {
    /// One of this many bytes; where that cannot be, says aloud that `what` is left out.
    fn memory(place: &Path, bytes: u64, what: &str) -> Option<Self> {
        let (Some(mount), Some(umount), true) = (program("mount"), program("umount"), is_root()) else {
            skip(what, "mounting takes root and the programs `mount` and `umount`");
            return None;
        };
        let options = format!("size={bytes},mode=700");
        let output = Command::new(&mount).args(["-t", "tmpfs", "-o", &options, "tmpfs"]).arg(place).output().unwrap();
        if !output.status.success() {
            skip(what, &format!("nothing can be mounted here: {}", String::from_utf8_lossy(&output.stderr).trim()));
            return None;
        }
        Some(Self { place: place.to_owned(), umount, mount })
    }

    #[track_caller]
    fn remount(&self, how: &str) {
        let output = Command::new(&self.mount).args(["-o", &format!("remount,{how}")]).arg(&self.place).output().unwrap();
        assert!(output.status.success(), "{}", told(&output));
    }

    fn filler(&self) -> PathBuf {
        self.place.join("filler")
    }

    /// Takes all the space but this much.
    #[expect(clippy::disallowed_methods, reason = "a test's own file")]
    fn fill(&self, but: u64) {
        let mut file = fs::File::create(self.filler()).unwrap();
        let page = [0_u8; 4096];
        let mut taken = 0;
        while let Ok(written) = file.write(&page) {
            taken += written as u64;
        }
        file.set_len(taken.saturating_sub(but)).unwrap();
    }

    fn relieve(&self) {
        if self.filler().exists() {
            remove(&self.filler());
        }
    }
}

impl Drop for Mount {
    fn drop(&mut self) {
        // Lazily, so that it goes away in any case.
        drop(Command::new(&self.umount).arg("-l").arg(&self.place).output());
    }
}

/// Runs all commands on a disk with from 0 to 256 KiB left, in so many steps, and then plenty.
fn full_disk(steps: usize) {
    let scene = Scene::new();
    let Some(mount) = Mount::memory(&scene.root, 8 << 20, "a full disk") else { return };
    let every: Vec<u64> = (0..=64).map(|pages| pages * 4096).collect();
    let mut amounts = spread(&every, steps);
    amounts.push(6 << 20);
    let (failed, runs) =
        scene.trials(&amounts, |mut command, _| command.output().unwrap(), |amount| mount.fill(amount), || mount.relieve());
    assert!(failed > 0 && failed < runs, "{failed} of {runs}");
    tell(&format!("full disk: {failed} of {runs} commands failed, each with one clear line, and succeeded with space"));
}

#[test]
fn a_full_disk_is_told_in_one_line_and_nothing_is_lost() {
    full_disk(1);
}

#[test]
#[ignore = "minutes: tests/long runs it"]
fn long_a_full_disk_is_told_in_one_line_and_nothing_is_lost() {
    full_disk(count("STATUARY_LONG_DISK_STEPS", 65));
}

/// Works on a disk of this size until it is full, and goes on when it is emptied.
#[test]
fn a_small_disk_fills_up_and_what_was_acknowledged_stays() {
    let scene = Scene::new();
    let Some(_mount) = Mount::memory(&scene.root, 2 << 20, "a disk that fills up") else { return };
    scene.restore();
    let message = "x".repeat(60_000);
    let mut acknowledged = Vec::new();
    let failed = loop {
        assert!(acknowledged.len() < 100, "the disk never fills up");
        let mark = format!("m{}", acknowledged.len());
        let words = format!("--as {mark} incident open 'Big {mark}' --service api=major --message {message}");
        let output = command(&scene.org, &words).output().unwrap();
        if !output.status.success() {
            break output;
        }
        acknowledged.push((mark, String::from_utf8_lossy(&output.stdout).trim_end().to_owned()));
    };
    assert_eq!(fault_of_refusal(&failed), None);
    let words = String::from_utf8_lossy(&failed.stderr).into_owned();
    assert!(words.ends_with("org.db`: no space left\n"), "{words}");
    assert!(acknowledged.len() > 5);
    let record = autopsy(&scene.root.join("acme"));
    for (mark, printed) in &acknowledged {
        record.assert_holds(mark, Some(printed));
    }
    // Nothing fits, but everything can be read.
    for words in ["status", "incident list --all", "log", "export"] {
        scene.org.run(words).success();
    }
    remove_tree(&scene.root.join("acme/public"));
    scene.org.run("incident open 'There is space'").success();
}

#[test]
fn a_disk_that_may_only_be_read_is_told_in_one_line_and_can_be_read() {
    let scene = Scene::new();
    let Some(mount) = Mount::memory(&scene.root, 8 << 20, "a disk that may only be read") else { return };
    scene.restore();
    for (number, words) in WRITES.iter().chain(OTHERS).enumerate() {
        let run = |mut command: Command| {
            mount.remount("ro");
            command.output().unwrap()
        };
        let failed = scene.trial(words, &format!("m{number}"), "read-only", run, || mount.remount("rw"));
        assert!(failed, "`{words}` wrote to a disk that may only be read");
        if words.contains("import dump") {
            scene.restore();
        }
    }
    mount.remount("ro");
    for words in ["status", "incident list --all", "maintenance list", "service list", "group list", "log", "uptime", "next", "export"] {
        scene.org.run(words).success();
    }
    scene.org.run("build --dry-run").success();
}

/// Runs all commands with at most from 0 to 128 KiB per file, and then without a limit.
fn file_size_limit(steps: usize) {
    let Some(prlimit) = program("prlimit") else {
        return skip("a limit on the size of files", "there is no `prlimit`");
    };
    let scene = Scene::new();
    let every: Vec<u64> = (0..=128).map(|step| step * 1024).collect();
    let mut amounts = if steps == 1 { vec![20_000] } else { spread(&every, steps) };
    if steps >= every.len() {
        amounts.extend([1, 511, 513, 4095, 4097]);
    }
    amounts.push(64 << 20);
    let run =
        |command: Command, amount: u64| through(&prlimit, &[format!("--fsize={amount}:{amount}"), "--".into()], &command).output().unwrap();
    let (failed, runs) = scene.trials(&amounts, run, |_| (), || ());
    assert!(failed > 0 && failed < runs, "{failed} of {runs}");
    tell(&format!("file-size limit: {failed} of {runs} commands failed, each with one clear line, and succeeded without the limit"));
}

#[test]
fn a_limit_on_the_size_of_files_is_told_in_one_line_and_nothing_is_lost() {
    file_size_limit(1);
}

#[test]
#[ignore = "minutes: tests/long runs it"]
fn long_a_limit_on_the_size_of_files_is_told_in_one_line_and_nothing_is_lost() {
    file_size_limit(count("STATUARY_LONG_LIMIT_STEPS", 129));
}
