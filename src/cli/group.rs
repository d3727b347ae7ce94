//! `statuary group`: groups of services.

use clap::{Args, Subcommand};

use crate::cli::AtArgs;
use crate::cli::desk::Desk;
use crate::cli::output::Output;
use crate::cli::table::Table;
use crate::cli::wording::Names;
use crate::domain::Slug;
use crate::ops::group::{AddGroup, EditGroup};
use crate::ops::{self, Page};

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    Add(AddArgs),
    Edit(EditArgs),
    Remove(RemoveArgs),
    /// List the groups in page order
    #[command(after_help = "Examples:
  statuary group list
  statuary group list --json")]
    List,
}

/// Add a group; put services into it with `--group`
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  statuary group add europe --name Europe
  statuary group add europe --name Europe --position 1")]
pub(super) struct AddArgs {
    /// Its name in commands: lower-case letters, digits and hyphens
    slug: Slug,
    /// What visitors read
    #[arg(long)]
    name: String,
    /// Order on the page, smallest first; last by default
    #[arg(long, allow_negative_numbers = true)]
    position: Option<i64>,
    #[command(flatten)]
    at: AtArgs,
}

/// Change a group
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  statuary group edit europe --name 'Europe and Africa' --slug emea
  statuary group edit europe --position 1")]
pub(super) struct EditArgs {
    /// Slug, id or number
    group: String,
    /// Its name in commands from now on: lower-case letters, digits and hyphens
    #[arg(long)]
    slug: Option<Slug>,
    /// What visitors read
    #[arg(long)]
    name: Option<String>,
    /// A line for programs that read the page; an empty one removes it
    #[arg(long, value_name = "TEXT", allow_hyphen_values = true)]
    description: Option<String>,
    /// Order on the page, smallest first
    #[arg(long, allow_negative_numbers = true)]
    position: Option<i64>,
    #[command(flatten)]
    at: AtArgs,
}

/// Remove a group that holds no service any more
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  statuary group remove europe
  statuary group remove europe --yes")]
pub(super) struct RemoveArgs {
    /// Slug, id or number
    group: String,
    #[command(flatten)]
    at: AtArgs,
}

pub(super) fn run(desk: &Desk, command: Command) -> anyhow::Result<Output> {
    match command {
        Command::Add(args) => add(desk, args),
        Command::Edit(args) => edit(desk, args),
        Command::Remove(args) => remove(desk, &args),
        Command::List => list(desk),
    }
}

fn add(desk: &Desk, args: AddArgs) -> anyhow::Result<Output> {
    let place = desk.place()?;
    let deed = desk.deed(place.zone(), args.at.at.as_deref())?;
    let mut org = place.open_or_begin(desk.now)?;
    let written = ops::group::add(&mut org, &AddGroup { slug: args.slug, name: args.name, position: args.position }, &deed)?;
    let group = &written.thing;
    let output = Output::new(&written)?.line(group.slug.as_str()).note(format!("added group {} `{}`", group.number, group.slug));
    Ok(desk.after(&org, &written, output))
}

fn edit(desk: &Desk, args: EditArgs) -> anyhow::Result<Output> {
    let place = desk.place()?;
    let deed = desk.deed(place.zone(), args.at.at.as_deref())?;
    let mut org = place.open()?;
    let options = EditGroup { slug: args.slug, name: args.name, description: args.description, position: args.position };
    let written = ops::group::edit(&mut org, &args.group, &options, &deed)?;
    let output = Output::new(&written)?.note(format!("changed group `{}`", written.thing.slug));
    Ok(desk.after(&org, &written, output))
}

fn remove(desk: &Desk, args: &RemoveArgs) -> anyhow::Result<Output> {
    let place = desk.place()?;
    let deed = desk.deed(place.zone(), args.at.at.as_deref())?;
    let mut org = place.open()?;
    let group = ops::group::show(&org, &args.group, desk.now)?;
    desk.confirm(&format!("remove group `{}` ({})?", group.slug, group.name))?;
    let written = ops::group::remove(&mut org, &args.group, &deed)?;
    let output = Output::new(&written)?.note(format!("removed group `{}`", written.thing.slug));
    Ok(desk.after(&org, &written, output))
}

fn list(desk: &Desk) -> anyhow::Result<Output> {
    let report = ops::group::list(&desk.place()?.open()?, &Page::default(), desk.now)?;
    let mut table = Table::new(&["group", "status", "name", "services"]);
    for group in &report.groups {
        let services = Names(group.services.clone()).to_string().replace('`', "");
        table.row([group.slug.as_str().into(), group.status.into(), group.name.as_str().into(), services.into()]);
    }
    Ok(Output::new(&report)?.table(table))
}
