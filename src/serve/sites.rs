//! The organizations that are served: where each is, at which address, and what came of its last build.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::{Mutex, MutexGuard, PoisonError};

use chrono::{DateTime, Utc};
use url::Url;

use crate::config::OrgFolder;
use crate::domain::Slug;

/// All that are served.
pub(super) struct Sites {
    /// Whether there is one, at the root of every address.
    alone: bool,
    /// Where builds begin to be counted, so that a page of an earlier run is not taken for one of this.
    begun: DateTime<Utc>,
    known: Mutex<BTreeMap<Slug, Site>>,
}

/// One that is served.
#[derive(Clone, Debug)]
pub(super) struct Site {
    /// Its folder.
    pub(super) folder: OrgFolder,
    /// Its public address, where it has one.
    url: Option<Url>,
    /// Number of the build whose pages stand there.
    pub(super) build: i64,
    /// Counts what came of builds, where it was something new.
    pub(super) change: i64,
    /// Why the last build failed, where it did: a message and a hint.
    pub(super) failure: Option<(String, Option<String>)>,
    /// Whether it was built, or could not be, since the server began: until then, what is missing may only not be there yet.
    pub(super) is_tried: bool,
}

/// What an address leads to.
#[derive(Debug)]
pub(super) enum Mount {
    /// A path of a site.
    Site {
        /// Which.
        site: Box<Site>,
        /// What the site's own addresses begin with, such as `/acme`; empty at the root.
        prefix: String,
        /// The path below it.
        path: String,
    },
    /// The root of all of them.
    Root,
    /// A site's folder without its `/`.
    Folder,
    /// Nothing.
    Nowhere,
}

impl Sites {
    /// None yet; `alone` says that there will be one, at the root.
    pub(super) fn new(alone: bool, begun: DateTime<Utc>) -> Self {
        Self { alone, begun, known: Mutex::default() }
    }

    fn known(&self) -> MutexGuard<'_, BTreeMap<Slug, Site>> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Knows these before anything is built: pages of an earlier run can be read, and streams followed, while the first builds go on.
    pub(super) fn expect(&self, folders: &[OrgFolder]) {
        for folder in folders {
            let url = url_of(folder);
            self.known().entry(folder.slug.clone()).or_insert_with(|| Site { url, ..self.fresh(folder) });
        }
    }

    fn fresh(&self, folder: &OrgFolder) -> Site {
        let number = self.begun.timestamp_millis();
        Site { folder: folder.clone(), url: None, build: number, change: number, failure: None, is_tried: false }
    }

    /// Notes what came of a build: whether pages have changed, or why it failed. Gives the site as it is now where that is something new.
    pub(super) fn built(&self, folder: &OrgFolder, outcome: Result<bool, (String, Option<String>)>) -> Option<Site> {
        let url = url_of(folder);
        let mut known = self.known();
        let site = known.entry(folder.slug.clone()).or_insert_with(|| self.fresh(folder));
        site.is_tried = true;
        let before = (site.build, site.failure.clone());
        site.url = url.or(site.url.take());
        site.folder = folder.clone();
        match outcome {
            Ok(changed) => {
                site.build += i64::from(changed);
                site.failure = None;
            }
            Err(failure) => site.failure = Some(failure),
        }
        let is_new = before != (site.build, site.failure.clone());
        site.change += i64::from(is_new);
        is_new.then(|| site.clone())
    }

    /// Forgets those that are gone.
    pub(super) fn retain(&self, folders: &[OrgFolder]) {
        self.known().retain(|slug, _| folders.iter().any(|folder| folder.slug == *slug));
    }

    /// Those that are served.
    pub(super) fn all(&self) -> Vec<Site> {
        self.known().values().cloned().collect()
    }

    /// One of those that are served, where there is any.
    pub(super) fn any(&self) -> Option<Site> {
        self.known().values().next().cloned()
    }

    /// The one of this name.
    pub(super) fn of(&self, slug: &str) -> Option<Site> {
        self.known().values().find(|site| site.folder.slug.as_str() == slug).cloned()
    }

    /// Whether a site's own address is on this host.
    pub(super) fn is_host(&self, host: &str) -> bool {
        self.known().values().any(|site| site.is_at(host))
    }

    /// What `path` on `host` leads to: a site's own public address where it is that, else the root where there is one site, else `/SLUG/`.
    pub(super) fn find(&self, host: &str, path: &str) -> Mount {
        let known = self.known();
        let own = known.values().filter(|site| site.is_at(host)).filter_map(|site| {
            let base = site.url.as_ref()?.path().trim_end_matches('/');
            let rest = path.strip_prefix(base)?;
            (rest.starts_with('/') || rest.is_empty()).then_some((base.len(), site, base, rest))
        });
        if let Some((_, site, prefix, rest)) = own.max_by_key(|(length, ..)| *length) {
            return Self::mount(site, prefix, rest);
        }
        if self.alone {
            return known.values().next().map_or(Mount::Nowhere, |site| Self::mount(site, "", path));
        }
        let rest = path.strip_prefix('/').unwrap_or(path);
        if rest.is_empty() {
            return Mount::Root;
        }
        let slug = rest.split('/').next().unwrap_or_default();
        match known.values().find(|site| site.folder.slug.as_str() == slug) {
            Some(site) => Self::mount(site, &format!("/{slug}"), rest.strip_prefix(slug).unwrap_or_default()),
            None => Mount::Nowhere,
        }
    }

    fn mount(site: &Site, prefix: &str, rest: &str) -> Mount {
        if rest.is_empty() {
            return Mount::Folder;
        }
        Mount::Site { site: Box::new(site.clone()), prefix: prefix.to_owned(), path: rest.to_owned() }
    }
}

fn url_of(folder: &OrgFolder) -> Option<Url> {
    folder.settings().ok().and_then(|settings| settings.url).and_then(|url| Url::parse(&url).ok())
}

impl Site {
    /// The folder of the built site.
    pub(super) fn public(&self) -> PathBuf {
        self.folder.public()
    }

    fn is_at(&self, host: &str) -> bool {
        self.url.as_ref().and_then(Url::host_str).is_some_and(|own| own.trim_matches(['[', ']']).eq_ignore_ascii_case(host))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn site(slug: &str, url: Option<&str>) -> (Slug, Site) {
        let folder = OrgFolder { slug: slug.parse().unwrap(), dir: PathBuf::from("/w").join(slug) };
        (
            folder.slug.clone(),
            Site { folder, url: url.map(|url| Url::parse(url).unwrap()), build: 1, change: 1, failure: None, is_tried: true },
        )
    }

    fn sites(alone: bool, sites: Vec<(Slug, Site)>) -> Sites {
        Sites { alone, begun: DateTime::UNIX_EPOCH, known: Mutex::new(sites.into_iter().collect()) }
    }

    fn words(mount: Mount) -> String {
        match mount {
            Mount::Site { site, prefix, path } => format!("{} {prefix} {path}", site.folder.slug),
            other => format!("{other:?}"),
        }
    }

    #[test]
    fn one_is_at_the_root_and_several_below_their_names() {
        let one = sites(true, vec![site("acme", None)]);
        for (path, wanted) in [("/", "acme  /"), ("/acme/", "acme  /acme/"), ("/api/services", "acme  /api/services")] {
            assert_eq!(words(one.find("localhost", path)), wanted);
        }
        let two = sites(false, vec![site("acme", None), site("globex", None)]);
        for (path, wanted) in [
            ("/", "Root"),
            ("/acme", "Folder"),
            ("/acme/", "acme /acme /"),
            ("/globex/x/y", "globex /globex /x/y"),
            ("/acmes/", "Nowhere"),
            ("/acm", "Nowhere"),
            ("//acme/", "Nowhere"),
        ] {
            assert_eq!(words(two.find("localhost", path)), wanted, "{path}");
        }
        assert_eq!(words(sites(true, vec![]).find("localhost", "/")), "Nowhere");
    }

    #[test]
    fn a_public_address_leads_to_its_own_site_only() {
        let sites = sites(
            false,
            vec![site("acme", Some("https://status.example.com/")), site("globex", Some("https://status.example.com/globex/status/"))],
        );
        for (host, path, wanted) in [
            ("status.example.com", "/", "acme  /"),
            ("status.example.com", "/acme/", "acme  /acme/"),
            ("status.example.com", "/globex/status/x", "globex /globex/status /x"),
            ("status.example.com", "/globex/status", "Folder"),
            ("status.example.com", "/globex/statusx", "acme  /globex/statusx"),
            ("other.example.com", "/acme/", "acme /acme /"),
        ] {
            assert_eq!(words(sites.find(host, path)), wanted, "{host}{path}");
        }
        assert!(sites.is_host("status.example.com") && !sites.is_host("example.com"));
    }
}
