//! Templates of incidents and maintenance: the files `templates/NAME.md` of an organization, read as strictly as org.toml.
//!
//! A file begins with its settings in TOML between two lines `+++`; what follows is the message, in Markdown. All texts may have blanks.

use std::ffi::OsStr;
use std::fs;
use std::ops::Range;

use crate::config::document::{Document, Placed, Section};
use crate::config::read::settings_text;
use crate::config::workspace::OrgFolder;
use crate::config::write::cannot;
use crate::domain::{Blanks, Impact, IncidentStatus, ServiceStatus};
use crate::error::{UserError, nearest};

/// The folder of templates within an organization's.
const FOLDER: &str = "templates";

/// What stands before and after the settings.
const FENCE: &str = "+++";

/// What a template is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TemplateKind {
    /// `incident open`.
    Incident,
    /// `maintenance schedule`.
    Maintenance,
}

/// A template; what is `None` or empty is not said by it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Template {
    /// Its name: the file's without `.md`.
    pub name: String,
    /// What it is for.
    pub kind: TemplateKind,
    /// One line.
    pub title: Option<Blanks>,
    /// How bad it is.
    pub impact: Option<Impact>,
    /// Where an incident stands at first.
    pub status: Option<IncidentStatus>,
    /// Services as commands name them: `SLUG`, or `SLUG=STATUS` of an incident.
    pub services: Vec<Blanks>,
    /// By when an incident promises another update.
    pub next_update: Option<Blanks>,
    /// Start of a maintenance's window.
    pub from: Option<Blanks>,
    /// Length of a maintenance's window.
    pub length: Option<Blanks>,
    /// Whether a maintenance starts by itself.
    pub auto_start: Option<bool>,
    /// Whether a maintenance finishes by itself.
    pub auto_finish: Option<bool>,
    /// What visitors read, in Markdown.
    pub message: Option<Blanks>,
}

const INCIDENT_KEYS: &[&str] = &["kind", "title", "impact", "status", "services", "next_update"];
const MAINTENANCE_KEYS: &[&str] = &["kind", "title", "services", "from", "for", "auto_start", "auto_finish"];

impl TemplateKind {
    /// As `kind` has it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Incident => "incident",
            Self::Maintenance => "maintenance",
        }
    }
}

impl OrgFolder {
    /// The names of its templates, sorted.
    ///
    /// # Errors
    /// Failed where the folder is there and cannot be read.
    pub fn template_names(&self) -> Result<Vec<String>, UserError> {
        let folder = self.dir.join(FOLDER);
        let entries = match fs::read_dir(&folder) {
            Ok(entries) => entries,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
            Err(error) => return Err(cannot("read", &folder, &error)),
        };
        let mut names = Vec::new();
        for entry in entries {
            let path = entry.map_err(|error| cannot("read", &folder, &error))?.path();
            let stem = path.file_stem().and_then(OsStr::to_str).filter(|stem| !stem.starts_with('.'));
            names.extend(stem.filter(|_| path.extension() == Some(OsStr::new("md"))).map(str::to_owned));
        }
        names.sort_unstable();
        Ok(names)
    }

    /// The template called `name`.
    ///
    /// # Errors
    /// Not found for an unknown one; bad input, with file and line, for one that cannot be used.
    pub fn template(&self, name: &str) -> Result<Template, UserError> {
        let names = self.template_names()?;
        // Only what lies in the folder has a name, so that no name leads anywhere else.
        if !names.iter().any(|known| known == name) {
            let unknown = UserError::not_found(format!("no template `{}`", name.escape_debug()));
            return Err(match nearest(name, names.iter().map(String::as_str)) {
                Some(near) => unknown.hint(format!("did you mean `{near}`?")),
                None if names.is_empty() => unknown.hint(format!("there are none: put one into `{FOLDER}/NAME.md` of the organization")),
                None => unknown.hint(format!("there are {}", names.join(", "))),
            });
        }
        let path = self.dir.join(FOLDER).join(format!("{name}.md"));
        settings_text(&path, &self.dir, |text| parse(name, Document::new(&path, text), text))
    }
}

/// Where the settings and the message of a file stand.
fn parts<'t>(document: Document<'_>, text: &'t str) -> Result<(&'t str, Range<usize>), UserError> {
    let none = |line: &str| document.refuse(&(0..0), line).hint(format!("begin with settings in TOML between two lines `{FENCE}`"));
    let first = text.lines().next().unwrap_or_default();
    if first.trim_end() != FENCE {
        return Err(none(&format!("the file does not begin with a line `{FENCE}`")));
    }
    let mut start = text.len().min(first.len() + text.get(first.len()..).map_or(0, ending));
    while let Some(line) = text.get(start..).and_then(|rest| rest.split_inclusive('\n').next()) {
        if line.trim_end() == FENCE {
            return Ok((text.get(..start).unwrap_or_default(), start + line.len()..text.len()));
        }
        start += line.len();
    }
    Err(none(&format!("the settings are not closed by a line `{FENCE}`")))
}

/// Bytes of the line ending that `rest` begins with.
fn ending(rest: &str) -> usize {
    if rest.starts_with("\r\n") { 2 } else { usize::from(rest.starts_with('\n')) }
}

fn parse(name: &str, document: Document<'_>, text: &str) -> Result<Template, UserError> {
    let (front, message) = parts(document, text)?;
    // As long as the line is, so that every place in it is that in the file.
    let settings = front.replacen(FENCE, "#--", 1);
    let within = document.with_text(&settings);
    let table = within.parse()?;
    let all: Vec<&str> = INCIDENT_KEYS.iter().chain(MAINTENANCE_KEYS).copied().collect();
    let kind = kind(document, Section::below(&[], within, table.get_ref(), &all)?.text("kind")?)?;
    let known = if kind == TemplateKind::Incident { INCIDENT_KEYS } else { MAINTENANCE_KEYS };
    let section = Section::new(within, table.get_ref(), known)?;
    let blanks = |key: &str| section.text(key)?.map(|text| placed(document, &text)).transpose();
    let services = section.texts("services")?;
    for service in &services {
        service_of(document, service, kind)?;
    }
    Ok(Template {
        name: name.to_owned(),
        kind,
        title: blanks("title")?,
        impact: word(document, section.text("impact")?)?,
        status: status(document, section.text("status")?)?,
        services: services.iter().map(|service| placed(document, service)).collect::<Result<_, _>>()?,
        next_update: blanks("next_update")?,
        from: blanks("from")?,
        length: blanks("for")?,
        auto_start: section.switch("auto_start")?,
        auto_finish: section.switch("auto_finish")?,
        message: body(document, text, message)?,
    })
}

fn kind(document: Document<'_>, given: Option<Placed<String>>) -> Result<TemplateKind, UserError> {
    let hint = "write `kind = \"incident\"` or `kind = \"maintenance\"`";
    match given {
        None => Err(document.refuse_whole("there is no `kind`").hint(hint)),
        Some(given) => match given.value.as_str() {
            "incident" => Ok(TemplateKind::Incident),
            "maintenance" => Ok(TemplateKind::Maintenance),
            other => Err(document.refuse(&given.span, &format!("`{}` is no kind of template", other.escape_debug())).hint(hint)),
        },
    }
}

/// A value of a fixed vocabulary.
fn word<T: std::str::FromStr<Err = UserError>>(document: Document<'_>, given: Option<Placed<String>>) -> Result<Option<T>, UserError> {
    let Some(given) = given else { return Ok(None) };
    given.value.parse().map(Some).map_err(|error: UserError| {
        let told = document.refuse(&given.span, &error.message);
        error.hint.map_or(told.clone(), |hint| told.hint(hint))
    })
}

fn status(document: Document<'_>, given: Option<Placed<String>>) -> Result<Option<IncidentStatus>, UserError> {
    let span = given.as_ref().map(|given| given.span.clone());
    let status = word(document, given)?;
    match (status, span) {
        (Some(IncidentStatus::Postmortem), Some(span)) => {
            Err(document.refuse(&span, "an incident cannot be opened as `postmortem`").hint("open it as `resolved`"))
        }
        _ => Ok(status),
    }
}

/// A service whose status is written out has one that there is.
fn service_of(document: Document<'_>, service: &Placed<String>, kind: TemplateKind) -> Result<(), UserError> {
    match service.value.split_once('=') {
        Some(_) if kind == TemplateKind::Maintenance => {
            Err(document.refuse(&service.span, "a maintenance covers services and says no status of them"))
        }
        Some((_, status)) if !status.contains("{{") => {
            word::<ServiceStatus>(document, Some(Placed { value: status.to_owned(), span: service.span.clone() })).map(drop)
        }
        _ => Ok(()),
    }
}

/// The blanks of a value; a wrong one is told with the place of the value.
fn placed(document: Document<'_>, text: &Placed<String>) -> Result<Blanks, UserError> {
    Blanks::parse(&text.value).map_err(|wrong| document.refuse(&text.span, &wrong.why))
}

/// The message, without blank lines around it.
fn body(document: Document<'_>, text: &str, range: Range<usize>) -> Result<Option<Blanks>, UserError> {
    let whole = text.get(range.clone()).unwrap_or_default();
    let message = whole.trim_start_matches(['\n', '\r']);
    let start = range.start + (whole.len() - message.len());
    let message = message.trim_end();
    let blanks = Blanks::parse(message).map_err(|wrong| document.refuse(&(start + wrong.at..start + wrong.at), &wrong.why))?;
    Ok((!message.is_empty()).then_some(blanks))
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    fn read(text: &str) -> Result<Template, (String, Option<String>)> {
        parse("x", Document::new(Path::new("x.md"), text), text).map_err(|error| (error.message, error.hint))
    }

    fn blanks(text: &str) -> Blanks {
        Blanks::parse(text).unwrap()
    }

    #[test]
    fn settings_and_message_are_read_with_their_blanks() {
        let text = "+++\r\nkind = 'incident' # what it is for\r\ntitle = '{{service}} is down'\r\nimpact = 'major'\nstatus = 'identified'\n\
                    services = ['{{service}}=major', 'web']\nnext_update = '30m'\n+++\n\n# Sorry\n\nWe look into {{what}}.\n\n";
        assert_eq!(
            read(text).unwrap(),
            Template {
                name: "x".into(),
                kind: TemplateKind::Incident,
                title: Some(blanks("{{service}} is down")),
                impact: Some(Impact::Major),
                status: Some(IncidentStatus::Identified),
                services: vec![blanks("{{service}}=major"), blanks("web")],
                next_update: Some(blanks("30m")),
                from: None,
                length: None,
                auto_start: None,
                auto_finish: None,
                message: Some(blanks("# Sorry\n\nWe look into {{what}}.")),
            }
        );
        let work = read("+++\nkind = 'maintenance'\nservices = ['web']\nfor = '2h'\nauto_finish = false\n+++").unwrap();
        assert_eq!(
            (work.kind, work.length, work.auto_finish, work.message),
            (TemplateKind::Maintenance, Some(blanks("2h")), Some(false), None)
        );
    }

    #[test]
    fn what_is_wrong_is_told_with_its_line() {
        let fences = "begin with settings in TOML between two lines `+++`";
        let kinds = "write `kind = \"incident\"` or `kind = \"maintenance\"`";
        for (text, message, hint) in [
            ("", "x.md: line 1, column 1: the file does not begin with a line `+++`", fences),
            ("---\nkind: incident\n---\n", "x.md: line 1, column 1: the file does not begin with a line `+++`", fences),
            ("+++\nkind = 'incident'\n", "x.md: line 1, column 1: the settings are not closed by a line `+++`", fences),
            ("+++\n+++\n", "x.md: there is no `kind`", kinds),
            ("+++\nkind = 'accident'\n+++\n", "x.md: line 2, column 8: `accident` is no kind of template", kinds),
            ("+++\nkind = 'incident'\ntitel = ''\n+++\n", "x.md: line 3, column 1: unknown key `titel`", "did you mean `title`?"),
            (
                "+++\nkind = 'maintenance'\nimpact = 'none'\n+++\n",
                "x.md: line 3, column 1: unknown key `impact`",
                "the keys here are kind, title, services, from, for, auto_start, auto_finish",
            ),
            (
                "+++\nkind = 'incident'\nimpact = 'huge'\n+++\n",
                "x.md: line 3, column 10: `huge` is not an impact",
                "one of none, minor, major, critical",
            ),
            (
                "+++\nkind = 'incident'\nstatus = 'postmortem'\n+++\n",
                "x.md: line 3, column 10: an incident cannot be opened as `postmortem`",
                "open it as `resolved`",
            ),
            (
                "+++\nkind = 'incident'\nservices = ['a', 'b=majr']\n+++\n",
                "x.md: line 3, column 18: `majr` is not a service status",
                "did you mean `major_outage`?",
            ),
        ] {
            assert_eq!(read(text).unwrap_err(), (message.to_owned(), Some(hint.to_owned())), "{text}");
        }
        for (text, message) in [
            ("+++\nkind = 'incident'\ntitle = '{{a'\n+++\n", "x.md: line 3, column 9: `{{` is not closed by `}}`"),
            ("+++\nkind = 'incident'\n+++\n\nHello\n{{a}} and {{b\n", "x.md: line 6, column 11: `{{` is not closed by `}}`"),
            ("+++\nkind = 'incident\n+++\n", "x.md: line 2, column 17: invalid literal string, expected `'`"),
            (
                "+++\nkind = 'maintenance'\nservices = ['a=major']\n+++\n",
                "x.md: line 3, column 13: a maintenance covers services and says no status of them",
            ),
        ] {
            assert_eq!(read(text).unwrap_err(), (message.to_owned(), None), "{text}");
        }
    }
}
