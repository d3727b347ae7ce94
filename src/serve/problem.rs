//! Answers that say what went wrong: problem documents of RFC 9457, made from the same kinds of error as exit codes.

use serde::Serialize;

use crate::error::{Kind, UserError};
use crate::serve::exchange::Response;
use crate::serve::front::reason;

/// The media type of a problem document.
pub(super) const PROBLEM: &str = "application/problem+json";

/// A problem document. `type` is left out, which means that the status says what kind it is.
#[derive(Serialize)]
struct Problem<'a> {
    /// The status in words.
    title: &'a str,
    /// The status of the answer.
    status: u16,
    /// What happened, in one line.
    detail: &'a str,
    /// What to do about it.
    #[serde(skip_serializing_if = "Option::is_none")]
    hint: Option<&'a str>,
    /// Where in what was sent.
    #[serde(skip_serializing_if = "<[Place]>::is_empty")]
    errors: &'a [Place],
}

/// A place in what was sent, and what is wrong there.
#[derive(Debug, Serialize)]
pub(super) struct Place {
    /// A JSON Pointer as the fragment of an address: `#/services/0/status`.
    pub(super) pointer: String,
    /// What is wrong there.
    pub(super) detail: String,
}

/// The answer for an error. What is not for people's eyes, such as a failure of the disk with its paths, stays in the log.
pub(super) fn of_error(error: &anyhow::Error) -> Response {
    match error.downcast_ref::<UserError>() {
        Some(error) if error.kind != Kind::Failed => problem(error.kind.http_status(), &error.message, error.hint.as_deref()),
        _ => problem(500, "the server could not do it; its log says why", None),
    }
}

/// The answer with this status.
pub(super) fn problem(status: u16, detail: &str, hint: Option<&str>) -> Response {
    answer(&Problem { title: reason(status), status, detail, hint, errors: &[] })
}

/// The answer with this status for what is wrong at places of what was sent.
pub(super) fn problem_at(status: u16, detail: &str, errors: &[Place]) -> Response {
    answer(&Problem { title: reason(status), status, detail, hint: None, errors })
}

fn answer(document: &Problem<'_>) -> Response {
    let status = document.status;
    // Serializing texts cannot fail.
    let mut text = serde_json::to_vec_pretty(document).unwrap_or_default();
    text.push(b'\n');
    Response::of(status, PROBLEM, text).with("cache-control", "no-store")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::serve::exchange::Body;

    #[test]
    fn people_read_what_is_theirs_and_not_the_paths_of_the_machine() {
        let told = of_error(&UserError::not_found("no incident `x`").hint("list them").into());
        assert_eq!((told.status, told.header("content-type")), (404, Some(PROBLEM)));
        let Body::Bytes(bytes) = told.body else { panic!() };
        let document: serde_json::Value = serde_json::from_slice(&bytes).unwrap();
        assert_eq!(document, serde_json::json!({"title": "Not Found", "status": 404, "detail": "no incident `x`", "hint": "list them"}));
        for secret in [anyhow::anyhow!("/home/me/x"), UserError::failed("cannot read `/home/me/x`").into()] {
            let told = of_error(&secret);
            let Body::Bytes(bytes) = told.body else { panic!() };
            assert!(told.status == 500 && !String::from_utf8_lossy(&bytes).contains("/home"));
        }
    }
}
