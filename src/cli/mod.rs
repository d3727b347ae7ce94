//! The command line: arguments in, one `ops` function, words or JSON out.
//!
//! Nothing here holds state between runs, so that [`run`] can be called again and again in one process.

mod apply;
mod ask;
mod backup;
mod build;
mod cell;
mod clerk;
mod complaint;
mod completions;
mod dashboard;
mod demo;
mod desk;
mod drawing;
mod editor;
mod export;
mod group;
mod help;
mod import;
mod incident;
mod ingest;
mod init;
mod maintenance;
mod man;
mod member;
mod message;
mod org;
mod output;
mod overview;
mod progress;
mod publish;
mod screen;
mod serve;
mod service;
mod state;
mod stop;
mod table;
mod template;
mod theme;
mod time_argument;
mod timeline;
mod token;
mod uptime;
mod watch;
mod whereabouts;
mod wording;

use std::ffi::OsString;
use std::io::{self, Write};
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use clap::error::ErrorKind;
use clap::{Args, CommandFactory, FromArgMatches, Parser, Subcommand};
use signal_hook::consts::SIGXFSZ;

use crate::cli::desk::Desk;
use crate::cli::output::Output;
use crate::cli::whereabouts::Whereabouts;
use crate::error::{UserError, reason};

/// Status pages that stay up when everything else is down
#[derive(Debug, Parser)]
#[command(
    name = "statuary",
    version,
    disable_help_subcommand = true,
    subcommand_required = true,
    arg_required_else_help = false,
    max_term_width = 100,
    after_help = "Examples:
  statuary demo
  statuary init status && cd status && statuary org create acme --name Acme
  statuary service add api --name API
  statuary incident open 'API answers slowly' --service api=degraded
  statuary build"
)]
struct Arguments {
    #[command(flatten)]
    global: Global,
    #[command(subcommand)]
    command: Command,
}

/// Options that every command takes.
#[derive(Clone, Debug, Args)]
#[command(next_help_heading = "Everywhere")]
struct Global {
    /// Workspace or organization folder; the nearest one above the current folder by default
    #[arg(long, global = true, value_name = "DIR", env = "STATUARY_ROOT", hide_env_values = true)]
    root: Option<PathBuf>,
    /// Which organization; not needed where there is one
    #[arg(long, global = true, value_name = "SLUG", env = "STATUARY_ORG", hide_env_values = true)]
    org: Option<String>,
    /// Who does it, for the log; the login name by default
    #[arg(long = "as", global = true, value_name = "NAME", env = "STATUARY_ACTOR", hide_env_values = true)]
    actor: Option<String>,
    /// Print one JSON document instead of words
    #[arg(long, global = true)]
    json: bool,
    /// Print nothing but results and errors
    #[arg(long, global = true)]
    quiet: bool,
    /// Answer yes to every question
    #[arg(long, global = true)]
    yes: bool,
    /// Work on the copy here, without the remote that org.toml names in `[state]`; `state push` pushes it later
    #[arg(long, global = true)]
    offline: bool,
    /// Where a command of a hint works, as this command line says it.
    #[arg(skip)]
    whereabouts: Whereabouts,
}

#[derive(Debug, Subcommand)]
enum Command {
    Demo(demo::DemoArgs),
    Init(init::InitArgs),
    /// Organizations: create, list, show, remove, link to Clerk
    #[command(
        subcommand,
        arg_required_else_help = false,
        after_help = "Examples:
  statuary org list
  statuary org create beta --name 'Beta GmbH'
  statuary org show acme --json"
    )]
    Org(org::Command),
    /// Groups of services: add, edit, remove, list
    #[command(
        subcommand,
        arg_required_else_help = false,
        after_help = "Examples:
  statuary group add africa --name Africa
  statuary group list
  statuary group edit europe --position 1"
    )]
    Group(group::Command),
    /// Services: add, edit, remove, list, show, set a status by hand
    #[command(
        subcommand,
        arg_required_else_help = false,
        after_help = "Examples:
  statuary service add search --name Search --group europe
  statuary service status api degraded --message 'Slower than usual'
  statuary service list"
    )]
    Service(service::Command),
    /// Incidents: open, update, resolve, postmortem, publish, edit, remove, list, show
    #[command(
        subcommand,
        arg_required_else_help = false,
        after_help = "Examples:
  statuary incident open 'Mail is late' --service mail=degraded
  statuary incident update 7 --status identified --message 'A full disk.'
  statuary incident resolve 7
  statuary incident list"
    )]
    Incident(incident::Command),
    /// Maintenance: schedule, start, update, complete, cancel, edit, remove, list, show
    #[command(
        subcommand,
        arg_required_else_help = false,
        after_help = "Examples:
  statuary maintenance schedule 'New disks' --from 'tomorrow 03:00' --for 2h --service api
  statuary maintenance start 3
  statuary maintenance cancel 3
  statuary maintenance list"
    )]
    Maintenance(maintenance::Command),
    Status(overview::StatusArgs),
    Uptime(uptime::UptimeArgs),
    Log(overview::LogArgs),
    Undo(backup::UndoArgs),
    Next(overview::NextArgs),
    Build(build::BuildArgs),
    Publish(publish::PublishArgs),
    Watch(watch::WatchArgs),
    Serve(serve::ServeArgs),
    /// The record in object storage: push, pull, status
    #[command(
        subcommand,
        arg_required_else_help = false,
        after_help = "Examples:
  statuary state status
  statuary state push
  statuary state pull"
    )]
    State(state::Command),
    /// Take over other tools' data, or a dump of statuary's own
    #[command(
        subcommand,
        arg_required_else_help = false,
        after_help = "Examples:
  statuary import statuspage saved-answers/ --dry-run
  statuary import cstate status-site/
  statuary import dump dump.json"
    )]
    Import(import::Command),
    Apply(apply::ApplyArgs),
    Ingest(ingest::IngestArgs),
    Export(export::ExportArgs),
    Backup(backup::BackupArgs),
    /// Tokens by which programs are let in: create, list, revoke
    #[command(
        subcommand,
        arg_required_else_help = false,
        after_help = "Examples:
  statuary token create grafana --role editor
  statuary token list
  statuary token revoke deploy"
    )]
    Token(token::Command),
    /// People who belong to an organization at Clerk: list, show
    #[command(
        subcommand,
        arg_required_else_help = false,
        after_help = "Examples:
  statuary member list
  statuary member show user_2abc"
    )]
    Member(member::Command),
    /// What is mirrored of Clerk: status, import, replay
    #[command(
        subcommand,
        arg_required_else_help = false,
        after_help = "Examples:
  statuary clerk status
  statuary clerk import organizations.json users.json memberships.json
  statuary clerk replay msg_2abc"
    )]
    Clerk(clerk::Command),
    /// Themes: list, eject, check
    #[command(
        subcommand,
        arg_required_else_help = false,
        after_help = "Examples:
  statuary theme list
  statuary theme eject words/en.toml
  statuary theme check"
    )]
    Theme(theme::Command),
    Completions(completions::CompletionsArgs),
    #[command(hide = true)]
    Complete(completions::CompleteArgs),
    Man(man::ManArgs),
    Help(help::HelpArgs),
}

/// From when on a deed counts.
#[derive(Debug, Args)]
struct AtArgs {
    /// When it took place: `2026-11-22 14:00`, RFC 3339, `-30m`, `yesterday 14:00`; now by default
    #[arg(long, value_name = "TIME", allow_hyphen_values = true)]
    at: Option<String>,
}

/// Does what `args` ask for, the first of them being the program's name, and gives back the exit code.
pub fn run<I>(args: I) -> ExitCode
where
    I: IntoIterator,
    I::Item: Into<OsString> + Clone,
{
    // By default a file-size limit would end the process without a word; with a handler the write fails, and that is reported.
    let reached = signal_hook::flag::register(SIGXFSZ, Arc::new(AtomicBool::new(false)));
    let args: Vec<OsString> = args.into_iter().map(Into::into).collect();
    let code = match read(&args) {
        Ok(arguments) => answer(arguments),
        Err(error) => told(&error, &args),
    };
    if let Ok(id) = reached {
        signal_hook::low_level::unregister(id);
    }
    ExitCode::from(code)
}

/// The arguments, and what of them the commands of hints need, too.
fn read(args: &[OsString]) -> Result<Arguments, clap::Error> {
    let matches = Arguments::command().try_get_matches_from(args)?;
    let mut arguments = Arguments::from_arg_matches(&matches)?;
    arguments.global.whereabouts = Whereabouts::of(&matches);
    Ok(arguments)
}

/// Prints what the reader of `args` has found instead of a command: help that was asked for, or what is wrong.
fn told(error: &clap::Error, args: &[OsString]) -> u8 {
    match error.kind() {
        ErrorKind::DisplayHelp | ErrorKind::DisplayVersion => written(print_help(error), None),
        _ => refused(&complaint::usage(error, || command_of(args))),
    }
}

/// The words of the command that `args` ask for, the program's name first.
fn command_of(args: &[OsString]) -> String {
    let root = Arguments::command();
    let takes_value =
        |option: &str| root.get_arguments().any(|global| global.get_long() == Some(option) && global.get_action().takes_values());
    let (mut command, mut words) = (&root, root.get_name().to_owned());
    let mut args = args.iter().skip(1).map(|arg| arg.to_string_lossy());
    while let Some(arg) = args.next() {
        if arg.strip_prefix("--").is_some_and(takes_value) {
            args.next();
        } else if let Some(next) = command.find_subcommand(arg.as_ref()) {
            command = next;
            words = format!("{words} {arg}");
        }
    }
    words
}

/// Does the deed and prints what came of it.
fn answer(arguments: Arguments) -> u8 {
    if let Command::Help(args) = &arguments.command {
        let args = args.as_option();
        return Arguments::try_parse_from(&args).err().map_or(0, |error| told(&error, &args));
    }
    if let Command::Complete(args) = &arguments.command {
        // Somebody is still typing: nothing may fail aloud, whatever the environment says.
        return written(Output::default().raw(completions::complete(&arguments.global, args)).print(&[], false, true), None);
    }
    let (json, quiet) = (arguments.global.json, arguments.global.quiet);
    let whereabouts = arguments.global.whereabouts.clone();
    let said = |error: &anyhow::Error| whereabouts.in_error(complaint::complaint(error));
    let desk = match Desk::new(arguments.global) {
        Ok(desk) => desk,
        Err(error) => return refused(&said(&error)),
    };
    let done = dispatch(&desk, arguments.command).and_then(|output| Ok(output.notes(desk.age_of_copy()?)));
    let output = match done {
        Ok(output) => output.hints(|hint| whereabouts.in_hint(hint)),
        Err(error) => return refused(&desk.keep_draft(said(&error))),
    };
    let printed = written(output.print(&desk.echoes(), json, quiet), desk.if_unheard());
    let failed = output.failures.iter().map(|error| refused(&said(error)));
    // All failures are told; the first one decides.
    failed.collect::<Vec<_>>().first().copied().unwrap_or(printed)
}

fn dispatch(desk: &Desk, command: Command) -> anyhow::Result<Output> {
    match command {
        Command::Demo(args) => demo::run(desk, &args),
        Command::Init(args) => init::run(&args),
        Command::Org(command) => org::run(desk, command),
        Command::Group(command) => group::run(desk, command),
        Command::Service(command) => service::run(desk, command),
        Command::Incident(command) => incident::run(desk, command),
        Command::Maintenance(command) => maintenance::run(desk, command),
        Command::Status(_) => overview::status(desk),
        Command::Uptime(args) => uptime::run(desk, args),
        Command::Log(args) => overview::log(desk, &args),
        Command::Undo(_) => backup::undo(desk),
        Command::Next(_) => overview::next(desk),
        Command::Build(args) => build::run(desk, args),
        Command::Publish(args) => publish::run(desk, &args),
        Command::Watch(_) => watch::run(desk),
        Command::Serve(args) => serve::run(desk, args),
        Command::State(command) => state::run(desk, command),
        Command::Import(command) => import::run(desk, command),
        Command::Apply(args) => apply::run(desk, &args),
        Command::Ingest(args) => ingest::run(desk, &args),
        Command::Export(args) => export::run(desk, args),
        Command::Backup(args) => backup::backup(desk, &args),
        Command::Token(command) => token::run(desk, command),
        Command::Member(command) => member::run(desk, &command),
        Command::Clerk(command) => clerk::run(desk, command),
        Command::Theme(command) => theme::run(desk, command),
        Command::Completions(args) => completions::run(&args),
        // Answered before anything that can fail.
        Command::Complete(_) => Ok(Output::default()),
        Command::Man(args) => man::run(desk, &args),
        // Answered before anything that can fail.
        Command::Help(_) => Ok(Output::default()),
    }
}

fn print_help(error: &clap::Error) -> io::Result<()> {
    let mut out = anstream::AutoStream::auto(io::stdout().lock());
    write!(out, "{}", error.render().ansi())?;
    out.flush()
}

/// The exit code after printing: whoever stops reading has what they want. `if_unheard` is what others have to know who get no result.
fn written(result: io::Result<()>, if_unheard: Option<&str>) -> u8 {
    match result {
        Ok(()) => 0,
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => 0,
        Err(error) => {
            let hint = if_unheard.map(str::to_owned);
            refused(&UserError { hint, ..UserError::failed(format!("cannot write the result: {}", reason(&error))) })
        }
    }
}

fn refused(error: &UserError) -> u8 {
    complaint::print(error);
    error.kind.exit_code()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_tree_of_commands_is_sound_and_every_verb_has_examples() {
        let mut root = Arguments::command();
        root.clone().debug_assert();
        root.build();
        let mut verbs: Vec<&clap::Command> = root.get_subcommands().filter(|verb| !verb.is_hide_set()).collect();
        let mut seen = 0;
        while let Some(verb) = verbs.pop() {
            let nested: Vec<&clap::Command> = verb.get_subcommands().filter(|verb| !verb.is_hide_set()).collect();
            let examples = verb.get_after_help().map(ToString::to_string).unwrap_or_default();
            assert!(examples.starts_with("Examples:\n  statuary "), "`{}` has no examples", verb.get_name());
            seen += 1;
            verbs.extend(nested);
        }
        assert!(seen >= 80, "only {seen} verbs");
    }

    #[test]
    fn it_can_be_run_more_than_once() {
        for _ in 0..2 {
            assert_eq!(format!("{:?}", run(["statuary", "no-such-command"])), format!("{:?}", ExitCode::from(2)));
        }
    }
}
