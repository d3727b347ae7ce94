//! `statuary serve`

use std::io;
use std::net::{IpAddr, Ipv4Addr, SocketAddr, TcpListener};
use std::sync::Arc;

use ipnet::IpNet;
use serde::Serialize;
use tracing_subscriber::filter::{LevelFilter, Targets};
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;

use crate::cli::clerk::clerk;
use crate::cli::desk::Desk;
use crate::cli::output::Output;
use crate::cli::progress::Bar;
use crate::cli::stop::Stop;
use crate::cli::watch::{say, take_newest, tell, tell_left_out, which};
use crate::cli::wording::Tamed;
use crate::config::{OrgFolder, ServerSettings, Workspace, is_host};
use crate::error::UserError;
use crate::ops::rebuild::Which;
use crate::serve::{self, AtClerk, Ending, ServeOptions, Told};
use crate::watch::Changes;

/// Show the site while it is being written; answer the API, stream what happens
///
/// Serves one organization at `/`, or all of the workspace at `/SLUG/` where there are several or they come from Clerk, builds again
/// whenever something changes, and loads open pages anew. Runs until it is ended with Ctrl-C. `[serve]` in statuary.toml can hold all of
/// these options.
#[derive(Debug, Default, clap::Args)]
#[command(after_help = "Examples:
  statuary serve
  statuary --org acme serve --port 8080
  statuary serve --webhooks 127.0.0.1:3001
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
    /// Where Clerk's webhooks are taken, at /webhooks/clerk; 127.0.0.1:3001 by default once there is a secret for them
    #[arg(long, value_name = "ADDR:PORT")]
    webhooks: Option<SocketAddr>,
}

/// Where webhooks are taken unless somebody says otherwise.
const WEBHOOKS: SocketAddr = SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 3001);

/// What `--json` says once it listens.
#[derive(Serialize)]
struct Listening<'a> {
    /// Where a browser finds it.
    address: &'a str,
    /// Where Prometheus finds counters; null where it does not.
    metrics: Option<&'a str>,
    /// Where Clerk's webhooks are taken; null where they are not.
    webhooks: Option<&'a str>,
}

pub(super) fn run(desk: &Desk, args: ServeArgs) -> anyhow::Result<Output> {
    if desk.global.offline {
        return Err(UserError::usage("a server has no `--offline`")
            .hint("take `[state]` out of the settings while there is no remote")
            .into());
    }
    let workspace = desk.workspace()?;
    let settings = workspace.server_settings()?;
    let at_clerk = at_clerk(workspace)?;
    let which = served(desk, &at_clerk)?;
    take_newest(desk, &which);
    let options = options(which, args, settings, at_clerk);
    let json = desk.global.json;
    until_stopped(desk, &options, move |listening| {
        let line = if json { serde_json::to_string(&listening).unwrap_or_default() } else { listening.address.to_owned() };
        say(io::stdout().lock(), &line);
    })?;
    Ok(Output::default())
}

/// Serves the example organization at the usual port, or at any where that is taken, and prints `output` once it does.
pub(super) fn demonstrate(desk: &Desk, folder: OrgFolder, output: Output) -> anyhow::Result<()> {
    let at_clerk = at_clerk(Workspace { root: folder.dir.clone(), lone: true, current: None })?;
    let mut options = options(Which::One(folder), ServeArgs::default(), ServerSettings::default(), at_clerk);
    if TcpListener::bind(options.bind).is_err() {
        options.bind.set_port(0);
    }
    let (json, quiet) = (desk.global.json, desk.global.quiet);
    until_stopped(desk, &options, move |listening| {
        let where_to_look = [format!("serving it at {}; end with Ctrl-C", listening.address)];
        drop(output.print(&where_to_look, json, quiet));
    })
}

/// What there is to deal with Clerk, read once: where it cannot be used, nothing is served that would take its members for strangers.
fn at_clerk(workspace: Workspace) -> Result<AtClerk, UserError> {
    let clerk = clerk(&workspace)?;
    Ok(AtClerk { workspace, clerk })
}

/// What the command is about. Where organizations come from Clerk, all are served that there will be, so that the first one's address stays as it
/// is when the second comes.
fn served(desk: &Desk, at_clerk: &AtClerk) -> anyhow::Result<Which> {
    let AtClerk { workspace, clerk } = at_clerk;
    let is_named = desk.global.org.is_some() || workspace.current.is_some() || workspace.lone;
    if clerk.provisions() && !is_named {
        tell_left_out(workspace)?;
        return Ok(Which::All(workspace.clone()));
    }
    which(desk)
}

fn options(which: Which, args: ServeArgs, settings: ServerSettings, at_clerk: AtClerk) -> ServeOptions {
    let bind = args.bind.or(settings.bind).unwrap_or(IpAddr::V4(Ipv4Addr::LOCALHOST));
    let given = |args: Vec<_>, settings| if args.is_empty() { settings } else { args };
    ServeOptions {
        which,
        bind: SocketAddr::new(bind, args.port.or(settings.port).unwrap_or(3000)),
        hosts: if args.hosts.is_empty() { settings.hosts } else { args.hosts },
        trusted_proxies: given(args.trusted_proxies, settings.trusted_proxies),
        metrics: args.metrics.or(settings.metrics),
        webhooks: args.webhooks.or(settings.webhooks).or(at_clerk.clerk.takes_webhooks().then_some(WEBHOOKS)),
        at_clerk: Arc::new(at_clerk),
    }
}

/// Serves until somebody ends it.
fn until_stopped(desk: &Desk, options: &ServeOptions, listening: impl Fn(Listening<'_>) + Send + Sync + 'static) -> anyhow::Result<()> {
    let quiet = desk.global.quiet;
    log(quiet);
    let changes = Changes::begin();
    let stop = Stop::begin(changes.poke())?;
    let bar = Bar::new("organizations", quiet);
    let told: serve::Listener = Arc::new(move |told: Told<'_>| match told {
        Told::Listening { address, metrics, webhooks } => listening(Listening { address, metrics, webhooks }),
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
    let lines = tracing_subscriber::fmt::layer().with_writer(|| Tamed(io::stderr())).with_target(false).with_ansi(colours());
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::init_workspace;
    use crate::ops::clerk::Clerk;

    #[test]
    fn webhooks_are_taken_on_this_machine_once_there_is_a_secret() {
        let temp = tempfile::tempdir().unwrap();
        let root = init_workspace(&temp.path().join("w")).unwrap();
        let workspace = Workspace { root, lone: false, current: None };
        let webhooks = |secret: Option<&str>, arguments: Option<&str>, settings: Option<&str>| {
            let environment = |name: &str| secret.filter(|_| name == "STATUARY_CLERK_WEBHOOK_SECRET").map(str::to_owned);
            let clerk = Clerk::load(&workspace, environment).unwrap();
            let parsed = |text: Option<&str>| text.map(|text| text.parse().unwrap());
            let args = ServeArgs { webhooks: parsed(arguments), ..ServeArgs::default() };
            let settings = ServerSettings { webhooks: parsed(settings), ..ServerSettings::default() };
            let which = Which::All(workspace.clone());
            options(which, args, settings, AtClerk { workspace: workspace.clone(), clerk }).webhooks.map(|address| address.to_string())
        };
        let secret = Some("whsec_c3RhdHVhcnktdGVzdC1zZWNyZXQtMzItYnl0ZXMtb2s=");
        assert_eq!(webhooks(None, None, None), None);
        assert_eq!(webhooks(secret, None, None).as_deref(), Some("127.0.0.1:3001"));
        assert_eq!(webhooks(secret, None, Some("[::1]:9")).as_deref(), Some("[::1]:9"));
        assert_eq!(webhooks(None, Some("127.0.0.1:8"), Some("[::1]:9")).as_deref(), Some("127.0.0.1:8"));
    }
}
