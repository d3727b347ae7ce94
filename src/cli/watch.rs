//! `statuary watch`, and what it has in common with `statuary serve`.

use std::io::{self, Write};

use crate::cli::build::summary;
use crate::cli::complaint;
use crate::cli::desk::Desk;
use crate::cli::output::Output;
use crate::cli::progress::Bar;
use crate::cli::stop::Stop;
use crate::cli::wording::one_line;
use crate::clock;
use crate::config::{OrgFolder, Workspace};
use crate::domain::text::escaped_json;
use crate::error::UserError;
use crate::ops;
use crate::ops::rebuild::{self, Watched, Which};
use crate::ops::report::BuildReport;
use crate::watch::Changes;

/// Build again whenever data, theme, org.toml or the clock ask for it
///
/// One organization, or all of the workspace. Runs until it is ended with Ctrl-C.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  statuary watch
  statuary --org acme watch
  statuary watch --json")]
pub(super) struct WatchArgs {}

pub(super) fn run(desk: &Desk) -> anyhow::Result<Output> {
    let which = which(desk)?;
    take_newest(desk, &which);
    let mut changes = Changes::begin();
    let stop = Stop::begin(changes.poke())?;
    let bar = Bar::new("organizations", desk.global.quiet);
    let (json, quiet) = (desk.global.json, desk.global.quiet);
    let built = |folder: &OrgFolder, outcome: anyhow::Result<BuildReport>| tell(folder, &outcome, json, quiet);
    let mut watched = Watched {
        now: &|| Ok(clock::now()?),
        built: &built,
        round: &|_| {},
        progress: &|done, all| bar.show(done, all),
        stop: stop.asked(),
    };
    rebuild::keep_built(&which, &mut changes, &mut watched)?;
    Ok(Output::default())
}

/// Takes the newest records that are shared, so that the first build has them; what cannot be taken now is told.
pub(super) fn take_newest(desk: &Desk, which: &Which) {
    let folders = which.folders();
    if desk.global.offline {
        return;
    }
    for (folder, taken) in folders.iter().zip(ops::state::take_newest_of_each(&folders, desk.now)) {
        if let Err(error) = taken {
            let error = complaint::complaint(&error);
            complaint::print(&UserError {
                message: format!("cannot take the newest record of `{}`: {}", folder.slug, error.message),
                ..error
            });
        }
    }
}

/// The organization the command is about, or all where it names none and there are several.
pub(super) fn which(desk: &Desk) -> anyhow::Result<Which> {
    let workspace = desk.workspace()?;
    if desk.global.org.is_none() && workspace.current.is_none() && !workspace.lone {
        let orgs = workspace.orgs()?;
        tell_left_out(&workspace)?;
        if orgs.len() != 1 {
            return Ok(Which::All(workspace));
        }
    }
    Ok(Which::One(workspace.org(desk.global.org.as_deref())?))
}

/// Says which folders of a workspace nothing is built of, and why.
pub(super) fn tell_left_out(workspace: &Workspace) -> Result<(), UserError> {
    workspace.each_org()?.into_iter().filter_map(Result::err).for_each(|error| complaint::print(&error));
    Ok(())
}

/// Says what came of a build: one line of JSON on standard output, or a sentence among the words about the work.
pub(super) fn tell(folder: &OrgFolder, outcome: &anyhow::Result<BuildReport>, json: bool, quiet: bool) {
    match outcome {
        Ok(report) if json => say(io::stdout().lock(), &escaped_json(&serde_json::to_string(report).unwrap_or_default())),
        Ok(report) if !quiet && report.written + report.removed > 0 => say(io::stderr().lock(), &one_line(&summary(report))),
        Ok(_) => {}
        Err(error) => complaint::print(&cannot_build(folder, error)),
    }
}

/// One line; whoever stopped reading has what they want.
pub(super) fn say(mut out: impl Write, line: &str) {
    drop(writeln!(out, "{line}").and_then(|()| out.flush()));
}

/// Why an organization could not be built.
fn cannot_build(folder: &OrgFolder, error: &anyhow::Error) -> UserError {
    let error = complaint::complaint(error);
    UserError { message: format!("cannot build `{}`: {}", folder.slug, error.message), ..error }
}
