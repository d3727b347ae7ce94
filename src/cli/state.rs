//! `statuary state push|pull|status`: the record in object storage.

use chrono::TimeDelta;
use clap::{Args, Subcommand};

use crate::cli::cell::Cell;
use crate::cli::desk::Desk;
use crate::cli::output::Output;
use crate::cli::table::Table;
use crate::cli::wording::Count;
use crate::ops;
use crate::ops::state::{Copy, MovedReport};

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    Push(PushArgs),
    Pull(PullArgs),
    Status(StatusArgs),
}

/// Push what was done here to the remote
///
/// Refuses where somebody else has written there meanwhile. Commands that write push by themselves, unless they were given `--offline`; the
/// first push makes the record at the remote.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  statuary state push
  statuary --org acme state push --json")]
pub(super) struct PushArgs {}

/// Take the newest record from the remote
///
/// Refuses where there are deeds here that were not pushed.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  statuary state pull
  statuary state pull --replace")]
pub(super) struct PullArgs {
    /// Take it whatever is here, and keep what is here in a file beside it
    #[arg(long)]
    replace: bool,
}

/// Say how the copy here and the record at the remote stand
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  statuary state status
  statuary state status --json")]
pub(super) struct StatusArgs {}

pub(super) fn run(desk: &Desk, command: Command) -> anyhow::Result<Output> {
    let place = desk.place()?;
    desk.takes_the_newest();
    match command {
        Command::Push(_) => moved("pushed to", &ops::state::push(place.folder(), desk.now)?),
        Command::Pull(args) => moved("took from", &ops::state::pull(place.folder(), args.replace, desk.now)?),
        Command::Status(_) => {
            let report = ops::state::status(place.folder())?;
            let mut table = Table::new(&["what", "value"]);
            let copy = match (report.newest, report.unpushed) {
                (_, true) => "has deeds that were not pushed",
                (true, false) => "is the newest",
                (false, false) if report.copy_etag.is_none() => "there is none",
                (false, false) => "is older",
            };
            let rows: [(&str, Cell); 6] = [
                ("remote", report.remote.as_str().into()),
                ("version", report.etag.clone().into()),
                ("bytes", report.bytes.map(|bytes| bytes.to_string()).into()),
                ("pushed", report.pushed_at.into()),
                ("copy here", copy.into()),
                ("newest at", report.copy_taken_at.into()),
            ];
            for (what, value) in rows {
                table.row([what.into(), value]);
            }
            Ok(Output::new(&report)?.zone(place.zone()).table(table))
        }
    }
}

fn moved(verb: &str, report: &MovedReport) -> anyhow::Result<Output> {
    let output = Output::new(report)?;
    let output = match report.changed {
        true => output.note(format!("{verb} {}", report.remote)),
        false => output.note(format!("nothing to do: the copy here and {} are the same", report.remote)),
    };
    Ok(match &report.kept {
        Some(kept) => output.line(kept.as_str()),
        None => output,
    })
}

/// How old the copy is that was read, for people.
pub(super) fn age(copy: &Copy, remote: &str) -> String {
    let unpushed = if copy.unpushed { ", and has deeds that were not pushed" } else { "" };
    match copy.age {
        Some(age) => format!("the copy here was the newest {} ago{unpushed}", Long(age)),
        None => format!("the copy here was never compared with {remote}{unpushed}"),
    }
}

/// A length of time in its largest unit.
struct Long(TimeDelta);

impl std::fmt::Display for Long {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let count = |number: i64, unit| Count(usize::try_from(number).unwrap_or(0), unit);
        match self.0 {
            age if age < TimeDelta::minutes(1) => f.write_str("less than a minute"),
            age if age < TimeDelta::hours(1) => count(age.num_minutes(), "minute").fmt(f),
            age if age < TimeDelta::days(1) => count(age.num_hours(), "hour").fmt(f),
            age => count(age.num_days(), "day").fmt(f),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ages_are_told_in_their_largest_unit() {
        let of = |seconds, unpushed| age(&Copy { age: Some(TimeDelta::seconds(seconds)), unpushed }, "s3://b/a");
        assert_eq!(of(59, false), "the copy here was the newest less than a minute ago");
        assert_eq!(of(60, false), "the copy here was the newest 1 minute ago");
        assert_eq!(of(7300, true), "the copy here was the newest 2 hours ago, and has deeds that were not pushed");
        assert_eq!(of(86_400 * 3, false), "the copy here was the newest 3 days ago");
        assert_eq!(age(&Copy { age: None, unpushed: false }, "s3://b/a"), "the copy here was never compared with s3://b/a");
    }
}
