//! `statuary man`

use std::path::{Path, PathBuf};

use chrono::{DateTime, Utc};
use clap::{Command, CommandFactory};
use clap_mangen::Man;
use clap_mangen::roff::{Inline, Roff, bold, roman};
use serde::Serialize;

use crate::cli::Arguments;
use crate::cli::desk::Desk;
use crate::cli::output::Output;
use crate::cli::wording::Count;
use crate::config;

/// Write the manual: a page for `man` of each command
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  statuary man ~/.local/share/man/man1
  statuary man . && man ./statuary-incident-open.1")]
pub(super) struct ManArgs {
    /// The folder; made where it does not exist
    dir: PathBuf,
}

/// What the manual came to.
#[derive(Debug, Serialize)]
struct ManReport {
    /// The files written, in order.
    paths: Vec<String>,
}

/// Exit codes and what they mean, as on every page.
const EXIT_STATUS: &[(&str, &str)] = &[
    ("0", "done"),
    ("1", "failed for a reason outside: disk, network, another program"),
    ("2", "an argument is wrong"),
    ("3", "not found: organization, service, incident, file"),
    ("4", "refused by a rule: already resolved, slug taken, a database from a newer version"),
    ("5", "bad input: org.toml, a damaged database, a theme, an import with nothing usable in it"),
    ("75", "busy: another process has held the organization for more than ten seconds"),
];

pub(super) fn run(desk: &Desk, args: &ManArgs) -> anyhow::Result<Output> {
    let pages = pages(desk.now)?;
    config::write_files(&args.dir, &pages)?;
    let report = ManReport { paths: pages.iter().map(|(name, _)| shown(&args.dir, name)).collect() };
    let output = report.paths.iter().fold(Output::new(&report)?, |output, path| output.line(path.as_str()));
    Ok(output.note(format!("wrote {} into `{}`", Count(pages.len(), "page"), args.dir.display())))
}

fn shown(dir: &Path, name: &str) -> String {
    dir.join(name).display().to_string()
}

/// Every page by file name: `statuary.1`, `statuary-incident-open.1`…, a noun before its verbs.
fn pages(now: DateTime<Utc>) -> anyhow::Result<Vec<(String, Vec<u8>)>> {
    let mut root = Arguments::command();
    root.build();
    let mut pages = Vec::new();
    let mut waiting = vec![(&root, None)];
    while let Some((command, noun)) = waiting.pop() {
        pages.push(page(command, noun, now)?);
        let verbs: Vec<_> = shown_commands(command).collect();
        waiting.extend(verbs.into_iter().rev().map(|verb| (verb, Some(command))));
    }
    Ok(pages)
}

fn shown_commands(command: &Command) -> impl Iterator<Item = &Command> {
    command.get_subcommands().filter(|command| !command.is_hide_set())
}

/// File name and text of the page of `command`, which belongs to `noun`, dated `now`.
fn page(command: &Command, noun: Option<&Command>, now: DateTime<Utc>) -> anyhow::Result<(String, Vec<u8>)> {
    let name = title(command);
    let plain = command.clone().after_help(None);
    let man = Man::new(plain)
        .title(name.to_uppercase())
        .date(now.format("%Y-%m-%d").to_string())
        .source(concat!("statuary ", env!("CARGO_PKG_VERSION")))
        .manual("Statuary manual");
    let mut text = Vec::new();
    man.render(&mut text)?;
    let mut more = Roff::new();
    exit_status(&mut more);
    examples(&mut more, command);
    see_also(&mut more, command, noun);
    more.to_writer(&mut text)?;
    Ok((format!("{name}.1"), text))
}

fn title(command: &Command) -> &str {
    command.get_display_name().unwrap_or_else(|| command.get_name())
}

fn exit_status(page: &mut Roff) {
    page.control("SH", ["EXIT STATUS"]);
    for (code, meaning) in EXIT_STATUS {
        page.control("TP", []).text([bold(*code)]).text([roman(*meaning)]);
    }
}

/// The examples of the command's help, line by line as they stand there.
fn examples(page: &mut Roff, command: &Command) {
    let help = command.get_after_help().map(ToString::to_string).unwrap_or_default();
    let Some(examples) = help.strip_prefix("Examples:\n") else { return };
    page.control("SH", ["EXAMPLES"]).control("nf", []);
    for line in examples.lines() {
        page.text([roman(line.trim_start())]);
    }
    page.control("fi", []);
}

/// The noun of a verb, or the verbs of a noun; the program's own page lists its commands already.
fn see_also(page: &mut Roff, command: &Command, noun: Option<&Command>) {
    let Some(noun) = noun else { return };
    let pages: Vec<&str> = std::iter::once(title(noun)).chain(shown_commands(command).map(title)).collect();
    page.control("SH", ["SEE ALSO"]);
    let mut words: Vec<Inline> = Vec::new();
    for (place, name) in pages.iter().enumerate() {
        words.extend((place > 0).then(|| roman(", ")));
        words.extend([bold(*name), roman("(1)")]);
    }
    page.text(words);
}
