//! `serve`: the preview of built sites, their live stream, the API and Clerk's webhooks, safely enough to stand behind a proxy on the open
//! internet.
//!
//! ```text
//!   client --> front --> tiny_http (private socket) --> router --> published files | preview | api
//!                ^                                         |
//!                +------- live: event streams <------------+        builds: kept up to date beside it
//!                                                                      ^
//!   Clerk ---> front --> tiny_http --> webhooks: recorded, answered ---+
//! ```
//!
//! `doors` are the addresses where it listens. [`front`] owns the public sockets and lets one clean request per connection through;
//! `behind` is the HTTP library where nobody else reaches it; `router` decides who answers. Event streams leave that way: their sockets
//! belong to one broadcaster.
//!
//! # Locking
//!
//! Every request opens the organization it is about and lets go of it again; the record's own locks decide. What is shared between
//! requests (the list of sites, header rules, compressed files) is held for moments only.
//!
//! # Compatibility
//!
//! Addresses and documents of the API only ever gain; `/api/openapi.json` says what there is.
//!
//! # Performance
//!
//! A page is a file that is read and sent. No thread belongs to a connection: slow clients cost a socket and some bytes.
//!
//! # Filesystems
//!
//! Files are opened name by name below the built folder, never through a link. Nothing is written but by deeds and builds.

mod api;
mod behind;
mod content_type;
mod doors;
mod exchange;
pub mod front;
mod header_rules;
pub mod live;
mod metrics;
mod preview;
mod problem;
mod published;
mod router;
mod sites;
mod streams;
mod webhooks;

use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::channel;
use std::thread;
use std::time::{Duration, Instant};

use anyhow::Context;
use chrono::{DateTime, Utc};
use ipnet::IpNet;
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

use crate::clock;
use crate::config::{OrgFolder, Workspace};
use crate::error::{UserError, reason};
use crate::ops::clerk::Clerk;
use crate::ops::rebuild::{self, Watched, Which};
use crate::ops::report::BuildReport;
use crate::ops::{self, Org};
use crate::serve::doors::Door;
use crate::serve::metrics::Metrics;
use crate::serve::published::Shelf;
use crate::serve::router::Served;
use crate::serve::sites::Sites;
use crate::serve::streams::{LISTENERS, Streams};
use crate::serve::webhooks::Webhooks;
use crate::watch::{Changes, Poke};

/// From being asked to stop until it has, whatever is still going on.
const STOPPED_WITHIN: Duration = Duration::from_millis(4_700);

/// What `serve` is told.
#[derive(Clone, Debug)]
pub struct ServeOptions {
    /// Which organizations.
    pub which: Which,
    /// Where to listen, unless the service manager has passed sockets; port 0 is any that is free.
    pub bind: SocketAddr,
    /// Host names that are answered, beside this machine's own and those of the organizations' addresses.
    pub hosts: Vec<String>,
    /// Proxies that are believed when they say for whom they ask.
    pub trusted_proxies: Vec<IpNet>,
    /// Where to give counters to Prometheus, if anywhere.
    pub metrics: Option<SocketAddr>,
    /// Where to take Clerk's webhooks, if anywhere.
    pub webhooks: Option<SocketAddr>,
    /// How to deal with Clerk.
    pub at_clerk: Arc<AtClerk>,
}

/// A workspace whose organizations and people may be managed in Clerk, and what is needed for that.
#[derive(Clone, Debug)]
pub struct AtClerk {
    /// The workspace.
    pub workspace: Workspace,
    /// Settings, secrets and keys.
    pub clerk: Clerk,
}

/// What happens while it serves.
pub enum Told<'a> {
    /// It listens here.
    Listening {
        /// The first address, as for a browser.
        address: &'a str,
        /// Where counters are.
        metrics: Option<&'a str>,
        /// Where Clerk's webhooks are taken.
        webhooks: Option<&'a str>,
    },
    /// An organization was built, or could not be.
    Built(&'a OrgFolder, &'a anyhow::Result<BuildReport>),
    /// How many of how many organizations have been built for the first time.
    Progress(usize, usize),
}

/// Whoever wants to know what happens.
pub type Listener = Arc<dyn Fn(Told<'_>) + Send + Sync>;

/// How it is ended.
pub struct Ending<'a> {
    /// Set once somebody wants it to end; the changes are poked then.
    pub asked: Arc<AtomicBool>,
    /// Returns once somebody wants it to end.
    pub wait: &'a dyn Fn(),
}

/// Serves until somebody wants it to end; then finishes what is being answered, within five seconds.
///
/// # Errors
/// Failed where it cannot listen.
pub fn serve(options: &ServeOptions, changes: Changes, ending: &Ending<'_>, told: &Listener) -> anyhow::Result<()> {
    refuse_strangers(options)?;
    let listeners_at_most = LISTENERS.min(take_descriptors() / 4);
    let listeners = match front::passed_listeners()? {
        none if none.is_empty() => vec![listen(options.bind, "bind")?],
        passed => passed,
    };
    let counters = options.metrics.map(|address| listen(address, "metrics")).transpose()?;
    let messages = options.webhooks.map(|address| listen(address, "webhooks")).transpose()?;
    let address = address_of(listeners.first().context("nowhere to listen")?)?;
    let served = Arc::new(Served {
        sites: Sites::new(matches!(options.which, Which::One(_)), clock::now()?),
        shelf: Shelf::default(),
        metrics: Metrics::default(),
        streams: Streams::start(listeners_at_most)?,
        ready: AtomicBool::new(false),
        changes: changes.poke(),
        at_clerk: Arc::clone(&options.at_clerk),
    });
    served.sites.expect(&options.which.folders());
    let streaming = Arc::clone(&served);
    let (metrics_address, webhooks_address) =
        (counters.as_ref().map(address_of).transpose()?, messages.as_ref().map(address_of).transpose()?);
    let mut doors = vec![Door::for_everybody(listeners, options, &served)?];
    if let Some(listener) = counters {
        doors.push(Door::for_counters(listener, &served)?);
    }
    if let Some(listener) = messages {
        let webhooks = Webhooks { at_clerk: Arc::clone(&options.at_clerk), changes: changes.poke() };
        doors.push(Door::for_webhooks(listener, options, &served, webhooks)?);
        announce_webhooks(&options.at_clerk.clerk, webhooks_address.as_deref());
    }
    told(Told::Listening { address: &address, metrics: metrics_address.as_deref(), webhooks: webhooks_address.as_deref() });
    let (done, ended) = channel();
    let (poke, at_clerk) = (changes.poke(), Arc::clone(&options.at_clerk));
    let builder = Builder { which: options.which.clone(), served, told: Arc::clone(told), asked: Arc::clone(&ending.asked) };
    let work = move || {
        attend(&at_clerk, &poke);
        drop(done.send(builder.keep_built(changes)));
    };
    thread::Builder::new().name("builds".to_owned()).spawn(work).context("cannot start a thread")?;
    front::announce_ready();
    (ending.wait)();
    let begun = Instant::now();
    front::announce_stopping();
    streaming.streams.stop();
    doors::stop(doors);
    // A build that takes longer may be cut short at any moment: the next one completes it.
    match ended.recv_timeout(STOPPED_WITHIN.saturating_sub(begun.elapsed())) {
        Ok(outcome) => outcome,
        Err(_) => Ok(()),
    }
}

/// Takes as many file descriptors as the system gives at all: each listener of a stream has one. Says how many these are.
fn take_descriptors() -> usize {
    let limit = getrlimit(Resource::Nofile);
    // What is there has to do where it refuses.
    let _ = setrlimit(Resource::Nofile, Rlimit { current: limit.maximum, ..limit });
    getrlimit(Resource::Nofile).current.and_then(|most| usize::try_from(most).ok()).unwrap_or(usize::MAX)
}

/// Does to folders what the directory of Clerk's organizations asks for and a crash has left undone. Pages are served also where it cannot.
fn attend(at_clerk: &AtClerk, changes: &Poke) {
    let attended = clock::now().and_then(|now| ops::clerk::attend(&at_clerk.workspace, &at_clerk.clerk, now));
    match attended {
        Ok(attended) => webhooks::attend(&attended, changes),
        Err(error) => tracing::error!("organizations at Clerk could not be seen to: {error}"),
    }
}

fn announce_webhooks(clerk: &Clerk, address: Option<&str>) {
    let address = address.unwrap_or_default();
    if clerk.takes_webhooks() {
        tracing::info!("Clerk's webhooks are taken at {address}webhooks/clerk");
    } else {
        tracing::warn!("no webhook secret is set: messages to {address}webhooks/clerk are answered with 503");
    }
}

/// Refuses to listen where others can reach it before anybody could show who they are.
fn refuse_strangers(options: &ServeOptions) -> anyhow::Result<()> {
    if let Some(address) = options.webhooks.filter(|address| !address.ip().is_loopback() && !options.at_clerk.clerk.takes_webhooks()) {
        return Err(UserError::conflict(format!("{} lets others in, and there is no webhook secret by which to know Clerk", address.ip()))
            .hint("give it as STATUARY_CLERK_WEBHOOK_SECRET")
            .into());
    }
    if options.bind.ip().is_loopback() {
        return Ok(());
    }
    for folder in options.which.folders() {
        let has_tokens = |org: &Org| ops::token::list(org, false).is_ok_and(|tokens| !tokens.is_empty());
        if Org::open(folder).is_ok_and(|org| has_tokens(&org)) {
            return Ok(());
        }
    }
    Err(UserError::conflict(format!("{} lets others in, and there is no token by which to know anybody", options.bind.ip()))
        .hint("make one first: `statuary token create NAME --role editor`")
        .into())
}

/// What keeps the sites built beside the server.
struct Builder {
    which: Which,
    served: Arc<Served>,
    told: Listener,
    asked: Arc<AtomicBool>,
}

impl Builder {
    /// Keeps the sites built until it shall stop.
    fn keep_built(&self, mut changes: Changes) -> anyhow::Result<()> {
        let built = |folder: &OrgFolder, outcome: anyhow::Result<BuildReport>| {
            note(&self.served, folder, &outcome);
            (self.told)(Told::Built(folder, &outcome));
        };
        let round = |folders: &[OrgFolder]| {
            self.served.sites.retain(folders);
            self.served.ready.store(true, Ordering::Relaxed);
        };
        let now = || -> anyhow::Result<DateTime<Utc>> { Ok(clock::now()?) };
        let progress = |done: usize, all: usize| (self.told)(Told::Progress(done, all));
        let mut watched = Watched { now: &now, built: &built, round: &round, progress: &progress, stop: &self.asked };
        rebuild::keep_built(&self.which, &mut changes, &mut watched)
    }
}

/// Notes what came of a build.
fn note(served: &Served, folder: &OrgFolder, outcome: &anyhow::Result<BuildReport>) {
    let micros = outcome.as_ref().map_or(0, |report| report.steps.iter().map(|step| step.microseconds).sum::<u128>());
    served.metrics.built(outcome.is_ok(), Duration::from_micros(u64::try_from(micros).unwrap_or(u64::MAX)));
    let came_of_it = match outcome {
        Ok(report) => Ok(report.written + report.removed > 0),
        Err(error) => Err(words(error)),
    };
    if let Some(site) = served.sites.built(folder, came_of_it) {
        served.streams.tell_of_build(&folder.slug, site.change, preview::state_text(&site));
    }
}

/// An error as a message and a hint.
fn words(error: &anyhow::Error) -> (String, Option<String>) {
    let hint = error.downcast_ref::<UserError>().and_then(|error| error.hint.clone());
    (format!("{error:#}"), hint)
}

/// Where a browser finds what this socket listens for.
fn address_of(listener: &TcpListener) -> anyhow::Result<String> {
    Ok(format!("http://{}/", listener.local_addr()?))
}

/// Listens at an address that the option of this name has given.
fn listen(address: SocketAddr, option: &str) -> Result<TcpListener, UserError> {
    TcpListener::bind(address).map_err(|error| {
        let refused = UserError::failed(format!("cannot listen at {address}: {}", reason(&error)));
        match error.kind() {
            std::io::ErrorKind::AddrInUse if option == "bind" => {
                refused.hint("choose another with `--port N`, or any free one with `--port 0`")
            }
            std::io::ErrorKind::AddrInUse => refused.hint(format!("choose another with `--{option} ADDR:PORT`")),
            _ => refused,
        }
    })
}
