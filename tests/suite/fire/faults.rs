//! A build that fails, or dies, at each of its calls to the system, while a reader follows every link of the site.

use std::collections::BTreeSet;
use std::os::unix::process::ExitStatusExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::reader::Versions;
use super::strace::{Call, FAULTS, Fault, Strace, WRITING, of_class, told};
use super::{command, copy_tree, count, crowded, fault_of_refusal, names_below, remove_tree, spread, tell};
use crate::built_site::BuiltSite;
use crate::test_org::TestOrg;

/// The calls of each class that are disturbed: the first ones, as the promise says.
const FIRST: usize = 80;

/// An organization whose page is to change, kept aside, and what its page is before and after.
struct Scene {
    org: TestOrg,
    old: BuiltSite,
    new: BuiltSite,
    versions: Versions,
    what: &'static str,
}

/// What changes: an incident more, one resolved, a service gone, a service with another name; so files come, change and go.
const CHANGES: &[&str] = &[
    "incident open 'Third fault' --service web=partial --message x",
    "incident resolve 1 --message 'Over.'",
    "service remove api",
    "service edit web --name 'The web'",
];

impl Scene {
    /// A page that is built anew; with `everywhere` in every file, and so that files are many enough for one barrier for all of them.
    fn changed(everywhere: bool) -> Self {
        let org = crowded();
        if everywhere {
            for number in 0..14 {
                org.run(&format!("service add s{number} --name 'Service {number}'")).success();
                org.run(&format!("incident open 'Fault {number}' --service s{number}=degraded --message x")).success();
            }
        }
        org.clock(super::BEFORE).run("build --quiet").success();
        org.clock(super::NOW);
        for words in CHANGES {
            org.run(words).success();
        }
        if everywhere {
            org.write("acme/org.toml", "name = 'Acme of tomorrow'\n");
        }
        Self::new(org, if everywhere { "a build that changes every file" } else { "a build of a few files" })
    }

    /// The first build of a page.
    fn first() -> Self {
        Self::new(crowded(), "a first build")
    }

    fn new(org: TestOrg, what: &'static str) -> Self {
        let public = org.path("acme/public");
        let old = if public.exists() { BuiltSite::read(&public) } else { BuiltSite { files: std::collections::BTreeMap::new() } };
        // The new page as a folder gets it that has nothing to do with this one.
        copy_tree(&org.path("acme"), &org.path("other/acme"));
        remove_tree(&org.path("other/acme/public"));
        remove_tree(&org.path("other/acme/.statuary"));
        org.enter("other/acme").run("build --quiet").success();
        let new = BuiltSite::read(&org.path("other/acme/public"));
        org.enter("acme");
        copy_tree(&org.path("acme"), &org.path("kept"));
        let versions = Versions::of(&[&old, &new]);
        let scene = Self { org, old, new, versions, what };
        scene.assert_meaningful();
        scene
    }

    /// Files come, change and go.
    fn assert_meaningful(&self) {
        let (old, new): (BTreeSet<_>, BTreeSet<_>) = (self.old.files.keys().collect(), self.new.files.keys().collect());
        assert!(new.difference(&old).next().is_some(), "no file comes");
        if !old.is_empty() {
            assert!(old.difference(&new).next().is_some(), "no file goes");
            assert!(old.intersection(&new).any(|path| self.old.files[*path] != self.new.files[*path]), "no file changes");
        }
    }

    /// The organization as it was before the build.
    fn restore(&self) {
        remove_tree(&self.org.path("acme"));
        copy_tree(&self.org.path("kept"), &self.org.path("acme"));
    }

    /// One thread renders, so that staged files have the same numbers in every run.
    fn build(&self) -> Command {
        let mut command = command(&self.org, "build");
        command.env("RAYON_NUM_THREADS", "1");
        command
    }

    fn public(&self) -> PathBuf {
        self.org.path("acme/public")
    }

    fn site(&self) -> BuiltSite {
        if self.public().exists() { BuiltSite::read(&self.public()) } else { BuiltSite { files: std::collections::BTreeMap::new() } }
    }

    /// The calls of a build that nobody disturbs, class by class, and those among all of them before which the site is as it was.
    fn calls(&self, strace: &Strace) -> Vec<(Call, bool)> {
        self.restore();
        let names: Vec<&str> = WRITING.iter().map(|(_, names)| *names).collect();
        let (output, calls) = strace.watch(&self.build(), &names.join(","));
        assert!(output.status.success(), "{}", told(&output));
        let public = format!("{}\"", self.public().display());
        let inside = format!("{}/", self.public().display());
        // The first rename into the site, or of the site, is the switch.
        let is_switch = |call: &Call| call.name.starts_with("rename") && (call.line.contains(&inside) || call.line.contains(&public));
        let switch = calls.iter().position(is_switch).expect("a build that switches");
        let mut found = Vec::new();
        for (_, names) in WRITING {
            let ours = of_class(&calls, names, &self.org.path("acme"));
            for call in ours.into_iter().filter(|call| !call.prints()).take(FIRST) {
                let before = calls.iter().position(|other| *other == call).is_some_and(|place| place <= switch);
                found.push((call, before));
            }
        }
        found
    }

    /// Builds with this fault, and judges what is left; then builds again. How many files a reader read meanwhile.
    fn disturbed(&self, strace: &Strace, call: &Call, before_the_switch: bool, fault: Fault) -> usize {
        self.restore();
        let context = format!("{}, {fault:?} at `{}`", self.what, call.line);
        let (output, reads) = self.versions.reading(&self.public(), || strace.disturb(&self.build(), call, fault));
        let site = self.site();
        let whole = self.versions.assert_whole(&site).and_then(|()| self.versions.follow(&self.public()));
        if let Err(complaint) = whole {
            panic!("{context}: {complaint}");
        }
        match fault {
            Fault::Kill => assert_eq!(output.status.signal(), Some(9), "{context}: {}", told(&output)),
            // What there is another way for is no failure.
            Fault::Error(_) if output.status.success() => assert_eq!(site.differing(&self.new), Vec::<String>::new(), "{context}"),
            Fault::Error(_) => {
                if let Some(complaint) = fault_of_refusal(&output) {
                    panic!("{context}: {complaint}");
                }
            }
        }
        if before_the_switch && !output.status.success() {
            assert_eq!(site.differing(&self.old), Vec::<String>::new(), "{context}");
        }
        self.assert_completed(&context);
        reads
    }

    /// The next build makes the site what a fresh one would be, and leaves nothing else.
    fn assert_completed(&self, context: &str) {
        let again = self.build().output().unwrap();
        assert!(again.status.success(), "{context}; and then {}", told(&again));
        assert_eq!(self.site().differing(&self.new), Vec::<String>::new(), "{context}, after the next build");
        let kept = kinds_beside_the_site(&self.org.path("acme"));
        assert_eq!(kept, kinds_beside_the_site(&self.org.path("other/acme")), "{context}: other files than after a first build");
        let empty: Vec<String> = names_below(&self.public())
            .into_iter()
            .filter(|name| self.public().join(name).is_dir() && !self.new.files.keys().any(|path| path.starts_with(&format!("{name}/"))))
            .collect();
        assert_eq!(empty, Vec::<String>::new(), "{context}: empty folders");
    }
}

/// What lies in an organization's folder beside its site, records of builds by their kind, of which the name is the first word.
fn kinds_beside_the_site(folder: &Path) -> Vec<String> {
    let names = names_below(folder).into_iter().filter(|name| !name.starts_with("public") && name != "overrides");
    names.map(|name| if name.starts_with(".statuary/") { name.split('-').next().unwrap_or_default().to_owned() } else { name }).collect()
}

/// Disturbs a build at up to `positions` calls of each class with each of these faults.
fn sweep(scene: &Scene, positions: usize, faults: &[Fault]) {
    let Some(strace) = Strace::find("a build that fails at each of its calls") else { return };
    let calls = scene.calls(&strace);
    let (mut runs, mut reads, mut before) = (0, 0, 0);
    for (_, names) in WRITING {
        let of_class: Vec<_> = calls.iter().filter(|(call, _)| names.split(',').any(|name| name == call.name)).cloned().collect();
        for (call, before_the_switch) in spread(&of_class, positions) {
            for fault in faults {
                reads += scene.disturbed(&strace, &call, before_the_switch, *fault);
                before += usize::from(before_the_switch);
                runs += 1;
            }
        }
    }
    assert!(before > 0 && before < runs, "{before} of {runs} faults before the switch");
    tell(&format!("{}: {runs} faults at {} calls, {before} of them before the switch, {reads} files read", scene.what, calls.len()));
}

#[test]
fn a_build_that_fails_at_one_of_its_calls_leaves_a_whole_site() {
    let scene = Scene::changed(false);
    sweep(&scene, 2, &FAULTS[1..]);
}

#[test]
fn a_first_build_that_is_killed_leaves_no_site_or_a_whole_one() {
    sweep(&Scene::first(), 2, &[Fault::Kill]);
}

#[test]
#[ignore = "many minutes: tests/long runs it"]
fn long_a_build_that_fails_at_each_of_its_calls_leaves_a_whole_site() {
    let positions = count("STATUARY_LONG_BUILD_POSITIONS", FIRST);
    for scene in [Scene::changed(true), Scene::changed(false), Scene::first()] {
        sweep(&scene, positions, FAULTS);
    }
}

/// Goes from one state of a page to the next, again and again, while a reader follows every link: so many builds and reads at least, none
/// of them broken.
fn read_while_building(at_least: usize, enough: usize) {
    let scene = Scene::changed(true);
    let (mut reads, mut builds) = (0, 0);
    while reads < enough || builds < at_least {
        scene.restore();
        let (output, read) = scene.versions.reading(&scene.public(), || command(&scene.org, "build").output().unwrap());
        assert!(output.status.success(), "{}", told(&output));
        assert_eq!(scene.site().differing(&scene.new), Vec::<String>::new());
        reads += read;
        builds += 1;
    }
    tell(&format!("readers: {reads} files read during {builds} builds, every one whole, every link whole"));
}

#[test]
fn whoever_reads_during_a_build_meets_whole_files_and_links() {
    read_while_building(2, 300);
}

#[test]
#[ignore = "a minute: tests/long runs it"]
fn long_whoever_reads_during_a_build_meets_whole_files_and_links() {
    read_while_building(10, count("STATUARY_LONG_READS", 30_000));
}

#[test]
fn a_template_that_is_broken_leaves_the_old_site_whichever_it_is() {
    let scene = Scene::changed(false);
    scene.restore();
    for template in ["404", "history", "incident", "index", "maintenance", "month", "service"] {
        let path = format!("acme/overrides/templates/{template}.html");
        // It reads well, and fails when a page is made with it.
        scene.org.write(&path, "{{ nobody.knows.this }}");
        let ran = scene.org.run("build");
        let clear = |words: &str| {
            let lines: Vec<&str> = words.lines().collect();
            words.starts_with("error: ")
                && words.contains(template)
                && (lines.len() == 1 || lines.len() == 2 && lines[1].starts_with("hint: "))
        };
        ran.stdout("").stderr_matches(clear).code(5);
        assert_eq!(scene.site().differing(&scene.old), Vec::<String>::new(), "{template}");
        let mut kept = kinds_beside_the_site(&scene.org.path("acme"));
        kept.retain(|name| !name.starts_with("overrides"));
        assert_eq!(kept, kinds_beside_the_site(&scene.org.path("other/acme")), "{template}: something is left over");
        remove_tree(&scene.org.path("acme/overrides"));
    }
    scene.assert_completed("after broken templates");
}
