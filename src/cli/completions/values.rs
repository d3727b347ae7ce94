//! Which values fit an argument. Each argument of each command has a rule here, or a list of its own; a test holds that.

use std::path::Path;

use clap::Arg;

use crate::cli::Global;
use crate::cli::completions::Offer;
use crate::cli::completions::line::Spot;
use crate::clock;
use crate::config::{OrgFolder, Workspace};
use crate::domain::{AlertSource, Impact, IncidentStatus, MaintenanceStatus, Role, ServiceStatus};
use crate::ops::choices::{self, Choice, MaintenanceChoices};
use crate::ops::theme;

/// Where the values of an argument come from.
#[derive(Clone, Copy, Debug)]
enum Source {
    /// `SLUG`, `SLUG=STATUS` or either, once each.
    Services(Said),
    Groups,
    Orgs,
    Incidents,
    OpenIncidents,
    Maintenances(MaintenanceChoices),
    Tokens,
    /// Files of the organization's theme.
    ThemeFiles,
    Templates,
    /// Where org.toml says that the site is published.
    Targets,
    /// Words of ours.
    Words(fn() -> Vec<&'static str>),
    /// What the shell knows best.
    Files,
    Folders,
    /// What only the one who types knows.
    Free,
}

/// What is said of a service together with its name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Said {
    Nothing,
    Status,
    MaybeStatus,
}

/// What fits `arg` at the end of the line.
pub(super) fn of(spot: &Spot<'_>, arg: &Arg, global: &Global) -> Vec<Offer> {
    let own = arg.get_possible_values();
    if !own.is_empty() {
        let shown = own.iter().filter(|value| !value.is_hide_set());
        return shown.map(|value| Offer::new(value.get_name(), value.get_help().map(ToString::to_string).unwrap_or_default())).collect();
    }
    match source(&spot.path, arg) {
        None | Some(Source::Free) => Vec::new(),
        Some(Source::Files) => vec![Offer::new("//files", "")],
        Some(Source::Folders) => vec![Offer::new("//folders", "")],
        Some(Source::Words(words)) => words().into_iter().map(|word| Offer::new(word, "")).collect(),
        Some(Source::Orgs) => orgs(spot, global),
        Some(recorded) => org(spot, global).map(|folder| of_the_record(recorded, &folder, spot, arg)).unwrap_or_default(),
    }
}

/// The rule for an argument of the command with these words; `None` where nobody has thought of it.
fn source(path: &[&str], arg: &Arg) -> Option<Source> {
    let says = arg.get_value_names().and_then(|names| names.first()).map(|name| name.as_str()).unwrap_or_default();
    Some(match (path, arg.get_id().as_str(), says) {
        (["org", "create"] | ["service" | "group", "add"] | ["group", "edit"], "slug", _) => Source::Free,
        (["org", ..], "slug", _) | (_, "org", _) => Source::Orgs,
        (["service", "status"], "status", _) => Source::Words(|| ServiceStatus::ALL.iter().map(|status| status.as_str()).collect()),
        (["incident", "open"], "status", _) => Source::Words(|| {
            let begins = IncidentStatus::ALL.iter().filter(|status| **status != IncidentStatus::Postmortem);
            begins.map(|status| status.as_str()).collect()
        }),
        (["incident", ..], "status", _) => Source::Words(|| IncidentStatus::ALL.iter().map(|status| status.as_str()).collect()),
        (["maintenance", ..], "status", _) => Source::Words(|| MaintenanceStatus::ALL.iter().map(|status| status.as_str()).collect()),
        (_, "impact", _) => Source::Words(|| Impact::ALL.iter().map(|impact| impact.as_str()).collect()),
        (_, "role", _) => Source::Words(|| Role::ALL.iter().map(|role| role.as_str()).collect()),
        (["ingest"], "kind", _) => Source::Words(|| AlertSource::ALL.iter().map(|kind| kind.as_str()).collect()),
        (["token", "revoke"], "name", _) => Source::Tokens,
        (["theme", "eject"], "path", _) => Source::ThemeFiles,
        (_, "template", _) => Source::Templates,
        (["publish"], "target", _) => Source::Targets,
        (["maintenance", ..], "repeat", _) => Source::Words(|| vec!["daily", "weekly", "monthly", "yearly"]),
        (_, "time_zone", _) => Source::Words(|| chrono_tz::TZ_VARIANTS.iter().map(|zone| zone.name()).collect()),
        (_, "service" | "services", "SLUG=STATUS") => Source::Services(Said::Status),
        (_, "service" | "services", "SLUG[=STATUS]") => Source::Services(Said::MaybeStatus),
        (_, "service" | "services", _) => Source::Services(Said::Nothing),
        (_, "group", _) => Source::Groups,
        // What is over is looked at and mended, but not moved on.
        (["incident", "show" | "edit" | "edit-update" | "remove" | "postmortem"], "incident", _) => Source::Incidents,
        (_, "incident", _) => Source::OpenIncidents,
        // A series is changed, shown, called off or removed as a whole, but each of its dates is moved on by itself.
        (["maintenance", verb], "maintenance", _) => Source::Maintenances(MaintenanceChoices {
            open: !matches!(*verb, "show" | "edit" | "remove"),
            series: matches!(*verb, "show" | "edit" | "remove" | "cancel"),
            dates: *verb != "remove",
        }),
        (_, "dir" | "folder" | "root", _) | (["build"], "out", _) => Source::Folders,
        (_, "file" | "files" | "path" | "paths" | "out", _) => Source::Files,
        (
            _,
            "actor" | "at" | "from" | "until" | "since" | "length" | "days" | "limit" | "number" | "position" | "start_date"
            | "next_update",
            _,
        )
        | (_, "title" | "name" | "description" | "link" | "url" | "message" | "translations" | "id" | "cursor" | "values" | "words", _)
        | (_, "bind" | "port" | "hosts" | "trusted_proxies" | "metrics" | "webhooks", _) => Source::Free,
        _ => return None,
    })
}

/// The workspace that the line, the environment or the current folder means.
fn workspace(spot: &Spot<'_>, global: &Global) -> Option<Workspace> {
    let here = std::env::current_dir().ok()?;
    let root = spot.given("root").map(Path::new).or(global.root.as_deref());
    Workspace::find(root, &here).ok()
}

fn org(spot: &Spot<'_>, global: &Global) -> Option<OrgFolder> {
    workspace(spot, global)?.org(spot.given("org").or(global.org.as_deref())).ok()
}

fn orgs(spot: &Spot<'_>, global: &Global) -> Vec<Offer> {
    let folders = workspace(spot, global).and_then(|workspace| workspace.each_org().ok()).unwrap_or_default();
    let name = |folder: &OrgFolder| folder.settings().map(|settings| settings.name).unwrap_or_default();
    folders.into_iter().flatten().map(|folder| Offer::new(folder.slug.as_str(), name(&folder))).collect()
}

fn of_the_record(source: Source, folder: &OrgFolder, spot: &Spot<'_>, arg: &Arg) -> Vec<Offer> {
    let now = clock::now().ok();
    match source {
        Source::Services(said) => services(&choices::services(folder), said, spot, arg),
        Source::Groups => choices::groups(folder).into_iter().map(slug).collect(),
        Source::Tokens => choices::tokens(folder).into_iter().map(slug).collect(),
        Source::Incidents => by_number_or_id(&choices::incidents(folder, false)),
        Source::OpenIncidents => by_number_or_id(&choices::incidents(folder, true)),
        Source::Maintenances(wanted) => by_number_or_id(&choices::maintenances(folder, wanted, now)),
        Source::ThemeFiles => theme_files(folder),
        Source::Templates => folder.template_names().unwrap_or_default().into_iter().map(|name| Offer::new(name, "")).collect(),
        Source::Targets => targets(folder),
        Source::Orgs | Source::Words(_) | Source::Files | Source::Folders | Source::Free => Vec::new(),
    }
}

fn slug(choice: Choice) -> Offer {
    Offer::new(choice.name, choice.title)
}

/// All numbers before all ids, which nobody types from memory.
fn by_number_or_id(choices: &[Choice]) -> Vec<Offer> {
    let numbers = choices.iter().map(|choice| Offer::new(choice.name.as_str(), choice.title.as_str()));
    let ids = choices.iter().filter_map(|choice| Some(Offer::new(choice.id.as_deref()?, choice.title.as_str())));
    numbers.chain(ids).collect()
}

/// Services that the line does not name yet, or what can be said of the one that it does.
fn services(services: &[Choice], said: Said, spot: &Spot<'_>, arg: &Arg) -> Vec<Offer> {
    if said != Said::Nothing
        && let Some((service, _)) = spot.typed.split_once('=')
    {
        return ServiceStatus::ALL.iter().map(|status| Offer::new(format!("{service}={status}"), "")).collect();
    }
    let id = arg.get_id().as_str();
    let named = |slug: &str| spot.all_given(id).any(|given| given.split('=').next() == Some(slug));
    let mark = if said == Said::Status { "=" } else { "" };
    let left = services.iter().filter(|service| !named(&service.name));
    left.map(|service| Offer::new(format!("{}{mark}", service.name), service.title.as_str())).collect()
}

fn targets(folder: &OrgFolder) -> Vec<Offer> {
    let targets = folder.settings().map(|settings| settings.publish.targets).unwrap_or_default();
    targets.into_iter().map(|target| Offer::new(target.name.as_str(), target.to.to_string())).collect()
}

fn theme_files(folder: &OrgFolder) -> Vec<Offer> {
    let theme = folder.settings().ok().and_then(|settings| theme::list(Some(&settings.theme)).ok());
    let used = theme.into_iter().flatten().find(|theme| theme.used);
    used.into_iter().flat_map(|theme| theme.files).map(|file| Offer::new(file, "")).collect()
}

#[cfg(test)]
mod tests {
    use clap::{Command, CommandFactory};

    use super::*;
    use crate::cli::Arguments;

    /// Fails for a new argument that nobody has said a word about: give it a rule in [`source`], `Free` where nothing can be offered.
    #[test]
    fn every_argument_of_every_command_has_a_rule() {
        let mut root = Arguments::command();
        root.build();
        let mut without = Vec::new();
        look(&root, &mut Vec::new(), &mut without);
        assert!(without.is_empty(), "no rule says how these are completed: {}", without.join(", "));
    }

    fn look<'c>(command: &'c Command, path: &mut Vec<&'c str>, without: &mut Vec<String>) {
        let values = command.get_arguments().filter(|arg| arg.get_action().takes_values() && !arg.is_hide_set());
        for arg in values.filter(|arg| arg.get_possible_values().is_empty() && source(path, arg).is_none()) {
            without.push(format!("{} {}", path.join(" "), arg.get_id()));
        }
        for verb in command.get_subcommands().filter(|verb| !verb.is_hide_set()) {
            path.push(verb.get_name());
            look(verb, path, without);
            path.pop();
        }
    }
}
