//! Web identity: a token that tells who a job is, exchanged at a token service for keys that last an hour. GitHub gives such tokens to its
//! jobs when asked.

use std::fs;
use std::path::PathBuf;
use std::time::Duration;

use quick_xml::Reader;
use quick_xml::events::Event;
use ureq::http;
use url::Url;
use url::form_urlencoded::Serializer;

use crate::error::{UserError, reason};
use crate::storage::answer::Answer;
use crate::storage::credentials::{Keys, Profile};
use crate::storage::environment::Environment;
use crate::storage::patience::{Attempts, Patience, is_passing};
use crate::storage::settings::plain_address;
use crate::storage::transport::Transport;

/// For how long keys are asked for: what every role allows.
const LASTS: Duration = Duration::from_secs(3600);

/// More than any token or answer has, in bytes.
const LARGEST: u64 = 64 * 1024;

/// For whom GitHub's token is made out.
const AUDIENCE: &str = "sts.amazonaws.com";

/// A role, and how the token comes that may take it. It holds secrets, so nothing prints it.
pub(super) struct WebIdentity {
    role: String,
    session: String,
    token: Token,
    service: Url,
    transport: Transport,
}

/// How the token comes.
enum Token {
    /// In a file, which is read anew each time.
    File(PathBuf),
    /// From GitHub, at this address with this secret.
    Github { address: Url, secret: String },
}

impl WebIdentity {
    /// The role of the environment or of the profile, where there is a token for it.
    ///
    /// # Errors
    /// Usage where an address in the environment is none.
    pub(super) fn find(environment: &Environment, profile: &Profile, transport: &Transport) -> Result<Option<Box<Self>>, UserError> {
        let get = |variable: &str, name: &str| environment.get(variable).or_else(|| profile.get(name)).map(str::to_owned);
        let Some(role) = get("AWS_ROLE_ARN", "role_arn") else { return Ok(None) };
        let file = get("AWS_WEB_IDENTITY_TOKEN_FILE", "web_identity_token_file").map(PathBuf::from);
        let github = || -> Result<Option<Token>, UserError> {
            let (Some(address), Some(secret)) =
                (environment.get("ACTIONS_ID_TOKEN_REQUEST_URL"), environment.get("ACTIONS_ID_TOKEN_REQUEST_TOKEN"))
            else {
                return Ok(None);
            };
            let mut address = Url::parse(address).map_err(|_| UserError::usage("ACTIONS_ID_TOKEN_REQUEST_URL is no address"))?;
            address.query_pairs_mut().append_pair("audience", AUDIENCE);
            Ok(Some(Token::Github { address, secret: secret.to_owned() }))
        };
        let token = match file {
            // GitHub's jobs may name a file that nobody has written.
            Some(file) if file.exists() => Token::File(file),
            Some(file) => github()?.unwrap_or(Token::File(file)),
            None => match github()? {
                Some(token) => token,
                None => return Ok(None),
            },
        };
        let region = get("AWS_REGION", "region").or_else(|| environment.get("AWS_DEFAULT_REGION").map(str::to_owned));
        let service = match (environment.get("AWS_ENDPOINT_URL_STS"), region) {
            (Some(address), _) => address.to_owned(),
            (None, Some(region)) if region.starts_with("cn-") => format!("https://sts.{region}.amazonaws.com.cn"),
            (None, Some(region)) if region.contains('-') => format!("https://sts.{region}.amazonaws.com"),
            (None, _) => "https://sts.amazonaws.com".to_owned(),
        };
        let session = get("AWS_ROLE_SESSION_NAME", "role_session_name").unwrap_or_else(|| "statuary".to_owned());
        Ok(Some(Box::new(Self { role, session, token, service: plain_address(&service)?, transport: transport.clone() })))
    }

    /// Takes the role: keys and how long they last.
    ///
    /// # Errors
    /// Failed where there is no token, or where the service gives no keys for it.
    pub(super) fn exchange(&self, patience: Patience) -> Result<(Keys, Duration), UserError> {
        let token = self.token(patience)?;
        let form = Serializer::new(String::new())
            .append_pair("Action", "AssumeRoleWithWebIdentity")
            .append_pair("Version", "2011-06-15")
            .append_pair("RoleArn", &self.role)
            .append_pair("RoleSessionName", &self.session)
            .append_pair("DurationSeconds", &LASTS.as_secs().to_string())
            .append_pair("WebIdentityToken", &token)
            .finish();
        let what = "cannot exchange the web identity for credentials";
        let answer = self.ask(patience, what, || {
            http::Request::post(self.service.as_str())
                .header("content-type", "application/x-www-form-urlencoded")
                .header("accept", "application/xml")
                .body(form.as_bytes())
        })?;
        if answer.status != 200 {
            return Err(answer.complaint(what));
        }
        keys(&answer.body).map(|keys| (keys, LASTS)).ok_or_else(|| UserError::failed(format!("{what}: the answer cannot be read")))
    }

    fn token(&self, patience: Patience) -> Result<String, UserError> {
        let (address, secret) = match &self.token {
            Token::File(path) => {
                let cannot = |why: &str| {
                    UserError::failed(format!("cannot read the web identity in `{}`: {why}", path.display().to_string().escape_debug()))
                };
                let about = fs::metadata(path).map_err(|error| cannot(&reason(&error)))?;
                if about.len() > LARGEST {
                    return Err(cannot("it is too large"));
                }
                return Ok(fs::read_to_string(path).map_err(|error| cannot(&reason(&error)))?.trim().to_owned());
            }
            Token::Github { address, secret } => (address, secret),
        };
        let what = "cannot get the web identity of this job";
        let answer = self.ask(patience, what, || {
            http::Request::get(address.as_str())
                .header("authorization", format!("bearer {secret}"))
                .header("accept", "application/json")
                .body(&[][..])
        })?;
        if answer.status != 200 {
            return Err(answer.complaint(what).hint("give the job the permission `id-token: write`"));
        }
        let told: Option<serde_json::Value> = serde_json::from_slice(&answer.body).ok();
        let value = told.as_ref().and_then(|told| told.get("value")).and_then(serde_json::Value::as_str);
        value.map(str::to_owned).ok_or_else(|| UserError::failed(format!("{what}: the answer cannot be read")))
    }

    fn ask<'a>(
        &self,
        patience: Patience,
        what: &str,
        request: impl Fn() -> Result<http::Request<&'a [u8]>, http::Error>,
    ) -> Result<Answer, UserError> {
        let mut attempts = Attempts::new(patience);
        loop {
            let request = request().map_err(|_| UserError::failed(format!("{what}: a value in the environment cannot be used")))?;
            let (pause, error) = match self.transport.send(request, LARGEST) {
                Ok(answer) if is_passing(answer.status) => (attempts.pause(answer.retry_after(), true), answer.complaint(what)),
                Ok(answer) => return Ok(answer),
                Err(broken) => {
                    let error = UserError::failed(format!("{what}: {}", broken.why));
                    (broken.passing.then(|| attempts.pause(None, broken.reached)).flatten(), error)
                }
            };
            match pause {
                Some(pause) => std::thread::sleep(pause),
                None => return Err(error),
            }
        }
    }
}

/// The keys in the answer of a token service.
fn keys(body: &[u8]) -> Option<Keys> {
    let mut reader = Reader::from_reader(body);
    let (mut name, mut text) = (Vec::new(), String::new());
    let (mut key, mut secret, mut token) = (None, None, None);
    loop {
        match reader.read_event().ok()? {
            Event::Start(start) => {
                name = start.local_name().as_ref().to_vec();
                text.clear();
            }
            Event::Text(part) => text.push_str(&part.decode().ok()?),
            Event::End(_) => {
                let value = || (!text.trim().is_empty()).then(|| text.trim().to_owned());
                match name.as_slice() {
                    b"AccessKeyId" => key = value(),
                    b"SecretAccessKey" => secret = value(),
                    b"SessionToken" => token = value(),
                    _ => {}
                }
                name.clear();
            }
            Event::Eof => break,
            _ => {}
        }
    }
    Some(Keys::new(&key?, &secret?, Some(&token?)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_read_from_an_answer() {
        let found = keys(
            b"<AssumeRoleWithWebIdentityResponse xmlns='https://sts.amazonaws.com/doc/2011-06-15/'><AssumeRoleWithWebIdentityResult>
              <Credentials><SessionToken>TOK+/=</SessionToken><SecretAccessKey>SEC/+</SecretAccessKey><Expiration>2026-11-27T10:00:00Z</Expiration>
              <AccessKeyId>ASIA1</AccessKeyId></Credentials></AssumeRoleWithWebIdentityResult></AssumeRoleWithWebIdentityResponse>",
        );
        let found = found.unwrap();
        assert_eq!((found.signing().key(), found.signing().secret(), found.signing().token()), ("ASIA1", "SEC/+", Some("TOK+/=")));
        for bad in ["", "<a>", "{}", "<A><AccessKeyId>x</AccessKeyId></A>"] {
            assert!(keys(bad.as_bytes()).is_none());
        }
    }

    #[test]
    fn what_cannot_be_asked_for_with_is_told_without_being_shown() {
        let found = |url: &str, secret: &str| {
            let variables = [
                ("AWS_ROLE_ARN", "arn:aws:iam::1:role/status"),
                ("ACTIONS_ID_TOKEN_REQUEST_URL", url),
                ("ACTIONS_ID_TOKEN_REQUEST_TOKEN", secret),
            ];
            let environment = Environment::new(variables.map(|(name, value)| (name.to_owned(), value.to_owned())), None);
            let profile = Profile::read(&environment, None).unwrap();
            WebIdentity::find(&environment, &profile, &Transport::new(&environment).unwrap())
        };
        let error = found("CANARY", "s").map(|_| ()).unwrap_err();
        assert_eq!(error.message, "ACTIONS_ID_TOKEN_REQUEST_URL is no address");
        let identity = found("http://127.0.0.1:9/", "CANARY\nCANARY").unwrap().unwrap();
        let error = identity.exchange(Patience::default()).map(|_| ()).unwrap_err();
        assert_eq!(error.message, "cannot get the web identity of this job: a value in the environment cannot be used");
    }

    #[test]
    fn a_role_needs_a_token_to_be_one() {
        let found = |variables: &[(&str, &str)]| {
            let environment = Environment::new(variables.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())), None);
            let profile = Profile::read(&environment, None).unwrap();
            WebIdentity::find(&environment, &profile, &Transport::new(&environment).unwrap()).unwrap()
        };
        let role = ("AWS_ROLE_ARN", "arn:aws:iam::1:role/status");
        assert!(found(&[role]).is_none() && found(&[("AWS_WEB_IDENTITY_TOKEN_FILE", "/nowhere")]).is_none());
        let file = found(&[role, ("AWS_WEB_IDENTITY_TOKEN_FILE", "/nowhere"), ("AWS_REGION", "eu-west-1")]).unwrap();
        assert_eq!(file.service.as_str(), "https://sts.eu-west-1.amazonaws.com/");
        let error = file.exchange(Patience::default()).map(|_| ()).unwrap_err();
        assert_eq!(error.message, "cannot read the web identity in `/nowhere`: no such file or directory");
        let github = [("ACTIONS_ID_TOKEN_REQUEST_URL", "https://g.example/token?api=2"), ("ACTIONS_ID_TOKEN_REQUEST_TOKEN", "s")];
        let found = found(&[role, github[0], github[1], ("AWS_WEB_IDENTITY_TOKEN_FILE", "/nowhere"), ("AWS_REGION", "auto")]).unwrap();
        assert_eq!(found.service.as_str(), "https://sts.amazonaws.com/");
        assert!(
            matches!(found.token, Token::Github { address, .. } if address.as_str() == "https://g.example/token?api=2&audience=sts.amazonaws.com")
        );
    }
}
