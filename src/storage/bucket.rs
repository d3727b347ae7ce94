//! A prefix of a bucket: write, read, look, list and delete, with what each may find.

use std::collections::BTreeMap;
use std::sync::Mutex;
use std::sync::PoisonError;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use rand::TryRngCore;
use rand::rngs::OsRng;
use rusty_s3::{Bucket as Signer, Map, S3Action, UrlStyle};
use ureq::http;
use url::Url;

use crate::error::UserError;
use crate::storage::answer::Answer;
use crate::storage::condition::{Condition, Etag, content_md5};
use crate::storage::credentials::{Credentials, Keys, Profile};
use crate::storage::dialect::Dialect;
use crate::storage::listing::{self, Listed};
use crate::storage::patience::{Attempts, Patience, is_passing};
use crate::storage::transport::Transport;
use crate::storage::{Address, Environment, Settings};

/// For how long a signed request is valid; clocks may differ by a part of it.
const SIGNED_FOR: Duration = Duration::from_secs(900);

/// What the answer to a page of a listing may have, in bytes: a thousand keys of a kilobyte, and what is told of each.
const LARGEST_PAGE: u64 = 16 << 20;

/// More pages than any bucket of ours has.
const MOST_PAGES: usize = 100_000;

/// How many requests go on at once.
pub(super) const SIDE_BY_SIDE: usize = 8;

/// The name of the metadata that tells one write from all others.
const MARK: &str = "statuary-write";

/// A prefix of a bucket at a host, with the credentials for it.
#[derive(Debug)]
pub struct Bucket {
    address: Address,
    endpoint: Url,
    signer: Signer,
    dialect: Dialect,
    /// Whether it has turned out to be [`Dialect::Ceph`].
    bare: AtomicBool,
    credentials: Credentials,
    transport: Transport,
    patience: Patience,
}

/// A write.
#[derive(Clone, Debug, Default)]
pub struct Put<'a> {
    /// The bytes.
    pub body: &'a [u8],
    /// As browsers are told.
    pub content_type: Option<&'a str>,
    /// As browsers and proxies are told.
    pub cache_control: Option<&'a str>,
    /// How the bytes are compressed.
    pub content_encoding: Option<&'a str>,
    /// Further facts by name; both in ASCII, names in lower case.
    pub metadata: &'a [(&'a str, &'a str)],
    /// What has to be there.
    pub condition: Condition,
}

/// What became of a write.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Written {
    /// It is there, as this version.
    Done(Etag),
    /// Somebody else was first: what was expected is not there, and nothing was written.
    Defeated,
}

/// What is known of an object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct About {
    /// Its version, for conditions.
    pub etag: Etag,
    /// What may be the MD5 of its bytes; the same as `etag` except at Google's.
    pub content: Option<Etag>,
    /// How many bytes it has.
    pub size: Option<u64>,
    /// What its writer added, by names in lower case.
    pub metadata: BTreeMap<String, String>,
}

/// An object with its bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Object {
    /// What is known of it.
    pub about: About,
    /// Its bytes as they were written.
    pub body: Vec<u8>,
}

/// What reading finds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Found {
    /// The object.
    Object(Object),
    /// The version that was known already.
    Same,
    /// Nothing.
    Nothing,
}

/// One request, to be signed as often as it is sent.
struct Request<'a> {
    method: http::Method,
    key: &'a str,
    query: &'a [(&'static str, String)],
    headers: Vec<(String, String)>,
    body: &'a [u8],
    most: u64,
    /// For complaints.
    what: String,
}

/// The last answer, and whether an earlier attempt may have been carried out unseen.
struct Exchanged {
    answer: Answer,
    unseen: bool,
}

impl std::fmt::Debug for Transport {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Transport(..)")
    }
}

impl Bucket {
    /// The place `address` at the host that `settings` or the environment name, with the credentials that are found. Asks nobody yet.
    ///
    /// # Errors
    /// Usage for settings that cannot be used; failed where there are no credentials or the files of them cannot be read.
    pub fn open(address: &Address, settings: &Settings, environment: &Environment) -> Result<Self, UserError> {
        let profile = Profile::read(environment, settings.profile.as_deref())?;
        let of_profile = (profile.get("endpoint_url").map(str::to_owned), profile.get("region").map(str::to_owned));
        let host = settings.host(&address.bucket, environment, of_profile)?;
        let transport = Transport::new(environment)?;
        let credentials = Credentials::find(environment, settings.profile.is_some(), &profile, &transport)?;
        let style = if host.path_style { UrlStyle::Path } else { UrlStyle::VirtualHost };
        let signer = Signer::new(host.endpoint.clone(), style, address.bucket.clone(), host.region).map_err(|_| {
            UserError::usage(format!("the host of `{address}` cannot have a bucket in its name")).hint("set `path_style = true`")
        })?;
        let dialect = Dialect::of(host.endpoint.host_str().unwrap_or_default());
        let address = address.clone();
        Ok(Self {
            address,
            endpoint: host.endpoint,
            signer,
            dialect,
            bare: AtomicBool::new(false),
            credentials,
            transport,
            patience: Patience::default(),
        })
    }

    /// The same with other patience.
    #[must_use]
    pub fn with_patience(self, patience: Patience) -> Self {
        Self { patience, ..self }
    }

    /// Where it is.
    pub fn address(&self) -> &Address {
        &self.address
    }

    /// Writes the object `name`, where its condition holds.
    ///
    /// # Errors
    /// Usage for an impossible name; failed where the host cannot be reached or refuses. It may have been written then all the same, where
    /// the answer was lost and nothing more could be found out.
    pub fn put(&self, name: &str, put: &Put<'_>) -> Result<Written, UserError> {
        let dialect = if self.bare.load(Ordering::Relaxed) { Dialect::Ceph } else { self.dialect };
        let (written, status) = self.put_in(dialect, name, put)?;
        let Condition::Is(etag) = &put.condition else { return Ok(written) };
        // A host that says this of the very version that is there may read etags in another way. It is a defeat until that is proved.
        let may_be_bare = written == Written::Defeated && status == 412 && dialect == Dialect::Amazon;
        let is_there = || matches!(self.head(name), Ok(Some(about)) if about.etag == *etag);
        if may_be_bare && is_there() && self.reads_bare_etags().unwrap_or(false) {
            self.bare.store(true, Ordering::Relaxed);
            return Ok(self.put_in(Dialect::Ceph, name, put)?.0);
        }
        Ok(written)
    }

    /// What became of a write, and the status of the answer that says so.
    pub(super) fn put_in(&self, dialect: Dialect, name: &str, put: &Put<'_>) -> Result<(Written, u16), UserError> {
        let key = self.address.key(name)?;
        let mark = random_name()?;
        let mut headers = vec![("content-md5".to_owned(), content_md5(put.body)), (dialect.metadata(MARK), mark.clone())];
        let named = [("content-type", put.content_type), ("cache-control", put.cache_control), ("content-encoding", put.content_encoding)];
        headers.extend(named.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?.to_owned()))));
        headers.extend(put.metadata.iter().map(|(name, value)| (dialect.metadata(name), (*value).to_owned())));
        headers.extend(dialect.condition(&put.condition).map(|(name, value)| (name.to_owned(), value)));
        let what = self.what("write", name);
        let request = Request { method: http::Method::PUT, key: &key, query: &[], headers, body: put.body, most: 64 * 1024, what };
        let Exchanged { answer, unseen } = self.exchange(&request)?;
        let gone = matches!(put.condition, Condition::Is(_)) && answer.status == 404 && matches!(answer.code(), None | Some("NoSuchKey"));
        let written = match answer.status {
            200..=299 => match answer.header(dialect.version()).and_then(Etag::new) {
                Some(etag) => Written::Done(etag),
                None => self.settle(name, &mark)?,
            },
            412 if unseen => self.settle(name, &mark)?,
            412 => Written::Defeated,
            _ if gone => Written::Defeated,
            _ => return Err(answer.complaint(&request.what)),
        };
        Ok((written, answer.status))
    }

    /// Whether what is there is the write with this mark: it counts then, although the host refused to do it once more.
    fn settle(&self, name: &str, mark: &str) -> Result<Written, UserError> {
        let ours = self.head(name)?.filter(|about| about.metadata.get(MARK).is_some_and(|found| found == mark));
        Ok(ours.map_or(Written::Defeated, |about| Written::Done(about.etag)))
    }

    /// Reads the object `name`, of at most `most` bytes, unless it is the version `known`.
    ///
    /// # Errors
    /// Usage for an impossible name; failed where the host cannot be reached or refuses, or where there is more.
    pub fn get(&self, name: &str, known: Option<&Etag>, most: u64) -> Result<Found, UserError> {
        let key = self.address.key(name)?;
        let headers = known.and_then(|etag| self.dialect.unless(etag)).map(|(name, value)| (name.to_owned(), value));
        let what = self.what("read", name);
        let headers = headers.into_iter().collect();
        let request = Request { method: http::Method::GET, key: &key, query: &[], headers, body: &[], most, what };
        let answer = self.exchange(&request)?.answer;
        match answer.status {
            200..=299 => {
                let about = self.about(&answer, &request.what)?;
                Ok(Found::Object(Object { about, body: answer.body }))
            }
            304 => Ok(Found::Same),
            404 if answer.code() != Some("NoSuchBucket") => Ok(Found::Nothing),
            _ => Err(answer.complaint(&request.what)),
        }
    }

    /// What is known of the object `name`; `None` where there is none.
    ///
    /// # Errors
    /// Usage for an impossible name; failed where the host cannot be reached or refuses.
    pub fn head(&self, name: &str) -> Result<Option<About>, UserError> {
        let key = self.address.key(name)?;
        let what = self.what("look at", name);
        let request = Request { method: http::Method::HEAD, key: &key, query: &[], headers: Vec::new(), body: &[], most: 0, what };
        let answer = self.exchange(&request)?.answer;
        match answer.status {
            200..=299 => self.about(&answer, &request.what).map(Some),
            404 => Ok(None),
            _ => Err(answer.complaint(&request.what)),
        }
    }

    /// All objects below the folder `under`, or below the prefix where it is empty, in the order of the host. A page of a thousand takes one
    /// request.
    ///
    /// # Errors
    /// Failed where the host cannot be reached, refuses, or answers with something else.
    pub fn list(&self, under: &str) -> Result<Vec<Listed>, UserError> {
        let mut prefix = match under {
            "" => self.address.prefix.clone(),
            under => self.address.key(under)?,
        };
        if !prefix.is_empty() {
            prefix.push('/');
        }
        let what = format!("cannot list `s3://{}/{prefix}` at `{}`", self.address.bucket, self.endpoint_shown());
        let mut objects = Vec::new();
        let mut after: Option<String> = None;
        for _ in 0..MOST_PAGES {
            let mut query = vec![("list-type", "2".to_owned()), ("encoding-type", "url".to_owned()), ("prefix", prefix.clone())];
            query.extend(after.take().map(|token| ("continuation-token", token)));
            let what = what.clone();
            let request =
                Request { method: http::Method::GET, key: "", query: &query, headers: Vec::new(), body: &[], most: LARGEST_PAGE, what };
            let answer = self.exchange(&request)?.answer;
            if answer.status != 200 {
                return Err(answer.complaint(&request.what));
            }
            let page = listing::page(&answer.body).map_err(|error| UserError::failed(format!("{}: {error}", request.what)))?;
            // What is not below the prefix was not asked for.
            objects.extend(page.objects.into_iter().filter_map(|one| {
                let name = self.address.name(&one.name)?.to_owned();
                Some(Listed { name, ..one })
            }));
            match page.next {
                Some(next) => after = Some(next),
                None => return Ok(objects),
            }
        }
        Err(UserError::failed(format!("{what}: the listing does not end")))
    }

    /// Deletes objects; those that are not there count as deleted. Several are deleted side by side, one request each.
    ///
    /// # Errors
    /// The first failure; others may be deleted then or not.
    pub fn delete(&self, names: &[impl AsRef<str> + Sync]) -> Result<(), UserError> {
        let next = AtomicUsize::new(0);
        let failed = Mutex::new(None);
        let work = || {
            while let Some(name) = names.get(next.fetch_add(1, Ordering::Relaxed)) {
                if let Err(error) = self.delete_one(name.as_ref()) {
                    failed.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert(error);
                    next.store(names.len(), Ordering::Relaxed);
                }
            }
        };
        std::thread::scope(|scope| {
            for _ in 1..names.len().min(SIDE_BY_SIDE) {
                // Where the system gives no thread there is still this one.
                let _ = std::thread::Builder::new().spawn_scoped(scope, work);
            }
            work();
        });
        failed.into_inner().unwrap_or_else(PoisonError::into_inner).map_or(Ok(()), Err)
    }

    pub(super) fn delete_one(&self, name: &str) -> Result<(), UserError> {
        let key = self.address.key(name)?;
        let what = self.what("delete", name);
        let request =
            Request { method: http::Method::DELETE, key: &key, query: &[], headers: Vec::new(), body: &[], most: 64 * 1024, what };
        let answer = self.exchange(&request)?.answer;
        match answer.status {
            200..=299 => Ok(()),
            404 if answer.code() != Some("NoSuchBucket") => Ok(()),
            _ => Err(answer.complaint(&request.what)),
        }
    }

    /// Sends a request until there is an answer that will not be otherwise later, as long as patience lasts.
    fn exchange(&self, request: &Request<'_>) -> Result<Exchanged, UserError> {
        let mut attempts = Attempts::new(self.patience);
        let (mut unseen, mut renewed) = (false, false);
        loop {
            let keys = self.credentials.keys(self.patience)?;
            let (pause, error) = match self.transport.send(self.signed(request, &keys)?, request.most) {
                Ok(answer) if is_passing(answer.status) || is_contended(&answer) => {
                    unseen |= answer.status >= 500 || answer.status == 408;
                    (attempts.pause(answer.retry_after(), true), answer.complaint(&request.what))
                }
                Ok(answer) if !renewed && answer.code() == Some("ExpiredToken") && self.credentials.forget() => {
                    renewed = true;
                    continue;
                }
                Ok(answer) => return Ok(Exchanged { answer, unseen }),
                Err(broken) => {
                    unseen |= broken.reached;
                    let error = UserError::failed(format!("{}: {}", request.what, broken.why));
                    (broken.passing.then(|| attempts.pause(None, broken.reached)).flatten(), error)
                }
            };
            match pause {
                Some(pause) => std::thread::sleep(pause),
                None => return Err(error),
            }
        }
    }

    /// The request with its signature, in the address; nobody may show that.
    fn signed<'a>(&self, request: &Request<'a>, keys: &Keys) -> Result<http::Request<&'a [u8]>, UserError> {
        let signed = match request.method {
            http::Method::PUT => sign(self.signer.put_object(Some(keys.signing()), request.key), request),
            http::Method::HEAD => sign(self.signer.head_object(Some(keys.signing()), request.key), request),
            http::Method::DELETE => sign(self.signer.delete_object(Some(keys.signing()), request.key), request),
            // An empty key is the bucket, whose listing is read like an object.
            _ => sign(self.signer.get_object(Some(keys.signing()), request.key), request),
        };
        let mut built = http::Request::builder().method(request.method.clone()).uri(signed.as_str());
        for (name, value) in &request.headers {
            built = built.header(name, value);
        }
        built
            .body(request.body)
            .map_err(|_| UserError::usage(format!("{}: what is to be sent with it cannot stand in a header", request.what)))
    }

    /// What an answer says of the object.
    fn about(&self, answer: &Answer, what: &str) -> Result<About, UserError> {
        let beginning = self.dialect.metadata("");
        let metadata = answer.headers.iter().filter_map(|(name, value)| {
            let name = name.as_str().strip_prefix(&beginning)?;
            Some((name.to_owned(), value.to_str().ok()?.to_owned()))
        });
        let etag = answer.header(self.dialect.version()).and_then(Etag::new);
        Ok(About {
            etag: etag.ok_or_else(|| UserError::failed(format!("{what}: the host names no version")))?,
            content: answer.header("etag").and_then(Etag::new),
            size: answer.header("content-length").and_then(|length| length.parse().ok()),
            metadata: metadata.collect(),
        })
    }

    /// What cannot be done to the object `name`, for complaints.
    fn what(&self, verb: &str, name: &str) -> String {
        format!("cannot {verb} `{}/{}` at `{}`", self.address, name.escape_debug(), self.endpoint_shown())
    }

    /// The host's address without anything that could be secret.
    fn endpoint_shown(&self) -> String {
        self.endpoint.origin().ascii_serialization()
    }
}

/// A name that nothing else has.
///
/// # Errors
/// Failed where the system gives no random numbers.
pub fn random_name() -> Result<String, UserError> {
    let mut bytes = [0; 16];
    OsRng.try_fill_bytes(&mut bytes).map_err(|_| UserError::failed("the system gives no random numbers"))?;
    Ok(bytes.iter().map(|byte| format!("{byte:02x}")).collect())
}

/// Whether two writers came at the same moment, of whom this one may come again.
fn is_contended(answer: &Answer) -> bool {
    answer.status == 409 && matches!(answer.code(), None | Some("ConditionalRequestConflict" | "OperationAborted" | "Conflict"))
}

/// The address of the request with its signature.
fn sign<'a>(mut action: impl S3Action<'a>, request: &'a Request<'_>) -> Url {
    let fill = |map: &mut Map<'a>, name: &'a str, value: &'a str| map.insert(name, value);
    for (name, value) in request.query {
        fill(action.query_mut(), name, value);
    }
    for (name, value) in &request.headers {
        fill(action.headers_mut(), name, value);
    }
    action.sign(SIGNED_FOR)
}
