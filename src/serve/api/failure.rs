//! What goes wrong with a request, and how it is told: problem documents in the words of the API.

use serde_json::error::Category;

use crate::error::{Kind, UserError};
use crate::serve::exchange::Response;
use crate::serve::problem::{self, Place, problem, problem_at};

/// Why a request is not answered as it wished.
#[derive(Debug)]
pub(super) enum Failure {
    /// What a deed or a question said.
    Error(anyhow::Error),
    /// An answer that is made already.
    Problem(Response),
}

impl From<anyhow::Error> for Failure {
    fn from(error: anyhow::Error) -> Self {
        Self::Error(error)
    }
}

impl From<UserError> for Failure {
    fn from(error: UserError) -> Self {
        Self::Error(error.into())
    }
}

impl Failure {
    /// A body that is no JSON, or not what is taken here; `at` is the place in it.
    pub(super) fn of_body(error: &serde_json::Error, at: Option<String>) -> Self {
        let detail = without_controls(&error.to_string());
        Self::Problem(match error.classify() {
            Category::Data => problem_at(422, "the body is not what is taken here", &[Place { pointer: at.unwrap_or_default(), detail }]),
            Category::Syntax | Category::Eof | Category::Io => problem(400, &format!("the body is not JSON: {detail}"), None),
        })
    }

    /// The answer; what is not for people's eyes goes to the log, under the request's `id`.
    pub(super) fn response(self, id: &str) -> Response {
        let error = match self {
            Self::Problem(response) => return response,
            Self::Error(error) => error,
        };
        match error.downcast_ref::<UserError>() {
            Some(told) if told.kind != Kind::Failed => {
                let response =
                    problem(told.kind.http_status(), &in_our_words(&told.message), told.hint.as_deref().and_then(hint).as_deref());
                if told.kind == Kind::Busy { response.with("retry-after", "1") } else { response }
            }
            _ => {
                tracing::error!(request = id, "cannot answer: {error:#}");
                problem::of_error(&error)
            }
        }
    }
}

/// Options of the command line and what they are called here.
const CALLED: &[(&str, &str)] = &[
    ("--message-lang", "translations"),
    ("--service", "services"),
    ("--from", "scheduled_for"),
    ("--until", "scheduled_until"),
    ("--next-update", "next_update_at"),
];

/// Options whose names are those of fields.
const SAME: &[&str] =
    &["at", "description", "group", "hidden", "impact", "link", "message", "name", "position", "repeat", "slug", "status", "title"];

/// What is said of the command line's options, said of fields.
fn in_our_words(words: &str) -> String {
    let words = CALLED.iter().fold(words.to_owned(), |words, (option, field)| words.replace(option, field));
    words.replace("`--", "`")
}

/// A hint that helps here, too; the command line's own commands do not.
fn hint(words: &str) -> Option<String> {
    let known = |option: &str| {
        let name: String = option.chars().take_while(|character| character.is_ascii_lowercase() || *character == '-').collect();
        SAME.contains(&name.as_str()) || CALLED.iter().any(|(called, _)| called.trim_start_matches('-') == name)
    };
    let all_known = words.split("--").skip(1).all(known);
    (all_known && !words.contains("`statuary ")).then(|| in_our_words(words))
}

fn without_controls(words: &str) -> String {
    words.chars().map(|character| if character.is_control() { ' ' } else { character }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::serve::exchange::Body;

    fn document(failure: Failure) -> serde_json::Value {
        let Body::Bytes(bytes) = failure.response("x").body else { panic!() };
        serde_json::from_slice(&bytes).unwrap()
    }

    #[test]
    fn options_of_the_command_line_are_fields_here() {
        let error = UserError::usage("`--at` lies ahead: 2027").hint("give it with `--message-lang de=`");
        let told = document(error.into());
        assert_eq!(
            (told["detail"].as_str(), told["hint"].as_str()),
            (Some("`at` lies ahead: 2027"), Some("give it with `translations de=`"))
        );
        let told = document(UserError::conflict("taken").hint("change it with `statuary service edit api`").into());
        assert_eq!((told["status"].as_u64(), told.get("hint")), (Some(409), None));
        assert_eq!(hint("give an `--until` after `--from`, or a length with `--for`"), None);
        assert_eq!(hint("announce past work once, without `--repeat`").as_deref(), Some("announce past work once, without `repeat`"));
        assert_eq!(hint("give an `--at` that is not before it").as_deref(), Some("give an `at` that is not before it"));
    }

    #[test]
    fn what_is_no_json_is_told_by_line_and_column() {
        let error = serde_json::from_str::<serde_json::Value>("{\n  \"a\" 1}").unwrap_err();
        let told = document(Failure::of_body(&error, None));
        assert_eq!(told["detail"], "the body is not JSON: expected `:` at line 2 column 7");
    }
}
