//! Applying a file that fails, or dies, at its calls to the system: settings and record change together, and applying it again completes it.

use std::fs;

use super::strace::{Call, Fault, Strace, told};
use super::{command, copy_tree, crowded, remove_tree, spread};
use crate::test_org::TestOrg;

/// Calls by which an org.toml or a record reaches the disk.
const CALLS: &str = "write,pwrite64,fsync,fdatasync,rename,renameat,unlink,ftruncate";

/// How many of them are disturbed.
const DISTURBED: usize = 24;

const FILE: &str =
    "[settings]\nname = 'Acme Parcels'\n[[groups]]\nslug = 'eu'\n[[services]]\nslug = 'api'\nname = 'Interface'\ngroup = 'eu'\n";

/// The name that org.toml has, and that of the service `api`.
fn state(org: &TestOrg) -> (bool, bool) {
    let settings = fs::read_to_string(org.path("acme/org.toml")).unwrap();
    let name = org.run("service show api --json").json()["name"].clone();
    assert!(name == "API" || name == "Interface");
    assert!(settings.contains("name = \"Acme\"") != settings.contains("name = \"Acme Parcels\""), "{settings}");
    (settings.contains("Acme Parcels"), name == "Interface")
}

#[test]
fn settings_and_record_survive_every_fault_together() {
    let Some(strace) = Strace::find("settings_and_record_survive_every_fault_together") else { return };
    let org = crowded();
    org.write("acme/file.toml", FILE);
    copy_tree(&org.path("acme"), &org.path("kept"));
    let restore = || {
        remove_tree(&org.path("acme"));
        copy_tree(&org.path("kept"), &org.path("acme"));
    };
    let apply = || command(&org, "apply file.toml");
    let (output, calls) = strace.watch(&apply(), CALLS);
    assert!(output.status.success() && state(&org) == (true, true), "{}", told(&output));
    let calls: Vec<Call> = calls.into_iter().filter(|call| !call.prints()).collect();
    let is_settings = |call: &&Call| call.name.starts_with("rename") && call.line.contains("org.toml");
    assert_eq!(calls.iter().filter(is_settings).count(), 1, "org.toml is replaced once");
    let mut seen = [0; 3];
    for call in spread(&calls, DISTURBED).iter().chain(calls.iter().filter(is_settings)) {
        for fault in [Fault::Error("ENOSPC"), Fault::Kill] {
            restore();
            let (output, took_place) = strace.try_to_disturb(&apply(), call, fault);
            if !took_place {
                continue;
            }
            let found = state(&org);
            let context = format!("{fault:?} at `{}`: {}", call.line, told(&output));
            match (fault, output.status.code()) {
                // Said to be done, and so it is.
                (_, Some(0)) => assert_eq!(found, (true, true), "{context}"),
                (Fault::Error(_), code) => {
                    assert!(code.is_some_and(|code| code != 101), "{context}");
                    // Where only the end of a commit cannot be made durable, the record may be new all the same.
                    let is_end = call.line.contains("fsync") && call.line.contains("/acme>");
                    assert!(found == (false, false) || is_end && found == (false, true), "{context}: {found:?}");
                    let left = fs::read_dir(org.path("acme")).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
                    assert_eq!(left.filter(|name| name.ends_with(".tmp")).count(), 0, "{context}");
                }
                (Fault::Kill, _) => assert_ne!(found, (false, true), "{context}"),
            }
            seen[usize::from(found.0) + usize::from(found.1)] += 1;
            org.run("apply file.toml").success();
            assert_eq!(state(&org), (true, true), "{context}, and then again");
            org.run("apply file.toml").stdout("").success();
        }
    }
    assert!(seen.iter().all(|count| *count > 0), "nothing, half and all were met so often: {seen:?}");
}
