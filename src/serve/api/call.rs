//! One request that was let in, and what its handler asks of it.

use chrono::{DateTime, Utc};
use serde::de::DeserializeOwned;

use crate::error::UserError;
use crate::ops::{Deed, Once, Org, Page};
use crate::serve::api::failure::Failure;
use crate::serve::api::query::Query;
use crate::serve::api::values::Moment;
use crate::serve::api::who::Who;
use crate::serve::exchange::Request;
use crate::serve::problem::problem;

/// How many entries of a long list are told unless others are asked for.
pub(super) const SHOWN: u64 = 20;

/// How many are told at most.
pub(super) const MOST: u64 = 100;

/// A request that was let in.
pub(super) struct Call<'a> {
    /// The request itself.
    pub(super) request: &'a Request,
    /// What stands for the variables of the route's path.
    pub(super) named: Vec<String>,
    /// Its query.
    pub(super) query: Query,
    /// Who asks.
    pub(super) who: Who,
    /// When.
    pub(super) now: DateTime<Utc>,
    /// The organization it is about.
    pub(super) org: Org,
}

impl Call<'_> {
    /// What stands for the first variable of the path: slug, id or number.
    pub(super) fn key(&self) -> String {
        self.named.first().cloned().unwrap_or_default()
    }

    /// What was sent.
    ///
    /// # Errors
    /// 415 where it does not say that it is JSON; 400 where it is none, by line and column; 422 where it is not what is taken here.
    pub(super) fn body<T: DeserializeOwned>(&self) -> Result<T, Failure> {
        self.refuse_other_than_json()?;
        read(&self.request.body)
    }

    /// Refuses what does not say that it is JSON.
    ///
    /// # Errors
    /// 415 then.
    pub(super) fn refuse_other_than_json(&self) -> Result<(), Failure> {
        if !self.request.header("content-type").is_some_and(is_json) {
            return Err(Failure::Problem(problem(415, "this takes JSON", Some("say so with `content-type: application/json`"))));
        }
        Ok(())
    }

    /// What was sent, where anything was.
    ///
    /// # Errors
    /// As [`Call::body`].
    pub(super) fn body_or_default<T: DeserializeOwned + Default>(&self) -> Result<T, Failure> {
        if self.request.body.is_empty() { Ok(T::default()) } else { self.body() }
    }

    /// The deed that is asked for, counting from `at` on.
    ///
    /// # Errors
    /// Usage for a bad `Idempotency-Key` or `If-Match`.
    pub(super) fn deed(&self, at: Option<Moment>) -> Result<Deed, Failure> {
        let mut deed = Deed::new(self.who.actor.as_str(), self.now).at(at.map(|at| at.0));
        deed.once = self.once()?;
        deed.expects = self.request.header("if-match").map(etags).transpose()?;
        Ok(deed)
    }

    /// The deed of a request without a body, whose query may say from when on it counts.
    ///
    /// # Errors
    /// As [`Call::deed`].
    pub(super) fn deed_of_query(&self) -> Result<Deed, Failure> {
        let at = self.query.moment("at")?.map(Moment);
        self.deed(at)
    }

    /// What stands for the second variable of the path: the number of an update.
    ///
    /// # Errors
    /// Not found where it is no number.
    pub(super) fn number(&self) -> Result<usize, UserError> {
        let text = self.named.get(1).map_or("", String::as_str);
        let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        text.parse().ok().filter(|_| digits).ok_or_else(|| UserError::not_found("updates have numbers, from 1 on"))
    }

    /// The part of a list that is asked for: so many, unless others are, from where the page before it ended.
    ///
    /// # Errors
    /// Usage for a limit that is none.
    pub(super) fn page(&self, usual: Option<u64>) -> Result<Page, UserError> {
        let limit = self.query.number("limit", 1..=MOST)?.or(usual);
        Ok(Page { limit: limit.and_then(|limit| usize::try_from(limit).ok()), after: self.query.text("after").map(str::to_owned) })
    }

    /// Where the next page of the list at `path` is.
    pub(super) fn next(&self, path: &str, after: Option<&str>) -> Option<String> {
        after.map(|after| format!("{path}?{}", self.query.of_next(after)))
    }

    fn once(&self) -> Result<Option<Once>, UserError> {
        let Request { method, path, query, body, .. } = self.request;
        let key = self.request.header("idempotency-key").filter(|_| method == "POST");
        let request: [&[u8]; 4] = [method.as_bytes(), path.as_bytes(), query.as_bytes(), body];
        key.map(|key| Once::new(self.who.asker.as_str(), key, &request)).transpose()
    }
}

/// Whether a media type is JSON, whatever stands behind it.
fn is_json(media_type: &str) -> bool {
    media_type.split(';').next().is_some_and(|essence| essence.trim().eq_ignore_ascii_case("application/json"))
}

fn read<T: DeserializeOwned>(body: &[u8]) -> Result<T, Failure> {
    let mut reader = serde_json::Deserializer::from_slice(body);
    let read = serde_path_to_error::deserialize(&mut reader).map_err(|error| {
        let at = pointer(error.path());
        Failure::of_body(error.inner(), Some(at))
    })?;
    reader.end().map_err(|error| Failure::of_body(&error, None))?;
    Ok(read)
}

/// A place in a document as a JSON Pointer (RFC 6901) in a URI fragment.
fn pointer(path: &serde_path_to_error::Path) -> String {
    use serde_path_to_error::Segment;
    let mut pointer = String::from("#");
    for segment in path {
        pointer.push('/');
        match segment {
            Segment::Seq { index } => pointer.push_str(&index.to_string()),
            Segment::Map { key } => pointer.push_str(&escaped(key)),
            Segment::Enum { variant } => pointer.push_str(&escaped(variant)),
            Segment::Unknown => pointer.push('?'),
        }
    }
    pointer
}

fn escaped(name: &str) -> String {
    let name = name.replace('~', "~0").replace('/', "~1");
    percent_encoding::utf8_percent_encode(&name, percent_encoding::NON_ALPHANUMERIC).to_string().replace("%5F", "_").replace("%2D", "-")
}

/// The etags of an `If-Match`. A weak one never matches, as RFC 9110 has it, and stays as it is.
fn etags(header: &str) -> Result<Vec<String>, UserError> {
    let wrong = || UserError::usage("`if-match` is no list of etags").hint("send what `etag` said, with its quotes");
    let mut rest = header.trim();
    if rest == "*" {
        return Ok(vec!["*".to_owned()]);
    }
    let mut found = Vec::new();
    loop {
        let weak = rest.starts_with("W/");
        let opaque = rest.strip_prefix("W/").unwrap_or(rest).strip_prefix('"').ok_or_else(wrong)?;
        let (etag, behind) = opaque.split_once('"').ok_or_else(wrong)?;
        found.push(if weak { format!("W/{etag}") } else { quoted_star(etag) });
        let behind = behind.trim_start();
        match behind.strip_prefix(',') {
            Some(more) => rest = more.trim_start(),
            None if behind.is_empty() => return Ok(found),
            None => return Err(wrong()),
        }
    }
}

/// An etag that reads `*` is not the `*` that stands for any.
fn quoted_star(etag: &str) -> String {
    if etag == "*" { "\"*\"".to_owned() } else { etag.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::serve::exchange::Body;

    #[test]
    fn etags_are_quoted_and_weak_ones_match_nothing() {
        assert_eq!(etags("*").unwrap(), ["*"]);
        assert_eq!(etags("\"a\"").unwrap(), ["a"]);
        assert_eq!(etags(" \"a\" ,\"b,c\", W/\"d\", \"*\"").unwrap(), ["a", "b,c", "W/d", "\"*\""]);
        for bad in ["", "a", "\"a", "\"a\" \"b\"", "\"a\",", "w/\"a\""] {
            assert!(etags(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn json_says_that_it_is() {
        for (media_type, json) in [
            ("application/json", true),
            ("Application/JSON; charset=utf-8", true),
            ("application/jsonp", false),
            ("text/plain", false),
            ("application/x-www-form-urlencoded; application/json", false),
            ("", false),
        ] {
            assert_eq!(is_json(media_type), json, "{media_type}");
        }
    }

    #[derive(Debug, serde::Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Outer {
        #[expect(dead_code, reason = "only read")]
        inner: Vec<Inner>,
    }

    #[derive(Debug, serde::Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Inner {
        #[expect(dead_code, reason = "only read")]
        number: i64,
    }

    fn refused(body: &[u8]) -> (u16, serde_json::Value) {
        let Failure::Problem(response) = read::<Outer>(body).unwrap_err() else { panic!() };
        let Body::Bytes(bytes) = response.body else { panic!() };
        (response.status, serde_json::from_slice(&bytes).unwrap())
    }

    #[test]
    fn the_place_of_a_mistake_is_told() {
        let (status, told) = refused(br#"{"inner": [{"number": 1}, {"number": "x"}]}"#);
        assert_eq!((status, told["errors"][0]["pointer"].as_str()), (422, Some("#/inner/1/number")));
        let (status, told) = refused(br#"{"inner": [{"number": 1, "a/b~": 2}]}"#);
        assert_eq!((status, told["errors"][0]["pointer"].as_str()), (422, Some("#/inner/0/a%7E1b%7E0")));
        assert!(told["errors"][0]["detail"].as_str().unwrap().starts_with("unknown field `a/b~`"));
        for (body, status) in [(&b"{}"[..], 422), (b"[]", 422), (b"", 400), (b"{", 400), (b"\xff", 400), (br#"{"inner": []} x"#, 400)] {
            assert_eq!(refused(body).0, status, "{body:?}");
        }
    }

    #[test]
    fn depth_is_harmless() {
        let bomb = "[".repeat(200_000);
        assert_eq!(refused(format!(r#"{{"inner": {bomb}"#).as_bytes()).0, 422);
        assert_eq!(refused(format!(r#"{{"inner": [{{"number": 1, "x": {bomb}"#).as_bytes()).0, 422);
        let Failure::Problem(deep) = read::<serde_json::Value>(bomb.as_bytes()).unwrap_err() else { panic!() };
        assert_eq!(deep.status, 400);
    }
}
