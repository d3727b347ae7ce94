//! The sites a monitor looks at, and what it last saw of each.

use chrono::{DateTime, Utc};
use chrono_tz::Tz;

use super::downtime::{self, Recorded};
use super::{SETTINGS, SUMMARY, is_history};
use crate::domain::{Incident, PublicId, ServiceStatus};
use crate::import::source_folder::{FileRemarks, GivenFile, Remarks};
use crate::import::statuspage::value::{one_line, shown};
use crate::import::statuspage::{Components, SourceService, StatedStatus};
use crate::import::tree::{self, Fault, Node, Value};
use crate::import::written_time;

/// Most sites of a monitor.
const MOST_SITES: usize = 1000;

/// What the files of a repository say beside its issues.
pub(super) struct Monitor {
    /// Derived from the repository's name.
    pub(super) page: PublicId,
    /// What visitors read.
    pub(super) title: String,
    sites: Vec<Site>,
}

/// A site.
pub(super) struct Site {
    /// What visitors read.
    pub(super) name: String,
    /// The name of its files and labels.
    pub(super) slug: String,
    link: Option<String>,
    seen: Option<Seen>,
    recorded: Recorded,
}

/// What `history/SLUG.yml` says.
struct Seen {
    status: ServiceStatus,
    at: DateTime<Utc>,
    since: Option<DateTime<Utc>>,
}

impl Monitor {
    /// Reads settings, summary and history among `files`.
    pub(super) fn read(files: &[GivenFile], remarks: &mut Remarks) -> Self {
        let mut monitor = Self { page: PublicId::derived(&["upptime"]), title: String::new(), sites: Vec::new() };
        let summary = files.iter().find(|file| file.path == SUMMARY);
        let summary = summary.and_then(|file| parsed(file, tree::read_json, &mut remarks.on(SUMMARY)));
        let figures: &[Node] = summary.as_ref().and_then(Node::list).unwrap_or_default();
        match SETTINGS.iter().find_map(|path| files.iter().find(|file| file.path == *path)) {
            Some(file) => {
                let mut told = remarks.on(&file.path);
                if let Some(root) = parsed(file, tree::read_yaml, &mut told) {
                    monitor.take_settings(&root, figures, &mut told);
                }
            }
            None => remarks.on(SETTINGS[0]).refused(None, "is missing: sites are known from `history/summary.json` only"),
        }
        monitor.take_figures(figures, &mut remarks.on(SUMMARY));
        let mut histories: Vec<&GivenFile> = files.iter().filter(|file| is_history(&file.path)).collect();
        histories.sort_by(|left, right| left.path.cmp(&right.path));
        for file in histories {
            monitor.take_history(file, &mut remarks.on(&file.path));
        }
        for site in monitor.sites.iter().filter(|site| site.seen.is_none()) {
            let path = format!("history/{}.yml", site.slug);
            if !files.iter().any(|file| file.path == path) {
                remarks.on(&path).refused(None, "is missing: how the site stood is not known");
            }
        }
        monitor
    }

    fn take_settings(&mut self, root: &Node, figures: &[Node], told: &mut FileRemarks<'_>) {
        let website = root.get("status-website");
        let name = website.and_then(|website| website.text("name"));
        let (owner, repository) = (root.text("owner").unwrap_or_default(), root.text("repo").unwrap_or_default());
        self.title = one_line(name.unwrap_or(repository));
        self.page = PublicId::derived(&["upptime", &owner.to_lowercase(), &repository.to_lowercase()]);
        for node in root.get("sites").and_then(Node::list).unwrap_or_default() {
            let Some(name) = node.text("name").map(one_line).filter(|name| !name.is_empty()) else {
                told.refused(Some(node.line), "a site has no name");
                continue;
            };
            let figure = figures.iter().find(|figure| figure.text("name") == Some(&name)).and_then(|figure| figure.text("slug"));
            let slug = node.text("slug").or(figure).map_or_else(|| slug_of(&name), str::to_owned);
            if self.sites.len() == MOST_SITES {
                told.refused(Some(node.line), format!("more than {MOST_SITES} sites, the rest is left out"));
                break;
            }
            if self.sites.iter().any(|other| other.slug == slug) {
                told.refused(Some(node.line), format!("site `{}` is there twice, the first one counts", shown(&name)));
                continue;
            }
            let url = node.get("url");
            let link = node.text("url").and_then(address);
            if let Some((url, text)) = url.zip(node.text("url")).filter(|_| link.is_none()) {
                told.repaired(
                    url.line,
                    format!("`{}` is no address for visitors, site `{}` stands without a link", shown(text), shown(&name)),
                );
            }
            self.sites.push(Site { name, slug, link, seen: None, recorded: Recorded::default() });
        }
    }

    /// The figures of sites; where there are no settings, the sites themselves.
    fn take_figures(&mut self, figures: &[Node], told: &mut FileRemarks<'_>) {
        let all = self.sites.is_empty();
        for figure in figures {
            let Some((name, slug)) = figure.text("name").map(one_line).zip(figure.text("slug")) else {
                told.refused(Some(figure.line), "an entry has no `name` and `slug`");
                continue;
            };
            if all && self.sites.len() < MOST_SITES && !self.sites.iter().any(|site| site.slug == slug) {
                let link = figure.text("url").and_then(address);
                self.sites.push(Site { name, slug: slug.to_owned(), link, seen: None, recorded: Recorded::default() });
            }
            match self.sites.iter_mut().find(|site| site.slug == slug) {
                Some(site) => site.recorded = Recorded::read(figure, told),
                None => told.refused(Some(figure.line), format!("no site of the settings is called `{}`", shown(slug))),
            }
        }
    }

    fn take_history(&mut self, file: &GivenFile, told: &mut FileRemarks<'_>) {
        let Some(root) = parsed(file, tree::read_yaml, told) else { return };
        let slug = file.name().rsplit_once('.').map_or(file.name(), |(stem, _)| stem);
        let Some(site) = self.sites.iter_mut().find(|site| site.slug == slug) else {
            told.refused(None, "no site of the settings has this history, it is left out");
            return;
        };
        let field = |key: &str| match &root.value {
            // The oldest versions wrote each field as an element of a list.
            Value::List(nodes) => nodes.iter().find_map(|node| node.get(key)),
            _ => root.get(key),
        };
        let mut time = |key: &str| {
            let node = field(key)?;
            let text = node.scalar()?;
            let time = written_time::read(text, Tz::UTC);
            if let Err(no) = time {
                told.repaired(node.line, format!("`{key}: {}` {}, it is left out", shown(text), no.reason()));
            }
            time.ok().map(|time| time.at)
        };
        let (at, since) = (time("lastUpdated"), time("startTime"));
        let word = field("status").and_then(Node::scalar).map(str::trim);
        let status = match word {
            Some("up") => Some(ServiceStatus::Operational),
            Some("degraded") => Some(ServiceStatus::DegradedPerformance),
            Some("down") => Some(ServiceStatus::MajorOutage),
            _ => None,
        };
        match (status, at) {
            (Some(status), Some(at)) => site.seen = Some(Seen { status, at, since }),
            (None, _) => {
                let line = field("status").map_or(root.line, |node| node.line);
                told.refused(Some(line), format!("`status: {}` is none of Upptime's", shown(word.unwrap_or_default())));
            }
            (_, None) => told.refused(Some(root.line), "it has no usable `lastUpdated`"),
        }
    }

    /// When a site was last looked at.
    pub(super) fn looked_at(&self) -> Option<DateTime<Utc>> {
        self.sites.iter().filter_map(|site| site.seen.as_ref()).map(|seen| seen.at).max()
    }

    /// The site of a label.
    pub(super) fn site(&self, slug: &str) -> Option<&Site> {
        self.sites.iter().find(|site| site.slug == slug)
    }

    /// The id of a site, known or not.
    pub(super) fn service_id(&self, slug: &str) -> PublicId {
        PublicId::derived(&["upptime", self.page.as_str(), "site", slug])
    }

    /// What is known of downtime that no issue tells of.
    pub(super) fn downtime(&self, incidents: &[Incident], remarks: &mut Remarks) -> Vec<StatedStatus> {
        let newest_figure = self.sites.iter().filter_map(|site| site.recorded.newest_day()).max();
        let Some(today) = self.looked_at().map(|at| at.date_naive()).max(newest_figure) else { return Vec::new() };
        let mut stated = Vec::new();
        for site in &self.sites {
            let service = self.service_id(&site.slug);
            let is_up = site.seen.as_ref().is_none_or(|seen| seen.status != ServiceStatus::MajorOutage);
            let told = downtime::Course { service: &service, today, is_up, incidents };
            stated.extend(site.recorded.stated(&told, &site.name, &mut remarks.on(SUMMARY)));
        }
        stated.sort_by(|left, right| (left.at, &left.service).cmp(&(right.at, &right.service)));
        stated
    }

    /// The sites as services, in the order of the settings; one that was not looked at stands as its open incidents say.
    pub(super) fn components(&self, incidents: &[Incident]) -> Components {
        let known = self.sites.iter().filter_map(|site| site.seen.as_ref()).map(|seen| seen.since.unwrap_or(seen.at)).min();
        let oldest = known.unwrap_or_default();
        let services = self.sites.iter().zip(1..).map(|(site, position)| {
            let since = site.seen.as_ref().and_then(|seen| seen.since);
            let id = self.service_id(&site.slug);
            let open = incidents.iter().filter(|incident| incident.is_open()).flat_map(|incident| &incident.updates);
            let said = open.flat_map(|update| update.stated()).filter(|(service, _)| **service == id).map(|(_, status)| status).max();
            SourceService {
                id,
                name: site.name.clone(),
                description: None,
                link: site.link.clone(),
                group: None,
                position,
                start_date: since.map(|since| since.date_naive()),
                showcase: true,
                only_show_if_degraded: false,
                status: site.seen.as_ref().map(|seen| seen.status).or(said).unwrap_or(ServiceStatus::Operational),
                created_at: since.unwrap_or(oldest),
                updated_at: since.unwrap_or(oldest),
            }
        });
        Components { groups: Vec::new(), services: services.collect() }
    }
}

/// A file as a tree; what is wrong with it is told.
pub(super) fn parsed(file: &GivenFile, read: fn(&str) -> Result<Node, Fault>, told: &mut FileRemarks<'_>) -> Option<Node> {
    let parsed = file.text().and_then(|text| read(text).map_err(|fault| (fault.line, fault.reason)));
    parsed.map_err(|(line, reason)| told.refused(Some(line), reason)).ok()
}

/// The name Upptime gives a site's files: its words in lower case, those run together taken apart.
fn slug_of(name: &str) -> String {
    let mut slug = String::new();
    let mut before = ' ';
    for character in deunicode::deunicode(name).chars() {
        if character.is_ascii_alphanumeric() {
            let inner = character.is_ascii_uppercase() && (before.is_ascii_lowercase() || before.is_ascii_digit());
            if inner && !slug.ends_with('-') {
                slug.push('-');
            }
            slug.push(character.to_ascii_lowercase());
        } else if !slug.is_empty() && !slug.ends_with('-') {
            slug.push('-');
        }
        before = character;
    }
    slug.trim_end_matches('-').to_owned()
}

/// An address on the web that visitors may follow: no secret of GitHub stands in it.
fn address(text: &str) -> Option<String> {
    let url = url::Url::parse(text).ok().filter(|url| matches!(url.scheme(), "http" | "https") && url.has_host())?;
    let open =
        !text.contains('$') && url.username().is_empty() && url.password().is_none() && url.host_str().is_some_and(|host| !host.is_empty());
    open.then(|| text.to_owned())
}

#[cfg(test)]
mod unit_tests {
    use super::*;

    #[test]
    fn sites_have_the_names_that_upptime_gives_them() {
        for (name, slug) in [
            ("Hacker News", "hacker-news"),
            ("ShortLink", "short-link"),
            ("home_hh", "home-hh"),
            ("API Health", "api-health"),
            ("Vw", "vw"),
            ("Zürich 2", "zurich-2"),
        ] {
            assert_eq!(slug_of(name), slug, "{name}");
        }
    }

    #[test]
    fn only_open_addresses_are_links() {
        assert_eq!(address("https://a.example/x"), Some("https://a.example/x".to_owned()));
        for bad in
            ["$SECRET", "https://$HH", "https:/$VW", "javascript:alert(1)", "tcp://a.example:22", "https://u:p@a.example", "a.example"]
        {
            assert_eq!(address(bad), None, "{bad}");
        }
    }
}
