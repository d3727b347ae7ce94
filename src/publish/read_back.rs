//! What visitors are served: a site is published when its public address shows it.

use std::io::{self, Read};
use std::time::{Duration, Instant};

use flate2::read::GzDecoder;
use serde::Serialize;
use serde_json::Value;
use ureq::tls::{RootCerts, TlsConfig};
use ureq::{Agent, Error, http};

use crate::error::{UserError, reason};
use crate::publish::Parcel;
use crate::site::Generation;
use crate::storage::{Environment, names_roots_of_pages, roots_of_pages};

/// How long one request may take.
const LONGEST_REQUEST: Duration = Duration::from_secs(10);

/// More than a home page or a status has, in bytes.
const LARGEST: u64 = 16 << 20;

/// Pauses between two looks.
const FIRST_PAUSE: Duration = Duration::from_millis(100);
const LONGEST_PAUSE: Duration = Duration::from_secs(3);

/// What was seen at a public address.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "seen", rename_all = "snake_case")]
pub enum Seen {
    /// The wanted generation, with its status.
    Wanted,
    /// Something else than what is wanted: another generation, or none.
    Other {
        /// What the home page carries.
        generation: Option<Generation>,
    },
    /// No page.
    Nothing {
        /// Why, in words.
        why: String,
    },
}

/// What a public address is to show.
#[derive(Clone, Debug)]
pub struct Wanted {
    generation: Generation,
    /// `api/v2/status.json`, where it is to be compared.
    status: Option<Value>,
}

impl Wanted {
    /// The site of a parcel.
    ///
    /// # Errors
    /// As [`Parcel::read`].
    pub fn of(parcel: &Parcel) -> anyhow::Result<Self> {
        let status = serde_json::from_slice(&parcel.read_path(STATUS)?)?;
        Ok(Self { generation: parcel.generation.clone(), status: Some(status) })
    }

    /// A site of which no more is known than its generation.
    pub fn generation(generation: Generation) -> Self {
        Self { generation, status: None }
    }
}

const STATUS: &str = "api/v2/status.json";

/// How often something is asked for before nothing counts as there.
const LOOKS: usize = 4;

/// Reads pages as visitors do.
#[derive(Clone, Debug)]
pub struct Reader {
    /// Whom it trusts, or why that cannot be known.
    roots: Result<RootCerts, UserError>,
    /// Whether the environment names them.
    named: bool,
}

impl Reader {
    /// One that trusts Mozilla's roots, or those in the file that `SSL_CERT_FILE` names.
    pub fn of(environment: &Environment) -> Self {
        Self { roots: roots_of_pages(environment), named: names_roots_of_pages(environment) }
    }

    /// Whether it can look at `url` at all.
    ///
    /// # Errors
    /// For an address with `https` only: failed where the file of roots cannot be read, bad input where it holds none.
    pub fn can_look(&self, url: &str) -> Result<(), UserError> {
        let needs_roots = url.starts_with("https:");
        self.roots.as_ref().map(drop).or_else(|error| if needs_roots { Err(error.clone()) } else { Ok(()) })
    }

    /// Looks at the site at `url`, which ends in `/`, now.
    pub fn look(&self, url: &str, wanted: &Wanted) -> Seen {
        if let Err(error) = self.can_look(url) {
            return Seen::Nothing { why: error.message };
        }
        let mut part = Part::Home;
        let mut seen = part.look(&self.agent(LONGEST_REQUEST), url, wanted);
        for _ in 1..LOOKS {
            if !matches!(seen, Seen::Nothing { .. }) {
                break;
            }
            std::thread::sleep(FIRST_PAUSE);
            seen = part.look(&self.agent(LONGEST_REQUEST), url, wanted);
        }
        self.explained(seen)
    }

    /// Looks until what is wanted shows, or the deadline passes; what was seen last, and how long it took.
    pub fn wait_for(&self, url: &str, wanted: &Wanted, deadline: Duration) -> (Seen, Duration) {
        let begun = Instant::now();
        let (mut pause, mut part) = (FIRST_PAUSE, Part::Home);
        loop {
            let left = deadline.saturating_sub(begun.elapsed());
            let agent = self.agent(left.clamp(Duration::from_millis(200), LONGEST_REQUEST));
            let seen = part.look(&agent, url, wanted);
            if seen == Seen::Wanted || begun.elapsed() + pause > deadline {
                return (self.explained(seen), begun.elapsed());
            }
            std::thread::sleep(pause);
            pause = (pause * 2).min(LONGEST_PAUSE);
        }
    }

    /// What was seen, with whom it does not trust.
    fn explained(&self, seen: Seen) -> Seen {
        match seen {
            Seen::Nothing { why } if why == UNTRUSTED && self.named => {
                Seen::Nothing { why: format!("{UNTRUSTED} by the roots in `SSL_CERT_FILE`") }
            }
            seen => seen,
        }
    }

    fn agent(&self, limit: Duration) -> Agent {
        // Without roots nobody is trusted to whom a page may lead.
        let roots = self.roots.clone().unwrap_or_else(|_| RootCerts::new_with_certs(&[]));
        Agent::config_builder()
            .tls_config(TlsConfig::builder().root_certs(roots).build())
            .http_status_as_error(false)
            .user_agent(concat!("statuary/", env!("CARGO_PKG_VERSION")))
            .max_redirects(5)
            .timeout_global(Some(limit))
            .build()
            .new_agent()
    }
}

/// What has still to show: a host that fails now and then need not answer twice in a row.
#[derive(Clone, Copy)]
enum Part {
    Home,
    Status,
}

impl Part {
    fn look(&mut self, agent: &Agent, url: &str, wanted: &Wanted) -> Seen {
        if matches!(self, Self::Home) {
            let home = match get(agent, url) {
                Ok(home) => home,
                Err(why) => return Seen::Nothing { why },
            };
            let generation = Generation::of_page(&home);
            if generation.as_ref() != Some(&wanted.generation) {
                return Seen::Other { generation };
            }
            *self = Self::Status;
        }
        let Some(status) = &wanted.status else { return Seen::Wanted };
        match get(agent, &format!("{url}{STATUS}")) {
            Ok(shown) if serde_json::from_slice::<Value>(&shown).is_ok_and(|shown| shown == *status) => Seen::Wanted,
            Ok(_) => Seen::Other { generation: Some(wanted.generation.clone()) },
            Err(why) => Seen::Nothing { why },
        }
    }
}

/// What is at an address, asked for anew from whoever keeps copies.
fn get(agent: &Agent, url: &str) -> Result<Vec<u8>, String> {
    let mut response = agent.get(url).header("cache-control", "no-cache").call().map_err(|error| why(&error))?;
    if response.status() != http::StatusCode::OK {
        return Err(format!("status {}", response.status().as_u16()));
    }
    // Object storage sends what was stored compressed as it is, whatever it is asked for.
    let packed = response.headers().get("content-encoding").is_some_and(|coding| coding.as_bytes().eq_ignore_ascii_case(b"gzip"));
    let body = response.body_mut().with_config().limit(LARGEST).read_to_vec().map_err(|error| why(&error))?;
    if packed { unpacked(&body).map_err(|error| format!("what is packed there cannot be read: {}", reason(&error))) } else { Ok(body) }
}

/// What `packed` holds, as far as a page may go.
fn unpacked(packed: &[u8]) -> io::Result<Vec<u8>> {
    let mut body = Vec::new();
    GzDecoder::new(packed).take(LARGEST).read_to_end(&mut body)?;
    Ok(body)
}

const UNTRUSTED: &str = "its certificate or its encryption cannot be trusted";

/// Why there is no answer, in words of our own: those of the library may hold addresses.
fn why(error: &Error) -> String {
    match error {
        Error::HostNotFound => "its name cannot be found".to_owned(),
        Error::Timeout(_) => "no answer in time".to_owned(),
        // A certificate that is not trusted comes as this.
        Error::Io(error) if error.kind() == io::ErrorKind::InvalidData => UNTRUSTED.to_owned(),
        Error::Io(error) => reason(error),
        Error::TooManyRedirects => "it leads in circles".to_owned(),
        Error::Rustls(_) | Error::Tls(_) => UNTRUSTED.to_owned(),
        _ => "no connection".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use std::io::{BufRead, BufReader, Write};
    use std::net::TcpListener;

    use flate2::Compression;
    use flate2::write::GzEncoder;

    use super::*;

    /// What is read from a host that answers with this, however it is asked.
    fn read(coding: &str, body: &[u8]) -> Result<Vec<u8>, String> {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}/", listener.local_addr().unwrap());
        let answer =
            [format!("HTTP/1.1 200 OK\r\nconnection: close\r\n{coding}content-length: {}\r\n\r\n", body.len()).as_bytes(), body].concat();
        let host = std::thread::spawn(move || {
            let (mut stream, _) = listener.accept().unwrap();
            let asked = BufReader::new(&stream).lines().take_while(|line| line.as_ref().is_ok_and(|line| !line.is_empty())).count();
            stream.write_all(&answer).unwrap();
            asked
        });
        let shown = get(&Reader::of(&Environment::default()).agent(LONGEST_REQUEST), &url);
        assert!(host.join().unwrap() > 1);
        shown
    }

    #[test]
    fn roots_that_the_environment_names_are_told_where_they_trust_nobody() {
        let explained =
            |named: bool, why: &str| Reader { roots: Ok(RootCerts::WebPki), named }.explained(Seen::Nothing { why: why.to_owned() });
        let nothing = |why: &str| Seen::Nothing { why: why.to_owned() };
        assert_eq!(explained(false, UNTRUSTED), nothing("its certificate or its encryption cannot be trusted"));
        assert_eq!(
            explained(true, UNTRUSTED),
            nothing("its certificate or its encryption cannot be trusted by the roots in `SSL_CERT_FILE`")
        );
        assert_eq!(explained(true, "status 404"), nothing("status 404"));
    }

    #[test]
    fn pages_that_are_stored_compressed_are_read_as_they_are() {
        let mut packed = GzEncoder::new(Vec::new(), Compression::default());
        packed.write_all(b"<html>").unwrap();
        let packed = packed.finish().unwrap();
        assert_eq!(read("content-encoding: gzip\r\n", &packed).unwrap(), b"<html>");
        assert_eq!(read("", b"<html>").unwrap(), b"<html>");
        let damaged = read("content-encoding: gzip\r\n", b"<html>").unwrap_err();
        assert!(damaged.starts_with("what is packed there cannot be read: "), "{damaged}");
    }
}
