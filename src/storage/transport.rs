//! One request over the network: limits of time, trusted roots, and failures in words that never hold an address that was signed.

use std::io::ErrorKind;
use std::time::Duration;

use ureq::tls::TlsConfig;
use ureq::{Agent, Error, http};

use crate::error::{UserError, reason};
use crate::storage::answer::Answer;
use crate::storage::environment::Environment;
use crate::storage::roots;

/// How long finding a host and connecting to it may take, each.
const TO_CONNECT: Duration = Duration::from_secs(10);

/// How long nothing may come or go.
const IN_SILENCE: Duration = Duration::from_secs(30);

/// How long a request may take, and how many bytes a second it may take longer for.
const ALTOGETHER: Duration = Duration::from_secs(60);
const SLOWEST: u64 = 256 * 1024;

/// Sends requests; clones share their connections.
#[derive(Clone)]
pub(super) struct Transport {
    agent: Agent,
}

/// Why there is no answer.
#[derive(Debug)]
pub(super) struct Broken {
    /// In words.
    pub(super) why: String,
    /// Whether somebody was there, so that the request may have been done all the same.
    pub(super) reached: bool,
    /// Whether it may be otherwise later.
    pub(super) passing: bool,
}

impl Transport {
    /// One that trusts Mozilla's roots, or those in the file that `AWS_CA_BUNDLE` or `SSL_CERT_FILE` names.
    ///
    /// # Errors
    /// As [`roots::of_storage`].
    pub(super) fn new(environment: &Environment) -> Result<Self, UserError> {
        let roots = roots::of_storage(environment)?;
        let config = Agent::config_builder()
            .tls_config(TlsConfig::builder().root_certs(roots).build())
            .http_status_as_error(false)
            .allow_non_standard_methods(false)
            // Where a host leads elsewhere, what was signed must not go there.
            .max_redirects(0)
            .user_agent(concat!("statuary/", env!("CARGO_PKG_VERSION")))
            .timeout_resolve(Some(TO_CONNECT))
            .timeout_connect(Some(TO_CONNECT))
            .timeout_per_read(Some(IN_SILENCE))
            .timeout_per_write(Some(IN_SILENCE))
            .timeout_recv_response(Some(IN_SILENCE))
            .max_idle_connections_per_host(16)
            .max_idle_age(Duration::from_secs(5))
            .build();
        Ok(Self { agent: config.new_agent() })
    }

    /// Sends a request, and reads at most `most` bytes of what is answered.
    pub(super) fn send(&self, request: http::Request<&[u8]>, most: u64) -> Result<Answer, Broken> {
        let has_body = !request.body().is_empty() || matches!(*request.method(), http::Method::PUT | http::Method::POST);
        let larger = Duration::from_secs((request.body().len() as u64).max(most) / SLOWEST);
        let limit = Some(ALTOGETHER.saturating_add(larger));
        let sent = match has_body {
            true => self.agent.run(self.agent.configure_request(request).timeout_global(limit).build()),
            false => self.agent.run(self.agent.configure_request(request.map(|_| ())).timeout_global(limit).build()),
        };
        let mut response = sent.map_err(|error| broken(&error))?;
        let status = response.status().as_u16();
        let headers = response.headers().clone();
        // Complaints are short, whatever was asked for.
        let limit = if (200..300).contains(&status) { most } else { 64 * 1024 };
        let body = response.body_mut().with_config().limit(limit).read_to_vec().map_err(|error| broken(&error))?;
        Ok(Answer { status, headers, body })
    }
}

/// The failure in words. Those of the library may hold addresses, so they are not repeated.
fn broken(error: &Error) -> Broken {
    let say = |why: &str, reached: bool, passing: bool| Broken { why: why.to_owned(), reached, passing };
    match error {
        Error::HostNotFound => say("its name cannot be found", false, true),
        Error::Timeout(ureq::Timeout::Resolve | ureq::Timeout::Connect) => say("it cannot be reached in time", false, true),
        Error::Timeout(_) => say("it took too long", true, true),
        Error::ConnectionFailed | Error::ConnectProxyFailed(_) => say("no connection", false, true),
        Error::InvalidProxyUrl => say("the proxy in the environment has no usable address", false, false),
        Error::Io(error) => match error.kind() {
            ErrorKind::ConnectionRefused => say("connection refused", false, true),
            ErrorKind::HostUnreachable | ErrorKind::NetworkUnreachable | ErrorKind::AddrNotAvailable => say("no way there", false, true),
            // A certificate that is not trusted comes as this.
            ErrorKind::InvalidData => say("its certificate or its encryption cannot be trusted", false, false),
            ErrorKind::ConnectionReset | ErrorKind::ConnectionAborted | ErrorKind::BrokenPipe | ErrorKind::UnexpectedEof => {
                say("the connection broke", true, true)
            }
            // The standard library has no kind of its own for it.
            _ if reason(error).starts_with("failed to lookup address") => say("its name cannot be found", false, true),
            _ => Broken { why: reason(error), reached: true, passing: true },
        },
        Error::Rustls(_) | Error::Tls(_) | Error::TlsRequired | Error::Pem(_) => {
            say("its certificate or its encryption cannot be trusted", false, false)
        }
        Error::BodyExceedsLimit(_) => say("it sent more than was to be expected", true, false),
        Error::LargeResponseHeader(..) => say("its answer cannot be read", true, false),
        Error::BadUri(_) | Error::Http(_) => say("its address cannot be used", false, false),
        _ => say("the connection broke", true, true),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_address_comes_through_in_a_failure() {
        let canary = || "https://h/?X-Amz-Signature=CANARY".to_owned();
        for error in [Error::BadUri(canary()), Error::ConnectProxyFailed(canary()), Error::RequireHttpsOnly(canary())] {
            assert!(!broken(&error).why.contains("CANARY"), "{error}");
        }
    }
}
