//! `dir:PATH`: whole releases, one of them current.

use std::fs;
use std::io::Write;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::Value;
use statuary::site::Generation;

use super::reader::missing_in;
use super::{busy_org, has, public};
use crate::built_site::BuiltSite;
use crate::fire::Strace;
use crate::test_org::TestOrg;

/// What the link leads to.
#[track_caller]
fn current(folder: &Path) -> PathBuf {
    folder.join(fs::read_link(folder.join("current")).unwrap())
}

/// Names in a folder.
#[track_caller]
fn names(folder: &Path) -> Vec<String> {
    let mut names: Vec<String> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

#[test]
fn releases_are_whole_and_share_what_has_not_changed() {
    let org = busy_org(3);
    let folder = org.path("releases");
    let told = org.run("publish dir:../releases --json").json();
    assert_eq!((&told["targets"][0]["outcome"], &told["satisfied"]), (&"published".into(), &true.into()));
    let first = current(&folder);
    assert_eq!(told["generation"], first.file_name().unwrap().to_str().unwrap());
    assert!(BuiltSite::read(&first) == public(&org));
    let inode = |path: &Path| fs::metadata(path).unwrap().ino();
    assert_ne!(inode(&first.join("404.html")), inode(&org.path("acme/public/404.html")), "a build must never reach into a release");

    let told = org.clock("2026-11-22T12:30:00Z").run("publish dir:../releases --json").json();
    assert_eq!((&told["targets"][0]["written"], &told["build"]["written"]), (&0.into(), &0.into()), "nothing has changed but the time");
    assert_eq!(current(&folder), first);

    org.run("incident open Again --service web").success();
    let told = org.run("publish dir:../releases --json").json();
    let second = current(&folder);
    assert_ne!(first, second);
    assert_eq!(told["targets"][0]["previous"], first.file_name().unwrap().to_str().unwrap());
    assert!(BuiltSite::read(&second) == public(&org));
    assert_eq!(inode(&first.join("404.html")), inode(&second.join("404.html")));
    let files = public(&org).files;
    let shared = files.keys().filter(|path| first.join(path).exists() && inode(&first.join(path)) == inode(&second.join(path))).count();
    assert_eq!((&told["targets"][0]["kept"], &told["targets"][0]["written"]), (&shared.into(), &(files.len() - shared).into()));

    for number in 0..4 {
        org.run(&format!("incident update 4 --message 'Still {number}'")).success();
        org.run("publish dir:../releases").success();
    }
    assert_eq!(names(&folder), [".statuary-releases", "current", "releases"]);
    assert_eq!(names(&folder.join("releases")).len(), 3);
    assert!(!first.exists() && BuiltSite::read(&current(&folder)) == public(&org));

    // What somebody does to a release is not taken over, nor are releases of the same name that somebody has made.
    let generation = current(&folder).file_name().unwrap().to_str().unwrap().to_owned();
    org.write(&format!("releases/releases/{generation}-2/index.html"), "made by hand");
    let broken = current(&folder).join("404.html");
    org.write(broken.strip_prefix(org.path("")).unwrap().to_str().unwrap(), "mine");
    org.run("publish dir:../releases").success();
    assert!(BuiltSite::read(&current(&folder)) == public(&org));
}

#[test]
fn an_old_release_that_cannot_be_removed_harms_no_new_one() {
    let Some(strace) = Strace::find("an old release that cannot be removed") else { return };
    let org = busy_org(1);
    for number in 0..3 {
        org.run(&format!("incident update 1 --message 'Still {number}'")).success();
        org.run("publish dir:../releases").success();
    }
    let folder = org.path("releases");
    let publish = |number| {
        org.run(&format!("incident update 1 --message 'Again {number}'")).success();
        org.run("build --quiet").success();
        let output = strace.refuse(&org.command(&["publish", "--no-build", "dir:../releases", "--json"]), "unlinkat", "EACCES");
        let words = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(0), "{words}");
        let report: Value = serde_json::from_slice(&output.stdout).unwrap();
        let target = &report["targets"][0];
        assert_eq!((&target["outcome"], &target["error"], &report["satisfied"]), (&"published".into(), &Value::Null, &true.into()));
        let warning = target["warning"].as_str().unwrap().to_owned();
        let place = warning.strip_suffix("`: permission denied").unwrap_or_else(|| panic!("{warning}"));
        assert!(place.contains("/releases/releases/.retired-"), "{warning}");
        assert!(words.contains(&format!("`: {warning}\n")), "{words}");
        assert!(BuiltSite::read(&current(&folder)) == public(&org));
    };
    (0..2).for_each(publish);
    assert_eq!(names(&folder.join("releases")).iter().filter(|name| name.starts_with(".retired-")).count(), 2);
    org.run("publish dir:../releases").success();
    assert_eq!(names(&folder.join("releases")).len(), 3);
}

#[test]
fn what_happens_is_said_beforehand_and_changes_nothing() {
    let org = busy_org(1);
    org.run("publish dir:../releases --dry-run --no-build").stderr_starts("error: `[ROOT]/acme/public` holds no built site\n").code(3);
    org.run("build --quiet").success();
    let count = public(&org).files.len();
    org.run("publish dir:../releases --dry-run --no-build")
        .stderr(&format!("`dir:[ROOT]/acme/../releases`: would write {count} files, keep 0, remove 0 files\n"))
        .success();
    org.run("incident open 'Since the last build' --service web").success();
    org.run("publish dir:../releases --dry-run")
        .stderr_matches(|words| words.contains("would write") && words.contains("\nwhat follows is of the site as it was built last\n"))
        .success();
    assert!(!org.path("releases").exists());
}

#[test]
fn somebody_elses_folder_is_refused() {
    let org = busy_org(0);
    org.write("taken/notes.txt", "mine");
    org.run("publish dir:../taken")
        .stdout_starts("dir:[ROOT]/acme/../taken\tfailed\t")
        .stderr_matches(|words| words.contains("error: cannot publish `acme` to `dir:[ROOT]/acme/../taken`: `[ROOT]/acme/../taken` is not empty and holds no releases of statuary\n"))
        .code(4);
    for own in ["public", "public/deeper", ".statuary/x", "overrides"] {
        org.run(&format!("publish dir:{own}")).stderr_matches(|words| words.contains("a folder of the organization's own")).code(4);
    }
    org.run("publish dir:../releases").success();
    org.enter("").run("org create other --name Other").success();
    org.enter("other").run("service add api").success();
    org.run("publish dir:../releases").stderr_matches(|words| words.contains("holds the releases of another page")).code(4);
    org.run("publish nowhere").stderr_matches(|words| words.starts_with("error: no target `nowhere` in org.toml\n")).code(3);
    org.run("publish ftp://x/y").stderr_matches(|words| words.starts_with("error: `ftp://x/y` is no place to publish to\n")).code(2);
    org.run("publish").stderr_matches(|words| words.starts_with("error: no target to publish `other` to\n")).code(2);
    assert_eq!(names(&org.path("taken")), ["notes.txt"]);
}

#[test]
fn readers_see_whole_releases_while_publishers_are_killed() {
    kill_publishers(8, false);
}

#[test]
#[ignore = "the long form: 60 kills with nginx serving"]
fn long_readers_see_whole_releases_while_publishers_are_killed() {
    kill_publishers(60, true);
}

/// Kills so many publishers while readers look, and lets the next one complete each.
#[track_caller]
fn kill_publishers(kills: usize, with_nginx: bool) {
    let org = busy_org(12);
    org.run("publish dir:../releases").success();
    let folder = org.path("releases");
    let (stop, reads) = (AtomicBool::new(false), AtomicUsize::new(0));
    let nginx = with_nginx.then(|| Nginx::before(&org, &folder)).flatten();
    thread::scope(|scope| {
        let reader = || {
            while !stop.load(Ordering::Relaxed) {
                let root = current(&folder);
                let site = BuiltSite::read(&root);
                let generation = Generation::of_page(site.bytes("index.html")).unwrap();
                assert_eq!(root.file_name().unwrap().to_str().unwrap(), generation.as_str());
                assert_eq!(missing_in(&site.files), Vec::<String>::new());
                reads.fetch_add(1, Ordering::Relaxed);
            }
        };
        let readers = [scope.spawn(reader), scope.spawn(reader)];
        let visitor = nginx.as_ref().map(|nginx| scope.spawn(|| nginx.visit(&stop)));
        for kill in 0..kills {
            org.run(&format!("incident update 1 --message 'Change {kill}'")).success();
            org.run("build --quiet").success();
            let mut child =
                org.command(&["publish", "dir:../releases", "--no-build"]).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
            let until = Instant::now() + Duration::from_micros(2000 + (kill as u64 * 7919) % 60_000);
            while Instant::now() < until && child.try_wait().unwrap().is_none() {
                thread::sleep(Duration::from_micros(200));
            }
            child.kill().unwrap();
            child.wait().unwrap();
            if kill % 3 == 2 {
                org.run("publish dir:../releases --no-build").success();
                assert!(BuiltSite::read(&current(&folder)) == public(&org));
                assert_eq!(names(&folder), [".statuary-releases", "current", "releases"]);
                let releases = names(&folder.join("releases"));
                assert!(releases.len() <= 3 && releases.iter().all(|name| name.parse::<Generation>().is_ok()), "{releases:?}");
                // A reader needs time to read what it has resolved before three others come.
                let before = reads.load(Ordering::Relaxed);
                while reads.load(Ordering::Relaxed) < before + 2 && readers.iter().all(|reader| !reader.is_finished()) {
                    thread::sleep(Duration::from_millis(5));
                }
            }
        }
        stop.store(true, Ordering::Relaxed);
        readers.into_iter().for_each(|reader| reader.join().unwrap());
        if let Some(visits) = visitor.map(|visitor| visitor.join().unwrap()) {
            drop(writeln!(std::io::stderr(), "nginx answered {visits} times, every time whole"));
        }
    });
    drop(writeln!(std::io::stderr(), "{kills} kills, {} whole reads", reads.into_inner()));
}

/// nginx as README.md sets it up, serving the current release.
struct Nginx {
    child: Child,
    address: String,
}

impl Nginx {
    fn before(org: &TestOrg, folder: &Path) -> Option<Self> {
        if !has("nginx") {
            drop(writeln!(std::io::stderr(), "SKIPPED: nginx serves the releases: nginx is not installed"));
            return None;
        }
        let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let place = org.path("nginx");
        let (place, root) = (place.display(), folder.join("current"));
        org.write("nginx/keep", "").write(
            "nginx/nginx.conf",
            format!(
                "daemon off; master_process off; pid {place}/pid; error_log {place}/error.log;\nevents {{}}\nhttp {{ access_log off; \
                 client_body_temp_path {place}/b; proxy_temp_path {place}/p; fastcgi_temp_path {place}/f; uwsgi_temp_path {place}/u; \
                 scgi_temp_path {place}/s;\nserver {{ listen 127.0.0.1:{port}; root {}; index index.html; }} }}\n",
                root.display()
            ),
        );
        let child = Command::new("nginx").arg("-c").arg(org.path("nginx/nginx.conf")).stderr(Stdio::null()).spawn().unwrap();
        let address = format!("http://127.0.0.1:{port}/");
        let until = Instant::now() + Duration::from_secs(20);
        while ureq::get(&address).call().is_err() {
            assert!(Instant::now() < until, "nginx does not answer");
            thread::sleep(Duration::from_millis(20));
        }
        Some(Self { child, address })
    }

    /// Asks for the home page again and again; how often it was there with its generation.
    fn visit(&self, stop: &AtomicBool) -> usize {
        let mut visits = 0;
        while !stop.load(Ordering::Relaxed) {
            let page = ureq::get(&self.address).call().unwrap().body_mut().read_to_vec().unwrap();
            assert!(Generation::of_page(&page).is_some() && page.ends_with(b"</html>\n"));
            visits += 1;
        }
        visits
    }
}

impl Drop for Nginx {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}
