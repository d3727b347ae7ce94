//! Living with systemd: sockets that it bound for us, and telling it how we are.

use std::net::TcpListener;

use listenfd::ListenFd;
use sd_notify::NotifyState;

use crate::error::{UserError, reason};

/// The listeners that the service manager passes (`LISTEN_FDS`, `LISTEN_PID`), in its order; none where it passes none.
///
/// To be called once, early: the sockets are this process's from then on.
///
/// # Errors
/// Where a socket is passed that is no listening TCP socket.
pub fn passed_listeners() -> Result<Vec<TcpListener>, UserError> {
    let mut passed = ListenFd::from_env();
    let mut listeners = Vec::new();
    for index in 0..passed.len() {
        let refused = |why: &str| {
            UserError::usage(format!("socket {index} of the service manager cannot be used: {why}")).hint("use `ListenStream=` with a port")
        };
        match passed.take_tcp_listener(index) {
            Ok(Some(listener)) => listeners.push(listener),
            Ok(None) => return Err(refused("it was taken before")),
            Err(error) => return Err(refused(&reason(&error))),
        }
    }
    Ok(listeners)
}

/// Tells the service manager, where there is one, that requests are answered from now on.
pub fn announce_ready() {
    // Nobody to tell is the usual case, and no reason not to serve.
    let _ = sd_notify::notify(&[NotifyState::Ready]);
}

/// Tells the service manager, where there is one, that this process is about to end.
pub fn announce_stopping() {
    let _ = sd_notify::notify(&[NotifyState::Stopping]);
}
