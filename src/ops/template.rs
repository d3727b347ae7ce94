//! Templates of incidents and maintenance, with values in their blanks.

use std::collections::BTreeMap;

use crate::config::{OrgFolder, Template, TemplateKind};
use crate::domain::{Blanks, Impact, IncidentStatus};
use crate::error::{UserError, nearest};

/// A template with values in its blanks, as words of the command line; what is `None` or empty is not said by it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Filled {
    /// One line.
    pub title: Option<String>,
    /// How bad it is.
    pub impact: Option<Impact>,
    /// Where an incident stands at first.
    pub status: Option<IncidentStatus>,
    /// `SLUG` or `SLUG=STATUS`.
    pub services: Vec<String>,
    /// By when another update is promised.
    pub next_update: Option<String>,
    /// Start of the window.
    pub from: Option<String>,
    /// Length of the window.
    pub length: Option<String>,
    /// Starts by itself.
    pub auto_start: Option<bool>,
    /// Finishes by itself.
    pub auto_finish: Option<bool>,
    /// What visitors read.
    pub message: Option<String>,
}

/// What is given beside a template and counts instead of what that says.
#[derive(Clone, Copy, Debug, Default)]
#[expect(clippy::struct_excessive_bools, reason = "one for each part that can be given")]
pub struct Beside {
    /// A title.
    pub title: bool,
    /// Services.
    pub services: bool,
    /// A promise.
    pub next_update: bool,
    /// Start of the window.
    pub from: bool,
    /// End or length of the window.
    pub length: bool,
    /// A message.
    pub message: bool,
}

/// The template `name` of the organization, for a thing of `kind`, without the parts that are given `beside` it. `values` must be meant for
/// blanks that it has.
///
/// # Errors
/// Not found for an unknown one; bad input for one that cannot be used; usage for one of another kind, or a value for no blank.
pub fn find(
    folder: &OrgFolder,
    name: &str,
    kind: TemplateKind,
    values: &BTreeMap<String, String>,
    beside: Beside,
) -> Result<Template, UserError> {
    let mut template = folder.template(name)?;
    if template.kind != kind {
        let (this, other) = (template.kind.as_str(), kind.as_str());
        return Err(UserError::usage(format!("template `{name}` is for {this}, not for {other}")));
    }
    refuse_strangers(&template, values)?;
    let gone = |is_given: bool, part: &mut Option<Blanks>| part.take_if(|_| is_given);
    gone(beside.title, &mut template.title);
    gone(beside.next_update, &mut template.next_update);
    gone(beside.from, &mut template.from);
    gone(beside.length, &mut template.length);
    gone(beside.message, &mut template.message);
    if beside.services {
        template.services.clear();
    }
    Ok(template)
}

/// The blanks of a template for which `values` have nothing, each once, in the order in which a reader meets them.
pub fn missing(template: &Template, values: &BTreeMap<String, String>) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    for name in parts(template).flat_map(Blanks::names) {
        if !values.contains_key(name) && !names.iter().any(|known| known == name) {
            names.push(name.to_owned());
        }
    }
    names
}

/// The template with `values` in its blanks.
///
/// # Errors
/// Usage where a blank has no value.
pub fn fill(template: &Template, values: &BTreeMap<String, String>) -> Result<Filled, UserError> {
    if let Some(name) = missing(template, values).first() {
        return Err(UserError::usage(format!("template `{}` has a blank `{name}` without a value", template.name))
            .hint(format!("fill it in with `--set {name}=…`")));
    }
    let text = |part: &Option<Blanks>| part.as_ref().map(|blanks| blanks.fill(values));
    Ok(Filled {
        title: text(&template.title),
        impact: template.impact,
        status: template.status,
        services: template.services.iter().map(|service| service.fill(values)).collect(),
        next_update: text(&template.next_update),
        from: text(&template.from),
        length: text(&template.length),
        auto_start: template.auto_start,
        auto_finish: template.auto_finish,
        message: text(&template.message),
    })
}

/// All parts that may have blanks.
fn parts(template: &Template) -> impl Iterator<Item = &Blanks> {
    let Template { title, services, next_update, from, length, message, .. } = template;
    title.iter().chain(services).chain(next_update).chain(from).chain(length).chain(message)
}

fn refuse_strangers(template: &Template, values: &BTreeMap<String, String>) -> Result<(), UserError> {
    let names = missing(template, &BTreeMap::new());
    let Some(stranger) = values.keys().find(|key| !names.contains(key)) else { return Ok(()) };
    let error = UserError::usage(format!("template `{}` has no blank `{}`", template.name, stranger.escape_debug()));
    Err(match nearest(stranger, names.iter().map(String::as_str)) {
        Some(near) => error.hint(format!("did you mean `{near}`?")),
        None if names.is_empty() => error.hint("it has none"),
        None => error.hint(format!("its blanks are {}", names.join(", "))),
    })
}
