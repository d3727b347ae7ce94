//! The addresses at which a server is reached: each a front with what answers behind it, and nothing that another has.

use std::net::TcpListener;
use std::sync::Arc;
use std::thread;

use crate::error::UserError;
use crate::serve::behind::{Answer, Behind};
use crate::serve::front::{Front, FrontOptions, Handled, Hosts, Limits, TrustedProxies};
use crate::serve::metrics::Metrics;
use crate::serve::router::Served;
use crate::serve::streams::LISTENERS;
use crate::serve::webhooks::{self, Webhooks};
use crate::serve::{ServeOptions, api, front};

/// How many requests of everybody are answered at once. Most take a millisecond; one that waits for a database, or for a client that takes
/// its answer slowly, holds its thread.
const THREADS: usize = 32;

/// How many messages are taken in at once: one after the other writes to the directory anyhow.
const WEBHOOK_THREADS: usize = 8;

/// An address at which the server is reached.
pub(super) struct Door {
    front: Front,
    behind: Behind,
}

impl Door {
    /// What everybody may ask.
    pub(super) fn for_everybody(listeners: Vec<TcpListener>, options: &ServeOptions, served: &Arc<Served>) -> anyhow::Result<Self> {
        let answering = Arc::clone(served);
        let behind = Behind::start(&(Arc::new(move |request| answering.answer(request)) as Answer), THREADS)?;
        let front = Front::start(FrontOptions {
            listeners,
            upstream: behind.socket(),
            listen_again: behind.listener(),
            hosts: hosts(options, served),
            trusted_proxies: proxies(options)?,
            limits: Limits { descriptors_elsewhere: 64 + LISTENERS, ..Limits::default() },
            body_limit: Arc::new(api::largest_body),
            streams: Arc::clone(served) as Arc<dyn front::StreamHost>,
            record: recorder(served),
        })?;
        Ok(Self { front, behind })
    }

    /// Counters for Prometheus, which are nobody else's business.
    pub(super) fn for_counters(listener: TcpListener, served: &Arc<Served>) -> anyhow::Result<Self> {
        let counted = Arc::clone(served);
        let behind = Behind::start(&(Arc::new(move |request| counted.counters(&request)) as Answer), THREADS)?;
        let address = listener.local_addr()?.ip();
        let front = Front::start(FrontOptions {
            listeners: vec![listener],
            upstream: behind.socket(),
            listen_again: behind.listener(),
            hosts: Hosts::new([if address.is_ipv6() { format!("[{address}]") } else { address.to_string() }]),
            trusted_proxies: TrustedProxies::default(),
            limits: Limits::default(),
            body_limit: Arc::new(|_: &str, _: &str| 0),
            streams: Arc::clone(served) as Arc<dyn front::StreamHost>,
            record: Arc::new(|_: &Handled| {}),
        })?;
        Ok(Self { front, behind })
    }

    /// Clerk's webhooks.
    pub(super) fn for_webhooks(
        listener: TcpListener,
        options: &ServeOptions,
        served: &Arc<Served>,
        webhooks: Webhooks,
    ) -> anyhow::Result<Self> {
        let behind = Behind::start(&(Arc::new(move |request| webhooks.answer(&request)) as Answer), WEBHOOK_THREADS)?;
        let limits = Limits {
            connections: 128,
            upstream_connections: WEBHOOK_THREADS,
            upstream_per_peer: WEBHOOK_THREADS - 2,
            // What everybody else's connections may take is not there for these.
            descriptors_elsewhere: 64 + LISTENERS + Limits::default().connections,
            ..Limits::default()
        };
        let front = Front::start(FrontOptions {
            listeners: vec![listener],
            upstream: behind.socket(),
            listen_again: behind.listener(),
            hosts: hosts(options, served),
            trusted_proxies: proxies(options)?,
            limits,
            body_limit: Arc::new(webhooks::largest_body),
            streams: Arc::clone(served) as Arc<dyn front::StreamHost>,
            record: recorder(served),
        })?;
        Ok(Self { front, behind })
    }

    /// Finishes what is being answered.
    fn stop(self) {
        self.front.stop();
        self.behind.stop();
    }
}

/// Finishes what is being answered at all of them; none waits for another's slow clients.
pub(super) fn stop(doors: Vec<Door>) {
    thread::scope(|scope| {
        for door in doors {
            scope.spawn(|| door.stop());
        }
    });
}

/// The names that are answered: those that were given, and those of the organizations' own addresses.
fn hosts(options: &ServeOptions, served: &Arc<Served>) -> Hosts {
    let knowing = Arc::clone(served);
    Hosts::new(&options.hosts).or(Arc::new(move |name: &str| knowing.sites.is_host(name)))
}

fn proxies(options: &ServeOptions) -> Result<TrustedProxies, UserError> {
    TrustedProxies::parse(options.trusted_proxies.iter().map(ToString::to_string))
}

fn recorder(served: &Arc<Served>) -> Arc<front::Record> {
    let counting = Arc::clone(served);
    Arc::new(move |handled: &Handled| record(&counting.metrics, handled))
}

/// One line of the log for each request. Queries, headers and bodies may hold secrets and stay out of it.
fn record(metrics: &Metrics, handled: &Handled) {
    metrics.answered(handled.status, handled.bytes, handled.duration);
    tracing::info!(
        id = %handled.id,
        peer = %handled.peer,
        method = %handled.method,
        path = %handled.path,
        status = handled.status,
        bytes = handled.bytes,
        ms = u64::try_from(handled.duration.as_millis()).unwrap_or(u64::MAX),
        "request"
    );
}
