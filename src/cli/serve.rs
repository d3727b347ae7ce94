//! `statuary serve`

use std::io;
use std::net::{IpAddr, Ipv4Addr, SocketAddr, TcpListener};
use std::sync::Arc;

use ipnet::IpNet;
use serde::Serialize;
use tracing_subscriber::filter::{LevelFilter, Targets};
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;

use crate::cli::desk::Desk;
use crate::cli::output::Output;
use crate::cli::progress::Bar;
use crate::cli::stop::Stop;
use crate::cli::watch::{say, tell, which};
use crate::config::{OrgFolder, ServerSettings, is_host};
use crate::error::UserError;
use crate::ops::rebuild::Which;
use crate::serve::{self, Ending, ServeOptions, Told};
use crate::watch::Changes;

/// Show the site while it is being written; answer the API, stream what happens
///
/// Serves one organization at `/`, or all of the workspace at `/SLUG/`, builds again whenever something changes, and loads open pages
/// anew. Runs until it is ended with Ctrl-C. `[serve]` in statuary.toml can hold all of these options.
#[derive(Debug, Default, clap::Args)]
#[command(after_help = "Examples:
  statuary serve
  statuary --org acme serve --port 8080
  statuary serve --bind 0.0.0.0 --host status.example.com --trusted-proxy 10.0.0.0/8
  statuary serve --metrics 127.0.0.1:9100")]
pub(super) struct ServeArgs {
    /// Address to listen at; 127.0.0.1 by default, which only this machine can reach
    #[arg(long, value_name = "ADDR")]
    bind: Option<IpAddr>,
    /// Port to listen at, 3000 by default; 0 is any that is free
    #[arg(long, value_name = "N")]
    port: Option<u16>,
    /// Host name that requests may ask for, beside this machine's own and those of the organizations' addresses (can be repeated)
    #[arg(long = "host", value_name = "NAME", value_parser = host)]
    hosts: Vec<String>,
    /// Address or network of a proxy that is believed when it says for whom it asks (can be repeated)
    #[arg(long = "trusted-proxy", value_name = "ADDR[/N]", value_parser = network)]
    trusted_proxies: Vec<IpNet>,
    /// Where Prometheus finds counters; nowhere by default
    #[arg(long, value_name = "ADDR:PORT")]
    metrics: Option<SocketAddr>,
}

/// What `--json` says once it listens.
#[derive(Serialize)]
struct Listening<'a> {
    /// Where a browser finds it.
    address: &'a str,
    /// Where Prometheus finds counters; null where it does not.
    metrics: Option<&'a str>,
}

pub(super) fn run(desk: &Desk, args: ServeArgs) -> anyhow::Result<Output> {
    let options = options(which(desk)?, args, desk.workspace()?.server_settings()?);
    let json = desk.global.json;
    until_stopped(desk, &options, move |address, metrics| {
        let line = if json { serde_json::to_string(&Listening { address, metrics }).unwrap_or_default() } else { address.to_owned() };
        say(io::stdout().lock(), &line);
    })?;
    Ok(Output::default())
}

/// Serves the example organization at the usual port, or at any where that is taken, and prints `output` once it does.
pub(super) fn demonstrate(desk: &Desk, folder: OrgFolder, output: Output) -> anyhow::Result<()> {
    let mut options = options(Which::One(folder), ServeArgs::default(), ServerSettings::default());
    if TcpListener::bind(options.bind).is_err() {
        options.bind.set_port(0);
    }
    let (json, quiet) = (desk.global.json, desk.global.quiet);
    until_stopped(desk, &options, move |address, _| {
        let where_to_look = [format!("serving it at {address}; end with Ctrl-C")];
        drop(output.print(&where_to_look, json, quiet));
    })
}

fn options(which: Which, args: ServeArgs, settings: ServerSettings) -> ServeOptions {
    let bind = args.bind.or(settings.bind).unwrap_or(IpAddr::V4(Ipv4Addr::LOCALHOST));
    let given = |args: Vec<_>, settings| if args.is_empty() { settings } else { args };
    ServeOptions {
        which,
        bind: SocketAddr::new(bind, args.port.or(settings.port).unwrap_or(3000)),
        hosts: if args.hosts.is_empty() { settings.hosts } else { args.hosts },
        trusted_proxies: given(args.trusted_proxies, settings.trusted_proxies),
        metrics: args.metrics.or(settings.metrics),
    }
}

/// Serves until somebody ends it.
fn until_stopped(
    desk: &Desk,
    options: &ServeOptions,
    listening: impl Fn(&str, Option<&str>) + Send + Sync + 'static,
) -> anyhow::Result<()> {
    let quiet = desk.global.quiet;
    log(quiet);
    let changes = Changes::begin();
    let stop = Stop::begin(changes.poke())?;
    let bar = Bar::new("organizations", quiet);
    let told: serve::Listener = Arc::new(move |told: Told<'_>| match told {
        Told::Listening { address, metrics } => listening(address, metrics),
        Told::Built(folder, outcome) => tell(folder, outcome, false, quiet),
        Told::Progress(done, all) => bar.show(done, all),
    });
    serve::serve(options, changes, &Ending { asked: Arc::clone(stop.asked()), wait: &|| stop.wait() }, &told)
}

/// Lets the server's log go to standard error, unless there is one already: one line per request; with RUST_LOG more or less of it.
fn log(quiet: bool) {
    let usual = if quiet { LevelFilter::WARN } else { LevelFilter::INFO };
    let wanted = std::env::var("RUST_LOG").ok().and_then(|wanted| wanted.parse::<Targets>().ok());
    // What libraries say of their work may hold what people sent.
    let wanted = wanted.unwrap_or_else(|| Targets::new().with_target("statuary", usual));
    let lines = tracing_subscriber::fmt::layer().with_writer(io::stderr).with_target(false).with_ansi(colours());
    drop(tracing_subscriber::registry().with(wanted).with(lines).try_init());
}

fn colours() -> bool {
    anstream::AutoStream::choice(&io::stderr()) != anstream::ColorChoice::Never
}

fn host(text: &str) -> Result<String, UserError> {
    match is_host(text) {
        true => Ok(text.to_owned()),
        false => {
            Err(UserError::usage(format!("`{}` is not the name of a host", text.escape_debug()))
                .hint("write it as in `status.example.com`"))
        }
    }
}

fn network(text: &str) -> Result<IpNet, UserError> {
    text.parse::<IpNet>().or_else(|_| text.parse::<IpAddr>().map(IpNet::from)).map_err(|_| {
        UserError::usage(format!("`{}` is not an address or a network", text.escape_debug()))
            .hint("write it as in `127.0.0.1` or `10.0.0.0/8`")
    })
}
