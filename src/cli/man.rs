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

/// Write the manual: a page for `man` of each command, and one of every document of `--json`
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
    let (pages, documents) = (pages(desk.now)?, [documents(desk.now)?]);
    let section_5 = section_5(&args.dir);
    config::write_files(&args.dir, &pages)?;
    config::write_files(&section_5, &documents)?;
    let paths = pages.iter().map(|(name, _)| shown(&args.dir, name)).chain(documents.iter().map(|(name, _)| shown(&section_5, name)));
    let report = ManReport { paths: paths.collect() };
    let output = report.paths.iter().fold(Output::new(&report)?, |output, path| output.line(path.as_str()));
    Ok(output.note(format!("wrote {} into `{}`", Count(report.paths.len(), "page"), args.dir.display())))
}

/// Where pages about forms of files belong: `man5` beside `man1`, since `man` finds them nowhere else.
fn section_5(dir: &Path) -> PathBuf {
    if dir.file_name().is_some_and(|name| name == "man1") { dir.with_file_name("man5") } else { dir.to_path_buf() }
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

/// File name and text of the page about the documents of `--json`, which is the reference in Markdown in another form.
fn documents(now: DateTime<Utc>) -> anyhow::Result<(String, Vec<u8>)> {
    let mut page = Roff::new();
    let date = now.format("%Y-%m-%d").to_string();
    let version = concat!("statuary ", env!("CARGO_PKG_VERSION"));
    page.control("TH", ["STATUARY-JSON", "5", date.as_str(), version, "Statuary manual"]);
    page.control("SH", ["NAME"]).text([roman("statuary-json - the documents that commands print with --json")]);
    page.control("SH", ["DESCRIPTION"]);
    for line in include_str!("json.md").lines().skip(1) {
        if let Some(title) = line.strip_prefix("## ") {
            page.control("SH", [title.to_uppercase().as_str()]);
        } else if let Some(title) = line.strip_prefix("### ") {
            page.control("SS", [title]);
        } else if let Some(point) = line.strip_prefix("- ") {
            page.control("IP", ["-", "2"]).text([roman(without_marks(point))]);
        } else if let Some(row) = line.strip_prefix("| ") {
            documents_row(&mut page, row);
        } else if line.is_empty() {
            page.control("PP", []);
        } else if !line.starts_with('|') {
            page.text([roman(without_marks(line))]);
        }
    }
    let mut text = Vec::new();
    page.to_writer(&mut text)?;
    Ok(("statuary-json.5".to_owned(), text))
}

/// A field with its type and meaning, or a command with its document; not the names of the columns.
fn documents_row(page: &mut Roff, row: &str) {
    let cells: Vec<String> = row.trim_end_matches(" |").split(" | ").map(without_marks).collect();
    match cells.as_slice() {
        [name, ..] if name == "field" || name == "command" => {}
        [name, kind, meaning] => {
            page.control("TP", [])
                .text([bold(name.as_str()), roman(" ("), roman(kind.as_str()), roman(")")])
                .text([roman(meaning.as_str())]);
        }
        [name, rest @ ..] => {
            page.control("TP", []).text([bold(name.as_str())]).text([roman(rest.join(" "))]);
        }
        [] => {}
    }
}

/// Markdown's words without its signs: `` `code` ``, `*emphasis*`, `[text](#place)`.
fn without_marks(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, link)) = rest.split_once("](") {
        plain.push_str(before);
        rest = link.split_once(')').map_or("", |(_, after)| after);
    }
    plain.push_str(rest);
    plain.replace("\\|", "|").replace(['`', '[', '*'], "")
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
