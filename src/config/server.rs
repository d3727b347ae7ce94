//! What statuary.toml says: how the organizations of a workspace are served. An organization's own settings stand in its org.toml.

use std::net::{IpAddr, SocketAddr};
use std::path::Path;

use ipnet::IpNet;

use crate::config::document::{Document, Placed, Section};
use crate::config::read::settings_text;
use crate::config::storage;
use crate::config::workspace::{Workspace, holds};
use crate::config::{WORKSPACE_FILE, WORKSPACE_KEYS};
use crate::error::UserError;

/// The settings of `serve`; what is not set is for the command line or its defaults to say.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ServerSettings {
    /// Address to listen at.
    pub bind: Option<IpAddr>,
    /// Port to listen at.
    pub port: Option<u16>,
    /// Host names that requests may ask for.
    pub hosts: Vec<String>,
    /// Proxies that are believed when they say for whom they ask.
    pub trusted_proxies: Vec<IpNet>,
    /// Where counters are given to Prometheus.
    pub metrics: Option<SocketAddr>,
    /// Where Clerk's webhooks are taken.
    pub webhooks: Option<SocketAddr>,
}

impl Workspace {
    /// How it is served. An organization's folder that works alone has no statuary.toml, and no such settings.
    ///
    /// # Errors
    /// Bad input with file, line and column; failed where the file cannot be read.
    pub fn server_settings(&self) -> Result<ServerSettings, UserError> {
        if !holds(&self.root, WORKSPACE_FILE) {
            return Ok(ServerSettings::default());
        }
        let path = self.root.join(WORKSPACE_FILE);
        settings_text(&path, &self.root, |text| parse(&path, text))
    }
}

/// Reads the text of a statuary.toml; `path` is only named in errors.
pub(super) fn parse(path: &Path, text: &str) -> Result<ServerSettings, UserError> {
    let document = Document::new(path, text);
    let root = document.parse()?;
    let top = Section::new(document, root.get_ref(), WORKSPACE_KEYS)?;
    // Read with every command, so that what is wrong with it is told before somebody relies on it.
    storage::section(document, &top)?;
    storage::state_remote(document, &top)?;
    let Some(serve) = top.section("serve", &["bind", "port", "hosts", "trusted_proxies", "metrics", "webhooks"])? else {
        return Ok(ServerSettings::default());
    };
    let refuse = |placed: &Placed<String>, what: &str, hint: &str| {
        document.refuse(&placed.span, &format!("`{}` is not {what}", placed.value)).hint(hint)
    };
    let bind = serve
        .text("bind")?
        .map(|given| given.value.parse().map_err(|_| refuse(&given, "an address to listen at", "write it as in `127.0.0.1` or `::1`")));
    let socket = |name: &str, hint: &str| {
        let given = serve.text(name)?;
        given.map(|given| given.value.parse().map_err(|_| refuse(&given, "an address and a port", hint))).transpose()
    };
    let network = |given: &Placed<String>| {
        let network = given.value.parse::<IpNet>().or_else(|_| given.value.parse::<IpAddr>().map(IpNet::from));
        network.map_err(|_| refuse(given, "an address or a network", "write it as in `127.0.0.1` or `10.0.0.0/8`"))
    };
    let host = |given: Placed<String>| match is_host(&given.value) {
        true => Ok(given.value),
        false => Err(refuse(&given, "the name of a host", "write it as in `status.example.com`")),
    };
    Ok(ServerSettings {
        bind: bind.transpose()?,
        port: serve.number("port", 0..=usize::from(u16::MAX))?.and_then(|port| u16::try_from(port).ok()),
        hosts: serve.texts("hosts")?.into_iter().map(host).collect::<Result<_, _>>()?,
        trusted_proxies: serve.texts("trusted_proxies")?.iter().map(network).collect::<Result<_, _>>()?,
        metrics: socket("metrics", "write it as in `127.0.0.1:9100`")?,
        webhooks: socket("webhooks", "write it as in `127.0.0.1:3001`")?,
    })
}

/// Whether a request could name it as its host: a name or an address, without a port.
pub fn is_host(text: &str) -> bool {
    match text.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
        Some(address) => address.parse::<std::net::Ipv6Addr>().is_ok(),
        None => {
            let shaped = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_');
            !text.is_empty() && text.len() <= 253 && text.bytes().all(shaped)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<ServerSettings, UserError> {
        parse(Path::new("/w/statuary.toml"), text)
    }

    #[test]
    fn every_key_is_read_and_none_is_needed() {
        assert_eq!(read("# nothing\n").unwrap(), ServerSettings::default());
        let settings = read(
            "[serve]\nbind = '0.0.0.0'\nport = 8080\nhosts = ['status.example.com', '[2001:db8::1]']\n\
             trusted_proxies = ['127.0.0.1', '10.0.0.0/8']\nmetrics = '127.0.0.1:9100'\nwebhooks = '[::1]:3001'\n",
        )
        .unwrap();
        assert_eq!((settings.bind, settings.port), (Some([0, 0, 0, 0].into()), Some(8080)));
        assert_eq!(settings.hosts, ["status.example.com", "[2001:db8::1]"]);
        assert_eq!(settings.trusted_proxies.iter().map(ToString::to_string).collect::<Vec<_>>(), ["127.0.0.1/32", "10.0.0.0/8"]);
        assert_eq!(settings.metrics.unwrap().to_string(), "127.0.0.1:9100");
        assert_eq!(settings.webhooks.unwrap().to_string(), "[::1]:3001");
    }

    #[test]
    fn what_cannot_be_used_is_refused_with_its_place() {
        for (text, place) in [
            ("[server]", "line 1, column 2: unknown key `server`"),
            ("[serve]\nprot = 1", "line 2, column 1: unknown key `prot`"),
            ("[serve]\nbind = 'everywhere'", "line 2, column 8: `everywhere` is not an address to listen at"),
            ("[serve]\nport = 65536", "line 2, column 8: `port` is not a whole number from 0 to 65535"),
            ("[serve]\nhosts = ['https://x']", "line 2, column 10: `https://x` is not the name of a host"),
            ("[serve]\nhosts = ['*']", "line 2, column 10: `*` is not the name of a host"),
            ("[serve]\ntrusted_proxies = ['10.0.0.0/99']", "line 2, column 20: `10.0.0.0/99` is not an address or a network"),
            ("[serve]\nmetrics = '9100'", "line 2, column 11: `9100` is not an address and a port"),
            ("[serve]\nwebhooks = 'localhost'", "line 2, column 12: `localhost` is not an address and a port"),
        ] {
            assert_eq!(read(text).unwrap_err().message, format!("/w/statuary.toml: {place}"));
        }
    }
}
