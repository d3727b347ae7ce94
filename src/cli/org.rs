//! `statuary org`: organizations.

use chrono_tz::{TZ_VARIANTS, Tz};
use clap::{Args, Subcommand};

use crate::cli::AtArgs;
use crate::cli::desk::Desk;
use crate::cli::output::Output;
use crate::cli::table::Table;
use crate::domain::{ClerkId, Slug};
use crate::error::{UserError, nearest};
use crate::ops;
use crate::ops::report::OrgReport;
use crate::ops::workspace::CreateOrg;

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    Create(CreateArgs),
    /// List the organizations of the workspace
    #[command(after_help = "Examples:
  statuary org list
  statuary org list --json")]
    List,
    Show(ShowArgs),
    Remove(RemoveArgs),
    Link(LinkArgs),
    Unlink(UnlinkArgs),
}

/// Make the folder of a new organization
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  statuary org create acme --name 'Acme Inc.'
  statuary org create acme --name Acme --url https://status.acme.example/ --time-zone Europe/Berlin")]
pub(super) struct CreateArgs {
    /// Its name in commands and paths: lower-case letters, digits and hyphens
    slug: Slug,
    /// What visitors read
    #[arg(long)]
    name: String,
    /// Where its page will be, http or https
    #[arg(long)]
    url: Option<String>,
    /// The zone its days and dates follow, such as Europe/Berlin; Etc/UTC by default
    #[arg(long, value_name = "ZONE", value_parser = time_zone)]
    time_zone: Option<Tz>,
    #[command(flatten)]
    at: AtArgs,
}

/// Show an organization
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  statuary org show
  statuary org show acme --json")]
pub(super) struct ShowArgs {
    /// Which one; the one `--org` names by default
    slug: Option<String>,
}

/// Remove an organization; everything people made in it is kept in one file beside it
///
/// The file is a tar archive: settings, database, dump and theme files, without the built page. It is on disk before anything is deleted.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  statuary org remove acme
  statuary org remove acme --yes --quiet")]
pub(super) struct RemoveArgs {
    /// Which one
    slug: String,
}

/// Link an organization to one at Clerk, whose members then belong to it
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  statuary org link acme org_2abc
  statuary org link acme org_2abc --json")]
pub(super) struct LinkArgs {
    /// Which one
    slug: String,
    /// The id of the organization at Clerk
    #[arg(value_name = "CLERK_ORG_ID")]
    id: ClerkId,
}

/// Take an organization's link to Clerk away; nobody there belongs to it any more
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  statuary org unlink acme
  statuary org unlink acme --json")]
pub(super) struct UnlinkArgs {
    /// Which one
    slug: String,
}

pub(super) fn run(desk: &Desk, command: Command) -> anyhow::Result<Output> {
    match command {
        Command::Create(args) => create(desk, args),
        Command::List => list(desk),
        Command::Show(args) => show(desk, &args),
        Command::Remove(args) => remove(desk, &args),
        Command::Link(args) => link(desk, &args),
        Command::Unlink(args) => unlink(desk, &args),
    }
}

fn create(desk: &Desk, args: CreateArgs) -> anyhow::Result<Output> {
    refuse_two(desk, args.slug.as_str())?;
    let workspace = desk.workspace()?;
    let deed = desk.deed(args.time_zone.unwrap_or_default(), args.at.at.as_deref())?;
    let options = CreateOrg { slug: args.slug, name: args.name, url: args.url, time_zone: args.time_zone };
    let report = ops::workspace::create_org(&workspace, &options, &deed)?;
    Ok(Output::new(&report)?
        .line(report.slug.as_str())
        .note(format!("made the organization `{}` in `{}`", report.slug, report.path))
        .note(format!("hint: add a service with `statuary --org {} service add SLUG --name NAME`", report.slug)))
}

fn list(desk: &Desk) -> anyhow::Result<Output> {
    let (mut orgs, mut failures) = (Vec::new(), Vec::new());
    let workspace = desk.workspace()?;
    // What must not be in a workspace is refused; one that cannot be read does not hide the others.
    workspace.orgs()?;
    for folder in workspace.each_org()? {
        let folder = match folder {
            Ok(folder) => folder,
            Err(error) => {
                failures.push(error.into());
                continue;
            }
        };
        match ops::workspace::show_org(&folder, desk.now) {
            Ok(report) => orgs.push(report),
            Err(error) => failures.push(error.context(format!("cannot read `{}`", folder.slug))),
        }
    }
    let mut table = Table::new(&["org", "services", "open incidents", "name", "url"]);
    for org in &orgs {
        table.row([
            org.slug.as_str().into(),
            org.services.to_string().into(),
            org.open_incidents.to_string().into(),
            org.name.as_str().into(),
            org.url.clone().into(),
        ]);
    }
    let mut output = Output::list("orgs", &orgs)?.table(table);
    output.failures = failures;
    Ok(output)
}

fn show(desk: &Desk, args: &ShowArgs) -> anyhow::Result<Output> {
    if let Some(slug) = &args.slug {
        refuse_two(desk, slug)?;
    }
    let folder = desk.workspace()?.org(args.slug.as_deref().or(desk.global.org.as_deref()))?;
    let report = ops::workspace::show_org(&folder, desk.now)?;
    Ok(Output::new(&report)?.table(facts(&report)))
}

fn remove(desk: &Desk, args: &RemoveArgs) -> anyhow::Result<Output> {
    refuse_two(desk, &args.slug)?;
    let workspace = desk.workspace()?;
    let folder = workspace.org(Some(&args.slug))?;
    if !workspace.lone {
        desk.confirm(&format!("remove organization `{}` and its folder `{}`? a backup is kept", folder.slug, folder.dir.display()))?;
    }
    let report = ops::workspace::remove_org(&workspace, &folder, desk.now)?;
    desk.tell_if_unheard(Some("the organization is removed all the same; its backup lies beside where it was"));
    let root = workspace.root.display();
    let mut output = Output::new(&report)?
        .line(report.backup.as_str())
        .note(format!("removed organization `{}`; the file holds what people made in it", report.slug))
        .notes(report.notice.clone())
        .note(format!("hint: bring it back with `tar -xf {} -C {root}`", report.backup));
    output.failures.extend(report.left.map(|left| UserError::failed(left).into()));
    Ok(output)
}

fn link(desk: &Desk, args: &LinkArgs) -> anyhow::Result<Output> {
    refuse_two(desk, &args.slug)?;
    let workspace = desk.workspace()?;
    let report = ops::clerk::link(&workspace, &workspace.org(Some(&args.slug))?, &args.id)?;
    let output = Output::new(&report)?;
    Ok(match &report.name_at_clerk {
        Some(name) => output.note(format!("linked `{}` to `{}`, {name}", report.org, report.clerk_organization)),
        None => output
            .note(format!("linked `{}` to `{}`", report.org, report.clerk_organization))
            .note("hint: nothing is known of it yet; `statuary clerk import` takes in who belongs to it"),
    })
}

fn unlink(desk: &Desk, args: &UnlinkArgs) -> anyhow::Result<Output> {
    refuse_two(desk, &args.slug)?;
    let workspace = desk.workspace()?;
    let report = ops::clerk::unlink(&workspace, &workspace.org(Some(&args.slug))?)?;
    Ok(Output::new(&report)?.note(format!("unlinked `{}` from `{}`", report.org, report.clerk_organization)))
}

/// Refuses to choose between the organization that a command names and another one that `--org` names. What the environment names is only
/// meant where nothing else is said.
fn refuse_two(desk: &Desk, slug: &str) -> Result<(), UserError> {
    match desk.global.org.as_deref().filter(|other| desk.global.whereabouts.names_org() && *other != slug) {
        Some(other) => {
            Err(UserError::usage(format!("`{}` and `--org {}` are two organizations", slug.escape_debug(), other.escape_debug()))
                .hint("leave `--org` out, or name the same one"))
        }
        None => Ok(()),
    }
}

fn facts(org: &OrgReport) -> Table {
    let mut table = Table::facts();
    table.fact("org", Some(org.slug.as_str()));
    table.fact("name", Some(org.name.as_str()));
    table.fact("id", Some(org.id.as_str()));
    table.fact("url", org.url.as_deref());
    table.fact("time zone", Some(org.time_zone.as_str()));
    table.fact("folder", Some(org.path.as_str()));
    table.fact("services", Some(org.services.to_string()));
    table.fact("open incidents", Some(org.open_incidents.to_string()));
    table
}

fn time_zone(text: &str) -> Result<Tz, UserError> {
    text.parse().map_err(|_| {
        let error = UserError::usage(format!("`{}` is not a time zone", text.escape_debug()));
        match nearest(text, TZ_VARIANTS.iter().map(|known| known.name())) {
            Some(near) => error.hint(format!("did you mean `{near}`?")),
            None => error.hint("write an IANA name such as `Europe/Berlin`"),
        }
    })
}
