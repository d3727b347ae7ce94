//! What only whoever writes the pages sees: they load anew after a build, and an error stands over the last good page where one failed.

use serde::Serialize;

use crate::serve::exchange::Response;
use crate::serve::sites::Site;

/// Where what belongs to the preview lies, below a site's own address. No page of a site can be there: their names begin otherwise.
const PLACE: &str = "/_statuary/";

const SCRIPT: &str = include_str!("preview.js");

/// The state of the last build.
#[derive(Serialize)]
struct State<'a> {
    /// Changes with the pages.
    build: String,
    /// Why the last build failed.
    error: Option<&'a str>,
    /// What to do about it.
    hint: Option<&'a str>,
}

/// What is asked for of the preview.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Part {
    /// The script of every page.
    Script,
    /// The state of the last build.
    State,
    /// A stream that tells when that has changed.
    Stream,
}

/// The part of the preview at `path`, below the site's own address.
pub(super) fn part(path: &str) -> Option<Part> {
    match path.strip_prefix(PLACE)? {
        "preview.js" => Some(Part::Script),
        "build.json" => Some(Part::State),
        "builds.sse" => Some(Part::Stream),
        _ => None,
    }
}

/// The element that loads the script into a page of this site.
pub(super) fn element(site: &Site, prefix: &str) -> String {
    format!("<script src=\"{prefix}{PLACE}preview.js\" data-build=\"{}\" defer></script>", site.build)
}

/// The script.
pub(super) fn script() -> Response {
    Response::of(200, "text/javascript; charset=utf-8", SCRIPT.as_bytes()).with("cache-control", "no-cache")
}

/// The state of the last build.
pub(super) fn state(site: &Site) -> Response {
    Response::of(200, "application/json", state_text(site).into_bytes()).with("cache-control", "no-store")
}

/// The same as one line of JSON.
pub(super) fn state_text(site: &Site) -> String {
    let failure = site.failure.as_ref();
    let state = State {
        build: site.build.to_string(),
        error: failure.map(|(message, _)| message.as_str()),
        hint: failure.and_then(|(_, hint)| hint.as_deref()),
    };
    // Serializing texts cannot fail.
    serde_json::to_string(&state).unwrap_or_default()
}
