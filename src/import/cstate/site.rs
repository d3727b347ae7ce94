//! The settings of a site: its systems and categories, its address and its zone.

use chrono::{DateTime, Utc};
use chrono_tz::Tz;

use crate::domain::{PublicId, ServiceStatus};
use crate::import::source_folder::{FileRemarks, GivenFile, Remarks};
use crate::import::statuspage::value::{one_line, shown};
use crate::import::statuspage::{Components, SourceGroup, SourceService};
use crate::import::tree::{self, Fault, Node};

/// Where Hugo looks for settings, the first that is there counts.
const SETTINGS: [&str; 20] = [
    "hugo.toml",
    "hugo.yaml",
    "hugo.yml",
    "hugo.json",
    "config.toml",
    "config.yaml",
    "config.yml",
    "config.json",
    "config/_default/hugo.toml",
    "config/_default/hugo.yaml",
    "config/_default/hugo.yml",
    "config/_default/hugo.json",
    "config/_default/config.toml",
    "config/_default/config.yaml",
    "config/_default/config.yml",
    "config/_default/config.json",
    "config/_default/params.toml",
    "config/_default/params.yaml",
    "config/_default/params.yml",
    "config/_default/params.json",
];

/// Most systems, and most categories, of a site.
const MOST_SYSTEMS: usize = 1000;

/// What the settings of a site say.
pub(super) struct Site {
    /// Derived from its address, else from its title.
    pub(super) page: PublicId,
    /// What visitors read.
    pub(super) title: String,
    /// Its address, ending in `/`.
    pub(super) url: Option<String>,
    /// The zone of its settings, by name.
    pub(super) zone_name: Option<String>,
    /// The zone of times that name none.
    pub(super) zone: Tz,
    categories: Vec<Category>,
    systems: Vec<System>,
}

struct Category {
    name: String,
    description: Option<String>,
    /// Its name is not to be shown.
    untitled: bool,
}

/// A system of the settings.
pub(super) struct System {
    /// Its name, by which issues name it.
    pub(super) name: String,
    description: Option<String>,
    category: Option<String>,
}

/// Whether a file holds settings.
pub(super) fn is_settings(path: &str) -> bool {
    SETTINGS.contains(&path)
}

impl Site {
    /// Reads the settings among `files`; a site without them has no systems.
    pub(super) fn read(files: &[GivenFile], zone: Tz, remarks: &mut Remarks) -> Self {
        let mut site = Self {
            page: PublicId::derived(&["cstate"]),
            title: String::new(),
            url: None,
            zone_name: None,
            zone,
            categories: Vec::new(),
            systems: Vec::new(),
        };
        let present: Vec<&GivenFile> = SETTINGS.iter().filter_map(|path| files.iter().find(|file| file.path == *path)).collect();
        let mut main = None;
        for file in present {
            let mut told = remarks.on(&file.path);
            let is_params = file.name().starts_with("params.");
            if !is_params && let Some(main) = main {
                told.passed_over(format!("the settings in `{main}` count"));
                continue;
            }
            if !is_params {
                main = Some(file.path.as_str());
            }
            match parse(file) {
                Ok(root) if is_params => site.take_params(&root, &mut told),
                Ok(root) => site.take(&root, &mut told),
                Err(fault) => told.refused(Some(fault.line), fault.reason),
            }
        }
        if main.is_none() {
            remarks.on("config.yml").refused(None, "is missing: systems are known from issues only");
        }
        site
    }

    fn take(&mut self, root: &Node, told: &mut FileRemarks<'_>) {
        self.title = root.text("title").map(one_line).unwrap_or_default();
        self.url = root.text("baseURL").and_then(address);
        let name = self.url.as_deref().unwrap_or(&self.title);
        self.page = PublicId::derived(&["cstate", &name.to_lowercase()]);
        if let Some((node, name)) = root.get("timeZone").zip(root.text("timeZone")) {
            match name.parse::<Tz>() {
                Ok(zone) => (self.zone, self.zone_name) = (zone, Some(zone.name().to_owned())),
                Err(_) => told.repaired(node.line, format!("`timeZone: {}` is no time zone, {} counts", shown(name), self.zone)),
            }
        }
        if let Some(params) = root.get("params") {
            self.take_params(params, told);
        }
    }

    fn take_params(&mut self, params: &Node, told: &mut FileRemarks<'_>) {
        for node in params.get("categories").and_then(Node::list).unwrap_or_default() {
            let Some(name) = name_of(node) else {
                told.refused(Some(node.line), "a category has no name");
                continue;
            };
            if self.categories.len() == MOST_SYSTEMS {
                told.refused(Some(node.line), format!("more than {MOST_SYSTEMS} categories, the rest is left out"));
                break;
            }
            if self.categories.iter().any(|other| other.name == name) {
                told.refused(Some(node.line), format!("category `{}` is there twice, the first one counts", shown(&name)));
                continue;
            }
            let untitled = node.text("untitled").is_some_and(super::front_matter::is_true);
            if untitled {
                told.repaired(node.line, format!("category `{}` shows no name, its systems stand without a group", shown(&name)));
            }
            self.categories.push(Category { description: node.text("description").map(one_line), untitled, name });
        }
        for node in params.get("systems").and_then(Node::list).unwrap_or_default() {
            if self.systems.len() == MOST_SYSTEMS {
                told.refused(Some(node.line), format!("more than {MOST_SYSTEMS} systems, the rest is left out"));
                break;
            }
            self.take_system(node, told);
        }
    }

    fn take_system(&mut self, node: &Node, told: &mut FileRemarks<'_>) {
        let Some(name) = name_of(node) else {
            told.refused(Some(node.line), "a system has no name");
            return;
        };
        if self.systems.iter().any(|other| other.name == name) {
            told.refused(Some(node.line), format!("system `{}` is there twice, the first one counts", shown(&name)));
            return;
        }
        let category = node.text("category").map(one_line);
        let known = category.as_ref().is_none_or(|category| self.categories.iter().any(|other| other.name == *category));
        if let Some(category) = category.as_ref().filter(|_| !known) {
            told.repaired(
                node.line,
                format!("system `{}` stands without a group: there is no category `{}`", shown(&name), shown(category)),
            );
        }
        self.systems.push(System { description: node.text("description").map(one_line), category: category.filter(|_| known), name });
    }

    /// The system an issue names: exactly, or in another case (`true`).
    pub(super) fn system(&self, name: &str) -> Option<(&System, bool)> {
        let exactly = self.systems.iter().find(|system| system.name == name).map(|system| (system, false));
        exactly.or_else(|| self.systems.iter().find(|system| system.name.eq_ignore_ascii_case(name)).map(|system| (system, true)))
    }

    /// The id of a system, known or not.
    pub(super) fn service_id(&self, name: &str) -> PublicId {
        PublicId::derived(&["cstate", self.page.as_str(), "system", name])
    }

    /// A system's name as updates write it: `Category - System` where it has a group.
    pub(super) fn written_name(&self, system: &System) -> String {
        match self.group_of(system) {
            Some(category) => format!("{} - {}", category.name, system.name),
            None => system.name.clone(),
        }
    }

    fn group_of(&self, system: &System) -> Option<&Category> {
        let category = system.category.as_ref()?;
        self.categories.iter().find(|other| other.name == *category && !other.untitled)
    }

    fn group_id(&self, category: &Category) -> PublicId {
        PublicId::derived(&["cstate", self.page.as_str(), "category", &category.name])
    }

    /// Groups and services in the order of the site; `at` stands for when they were made, which it does not say.
    pub(super) fn components(&self, at: DateTime<Utc>) -> Components {
        let mut components = Components::default();
        let mut position = 0;
        let mut next = || {
            position += 1;
            position
        };
        for category in &self.categories {
            if !category.untitled {
                components.groups.push(SourceGroup {
                    id: self.group_id(category),
                    name: category.name.clone(),
                    description: category.description.clone(),
                    position: next(),
                    created_at: at,
                    updated_at: at,
                });
            }
            for system in self.systems.iter().filter(|system| system.category.as_ref() == Some(&category.name)) {
                components.services.push(self.service(system, next(), at));
            }
        }
        for system in self.systems.iter().filter(|system| system.category.is_none()) {
            components.services.push(self.service(system, next(), at));
        }
        components
    }

    fn service(&self, system: &System, position: i64, at: DateTime<Utc>) -> SourceService {
        SourceService {
            id: self.service_id(&system.name),
            name: system.name.clone(),
            description: system.description.clone(),
            link: None,
            group: self.group_of(system).map(|category| self.group_id(category)),
            position,
            start_date: None,
            showcase: true,
            only_show_if_degraded: false,
            // Issues say how a system does, and nothing else.
            status: ServiceStatus::Operational,
            created_at: at,
            updated_at: at,
        }
    }
}

fn parse(file: &GivenFile) -> Result<Node, Fault> {
    let text = file.text().map_err(|(line, reason)| Fault { line, reason })?;
    match file.name().rsplit('.').next() {
        Some("toml") => tree::read_toml(text),
        Some("json") => tree::read_json(text),
        _ => tree::read_yaml(text),
    }
}

/// The name of a category or system; a bare text is one, too.
fn name_of(node: &Node) -> Option<String> {
    let name = one_line(node.text("name").or_else(|| node.scalar())?);
    (!name.is_empty()).then_some(name)
}

/// An address on the web, ending in `/`.
fn address(text: &str) -> Option<String> {
    let url = url::Url::parse(text).ok().filter(|url| matches!(url.scheme(), "http" | "https") && url.has_host())?;
    let text = url.to_string();
    Some(if text.ends_with('/') { text } else { format!("{text}/") })
}
