//! `statuary theme`: themes.

use clap::{Args, Subcommand};

use crate::cli::desk::Desk;
use crate::cli::output::Output;
use crate::cli::table::Table;
use crate::cli::wording::Count;
use crate::ops;

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// List the themes
    #[command(after_help = "Examples:
  statuary theme list
  statuary theme list --json")]
    List,
    Eject(EjectArgs),
    /// Render every template for an empty organization and for the example, and say what fails where
    ///
    /// The organization's own files in overrides/ count. Nothing is written.
    #[command(after_help = "Examples:
  statuary theme check
  statuary theme check --json")]
    Check,
}

/// Copy files of the theme into overrides/, for you to edit
///
/// A file in overrides/ counts in place of the theme's. What you do not copy follows the theme when it gets better.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  statuary theme eject words/en.toml
  statuary theme eject templates/index.html
  statuary theme eject assets")]
pub(super) struct EjectArgs {
    /// A file of the theme, or a folder of it
    path: String,
}

pub(super) fn run(desk: &Desk, command: Command) -> anyhow::Result<Output> {
    match command {
        Command::List => list(desk),
        Command::Eject(args) => eject(desk, &args),
        Command::Check => check(desk),
    }
}

fn list(desk: &Desk) -> anyhow::Result<Output> {
    // Themes are there without an organization too; which of several is meant does not matter until it is said.
    let place = desk.place();
    let used = match (&place, &desk.global.org) {
        (Ok(place), _) => Some(place.settings().theme.clone()),
        (Err(_), None) => None,
        (Err(_), Some(_)) => return place.map(|_| Output::default()),
    };
    let themes = ops::theme::list(used.as_deref())?;
    let mut table = Table::new(&["theme", "version", "used", "files"]);
    for theme in &themes {
        let used = if theme.used { "yes" } else { "-" };
        table.row([theme.name.as_str().into(), theme.version.as_str().into(), used.into(), theme.files.len().to_string().into()]);
    }
    Ok(Output::list("themes", &themes)?.table(table))
}

fn eject(desk: &Desk, args: &EjectArgs) -> anyhow::Result<Output> {
    let place = desk.place()?;
    let report = ops::theme::eject(place.folder(), place.settings(), &args.path)?;
    let output = report.paths.iter().fold(Output::new(&report)?, |output, path| output.line(path.as_str()));
    Ok(output.note(format!("copied {} of the theme `{}`", Count(report.paths.len(), "file"), report.theme)))
}

fn check(desk: &Desk) -> anyhow::Result<Output> {
    let place = desk.place()?;
    let (report, complaints) = ops::theme::check(place.folder(), place.settings(), desk.now)?;
    let mut output = Output::new(&report)?;
    if complaints.is_empty() {
        let own = match report.overridden.len() {
            0 => String::new(),
            count => format!(", {count} of its files your own"),
        };
        let words = format!("the theme `{}` renders {}{own}", report.name, Count(report.pages, "file"));
        output = output.line(words);
    }
    output.failures = complaints.into_iter().map(Into::into).collect();
    Ok(output)
}
