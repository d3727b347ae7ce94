//! What a host answers, and what of it may be told: the code of its error, never its message, which can repeat what was signed.

use std::time::Duration;

use ureq::http::HeaderMap;

use crate::error::UserError;

/// An answer with as much of its body as was asked for.
pub(super) struct Answer {
    pub(super) status: u16,
    pub(super) headers: HeaderMap,
    pub(super) body: Vec<u8>,
}

impl Answer {
    /// The value of a header that is text.
    pub(super) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).and_then(|value| value.to_str().ok())
    }

    /// For how long the host asks to be left alone, in seconds as it may say it.
    pub(super) fn retry_after(&self) -> Option<Duration> {
        self.header("retry-after")?.trim().parse().ok().map(Duration::from_secs)
    }

    /// The code of the error in the body, such as `AccessDenied`.
    pub(super) fn code(&self) -> Option<&str> {
        let text = std::str::from_utf8(&self.body).ok()?;
        let (_, rest) = text.split_once("<Code>")?;
        let (code, _) = rest.split_once("</Code>")?;
        let code = code.trim();
        let fits = (1..=64).contains(&code.len()) && code.bytes().all(|byte| byte.is_ascii_alphanumeric() || b".-_".contains(&byte));
        fits.then_some(code)
    }

    /// The answer as a complaint about `what`, such as ``cannot write `s3://b/k` ``.
    pub(super) fn complaint(&self, what: &str) -> UserError {
        let code = self.code().unwrap_or_default();
        let (why, hint) = match (self.status, code) {
            (_, "NoSuchBucket") => ("there is no such bucket", Some("make it first, or correct its name")),
            (_, "InvalidAccessKeyId") => ("the host does not know the access key", Some("look which credentials are set for this host")),
            (_, "SignatureDoesNotMatch") => {
                ("the secret key is not the right one", Some("set the key and the secret that belong together"))
            }
            (_, "ExpiredToken" | "TokenRefreshRequired" | "InvalidToken") => {
                ("the credentials are not valid any more", Some("get new ones, or let web identity do it"))
            }
            (_, "RequestTimeTooSkewed" | "RequestExpired") => ("the clock of this machine is wrong", Some("set the clock")),
            (_, "AuthorizationHeaderMalformed" | "AuthorizationQueryParametersError" | "PermanentRedirect" | "TemporaryRedirect")
            | (301 | 307, _) => {
                return self.elsewhere(what);
            }
            (_, "QuotaExceeded" | "EntityTooLarge") | (413 | 507, _) => ("the host has no room for it", None),
            (401 | 403, _) => ("the credentials may not do this", Some("allow them to read, write, list and delete below this prefix")),
            (501, _) => ("the host cannot do this", None),
            (429 | 503, _) => ("the host is busy", Some("try again later")),
            (500..=599, _) => ("the host has failed", Some("try again later")),
            _ => ("the host refuses", None),
        };
        let told = if code.is_empty() { format!("status {}", self.status) } else { format!("status {}, {code}", self.status) };
        let error = UserError::failed(format!("{what}: {why} ({told})"));
        match hint {
            Some(hint) => error.hint(hint),
            None => error,
        }
    }

    /// The bucket is in another region.
    fn elsewhere(&self, what: &str) -> UserError {
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-';
        let region = self.header("x-amz-bucket-region").filter(|region| region.len() <= 64 && region.bytes().all(plain));
        let error = UserError::failed(format!("{what}: the bucket is in another region or at another host (status {})", self.status));
        match region {
            Some(region) => error.hint(format!("set `region = \"{region}\"`")),
            None => error.hint("set the bucket's `region`, and its `endpoint` where it is not at Amazon"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(status: u16, body: &str, headers: &[(&'static str, &str)]) -> Answer {
        let headers = headers.iter().map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap())).collect();
        Answer { status, headers, body: body.as_bytes().to_vec() }
    }

    #[test]
    fn the_code_is_told_and_nothing_else() {
        let body = "<?xml version=\"1.0\"?><Error><Code>SignatureDoesNotMatch</Code><Message>CANARY</Message><AWSAccessKeyId>CANARY</AWSAccessKeyId></Error>";
        let error = answer(403, body, &[]).complaint("cannot read `s3://b/k`");
        assert_eq!(error.message, "cannot read `s3://b/k`: the secret key is not the right one (status 403, SignatureDoesNotMatch)");
        for (body, code) in
            [("", None), ("<Code>a b</Code>", None), ("<Code>\u{1b}[31m</Code>", None), ("<Code>X", None), ("<Code> X </Code>", Some("X"))]
        {
            assert_eq!(answer(400, body, &[]).code(), code, "{body:?}");
        }
        assert_eq!(answer(418, "", &[]).complaint("x").message, "x: the host refuses (status 418)");
    }

    #[test]
    fn another_region_is_named() {
        let error = answer(301, "", &[("x-amz-bucket-region", "eu-west-1")]).complaint("x");
        assert_eq!(error.hint.as_deref(), Some("set `region = \"eu-west-1\"`"));
        let error = answer(301, "", &[("x-amz-bucket-region", "eu\"; rm")]).complaint("x");
        assert_eq!(error.message, "x: the bucket is in another region or at another host (status 301)");
        assert_eq!(error.hint.as_deref(), Some("set the bucket's `region`, and its `endpoint` where it is not at Amazon"));
    }

    #[test]
    fn a_host_may_ask_for_patience_in_seconds() {
        assert_eq!(answer(503, "", &[("retry-after", "7")]).retry_after(), Some(Duration::from_secs(7)));
        for bad in ["-1", "soon", "Wed, 21 Oct 2026 07:28:00 GMT", "99999999999999999999"] {
            assert_eq!(answer(503, "", &[("retry-after", bad)]).retry_after(), None);
        }
    }
}
