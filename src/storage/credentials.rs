//! With which keys requests are signed: those of the environment, of web identity, or of the shared files. Nothing here shows one.

mod shared_files;
mod web_identity;

use std::fmt;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use crate::error::UserError;
use crate::storage::environment::Environment;
use crate::storage::patience::Patience;
use crate::storage::transport::Transport;

pub(super) use shared_files::Profile;
use web_identity::WebIdentity;

/// How long before its end a temporary key is exchanged for a new one.
const BEFORE_ITS_END: Duration = Duration::from_secs(300);

/// A key, its secret, and the token of a session that they belong to.
#[derive(Clone)]
pub(super) struct Keys(rusty_s3::Credentials);

/// Where keys come from, and those that are in use.
pub(super) struct Credentials {
    source: Source,
    held: Mutex<Option<Held>>,
}

enum Source {
    Fixed(Keys),
    WebIdentity(Box<WebIdentity>),
}

struct Held {
    keys: Keys,
    until: Instant,
}

impl fmt::Debug for Keys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Keys(..)")
    }
}

impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Credentials(..)")
    }
}

impl Keys {
    fn new(key: &str, secret: &str, token: Option<&str>) -> Self {
        Self(match token {
            Some(token) => rusty_s3::Credentials::new_with_token(key, secret, token),
            None => rusty_s3::Credentials::new(key, secret),
        })
    }

    /// For signing.
    pub(super) fn signing(&self) -> &rusty_s3::Credentials {
        &self.0
    }
}

impl Credentials {
    /// The first that there are: of the profile that settings name, else of the environment's keys, web identity, or the shared files'
    /// profile.
    ///
    /// # Errors
    /// Failed, naming the places that were looked at, where there are none; usage where half of them are missing.
    pub(super) fn find(environment: &Environment, named: bool, profile: &Profile, transport: &Transport) -> Result<Self, UserError> {
        let web = || WebIdentity::find(environment, profile, transport);
        let source = if named {
            profile.keys()?.map(Source::Fixed).or(web()?.map(Source::WebIdentity))
        } else {
            match of_environment(environment)? {
                Some(keys) => Some(Source::Fixed(keys)),
                None => web()?.map(Source::WebIdentity).or(profile.keys()?.map(Source::Fixed)),
            }
        };
        match source {
            Some(source) => Ok(Self { source, held: Mutex::new(None) }),
            None => Err(none(named.then_some(profile.name()))),
        }
    }

    /// Keys that are valid now; temporary ones are exchanged in time.
    ///
    /// # Errors
    /// Failed where web identity gives none.
    pub(super) fn keys(&self, patience: Patience) -> Result<Keys, UserError> {
        let identity = match &self.source {
            Source::Fixed(keys) => return Ok(keys.clone()),
            Source::WebIdentity(identity) => identity,
        };
        let mut held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(held) = held.as_ref().filter(|held| Instant::now() < held.until) {
            return Ok(held.keys.clone());
        }
        let asked = Instant::now();
        let (keys, lasts) = identity.exchange(patience)?;
        *held = Some(Held { keys: keys.clone(), until: asked + lasts.saturating_sub(BEFORE_ITS_END) });
        Ok(keys)
    }

    /// Forgets temporary keys that a host calls invalid; whether there can be others.
    pub(super) fn forget(&self) -> bool {
        *self.held.lock().unwrap_or_else(PoisonError::into_inner) = None;
        matches!(self.source, Source::WebIdentity(_))
    }
}

/// The keys in variables.
fn of_environment(environment: &Environment) -> Result<Option<Keys>, UserError> {
    match (environment.get("AWS_ACCESS_KEY_ID"), environment.get("AWS_SECRET_ACCESS_KEY")) {
        (Some(key), Some(secret)) => Ok(Some(Keys::new(key, secret, environment.get("AWS_SESSION_TOKEN")))),
        (None, None) => Ok(None),
        (Some(_), None) => Err(half("AWS_SECRET_ACCESS_KEY")),
        (None, Some(_)) => Err(half("AWS_ACCESS_KEY_ID")),
    }
}

fn half(missing: &str) -> UserError {
    UserError::usage(format!("`{missing}` is not set, but what belongs to it is")).hint("set both, or none of them")
}

fn none(profile: Option<&str>) -> UserError {
    match profile {
        Some(name) => UserError::failed(format!("the profile `{}` has no credentials", name.escape_debug()))
            .hint("write `aws_access_key_id` and `aws_secret_access_key` below its name in `~/.aws/credentials`"),
        None => UserError::failed("there are no credentials for object storage")
            .hint("set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or AWS_ROLE_ARN with web identity, or write `~/.aws/credentials`"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn find(variables: &[(&str, &str)]) -> Result<Credentials, UserError> {
        let environment = Environment::new(variables.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())), None);
        let profile = Profile::read(&environment, None)?;
        Credentials::find(&environment, false, &profile, &Transport::new(&environment)?)
    }

    #[test]
    fn keys_of_the_environment_are_found_and_never_shown() {
        let found =
            find(&[("AWS_ACCESS_KEY_ID", "CANARY1"), ("AWS_SECRET_ACCESS_KEY", "CANARY2"), ("AWS_SESSION_TOKEN", "CANARY3")]).unwrap();
        let keys = found.keys(Patience::default()).unwrap();
        assert_eq!((keys.0.key(), keys.0.secret(), keys.0.token()), ("CANARY1", "CANARY2", Some("CANARY3")));
        assert_eq!(format!("{found:?} {keys:?}"), "Credentials(..) Keys(..)");
        assert!(!found.forget(), "there are no others");
    }

    #[test]
    fn half_of_them_and_none_are_told() {
        assert_eq!(
            find(&[("AWS_ACCESS_KEY_ID", "CANARY")]).unwrap_err().message,
            "`AWS_SECRET_ACCESS_KEY` is not set, but what belongs to it is"
        );
        assert_eq!(
            find(&[("AWS_SECRET_ACCESS_KEY", "CANARY")]).unwrap_err().message,
            "`AWS_ACCESS_KEY_ID` is not set, but what belongs to it is"
        );
        let error = find(&[("AWS_ACCESS_KEY_ID", "CANARY")]).unwrap_err();
        assert_eq!(error.hint.as_deref(), Some("set both, or none of them"));
        let error = find(&[]).unwrap_err();
        assert_eq!(error.message, "there are no credentials for object storage");
        let hint = "set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or AWS_ROLE_ARN with web identity, or write `~/.aws/credentials`";
        assert_eq!(error.hint.as_deref(), Some(hint));
    }
}
