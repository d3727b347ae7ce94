//! Folders and files to import that are traps: links, pipes, devices, floods, bombs. Nothing outside is read, and memory stays small.

#![expect(clippy::disallowed_methods, reason = "tests arrange files")]

use std::fs::{self, File};
use std::os::unix::fs::symlink;
use std::path::Path;

use serde_json::json;

use super::{everything_in, outcome};
use crate::fresh_org::write;
use crate::test_org::TestOrg;

/// The most memory an import may have, in KiB.
const MOST_KIB: u64 = 128 * 1024;

/// A payload that can be imported.
fn good() -> String {
    let at = "2026-11-20T10:00:00.000Z";
    json!({"components": [{"id": "goodservice1", "name": "Good", "status": "operational", "created_at": at, "updated_at": at}]}).to_string()
}

/// A payload that tells what it must not: something beyond the folder was read.
fn secret() -> String {
    good().replace("Good", "SLIPMARK").replace("goodservice1", "slipservice1")
}

/// A workspace with another organization's dump and a secret file beside the folder `acme/in` that is to be imported.
fn trapped() -> TestOrg {
    let org = TestOrg::new();
    org.write("secret.json", secret()).write("other/in/secret.json", secret()).write("acme/in/good.json", good());
    org
}

/// A file of `bytes` that takes no space.
fn sparse(path: &Path, bytes: u64) {
    write(path, "");
    #[expect(clippy::disallowed_methods, reason = "a test's own file need not be durable")]
    File::options().write(true).open(path).unwrap().set_len(bytes).unwrap();
}

/// Makes special files with a program of the system's.
fn make(program: &str, arguments: &[&str]) -> bool {
    std::process::Command::new(program).args(arguments).status().is_ok_and(|status| status.success())
}

#[test]
fn nothing_beyond_the_folder_is_read() {
    let org = trapped();
    let folder = org.path("acme/in");
    for (link, target) in [
        ("passwd.json", "/etc/passwd"),
        ("etc", "/etc"),
        ("secret.json", "../../secret.json"),
        ("other", "../../other/in"),
        ("loop", "."),
        ("up", ".."),
        ("self.json", "self.json"),
        ("nowhere.json", "/nowhere/at/all.json"),
        ("proc.json", "/proc/self/environ"),
        ("zero.json", "/dev/zero"),
        ("stdin.json", "/dev/stdin"),
    ] {
        symlink(target, folder.join(link)).unwrap();
    }
    fs::hard_link(org.path("acme/in/good.json"), org.path("acme/in/again.json")).unwrap();
    assert!(make("mkfifo", &[folder.join("pipe.json").to_str().unwrap()]));
    // Only root can make a device; without one the rest holds all the same.
    make("mknod", &[folder.join("device.json").to_str().unwrap(), "c", "1", "5"]);
    write(&folder.join("folder.json/good.json"), good());
    write(&folder.join(".hidden.json"), "{}");
    let before = everything_in(&org.path("other"));
    let found = outcome(&org, &["import", "statuspage", "in"]);
    assert_eq!(found.code, Some(0), "{}", found.stderr);
    found.can_be_shown();
    assert!(found.peak_kib < MOST_KIB, "{} KiB", found.peak_kib);
    let listed = org.run("service list").text();
    assert!(listed.contains("Good") && !listed.contains("SLIPMARK"), "{listed}");
    assert!(!org.run("export").text().contains("SLIPMARK"));
    assert!(everything_in(&org.path("other")) == before);
}

#[test]
fn names_and_depths_of_any_kind_do_no_harm() {
    use std::os::unix::ffi::OsStringExt;
    let org = trapped();
    let folder = org.path("acme/in");
    for name in
        [&b"\xff\xfe.json"[..], b"\x1b[2J\x1b]0;x\x07.json", b"a\nb.json", b" .json", b"'\"`$(x).json", b"-.json", b"--dry-run.json"]
    {
        write(&folder.join(std::ffi::OsString::from_vec(name.to_vec())), "{ broken \u{1b}[2J");
    }
    write(&folder.join(format!("{}/good.json", "d/".repeat(200))), good());
    let found = outcome(&org, &["import", "statuspage", "in"]);
    assert_eq!(found.code, Some(0), "{}", found.stderr);
    found.can_be_shown();
    let found = outcome(&org, &["import", "statuspage", "--json", "in"]);
    let report: serde_json::Value = serde_json::from_str(&found.stdout).unwrap();
    let warnings = report["warnings"].as_array().unwrap();
    assert_eq!(warnings.len(), 8, "seven broken files and a folder that is too deep: {warnings:?}");
}

#[test]
fn one_file_that_is_too_large_is_left_out_by_name() {
    let org = trapped();
    sparse(&org.path("acme/in/large.json"), (16 << 20) + 1);
    sparse(&org.path("acme/in/giant.json"), 1 << 40);
    let found = outcome(&org, &["import", "statuspage", "in"]);
    assert_eq!(found.code, Some(0), "{}", found.stderr);
    for name in ["large.json", "giant.json"] {
        assert!(found.stderr.contains(&format!("in/{name}: is larger than 16 MiB")), "{}", found.stderr);
    }
    assert!(found.peak_kib < MOST_KIB, "{} KiB", found.peak_kib);
    outcome(&org, &["import", "statuspage", "in/giant.json"]).refused(&[5], "in/giant.json: is larger than 16 MiB");
    outcome(&org, &["import", "dump", "in/giant.json"]).refused(&[5], "in/giant.json");
}

#[test]
fn more_files_than_anybody_has_are_refused() {
    let org = trapped();
    let folder = org.path("acme/in/many");
    write(&folder.join("0.json"), "{}");
    for number in 1..=10_001 {
        fs::hard_link(folder.join("0.json"), folder.join(format!("{number}.json"))).unwrap();
    }
    let before = fs::read(org.path("acme/org.db")).unwrap();
    let found = outcome(&org, &["import", "statuspage", "in"]);
    found.refused(&[5], "too much to import at once: more than 10000 files or 256 MiB");
    assert!(fs::read(org.path("acme/org.db")).unwrap() == before);
    // Files that cannot be used count too, and so does what is no JSON at all.
    write(&folder.join("0.txt"), "x");
    for number in 1..=10_001 {
        fs::rename(folder.join(format!("{number}.json")), folder.join(format!("{number}.txt"))).unwrap();
    }
    let found = outcome(&org, &["import", "statuspage", "in"]);
    found.refused(&[5], "too much to import at once: more than 10000 files or 256 MiB");
    assert!(found.peak_kib < MOST_KIB, "{} KiB", found.peak_kib);
}

#[test]
fn more_bytes_than_anybody_has_are_refused() {
    let org = trapped();
    for (content, extension) in [(&b"\xff"[..], "no text"), (b" ", "blanks")] {
        let folder = org.path(&format!("acme/in/{extension}"));
        let bytes = content.repeat((16 << 20) - 1);
        write(&folder.join("0.json"), bytes);
        for number in 1..40 {
            fs::hard_link(folder.join("0.json"), folder.join(format!("{number}.json"))).unwrap();
        }
        let found = outcome(&org, &["import", "statuspage", folder.to_str().unwrap()]);
        found.refused(&[5], "too much to import at once: more than 10000 files or 256 MiB");
        assert!(found.peak_kib < MOST_KIB, "{} KiB", found.peak_kib);
        fs::remove_dir_all(folder).unwrap();
    }
}

/// Few bytes of JSON can ask for much memory.
#[test]
fn files_that_swell_are_left_out_by_name() {
    let org = trapped();
    let at = "2026-11-20T10:00:00.000Z";
    let filled = |start: &str, repeated: &str, end: &str| {
        let times = ((16 << 20) - 100 - start.len() - end.len()) / repeated.len();
        format!("{start}{}{end}", repeated.repeat(times))
    };
    for (name, text) in [
        ("numbers", filled("[", "0,", "0]")),
        ("objects", filled("[", "{\"a\":0},", "{}]")),
        ("empty objects", filled("[", "{},", "{}]")),
        ("lists", filled("[", "[],", "[]]")),
        ("texts", filled("[", "\"\",", "\"\"]")),
        ("keys", format!("{{{}\"z\":0}}", (0..1_500_000).map(|number| format!("\"{number:x}\":0,")).collect::<String>())),
        ("nested", filled("[", &format!("{}{},", "[".repeat(100), "]".repeat(100)), "0]")),
        (
            "components",
            filled(
                "{\"components\":[",
                &format!("{{\"id\":\"a\",\"name\":\"A\",\"status\":\"operational\",\"created_at\":\"{at}\"}},"),
                "0]}",
            ),
        ),
        ("incidents", filled("{\"incidents\":[", "{\"id\":\"a\"},", "0]}")),
        ("one text", filled("{\"incidents\":[{\"id\":\"", "x", "\"}]}")),
        ("escapes", filled("{\"incidents\":[{\"id\":\"", "\\u0041", "\"}]}")),
    ] {
        assert!(text.len() <= 16 << 20, "{name}");
        org.write("acme/swelling.json", text);
        let found = outcome(&org, &["import", "statuspage", "swelling.json", "in/good.json"]);
        found.can_be_shown();
        assert!(found.peak_kib < MOST_KIB, "{name}: {} KiB", found.peak_kib);
        assert_eq!(found.code, Some(0), "{name}: {}", found.stderr);
        assert!(found.stderr.contains("swelling.json: "), "{name}: {}", found.stderr);
        let found = outcome(&org, &["import", "dump", "swelling.json"]);
        found.refused(&[5], "swelling.json");
        assert!(found.peak_kib < MOST_KIB, "{name} as a dump: {} KiB", found.peak_kib);
    }
}

#[test]
fn what_is_named_and_is_no_file_does_not_hang() {
    let org = trapped();
    let pipe = org.path("pipe");
    assert!(make("mkfifo", &[pipe.to_str().unwrap()]));
    let pipe = pipe.to_str().unwrap();
    for device in [pipe, "/dev/zero", "/dev/null", "/dev/full"] {
        outcome(&org, &["import", "statuspage", device]).refused(&[1, 5], device);
        outcome(&org, &["import", "dump", device]).refused(&[1, 5], device);
        let found = outcome(&org, &["incident", "open", "x", "--file", device, "--draft"]);
        assert!(matches!(found.code, Some(0 | 1 | 2 | 5)), "{}", found.stderr);
    }
    for path in ["nothing", "in/good.json/x", "\u{1b}[2J", &"x".repeat(5000)] {
        outcome(&org, &["import", "statuspage", path]).refused(&[3], "cannot read");
        outcome(&org, &["import", "dump", path]).refused(&[3], "cannot read");
    }
}

/// A pipe with somebody at its other end is read, as from `<(curl …)`.
#[test]
fn a_pipe_that_somebody_fills_is_read() {
    let org = trapped();
    let pipe = org.path("pipe");
    assert!(make("mkfifo", &[pipe.to_str().unwrap()]));
    let (path, text) = (pipe.clone(), good());
    // Opening waits for the reader, as a shell's writer does.
    #[expect(clippy::disallowed_methods, reason = "a pipe is no file")]
    let writer = std::thread::spawn(move || fs::write(path, text).unwrap());
    let found = loop {
        // The writer may not have come yet; then the pipe is empty.
        let found = outcome(&org, &["import", "statuspage", "--dry-run", pipe.to_str().unwrap()]);
        if found.code == Some(0) || writer.is_finished() {
            break found;
        }
    };
    assert_eq!(found.code, Some(0), "{}", found.stderr);
    writer.join().unwrap();
    let piped = org.run_with_input("import statuspage --dry-run /dev/stdin", good().as_bytes());
    piped.stderr_matches(|words| words.contains("read, wrote nothing, 1 file")).success();
}
