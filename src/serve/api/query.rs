//! The query of a request: every parameter is known, there once, and what it should be.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};

use crate::error::{UserError, nearest};
use crate::serve::api::values::Moment;
use crate::serve::exchange::Request;

/// Which organization is meant where the path does not say; read before the API is reached.
pub(super) const ORG: &str = "org";

/// Parameters by name.
#[derive(Debug)]
pub(super) struct Query {
    known: BTreeMap<String, String>,
    org: Option<String>,
}

impl Query {
    /// Reads the query, in which only these may stand.
    ///
    /// # Errors
    /// Usage for one that is not known or there twice: a slip in a name must not list more than was asked for.
    pub(super) fn read(request: &Request, known: &[&'static str]) -> Result<Self, UserError> {
        let mut found = BTreeMap::new();
        for (name, value) in request.parameters().filter(|(name, _)| name != ORG) {
            if !known.contains(&name.as_ref()) {
                let error = UserError::usage(format!("there is no parameter `{}` here", name.escape_debug()));
                return Err(match (nearest(&name, known.iter().copied()), known) {
                    (Some(near), _) => error.hint(format!("did you mean `{near}`?")),
                    (None, []) => error,
                    (None, known) => error.hint(format!("one of {}", known.join(", "))),
                });
            }
            if found.insert(name.clone().into_owned(), value.into_owned()).is_some() {
                return Err(UserError::usage(format!("the parameter `{name}` is there twice")));
            }
        }
        Ok(Self { known: found, org: request.parameter(ORG) })
    }

    /// A parameter as it stands.
    pub(super) fn text(&self, name: &str) -> Option<&str> {
        self.known.get(name).map(String::as_str)
    }

    /// `true` or `false`; false where it is not there.
    pub(super) fn flag(&self, name: &str) -> Result<bool, UserError> {
        match self.text(name) {
            None | Some("false") => Ok(false),
            Some("true") => Ok(true),
            Some(_) => Err(UserError::usage(format!("`{name}` is `true` or `false`"))),
        }
    }

    /// A whole number of this range.
    pub(super) fn number(&self, name: &str, range: std::ops::RangeInclusive<u64>) -> Result<Option<u64>, UserError> {
        let Some(text) = self.text(name) else { return Ok(None) };
        let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        match text.parse().ok().filter(|number| digits && range.contains(number)) {
            Some(number) => Ok(Some(number)),
            None => Err(UserError::usage(format!("`{name}` is a whole number from {} to {}", range.start(), range.end()))),
        }
    }

    /// A moment in RFC 3339.
    pub(super) fn moment(&self, name: &str) -> Result<Option<DateTime<Utc>>, UserError> {
        self.text(name)
            .map(|text| text.parse::<Moment>().map(|moment| moment.0))
            .transpose()
            .map_err(|error| UserError { message: format!("`{name}`: {}", error.message), ..error })
    }

    /// The query of the page that follows, which `after` names.
    pub(super) fn of_next(&self, after: &str) -> String {
        let mut query = url::form_urlencoded::Serializer::new(String::new());
        for (name, value) in self.known.iter().filter(|(name, _)| *name != "after") {
            query.append_pair(name, value);
        }
        if let Some(org) = &self.org {
            query.append_pair(ORG, org);
        }
        query.append_pair("after", after).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::serve::exchange::tests::get;

    fn read(query: &str) -> Result<Query, String> {
        Query::read(&get(&format!("/api/incidents?{query}")), &["open", "limit", "since", "after"]).map_err(|error| error.message)
    }

    #[test]
    fn slips_are_told() {
        assert_eq!(read("opne=true").unwrap_err(), "there is no parameter `opne` here");
        assert_eq!(read("open=true&open=true").unwrap_err(), "the parameter `open` is there twice");
        assert!(read("org=acme&open=true").unwrap().flag("open").unwrap());
        assert!(!read("").unwrap().flag("open").unwrap());
        for bad in ["open=", "open=1", "open=TRUE"] {
            assert!(read(bad).unwrap().flag("open").is_err(), "{bad}");
        }
        for bad in ["limit=", "limit=0", "limit=101", "limit=-1", "limit=%2B1", "limit=1.0", "limit=99999999999999999999999"] {
            assert!(read(bad).unwrap().number("limit", 1..=100).is_err(), "{bad}");
        }
        assert_eq!(read("limit=100").unwrap().number("limit", 1..=100), Ok(Some(100)));
        for bad in ["since=yesterday", "since=2026-11-22", "since="] {
            assert!(read(bad).unwrap().moment("since").is_err(), "{bad}");
        }
    }

    #[test]
    fn the_next_page_has_the_same_filters() {
        assert_eq!(read("open=true&after=a&limit=2").unwrap().of_next("b c"), "limit=2&open=true&after=b+c");
        assert_eq!(read("org=acme").unwrap().of_next("b"), "org=acme&after=b");
    }
}
