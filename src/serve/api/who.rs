//! Who asks, and what they may do: programs with a token of the organization's, and its members with a session at Clerk.

use chrono::{DateTime, Utc};

use crate::clerk::looks_like_token;
use crate::config::Settings;
use crate::domain::{Right, Role};
use crate::error::{Kind, UserError};
use crate::ops::{self, Org, token};
use crate::serve::AtClerk;
use crate::serve::api::Api;
use crate::serve::api::failure::Failure;
use crate::serve::exchange::{Request, Response};
use crate::serve::problem::problem;
use crate::serve::sites::Site;

/// Somebody who was let in.
#[derive(Clone, Debug)]
pub(super) struct Who {
    /// What no other ever has, by which what they send again is known.
    pub(super) asker: String,
    /// Who it is in the log.
    pub(super) actor: String,
    /// What they may do.
    role: Role,
}

impl Who {
    /// Refuses whoever lacks this right.
    pub(super) fn refuse_without(&self, right: Right) -> Result<(), Failure> {
        if self.role.may(right) {
            return Ok(());
        }
        let detail = format!("this takes the role {}, and the token has {}", right.least(), self.role);
        Err(Failure::Problem(problem(403, &detail, None)))
    }
}

/// Opens the organization of `site` for whoever asks, where it knows them.
///
/// An organization that does not exist costs the same work as one that does not know who asks, and is answered alike: its lookup is made in
/// another one, for a secret that no token has, or as one that nobody at Clerk belongs to.
pub(super) fn come_in(api: &Api<'_>, site: Option<&Site>, request: &Request, now: DateTime<Utc>) -> Result<(Org, Who), Failure> {
    let presented = presented(request).unwrap_or_default();
    let Some(site) = site else {
        if let Some(other) = api.sites.any()
            && let Ok(org) = Org::open(other.folder)
        {
            if is_of_a_session(api.at_clerk, presented) {
                let nobodys = Settings { clerk_organization: None, ..org.settings };
                drop(member(api.at_clerk, &nobodys, presented, now, &request.id)?);
            } else {
                drop(token::authenticate(&org, &format!("{presented} of nobody"), now));
            }
        }
        return Err(Failure::Problem(stranger()));
    };
    let org = match Org::open(site.folder.clone()) {
        Ok(org) => org,
        Err(error) => return Err(shut(error, "cannot open the organization", &request.id)),
    };
    let known = if is_of_a_session(api.at_clerk, presented) {
        member(api.at_clerk, &org.settings, presented, now, &request.id)?
    } else {
        holder(&org, presented, now)?
    };
    known.map(|who| (org, who)).ok_or_else(|| Failure::Problem(stranger()))
}

/// Whose token this organization knows `presented` as.
fn holder(org: &Org, presented: &str, now: DateTime<Utc>) -> Result<Option<Who>, Failure> {
    let holder = token::authenticate(org, presented, now)?;
    Ok(holder.map(|holder| Who { asker: format!("token {}", holder.number), actor: holder.actor(), role: holder.role }))
}

/// Whether it is for Clerk's keys to say what `presented` is.
fn is_of_a_session(at_clerk: &AtClerk, presented: &str) -> bool {
    at_clerk.clerk.takes_tokens() && looks_like_token(presented)
}

/// Which member of the organization with these `settings` comes with the session token `presented`. Why it is refused is for the log alone.
fn member(at_clerk: &AtClerk, settings: &Settings, presented: &str, now: DateTime<Utc>, id: &str) -> Result<Option<Who>, Failure> {
    let session = match at_clerk.clerk.session(presented, now) {
        Ok(session) => session,
        Err(why) => {
            tracing::debug!(request = id, "a session token is refused: {why}");
            return Ok(None);
        }
    };
    let known = ops::clerk::who(&at_clerk.workspace, &at_clerk.clerk, settings, &session);
    let Some(known) = known.map_err(|error| shut(error, "cannot tell who belongs to the organization", id))? else {
        tracing::debug!(request = id, "a session token is refused: nobody in this organization has that session");
        return Ok(None);
    };
    if let Some(other) = &known.impersonator {
        tracing::info!(request = id, user = %known.user, by = other, "somebody acts as a member");
    }
    Ok(Some(Who { asker: format!("clerk {}", known.user), actor: known.actor(), role: known.role }))
}

/// What stands behind `Bearer` in the request's head.
fn presented(request: &Request) -> Option<&str> {
    let (scheme, credentials) = request.header("authorization")?.trim().split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then_some(credentials.trim())
}

/// An organization that cannot be opened lets nobody in; why is for whoever runs the server.
fn shut(error: anyhow::Error, what: &str, id: &str) -> Failure {
    match error.downcast_ref::<UserError>().map(|error| error.kind) {
        // Without a record there is no token.
        Some(Kind::NotFound) => Failure::Problem(stranger()),
        Some(Kind::Busy) => Failure::Error(error),
        _ => {
            tracing::error!(request = id, "{what}: {error:#}");
            Failure::Problem(problem(500, "the server could not do it; its log says why", None))
        }
    }
}

/// The one answer for everybody who is not known, whatever they came with.
fn stranger() -> Response {
    problem(401, "this takes a token of the organization", Some("send it as `Authorization: Bearer statuary_…`"))
        .with("www-authenticate", "Bearer")
}

/// Refuses what another site's page makes a browser send.
pub(super) fn refuse_foreign(request: &Request, site: Option<&Site>) -> Result<(), Failure> {
    let foreign = match request.header("origin") {
        Some(origin) => !is_own(origin, request, site),
        None => false,
    };
    let crossing = request.header("sec-fetch-site").is_some_and(|site| site.trim().eq_ignore_ascii_case("cross-site"));
    if foreign || crossing {
        return Err(Failure::Problem(problem(403, "pages of other sites may not write here", None)));
    }
    Ok(())
}

/// Whether `origin` is the host that was asked, or the site's public address.
fn is_own(origin: &str, request: &Request, site: Option<&Site>) -> bool {
    let Some((_, authority)) = origin.split_once("://") else { return false };
    if request.header("host").is_some_and(|host| host.eq_ignore_ascii_case(authority)) {
        return true;
    }
    let own = site.and_then(|site| site.folder.settings().ok()).and_then(|settings| settings.url);
    let own = own.and_then(|own| url::Url::parse(&own).ok());
    own.is_some_and(|own| own.origin().ascii_serialization().eq_ignore_ascii_case(origin))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::serve::exchange::tests::get;

    fn with(name: &str, value: &str) -> Request {
        let mut request = get("/api/incidents");
        request.headers.push((name.to_owned(), value.to_owned()));
        request
    }

    #[test]
    fn a_token_comes_behind_bearer_in_any_letters() {
        for (value, wanted) in [
            ("Bearer abc", Some("abc")),
            ("bearer  abc ", Some("abc")),
            ("BEARER abc", Some("abc")),
            ("Basic abc", None),
            ("Bearerabc", None),
            ("abc", None),
            ("", None),
        ] {
            assert_eq!(presented(&with("authorization", value)), wanted, "{value}");
        }
        assert_eq!(presented(&get("/")), None);
    }

    #[test]
    fn pages_of_other_sites_write_nothing() {
        for (name, value, good) in [
            ("origin", "http://127.0.0.1:3000", true),
            ("origin", "https://127.0.0.1:3000", true),
            ("origin", "http://127.0.0.1:3001", false),
            ("origin", "https://evil.example", false),
            ("origin", "null", false),
            ("origin", "", false),
            ("sec-fetch-site", "same-origin", true),
            ("sec-fetch-site", "none", true),
            ("sec-fetch-site", "Cross-Site", false),
        ] {
            assert_eq!(refuse_foreign(&with(name, value), None).is_ok(), good, "{name}: {value}");
        }
    }
}
