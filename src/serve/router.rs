//! Which part of the server answers what.

use std::net::TcpStream;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use crate::serve::AtClerk;
use crate::serve::api::{self, Answered, Api};
use crate::serve::exchange::{Request, Response};
use crate::serve::front::StreamHost;
use crate::serve::metrics::Metrics;
use crate::serve::preview;
use crate::serve::problem::problem;
use crate::serve::published::{Manner, Shelf};
use crate::serve::sites::{Mount, Site, Sites};
use crate::serve::streams::Streams;
use crate::watch::Poke;

/// What all answers are made from.
pub(super) struct Served {
    /// The organizations.
    pub(super) sites: Sites,
    /// Their files.
    pub(super) shelf: Shelf,
    /// Their streams.
    pub(super) streams: Streams,
    /// What has been counted.
    pub(super) metrics: Metrics,
    /// Whether every site has been built once.
    pub(super) ready: AtomicBool,
    /// Told of what deeds have changed.
    pub(super) changes: Poke,
    /// How members are known who come with a session.
    pub(super) at_clerk: Arc<AtClerk>,
}

impl Served {
    /// Answers a request.
    pub(super) fn answer(self: &Arc<Self>, mut request: Request) -> Response {
        match request.path.as_str() {
            // The front asks so whether somebody answers.
            "*" => return Response::empty(204),
            "/healthz" => return health(true),
            "/readyz" => return health(self.ready.load(Ordering::Relaxed)),
            _ => {}
        }
        match self.mount(&request) {
            Mount::Site { site, prefix, path } => {
                request.path = path;
                self.answer_of(&request, &site, &prefix)
            }
            Mount::Folder => Response::redirect(301, &format!("{}/", request.path)),
            Mount::Nowhere if request.path.contains("/api/") => api::nowhere(&self.api(), &request),
            Mount::Root if request.is_at_the_desk() => self.list(),
            Mount::Root | Mount::Nowhere => problem(404, "there is nothing here", None),
        }
    }

    fn api(&self) -> Api<'_> {
        Api { sites: &self.sites, changes: &self.changes, at_clerk: &self.at_clerk }
    }

    /// What the request leads to. Where there are several sites, the public documents and the API know them by name, too.
    fn mount(&self, request: &Request) -> Mount {
        let found = self.sites.find(&request.host(), &request.path);
        if !matches!(found, Mount::Nowhere) || !request.path.starts_with("/api/") {
            return found;
        }
        let named = match request.path.strip_prefix("/api/public/") {
            Some(rest) => rest.split(['/', '.']).next().map(str::to_owned),
            None => request.parameter("org"),
        };
        match named.and_then(|slug| self.sites.of(&slug)) {
            Some(site) => Mount::Site { site: Box::new(site), prefix: String::new(), path: request.path.clone() },
            None => found,
        }
    }

    /// Counters, at an address of their own.
    pub(super) fn counters(&self, request: &Request) -> Response {
        if request.path != "/metrics" {
            return problem(404, "counters are at `/metrics`", None);
        }
        if !matches!(request.method.as_str(), "GET" | "HEAD") {
            return problem(405, "counters can only be read", None).with("allow", "GET, HEAD");
        }
        let sites = self.sites.all();
        let failing = sites.iter().filter(|site| site.failure.is_some()).count();
        self.metrics.text(self.streams.listeners(), sites.len(), failing)
    }

    fn answer_of(self: &Arc<Self>, request: &Request, site: &Site, prefix: &str) -> Response {
        let file;
        let request = match api::answer(&self.api(), request, site, prefix) {
            Answered::Here(response) => return response,
            Answered::File(path) => {
                file = Request { path, ..request.clone() };
                &file
            }
            Answered::Elsewhere => request,
        };
        let at_the_desk = request.is_at_the_desk();
        if let Some(part) = preview::part(&request.path).filter(|_| at_the_desk) {
            return match part {
                preview::Part::Script => preview::script(),
                preview::Part::State => preview::state(site),
                preview::Part::Stream => self.streams.builds(request, &site.folder.slug),
            };
        }
        if request.path == "/events.sse" {
            return self.streams.events(request, &site.folder);
        }
        let element = at_the_desk.then(|| preview::element(site, prefix));
        let answer = self.shelf.answer(request, &site.public(), prefix, &Manner { script: element.as_deref() });
        if answer.status == 404 && !site.is_tried {
            return problem(503, "it may not be built yet", None).with("retry-after", "1");
        }
        answer
    }

    /// The sites there are, for whoever sits at this machine: others have no business knowing.
    fn list(&self) -> Response {
        let links: String = self
            .sites
            .all()
            .iter()
            .map(|site| {
                let slug = &site.folder.slug;
                let failed = if site.failure.is_some() { ": its last build failed" } else { "" };
                format!("<li><a href=\"/{slug}/\">{slug}</a>{failed}</li>\n")
            })
            .collect();
        let page = format!(
            "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n<meta name=\"viewport\" content=\"width=device-width\">\n\
             <meta name=\"color-scheme\" content=\"light dark\">\n<title>Status pages</title>\n</head>\n<body>\n<h1>Status pages</h1>\n<ul>\n{links}</ul>\n</body>\n</html>\n"
        );
        Response::of(200, "text/html; charset=utf-8", page.into_bytes())
            .with("content-security-policy", "default-src 'none'; base-uri 'none'; form-action 'none'")
            .with("cache-control", "no-store")
    }
}

impl StreamHost for Served {
    fn adopt(&self, socket: TcpStream, ticket: &str) -> Result<(), TcpStream> {
        self.streams.adopt(socket, ticket)
    }
}

/// Whether all is well, for whoever keeps it running.
pub(super) fn health(good: bool) -> Response {
    let (status, text) = if good { (200, "ok\n") } else { (503, "not ready\n") };
    Response::of(status, "text/plain; charset=utf-8", text.as_bytes()).with("cache-control", "no-store")
}
