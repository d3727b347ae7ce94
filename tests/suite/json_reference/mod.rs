//! The reference of `--json`, `src/cli/json.md`, is what the code says; and whatever any command prints in any test is described there.
//!
//! It is written anew with `STATUARY_UPDATE_SNAPSHOTS=1 cargo test --test suite the_reference_of`. A new command needs a line in
//! [`DOCUMENTS`]; its document is then looked at wherever a test runs it with `--json`.

mod kinds;
pub(crate) mod source;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;
use std::fs;
use std::sync::LazyLock;

use serde_json::Value;

use self::kinds::Kind;
use self::source::Source;
use crate::test_org::TestOrg;

/// Where the reference is kept.
const REFERENCE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/src/cli/json.md");

/// What each command prints with `--json`: a type, or `{"name": [Type]}`. A flag behind a command that changes it stands with it.
const DOCUMENTS: &[(&str, &str)] = &[
    ("demo", "BuildReport"),
    ("init", "FolderReport"),
    ("org create", "OrgReport"),
    ("org list", "orgs: OrgReport"),
    ("org show", "OrgReport"),
    ("org remove", "RemovedOrgReport"),
    ("org link", "LinkReport"),
    ("org unlink", "LinkReport"),
    ("group add", "Written<GroupReport>"),
    ("group edit", "Written<GroupReport>"),
    ("group remove", "Written<GroupReport>"),
    ("group list", "GroupsReport"),
    ("service add", "Written<ServiceReport>"),
    ("service edit", "Written<ServiceReport>"),
    ("service remove", "Written<ServiceReport>"),
    ("service status", "Written<ServiceReport>"),
    ("service list", "ServicesReport"),
    ("service show", "ServiceReport"),
    ("incident open", "Written<IncidentReport>"),
    ("incident update", "Written<IncidentReport>"),
    ("incident resolve", "Written<IncidentReport>"),
    ("incident postmortem", "Written<IncidentReport>"),
    ("incident publish", "Written<IncidentReport>"),
    ("incident edit", "Written<IncidentReport>"),
    ("incident edit-update", "Written<IncidentReport>"),
    ("incident remove", "Written<IncidentReport>"),
    ("incident list", "IncidentsReport"),
    ("incident show", "IncidentReport"),
    ("maintenance schedule", "Written<MaintenanceReport>"),
    ("maintenance start", "Written<MaintenanceReport>"),
    ("maintenance update", "Written<MaintenanceReport>"),
    ("maintenance complete", "Written<MaintenanceReport>"),
    ("maintenance cancel", "Written<MaintenanceReport>"),
    ("maintenance edit", "Written<MaintenanceReport>"),
    ("maintenance remove", "Written<MaintenanceReport>"),
    ("maintenance list", "MaintenancesReport"),
    ("maintenance show", "MaintenanceReport"),
    ("status", "StatusReport"),
    ("uptime", "UptimeReport"),
    ("uptime explain", "ExplainReport"),
    ("log", "LogReport"),
    ("undo", "UndoReport"),
    ("next", "NextReport"),
    ("build", "BuildReport"),
    ("build --all", "builds: BuildReport"),
    ("publish", "PublishReport"),
    ("publish --all", "publishings: PublishReport"),
    ("publish status", "publish::status::StatusReport"),
    ("state push", "MovedReport"),
    ("state pull", "MovedReport"),
    ("state status", "StateReport"),
    ("apply", "ApplyReport"),
    ("watch", "one line for each build: BuildReport"),
    ("serve", "one line: Listening"),
    ("import statuspage", "ImportReport"),
    ("import cstate", "ImportReport"),
    ("import upptime", "ImportReport"),
    ("import dump", "ImportReport"),
    ("ingest", "IngestReport"),
    ("export", "the dump itself"),
    ("export --out", "ExportReport"),
    ("backup", "BackupReport"),
    ("token create", "NewTokenReport"),
    ("token list", "tokens: TokenReport"),
    ("token revoke", "TokenReport"),
    ("member list", "members: MemberReport"),
    ("member show", "MemberReport"),
    ("clerk status", "clerk::status::StatusReport"),
    ("clerk import", "clerk::import::ImportReport"),
    ("clerk replay", "clerk::status::ReplayReport"),
    ("theme list", "themes: ThemeReport"),
    ("theme eject", "EjectReport"),
    ("theme check", "CheckedTheme"),
    ("completions", "the script itself"),
    ("man", "ManReport"),
    ("help", "the help itself"),
];

/// What stands above the reference.
const HEAD: &str = "\
# The documents of `--json`

With `--json`, a command prints one JSON document on standard output in place of words for people; words about the work and errors stay on
standard error, and the exit code says how it went. Fields are only ever added. Names and values are stable: match on them, and pass over
fields that you do not know.

- A **moment** is RFC 3339 in UTC, such as `2026-11-22T14:00:00Z`; a **date** is a day in the organization's zone, such as `2026-11-22`.
- A **number** is a whole one; lengths of time say their unit in their name.
- An **id** is a public id: 12 characters of `0-9a-z`, the first a letter (ids that were imported keep their own form). A **slug** is a name in commands and paths.
- *or null* is said of every field that can be `null`; *may be absent* of every field that can be left out. All others are always there.

`export` prints the dump, whose form is told by its `format` and `version` and described by `tests/schemas/`, or with `--format toml` what `apply` reads; `completions` prints a script, and `help` the help.
";

static SOURCE: LazyLock<Source> = LazyLock::new(Source::read);

/// The types of what a command prints: in a list under this name, or alone.
fn document(command: &str) -> Option<(Option<&'static str>, &'static str)> {
    let (_, document) = DOCUMENTS.iter().find(|(known, _)| *known == command)?;
    Some(match document.split_once(": ") {
        Some((name, kind)) if !name.contains(' ') => (Some(name), kind),
        Some((_, kind)) => (None, kind),
        None => (None, document),
    })
}

/// Fails unless everything in the document that a command has printed is described; called for all that any test runs.
#[track_caller]
pub(crate) fn check(arguments: &[String], printed: &str) {
    let Some(command) = command_of(arguments) else { return };
    let Some((list, kind)) = document(&command) else { panic!("`{command}` is in no line of tests/suite/json_reference/mod.rs") };
    if kind.ends_with("itself") {
        return;
    }
    let document: Value = serde_json::from_str(printed).unwrap_or_else(|error| panic!("`{command} --json`: {error}\n{printed}"));
    let kind = Kind::of(kind, "ops::report::", None, &SOURCE);
    let kind = list.map_or(kind.clone(), |name| Kind::List(name, Box::new(kind)));
    let mut complaints = Vec::new();
    kind.compare(&document, "", &SOURCE, &mut complaints);
    assert!(complaints.is_empty(), "`{command} --json` is not as src/cli/json.md says:\n{}\n{printed}", complaints.join("\n"));
}

/// The command that these arguments ask for, by the help on record; a flag that changes what is printed stands with it.
fn command_of(arguments: &[String]) -> Option<String> {
    const VALUES: [&str; 3] = ["--root", "--org", "--as"];
    let mut words: Vec<&str> = Vec::new();
    let mut arguments = arguments.iter().map(String::as_str);
    while let Some(argument) = arguments.next() {
        if VALUES.contains(&argument) {
            arguments.next();
        } else if argument.starts_with('-') || words.iter().filter(|word| !word.starts_with('-')).count() < 2 {
            words.push(argument);
        }
    }
    let plain: Vec<&str> = words.iter().copied().filter(|word| !word.starts_with('-')).collect();
    let commands = commands();
    let longest = (1..=plain.len()).rev().map(|length| plain[..length].join(" ")).find(|command| commands.contains(command.as_str()))?;
    let flag = words.iter().map(|flag| format!("{longest} {}", flag.split('=').next().unwrap())).find(|with| document(with).is_some());
    Some(flag.unwrap_or(longest))
}

/// Every command, as the help on record has them, without those that only lead to others.
pub(crate) fn commands() -> BTreeSet<&'static str> {
    let help = include_str!("../help.txt");
    let all: Vec<&str> = help.lines().filter_map(|line| line.strip_prefix("=== statuary ")).collect();
    let leads =
        |command: &str| !["publish", "uptime"].contains(&command) && all.iter().any(|other| other.starts_with(&format!("{command} ")));
    all.iter().copied().filter(|command| !leads(command)).collect()
}

#[test]
fn the_reference_of_json_is_the_one_on_record() {
    let told: BTreeSet<&str> = DOCUMENTS.iter().map(|(command, _)| command.split(" --").next().unwrap()).collect();
    assert_eq!(told, commands(), "every command has a line in tests/suite/json_reference/mod.rs");
    let written = reference();
    if std::env::var_os("STATUARY_UPDATE_SNAPSHOTS").is_some() {
        TestOrg::empty().write(REFERENCE, &written);
    }
    let recorded = fs::read_to_string(REFERENCE).unwrap_or_default();
    assert!(written == recorded, "src/cli/json.md is not what the code says; write it anew with STATUARY_UPDATE_SNAPSHOTS=1\n{written}");
}

/// The whole reference.
fn reference() -> String {
    let mut page = format!("{HEAD}\n## Commands\n\n| command | document |\n|---|---|\n");
    let mut waiting: Vec<String> = Vec::new();
    for (command, shown) in DOCUMENTS {
        let (_, kind) = document(command).unwrap();
        if kind.ends_with("itself") {
            writeln!(page, "| `{command}` | {shown} |").unwrap();
            continue;
        }
        let kind = Kind::of(kind, "ops::report::", None, &SOURCE);
        kind.names(&mut waiting);
        let link = kind.shown(&SOURCE);
        let cell = match shown.split_once(": ") {
            Some((name, _)) if name.contains(' ') => format!("{name}: {link}"),
            Some((name, _)) => format!("`{name}`: list of {link}"),
            None => link,
        };
        writeln!(page, "| `{command}` | {cell} |").unwrap();
    }
    let mut told: BTreeMap<String, String> = BTreeMap::new();
    let mut titles: BTreeMap<String, String> = BTreeMap::new();
    while let Some(full) = waiting.pop() {
        let Some(structure) = SOURCE.structure(&full) else { continue };
        let title = kinds::title(&full);
        let named = titles.entry(title.clone()).or_insert_with(|| full.clone());
        assert_eq!(*named, full, "two documents of one title: give one another in tests/suite/json_reference/kinds.rs");
        if told.contains_key(&title) {
            continue;
        }
        let mut section = format!("\n### {title}\n\n{}\n\n| field | type | meaning |\n|---|---|---|\n", structure.comment);
        for field in &structure.fields {
            let kind = Kind::of(&field.kind, &full, structure.parameter.as_deref(), &SOURCE);
            kind.names(&mut waiting);
            if field.flattened {
                writeln!(section, "| … | {} | {} Its fields stand here. |", kind.shown(&SOURCE), cell(&field.comment)).unwrap();
                continue;
            }
            let absent = if field.optional { ", may be absent" } else { "" };
            // What is left out where it is null is never null.
            let kind = if let (Kind::Nullable(inner), true) = (&kind, field.optional) { inner } else { &kind };
            writeln!(section, "| `{}` | {}{absent} | {} |", field.name, kind.shown(&SOURCE), cell(&field.comment)).unwrap();
        }
        told.insert(title, section);
    }
    page.push_str("\n## Documents\n");
    told.values().for_each(|section| page.push_str(section));
    page
}

/// A comment in a table.
fn cell(comment: &str) -> String {
    assert!(!comment.is_empty(), "a field of a document says nothing of itself");
    comment.replace('|', "\\|")
}
