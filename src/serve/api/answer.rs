//! What a deed or a question comes to, as an answer over HTTP.

use serde::{Deserialize, Serialize};

use crate::ops::Repeated;
use crate::serve::api::failure::Failure;
use crate::serve::api::query::ORG;
use crate::serve::exchange::Response;

/// An answer: a document, and what its head says of it.
#[derive(Debug)]
pub(super) struct Answer {
    status: u16,
    document: String,
    /// Where the thing made can be read, below the site's own root.
    location: Option<String>,
    etag: Option<String>,
    /// The query of the next page, and the path it belongs to.
    next: Option<String>,
}

/// What the head of an answer is made from, read from the document itself: one that is given again has the same head.
#[derive(Default, Deserialize)]
struct Known {
    #[serde(default)]
    id: Option<String>,
    #[serde(default)]
    etag: Option<String>,
}

impl Answer {
    /// A document.
    pub(super) fn of(report: &impl Serialize) -> Result<Self, Failure> {
        Ok(Self { status: 200, document: text(report)?, location: None, etag: None, next: None })
    }

    /// One thing, whose etag is told.
    pub(super) fn thing(report: &impl Serialize) -> Result<Self, Failure> {
        let mut answer = Self::of(report)?;
        answer.etag = answer.known().etag;
        Ok(answer)
    }

    /// What came of a deed, also where it was done before.
    pub(super) fn written<T: Serialize>(outcome: anyhow::Result<T>) -> Result<Self, Failure> {
        let document = match outcome {
            Ok(report) => text(&report)?,
            Err(error) => error.downcast::<Repeated>()?.answer,
        };
        let mut answer = Self { status: 200, document, location: None, etag: None, next: None };
        answer.etag = answer.known().etag;
        Ok(answer)
    }

    /// The same as something new, to be read below `collection`, such as `/api/incidents`.
    pub(super) fn made(mut self, collection: &str) -> Self {
        self.status = 201;
        self.location = self.known().id.map(|id| format!("{collection}/{id}"));
        self
    }

    /// The same of a thing that is gone, and has no etag any more.
    pub(super) fn gone(mut self) -> Self {
        self.etag = None;
        self
    }

    /// The same as a page that is followed by the one at `next`, a path with its query.
    pub(super) fn followed_by(mut self, next: Option<String>) -> Self {
        self.next = next;
        self
    }

    fn known(&self) -> Known {
        serde_json::from_str(&self.document).unwrap_or_default()
    }

    /// As it is sent, of a site whose own addresses begin with `prefix`; `org` is the organization where the query had to name it.
    pub(super) fn response(self, prefix: &str, org: Option<&str>) -> Response {
        let mut response = Response::of(self.status, "application/json", self.document.into_bytes());
        if let Some(location) = self.location {
            let query = org.map(|org| format!("?{ORG}={org}")).unwrap_or_default();
            response = response.with("location", format!("{prefix}{location}{query}"));
        }
        if let Some(etag) = self.etag {
            response = response.with("etag", format!("\"{etag}\""));
        }
        if let Some(next) = self.next {
            response = response.with("link", format!("<{prefix}{next}>; rel=\"next\""));
        }
        response
    }
}

fn text(report: &impl Serialize) -> Result<String, Failure> {
    Ok(serde_json::to_string(report).map_err(anyhow::Error::from)?)
}
