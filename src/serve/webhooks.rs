//! Clerk's webhooks, at an address of their own: messages are recorded before they are answered, and what follows from them is built later.
//!
//! The answer to whatever is refused is always the same. Why it was refused is for whoever runs the server and stands in the log, which
//! tells ids of messages and types of events, and nothing of what is in them.

use std::sync::Arc;

use crate::clock;
use crate::ops::clerk::{self, LARGEST_BODY, Receipt};
use crate::serve::AtClerk;
use crate::serve::exchange::{Request, Response};
use crate::serve::problem::problem;
use crate::serve::router::health;
use crate::watch::Poke;

/// Where messages are posted to.
const PATH: &str = "/webhooks/clerk";

/// What answers at the address for webhooks.
pub(super) struct Webhooks {
    /// How messages are told from others, and where they are recorded.
    pub(super) at_clerk: Arc<AtClerk>,
    /// Told of folders that have changed, so that they are built.
    pub(super) changes: Poke,
}

impl Webhooks {
    /// Answers a request.
    pub(super) fn answer(&self, request: &Request) -> Response {
        match (request.path.as_str(), request.method.as_str()) {
            // The front asks so whether somebody answers.
            ("*", _) => Response::empty(204),
            ("/healthz", "GET" | "HEAD") => health(true),
            (PATH, "POST") => self.take(request),
            (PATH, _) => problem(405, "messages are posted here", None).with("allow", "POST"),
            _ => problem(404, "there is nothing here", None),
        }
    }

    fn take(&self, request: &Request) -> Response {
        let now = match clock::now() {
            Ok(now) => now,
            Err(error) => {
                tracing::error!(request = request.id, "a message is not taken: {error}");
                return answer(503);
            }
        };
        // Repeated headers are all there: which of them would count is not for us to choose.
        let headers = request.headers.iter().map(|(name, value)| (name.as_str(), value.as_bytes()));
        let receipt = clerk::receive(&self.at_clerk.workspace, &self.at_clerk.clerk, headers, &request.body, now);
        note(&receipt, &request.id);
        if let Some(attended) = receipt.attended() {
            attend(attended, &self.changes);
        }
        answer(receipt.http_status())
    }
}

/// How much may be sent.
pub(super) fn largest_body(_: &str, path: &str) -> u64 {
    if path == PATH { LARGEST_BODY as u64 } else { 0 }
}

/// Tells what was done to folders, and lets those be built.
pub(super) fn attend(attended: &clerk::Attended, changes: &Poke) {
    for problem in &attended.problems {
        tracing::error!("what Clerk asks for could not be done, and is tried again with its next message: {problem:#}");
    }
    for (slugs, what) in [(&attended.made, "made"), (&attended.renamed, "renamed"), (&attended.let_go, "unlinked")] {
        for slug in slugs {
            tracing::info!(organization = %slug, "an organization was {what}, as Clerk has it");
            changes.poke();
        }
    }
}

/// One line of the log for each message.
fn note(receipt: &Receipt, request: &str) {
    match receipt {
        Receipt::Applied { id, kind, .. } => tracing::info!(request, message = %id, kind, "a message counts"),
        Receipt::Duplicate { id, .. } => tracing::info!(request, message = %id, "a message had come before"),
        Receipt::Recorded { id, kind, why: Some(why), .. } => {
            tracing::warn!(request, message = %id, kind, "a message cannot be understood: {why}");
        }
        Receipt::Recorded { id, kind, why: None, .. } => tracing::info!(request, message = %id, kind, "nothing follows from a message"),
        Receipt::Refused { why, .. } => tracing::warn!(request, "a message is refused: {why}"),
        Receipt::Unavailable(error) => tracing::error!(request, "a message is not taken, and shall come again: {error}"),
    }
}

/// The answer of this status; of all that are no success, none says more than others.
fn answer(status: u16) -> Response {
    let text = if status == 200 { "taken\n" } else { "refused\n" };
    Response::of(status, "text/plain; charset=utf-8", text.as_bytes()).with("cache-control", "no-store")
}
