//! `serve`: the preview of built sites, their live stream and the API, safely enough to stand behind a proxy on the open internet.
//!
//! ```text
//!   client --> front --> tiny_http (private socket) --> router --> published files | preview | api
//!                ^                                         |
//!                +------- live: event streams <------------+        builds: kept up to date beside it
//! ```
//!
//! [`front`] owns the public sockets and lets one clean request per connection through; [`behind`] is the HTTP library where nobody
//! else reaches it; [`router`] decides who answers. Event streams leave that way: their sockets belong to one broadcaster.
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
mod exchange;
mod front;
mod header_rules;
mod metrics;
mod preview;
mod problem;
mod published;
mod router;
mod sites;

use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use chrono::{DateTime, Utc};

use crate::clock;
use crate::config::OrgFolder;
use crate::error::{UserError, reason};
use crate::ops::rebuild::{self, Watched, Which};
use crate::ops::report::BuildReport;
use crate::serve::behind::Behind;
use crate::serve::metrics::Metrics;
use crate::serve::published::Shelf;
use crate::serve::router::Served;
use crate::serve::sites::Sites;
use crate::watch::Changes;

/// What `serve` is told.
#[derive(Clone, Debug)]
pub struct ServeOptions {
    /// Which organizations.
    pub which: Which,
    /// Where to listen; port 0 is any that is free.
    pub bind: SocketAddr,
    /// Where to give counters to Prometheus, if anywhere.
    pub metrics: Option<SocketAddr>,
}

/// What happens while it serves.
pub enum Told<'a> {
    /// It listens here.
    Listening {
        /// The addresses, as for a browser.
        address: &'a str,
        /// Where counters are.
        metrics: Option<&'a str>,
    },
    /// An organization was built, or could not be.
    Built(&'a OrgFolder, &'a anyhow::Result<BuildReport>),
    /// How many of how many organizations have been built for the first time.
    Progress(usize, usize),
}

/// Serves until `stop` is set and `changes` is poked.
///
/// # Errors
/// Failed where it cannot listen.
pub fn serve(options: &ServeOptions, mut changes: Changes, stop: &AtomicBool, told: &(dyn Fn(Told<'_>) + Sync)) -> anyhow::Result<()> {
    let listener = listen(options.bind)?;
    let address = format!("http://{}/", listener.local_addr()?);
    let served = Arc::new(Served {
        sites: Sites::new(matches!(options.which, Which::One(_)), clock::now()?),
        shelf: Shelf::default(),
        metrics: Metrics::default(),
        ready: AtomicBool::new(false),
        changes: changes.poke(),
    });
    let answering = Arc::clone(&served);
    let behind = Behind::start(&(Arc::new(move |request| answering.answer(request)) as behind::Answer))?;
    front::run(listener, behind.socket());
    told(Told::Listening { address: &address, metrics: None });
    let outcome = keep_built(options, &served, &mut changes, stop, told);
    behind.stop();
    outcome
}

/// Keeps the sites built until it shall stop.
fn keep_built(
    options: &ServeOptions,
    served: &Arc<Served>,
    changes: &mut Changes,
    stop: &AtomicBool,
    told: &(dyn Fn(Told<'_>) + Sync),
) -> anyhow::Result<()> {
    let built = |folder: &OrgFolder, outcome: anyhow::Result<BuildReport>| {
        note(served, folder, &outcome);
        told(Told::Built(folder, &outcome));
    };
    let round = |folders: &[OrgFolder]| {
        served.sites.retain(folders);
        served.ready.store(true, Ordering::Relaxed);
    };
    let now = || -> anyhow::Result<DateTime<Utc>> { Ok(clock::now()?) };
    let progress = |done: usize, all: usize| told(Told::Progress(done, all));
    let mut watched = Watched { now: &now, built: &built, round: &round, progress: &progress, stop };
    rebuild::keep_built(&options.which, changes, &mut watched)
}

/// Notes what came of a build.
fn note(served: &Served, folder: &OrgFolder, outcome: &anyhow::Result<BuildReport>) {
    let micros = outcome.as_ref().map_or(0, |report| report.steps.iter().map(|step| step.microseconds).sum::<u128>());
    served.metrics.built(outcome.is_ok(), Duration::from_micros(u64::try_from(micros).unwrap_or(u64::MAX)));
    let site = served.sites.built(
        folder,
        match outcome {
            Ok(report) => Ok(report.written + report.removed > 0),
            Err(error) => Err(words(error)),
        },
    );
    drop(site);
}

/// An error as a message and a hint.
fn words(error: &anyhow::Error) -> (String, Option<String>) {
    let hint = error.downcast_ref::<UserError>().and_then(|error| error.hint.clone());
    (format!("{error:#}"), hint)
}

fn listen(address: SocketAddr) -> Result<TcpListener, UserError> {
    TcpListener::bind(address).map_err(|error| {
        let refused = UserError::failed(format!("cannot listen at {address}: {}", reason(&error)));
        match error.kind() {
            std::io::ErrorKind::AddrInUse => refused.hint("choose another with `--port N`, or any free one with `--port 0`"),
            _ => refused,
        }
    })
}
