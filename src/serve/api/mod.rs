//! The HTTP API of an organization: what the command line does, for programs.
//!
//! ```text
//!   request --> routes (which deed, which right, how large a body) --> who (token or session -> role) --> call (query, body) --> ops --> answer
//! ```
//!
//! Documents are those of `--json`; what is sent has the same words ([`bodies`]). Errors are problem documents made from the same kinds as
//! exit codes. [`openapi`] describes it all from the one table in [`routes`], which a test holds together.
//!
//! Whoever may not know is told nothing: an organization that does not exist is answered like one whose token is missing, after the same work.

mod answer;
mod bodies;
mod call;
mod failure;
mod groups;
mod incidents;
mod maintenance;
mod monitors;
mod openapi;
mod overview;
mod query;
mod routes;
mod services;
mod values;
mod who;

use chrono::{DateTime, Utc};

use crate::clock;
use crate::serve::AtClerk;
use crate::serve::api::call::Call;
use crate::serve::api::failure::Failure;
use crate::serve::api::routes::{Does, Found, Handler, Needs, Route};
use crate::serve::exchange::{Request, Response};
use crate::serve::problem::problem;
use crate::serve::sites::{Site, Sites};
use crate::watch::Poke;

pub(super) use crate::serve::api::routes::largest_body;

/// What the API works with.
pub(super) struct Api<'a> {
    /// The organizations.
    pub(super) sites: &'a Sites,
    /// Told of every deed, so that what follows from it is made at once.
    pub(super) changes: &'a Poke,
    /// How members are known who come with a session.
    pub(super) at_clerk: &'a AtClerk,
}

/// Who answers.
#[derive(Debug)]
pub(super) enum Answered {
    /// The API has answered.
    Here(Response),
    /// A built file of the site is meant: the one at this path.
    File(String),
    /// Others than the API.
    Elsewhere,
}

/// Answers a request about `site`, whose own addresses begin with `prefix`, where it is one to the API.
pub(super) fn answer(api: &Api<'_>, request: &Request, site: &Site, prefix: &str) -> Answered {
    if !request.path.starts_with("/api/") {
        return Answered::Elsewhere;
    }
    api.answer(request, Some(site), prefix)
}

/// Answers a request to the API of an organization that does not exist.
pub(super) fn nowhere(api: &Api<'_>, request: &Request) -> Response {
    let (prefix, path) = request.path.split_at(request.path.find("/api/").unwrap_or_default());
    if prefix.matches('/').count() > 1 {
        return nothing_here();
    }
    let below = Request { path: path.to_owned(), ..request.clone() };
    match api.answer(&below, None, prefix) {
        Answered::Here(response) => response,
        Answered::File(_) | Answered::Elsewhere => nothing_here(),
    }
}

impl Api<'_> {
    fn answer(&self, request: &Request, site: Option<&Site>, prefix: &str) -> Answered {
        let Some(names) = request.names() else { return Answered::Here(nothing_here()) };
        match routes::find(&names, &request.method) {
            Found::Route(route, named) => match route.handler {
                Handler::File => file(site, &named),
                Handler::Document => Answered::Here(openapi::answer(request, prefix)),
                Handler::Call(does) => Answered::Here(self.called(request, route, does, named, site, prefix)),
            },
            Found::OtherMethod { allowed, public } => Answered::Here(other_method(&request.method, &allowed, public)),
            Found::Nothing if is_of_files(&request.path) && request.method == "OPTIONS" => {
                Answered::Here(other_method("OPTIONS", "GET, HEAD, OPTIONS", true))
            }
            Found::Nothing if is_of_files(&request.path) => Answered::Elsewhere,
            Found::Nothing => Answered::Here(nothing_here()),
        }
    }

    fn called(&self, request: &Request, route: &Route, does: Does, named: Vec<String>, site: Option<&Site>, prefix: &str) -> Response {
        let answered = self.call(request, route, does, named, site);
        let response = match answered {
            Ok(answer) => {
                let org = site.filter(|_| request.parameter(query::ORG).is_some());
                answer.response(prefix, org.map(|site| site.folder.slug.as_str()))
            }
            Err(failure) => failure.response(&request.id),
        };
        response.set("cache-control", "no-store").with("vary", "authorization").with("x-content-type-options", "nosniff")
    }

    fn call(
        &self,
        request: &Request,
        route: &Route,
        does: Does,
        named: Vec<String>,
        site: Option<&Site>,
    ) -> Result<answer::Answer, Failure> {
        let now: DateTime<Utc> = clock::now()?;
        if route.writes() {
            who::refuse_foreign(request, site)?;
        }
        if request.body.len() as u64 > route.largest {
            return Err(Failure::Problem(problem(413, "the body is larger than this takes", None)));
        }
        let (org, who) = who::come_in(self, site, request, now)?;
        if let Needs::Right(right) = route.needs {
            who.refuse_without(right)?;
        }
        let query = query::Query::read(request, route.operation.query)?;
        let mut call = Call { request, named, query, who, now, org };
        let answer = does(&mut call)?;
        if route.writes() {
            self.changes.poke();
        }
        Ok(answer)
    }
}

/// Paths below which built files lie, for everybody.
fn is_of_files(path: &str) -> bool {
    path.starts_with("/api/v2/") || path.starts_with("/api/public/")
}

/// The native JSON of a site, by the organization's name alone.
fn file(site: Option<&Site>, named: &[String]) -> Answered {
    match (site, named) {
        (Some(site), [name]) if site.folder.slug.as_str() == name.strip_suffix(".json").unwrap_or(name) => {
            Answered::File(format!("/api/public/{}.json", site.folder.slug))
        }
        _ => Answered::Here(nothing_here().with("access-control-allow-origin", "*")),
    }
}

/// What there is at this path is asked for with another method; `OPTIONS` asks which there are.
fn other_method(method: &str, allowed: &str, public: bool) -> Response {
    let response = match method {
        "OPTIONS" => Response::empty(204).with("cache-control", "no-store"),
        _ => problem(405, "this method means nothing here", None),
    };
    let response = response.with("allow", allowed);
    if !public {
        return response;
    }
    let response = response.with("access-control-allow-origin", "*");
    match method {
        "OPTIONS" => response
            .with("access-control-allow-methods", "GET, HEAD")
            .with("access-control-allow-headers", "if-none-match, if-modified-since, last-event-id")
            .with("access-control-max-age", "86400"),
        _ => response,
    }
}

fn nothing_here() -> Response {
    problem(404, "there is nothing here", None)
}
