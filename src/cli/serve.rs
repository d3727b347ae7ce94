//! `statuary serve`

use std::io;
use std::net::{IpAddr, SocketAddr};

use serde::Serialize;

use crate::cli::desk::Desk;
use crate::cli::output::Output;
use crate::cli::progress::Bar;
use crate::cli::stop::Stop;
use crate::cli::watch::{say, tell, which};
use crate::ops::rebuild::Which;
use crate::serve::{self, ServeOptions, Told};
use crate::watch::Changes;

/// Show the site while it is being written; answer the API, stream what happens
///
/// Serves one organization at `/`, or all of the workspace at `/SLUG/`, builds again whenever something changes, and loads open pages
/// anew. Runs until it is ended with Ctrl-C.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  statuary serve
  statuary --org acme serve --port 8080
  statuary serve --bind 0.0.0.0 --host status.example.com --trusted-proxy 10.0.0.0/8 --metrics 127.0.0.1:9100")]
pub(super) struct ServeArgs {
    /// Address to listen at; only this machine can reach the default
    #[arg(long, value_name = "ADDR", default_value = "127.0.0.1")]
    bind: IpAddr,
    /// Port to listen at; 0 is any that is free
    #[arg(long, value_name = "N", default_value_t = 3000)]
    port: u16,
    /// Host name that requests may ask for, beside this machine's own and those of the organizations' addresses (can be repeated)
    #[arg(long = "host", value_name = "NAME")]
    hosts: Vec<String>,
    /// Address or network of a proxy whose X-Forwarded-For is believed (can be repeated)
    #[arg(long = "trusted-proxy", value_name = "ADDR[/N]")]
    trusted_proxies: Vec<String>,
    /// Where Prometheus finds counters; nowhere by default
    #[arg(long, value_name = "ADDR:PORT")]
    metrics: Option<SocketAddr>,
}

/// What `--json` says once it listens.
#[derive(Serialize)]
struct Listening<'a> {
    /// Where a browser finds it.
    address: &'a str,
    /// Where Prometheus finds counters.
    metrics: Option<&'a str>,
}

pub(super) fn run(desk: &Desk, args: &ServeArgs) -> anyhow::Result<Output> {
    serve(desk, which(desk)?, args)
}

/// Serves until somebody ends it.
fn serve(desk: &Desk, which: Which, args: &ServeArgs) -> anyhow::Result<Output> {
    let (json, quiet) = (desk.global.json, desk.global.quiet);
    let changes = Changes::begin();
    let stop = Stop::begin(changes.poke())?;
    let options = ServeOptions { which, bind: SocketAddr::new(args.bind, args.port), metrics: args.metrics };
    let bar = Bar::new("organizations", quiet);
    serve::serve(&options, changes, stop.asked(), &|told| match told {
        Told::Listening { address, metrics } if json => {
            say(io::stdout().lock(), &serde_json::to_string(&Listening { address, metrics }).unwrap_or_default());
        }
        Told::Listening { address, .. } => say(io::stdout().lock(), address),
        Told::Built(folder, outcome) => tell(folder, outcome, false, quiet),
        Told::Progress(done, all) => bar.show(done, all),
    })?;
    Ok(Output::default())
}
